//! The text of a message: brought to canonical line ends once, at the door, and never touched again.

/// What must be known of a body before it is offered to a relay.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    pub eight_bit: bool,
    /// Bytes with CRLF line ends, not counting dot-stuffing: RFC 1870 §3.
    pub size: u64,
}

/// Why a body is refused: it could be read in two ways by two relays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BodyFault {
    #[error("a carriage return without line feed")]
    BareCr,
    #[error("a NUL byte")]
    Nul,
    #[error("a line of more than {LINE_MAX} bytes")]
    LineTooLong,
}

/// RFC 5321 §4.5.3.1.6, with its CRLF.
pub const LINE_MAX: usize = 1000;

/// Makes every line end a CRLF: a bare LF (files, pipes, JSON) becomes one; a bare CR or a NUL is refused.
pub fn canonical(text: &[u8]) -> Result<(Vec<u8>, Facts), BodyFault> {
    let mut out = Vec::with_capacity(text.len() + text.len() / 32 + 2);
    for line in text.split_inclusive(|&b| b == b'\n') {
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.contains(&b'\r') {
            return Err(BodyFault::BareCr);
        }
        if line.contains(&0) {
            return Err(BodyFault::Nul);
        }
        if line.len() + 2 > LINE_MAX {
            return Err(BodyFault::LineTooLong);
        }
        out.extend_from_slice(line);
        out.extend_from_slice(b"\r\n");
    }
    let facts = Facts { eight_bit: !out.is_ascii(), size: out.len() as u64 };
    Ok((out, facts))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_end_becomes_crlf_and_the_last_line_gets_one() {
        assert_eq!(canonical(b"a\nb\r\n\nc").unwrap().0, b"a\r\nb\r\n\r\nc\r\n");
        assert_eq!(canonical("é\n".as_bytes()).unwrap().1, Facts { eight_bit: true, size: 4 });
    }

    #[test]
    fn what_two_relays_could_read_differently_is_refused() {
        assert_eq!(canonical(b"a\rb\n"), Err(BodyFault::BareCr));
        assert_eq!(canonical(b"a\r\r\n"), Err(BodyFault::BareCr));
        assert_eq!(canonical(b"a\0b\n"), Err(BodyFault::Nul));
        assert_eq!(canonical(&[b'x'; 999]), Err(BodyFault::LineTooLong));
    }
}
