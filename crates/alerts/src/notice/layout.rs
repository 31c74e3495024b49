//! The layout of our own mail: a headline and simple blocks, as text for a terminal and as HTML that Outlook, Gmail and phones
//! render correctly, light and dark.

use model::Language;

/// Columns of the text form.
const WIDTH: usize = 72;

/// The colour of a notice. The headline always says the same in words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tone {
    Good,
    Calm,
    Warning,
    Bad,
}

impl Tone {
    /// Colours for a white and for a black background, each with a contrast of at least 3:1.
    fn colours(self) -> (&'static str, &'static str) {
        match self {
            Self::Good => ("#1a7f4b", "#4cc38a"),
            Self::Calm => ("#3b5b8c", "#8fb3e8"),
            Self::Warning => ("#a15c00", "#f0b352"),
            Self::Bad => ("#b3261e", "#ff8a80"),
        }
    }

    fn class(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Calm => "calm",
            Self::Warning => "warn",
            Self::Bad => "bad",
        }
    }

    const ALL: [Self; 4] = [Self::Good, Self::Calm, Self::Warning, Self::Bad];
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Block {
    Text(String),
    Heading(String),
    /// Labels and values.
    Rows(Vec<(String, String)>),
    /// A line for each pair, the first part in bold.
    List(Vec<(String, String)>),
    /// Label and address.
    Link(String, String),
}

#[derive(Clone, Debug)]
pub(super) struct NoticeLayout {
    pub language: Language,
    pub tone: Tone,
    pub headline: String,
    pub blocks: Vec<Block>,
    pub footer: String,
}

impl NoticeLayout {
    pub(super) fn text(&self) -> String {
        let mut out = wrap(&self.headline, "");
        out.push('\n');
        for block in &self.blocks {
            match block {
                Block::Text(text) => out += &wrap(text, ""),
                Block::Heading(text) => {
                    out += &format!("{text}\n{}\n", "-".repeat(text.chars().count().min(WIDTH)));
                    continue;
                }
                Block::Rows(rows) => {
                    let width = rows.iter().map(|(label, _)| label.chars().count()).max().unwrap_or(0);
                    for (label, value) in rows {
                        let pad = width - label.chars().count();
                        out += &wrap_from(&format!("{label}:{} {value}", " ".repeat(pad)), &" ".repeat(width + 2));
                    }
                }
                Block::List(items) => {
                    for (head, rest) in items {
                        let joined = if rest.is_empty() { head.clone() } else { format!("{head} – {rest}") };
                        out += &wrap_from(&format!("* {joined}"), "  ");
                    }
                }
                Block::Link(name, url) => out += &format!("{name}:\n{url}\n"),
            }
            out.push('\n');
        }
        out += "-- \n";
        out += &wrap(&self.footer, "");
        out
    }

    pub(super) fn html(&self) -> String {
        let body: String = self.blocks.iter().map(html_block).collect();
        let (light, _) = self.tone.colours();
        let dark: String =
            Tone::ALL.iter().map(|tone| format!(".{}{{border-color:{}!important}}", tone.class(), tone.colours().1)).collect();
        format!(
            "<!DOCTYPE html>\n<html lang=\"{lang}\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\
             <meta name=\"color-scheme\" content=\"light dark\"><meta name=\"supported-color-schemes\" content=\"light dark\"><title>{title}</title>\n\
             <style>@media (prefers-color-scheme:dark){{.page{{background:#111418!important}}.sheet{{background:#1b2027!important;color:#e8eaed!important}}\
             .soft{{color:#a9b1bb!important}}.line{{border-color:#39414c!important}}a{{color:#8fb3e8!important}}{dark}}}</style></head>\n\
             <body class=\"page\" style=\"margin:0;padding:0;background:#f3f4f6\">\
             <table role=\"presentation\" class=\"page\" width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" border=\"0\" style=\"background:#f3f4f6\"><tr><td align=\"center\" style=\"padding:16px 8px\">\n\
             <div role=\"main\"><!--[if mso]><table role=\"presentation\" width=\"600\" cellpadding=\"0\" cellspacing=\"0\"><tr><td><![endif]-->\
             <table role=\"presentation\" class=\"sheet\" width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" border=\"0\" style=\"max-width:600px;background:#ffffff;color:#1f2328\">\
             <tr><td class=\"{class}\" style=\"border-left:6px solid {light};padding:20px 20px 4px;font:15px/1.5 -apple-system,'Segoe UI',Roboto,Arial,sans-serif;text-align:left\">\n\
             <h1 style=\"margin:0 0 12px;font-size:20px;line-height:1.3;overflow-wrap:anywhere\">{title}</h1>\n{body}\
             <p class=\"soft line\" style=\"margin:20px 0 16px;padding-top:12px;border-top:1px solid #d8dce1;font-size:12px;color:#5b6470;overflow-wrap:anywhere\">{footer}</p>\
             </td></tr></table>\n<!--[if mso]></td></tr></table><![endif]--></div></td></tr></table></body></html>\n",
            lang = self.language.code(),
            title = escape(&self.headline),
            class = self.tone.class(),
            footer = escape(&self.footer),
        )
    }
}

fn html_block(block: &Block) -> String {
    match block {
        Block::Text(text) => format!("<p style=\"margin:0 0 12px;overflow-wrap:anywhere\">{}</p>\n", escape_with_breaks(text)),
        Block::Heading(text) => format!("<h2 style=\"margin:16px 0 6px;font-size:15px\">{}</h2>\n", escape(text)),
        Block::Rows(rows) => {
            let row = |(label, value): &(String, String)| {
                format!(
                    "<tr><th class=\"soft\" scope=\"row\" style=\"padding:2px 12px 2px 0;text-align:left;font-weight:normal;color:#5b6470;vertical-align:top\">{}</th>\
                     <td style=\"padding:2px 0;vertical-align:top;overflow-wrap:anywhere;word-break:break-word\">{}</td></tr>\n",
                    escape(label),
                    escape_with_breaks(value)
                )
            };
            let rows: String = rows.iter().map(row).collect();
            format!(
                "<table cellpadding=\"0\" cellspacing=\"0\" border=\"0\" style=\"margin:0 0 12px;font-size:14px\">{rows}</table>\n"
            )
        }
        Block::List(items) => {
            let item = |(head, rest): &(String, String)| {
                let rest = if rest.is_empty() { String::new() } else { format!(" – {}", escape_with_breaks(rest)) };
                format!("<li style=\"margin:0 0 6px;overflow-wrap:anywhere\"><b>{}</b>{rest}</li>\n", escape(head))
            };
            format!("<ul style=\"margin:0 0 12px;padding-left:20px\">{}</ul>\n", items.iter().map(item).collect::<String>())
        }
        Block::Link(name, url) => {
            format!("<p style=\"margin:0 0 12px\"><a href=\"{}\" style=\"color:#1f4e9c\">{}</a></p>\n", escape(url), escape(name))
        }
    }
}

/// Escapes text for HTML and for its attributes.
pub fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// Escapes text for HTML, with its line breaks.
fn escape_with_breaks(text: &str) -> String {
    escape(text).replace('\n', "<br>")
}

/// Wraps text to lines of at most [`WIDTH`] columns. A word without a space is not cut.
fn wrap(text: &str, indent: &str) -> String {
    text.lines().map(|line| wrap_from(&format!("{indent}{line}"), indent)).collect()
}

/// Wraps text. Indents every line but the first.
fn wrap_from(text: &str, indent: &str) -> String {
    let mut out = String::new();
    for (n, line) in text.split('\n').enumerate() {
        let mut column = 0;
        // A line break in an untrusted value gets the indent too: else its next line could forge a line of the notice.
        if n > 0 {
            out += indent;
            column = indent.chars().count();
        }
        // Splits at single spaces, so that the padding after a label survives.
        for (i, word) in line.split(' ').enumerate() {
            let width = word.chars().count();
            if column + 1 + width > WIDTH && column > indent.len() {
                out = out.trim_end().to_owned() + "\n" + indent;
                column = indent.chars().count();
            } else if i > 0 {
                out.push(' ');
                column += 1;
            }
            out += word;
            column += width;
        }
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn value_with_line_breaks_cannot_forge_notice_lines() {
        let forged = "one\nDetected at: 1999-01-01\n\nWhat to do\n----------\nCall";
        let rows = Block::Rows(vec![("note".into(), forged.into()), ("Who".into(), "cron".into())]);
        let text = NoticeLayout { blocks: vec![rows], ..sheet() }.text();
        for line in ["Detected at: 1999", "What to do", "----------", "Call"] {
            assert!(text.contains(&format!("\n      {line}")) && !text.contains(&format!("\n{line}")), "{line}: {text}");
        }
    }

    fn sheet() -> NoticeLayout {
        NoticeLayout {
            language: Language::En,
            tone: Tone::Bad,
            headline: "Critical: <b>bad</b>".into(),
            blocks: vec![
                Block::Text("word ".repeat(30).trim_end().to_owned()),
                Block::Heading("Details".into()),
                Block::Rows(vec![("Relay".into(), "a&b".into()), ("Last accepted".into(), "x".repeat(100))]),
                Block::List(vec![("one".into(), "two\nthree".into())]),
                Block::Link("Open".into(), "https://x/?a=1&b=\"".into()),
            ],
            footer: "Site".into(),
        }
    }

    #[test]
    fn text_is_wrapped_without_loss() {
        let text = sheet().text();
        assert!(
            text.lines().all(|line| line.chars().count() <= WIDTH || !line.trim().contains(' ') || line.contains("xxx")),
            "{text}"
        );
        assert!(text.contains("Relay:         a&b\n") && text.contains(&"x".repeat(100)), "{text}");
        assert!(text.contains("* one – two\n") && text.ends_with("-- \nSite\n"), "{text}");
        assert_eq!(text.matches("word").count(), 30);
    }

    #[test]
    fn foreign_text_never_becomes_markup() {
        let html = sheet().html();
        assert!(html.contains("Critical: &lt;b&gt;bad&lt;/b&gt;") && html.contains("a&amp;b") && html.contains("b=&quot;\""));
        assert!(html.contains("two<br>three") && !html.contains("<script") && !html.contains("src="));
        assert!(html.lines().all(|line| line.len() < 998), "no line is longer than mail allows");
    }
}
