//! What the console's dialect can ask of a call, and how that is written.

use std::fmt;

use super::attribute::{Attribute, End, Flag, Length, Text};
use super::language;
use super::values::{Amount, Span};
use super::when::{Times, When};
use crate::call::{CreateMethod, Direction, State, Transport};
use crate::filter::print::escaped;
use crate::filter::{Comparison, Condition, Equality, Op, Pattern};

/// A condition on one call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Criterion {
    /// The creation time.
    Created(Comparison, Times),
    /// A number or address, compared with regard to letter case as the service does.
    Party(End, Equality, Pattern),
    /// The state.
    State(Equality, State),
    /// The direction.
    Direction(Equality, Direction),
    /// The transport.
    Transport(Equality, Transport),
    /// What brought the call about.
    Method(Equality, CreateMethod),
    /// A text, compared without regard to letter case. `!=` holds if none of several fits.
    Text(Text, Equality, Pattern),
    /// The value of the label with exactly this key.
    Label(Box<str>, Equality, Pattern),
    /// A length of time in nanoseconds. A whole second stands for all that is shown as that second.
    Length(Length, Comparison, u64),
    /// The price.
    Price(Comparison, Amount),
    /// Something is so, or is not.
    Flag(Flag, bool),
    /// The field is set.
    Has(Attribute),
    /// There is a label with exactly this key.
    HasLabel(Box<str>),
    /// The texts between stars stand in this order somewhere in one of the call's texts.
    Word(Pattern),
}

impl Criterion {
    /// What it is about; nothing for a word, which is about all of the call.
    pub fn attribute(&self) -> Option<Attribute> {
        Some(match self {
            Self::Created(..) => Attribute::Created,
            Self::Party(end, ..) => Attribute::Party(*end),
            Self::State(..) => Attribute::State,
            Self::Direction(..) => Attribute::Direction,
            Self::Transport(..) => Attribute::Transport,
            Self::Method(..) => Attribute::Method,
            Self::Text(text, ..) => Attribute::Text(*text),
            Self::Label(..) | Self::HasLabel(_) => Attribute::Label,
            Self::Length(length, ..) => Attribute::Length(*length),
            Self::Price(..) => Attribute::Price,
            Self::Flag(flag, _) => Attribute::Flag(*flag),
            Self::Has(attribute) => *attribute,
            Self::Word(_) => return None,
        })
    }

    /// The operator.
    pub fn op(&self) -> Op {
        match self {
            Self::Created(comparison, _)
            | Self::Length(_, comparison, _)
            | Self::Price(comparison, _) => (*comparison).into(),
            Self::Party(_, equality, _)
            | Self::State(equality, _)
            | Self::Direction(equality, _)
            | Self::Transport(equality, _)
            | Self::Method(equality, _)
            | Self::Text(_, equality, _)
            | Self::Label(_, equality, _) => (*equality).into(),
            Self::Flag(..) | Self::Word(_) => Op::Equal,
            Self::Has(_) | Self::HasLabel(_) => Op::Has,
        }
    }
}

/// What the service's dialect says means the same here.
impl From<Condition> for Criterion {
    fn from(condition: Condition) -> Self {
        match condition {
            Condition::CreateTime(comparison, time) => {
                Self::Created(comparison, Times::One(When::At(time)))
            }
            Condition::To(equality, pattern) => Self::Party(End::To, equality, pattern),
            Condition::From(equality, pattern) => Self::Party(End::From, equality, pattern),
            Condition::State(equality, state) => Self::State(equality, state),
            Condition::Direction(equality, direction) => Self::Direction(equality, direction),
            Condition::Transport(equality, transport) => Self::Transport(equality, transport),
            Condition::Has(field) => Self::Has(field.into()),
        }
    }
}

impl fmt::Display for Criterion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let op = self.op().text();
        if let Some(attribute) = self.attribute() {
            f.write_str(language::about(attribute).name)?;
        }
        match self {
            Self::Created(_, times) => write!(f, " {op} {times}"),
            Self::Party(_, _, pattern) | Self::Text(_, _, pattern) => write!(f, " {op} {pattern}"),
            Self::State(_, state) => write!(f, " {op} {state}"),
            Self::Direction(_, direction) => write!(f, " {op} {direction}"),
            Self::Transport(_, transport) => write!(f, " {op} {transport}"),
            Self::Method(_, method) => write!(f, " {op} {method}"),
            Self::Label(key, _, pattern) => {
                write_key(key, f)?;
                write!(f, " {op} {pattern}")
            }
            Self::Length(_, _, nanos) => write!(f, " {op} {}", Span(*nanos)),
            Self::Price(_, amount) => write!(f, " {op} {amount}"),
            Self::Flag(_, is) => write!(f, " {op} {}", if *is { "yes" } else { "no" }),
            Self::Has(_) => write!(f, "{op}*"),
            Self::HasLabel(key) => {
                write_key(key, f)?;
                write!(f, "{op}*")
            }
            Self::Word(pattern) => write!(f, "{pattern}"),
        }
    }
}

fn write_key(key: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    if !key.is_empty() && key.chars().all(is_key) {
        return write!(f, ".{key}");
    }
    f.write_str(".'")?;
    escaped(key, f)?;
    f.write_str("'")
}

/// What a label's key may be made of without quotes.
pub(super) fn is_key(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '.' | '-' | '/' | '@')
}
