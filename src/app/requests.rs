//! How many requests were sent in the last minute.

use std::collections::VecDeque;

use chrono::{DateTime, TimeDelta, Utc};

const MINUTE: TimeDelta = TimeDelta::minutes(1);
/// Reports of one second count as one.
const SECOND: TimeDelta = TimeDelta::seconds(1);

/// Reports of how many requests there have been, each with its time, of the last minute.
#[derive(Debug, Clone, Default)]
pub(super) struct Requests {
    /// How many there had been when the minute began.
    before: u64,
    reports: VecDeque<(DateTime<Utc>, u64)>,
}

impl Requests {
    /// There have been so many by now.
    pub(super) fn are(&mut self, requests: u64, now: DateTime<Utc>) {
        self.pass(now);
        match self.reports.back_mut() {
            Some((at, known)) if now.signed_duration_since(*at) < SECOND => *known = requests,
            Some(_) | None => self.reports.push_back((now, requests)),
        }
    }

    /// Forgets what is longer ago than a minute.
    pub(super) fn pass(&mut self, now: DateTime<Utc>) {
        while let Some((at, requests)) = self.reports.front()
            && now.signed_duration_since(*at) >= MINUTE
        {
            self.before = *requests;
            self.reports.pop_front();
        }
    }

    /// The clock by which the reports are dated was put back.
    pub(super) fn put_back(&mut self, by: TimeDelta) {
        for (at, _) in &mut self.reports {
            *at = at.checked_sub_signed(by).unwrap_or(*at);
        }
    }

    /// How many there were in the last minute.
    pub(super) fn in_a_minute(&self) -> u64 {
        let now = self.reports.back().map_or(self.before, |(_, now)| *now);
        now.saturating_sub(self.before)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: i64) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(1_700_000_000_000 + millis).unwrap()
    }

    #[test]
    fn a_steady_pace_is_told_as_such_and_silence_as_nothing() {
        let mut requests = Requests::default();
        for poll in 1..=200 {
            requests.are(u64::try_from(2 * poll).unwrap(), at(2_000 * poll));
        }
        assert_eq!(requests.in_a_minute(), 60);
        requests.pass(at(430_000));
        assert_eq!(requests.in_a_minute(), 30);
        requests.pass(at(470_000));
        assert_eq!(requests.in_a_minute(), 0);
        requests.are(402, at(500_000));
        assert_eq!(requests.in_a_minute(), 2);
    }

    #[test]
    fn it_keeps_a_minute_however_often_it_is_told() {
        let mut requests = Requests::default();
        for report in 0..100_000 {
            requests.are(u64::try_from(report).unwrap(), at(report * 10));
        }
        assert!(requests.reports.len() <= 61, "{}", requests.reports.len());
        assert!((5_900..=6_100).contains(&requests.in_a_minute()));
    }

    #[test]
    fn a_clock_that_is_put_back_leaves_the_figure() {
        let mut requests = Requests::default();
        requests.are(10, at(0));
        requests.put_back(TimeDelta::hours(1));
        requests.pass(at(-3_600_000 + 30_000));
        assert_eq!(requests.in_a_minute(), 10);
        requests.pass(at(-3_600_000 + 61_000));
        assert_eq!(requests.in_a_minute(), 0);
    }
}
