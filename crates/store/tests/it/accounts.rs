//! Accounts, sessions and links.

use model::account::Role;
use store::*;

use crate::sample::*;

async fn create(store: &Store, name: &str, role: Role) -> Result<i64, CommitFault> {
    let create = AccountChange::Create { name: name.into(), role, password: "$x".into(), language: None, at: NOW };
    match store.change(Change::Account(create)).await? {
        Outcome::Made { id } => Ok(id),
        other => panic!("{other:?}"),
    }
}

fn open(account: i64, digest: u8, at: i64) -> Change {
    let (address, agent) = ("192.0.2.1".into(), "browser".into());
    Change::Account(AccountChange::Open { digest: vec![digest; 32], account, password: None, at, address, agent })
}

#[tokio::test]
async fn account_name_is_unique_regardless_of_case() {
    let Held { store, dir: _dir } = fresh();
    create(&store, "m.jansen", Role::Administrator).await.unwrap();
    assert_eq!(create(&store, "M.Jansen", Role::Viewer).await, Err(CommitFault::Done("M.Jansen".into())));
    let (account, password) = store.account("M.JANSEN".into()).await.unwrap().unwrap();
    assert_eq!((account.name.as_str(), account.role, password.as_str()), ("m.jansen", Role::Administrator, "$x"));
}

/// The last administrator can neither be deleted nor get a lower role.
#[tokio::test]
async fn last_administrator_cannot_be_removed() {
    let Held { store, dir: _dir } = fresh();
    let first = create(&store, "one", Role::Administrator).await.unwrap();
    create(&store, "two", Role::Operator).await.unwrap();
    let gone = create(&store, "gone", Role::Viewer).await.unwrap();
    store.change(Change::Account(AccountChange::Delete { id: gone })).await.unwrap();
    let delete = || Change::Account(AccountChange::Delete { id: first });
    let lower = || Change::Account(AccountChange::Role { id: first, role: Role::Viewer });
    assert_eq!(store.change(delete()).await, Err(CommitFault::LastAdministrator));
    assert_eq!(store.change(lower()).await, Err(CommitFault::LastAdministrator));
    create(&store, "three", Role::Administrator).await.unwrap();
    store.change(lower()).await.unwrap();
    store.change(delete()).await.unwrap();
    assert_eq!(store.accounts().await.unwrap().len(), 2);
}

/// A new password ends every session of the account except the one that set it.
#[tokio::test]
async fn new_password_ends_all_other_sessions() {
    let Held { store, dir: _dir } = fresh();
    let (one, two) = (create(&store, "one", Role::Viewer).await.unwrap(), create(&store, "two", Role::Viewer).await.unwrap());
    for (account, digest) in [(one, 1), (one, 2), (two, 3)] {
        store.change(open(account, digest, NOW)).await.unwrap();
    }
    let change = AccountChange::Password { id: one, password: "$y".into(), keep: Some(vec![2; 32]) };
    store.change(Change::Account(change)).await.unwrap();
    let left = |digest: u8| store.session(vec![digest; 32]);
    assert!(left(1).await.unwrap().is_none());
    assert_eq!(left(2).await.unwrap().unwrap().0.name, "one");
    assert!(left(3).await.unwrap().is_some());
    store.change(Change::Account(AccountChange::CloseAll { account: one, keep: None })).await.unwrap();
    assert!(left(2).await.unwrap().is_none());
}

#[tokio::test]
async fn fifty_first_session_replaces_the_idlest() {
    let Held { store, dir: _dir } = fresh();
    let one = create(&store, "one", Role::Viewer).await.unwrap();
    for i in 0..51u8 {
        store.change(open(one, i, NOW + i64::from(i))).await.unwrap();
    }
    let sessions = store.sessions(one).await.unwrap();
    assert_eq!((sessions.len(), sessions.last().unwrap().digest[0]), (50, 1));
}

#[tokio::test]
async fn link_works_once_before_its_end() {
    let Held { store, dir: _dir } = fresh();
    let one = create(&store, "one", Role::Viewer).await.unwrap();
    let link = |digest: u8, account| {
        Change::Account(AccountChange::Link { digest: vec![digest; 32], account, at: NOW, until: NOW + 1000 })
    };
    let using = |digest: u8, at| Change::Account(AccountChange::UseLink { digest: vec![digest; 32], at });
    store.change(link(1, Some(one))).await.unwrap();
    store.change(link(2, None)).await.unwrap();
    assert_eq!(store.link(vec![1; 32], NOW).await.unwrap().unwrap().unwrap().name, "one");
    assert_eq!(store.link(vec![2; 32], NOW).await.unwrap(), Some(None));
    assert_eq!(store.link(vec![2; 32], NOW + 1000).await.unwrap(), None);
    assert_eq!(store.change(using(1, NOW + 1000)).await, Err(CommitFault::NotFound));
    store.change(using(1, NOW)).await.unwrap();
    assert_eq!(store.change(using(1, NOW)).await, Err(CommitFault::NotFound));
}

/// A new password ends links and late sign-ins. The ID of a deleted account is never used again.
#[tokio::test]
async fn deleted_account_leaves_no_access() {
    let Held { store, dir: _dir } = fresh();
    create(&store, "boss", Role::Administrator).await.unwrap();
    let fired = create(&store, "fired", Role::Operator).await.unwrap();
    let link = AccountChange::Link { digest: vec![9; 32], account: Some(fired), at: NOW, until: NOW + 1000 };
    store.change(Change::Account(link)).await.unwrap();
    let password = AccountChange::Password { id: fired, password: "$new".into(), keep: None };
    store.change(Change::Account(password)).await.unwrap();
    assert_eq!(store.link(vec![9; 32], NOW).await.unwrap(), None, "a new password ends the links that were given");
    let late = |password: &str| {
        let (address, agent) = ("192.0.2.1".into(), "late".into());
        let password = Some(password.to_owned());
        Change::Account(AccountChange::Open { digest: vec![1; 32], account: fired, password, at: NOW, address, agent })
    };
    assert_eq!(store.change(late("$x")).await, Err(CommitFault::NotFound), "the password that was checked is no longer the one");
    store.change(Change::Account(AccountChange::Delete { id: fired })).await.unwrap();
    assert_eq!(store.change(late("$new")).await, Err(CommitFault::NotFound), "signed in too late");
    assert_ne!(create(&store, "next", Role::Administrator).await.unwrap(), fired, "a number is never given again");
}
