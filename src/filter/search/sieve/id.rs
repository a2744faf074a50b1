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
    /// Something for which it has to be written out.
    Written,
}

/// Digits and the bits that they take.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    mask: u128,
    digits: u128,
}

impl IdTest {
    /// What a pattern comes to, held against the id alone.
    pub(super) fn of(pattern: &FoldedPattern) -> Self {
        let pieces = pattern.pieces();
        let mut texts = pieces
            .iter()
            .enumerate()
            .filter(|(_, piece)| !piece.is_empty());
        let (first, more) = (texts.next(), texts.next());
        let places = |piece: &str, starts: &mut dyn Iterator<Item = usize>| {
            let piece = piece.as_bytes();
            let place = |start| {
                let (mask, digits) = PackedId::part(piece, start)?;
                Some(Place { mask, digits })
            };
            Self::Places(starts.filter_map(place).collect())
        };
        match (first, more) {
            (_, Some(_)) if pieces.iter().all(|piece| is_part(piece)) => Self::Written,
            (None, None) if pieces.len() > 1 => Self::Always,
            // An id is never empty, and has no such characters.
            (None, None) | (_, Some(_)) => Self::Places(Box::default()),
            (Some((at, piece)), None) => {
                let last = PackedId::LEN.checked_sub(piece.len());
                let whole = pieces.len() == 1;
                match last {
                    None => Self::Places(Box::default()),
                    Some(last) if whole && last > 0 => Self::Places(Box::default()),
                    Some(_) if at == 0 => places(piece, &mut std::iter::once(0)),
                    Some(last) if at + 1 == pieces.len() => {
                        places(piece, &mut std::iter::once(last))
                    }
                    Some(last) => places(piece, &mut (0..=last)),
                }
            }
        }
    }

    pub(super) fn holds(&self, id: PackedId, pattern: &FoldedPattern) -> bool {
        match self {
            Self::Always => true,
            Self::Places(places) => places.iter().any(|place| id.0 & place.mask == place.digits),
            Self::Written => pattern.matches(id.write(&mut [0; 36])),
        }
    }
}

/// Whether a folded text can be a part of an id.
fn is_part(text: &str) -> bool {
    text.bytes()
        .all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f' | b'-'))
}
