//! Acts on the pair, as the API and the pages carry them out: each runs to its end and leaves an entry in the audit log.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use admin::words::say;
use api::failover::{
    Maintenance, NewPair, NodeFailoverSettings, PairCheckView, PairFailoverSettings, PairMade, PairingCodeMade, RoleWanted,
};
use axum::http::StatusCode;
use failover::{BreakMode, EstablishRequest, NodePairSettings, PairFault, PairingSecret, PairingService, PeerAddress};
use model::account::Actor;
use model::audit::AuditedAct;
use model::failover::{CheckedPair, Force, PairCommand, PairSettings};
use model::settings::{Wrong, duration};
use model::{Language, Secret};
use node::Service;

use super::fault::{checks_problem, command_problem, pair_problem};
use super::fields::{changes, ips, node_settings, pair_settings, shown_node, shown_pair};
use crate::problem::Problem;
use crate::run_to_end::run_to_end;

/// Longest hold of automatic takeovers.
const HOLD_MAX: Duration = Duration::from_hours(24);

/// An actor on the pair of this node, who reads this language.
pub(crate) struct PairActs<'a> {
    pub(crate) service: &'a Arc<Service>,
    pub(crate) who: Actor,
    pub(crate) language: Language,
}

/// A pair that was not made.
pub(crate) enum NotMade {
    /// A check is bad. All are listed.
    Checks(Vec<CheckedPair>),
    Refused(Problem),
}

impl NotMade {
    pub(crate) fn problem(self, language: Language) -> Problem {
        match self {
            Self::Checks(found) => checks_problem(language, &found),
            Self::Refused(problem) => problem,
        }
    }
}

/// The checks with their words.
pub(crate) fn check_views(language: Language, checks: &[CheckedPair]) -> Vec<PairCheckView> {
    let view = |checked: &CheckedPair| PairCheckView {
        check: checked.check.name().to_owned(),
        result: checked.result.name().to_owned(),
        says: say(language, &checked.phrase),
    };
    checks.iter().map(view).collect()
}

impl PairActs<'_> {
    fn pairing(&self) -> &Arc<PairingService> {
        &self.service.pair().service
    }

    async fn audit(&self, act: AuditedAct) {
        self.service.pair().audit(&self.who, act).await;
    }

    fn fault(&self, fault: &PairFault) -> Problem {
        pair_problem(self.language, fault)
    }

    fn wrong(&self, field: &str, why: &Wrong) -> Problem {
        let problem = Problem::new(self.language, StatusCode::UNPROCESSABLE_ENTITY, "failover-settings");
        problem.field(field, say(self.language, &why.phrase()))
    }

    /// Allows one other node to make a pair with this one.
    pub(crate) async fn invite(&self) -> Result<PairingCodeMade, Problem> {
        let invitation = self.pairing().invite(&self.who).map_err(|fault| self.fault(&fault))?;
        self.audit(AuditedAct::PairAllowed { with: "code".into() }).await;
        self.opened().await?;
        Ok(PairingCodeMade { code: invitation.code.to_string(), seconds: invitation.life.as_secs() })
    }

    /// Allows other nodes with this key.
    pub(crate) async fn invite_with(&self, key: &Secret) -> Result<(), Problem> {
        self.pairing().invite_with(key, &self.who).await.map_err(|fault| self.fault(&fault))?;
        self.audit(AuditedAct::PairAllowed { with: "pre-shared key".into() }).await;
        self.opened().await
    }

    /// Waits for the port. An invitation that nobody can use is withdrawn.
    async fn opened(&self) -> Result<(), Problem> {
        let Err(fault) = self.pairing().port_is_open().await else { return Ok(()) };
        self.disinvite()?;
        Err(self.fault(&fault))
    }

    pub(crate) fn disinvite(&self) -> Result<(), Problem> {
        self.pairing().disinvite(&self.who).map_err(|fault| self.fault(&fault))
    }

    /// Makes a pair with a node that has allowed it. This node becomes the primary.
    pub(crate) async fn establish(&self, new: &NewPair) -> Result<PairMade, NotMade> {
        let request = self.request(new).await.map_err(NotMade::Refused)?;
        let (pairing, who) = (Arc::clone(self.pairing()), self.who.clone());
        match run_to_end(async move { pairing.establish(request, &who).await }).await {
            Ok(made) => {
                let (peer, confirmed) = (made.pair.peer.name, made.pair.is_confirmed);
                self.audit(AuditedAct::PairMade { peer: peer.clone() }).await;
                Ok(PairMade { peer, confirmed, checks: check_views(self.language, &made.checks) })
            }
            Err(PairFault::Checks(found)) => Err(NotMade::Checks(found)),
            Err(fault) => Err(NotMade::Refused(self.fault(&fault))),
        }
    }

    async fn request(&self, new: &NewPair) -> Result<EstablishRequest, Problem> {
        let wrong = |field: &str, why: &Wrong| {
            let problem = Problem::new(self.language, StatusCode::UNPROCESSABLE_ENTITY, "pair-request");
            problem.field(field, say(self.language, &why.phrase()))
        };
        let address = |field: &str, typed: &str| -> Result<PeerAddress, Problem> {
            let no_node = || if typed.is_empty() { Wrong::Required } else { Wrong::NotANode { typed: typed.to_owned() } };
            typed.parse().map_err(|()| wrong(field, &no_node()))
        };
        let (peer, reverse) = (address("peer", &new.peer)?, address("reverse", &new.reverse)?);
        let secret = self.secret(new).await?;
        let no_ip = |at: usize| wrong(&format!("shared_ips[{at}]"), &Wrong::NotAnIp { typed: new.shared_ips[at].clone() });
        let shared_ips: Vec<IpAddr> = ips(&new.shared_ips).map_err(no_ip)?;
        let settings = PairSettings { shared_ips, ..PairSettings::default() };
        Ok(EstablishRequest { peer, reverse, secret, settings, discards_data: new.discard_backup_data })
    }

    async fn secret(&self, new: &NewPair) -> Result<PairingSecret, Problem> {
        let wrong = |field: &str, fault: String| {
            Problem::new(self.language, StatusCode::UNPROCESSABLE_ENTITY, "pair-secret").field(field, fault)
        };
        match (&new.code, &new.key) {
            (Some(code), None) => match code.parse::<failover::PairingCode>() {
                Ok(code) => Ok(PairingSecret::of_code(&code)),
                Err(fault) => Err(wrong("code", fault.to_string())),
            },
            (None, Some(key)) => {
                let key = Secret::new(key.clone());
                let derived = tokio::task::spawn_blocking(move || PairingSecret::of_pre_shared(&key)).await;
                derived.map_err(|error| wrong("key", error.to_string()))?.map_err(|fault| wrong("key", fault.to_string()))
            }
            _ => Err(Problem::new(self.language, StatusCode::UNPROCESSABLE_ENTITY, "pair-code-or-key")),
        }
    }

    /// Ends the pair.
    pub(crate) async fn end(&self, mode: BreakMode) -> Result<(), Problem> {
        let (pairing, who, peer) = (Arc::clone(self.pairing()), self.who.clone(), self.peer_name());
        let ended = run_to_end(async move { pairing.break_up(mode, &who).await }).await;
        ended.map_err(|fault| self.fault(&fault))?;
        self.audit(AuditedAct::PairEnded { peer }).await;
        Ok(())
    }

    /// Gives both nodes new keys.
    pub(crate) async fn rotate_keys(&self) -> Result<(), Problem> {
        let (pairing, who) = (Arc::clone(self.pairing()), self.who.clone());
        let changed = run_to_end(async move { pairing.change_keys(&who).await }).await;
        changed.map_err(|fault| self.fault(&fault))?;
        self.audit(AuditedAct::PairKeysChanged { peer: self.peer_name() }).await;
        Ok(())
    }

    fn peer_name(&self) -> String {
        self.pairing().relationship().map(|pair| pair.peer.name).unwrap_or_default()
    }

    /// Starts a retired node as a site of its own.
    pub(crate) async fn start_as_new_site(&self) -> Result<(), Problem> {
        self.pairing().start_as_new_site(&self.who).await.map_err(|fault| self.fault(&fault))?;
        self.audit(AuditedAct::SiteStarted).await;
        Ok(())
    }

    /// Makes this node primary or backup. Returns when it is done or refused.
    pub(crate) async fn take_role(&self, wanted: RoleWanted) -> Result<(), Problem> {
        let force = if wanted.force { Force::Yes } else { Force::No };
        let command = match wanted.role.as_str() {
            "primary" => PairCommand::BecomePrimary { force },
            "backup" => PairCommand::BecomeBackup { force },
            _ => {
                let problem = Problem::new(self.language, StatusCode::UNPROCESSABLE_ENTITY, "pair-role");
                return Err(problem.field("role", wanted.role));
            }
        };
        self.audit(AuditedAct::PairRoleAsked { role: wanted.role, force: wanted.force }).await;
        self.carry_out(command).await
    }

    async fn carry_out(&self, command: PairCommand) -> Result<(), Problem> {
        let service = Arc::clone(self.service);
        let done = run_to_end(async move { service.pair().command(command).await }).await;
        done.map_err(|refusal| command_problem(self.language, refusal))
    }

    /// Holds automatic takeovers on this node for a time.
    pub(crate) async fn hold(&self, maintenance: Maintenance) -> Result<(), Problem> {
        let time = duration(&maintenance.time).filter(|time| *time <= HOLD_MAX);
        let time = time.ok_or_else(|| self.wrong("time", &Wrong::NotADuration { typed: maintenance.time.clone() }))?;
        self.carry_out(PairCommand::Maintain(time)).await?;
        self.audit(AuditedAct::PairHeld { time: maintenance.time }).await;
        Ok(())
    }

    /// Ends the hold.
    pub(crate) async fn end_hold(&self) -> Result<(), Problem> {
        self.carry_out(PairCommand::Maintain(Duration::ZERO)).await?;
        self.audit(AuditedAct::PairHeld { time: String::new() }).await;
        Ok(())
    }

    /// The settings of this node for the pair.
    pub(crate) fn node_settings(&self) -> NodeFailoverSettings {
        shown_node(&self.pairing().node_settings())
    }

    pub(crate) async fn save_node_settings(&self, new: &NodeFailoverSettings) -> Result<NodeFailoverSettings, Problem> {
        let settings: NodePairSettings = node_settings(new).map_err(|(field, why)| self.wrong(&field, &why))?;
        let before = self.node_settings();
        let (pairing, who) = (Arc::clone(self.pairing()), self.who.clone());
        let saved = run_to_end(async move { pairing.set_node_settings(settings, &who).await }).await;
        saved.map_err(|fault| self.fault(&fault))?;
        let after = self.node_settings();
        self.audit(AuditedAct::PairSettingsSaved { changes: changes(&before, &after) }).await;
        Ok(after)
    }

    /// The settings that both nodes share.
    pub(crate) fn pair_settings(&self) -> PairFailoverSettings {
        shown_pair(&self.pairing().failover_settings().pair)
    }

    pub(crate) async fn save_pair_settings(&self, new: &PairFailoverSettings) -> Result<PairFailoverSettings, Problem> {
        let settings = pair_settings(new).map_err(|(field, why)| self.wrong(&field, &why))?;
        let before = self.pair_settings();
        let (pairing, who) = (Arc::clone(self.pairing()), self.who.clone());
        let saved = run_to_end(async move { pairing.set_pair_settings(settings, &who).await }).await;
        saved.map_err(|fault| self.fault(&fault))?;
        let after = self.pair_settings();
        self.audit(AuditedAct::PairSettingsSaved { changes: changes(&before, &after) }).await;
        Ok(after)
    }
}
