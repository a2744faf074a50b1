//! Values as people write them: lengths of time, amounts of money, telephone numbers.

use std::fmt;

use crate::call::Money;
use crate::filter::Pattern;
use crate::filter::grammar::KEYWORDS;

const NANOS_PER_SECOND: u64 = 1_000_000_000;
/// The longest length of time: more than any call lasts, and far from where sums overflow.
const LONGEST_SECONDS: u64 = 10_000 * 86_400;
pub(super) const TOO_LONG: &str = "expected at most 10,000 days";
const SPAN_SHAPES: &str = "expected a length of time such as 30s, 1m30s, 1.5h or 250ms";
const MONEY_SHAPES: &str = "expected an amount such as 0.05 or AUD 0.05";

/// Units of time in nanoseconds, the longer names before those that they begin with.
#[rustfmt::skip] // a table is read by its columns
const UNITS: [(&str, u64); 19] = [
    ("ms", NANOS_PER_SECOND / 1_000),
    ("days", DAY), ("day", DAY), ("d", DAY),
    ("hours", HOUR), ("hour", HOUR), ("hrs", HOUR), ("hr", HOUR), ("h", HOUR),
    ("minutes", MINUTE), ("minute", MINUTE), ("mins", MINUTE), ("min", MINUTE), ("m", MINUTE),
    ("seconds", NANOS_PER_SECOND), ("second", NANOS_PER_SECOND), ("secs", NANOS_PER_SECOND),
    ("sec", NANOS_PER_SECOND), ("s", NANOS_PER_SECOND),
];
const DAY: u64 = 24 * HOUR;
const HOUR: u64 = 60 * MINUTE;
const MINUTE: u64 = 60 * NANOS_PER_SECOND;
/// Currencies whose codes are no words of other kinds, and so are read in any letter case.
const CURRENCIES: [&str; 10] = [
    "AUD", "CAD", "CHF", "EUR", "GBP", "HKD", "JPY", "NZD", "SGD", "USD",
];

/// Whether a text has the shape of a length of time.
pub(super) fn is_span(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_digit())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.')
        && span(text).is_ok_and(|_| true)
}

/// Reads a length of time in nanoseconds: numbers with units, such as `1m30s` or `1.5h`.
pub(super) fn span(text: &str) -> Result<u64, String> {
    if !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit() || b == b'.') {
        return Err(format!(
            "expected a unit after the number, such as {text}s or {text}m"
        ));
    }
    let mut total = 0_u64;
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest
            .bytes()
            .take_while(|b| b.is_ascii_digit() || *b == b'.')
            .count();
        let (number, after) = rest.split_at(digits);
        let lower = |unit: &str| {
            after
                .get(..unit.len())
                .is_some_and(|a| a.eq_ignore_ascii_case(unit))
        };
        let (unit, nanos) = UNITS
            .into_iter()
            .find(|(unit, _)| lower(unit))
            .ok_or_else(|| SPAN_SHAPES.to_owned())?;
        total = total.saturating_add(part(number, nanos)?);
        rest = after.get(unit.len()..).unwrap_or_default();
    }
    if text.is_empty() {
        return Err(SPAN_SHAPES.to_owned());
    }
    if total > LONGEST_SECONDS * NANOS_PER_SECOND {
        return Err(TOO_LONG.to_owned());
    }
    Ok(total)
}

/// So many units of so many nanoseconds, exactly; what is less than a nanosecond is no length.
fn part(number: &str, unit: u64) -> Result<u64, String> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if !digits(whole) || !digits(fraction) {
        return Err(SPAN_SHAPES.to_owned());
    }
    if whole.trim_start_matches('0').len() > 12 || fraction.len() > 9 {
        return Err(TOO_LONG.to_owned());
    }
    let whole: u64 = whole.parse().unwrap_or_default();
    let scale = 10_u128.pow(u32::try_from(fraction.len()).unwrap_or_default());
    let fraction: u128 = fraction.parse().unwrap_or_default();
    let fraction = u64::try_from(u128::from(unit) * fraction / scale).unwrap_or_default();
    Ok(whole.saturating_mul(unit).saturating_add(fraction))
}

/// A length of time in nanoseconds, as [`span`] reads it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Span(pub(super) u64);

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (seconds, nanos) = (self.0 / NANOS_PER_SECOND, self.0 % NANOS_PER_SECOND);
        let (hours, minutes, seconds) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
        if hours > 0 {
            write!(f, "{hours}h")?;
        }
        if minutes > 0 {
            write!(f, "{minutes}m")?;
        }
        if nanos > 0 {
            let fraction = format!("{nanos:09}");
            return write!(f, "{seconds}.{}s", fraction.trim_end_matches('0'));
        }
        if seconds > 0 || self.0 < NANOS_PER_SECOND {
            write!(f, "{seconds}s")?;
        }
        Ok(())
    }
}

/// Whether a word is the code of a currency, behind which the number is to come.
pub(super) fn is_currency(word: &str) -> bool {
    word.len() == 3 && word.bytes().all(|b| b.is_ascii_alphabetic())
}

/// Whether a word behind a number is the code of its currency, and nothing else.
pub(super) fn is_currency_behind(word: &str) -> bool {
    let capitals = word.bytes().all(|b| b.is_ascii_uppercase());
    is_currency(word)
        && !KEYWORDS.contains(&word)
        && (capitals
            || CURRENCIES
                .iter()
                .any(|code| code.eq_ignore_ascii_case(word)))
}

/// Whether a word is a number without a unit.
pub(super) fn is_number(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_digit())
        && word.bytes().all(|b| b.is_ascii_digit() || b == b'.')
}

/// Whether a word is a unit of time.
pub(super) fn is_unit(word: &str) -> bool {
    UNITS
        .iter()
        .any(|(unit, _)| unit.eq_ignore_ascii_case(word))
}

/// An amount, in one currency or in any.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Amount {
    /// Billionths of a unit.
    nanos: i128,
    /// The currency's code in upper case.
    currency: Option<Box<str>>,
}

impl Amount {
    /// Reads `0.05`, `-1.5`, `AUD 0.05` or `0.05 AUD`.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let number = text.trim_matches(|c: char| c.is_ascii_alphabetic());
        let (before, behind) = text.split_once(number).unwrap_or((text, ""));
        let currency = if before.is_empty() { behind } else { before };
        if !before.is_empty() && !behind.is_empty() {
            return Err(MONEY_SHAPES.to_owned());
        }
        let letters = currency.len();
        let number = number.trim();
        let (negative, digits) = match number.strip_prefix('-') {
            Some(digits) => (true, digits),
            None => (false, number),
        };
        let (units, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
        let are_digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        if !matches!(letters, 0 | 3) || !are_digits(units) || !are_digits(fraction) {
            return Err(MONEY_SHAPES.to_owned());
        }
        if units.len() > 18 || fraction.len() > 9 {
            return Err("expected at most 18 digits before the point and 9 behind it".to_owned());
        }
        let nanos: i128 = format!("{units}{fraction:0<9}")
            .parse()
            .map_err(|_too_long| MONEY_SHAPES)?;
        Ok(Self {
            nanos: if negative { -nanos } else { nanos },
            currency: (letters == 3).then(|| currency.to_ascii_uppercase().into()),
        })
    }

    /// Billionths of a unit.
    pub(super) fn nanos(&self) -> i128 {
        self.nanos
    }

    /// The currency that a price must be in.
    pub(super) fn currency(&self) -> Option<&str> {
        self.currency.as_deref()
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let units = i64::try_from(self.nanos / i128::from(NANOS_PER_SECOND)).unwrap_or(i64::MAX);
        let nanos = i32::try_from(self.nanos % i128::from(NANOS_PER_SECOND)).unwrap_or_default();
        let amount = Money::new("", units, nanos).amount();
        match &self.currency {
            Some(currency) => write!(f, "'{currency} {amount}'"),
            None => f.write_str(&amount),
        }
    }
}

/// A number's pattern without the blanks, dashes, dots and parentheses that people put between the
/// digits. Done only where no value of the service can have them: in a text that begins with a plus
/// sign, and in one of nothing but digits and blanks.
pub(super) fn party(pieces: &[String]) -> Pattern {
    let all = pieces.concat();
    let (first, rest) = match all.trim_start().strip_prefix('+') {
        Some(rest) => (true, rest),
        None => (false, all.as_str()),
    };
    let plus_leads = first
        && pieces
            .first()
            .is_some_and(|piece| piece.trim_start().starts_with('+'));
    let between = |c: char| if plus_leads { is_between(c) } else { c == ' ' };
    let is_number = rest.contains(|c: char| c.is_ascii_digit())
        && rest.chars().all(|c| c.is_ascii_digit() || between(c));
    if !is_number || (first && !plus_leads) {
        return Pattern::new(pieces);
    }
    let squeezed: Vec<String> = pieces
        .iter()
        .map(|piece| piece.chars().filter(|c| !between(*c)).collect())
        .collect();
    Pattern::new(&squeezed)
}

/// The digits of a word that is a number or a part of one, with its plus sign if it has one; nothing
/// for any other word.
pub(super) fn digits(word: &str) -> Option<String> {
    let rest = word.trim().trim_start_matches('(');
    let rest = rest.strip_prefix('+').unwrap_or(rest);
    let fits = rest.contains(|c: char| c.is_ascii_digit())
        && rest.chars().all(|c| c.is_ascii_digit() || is_between(c));
    fits.then(|| squeezed(word))
}

/// A text without what people put between the digits of a number.
pub(super) fn squeezed(text: &str) -> String {
    text.chars().filter(|c| !is_between(*c)).collect()
}

/// What people put between the digits of a number; there it means nothing.
pub fn is_between(c: char) -> bool {
    matches!(c, ' ' | '-' | '.' | '(' | ')' | '/')
}
