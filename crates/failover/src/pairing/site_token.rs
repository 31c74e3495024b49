//! A token by which a backup sees whether the host name of the site leads to its primary: the primary makes it on request of its peer,
//! and whoever asks the right node for it over HTTP is told that it is the right one.

use std::time::Duration;

use admin::clock::random_bytes;
use tokio::time::Instant;

use super::PairingService;

/// Life of a token. A check of the host name is over sooner.
const LIFE: Duration = Duration::from_mins(1);

/// The token that this node answers to.
pub(super) struct SiteToken {
    text: String,
    until: Instant,
}

impl PairingService {
    /// Makes a token for the peer. The former one ends.
    pub(super) fn make_site_token(&self) -> String {
        let text = model::hex(&random_bytes::<16>());
        self.lock().site_token = Some(SiteToken { text: text.clone(), until: Instant::now() + LIFE });
        text
    }

    /// True if the peer was given this token a moment ago.
    pub fn answers_to(&self, token: &str) -> bool {
        let state = self.lock();
        let known = state.site_token.as_ref().filter(|known| Instant::now() < known.until);
        known.is_some_and(|known| known.text == token)
    }
}
