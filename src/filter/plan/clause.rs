//! One clause of a plan: alternatives on one line, as the service is asked for them.

use chrono::{DateTime, Utc};

use crate::call::{Direction, State, Transport};
use crate::filter::{Comparison, Condition, Equality, Expr, Pattern, time};

/// A clause that the service evaluates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Clause {
    text: String,
    restrictions: usize,
}

impl Clause {
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// How many bytes it takes, with the keyword that joins it to the others.
    pub(super) fn bytes(&self) -> usize {
        self.text.len() + " AND ".len()
    }

    pub(super) fn restrictions(&self) -> usize {
        self.restrictions
    }
}

/// The clauses of the conjunction at the top. Nothing stands for one that stays local.
pub(super) fn split(root: &Expr) -> Vec<Option<Clause>> {
    let mut found = Vec::new();
    conjunction(root, Sign::Plain, &mut found);
    found
}

/// Whether what is looked at stands under an odd number of negations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sign {
    Plain,
    Negated,
}

impl Sign {
    fn turned(self) -> Self {
        match self {
            Self::Plain => Self::Negated,
            Self::Negated => Self::Plain,
        }
    }
}

fn conjunction(expr: &Expr, sign: Sign, found: &mut Vec<Option<Clause>>) {
    match (expr, sign) {
        (Expr::And { parts, .. }, Sign::Plain) | (Expr::Or { parts, .. }, Sign::Negated) => {
            for part in parts {
                conjunction(part, sign, found);
            }
        }
        (Expr::Not { inner, .. }, sign) => conjunction(inner, sign.turned(), found),
        (Expr::Restriction(restriction), sign) => {
            // Equality of times is the one condition that becomes two.
            match exact_time(&restriction.condition, sign) {
                Some(time) => found.extend(moment(time)),
                None => found.push(clause(expr, sign)),
            }
        }
        (Expr::Or { .. }, Sign::Plain) | (Expr::And { .. }, Sign::Negated) => {
            found.push(clause(expr, sign));
        }
    }
}

fn clause(expr: &Expr, sign: Sign) -> Option<Clause> {
    let mut literals = Vec::new();
    alternatives(expr, sign, &mut literals)?;
    Some(Clause {
        text: literals.join(" OR "),
        restrictions: literals.len(),
    })
}

/// Nothing if one alternative cannot be said to the service: then none can, for the service would
/// leave calls out.
fn alternatives(expr: &Expr, sign: Sign, found: &mut Vec<String>) -> Option<()> {
    match (expr, sign) {
        (Expr::Or { parts, .. }, Sign::Plain) | (Expr::And { parts, .. }, Sign::Negated) => {
            for part in parts {
                alternatives(part, sign, found)?;
            }
        }
        (Expr::Not { inner, .. }, sign) => alternatives(inner, sign.turned(), found)?,
        (Expr::Restriction(restriction), sign) => {
            found.push(literal(&restriction.condition, sign)?);
        }
        (Expr::And { .. }, Sign::Plain) | (Expr::Or { .. }, Sign::Negated) => return None,
    }
    Some(())
}

/// One restriction in the proven style. What would need `!=` or NOT is left out: the OR of the
/// other states is not the same for a state with a number that is not known yet.
fn literal(condition: &Condition, sign: Sign) -> Option<String> {
    let name = condition.field().name();
    let text = match condition {
        Condition::CreateTime(comparison, time) => boundary(*comparison, sign, *time)?,
        Condition::To(equality, pattern) | Condition::From(equality, pattern) => {
            equal(*equality, sign)?;
            format!("{name} = '{}'", plain(pattern)?)
        }
        Condition::State(equality, state) => {
            equal(*equality, sign)?;
            named(name, &state.name(), *state == State::Unspecified)?
        }
        Condition::Direction(equality, direction) => {
            equal(*equality, sign)?;
            named(
                name,
                &direction.name(),
                *direction == Direction::Unspecified,
            )?
        }
        Condition::Transport(equality, transport) => {
            equal(*equality, sign)?;
            named(
                name,
                &transport.name(),
                *transport == Transport::Unspecified,
            )?
        }
        Condition::Has(_) => return None,
    };
    Some(text)
}

fn equal(equality: Equality, sign: Sign) -> Option<()> {
    let equality = match sign {
        Sign::Plain => equality,
        Sign::Negated => equality.negated(),
    };
    (equality == Equality::Equal).then_some(())
}

fn named(field: &str, name: &str, unspecified: bool) -> Option<String> {
    (!unspecified).then(|| format!("{field} = {name}"))
}

/// A text with at most one star, at its end. Escapes are not proven, and neither is what the
/// service makes of a star alone or of nothing at all.
fn plain(pattern: &Pattern) -> Option<String> {
    let (text, star) = match (pattern.exact(), pattern.prefix()) {
        (Some(exact), _) => (exact, ""),
        (None, Some(prefix)) => (prefix, "*"),
        (None, None) => return None,
    };
    let proven = !text.is_empty()
        && !text.chars().any(char::is_control)
        && !text.contains(['\'', '"', '\\', '*']);
    proven.then(|| format!("{text}{star}"))
}

/// A bound on the creation time as `>=` or `<`: times are whole nanoseconds, so that the others are
/// those of the nanosecond after.
fn boundary(comparison: Comparison, sign: Sign, time: DateTime<Utc>) -> Option<String> {
    let comparison = match sign {
        Sign::Plain => comparison,
        Sign::Negated => comparison.negated(),
    };
    let (op, time) = match comparison {
        Comparison::AtLeast => (">=", time),
        Comparison::Less => ("<", time),
        Comparison::Greater => (">=", time::next(time)?),
        Comparison::AtMost => ("<", time::next(time)?),
        Comparison::Equal | Comparison::NotEqual => return None,
    };
    Some(format!("createTime {op} '{}'", time::print(time)))
}

fn exact_time(condition: &Condition, sign: Sign) -> Option<DateTime<Utc>> {
    match (condition, sign) {
        (Condition::CreateTime(Comparison::Equal, time), Sign::Plain)
        | (Condition::CreateTime(Comparison::NotEqual, time), Sign::Negated) => Some(*time),
        _ => None,
    }
}

/// Exactly one time: from it on, and before the next.
fn moment(time: DateTime<Utc>) -> [Option<Clause>; 2] {
    [Comparison::AtLeast, Comparison::AtMost].map(|comparison| {
        Some(Clause {
            text: boundary(comparison, Sign::Plain, time)?,
            restrictions: 1,
        })
    })
}
