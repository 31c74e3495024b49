//! Management › Failover: who serves, whether a takeover would work and why not, making and ending a pair, its settings.

use std::sync::Arc;

use admin::words::say;
use api::failover::{
    FailoverStatus, NewPair, NodeFailoverSettings, PairCheckView, PairFailoverSettings, PairingCodeMade, SharedIpView,
};
use askama::Template;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use model::failover::TakeoverGuard;
use node::pair::{Duty, PairSentence};
use serde::Deserialize;

use super::audit::{AuditAct, Detail};
use super::frame::{Frame, failed, page, with_status};
use super::incidents::IncidentLine;
use super::pages_state::PagesState;
use super::visitor::Member;
use crate::api::failover::{PairActs, status_view};
use crate::problem::Problem;
use crate::via::Here;

const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The times of the pair, which the page shows under *Advanced*.
pub(crate) const TIMES: [&str; 10] = [
    "probe_interval",
    "probe_timeout",
    "address_lifetime",
    "address_refresh",
    "startup_wait",
    "drain_timeout",
    "handover_timeout",
    "yield_grace",
    "flip_guard",
    "hostname_interval",
];

/// Entries of the audit log among which the history is looked for, and the most that are shown.
const HISTORY_READ: usize = 200;
const HISTORY_SHOWN: usize = 15;

/// The form of the page that an act belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PairForm {
    Invite,
    Establish,
    Role,
    Hold,
    End,
    Node,
    Pair,
}

impl PairForm {
    fn name(self) -> &'static str {
        match self {
            Self::Invite => "invite",
            Self::Establish => "establish",
            Self::Role => "role",
            Self::Hold => "hold",
            Self::End => "end",
            Self::Node => "node",
            Self::Pair => "pair",
        }
    }
}

/// Result of an act, for the page that shows it.
#[derive(Default)]
pub(super) struct AfterAct {
    /// The code that was just made. It is shown once.
    pub(super) code: Option<PairingCodeMade>,
    /// The checks of a pairing, all of them.
    pub(super) checks: Vec<PairCheckView>,
    /// A refusal, and the form that it belongs to.
    pub(super) refused: Option<(PairForm, Problem)>,
    /// Key of the words for what was done.
    pub(super) done: Option<&'static str>,
    /// Typed values of a form that was refused.
    pub(super) typed: Option<NewPair>,
    pub(super) node: Option<NodeFailoverSettings>,
    pub(super) pair: Option<PairFailoverSettings>,
}

/// A condition for a takeover.
struct GuardLine {
    says: String,
    holds: bool,
}

#[derive(Template)]
#[template(path = "failover.html")]
struct Failover {
    f: Frame,
    status: FailoverStatus,
    /// The sentences about the pair, each with its class.
    sentences: Vec<(String, &'static str)>,
    guards: Vec<GuardLine>,
    lines: Vec<IncidentLine>,
    /// The newest acts and phases of the pair.
    history: Vec<AuditAct>,
    node: NodeFailoverSettings,
    pair: PairFailoverSettings,
    typed: NewPair,
    /// The host of this node, as the browser reaches it. Empty if that is loopback.
    here: String,
    after: AfterAct,
}

impl Failover {
    fn is_paired(&self) -> bool {
        self.status.peer.is_some()
    }

    fn is_primary(&self) -> bool {
        self.status.duty.name() == "primary"
    }

    fn class(&self) -> &'static str {
        self.sentences.iter().map(|(_, class)| *class).find(|class| *class != "ok").unwrap_or("ok")
    }

    fn check_class(&self, check: &PairCheckView) -> &'static str {
        match check.result.as_str() {
            "good" => "ok",
            "warning" => "wait",
            _ => "bad",
        }
    }

    /// The address of this node for the other one, as typed, or as the browser reaches it.
    fn reverse(&self) -> &str {
        if self.typed.reverse.is_empty() { &self.here } else { &self.typed.reverse }
    }

    fn typed_code(&self) -> &str {
        self.typed.code.as_deref().unwrap_or_default()
    }

    fn duty(&self) -> String {
        self.f.t(&format!("duty-{}", self.status.duty.name()))
    }

    fn peer_role(&self) -> String {
        // The last role that a silent node told may be over.
        let role = self.status.peer.as_ref().filter(|peer| peer.answers).and_then(|peer| peer.role.clone());
        self.f.t(&role.map_or_else(|| "duty-unknown".to_owned(), |role| format!("duty-{role}")))
    }

    /// The refusal of a form: its title, and its detail.
    fn refusal(&self, form: &str) -> Option<(&str, Option<&str>)> {
        let (_, problem) = self.after.refused.as_ref().filter(|(of, _)| of.name() == form)?;
        Some((problem.title(), problem.details().detail.as_deref()))
    }

    /// Faults at fields of this form that the page has no place for, as lines.
    fn faults(&self, form: &str) -> Vec<(String, String)> {
        let refused = self.after.refused.as_ref().filter(|(of, _)| of.name() == form);
        let errors = refused.map(|(_, problem)| problem.details().errors.as_slice()).unwrap_or_default();
        errors.iter().map(|error| (self.field_name(&error.field), error.message.clone())).collect()
    }

    fn field_name(&self, field: &str) -> String {
        let base = field.split(['[', '.']).next().unwrap_or(field);
        let key = format!("page-pair-{}", base.replace('_', "-"));
        if admin::words::knows(self.f.language, &key) { self.f.w(&key) } else { field.to_owned() }
    }

    /// The fault at a field.
    fn err(&self, form: &str, field: &str) -> Option<&str> {
        let (_, problem) = self.after.refused.as_ref().filter(|(of, _)| of.name() == form)?;
        let is_here = |of: &str| of == field || of.strip_prefix(field).is_some_and(|rest| rest.starts_with('['));
        problem.details().errors.iter().find(|error| is_here(&error.field)).map(|error| error.message.as_str())
    }

    fn ip_state(&self, ip: &SharedIpView) -> (&'static str, String) {
        shared_ip_state(&self.f, ip)
    }

    /// The times of the pair with their values.
    fn times(&self) -> Vec<(&'static str, String)> {
        let whole = serde_json::to_value(&self.pair).unwrap_or_default();
        TIMES.into_iter().map(|name| (name, whole[name].as_str().unwrap_or_default().to_owned())).collect()
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct PairQuery {
    done: String,
}

/// Acts after which the browser is sent here, with the words for each.
pub(crate) const DONE: [&str; 8] = ["withdrawn", "role", "held", "hold-ended", "ended", "keys", "site", "saved"];

pub(super) async fn show(State(pages): State<PagesState>, member: Member, Query(asked): Query<PairQuery>) -> Response {
    let done = DONE.iter().copied().find(|done| *done == asked.done);
    render(&pages, &member, AfterAct { done, ..AfterAct::default() }).await
}

pub(super) async fn render(pages: &PagesState, member: &Member, mut after: AfterAct) -> Response {
    let f = match Frame::of(pages, member).await {
        Ok(f) => f,
        Err(response) => return response,
    };
    let service = &pages.service;
    let (moment, acts) = (service.pair().moment(), acts(pages, member));
    let sentence = |said: &PairSentence| (say(f.language, &said.phrase), if said.is_well { "ok" } else { "wait" });
    let sentences = moment.sentences().iter().map(sentence).collect();
    let blocked = moment.guards();
    // A primary knows of them what its backup tells it.
    let is_known = match moment.duty {
        Duty::Primary { .. } => moment.is_checked() && moment.answers(),
        Duty::Backup { .. } => moment.is_checked(),
        Duty::Alone | Duty::Waiting | Duty::Draining | Duty::Retired => false,
    };
    let guards = if is_known { TakeoverGuard::ALL.as_slice() } else { &[] };
    let guard = |guard: &TakeoverGuard| GuardLine {
        says: f.t(&format!("takeover-needs-{}", guard.name())),
        holds: !blocked.contains(guard),
    };
    let guards = guards.iter().map(guard).collect();
    let incidents = service.events().open_incidents().await;
    let of_pair = incidents.into_iter().filter(|incident| is_of_pair(incident.code.text()));
    let lines = of_pair.map(|incident| IncidentLine::new(&f, incident)).collect();
    let history = match service.store().audit(None, HISTORY_READ).await {
        Ok(rows) => {
            let of_pair = rows.into_iter().filter(|row| row.what.starts_with("pair.")).take(HISTORY_SHOWN);
            of_pair.map(|row| AuditAct::new(&f, row)).collect()
        }
        Err(fault) => return failed(member.language, &fault),
    };
    let status = after.refused.as_ref().map_or(StatusCode::OK, |(_, problem)| problem.status());
    let node = after.node.take().unwrap_or_else(|| acts.node_settings());
    let pair = after.pair.take().unwrap_or_else(|| acts.pair_settings());
    let typed = after.typed.take().unwrap_or_default();
    let view = status_view(service, f.language);
    let here = reachable_host(&member.here);
    let shown = Failover { status: view, sentences, guards, lines, history, node, pair, typed, here, after, f };
    with_status(status, page(member.language, &shown))
}

/// The state of a shared IP on this node: its class, and its words.
pub(super) fn shared_ip_state(f: &Frame, ip: &SharedIpView) -> (&'static str, String) {
    let (class, key) = match (&ip.fault, &ip.interface, ip.present) {
        (Some(fault), ..) => ("bad", format!("ip-fault-{fault}")),
        (None, Some(_), true) => ("ok", "ip-here".to_owned()),
        (None, None, true) => ("wait", "ip-here".to_owned()),
        (None, None, false) => ("bad", "ip-unlisted".to_owned()),
        (None, Some(_), false) => ("none", "ip-not-here".to_owned()),
    };
    (class, f.t(&key))
}

/// True for the codes of the pair.
fn is_of_pair(code: &str) -> bool {
    ["FO-", "FX-"].iter().any(|start| code.starts_with(start))
}

/// The acts of a signed-in user.
pub(super) fn acts<'a>(pages: &'a PagesState, member: &Member) -> PairActs<'a> {
    let service: &Arc<node::Service> = &pages.service;
    PairActs { service, who: member.signed.actor(), language: member.language }
}

/// The host by which the browser reaches this node. Empty if it is a loopback address: another node has no use for it.
fn reachable_host(here: &Here) -> String {
    let host = here.0.parse::<axum::http::Uri>().ok().and_then(|uri| uri.host().map(str::to_owned)).unwrap_or_default();
    let is_loopback = host.trim_matches(['[', ']']).parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback());
    if is_loopback || host == "localhost" { String::new() } else { host }
}
