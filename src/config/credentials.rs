//! As whom the service is asked, as it was configured.

use std::path::{Path, PathBuf};

use super::{ConfigError, secret};
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
    /// Who asks with them, for people; reads the file, if they are in one.
    ///
    /// # Errors
    ///
    /// The file cannot be read, or holds something else.
    pub fn account(&self) -> Result<String, ConfigError> {
        Ok(match self.clone().open(TokenUrl::default())? {
            auth::Credentials::None => "nobody".to_owned(),
            auth::Credentials::Token(_) | auth::Credentials::TokenFile(_) => "a token".to_owned(),
            auth::Credentials::ServiceAccount { key, .. } => {
                format!("the key of {}", key.client_email())
            }
        })
    }

    /// What the client needs of it; reads the key file, if it is one.
    pub(super) fn open(self, token_url: TokenUrl) -> Result<auth::Credentials, ConfigError> {
        Ok(match self {
            Self::Anonymous => auth::Credentials::None,
            Self::Token(token) => auth::Credentials::Token(token),
            Self::TokenFile(path) => {
                // It is read again for every request; read once now, a slip is told before the
                // console opens and not in the middle of it.
                holds_token(&path).map_err(|reason| {
                    ConfigError::nowhere(format!("the token file {}: {reason}", path.display()))
                })?;
                auth::Credentials::TokenFile(path)
            }
            Self::Key(key) => auth::Credentials::ServiceAccount { key, token_url },
            Self::KeyFile(path) => auth::Credentials::ServiceAccount {
                key: ServiceAccountKey::read(&path).map_err(ConfigError::nowhere)?,
                token_url,
            },
        })
    }
}

/// Whether a file holds a token at present.
fn holds_token(path: &Path) -> Result<(), String> {
    Token::parse(&secret::read(path)?).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_file_that_holds_no_token_is_told_before_the_console_opens() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::write(&path, text).unwrap();
            path
        };
        let told = |path: PathBuf| {
            Credentials::TokenFile(path)
                .open(TokenUrl::default())
                .unwrap_err()
                .to_string()
        };
        assert!(told(folder.path().join("missing")).contains("cannot be read"));
        assert!(told(folder.path().to_path_buf()).contains("no ordinary file"));
        assert!(told(file("empty", "\n")).contains("empty"));
        let secret = told(file("lines", "secret-one\nsecret-two\n"));
        assert!(
            secret.contains("line breaks") && !secret.contains("secret-"),
            "{secret}"
        );
        let good = Credentials::TokenFile(file("good", "a-token\n"));
        assert!(good.open(TokenUrl::default()).is_ok());
    }
}
