//! The course of a call: the call as it will have become at its end, from which what can be seen of
//! it at any moment follows. Nothing of a call's life is decided later than at its beginning.

use chrono::{DateTime, Utc};
use prost::Message as _;
use prost_types::Timestamp;

use super::wire;
use crate::proto;
use crate::proto::call::State;

/// A call together with its future.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Course {
    /// The call's number in the ledger.
    pub(super) serial: i64,
    /// The number of its project in the ledger.
    pub(super) project: i64,
    /// The call at its end, complete with price.
    pub(super) last: proto::Call,
    /// When its price becomes known.
    pub(super) priced: Option<DateTime<Utc>>,
    /// When it is bridged to another leg.
    pub(super) bridged: Option<DateTime<Utc>>,
}

impl Course {
    /// When the call comes into being.
    pub(super) fn created(&self) -> DateTime<Utc> {
        wire::time(self.last.create_time.as_ref()).unwrap_or_default()
    }

    /// The call as it is to be seen at a time not before its creation.
    pub(super) fn seen(&self, now: DateTime<Utc>) -> proto::Call {
        let mut call = self.last.clone();
        let passed = |time: Option<&Timestamp>| wire::time(time).is_some_and(|time| time <= now);
        let keep = |time: &mut Option<Timestamp>| {
            if !passed(time.as_ref()) {
                *time = None;
            }
        };
        keep(&mut call.start_time);
        keep(&mut call.ring_time);
        keep(&mut call.answer_time);
        keep(&mut call.end_time);
        if call.end_time.is_none() {
            call.answer_duration = None;
            call.error_code.clear();
            call.error_message.clear();
            let state = if call.answer_time.is_some() {
                State::InProgress
            } else if call.ring_time.is_some() {
                State::Ringing
            } else if call.start_time.is_some() {
                State::Starting
            } else {
                State::Queued
            };
            call.set_state(state);
        }
        if self.priced.is_none_or(|priced| priced > now) {
            call.price = None;
        }
        call.bridged = self.bridged.is_some_and(|bridged| bridged <= now);
        call
    }

    /// When the call goes over into another state, in order. Its creation is none of these times.
    pub(super) fn transitions(&self) -> Vec<DateTime<Utc>> {
        let call = &self.last;
        let mut times: Vec<_> = [
            &call.start_time,
            &call.ring_time,
            &call.answer_time,
            &call.end_time,
        ]
        .into_iter()
        .filter_map(|time| wire::time(time.as_ref()))
        .filter(|time| *time > self.created())
        .collect();
        times.sort_unstable();
        times.dedup();
        times
    }

    /// When something of the call changes next after a time; nothing once all has happened.
    pub(super) fn next_change(&self, after: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let call = &self.last;
        let times = [
            &call.create_time,
            &call.start_time,
            &call.ring_time,
            &call.answer_time,
            &call.end_time,
        ];
        times
            .into_iter()
            .filter_map(|time| wire::time(time.as_ref()))
            .chain(self.priced)
            .chain(self.bridged)
            .filter(|&time| time > after)
            .min()
    }
}

/// A course in little space. Under load there are a hundred thousand of them, of which hardly any is
/// looked at in the next second; as the wire has it, a call takes a third of what it takes otherwise.
#[derive(Debug)]
pub(super) struct Folded {
    project: i64,
    last: Box<[u8]>,
    priced: Option<DateTime<Utc>>,
    bridged: Option<DateTime<Utc>>,
}

impl Folded {
    /// The course that was folded, under the number that it has in the ledger.
    pub(super) fn unfold(&self, serial: i64) -> Option<Course> {
        Some(Course {
            serial,
            project: self.project,
            last: proto::Call::decode(&*self.last).ok()?,
            priced: self.priced,
            bridged: self.bridged,
        })
    }
}

impl From<&Course> for Folded {
    fn from(course: &Course) -> Self {
        Self {
            project: course.project,
            last: course.last.encode_to_vec().into(),
            priced: course.priced,
            bridged: course.bridged,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_course_unfolds_as_it_was() {
        let mut course = Course {
            serial: 7,
            project: 3,
            last: proto::Call {
                name: "projects/demo/calls/a".to_owned(),
                labels: [("key".to_owned(), "é".to_owned())].into(),
                create_time: Some(Timestamp::default()),
                ..proto::Call::default()
            },
            priced: None,
            bridged: Some(DateTime::UNIX_EPOCH),
        };
        course.last.set_state(State::Busy);
        assert_eq!(Folded::from(&course).unfold(7), Some(course));
    }
}
