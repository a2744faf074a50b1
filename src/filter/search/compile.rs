//! Makes a search ready: negations go down to the leaves, where they cost nothing; conditions on one
//! field with few values become one test of a bit; cheap tests come first.

use super::criterion::Criterion;
use super::fold::FoldedPattern;
use super::matcher::{Ask, Between, Enum, Matcher, Test, UNKNOWN, Wanted, Word, names_with};
use super::names::{DIRECTIONS, METHODS, STATES, TRANSPORTS};
use super::values;
use super::when::Standpoint;
use crate::call::{CreateMethod, Direction, State, Transport};
use crate::filter::{Comparison, Equality, Expr, Pattern};

const SECOND: u64 = 1_000_000_000;
/// From how many digits on a leading zero may be that of a national number.
const NATIONAL_DIGITS: usize = 5;

/// What passes, as seen from a standpoint.
pub(super) fn matcher(root: Option<&Expr<Criterion>>, at: &Standpoint) -> Matcher {
    let test = root.map_or(Test::Fixed(true), |root| tree(root, true, at));
    Matcher { test, now: at.now }
}

/// The test that a tree comes out as `wanted`.
fn tree(expr: &Expr<Criterion>, wanted: bool, at: &Standpoint) -> Test {
    let tests = |parts: &[Expr<Criterion>]| {
        parts
            .iter()
            .map(|part| tree(part, wanted, at))
            .collect::<Vec<Test>>()
    };
    match expr {
        Expr::And { parts, .. } if wanted => joined(tests(parts), Joint::All),
        Expr::And { parts, .. } => joined(tests(parts), Joint::Any),
        Expr::Or { parts, .. } if wanted => joined(tests(parts), Joint::Any),
        Expr::Or { parts, .. } => joined(tests(parts), Joint::All),
        Expr::Not { inner, .. } => tree(inner, !wanted, at),
        Expr::Restriction(restriction) => leaf(&restriction.condition, wanted, at),
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Joint {
    All,
    Any,
}

/// Several tests as one: bits of one field together, what is certain left out, the cheapest first.
fn joined(tests: Vec<Test>, joint: Joint) -> Test {
    let neutral = joint == Joint::All;
    let mut kept: Vec<Test> = Vec::with_capacity(tests.len());
    let mut pending = tests;
    pending.reverse();
    while let Some(test) = pending.pop() {
        match test {
            Test::Fixed(holds) if holds == neutral => {}
            Test::Fixed(_) => return test,
            Test::All(inner) if joint == Joint::All => {
                pending.extend(inner.into_vec().into_iter().rev());
            }
            Test::Any(inner) if joint == Joint::Any => {
                pending.extend(inner.into_vec().into_iter().rev());
            }
            Test::One(Ask::Named(field, bits), true) => {
                let same = kept.iter_mut().find_map(|other| match other {
                    Test::One(Ask::Named(other, bits), true) if *other == field => Some(bits),
                    _ => None,
                });
                match (same, joint) {
                    (Some(other), Joint::All) => *other &= bits,
                    (Some(other), Joint::Any) => *other |= bits,
                    (None, _) => kept.push(Test::One(Ask::Named(field, bits), true)),
                }
            }
            test @ (Test::All(_) | Test::Any(_) | Test::One(..)) => kept.push(test),
        }
    }
    let certain = |test: &Test| match test {
        Test::One(Ask::Named(_, 0), true) => Some(false),
        Test::One(Ask::Named(field, bits), true) if *bits == field.all() => Some(true),
        Test::Fixed(holds) => Some(*holds),
        Test::All(_) | Test::Any(_) | Test::One(..) => None,
    };
    if kept.iter().any(|test| certain(test) == Some(!neutral)) {
        return Test::Fixed(!neutral);
    }
    kept.retain(|test| certain(test).is_none());
    kept.sort_by_key(cost);
    match (kept.len(), joint) {
        (0, _) => Test::Fixed(neutral),
        (1, _) => kept.remove(0),
        (_, Joint::All) => Test::All(kept.into()),
        (_, Joint::Any) => Test::Any(kept.into()),
    }
}

pub(super) fn cost(test: &Test) -> u32 {
    match test {
        Test::Fixed(_) => 0,
        Test::All(tests) | Test::Any(tests) => tests.iter().map(cost).sum(),
        Test::One(ask, _) => ask.cost(),
    }
}

fn leaf(criterion: &Criterion, wanted: bool, at: &Standpoint) -> Test {
    let equal = |equality: Equality| (equality == Equality::Equal) == wanted;
    // Of all comparisons only != is the complement of a stretch.
    let ordered = |comparison: Comparison| (comparison != Comparison::NotEqual) == wanted;
    let one = |ask, equality| Test::One(ask, equal(equality));
    match criterion {
        Criterion::Created(comparison, times) => {
            let (from, before) = times.stretch(at).bounds(*comparison);
            Test::One(Ask::Created(Between { from, before }), ordered(*comparison))
        }
        Criterion::Party(end, equality, pattern) => {
            one(Ask::Party(*end, Wanted::of(pattern)), *equality)
        }
        Criterion::State(equality, State::Other(number)) => {
            one(Ask::Numbered(Enum::State, *number), *equality)
        }
        Criterion::Direction(equality, Direction::Other(number)) => {
            one(Ask::Numbered(Enum::Direction, *number), *equality)
        }
        Criterion::Transport(equality, Transport::Other(number)) => {
            one(Ask::Numbered(Enum::Transport, *number), *equality)
        }
        Criterion::Method(equality, CreateMethod::Other(number)) => {
            one(Ask::Numbered(Enum::Method, *number), *equality)
        }
        Criterion::State(equality, state) => named(Enum::State, state.number(), equal(*equality)),
        Criterion::Direction(equality, direction) => {
            named(Enum::Direction, direction.number(), equal(*equality))
        }
        Criterion::Transport(equality, transport) => {
            named(Enum::Transport, transport.number(), equal(*equality))
        }
        Criterion::Method(equality, method) => {
            named(Enum::Method, method.number(), equal(*equality))
        }
        Criterion::Text(text, equality, pattern) => {
            one(Ask::Text(*text, FoldedPattern::of(pattern)), *equality)
        }
        Criterion::Label(key, equality, pattern) => one(
            Ask::Label(key.clone(), FoldedPattern::of(pattern)),
            *equality,
        ),
        Criterion::Length(length, comparison, nanos) => {
            let unit = if nanos % SECOND == 0 { SECOND } else { 1 };
            let (from, before) = bounds(*nanos, nanos + unit, *comparison);
            Test::One(
                Ask::Length(*length, Between { from, before }),
                ordered(*comparison),
            )
        }
        Criterion::Price(comparison, amount) => {
            let (from, before) = bounds(amount.nanos(), amount.nanos() + 1, *comparison);
            let currency = amount.currency().map(Into::into);
            Test::One(
                Ask::Price(Between { from, before }, currency),
                ordered(*comparison),
            )
        }
        Criterion::Flag(flag, is) => Test::One(Ask::Flag(*flag), *is == wanted),
        Criterion::Has(attribute) => Test::One(Ask::Has(*attribute), wanted),
        Criterion::HasLabel(key) => Test::One(Ask::HasLabel(key.clone()), wanted),
        Criterion::Word(pattern) => Test::One(Ask::Word(Box::new(word(pattern))), wanted),
    }
}

fn named(field: Enum, number: i32, wanted: bool) -> Test {
    let bit = Enum::bit(number);
    let bits = if wanted { bit } else { field.all() & !bit };
    Test::One(Ask::Named(field, bits), true)
}

/// The values of which a comparison with those from `start` to before `end` holds.
fn bounds<T>(start: T, end: T, comparison: Comparison) -> (Option<T>, Option<T>) {
    match comparison {
        Comparison::Equal | Comparison::NotEqual => (Some(start), Some(end)),
        Comparison::Less => (None, Some(start)),
        Comparison::AtMost => (None, Some(end)),
        Comparison::Greater => (Some(end), None),
        Comparison::AtLeast => (Some(start), None),
    }
}

fn word(pattern: &Pattern) -> Word {
    let text = FoldedPattern::within(pattern);
    let numbers = |named: &[i32]| named.iter().skip(1).copied().collect::<Vec<i32>>();
    let states: Vec<i32> = State::NAMED.iter().map(|state| state.number()).collect();
    let directions: Vec<i32> = Direction::NAMED
        .iter()
        .map(|direction| direction.number())
        .collect();
    let transports: Vec<i32> = Transport::NAMED
        .iter()
        .map(|transport| transport.number())
        .collect();
    let methods: Vec<i32> = CreateMethod::NAMED
        .iter()
        .map(|method| method.number())
        .collect();
    Word {
        named: [
            (Enum::State, names_with(&STATES, &numbers(&states), &text)),
            (
                Enum::Direction,
                names_with(&DIRECTIONS, &numbers(&directions), &text),
            ),
            (
                Enum::Transport,
                names_with(&TRANSPORTS, &numbers(&transports), &text),
            ),
            (
                Enum::Method,
                names_with(&METHODS, &numbers(&methods), &text),
            ),
        ],
        digits: digits(pattern).into(),
        text,
    }
}

/// How a word stands in numbers, if it is a part of one.
fn digits(pattern: &Pattern) -> Vec<Wanted> {
    let written = pattern.pieces().concat();
    let Some(all) = values::digits(&written) else {
        return Vec::new();
    };
    let squeezed = pattern.pieces().iter().map(|piece| values::squeezed(piece));
    let mut pieces = vec![String::new()];
    pieces.extend(squeezed.filter(|piece| !piece.is_empty()));
    pieces.push(String::new());
    let mut ways = vec![Wanted::of(&Pattern::new(&pieces))];
    let national = all.starts_with('0') && !all.starts_with("00") && all.len() >= NATIONAL_DIGITS;
    if let Some(first) = pieces.get_mut(1).filter(|_| national) {
        first.remove(0);
        ways.push(Wanted::of(&Pattern::new(&pieces)));
    }
    ways
}

const _: () = assert!(State::NAMED.len() < UNKNOWN.trailing_zeros() as usize);
