//! What a filter costs at each key: until its first screen, until all that passes is listed, and
//! before the first call is looked at; and what calls cost that arrive meanwhile.
//!
//! `cargo bench --bench filter`

use std::hint::black_box;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use criterion::measurement::{Measurement as _, WallTime};
use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};

use switchboard::app::{Action, App, Column, Edit, Effect, Msg, Page, Setup};
use switchboard::call::{
    AsOf, Call, CallName, CreateMethod, Direction, Money, ProjectName, State, Transport, Turn,
};
use switchboard::filter::{Plan, Search, Standpoint};

const SIZES: [u32; 3] = [1_000, 100_000, 1_000_000];

/// Every kind of filter, with those that find nothing, and those that have most to look at.
const FILTERS: [(&str, &str); 24] = [
    ("states", "failed, busy"),
    ("window", "since:2h"),
    ("prefix", "to = '+61491*'"),
    ("infix", "to = '*5701*'"),
    ("stars", "to = '+61*57*1'"),
    ("sip", "from = 'sip:*'"),
    ("error", "error = subscriber*"),
    ("label", "label.campaign = spring"),
    ("own label", "label.order = '*99999*'"),
    ("talk", "talk < 5s"),
    ("queue", "queue > 2s"),
    ("price", "price > 'AUD 0.04'"),
    ("handler", "handler:*"),
    ("leg", "leg:*"),
    ("id", "id = '0000ff*'"),
    ("part of an id", "id = '*abc*'"),
    ("stars in an id", "id = '*a*b*c*d'"),
    ("word", "spring"),
    ("number as a word", "'+61 491 571'"),
    ("digits as a word", "491571"),
    ("hexadecimal word", "beef"),
    ("word that is nowhere", "zzz"),
    ("mixed", "failed since:2h label.campaign=spring talk<5s"),
    (
        "words",
        "(zzz OR beef OR 987654) NOT spring NOT autumn NOT 'agent-7'",
    ),
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
    // What many projects have: a text that no other call has.
    if number.is_multiple_of(4) {
        call.labels.insert("order", format!("{number:07}"));
    }
    if number.is_multiple_of(7) {
        call.transport = Transport::Sip;
        call.from = format!("sip:agent-{}@pbx.example", scattered % 200).into();
    }
    call
}

/// A console with so many calls on 50 rows.
fn console(calls: u32) -> App {
    let (mut app, _) = App::new(Setup {
        profile: "bench".to_owned(),
        project: match ProjectName::parse("demo") {
            Ok(project) => project,
            Err(reason) => unreachable!("{reason}"),
        },
        endpoint: String::new(),
        sandbox: true,
        read_only: false,
        zone: at().zone,
        filter: String::new(),
        max_calls: 2_000_000,
        calling: switchboard::call::Calling::default(),
        now: at().now,
        notices: Vec::new(),
        history: Vec::new(),
        views: Vec::new(),
    });
    arrive(&mut app, (0..calls).map(call).collect());
    app.measure(Page {
        rows: 50,
        ..Page::default()
    });
    app
}

fn arrive(app: &mut App, calls: Vec<Call>) {
    app.update(Msg::Batch {
        turn: Turn(1),
        as_of: AsOf(1),
        calls,
        at: at().now,
    });
}

/// A key that changes the filter; what is to be done then.
fn write(app: &mut App, text: &str) -> Vec<Effect> {
    app.update(Msg::Edit(Edit::Insert(format!("{text} "))))
}

/// Lists one slice more, as the loop does before each frame; nothing when there is none to come.
fn go_on(app: &mut App, effects: &[Effect]) -> Option<Vec<Effect>> {
    let pass = effects.iter().find_map(|effect| match effect {
        Effect::GoOn(pass) => Some(*pass),
        _ => None,
    });
    pass.map(|pass| app.update(Msg::GoOn(pass)))
}

/// Lists the rest.
fn finish(app: &mut App, mut effects: Vec<Effect>) {
    while let Some(more) = go_on(app, &effects) {
        effects = more;
    }
}

/// What a key costs until its first screen can be drawn, and until all that passes is listed.
fn filters(criterion: &mut Criterion) {
    for calls in SIZES {
        let mut app = console(calls);
        for full in [false, true] {
            let name = if full { "full relist" } else { "first screen" };
            let mut group = criterion.benchmark_group(format!("{name}/{calls}"));
            group.sample_size(10);
            for (name, text) in FILTERS {
                assert!(Search::parse(text).is_ok(), "{text}");
                group.bench_function(BenchmarkId::from_parameter(name), |bencher| {
                    bencher.iter_custom(|times| {
                        let mut spent = Duration::ZERO;
                        for _ in 0..times {
                            app.update(Msg::Action(Action::Filter));
                            let start = WallTime.start();
                            let effects = write(&mut app, text);
                            if full {
                                finish(&mut app, effects);
                            } else {
                                go_on(&mut app, &effects);
                            }
                            spent += WallTime.end(start);
                            black_box(app.table().len());
                            app.update(Msg::Action(Action::LeaveFilter));
                        }
                        spent
                    });
                });
            }
            group.finish();
        }
    }
}

/// A page of calls that arrive while a filter is in force and the list is in another order: calls
/// that are new, and calls that are known and have come further.
fn merge(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("merge of 100 under a filter and a sort");
    group.sample_size(10);
    for calls in SIZES {
        let mut app = console(calls);
        app.update(Msg::Action(Action::Filter));
        let effects = write(&mut app, "NOT busy, talk<5s, spring");
        finish(&mut app, effects);
        app.update(Msg::Action(Action::KeepFilter));
        let effects = app.update(Msg::Action(Action::SortRight));
        finish(&mut app, effects);
        let mut next = calls;
        group.bench_function(BenchmarkId::new("new", calls), |bencher| {
            bencher.iter_custom(|times| {
                let mut spent = Duration::ZERO;
                for _ in 0..times {
                    let page = (next..next + 100).map(call).collect();
                    next += 100;
                    let start = WallTime.start();
                    arrive(&mut app, page);
                    spent += WallTime.end(start);
                }
                spent
            });
        });
        let mut turn = 0_u32;
        for (name, moves) in [("changed", true), ("changed in place", false)] {
            group.bench_function(BenchmarkId::new(name, calls), |bencher| {
                bencher.iter_custom(|times| {
                    let mut spent = Duration::ZERO;
                    for _ in 0..times {
                        turn += 1;
                        let numbers = (0..100).map(|n| (n * 7_919 + turn).wrapping_mul(97) % calls);
                        let changed = |number| {
                            let mut call = call(number);
                            call.end_time = call.create_time;
                            // Another place in the list, or the same.
                            if moves {
                                call.answer_duration = Some(TimeDelta::seconds(i64::from(turn)));
                            } else {
                                call.sip_call_id = turn.to_string().into();
                            }
                            call
                        };
                        let page = numbers.map(changed).collect();
                        let start = WallTime.start();
                        app.update(Msg::Batch {
                            turn: Turn(1),
                            as_of: AsOf(u64::from(turn) + 1),
                            calls: page,
                            at: at().now,
                        });
                        spent += WallTime.end(start);
                    }
                    spent
                });
            });
        }
    }
    group.finish();
}

/// Another order of all calls.
fn sort(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("sort by the next column");
    group.sample_size(10);
    for calls in SIZES {
        let mut app = console(calls);
        for _ in 0..Column::ALL.len() {
            let column = app
                .table()
                .sort()
                .beside(true, app.table().columns())
                .column;
            group.bench_function(BenchmarkId::new(column.title(), calls), |bencher| {
                bencher.iter_custom(|times| {
                    let mut spent = Duration::ZERO;
                    for _ in 0..times {
                        let start = WallTime.start();
                        let effects = app.update(Msg::Action(Action::SortRight));
                        finish(&mut app, effects);
                        spent += WallTime.end(start);
                        let effects = app.update(Msg::Action(Action::SortLeft));
                        finish(&mut app, effects);
                    }
                    spent
                });
            });
            app.update(Msg::Action(Action::SortRight));
        }
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

criterion_group!(benches, filters, merge, sort, read);
criterion_main!(benches);
