//! What has been written, and how complete that is.

use std::fmt;

use chrono::{DateTime, DurationRound as _, SecondsFormat, TimeDelta, Utc};
use chrono_tz::Tz;

use crate::call::Coverage;

const MILLISECOND: TimeDelta = TimeDelta::milliseconds(1);

/// How a list has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    /// With the last call that was asked for.
    Whole,
    /// As many were written as were wanted, and perhaps there are more.
    Enough,
    /// Before its end.
    Cut,
}

/// The account of a list.
#[derive(Debug, Clone)]
pub(super) struct Account {
    /// How many calls were written.
    pub(super) written: u64,
    /// How far back everything has been written.
    pub(super) reach: Coverage,
    /// Since when calls were asked for; nothing for the first call of the project.
    pub(super) since: Option<DateTime<Utc>>,
    /// Before when.
    pub(super) end: DateTime<Utc>,
    pub(super) zone: Tz,
    pub(super) ending: Ending,
    /// Whether calls are written in another order than they are read, so that nothing is written
    /// before all is read.
    pub(super) sorted: bool,
    /// Whether only some calls were wanted: of these nobody reads the rest.
    pub(super) limited: bool,
}

impl Account {
    fn time(&self, time: DateTime<Utc>) -> String {
        let local = time.with_timezone(&self.zone);
        local.to_rfc3339_opts(SecondsFormat::AutoSi, true)
    }

    /// The first millisecond that is complete, for people.
    fn first(&self, time: DateTime<Utc>) -> String {
        let before = time.duration_trunc(MILLISECOND).unwrap_or(time);
        let after = before.checked_add_signed(MILLISECOND);
        let first = after.filter(|_| before < time).unwrap_or(before);
        self.time(first)
    }

    /// The end of what is complete, to the millisecond.
    fn last(&self) -> String {
        self.time(self.end.duration_trunc(MILLISECOND).unwrap_or(self.end))
    }

    fn from(&self, reach: Coverage) -> Option<String> {
        match (reach, self.since) {
            (Coverage::None, _) => None,
            (Coverage::Since(time), Some(since)) => Some(self.first(time.max(since))),
            (Coverage::Since(time), None) => Some(self.first(time)),
            (Coverage::Everything, Some(since)) => Some(self.first(since)),
            (Coverage::Everything, None) => Some("the first call".to_owned()),
        }
    }

    /// What lists the rest: all that was created before the time from which on the list is complete.
    fn rest(&self) -> Option<String> {
        let Coverage::Since(time) = self.reach else {
            return None;
        };
        // The bounds of the command line are part of what they bound.
        let until = time.checked_sub_signed(TimeDelta::nanoseconds(1))?;
        let since = self
            .since
            .map(|since| format!("--since {} ", self.time(since)));
        let since = since.unwrap_or_default();
        Some(format!("{since}--until {}", self.time(until)))
    }
}

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let calls = match self.written {
            1 => "1 call".to_owned(),
            written => format!("{written} calls"),
        };
        let end = self.last();
        match self.ending {
            Ending::Whole => {
                let from = self.from(Coverage::Everything).unwrap_or_default();
                write!(f, "complete from {from} to {end}: {calls}")
            }
            Ending::Cut if self.sorted => {
                f.write_str("partial: nothing was written, for sorting needs all calls first")
            }
            Ending::Enough if self.sorted => {
                let from = self.from(Coverage::Everything).unwrap_or_default();
                write!(f, "partial: the first {calls} of all from {from} to {end}")
            }
            Ending::Enough | Ending::Cut => {
                let newest = if self.ending == Ending::Enough {
                    "the newest "
                } else {
                    ""
                };
                match self.from(self.reach) {
                    None => write!(f, "partial: {newest}{calls}, complete for no time")?,
                    Some(from) => {
                        write!(f, "partial: {newest}{calls}, complete from {from} to {end}")?;
                    }
                }
                let goes_on = self.ending == Ending::Cut && !self.limited;
                let rest = self.rest().filter(|_| goes_on);
                rest.map_or(Ok(()), |rest| write!(f, "; the rest: {rest}"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn at(second: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_795_402_800 + second, 0).unwrap()
    }

    fn account() -> Account {
        Account {
            written: 40,
            reach: Coverage::Since(at(60)),
            since: Some(at(0)),
            end: at(100),
            zone: chrono_tz::UTC,
            ending: Ending::Whole,
            sorted: false,
            limited: false,
        }
    }

    #[rstest]
    #[case::whole(
        account(),
        "complete from 2026-11-23T03:00:00Z to 2026-11-23T03:01:40Z: 40 calls"
    )]
    #[case::of_all_time(
        Account { since: None, written: 1, ..account() },
        "complete from the first call to 2026-11-23T03:01:40Z: 1 call"
    )]
    #[case::enough(
        Account { ending: Ending::Enough, ..account() },
        "partial: the newest 40 calls, complete from 2026-11-23T03:01:00Z to 2026-11-23T03:01:40Z"
    )]
    #[case::the_best(
        Account { ending: Ending::Enough, sorted: true, ..account() },
        "partial: the first 40 calls of all from 2026-11-23T03:00:00Z to 2026-11-23T03:01:40Z"
    )]
    #[case::cut(
        Account { ending: Ending::Cut, ..account() },
        "partial: 40 calls, complete from 2026-11-23T03:01:00Z to 2026-11-23T03:01:40Z; \
         the rest: --since 2026-11-23T03:00:00Z --until 2026-11-23T03:00:59.999999999Z"
    )]
    #[case::to_the_millisecond(
        Account {
            reach: Coverage::Since(at(60) + TimeDelta::nanoseconds(1)),
            end: at(100) + TimeDelta::nanoseconds(1_999_999),
            ending: Ending::Cut,
            ..account()
        },
        "partial: 40 calls, complete from 2026-11-23T03:01:00.001Z to 2026-11-23T03:01:40.001Z; \
         the rest: --since 2026-11-23T03:00:00Z --until 2026-11-23T03:01:00Z"
    )]
    #[case::cut_below_its_limit(
        Account { ending: Ending::Cut, limited: true, ..account() },
        "partial: 40 calls, complete from 2026-11-23T03:01:00Z to 2026-11-23T03:01:40Z"
    )]
    #[case::cut_before_anything_came(
        Account { ending: Ending::Cut, reach: Coverage::None, written: 0, ..account() },
        "partial: 0 calls, complete for no time"
    )]
    #[case::cut_while_sorting(
        Account { ending: Ending::Cut, sorted: true, written: 0, ..account() },
        "partial: nothing was written, for sorting needs all calls first"
    )]
    fn what_is_complete_is_said(#[case] account: Account, #[case] told: &str) {
        assert_eq!(account.to_string(), told);
    }
}
