//! Raises each code of the catalogue by its real cause, and reads its notice from a real mailbox in both languages.
//!
//! `docs/notices-en.md` and `docs/notices-nl.md` fix the words. These tests prove that each notice comes, and when.

use std::time::Duration;

use admin::account::RequestOrigin;
use admin::words::reason;
use alerts::signals::PageCertificate;
use model::Language;
use model::account::{Actor, Role};
use model::event::Severity;
use model::scope::Scope;
use serde_json::{Value, json};
use testkit::{Hook, Lab, SmallDisk, TcpProxy};

use crate::world::{DAY, HOUR, MINUTE, ReceivedMail, World, settings_in, settings_two};

const LANGUAGES: [&str; 2] = ["en", "nl"];

/// The text in this language.
fn told<'a>(language: &str, english: &'a str, dutch: &'a str) -> &'a str {
    if language == "en" { english } else { dutch }
}

/// Settings with the given first relay and a good second one.
fn first(relay: Value, auth: Value, language: &str) -> Value {
    let lab = Lab::get();
    let mut all = settings_two(1, lab.postfix(0));
    all["site"]["language"] = language.into();
    for (key, value) in relay.as_object().unwrap() {
        all["email"]["relay"][key] = value.clone();
    }
    all["email"]["auth"] = auth;
    all
}

/// Mail goes by the first relay until its fault is found. Then the notice comes by the second.
// Five arguments: each test is one case, with its words in both languages.
async fn relay_is_told(relay: Value, auth: Value, code: &str, english: &str, dutch: &str) {
    for language in LANGUAGES {
        let world = World::start(first(relay.clone(), auth.clone(), language)).await;
        world.send("bob@lab.test", "way").await;
        let open = world.opens(code).await;
        assert_eq!((open.severity, open.object.as_str()), (Severity::Error, "first"));
        let mail = world.arrive(told(language, english, dutch), 1).await.remove(0);
        let error = reason(Language::of_tag(language).unwrap(), &open.facts["error"]);
        let error = error.split(' ').next().unwrap();
        assert!(mail.text.contains(error) && mail.text.contains("127.0.0.1"), "{error}: {}", mail.text);
        world
            .arrive(
                told(
                    language,
                    "mail goes through relay second because relay first",
                    "mail gaat via relay second omdat relay first",
                ),
                1,
            )
            .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the lab"]
async fn refused_sign_in_is_reported_by_the_other_relay() {
    let lab = Lab::get();
    let relay = json!({ "port": lab.postfix(1), "encryption": "starttls", "ca": lab.pem("ca.pem") });
    let auth = json!({ "type": "password", "username": "alice@lab.test", "password": "wrong" });
    let (english, dutch) = ("relay first refuses the sign-in", "relay first weigert de aanmelding");
    relay_is_told(relay, auth, "relay.signin.refused", english, dutch).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the lab"]
async fn untrusted_relay_is_reported_by_the_other_relay() {
    let relay = json!({ "port": Lab::get().postfix(7), "encryption": "tls" });
    let (english, dutch) = ("relay first: certificate not trusted", "relay first: certificaat niet vertrouwd");
    relay_is_told(relay, json!({}), "relay.trust.failed", english, dutch).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the lab"]
async fn refusing_relay_is_reported_by_the_other_relay() {
    let english = "relay first cannot be used with the current settings";
    let dutch = "relay first is met de huidige instellingen niet bruikbaar";
    let relay = json!({ "port": Lab::get().faulty("mail-530"), "encryption": "none" });
    relay_is_told(relay, json!({}), "relay.refused", english, dutch).await;
}

/// A relay without STARTTLS shows no certificate, so none is blamed.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the lab"]
async fn relay_without_encryption_is_reported_by_the_other_relay() {
    let english = "relay first cannot be used with the current settings";
    let dutch = "relay first is met de huidige instellingen niet bruikbaar";
    let relay = json!({ "port": Lab::get().postfix(0), "encryption": "starttls" });
    relay_is_told(relay, json!({}), "relay.refused", english, dutch).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the lab"]
async fn refused_sender_is_reported_by_the_other_relay() {
    for language in LANGUAGES {
        let relay = json!({ "port": Lab::get().faulty("rcpt-553-policy"), "encryption": "none" });
        let world = World::start(first(relay, json!({}), language)).await;
        // A notice of our own: a refused message of an application need not be the sender's fault.
        world.raise("app.hello", "", Severity::Info).await;
        let open = world.opens("relay.sender.refused").await;
        assert_eq!((open.severity, open.facts["sender"].as_str()), (Severity::Error, "alice@lab.test"));
        let subject =
            told(language, "relay first takes no mail from alice@lab.test", "relay first neemt geen mail aan van alice@lab.test");
        world.arrive(subject, 1).await;
    }
}

/// A certificate with twenty days left is reported, and again when its end is nearer.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the lab"]
async fn expiring_relay_certificate_is_reported_again_when_nearer() {
    let lab = Lab::get();
    for language in LANGUAGES {
        let mut all = settings_in(language, lab.postfix(2));
        all["email"]["relay"]["encryption"] = "tls".into();
        all["email"]["relay"]["ca"] = lab.pem("ca.pem").into();
        all["email"]["relay"]["client_certificate"] = lab.pem("client.pem").into();
        all["email"]["relay"]["client_key"] = lab.pem("client.key").into();
        let auth = json!({ "type": "password", "username": "alice@lab.test", "password": "alice-secret" });
        all["email"]["auth"] = auth;
        let world = World::start(all).await;
        world.send("bob@lab.test", "way").await;
        world.until("the relay has shown its certificate", async || world.service.queue().last_accepted().is_some()).await;
        let settings = world.service.settings().current().settings().unwrap();
        assert!(world.service.alerts().expirations(&settings, world.clock.now()).is_empty(), "nothing within 90 days");
        // The lab's certificates last 825 days.
        world.clock.step(805 * DAY);
        let open = world.opens("relay.certificate.expiring").await;
        assert_eq!((open.severity, open.step), (Severity::Info, Some(30)));
        let subject = told(
            language,
            "the certificate of relay first expires in 20 days",
            "het certificaat van relay first verloopt over 20 dagen",
        );
        world.arrive(subject, 1).await;
        let subject = told(
            language,
            "the client certificate for relay first expires in",
            "het clientcertificaat voor relay first verloopt over",
        );
        world.arrive(subject, 1).await;
        // The restarted node has seen no certificate yet: that resolves nothing.
        let world = world.restart().await;
        world.looks().await;
        assert!(world.open("relay.certificate.expiring").await.is_some());
        let before = world.service.queue().last_accepted();
        world.send("bob@lab.test", "way").await;
        world.until("it is shown again", async || world.service.queue().last_accepted() > before).await;
        world.clock.step(14 * DAY);
        let subject = told(
            language,
            "the certificate of relay first expires in 6 days",
            "het certificaat van relay first verloopt over 6 dagen",
        );
        let nearer = world.arrive(subject, 1).await.remove(0);
        assert!(nearer.header("in-reply-to").is_some(), "in the same thread: {}", nearer.raw);
        let over = |mail: &ReceivedMail| {
            mail.header("x-postwacht-event").as_deref() == Some("relay.certificate.expiring")
                && mail.subject.contains(told(language, "Resolved", "Opgelost"))
        };
        assert!(!world.mails().iter().any(over), "it never ended");
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the lab"]
async fn node_certificate_is_reported_from_ninety_days() {
    for language in LANGUAGES {
        let world = World::start(settings_in(language, Lab::get().postfix(0))).await;
        let shows = |world: &World, days| {
            let ends = world.clock.now() + days * DAY;
            world.service.signals().note_certificate(PageCertificate::Served { names: "post.example.net".into(), ends });
        };
        shows(&world, 91);
        world.clock.step(MINUTE);
        assert!(world.open("node.certificate.expiring").await.is_none());
        world.clock.step(DAY);
        let subject = told(
            language,
            "the certificate of this node expires in 90 days",
            "het certificaat van deze node verloopt over 90 dagen",
        );
        world.arrive(subject, 1).await;
        let world = world.restart().await;
        world.looks().await;
        assert!(world.open("node.certificate.expiring").await.is_some(), "nobody has said which one it shows now");
        shows(&world, 825);
        world.clock.step(MINUTE);
        world.arrive(told(language, "Resolved: certificate of this node", "Opgelost: certificaat van deze node"), 1).await;
    }
}

/// A contact that a relay refuses is reported to the other contacts, until it is removed.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the lab"]
async fn refused_contact_is_reported_until_removed() {
    for language in LANGUAGES {
        let mut all = settings_in(language, Lab::get().postfix(0));
        all["email"]["contacts"]["admin"] = json!(["bob@lab.test", "gone@lab.test"]);
        let world = World::start(all.clone()).await;
        world.raise("app.hello", "", Severity::Info).await;
        let open = world.opens("contact.refused").await;
        assert_eq!(open.object, "gone@lab.test");
        let mail = world
            .arrive(told(language, "refuses the admin contact gone@lab.test", "weigert het beheercontact gone@lab.test"), 1)
            .await
            .remove(0);
        assert!(mail.text.contains("550"), "{}", mail.text);
        all["email"]["contacts"]["admin"] = json!(["bob@lab.test"]);
        world.save(all).await;
        world.closes("contact.refused").await;
    }
}

/// The only contact is refused, so that nobody was told of an open incident. A new contact is.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the lab"]
async fn notice_that_nobody_got_reaches_a_new_contact() {
    let mut all = settings_in("en", Lab::get().postfix(0));
    all["email"]["contacts"]["admin"] = json!(["gone@lab.test"]);
    let world = World::start(all.clone()).await;
    world.raise("app.broken", "disk 1", Severity::Critical).await;
    world.opens("contact.refused").await;
    let status = world.service.alerts().status().await.unwrap();
    let said: Vec<&str> = status.remark_phrases.iter().map(|phrase| phrase.key.as_ref()).collect();
    assert!(said.contains(&"status-contacts-refused") && !said.contains(&"daily-only-mail"), "{said:?}");
    all["email"]["contacts"]["admin"] = json!(["bob@lab.test"]);
    world.save(all.clone()).await;
    let mail = world.arrive("app.broken", 1).await.remove(0);
    assert!(mail.subject.contains("Critical"), "{}", mail.subject);
    world.closes("contact.refused").await;
    // It was told once: another change of the contacts tells it to nobody again.
    all["email"]["contacts"]["admin"] = json!(["bob@lab.test", "alice@lab.test"]);
    world.save(all).await;
    for _ in 0..3 {
        world.looks().await;
    }
    assert_eq!(world.mails().into_iter().filter(|mail| mail.subject.contains("app.broken")).count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the lab"]
async fn refused_application_mail_is_reported_once_and_counted() {
    for language in LANGUAGES {
        let world = World::start(settings_in(language, Lab::get().postfix(0))).await;
        world.send("gone@lab.test", "one").await;
        world
            .arrive(
                told(language, "mail of a program was refused permanently", "mail van een programma is definitief geweigerd"),
                1,
            )
            .await;
        for _ in 0..3 {
            world.send("gone@lab.test", "more").await;
        }
        world
            .until("they are counted", async || {
                world.open("queue.refused").await.is_some_and(|incident| incident.facts["count"] == "4")
            })
            .await;
        world.clock.step(DAY + MINUTE);
        world.arrive(told(language, "Resolved: refused mail", "Opgelost: geweigerde mail"), 1).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the lab"]
async fn backlog_is_reported_while_other_mail_gets_out() {
    for language in LANGUAGES {
        let world = World::start(settings_in(language, Lab::get().postfix(0))).await;
        world.send("busy@lab.test", "waits").await; // the relay answers 451
        world
            .until("it was tried", async || {
                let page = world.store.messages(store::ListFilter::default(), 10).await.unwrap();
                page.rows.iter().any(|row| row.failures > 0)
            })
            .await;
        // Steps the clock, so that the relay proves itself all along.
        for _ in 0..25 {
            world.clock.step(10 * MINUTE);
            world.send("bob@lab.test", "passes").await;
            let now = world.clock.now();
            world
                .until("it passes", async || world.service.queue().last_accepted().is_some_and(|at| now.since(at) < MINUTE))
                .await;
        }
        // The count may include the message sent last.
        world.arrive(told(language, "] Warning: ", "] Waarschuwing: "), 1).await;
        assert!(world.open("mail.silent").await.is_none());
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the lab"]
async fn contact_is_reported_after_a_week_without_confirmation() {
    for language in LANGUAGES {
        let world = World::start(settings_in(language, Lab::get().postfix(0))).await;
        world.until("the contact is known", async || !world.store.contacts().await.unwrap().is_empty()).await;
        world.clock.step(6 * DAY);
        assert!(world.open("contact.unconfirmed").await.is_none());
        world.clock.step(DAY + HOUR);
        let subject = told(
            language,
            "no confirmation that mail to bob@lab.test arrives",
            "geen bevestiging dat mail aan bob@lab.test aankomt",
        );
        world.arrive(subject, 1).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the lab"]
async fn missing_or_other_key_file_is_reported_until_restored() {
    const OTHER: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n";
    for language in LANGUAGES {
        let world = World::start(settings_in(language, Lab::get().postfix(0))).await;
        let file = world.store.directory().join("key");
        let key = std::fs::read_to_string(&file).unwrap();
        let puts: [(Option<String>, bool); 6] = [
            (None, true),
            (Some(key.clone()), false),
            (Some(OTHER.into()), true),
            (Some(format!("{OTHER}{key}")), false),
            (Some("no key".into()), true),
            (Some(key.clone()), false),
        ];
        for (content, lost) in puts {
            match &content {
                None => std::fs::remove_file(&file).unwrap(),
                Some(content) => std::fs::write(&file, content).unwrap(),
            }
            world.clock.step(MINUTE);
            world.looks().await;
            assert_eq!(world.open("node.key.lost").await.is_some(), lost, "{content:?}");
            let doctor = world.service.examine().await.unwrap();
            assert_eq!(doctor.iter().any(|check| check.name == "key"), lost, "{content:?}");
        }
        world.arrive(told(language, "the key file is missing", "het sleutelbestand ontbreekt"), 1).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the lab"]
async fn full_disk_is_reported_before_mail_is_refused() {
    for language in LANGUAGES {
        let small = SmallDisk::new(64);
        let path = small.path().to_owned();
        let world = World::on_disk(small).await;
        world.save(settings_in(language, Lab::get().postfix(0))).await;
        // Intake refuses mail below 12.8 MiB on this disk.
        std::fs::write(path.join("ballast"), vec![0u8; 36 << 20]).unwrap();
        world.clock.step(MINUTE);
        assert!(world.open("queue.quota.near").await.is_none());
        let low = world.opens("node.disk.low").await;
        assert_eq!(low.severity, Severity::Error);
        world.arrive(told(language, "the disk is nearly full", "de schijf is bijna vol"), 1).await;
        std::fs::write(path.join("more"), vec![0u8; 9 << 20]).unwrap();
        world.clock.step(MINUTE);
        world.arrive(told(language, "the queue is nearly full", "de wachtrij is bijna vol"), 1).await;
        std::fs::write(path.join("yet more"), vec![0u8; 4 << 20]).unwrap();
        world.looks().await;
        let report = |severity| {
            let (code, facts) = ("app.more".into(), model::event::Facts::new());
            let report = alerts::event::EventReport {
                code,
                object: String::new(),
                severity,
                facts,
                once: false,
                by: "test".into(),
                key: None,
            };
            world.service.events().raise(report)
        };
        assert!(report(Severity::Error).await.is_err(), "events of others do not fill what is left");
        assert!(report(Severity::Critical).await.is_ok());
        for file in ["ballast", "more", "yet more"] {
            std::fs::remove_file(path.join(file)).unwrap();
        }
        world.clock.step(MINUTE);
        world.arrive(told(language, "Resolved: disk space", "Opgelost: schijfruimte"), 1).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the lab"]
async fn clock_skew_is_reported() {
    for language in LANGUAGES {
        let hook = Hook::start();
        hook.ahead(12 * 60);
        let mut all = settings_in(language, Lab::get().postfix(0));
        all["alarm"] = json!({ "webhooks": [hook.url] });
        let world = World::start(all).await;
        let called = world.service.alerts().test_alarm(&Actor::whole("test")).await.unwrap();
        assert!(called.iter().all(|call| call.taken), "{called:?}");
        world.clock.step(MINUTE);
        world
            .arrive(
                told(language, "the clock of this node is 12 minutes behind", "de klok van deze node loopt 12 minuten achter"),
                1,
            )
            .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the lab"]
async fn repeated_failed_sign_ins_are_reported() {
    for language in LANGUAGES {
        let world = World::start(settings_in(language, Lab::get().postfix(0))).await;
        let origin = RequestOrigin { address: "192.0.2.7".parse().unwrap(), agent: "test".into(), devices: String::new() };
        for _ in 0..12 {
            assert!(world.service.accounts().sign_in("admin", "guess", &origin).await.is_err());
            world.clock.step(MINUTE);
        }
        world.arrive(told(language, "refused sign-ins as admin", "geweigerde aanmeldingen als admin"), 1).await;
    }
}

/// A change of security settings is reported with its author. Other changes are not reported.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the lab"]
async fn only_security_settings_are_reported_with_their_author() {
    for language in LANGUAGES {
        let mut all = settings_in(language, Lab::get().postfix(0));
        let world = World::start(all.clone()).await;
        world.until("the first settings are known", async || !world.store.contacts().await.unwrap().is_empty()).await;
        world.clock.step(MINUTE);
        all["email"]["daily"] = json!({ "at": "09:00" });
        world.save(all.clone()).await;
        world.clock.step(MINUTE);
        all["email"]["contacts"]["admin"] = json!(["bob@lab.test", "carol@lab.test"]);
        world.save_as("mallory", all).await;
        world.looks().await;
        // Changes that follow one another are told in one mail.
        world.clock.step(5 * MINUTE);
        let mail = world
            .arrive(told(language, "mallory changed security settings", "mallory heeft beveiligingsinstellingen gewijzigd"), 1)
            .await
            .remove(0);
        assert!(mail.text.contains("carol@lab.test"), "{}", mail.text);
        let about =
            world.mails().into_iter().filter(|mail| mail.header("x-postwacht-event").as_deref() == Some("settings.changed"));
        assert_eq!(about.count(), 1, "the hour of the daily notice is nobody's security");
    }
}

/// The act, and its words in the mail in both languages.
type AccessAct = (&'static str, &'static str, &'static str);

/// Each change of access is reported in words of its own. A backup is not reported.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the lab"]
async fn changed_access_is_reported_and_a_backup_is_not() {
    const ACTS: [AccessAct; 4] = [
        ("token-created", "mallory created a token: ci: send", "mallory heeft een token gemaakt: ci: send"),
        ("account-created", "mallory created an account: eve", "mallory heeft een account gemaakt: eve"),
        ("account-reset", "mallory removed an account's password", "mallory heeft het wachtwoord van een account verwijderd"),
        ("account-deleted", "mallory deleted an account: eve", "mallory heeft een account verwijderd: eve"),
    ];
    for language in LANGUAGES {
        let world = World::start(settings_in(language, Lab::get().postfix(0))).await;
        world.until("the first settings are known", async || !world.store.contacts().await.unwrap().is_empty()).await;
        world.clock.step(MINUTE);
        let who = Actor::whole("mallory");
        world.service.backup(world.store.directory().join("copy"), &who).await.unwrap();
        for (act, english, dutch) in ACTS {
            match act {
                "token-created" => {
                    drop(world.service.tokens().create(&who, "ci", &[Scope::Send], Duration::from_secs(3600)).await.unwrap());
                }
                "account-created" => drop(world.service.accounts().create(&who, "eve", Role::Viewer, None).await.unwrap()),
                "account-reset" => drop(world.service.accounts().reset(&who, "eve").await.unwrap()),
                _ => world.service.accounts().delete(&who, "eve").await.unwrap(),
            }
            world.clock.step(MINUTE);
            let mail = world.arrive(told(language, english, dutch), 1).await.remove(0);
            assert_eq!(mail.header("x-postwacht-event").as_deref(), Some("access.changed"), "{act}");
            assert!(!mail.text.contains("revision") && !mail.text.contains("revisie"), "{act}: {}", mail.text);
        }
        let about = |code: &str| {
            world.mails().into_iter().filter(|mail| mail.header("x-postwacht-event").as_deref() == Some(code)).count()
        };
        assert_eq!((about("access.changed"), about("settings.changed")), (ACTS.len(), 0), "a backup changes nothing");
    }
}

/// An unreachable relay is reported after a quarter of an hour, and again when it is back.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the lab"]
async fn unreachable_relay_is_reported_after_fifteen_minutes() {
    for language in LANGUAGES {
        let lab = Lab::get();
        let proxy = TcpProxy::to(lab.postfix(0));
        let mut all = settings_two(proxy.port, lab.postfix(0));
        all["site"]["language"] = language.into();
        proxy.cut();
        let world = World::start(all).await;
        world.send("bob@lab.test", "way").await;
        world.opens("relay.fallback.active").await;
        assert!(world.open("relay.unreachable").await.is_none(), "it may be back in a moment");
        world.clock.step(16 * MINUTE);
        let raised = told(language, "relay first has been unreachable since", "relay first is sinds");
        world.arrive(raised, 1).await;
        proxy.restore();
        world.clock.step(16 * MINUTE);
        world.arrive(told(language, "Resolved: relay first unreachable", "Opgelost: relay first onbereikbaar"), 1).await;
        world.arrive(told(language, "Resolved: fallback relay in use", "Opgelost: reserverelay in gebruik"), 1).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the lab"]
async fn removed_contact_and_remaining_contacts_are_told() {
    for language in LANGUAGES {
        let hook = Hook::start();
        let mut all = settings_in(language, Lab::get().postfix(0));
        all["alarm"] = json!({ "webhooks": [hook.url] });
        let world = World::start(all.clone()).await;
        world.until("the contact is known", async || !world.store.contacts().await.unwrap().is_empty()).await;
        all["email"]["contacts"]["admin"] = json!(["alice@lab.test"]);
        world.save(all).await;
        let subject = told(language, "bob@lab.test is no longer an admin contact", "bob@lab.test is geen beheercontact meer");
        let mails = world.arrive(subject, 2).await;
        for mailbox in ["alice@lab.test", "bob@lab.test"] {
            assert!(mails.iter().any(|mail| mail.header("delivered-to").as_deref() == Some(mailbox)), "{mailbox}: {mails:?}");
        }
        let events = || hook.told().iter().map(|told| told.json()["event"].as_str().unwrap_or("").to_owned()).collect::<Vec<_>>();
        world.until("webhooks are told", async || events().contains(&"contact.removed".to_owned())).await;
        world.looks().await;
        world.arrive(subject, 2).await;
    }
}
