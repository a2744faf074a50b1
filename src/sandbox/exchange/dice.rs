//! Chance, from a seed: the same numbers on every platform.

use std::f64::consts::TAU;
use std::ops::Range;

use chrono::TimeDelta;
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

/// Streams with this bit belong to hours.
const HOURS: u64 = 1 << 63;
/// Streams with this bit belong to the times at which calls come in.
const TIMES: u64 = 1 << 62;
/// Streams with this bit belong to the hostile texts of calls.
const TEXTS: u64 = 1 << 61;
/// Streams with this bit belong to the faults that requests meet; those with no such bit to calls.
const REQUESTS: u64 = 1 << 60;
/// How many bits number the requests of one kind.
const REQUEST_BITS: u32 = 56;
const TAGS: u64 = HOURS | TIMES | TEXTS | REQUESTS;

/// A source of chance for one thing only: what one call draws never shifts what another one gets.
#[derive(Debug)]
pub(in crate::sandbox) struct Dice(ChaCha8Rng);

impl Dice {
    /// The dice of a call with a number in the ledger.
    pub(super) fn of_call(seed: u64, serial: i64) -> Self {
        Self::of_stream(seed, serial.unsigned_abs() & !TAGS)
    }

    /// The dice of the time at which a call with a number in the ledger comes in.
    pub(super) fn of_time(seed: u64, serial: i64) -> Self {
        Self::of_stream(seed, serial.unsigned_abs() & !TAGS | TIMES)
    }

    /// The dice of the hostile texts of a call with a number in the ledger.
    pub(in crate::sandbox) fn of_text(seed: u64, serial: i64) -> Self {
        Self::of_stream(seed, serial.unsigned_abs() & !TAGS | TEXTS)
    }

    /// The dice of a request: the `nth` of its kind since the start.
    pub(in crate::sandbox) fn of_request(seed: u64, kind: u8, nth: u64) -> Self {
        let kind = u64::from(kind & 0xf) << REQUEST_BITS;
        let nth = nth & ((1 << REQUEST_BITS) - 1);
        Self::of_stream(seed, REQUESTS | kind | nth)
    }

    /// The dice of an hour since 1970.
    pub(super) fn of_hour(seed: u64, hour: i64) -> Self {
        Self::of_stream(seed, hour.unsigned_abs() | HOURS)
    }

    fn of_stream(seed: u64, stream: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(stream);
        Self(rng)
    }

    /// A share: 0 to just below 1.
    pub(in crate::sandbox) fn share(&mut self) -> f64 {
        self.0.random()
    }

    /// A number of a range.
    pub(in crate::sandbox) fn number(&mut self, range: Range<u32>) -> u32 {
        self.0.random_range(range)
    }

    /// Whether something of a probability happens.
    pub(in crate::sandbox) fn happens(&mut self, probability: f64) -> bool {
        self.0.random::<f64>() < probability
    }

    /// One of some things; the default of the type if there are none.
    pub(in crate::sandbox) fn pick<T: Copy + Default>(&mut self, things: &[T]) -> T {
        let at = self.0.random_range(0..things.len().max(1));
        things.get(at).copied().unwrap_or_default()
    }

    /// One of some things by their weights; the last one where rounding leaves a rest.
    pub(super) fn weigh<T: Copy>(&mut self, first: T, others: &[(f64, T)]) -> T {
        let mut left = self.0.random::<f64>();
        for (weight, thing) in others {
            if left < *weight {
                return *thing;
            }
            left -= weight;
        }
        first
    }

    /// A length between two numbers of seconds, evenly.
    pub(super) fn seconds(&mut self, range: Range<f64>) -> TimeDelta {
        length(self.0.random_range(range))
    }

    /// A length that is mostly near `median` seconds, and at times far longer.
    pub(super) fn around(&mut self, median: f64, spread: f64) -> TimeDelta {
        // Box and Muller; the logarithm never sees zero.
        let radius = (-2.0 * (1.0 - self.0.random::<f64>()).ln()).sqrt();
        let normal = radius * (TAU * self.0.random::<f64>()).cos();
        length(median * (spread * normal).exp())
    }

    /// How long it takes to the next of some things that come `rate` times a second.
    pub(super) fn gap(&mut self, rate: f64) -> TimeDelta {
        length(-(1.0 - self.0.random::<f64>()).ln() / rate)
    }

    /// A UUIDv4 in its usual text; each salt has its own.
    pub(super) fn uuid(&mut self, salt: u128) -> String {
        let drawn = u128::from_be_bytes(self.0.random()) ^ salt;
        uuid::Builder::from_random_bytes(drawn.to_be_bytes())
            .into_uuid()
            .to_string()
    }
}

/// Whole microseconds, which is what exchanges tell; a year at most.
fn length(seconds: f64) -> TimeDelta {
    const YEAR: f64 = 365.0 * 86_400.0;
    #[expect(
        clippy::cast_possible_truncation,
        reason = "bounded by a year; a number that is none becomes zero"
    )]
    let micros = (seconds.clamp(0.0, YEAR) * 1e6) as i64;
    TimeDelta::microseconds(micros)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_numbers_for_good() {
        let mut dice = Dice::of_call(7, 1);
        let first = (dice.number(0..1000), dice.uuid(0));
        let mut again = Dice::of_call(7, 1);
        assert_eq!((again.number(0..1000), again.uuid(0)), first);
        let mut other = Dice::of_call(7, 2);
        assert_ne!((other.number(0..1000), other.uuid(0)), first);
        let mut hour = Dice::of_hour(7, 1);
        assert_ne!((hour.number(0..1000), hour.uuid(0)), first);
        // A change here changes every recorded session.
        assert_eq!(first.1, "37557752-da65-41ba-a6d8-f8a3afa9f0f0");
    }

    #[test]
    fn every_purpose_has_dice_of_its_own() {
        let mut all = vec![
            Dice::of_call(7, 1),
            Dice::of_time(7, 1),
            Dice::of_hour(7, 1),
            Dice::of_text(7, 1),
        ];
        for (kind, nth) in [(0, 0), (0, 1), (1, 0), (1, 1), (2, 1)] {
            all.push(Dice::of_request(7, kind, nth));
        }
        let mut drawn: Vec<String> = all.iter_mut().map(|dice| dice.uuid(0)).collect();
        drawn.sort();
        drawn.dedup();
        assert_eq!(drawn.len(), all.len());
    }

    #[test]
    fn lengths_are_never_negative_and_never_endless() {
        for seconds in [-1.0, 0.0, 1e300, f64::INFINITY, f64::NAN] {
            let length = length(seconds);
            assert!(length >= TimeDelta::zero() && length <= TimeDelta::days(365));
        }
    }

    #[test]
    fn weights_are_kept() {
        let mut dice = Dice::of_call(1, 1);
        let drawn: Vec<char> = (0..10_000)
            .map(|_| dice.weigh('a', &[(0.2, 'b'), (0.1, 'c')]))
            .collect();
        let share = |c| drawn.iter().filter(|&&drawn| drawn == c).count();
        assert!((6_700..7_300).contains(&share('a')));
        assert!((1_800..2_200).contains(&share('b')));
    }
}
