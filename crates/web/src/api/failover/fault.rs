//! Faults of the pair as problems.

use admin::words::say;
use axum::http::StatusCode;
use failover::PairFault;
use model::failover::{CheckedPair, CommandRefusal, FailoverFault, PairCheckResult};
use model::{Language, Phrase};

use crate::problem::Problem;

/// The checks that forbid a pair, each with what was found and what to do.
pub(super) fn checks_problem(language: Language, checks: &[CheckedPair]) -> Problem {
    let bad = checks.iter().filter(|checked| checked.result == PairCheckResult::Bad);
    let problem = Problem::new(language, StatusCode::UNPROCESSABLE_ENTITY, "pair-checks");
    bad.fold(problem, |problem, checked| problem.field(checked.check.name(), say(language, &checked.phrase)))
}

fn rules_problem(language: Language, faults: &[FailoverFault]) -> Problem {
    let problem = Problem::new(language, StatusCode::UNPROCESSABLE_ENTITY, "failover-settings");
    faults.iter().fold(problem, |problem, fault| {
        let field = fault.index.map_or_else(|| fault.field.to_owned(), |at| format!("{}[{at}]", fault.field));
        problem.field(&field, say(language, &Phrase::new(format!("failover-rule-{}", fault.rule.name()))))
    })
}

pub(super) fn pair_problem(language: Language, fault: &PairFault) -> Problem {
    let conflict = |kind: &str| Problem::new(language, StatusCode::CONFLICT, kind);
    match fault {
        PairFault::Forbidden(fault) => Problem::forbidden(language, *fault),
        PairFault::Paired => conflict("pair-exists"),
        PairFault::NotPaired => conflict("not-paired"),
        PairFault::Serves => conflict("pair-serves"),
        PairFault::NotPrimary => conflict("pair-not-primary"),
        PairFault::Busy => conflict("pair-busy"),
        PairFault::Impostor => conflict("pair-impostor"),
        PairFault::Port(_) => conflict("pair-port").detail(fault),
        PairFault::Refused(why) => conflict("peer-refuses").detail(why),
        PairFault::Unreachable(_) | PairFault::NotResolved(_) | PairFault::NotThePeer(_) | PairFault::Broken(_) => {
            Problem::new(language, StatusCode::BAD_GATEWAY, "peer-unreachable").detail(fault)
        }
        PairFault::Checks(checks) => checks_problem(language, checks),
        PairFault::Settings(faults) => rules_problem(language, faults),
        PairFault::Secret(why) => Problem::new(language, StatusCode::UNPROCESSABLE_ENTITY, "pair-secret").detail(why),
        PairFault::Email(fault) => Problem::save(language, fault),
        PairFault::Store(fault) => Problem::store(language, fault),
        PairFault::Read(fault) => Problem::read(language, fault),
        PairFault::Identity(_) | PairFault::Record(_) | PairFault::Interrupted(_) => {
            Problem::new(language, StatusCode::INTERNAL_SERVER_ERROR, "storage").detail(fault)
        }
    }
}

/// The kind of a refused command, part of its key and of its URN.
fn refused_kind(refusal: CommandRefusal) -> &'static str {
    match refusal {
        CommandRefusal::NotPaired => "not-paired",
        CommandRefusal::SameRole => "role-same",
        CommandRefusal::Busy => "role-busy",
        CommandRefusal::PeerUnreachable => "role-peer-unreachable",
        CommandRefusal::PeerBehind => "role-peer-behind",
        CommandRefusal::NotBackup => "role-not-backup",
        CommandRefusal::NotTaken => "role-not-taken",
        CommandRefusal::SelfTest => "role-self-test",
        CommandRefusal::NeverSynced => "role-never-synced",
        CommandRefusal::Isolated => "role-isolated",
        CommandRefusal::CutOff => "role-cut-off",
        CommandRefusal::AddressTaken => "role-address-taken",
        CommandRefusal::AddressUnknown => "role-address-unknown",
        CommandRefusal::Disk => "role-disk",
        CommandRefusal::NotDrained => "role-not-drained",
        CommandRefusal::Failed => "role-failed",
    }
}

pub(super) fn command_problem(language: Language, refusal: CommandRefusal) -> Problem {
    Problem::new(language, StatusCode::CONFLICT, refused_kind(refusal))
}
