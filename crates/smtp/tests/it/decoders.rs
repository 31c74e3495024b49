//! Checks of the decoders that hold for any input. The fuzz targets call the same functions.

use smtp::reply::ReplyDecoder;
use smtp::server::{ListenerOptions, ServerAction, ServerSession};
use smtp::{AddressList, Mailbox};

/// A list of addresses: what is read has no control character, and reading it again gives the same.
pub(crate) fn address_list(text: &str) {
    for list in [AddressList::of_header(text), AddressList::typed(text)].into_iter().flatten() {
        for mailbox in list.mailboxes() {
            let shown = mailbox.to_string();
            assert!(!shown.chars().any(char::is_control), "{shown:?}");
            if mailbox.name.as_ref().is_none_or(|name| name.chars().count() <= 200) {
                assert_eq!(shown.parse::<Mailbox>().as_ref(), Ok(mailbox), "{shown:?}");
            }
        }
    }
}

/// A relay's bytes, in any portions: no control character in the texts of replies.
pub(crate) fn reply(portions: &[Vec<u8>]) {
    let mut decoder = ReplyDecoder::default();
    for portion in portions {
        decoder.feed(portion);
        loop {
            match decoder.take() {
                Ok(Some(reply)) => assert!(!reply.text().chars().any(|c| c.is_control() && c != '\t')),
                Ok(None) => break,
                Err(_) => return,
            }
        }
    }
}

/// A client's bytes: only an exact CRLF.CRLF ends a body, and a body stays within the limit.
pub(crate) fn request(bytes: &[u8]) {
    const SIZE_MAX: usize = 4096;
    let options = ListenerOptions {
        host_name: "mx.test".into(),
        size_max: SIZE_MAX as u64,
        recipients_max: 4,
        starttls: true,
        sign_in: true,
    };
    let mut session = ServerSession::new(options);
    let mut rest = bytes;
    while !rest.is_empty() {
        let action = if session.wants_body() {
            let (used, action) = session.body(rest);
            if action.is_some() {
                assert!(rest[..used].ends_with(b".\r\n"));
            }
            rest = &rest[used..];
            action
        } else {
            let end = rest.windows(2).position(|pair| pair == b"\r\n").unwrap_or(rest.len());
            let action = session.line(&rest[..end]);
            rest = &rest[(end + 2).min(rest.len())..];
            Some(action)
        };
        match action {
            Some(ServerAction::SignIn { .. }) => drop(session.sign_in_checked(None)),
            Some(ServerAction::StartTls(_)) => session.tls_started(),
            Some(ServerAction::Decide(message)) => {
                assert!(message.body.len() <= SIZE_MAX);
                drop(session.message_decided("250 2.0.0 Ok"));
            }
            Some(ServerAction::Say(_)) | None => {}
            Some(ServerAction::Close(_)) => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Lines of a session in any order, so that random input gets beyond the first command.
    fn session_bytes() -> impl Strategy<Value = Vec<u8>> {
        const LINES: [&str; 14] = [
            "EHLO me",
            "HELO me",
            "MAIL FROM:<a@x>",
            "MAIL FROM:<> SIZE=99",
            "RCPT TO:<b@x>",
            "DATA",
            ".",
            "..",
            "",
            "AUTH LOGIN",
            "AUTH PLAIN AGEAYg==",
            "STARTTLS",
            "RSET",
            "hello",
        ];
        let end = prop_oneof![8 => Just(&b"\r\n"[..]), 1 => Just(&b"\n"[..]), 1 => Just(&b"\r"[..])];
        let line = prop_oneof![9 => proptest::sample::select(&LINES[..]).prop_map(|line| line.as_bytes().to_vec()), 1 => any::<Vec<u8>>()];
        proptest::collection::vec((line, end), 0..40)
            .prop_map(|lines| lines.into_iter().flat_map(|(line, end)| [line, end.to_vec()].concat()).collect())
    }

    proptest! {
        #[test]
        fn address_list_reads_any_text(text in "[ -~é\u{0}-\u{1f}]{0,80}|[a-z@<>\",;:()\\\\. =?]{0,80}") {
            address_list(&text);
        }

        #[test]
        fn reply_decoder_reads_any_bytes(portions in proptest::collection::vec(any::<Vec<u8>>(), 0..8),
            lines in proptest::collection::vec("[245][0-9]{2}[ -][ -~\u{7}é]{0,40}\r?\n", 0..8)) {
            reply(&portions);
            reply(&lines.into_iter().map(String::into_bytes).collect::<Vec<_>>());
        }

        #[test]
        fn session_reads_any_bytes(bytes in session_bytes()) {
            request(&bytes);
        }
    }
}
