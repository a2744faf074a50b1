//! How many calls are kept: beyond that the oldest go, but never what somebody looks at or what may
//! still change, and what is said of completeness goes with them.

use std::collections::HashSet;

use chrono::{DateTime, TimeDelta, Utc};

use crate::call::{Call, Slot};

use super::App;
use super::table::Cursor;

/// How many calls go at once at most: a few milliseconds.
const MOST_AT_ONCE: usize = 2_048;
/// Which part of all goes at once.
const PART: usize = 64;

/// For how long after its end a call may still get its price (`feed.md`, 4).
const SETTLING: TimeDelta = TimeDelta::minutes(10);

/// How much more may be loaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Room {
    /// Older calls may be loaded by themselves.
    ForOlder,
    /// New calls have room. Older ones would be dropped again soon.
    ForNew,
    /// None.
    None,
}

impl App {
    /// How much more may be loaded.
    pub(super) fn room(&self) -> Room {
        let most = self.setup.max_calls;
        let part = part(most);
        let loaded = self.store.len();
        if loaded + part > most {
            Room::None
        } else if loaded + 2 * part > most {
            Room::ForNew
        } else {
            Room::ForOlder
        }
    }

    /// Drops the oldest calls if there are more than are kept.
    pub(super) fn keep_bound(&mut self) {
        let most = self.setup.max_calls;
        if self.store.len() <= most {
            return;
        }
        let surplus = self.store.len() - most + part(most);
        let kept: HashSet<Slot> = self.looked_at().collect();
        let settled = self.service_now().checked_sub_signed(SETTLING);
        let may_go = |slot: &Slot| {
            let call = self.store.call(*slot);
            !call.is_open() && ended(call) < settled && !kept.contains(slot)
        };
        let oldest = self.store.newest_first().iter().rev();
        let gone: Vec<Slot> = oldest.filter(may_go).take(surplus).collect();
        let newest = gone.iter().map(|&slot| self.store.call(slot).create_time);
        if let Some(newest) = newest.max().flatten() {
            self.known.lose(newest);
        }
        for slot in gone {
            self.forget(slot);
        }
        self.table.settle(&self.store);
        let held: Vec<Slot> = self.held().collect();
        self.store.give_back(&held);
    }

    /// Takes a call out of everything that knows it.
    pub(super) fn forget(&mut self, slot: Slot) {
        self.table.leave(&self.store, slot, None);
        self.open.remove(&slot);
        let call = self.store.call(slot);
        self.counts.remove(call.state);
        if let Some(parent) = &call.originating_call
            && let Some(children) = self.children.get_mut(parent)
        {
            children.retain(|&child| child != slot);
            if children.is_empty() {
                self.children.remove(parent);
            }
        }
        self.store.forget(slot);
    }

    /// The calls that somebody looks at, or comes back to.
    fn looked_at(&self) -> impl Iterator<Item = Slot> {
        let selected = self.table.selected(&self.store);
        let legs = selected
            .into_iter()
            .flat_map(move |slot| self.legs_of(slot));
        let in_sight = self.table.in_sight(&self.store);
        in_sight.chain(selected).chain(legs).chain(self.held())
    }

    /// The other legs of a call.
    fn legs_of(&self, slot: Slot) -> impl Iterator<Item = Slot> {
        let call = self.store.call(slot);
        let parent = call.originating_call.as_ref();
        let parent = parent.and_then(|parent| self.store.find(parent));
        let children = self.children.get(&call.name).into_iter().flatten().copied();
        parent.into_iter().chain(children)
    }

    /// The slots that are held beside those of the lists.
    fn held(&self) -> impl Iterator<Item = Slot> {
        let before = self.before_filter.as_ref().map(|(cursor, _)| *cursor);
        let before = before.into_iter().filter_map(|cursor| match cursor {
            Cursor::First => None,
            Cursor::Call(slot) => Some(slot),
        });
        self.table.held().chain(before)
    }
}

/// How many go at once.
fn part(most: usize) -> usize {
    (most / PART).clamp(1, MOST_AT_ONCE)
}

fn ended(call: &Call) -> Option<DateTime<Utc>> {
    call.end_time.or(call.create_time)
}
