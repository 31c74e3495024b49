//! The nodes of a pair share the e-mail settings and the settings of the pair. Each keeps its own settings.

use super::*;

fn draft(from: &str, password: &str) -> model::settings::Draft {
    serde_json::from_value(serde_json::json!({ "email": {
        "from": from,
        "relay": { "host": "mail.example.com", "port": 587, "encryption": "starttls" },
        "auth": { "type": "password", "username": "alerts", "password": password },
        "contacts": { "admin": ["ops@example.com"] },
    } }))
    .unwrap()
}

/// Everything that a node needs to send is on the backup, sealed with its own key; what it had stays as an earlier revision.
#[tokio::test(flavor = "multi_thread")]
async fn backup_takes_the_settings_with_their_secrets() {
    let (primary, backup) = paired().await;
    let (ours, theirs) = (&primary.service.admin.settings, &backup.service.admin.settings);
    let are_same = async || {
        let grants = primary.store.grants().await.unwrap() == backup.store.grants().await.unwrap();
        grants && theirs.current().draft == ours.current().draft
    };
    theirs.save(draft("own@example.com", "theirs"), 0, &whole()).await.ok().unwrap();
    theirs.follow(Some(admin::settings::FollowsPrimary { primary: Some("node".into()) }));
    assert!(backup.service.pull_email().await.ok().unwrap().grants.is_none());
    assert_eq!(theirs.current().revision, 1, "the primary has no settings yet");
    ours.save(draft("alerts@example.com", "ours"), 0, &whole()).await.ok().unwrap();
    let relay = model::id::RelayId(1);
    let grant = store::GrantChange::Put { relay, record: "{}".into(), tokens: Secret::new("token") };
    primary.store.change(primary.clock.now(), grant).await.unwrap();
    assert_eq!(backup.service.pull_email().await.ok().unwrap().grants.unwrap().len(), 1);
    assert!(are_same().await);
    let revealed = theirs.reveal().into_iter().map(|(_, secret)| secret.reveal().to_owned()).collect::<Vec<_>>();
    assert_eq!((revealed, theirs.current().revision), (vec!["ours".to_owned()], 2));
    let former = theirs.revision(1).await.ok().and_then(|draft| model::settings::sender_of(&draft));
    assert_eq!(former.unwrap().to_string(), "own@example.com");
    backup.service.pull_email().await.ok().unwrap();
    assert_eq!(theirs.current().revision, 2, "nothing has changed");

    let refused = theirs.save(draft("x@example.com", "x"), 2, &whole()).await;
    assert!(matches!(refused, Err(SaveFault::Follows(_))));
    assert!(matches!(theirs.restore(1, 2, &whole()).await, Err(SaveFault::Follows(_))));
    ours.save(draft("later@example.com", "ours"), 1, &whole()).await.ok().unwrap();
    primary.store.change(primary.clock.now(), store::GrantChange::Delete { relay }).await.unwrap();
    backup.service.pull_email().await.ok().unwrap();
    assert!(are_same().await && backup.store.grants().await.unwrap().is_empty());
    let latest = ours.current();
    ours.save(draft("too-late@example.com", "ours"), 2, &whole()).await.ok().unwrap();
    theirs.follow(None);
    let refused = backup.service.pull_email().await;
    assert!(
        matches!(refused, Err(PairFault::Email(SaveFault::NotFollowing))),
        "it took over while the settings were on their way"
    );
    let (folder, clock, port) = backup.stop().await;
    let backup = PairingNode::at(folder, clock, port).await;
    let again = &backup.service.admin.settings;
    assert!(again.current().draft == latest.draft && again.reveal().len() == 1, "it is on disk");
}

/// Maintenance outlives the process: an update of the backup is what it is for.
#[tokio::test(flavor = "multi_thread")]
async fn hold_of_takeovers_outlives_a_restart() {
    let (_primary, backup) = paired().await;
    assert_eq!(backup.service.hold_left(), None);
    let until = backup.clock.now() + Duration::from_hours(2);
    backup.service.note_hold(Some(until)).await.unwrap();
    backup.clock.step(Duration::from_mins(30));
    let (folder, clock, port) = backup.stop().await;
    let backup = PairingNode::at(folder, clock, port).await;
    let left = backup.service.hold_left().expect("the hold goes on");
    assert!((Duration::from_mins(89)..=Duration::from_mins(90)).contains(&left), "{left:?}");
    backup.clock.step(Duration::from_mins(90));
    assert_eq!(backup.service.hold_left(), None);
    backup.service.note_hold(None).await.unwrap();
}

/// The settings that both share change on both or on neither; each node checks them with its own.
#[tokio::test(flavor = "multi_thread")]
async fn shared_settings_change_on_both_or_on_neither() {
    let (primary, backup) = paired().await;
    let shared = |node: &PairingNode| node.service.relationship().unwrap().settings;
    let faster = PairSettings { probe_interval: Duration::from_secs(5), ..PairSettings::default() };
    let refused = primary.service.set_pair_settings(faster.clone(), &whole()).await;
    assert!(matches!(refused, Err(PairFault::NotPrimary)), "{refused:?}");
    let _core = serves(&primary);
    primary.service.set_pair_settings(faster.clone(), &whole()).await.unwrap();
    assert_eq!((shared(&primary), shared(&backup)), (faster.clone(), faster.clone()));
    // The primary waits for 10 minutes, its backup for two: only the backup's rules are broken.
    let patient = BackupSettings { primary_timeout: Duration::from_mins(10), ..BackupSettings::default() };
    let own = NodePairSettings { backup: patient, ..NodePairSettings::default() };
    primary.service.set_node_settings(own, &whole()).await.unwrap();
    let slow = PairSettings { probe_interval: Duration::from_secs(60), ..PairSettings::default() };
    let refused = primary.service.set_pair_settings(slow.clone(), &whole()).await;
    assert!(matches!(&refused, Err(PairFault::Refused(PeerRefusal::Settings(why))) if why.contains("c2")), "{refused:?}");
    assert_eq!((shared(&primary), shared(&backup)), (faster.clone(), faster));
    let own = BackupSettings { primary_timeout: Duration::from_secs(11), ..BackupSettings::default() };
    let own = NodePairSettings { backup: own, ..NodePairSettings::default() };
    let refused = backup.service.set_node_settings(own, &whole()).await;
    assert!(matches!(&refused, Err(PairFault::Settings(faults)) if !faults.is_empty()), "{refused:?}");
    assert_eq!(backup.service.node_settings(), NodePairSettings::default());
}

/// A backup sees by a token of its primary whether a host name leads there. A new token ends the former one.
#[tokio::test(flavor = "multi_thread")]
async fn only_the_primary_answers_to_its_token() {
    let (primary, backup) = paired().await;
    let token = async || match backup.service.ask(PeerAsks::SiteToken).await.unwrap() {
        PeerSays::SiteToken(token) => token,
        other => panic!("{other:?}"),
    };
    let first = token().await;
    assert!(primary.service.answers_to(&first) && !backup.service.answers_to(&first) && !primary.service.answers_to(""));
    let second = token().await;
    assert!(primary.service.answers_to(&second) && !primary.service.answers_to(&first));
}
