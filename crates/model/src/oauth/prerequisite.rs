//! Prerequisites at the provider for sending with a token, and which of them a token or a reply of the relay shows to be
//! unmet. For diagnosis only: no decision depends on them.

use super::claims::Claims;
use super::grant::same_account;
use crate::settings::{Cloud, Method, OAuth2Settings, Provider};
use crate::time::{SKEW_MAX, Timestamp};

/// A condition at the provider for sending with a token. The order is that in which the relay checks them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Prerequisite {
    /// The token is issued for the relay's service, not for another one.
    Audience,
    /// A user's token holds the permission to send mail.
    Scope,
    /// An application's token holds the role to send mail.
    Role,
    /// The token is issued for the account of the settings.
    Account,
    /// The token is issued by the tenant of the settings.
    Tenant,
    /// The token is valid now, by our clock.
    Times,
    /// The tenant allows authenticated SMTP.
    TenantSwitch,
    /// The mailbox allows authenticated SMTP.
    MailboxSwitch,
    /// No authentication policy or Conditional Access rule blocks the sign-in.
    Policy,
    /// The security defaults of the tenant allow this sign-in.
    SecurityDefaults,
    /// The token's owner has rights to the mailbox.
    MailboxRights,
    /// The token's owner may send as the From address.
    SendAs,
}

impl Prerequisite {
    pub const ALL: [Self; 12] = [
        Self::Audience,
        Self::Scope,
        Self::Role,
        Self::Account,
        Self::Tenant,
        Self::Times,
        Self::TenantSwitch,
        Self::MailboxSwitch,
        Self::Policy,
        Self::SecurityDefaults,
        Self::MailboxRights,
        Self::SendAs,
    ];

    /// The prerequisite's part of Fluent keys.
    pub fn name(self) -> &'static str {
        match self {
            Self::Audience => "audience",
            Self::Scope => "scope",
            Self::Role => "role",
            Self::Account => "account",
            Self::Tenant => "tenant",
            Self::Times => "times",
            Self::TenantSwitch => "tenant-switch",
            Self::MailboxSwitch => "mailbox-switch",
            Self::Policy => "policy",
            Self::SecurityDefaults => "security-defaults",
            Self::MailboxRights => "mailbox-rights",
            Self::SendAs => "send-as",
        }
    }

    /// Prerequisites that the token itself shows to be unmet.
    pub fn unmet_in_token(claims: &Claims, settings: &OAuth2Settings, now: Timestamp) -> Vec<Self> {
        let application = matches!(settings.method, Method::Application(_));
        let entra = settings.provider == Provider::Entra;
        let mut unmet = Vec::new();
        if entra && !claims.audience.iter().any(|audience| is_exchange(audience, settings.cloud)) {
            unmet.push(Self::Audience);
        }
        if application && entra && !contains_ignoring_case(&claims.roles, "SMTP.SendAsApp") {
            unmet.push(Self::Role);
        }
        let lacks = |scope: &str| !claims.scopes.iter().any(|granted| is_same_scope(granted, scope));
        if !application && !claims.scopes.is_empty() && settings.mail_scopes().any(lacks) {
            unmet.push(Self::Scope);
        }
        if !application && claims.account.as_ref().is_some_and(|account| !same_account(account, &settings.email)) {
            unmet.push(Self::Account);
        }
        // A tenant that the settings give as a domain cannot be compared: the claim is always an ID.
        let tenants = claims.tenant.as_ref().zip(settings.tenant.as_ref());
        if entra && tenants.is_some_and(|(claimed, set)| is_guid(set) && !claimed.eq_ignore_ascii_case(set)) {
            unmet.push(Self::Tenant);
        }
        let early = claims.issued.is_some_and(|issued| issued > now + SKEW_MAX);
        if early || claims.expires.is_some_and(|expires| expires <= now) {
            unmet.push(Self::Times);
        }
        unmet
    }

    /// The prerequisite that a reply of the relay shows to be unmet. `known_reply` is the id of its row in the reply
    /// catalogue.
    pub fn unmet_in_reply(known_reply: &str) -> Option<Self> {
        Some(match known_reply {
            "ms-smtp-auth-tenant" => Self::TenantSwitch,
            "ms-smtp-auth-mailbox" => Self::MailboxSwitch,
            "ms-criteria" => Self::Policy,
            "ms-security-defaults" => Self::SecurityDefaults,
            "ms-signin-refused" => Self::MailboxRights,
            "ms-send-as" | "ms-send-as-denied" => Self::SendAs,
            _ => return None,
        })
    }
}

fn contains_ignoring_case(list: &[String], wanted: &str) -> bool {
    list.iter().any(|item| item.eq_ignore_ascii_case(wanted))
}

/// True if two names of a scope end in the same segment: `SMTP.Send` in a token is
/// `https://outlook.office.com/SMTP.Send` in a request.
fn is_same_scope(granted: &str, asked: &str) -> bool {
    let last = |scope: &str| scope.trim_end_matches('/').rsplit('/').next().unwrap_or(scope).to_ascii_lowercase();
    granted.eq_ignore_ascii_case(asked) || last(granted) == last(asked)
}

/// True for Exchange Online: one of its addresses or its well-known application ID.
fn is_exchange(audience: &str, cloud: Cloud) -> bool {
    let host = audience.trim_end_matches('/').rsplit('/').next().unwrap_or(audience).to_ascii_lowercase();
    host == cloud.scope_host()
        || matches!(host.as_str(), "outlook.office.com" | "outlook.office365.com" | "00000002-0000-0ff1-ce00-000000000000")
}

fn is_guid(text: &str) -> bool {
    text.len() == 36 && text.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-')
}
