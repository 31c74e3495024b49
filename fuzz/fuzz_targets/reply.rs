//! A relay's bytes, in any portions: never a panic, bounded memory, and no control character in what is shown.
#![no_main]

use libfuzzer_sys::fuzz_target;
use smtp::reply::ReplyDecoder;

fuzz_target!(|portions: Vec<Vec<u8>>| {
    let mut decoder = ReplyDecoder::default();
    for portion in portions {
        decoder.feed(&portion);
        loop {
            match decoder.take() {
                Ok(Some(reply)) => assert!(!reply.text().chars().any(|c| c.is_control() && c != '\t')),
                Ok(None) => break,
                Err(_) => return,
            }
        }
    }
});
