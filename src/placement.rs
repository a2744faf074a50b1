//! Placing a call: sent once, and known either way (`placement.md`).
//!
//! One wish makes at most one call, and the person always learns which. A call cannot be taken back
//! and a request carries no key that would make its repetition harmless, so nothing is ever repeated:
//! where the answer is lost, the call is looked for by the ticket among its labels.

mod journal;
mod placer;
mod settle;

use chrono::{DateTime, Utc};
use tokio::sync::mpsc;
use tokio::time::Instant;
use uuid::{NoContext, Timestamp, Uuid};

use crate::api::Client;
use crate::call::{
    Failure, FailureKind, MAX_LABEL_BYTES, MAX_LABELS, NewCall, Placement, TICKET_LABEL, Ticket,
    Violation, check_labels,
};

pub use journal::{Entry, Journal, Stand, Unsettled};
pub use placer::Placer;
pub use settle::LOOK_FOR;

/// One wish to call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wish {
    /// By which the call is found again; never used for another wish.
    pub ticket: Ticket,
    /// What to place. A ticket among its labels, as in a copy of another call, is replaced.
    pub call: NewCall,
    /// Where the ticket comes from.
    pub origin: Origin,
    /// The ticket of an earlier wish of which there was no trace, and in whose place this one is.
    pub follows: Option<Ticket>,
}

/// Where a ticket comes from: whether the service may know it already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// Made for this wish by [`fresh_ticket`]: nobody can have used it.
    Fresh,
    /// From outside, such as from a script that may have used it before: the service is looked at
    /// before anything is sent.
    Given,
}

impl Wish {
    /// A wish with a ticket that was made for it.
    #[must_use]
    pub fn new(ticket: Ticket, call: NewCall) -> Self {
        Self {
            ticket,
            call,
            origin: Origin::Fresh,
            follows: None,
        }
    }

    /// A wish with a ticket from outside, which an earlier run may have used.
    #[must_use]
    pub fn with_given(ticket: Ticket, call: NewCall) -> Self {
        Self {
            origin: Origin::Given,
            ..Self::new(ticket, call)
        }
    }

    /// The same wish in the place of one of which there was no trace.
    #[must_use]
    pub fn following(self, old: Ticket) -> Self {
        Self {
            follows: Some(old),
            ..self
        }
    }
}

/// A ticket that nobody has had yet (UUIDv7).
pub fn fresh_ticket(now: DateTime<Utc>) -> Ticket {
    let seconds = u64::try_from(now.timestamp()).unwrap_or_default();
    let time = Timestamp::from_unix(NoContext, seconds, now.timestamp_subsec_nanos());
    Ticket::new(Uuid::new_v7(time).to_string())
}

/// Places a call and reports how far it has come. The request is sent once at most, and not at all
/// if nobody takes the first report.
///
/// Reports [`Placement::Sending`], then either a settled state, or [`Placement::Unknown`] and later
/// what became of it. Ends after a settled state, or when nobody takes the reports any more, or when
/// the service refuses to be looked at for as long as looking takes: then the last report stays
/// [`Placement::Unknown`] with the reason. While the service is out of reach it goes on looking.
async fn place(client: Client, wish: Wish, progress: mpsc::Sender<Placement>) {
    let Wish {
        ticket, mut call, ..
    } = wish;
    call.labels.insert(TICKET_LABEL, ticket.as_str());
    if let Err(reason) = check_labels(&call.labels) {
        let failure = labels_too_many(&ticket, reason);
        let _ = progress.send(Placement::NotSent(failure)).await;
        return;
    }
    if progress.send(Placement::Sending).await.is_err() {
        return;
    }
    let began = Instant::now();
    let outcome = match client.create_call(&call).await {
        Ok(placed) => Placement::Placed(Box::new(placed)),
        Err(failure) if failure.may_have_happened => {
            tracing::warn!(%ticket, %failure, "whether the call was placed is not known");
            let unknown = Placement::Unknown(failure.clone());
            if progress.send(unknown).await.is_ok() {
                settle::settle(&client, &ticket, &call, (began, failure), &progress).await;
            }
            return;
        }
        Err(failure) => without_a_call(failure),
    };
    let _ = progress.send(outcome).await;
}

/// What a failure after which there is certainly no call means: refused, or never sent.
fn without_a_call(failure: Failure) -> Placement {
    match failure.kind {
        FailureKind::Unauthenticated
        | FailureKind::PermissionDenied { .. }
        | FailureKind::InvalidArgument { .. }
        | FailureKind::NotFound
        | FailureKind::FailedPrecondition
        | FailureKind::ResourceExhausted { .. }
        | FailureKind::Unimplemented => Placement::Refused(failure),
        FailureKind::Unavailable
        | FailureKind::DeadlineExceeded
        | FailureKind::Internal
        | FailureKind::Cancelled
        | FailureKind::Local => Placement::NotSent(failure),
    }
}

fn labels_too_many(ticket: &Ticket, reason: String) -> Failure {
    let bytes = TICKET_LABEL.len() + ticket.as_str().len();
    let message = format!(
        "the label {TICKET_LABEL}, by which the call is found again if its answer is lost, takes one \
         of {MAX_LABELS} labels and {bytes} of {MAX_LABEL_BYTES} bytes: leave it room"
    );
    let violations = vec![Violation::new("call.labels", reason)];
    Failure::new(FailureKind::InvalidArgument { violations }, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tickets_are_distinct_and_sort_by_time() {
        let at = |second: i64| DateTime::from_timestamp(1_700_000_000 + second, 0).unwrap();
        let tickets: Vec<Ticket> = (0..50).map(|second| fresh_ticket(at(second))).collect();
        assert!(
            tickets
                .windows(2)
                .all(|two| two[0].as_str() < two[1].as_str())
        );
        assert_ne!(fresh_ticket(at(0)), fresh_ticket(at(0)));
        assert_eq!(tickets[0].as_str().len(), 36);
        let _ = fresh_ticket(DateTime::<Utc>::MIN_UTC);
        let _ = fresh_ticket(DateTime::<Utc>::MAX_UTC);
    }
}
