//! The console's dialect: all of the service's, and what people on call say besides (`filter.md`).
//!
//! A [`Search`] is what was written; relative times stay relative in it. Seen from a [`Standpoint`]
//! it becomes a [`Matcher`] for what is loaded and a plan for the service.

mod asked;
mod attribute;
mod compile;
mod complaint;
mod complete;
mod criterion;
mod doubt;
mod drift;
mod edit;
mod fold;
mod joined;
pub(super) mod language;
mod matcher;
mod names;
mod quoting;
mod read;
mod sieve;
mod toggle;
mod unfinished;
mod values;
mod when;
mod window;
mod within;

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::print::Explicit;
use super::tree::Restriction;
use super::{Comparison, Condition, Expr, Filter, FilterError, grammar};

pub use attribute::{Attribute, End, Flag, Length, Text};
pub use complete::{Completion, Offer, OfferKind, Seen, complete};
pub use criterion::Criterion;
pub use doubt::Doubt;
pub use drift::Drift;
pub use language::{Entry, Form, Kind, Language, Place, Topic, language, language_in_markdown};
pub use matcher::Matcher;
pub use sieve::Sieve;
pub use toggle::{Toggle, begin_window};
pub use values::{Amount, is_between};
pub(crate) use when::Moves;
pub use when::{Clock, Day, Standpoint, Times, When};

/// How many bytes a filter of the console may have.
pub const MAX_SEARCH_BYTES: usize = 4_096;
/// How deep parentheses and NOT may lie within each other.
pub const MAX_SEARCH_NESTING: usize = 20;
/// How many restrictions there may be, each value of a list for itself.
pub const MAX_SEARCH_RESTRICTIONS: usize = 200;

/// Which calls somebody looks for. Two are equal if they mean the same by their tree, now and later;
/// where in a text it was written does not count. Cloning one is cheap.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Search {
    root: Option<Arc<Expr<Criterion>>>,
}

impl Search {
    /// The search that every call passes.
    #[must_use]
    pub fn everything() -> Self {
        Self::default()
    }

    /// Whether every call passes, because nothing is asked for.
    pub fn is_everything(&self) -> bool {
        self.root.is_none()
    }

    /// Reads a filter in the console's dialect; a blank text asks for everything.
    ///
    /// # Errors
    ///
    /// Says where the text went wrong, what was expected there, and often what to write instead. The
    /// limits are errors too: 4,096 bytes, 20 levels of parentheses and NOT, 200 restrictions.
    pub fn parse(text: &str) -> Result<Self, FilterError> {
        let root = grammar::parse::<read::Console>(text)?.map(Arc::new);
        Ok(Self { root })
    }

    /// Calls created at a time or later: `2h`, `10:00`, `yesterday`, an exact time.
    ///
    /// # Errors
    ///
    /// Says what was expected in place of the text.
    pub fn since(time: &str) -> Result<Self, FilterError> {
        Self::created(Comparison::AtLeast, time)
    }

    /// Calls created at a time or before it, written as for [`Search::since`].
    ///
    /// # Errors
    ///
    /// Says what was expected in place of the text.
    pub fn until(time: &str) -> Result<Self, FilterError> {
        Self::created(Comparison::AtMost, time)
    }

    fn created(comparison: Comparison, time: &str) -> Result<Self, FilterError> {
        let when = When::parse_bound(time.trim())
            .map_err(|reason| FilterError::new(0..time.len(), reason))?;
        let leaf = Expr::Restriction(Restriction {
            condition: Criterion::Created(comparison, Times::One(when)),
            field_span: 0..0,
            op_span: 0..0,
            value_span: 0..time.len(),
        });
        Ok(Self {
            root: Some(Arc::new(leaf)),
        })
    }

    /// Calls that pass both. Spans stay those of the texts that were read.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        match (self.expr(), other.expr()) {
            (_, None) => self.clone(),
            (None, _) => other.clone(),
            (Some(one), Some(two)) => Self {
                root: Some(Arc::new(Expr::all(one.clone(), vec![two.clone()]))),
            },
        }
    }

    /// The test of calls, as seen from a standpoint. It stays right for that moment; how much of it
    /// another moment changes is told by [`Search::drift`].
    pub fn matcher(&self, at: &Standpoint) -> Matcher {
        compile::matcher(self.settled(at).as_deref(), at)
    }

    /// The parts that must all hold, each as it is read and as the test that it is by itself; none
    /// if everything passes.
    pub fn parts(&self, at: &Standpoint) -> Vec<(String, Matcher)> {
        let Some(tree) = self.settled(at) else {
            return Vec::new();
        };
        // Settling changes leaves only.
        let written = edit::parts_of(self.expr()).iter();
        let meant = edit::parts_of(Some(&tree)).iter();
        written
            .zip(meant)
            .map(|(written, meant)| (reading(written), compile::matcher(Some(meant), at)))
            .collect()
    }

    /// Which calls may pass at one moment and not at the other, although they have not changed.
    pub fn drift(&self, from: &Standpoint, to: &Standpoint) -> Drift {
        let (before, after) = (self.settled(from), self.settled(to));
        Drift::of([(before.as_deref(), from), (after.as_deref(), to)])
    }

    /// The tree with ends of windows on the days that they mean at a moment.
    pub(super) fn settled(&self, at: &Standpoint) -> Option<Cow<'_, Expr<Criterion>>> {
        self.expr().map(|root| window::settled(root, at))
    }

    /// When a time of day in it begins to mean that of another day; nothing if there is none.
    pub(super) fn turns(&self, at: &Standpoint) -> Option<DateTime<Utc>> {
        self.expr().and_then(|root| window::turns(root, at))
    }

    /// Whether it may come out otherwise for a call merely because time has passed.
    pub fn ages(&self) -> bool {
        self.expr().is_some_and(drift::ages)
    }

    /// The tree, or nothing if everything passes. Its spans are bytes of the text that was parsed;
    /// where no field or operator was written, theirs are empty.
    pub fn expr(&self) -> Option<&Expr<Criterion>> {
        self.root.as_deref()
    }

    /// Whether `text`, of which this is the search, ends in a word that may yet become the name of a
    /// field or a keyword: while somebody writes it, there is nothing to look for yet.
    pub fn is_unfinished(&self, text: &str) -> bool {
        self.expr()
            .is_some_and(|root| unfinished::is_unfinished(root, text))
    }

    /// The words of `text`, of which this is the search, that were probably meant otherwise than as
    /// words to look for.
    pub fn doubts(&self, text: &str) -> Vec<Doubt> {
        self.expr()
            .map(|root| doubt::doubts(root, text))
            .unwrap_or_default()
    }

    /// The canonical text with parentheses wherever AND and OR meet.
    pub fn reading(&self) -> String {
        self.expr().map(reading).unwrap_or_default()
    }

    /// Whether AND and OR are mixed, so that the reading says more than the text.
    pub fn mixes(&self) -> bool {
        self.root.as_deref().is_some_and(mixes)
    }
}

/// The text of a tree with parentheses wherever AND and OR meet.
pub(super) fn reading(expr: &Expr<Criterion>) -> String {
    Explicit(expr).to_string()
}

fn mixes(expr: &Expr<Criterion>) -> bool {
    match expr {
        Expr::And { parts, .. } => parts
            .iter()
            .any(|part| matches!(part, Expr::Or { .. }) || mixes(part)),
        Expr::Or { parts, .. } => parts
            .iter()
            .any(|part| matches!(part, Expr::And { .. }) || mixes(part)),
        Expr::Not { inner, .. } => mixes(inner),
        Expr::Restriction(_) => false,
    }
}

/// The canonical text, which parses to an equal search (as long as it keeps within the limits: a text
/// full of abbreviations grows a little, and a list among parentheses gets its own).
impl fmt::Display for Search {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.root.as_ref().map_or(Ok(()), |root| root.fmt(f))
    }
}

/// What is said to the service can be said to the console, and means the same.
impl From<&Filter> for Search {
    fn from(filter: &Filter) -> Self {
        Self {
            root: filter.expr().map(|root| Arc::new(translated(root))),
        }
    }
}

fn translated(expr: &Expr<Condition>) -> Expr<Criterion> {
    let all = |parts: &[Expr<Condition>]| parts.iter().map(translated).collect();
    match expr {
        Expr::And { parts, span } => Expr::And {
            parts: all(parts),
            span: span.clone(),
        },
        Expr::Or { parts, span } => Expr::Or {
            parts: all(parts),
            span: span.clone(),
        },
        Expr::Not { inner, span } => Expr::Not {
            inner: Box::new(translated(inner)),
            span: span.clone(),
        },
        Expr::Restriction(restriction) => Expr::Restriction(Restriction {
            condition: restriction.condition.clone().into(),
            field_span: restriction.field_span.clone(),
            op_span: restriction.op_span.clone(),
            value_span: restriction.value_span.clone(),
        }),
    }
}

#[cfg(test)]
mod tests;
