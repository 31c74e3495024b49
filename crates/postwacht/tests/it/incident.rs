//! Events and incidents for their users: command line, API, pages, and the link in our mail.

use serde_json::{Value, json};
use testkit::{Browser, Lab, Node, eventually};

use crate::pages::{come_in, signed_in};
use crate::reach::{api, new_token};
use crate::way::{PATIENCE, Relay, arrives, token};

#[test]
#[ignore = "needs the lab"]
fn script_raises_and_resolves_with_mail_and_exit_codes() {
    let (lab, node) = (Lab::get(), Node::start());
    node.settings(&Relay::new(lab.postfix(0), "none").toml());
    let object = token("rack");
    let raise = ["event", "raise", "app.door-open", "--severity", "error", "--object", &object, "--fact", "since=noon"];
    let id = node.cli(&raise).out.trim().to_owned();
    let mail = arrives(&lab, &format!("app.door-open: {object}"));
    assert!(mail.contains("since") && mail.contains("noon") && mail.contains("X-Postwacht-Event: app.door-open"), "{mail}");
    assert_eq!(node.cli(&raise).out.trim(), id, "the same incident");
    let list = node.cli(&["event", "list"]);
    assert!(list.out.contains("Error") && list.out.contains(&object), "{}", list.out);
    let shown = node.json(&["event", "show", &id]);
    assert_eq!((shown["raises"].as_u64(), shown["open"].as_bool()), (Some(2), Some(true)), "{shown}");
    assert_eq!(node.cli(&["event", "acknowledge", &id]).code, 0);
    assert_eq!(node.cli(&["event", "resolve", "app.door-open", "--object", &object]).code, 0);
    arrives(&lab, &format!("Resolved: app.door-open ({object})"));
    let message = node.json(&["event", "show", &id])["messages"][0]["message"].as_str().unwrap().to_owned();
    let page = signed_in(&node).get(&format!("/login/queue/{message}")).text;
    assert!(page.contains(&format!("href=\"/login/incidents/{id}\"")), "its message leads to it: {page}");
    let again = node.cli(&["event", "resolve", "app.door-open", "--object", &object]);
    assert!(again.code == 3 && again.err.contains("There is no open incident like this"), "{}{}", again.code, again.err);
    let acts: Vec<String> = node.json(&["event", "show", &id])["history"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| event["act"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(acts, ["resolved", "acknowledged", "again", "raised"]);
    let preview = node.cli(&["event", "preview", "oauth.grant.lost", "--language", "nl"]);
    assert!(preview.out.contains("heeft geen toestemming meer om te verzenden"), "{}", preview.out);
    for (args, words) in [
        (&["event", "raise", "disk.full", "--severity", "error"][..], "is not a code for events of programs. Example: app."),
        (&["event", "raise", "app.x", "--severity", "error", "--fact", "novalue"], "KEY=VALUE"),
        (&["event", "preview", "no.such"], "There is no such preview"),
    ] {
        let output = node.cli(args);
        assert!(output.code != 0 && output.err.contains(words), "{args:?}: {}{}", output.out, output.err);
    }
}

#[test]
fn events_api_names_invalid_fields() {
    let node = Node::start();
    let post = |body: Value| node.api("POST", "/events", &body);
    let (status, first) = post(json!({ "code": "app.x", "severity": "warning", "facts": { "n": 5, "list": [1] } }));
    assert_eq!(status, 201, "{first}");
    for list in ["/incidents", "/events"] {
        for (severity, wanted) in [("warning", 200), ("fatal", 422), ("", 422), ("WARNING", 422)] {
            let status = node.api("GET", &format!("{list}?severity={severity}"), &Value::Null).0;
            assert_eq!(status, wanted, "{list}, {severity:?}");
        }
    }
    let (_, open) = node.api("GET", "/incidents?open=true", &Value::Null);
    assert_eq!(open["incidents"][0]["facts"], json!({ "n": "5", "list": "[1]" }));
    let (status, _) = post(json!({ "code": "app.note", "severity": "info" }));
    assert_eq!(status, 201);
    let (_, open) = node.api("GET", "/incidents?open=true", &Value::Null);
    assert_eq!(open["incidents"].as_array().unwrap().len(), 1, "what is only good to know does not last");
    for (body, field) in [
        (json!({ "code": "relay.unreachable", "severity": "error" }), "code"),
        (json!({ "code": "app.x" }), "severity"),
        (json!({ "code": "app.x", "severity": "bad" }), "severity"),
        (json!({ "code": "app.x", "severity": "error", "object": "a\nb" }), "object"),
        (json!({ "code": "app.x", "severity": "error", "facts": { "a b": "c" } }), "facts.a b"),
        (json!({ "code": "app.x", "severity": "error", "state": "gone" }), "state"),
    ] {
        let (status, problem) = post(body.clone());
        assert_eq!((status, problem["errors"][0]["field"].as_str()), (422, Some(field)), "{body}: {problem}");
    }
    let (status, _) = post(json!({ "code": "app.none", "state": "resolved" }));
    assert_eq!(status, 404);
    let (status, history) = node.api("GET", "/events?code=app.", &Value::Null);
    assert_eq!((status, history["events"].as_array().unwrap().len()), (200, 2), "{history}");
}

#[test]
fn settings_change_event_uses_page_labels() {
    let node = Node::start();
    node.settings(&Relay::new(1, "none").toml());
    let long = format!("email.relay.host=a-relay-with-a-long-name.{}.example", "x".repeat(40));
    assert_eq!(node.cli(&["settings", "set", "email.relay.port=2", &long]).code, 0);
    let id = eventually("it is an event", PATIENCE, || {
        node.api("GET", "/incidents?code=settings.changed", &Value::Null).1["incidents"][0]["id"].as_i64()
    });
    let shown = node.cli(&["event", "show", &id.to_string()]).out;
    assert!(shown.contains(&long["email.relay.host=".len()..]), "nothing is cut: {shown}");
    assert!(shown.contains("Changes") && shown.contains("SMTP port: 1 → 2") && !shown.contains("email.relay.port"), "{shown}");
    let page = signed_in(&node).get(&format!("/login/incidents/{id}")).text;
    assert!(page.contains("SMTP port: 1 → 2") && page.contains("check the audit log"), "{page}");
}

#[test]
fn open_incidents_beyond_one_page_are_all_listed() {
    let node = Node::start();
    for n in 0..101 {
        let event = json!({ "code": "app.many", "object": format!("host-{n:03}"), "severity": if n == 100 { "critical" } else { "warning" } });
        assert_eq!(node.api("POST", "/events", &event).0, 201);
    }
    let list = node.cli(&["event", "list"]).out;
    assert_eq!(list.matches("host-").count(), 101, "{list}");
    assert!(list.lines().nth(1).unwrap().contains("host-100"), "the worst first: {list}");
    let ann = signed_in(&node);
    let first = ann.get("/login/incidents").text;
    let (_, way) = first.split_once("before=").expect("a way on");
    let rest = ann.get(&format!("/login/incidents?show=open&before={}", way.split('"').next().unwrap())).text;
    assert!(first.contains("host-100") && !first.contains("host-099") && rest.contains("host-099"), "{rest}");
}

#[test]
#[ignore = "needs the lab"]
fn test_mail_link_confirms_contact_only_by_button() {
    let (lab, node) = (Lab::get(), Node::start());
    let from = token("confirm");
    let relay = Relay { from: &format!("{from} <alice@lab.test>"), ..Relay::new(lab.postfix(0), "none") };
    node.settings(&format!("{}\n[site]\nexternal_url = \"https://mail.example.org\"\n", relay.toml()));
    assert_eq!(node.cli(&["test"]).code, 0);
    let mail = arrives(&lab, &from);
    let text = mail_text(&mail);
    let path = text.split("/login/received/").nth(1).unwrap_or_else(|| panic!("{text}")).split_whitespace().next().unwrap();
    let path = format!("/login/received/{path}");
    let anybody = Browser::new(&node.url());
    let page = anybody.get(&path);
    assert!(page.status == 200 && page.text.contains("I received this at bob@lab.test"), "{}", page.text);
    let confirmed = || node.json(&["status"])["contacts"][0]["confirmed"].as_str().map(str::to_owned);
    assert_eq!(confirmed(), None);
    assert_eq!(anybody.post(&path, &[("address", "eve@lab.test")]).status, 404);
    assert_eq!(anybody.get("/login/received/00000000000000000000000000000000").status, 404);
    let thanks = anybody.post(&path, &[("address", "bob@lab.test")]);
    assert!(thanks.text.contains("Postwacht has recorded that mail to bob@lab.test arrives"), "{}", thanks.text);
    eventually("it is known", PATIENCE, confirmed);
}

fn mail_text(mail: &str) -> String {
    // Quoted-printable: removes soft line ends.
    mail.replace("=\r\n", "").replace("=\n", "")
}

#[test]
#[ignore = "needs the lab"]
fn killed_node_reports_crash_at_next_start() {
    for (language, words) in
        [("en", "started again after a crash or a power failure"), ("nl", "opnieuw gestart na een crash of stroomuitval")]
    {
        let (lab, mut node) = (Lab::get(), Node::start());
        let from = token(&format!("crash-{language}"));
        let relay = Relay { from: &format!("{from} <alice@lab.test>"), ..Relay::new(lab.postfix(0), "none") };
        node.settings(&format!("{}\n[site]\nlanguage = \"{language}\"\n", relay.toml()));
        node.kill();
        node.run();
        let count = |node: &Node| {
            let all = node.json(&["event", "list", "--all", "--code", "node.started"]);
            all["incidents"].as_array().unwrap().len()
        };
        eventually("it is told", PATIENCE, || (count(&node) == 1).then_some(()));
        let mail = mail_text(&arrives(&lab, &from));
        assert!(mail.split_whitespace().collect::<Vec<_>>().join(" ").contains(words), "{mail}");
        node.stop();
        node.run();
        assert_eq!(count(&node), 1, "a stop is no crash");
    }
}

#[test]
fn webhook_addresses_are_shown_only_to_administrators() {
    let node = Node::start();
    let ann = signed_in(&node);
    let alarm =
        "[alarm]\nwebhooks = [\"https://hooks.invalid/PATHSECRET\"]\nheartbeat_url = \"https://beat.invalid?t=HEARTSECRET\"\n";
    node.settings(&format!("{}\n{alarm}", Relay::new(1, "none").toml()));
    let vic = come_in(&node, "vic", "viewer");
    for path in ["/login/management/email", "/login/management/email/revisions", "/login/audit", "/login/incidents?show=all"] {
        let page = vic.get(path);
        assert!(page.status == 200 && !page.text.contains("SECRET"), "{path}: {}", page.text);
    }
    assert!(ann.get("/login/management/email").text.contains("PATHSECRET"));
    assert!(!ann.get("/login/audit").text.contains("SECRET"), "a log is read by many");
    let reader = new_token(&node, "read");
    for path in ["/email", "/email/revisions", "/audit", "/events", "/incidents", "/status"] {
        let answer = api(&node, "GET", path, &reader, "");
        assert!(answer.status == 200 && !answer.text.contains("SECRET"), "{path}: {}", answer.text);
    }
    assert!(api(&node, "GET", "/email", &reader, "").text.contains("https://hooks.invalid/…"));
    let log = node.log();
    assert!(!log.contains("SECRET"), "{log}");
}
