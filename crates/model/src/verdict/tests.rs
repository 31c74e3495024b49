//! Tests of each row of the verdict table, and of its limits.

use super::*;
use smtp::client::{Envelope, TlsFault, Unfit};
use smtp::reply::ReplyFault;

const CONTEXT: VerdictInput<'static> =
    VerdictInput { peer: Peer::Any, contacts: &[], by_application: false, has_other_relay: false };

fn reply(text: &str) -> Reply {
    let (code, rest) = text.split_once(' ').unwrap();
    Reply::new(code.parse().unwrap(), rest)
}

/// Builds a transaction from the replies to MAIL, to each RCPT, to DATA and to the body. `-` is no reply.
fn transaction(mail: &str, rcpt: &[&str], data: &str, end: &str) -> Transaction {
    let said = |text: &str| (text != "-").then(|| reply(text));
    let recipients = (0..rcpt.len()).map(|k| format!("u{k}@x.example").parse().unwrap()).collect();
    Transaction {
        envelope: Envelope {
            ticket: 1,
            sender: Some("a@x.example".parse().unwrap()),
            recipients,
            eight_bit: false,
            utf8_header: false,
            recipients_max: usize::MAX,
            rehearses: false,
            size: 1,
        },
        sender: said(mail),
        recipients: rcpt.iter().map(|text| said(text).map_or(RecipientReply::Nothing, RecipientReply::Said)).collect(),
        data: said(data),
        end: said(end),
        body_sent: end != "-",
        ending: Ending::Answered,
    }
}

fn verdicts(t: &Transaction) -> Vec<Verdict> {
    judge(t, CONTEXT).0.iter().map(|ruling| ruling.verdict).collect()
}

fn broken(t: Transaction, stage: Stage, kind: FaultKind) -> Transaction {
    Transaction { ending: Ending::Broken(Fault { stage, kind }), ..t }
}

#[test]
fn fault_before_mail_holds_relay_with_its_cause() {
    use FaultKind::*;
    let refused = |text: &str| Refused(reply(text));
    let table = [
        (Stage::Connect, NotConnected("refused".into()), HoldCause::Network),
        (Stage::Resolve, NotResolved("no such host".into()), HoldCause::Network),
        (Stage::Greeting, refused("421 4.3.2 busy"), HoldCause::Network),
        (Stage::Greeting, refused("554 5.7.1 No SMTP service here"), HoldCause::Network),
        (Stage::Greeting, Lost("eof".into()), HoldCause::Network),
        (Stage::Greeting, TimedOut(60), HoldCause::Network),
        (Stage::Greeting, Unreadable(ReplyFault::NotSmtp("HTTP".into())), HoldCause::Network),
        (Stage::Ehlo, Unreadable(ReplyFault::MixedCodes(250, 550)), HoldCause::Network),
        (Stage::Ehlo, refused("504 5.5.2 <x>: need fully-qualified hostname"), HoldCause::Configuration),
        (Stage::StartTls, StartTlsMissing, HoldCause::Encryption),
        (Stage::StartTls, BytesBehindStartTls, HoldCause::Encryption),
        (Stage::StartTls, refused("454 4.7.0 TLS not available"), HoldCause::Network),
        (Stage::StartTls, refused("502 5.5.1 not here"), HoldCause::Encryption),
        (Stage::Tls, Tls(TlsFault::Expired("2020-01-01".into())), HoldCause::Tls),
        (Stage::Tls, Tls(TlsFault::OtherKey { shown: "x".into() }), HoldCause::Tls),
        (Stage::Tls, Tls(TlsFault::NotTls), HoldCause::Encryption),
        (Stage::Tls, Tls(TlsFault::OldVersion), HoldCause::Encryption),
        (Stage::Tls, Tls(TlsFault::ClientCertificate), HoldCause::Encryption),
        (Stage::SignIn, NoToken { key: "x".into(), words: "dns error".into(), passing: true }, HoldCause::Provider),
        (Stage::SignIn, NoToken { key: "x".into(), words: "absent".into(), passing: false }, HoldCause::Grant),
        (Stage::SignIn, NoMechanism { offered: vec!["GSSAPI".into()], chosen: None }, HoldCause::Configuration),
        (Stage::SignIn, refused("535 5.7.8 wrong"), HoldCause::SignIn),
        (Stage::SignIn, refused("454 4.7.0 Temporary authentication failure"), HoldCause::Network),
        (Stage::SignIn, TokenRefused { reply: reply("535 5.7.8 no"), challenge: "{}".into() }, HoldCause::SignIn),
        (Stage::SignIn, OutOfTurn(reply("334 x")), HoldCause::Network),
        (Stage::Sender, refused("530 5.7.0 Must issue a STARTTLS command first"), HoldCause::Configuration),
        (Stage::Greeting, OurOwnListener, HoldCause::Configuration),
    ];
    for (stage, kind, cause) in table {
        let fault = Fault { stage, kind };
        assert_eq!(judge_fault(&fault, Peer::Any).cause, cause, "{fault:?}");
        let t = broken(transaction("-", &["-", "-"], "-", "-"), stage, fault.kind.clone());
        let (rulings, relay) = judge(&t, CONTEXT);
        assert!(rulings.iter().all(|r| r.verdict == Verdict::RelayFault && r.blame == Blame::Relay), "{fault:?}");
        assert_eq!(relay.map(|relay| relay.cause), Some(cause), "{fault:?}");
    }
}

#[test]
fn demand_for_sign_in_or_tls_holds_relay_at_any_stage() {
    for code in ["530 5.7.0 Authentication required", "538 5.7.11 Encryption required"] {
        for t in [
            transaction(code, &["-"], "-", "-"),
            transaction("250 ok", &[code], "-", "-"),
            transaction("250 ok", &["250 ok"], code, "-"),
            transaction("250 ok", &["250 ok"], "-", code),
        ] {
            let (rulings, relay) = judge(&t, CONTEXT);
            assert_eq!(rulings[0].verdict, Verdict::RelayFault, "{t:?}");
            assert_eq!(relay.unwrap().cause, HoldCause::Configuration);
        }
    }
}

/// A policy reply holds our sender at this relay and loses no message. It refuses an application's message.
#[test]
fn policy_reply_holds_sender_at_this_relay() {
    for t in [
        transaction("553 5.7.1 not owned by user", &["-"], "-", "-"),
        transaction("550 5.1.8 bad sender", &["-"], "-", "-"),
        transaction("550 you may not send", &["-"], "-", "-"),
        transaction("250 ok", &["553 5.7.1 <a@x>: not owned by user"], "-", "-"),
        transaction("250 ok", &["554 <u0@x.example>: no", "554 <u1@x.example>: no"], "-", "-"),
        transaction("250 ok", &["250 ok"], "-", "554 5.7.1 Message content rejected"),
        transaction("250 ok", &["554 5.7.1 <u0@x.example>: Relay access denied"], "-", "-"),
        transaction("250 ok", &["250 ok"], "550 5.7.1 no", "-"),
    ] {
        let (rulings, relay) = judge(&t, CONTEXT);
        assert!(rulings.iter().all(|r| r.verdict == Verdict::HoldSender && r.blame == Blame::Sender), "{t:?} {rulings:?}");
        assert_eq!(relay, None, "a refused sender never counts against the relay");
        let by_application = judge(&t, VerdictInput { by_application: true, ..CONTEXT }).0;
        assert!(by_application.iter().all(|r| r.verdict == Verdict::Refuse), "{t:?}");
    }
}

/// A reply that names the account, or another recipient, is the same reply for all. A refusal of a recipient's own does not
/// hide it, and an accepted recipient disproves it.
#[test]
fn policy_reply_is_the_same_whatever_addresses_it_names() {
    const OWNED: &str = "553 5.7.1 <from@y.example>: not owned by user u0@x.example";
    use Verdict::{Accepted, Defer, HoldSender as Held, Refuse};
    for (replies, expected) in [
        (&[OWNED, OWNED][..], &[Held, Held][..]),
        (&[OWNED], &[Held]),
        (&["553 5.7.1 <u1@x.example> is not u0@x.example", "553 5.7.1 <u1@x.example> is not u0@x.example"], &[Held, Held]),
        (&["550 5.7.1 <U0@X.EXAMPLE>: no", "550 5.7.1 <u1@x.example>: no", "550 5.7.1 <u2@x.example>: NO"], &[Held, Held, Held]),
        (&[OWNED, "550 5.1.1 <u1@x.example>: unknown", OWNED], &[Held, Refuse, Held]),
        (&[OWNED, OWNED, "451 4.3.0 later"], &[Held, Held, Defer]),
        (&[OWNED, "550 5.1.1 unknown"], &[Refuse, Refuse]),
        (&[OWNED, OWNED, "250 ok"], &[Refuse, Refuse, Accepted]),
        (&["553 5.7.1 one", "553 5.7.1 two"], &[Refuse, Refuse]),
        (&["550 5.1.1 unknown", "550 5.1.1 unknown"], &[Refuse, Refuse]),
    ] {
        let data = if replies.contains(&"250 ok") { "250 ok" } else { "-" };
        assert_eq!(verdicts(&transaction("250 ok", replies, "-", data)), expected, "{replies:?}");
    }
}

#[test]
fn policy_reply_to_some_recipients_affects_only_them() {
    let t = transaction("250 ok", &["250 ok", "550 5.7.1 this box refuses you"], "-", "250 ok");
    assert_eq!(verdicts(&t), [Verdict::Accepted, Verdict::Refuse]);
    let contact: [Address; 1] = ["u1@x.example".parse().unwrap()];
    let spared = judge(&t, VerdictInput { contacts: &contact, ..CONTEXT }).0;
    assert_eq!(spared[1].verdict, Verdict::Defer, "an admin contact is never refused by a policy reply");
}

#[test]
fn bad_recipient_does_not_affect_other_recipients() {
    let t =
        transaction("250 ok", &["250 ok", "250 ok", "550 5.1.1 No such user", "250 ok", "451 4.2.1 later"], "-", "250 2.0.0 ok");
    use Verdict::{Accepted, Defer, Refuse};
    assert_eq!(verdicts(&t), [Accepted, Accepted, Refuse, Accepted, Defer]);
    assert_eq!(judge(&t, CONTEXT).1, None, "a wrong address never counts against the relay");
}

#[test]
fn repeated_unknown_user_is_not_policy() {
    let t = transaction("250 ok", &["550 5.1.1 No such user", "550 5.1.1 No such user"], "-", "-");
    assert_eq!(verdicts(&t), [Verdict::Refuse, Verdict::Refuse]);
    let bare = transaction("250 ok", &["550 user unknown", "550 user unknown"], "-", "-");
    assert_eq!(verdicts(&bare), [Verdict::Refuse, Verdict::Refuse]);
    let refused = transaction("250 ok", &["550 cannot"], "-", "-");
    assert_eq!(verdicts(&refused), [Verdict::Refuse]);
}

#[test]
fn too_many_recipients_retry_at_once_after_an_accepted_one() {
    let t = transaction("250 ok", &["250 ok", "452 4.5.3 Too many", "552 5.5.3 Too many"], "-", "250 ok");
    assert_eq!(verdicts(&t), [Verdict::Accepted, Verdict::AgainAtOnce, Verdict::AgainAtOnce]);
    let none = transaction("250 ok", &["452 4.2.2 full", "552 too much"], "-", "-");
    assert_eq!(verdicts(&none), [Verdict::Defer, Verdict::Defer]);
}

/// The replies of public servers and bug reports to a message with three recipients, by the stage of the reply.
#[test]
fn reply_about_number_of_recipients_never_refuses_one() {
    use Verdict::{Accepted, AgainAtOnce, AgainInParts, Defer};
    for words in [
        // RFC 5321 §4.5.3.1.10, RFC 3463 §3.6 X.5.3.
        "452 4.5.3 Too many recipients",
        "552 5.5.3 Too many recipients",
        "450 4.5.3 Too many recipients",
        "451 4.5.3 limit",
        // bruceg/mailfront plugin-counters.c.
        "550 5.5.3 Too many recipients",
        "550 5.5.3 Message has too many recipients.",
        // https://bobcares.com/blog/554-too-many-recipients
        "554 Too many recipients",
        "554 5.5.3 limit",
        // emersion/go-smtp#195.
        "452 4.5.3 Maximum limit of 100 recipients reached",
        // Exchange: RESOLVER.ADR.RecipLimit.
        "550 5.5.3 RESOLVER.ADR.RecipLimit; too many recipients",
        "554 5.7.1 Too many recipients in one message",
        "550 Too many RCPT TO commands",
        "550 5.7.0 Max recipients exceeded",
        "554 5.0.0 Number of recipients exceeds the limit",
        "421 4.5.3 Recipient limit",
    ] {
        for by_application in [false, true] {
            let context = VerdictInput { by_application, ..CONTEXT };
            let rule = |t: &Transaction| judge(t, context).0.iter().map(|ruling| ruling.verdict).collect::<Vec<_>>();
            let rcpt = transaction("250 ok", &["250 ok", words, words], "-", "250 ok");
            assert_eq!(rule(&rcpt), [Accepted, AgainAtOnce, AgainAtOnce], "{words}");
            let first = transaction("250 ok", &[words, words, words], "-", "-");
            assert_eq!(rule(&first), [Defer; 3], "{words}: no transaction gets one through now");
            for (data, end) in [(words, "-"), ("-", words)] {
                let all = transaction("250 ok", &["250 ok", "250 ok", "250 ok"], data, end);
                assert_eq!(rule(&all), [AgainInParts; 3], "{words}");
                let one = transaction("250 ok", &["250 ok"], data, end);
                assert_eq!(rule(&one), [Defer], "{words}: it cannot be made smaller");
            }
        }
    }
}

/// A reply to the body that names one address does not decide over the others.
#[test]
fn reply_about_one_recipient_divides_the_message() {
    use Verdict::{AgainInParts, Defer, Refuse};
    for (words, alone) in [
        ("550 5.1.1 User unknown", Refuse),
        ("550 5.1.10 RESOLVER.ADR.RecipientNotFound", Refuse),
        ("550 5.2.1 Mailbox disabled", Refuse),
        ("550 5.4.4 Unable to route", Refuse),
        ("550 5.7.2 Not for this list", Refuse),
        ("552 5.2.2 Mailbox full", Defer),
        ("452 4.2.2 Over quota", Defer),
        ("450 4.1.1 Address not known yet", Defer),
    ] {
        let (two, one) = (["250 ok", "250 ok"], ["250 ok", "550 5.1.1 no"]);
        for (data, end) in [(words, "-"), ("-", words)] {
            assert_eq!(verdicts(&transaction("250 ok", &two, data, end)), [AgainInParts; 2], "{words}");
            assert_eq!(verdicts(&transaction("250 ok", &one, data, end)), [alone, Refuse], "{words}");
        }
    }
}

/// Every code of the registry, at RCPT for one of two recipients, at MAIL and at the final dot of one recipient. The basic code
/// is 550, for a program's message and for our own.
#[test]
fn registry_decides_verdict_at_each_stage() {
    use Verdict::{Defer, HoldSender, Refuse, RelayFault, Unfit};
    for (subject, detail, concern, title) in super::enhanced::REGISTRY {
        let words = format!("550 5.{subject}.{detail} x");
        let (rcpt, mail, dot) = match concern {
            Concern::Unspecified => (Refuse, Refuse, Refuse),
            Concern::Recipient => (Refuse, HoldSender, Refuse),
            Concern::Passing | Concern::TooManyRecipients => (Defer, Defer, Defer),
            Concern::Message => (Refuse, Refuse, Refuse),
            Concern::MessageHere => (Unfit, Unfit, Unfit),
            Concern::Sender => (Refuse, HoldSender, HoldSender),
            Concern::Session => (Refuse, RelayFault, HoldSender),
        };
        let first = transaction("250 ok", &[&words, "250 ok"], "-", "250 ok");
        assert_eq!(verdicts(&first), [rcpt, Verdict::Accepted], "{title} at RCPT");
        let at_mail = transaction(&words, &["-"], "-", "-");
        assert_eq!(verdicts(&at_mail), [mail], "{title} at MAIL");
        let relay = (mail == RelayFault).then_some(HoldCause::Configuration);
        assert_eq!(judge(&at_mail, CONTEXT).1.map(|relay| relay.cause), relay, "{title} at MAIL");
        assert_eq!(verdicts(&transaction("250 ok", &["250 ok"], "-", &words)), [dot], "{title} at the dot");
        let passing = format!("450 4.{subject}.{detail} x");
        assert_eq!(verdicts(&transaction("250 ok", &[&passing], "-", "-")), [Defer], "{title} at RCPT, temporary");
        assert_eq!(verdicts(&transaction(&passing, &["-"], "-", "-")), [Defer], "{title} at MAIL, temporary");
    }
}

/// Recipients that wait for a transaction of their own have no part in what the others are told.
#[test]
fn recipient_apart_is_judged_by_no_reply_to_others() {
    use Verdict::{Accepted, AgainAtOnce, HoldSender, Refuse};
    let apart = |rcpt: &[&str], data: &str, end: &str| {
        let mut t = transaction("250 ok", rcpt, data, end);
        t.recipients[0] = RecipientReply::Apart;
        verdicts(&t)
    };
    assert_eq!(apart(&["-", "250 ok"], "-", "250 ok"), [AgainAtOnce, Accepted]);
    assert_eq!(apart(&["-", "550 5.1.1 no"], "-", "-"), [AgainAtOnce, Refuse]);
    assert_eq!(apart(&["-", "250 ok"], "-", "554 5.6.0 no"), [AgainAtOnce, Refuse]);
    assert_eq!(apart(&["-", "250 ok"], "550 no", "-"), [AgainAtOnce, Refuse]);
    assert_eq!(apart(&["-", "550 5.7.1 no", "550 5.7.1 no"], "-", "-"), [AgainAtOnce, HoldSender, HoldSender]);
    let mut unfit = transaction("250 ok", &["-", "550 5.7.1 no", "550 5.7.1 no"], "-", "-");
    unfit.recipients[0] = RecipientReply::Unfit(Unfit::NeedsUtf8);
    assert_eq!(verdicts(&unfit), [Verdict::Unfit, HoldSender, HoldSender]);
    let mut refused = transaction("550 5.7.1 no", &["-", "-"], "-", "-");
    refused.recipients[0] = RecipientReply::Apart;
    assert_eq!(verdicts(&refused), [HoldSender; 2], "the sender is refused for all");
}

#[test]
fn other_replies_are_final_or_temporary_for_the_message() {
    for (t, verdict) in [
        (transaction("451 4.3.0 error", &["-"], "-", "-"), Verdict::Defer),
        (transaction("550 5.2.3 no", &["-"], "-", "-"), Verdict::Refuse),
        (transaction("250 ok", &["250 ok"], "451 4.3.0 no", "-"), Verdict::Defer),
        (transaction("250 ok", &["250 ok"], "554 5.5.1 no", "-"), Verdict::Refuse),
        (transaction("250 ok", &["250 ok"], "-", "451 4.3.0 disk"), Verdict::Defer),
        (transaction("250 ok", &["250 ok"], "-", "552 5.3.4 too big"), Verdict::Unfit),
        (transaction("250 ok", &["250 ok"], "-", "554 no"), Verdict::Refuse),
        (transaction("250 ok", &["250 ok"], "-", "421 4.3.0 closing"), Verdict::Defer),
    ] {
        assert_eq!(verdicts(&t), [verdict], "{t:?}");
        assert_eq!(judge(&t, CONTEXT).1, None);
    }
}

#[test]
fn outcome_is_unknown_only_after_last_byte() {
    let loss = || FaultKind::Lost("reset".into());
    let t = transaction("250 ok", &["250 ok", "550 5.1.1 no"], "-", "-");
    let before = broken(t.clone(), Stage::Recipient, loss());
    assert_eq!(verdicts(&before), [Verdict::RelayFault, Verdict::Refuse], "a word already said stands");
    let amid = broken(t.clone(), Stage::Data, loss());
    assert_eq!(verdicts(&amid), [Verdict::Defer, Verdict::Refuse], "a body that breaks connections is counted");
    assert!(judge(&amid, CONTEXT).1.is_some(), "and the relay is looked at");
    let after = broken(Transaction { body_sent: true, ..t }, Stage::FinalDot, loss());
    assert_eq!(verdicts(&after), [Verdict::Unknown, Verdict::Refuse]);
}

#[test]
fn unfit_message_may_go_by_another_relay() {
    let t = transaction("-", &["-"], "-", "-");
    let large = Transaction { ending: Ending::Unfit(Unfit::TooLarge { limit: 1 }), ..t.clone() };
    assert_eq!(verdicts(&large), [Verdict::Unfit]);
    assert_eq!(verdicts(&Transaction { ending: Ending::SenderUnfit, ..t.clone() }), [Verdict::HoldSender]);
    let mut utf8 = transaction("250 ok", &["250 ok", "-"], "-", "250 ok");
    utf8.recipients[1] = RecipientReply::Unfit(Unfit::NeedsUtf8);
    assert_eq!(verdicts(&utf8), [Verdict::Accepted, Verdict::Unfit]);
}

#[test]
fn known_limit_is_deferred() {
    let context = VerdictInput { peer: Peer::Microsoft, ..CONTEXT };
    let t = transaction("250 ok", &["250 ok"], "-", "554 5.2.0 STOREDRV.Submission.Exception:SubmissionQuotaExceededException");
    assert_eq!(judge(&t, context).0[0].verdict, Verdict::Defer);
    let tenant = transaction("550 5.7.233 tenant exceeded", &["-"], "-", "-");
    assert_eq!(judge(&tenant, context).0[0].verdict, Verdict::Defer);
    assert_eq!(verdicts(&tenant), [Verdict::HoldSender], "another relay's 5.7.233 is a policy reply");
}

#[test]
fn reference_lists_verdicts_and_causes() {
    let text = include_str!("../../../../docs/verdicts.md");
    use Verdict::*;
    for verdict in [Accepted, Defer, AgainAtOnce, AgainInParts, RelayFault, HoldSender, Unknown, Unfit, Refuse] {
        let name = format!("{verdict:?}");
        assert!(text.contains(&format!("| {name} | `{}` |", name.to_lowercase())), "{name} has no row in docs/verdicts.md");
    }
    for cause in [HoldCause::Network, HoldCause::Tls, HoldCause::SignIn, HoldCause::Configuration] {
        assert!(text.to_lowercase().contains(&format!("| {} |", cause.name())), "{} is not a cause there", cause.name());
    }
}

/// Checks the replies of relays to a command out of turn, at each place of the dialogue.
#[test]
fn out_of_step_reply_is_never_final() {
    let replies = [
        "503 5.5.1 Bad sequence of commands",
        "503 Bad sequence",
        "503 5.5.2 Need Rcpt command",
        "503 Valid RCPT command must precede DATA",
        "503 5.5.1 Error: nested MAIL command",
        "503 5.0.0 Need MAIL before RCPT",
        "500 5.5.1 Command unrecognized",
        "500 Unrecognised command",
        "500 5.5.2 Syntax error, command unrecognized",
        "502 5.5.1 Command not implemented",
        "502 5.5.2 Error: command not recognized",
        "503 5.7.1 Bad sequence of commands",
        "503 AUTH command used when not advertised",
    ];
    for words in replies {
        for t in [
            transaction(words, &["-"], "-", "-"),
            transaction("250 ok", &[words], "-", "-"),
            transaction("250 ok", &[words, words], "-", "-"),
            transaction("250 ok", &["251 User not local; will forward"], words, "-"),
            transaction("250 ok", &["250 ok", "250 ok"], words, "-"),
            transaction("250 ok", &["250 ok"], "-", words),
        ] {
            for by_application in [false, true] {
                for peer in [Peer::Any, Peer::Microsoft, Peer::Google] {
                    let (rulings, relay) = judge(&t, VerdictInput { by_application, peer, ..CONTEXT });
                    assert!(
                        rulings.iter().all(|r| r.verdict == Verdict::Defer && r.blame == Blame::Relay),
                        "{words}: {rulings:?}"
                    );
                    assert_eq!(relay, None, "{words}");
                }
            }
        }
        let fault = Fault { stage: Stage::SignIn, kind: FaultKind::Refused(reply(words)) };
        let locks = words.starts_with("503") && judge_fault(&fault, Peer::Any).cause == HoldCause::SignIn;
        assert!(!locks, "{words}: the password was not looked at");
    }
}

#[test]
fn sign_in_demanded_by_503_holds_the_relay() {
    for words in [
        "503 This mail server requires authentication when attempting to send to a non-local e-mail address",
        "503 5.5.1 Error: authenticate first",
        "503 AUTH first (#5.5.1)",
        "503 5.7.0 Authentication required",
        "503 Expecting AUTH command",
        "503 AUTH required",
        "503 5.7.1 You need AUTH first",
        "503 Must authenticate",
        "503 Login first",
    ] {
        for t in [
            transaction(words, &["-"], "-", "-"),
            transaction("250 ok", &[words, words], "-", "-"),
            transaction("250 ok", &["250 ok"], words, "-"),
        ] {
            let (rulings, relay) = judge(&t, CONTEXT);
            assert!(rulings.iter().all(|r| r.verdict == Verdict::RelayFault), "{words}: {rulings:?}");
            assert_eq!(relay.map(|relay| relay.cause), Some(HoldCause::Configuration), "{words}");
        }
    }
}

#[test]
fn replies_about_arguments_stay_final() {
    use Verdict::Refuse;
    for (words, verdict) in [
        ("501 5.1.3 Bad recipient address syntax", Refuse),
        ("504 5.5.4 Parameter not implemented", Refuse),
        ("555 5.5.4 Unsupported option", Refuse),
        ("553 5.1.3 Mailbox name invalid", Refuse),
    ] {
        assert_eq!(verdicts(&transaction("250 ok", &[words], "-", "-")), [verdict], "{words}");
    }
    let long = transaction("250 ok", &["250 ok"], "-", "500 5.5.2 Line too long");
    assert_eq!(verdicts(&long), [Refuse], "said of the body, 500 is about the message");
}
