//! The interface of the node around the runtime.

use model::event::{Facts, OwnCode};
use model::failover::{Ballot, HostnameFault, RoleKind, SelfFault, StageFault, Transition};
use store::GrantView;

/// The node as the runtime uses it.
///
/// The runtime decides for a node of a pair. A node without a pair serves or not by its [`Standing`](crate::Standing), whatever was asked
/// for last.
pub trait PairHost: Send + Sync + 'static {
    /// Starts the services under this ballot. They check the token before every effect.
    fn start(&self, ballot: Ballot) -> impl Future<Output = Result<(), StageFault>> + Send;

    /// Stops the services. The token is withdrawn already. It may come while they start: what has begun then must stop too.
    fn stop(&self);

    /// Takes no new work. Resolves when none is under way.
    fn drain(&self) -> impl Future<Output = ()> + Send;

    /// Takes work again.
    fn undrain(&self);

    fn self_test(&self) -> impl Future<Output = Result<(), SelfFault>> + Send;

    /// Looks whether the host name of the site leads to the primary, at each of its addresses. The primary answers to this token. A site
    /// without a host name has no fault.
    fn check_site_name(&self, token: &str) -> impl Future<Output = Result<(), HostnameFault>> + Send;

    /// An event without an end.
    fn tell(&self, code: OwnCode, facts: Facts);

    /// The role has changed.
    fn moved(&self, transition: Transition, role: RoleKind);

    /// The e-mail settings of the primary are in force on this node, with these grants.
    fn email_adopted(&self, grants: Vec<GrantView>);

    /// Ends the process at once, without cleaning up.
    fn die(&self);
}
