//! Numbers and their units that were written with blanks between them: `5 s`, `0.05 AUD`.

use super::language::Kind;
use super::read::is_value;
use super::values;
use crate::filter::scanner::Scanner;

/// A value of a kind together with what belongs to it behind blanks; the word of it that comes first
/// has been read. Nothing where nothing belongs to it.
pub(super) fn joined(scanner: &mut Scanner<'_>, kind: Kind, word: &str) -> Option<String> {
    match kind {
        Kind::Money if values::is_currency(word) => {
            let is_amount = |next: &str| next.starts_with(|c: char| c.is_ascii_digit() || c == '-');
            let amount = next_if(scanner, is_amount).unwrap_or_default();
            Some(format!("{word} {amount}"))
        }
        Kind::Money if values::is_number(word.strip_prefix('-').unwrap_or(word)) => {
            next_if(scanner, values::is_currency_behind).map(|code| format!("{word} {code}"))
        }
        Kind::Length | Kind::Time => length(scanner, word),
        Kind::Money | Kind::Party | Kind::Name | Kind::Text | Kind::Flag => None,
    }
}

/// `1 m 30 s` as `1m30s`. A number is one of these only where a unit stands behind it.
fn length(scanner: &mut Scanner<'_>, word: &str) -> Option<String> {
    let mut text = word.to_owned();
    loop {
        let last = text.strip_prefix('-').unwrap_or(&text);
        if values::is_number(last) {
            text.push_str(next_if(scanner, values::is_unit)?);
        } else if values::is_span(last) {
            if let Some(more) = next_if(scanner, values::is_span) {
                text.push_str(more);
                continue;
            }
            let start = scanner.at();
            let pair = next_if(scanner, values::is_number)
                .and_then(|number| Some([number, next_if(scanner, values::is_unit)?].concat()));
            let Some(pair) = pair else {
                scanner.rewind(start);
                break;
            };
            text.push_str(&pair);
        } else {
            break;
        }
    }
    (text != word).then_some(text)
}

/// Goes past the next word if it is one of a kind.
fn next_if<'a>(scanner: &mut Scanner<'a>, is: impl Fn(&str) -> bool) -> Option<&'a str> {
    let start = scanner.at();
    scanner.skip_blanks();
    let word = scanner.take_to_joint(is_value);
    if is(word) {
        return Some(word);
    }
    scanner.rewind(start);
    None
}
