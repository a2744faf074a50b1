//! How one leg goes: what happens when, from which the times and the end of the call follow
//! (`api.md §4`).

use chrono::{DateTime, TimeDelta, Utc};

use super::dice::Dice;
use crate::proto;
use crate::proto::call::State;
use crate::sandbox::wire;

/// How the far end takes a call.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Ending {
    /// Somebody answers, and talks for that long.
    Answered(TimeDelta),
    /// Nobody answers.
    NotAnswered,
    /// The line is engaged.
    Busy,
    /// It is declined, possibly with a reason.
    Rejected(Option<Fault>),
    /// It cannot be made.
    Failed(Fault),
    /// It cannot even be started.
    Stuck(Fault),
}

/// An error code with its message (`api.md §4.4`).
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Fault {
    code: &'static str,
    message: &'static str,
}

pub(super) const NOT_FOUND: Fault = Fault {
    code: "NOT_FOUND",
    message: "The number is not in service",
};
pub(super) const UNAVAILABLE: Fault = Fault {
    code: "SERVICE_UNAVAILABLE",
    message: "The destination network does not accept calls",
};
const INVALID_FORMAT: Fault = Fault {
    code: "INVALID_NUMBER_FORMAT",
    message: "The number is incomplete",
};
const ABSENT: Fault = Fault {
    code: "SUBSCRIBER_ABSENT",
    message: "The subscriber cannot be reached at present",
};
const INTERNAL: Fault = Fault {
    code: "INTERNAL_ERROR",
    message: "The call could not be started",
};
const NO_HANDLER: Fault = Fault {
    code: "HANDLER_UNREACHABLE",
    message: "No handler URI gave an answer",
};
const CLOSED: Fault = Fault {
    code: "USER",
    message: "Outside of opening hours",
};

/// One attempt to reach the far end of an outgoing leg.
#[derive(Debug, Clone, Copy)]
pub(super) struct Attempt {
    /// From creation to the start of the attempt.
    pub(super) queue: TimeDelta,
    /// From the start to the first sign of the far end.
    pub(super) setup: TimeDelta,
    /// From the first ringing to what comes of it; without it nothing rings.
    pub(super) ring: Option<TimeDelta>,
    /// For how long the attempt may last, counted from its start.
    pub(super) timeout: TimeDelta,
    /// What comes of it, if it comes in time.
    pub(super) ending: Ending,
}

impl Attempt {
    /// Writes the attempt's course into a call that is created at a time.
    pub(super) fn write(self, call: &mut proto::Call, created: DateTime<Utc>) {
        let start = created + self.queue;
        call.create_time = Some(wire::timestamp(created));
        if let Ending::Stuck(fault) = self.ending {
            finish(call, start, State::Failed, Some(fault));
            return;
        }
        call.start_time = Some(wire::timestamp(start));
        let latest = start + self.timeout;
        let rings = start + self.setup;
        if self.ring.is_some() && rings < latest {
            call.ring_time = Some(wire::timestamp(rings));
        }
        let decided = rings + self.ring.unwrap_or_default();
        if decided >= latest {
            finish(call, latest, State::NotAnswered, None);
            return;
        }
        conclude(call, decided, self.ending, latest);
    }
}

/// Writes the course of an incoming leg: nothing is queued and nothing rings there (`api.md §4.2`).
pub(super) fn write_incoming(
    call: &mut proto::Call,
    created: DateTime<Utc>,
    handled: TimeDelta,
    ending: Ending,
) {
    call.create_time = Some(wire::timestamp(created));
    call.start_time = Some(wire::timestamp(created));
    let decided = created + handled;
    conclude(call, decided, ending, decided);
}

fn conclude(call: &mut proto::Call, decided: DateTime<Utc>, ending: Ending, latest: DateTime<Utc>) {
    match ending {
        Ending::Answered(talk) => {
            call.answer_time = Some(wire::timestamp(decided));
            call.answer_duration = Some(wire::duration(talk));
            finish(call, decided + talk, State::Completed, None);
        }
        Ending::NotAnswered => finish(call, latest, State::NotAnswered, None),
        Ending::Busy => finish(call, decided, State::Busy, None),
        Ending::Rejected(fault) => finish(call, decided, State::Rejected, fault),
        Ending::Failed(fault) | Ending::Stuck(fault) => {
            finish(call, decided, State::Failed, Some(fault));
        }
    }
}

fn finish(call: &mut proto::Call, at: DateTime<Utc>, state: State, fault: Option<Fault>) {
    call.end_time = Some(wire::timestamp(at));
    call.set_state(state);
    if let Some(fault) = fault {
        fault.code.clone_into(&mut call.error_code);
        fault.message.clone_into(&mut call.error_message);
    }
}

/// For how long people talk: mostly a minute or two, at times an hour.
fn talk(dice: &mut Dice) -> TimeDelta {
    dice.around(75.0, 1.0)
        .clamp(TimeDelta::seconds(2), TimeDelta::hours(2))
}

/// What comes of calling somebody on a good day.
pub(super) fn usual(dice: &mut Dice) -> Ending {
    let talk = talk(dice);
    dice.weigh(
        Ending::Answered(talk),
        &[
            (0.16, Ending::NotAnswered),
            (0.08, Ending::Busy),
            (0.05, Ending::Rejected(None)),
            (0.03, Ending::Failed(NOT_FOUND)),
            (0.02, Ending::Failed(INVALID_FORMAT)),
            (0.02, Ending::Failed(ABSENT)),
            (0.01, Ending::Failed(UNAVAILABLE)),
            (0.01, Ending::Stuck(INTERNAL)),
        ],
    )
}

/// What comes of calling into a network that has an incident.
pub(super) fn during_incident(dice: &mut Dice) -> Ending {
    let talk = talk(dice);
    dice.weigh(
        Ending::Failed(UNAVAILABLE),
        &[(0.15, Ending::Answered(talk))],
    )
}

/// What comes of somebody calling in.
pub(super) fn usual_incoming(dice: &mut Dice) -> Ending {
    let talk = talk(dice);
    dice.weigh(
        Ending::Answered(talk),
        &[
            (0.06, Ending::Rejected(Some(CLOSED))),
            (0.03, Ending::Rejected(None)),
            (0.05, Ending::NotAnswered),
            (0.03, Ending::Busy),
            (0.03, Ending::Failed(NO_HANDLER)),
        ],
    )
}

/// How long the steps of a simulated outgoing leg take, with what comes of it.
pub(super) fn simulated(dice: &mut Dice, timeout: TimeDelta, ending: Ending) -> Attempt {
    let queue = if dice.happens(0.15) {
        dice.seconds(2.0..6.0)
    } else {
        dice.seconds(0.3..1.0)
    };
    let ring = match ending {
        Ending::Answered(_) => Some(dice.around(5.0, 0.4)),
        Ending::NotAnswered => Some(timeout),
        Ending::Rejected(_) => Some(dice.seconds(2.0..6.0)),
        Ending::Busy | Ending::Failed(_) | Ending::Stuck(_) => None,
    };
    Attempt {
        queue,
        setup: dice.seconds(1.0..2.5),
        ring,
        timeout,
        ending,
    }
}

/// How a call placed through the API goes: the numbers of `sandbox.md` have their fixed ends, any
/// other goes by the dice. Every step lasts long enough to be seen by who looks every two seconds.
pub(super) fn placed(dice: &mut Dice, to: &str, timeout: TimeDelta) -> Attempt {
    let talks = |seconds| Ending::Answered(TimeDelta::seconds(seconds));
    let ending = match to {
        "+61491570006" => talks(20),
        "+61491570110" => talks(3600),
        "+61491570156" => Ending::Busy,
        "+61491570157" => Ending::NotAnswered,
        "+61491570158" => Ending::Rejected(None),
        "+61491570159" => Ending::Failed(NOT_FOUND),
        _ => usual(dice),
    };
    let ring = match ending {
        Ending::Answered(_) | Ending::Rejected(_) => Some(dice.seconds(3.0..8.0)),
        Ending::NotAnswered => Some(timeout),
        Ending::Busy | Ending::Failed(_) | Ending::Stuck(_) => None,
    };
    Attempt {
        queue: dice.seconds(2.2..3.0),
        setup: dice.seconds(2.2..3.2),
        ring,
        timeout,
        ending,
    }
}
