//! Every refusal names its place, what was expected, and where it can what to write instead.

use rstest::rstest;

use crate::filter::{Filter, MAX_NESTING, MAX_RESTRICTIONS};

#[rstest]
#[case::lower_keyword("state = BUSY and to = x", "and", "and is not a field", "write AND")]
#[case::lower_or("state = BUSY or to = x", "or", "or is not a field", "write OR")]
#[case::unknown_field(
    "price = 1",
    "price",
    "createTime, to, from, state, direction or transport",
    ""
)]
#[case::field_typo("sate = BUSY", "sate", "cannot be filtered by", "did you mean state?")]
#[case::field_case(
    "createtime:*",
    "createtime",
    "cannot be filtered by",
    "did you mean createTime?"
)]
#[case::value_case("state = completed", "completed", "is no state", "write COMPLETED")]
#[case::value_typo(
    "state = COMPLETE",
    "COMPLETE",
    "is no state",
    "did you mean COMPLETED?"
)]
#[case::value_foreign("direction = UP", "UP", "expected OUTGOING or INCOMING", "")]
#[case::value_empty("state = ''", "''", "is no state: expected QUEUED", "")]
#[case::value_star("state = *", "*", "is no state", "write state:*")]
#[case::no_operator(
    "state BUSY",
    "B",
    "expected =, != or :* after state",
    "such as state = FAILED"
)]
#[case::no_operator_at_end("state", "", "expected =, != or :* after state", "")]
#[case::two_equals("state == BUSY", "==", "expected =, != or :*", "single =")]
#[case::arrow("createTime => 2021-02-01", "=>", "expected =, !=, <, <=, >, >=", "")]
#[case::order_of_texts("to < '+61'", "<", "to has no order", "only createTime")]
#[case::has_with_value("state:BUSY", "B", "expected * after :", "state = FAILED")]
#[case::has_with_more("from:*x", "*", "expected * after :", "")]
#[case::no_value("state =", "", "expected a value for state", "such as state = FAILED")]
#[case::no_value_in_parentheses("(state = )", ")", "expected a value for state", "")]
#[case::keyword_as_value("to = AND", "AND", "not the keyword AND", "write 'AND'")]
#[case::minus_as_value("to = -x", "-x", "does not begin with -", "write '-x'")]
#[case::odd_value("to = é", "é", "expected a value for to, not 'é'", "single quotes")]
#[case::odd_in_value(
    "to = a#b",
    "#",
    "'#' cannot stand in a value without quotes",
    "single quotes"
)]
#[case::open_quote("to = 'abc", "'", "never closed", "add '")]
#[case::unknown_escape(r"to = 'a\n'", r"\n", "after a backslash", r"\\")]
#[case::after_quote("to = 'a'b", "b", "expected a blank after the closing quote", "")]
#[case::open_parenthesis("(state = BUSY", "(", "never closed", "add )")]
#[case::close_parenthesis("state = BUSY)", ")", "closes nothing", "")]
#[case::empty_parentheses("()", ")", "expected a restriction", "")]
#[case::nothing_after_and("state = BUSY AND", "", "expected a restriction", "")]
#[case::nothing_before_or("OR state = BUSY", "OR", "before OR", "")]
#[case::two_nots("NOT NOT state = BUSY", "NOT", "after NOT", "NOT (NOT …)")]
#[case::no_field("= BUSY", "=", "expected a field such as state, not '='", "")]
#[case::bare_number("+61*", "+", "expected a field", "")]
#[case::bad_time("createTime > 'now'", "'now'", "expected a time such as", "")]
#[case::bare_time(
    "createTime > 2021-02-01T00:00:00Z",
    "2021-02-01T00:00:00Z",
    "quotes around a time",
    "'2021"
)]
#[case::no_such_day("createTime > '2021-02-30'", "'2021-02-30'", "no day 2021-02-30", "")]
fn errors(#[case] text: &str, #[case] at: &str, #[case] message: &str, #[case] hint: &str) {
    let error = Filter::parse(text).unwrap_err();
    assert_eq!(text.get(error.span.clone()), Some(at), "{error}");
    assert!(error.message.contains(message), "{error}");
    let given = error.hint.clone().unwrap_or_default();
    assert!(given.contains(hint), "{error}");
}

#[test]
fn an_error_is_told_with_its_offset() {
    let error = Filter::parse("state = BUSY and to = x").unwrap_err();
    assert_eq!(
        error.to_string(),
        "offset 13: and is not a field (keywords are upper-case: write AND)"
    );
}

#[test]
fn the_limits_are_those_of_the_contract() {
    let nested = |levels: usize| format!("{}to = a{}", "(".repeat(levels), ")".repeat(levels));
    assert!(Filter::parse(&nested(MAX_NESTING)).is_ok());
    let error = Filter::parse(&nested(MAX_NESTING + 1)).unwrap_err();
    assert_eq!(error.span, MAX_NESTING..MAX_NESTING + 1);
    assert!(Filter::parse(&format!("NOT {}", nested(MAX_NESTING))).is_err());
    assert!(Filter::parse(&nested(100_000)).is_err());

    let many = |count: usize| vec!["to = a"; count].join(" ");
    assert!(Filter::parse(&many(MAX_RESTRICTIONS)).is_ok());
    assert!(Filter::parse(&many(MAX_RESTRICTIONS + 1)).is_err());

    let long = |bytes: usize| format!("to='{}'", "é".repeat((bytes - 5) / 2));
    assert!(Filter::parse(&long(2_047)).is_ok());
    let error = Filter::parse(&long(2_049)).unwrap_err();
    assert!(error.message.contains("2048 bytes, not 2049"), "{error}");
}
