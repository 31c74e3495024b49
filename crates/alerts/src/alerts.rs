//! The alert service: incidents, and the signals that the watch cannot observe itself.

use std::sync::Arc;

use admin::Admin;
use admin::clock::Clock;
use admin::names::Names;
use admin::settings::SettingsService;
use mail::Mail;
use mail::compose::MessageParts;
use mail::oauth::OAuth;
use mail::queue::Queue;
use model::Language;
use model::account::{Actor, Role};
use model::event::{EventCode, OwnCode};
use model::incident::NoticeKind;
use store::{ReadFault, Store};

use crate::alarm::{Called, CalledFault, Heart, WebhookCaller};
use crate::event::{Events, NoticeSender};
use crate::notice::{NoticeContext, preview_of, test_message};
use crate::signals::ExternalSignals;
use crate::watch::Watch;

/// There is no preview.
#[derive(Debug, thiserror::Error)]
pub enum PreviewFault {
    #[error("the catalogue has no such code")]
    NoSuchCode,
    #[error("mail is not set up")]
    NotSetUp,
    #[error("{0}")]
    Read(#[from] ReadFault),
}

/// The alert service of a node. A clone refers to the same parts.
#[derive(Clone)]
pub struct Alerts {
    admin: Admin,
    mail: Mail,
    pub events: Arc<Events>,
    pub signals: Arc<ExternalSignals>,
}

impl Alerts {
    /// Reads the open incidents. Fails if the store cannot be read.
    pub async fn open(admin: &Admin, mail: &Mail) -> Result<Self, ReadFault> {
        let events = Events::open(admin).await?;
        Ok(Self { admin: admin.clone(), mail: mail.clone(), events, signals: Arc::default() })
    }

    /// Calls every webhook and the heartbeat once, as a test by an operator.
    pub async fn test_alarm(&self, who: &Actor) -> Result<Vec<Called>, CalledFault> {
        who.needs(Role::Operator)?;
        let settings = self.settings().current().settings();
        let alarm = settings.as_ref().map(|settings| &settings.alarm);
        if alarm.is_none_or(|alarm| alarm.webhooks.is_empty() && alarm.heartbeat_url.is_none()) {
            return Err(CalledFault::Nothing);
        }
        let site = settings.as_ref().map(|settings| self.names().site(settings)).unwrap_or_default();
        Ok(self.webhooks().try_all(&site).await)
    }

    /// The notice of a code as it would be mailed, with example facts. The daily notice and the test message have the facts of this
    /// moment, without the link that confirms their arrival.
    pub async fn preview(
        &self,
        code: &EventCode,
        kind: Option<NoticeKind>,
        language: Option<Language>,
    ) -> Result<MessageParts, PreviewFault> {
        let mut settings = self.settings().current().settings().ok_or(PreviewFault::NotSetUp)?;
        if let Some(language) = language {
            Arc::make_mut(&mut settings).site.language = language;
        }
        let context = NoticeContext { settings, names: self.names().clone(), now: self.clock().now() };
        match code.own() {
            Some(OwnCode::MailDaily) => Ok(self.daily_now(&context).await?.parts(&context)),
            Some(OwnCode::MailTest) => {
                let relay = context.settings.route.first().ok_or(PreviewFault::NotSetUp)?;
                Ok(test_message(&context, &context.settings.contacts, &relay.name, None))
            }
            _ => preview_of(&context, code, kind).ok_or(PreviewFault::NoSuchCode),
        }
    }

    /// The task that calls webhooks.
    pub fn webhooks(&self) -> WebhookCaller {
        WebhookCaller {
            store: self.store().clone(),
            clock: self.clock().clone(),
            settings: Arc::clone(self.settings()),
            signals: Arc::clone(&self.signals),
            news: Arc::clone(&self.events.calls),
        }
    }

    /// The task that mails notices.
    pub fn notice_sender(&self) -> NoticeSender {
        NoticeSender { admin: self.admin.clone(), mail: self.mail.clone(), events: Arc::clone(&self.events) }
    }

    /// The task that looks for conditions.
    pub fn watch(&self) -> Watch {
        Watch {
            admin: self.admin.clone(),
            mail: self.mail.clone(),
            events: Arc::clone(&self.events),
            signals: Arc::clone(&self.signals),
        }
    }

    /// The task that calls the heartbeat.
    pub fn heart(&self) -> Heart {
        Heart { caller: self.webhooks(), queue: Arc::clone(&self.mail.queue) }
    }

    pub(crate) fn store(&self) -> &Store {
        &self.admin.store
    }

    pub(crate) fn clock(&self) -> &Clock {
        &self.admin.clock
    }

    pub(crate) fn names(&self) -> &Names {
        &self.admin.names
    }

    pub(crate) fn settings(&self) -> &Arc<SettingsService> {
        &self.admin.settings
    }

    pub(crate) fn oauth(&self) -> &OAuth {
        &self.mail.oauth
    }

    pub(crate) fn queue(&self) -> &Queue {
        &self.mail.queue
    }

    pub(crate) fn mail(&self) -> &Mail {
        &self.mail
    }

    pub(crate) fn events(&self) -> &Arc<Events> {
        &self.events
    }

    pub(crate) fn signals(&self) -> &ExternalSignals {
        &self.signals
    }
}
