//! What the parser says of a text that it cannot understand: what was expected, and the likeliest
//! thing that was meant.

use std::borrow::Cow;
use std::ops::Range;

use super::grammar::KEYWORDS;
use super::scanner::Scanner;
use super::{Field, FilterError};
use crate::call::excerpt;

/// How a restriction on a field is written, for hints.
pub(super) fn example(field: Field) -> &'static str {
    match field {
        Field::CreateTime => "createTime >= '2021-02-01T06:00:00Z'",
        Field::To => "to = '+61*'",
        Field::From => "from = '+61*'",
        Field::State => "state = FAILED",
        Field::Direction => "direction = INCOMING",
        Field::Transport => "transport = SIP",
    }
}

/// Where a restriction should begin stands something else; `name` is the word there, if any.
pub(super) fn not_a_field(name: &str, start: usize, after: &Scanner<'_>) -> FilterError {
    let span = start..after.at();
    if name.is_empty() {
        return no_word(after);
    }
    if KEYWORDS.contains(&name) {
        let reason = format!("expected a restriction such as state = FAILED before {name}");
        return FilterError::new(span, reason);
    }
    if let Some(keyword) = KEYWORDS.iter().find(|word| word.eq_ignore_ascii_case(name)) {
        return FilterError::new(span, format!("{name} is not a field"))
            .hint(format!("keywords are upper-case: write {keyword}"));
    }
    let names = Field::ALL.map(|field| Cow::Borrowed(field.name()));
    let error = FilterError::new(
        span,
        format!(
            "{} cannot be filtered by: expected {}",
            excerpt(name),
            list(&names)
        ),
    );
    match nearest(name, &names) {
        Some(near) => error.hint(format!("did you mean {near}?")),
        None => error,
    }
}

fn no_word(at: &Scanner<'_>) -> FilterError {
    let reason = match at.peek() {
        None => "expected a restriction such as state = FAILED, not the end".to_owned(),
        Some(')') => "expected a restriction such as state = FAILED before )".to_owned(),
        Some(c) => format!("expected a field such as state, not {c:?}"),
    };
    FilterError::new(at.next_span(), reason)
}

fn operators(field: Field) -> &'static str {
    match field {
        Field::CreateTime => "=, !=, <, <=, >, >= or :*",
        Field::To | Field::From | Field::State | Field::Direction | Field::Transport => {
            "=, != or :*"
        }
    }
}

/// After a field stands no operator.
pub(super) fn not_an_operator(field: Field, at: &Scanner<'_>) -> FilterError {
    let reason = format!("expected {} after {}", operators(field), field.name());
    let hint = format!("such as {}", example(field));
    FilterError::new(at.next_span(), reason).hint(hint)
}

/// An operator that other languages have.
pub(super) fn foreign_operator(field: Field, span: Range<usize>) -> FilterError {
    let reason = format!("expected {} after {}", operators(field), field.name());
    FilterError::new(span, reason).hint("equality is a single =")
}

/// An operator that the field does not have.
pub(super) fn unfit_operator(field: Field, span: Range<usize>) -> FilterError {
    let reason = format!("{} has no order: expected = or !=", field.name());
    FilterError::new(span, reason).hint("only createTime can be compared with <, <=, > and >=")
}

/// Where a value should begin stands something else; `word` is the bare word there, if any.
pub(super) fn not_a_value(
    field: Field,
    word: &str,
    start: usize,
    after: &Scanner<'_>,
) -> FilterError {
    let example = format!("such as {}", example(field));
    if word.is_empty() {
        let span = after.next_span();
        return match after.peek() {
            None | Some(')') => {
                FilterError::new(span, format!("expected a value for {}", field.name()))
                    .hint(example)
            }
            Some(c) => FilterError::new(
                span,
                format!("expected a value for {}, not {c:?}", field.name()),
            )
            .hint(format!("put a value with {c:?} in single quotes")),
        };
    }
    let span = start..after.at();
    let reason = if word.starts_with('-') {
        "a value without quotes does not begin with -".to_owned()
    } else {
        format!(
            "expected a value for {}, not the keyword {word}",
            field.name()
        )
    };
    FilterError::new(span, reason).hint(format!("if it is the value, write '{}'", excerpt(word)))
}

/// A bare word goes on with something that no bare word has.
pub(super) fn not_in_a_word(at: &Scanner<'_>) -> FilterError {
    let found = at.peek().unwrap_or_default();
    FilterError::new(
        at.next_span(),
        format!("{found:?} cannot stand in a value without quotes"),
    )
    .hint("put the whole value in single quotes")
}

/// No value of an enum has this name.
pub(super) fn not_a_name(
    field: Field,
    text: &str,
    span: Range<usize>,
    names: &[Cow<'static, str>],
) -> FilterError {
    // The unspecified value is taken, but nobody is looking for it.
    let told = names.get(1..).unwrap_or_default();
    let reason = format!(
        "{:?} is no {}: expected {}",
        excerpt(text),
        field.name(),
        list(told)
    );
    let error = FilterError::new(span, reason);
    if text.contains('*') {
        return error.hint(format!(
            "to ask whether it is set, write {}:*",
            field.name()
        ));
    }
    if told.iter().any(|name| name.eq_ignore_ascii_case(text)) {
        return error.hint(format!("write {}", text.to_ascii_uppercase()));
    }
    match nearest(text, told) {
        Some(near) => error.hint(format!("did you mean {near}?")),
        None => error,
    }
}

/// `a, b or c`
pub(super) fn list(names: &[Cow<'static, str>]) -> String {
    match names.split_last() {
        None => String::new(),
        Some((only, [])) => only.to_string(),
        Some((last, names)) => format!("{} or {last}", names.join(", ")),
    }
}

/// The name that was probably meant: the nearest one, if it is near at all.
pub(super) fn nearest<'a>(text: &str, names: &'a [Cow<'static, str>]) -> Option<&'a str> {
    const NEAR: f64 = 0.8;
    let text = text.chars().take(64).collect::<String>().to_lowercase();
    names
        .iter()
        .map(|name| (strsim::jaro_winkler(&text, &name.to_lowercase()), name))
        .filter(|(likeness, _)| *likeness >= NEAR)
        .max_by(|(a, _), (b, _)| a.total_cmp(b))
        .map(|(_, name)| &**name)
}
