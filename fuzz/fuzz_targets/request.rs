//! A client's bytes: lines and bodies through the server's session; only an exact CRLF.CRLF ends a body.
#![no_main]

use libfuzzer_sys::fuzz_target;
use smtp::server::{Offer, ServerSession, Todo};

fuzz_target!(|bytes: &[u8]| {
    let offer = Offer { host_name: "mx.test".into(), size_max: 4096, recipients_max: 4, starttls: true, sign_in: true };
    let mut session = ServerSession::new(offer);
    let mut rest = bytes;
    while !rest.is_empty() {
        let todo = if session.wants_body() {
            let (used, todo) = session.body(rest);
            if todo.is_some() {
                assert!(rest[..used].ends_with(b".\r\n"));
            }
            rest = &rest[used..];
            todo
        } else {
            let end = rest.windows(2).position(|pair| pair == b"\r\n").unwrap_or(rest.len());
            let todo = session.line(&rest[..end]);
            rest = &rest[(end + 2).min(rest.len())..];
            Some(todo)
        };
        match todo {
            Some(Todo::SignIn { .. }) => drop(session.signed_in(None)),
            Some(Todo::StartTls(_)) => session.secured(),
            Some(Todo::Decide(message)) => assert!(message.body.len() <= 4097),
            Some(Todo::Say(_)) | None => {}
            Some(Todo::Close(_)) => return,
        }
    }
});
