//! Times as people write them: exact ones, ones before now, days and times of day in the zone on
//! screen. They stay as they were written until somebody asks what they mean at a moment, so that a
//! window such as the last two hours moves with the time.
//!
//! What is written coarsely stands for a stretch: a day for all of it, `14:05` for that minute,
//! `14:05:30` for that second. `=` is within the stretch, `<` before it, `>` after it, so that
//! exactly one of the three holds of any time.
//!
//! A time of day that a change of the clocks skips stands for the moment of the change, and has no
//! length; one that comes twice stands for all from its first to the end of its second.
//!
//! A time of day without its day is the latest one: nobody looks for calls that are still to come.

use std::fmt;

use chrono::{
    DateTime, Datelike as _, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Timelike as _, Utc,
};
use chrono::{MappedLocalTime, Offset as _, TimeZone as _};
use chrono_tz::Tz;

use super::values;
use crate::filter::{Comparison, time};

/// From where relative times are seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standpoint {
    /// The time now, by the service's clock.
    pub now: DateTime<Utc>,
    /// The zone on screen.
    pub zone: Tz,
}

/// A time as it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// Exactly this one.
    At(DateTime<Utc>),
    /// So long before now; zero for now itself. Never negative.
    Ago(TimeDelta),
    /// A day, or a time of day on it, in the zone on screen.
    Local(Day, Option<Clock>),
    /// The latest time of day of this name: today's, or yesterday's while today's is still to come.
    Latest(Clock),
}

/// A day as it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Day {
    /// The day of now.
    Today,
    /// The day before it.
    Yesterday,
    /// A day of the calendar.
    Date(NaiveDate),
}

/// A time of day: a minute, or a second of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Clock {
    time: NaiveTime,
    seconds: bool,
}

/// A time, or a stretch from one to another with both ends in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Times {
    /// One.
    One(When),
    /// From the beginning of the first to the end of the second.
    Range(When, When),
}

/// What times mean at a moment: from `start` on, and before `end`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stretch {
    pub(crate) start: DateTime<Utc>,
    /// Never before `start`. Nothing if no time lies beyond the stretch.
    pub(crate) end: Option<DateTime<Utc>>,
}

/// How the meaning of times changes as time passes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Moves {
    Never,
    /// With each new day in the zone on screen.
    Daily,
    /// All the time.
    Always,
}

const SHAPES: &str =
    "expected a time such as -2h, today, 10:00, 2026-11-23 or '2026-11-23T14:05:00Z'";
/// How a moment that is exact to the nanosecond ends.
const NANOSECOND: TimeDelta = TimeDelta::nanoseconds(1);

impl Times {
    /// Reads a time or a range. The error says what was expected.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let Some((from, to)) = text.split_once("..") else {
            return When::parse(text).map(Self::One);
        };
        let (from, to) = (When::parse(from.trim())?, When::parse(to.trim())?);
        match (from, to) {
            (When::At(from), When::At(to)) if to < from => ends_early(),
            (When::Local(Day::Date(from), _), When::Local(Day::Date(to), _)) if to < from => {
                ends_early()
            }
            (When::Ago(from), When::Ago(to)) if from < to => ends_early(),
            _ => Ok(Self::Range(from, to)),
        }
    }

    /// Reads what means a time even without a field before it: a day or a range.
    pub(super) fn parse_bare(text: &str) -> Option<Self> {
        let times = Self::parse(text).ok()?;
        match times {
            Self::Range(..) | Self::One(When::Local(_, None)) => Some(times),
            Self::One(When::At(_) | When::Ago(_) | When::Local(_, Some(_)) | When::Latest(_)) => {
                None
            }
        }
    }

    /// What it means at a moment.
    pub(crate) fn stretch(self, at: &Standpoint) -> Stretch {
        let (from, to) = match self {
            Self::One(when) => return when.stretch(at),
            Self::Range(from, When::Latest(clock)) => {
                let to = When::Local(Self::One(from).closing(clock, at), Some(clock));
                (from.stretch(at), to.stretch(at))
            }
            Self::Range(from, to) => (from.stretch(at), to.stretch(at)),
        };
        if to.end.is_none_or(|end| end > from.start) {
            return Stretch {
                start: from.start,
                end: to.end,
            };
        }
        // What ends before the latest time of that name began on the day before.
        let start = match self {
            Self::Range(When::Latest(clock), _) => clock.before(from.start, at),
            Self::One(_) | Self::Range(..) => from.start,
        };
        Stretch {
            start,
            end: to.end.map(|end| end.max(start)),
        }
    }

    /// The day of a time of day that ends what begins with these times. Behind a time of day it is
    /// the first one that follows; otherwise it is the latest, unless that is over before the
    /// beginning.
    pub(super) fn closing(self, clock: Clock, at: &Standpoint) -> Day {
        let start = self.stretch(at).start;
        let latest = When::Latest(clock).stretch(at);
        let follows = matches!(
            self,
            Self::One(When::Latest(_)) | Self::Range(When::Latest(_), _)
        );
        let today = Day::Today.of(at);
        let days = [today.pred_opt(), Some(today), today.succ_opt()];
        let mut days = days.into_iter().flatten().map(Day::Date);
        let on = |day: Day| When::Local(day, Some(clock)).stretch(at);
        let is_latest = |day: &Day| on(*day).start == latest.start;
        let found = if follows || latest.end.is_some_and(|end| end <= start) {
            days.find(|day| on(*day).start >= start)
        } else {
            days.find(is_latest)
        };
        found.unwrap_or(Day::Today)
    }

    /// When a time of day in it begins to mean that of another day; nothing if there is none.
    pub(crate) fn turns(self, at: &Standpoint) -> Option<DateTime<Utc>> {
        let next = |when: When| match when {
            When::Latest(clock) => Some(clock.next(at)),
            When::At(_) | When::Ago(_) | When::Local(..) => None,
        };
        match self {
            Self::One(when) => next(when),
            Self::Range(from, to) => next(from).into_iter().chain(next(to)).min(),
        }
    }

    pub(crate) fn moves(self) -> Moves {
        match self {
            Self::One(when) => when.moves(),
            Self::Range(from, to) => from.moves().max(to.moves()),
        }
    }
}

fn ends_early() -> Result<Times, String> {
    Err("the range ends before it begins".to_owned())
}

impl When {
    /// Reads a time; a length such as `2h` is so long ago.
    ///
    /// # Errors
    ///
    /// Says what was expected.
    pub fn read(text: &str) -> Result<Self, String> {
        Self::parse_bound(text.trim())
    }

    /// When it begins, as seen from a standpoint.
    pub fn begin(self, at: &Standpoint) -> DateTime<Utc> {
        self.stretch(at).start
    }

    fn parse(text: &str) -> Result<Self, String> {
        if text.eq_ignore_ascii_case("now") {
            return Ok(Self::Ago(TimeDelta::zero()));
        }
        if let Some(ago) = text.strip_prefix('-') {
            return ago_of(ago);
        }
        if text.starts_with(|c: char| c.is_ascii_digit()) && text.contains('T') {
            let exact = time::parse(text).map(Self::At);
            return exact.or_else(|reason| Self::local(text, 'T').ok_or(reason));
        }
        if let Some(clock) = Clock::parse(text) {
            return clock.map(Self::Latest);
        }
        if let Some(day) = Day::parse(text) {
            return day.map(|day| Self::Local(day, None));
        }
        if text.starts_with(|c: char| c.is_ascii_digit()) && values::is_span(text) {
            return Err(format!(
                "expected a time, not a length: {text} ago is -{text}"
            ));
        }
        Self::local(text, ' ').ok_or_else(|| SHAPES.to_owned())
    }

    /// The same, but a length is meant to be so long ago.
    pub(super) fn parse_bound(text: &str) -> Result<Self, String> {
        if values::is_span(text) {
            ago_of(text)
        } else {
            Self::parse(text)
        }
    }

    /// A day and a time of day with something between them.
    fn local(text: &str, between: char) -> Option<Self> {
        let (day, clock) = text.split_once(between)?;
        let (day, clock) = (Day::parse(day)?.ok()?, Clock::parse(clock.trim())?.ok()?);
        Some(Self::Local(day, Some(clock)))
    }

    fn stretch(self, at: &Standpoint) -> Stretch {
        let exactly = |start: DateTime<Utc>| Stretch {
            start,
            end: start.checked_add_signed(NANOSECOND),
        };
        match self {
            Self::At(time) => exactly(time),
            Self::Ago(ago) => exactly(
                at.now
                    .checked_sub_signed(ago)
                    .unwrap_or(DateTime::<Utc>::MIN_UTC),
            ),
            Self::Local(day, None) => {
                let day = day.of(at);
                let start = first(at.zone, day.and_time(NaiveTime::MIN));
                let end = day
                    .succ_opt()
                    .map(|next| first(at.zone, next.and_time(NaiveTime::MIN)));
                Stretch {
                    start,
                    end: end.map(|end| end.max(start)),
                }
            }
            Self::Local(day, Some(clock)) => {
                let local = day.of(at).and_time(clock.time);
                let length = if clock.seconds {
                    TimeDelta::seconds(1)
                } else {
                    TimeDelta::minutes(1)
                };
                let start = first(at.zone, local);
                let end = last(at.zone, local).map(|last| last.checked_add_signed(length));
                Stretch {
                    start,
                    end: end.unwrap_or(Some(start)),
                }
            }
            Self::Latest(clock) => {
                let today = Self::Local(Day::Today, Some(clock)).stretch(at);
                if today.start <= at.now {
                    today
                } else {
                    Self::Local(Day::Yesterday, Some(clock)).stretch(at)
                }
            }
        }
    }

    fn moves(self) -> Moves {
        match self {
            Self::At(_) | Self::Local(Day::Date(_), _) => Moves::Never,
            Self::Local(Day::Today | Day::Yesterday, _) | Self::Latest(_) => Moves::Daily,
            Self::Ago(_) => Moves::Always,
        }
    }
}

fn ago_of(text: &str) -> Result<When, String> {
    let nanos = i64::try_from(values::span(text)?).map_err(|_too_long| values::TOO_LONG)?;
    Ok(When::Ago(TimeDelta::nanoseconds(nanos)))
}

impl Day {
    /// Nothing if the text has not the shape of a day; an error if there is no such day.
    fn parse(text: &str) -> Option<Result<Self, String>> {
        if text.eq_ignore_ascii_case("today") {
            return Some(Ok(Self::Today));
        }
        if text.eq_ignore_ascii_case("yesterday") {
            return Some(Ok(Self::Yesterday));
        }
        let date = time::parse_date(text)?;
        Some(date.and_then(|date| {
            // The years of the service's timestamps.
            let told = (1..=9999).contains(&date.year());
            told.then_some(Self::Date(date))
                .ok_or_else(|| "expected a year from 1 to 9999".to_owned())
        }))
    }

    fn of(self, at: &Standpoint) -> NaiveDate {
        let utc = at.now.naive_utc();
        let offset = at.zone.offset_from_utc_datetime(&utc).fix();
        let today = utc.checked_add_offset(offset).unwrap_or(utc).date();
        match self {
            Self::Today => today,
            Self::Yesterday => today.pred_opt().unwrap_or(today),
            Self::Date(date) => date,
        }
    }
}

impl Clock {
    /// The last one that begins before a time of these days.
    fn before(self, time: DateTime<Utc>, at: &Standpoint) -> DateTime<Utc> {
        let yesterday = Day::Yesterday.of(at);
        let days = [Some(yesterday), yesterday.pred_opt()];
        let mut starts = days.into_iter().flatten().map(|day| self.on(day, at));
        starts.find(|start| *start < time).unwrap_or(time)
    }

    /// The first one that is still to come.
    fn next(self, at: &Standpoint) -> DateTime<Utc> {
        let today = Day::Today.of(at);
        let days = [Some(today), today.succ_opt()];
        let mut starts = days.into_iter().flatten().map(|day| self.on(day, at));
        starts.find(|start| *start > at.now).unwrap_or(at.now)
    }

    fn on(self, day: NaiveDate, at: &Standpoint) -> DateTime<Utc> {
        When::Local(Day::Date(day), Some(self)).stretch(at).start
    }

    /// `14:05` or `14:05:30`. Nothing if the text has no such shape; an error if there is no such
    /// time of day.
    fn parse(text: &str) -> Option<Result<Self, String>> {
        let numbers: Option<Vec<u32>> = text
            .split(':')
            .map(|part| {
                let two = (1..=2).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
                two.then(|| part.parse().ok())?
            })
            .collect();
        let (hour, minute, second) = match numbers?[..] {
            [hour, minute] => (hour, minute, None),
            [hour, minute, second] => (hour, minute, Some(second)),
            _ => return None,
        };
        let time = NaiveTime::from_hms_opt(hour, minute, second.unwrap_or(0));
        let seconds = second.is_some();
        Some(
            time.map(|time| Self { time, seconds })
                .ok_or_else(|| format!("there is no time of day {text}")),
        )
    }
}

/// The first moment at which clocks of a zone show a time, or have gone beyond it.
fn first(zone: Tz, local: NaiveDateTime) -> DateTime<Utc> {
    match zone.from_local_datetime(&local) {
        MappedLocalTime::Single(time) | MappedLocalTime::Ambiguous(time, _) => {
            time.with_timezone(&Utc)
        }
        MappedLocalTime::None => jump(zone, local),
    }
}

/// The last moment at which they show it; nothing if they never do.
fn last(zone: Tz, local: NaiveDateTime) -> Option<DateTime<Utc>> {
    zone.from_local_datetime(&local)
        .latest()
        .map(|time| time.with_timezone(&Utc))
}

/// When the clocks of a zone go past a time that they never show, to the second.
fn jump(zone: Tz, local: NaiveDateTime) -> DateTime<Utc> {
    // No zone is further than a day from UTC, and the change lies between these two.
    let (mut before, mut after) = (
        local.and_utc() - TimeDelta::days(2),
        local.and_utc() + TimeDelta::days(2),
    );
    let is_past = |at: DateTime<Utc>| {
        let offset = zone.offset_from_utc_datetime(&at.naive_utc()).fix();
        at.naive_utc() + TimeDelta::seconds(i64::from(offset.local_minus_utc())) >= local
    };
    while after - before > TimeDelta::seconds(1) {
        let middle = before + TimeDelta::seconds((after - before).num_seconds() / 2);
        if is_past(middle) {
            after = middle;
        } else {
            before = middle;
        }
    }
    after
}

impl Stretch {
    /// The times of which a comparison with the stretch holds: from the first on, before the second.
    /// Of `!=` that is the complement, which nothing but the caller can say.
    pub(crate) fn bounds(
        self,
        comparison: Comparison,
    ) -> (Option<DateTime<Utc>>, Option<DateTime<Utc>>) {
        // What begins after all time is never reached.
        let beyond = self.end.or(Some(DateTime::<Utc>::MAX_UTC));
        match comparison {
            Comparison::Equal | Comparison::NotEqual => (Some(self.start), self.end),
            Comparison::Less => (None, Some(self.start)),
            Comparison::AtMost => (None, self.end),
            Comparison::Greater => (beyond, None),
            Comparison::AtLeast => (Some(self.start), None),
        }
    }
}

impl fmt::Display for When {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::At(at) => f.write_str(&time::print(*at)),
            Self::Ago(ago) if ago.is_zero() => f.write_str("now"),
            Self::Ago(ago) => {
                let nanos = ago.num_nanoseconds().unwrap_or(i64::MAX).unsigned_abs();
                write!(f, "-{}", values::Span(nanos))
            }
            Self::Local(day, None) => write!(f, "{day}"),
            Self::Latest(clock) => write!(f, "{clock}"),
            Self::Local(day, Some(clock)) => write!(f, "{day} {clock}"),
        }
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Today => f.write_str("today"),
            Self::Yesterday => f.write_str("yesterday"),
            Self::Date(date) => write!(f, "{}", date.format("%Y-%m-%d")),
        }
    }
}

impl fmt::Display for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (hour, minute) = (self.time.hour(), self.time.minute());
        write!(f, "{hour:02}:{minute:02}")?;
        if self.seconds {
            write!(f, ":{:02}", self.time.second())?;
        }
        Ok(())
    }
}

/// As a value, in quotes where it could not be read without them.
impl fmt::Display for Times {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self {
            Self::One(when) => when.to_string(),
            Self::Range(from, to) => format!("{from}..{to}"),
        };
        if text.contains([' ', 'T']) {
            write!(f, "'{text}'")
        } else {
            f.write_str(&text)
        }
    }
}
