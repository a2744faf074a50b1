//! Every refusal names its place, what was expected, and where it can what to write instead.

use rstest::rstest;

use crate::filter::{MAX_SEARCH_BYTES, MAX_SEARCH_NESTING, MAX_SEARCH_RESTRICTIONS, Search};

#[rstest]
#[case::near_miss(
    "stat = FAILED",
    "stat",
    "is no field: expected state, ",
    "did you mean state?"
)]
#[case::near_miss_of_a_local_field("pirce > 1", "pirce", "is no field", "did you mean price?")]
#[case::near_miss_of_a_bound("sinse:2h", "sinse", "is no field", "did you mean since?")]
#[case::nothing_near("xyzzy = 1", "xyzzy", "is no field", "put it in quotes")]
#[case::wide_characters("日本 stat = FAILED", "stat", "is no field", "state?")]
#[case::wrong_name(
    "state = faild",
    "faild",
    "is no state: expected queued",
    "did you mean failed?"
)]
#[case::wrong_name_in_a_list("state = failed, bsy", "bsy", "is no state", "busy?")]
#[case::star_for_a_name("state = *", "*", "a value of state has no *", "write state:*")]
#[case::no_operator(
    "state failed",
    "",
    "expected =, != or :* after state",
    "such as state = "
)]
#[case::no_operator_for_a_label("label.x y", "", "after label.x", "")]
#[case::no_key("label = x", "", "the key of a label", "label.campaign")]
#[case::no_key_after_the_point("label. = x", "", "the key of a label", "")]
#[case::two_equals("talk == 5s", "==", "expected =, !=, <, <=, >, >= or :*", "single =")]
#[case::half_a_sign("failed | busy", "|", "expected a field or a word, not |", "write OR;")]
#[case::nothing_joined("failed || && busy", "&", "not '&'", "")]
#[case::not_twice("!!failed", "!", "expected a restriction after NOT", "")]
#[case::no_order(
    "state > failed",
    ">",
    "state has no order",
    "times, lengths and the price"
)]
#[case::order_of_a_list("talk < 5s, 6s", ",", "< takes one value", "")]
#[case::no_value("talk <", "", "expected a value for talk", "30s, 1m30s")]
#[case::no_value_after_a_comma("state = failed,", "", "expected a value for state", "")]
#[case::keyword_for_a_value("error = and", "and", "not the keyword and", "write 'and'")]
#[case::no_unit("talk < 5", "5", "expected a unit", "")]
#[case::no_length("talk < long", "long", "expected a length of time", "")]
#[case::too_long("talk < 99999999h", "99999999h", "at most 10,000 days", "")]
#[case::no_money("price > cheap", "cheap", "expected an amount", "")]
#[case::currency_alone("price > AUD", "AUD", "expected an amount", "")]
#[case::no_time("created > soon", "soon", "expected a time such as", "")]
#[case::length_for_a_time("created > 2h", "2h", "2h ago is -2h", "")]
#[case::no_such_day("created = 2026-02-30", "2026-02-30", "no day 2026-02-30", "")]
#[case::no_such_time("since:25:00", "25:00", "no time of day 25:00", "")]
#[case::backward_range(
    "created = 2026-02-02..2026-02-01",
    "2026-02-02..2026-02-01",
    "ends before",
    ""
)]
#[case::bound_without_a_time("since", "", "expected : and a time", "since:2h")]
#[case::order_of_a_bound("since > 2h", ">", "expected : here", "")]
#[case::flag("bridged = maybe", "maybe", "yes or no", "")]
#[case::keyword_alone("or failed", "or", "before OR", "write 'or'")]
#[case::nothing_after_and("failed and", "", "expected a field or a word", "")]
#[case::nothing_between("()", ")", "before )", "")]
#[case::comma(", failed", ",", "not ','", "")]
#[case::empty_word("''", "''", "some text to look for", "")]
#[case::only_stars("**", "**", "some text to look for", "")]
#[case::open_quote("error = 'abc", "'", "never closed", "add '")]
#[case::behind_a_quote("error = 'a'b", "b", "a blank after the closing quote", "")]
#[case::quote_in_a_value("error = a'b'", "'", "a quote cannot stand", "")]
#[case::operator_behind_a_word("a-b=c", "=", "expected a blank before '='", "quotes")]
#[case::open_parenthesis("(failed", "(", "never closed", "add )")]
#[case::two_nots("not not failed", "not", "after NOT", "")]
fn errors(#[case] text: &str, #[case] at: &str, #[case] message: &str, #[case] hint: &str) {
    let error = Search::parse(text).unwrap_err();
    assert_eq!(text.get(error.span.clone()), Some(at), "{error}");
    assert!(error.message.contains(message), "{error}");
    assert!(
        error.hint.clone().unwrap_or_default().contains(hint),
        "{error}"
    );
}

#[test]
fn the_limits_are_errors() {
    let long = "x".repeat(MAX_SEARCH_BYTES + 1);
    assert!(Search::parse(&long).unwrap_err().message.contains("bytes"));
    let deep = |depth: usize| format!("{}busy{}", "(".repeat(depth), ")".repeat(depth));
    assert!(Search::parse(&deep(MAX_SEARCH_NESTING)).is_ok());
    let error = Search::parse(&deep(MAX_SEARCH_NESTING + 1)).unwrap_err();
    assert!(error.message.contains("levels"));
    assert!(Search::parse(&"x ".repeat(MAX_SEARCH_RESTRICTIONS)).is_ok());
    for many in [
        "x ".repeat(MAX_SEARCH_RESTRICTIONS + 1),
        format!("to = {}y", "x,".repeat(200)),
    ] {
        let error = Search::parse(&many).unwrap_err();
        assert!(error.message.contains("restrictions"), "{error}");
    }
}
