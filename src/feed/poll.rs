//! One poll: head, open, left and settling (`feed.md`, 1 to 4), and what they come to as a whole.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use chrono::{DateTime, Utc};
use futures_util::future::{OptionFuture, try_join};
use futures_util::stream::{FuturesUnordered, StreamExt as _};

use super::mark::Look;
use super::settling::Due;
use super::walk::{Leaf, Reader};
use crate::call::{AsOf, Call, CallName, Failure, FailureKind};

/// What a poll asks.
#[derive(Debug)]
pub(super) struct Question {
    pub(super) reader: Reader,
    /// The head; nothing until the first page has come.
    pub(super) head: Option<Head>,
    /// The filter of the calls under way.
    pub(super) open: &'static str,
    /// Calls that were under way when last read.
    pub(super) tracked: Vec<CallName>,
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
    let head_pages =
        OptionFuture::from(head.as_ref().map(|head| reader.all(&head.filter, in_head)));
    let (head_pages, open_pages) = try_join(
        async { head_pages.await.transpose() },
        reader.all(open, under_way),
    )
    .await?;

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
    let left: Vec<CallName> = tracked
        .into_iter()
        .filter(|name| !merged.calls.contains_key(name))
        .collect();
    let left = read(&reader, left, Clone::clone, reads_at_once).await;
    let due = read(&reader, due, |due| due.name.clone(), reads_at_once).await;
    let mut gone = Vec::new();
    for (name, reading) in left.read {
        match reading {
            Some((as_of, call)) => merged.take(as_of, call),
            None => gone.push(name),
        }
    }
    let settled = due
        .read
        .into_iter()
        .filter_map(|(due, reading)| reading.map(|(_, call)| (due, call)))
        .collect();
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
        still_due: due.unread,
        failure: left.failure.or(due.failure),
    })
}

/// What became of reading calls singly.
struct Reads<T> {
    /// What was read; nothing for a call that does not exist any more.
    read: Vec<(T, Option<(AsOf, Call)>)>,
    unread: Vec<T>,
    failure: Option<Failure>,
}

/// Reads calls singly, some at a time, until one fails for good.
async fn read<T>(
    reader: &Reader,
    wanted: Vec<T>,
    name: impl Fn(&T) -> CallName,
    at_once: usize,
) -> Reads<T> {
    let mut reads = Reads {
        read: Vec::with_capacity(wanted.len()),
        unread: Vec::new(),
        failure: None,
    };
    let mut wanted = wanted.into_iter();
    let mut under_way = FuturesUnordered::new();
    loop {
        while under_way.len() < at_once.max(1)
            && reads.failure.is_none()
            && let Some(one) = wanted.next()
        {
            let name = name(&one);
            under_way.push(async move {
                let reading = reader.call(&name).await;
                (one, reading)
            });
        }
        match under_way.next().await {
            None => break,
            Some((one, Ok(reading))) => reads.read.push((one, Some(reading))),
            Some((one, Err(failure))) if failure.kind == FailureKind::NotFound => {
                reads.read.push((one, None));
            }
            // The service stumbles over this call, and not over others: it is asked again.
            Some((one, Err(failure))) if failure.kind == FailureKind::Internal => {
                tracing::warn!(%failure, "a call could not be read");
                reads.unread.push(one);
            }
            Some((one, Err(failure))) => {
                reads.unread.push(one);
                reads.failure.get_or_insert(failure);
            }
        }
    }
    reads.unread.extend(wanted);
    reads
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
    use super::*;
    use crate::call::State;

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
