//! The service's clock, as its answers tell it: each says when it was made (`date`, RFC 9110 §6.6.1), to
//! the second, and was made between its request and its arrival here.
//!
//! All of it is set against the monotonic clock, which nobody puts right: this machine's time of day
//! may be wrong, or jump, and the service's time is still known.

use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use http::HeaderMap;
use http::header::DATE;
use tokio::time::Instant;

/// What a second of the date leaves open.
const A_SECOND: TimeDelta = TimeDelta::seconds(1);
/// One part in so many that two sound clocks may differ in their speed.
const DRIFT: i32 = 5_000;

/// What the service's clock showed at some moment.
pub(super) type Shown = (DateTime<Utc>, Instant);

/// What is known of the service's clock.
#[derive(Debug, Default)]
pub(super) struct ServiceClock(Mutex<Option<Known>>);

/// The bounds between which the service's time was at one moment, from all answers together.
#[derive(Debug, Clone, Copy)]
struct Known {
    zero: Instant,
    least: DateTime<Utc>,
    most: DateTime<Utc>,
    /// What is said: it changes only where the bounds say that it is wrong.
    said: DateTime<Utc>,
    latest: Instant,
}

impl ServiceClock {
    /// Takes note of the date of an answer that was asked for at `sent` and has come at `now`.
    pub(super) fn learn(&self, headers: &HeaderMap, sent: Instant, now: Instant) {
        let text = headers.get(DATE).and_then(|date| date.to_str().ok());
        let date = text.and_then(|text| DateTime::parse_from_rfc2822(text).ok());
        if let Some(date) = date {
            let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            *known = observe(*known, date.with_timezone(&Utc), sent, now).or(*known);
        }
    }

    /// What it showed at some moment; nothing where no answer was dated yet.
    pub(super) fn shown(&self) -> Option<Shown> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.map(|known| (known.said, known.zero))
    }
}

/// What is known after one more date; nothing if it makes no sense.
fn observe(
    known: Option<Known>,
    date: DateTime<Utc>,
    sent: Instant,
    now: Instant,
) -> Option<Known> {
    let zero = known.map_or(now, |known| known.zero);
    let ago = |moment: Instant| TimeDelta::from_std(moment.saturating_duration_since(zero)).ok();
    let least = date.checked_sub_signed(ago(now)?)?;
    let most = date.checked_add_signed(A_SECOND)?;
    let most = match sent.checked_duration_since(zero) {
        Some(since) => most.checked_sub_signed(TimeDelta::from_std(since).ok()?)?,
        None => most.checked_add_signed(TimeDelta::from_std(zero - sent).ok()?)?,
    };
    let middle = |least: DateTime<Utc>, most: DateTime<Utc>| least + (most - least) / 2;
    let alone = Known {
        zero,
        least,
        most,
        said: middle(least, most),
        latest: now,
    };
    let Some(before) = known else {
        return Some(alone);
    };
    let drift = ago(now)? - ago(before.latest)?;
    let drift = drift / DRIFT;
    let least = least.max(before.least - drift);
    let most = most.min(before.most + drift);
    // One of the clocks has been put right, or the machine has slept: only the latest counts.
    if least > most {
        return Some(alone);
    }
    let said = if (least..=most).contains(&before.said) {
        before.said
    } else {
        middle(least, most)
    };
    Some(Known {
        zero,
        least,
        most,
        said,
        latest: now,
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;

    fn at(millis: i64) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(1_700_000_000_000 + millis).unwrap()
    }

    /// What the service puts on an answer made at a time of its own.
    fn dated(time: DateTime<Utc>) -> HeaderMap {
        let date = time.format("%a, %d %b %Y %H:%M:%S GMT").to_string();
        HeaderMap::from_iter([(DATE, date.parse().unwrap())])
    }

    fn error(clock: &ServiceClock, truth: DateTime<Utc>, now: Instant) -> TimeDelta {
        let (shown, moment) = clock.shown().unwrap();
        (shown + TimeDelta::from_std(now - moment).unwrap() - truth).abs()
    }

    proptest! {
        #[test]
        fn it_is_never_wrong_by_more_than_the_way_and_a_second(
            ahead in -1_000_000_i64..1_000_000,
            polls in prop::collection::vec((0..10_000_u64, 0..2_000_u64, 0..2_000_u64), 1..40),
        ) {
            let began = Instant::now();
            let clock = ServiceClock::default();
            let mut now = began;
            for (rest, there, back) in polls {
                now += Duration::from_millis(rest);
                let sent = now;
                now += Duration::from_millis(there);
                let made = at(ahead + i64::try_from((now - began).as_millis()).unwrap());
                now += Duration::from_millis(back);
                clock.learn(&dated(made), sent, now);
                let truth = made + TimeDelta::milliseconds(back.try_into().unwrap());
                let most = TimeDelta::milliseconds(i64::try_from(1_000 + there + back).unwrap());
                prop_assert!(error(&clock, truth, now) <= most);
            }
        }
    }

    #[test]
    fn many_answers_tell_more_than_a_second() {
        let began = Instant::now();
        let clock = ServiceClock::default();
        for poll in 0..40 {
            let made = began + Duration::from_millis(2_130 * poll + 7);
            let truth = at(250 + i64::try_from((made - began).as_millis()).unwrap());
            let sent = made - Duration::from_millis(5);
            clock.learn(&dated(truth), sent, made + Duration::from_millis(5));
        }
        let now = began + Duration::from_secs(90);
        assert!(error(&clock, at(90_250), now) < TimeDelta::milliseconds(300));
    }

    #[test]
    fn what_it_says_does_not_waver() {
        let began = Instant::now();
        let clock = ServiceClock::default();
        let mut said = std::collections::BTreeSet::new();
        for poll in 0..1_000 {
            let made = began + Duration::from_millis(2_013 * poll + 3);
            clock.learn(&dated(at(2_013 * i64::try_from(poll).unwrap())), made, made);
            said.insert(clock.shown().unwrap());
        }
        assert!(said.len() <= 12, "{} different words", said.len());
    }

    #[test]
    fn a_clock_that_is_put_right_is_believed_at_once() {
        let began = Instant::now();
        let clock = ServiceClock::default();
        clock.learn(&dated(at(3_600_000)), began, began);
        let now = began + Duration::from_secs(2);
        clock.learn(&dated(at(2_000)), now, now);
        assert!(error(&clock, at(2_000), now) <= A_SECOND);
    }

    #[test]
    fn a_date_that_makes_no_sense_says_nothing() {
        let clock = ServiceClock::default();
        let now = Instant::now();
        for text in ["", "yesterday", "Mon, 99 Foo 2026 99:99:99 GMT", "1"] {
            let headers = HeaderMap::from_iter([(DATE, text.parse().unwrap())]);
            clock.learn(&headers, now, now);
        }
        clock.learn(&HeaderMap::new(), now, now);
        assert!(clock.shown().is_none());
    }
}
