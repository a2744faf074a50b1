//! Which part of a filter the service evaluates, in the one style that is proven to exist there
//! (`filter.md`, `api.md §6.3`): `=`, `>=`, `<`, single quotes, AND of OR groups without
//! parentheses, a star at the end. All else is left to the console, which checks every call again.

mod clause;

use chrono::{DateTime, Utc};

use super::{Filter, MAX_BYTES, MAX_RESTRICTIONS, time};
use clause::Clause;

const OPEN: &str = "state = QUEUED OR state = STARTING OR state = RINGING OR state = IN_PROGRESS";
/// What `head` and `before` may add to the clauses: one bound on the creation time.
const RESERVED_RESTRICTIONS: usize = 1;
const RESERVED_BYTES: usize = " AND createTime >= '+262142-12-31T23:59:59.999999999Z'".len();

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
        let mut restrictions = RESERVED_RESTRICTIONS;
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
        self.text(since.as_deref())
    }

    /// Calls that are under way, whatever the filter says. Not of the state, for a call that will
    /// fail in a minute has to be watched now (`feed.md`, 2); nor of time and numbers, for calls
    /// that were loaded under another filter are still counted and come back on screen when it
    /// goes. Nothing else would tell of their ends, and to read each of them singly costs more than
    /// a list of all that is under way.
    pub fn open() -> &'static str {
        OPEN
    }

    /// The filter's own part and, with a time, only what was created before it.
    pub fn before(&self, oldest: Option<DateTime<Utc>>) -> String {
        let until = oldest.map(|time| format!("createTime < '{}'", time::print(time)));
        self.text(until.as_deref())
    }

    /// Whether the service evaluates the whole filter.
    pub fn is_whole(&self) -> bool {
        self.whole
    }

    fn text(&self, more: Option<&str>) -> String {
        let mut texts: Vec<&str> = self.clauses.iter().map(Clause::text).collect();
        texts.extend(more);
        texts.join(" AND ")
    }
}

#[cfg(test)]
mod tests;
