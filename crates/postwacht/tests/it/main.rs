//! End to end: the real program against real peers.
#![expect(clippy::unwrap_used, reason = "tests")]

mod api;
mod attacks;
mod backup;
mod bodies;
mod bootstrap;
mod browser;
mod crash;
mod delivery;
mod demo;
mod devices;
mod disk;
mod email_form;
mod faulty;
mod grant;
mod incident;
mod links;
mod local_users;
mod lost_store;
mod names;
mod oauth;
mod oauth_application;
mod oauth_faults;
mod oauth_pages;
mod pages;
mod postfix;
mod reach;
mod retry;
mod secrets;
mod stall;
mod tls;
mod wal;
mod watchdog;
mod way;
mod words;
