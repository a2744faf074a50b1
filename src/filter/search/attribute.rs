//! What of a call the console can filter by, in groups of one kind of value each.

use crate::filter::Field;

/// Something of a call that a condition can be about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Attribute {
    /// When the call was created.
    Created,
    /// Who is called or who calls.
    Party(End),
    /// How far it has come.
    State,
    /// Which way it goes.
    Direction,
    /// What carries it.
    Transport,
    /// What brought it about.
    Method,
    /// A text, compared without regard to letter case.
    Text(Text),
    /// The labels.
    Label,
    /// How long a part of its life lasted.
    Length(Length),
    /// What it costs.
    Price,
    /// What is so or is not.
    Flag(Flag),
}

/// One end of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum End {
    /// Who is called.
    To,
    /// Who calls.
    From,
}

/// A text of a call. Some calls have several of one kind: a condition holds if one of them fits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Text {
    /// The code of its error.
    Error,
    /// The error in words.
    Message,
    /// Where the caller is: region code, state or province, suburb or city.
    Region,
    /// The caller's zone.
    Zone,
    /// Its id, or its whole name.
    Id,
    /// Id or whole name of the leg during which it was made.
    Leg,
    /// The SIP `Call-ID`.
    Sip,
    /// Its handlers' URIs.
    Handler,
}

/// A part of a call's life that has a length.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Length {
    /// For how long people talked, running while the call is in progress.
    Talk,
    /// From creation to the attempt, running while it waits.
    Queue,
    /// Post-dial delay: from the attempt to ringing.
    Pdd,
    /// From ringing to the answer or the end, running while it rings.
    Ring,
}

/// What is so of a call or is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Flag {
    /// Whether it was ever bridged to another leg.
    Bridged,
    /// Whether the caller's number is withheld.
    Private,
}

impl Attribute {
    /// The field of the service's dialect, if it has one.
    pub fn field(self) -> Option<Field> {
        match self {
            Self::Created => Some(Field::CreateTime),
            Self::Party(End::To) => Some(Field::To),
            Self::Party(End::From) => Some(Field::From),
            Self::State => Some(Field::State),
            Self::Direction => Some(Field::Direction),
            Self::Transport => Some(Field::Transport),
            Self::Method
            | Self::Text(_)
            | Self::Label
            | Self::Length(_)
            | Self::Price
            | Self::Flag(_) => None,
        }
    }
}

impl From<Field> for Attribute {
    fn from(field: Field) -> Self {
        match field {
            Field::CreateTime => Self::Created,
            Field::To => Self::Party(End::To),
            Field::From => Self::Party(End::From),
            Field::State => Self::State,
            Field::Direction => Self::Direction,
            Field::Transport => Self::Transport,
        }
    }
}
