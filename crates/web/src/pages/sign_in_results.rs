//! Results of sign-ins at providers since the start.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use model::oauth::Confirm;

/// Most results of sign-ins that are kept.
const KEPT_MAX: usize = 32;

/// Result of a sign-in, shown to the user who began it.
#[derive(Clone)]
pub(super) enum SignInResult {
    Authorized {
        account: Option<String>,
        test: Option<String>,
    },
    /// `test`: a test is to follow the confirmation.
    Confirm {
        confirm: Confirm,
        test: bool,
    },
    /// Key of the sentences, and the provider's words.
    Refused {
        key: String,
        words: String,
    },
}

#[derive(Default)]
struct KeptResults {
    /// Number, the key of the user who began the sign-in, relay, and result.
    all: VecDeque<(u64, String, String, SignInResult)>,
    last_number: u64,
}

/// Results of sign-ins since the start. Their page can be loaded again, and its address does not carry the code.
#[derive(Default)]
pub(crate) struct SignInResults {
    kept: Mutex<KeptResults>,
}

impl SignInResults {
    pub(super) fn keep(&self, who: &str, relay: &str, ended: SignInResult) -> u64 {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.last_number += 1;
        let number = kept.last_number;
        kept.all.push_back((number, who.to_owned(), relay.to_owned(), ended));
        while kept.all.len() > KEPT_MAX {
            kept.all.pop_front();
        }
        number
    }

    pub(super) fn find(&self, number: u64, who: &str) -> Option<(String, SignInResult)> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.all
            .iter()
            .find(|(of, whose, _, _)| *of == number && whose == who)
            .map(|(_, _, relay, ended)| (relay.clone(), ended.clone()))
    }
}
