//! The status: does mail get out?

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::oauth::GrantStateName;

names!(
    /// The answer to: does mail get out?
    HealthName {
        /// Mail gets out.
        Well = "well",
        /// Mail gets out, and something needs attention.
        Degraded = "degraded",
        /// New settings of the relays are being checked.
        Checking = "checking",
        /// Settings exist, and no relay has accepted a message yet.
        Unproven = "unproven",
        /// Mail does not get out.
        Silent = "silent",
        /// There are no settings yet.
        Unset = "unset",
    }
);

names!(
    /// The state of a relay: open, or the cause of its hold.
    RelayStateName {
        Open = "open",
        /// Its settings have changed, and a probe of the new ones is under way.
        Checking = "checking",
        /// It answers again after it lost a message. The next message shows whether it works.
        Trial = "trial",
        Network = "network",
        /// Its certificate or key is not trusted.
        Tls = "tls",
        /// It offers no encryption, or none that this node supports.
        Encryption = "encryption",
        SignIn = "sign-in",
        /// OAuth2: there is no token, because the provider does not answer now.
        Provider = "provider",
        /// OAuth2: there is no usable token.
        Grant = "grant",
        Configuration = "configuration",
        Sender = "sender",
    }
);

/// The state of mail in brief.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct StatusSummary {
    pub health: HealthName,
    /// Version of the node.
    pub version: String,
    /// Revision of the settings; 0 if there are none.
    pub revision: i64,
    /// Number of messages that wait for a relay.
    pub waiting: u64,
    /// Number of messages that an operator holds.
    pub held: u64,
    /// Number of messages whose sender no relay takes now.
    pub sender_held: u64,
    /// True if the figures are lower bounds: counting ends at 100,000 for each application. Absent if they are exact.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub at_least: bool,
    /// Time when the oldest waiting message was accepted (RFC 3339, UTC).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    pub oldest_waiting: Option<String>,
    /// Time when a relay last accepted a message (RFC 3339, UTC).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    pub last_accepted: Option<String>,
    /// The route, in its order.
    pub relays: Vec<RelaySummary>,
    /// The grants of relays that sign in with OAuth2.
    pub grants: Vec<GrantSummary>,
    /// Alarms that need an operator at once, one sentence each.
    pub alarms: Vec<String>,
    /// Remarks for an operator, one sentence each.
    pub remarks: Vec<String>,
    /// Time when a relay last accepted a message or a sign-in (RFC 3339, UTC).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    pub last_proven: Option<String>,
    /// Number of notices that wait until mail can go.
    pub untold: u64,
    /// Number of open incidents.
    pub incidents: u64,
    /// Number of events from applications that were refused since the start.
    pub events_refused: u64,
    pub contacts: Vec<ContactSummary>,
    /// True if only email would report that mail is broken: there is no working webhook, heartbeat or second relay.
    pub only_mail: bool,
}

/// A relay of the route.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct RelaySummary {
    pub name: String,
    pub host: String,
    pub port: u16,
    pub state: RelayStateName,
    /// Start of its hold (RFC 3339, UTC).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    pub since: Option<String>,
    /// Time of the next probe (RFC 3339, UTC).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    pub next_probe: Option<String>,
    /// The fault behind its hold.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fault: Option<String>,
    /// True for the first relay that takes mail of the site's sender, once it has accepted a message.
    #[serde(default)]
    pub in_use: bool,
    /// Senders that this relay does not take now.
    pub held_senders: Vec<String>,
}

/// The grant of a relay.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct GrantSummary {
    /// Name of the relay.
    pub relay: String,
    pub state: GrantStateName,
}

/// A contact.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ContactSummary {
    pub address: String,
    /// Time when a reader last confirmed that mail arrives (RFC 3339, UTC).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    pub confirmed: Option<String>,
    /// True while a relay refuses the address: no notice reaches it.
    #[serde(default)]
    pub refused: bool,
}
