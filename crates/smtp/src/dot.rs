//! The transparency of DATA (RFC 5321 §4.5.2), in both directions.
//!
//! Outgoing: [`stuff`] expects canonical text, in which every line end is CRLF ([`crate::body::canonical`]). Then a
//! message cannot carry a second message past a relay that reads a bare LF differently ("SMTP smuggling", 2023).
//! Incoming: only CRLF.CRLF ends a body.

/// Appends a canonical body to `out`, dot-stuffed and ended with CRLF.CRLF.
pub fn stuff(body: &[u8], out: &mut Vec<u8>) {
    out.reserve(body.len() + body.len() / 64 + 5);
    let mut line_start = true;
    for line in body.split_inclusive(|&b| b == b'\n') {
        if line_start && line.first() == Some(&b'.') {
            out.push(b'.');
        }
        out.extend_from_slice(line);
        line_start = line.ends_with(b"\n");
    }
    if !line_start {
        out.extend_from_slice(b"\r\n");
    }
    out.extend_from_slice(b".\r\n");
}

/// Content of a body other than 7-bit text with CRLF line ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BodyFlaws {
    pub bare_lf: bool,
    pub bare_cr: bool,
    pub nul: bool,
    pub eight_bit: bool,
}

/// Decodes a body from the wire: removes the stuffing, finds the end, and records the flaws.
pub struct DotDecoder {
    at: At,
    pub flaws: BodyFlaws,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum At {
    /// After a CRLF, or at the beginning of the body.
    Start,
    /// After a dot at the start of a line. The decoder holds the dot back.
    Dot,
    /// After a CR behind that dot.
    DotCr,
    Line,
    Cr,
}

/// The state of the body after a portion of bytes.
#[derive(Debug, PartialEq, Eq)]
pub enum Portion {
    More,
    /// The body ended. This many bytes of the portion belong to it; the rest are commands.
    End(usize),
}

impl Default for DotDecoder {
    fn default() -> Self {
        Self { at: At::Start, flaws: BodyFlaws::default() }
    }
}

impl DotDecoder {
    pub fn feed(&mut self, bytes: &[u8], out: &mut Vec<u8>) -> Portion {
        for (i, &byte) in bytes.iter().enumerate() {
            if self.byte(byte, out) {
                return Portion::End(i + 1);
            }
        }
        Portion::More
    }

    /// Takes one byte. Returns true at the end of the body.
    fn byte(&mut self, byte: u8, out: &mut Vec<u8>) -> bool {
        self.flaws.nul |= byte == 0;
        self.flaws.eight_bit |= byte >= 0x80;
        match (self.at, byte) {
            (At::Start, b'.') => self.at = At::Dot,
            (At::Dot, b'\r') => self.at = At::DotCr,
            (At::DotCr, b'\n') => return true,
            (At::Dot, _) => self.text(byte, out), // drops the stuffed dot, keeps the rest of the line
            (At::DotCr, _) => {
                out.push(b'\r'); // not the end: the dot was stuffing, the CR is bare text
                self.flaws.bare_cr = true;
                self.text(byte, out);
            }
            (At::Cr, b'\n') => {
                out.push(byte);
                self.at = At::Start;
            }
            (At::Cr, _) => {
                self.flaws.bare_cr = true;
                self.text(byte, out);
            }
            (At::Start | At::Line, _) => self.text(byte, out),
        }
        false
    }

    fn text(&mut self, byte: u8, out: &mut Vec<u8>) {
        self.flaws.bare_lf |= byte == b'\n';
        self.at = if byte == b'\r' { At::Cr } else { At::Line };
        out.push(byte);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(bytes: &[u8]) -> (Vec<u8>, Portion, BodyFlaws) {
        let (mut decoder, mut out) = (DotDecoder::default(), Vec::new());
        let portion = decoder.feed(bytes, &mut out);
        (out, portion, decoder.flaws)
    }

    /// The smuggling table: every ending that some server has ever taken for the end of DATA. Only CRLF.CRLF may end a body.
    #[test]
    fn body_ends_at_exact_crlf_dot_crlf_only() {
        for wrong in [
            "\n.\n",
            "\n.\r\n",
            "\r\n.\n",
            "\r.\r",
            "\r\n.\r",
            "\r.\r\n",
            "\n.\r",
            "\r\n.\r\r\n",
            "\n\n.\r\n",
            "\r\r\n.\r\r\n",
            "\r\n\0.\r\n",
            "\r\n.\0\r\n",
            "\r\n.\r\0\n",
            "\r\n. \r\n",
            "\r\n .\r\n",
            "\r\n..\r\n",
        ] {
            let wire = format!("Subject: x\r\n\r\nbody{wrong}MAIL FROM:<evil@x>\r\n");
            let (out, portion, _) = read(wire.as_bytes());
            assert_eq!(portion, Portion::More, "{wrong:?}");
            assert!(out.ends_with(b"MAIL FROM:<evil@x>\r\n"), "{wrong:?}");
        }
        assert_eq!(read(b"a\r\n.\r\nNOOP\r\n").1, Portion::End(6));
    }

    #[test]
    fn bare_line_ends_and_nul_are_recorded() {
        assert!(read(b"a\nb\r\n.\r\n").2.bare_lf);
        assert!(read(b"a\rb\r\n.\r\n").2.bare_cr);
        assert!(read(b"a\r\n.\r\r\n").2.bare_cr);
        assert!(read(b"a\0b\r\n.\r\n").2.nul);
        assert_eq!(read(b"a\r\n..b\r\n.\r\n"), (b"a\r\n.b\r\n".to_vec(), Portion::End(11), BodyFlaws::default()));
    }

    #[test]
    fn empty_body_ends_at_once() {
        assert_eq!(read(b".\r\n"), (vec![], Portion::End(3), BodyFlaws::default()));
    }

    proptest! {
        #[test]
        fn stuffed_body_is_decoded_in_any_portions(lines in prop::collection::vec("[.a-z]{0,6}", 0..20), cut in 0usize..100) {
            let body: String = lines.iter().map(|l| format!("{l}\r\n")).collect();
            let mut wire = Vec::new();
            stuff(body.as_bytes(), &mut wire);
            let cut = cut.min(wire.len() - 1);
            let (mut decoder, mut out) = (DotDecoder::default(), Vec::new());
            prop_assert_eq!(decoder.feed(&wire[..cut], &mut out), Portion::More);
            prop_assert_eq!(decoder.feed(&wire[cut..], &mut out), Portion::End(wire.len() - cut));
            prop_assert_eq!(out, body.into_bytes());
        }
    }
}
