//! What is known of one query: which calls are under way, what was sent, where the head begins.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, TimeDelta, Utc};
use tokio::time::Instant;

use super::history::History;
use super::mark::Mark;
use super::poll::{Head, Readings};
use super::settling::{Due, Settling};
use crate::call::{Call, CallName, Coverage, Turn};
use crate::filter::{Filter, Plan};

/// How long before the newest creation time a call may have ended that is waited for although nobody
/// has seen it under way.
const STILL_SETTLING: TimeDelta = TimeDelta::minutes(10);

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
    /// Calls that were under way when last read.
    tracked: HashSet<CallName>,
    /// Calls of the last look and of the polls since then, as they were sent.
    sent: HashMap<CallName, Call>,
    settling: Settling,
    /// What the poll under way reads again for its price.
    asked: Vec<Due>,
    mark: Mark,
}

impl Watch {
    pub(super) fn new(turn: Turn, filter: &Filter, initial: usize) -> Self {
        Self {
            turn,
            plan: Plan::of(filter),
            peeked: false,
            opened: false,
            history: History::default(),
            wanted: initial,
            loading: false,
            told: Coverage::None,
            tracked: HashSet::new(),
            sent: HashMap::new(),
            settling: Settling::default(),
            asked: Vec::new(),
            mark: Mark::default(),
        }
    }

    /// Whether the first page has come and the calls under way are known.
    pub(super) fn is_open(&self) -> bool {
        self.peeked && self.opened
    }

    /// The head of a poll that begins now; nothing before the first page has come.
    pub(super) fn head(&mut self, overlap: TimeDelta) -> Option<Head> {
        if !self.peeked {
            self.mark.without_head();
            return None;
        }
        Some(self.mark.head(&self.plan, overlap))
    }

    pub(super) fn tracked(&self) -> Vec<CallName> {
        self.tracked.iter().cloned().collect()
    }

    pub(super) fn due(&mut self, now: Instant) -> Vec<Due> {
        self.asked = self.settling.due(now);
        // A list may have brought the price meanwhile.
        let sent = &self.sent;
        self.asked
            .retain(|due| sent.get(&due.name).is_none_or(Settling::is_for));
        self.asked.clone()
    }

    /// What the poll under way was to read again waits on, for the poll came to nothing.
    pub(super) fn give_up_poll(&mut self, now: Instant) {
        for due in std::mem::take(&mut self.asked) {
            self.settling.put_back(due, now);
        }
    }

    /// Takes note of the first page: what is not in it and newer was created after it was asked for.
    pub(super) fn take_first(&mut self, calls: &[Call], now: Instant) {
        self.peeked = true;
        self.take_older(calls, now);
        self.mark.take_first(calls);
    }

    /// Takes note of calls that no poll has read: those under way are followed from now on, and
    /// those that have ended just now are read again for their price.
    pub(super) fn take_older(&mut self, calls: &[Call], now: Instant) {
        self.mark.meet(calls);
        let since = self.settling_since();
        for call in calls {
            if call.state.is_open() {
                self.tracked.insert(call.name.clone());
            } else if Settling::is_for(call) && touched(call) >= since {
                self.settling.add(call.name.clone(), now);
            }
        }
    }

    /// Since when calls must have ended that nobody has seen under way, to be waited for.
    fn settling_since(&self) -> Option<DateTime<Utc>> {
        let newest = self.mark.newest();
        newest.and_then(|newest| newest.checked_sub_signed(STILL_SETTLING))
    }

    /// Takes a whole poll in, and gives back what has changed since it was last sent.
    pub(super) fn take_poll(&mut self, readings: Readings, now: Instant) -> Vec<Call> {
        self.opened = true;
        self.asked = readings.still_due;
        self.give_up_poll(now);
        let looked = readings.look.is_some();
        self.mark
            .take_poll(readings.look, &readings.calls, &self.sent);
        let settling_since = self.settling_since();
        let mut before = HashMap::new();
        if looked {
            std::mem::swap(&mut before, &mut self.sent);
        }
        let mut changed = Vec::new();
        for name in readings.gone {
            self.tracked.remove(&name);
        }
        for (name, call) in readings.calls {
            let was_tracked = if call.state.is_open() {
                self.tracked.insert(name.clone());
                false
            } else {
                self.tracked.remove(&name)
            };
            let known = self.sent.remove(&name).or_else(|| before.remove(&name));
            let unchanged = known.as_ref() == Some(&call);
            let is_news = was_tracked || (known.is_none() && touched(&call) >= settling_since);
            if Settling::is_for(&call) && is_news {
                self.settling.add(name.clone(), now);
            }
            if !unchanged {
                changed.push(call.clone());
            }
            self.sent.insert(name, call);
        }
        for (due, call) in readings.settled {
            if Settling::is_for(&call) {
                self.settling.again(due, now);
            } else {
                changed.retain(|other| other.name != call.name);
                changed.push(call);
            }
        }
        changed
    }
}

/// When something last happened to a call, as far as that is known.
fn touched(call: &Call) -> Option<DateTime<Utc>> {
    call.end_time.or(call.create_time)
}
