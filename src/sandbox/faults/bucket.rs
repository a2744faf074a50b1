//! A token bucket: so many requests a second, and as many at once after a rest.

use tokio::time::{Duration, Instant};

/// Lets requests through at a rate, in the machine's time.
///
/// Rather than tokens it keeps when the bucket would be full again: each request moves that on by
/// its share of a second, and none may move it further away than the whole burst.
#[derive(Debug)]
pub(super) struct Bucket {
    /// One request's share of a second.
    share: Duration,
    /// What a full bucket holds, less one request.
    room: Duration,
    full_at: Instant,
}

impl Bucket {
    /// A full bucket; `requests` a second, one at least.
    pub(super) fn new(requests: u32, now: Instant) -> Self {
        let requests = requests.max(1);
        let share = Duration::from_secs(1) / requests;
        Self {
            share,
            room: share * (requests - 1),
            full_at: now,
        }
    }

    /// Lets a request through.
    ///
    /// # Errors
    ///
    /// The error is how long to wait until one more would be let through.
    pub(super) fn take(&mut self, now: Instant) -> Result<(), Duration> {
        let full_at = self.full_at.max(now);
        let wait = (full_at - now).saturating_sub(self.room);
        if wait.is_zero() {
            self.full_at = full_at + self.share;
            Ok(())
        } else {
            Err(wait)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;

    #[rstest]
    #[case(1)]
    #[case(3)]
    #[case(20)]
    #[case(1_000_000)]
    #[tokio::test(start_paused = true)]
    async fn a_burst_goes_through_and_then_so_many_a_second(#[case] requests: u32) {
        let mut now = Instant::now();
        let mut bucket = Bucket::new(requests, now);
        for _ in 0..requests {
            assert_eq!(bucket.take(now), Ok(()));
        }
        for _ in 0..3 {
            let wait = bucket.take(now).unwrap_err();
            assert!(wait <= Duration::from_secs(1) / requests);
            // The delay is the true one: a moment before it, it is too early.
            assert!(bucket.take(now + wait - Duration::from_nanos(1)).is_err());
            now += wait;
            assert_eq!(bucket.take(now), Ok(()));
        }
        now += Duration::from_secs(3600);
        let through = (0..=requests).filter(|_| bucket.take(now).is_ok());
        assert_eq!(through.count(), requests as usize);
    }

    proptest! {
        #[test]
        fn no_second_sees_more_than_twice_the_rate(
            requests in 1..50_u32,
            gaps in prop::collection::vec(0..200_u64, 1..300),
        ) {
            let mut now = Instant::now();
            let mut bucket = Bucket::new(requests, now);
            let mut through = Vec::new();
            for gap in gaps {
                now += Duration::from_millis(gap);
                if bucket.take(now).is_ok() {
                    through.push(now);
                }
            }
            for (at, first) in through.iter().enumerate() {
                let within = through[at..]
                    .iter()
                    .filter(|time| **time - *first < Duration::from_secs(1))
                    .count();
                // What was saved up, and what comes in meanwhile.
                prop_assert!(within <= 2 * requests as usize);
            }
        }
    }
}
