//! What is known of one query: what was sent, where the head begins, and which calls are followed.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::time::Instant;

use super::followed::Followed;
use super::history::History;
use super::poll::{Head, Readings};
use super::settling::{Due, Settling};
use crate::call::{Call, CallName, Coverage, Turn};
use crate::filter::{Filter, Plan};

/// One query and its state.
#[derive(Debug)]
pub(super) struct Watch {
    pub(super) turn: Turn,
    pub(super) plan: Plan,
    /// Whether the first page has come.
    pub(super) peeked: bool,
    /// Whether the calls under way have been listed once.
    pub(super) opened: bool,
    pub(super) history: History,
    /// How many older calls to load.
    pub(super) wanted: usize,
    /// Whether older calls have been told to be under way.
    pub(super) loading: bool,
    /// The coverage that was told last.
    pub(super) told: Coverage,
    /// Calls of which more is to come, of this query and of those before.
    followed: Followed,
    /// Calls of the last poll's lists, as they were sent.
    sent: HashMap<CallName, Call>,
    /// What the poll under way reads again for its price.
    asked: Vec<Due>,
    /// Everything created up to this time has been listed.
    seen: Option<DateTime<Utc>>,
    /// The newest creation time in any reading.
    newest: Option<DateTime<Utc>>,
    /// The same when the poll under way began.
    newest_before: Option<DateTime<Utc>>,
}

impl Watch {
    /// A query that has not been asked; goes on to follow what the one before did.
    pub(super) fn new(turn: Turn, filter: &Filter, initial: usize, followed: Followed) -> Self {
        Self {
            turn,
            plan: Plan::of(filter),
            peeked: false,
            opened: false,
            history: History::default(),
            wanted: initial,
            loading: false,
            told: Coverage::None,
            followed,
            sent: HashMap::new(),
            asked: Vec::new(),
            seen: None,
            newest: None,
            newest_before: None,
        }
    }

    /// What the next query goes on to follow.
    pub(super) fn end(self) -> Followed {
        self.followed
    }

    /// Whether the first page has come and the calls under way are known.
    pub(super) fn is_open(&self) -> bool {
        self.peeked && self.opened
    }

    /// The head of a poll that begins now; nothing before the first page has come.
    pub(super) fn head(&mut self, overlap: TimeDelta) -> Option<Head> {
        self.newest_before = None;
        if !self.peeked {
            return None;
        }
        self.newest_before = self.newest;
        let since = self.seen.and_then(|seen| seen.checked_sub_signed(overlap));
        Some(Head {
            filter: self.plan.head(since),
            since,
        })
    }

    pub(super) fn tracked(&self) -> Vec<CallName> {
        self.followed.under_way.iter().cloned().collect()
    }

    pub(super) fn due(&mut self, now: Instant) -> Vec<Due> {
        self.asked = self.followed.settling.due(now);
        self.asked.clone()
    }

    /// What the poll under way was to read again waits on, for the poll came to nothing.
    pub(super) fn give_up_poll(&mut self, now: Instant) {
        for due in std::mem::take(&mut self.asked) {
            self.followed.settling.put_back(due, now);
        }
    }

    /// Takes note of the first page: what is not in it and newer was created after it was asked for.
    pub(super) fn take_first(&mut self, calls: &[Call]) {
        self.peeked = true;
        self.take_older(calls);
        self.seen = self.seen.max(newest(calls));
    }

    /// Takes note of calls that no poll has read: those under way are followed from now on.
    pub(super) fn take_older(&mut self, calls: &[Call]) {
        for call in calls {
            if call.state.is_open() {
                self.followed.under_way.insert(call.name.clone());
            }
        }
        self.newest = self.newest.max(newest(calls));
    }

    /// Takes a whole poll in, and gives back what has changed since it was last sent.
    pub(super) fn take_poll(&mut self, readings: Readings, now: Instant) -> Vec<Call> {
        self.opened = true;
        self.asked = readings.still_due;
        self.give_up_poll(now);
        // What the lists of this poll hold beside the head was asked for at the same time as the
        // head, or later: a call created in between may be in none of them. So it moves the next
        // poll's watermark, and not this one's.
        self.seen = self.seen.max(self.newest_before).max(readings.newest);
        let as_of = readings.as_of;
        let followed = &mut self.followed;
        let mut sent = std::mem::take(&mut self.sent);
        let mut changed = Vec::new();
        let mut news = Vec::new();
        for name in readings.gone {
            followed.under_way.remove(&name);
        }
        for (name, call) in readings.calls {
            self.newest = self.newest.max(call.create_time);
            let was_tracked = if call.state.is_open() {
                followed.under_way.insert(name.clone());
                false
            } else {
                followed.under_way.remove(&name)
            };
            let known = sent.remove(&name);
            let unchanged = known.as_ref() == Some(&call);
            if Settling::is_for(&call) && (was_tracked || known.is_none()) {
                followed.settling.add(name.clone(), now);
            }
            if was_tracked {
                news.push(call.clone());
            }
            if !unchanged {
                changed.push(call.clone());
            }
            self.sent.insert(name, call);
        }
        for (due, call) in readings.settled {
            if Settling::is_for(&call) {
                followed.settling.again(due, now);
            } else {
                changed.retain(|other| other.name != call.name);
                news.push(call.clone());
                changed.push(call);
            }
        }
        followed.take_news(as_of, news);
        changed
    }
}

fn newest(calls: &[Call]) -> Option<DateTime<Utc>> {
    calls.iter().filter_map(|call| call.create_time).max()
}
