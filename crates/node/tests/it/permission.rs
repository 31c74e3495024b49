//! Faults of grants and secrets by their real causes, reported by the other relay.

use std::sync::Arc;

use mail::oauth::{PASTED, Returned, SignInRequest, Starter, Verified};
use model::account::Actor;
use model::event::Severity;
use model::oauth::GrantPhase;
use serde_json::{Value, json};
use testkit::{Lab, Oidc};

use crate::world::{DAY, HOUR, MINUTE, World, settings_two};

/// A node with an OAuth2 sign-in at its first relay. Its second relay accepts all mail.
struct PermissionWorld {
    world: World,
    oidc: Oidc,
}

impl PermissionWorld {
    async fn new(language: &str, extra: Value) -> Self {
        let (lab, oidc) = (Lab::get(), Oidc::start(&Lab::get()));
        oidc.client(&json!({ "client_id": "it", "client_secret": "s3cret", "redirect_uris": [PASTED] }));
        let mut all = settings_two(lab.postfix(11), lab.postfix(0));
        all["site"]["language"] = language.into();
        let relay = json!({ "name": "first", "host": "127.0.0.1", "port": lab.postfix(11), "encryption": "starttls", "ca": lab.pem("ca.pem") });
        all["email"]["relay"] = relay;
        all["email"]["auth"] = json!({ "type": "oauth2" });
        all["email"]["oauth2"] = json!({
            "provider": "other", "email": "alice@lab.test", "client_id": "it", "client_secret": "s3cret",
            "scopes": "https://outlook.office.com/SMTP.Send offline_access",
            "authorization_endpoint": format!("{}/auth", oidc.issuer), "token_endpoint": format!("{}/token", oidc.issuer),
        });
        for (key, value) in extra.as_object().unwrap() {
            all["email"]["oauth2"][key] = value.clone();
        }
        Self { world: World::start(all).await, oidc }
    }

    async fn sign_in(&self, who: &str) -> Verified {
        let oauth = self.world.service.oauth();
        let starter = || Starter { key: "test".into(), actor: Actor::whole("test") };
        let begun = oauth.start(None, SignInRequest { redirect: PASTED.into(), test: false, starter: starter() }).unwrap();
        let address = self.oidc.sign_in(&begun.url, who);
        oauth.finish(Returned::read(&address), &starter()).await.unwrap()
    }

    async fn authorized(language: &str, extra: Value) -> Self {
        let this = Self::new(language, extra).await;
        assert!(matches!(this.sign_in("alice@lab.test").await, Verified::Authorized { .. }));
        this
    }

    /// Waits until the grant is in this state.
    async fn becomes(&self, state: GrantPhase) {
        let oauth = Arc::clone(self.world.service.oauth());
        self.world.until(&format!("{state:?}"), async || oauth.status(None).unwrap().state == state).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the lab"]
async fn withdrawn_grant_is_reported_until_given_again() {
    for (language, subject, over) in [
        ("en", "relay first has lost its permission to send", "Resolved: permission of relay first"),
        ("nl", "relay first heeft geen toestemming meer om te verzenden", "Opgelost: toestemming van relay first"),
    ] {
        let site = PermissionWorld::authorized(language, json!({})).await;
        site.oidc.remove(&["Grant", "RefreshToken"]);
        for (minutes, state) in
            [(55, GrantPhase::Doubted(1)), (2, GrantPhase::Doubted(2)), (6, GrantPhase::Doubted(3)), (16, GrantPhase::Lost)]
        {
            site.world.clock.step(minutes * MINUTE);
            site.becomes(state).await;
        }
        let mail = site.world.arrive(subject, 1).await.remove(0);
        assert_eq!(mail.header("importance").as_deref(), Some("high"));
        assert!(mail.text.contains("alice@lab.test") && mail.text.contains("grant request is invalid"), "{}", mail.text);
        assert!(matches!(site.sign_in("alice@lab.test").await, Verified::Authorized { .. }));
        site.world.arrive(over, 1).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the lab"]
async fn changed_client_secret_is_reported() {
    for (language, subject) in [
        ("en", "the provider of relay first refuses the OAuth2 client"),
        ("nl", "de provider van relay first weigert de OAuth2-client"),
    ] {
        let site = PermissionWorld::authorized(language, json!({})).await;
        site.oidc.client(&json!({ "client_id": "it", "client_secret": "another", "redirect_uris": [PASTED] }));
        site.world.clock.step(55 * MINUTE);
        site.becomes(GrantPhase::ClientRefused).await;
        site.world.arrive(subject, 1).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the lab"]
async fn refused_oauth_settings_are_reported() {
    for (language, subject) in [("en", "refuses the OAuth2 settings"), ("nl", "weigert de OAuth2-instellingen")] {
        let site = PermissionWorld::authorized(language, json!({})).await;
        site.oidc.fault(&json!({ "path": "/token", "times": 100, "status": 400, "body": { "error": "invalid_scope" } }));
        site.world.clock.step(55 * MINUTE);
        site.becomes(GrantPhase::Misconfigured).await;
        site.world.arrive(subject, 1).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the lab"]
async fn missing_token_is_reported_after_half_an_hour() {
    for (language, subject) in
        [("en", "the provider of relay first issues no token"), ("nl", "de provider van relay first geeft geen token uit")]
    {
        let site = PermissionWorld::authorized(language, json!({})).await;
        site.oidc.fault(&json!({ "path": "/token", "times": 1000, "status": 503 }));
        site.world.clock.step(55 * MINUTE);
        let oauth = site.world.service.oauth();
        site.world.until("it was asked", async || oauth.status(None).unwrap().fault.is_some()).await;
        assert!(site.world.open("oauth.token.missing").await.is_none());
        site.world.clock.step(35 * MINUTE);
        site.world.arrive(subject, 1).await;
        site.oidc.mend();
        site.world.clock.step(HOUR);
        site.world.closes("oauth.token.missing").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the lab"]
async fn sign_in_by_another_account_is_reported() {
    for (language, subject) in
        [("en", "relay first is signed in with another account"), ("nl", "relay first is met een ander account aangemeld")]
    {
        let site = PermissionWorld::new(language, json!({})).await;
        assert!(matches!(site.sign_in("bob@lab.test").await, Verified::Confirm { .. }));
        let mail = site.world.arrive(subject, 1).await.remove(0);
        assert!(mail.text.contains("bob@lab.test") && mail.text.contains("alice@lab.test"), "{}", mail.text);
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the lab"]
async fn client_secret_is_counted_down_from_sixty_days() {
    for (language, first, nearer) in [
        ("en", "the client secret of relay first expires in 6", "the client secret of relay first expires in 1"),
        ("nl", "het clientgeheim van relay first verloopt over 6", "het clientgeheim van relay first verloopt over 1"),
    ] {
        let now = jiff::Timestamp::try_from(admin::Clock::default().now()).unwrap();
        let today = now.to_zoned(jiff::tz::TimeZone::UTC).date();
        let ends = today.checked_add(jiff::Span::new().days(59)).unwrap();
        let site = PermissionWorld::authorized(language, json!({ "client_secret_expires": ends.to_string() })).await;
        let open = site.world.opens("oauth.secret.expiring").await;
        assert_eq!((open.step, open.severity), (Some(60), Severity::Info));
        site.world.arrive(first, 1).await;
        site.world.clock.step(47 * DAY);
        let open = site.world.arrive(nearer, 1).await.remove(0);
        assert!(open.header("in-reply-to").is_some(), "{}", open.raw);
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the lab"]
async fn unused_grant_is_reported_two_weeks_before_its_end() {
    for (language, subject) in [
        ("en", "the permission of relay first expires in 10 days"),
        ("nl", "de toestemming van relay first verloopt over 10 dagen"),
    ] {
        // Google ends a grant that is unused for half a year.
        let site = PermissionWorld::authorized(language, json!({ "provider": "google" })).await;
        site.oidc.fault(&json!({ "path": "/token", "times": 100_000, "status": 503 }));
        site.world.clock.step(170 * DAY + MINUTE);
        let open = site.world.opens("oauth.grant.expiring").await;
        assert_eq!(open.step, Some(14));
        site.world.arrive(subject, 1).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the lab"]
async fn application_certificate_is_counted_down() {
    for (language, subject, nearer) in [
        (
            "en",
            "the application certificate of relay first expires in 2",
            "the application certificate of relay first expires in 6",
        ),
        (
            "nl",
            "het toepassingscertificaat van relay first verloopt over 2",
            "het toepassingscertificaat van relay first verloopt over 6",
        ),
    ] {
        let lab = Lab::get();
        let (certificate, key) = (lab.pem("rsa.pem"), lab.pem("rsa.key"));
        let application = json!({ "method": "application", "client_secret": null, "certificate": certificate, "key": key });
        let site = PermissionWorld::new(language, application).await;
        // The lab's certificates last 825 days.
        site.world.clock.step(805 * DAY);
        let open = site.world.opens("oauth.certificate.expiring").await;
        assert_eq!(open.step, Some(30));
        site.world.arrive(subject, 1).await;
        site.world.clock.step(14 * DAY);
        let mail = site.world.arrive(nearer, 1).await.remove(0);
        assert!(mail.header("in-reply-to").is_some(), "{}", mail.raw);
    }
}

/// A token that cannot be written is an alarm by means that need no disk.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the lab"]
async fn unwritten_token_is_an_alarm_without_the_disk() {
    let site = PermissionWorld::authorized("en", json!({})).await;
    let oauth = site.world.service.oauth();
    // The disk fails between the request and its answer. The note that must come before the request is on disk.
    site.oidc.fault(&json!({ "path": "/token", "times": 1, "delayMs": 1500, "status": 0 }));
    let before = site.oidc.requests_begun();
    site.world.clock.step(55 * MINUTE);
    site.world.until("it is asked", async || site.oidc.requests_begun() > before).await;
    site.world.store.close();
    site.world.until("it cannot be written", async || oauth.status(None).unwrap().unwritten).await;
    let status = site.world.service.alerts().status().await.unwrap();
    assert!(status.alarms.iter().any(|alarm| alarm.phrase.key == "grant-unwritten"), "{:?}", status.alarms);
    assert_ne!(status.health.name(), "well");
}
