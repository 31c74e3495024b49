//! Notices of our own acts wait for others of their kind, on the real clock, with nothing else going on that could wake the sender.

use std::time::Duration;

use mail_parser::MessageParser;
use testkit::{Lab, Node, eventually};

use crate::way::{Relay, token};

/// Notices of saves wait for five minutes from the first on. A round of the sender, and a loaded machine, add the rest.
const GATHERED: Duration = Duration::from_mins(6);

#[test]
#[ignore = "needs the lab"]
fn saves_of_five_minutes_make_one_mail() {
    let lab = Lab::get();
    let node = Node::start();
    let site = token("gather");
    let save = |name: &str| {
        let extra = format!("ehlo_name = \"{name}\"\n");
        let relay = Relay { extra: &extra, ..Relay::new(lab.postfix(0), "none") };
        node.settings(&format!("[site]\nname = \"{site}\"\n{}", relay.toml()));
    };
    save("first.lab.test");
    let begun = admin::Clock::default().now().as_secs();
    let names = ["second.lab.test", "third.lab.test"];
    names.into_iter().for_each(save);
    let mails = || {
        let all = lab.mail_with(&site).into_iter();
        all.filter(|mail| mail.contains("security settings")).collect::<Vec<_>>()
    };
    let mail = eventually("one mail tells of both saves", GATHERED, || mails().pop());
    let parsed = MessageParser::default().parse(mail.as_bytes()).unwrap();
    let written = parsed.date().unwrap().to_timestamp();
    assert!(written - begun >= 300, "written after {} s: {mail}", written - begun);
    let text = parsed.body_text(0).unwrap();
    assert!(names.iter().all(|name| text.contains(name)), "{text}");
    assert_eq!(mails().len(), 1);
}
