//! Fuzzes the decoder of replies.
#![no_main]

#[allow(dead_code, reason = "each target uses one check")]
#[path = "../../crates/smtp/tests/it/decoders.rs"]
mod decoders;

libfuzzer_sys::fuzz_target!(|portions: Vec<Vec<u8>>| decoders::reply(&portions));
