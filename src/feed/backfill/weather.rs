//! Whether the service answers: what a failure means for the request that it befell, and for all.

use std::time::Duration;

use tokio::time::Instant;

use crate::api::Backoff;
use crate::call::{Failure, FailureKind};

/// A request that fails while others are answered waits so much less than everybody does in an outage.
const ALONE: u32 = 4;

/// What to do after a failure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Ask again from then on.
    Again(Instant),
    /// The same; nobody else is asked anything until then either.
    Outage(Instant),
    /// Give up.
    End,
}

/// The state of things between the walk and the service.
#[derive(Debug)]
pub(super) struct Weather {
    /// For how long nothing may be answered before the walk ends.
    patience: Duration,
    /// When something was answered last, or when the walk began.
    answered: Instant,
    /// Since when there have been failures and no answer.
    failing: Option<Instant>,
    /// Since when and until when nothing is asked, if the service does not answer.
    outage: Option<(Instant, Instant)>,
    everybody: Backoff,
    alone: Backoff,
}

impl Weather {
    pub(super) fn new(patience: Duration, seed: u64, now: Instant) -> Self {
        Self {
            patience,
            answered: now,
            failing: None,
            outage: None,
            everybody: Backoff::new(seed),
            alone: Backoff::new(!seed),
        }
    }

    /// Whether something may be asked while so many requests are under way. In an outage one is sent
    /// ahead to see whether it is over.
    pub(super) fn may_ask(&self, now: Instant, under_way: usize) -> bool {
        self.outage
            .is_none_or(|(_, until)| until <= now && under_way == 0)
    }

    /// When something may be asked again, if that is yet to come.
    pub(super) fn wakes(&self, now: Instant) -> Option<Instant> {
        let until = self.outage.map(|(_, until)| until);
        until.filter(|until| *until > now)
    }

    pub(super) fn answered(&mut self, now: Instant) {
        self.answered = now;
        self.failing = None;
        self.outage = None;
        self.everybody.reset();
    }

    /// What a failure of a request that was sent at `sent` comes to.
    pub(super) fn failed(&mut self, failure: &Failure, sent: Instant, now: Instant) -> Verdict {
        let since = *self.failing.get_or_insert(now);
        if !failure.passes() || now - since >= self.patience {
            return Verdict::End;
        }
        if let FailureKind::ResourceExhausted { .. } = failure.kind {
            // The bucket says when.
            return Verdict::Again(now);
        }
        if self.answered > sent {
            self.alone.reset();
            let wait = self.alone.next().unwrap_or(self.patience);
            return Verdict::Again(now + wait / ALONE);
        }
        // Of many requests that fail together, the first one counts.
        if let Some((since, until)) = self.outage
            && sent <= since
        {
            return Verdict::Again(until);
        }
        let until = now + self.everybody.next().unwrap_or(self.patience);
        self.outage = Some((now, until));
        Verdict::Outage(until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn unreachable() -> Failure {
        Failure::new(FailureKind::Unavailable, "down")
    }

    fn weather() -> (Weather, Instant) {
        let now = Instant::now();
        (Weather::new(SECOND * 120, 7, now), now)
    }

    #[test]
    fn a_failure_among_answers_makes_nobody_else_wait() {
        let (mut weather, start) = weather();
        weather.answered(start + SECOND);
        let now = start + SECOND * 2;
        let Verdict::Again(again) = weather.failed(&unreachable(), start, now) else {
            panic!("{weather:?}");
        };
        let wait = again - now;
        assert!((SECOND / 8..=SECOND / 4).contains(&wait), "{wait:?}");
        assert!(weather.may_ask(now, 19));
    }

    #[test]
    fn in_an_outage_one_request_at_a_time_tries_again_ever_later() {
        let (mut weather, mut now) = weather();
        for tries in 0..6 {
            let sent = now;
            now += SECOND / 100;
            let Verdict::Outage(until) = weather.failed(&unreachable(), sent, now) else {
                panic!("{weather:?}");
            };
            let wait = (until - now).as_secs_f64();
            let bound = f64::from(1 << tries).min(30.0);
            assert!((0.5..=bound).contains(&wait), "{wait}");
            // Those that were sent together with it fail with it.
            assert_eq!(
                weather.failed(&unreachable(), sent, now),
                Verdict::Again(until)
            );
            assert!(!weather.may_ask(until - SECOND / 1_000, 0));
            assert!(!weather.may_ask(until, 1));
            assert!(weather.may_ask(until, 0));
            now = until;
        }
        weather.answered(now);
        assert!(weather.may_ask(now, 19));
    }

    #[test]
    fn patience_ends_and_a_refusal_ends_it_at_once() {
        let (mut weather, start) = weather();
        let late = start + SECOND * 120;
        // A receiver that has let the walk wait for long has not used up its patience.
        let first = weather.failed(&unreachable(), start, start);
        assert!(matches!(first, Verdict::Outage(_)));
        assert_eq!(weather.failed(&unreachable(), start, late), Verdict::End);
        weather.answered(late);
        let refusal = Failure::new(FailureKind::PermissionDenied { permission: None }, "no");
        assert_eq!(weather.failed(&refusal, late, late), Verdict::End);
        let busy = FailureKind::ResourceExhausted { retry_after: None };
        let busy = Failure::new(busy, "slow down");
        assert_eq!(weather.failed(&busy, late, late), Verdict::Again(late));
    }
}
