//! The exchange's clock: it starts at a given time and runs as fast as it is told to.

use chrono::{DateTime, TimeDelta, Utc};
use tokio::time::{Duration, Instant};

/// How long the longest sleep lasts: a bound that is always safe to add to an instant.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// A clock that runs at a fixed speed beside the machine's monotonic one, and never backwards.
/// In tests with tokio's time paused it stands still until that time is advanced.
#[derive(Debug, Clone, Copy)]
pub(super) struct Clock {
    origin: DateTime<Utc>,
    started: Instant,
    speed: f64,
}

impl Clock {
    /// Starts at `origin`, `speed` times as fast as the machine.
    pub(super) fn start(origin: DateTime<Utc>, speed: f64) -> Self {
        Self {
            origin,
            started: Instant::now(),
            speed,
        }
    }

    /// What the clock shows.
    pub(super) fn now(&self) -> DateTime<Utc> {
        let passed = self.started.elapsed().as_secs_f64() * self.speed;
        let passed = Duration::try_from_secs_f64(passed).unwrap_or(Duration::MAX);
        TimeDelta::from_std(passed)
            .ok()
            .and_then(|passed| self.origin.checked_add_signed(passed))
            .unwrap_or(DateTime::<Utc>::MAX_UTC)
    }

    /// When the clock will show a time, or some instant before that if it is far away.
    pub(super) fn instant(&self, time: DateTime<Utc>) -> Instant {
        let wait = (time - self.origin).to_std().unwrap_or_default();
        let wait = Duration::try_from_secs_f64(wait.as_secs_f64() / self.speed);
        let due = wait.ok().and_then(|wait| self.started.checked_add(wait));
        let latest = Instant::now() + LONGEST;
        due.map_or(latest, |due| due.min(latest))
    }
}

/// The machine's time, in the one place that reads it.
#[expect(
    clippy::disallowed_methods,
    reason = "the sandbox's clock starts at the machine's time"
)]
pub(super) fn machine_time() -> DateTime<Utc> {
    Utc::now()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_700_000_000 + second, 0).unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn the_clock_runs_as_fast_as_it_is_told_to() {
        let clock = Clock::start(at(0), 60.0);
        assert_eq!(clock.now(), at(0));
        tokio::time::advance(Duration::from_secs(2)).await;
        assert_eq!(clock.now(), at(120));
        tokio::time::sleep_until(clock.instant(at(600))).await;
        let late = clock.now() - at(600);
        assert!(late >= TimeDelta::zero() && late < TimeDelta::milliseconds(61));
    }

    #[tokio::test(start_paused = true)]
    async fn no_time_is_too_far_away() {
        for speed in [1e-9, 1.0, 1e9] {
            let clock = Clock::start(at(0), speed);
            for time in [DateTime::<Utc>::MIN_UTC, at(-1), DateTime::<Utc>::MAX_UTC] {
                assert!(clock.instant(time) <= Instant::now() + LONGEST);
            }
            tokio::time::advance(LONGEST * 10_000).await;
            assert!(clock.now() >= at(0));
        }
    }
}
