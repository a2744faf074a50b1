//! What is sent for which filter.

use super::*;
use crate::call::{Call, CallName, State};
use rstest::rstest;

fn plan(text: &str) -> Plan {
    Plan::of(&Filter::parse(text).unwrap())
}

#[rstest]
#[case::everything("", "", true)]
#[case::the_documented_example(
    "createTime >= '2021-01-01T06:00:00.0Z' AND createTime < '2021-02-01' AND \
     state = COMPLETED OR state = BUSY AND to = '+61*' OR from = '+61*'",
    "createTime >= '2021-01-01T06:00:00Z' AND createTime < '2021-02-01T00:00:00Z' AND \
     state = COMPLETED OR state = BUSY AND to = '+61*' OR from = '+61*'",
    true
)]
#[case::quotes_and_spelling(
    "create_time>=\"2021-02-01\"",
    "createTime >= '2021-02-01T00:00:00Z'",
    true
)]
#[case::after(
    "createTime > '2021-02-01'",
    "createTime >= '2021-02-01T00:00:00.000000001Z'",
    true
)]
#[case::up_to(
    "createTime <= '2021-02-01'",
    "createTime < '2021-02-01T00:00:00.000000001Z'",
    true
)]
#[case::exactly(
    "createTime = '2021-02-01'",
    "createTime >= '2021-02-01T00:00:00Z' AND createTime < '2021-02-01T00:00:00.000000001Z'",
    true
)]
#[case::not_before(
    "NOT createTime < '2021-02-01'",
    "createTime >= '2021-02-01T00:00:00Z'",
    true
)]
#[case::double_negation("NOT state != BUSY", "state = BUSY", true)]
#[case::not_any(
    "NOT (state != BUSY OR to != '+1')",
    "state = BUSY AND to = '+1'",
    true
)]
#[case::not_all(
    "NOT (state != BUSY AND to != '+1')",
    "state = BUSY OR to = '+1'",
    true
)]
#[case::parentheses_that_say_nothing(
    "(state = BUSY OR (state = FAILED))",
    "state = BUSY OR state = FAILED",
    true
)]
#[case::not_a_state_is_not_the_others("state != BUSY AND to = '+1'", "to = '+1'", false)]
#[case::one_alternative_stays_here("state = BUSY OR to != '+1'", "", false)]
#[case::and_within_or("(state = BUSY AND to = '+1') OR from = '+1'", "", false)]
#[case::star_in_front("to = '*56' AND state = BUSY", "state = BUSY", false)]
#[case::star_alone("to = '*'", "", false)]
#[case::escapes(r"to = 'a\'b'", "", false)]
#[case::unset("from = ''", "", false)]
#[case::presence("from:*", "", false)]
#[case::unspecified("state = STATE_UNSPECIFIED", "", false)]
fn pushed(#[case] filter: &str, #[case] sent: &str, #[case] whole: bool) {
    let plan = plan(filter);
    assert_eq!(plan.head(None), sent);
    assert_eq!(plan.is_whole(), whole);
}

#[test]
fn each_request_has_its_part_of_the_filter() {
    let plan = plan("createTime >= '2021-02-01' AND to = '+61*' AND state = FAILED");
    let time = DateTime::from_timestamp(1_700_000_000, 5).unwrap();
    assert_eq!(
        plan.head(Some(time)),
        "createTime >= '2021-02-01T00:00:00Z' AND to = '+61*' AND state = FAILED AND \
         createTime >= '2023-11-14T22:13:20.000000005Z'"
    );
    assert_eq!(
        plan.before(Some(time)),
        "createTime >= '2021-02-01T00:00:00Z' AND to = '+61*' AND state = FAILED AND \
         createTime < '2023-11-14T22:13:20.000000005Z'"
    );
}

#[test]
fn every_call_under_way_is_asked_for_and_no_other() {
    let open = Filter::parse(Plan::open()).unwrap();
    for number in 0..=20 {
        let mut call = Call::new(CallName::new("projects/demo/calls/1"));
        call.state = State::from_number(number);
        assert_eq!(
            open.matches(&call),
            call.state.is_open(),
            "{:?}",
            call.state
        );
    }
}

#[test]
fn what_passes_the_limits_stays_here() {
    let numbers = |count: usize| {
        let each = (0..count).map(|at| format!("to = '+6149157{at:04}'"));
        each.collect::<Vec<_>>().join(" OR ")
    };
    let fits = plan(&numbers(49));
    assert!(fits.is_whole());
    let time = DateTime::from_timestamp(1_700_000_000, 5).unwrap();
    assert!(Filter::parse(&fits.head(Some(time))).is_ok());
    assert!(Filter::parse(&fits.before(Some(time))).is_ok());
    let many = plan(&format!("state = BUSY AND {}", numbers(49)));
    assert!(!many.is_whole());
    assert_eq!(many.head(None), "state = BUSY");

    let long = plan(&format!("to = '{}' AND state = BUSY", "1".repeat(2_000)));
    assert!(!long.is_whole());
    assert_eq!(long.head(None), "state = BUSY");
}
