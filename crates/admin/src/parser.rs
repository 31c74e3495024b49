//! The words of the JSON and TOML parsers, without the names of types in this program: people write a whole number, not a `u32`.

/// Types and values as the parsers name them, and as they are told.
const PLAIN: &[(&str, &str)] = &[
    ("i8", "a whole number"),
    ("i16", "a whole number"),
    ("i32", "a whole number"),
    ("i64", "a whole number"),
    ("isize", "a whole number"),
    ("u8", NOT_NEGATIVE),
    ("u16", NOT_NEGATIVE),
    ("u32", NOT_NEGATIVE),
    ("u64", NOT_NEGATIVE),
    ("usize", NOT_NEGATIVE),
    ("a nonzero u16", NOT_NEGATIVE),
    ("a sequence", "a list"),
    ("a map", "an object"),
    ("a boolean", "true or false"),
    ("a string", "a text"),
    ("path string", "a text"),
    ("a borrowed string", "a text"),
];

const NOT_NEGATIVE: &str = "a whole number from 0";
/// Beginnings of the sentences that name a type.
const TOLD: [&str; 3] = ["invalid type: ", "invalid value: ", "invalid length "];
/// The words of the HTTP framework before the sentence of the parser.
const FRAMEWORK: [&str; 2] =
    ["Failed to deserialize the JSON body into the target type: ", "Failed to parse the request body as JSON: "];
/// The parsers' name of a value that is not in a list of names, and the name for people.
const NOT_LISTED: (&str, &str) = ("unknown variant `", "unknown value `");
const EXPECTED: &str = ", expected ";
/// Sizes that the parsers put behind a number.
const WIDE: [&str; 2] = ["` as i128", "` as u128"];

/// The words of a parser with the types in plain words. A position behind them stays, and so do all other lines.
pub fn parser_words(words: &str) -> String {
    words.lines().map(line_words).collect::<Vec<_>>().join("\n")
}

/// The words of a parser without the text that was typed: in settings it may be a secret in the wrong field.
pub fn without_typed_text(words: &str) -> String {
    const TEXT: &str = "string \"";
    let Some((head, rest)) = words.split_once(TEXT) else { return words.to_owned() };
    // The text may hold quotes of its own. The parser's sentence goes on behind the last one.
    let tail = rest.rsplit_once('"').map_or("", |(_, tail)| tail);
    format!("{head}a text{tail}")
}

fn line_words(line: &str) -> String {
    // A cited line of a file may hold such words too, but not as one of the parser's sentences.
    let is_told = TOLD.iter().any(|told| line.contains(told));
    let line = FRAMEWORK.iter().find_map(|words| line.strip_prefix(words)).unwrap_or(line);
    if line.contains(EXPECTED) && !is_told {
        return line.replacen(NOT_LISTED.0, NOT_LISTED.1, 1);
    }
    let Some((head, wanted)) = line.rsplit_once(EXPECTED).filter(|_| is_told) else { return line.to_owned() };
    let (wanted, place) = wanted.find(" at line ").map_or((wanted, ""), |at| wanted.split_at(at));
    let wanted = match PLAIN.iter().find(|(name, _)| *name == wanted) {
        Some((_, plain)) => plain,
        None if wanted.starts_with("struct ") => "an object",
        None => wanted,
    };
    let mut head = head.to_owned();
    for wide in WIDE.iter().filter(|wide| line.contains(*wide)) {
        head = head.replace(wide, "`");
    }
    format!("{head}{EXPECTED}{wanted}{place}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_told_in_plain_words() {
        #[derive(serde::Deserialize, Debug)]
        #[expect(dead_code, reason = "only read")]
        struct Sample {
            small: u16,
            any: i64,
            list: Vec<String>,
            yes: bool,
            text: String,
        }
        let refused = |part: &str| {
            let mut value = serde_json::json!({ "small": 1, "any": 1, "list": [], "yes": true, "text": "" });
            let part: serde_json::Map<String, serde_json::Value> = serde_json::from_str(part).expect("an object");
            value.as_object_mut().expect("an object").extend(part);
            parser_words(&serde_json::from_str::<Sample>(&value.to_string()).expect_err("refused").to_string())
        };
        for (part, wanted) in [
            (r#"{"small": -1}"#, "invalid value: integer `-1`, expected a whole number from 0 at"),
            (r#"{"small": 70000}"#, "invalid value: integer `70000`, expected a whole number from 0 at"),
            (r#"{"small": "x"}"#, "invalid type: string \"x\", expected a whole number from 0 at"),
            (r#"{"any": 1.5}"#, "invalid type: floating point `1.5`, expected a whole number at"),
            (r#"{"list": "a"}"#, "invalid type: string \"a\", expected a list at"),
            (r#"{"yes": 1}"#, "invalid type: integer `1`, expected true or false at"),
            (r#"{"text": 1}"#, "invalid type: integer `1`, expected a text at"),
        ] {
            assert!(refused(part).starts_with(wanted), "{part}: {}", refused(part));
        }
    }

    #[test]
    fn typed_text_is_left_out() {
        for (words, left) in [
            (
                "email: invalid type: string \"alice-secret\", expected an object",
                "email: invalid type: a text, expected an object",
            ),
            ("invalid type: string \"a\", expected u8, \"b\", expected an object", "invalid type: a text, expected an object"),
            ("invalid type: string \"cut", "invalid type: a text"),
            ("invalid type: integer `5`, expected a list", "invalid type: integer `5`, expected a list"),
        ] {
            assert_eq!(without_typed_text(words), left);
        }
    }

    #[test]
    fn other_words_and_cited_lines_stay() {
        for words in [
            "TOML parse error at line 1, column 1\n  |\n1 | note = \"one, expected u32\"\n  | ^\nduplicate key",
            "unknown field `a`, expected u32",
            "",
        ] {
            assert_eq!(parser_words(words), words);
        }
        assert_eq!(
            parser_words("  |\ninvalid type: integer `99999999999999999999` as i128, expected u32"),
            "  |\ninvalid type: integer `99999999999999999999`, expected a whole number from 0"
        );
    }
}
