//! The test: a real message by the production path, with its stages shown as they pass. It is not retried, since a test
//! that arrives tomorrow proves nothing.

use std::sync::{Arc, PoisonError};

use alerts::notice::{NoticeContext, test_message};
use mail::compose::{PartsFault, compose};
use mail::intake::{IntakeFault, Submission};
use mail::test_send::{TestRun, Tested};
use model::Address;
use model::account::{Actor, Forbidden, Role};
use model::audit::{AuditedAct, TestShare};
use model::message::Class;
use model::settings::EmailSettings;
use smtp::client::StageRecord;
use store::{AuditRow, Commit, RecordChange, TestRow};
use tokio::sync::mpsc;

use crate::last_test::{LastTest, TestSubject};
use crate::service::Service;

#[derive(Debug, thiserror::Error)]
pub enum TestFault {
    #[error("no recipient for the test")]
    NoRecipient,
    /// The store does not have the message that it has just accepted.
    #[error("the test message is not in the store any more")]
    MessageGone,
    #[error("no relay named {0}")]
    NoSuchRelay(String),
    #[error("{0}")]
    Forbidden(#[from] Forbidden),
    #[error("{0}")]
    Intake(#[from] IntakeFault),
    #[error("{0}")]
    Parts(#[from] PartsFault),
    #[error("{0}")]
    Read(#[from] store::ReadFault),
}

/// The input of a test.
pub struct TestSend {
    pub settings: Arc<EmailSettings>,
    /// True if the settings are the stored ones. The result then counts for the relay.
    pub stored: bool,
    /// Recipients. Empty: the contacts of the settings.
    pub to: Vec<Address>,
    /// Name of the relay. `None`: the first of the route.
    pub relay: Option<String>,
    pub by: Actor,
}

impl Service {
    /// The last test of stored settings, and true if it says something about the settings in force.
    pub fn last_test(&self) -> Option<(LastTest, bool)> {
        let last = self.last_test.lock().unwrap_or_else(PoisonError::into_inner).clone()?;
        let current = self.settings().current();
        let applies = current.settings().is_some_and(|settings| last.applies_to(&settings, current.revision));
        Some((last, applies))
    }

    /// Records a test that was made with the stored settings, or with settings that were stored after it in this revision.
    pub async fn note_test(&self, tested: &Tested, settings: &EmailSettings, (by, revision): (&str, i64)) {
        let Some(relay) = settings.route.iter().find(|relay| relay.name == tested.report.relay) else { return };
        let last = LastTest {
            at: self.clock().now(),
            by: by.to_owned(),
            accepted: tested.accepted(),
            revision,
            message: tested.id,
            relay: relay.id,
            settings: Some(TestSubject { relay: relay.clone(), from: settings.from.clone(), bounce: settings.bounce.clone() }),
        };
        let row = TestRow { by: last.by.clone(), accepted: last.accepted, revision, relay: relay.id, message: tested.id.number };
        let at = last.at;
        *self.last_test.lock().unwrap_or_else(PoisonError::into_inner) = Some(last);
        if let Err(fault) = self.store().change(at, RecordChange::Test(row)).await {
            tracing::warn!(%fault, "the last test could not be stored; it is forgotten at the next start");
        }
    }

    /// Sends the test message. `news` receives each stage as it passes. Fails if the caller may not test or there is no
    /// recipient or relay. Also fails if the message cannot be made or accepted.
    pub async fn test(&self, test: TestSend, news: mpsc::Sender<StageRecord>) -> Result<Tested, TestFault> {
        // A test of typed values sends stored secrets to the typed host. It needs the same role as a save.
        test.by.needs(if test.stored { Role::Operator } else { Role::Administrator })?;
        let settings = &test.settings;
        let revision = self.settings().current().revision;
        let to = if test.to.is_empty() { settings.contacts.clone() } else { test.to.clone() };
        if to.is_empty() {
            return Err(TestFault::NoRecipient);
        }
        let relay = match &test.relay {
            None => settings.route.first(),
            Some(name) => settings.route.iter().find(|relay| relay.name == *name),
        };
        let relay = relay.ok_or_else(|| TestFault::NoSuchRelay(test.relay.clone().unwrap_or_default()))?;
        let context = NoticeContext { settings: Arc::clone(settings), names: self.names().clone(), now: self.clock().now() };
        // Only contacts of the stored settings get a link.
        let link = self.alerts().receipt_link(&to).filter(|_| test.stored);
        let parts = test_message(&context, &to, &relay.name, link.as_ref().map(|link| link.url.clone()));
        let commit = match link {
            Some(link) => link.add_to(Commit::at(context.now)),
            None => Commit::at(context.now),
        };
        let submission = Submission {
            class: Class::Notice,
            app: None,
            sender: Some(settings.bounce.clone()),
            recipients: to,
            text: compose(&settings.from, &parts, self.clock().now())?,
            composed: true,
            once: None,
            via: "test",
            avoid: None,
            hands_off: true,
        };
        let id = self.intake().accept_with(submission, commit).await?.id;
        let work = self.store().work(id.number).await?.ok_or(TestFault::MessageGone)?;
        let stored = test.stored;
        let tested = self.mail.deliver_test(TestRun { settings, relay, stored }, id, work, news).await;
        if stored {
            self.note_test(&tested, settings, (&test.by.name, revision)).await;
        }
        let share = TestShare { accepted: tested.accepted_count(), recipients: tested.fates.len(), of_draft: !stored };
        let act = AuditedAct::TestSent { relay: tested.report.relay.clone(), accepted: tested.accepted(), share: Some(share) };
        if let Err(fault) = self.store().change(self.clock().now(), AuditRow::new(test.by.name, &act)).await {
            tracing::warn!(%fault, "the audit entry of a test could not be stored");
        }
        Ok(tested)
    }
}
