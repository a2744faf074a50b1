//! What is said of a text that the console's dialect does not understand.

use std::borrow::Cow;
use std::ops::Range;

use super::language::{self, Entry, SINCE, UNTIL};
use crate::call::excerpt;
use crate::filter::complaint::{list, nearest};
use crate::filter::scanner::Scanner;
use crate::filter::{FilterError, Op};

/// Where a restriction should begin stands something else.
pub(super) fn no_word(at: &Scanner<'_>) -> FilterError {
    let reason = match at.peek() {
        None => "expected a field or a word, not the end".to_owned(),
        Some(')') => "expected a field or a word before )".to_owned(),
        Some(c) => format!("expected a field or a word, not {c:?}"),
    };
    FilterError::new(at.next_span(), reason).hint("such as failed, or state = failed, busy")
}

/// A keyword stands where a restriction should begin.
pub(super) fn keyword(keyword: &str, span: Range<usize>) -> FilterError {
    FilterError::new(span, format!("expected a field or a word before {keyword}")).hint(format!(
        "to look for the word, write '{}'",
        keyword.to_lowercase()
    ))
}

/// A name that no field has stands before an operator.
pub(super) fn not_a_field(text: &str, span: &Range<usize>) -> FilterError {
    let name = text.get(span.clone()).unwrap_or_default();
    let names: Vec<Cow<'static, str>> = language::language()
        .fields
        .iter()
        .map(|entry| entry.name)
        .chain([SINCE, UNTIL])
        .map(Cow::Borrowed)
        .collect();
    let told = format!("{} is no field: expected {}", excerpt(name), list(&names));
    let error = FilterError::new(span.clone(), told);
    match nearest(name, &names) {
        Some(near) => error.hint(format!("did you mean {near}?")),
        None => error.hint("to look for the text, put it in quotes"),
    }
}

/// A colon behind something that is no field. Within some words it is at home.
pub(super) fn not_before_a_colon<T>(
    text: &str,
    name: &Range<usize>,
) -> Result<Option<T>, FilterError> {
    let word = text.get(name.clone()).unwrap_or_default();
    let after = text.get(name.end..).unwrap_or_default();
    let is_word = after.starts_with("://")
        || word.eq_ignore_ascii_case("sips")
        || word.bytes().all(|b| b.is_ascii_digit());
    if is_word {
        Ok(None)
    } else {
        Err(not_a_field(text, name))
    }
}

fn operators(entry: &Entry) -> String {
    let mut names: Vec<Cow<'static, str>> = entry
        .kind
        .operators()
        .iter()
        .map(|op| Cow::Borrowed(op.text()))
        .collect();
    names.push(Cow::Borrowed(":*"));
    list(&names)
}

/// A field without an operator.
pub(super) fn no_operator(entry: &Entry, key: Option<&str>, span: Range<usize>) -> FilterError {
    let end = span.end..span.end;
    let reason = match key {
        Some(key) => format!("expected {} after label.{}", operators(entry), excerpt(key)),
        None => format!("expected {} after {}", operators(entry), entry.name),
    };
    FilterError::new(end, reason).hint(format!(
        "such as {}; to look for the word, put it in quotes",
        entry.example
    ))
}

/// `since` or `until` without a time.
pub(super) fn no_bound(name: &str, span: Range<usize>) -> FilterError {
    let name = name.to_lowercase();
    FilterError::new(
        span.end..span.end,
        format!("expected : and a time after {name}"),
    )
    .hint(format!("such as {name}:2h or {name}:10:00"))
}

/// A label without its key.
pub(super) fn no_key(span: Range<usize>) -> FilterError {
    FilterError::new(span.end..span.end, "expected . and the key of a label")
        .hint("such as label.campaign = spring, or label.'my key':*; label:* is any label")
}

/// An operator that other languages have.
pub(super) fn foreign_operator(entry: Option<&Entry>, span: Range<usize>) -> FilterError {
    let expected = entry.map_or_else(|| ":".to_owned(), operators);
    FilterError::new(span, format!("expected {expected} here")).hint("equality is a single =")
}

/// Half of an operator by which other languages join conditions.
pub(super) fn foreign_joint(sign: &str, span: Range<usize>) -> FilterError {
    let keyword = if sign == "&" { "AND" } else { "OR" };
    FilterError::new(span, format!("expected a field or a word, not {sign}")).hint(format!(
        "write {keyword}; to look for the sign, put it in quotes"
    ))
}

/// An operator that the field does not have.
pub(super) fn unfit_operator(entry: Option<&Entry>, span: Range<usize>) -> FilterError {
    match entry {
        Some(entry) => {
            let reason = format!("{} has no order: expected = or !=", entry.name);
            FilterError::new(span, reason)
                .hint("what can be compared with <, <=, > and >= are times, lengths and the price")
        }
        None => FilterError::new(span, "expected : here").hint("such as since:2h until:10:00"),
    }
}

/// A list where only one value can stand.
pub(super) fn no_list(op: Op, span: Range<usize>) -> FilterError {
    FilterError::new(span, format!("{} takes one value", op.text()))
        .hint("a list of values needs = or !=")
}

/// Where a value should begin stands something else; `word` is the keyword there, if any.
pub(super) fn no_value(
    entry: &Entry,
    word: &str,
    start: usize,
    after: &Scanner<'_>,
) -> FilterError {
    let name = entry.name;
    if !word.is_empty() {
        let reason = format!("expected a value for {name}, not the keyword {word}");
        return FilterError::new(start..after.at(), reason)
            .hint(format!("if it is the value, write '{word}'"));
    }
    let reason = match after.peek() {
        None | Some(')') => format!("expected a value for {name}"),
        Some(c) => format!("expected a value for {name}, not {c:?}"),
    };
    FilterError::new(after.next_span(), reason).hint(format!(
        "{}; such as {}",
        entry.kind.values(),
        entry.example
    ))
}

/// A star in a value that is compared as a whole.
pub(super) fn no_star(entry: &Entry, span: Range<usize>) -> FilterError {
    FilterError::new(span, format!("a value of {} has no *", entry.name))
        .hint(format!("to ask whether it is set, write {}:*", entry.name))
}

/// No value of the field has this name.
pub(super) fn not_a_name(
    entry: &Entry,
    pieces: &[String],
    span: &Range<usize>,
    known: &[&str],
) -> FilterError {
    let text = pieces.join("*");
    let names: Vec<Cow<'static, str>> = known
        .iter()
        .map(|name| Cow::Owned((*name).to_owned()))
        .collect();
    let reason = format!(
        "{:?} is no {}: expected {}",
        excerpt(&text),
        entry.name,
        list(&names)
    );
    let error = FilterError::new(span.clone(), reason);
    match nearest(&text, &names) {
        Some(near) => error.hint(format!("did you mean {near}?")),
        None => error,
    }
}

/// Nothing to look for.
pub(super) fn empty_word(span: Range<usize>) -> FilterError {
    FilterError::new(span, "expected some text to look for")
}

/// Something stands directly behind a word or a closing quote.
pub(super) fn not_behind_a_word(at: &Scanner<'_>) -> FilterError {
    let found = at.peek().unwrap_or_default();
    FilterError::new(at.next_span(), format!("expected a blank before {found:?}"))
        .hint("to look for both together, put them in quotes")
}
