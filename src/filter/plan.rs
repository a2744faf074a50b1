//! Which part of a filter the service evaluates, in the one style that is proven to exist there
//! (`filter.md`, `api.md §6.3`): `=`, `>=`, `<`, single quotes, AND of OR groups without
//! parentheses, a star at the end. All else is left to the console, which checks every call again.

mod clause;

use chrono::{DateTime, Utc};

use super::{Filter, MAX_BYTES, MAX_RESTRICTIONS, time};
use clause::{Clause, Subject};

const OPEN: &str = "state = QUEUED OR state = STARTING OR state = RINGING OR state = IN_PROGRESS";
const OPEN_RESTRICTIONS: usize = 4;
/// What `open`, `head` and `before` may add to the clauses: the longest of them.
const RESERVED_BYTES: usize = OPEN.len() + " AND ".len();

/// What is asked of the service for one filter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    clauses: Vec<Clause>,
    whole: bool,
}

impl Plan {
    /// Plans a filter: its conjunction is taken apart, and each clause that the service can be
    /// trusted with is kept as text, as long as all of them fit the service's limits.
    #[must_use]
    pub fn of(filter: &Filter) -> Self {
        let mut plan = Self {
            clauses: Vec::new(),
            whole: true,
        };
        let Some(root) = filter.expr() else {
            return plan;
        };
        let mut bytes = RESERVED_BYTES;
        let mut restrictions = OPEN_RESTRICTIONS;
        for part in clause::split(root) {
            let Some(clause) = part.filter(|clause| {
                bytes + clause.bytes() <= MAX_BYTES
                    && restrictions + clause.restrictions() <= MAX_RESTRICTIONS
            }) else {
                plan.whole = false;
                continue;
            };
            bytes += clause.bytes();
            restrictions += clause.restrictions();
            plan.clauses.push(clause);
        }
        plan
    }

    /// The filter's own part and, with a watermark, only what was created at it or later.
    pub fn head(&self, watermark: Option<DateTime<Utc>>) -> String {
        let since = watermark.map(|time| format!("createTime >= '{}'", time::print(time)));
        self.text(|_| true, since.as_deref())
    }

    /// Calls that are under way. What the filter says of the state is left out: a call that will
    /// fail in a minute has to be watched now (`feed.md`, 2).
    pub fn open(&self) -> String {
        let lasting = |subject| match subject {
            Subject::Time | Subject::Lasting => true,
            Subject::State => false,
        };
        self.text(lasting, Some(OPEN))
    }

    /// The filter's own part and, with a time, only what was created before it.
    pub fn before(&self, oldest: Option<DateTime<Utc>>) -> String {
        let until = oldest.map(|time| format!("createTime < '{}'", time::print(time)));
        self.text(|_| true, until.as_deref())
    }

    /// Whether the service evaluates the whole filter.
    pub fn is_whole(&self) -> bool {
        self.whole
    }

    fn text(&self, wanted: impl Fn(Subject) -> bool, more: Option<&str>) -> String {
        let kept = self
            .clauses
            .iter()
            .filter(|clause| wanted(clause.subject()));
        let mut texts: Vec<&str> = kept.map(Clause::text).collect();
        texts.extend(more);
        texts.join(" AND ")
    }
}

#[cfg(test)]
mod tests;
