//! How far a walk has come, how quickly, and how long it will yet take. Pure: what it is told carries
//! its times.

use std::collections::VecDeque;
use std::ops::Range;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::Batch;
use crate::call::Covered;

/// Over how long speeds are measured.
const LATELY: Duration = Duration::from_secs(10);
/// How far apart the points are from which they are measured.
const STEP: Duration = Duration::from_millis(500);

/// The figures of a walk.
#[derive(Debug, Clone)]
pub struct Progress {
    /// Seconds.
    length: f64,
    done: TimeDelta,
    calls: u64,
    requests: u64,
    at: Duration,
    /// Some of the points passed lately, oldest first; never empty.
    passed: VecDeque<Point>,
}

#[derive(Debug, Clone, Copy)]
struct Point {
    at: Duration,
    calls: u64,
    share: f64,
}

impl Progress {
    /// The figures of a walk that has delivered nothing, where some may be done from before.
    pub(super) fn new(range: &Range<DateTime<Utc>>, done: &Covered) -> Self {
        let mut progress = Self {
            length: (range.end - range.start).as_seconds_f64(),
            done: done.length_within(range),
            calls: 0,
            requests: 0,
            at: Duration::ZERO,
            passed: VecDeque::new(),
        };
        progress.passed.push_back(progress.point());
        progress
    }

    pub(super) fn take(&mut self, batch: &Batch) {
        self.done += batch.covers.end - batch.covers.start;
        self.calls += batch.calls.len() as u64;
        self.requests = self.requests.max(batch.requests);
        self.at = self.at.max(batch.at);
        let due = |last: &Point| self.at >= last.at + STEP;
        if self.passed.back().is_some_and(due) {
            self.passed.push_back(self.point());
        }
        let is_old = |next: &Point| next.at + LATELY <= self.at;
        while self.passed.get(1).is_some_and(is_old) {
            self.passed.pop_front();
        }
    }

    /// How many calls this walk has delivered.
    pub fn calls(&self) -> u64 {
        self.calls
    }

    /// How many requests that took.
    pub fn requests(&self) -> u64 {
        self.requests
    }

    /// How long after the start of the walk the latest batch came.
    pub fn elapsed(&self) -> Duration {
        self.at
    }

    /// Which share of the range of time is done, 0 to 1, with what was done before this walk.
    pub fn share(&self) -> f64 {
        if self.length <= 0.0 {
            return 1.0;
        }
        (self.done.as_seconds_f64() / self.length).clamp(0.0, 1.0)
    }

    /// How many calls a second were delivered lately.
    pub fn calls_per_second(&self) -> f64 {
        let since = self.since();
        let calls = u32::try_from(self.calls - since.calls).unwrap_or(u32::MAX);
        per_second(f64::from(calls), self.at.saturating_sub(since.at))
    }

    /// How long the rest will take if the range goes on as it did lately; nothing if that cannot be
    /// said yet. Where calls lie close in one part of the range and far apart in another, it is wrong
    /// until the walk is there.
    pub fn remaining(&self) -> Option<Duration> {
        let left = 1.0 - self.share();
        if left <= 0.0 {
            return Some(Duration::ZERO);
        }
        let since = self.since();
        let speed = per_second(self.share() - since.share, self.at.saturating_sub(since.at));
        Duration::try_from_secs_f64(left / speed).ok()
    }

    fn since(&self) -> Point {
        self.passed.front().copied().unwrap_or_else(|| self.point())
    }

    fn point(&self) -> Point {
        Point {
            at: self.at,
            calls: self.calls,
            share: self.share(),
        }
    }
}

/// Zero if no time has passed.
fn per_second(what: f64, time: Duration) -> f64 {
    if time.is_zero() {
        return 0.0;
    }
    what / time.as_secs_f64()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::{Call, CallName};
    use proptest::prelude::*;

    fn at(second: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_700_000_000 + second, 0).unwrap()
    }

    fn batch(covers: Range<i64>, calls: usize, millis: u64) -> Batch {
        Batch {
            covers: at(covers.start)..at(covers.end),
            calls: vec![Call::new(CallName::new("projects/demo/calls/1")); calls],
            requests: millis / 100,
            at: Duration::from_millis(millis),
        }
    }

    #[test]
    fn it_tells_share_rate_and_remaining_time() {
        let mut progress = Progress::new(&(at(0)..at(1_000)), &Covered::nothing());
        assert_eq!((progress.calls(), progress.share()), (0, 0.0));
        assert_eq!(progress.remaining(), None);
        for tenth in 0..10 {
            let end = 1_000 - tenth * 10;
            let millis = u64::try_from(tenth + 1).unwrap() * 100;
            progress.take(&batch(end - 10..end, 20, millis));
        }
        assert_eq!((progress.calls(), progress.requests()), (200, 10));
        assert!((progress.share() - 0.1).abs() < 1e-9);
        assert!((progress.calls_per_second() - 200.0).abs() < 1e-6);
        let remaining = progress.remaining().unwrap().as_secs_f64();
        assert!((remaining - 9.0).abs() < 1e-6, "{remaining}");
        progress.take(&batch(0..900, 0, 2_000));
        assert_eq!(progress.remaining(), Some(Duration::ZERO));
        assert_eq!(progress.elapsed(), Duration::from_secs(2));
    }

    #[test]
    fn speeds_are_those_of_the_last_seconds() {
        let mut progress = Progress::new(&(at(0)..at(100_000)), &Covered::nothing());
        for second in 1..60 {
            let calls = if second < 30 { 1 } else { 100 };
            let end = 100_000 - i64::try_from(second).unwrap();
            progress.take(&batch(end..end + 1, calls, second * 1_000));
        }
        assert!((progress.calls_per_second() - 100.0).abs() < 1e-6);
        assert!(progress.passed.len() <= 12);
    }

    #[test]
    fn what_was_done_before_is_part_of_the_share_and_not_of_the_speed() {
        let done: Covered = [at(500)..at(1_000)].into_iter().collect();
        let mut progress = Progress::new(&(at(0)..at(1_000)), &done);
        assert!((progress.share() - 0.5).abs() < 1e-9);
        progress.take(&batch(400..500, 10, 1_000));
        let remaining = progress.remaining().unwrap().as_secs_f64();
        assert!((remaining - 4.0).abs() < 1e-6, "{remaining}");
    }

    proptest! {
        #[test]
        fn its_figures_are_always_numbers(
            steps in prop::collection::vec((0..2_000_i64, 0..3_usize, 0..20_000_u64), 0..50),
            length in 0..1_000_i64,
        ) {
            let mut progress = Progress::new(&(at(0)..at(length)), &Covered::nothing());
            for (covers, calls, millis) in steps {
                progress.take(&batch(0..covers, calls, millis));
                prop_assert!((0.0..=1.0).contains(&progress.share()));
                prop_assert!(progress.calls_per_second().is_finite());
                let _ = progress.remaining();
            }
        }
    }
}
