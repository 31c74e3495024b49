//! The claims of an access token, and the provider prerequisites that they show to be unmet. For diagnosis only: no decision depends on them.
//! Providers promise nothing about the content of a token (facts: Microsoft, *access tokens*).

use smtp::Address;

use super::grant::same_account;
use crate::settings::{Cloud, Method, OAuth2Settings, Provider};
use crate::time::{SKEW_MAX, Timestamp};

/// The claims that matter for mail.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Claims {
    pub audience: Vec<String>,
    /// Delegated permissions (`scp`, `scope`).
    pub scopes: Vec<String>,
    /// Application permissions.
    pub roles: Vec<String>,
    pub account: Option<String>,
    pub tenant: Option<String>,
    /// Object ID of the token's subject. In an application's token: of the enterprise application.
    pub object: Option<String>,
    pub issued: Option<Timestamp>,
    pub expires: Option<Timestamp>,
}

/// A condition for sending with a token. The order is that in which the relay checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Prerequisite {
    /// The token is for another service.
    Audience,
    /// The token lacks the permission to send as a user.
    Scope,
    /// The token lacks the application's permission.
    Role,
    Account,
    Tenant,
    /// The token's times do not fit our clock.
    Times,
    TenantSwitch,
    MailboxSwitch,
    Policy,
    SecurityDefaults,
    MailboxRights,
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
    pub fn in_token(claims: &Claims, settings: &OAuth2Settings, now: Timestamp) -> Vec<Self> {
        let application = matches!(settings.method, Method::Application(_));
        let entra = settings.provider == Provider::Entra;
        let mut unmet = Vec::new();
        if entra && !claims.audience.iter().any(|audience| is_exchange(audience, settings.cloud)) {
            unmet.push(Self::Audience);
        }
        if application && entra && !holds(&claims.roles, "SMTP.SendAsApp") {
            unmet.push(Self::Role);
        }
        let lacks = |scope: &str| !claims.scopes.iter().any(|has| ends_alike(has, scope));
        if !application && !claims.scopes.is_empty() && settings.mail_scopes().any(lacks) {
            unmet.push(Self::Scope);
        }
        if !application && claims.account.as_ref().is_some_and(|account| !same_account(account, &settings.email)) {
            unmet.push(Self::Account);
        }
        if entra
            && claims
                .tenant
                .as_ref()
                .zip(settings.tenant.as_ref())
                .is_some_and(|(is, set)| is_guid(set) && !is.eq_ignore_ascii_case(set))
        {
            unmet.push(Self::Tenant);
        }
        let early = claims.issued.is_some_and(|issued| issued > now + SKEW_MAX);
        if early || claims.expires.is_some_and(|expires| expires <= now) {
            unmet.push(Self::Times);
        }
        unmet
    }

    /// The prerequisite that a known reply of the relay names, by the number of its row in the catalogue.
    pub fn of_reply(row: &str) -> Option<Self> {
        Some(match row {
            "ms-smtp-auth-tenant" => Self::TenantSwitch,
            "ms-smtp-auth-mailbox" => Self::MailboxSwitch,
            "ms-criteria" => Self::Policy,
            "ms-security-defaults" => Self::SecurityDefaults,
            "ms-signin-refused" => Self::MailboxRights,
            "ms-send-as" | "ms-send-as-denied" => Self::SendAs,
            _ => return None,
        })
    }

    /// PowerShell commands that show or meet the prerequisite (Exchange Online module). Empty if there is no command.
    pub fn commands(self, settings: &OAuth2Settings, from: &Address, claims: Option<&Claims>) -> Vec<String> {
        if settings.provider != Provider::Entra {
            return Vec::new();
        }
        let mailbox = powershell_literal(&settings.email.to_string());
        let switch = format!("Set-CASMailbox -Identity {mailbox} -SmtpClientAuthenticationDisabled $false");
        match self {
            Self::TenantSwitch => vec!["Get-TransportConfig | Format-List SmtpClientAuthenticationDisabled".into(), switch],
            Self::MailboxSwitch => vec![switch],
            Self::Policy => vec![format!("Get-User -Identity {mailbox} | Format-List AuthenticationPolicy")],
            Self::MailboxRights if matches!(settings.method, Method::Application(_)) => application_commands(settings, claims),
            Self::MailboxRights => {
                vec![format!("Get-CASMailbox -Identity {mailbox} | Format-List SmtpClientAuthenticationDisabled")]
            }
            Self::SendAs => {
                let trustee = match settings.method {
                    Method::Application(_) => object_of(claims),
                    Method::User { .. } => mailbox,
                };
                let from = powershell_literal(&from.to_string());
                vec![format!("Add-RecipientPermission -Identity {from} -Trustee {trustee} -AccessRights SendAs -Confirm:$false")]
            }
            Self::Audience | Self::Scope | Self::Role | Self::Account | Self::Tenant | Self::Times | Self::SecurityDefaults => {
                Vec::new()
            }
        }
    }
}

/// Commands that let an application send from one mailbox (Microsoft: *Authenticate an SMTP connection using OAuth*). The
/// object is that of the enterprise application, not of the app registration. A token of the application names it.
pub fn application_commands(settings: &OAuth2Settings, claims: Option<&Claims>) -> Vec<String> {
    let (object, client) = (object_of(claims), powershell_literal(&settings.client_id));
    let organization = powershell_literal(settings.tenant.as_deref().unwrap_or("…"));
    let mailbox = powershell_literal(&settings.email.to_string());
    vec![
        format!("Connect-ExchangeOnline -Organization {organization}"),
        format!("New-ServicePrincipal -AppId {client} -ObjectId {object}"),
        format!("Add-MailboxPermission -Identity {mailbox} -User {object} -AccessRights FullAccess"),
        format!("Set-CASMailbox -Identity {mailbox} -SmtpClientAuthenticationDisabled $false"),
    ]
}

fn object_of(claims: Option<&Claims>) -> String {
    claims
        .and_then(|claims| claims.object.as_deref())
        .map_or_else(|| "<ENTERPRISE-APPLICATION-OBJECT-ID>".into(), powershell_literal)
}

/// A PowerShell string literal: PowerShell executes nothing in it (about_Quoting_Rules).
pub fn powershell_literal(text: &str) -> String {
    // PowerShell treats typographic quotes as straight ones.
    let plain: String = text.chars().filter(|c| !c.is_control()).collect();
    format!("'{}'", plain.replace(['\'', '\u{2018}', '\u{2019}', '\u{201a}', '\u{201b}'], "''"))
}

fn holds(list: &[String], wanted: &str) -> bool {
    list.iter().any(|item| item.eq_ignore_ascii_case(wanted))
}

/// Compares the last segment: `SMTP.Send` in a token is `https://outlook.office.com/SMTP.Send` in a request.
fn ends_alike(has: &str, asked: &str) -> bool {
    let last = |scope: &str| scope.trim_end_matches('/').rsplit('/').next().unwrap_or(scope).to_ascii_lowercase();
    has.eq_ignore_ascii_case(asked) || last(has) == last(asked)
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
