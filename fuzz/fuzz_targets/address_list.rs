//! Fuzzes the reader of address lists.
#![no_main]

#[allow(dead_code, reason = "each target uses one check")]
#[path = "../../crates/smtp/tests/it/decoders.rs"]
mod decoders;

libfuzzer_sys::fuzz_target!(|text: &str| decoders::address_list(text));
