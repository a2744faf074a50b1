//! The groups say just what the formula says, whatever is true of its literals.

use proptest::prelude::*;

use super::*;
use crate::filter::plan::literal::Reason;

/// How many literals a formula is made of; each of their truths is tried.
const LITERALS: u32 = 6;

/// A formula that can be read twice.
#[derive(Debug, Clone)]
enum Plain {
    All(Vec<Self>),
    Any(Vec<Self>),
    One(u32),
}

impl Plain {
    fn formula(&self) -> Formula {
        let all = |parts: &[Self]| parts.iter().map(Self::formula).collect();
        match self {
            Self::All(parts) => Formula::All(all(parts)),
            Self::Any(parts) => Formula::Any(all(parts)),
            Self::One(number) => Formula::One(Literal {
                text: number.to_string(),
                condition: Err(Reason::Value),
                expires: None,
            }),
        }
    }

    /// Whether it holds where the literals with a bit in `truth` do.
    fn holds(&self, truth: u32) -> bool {
        match self {
            Self::All(parts) => parts.iter().all(|part| part.holds(truth)),
            Self::Any(parts) => parts.iter().any(|part| part.holds(truth)),
            Self::One(number) => truth & (1 << number) != 0,
        }
    }
}

fn formulas() -> impl Strategy<Value = Plain> {
    let leaf = (0..LITERALS).prop_map(Plain::One);
    leaf.prop_recursive(4, 24, 4, |inner| {
        let parts = || prop::collection::vec(inner.clone(), 1..4);
        prop_oneof![parts().prop_map(Plain::All), parts().prop_map(Plain::Any)]
    })
}

proptest! {
    #[test]
    fn the_groups_hold_exactly_where_the_formula_does(plain in formulas()) {
        let mut literals = Literals::default();
        let Some(groups) = clauses(plain.formula(), &mut literals) else {
            // Too many groups are no groups; what that takes is a matter of size alone.
            return Ok(());
        };
        let number = |at: &usize| -> u32 { literals.get(*at).unwrap().text.parse().unwrap() };
        let needed = essential(groups.clone());
        for truth in 0..1 << LITERALS {
            let hold = |groups: &[Clause]| {
                let mut each = groups.iter();
                each.all(|group| group.iter().any(|at| truth & (1 << number(at)) != 0))
            };
            prop_assert_eq!(hold(&groups), plain.holds(truth), "{:?} of {:?}", groups, plain);
            prop_assert_eq!(hold(&needed), plain.holds(truth), "{:?} of {:?}", needed, plain);
        }
        let size: usize = groups.iter().map(Vec::len).sum();
        prop_assert!(groups.len() <= MOST_CLAUSES && size <= MOST_LITERALS);
    }
}
