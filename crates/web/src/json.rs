//! Bounds of a JSON body: depth, number of entries, length of texts. Checked byte by byte before the parser builds a
//! value. The parser checks the grammar of a body within its bounds.

use serde::de::DeserializeOwned;

/// Longest number or `true`, `false`, `null`, in bytes.
const SCALAR_MAX: usize = 64;
/// Bytes kept of a name, for comparison and for messages.
const NAME_MAX: usize = 64;

/// Upper bounds of a JSON body.
#[derive(Debug)]
pub(crate) struct JsonBounds {
    /// Nesting of objects and lists.
    pub(crate) depth: usize,
    /// Entries of one object or list.
    pub(crate) entries: usize,
    /// Entries of the object or list with this name, instead of `entries`.
    pub(crate) entries_of: &'static [(&'static str, usize)],
    /// Values in the whole body.
    pub(crate) values: usize,
    /// Bytes of a text or a name, in its escaped form.
    pub(crate) text: usize,
    /// Names of texts in an object that may exceed `text`, with their bounds in bytes.
    pub(crate) text_of: &'static [(&'static str, usize)],
}

/// A bound that a body exceeds, and the field.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Excess {
    #[error("{field}: more than {limit} entries")]
    Entries { field: String, limit: usize },
    #[error("{field}: a text of more than {limit} bytes")]
    Text { field: String, limit: usize },
    #[error("objects and lists are nested more than {limit} levels deep")]
    Depth { limit: usize },
    #[error("more than {limit} values")]
    Values { limit: usize },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum JsonPlace {
    Between,
    Text { escaped: bool, bytes: usize, limit: usize },
    Scalar { bytes: usize },
}

#[derive(Debug)]
struct Level {
    /// Name of the object or list in its parent. An entry of a list takes the name of the list.
    name: Vec<u8>,
    is_object: bool,
    entries: usize,
    limit: usize,
}

/// Checks a body piece by piece. Pure; pieces may be cut anywhere.
#[derive(Debug)]
pub(crate) struct Gauge {
    bounds: &'static JsonBounds,
    levels: Vec<Level>,
    place: JsonPlace,
    /// The next text in an object is a name.
    is_name: bool,
    name: Vec<u8>,
    values: usize,
}

impl Gauge {
    pub(crate) fn new(bounds: &'static JsonBounds) -> Self {
        Self { bounds, levels: Vec::new(), place: JsonPlace::Between, is_name: false, name: Vec::new(), values: 0 }
    }

    /// Checks the next piece of the body.
    pub(crate) fn follow(&mut self, piece: &[u8]) -> Result<(), Excess> {
        let mut rest = piece;
        while let Some((&byte, later)) = rest.split_first() {
            if let JsonPlace::Text { escaped: false, bytes, limit } = self.place {
                let plain = rest.iter().position(|b| matches!(b, b'"' | b'\\')).unwrap_or(rest.len());
                if plain > 0 {
                    self.text(&rest[..plain], bytes, limit)?;
                    rest = &rest[plain..];
                    continue;
                }
            }
            self.byte(byte)?;
            rest = later;
        }
        Ok(())
    }

    fn text(&mut self, part: &[u8], bytes: usize, limit: usize) -> Result<(), Excess> {
        let bytes = bytes + part.len();
        if bytes > limit {
            return Err(Excess::Text { field: self.field(), limit });
        }
        if self.is_name && self.in_object() {
            let kept = part.len().min(NAME_MAX - self.name.len());
            self.name.extend_from_slice(&part[..kept]);
        }
        self.place = JsonPlace::Text { escaped: false, bytes, limit };
        Ok(())
    }

    fn byte(&mut self, byte: u8) -> Result<(), Excess> {
        match (self.place, byte) {
            (JsonPlace::Text { escaped: false, .. }, b'"') => self.place = JsonPlace::Between,
            (JsonPlace::Text { escaped: false, bytes, limit }, b'\\') => {
                self.text(b"\\", bytes, limit)?;
                self.place = JsonPlace::Text { escaped: true, bytes: bytes + 1, limit };
            }
            (JsonPlace::Text { bytes, limit, .. }, escaped) => self.text(&[escaped], bytes, limit)?,
            (JsonPlace::Scalar { bytes }, b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' | b'+' | b'-' | b'.') => {
                if bytes >= SCALAR_MAX {
                    return Err(Excess::Text { field: self.field(), limit: SCALAR_MAX });
                }
                self.place = JsonPlace::Scalar { bytes: bytes + 1 };
            }
            (JsonPlace::Between | JsonPlace::Scalar { .. }, _) => self.between(byte)?,
        }
        Ok(())
    }

    fn between(&mut self, byte: u8) -> Result<(), Excess> {
        self.place = JsonPlace::Between;
        match byte {
            b'{' | b'[' => {
                self.value()?;
                if self.levels.len() >= self.bounds.depth {
                    return Err(Excess::Depth { limit: self.bounds.depth });
                }
                let name = self.above().to_vec();
                let own = self.bounds.entries_of.iter().find(|(known, _)| known.as_bytes() == name);
                let limit = own.filter(|_| !self.above_is_list()).map_or(self.bounds.entries, |(_, limit)| *limit);
                self.levels.push(Level { name, is_object: byte == b'{', entries: 0, limit });
                self.is_name = byte == b'{';
            }
            b'}' | b']' => drop(self.levels.pop()),
            b',' => self.is_name = self.in_object(),
            b':' => self.is_name = false,
            b'"' => {
                if self.is_name && self.in_object() {
                    self.name.clear();
                    self.entry()?;
                } else {
                    self.value()?;
                }
                let own = self.bounds.text_of.iter().find(|(known, _)| known.as_bytes() == self.name);
                let own = own.filter(|_| self.in_object() && !self.is_name);
                let limit = own.map_or(self.bounds.text, |(_, limit)| *limit);
                self.place = JsonPlace::Text { escaped: false, bytes: 0, limit };
            }
            b' ' | b'\t' | b'\r' | b'\n' => {}
            _ => {
                self.value()?;
                self.place = JsonPlace::Scalar { bytes: 1 };
            }
        }
        Ok(())
    }

    /// Counts a value that begins. In a list it is also an entry; in an object its name was counted as the entry.
    fn value(&mut self) -> Result<(), Excess> {
        self.values += 1;
        if self.values > self.bounds.values {
            return Err(Excess::Values { limit: self.bounds.values });
        }
        if self.in_object() { Ok(()) } else { self.entry() }
    }

    fn entry(&mut self) -> Result<(), Excess> {
        let Some(level) = self.levels.last_mut() else { return Ok(()) };
        level.entries += 1;
        if level.entries <= level.limit {
            return Ok(());
        }
        let limit = level.limit;
        Err(Excess::Entries { field: said(&level.name), limit })
    }

    fn in_object(&self) -> bool {
        self.levels.last().is_some_and(|level| level.is_object)
    }

    fn above_is_list(&self) -> bool {
        self.levels.last().is_some_and(|level| !level.is_object)
    }

    /// Returns the name that applies to a value at this position.
    fn above(&self) -> &[u8] {
        match self.levels.last() {
            Some(level) if level.is_object => &self.name,
            Some(level) => &level.name,
            None => b"",
        }
    }

    fn field(&self) -> String {
        said(self.above())
    }
}

/// Returns a caller's name without control characters, for use in a message.
fn said(name: &[u8]) -> String {
    let name: String = String::from_utf8_lossy(name).chars().filter(|c| !c.is_control()).collect();
    if name.is_empty() { "body".to_owned() } else { name }
}

/// The body exceeds a bound or cannot be parsed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotRead {
    #[error("{0}")]
    Excess(#[from] Excess),
    #[error("{0}")]
    Grammar(serde_json::Error),
}

/// Parses a body after a check of its bounds.
pub(crate) fn read<T: DeserializeOwned>(body: &[u8], bounds: &'static JsonBounds) -> Result<T, NotRead> {
    Gauge::new(bounds).follow(body)?;
    serde_json::from_slice(body).map_err(NotRead::Grammar)
}

#[cfg(test)]
mod tests {
    use super::*;

    static BOUNDS: JsonBounds = JsonBounds {
        depth: 3,
        entries: 4,
        entries_of: &[("to", 2), ("facts", 5)],
        values: 12,
        text: 10,
        text_of: &[("data", 30)],
    };

    fn entries(field: &str, limit: usize) -> Option<Excess> {
        Some(Excess::Entries { field: field.into(), limit })
    }

    fn text(field: &str, limit: usize) -> Option<Excess> {
        Some(Excess::Text { field: field.into(), limit })
    }

    #[test]
    fn bounds_hold_for_every_cut_of_body() {
        let numbers = |n: usize| vec!["1"; n].join(",");
        for (body, excess) in [
            (r#"{"to":["a","b"],"x":"1"}"#.to_owned(), None),
            (r#"{"to":["a","b","c"]}"#.into(), entries("to", 2)),
            (r#"{"to":{"a":1,"b":2,"c":3}}"#.into(), entries("to", 2)),
            (r#"{"x":{"to":["a","b",[]]}}"#.into(), entries("to", 2)),
            (r#"{"to":[[1,2,3],[]]}"#.into(), None),
            (r#"{"facts":{"a":1,"b":2,"c":3,"d":4,"e":5}}"#.into(), None),
            (r#"{"a":1,"b":2,"c":3,"d":4,"e":5}"#.into(), entries("body", 4)),
            (r#"{"a":1,"a":2,"a":3,"a":4,"a":5}"#.into(), entries("body", 4)),
            ("[[[]]]".into(), None),
            ("[[[[".into(), Some(Excess::Depth { limit: 3 })),
            (r#"{"a":{"b":{"c":{"#.into(), Some(Excess::Depth { limit: 3 })),
            (format!("[[{}],[{}],[]]", numbers(4), numbers(4)), None),
            (format!("[[{}],[{}],[1]]", numbers(4), numbers(4)), Some(Excess::Values { limit: 12 })),
            (r#"{"x":"0123456789"}"#.into(), None),
            (r#"{"x":"0123456789a"}"#.into(), text("x", 10)),
            (r#"{"x":"\"\"\"\"\"\""}"#.into(), text("x", 10)),
            (r#"{"x":["0123456789a"]}"#.into(), text("x", 10)),
            (r#"{"0123456789a":1}"#.into(), text("0123456789", 10)),
            (r#""0123456789a""#.into(), text("body", 10)),
            (r#"{"data":"0123456789012345\"6789"}"#.into(), None),
            (format!(r#"{{"data":"{}"}}"#, "x".repeat(31)), text("data", 30)),
            (r#"{"data":["0123456789a"]}"#.into(), text("data", 10)),
            (format!("[{}]", "1".repeat(64)), None),
            (format!("[{}]", "1".repeat(65)), text("body", 64)),
            (r#"{"x":"],[,{:"}"#.into(), None),
            ("]]}}".into(), None),
            (" \r\n\t".repeat(50), None),
        ] {
            for cut in 0..=body.len() {
                let mut gauge = Gauge::new(&BOUNDS);
                let (first, second) = body.as_bytes().split_at(cut);
                let told = gauge.follow(first).and_then(|()| gauge.follow(second)).err();
                let same = match (&told, &excess) {
                    // The kept part of a too long name depends on the cut.
                    (Some(Excess::Text { field, limit: 10 }), Some(Excess::Text { field: whole, .. })) => {
                        whole.starts_with(field.as_str()) || field == "body"
                    }
                    (told, excess) => told == excess,
                };
                assert!(same, "{body} cut at {cut}: {told:?}");
            }
        }
    }

    #[test]
    fn excess_is_found_before_parser_begins() {
        #[derive(serde::Deserialize, Debug)]
        #[serde(deny_unknown_fields)]
        struct SampleBody {
            #[expect(dead_code, reason = "read to see whether it can be")]
            to: Vec<String>,
        }
        let read = |text: &str| read::<SampleBody>(text.as_bytes(), &BOUNDS).map_err(|fault| fault.to_string());
        assert!(read(r#"{"to":["a","é"]}"#).is_ok());
        assert_eq!(read(r#"{"to":["a","b","c"]}"#).unwrap_err(), "to: more than 2 entries");
        assert!(read(r#"{"to":["a"],"to":[]}"#).unwrap_err().starts_with("duplicate field `to`"));
        assert!(read(r#"{"to":["a"]"#).unwrap_err().starts_with("EOF while parsing"));
        assert!(read(r#"{"to":["a"]} x"#).unwrap_err().starts_with("trailing characters"));
        assert!(read("").is_err());
    }
}
