//! The built binary as people meet it: in a terminal, in a pipe, and as a service.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot start what it tests has to fail"
)]

#[path = "terminal/commands.rs"]
mod commands;
#[path = "terminal/console.rs"]
mod console;
#[path = "terminal/doctor.rs"]
mod doctor;
#[path = "terminal/earlier.rs"]
mod earlier;
#[path = "terminal/export.rs"]
mod export;
#[path = "terminal/faults.rs"]
mod faults;
#[path = "terminal/filters.rs"]
mod filters;
#[path = "terminal/get.rs"]
mod get;
#[path = "terminal/home.rs"]
mod home;
#[path = "terminal/key.rs"]
mod key;
#[path = "terminal/list.rs"]
mod list;
#[path = "terminal/place.rs"]
mod place;
#[path = "terminal/place_batch.rs"]
mod place_batch;
#[path = "terminal/placing.rs"]
mod placing;
#[path = "terminal/pty.rs"]
mod pty;
#[path = "terminal/sandbox.rs"]
mod sandbox;
#[path = "terminal/service.rs"]
mod service;
#[path = "terminal/views.rs"]
mod views;
#[path = "terminal/watch.rs"]
mod watch;
#[path = "terminal/webhooks.rs"]
mod webhooks;

const BINARY: &str = env!("CARGO_BIN_EXE_switchboard");
