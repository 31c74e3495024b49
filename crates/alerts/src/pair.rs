//! Reports of the failover pair: its conditions become incidents, its events are told once.

use model::event::{Facts, OwnCode};
use model::failover::{CONDITIONS, UnwatchedConditions};
use store::CommitFault;

use crate::alerts::Alerts;
use crate::event::{Ask, Observation};
use crate::watch::condition;

/// A condition of the pair that holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundCondition {
    pub code: OwnCode,
    pub object: String,
    pub facts: Facts,
}

impl Alerts {
    /// Records the conditions of a status check. Those that were found before and are not among these have ended, unless they are
    /// unwatched. Fails if nothing was written: report the next check as usual.
    pub async fn observe_pair(&self, found: Vec<FoundCondition>, unwatched: UnwatchedConditions) -> Result<(), CommitFault> {
        let mut observation = Observation::default();
        observation.mark_checked(&CONDITIONS);
        unwatched.of_other_role.into_iter().for_each(|code| observation.mark_retired(code));
        unwatched.undecided.into_iter().for_each(|code| observation.mark_unknown(code));
        unwatched.counting.iter().for_each(|(code, object)| observation.mark_unknown_of(*code, object));
        observation.extend(
            found.into_iter().map(|found| condition(found.code, &found.object, found.code.entry().severity, found.facts)),
        );
        self.events.ask(Ask::Observe(observation)).await.map(drop)
    }

    /// Records an event of the pair that has no end. False: it was not written. Report it again.
    pub async fn report_pair(&self, code: OwnCode, mut facts: Facts) -> bool {
        facts.retain(|name, _| code.entry().facts.iter().any(|fact| fact.name == name));
        self.events.report(code, "", code.entry().severity, facts).await
    }
}
