//! What a filter costs: held against a million calls, and read and planned at every key.
//!
//! `cargo bench --bench filter`

use std::hint::black_box;

use chrono::{DateTime, TimeDelta, Utc};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};

use switchboard::call::{
    AsOf, Call, CallName, CreateMethod, Direction, Money, State, Store, Transport,
};
use switchboard::filter::{Plan, Search, Standpoint};

const CALLS: u32 = 1_000_000;

const FILTERS: [(&str, &str); 10] = [
    ("states", "failed, busy"),
    ("window", "since:2h"),
    ("prefix", "to = '+61491*'"),
    ("infix", "to = '*5701*'"),
    ("error", "error = subscriber*"),
    ("label", "label.campaign = spring"),
    ("talk", "talk < 5s"),
    ("word", "spring"),
    ("number as a word", "'+61 491 571'"),
    ("mixed", "failed since:2h label.campaign=spring talk<5s"),
];

fn at() -> Standpoint {
    Standpoint {
        now: DateTime::from_timestamp(1_790_000_000, 0).unwrap_or_default(),
        zone: chrono_tz::Australia::Melbourne,
    }
}

/// Calls of a busy project: most of them completed, some with labels, one a tenth of a second.
fn call(number: u32) -> Call {
    let mut call = Call::new(CallName::new(format!(
        "projects/demo/calls/{number:08x}-1111-4222-8333-444455556666"
    )));
    let created: DateTime<Utc> = at().now - TimeDelta::milliseconds(i64::from(number) * 97);
    let scattered = number.wrapping_mul(2_654_435_761) >> 16;
    call.state = match scattered % 20 {
        0 => State::Failed,
        1 => State::Busy,
        2 => State::NotAnswered,
        3 => State::InProgress,
        _ => State::Completed,
    };
    call.direction = Direction::Outgoing;
    call.transport = Transport::Pstn;
    call.create_method = CreateMethod::Api;
    call.from = "+61255501234".into();
    call.to = format!("+6149157{:04}", scattered % 10_000).into();
    call.create_time = Some(created);
    call.start_time = Some(created + TimeDelta::seconds(1));
    call.ring_time = Some(created + TimeDelta::seconds(3));
    match call.state {
        State::Failed => {
            call.error_code = "SUBSCRIBER_ABSENT".into();
            call.error_message = "The subscriber cannot be reached".into();
        }
        State::Completed => {
            let talk = TimeDelta::seconds(i64::from(scattered % 300));
            call.answer_time = Some(created + TimeDelta::seconds(9));
            call.end_time = Some(created + TimeDelta::seconds(9) + talk);
            call.answer_duration = Some(talk);
            call.price = Some(Money::new("AUD", 0, 42_000_000));
        }
        _ => {}
    }
    if scattered.is_multiple_of(3) {
        let campaign = if scattered.is_multiple_of(2) {
            "spring"
        } else {
            "autumn"
        };
        call.labels.insert("campaign", campaign);
        call.labels
            .insert("agent", format!("agent-{}", scattered % 50));
    }
    call
}

/// The whole count, as the table makes it when the filter changes.
fn count(criterion: &mut Criterion) {
    let mut store = Store::default();
    for number in 0..CALLS {
        store.merge(call(number), AsOf(1));
    }
    let mut group = criterion.benchmark_group("count of a million");
    group.throughput(Throughput::Elements(u64::from(CALLS)));
    group.sample_size(10);
    for (name, text) in FILTERS {
        let matcher = Search::parse(text).unwrap_or_default().matcher(&at());
        group.bench_with_input(
            BenchmarkId::from_parameter(name),
            &matcher,
            |bencher, matcher| {
                bencher.iter(|| {
                    let slots = store.newest_first().iter();
                    black_box(
                        slots
                            .filter(|slot| matcher.matches(store.call(*slot)))
                            .count(),
                    )
                });
            },
        );
    }
    group.finish();
}

/// What each key costs before the first call is looked at: a filter of 500 bytes.
fn read(criterion: &mut Criterion) {
    let one = "failed OR busy since:2h label.campaign=spring talk<5s to='+61 491*' NOT private ";
    let text: String = one.chars().cycle().take(500).collect();
    let text = text
        .rsplit_once(' ')
        .map_or_else(|| text.clone(), |(whole, _)| whole.to_owned());
    let mut group = criterion.benchmark_group("500 bytes");
    group.bench_function("parse", |bencher| {
        bencher.iter(|| black_box(Search::parse(black_box(&text)).is_ok()));
    });
    group.bench_function("parse and plan", |bencher| {
        bencher.iter(|| {
            let search = Search::parse(black_box(&text)).unwrap_or_default();
            black_box(Plan::of(&search, &at()))
        });
    });
    group.bench_function("compile", |bencher| {
        let search = Search::parse(&text).unwrap_or_default();
        bencher.iter(|| black_box(search.matcher(&at())));
    });
    group.finish();
}

criterion_group!(benches, count, read);
criterion_main!(benches);
