//! Windows of time that two restrictions make together: `since:22:00 until:02:00` ends on the day on
//! which it has to, not at the latest 2:00.

use std::borrow::Cow;

use chrono::{DateTime, Utc};

use super::criterion::Criterion;
use super::when::{Day, Moves, Standpoint, Times, When};
use crate::filter::{Comparison, Expr};

/// The tree with the days that the ends of windows are on at a moment.
pub(super) fn settled<'a>(root: &'a Expr<Criterion>, at: &Standpoint) -> Cow<'a, Expr<Criterion>> {
    let mut has_clocks = false;
    each(root, &mut |criterion| {
        has_clocks |= matches!(
            criterion,
            Criterion::Created(_, Times::One(When::Latest(_)))
        );
    });
    if !has_clocks {
        return Cow::Borrowed(root);
    }
    let mut tree = root.clone();
    settle(&mut tree, at);
    Cow::Owned(tree)
}

/// When the first of its times of day begins to mean that of another day, or the day is over.
pub(super) fn turns(root: &Expr<Criterion>, at: &Standpoint) -> Option<DateTime<Utc>> {
    let mut first: Option<DateTime<Utc>> = None;
    each(root, &mut |criterion| {
        if let Criterion::Created(_, times) = criterion
            && let Some(turn) = times.turns(at)
        {
            let midnight = Times::One(When::Local(Day::Today, None)).stretch(at).end;
            first = first.into_iter().chain([turn]).chain(midnight).min();
        }
    });
    first
}

fn settle(tree: &mut Expr<Criterion>, at: &Standpoint) {
    match tree {
        Expr::And { parts, .. } => {
            let start = parts.iter().find_map(begins);
            for part in parts {
                match (start, part) {
                    (Some(start), Expr::Restriction(end)) => {
                        if let Criterion::Created(
                            Comparison::Less | Comparison::AtMost,
                            times @ Times::One(When::Latest(_)),
                        ) = &mut end.condition
                            && let Times::One(When::Latest(clock)) = *times
                        {
                            let day = start.closing(clock, at);
                            *times = Times::One(When::Local(day, Some(clock)));
                        }
                    }
                    (_, other) => settle(other, at),
                }
            }
        }
        Expr::Or { parts, .. } => {
            for part in parts {
                settle(part, at);
            }
        }
        Expr::Not { inner, .. } => settle(inner, at),
        Expr::Restriction(_) => {}
    }
}

/// The times at which a window begins. One that moves all the time has no say in its end, which
/// would be on another day at any moment.
fn begins(part: &Expr<Criterion>) -> Option<Times> {
    match part {
        Expr::Restriction(restriction) => match restriction.condition {
            Criterion::Created(
                Comparison::Equal | Comparison::Greater | Comparison::AtLeast,
                times,
            ) if times.moves() != Moves::Always => Some(times),
            _ => None,
        },
        Expr::And { .. } | Expr::Or { .. } | Expr::Not { .. } => None,
    }
}

/// Looks at every condition of a tree.
pub(super) fn each(expr: &Expr<Criterion>, see: &mut impl FnMut(&Criterion)) {
    match expr {
        Expr::And { parts, .. } | Expr::Or { parts, .. } => {
            for part in parts {
                each(part, see);
            }
        }
        Expr::Not { inner, .. } => each(inner, see),
        Expr::Restriction(restriction) => see(&restriction.condition),
    }
}
