//! From failure to failure: along the list, at its ends, and where more is to come.

use super::*;
use crate::call::Turn;

fn told(app: &App) -> &str {
    app.notice().map_or("", |notice| notice.text.as_str())
}

fn covered(app: &mut App, coverage: Coverage) {
    let turn = app.turn;
    app.update(Msg::Coverage { turn, coverage });
}

/// A long list whose calls 3 and 190 failed, with older calls than those loaded.
fn long() -> App {
    let mut app = console();
    let mut list = calls(0..200);
    list[3].state = State::Failed;
    list[190].state = State::Rejected;
    arrive(&mut app, list);
    covered(&mut app, Coverage::Since(start()));
    app
}

#[test]
fn every_end_without_an_answer_is_a_failure_and_no_other_state() {
    let mut app = console();
    let all = State::NAMED.iter().copied().chain([State::Other(42)]);
    arrive(
        &mut app,
        all.zip(1..).map(|(state, id)| call(id, state)).collect(),
    );
    arrive(&mut app, vec![call(99, State::Completed)]);
    let mut seen = Vec::new();
    for _ in 0..4 {
        act(&mut app, Action::NextFailure);
        seen.push(app.selected().unwrap().state);
    }
    let failures = [
        State::Rejected,
        State::Busy,
        State::NotAnswered,
        State::Failed,
    ];
    assert_eq!(seen, failures);
    act(&mut app, Action::NextFailure);
    assert!(told(&app).starts_with("no failed call below"));
}

#[test]
fn both_ends_are_told_and_the_cursor_stays() {
    let mut app = long();
    covered(&mut app, Coverage::Everything);
    act(&mut app, Action::NextFailure);
    act(&mut app, Action::PreviousFailure);
    assert_eq!(
        (told(&app), selected(&app)),
        ("no failed call above", "00190")
    );
    act(&mut app, Action::NextFailure);
    act(&mut app, Action::NextFailure);
    assert_eq!(
        (told(&app), selected(&app)),
        ("no failed call below", "00003")
    );
}

#[test]
fn only_failures_that_the_filter_shows_are_found() {
    let mut app = long();
    covered(&mut app, Coverage::Everything);
    act(&mut app, Action::Filter);
    write(&mut app, "state = completed, rejected");
    act(&mut app, Action::KeepFilter);
    act(&mut app, Action::NextFailure);
    assert_eq!(selected(&app), "00190");
    act(&mut app, Action::NextFailure);
    assert_eq!(
        (told(&app), selected(&app)),
        ("no failed call below", "00190")
    );
}

#[test]
fn beyond_what_is_loaded_older_calls_are_asked_for_and_then_looked_at() {
    let mut app = long();
    act(&mut app, Action::NextFailure);
    act(&mut app, Action::NextFailure);
    // At the end of the list older calls are on their way already.
    let turn = app.turn;
    app.update(Msg::Older {
        turn,
        older: Older::Idle,
    });
    app.older = Older::Idle;
    let effects = act(&mut app, Action::NextFailure);
    assert_eq!(effects, [Effect::LoadOlder(turn)]);
    assert_eq!(
        told(&app),
        "no failed call below yet: older calls are being loaded"
    );
    let mut older = call(300, State::Busy);
    older.create_time = Some(start() - TimeDelta::hours(1));
    arrive(&mut app, vec![older]);
    act(&mut app, Action::NextFailure);
    assert_eq!(selected(&app), "00300");
}

#[test]
fn a_failure_above_the_middle_of_a_list_asks_for_nothing() {
    let mut app = long();
    act(&mut app, Action::NextFailure);
    let effects = act(&mut app, Action::PreviousFailure);
    assert_eq!(effects, []);
    assert_eq!(told(&app), "no failed call above");
}

#[test]
fn in_the_reversed_order_older_calls_come_in_above() {
    let mut app = long();
    act(&mut app, Action::Sort);
    act(&mut app, Action::NextFailure);
    app.older = Older::Idle;
    act(&mut app, Action::PreviousFailure);
    assert_eq!(
        told(&app),
        "no failed call above yet: older calls are being loaded"
    );
}

#[test]
fn nothing_is_asked_for_that_is_not_there_or_would_not_be_shown() {
    let mut app = long();
    act(&mut app, Action::Bottom);
    for older in [
        Older::End,
        Older::Failed(Failure::new(crate::call::FailureKind::Unavailable, "gone")),
    ] {
        app.older = older;
        assert_eq!(act(&mut app, Action::NextFailure), []);
        assert_eq!(told(&app), "no failed call below");
    }
    app.older = Older::Idle;
    act(&mut app, Action::Pause);
    assert_eq!(act(&mut app, Action::NextFailure), []);
    assert_eq!(told(&app), "no failed call below");
    let mut empty = console();
    assert_eq!(act(&mut empty, Action::PreviousFailure), []);
    assert_eq!(
        (told(&empty), empty.turn),
        ("no failed call above", Turn(1))
    );
}
