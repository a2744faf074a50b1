//! From a status of gRPC to a [`Failure`] in an operator's words.

use std::error::Error;
use std::io;

use tonic::{Code, Status, TimeoutExpired};
use tonic_types::StatusExt as _;

use super::client::DEADLINE;
use crate::call::{Failure, FailureKind, Violation};

/// The methods of the service (`api.md §1`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Method {
    /// Places a call.
    Create,
    /// Reads one call.
    Get,
    /// Lists calls.
    List,
}

impl Method {
    /// Its path on the wire.
    pub(super) fn path(self) -> &'static str {
        match self {
            Self::Create => "/enfonica.voice.v1beta1.Calls/CreateCall",
            Self::Get => "/enfonica.voice.v1beta1.Calls/GetCall",
            Self::List => "/enfonica.voice.v1beta1.Calls/ListCalls",
        }
    }

    /// The permission that the contract asks for.
    fn permission(self) -> &'static str {
        match self {
            Self::Create => "voice.calls.create",
            Self::Get => "voice.calls.get",
            Self::List => "voice.calls.list",
        }
    }
}

/// What is known of a request that failed, beside its status.
#[derive(Debug, Clone, Copy)]
pub(super) struct Attempt<'a> {
    /// What was asked.
    pub(super) method: Method,
    /// Host and port, for the message.
    pub(super) place: &'a str,
    /// Whether the message may have left.
    pub(super) left: bool,
    /// Whether a message came back.
    pub(super) answered: bool,
}

/// The failure that a status means.
pub(super) fn failure(status: &Status, attempt: Attempt<'_>) -> Failure {
    // A status without a source came from the service; with one it was made up on this side from
    // whatever befell the connection.
    let (kind, message) = if attempt.answered {
        let told = status.message();
        (
            FailureKind::Internal,
            format!(
                "{} answered with something that cannot be read: {told}",
                attempt.place
            ),
        )
    } else if let Some(source) = status.source() {
        of_connection(source, attempt)
    } else {
        (of_service(status, attempt.method), words(status))
    };
    let refused = match &kind {
        FailureKind::Unauthenticated
        | FailureKind::PermissionDenied { .. }
        | FailureKind::InvalidArgument { .. }
        | FailureKind::NotFound
        | FailureKind::FailedPrecondition
        | FailureKind::ResourceExhausted { .. }
        | FailureKind::Unimplemented
        | FailureKind::Local => true,
        FailureKind::Unavailable
        | FailureKind::DeadlineExceeded
        | FailureKind::Internal
        | FailureKind::Cancelled => false,
    };
    Failure {
        kind,
        message,
        may_have_happened: attempt.left && !refused,
    }
}

/// The failure of a request that was given up because its time had run out.
pub(super) fn out_of_time(attempt: Attempt<'_>) -> Failure {
    let seconds = DEADLINE.as_secs();
    let place = attempt.place;
    if attempt.left {
        return Failure {
            kind: FailureKind::DeadlineExceeded,
            message: format!("{place} has not answered within {seconds} s"),
            may_have_happened: true,
        };
    }
    Failure::new(
        FailureKind::Unavailable,
        format!("no connection to {place} within {seconds} s"),
    )
}

/// The failure of a request for which no token was to be had in its time: it never left.
pub(super) fn without_a_token() -> Failure {
    let seconds = DEADLINE.as_secs();
    Failure::new(
        FailureKind::DeadlineExceeded,
        format!("the token was not to be had within {seconds} s: check its file or its server"),
    )
}

fn of_connection(source: &(dyn Error + 'static), attempt: Attempt<'_>) -> (FailureKind, String) {
    let place = attempt.place;
    let mut last = source;
    let mut next = Some(source);
    while let Some(error) = next {
        if error.is::<TimeoutExpired>() {
            let failure = out_of_time(attempt);
            return (failure.kind, failure.message);
        }
        if let Some(error) = error.downcast_ref::<io::Error>()
            && error.kind() == io::ErrorKind::TimedOut
            && !attempt.left
        {
            return (
                FailureKind::Unavailable,
                format!("no connection to {place}: nothing answers there"),
            );
        }
        last = error;
        next = error.source();
    }
    let what = if attempt.left {
        format!("the connection to {place} was lost: {last}")
    } else {
        format!("no connection to {place}: {last}")
    };
    (FailureKind::Unavailable, what)
}

fn of_service(status: &Status, method: Method) -> FailureKind {
    match status.code() {
        Code::Unauthenticated => FailureKind::Unauthenticated,
        Code::PermissionDenied => FailureKind::PermissionDenied {
            permission: Some(
                status
                    .get_details_error_info()
                    .and_then(|mut info| info.metadata.remove("permission"))
                    .filter(|permission| !permission.is_empty())
                    .unwrap_or_else(|| method.permission().to_owned()),
            ),
        },
        Code::InvalidArgument | Code::OutOfRange => FailureKind::InvalidArgument {
            violations: violations(status),
        },
        Code::NotFound => FailureKind::NotFound,
        Code::FailedPrecondition | Code::AlreadyExists => FailureKind::FailedPrecondition,
        Code::ResourceExhausted => FailureKind::ResourceExhausted {
            retry_after: status
                .get_details_retry_info()
                .and_then(|info| info.retry_delay),
        },
        Code::Unavailable => FailureKind::Unavailable,
        Code::DeadlineExceeded => FailureKind::DeadlineExceeded,
        Code::Unimplemented => FailureKind::Unimplemented,
        Code::Cancelled => FailureKind::Cancelled,
        Code::Ok | Code::Unknown | Code::Aborted | Code::Internal | Code::DataLoss => {
            FailureKind::Internal
        }
    }
}

fn violations(status: &Status) -> Vec<Violation> {
    let found = status.get_details_bad_request();
    found
        .into_iter()
        .flat_map(|bad| bad.field_violations)
        .map(|violation| Violation::new(violation.field, violation.description))
        .collect()
}

/// What the service said; its code where it said nothing.
fn words(status: &Status) -> String {
    if status.message().trim().is_empty() {
        return status.code().description().to_owned();
    }
    status.message().to_owned()
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;
    use std::time::Duration;

    use rstest::rstest;
    use tonic_types::ErrorDetails;

    use super::*;

    fn attempt(left: bool) -> Attempt<'static> {
        Attempt {
            method: Method::Create,
            place: "voice.example:443",
            left,
            answered: false,
        }
    }

    #[test]
    fn violations_come_with_their_fields() {
        let mut details = ErrorDetails::new();
        details.add_bad_request_violation("call.to", "not a number");
        details.add_bad_request_violation("call.options.handler_uris[0]", "no scheme");
        let status = Status::with_error_details(Code::InvalidArgument, "invalid call", details);
        let failure = failure(&status, attempt(true));
        assert_eq!(
            failure.violations(),
            [
                Violation::new("call.to", "not a number"),
                Violation::new("call.options.handler_uris[0]", "no scheme"),
            ]
        );
        assert!(!failure.may_have_happened);
    }

    #[test]
    fn the_missing_permission_is_the_one_named_by_the_service() {
        let metadata = HashMap::from([("permission".to_owned(), "voice.calls.special".to_owned())]);
        let details = ErrorDetails::with_error_info("DENIED", "voice.example", metadata);
        let status = Status::with_error_details(Code::PermissionDenied, "denied", details);
        assert_eq!(
            failure(&status, attempt(true)).headline(),
            "voice.calls.special not permitted"
        );
    }

    #[rstest]
    #[case(Method::Create, "voice.calls.create")]
    #[case(Method::Get, "voice.calls.get")]
    #[case(Method::List, "voice.calls.list")]
    fn without_a_name_it_is_the_permission_of_the_method(
        #[case] method: Method,
        #[case] permission: &str,
    ) {
        let status = Status::permission_denied("denied");
        let attempt = Attempt {
            method,
            ..attempt(true)
        };
        let kind = failure(&status, attempt).kind;
        let permission = Some(permission.to_owned());
        assert_eq!(kind, FailureKind::PermissionDenied { permission });
    }

    #[test]
    fn a_delay_asked_for_is_kept() {
        let details = ErrorDetails::with_retry_info(Some(Duration::from_secs(7)));
        let status = Status::with_error_details(Code::ResourceExhausted, "slow down", details);
        let retry_after = Some(Duration::from_secs(7));
        assert_eq!(
            failure(&status, attempt(true)).kind,
            FailureKind::ResourceExhausted { retry_after }
        );
    }

    #[rstest]
    #[case::refused(Code::InvalidArgument, false)]
    #[case::not_permitted(Code::PermissionDenied, false)]
    #[case::not_authenticated(Code::Unauthenticated, false)]
    #[case::not_possible(Code::FailedPrecondition, false)]
    #[case::exhausted(Code::ResourceExhausted, false)]
    #[case::not_there(Code::NotFound, false)]
    #[case::unknown_method(Code::Unimplemented, false)]
    #[case::unavailable(Code::Unavailable, true)]
    #[case::too_late(Code::DeadlineExceeded, true)]
    #[case::internal(Code::Internal, true)]
    #[case::unknown(Code::Unknown, true)]
    #[case::cancelled(Code::Cancelled, true)]
    #[case::aborted(Code::Aborted, true)]
    #[case::lost(Code::DataLoss, true)]
    fn what_the_service_refused_has_not_happened_and_the_rest_may_have(
        #[case] code: Code,
        #[case] may_have: bool,
    ) {
        let status = Status::new(code, "words");
        assert_eq!(failure(&status, attempt(true)).may_have_happened, may_have);
        assert!(!failure(&status, attempt(false)).may_have_happened);
    }

    #[test]
    fn an_answer_that_cannot_be_read_means_that_it_happened() {
        let attempt = Attempt {
            answered: true,
            ..attempt(true)
        };
        for code in [Code::Internal, Code::OutOfRange, Code::Unimplemented] {
            let failure = failure(&Status::new(code, "odd"), attempt);
            assert_eq!(failure.kind, FailureKind::Internal);
            assert!(failure.may_have_happened);
        }
    }

    #[test]
    fn a_status_made_up_on_this_side_is_no_refusal() {
        let mut status = Status::permission_denied("h2 protocol error");
        status.set_source(std::sync::Arc::new(io::Error::other("reset by peer")));
        let failure = failure(&status, attempt(true));
        assert_eq!(failure.kind, FailureKind::Unavailable);
        assert_eq!(
            failure.message,
            "the connection to voice.example:443 was lost: reset by peer"
        );
        assert!(failure.may_have_happened);
    }

    #[test]
    fn running_out_of_time_tells_a_silent_service_from_an_unreachable_one() {
        let silent = out_of_time(attempt(true));
        assert_eq!(silent.kind, FailureKind::DeadlineExceeded);
        assert!(silent.may_have_happened);
        let unreachable = out_of_time(attempt(false));
        assert_eq!(unreachable.kind, FailureKind::Unavailable);
        assert!(!unreachable.may_have_happened);
    }

    #[test]
    fn a_status_without_words_is_put_in_words() {
        let failure = failure(&Status::unavailable(" "), attempt(true));
        assert!(!failure.message.trim().is_empty());
    }
}
