//! For tests: a relay on loopback that decides by the recipient: `gone@` is refused, `busy@` deferred, every other accepted.

use std::sync::{Arc, Mutex};

use smtp::server::{ListenerOptions, ServerAction, ServerSession};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// The texts that the relay was given.
pub(super) type RelayTexts = Arc<Mutex<Vec<String>>>;

/// Starts the relay and returns its port.
pub(super) async fn start() -> u16 {
    keeping().await.0
}

/// Starts the relay and returns its port and what it is given.
pub(super) async fn keeping() -> (u16, RelayTexts) {
    at(0).await
}

/// Starts the relay at this port.
pub(super) async fn at(port: u16) -> (u16, RelayTexts) {
    let listener = TcpListener::bind(("127.0.0.1", port)).await.unwrap();
    let (port, texts) = (listener.local_addr().unwrap().port(), RelayTexts::default());
    let kept = Arc::clone(&texts);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve(stream, Arc::clone(&kept)));
        }
    });
    (port, texts)
}

/// A port of this machine at which no relay listens.
pub(super) async fn none() -> u16 {
    // Bound and closed: another program could take it, but not within a test.
    TcpListener::bind(("127.0.0.1", 0)).await.unwrap().local_addr().unwrap().port()
}

/// Ends with the connection: a client that has gone is no fault of the relay.
async fn serve(stream: TcpStream, texts: RelayTexts) -> Option<()> {
    let host_name = "relay.lab.test".into();
    let mut session = ServerSession::new(ListenerOptions {
        host_name,
        size_max: 1 << 20,
        recipients_max: 100,
        starttls: false,
        sign_in: false,
    });
    let mut stream = BufReader::new(stream);
    let mut say = session.greeting();
    loop {
        stream.write_all(format!("{say}\r\n").as_bytes()).await.ok()?;
        let todo = loop {
            if session.wants_body() {
                let mut byte = [0];
                stream.read_exact(&mut byte).await.ok()?;
                if let (_, Some(todo)) = session.body(&byte) {
                    break todo;
                }
            } else {
                let mut line = Vec::new();
                stream.read_until(b'\n', &mut line).await.ok().filter(|read| *read > 0)?;
                break session.line(line.strip_suffix(b"\r\n").unwrap_or(&line));
            }
        };
        say = match todo {
            ServerAction::Say(text) | ServerAction::StartTls(text) => text,
            ServerAction::SignIn { .. } => "503 5.5.1 No sign-in here".into(),
            ServerAction::Decide(message) => {
                texts.lock().unwrap().push(String::from_utf8_lossy(&message.body).into_owned());
                reply(&message.recipients.iter().map(ToString::to_string).collect::<Vec<_>>()).into()
            }
            ServerAction::Close(text) => return stream.write_all(format!("{text}\r\n").as_bytes()).await.ok(),
        };
    }
}

fn reply(to: &[String]) -> &'static str {
    let has = |name: &str| to.iter().any(|to| to.starts_with(name));
    match () {
        () if has("gone@") => "550 5.1.1 No such mailbox here",
        () if has("busy@") => "451 4.3.0 Try again later",
        () => "250 2.0.0 Queued",
    }
}
