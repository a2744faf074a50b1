//! Looking for a call whose answer was lost (`placement.md`, 5).

use std::time::Duration;

use chrono::TimeDelta;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep};

use crate::api::{Backoff, Client, ListRequest};
use crate::call::{Call, Failure, FailureKind, NewCall, Placement, TICKET_LABEL, Ticket};

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

/// Looks for the call of a ticket until it is found or not to be found, and reports that.
///
/// "No trace" is said only after a look that was answered whole, at [`LOOK_FOR`] after the request or
/// later: as long as the service cannot be looked at, nothing is known.
pub(super) async fn settle(
    client: &Client,
    ticket: &Ticket,
    call: &NewCall,
    (began, lost): (Instant, Failure),
    progress: &mpsc::Sender<Placement>,
) {
    let give_up_at = Instant::now() + LOOK_FOR;
    let filter = filter(call);
    let mut waits = WAITS.into_iter();
    let mut wait = Duration::ZERO;
    let mut backoff = Backoff::new(0);
    let mut told = None;
    loop {
        tokio::select! {
            () = sleep(wait) => {}
            () = progress.closed() => return,
        }
        let over = Instant::now() >= give_up_at;
        match look(client, ticket, &filter, began).await {
            Ok(Some(found)) => {
                let _ = progress.send(Placement::Placed(Box::new(found))).await;
                return;
            }
            Ok(None) if over => {
                let _ = progress.send(Placement::NoTrace(lost)).await;
                return;
            }
            Ok(None) => {
                backoff.reset();
                wait = waits.next().unwrap_or(WAITS[WAITS.len() - 1]);
                // The last look is at the end of the time, and not after it.
                wait = wait.min(give_up_at.saturating_duration_since(Instant::now()));
            }
            Err(failure) => {
                if !failure.passes() && over {
                    return;
                }
                wait = backoff.next().unwrap_or(LOOK_FOR);
                let unknown = blind(&lost, &failure);
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

/// Reads the calls between the two numbers, newest first, back to where ours can be at the earliest.
///
/// No clock of this machine decides about that: if ours is there, it was created at most as long
/// before the newest one as the request is old.
async fn look(
    client: &Client,
    ticket: &Ticket,
    filter: &str,
    began: Instant,
) -> Result<Option<Call>, Failure> {
    let window = TimeDelta::from_std(began.elapsed()).unwrap_or(TimeDelta::MAX);
    let mut request = ListRequest {
        page_size: PAGE,
        page_token: None,
        filter: filter.to_owned(),
    };
    let mut newest = None;
    for _ in 0..PAGES {
        let page = client.list_calls(&request).await?;
        let times: Vec<_> = page
            .calls
            .iter()
            .filter_map(|call| call.create_time)
            .collect();
        newest = newest.max(times.iter().max().copied());
        let earliest = newest.and_then(|newest| {
            newest
                .checked_sub_signed(window)?
                .checked_sub_signed(FURTHER)
        });
        let found = page
            .calls
            .into_iter()
            .find(|call| call.labels.get(TICKET_LABEL) == Some(ticket.as_str()));
        if found.is_some() {
            return Ok(found);
        }
        let far_enough = times.iter().min().copied() < earliest && !times.is_empty();
        request.page_token = page.next_page_token;
        if far_enough || request.page_token.is_none() {
            return Ok(None);
        }
    }
    // Ours may be further back: that it was not seen says nothing.
    let message = format!("the list is too long to be searched: more than {PAGES} pages");
    Err(Failure::new(FailureKind::FailedPrecondition, message))
}

/// The two numbers in the service's dialect. A withheld caller's number may not be in the list
/// (`api.md §4.6`), and what is no number is left out rather than quoted.
fn filter(call: &NewCall) -> String {
    let clause = |field: &str, number: &str| {
        let plain = number.chars().all(|c| c == '+' || c.is_ascii_digit());
        (plain && !number.is_empty()).then(|| format!("{field} = '{number}'"))
    };
    let from = clause("from", &call.from).filter(|_| !call.is_private);
    let clauses: Vec<String> = clause("to", &call.to).into_iter().chain(from).collect();
    clauses.join(" AND ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_narrow_the_look() {
        let mut call = NewCall {
            to: "+61491570006".to_owned(),
            from: "+61255501234".to_owned(),
            ..NewCall::default()
        };
        assert_eq!(
            filter(&call),
            "to = '+61491570006' AND from = '+61255501234'"
        );
        call.is_private = true;
        assert_eq!(filter(&call), "to = '+61491570006'");
        call.to = "' OR to = '*".to_owned();
        assert_eq!(filter(&call), "");
    }
}
