//! The filter language: one tree, one parser, matching, and planning what the service evaluates.
//!
//! This is the service's own dialect (`api.md §6`, `filter.md`): what is written here can be sent as
//! it stands, and the sandbox accepts nothing else. `OR` binds tighter than `AND`.

mod complaint;
mod error;
mod excluded;
mod grammar;
mod matching;
mod parser;
mod pattern;
mod plan;
mod print;
mod scanner;
mod search;
mod time;
mod tree;

use std::fmt;
use std::sync::Arc;

use crate::call::Call;

pub use error::FilterError;
pub use parser::{MAX_BYTES, MAX_NESTING, MAX_RESTRICTIONS};
pub use pattern::Pattern;
pub use plan::{Part, Plan, Reason};
pub use search::{
    Amount, Attribute, Clock, Completion, Criterion, Day, Doubt, Drift, End, Entry, Flag, Form,
    Kind, Language, Length, MAX_SEARCH_BYTES, MAX_SEARCH_NESTING, MAX_SEARCH_RESTRICTIONS, Matcher,
    Offer, OfferKind, Place, Search, Seen, Sieve, Standpoint, Text, Times, Toggle, Topic, When,
    begin_window, complete, is_between, language, language_in_markdown,
};
pub use tree::{Comparison, Condition, Equality, Expr, Field, Op, Restriction};

/// Which calls somebody wants to see. Two filters are equal if they mean the same by their tree;
/// where in a text it was written does not count. Cloning one is cheap.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    root: Option<Arc<Expr>>,
}

impl Filter {
    /// The filter that every call passes.
    #[must_use]
    pub fn everything() -> Self {
        Self::default()
    }

    /// Whether every call passes, because nothing is asked for.
    pub fn is_everything(&self) -> bool {
        self.root.is_none()
    }

    /// Reads a filter in the service's dialect; a blank text asks for everything.
    ///
    /// # Errors
    ///
    /// Says where the text went wrong, what was expected there, and often what to write instead.
    /// The limits of `api.md §6.3` are errors too: 2,048 bytes, 20 levels of parentheses and NOT,
    /// 50 restrictions.
    pub fn parse(text: &str) -> Result<Self, FilterError> {
        let root = grammar::parse::<parser::Service>(text)?.map(Arc::new);
        Ok(Self { root })
    }

    /// Whether a call passes.
    pub fn matches(&self, call: &Call) -> bool {
        self.root.as_ref().is_none_or(|root| root.holds(call))
    }

    /// The tree, or nothing if everything passes. Its spans are bytes of the text that was parsed.
    pub fn expr(&self) -> Option<&Expr> {
        self.root.as_deref()
    }
}

impl From<Option<Expr>> for Filter {
    fn from(root: Option<Expr>) -> Self {
        let root = root.map(Arc::new);
        Self { root }
    }
}

/// The canonical text, which parses to an equal filter (as long as it keeps within the limit of
/// bytes: a text full of abbreviations grows a little).
impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.root.as_ref().map_or(Ok(()), |root| root.fmt(f))
    }
}

#[cfg(test)]
mod tests;
