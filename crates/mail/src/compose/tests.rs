use super::*;
use mail_parser::MessageParser;

fn from() -> Mailbox {
    "Postwacht é <alerts@bücher.example>".parse().unwrap()
}

#[test]
fn composed_message_is_seven_bit_and_parses_back() {
    let parts = MessageParts {
        message_id: None,
        to: vec!["Jän <j@x.example>".parse().unwrap()],
        cc: vec!["k@x.example".parse().unwrap()],
        bcc: vec!["secret@x.example".parse().unwrap()],
        subject: "Überlauf — 100 %".into(),
        text: Some("Grüße\n".into()),
        html: Some("<b>Grüße</b>".into()),
        headers: vec![("X-Room".into(), "Küche".into())],
        attachments: vec![Attachment { name: "é.txt".into(), content_type: "text/plain".into(), data: b"hi".to_vec() }],
    };
    let bytes = compose(&from(), &parts, Timestamp::from_secs(1_800_000_000)).unwrap();
    assert!(bytes.is_ascii());
    assert!(!String::from_utf8_lossy(&bytes).contains("secret@"), "Bcc is an envelope matter");
    let read = MessageParser::default().parse(&bytes).unwrap();
    assert_eq!(read.subject(), Some("Überlauf — 100 %"));
    assert_eq!(read.body_text(0).unwrap().trim_end(), "Grüße");
    assert_eq!(read.from().unwrap().first().unwrap().address(), Some("alerts@xn--bcher-kva.example"));
    assert_eq!(read.from().unwrap().first().unwrap().name(), Some("Postwacht é"));
    assert_eq!(read.attachment_count(), 1);
}

#[test]
fn field_cannot_add_a_header() {
    let evil = "x\r\nBcc: evil@x";
    let base = || MessageParts { to: vec!["a@x".parse().unwrap()], subject: "s".into(), ..MessageParts::default() };
    let attach = |name: &str, kind: &str| Attachment { name: name.into(), content_type: kind.into(), data: vec![] };
    for parts in [
        MessageParts { subject: evil.into(), ..base() },
        MessageParts { headers: vec![("X-A".into(), evil.into())], ..base() },
        MessageParts { headers: vec![(format!("X{evil}"), "v".into())], ..base() },
        MessageParts { headers: vec![("Bcc".into(), "a@x".into())], ..base() },
        MessageParts { headers: vec![("message-ID".into(), "<a@x>".into())], ..base() },
        MessageParts { attachments: vec![attach(evil, "text/plain")], ..base() },
        MessageParts { attachments: vec![attach("a", evil)], ..base() },
    ] {
        assert!(compose(&from(), &parts, Timestamp::EPOCH).is_err(), "{parts:?}");
    }
    let body = MessageParts { text: Some(evil.into()), html: Some(evil.into()), ..base() };
    let bytes = compose(&from(), &body, Timestamp::EPOCH).unwrap();
    let head = String::from_utf8(bytes).unwrap();
    assert!(!head.split("\r\n\r\n").next().unwrap().contains("evil"));
}

#[test]
fn message_id_has_the_sender_domain() {
    let (a, b) = (message_id(&"a@x.example".parse().unwrap()), message_id(&"a@[IPv6:::1]".parse().unwrap()));
    assert!(a.ends_with("@x.example") && a.len() > 40);
    assert!(b.bytes().all(|c| c.is_ascii_alphanumeric() || b"@.".contains(&c)), "{b}");
}

#[test]
fn base64_decodes_with_and_without_white_space() {
    let long: Vec<u8> = (0..100_000_u32).map(|n| n.to_le_bytes()[0]).collect();
    let text = BASE64.encode(&long);
    let lines = |width: usize| text.as_bytes().chunks(width).map(String::from_utf8_lossy).collect::<Vec<_>>().join("\r\n");
    for text in [text.clone(), lines(76), lines(1), format!(" {text}\n")] {
        assert_eq!(decode_base64(&text).as_ref(), Some(&long));
    }
    let padded = format!("{}A=={}", "A".repeat((16 << 10) - 3), "AAAA");
    for (text, data) in [
        ("", Some(&b""[..])),
        ("aGk=", Some(b"hi")),
        ("a G\tk\n=", Some(b"hi")),
        ("aGk", None),
        ("aGk=aGk=", None),
        ("aG-_", None),
        ("é", None),
        (&padded, None),
    ] {
        assert_eq!(decode_base64(text).as_deref(), data, "{text:.20}");
    }
}
