//! Placing a call: sent once, and known either way (`placement.md`).
//!
//! One wish makes at most one call, and the person always learns which. A call cannot be taken back
//! and a request carries no key that would make its repetition harmless, so nothing is ever repeated:
//! where the answer is lost, the call is looked for by the ticket among its labels. What a run does not
//! live to learn is in the journal, and the next one goes on from there.

mod errand;
mod journal;
mod placer;
mod settle;

use chrono::{DateTime, Utc};
use uuid::{NoContext, Timestamp, Uuid};

use crate::call::{NewCall, Ticket};

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

/// When a ticket was made, by the clock of whoever made it; nothing if it is not of our kind.
fn made_at(ticket: &Ticket) -> Option<DateTime<Utc>> {
    let (seconds, nanos) = Uuid::parse_str(ticket.as_str())
        .ok()?
        .get_timestamp()?
        .to_unix();
    DateTime::from_timestamp(i64::try_from(seconds).ok()?, nanos)
}

/// A ticket that nobody has had yet (UUIDv7).
pub fn fresh_ticket(now: DateTime<Utc>) -> Ticket {
    let seconds = u64::try_from(now.timestamp()).unwrap_or_default();
    let time = Timestamp::from_unix(NoContext, seconds, now.timestamp_subsec_nanos());
    Ticket::new(Uuid::new_v7(time).to_string())
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
        assert_eq!(made_at(&tickets[7]), Some(at(7)));
        assert_eq!(made_at(&Ticket::new("order-4711")), None);
        let _ = fresh_ticket(DateTime::<Utc>::MIN_UTC);
        let _ = fresh_ticket(DateTime::<Utc>::MAX_UTC);
    }
}
