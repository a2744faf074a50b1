//! The grammar of filters (`api.md §6.3`, `§6.4`; `sandbox.md`, "Filter"), row by row. What a filter
//! means is said here a second time, so that the service is not measured by its own reader.

use std::collections::BTreeSet;

use rstest::rstest;
use switchboard::proto::Call;
use switchboard::proto::call::{Direction, State, Transport};
use switchboard::sandbox::Setup;
use tonic_types::StatusExt as _;

use super::support::{list, page, quiet, refused_fields, start};

fn setup() -> Setup {
    Setup {
        history: 250,
        seed: 8,
        salt: Some(8),
        ..quiet()
    }
}

fn created(call: &Call) -> (i64, i32) {
    let time = call.create_time.unwrap();
    (time.seconds, time.nanos)
}

/// 2021-03-01T01:50:00Z, which lies among the calls of the history.
const AT: i64 = 1_614_563_400;

fn is(call: &Call, state: State) -> bool {
    call.state() == state
}

fn out(call: &Call) -> bool {
    call.direction() == Direction::Outgoing
}

fn aussie(call: &Call) -> bool {
    call.to.starts_with("+61")
}

#[rstest]
// empty / blank filter
#[case("", |_: &Call| true)]
#[case(" \t\r\n ", |_: &Call| true)]
// OR binds tighter than AND
#[case("state = BUSY OR state = COMPLETED AND to = '+61*'",
    |call: &Call| (is(call, State::Busy) || is(call, State::Completed)) && aussie(call))]
#[case("to = '+61*' AND state = BUSY OR state = COMPLETED",
    |call: &Call| aussie(call) && (is(call, State::Busy) || is(call, State::Completed)))]
// two restrictions with no keyword
#[case("state = COMPLETED to = '+61*'", |call: &Call| is(call, State::Completed) && aussie(call))]
#[case("state = BUSY OR state = COMPLETED to = '+61*'",
    |call: &Call| (is(call, State::Busy) || is(call, State::Completed)) && aussie(call))]
// parentheses, NOT and -
#[case("(state = COMPLETED AND direction = OUTGOING) OR state = BUSY",
    |call: &Call| (is(call, State::Completed) && out(call)) || is(call, State::Busy))]
#[case("NOT state = COMPLETED", |call: &Call| !is(call, State::Completed))]
#[case("-state = COMPLETED", |call: &Call| !is(call, State::Completed))]
#[case("NOT (state = COMPLETED OR direction = OUTGOING)",
    |call: &Call| !(is(call, State::Completed) || out(call)))]
#[case("state = COMPLETED AND NOT direction = OUTGOING OR to = '+61*'",
    |call: &Call| is(call, State::Completed) && (!out(call) || aussie(call)))]
// spaces are optional; AND( needs none
#[case("state=COMPLETED AND(direction=OUTGOING)", |call: &Call| is(call, State::Completed) && out(call))]
#[case("\tstate\n=\r\nCOMPLETED ", |call: &Call| is(call, State::Completed))]
// quotes: single, double, none
#[case("to = \"+61*\"", aussie)]
#[case("to = +61*", aussie)]
#[case("state = 'COMPLETED'", |call: &Call| is(call, State::Completed))]
#[case("state = \"COMPLETED\"", |call: &Call| is(call, State::Completed))]
#[case("to = sip:101@pbx.example", |call: &Call| call.to == "sip:101@pbx.example")]
#[case("to != sip:101@pbx.example", |call: &Call| call.to != "sip:101@pbx.example")]
// escapes
#[case(r"to = '\*'", |_: &Call| false)]
#[case(r"to = '+61\*'", |_: &Call| false)]
#[case(r"to = '\''", |_: &Call| false)]
#[case(r#"to = "\"\\""#, |_: &Call| false)]
#[case(r"to != '\*'", |_: &Call| true)]
// wildcards: zero or more characters, anywhere
#[case("to = '*56'", |call: &Call| call.to.ends_with("56"))]
#[case("to = '+61*56'", |call: &Call| aussie(call) && call.to.ends_with("56"))]
#[case("to = '*pbx*'", |call: &Call| call.to.contains("pbx"))]
#[case("to = '+61491570156*'", |call: &Call| call.to == "+61491570156")]
#[case("to = '**+61**'", |call: &Call| call.to.contains("+61"))]
#[case("from = '*'", |call: &Call| !call.from.is_empty())]
#[case("from != '*'", |call: &Call| call.from.is_empty())]
// strings: case-sensitive, whole value
#[case("to = 'SIP:*'", |_: &Call| false)]
#[case("to = '+61'", |_: &Call| false)]
#[case("from = '+61*'", |call: &Call| call.from.starts_with("+61"))]
#[case("from != '+61*'", |call: &Call| !call.from.starts_with("+61"))]
#[case("from = ''", |call: &Call| call.from.is_empty())]
#[case("from != ''", |call: &Call| !call.from.is_empty())]
// present
#[case("from:*", |call: &Call| !call.from.is_empty())]
#[case("NOT from:*", |call: &Call| call.from.is_empty())]
#[case("from : *", |call: &Call| !call.from.is_empty())]
#[case("to:* AND state:* AND direction:* AND transport:* AND createTime:*", |_: &Call| true)]
// enums
#[case("state != COMPLETED", |call: &Call| !is(call, State::Completed))]
#[case("direction = INCOMING", |call: &Call| !out(call))]
#[case("transport = SIP", |call: &Call| call.transport() == Transport::Sip)]
#[case("transport = CLIENT OR transport = PSTN", |call: &Call| call.transport() != Transport::Sip)]
#[case("state = STATE_UNSPECIFIED", |_: &Call| false)]
#[case("direction = DIRECTION_UNSPECIFIED", |_: &Call| false)]
#[case("transport != TRANSPORT_UNSPECIFIED", |_: &Call| true)]
// times: a bare date, RFC 3339 with Z or an offset, 0 to 9 digits; both spellings of the field
#[case("createTime < 2021-03-01", |call: &Call| created(call) < (AT - 6_600, 0))]
#[case("createTime >= '2021-03-01'", |call: &Call| created(call) >= (AT - 6_600, 0))]
#[case("create_time >= '2021-03-01T01:50:00Z'", |call: &Call| created(call) >= (AT, 0))]
#[case("createTime > \"2021-03-01T01:50:00.123456789Z\"", |call: &Call| created(call) > (AT, 123_456_789))]
#[case("createTime <= '2021-03-01T11:50:00.5+10:00'", |call: &Call| created(call) <= (AT, 500_000_000))]
#[case("createTime <= '2021-02-28T20:20:00-05:30'", |call: &Call| created(call) <= (AT, 0))]
#[case("createTime >= '2021-03-01T01:50:00-00:00'", |call: &Call| created(call) >= (AT, 0))]
#[case("createTime != '2021-03-01T01:50:00Z'", |call: &Call| created(call) != (AT, 0))]
#[case("createTime = '2021-03-01T01:50:00Z'", |call: &Call| created(call) == (AT, 0))]
#[tokio::test(start_paused = true)]
/// §6.3, §6.4.
async fn a_filter_means_what_the_table_says(
    #[case] filter: &str,
    #[case] meant: fn(&Call) -> bool,
) {
    let (_sandbox, mut client) = start(setup()).await;
    let mut expected = list(&mut client, "").await;
    let all = expected.len();
    expected.retain(meant);
    let found = list(&mut client, filter).await;
    let names = |calls: &[Call]| {
        calls
            .iter()
            .map(|call: &Call| call.name.clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(names(&found), names(&expected));
    assert_eq!(all, 250);
}

/// §6.3: the values that the table above asks for are there, or its rows would say nothing.
#[tokio::test(start_paused = true)]
async fn the_calls_that_filters_are_tried_on_are_of_every_kind() {
    let (_sandbox, mut client) = start(setup()).await;
    let calls = list(&mut client, "").await;
    let states: BTreeSet<i32> = calls.iter().map(|call: &Call| call.state).collect();
    assert_eq!(states.len(), 9);
    let transports: BTreeSet<i32> = calls.iter().map(|call: &Call| call.transport).collect();
    assert_eq!(transports.len(), 3);
    assert!(calls.iter().any(|call: &Call| call.from.is_empty()));
    assert!(
        calls
            .iter()
            .any(|call: &Call| call.to == "sip:101@pbx.example" || call.to.contains("pbx"))
    );
    assert!(calls.iter().any(|call: &Call| call.to.ends_with("56")));
    for bound in [AT, AT - 6_600] {
        assert!(calls.iter().any(|call: &Call| created(call) < (bound, 0)));
        assert!(calls.iter().any(|call: &Call| created(call) > (bound, 0)));
    }
}

/// §6.3: `=` finds the very nanosecond.
#[tokio::test(start_paused = true)]
async fn a_time_is_exact_to_the_nanosecond() {
    let (_sandbox, mut client) = start(setup()).await;
    let call = list(&mut client, "").await.swap_remove(100);
    let (seconds, nanos) = created(&call);
    for (beside, found) in [(0, true), (1, false)] {
        let nanos = u32::try_from(nanos).unwrap() + beside;
        let time = chrono::DateTime::from_timestamp(seconds, nanos).unwrap();
        let filter = format!("createTime = '{}'", time.format("%FT%T%.9fZ"));
        assert_eq!(list(&mut client, &filter).await.contains(&call), found);
    }
}

#[rstest]
// keywords are upper-case
#[case("state = BUSY and to = '+61*'", 13)]
#[case("state = BUSY or state = FAILED", 13)]
#[case("not state = BUSY", 0)]
// fields: the six, case-sensitive
#[case("price = 1", 0)]
#[case("State = BUSY", 0)]
#[case("CREATETIME > '2021-01-01'", 0)]
#[case("call.state = BUSY", 0)]
#[case("name = 'projects/demo/calls/a'", 0)]
// operators per type
#[case("state < BUSY", 6)]
#[case("to > '+61'", 3)]
#[case("direction >= INCOMING", 10)]
#[case("state == BUSY", 6)]
#[case("state ~ BUSY", 6)]
#[case("to : '+61'", 5)]
#[case("createTime : '2021-01-01'", 13)]
// values: exact case, known names, no wildcard but in to and from
#[case("state = completed", 8)]
#[case("state = DONE", 8)]
#[case("state = 5", 8)]
#[case("state = ''", 8)]
#[case("state = 'COMP*'", 8)]
#[case("direction = OUTBOUND", 12)]
#[case("transport = WEBRTC", 12)]
#[case("createTime > '2021-*'", 13)]
// times
#[case("createTime > 'yesterday'", 13)]
#[case("createTime > '2021-02-30'", 13)]
#[case("createTime > '2021-01-01T06:00:00'", 13)]
#[case("createTime > '2021-01-01 06:00:00Z'", 13)]
#[case("createTime > '2021-01-01T06:00Z'", 13)]
#[case("createTime > '2021-01-01t06:00:00Z'", 13)]
#[case("createTime > '2021-01-01T06:00:00z'", 13)]
#[case("createTime > '2021-01-01T06:00:00.Z'", 13)]
#[case("createTime > '2021-01-01T06:00:00.1234567890Z'", 13)]
#[case("createTime > '2021-01-01T06:00:60Z'", 13)]
#[case("createTime > '2021-01-01T24:00:00Z'", 13)]
#[case("createTime > 2021-01-01T06:00:00Z", 13)]
#[case("createTime > ''", 13)]
// escapes and quotes
#[case(r"to = '\x'", 6)]
#[case(r"to = '\", 6)]
#[case("to = '+61", 5)]
#[case("to='+61*'AND state=COMPLETED", 9)]
// the rest of the grammar
#[case("state = BUSY AND", 16)]
#[case("AND state = BUSY", 0)]
#[case("state = BUSY OR OR state = FAILED", 16)]
#[case("()", 1)]
#[case("(state = BUSY", 0)]
#[case("state = BUSY)", 12)]
#[case("state", 5)]
#[case("state =", 7)]
#[case("to = -1", 5)]
#[case("'BUSY' = state", 0)]
#[case("BUSY", 0)]
#[tokio::test(start_paused = true)]
/// §6.3: everything else is `INVALID_ARGUMENT`, with its offset in the description.
async fn what_the_grammar_does_not_know_is_refused(#[case] filter: &str, #[case] offset: usize) {
    let (_sandbox, mut client) = start(quiet()).await;
    let refused = page(&mut client, filter, 10, "").await.unwrap_err();
    assert_eq!(refused_fields(&refused), ["filter"]);
    let details = refused.get_error_details();
    let description = &details.bad_request().unwrap().field_violations[0].description;
    assert!(
        description.starts_with(&format!("offset {offset}")),
        "{description}"
    );
}

fn nested(levels: usize) -> String {
    format!("{}state = BUSY{}", "(".repeat(levels), ")".repeat(levels))
}

fn restrictions(count: usize) -> String {
    vec!["state = BUSY"; count].join(" OR ")
}

/// A filter of so many bytes, with characters of two.
fn bytes(count: usize) -> String {
    let (head, tail) = ("to = 'x", "'");
    let middle = count - head.len() - tail.len();
    format!(
        "{head}{}{}{tail}",
        "x".repeat(middle % 2),
        "é".repeat(middle / 2)
    )
}

#[rstest]
#[case::nesting(nested(20), nested(21))]
#[case::negations(format!("{}state = BUSY", "NOT (".repeat(10)) + &")".repeat(10), format!("NOT {}", nested(20)))]
#[case::restrictions(restrictions(50), restrictions(51))]
#[case::bytes(bytes(2_048), bytes(2_049))]
#[tokio::test(start_paused = true)]
/// §6.3, row "limits": 2,048 bytes, nesting 20, 50 restrictions.
async fn filters_have_their_limits(#[case] largest: String, #[case] too_large: String) {
    let (_sandbox, mut client) = start(quiet()).await;
    assert!(page(&mut client, &largest, 10, "").await.is_ok());
    let refused = page(&mut client, &too_large, 10, "").await.unwrap_err();
    assert_eq!(refused_fields(&refused), ["filter"]);
}
