//! `switchboard`: the console.

use super::Stop;
use super::outcome::not_a_terminal;
use crate::config::{self, Environment, Flags};
use crate::logging;

/// Runs the console until it is left.
pub(super) fn run(flags: &Flags, environment: &Environment) -> Result<(), Stop> {
    let mut settings = config::resolve(flags, environment)?;
    if let Some(end) = not_a_terminal() {
        return Err(Stop::usage(format!(
            "the console needs a terminal, and {end} is none: start it without a pipe or a \
             redirection"
        )));
    }
    let _log = match logging::start(settings.log.folder.as_deref(), settings.log.level) {
        Ok(log) => log,
        Err(notice) => {
            settings.notices.push(notice);
            None
        }
    };
    let _runtime = super::runtime()?;
    Ok(())
}
