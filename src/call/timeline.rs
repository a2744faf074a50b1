//! The phases of a call from its timestamps. Timestamps come from outside: a missing one ends the
//! knowledge, and an end before a beginning is a length of zero, never a negative one.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::Call;

/// What a stretch of a call's life was spent on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PhaseKind {
    /// From creation to the start of the attempt.
    Queued,
    /// From the start of the attempt to ringing, or to the answer where nothing rang.
    Setup,
    /// From ringing to the answer or the end.
    Ringing,
    /// From the answer to the end.
    Talk,
}

impl PhaseKind {
    /// All of them, in the order in which a call goes through them.
    pub const ALL: [Self; 4] = [Self::Queued, Self::Setup, Self::Ringing, Self::Talk];
}

/// One phase that has begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Phase {
    /// Which phase.
    pub kind: PhaseKind,
    /// When it began.
    pub from: DateTime<Utc>,
    /// When it ended; nothing while it goes on.
    pub to: Option<DateTime<Utc>>,
}

impl Phase {
    /// How long the phase lasted, up to `now` if it goes on; zero rather than negative.
    pub fn length(&self, now: DateTime<Utc>) -> Duration {
        span(self.from, self.to.unwrap_or(now))
    }
}

/// The phases of one call that have begun, in their order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timeline {
    phases: Vec<Phase>,
}

impl Timeline {
    /// Reads the timestamps of a call.
    pub(super) fn of(call: &Call) -> Self {
        let phases = PhaseKind::ALL.into_iter();
        Self {
            phases: phases.filter_map(|kind| call.phase(kind)).collect(),
        }
    }

    /// The phases that have begun, in their order.
    pub fn phases(&self) -> &[Phase] {
        &self.phases
    }

    /// One phase, if it has begun.
    pub fn phase(&self, kind: PhaseKind) -> Option<&Phase> {
        self.phases.iter().find(|phase| phase.kind == kind)
    }
}

impl Call {
    /// One phase, if it has begun and, in a call that is over, is known to have ended.
    pub fn phase(&self, kind: PhaseKind) -> Option<Phase> {
        let (from, to) = match kind {
            PhaseKind::Queued => (self.create_time?, self.start_time),
            PhaseKind::Setup => (self.start_time?, self.ring_time.or(self.answer_time)),
            PhaseKind::Ringing => (self.ring_time?, self.answer_time),
            PhaseKind::Talk => (self.answer_time?, None),
        };
        let to = to.or(self.end_time);
        // A call that is over but does not say when has no running phase: its last one is unknown.
        (to.is_some() || self.is_open()).then_some(Phase { kind, from, to })
    }

    /// For how long people have talked: the service's figure once there is one, otherwise counted
    /// from the answer to the end, or to `now` while the call goes on. Nothing if never answered.
    pub fn talk(&self, now: DateTime<Utc>) -> Option<Duration> {
        if let Some(told) = self.answer_duration {
            return Some(told.to_std().unwrap_or_default());
        }
        let until = match self.end_time {
            Some(end) => end,
            None if self.is_open() => now,
            None => return None,
        };
        Some(span(self.answer_time?, until))
    }

    /// Post-dial delay: from the start of the attempt to ringing. Outgoing calls only.
    pub fn post_dial_delay(&self) -> Option<Duration> {
        Some(span(self.start_time?, self.ring_time?))
    }
}

/// The length between two times of the service; clocks that disagree give zero.
fn span(from: DateTime<Utc>, to: DateTime<Utc>) -> Duration {
    to.signed_duration_since(from)
        .max(TimeDelta::zero())
        .to_std()
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::{CallName, State};

    fn at(second: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_700_000_000 + second, 0).unwrap()
    }

    fn answered() -> Call {
        let mut call = Call::new(CallName::new("projects/demo/calls/1"));
        call.state = State::InProgress;
        call.create_time = Some(at(0));
        call.start_time = Some(at(1));
        call.ring_time = Some(at(3));
        call.answer_time = Some(at(9));
        call
    }

    #[test]
    fn phases_follow_the_timestamps() {
        let lengths: Vec<_> = answered()
            .timeline()
            .phases()
            .iter()
            .map(|phase| (phase.kind, phase.length(at(69)).as_secs()))
            .collect();
        assert_eq!(
            lengths,
            [
                (PhaseKind::Queued, 1),
                (PhaseKind::Setup, 2),
                (PhaseKind::Ringing, 6),
                (PhaseKind::Talk, 60)
            ]
        );
        assert_eq!(answered().talk(at(69)).unwrap().as_secs(), 60);
        assert_eq!(answered().post_dial_delay().unwrap().as_secs(), 2);
    }

    #[test]
    fn an_end_before_its_beginning_is_no_time_at_all() {
        let mut call = answered();
        call.state = State::Completed;
        call.end_time = Some(at(-100));
        assert_eq!(call.talk(at(69)).unwrap().as_secs(), 0);
        assert_eq!(
            call.timeline()
                .phase(PhaseKind::Talk)
                .unwrap()
                .length(at(69)),
            Duration::ZERO
        );
    }

    #[test]
    fn a_finished_call_without_an_end_has_no_running_phase() {
        let mut call = answered();
        call.state = State::Completed;
        assert_eq!(call.timeline().phase(PhaseKind::Talk), None);
        assert_eq!(call.talk(at(69)), None);
    }

    #[test]
    fn without_any_timestamp_there_are_no_phases() {
        let call = Call::new(CallName::new("x"));
        assert!(call.timeline().phases().is_empty());
        assert_eq!(call.talk(at(0)), None);
    }

    #[test]
    fn the_service_has_the_last_word_on_talk() {
        let mut call = answered();
        call.answer_duration = Some(TimeDelta::milliseconds(60_500));
        assert_eq!(call.talk(at(1_000)).unwrap(), Duration::from_millis(60_500));
        call.answer_duration = Some(TimeDelta::seconds(-5));
        assert_eq!(call.talk(at(1_000)).unwrap(), Duration::ZERO);
    }

    #[test]
    fn a_call_answered_without_ringing_has_setup_up_to_the_answer() {
        let mut call = answered();
        call.ring_time = None;
        assert_eq!(
            call.timeline()
                .phase(PhaseKind::Setup)
                .unwrap()
                .length(at(69))
                .as_secs(),
            8
        );
        assert_eq!(call.timeline().phase(PhaseKind::Ringing), None);
    }
}
