//! Completion: what can be written where the cursor stands.

use std::ops::Range;

use super::attribute::Attribute;
use super::language::language;

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
    /// What stands between a field and its value.
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
    /// Values of an attribute.
    fn values(
        &self,
        attribute: Attribute,
        key: Option<&str>,
        begins: &str,
        most: usize,
    ) -> Vec<String>;

    /// Keys of labels.
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

/// What can be written at a place in a text.
pub fn complete(text: &str, cursor: usize, _seen: &impl Seen) -> Completion {
    let before = text.get(..cursor).unwrap_or_default();
    let start = before.rfind(' ').map_or(0, |at| at + 1);
    let word = before.get(start..).unwrap_or_default();
    let offers = language()
        .fields
        .iter()
        .filter(|entry| entry.name.starts_with(word));
    Completion {
        replaces: start..cursor,
        offers: offers
            .map(|entry| Offer {
                text: format!("{} ", entry.name),
                means: entry.means.to_owned(),
                kind: OfferKind::Field,
            })
            .collect(),
    }
}
