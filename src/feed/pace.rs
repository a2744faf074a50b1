//! How often and how much is asked.

use std::time::Duration;

use chrono::TimeDelta;
use tokio::time::Instant;

use crate::api::Backoff;
use crate::call::{Failure, FailureKind};

/// How long after a refusal it is asked again, where that may help.
const AFTER_REFUSAL: Duration = Duration::from_secs(30);
/// How often the time between polls may double.
const SLOWEST: u32 = 2;
/// For how long nothing is under way and nothing changes until the pace gets slower, and once more.
const STILL: Duration = Duration::from_secs(30);
const STILL_FOR_LONG: Duration = Duration::from_secs(120);
/// The pace then, where the one that was asked for is not slower anyway. A terminal without the focus
/// may still be looked at, on a second screen: it is never slower than the last of them.
const SLOWER: Duration = Duration::from_secs(5);
const SLOW: Duration = Duration::from_secs(10);
/// The longest wait after a failure while somebody looks: whoever knows that the service is back should
/// not sit before a countdown of half a minute.
const LOOKED_AT: Duration = Duration::from_secs(10);

/// The measures of the feed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// From one poll to the next while all is well.
    pub poll_every: Duration,
    /// How far before the newest call the head begins, for calls that become visible late.
    pub overlap: TimeDelta,
    /// How many calls are asked for at once: 1 to 100.
    pub page_size: u32,
    /// How many calls are loaded without being asked for.
    pub initial: usize,
    /// How many calls are read singly at the same time.
    pub reads_at_once: usize,
    /// What the jitter of waits begins with; without it, chance.
    pub seed: Option<u64>,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            poll_every: Duration::from_secs(2),
            overlap: TimeDelta::seconds(15),
            page_size: 100,
            initial: 1_000,
            reads_at_once: 8,
            seed: None,
        }
    }
}

/// How long after a refusal to ask again: a token file may be renewed a moment late, and a permission
/// granted meanwhile, with nobody at the keys. Nothing where the request itself is refused.
pub(super) fn after_refusal(failure: &Failure) -> Option<Duration> {
    match failure.kind {
        FailureKind::Unauthenticated
        | FailureKind::PermissionDenied { .. }
        // Something else may listen there by then.
        | FailureKind::Unimplemented
        | FailureKind::Local => Some(AFTER_REFUSAL),
        FailureKind::InvalidArgument { .. }
        | FailureKind::NotFound
        | FailureKind::FailedPrecondition
        | FailureKind::ResourceExhausted { .. }
        | FailureKind::Unavailable
        | FailureKind::DeadlineExceeded
        | FailureKind::Internal
        | FailureKind::Cancelled => None,
    }
}

/// Whether somebody looks at what the feed brings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Focus {
    /// The terminal has the focus, or does not tell.
    #[default]
    Here,
    /// Another window has it.
    Away,
}

/// The pace at present: slower after failures, where nothing happens and where nobody looks, and
/// quicker again step by step, or at once where something happens.
#[derive(Debug)]
pub(super) struct Tempo {
    poll_every: Duration,
    doubled: u32,
    backoff: Backoff,
    focus: Focus,
    /// Since when nothing is under way and nothing has changed.
    still_since: Option<Instant>,
}

impl Tempo {
    pub(super) fn new(poll_every: Duration, seed: u64) -> Self {
        Self {
            poll_every,
            doubled: 0,
            backoff: Backoff::new(seed),
            focus: Focus::Here,
            still_since: None,
        }
    }

    /// From one poll to the next.
    pub(super) fn every(&self, now: Instant) -> Duration {
        let still = self.still_since.map_or(Duration::ZERO, |since| now - since);
        let least = match self.focus {
            Focus::Here if still < STILL => Duration::ZERO,
            Focus::Here if still < STILL_FOR_LONG => SLOWER,
            Focus::Away if still < STILL => SLOWER,
            Focus::Here | Focus::Away => SLOW,
        };
        (self.poll_every * 2u32.pow(self.doubled)).max(least)
    }

    /// Takes note of a poll that was answered whole.
    pub(super) fn answered(&mut self, finding: Finding, now: Instant) {
        self.backoff.reset();
        // After an outage people want to see what happened, and a service that is overloaded says so
        // again: each good poll makes the pace quicker.
        self.doubled = self.doubled.saturating_sub(1);
        match finding {
            Finding::Life => self.still_since = None,
            Finding::Nothing => self.still_since = self.still_since.or(Some(now)),
        }
    }

    /// Takes note of a failure that passes, and says how long to wait. A wait that the service asks
    /// for is not known here: the bucket keeps it.
    pub(super) fn failed(&mut self) -> Duration {
        self.doubled = (self.doubled + 1).min(SLOWEST);
        let wait = self.backoff.next().unwrap_or(AFTER_REFUSAL);
        match self.focus {
            Focus::Away => wait,
            // What is cut keeps its jitter.
            Focus::Here => {
                let parts = wait.as_secs_f64() / LOOKED_AT.as_secs_f64();
                wait.div_f64(parts.ceil().max(1.0))
            }
        }
    }

    /// Takes note of where the focus is. True if that is news.
    pub(super) fn focus(&mut self, focus: Focus) -> bool {
        std::mem::replace(&mut self.focus, focus) != focus
    }

    /// Something is about to happen: the full pace, whatever was before.
    pub(super) fn stir(&mut self) {
        self.still_since = None;
    }

    /// Forgets earlier failures: somebody wants to know now.
    pub(super) fn start_over(&mut self) {
        self.backoff.reset();
        self.stir();
    }
}

/// What a poll has found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Finding {
    /// Something has changed, or is under way.
    Life,
    /// Neither.
    Nothing,
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    const EVERY: Duration = Duration::from_secs(2);
    const SECOND: Duration = Duration::from_secs(1);

    #[tokio::test(start_paused = true)]
    async fn the_pace_halves_with_each_failure_and_recovers_step_by_step() {
        let now = Instant::now();
        let mut tempo = Tempo::new(EVERY, 1);
        assert_eq!(tempo.every(now), EVERY);
        tempo.failed();
        tempo.failed();
        assert_eq!(tempo.every(now), EVERY * 4);
        for every in [EVERY * 2, EVERY, EVERY] {
            tempo.answered(Finding::Life, now);
            assert_eq!(tempo.every(now), every);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn the_pace_has_a_floor() {
        let mut tempo = Tempo::new(EVERY, 1);
        for _ in 0..100 {
            tempo.failed();
        }
        assert_eq!(tempo.every(Instant::now()), EVERY * 4);
    }

    #[rstest]
    #[case::looked_at(Focus::Here, [2, 2, 5, 10, 10])]
    #[case::not_looked_at(Focus::Away, [5, 5, 10, 10, 10])]
    #[tokio::test(start_paused = true)]
    async fn where_nothing_happens_the_pace_gets_slower_and_life_brings_it_back(
        #[case] focus: Focus,
        #[case] paces: [u64; 5],
    ) {
        let began = Instant::now();
        let mut tempo = Tempo::new(EVERY, 1);
        tempo.focus(focus);
        for (seconds, pace) in [0, 29, 30, 120, 9_000].into_iter().zip(paces) {
            let now = began + SECOND * seconds;
            tempo.answered(Finding::Nothing, now);
            assert_eq!(
                tempo.every(now),
                SECOND * u32::try_from(pace).unwrap(),
                "{seconds} s"
            );
        }
        let now = began + SECOND * 9_001;
        let full = tempo.every(began);
        tempo.answered(Finding::Life, now);
        assert_eq!(tempo.every(now), full);
        tempo.answered(Finding::Nothing, now);
        tempo.stir();
        assert_eq!(tempo.every(now + SECOND * 60), full);
    }

    #[tokio::test(start_paused = true)]
    async fn a_pace_that_was_asked_to_be_slow_gets_no_quicker_by_stillness() {
        let now = Instant::now();
        let mut tempo = Tempo::new(SECOND * 30, 1);
        tempo.answered(Finding::Nothing, now);
        tempo.focus(Focus::Away);
        assert_eq!(tempo.every(now + SECOND * 600), SECOND * 30);
    }

    #[rstest]
    #[case::nobody_looks(Focus::Away, 30)]
    #[case::somebody_looks(Focus::Here, 10)]
    fn waits_have_jitter_and_are_shorter_where_somebody_waits(
        #[case] focus: Focus,
        #[case] longest: u32,
    ) {
        let mut longest_seen = Duration::ZERO;
        let mut all = std::collections::BTreeSet::new();
        for seed in 0..50 {
            let mut tempo = Tempo::new(EVERY, seed);
            tempo.focus(focus);
            for _ in 0..20 {
                let wait = tempo.failed();
                assert!(wait >= SECOND / 2 && wait <= SECOND * longest, "{wait:?}");
                longest_seen = longest_seen.max(wait);
                all.insert(wait);
            }
        }
        assert!(
            longest_seen >= SECOND * longest * 8 / 10,
            "{longest_seen:?}"
        );
        assert!(all.len() > 900, "{} different waits of 1,000", all.len());
    }
}
