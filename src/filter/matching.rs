//! Whether a call passes a filter (`api.md §6.3`). Nothing here allocates: it runs over every call
//! that is loaded at every key.

use super::{Comparison, Condition, Equality, Expr, Field};
use crate::call::{Call, Direction, State, Transport};

impl Expr {
    /// Whether a call passes.
    pub fn holds(&self, call: &Call) -> bool {
        match self {
            Self::And { parts, .. } => parts.iter().all(|part| part.holds(call)),
            Self::Or { parts, .. } => parts.iter().any(|part| part.holds(call)),
            Self::Not { inner, .. } => !inner.holds(call),
            Self::Restriction(restriction) => restriction.condition.holds(call),
        }
    }
}

impl Condition {
    /// Whether the call's field is as asked. A creation time that the service left out equals no
    /// time, and lies neither before nor after any.
    pub fn holds(&self, call: &Call) -> bool {
        match self {
            Self::CreateTime(comparison, time) => call
                .create_time
                .map_or(*comparison == Comparison::NotEqual, |created| {
                    comparison.holds(&created, time)
                }),
            Self::To(equality, pattern) => equality.holds(pattern.matches(&call.to)),
            Self::From(equality, pattern) => equality.holds(pattern.matches(&call.from)),
            Self::State(equality, state) => equality.holds(call.state == *state),
            Self::Direction(equality, direction) => equality.holds(call.direction == *direction),
            Self::Transport(equality, transport) => equality.holds(call.transport == *transport),
            Self::Has(field) => match field {
                Field::CreateTime => call.create_time.is_some(),
                Field::To => !call.to.is_empty(),
                Field::From => !call.from.is_empty(),
                Field::State => call.state != State::Unspecified,
                Field::Direction => call.direction != Direction::Unspecified,
                Field::Transport => call.transport != Transport::Unspecified,
            },
        }
    }
}

impl Comparison {
    fn holds<T: PartialOrd>(self, left: &T, right: &T) -> bool {
        match self {
            Self::Equal => left == right,
            Self::NotEqual => left != right,
            Self::Less => left < right,
            Self::AtMost => left <= right,
            Self::Greater => left > right,
            Self::AtLeast => left >= right,
        }
    }
}

impl Equality {
    fn holds(self, equal: bool) -> bool {
        match self {
            Self::Equal => equal,
            Self::NotEqual => !equal,
        }
    }
}
