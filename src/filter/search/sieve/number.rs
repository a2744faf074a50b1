//! Telephone numbers compared as they are packed.

use crate::call::{PackedNumber, packed};
use crate::filter::Pattern;
use crate::filter::search::fold::FoldedPattern;
use crate::filter::search::matcher::Wanted;

/// What is looked for in a packed number.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum NumberTest {
    /// No number is like this.
    Never,
    /// Every number is.
    Always,
    Exact(PackedNumber),
    /// Digits that it begins with.
    Prefix(Part),
    /// Digits that it ends with.
    Suffix(Part),
    /// Digits that stand somewhere in it.
    Infix(Part),
    /// Something for which it has to be written out.
    Written(Wanted),
}

/// Digits of a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Part {
    /// From the last bit up.
    digits: u64,
    /// Four for each digit: 4 to 60.
    bits: u32,
}

impl Part {
    /// Nothing if no number has such a part.
    fn parse(text: &str) -> Option<Self> {
        let digits = packed(text.as_bytes())?;
        let bits = 4 * u32::try_from(text.len()).ok()?;
        Some(Self {
            digits: digits.checked_shr(64 - bits)?,
            bits,
        })
    }
}

impl NumberTest {
    pub(super) fn of(wanted: &Wanted) -> Self {
        let part = |text: &str, test: fn(Part) -> Self| match text {
            "" => Self::Always,
            text => Part::parse(text).map_or(Self::Never, test),
        };
        match wanted {
            Wanted::Set => Self::Always,
            Wanted::Exact(text) => PackedNumber::parse(text).map_or(Self::Never, Self::Exact),
            Wanted::Prefix(text) => match text.strip_prefix('+') {
                Some(digits) => part(digits, Self::Prefix),
                None if text.is_empty() => Self::Always,
                None => Self::Never,
            },
            Wanted::Suffix(text) if text.starts_with('+') => {
                PackedNumber::parse(text).map_or(Self::Never, Self::Exact)
            }
            Wanted::Suffix(text) => part(text, Self::Suffix),
            Wanted::Infix(text) => match text.strip_prefix('+') {
                Some(digits) => part(digits, Self::Prefix),
                None => part(text, Self::Infix),
            },
            Wanted::Pattern(pattern) if pattern.pieces().iter().all(|piece| is_part(piece)) => {
                Self::Written(wanted.clone())
            }
            Wanted::Pattern(_) => Self::Never,
        }
    }

    /// What a word comes to, which stands anywhere in a text: a number has no letters.
    pub(super) fn of_word(word: &FoldedPattern) -> Self {
        let pieces = word.pieces();
        if !pieces.iter().all(|piece| is_part(piece)) {
            return Self::Never;
        }
        Self::of(&Wanted::of(&Pattern::new(
            &pieces.iter().map(ToString::to_string).collect::<Vec<_>>(),
        )))
    }

    pub(super) fn holds(&self, number: PackedNumber) -> bool {
        let digits = number.digits();
        match self {
            Self::Never => false,
            Self::Always => true,
            Self::Exact(exact) => *exact == number,
            Self::Prefix(part) => digits >> (64 - part.bits) == part.digits,
            Self::Suffix(part) => {
                let all = 4 * number.len();
                let last = digits.checked_shr(64 - all).unwrap_or_default();
                // Shorter numbers have zeros in front, which no digit is.
                last & (u64::MAX >> (64 - part.bits)) == part.digits
            }
            Self::Infix(part) => {
                // Behind the last digit come zeros, which no digit is.
                let mut found = u64::MAX;
                let mut at = 0;
                while at < part.bits && found != 0 {
                    let digit = (part.digits >> (part.bits - 4 - at)) & 0xf;
                    found &= zeros(digits ^ (ONES * digit)) << at;
                    at += 4;
                }
                found != 0
            }
            Self::Written(wanted) => wanted.matches(number.write(&mut [0; 16])),
        }
    }
}

/// One in every place.
const ONES: u64 = u64::MAX / 0xf;

/// The highest bit of each four that are zero.
fn zeros(digits: u64) -> u64 {
    const LOW: u64 = ONES * 7;
    !(((digits & LOW) + LOW) | digits | LOW)
}

/// Whether a text can be a part of a number.
fn is_part(text: &str) -> bool {
    text.bytes().all(|b| b == b'+' || b.is_ascii_digit())
}
