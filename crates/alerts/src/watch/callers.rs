//! Finds callers that the node refuses: programs that report too many events, and repeated failures of sign-in.

use model::event::{OwnCode, Severity};
use model::time::Timestamp;

use super::{Watch, condition, facts};
use crate::event::Observation;
use crate::signals::RunAge;

impl Watch {
    /// Finds programs whose events were refused: the contacts do not hear of those events.
    pub(super) fn find_refused_events(&self, now: Timestamp, observation: &mut Observation) {
        const CODE: OwnCode = OwnCode::EventsRefused;
        observation.mark_checked(&[CODE]);
        observation.extend(self.events.refused.lately(now).into_iter().map(|refusal| {
            let facts = facts([
                ("program", refusal.program.clone()),
                ("count", refusal.count.to_string()),
                ("why", refusal.cause.name().to_owned()),
            ]);
            condition(CODE, &refusal.program, Severity::Warning, facts)
        }));
    }

    /// Finds names and addresses with repeated failures of sign-in.
    pub(super) fn find_blocked_sign_ins(&self, age: RunAge, now: Timestamp, observation: &mut Observation) {
        const CODE: OwnCode = OwnCode::AccountSigninBlocked;
        let blocked = |(name, address, count): (String, String, u32)| {
            let facts = facts([("account", name.clone()), ("address", address.clone()), ("count", count.to_string())]);
            condition(CODE, &format!("{name} {address}"), Severity::Warning, facts)
        };
        observation.extend(self.admin.accounts.blocked(now).into_iter().map(blocked));
        if age == RunAge::Young {
            observation.mark_unknown(CODE);
        }
    }
}
