//! What is complete of the query in force, and what of the queries before helps it: calls that were
//! loaded stay loaded, so a narrower filter, or one that comes back, does not begin with nothing.

use std::collections::VecDeque;
use std::ops::Range;

use chrono::{DateTime, TimeDelta, Utc};

use crate::call::{Coverage, Covered};
use crate::filter::Plan;

type Time = DateTime<Utc>;

/// How many earlier queries are remembered.
const EARLIER: usize = 16;

/// For how long before the newest call a query that is left may have missed some: calls may become
/// visible late (`feed.md`, 1).
const OVERLAP: TimeDelta = TimeDelta::seconds(15);

/// Stretches of creation time of which all calls of a query are loaded.
#[derive(Debug, Default)]
pub(super) struct Known {
    covered: Covered,
    /// What was dropped since something was asked for last.
    lost: Option<Range<Time>>,
    /// The AND parts of what the service is asked.
    asked: Vec<String>,
    /// The queries before, latest first.
    earlier: VecDeque<Earlier>,
}

#[derive(Debug)]
struct Earlier {
    asked: Vec<String>,
    covered: Covered,
}

impl Known {
    pub(super) fn new(plan: &Plan) -> Self {
        Self {
            asked: parts(plan),
            ..Self::default()
        }
    }

    /// What is complete of the query in force.
    pub(super) fn covered(&self) -> &Covered {
        &self.covered
    }

    /// The same, seen back from what comes now.
    pub(super) fn coverage(&self) -> Coverage {
        self.covered.coverage(Time::MAX_UTC)
    }

    /// Since when everything is there up to now.
    pub(super) fn since(&self) -> Option<Time> {
        self.covered.complete_since(Time::MAX_UTC)
    }

    pub(super) fn add(&mut self, more: &Covered) {
        self.covered.merge(more);
        // What was dropped on its way is not there, whatever is told of it.
        if let Some(lost) = &self.lost {
            self.covered.subtract(lost);
        }
    }

    /// What is asked from now on has not been dropped.
    pub(super) fn trust(&mut self) {
        self.lost = None;
    }

    /// Another query is asked. The one before was kept up with until its newest call, which is `newest`
    /// or earlier. Whatever it held that the new one asks for as well is there already: every call of a
    /// query that asks for more is a call of one that asks for less.
    pub(super) fn ask(&mut self, plan: &Plan, newest: Option<Time>) {
        let mut covered = std::mem::take(&mut self.covered);
        let until = newest.and_then(|newest| newest.checked_sub_signed(OVERLAP));
        covered.subtract(&(until.unwrap_or(Time::MIN_UTC)..Time::MAX_UTC));
        let asked = std::mem::replace(&mut self.asked, parts(plan));
        if !covered.is_empty() {
            match self.earlier.iter_mut().find(|it| it.asked == asked) {
                Some(known) => known.covered.merge(&covered),
                None => self.earlier.push_front(Earlier { asked, covered }),
            }
            self.earlier.truncate(EARLIER);
        }
        for earlier in &self.earlier {
            if earlier.asked.iter().all(|part| self.asked.contains(part)) {
                self.covered.merge(&earlier.covered);
            }
        }
    }

    /// Calls up to a creation time have been dropped.
    pub(super) fn lose(&mut self, newest: Time) {
        let end = newest.checked_add_signed(TimeDelta::nanoseconds(1));
        let lost = Time::MIN_UTC..end.unwrap_or(Time::MAX_UTC);
        self.covered.subtract(&lost);
        for earlier in &mut self.earlier {
            earlier.covered.subtract(&lost);
        }
        let before = self.lost.as_ref().map_or(lost.end, |before| before.end);
        self.lost = Some(lost.start..lost.end.max(before));
        self.earlier.retain(|earlier| !earlier.covered.is_empty());
    }

    /// What is missing between a call and the next older one of a list, where the first is in a complete
    /// stretch: from when to when calls may be missing.
    pub(super) fn gap_between(&self, newer: Time, older: Time) -> Option<Range<Time>> {
        // The moment at which a page was cut is there, though perhaps not all of it.
        let just_after = |time: Time| time.checked_add_signed(TimeDelta::nanoseconds(1));
        let gap = self.covered.gap_before(just_after(newer)?)?;
        (just_after(older)? < gap.end).then_some(gap)
    }
}

fn parts(plan: &Plan) -> Vec<String> {
    let pushed = plan.parts().iter().filter(|part| part.kept.is_none());
    pushed.map(|part| part.text.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::filter::{Search, Standpoint};
    use rstest::rstest;

    fn at(second: i64) -> Time {
        DateTime::from_timestamp(1_700_000_000 + second, 0).unwrap()
    }

    fn plan(text: &str) -> Plan {
        let standpoint = Standpoint {
            now: at(5_000),
            zone: chrono_tz::UTC,
        };
        Plan::of(&Search::parse(text).unwrap(), &standpoint)
    }

    fn live(since: i64) -> Covered {
        Coverage::Since(at(since)).into()
    }

    #[rstest]
    #[case::narrower("", "state = FAILED", true)]
    #[case::narrower_by_a_part("state = FAILED", "state = FAILED AND to = '+61491570006'", true)]
    #[case::the_same_again("state = FAILED", "state = FAILED", true)]
    #[case::wider("state = FAILED", "", false)]
    #[case::another("state = FAILED", "state = BUSY", false)]
    #[case::one_more_alternative("state = FAILED", "state = FAILED OR state = BUSY", false)]
    fn what_a_query_held_counts_for_those_that_ask_for_less(
        #[case] before: &str,
        #[case] after: &str,
        #[case] counts: bool,
    ) {
        let mut known = Known::new(&plan(before));
        known.add(&live(0));
        known.ask(&plan(after), Some(at(1_000)));
        assert_eq!(known.coverage(), Coverage::None, "nothing is new yet");
        assert_eq!(known.covered().contains(at(500)), counts);
        assert!(!known.covered().contains(at(990)), "some may be missing");
        // The first page of the new query reaches back to what was there.
        known.add(&live(900));
        let since = if counts { 0 } else { 900 };
        assert_eq!(known.since(), Some(at(since)));
    }

    #[test]
    fn a_query_that_comes_back_still_has_what_it_had() {
        let mut known = Known::new(&plan(""));
        known.add(&live(0));
        known.ask(&plan("state = FAILED"), Some(at(1_000)));
        known.ask(&plan(""), Some(at(3_000)));
        assert!(known.covered().contains(at(984)));
        assert!(!known.covered().contains(at(986)), "only failures came in");
        known.add(&live(2_000));
        assert_eq!(known.since(), Some(at(2_000)));
        let gap = known.gap_between(at(2_500), at(500));
        assert_eq!(gap, Some(at(985)..at(2_000)));
        assert_eq!(known.gap_between(at(2_500), at(2_100)), None);
        let cut = at(2_000) - TimeDelta::nanoseconds(1);
        assert_eq!(
            known.gap_between(at(2_500), cut),
            None,
            "a page ended there"
        );
        assert_eq!(known.gap_between(cut, at(500)), Some(at(985)..at(2_000)));
        assert_eq!(known.gap_between(at(1_500), at(500)), None, "said above");
    }

    #[test]
    fn what_is_dropped_is_lost_to_all() {
        let mut known = Known::new(&plan(""));
        known.add(&Coverage::Everything.into());
        known.ask(&plan("state = FAILED"), Some(at(1_000)));
        known.add(&live(0));
        known.lose(at(500));
        assert_eq!(
            known.since(),
            Some(at(500) + TimeDelta::nanoseconds(1)),
            "the last one that was dropped is not there"
        );
        known.ask(&plan(""), Some(at(1_000)));
        assert!(!known.covered().contains(at(400)));
        assert!(known.covered().contains(at(600)));
    }

    #[test]
    fn only_so_many_queries_are_remembered() {
        let mut known = Known::new(&plan(""));
        for number in 0..100 {
            known.add(&live(0));
            known.ask(
                &plan(&format!("to = '+6149157{number:04}'")),
                Some(at(1_000)),
            );
        }
        assert!(known.earlier.len() <= EARLIER);
    }
}
