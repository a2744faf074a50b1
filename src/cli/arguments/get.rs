//! The arguments of `switchboard get`.

use clap::{Args, ValueEnum};

use super::connection::{Connection, zone};
use crate::config::Flags;

const EXAMPLES: &str = "\
Examples:
  switchboard get 6f1c2e04-1111-4222-8333-444455556666
  switchboard get projects/my-project/calls/6f1c2e04-1111-4222-8333-444455556666
  switchboard get 6f1c2e04-1111-4222-8333-444455556666 --output json | jq .state

Exit status: 3 if there is no such call.";

/// Shows one call, as the console's detail pane does.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct Get {
    /// The call's whole name, or its whole id within the project.
    #[arg(value_name = "NAME|ID")]
    pub(in crate::cli) name: String,
    #[command(flatten)]
    connection: Connection,
    /// text, or json (the call as one object).
    #[arg(
        long,
        value_name = "FORM",
        default_value = "text",
        hide_possible_values = true,
        hide_default_value = true,
        help_heading = "Output"
    )]
    pub(in crate::cli) output: Form,
    /// Shows times in this zone, such as Australia/Melbourne.
    #[arg(long, value_name = "ZONE", help_heading = "Output")]
    tz: Option<String>,
    /// Shows times in UTC.
    #[arg(long, conflicts_with = "tz", help_heading = "Output")]
    utc: bool,
}

// The help of the flag tells of each in a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum Form {
    Text,
    Json,
}

impl Get {
    /// What the flags say that other commands have too.
    pub(in crate::cli) fn flags(&mut self) -> Flags {
        Flags {
            zone: zone(self.tz.take(), self.utc),
            ..std::mem::take(&mut self.connection).into_flags()
        }
    }
}
