//! Words for placing a call: the ticket of one wish, and how far the wish has come (`placement.md`).

use std::fmt;

use super::{Call, Failure};

/// The label that carries the ticket, by which a call whose answer was lost is found again.
pub const TICKET_LABEL: &str = "switchboard-ticket";

/// Our id for one wish to call: a UUIDv7 in its usual text.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Ticket(Box<str>);

impl Ticket {
    /// Takes a ticket's text.
    #[must_use]
    pub fn new(text: impl Into<Box<str>>) -> Self {
        Self(text.into())
    }

    /// The ticket's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Ticket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// How far a wish to call has come. The request is sent once and never again.
#[derive(Debug, Clone, PartialEq)]
pub enum Placement {
    /// The request is on its way.
    Sending,
    /// The service has taken the call on.
    Placed(Box<Call>),
    /// The service refused: there is no call.
    Refused(Failure),
    /// The request never left: there is no call.
    NotSent(Failure),
    /// Whether there is a call is not known; it is being looked for by its ticket.
    Unknown(Failure),
    /// No call with the ticket has shown up in the time given to looking.
    NoTrace(Failure),
}

impl Placement {
    /// Whether nothing more will be reported of the wish.
    pub fn is_settled(&self) -> bool {
        match self {
            Self::Sending | Self::Unknown(_) => false,
            Self::Placed(_) | Self::Refused(_) | Self::NotSent(_) | Self::NoTrace(_) => true,
        }
    }
}
