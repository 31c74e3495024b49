//! The form of a composed message on the wire. Sources: RFC 5322 §2.1.1, §3.4, §3.6; RFC 2045 §6.7; RFC 2046 §5.1.4, §5.2.1;
//! RFC 2047 §2, §5; reports of mailers with these faults (go-mail 440, kumomta 598, nextcloud mail 13665, unemail 121,
//! msmtp 145, MailKit 1704, odoo 194988, glpi 9176, roundcube 5283).

use mail_parser::{Address as ParsedAddress, MessageParser, MimeHeaders};
use proptest::prelude::*;
use smtp::address::AddressFault;
use smtp::body::canonical;

use super::*;

fn base() -> MessageParts {
    MessageParts { to: vec!["bob@lab.test".parse().unwrap()], subject: "s".into(), ..MessageParts::default() }
}

fn composed(parts: &MessageParts) -> String {
    let bytes = compose(&"Alerts <alerts@lab.test>".parse().unwrap(), parts, Timestamp::from_secs(1_800_000_000)).unwrap();
    assert!(canonical(bytes.clone()).is_ok(), "our own composition passes our own check");
    String::from_utf8(bytes).unwrap()
}

/// The lines of a field, as they stand in the message.
fn field_of(message: &str, name: &str) -> Option<String> {
    let head = message.split("\r\n\r\n").next().unwrap();
    let start = head.find(&format!("\r\n{name}: ")).map(|at| at + 2)?;
    let rest = &head[start..];
    let end =
        rest.match_indices("\r\n").find(|(at, _)| !rest[at + 2..].starts_with([' ', '\t'])).map_or(rest.len(), |(at, _)| at);
    Some(rest[..end].to_owned())
}

#[test]
fn custom_field_has_the_form_of_its_kind() {
    for (name, value, expected) in [
        ("Reply-To", "helpdesk@lab.test", "Reply-To: <helpdesk@lab.test>"),
        ("Reply-To", "Jürgen Groß <helpdesk@lab.test>", "Reply-To: =?utf-8?B?SsO8cmdlbiBHcm/Dnw==?= <helpdesk@lab.test>"),
        ("reply-to", "\"Doe, Jane\" <a@x>, b@bücher.example", "reply-to: \"Doe, Jane\" <a@x>, <b@xn--bcher-kva.example>"),
        ("Reply-To", "=?utf-8?Q?J=C3=B6rg?= <a@x>", "Reply-To: =?utf-8?B?SsO2cmc=?= <a@x>"),
        ("Reply-To", "a@x (Büro)", "Reply-To: =?utf-8?B?QsO8cm8=?= <a@x>"),
        ("Mail-Followup-To", "Liste: a@x, b@x;", "Mail-Followup-To: \"Liste\": <a@x>, <b@x>;"),
        ("Errors-To", "a@x", "Errors-To: <a@x>"),
        ("Disposition-Notification-To", "Ü <a@x>", "Disposition-Notification-To: =?utf-8?B?w5w=?= <a@x>"),
        ("In-Reply-To", "<1@x>", "In-Reply-To: <1@x>"),
        ("References", "<1@x>  <2@x>", "References: <1@x>  <2@x>"),
        ("List-Unsubscribe", "<https://x.example/?a=b>", "List-Unsubscribe: <https://x.example/?a=b>"),
        ("Auto-Submitted", " auto-generated ", "Auto-Submitted: auto-generated"),
        ("X-Priority", "1", "X-Priority: 1"),
        ("Resent-Date", "Thu, 12 Mar 2026 10:30:00 +0100", "Resent-Date: Thu, 12 Mar 2026 10:30:00 +0100"),
        ("X-Location", "Küche", "X-Location: =?utf-8?B?S8O8Y2hl?="),
        ("X-Location", "plain, words: (all) \"of\" <them>", "X-Location: plain, words: (all) \"of\" <them>"),
        ("X-SMTPAPI", "{\"a\":  1}", "X-SMTPAPI: {\"a\":  1}"),
        ("Comments", "=?not encoded?=", "Comments: =?not encoded?="),
    ] {
        let message = composed(&MessageParts { headers: vec![(name.into(), value.into())], ..base() });
        assert_eq!(field_of(&message, name).as_deref(), Some(expected), "{value}");
    }
}

#[test]
fn long_values_are_folded_and_split() {
    let references: String = (0..60).map(|n| format!("<{n:04}.0123456789abcdef@mail.lab.test> ")).collect();
    for (name, value) in [
        ("X-Location", "Gebäude Süd, Flur 2, Raum für Übergabe; ".repeat(30)),
        ("X-Location", "ä".repeat(3000)),
        ("X-Location", "x".repeat(3000)),
        ("X-Location", "a word ".repeat(300)),
        ("Subject", "Gebäude Süd ".repeat(60)),
        ("References", references),
        ("Reply-To", (0..40).map(|n| format!("Jürgen Groß {n} <a{n}@lab.test>, ")).collect::<String>() + "b@x"),
        ("Reply-To", format!("\"{}\" <a@x>", "Müller, ".repeat(50))),
    ] {
        let headers = if name == "Subject" { Vec::new() } else { vec![(name.to_owned(), value.clone())] };
        let subject = if name == "Subject" { value.clone() } else { "s".into() };
        let message = composed(&MessageParts { headers, subject, ..base() });
        let field = field_of(&message, name).unwrap();
        for line in field.split("\r\n") {
            assert!(line.len() <= 78, "{name}: {} characters: {line}", line.len());
            assert!(line.matches("=?").all(|_| line.split(' ').all(|word| word.len() <= 75)), "{line}");
        }
    }
}

#[test]
fn value_of_another_kind_is_refused_at_its_field() {
    let fault = |name: &str, value: &str| {
        let parts = MessageParts { headers: vec![(name.into(), value.into())], ..base() };
        compose(&"alerts@lab.test".parse().unwrap(), &parts, Timestamp::EPOCH).unwrap_err()
    };
    let field = |name: &str| format!("headers.{name}");
    let addresses = |name: &str, part: &str, fault| PartsFault::NotAddresses {
        field: field(name),
        fault: ListFault { part: part.into(), fault },
    };
    let id = "a".repeat(901);
    for (name, value, expected) in [
        ("Reply-To", "Jürgen", addresses("Reply-To", "Jürgen", AddressFault::NoAt)),
        ("reply-to", "a@x b@x", addresses("reply-to", "a@x b", AddressFault::Unexpected('b'))),
        ("Resent-To", "a@", addresses("Resent-To", "a@", AddressFault::Domain(String::new()))),
        ("Reply-To", "", PartsFault::Empty { field: field("Reply-To") }),
        ("Reply-To", "(nobody)", PartsFault::Empty { field: field("Reply-To") }),
        ("References", "<ü@x>", PartsFault::NotAscii { field: field("References") }),
        ("List-Id", "Büro <x.example>", PartsFault::NotAscii { field: field("List-Id") }),
        ("References", &id, PartsFault::WordTooLong { field: field("References") }),
        ("Resent-Date", "tomorrow", PartsFault::NotADate { field: field("Resent-Date") }),
        ("Expires", "2026-03-12", PartsFault::NotADate { field: field("Expires") }),
        ("Resent-Bcc", "a@x", PartsFault::Reserved("Resent-Bcc".into())),
        ("resent-sender", "a@x", PartsFault::Reserved("resent-sender".into())),
        ("Sender", "a@x", PartsFault::Reserved("Sender".into())),
        ("X A", "a", PartsFault::NotAHeader("X A".into())),
        ("X-A", "a\u{7f}", PartsFault::Control { field: field("X-A") }),
    ] {
        assert_eq!(fault(name, value), expected, "{name}: {value}");
    }
    let twice = vec![("Reply-To".to_owned(), "a@x".to_owned()), ("reply-to".to_owned(), "b@x".to_owned())];
    let parts = MessageParts { headers: twice, ..base() };
    assert_eq!(compose(&"a@x".parse().unwrap(), &parts, Timestamp::EPOCH), Err(PartsFault::Twice("reply-to".into())));
}

#[test]
fn message_without_to_has_no_empty_field() {
    let cc = vec!["c@x".parse().unwrap()];
    for (parts, fields) in [
        (MessageParts { to: Vec::new(), bcc: vec!["b@x".parse().unwrap()], ..base() }, [None, None]),
        (MessageParts { to: Vec::new(), cc: cc.clone(), ..base() }, [None, Some("Cc: <c@x>")]),
        (MessageParts { cc, ..base() }, [Some("To: <bob@lab.test>"), Some("Cc: <c@x>")]),
        (base(), [Some("To: <bob@lab.test>"), None]),
    ] {
        let message = composed(&parts);
        assert_eq!(["To", "Cc"].map(|name| field_of(&message, name)), fields.map(|field| field.map(str::to_owned)), "{message}");
        assert!(!message.contains("b@x"), "blind recipients are only in the envelope");
    }
}

#[test]
fn texts_are_the_parts_that_were_given() {
    for (text, html, kinds) in [
        (None, None, &["text/plain"][..]),
        (Some(""), None, &["text/plain"]),
        (Some("t"), None, &["text/plain"]),
        (None, Some("<p>h"), &["text/html"]),
        (Some(""), Some("<p>h"), &["text/html"]),
        (Some("t"), Some("<p>h"), &["multipart/alternative", "text/plain", "text/html"]),
    ] {
        let parts = MessageParts { text: text.map(Into::into), html: html.map(Into::into), ..base() };
        let message = composed(&parts);
        let parsed = MessageParser::default().parse(message.as_bytes()).unwrap();
        let found: Vec<String> = parsed
            .parts
            .iter()
            .filter_map(|part| part.content_type())
            .map(|kind| format!("{}/{}", kind.ctype(), kind.subtype().unwrap_or_default()))
            .collect();
        assert_eq!(found, kinds, "{text:?} {html:?}: {message}");
    }
}

#[test]
fn text_is_encoded_as_its_bytes_need() {
    for (text, encoding, part) in [
        ("plain\n", None, "plain\r\n"),
        ("a\rb\n", Some("quoted-printable"), "a=0Db"),
        ("10%\r50%\r100%\rdone", Some("quoted-printable"), "10%=0D50%=0D100%=0Ddone"),
        ("10%\r50% für\n", Some("quoted-printable"), "10%=0D50% f=C3=BCr"),
        ("a\0b", Some("quoted-printable"), "a=00b"),
        ("a\r\r\nb", Some("quoted-printable"), "a=0D\r\nb"),
        ("end\r", Some("quoted-printable"), "end=0D"),
        ("Grüße", Some("base64"), "R3LDvMOfZQ=="),
        ("Grüße an alle, die dies lesen", Some("quoted-printable"), "Gr=C3=BC=C3=9Fe an alle"),
    ] {
        for html in [false, true] {
            let (plain, rich) = if html { (None, Some(text.to_owned())) } else { (Some(text.to_owned()), None) };
            let message = composed(&MessageParts { text: plain, html: rich, ..base() });
            let found = field_of(&message, "Content-Transfer-Encoding");
            let expected = encoding.map(|encoding| format!("Content-Transfer-Encoding: {encoding}"));
            assert!(
                found == expected || encoding.is_none() && found.as_deref() == Some("Content-Transfer-Encoding: 7bit"),
                "{message}"
            );
            assert!(message.split_once("\r\n\r\n").unwrap().1.contains(part), "{text:?}: {message}");
        }
    }
}

#[test]
fn attached_message_is_not_base64() {
    let attached = |kind: &str, data: &[u8]| {
        let attachment = Attachment { name: "inner.eml".into(), content_type: kind.into(), data: data.to_vec() };
        composed(&MessageParts { text: Some("t".into()), attachments: vec![attachment], ..base() })
    };
    for (kind, data, encoding, content) in [
        ("message/rfc822", "From: a@x\r\n\r\nForwarded\r\n".as_bytes(), "7bit", "Forwarded"),
        ("message/rfc822", b"From: a@x\n\nForwarded", "7bit", "Forwarded\r\n"),
        ("Message/RFC822", "From: a@x\r\n\r\nGrüße\r\n".as_bytes(), "8bit", "Grüße"),
        ("message/delivery-status", b"Action: failed\r\n", "7bit", "Action: failed"),
        ("multipart/mixed; boundary=b", b"--b\r\n\r\nx\r\n--b--\r\n", "7bit", "--b--"),
        ("text/plain", b"x", "7bit", "x"),
        ("application/pdf", b"%PDF", "base64", "JVBERg=="),
    ] {
        let message = attached(kind, data);
        let part = &message[message.find(&format!("Content-Type: {kind}")).expect(kind)..];
        assert!(part.contains(&format!("Content-Transfer-Encoding: {encoding}\r\n")), "{message}");
        assert!(part.contains(content), "{message}");
    }
    // A message with a bare CR, a NUL or a long line is attached as a file of bytes.
    for data in [&b"From: a@x\r\n\r\na\rb\r\n"[..], b"a\0b", &[b'x'; 2000]] {
        let message = attached("message/rfc822", data);
        assert!(message.contains("Content-Type: application/octet-stream"), "{message}");
        assert!(message.contains("Content-Transfer-Encoding: base64"), "{message}");
    }
    // mail-builder does not encode a bare CR or a NUL in a text.
    for data in [&b"10%\r50%\r\n"[..], b"a\rb", b"h\0i\0", b"end\r"] {
        let message = attached(" text/plain", data);
        let parsed = MessageParser::default().parse(message.as_bytes()).unwrap();
        let part = parsed.attachment(0).unwrap();
        assert_eq!((part.contents(), part.attachment_name()), (data, Some("inner.eml")), "{message}");
    }
    for bad in ["", "text", "text/", "/plain", "te xt/plain", "text/plain/x y", "téxt/plain"] {
        let attachment = Attachment { name: "a".into(), content_type: bad.into(), data: Vec::new() };
        let parts = MessageParts { attachments: vec![attachment], ..base() };
        assert_eq!(compose(&"a@x".parse().unwrap(), &parts, Timestamp::EPOCH), Err(PartsFault::NotAContentType(bad.into())));
    }
}

/// Text of one line, with characters that need an encoding.
fn line() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "a",
        "word",
        " ",
        "  ",
        "ü",
        "\u{1f600}",
        "=?utf-8?Q?x?=",
        "\"",
        "(",
        ")",
        "<",
        ">",
        "@",
        ",",
        ";",
        ":",
        "\\",
        "=",
        "?",
        "a long run of words that needs a fold ",
        "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
    ]);
    prop::collection::vec(piece, 0..20).prop_map(|pieces| pieces.concat())
}

/// Text of a body, with the bytes that programs write.
fn body_text() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "a",
        " ",
        "\n",
        "\r\n",
        "\r",
        "\t",
        "ü",
        ".",
        "\n.\n",
        "=",
        "\0",
        "\u{1b}[1m",
        "From me\n",
        "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
    ]);
    prop::collection::vec(piece, 0..30).prop_map(|pieces| pieces.concat())
}

/// The text with the line ends of a mail, without those at its end.
fn normal(text: &str) -> String {
    text.replace("\r\n", "\n").trim_end_matches('\n').to_owned()
}

fn names(found: Option<&ParsedAddress<'_>>) -> Vec<(String, String)> {
    let list = found.map(|found| found.clone().into_list()).unwrap_or_default();
    let text = |text: Option<std::borrow::Cow<'_, str>>| text.map(|text| text.into_owned()).unwrap_or_default();
    list.into_iter().map(|address| (text(address.name), text(address.address))).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    /// mail-parser reads each field of a composed message as the caller gave it.
    #[test]
    fn composed_message_parses_back(
        subject in line(), name in line(), custom in line(), text in body_text(), html in body_text(),
        file in line(), data in prop::collection::vec(any::<u8>(), 0..200),
    ) {
        // Programs give texts that they have encoded themselves: encoded words are passed on.
        let [subject, name, file] = [subject, name, file].map(|text| text.replace("=?", "").trim().to_owned());
        let to = Mailbox { name: Some(name.clone()).filter(|name| !name.is_empty()), address: "bob@lab.test".parse().unwrap() };
        let parts = MessageParts {
            to: vec![to.clone()],
            subject: subject.trim().to_owned(),
            text: Some(text.clone()),
            html: Some(html.clone()),
            headers: vec![("X-Custom".into(), custom.clone()), ("Reply-To".into(), to.to_string())],
            attachments: vec![Attachment { name: file.clone(), content_type: "application/octet-stream".into(), data: data.clone() }],
            ..MessageParts::default()
        };
        let message = composed(&parts);
        let head = message.split("\r\n\r\n").next().unwrap();
        prop_assert!(head.is_ascii());
        prop_assert!(head.split("\r\n").all(|line| line.len() <= 998), "{}", head);
        let parsed = MessageParser::default().parse(message.as_bytes()).unwrap();
        let squeezed = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        prop_assert_eq!(squeezed(parsed.subject().unwrap_or_default()), squeezed(&subject), "{}", head);
        prop_assert_eq!(names(parsed.to()), [(name.clone(), "bob@lab.test".to_owned())], "{}", head);
        prop_assert_eq!(names(parsed.reply_to()), names(parsed.to()), "{}", head);
        if !text.is_empty() {
            prop_assert_eq!(normal(&parsed.body_text(0).unwrap_or_default()), normal(&text));
        }
        prop_assert_eq!(normal(&parsed.body_html(0).unwrap_or_default()), normal(&html));
        let attachment = parsed.attachment(0).unwrap();
        prop_assert_eq!(attachment.contents(), &data[..]);
        prop_assert_eq!(squeezed(attachment.attachment_name().unwrap_or_default()), squeezed(&file));
    }
}
