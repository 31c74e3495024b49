//! Fuzzes the server's session.
#![no_main]

#[allow(dead_code, reason = "each target uses one check")]
#[path = "../../crates/smtp/tests/it/decoders.rs"]
mod decoders;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| decoders::request(bytes));
