//! Errors as the service tells them: a status with `google.rpc` details (`api.md §9`).

use std::collections::HashMap;

use tonic::{Code, Status};
use tonic_types::{ErrorDetails, FieldViolation, StatusExt as _};

use super::ledger::LedgerError;
use crate::call::Violation;

/// Whose errors these are.
const DOMAIN: &str = "voice.api.enfonica.com";
/// How many violations are written out: details travel in a header, which has its bounds.
const TOLD: usize = 20;

/// The request breaks rules: at least one.
pub(super) fn invalid(violations: &[Violation]) -> Status {
    let message = match violations {
        [only] => format!("{}: {}", only.field, only.reason),
        [first, more @ ..] => format!(
            "{}: {} (and {} more)",
            first.field,
            first.reason,
            more.len()
        ),
        [] => "the request is invalid".to_owned(),
    };
    let told: Vec<FieldViolation> = violations
        .iter()
        .take(TOLD)
        .map(|violation| FieldViolation::new(&*violation.field, &*violation.reason))
        .collect();
    let mut details = ErrorDetails::with_bad_request(told);
    details.set_error_info("INVALID_ARGUMENT", DOMAIN, HashMap::new());
    Status::with_error_details(Code::InvalidArgument, message, details)
}

/// There is no such project or call; `kind` is the last part of its resource type.
pub(super) fn not_found(kind: &str, name: &str) -> Status {
    let message = format!("{name} does not exist");
    let resource = HashMap::from([("resource".to_owned(), name.to_owned())]);
    let mut details = ErrorDetails::with_resource_info(
        format!("voice.api.enfonica.com/{kind}"),
        name,
        "",
        &*message,
    );
    let reason = format!("{}_NOT_FOUND", kind.to_ascii_uppercase());
    details.set_error_info(reason, DOMAIN, resource);
    Status::with_error_details(Code::NotFound, message, details)
}

impl From<LedgerError> for Status {
    fn from(error: LedgerError) -> Self {
        let (code, reason) = match &error {
            LedgerError::Closed => (Code::Unavailable, "SHUTTING_DOWN"),
            LedgerError::Foreign { .. }
            | LedgerError::Newer { .. }
            | LedgerError::Damaged { .. }
            | LedgerError::InUse { .. }
            | LedgerError::Open { .. }
            | LedgerError::Failed(_) => (Code::Internal, "LEDGER_FAILED"),
        };
        let details = ErrorDetails::with_error_info(reason, DOMAIN, HashMap::new());
        Self::with_error_details(code, error.to_string(), details)
    }
}
