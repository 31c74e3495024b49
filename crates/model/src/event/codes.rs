//! The catalogue of events. Words: `event-…` in `admin/words/*/events.ftl`. A test checks that each row has them.
//!
//! `FO-…` and `FX-…` are the codes of the failover pair. The catalogue lists them; the failover pair raises them.

use super::{EventEntry, EventKind, Fact, FactForm, Object, Same, Severity};

const fn fact(name: &'static str, form: FactForm, sample: &'static str) -> Fact {
    Fact { name, form, sample }
}

macro_rules! catalogue {
    ($($name:ident $text:literal $kind:ident $severity:ident $object:ident
        [$($fact:literal $form:ident $sample:literal),*] $(while [$($by:ident $same:ident),*])?;)*) => {
        /// A code of the product's own events. The order is that of the catalogue.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum OwnCode {
            $(#[doc = concat!("`", $text, "`.")] $name,)*
        }

        impl OwnCode {
            pub const ALL: &[Self] = &[$(Self::$name),*];
        }

        /// The rows of the product's own events, in the order of [`OwnCode`].
        pub const CATALOGUE: &[EventEntry] = &[$(EventEntry {
            own: Some(OwnCode::$name),
            text: $text,
            kind: EventKind::$kind,
            severity: Severity::$severity,
            object: Object::$object,
            facts: &[$(fact($fact, FactForm::$form, $sample)),*],
            inhibited_by: &[$($((OwnCode::$by, Same::$same)),*)?],
        }),*];
    };
}

/// Prefix of all codes that programs raise.
pub const APP: &str = "app.";

/// The row of all events of programs.
pub const APP_ENTRY: EventEntry = EventEntry {
    own: None,
    text: APP,
    kind: EventKind::Lasting,
    severity: Severity::Warning,
    object: Object::Other,
    facts: &[],
    inhibited_by: &[],
};

catalogue! {
    MailTest "mail.test" Once Info Other ["relay" Text "mail.example.com"];
    MailDaily "mail.daily" Once Info Other [];
    MailSilent "mail.silent" Lasting Critical Mail [
        "waiting" Number "3", "oldest" Time "1767261600000", "last" TimeOrNone "1767258000000",
        "error" TextOrNone "connection refused"
    ];
    OauthGrantExpiring "oauth.grant.expiring" Lasting Warning Relay [
        "relay" Text "mail.example.com", "account" Text "alerts@example.com", "days" Number "14", "ends" Time "1768471200000"
    ];
    OauthGrantLost "oauth.grant.lost" Lasting Critical Relay [
        "relay" Text "mail.example.com", "account" Text "alerts@example.com", "error" TextOrNone "invalid_grant",
        "since" Time "1767261600000"
    ];
    OauthClientRefused "oauth.client.refused" Lasting Critical Relay ["relay" Text "mail.example.com", "error" TextOrNone "invalid_client"];
    OauthSettingsRefused "oauth.settings.refused" Lasting Critical Relay ["relay" Text "mail.example.com", "error" TextOrNone "invalid_scope"];
    OauthTokenMissing "oauth.token.missing" Lasting Critical Relay ["relay" Text "mail.example.com", "error" TextOrNone "503 Service Unavailable"];
    OauthTokenUnwritten "oauth.token.unwritten" Lasting Critical Relay ["relay" Text "mail.example.com"];
    OauthSecretExpiring "oauth.secret.expiring" Lasting Warning Relay [
        "relay" Text "mail.example.com", "days" Number "14", "ends" Time "1768471200000"
    ];
    OauthCertificateExpiring "oauth.certificate.expiring" Lasting Warning Relay [
        "relay" Text "mail.example.com", "days" Number "14", "ends" Time "1768471200000"
    ];
    OauthAccountMismatch "oauth.account.mismatch" Lasting Error Relay [
        "relay" Text "mail.example.com", "account" Text "somebody@example.com", "email" Text "alerts@example.com"
    ];
    RelayNone "relay.none" Lasting Critical Mail [
        "relay" Text "mail.example.com", "host" Text "mail.example.com:587", "error" Text "connection refused",
        "since" Time "1767261600000", "advice" Choice "none"
    ];
    RelayUnreachable "relay.unreachable" Lasting Error Relay [
        "relay" Text "mail.example.com", "host" Text "mail.example.com:587", "error" Text "connection refused",
        "since" Time "1767261600000", "advice" Choice "none"
    ] while [RelayNone Any];
    RelaySigninRefused "relay.signin.refused" Lasting Error Relay [
        "relay" Text "mail.example.com", "host" Text "mail.example.com:587", "error" Text "535 5.7.8 authentication failed",
        "since" Time "1767261600000", "advice" Choice "none"
    ];
    RelaySenderRefused "relay.sender.refused" Lasting Error Relay [
        "relay" Text "mail.example.com", "host" Text "mail.example.com:587", "sender" Text "alerts@example.com",
        "error" Text "550 5.7.60 not allowed to send as this sender", "since" Time "1767261600000", "advice" Choice "none"
    ];
    RelayTrustFailed "relay.trust.failed" Lasting Error Relay [
        "relay" Text "mail.example.com", "host" Text "mail.example.com:587", "error" Text "the certificate has expired",
        "since" Time "1767261600000", "advice" Choice "none"
    ];
    RelayRefused "relay.refused" Lasting Error Relay [
        "relay" Text "mail.example.com", "host" Text "mail.example.com:587",
        "error" Text "530 5.7.0 Must issue a STARTTLS command first", "since" Time "1767261600000", "advice" Choice "none"
    ];
    RelayCertificateExpiring "relay.certificate.expiring" Lasting Warning Relay [
        "relay" Text "mail.example.com", "host" Text "mail.example.com:587", "days" Number "14", "ends" Time "1768471200000"
    ];
    RelayClientCertificateExpiring "relay.client-certificate.expiring" Lasting Warning Relay [
        "relay" Text "mail.example.com", "days" Number "14", "ends" Time "1768471200000"
    ];
    RelayFallbackActive "relay.fallback.active" Lasting Warning Relay [
        "relay" Text "mail.example.com", "used" Text "backup.example.net", "error" TextOrNone "connection refused",
        "since" Time "1767261600000"
    ];
    QueueBacklog "queue.backlog" Lasting Warning Mail ["waiting" Number "120", "oldest" Time "1767261600000"];
    QueueStuck "queue.stuck" Lasting Critical Mail ["message" TextOrNone "kx1042p", "since" Time "1767261600000"];
    QueueUnreadable "queue.unreadable" Lasting Error Mail ["count" Number "2", "message" Text "kx1042p", "error" Text "body.data is damaged"];
    QueueRefused "queue.refused" Lasting Warning Other ["count" Number "2", "message" Text "kx1042p", "error" Text "550 5.1.1 no such user"];
    QueueQuotaNear "queue.quota.near" Lasting Error Mail ["free" Size "150000000"];
    EventsRefused "events.refused" Lasting Warning Other ["program" Text "backup", "count" Number "120", "why" Choice "rate"];
    NoticeRefused "notice.refused" Lasting Error Mail ["message" Text "kx1042p", "error" Text "552 5.3.4 message too big"];
    ContactRefused "contact.refused" Lasting Error Other [
        "contact" Text "former@example.com", "relay" Text "mail.example.com", "error" Text "550 5.1.1 no such user"
    ];
    ContactUnconfirmed "contact.unconfirmed" Lasting Info Other ["contact" Text "admin@example.com", "unanswered" Number "7"];
    NodeCertificateExpiring "node.certificate.expiring" Lasting Warning Other [
        "names" Text "postwacht.example.com", "days" Number "14", "ends" Time "1768471200000"
    ];
    NodeDiskLow "node.disk.low" Lasting Error Mail [
        "free" Size "350000000", "total" Size "20000000000", "directory" Text "/var/lib/postwacht"
    ];
    NodeKeyLost "node.key.lost" Lasting Error Other ["file" Text "/var/lib/postwacht/key", "why" Choice "missing"];
    NodeResourceShort "node.resource.short" Lasting Critical Mail ["resource" Choice "descriptors", "since" Time "1767261600000"];
    StoreCheckpointFailed "store.checkpoint.failed" Lasting Error Mail ["size" Size "300000000", "error" Text "disk I/O error"];
    StoreFailed "store.failed" Once Critical Mail [
        "error" Text "/var/lib/postwacht/postwacht.db was removed or renamed while the node was using it"
    ];
    StoreUnexpected "store.unexpected" Once Error Mail [
        "error" Text "there is no database /var/lib/postwacht/postwacht.db, but its key is there", "held" Number "3"
    ];
    NodeClockSkew "node.clock.skew" Lasting Error Mail ["minutes" Number "12", "direction" Choice "behind", "source" Text "mail.example.com"];
    NodeStartedAfterCrash "node.started.after.crash" Once Warning Other ["seen" Time "1767261600000", "started" Time "1767261660000"];
    AccountSigninBlocked "account.signin.blocked" Lasting Warning Other ["account" Text "admin", "address" Text "192.0.2.7", "count" Number "12"];
    SettingsChanged "settings.changed" Once Warning Other [
        "who" Text "admin", "changes" Changes "email.relay.host: mail.example.com → relay.example.net"
    ];
    AccessChanged "access.changed" Once Warning Other ["who" Text "admin", "act" Choice "token-created", "detail" Text "ci: send"];
    ContactRemoved "contact.removed" Once Warning Other ["contact" Text "ann@example.com", "left" Text "bob@example.com"];
    AlarmWebhookFailed "alarm.webhook.failed" Lasting Error Other [
        "host" Text "mail.example.com:587", "error" Text "HTTP 404", "since" Time "1767261600000"
    ];
    VersionsDiffer "FO-01" Lasting Warning Other [
        "operation" Choice "takeover", "node" Text "node-b", "peer" Text "node-a", "version" Text "1.3.0", "v_peer" Text "1.2.0"
    ];
    SharedIpInterfaceOff "FO-02" Lasting Critical Other ["node" Text "node-b", "ip" Text "192.0.2.10", "interface" Text "eth0", "why" Choice "off"];
    SharedIpMissing "FO-03" Lasting Error Other [
        "node" Text "node-b", "ip" Text "192.0.2.10", "interface" Text "eth0", "why" Choice "unlisted", "count" Number "3"
    ] while [SharedIpInterfaceOff Object];
    BackupDisconnected "FO-04" Lasting Critical Other [
        "node" Text "node-b", "peer" Text "node-a", "since" Time "1767261600000", "errors" Text "no answer at 192.0.2.2:8874",
        "ips" Text "192.0.2.1, 192.0.2.2"
    ];
    TestIpsUnreachable "FO-05" Lasting Warning Other [
        "node" Text "node-b", "since" Time "1767261600000", "ips" Text "192.0.2.1, 192.0.2.2"
    ] while [BackupDisconnected Any];
    BackupDisabled "FO-06" Lasting Warning Other ["node" Text "node-b", "since" Time "1767261600000"];
    BackupSelfTestFailed "FO-07" Lasting Critical Other [
        "node" Text "node-b", "check" Choice "storage", "error" Text "database is locked"
    ];
    HostnameWrong "FO-08" Lasting Error Other [
        "hostname" Text "support.example.com", "addr" Text "192.0.2.11", "reason" Choice "unresolved",
        "target" Text "192.0.2.99"
    ] while [BackupDisconnected Any, PrimaryDown Any, PrimaryDownTakeoverDue Any];
    PrimaryDown "FO-09" Lasting Critical Other [
        "node" Text "node-b", "peer" Text "node-a", "since" Time "1767261600000", "errors" Text "no answer at 192.0.2.2:8874"
    ] while [BackupDisconnected Any];
    PrimaryDownTakeoverDue "FO-10" Lasting Critical Other [
        "node" Text "node-b", "peer" Text "node-a", "since" Time "1767261600000", "errors" Text "no answer at 192.0.2.2:8874",
        "eta" TimeOrNone "1767262200000", "guard" Choice "none"
    ] while [BackupDisconnected Any];
    TakeoverBegun "FO-11" Once Critical Other [
        "node" Text "node-b", "peer" Text "node-a", "duration" Number "130", "timeout" Number "120", "ips" Text "192.0.2.1, 192.0.2.2"
    ];
    SyncFailed "FO-12" Lasting Warning Other [
        "primary" Text "node-a", "backup" Text "node-b", "count" Number "2", "total" Number "24", "time" Time "1767261600000",
        "error" Text "connection lost", "last_ok" TimeOrNone "1767258000000", "list" Text "10:00 – connection lost"
    ];
    RoleChanged "FX-01" Once Info Other ["node" Text "node-b"];
    TakeoverFailed "FX-02" Once Critical Other ["node" Text "node-b", "reason" Text "the disk cannot be written"];
    RolesConflict "FX-03" Lasting Critical Other ["node" Text "node-b", "peer" Text "node-a", "reason" Choice "both-primary"];
    BecameBackup "FX-04" Once Warning Other ["node" Text "node-b", "peer" Text "node-a"];
    AddressInUse "FX-05" Lasting Critical Other ["ip" Text "192.0.2.10", "mac" Text "02:00:5e:10:00:01"];
    ThirdVoteMissing "FX-06" Lasting Warning Other ["arbiter" Text "postgres.example.com", "error" Text "connection refused"];
    BackupUnreachable "FX-07" Lasting Warning Other ["peer" Text "node-a", "since" Time "1767261600000"] while [BackupDisconnected Any];
    SteppedDown "FX-08" Once Critical Other ["node" Text "node-b", "peer" Text "node-a", "reason" Choice "isolated"];
}

impl OwnCode {
    pub fn entry(self) -> &'static EventEntry {
        &CATALOGUE[self as usize]
    }

    /// The code as text, such as `relay.unreachable`.
    pub fn text(self) -> &'static str {
        self.entry().text
    }

    /// The code with this text, or `None` if the catalogue has none.
    pub fn of_text(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.text() == text)
    }

    /// The codes about OAuth2 sign-in: its permission, its tokens, its secret and certificate, its account.
    pub const OF_OAUTH: [Self; 9] = [
        Self::OauthGrantExpiring,
        Self::OauthGrantLost,
        Self::OauthClientRefused,
        Self::OauthSettingsRefused,
        Self::OauthTokenMissing,
        Self::OauthTokenUnwritten,
        Self::OauthSecretExpiring,
        Self::OauthCertificateExpiring,
        Self::OauthAccountMismatch,
    ];

    /// True if an open incident of this code inhibits other incidents.
    pub fn inhibits(self) -> bool {
        CATALOGUE.iter().any(|entry| entry.inhibited_by.iter().any(|(by, _)| *by == self))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn catalogue_rows_are_unique_with_valid_samples() {
        let texts: BTreeSet<_> = CATALOGUE.iter().map(|entry| entry.text).collect();
        assert_eq!(texts.len(), CATALOGUE.len());
        for entry in CATALOGUE {
            for fact in entry.facts {
                let number = fact.sample.parse::<i64>().is_ok();
                let whole =
                    matches!(fact.form, FactForm::Text | FactForm::TextOrNone | FactForm::Choice | FactForm::Changes) || number;
                assert!(whole, "{} {}", entry.text, fact.name);
            }
            for (by, _) in entry.inhibited_by {
                assert!(Some(*by) != entry.own, "{} inhibits itself", entry.text);
            }
        }
    }

    #[test]
    fn each_code_finds_its_row_and_its_text() {
        for (code, entry) in OwnCode::ALL.iter().zip(CATALOGUE) {
            assert_eq!((code.entry(), OwnCode::of_text(entry.text)), (entry, Some(*code)));
        }
        assert_eq!(OwnCode::ALL.len(), CATALOGUE.len());
        assert!(OwnCode::BackupDisconnected.inhibits() && !OwnCode::MailTest.inhibits());
    }

    #[test]
    fn specified_codes_are_all_present() {
        let wanted = "mail.test mail.daily oauth.grant.expiring oauth.grant.lost oauth.client.refused oauth.secret.expiring \
            oauth.account.mismatch relay.unreachable relay.signin.refused relay.sender.refused relay.trust.failed \
            relay.certificate.expiring relay.fallback.active queue.backlog queue.refused queue.quota.near contact.refused \
            contact.unconfirmed node.certificate.expiring node.disk.low node.clock.skew node.started.after.crash \
            account.signin.blocked settings.changed FO-01 FO-02 FO-03 FO-04 FO-05 FO-06 FO-07 FO-08 FO-09 FO-10 \
            FO-11 FO-12 FX-01 FX-02 FX-03 FX-04 FX-05 FX-06 FX-07 FX-08";
        for code in wanted.split_whitespace() {
            assert!(OwnCode::of_text(code).is_some(), "{code}");
        }
        assert_eq!(OwnCode::of_text("oauth.grant.found"), None);
    }
}
