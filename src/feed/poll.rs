//! One poll: head, open, left and settling (`feed.md`, 1 to 4), and what they come to as a whole.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use futures_util::future::{OptionFuture, try_join};

use super::lead::Lead;
use super::mark::Look;
use super::reread::reread;
use super::settling::Due;
use super::walk::{Leaf, Reader};
use crate::call::{AsOf, Call, CallName, Failure};

/// What a poll asks.
#[derive(Debug)]
pub(super) struct Question {
    pub(super) reader: Reader,
    /// The head; nothing until the first page has come.
    pub(super) head: Option<Head>,
    /// The filter of the calls under way.
    pub(super) open: &'static str,
    /// Calls that were under way when last read.
    pub(super) tracked: Vec<Lead>,
    /// Calls to be read again for their price.
    pub(super) due: Vec<Due>,
    pub(super) reads_at_once: usize,
}

/// The filter of the head, and where it begins.
#[derive(Debug)]
pub(super) struct Head {
    pub(super) filter: String,
    pub(super) since: Option<DateTime<Utc>>,
    /// Whether the filter leaves it to this side where to stop.
    pub(super) look: bool,
    /// Whether a call may come into the list by what becomes of it: such a head is read after the
    /// calls under way, or one that ends in between would be in neither.
    pub(super) by_state: bool,
}

/// What a poll has read.
#[derive(Debug, Default)]
pub(super) struct Readings {
    /// The place of the first request: nothing that was asked for after it is outranked.
    pub(super) as_of: AsOf,
    /// Each call once, as it was read last.
    pub(super) calls: HashMap<CallName, Call>,
    /// Whether a list had calls that its own filter excludes.
    pub(super) ignores_filter: bool,
    /// Calls that do not exist any more.
    pub(super) gone: Vec<CallName>,
    /// What the head has listed, if it was a look.
    pub(super) look: Option<Look>,
    /// What was due, as it is now; without those that are gone.
    pub(super) settled: Vec<(Due, Call)>,
    /// What was due and has not been read.
    pub(super) still_due: Vec<Due>,
    /// Why some calls could not be read singly. What was read counts all the same, so that the next
    /// poll has less to do; the rest stays as it was known.
    pub(super) failure: Option<Failure>,
}

/// Asks everything. Lists count only as a whole: if one fails, so does the poll.
pub(super) async fn ask(question: Question) -> Result<Readings, Failure> {
    let Question {
        reader,
        head,
        open,
        tracked,
        due,
        reads_at_once,
    } = question;
    let since = head.as_ref().and_then(|head| head.since);
    let look = head.as_ref().is_some_and(|head| head.look);
    // The service lists newest first: a page that lies wholly before the head, or that has no call
    // under way, is the end, even if a service that does not apply filters has more.
    // A look ends within a page.
    let in_head = |page: &[Call]| {
        let mut times = page.iter().map(|call| call.create_time);
        page.is_empty()
            || since.is_none()
            || if look {
                times.all(|time| time >= since)
            } else {
                times.any(|time| time >= since)
            }
    };
    let under_way = |page: &[Call]| page.is_empty() || page.iter().any(Call::is_open);
    let open_pages = reader.all(open, under_way);
    let head_pages =
        OptionFuture::from(head.as_ref().map(|head| reader.all(&head.filter, in_head)));
    let head_pages = async { head_pages.await.transpose() };
    let (head_pages, open_pages) = if head.as_ref().is_some_and(|head| head.by_state) {
        let open_pages = open_pages.await?;
        (head_pages.await?, open_pages)
    } else {
        try_join(head_pages, open_pages).await?
    };

    let head_pages = head_pages.unwrap_or_default();
    let look = look.then(|| Look {
        calls: head_pages
            .iter()
            .flat_map(|leaf| &leaf.page.calls)
            .map(|call| (call.name.clone(), call.create_time))
            .collect(),
        whole: head_pages
            .last()
            .is_some_and(|leaf| leaf.page.next_page_token.is_none()),
    });
    let mut merged = Merged::default();
    let leaves = head_pages.iter().chain(&open_pages);
    let ignores_filter = leaves.clone().any(|leaf| leaf.ignores_filter);
    let first = leaves.map(|leaf| leaf.as_of).min().unwrap_or_default();
    for Leaf { as_of, page, .. } in head_pages.into_iter().chain(open_pages) {
        for call in page.calls {
            merged.take(as_of, call);
        }
    }

    // Nothing is concluded from absence: a call that has left the list of open ones has ended, or a
    // page boundary has moved past it.
    let left = tracked
        .into_iter()
        .filter(|lead| !merged.calls.contains_key(&lead.name));
    let wanted = Wanted::each_once(left, due);
    let again = reread(&reader, wanted, Wanted::lead, reads_at_once).await;
    let mut gone = Vec::new();
    let mut settled = Vec::new();
    for (wanted, reading) in again.read {
        match (wanted, reading) {
            (Wanted::Left(_), Some((as_of, call))) => merged.take(as_of, call),
            (Wanted::Left(lead), None) => gone.push(lead.name),
            (Wanted::Due(due), Some((_, call))) => settled.push((due, call)),
            (Wanted::Due(_), None) => {}
            (Wanted::LeftAndDue(due), Some((as_of, call))) => {
                merged.take(as_of, call.clone());
                settled.push((due, call));
            }
            (Wanted::LeftAndDue(due), None) => gone.push(due.lead.name),
        }
    }
    let still_due = again.unread.into_iter().filter_map(|wanted| match wanted {
        Wanted::Due(due) | Wanted::LeftAndDue(due) => Some(due),
        Wanted::Left(_) => None,
    });
    Ok(Readings {
        as_of: first,
        calls: merged
            .calls
            .into_iter()
            .map(|(name, (_, call))| (name, call))
            .collect(),
        ignores_filter,
        gone,
        look,
        settled,
        still_due: still_due.collect(),
        failure: again.failure,
    })
}

/// A call that is read again.
#[derive(Debug)]
enum Wanted {
    /// It was under way, and is not listed as such any more.
    Left(Lead),
    /// Its price may have come.
    Due(Due),
    /// Both: a page of history had told of its end before any poll did.
    LeftAndDue(Due),
}

impl Wanted {
    /// What is to be read: a call that is wanted for both reasons is asked for once.
    fn each_once(left: impl Iterator<Item = Lead>, due: Vec<Due>) -> Vec<Self> {
        let mut left: Vec<Lead> = left.collect();
        let names: HashSet<&CallName> = left.iter().map(|lead| &lead.name).collect();
        let (both, due): (Vec<Due>, Vec<Due>) = due
            .into_iter()
            .partition(|due| names.contains(&due.lead.name));
        let twice: HashSet<&CallName> = both.iter().map(|due| &due.lead.name).collect();
        left.retain(|lead| !twice.contains(&lead.name));
        let left = left.into_iter().map(Self::Left);
        let both = both.into_iter().map(Self::LeftAndDue);
        left.chain(both)
            .chain(due.into_iter().map(Self::Due))
            .collect()
    }

    fn lead(&self) -> &Lead {
        match self {
            Self::Left(lead) => lead,
            Self::Due(due) | Self::LeftAndDue(due) => &due.lead,
        }
    }
}

/// The readings of one poll by name.
#[derive(Default)]
struct Merged {
    calls: HashMap<CallName, (AsOf, Call)>,
}

impl Merged {
    /// Of two readings the one that tells of an end counts, then the one that was asked for later.
    fn take(&mut self, as_of: AsOf, call: Call) {
        match self.calls.entry(call.name.clone()) {
            Entry::Vacant(place) => {
                place.insert((as_of, call));
            }
            Entry::Occupied(mut place) => {
                let (known_as_of, known) = place.get();
                if (!call.is_open(), as_of) > (!known.is_open(), *known_as_of) {
                    place.insert((as_of, call));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::Instant;

    use super::*;
    use crate::call::State;
    use crate::feed::settling::Settling;

    #[test]
    fn what_has_left_and_is_due_is_read_once() {
        let lead = |id: u32| {
            let name = CallName::new(format!("projects/demo/calls/{id}"));
            Lead::of(&Call::new(name))
        };
        let now = Instant::now();
        let mut settling = Settling::default();
        settling.add(lead(2), now);
        settling.add(lead(3), now);
        let due = settling.due(now + Duration::from_secs(60));
        let wanted = Wanted::each_once([lead(1), lead(2)].into_iter(), due);
        let wanted: Vec<(&str, bool)> = wanted
            .iter()
            .map(|wanted| {
                (
                    wanted.lead().name.id(),
                    matches!(wanted, Wanted::LeftAndDue(_)),
                )
            })
            .collect();
        assert_eq!(wanted, [("1", false), ("2", true), ("3", false)]);
    }

    #[test]
    fn within_a_poll_the_end_counts_and_then_the_later_question() {
        let reading = |state| {
            let mut call = Call::new(CallName::new("projects/demo/calls/1"));
            call.state = state;
            call
        };
        let mut merged = Merged::default();
        merged.take(AsOf(2), reading(State::Ringing));
        merged.take(AsOf(1), reading(State::Starting));
        let now = |merged: &Merged| merged.calls.values().next().unwrap().1.state;
        assert_eq!(now(&merged), State::Ringing);
        merged.take(AsOf(1), reading(State::Failed));
        merged.take(AsOf(3), reading(State::InProgress));
        assert_eq!(now(&merged), State::Failed);
        assert_eq!(merged.calls.len(), 1);
    }
}
