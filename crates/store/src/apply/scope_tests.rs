//! Keeps the table of scopes in docs/store.md true: makes one commit of each change, and watches which tables it writes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use model::Secret;
use model::account::Role;
use model::failover::{Durable, PairMember};
use model::hold::{HoldCause, RelayState};
use model::id::{AccountId, GateId, IncidentId, MessageNumber, RelayId, TokenId};
use model::message::{Class, Fate};
use model::time::Timestamp;
use rusqlite::hooks::{AuthAction, AuthContext, Authorization};

use super::Applier;
use crate::commit::*;
use crate::schema;
use crate::seal::KeyRing;
use crate::wal::Wal;

const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);
const LATER: Timestamp = Timestamp::from_millis(1_800_000_000_001);
const PAGE: &str = include_str!("../../../../docs/store.md");

/// Scope and name of a change, as the table on the page has them.
fn row_of(change: &Change) -> (&'static str, &'static str) {
    match change {
        Change::Site(change) => ("site", site(change)),
        Change::Mail(change) => ("mail", mail(change)),
        Change::Local(change) => ("local", local(change)),
    }
}

fn site(change: &SiteChange) -> &'static str {
    match change {
        SiteChange::Document(_) => "Document",
        SiteChange::Account(_) => "Account",
        SiteChange::Token(_) => "Token",
        SiteChange::Grant(_) => "Grant",
        SiteChange::Audit(_) => "Audit",
        SiteChange::TrimAudit => "TrimAudit",
    }
}

fn mail(change: &MailChange) -> &'static str {
    match change {
        MailChange::Accept(_) => "Accept",
        MailChange::Settle(_) => "Settle",
        MailChange::Attempt(_) => "Attempt",
        MailChange::Park(_) => "Park",
        MailChange::Unpark { .. } => "Unpark",
        MailChange::Operate(_) => "Operate",
        MailChange::Housekeep(_) => "Housekeep",
        MailChange::TrimHistory { .. } => "TrimHistory",
        MailChange::Record(_) => "Record",
    }
}

fn local(change: &LocalChange) -> &'static str {
    match change {
        LocalChange::Claim { .. } => "Claim",
        LocalChange::Renew { .. } => "Renew",
        LocalChange::Recover { .. } => "Recover",
        LocalChange::Unclaim { .. } => "Unclaim",
        LocalChange::Relay { .. } => "Relay",
        LocalChange::Started => "Started",
        LocalChange::Seen => "Seen",
        LocalChange::Ended => "Ended",
        LocalChange::AuditRead(_) => "AuditRead",
        LocalChange::Alive => "Alive",
        LocalChange::Pair(_) => "Pair",
    }
}

/// Samples of every change. Together they reach each statement, so some changes have several.
fn samples() -> Vec<Change> {
    let accept = |_| Change::from(new_message());
    (0..4).map(accept).chain(site_samples()).chain(mail_samples()).chain(local_samples()).collect()
}

fn new_message() -> NewMessage {
    NewMessage {
        class: Class::Submitted,
        app: Some("cron".into()),
        sender: Some("a@x".into()),
        recipients: vec!["b@x".into()],
        subject: "s".into(),
        message_id: "<m@x>".into(),
        body: b"x".as_slice().into(),
        eight_bit: false,
        composed: false,
        due: NOW,
        claimed: false,
        held: false,
        avoid: None,
    }
}

fn site_samples() -> Vec<Change> {
    let secrets = vec![("one".to_owned(), Some(Secret::new("x"))), ("two".to_owned(), None)];
    let save = DocumentSave { kind: "email", by: "ann".into(), schema: 1, draft: "{}".into(), secrets };
    let account = |name: &str| {
        let (name, password) = (name.to_owned(), "$x".to_owned());
        AccountChange::Create { name, role: Role::Administrator, password, language: None }
    };
    let digest = vec![1; 32];
    let session =
        NewSession { digest: digest.clone(), account: AccountId(1), password: None, address: "::1".into(), agent: "a".into() };
    let token =
        TokenChange::Create { digest: digest.clone(), name: "t".into(), scopes: "send".into(), by: "ann".into(), until: LATER };
    vec![
        save.into(),
        account("ann").into(),
        account("bob").into(),
        AccountChange::Open(session).into(),
        AccountChange::Seen { digest: digest.clone() }.into(),
        AccountChange::Link { digest: digest.clone(), account: Some(AccountId(1)), until: LATER }.into(),
        AccountChange::UseLink { digest: digest.clone() }.into(),
        AccountChange::Password { id: AccountId(1), password: "$y".into(), keep: Some(digest.clone()) }.into(),
        AccountChange::Language { id: AccountId(1), language: Some("nl".into()) }.into(),
        AccountChange::Role { id: AccountId(1), role: Role::Viewer }.into(),
        AccountChange::Close { digest: digest.clone() }.into(),
        AccountChange::CloseAll { account: AccountId(1), keep: None }.into(),
        AccountChange::Delete { id: AccountId(1) }.into(),
        token.into(),
        TokenChange::Seen { id: TokenId(1) }.into(),
        TokenChange::Revoke { id: TokenId(1) }.into(),
        GrantChange::Put { relay: RelayId(1), record: "{}".into(), tokens: Secret::new("x") }.into(),
        GrantChange::Note { relay: RelayId(1), record: "{}".into() }.into(),
        GrantChange::Delete { relay: RelayId(1) }.into(),
        AuditRow { who: "ann".into(), what: "x".into(), detail: String::new() }.into(),
        SiteChange::TrimAudit.into(),
    ]
}

fn mail_samples() -> Vec<Change> {
    let row = || AttemptRow { number: MessageNumber(1), relay: Some(RelayId(1)), report: "{}".into() };
    let settle = |number, fate, next| Settle {
        number: MessageNumber(number),
        fates: vec![(0, fate, "said".into())],
        next,
        relay: Some(RelayId(1)),
        attempt: Some(row()),
        failed: true,
        uncounted: false,
        may_arrive_twice: false,
        keep_body: false,
    };
    let operate = |verb| Operate { verb, which: Which::Numbers(vec![MessageNumber(3)]), in_flight: Vec::new() };
    let housekeep =
        Housekeep { after: MessageNumber::BEFORE_FIRST, notices_before: LATER, submitted_before: LATER, reports_before: LATER };
    let keep_report = Housekeep {
        after: MessageNumber::BEFORE_FIRST,
        notices_before: LATER,
        submitted_before: LATER,
        reports_before: Timestamp::EPOCH,
    };
    let mut samples = vec![
        settle(1, Fate::Waiting, Next::Due(NOW)).into(),
        settle(1, Fate::Refused, Next::Park).into(),
        settle(2, Fate::Waiting, Next::Park).into(),
        row().into(),
        Park { numbers: vec![MessageNumber(3)], sender: "a@x".into() }.into(),
        MailChange::Unpark { gate: GateId(2), limit: 10 }.into(),
    ];
    samples.extend(QueueAction::ALL.map(|verb| operate(verb).into()));
    samples.extend(record_samples().into_iter().map(Change::from));
    samples.extend([keep_report.into(), housekeep.into(), MailChange::TrimHistory { events_before: 1 }.into()]);
    samples
}

fn record_samples() -> Vec<RecordChange> {
    let text = String::from;
    let incident = |id, live| {
        RecordChange::Incident(IncidentRow {
            id: IncidentId(id),
            code: text("x.y"),
            object: text(""),
            severity: text("error"),
            live,
            since: NOW,
            record: text("{}"),
        })
    };
    let event = EventRow {
        incident: IncidentId(1),
        act: text("raised"),
        code: text("x.y"),
        object: text(""),
        severity: text("error"),
        by: text("ann"),
        facts: text("{}"),
    };
    vec![
        incident(1, false),
        incident(2, true),
        RecordChange::Event(event),
        RecordChange::NoticesWithdrawn(MessageNumber(1)),
        RecordChange::Daily { date: text("2026-01-31"), sent: false },
        RecordChange::Contact { address: text("c@x") },
        RecordChange::Confirmed { address: text("c@x") },
        RecordChange::ContactsLeft(Vec::new()),
        RecordChange::Hook(NewHook { url: text("https://h"), body: text("") }),
        RecordChange::HookTried { id: 1, due: None, taken: true, said: text("") },
        RecordChange::OutcomesRead(1),
        RecordChange::Test(TestRow {
            by: text("ann"),
            accepted: true,
            revision: 1,
            relay: RelayId(1),
            message: MessageNumber(1),
        }),
    ]
}

fn local_samples() -> Vec<Change> {
    let held = RelayState::Open.fail(HoldCause::Network, "no route".into(), NOW);
    let relay = |state| LocalChange::Relay { relay: RelayId(1), sender: String::new(), state };
    let samples = [
        LocalChange::Claim { numbers: vec![MessageNumber(4)], until: LATER },
        LocalChange::Renew { leases: vec![(MessageNumber(4), LATER)], until: LATER },
        LocalChange::Recover { lease: Duration::from_secs(90) },
        LocalChange::Unclaim { numbers: vec![MessageNumber(4)], due: NOW },
        relay(held),
        relay(RelayState::Open),
        LocalChange::Started,
        LocalChange::Seen,
        LocalChange::Ended,
        LocalChange::AuditRead(1),
        LocalChange::Alive,
        LocalChange::Pair(PairRow {
            record: Some("{}".into()),
            keys: Some(Secret::new("key")),
            core: Durable::standalone(PairMember::First),
        }),
    ];
    samples.map(Change::from).into()
}

/// Tables and their written columns; a row that is inserted or deleted has the column `*`.
type Writes = BTreeMap<String, BTreeSet<String>>;

/// More incidents than the store keeps, so that the cleanup has some to delete.
const MANY_INCIDENTS: &str = "WITH RECURSIVE ids (id) AS (SELECT 1000 UNION ALL SELECT id + 1 FROM ids WHERE id < 22000)
    INSERT INTO incident (id, code, object, severity, live, since, record) SELECT id, '', '', '', 0, 9000000000000, '{}' FROM ids";

/// An applier that notes each write which SQLite compiles into a statement.
fn watched_applier(directory: &std::path::Path) -> (Applier, Arc<Mutex<Writes>>) {
    let writes: Arc<Mutex<Writes>> = Arc::default();
    let mut connection = schema::blank(usize::try_from(schema::VERSION).unwrap()).unwrap();
    let noted = Arc::clone(&writes);
    let note = move |context: AuthContext<'_>| {
        let (table, column) = match context.action {
            AuthAction::Insert { table_name } | AuthAction::Delete { table_name } => (table_name, "*"),
            AuthAction::Update { table_name, column_name } => (table_name, column_name),
            _ => return Authorization::Allow,
        };
        noted.lock().unwrap().entry(table.to_owned()).or_default().insert(column.to_owned());
        Authorization::Allow
    };
    connection.authorizer(Some(note)).unwrap();
    connection.execute_batch(MANY_INCIDENTS).unwrap();
    let wal = Wal::follow(&mut connection, &directory.join("postwacht.db")).unwrap();
    let ring = KeyRing::parse(&format!("{}=", "A".repeat(43))).unwrap();
    (Applier::new(connection, Arc::new(ring), directory, wal.view()).unwrap(), writes)
}

/// Commits each sample alone. Returns the writes of each scope and change.
fn observed() -> BTreeMap<(&'static str, &'static str), Writes> {
    let directory = tempfile::tempdir().unwrap();
    let (mut applier, writes) = watched_applier(directory.path());
    let mut observed: BTreeMap<_, Writes> = BTreeMap::new();
    for change in samples() {
        let row = row_of(&change);
        // A statement that is cached is not compiled again.
        applier.connection().flush_prepared_statement_cache();
        writes.lock().unwrap().clear();
        let answers = applier.apply(&[Commit::at(NOW).and(change)]).unwrap();
        assert!(answers[0].is_ok(), "{row:?}: {:?}", answers[0]);
        for (table, columns) in writes.lock().unwrap().clone() {
            observed.entry(row).or_default().entry(table).or_default().extend(columns);
        }
    }
    observed
}

/// The rows of the table on the page: scope, change, tables.
fn documented() -> BTreeMap<(&'static str, &'static str), BTreeSet<&'static str>> {
    let rows = PAGE.lines().filter_map(|line| {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let [scope @ ("site" | "mail" | "local"), change, tables, ..] = cells[..] else { return None };
        let tables = tables.split(", ").map(|table| table.trim_matches('`')).collect();
        Some(((scope, change.trim_matches('`')), tables))
    });
    rows.collect()
}

#[test]
fn page_names_the_tables_of_each_change() {
    let observed = observed();
    let documented = documented();
    for (row, writes) in &observed {
        let tables: BTreeSet<&str> = writes.keys().map(String::as_str).collect();
        assert_eq!(documented.get(row), Some(&tables), "{row:?} in docs/store.md");
    }
    assert_eq!(observed.len(), documented.len(), "docs/store.md names a change that no sample makes");
}

/// Each table belongs to one scope. The lease of a message is the exception: local columns of a table of mail.
#[test]
fn table_is_written_in_one_scope() {
    const LEASE: [&str; 2] = ["attempts", "due"];
    let mut scopes: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for ((scope, change), writes) in observed() {
        for (table, columns) in writes {
            if scope == "local" && table == "message" {
                assert!(columns.iter().all(|column| LEASE.contains(&column.as_str())), "{change}: {columns:?}");
            } else {
                scopes.entry(table).or_default().insert(scope);
            }
        }
    }
    for (table, scopes) in &scopes {
        assert_eq!(scopes.len(), 1, "{table} is written in {scopes:?}");
    }
    // The opening writes the row of the node. SQLite itself keeps its table of sequences.
    let others = ["node", "sqlite_sequence"];
    let ours = schema::blank(usize::try_from(schema::VERSION).unwrap()).unwrap();
    let sql = "SELECT name FROM sqlite_schema WHERE type = 'table'";
    let tables: Vec<String> =
        ours.prepare(sql).unwrap().query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap();
    let unwritten: Vec<&String> =
        tables.iter().filter(|table| !scopes.contains_key(*table) && !others.contains(&table.as_str())).collect();
    assert!(unwritten.is_empty(), "no sample writes {unwritten:?}");
}
