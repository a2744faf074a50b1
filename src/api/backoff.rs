//! How long to wait before asking again: longer each time, and never everybody at once.

use std::iter::FusedIterator;
use std::time::Duration;

use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng as _;

/// The shortest wait (`feed.md`, pace).
const SHORTEST: Duration = Duration::from_millis(500);
/// The longest wait (`feed.md`, pace).
const LONGEST: Duration = Duration::from_secs(30);

/// Waits without end: each is drawn between 0.5 s and a bound that starts at one second and doubles up
/// to 30 s. So none is shorter than 0.5 s or longer than 30 s, and clients that failed together do not
/// come back together.
#[derive(Debug, Clone)]
pub struct Backoff {
    bound: Duration,
    random: ChaCha8Rng,
}

impl Backoff {
    /// Starts with the shortest wait. The seed decides about the jitter and nothing else.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self {
            bound: SHORTEST * 2,
            random: ChaCha8Rng::seed_from_u64(seed),
        }
    }

    /// Starts over with the shortest wait, after something was answered.
    pub fn reset(&mut self) {
        self.bound = SHORTEST * 2;
    }
}

impl Iterator for Backoff {
    type Item = Duration;

    fn next(&mut self) -> Option<Duration> {
        let wait = self.random.random_range(SHORTEST..=self.bound);
        self.bound = (self.bound * 2).min(LONGEST);
        Some(wait)
    }
}

impl FusedIterator for Backoff {}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn waits_grow_from_half_a_second_to_thirty_whatever_the_seed(seed in any::<u64>()) {
            let waits: Vec<f64> = Backoff::new(seed).take(12).map(|wait| wait.as_secs_f64()).collect();
            for (at, wait) in waits.iter().enumerate() {
                let bound = 2f64.powi(i32::try_from(at).unwrap()).min(30.0);
                prop_assert!((0.5..=bound).contains(wait), "wait {at} is {wait} s");
            }
        }
    }

    #[test]
    fn the_first_wait_is_short_and_the_last_is_at_the_ceiling() {
        let first = Backoff::new(7).next().unwrap();
        assert!((SHORTEST..=SHORTEST * 2).contains(&first));
        let late = Backoff::new(7).skip(50).take(100).max().unwrap();
        assert!((LONGEST * 9 / 10..=LONGEST).contains(&late));
    }

    #[test]
    fn two_clients_do_not_wait_in_step() {
        let waits = |seed| Backoff::new(seed).take(5).collect::<Vec<_>>();
        assert_ne!(waits(1), waits(2));
    }

    #[test]
    fn an_answer_starts_it_over() {
        let mut backoff = Backoff::new(7);
        backoff.nth(10);
        backoff.reset();
        assert!(backoff.next().unwrap() <= SHORTEST * 2);
    }
}
