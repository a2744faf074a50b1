//! The service does not apply the filter: in sight for as long as that query runs.

use super::*;

fn asked(app: &mut App, filter: &str) {
    act(app, Action::Filter);
    app.update(Msg::Edit(Edit::DeleteToStart));
    write(app, filter);
    app.update(Msg::Rested(app.typed));
}

fn ignored(app: &mut App) {
    let turn = app.turn;
    app.update(Msg::FilterIgnored { turn });
}

#[test]
fn it_lasts_until_the_service_is_asked_for_another_query() {
    let mut app = console();
    asked(&mut app, "failed");
    ignored(&mut app);
    assert!(app.filter_is_ignored());
    app.update(Msg::Tick(start() + TimeDelta::hours(3)));
    act(&mut app, Action::Pause);
    assert!(app.filter_is_ignored());
    // What is typed is not asked yet: the query that runs is still the one that is not applied.
    write(&mut app, " incoming");
    assert!(app.filter_is_ignored());
    app.update(Msg::Rested(app.typed));
    assert!(!app.filter_is_ignored());
}

#[test]
fn a_change_that_the_service_need_not_know_of_leaves_it() {
    let mut app = console();
    asked(&mut app, "failed");
    ignored(&mut app);
    asked(&mut app, "failed talk<5s");
    assert!(app.filter_is_ignored());
}

#[test]
fn word_of_an_earlier_query_is_none_of_this_one() {
    let mut app = console();
    asked(&mut app, "failed");
    let turn = app.turn;
    asked(&mut app, "busy");
    app.update(Msg::FilterIgnored { turn });
    assert!(!app.filter_is_ignored());
}

#[test]
fn where_nothing_was_asked_nothing_was_ignored() {
    let mut app = console();
    ignored(&mut app);
    assert!(!app.filter_is_ignored());
    // The same query: the service is asked for all calls, and the console filters them.
    asked(&mut app, "talk<5s");
    assert!(!app.filter_is_ignored());
}

#[test]
fn only_what_passes_is_listed() {
    let mut app = console();
    asked(&mut app, "failed");
    arrive(
        &mut app,
        vec![
            call(1, State::Failed),
            call(2, State::Completed),
            call(3, State::Failed),
        ],
    );
    ignored(&mut app);
    assert_eq!(in_sight(&app), ["00003", "00001"]);
}
