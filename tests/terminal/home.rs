//! A home folder that is thrown away, and an environment with nothing of this machine in it.

use std::path::{Path, PathBuf};

/// Where a program under test finds its configuration and leaves its state.
pub(crate) struct Home {
    folder: tempfile::TempDir,
}

impl Home {
    pub(crate) fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Writes the configuration that the program will find.
    pub(crate) fn configure(&self, text: &str) -> PathBuf {
        let folder = self.path().join("config/switchboard");
        std::fs::create_dir_all(&folder).unwrap();
        let path = folder.join("config.toml");
        std::fs::write(&path, text).unwrap();
        path
    }

    /// All variables that the program sees.
    pub(crate) fn variables(&self) -> Vec<(String, String)> {
        let folder = |name: &str| self.path().join(name).display().to_string();
        [
            ("HOME", folder("home")),
            ("XDG_CONFIG_HOME", folder("config")),
            ("XDG_STATE_HOME", folder("state")),
            ("XDG_DATA_HOME", folder("data")),
            ("PATH", "/usr/bin:/bin".to_owned()),
            ("TERM", "xterm-256color".to_owned()),
            ("LANG", "C.UTF-8".to_owned()),
            ("TZ", "Australia/Melbourne".to_owned()),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .to_vec()
    }
}
