//! What the console does, told as its user would.

mod arrivals;
mod bound;
mod clock;
mod empty;
mod failures;
mod guarding;
mod ignored;
mod listing;
mod older;
mod overlays;
mod palette;
mod placing;
mod quick;
mod ranges;
mod recovered;
mod views;
mod writing;

use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;

use chrono_tz::Tz;

use super::*;
use crate::call::ProjectName;
use crate::call::{Coverage, Failure, FailureKind, State};

fn start() -> DateTime<Utc> {
    "2026-11-23T03:00:00Z".parse().unwrap()
}

fn setup() -> Setup {
    Setup {
        profile: "test".to_owned(),
        project: ProjectName::parse("demo").unwrap(),
        endpoint: "nowhere".to_owned(),
        sandbox: false,
        read_only: false,
        zone: Tz::UTC,
        filter: String::new(),
        history: Vec::new(),
        views: Vec::new(),
        max_calls: 1_000_000,
        calling: crate::call::Calling::default(),
        now: start(),
        notices: Vec::new(),
    }
}

fn console() -> App {
    let mut app = App::new(setup()).0;
    app.measure(Page {
        rows: 10,
        ..Page::default()
    });
    app
}

fn call(id: u32, state: State) -> Call {
    let mut call = Call::new(CallName::new(format!("projects/demo/calls/{id:05}")));
    call.state = state;
    call.create_time = Some(start() + TimeDelta::seconds(id.into()));
    call.to = "+61491570006".into();
    call
}

fn calls(ids: impl IntoIterator<Item = u32>) -> Vec<Call> {
    ids.into_iter()
        .map(|id| call(id, State::Completed))
        .collect()
}

fn arrive(app: &mut App, calls: Vec<Call>) {
    let turn = app.turn;
    app.update(Msg::Batch {
        turn,
        as_of: AsOf(1),
        calls,
        at: start(),
    });
}

fn act(app: &mut App, action: Action) -> Vec<Effect> {
    app.update(Msg::Action(action))
}

fn write(app: &mut App, text: &str) -> Vec<Effect> {
    app.update(Msg::Edit(Edit::Insert(text.to_owned())))
}

fn selected(app: &App) -> &str {
    app.selected().map_or("none", |call| call.name.id())
}

fn in_sight(app: &App) -> Vec<String> {
    app.table()
        .in_sight(app.store())
        .map(|slot| app.store().call(slot).name.id().to_owned())
        .collect()
}

#[test]
fn selection_follows_its_call_when_rows_arrive_above() {
    let mut app = console();
    arrive(&mut app, calls(0..5));
    act(&mut app, Action::Down);
    assert_eq!(selected(&app), "00003");
    arrive(&mut app, calls(5..8));
    assert_eq!(selected(&app), "00003");
    assert_eq!(app.table().position(app.store()), 4);
}

#[test]
fn at_the_top_the_list_follows_the_newest() {
    let mut app = console();
    arrive(&mut app, calls(0..5));
    arrive(&mut app, calls(5..30));
    assert_eq!(selected(&app), "00029");
    assert_eq!(in_sight(&app)[0], "00029");
}

#[test]
fn away_from_the_top_nothing_moves_and_new_calls_are_counted() {
    let mut app = console();
    arrive(&mut app, calls(0..50));
    act(&mut app, Action::PageDown);
    act(&mut app, Action::PageDown);
    let before = in_sight(&app);
    arrive(&mut app, calls(50..57));
    assert_eq!(in_sight(&app), before);
    assert_eq!(app.table().newer(app.store()), 7);
    act(&mut app, Action::Top);
    assert_eq!(app.table().newer(app.store()), 0);
    assert_eq!(in_sight(&app)[0], "00056");
}

#[test]
fn a_selected_call_that_leaves_the_list_hands_over_to_its_neighbour() {
    let mut app = console();
    arrive(
        &mut app,
        (0..5).map(|id| call(id, State::InProgress)).collect(),
    );
    act(&mut app, Action::Filter);
    write(&mut app, "state = IN_PROGRESS");
    act(&mut app, Action::KeepFilter);
    act(&mut app, Action::Down);
    assert_eq!(selected(&app), "00003");
    arrive(&mut app, vec![call(3, State::Completed)]);
    assert_eq!(selected(&app), "00002");
    assert_eq!(app.table().len(), 4);
}

#[test]
fn a_filter_narrows_what_is_loaded_at_once_and_is_asked_after_a_rest() {
    let mut app = console();
    arrive(&mut app, vec![call(1, State::Failed), call(2, State::Busy)]);
    act(&mut app, Action::Filter);
    let effects = write(&mut app, "state = FAILED");
    assert_eq!(in_sight(&app), ["00001"]);
    let Some(Effect::Rest(turn)) = effects.last().cloned() else {
        panic!("{effects:?}");
    };
    let effects = app.update(Msg::Rested(turn));
    assert!(matches!(&effects[..], [Effect::Watch { turn: asked, plan }]
        if *asked == turn && plan.head(None) == "state = FAILED"));
}

#[test]
fn a_filter_typed_over_meanwhile_is_not_asked() {
    let mut app = console();
    act(&mut app, Action::Filter);
    let first = write(&mut app, "state = FAILED");
    write(&mut app, " OR state = BUSY");
    let Some(Effect::Rest(turn)) = first.last().cloned() else {
        panic!("{first:?}");
    };
    assert_eq!(app.update(Msg::Rested(turn)), []);
}

#[test]
fn escape_drops_the_filter_and_brings_back_the_place() {
    let mut app = console();
    arrive(&mut app, calls(0..9));
    arrive(&mut app, vec![call(9, State::Failed)]);
    act(&mut app, Action::Down);
    act(&mut app, Action::Down);
    let before = selected(&app).to_owned();
    act(&mut app, Action::Filter);
    write(&mut app, "state = FAILED");
    assert_eq!(selected(&app), "00009");
    act(&mut app, Action::LeaveFilter);
    assert_eq!(selected(&app), before);
    assert_eq!(app.table().len(), 10);
}

#[test]
fn escape_in_the_table_drops_a_kept_filter() {
    let mut app = console();
    arrive(&mut app, vec![call(1, State::Failed), call(2, State::Busy)]);
    act(&mut app, Action::Filter);
    write(&mut app, "state = FAILED");
    act(&mut app, Action::KeepFilter);
    assert_eq!((app.mode(), app.table().len()), (Mode::Table, 1));
    act(&mut app, Action::Back);
    assert_eq!(app.table().len(), 2);
    act(&mut app, Action::Filter);
    act(&mut app, Action::EarlierFilter);
    assert_eq!(app.bar().line().text(), "state = FAILED");
}

#[test]
fn a_wrong_filter_cannot_be_kept_and_stays_under_the_cursor() {
    let mut app = console();
    act(&mut app, Action::Filter);
    write(&mut app, "state = ");
    act(&mut app, Action::KeepFilter);
    assert_eq!(app.mode(), Mode::Filter);
    assert_eq!(app.bar().line().text(), "state = ");
}

#[test]
fn failures_are_found_down_and_up_the_list() {
    let mut app = console();
    let mut list = calls(0..20);
    list[4].state = State::Failed;
    list[15].state = State::Busy;
    arrive(&mut app, list);
    act(&mut app, Action::NextFailure);
    assert_eq!(selected(&app), "00015");
    act(&mut app, Action::NextFailure);
    assert_eq!(selected(&app), "00004");
    act(&mut app, Action::NextFailure);
    assert_eq!(selected(&app), "00004");
    assert!(app.notice().unwrap().text.contains("no failed call below"));
    act(&mut app, Action::PreviousFailure);
    assert_eq!(selected(&app), "00015");
}

#[test]
fn legs_lead_from_child_to_parent_and_back() {
    let mut app = console();
    let mut child = call(9, State::Completed);
    child.originating_call = Some(call(2, State::Completed).name);
    let mut list = calls(0..9);
    list.push(child);
    arrive(&mut app, list);
    act(&mut app, Action::Legs);
    assert_eq!(selected(&app), "00002");
    act(&mut app, Action::Legs);
    assert_eq!(selected(&app), "00009");
}

#[test]
fn columns_sort_both_ways_and_stay_sorted_as_calls_change() {
    let mut app = console();
    arrive(
        &mut app,
        vec![
            call(1, State::Completed),
            call(2, State::Ringing),
            call(3, State::Failed),
        ],
    );
    for _ in 0..4 {
        act(&mut app, Action::SortLeft);
    }
    assert_eq!(app.table().sort().column, Column::State);
    assert_eq!(in_sight(&app), ["00002", "00003", "00001"]);
    arrive(&mut app, vec![call(2, State::Completed)]);
    assert_eq!(in_sight(&app), ["00003", "00002", "00001"]);
    act(&mut app, Action::Sort);
    assert_eq!(in_sight(&app), ["00002", "00001", "00003"]);
}

#[test]
fn nothing_moves_when_the_call_on_the_first_row_moves_in_the_order() {
    let mut app = console();
    arrive(
        &mut app,
        (0..40).map(|id| call(id, State::Ringing)).collect(),
    );
    for _ in 0..4 {
        act(&mut app, Action::SortLeft);
    }
    for _ in 0..15 {
        act(&mut app, Action::Down);
    }
    let before = in_sight(&app);
    let first: u32 = before[0].parse().unwrap();
    arrive(&mut app, vec![call(first, State::Completed)]);
    assert_eq!(in_sight(&app)[..8], before[1..9]);
}

#[test]
fn escape_drops_the_filter_even_while_a_notice_stands() {
    let mut app = console();
    arrive(&mut app, vec![call(1, State::Failed), call(2, State::Busy)]);
    act(&mut app, Action::Filter);
    write(&mut app, "state = FAILED");
    act(&mut app, Action::KeepFilter);
    app.update(Msg::Notice(Notice::new(Level::Info, "by the way")));
    act(&mut app, Action::Back);
    assert_eq!((app.table().len(), app.notice()), (2, None));
}

#[test]
fn the_wheel_over_the_detail_leaves_the_table_alone() {
    let mut app = console();
    arrive(&mut app, calls(0..50));
    let before = in_sight(&app);
    app.update(Msg::Mouse(Mouse::WheelDetail(3)));
    assert_eq!((in_sight(&app), app.detail_scroll()), (before, 3));
}

#[test]
fn scrolling_past_the_end_of_the_detail_does_not_have_to_be_scrolled_back() {
    let mut app = console();
    arrive(&mut app, calls(0..3));
    act(&mut app, Action::Open);
    act(&mut app, Action::Bottom);
    app.measure(Page {
        rows: 10,
        detail_beyond: 4,
        ..Page::default()
    });
    act(&mut app, Action::Up);
    assert_eq!(app.detail_scroll(), 3);
}

#[test]
fn notices_go_by_themselves_and_errors_stay_longer() {
    let mut app = console();
    app.update(Msg::Notice(Notice::new(Level::Info, "a")));
    app.update(Msg::Tick(start() + TimeDelta::seconds(7)));
    assert_eq!(app.notice(), None);
    app.update(Msg::Notice(Notice::new(Level::Error, "b")));
    app.update(Msg::Tick(start() + TimeDelta::seconds(20)));
    assert!(app.notice().is_some());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]
    #[test]
    fn the_cursor_is_in_sight_and_the_list_is_right_after_anything(
        steps in prop::collection::vec((0u8..6, 0u32..40, 0i32..11), 0..80),
        filtered in any::<bool>(),
    ) {
        let mut app = console();
        if filtered {
            app.bar.set("state = FAILED OR state = RINGING");
        }
        for (kind, number, state) in steps {
            match kind {
                0 | 1 => arrive(&mut app, vec![call(number, State::from_number(state))]),
                2 => { act(&mut app, Action::ALL[number as usize % 8]); }
                3 => { app.measure(Page { rows: number as usize % 12, ..Page::default() }); }
                4 => { act(&mut app, if number % 2 == 0 { Action::SortRight } else { Action::Sort }); }
                _ => { app.update(Msg::Mouse(Mouse::Wheel(state - 5))); }
            }
            let (table, store) = (&app.table, &app.store);
            let expected: Vec<Slot> = {
                let mut slots: Vec<Slot> = store
                    .newest_first()
                    .iter()
                    .filter(|&slot| app.asked.matcher().matches(store.call(slot)))
                    .collect();
                slots.sort_by(|&a, &b| table.sort().compare(store, a, b));
                slots
            };
            let listed: Vec<Slot> = table.slots_from(0).collect();
            prop_assert_eq!(&listed, &expected);
            if table.height() > 0 && !table.is_empty() {
                let (top, position) = (table.top(store), table.position(store));
                prop_assert!(top <= position && position < top + table.height());
                prop_assert!(top == 0 || top + table.height() <= table.len());
            }
        }
    }
}
