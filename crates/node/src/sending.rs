//! The part of a node that sends: claims, deliveries, probes, and renewals of grants. It can stop and start again in one
//! process; meanwhile the node serves its pages, accepts messages and keeps them on disk.

use std::sync::Arc;

use admin::Admin;
use mail::Mail;
use mail::follow::{follow_settings, follow_tokens};
use mail::oauth::renew_grants;
use mail::probe::{probe, probe_unproven};
use mail::queue::{renew, schedule};

use crate::tasks::{Died, Tasks};

pub(crate) struct Sending {
    mail: Mail,
    tasks: Tasks,
}

impl Sending {
    /// Starts to send.
    pub(crate) fn start(admin: &Admin, mail: &Mail, died: &Died) -> Self {
        mail.queue.begin();
        let tasks = Tasks::new(died.clone());
        let (queue, stop) = (|| Arc::clone(&mail.queue), || tasks.stopping());
        tasks.spawn("settings follower", follow_settings(queue(), admin.settings.changes(), stop()));
        tasks.spawn("scheduler", schedule(queue(), stop()));
        tasks.spawn("lease renewer", renew(queue(), stop()));
        tasks.spawn("prober", probe(queue(), stop()));
        tasks.spawn("probe of unproven relays", probe_unproven(queue(), stop()));
        tasks.spawn("grant renewer", renew_grants(Arc::clone(&mail.oauth), stop()));
        tasks.spawn("token follower", follow_tokens(mail.clone(), stop()));
        Self { mail: mail.clone(), tasks }
    }

    /// Begins no new delivery. Returns when all tasks have ended, every outcome is written, and all claims are given back.
    pub(crate) async fn stop(&self) {
        self.mail.queue.begin_stop();
        self.tasks.stop().await;
        self.mail.queue.idle().await;
        self.mail.oauth.settled().await;
        self.mail.queue.give_back_all().await;
    }
}
