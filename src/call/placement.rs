//! Words for placing a call: the ticket of one wish, and how far the wish has come (`placement.md`).

use std::fmt;

use super::{Call, Failure};

/// The label that carries the ticket, by which a call whose answer was lost is found again.
pub const TICKET_LABEL: &str = "switchboard-ticket";

/// How long a ticket from outside may be.
const MAX_TICKET_BYTES: usize = 128;

/// Our id for one wish to call: a UUIDv7 in its usual text, or what a script gives in its place.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Ticket(Box<str>);

impl Ticket {
    /// Takes a ticket's text.
    #[must_use]
    pub fn new(text: impl Into<Box<str>>) -> Self {
        Self(text.into())
    }

    /// A ticket from outside: up to 128 printable characters of ASCII without blanks.
    ///
    /// # Errors
    ///
    /// Says what is wrong with it and what would be right.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.is_empty() || text.len() > MAX_TICKET_BYTES {
            return Err(format!(
                "a ticket has 1 to {MAX_TICKET_BYTES} characters, not {}",
                text.chars().count()
            ));
        }
        if !text.chars().all(|c| c.is_ascii_graphic()) {
            return Err(
                "a ticket has letters, digits and signs of ASCII, and no blanks".to_owned(),
            );
        }
        Ok(Self::new(text))
    }

    /// The ticket's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether calls carry their ticket among their labels.
///
/// Without it a call whose answer was lost cannot be told from others between the same two numbers:
/// that it is there can never be proved, and that it is not only where there is no such call at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TicketLabel {
    /// The usual.
    #[default]
    Carried,
    /// As the configuration asks for, where a project's labels are nobody else's business.
    LeftOut,
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
    /// The state in a sentence without its full stop. Holds what the service said: not sanitised.
    pub fn sentence(&self) -> String {
        match self {
            Self::Sending => "being placed".to_owned(),
            Self::Placed(call) => format!("placed: {}", call.name),
            Self::Refused(failure) => format!("refused, there is no call: {failure}"),
            Self::NotSent(failure) => format!("not sent, there is no call: {failure}"),
            Self::Unknown(failure) => {
                format!("outcome unknown, do not place it again: {failure}")
            }
            Self::NoTrace(failure) => format!("no trace of a call: {failure}"),
        }
    }

    /// Whether nothing more will be reported of the wish.
    pub fn is_settled(&self) -> bool {
        match self {
            Self::Sending | Self::Unknown(_) => false,
            Self::Placed(_) | Self::Refused(_) | Self::NotSent(_) | Self::NoTrace(_) => true,
        }
    }
}
