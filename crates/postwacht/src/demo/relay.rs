//! A relay on loopback that accepts every message, keeps the newest, and prints each message as it arrives.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use mail_parser::MessageParser;
use smtp::request::LINE_MAX;
use smtp::server::{ListenerOptions, ServerAction, ServerSession, Submitted};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use web::Letter;

/// Size limit of one message, in bytes.
const SIZE_MAX: u64 = 60 << 20;
const SESSIONS_MAX: usize = 50;
/// Messages kept for the mailbox. Beyond this the relay drops the oldest.
const KEPT_MAX: usize = 200;
/// Total size of the kept messages, in bytes.
const BYTES_MAX: usize = 200 << 20;
/// Lines of a body that the terminal shows.
const LINES_SHOWN: usize = 12;

#[derive(Default)]
struct Kept {
    letters: VecDeque<Letter>,
    numbers: u64,
    bytes: usize,
    /// True if each arrival is printed at once. Until `show` is called, arrivals are only kept, so that they do not appear
    /// between the stages of the test.
    live: bool,
}

/// Accepted messages, for the terminal and for the page.
#[derive(Default)]
struct DemoMail {
    kept: Mutex<Kept>,
}

impl web::LetterSource for DemoMail {
    fn letters(&self) -> Vec<Letter> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).letters.iter().rev().cloned().collect()
    }
}

pub(crate) struct DemoRelay {
    pub(crate) port: u16,
    mail: Arc<DemoMail>,
}

impl DemoRelay {
    pub(crate) async fn start() -> std::io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let port = listener.local_addr()?.port();
        let mail = Arc::<DemoMail>::default();
        tokio::spawn(listen(listener, Arc::clone(&mail)));
        Ok(Self { port, mail })
    }

    /// Prints the messages kept so far. From now on each message is printed on arrival.
    pub(crate) fn show(&self) {
        let mut kept = self.mail.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.live = true;
        kept.letters.iter().for_each(print);
    }

    /// Accepted messages, for the page.
    pub(crate) fn mailbox(&self) -> Arc<dyn web::LetterSource> {
        Arc::clone(&self.mail) as Arc<dyn web::LetterSource>
    }
}

async fn listen(listener: TcpListener, mail: Arc<DemoMail>) {
    let places = Arc::new(Semaphore::new(SESSIONS_MAX));
    while let Ok(place) = Arc::clone(&places).acquire_owned().await {
        match listener.accept().await {
            Ok((stream, _)) => {
                let mail = Arc::clone(&mail);
                tokio::spawn(async move {
                    if let Err(error) = serve(stream, &mail).await {
                        tracing::debug!(%error, "a session with the demo's relay ended");
                    }
                    drop(place);
                });
            }
            Err(error) => {
                tracing::warn!(%error, "the demo's relay could not accept a connection");
                tokio::task::yield_now().await;
            }
        }
    }
}

async fn serve(mut stream: TcpStream, mail: &DemoMail) -> std::io::Result<()> {
    let options = ListenerOptions {
        host_name: "relay.demo.example".into(),
        size_max: SIZE_MAX,
        recipients_max: 1000,
        starttls: false,
        sign_in: false,
    };
    let mut session = ServerSession::new(options);
    let mut out = session.greeting() + "\r\n";
    let mut input: Vec<u8> = Vec::new();
    let mut buffer = vec![0; 64 << 10];
    loop {
        stream.write_all(out.as_bytes()).await?;
        out.clear();
        let n = stream.read(&mut buffer).await?;
        if n == 0 {
            return Ok(());
        }
        input.extend_from_slice(&buffer[..n]);
        while let Some(todo) = next(&mut session, &mut input) {
            match todo {
                ServerAction::Say(text) | ServerAction::StartTls(text) => out += &(text + "\r\n"),
                ServerAction::SignIn { .. } => out += "503 5.5.1 No sign-in here\r\n",
                ServerAction::Decide(message) => {
                    keep(mail, message);
                    out += "250 2.0.0 Kept by the demo's relay\r\n";
                }
                ServerAction::Close(text) => return stream.write_all(format!("{out}{text}\r\n").as_bytes()).await,
            }
        }
    }
}

/// Feeds received bytes to the session: one line, or a part of the body.
fn next(session: &mut ServerSession, input: &mut Vec<u8>) -> Option<ServerAction> {
    if session.wants_body() {
        let (used, todo) = session.body(input);
        input.drain(..used);
        return todo;
    }
    match input.windows(2).position(|pair| pair == b"\r\n") {
        Some(end) => {
            let line: Vec<u8> = input.drain(..end + 2).collect();
            Some(session.line(&line[..end]))
        }
        None if input.len() > LINE_MAX => Some(ServerAction::Close("500 5.5.2 The line is too long".into())),
        None => None,
    }
}

fn keep(mail: &DemoMail, message: Submitted) {
    let mut kept = mail.kept.lock().unwrap_or_else(PoisonError::into_inner);
    kept.numbers += 1;
    let letter = Letter {
        number: kept.numbers,
        at: admin::Clock::default().now(),
        sender: message.sender.as_ref().map(ToString::to_string).unwrap_or_default(),
        recipients: message.recipients.iter().map(ToString::to_string).collect(),
        body: message.body.into(),
    };
    if kept.live {
        print(&letter);
    }
    kept.bytes += letter.body.len();
    kept.letters.push_back(letter);
    while kept.letters.len() > KEPT_MAX || kept.bytes > BYTES_MAX {
        let Some(oldest) = kept.letters.pop_front() else { break };
        kept.bytes -= oldest.body.len();
    }
}

/// Prints the envelope, the main header lines and the first lines of the text, decoded as mail programs do.
fn print(message: &Letter) {
    let to: Vec<String> = message.recipients.iter().map(|to| format!("<{to}>")).collect();
    let safe = |line: &str| line.chars().map(|c| if c.is_control() { '\u{FFFD}' } else { c }).collect::<String>();
    out!("┌─ <{}> → {}", message.sender, to.join(" "));
    let read = MessageParser::default().parse(&message.body[..]);
    for name in ["From", "To", "Subject", "Date", "Message-ID"] {
        let value = read.as_ref().and_then(|read| read.header_raw(name)).unwrap_or("");
        let subject = read.as_ref().and_then(|read| read.subject()).filter(|_| name == "Subject");
        out!("│ {name}: {}", safe(subject.unwrap_or(value).trim()));
    }
    out!("│");
    let text = read.as_ref().and_then(|read| read.body_text(0)).unwrap_or_default();
    for line in text.lines().take(LINES_SHOWN) {
        out!("│ {}", safe(line));
    }
    out!("└─ {} bytes\n", message.body.len());
}
