//! One bucket of tokens for all requests to a service: how many a second, fewer once it says that
//! they are too many, and more again step by step.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use crate::api::Backoff;

/// How many requests a second there are at most where nobody says otherwise: more than any service is
/// known to answer one client.
const MOST: u32 = 2_000;
/// How many requests a second the live feed sends at most, and as many at once after a rest. The
/// contract states no quota (`api.md`, open question 11), so this is what any service bears of one
/// client: a poll takes two requests, and one after a burst of a thousand calls some forty.
const LIVE: u32 = 50;
/// It never gets slower than one request in so long.
const SLOWEST: Duration = Duration::from_secs(5);
/// No wait is longer, whatever the service asks for.
pub(super) const LONGEST_WAIT: Duration = Duration::from_secs(3_600);

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

/// How a bucket meets its service.
#[derive(Debug, Clone, Copy)]
struct Manner {
    /// How much of a second's requests may be sent at once after a rest.
    burst: f64,
    /// What is left of the rate after the service has said that it is too much.
    cut: f64,
    /// Whether that is taken off what was used lately, and not off what was allowed.
    cuts_use: bool,
    /// How much quicker it gets in each second of answers.
    recovery: f64,
}

/// Goes as fast as the service bears, and finds out how fast that is.
const STEADY: Manner = Manner {
    burst: 0.05,
    cut: 0.7,
    cuts_use: true,
    recovery: 0.05,
};

/// Rests most of the time, so that what was used lately says nothing of what the service bears.
const FITFUL: Manner = Manner {
    burst: 1.0,
    cut: 0.5,
    cuts_use: false,
    recovery: 0.1,
};

impl Bucket {
    /// A full bucket; `most` requests a second at most, one at least. The seed decides about the
    /// jitter of waits and nothing else.
    #[must_use]
    pub fn new(most: u32, seed: u64) -> Self {
        Self::of(most, STEADY, seed)
    }

    /// A full bucket for a live feed, and for whatever shares its service: 50 requests a second, half
    /// of that after each refusal, and a tenth more in each second of answers.
    #[must_use]
    pub fn live(seed: u64) -> Self {
        Self::of(LIVE, FITFUL, seed)
    }

    fn of(most: u32, manner: Manner, seed: u64) -> Self {
        let level = Level::new(f64::from(most.max(1)), manner, Backoff::new(seed));
        Self(Arc::new(Shared {
            level: Mutex::new(level),
            queue: tokio::sync::Mutex::default(),
        }))
    }

    /// Waits for a turn, in the order of asking, and tells when it came: what became of the request
    /// is told with that time. Giving up waiting does no harm.
    pub async fn take(&self) -> Instant {
        loop {
            if let Ok(turn) = self.take_unless_closed(Duration::MAX).await {
                return turn;
            }
        }
    }

    /// The same, but does not wait out a rest of the service that is longer than this.
    ///
    /// # Errors
    ///
    /// Gives back how long that rest still is.
    pub async fn take_unless_closed(&self, patience: Duration) -> Result<Instant, Duration> {
        let _first = self.0.queue.lock().await;
        loop {
            let now = Instant::now();
            // Asked anew after each wait: the service may have asked for a rest meanwhile.
            let turn = self.level().take(now);
            match turn {
                Ok(()) => return Ok(now),
                Err(_) if self.closed_for() > patience => return Err(self.closed_for()),
                Err(turn) => sleep_until(turn).await,
            }
        }
    }

    /// For how long nothing is let through, as the service has asked; nothing if it has not.
    pub fn closed_for(&self) -> Duration {
        self.level().closed_for(Instant::now())
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
    manner: Manner,
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
    fn new(most: f64, manner: Manner, backoff: Backoff) -> Self {
        Self {
            most,
            manner,
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
        let burst = now.checked_sub(Duration::from_secs_f64(self.manner.burst));
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

    fn closed_for(&self, now: Instant) -> Duration {
        self.closed_until
            .map_or(Duration::ZERO, |until| until.saturating_duration_since(now))
    }

    fn answered(&mut self, now: Instant) {
        let since = self.answered_at.map_or(Duration::ZERO, |at| now - at);
        let seconds = since.as_secs_f64().min(1.0);
        self.rate = (self.rate * (1.0 + self.manner.recovery * seconds)).min(self.most);
        self.answered_at = Some(now);
        self.backoff.reset();
    }

    fn exhausted(&mut self, sent: Instant, now: Instant, retry_after: Option<Duration>) {
        // Of many requests that were sent together and refused together, one counts.
        let news = self.cut_at.is_none_or(|cut| sent > cut);
        let wait = match retry_after {
            Some(asked) if !asked.is_zero() => asked.min(LONGEST_WAIT),
            _ if news => self.backoff.next().unwrap_or(LONGEST_WAIT),
            _ => Duration::ZERO,
        };
        if news {
            let least = SLOWEST.as_secs_f64().recip();
            let used = if self.manner.cuts_use {
                self.rate.min(self.lately_by(now))
            } else {
                self.rate
            };
            self.rate = (used * self.manner.cut).clamp(least, self.most);
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
    async fn the_live_feed_has_a_second_in_hand_and_no_more() {
        let bucket = Bucket::live(1);
        tokio::time::sleep(SECOND * 600).await;
        let began = Instant::now();
        for _ in 0..LIVE {
            bucket.take().await;
        }
        assert_eq!(began.elapsed(), Duration::ZERO);
        for _ in 0..LIVE * 3 {
            bucket.take().await;
        }
        let took = began.elapsed().as_secs_f64();
        assert!((2.9..=3.1).contains(&took), "{took} s");
    }

    #[tokio::test(start_paused = true)]
    async fn each_refusal_halves_the_live_feed_and_answers_bring_it_back_step_by_step() {
        let bucket = Bucket::live(1);
        let rates: Vec<f64> = {
            let mut rates = Vec::new();
            for _ in 0..3 {
                let sent = bucket.take().await;
                bucket.exhausted(sent, Some(SECOND));
                rates.push(bucket.rate());
            }
            rates
        };
        assert_eq!(rates, [25.0, 12.5, 6.25]);
        let mut before = bucket.rate();
        for _ in 0..200 {
            bucket.take().await;
            bucket.answered();
            let now = bucket.rate();
            assert!(
                now >= before && now <= before * 1.1 + 1e-9,
                "{before} {now}"
            );
            before = now;
            tokio::time::sleep(SECOND).await;
        }
        assert!((bucket.rate() - f64::from(LIVE)).abs() < 1e-9);
    }

    #[tokio::test(start_paused = true)]
    async fn a_long_rest_is_told_to_who_would_not_wait_for_it() {
        let bucket = Bucket::live(1);
        let sent = bucket.take().await;
        let waiting = (0..8).map(|_| {
            let bucket = bucket.clone();
            tokio::spawn(async move { bucket.take_unless_closed(SECOND * 2).await })
        });
        bucket.exhausted(sent, Some(SECOND * 60));
        for waiting in waiting.collect::<Vec<_>>() {
            assert_eq!(waiting.await.unwrap(), Err(SECOND * 60));
        }
        tokio::time::sleep(SECOND * 59).await;
        let began = Instant::now();
        assert!(bucket.take_unless_closed(SECOND * 2).await.is_ok());
        assert_eq!(began.elapsed(), SECOND);
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
            let mut level = Level::new(50.0, STEADY, Backoff::new(1));
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
