//! Request bodies: their bounds, their memory, and slow callers.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::time::Duration;

use serde_json::{Value, json};
use testkit::{Browser, Node, eventually};

use crate::reach::{api, new_token};
use crate::way::{PATIENCE, Relay};

const MIB: usize = 1 << 20;

/// Posts a body over the control socket. The node may answer before it has read the whole body.
fn post(node: &Node, path: &str, kind: &str, language: &str, body: &[u8]) -> (u16, Value) {
    let mut stream = UnixStream::connect(node.dir.join("control.sock")).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(120))).unwrap();
    let head = format!(
        "POST /api/v1{path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: {kind}\r\nAccept-Language: {language}\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    drop(stream.write_all(body));
    let mut answer = Vec::new();
    drop(stream.read_to_end(&mut answer));
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let status = answer.split(' ').nth(1).unwrap_or("0").parse().unwrap();
    let json = answer.split_once("\r\n\r\n").map_or(Value::Null, |(_, body)| serde_json::from_str(body).unwrap_or(Value::Null));
    (status, json)
}

/// A node whose relay is held because it cannot be reached. Accepted messages stay on disk.
fn node() -> Node {
    let node = Node::start();
    node.settings(&Relay::new(1, "none").toml());
    node.send(&["a@x.test"], "s");
    eventually("the relay is held", PATIENCE, || (node.json_of(&["status"], 3)["relays"][0]["state"] == "network").then_some(()));
    node
}

/// Body of at most `size` bytes: `head`, then `unit` repeated, then `tail`.
fn filled(head: &str, unit: &str, tail: &str, size: usize) -> Vec<u8> {
    let mut body = head.as_bytes().to_vec();
    let count = (size - head.len() - tail.len()) / unit.len();
    (0..count).for_each(|_| body.extend_from_slice(unit.as_bytes()));
    body.extend_from_slice(tail.as_bytes());
    body
}

const MESSAGE: &str = r#"{"subject":"s","to":"a@x.test","#;

/// A request that costs memory, and the expected status.
struct Costly {
    name: &'static str,
    path: &'static str,
    kind: &'static str,
    body: Vec<u8>,
    status: u16,
}

fn costly(name: &'static str, path: &'static str, body: Vec<u8>, status: u16) -> Costly {
    let kind = if path.contains('?') { "message/rfc822" } else { "application/json" };
    Costly { name, path, kind, body, status }
}

fn costly_messages() -> Vec<Costly> {
    let with = |field: &str, unit: &str, tail: &str, mib: usize| filled(&format!("{MESSAGE}{field}"), unit, tail, mib * MIB);
    let file = r#""attachments":[{"name":"x","data":""#;
    let half = String::from_utf8(filled("", "abcdefgh\\n", "", 24 * MIB)).unwrap();
    let two = format!("{MESSAGE}\"text\":\"{half}\",\"html\":\"{half}\"}}").into_bytes();
    let recipients = filled(r#"{"subject":"s","to":["#, r#""a@x","#, r#""a"]}"#, 62 * MIB);
    let raw = filled("From: alice@lab.test\n\n", "abcdefghij\n", "", 45 * MIB);
    vec![
        costly("11 million recipients", "/messages", recipients, 422),
        costly("2 million attachments", "/messages", with(r#""attachments":["#, r#"{"name":"","data":""},"#, "1]}", 42), 422),
        costly("a large attachment", "/messages", with(file, "QUJD", "\"}]}", 48), 201),
        costly("with escapes", "/messages", with(file, "QU\\/D", "\"}]}", 50), 201),
        costly("too large", "/messages", with(file, "QUJD", "\"}]}", 67), 413),
        costly("two large texts", "/messages", two, 201),
        costly("a text too large", "/messages", with("\"text\":\"", "abcdefgh\\n", "\"}", 49), 422),
        costly("a text to be encoded", "/messages", with("\"html\":\"", "é", "\"}", 24), 201),
        costly("a ready-made message", "/messages?to=b@x.test", raw, 201),
        costly("a long name", "/messages", filled("{\"", "a", "\":1}", 50 * MIB), 422),
        costly("a long number", "/messages", filled(r#"{"subject":"#, "1", "}", 50 * MIB), 422),
        costly("white space", "/messages", filled("{", " ", "}", 50 * MIB), 422),
    ]
}

fn costly_requests() -> Vec<Costly> {
    let facts = |unit: &str, tail: &str| filled(r#"{"code":"app.x","severity":"info","facts":{"#, unit, tail, MIB);
    vec![
        costly("settings", "/email/check", filled(r#"{"email":["#, "0,", "0]}", MIB), 422),
        costly("facts", "/events", facts(r#""x":0,"#, r#""y":0}}"#), 422),
        costly("facts in lists", "/events", facts(r#""x":[[],[]],"#, r#""y":0}}"#), 422),
        costly("more than a request may be", "/events", filled("[", " ", "]", 2 * MIB), 413),
    ]
}

#[test]
fn value_beyond_a_bound_is_named_with_field_and_bound() {
    let node = node();
    let list = |count: usize| vec!["a@x.test"; count];
    let attachment = json!({ "name": "x", "data": "" });
    let headers = |count: usize| (0..count).map(|n| (format!("X-{n}"), json!("v"))).collect::<serde_json::Map<_, _>>();
    let deep = (0..20).fold(json!(1), |inner, _| json!([inner]));
    let with = |field: &str, value: Value| {
        let mut message = json!({ "subject": "s", "to": "a@x.test", "text": "t" });
        message[field] = value;
        message.to_string()
    };
    // Path, body, status, field, English words of the error, Dutch words.
    let rows: Vec<(&str, String, u16, &str, &str, &str)> = vec![
        ("/messages", with("to", json!(list(1000))), 201, "", "", ""),
        ("/messages", with("to", json!(list(1001))), 422, "to", "more than 1000 entries", "meer dan 1000 onderdelen"),
        ("/messages", with("cc", json!(list(1001))), 422, "cc", "more than 1000 entries", "meer dan 1000 onderdelen"),
        ("/messages", with("bcc", json!(list(1001))), 422, "bcc", "more than 1000 entries", "meer dan 1000 onderdelen"),
        ("/messages", with("cc", json!(list(1000))), 422, "to", "limit is 1000", "limiet is 1000"),
        ("/messages", with("attachments", json!(vec![&attachment; 200])), 201, "", "", ""),
        ("/messages", with("attachments", json!(vec![&attachment; 201])), 422, "attachments", "more than 200", "meer dan 200"),
        ("/messages", with("headers", json!(headers(100))), 201, "", "", ""),
        ("/messages", with("headers", json!(headers(101))), 422, "headers", "more than 100", "meer dan 100"),
        ("/messages", with("subject", json!("x".repeat(20_000))), 422, "subject", "limit is 16384", "limiet is 16384"),
        ("/messages", with("priority", json!("x".repeat(20_000))), 422, "priority", "limit is 16384", "limiet is 16384"),
        ("/messages", with("text", deep.clone()), 422, "body", "more than 3 levels deep", "meer dan 3 niveaus diep"),
        (
            "/email/check",
            json!({ "email": deep }).to_string(),
            422,
            "body",
            "more than 16 levels deep",
            "meer dan 16 niveaus diep",
        ),
        ("/email/check", json!({ "email": vec![0; 1001] }).to_string(), 422, "email", "more than 1000", "meer dan 1000"),
        (
            "/events",
            json!({ "code": "app.x", "severity": "info", "facts": { "x": vec![vec![0; 999]; 30] } }).to_string(),
            422,
            "body",
            "more than 20000 values",
            "meer dan 20000 waarden",
        ),
        (
            "/tokens",
            json!({ "name": "x", "scopes": vec!["read"; 1001] }).to_string(),
            422,
            "scopes",
            "more than 1000",
            "meer dan 1000",
        ),
        ("/accounts", json!({ "name": "x", "role": vec![0; 1001] }).to_string(), 422, "role", "more than 1000", "meer dan 1000"),
    ];
    for (path, body, status, field, english, dutch) in rows {
        for (language, words) in [("en", english), ("nl", dutch)] {
            let (found, problem) = post(&node, path, "application/json", language, body.as_bytes());
            assert_eq!(found, status, "{path} {body:.80}: {problem}");
            let error = &problem["errors"][0];
            let said = error["message"].as_str().unwrap_or("");
            assert!(error["field"].as_str().unwrap_or("") == field && said.contains(words), "{path} {body:.80}: {problem}");
        }
    }
}

#[test]
fn malformed_message_is_refused_with_reason() {
    let node = node();
    for (body, reason) in [
        (r#"{"subject":"s","to":"a@x.test","to":"b@x.test"}"#, "duplicate field `to`"),
        (r#"{"subject":"s","subject":"s","to":"a@x.test"}"#, "duplicate field `subject`"),
        (r#"{"subject":"s","to":"a@x.test","headers":{"X-A":"1","x-a":"2"}}"#, "duplicate field `headers.x-a`"),
        (r#"{"subject":"s","to":"a@x.test","attachments":[{"name":"x","name":"y","data":""}]}"#, "duplicate field `name`"),
        (r#"{"subject":"s","to":"a@x.test","colour":"red"}"#, "unknown field `colour`"),
        (r#"{"subject":"s","to":7}"#, "invalid type: integer `7`, expected an address or a list of addresses"),
        (r#"{"subject":"s","to":["a@x.test",null]}"#, "invalid type: null"),
        (r#"{"subject":1e999,"to":"a@x.test"}"#, "number out of range"),
        (r#"{"subject":"s","to":"a@x.test","attachments":"x"}"#, "expected a list"),
        (r#"{"to":"a@x.test"}"#, "missing field `subject`"),
        (r#"["s"]"#, "invalid length"),
        (r#""s""#, "invalid type: string \"s\""),
        ("{", "EOF while parsing"),
        ("", "EOF while parsing"),
        (r#"{"subject":"s","to":"a@x.test"} {}"#, "trailing characters"),
    ] {
        let (status, problem) = post(&node, "/messages", "application/json", "en", body.as_bytes());
        let detail = problem["detail"].as_str().unwrap_or("");
        assert!(status == 422 && detail.contains(reason), "{body}: {status} {problem}");
    }
}

/// Starts a chunked request over TCP whose body does not end.
fn begin(node: &Node, path: &str, headers: &str, first: &str) -> TcpStream {
    let host = node.url().trim_start_matches("http://").to_owned();
    let mut stream = TcpStream::connect(&host).unwrap();
    let head = format!("POST {path} HTTP/1.1\r\nHost: {host}\r\n{headers}Transfer-Encoding: chunked\r\n\r\n");
    let chunk = format!("{:x}\r\n{first}\r\n", first.len());
    stream.write_all(format!("{head}{chunk}").as_bytes()).unwrap();
    stream
}

/// Sends one byte every nine seconds until the node answers.
fn drip(mut stream: TcpStream) -> String {
    stream.set_read_timeout(Some(Duration::from_secs(9))).unwrap();
    let (mut answer, mut part) = (Vec::new(), [0; 4096]);
    for _ in 0..20 {
        match stream.read(&mut part) {
            Ok(0) => break,
            Ok(n) => answer.extend_from_slice(&part[..n]),
            Err(error) if error.kind() == ErrorKind::WouldBlock => drop(stream.write_all(b"1\r\n \r\n")),
            Err(_) => break,
        }
    }
    String::from_utf8_lossy(&answer).into_owned()
}

#[test]
fn slow_bodies_of_one_token_leave_room_for_all_others() {
    let node = node();
    let (slow, other) = (new_token(&node, "send"), new_token(&node, "send"));
    let headers = format!("Authorization: Bearer {slow}\r\nContent-Type: application/json\r\n");
    let dripping: Vec<_> = (0..40).map(|_| begin(&node, "/api/v1/messages", &headers, "{")).collect();
    let forms: Vec<_> =
        (0..40).map(|_| begin(&node, "/login", "Content-Type: application/x-www-form-urlencoded\r\n", "n")).collect();
    let dripping: Vec<_> = dripping.into_iter().chain(forms).map(|stream| std::thread::spawn(move || drip(stream))).collect();
    for size in [71_000, 71_000, 71_000, 71_000, 71_000, 100, 3 * MIB] {
        let body = json!({ "to": "a@x.test", "subject": "s", "text": "a line\n".repeat(size / 7) }).to_string();
        for token in [&other, &slow] {
            assert_eq!(api(&node, "POST", "/messages", token, &body).status, 201, "{size} bytes");
        }
    }
    let form = Browser::new(&node.url()).post("/login", &[("name", "nobody"), ("password", "wrong")]);
    assert_ne!(form.status, 503, "{}", form.text);
    for answer in dripping.into_iter().map(|thread| thread.join().unwrap()) {
        assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
    }
}

#[test]
fn callers_that_fill_the_memory_leave_a_share_to_others() {
    let node = node();
    let fillers: Vec<String> = (0..3).map(|_| new_token(&node, "send")).collect();
    let other = new_token(&node, "send");
    let first = format!("{{\"text\":\"{}", "x".repeat(40 * MIB));
    let filling: Vec<_> = fillers
        .iter()
        .map(|token| {
            let headers = format!("Authorization: Bearer {token}\r\nContent-Type: application/json\r\n");
            (0..2)
                .map(|_| {
                    let (headers, first) = (headers.clone(), first.clone());
                    let host = node.url().trim_start_matches("http://").to_owned();
                    std::thread::spawn(move || {
                        let mut stream = TcpStream::connect(&host).unwrap();
                        let head = format!(
                            "POST /api/v1/messages HTTP/1.1\r\nHost: {host}\r\n{headers}Content-Length: {}\r\n\r\n",
                            60 * MIB
                        );
                        // The node stops reading at the end of the caller's share, and refuses the request.
                        drop(stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(first.as_bytes())));
                        let mut answer = String::new();
                        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
                        drop(stream.read_to_string(&mut answer));
                        answer.split(' ').nth(1).map(str::to_owned)
                    })
                })
                .collect::<Vec<_>>()
        })
        .collect::<Vec<_>>()
        .into_iter()
        .flatten()
        .collect();
    eventually("the memory fills", PATIENCE, || (node.usage().resident > 100).then_some(()));
    for size in [71_000, MIB, 5 * MIB] {
        let body = json!({ "to": "a@x.test", "subject": "s", "text": "a line\n".repeat(size / 7) }).to_string();
        assert_eq!(api(&node, "POST", "/messages", &other, &body).status, 201, "{size} bytes");
    }
    assert!(node.usage().peak < 300, "{:?}", node.usage());
    for answer in filling.into_iter().map(|thread| thread.join().unwrap()) {
        assert!(matches!(answer.as_deref(), Some("503" | "408")), "{answer:?}");
    }
}

/// Tests that fill a machine: one at a time (`.config/nextest.toml`).
mod heavy {
    use super::*;

    /// Prints the peak memory of each request: `cargo nextest run --release -p postwacht --no-capture any_request`.
    #[test]
    fn any_request_takes_less_than_200_mib_and_gives_it_back() {
        let node = node();
        let before = node.usage();
        for Costly { name, path, kind, body, status } in costly_messages().into_iter().chain(costly_requests()) {
            node.forget_peak();
            let (cpu, size) = (node.usage().cpu, body.len() / MIB);
            let answer = post(&node, path, kind, "en", &body);
            drop(body);
            let usage = node.usage();
            let cpu = usage.cpu.saturating_sub(cpu);
            println!("{name}: {size} MiB, peak {} MiB, CPU {cpu:?}, {}", usage.peak, answer.0);
            assert_eq!(answer.0, status, "{name}: {}", answer.1);
            assert!(usage.peak < 200, "{name}: peak {} MiB", usage.peak);
            assert!(cpu < Duration::from_secs(5), "{name}: CPU {cpu:?}");
            // The store keeps up to 16 MiB of pages, and the allocator some of the memory that it used last.
            eventually(&format!("the memory of {name} goes back"), PATIENCE, || {
                (node.usage().resident <= before.resident + 48).then_some(())
            });
        }
    }
}
