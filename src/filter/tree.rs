//! The tree of a filter: and, or, not, and restrictions on one field each.

use std::ops::Range;

use chrono::{DateTime, Utc};

use super::Pattern;
use crate::call::{Direction, State, Transport};

/// One node, over conditions of either dialect: those of the service where nothing else is said, so
/// that what is meant for the service can never hold anything that only the console understands.
/// Equality is of what is meant: spans are left out of it.
#[derive(Debug, Clone)]
pub enum Expr<C = Condition> {
    /// All parts hold. There are at least two, and none is an `And` itself.
    And {
        /// What holds.
        parts: Vec<Self>,
        /// Where it was written, in bytes.
        span: Range<usize>,
    },
    /// At least one part holds. There are at least two, and none is an `Or` itself.
    Or {
        /// Of what one holds.
        parts: Vec<Self>,
        /// Where it was written, in bytes.
        span: Range<usize>,
    },
    /// The inner part does not hold.
    Not {
        /// What does not hold.
        inner: Box<Self>,
        /// Where it was written, in bytes.
        span: Range<usize>,
    },
    /// A condition on one field.
    Restriction(Restriction<C>),
}

impl<C> Expr<C> {
    /// Where the node was written, in bytes of the text.
    pub fn span(&self) -> Range<usize> {
        match self {
            Self::And { span, .. } | Self::Or { span, .. } | Self::Not { span, .. } => span.clone(),
            Self::Restriction(restriction) => restriction.span(),
        }
    }

    /// The conjunction of one part and more; those that are conjunctions are taken apart.
    pub(super) fn all(first: Self, more: Vec<Self>) -> Self {
        if more.is_empty() {
            return first;
        }
        let span = cover(&first, &more);
        let mut parts = Vec::with_capacity(1 + more.len());
        for part in std::iter::once(first).chain(more) {
            match part {
                Self::And { parts: inner, .. } => parts.extend(inner),
                other @ (Self::Or { .. } | Self::Not { .. } | Self::Restriction(_)) => {
                    parts.push(other);
                }
            }
        }
        Self::And { parts, span }
    }

    /// The disjunction of one part and more; those that are disjunctions are taken apart.
    pub(super) fn any(first: Self, more: Vec<Self>) -> Self {
        if more.is_empty() {
            return first;
        }
        let span = cover(&first, &more);
        let mut parts = Vec::with_capacity(1 + more.len());
        for part in std::iter::once(first).chain(more) {
            match part {
                Self::Or { parts: inner, .. } => parts.extend(inner),
                other @ (Self::And { .. } | Self::Not { .. } | Self::Restriction(_)) => {
                    parts.push(other);
                }
            }
        }
        Self::Or { parts, span }
    }
}

fn cover<C>(first: &Expr<C>, more: &[Expr<C>]) -> Range<usize> {
    let start = first.span().start;
    start..more.last().map_or(start, |last| last.span().end)
}

impl<C: PartialEq> PartialEq for Expr<C> {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::And { parts: a, .. }, Self::And { parts: b, .. })
            | (Self::Or { parts: a, .. }, Self::Or { parts: b, .. }) => a == b,
            (Self::Not { inner: a, .. }, Self::Not { inner: b, .. }) => a == b,
            (Self::Restriction(a), Self::Restriction(b)) => a.condition == b.condition,
            (Self::And { .. } | Self::Or { .. } | Self::Not { .. } | Self::Restriction(_), _) => {
                false
            }
        }
    }
}

impl<C: Eq> Eq for Expr<C> {}

/// A condition, and where its parts were written.
#[derive(Debug, Clone)]
pub struct Restriction<C = Condition> {
    /// What is asked.
    pub condition: C,
    /// Where the field's name stands, in bytes.
    pub field_span: Range<usize>,
    /// Where the operator stands.
    pub op_span: Range<usize>,
    /// Where the value stands.
    pub value_span: Range<usize>,
}

impl<C> Restriction<C> {
    /// Where the whole restriction stands, in bytes.
    pub fn span(&self) -> Range<usize> {
        self.field_span.start..self.value_span.end
    }
}

/// What is asked of one field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition {
    /// The creation time, compared with a time.
    CreateTime(Comparison, DateTime<Utc>),
    /// The called party, compared with a text.
    To(Equality, Pattern),
    /// The caller, compared with a text.
    From(Equality, Pattern),
    /// The state.
    State(Equality, State),
    /// The direction.
    Direction(Equality, Direction),
    /// The transport.
    Transport(Equality, Transport),
    /// The field is set: neither empty nor unspecified (`field:*`).
    Has(Field),
}

impl Condition {
    /// The field in question.
    pub fn field(&self) -> Field {
        match self {
            Self::CreateTime(..) => Field::CreateTime,
            Self::To(..) => Field::To,
            Self::From(..) => Field::From,
            Self::State(..) => Field::State,
            Self::Direction(..) => Field::Direction,
            Self::Transport(..) => Field::Transport,
            Self::Has(field) => *field,
        }
    }

    /// The operator.
    pub fn op(&self) -> Op {
        match self {
            Self::CreateTime(comparison, _) => (*comparison).into(),
            Self::To(equality, _)
            | Self::From(equality, _)
            | Self::State(equality, _)
            | Self::Direction(equality, _)
            | Self::Transport(equality, _) => (*equality).into(),
            Self::Has(_) => Op::Has,
        }
    }
}

/// A field that the service can filter by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Field {
    /// When the call was created.
    CreateTime,
    /// Who is called.
    To,
    /// Who calls.
    From,
    /// How far it has come.
    State,
    /// Which way it goes.
    Direction,
    /// What carries it.
    Transport,
}

impl Field {
    /// All six, in the order in which people are told of them.
    pub const ALL: [Self; 6] = [
        Self::CreateTime,
        Self::To,
        Self::From,
        Self::State,
        Self::Direction,
        Self::Transport,
    ];

    /// The name in filters, in JSON's spelling.
    pub fn name(self) -> &'static str {
        match self {
            Self::CreateTime => "createTime",
            Self::To => "to",
            Self::From => "from",
            Self::State => "state",
            Self::Direction => "direction",
            Self::Transport => "transport",
        }
    }

    /// The field of a name, in JSON's spelling or in that of the protocol.
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "createTime" | "create_time" => Some(Self::CreateTime),
            "to" => Some(Self::To),
            "from" => Some(Self::From),
            "state" => Some(Self::State),
            "direction" => Some(Self::Direction),
            "transport" => Some(Self::Transport),
            _ => None,
        }
    }
}

/// How times are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Comparison {
    /// `=`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    AtMost,
    /// `>`
    Greater,
    /// `>=`
    AtLeast,
}

impl Comparison {
    /// The comparison that holds exactly where this one does not.
    #[must_use]
    pub fn negated(self) -> Self {
        match self {
            Self::Equal => Self::NotEqual,
            Self::NotEqual => Self::Equal,
            Self::Less => Self::AtLeast,
            Self::AtMost => Self::Greater,
            Self::Greater => Self::AtMost,
            Self::AtLeast => Self::Less,
        }
    }
}

/// How texts and names are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Equality {
    /// `=`
    Equal,
    /// `!=`, the exact complement of `=`.
    NotEqual,
}

impl Equality {
    /// The other one.
    #[must_use]
    pub fn negated(self) -> Self {
        match self {
            Self::Equal => Self::NotEqual,
            Self::NotEqual => Self::Equal,
        }
    }
}

/// An operator as it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Op {
    /// `=`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    AtMost,
    /// `>`
    Greater,
    /// `>=`
    AtLeast,
    /// `:`, which asks whether a field is set.
    Has,
}

impl Op {
    /// Every operator, the longer ones before those that they begin with.
    pub const ALL: [Self; 7] = [
        Self::AtMost,
        Self::AtLeast,
        Self::NotEqual,
        Self::Less,
        Self::Greater,
        Self::Equal,
        Self::Has,
    ];

    /// How it is written.
    pub fn text(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::AtMost => "<=",
            Self::Greater => ">",
            Self::AtLeast => ">=",
            Self::Has => ":",
        }
    }
}

impl From<Comparison> for Op {
    fn from(comparison: Comparison) -> Self {
        match comparison {
            Comparison::Equal => Self::Equal,
            Comparison::NotEqual => Self::NotEqual,
            Comparison::Less => Self::Less,
            Comparison::AtMost => Self::AtMost,
            Comparison::Greater => Self::Greater,
            Comparison::AtLeast => Self::AtLeast,
        }
    }
}

impl From<Equality> for Op {
    fn from(equality: Equality) -> Self {
        match equality {
            Equality::Equal => Self::Equal,
            Equality::NotEqual => Self::NotEqual,
        }
    }
}
