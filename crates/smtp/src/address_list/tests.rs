use proptest::prelude::*;

use super::*;

/// A list in short: `name <address>` for each mailbox, groups as `name[members]`, `!` in front if it is obsolete.
fn shown(list: &AddressList) -> String {
    let one = |mailbox: &Mailbox| match &mailbox.name {
        Some(name) => format!("{name} <{}>", mailbox.address),
        None => mailbox.address.to_string(),
    };
    let entries = list.entries.iter().map(|entry| match entry {
        ListEntry::Mailbox(mailbox) => one(mailbox),
        ListEntry::Group { name, members } => format!("{name}[{}]", members.iter().map(one).collect::<Vec<_>>().join("; ")),
    });
    let mark = if list.is_obsolete { "!" } else { "" };
    format!("{mark}{}", entries.collect::<Vec<_>>().join(" | "))
}

#[test]
fn header_is_read_as_rfc_5322_says() {
    for (value, expected) in [
        ("a@x.example", "a@x.example"),
        (" <a@x.example> ", "a@x.example"),
        ("Jane <a@x.example>", "Jane <a@x.example>"),
        ("Jane Doe<a@x.example>", "Jane Doe <a@x.example>"),
        ("\"Doe, Jane\" <a@x.example>", "Doe, Jane <a@x.example>"),
        ("\"Doe \\\"J\\\" \\\\\" <a@x.example>", "Doe \"J\" \\ <a@x.example>"),
        ("a@x.example, b@x.example", "a@x.example | b@x.example"),
        ("\"a,b\" <a@x>,c@x", "a,b <a@x> | c@x"),
        // Comments, also nested and with quoted pairs: RFC 5322 §3.2.2 and A.5.
        ("alerts@lab.test (Cron Daemon)", "Cron Daemon <alerts@lab.test>"),
        ("(cron) alerts@lab.test", "alerts@lab.test"),
        ("(Cron (really \\) it)) Root <alerts@lab.test> (x)", "Root <alerts@lab.test>"),
        ("Pete(A nice \\) chap) <pete(his account)@silly.test(his host)>", "Pete <pete@silly.test>"),
        ("a@x (b@y, c@z)", "b@y, c@z <a@x>"),
        ("a@x ()", "a@x"),
        ("a@x(.\ta)", ". a <a@x>"),
        ("a@x (Cron\t \\\tDaemon )", "Cron Daemon <a@x>"),
        ("a@x (=?utf-8?Q?J=C3=B6rg?= =?utf-8?Q?_M?=)", "Jörg M <a@x>"),
        ("a@x (=?utf-8?Q?a=0D=0Ab?=)", "a  b <a@x>"),
        ("a@x (see =?koi8-r?B?8A==?=)", "see =?koi8-r?B?8A==?= <a@x>"),
        // Groups: RFC 5322 A.1.3.
        (
            "A Group:Ed Jones <c@a.test>,joe@where.test,John <jdoe@one.test>;",
            "A Group[Ed Jones <c@a.test>; joe@where.test; John <jdoe@one.test>]",
        ),
        ("Undisclosed recipients:;", "Undisclosed recipients[]"),
        ("g: a@x;, b@x", "g[a@x] | b@x"),
        ("(Empty list)(start)Hidden recipients  :(nobody(that I know))  ;", "Hidden recipients[]"),
        // Obsolete forms: RFC 5322 §4.4 and A.6.
        ("Joe Q. Public <john.q.public@example.com>", "Joe Q. Public <john.q.public@example.com>"),
        (
            "Mary Smith <@node.test:mary@example.net>, , jdoe@test  . example",
            "!Mary Smith <mary@example.net> | jdoe@test.example",
        ),
        ("<@a.test,@b.test:c@d.test>", "!c@d.test"),
        ("john . q @ example . com", "john.q@example.com"),
        (",a@x", "!a@x"),
        ("a@x,", "!a@x"),
        ("a@x,,b@x", "!a@x | b@x"),
        ("g:,a@x;", "!g[a@x]"),
        // Local parts in quotes.
        ("\"a b\"@x.example", "\"a b\"@x.example"),
        ("\"ceo@bank.example\"@x.example", "\"ceo@bank.example\"@x.example"),
        ("a.\"b c\".d@x", "\"a.b c.d\"@x"),
        ("<\"a>b\"@x>", "\"a>b\"@x"),
        // Encoded words: RFC 2047 §5 rule 3 and §8.
        ("=?UTF-8?Q?J=C3=B6rg_M=C3=BCller?= <a@x>", "Jörg Müller <a@x>"),
        ("=?utf-8?b?SsO2cmc=?= <a@x>", "Jörg <a@x>"),
        ("=?utf-8?B?SsO2cmc?= <a@x>", "Jörg <a@x>"),
        ("=?ISO-8859-1?Q?Andr=E9?= Pirard <a@x>", "André Pirard <a@x>"),
        ("=?utf-8?Q?a?= =?utf-8*en?Q?b?= c <a@x>", "ab c <a@x>"),
        ("=?utf-8?B?5g==?= =?utf-8?B?l6U=?= <a@x>", "日 <a@x>"),
        ("=?iso-8859-1?Q?=E9?= =?utf-8?Q?=C3=A9?= x <a@x>", "éé x <a@x>"),
        ("a@x <a@x>", "a@x"),
        ("=?utf-8?Q?Dr._M=C3=BC?= <a@x>", "Dr. Mü <a@x>"),
        ("\"=?utf-8?Q?a?=\" <a@x>", "=?utf-8?Q?a?= <a@x>"),
        ("=?koi8-r?B?8A==?= <a@x>", "=?koi8-r?B?8A==?= <a@x>"),
        ("=?utf-8?Q?a=0D=0ABcc=3A_b?= <a@x>", "a  Bcc: b <a@x>"),
        // Letters beyond ASCII: RFC 6532.
        ("Jörg Müller <jörg@bücher.example>", "Jörg Müller <jörg@bücher.example>"),
        // Domain literals.
        ("a@[127.0.0.1], b@[IPv6:::1]", "a@[127.0.0.1] | b@[IPv6:::1]"),
        ("a\t<a@x>", "a <a@x>"),
        ("", ""),
        ("  (only a comment) ", ""),
    ] {
        match AddressList::of_header(value) {
            Ok(list) => assert_eq!(shown(&list), expected, "{value}"),
            Err(fault) => panic!("{value}: {fault}"),
        }
    }
}

#[test]
fn unreadable_header_is_refused_with_its_element() {
    for (value, part, fault) in [
        ("ceo", "ceo", AddressFault::NoAt),
        ("a@x, ceo", "ceo", AddressFault::NoAt),
        ("ceo@bank.example <a@x>", "ceo@bank.example <a@x>", AddressFault::Several),
        ("a\u{a0}@x", "a", AddressFault::Unexpected('\u{a0}')),
        ("a@x\u{3000}(c)", "a@x", AddressFault::Unexpected('\u{3000}')),
        ("a@x b@x", "a@x b", AddressFault::Unexpected('b')),
        ("a@x; b@x", "a@x;", AddressFault::Unexpected(';')),
        ("<a@x> <b@x>", "<a@x> <", AddressFault::Unexpected('<')),
        ("<a@x>b", "<a@x>b", AddressFault::Unexpected('b')),
        ("<<a@x>>", "<<", AddressFault::Unexpected('<')),
        ("<a@x", "<a@x", AddressFault::Unbalanced),
        ("a@x>", "a@x>", AddressFault::Unexpected('>')),
        ("<>", "<>", AddressFault::Empty),
        ("<a>", "<a>", AddressFault::NoAt),
        ("a@x, <a@x, b@x>", "<a@x,", AddressFault::Unexpected(',')),
        ("\"Jane <a@x>", "\"Jane <a@x>", AddressFault::Unbalanced),
        ("Jane\" <a@x>", "Jane\" <a@x>", AddressFault::Unbalanced),
        ("(open <a@x>", "(open <a@x>", AddressFault::Unbalanced),
        ("close) <a@x>", "close)", AddressFault::Unexpected(')')),
        ("a b@x", "a b@", AddressFault::Local(' ')),
        ("a..b@x", "a..b@", AddressFault::Local('.')),
        (".a@x", ".a@", AddressFault::Local('.')),
        ("@x", "@", AddressFault::Local('@')),
        ("a@@x", "a@@", AddressFault::Domain(String::new())),
        ("a@x@y", "a@x@", AddressFault::Unexpected('@')),
        ("a@", "a@", AddressFault::Domain(String::new())),
        ("a@x_y..z", "a@x_y..z", AddressFault::Domain("x_y..z".into())),
        ("a@x.example.", "a@x.example.", AddressFault::Domain("x.example.".into())),
        ("a@[1.2.3", "a@[1.2.3", AddressFault::Unbalanced),
        ("g: a@x", "a@x", AddressFault::Unbalanced),
        ("Board: ceo@x; <a@x>", "ceo@x; <", AddressFault::Unexpected('<')),
        ("g: h: a@x;;", "h:", AddressFault::Unexpected(':')),
        ("a@x\u{0}", "a@x\u{0}", AddressFault::Control),
        ("a@x\r\nb", "a@x\r\nb", AddressFault::Control),
    ] {
        let found = AddressList::of_header(value);
        // A control character is found before the first element.
        let part = if fault == AddressFault::Control { &value[..1] } else { part };
        assert_eq!(found.map(|list| shown(&list)), Err(ListFault { part: part.to_owned(), fault }), "{value}");
    }
}

#[test]
fn typed_list_has_more_separators() {
    for (text, expected) in [
        ("a@x, b@x;c@x\nd@x  e@x\t\r\nf@x", "a@x | b@x | c@x | d@x | e@x | f@x"),
        ("\"Doe, Jane\" <jane@lab.test>", "Doe, Jane <jane@lab.test>"),
        ("\"Doe, Jane\" <jane@lab.test>, Bob <b@x> c@x", "Doe, Jane <jane@lab.test> | Bob <b@x> | c@x"),
        ("\"Doe; Jane\" <jane@lab.test>; b@x", "Doe; Jane <jane@lab.test> | b@x"),
        ("a@x.example., b@x", "a@x.example | b@x"),
        ("Jane\n<jane@lab.test>", "Jane <jane@lab.test>"),
        ("jane@lab.test <jane@LAB.test>, b@x", "jane@lab.test | b@x"),
        (" , ;\n", "!"),
        ("", ""),
    ] {
        assert_eq!(AddressList::typed(text).map(|list| shown(&list)), Ok(expected.to_owned()), "{text:?}");
    }
    for (text, part, fault) in [
        ("a@x, b, c@x", "b,", AddressFault::NoAt),
        ("a@x, Jane Doe jane@x", "Jane Doe jane@", AddressFault::Local(' ')),
        ("g: a@x;", "g:", AddressFault::Unexpected(':')),
        ("a@x, jane@old.example <jane@new.example>", "jane@old.example <jane@new.example>", AddressFault::Several),
        ("<@a:b@x>", "<@", AddressFault::Local('@')),
        ("a@-x, b@x", "a@-x,", AddressFault::Domain("-x".into())),
    ] {
        let found = AddressList::typed(text);
        assert_eq!(found.map(|list| shown(&list)), Err(ListFault { part: part.to_owned(), fault }), "{text:?}");
    }
}

#[test]
fn sole_mailbox_has_nothing_beside_it() {
    for (value, is_sole) in [
        ("a@x", true),
        ("Jane <a@x>", true),
        ("a@x (comment)", true),
        ("a@x,", false),
        (",a@x", false),
        ("<@b:a@x>", false),
        ("a@x, a@x", false),
        ("g: a@x;", false),
        ("", false),
    ] {
        let list = AddressList::of_header(value).unwrap_or_default();
        assert_eq!(list.sole().is_some(), is_sole, "{value}");
    }
}

#[test]
fn typed_mailbox_keeps_its_name() {
    let mailbox = |text: &str| text.parse::<Mailbox>();
    let name = |text: &str| mailbox(text).map(|mailbox| mailbox.name);
    for (text, expected) in [
        ("\"Ops, \\\"night\\\"\" <a@x>", Some("Ops, \"night\"")),
        ("<a@x>", None),
        ("a@x", None),
        ("a@x (Ops)", Some("Ops")),
        ("Acme: alarms, site 1; (NL) <a@x>", Some("Acme: alarms, site 1; (NL)")),
        ("Postwacht.nl <a@x>", Some("Postwacht.nl")),
        ("a@x <a@x>", None),
    ] {
        assert_eq!(name(text), Ok(expected.map(str::to_owned)), "{text}");
        let parsed = mailbox(text).unwrap();
        assert_eq!(parsed.to_string().parse(), Ok(parsed), "{text}");
    }
    let long = format!("{} <a@x>", "n".repeat(201));
    for (text, fault) in [
        ("", AddressFault::Empty),
        ("a@x, b@x", AddressFault::Several),
        ("ceo@bank.example, Alerts <a@x>", AddressFault::Several),
        ("ceo@bank.example <a@x>", AddressFault::Several),
        ("ceo@bank.example Alerts <a@x>", AddressFault::Several),
        ("Evil\r\nBcc: b@x <a@x>", AddressFault::Control),
        ("Jane", AddressFault::NoAt),
        (&long, AddressFault::NameTooLong),
    ] {
        assert_eq!(mailbox(text), Err(fault), "{text}");
    }
}

/// Texts near the grammar.
fn near_list() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "a",
        "b.c",
        "@",
        "x.example",
        "<",
        ">",
        ",",
        ";",
        ":",
        " ",
        "(",
        ")",
        "\"",
        "\\",
        ".",
        "[",
        "]",
        "=?utf-8?Q?a?=",
        "ü",
        "a@x",
        "<a@x>",
        "\"a b\"",
        "(c)",
        "g: ",
        "\t",
    ]);
    prop::collection::vec(piece, 0..14).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn any_text_is_read_without_a_panic(text in any::<String>()) {
        let _ = (AddressList::of_header(&text), AddressList::typed(&text), text.parse::<Mailbox>());
    }

    #[test]
    fn read_mailboxes_are_safe_and_round_trip(text in near_list()) {
        for list in [AddressList::of_header(&text), AddressList::typed(&text)].into_iter().flatten() {
            for mailbox in list.mailboxes() {
                let shown = mailbox.to_string();
                prop_assert!(!shown.chars().any(char::is_control));
                prop_assert_eq!(shown.parse::<Mailbox>(), Ok(mailbox.clone()), "{}", text);
                prop_assert_eq!(AddressList::of_header(&shown).ok().and_then(|list| list.sole().cloned()), Some(mailbox.clone()));
            }
        }
    }
}
