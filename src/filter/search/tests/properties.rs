//! What must hold of any text, any tree and any call.

use std::sync::Arc;

use proptest::prelude::*;

use super::naive::naive;
use super::trees::{calls, standpoint, trees};
use crate::filter::{Filter, Plan, Search};

/// Pieces that make a text look like a filter.
pub(super) fn soup() -> impl Strategy<Value = String> {
    let pieces = vec![
        "state",
        "to",
        "label.",
        "created",
        "price",
        "talk",
        "since",
        "until",
        "sip",
        "bridged",
        "=",
        "!=",
        "<",
        ">=",
        ":",
        "*",
        "(",
        ")",
        " ",
        ",",
        "..",
        "AND",
        "or",
        "Not",
        "-",
        "!",
        "&&",
        "||",
        "|",
        " s",
        "m",
        "5",
        "'",
        "\"",
        "\\",
        "failed",
        "in-progress",
        "+61 4",
        "2021-02-01",
        "10:00",
        "today",
        "-2h",
        "1.5h",
        "AUD",
        "0.05",
        "é",
        "日本",
        "\n",
        "\0",
        "x@y",
        "://",
        "99999999999999999999",
    ];
    prop::collection::vec(prop::sample::select(pieces), 0..24).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn no_text_makes_the_parser_panic(text in prop_oneof![soup(), any::<String>()]) {
        match Search::parse(&text) {
            Ok(search) => {
                let printed = search.to_string();
                prop_assert_eq!(Search::parse(&printed), Ok(search.clone()), "{}", printed);
                prop_assert_eq!(Search::parse(&search.reading()), Ok(search));
            }
            Err(error) => {
                prop_assert!(text.get(error.span.clone()).is_some(), "{}", error);
                prop_assert!(!error.message.is_empty());
            }
        }
    }

    #[test]
    fn what_is_printed_parses_to_the_same_tree(tree in trees()) {
        let search = Search { root: Some(Arc::new(tree)) };
        let printed = search.to_string();
        let again = Search::parse(&printed);
        prop_assert_eq!(again.as_ref(), Ok(&search), "{}", printed);
        prop_assert_eq!(Search::parse(&search.reading()), Ok(search.clone()));
        prop_assert_eq!(again.unwrap().to_string(), printed);
    }

    #[test]
    fn a_call_passes_exactly_if_the_plainest_code_says_so(
        tree in trees(),
        now in -100_000..100_000_i64,
        calls in prop::collection::vec(calls(), 1..8),
    ) {
        let search = Search { root: Some(Arc::new(tree)) };
        let at = standpoint(now);
        let matcher = search.matcher(&at);
        for call in &calls {
            let expected = naive(&search.settled(&at).unwrap(), call, &at);
            prop_assert_eq!(matcher.matches(call), expected, "{} {:?} {:?}", search, matcher, call);
        }
    }

    #[test]
    fn only_what_drifts_comes_out_otherwise_later(
        tree in trees(),
        now in -20..20_i64,
        passed in prop_oneof![0..20_i64, 0..100_000_i64],
        calls in prop::collection::vec(calls(), 1..8),
    ) {
        let search = Search { root: Some(Arc::new(tree)) };
        let (earlier, later) = (standpoint(now), standpoint(now + passed));
        let drift = search.drift(&earlier, &later);
        prop_assert!(drift.is_none() || search.ages());
        let (before, after) = (search.matcher(&earlier), search.matcher(&later));
        for call in &calls {
            let told = drift.running && call.is_open()
                || drift.created.iter().any(|range| range.contains(&call.create_time.unwrap()));
            let differs = before.matches(call) != after.matches(call);
            prop_assert!(told || !differs, "{} {:?}", search, call);
        }
    }

    #[test]
    fn what_the_service_brings_and_the_console_checks_is_the_whole(
        tree in trees(),
        now in prop_oneof![-20..20_i64, -100_000..100_000_i64],
        calls in prop::collection::vec(calls(), 1..8),
    ) {
        let search = Search { root: Some(Arc::new(tree)) };
        let at = standpoint(now);
        let plan = Plan::of(&search, &at);
        let mark = at.now;
        let asked = [plan.head(None), plan.head(Some(mark)), plan.before(Some(mark))];
        // The sandbox accepts every text, and what it then evaluates is what was meant.
        let [head, since, until] = asked.map(|text| Filter::parse(&text).unwrap());
        prop_assert_eq!(&head, plan.pushed());
        let matcher = search.matcher(&at);
        for call in &calls {
            let (passes, allowed) = (matcher.matches(call), plan.allows(call));
            prop_assert!(allowed || !passes, "{} leaves out what {} wants", head, search);
            prop_assert!(!plan.is_whole() || allowed == passes, "{} is not {}", head, search);
            let newer = call.create_time.unwrap() >= mark;
            prop_assert_eq!(since.matches(call), allowed && newer);
            prop_assert_eq!(until.matches(call), allowed && !newer);
        }
    }

    #[test]
    fn the_parts_of_a_plan_are_together_the_whole(
        tree in trees(),
        now in -20..20_i64,
        calls in prop::collection::vec(calls(), 1..8),
    ) {
        let search = Search { root: Some(Arc::new(tree)) };
        let at = standpoint(now);
        let plan = Plan::of(&search, &at);
        // What the service is asked for is read as the console would read it.
        let parts: Vec<Search> = plan.parts().iter().map(|part| Search::parse(&part.text).unwrap()).collect();
        let parts: Vec<_> = parts.iter().map(|part| part.matcher(&at)).collect();
        let matcher = search.matcher(&at);
        for call in &calls {
            let all = parts.iter().all(|part| part.matches(call));
            prop_assert_eq!(all, matcher.matches(call), "{:?} {}", plan, search);
        }
    }

    #[test]
    fn a_plan_leaves_out_nothing_that_passes_before_it_expires(
        tree in trees(),
        now in -20..20_i64,
        passed in prop_oneof![0..20_i64, 0..100_000_i64],
        calls in prop::collection::vec(calls(), 1..8),
    ) {
        let search = Search { root: Some(Arc::new(tree)) };
        let plan = Plan::of(&search, &standpoint(now));
        let later = standpoint(now + passed);
        prop_assume!(plan.expires().is_none_or(|end| later.now < end));
        let matcher = search.matcher(&later);
        for call in &calls {
            prop_assert!(plan.allows(call) || !matcher.matches(call), "{} {:?}", search, call);
        }
    }
}
