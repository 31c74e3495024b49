//! Tests of the rewritten forms. Python's `email` and mail-parser read the results in `it` tests of the node.

use mail_parser::MessageParser;
use proptest::prelude::*;

use super::*;

fn crlf(text: &str) -> Vec<u8> {
    text.replace('\n', "\r\n").into_bytes()
}

/// The text with its encoded words as `{word}`: mail-builder chooses the encoding of each.
fn words_shown(text: &str) -> String {
    let Some((before, rest)) = text.split_once("=?utf-8?") else { return text.to_owned() };
    let (word, rest) = rest.split_once("?=").expect("an encoded word ends");
    let bytes = match word.split_once('?') {
        Some(("B", word)) => BASE64.decode(word).expect("base64"),
        Some(("Q", word)) => qp::BODY.decode(&word.replace('_', " ")).expect("quoted-printable").into_owned(),
        _ => panic!("{word}"),
    };
    format!("{before}{{{}}}{}", String::from_utf8(bytes).expect("UTF-8"), words_shown(rest))
}

fn recoded(text: &str, form: TextForm) -> Option<String> {
    recode(&crlf(text), form).map(|out| String::from_utf8(out).expect("text"))
}

fn header(text: &str) -> Option<String> {
    recoded(&format!("{text}\n\nbody\n"), TextForm::AsciiHeader)
        .map(|out| out.split("\r\n\r\n").next().unwrap_or_default().replace("\r\n", "\n"))
}

#[test]
fn header_beyond_ascii_is_encoded_by_its_kind() {
    for (given, expected) in [
        ("Subject: Überlauf", "Subject: {Überlauf}"),
        ("Subject: Überlauf\nFrom: a@x", "Subject: {Überlauf}\nFrom: a@x"),
        ("From: Jürgen <a@x>", "From: {Jürgen} <a@x>"),
        ("From: \"Jürgen, B\" <a@x>", "From: {Jürgen, B} <a@x>"),
        ("X-Site: Zürich", "X-Site: {Zürich}"),
        ("Comments: \u{1f525}", "Comments: {🔥}"),
        // RFC 6857 §3.1.8: the address becomes the name of an empty group.
        ("To: jürgen@x, b@x", "To: {jürgen@x}:;, <b@x>"),
        ("Cc: Jo <jürgen@x>", "Cc: {Jo jürgen@x}:;"),
        ("To: team: jürgen@x, b@x;", "To: {jürgen@x}:;, <b@x>"),
        ("To: Grüppe: b@x;", "To: {Grüppe}: <b@x>;"),
        ("Reply-To: jürgen@x", "Reply-To: {jürgen@x}:;"),
        // RFC 2231.
        ("Content-Type: text/plain; name=\"ü.txt\"", "Content-Type: text/plain; name*=UTF-8''%C3%BC.txt"),
        ("Content-Disposition: attachment; filename=\"ü.txt\"", "Content-Disposition: attachment; filename*=UTF-8''%C3%BC.txt"),
        // RFC 6857 §3.2: a field that has no encoding.
        ("Message-ID: <ü@x>", "Downgraded-Message-ID: {<ü@x>}"),
        ("References: <a@x> <ü@x>", "Downgraded-References: {<a@x> <ü@x>}"),
        ("To: jürgen@", "Downgraded-To: {jürgen@}"),
        ("Subject: plain", "Subject: plain"),
        ("Subject: =?utf-8?Q?Keller?= =?utf-8?Q?=C3=BC?= ä", "Subject: {Kellerü ä}"),
        ("MIME-Version: 1.0 (für Sie)", "MIME-Version: 1.0"),
        ("Content-Transfer-Encoding: 8bit (für Sie)", "Content-Transfer-Encoding: 8bit"),
        ("Sender: jürgen@x", "Sender: {jürgen@x}:;"),
    ] {
        assert_eq!(header(given).map(|out| words_shown(&out)).as_deref(), Some(expected), "{given}");
    }
}

#[test]
fn long_header_is_folded_within_limits() {
    let out = header(&format!("Subject: {}", "Überlauf im Keller ".repeat(60))).expect("encoded");
    assert!(out.lines().all(|line| line.len() <= 76), "RFC 2047 §2: {out}");
    let read = MessageParser::default()
        .parse(format!("{out}\n\nx\n").as_bytes())
        .and_then(|message| message.subject().map(str::to_owned));
    assert_eq!(read.as_deref(), Some("Überlauf im Keller ".repeat(60).trim_end()));
}

#[test]
fn body_beyond_ascii_gets_transfer_encoding() {
    for (given, expected) in [
        (
            "From: a@x\n\nGrüße\n",
            "From: a@x\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\nGr=C3=BC=C3=9Fe\n",
        ),
        (
            "MIME-Version: 1.0\nContent-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n<p a=\"b\">ü</p>\n",
            "MIME-Version: 1.0\nContent-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\n<p a=3D\"b\">=C3=BC</p>\n",
        ),
        (
            "MIME-Version: 1.0\nContent-Type: image/png\nContent-Transfer-Encoding: binary\n\nü",
            "MIME-Version: 1.0\nContent-Type: image/png\nContent-Transfer-Encoding: base64\n\nw7w=\n",
        ),
        // Only the part that needs it. No reader shows the text around the parts.
        (
            "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=\"b 1\"\nContent-Transfer-Encoding: 8bit\n\nprä\n--b 1\n\nplain  \n--b 1  \nContent-Type: text/plain; charset=utf-8\n\nä\n\n--b 1--\nend\n",
            "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=\"b 1\"\nContent-Transfer-Encoding: 7bit\n\npr??\n--b 1\n\nplain  \n--b 1  \nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\n=C3=A4\n\n--b 1--\nend\n",
        ),
        // A message within a message is never base64 (RFC 2046 §5.2.1).
        (
            "MIME-Version: 1.0\nContent-Type: message/rfc822\nContent-Transfer-Encoding: 8bit\n\nSubject: ü\n\nä\n",
            "MIME-Version: 1.0\nContent-Type: message/rfc822\nContent-Transfer-Encoding: 7bit\n\nSubject: {ü}\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\n=C3=A4\n",
        ),
        ("Subject: ü\n\nplain\n", "Subject: {ü}\n\nplain\n"),
        // The parts of a digest are messages (RFC 2046 §5.1.5).
        (
            "MIME-Version: 1.0\nContent-Type: multipart/digest; boundary=b\n\n--b\n\nMIME-Version: 1.0\nSubject: x\n\nä\n--b--\n",
            "MIME-Version: 1.0\nContent-Type: multipart/digest; boundary=b\nContent-Transfer-Encoding: 7bit\n\n--b\nContent-Transfer-Encoding: 7bit\n\nMIME-Version: 1.0\nSubject: x\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\n=C3=A4\n--b--\n",
        ),
        // The spelling of old programs, and a comment.
        (
            "MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8-bit (x)\n\nä b c\n",
            "MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\n=C3=A4 b c\n",
        ),
        // Text of another script is shorter in base64.
        (
            "MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n\nПривет, Привет, Привет\n",
            "MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n\n0J/RgNC40LLQtdGCLCDQn9GA0LjQstC10YIsINCf0YDQuNCy0LXRgg0K\n",
        ),
        // A delimiter line of another boundary is text.
        (
            "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\n--bb\nä\n--b--\n",
            "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\nContent-Transfer-Encoding: 7bit\n\n--b\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\n--bb\n=C3=A4\n--b--\n",
        ),
    ] {
        let out = recoded(given, TextForm::Ascii).map(|out| words_shown(&out.replace("\r\n", "\n")));
        assert_eq!(out.as_deref(), Some(expected), "{given}");
    }
}

#[test]
fn text_in_unknown_character_set_is_said_to_be_so() {
    let out = recode(b"From: a@x\r\nSubject: \xfc\r\n\r\n\xe4\r\n", TextForm::Ascii).expect("encoded");
    let out = String::from_utf8(out).expect("ASCII");
    assert!(out.contains("charset=unknown-8bit\r\n") && out.ends_with("\r\n\r\n=E4\r\n"), "{out}");
    assert!(words_shown(&out).contains("Subject: {ü}\r\n"), "{out}");
    let kept = b"Subject: \xfc\r\n\r\nx\r\n";
    assert_eq!(recode(kept, TextForm::AsciiHeader).as_deref(), Some(kept.as_slice()), "SMTPUTF8 is not about such bytes");
    assert!(!has_utf8_header(kept));
}

#[test]
fn what_would_lose_something_is_not_rewritten() {
    for given in [
        "DKIM-Signature: v=1\nFrom: a@x\n\nü\n",
        "dkim-signature: v=1\nSubject: ü\n\nx\n",
        "ARC-Seal: i=1\nFrom: a@x\n\nü\n",
        "DomainKey-Signature: a\nFrom: a@x\n\nü\n",
        "MIME-Version: 1.0\nContent-Type: multipart/signed; boundary=b\n\n--b\n\nü\n--b--\n",
        "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=a\n\n--a\nContent-Type: multipart/signed; boundary=b\n\n--b\n\nü\n--b--\n\n--a--\n",
        "MIME-Version: 1.0\nContent-Type: message/partial; number=1\n\nü\n",
        "MIME-Version: 1.0\nContent-Type: text/plain\nContent-Transfer-Encoding: base64\n\nü\n",
        "MIME-Version: 1.0\nContent-Type: text/plain\nContent-Transfer-Encoding: quoted-printable\n\nü\n",
        "MIME-Version: 1.0\nContent-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\nü\n",
        "MIME-Version: 1.0\nContent-Type: multipart/mixed\n\n--b\n\nü\n",
        "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\nno part: ü\n",
        "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nx\n--b--\nbehind: ü\n",
        "MIME-Version: 1.0\nContent-Type: message/rfc822\n\nDKIM-Signature: v=1\n\nü\n",
        "From: jürgen@\n\nx\n",
        "Sender: <ü\n\nx\n",
        "Resent-From: ü ü\n\nx\n",
    ] {
        assert_eq!(recoded(given, TextForm::Ascii), None, "{given}");
    }
    let signed = "MIME-Version: 1.0\nContent-Type: multipart/signed; boundary=b\n\n--b\nSubject: ü\n\nx\n--b--\n";
    assert_eq!(recoded(signed, TextForm::AsciiHeader), None, "the header of a signed part");
    let attached = "MIME-Version: 1.0\nContent-Type: message/rfc822\n\nDKIM-Signature: v=1\nSubject: ü\n\nx\n";
    assert_eq!(recoded(attached, TextForm::AsciiHeader), None, "an attached signed message");
}

#[test]
fn ascii_header_leaves_bodies_alone() {
    for given in [
        "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\nprä\n--b\n\nä\n--b--\nend ü\n",
        "MIME-Version: 1.0\nContent-Type: multipart/signed; boundary=b\n\n--b\n\nü\n--b--\n",
        "MIME-Version: 1.0\nContent-Type: message/rfc822\n\nDKIM-Signature: v=1\n\nü\n",
        "DKIM-Signature: v=1\nSubject: x\n\nü\n",
    ] {
        assert_eq!(recoded(given, TextForm::AsciiHeader).as_deref(), Some(given.replace('\n', "\r\n").as_str()), "{given}");
    }
}

#[test]
fn signed_part_without_letters_beyond_ascii_keeps_its_bytes() {
    let signed = "--b\nContent-Type: text/plain\n\nplain \n--b\nContent-Type: application/pgp-signature\n\nsig\n--b--\n";
    let given = format!(
        "Subject: ü\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=a\n\n--a\nContent-Type: multipart/signed; boundary=b\n\n{signed}--a\n\nü\n--a--\n"
    );
    let out = recoded(&given, TextForm::Ascii).expect("encoded").replace("\r\n", "\n");
    assert!(out.contains(signed), "{out}");
}

#[test]
fn utf8_in_any_header_is_found() {
    let part = |header: &str| {
        format!("From: a@x\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\n{header}\n\nü\n--b--\n")
    };
    for (text, found) in [
        ("Subject: ü\n\nx\n".to_owned(), true),
        ("Subject: x\n\nü\n".to_owned(), false),
        (part("Content-Disposition: attachment; filename=\"ü\""), true),
        (part("Content-Type: text/plain"), false),
        ("Content-Type: message/rfc822\n\nSubject: ü\n\nx\n".to_owned(), true),
    ] {
        assert_eq!(has_utf8_header(&crlf(&text)), found, "{text}");
    }
}

proptest! {
    /// Any text is left alone or becomes what its form says, and mail-parser reads the same from it.
    #[test]
    fn any_text_is_ascii_or_left_alone(
        subject in "[ -~äöü€🔥]{0,80}",
        name in "[A-Za-zäöü ]{0,20}",
        text in "([ -~äöü€]{0,90}\r\n){0,6}",
    ) {
        let given = format!("From: \"{name}\" <a@x>\r\nSubject: {subject}\r\n\r\n{text}");
        let out = recode(given.as_bytes(), TextForm::Ascii).expect("nothing is signed");
        prop_assert!(out.is_ascii());
        prop_assert!(out.split(|&byte| byte == b'\n').all(|line| line.len() <= 999 || given.is_ascii()));
        let (before, after) = (MessageParser::default().parse(given.as_bytes()), MessageParser::default().parse(&out));
        let (before, after) = (before.expect("a message"), after.expect("a message"));
        prop_assert_eq!(before.body_text(0), after.body_text(0));
        let subject_of = |message: &mail_parser::Message<'_>| message.subject().unwrap_or_default().trim().to_owned();
        prop_assert_eq!(subject_of(&before), subject_of(&after));
        let name_of = |message: &mail_parser::Message<'_>| {
            message.from().and_then(|from| from.first()).and_then(|from| from.name()).unwrap_or_default().trim().to_owned()
        };
        prop_assert_eq!(name_of(&before), name_of(&after));
    }

    #[test]
    fn rewriting_any_bytes_does_not_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        for form in [TextForm::Ascii, TextForm::AsciiHeader] {
            if let Some(out) = recode(&bytes, form) {
                prop_assert!(form == TextForm::AsciiHeader || out.is_ascii());
            }
        }
    }
}
