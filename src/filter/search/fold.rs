//! Comparing texts without regard to letter case, and without taking memory: what is looked for is
//! folded once, what it is looked for in is folded as it is read.

use std::iter::FlatMap;
use std::str::Chars;

use crate::filter::Pattern;

/// A text that is compared without regard to letter case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Folded {
    text: Box<str>,
    is_ascii: bool,
}

impl Folded {
    pub(super) fn new(text: &str) -> Self {
        let text: String = text.chars().flat_map(char::to_lowercase).collect();
        Self {
            is_ascii: text.is_ascii(),
            text: text.into(),
        }
    }

    fn bytes(&self) -> &[u8] {
        self.text.as_bytes()
    }

    /// Where the text ends in which this one was found, in one that is ASCII.
    fn find_end(&self, within: &[u8]) -> Option<usize> {
        if !self.is_ascii {
            return None;
        }
        let wanted = self.bytes();
        let Some((&first, rest)) = wanted.split_first() else {
            return Some(0);
        };
        let last_start = within.len().checked_sub(wanted.len())?;
        let other = first.to_ascii_uppercase();
        let starts = within.get(..=last_start)?;
        starts.iter().enumerate().find_map(|(at, &byte)| {
            let end = at + wanted.len();
            let fits = (byte == first || byte == other)
                && within.get(at + 1..end)?.eq_ignore_ascii_case(rest);
            fits.then_some(end)
        })
    }
}

/// A pattern that is compared without regard to letter case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum FoldedPattern {
    /// The whole text.
    Exact(Folded),
    /// A text that begins and ends so, with these in their order between.
    Stars {
        first: Folded,
        between: Box<[Folded]>,
        last: Folded,
    },
}

impl FoldedPattern {
    /// The pattern of the whole text.
    pub(super) fn of(pattern: &Pattern) -> Self {
        match pattern.pieces() {
            [first, between @ .., last] => Self::Stars {
                first: Folded::new(first),
                between: between.iter().map(|piece| Folded::new(piece)).collect(),
                last: Folded::new(last),
            },
            pieces => Self::Exact(Folded::new(pieces.first().map_or("", |only| only))),
        }
    }

    /// The pattern of a part of a text.
    pub(super) fn within(pattern: &Pattern) -> Self {
        let pieces = pattern.pieces().iter().filter(|piece| !piece.is_empty());
        Self::Stars {
            first: Folded::new(""),
            between: pieces.map(|piece| Folded::new(piece)).collect(),
            last: Folded::new(""),
        }
    }

    /// The pattern of exactly this text.
    pub(super) fn exact(text: &str) -> Self {
        Self::Exact(Folded::new(text))
    }

    /// The pattern of pieces that are folded already.
    pub(super) fn of_folded(pieces: &[&str]) -> Self {
        let pieces: Vec<String> = pieces.iter().map(ToString::to_string).collect();
        Self::of(&Pattern::new(&pieces))
    }

    /// How many of its pieces stand in what is only the beginning of a text, each as early as it can;
    /// nothing if the first does not stand there, or there is no star.
    pub(super) fn pieces_in(&self, beginning: &str) -> Option<usize> {
        let Self::Stars { first, between, .. } = self else {
            return None;
        };
        let mut rest = skip_start(fold(beginning), first)?;
        let mut stand = 1;
        for piece in between {
            let Some(after) = skip_to(&rest, piece) else {
                break;
            };
            rest = after;
            stand += 1;
        }
        Some(stand)
    }

    /// The folded texts before, between and after the stars; a single one where there is no star.
    pub(super) fn pieces(&self) -> Vec<&str> {
        match self {
            Self::Exact(exact) => vec![&exact.text],
            Self::Stars {
                first,
                between,
                last,
            } => {
                let pieces = std::iter::once(first).chain(between).chain([last]);
                pieces.map(|piece| &*piece.text).collect()
            }
        }
    }

    /// Whether a text is such a text. An empty text is a field that is not set: it equals only the
    /// empty text, and no star stands for it.
    pub(super) fn matches(&self, text: &str) -> bool {
        match self {
            Self::Exact(exact) if text.is_ascii() => text.eq_ignore_ascii_case(&exact.text),
            Self::Exact(exact) => fold(text).eq(exact.text.chars()),
            Self::Stars { .. } if text.is_empty() => false,
            Self::Stars {
                first,
                between,
                last,
            } if text.is_ascii() => {
                let text = text.as_bytes();
                let Some((start, mut rest)) = text.split_at_checked(first.bytes().len()) else {
                    return false;
                };
                if !start.eq_ignore_ascii_case(first.bytes()) {
                    return false;
                }
                for piece in between {
                    let Some(end) = piece.find_end(rest) else {
                        return false;
                    };
                    rest = rest.get(end..).unwrap_or_default();
                }
                let end = rest.len().checked_sub(last.bytes().len());
                let end = end.and_then(|at| rest.get(at..));
                end.is_some_and(|end| end.eq_ignore_ascii_case(last.bytes()))
            }
            Self::Stars {
                first,
                between,
                last,
            } => {
                let Some(mut rest) = skip_start(fold(text), first) else {
                    return false;
                };
                for piece in between {
                    let Some(after) = skip_to(&rest, piece) else {
                        return false;
                    };
                    rest = after;
                }
                let spare = rest.clone().count().checked_sub(last.text.chars().count());
                spare.is_some_and(|spare| rest.skip(spare).eq(last.text.chars()))
            }
        }
    }
}

type Fold<'a> = FlatMap<Chars<'a>, std::char::ToLowercase, fn(char) -> std::char::ToLowercase>;

fn fold(text: &str) -> Fold<'_> {
    text.chars().flat_map(char::to_lowercase as fn(char) -> _)
}

/// What comes behind a text that comes first.
fn skip_start<'a>(mut text: Fold<'a>, start: &Folded) -> Option<Fold<'a>> {
    start
        .text
        .chars()
        .all(|c| text.next() == Some(c))
        .then_some(text)
}

/// What comes behind the first place where a text stands.
fn skip_to<'a>(text: &Fold<'a>, wanted: &Folded) -> Option<Fold<'a>> {
    let mut text = text.clone();
    loop {
        if let Some(after) = skip_start(text.clone(), wanted) {
            return Some(after);
        }
        text.next()?;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn pattern(text: &str) -> Pattern {
        Pattern::new(&text.split('*').map(str::to_owned).collect::<Vec<_>>())
    }

    /// The same over folded copies.
    fn naive(pattern: &str, text: &str) -> bool {
        let fold = |text: &str| {
            text.chars()
                .flat_map(char::to_lowercase)
                .collect::<String>()
        };
        let (wanted, text) = (fold(pattern), fold(text));
        let pieces: Vec<String> = wanted.split('*').map(str::to_owned).collect();
        Pattern::new(&pieces).matches(&text)
    }

    #[test]
    fn letter_case_does_not_count_in_any_script() {
        for (wanted, text) in [
            ("spring", "SPRING"),
            ("s*g", "Spring"),
            ("*RIN*", "spring"),
            ("ärger", "ÄRGER"),
            ("*ÄRG*", "grosser ärger"),
            ("k", "\u{212a}"),
            ("i\u{307}", "İ"),
            ("*σ", "ΟΔΟΣ"),
        ] {
            assert!(
                FoldedPattern::of(&pattern(wanted)).matches(text),
                "{wanted} {text}"
            );
        }
        assert!(!FoldedPattern::of(&pattern("strasse")).matches("straße"));
        assert!(!FoldedPattern::of(&pattern("*")).matches(""));
        assert!(FoldedPattern::of(&pattern("")).matches(""));
    }

    proptest! {
        #[test]
        fn it_agrees_with_folding_both_beforehand(
            wanted in "[abAB*ä]{0,6}",
            text in prop_oneof!["[abAB]{0,8}", "[abÄäKİ]{0,8}"],
        ) {
            prop_assert_eq!(FoldedPattern::of(&pattern(&wanted)).matches(&text), naive(&wanted, &text));
            let middle = format!("*{wanted}*");
            let within = FoldedPattern::within(&pattern(&wanted));
            prop_assert_eq!(within.matches(&text), naive(&middle, &text));
        }
    }
}
