//! What comes out of all that was configured, and the flags that go in.

use std::path::PathBuf;
use std::time::Duration;

use chrono_tz::Tz;
use tracing::level_filters::LevelFilter;

use super::{ConfigError, ConfigFile, Credentials};
use crate::api::Endpoint;
use crate::api::auth::{self, TokenUrl};
use crate::app::SavedView;
use crate::call::{Calling, ProjectName, TicketLabel};

/// What the command line says. A token is never among it: anybody can read a process list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Flags {
    /// `--profile NAME`.
    pub profile: Option<String>,
    /// `--project ID`.
    pub project: Option<String>,
    /// `--endpoint ADDRESS`.
    pub endpoint: Option<String>,
    /// `--credentials FILE`: the key file of a service account.
    pub credentials: Option<PathBuf>,
    /// `--token-file FILE`: holds a bearer token.
    pub token_file: Option<PathBuf>,
    /// `--token-url URL`: where key files are exchanged for tokens.
    pub token_url: Option<String>,
    /// `--filter EXPR`: what the console shows first.
    pub filter: Option<String>,
    /// `--config FILE` in place of the platform's.
    pub config: Option<PathBuf>,
    /// `--log-level LEVEL`.
    pub log_level: Option<String>,
    /// `--read-only`: no call can be placed.
    pub read_only: bool,
    /// `--ascii`: no other characters than ASCII.
    pub ascii: bool,
    /// `--no-mouse`: the mouse is left to the terminal.
    pub no_mouse: bool,
    /// `--utc` or `--tz ZONE`.
    pub zone: Option<ZoneFlag>,
}

/// Which flag named the zone; the two exclude each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ZoneFlag {
    /// `--utc`.
    Utc,
    /// `--tz ZONE`.
    Named(String),
}

/// Everything that was configured, checked and ready for use.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// The profile's name; the service's host and port where no profile was chosen.
    pub profile: String,
    /// Which service the console runs on.
    pub target: Target,
    /// Whether placing calls is out of the question.
    pub read_only: bool,
    /// How the screen looks.
    pub screen: Screen,
    /// The filter that the console starts with; not parsed here.
    pub filter: String,
    /// The views that are configured.
    pub views: Vec<SavedView>,
    /// The configuration file, where views are saved; there may be none yet.
    pub file: Option<ConfigFile>,
    /// The time between two polls while all is well: 500 ms to 5 min.
    pub poll_every: Duration,
    /// How many calls are kept in memory at most: 5,000 to 20 million.
    pub max_calls: usize,
    /// What is logged, and where.
    pub log: Log,
    /// The file of the filters that were kept; `None` where the platform names no folder for it.
    pub history: Option<PathBuf>,
    /// The journal of placed calls; `None` where the platform names no folder for it.
    pub journal: Option<PathBuf>,
    /// Whether calls carry their ticket.
    pub ticket_label: TicketLabel,
    /// Presets and the deny list.
    pub calling: Calling,
    /// The file of the last values of each profile; `None` where the platform names no folder for it.
    pub last_values: Option<PathBuf>,
    /// What the person should know although nothing is wrong enough to stop.
    pub notices: Vec<String>,
}

/// The service behind the console.
#[derive(Debug, Clone, PartialEq)]
pub enum Target {
    /// A sandbox in this process, gone with it.
    Sandbox {
        /// The project that it holds.
        project: ProjectName,
    },
    /// A service over the network.
    Service(Service),
}

/// How to reach a service.
#[derive(Debug, Clone, PartialEq)]
pub struct Service {
    /// Where it is.
    pub endpoint: Endpoint,
    /// Whose calls are shown.
    pub project: ProjectName,
    /// Who asks.
    pub credentials: Credentials,
    /// Where key files are exchanged for tokens.
    pub token_url: TokenUrl,
}

impl Service {
    /// The credentials as the client takes them; reads the key file, if it is one.
    pub fn credentials(&self) -> Result<auth::Credentials, ConfigError> {
        self.credentials.clone().open(self.token_url.clone())
    }
}

/// How the screen looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Screen {
    /// The zone that times are shown in.
    pub zone: Tz,
    /// Whether only ASCII is drawn.
    pub ascii: bool,
    /// Whether colours are used.
    pub colour: bool,
    /// Whether the console takes the mouse.
    pub mouse: bool,
}

/// What is logged, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Log {
    /// The folder; `None` where the platform names none.
    pub folder: Option<PathBuf>,
    /// The least severe level that is written.
    pub level: LevelFilter,
}
