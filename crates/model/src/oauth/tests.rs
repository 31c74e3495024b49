use std::time::Duration;

use super::*;
use crate::settings::{Auth, Draft, OAuth2Settings, Provider, parse};
use crate::time::Timestamp;

const START: Timestamp = Timestamp::EPOCH;
const HOUR: Duration = Duration::from_hours(1);

fn seconds(n: i64) -> Timestamp {
    Timestamp::from_secs(n)
}

fn minutes(n: i64) -> Timestamp {
    Timestamp::from_secs(n * 60)
}

fn authorized() -> Life {
    Life::default().granted(HOUR, START, 0)
}

/// Applies each refusal when its request is due. Returns the states and the waits in minutes.
fn refused_until(refusals: &[Refusal], mut life: Life) -> Vec<(&'static str, u64)> {
    let mut now = life.next.unwrap_or_default();
    let mut told = Vec::new();
    for refusal in refusals {
        life = life.refused(*refusal, now, 0);
        let next = life.next.unwrap();
        told.push((life.state.name(), next.since(now).as_secs() / 60));
        now = next;
    }
    told
}

#[test]
fn refusal_is_classified_by_error_and_status() {
    for (status, error, meaning) in [
        (400, Some("invalid_grant"), Refusal::Grant),
        (400, Some("interaction_required"), Refusal::Person),
        (400, Some("login_required"), Refusal::Person),
        (400, Some("consent_required"), Refusal::Person),
        (401, Some("invalid_client"), Refusal::Client),
        (400, Some("unauthorized_client"), Refusal::Client),
        (401, Some("deleted_client"), Refusal::Client),
        (400, Some("admin_policy_enforced"), Refusal::Configuration),
        (400, Some("invalid_scope"), Refusal::Configuration),
        (400, Some("invalid_request"), Refusal::Configuration),
        (400, Some("temporarily_unavailable"), Refusal::Passing),
        (400, Some("slow_down_please"), Refusal::Passing),
        (503, Some("invalid_grant"), Refusal::Passing),
        (429, Some("invalid_client"), Refusal::Passing),
        (200, None, Refusal::Passing),
        (302, None, Refusal::Passing),
    ] {
        assert_eq!(Refusal::of(status, error), meaning, "{status} {error:?}");
    }
}

#[test]
fn token_is_renewed_at_half_life_and_at_least_daily() {
    assert_eq!(authorized().next, Some(minutes(30)));
    let long = Life::default().granted(HOUR * 24 * 60, START, 0);
    assert_eq!(long.next, Some(minutes(24 * 60)));
    let short = Life::default().granted(Duration::from_secs(1), START, 0);
    assert_eq!(short.next, Some(seconds(5)), "a short one is not asked for without end");
    let early = Life::default().granted(HOUR, START, 255).next.unwrap();
    assert!((minutes(27)..minutes(30)).contains(&early), "spread by a tenth, and never late");
}

/// The provider is asked again after 1, 5 and 15 minutes. Then the grant is lost.
#[test]
fn invalid_grant_is_retried_three_times_then_lost() {
    let told = refused_until(&[Refusal::Grant; 5], authorized());
    assert_eq!(told, [("doubted", 1), ("doubted", 5), ("doubted", 15), ("lost", 1440), ("lost", 1440)]);
}

#[test]
fn doubt_is_cleared_by_new_token() {
    let doubted = authorized().refused(Refusal::Grant, START, 0);
    assert_eq!(doubted.state, GrantPhase::Doubted(1));
    assert_eq!(doubted.granted(HOUR, minutes(1), 0).state, GrantPhase::Authorized);
}

#[test]
fn early_requests_do_not_bring_lost_nearer() {
    let doubted = authorized().refused(Refusal::Grant, minutes(40), 0);
    let mut asked = doubted;
    for second in 1..20 {
        asked = asked.refused(Refusal::Grant, seconds(40 * 60 + second), 0);
    }
    assert_eq!((asked.state, asked.next), (GrantPhase::Doubted(1), doubted.next));
}

#[test]
fn refusal_that_needs_a_person_is_lost_at_once() {
    assert_eq!(refused_until(&[Refusal::Person], authorized()), [("lost", 1440)]);
}

#[test]
fn refused_client_keeps_grant_and_asks_seldom() {
    let told = refused_until(&[Refusal::Client; 4], authorized());
    assert_eq!(told, [("client-refused", 15), ("client-refused", 60), ("client-refused", 240), ("client-refused", 240)]);
    assert_eq!(refused_until(&[Refusal::Configuration], authorized()), [("misconfigured", 15)]);
}

#[test]
fn passing_fault_keeps_state_and_is_retried_soon() {
    let told = refused_until(&[Refusal::Passing; 8], authorized());
    assert!(told.iter().all(|(state, _)| *state == "authorized"));
    assert_eq!(told.iter().map(|(_, minutes)| *minutes).collect::<Vec<_>>(), [0, 0, 1, 2, 5, 10, 15, 15]);
    let doubted = authorized().refused(Refusal::Grant, START, 0).refused(Refusal::Passing, minutes(2), 0);
    assert_eq!(doubted.state, GrantPhase::Doubted(1), "and takes no doubt away");
}

#[test]
fn renewal_is_due_after_wrong_clock() {
    assert!(Life { next: Some(minutes(100 * 24 * 60)), ..authorized() }.is_due(START));
    assert!(!authorized().is_due(minutes(29)));
    assert!(authorized().is_due(minutes(30)));
    assert!(!Life::default().is_due(Timestamp::MAX), "what nobody has authorized waits for a person");
    let token = TokenLife { issued: minutes(60), expires: minutes(120) };
    assert!(!token.is_valid(START), "issued in the future");
}

#[test]
fn token_near_its_end_is_not_fresh() {
    let token = TokenLife { issued: START, expires: minutes(60) };
    assert!(token.is_fresh(minutes(49)) && !token.is_fresh(minutes(50)), "ten minutes are kept back");
    assert!(token.is_valid(minutes(59)) && !token.is_valid(minutes(60)));
    let short = TokenLife { issued: START, expires: seconds(2) };
    assert!(short.is_fresh(seconds(1)) && !short.is_fresh(Timestamp::from_millis(1600)), "of a short one a quarter");
}

fn settings(more: &str) -> OAuth2Settings {
    let text = format!(
        r#"{{"email":{{"from":"a@example.com","relay":{{"host":"smtp.office365.com"}},"auth":{{"type":"oauth2"}},
        "contacts":{{"admin":["b@example.com"]}},"oauth2":{{"provider":"entra","tenant":"8c0e2e0e-0000-4000-8000-000000000001",
        "email":"alerts@example.com","client_id":"app'id"{more}}}}}}}"#
    );
    let draft: Draft = serde_json::from_str(&text).unwrap();
    let Auth::OAuth2(settings) = parse(&draft, &|_| None).unwrap_or_else(|f| panic!("{f:?}")).route.remove(0).auth else {
        panic!()
    };
    *settings
}

#[test]
fn differing_account_is_confirmed_for_each_email() {
    let email = |text: &str| text.parse().unwrap();
    let grant = Grant { account: Some("Alerts@Example.com".into()), ..Grant::default() };
    assert_eq!(grant.to_confirm(&email("alerts@example.com")), None, "case does not count");
    assert_eq!(Grant::default().to_confirm(&email("a@example.com")), None, "a provider that says nothing");
    let asked = grant.to_confirm(&email("shared@example.com")).unwrap();
    assert_eq!((asked.account.as_str(), asked.email.as_str()), ("Alerts@Example.com", "shared@example.com"));
    let confirmed = Grant { confirmed: Some("shared@example.com".into()), ..grant };
    assert_eq!(confirmed.to_confirm(&email("shared@example.com")), None);
    assert!(confirmed.to_confirm(&email("third@example.com")).is_some(), "a new Email is a new question");
}

#[test]
fn idle_end_is_earliest_known_date() {
    let days = |n: i64| minutes(n * 24 * 60);
    let grant = Grant { renewed: Some(START), known_end: Some(days(7)), ..Grant::default() };
    assert_eq!(grant.idle_end(Provider::Google), Some(days(7)));
    assert_eq!(Grant { known_end: None, ..grant.clone() }.idle_end(Provider::Entra), Some(days(90)));
    assert_eq!(Grant::default().idle_end(Provider::Entra), None);
}

#[test]
fn token_shows_unmet_prerequisites() {
    let user = settings("");
    let good = Claims {
        audience: vec!["https://outlook.office.com".into()],
        scopes: vec!["SMTP.Send".into()],
        account: Some("ALERTS@example.com".into()),
        tenant: Some("8C0E2E0E-0000-4000-8000-000000000001".into()),
        issued: Some(seconds(1000)),
        expires: Some(seconds(4600)),
        ..Claims::default()
    };
    assert_eq!(Prerequisite::unmet_in_token(&good, &user, seconds(1200)), []);
    let graph = Claims { audience: vec!["https://graph.microsoft.com".into()], ..good.clone() };
    assert_eq!(Prerequisite::unmet_in_token(&graph, &user, seconds(1200)), [Prerequisite::Audience]);
    let imap = Claims { scopes: vec!["IMAP.AccessAsUser.All".into()], account: Some("bob@example.com".into()), ..good.clone() };
    assert_eq!(Prerequisite::unmet_in_token(&imap, &user, seconds(1200)), [Prerequisite::Scope, Prerequisite::Account]);
    let other = Claims { tenant: Some("00000000-0000-4000-8000-000000000002".into()), ..good.clone() };
    assert_eq!(
        Prerequisite::unmet_in_token(&other, &user, seconds(500)),
        [Prerequisite::Tenant, Prerequisite::Times],
        "issued ahead of our clock"
    );
    let application = settings(r#","method":"application","client_secret":"s""#);
    assert_eq!(Prerequisite::unmet_in_token(&good, &application, seconds(1200)), [Prerequisite::Role]);
    let app = Claims { roles: vec!["SMTP.SendAsApp".into()], scopes: vec![], ..good };
    assert_eq!(Prerequisite::unmet_in_token(&app, &application, seconds(1200)), []);
}

#[test]
fn commands_carry_quoted_settings_only() {
    let application = settings(r#","method":"application","client_secret":"s""#);
    let claims = Claims { object: Some("1111".into()), ..Claims::default() };
    let lines = application_commands(&application, Some(&claims)).join("\n");
    assert!(lines.contains("New-ServicePrincipal -AppId 'app''id' -ObjectId '1111'"), "{lines}");
    assert!(lines.contains("Add-MailboxPermission -Identity 'alerts@example.com' -User '1111'"), "{lines}");
    let from = "alerts@example.com".parse().unwrap();
    for prerequisite in Prerequisite::ALL {
        for line in prerequisite.commands(&application, &from, None) {
            assert!(line.starts_with(|c: char| c.is_ascii_uppercase()) && !line.contains('\n'), "{line}");
        }
    }
    let disabled = Prerequisite::unmet_in_reply("ms-smtp-auth-tenant").unwrap();
    assert!(!disabled.commands(&application, &from, None).is_empty());
}
