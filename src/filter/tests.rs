//! The language as a whole: what is read, what is refused, and what must hold of any text.

mod errors;
mod properties;
mod tree;

use rstest::rstest;

use super::*;
use crate::call::{CallName, Direction, State, Transport};

fn filter(text: &str) -> Filter {
    Filter::parse(text).unwrap_or_else(|error| panic!("{text:?}: {error}"))
}

fn call() -> Call {
    let mut call = Call::new(CallName::new("projects/demo/calls/1"));
    call.to = "+61491570156".into();
    call.from = "+61255501234".into();
    call.state = State::Busy;
    call.direction = Direction::Outgoing;
    call.transport = Transport::Pstn;
    call.create_time = Some("2021-02-01T00:00:00Z".parse().unwrap());
    call
}

#[rstest]
#[case::blank(" \t\r\n", "")]
#[case::documented(
    "createTime >= '2021-01-01T06:00:00.0Z' AND createTime < '2021-02-01' AND \
     state = COMPLETED OR state = BUSY AND to = '+61*' OR from = '+61*'",
    "createTime >= '2021-01-01T06:00:00Z' AND createTime < '2021-02-01T00:00:00Z' AND \
     state = COMPLETED OR state = BUSY AND to = '+61*' OR from = '+61*'"
)]
#[case::no_blanks("state=BUSY", "state = BUSY")]
#[case::side_by_side("state=BUSY to='x'", "state = BUSY AND to = 'x'")]
#[case::protocol_spelling("create_time<2021-02-01", "createTime < '2021-02-01T00:00:00Z'")]
#[case::double_quotes(r#"to = "o'neil""#, r"to = 'o\'neil'")]
#[case::a_star_itself(r"to = 'a\*b*'", r"to = 'a\*b*'")]
#[case::stars_are_one("to = **a", "to = '*a'")]
#[case::bare_sip("to = sip:100@pbx.example", "to = 'sip:100@pbx.example'")]
#[case::quoted_name("state = 'BUSY'", "state = BUSY")]
#[case::minus("-state = BUSY", "NOT state = BUSY")]
#[case::not_of_two("NOT(state = BUSY to = x)", "NOT (state = BUSY AND to = 'x')")]
#[case::keyword_and_parenthesis("state = BUSY AND(to = x)", "state = BUSY AND to = 'x'")]
#[case::presence("from : * direction:*", "from:* AND direction:*")]
#[case::parentheses_kept("(to=a AND to=b) OR to=c", "(to = 'a' AND to = 'b') OR to = 'c'")]
#[case::parentheses_dropped("((to=a) OR (to=b OR to=c))", "to = 'a' OR to = 'b' OR to = 'c'")]
#[case::minus_after_a_word("to = a-b -from = c", "to = 'a-b' AND NOT from = 'c'")]
fn texts_have_one_canonical_form(#[case] text: &str, #[case] canonical: &str) {
    let parsed = filter(text);
    assert_eq!(parsed.to_string(), canonical);
    assert_eq!(filter(canonical), parsed);
    assert_eq!(parsed.is_everything(), canonical.is_empty());
}

#[rstest]
#[case("", true)]
#[case("state = COMPLETED OR state = BUSY AND to = '+61*'", true)]
#[case("state = COMPLETED OR state = BUSY AND to = '+1*'", false)]
#[case("(state = BUSY) OR (state = COMPLETED AND to = '+1*')", true)]
#[case("createTime < '2021-02-01'", false)]
#[case("createTime <= '2021-02-01'", true)]
#[case("createTime = '2021-02-01T10:00:00+10:00'", true)]
#[case("createTime != '2021-02-01'", false)]
#[case("createTime > '2021-01-31T23:59:59.999999999Z'", true)]
#[case("createTime:*", true)]
#[case("to = '*56'", true)]
#[case("to = '+61*56'", true)]
#[case("to = '+61'", false)]
#[case("NOT to = '+61*'", false)]
#[case("state != BUSY OR direction != OUTGOING", false)]
#[case("transport = PSTN", true)]
#[case("state = STATE_UNSPECIFIED", false)]
fn a_call_passes_or_not(#[case] text: &str, #[case] passes: bool) {
    assert_eq!(filter(text).matches(&call()), passes);
}

#[rstest]
#[case("from = '+61*'", false)]
#[case("from = '*'", false)]
#[case("from = ''", true)]
#[case("from != ''", false)]
#[case("from != 'x'", true)]
#[case("NOT from = '+61*'", true)]
#[case("from:*", false)]
#[case("NOT from:*", true)]
#[case("state = STATE_UNSPECIFIED", false)]
#[case("state != BUSY", true)]
#[case("state:*", true)]
#[case("transport:*", false)]
#[case("transport = TRANSPORT_UNSPECIFIED", true)]
#[case("createTime:*", false)]
#[case("createTime < '2021-02-01'", false)]
#[case("createTime >= '2021-02-01'", false)]
#[case("createTime != '2021-02-01'", true)]
fn what_is_not_set_passes_only_complements(#[case] text: &str, #[case] passes: bool) {
    let mut call = Call::new(CallName::new("projects/demo/calls/2"));
    call.state = State::Other(42);
    assert_eq!(filter(text).matches(&call), passes);
}

#[test]
fn spans_point_into_the_text() {
    let text = "to = 'é' AND  state  !=  BUSY";
    let parsed = filter(text);
    let Some(Expr::And { parts, span }) = parsed.expr() else {
        panic!("{parsed:?}");
    };
    assert_eq!(text.get(span.clone()), Some(text));
    let Some(Expr::Restriction(restriction)) = parts.get(1) else {
        panic!("{parts:?}");
    };
    assert_eq!(text.get(restriction.field_span.clone()), Some("state"));
    assert_eq!(text.get(restriction.op_span.clone()), Some("!="));
    assert_eq!(text.get(restriction.value_span.clone()), Some("BUSY"));
    assert_eq!(text.get(restriction.span()), Some("state  !=  BUSY"));
}
