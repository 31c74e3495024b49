//! The text of a message. The intake makes its line ends canonical once; no later step changes the text.

/// Properties of a body that decide which relays can take it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BodyFacts {
    pub eight_bit: bool,
    /// Size in bytes with CRLF line ends, without dot-stuffing: RFC 1870 §3.
    pub size: u64,
}

/// The reason why a body is refused: two relays could read it in two ways.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BodyFault {
    #[error("a carriage return without line feed")]
    BareCr,
    #[error("a NUL byte")]
    Nul,
    #[error("a line of more than {LINE_MAX} bytes")]
    LineTooLong,
}

/// Longest line, in bytes with its CRLF: RFC 5321 §4.5.3.1.6.
pub const LINE_MAX: usize = 1000;

/// Makes every line end a CRLF, also a bare LF (files, pipes, JSON) and the end of the text. Returns canonical text
/// without a copy. Refuses a bare CR, a NUL, and a line of more than [`LINE_MAX`] bytes.
pub fn canonical(text: Vec<u8>) -> Result<(Vec<u8>, BodyFacts), BodyFault> {
    let mut bare_line_feeds = 0;
    for line in text.split_inclusive(|&b| b == b'\n') {
        let content = line.strip_suffix(b"\n").unwrap_or(line);
        let content = content.strip_suffix(b"\r").unwrap_or(content);
        if content.contains(&b'\r') {
            return Err(BodyFault::BareCr);
        }
        if content.contains(&0) {
            return Err(BodyFault::Nul);
        }
        if content.len() + 2 > LINE_MAX {
            return Err(BodyFault::LineTooLong);
        }
        bare_line_feeds += usize::from(!line.ends_with(b"\r\n"));
    }
    let out = if bare_line_feeds == 0 { text } else { with_crlf(&text, bare_line_feeds) };
    let facts = BodyFacts { eight_bit: !out.is_ascii(), size: out.len() as u64 };
    Ok((out, facts))
}

/// Rewrites each line end as CRLF. `missing` is the number of lines that do not end in CRLF.
fn with_crlf(text: &[u8], missing: usize) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len() + 2 * missing);
    for line in text.split_inclusive(|&b| b == b'\n') {
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        out.extend_from_slice(line.strip_suffix(b"\r").unwrap_or(line));
        out.extend_from_slice(b"\r\n");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The last line gets a CRLF too.
    #[test]
    fn every_line_end_becomes_crlf() {
        assert_eq!(canonical(b"a\nb\r\n\nc".to_vec()).unwrap().0, b"a\r\nb\r\n\r\nc\r\n");
        assert_eq!(canonical("é\n".into()).unwrap().1, BodyFacts { eight_bit: true, size: 4 });
    }

    #[test]
    fn canonical_text_is_not_copied() {
        for (text, copied) in [("a\r\n\r\nb\r\n", false), ("", false), ("a\r\nb", true), ("a\nb\r\n", true), ("a\r", true)] {
            let given = text.as_bytes().to_vec();
            let place = given.as_ptr();
            let (out, facts) = canonical(given).unwrap();
            assert_eq!((out.as_ptr() != place, facts.size), (copied, out.len() as u64), "{text:?}");
        }
    }

    /// Two relays could read such a text in two ways.
    #[test]
    fn bare_cr_nul_and_long_line_are_refused() {
        assert_eq!(canonical(b"a\rb\n".to_vec()), Err(BodyFault::BareCr));
        assert_eq!(canonical(b"a\r\r\n".to_vec()), Err(BodyFault::BareCr));
        assert_eq!(canonical(b"a\0b\n".to_vec()), Err(BodyFault::Nul));
        assert_eq!(canonical(vec![b'x'; 999]), Err(BodyFault::LineTooLong));
    }
}
