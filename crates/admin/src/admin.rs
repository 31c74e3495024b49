//! The administration of a node: the parts that every other service needs.

use std::net::SocketAddr;
use std::sync::{Arc, RwLock};

use store::{ReadFault, Store};

use crate::account::Accounts;
use crate::clock::Clock;
use crate::names::Names;
use crate::settings::SettingsService;
use crate::token::Tokens;

/// The administration of a node. A clone refers to the same parts.
#[derive(Clone)]
pub struct Admin {
    pub store: Store,
    pub clock: Clock,
    pub names: Names,
    /// Addresses of our own listeners, added as they open.
    pub own: Arc<RwLock<Vec<SocketAddr>>>,
    pub settings: Arc<SettingsService>,
    pub accounts: Arc<Accounts>,
    pub tokens: Arc<Tokens>,
}

impl Admin {
    /// Reads the settings. Fails if the store cannot be read.
    pub async fn open(store: Store, clock: Clock, own: Arc<RwLock<Vec<SocketAddr>>>, names: Names) -> Result<Self, ReadFault> {
        let settings = SettingsService::open(store.clone(), clock.clone(), Arc::clone(&own)).await?;
        let accounts = Arc::new(Accounts::new(store.clone(), clock.clone()));
        let tokens = Arc::new(Tokens::new(store.clone(), clock.clone()));
        Ok(Self { store, clock, names, own, settings: Arc::new(settings), accounts, tokens })
    }
}
