//! Plans held against the real service: it takes every text that is planned, and what it then lists has
//! all that the filter wants.

use std::cell::Cell;
use std::collections::HashSet;

use proptest::prelude::*;
use switchboard::call::{Call, CallName};
use switchboard::filter::{Plan, Search, Standpoint};
use switchboard::sandbox::Setup;

use crate::embedded::{everything, start_with};
use crate::scripted::noon;

/// Restrictions over values that the calls of the history have, and over all that the service knows
/// nothing of.
fn restriction() -> impl Strategy<Value = String> {
    let known = vec![
        "failed",
        "state = completed, busy",
        "state != not-answered",
        "state = 42",
        "in-progress",
        "outgoing",
        "direction != incoming",
        "pstn, sip",
        "transport:*",
        "to = '+61*'",
        "to != '+61*', '+1*'",
        "from = ''",
        "from:*",
        "from = '*5*5*'",
        "to = '*@pbx*'",
        "to = '+61 491 570 156'",
        "since:2h",
        "until:90m",
        "created > -26h",
        "created = -5h..-3h",
        "today",
        "yesterday",
        "08:00..11:30",
        "createTime != '2023-11-14T20:00:00Z'",
        "created <= '2023-11-14 09:30'",
    ];
    let local = vec![
        "talk < 30s",
        "pdd >= 2s",
        "price > 0.05",
        "error:*",
        "label:*",
        "bridged",
        "private = no",
        "'61'",
        "region = AU",
    ];
    prop_oneof![
        3 => prop::sample::select(known),
        1 => prop::sample::select(local),
    ]
    .prop_map(str::to_owned)
}

fn filters() -> impl Strategy<Value = String> {
    restriction().prop_recursive(4, 24, 4, |inner| {
        let several = |joint: &'static str| {
            prop::collection::vec(inner.clone(), 2..5)
                .prop_map(move |parts| format!("({})", parts.join(joint)))
        };
        prop_oneof![
            several(" "),
            several(" or "),
            (inner.clone(), inner.clone(), inner.clone())
                .prop_map(|(a, b, c)| format!("({a} or {b} and {c})")),
            inner.clone().prop_map(|part| format!("not ({part})")),
        ]
    })
}

fn names<'a>(calls: impl Iterator<Item = &'a Call>) -> HashSet<CallName> {
    calls.map(|call| call.name.clone()).collect()
}

#[test]
fn what_is_planned_is_taken_and_brings_all_that_is_wanted() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .unwrap();
    let setup = Setup {
        history: 300,
        rate: 0.0,
        seed: 8,
        ..Setup::default()
    };
    let (_sandbox, client, all) = runtime.block_on(async {
        let (sandbox, client) = start_with(setup).await;
        let all = everything(&client, "").await;
        (sandbox, client, all)
    });
    let at = Standpoint {
        now: noon(),
        zone: chrono_tz::Australia::Melbourne,
    };
    let (some, fewer) = (Cell::new(0), Cell::new(0));
    proptest!(ProptestConfig::with_cases(300), |(text in filters())| {
        let search = Search::parse(&text).unwrap();
        let plan = Plan::of(&search, &at);
        let matcher = search.matcher(&at);
        let wanted = names(all.values().filter(|call| matcher.matches(call)));
        let allowed = names(all.values().filter(|call| plan.allows(call)));
        let listed = runtime.block_on(everything(&client, &plan.head(None)));
        let listed = names(listed.values());
        prop_assert!(listed.is_superset(&wanted), "{} leaves out what {} wants", plan.head(None), text);
        prop_assert_eq!(&listed, &allowed, "{} is not what was meant by {}", plan.head(None), text);
        prop_assert!(!plan.is_whole() || listed == wanted, "{} is not {}", plan.head(None), text);
        for bounded in [plan.head(Some(at.now)), plan.before(Some(at.now))] {
            let part = runtime.block_on(everything(&client, &bounded));
            prop_assert!(names(part.values()).is_subset(&listed), "{}", bounded);
        }
        some.set(some.get() + usize::from(!wanted.is_empty()));
        fewer.set(fewer.get() + usize::from(listed.len() < all.len()));
    });
    // These filters tell calls apart, so that all of this says something.
    let (some, fewer) = (some.get(), fewer.get());
    assert!(some > 100 && fewer > 50, "{some} {fewer}");
}
