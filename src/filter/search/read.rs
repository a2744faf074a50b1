//! Reads restrictions of the console's dialect: names and keywords in any case, lists, times and
//! lengths as people write them, and words that stand for themselves.

use std::ops::Range;

use super::asked::{Value, criterion};
use super::attribute::{Attribute, Text};
use super::complaint;
use super::criterion::{Criterion, is_key};
use super::joined;
use super::language::{self, Entry, SINCE, UNTIL};
use super::names::named_in;
use super::when::{Times, When};
use super::{MAX_SEARCH_BYTES, MAX_SEARCH_NESTING, MAX_SEARCH_RESTRICTIONS};
use crate::call::State;
use crate::filter::grammar::{Dialect, KEYWORDS, Limits, Parser, quoted};
use crate::filter::scanner::{JOINTS, Scanner, is_blank};
use crate::filter::tree::Restriction;
use crate::filter::{Comparison, Equality, Expr, FilterError, Op, Pattern};

/// The console's dialect.
#[derive(Debug)]
pub(super) struct Console;

type Tree = Expr<Criterion>;

impl Dialect for Console {
    type Condition = Criterion;

    const LIMITS: Limits = Limits {
        bytes: MAX_SEARCH_BYTES,
        nesting: MAX_SEARCH_NESTING,
        restrictions: MAX_SEARCH_RESTRICTIONS,
    };

    fn eat_keyword(scanner: &mut Scanner<'_>, keyword: &str) -> bool {
        if keyword == "NOT" && state_in_two_words(scanner.rest()).is_some() {
            return false;
        }
        let start = scanner.at();
        if eat_sign_of(scanner, keyword) {
            return true;
        }
        let comes = scanner.eat_keyword_in_any_case(keyword);
        // `not-answered` is a state, and a second negation would be an error anyway.
        let is_word = comes && keyword == "NOT" && scanner.peek() == Some('-');
        if is_word {
            scanner.rewind(start);
        }
        comes && !is_word
    }

    fn restriction(parser: &mut Parser<'_, Self>) -> Result<Tree, FilterError> {
        parser.something()
    }
}

/// Goes past what other languages write for a keyword: `&&`, `||`, `!`.
fn eat_sign_of(scanner: &mut Scanner<'_>, keyword: &str) -> bool {
    if keyword == "NOT" {
        return !scanner.rest().starts_with("!=") && scanner.eat("!");
    }
    let mut signs = JOINTS.iter().filter(|(_, means)| *means == keyword);
    signs.any(|(sign, _)| scanner.eat(sign))
}

/// A state as the screen spells it, if a text begins with one of two words, and their length:
/// `not answered` is what somebody reads there, and never the opposite of the word `answered`.
fn state_in_two_words(text: &str) -> Option<(State, usize)> {
    let states = [
        (State::NotAnswered, "not", "answered"),
        (State::InProgress, "in", "progress"),
    ];
    states.into_iter().find_map(|(state, first, second)| {
        let begins = |text: &str, word: &str| {
            text.get(..word.len())
                .is_some_and(|start| start.eq_ignore_ascii_case(word))
        };
        let behind = text.get(first.len()..).filter(|_| begins(text, first))?;
        let rest = behind.trim_start_matches(is_blank);
        let ends = rest.get(second.len()..).filter(|_| begins(rest, second))?;
        let is_whole =
            !ends.starts_with(|c: char| is_token(c) || matches!(c, '=' | '<' | '>' | '!'));
        (rest.len() < behind.len() && is_whole).then(|| (state, text.len() - ends.len()))
    })
}

/// What a restriction begins with.
enum Head {
    /// A field, or one label's key where there is one.
    Field(&'static Entry, Option<Box<str>>),
    /// `since` or `until`.
    Bound(Comparison),
    /// A name that no field has.
    Unknown,
}

impl Parser<'_, Console> {
    /// A restriction on a field, or something that stands for one.
    fn something(&mut self) -> Result<Tree, FilterError> {
        let start = self.scanner.at();
        if let Some('\'' | '"') = self.scanner.peek() {
            let pieces = quoted(&mut self.scanner)?;
            return self.word(&pieces, start);
        }
        if let Some((state, length)) = state_in_two_words(self.scanner.rest()) {
            let end = start + length;
            while self.scanner.at() < end {
                self.scanner.bump();
            }
            return self.alone(Criterion::State(Equality::Equal, state), start..end);
        }
        let name = self.scanner.take_while(is_word);
        let (head, is_whole) = self.head(name)?;
        let span = start..self.scanner.at();
        if let Some((op, op_span)) = self.operator(&head, &span)? {
            return self.restriction(head, span, op, op_span);
        }
        self.scanner.rewind(start);
        let token = self.scanner.take_to_joint(is_token);
        let span = start..self.scanner.at();
        if let "&" | "|" = token {
            return Err(complaint::foreign_joint(token, span));
        }
        if token.is_empty() {
            return Err(complaint::no_word(&self.scanner));
        }
        if let Some(keyword) = KEYWORDS
            .iter()
            .find(|word| word.eq_ignore_ascii_case(token))
        {
            return Err(complaint::keyword(keyword, span));
        }
        if let Some(times) = Times::parse_bare(token) {
            return self.alone(Criterion::Created(Comparison::Equal, times), span);
        }
        if let Some(attribute) = named_in(token) {
            self.scanner.rewind(start);
            let here = start..start;
            return self.list(
                language::about(attribute),
                None,
                Op::Equal,
                (here.clone(), here),
            );
        }
        match head {
            Head::Field(entry, None) if is_whole && token.len() == name.len() => {
                match entry.attribute {
                    Attribute::Flag(flag) => self.alone(Criterion::Flag(flag, true), span),
                    _ => Err(complaint::no_operator(entry, None, span)),
                }
            }
            Head::Field(entry, Some(key)) => Err(complaint::no_operator(entry, Some(&key), span)),
            Head::Bound(_) if token.len() == name.len() => Err(complaint::no_bound(name, span)),
            Head::Field(..) | Head::Bound(_) | Head::Unknown => self.word(&pieces_of(token), start),
        }
    }

    /// What a name means, and whether nothing belongs to it that comes behind it.
    fn head(&mut self, name: &str) -> Result<(Head, bool), FilterError> {
        if name.eq_ignore_ascii_case(SINCE) {
            return Ok((Head::Bound(Comparison::AtLeast), true));
        }
        if name.eq_ignore_ascii_case(UNTIL) {
            return Ok((Head::Bound(Comparison::AtMost), true));
        }
        let Some(entry) = language::find(name) else {
            return Ok((Head::Unknown, true));
        };
        if entry.attribute != Attribute::Label || !self.scanner.eat(".") {
            return Ok((Head::Field(entry, None), true));
        }
        if let Some('\'' | '"') = self.scanner.peek() {
            let key = quoted(&mut self.scanner)?.join("*");
            return Ok((Head::Field(entry, Some(key.into())), false));
        }
        let key = self.scanner.take_while(is_key);
        if key.is_empty() {
            return Err(complaint::no_key(self.scanner.at()..self.scanner.at()));
        }
        Ok((Head::Field(entry, Some(key.into())), false))
    }

    /// The operator behind a name, if there is one. A colon counts only where it cannot be part of a
    /// word, such as an address.
    fn operator(
        &mut self,
        head: &Head,
        name: &Range<usize>,
    ) -> Result<Option<(Op, Range<usize>)>, FilterError> {
        if name.is_empty() {
            return Ok(None);
        }
        let is_name = !matches!(head, Head::Unknown);
        let joined = self.scanner.at();
        if !is_name && self.scanner.rest().starts_with(':') {
            return complaint::not_before_a_colon(self.scanner.text(), name);
        }
        if is_address(head, self.scanner.rest()) {
            return Ok(None);
        }
        self.scanner.skip_blanks();
        let start = self.scanner.at();
        let op = Op::ALL.into_iter().find(|op| self.scanner.eat(op.text()));
        let Some(op) = op.filter(|op| is_name || *op != Op::Has) else {
            self.scanner.rewind(joined);
            return Ok(None);
        };
        let entry = match head {
            Head::Unknown => return Err(complaint::not_a_field(self.scanner.text(), name)),
            Head::Field(entry, _) => Some(*entry),
            Head::Bound(_) => None,
        };
        if self.scanner.rest().starts_with(['=', '<', '>', '!']) {
            self.scanner.bump();
            return Err(complaint::foreign_operator(entry, start..self.scanner.at()));
        }
        let span = start..self.scanner.at();
        let fits = match entry {
            Some(entry) => op == Op::Has || entry.kind.operators().contains(&op),
            None => matches!(op, Op::Has | Op::Equal),
        };
        if fits {
            Ok(Some((op, span)))
        } else {
            Err(complaint::unfit_operator(entry, span))
        }
    }

    /// What stands behind a field and its operator.
    fn restriction(
        &mut self,
        head: Head,
        name: Range<usize>,
        op: Op,
        op_span: Range<usize>,
    ) -> Result<Tree, FilterError> {
        self.scanner.skip_blanks();
        let (entry, key) = match head {
            Head::Bound(comparison) => return self.bound(comparison, name, op_span),
            Head::Field(entry, key) => (entry, key),
            Head::Unknown => return Err(complaint::not_a_field(self.scanner.text(), &name)),
        };
        if entry.attribute == Attribute::Label && key.is_none() && op != Op::Has {
            return Err(complaint::no_key(name));
        }
        if op != Op::Has {
            return self.list(entry, key.as_deref(), op, (name, op_span));
        }
        let start = self.scanner.at();
        if self.scanner.eat("*") && self.at_end_of_value() {
            let condition = match key {
                Some(key) => Criterion::HasLabel(key),
                None => Criterion::Has(entry.attribute),
            };
            self.count(&name)?;
            return Ok(Expr::Restriction(Restriction {
                condition,
                field_span: name,
                op_span,
                value_span: start..self.scanner.at(),
            }));
        }
        self.scanner.rewind(start);
        if entry.attribute == Attribute::Label && key.is_none() {
            return Err(complaint::no_key(name));
        }
        self.list(entry, key.as_deref(), Op::Equal, (name, op_span))
    }

    /// `since:2h`, `until:10:00`
    fn bound(
        &mut self,
        comparison: Comparison,
        name: Range<usize>,
        op_span: Range<usize>,
    ) -> Result<Tree, FilterError> {
        let entry = language::about(Attribute::Created);
        let value = self.value(entry)?;
        let when = value.exact().ok_or_else(|| "a time has no *".to_owned());
        let when = when
            .and_then(|text| When::parse_bound(&text))
            .map_err(|reason| FilterError::new(value.span.clone(), reason))?;
        self.count(&name)?;
        Ok(Expr::Restriction(Restriction {
            condition: Criterion::Created(comparison, Times::One(when)),
            field_span: name,
            op_span,
            value_span: value.span,
        }))
    }

    /// One value or several with commas between them: with `=` one of them, with `!=` none.
    fn list(
        &mut self,
        entry: &'static Entry,
        key: Option<&str>,
        op: Op,
        (field_span, op_span): (Range<usize>, Range<usize>),
    ) -> Result<Tree, FilterError> {
        let mut parts = Vec::new();
        loop {
            let value = self.value(entry)?;
            for value in value.shown(entry.attribute) {
                let condition = criterion(entry, key, op, &value)?;
                self.count(&value.span)?;
                parts.push(Expr::Restriction(Restriction {
                    condition,
                    field_span: field_span.clone(),
                    op_span: op_span.clone(),
                    value_span: value.span,
                }));
            }
            let end = self.scanner.at();
            self.scanner.skip_blanks();
            let comma = self.scanner.next_span();
            if !self.scanner.eat(",") {
                self.scanner.rewind(end);
                break;
            }
            if !matches!(op, Op::Equal | Op::NotEqual) {
                return Err(complaint::no_list(op, comma));
            }
            self.scanner.skip_blanks();
        }
        let first = parts.remove(0);
        Ok(match op {
            Op::NotEqual => Expr::all(first, parts),
            _ => Expr::any(first, parts),
        })
    }

    /// A value in quotes, or all up to a blank, a comma or a parenthesis.
    fn value(&mut self, entry: &Entry) -> Result<Value, FilterError> {
        let start = self.scanner.at();
        let (pieces, is_quoted) = if let Some('\'' | '"') = self.scanner.peek() {
            (quoted(&mut self.scanner)?, true)
        } else {
            let word = self.scanner.take_to_joint(is_value);
            if word.is_empty() || KEYWORDS.iter().any(|key| key.eq_ignore_ascii_case(word)) {
                return Err(complaint::no_value(entry, word, start, &self.scanner));
            }
            let joined = joined::joined(&mut self.scanner, entry.kind, word);
            (
                joined.map_or_else(|| pieces_of(word), |text| vec![text]),
                false,
            )
        };
        let span = start..self.scanner.at();
        if self.at_end_of_value() {
            return Ok(Value {
                pieces,
                span,
                is_quoted,
            });
        }
        let next = self.scanner.next_span();
        Err(if is_quoted {
            FilterError::new(next, "expected a blank after the closing quote")
        } else {
            FilterError::new(next, "a quote cannot stand in a value without quotes")
                .hint("put the whole value in quotes")
        })
    }

    /// A condition that is written without an operator.
    fn alone(&mut self, condition: Criterion, span: Range<usize>) -> Result<Tree, FilterError> {
        self.count(&span)?;
        Ok(Expr::Restriction(Restriction {
            condition,
            field_span: span.start..span.start,
            op_span: span.start..span.start,
            value_span: span,
        }))
    }

    /// A word that is looked for in all texts.
    fn word(&mut self, pieces: &[String], start: usize) -> Result<Tree, FilterError> {
        let span = start..self.scanner.at();
        if pieces.iter().all(String::is_empty) {
            return Err(complaint::empty_word(span));
        }
        if !self.at_end_of_value() {
            return Err(complaint::not_behind_a_word(&self.scanner));
        }
        self.alone(Criterion::Word(Pattern::new(pieces)), span)
    }

    fn at_end_of_value(&self) -> bool {
        self.scanner.at_boundary() || self.scanner.peek() == Some(',') || self.scanner.at_joint()
    }
}

fn is_address(head: &Head, rest: &str) -> bool {
    matches!(head, Head::Field(entry, _) if goes_on_as_address(entry, rest))
}

/// `sip:100@pbx.example`: an address, and no condition on the SIP `Call-ID`.
pub(super) fn goes_on_as_address(entry: &Entry, rest: &str) -> bool {
    entry.attribute == Attribute::Text(Text::Sip)
        && rest.strip_prefix(':').is_some_and(|after| {
            let end = after.find(|c| !is_token(c)).unwrap_or(after.len());
            after.split_at(end).0.contains('@')
        })
}

fn pieces_of(word: &str) -> Vec<String> {
    word.split('*').map(str::to_owned).collect()
}

/// What names are made of.
pub(super) fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// What a value without quotes is made of.
pub(super) fn is_value(c: char) -> bool {
    !is_blank(c) && !matches!(c, '(' | ')' | '\'' | '"' | ',')
}

/// What a word on its own is made of.
pub(super) fn is_token(c: char) -> bool {
    is_value(c) && !matches!(c, '=' | '<' | '>')
}
