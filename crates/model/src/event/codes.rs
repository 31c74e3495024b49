//! The catalogue of events. Words: `event-…` in `admin/words/*/events.ftl`. A test checks that each row has them.
//!
//! `FO-…` and `FX-…` are the codes of the failover pair. The catalogue lists them; the failover pair raises them.

use super::{APP, EventEntry, EventKind, Fact, FactForm, Object, Same, Severity};

const fn fact(name: &'static str, form: FactForm, sample: &'static str) -> Fact {
    Fact { name, form, sample }
}

macro_rules! catalogue {
    ($($code:literal $kind:ident $severity:ident $object:ident
        [$($name:literal $form:ident $sample:literal),*] $(while [$($by:literal $same:ident),*])?;)*) => {
        pub const CATALOGUE: &[EventEntry] = &[$(EventEntry {
            code: $code,
            kind: EventKind::$kind,
            severity: Severity::$severity,
            object: Object::$object,
            facts: &[$(fact($name, FactForm::$form, $sample)),*],
            inhibited_by: &[$($(($by, Same::$same)),*)?],
        }),*];
    };
}

catalogue! {
    "mail.test" Once Info Other ["relay" Text "mail.example.com"];
    "mail.daily" Once Info Other [];
    "mail.silent" Lasting Critical Mail [
        "waiting" Number "3", "oldest" Time "1767261600000", "last" TimeOrNone "1767258000000",
        "error" TextOrNone "connection refused"
    ];
    "oauth.grant.expiring" Lasting Warning Relay [
        "relay" Text "mail.example.com", "account" Text "alerts@example.com", "days" Number "14", "ends" Time "1768471200000"
    ];
    "oauth.grant.lost" Lasting Critical Relay [
        "relay" Text "mail.example.com", "account" Text "alerts@example.com", "error" TextOrNone "invalid_grant",
        "since" Time "1767261600000"
    ];
    "oauth.client.refused" Lasting Critical Relay ["relay" Text "mail.example.com", "error" TextOrNone "invalid_client"];
    "oauth.settings.refused" Lasting Critical Relay ["relay" Text "mail.example.com", "error" TextOrNone "invalid_scope"];
    "oauth.token.missing" Lasting Critical Relay ["relay" Text "mail.example.com", "error" TextOrNone "503 Service Unavailable"];
    "oauth.token.unwritten" Lasting Critical Relay ["relay" Text "mail.example.com"];
    "oauth.secret.expiring" Lasting Warning Relay [
        "relay" Text "mail.example.com", "days" Number "14", "ends" Time "1768471200000"
    ];
    "oauth.certificate.expiring" Lasting Warning Relay [
        "relay" Text "mail.example.com", "days" Number "14", "ends" Time "1768471200000"
    ];
    "oauth.account.mismatch" Lasting Error Relay [
        "relay" Text "mail.example.com", "account" Text "somebody@example.com", "email" Text "alerts@example.com"
    ];
    "relay.none" Lasting Critical Mail [
        "relay" Text "mail.example.com", "host" Text "mail.example.com:587", "error" Text "connection refused",
        "since" Time "1767261600000"
    ];
    "relay.unreachable" Lasting Error Relay [
        "relay" Text "mail.example.com", "host" Text "mail.example.com:587", "error" Text "connection refused",
        "since" Time "1767261600000"
    ] while ["relay.none" Any];
    "relay.signin.refused" Lasting Error Relay [
        "relay" Text "mail.example.com", "host" Text "mail.example.com:587", "error" Text "535 5.7.8 authentication failed",
        "since" Time "1767261600000"
    ];
    "relay.sender.refused" Lasting Error Relay [
        "relay" Text "mail.example.com", "host" Text "mail.example.com:587", "sender" Text "alerts@example.com",
        "error" Text "550 5.7.60 not allowed to send as this sender", "since" Time "1767261600000"
    ];
    "relay.trust.failed" Lasting Error Relay [
        "relay" Text "mail.example.com", "host" Text "mail.example.com:587", "error" Text "the certificate has expired",
        "since" Time "1767261600000"
    ];
    "relay.refused" Lasting Error Relay [
        "relay" Text "mail.example.com", "host" Text "mail.example.com:587",
        "error" Text "530 5.7.0 Must issue a STARTTLS command first", "since" Time "1767261600000"
    ];
    "relay.certificate.expiring" Lasting Warning Relay [
        "relay" Text "mail.example.com", "host" Text "mail.example.com:587", "days" Number "14", "ends" Time "1768471200000"
    ];
    "relay.client-certificate.expiring" Lasting Warning Relay [
        "relay" Text "mail.example.com", "days" Number "14", "ends" Time "1768471200000"
    ];
    "relay.fallback.active" Lasting Warning Relay [
        "relay" Text "mail.example.com", "used" Text "backup.example.net", "error" TextOrNone "connection refused",
        "since" Time "1767261600000"
    ];
    "queue.backlog" Lasting Warning Mail ["waiting" Number "120", "oldest" Time "1767261600000"];
    "queue.stuck" Lasting Critical Mail ["message" TextOrNone "kx1042p", "since" Time "1767261600000"];
    "queue.unreadable" Lasting Error Mail ["count" Number "2", "message" Text "kx1042p", "error" Text "body.data is damaged"];
    "queue.refused" Lasting Warning Other ["count" Number "2", "message" Text "kx1042p", "error" Text "550 5.1.1 no such user"];
    "queue.quota.near" Lasting Error Mail ["free" Size "150000000"];
    "events.refused" Lasting Warning Other ["program" Text "backup", "count" Number "120", "why" Choice "rate"];
    "contact.refused" Lasting Error Other [
        "contact" Text "former@example.com", "relay" Text "mail.example.com", "error" Text "550 5.1.1 no such user"
    ];
    "contact.unconfirmed" Lasting Info Other ["contact" Text "admin@example.com", "unanswered" Number "7"];
    "node.certificate.expiring" Lasting Warning Other [
        "names" Text "postwacht.example.com", "days" Number "14", "ends" Time "1768471200000"
    ];
    "node.disk.low" Lasting Error Mail [
        "free" Size "350000000", "total" Size "20000000000", "directory" Text "/var/lib/postwacht"
    ];
    "node.key.lost" Lasting Error Other ["file" Text "/var/lib/postwacht/key", "why" Choice "missing"];
    "node.resource.short" Lasting Critical Mail ["resource" Choice "descriptors", "since" Time "1767261600000"];
    "store.checkpoint.failed" Lasting Error Mail ["size" Size "300000000", "error" Text "disk I/O error"];
    "store.failed" Once Critical Mail [
        "error" Text "/var/lib/postwacht/postwacht.db was removed or renamed while the node was using it"
    ];
    "store.unexpected" Once Error Mail [
        "error" Text "there is no database /var/lib/postwacht/postwacht.db, but its key is there", "held" Number "3"
    ];
    "node.clock.skew" Lasting Error Mail ["minutes" Number "12", "direction" Choice "behind", "source" Text "mail.example.com"];
    "node.started.after.crash" Once Warning Other ["seen" Time "1767261600000", "started" Time "1767261660000"];
    "account.signin.blocked" Lasting Warning Other ["account" Text "admin", "address" Text "192.0.2.7", "count" Number "12"];
    "settings.changed" Once Warning Other [
        "who" Text "admin", "changes" Changes "email.relay.host: mail.example.com → relay.example.net"
    ];
    "access.changed" Once Warning Other ["who" Text "admin", "act" Choice "token-created", "detail" Text "ci: send"];
    "contact.removed" Once Warning Other ["contact" Text "ann@example.com", "left" Text "bob@example.com"];
    "alarm.webhook.failed" Lasting Error Other [
        "host" Text "mail.example.com:587", "error" Text "HTTP 404", "since" Time "1767261600000"
    ];
    "app." Lasting Warning Other [];
    "FO-01" Lasting Warning Other [
        "operation" Text "sync", "time" Time "1767261600000", "primary" Text "node-a", "backup" Text "node-b",
        "v_primary" Text "1.3.0", "v_backup" Text "1.2.0", "effect" Choice "continued"
    ];
    "FO-02" Lasting Critical Other ["node" Text "node-b", "ip" Text "192.0.2.10", "interface" Text "eth0", "why" Choice "off"];
    "FO-03" Lasting Error Other [
        "node" Text "node-b", "ip" Text "192.0.2.10", "interface" Text "eth0", "why" Choice "unlisted", "count" Number "3"
    ] while ["FO-02" Object];
    "FO-04" Lasting Critical Other [
        "node" Text "node-b", "peer" Text "node-a", "since" Time "1767261600000", "errors" Text "no answer on 8874",
        "ips" Text "192.0.2.1, 192.0.2.2"
    ];
    "FO-05" Lasting Warning Other [
        "node" Text "node-b", "since" Time "1767261600000", "ips" Text "192.0.2.1, 192.0.2.2"
    ] while ["FO-04" Any];
    "FO-06" Lasting Warning Other [
        "node" Text "node-b", "who" Text "admin", "since" Time "1767261600000", "last_sync" Time "1767261600000"
    ];
    "FO-07" Lasting Critical Other [
        "node" Text "node-b", "check" Text "queue", "error" Text "database is locked", "hint" Text "/var/lib/postwacht"
    ];
    "FO-08" Lasting Error Other [
        "hostname" Text "support.example.com", "addr" Text "192.0.2.11", "reason" Choice "unresolved",
        "target" Text "192.0.2.99"
    ] while ["FO-04" Any, "FO-09" Any, "FO-10" Any];
    "FO-09" Lasting Critical Other [
        "node" Text "node-b", "peer" Text "node-a", "since" Time "1767261600000", "errors" Text "no answer on 8874",
        "last_sync" Time "1767261600000"
    ] while ["FO-04" Any];
    "FO-10" Lasting Critical Other [
        "node" Text "node-b", "peer" Text "node-a", "since" Time "1767261600000", "errors" Text "no answer on 8874",
        "last_sync" Time "1767261600000", "eta" Time "1767262200000", "guard" TextOrNone ""
    ] while ["FO-04" Any];
    "FO-11" Once Critical Other [
        "node" Text "node-b", "peer" Text "node-a", "duration" Number "10", "timeout" Number "10",
        "last_sync" Time "1767261600000", "ips" Text "192.0.2.1, 192.0.2.2"
    ];
    "FO-12" Lasting Warning Other [
        "primary" Text "node-a", "backup" Text "node-b", "count" Number "2", "total" Number "24", "time" Time "1767261600000",
        "error" Text "connection lost", "last_ok" TimeOrNone "1767258000000", "list" Text "10:00 – connection lost"
    ];
    "FX-01" Once Info Other ["node" Text "node-b"];
    "FX-02" Once Critical Other ["node" Text "node-b", "reason" Text "its data is too old"];
    "FX-03" Lasting Critical Other ["node" Text "node-b", "peer" Text "node-a", "reason" Text "both are primary"];
    "FX-04" Once Warning Other ["node" Text "node-b", "archive" Text "peer-2026-01-01.db"];
    "FX-05" Lasting Critical Other ["ip" Text "192.0.2.10", "mac" Text "02:00:5e:10:00:01"];
    "FX-06" Lasting Warning Other ["arbiter" Text "postgres.example.com", "error" Text "connection refused"];
    "FX-07" Lasting Warning Other ["peer" Text "node-a", "since" Time "1767261600000"] while ["FO-04" Any];
    "FX-08" Once Critical Other ["node" Text "node-b", "reason" Text "neither its peer nor the third vote answers"];
}

/// The row of a code, or `None` if the code is unknown. All `app.…` codes share one row.
pub fn entry(code: &str) -> Option<&'static EventEntry> {
    let row = if code.starts_with(APP) { APP } else { code };
    CATALOGUE.iter().find(|entry| entry.code == row)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn codes_are_unique_with_valid_samples_and_inhibitors() {
        let codes: BTreeSet<_> = CATALOGUE.iter().map(|entry| entry.code).collect();
        assert_eq!(codes.len(), CATALOGUE.len());
        for entry in CATALOGUE {
            for fact in entry.facts {
                let number = fact.sample.parse::<i64>().is_ok();
                let whole =
                    matches!(fact.form, FactForm::Text | FactForm::TextOrNone | FactForm::Choice | FactForm::Changes) || number;
                assert!(whole, "{} {}", entry.code, fact.name);
            }
            for (by, _) in entry.inhibited_by {
                assert!(codes.contains(by) && *by != entry.code, "{} by {by}", entry.code);
            }
        }
    }

    #[test]
    fn specified_codes_are_all_present() {
        let wanted = "mail.test mail.daily oauth.grant.expiring oauth.grant.lost oauth.client.refused oauth.secret.expiring \
            oauth.account.mismatch relay.unreachable relay.signin.refused relay.sender.refused relay.trust.failed \
            relay.certificate.expiring relay.fallback.active queue.backlog queue.refused queue.quota.near contact.refused \
            contact.unconfirmed node.certificate.expiring node.disk.low node.clock.skew node.started.after.crash \
            account.signin.blocked settings.changed app.backup FO-01 FO-02 FO-03 FO-04 FO-05 FO-06 FO-07 FO-08 FO-09 FO-10 \
            FO-11 FO-12 FX-01 FX-02 FX-03 FX-04 FX-05 FX-06 FX-07 FX-08";
        for code in wanted.split_whitespace() {
            assert!(entry(code).is_some(), "{code}");
        }
        assert_eq!(entry("oauth.grant.found"), None);
    }
}
