//! A sieve lets through exactly what its matcher does, whatever becomes of the store.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use proptest::prelude::*;

use super::trees::{at, calls, standpoint, trees};
use crate::call::{AsOf, Call, CallName, Money, Store};
use crate::filter::tree::Restriction;
use crate::filter::{Criterion, End, Equality, Expr, Pattern, Search, Text};

/// Few names, so that calls change; UUIDs among them.
fn names() -> impl Strategy<Value = CallName> {
    let names = [
        "projects/demo/calls/6f1c2e04-1111-4222-8333-4444aab1bb11",
        "projects/demo/calls/11111111-1111-4222-8333-aabb11aa4444",
        "projects/b/calls/6f1c2e04-1111-4222-8333-4444aab1bb11",
        "6f1c2e04-1111-4222-8333-4444aab1bb11",
        "projects/demo/calls/6F1C2E04-1111-4222-8333-4444AAB1BB11",
        "projects/demo/calls/a1",
        "",
    ];
    prop::sample::select(names.to_vec()).prop_map(CallName::new)
}

/// Calls some of which do not fit the columns, and some with telephone numbers.
fn odd_calls() -> impl Strategy<Value = Call> {
    let times = [
        DateTime::<Utc>::MIN_UTC,
        DateTime::<Utc>::MAX_UTC,
        at(0),
        DateTime::from_timestamp(1_700_000_000, 1_500_000_000).unwrap_or_default(),
    ];
    let number = prop::option::of("\\+[1b]{0,16}");
    (
        calls(),
        names(),
        0..24_usize,
        prop::sample::select(times.to_vec()),
        (number.clone(), number),
    )
        .prop_map(|(mut call, name, oddity, time, numbers)| {
            call.name = name;
            match oddity {
                0 => call.create_time = Some(time),
                1 => call.answer_time = Some(time),
                2 => call.create_time = None,
                3 => call.price = Some(Money::new("AUD", i64::MAX, 0)),
                4 => call.answer_duration = Some(chrono::TimeDelta::MAX),
                5 => call.answer_duration = None,
                _ => {}
            }
            let (to, from) = numbers;
            call.to = to.map_or(call.to, Into::into);
            call.from = from.map_or(call.from, Into::into);
            call
        })
}

fn leaf(condition: Criterion) -> Search {
    let root = Expr::Restriction(Restriction {
        condition,
        field_span: 0..0,
        op_span: 0..0,
        value_span: 0..0,
    });
    Search {
        root: Some(Arc::new(root)),
    }
}

fn pattern(text: &str) -> Pattern {
    Pattern::new(&text.split('*').map(str::to_owned).collect::<Vec<_>>())
}

/// Parts of a text with stars put in, so that many of them fit.
fn cut(text: &'static str) -> impl Strategy<Value = String> {
    let places = prop::collection::vec(0..=text.len(), 2..5);
    (places, any::<(bool, bool, bool)>()).prop_map(move |(mut places, (before, after, upper))| {
        places.sort_unstable();
        let pieces: Vec<&str> = places
            .windows(2)
            .filter_map(|pair| text.get(pair[0]..pair[1]))
            .collect();
        let star = |is: bool| if is { "*" } else { "" };
        let cut = format!("{}{}{}", star(before), pieces.join("*"), star(after));
        if upper { cut.to_uppercase() } else { cut }
    })
}

/// Parts of a name in their order, some of them of what stands before the id.
fn parts() -> impl Strategy<Value = String> {
    let parts = [
        "pro", "o", "demo", "c", "calls", "6f1", "c", "2", "1111", "-42", "4", "a", "b", "bb11",
    ];
    let parts = prop::sample::subsequence(parts.to_vec(), 1..6);
    (parts, any::<(bool, bool)>()).prop_map(|(parts, (before, after))| {
        let star = |is: bool| if is { "*" } else { "" };
        format!("{}{}{}", star(before), parts.join("*"), star(after))
    })
}

proptest! {
    #[test]
    fn it_agrees_with_the_matcher_while_calls_come_and_change(
        tree in trees(),
        now in -100..100_i64,
        readings in prop::collection::vec(prop::collection::vec(odd_calls(), 1..6), 1..4),
    ) {
        let search = Search { root: Some(Arc::new(tree)) };
        let matcher = search.matcher(&standpoint(now));
        let mut sieve = matcher.sieve();
        let mut store = Store::default();
        for (turn, readings) in (0..).zip(readings) {
            for call in readings {
                store.merge(call, AsOf(turn));
            }
            sieve.refresh(&store);
            for slot in store.newest_first().iter() {
                let call = store.call(slot);
                prop_assert_eq!(
                    sieve.passes(&store, slot), matcher.matches(call), "{} {:?}", search, call
                );
            }
        }
    }

    #[test]
    fn parts_of_numbers_are_found_as_in_their_texts(
        wanted in cut("+61491570156"),
        number in prop_oneof![Just("+61491570156".to_owned()), "\\+[0-9]{1,15}", "[+0-9]{0,4}"],
    ) {
        let mut call = Call::new(CallName::new("x"));
        call.to = number.into();
        let mut store = Store::default();
        store.merge(call.clone(), AsOf(0));
        let slot = store.newest_first().get(0).unwrap();
        for condition in [
            Criterion::Party(End::To, Equality::Equal, pattern(&wanted)),
            Criterion::Word(pattern(&wanted)),
        ] {
            let matcher = leaf(condition).matcher(&standpoint(0));
            prop_assert_eq!(matcher.sieve().passes(&store, slot), matcher.matches(&call));
        }
    }

    #[test]
    fn parts_of_ids_are_found_as_in_their_texts(
        wanted in prop_oneof![
            cut("projects/demo/calls/6f1c2e04-1111-4222-8333-4444aab1bb11"),
            cut("6f1c2e04-1111-4222-8333-4444aab1bb11"),
            cut("calls/6f"),
            parts(),
        ],
        name in names(),
    ) {
        let call = Call::new(name);
        let mut store = Store::default();
        store.merge(call.clone(), AsOf(0));
        let slot = store.newest_first().get(0).unwrap();
        for condition in [
            Criterion::Text(Text::Id, Equality::Equal, pattern(&wanted)),
            Criterion::Word(pattern(&wanted)),
        ] {
            let matcher = leaf(condition).matcher(&standpoint(0));
            prop_assert_eq!(matcher.sieve().passes(&store, slot), matcher.matches(&call), "{}", &wanted);
        }
    }
}

#[test]
fn any_number_of_words_is_looked_for() {
    let mut store = Store::default();
    for number in 0..50 {
        let mut call = Call::new(CallName::new(format!("projects/demo/calls/x{number}")));
        call.labels.insert("order", format!("no{number}end"));
        store.merge(call, AsOf(0));
    }
    let words: Vec<String> = (0..40).map(|word| format!("no{word}end")).collect();
    let search = Search::parse(&words.join(" OR ")).unwrap();
    let matcher = search.matcher(&standpoint(0));
    let mut sieve = matcher.sieve();
    let slots: Vec<_> = store.newest_first().iter().collect();
    let passing = slots.iter().filter(|slot| sieve.passes(&store, **slot));
    assert_eq!(passing.count(), 40);
}

#[test]
fn a_number_that_stands_for_another_text_is_asked_anew() {
    let mut call = Call::new(CallName::new("x"));
    call.error_code = "A".into();
    let mut store = Store::default();
    store.merge(call.clone(), AsOf(0));
    let slot = store.newest_first().get(0).unwrap();
    let matcher =
        leaf(Criterion::Text(Text::Error, Equality::Equal, pattern("a"))).matcher(&standpoint(0));
    let mut sieve = matcher.sieve();
    assert!(sieve.passes(&store, slot));
    for (turn, code) in [(1, "B"), (2, "C"), (3, "D")] {
        call.error_code = code.into();
        store.merge(call.clone(), AsOf(turn));
        sieve.refresh(&store);
        assert!(!sieve.passes(&store, slot), "{code}");
    }
}
