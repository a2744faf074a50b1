//! IAM: who asks, and what they may do (`api.md §8`, `§9`).
//!
//! ```text
//!   accounts file ─► Accounts ──────────────────────────┐
//!                       │                               │
//!   assertion ─► token endpoint ─► access token ─► authenticate ─► Caller ─► permit
//! ```
//!
//! An access token says by itself for whom it is and until when, and is authenticated with a key
//! that this process makes and keeps to itself: nothing is remembered of tokens, and none outlives
//! the sandbox that gave it. Nothing secret is in any `Debug`.

mod access_token;
mod accounts;
mod assertion;
mod endpoint;
mod file;
mod key;

use std::collections::HashMap;
use std::sync::Arc;

use tonic::metadata::MetadataMap;
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt as _};

use super::SandboxError;
use super::refusal::DOMAIN;
use access_token::{AccessTokens, Fault};
use accounts::Account;
pub use accounts::{Accounts, Permission};
pub(super) use endpoint::TokenEndpoint;
pub use file::AccountsError;
pub use key::{IssuedKey, KeyError, KeyOrder, TOKEN_URL, issue_key};

/// What a token is to begin with in the `authorization` header, in whatever case.
const SCHEME: &str = "Bearer";

/// Decides who may do what.
#[derive(Debug, Clone)]
pub(super) enum Iam {
    /// Without accounts everybody may do everything.
    Everybody,
    /// With accounts, their tokens and their permissions.
    Guarded(Arc<Guard>),
}

/// The accounts, and what their tokens are made with.
#[derive(Debug)]
pub(super) struct Guard {
    accounts: Accounts,
    tokens: AccessTokens,
}

/// Who a request comes from.
#[derive(Debug)]
pub(super) enum Caller<'a> {
    Anybody,
    Known {
        account: &'a Account,
        /// What the token was asked for; nothing is decided by it (`api.md §8.5`).
        scope: String,
    },
}

impl Iam {
    pub(super) fn new(accounts: Option<Accounts>) -> Result<Self, SandboxError> {
        let Some(accounts) = accounts else {
            return Ok(Self::Everybody);
        };
        let tokens = AccessTokens::with_fresh_key().ok_or(SandboxError::Setup(
            "the system gives no random numbers to make the key of access tokens with",
        ))?;
        Ok(Self::Guarded(Arc::new(Guard { accounts, tokens })))
    }

    /// Who a request with these headers comes from (`api.md §9`): its first check.
    pub(super) fn authenticate(&self, headers: &MetadataMap) -> Result<Caller<'_>, Status> {
        match self {
            Self::Everybody => Ok(Caller::Anybody),
            Self::Guarded(guard) => guard.authenticate(headers),
        }
    }
}

impl Guard {
    fn authenticate(&self, headers: &MetadataMap) -> Result<Caller<'_>, Status> {
        let mut given = headers.get_all("authorization").iter();
        let Some(header) = given.next() else {
            return Err(unauthenticated(
                "CREDENTIALS_MISSING",
                "there is no authorization header: send one with `Bearer` and an access token",
            ));
        };
        if given.next().is_some() {
            return Err(unauthenticated(
                "CREDENTIALS_AMBIGUOUS",
                "there is more than one authorization header: send one",
            ));
        }
        let bearer = header.to_str().ok().and_then(|text| text.split_once(' '));
        let token = bearer
            .and_then(|(scheme, token)| scheme.eq_ignore_ascii_case(SCHEME).then(|| token.trim()));
        let Some(token) = token else {
            return Err(unauthenticated(
                "ACCESS_TOKEN_TYPE_UNSUPPORTED",
                "the authorization header is not `Bearer` and an access token",
            ));
        };
        let invalid = || {
            unauthenticated(
                "ACCESS_TOKEN_INVALID",
                "the access token was not given by this sandbox since it started: \
                 have one from its token endpoint",
            )
        };
        let pass = self.tokens.open(token, self.accounts.now());
        let pass = pass.map_err(|fault| match fault {
            Fault::Invalid => invalid(),
            Fault::Expired => unauthenticated(
                "ACCESS_TOKEN_EXPIRED",
                "the access token has expired: have another from the token endpoint",
            ),
        })?;
        let account = self.accounts.find(&pass.account).ok_or_else(invalid)?;
        Ok(Caller::Known {
            account,
            scope: pass.scope,
        })
    }
}

impl Caller<'_> {
    /// Whether the caller may do this in a project, `projects/{project}`. The answer is the same
    /// whether or not there is such a project (`api.md §9`).
    pub(super) fn permit(&self, permission: Permission, project: &str) -> Result<(), Status> {
        let (account, scope) = match self {
            Self::Anybody => return Ok(()),
            Self::Known { account, scope } => (account, scope),
        };
        if account.may(permission, project) {
            return Ok(());
        }
        let permission = permission.as_str();
        tracing::debug!(
            account = account.email(),
            scope,
            permission,
            "not permitted"
        );
        let message = format!(
            "{} has no permission {permission} on {project}, if there is such a project",
            account.email()
        );
        let metadata = HashMap::from([
            ("permission".to_owned(), permission.to_owned()),
            ("resource".to_owned(), project.to_owned()),
        ]);
        let details = ErrorDetails::with_error_info("IAM_PERMISSION_DENIED", DOMAIN, metadata);
        Err(Status::with_error_details(
            Code::PermissionDenied,
            message,
            details,
        ))
    }
}

fn unauthenticated(reason: &str, message: &str) -> Status {
    let details = ErrorDetails::with_error_info(reason, DOMAIN, HashMap::new());
    Status::with_error_details(Code::Unauthenticated, message, details)
}
