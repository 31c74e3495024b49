//! Drives the SMTP dialogue: performs the I/O that the state machine asks for. It decides nothing itself.

use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use admin::certificate::CertificateView;
use admin::clock::Clock;
use model::settings::{Host, RelaySettings, TlsSettings};
use smtp::Capabilities;
use smtp::client::{
    Dialogue, Envelope, FaultKind, Phase, Report, Rules, Stage, StageRecord, Step, Timeouts, TlsFault, Transaction,
};
use smtp::dot;
use smtp::reply::ReplyDecoder;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio_rustls::TlsConnector;

use super::tls;
use crate::oauth::Token;

/// Receives the stages of a watched attempt.
pub type StageNews = mpsc::Sender<StageRecord>;

/// Size of one write, in bytes. Output above this is written at once, in blocks of this size.
const BLOCK: usize = 64 << 10;
const READ: usize = 16 << 10;

trait Wire: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Wire for T {}

enum RelayStream {
    Plain(TcpStream),
    Secured(Box<dyn Wire>),
    /// During the TLS handshake, or after the connection ended.
    Gone,
}

/// Supplies the messages of a session and receives their outcomes.
pub trait Source: Send {
    /// The next message that is available without waiting, in the form that a relay with these capabilities takes.
    fn next(&mut self, relay: &Capabilities) -> Option<(Envelope, store::Body)>;
    /// Reports the end of a message. Messages are reported in the order in which they were offered.
    fn settled(&mut self, transaction: Transaction, report: &Report);
}

/// The end of a run over a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finished {
    /// Nothing more to send; the session can be used again.
    Idle,
    Over,
}

pub struct RelaySession {
    stream: RelayStream,
    dialogue: Dialogue,
    decoder: ReplyDecoder,
    out: Vec<u8>,
    /// Receives bytes read from the relay before they are decoded.
    buffer: Vec<u8>,
    timeouts: Timeouts,
    clock: Clock,
    start: Duration,
    news: Option<StageNews>,
    host: Host,
    tls: Option<TlsSettings>,
    pub certificate: Option<CertificateView>,
    /// Bodies under way, by ticket.
    bodies: Vec<(u64, store::Body)>,
    /// Messages offered on this connection.
    pub offered: u64,
    /// The token that the session signed in with.
    pub(super) token: Option<Token>,
}

/// The parts of a connection attempt that its session goes on with.
pub(super) struct SessionSetup<'a> {
    pub(super) relay: &'a RelaySettings,
    pub(super) timeouts: Timeouts,
    pub(super) clock: Clock,
    /// Start of the attempt, on the monotonic clock.
    pub(super) start: Duration,
    pub(super) news: Option<StageNews>,
    /// The stages before the session.
    pub(super) report: Report,
}

impl RelaySession {
    pub(super) fn new(stream: TcpStream, rules: Rules, setup: SessionSetup<'_>) -> Self {
        let SessionSetup { relay, timeouts, clock, start, news, report } = setup;
        let at = clock.mono().saturating_sub(start);
        Self {
            stream: RelayStream::Plain(stream),
            dialogue: Dialogue::new(rules, report, at),
            decoder: ReplyDecoder::default(),
            out: Vec::new(),
            buffer: vec![0; READ],
            timeouts,
            clock,
            start,
            news,
            host: relay.host.clone(),
            tls: relay.encryption.tls().cloned(),
            certificate: None,
            bodies: Vec::new(),
            offered: 0,
            token: None,
        }
    }

    fn at(&self) -> Duration {
        self.clock.mono().saturating_sub(self.start)
    }

    pub fn is_ready(&self) -> bool {
        self.dialogue.is_ready()
    }

    /// The token that the session signed in with. Once it is outdated the session takes no more messages.
    pub(crate) fn token(&self) -> Option<Token> {
        self.token.clone()
    }

    pub fn report(&self) -> &Report {
        self.dialogue.report()
    }

    pub fn into_report(self) -> Report {
        self.dialogue.into_report()
    }

    pub fn capabilities(&self) -> &Capabilities {
        self.dialogue.capabilities()
    }

    /// Runs the opening until the session is ready or over.
    pub(super) async fn advance(&mut self) {
        self.run(&mut Nothing).await;
    }

    /// Sends the messages of the source until it has no more or the session ends.
    pub async fn run(&mut self, source: &mut dyn Source) -> Finished {
        loop {
            let step = self.dialogue.poll();
            match step {
                Step::Say(words) => words.iter().for_each(|word| word.encode(&mut self.out)),
                Step::Secure => self.secure().await,
                Step::Body(ticket) => self.body(ticket).await,
                // Offers before it listens, so that the next envelope travels with the body just written.
                Step::Listen(_) if self.offer(source) => {}
                Step::Listen(phase) => self.listen(phase).await,
                // A line that the relay sent meanwhile must not be taken for the reply to the next command.
                Step::Idle if self.spoke_unasked() => {}
                Step::Idle if self.offer(source) => {}
                Step::Idle => return Finished::Idle,
                Step::Over => {
                    self.part().await;
                    self.tell(source).await;
                    return Finished::Over;
                }
            }
            self.tell(source).await;
        }
    }

    /// Ends the session at once. The worker calls it when the stop has waited long enough.
    pub fn give_up(&mut self, source: &mut dyn Source) {
        self.lose(FaultKind::Lost("this node is stopping".into()));
        while let Some(transaction) = self.dialogue.settled() {
            source.settled(transaction, self.dialogue.report());
        }
    }

    /// Sends QUIT and ends the session, even without an answer.
    pub async fn leave(&mut self) {
        self.dialogue.leave();
        self.run(&mut Nothing).await;
    }

    fn offer(&mut self, source: &mut dyn Source) -> bool {
        if !self.dialogue.can_take() {
            return false;
        }
        let Some((envelope, body)) = source.next(self.dialogue.capabilities()) else { return false };
        self.offered += 1;
        self.bodies.push((envelope.ticket, body));
        self.dialogue.offer(envelope);
        true
    }

    async fn tell(&mut self, source: &mut dyn Source) {
        while let Some(record) = self.dialogue.news() {
            if let Some(news) = &self.news {
                // The reader of the stages may be gone. The session goes on.
                drop(news.send(record).await);
            }
        }
        while let Some(transaction) = self.dialogue.settled() {
            self.bodies.retain(|(ticket, _)| *ticket != transaction.envelope.ticket);
            source.settled(transaction, self.dialogue.report());
        }
    }

    fn lose(&mut self, kind: FaultKind) {
        let at = self.at();
        self.stream = RelayStream::Gone;
        self.dialogue.lost(kind, at);
    }

    /// Writes what is left (QUIT after a refusal) and closes the connection.
    async fn part(&mut self) {
        if let Some(wire) = self.stream.wire() {
            let out = std::mem::take(&mut self.out);
            // The report is complete. A failure here changes nothing.
            drop(tokio::time::timeout(self.timeouts.quit, wire.write_all(&out)).await);
            drop(tokio::time::timeout(self.timeouts.quit, wire.shutdown()).await);
        }
        self.stream = RelayStream::Gone;
    }

    async fn flush(&mut self) -> bool {
        if self.out.is_empty() {
            return true;
        }
        let out = std::mem::take(&mut self.out);
        for block in out.chunks(BLOCK) {
            let Some(wire) = self.stream.wire() else { return false };
            let writing = async {
                wire.write_all(block).await?;
                wire.flush().await
            };
            match tokio::time::timeout(self.timeouts.block, writing).await {
                Ok(Ok(())) => {}
                // The relay's reply before it hung up says more than the broken connection. It can still be read.
                Ok(Err(error)) if self.last_words().await => {
                    tracing::debug!(%error, "the relay closed the connection with a last reply");
                }
                Ok(Err(error)) => {
                    self.lose(FaultKind::Lost(error.to_string()));
                    return false;
                }
                Err(_) => {
                    self.lose(FaultKind::TimedOut(self.timeouts.block.as_secs()));
                    return false;
                }
            }
        }
        true
    }

    /// Reads what has arrived without a command of ours, without waiting. Returns true if anything did, or if the connection has
    /// ended: the session then takes no message.
    fn spoke_unasked(&mut self) -> bool {
        if self.decoder.is_empty() {
            let Some(wire) = self.stream.wire() else { return false };
            let mut buffer = ReadBuf::new(&mut self.buffer);
            match Pin::new(wire).poll_read(&mut Context::from_waker(Waker::noop()), &mut buffer) {
                Poll::Pending => return false,
                Poll::Ready(Ok(())) if buffer.filled().is_empty() => {
                    self.lose(FaultKind::Lost("the relay closed the connection".into()));
                    return true;
                }
                Poll::Ready(Ok(())) => self.decoder.feed(buffer.filled()),
                Poll::Ready(Err(error)) => {
                    self.lose(tls::late_fault(&error).unwrap_or_else(|| FaultKind::Lost(error.to_string())));
                    return true;
                }
            }
        }
        match self.decoder.take() {
            Ok(Some(reply)) => {
                let at = self.at();
                self.dialogue.reply(reply, at);
            }
            Ok(None) => self.lose(FaultKind::Lost("the relay began a reply without a command".into())),
            Err(fault) => self.lose(fault.into()),
        }
        true
    }

    /// Reads what has already arrived, after a failed write. Returns true if a whole reply came.
    async fn last_words(&mut self) -> bool {
        let Some(wire) = self.stream.wire() else { return false };
        match tokio::time::timeout(Duration::from_millis(200), wire.read(&mut self.buffer)).await {
            Ok(Ok(n)) if n > 0 => self.decoder.feed(&self.buffer[..n]),
            _ => return false,
        }
        match self.decoder.take() {
            Ok(Some(reply)) => {
                let at = self.at();
                self.dialogue.reply(reply, at);
                true
            }
            _ => false,
        }
    }

    async fn body(&mut self, ticket: u64) {
        let Some((_, body)) = self.bodies.iter().find(|(of, _)| *of == ticket) else {
            return self.lose(FaultKind::Lost("the body of the message is no longer stored".into()));
        };
        let body = store::Body::clone(body);
        dot::stuff(&body, &mut self.out);
        // A small body waits for the next envelope. A large body is written now and counts as sent only then.
        if self.out.len() > BLOCK && !self.flush().await {
            return;
        }
        self.dialogue.body_sent();
    }

    async fn listen(&mut self, phase: Phase) {
        if !self.flush().await {
            return;
        }
        let timeout = self.timeouts.of(phase);
        match tokio::time::timeout(timeout, self.read()).await {
            Ok(Ok(reply)) => {
                let at = self.at();
                self.dialogue.reply(reply, at);
            }
            Ok(Err(kind)) => self.lose(kind),
            Err(_) => self.lose(FaultKind::TimedOut(timeout.as_secs())),
        }
    }

    async fn read(&mut self) -> Result<smtp::Reply, FaultKind> {
        loop {
            if let Some(reply) = self.decoder.take()? {
                return Ok(reply);
            }
            let wire = self.stream.wire().ok_or_else(|| FaultKind::Lost("the connection is closed".into()))?;
            match wire.read(&mut self.buffer).await {
                Ok(0) => return Err(FaultKind::Lost("the relay closed the connection".into())),
                Ok(n) => self.decoder.feed(&self.buffer[..n]),
                // With TLS 1.3 a relay refuses our certificate, or the lack of one, after the handshake.
                Err(error) => return Err(tls::late_fault(&error).unwrap_or_else(|| FaultKind::Lost(error.to_string()))),
            }
        }
    }

    async fn secure(&mut self) {
        if !self.flush().await {
            return;
        }
        if !self.decoder.is_empty() {
            return self.lose(FaultKind::BytesBehindStartTls);
        }
        let Some(settings) = self.tls.clone() else {
            return self.lose(FaultKind::Tls(TlsFault::Other("no TLS settings".into())));
        };
        match self.handshake(&settings).await {
            Ok(detail) => {
                let at = self.at();
                self.dialogue.secured(&detail, at);
            }
            Err(kind) => self.lose(kind),
        }
    }

    async fn handshake(&mut self, settings: &TlsSettings) -> Result<String, FaultKind> {
        let prepared = tls::prepare(&self.host, settings, &self.clock).map_err(FaultKind::Tls)?;
        let RelayStream::Plain(stream) = std::mem::replace(&mut self.stream, RelayStream::Gone) else {
            return Err(FaultKind::Lost("the connection is closed".into()));
        };
        let connecting = TlsConnector::from(prepared.config).connect(prepared.name, stream);
        let secured = tokio::time::timeout(self.timeouts.tls, connecting).await;
        let shown = std::mem::take(&mut *prepared.shown.lock().unwrap_or_else(std::sync::PoisonError::into_inner));
        let stream = match secured {
            Err(_) => {
                self.certificate = shown.view;
                return Err(FaultKind::TimedOut(self.timeouts.tls.as_secs()));
            }
            Ok(Err(error)) => {
                let fault = tls::fault(&error, &self.host, &shown);
                self.certificate = shown.view;
                return Err(FaultKind::Tls(fault));
            }
            Ok(Ok(stream)) => stream,
        };
        self.certificate = shown.view;
        let connection = stream.get_ref().1;
        let version = connection.protocol_version().and_then(|v| v.as_str()).unwrap_or("TLS").replace("TLSv1_", "TLS 1.");
        let cipher = connection.negotiated_cipher_suite().and_then(|suite| suite.suite().as_str()).unwrap_or("?").to_owned();
        self.stream = RelayStream::Secured(Box::new(stream));
        Ok(format!("{version}, {cipher}"))
    }

    /// The stage that the session has reached, for the log.
    pub fn stage(&self) -> Stage {
        self.dialogue.stage()
    }
}

impl RelayStream {
    fn wire(&mut self) -> Option<&mut dyn Wire> {
        match self {
            Self::Plain(stream) => Some(stream),
            Self::Secured(stream) => Some(&mut **stream),
            Self::Gone => None,
        }
    }
}

/// The source of a session that only opens or leaves.
struct Nothing;

impl Source for Nothing {
    fn next(&mut self, _: &Capabilities) -> Option<(Envelope, store::Body)> {
        None
    }

    fn settled(&mut self, _: Transaction, _: &Report) {}
}
