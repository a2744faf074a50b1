//! What comes from the feed: readings of calls, the state of the link, freezing and thawing.

use chrono::{DateTime, Utc};

use crate::call::{AsOf, Call, CallName, Covered, Link, Merged, Slot, Turn};

use super::msg::{Level, Notice, Older};
use super::seen::News;
use super::{App, Frozen};

impl App {
    /// A poll's or a page's readings. Those of an older query are dropped: they were asked for under
    /// another filter.
    pub(super) fn arrive(&mut self, turn: Turn, as_of: AsOf, calls: Vec<Call>, at: DateTime<Utc>) {
        if turn != self.turn {
            return;
        }
        self.passes(at);
        for created in calls.iter().filter_map(|call| call.create_time) {
            self.ahead.learn(created, at);
        }
        match &mut self.frozen {
            Some(frozen) => frozen
                .waiting
                .extend(calls.into_iter().map(|call| (as_of, call))),
            None => self.take_in(calls.into_iter().map(|call| (as_of, call))),
        }
    }

    /// Merges readings and keeps list, counts and legs in step; the cost is that of what changed.
    pub(super) fn take_in(&mut self, readings: impl IntoIterator<Item = (AsOf, Call)>) {
        for (as_of, call) in readings {
            self.merge(call, as_of);
        }
        self.table.settle(&self.store);
        self.keep_bound();
    }

    /// Merges one reading; the slot of the call.
    pub(super) fn merge(&mut self, call: Call, as_of: AsOf) -> Slot {
        let known = self.store.find(&call.name);
        if let Some(slot) = known.filter(|&slot| !self.store.is_news(slot, &call, as_of)) {
            self.store.merge(call, as_of);
            return slot;
        }
        let before = known.map(|slot| self.store.call(slot).state);
        let left = known.map(|slot| self.table.leave(&self.store, slot, Some(&call)));
        let merged = self.store.merge(call, as_of);
        let (Merged::Added(slot) | Merged::Changed(slot) | Merged::Known(slot)) = merged;
        let now = self.store.call(slot);
        match merged {
            Merged::Added(_) => self.seen.note(now, News::Call),
            Merged::Changed(_) => self.seen.note(now, News::Change),
            Merged::Known(_) => {}
        }
        let passes = self.asked.matcher().matches(now);
        if now.is_open() {
            self.open.insert(slot);
        } else {
            self.open.remove(&slot);
        }
        if before != Some(now.state) {
            if let Some(before) = before {
                self.counts.remove(before);
            }
            self.counts.add(now.state);
        }
        if let (Merged::Added(_), Some(parent)) = (merged, &now.originating_call) {
            self.children.entry(parent.clone()).or_default().push(slot);
        }
        self.table.enter(&self.store, slot, passes, left);
        slot
    }

    /// Calls that the service does not know any more leave the screen, whichever query found it.
    pub(super) fn gone(&mut self, names: &[CallName]) {
        for name in names {
            if let Some(slot) = self.store.find(name) {
                self.forget(slot);
            }
        }
        self.table.settle(&self.store);
    }

    /// Completeness is of the list on screen: behind a frozen view it waits with the calls.
    pub(super) fn covered(&mut self, more: &Covered) {
        match &mut self.frozen {
            Some(frozen) => frozen.covered.merge(more),
            None => self.known.add(more),
        }
    }

    pub(super) fn link_is(&mut self, link: Link, at: DateTime<Utc>) {
        self.passes(at);
        if matches!(link, Link::Live { .. }) {
            // News of the link never stands before what there is to say of a call.
            if self.is_stale() && self.notice.is_none() {
                self.say(Notice::new(Level::Done, "the service answers again"));
            }
            self.answered_at = Some(at);
            if matches!(&self.older, Older::Failed(failure) if failure.passes()) {
                self.older = Older::Idle;
            }
        }
        self.link = link;
        self.link_at = at;
    }

    /// Freezes the view, or thaws it and takes in what has waited.
    pub(super) fn pause(&mut self) {
        match self.frozen.take() {
            None => {
                self.table.hold(&self.store);
                let at = self.service_now();
                self.frozen = Some(Frozen {
                    at,
                    waiting: Vec::new(),
                    covered: Covered::nothing(),
                });
            }
            Some(frozen) => {
                self.known.add(&frozen.covered);
                self.take_in(frozen.waiting);
            }
        }
    }
}
