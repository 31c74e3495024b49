//! Exchange Online PowerShell commands for an administrator to paste. They show or meet the prerequisites at Entra.

use smtp::Address;

use super::claims::Claims;
use super::prerequisite::Prerequisite;
use crate::settings::{Method, OAuth2Settings, Provider};

impl Prerequisite {
    /// PowerShell commands that show or meet the prerequisite (Exchange Online module). Empty if there is no command.
    pub fn commands(self, settings: &OAuth2Settings, from: &Address, claims: Option<&Claims>) -> Vec<String> {
        if settings.provider != Provider::Entra {
            return Vec::new();
        }
        let mailbox = powershell_literal(&settings.email.to_string());
        let enable_mailbox = format!("Set-CASMailbox -Identity {mailbox} -SmtpClientAuthenticationDisabled $false");
        match self {
            Self::TenantSwitch => {
                vec!["Get-TransportConfig | Format-List SmtpClientAuthenticationDisabled".into(), enable_mailbox]
            }
            Self::MailboxSwitch => vec![enable_mailbox],
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
