//! A list that is made in slices comes to the same as one made at once, whatever happens meanwhile,
//! and never shows what does not pass.

use proptest::prelude::*;

use super::*;
use crate::call::{Direction, Money, Slot};

fn at(second: i64) -> DateTime<Utc> {
    start() + TimeDelta::seconds(second)
}

/// What can happen between two slices.
#[derive(Debug, Clone)]
enum Event {
    Type(&'static str),
    Drop,
    Arrive(Vec<(u8, u8, u8)>),
    Gone(u8),
    Tick(u8),
    SortRight,
    SortLeft,
    Reverse,
    Key(Action),
    Slice,
}

fn reading((id, second, kind): (u8, u8, u8)) -> Call {
    let mut call = Call::new(CallName::new(format!("projects/demo/calls/{}", id % 40)));
    call.create_time = Some(at(i64::from(second % 60)));
    call.state = State::from_number(i32::from(kind % 10));
    call.to = format!("+6149157{:02}", kind % 7).into();
    call.from = match kind % 9 {
        0 => String::new(),
        1 => format!("sip:agent-{}@pbx.example", id % 4),
        2 => "+612x".to_owned(),
        3 => "(none)".to_owned(),
        4 => "+12345678901234567".to_owned(),
        5 => "sip:agent-1@pbx.example.com".to_owned(),
        _ => format!("+612{}", kind % 5),
    }
    .into();
    call.direction = Direction::from_number(i32::from(kind % 5) - 1);
    // What does not fit the store's columns: as Go writes a time that it does not have, and others.
    match kind {
        200..=205 => call.ring_time = Some(DateTime::<Utc>::MAX_UTC),
        206..=210 => call.create_time = "0001-01-01T00:00:00Z".parse().ok(),
        _ => {}
    }
    if call.state == State::Completed {
        call.answer_time = call.create_time;
        call.end_time = Some(at(i64::from(second) + i64::from(kind)));
        call.answer_duration = Some(TimeDelta::seconds(i64::from(kind)));
        call.price = Some(Money::new("AUD", i64::from(kind), 0));
    }
    if call.state == State::InProgress {
        call.answer_time = call.create_time;
    }
    if call.state == State::Failed {
        call.error_code = format!("E{}", kind % 3).into();
    }
    call
}

fn events() -> impl Strategy<Value = Event> {
    let filters = vec![
        "failed ",
        "completed ",
        "talk < 30s ",
        "since:40s ",
        "to:*03 ",
        "E1 ",
        "NOT busy ",
        "=(",
    ];
    let moves = vec![
        Action::Up,
        Action::Down,
        Action::PageDown,
        Action::Top,
        Action::Bottom,
        Action::NextFailure,
        Action::Back,
    ];
    let readings = prop::collection::vec((any::<u8>(), any::<u8>(), any::<u8>()), 1..30);
    prop_oneof![
        3 => prop::sample::select(filters).prop_map(Event::Type),
        1 => Just(Event::Drop),
        3 => readings.prop_map(Event::Arrive),
        1 => any::<u8>().prop_map(Event::Gone),
        1 => any::<u8>().prop_map(Event::Tick),
        1 => Just(Event::SortRight),
        1 => Just(Event::SortLeft),
        1 => Just(Event::Reverse),
        2 => prop::sample::select(moves).prop_map(Event::Key),
        4 => Just(Event::Slice),
    ]
}

/// What the list should hold, by the plainest code.
fn expected(app: &App) -> Vec<Slot> {
    let sort = app.table().sort();
    let matcher = app.asked.matcher();
    let all = app.store().newest_first().iter();
    let mut slots: Vec<Slot> = all
        .filter(|slot| matcher.matches(app.store().call(*slot)))
        .collect();
    slots.sort_by(|&a, &b| sort.compare(app.store(), a, b));
    slots
}

fn listed(table: &Table) -> Vec<Slot> {
    table.slots_from(0).collect()
}

proptest! {
    #[test]
    fn slices_come_to_the_whole_whatever_happens_in_between(
        slice in 1usize..20,
        start in prop::collection::vec((any::<u8>(), any::<u8>(), any::<u8>()), 0..80),
        events in prop::collection::vec(events(), 1..40),
    ) {
        let mut app = console();
        app.list_in_slices_of(slice);
        app.measure(Page { rows: 5, ..Page::default() });
        let mut waiting: Vec<Pass> = Vec::new();
        let mut as_of = 0;
        let batch = |app: &mut App, readings: Vec<(u8, u8, u8)>, as_of: u64| {
            let calls = readings.into_iter().map(reading).collect();
            let turn = app.turn;
            app.update(Msg::Batch { turn, as_of: AsOf(as_of), calls, at: at(70) })
        };
        batch(&mut app, start, 0);
        let mut now = 70;
        for event in events {
            as_of += 1;
            let effects = match event.clone() {
                Event::Type(text) => {
                    app.update(Msg::Action(Action::Filter));
                    let mut effects = app.update(Msg::Edit(Edit::DeleteToStart));
                    effects.extend(app.update(Msg::Edit(Edit::Insert(text.to_owned()))));
                    effects.extend(app.update(Msg::Action(Action::KeepFilter)));
                    effects
                }
                Event::Drop => app.update(Msg::Action(Action::LeaveFilter)),
                Event::Arrive(readings) => batch(&mut app, readings, as_of),
                Event::Gone(id) => {
                    let name = CallName::new(format!("projects/demo/calls/{}", id % 40));
                    app.update(Msg::Gone { names: vec![name] })
                }
                Event::Tick(seconds) => {
                    now += i64::from(seconds % 8);
                    app.update(Msg::Tick(at(now)))
                }
                Event::SortRight => app.update(Msg::Action(Action::SortRight)),
                Event::SortLeft => app.update(Msg::Action(Action::SortLeft)),
                Event::Reverse => app.update(Msg::Action(Action::Sort)),
                Event::Key(action) => app.update(Msg::Action(action)),
                Event::Slice => match waiting.pop() {
                    Some(pass) => app.update(Msg::GoOn(pass)),
                    None => Vec::new(),
                },
            };
            let more = effects.into_iter().filter_map(|effect| match effect {
                Effect::GoOn(pass) => Some(pass),
                _ => None,
            });
            waiting.extend(more);
            let whole = expected(&app);
            let listed = listed(app.table());
            if app.table().is_whole() {
                prop_assert_eq!(&listed, &whole, "{:?}", event);
            } else {
                // What there is passes, is in order, and has no gap.
                let first = whole.iter().position(|slot| Some(slot) == listed.first());
                let first = first.unwrap_or(0);
                prop_assert_eq!(&listed[..], &whole[first..first + listed.len()], "{:?}", event);
                prop_assert!(waiting.contains(&app.table.passes), "nobody goes on");
            }
            if let Some(sorted) = &app.table.sorted {
                prop_assert_eq!(sorted.len(), app.store().len());
            }
        }
        for _ in 0..200 {
            let Some(pass) = waiting.pop() else { break };
            let effects = app.update(Msg::GoOn(pass));
            waiting.extend(effects.into_iter().filter_map(|effect| match effect {
                Effect::GoOn(pass) => Some(pass),
                _ => None,
            }));
        }
        prop_assert!(app.table().is_whole());
        prop_assert_eq!(listed(app.table()), expected(&app));
    }

    #[test]
    fn every_column_puts_all_calls_in_its_order(
        start in prop::collection::vec((any::<u8>(), any::<u8>(), any::<u8>()), 0..80),
        column in 0usize..8,
        reversed in any::<bool>(),
    ) {
        let mut app = console();
        for reading in start {
            let call = self::reading(reading);
            app.merge(call, AsOf(0));
        }
        let sort = Sort { column: Column::ALL[column], reversed };
        let all: Vec<Slot> = sort.of_all(app.store()).iter().collect();
        let mut plain: Vec<Slot> = app.store().newest_first().iter().collect();
        plain.sort_by(|&a, &b| {
            let (one, other) = (app.store().call(a), app.store().call(b));
            let order = sort.column.compare(one, other);
            if reversed { order.reverse() } else { order }
        });
        if column == 4 && reversed {
            // The creation times turned round turn the names round too.
            plain = app.store().newest_first().iter().collect();
            plain.reverse();
        }
        prop_assert_eq!(&all, &plain);
        for pair in all.windows(2) {
            prop_assert_eq!(sort.compare(app.store(), pair[0], pair[1]), std::cmp::Ordering::Less);
        }
    }
}

/// A console with calls 0 to 59, the newest first, every fifth of them failed.
fn sixty() -> App {
    let mut app = console();
    app.list_in_slices_of(10);
    app.measure(Page {
        rows: 5,
        ..Page::default()
    });
    let calls = (0..60_i32).map(|id| {
        let mut call = Call::new(CallName::new(format!("projects/demo/calls/{id:02}")));
        call.create_time = Some(at(-i64::from(id)));
        call.state = if id % 5 == 0 {
            State::Failed
        } else {
            State::Busy
        };
        call
    });
    app.update(Msg::Batch {
        turn: Turn(1),
        as_of: AsOf(1),
        calls: calls.collect(),
        at: at(0),
    });
    app
}

fn in_sight(app: &App) -> Vec<&str> {
    let slots = app.table().in_sight(app.store());
    slots.map(|slot| app.store().call(slot).name.id()).collect()
}

fn type_filter(app: &mut App, text: &str) -> Vec<Effect> {
    app.update(Msg::Action(Action::Filter));
    app.update(Msg::Edit(Edit::Insert(text.to_owned())))
}

#[test]
fn a_key_lists_a_slice_at_once_and_asks_for_the_next() {
    let mut app = sixty();
    let effects = type_filter(&mut app, "failed ");
    let pass = app.table.passes;
    assert!(effects.contains(&Effect::GoOn(pass)));
    assert_eq!(in_sight(&app), ["00", "05"]);
    assert!(!app.table().is_whole());
    assert!(app.update(Msg::GoOn(pass)).contains(&Effect::GoOn(pass)));
    assert_eq!(in_sight(&app), ["00", "05", "10", "15"]);
}

#[test]
fn a_newer_key_ends_the_slices_of_the_older() {
    let mut app = sixty();
    type_filter(&mut app, "failed ");
    let older = app.table.passes;
    type_filter(&mut app, "OR busy ");
    assert_ne!(app.table.passes, older);
    let before = app.table().len();
    assert_eq!(app.update(Msg::GoOn(older)), []);
    assert_eq!(app.table().len(), before);
}

#[test]
fn the_rows_around_the_cursor_are_listed_first_and_stay_where_they_are() {
    let mut app = sixty();
    for _ in 0..40 {
        app.update(Msg::Action(Action::Down));
    }
    assert_eq!(app.selected().unwrap().name.id(), "40");
    type_filter(&mut app, "failed ");
    assert_eq!(app.selected().unwrap().name.id(), "40");
    let mut row = None;
    while !app.table().is_whole() {
        let seen = in_sight(&app).iter().position(|id| *id == "40");
        assert!(seen.is_some());
        row = seen;
        app.update(Msg::GoOn(app.table.passes));
        assert_eq!(app.selected().unwrap().name.id(), "40");
    }
    assert_eq!(in_sight(&app).iter().position(|id| *id == "40"), row);
}

#[test]
fn the_bottom_is_that_of_the_whole_list() {
    let mut app = sixty();
    type_filter(&mut app, "failed ");
    app.update(Msg::Action(Action::KeepFilter));
    app.update(Msg::Action(Action::Bottom));
    assert!(app.table().is_whole());
    assert_eq!(app.selected().unwrap().name.id(), "55");
}
