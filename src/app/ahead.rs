//! How far the service's clock is ahead of this machine's: the creation of a call cannot lie in the
//! future, so a creation time beyond this machine's shows the difference.

use chrono::{DateTime, TimeDelta, Utc};

/// For how long a difference that was seen counts.
const WINDOW: TimeDelta = TimeDelta::minutes(2);

/// More than this is no clock that is wrong, but a timestamp that is.
const SENSIBLE: TimeDelta = TimeDelta::days(30);

/// The greatest difference seen lately. It is forgotten after a while, for clocks are corrected.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Ahead {
    since: Option<DateTime<Utc>>,
    before: TimeDelta,
    lately: TimeDelta,
}

impl Ahead {
    /// A creation time that was received at `now`.
    pub(super) fn learn(&mut self, created: DateTime<Utc>, now: DateTime<Utc>) {
        let difference = created.signed_duration_since(now);
        if difference > SENSIBLE {
            return;
        }
        let since = *self.since.get_or_insert(now);
        if now.signed_duration_since(since) >= WINDOW {
            *self = Self {
                since: Some(now),
                before: self.lately,
                lately: TimeDelta::zero(),
            };
        }
        self.lately = self.lately.max(difference);
    }

    /// The service's time when this machine's is `now`.
    pub(super) fn service_time(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        now.checked_add_signed(self.before.max(self.lately))
            .unwrap_or(now)
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
}
