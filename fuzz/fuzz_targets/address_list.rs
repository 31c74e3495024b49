//! Lists of addresses: never a panic, no control character in what is read, and what is read round-trips.
#![no_main]

use libfuzzer_sys::fuzz_target;
use smtp::{AddressList, Mailbox};

fuzz_target!(|text: &str| {
    for list in [AddressList::of_header(text), AddressList::typed(text)].into_iter().flatten() {
        for mailbox in list.mailboxes() {
            let shown = mailbox.to_string();
            assert!(!shown.chars().any(char::is_control), "{shown:?}");
            if mailbox.name.as_ref().is_none_or(|name| name.chars().count() <= 200) {
                assert_eq!(shown.parse::<Mailbox>().as_ref(), Ok(mailbox), "{shown:?}");
            }
        }
    }
});
