//! The arguments of `switchboard doctor`.

use clap::Args;

use super::connection::Connection;
use crate::config::Flags;

const EXAMPLES: &str = "\
Examples:
  switchboard doctor                          the profile in force, or the embedded sandbox
  switchboard doctor --profile production     another one
  switchboard doctor && switchboard           the console, if nothing failed

Each line is ok, a warning, FAILED with what mends it, or skipped. No call is ever placed.
Exit status: 0 nothing failed, 2 the configuration, 4 not authenticated or not permitted,
  5 unavailable, 1 anything else; the first that failed decides";

/// Checks configuration, credentials, network, permissions and terminal, one by one, and says how
/// to mend what fails.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct Doctor {
    #[command(flatten)]
    connection: Connection,
}

impl Doctor {
    pub(in crate::cli) fn into_flags(self) -> Flags {
        self.connection.into_flags()
    }
}
