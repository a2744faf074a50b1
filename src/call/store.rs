//! Many calls: each once, in the order of the service, whatever order the pages came in.
//!
//! Calls lie in a slab and are referred to by their [`Slot`], a 32-bit number; the index by name and
//! every ordered list of calls hold slots only. So a list over a million calls costs 4 MB, and how a
//! call is laid out in the slab is nobody's business but this module's. Beside the calls stand
//! [`Columns`] of what filters and orders ask for.

mod columns;
mod order;
mod packed;
mod pool;

use std::cmp::Ordering;
use std::hash::BuildHasher as _;
use std::ops::Range;

use chrono::{DateTime, Utc};
use hashbrown::{DefaultHashBuilder, HashTable};

use super::{Call, CallName};
pub use columns::{ABSENT, Bits, Columns, Moments, SharedText, SharedTexts};
pub use order::Order;
pub use packed::{PackedId, PackedNumber, packed};

/// Where a call lies in its store. Meaningless for any other store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Slot(u32);

/// A reading's place in the sequence of all readings: of two readings that tell equally much of a
/// call, the one that was asked for later counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct AsOf(pub u64);

/// What merging one call did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Merged {
    /// The call was not there before.
    Added(Slot),
    /// The call was there and has changed.
    Changed(Slot),
    /// The call was there, as new or newer.
    Known(Slot),
}

#[derive(Debug)]
struct Entry {
    call: Call,
    as_of: AsOf,
}

/// Calls by name, and in the service's order: newest creation first, then name descending.
#[derive(Debug, Default)]
pub struct Store {
    entries: Vec<Entry>,
    /// Slots whose calls have been forgotten, and are readable yet.
    left: Vec<Slot>,
    /// Slots without a call, for those to come.
    free: Vec<Slot>,
    columns: Columns,
    by_name: HashTable<Slot>,
    hasher: DefaultHashBuilder,
    newest_first: Order,
}

impl Store {
    /// How many calls there are.
    pub fn len(&self) -> usize {
        self.newest_first.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.newest_first.is_empty()
    }

    /// The slot of a call.
    pub fn find(&self, name: &CallName) -> Option<Slot> {
        let hash = self.hasher.hash_one(name);
        self.by_name
            .find(hash, |&slot| self.call(slot).name == *name)
            .copied()
    }

    /// The call in a slot of this store.
    ///
    /// # Panics
    ///
    /// Panics on a slot of another store.
    pub fn call(&self, slot: Slot) -> &Call {
        &self.entries[index(slot)].call
    }

    /// What filters and orders ask of calls, by slot.
    pub fn columns(&self) -> &Columns {
        &self.columns
    }

    /// The call of a name.
    pub fn get(&self, name: &CallName) -> Option<&Call> {
        self.find(name).map(|slot| self.call(slot))
    }

    /// All calls in the service's order.
    pub fn newest_first(&self) -> &Order {
        &self.newest_first
    }

    /// The calls that were created within a stretch of time, newest first.
    pub fn created_in(&self, range: &Range<DateTime<Utc>>) -> impl Iterator<Item = Slot> {
        let created = |slot: Slot| self.call(slot).create_time;
        // Newest first: those at the end of the stretch or after it come before the others.
        let first = self
            .newest_first
            .partition_point(|slot| created(slot) >= Some(range.end));
        let start = range.start;
        self.newest_first
            .iter_from(first)
            .take_while(move |&slot| created(slot) >= Some(start))
    }

    /// Whether a reading would change what is known of a call.
    pub fn is_news(&self, slot: Slot, call: &Call, as_of: AsOf) -> bool {
        let known = &self.entries[index(slot)];
        newer(call, as_of, known) == Ordering::Greater && *call != known.call
    }

    /// Takes in one reading of a call. The result of many readings does not depend on their order:
    /// the one that has come further in the call's life counts, then the one asked for later.
    pub fn merge(&mut self, call: Call, as_of: AsOf) -> Merged {
        let Some(slot) = self.find(&call.name) else {
            return Merged::Added(self.add(call, as_of));
        };
        let known = &self.entries[index(slot)];
        if newer(&call, as_of, known) != Ordering::Greater {
            return Merged::Known(slot);
        }
        if call == known.call {
            self.entries[index(slot)].as_of = as_of;
            return Merged::Known(slot);
        }
        // The service never moves a creation time; should one move all the same, the order follows.
        let moves = call.create_time != known.call.create_time;
        if moves {
            let (entries, columns) = (&self.entries, &self.columns);
            self.newest_first
                .remove(slot, |a, b| service_order(entries, columns, a, b));
        }
        self.columns
            .set(slot, &self.entries[index(slot)].call, &call);
        self.entries[index(slot)] = Entry { call, as_of };
        if moves {
            let (entries, columns) = (&self.entries, &self.columns);
            self.newest_first
                .insert(slot, |a, b| service_order(entries, columns, a, b));
        }
        Merged::Changed(slot)
    }

    /// Drops a call. Its slot stays readable until it is given back; a call that came under the same
    /// name later would be another one.
    pub fn forget(&mut self, slot: Slot) {
        let (entries, columns) = (&self.entries, &self.columns);
        self.newest_first
            .remove(slot, |a, b| service_order(entries, columns, a, b));
        let hash = self.hasher.hash_one(&entries[index(slot)].call.name);
        if let Ok(entry) = self.by_name.find_entry(hash, |&other| other == slot) {
            entry.remove();
            self.left.push(slot);
        }
    }

    /// Gives the memory of calls that were forgotten back, and their slots to calls to come, but for
    /// those slots that are held somewhere: they stay readable until the next time.
    pub fn give_back(&mut self, held: &[Slot]) {
        let left = std::mem::take(&mut self.left);
        for slot in left {
            if held.contains(&slot) {
                self.left.push(slot);
                continue;
            }
            self.columns.clear(slot);
            self.entries[index(slot)] = Entry {
                call: Call::new(CallName::new("")),
                as_of: AsOf::default(),
            };
            self.free.push(slot);
        }
    }

    /// How many slots there are, with a call or without: what memory is taken for.
    pub fn slots(&self) -> usize {
        self.entries.len()
    }

    fn add(&mut self, call: Call, as_of: AsOf) -> Slot {
        let hash = self.hasher.hash_one(&call.name);
        let slot = if let Some(slot) = self.free.pop() {
            self.columns.refill(slot, &call);
            self.entries[index(slot)] = Entry { call, as_of };
            slot
        } else {
            let slot = Slot(u32::try_from(self.entries.len()).unwrap_or(u32::MAX));
            self.columns.push(&call);
            self.entries.push(Entry { call, as_of });
            slot
        };
        let Self {
            entries,
            columns,
            by_name,
            hasher,
            newest_first,
            ..
        } = self;
        by_name.insert_unique(hash, slot, |&slot| {
            hasher.hash_one(&entries[index(slot)].call.name)
        });
        newest_first.insert(slot, |a, b| service_order(entries, columns, a, b));
        slot
    }

    /// The service's order between two calls of this store.
    pub fn compare(&self, a: Slot, b: Slot) -> Ordering {
        service_order(&self.entries, &self.columns, a, b)
    }
}

/// Creation time descending, then name descending (`api.md §7`); without a time, last.
fn service_order(entries: &[Entry], columns: &Columns, a: Slot, b: Slot) -> Ordering {
    let call = |slot: Slot| &entries[index(slot)].call;
    let names = || call(b).name.cmp(&call(a).name);
    if columns.bits(a).has(Bits::ODD) || columns.bits(b).has(Bits::ODD) {
        let time = |slot: Slot| call(slot).create_time.unwrap_or(DateTime::<Utc>::MIN_UTC);
        return time(b).cmp(&time(a)).then_with(names);
    }
    // What is absent is less than any time.
    columns.created(b).cmp(&columns.created(a)).then_with(names)
}

/// Whether a reading tells more of the call than what is known.
fn newer(call: &Call, as_of: AsOf, known: &Entry) -> Ordering {
    progress(call)
        .cmp(&progress(&known.call))
        .then(as_of.cmp(&known.as_of))
        // Two readings of one moment that differ: which one counts matters less than that it is
        // always the same one.
        .then_with(|| {
            if *call == known.call {
                Ordering::Equal
            } else {
                format!("{call:?}").cmp(&format!("{:?}", known.call))
            }
        })
}

/// How far a reading has come in the call's life. What a call has once been told about, such as its
/// end or its price, does not go away again.
fn progress(call: &Call) -> (bool, [bool; 3], u8, bool, bool) {
    (
        !call.is_open(),
        [
            call.answer_time.is_some(),
            call.ring_time.is_some(),
            call.start_time.is_some(),
        ],
        call.state.rank(),
        call.answer_duration.is_some(),
        call.price.is_some(),
    )
}

fn index(slot: Slot) -> usize {
    slot.0 as usize
}

#[cfg(test)]
mod tests;
