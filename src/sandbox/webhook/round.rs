//! Which delivery is attempted next. It knows no clock, no network and no ledger.
//!
//! Every target has its own line, of which only so many are under way at a time, so that a receiver
//! that is slow or silent holds up nobody but itself. The first attempts for one call go in the
//! order of its states, each after the attempt before it has come to an end.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use chrono::{DateTime, Utc};

/// How many attempts are under way at once to one target.
const PER_TARGET: usize = 4;
/// The same for a target that did not take the last one.
const PER_FAILING_TARGET: usize = 1;
/// How many attempts are under way at once in all.
const IN_ALL: usize = 128;

/// Scheme, host and port.
pub(super) type Target = Arc<str>;

/// A delivery that waits for its next attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Waiting {
    /// Its number in the ledger, later ones being larger.
    pub(super) key: i64,
    /// The number of its call in the ledger.
    pub(super) serial: i64,
    /// How many attempts were made so far.
    pub(super) attempts: u32,
    /// When the next one is due.
    pub(super) due: DateTime<Utc>,
}

type Place = (DateTime<Utc>, i64);

/// All that waits.
#[derive(Debug, Default)]
pub(super) struct Round {
    lines: HashMap<Target, Line>,
    /// The next delivery of every target that takes one.
    agenda: BTreeSet<(Place, Target)>,
    under_way: usize,
}

/// What waits for one target.
#[derive(Debug, Default)]
struct Line {
    waiting: BTreeMap<Place, Waiting>,
    /// The calls of the attempts that are under way.
    calls: Vec<i64>,
    /// Whether the last attempt that came to an end was in vain.
    failing: bool,
    /// Its place on the agenda.
    listed: Option<Place>,
}

impl Line {
    /// What may be attempted next.
    fn next(&self) -> Option<Place> {
        let most = if self.failing {
            PER_FAILING_TARGET
        } else {
            PER_TARGET
        };
        if self.calls.len() >= most {
            return None;
        }
        // Only first attempts of the few calls that are under way are passed over.
        self.waiting
            .iter()
            .find(|(_, waiting)| waiting.attempts > 0 || !self.calls.contains(&waiting.serial))
            .map(|(place, _)| *place)
    }
}

impl Round {
    /// Has a delivery wait.
    pub(super) fn add(&mut self, target: &Target, waiting: Waiting) {
        let line = self.lines.entry(Arc::clone(target)).or_default();
        line.waiting.insert((waiting.due, waiting.key), waiting);
        self.list(target);
    }

    /// When something can be attempted next; nothing as long as that depends on what is under way.
    pub(super) fn next_due(&self) -> Option<DateTime<Utc>> {
        if self.under_way >= IN_ALL {
            return None;
        }
        self.agenda.first().map(|((due, _), _)| *due)
    }

    /// The next delivery that is due, which is under way from now on.
    pub(super) fn take(&mut self, now: DateTime<Utc>) -> Option<(Target, Waiting)> {
        self.next_due().filter(|due| *due <= now)?;
        let (place, target) = self.agenda.pop_first()?;
        let line = self.lines.get_mut(&target)?;
        line.listed = None;
        let waiting = line.waiting.remove(&place)?;
        line.calls.push(waiting.serial);
        self.under_way += 1;
        self.list(&target);
        Some((target, waiting))
    }

    /// Takes note that an attempt has come to its end. Tells whether it is the first one in vain
    /// since the target last took one.
    pub(super) fn done(&mut self, target: &Target, serial: i64, in_vain: bool) -> bool {
        self.under_way = self.under_way.saturating_sub(1);
        let Some(line) = self.lines.get_mut(target) else {
            return false;
        };
        if let Some(at) = line.calls.iter().position(|call| *call == serial) {
            line.calls.swap_remove(at);
        }
        let news = in_vain && !line.failing;
        line.failing = in_vain;
        self.list(target);
        news
    }

    /// Puts the next delivery of a target on the agenda, and forgets a target without any.
    fn list(&mut self, target: &Target) {
        let Some(line) = self.lines.get_mut(target) else {
            return;
        };
        let next = line.next();
        if line.listed != next {
            if let Some(place) = line.listed {
                self.agenda.remove(&(place, Arc::clone(target)));
            }
            if let Some(place) = next {
                self.agenda.insert((place, Arc::clone(target)));
            }
            line.listed = next;
        }
        if line.waiting.is_empty() && line.calls.is_empty() {
            self.lines.remove(target);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(second: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(second, 0).unwrap()
    }

    fn waiting(key: i64, serial: i64, attempts: u32, due: i64) -> Waiting {
        Waiting {
            key,
            serial,
            attempts,
            due: at(due),
        }
    }

    fn take(round: &mut Round, now: i64) -> Option<i64> {
        round.take(at(now)).map(|(_, waiting)| waiting.key)
    }

    #[test]
    fn what_is_due_first_is_taken_first_and_nothing_before_it_is_due() {
        let mut round = Round::default();
        let (one, other) = (Target::from("a"), Target::from("b"));
        round.add(&one, waiting(1, 1, 0, 20));
        round.add(&other, waiting(2, 2, 0, 10));
        assert_eq!(round.next_due(), Some(at(10)));
        assert_eq!(take(&mut round, 9), None);
        assert_eq!(take(&mut round, 20), Some(2));
        assert_eq!(take(&mut round, 20), Some(1));
        assert_eq!(take(&mut round, 20), None);
        assert_eq!(round.next_due(), None);
    }

    #[test]
    fn a_target_has_so_many_under_way_and_holds_up_no_other() {
        let mut round = Round::default();
        let (silent, other) = (Target::from("silent"), Target::from("other"));
        for key in 1..=100 {
            round.add(&silent, waiting(key, key, 0, 0));
        }
        round.add(&other, waiting(101, 101, 0, 50));
        let taken: Vec<_> = std::iter::from_fn(|| take(&mut round, 60)).collect();
        assert_eq!(taken, [1, 2, 3, 4, 101]);
        // Where one was in vain there is one at a time, until one is taken.
        assert!(round.done(&silent, 1, true));
        for serial in [2, 3] {
            assert!(!round.done(&silent, serial, true));
            assert_eq!(take(&mut round, 60), None);
        }
        assert!(!round.done(&silent, 4, false));
        let taken: Vec<_> = std::iter::from_fn(|| take(&mut round, 60)).collect();
        assert_eq!(taken, [5, 6, 7, 8]);
    }

    #[test]
    fn a_first_attempt_waits_for_the_call_and_a_further_one_does_not() {
        let mut round = Round::default();
        let target = Target::from("a");
        round.add(&target, waiting(1, 7, 0, 0));
        round.add(&target, waiting(2, 7, 0, 1));
        round.add(&target, waiting(3, 7, 2, 2));
        round.add(&target, waiting(4, 8, 0, 3));
        let taken: Vec<_> = std::iter::from_fn(|| take(&mut round, 9)).collect();
        assert_eq!(taken, [1, 3, 4]);
        round.done(&target, 7, false);
        // Another attempt for the call is under way still.
        assert_eq!(take(&mut round, 9), None);
        round.done(&target, 7, false);
        assert_eq!(take(&mut round, 9), Some(2));
    }

    #[test]
    fn there_is_a_bound_in_all() {
        let mut round = Round::default();
        let targets: Vec<Target> = (0..200).map(|it| Target::from(it.to_string())).collect();
        for (key, target) in (0..).zip(&targets) {
            round.add(target, waiting(key, key, 0, 0));
        }
        let taken = std::iter::from_fn(|| take(&mut round, 0)).count();
        assert_eq!(taken, IN_ALL);
        assert_eq!(round.next_due(), None);
        round.done(&targets[0], 0, false);
        assert_eq!(round.next_due(), Some(at(0)));
    }

    proptest! {
        /// Whatever comes of attempts, everything is taken in the end, and nothing is kept of it.
        #[test]
        fn nothing_is_forgotten_and_nothing_stays(
            asked in proptest::collection::vec((0..4_u8, 0..6_i64, 0..50_i64, 0..3_u32), 0..80),
            vain in any::<u64>(),
        ) {
            let mut round = Round::default();
            for (key, (target, serial, due, attempts)) in (0_i64..).zip(&asked) {
                let target = Target::from(target.to_string());
                round.add(&target, waiting(key, *serial, *attempts, *due));
            }
            let mut taken = BTreeSet::new();
            let mut under_way = Vec::new();
            for turn in 0..10_000_u32 {
                match round.take(at(50)) {
                    Some((target, waiting)) => {
                        prop_assert!(taken.insert(waiting.key));
                        under_way.push((target, waiting.serial));
                    }
                    None => match under_way.pop() {
                        Some((target, serial)) => {
                            round.done(&target, serial, vain >> (turn % 64) & 1 == 1);
                        }
                        None => break,
                    },
                }
            }
            prop_assert_eq!(taken.len(), asked.len());
            prop_assert!(round.lines.is_empty() && round.agenda.is_empty());
            prop_assert_eq!(round.under_way, 0);
        }
    }
}
