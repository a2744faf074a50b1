//! As whom the service is asked, as it was configured.

use std::path::PathBuf;

use super::ConfigError;
use crate::api::auth::{self, ServiceAccountKey, Token, TokenUrl};

/// As whom the service is asked (`api.md §8`). Files are named, and read as late as can be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Credentials {
    /// As nobody: only a service on this machine is asked so.
    Anonymous,
    /// With the key file of a service account, exchanged for tokens.
    KeyFile(PathBuf),
    /// The same with the file read already, for the project that it names.
    Key(ServiceAccountKey),
    /// With the bearer token in a file, which is read again for every request.
    TokenFile(PathBuf),
    /// With a bearer token from the environment.
    Token(Token),
}

impl Credentials {
    /// What the client needs of it; reads the key file, if it is one.
    pub(super) fn open(self, token_url: TokenUrl) -> Result<auth::Credentials, ConfigError> {
        Ok(match self {
            Self::Anonymous => auth::Credentials::None,
            Self::Token(token) => auth::Credentials::Token(token),
            Self::TokenFile(path) => auth::Credentials::TokenFile(path),
            Self::Key(key) => auth::Credentials::ServiceAccount { key, token_url },
            Self::KeyFile(path) => auth::Credentials::ServiceAccount {
                key: ServiceAccountKey::read(&path).map_err(ConfigError::nowhere)?,
                token_url,
            },
        })
    }
}
