//! What is said where the list ends, and where calls are missing.

use std::time::Duration;

use rstest::rstest;

use super::fixture::{act, ago, arrive, call, fresh, live, typed, unreachable};
use super::{drawn, picture, text_of};
use crate::app::{Action, App, Msg, Older};
use crate::call::{Coverage, Covered, Link, Loaded, Loading, State, Turn};
use crate::view::theme::Theme;

fn shown(app: &mut App, size: (u16, u16)) -> String {
    text_of(&drawn(app, Theme::default(), size))
}

fn covered(app: &mut App, coverage: impl Into<Covered>) {
    let coverage = coverage.into();
    let turn = Turn(1);
    app.update(Msg::Coverage { turn, coverage });
}

fn older(app: &mut App, older: Older) {
    let turn = Turn(1);
    app.update(Msg::Older { turn, older });
}

fn loading(app: &mut App, state: Loading) {
    let turn = Turn(1);
    app.update(Msg::Loading { turn, state });
}

/// A console whose list is longer than the screen, with the cursor on its last call.
fn long() -> App {
    let mut app = live();
    let calls = (0..60).map(|id| call(100 + id, State::Completed, 900 + i64::from(id)));
    arrive(&mut app, calls.collect());
    act(&mut app, &[Action::Wide]);
    drawn(&mut app, Theme::default(), (100, 30));
    act(&mut app, &[Action::Bottom]);
    app
}

fn range(app: &mut App) {
    act(app, &[Action::Palette]);
    typed(app, "load 7d");
    act(app, &[Action::Run]);
    loading(
        app,
        Loading::Goes(Loaded {
            calls: 12_400,
            calls_per_second: 3_100,
            percent: 34,
            remaining: Some(Duration::from_secs(130)),
        }),
    );
}

#[rstest]
#[case::loading("loading")]
#[case::failed("failed")]
#[case::first("first")]
#[case::range("range")]
#[case::waits("waits")]
fn the_end_of_a_list(#[case] what: &str) {
    for size in [(140, 40), (100, 30), (80, 24)] {
        for mut app in [live(), long()] {
            drawn(&mut app, Theme::default(), size);
            match what {
                "failed" => older(&mut app, Older::Failed(unreachable())),
                "first" => {
                    covered(&mut app, Coverage::Everything);
                    older(&mut app, Older::End);
                }
                "range" => range(&mut app),
                "waits" => {
                    range(&mut app);
                    let (failure, wait) = (unreachable(), Duration::from_secs(8));
                    loading(&mut app, Loading::Waits { failure, wait });
                }
                _ => {}
            }
            let full = if app.table().len() > 50 {
                "long"
            } else {
                "short"
            };
            insta::assert_snapshot!(
                format!("older_{what}_{full}_{}x{}", size.0, size.1),
                picture(&drawn(&mut app, Theme::default(), size))
            );
        }
    }
}

#[rstest]
#[case::wide((140, 40))]
#[case::narrow((80, 24))]
fn a_filter_that_finds_too_few_says_how_far_back_it_has_looked(#[case] size: (u16, u16)) {
    let mut app = live();
    drawn(&mut app, Theme::default(), size);
    act(&mut app, &[Action::Filter]);
    typed(&mut app, "nowhere");
    act(&mut app, &[Action::KeepFilter]);
    app.update(Msg::Rested(Turn(2)));
    for page in 1..30 {
        older(&mut app, Older::Idle);
        covered(&mut app, Coverage::Since(ago(5 * 3_600 + page * 60)));
    }
    let told = shown(&mut app, size);
    assert!(told.contains("looked back to"), "{told}");
    assert!(told.contains("G looks further"), "{told}");
    insta::assert_snapshot!(
        format!("older_rests_{}x{}", size.0, size.1),
        picture(&drawn(&mut app, Theme::default(), size))
    );
}

#[rstest]
#[case::middle((100, 30))]
#[case::narrow((80, 24))]
fn calls_that_may_be_missing_between_two_are_told(#[case] size: (u16, u16)) {
    let mut app = fresh();
    let calls = (0..40).map(|id| call(id, State::Completed, i64::from(id) * 1_800));
    arrive(&mut app, calls.collect());
    let since = |hours: i64| ago(hours * 3_600 + 60);
    covered(&mut app, Coverage::Since(since(4)));
    covered(&mut app, Covered::from_iter([since(12)..since(7)]));
    let link = Link::Live {
        every: Duration::from_secs(2),
    };
    app.update(Msg::Link { link, at: ago(1) });
    insta::assert_snapshot!(
        format!("gaps_{}x{}", size.0, size.1),
        picture(&drawn(&mut app, Theme::default(), size))
    );
}

#[test]
fn the_cursor_stays_in_sight_below_gaps() {
    let mut app = fresh();
    let calls = (0..40).map(|id| call(id, State::Completed, i64::from(id) * 600));
    arrive(&mut app, calls.collect());
    for hour in 0..6 {
        covered(
            &mut app,
            Covered::from_iter([ago(hour * 3_600 + 1_900)..ago(hour * 3_600)]),
        );
    }
    let size = (100, 20);
    for _ in 0..40 {
        let told = shown(&mut app, size);
        assert!(told.lines().any(|line| line.contains("│▸")), "{told}");
        act(&mut app, &[Action::Down]);
    }
}

#[test]
fn completeness_ends_where_the_link_went_down() {
    let mut app = live();
    assert!(shown(&mut app, (140, 40)).contains("complete since 09:03"));
    let (failure, wait) = (unreachable(), Duration::from_secs(8));
    app.update(Msg::Link {
        link: Link::Retrying { failure, wait },
        at: ago(0),
    });
    let told = shown(&mut app, (140, 40));
    assert!(told.contains("complete 09:03 to 14:03"), "{told}");
}
