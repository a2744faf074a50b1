//! Which stretches of creation time are complete, as a set: what has been read is added, what was
//! dropped is taken away, and every figure can say since when it is whole.

use std::fmt;
use std::ops::Range;
use std::str::FromStr;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};

use super::Coverage;

type Time = DateTime<Utc>;

/// How an open end is written.
const OPEN: &str = "..";
/// How many stretches a text may have: more than any walk leaves behind.
const MOST_IN_TEXT: usize = 10_000;

/// A set of creation times, to the nanosecond: stretches that begin with a time and end just before
/// one. They are kept apart from each other, and in order, so that equal sets are equal values.
///
/// From [`DateTime::MIN_UTC`] on means from the project's first call on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Covered(Vec<Range<Time>>);

impl Covered {
    /// No time at all.
    #[must_use]
    pub fn nothing() -> Self {
        Self::default()
    }

    /// Whether no time is in it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The stretches, oldest first; no two of them touch.
    pub fn stretches(&self) -> &[Range<Time>] {
        &self.0
    }

    /// Adds a stretch, and joins it with those that it overlaps or touches.
    pub fn add(&mut self, stretch: Range<Time>) {
        if stretch.is_empty() {
            return;
        }
        let first = self.0.partition_point(|known| known.end < stretch.start);
        let after = self.0.partition_point(|known| known.start <= stretch.end);
        let met = self.0.get(first..after).unwrap_or_default();
        let start = met.first().map_or(stretch.start, |known| known.start);
        let end = met.last().map_or(stretch.end, |known| known.end);
        let joined = start.min(stretch.start)..end.max(stretch.end);
        self.0.splice(first..after, [joined]);
    }

    /// Adds all of another set.
    pub fn merge(&mut self, other: &Self) {
        for stretch in &other.0 {
            self.add(stretch.clone());
        }
    }

    /// Takes a stretch away, for calls of it have been dropped.
    pub fn subtract(&mut self, stretch: &Range<Time>) {
        if stretch.is_empty() {
            return;
        }
        let first = self.0.partition_point(|known| known.end <= stretch.start);
        let after = self.0.partition_point(|known| known.start < stretch.end);
        let met = self.0.get(first..after).unwrap_or_default();
        let before = met.first().map(|known| known.start..stretch.start);
        let behind = met.last().map(|known| stretch.end..known.end);
        let left = before.into_iter().chain(behind).filter(|it| !it.is_empty());
        let left: Vec<_> = left.collect();
        self.0.splice(first..after, left);
    }

    /// Whether a time is in it.
    pub fn contains(&self, time: Time) -> bool {
        self.around(time).is_some()
    }

    /// Whether all of a stretch is in it.
    pub fn contains_all(&self, stretch: &Range<Time>) -> bool {
        let around = self.around(stretch.start);
        stretch.is_empty() || around.is_some_and(|known| stretch.end <= known.end)
    }

    /// What of a stretch is not in it, oldest first.
    pub fn missing(&self, within: &Range<Time>) -> Vec<Range<Time>> {
        let mut missing = Self::nothing();
        missing.add(within.clone());
        for known in &self.0 {
            missing.subtract(known);
        }
        missing.0
    }

    /// Since when everything up to a moment is complete; nothing if what lies just before that moment
    /// is not.
    pub fn complete_since(&self, until: Time) -> Option<Time> {
        let at = self.0.partition_point(|known| known.start < until);
        let last = self.0.get(at.checked_sub(1)?)?;
        (until <= last.end).then_some(last.start)
    }

    /// The same in the words of the list on screen.
    pub fn coverage(&self, until: Time) -> Coverage {
        match self.complete_since(until) {
            None => Coverage::None,
            Some(since) if since <= Time::MIN_UTC => Coverage::Everything,
            Some(since) => Coverage::Since(since),
        }
    }

    /// The stretch that is not in it and ends where this time's stretch begins; nothing if the time is
    /// not in the set, or if nothing is missing before it.
    pub fn gap_before(&self, time: Time) -> Option<Range<Time>> {
        let at = self.0.partition_point(|known| known.end <= time);
        let around = self.0.get(at).filter(|known| known.start <= time)?;
        let before = at.checked_sub(1).and_then(|at| self.0.get(at));
        let start = before.map_or(Time::MIN_UTC, |before| before.end);
        Some(start..around.start).filter(|gap| !gap.is_empty())
    }

    /// How much time of a stretch is in it.
    pub fn length_within(&self, within: &Range<Time>) -> TimeDelta {
        let shared = |known: &Range<Time>| {
            let end = known.end.min(within.end);
            (end - known.start.max(within.start)).max(TimeDelta::zero())
        };
        self.0.iter().map(shared).sum()
    }

    fn around(&self, time: Time) -> Option<&Range<Time>> {
        let at = self.0.partition_point(|known| known.end <= time);
        self.0.get(at).filter(|known| known.start <= time)
    }
}

/// What is complete up to whatever comes.
impl From<Coverage> for Covered {
    fn from(coverage: Coverage) -> Self {
        match coverage {
            Coverage::None => Self::nothing(),
            Coverage::Since(since) => Self::from_iter([since..Time::MAX_UTC]),
            Coverage::Everything => Self::from_iter([Time::MIN_UTC..Time::MAX_UTC]),
        }
    }
}

impl Extend<Range<Time>> for Covered {
    fn extend<I: IntoIterator<Item = Range<Time>>>(&mut self, stretches: I) {
        for stretch in stretches {
            self.add(stretch);
        }
    }
}

impl FromIterator<Range<Time>> for Covered {
    fn from_iter<I: IntoIterator<Item = Range<Time>>>(stretches: I) -> Self {
        let mut covered = Self::nothing();
        covered.extend(stretches);
        covered
    }
}

/// Intervals as ISO 8601 writes them, with commas between and `..` for an open end; it can be read
/// again. Nothing for no time at all.
impl fmt::Display for Covered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, stretch) in self.0.iter().enumerate() {
            if at > 0 {
                f.write_str(",")?;
            }
            write!(f, "{}", Interval(stretch))?;
        }
        Ok(())
    }
}

/// Why a text is no set of creation times, as a sentence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is no stretch of time: write two times with a slash between, such as 2021-03-01T00:00:00Z/2021-03-02T00:00:00Z"
)]
pub struct IntervalError(String);

impl FromStr for Covered {
    type Err = IntervalError;

    fn from_str(text: &str) -> Result<Self, IntervalError> {
        if text.is_empty() {
            return Ok(Self::nothing());
        }
        text.split(',')
            .take(MOST_IN_TEXT)
            .map(read_interval)
            .collect()
    }
}

/// How one stretch of time is written.
#[derive(Debug)]
pub struct Interval<'a>(pub &'a Range<Time>);

impl fmt::Display for Interval<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let time = |time: Time, open: Time| {
            if time == open {
                OPEN.to_owned()
            } else {
                time.to_rfc3339_opts(SecondsFormat::AutoSi, true)
            }
        };
        let Range { start, end } = *self.0;
        let start = time(start, Time::MIN_UTC);
        write!(f, "{start}/{}", time(end, Time::MAX_UTC))
    }
}

/// Reads what [`Interval`] writes.
///
/// # Errors
///
/// Says what was read instead of two times.
pub fn read_interval(text: &str) -> Result<Range<Time>, IntervalError> {
    let refused = || IntervalError(text.chars().take(80).collect());
    let time = |text: &str, open: Time| {
        if text == OPEN {
            return Some(open);
        }
        let time = DateTime::parse_from_rfc3339(text).ok()?;
        Some(time.with_timezone(&Utc))
    };
    let (start, end) = text.trim().split_once('/').ok_or_else(refused)?;
    let start = time(start, Time::MIN_UTC).ok_or_else(refused)?;
    let end = time(end, Time::MAX_UTC).ok_or_else(refused)?;
    Ok(start..end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Small enough that stretches meet, touch and hide each other.
    const LAST: i64 = 40;

    fn at(nanos: i64) -> Time {
        DateTime::from_timestamp_nanos(nanos)
    }

    fn stretch() -> impl Strategy<Value = Range<Time>> {
        (0..LAST, 0..12_i64).prop_map(|(start, length)| at(start)..at((start + length).min(LAST)))
    }

    /// What is done to a set, and what that does to the plainest of all sets.
    fn changed(changes: &[(bool, Range<Time>)]) -> (Covered, Vec<bool>) {
        let mut covered = Covered::nothing();
        let mut plain = vec![false; usize::try_from(LAST).unwrap()];
        for (adds, stretch) in changes {
            if *adds {
                covered.add(stretch.clone());
            } else {
                covered.subtract(stretch);
            }
            for (nanos, is_in) in (0..).zip(&mut plain) {
                if stretch.contains(&at(nanos)) {
                    *is_in = *adds;
                }
            }
        }
        (covered, plain)
    }

    proptest! {
        #[test]
        fn it_is_the_set_of_its_times(
            changes in prop::collection::vec((prop::bool::weighted(0.7), stretch()), 0..12),
            other in stretch(),
        ) {
            let (covered, plain) = changed(&changes);
            let is_in = |nanos: i64| plain[usize::try_from(nanos).unwrap()];
            let nanos = |time: Time| time.timestamp_nanos_opt().unwrap();
            for time in 0..LAST {
                prop_assert_eq!(covered.contains(at(time)), is_in(time), "{}", time);
            }
            for pair in covered.stretches().windows(2) {
                prop_assert!(pair[0].end < pair[1].start);
            }
            let inside = nanos(other.start)..nanos(other.end);
            prop_assert_eq!(covered.contains_all(&other), inside.clone().all(is_in));
            let length = inside.clone().filter(|&time| is_in(time)).count();
            prop_assert_eq!(
                covered.length_within(&other),
                TimeDelta::nanoseconds(i64::try_from(length).unwrap())
            );
            let missing: Covered = covered.missing(&other).into_iter().collect();
            for time in 0..LAST {
                let gap = covered.gap_before(at(time));
                let start = (0..=time).rev().take_while(|&time| is_in(time)).last();
                let end = start.filter(|_| is_in(time));
                prop_assert_eq!(gap.as_ref().map(|gap| gap.end), end.map(at));
                if let Some(gap) = gap {
                    let inside = (0..LAST).filter(|&time| gap.contains(&at(time)));
                    prop_assert!(inside.into_iter().all(|time| !is_in(time)));
                    let before = nanos(gap.start.max(at(0))) - 1;
                    prop_assert!(gap.start == Time::MIN_UTC || is_in(before));
                }
            }
            for time in 0..LAST {
                let expected = inside.contains(&time) && !is_in(time);
                prop_assert_eq!(missing.contains(at(time)), expected);
            }
            for until in 1..LAST {
                let since = (0..until).rev().take_while(|&time| is_in(time)).last();
                prop_assert_eq!(covered.complete_since(at(until)), since.map(at));
            }
        }

        #[test]
        fn it_is_read_as_it_was_written(
            changes in prop::collection::vec((any::<bool>(), stretch()), 0..12),
        ) {
            let (mut covered, _) = changed(&changes);
            prop_assert_eq!(covered.to_string().parse(), Ok(covered.clone()));
            covered.add(Time::MIN_UTC..at(3));
            covered.add(at(LAST)..Time::MAX_UTC);
            prop_assert_eq!(covered.to_string().parse(), Ok(covered));
        }

        #[test]
        fn sets_that_hold_the_same_are_equal(
            changes in prop::collection::vec((any::<bool>(), stretch()), 0..12),
        ) {
            let (covered, plain) = changed(&changes);
            let single = (0..).zip(plain).filter(|(_, is_in)| *is_in);
            let again: Covered = single.map(|(nanos, _)| at(nanos)..at(nanos + 1)).collect();
            let mut merged = Covered::nothing();
            merged.merge(&again);
            prop_assert_eq!(&merged, &covered);
        }

        #[test]
        fn no_text_makes_it_stumble(text in ".*") {
            let _ = text.parse::<Covered>();
        }
    }

    #[test]
    fn the_list_on_screen_is_complete_since_the_last_gap() {
        let mut covered = Covered::nothing();
        assert_eq!(covered.coverage(at(30)), Coverage::None);
        covered.add(at(10)..at(20));
        covered.add(at(25)..at(30));
        assert_eq!(covered.coverage(at(30)), Coverage::Since(at(25)));
        assert_eq!(covered.coverage(at(31)), Coverage::None);
        covered.add(at(20)..at(25));
        assert_eq!(covered.coverage(at(30)), Coverage::Since(at(10)));
        covered.add(Time::MIN_UTC..at(10));
        assert_eq!(covered.coverage(at(30)), Coverage::Everything);
    }

    #[test]
    fn it_is_written_as_intervals() {
        let covered: Covered = [at(0)..at(1_500_000_000), at(2_000_000_001)..Time::MAX_UTC]
            .into_iter()
            .collect();
        assert_eq!(
            covered.to_string(),
            "1970-01-01T00:00:00Z/1970-01-01T00:00:01.500Z,1970-01-01T00:00:02.000000001Z/.."
        );
        for bad in ["x", "/", "2021-03-01/2021-03-02", "..", ","] {
            assert!(bad.parse::<Covered>().is_err(), "{bad}");
        }
    }
}
