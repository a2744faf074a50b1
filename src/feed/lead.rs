//! What leads back to a call: enough of it to ask for some calls with one request.

use std::cmp::Reverse;

use chrono::{DateTime, Datelike as _, SecondsFormat, TimeDelta, Utc};

use crate::call::{Call, CallName, Direction};
use crate::filter::{MAX_BYTES, MAX_RESTRICTIONS};

/// What leads back to one call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Lead {
    pub(super) name: CallName,
    pub(super) created: Option<DateTime<Utc>>,
    /// A restriction that the call passes, and few others do: it has the number of the other side.
    number: Option<Box<str>>,
}

impl Lead {
    pub(super) fn of(call: &Call) -> Self {
        // The other side's number is the one that few calls have.
        let number = match call.direction {
            Direction::Incoming if !call.from.is_empty() => restriction("from", &call.from),
            Direction::Incoming
            | Direction::Outgoing
            | Direction::Unspecified
            | Direction::Other(_) => restriction("to", &call.to),
        };
        Self {
            name: call.name.clone(),
            created: call.create_time,
            number,
        }
    }
}

/// In the plain style that every service takes; nothing for a number that would need more than that.
fn restriction(field: &str, number: &str) -> Option<Box<str>> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"+-._:@".contains(&byte);
    let fits = (1..=100).contains(&number.len()) && number.bytes().all(plain);
    fits.then(|| format!("{field} = '{number}'").into())
}

/// Calls that one list is asked for.
#[derive(Debug)]
pub(super) struct Group<T> {
    pub(super) filter: String,
    pub(super) members: Vec<T>,
}

/// Puts those together that one list can bring, `most` at a time; the rest is in no group.
pub(super) fn groups<T>(
    wanted: Vec<T>,
    lead: impl Fn(&T) -> &Lead,
    most: usize,
) -> (Vec<Group<T>>, Vec<T>) {
    let mut alone = Vec::new();
    let mut together: Vec<(DateTime<Utc>, Box<str>, T)> = Vec::new();
    for one in wanted {
        let Lead {
            created, number, ..
        } = lead(&one);
        let sayable = |time: &DateTime<Utc>| (1..=9_999).contains(&time.year());
        match created.filter(sayable).zip(number.clone()) {
            Some((created, number)) => together.push((created, number, one)),
            None => alone.push(one),
        }
    }
    // Neighbours in time, so that each list has few others.
    together.sort_by_key(|(created, ..)| Reverse(*created));
    let mut groups = Vec::new();
    let mut gathering: Option<Gathering<T>> = None;
    for (created, number, one) in together {
        let place = match gathering.take() {
            Some(open) if open.takes(&number, most) => open,
            full => {
                groups.extend(full);
                Gathering::new(created)
            }
        };
        gathering = Some(place.with(created, number, one));
    }
    groups.extend(gathering);
    let (groups, single): (Vec<_>, Vec<_>) = groups
        .into_iter()
        .partition(|group| group.members.len() > 1);
    alone.extend(single.into_iter().flat_map(|group| group.members));
    (groups.into_iter().map(Gathering::done).collect(), alone)
}

/// A group on its way.
struct Gathering<T> {
    newest: DateTime<Utc>,
    oldest: DateTime<Utc>,
    numbers: Vec<Box<str>>,
    bytes: usize,
    members: Vec<T>,
}

impl<T> Gathering<T> {
    fn new(newest: DateTime<Utc>) -> Self {
        Self {
            newest,
            oldest: newest,
            numbers: Vec::new(),
            bytes: window(newest, newest).len(),
            members: Vec::new(),
        }
    }

    fn takes(&self, number: &str, most: usize) -> bool {
        let known = self.numbers.iter().any(|other| **other == *number);
        let room = self.bytes + " AND ".len() + number.len() <= MAX_BYTES
            && self.numbers.len() + 2 < MAX_RESTRICTIONS;
        self.members.len() < most && (known || room)
    }

    fn with(mut self, created: DateTime<Utc>, number: Box<str>, one: T) -> Self {
        self.oldest = self.oldest.min(created);
        if !self.numbers.contains(&number) {
            self.bytes += " AND ".len() + number.len();
            self.numbers.push(number);
        }
        self.members.push(one);
        self
    }

    fn done(self) -> Group<T> {
        let window = window(self.oldest, self.newest);
        Group {
            filter: format!("{window} AND {}", self.numbers.join(" OR ")),
            members: self.members,
        }
    }
}

/// All that was created from one moment to another, both included.
fn window(oldest: DateTime<Utc>, newest: DateTime<Utc>) -> String {
    let end = newest.checked_add_signed(TimeDelta::nanoseconds(1));
    let say = |time: DateTime<Utc>| time.to_rfc3339_opts(SecondsFormat::AutoSi, true);
    format!(
        "createTime >= '{}' AND createTime < '{}'",
        say(oldest),
        say(end.unwrap_or(newest))
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::filter::Filter;

    fn call(id: i64, to: &str) -> Call {
        let mut call = Call::new(CallName::new(format!("projects/demo/calls/{id}")));
        call.direction = Direction::Outgoing;
        call.to = to.into();
        call.create_time = DateTime::from_timestamp(1_700_000_000 + id, 5);
        call
    }

    #[test]
    fn every_call_is_in_one_group_whose_filter_it_passes() {
        let mut calls: Vec<Call> = (0..500)
            .map(|id| call(id * 7 % 500, &format!("+6149157{:04}", id % 300)))
            .collect();
        calls.push(call(900, "sip:o'brien@branch.example"));
        calls.push(call(901, ""));
        let mut private = call(902, "+61255501234");
        private.direction = Direction::Incoming;
        calls.push(private);
        let mut timeless = call(903, "+61491570006");
        timeless.create_time = None;
        calls.push(timeless);
        let leads = calls.iter().map(Lead::of).collect();
        let (groups, alone) = groups(leads, |lead| lead, 100);
        assert_eq!(alone.len(), 3, "{alone:?}");
        assert!(groups.len() <= 12, "{} requests", groups.len());
        let mut found = alone.len();
        for group in groups {
            let filter = Filter::parse(&group.filter).unwrap();
            let passes = |lead: &Lead| {
                let call = calls.iter().find(|call| call.name == lead.name);
                call.is_some_and(|call| filter.matches(call))
            };
            assert!(group.members.iter().all(passes), "{}", group.filter);
            found += group.members.len();
        }
        assert_eq!(found, calls.len());
    }

    #[test]
    fn one_call_alone_is_no_group() {
        let (groups, alone) = groups(vec![Lead::of(&call(1, "+61"))], |lead| lead, 100);
        assert!(groups.is_empty());
        assert_eq!(alone.len(), 1);
    }
}
