//! A filter made ready for many rows: what it asks of a text or of a kind is answered once for each
//! text and kind that there is, and looked up from then on.

use super::Kind;
use super::roll::Rows;
use super::texts::Texts;
use crate::filter::{Comparison, Condition, Equality, Expr, Field, Filter};
use crate::sandbox::wire;

/// Which rows pass a filter.
#[derive(Debug)]
pub(super) struct Sieve {
    test: Test,
    /// Creation times, both included, outside of which nothing passes.
    pub(super) times: (i64, i64),
}

#[derive(Debug)]
enum Test {
    All(Vec<Self>),
    Any(Vec<Self>),
    Not(Box<Self>),
    Created(Comparison, i64),
    One(Column, Set),
}

/// What a condition looks at, beside the time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Column {
    Callee,
    Caller,
    Kind,
}

impl Column {
    /// In the order in which they are cheap to look at.
    const ALL: [Self; 3] = [Self::Kind, Self::Callee, Self::Caller];
}

/// Some numbers: a bit for each.
#[derive(Debug, Default)]
struct Set {
    words: Vec<u64>,
}

impl Set {
    fn of(bits: impl Iterator<Item = bool>) -> Self {
        let mut set = Self::default();
        let mut word = 0;
        let mut count = 0_u32;
        for bit in bits {
            word |= u64::from(bit) << (count % 64);
            count += 1;
            if count.is_multiple_of(64) {
                set.words.push(std::mem::take(&mut word));
            }
        }
        set.words.push(word);
        set
    }

    fn has(&self, number: u32) -> bool {
        let word = self.words.get((number / 64) as usize);
        word.is_some_and(|word| word >> (number % 64) & 1 == 1)
    }

    fn is_empty(&self) -> bool {
        self.words.iter().all(|&word| word == 0)
    }
}

impl Sieve {
    pub(super) fn of(filter: &Filter, texts: &Texts, kinds: &[Kind]) -> Self {
        let mut sieve = Self {
            test: Test::All(Vec::new()),
            times: (i64::MIN, i64::MAX),
        };
        if let Some(root) = filter.expr() {
            sieve.times = times(root);
            sieve.test = test(root, texts, kinds);
        }
        sieve
    }

    /// Whether it is certain, without a look at any row, that none passes.
    pub(super) fn is_shut(&self) -> bool {
        self.times.0 > self.times.1 || self.test.is_shut()
    }

    /// Which of some rows pass: a bit for each.
    pub(super) fn sift(&self, rows: Rows<'_>) -> u64 {
        let all = u64::MAX.unbounded_shr(64_u32.saturating_sub(bits(rows)));
        self.test.sift(rows, all)
    }
}

fn bits(rows: Rows<'_>) -> u32 {
    u32::try_from(rows.created.len()).unwrap_or(u32::MAX)
}

impl Test {
    fn is_shut(&self) -> bool {
        match self {
            Self::All(tests) => tests.iter().any(Self::is_shut),
            Self::Any(tests) => tests.iter().all(Self::is_shut),
            Self::One(_, set) => set.is_empty(),
            Self::Not(_) | Self::Created(..) => false,
        }
    }

    /// Which of `all` the rows pass.
    fn sift(&self, rows: Rows<'_>, all: u64) -> u64 {
        match self {
            Self::All(tests) => {
                let mut left = all;
                for test in tests {
                    if left == 0 {
                        break;
                    }
                    left &= test.sift(rows, all);
                }
                left
            }
            Self::Any(tests) => {
                let mut passed = 0;
                for test in tests {
                    if passed == all {
                        break;
                    }
                    passed |= test.sift(rows, all);
                }
                passed
            }
            Self::Not(test) => all & !test.sift(rows, all),
            Self::Created(comparison, time) => mask(rows.created, |&created| {
                let order = created.cmp(time);
                match comparison {
                    Comparison::Equal => order.is_eq(),
                    Comparison::NotEqual => order.is_ne(),
                    Comparison::Less => order.is_lt(),
                    Comparison::AtMost => order.is_le(),
                    Comparison::Greater => order.is_gt(),
                    Comparison::AtLeast => order.is_ge(),
                }
            }),
            Self::One(column, set) => {
                let numbers = match column {
                    Column::Callee => rows.callee,
                    Column::Caller => rows.caller,
                    Column::Kind => rows.kind,
                };
                mask(numbers, |&number| set.has(number))
            }
        }
    }
}

fn mask<T>(values: &[T], passes: impl Fn(&T) -> bool) -> u64 {
    let bits = values.iter().enumerate();
    bits.fold(0, |mask, (bit, value)| {
        mask | u64::from(passes(value)) << bit
    })
}

/// How the parts of a node are taken together.
#[derive(Debug, Clone, Copy)]
enum Join {
    All,
    Any,
}

fn test(expr: &Expr, texts: &Texts, kinds: &[Kind]) -> Test {
    match expr {
        Expr::And { parts, .. } => joined(Join::All, parts, texts, kinds),
        Expr::Or { parts, .. } => joined(Join::Any, parts, texts, kinds),
        Expr::Restriction(restriction) => match &restriction.condition {
            Condition::CreateTime(comparison, time) => {
                Test::Created(*comparison, wire::nanos(*time))
            }
            // Every call has one.
            Condition::Has(Field::CreateTime) => Test::All(Vec::new()),
            _ => joined(Join::All, std::slice::from_ref(expr), texts, kinds),
        },
        Expr::Not { inner, .. } => match column(expr) {
            Some(_) => joined(Join::All, std::slice::from_ref(expr), texts, kinds),
            None => Test::Not(Box::new(test(inner, texts, kinds))),
        },
    }
}

/// All parts that look at one column become one set.
fn joined(join: Join, parts: &[Expr], texts: &Texts, kinds: &[Kind]) -> Test {
    let mut made = Vec::new();
    for of in Column::ALL {
        let alike: Vec<&Expr> = parts
            .iter()
            .filter(|part| column(part) == Some(of))
            .collect();
        if alike.is_empty() {
            continue;
        }
        let passes = |asked: &dyn Fn(&Condition) -> bool| match join {
            Join::All => alike.iter().all(|part| holds(part, asked)),
            Join::Any => alike.iter().any(|part| holds(part, asked)),
        };
        let set = match of {
            Column::Callee | Column::Caller => Set::of(
                texts
                    .iter()
                    .map(|text| passes(&|condition| of_text(condition, text))),
            ),
            Column::Kind => Set::of(
                kinds
                    .iter()
                    .map(|kind| passes(&|condition| of_kind(condition, kind))),
            ),
        };
        made.push(Test::One(of, set));
    }
    let others = parts.iter().filter(|part| column(part).is_none());
    made.extend(others.map(|part| test(part, texts, kinds)));
    match join {
        Join::All => Test::All(made),
        Join::Any => Test::Any(made),
    }
}

/// The one column that a filter looks at, if it is one.
fn column(expr: &Expr) -> Option<Column> {
    match expr {
        Expr::And { parts, .. } | Expr::Or { parts, .. } => {
            let (first, rest) = parts.split_first()?;
            let of = column(first)?;
            rest.iter()
                .all(|part| column(part) == Some(of))
                .then_some(of)
        }
        Expr::Not { inner, .. } => column(inner),
        Expr::Restriction(restriction) => match restriction.condition.field() {
            Field::CreateTime => None,
            Field::To => Some(Column::Callee),
            Field::From => Some(Column::Caller),
            Field::State | Field::Direction | Field::Transport => Some(Column::Kind),
        },
    }
}

fn holds(expr: &Expr, asked: &dyn Fn(&Condition) -> bool) -> bool {
    match expr {
        Expr::And { parts, .. } => parts.iter().all(|part| holds(part, asked)),
        Expr::Or { parts, .. } => parts.iter().any(|part| holds(part, asked)),
        Expr::Not { inner, .. } => !holds(inner, asked),
        Expr::Restriction(restriction) => asked(&restriction.condition),
    }
}

/// A condition on a party, asked of its text.
fn of_text(condition: &Condition, text: &str) -> bool {
    match condition {
        Condition::To(equality, pattern) | Condition::From(equality, pattern) => {
            pattern.matches(text) == (*equality == Equality::Equal)
        }
        Condition::Has(_) => !text.is_empty(),
        Condition::CreateTime(..)
        | Condition::State(..)
        | Condition::Direction(..)
        | Condition::Transport(..) => false,
    }
}

/// A condition on an enum, asked of the numbers of a kind.
fn of_kind(condition: &Condition, kind: &Kind) -> bool {
    let (equality, is) = match condition {
        Condition::State(equality, state) => (*equality, kind.state == state.number()),
        Condition::Direction(equality, way) => (*equality, kind.direction == way.number()),
        Condition::Transport(equality, by) => (*equality, kind.transport == by.number()),
        Condition::Has(Field::State) => (Equality::NotEqual, kind.state == 0),
        Condition::Has(Field::Direction) => (Equality::NotEqual, kind.direction == 0),
        Condition::Has(Field::Transport) => (Equality::NotEqual, kind.transport == 0),
        Condition::Has(Field::CreateTime | Field::To | Field::From)
        | Condition::CreateTime(..)
        | Condition::To(..)
        | Condition::From(..) => return false,
    };
    is == (equality == Equality::Equal)
}

/// The bounds on the creation time in the conjunction at the top, both included.
fn times(root: &Expr) -> (i64, i64) {
    let parts = match root {
        Expr::And { parts, .. } => parts.as_slice(),
        other @ (Expr::Or { .. } | Expr::Not { .. } | Expr::Restriction(_)) => {
            std::slice::from_ref(other)
        }
    };
    let mut bounds = (i64::MIN, i64::MAX);
    for part in parts {
        let Expr::Restriction(restriction) = part else {
            continue;
        };
        let Condition::CreateTime(comparison, time) = &restriction.condition else {
            continue;
        };
        let time = wire::nanos(*time);
        match comparison {
            Comparison::Equal => bounds = (bounds.0.max(time), bounds.1.min(time)),
            Comparison::NotEqual => {}
            Comparison::Less | Comparison::AtMost => bounds.1 = bounds.1.min(time),
            Comparison::Greater | Comparison::AtLeast => bounds.0 = bounds.0.max(time),
        }
    }
    bounds
}
