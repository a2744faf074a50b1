//! Completion: what can be written where the cursor stands, from the language and from what was seen.
//!
//! It reads the text as far as the cursor and a little beyond, and never needs the whole to be right:
//! most of the time somebody writes, it is not.

mod offers;
mod place;

use std::ops::Range;

use super::attribute::Attribute;

/// The most offers that one completion has.
const MOST: usize = 50;

/// What can be written where the cursor stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Completion {
    /// What an offer takes the place of: bytes of the text, around the cursor or beside it.
    pub replaces: Range<usize>,
    /// What can be written there, best first; at most 50.
    pub offers: Vec<Offer>,
}

/// Something that can be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// What takes the place: quoted and escaped, with the blank behind it where one is due.
    pub text: String,
    /// What it is, in a few words; may be empty.
    pub means: String,
    /// What it is in the language.
    pub kind: OfferKind,
}

/// What an offer is in the language.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OfferKind {
    /// The name of a field, or the beginning of a time window.
    Field,
    /// What stands between a field and its value. Directly behind a name the offer has the name too.
    Operator,
    /// One of the few values that a field can have.
    Name,
    /// The key of a label.
    Key,
    /// A value that was seen.
    Value,
    /// A number or an address that was seen.
    Number,
    /// A time, or a length of time.
    Time,
    /// `AND`, `OR`, `NOT`, or the currency before an amount.
    Keyword,
}

/// What was seen in calls, to be written again.
pub trait Seen {
    /// Values of an attribute, and of the label with a key: those that begin with a text, then those
    /// that have it within them, without regard to letter case (and in numbers to blanks between the
    /// digits), each group best first; at most so many. Of the price these are the currencies.
    fn values(
        &self,
        attribute: Attribute,
        key: Option<&str>,
        begins: &str,
        most: usize,
    ) -> Vec<String>;

    /// Keys of labels, chosen and ordered in the same way.
    fn label_keys(&self, begins: &str, most: usize) -> Vec<String>;
}

/// Nothing was seen.
impl Seen for () {
    fn values(&self, _: Attribute, _: Option<&str>, _: &str, _: usize) -> Vec<String> {
        Vec::new()
    }

    fn label_keys(&self, _: &str, _: usize) -> Vec<String> {
        Vec::new()
    }
}

/// What can be written at a place in a text: a byte offset; one within a character stands for the
/// character's beginning, one beyond the text for its end.
pub fn complete(text: &str, cursor: usize, seen: &impl Seen) -> Completion {
    let cursor = (0..=cursor.min(text.len()))
        .rev()
        .find(|&at| text.is_char_boundary(at))
        .unwrap_or_default();
    let place = place::place(text, cursor);
    let replaces = place.written.clone();
    let after = text.get(replaces.end..).unwrap_or_default();
    let there = text.get(replaces.clone()).unwrap_or_default();
    let mut offers = offers::offers(&place, after, seen);
    // Even in quotes that were never closed properly may stand just what would be written.
    offers.retain(|offer| offer.text.trim_end() != there);
    Completion { replaces, offers }
}

#[cfg(test)]
mod tests;
