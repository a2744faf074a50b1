//! Looking for a call whose answer was lost (`placement.md`, 5).

use std::time::Duration;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep};

use crate::api::{Backoff, Client, ListRequest};
use crate::call::{
    Call, CallName, CreateMethod, Direction, Failure, FailureKind, NewCall, Placement,
    TICKET_LABEL, Ticket, TicketLabel,
};

/// For how long a call is looked for before it is said that there is no trace of it.
pub const LOOK_FOR: Duration = Duration::from_secs(120);
/// The waits between looks; the last one is repeated.
const WAITS: [Duration; 4] = [
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(5),
    Duration::from_secs(10),
];
const PAGE: u32 = 100;
/// How many pages a look takes at most, in case the service's list has no end.
const PAGES: usize = 50;
/// How much further back than the request a look goes, for clocks of the service that disagree.
const FURTHER: TimeDelta = TimeDelta::seconds(60);
/// The same where the age of the request is that of a line in a file: this machine's clock may have
/// been set meanwhile.
const MUCH_FURTHER: TimeDelta = TimeDelta::minutes(10);
/// How far the clocks of this machine and of the service may be apart at most, where times of the one
/// are compared with times of the other.
const APART: TimeDelta = TimeDelta::days(1);

/// What a look is for.
#[derive(Debug)]
pub(super) struct Wanted<'a> {
    pub(super) client: &'a Client,
    pub(super) ticket: &'a Ticket,
    pub(super) call: &'a NewCall,
    pub(super) label: TicketLabel,
    pub(super) since: Since,
}

/// When the request was sent.
#[derive(Debug, Clone, Copy)]
pub(super) enum Since {
    /// At any time.
    Ever,
    /// At this time or later, by a clock of somebody's.
    After {
        /// By that clock.
        at: DateTime<Utc>,
        /// The clock of now.
        now: fn() -> DateTime<Utc>,
    },
    /// By this process.
    Here(Instant),
    /// By an earlier one, as it has written down.
    Written {
        /// By the clock of then.
        at: DateTime<Utc>,
        /// The clock of now.
        now: fn() -> DateTime<Utc>,
    },
}

/// What a look has shown.
#[derive(Debug)]
pub(super) enum Seen {
    /// The call with the ticket.
    Ours(Box<Call>),
    /// It is not there; but these calls between the two numbers are of that time and carry no ticket.
    Others(Vec<CallName>),
}

/// Looks for the call of a wish until it is found or not to be found. Nothing if nobody waits for it
/// any more, or if the service refuses to be looked at.
///
/// "Not there" comes only of a look that was answered whole, at the end of the time given or later: as
/// long as the service cannot be looked at, nothing is known.
pub(super) async fn settle(
    wanted: &Wanted<'_>,
    lost: &Failure,
    until: Instant,
    progress: &mpsc::Sender<Placement>,
) -> Option<Seen> {
    let mut waits = WAITS.into_iter();
    let mut wait = Duration::ZERO;
    let mut backoff = Backoff::new(0);
    let mut told = None;
    loop {
        tokio::select! {
            () = sleep(wait) => {}
            () = progress.closed() => return None,
        }
        let over = Instant::now() >= until;
        match wanted.look().await {
            Ok(found @ Seen::Ours(_)) => return Some(found),
            Ok(others @ Seen::Others(_)) if over => return Some(others),
            Ok(Seen::Others(_)) => {
                backoff.reset();
                wait = waits.next().unwrap_or(WAITS[WAITS.len() - 1]);
                // The last look is at the end of the time, and not after it.
                wait = wait.min(until.saturating_duration_since(Instant::now()));
            }
            Err(failure) => {
                if !failure.passes() && over {
                    return None;
                }
                wait = backoff.next().unwrap_or(LOOK_FOR);
                let unknown = blind(lost, &failure);
                if told.as_ref() != Some(&unknown) {
                    told = Some(unknown.clone());
                    let _ = progress.send(Placement::Unknown(unknown)).await;
                }
            }
        }
    }
}

/// What was lost, and why it cannot be looked for.
fn blind(lost: &Failure, failure: &Failure) -> Failure {
    Failure {
        message: format!("{}; it cannot be looked for: {failure}", lost.message),
        ..lost.clone()
    }
}

impl Wanted<'_> {
    /// Reads the calls between the two numbers, newest first, back to where ours can be at the earliest.
    ///
    /// No clock of this machine decides about that: if ours is there, it was created at most as long
    /// before the newest one as the request is old.
    pub(super) async fn look(&self) -> Result<Seen, Failure> {
        let window = self.since.window();
        let mut request = ListRequest {
            page_size: PAGE,
            page_token: None,
            filter: filter(self.call, self.since),
        };
        let mut newest = None;
        let mut others = Vec::new();
        for _ in 0..PAGES {
            let page = self.client.list_calls(&request).await?;
            let times: Vec<_> = page
                .calls
                .iter()
                .filter_map(|call| call.create_time)
                .collect();
            newest = newest.max(times.iter().max().copied());
            let earliest = newest.and_then(|newest| newest.checked_sub_signed(window));
            for call in page.calls {
                if self.is_ours(&call) {
                    return Ok(Seen::Ours(Box::new(call)));
                }
                if self.may_be_ours(&call) && call.create_time.is_none_or(|at| Some(at) >= earliest)
                {
                    others.push(call.name);
                }
            }
            let far_enough = times.iter().min().copied() < earliest && !times.is_empty();
            request.page_token = page.next_page_token;
            if far_enough || request.page_token.is_none() {
                return Ok(Seen::Others(others));
            }
        }
        // Ours may be further back: that it was not seen says nothing.
        let message = format!("the list is too long to be searched: more than {PAGES} pages");
        Err(Failure::new(FailureKind::FailedPrecondition, message))
    }

    fn is_ours(&self, call: &Call) -> bool {
        self.label == TicketLabel::Carried
            && call.labels.get(TICKET_LABEL) == Some(self.ticket.as_str())
    }

    /// Whether a call may be ours although nothing says so. The numbers are compared once more, for a
    /// service that does not apply the filter.
    fn may_be_ours(&self, call: &Call) -> bool {
        let placed = matches!(
            call.create_method,
            CreateMethod::Api | CreateMethod::Unspecified | CreateMethod::Other(_)
        );
        let outgoing = call.direction != Direction::Incoming;
        let from = *call.from == *self.call.from || self.call.is_private;
        let numbers = *call.to == *self.call.to && from;
        placed && outgoing && numbers && call.labels.get(TICKET_LABEL).is_none()
    }
}

impl Since {
    /// How far back from the newest call ours may be.
    fn window(self) -> TimeDelta {
        let age = |at: DateTime<Utc>, now: fn() -> DateTime<Utc>, further: TimeDelta| {
            let elapsed = now().signed_duration_since(at);
            // A clock that was set back says nothing.
            let elapsed = Some(elapsed).filter(|elapsed| *elapsed >= TimeDelta::zero());
            elapsed
                .and_then(|elapsed| elapsed.checked_add(&further))
                .unwrap_or(TimeDelta::MAX)
        };
        match self {
            Self::Ever => TimeDelta::MAX,
            Self::After { at, now } => age(at, now, APART),
            Self::Here(began) => TimeDelta::from_std(began.elapsed())
                .ok()
                .and_then(|elapsed| elapsed.checked_add(&FURTHER))
                .unwrap_or(TimeDelta::MAX),
            Self::Written { at, now } => age(at, now, MUCH_FURTHER),
        }
    }
}

/// The two numbers in the service's dialect, and the days that are known from a clock. A
/// withheld caller's number may not be in the list (`api.md §4.6`), and what is no number is left out
/// rather than quoted.
fn filter(call: &NewCall, since: Since) -> String {
    let clause = |field: &str, number: &str| {
        let plain = number.chars().all(|c| c == '+' || c.is_ascii_digit());
        (plain && !number.is_empty()).then(|| format!("{field} = '{number}'"))
    };
    let from = clause("from", &call.from).filter(|_| !call.is_private);
    let mut clauses: Vec<String> = clause("to", &call.to).into_iter().chain(from).collect();
    let (first, last) = match since {
        Since::Ever | Since::Here(_) => (None, None),
        Since::After { at, .. } => (at.checked_sub_signed(APART), None),
        Since::Written { at, .. } => (at.checked_sub_signed(APART), at.checked_add_signed(APART)),
    };
    for (operator, time) in [(">=", first), ("<=", last)] {
        clauses.extend(time.map(|time| {
            let time = time.to_rfc3339_opts(SecondsFormat::Secs, true);
            format!("createTime {operator} '{time}'")
        }));
    }
    clauses.join(" AND ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers() -> NewCall {
        NewCall {
            to: "+61491570006".to_owned(),
            from: "+61255501234".to_owned(),
            ..NewCall::default()
        }
    }

    #[tokio::test]
    async fn the_numbers_narrow_the_look() {
        let mut call = numbers();
        let since = Since::Here(Instant::now());
        assert_eq!(
            filter(&call, since),
            "to = '+61491570006' AND from = '+61255501234'"
        );
        call.is_private = true;
        assert_eq!(filter(&call, since), "to = '+61491570006'");
        call.to = "' OR to = '*".to_owned();
        assert_eq!(filter(&call, since), "");
    }

    #[test]
    fn the_look_for_a_request_of_an_earlier_run_is_bounded_by_days() {
        let at = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
        let since = Since::Written {
            at,
            now: || DateTime::from_timestamp(1_700_000_300, 0).unwrap(),
        };
        assert_eq!(
            filter(&numbers(), since),
            "to = '+61491570006' AND from = '+61255501234' AND \
             createTime >= '2023-11-13T22:13:20Z' AND createTime <= '2023-11-15T22:13:20Z'"
        );
        assert_eq!(since.window(), TimeDelta::minutes(15));
    }

    #[test]
    fn a_ticket_from_outside_is_looked_for_from_its_own_day_on() {
        let at = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
        let now = || DateTime::from_timestamp(1_700_000_300, 0).unwrap();
        let since = Since::After { at, now };
        let filter = filter(&numbers(), since);
        assert!(
            filter.ends_with("createTime >= '2023-11-13T22:13:20Z'"),
            "{filter}"
        );
        assert_eq!(since.window(), TimeDelta::days(1) + TimeDelta::minutes(5));
        assert_eq!(Since::Ever.window(), TimeDelta::MAX);
    }

    #[test]
    fn a_clock_that_was_set_back_bounds_nothing() {
        let since = Since::Written {
            at: DateTime::from_timestamp(1_700_000_000, 0).unwrap(),
            now: || DateTime::from_timestamp(1_600_000_000, 0).unwrap(),
        };
        assert_eq!(since.window(), TimeDelta::MAX);
    }
}
