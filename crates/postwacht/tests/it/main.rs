//! End to end: the real program against real peers.
#![expect(clippy::unwrap_used, reason = "tests")]

mod api;
mod attacks;
mod backup;
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
mod local_users;
mod names;
mod oauth;
mod oauth_application;
mod oauth_faults;
mod oauth_pages;
mod pages;
mod reach;
mod retry;
mod postfix;
mod secrets;
mod stall;
mod tls;
mod way;
mod words;
