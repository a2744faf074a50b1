//! Which part of a filter the service evaluates, in the one style that is proven to exist there
//! (`filter.md`, `api.md §6.3`): `=`, `>=`, `<`, single quotes, AND of OR groups without
//! parentheses, a star at the end. All else is left to the console, which checks every call again.
//!
//! `NOT state = X` is left to the console too. The OR of the other states that are known would not be
//! the same: a call in a state that the service has learnt since would be missing from the list.

mod literal;
mod normal;

use std::ops::Range;

use chrono::{DateTime, Utc};

use super::tree::Restriction;
use super::{Condition, Criterion, Expr, Filter, MAX_BYTES, MAX_RESTRICTIONS, Search, Standpoint};
use super::{search::reading, time};
use crate::call::Call;
use literal::{Asks, Formula, Sign, View, formula};
use normal::{Literals, clauses, essential};

pub use literal::Reason;

const OPEN: &str = "state = QUEUED OR state = STARTING OR state = RINGING OR state = IN_PROGRESS";
/// What `between` may add to the clauses: two bounds on the creation time.
const RESERVED_RESTRICTIONS: usize = 2;
const RESERVED_BYTES: usize = 2 * " AND createTime >= '+262142-12-31T23:59:59.999999999Z'".len();
/// Up to how many clauses it is looked whether one of them makes another one needless.
const MOST_COMPARED: usize = 128;

/// What is asked of the service for one filter, as seen from one standpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    pushed: Filter,
    parts: Vec<Part>,
    expires: Option<DateTime<Utc>>,
}

/// One part of the conjunction that a filter is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// As it is asked of the service, or as the console reads it.
    pub text: String,
    /// Why it is evaluated by the console; nothing for what the service evaluates.
    pub kept: Option<Reason>,
}

impl Plan {
    /// Plans a filter: it is rewritten as AND of OR groups, and each group that the service can be
    /// trusted with is asked of it, as long as all of them fit the service's limits.
    #[must_use]
    pub fn of(search: &Search, at: &Standpoint) -> Self {
        let asks = Asks::OnAndOn;
        Self::made(search, View { at, asks })
    }

    /// The same for a list that is read once and now: what moves with the time may be asked for as it
    /// stands.
    #[must_use]
    pub fn once(search: &Search, at: &Standpoint) -> Self {
        let asks = Asks::Once;
        Self::made(search, View { at, asks })
    }

    fn made(search: &Search, view: View<'_>) -> Self {
        let mut planning = Planning::default();
        let tree = search.settled(view.at);
        match tree.as_deref() {
            None => {}
            Some(Expr::And { parts, .. }) => planning.add(parts, view),
            Some(other @ (Expr::Or { .. } | Expr::Not { .. } | Expr::Restriction(_))) => {
                planning.add(std::slice::from_ref(other), view);
            }
        }
        let mut plan = planning.done();
        if !plan.pushed.is_everything() {
            plan.expires = plan.expires.into_iter().chain(search.turns(view.at)).min();
        }
        plan
    }

    /// The filter's own part and, with a watermark, only what was created at it or later.
    pub fn head(&self, watermark: Option<DateTime<Utc>>) -> String {
        self.text(watermark.map(|time| format!("createTime >= '{}'", time::print(time))))
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
        self.text(oldest.map(|time| format!("createTime < '{}'", time::print(time))))
    }

    /// The filter's own part and only what was created from a time on and before another one. A
    /// time outside the years 1 to 9999, which no filter can say, is no bound.
    pub fn between(&self, range: &Range<DateTime<Utc>>) -> String {
        let bound = |sign, at| {
            time::is_sayable(at).then(|| format!("createTime {sign} '{}'", time::print(at)))
        };
        let bounds = [bound(">=", range.start), bound("<", range.end)];
        let bounds: Vec<String> = bounds.into_iter().flatten().collect();
        self.text(Some(bounds.join(" AND ")).filter(|bounds| !bounds.is_empty()))
    }

    /// Whether the service evaluates the whole filter.
    pub fn is_whole(&self) -> bool {
        self.parts.iter().all(|part| part.kept.is_none())
    }

    /// What the service evaluates: every call that it lists for the head passes this, unless it does
    /// not apply filters.
    pub fn pushed(&self) -> &Filter {
        &self.pushed
    }

    /// Whether the service, asked so, may list a call.
    pub fn allows(&self, call: &Call) -> bool {
        self.pushed.matches(call)
    }

    /// The parts of the filter in their order, with who evaluates each and why.
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// From when on the service, asked so, would leave calls out that pass: a filter of a day has to
    /// be planned anew on the next one. Nothing if that never comes.
    pub fn expires(&self) -> Option<DateTime<Utc>> {
        self.expires
    }

    fn text(&self, more: Option<String>) -> String {
        let own = self.pushed.to_string();
        match more {
            Some(more) if own.is_empty() => more,
            Some(more) => format!("{own} AND {more}"),
            None => own,
        }
    }
}

/// A plan on its way.
#[derive(Debug)]
struct Planning {
    pushed: Vec<Expr<Condition>>,
    parts: Vec<Part>,
    expires: Option<DateTime<Utc>>,
    /// What the service has room for yet.
    bytes: usize,
    restrictions: usize,
}

impl Default for Planning {
    fn default() -> Self {
        Self {
            pushed: Vec::new(),
            parts: Vec::new(),
            expires: None,
            bytes: MAX_BYTES - RESERVED_BYTES,
            restrictions: MAX_RESTRICTIONS - RESERVED_RESTRICTIONS,
        }
    }
}

/// A group of alternatives, or what does not become any.
enum Group {
    Clause(normal::Clause),
    Whole(String),
}

impl Planning {
    fn add(&mut self, conjunction: &[Expr<Criterion>], view: View<'_>) {
        let mut literals = Literals::default();
        let mut groups = Vec::new();
        for part in conjunction {
            let parts = match formula(part, Sign::Plain, view) {
                Formula::All(parts) => parts,
                one @ (Formula::Any(_) | Formula::One(_)) => vec![one],
            };
            let found: Option<Vec<_>> = parts
                .into_iter()
                .map(|part| clauses(part, &mut literals))
                .collect();
            match found {
                Some(found) => groups.extend(found.into_iter().flatten().map(Group::Clause)),
                None => groups.push(Group::Whole(reading(part))),
            }
        }
        for group in without_needless(groups) {
            match group {
                Group::Whole(text) => {
                    self.parts.push(Part {
                        text,
                        kept: Some(Reason::Shape),
                    });
                }
                Group::Clause(clause) => self.clause(&clause, &literals),
            }
        }
    }

    fn clause(&mut self, clause: &[usize], literals: &Literals) {
        let found: Vec<_> = clause
            .iter()
            .filter_map(|number| literals.get(*number))
            .collect();
        let texts: Vec<&str> = found.iter().map(|literal| literal.text.as_str()).collect();
        let text = texts.join(" OR ");
        let bytes = text.len() + " AND ".len();
        let conditions: Result<Vec<&Condition>, Reason> = found
            .iter()
            .map(|literal| literal.condition.as_ref().map_err(|reason| *reason))
            .collect();
        let conditions = conditions.and_then(|conditions| {
            let fits = bytes <= self.bytes && conditions.len() <= self.restrictions;
            fits.then_some(conditions).ok_or(Reason::Room)
        });
        let mut leaves = match conditions {
            Ok(conditions) => conditions.into_iter().cloned().map(leaf),
            Err(reason) => {
                self.parts.push(Part {
                    text,
                    kept: Some(reason),
                });
                return;
            }
        };
        // No group is empty; one that were would let no call pass, which nothing can say.
        let Some(first) = leaves.next() else { return };
        let expiries = found.iter().filter_map(|literal| literal.expires);
        self.expires = self.expires.into_iter().chain(expiries).min();
        self.bytes -= bytes;
        self.restrictions -= found.len();
        self.pushed.push(Expr::any(first, leaves.collect()));
        self.parts.push(Part { text, kept: None });
    }

    fn done(self) -> Plan {
        let mut pushed = self.pushed.into_iter();
        let root = pushed
            .next()
            .map(|first| Expr::all(first, pushed.collect()));
        Plan {
            pushed: Filter::from(root),
            parts: self.parts,
            expires: self.expires,
        }
    }
}

/// Leaves out groups that hold wherever another one does.
fn without_needless(groups: Vec<Group>) -> Vec<Group> {
    if groups.len() > MOST_COMPARED {
        return groups;
    }
    let clauses: Vec<normal::Clause> = groups
        .iter()
        .filter_map(|group| match group {
            Group::Clause(clause) => Some(clause.clone()),
            Group::Whole(_) => None,
        })
        .collect();
    let mut needed = essential(clauses).into_iter().peekable();
    groups
        .into_iter()
        .filter(|group| match group {
            Group::Clause(clause) => needed.next_if_eq(clause).is_some(),
            Group::Whole(_) => true,
        })
        .collect()
}

fn leaf(condition: Condition) -> Expr<Condition> {
    Expr::Restriction(Restriction {
        condition,
        field_span: 0..0,
        op_span: 0..0,
        value_span: 0..0,
    })
}

#[cfg(test)]
mod tests;
