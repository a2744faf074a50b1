//! Which service: the flags that every command has that speaks to one.

use std::path::PathBuf;

use clap::Args;

use crate::config::{Flags, ZoneFlag};

/// The flags by which a service is found.
#[derive(Debug, Default, Args)]
pub(in crate::cli) struct Connection {
    /// A profile of the configuration file; `sandbox` is the embedded sandbox.
    #[arg(long, value_name = "NAME", help_heading = "Service")]
    profile: Option<String>,
    /// The project whose calls are shown.
    #[arg(long, value_name = "ID", help_heading = "Service")]
    project: Option<String>,
    /// Where the service is; plain text is for this machine only.
    #[arg(long, value_name = "HOST:PORT", help_heading = "Service")]
    endpoint: Option<String>,
    /// The key file of a service account.
    #[arg(long, value_name = "FILE", help_heading = "Service")]
    credentials: Option<PathBuf>,
    /// A file that holds a bearer token.
    #[arg(long, value_name = "FILE", help_heading = "Service")]
    token_file: Option<PathBuf>,
    /// Where key files are exchanged for tokens.
    #[arg(long, value_name = "URL", help_heading = "Service")]
    token_url: Option<String>,
    /// The configuration file, in place of the platform's.
    #[arg(long, value_name = "FILE", help_heading = "Program")]
    config: Option<PathBuf>,
    /// What goes to the log: off, error, warn, info, debug, trace.
    #[arg(long, value_name = "LEVEL", help_heading = "Program")]
    log_level: Option<String>,
}

impl Connection {
    /// What these flags say; nothing of the others.
    pub(in crate::cli) fn into_flags(self) -> Flags {
        Flags {
            profile: self.profile,
            project: self.project,
            endpoint: self.endpoint,
            credentials: self.credentials,
            token_file: self.token_file,
            token_url: self.token_url,
            config: self.config,
            log_level: self.log_level,
            ..Flags::default()
        }
    }
}

/// The flag of commands that are about the configuration file itself.
#[derive(Debug, Default, Args)]
pub(in crate::cli) struct File {
    /// The configuration file, in place of the platform's.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

impl File {
    /// What this flag says; nothing of the others.
    pub(in crate::cli) fn into_flags(self) -> Flags {
        Flags {
            config: self.config,
            ..Flags::default()
        }
    }
}

/// The zone that `--tz` and `--utc` ask for, which exclude each other.
pub(in crate::cli) fn zone(tz: Option<String>, utc: bool) -> Option<ZoneFlag> {
    if utc {
        Some(ZoneFlag::Utc)
    } else {
        tz.map(ZoneFlag::Named)
    }
}
