//! What is kept of the calls that came, and what is offered first.

use chrono::DateTime;

use super::*;
use crate::call::{CallName, Location, Money};
use crate::filter::Seen as _;

fn call(second: i64, to: &str) -> Call {
    let mut call = Call::new(CallName::new(format!("projects/demo/calls/{second}")));
    call.create_time = DateTime::from_timestamp(1_700_000_000 + second, 0);
    call.to = to.into();
    call
}

fn labelled(second: i64, labels: &[(&str, &str)]) -> Call {
    let mut call = call(second, "");
    call.labels = labels.iter().copied().collect();
    call
}

fn seen(calls: impl IntoIterator<Item = Call>) -> Seen {
    let mut seen = Seen::default();
    for call in calls {
        seen.note(&call, News::Call);
    }
    seen
}

fn to(seen: &Seen, begins: &str) -> Vec<String> {
    seen.values(Attribute::Party(End::To), None, begins, 10)
}

#[test]
fn numbers_come_most_recent_first_in_whatever_order_the_pages_came() {
    let seen = seen([
        call(1, "+611"),
        call(9, "+619"),
        call(5, "+615"),
        call(7, "sip:a@b"),
    ]);
    assert_eq!(to(&seen, ""), ["+619", "sip:a@b", "+615", "+611"]);
}

#[test]
fn numbers_are_found_however_they_are_spaced() {
    let seen = seen([
        call(1, "+61491570156"),
        call(2, "+491570156"),
        call(3, "sip:0491@b"),
    ]);
    for typed in ["+61 491", "61491", "0061 491", "6149-1570"] {
        assert_eq!(to(&seen, typed), ["+61491570156"], "{typed}");
    }
    assert_eq!(to(&seen, "0491 570"), ["+491570156", "+61491570156"]);
    assert_eq!(to(&seen, "SIP:0"), ["sip:0491@b"]);
}

#[test]
fn labels_come_by_how_often_they_were_seen() {
    let spring = |second| labelled(second, &[("campaign", "spring")]);
    let autumn = labelled(5, &[("campaign", "Autumn"), ("agent", "ann")]);
    let seen = seen([spring(1), spring(2), autumn]);
    let values = |key, begins| seen.values(Attribute::Label, Some(key), begins, 10);
    assert_eq!(values("campaign", ""), ["spring", "Autumn"]);
    assert_eq!(values("campaign", "aut"), ["Autumn"]);
    assert_eq!(values("campaign", "R"), ["spring"]);
    assert!(values("Campaign", "").is_empty());
    assert_eq!(seen.label_keys("", 10), ["campaign", "agent"]);
    assert_eq!(seen.label_keys("G", 10), ["campaign", "agent"]);
    assert_eq!(seen.label_keys("", 1), ["campaign"]);
}

#[test]
fn a_call_that_changes_counts_once_and_tells_what_is_new() {
    let mut seen = Seen::default();
    let mut first = labelled(1, &[("a", "x")]);
    seen.note(&first, News::Call);
    first.error_code = "LATE".into();
    for _ in 0..5 {
        seen.note(&first, News::Change);
    }
    seen.note(&labelled(2, &[("a", "y")]), News::Call);
    seen.note(&labelled(3, &[("a", "y")]), News::Call);
    assert_eq!(seen.values(Attribute::Label, Some("a"), "", 10), ["y", "x"]);
    assert_eq!(
        seen.values(Attribute::Text(Text::Error), None, "", 10),
        ["LATE"]
    );
}

#[test]
fn all_that_can_be_asked_for_by_its_value_is_kept() {
    let mut call = call(1, "+1");
    call.from = "+2".into();
    call.error_message = "timed out".into();
    call.from_zone = "melbourne".into();
    call.from_location = Some(Box::new(Location {
        region_code: "AU".to_owned(),
        administrative_area: "Victoria".to_owned(),
        locality: "Melbourne".to_owned(),
        coordinates: None,
    }));
    call.price = Some(Money::new("AUD", 1, 0));
    let seen = seen([call]);
    let values = |attribute| seen.values(attribute, None, "", 10);
    assert_eq!(values(Attribute::Party(End::From)), ["+2"]);
    assert_eq!(values(Attribute::Text(Text::Message)), ["timed out"]);
    assert_eq!(values(Attribute::Text(Text::Zone)), ["melbourne"]);
    assert_eq!(
        values(Attribute::Text(Text::Region)),
        ["AU", "Melbourne", "Victoria"]
    );
    assert_eq!(values(Attribute::Price), ["AUD"]);
}

#[test]
fn what_nobody_can_type_is_not_kept() {
    let long = "x".repeat(LONGEST + 1);
    let hostile = [
        ("long", &*long),
        ("esc", "\u{1b}[2J"),
        ("bidi", "a\u{202e}b"),
        ("none", ""),
    ];
    let seen = seen([
        labelled(1, &hostile),
        labelled(2, &[(&long, "x"), ("\n", "x")]),
    ]);
    for (key, _) in hostile {
        assert!(
            seen.values(Attribute::Label, Some(key), "", 10).is_empty(),
            "{key}"
        );
    }
    assert_eq!(seen.label_keys("", 10).len(), hostile.len());
}

#[test]
fn memory_stays_where_it_is_and_the_newest_stay_in_it() {
    let mut seen = Seen::default();
    // Newest first, as history comes, and then what is newer still.
    for second in (0..20_000).rev().chain(20_000..40_000) {
        let value = second.to_string();
        let mut call = labelled(second, &[("id", &value), (&format!("k{second}"), "x")]);
        call.to = format!("+61{second}").into();
        seen.note(&call, News::Call);
        assert!(seen.to.texts.len() <= NUMBERS);
        assert!(seen.labels.texts.len() <= KEYS);
        assert!(
            seen.labels
                .get("id")
                .is_none_or(|values| values.texts.len() <= VALUES)
        );
    }
    let numbers = seen.values(Attribute::Party(End::To), None, "", NUMBERS);
    assert!(numbers.len() >= NUMBERS / 2, "{}", numbers.len());
    assert_eq!(numbers.first().map(|number| &**number), Some("+6139999"));
    let newest = (40_000 - numbers.len()..40_000)
        .rev()
        .map(|second| format!("+61{second}"));
    assert!(numbers.iter().eq(newest.collect::<Vec<_>>().iter()));
    let values = seen.values(Attribute::Label, Some("id"), "", VALUES);
    assert!(values.contains(&"39999".to_owned()));
    assert_eq!(seen.label_keys("id", 1), ["id"]);
}

#[test]
fn calls_of_one_moment_push_each_other_out_and_no_more() {
    let mut seen = Seen::default();
    for number in 0..NUMBERS * 3 {
        seen.note(&call(0, &format!("+1{number}")), News::Call);
        assert!(seen.to.texts.len() <= NUMBERS);
    }
    assert!(seen.to.texts.len() > NUMBERS / 2);
}
