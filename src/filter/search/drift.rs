//! What the passing of time changes: which calls have to be looked at again although none of them
//! has changed.

use std::ops::Range;

use chrono::{DateTime, Utc};

use super::attribute::Length;
use super::criterion::Criterion;
use super::when::{Moves, Standpoint};
use crate::filter::Expr;

/// Which calls may come out otherwise at another moment; every other one comes out the same.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Drift {
    /// Calls that were created in one of these stretches. They may overlap; none is empty.
    pub created: Vec<Range<DateTime<Utc>>>,
    /// Calls under way, for their lengths grow.
    pub running: bool,
}

impl Drift {
    /// Whether no call can come out otherwise.
    pub fn is_none(&self) -> bool {
        self.created.is_empty() && !self.running
    }

    pub(super) fn of(root: Option<&Expr<Criterion>>, from: &Standpoint, to: &Standpoint) -> Self {
        let mut drift = Self::default();
        if from == to {
            return drift;
        }
        if let Some(root) = root {
            each(root, &mut |criterion| drift.add(criterion, from, to));
        }
        drift
    }

    fn add(&mut self, criterion: &Criterion, from: &Standpoint, to: &Standpoint) {
        self.running |= grows(criterion);
        let Criterion::Created(_, times) = criterion else {
            return;
        };
        let (before, after) = (times.stretch(from), times.stretch(to));
        let last = |end: Option<DateTime<Utc>>| end.unwrap_or(DateTime::<Utc>::MAX_UTC);
        for (a, b) in [
            (before.start, after.start),
            (last(before.end), last(after.end)),
        ] {
            if a != b {
                self.created.push(a.min(b)..a.max(b));
            }
        }
    }
}

/// Whether time alone can change how a tree comes out.
pub(super) fn ages(root: &Expr<Criterion>) -> bool {
    let mut ages = false;
    each(root, &mut |criterion| {
        ages |= grows(criterion)
            || matches!(criterion, Criterion::Created(_, times) if times.moves() != Moves::Never);
    });
    ages
}

/// Whether it asks for a length that grows while a call is under way.
fn grows(criterion: &Criterion) -> bool {
    match criterion {
        Criterion::Length(Length::Talk | Length::Queue | Length::Ring, ..) => true,
        Criterion::Length(Length::Pdd, ..)
        | Criterion::Created(..)
        | Criterion::Party(..)
        | Criterion::State(..)
        | Criterion::Direction(..)
        | Criterion::Transport(..)
        | Criterion::Method(..)
        | Criterion::Text(..)
        | Criterion::Label(..)
        | Criterion::Price(..)
        | Criterion::Flag(..)
        | Criterion::Has(_)
        | Criterion::HasLabel(_)
        | Criterion::Word(_) => false,
    }
}

fn each(expr: &Expr<Criterion>, see: &mut impl FnMut(&Criterion)) {
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
