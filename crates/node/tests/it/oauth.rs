//! The life of a grant by the test's clock, against a real provider.

use std::sync::{Arc, RwLock};
use std::time::Duration;

use admin::Clock;
use admin::names::Names;
use mail::oauth::{AskProvider, PASTED, Returned, SignInRequest, Starter, Verified};
use model::account::Actor;
use model::oauth::GrantPhase;
use model::settings::{Draft, RelaySettings};
use model::time::Timestamp;
use node::pair::PairStart;
use node::{Service, Start};
use serde_json::json;
use store::{DataDir, DocumentSave, KeyRing, Store};
use testkit::{Lab, Oidc};

const MINUTE: Duration = Duration::from_mins(1);

fn draft(oidc: &Oidc) -> Draft {
    let issuer = &oidc.issuer;
    let draft = json!({
        "email": {
            "from": "alice@lab.test",
            "relay": { "host": "127.0.0.1", "port": 1, "encryption": "starttls" },
            "auth": { "type": "oauth2" },
            "oauth2": {
                "provider": "other", "email": "alice@lab.test", "client_id": "it", "client_secret": "s3cret",
                "scopes": "https://outlook.office.com/SMTP.Send offline_access",
                "authorization_endpoint": format!("{issuer}/auth"), "token_endpoint": format!("{issuer}/token"),
            },
            "contacts": { "admin": ["bob@lab.test"] },
        }
    });
    serde_json::from_value(draft).unwrap()
}

/// The request for a sign-in whose address the administrator pastes.
fn pasted(starter: Starter) -> SignInRequest {
    SignInRequest { redirect: PASTED.into(), test: false, starter }
}

struct OauthWorld {
    service: Arc<Service>,
    clock: Clock,
    oidc: Oidc,
    relay: RelaySettings,
    _place: tempfile::TempDir,
}

impl OauthWorld {
    /// An authorized world whose provider has had no other request. Its tasks do not run: the test moves the clock and asks.
    async fn new() -> Self {
        let world = Self::unauthorized("https://outlook.office.com/SMTP.Send offline_access").await;
        let ended = world.verify().await;
        assert!(matches!(ended, Ok(Verified::Authorized { .. })), "{ended:?}");
        world.oidc.mend();
        world
    }

    /// A person signs in.
    async fn verify(&self) -> Result<Verified, String> {
        let starter = || Starter { key: "test".into(), actor: Actor::whole("test") };
        let begun = self.service.oauth().start(None, pasted(starter())).unwrap();
        let address = self.oidc.sign_in(&begun.url, "alice@lab.test");
        self.service.oauth().finish(Returned::read(&address), &starter()).await.map_err(|fault| fault.to_string())
    }

    async fn unauthorized(scopes: &str) -> Self {
        let oidc = Oidc::start(&Lab::get());
        oidc.client(&json!({ "client_id": "it", "client_secret": "s3cret", "redirect_uris": [PASTED] }));
        let place = tempfile::tempdir().unwrap();
        let clock = Clock::default();
        let directory = DataDir::lock(place.path()).unwrap();
        let ring = KeyRing::load_or_create(&directory.key_file()).ok().unwrap();
        let store = Store::open(directory, ring, clock.now()).unwrap();
        let start = Start {
            store,
            clock: clock.clone(),
            own: Arc::new(RwLock::new(Vec::new())),
            names: Names::new("test", Vec::new()),
            pair: PairStart::default(),
        };
        let service = Service::offline(start).await.unwrap();
        let mut draft = draft(&oidc);
        draft.email.oauth2.scopes = Some(scopes.into());
        service.settings().save(draft, 0, &Actor::whole("test")).await.ok().unwrap();
        let relay = service.settings().current().settings().unwrap().route[0].clone();
        Self { service, clock, oidc, relay, _place: place }
    }

    /// Asks for a token some minutes later. Returns true if there is one, the grant's state, and the number of requests.
    async fn later(&self, minutes: u32) -> (bool, GrantPhase, usize) {
        self.clock.step(minutes * MINUTE);
        let token = self.service.oauth().token(&self.relay, AskProvider::WhenDue).await.is_ok();
        (token, self.service.oauth().status(None).unwrap().state, self.oidc.asked().len())
    }
}

/// A refused grant is tried again after 1, 5 and 15 minutes, then lost. The token in hand serves to its end.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the lab"]
async fn refused_grant_is_retried_three_times_then_lost() {
    let world = OauthWorld::new().await;
    assert_eq!(world.later(25).await, (true, GrantPhase::Authorized, 0), "the token is fresh: nobody is asked");
    world.oidc.remove(&["Grant", "RefreshToken"]);
    assert_eq!(world.later(27).await, (true, GrantPhase::Doubted(1), 1), "refused, and the token in hand has minutes left");
    assert_eq!(world.later(0).await, (true, GrantPhase::Doubted(1), 1), "not before its time");
    assert_eq!(world.later(1).await, (true, GrantPhase::Doubted(2), 2));
    assert_eq!(world.later(5).await, (true, GrantPhase::Doubted(3), 3));
    assert_eq!(world.later(15).await, (false, GrantPhase::Lost, 4), "lost, and the token has ended");
    let none = world.service.oauth().token(&world.relay, AskProvider::WhenDue).await.err().unwrap();
    assert!(!none.passing && none.key == "token-grant", "{none:?}");
    assert_eq!(world.later(60).await, (false, GrantPhase::Lost, 4), "nobody is asked again and again");
    let status = world.service.alerts().status().await.unwrap();
    assert_eq!(status.alarms.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the lab"]
async fn sleep_beyond_token_end_renews_at_once() {
    let world = OauthWorld::new().await;
    assert_eq!(world.later(24 * 60).await, (true, GrantPhase::Authorized, 1));
}

/// Parallel requests for a token make one request to the provider, also when that request fails.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the lab"]
async fn parallel_token_requests_make_one_refused_request() {
    let world = OauthWorld::new().await;
    world.clock.step(24 * 60 * MINUTE);
    world.oidc.fault(&json!({ "path": "/token", "times": 10, "status": 503 }));
    let wanting: Vec<_> = (0..50)
        .map(|_| {
            let (oauth, relay) = (Arc::clone(world.service.oauth()), world.relay.clone());
            tokio::spawn(async move { oauth.token(&relay, AskProvider::WhenDue).await.err().unwrap() })
        })
        .collect();
    for task in wanting {
        let none = task.await.unwrap();
        assert!(none.passing, "{none:?}");
    }
    assert_eq!(world.oidc.asked().len(), 1, "{:?}", world.oidc.asked());
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the lab"]
async fn sign_in_works_once_for_its_session_within_ten_minutes() {
    let world = OauthWorld::new().await;
    let oauth = world.service.oauth();
    let starter = |key: &str| Starter { key: key.into(), actor: Actor::whole("test") };
    let begun = oauth.start(None, pasted(starter("one"))).unwrap();
    let address = world.oidc.sign_in(&begun.url, "alice@lab.test");
    let told =
        async |address: &str, key: &str| oauth.finish(Returned::read(address), &starter(key)).await.map_err(|f| f.to_string());
    assert!(told(&address, "two").await.unwrap_err().contains("another session"));
    assert!(matches!(told(&address, "one").await, Ok(Verified::Authorized { .. })), "the other's attempt has not spent it");
    assert!(told(&address, "one").await.unwrap_err().contains("it was used"));
    assert!(told("http://localhost/login/smtp-verification?code=x", "one").await.unwrap_err().contains("no state"));
    assert!(told("?state=x&code=y", "one").await.unwrap_err().contains("not known"));
    // A viewer cannot begin a sign-in, and cannot finish that of an administrator.
    let viewer = Starter { key: "one".into(), actor: Actor { name: "v".into(), role: model::account::Role::Viewer } };
    assert!(oauth.start(None, pasted(viewer.clone())).is_err());
    let begun = oauth.start(None, pasted(starter("one"))).unwrap();
    let address = world.oidc.sign_in(&begun.url, "alice@lab.test");
    assert!(oauth.finish(Returned::read(&address), &viewer).await.is_err());
    // Another session's code with our state: the provider compares the verifier, and the node stores nothing.
    let before = oauth.status(None).unwrap().renewed;
    let (mine, other) = (oauth.start(None, pasted(starter("one"))).unwrap(), oauth.start(None, pasted(starter("two"))).unwrap());
    let (mine, other) = (world.oidc.sign_in(&mine.url, "alice@lab.test"), world.oidc.sign_in(&other.url, "bob@lab.test"));
    let part = |address: &str, name: &str| {
        let (_, rest) = address.split_once(&format!("{name}=")).unwrap();
        rest.split('&').next().unwrap().to_owned()
    };
    let mixed = format!("?state={}&code={}", part(&mine, "state"), part(&other, "code"));
    assert!(told(&mixed, "one").await.unwrap_err().contains("refused"));
    assert_eq!(oauth.status(None).unwrap().renewed, before);
    // An answer of another provider.
    let begun = oauth.start(None, pasted(starter("one"))).unwrap();
    let address = world.oidc.sign_in(&begun.url, "alice@lab.test");
    assert!(address.contains("&iss="), "the provider names itself: {address}");
    let (rest, _) = address.split_once("&iss=").unwrap();
    assert!(told(&format!("{rest}&iss=https%3A%2F%2Fevil.example"), "one").await.unwrap_err().contains("another provider"));
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the lab"]
async fn request_has_a_firm_challenge_and_no_secret() {
    let world = OauthWorld::new().await;
    let starter = Starter { key: "one".into(), actor: Actor::whole("test") };
    let begun = world.service.oauth().start(None, pasted(starter)).unwrap();
    for part in
        ["code_challenge_method=S256", "code_challenge=", "response_type=code", "state=", "nonce=", "login_hint=alice%40lab.test"]
    {
        assert!(begun.url.contains(part), "{}", begun.url);
    }
    assert!(!begun.url.contains("s3cret") && !begun.url.contains("verifier"), "{}", begun.url);
    // Without the challenge, the provider refuses the request.
    let (head, tail) = begun.url.split_once("&code_challenge=").unwrap();
    let weaker = format!("{head}&{}", tail.split_once('&').unwrap().1.replace("code_challenge_method=S256&", ""));
    let back = world.oidc.sign_in(&weaker, "alice@lab.test");
    assert!(back.contains("error=invalid_request"), "{back}");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the lab"]
async fn unwritable_node_requests_no_token_it_would_lose() {
    let world = OauthWorld::new().await;
    world.service.store().close();
    assert_eq!(world.later(52).await, (true, GrantPhase::Authorized, 0), "the token in hand serves on");
    assert_eq!(
        world.later(60).await,
        (false, GrantPhase::Authorized, 0),
        "and what would replace the permission is not asked for"
    );
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the lab"]
async fn grant_without_refresh_or_mail_scope_is_refused() {
    let world = OauthWorld::unauthorized("https://outlook.office.com/SMTP.Send").await;
    assert!(world.verify().await.unwrap_err().contains("no refresh token"));
    let world = OauthWorld::unauthorized("https://outlook.office.com/SMTP.Send offline_access Mail.Other").await;
    assert!(world.verify().await.unwrap_err().contains("the permission to send mail was not given"));
    assert_eq!(world.service.oauth().status(None).unwrap().state, GrantPhase::Absent);
}

/// A provider that does not tell who signs in is asked once more without that scope.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the lab"]
async fn provider_without_identity_is_asked_again_without_it() {
    let world = OauthWorld::unauthorized("https://outlook.office.com/SMTP.Send offline_access").await;
    let oauth = world.service.oauth();
    let starter = || Starter { key: "test".into(), actor: Actor::whole("test") };
    let begun = oauth.start(None, SignInRequest { test: true, ..pasted(starter()) }).unwrap();
    assert!(begun.url.contains("openid+email+profile"), "{}", begun.url);
    let state = begun.url.split("&state=").nth(1).unwrap().split('&').next().unwrap();
    let back = Returned::read(&format!("?error=consent_required&state={state}"));
    let Ok(Verified::Again(again)) = oauth.finish(back, &starter()).await else { panic!("not again") };
    assert!(!again.url.contains("openid") && again.url.contains("SMTP.Send"), "{}", again.url);
    let state = again.url.split("&state=").nth(1).unwrap().split('&').next().unwrap();
    let back = Returned::read(&format!("?error=consent_required&state={state}"));
    let refused = oauth.finish(back, &starter()).await.map_err(|fault| fault.to_string());
    assert!(refused.unwrap_err().contains("refused"), "once, and not without end");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the lab"]
async fn account_confirmed_during_renewal_keeps_newer_grant() {
    let world = OauthWorld::new().await;
    let desk = world.service.settings();
    let mut draft = desk.current().draft.clone();
    draft.email.oauth2.email = Some("carol@lab.test".into());
    desk.save(draft, 1, &Actor::whole("test")).await.ok().unwrap();
    world.oidc.fault(&json!({ "path": "/token", "times": 1, "status": 0, "delayMs": 1000 }));
    let oauth = Arc::clone(world.service.oauth());
    let renewing = tokio::spawn(async move { oauth.renew_now(None, &Actor::whole("test")).await.is_ok() });
    while world.oidc.requests_begun() == 0 {
        tokio::task::yield_now().await;
    }
    world.service.oauth().confirm(None, "alice@lab.test", &Actor::whole("test")).await.unwrap();
    assert!(renewing.await.unwrap());
    let status = world.service.oauth().renew_now(None, &Actor::whole("test")).await.unwrap();
    assert!(status.is_well(), "the newest permission is shown: {:?}", status.fault);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the lab"]
async fn unreadable_settings_keep_their_grants() {
    let world = OauthWorld::new().await;
    let store = world.service.store().clone();
    let good = world.service.settings().current().draft.clone();
    let mut bad = good.clone();
    bad.email.contacts.admin.clear();
    let save = DocumentSave {
        kind: "email",
        by: "test".into(),
        schema: 1,
        draft: serde_json::to_string(&bad).unwrap(),
        secrets: Vec::new(),
    };
    store.change(Timestamp::EPOCH, save).await.unwrap();
    let start = || Start {
        store: store.clone(),
        clock: Clock::default(),
        own: Arc::default(),
        names: Names::new("test", Vec::new()),
        pair: PairStart::default(),
    };
    let again = Service::offline(start()).await.unwrap();
    assert!(again.settings().current().settings().is_none(), "they cannot be used");
    let revision = again.settings().current().revision;
    again.settings().save(good, revision, &Actor::whole("test")).await.ok().unwrap();
    assert_eq!(again.oauth().status(None).unwrap().state, GrantPhase::Authorized);
    assert_eq!(store.grants().await.unwrap().len(), 1, "on disk too");
    let third = Service::offline(start()).await.unwrap();
    assert_eq!(third.oauth().status(None).unwrap().state, GrantPhase::Authorized);
}
