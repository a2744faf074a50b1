//! What a value asks of the field that it stands behind.

use std::ops::Range;

use super::attribute::{Attribute, End, Flag};
use super::complaint;
use super::criterion::Criterion;
use super::language::Entry;
use super::names::{DIRECTIONS, METHODS, STATES, TRANSPORTS, number, spelled};
use super::values::{self, Amount};
use super::when::Times;
use crate::call::{CreateMethod, Direction, State, Transport};
use crate::filter::parser::{comparison, equality};
use crate::filter::{Comparison, Equality, FilterError, Op, Pattern};

/// A value as it was written.
pub(super) struct Value {
    /// The texts before, between and after the stars.
    pub(super) pieces: Vec<String>,
    pub(super) span: Range<usize>,
    /// Whether it stood in quotes, and so is nothing but itself.
    pub(super) is_quoted: bool,
}

impl Value {
    /// The text, if no star in it stands for others.
    pub(super) fn exact(&self) -> Option<String> {
        match &*self.pieces {
            [only] => Some(only.trim().to_owned()),
            _ => None,
        }
    }

    /// The values that somebody means who writes what the screen shows of a number or an address:
    /// there, SIP addresses have no scheme.
    pub(super) fn shown(self, attribute: Attribute) -> Vec<Self> {
        let first = self.pieces.first().map_or("", String::as_str);
        let has_scheme = SCHEMES.iter().any(|scheme| first.starts_with(scheme));
        let is_number = first.starts_with('+') && !self.pieces.concat().contains('@');
        let is_whole = !matches!(attribute, Attribute::Party(_)) || self.is_withheld(attribute);
        if self.is_quoted || first.is_empty() || has_scheme || is_number || is_whole {
            return vec![self];
        }
        let with = |scheme: &&str| {
            let mut pieces = self.pieces.clone();
            if let Some(first) = pieces.first_mut() {
                first.insert_str(0, scheme);
            }
            Self {
                pieces,
                span: self.span.clone(),
                is_quoted: false,
            }
        };
        let mut all: Vec<Self> = SCHEMES.iter().map(with).collect();
        all.insert(0, self);
        all
    }

    /// Whether it is what the screen shows of a caller who withholds the number.
    fn is_withheld(&self, attribute: Attribute) -> bool {
        let is_private = |text: String| text.eq_ignore_ascii_case("private");
        attribute == Attribute::Party(End::From)
            && !self.is_quoted
            && self.exact().is_some_and(is_private)
    }
}

/// How addresses begin that are shown without it.
const SCHEMES: [&str; 2] = ["sip:", "sips:"];

/// What a value asks of a field.
pub(super) fn criterion(
    entry: &'static Entry,
    key: Option<&str>,
    op: Op,
    value: &Value,
) -> Result<Criterion, FilterError> {
    let wrong = |reason: String| {
        FilterError::new(value.span.clone(), reason).hint(format!("such as {}", entry.example))
    };
    // The operators were checked against the field.
    let equality = equality(op).unwrap_or(Equality::Equal);
    let comparison = comparison(op).unwrap_or(Comparison::Equal);
    let exact = || {
        value
            .exact()
            .ok_or_else(|| complaint::no_star(entry, value.span.clone()))
    };
    let name = || -> Result<String, FilterError> { Ok(spelled(&exact()?)) };
    let unknown = |known: &[&str]| complaint::not_a_name(entry, &value.pieces, &value.span, known);
    Ok(match entry.attribute {
        Attribute::Created => {
            Criterion::Created(comparison, Times::parse(&exact()?).map_err(wrong)?)
        }
        Attribute::Party(_) if value.is_withheld(entry.attribute) => {
            Criterion::Flag(Flag::Private, equality == Equality::Equal)
        }
        Attribute::Party(end) => Criterion::Party(end, equality, values::party(&value.pieces)),
        Attribute::State => {
            let state = number(&name()?).map(State::from_number);
            let state = state.map_or_else(|| State::from_name(&name().ok()?), Some);
            Criterion::State(equality, state.ok_or_else(|| unknown(&STATES))?)
        }
        Attribute::Direction => {
            let direction = number(&name()?).map(Direction::from_number);
            let direction = direction.map_or_else(|| Direction::from_name(&name().ok()?), Some);
            Criterion::Direction(equality, direction.ok_or_else(|| unknown(&DIRECTIONS))?)
        }
        Attribute::Transport => {
            let transport = number(&name()?).map(Transport::from_number);
            let transport = transport.map_or_else(|| Transport::from_name(&name().ok()?), Some);
            Criterion::Transport(equality, transport.ok_or_else(|| unknown(&TRANSPORTS))?)
        }
        Attribute::Method => {
            let method = number(&name()?).map(CreateMethod::from_number);
            let method = method.map_or_else(|| CreateMethod::from_name(&name().ok()?), Some);
            Criterion::Method(equality, method.ok_or_else(|| unknown(&METHODS))?)
        }
        Attribute::Text(text) => Criterion::Text(text, equality, Pattern::new(&value.pieces)),
        Attribute::Label => Criterion::Label(
            key.unwrap_or_default().into(),
            equality,
            Pattern::new(&value.pieces),
        ),
        Attribute::Length(length) => {
            Criterion::Length(length, comparison, values::span(&exact()?).map_err(wrong)?)
        }
        Attribute::Price => Criterion::Price(comparison, Amount::parse(&exact()?).map_err(wrong)?),
        Attribute::Flag(flag) => {
            let is = match exact()?.to_ascii_lowercase().as_str() {
                "yes" | "true" => true,
                "no" | "false" => false,
                _ => return Err(wrong("expected yes or no".to_owned())),
            };
            Criterion::Flag(flag, is == (equality == Equality::Equal))
        }
    })
}
