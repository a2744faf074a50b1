//! What can be said on the command line.

mod config;
mod connection;
mod doctor;
mod get;
mod list;
mod place;
mod sandbox;

use clap::{Args, Parser, Subcommand};

use crate::config::Flags;
pub(super) use config::{Config, ConfigCommand};
use connection::{Connection, zone};
pub(super) use doctor::Doctor;
pub(super) use get::{Form, Get};
pub(super) use list::{List, Output};
pub(super) use place::{Batch, CallFlags, Place};
pub(super) use sandbox::{Key, Sandbox, SandboxCommand};

const EXAMPLES: &str = "\
Examples:
  switchboard                                        on the embedded sandbox; needs no account
  switchboard --project my-project --credentials key.json
                                                     on a real project
  switchboard --profile production --read-only       with a profile of the configuration file
  switchboard --filter 'failed since:2h'             begin with what failed lately
  switchboard list --filter failed --output ndjson   the same calls for a script
  switchboard place --to +61491570006 --from +61255501234 --handler-uri https://app.example/hello
                                                     places a call
  switchboard sandbox --db calls.db                  a Calls service of your own, on this machine
  switchboard --endpoint 127.0.0.1:50051 --project demo
                                                     the console on that service
  switchboard config init                            begin a configuration file

Environment: SWITCHBOARD_PROFILE, _PROJECT, _ENDPOINT, _CREDENTIALS, _TOKEN, _TOKEN_FILE,
  _TOKEN_URL, _READ_ONLY, _CONFIG, _LOG_LEVEL, _WEBHOOK_KEY; TZ, NO_COLOR,
  CLICOLOR_FORCE; ENFONICA_APPLICATION_CREDENTIALS
Exit status: 0 done, 1 failed, 2 usage or configuration, 3 not found, 4 not authenticated
  or not permitted, 5 unavailable or timed out,
  6 not known whether a call was placed, 130 interrupted";

/// A terminal operations console for Enfonica Voice: watches a project's calls live, finds the ones
/// that went wrong, places new ones.
#[derive(Debug, Parser)]
#[command(
    name = "switchboard",
    version,
    after_help = EXAMPLES,
    args_conflicts_with_subcommands = true
)]
pub(super) struct Arguments {
    #[command(flatten)]
    pub(super) console: Console,
    #[command(subcommand)]
    pub(super) command: Option<Command>,
}

/// What there is besides the console.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Lists calls, newest first, for people and for scripts.
    List(List),
    /// Shows one call, as the console's detail pane does.
    Get(Get),
    /// Places a call, or one for each row of a file.
    Place(Box<Place>),
    /// Runs the Calls service itself on this machine, for development and tests.
    Sandbox(Sandbox),
    /// Checks configuration, credentials, network, permissions and terminal, and says how to mend
    /// what fails.
    Doctor(Doctor),
    /// Finds, checks, shows or begins the configuration.
    Config(Config),
    /// Prints what a shell needs to complete the commands and flags.
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
    /// Prints the manual page.
    Man,
}

/// The flags of the console.
#[derive(Debug, Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "a flag without a value is a bool"
)]
pub(super) struct Console {
    #[command(flatten)]
    connection: Connection,
    /// Leaves no way to place a call.
    #[arg(long, help_heading = "Service")]
    read_only: bool,
    /// The filter to begin with.
    #[arg(
        long,
        value_name = "EXPR",
        allow_hyphen_values = true,
        help_heading = "Screen"
    )]
    filter: Option<String>,
    /// Draws with ASCII alone.
    #[arg(long, help_heading = "Screen")]
    ascii: bool,
    /// Shows times in this zone, such as Australia/Melbourne.
    #[arg(long, value_name = "ZONE", help_heading = "Screen")]
    tz: Option<String>,
    /// Shows times in UTC.
    #[arg(long, conflicts_with = "tz", help_heading = "Screen")]
    utc: bool,
    /// Leaves the mouse to the terminal.
    #[arg(long, help_heading = "Screen")]
    no_mouse: bool,
}

impl Console {
    pub(super) fn into_flags(self) -> Flags {
        Flags {
            filter: self.filter,
            read_only: self.read_only,
            ascii: self.ascii,
            no_mouse: self.no_mouse,
            zone: zone(self.tz, self.utc),
            ..self.connection.into_flags()
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use clap::CommandFactory as _;

    use super::*;
    use crate::config::ZoneFlag;

    #[test]
    fn the_arguments_are_sound() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn every_flag_reaches_the_configuration() {
        let text = "switchboard --profile a --project b --endpoint c --credentials d \
                    --token-file e --token-url f --filter g --config h --log-level i \
                    --read-only --ascii --no-mouse --tz j";
        let arguments = Arguments::try_parse_from(text.split_whitespace()).unwrap();
        let text = |text: &str| Some(text.to_owned());
        let path = |path: &str| Some(PathBuf::from(path));
        let expected = Flags {
            profile: text("a"),
            project: text("b"),
            endpoint: text("c"),
            credentials: path("d"),
            token_file: path("e"),
            token_url: text("f"),
            filter: text("g"),
            config: path("h"),
            log_level: text("i"),
            read_only: true,
            ascii: true,
            no_mouse: true,
            zone: Some(ZoneFlag::Named("j".to_owned())),
        };
        assert_eq!(arguments.console.into_flags(), expected);
    }

    #[test]
    fn the_help_names_every_flag_in_its_group() {
        let help = Arguments::command().render_long_help().to_string();
        for part in [
            "Service:",
            "Screen:",
            "Program:",
            "Examples:",
            "Exit status: 0 done",
        ] {
            assert!(help.contains(part), "{part} is missing:\n{help}");
        }
    }
}
