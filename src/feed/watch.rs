//! What is known of one query: which calls are under way, what was sent, where the head begins.

use std::collections::{HashMap, HashSet};

use chrono::TimeDelta;
use tokio::time::Instant;

use super::history::History;
use super::mark::Mark;
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
    pub(super) fn take_first(&mut self, calls: &[Call]) {
        self.peeked = true;
        self.take_older(calls);
        self.mark.take_first(calls);
    }

    /// Takes note of calls that no poll has read: those under way are followed from now on.
    pub(super) fn take_older(&mut self, calls: &[Call]) {
        for call in calls {
            if call.state.is_open() {
                self.tracked.insert(call.name.clone());
            }
        }
        self.mark.meet(calls);
    }

    /// Takes a whole poll in, and gives back what has changed since it was last sent.
    pub(super) fn take_poll(&mut self, readings: Readings, now: Instant) -> Vec<Call> {
        self.opened = true;
        self.asked = readings.still_due;
        self.give_up_poll(now);
        let looked = readings.look.is_some();
        self.mark
            .take_poll(readings.look, &readings.calls, &self.sent);
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
            if Settling::is_for(&call) && (was_tracked || known.is_none()) {
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
