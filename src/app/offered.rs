//! The completions of the text under edit, while they are on screen.

use crate::filter::{Offer, OfferKind, Seen, complete};

use super::line::Line;

/// What could stand at the cursor. Taking another one always begins at the text as it was typed.
#[derive(Debug, Clone)]
pub struct Offered {
    typed: Line,
    /// Where the text that is replaced begins and ends, in bytes of what was typed.
    replaces: (usize, usize),
    offers: Vec<Offer>,
    chosen: Option<usize>,
}

impl Offered {
    /// What could stand at a line's cursor; nothing if that is not known, or stands there already.
    pub(super) fn at(line: &Line, seen: &impl Seen) -> Option<Self> {
        let (before, _) = line.halves();
        let completion = complete(line.text(), before.len(), seen);
        let range = completion.replaces;
        let there = line.text().get(range.clone())?;
        let says_more = |offer: &Offer| offer.text.trim_end() != there.trim_end();
        if !completion.offers.iter().any(says_more) {
            return None;
        }
        Some(Self {
            typed: line.clone(),
            replaces: (range.start, range.end),
            offers: completion.offers,
            chosen: None,
        })
    }

    /// What could stand there, the likeliest first.
    pub fn offers(&self) -> &[Offer] {
        &self.offers
    }

    /// The one that stands in the text now, by its number.
    pub fn chosen(&self) -> Option<usize> {
        self.chosen
    }

    /// Where what is replaced begins, in bytes of the text.
    pub fn starts(&self) -> usize {
        self.replaces.0
    }

    /// Whether what is offered goes on with what stands before it: behind a field comes an operator.
    pub(super) fn goes_on(&self) -> bool {
        let first = self.offers.first();
        first.is_some_and(|offer| offer.kind == OfferKind::Operator)
    }

    /// The text as it was typed.
    pub(super) fn typed(&self) -> &Line {
        &self.typed
    }

    /// The text with the next offer in it, or with the one before; after the last comes the first.
    pub(super) fn step(&mut self, forwards: bool) -> Line {
        let count = self.offers.len().max(1);
        let number = match (self.chosen, forwards) {
            (None, true) => 0,
            (None, false) => count - 1,
            (Some(number), true) => (number + 1) % count,
            (Some(number), false) => (number + count - 1) % count,
        };
        self.choose(number)
    }

    /// The text with this offer in it.
    pub(super) fn choose(&mut self, number: usize) -> Line {
        let mut line = self.typed.clone();
        if let Some(offer) = self.offers.get(number) {
            self.chosen = Some(number);
            let (start, end) = self.replaces;
            line.replace(start..end, &offer.text);
        }
        line
    }
}
