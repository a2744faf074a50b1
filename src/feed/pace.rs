//! How often and how much is asked.

use std::time::Duration;

use chrono::TimeDelta;

use crate::api::Backoff;
use crate::call::{Failure, FailureKind};

/// No wait is longer, whatever the service asks for: it would look like an end.
const LONGEST_WAIT: Duration = Duration::from_secs(300);
/// How long after a refusal it is asked again, where that may help.
const AFTER_REFUSAL: Duration = Duration::from_secs(30);
/// How often the time between polls may double.
const SLOWEST: u32 = 2;
/// How many good polls in a row make the pace quicker again: after an outage people want to see what
/// happened, and a service that is overloaded says so again.
const GOOD_POLLS: u32 = 1;

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
        | FailureKind::Local => Some(AFTER_REFUSAL),
        FailureKind::InvalidArgument { .. }
        | FailureKind::NotFound
        | FailureKind::FailedPrecondition
        | FailureKind::ResourceExhausted { .. }
        | FailureKind::Unavailable
        | FailureKind::DeadlineExceeded
        | FailureKind::Internal
        | FailureKind::Unimplemented
        | FailureKind::Cancelled => None,
    }
}

/// The pace at present: slower after failures, and quicker again step by step.
#[derive(Debug)]
pub(super) struct Tempo {
    poll_every: Duration,
    doubled: u32,
    good: u32,
    backoff: Backoff,
}

impl Tempo {
    pub(super) fn new(poll_every: Duration, seed: u64) -> Self {
        Self {
            poll_every,
            doubled: 0,
            good: 0,
            backoff: Backoff::new(seed),
        }
    }

    /// From one poll to the next.
    pub(super) fn every(&self) -> Duration {
        self.poll_every * 2u32.pow(self.doubled)
    }

    /// Takes note of a poll that was answered whole.
    pub(super) fn answered(&mut self) {
        self.backoff.reset();
        if self.doubled == 0 {
            return;
        }
        self.good += 1;
        if self.good >= GOOD_POLLS {
            self.good = 0;
            self.doubled -= 1;
        }
    }

    /// Takes note of a failure that passes, and says how long to wait.
    pub(super) fn failed(&mut self, failure: &Failure) -> Duration {
        self.good = 0;
        self.doubled = (self.doubled + 1).min(SLOWEST);
        let wait = self.backoff.next().unwrap_or(LONGEST_WAIT);
        match &failure.kind {
            FailureKind::ResourceExhausted {
                retry_after: Some(asked),
            } => wait.max(*asked).min(LONGEST_WAIT),
            _ => wait,
        }
    }

    /// Forgets earlier failures: somebody wants to know now.
    pub(super) fn start_over(&mut self) {
        self.backoff.reset();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVERY: Duration = Duration::from_secs(2);

    fn unreachable() -> Failure {
        Failure::new(FailureKind::Unavailable, "down")
    }

    #[test]
    fn the_pace_halves_with_each_failure_and_recovers_step_by_step() {
        let mut tempo = Tempo::new(EVERY, 1);
        assert_eq!(tempo.every(), EVERY);
        tempo.failed(&unreachable());
        tempo.failed(&unreachable());
        assert_eq!(tempo.every(), EVERY * 4);
        tempo.answered();
        assert_eq!(tempo.every(), EVERY * 2);
        tempo.answered();
        assert_eq!(tempo.every(), EVERY);
        tempo.answered();
        assert_eq!(tempo.every(), EVERY);
    }

    #[test]
    fn the_pace_has_a_floor() {
        let mut tempo = Tempo::new(EVERY, 1);
        for _ in 0..100 {
            tempo.failed(&unreachable());
        }
        assert_eq!(tempo.every(), EVERY * 4);
    }

    #[test]
    fn a_wait_that_the_service_asks_for_is_kept_within_reason() {
        let mut tempo = Tempo::new(EVERY, 1);
        let mut wait = |seconds| {
            let retry_after = Some(Duration::from_secs(seconds));
            tempo.failed(&Failure::new(
                FailureKind::ResourceExhausted { retry_after },
                "slow down",
            ))
        };
        assert_eq!(wait(45), Duration::from_secs(45));
        assert_eq!(wait(u64::MAX), LONGEST_WAIT);
        assert!(wait(0) >= Duration::from_millis(500));
    }
}
