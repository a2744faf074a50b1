//! States of a call and which may follow which (`api.md §4`), with the other enums of `api.md §2.3`.

use super::open_enum::open_enum;

open_enum! {
    /// How far a call has come.
    State {
        /// The service did not say.
        Unspecified = 0, "STATE_UNSPECIFIED";
        /// Accepted, and waiting for its attempt.
        Queued = 1, "QUEUED";
        /// Being attempted.
        Starting = 2, "STARTING";
        /// The far end rings.
        Ringing = 3, "RINGING";
        /// Answered, and going on.
        InProgress = 4, "IN_PROGRESS";
        /// Answered, and over.
        Completed = 5, "COMPLETED";
        /// Could not be made.
        Failed = 6, "FAILED";
        /// Nobody answered in time.
        NotAnswered = 7, "NOT_ANSWERED";
        /// The far end was engaged.
        Busy = 8, "BUSY";
        /// The far end declined without answering.
        Rejected = 9, "REJECTED";
    }
}

open_enum! {
    /// Which way a leg went, seen from the project.
    Direction {
        /// The service did not say.
        Unspecified = 0, "DIRECTION_UNSPECIFIED";
        /// From the project to the world.
        Outgoing = 1, "OUTGOING";
        /// From the world to the project.
        Incoming = 2, "INCOMING";
    }
}

open_enum! {
    /// What carried a leg.
    Transport {
        /// The service did not say.
        Unspecified = 0, "TRANSPORT_UNSPECIFIED";
        /// The public telephone network.
        Pstn = 1, "PSTN";
        /// An Enfonica client (WebRTC).
        Client = 2, "CLIENT";
        /// A SIP domain.
        Sip = 3, "SIP";
    }
}

open_enum! {
    /// What brought a leg about.
    CreateMethod {
        /// The service did not say.
        Unspecified = 0, "CREATE_METHOD_UNSPECIFIED";
        /// Somebody called in.
        IncomingCall = 1, "INCOMING_CALL";
        /// Another leg, while it was being handled.
        ParentCall = 2, "PARENT_CALL";
        /// A CreateCall request.
        Api = 3, "API";
    }
}

impl State {
    /// The states in which a call is still under way, in their order.
    pub const OPEN: [Self; 4] = [
        Self::Queued,
        Self::Starting,
        Self::Ringing,
        Self::InProgress,
    ];

    /// The states that no call leaves again.
    pub const ENDED: [Self; 5] = [
        Self::Completed,
        Self::Failed,
        Self::NotAnswered,
        Self::Busy,
        Self::Rejected,
    ];

    /// Whether a call in this state is under way.
    pub fn is_open(self) -> bool {
        Self::OPEN.contains(&self)
    }

    /// Whether no state follows this one (`api.md §4.2`).
    pub fn is_terminal(self) -> bool {
        Self::ENDED.contains(&self)
    }

    /// Whether the service may move a call going `direction` from this state to `next`
    /// (`api.md §4.2`, inferred edges included). What is unknown may follow anything but an end.
    pub fn may_become(self, next: Self, direction: Direction) -> bool {
        use State::{Busy, Completed, Failed, InProgress, NotAnswered, Queued, Rejected};
        use State::{Ringing, Starting};
        let refused = [NotAnswered, Busy, Rejected, Failed];
        match self {
            Completed | Failed | NotAnswered | Busy | Rejected => false,
            Self::Unspecified | Self::Other(_) => true,
            _ if matches!(next, Self::Other(_)) => true,
            Queued => direction != Direction::Incoming && matches!(next, Starting | Failed),
            Starting => {
                (next == Ringing && direction != Direction::Incoming)
                    || next == InProgress
                    || refused.contains(&next)
            }
            Ringing => next == InProgress || refused.contains(&next),
            InProgress => next == Completed,
        }
    }

    /// How far along its life a call in this state is; what is unknown counts as under way.
    pub(super) fn rank(self) -> u8 {
        match self {
            Self::Unspecified => 0,
            Self::Queued => 1,
            Self::Starting => 2,
            Self::Ringing => 3,
            Self::InProgress => 4,
            Self::Other(_) => 5,
            Self::Completed | Self::Failed | Self::NotAnswered | Self::Busy | Self::Rejected => 6,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_names_of_the_wire_go_both_ways() {
        for &state in State::NAMED {
            assert_eq!(State::from_number(state.number()), state);
            assert_eq!(State::from_name(&state.name()), Some(state));
        }
        assert_eq!(State::from_number(42), State::Other(42));
        assert_eq!(State::Other(42).name(), "42");
        assert_eq!(State::from_name("completed"), None);
    }

    #[test]
    fn every_named_state_is_open_or_terminal_or_unspecified() {
        for &state in State::NAMED {
            let kinds = [
                state.is_open(),
                state.is_terminal(),
                state == State::Unspecified,
            ];
            assert_eq!(kinds.iter().filter(|&&kind| kind).count(), 1, "{state}");
        }
    }

    #[test]
    fn no_edge_leaves_an_end() {
        for end in State::ENDED {
            for &next in State::NAMED {
                assert!(
                    !end.may_become(next, Direction::Outgoing),
                    "{end} -> {next}"
                );
            }
        }
    }

    #[test]
    fn the_edges_are_those_of_the_table() {
        let edges = |direction| {
            let mut edges = Vec::new();
            for &from in &State::NAMED[1..] {
                for &to in &State::NAMED[1..] {
                    if from.may_become(to, direction) {
                        edges.push(format!("{from}>{to}"));
                    }
                }
            }
            edges.join(" ")
        };
        assert_eq!(
            edges(Direction::Outgoing),
            "QUEUED>STARTING QUEUED>FAILED \
             STARTING>RINGING STARTING>IN_PROGRESS STARTING>FAILED STARTING>NOT_ANSWERED \
             STARTING>BUSY STARTING>REJECTED \
             RINGING>IN_PROGRESS RINGING>FAILED RINGING>NOT_ANSWERED RINGING>BUSY \
             RINGING>REJECTED IN_PROGRESS>COMPLETED"
        );
        assert!(!State::Starting.may_become(State::Ringing, Direction::Incoming));
        assert!(!State::Queued.may_become(State::Starting, Direction::Incoming));
        assert!(State::Starting.may_become(State::InProgress, Direction::Incoming));
    }
}
