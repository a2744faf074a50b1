//! What is sent for which filter.

use super::*;
use crate::call::{Call, CallName, State};
use rstest::rstest;

/// 14:13:20 on Wednesday, 15 November 2023, in Melbourne.
fn standpoint() -> Standpoint {
    Standpoint {
        now: DateTime::from_timestamp(1_700_018_000, 0).unwrap(),
        zone: chrono_tz::Australia::Melbourne,
    }
}

fn plan(text: &str) -> Plan {
    Plan::of(&Search::parse(text).unwrap(), &standpoint())
}

#[rstest]
#[case::everything("", "", true)]
#[case::the_documented_example(
    "createTime >= '2021-01-01T06:00:00.0Z' AND createTime < '2021-02-01T00:00:00Z' AND \
     state = COMPLETED OR state = BUSY AND to = '+61*' OR from = '+61*'",
    "createTime >= '2021-01-01T06:00:00Z' AND createTime < '2021-02-01T00:00:00Z' AND \
     state = COMPLETED OR state = BUSY AND to = '+61*' OR from = '+61*'",
    true
)]
#[case::quotes_and_spelling(
    "create_time>=\"2021-02-01T00:00:00Z\"",
    "createTime >= '2021-02-01T00:00:00Z'",
    true
)]
#[case::after(
    "createTime > '2021-02-01T00:00:00Z'",
    "createTime >= '2021-02-01T00:00:00.000000001Z'",
    true
)]
#[case::up_to(
    "createTime <= '2021-02-01T00:00:00Z'",
    "createTime < '2021-02-01T00:00:00.000000001Z'",
    true
)]
#[case::exactly(
    "createTime = '2021-02-01T00:00:00Z'",
    "createTime >= '2021-02-01T00:00:00Z' AND createTime < '2021-02-01T00:00:00.000000001Z'",
    true
)]
#[case::not_before(
    "NOT createTime < '2021-02-01T00:00:00Z'",
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
#[case::and_within_or(
    "(state = BUSY AND to = '+1') OR from = '+1'",
    "state = BUSY OR from = '+1' AND to = '+1' OR from = '+1'",
    true
)]
#[case::what_is_implied_is_left_out("(failed AND to = '+1') OR failed", "state = FAILED", true)]
#[case::part_of_an_or(
    "(failed talk<5s) OR (busy sip)",
    "state = FAILED OR state = BUSY AND state = FAILED OR transport = SIP",
    false
)]
#[case::the_issue_s_example(
    "failed since:2h label.campaign=spring talk<5s",
    "state = FAILED AND createTime >= '2023-11-15T01:13:20Z'",
    false
)]
#[case::today(
    "today",
    "createTime >= '2023-11-14T13:00:00Z' AND createTime < '2023-11-15T13:00:00Z'",
    true
)]
#[case::not_today(
    "not today",
    "createTime < '2023-11-14T13:00:00Z' OR createTime >= '2023-11-15T13:00:00Z'",
    true
)]
#[case::what_moves_on_stays_here("until:2h", "", false)]
#[case::window("created = -4h..-2h", "createTime >= '2023-11-14T23:13:20Z'", false)]
#[case::number("to = '+61 491 570 156'", "to = '+61491570156'", true)]
#[case::unknown_state("state = 42", "", false)]
#[case::list("state = failed, busy", "state = FAILED OR state = BUSY", true)]
#[case::words("spring", "", false)]
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
    let plan = plan("createTime >= '2021-02-01T00:00:00Z' AND to = '+61*' AND state = FAILED");
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
    let fits = plan(&numbers(48));
    assert!(fits.is_whole());
    let time = DateTime::from_timestamp(1_700_000_000, 5).unwrap();
    assert!(Filter::parse(&fits.head(Some(time))).is_ok());
    assert!(Filter::parse(&fits.before(Some(time))).is_ok());
    let longest = time..DateTime::from_timestamp(1_700_000_001, 7).unwrap();
    assert!(Filter::parse(&fits.between(&longest)).is_ok());
    let many = plan(&format!("state = BUSY AND {}", numbers(48)));
    assert!(!many.is_whole());
    assert_eq!(many.head(None), "state = BUSY");

    let long = plan(&format!("to = '{}' AND state = BUSY", "1".repeat(2_000)));
    assert!(!long.is_whole());
    assert_eq!(long.head(None), "state = BUSY");
}

#[test]
fn a_range_is_bounded_to_the_nanosecond_as_far_as_it_can_be_said() {
    let busy = plan("state = BUSY");
    let start = DateTime::from_timestamp(1_700_000_000, 5).unwrap();
    let end = DateTime::from_timestamp(1_700_000_001, 0).unwrap();
    assert_eq!(
        busy.between(&(start..end)),
        "state = BUSY AND createTime >= '2023-11-14T22:13:20.000000005Z' \
         AND createTime < '2023-11-14T22:13:21Z'"
    );
    let all = DateTime::<Utc>::MIN_UTC..DateTime::<Utc>::MAX_UTC;
    assert_eq!(busy.between(&all), "state = BUSY");
    assert_eq!(plan("").between(&all), "");
    assert_eq!(
        plan("").between(&(all.start..end)),
        "createTime < '2023-11-14T22:13:21Z'"
    );
}

#[rstest]
#[case("talk < 5s", "the service cannot filter by talk")]
#[case("spring", "the service cannot look for words")]
#[case("NOT failed", "NOT and !=")]
#[case("to = '*1'", "one * at the end")]
#[case("to:*", ":*")]
#[case("created < -2h", "moves with the time")]
fn what_stays_here_says_why(#[case] text: &str, #[case] reason: &str) {
    let plan = plan(text);
    let [part] = plan.parts() else {
        panic!("{plan:?}");
    };
    let told = part.kept.unwrap().to_string();
    assert!(told.contains(reason), "{told}");
}

#[test]
fn parts_are_told_in_their_order_with_who_evaluates_them() {
    let plan = plan("talk<5s failed until:-1h state != busy");
    let told: Vec<_> = plan
        .parts()
        .iter()
        .map(|part| (part.text.as_str(), part.kept))
        .collect();
    assert_eq!(
        told,
        [
            ("talk < 5s", Some(Reason::NoField(Some("talk")))),
            ("state = FAILED", None),
            ("created <= -1h", Some(Reason::Moves)),
            ("state != BUSY", Some(Reason::Negation)),
        ]
    );
}

#[test]
fn a_plan_of_a_day_is_good_until_midnight() {
    let midnight = "2023-11-15T13:00:00Z".parse().unwrap();
    assert_eq!(plan("yesterday").expires(), Some(midnight));
    assert_eq!(plan("since:2h failed").expires(), None);
    assert_eq!(plan("2023-11-15").expires(), None);
}

#[test]
fn what_would_grow_without_end_stays_here() {
    let pairs: Vec<String> = (0..20)
        .map(|at| format!("(to = '+1{at}' from = '+2{at}')"))
        .collect();
    let plan = plan(&format!("busy ({})", pairs.join(" OR ")));
    assert_eq!(plan.head(None), "state = BUSY");
    let kept = &plan.parts()[1];
    assert_eq!(kept.kept, Some(Reason::Shape));
    assert!(
        kept.text.starts_with("(to = '+10' AND from = '+20') OR ("),
        "{}",
        kept.text
    );
}

#[test]
fn a_call_that_the_service_should_not_have_listed_is_known() {
    let plan = plan("failed talk<5s");
    let mut call = Call::new(CallName::new("projects/demo/calls/1"));
    assert!(!plan.allows(&call));
    call.state = State::Failed;
    assert!(plan.allows(&call));
}

#[rstest]
#[case::a_bound_that_moves("until:2h", "createTime < '2023-11-15T01:13:20.000000001Z'")]
#[case::a_window(
    "created = -4h..-2h",
    "createTime >= '2023-11-14T23:13:20Z' AND createTime < '2023-11-15T01:13:20.000000001Z'"
)]
#[case::a_day(
    "yesterday",
    "createTime >= '2023-11-13T13:00:00Z' AND createTime < '2023-11-14T13:00:00Z'"
)]
fn a_list_that_is_read_once_asks_for_what_moves_as_it_stands(
    #[case] filter: &str,
    #[case] sent: &str,
) {
    let once = Plan::once(&Search::parse(filter).unwrap(), &standpoint());
    assert_eq!(once.head(None), sent);
    assert!(once.is_whole());
    assert_eq!(once.expires(), None);
}
