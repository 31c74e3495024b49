//! Headers that pass as the site's own, and headers that do not. Sources: RFC 5322 §3.4, §3.6.2, §3.6.6, §4.4; reports of
//! sender checks that lists and groups passed (nodemailer 1766, go-mail 495, MailWatch 1007) and of own addresses that were
//! refused for their comments (fcron 15, dma 75 and 136).

use std::io::Write;
use std::process::{Command, Stdio};

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use smtp::address::AddressFault;

use super::tests::settings;
use super::*;

fn checked(rights: Rights, header: &str) -> Result<(), PolicyFault> {
    Policy { settings: &settings(), rights }.check_header(format!("{header}\n\nx").as_bytes())
}

#[test]
fn own_address_passes_in_every_form() {
    for header in [
        "From: site@example.com",
        "from: \"Other, name\" <site@EXAMPLE.COM>",
        "From: site@example.com (Cron Daemon)",
        "From: (Cron Daemon) site@example.com",
        "From: Root (really) <site@example.com> (cron)",
        "From:\n  =?utf-8?Q?J=C3=B6rg?= <site@example.com>",
        "From: \"ceo@bank.example\" <site@example.com>",
        "From: (x) site @ example . com",
        "From: Joe Q. Public <site@example.com>",
        "From: site@example.com <site@example.com>",
        "From: \"A long name in quotes that is folded by the program that\r\n wrote it\" <site@example.com>",
        "From: site@example.com\nSender: site@example.com\nResent-From: Site <site@example.com>",
        "From: site@example.com\nResent-From: site@example.com\nResent-From: site@example.com",
        "From: site@example.com\nReply-To: other@bank.example, group: a@x;",
    ] {
        assert_eq!(checked(Rights::Application, header), Ok(()), "{header}");
    }
}

#[test]
fn foreign_sender_is_refused_with_its_field() {
    let site = || settings().from.address;
    let foreign = |field: &str| PolicyFault::ForeignSender { field: field.into(), site: site() };
    let not_one = |field: &str| PolicyFault::NotOneSender { field: field.into(), site: site() };
    let unreadable = |field: &str, part: &str, fault| PolicyFault::Unreadable {
        field: field.into(),
        fault: ListFault { part: part.into(), fault },
    };
    for (header, fault) in [
        // The local part may depend on its case (RFC 5321 §2.4).
        ("From: SITE@example.com", foreign("from")),
        ("From: a@example.com", foreign("from")),
        ("From: site@example.com.evil.example", foreign("from")),
        ("From: \"site@example.com\" <ceo@bank.example>", foreign("from")),
        ("From: ceo@bank.example (site@example.com)", foreign("from")),
        ("From: \"site@example.com\"@bank.example", foreign("from")),
        ("From: \"site\"@example.com", foreign("from")),
        ("From: ceo@bank.example, Alerts <site@example.com>", not_one("from")),
        ("From: Alerts <site@example.com>, ceo@bank.example", not_one("from")),
        ("From: site@example.com, site@example.com", not_one("from")),
        ("From: site@example.com,", not_one("from")),
        ("From: Board: ceo@bank.example, site@example.com;", not_one("from")),
        ("From: Board: site@example.com;", not_one("from")),
        ("From: Board:;", not_one("from")),
        ("From: <@bank.example:site@example.com>", not_one("from")),
        ("From:", not_one("from")),
        ("From: (site@example.com)", not_one("from")),
        ("From: site@example.com\nFrom: a@example.com", not_one("from")),
        ("From: site@example.com\nfrom : site@example.com", not_one("from")),
        ("From: site@example.com\nSender: ceo@bank.example", foreign("sender")),
        ("From: site@example.com\nSender: site@example.com\nSender: site@example.com", not_one("sender")),
        ("From: site@example.com\nSender: a@x, b@x", not_one("sender")),
        ("From: site@example.com\nResent-From: ceo@bank.example", foreign("resent-from")),
        ("From: site@example.com\nResent-From: site@example.com\nResent-From: ceo@bank.example", foreign("resent-from")),
        ("From: site@example.com\nResent-Sender: ceo@bank.example", foreign("resent-sender")),
        (
            "From: ceo@bank.example <site@example.com>",
            unreadable("from", "ceo@bank.example <site@example.com>", AddressFault::Several),
        ),
        (
            "From: a@example.com <site@example.com",
            unreadable("from", "a@example.com <site@example.com", AddressFault::Unbalanced),
        ),
        ("From: site@example.com ceo@bank.example", unreadable("from", "site@example.com c", AddressFault::Unexpected('c'))),
        // Python ends a quoted string or a comment at a fold.
        ("From: \"x\r\n <ceo@bank.example>, y\" <site@example.com>", not_one("from")),
        ("From: (x\r\n ceo@bank.example, y) site@example.com", not_one("from")),
        ("From: \"ceo@bank.example\r\n , x\" <site@example.com>", not_one("from")),
        ("From: site@example.com (x\r\n , ceo@bank.example)", not_one("from")),
        // mail-parser drops the blank behind a backslash.
        ("From: (a\\\r\n ( ) ceo@bank.example, x ) site@example.com", not_one("from")),
        // Readers that look for encoded words first.
        ("From: =?utf-8?Q?\"?= <ceo@bank.example>, \"?= <site@example.com>", not_one("from")),
        ("From: =?utf-8?Q?(?= <ceo@bank.example> )?= <site@example.com>", not_one("from")),
        ("From: =?utf-8?Q?\"?= <ceo> \"?= <site@example.com>", not_one("from")),
        ("From: \"=?utf-8?Q?\"?= \" ceo@bank.example, \" <site@example.com>", not_one("from")),
        ("From: (=?utf-8?Q?(?= ) ceo@bank.example, ) site@example.com", not_one("from")),
        ("From: root", unreadable("from", "root", AddressFault::NoAt)),
        ("From: \"open <site@example.com>", unreadable("from", "\"open <site@example.com>", AddressFault::Unbalanced)),
        ("Subject: x", PolicyFault::Header(HeaderFault::NoFrom)),
        ("Subject: x\n\nFrom: site@example.com", PolicyFault::Header(HeaderFault::NoFrom)),
        ("no header", PolicyFault::Header(HeaderFault::NotAHeader(1))),
    ] {
        assert_eq!(checked(Rights::Application, header), Err(fault), "{header}");
        assert_eq!(checked(Rights::Administrator, header), Ok(()), "{header}");
    }
}

/// Values around the site's address, many of them ambiguous.
fn near_own() -> impl Strategy<Value = String> {
    let piece = || {
        prop::sample::select(vec![
            "site@example.com",
            "<site@example.com>",
            "ceo@bank.example",
            "<ceo@bank.example>",
            "\"ceo@bank.example\"",
            "Site",
            ",",
            ";",
            ":",
            "<",
            ">",
            "(",
            ")",
            "(ceo@bank.example)",
            "\"",
            "\\",
            " ",
            " ",
            "@bank.example:",
            "\t",
            "=?utf-8?Q?ceo=40x?=",
            ".",
            "@",
            "\r\n ",
            "\\\r\n ",
            "=?utf-8?Q?\"?=",
            "=?utf-8?Q?(?=",
            "\"?=",
            ")?=",
            "ü",
            "[",
            "]",
            "=?utf-8?B?Y2VvQGJhbmsuZXhhbXBsZSw=?=",
        ])
    };
    let junk = || prop::collection::vec(piece(), 0..5).prop_map(|pieces| pieces.concat());
    let own = prop::sample::select(vec!["site@example.com", "<site@example.com>", "Site <site@example.com>"]);
    (junk(), own, junk()).prop_map(|(before, own, behind)| format!("{before}{own}{behind}"))
}

/// The authors of each message as Python reads them, by its old and its new interface.
fn read_by_python(messages: &[String]) -> Vec<Vec<String>> {
    const PROGRAM: &str = r"
import email, email.policy, email.utils, json, sys
for text in json.load(sys.stdin):
    text = text.encode()
    old = email.message_from_bytes(text)
    found = [address for _, address in email.utils.getaddresses(old.get_all('from', []))]
    try:
        new = email.message_from_bytes(text, policy=email.policy.default)
        found += [address.addr_spec for value in new.get_all('from', []) for address in value.addresses]
    except (IndexError, AttributeError, TypeError):
        pass  # faults of Python 3.11 in odd headers: it reads no author then
    print(json.dumps(found))
";
    let python = Command::new("python3").args(["-c", PROGRAM]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
    let mut python = python.expect("python3 runs the peers of the other tests too");
    let asked = serde_json::to_vec(messages).expect("texts");
    python.stdin.take().expect("piped").write_all(&asked).expect("python reads");
    let output = python.wait_with_output().expect("python ends");
    assert!(output.status.success());
    output
        .stdout
        .split(|&b| b == b'\n')
        .filter(|line| !line.is_empty())
        .map(|line| serde_json::from_slice(line).expect("JSON"))
        .collect()
}

/// mail-parser and Python find no foreign author in a header that the policy lets through.
#[test]
fn passed_header_is_own_for_other_readers_too() {
    let mut runner = TestRunner::deterministic();
    let strategy = near_own();
    let values = std::iter::repeat_with(|| strategy.new_tree(&mut runner).expect("a value").current()).take(20_000);
    let passed: Vec<String> =
        values.map(|value| format!("From: {value}")).filter(|header| checked(Rights::Application, header).is_ok()).collect();
    assert!(passed.len() > 500, "only {} of the headers pass", passed.len());
    for header in &passed {
        let parsed = mail_parser::MessageParser::default().parse(header.as_bytes());
        let from = parsed.as_ref().and_then(|message| message.from()).map(|from| from.clone().into_list());
        let found: Vec<_> = from.into_iter().flatten().filter_map(|address| address.address).collect();
        assert!(found.iter().all(|address| address.eq_ignore_ascii_case("site@example.com")), "{header:?}: {found:?}");
    }
    let messages: Vec<String> = passed.iter().map(|header| format!("{header}\r\n\r\nx")).collect();
    let by_python = read_by_python(&messages);
    assert_eq!(by_python.len(), passed.len());
    for (header, found) in passed.iter().zip(by_python) {
        let is_own = |address: &String| address.is_empty() || address.eq_ignore_ascii_case("site@example.com");
        assert!(found.iter().all(is_own), "{header:?}: {found:?}");
    }
}
