//! Ids compared as they are packed.

use crate::call::PackedId;
use crate::filter::search::fold::FoldedPattern;

/// What is looked for in a packed id.
#[derive(Debug)]
pub(super) enum IdTest {
    /// Every id is like this.
    Always,
    /// One of these places has these digits. None at all if no id can be like this.
    Places(Box<[Place]>),
    /// These runs of digits come in this order.
    Runs(Box<[Run]>),
    /// Something for which it has to be written out.
    Written(FoldedPattern),
}

/// Digits and the bits that they take.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    mask: u128,
    digits: u128,
}

/// Digits that stand next to each other, with no hyphen between them.
#[derive(Debug)]
pub(super) struct Run {
    /// Each of them in all places of an id.
    digits: Box<[u128]>,
    /// Where the first of them can stand, by the highest bit of its place.
    starts: u128,
}

/// How many digits an id has.
const DIGITS: u32 = 32;
/// One in every place.
const ONES: u128 = u128::MAX / 0xf;
/// More places than these are told by a run, which looks at all of them at once.
const FEW: usize = 8;

impl IdTest {
    /// What a pattern comes to, held against the id alone.
    pub(super) fn of(pattern: &FoldedPattern) -> Self {
        Self::of_pieces(&pattern.pieces(), pattern)
    }

    /// The same of what is left of a pattern behind its first pieces, of which at least one is there.
    pub(super) fn behind(pattern: &FoldedPattern, first: usize) -> Self {
        let pieces = pattern.pieces();
        let left = pieces.iter().skip(first).copied();
        let left: Vec<&str> = std::iter::once("").chain(left).collect();
        Self::of_pieces(&left, &FoldedPattern::of_folded(&left))
    }

    fn of_pieces(pieces: &[&str], pattern: &FoldedPattern) -> Self {
        let written: Vec<(usize, &str)> = pieces
            .iter()
            .enumerate()
            .filter(|(_, piece)| !piece.is_empty())
            .map(|(at, piece)| (at, *piece))
            .collect();
        let stars = pieces.len() > 1;
        match &*written {
            [] if stars => Self::Always,
            [] => Self::Places(Box::default()),
            _ if !written.iter().all(|(_, piece)| is_part(piece)) => Self::Places(Box::default()),
            [(at, piece)] => Self::piece(piece, *at == 0, at + 1 == pieces.len()),
            _ if written.iter().any(|(_, piece)| piece.contains('-')) => {
                Self::Written(pattern.clone())
            }
            _ => {
                let run =
                    |&(at, piece): &(usize, &str)| Run::of(piece, at == 0, at + 1 == pieces.len());
                Self::Runs(written.iter().map(run).collect())
            }
        }
    }

    /// A single piece, with which an id may have to begin, and to end.
    fn piece(piece: &str, begins: bool, ends: bool) -> Self {
        let place = |start| {
            let (mask, digits) = PackedId::part(piece.as_bytes(), start)?;
            Some(Place { mask, digits })
        };
        let places: Box<[Place]> = starts(piece, begins, ends).filter_map(place).collect();
        if places.len() > FEW && !piece.contains('-') {
            return Self::Runs(Box::new([Run::of(piece, begins, ends)]));
        }
        Self::Places(places)
    }

    /// Whether no id is like this.
    pub(super) fn is_never(&self) -> bool {
        matches!(self, Self::Places(places) if places.is_empty())
    }

    pub(super) fn holds(&self, id: PackedId) -> bool {
        match self {
            Self::Always => true,
            Self::Places(places) => places.iter().any(|place| id.0 & place.mask == place.digits),
            Self::Runs(runs) => {
                let mut from = 0;
                runs.iter().all(|run| match run.end(id, from) {
                    Some(end) => {
                        from = end;
                        true
                    }
                    None => false,
                })
            }
            Self::Written(pattern) => pattern.matches(id.write(&mut [0; 36])),
        }
    }
}

impl Run {
    fn of(piece: &str, begins: bool, ends: bool) -> Self {
        // The place of a text that stands alone is that of its bits.
        let bit = |start: usize| {
            let (mask, _) = PackedId::part(piece.as_bytes(), start)?;
            Some(1 << mask.checked_ilog2()?)
        };
        let starts = starts(piece, begins, ends).filter_map(bit);
        let digit = |c: char| Some(ONES * u128::from(c.to_digit(16)?));
        Self {
            digits: piece.chars().filter_map(digit).collect(),
            starts: starts.fold(0, |starts, bit| starts | bit),
        }
    }

    /// Behind which digit these end where they first stand from a digit on.
    fn end(&self, id: PackedId, from: u32) -> Option<u32> {
        let mut found = self.starts & u128::MAX.checked_shr(4 * from).unwrap_or_default();
        for (at, digit) in self.digits.iter().enumerate() {
            if found == 0 {
                return None;
            }
            found &= zeros(id.0 ^ digit) << (4 * at);
        }
        let end = found.leading_zeros() / 4 + u32::try_from(self.digits.len()).ok()?;
        (found != 0 && end <= DIGITS).then_some(end)
    }
}

/// Where in the text of an id a piece has room with which it may have to begin, and to end.
fn starts(piece: &str, begins: bool, ends: bool) -> impl Iterator<Item = usize> {
    let last = PackedId::LEN.checked_sub(piece.len());
    let fits = move |last: usize, start: usize| {
        start <= last && (!begins || start == 0) && (!ends || start == last)
    };
    (0..PackedId::LEN).filter(move |&start| last.is_some_and(|last| fits(last, start)))
}

/// The highest bit of each digit that is zero.
fn zeros(digits: u128) -> u128 {
    const LOW: u128 = ONES * 7;
    !(((digits & LOW) + LOW) | digits | LOW)
}

/// Whether a folded text can be a part of an id.
fn is_part(text: &str) -> bool {
    text.bytes()
        .all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f' | b'-'))
}
