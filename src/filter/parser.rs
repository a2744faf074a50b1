//! Reads the service's dialect into a tree, strictly (`api.md §6.3`): what is not certain to mean
//! the same to every reader is an error with its place, what was expected, and a hint.

use std::borrow::Cow;
use std::ops::Range;

use chrono::{DateTime, Utc};

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

/// The words that are no values.
pub(super) const KEYWORDS: [&str; 3] = ["AND", "OR", "NOT"];

/// The tree of a text; nothing for a blank one.
pub(super) fn parse(text: &str) -> Result<Option<Expr>, FilterError> {
    if text.len() > MAX_BYTES {
        let reason = format!("a filter has at most {MAX_BYTES} bytes, not {}", text.len());
        let start = (0..=MAX_BYTES).rev().find(|&at| text.is_char_boundary(at));
        return Err(FilterError::new(
            start.unwrap_or_default()..text.len(),
            reason,
        ));
    }
    let mut parser = Parser {
        scanner: Scanner::new(text),
        restrictions: 0,
    };
    parser.scanner.skip_blanks();
    if parser.scanner.peek().is_none() {
        return Ok(None);
    }
    let tree = parser.conjunction(0)?;
    match parser.scanner.peek() {
        None => Ok(Some(tree)),
        Some(_) => Err(FilterError::new(
            parser.scanner.next_span(),
            "this parenthesis closes nothing",
        )),
    }
}

struct Parser<'a> {
    scanner: Scanner<'a>,
    restrictions: usize,
}

impl Parser<'_> {
    /// `conj := disj { [ "AND" ] disj }`, up to the end or to a closing parenthesis.
    fn conjunction(&mut self, depth: usize) -> Result<Expr, FilterError> {
        let first = self.disjunction(depth)?;
        let mut more = Vec::new();
        loop {
            self.scanner.skip_blanks();
            match self.scanner.peek() {
                None | Some(')') => break,
                Some(_) => {
                    self.scanner.eat_keyword("AND");
                    more.push(self.disjunction(depth)?);
                }
            }
        }
        Ok(Expr::all(first, more))
    }

    /// `disj := unary { "OR" unary }`: tighter than AND.
    fn disjunction(&mut self, depth: usize) -> Result<Expr, FilterError> {
        let first = self.unary(depth)?;
        let mut more = Vec::new();
        loop {
            self.scanner.skip_blanks();
            if !self.scanner.eat_keyword("OR") {
                break;
            }
            more.push(self.unary(depth)?);
        }
        Ok(Expr::any(first, more))
    }

    /// `unary := [ "NOT" | "-" ] prim`
    fn unary(&mut self, depth: usize) -> Result<Expr, FilterError> {
        self.scanner.skip_blanks();
        let start = self.scanner.at();
        if !self.scanner.eat("-") && !self.scanner.eat_keyword("NOT") {
            return self.primary(depth);
        }
        let depth = deeper(depth, start..self.scanner.at())?;
        self.scanner.skip_blanks();
        let again = self.scanner.next_span();
        if self.scanner.eat("-") || self.scanner.eat_keyword("NOT") {
            let span = again.start..self.scanner.at();
            return Err(FilterError::new(span, "expected a restriction after NOT")
                .hint("write NOT (NOT …) if that is what is meant"));
        }
        let inner = Box::new(self.primary(depth)?);
        let span = start..self.scanner.at();
        Ok(Expr::Not { inner, span })
    }

    /// `prim := "(" conj ")" | restriction`
    fn primary(&mut self, depth: usize) -> Result<Expr, FilterError> {
        self.scanner.skip_blanks();
        let opening = self.scanner.next_span();
        if !self.scanner.eat("(") {
            return self.restriction().map(Expr::Restriction);
        }
        let depth = deeper(depth, opening.clone())?;
        let inner = self.conjunction(depth)?;
        if self.scanner.eat(")") {
            Ok(inner)
        } else {
            Err(
                FilterError::new(opening, "this parenthesis is never closed")
                    .hint("add ) at the end"),
            )
        }
    }

    /// `field op value | field ":" "*"`
    fn restriction(&mut self) -> Result<Restriction, FilterError> {
        let start = self.scanner.at();
        let name = self.scanner.take_while(is_name);
        let field_span = start..self.scanner.at();
        let Some(field) = Field::from_name(name) else {
            return Err(complaint::not_a_field(name, start, &self.scanner));
        };
        self.restrictions += 1;
        if self.restrictions > MAX_RESTRICTIONS {
            let reason = format!("a filter has at most {MAX_RESTRICTIONS} restrictions");
            return Err(FilterError::new(field_span, reason));
        }
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
        let (pieces, quoted) = if let Some(quote @ ('\'' | '"')) = self.scanner.peek() {
            (self.quoted(quote)?, true)
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

    /// The texts between the stars of a value in quotes.
    fn quoted(&mut self, quote: char) -> Result<Vec<String>, FilterError> {
        let opening = self.scanner.next_span();
        self.scanner.bump();
        let mut pieces = Vec::new();
        let mut piece = String::new();
        loop {
            let at = self.scanner.at();
            match self.scanner.bump() {
                None => {
                    return Err(FilterError::new(opening, "this quote is never closed")
                        .hint(format!("add {quote} after the value")));
                }
                Some(c) if c == quote => {
                    pieces.push(piece);
                    return Ok(pieces);
                }
                Some('*') => pieces.push(std::mem::take(&mut piece)),
                Some('\\') => piece.push(self.escaped(at)?),
                Some(c) => piece.push(c),
            }
        }
    }

    /// What a backslash stands before; `at` is where the backslash is.
    fn escaped(&mut self, at: usize) -> Result<char, FilterError> {
        if let Some(c @ ('\'' | '"' | '\\' | '*')) = self.scanner.bump() {
            return Ok(c);
        }
        let reason = r#"expected ', ", \ or * after a backslash"#;
        Err(FilterError::new(at..self.scanner.at(), reason)
            .hint(r"write \\ for a backslash itself"))
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

/// One level further in.
fn deeper(depth: usize, span: Range<usize>) -> Result<usize, FilterError> {
    if depth < MAX_NESTING {
        return Ok(depth + 1);
    }
    let reason = format!("parentheses and NOT lie at most {MAX_NESTING} levels deep");
    Err(FilterError::new(span, reason))
}

fn comparison(op: Op) -> Option<Comparison> {
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

fn equality(op: Op) -> Option<Equality> {
    match op {
        Op::Equal => Some(Equality::Equal),
        Op::NotEqual => Some(Equality::NotEqual),
        Op::Less | Op::AtMost | Op::Greater | Op::AtLeast | Op::Has => None,
    }
}
