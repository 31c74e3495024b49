//! One session of a client with our server.

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;

use crate::dot::{BodyFlaws, DotDecoder, Portion};
use crate::request::{Request, RequestFault};
use crate::{Address, Secret};

/// Wrong commands that a session may send. The next one ends the session.
const FAULTS_MAX: u32 = 20;

/// The name, limits and extensions of a listener.
#[derive(Clone, Debug)]
pub struct ListenerOptions {
    pub host_name: String,
    pub size_max: u64,
    pub recipients_max: usize,
    pub starttls: bool,
    /// PLAIN and LOGIN. The server offers them only on a secured connection.
    pub sign_in: bool,
}

/// A message as the client submitted it, without dot-stuffing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Submitted {
    pub sender: Option<Address>,
    pub recipients: Vec<Address>,
    pub body: Vec<u8>,
    pub flaws: BodyFlaws,
    pub user: Option<String>,
}

/// The next action of the driver.
pub enum ServerAction {
    Say(String),
    /// Send this, secure the connection and call [`ServerSession::tls_started`]. The driver must drop bytes already received, unread.
    StartTls(String),
    /// Check these credentials and call [`ServerSession::sign_in_checked`].
    SignIn {
        username: String,
        password: Secret,
    },
    /// Accept or refuse this message and call [`ServerSession::message_decided`].
    Decide(Submitted),
    Close(String),
}

enum ServerState {
    Greeted,
    Ready,
    Mail,
    Body(DotDecoder, Vec<u8>),
    AuthPlain,
    AuthLoginUser,
    AuthLoginPassword(String),
}

pub struct ServerSession {
    options: ListenerOptions,
    state: ServerState,
    secured: bool,
    user: Option<String>,
    sender: Option<Address>,
    recipients: Vec<Address>,
    faults: u32,
}

impl ServerSession {
    pub fn new(options: ListenerOptions) -> Self {
        Self { options, state: ServerState::Greeted, secured: false, user: None, sender: None, recipients: Vec::new(), faults: 0 }
    }

    pub fn greeting(&self) -> String {
        format!("220 {} ESMTP Postwacht", self.options.host_name)
    }

    /// True if the next bytes belong to a body; otherwise they are lines.
    pub fn wants_body(&self) -> bool {
        matches!(self.state, ServerState::Body(..))
    }

    pub fn tls_started(&mut self) {
        (self.secured, self.state, self.user) = (true, ServerState::Greeted, None);
        self.clear_envelope();
    }

    pub fn sign_in_checked(&mut self, username: Option<String>) -> ServerAction {
        self.state = ServerState::Ready;
        self.user = username;
        match self.user {
            Some(_) => ServerAction::Say("235 2.7.0 Signed in".into()),
            None => self.reject("535 5.7.8 User name or password is wrong"),
        }
    }

    pub fn message_decided(&mut self, reply: &str) -> ServerAction {
        ServerAction::Say(reply.to_owned())
    }

    fn clear_envelope(&mut self) {
        self.sender = None;
        self.recipients.clear();
    }

    fn reject(&mut self, reply: &str) -> ServerAction {
        self.faults += 1;
        if self.faults > FAULTS_MAX {
            ServerAction::Close("421 4.7.0 Too many errors".into())
        } else {
            ServerAction::Say(reply.to_owned())
        }
    }

    /// Takes bytes of a body. Returns the number of bytes used and, at the end of the body, the next action.
    pub fn body(&mut self, bytes: &[u8]) -> (usize, Option<ServerAction>) {
        let ServerState::Body(decoder, body) = &mut self.state else { return (0, None) };
        let portion = decoder.feed(bytes, body);
        let too_large = body.len() as u64 > self.options.size_max;
        if too_large {
            body.truncate(usize::try_from(self.options.size_max).unwrap_or(usize::MAX) + 1); // read on, store no more
        }
        let Portion::End(used) = portion else { return (bytes.len(), None) };
        let (flaws, body) = (decoder.flaws, std::mem::take(body));
        self.state = ServerState::Ready;
        let (sender, recipients) = (self.sender.take(), std::mem::take(&mut self.recipients));
        let action = if too_large {
            ServerAction::Say("552 5.3.4 The message is larger than we take".into())
        } else {
            ServerAction::Decide(Submitted { sender, recipients, body, flaws, user: self.user.clone() })
        };
        (used, Some(action))
    }

    /// Takes a line without its CRLF. Returns the next action.
    pub fn line(&mut self, line: &[u8]) -> ServerAction {
        match std::mem::replace(&mut self.state, ServerState::Ready) {
            ServerState::AuthPlain => return self.plain(line),
            ServerState::AuthLoginUser => return self.login_user(line),
            ServerState::AuthLoginPassword(user) => return self.login_password(user, line),
            other => self.state = other,
        }
        match Request::parse(line) {
            Ok(request) => self.request(request),
            Err(RequestFault::Unknown) => self.reject("500 5.5.2 Unknown command"),
            Err(fault) => self.reject(&fault.to_string()),
        }
    }

    fn request(&mut self, request: Request) -> ServerAction {
        match (request, &self.state) {
            (Request::Ehlo(_), _) => {
                self.state = ServerState::Ready;
                self.clear_envelope();
                ServerAction::Say(self.capabilities())
            }
            (Request::Helo(_), _) => {
                self.state = ServerState::Ready;
                self.clear_envelope();
                ServerAction::Say(format!("250 {}", self.options.host_name))
            }
            (Request::Quit, _) => ServerAction::Close("221 2.0.0 Bye".into()),
            (Request::Noop, _) => ServerAction::Say("250 2.0.0 Ok".into()),
            (Request::Help, _) => ServerAction::Say("214 2.0.0 RFC 5321".into()),
            (Request::Vrfy, _) => ServerAction::Say("252 2.5.1 Send it and see".into()),
            (Request::Rset, ServerState::Greeted) => ServerAction::Say("250 2.0.0 Ok".into()),
            (Request::Rset, _) => {
                self.state = ServerState::Ready;
                self.clear_envelope();
                ServerAction::Say("250 2.0.0 Ok".into())
            }
            (Request::StartTls, _) => self.starttls(),
            (_, ServerState::Greeted) => self.reject("503 5.5.1 Say EHLO first"),
            (Request::Auth { mechanism, initial }, ServerState::Ready) => self.auth(&mechanism, initial),
            (Request::Mail { sender, size, .. }, ServerState::Ready) => self.mail(sender, size),
            (Request::Rcpt(address), ServerState::Mail) => self.rcpt(address),
            (Request::Data, ServerState::Mail) if self.recipients.is_empty() => self.reject("554 5.5.1 No valid recipients"),
            (Request::Data, ServerState::Mail) => {
                self.state = ServerState::Body(DotDecoder::default(), Vec::new());
                ServerAction::Say("354 End with a dot on a line of its own".into())
            }
            (Request::Auth { .. } | Request::Mail { .. } | Request::Rcpt(_) | Request::Data, _) => {
                self.reject("503 5.5.1 Not now")
            }
        }
    }

    fn capabilities(&self) -> String {
        let mut lines = vec![self.options.host_name.clone(), "PIPELINING".into(), format!("SIZE {}", self.options.size_max)];
        lines.extend(["8BITMIME", "SMTPUTF8", "ENHANCEDSTATUSCODES"].map(String::from));
        if self.options.starttls && !self.secured {
            lines.push("STARTTLS".into());
        }
        if self.options.sign_in && self.secured {
            lines.push("AUTH PLAIN LOGIN".into());
        }
        let last = lines.len() - 1;
        let marked = lines.iter().enumerate().map(|(i, line)| format!("250{}{line}", if i == last { ' ' } else { '-' }));
        marked.collect::<Vec<_>>().join("\r\n")
    }

    fn starttls(&mut self) -> ServerAction {
        if self.secured || !self.options.starttls {
            return self.reject("502 5.5.1 No STARTTLS here");
        }
        ServerAction::StartTls("220 2.0.0 Go ahead".into())
    }

    fn mail(&mut self, sender: Option<Address>, size: Option<u64>) -> ServerAction {
        if size.is_some_and(|size| size > self.options.size_max) {
            return ServerAction::Say("552 5.3.4 The message is larger than we take".into());
        }
        self.sender = sender;
        self.state = ServerState::Mail;
        ServerAction::Say("250 2.1.0 Ok".into())
    }

    fn rcpt(&mut self, address: Address) -> ServerAction {
        if self.recipients.len() >= self.options.recipients_max {
            return ServerAction::Say("452 4.5.3 Too many recipients, send the rest in another message".into());
        }
        self.recipients.push(address);
        ServerAction::Say("250 2.1.5 Ok".into())
    }

    fn auth(&mut self, mechanism: &str, initial: Option<Secret>) -> ServerAction {
        if !self.options.sign_in {
            return self.reject("502 5.5.1 No sign-in here");
        }
        if !self.secured {
            return self.reject("538 5.7.11 Say STARTTLS first: a password is not taken in clear");
        }
        match (mechanism, initial) {
            ("PLAIN", Some(blob)) => self.plain(blob.reveal().as_bytes()),
            ("PLAIN", None) => {
                self.state = ServerState::AuthPlain;
                ServerAction::Say("334 ".into())
            }
            ("LOGIN", Some(user)) => self.login_user(user.reveal().as_bytes()),
            ("LOGIN", None) => {
                self.state = ServerState::AuthLoginUser;
                ServerAction::Say("334 VXNlcm5hbWU6".into())
            }
            _ => self.reject("504 5.5.4 Mechanisms here: PLAIN, LOGIN"),
        }
    }

    fn decode(&mut self, line: &[u8]) -> Result<String, Box<ServerAction>> {
        if line == b"*" {
            return Err(Box::new(self.reject("501 5.7.0 Sign-in ended")));
        }
        let text = BASE64.decode(line).ok().and_then(|bytes| String::from_utf8(bytes).ok());
        text.ok_or_else(|| Box::new(self.reject("501 5.5.2 Not base64")))
    }

    fn plain(&mut self, line: &[u8]) -> ServerAction {
        let text = match self.decode(line) {
            Ok(text) => Secret::new(text),
            Err(action) => return *action,
        };
        let parts: Vec<&str> = text.reveal().split('\0').collect();
        match parts.as_slice() {
            [_, user, password] => ServerAction::SignIn { username: (*user).to_owned(), password: Secret::new(*password) },
            _ => self.reject("501 5.5.2 Not a PLAIN message"),
        }
    }

    fn login_user(&mut self, line: &[u8]) -> ServerAction {
        match self.decode(line) {
            Ok(user) => {
                self.state = ServerState::AuthLoginPassword(user);
                ServerAction::Say("334 UGFzc3dvcmQ6".into())
            }
            Err(action) => *action,
        }
    }

    fn login_password(&mut self, username: String, line: &[u8]) -> ServerAction {
        match self.decode(line) {
            Ok(password) => ServerAction::SignIn { username, password: Secret::new(password) },
            Err(action) => *action,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session() -> ServerSession {
        ServerSession::new(ListenerOptions {
            host_name: "mx.test".into(),
            size_max: 100,
            recipients_max: 2,
            starttls: true,
            sign_in: true,
        })
    }

    fn say(session: &mut ServerSession, line: &str) -> String {
        match session.line(line.as_bytes()) {
            ServerAction::Say(text) | ServerAction::StartTls(text) | ServerAction::Close(text) => text,
            ServerAction::SignIn { username, password } => format!("{username}/{}", password.reveal()),
            ServerAction::Decide(_) => "decide".into(),
        }
    }

    #[test]
    fn message_is_handed_over_with_its_envelope() {
        let mut session = session();
        say(&mut session, "EHLO me");
        assert_eq!(say(&mut session, "MAIL FROM:<a@x>"), "250 2.1.0 Ok");
        say(&mut session, "RCPT TO:<b@x>");
        say(&mut session, "RCPT TO:<c@x>");
        assert!(say(&mut session, "RCPT TO:<d@x>").starts_with("452"));
        assert!(say(&mut session, "DATA").starts_with("354"));
        assert!(session.wants_body());
        let (used, action) = session.body(b"Hi\r\n..x\r\n.\r\nQUIT\r\n");
        let Some(ServerAction::Decide(message)) = action else { panic!("no message") };
        assert_eq!((used, message.body, message.recipients.len()), (12, b"Hi\r\n.x\r\n".to_vec(), 2));
        assert!(say(&mut session, "DATA").starts_with("503"), "the envelope is used up");
    }

    #[test]
    fn password_needs_tls_and_starttls_resets_session() {
        let mut session = session();
        assert!(!say(&mut session, "EHLO me").contains("AUTH"));
        assert!(say(&mut session, "AUTH PLAIN AGEAYg==").starts_with("538"));
        say(&mut session, "MAIL FROM:<evil@x>");
        assert!(say(&mut session, "STARTTLS").starts_with("220"));
        session.tls_started();
        assert!(say(&mut session, "RCPT TO:<b@x>").starts_with("503"));
        assert!(say(&mut session, "EHLO me").contains("AUTH PLAIN LOGIN"));
        assert_eq!(say(&mut session, "AUTH PLAIN AGEAYg=="), "a/b");
        say(&mut session, "AUTH LOGIN");
        say(&mut session, "YQ==");
        assert_eq!(say(&mut session, "Yg=="), "a/b");
    }

    /// A message that is too large is refused at MAIL and at its end. Too many wrong commands end the session.
    #[test]
    fn too_large_is_refused_and_many_faults_end_session() {
        let mut session = session();
        say(&mut session, "EHLO me");
        assert!(say(&mut session, "MAIL FROM:<a@x> SIZE=101").starts_with("552"));
        say(&mut session, "MAIL FROM:<a@x>");
        say(&mut session, "RCPT TO:<b@x>");
        say(&mut session, "DATA");
        let (_, action) = session.body(format!("{}\r\n.\r\n", "x".repeat(300)).as_bytes());
        assert!(matches!(action, Some(ServerAction::Say(text)) if text.starts_with("552")));
        assert!((0..=FAULTS_MAX).map(|_| say(&mut session, "XYZZY")).last().unwrap().starts_with("421"));
    }
}
