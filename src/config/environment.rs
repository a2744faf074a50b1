//! The world around the process as a value, so that everything that depends on it can be tested.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::path::PathBuf;

use directories::{BaseDirs, ProjectDirs};

use super::{ConfigError, Place};

/// What a process finds around it: variables, the platform's folders, the machine's time zone.
#[derive(Clone, Default)]
pub struct Environment {
    variables: BTreeMap<OsString, OsString>,
    /// Folder of `config.toml`.
    pub config_folder: Option<PathBuf>,
    /// Folder of logs and journals.
    pub state_folder: Option<PathBuf>,
    /// What `~` stands for.
    pub home: Option<PathBuf>,
    /// The machine's own zone, as an IANA name.
    pub machine_zone: Option<String>,
}

impl Environment {
    /// The environment of this process.
    #[must_use]
    pub fn of_this_process() -> Self {
        // `directories` honours the XDG folders on Linux, and the platform's own elsewhere.
        let folders = ProjectDirs::from("", "", "switchboard");
        Self {
            variables: std::env::vars_os().collect(),
            config_folder: folders.as_ref().map(|it| it.config_dir().to_path_buf()),
            state_folder: folders.as_ref().map(|it| {
                it.state_dir()
                    .unwrap_or_else(|| it.data_local_dir())
                    .to_path_buf()
            }),
            home: BaseDirs::new().map(|it| it.home_dir().to_path_buf()),
            machine_zone: iana_time_zone::get_timezone().ok(),
        }
    }

    /// An environment made of these variables and nothing else.
    #[must_use]
    pub fn of(variables: &[(&str, &str)]) -> Self {
        let variables = variables
            .iter()
            .map(|(name, value)| (OsString::from(name), OsString::from(value)))
            .collect();
        Self {
            variables,
            ..Self::default()
        }
    }

    /// A variable as it is. An empty one counts as not set, as everywhere.
    pub fn raw(&self, name: &str) -> Option<&OsStr> {
        self.variables
            .get(OsStr::new(name))
            .map(OsString::as_os_str)
            .filter(|value| !value.is_empty())
    }

    /// A variable that has to be text.
    pub(super) fn text(&self, name: &'static str) -> Result<Option<&str>, ConfigError> {
        self.raw(name)
            .map(|value| {
                value.to_str().ok_or_else(|| {
                    ConfigError::at(Place::Variable(name), "the value is not UTF-8 text")
                })
            })
            .transpose()
    }

    /// A variable as text, where being odd is no reason to stop.
    pub(super) fn lenient(&self, name: &str) -> Option<&str> {
        self.raw(name).and_then(OsStr::to_str)
    }

    /// The names of all variables that begin so.
    pub(super) fn names<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = &'a str> {
        self.variables
            .keys()
            .filter_map(|name| name.to_str())
            .filter(move |name| name.starts_with(prefix))
    }
}

/// Names only: a value may be a secret.
impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Environment")
            .field("variables", &self.variables.len())
            .field("config_folder", &self.config_folder)
            .field("state_folder", &self.state_folder)
            .field("machine_zone", &self.machine_zone)
            .finish_non_exhaustive()
    }
}
