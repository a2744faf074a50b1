//! The menu of quick filters at the sizes that people have.

use std::collections::HashSet;

use ratatui::layout::Position;
use rstest::rstest;

use super::fixture::{act, arrive, call, completed, live, typed};
use super::{drawn, picture, text_of};
use crate::app::{Action, App, Mode, Mouse, Msg, Press};
use crate::call::State;
use crate::input::keymap::Keymap;
use crate::view::layout;
use crate::view::theme::{Palette, Theme};

const ASCII: Theme = Theme {
    palette: Palette::Mono,
    ascii: true,
};

/// The menu for a call that has everything, with two states on.
fn menu() -> App {
    let mut app = live();
    let mut call = completed();
    call.error_code = "CALL_REJECTED".into();
    call.originating_call = Some(super::fixture::call(1, State::Completed, 0).name);
    arrive(&mut app, vec![call]);
    act(&mut app, &[Action::Down; 4]);
    act(&mut app, &[Action::Quick]);
    typed(&mut app, "c");
    typed(&mut app, "x");
    app
}

#[rstest]
#[case::wide((140, 40))]
#[case::middle((100, 30))]
#[case::narrow((80, 24))]
#[case::least((40, 10))]
fn quick_filters(#[case] size: (u16, u16)) {
    insta::assert_snapshot!(
        format!("quick_{}x{}", size.0, size.1),
        picture(&drawn(&mut menu(), Theme::default(), size))
    );
}

#[test]
fn quick_filters_in_ascii_without_colours_with_the_cursor() {
    let mut app = menu();
    act(&mut app, &[Action::Down, Action::Down, Action::Toggle]);
    insta::assert_snapshot!(picture(&drawn(&mut app, ASCII, (80, 24))));
}

#[rstest]
#[case((140, 40))]
#[case((100, 30))]
#[case((80, 24))]
#[case((66, 20))]
#[case((40, 10))]
fn every_line_can_be_brought_in_sight_and_is_where_the_mouse_finds_it(#[case] size: (u16, u16)) {
    let mut app = menu();
    let lines: usize = app
        .quick()
        .unwrap()
        .groups()
        .iter()
        .map(|g| g.switches.len())
        .sum();
    act(&mut app, &[Action::Down]);
    act(&mut app, &vec![Action::Up; lines]);
    for number in 0..lines {
        assert_eq!(app.quick().unwrap().lit(), Some(number));
        let buffer = drawn(&mut app, Theme::default(), size);
        let regions = layout::regions(buffer.area, &app);
        let found = (0..size.1).flat_map(|y| (0..size.0).map(move |x| (x, y)));
        let under: Vec<_> = found
            .filter(|&(x, y)| {
                regions.under(&app, Theme::default(), Position { x, y })
                    == Some(Mouse::Switch(number))
            })
            .collect();
        assert!(!under.is_empty(), "{number}: {}", text_of(&buffer));
        let reversed = |&(x, y): &(u16, u16)| {
            buffer[(x, y)]
                .modifier
                .contains(ratatui::style::Modifier::REVERSED)
        };
        assert!(under.iter().any(reversed), "{number}: {}", text_of(&buffer));
        act(&mut app, &[Action::Down]);
    }
}

#[test]
fn no_letter_of_the_menu_means_two_things() {
    let app = menu();
    let keymap = Keymap::default();
    let groups = app.quick().unwrap().groups();
    let mut seen = HashSet::new();
    for switch in groups.iter().flat_map(|group| &group.switches) {
        match switch.press {
            Press::Letter(letter) => {
                assert!(seen.insert(letter), "{letter} is there twice");
                assert!(keymap.leaves(Mode::Quick, letter), "{letter} is a key");
            }
            Press::Action(action) => {
                assert!(
                    keymap.keys(Mode::Quick, action).next().is_some(),
                    "{action:?}"
                );
            }
            Press::Cursor => {}
        }
    }
}

#[test]
fn a_click_switches_and_one_beside_the_menu_does_nothing() {
    let mut app = menu();
    app.update(Msg::Mouse(Mouse::Switch(7)));
    assert_eq!(app.bar().line().text(), "state = completed, failed, busy");
    let buffer = drawn(&mut app, Theme::default(), (140, 40));
    let regions = layout::regions(buffer.area, &app);
    let row = regions
        .under(&app, Theme::default(), Position { x: 3, y: 6 })
        .unwrap();
    app.update(Msg::Mouse(row));
    assert_eq!(app.mode(), Mode::Quick);
}

#[test]
fn values_of_the_outside_are_harmless_in_the_menu() {
    let mut app = live();
    let mut odd = call(90, State::Failed, 1);
    odd.to = "\u{1b}[31m+61\u{202e}49".into();
    odd.from = "日本語日本語日本語日本語日本語日本語".into();
    odd.error_code = "a\nb\u{7}".into();
    odd.labels.insert("k\u{200b}é'*", "v\u{1b}]52;c;x\u{7}");
    odd.labels.insert("long".repeat(40), "value".repeat(40));
    arrive(&mut app, vec![odd]);
    act(&mut app, &[Action::Top, Action::Quick]);
    for letter in ["T", "F", "E", "1", "2"] {
        typed(&mut app, letter);
    }
    for size in [(140, 40), (80, 24), (40, 10)] {
        let screen = text_of(&drawn(&mut app, Theme::default(), size));
        let harmless = |c: char| c == '\n' || !crate::call::is_hostile(c);
        assert!(screen.chars().all(harmless), "{screen}");
    }
    assert_eq!(app.table().len(), 1, "{}", app.bar().line().text());
}
