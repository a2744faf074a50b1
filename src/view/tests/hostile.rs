//! Whatever comes from outside, the screen stays a screen.

use proptest::prelude::*;
use ratatui::buffer::Buffer;
use rstest::rstest;

use super::drawn;
use super::fixture::{act, arrive, call, live, typed};
use crate::app::{Action, App, Msg, Notice, Older};
use crate::call::{Failure, FailureKind, Link, Location, Options, RecordingConfig, State, Turn};
use crate::view::theme::Theme;

const HOSTILE: &str =
    "\u{1b}[2J\u{1b}]0;x\u{7}\u{202e}evil\u{2066}\u{200d}\u{feff}\u{9b}31m\r\n\0漢e\u{301}👩‍👩‍👧";

pub(super) fn harmless(buffer: &Buffer) -> bool {
    buffer.content().iter().all(|cell| {
        cell.symbol().chars().all(|c| {
            !c.is_control() && !matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' | '\u{feff}')
        })
    })
}

fn hostile_console() -> App {
    let mut bad = call(99, State::Other(-7), 0);
    let text = || HOSTILE.to_owned();
    bad.to = text().into();
    bad.from = text().into();
    bad.from_zone = text().into();
    bad.error_code = text().into();
    bad.error_message = HOSTILE.repeat(50).into();
    bad.sip_call_id = text().into();
    bad.labels.insert(text(), "x".repeat(65_536));
    bad.labels.insert("k", HOSTILE.repeat(2_000));
    bad.from_location = Some(Box::new(Location {
        region_code: text(),
        administrative_area: text(),
        locality: text(),
        coordinates: Some((f64::NAN, f64::INFINITY)),
    }));
    bad.options = Some(Box::new(Options {
        handler_uris: vec![text(), text()],
        state_update_uri: text(),
        timeout_seconds: -5,
        recording: Some(RecordingConfig {
            recording_ready_uri: text(),
            ..RecordingConfig::default()
        }),
    }));
    let mut backwards = call(100, State::Completed, 0);
    backwards.end_time = backwards
        .create_time
        .map(|at| at - chrono::TimeDelta::days(40_000));
    backwards.answer_time = Some(chrono::DateTime::<chrono::Utc>::MAX_UTC);
    let mut app = live();
    let mut nameless = call(101, State::Queued, 0);
    nameless.name = crate::call::CallName::new("");
    nameless.create_time = None;
    arrive(&mut app, vec![bad, backwards, nameless]);
    app
}

#[test]
fn no_cell_holds_a_character_that_steers_the_terminal() {
    let mut app = hostile_console();
    for action in [
        Action::Open,
        Action::Back,
        Action::Redial,
        Action::Back,
        Action::Filter,
    ] {
        act(&mut app, &[action]);
        typed(&mut app, HOSTILE);
        for size in [(140, 40), (80, 24), (40, 10)] {
            assert!(
                harmless(&drawn(&mut app, Theme::default(), size)),
                "{action:?} at {size:?}"
            );
        }
    }
    let permission = Some(HOSTILE.to_owned());
    let failure = Failure::new(FailureKind::PermissionDenied { permission }, HOSTILE);
    app.update(Msg::Older {
        turn: Turn(1),
        older: Older::Failed(failure.clone()),
    });
    app.update(Msg::Link {
        link: Link::Refused { failure },
        at: super::fixture::now(),
    });
    assert!(harmless(&drawn(&mut app, Theme::default(), (140, 40))));
    app.update(Msg::Notice(Notice::new(crate::app::Level::Error, HOSTILE)));
    assert!(harmless(&drawn(&mut app, Theme::default(), (80, 24))));
}

/// How many rows of a box with this title have its left edge, and how many it has between its corners.
fn left_edge(buffer: &Buffer, title: &str) -> (usize, usize) {
    let cell = |x: u16, y: u16| buffer[(x, y)].symbol();
    let corner = (0..buffer.area.height)
        .flat_map(|y| (0..buffer.area.width).map(move |x| (x, y)))
        .find(|&(x, y)| {
            let titled = (x + 2..buffer.area.width).zip(title.chars());
            cell(x, y) == "┌" && titled.into_iter().all(|(x, c)| cell(x, y) == c.to_string())
        });
    let (x, top) = corner.unwrap_or_else(|| panic!("no box {title}"));
    let rows = (top + 1..buffer.area.height).take_while(|&y| cell(x, y) != "└");
    let rows: Vec<&str> = rows.map(|y| cell(x, y)).collect();
    (rows.iter().filter(|&&edge| edge == "│").count(), rows.len())
}

#[rstest]
#[case::palette(Action::Palette, "Palette")]
#[case::menu(Action::Quick, "Quick filters")]
#[case::help(Action::Help, "Help")]
#[case::prompt(Action::SaveView, "Save view")]
fn a_wide_character_under_the_edge_of_a_box_leaves_the_edge_whole(
    #[case] over: Action,
    #[case] title: &str,
) {
    for (shift, place) in [("", Action::Top), ("x", Action::Top), ("", Action::Bottom)] {
        let mut wide = call(99, State::Failed, 0);
        wide.error_message = format!("{shift}{}", "漢".repeat(2_000)).into();
        for key in 10..50 {
            let value = format!("{shift}{}", "漢".repeat(60));
            wide.labels
                .insert(format!("{shift}{}{key}", "漢".repeat(9)), value);
        }
        let mut app = live();
        let others = (0..40).map(|id| {
            let mut other = call(id, State::Failed, 1);
            let text = format!("{shift}{}", "漢".repeat(20));
            (other.from, other.to) = (text.as_str().into(), text.as_str().into());
            other
        });
        arrive(&mut app, others.chain([wide]).collect());
        act(&mut app, &[Action::Top, Action::Open, place, over]);
        for width in 88..160 {
            let buffer = drawn(&mut app, Theme::default(), (width, 27));
            let (edges, rows) = left_edge(&buffer, title);
            assert_eq!(edges, rows, "at {width}:\n{}", super::text_of(&buffer));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn any_actions_at_any_size_draw_without_a_panic(
        steps in prop::collection::vec(
            (prop::sample::select(Action::ALL), 0u16..160, 0u16..50, any::<bool>()), 1..25,
        ),
    ) {
        let mut app = hostile_console();
        for (action, width, height, writes) in steps {
            act(&mut app, &[action]);
            if writes {
                typed(&mut app, HOSTILE);
            }
            prop_assert!(harmless(&drawn(&mut app, Theme::default(), (width, height))));
        }
    }
}
