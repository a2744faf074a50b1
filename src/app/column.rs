//! The table's columns as facts: what they are called, and how calls are ordered by them.

use std::cmp::Ordering;
use std::fmt;

use super::column_key::{key, tie};
use crate::call::{Call, Order, Slot, State, Store};

/// A column of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Column {
    /// How far the call has come.
    State,
    /// Which way it went.
    Direction,
    /// Who calls.
    From,
    /// Who is called.
    To,
    /// When the service took it on.
    Created,
    /// For how long people talked.
    Talk,
    /// What it costs.
    Price,
    /// Why it failed.
    Error,
}

impl Column {
    /// All columns from left to right.
    pub const ALL: [Self; 8] = [
        Self::State,
        Self::Direction,
        Self::From,
        Self::To,
        Self::Created,
        Self::Talk,
        Self::Price,
        Self::Error,
    ];

    /// The heading.
    pub fn title(self) -> &'static str {
        match self {
            Self::State => "STATE",
            Self::Direction => "DIR",
            Self::From => "FROM",
            Self::To => "TO",
            Self::Created => "CREATED",
            Self::Talk => "TALK",
            Self::Price => "PRICE",
            Self::Error => "ERROR",
        }
    }

    /// The name in a configuration.
    pub fn name(self) -> &'static str {
        match self {
            Self::State => "state",
            Self::Direction => "direction",
            Self::From => "from",
            Self::To => "to",
            Self::Created => "created",
            Self::Talk => "talk",
            Self::Price => "price",
            Self::Error => "error",
        }
    }

    /// The order in which the column puts two calls first. None of them depends on the time: a
    /// list that is in order stays in order until a call changes.
    pub fn compare(self, a: &Call, b: &Call) -> Ordering {
        match self {
            Self::State => stage(a.state).cmp(&stage(b.state)),
            Self::Direction => a.direction.cmp(&b.direction),
            Self::From => a.from.cmp(&b.from),
            Self::To => a.to.cmp(&b.to),
            Self::Created => b.create_time.cmp(&a.create_time),
            Self::Talk => talk_key(b).cmp(&talk_key(a)),
            Self::Price => price_key(b).cmp(&price_key(a)),
            Self::Error => error_key(a).cmp(&error_key(b)),
        }
    }
}

fn price_key(call: &Call) -> Option<(i128, &str)> {
    call.price
        .as_ref()
        .map(|price| (price.total_nanos(), price.currency()))
}

/// Calls without an error last.
fn error_key(call: &Call) -> (bool, &str) {
    (call.error_code.is_empty(), &call.error_code)
}

/// Calls under way before those that are over, failures before successes.
pub(super) fn stage(state: State) -> u8 {
    match state {
        State::Queued => 0,
        State::Starting => 1,
        State::Ringing => 2,
        State::InProgress => 3,
        State::Failed => 4,
        State::Rejected => 5,
        State::Busy => 6,
        State::NotAnswered => 7,
        State::Completed => 8,
        State::Unspecified | State::Other(_) => 9,
    }
}

/// Calls in progress above all others, the one answered first on top; then by the length of talk.
fn talk_key(call: &Call) -> impl Ord {
    let running = call.is_open().then_some(call.answer_time).flatten();
    (
        running.is_some(),
        running.map(std::cmp::Reverse),
        call.answer_duration,
    )
}

/// By which column the calls are ordered, and which way round.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sort {
    /// The column.
    pub column: Column,
    /// Whether the column's own order is turned round.
    pub reversed: bool,
}

impl Default for Sort {
    fn default() -> Self {
        Self {
            column: Column::Created,
            reversed: false,
        }
    }
}

impl Sort {
    /// Whether this is the service's own order, newest first.
    pub fn is_newest_first(self) -> bool {
        self == Self::default()
    }

    /// The order of two calls; those that the column cannot tell apart are in the service's order.
    pub fn compare(self, store: &Store, a: Slot, b: Slot) -> Ordering {
        let service = || store.compare(a, b);
        if self.column == Column::Created {
            return self.turned(service());
        }
        let columns = store.columns();
        let keys = (key(self.column, columns, a), key(self.column, columns, b));
        let column = match keys {
            (Some(key), Some(other)) => key.cmp(&other).then_with(|| tie(self.column, store, a, b)),
            _ => self.column.compare(store.call(a), store.call(b)),
        };
        self.turned(column).then_with(service)
    }

    /// Whether a call keeps its place among all others as it changes.
    pub(super) fn keeps(self, call: &Call, next: &Call) -> bool {
        call.create_time == next.create_time && self.column.compare(call, next).is_eq()
    }

    /// All calls of a store in this order.
    pub(super) fn of_all(self, store: &Store) -> Order {
        if self.column == Column::Created && self.reversed {
            return Order::from_sorted(store.newest_first().iter().rev());
        }
        let (mut keyed, mut odd) = (Vec::with_capacity(store.len()), Vec::new());
        for slot in store.newest_first().iter() {
            match key(self.column, store.columns(), slot) {
                Some(key) => keyed.push((key, slot)),
                None => odd.push(slot),
            }
        }
        // Stable: what the column cannot tell apart is in the service's order already.
        keyed.sort_by(|(key, a), (other, b)| {
            let column = key.cmp(other);
            let column = column.then_with(|| tie(self.column, store, *a, *b));
            self.turned(column)
        });
        // Of these there are few, if any: each is looked up among the others.
        odd.sort_unstable_by(|&a, &b| self.compare(store, a, b));
        let mut sorted = Vec::with_capacity(store.len());
        let mut rest = &*keyed;
        for slot in odd {
            let before =
                rest.partition_point(|&(_, other)| self.compare(store, other, slot).is_lt());
            let (first, behind) = rest.split_at(before);
            sorted.extend(first.iter().map(|&(_, slot)| slot));
            sorted.push(slot);
            rest = behind;
        }
        sorted.extend(rest.iter().map(|&(_, slot)| slot));
        Order::from_sorted(sorted)
    }

    fn turned(self, order: Ordering) -> Ordering {
        if self.reversed {
            order.reverse()
        } else {
            order
        }
    }

    /// The same, by the neighbouring one of the columns that are shown. Where its own is not shown
    /// the first or the last of them is next.
    #[must_use]
    pub fn beside(self, right: bool, shown: &[Column]) -> Self {
        let at = shown.iter().position(|&column| column == self.column);
        let last = shown.len().saturating_sub(1);
        let next = match (at, right) {
            (Some(at), true) if at < last => at + 1,
            (Some(at), false) if at > 0 => at - 1,
            (Some(_) | None, true) => 0,
            (Some(_) | None, false) => last,
        };
        Self {
            column: shown.get(next).copied().unwrap_or(self.column),
            reversed: false,
        }
    }
}

/// As a configuration says it: `talk`, `created reversed`.
impl fmt::Display for Sort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.column.name())?;
        if self.reversed {
            f.write_str(" reversed")?;
        }
        Ok(())
    }
}
