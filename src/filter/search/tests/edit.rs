//! Switching restrictions on and off in texts: what comes out, and what stays as it was written.

use chrono::TimeDelta;
use proptest::prelude::*;
use rstest::rstest;

use super::properties::soup;
use super::trees::{calls, standpoint, trees};
use crate::call::{Call, CallName, Direction, State, Transport};
use crate::filter::search::edit::{Draft, parts};
use crate::filter::{End, Search, Toggle, begin_window};

fn toggle(name: &str) -> Toggle {
    match name {
        "failed" => Toggle::state(State::Failed),
        "busy" => Toggle::state(State::Busy),
        "not-answered" => Toggle::state(State::NotAnswered),
        "incoming" => Toggle::direction(Direction::Incoming),
        "sip" => Toggle::transport(Transport::Sip),
        "15m" => Toggle::last(TimeDelta::minutes(15)),
        "2h" => Toggle::last(TimeDelta::hours(2)),
        "today" => Toggle::today(),
        "to" => Toggle::party(End::To, "+61491570156"),
        "private" => Toggle::private(),
        "legs" => Toggle::legs("6f1c"),
        other => panic!("{other}"),
    }
}

#[rstest]
#[case::into_nothing("failed", "  ", "state = failed")]
#[case::behind_a_part("failed", "incoming", "incoming state = failed")]
#[case::joins_the_set("busy", "state = failed", "state = failed, busy")]
#[case::joins_bare_words("not-answered", "failed, busy sip", "failed, busy, not-answered sip")]
#[case::joins_in_its_case("not-answered", "state = FAILED", "state = FAILED, NOT_ANSWERED")]
#[case::joins_with_or(
    "busy",
    "state = FAILED Or state = REJECTED since:1h",
    "state = FAILED Or state = REJECTED Or state = BUSY since:1h"
)]
#[case::joins_words_with_or("busy", "failed or rejected", "failed or rejected or busy")]
#[case::joins_in_parentheses("busy", "(failed) OR (rejected)", "(failed) OR (rejected, busy)")]
#[case::takes_the_place_of_its_opposite("failed", "NOT failed sip", "sip state = failed")]
#[case::takes_the_place_of_no_such_value("failed", "sip state != failed", "sip state = failed")]
#[case::takes_the_place_of_none_of_them("failed", "sip -(failed, busy)", "sip state = failed")]
#[case::joins_the_set_without_its_opposite("busy", "failed !busy", "failed, busy")]
#[case::leaves_what_denies_others("failed", "NOT busy", "NOT busy state = failed")]
#[case::leaves_the_set("failed", "state  =  failed ,  busy", "state  =  busy")]
#[case::leaves_from_behind("busy", "state = failed , 'busy'  sip", "state = failed  sip")]
#[case::leaves_the_middle("failed", "busy, failed, rejected", "busy, rejected")]
#[case::leaves_an_or("failed", "state=BUSY  or state=FAILED  sip", "state=BUSY  sip")]
#[case::leaves_the_head_of_an_or("failed", "(failed) or busy", "busy")]
#[case::leaves_twice("failed", "failed, busy, FAILED", "busy")]
#[case::the_last_takes_the_part("failed", "  incoming AND state = failed ", "  incoming ")]
#[case::the_first_of_many("failed", "failed   and  sip  x", "sip  x")]
#[case::one_in_the_middle("failed", "sip  AND failed AND x", "sip  AND x")]
#[case::with_its_parentheses("failed", "sip ((failed)) x", "sip x")]
#[case::out_of_a_group("failed", "(sip failed) x", "(sip) x")]
#[case::from_between_parentheses("failed", "sip(failed)x", "sip x")]
#[case::what_would_change_meaning("failed", "bridged failed :x", "bridged AND :x")]
#[case::all_of_it("failed", "(failed)", "")]
#[case::not_inside_an_or(
    "failed",
    "failed or incoming",
    "failed or incoming AND state = failed"
)]
#[case::joined_as_written("sip", "failed and busy", "failed and busy and transport = sip")]
#[case::a_window("15m", "failed", "failed since:15m")]
#[case::another_window("15m", "since:2h  failed", "since:15m  failed")]
#[case::a_whole_window("today", "since:10:00 failed until:11:00 x", "today failed x")]
#[case::several_days("today", "(created = 2026-11-23, 2026-11-24) x", "(today) x")]
#[case::the_same_window("2h", "created >= -120m failed", "failed")]
#[case::not_a_window("15m", "created != today", "created != today since:15m")]
#[case::the_same_number("to", "to = '+61 491 570 156' x", "x")]
#[case::beside_another_number("to", "to = 'a'", "to = 'a' to = +61491570156")]
#[case::withheld("private", "x  private", "x")]
#[case::a_group_of_its_own("legs", "a OR b", "a OR b AND id = 6f1c OR leg = 6f1c")]
#[case::a_group_of_its_own_out(
    "legs",
    "x id = 6F1C or leg='6f1c' y",
    "x id = 6F1C or leg='6f1c' y id = 6f1c OR leg = 6f1c"
)]
#[case::quotes_are_no_parentheses("failed", "(')' or '(') failed", "(')' or '(')")]
fn one_switch_changes_one_part(#[case] name: &str, #[case] text: &str, #[case] expected: &str) {
    assert_eq!(toggle(name).switched(text).unwrap(), expected);
}

#[rstest]
#[case("failed", "since:1h failed, busy", true)]
#[case("failed", "state = FAILED OR state = BUSY", true)]
#[case("failed", "failed or sip", false)]
#[case("failed", "not failed", false)]
#[case("failed", "state != busy", false)]
#[case("2h", "since:120m", true)]
#[case("2h", "since:1h", false)]
#[case("today", "created = today", true)]
#[case("legs", "a id = 6f1c or leg = 6f1c", true)]
fn it_is_told_what_is_on(#[case] name: &str, #[case] text: &str, #[case] on: bool) {
    assert_eq!(toggle(name).is_on(&Search::parse(text).unwrap()), on);
}

#[rstest]
#[case("", "since:")]
#[case("failed ", "failed since:")]
#[case("since:2h and failed and until:10:00", "failed since:")]
#[case("a and b", "a and b and since:")]
fn a_window_is_begun_at_the_end(#[case] text: &str, #[case] expected: &str) {
    assert_eq!(begin_window(text).unwrap(), expected);
}

#[test]
fn a_text_that_is_no_filter_is_refused() {
    assert!(toggle("failed").switched("state = ").is_err());
    assert!(begin_window("(").is_err());
}

#[test]
fn what_would_be_too_long_is_refused_and_says_so() {
    let long = Toggle::label("k", &"é".repeat(3_000)).unwrap();
    let error = long.switched("failed").unwrap_err();
    assert!(error.message.contains("at most 4096 bytes"), "{error}");
    let full = format!("'{}'", "x".repeat(4_090));
    let error = toggle("failed").switched(&full).unwrap_err();
    assert!(error.message.contains("at most 4096 bytes"), "{error}");
}

#[rstest]
#[case("+61491570156", "to = +61491570156")]
#[case("sip:100@pbx.example", "to = 'sip:100@pbx.example'")]
#[case("sip:käthe", "to = 'sip:käthe'")]
#[case("alice", "to = 'alice'")]
#[case("=", "to = '='")]
#[case("a*b'c\\d", r"to = 'a\*b\'c\\d'")]
#[case("and", "to = 'and'")]
#[case("1 2", "to = '1*2'")]
#[case("", "to = ''")]
fn values_are_quoted_where_they_have_to_be(#[case] value: &str, #[case] written: &str) {
    assert_eq!(Toggle::party(End::To, value).text(), written);
}

fn names() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "failed", "busy", "incoming", "sip", "15m", "today", "to", "private", "legs",
    ])
}

/// Texts that are filters, as odd as they come.
fn texts() -> impl Strategy<Value = String> {
    let words = vec![
        "failed",
        "busy",
        "state = ",
        "FAILED",
        "busy, rejected",
        "incoming",
        " and ",
        " or ",
        " ",
        " ",
        "(",
        ")",
        "-",
        "not ",
        "since:2h",
        "today",
        "until:10:00",
        "private",
        "to = '+1*'",
        "label.'a)' = \"(\"",
        ":x",
        "bridged",
        ", ",
        "sip",
        "created = 10:00, today",
    ];
    let filters =
        prop::collection::vec(prop::sample::select(words), 0..12).prop_map(|words| words.concat());
    let texts =
        prop_oneof![4 => filters, 1 => soup(), 2 => trees().prop_map(|tree| tree.to_string())];
    texts.prop_filter("a filter", |text| Search::parse(text).is_ok())
}

/// Whether a part of a filter says the opposite of a switch, which takes its place.
fn denies(text: &str, toggle: &Toggle) -> bool {
    let wanted = Search::parse(toggle.text()).unwrap();
    let draft = Draft::new(text).unwrap();
    draft.denial_of(&parts(&wanted)[0]).is_some()
}

/// The texts of the parts, as they are written.
fn written(text: &str) -> Vec<String> {
    let search = Search::parse(text).unwrap();
    let spans = parts(&search).iter().map(super::Expr::span);
    spans
        .map(|span| text.get(span).unwrap().to_owned())
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn on_and_off_again_is_the_same_filter(text in texts(), name in names()) {
        let toggle = toggle(name);
        let before = Search::parse(&text).unwrap();
        prop_assume!(!toggle.is_on(&before) && !denies(&text, &toggle));
        let mut windows = Draft::new(&text).unwrap();
        windows.take_windows().unwrap();
        let replaces = matches!(name, "15m" | "today") && windows.search() != &before;
        let on = toggle.switched(&text).unwrap();
        let searched = Search::parse(&on).unwrap();
        prop_assert!(toggle.is_on(&searched), "{}", on);
        let off = Search::parse(&toggle.switched(&on).unwrap()).unwrap();
        let expected = if replaces { windows.search() } else { &before };
        prop_assert_eq!(&off, expected, "{}", on);
    }

    #[test]
    fn what_is_added_holds_beside_the_rest(
        text in texts(),
        name in names(),
        calls in prop::collection::vec(calls(), 1..6),
    ) {
        let toggle = toggle(name);
        let before = Search::parse(&text).unwrap();
        let mut draft = Draft::new(&text).unwrap();
        draft.take_windows().unwrap();
        let is_window = matches!(name, "15m" | "today");
        prop_assume!(!toggle.is_on(&before) && (!is_window || draft.search() == &before));
        let attribute = Search::parse(toggle.text()).unwrap();
        let at = standpoint(0);
        let (old, new, added) = (before.matcher(&at), Search::parse(&toggle.switched(&text).unwrap()).unwrap().matcher(&at), attribute.matcher(&at));
        let is_set = matches!(name, "failed" | "busy" | "incoming" | "sip");
        for call in &calls {
            if is_set {
                // One more value of a set lets no call out, and only calls with that value in.
                let joins = new.matches(call) != old.matches(call);
                prop_assert!(!joins || added.matches(call) == new.matches(call), "{}", text);
            } else {
                prop_assert_eq!(new.matches(call), old.matches(call) && added.matches(call), "{}", text);
            }
        }
    }

    #[test]
    fn what_an_edit_is_not_about_stays_byte_for_byte(text in texts(), name in names()) {
        let toggle = toggle(name);
        let (before, after) = (written(&text), toggle.switched(&text).unwrap());
        let about = |part: &&String| {
            let search = Search::parse(part).unwrap_or_default();
            let one = Draft::new(part);
            let mut without = one.unwrap();
            without.take_windows().unwrap();
            let is_window = matches!(name, "15m" | "today") && without.parts().is_empty();
            let sets = ["state", "direction", "transport"];
            let field = sets.iter().find(|set| toggle.text().starts_with(**set));
            let is_set = field.is_some_and(|field| search.to_string().starts_with(*field));
            is_window || is_set || toggle.is_on(&search) || denies(part, &toggle)
        };
        let mut rest = after.as_str();
        // Parts with parentheses in them may lie in spans that are no filters for themselves.
        let whole = |part: &&String| Search::parse(part).is_ok();
        for part in before.iter().filter(whole).filter(|part| !about(part)) {
            let found = rest.find(part.as_str());
            prop_assert!(found.is_some(), "{:?} lost {:?}: {:?}", text, part, after);
            // The values of a list begin at one place.
            rest = rest.get(found.unwrap()..).unwrap();
        }
    }

    #[test]
    fn a_filter_made_from_a_call_lets_that_call_pass(
        value in r#"[a-zA-Z0-9*'"\\ +\-.,()=:<>é日\n\t\u{0}\u{7}\u{202e}\u{2028}]{0,12}"#,
        key in r#"[a-z0-9*'"\\ .=\-é\n]{0,6}"#,
        any in any::<String>(),
    ) {
        for value in [value, any] {
            let mut call = Call::new(CallName::new(format!("projects/demo/calls/{value}")));
            call.to = value.as_str().into();
            call.from = value.as_str().into();
            call.error_code = value.as_str().into();
            call.labels.insert(key.as_str(), value.as_str());
            let label = Toggle::label(&key, &value);
            prop_assert_eq!(label.is_none(), key.contains('\n'));
            let mut toggles = vec![
                Toggle::party(End::To, &value), Toggle::party(End::From, &value),
                Toggle::error(&value),
            ];
            toggles.extend(label);
            if !value.is_empty() && !call.name.id().is_empty() {
                toggles.push(Toggle::legs(call.name.id()));
            }
            for toggle in toggles {
                let text = toggle.switched("").unwrap();
                // What the line of the filter bar would not take as it is.
                prop_assert!(!text.contains(char::is_control), "{:?}", text);
                let search = Search::parse(&text).unwrap();
                prop_assert!(search.matcher(&standpoint(0)).matches(&call), "{:?} {:?}", text, value);
                prop_assert!(toggle.is_on(&search));
            }
        }
    }
}
