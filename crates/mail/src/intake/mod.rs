//! The intake: every message enters the queue here, from SMTP, API, CLI, pages and our own notices.
//!
//! The message is on disk when [`Intake::accept`] returns. The intake brings it to canonical form once. Nothing changes a
//! byte of it later.

mod budget;
mod door;
mod headers;
mod incoming;
mod ledger;
mod pace;
pub mod policy;

use std::sync::Arc;

use admin::clock::Clock;
use model::Address;
use model::id::{MessageId, MessageNumber, RelayId};
use model::message::Class;
use model::time::Timestamp;
use ring::digest::{Context, SHA256};
use smtp::body::{BodyFault, canonical};
use store::{Commit, CommitFault, Guard, NewMessage, Once, Outcome, Store, Work};

use crate::queue::{LEASE, Queue, Reservation};

pub use budget::{Budget, Claim};
pub use door::{Door, NotServing, Opening};
pub use headers::HeaderFault;
pub use incoming::{IncomingBody, NotTaken};
pub use ledger::{Caller, NoRoom, network};

/// Largest message, in bytes.
pub const SIZE_MAX: usize = 50 << 20;
/// Maximum number of recipients of one message.
pub const RECIPIENTS_MAX: usize = 1000;
/// Longest subject kept for lists, in characters.
const SUBJECT_MAX: usize = 200;

/// A message as a caller hands it over.
pub struct Submission {
    pub class: Class,
    /// The application that submits. `None` is Postwacht itself.
    pub app: Option<String>,
    /// Envelope sender; `None` is the null sender.
    pub sender: Option<Address>,
    pub recipients: Vec<Address>,
    /// Header and body, with LF or CRLF.
    pub text: Vec<u8>,
    /// True if Postwacht made the header.
    pub composed: bool,
    /// Idempotency key. It contains the caller's name, so that keys of two callers do not collide.
    pub once: Option<Once>,
    /// The way it came, for the Received line.
    pub via: &'static str,
    /// The relay that the message is about. Another relay is preferred.
    pub avoid: Option<RelayId>,
    /// True if the caller delivers the message itself. If the caller dies, the message stays held for an operator.
    pub hands_off: bool,
}

/// Builds a key with the digest of all parts of the request.
pub fn once(key: String, asked: &[&[u8]]) -> Once {
    let mut content = Context::new(&SHA256);
    for piece in asked {
        content.update(&(piece.len() as u64).to_be_bytes());
        content.update(piece);
    }
    Once { key, content: content.finish().as_ref().try_into().ok() }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    pub id: MessageId,
    /// True if the message was accepted before under the same key.
    pub repeated: bool,
}

/// The reason why a message was not accepted. Nothing is stored.
#[derive(Debug, thiserror::Error)]
pub enum IntakeFault {
    #[error("no recipient")]
    NoRecipient,
    #[error("more than {RECIPIENTS_MAX} recipients")]
    TooManyRecipients,
    #[error("larger than {SIZE_MAX} bytes")]
    TooLarge,
    #[error("{0}")]
    Body(#[from] BodyFault),
    #[error("{0}")]
    Header(#[from] HeaderFault),
    #[error("the disk is full: no message is accepted until there is space")]
    DiskFull,
    #[error("too many messages are being submitted at once")]
    Busy,
    #[error("the key was used for another message")]
    Differs,
    #[error("{0}")]
    NotServing(#[from] NotServing),
    #[error("{0}")]
    Store(CommitFault),
}

pub struct Intake {
    store: Store,
    clock: Clock,
    queue: Arc<Queue>,
    host: String,
    /// Closed for all but the node's own notices while another node serves.
    pub door: Door,
}

impl Intake {
    pub fn new(store: Store, clock: Clock, queue: Arc<Queue>, host: String) -> Self {
        Self { store, clock, queue, host, door: Door::default() }
    }

    /// Accepts a message and returns its id once the message is on disk.
    pub async fn accept(&self, submission: Submission) -> Result<Accepted, IntakeFault> {
        self.accept_with(submission, Commit::at(self.clock.now())).await
    }

    /// As [`Self::accept`], in this commit. Its time is the time of acceptance.
    pub async fn accept_with(&self, mut submission: Submission, commit: Commit) -> Result<Accepted, IntakeFault> {
        within_bounds(&submission)?;
        let inside = match &submission.app {
            Some(_) => Some(self.door.enter(self.clock.mono())?),
            // Postwacht itself.
            None => None,
        };
        let now = commit.time();
        let text = headers::without_mark(std::mem::take(&mut submission.text))?;
        let (text, facts) = canonical(text)?;
        let trace = headers::Trace { host: &self.host, origin: self.store.origin(), via: submission.via, now };
        let headers::Ready { text, subject, message_id } = headers::ready(text, &trace, submission.sender.as_ref())?;
        let sender = submission.sender.as_ref().map(Address::wire);
        let body: store::Body = text.into();
        let place = match submission.hands_off {
            true => None,
            false => self.queue.reserve(submission.class, sender.as_deref(), body.len()),
        };
        let claimed = place.is_some() || submission.hands_off;
        let mut recipients: Vec<String> = Vec::with_capacity(submission.recipients.len());
        for address in &submission.recipients {
            let wire = address.wire();
            if !recipients.contains(&wire) {
                recipients.push(wire);
            }
        }
        let message = NewMessage {
            class: submission.class,
            app: submission.app.clone(),
            sender,
            recipients,
            subject: subject.chars().take(SUBJECT_MAX).collect(),
            message_id,
            body: Arc::clone(&body),
            eight_bit: facts.eight_bit,
            composed: submission.composed,
            due: if claimed { now + LEASE } else { now },
            claimed,
            held: submission.hands_off,
            avoid: submission.avoid,
        };
        let work = place.is_some().then(|| crate::queue::work_of(&message, now));
        let mut commit = Commit::at(now).and(message).join(commit);
        if submission.class != Class::Critical {
            commit = commit.only_if(Guard::Room);
        }
        if let Some(once) = submission.once {
            commit = commit.once(once);
        }
        // A task of its own: a caller that hangs up between the commit and the queue would leave the message to its lease.
        let taking = take(Arc::clone(&self.queue), commit, place.zip(work), now);
        let counted = async move {
            let _inside = inside;
            taking.await
        };
        let number = match tokio::spawn(counted).await.unwrap_or(Err(CommitFault::Closed)) {
            Ok(number) => number,
            Err(CommitFault::Done(n)) => return self.done_before(&n),
            Err(CommitFault::Differs) => return Err(IntakeFault::Differs),
            Err(CommitFault::DiskFull) => return Err(IntakeFault::DiskFull),
            Err(CommitFault::Busy) => return Err(IntakeFault::Busy),
            Err(fault) => return Err(IntakeFault::Store(fault)),
        };
        Ok(Accepted { id: self.store.message_id(number), repeated: false })
    }

    fn done_before(&self, number: &str) -> Result<Accepted, IntakeFault> {
        let number = number.parse().map_err(|_| IntakeFault::Store(CommitFault::Done(number.to_owned())))?;
        Ok(Accepted { id: self.store.message_id(number), repeated: true })
    }
}

/// Commits a message and hands it to the queue. Without a reservation the scheduler claims it from disk; the commit has
/// lowered the earliest due time.
async fn take(
    queue: Arc<Queue>,
    commit: Commit,
    claimed: Option<(Reservation, Work)>,
    now: Timestamp,
) -> Result<MessageNumber, CommitFault> {
    let outcomes = queue.store.commit(commit).await?;
    let number = outcomes.iter().find_map(|o| if let Outcome::Accepted(n) = o { Some(*n) } else { None });
    let number = number.ok_or(CommitFault::Closed)?;
    if let Some((place, work)) = claimed {
        queue.push(place, number, work, now).await;
    }
    Ok(number)
}

fn within_bounds(submission: &Submission) -> Result<(), IntakeFault> {
    match submission {
        Submission { recipients, .. } if recipients.is_empty() => Err(IntakeFault::NoRecipient),
        Submission { recipients, .. } if recipients.len() > RECIPIENTS_MAX => Err(IntakeFault::TooManyRecipients),
        Submission { text, .. } if text.len() > SIZE_MAX => Err(IntakeFault::TooLarge),
        _ => Ok(()),
    }
}
