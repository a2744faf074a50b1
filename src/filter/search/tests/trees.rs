//! Trees and calls made at random.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use proptest::prelude::*;

use crate::call::{
    Call, CallName, CreateMethod, Direction, Location, Money, Options, State, Transport,
};
use crate::filter::search::when::{Standpoint, Times};
use crate::filter::tree::Restriction;
use crate::filter::{
    Attribute, Comparison, Criterion, End, Equality, Expr, Flag, Length, Pattern, Text, language,
};

pub(super) fn at(second: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_700_000_000 + second, 0).unwrap()
}

pub(super) fn standpoint(second: i64) -> Standpoint {
    Standpoint {
        now: at(second),
        zone: chrono_tz::Australia::Melbourne,
    }
}

fn leaf(condition: Criterion) -> Expr<Criterion> {
    Expr::Restriction(Restriction {
        condition,
        field_span: 0..0,
        op_span: 0..0,
        value_span: 0..0,
    })
}

fn equality() -> impl Strategy<Value = Equality> {
    prop::sample::select(vec![Equality::Equal, Equality::NotEqual])
}

fn comparison() -> impl Strategy<Value = Comparison> {
    prop::sample::select(vec![
        Comparison::Equal,
        Comparison::NotEqual,
        Comparison::Less,
        Comparison::AtMost,
        Comparison::Greater,
        Comparison::AtLeast,
    ])
}

fn pattern() -> impl Strategy<Value = Pattern> {
    r#"[aAb1+*'"\\ ]{0,5}"#
        .prop_map(|text| Pattern::new(&text.split('*').map(str::to_owned).collect::<Vec<_>>()))
}

fn times() -> impl Strategy<Value = Times> {
    let texts = vec![
        "now",
        "-3s",
        "-1m",
        "today",
        "yesterday",
        "09:13",
        "09:13:22",
        "yesterday 09:13",
        "2023-11-15",
        "2023-11-14T22:13:20Z",
        "2023-11-14T22:13:21.5Z",
        "09:13:19..09:13:21",
        "22:00..02:00",
        "-5s..-2s",
        "2023-11-14..yesterday",
    ];
    prop::sample::select(texts).prop_map(|text| Times::parse(text).unwrap())
}

fn states() -> impl Strategy<Value = State> {
    (-1..12).prop_map(State::from_number)
}

fn conditions() -> impl Strategy<Value = Criterion> {
    let attributes: Vec<Attribute> = language()
        .fields
        .iter()
        .map(|entry| entry.attribute)
        .collect();
    let texts = vec![
        Text::Error,
        Text::Message,
        Text::Region,
        Text::Zone,
        Text::Id,
        Text::Leg,
        Text::Sip,
        Text::Handler,
    ];
    let lengths = vec![Length::Talk, Length::Queue, Length::Pdd, Length::Ring];
    let nanos = prop_oneof![
        (0..5_u64).prop_map(|s| s * 1_000_000_000),
        Just(1_500_000_000)
    ];
    let amounts = vec!["0", "0.05", "-1", "AUD 0.05", "NZD 0", "1.000000001"];
    let amounts: Vec<_> = amounts
        .into_iter()
        .map(|text| crate::filter::Amount::parse(text).unwrap())
        .collect();
    let key = || prop::sample::select(vec!["k", "K", "a b", "", "x.y"]);
    let word = "[aAb1 ]{1,3}|failed|queue|PSTN|\\+1|01111*1|1 1";
    prop_oneof![
        (comparison(), times()).prop_map(|(c, t)| Criterion::Created(c, t)),
        (
            prop::sample::select(vec![End::To, End::From]),
            equality(),
            pattern()
        )
            .prop_map(|(end, e, p)| Criterion::Party(end, e, canonical(&p))),
        (equality(), states()).prop_map(|(e, s)| Criterion::State(e, s)),
        (equality(), (-1..5).prop_map(Direction::from_number))
            .prop_map(|(e, d)| Criterion::Direction(e, d)),
        (equality(), (-1..5).prop_map(Transport::from_number))
            .prop_map(|(e, t)| Criterion::Transport(e, t)),
        (equality(), (-1..5).prop_map(CreateMethod::from_number))
            .prop_map(|(e, m)| Criterion::Method(e, m)),
        (prop::sample::select(texts), equality(), pattern())
            .prop_map(|(t, e, p)| Criterion::Text(t, e, p)),
        (key(), equality(), pattern()).prop_map(|(k, e, p)| Criterion::Label(k.into(), e, p)),
        (prop::sample::select(lengths), comparison(), nanos)
            .prop_map(|(l, c, n)| Criterion::Length(l, c, n)),
        (comparison(), prop::sample::select(amounts)).prop_map(|(c, a)| Criterion::Price(c, a)),
        (
            prop::sample::select(vec![Flag::Bridged, Flag::Private]),
            any::<bool>()
        )
            .prop_map(|(f, is)| Criterion::Flag(f, is)),
        prop::sample::select(attributes).prop_map(Criterion::Has),
        key().prop_map(|key| Criterion::HasLabel(key.into())),
        word.prop_map(|text| {
            Criterion::Word(Pattern::new(
                &text.split('*').map(str::to_owned).collect::<Vec<_>>(),
            ))
        }),
    ]
}

/// A number as the parser leaves it.
fn canonical(pattern: &Pattern) -> Pattern {
    let pieces: Vec<String> = pattern.pieces().iter().map(ToString::to_string).collect();
    crate::filter::search::values::party(&pieces)
}

/// Trees that stay within the limits of the language.
pub(super) fn trees() -> impl Strategy<Value = Expr<Criterion>> {
    conditions()
        .prop_map(leaf)
        .prop_recursive(4, 24, 3, |inner| {
            let some = prop::collection::vec(inner.clone(), 2..4);
            prop_oneof![
                some.clone()
                    .prop_map(|mut parts| Expr::all(parts.remove(0), parts)),
                some.prop_map(|mut parts| Expr::any(parts.remove(0), parts)),
                inner.prop_map(|part| Expr::Not {
                    inner: Box::new(part),
                    span: 0..0
                }),
            ]
        })
}

/// Calls that such trees can tell apart.
pub(super) fn calls() -> impl Strategy<Value = Call> {
    let text = || r#"[aAbB1+'"\\ ä]{0,4}"#;
    let time = || prop::option::of((-8..8_i64).prop_map(at));
    let kinds = (
        -1..12_i32,
        -1..5_i32,
        -1..5_i32,
        -1..5_i32,
        any::<(bool, bool)>(),
    );
    let texts = (
        text(),
        text(),
        text(),
        text(),
        text(),
        text(),
        text(),
        text(),
    );
    let moments = (time(), time(), time(), time());
    let price = prop::option::of(
        (
            prop::sample::select(vec!["AUD", "nzd", ""]),
            -1..2_i64,
            0..2_i32,
        )
            .prop_map(|(currency, units, nanos)| Money::new(currency, units, nanos * 50_000_000)),
    );
    let labels =
        prop::collection::vec((prop::sample::select(vec!["k", "a b", "ab"]), text()), 0..3);
    let created = prop_oneof![(-8..8_i64).prop_map(at), (-90_000..90_000_i64).prop_map(at)];
    (
        kinds,
        texts,
        created,
        moments,
        price,
        labels,
        any::<(bool, bool)>(),
    )
        .prop_map(|(kinds, texts, created, moments, price, labels, has)| {
            let mut call = Call::new(CallName::new(format!("projects/demo/calls/{}", texts.0)));
            call.state = State::from_number(kinds.0);
            call.direction = Direction::from_number(kinds.1);
            call.transport = Transport::from_number(kinds.2);
            call.create_method = CreateMethod::from_number(kinds.3);
            (call.bridged, call.is_private) = kinds.4;
            call.to = texts.1.into();
            call.from = texts.2.into();
            call.error_code = texts.3.into();
            call.error_message = texts.4.into();
            call.from_zone = texts.5.into();
            call.sip_call_id = texts.6.into();
            if has.0 {
                let locality = texts.7.clone();
                call.from_location = Some(Box::new(Location {
                    locality,
                    ..Location::default()
                }));
                call.originating_call = Some(CallName::new(format!("x/{}", texts.7)));
            }
            if has.1 {
                let handler_uris = vec![texts.7, "b".to_owned()];
                call.options = Some(Box::new(Options {
                    handler_uris,
                    ..Options::default()
                }));
            }
            call.create_time = Some(created);
            (
                call.start_time,
                call.ring_time,
                call.answer_time,
                call.end_time,
            ) = moments;
            call.answer_duration = call.end_time.map(|end| end - created + TimeDelta::zero());
            call.price = price;
            for (key, value) in labels {
                call.labels.insert(key, value);
            }
            call
        })
}

#[test]
fn the_dates_of_these_tests_are_those_of_their_calls() {
    let day = at(0).with_timezone(&standpoint(0).zone).date_naive();
    assert_eq!(Some(day), NaiveDate::from_ymd_opt(2023, 11, 15));
}
