//! Client, feed and placement against a service that does as it is told.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot set its scene has to fail"
)]

mod backfill;
mod client;
mod connection;
mod console;
mod embedded;
mod faults;
mod feed;
mod filter_change;
mod followed;
mod form_rules;
mod guarded;
mod ignored;
mod journaled;
mod oracle;
mod pace;
mod placement;
mod plans;
mod ranges;
mod rereading;
mod resets;
mod scripted;
mod wishes;
