//! As whom requests are made: settings for a person to give, and the tokens that come of them.
//!
//! A service-account key is exchanged for a token at the token URL (`api.md §8.3`); a token can also be
//! given as it is, or lie in a file that somebody else keeps fresh. Nothing secret is in any `Debug`.

mod exchange;
mod key;
mod token;

use std::path::PathBuf;
use std::sync::Arc;

use chrono::{DateTime, Utc};

pub use key::ServiceAccountKey;
#[cfg(test)]
pub(crate) use key::tests::key_json;
use token::TokenFile;
pub use token::{Token, TokenUrl};

use crate::call::Failure;
use exchange::Exchange;

/// As whom to make requests.
#[derive(Debug, Clone, Default)]
pub enum Credentials {
    /// As nobody: for a sandbox without accounts.
    #[default]
    None,
    /// With a token as it is.
    Token(Token),
    /// With the token in a file, which is read again for every request.
    TokenFile(PathBuf),
    /// As a service account.
    ServiceAccount {
        /// Its key.
        key: ServiceAccountKey,
        /// Where the key is exchanged for tokens.
        token_url: TokenUrl,
    },
}

/// Where the tokens of a client come from.
pub(super) enum Authority {
    Nobody,
    Fixed(Token),
    File(TokenFile),
    Exchange(Arc<Exchange>),
}

impl Authority {
    pub(super) fn new(
        credentials: Credentials,
        now: fn() -> DateTime<Utc>,
    ) -> Result<Self, Failure> {
        Ok(match credentials {
            Credentials::None => Self::Nobody,
            Credentials::Token(token) => Self::Fixed(token),
            Credentials::TokenFile(path) => Self::File(TokenFile::new(path)),
            Credentials::ServiceAccount { key, token_url } => {
                Self::Exchange(Arc::new(Exchange::new(key, token_url, now)?))
            }
        })
    }

    pub(super) fn nobody() -> Self {
        Self::Nobody
    }

    /// The token for the next request; nothing if requests carry none.
    pub(super) async fn token(&self) -> Result<Option<Token>, Failure> {
        match self {
            Self::Nobody => Ok(None),
            Self::Fixed(token) => Ok(Some(token.clone())),
            Self::File(file) => file.read().await.map(Some),
            Self::Exchange(exchange) => exchange.token().await.map(Some),
        }
    }

    /// Takes note that a token was refused. True if there is another to try.
    pub(super) async fn refused(&self, token: Option<&Token>) -> bool {
        match (self, token) {
            (Self::File(file), Some(token)) => file.read().await.is_ok_and(|now| now != *token),
            (Self::Exchange(exchange), Some(token)) => {
                exchange.refused(token);
                true
            }
            (Self::Nobody | Self::Fixed(_), _) | (_, None) => false,
        }
    }
}
