//! What a frame costs, by how many calls are loaded: it must not depend on it.
//!
//! `cargo bench --bench frame`

use std::hint::black_box;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use ratatui::Terminal;
use ratatui::backend::TestBackend;

use switchboard::app::{Action, App, Msg, Setup};
use switchboard::call::{
    AsOf, Call, CallName, Coverage, Direction, Link, ProjectName, State, Transport, Turn,
};
use switchboard::view::{self, Look, layout};

const SIZES: [u32; 2] = [1_000, 100_000];

fn start() -> DateTime<Utc> {
    DateTime::from_timestamp(1_790_000_000, 0).unwrap_or_default()
}

fn call(number: u32) -> Call {
    let mut call = Call::new(CallName::new(format!(
        "projects/demo/calls/{number:08x}-1111-4222-8333-444455556666"
    )));
    let created = start() + TimeDelta::milliseconds(i64::from(number) * 731);
    call.state = State::from_number(i32::try_from(number % 10).unwrap_or(1).max(1));
    call.direction = Direction::Outgoing;
    call.transport = Transport::Pstn;
    call.from = "+61255501234".into();
    call.to = format!("+6149157{:04}", number % 10_000).into();
    call.create_time = Some(created);
    call.answer_time = Some(created + TimeDelta::seconds(9));
    call
}

/// A console with so many calls, the cursor in their middle.
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
        zone: chrono_tz::Australia::Melbourne,
        filter: String::new(),
        history: Vec::new(),
        views: Vec::new(),
        max_calls: 2_000_000,
        calling: switchboard::call::Calling::default(),
        now: start() + TimeDelta::days(2),
        notices: Vec::new(),
    });
    let turn = Turn(1);
    let calls = (0..calls).map(call).collect();
    app.update(Msg::Batch {
        turn,
        as_of: AsOf(1),
        calls,
        at: start() + TimeDelta::days(2),
    });
    app.update(Msg::Coverage {
        turn,
        coverage: Coverage::Everything.into(),
    });
    let link = Link::Live {
        every: Duration::from_secs(2),
    };
    app.update(Msg::Link {
        link,
        at: start() + TimeDelta::days(2),
    });
    for _ in 0..5 {
        app.update(Msg::Action(Action::PageDown));
    }
    app
}

fn draw(app: &mut App, look: &Look, terminal: &mut Terminal<TestBackend>) {
    let area = terminal.get_frame().area();
    let regions = layout::regions(area, app);
    app.measure(view::page(app, look, &regions));
    let drawn = terminal.draw(|frame| {
        let regions = layout::regions(frame.area(), app);
        view::render(app, look, &regions, frame);
    });
    black_box(&drawn);
}

/// One key and the frame that shows what it did.
fn frame(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("frame");
    for size in SIZES {
        let mut app = console(size);
        let look = Look::default();
        let Ok(mut terminal) = Terminal::new(TestBackend::new(200, 50));
        let mut down = true;
        group.bench_with_input(
            BenchmarkId::new("down and up", size),
            &size,
            |bencher, _| {
                bencher.iter(|| {
                    let action = if down { Action::Down } else { Action::Up };
                    down = !down;
                    app.update(Msg::Action(action));
                    draw(&mut app, &look, &mut terminal);
                });
            },
        );
    }
    group.finish();
}

/// A page of the service taken in by a console that has many calls.
fn merge(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("merge a page of 100");
    for size in SIZES {
        let mut app = console(size);
        let mut as_of = 1;
        group.bench_with_input(
            BenchmarkId::from_parameter(size),
            &size,
            |bencher, &size| {
                bencher.iter_batched(
                    || {
                        as_of += 1;
                        let calls: Vec<Call> = (size - 100..size).map(call).collect();
                        (AsOf(as_of), calls)
                    },
                    |(as_of, calls)| {
                        app.update(Msg::Batch {
                            turn: Turn(1),
                            as_of,
                            calls,
                            at: start(),
                        });
                    },
                    criterion::BatchSize::SmallInput,
                );
            },
        );
    }
    group.finish();
}

criterion_group!(benches, frame, merge);
criterion_main!(benches);
