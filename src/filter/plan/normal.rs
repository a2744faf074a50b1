//! Conjunctive normal form: AND of OR groups, which is exactly what the service's precedence can say
//! without parentheses. Its size is bounded: a tree can double with every level.

use std::collections::HashMap;

use super::literal::{Formula, Literal};

/// How many groups one part of the conjunction at the top may become.
const MOST_CLAUSES: usize = 64;
/// How many literals these may have together.
const MOST_LITERALS: usize = 512;

/// The literals of one group, by their numbers, ascending and each once.
pub(super) type Clause = Vec<usize>;

/// The literals of a formula, each once.
#[derive(Debug, Default)]
pub(super) struct Literals {
    all: Vec<Literal>,
    by_text: HashMap<String, usize>,
}

impl Literals {
    pub(super) fn get(&self, number: usize) -> Option<&Literal> {
        self.all.get(number)
    }

    fn number(&mut self, literal: Literal) -> usize {
        if let Some(&number) = self.by_text.get(&literal.text) {
            return number;
        }
        let number = self.all.len();
        self.by_text.insert(literal.text.clone(), number);
        self.all.push(literal);
        number
    }
}

/// The groups of a formula; nothing if they would be too many.
pub(super) fn clauses(formula: Formula, literals: &mut Literals) -> Option<Vec<Clause>> {
    match formula {
        Formula::One(literal) => Some(vec![vec![literals.number(literal)]]),
        Formula::All(parts) => {
            let mut all = Vec::new();
            for part in parts {
                all.extend(clauses(part, literals)?);
                within(&all)?;
            }
            Some(all)
        }
        Formula::Any(parts) => {
            let mut all: Vec<Clause> = vec![Vec::new()];
            for part in parts {
                all = product(&all, &clauses(part, literals)?)?;
            }
            Some(all)
        }
    }
}

/// Every group of the one with every group of the other.
fn product(some: &[Clause], others: &[Clause]) -> Option<Vec<Clause>> {
    (some.len() * others.len() <= MOST_CLAUSES).then_some(())?;
    let mut all = Vec::with_capacity(some.len() * others.len());
    for one in some {
        for other in others {
            let mut both: Clause = one.iter().chain(other).copied().collect();
            both.sort_unstable();
            both.dedup();
            all.push(both);
        }
    }
    within(&all)?;
    Some(essential(all))
}

/// Without groups that hold wherever another one does.
pub(super) fn essential(all: Vec<Clause>) -> Vec<Clause> {
    let implies = |a: &Clause, b: &Clause| a.iter().all(|literal| b.binary_search(literal).is_ok());
    let is_needed = |at: usize| {
        let clause = &all[at];
        !all.iter().enumerate().any(|(other_at, other)| {
            let first_of_equals = other.len() < clause.len() || other_at < at;
            other_at != at && first_of_equals && implies(other, clause)
        })
    };
    let needed: Vec<bool> = (0..all.len()).map(is_needed).collect();
    all.into_iter()
        .zip(needed)
        .filter_map(|(clause, needed)| needed.then_some(clause))
        .collect()
}

fn within(clauses: &[Clause]) -> Option<()> {
    let literals: usize = clauses.iter().map(Vec::len).sum();
    (clauses.len() <= MOST_CLAUSES && literals <= MOST_LITERALS).then_some(())
}

#[cfg(test)]
mod tests;
