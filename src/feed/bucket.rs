//! One bucket of tokens for all requests to a service: how many a second, fewer once it says that
//! they are too many, and more again step by step.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use crate::api::Backoff;

/// How many requests a second there are at most where nobody says otherwise: more than any service is
/// known to answer one client.
const MOST: u32 = 2_000;
/// It never gets slower than one request in so long.
const SLOWEST: Duration = Duration::from_secs(5);
/// How much of a second's requests may be sent at once after a rest.
const BURST: f64 = 0.05;
/// What is left of the rate after the service has said that it is too much.
const CUT: f64 = 0.7;
/// How much quicker it gets in each second of answers.
const RECOVERY: f64 = 0.05;
/// No wait is longer, whatever the service asks for.
const LONGEST_WAIT: Duration = Duration::from_secs(300);

/// Lets requests through. Clones share one bucket: everything that asks the same service goes through
/// the same one.
#[derive(Debug, Clone)]
pub struct Bucket(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    level: Mutex<Level>,
    /// Held by the one whose turn is next, while it waits for it: the lock is given in the order of
    /// asking.
    queue: tokio::sync::Mutex<()>,
}

impl Bucket {
    /// A full bucket; `most` requests a second at most, one at least. The seed decides about the
    /// jitter of waits and nothing else.
    #[must_use]
    pub fn new(most: u32, seed: u64) -> Self {
        let level = Level::new(f64::from(most.max(1)), Backoff::new(seed));
        Self(Arc::new(Shared {
            level: Mutex::new(level),
            queue: tokio::sync::Mutex::default(),
        }))
    }

    /// Waits for a turn, in the order of asking, and tells when it came: what became of the request
    /// is told with that time. Giving up waiting does no harm.
    pub async fn take(&self) -> Instant {
        let _first = self.0.queue.lock().await;
        loop {
            let now = Instant::now();
            // Asked anew after each wait: the service may have asked for a rest meanwhile.
            let turn = self.level().take(now);
            match turn {
                Ok(()) => return now,
                Err(turn) => sleep_until(turn).await,
            }
        }
    }

    /// Takes note of an answer.
    pub fn answered(&self) {
        self.level().answered(Instant::now());
    }

    /// Takes note that the service said that there are too many requests, to one that was let through
    /// at `sent`. Nothing is let through for as long as it asks, or else for a jittered while that
    /// grows with each refusal; then at a slower rate.
    pub fn exhausted(&self, sent: Instant, retry_after: Option<Duration>) {
        self.level().exhausted(sent, Instant::now(), retry_after);
    }

    /// How many requests a second are let through at present.
    pub fn rate(&self) -> f64 {
        self.level().rate
    }

    /// How many requests were let through so far.
    pub fn count(&self) -> u64 {
        self.level().count
    }

    fn level(&self) -> MutexGuard<'_, Level> {
        self.0.level.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for Bucket {
    fn default() -> Self {
        Self::new(MOST, uuid::Uuid::new_v4().as_u64_pair().0)
    }
}

/// The bucket, with the time as an argument.
#[derive(Debug)]
struct Level {
    most: f64,
    /// Requests a second.
    rate: f64,
    /// When the next turn is.
    next: Option<Instant>,
    /// Nothing goes through before.
    closed_until: Option<Instant>,
    /// What was let through lately, each request counting less as time passes: about as many as in a
    /// second.
    lately: f64,
    lately_at: Option<Instant>,
    /// When the rate was cut last.
    cut_at: Option<Instant>,
    answered_at: Option<Instant>,
    backoff: Backoff,
    count: u64,
}

impl Level {
    fn new(most: f64, backoff: Backoff) -> Self {
        Self {
            most,
            rate: most,
            next: None,
            closed_until: None,
            lately: 0.0,
            lately_at: None,
            cut_at: None,
            answered_at: None,
            backoff,
            count: 0,
        }
    }

    /// Lets one more request through; the error is when there may be one.
    fn take(&mut self, now: Instant) -> Result<(), Instant> {
        let turn = self.next.into_iter().chain(self.closed_until).max();
        if let Some(turn) = turn.filter(|turn| *turn > now) {
            return Err(turn);
        }
        // What was not used is kept for a burst, up to a bound.
        let burst = now.checked_sub(Duration::from_secs_f64(BURST));
        let turn = turn.max(burst).unwrap_or(now);
        self.next = Some(turn + Duration::from_secs_f64(self.rate.recip()));
        self.lately = self.lately_by(now) + 1.0;
        self.lately_at = Some(now);
        self.count += 1;
        Ok(())
    }

    fn lately_by(&self, now: Instant) -> f64 {
        let past = self.lately_at.map_or(Duration::ZERO, |at| now - at);
        self.lately * (-past.as_secs_f64()).exp()
    }

    fn answered(&mut self, now: Instant) {
        let since = self.answered_at.map_or(Duration::ZERO, |at| now - at);
        let seconds = since.as_secs_f64().min(1.0);
        self.rate = (self.rate * (1.0 + RECOVERY * seconds)).min(self.most);
        self.answered_at = Some(now);
        self.backoff.reset();
    }

    fn exhausted(&mut self, sent: Instant, now: Instant, retry_after: Option<Duration>) {
        // Of many requests that were sent together and refused together, one counts.
        let news = self.cut_at.is_none_or(|cut| sent > cut);
        let wait = match retry_after {
            Some(asked) => asked.min(LONGEST_WAIT),
            None if news => self.backoff.next().unwrap_or(LONGEST_WAIT),
            None => Duration::ZERO,
        };
        if news {
            let least = SLOWEST.as_secs_f64().recip();
            self.rate = (self.rate.min(self.lately_by(now)) * CUT).clamp(least, self.most);
            self.cut_at = Some(now);
        }
        let open = now + wait;
        self.closed_until = Some(self.closed_until.map_or(open, |known| known.max(open)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SECOND: Duration = Duration::from_secs(1);

    /// A service that lets so many a second through, and asks the others to wait.
    struct Limit {
        share: Duration,
        room: Duration,
        full_at: Instant,
    }

    impl Limit {
        fn new(requests: u32) -> Self {
            let share = SECOND / requests;
            Self {
                share,
                room: share * (requests - 1),
                full_at: Instant::now(),
            }
        }

        fn ask(&mut self) -> Result<(), Duration> {
            let now = Instant::now();
            let full_at = self.full_at.max(now);
            let wait = (full_at - now).saturating_sub(self.room);
            if !wait.is_zero() {
                return Err(wait);
            }
            self.full_at = full_at + self.share;
            Ok(())
        }
    }

    #[tokio::test(start_paused = true)]
    async fn no_more_than_so_many_a_second_are_let_through() {
        let bucket = Bucket::new(100, 1);
        let began = Instant::now();
        for _ in 0..1_000 {
            bucket.take().await;
        }
        let took = began.elapsed().as_secs_f64();
        assert!((9.9..=10.1).contains(&took), "{took} s");
        assert_eq!(bucket.count(), 1_000);
    }

    #[tokio::test(start_paused = true)]
    async fn those_who_wait_go_in_their_order() {
        let bucket = Bucket::new(10, 1);
        let mut waiting = tokio::task::JoinSet::new();
        for nth in 0..20 {
            let bucket = bucket.clone();
            waiting.spawn(async move {
                bucket.take().await;
                nth
            });
        }
        let mut order = Vec::new();
        while let Some(nth) = waiting.join_next().await {
            order.push(nth.unwrap());
        }
        assert_eq!(order, (0..20).collect::<Vec<_>>());
    }

    #[tokio::test(start_paused = true)]
    async fn a_wait_that_the_service_asks_for_is_kept_by_those_who_wait_already() {
        let bucket = Bucket::new(10, 1);
        let began = Instant::now();
        let first = bucket.take().await;
        let waiting = tokio::spawn({
            let bucket = bucket.clone();
            async move { bucket.take().await }
        });
        tokio::task::yield_now().await;
        bucket.exhausted(first, Some(SECOND * 7));
        assert!(waiting.await.unwrap() - began >= SECOND * 7);
        bucket.exhausted(Instant::now(), Some(Duration::MAX));
        let before = Instant::now();
        assert!(bucket.take().await - before <= LONGEST_WAIT + SECOND);
    }

    #[tokio::test(start_paused = true)]
    async fn many_refusals_of_one_burst_slow_it_down_once() {
        let bucket = Bucket::new(1_000, 1);
        let mut sent = Vec::new();
        for _ in 0..100 {
            sent.push(bucket.take().await);
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
        bucket.exhausted(sent[0], None);
        let rate = bucket.rate();
        for sent in sent {
            bucket.exhausted(sent, None);
        }
        assert!((bucket.rate() - rate).abs() < 1e-9);
        assert!((40.0..100.0).contains(&rate), "{rate}");
        let before = Instant::now();
        let wait = (bucket.take().await - before).as_secs_f64();
        assert!((0.5..=1.0).contains(&wait), "{wait}");
    }

    #[tokio::test(start_paused = true)]
    async fn it_finds_the_limit_of_a_service_and_uses_most_of_it() {
        for limit in [1, 7, 20, 300] {
            let bucket = Bucket::new(MOST, 1);
            let mut service = Limit::new(limit);
            let began = Instant::now();
            let (mut answered, mut refused) = (0_u32, 0_u32);
            while began.elapsed() < SECOND * 120 {
                let sent = bucket.take().await;
                match service.ask() {
                    Ok(()) => {
                        answered += 1;
                        bucket.answered();
                    }
                    Err(wait) => {
                        refused += 1;
                        bucket.exhausted(sent, Some(wait));
                    }
                }
            }
            let used = f64::from(answered) / f64::from(120 * limit);
            assert!(used > 0.7, "{used} of {limit}");
            assert!(refused < answered / 10 + 20, "{refused} of {limit}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn it_gets_quick_again() {
        let bucket = Bucket::new(1_000, 1);
        let sent = bucket.take().await;
        bucket.exhausted(sent, Some(SECOND));
        let slow = bucket.rate();
        assert!(slow < 2.0, "{slow}");
        for _ in 0..1_000 {
            bucket.take().await;
            bucket.answered();
        }
        assert!(bucket.rate() > 20.0 * slow, "{}", bucket.rate());
    }

    proptest! {
        #[test]
        fn the_rate_keeps_its_bounds_whatever_befalls(
            befalls in prop::collection::vec((0..2_000_u64, 0..4_u8), 1..200),
        ) {
            let mut now = Instant::now();
            let mut level = Level::new(50.0, Backoff::new(1));
            let mut sent = now;
            for (wait, what) in befalls {
                now += Duration::from_millis(wait);
                match what {
                    0 => match level.take(now) {
                        Ok(()) => sent = now,
                        Err(turn) => prop_assert!(turn > now && turn - now <= LONGEST_WAIT),
                    },
                    1 => level.answered(now),
                    2 => level.exhausted(sent, now, None),
                    _ => level.exhausted(sent, now, Some(Duration::from_millis(wait))),
                }
                prop_assert!((0.2..=50.0).contains(&level.rate), "{}", level.rate);
            }
        }
    }
}
