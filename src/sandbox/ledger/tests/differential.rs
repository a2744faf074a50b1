//! Random filters over random calls: what the database answers, what the register answers, and what
//! the language says by itself are the same, page by page.

use proptest::prelude::*;

use super::super::reading::{Reader, Written};
use super::*;
use crate::call::{self, CallName, Direction, State, Transport};

/// Texts that a comparison may trip over.
const TEXTS: [&str; 26] = [
    "",
    "+61491570006",
    "+6149157000",
    "+614915700066",
    "+61255501234",
    "+1",
    "sip:ana@branch.example",
    "SIP:ANA@BRANCH.EXAMPLE",
    "*",
    "**",
    "?",
    "[",
    "[a]",
    "]",
    "\\",
    "'",
    "\"",
    "%_",
    " ",
    "é",
    "e\u{301}",
    "\0",
    "a\0b",
    "\u{d7ff}",
    "\u{e000}😀",
    "\u{10ffff}",
];
/// Numbers of enums, those among them that this version does not know.
const NUMBERS: [i32; 14] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, -1, i32::MIN, i32::MAX];
/// Times in nanoseconds since 1970: many calls share one.
const TIMES: [i64; 7] = [
    -1,
    0,
    1,
    1_614_563_999_999_999_999,
    1_614_564_000_000_000_000,
    1_614_564_000_000_000_001,
    1_614_564_060_000_000_000,
];

fn text() -> impl Strategy<Value = String> {
    let known = prop::sample::select(&TEXTS[..]);
    prop_oneof![
        4 => known.clone().prop_map(str::to_owned),
        1 => (known.clone(), known).prop_map(|(a, b)| format!("{a}{b}")),
        1 => any::<String>(),
    ]
}

fn time(nanos: i64) -> prost_types::Timestamp {
    wire::timestamp(DateTime::from_timestamp_nanos(nanos))
}

prop_compose! {
    fn some_call()(
        to in text(),
        from in text(),
        numbers in [prop::sample::select(&NUMBERS[..]), prop::sample::select(&NUMBERS[..4]),
                    prop::sample::select(&NUMBERS[..5])],
        created in prop::sample::select(&TIMES[..]),
        id in any::<u128>(),
    ) -> proto::Call {
        proto::Call {
            name: format!("projects/demo/calls/{}", uuid::Uuid::from_u128(id)),
            to,
            from,
            state: numbers[0],
            direction: numbers[1],
            transport: numbers[2],
            create_time: Some(time(created)),
            ..proto::Call::default()
        }
    }
}

/// A text as a filter writes it.
fn quoted(text: &str) -> String {
    let mut quoted = String::new();
    for c in text.chars() {
        if ['\'', '"', '\\', '*'].contains(&c) {
            quoted.push('\\');
        }
        quoted.push(c);
    }
    quoted
}

fn pattern() -> impl Strategy<Value = String> {
    let piece = || text().prop_map(|text| quoted(&text));
    prop_oneof![
        2 => piece(),
        2 => piece().prop_map(|piece| format!("{piece}*")),
        1 => piece().prop_map(|piece| format!("*{piece}")),
        1 => prop::collection::vec(piece(), 1..4).prop_map(|pieces| pieces.join("*")),
        1 => Just("*".to_owned()),
    ]
}

fn name<T: Copy + std::fmt::Debug>(
    values: &'static [T],
    name: fn(T) -> std::borrow::Cow<'static, str>,
) -> impl Strategy<Value = String> {
    prop::sample::select(values).prop_map(move |value| name(value).into_owned())
}

fn condition() -> impl Strategy<Value = String> {
    let equality = || prop::sample::select(vec!["=", "!="]);
    let order = prop::sample::select(vec!["=", "!=", "<", "<=", ">", ">="]);
    let times = prop::sample::select(&TIMES[..]).prop_map(|nanos| {
        DateTime::from_timestamp_nanos(nanos)
            .format("%Y-%m-%dT%H:%M:%S%.9fZ")
            .to_string()
    });
    let times = prop_oneof![
        6 => times,
        1 => Just("0001-01-01".to_owned()),
        1 => Just("9999-12-31T23:59:59Z".to_owned()),
    ];
    let fields = vec![
        "createTime",
        "to",
        "from",
        "state",
        "direction",
        "transport",
    ];
    prop_oneof![
        3 => (prop::sample::select(vec!["to", "from"]), equality(), pattern())
            .prop_map(|(field, equality, pattern)| format!("{field} {equality} '{pattern}'")),
        2 => (equality(), name(State::NAMED, State::name))
            .prop_map(|(equality, state)| format!("state {equality} {state}")),
        1 => (equality(), name(Direction::NAMED, Direction::name))
            .prop_map(|(equality, way)| format!("direction {equality} {way}")),
        1 => (equality(), name(Transport::NAMED, Transport::name))
            .prop_map(|(equality, by)| format!("transport {equality} {by}")),
        2 => (order, times).prop_map(|(order, time)| format!("createTime {order} '{time}'")),
        1 => prop::sample::select(fields).prop_map(|field| format!("{field}:*")),
    ]
}

fn filter() -> impl Strategy<Value = Filter> {
    let node = condition().prop_recursive(3, 14, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 2..4)
                .prop_map(|parts| format!("({})", parts.join(" AND "))),
            prop::collection::vec(inner.clone(), 2..4)
                .prop_map(|parts| format!("({})", parts.join(" OR "))),
            inner.prop_map(|part| format!("NOT ({part})")),
        ]
    });
    // The style of the console among them: ANDs of ORs, and no parentheses.
    let plain = prop::collection::vec(prop::collection::vec(condition(), 1..4), 1..4)
        .prop_map(|clauses| {
            clauses
                .iter()
                .map(|any| any.join(" OR "))
                .collect::<Vec<_>>()
        })
        .prop_map(|clauses| clauses.join(" AND "));
    let states = prop::collection::vec(name(State::NAMED, State::name), 1..5)
        .prop_map(|states| {
            states
                .iter()
                .map(|state| format!("state = {state}"))
                .collect()
        })
        .prop_map(|any: Vec<String>| any.join(" OR "));
    prop_oneof![1 => Just(String::new()), 6 => node, 4 => plain, 2 => states]
        .prop_filter_map("the filter is too long", |text| Filter::parse(&text).ok())
}

/// The fields that filters know, as the language has them.
fn domain(call: &proto::Call) -> call::Call {
    let mut domain = call::Call::new(CallName::new(&*call.name));
    domain.to = call.to.as_str().into();
    domain.from = call.from.as_str().into();
    domain.state = State::from_number(call.state);
    domain.direction = Direction::from_number(call.direction);
    domain.transport = Transport::from_number(call.transport);
    domain.create_time = wire::time(call.create_time.as_ref());
    domain
}

/// The whole list, page by page, of a page size each.
fn walk(reader: &mut Reader, project: i64, filter: &Filter, sizes: &[usize]) -> Vec<proto::Call> {
    let mut calls = Vec::new();
    let mut after = None;
    for &size in sizes.iter().cycle() {
        let page = reader
            .list(&PageQuery {
                project,
                filter: filter.clone(),
                skip: 0,
                visible_until: None,
                after: after.take(),
                size,
            })
            .unwrap();
        assert!(page.calls.len() <= size);
        assert!(page.calls.len() == size || page.next.is_none());
        calls.extend(page.calls);
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    calls
}

/// A ledger with everything that was written to it, and three ways to read it.
struct Tried {
    calls: Vec<(i64, proto::Call)>,
    readers: [Reader; 3],
}

/// Writes calls, some at a time, and changes some of them; each time the register of the last reader
/// is filled a little, and follows what it was filled with already.
fn write(calls: Vec<proto::Call>, changes: &[(prop::sample::Index, i32)], step: usize) -> Tried {
    let mut store = Store::open(None).unwrap();
    let reader = |store: &Store| {
        let (tell, written) = mpsc::channel(1_000);
        (store.reader(written).unwrap(), tell)
    };
    let (mut follower, tell) = reader(&store);
    let mut calls: Vec<(i64, proto::Call)> = calls
        .into_iter()
        .enumerate()
        .map(|(at, call)| (i64::from(at % 5 == 4), call))
        .collect();
    let mut changes = changes.iter();
    let mut serial = 0;
    for begin in (0..calls.len()).step_by(step) {
        let end = (begin + step).min(calls.len());
        let mut entries = Vec::new();
        for (project, call) in &calls[begin..end] {
            serial += 1;
            entries.push(Entry::Born {
                serial,
                project: *project,
                call: call.clone(),
            });
        }
        for (index, state) in changes.by_ref().take(step) {
            let at = index.index(end);
            calls[at].1.state = *state;
            entries.push(Entry::Changed {
                serial: i64::try_from(at).unwrap() + 1,
                call: calls[at].1.clone(),
            });
        }
        let turn = store.write(&entries, now()).unwrap();
        tell.try_send(Written { turn, entries }).unwrap();
        follower.fill(3).unwrap();
    }
    while follower.is_filling() {
        follower.fill(3).unwrap();
    }
    let (by_query, _) = reader(&store);
    let (mut by_register, _) = reader(&store);
    by_register.fill(usize::MAX).unwrap();
    assert!(!by_register.is_filling() && by_query.is_filling());
    Tried {
        calls,
        readers: [by_query, by_register, follower],
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// `api.md §6`, `§7`.
    #[test]
    fn every_way_to_a_page_brings_what_the_language_says_in_its_order(
        calls in prop::collection::vec(some_call(), 1..40),
        changes in prop::collection::vec((any::<prop::sample::Index>(), prop::sample::select(&NUMBERS[..])), 0..20),
        filters in prop::collection::vec(filter(), 1..8),
        sizes in prop::collection::vec(1_usize..12, 1..4),
        step in 1_usize..12,
    ) {
        let mut tried = write(calls, &changes, step);
        for filter in &filters {
            for project in [0, 1] {
                let mut expected: Vec<&proto::Call> = tried
                    .calls
                    .iter()
                    .filter(|(of, call)| *of == project && filter.matches(&domain(call)))
                    .map(|(_, call)| call)
                    .collect();
                expected.sort_by_key(|call| {
                    let time = call.create_time.unwrap();
                    std::cmp::Reverse((time.seconds, time.nanos, call.name.clone()))
                });
                for (way, reader) in ["query", "register", "follower"].iter().zip(&mut tried.readers) {
                    let found = walk(reader, project, filter, &sizes);
                    prop_assert!(
                        found.iter().eq(expected.iter().copied()),
                        "{way}: {filter}\n found {found:?}\n expected {expected:?}"
                    );
                }
            }
        }
    }
}

/// Names that are no UUIDs have no place in the register; lists go on without it.
#[test]
fn a_ledger_with_other_names_is_listed_by_the_database() {
    let mut store = Store::open(None).unwrap();
    let (_, written) = mpsc::channel(1);
    let mut reader = store.reader(written).unwrap();
    store.write(&[born(1, "a"), born(2, "B")], now()).unwrap();
    let (_, written) = mpsc::channel(1);
    let mut later = store.reader(written).unwrap();
    later.fill(usize::MAX).unwrap();
    assert!(!later.is_filling());
    for reader in [&mut reader, &mut later] {
        let filter = Filter::parse("state != COMPLETED").unwrap();
        assert_eq!(walk(reader, 1, &filter, &[1]).len(), 2);
    }
}
