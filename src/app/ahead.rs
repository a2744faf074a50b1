//! How far the service's clock is ahead of this machine's: as its answers tell it, and, where they do
//! not, as the creation of calls shows. That cannot lie in the future.

use chrono::{DateTime, TimeDelta, Utc};

/// For how long a difference that was seen counts.
const WINDOW: TimeDelta = TimeDelta::minutes(2);

/// More than this is no clock that is wrong, but a timestamp that is.
const SENSIBLE: TimeDelta = TimeDelta::days(30);

/// How far a creation may lie after the time that the answers tell: dates have no fractions.
const FRACTIONS: TimeDelta = TimeDelta::seconds(2);

/// A change of the difference by more than this is a clock that was put right.
const JUMP: TimeDelta = TimeDelta::seconds(5);

/// What is known of the difference.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Ahead {
    /// As the answers tell; negative where this machine's clock is ahead.
    told: Option<TimeDelta>,
    created: Created,
}

/// The greatest difference that creation times have shown lately. It is forgotten after a while, for
/// clocks are corrected.
#[derive(Debug, Clone, Copy, Default)]
struct Created {
    since: Option<DateTime<Utc>>,
    before: Option<TimeDelta>,
    lately: Option<TimeDelta>,
}

impl Ahead {
    /// The service's time when this machine's was `now`, as the service itself tells it.
    pub(super) fn is_told(&mut self, service: DateTime<Utc>, now: DateTime<Utc>) {
        let difference = service.signed_duration_since(now);
        let before = self.told.replace(difference);
        if before.is_some_and(|before| (difference - before).abs() > JUMP) {
            self.created = Created::default();
        }
    }

    /// This machine's clock was put back: what creation times have shown was against another one.
    pub(super) fn put_back(&mut self, by: TimeDelta) {
        self.told = self.told.map(|told| told + by);
        self.created = Created::default();
    }

    /// A creation time that was received at `now`.
    pub(super) fn learn(&mut self, created: DateTime<Utc>, now: DateTime<Utc>) {
        let difference = created.signed_duration_since(now);
        if difference > SENSIBLE {
            return;
        }
        let since = *self.created.since.get_or_insert(now);
        if now.signed_duration_since(since) >= WINDOW {
            self.created = Created {
                since: Some(now),
                before: self.created.lately,
                lately: None,
            };
        }
        self.created.lately = self.created.lately.max(Some(difference));
    }

    /// By how much the service's clock is ahead; nothing where nobody has said.
    pub(super) fn told(&self) -> Option<TimeDelta> {
        self.told
    }

    /// The service's time when this machine's is `now`.
    pub(super) fn service_time(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        let shown = self.created.before.max(self.created.lately);
        let ahead = match (self.told, shown) {
            (Some(told), Some(shown)) if shown > told + FRACTIONS => shown,
            (Some(told), _) => told,
            (None, shown) => shown.unwrap_or_default().max(TimeDelta::zero()),
        };
        now.checked_add_signed(ahead).unwrap_or(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_700_000_000 + second, 0).unwrap()
    }

    #[test]
    fn a_service_that_is_ahead_is_followed() {
        let mut ahead = Ahead::default();
        ahead.learn(at(600), at(0));
        assert_eq!(ahead.service_time(at(5)), at(605));
    }

    #[test]
    fn calls_of_the_past_say_nothing() {
        let mut ahead = Ahead::default();
        ahead.learn(at(-9_000), at(0));
        assert_eq!(ahead.service_time(at(5)), at(5));
    }

    #[test]
    fn one_timestamp_of_another_age_spoils_nothing() {
        let mut ahead = Ahead::default();
        ahead.learn(at(315_360_000), at(0));
        assert_eq!(ahead.service_time(at(5)), at(5));
    }

    #[test]
    fn a_clock_that_was_corrected_is_believed_after_a_while() {
        let mut ahead = Ahead::default();
        ahead.learn(at(600), at(0));
        for minute in 1..6 {
            ahead.learn(at(minute * 60), at(minute * 60));
        }
        assert_eq!(ahead.service_time(at(300)), at(300));
    }

    #[test]
    fn what_the_service_says_counts_in_both_directions() {
        let mut ahead = Ahead::default();
        ahead.learn(at(-190), at(0));
        ahead.is_told(at(-180), at(0));
        assert_eq!(ahead.service_time(at(5)), at(-175));
        ahead.is_told(at(180), at(0));
        assert_eq!(ahead.service_time(at(5)), at(185));
    }

    #[test]
    fn a_call_cannot_have_been_created_after_now_whatever_the_service_says() {
        let mut ahead = Ahead::default();
        ahead.is_told(at(0), at(0));
        ahead.learn(at(1), at(0));
        assert_eq!(ahead.service_time(at(0)), at(0), "dates have no fractions");
        ahead.learn(at(60), at(0));
        assert_eq!(ahead.service_time(at(0)), at(60));
    }

    #[test]
    fn when_this_machines_clock_is_put_right_the_service_time_stays() {
        let mut ahead = Ahead::default();
        ahead.is_told(at(0), at(0));
        ahead.learn(at(-2), at(0));
        // An hour forward: the next answer tells, and what calls have shown is against another clock.
        ahead.is_told(at(10), at(3_610));
        assert_eq!(ahead.service_time(at(3_611)), at(11));
        // An hour back: known before the next answer.
        ahead.put_back(TimeDelta::hours(1));
        assert_eq!(ahead.service_time(at(12)), at(12));
    }
}
