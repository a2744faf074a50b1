//! Calls in another order than the service's. All of them have to be read first, and only as many are
//! kept as will be written.

use std::cmp::Ordering;

use chrono::{DateTime, Utc};

use super::column::{Column, Plain};
use crate::call::Call;

/// How many calls are kept at most.
pub(super) const MOST: usize = 1_000_000;

/// By what calls are ordered.
#[derive(Debug, Clone)]
pub(super) struct Sort {
    column: Column,
    reversed: bool,
    now: DateTime<Utc>,
}

impl Sort {
    /// The order that was asked for; nothing if it is the service's own.
    pub(super) fn of(column: Option<Column>, reversed: bool, now: DateTime<Utc>) -> Option<Self> {
        let created = Column::Plain(Plain::Created);
        let column = column.unwrap_or_else(|| created.clone());
        (reversed || column != created).then_some(Self {
            column,
            reversed,
            now,
        })
    }

    fn compare(&self, a: &Call, b: &Call) -> Ordering {
        let column = self.column.compare(a, b, self.now);
        let service = || (b.create_time, &b.name).cmp(&(a.create_time, &a.name));
        if self.column == Column::Plain(Plain::Created) {
            return if self.reversed {
                service().reverse()
            } else {
                service()
            };
        }
        let column = if self.reversed {
            column.reverse()
        } else {
            column
        };
        column.then_with(service)
    }
}

/// The first calls of an order among all that were put in.
#[derive(Debug)]
pub(super) struct Best {
    sort: Sort,
    calls: Vec<Call>,
    /// How many are kept.
    most: usize,
}

/// More calls than can be kept.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct TooMany;

impl Best {
    pub(super) fn new(sort: Sort, limit: Option<u64>) -> Self {
        let limit = limit.and_then(|limit| usize::try_from(limit).ok());
        Self {
            sort,
            calls: Vec::new(),
            most: limit.unwrap_or(usize::MAX),
        }
    }

    pub(super) fn put(&mut self, call: Call) -> Result<(), TooMany> {
        self.calls.push(call);
        // Sorted seldom, so that each call costs little.
        if self.calls.len() >= self.most.saturating_mul(2).max(1_024) {
            self.cut();
        }
        if self.calls.len() > MOST {
            return Err(TooMany);
        }
        Ok(())
    }

    /// The calls in their order.
    pub(super) fn take(mut self) -> Vec<Call> {
        self.cut();
        self.calls
    }

    fn cut(&mut self) {
        self.calls.sort_by(|a, b| self.sort.compare(a, b));
        self.calls.truncate(self.most);
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::call::CallName;

    fn call(id: i64, talk: Option<i64>) -> Call {
        let mut call = Call::new(CallName::new(format!("projects/demo/calls/{id:05}")));
        call.create_time = DateTime::from_timestamp(id, 0);
        call.answer_duration = talk.map(chrono::TimeDelta::seconds);
        call
    }

    fn ids(best: Best) -> Vec<String> {
        let calls = best.take();
        calls.iter().map(|call| call.name.id().to_owned()).collect()
    }

    fn sorted(column: &str, reversed: bool, limit: Option<u64>) -> Vec<String> {
        let sort = Sort::of(
            Some(column.parse().unwrap()),
            reversed,
            DateTime::UNIX_EPOCH,
        );
        let mut best = Best::new(sort.unwrap(), limit);
        for (id, talk) in [(1, None), (2, Some(5)), (3, Some(9)), (4, Some(5))] {
            best.put(call(id, talk)).unwrap();
        }
        ids(best)
    }

    #[rstest]
    #[case::longest("talk", false, None, &["00003", "00004", "00002", "00001"])]
    #[case::shortest("talk", true, None, &["00001", "00004", "00002", "00003"])]
    #[case::oldest("created", true, Some(2), &["00001", "00002"])]
    #[case::a_column_of_its_own("id", false, Some(1), &["00001"])]
    fn calls_are_in_the_order_that_was_asked_for(
        #[case] column: &str,
        #[case] reversed: bool,
        #[case] limit: Option<u64>,
        #[case] expected: &[&str],
    ) {
        assert_eq!(sorted(column, reversed, limit), expected);
    }

    #[test]
    fn newest_first_is_no_other_order() {
        let created = || "created".parse().ok();
        assert!(Sort::of(created(), false, DateTime::UNIX_EPOCH).is_none());
        assert!(Sort::of(None, false, DateTime::UNIX_EPOCH).is_none());
        assert!(Sort::of(None, true, DateTime::UNIX_EPOCH).is_some());
    }

    #[test]
    fn of_many_calls_only_the_best_are_kept() {
        let sort = Sort::of("talk".parse().ok(), false, DateTime::UNIX_EPOCH).unwrap();
        let mut best = Best::new(sort, Some(3));
        for id in 0..10_000 {
            best.put(call(id, Some(id * 7_919 % 10_007))).unwrap();
            assert!(best.calls.len() < 1_024);
        }
        let talks = best.take();
        let talks: Vec<i64> = talks
            .iter()
            .filter_map(|call| Some(call.answer_duration?.num_seconds()))
            .collect();
        let mut all: Vec<i64> = (0..10_000).map(|id| id * 7_919 % 10_007).collect();
        all.sort_unstable();
        let best: Vec<i64> = all.into_iter().rev().take(3).collect();
        assert_eq!(talks, best);
    }
}
