//! Why a request to the service came to nothing, in an operator's words.

use std::fmt;
use std::time::Duration;

/// One field of a request that a rule refuses; the path is the service's, such as
/// `call.options.handler_uris[0]` (`api.md §9`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Path of the field within the request.
    pub field: String,
    /// What is wrong with it and what would be right, as a sentence without its full stop.
    pub reason: String,
}

impl Violation {
    /// A field and the reason.
    pub fn new(field: impl Into<String>, reason: impl Into<String>) -> Self {
        Self {
            field: field.into(),
            reason: reason.into(),
        }
    }
}

/// What kind of failure it is: what can be done about it depends on nothing else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FailureKind {
    /// No credentials, or the service does not take them.
    Unauthenticated,
    /// The credentials lack a permission, which is named where the service or the contract names it.
    PermissionDenied {
        /// Such as `voice.calls.list`.
        permission: Option<String>,
    },
    /// The service refuses the request as it stands.
    InvalidArgument {
        /// The fields it names.
        violations: Vec<Violation>,
    },
    /// There is no such call or project.
    NotFound,
    /// The state of things does not allow the request.
    FailedPrecondition,
    /// Too many requests, or no capacity.
    ResourceExhausted {
        /// How long the service asks to wait.
        retry_after: Option<Duration>,
    },
    /// The service cannot be reached, or says that it cannot serve now.
    Unavailable,
    /// No answer came in time.
    DeadlineExceeded,
    /// The service answered with something that makes no sense, or with an error of its own.
    Internal,
    /// The service does not know the method: it is another service, or another version.
    Unimplemented,
    /// The request was given up on this side.
    Cancelled,
    /// Something is wrong on this side: configuration, key file, certificate store.
    Local,
}

/// Why a request came to nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// What can be done about it.
    pub kind: FailureKind,
    /// What happened, as the service or this side put it. Not sanitised.
    pub message: String,
    /// Whether the request may have reached the service and been carried out all the same. Always
    /// false where the service refused it or where it never left.
    pub may_have_happened: bool,
}

impl Failure {
    /// A failure that cannot have had an effect.
    pub fn new(kind: FailureKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            may_have_happened: false,
        }
    }

    /// Whether asking again later can help without anybody doing anything.
    pub fn passes(&self) -> bool {
        match self.kind {
            FailureKind::Unavailable
            | FailureKind::DeadlineExceeded
            | FailureKind::ResourceExhausted { .. }
            | FailureKind::Internal
            | FailureKind::Cancelled => true,
            FailureKind::Unauthenticated
            | FailureKind::PermissionDenied { .. }
            | FailureKind::InvalidArgument { .. }
            | FailureKind::NotFound
            | FailureKind::FailedPrecondition
            | FailureKind::Unimplemented
            | FailureKind::Local => false,
        }
    }

    /// The fields that the service names.
    pub fn violations(&self) -> &[Violation] {
        match &self.kind {
            FailureKind::InvalidArgument { violations } => violations,
            _ => &[],
        }
    }

    /// The failure in two or three words, for a header.
    pub fn headline(&self) -> String {
        match &self.kind {
            FailureKind::Unauthenticated => "not authenticated".to_owned(),
            FailureKind::PermissionDenied {
                permission: Some(permission),
            } => {
                format!("{permission} not permitted")
            }
            FailureKind::PermissionDenied { permission: None } => "not permitted".to_owned(),
            FailureKind::InvalidArgument { .. } => "request refused".to_owned(),
            FailureKind::NotFound => "not found".to_owned(),
            FailureKind::FailedPrecondition => "not possible now".to_owned(),
            FailureKind::ResourceExhausted { .. } => "too many requests".to_owned(),
            // What has left was answered, or cut off: the way there is not what is wrong.
            FailureKind::Unavailable if self.may_have_happened => "service unavailable".to_owned(),
            FailureKind::Unavailable => "service unreachable".to_owned(),
            FailureKind::DeadlineExceeded => "no answer in time".to_owned(),
            FailureKind::Internal => "service error".to_owned(),
            FailureKind::Unimplemented => "not a Calls service".to_owned(),
            FailureKind::Cancelled => "given up".to_owned(),
            FailureKind::Local => "cannot connect".to_owned(),
        }
    }

    /// What the operator can do, where that can be said.
    pub fn remedy(&self) -> Option<String> {
        let remedy = match &self.kind {
            FailureKind::Unauthenticated => {
                "check the key file or the token of this profile, and this machine's clock"
            }
            FailureKind::PermissionDenied { permission } => {
                return Some(match permission {
                    Some(permission) => format!(
                        "ask an owner of the project to grant {permission} to this service account"
                    ),
                    None => "ask an owner of the project for the permission".to_owned(),
                });
            }
            FailureKind::NotFound => "check the project's id and the profile's endpoint",
            FailureKind::Unimplemented => "check the profile's endpoint",
            FailureKind::InvalidArgument { .. }
            | FailureKind::FailedPrecondition
            | FailureKind::ResourceExhausted { .. }
            | FailureKind::Unavailable
            | FailureKind::DeadlineExceeded
            | FailureKind::Internal
            | FailureKind::Cancelled
            | FailureKind::Local => return None,
        };
        Some(remedy.to_owned())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.headline())?;
        if !self.message.is_empty() {
            write!(f, ": {}", self.message)?;
        }
        for violation in self.violations() {
            if !self.message.contains(&violation.reason) {
                write!(f, "; {}: {}", violation.field, violation.reason)?;
            }
        }
        if let Some(remedy) = self.remedy() {
            write!(f, " ({remedy})")?;
        }
        Ok(())
    }
}

impl std::error::Error for Failure {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_permission_is_named_with_its_remedy() {
        let failure = Failure::new(
            FailureKind::PermissionDenied {
                permission: Some("voice.calls.list".to_owned()),
            },
            "denied on projects/demo",
        );
        assert_eq!(
            failure.to_string(),
            "voice.calls.list not permitted: denied on projects/demo (ask an owner of the project \
             to grant voice.calls.list to this service account)"
        );
        assert!(!failure.passes());
    }

    #[test]
    fn violations_are_told_once() {
        let violation = Violation::new("filter", "offset 3: expected a value");
        let failure = Failure::new(
            FailureKind::InvalidArgument {
                violations: vec![violation],
            },
            "bad filter",
        );
        assert_eq!(
            failure.to_string(),
            "request refused: bad filter; filter: offset 3: expected a value"
        );
    }
}
