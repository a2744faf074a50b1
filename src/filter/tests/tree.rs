//! Trees made at random, written down in every permitted way, and evaluated by the simplest code
//! that can be right.

use chrono::{DateTime, Utc};
use proptest::prelude::*;

use crate::call::{Call, CallName, Direction, State, Transport};

/// A filter as the tests think of it.
#[derive(Debug, Clone)]
pub(super) enum Tree {
    All(Vec<Self>),
    Any(Vec<Self>),
    Not(Box<Self>),
    Time(&'static str, i64),
    Party(&'static str, bool, String),
    Named(&'static str, bool, String),
    Set(&'static str),
}

/// The same trees in varying dress: quotes, spelling, blanks, needless parentheses.
pub(super) fn write(tree: &Tree, dress: u32) -> String {
    let inner = |tree: &Tree| match tree {
        Tree::All(_) | Tree::Any(_) | Tree::Not(_) => format!("({})", write(tree, dress)),
        Tree::Time(..) | Tree::Party(..) | Tree::Named(..) | Tree::Set(_) => write(tree, dress),
    };
    let blank = if dress & 1 == 0 { " " } else { "\t " };
    let quote = if dress & 2 == 0 { '\'' } else { '"' };
    let text = match tree {
        Tree::All(parts) => {
            let and = if dress & 4 == 0 { " AND " } else { " " };
            parts.iter().map(inner).collect::<Vec<_>>().join(and)
        }
        Tree::Any(parts) => parts.iter().map(inner).collect::<Vec<_>>().join(" OR "),
        Tree::Not(part) if dress & 8 == 0 => format!("NOT {}", inner(part)),
        Tree::Not(part) => format!("-{}", inner(part)),
        Tree::Time(op, second) => {
            let name = if dress & 16 == 0 {
                "createTime"
            } else {
                "create_time"
            };
            format!(
                "{name}{blank}{op} {quote}{}{quote}",
                at(*second).to_rfc3339()
            )
        }
        Tree::Party(field, equal, pattern) => {
            let op = if *equal { "=" } else { "!=" };
            let text = pattern
                .replace('\\', r"\\")
                .replace(quote, &format!("\\{quote}"));
            format!("{field}{blank}{op}{blank}{quote}{text}{quote}")
        }
        Tree::Named(field, equal, name) => {
            let op = if *equal { "=" } else { "!=" };
            format!("{field}{op}{blank}{name}")
        }
        Tree::Set(field) => format!("{field}:*"),
    };
    if dress & 32 == 0 {
        text
    } else {
        format!("({text})")
    }
}

/// Whether a call passes, said as plainly as it can be.
pub(super) fn naive(tree: &Tree, call: &Call) -> bool {
    match tree {
        Tree::All(parts) => parts.iter().all(|part| naive(part, call)),
        Tree::Any(parts) => parts.iter().any(|part| naive(part, call)),
        Tree::Not(part) => !naive(part, call),
        Tree::Time(op, second) => {
            let (left, right) = (call.create_time.unwrap(), at(*second));
            match *op {
                "=" => left == right,
                "!=" => left != right,
                "<" => left < right,
                "<=" => left <= right,
                ">" => left > right,
                _ => left >= right,
            }
        }
        Tree::Party(field, equal, pattern) => {
            let text: Vec<char> = field_of(call, field).chars().collect();
            let pattern: Vec<char> = pattern.chars().collect();
            let only_stars = !pattern.is_empty() && pattern.iter().all(|&c| c == '*');
            let fits = like(&pattern, &text) && !(only_stars && text.is_empty());
            fits == *equal
        }
        Tree::Named(field, equal, name) => (field_of(call, field) == *name) == *equal,
        Tree::Set(field) => {
            let text = field_of(call, field);
            !text.is_empty() && !text.ends_with("_UNSPECIFIED")
        }
    }
}

fn like(pattern: &[char], text: &[char]) -> bool {
    match pattern {
        [] => text.is_empty(),
        ['*', rest @ ..] => (0..=text.len()).any(|from| like(rest, &text[from..])),
        [first, rest @ ..] => text.first() == Some(first) && like(rest, &text[1..]),
    }
}

fn field_of(call: &Call, field: &str) -> String {
    match field {
        "to" => call.to.to_string(),
        "from" => call.from.to_string(),
        "state" => call.state.to_string(),
        "direction" => call.direction.to_string(),
        "transport" => call.transport.to_string(),
        _ => "set".to_owned(),
    }
}

fn at(second: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_700_000_000 + second, 0).unwrap()
}

fn names<T: Copy + ToString>(named: &[T]) -> Vec<String> {
    named.iter().map(ToString::to_string).collect()
}

/// Trees that stay within the limits of the language.
pub(super) fn trees() -> impl Strategy<Value = Tree> {
    let party = (
        prop::sample::select(vec!["to", "from"]),
        any::<bool>(),
        r#"[ab*'"\\]{0,4}"#,
    );
    let named = |field: &'static str, names: Vec<String>| {
        (any::<bool>(), prop::sample::select(names))
            .prop_map(move |(equal, name)| Tree::Named(field, equal, name))
    };
    let ops = vec!["=", "!=", "<", "<=", ">", ">="];
    let fields = vec![
        "createTime",
        "to",
        "from",
        "state",
        "direction",
        "transport",
    ];
    let leaf = prop_oneof![
        (prop::sample::select(ops), 0..4_i64).prop_map(|(op, second)| Tree::Time(op, second)),
        party.prop_map(|(field, equal, pattern)| Tree::Party(field, equal, pattern)),
        named("state", names(State::NAMED)),
        named("direction", names(Direction::NAMED)),
        named("transport", names(Transport::NAMED)),
        prop::sample::select(fields).prop_map(Tree::Set),
    ];
    leaf.prop_recursive(4, 24, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 2..4).prop_map(Tree::All),
            prop::collection::vec(inner.clone(), 2..4).prop_map(Tree::Any),
            inner.prop_map(|part| Tree::Not(Box::new(part))),
        ]
    })
}

/// Calls that such trees can tell apart.
pub(super) fn calls() -> impl Strategy<Value = Call> {
    let states = prop::sample::select((0..12).map(State::from_number).collect::<Vec<_>>());
    let directions = prop::sample::select((0..4).map(Direction::from_number).collect::<Vec<_>>());
    let transports = prop::sample::select((0..5).map(Transport::from_number).collect::<Vec<_>>());
    let text = r#"[ab'"\\]{0,4}"#;
    (0..4_i64, text, text, states, directions, transports).prop_map(
        |(second, to, from, state, direction, transport)| {
            let mut call = Call::new(CallName::new("projects/demo/calls/1"));
            call.create_time = Some(at(second));
            call.to = to.into();
            call.from = from.into();
            call.state = state;
            call.direction = direction;
            call.transport = transport;
            call
        },
    )
}
