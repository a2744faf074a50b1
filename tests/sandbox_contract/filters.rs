//! Filters (`api.md §6`): the service's answer is that of the language.

use proptest::prelude::*;
use rstest::rstest;
use switchboard::call::{self, CallName};
use switchboard::filter::Filter;
use switchboard::proto::Call;
use switchboard::sandbox::Setup;
use tonic_types::StatusExt as _;

use super::support::{list, page, quiet, refused_fields, start};

fn setup() -> Setup {
    Setup {
        history: 300,
        seed: 8,
        ..quiet()
    }
}

/// The fields that filters know, as the console has them.
fn domain(call: &Call) -> call::Call {
    let mut domain = call::Call::new(CallName::new(&*call.name));
    domain.to = call.to.as_str().into();
    domain.from = call.from.as_str().into();
    domain.state = call::State::from_number(call.state);
    domain.direction = call::Direction::from_number(call.direction);
    domain.transport = call::Transport::from_number(call.transport);
    let created = call.create_time.unwrap();
    let nanos = u32::try_from(created.nanos).unwrap();
    domain.create_time = chrono::DateTime::from_timestamp(created.seconds, nanos);
    domain
}

#[rstest]
#[case("state = COMPLETED OR state = BUSY AND to = '+61*'")]
#[case(
    "createTime >= '2021-02-28T12:00:00.0Z' AND createTime < '2021-03-01' AND state = COMPLETED OR state = BUSY AND to = '+61*' OR from = '+61*'"
)]
#[case("NOT from:*")]
#[case("from = ''")]
#[case("from != '+61*'")]
#[case("to = '*56'")]
#[case("to = '+61*56'")]
#[case("to = 'sip:*@pbx.example'")]
#[case("to = '*?*' OR to = '*[*' OR to = '*\\**'")]
#[case("state = QUEUED OR state = STARTING OR state = RINGING OR state = IN_PROGRESS")]
#[case("(state = FAILED AND direction = OUTGOING) OR -transport = PSTN")]
#[case("createTime < '0001-01-01T00:00:00Z' OR createTime > '9999-01-01'")]
#[case("createTime >= '0001-01-01' createTime:* to:*")]
#[tokio::test(start_paused = true)]
/// §6.3, §6.4.
async fn filters_bring_what_they_say(#[case] filter: &str) {
    let (_sandbox, mut client) = start(setup()).await;
    let parsed = Filter::parse(filter).unwrap();
    let mut expected = list(&mut client, "").await;
    expected.retain(|call| parsed.matches(&domain(call)));
    assert_eq!(list(&mut client, filter).await, expected);
}

#[rstest]
#[case("state = completed", "offset 8", "COMPLETED")]
#[case(
    "price = 1",
    "offset 0",
    "createTime, to, from, state, direction or transport"
)]
#[case("state = BUSY and to = '+61*'", "offset 13", "AND")]
#[case("createTime > 'yesterday'", "offset 13", "expected a time")]
#[case("(state = BUSY", "offset 0", "never closed")]
#[tokio::test(start_paused = true)]
/// §6.3, last row: `INVALID_ARGUMENT` with the offset in the description.
async fn malformed_filters_are_refused_with_their_offset(
    #[case] filter: &str,
    #[case] offset: &str,
    #[case] expected: &str,
) {
    let (_sandbox, mut client) = start(quiet()).await;
    let refused = page(&mut client, filter, 10, "").await.unwrap_err();
    assert_eq!(refused_fields(&refused), ["filter"]);
    let details = refused.get_error_details();
    let description = &details.bad_request().unwrap().field_violations[0].description;
    assert!(description.starts_with(offset), "{description}");
    assert!(description.contains(expected), "{description}");
}

/// Filters over values that the calls of the history have.
fn filters() -> impl Strategy<Value = String> {
    let terms = vec![
        "state = COMPLETED",
        "state != COMPLETED",
        "state = RINGING",
        "state:*",
        "state = FAILED",
        "direction = INCOMING",
        "direction != INCOMING",
        "transport = PSTN",
        "transport != SIP",
        "to = '+61*'",
        "to != '+61*'",
        "from = ''",
        "from:*",
        "from = '+1*'",
        "to = '*@pbx*'",
        "to = '+61491570156'",
        "from = '*'",
        "from != '*5*5*'",
        "to = 'sip:1*'",
        "to = '*\0*'",
        "createTime < '2021-03-01T01:55:00Z'",
        "createTime >= '2021-03-01T01:59:00Z'",
        "createTime != '2021-03-01'",
        "createTime <= '2021-02-28T20:00:00+05:00'",
    ];
    let leaf = prop::sample::select(terms).prop_map(str::to_owned);
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 2..4)
                .prop_map(|parts| format!("({})", parts.join(" AND "))),
            prop::collection::vec(inner.clone(), 2..4)
                .prop_map(|parts| format!("({})", parts.join(" OR "))),
            (inner.clone(), inner.clone(), inner.clone())
                .prop_map(|(a, b, c)| format!("{a} OR {b} AND {c}"))
                .prop_map(|mixed| format!("({mixed})")),
            inner.prop_map(|part| format!("NOT ({part})")),
        ]
    })
}

/// §6: the database and the language agree on every filter.
#[test]
fn the_ledger_evaluates_filters_as_the_language_does() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .unwrap();
    let (_sandbox, client, all) = runtime.block_on(async {
        let (sandbox, mut client) = start(setup()).await;
        let all = list(&mut client, "").await;
        (sandbox, client, all)
    });
    proptest!(ProptestConfig::with_cases(300), |(filter in filters())| {
        let parsed = Filter::parse(&filter).unwrap();
        let mut client = client.clone();
        let found = runtime.block_on(list(&mut client, &filter));
        let mut expected = all.clone();
        expected.retain(|call| parsed.matches(&domain(call)));
        prop_assert_eq!(found, expected);
    });
}
