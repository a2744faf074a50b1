//! How this side proves who it is, with a secret that cannot be printed.

use std::fmt;
use std::path::PathBuf;

/// A text that is never shown: not in an error, a log or a debug form.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Takes a secret in, without the blanks and the line end that a shell or an editor adds.
    pub fn new(text: &str) -> Self {
        Self(text.trim().to_owned())
    }

    /// The secret itself, for the one place that sends it.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(hidden)")
    }
}

/// What is shown to the service (`api.md §8`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Credentials {
    /// Nothing: only a service on this machine is asked without.
    Anonymous,
    /// The key file of a service account, exchanged for tokens.
    KeyFile(PathBuf),
    /// A file that holds a bearer token, read again whenever a token is needed.
    TokenFile(PathBuf),
    /// A bearer token from the environment.
    Token(Secret),
}
