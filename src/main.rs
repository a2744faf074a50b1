//! Parses arguments, runs, and sets the exit status: the only place that does.

use std::process::ExitCode;

use switchboard::cli;
use switchboard::config::Environment;

fn main() -> ExitCode {
    let exit = match cli::run(std::env::args_os(), &Environment::of_this_process()) {
        Ok(exit) => exit,
        Err(stop) => {
            stop.say();
            stop.exit()
        }
    };
    ExitCode::from(exit.status())
}
