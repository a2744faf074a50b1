//! What is wrong with the configuration, where it stands, and what to do about it.

use std::fmt;
use std::path::PathBuf;

/// Where a setting was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// On the command line, as this flag.
    Flag(&'static str),
    /// In the environment, as this variable.
    Variable(&'static str),
    /// In a file; line and column count from 1, the column in characters.
    File {
        /// The file.
        path: PathBuf,
        /// Line, from 1.
        line: usize,
        /// Column in characters, from 1.
        column: usize,
    },
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(name) | Self::Variable(name) => f.write_str(name),
            Self::File { path, line, column } => {
                write!(f, "{}:{line}:{column}", path.display())
            }
        }
    }
}

/// Why there are no settings. Everything that it tells is harmless: no secret is ever part of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError {
    place: Option<Place>,
    what: String,
    remedy: Option<String>,
}

impl ConfigError {
    /// What is wrong at a place, as a sentence without its full stop.
    pub fn at(place: Place, what: impl Into<String>) -> Self {
        Self {
            place: Some(place),
            what: what.into(),
            remedy: None,
        }
    }

    /// What is wrong with no single place to blame.
    pub fn nowhere(what: impl Into<String>) -> Self {
        Self {
            place: None,
            what: what.into(),
            remedy: None,
        }
    }

    /// Adds what to do about it.
    #[must_use]
    pub fn remedy(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = Some(remedy.into());
        self
    }

    /// Adds `did you mean`, where something near is known.
    #[must_use]
    pub(super) fn did_you_mean(self, near: Option<&str>) -> Self {
        match near {
            Some(near) => self.remedy(format!("did you mean {near}?")),
            None => self,
        }
    }

    /// Where it stands, if at one place.
    pub fn place(&self) -> Option<&Place> {
        self.place.as_ref()
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(place) = &self.place {
            write!(f, "{place}: ")?;
        }
        f.write_str(&self.what)?;
        if let Some(remedy) = &self.remedy {
            write!(f, " ({remedy})")?;
        }
        Ok(())
    }
}

impl std::error::Error for ConfigError {}
