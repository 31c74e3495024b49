//! The status of the pair for people and programs.

use std::net::IpAddr;

use admin::clock::rfc3339;
use admin::words::say;
use api::failover::{DutyName, FailoverStatus, PeerView, SharedIpView};
use model::Language;
use model::failover::{BootTime, SharedIpSeen};
use model::time::Timestamp;
use node::Service;
use node::pair::{Duty, PairMoment};

/// A moment, and who asks for it.
struct View<'a> {
    service: &'a Service,
    moment: PairMoment,
}

/// The pair as this node sees it, in this language.
pub(crate) fn status_view(service: &Service, language: Language) -> FailoverStatus {
    let view = View { service, moment: service.pair().moment() };
    let (moment, settings) = (&view.moment, service.pair().service.failover_settings());
    let says = moment.sentences().iter().map(|said| say(language, &said.phrase)).collect::<Vec<_>>().join(" ");
    let (state, now) = (moment.state.as_deref(), moment.now);
    let wall = |at: BootTime| rfc3339(view.wall(at));
    FailoverStatus {
        duty: duty_name(&moment.duty),
        says,
        node: service.names().host.clone(),
        phase: state.map(|state| format!("{:?}", state.role.kind()).to_ascii_lowercase()),
        ballot: state.and_then(|state| state.role.serving()).map(|ballot| ballot.to_string()),
        peer: view.peer(),
        blocked_by: moment.guards().iter().map(|guard| guard.name().to_owned()).collect(),
        takeover: state.and_then(|state| state.takeover_due(now)).map(wall),
        maintenance: state.map(|state| state.maintenance_until).filter(|until| *until > now).map(wall),
        test_ips: settings.backup.test_ips.iter().map(ToString::to_string).collect(),
        test_ips_answer: state.filter(|_| moment.is_checked()).map(|state| state.result.tests_ok),
        shared_ips: view.shared_ips(),
        invited: service.pair().service.is_invited(),
    }
}

fn duty_name(duty: &Duty) -> DutyName {
    match duty {
        Duty::Alone => DutyName::Alone,
        Duty::Primary { .. } => DutyName::Primary,
        Duty::Backup { .. } => DutyName::Backup,
        Duty::Waiting => DutyName::Waiting,
        Duty::Draining => DutyName::Draining,
        Duty::Retired => DutyName::Retired,
    }
}

impl View<'_> {
    fn wall(&self, at: BootTime) -> Timestamp {
        let (clock, now) = (self.service.clock(), self.moment.now);
        match at > now {
            true => clock.now() + at.since(now),
            false => clock.now() - now.since(at),
        }
    }

    fn peer(&self) -> Option<PeerView> {
        let pair = self.moment.pair.as_ref()?;
        let state = self.moment.state.as_deref();
        let told = state.and_then(|state| state.peer.as_ref());
        let silent = state.filter(|_| self.moment.is_checked() && !self.moment.answers());
        let fault = silent.map(|state| state.result.faults.first().map_or("timeout".to_owned(), |fault| format!("{fault:?}")));
        Some(PeerView {
            name: pair.peer.name.clone(),
            address: pair.peer.address.to_string(),
            confirmed: pair.is_confirmed,
            role: told.map(|peer| format!("{:?}", peer.role).to_ascii_lowercase()),
            version: told.map(|peer| peer.version.clone()),
            answers: self.moment.answers(),
            fault: fault.map(|fault| fault.to_ascii_lowercase()),
        })
    }

    /// The shared IPs of the pair, or those that an ended one has left here.
    fn shared_ips(&self) -> Vec<SharedIpView> {
        let state = self.moment.state.as_deref();
        let shared = state.map(|state| state.pair().shared_ips.clone()).unwrap_or_default();
        let node = self.service.pair().service.node_settings();
        let view = |ip: &IpAddr| {
            let seen: Option<&SharedIpSeen> = state.and_then(|state| state.network.iter().find(|seen| seen.ip == *ip));
            let listed = node.ips.get(ip);
            SharedIpView {
                ip: ip.to_string(),
                interface: listed.map(|listed| listed.interface.clone()),
                enabled: listed.is_some_and(|listed| listed.is_enabled),
                present: seen.is_some_and(|seen| seen.is_present),
                fault: seen.and_then(|seen| seen.fault).map(|fault| fault.name().to_owned()),
            }
        };
        shared.iter().map(view).collect()
    }
}
