//! The arguments of `switchboard config`.

use clap::{Args, Subcommand};

use super::connection::{Connection, File};

const EXAMPLES: &str = "\
Examples:
  switchboard config init         write a first file, with every setting in it
  switchboard config check        is all of it right, every profile included?
  switchboard config show         what is in force, from flags, environment and file
  $EDITOR \"$(switchboard config path)\"";

/// The configuration: where it is, whether it is right, what is in force.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct Config {
    #[command(subcommand)]
    pub(in crate::cli) command: ConfigCommand,
}

/// What can be done with it.
#[derive(Debug, Subcommand)]
pub(in crate::cli) enum ConfigCommand {
    /// Prints where the file is, or would be.
    Path(File),
    /// Checks the file and each of its profiles, without asking a service anything.
    Check(File),
    /// Prints the settings in force, whoever gave them; no secret is among them.
    Show(Connection),
    /// Writes a first file with every setting in it, each with its default or as an example.
    Init(File),
}
