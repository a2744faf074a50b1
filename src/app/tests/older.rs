//! Older calls: loaded ahead of the cursor, bounded where a filter finds few, and what is told of it.

use super::*;

fn covered(app: &mut App, coverage: impl Into<Covered>) -> Vec<Effect> {
    let (turn, coverage) = (app.turn, coverage.into());
    app.update(Msg::Coverage { turn, coverage })
}

fn older(app: &mut App, older: Older) -> Vec<Effect> {
    let turn = app.turn;
    app.update(Msg::Older { turn, older })
}

fn at(second: i64) -> DateTime<Utc> {
    start() + TimeDelta::seconds(second)
}

/// The time before which older calls are asked for, if they are.
fn asks(effects: &[Effect]) -> Option<DateTime<Utc>> {
    effects.iter().find_map(|effect| match effect {
        Effect::LoadOlder { before, .. } => Some(*before),
        _ => None,
    })
}

/// Calls that were created before the console started, oldest last: of each so many seconds one.
fn past(seconds: std::ops::Range<i64>) -> Vec<Call> {
    seconds
        .map(|second| {
            let id = u32::try_from(50_000 - second).unwrap();
            let mut call = call(id, State::Completed);
            call.create_time = Some(at(-second));
            call
        })
        .collect()
}

/// Serves pages of a hundred calls of the past, one a second, until nobody asks; how many there were.
fn serve(app: &mut App, mut effects: Vec<Effect>) -> usize {
    let mut pages = 0;
    while let Some(before) = asks(&effects) {
        pages += 1;
        assert!(pages < 1_000, "it loads without a bound");
        let from = (start() - before).num_seconds() + 1;
        arrive(app, past(from..from + 100));
        covered(app, Coverage::Since(at(-from - 99)));
        effects = older(app, Older::Idle);
    }
    pages
}

fn first_page(app: &mut App) -> Vec<Effect> {
    arrive(app, past(0..100));
    covered(app, Coverage::Since(at(-99)))
}

#[test]
fn scrolling_goes_on_for_as_long_as_there_are_calls() {
    let mut app = console();
    let effects = first_page(&mut app);
    serve(&mut app, effects);
    for _ in 0..300 {
        let effects = act(&mut app, Action::PageDown);
        serve(&mut app, effects);
    }
    let place = app.table().position(app.store());
    assert_eq!(
        place,
        300 * 9,
        "no page was cut short by the end of the list"
    );
    assert!(app.table().len() >= place + 70);
}

#[test]
fn the_bottom_is_the_oldest_loaded_and_asks_for_more() {
    let mut app = console();
    let effects = first_page(&mut app);
    assert_eq!(asks(&effects), None, "nobody is near the end");
    let effects = act(&mut app, Action::Bottom);
    assert_eq!(selected(&app), "49901");
    serve(&mut app, effects);
    assert_eq!(selected(&app), "49901", "it stays where it was put");
    let effects = act(&mut app, Action::Bottom);
    assert!(asks(&effects).is_some());
}

#[test]
fn a_filter_that_finds_nothing_stops_looking_and_goes_on_when_asked() {
    let mut app = console();
    act(&mut app, Action::Filter);
    write(&mut app, "nowhere");
    let mut effects = act(&mut app, Action::KeepFilter);
    let turn = app.typed;
    effects.extend(app.update(Msg::Rested(turn)));
    effects.extend(first_page(&mut app));
    let pages = serve(&mut app, effects);
    assert!((1..=20).contains(&pages), "{pages}");
    let Foot::Rests { back_to } = app.foot() else {
        panic!("{:?}", app.foot());
    };
    assert_eq!(Some(back_to), app.known.since());
    assert_eq!(asks(&act(&mut app, Action::Down)), None);
    assert_eq!(asks(&app.update(Msg::Tick(at(60)))), None);
    let effects = act(&mut app, Action::Bottom);
    assert!(matches!(app.foot(), Foot::Loading { back_to: Some(_) }));
    let more = serve(&mut app, effects);
    assert!((1..=20).contains(&more), "{more}");
}

#[test]
fn a_filter_that_fills_pages_is_not_stopped() {
    let mut app = console();
    act(&mut app, Action::Filter);
    write(&mut app, "NOT state = FAILED");
    let mut effects = act(&mut app, Action::KeepFilter);
    let turn = app.typed;
    effects.extend(app.update(Msg::Rested(turn)));
    effects.extend(first_page(&mut app));
    serve(&mut app, effects);
    for _ in 0..60 {
        let effects = act(&mut app, Action::Bottom);
        serve(&mut app, effects);
        assert!(!matches!(app.foot(), Foot::Rests { .. }));
    }
    assert!(app.store().len() > 5_000);
}

#[test]
fn a_failure_is_told_and_tried_again_when_asked() {
    let mut app = console();
    first_page(&mut app);
    act(&mut app, Action::Bottom);
    let failure = Failure::new(FailureKind::Unavailable, "refused");
    assert_eq!(asks(&older(&mut app, Older::Failed(failure.clone()))), None);
    assert_eq!(app.foot(), Foot::Failed(&failure));
    assert_eq!(asks(&act(&mut app, Action::Refresh)), Some(at(-99)));
}

#[test]
fn the_end_is_told() {
    let mut app = console();
    assert_eq!(app.foot(), Foot::Nothing);
    first_page(&mut app);
    assert_eq!(app.foot(), Foot::More { loaded: 100 });
    covered(&mut app, Coverage::Everything);
    older(&mut app, Older::End);
    assert_eq!(app.foot(), Foot::First);
    act(&mut app, Action::Filter);
    write(&mut app, "nowhere");
    assert_eq!(app.foot(), Foot::NoneOlder);
}

#[test]
fn a_hole_in_the_list_is_filled_when_the_cursor_comes_near() {
    let mut app = console();
    first_page(&mut app);
    // What an earlier query has left: an hour of calls, and nothing between.
    arrive(&mut app, past(5_000..5_400));
    covered(&mut app, Covered::from_iter([at(-5_400)..at(-4_999)]));
    assert_eq!(app.coverage(), Coverage::Since(at(-99)));
    let mut effects = Vec::new();
    for _ in 0..5 {
        effects.extend(act(&mut app, Action::PageDown));
    }
    assert_eq!(
        asks(&effects),
        Some(at(-99)),
        "the list is longer than what is whole of it"
    );
    let newer = app.store().get(&past(99..100)[0].name).unwrap();
    let beyond = app.store().get(&past(5_000..5_001)[0].name).unwrap();
    assert_eq!(app.gap_between(newer, beyond), Some(at(-4_999)..at(-99)));
}
