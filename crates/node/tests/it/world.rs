//! A node in this process with all its tasks, a clock that tests step, and real relays.

use std::sync::{Arc, RwLock};
use std::time::Duration;

use admin::Clock;
use admin::names::Names;
use alerts::event::EventReport;
use mail::intake::Submission;
use mail_parser::MessageParser;
use model::account::Actor;
use model::event::{Facts, Severity};
use model::id::{IncidentId, MessageNumber};
use model::incident::Incident;
use model::message::Class;
use model::settings::Draft;
use model::time::Timestamp;
use node::pair::PairStart;
use node::{Service, Start};
use serde_json::{Value, json};
use store::{DataDir, KeyRing, Store};
use testkit::{Lab, SmallDisk};

pub(crate) const SECOND: Duration = Duration::from_secs(1);
pub(crate) const MINUTE: Duration = Duration::from_mins(1);
/// A little more than a minute, so that tasks that run every minute have run.
pub(crate) const PASS: Duration = Duration::from_millis(60_500);
pub(crate) const HOUR: Duration = Duration::from_hours(1);
pub(crate) const DAY: Duration = Duration::from_hours(24);
/// Longest wait. On a loaded machine a relay may defer a message for a minute, and a lease lasts 90 seconds.
const PATIENCE: Duration = Duration::from_secs(150);

/// A mail as its reader sees it.
#[derive(Clone)]
pub(crate) struct ReceivedMail {
    pub(crate) raw: String,
    pub(crate) subject: String,
    pub(crate) text: String,
    pub(crate) html: String,
}

impl std::fmt::Debug for ReceivedMail {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}\n{}", self.subject, self.text)
    }
}

impl ReceivedMail {
    fn read(raw: &str) -> Self {
        let mail = MessageParser::default().parse(raw.as_bytes()).unwrap();
        Self {
            raw: raw.to_owned(),
            subject: mail.subject().unwrap_or("").to_owned(),
            text: mail.body_text(0).unwrap_or_default().into_owned(),
            html: mail.body_html(0).unwrap_or_default().into_owned(),
        }
    }

    /// The unfolded value of a header.
    pub(crate) fn header(&self, name: &str) -> Option<String> {
        let head = self.raw.split("\n\n").next().unwrap_or("").replace("\r\n", "\n").replace("\n\t", " ").replace("\n ", " ");
        let prefix = format!("{}:", name.to_ascii_lowercase());
        head.lines()
            .find(|line| line.to_ascii_lowercase().starts_with(&prefix))
            .map(|line| line[prefix.len()..].trim().to_owned())
    }
}

/// The place of a node's data, removed with the node.
enum NodePlace {
    Folder(tempfile::TempDir),
    Disk(SmallDisk),
}

impl NodePlace {
    fn path(&self) -> &std::path::Path {
        match self {
            Self::Folder(folder) => folder.path(),
            Self::Disk(disk) => disk.path(),
        }
    }
}

pub(crate) struct World {
    pub(crate) service: Arc<Service>,
    pub(crate) clock: Clock,
    pub(crate) store: Store,
    /// The site's name, unique to this test's mail.
    pub(crate) site: String,
    place: Option<NodePlace>,
}

/// Settings with one relay at this port of this machine.
pub(crate) fn settings(port: u16) -> Value {
    json!({
        "site": { "language": "en", "time_zone": "Europe/Amsterdam" },
        "email": {
            "from": "Postwacht <alice@lab.test>",
            "relay": { "name": "first", "host": "127.0.0.1", "port": port, "encryption": "none" },
            "contacts": { "admin": ["bob@lab.test"] },
        },
    })
}

/// As [`settings`], in this language.
pub(crate) fn settings_in(language: &str, port: u16) -> Value {
    let mut all = settings(port);
    all["site"]["language"] = language.into();
    all
}

/// As [`settings`], with a second relay.
pub(crate) fn settings_two(port: u16, second: u16) -> Value {
    let mut settings = settings(port);
    let fallback = json!([{ "relay": { "name": "second", "host": "127.0.0.1", "port": second, "encryption": "none" } }]);
    settings["email"]["fallback"] = fallback;
    settings
}

impl World {
    pub(crate) async fn start(settings: Value) -> Self {
        let world = Self::bare().await;
        // The watch begins with a record of the time. If a test steps the clock before, that record passes for a look.
        world.until("the watch has begun", async || world.store.life().await.unwrap().is_some()).await;
        world.save(settings).await;
        world
    }

    /// A node without settings.
    pub(crate) async fn bare() -> Self {
        Self::at(NodePlace::Folder(tempfile::tempdir().unwrap())).await
    }

    /// A node without settings, on a small disk that tests can fill.
    pub(crate) async fn on_disk(disk: SmallDisk) -> Self {
        Self::at(NodePlace::Disk(disk)).await
    }

    async fn at(place: NodePlace) -> Self {
        let random = place.path().file_name().unwrap().to_string_lossy().replace('.', "").to_lowercase();
        Self::on(place, Clock::default(), format!("site-{random}")).await
    }

    async fn on(place: NodePlace, clock: Clock, site: String) -> Self {
        let directory = DataDir::lock(place.path()).unwrap();
        let ring = KeyRing::load_or_create(&directory.key_file()).ok().unwrap();
        let store = Store::open(directory, ring, clock.now()).unwrap();
        let names = Names::new("node-1", vec!["https://post.example.net".into()]);
        let start = Start {
            store: store.clone(),
            clock: clock.clone(),
            own: Arc::new(RwLock::new(Vec::new())),
            names,
            pair: PairStart::default(),
        };
        let service = Service::start(start).await.unwrap();
        Self { service, clock, store, site, place: Some(place) }
    }

    pub(crate) async fn save(&self, settings: Value) {
        self.save_as("test", settings).await;
    }

    pub(crate) async fn save_as(&self, who: &str, mut settings: Value) {
        settings["site"]["name"] = self.site.clone().into();
        let draft: Draft = serde_json::from_value(settings).unwrap();
        let revision = self.service.settings().current().revision;
        let saved = self.service.settings().save(draft, revision, &Actor::whole(who)).await;
        assert!(saved.is_ok(), "{:?}", saved.err());
    }

    /// Stops the node gracefully and starts it again on the same directory.
    pub(crate) async fn restart(mut self) -> Self {
        self.service.stop().await;
        self.store.close();
        let (place, clock, site) = (self.place.take().unwrap(), self.clock.clone(), self.site.clone());
        drop(self);
        Self::on(place, clock, site).await
    }

    /// Submits a message from an application. Returns its number.
    pub(crate) async fn send(&self, to: &str, subject: &str) -> MessageNumber {
        let submission = Submission {
            class: Class::Submitted,
            app: Some("test".into()),
            sender: "alice@lab.test".parse().ok(),
            recipients: vec![to.parse().unwrap()],
            text: format!("From: alice@lab.test\nSubject: {subject}\n\nHi\n").into_bytes(),
            composed: false,
            once: None,
            via: "test",
            avoid: None,
            hands_off: false,
        };
        self.service.intake().accept(submission).await.unwrap().id.number
    }

    pub(crate) async fn raise(&self, code: &str, object: &str, severity: Severity) -> IncidentId {
        let facts = Facts::from([("host".to_owned(), "db-1".to_owned())]);
        let once = severity == Severity::Info;
        let report =
            EventReport { code: code.into(), object: object.into(), severity, facts, once, by: "test".into(), key: None };
        self.service.events().raise(report).await.unwrap()
    }

    /// Raises a numbered incident among many.
    pub(crate) async fn raise_in(&self, code: &str, number: usize) {
        self.raise(code, &format!("host-{number}"), Severity::Error).await;
    }

    pub(crate) async fn resolve(&self, code: &str, object: &str) {
        self.service.events().resolve(code, object, "test", None).await.unwrap();
    }

    /// The mails of this site that have arrived, oldest first.
    pub(crate) fn mails(&self) -> Vec<ReceivedMail> {
        let mut mails: Vec<ReceivedMail> = Lab::get().mail_with(&self.site).iter().map(|raw| ReceivedMail::read(raw)).collect();
        mails.sort_by_key(|mail| {
            mail.header("date").map(|date| mail_parser::DateTime::parse_rfc822(&date).map(|at| at.to_timestamp()))
        });
        mails
    }

    /// Waits until this many mails have a subject with this text, and returns them. Fails if there are more.
    pub(crate) async fn arrive(&self, subject: &str, count: usize) -> Vec<ReceivedMail> {
        let found = || self.mails().into_iter().filter(|mail| mail.subject.contains(subject)).collect::<Vec<_>>();
        self.until(&format!("{count} × {subject}"), async || found().len() >= count).await;
        let found = found();
        assert_eq!(found.len(), count, "{found:#?}");
        found
    }

    /// Waits for an open incident of a code and returns it.
    pub(crate) async fn opens(&self, code: &str) -> Incident {
        self.until(&format!("{code} opens"), async || self.open(code).await.is_some()).await;
        self.open(code).await.unwrap()
    }

    pub(crate) async fn open(&self, code: &str) -> Option<Incident> {
        self.service.events().open_incidents().await.into_iter().find(|incident| incident.code.text() == code)
    }

    pub(crate) async fn closes(&self, code: &str) {
        self.until(&format!("{code} closes"), async || self.open(code).await.is_none()).await;
    }

    /// Steps the clock by a minute and waits until the watch has looked at the result.
    pub(crate) async fn looks(&self) {
        self.clock.step(PASS);
        self.looked(self.clock.now()).await;
    }

    /// Steps the clock until a relay is open again. A probe that was under way when the relay came back may still fail.
    pub(crate) async fn reopens(&self) {
        for _ in 0..40 {
            if !self.service.queue().all_held() {
                return;
            }
            self.looks().await;
        }
        panic!("no relay opens: {:#?}", self.service.queue().relays().into_iter().map(|(_, state)| state).collect::<Vec<_>>());
    }

    /// Waits until the watch has ended a look that began at this time or later: it writes that down once a minute.
    pub(crate) async fn looked(&self, now: Timestamp) {
        let seen = async || self.store.life().await.unwrap().is_some_and(|life| life.seen >= now);
        self.until("the watch has looked", seen).await;
    }

    /// Waits until the condition holds. The test's own runtime continues meanwhile.
    pub(crate) async fn until(&self, what: &str, mut condition: impl AsyncFnMut() -> bool) {
        let waiting = async {
            while !condition().await {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        if tokio::time::timeout(PATIENCE, waiting).await.is_err() {
            let open = self.service.events().open_incidents().await;
            let subjects: Vec<String> = self.mails().into_iter().map(|mail| mail.subject).collect();
            let notices = self.service.events().waiting_notices().await;
            let rows = self.store.messages(store::ListFilter::default(), 20).await.map(|page| page.rows);
            let (relays, now) =
                (self.service.queue().relays().into_iter().map(|(_, state)| state).collect::<Vec<_>>(), self.clock.now());
            panic!(
                "not in time: {what}\nnow {now:?}\nopen: {open:#?}\nmails: {subjects:#?}\nnotices: {notices:?}\nmessages: {rows:#?}\nrelays: {relays:#?}"
            );
        }
    }
}
