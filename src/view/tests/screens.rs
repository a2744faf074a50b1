//! The screens of every mode at the sizes that people have.

use std::time::Duration;

use rstest::rstest;

use super::fixture::{act, ago, arrive, call, denied, fresh, live, now, setup, typed, unreachable};
use super::{drawn, picture, text_of};
use crate::app::{Action, App, Level, Msg, Notice, WishId};
use crate::call::{Coverage, Link, Placement, State, Ticket, Turn};
use crate::view::theme::{Palette, Theme};

fn shown(app: &mut App, size: (u16, u16)) -> String {
    text_of(&drawn(app, Theme::default(), size))
}

#[rstest]
#[case::wide((140, 40))]
#[case::middle((100, 30))]
#[case::narrow((80, 24))]
#[case::least((40, 10))]
fn calls(#[case] size: (u16, u16)) {
    let mut app = live();
    insta::assert_snapshot!(
        format!("calls_{}x{}", size.0, size.1),
        picture(&drawn(&mut app, Theme::default(), size))
    );
}

#[rstest]
#[case::wide((140, 40))]
#[case::below((100, 34))]
#[case::alone((80, 24))]
fn the_detail_of_a_call(#[case] size: (u16, u16)) {
    let mut app = live();
    act(&mut app, &[Action::Down; 4]);
    act(&mut app, &[Action::Open]);
    insta::assert_snapshot!(
        format!("detail_{}x{}", size.0, size.1),
        picture(&drawn(&mut app, Theme::default(), size))
    );
}

fn asked() -> App {
    let mut app = live();
    act(&mut app, &[Action::NewCall]);
    typed(&mut app, "+61491570006");
    act(&mut app, &[Action::NextField]);
    typed(&mut app, "+61255501234");
    act(&mut app, &[Action::NextField, Action::NextField]);
    typed(&mut app, "https://app.example/handle-call");
    act(&mut app, &[Action::Place]);
    app
}

#[test]
fn the_question_names_everything_and_lights_cancel() {
    insta::assert_snapshot!(picture(&drawn(&mut asked(), Theme::default(), (100, 30))));
}

#[rstest]
#[case::wide((140, 40))]
#[case::narrow((80, 24))]
fn help(#[case] size: (u16, u16)) {
    let mut app = live();
    act(&mut app, &[Action::Help]);
    insta::assert_snapshot!(
        format!("help_{}x{}", size.0, size.1),
        picture(&drawn(&mut app, Theme::default(), size))
    );
}

#[test]
fn ascii_without_colours_still_tells_the_states() {
    let theme = Theme {
        palette: Palette::Mono,
        ascii: true,
    };
    let buffer = drawn(&mut live(), theme, (140, 40));
    insta::assert_snapshot!(picture(&buffer));
}

#[test]
fn a_filter_that_is_wrong_is_underlined_at_its_place_and_explained() {
    let mut app = live();
    act(&mut app, &[Action::Filter]);
    typed(&mut app, "state = FAILD");
    insta::assert_snapshot!(picture(&drawn(&mut app, Theme::default(), (80, 24))));
}

#[rstest]
#[case::wide((140, 40))]
#[case::middle((100, 30))]
#[case::narrow((80, 24))]
#[case::least((40, 10))]
fn a_filter_that_the_service_does_not_apply_is_warned_of(#[case] size: (u16, u16)) {
    let mut app = live();
    act(&mut app, &[Action::Filter]);
    typed(&mut app, "state = FAILED OR state = BUSY");
    act(&mut app, &[Action::KeepFilter]);
    app.update(Msg::Rested(Turn(2)));
    app.update(Msg::Coverage {
        turn: Turn(2),
        coverage: Coverage::Since(ago(5 * 3600)).into(),
    });
    assert!(!shown(&mut app, size).contains('!'));
    app.update(Msg::FilterIgnored { turn: Turn(2) });
    insta::assert_snapshot!(
        format!("ignored_{}x{}", size.0, size.1),
        picture(&drawn(&mut app, Theme::default(), size))
    );
}

#[test]
fn connecting_says_to_what() {
    assert!(shown(&mut fresh(), (80, 24)).contains("connecting to the embedded sandbox"));
}

#[test]
fn without_any_call_the_screen_says_how_to_place_one() {
    let mut app = fresh();
    app.update(Msg::Link {
        link: Link::Live {
            every: Duration::from_secs(2),
        },
        at: now(),
    });
    app.update(Msg::Coverage {
        turn: Turn(1),
        coverage: Coverage::Everything.into(),
    });
    let screen = shown(&mut app, (80, 24));
    assert!(
        screen.contains("no calls yet") && screen.contains("n places one"),
        "{screen}"
    );
}

#[test]
fn a_filter_without_matches_says_how_to_drop_it() {
    let mut app = live();
    act(&mut app, &[Action::Filter]);
    typed(&mut app, "to = '+999*'");
    app.update(Msg::Rested(Turn(2)));
    assert!(shown(&mut app, (80, 24)).contains("looking for calls that match"));
    app.update(Msg::Coverage {
        turn: Turn(2),
        coverage: Coverage::Everything.into(),
    });
    let screen = shown(&mut app, (80, 24));
    assert!(screen.contains("no call matches the filter"), "{screen}");
    assert!(screen.contains("esc drops the filter"), "{screen}");
}

#[test]
fn a_refused_permission_is_named_with_its_remedy() {
    let mut app = fresh();
    app.update(Msg::Link {
        link: Link::Refused { failure: denied() },
        at: now(),
    });
    let screen = shown(&mut app, (100, 30));
    assert!(
        screen.contains("✗ voice.calls.list not permitted"),
        "{screen}"
    );
    assert!(
        screen.contains("ask an owner of the project to grant voice.calls.list"),
        "{screen}"
    );
    assert!(screen.contains("ctrl-r asks again"), "{screen}");
}

#[test]
fn an_outage_leaves_the_calls_and_counts_down_to_the_next_try() {
    let mut app = live();
    let link = Link::Retrying {
        failure: unreachable(),
        wait: Duration::from_secs(8),
    };
    app.update(Msg::Link { link, at: ago(3) });
    let buffer = drawn(&mut app, Theme::default(), (140, 40));
    let screen = text_of(&buffer);
    assert!(
        screen.contains("▲ retrying in 5 s · service unreachable · stale since 14:03:21"),
        "{screen}"
    );
    assert!(
        screen.contains("queued") && screen.contains("+61 491 570 156"),
        "{screen}"
    );
    insta::assert_snapshot!(picture(&buffer));
}

#[test]
fn before_the_first_answer_no_zero_is_claimed() {
    let screen = shown(&mut fresh(), (140, 40));
    assert!(
        screen.contains("✗ –") && !screen.contains("✗ 0"),
        "{screen}"
    );
}

#[test]
fn a_link_whose_answer_is_late_is_not_called_live() {
    let mut app = live();
    app.update(Msg::Tick(now() + chrono::TimeDelta::seconds(7)));
    let screen = shown(&mut app, (140, 40));
    assert!(
        screen.contains("! waiting · 8 s ago") && !screen.contains("live"),
        "{screen}"
    );
}

#[test]
fn how_much_is_asked_is_told_where_there_is_room() {
    let mut app = live();
    app.update(Msg::Asked {
        requests: 60,
        at: now(),
    });
    let told = "● live · 1 s ago · every 2 s · 60 req/min";
    assert!(shown(&mut app, (140, 40)).contains(told));
    let narrow = shown(&mut app, (100, 30));
    assert!(
        narrow.contains("every 2 s") && !narrow.contains("req/min"),
        "{narrow}"
    );
}

#[rstest]
#[case::live(Link::Live { every: Duration::from_secs(2) })]
#[case::retrying(Link::Retrying { failure: unreachable(), wait: Duration::from_secs(8) })]
fn nothing_in_the_first_line_comes_and_goes_from_one_second_to_the_next(#[case] link: Link) {
    let parts = |screen: &str| {
        let first = screen.lines().next().unwrap_or_default();
        let parts = [
            "SWITCHBOARD",
            "Mon 23 Nov",
            " every ",
            "unreachable",
            "req/min",
        ];
        let colons = first.matches(':').count();
        (parts.map(|part| first.contains(part)), colons)
    };
    for width in 60..160 {
        let mut app = live();
        app.update(Msg::Asked {
            requests: 60,
            at: now(),
        });
        let link = link.clone();
        app.update(Msg::Link { link, at: now() });
        let at_once = parts(&shown(&mut app, (width, 10)));
        for second in [1, 2, 8] {
            if matches!(app.link().0, Link::Live { .. }) && second > 2 {
                continue;
            }
            app.update(Msg::Tick(now() + chrono::TimeDelta::seconds(second)));
            let later = parts(&shown(&mut app, (width, 10)));
            assert_eq!(later, at_once, "{width} cells, after {second} s");
        }
    }
}

#[test]
fn what_is_stale_does_not_shine() {
    let mut app = live();
    let colours = |app: &mut App| {
        let buffer = drawn(app, Theme::default(), (140, 40));
        let cells = (1..100).filter_map(|x| buffer.cell((x, 1)));
        cells
            .map(|cell| cell.style().fg)
            .collect::<std::collections::HashSet<_>>()
    };
    assert!(colours(&mut app).len() > 3);
    let link = Link::Retrying {
        failure: unreachable(),
        wait: Duration::from_secs(8),
    };
    app.update(Msg::Link { link, at: now() });
    // What is quiet, and the bar between.
    assert!(colours(&mut app).len() <= 3, "{:?}", colours(&mut app));
    assert!(shown(&mut app, (140, 40)).contains("complete 09:03 to 14:03"));
}

#[test]
fn calls_of_another_day_say_which() {
    let mut app = live();
    arrive(&mut app, vec![call(88, State::Failed, 24 * 3600)]);
    act(&mut app, &[Action::Wide, Action::Bottom]);
    assert!(shown(&mut app, (140, 40)).contains("22 Nov 14:03"));
    assert!(shown(&mut app, (66, 24)).contains("22 Nov"));
}

#[test]
fn a_frozen_view_says_so_and_what_waits() {
    let mut app = live();
    act(&mut app, &[Action::Pause]);
    arrive(&mut app, vec![call(77, State::Queued, 0)]);
    let screen = shown(&mut app, (140, 40));
    assert!(screen.contains("‖ frozen · 1 waiting"), "{screen}");
    assert!(!screen.contains("0000004d"), "{screen}");
}

#[test]
fn an_unknown_outcome_stays_in_sight() {
    let mut app = asked();
    act(&mut app, &[Action::Yes]);
    app.update(Msg::Placement {
        wish: WishId(1),
        ticket: Ticket::new("t"),
        placement: Placement::Unknown(unreachable()),
        at: now(),
    });
    for size in [(140, 40), (80, 24)] {
        let screen = shown(&mut app, size);
        assert!(screen.contains("1 unknown"), "{screen}");
        assert!(
            screen.contains("outcome unknown, do not place it again"),
            "{screen}"
        );
    }
}

#[test]
fn a_read_only_profile_says_so_and_hints_at_no_placing() {
    let mut app = App::new(crate::app::Setup {
        read_only: true,
        ..setup()
    })
    .0;
    let screen = shown(&mut app, (100, 30));
    assert!(
        screen.contains("read-only") && !screen.contains("new call"),
        "{screen}"
    );
}

#[test]
fn a_notice_takes_the_place_of_the_hints() {
    let mut app = live();
    app.update(Msg::Notice(Notice::new(
        Level::Warning,
        "the log cannot be written",
    )));
    assert!(shown(&mut app, (80, 24)).contains("! the log cannot be written"));
}

#[test]
fn new_calls_above_are_counted_while_the_top_is_out_of_sight() {
    let mut app = live();
    drawn(&mut app, Theme::default(), (80, 14));
    act(&mut app, &[Action::Bottom]);
    arrive(
        &mut app,
        vec![call(78, State::Queued, 0), call(79, State::Queued, 0)],
    );
    let screen = shown(&mut app, (80, 14));
    assert!(screen.contains("▲ 2 new"), "{screen}");
    act(&mut app, &[Action::Top]);
    assert!(!shown(&mut app, (80, 14)).contains("▲"));
}

#[test]
fn a_tiny_terminal_says_what_is_needed() {
    let mut app = live();
    assert!(shown(&mut app, (39, 9)).contains("switchboard needs 40×10"));
}

#[test]
fn a_list_on_its_way_says_that_there_may_be_more() {
    let mut app = live();
    app.list_in_slices_of(4);
    act(&mut app, &[Action::Filter]);
    typed(&mut app, "NOT busy ");
    let loaded = app.store().len();
    let listed = app.table().len();
    let bar = format!("{listed}+ of {loaded}");
    assert!(shown(&mut app, (140, 40)).contains(&bar), "{bar}");
    act(&mut app, &[Action::LeaveFilter, Action::Filter]);
    typed(&mut app, "to = +99 ");
    let screen = shown(&mut app, (140, 40));
    assert!(screen.contains("looking for calls that match"), "{screen}");
}
