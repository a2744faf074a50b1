//! Errors as the service tells them: a status with `google.rpc` details (`api.md §9`).

use std::collections::HashMap;
use std::time::Duration;

use tonic::{Code, Status};
use tonic_types::{ErrorDetails, FieldViolation, StatusExt as _};

use super::ledger::LedgerError;
use crate::call::Violation;

/// Whose errors these are.
pub(super) const DOMAIN: &str = "voice.api.enfonica.com";
/// How many bytes of headers an error takes at most. Clients refuse more than 8 kB in all, and then
/// see none of it.
const STATUS_BYTES: usize = 3_800;
/// How many bytes the message of an error has at most.
const MESSAGE_BYTES: usize = 300;
/// How many bytes a description, or the reason in a message, has at most.
const REASON_BYTES: usize = 240;
/// How many bytes of a name are repeated: every name that this service gives is shorter.
const NAME_BYTES: usize = 160;
/// What the frames of the messages around the details take, with the error's own reason.
const FRAME_BYTES: usize = 160;

/// The request breaks rules: at least one.
pub(super) fn invalid(violations: &[Violation]) -> Status {
    let reason = |violation: &Violation| cut(&violation.reason, REASON_BYTES);
    let message = match violations {
        [only] => format!("{}: {}", only.field, reason(only)),
        [first, more @ ..] => format!(
            "{}: {} (and {} more)",
            first.field,
            reason(first),
            more.len()
        ),
        [] => "the request is invalid".to_owned(),
    };
    let message = cut(&message, MESSAGE_BYTES);
    // The message travels twice: by itself, and beside the details.
    let mut room = (STATUS_BYTES - header_bytes(&message)) * 3 / 4 - message.len() - FRAME_BYTES;
    let mut told = Vec::new();
    for violation in violations {
        let violation = FieldViolation::new(&*violation.field, reason(violation));
        // Eight bytes for the tags and lengths of the two texts and of what holds them.
        let bytes = violation.field.len() + violation.description.len() + 8;
        let Some(left) = room.checked_sub(bytes) else {
            break;
        };
        room = left;
        told.push(violation);
    }
    let mut details = ErrorDetails::with_bad_request(told);
    details.set_error_info("INVALID_ARGUMENT", DOMAIN, HashMap::new());
    Status::with_error_details(Code::InvalidArgument, message, details)
}

/// There is no such project or call; `kind` is the last part of its resource type.
pub(super) fn not_found(kind: &str, name: &str) -> Status {
    let name = cut(name, NAME_BYTES);
    let message = format!("{name} does not exist");
    let resource = HashMap::from([("resource".to_owned(), name.clone())]);
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

/// The request is not looked at, by chance (fault `unavailable`).
pub(super) fn unavailable() -> Status {
    let details =
        ErrorDetails::with_error_info("SERVICE_UNAVAILABLE", DOMAIN, by_fault("unavailable"));
    let message = "the service is unavailable at the moment; try again";
    Status::with_error_details(Code::Unavailable, message, details)
}

/// There were too many requests (fault `rate-limit`): one more is let through after `wait`.
pub(super) fn too_many(requests_a_second: u32, wait: Duration) -> Status {
    let mut details =
        ErrorDetails::with_error_info("RATE_LIMIT_EXCEEDED", DOMAIN, by_fault("rate-limit"));
    details.set_retry_info(Some(wait));
    let message =
        format!("more than {requests_a_second} requests a second: wait as long as RetryInfo says");
    Status::with_error_details(Code::ResourceExhausted, message, details)
}

/// One entry and no more: these maps travel in no certain order, and the same errors are the same
/// bytes.
fn by_fault(name: &str) -> HashMap<String, String> {
    HashMap::from([("fault".to_owned(), name.to_owned())])
}

/// The sandbox ends before the request is answered.
pub(super) fn shutting_down() -> Status {
    LedgerError::Closed.into()
}

/// The text, or as much of it as so many bytes hold with `…` in place of the rest.
fn cut(text: &str, bytes: usize) -> String {
    if text.len() <= bytes {
        return text.to_owned();
    }
    let kept = text
        .char_indices()
        .map(|(at, c)| at + c.len_utf8())
        .take_while(|end| end + '…'.len_utf8() <= bytes)
        .last();
    format!("{}…", text.split_at(kept.unwrap_or_default()).0)
}

/// How many bytes a message may take as a header, where all but letters and digits may be escaped.
fn header_bytes(message: &str) -> usize {
    message
        .bytes()
        .map(|byte| {
            if byte.is_ascii_alphanumeric() {
                1
            } else {
                "%00".len()
            }
        })
        .sum()
}

impl From<LedgerError> for Status {
    fn from(error: LedgerError) -> Self {
        let (code, reason) = match &error {
            LedgerError::Closed => (Code::Unavailable, "SHUTTING_DOWN"),
            LedgerError::Full => (Code::ResourceExhausted, "LEDGER_FULL"),
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

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    /// What the status takes in headers.
    fn encoded(status: &Status) -> usize {
        let mut headers = http::HeaderMap::new();
        status.add_header(&mut headers).unwrap();
        let bytes = headers
            .iter()
            .map(|(name, value)| name.as_str().len() + value.len());
        bytes.sum()
    }

    #[rstest]
    #[case::letters("x")]
    #[case::two_bytes("é")]
    #[case::four_bytes("😀")]
    #[case::control("\u{1b}")]
    #[case::blank(" ")]
    fn an_error_is_small_whatever_it_is_about(#[case] text: &str) {
        for length in [1, 50, 100, 1_000, 1 << 20] {
            let long = text.repeat(length);
            let violation = Violation::new("call.options.handler_uris[999]", &*long);
            for count in [1, 2, 20, 1_000] {
                let status = invalid(&vec![violation.clone(); count]);
                assert!(encoded(&status) < 4_096, "{length} {count}");
                let details = status.get_error_details();
                let told = details.bad_request().unwrap().field_violations.len();
                assert!(told >= count.min(4), "{told} of {count} are told");
            }
            assert!(encoded(&not_found("Project", &long)) < 4_096, "{length}");
        }
    }

    #[test]
    fn what_is_cut_keeps_its_beginning_and_its_bound() {
        assert_eq!(cut("éé", 4), "éé");
        assert_eq!(cut("ééé", 5), "é…");
        assert_eq!(cut("ééé", 1), "…");
    }

    #[test]
    fn a_usual_name_is_repeated_whole() {
        let name = format!("projects/{}/calls/{}", "p".repeat(63), "c".repeat(36));
        let status = not_found("Call", &name);
        assert_eq!(status.message(), format!("{name} does not exist"));
    }
}
