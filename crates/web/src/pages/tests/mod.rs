//! Each page in each of its states, in both languages, compared with recorded HTML in `snapshots/`. No browser, no network.
//!
//! The node is real: a store on disk, and a clock at a fixed date. It sends nothing unless a test starts that. Recording the
//! pages anew: `INSTA_UPDATE=always cargo nextest run --release -p web`.

mod access;
mod acts;
mod audit;
mod email;
mod failover;
mod frame;
mod incidents;
mod mailbox;
mod oauth;
mod overview;
mod queue;
mod received;
mod relay;
mod run;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::{Arc, RwLock};
use std::time::Duration;

use admin::Clock;
use admin::names::Names;
use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Method, Request, StatusCode, header};
use http_body_util::BodyExt;
use model::Language;
use model::account::{Actor, Role};
use model::id::RelayId;
use model::settings::Draft;
use node::pair::PairStart;
use node::{Service, Start};
use serde_json::{Value, json};
use smtp::Secret;
use store::{DataDir, GrantChange, KeyRing, Store};
use tower::ServiceExt;

use super::LetterSource;
use crate::peer::RequestPeer;
use crate::{Base, Principal, Reach, control, site};

/// The time at which every node starts. Pages show it; the digits below ten minutes are masked.
const START: &str = "2026-03-12T10:30:00Z";
const PASSWORD: &str = "correct horse battery";
/// Longest wait for a delivery to the relay of a test.
const PATIENCE: Duration = Duration::from_secs(60);

/// Values that differ from run to run, and what stands for them in a snapshot.
const MASKED: [(&str, &str); 10] = [
    (r"(\d\d:3)\d:\d\d(\.\d+)?", "${1}m:ss"),
    (r"\b[3-6]\d{4}\b", "PORT"),
    (r"\b[0-9a-f]{32}@", "RANDOM@"),
    (r"\b[a-z]{2}(\d{1,2})[a-z]\b", "ID-$1"),
    (r"((?:state|code_challenge|nonce)=)[0-9A-Za-z_-]{20,}", "${1}RANDOM"),
    (r"/start/[0-9A-Za-z_-]{20,}", "/start/TOKEN"),
    (r#"(name="session" value=")[0-9a-f]+"#, "${1}SESSION"),
    (r"\b\d+ ms\b", "N ms"),
    // The length of a mail depends on where its random names break lines.
    (r"SIZE=\d+|\b\d+ bytes\b", "N bytes"),
    (r"\n(\s*\n)+", "\n"),
];

/// A node in this process, and its pages.
struct PageNode {
    service: Arc<Service>,
    pages: Router,
    control: Router,
    _folder: tempfile::TempDir,
}

impl PageNode {
    /// A node without settings.
    async fn new() -> Self {
        Self::with(None).await
    }

    async fn with(mailbox: Option<Arc<dyn LetterSource>>) -> Self {
        Self::start(mailbox, None).await
    }

    /// A node whose store has this grant for the relay that gets the number 1.
    async fn with_grant(record: &Value) -> Self {
        let tokens = Secret::new(json!({ "refresh": "r3fresh", "access": "acc3ss" }).to_string());
        Self::start(None, Some(GrantChange::Put { relay: RelayId(1), record: record.to_string(), tokens })).await
    }

    async fn start(mailbox: Option<Arc<dyn LetterSource>>, grant: Option<GrantChange>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Clock::default();
        let start: jiff::Timestamp = START.parse().unwrap();
        clock.set(start.into());
        let directory = DataDir::lock(folder.path()).unwrap();
        let ring = KeyRing::load_or_create(&directory.key_file()).ok().unwrap();
        let store = Store::open(directory, ring, clock.now()).unwrap();
        if let Some(grant) = grant {
            store.change(clock.now(), grant).await.unwrap();
        }
        let names = Names::new("node-1", vec!["https://post.example.net".into()]);
        let start = Start { store, clock, own: Arc::new(RwLock::new(Vec::new())), names, pair: PairStart::default() };
        let service = Service::offline(start).await.unwrap();
        let base = Base(Some("https://post.example.net".into()));
        let pages = site(Arc::clone(&service), Reach::default(), base.clone(), mailbox);
        let control = control(Arc::clone(&service), base);
        Self { service, pages, control, _folder: folder }
    }

    /// A node with one relay at this port.
    async fn set_up(port: u16) -> Self {
        let node = Self::new().await;
        node.save(settings(port)).await;
        node
    }

    async fn save(&self, settings: Value) {
        let draft: Draft = serde_json::from_value(settings).unwrap();
        let revision = self.service.settings().current().revision;
        let saved = self.service.settings().save(draft, revision, &Actor::whole("test")).await;
        assert!(saved.is_ok(), "{:?}", saved.err());
    }

    /// A request of a local program to the API.
    async fn api(&self, method: Method, path: &str, body: Value) -> Value {
        let request = Request::builder().method(method).uri(format!("/api/v1{path}"));
        let request = request.header(header::HOST, "localhost").header(header::CONTENT_TYPE, "application/json");
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let mut request = request.body(Body::from(body)).unwrap();
        request.extensions_mut().insert(ConnectInfo(Principal::Control { user: "root".into() }));
        let (status, _, text) = answer(&self.control, request).await;
        assert!(status.is_success(), "{path}: {status} {text}");
        serde_json::from_str(&text).unwrap_or(Value::Null)
    }

    /// Submits a message and returns its ID.
    async fn send(&self, to: &str, subject: &str) -> String {
        let sent = self.api(Method::POST, "/messages", json!({ "to": to, "subject": subject, "text": "Hi" })).await;
        sent["id"].as_str().unwrap().to_owned()
    }

    async fn message(&self, id: &str) -> Value {
        self.api(Method::GET, &format!("/messages/{id}"), Value::Null).await
    }

    async fn act(&self, id: &str, verb: &str) {
        self.api(Method::POST, &format!("/messages/{id}/{verb}"), Value::Null).await;
    }

    /// Waits until a message is in this state.
    async fn becomes(&self, id: &str, state: &str) {
        let is = async || self.api(Method::GET, &format!("/messages/{id}"), Value::Null).await["state"] == state;
        until(&format!("{id} is {state}"), is).await;
    }

    /// Sends until this message is in this state.
    async fn sends_until(&self, id: &str, state: &str) {
        self.service.start_sending().await;
        self.becomes(id, state).await;
        self.service.stop_sending().await;
    }

    async fn raise(&self, code: &str, object: &str, severity: &str) {
        let body = json!({ "code": code, "object": object, "severity": severity, "facts": { "host": "db-1" } });
        self.api(Method::POST, "/events", body).await;
    }

    /// A browser that is not signed in.
    fn stranger(&self) -> PageBrowser {
        PageBrowser { pages: self.pages.clone(), cookies: RefCell::default() }
    }

    /// A browser of a new account, signed in by its link.
    async fn member(&self, name: &str, role: Role) -> PageBrowser {
        let link = self.link(name, role).await;
        let browser = self.stranger();
        let entered = browser.post(&link, &[], Language::En).await;
        assert_eq!(entered.status, StatusCode::SEE_OTHER, "{}", entered.html);
        browser
    }

    /// The path that signs a new account in.
    async fn link(&self, name: &str, role: Role) -> String {
        let accounts = self.service.accounts();
        let id = accounts.create(&Actor::whole("test"), name, role, None).await.unwrap();
        format!("/login/start/{}", accounts.make_link(Some(id)).await.unwrap().reveal())
    }

    async fn administrator(&self) -> PageBrowser {
        self.member("ann", Role::Administrator).await
    }
}

/// Settings with one relay at this port of this machine.
fn settings(port: u16) -> Value {
    json!({
        "site": { "name": "Lab", "time_zone": "Europe/Amsterdam" },
        "email": {
            "from": "Postwacht <alerts@lab.test>",
            "relay": { "name": "main", "host": "127.0.0.1", "port": port, "encryption": "none" },
            "contacts": { "admin": ["bob@lab.test"] },
        },
    })
}

/// Waits until the condition holds.
async fn until(what: &str, mut condition: impl AsyncFnMut() -> bool) {
    let waiting = async {
        while !condition().await {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    assert!(tokio::time::timeout(PATIENCE, waiting).await.is_ok(), "not in time: {what}");
}

struct PageAnswer {
    status: StatusCode,
    /// Path of a redirect.
    to: String,
    /// The Content-Security-Policy.
    policy: String,
    html: String,
}

/// Keeps cookies, and follows no redirect.
struct PageBrowser {
    pages: Router,
    cookies: RefCell<BTreeMap<String, String>>,
}

impl PageBrowser {
    async fn get(&self, path: &str, language: Language) -> PageAnswer {
        self.ask(Request::get(path), String::new(), language).await
    }

    async fn post(&self, path: &str, fields: &[(&str, &str)], language: Language) -> PageAnswer {
        let body: String = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let request = Request::post(path).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.ask(request.header("sec-fetch-site", "same-origin"), body, language).await
    }

    async fn ask(&self, request: axum::http::request::Builder, body: String, language: Language) -> PageAnswer {
        let cookies: Vec<String> = self.cookies.borrow().iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = request.header(header::HOST, "localhost:8025").header(header::ACCEPT_LANGUAGE, language.code());
        let request = request.header(header::USER_AGENT, "Firefox/140.0 (Linux)").header(header::COOKIE, cookies.join("; "));
        let mut request = request.body(Body::from(body)).unwrap();
        let address = "127.0.0.1:40000".parse().unwrap();
        request.extensions_mut().insert(ConnectInfo(RequestPeer { address, tls: false }));
        let (status, headers, html) = answer(&self.pages, request).await;
        for cookie in headers.get_all(header::SET_COOKIE) {
            let pair = cookie.to_str().unwrap().split(';').next().unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            self.cookies.borrow_mut().insert(name.to_owned(), value.to_owned());
        }
        let value = |name| headers.get(name).map_or("", |value| value.to_str().unwrap()).to_owned();
        let (to, policy) = (value(header::LOCATION), value(header::CONTENT_SECURITY_POLICY));
        PageAnswer { status, to, policy, html }
    }

    /// Compares the page with its recorded HTML, in both languages.
    async fn shows(&self, name: &str, path: &str) {
        for language in Language::ALL {
            compare(name, language, &self.get(path, language).await);
        }
    }

    /// Compares the answer to a form with its recorded HTML, in both languages.
    async fn answers(&self, name: &str, path: &str, fields: &[(&str, &str)]) {
        for language in Language::ALL {
            compare(name, language, &self.post(path, fields, language).await);
        }
    }
}

async fn answer(router: &Router, request: Request<Body>) -> (StatusCode, axum::http::HeaderMap, String) {
    let response = router.clone().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let bytes = body.collect().await.unwrap().to_bytes();
    (parts.status, parts.headers, String::from_utf8(bytes.to_vec()).unwrap())
}

/// Compares status, title and main part. The frame around them has a test of its own.
fn compare(name: &str, language: Language, page: &PageAnswer) {
    let between = |open: &str, close: &str| {
        page.html.split_once(open).and_then(|(_, rest)| rest.split_once(close)).map_or("", |(inner, _)| inner)
    };
    let main = between("<main", "</main>");
    assert!(page.html.contains(&format!("<html lang=\"{}\">", language.code())), "{name}");
    assert!(!main.contains("page-"), "{name} shows a key instead of a word: {main}");
    assert!(page.html.len() < 100_000, "{name}: {} bytes", page.html.len());
    compare_text(name, language, &format!("{} {}\n<main{main}", page.status.as_u16(), between("<title>", "</title>")));
}

/// Compares a text with its snapshot. A line ends before each tag, so that a difference is one line.
pub(super) fn compare_text(name: &str, language: Language, text: &str) {
    let lines = text.replace("><", ">\n<").replace("\r\n", "\n");
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("snapshots");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    MASKED.iter().for_each(|(pattern, masked)| settings.add_filter(pattern, *masked));
    settings.bind(|| insta::assert_snapshot!(format!("{name}.{}", language.code()), lines));
}
