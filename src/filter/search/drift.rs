//! What the passing of time changes: which calls have to be looked at again although none of them
//! has changed.

use std::ops::Range;

use chrono::{DateTime, Utc};

use super::attribute::Length;
use super::criterion::Criterion;
use super::when::{Moves, Standpoint, Stretch};
use super::window::each;
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

    /// Of a tree as it is settled at two moments.
    pub(super) fn of(trees: [(Option<&Expr<Criterion>>, &Standpoint); 2]) -> Self {
        let mut drift = Self::default();
        let [(before, from), (after, to)] = trees;
        let (Some(before), Some(after)) = (before, after) else {
            return drift;
        };
        if from == to {
            return drift;
        }
        let mut stretches = Vec::new();
        each(before, &mut |criterion| {
            drift.running |= grows(criterion);
            if let Criterion::Created(_, times) = criterion {
                stretches.push(times.stretch(from));
            }
        });
        let mut stretches = stretches.into_iter();
        each(after, &mut |criterion| {
            if let Criterion::Created(_, times) = criterion
                && let Some(before) = stretches.next()
            {
                drift.add(before, times.stretch(to));
            }
        });
        drift
    }

    fn add(&mut self, before: Stretch, after: Stretch) {
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
