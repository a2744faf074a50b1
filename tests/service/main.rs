//! Client, feed and placement against a service that does as it is told.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot set its scene has to fail"
)]

mod backfill;
mod client;
mod console;
mod embedded;
mod faults;
mod feed;
mod filter_change;
mod form_rules;
mod guarded;
mod ignored;
mod oracle;
mod placement;
mod plans;
mod rereading;
mod scripted;
