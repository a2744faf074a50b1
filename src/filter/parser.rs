//! Reads the service's dialect into a tree, strictly (`api.md §6.3`): what is not certain to mean
//! the same to every reader is an error with its place, what was expected, and a hint.

use std::borrow::Cow;
use std::ops::Range;

use chrono::{DateTime, Utc};

use super::grammar::{Dialect, KEYWORDS, Limits, Parser, quoted};
use super::scanner::{Scanner, is_bare, is_name};
use super::tree::Restriction;
use super::{Comparison, Condition, Equality, Expr, Field, FilterError, Op, Pattern};
use super::{complaint, time};
use crate::call::{Direction, State, Transport};

/// How many bytes a filter may have.
pub const MAX_BYTES: usize = 2_048;
/// How deep parentheses and NOT may lie within each other.
pub const MAX_NESTING: usize = 20;
/// How many restrictions there may be.
pub const MAX_RESTRICTIONS: usize = 50;

/// The service's dialect.
#[derive(Debug)]
pub(super) struct Service;

impl Dialect for Service {
    type Condition = Condition;

    const LIMITS: Limits = Limits {
        bytes: MAX_BYTES,
        nesting: MAX_NESTING,
        restrictions: MAX_RESTRICTIONS,
    };

    fn eat_keyword(scanner: &mut Scanner<'_>, keyword: &str) -> bool {
        scanner.eat_keyword(keyword)
    }

    fn restriction(parser: &mut Parser<'_, Self>) -> Result<Expr, FilterError> {
        parser.restriction().map(Expr::Restriction)
    }
}

impl Parser<'_, Service> {
    /// `field op value | field ":" "*"`
    fn restriction(&mut self) -> Result<Restriction, FilterError> {
        let start = self.scanner.at();
        let name = self.scanner.take_while(is_name);
        let field_span = start..self.scanner.at();
        let Some(field) = Field::from_name(name) else {
            return Err(complaint::not_a_field(name, start, &self.scanner));
        };
        self.count(&field_span)?;
        self.scanner.skip_blanks();
        let op_start = self.scanner.at();
        let op = self.operator(field)?;
        let op_span = op_start..self.scanner.at();
        self.scanner.skip_blanks();
        let (condition, value_span) = self.condition(field, op, &op_span)?;
        Ok(Restriction {
            condition,
            field_span,
            op_span,
            value_span,
        })
    }

    fn operator(&mut self, field: Field) -> Result<Op, FilterError> {
        let start = self.scanner.at();
        let known = Op::ALL.into_iter().find(|op| self.scanner.eat(op.text()));
        let op = known.ok_or_else(|| complaint::not_an_operator(field, &self.scanner))?;
        // `==`, `=>`, `=<`, `<>` of other languages.
        if self.scanner.rest().starts_with(['=', '<', '>', '!']) {
            self.scanner.bump();
            return Err(complaint::foreign_operator(field, start..self.scanner.at()));
        }
        Ok(op)
    }

    /// What is asked of the field, and where the value stands.
    fn condition(
        &mut self,
        field: Field,
        op: Op,
        op_span: &Range<usize>,
    ) -> Result<(Condition, Range<usize>), FilterError> {
        if op == Op::Has {
            return self.has(field);
        }
        let unfit = || complaint::unfit_operator(field, op_span.clone());
        let equality = equality(op).ok_or_else(unfit);
        let value = match field {
            Field::CreateTime => self.value(field)?,
            Field::To | Field::From | Field::State | Field::Direction | Field::Transport => {
                equality.clone()?;
                self.value(field)?
            }
        };
        let condition = match field {
            Field::CreateTime => {
                Condition::CreateTime(comparison(op).ok_or_else(unfit)?, value.time()?)
            }
            Field::To => Condition::To(equality?, value.pattern()),
            Field::From => Condition::From(equality?, value.pattern()),
            Field::State => {
                let names = State::NAMED.iter().map(|state| state.name());
                let state = value.named(field, State::from_name, names)?;
                Condition::State(equality?, state)
            }
            Field::Direction => {
                let names = Direction::NAMED.iter().map(|direction| direction.name());
                let direction = value.named(field, Direction::from_name, names)?;
                Condition::Direction(equality?, direction)
            }
            Field::Transport => {
                let names = Transport::NAMED.iter().map(|transport| transport.name());
                let transport = value.named(field, Transport::from_name, names)?;
                Condition::Transport(equality?, transport)
            }
        };
        Ok((condition, value.span))
    }

    /// The star after `:`, which is all that can stand there.
    fn has(&mut self, field: Field) -> Result<(Condition, Range<usize>), FilterError> {
        let span = self.scanner.next_span();
        if self.scanner.eat("*") && self.scanner.at_boundary() {
            return Ok((Condition::Has(field), span));
        }
        let example = complaint::example(field);
        Err(FilterError::new(span, "expected * after :").hint(format!(
            "{0}:* asks whether {0} is set; to compare, write {example}",
            field.name()
        )))
    }

    /// A value in quotes, or a bare word.
    fn value(&mut self, field: Field) -> Result<Value, FilterError> {
        let start = self.scanner.at();
        let (pieces, quoted) = if let Some('\'' | '"') = self.scanner.peek() {
            (quoted(&mut self.scanner)?, true)
        } else {
            let word = self.scanner.take_while(is_bare);
            if word.is_empty() || word.starts_with('-') || KEYWORDS.contains(&word) {
                return Err(complaint::not_a_value(field, word, start, &self.scanner));
            }
            (word.split('*').map(str::to_owned).collect(), false)
        };
        let span = start..self.scanner.at();
        if self.scanner.at_boundary() {
            Ok(Value {
                pieces,
                quoted,
                span,
            })
        } else if quoted {
            let next = self.scanner.next_span();
            Err(FilterError::new(
                next,
                "expected a blank after the closing quote",
            ))
        } else {
            Err(complaint::not_in_a_word(&self.scanner))
        }
    }
}

/// A value as it was written.
struct Value {
    /// The texts before, between and after the stars.
    pieces: Vec<String>,
    quoted: bool,
    span: Range<usize>,
}

impl Value {
    /// The text as it stands; nothing if a star in it stands for others.
    fn exact(&self) -> Option<&str> {
        match &*self.pieces {
            [only] => Some(only),
            _ => None,
        }
    }

    fn pattern(&self) -> Pattern {
        Pattern::new(&self.pieces)
    }

    fn time(&self) -> Result<DateTime<Utc>, FilterError> {
        let text = self.exact().unwrap_or_default();
        let time =
            time::parse(text).map_err(|reason| FilterError::new(self.span.clone(), reason))?;
        if self.quoted || !text.contains('T') {
            return Ok(time);
        }
        let reason = "expected quotes around a time";
        Err(FilterError::new(self.span.clone(), reason).hint(format!("write '{text}'")))
    }

    /// The value of an enum by its exact name.
    fn named<T>(
        &self,
        field: Field,
        read: impl Fn(&str) -> Option<T>,
        names: impl Iterator<Item = Cow<'static, str>>,
    ) -> Result<T, FilterError> {
        let text = self.pieces.join("*");
        self.exact().and_then(read).ok_or_else(|| {
            complaint::not_a_name(field, &text, self.span.clone(), &names.collect::<Vec<_>>())
        })
    }
}

pub(super) fn comparison(op: Op) -> Option<Comparison> {
    match op {
        Op::Equal => Some(Comparison::Equal),
        Op::NotEqual => Some(Comparison::NotEqual),
        Op::Less => Some(Comparison::Less),
        Op::AtMost => Some(Comparison::AtMost),
        Op::Greater => Some(Comparison::Greater),
        Op::AtLeast => Some(Comparison::AtLeast),
        Op::Has => None,
    }
}

pub(super) fn equality(op: Op) -> Option<Equality> {
    match op {
        Op::Equal => Some(Equality::Equal),
        Op::NotEqual => Some(Equality::NotEqual),
        Op::Less | Op::AtMost | Op::Greater | Op::AtLeast | Op::Has => None,
    }
}
