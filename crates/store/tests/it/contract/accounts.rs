//! Accounts, sessions and links.

use model::account::Role;
use model::id::AccountId;
use store::*;

use super::{Engine, fresh};
use crate::sample::*;

contract![
    account_name_is_unique_regardless_of_case,
    last_administrator_cannot_be_removed,
    new_password_ends_all_other_sessions,
    fifty_first_session_replaces_the_idlest,
    link_works_once_before_its_end,
    deleted_account_leaves_no_access,
];

async fn create(store: &Store, name: &str, role: Role) -> Result<AccountId, CommitFault> {
    let create = AccountChange::Create { name: name.into(), role, password: "$x".into(), language: None };
    match store.change(NOW, create).await? {
        Outcome::AccountMade(id) => Ok(id),
        other => panic!("{other:?}"),
    }
}

fn open(account: AccountId, digest: u8) -> AccountChange {
    let (address, agent) = ("192.0.2.1".into(), "browser".into());
    AccountChange::Open(NewSession { digest: vec![digest; 32], account, password: None, address, agent })
}

async fn account_name_is_unique_regardless_of_case<E: Engine>() {
    let (_engine, store) = fresh::<E>();
    create(&store, "m.jansen", Role::Administrator).await.unwrap();
    assert_eq!(create(&store, "M.Jansen", Role::Viewer).await, Err(CommitFault::Done("M.Jansen".into())));
    let (account, password) = store.account("M.JANSEN".into()).await.unwrap().unwrap();
    assert_eq!((account.name.as_str(), account.role, password.as_str()), ("m.jansen", Role::Administrator, "$x"));
}

/// The last administrator can neither be deleted nor get a lower role.
async fn last_administrator_cannot_be_removed<E: Engine>() {
    let (_engine, store) = fresh::<E>();
    let first = create(&store, "one", Role::Administrator).await.unwrap();
    create(&store, "two", Role::Operator).await.unwrap();
    let gone = create(&store, "gone", Role::Viewer).await.unwrap();
    store.change(NOW, AccountChange::Delete { id: gone }).await.unwrap();
    let delete = || AccountChange::Delete { id: first };
    let lower = || AccountChange::Role { id: first, role: Role::Viewer };
    assert_eq!(store.change(NOW, delete()).await, Err(CommitFault::LastAdministrator));
    assert_eq!(store.change(NOW, lower()).await, Err(CommitFault::LastAdministrator));
    create(&store, "three", Role::Administrator).await.unwrap();
    store.change(NOW, lower()).await.unwrap();
    store.change(NOW, delete()).await.unwrap();
    assert_eq!(store.accounts().await.unwrap().len(), 2);
}

/// A new password ends every session of the account except the one that set it.
async fn new_password_ends_all_other_sessions<E: Engine>() {
    let (_engine, store) = fresh::<E>();
    let (one, two) = (create(&store, "one", Role::Viewer).await.unwrap(), create(&store, "two", Role::Viewer).await.unwrap());
    for (account, digest) in [(one, 1), (one, 2), (two, 3)] {
        store.change(NOW, open(account, digest)).await.unwrap();
    }
    let change = AccountChange::Password { id: one, password: "$y".into(), keep: Some(vec![2; 32]) };
    store.change(NOW, change).await.unwrap();
    let left = |digest: u8| store.session(vec![digest; 32]);
    assert!(left(1).await.unwrap().is_none());
    assert_eq!(left(2).await.unwrap().unwrap().0.name, "one");
    assert!(left(3).await.unwrap().is_some());
    store.change(NOW, AccountChange::CloseAll { account: one, keep: None }).await.unwrap();
    assert!(left(2).await.unwrap().is_none());
}

async fn fifty_first_session_replaces_the_idlest<E: Engine>() {
    let (_engine, store) = fresh::<E>();
    let one = create(&store, "one", Role::Viewer).await.unwrap();
    for i in 0..51u8 {
        store.change(NOW + ms(u64::from(i)), open(one, i)).await.unwrap();
    }
    let sessions = store.sessions(one).await.unwrap();
    assert_eq!((sessions.len(), sessions.last().unwrap().digest[0]), (50, 1));
}

async fn link_works_once_before_its_end<E: Engine>() {
    let (_engine, store) = fresh::<E>();
    let one = create(&store, "one", Role::Viewer).await.unwrap();
    let link = |digest: u8, account| AccountChange::Link { digest: vec![digest; 32], account, until: NOW + ms(1000) };
    let using = |digest: u8| AccountChange::UseLink { digest: vec![digest; 32] };
    store.change(NOW, link(1, Some(one))).await.unwrap();
    store.change(NOW, link(2, None)).await.unwrap();
    assert_eq!(store.link(vec![1; 32], NOW).await.unwrap().unwrap().unwrap().name, "one");
    assert_eq!(store.link(vec![2; 32], NOW).await.unwrap(), Some(None));
    assert_eq!(store.link(vec![2; 32], NOW + ms(1000)).await.unwrap(), None);
    assert_eq!(store.change(NOW + ms(1000), using(1)).await, Err(CommitFault::NotFound));
    store.change(NOW, using(1)).await.unwrap();
    assert_eq!(store.change(NOW, using(1)).await, Err(CommitFault::NotFound));
}

/// A new password ends links and late sign-ins. The ID of a deleted account is never used again.
async fn deleted_account_leaves_no_access<E: Engine>() {
    let (_engine, store) = fresh::<E>();
    create(&store, "boss", Role::Administrator).await.unwrap();
    let fired = create(&store, "fired", Role::Operator).await.unwrap();
    let link = AccountChange::Link { digest: vec![9; 32], account: Some(fired), until: NOW + ms(1000) };
    store.change(NOW, link).await.unwrap();
    let password = AccountChange::Password { id: fired, password: "$new".into(), keep: None };
    store.change(NOW, password).await.unwrap();
    assert_eq!(store.link(vec![9; 32], NOW).await.unwrap(), None, "a new password ends the links that were given");
    let late = |password: &str| {
        let (address, agent) = ("192.0.2.1".into(), "late".into());
        let password = Some(password.to_owned());
        AccountChange::Open(NewSession { digest: vec![1; 32], account: fired, password, address, agent })
    };
    assert_eq!(
        store.change(NOW, late("$x")).await,
        Err(CommitFault::NotFound),
        "the password that was checked is no longer the one"
    );
    store.change(NOW, AccountChange::Delete { id: fired }).await.unwrap();
    assert_eq!(store.change(NOW, late("$new")).await, Err(CommitFault::NotFound), "signed in too late");
    assert_ne!(create(&store, "next", Role::Administrator).await.unwrap(), fired, "a number is never given again");
}
