//! `:goto` and `:load`: written in the palette, loaded range by range, stopped and gone on with.

use super::*;
use crate::call::{Loaded, Loading};

fn at(second: i64) -> DateTime<Utc> {
    start() + TimeDelta::seconds(second)
}

fn say(app: &mut App, command: &str) -> Vec<Effect> {
    act(app, Action::Palette);
    write(app, command);
    act(app, Action::Run)
}

fn load(effects: &[Effect]) -> Option<Covered> {
    effects.iter().find_map(|effect| match effect {
        Effect::Load { left, .. } => Some(left.clone()),
        _ => None,
    })
}

fn covered(app: &mut App, coverage: impl Into<Covered>) -> Vec<Effect> {
    let (turn, coverage) = (app.turn, coverage.into());
    app.update(Msg::Coverage { turn, coverage })
}

fn loading(app: &mut App, state: Loading) -> Vec<Effect> {
    let turn = app.turn;
    app.update(Msg::Loading { turn, state })
}

fn past(ids: std::ops::Range<u32>) -> Vec<Call> {
    ids.map(|id| {
        let mut call = call(90_000 - id, State::Completed);
        call.create_time = Some(at(-30 * i64::from(id)));
        call
    })
    .collect()
}

/// An hour of calls, one in each half minute, and complete.
fn hour() -> App {
    let mut app = console();
    arrive(&mut app, past(0..121));
    covered(&mut app, Coverage::Since(at(-3_600)));
    app
}

#[test]
fn going_to_a_time_that_is_there_asks_nothing() {
    let mut app = hour();
    let effects = say(&mut app, "goto 02:29:30");
    assert_eq!((load(&effects), app.mode()), (None, Mode::Table));
    assert_eq!(app.selected().unwrap().create_time, Some(at(-1_830)));
}

#[test]
fn going_further_back_loads_what_lies_between_and_goes_there() {
    let mut app = hour();
    let effects = say(&mut app, "goto 01:00");
    let between = Covered::from_iter([at(-7_200)..at(-3_600)]);
    assert_eq!(load(&effects), Some(between));
    assert!(matches!(app.foot(), Foot::Range(_)));
    arrive(&mut app, past(121..239));
    covered(&mut app, Covered::from_iter([at(-7_199)..at(-3_600)]));
    loading(&mut app, Loading::Goes(Loaded::default()));
    assert_eq!(selected(&app), "90000", "not before it is all there");
    arrive(&mut app, past(239..241));
    covered(&mut app, Covered::from_iter([at(-7_200)..at(-7_199)]));
    loading(&mut app, Loading::Done);
    assert_eq!(app.selected().unwrap().create_time, Some(at(-7_200)));
    assert_eq!(app.coverage(), Coverage::Since(at(-7_200)));
}

#[test]
fn where_the_call_before_is_on_the_next_page_that_is_loaded_too() {
    let mut app = hour();
    say(&mut app, "goto 01:00:10");
    arrive(&mut app, past(121..240));
    covered(&mut app, Covered::from_iter([at(-7_190)..at(-3_600)]));
    let effects = loading(&mut app, Loading::Done);
    let before = at(-7_190);
    let turn = app.turn;
    assert!(
        effects.contains(&Effect::LoadOlder { turn, before }),
        "{effects:?}"
    );
    arrive(&mut app, past(240..340));
    covered(&mut app, Covered::from_iter([at(-10_170)..before]));
    assert_eq!(app.selected().unwrap().create_time, Some(at(-7_200)));
}

#[test]
fn before_the_first_call_the_cursor_is_on_the_first() {
    let mut app = hour();
    covered(&mut app, Coverage::Everything);
    say(&mut app, "goto 2020-01-01");
    assert_eq!(selected(&app), "89880");
    assert!(app.notice().unwrap().text.contains("oldest"));
}

#[test]
fn escape_stops_and_the_same_command_goes_on_from_there() {
    let mut app = hour();
    let effects = say(&mut app, "load 2h");
    assert_eq!(
        load(&effects),
        Some(Covered::from_iter([at(-7_200)..at(-3_600)]))
    );
    covered(&mut app, Covered::from_iter([at(-5_000)..at(-3_600)]));
    covered(&mut app, Covered::from_iter([at(-6_000)..at(-5_500)]));
    let effects = act(&mut app, Action::Back);
    assert_eq!(effects, [Effect::StopLoading]);
    assert!(!matches!(app.foot(), Foot::Range(_)));
    assert_eq!(
        app.coverage(),
        Coverage::Since(at(-5_000)),
        "what came stays"
    );
    let left = [at(-7_200)..at(-6_000), at(-5_500)..at(-5_000)];
    assert_eq!(
        load(&say(&mut app, "load 2h")),
        Some(left.into_iter().collect())
    );
    covered(&mut app, Covered::from_iter([at(-7_200)..at(-5_000)]));
    loading(&mut app, Loading::Done);
    assert!(app.notice().unwrap().text.ends_with("are loaded"));
    assert_eq!(load(&say(&mut app, "load 2h")), None, "it is all there");
}

#[test]
fn another_filter_ends_a_range() {
    let mut app = hour();
    say(&mut app, "load 2h");
    act(&mut app, Action::Filter);
    write(&mut app, "state = FAILED");
    act(&mut app, Action::KeepFilter);
    let turn = app.typed;
    app.update(Msg::Rested(turn));
    assert!(!matches!(app.foot(), Foot::Range(_)));
}

#[test]
fn behind_a_frozen_view_no_range_is_loaded() {
    let mut app = hour();
    act(&mut app, Action::Pause);
    assert_eq!(load(&say(&mut app, "load 2h")), None);
    assert!(app.notice().unwrap().text.contains("frozen"));
}

#[test]
fn the_bound_of_memory_ends_a_range() {
    let setup = Setup {
        max_calls: 64,
        ..setup()
    };
    let mut app = App::new(setup).0;
    arrive(&mut app, past(0..30));
    covered(&mut app, Coverage::Since(at(-29 * 30)));
    assert!(load(&say(&mut app, "load 2h")).is_some());
    arrive(&mut app, past(30..64));
    let effects = loading(&mut app, Loading::Goes(Loaded::default()));
    assert!(effects.contains(&Effect::StopLoading), "{effects:?}");
    assert!(app.notice().unwrap().text.contains("max_calls"));
}

#[test]
fn a_command_without_its_time_waits_for_it_and_a_wrong_one_is_told() {
    let mut app = hour();
    act(&mut app, Action::Palette);
    write(&mut app, "goto");
    act(&mut app, Action::Run);
    assert_eq!(
        (app.mode(), app.palette().unwrap().line().text()),
        (Mode::Palette, "goto ")
    );
    let written = |app: &App| app.palette().unwrap().found()[0].written.clone();
    assert_eq!(written(&app), Written::Nothing);
    write(&mut app, "25:00");
    assert!(matches!(written(&app), Written::Wrong(_)));
    act(&mut app, Action::Run);
    assert_eq!(
        (app.mode(), app.palette().unwrap().line().text()),
        (Mode::Palette, "goto 25:00")
    );
    act(&mut app, Action::Back);
    say(&mut app, "load");
    write(&mut app, "1h");
    assert_eq!(written(&app), Written::Time(at(-3_600)));
}
