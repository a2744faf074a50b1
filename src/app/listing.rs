//! Lists what passes a filter in slices, so that no key waits for a million calls.
//!
//! A list is made along the order of all calls from the cursor on, down and up at once: what is listed
//! is whole between the first and the last call that was looked at. So nothing on screen moves while
//! more comes in above and below it, and no row is shown that does not pass.

use std::ops::Range;

use crate::call::{Call, Order, Slot, Store};
use crate::filter::{Matcher, Sieve};

use super::App;
use super::msg::{Effect, Pass};
use super::table::{Cursor, Table};

/// How many calls are looked at without a break: a few milliseconds for the dearest filter.
pub(super) const SLICE: usize = 65_536;

/// How many calls each key looks at. A flood of keys is taken in before one frame, and only the last
/// of its lists is shown: the others cost no more than the keys do. Few calls are all listed by this.
const GLANCE: usize = 256;

/// A list on its way.
#[derive(Debug)]
pub(super) struct Listing {
    sieve: Sieve,
    /// Which calls were looked at, by their positions in the order of all calls.
    looked: Range<usize>,
    pass: Pass,
    /// Whether the next slice has been asked for.
    awaited: bool,
}

/// What a call was to the list before it changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Left {
    /// Whether it keeps its place among all calls, and so was not taken out.
    stays: bool,
    /// Its row, if it held the first visible one.
    row: Option<usize>,
}

impl Listing {
    /// A call has left a position in the order of all calls.
    fn left(&mut self, place: usize) {
        if place < self.looked.start {
            self.looked.start -= 1;
        }
        if place < self.looked.end {
            self.looked.end -= 1;
        }
    }

    /// A call has come to a position; whether that is among those that were looked at. At either end
    /// it is, for it is looked at now.
    fn came(&mut self, place: usize) -> bool {
        if place < self.looked.start {
            self.looked.start += 1;
            self.looked.end += 1;
            return false;
        }
        let among = place <= self.looked.end;
        if among {
            self.looked.end += 1;
        }
        among
    }
}

impl Table {
    /// Whether the list holds all that passes.
    pub fn is_whole(&self) -> bool {
        self.listing.is_none()
    }

    /// How many calls were looked at so far for this list and those before it, for tests of what keys
    /// cost.
    pub fn looked_at(&self) -> usize {
        self.looked_at
    }

    /// Lists what passes, anew: a glance at the nearest calls at once, the rest in slices, the first
    /// of them before the next frame.
    pub(super) fn relist(&mut self, store: &Store, matcher: &Matcher) {
        let sieve = matcher.sieve();
        if sieve.passes_all() {
            self.listing = None;
            self.listed = self.all(store).clone();
            self.settle(store);
            return;
        }
        let start = match self.cursor {
            Cursor::First => 0,
            Cursor::Call(slot) => self.place(store, slot),
        };
        let pass = self.next_pass();
        self.listed = Order::default();
        self.listing = Some(Listing {
            sieve,
            looked: start..start,
            pass,
            awaited: false,
        });
        self.look_at(store, self.slice.min(GLANCE));
        // Where the rows are to stand is not settled by the few that a glance may find.
        if self.is_whole() {
            self.settle(store);
        }
    }

    /// Looks at the next slice of calls.
    pub(super) fn go_on(&mut self, store: &Store) {
        if !self.is_whole() {
            self.look_at(store, self.slice);
            self.settle(store);
        }
    }

    /// Looks at so many calls more, below and above of what was looked at.
    fn look_at(&mut self, store: &Store, calls: usize) {
        let Some(mut listing) = self.listing.take() else {
            return;
        };
        listing.awaited = false;
        listing.sieve.refresh(store);
        let all = self.all(store);
        let Listing { sieve, looked, .. } = &mut listing;
        let (above, below) = (looked.start, all.len().saturating_sub(looked.end));
        let down = below.min((calls / 2).max(calls.saturating_sub(above)));
        let up = above.min(calls.saturating_sub(down));
        let mut passing = |slots: &mut dyn Iterator<Item = Slot>| -> Vec<Slot> {
            slots.filter(|&slot| sieve.passes(store, slot)).collect()
        };
        let behind = passing(&mut all.iter_from(looked.end).take(down));
        let mut before = passing(&mut all.iter_before(looked.start).take(up));
        before.reverse();
        looked.end += down;
        looked.start -= up;
        if looked.start > 0 || looked.end < all.len() {
            self.listing = Some(listing);
        }
        self.looked_at += down + up;
        self.listed.append(behind);
        self.listed.prepend(before);
    }

    /// Lists all the rest at once, for what has to be known of the whole list.
    pub(super) fn finish(&mut self, store: &Store) {
        while !self.is_whole() {
            self.go_on(store);
        }
    }

    /// A number that no pass over the calls has had yet.
    pub(super) fn next_pass(&mut self) -> Pass {
        self.passes.0 += 1;
        self.passes
    }

    /// The slice that has to be asked for, if one is to come and has not been asked for yet.
    fn next_slice(&mut self) -> Option<Pass> {
        let listing = self.listing.as_mut().filter(|listing| !listing.awaited)?;
        listing.awaited = true;
        Some(listing.pass)
    }

    /// From now on the rest is looked at from another standpoint.
    pub(super) fn see_from(&mut self, matcher: &Matcher) {
        if let Some(listing) = &mut self.listing {
            listing.sieve = matcher.sieve();
        }
    }

    /// Whether a call is among those that were looked at.
    pub(super) fn has_looked_at(&self, store: &Store, slot: Slot) -> bool {
        self.listing
            .as_ref()
            .is_none_or(|listing| listing.looked.contains(&self.place(store, slot)))
    }

    /// To be told before a call changes or goes, while it still has the values that it is sorted by;
    /// with what it is to become.
    pub(super) fn leave(&mut self, store: &Store, slot: Slot, next: Option<&Call>) -> Left {
        let sort = self.sort;
        let row = self.first_row_of(store, slot);
        if next.is_some_and(|next| sort.keeps(store.call(slot), next)) {
            return Left { stays: true, row };
        }
        if self.listing.is_some() {
            let place = self.place(store, slot);
            if let Some(listing) = &mut self.listing {
                listing.left(place);
            }
        }
        if let Some(sorted) = &mut self.sorted {
            sorted.remove(slot, |a, b| sort.compare(store, a, b));
        }
        self.listed.remove(slot, |a, b| sort.compare(store, a, b));
        Left { stays: false, row }
    }

    /// To be told when a call has come or changed, and whether it passes; with what it was before.
    pub(super) fn enter(&mut self, store: &Store, slot: Slot, passes: bool, left: Option<Left>) {
        let sort = self.sort;
        let mut looked_at = true;
        if left.is_some_and(|left| left.stays) {
            looked_at = self.has_looked_at(store, slot);
            if !passes {
                self.listed.remove(slot, |a, b| sort.compare(store, a, b));
            }
        } else {
            if let Some(sorted) = &mut self.sorted {
                sorted.insert(slot, |a, b| sort.compare(store, a, b));
            }
            if self.listing.is_some() {
                let place = self.place(store, slot);
                if let Some(listing) = &mut self.listing {
                    looked_at = listing.came(place);
                }
            }
        }
        if passes && looked_at {
            self.listed.insert(slot, |a, b| sort.compare(store, a, b));
        }
        if let Some(row) = left.and_then(|left| left.row) {
            self.keep_first_row(row);
        }
    }

    /// A call that has not changed passes now, or does not any more.
    pub(super) fn judge(&mut self, store: &Store, slot: Slot, passes: bool) {
        if !self.has_looked_at(store, slot) {
            return;
        }
        let sort = self.sort;
        if passes {
            self.listed.insert(slot, |a, b| sort.compare(store, a, b));
            return;
        }
        let row = self.first_row_of(store, slot);
        let listed = self.listed.remove(slot, |a, b| sort.compare(store, a, b));
        if let Some(row) = row.filter(|_| listed) {
            self.keep_first_row(row);
        }
    }

    /// All calls in the order of the list.
    pub(super) fn all<'a>(&'a self, store: &'a Store) -> &'a Order {
        self.sorted.as_ref().unwrap_or_else(|| store.newest_first())
    }

    /// The position of a call among all.
    fn place(&self, store: &Store, slot: Slot) -> usize {
        let sort = self.sort;
        self.all(store).rank(slot, |a, b| sort.compare(store, a, b))
    }
}

impl App {
    /// The next slice of the list, unless another filter has come in between.
    pub(super) fn list_on(&mut self, pass: Pass) {
        if self
            .table
            .listing
            .as_ref()
            .is_some_and(|listing| listing.pass == pass)
        {
            self.table.go_on(&self.store);
        }
    }

    /// Looks at so many calls without a break, so that few make a list that is on its way.
    #[cfg(test)]
    pub(crate) fn list_in_slices_of(&mut self, calls: usize) {
        self.table.slice = calls;
    }

    /// Asks for the slice that is to come.
    pub(super) fn want_slice(&mut self, effects: &mut Vec<Effect>) {
        effects.extend(self.table.next_slice().map(Effect::GoOn));
    }
}
