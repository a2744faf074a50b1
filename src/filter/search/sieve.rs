//! A matcher made to go through many calls of one store: it reads the store's columns, and what it
//! has found out of a text that many calls share it does not find out again.
//!
//! It lets through exactly what its matcher does.

mod id;
mod number;
mod question;
mod words;

use crate::call::{Bits, Slot, Store};

use super::compile;
use super::matcher::{Matcher, Test};
use question::Question;
use words::WordSets;

/// Tells which calls of a store pass. It may be kept while the store changes, and is used with that
/// one store only.
#[derive(Debug)]
pub struct Sieve {
    matcher: Matcher,
    root: Node,
    words: WordSets,
    /// Nanoseconds since 1970.
    now: i128,
    /// What the store's columns said of numbers that were used again.
    reused: u64,
}

/// A test, or several of them.
#[derive(Debug)]
enum Node {
    Fixed(bool),
    All(Box<[Self]>),
    Any(Box<[Self]>),
    One(Question, bool),
}

impl Sieve {
    pub(super) fn new(matcher: &Matcher) -> Self {
        let now = matcher.now;
        let seconds = i128::from(now.timestamp()) * 1_000_000_000;
        let mut words = WordSets::default();
        Self {
            root: node(&matcher.test, &mut words),
            words,
            matcher: matcher.clone(),
            now: seconds + i128::from(now.timestamp_subsec_nanos()),
            reused: 0,
        }
    }

    /// Whether every call passes.
    pub fn passes_all(&self) -> bool {
        matches!(self.root, Node::Fixed(true))
    }

    /// To be called whenever the store may have changed, before the next calls are looked at.
    pub fn refresh(&mut self, store: &Store) {
        let reused = store.columns().reused();
        self.words.refresh();
        if reused != self.reused {
            self.words = WordSets::default();
            self.root = node(&self.matcher.test, &mut self.words);
            self.reused = reused;
        }
    }

    /// Whether a call passes.
    pub fn passes(&mut self, store: &Store, slot: Slot) -> bool {
        if store.columns().bits(slot).has(Bits::ODD) {
            return self.matcher.matches(store.call(slot));
        }
        self.root.holds(&mut self.words, store, slot, self.now)
    }
}

impl Node {
    fn holds(&mut self, words: &mut WordSets, store: &Store, slot: Slot, now: i128) -> bool {
        match self {
            Self::Fixed(holds) => *holds,
            Self::All(nodes) => nodes
                .iter_mut()
                .all(|node| node.holds(words, store, slot, now)),
            Self::Any(nodes) => nodes
                .iter_mut()
                .any(|node| node.holds(words, store, slot, now)),
            Self::One(question, wanted) => question.holds(words, store, slot, now) == *wanted,
        }
    }
}

fn node(test: &Test, words: &mut WordSets) -> Node {
    let mut joint = |tests: &[Test]| {
        let mut nodes: Vec<(u32, Node)> = tests
            .iter()
            .map(|test| (compile::cost(test), node(test, words)))
            .collect();
        nodes.sort_by_key(|(cost, _)| *cost);
        nodes.into_iter().map(|(_, node)| node).collect()
    };
    match test {
        Test::Fixed(holds) => Node::Fixed(*holds),
        Test::All(tests) => Node::All(joint(tests)),
        Test::Any(tests) => Node::Any(joint(tests)),
        Test::One(ask, wanted) => Node::One(Question::of(ask, words), *wanted),
    }
}

/// Whether something holds of texts and groups of texts, by their numbers; found out once for each.
#[derive(Debug, Default)]
struct Verdicts(Vec<Verdict>);

#[derive(Debug, Clone, Copy, Default)]
enum Verdict {
    #[default]
    Open,
    No,
    Yes,
}

impl Verdicts {
    fn of(&mut self, number: u32, find: impl FnOnce() -> bool) -> bool {
        let at = number as usize;
        match self.0.get(at) {
            Some(Verdict::Yes) => true,
            Some(Verdict::No) => false,
            Some(Verdict::Open) | None => {
                let holds = find();
                if at >= self.0.len() {
                    self.0.resize((at + 1).next_power_of_two(), Verdict::Open);
                }
                self.0[at] = if holds { Verdict::Yes } else { Verdict::No };
                holds
            }
        }
    }
}
