//! The table of calls: which are listed, in which order, which one is selected, which are in sight.
//!
//! Selection and scroll hold on to calls, never to row numbers, so nothing moves under the cursor
//! when calls arrive. Only at the very top does the list follow the newest.

use chrono::{DateTime, Utc};

use crate::call::{Order, Slot, Store};
use crate::filter::Matcher;

use super::column::{Column, Sort};
use super::listing::{Listing, SLICE};
use super::msg::Pass;
use super::viewport;

/// How many pages before the end older calls are wanted.
const AHEAD: usize = 8;

/// What the cursor holds on to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Cursor {
    /// Whatever is first in the list.
    #[default]
    First,
    /// One call.
    Call(Slot),
}

/// The listed calls with cursor and scroll.
#[derive(Debug)]
pub struct Table {
    pub(super) listed: Order,
    pub(super) sort: Sort,
    /// All calls in the order of the list, where that is not the store's own: along it every filter
    /// is listed in order.
    pub(super) sorted: Option<Order>,
    /// What is left to list.
    pub(super) listing: Option<Listing>,
    /// Counts the lists.
    pub(super) passes: Pass,
    /// How many calls are looked at without a break.
    pub(super) slice: usize,
    /// How many were looked at so far.
    pub(super) looked_at: usize,
    /// The columns that are shown, from left to right; never none.
    columns: Vec<Column>,
    pub(super) cursor: Cursor,
    /// The call on the first visible row; nothing at the top of the list, which follows the newest.
    top: Option<Slot>,
    /// The call that was first when the top of the list went out of sight.
    seen: Option<Slot>,
    height: usize,
    /// Columns scrolled out to the left.
    pub(super) left: usize,
}

impl Default for Table {
    fn default() -> Self {
        Self {
            listed: Order::default(),
            sort: Sort::default(),
            columns: Column::ALL.to_vec(),
            sorted: None,
            listing: None,
            passes: Pass::default(),
            slice: SLICE,
            looked_at: 0,
            cursor: Cursor::First,
            top: None,
            seen: None,
            height: 0,
            left: 0,
        }
    }
}

impl Table {
    /// How many calls are listed.
    pub fn len(&self) -> usize {
        self.listed.len()
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.listed.is_empty()
    }

    /// The order of the list.
    pub fn sort(&self) -> Sort {
        self.sort
    }

    /// The columns that are shown where there is room for them, from left to right; never none.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// How many columns are scrolled out to the left.
    pub fn left(&self) -> usize {
        self.left
    }

    /// The selected call.
    pub fn selected(&self, store: &Store) -> Option<Slot> {
        self.listed.get(self.position(store))
    }

    /// The position of the cursor in the list.
    pub fn position(&self, store: &Store) -> usize {
        match self.cursor {
            Cursor::First => 0,
            Cursor::Call(slot) => self.rank(store, slot).min(self.len().saturating_sub(1)),
        }
    }

    /// The position of the first visible row.
    pub fn top(&self, store: &Store) -> usize {
        self.top.map_or(0, |slot| self.rank(store, slot))
    }

    /// The calls in sight, from the first visible row on.
    pub fn in_sight(&self, store: &Store) -> impl Iterator<Item = Slot> {
        self.listed.iter_from(self.top(store)).take(self.height)
    }

    /// How many rows are visible.
    pub fn height(&self) -> usize {
        self.height
    }

    /// How many calls have come in above since the top of the list went out of sight.
    pub fn newer(&self, store: &Store) -> usize {
        match self.seen {
            Some(seen) if self.top.is_some() && self.sort.is_newest_first() => {
                self.rank(store, seen)
            }
            _ => 0,
        }
    }

    /// Whether the cursor is on whatever comes to be first.
    pub fn leads(&self) -> bool {
        self.cursor == Cursor::First
    }

    /// Whether the list follows the newest.
    pub fn follows(&self) -> bool {
        self.top.is_none()
    }

    /// Whether a call is listed.
    pub fn lists(&self, store: &Store, slot: Slot) -> bool {
        let sort = self.sort;
        self.listed
            .position(slot, |a, b| sort.compare(store, a, b))
            .is_some()
    }

    /// Whether calls from before a time will be in sight soon: so many that a key held down does not
    /// come to the end before they have.
    pub(super) fn nears_end_of(&self, store: &Store, since: DateTime<Utc>) -> bool {
        let oldest_on_top = self.sort
            == Sort {
                column: Column::Created,
                reversed: true,
            };
        let ahead = self.height * AHEAD;
        if oldest_on_top {
            return self.top(store) <= ahead;
        }
        let end = if self.sort.is_newest_first() {
            let created = |slot: Slot| store.call(slot).create_time;
            self.listed
                .partition_point(|slot| created(slot) >= Some(since))
        } else {
            self.len()
        };
        self.top(store) + ahead >= end
    }

    /// The position of the first call that was created at a time or before it, in a list that is
    /// newest first.
    pub(super) fn place_at(&self, store: &Store, time: DateTime<Utc>) -> usize {
        let created = |slot: Slot| store.call(slot).create_time;
        self.listed
            .partition_point(|slot| created(slot) > Some(time))
    }

    /// Whether the cursor is on the last call, or there is none.
    pub(super) fn is_at_end(&self, store: &Store) -> bool {
        self.position(store) + 1 >= self.len()
    }

    /// The calls that cursor and scroll hold on to.
    pub(super) fn held(&self) -> impl Iterator<Item = Slot> {
        let cursor = match self.cursor {
            Cursor::First => None,
            Cursor::Call(slot) => Some(slot),
        };
        cursor.into_iter().chain(self.top).chain(self.seen)
    }

    /// The position of a call that holds the first visible row.
    pub(super) fn first_row_of(&self, store: &Store, slot: Slot) -> Option<usize> {
        (self.top == Some(slot)).then(|| self.rank(store, slot))
    }

    /// Keeps the first visible row where it was although the call that held it may have moved.
    pub(super) fn keep_first_row(&mut self, row: usize) {
        self.top = self.listed.get(row);
    }

    /// The listed calls from a position on.
    pub(super) fn slots_from(&self, position: usize) -> impl Iterator<Item = Slot> {
        self.listed.iter_from(position)
    }

    /// The listed calls before a position, back from it.
    pub(super) fn slots_before(&self, position: usize) -> impl Iterator<Item = Slot> {
        self.listed.iter_before(position)
    }

    /// The call at a position.
    pub(super) fn at(&self, position: usize) -> Option<Slot> {
        self.listed.get(position)
    }

    /// Changes the order.
    pub(super) fn sort_by(&mut self, store: &Store, matcher: &Matcher, sort: Sort) {
        if self.order_by(store, sort) {
            self.relist(store, matcher);
        }
    }

    /// Shows these columns. Without any it goes on showing those that it shows.
    pub(super) fn show(&mut self, columns: &[Column]) {
        if !columns.is_empty() && columns != self.columns {
            self.columns = columns.to_vec();
            self.left = 0;
        }
    }

    /// Changes the order, which the next relisting puts the calls into; true if it is another.
    pub(super) fn order_by(&mut self, store: &Store, sort: Sort) -> bool {
        let other = self.sort != sort;
        if other {
            self.sort = sort;
            self.seen = None;
            self.sorted = (!sort.is_newest_first()).then(|| sort.of_all(store));
        }
        other
    }

    /// Tells how many rows are visible.
    pub(super) fn measure(&mut self, store: &Store, height: usize) {
        if self.height != height {
            self.height = height;
            self.settle(store);
        }
    }

    /// Selects a call.
    pub(super) fn select(&mut self, store: &Store, slot: Slot) {
        self.cursor = Cursor::Call(slot);
        self.settle(store);
    }

    /// What the cursor holds on to, to come back to it later.
    pub(super) fn cursor(&self) -> Cursor {
        self.cursor
    }

    /// Puts the cursor back.
    pub(super) fn set_cursor(&mut self, store: &Store, cursor: Cursor) {
        self.cursor = cursor;
        self.settle(store);
    }

    /// Goes to the first call and follows whatever comes to be first.
    pub(super) fn follow(&mut self) {
        self.cursor = Cursor::First;
        self.top = None;
        self.seen = None;
    }

    /// Holds on to the call that is selected now, even if others come in above it.
    pub(super) fn hold(&mut self, store: &Store) {
        if let Some(slot) = self.selected(store) {
            self.cursor = Cursor::Call(slot);
        }
    }

    /// Moves the cursor by lines.
    pub(super) fn step(&mut self, store: &Store, lines: isize) {
        let position = self.position(store);
        let to = viewport::moved(position, lines, self.len());
        if to == 0 && lines < 0 {
            self.follow();
        } else if let Some(slot) = self.listed.get(to) {
            self.select(store, slot);
        }
    }

    /// Scrolls by lines; the cursor comes along where it would go out of sight.
    pub(super) fn scroll(&mut self, store: &Store, lines: isize) {
        let last_top = self.len().saturating_sub(self.height);
        let top = self.top(store).saturating_add_signed(lines).min(last_top);
        let position = self.position(store);
        let lowest = top + self.height.saturating_sub(1);
        let cursor = position.clamp(top, lowest.max(top));
        if top == 0 && cursor == 0 {
            self.follow();
            return;
        }
        self.set_top(top);
        if let Some(slot) = self.listed.get(cursor) {
            self.select(store, slot);
        }
    }

    /// After any change of the list, the height or the cursor: the cursor stands on a listed call
    /// and is in sight, and the first visible row moves no more than that needs.
    pub(super) fn settle(&mut self, store: &Store) {
        if self.is_empty() {
            self.top = None;
            return;
        }
        let position = self.position(store);
        if let (Cursor::Call(held), Some(slot)) = (self.cursor, self.listed.get(position)) {
            // While the list is on its way, the call that is held may yet come, or one behind it.
            let is_next = self.has_looked_at(store, held) && self.rank(store, held) < self.len();
            if self.is_whole() || is_next {
                self.cursor = Cursor::Call(slot);
            }
        }
        if self.height > 0 {
            let top = viewport::top_for(self.top(store), position, self.len(), self.height);
            self.set_top(top);
        }
    }

    fn set_top(&mut self, position: usize) {
        let following = self.top.is_none();
        // What comes in above while the list is on its way does not move the rows.
        let holds = !self.is_whole() && self.cursor != Cursor::First;
        self.top = if position == 0 && !holds {
            None
        } else {
            self.listed.get(position)
        };
        match self.top {
            Some(_) if following => self.seen = self.listed.get(0),
            Some(_) => {}
            None => self.seen = None,
        }
    }

    fn rank(&self, store: &Store, slot: Slot) -> usize {
        let sort = self.sort;
        self.listed.rank(slot, |a, b| sort.compare(store, a, b))
    }
}
