//! The command line: arguments in, an exit status and at most one error out.

mod arguments;
mod config;
mod connect;
mod console;
mod doctor;
mod get;
mod list;
mod manual;
mod outcome;
mod paint;
mod patience;
mod place;
mod sandbox;
mod signals;
mod underline;

use std::ffi::OsString;

use clap::Parser as _;

pub use outcome::{Exit, Stop};

use crate::config::Environment;
use arguments::{Arguments, Command};

/// Runs what the arguments ask for, the first of them being the program's own name, and gives the
/// exit status of what needs no further word.
///
/// # Errors
///
/// [`Stop`] tells what to say and the exit status; asking for help is among it.
pub fn run(
    arguments: impl IntoIterator<Item = OsString>,
    environment: &Environment,
) -> Result<Exit, Stop> {
    let arguments = Arguments::try_parse_from(arguments)?;
    match arguments.command {
        None => console::run(&arguments.console.into_flags(), environment),
        Some(Command::List(asked)) => list::run(asked, environment),
        Some(Command::Get(asked)) => get::run(asked, environment),
        Some(Command::Place(asked)) => place::run(*asked, environment),
        Some(Command::Sandbox(asked)) => sandbox::run(asked, environment),
        Some(Command::Doctor(asked)) => doctor::run(asked, environment),
        Some(Command::Config(asked)) => config::run(asked, environment),
        Some(Command::Completions { shell }) => manual::completions(shell),
        Some(Command::Man) => manual::page(),
    }
}

/// The runtime of every command: two workers are enough for a console, and cost little to start.
fn runtime() -> Result<tokio::runtime::Runtime, Stop> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|reason| Stop::failed(format!("no threads to run on: {reason}")))
}
