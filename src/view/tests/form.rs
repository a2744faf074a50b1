//! The form: each field with what is said of it, at every size, and under the mouse.

use ratatui::layout::{Position, Rect};
use rstest::rstest;

use super::fixture::{act, live, typed};
use super::{drawn, picture, text_of};
use crate::app::{Action, App, Edit, Field, Form, Mode, Mouse, Msg, Part, Spot};
use crate::call::{NewCall, Options, RecordingConfig, Transcribe, Trigger};
use crate::view::layout;
use crate::view::theme::{Palette, Theme};

fn point(app: &mut App, field: Field) {
    let part = Part::Whole;
    app.update(Msg::Mouse(Mouse::Field(Spot { field, part })));
}

fn written(app: &mut App, field: Field, text: &str) {
    point(app, field);
    typed(app, text);
}

fn opened() -> App {
    let mut app = live();
    act(&mut app, &[Action::NewCall]);
    app
}

/// Everything right, and the lists filled.
fn filled() -> App {
    let mut app = opened();
    written(&mut app, Field::From, "+61 2 5550 1234");
    written(&mut app, Field::To, "0491 570 006");
    let uris = "https://app.example/handle-call\nhttps://standby.example/handle-call";
    written(&mut app, Field::Handler(0), uris);
    written(&mut app, Field::Timeout, "1m30s");
    written(&mut app, Field::Trigger, "a");
    written(&mut app, Field::Transcribe, "y");
    written(
        &mut app,
        Field::LabelKey(0),
        "campaign = spring\nteam = support",
    );
    point(&mut app, Field::Place);
    app
}

/// Everything wrong that can be.
fn wrong() -> App {
    let mut app = opened();
    for (field, text) in [
        (Field::To, "61491570006"),
        (Field::From, "+61 2 5550 123x"),
        (Field::Handler(0), "ftp://app.example"),
        (Field::Handler(1), "/handle-call"),
        (Field::StateUpdate, "sip:state@app.example"),
        (Field::Timeout, "601"),
        (Field::Transcribe, "y"),
        (Field::LabelKey(0), "switchboard-ticket = mine"),
        (Field::LabelValue(1), "spring"),
    ] {
        written(&mut app, field, text);
    }
    act(&mut app, &[Action::Place]);
    app
}

#[rstest]
#[case::wide((140, 40))]
#[case::middle((100, 30))]
#[case::narrow((80, 24))]
#[case::least((40, 10))]
fn the_form(#[case] size: (u16, u16), #[values("empty", "filled", "wrong")] name: &str) {
    let mut app = match name {
        "filled" => filled(),
        "wrong" => wrong(),
        _ => opened(),
    };
    insta::assert_snapshot!(
        format!("form_{name}_{}x{}", size.0, size.1),
        picture(&drawn(&mut app, Theme::default(), size))
    );
}

#[test]
fn the_form_without_colours_in_ascii() {
    let theme = Theme {
        palette: Palette::Mono,
        ascii: true,
    };
    insta::assert_snapshot!(picture(&drawn(&mut wrong(), theme, (80, 24))));
}

/// `api.md §5`: each reason stands on the screen before anything is sent.
#[rstest]
#[case::to(Field::To, "+61 abc", "'a' is not a digit")]
#[case::to_missing(Field::To, "", "a number is needed")]
#[case::from(Field::From, "+999123456", "no country has this code")]
#[case::handlers(Field::Handler(0), "", "at least one handler URI is needed")]
#[case::handler(Field::Handler(0), "mailto:a@b.example", "is not supported")]
#[case::webhook(Field::StateUpdate, "ftp://a.example", "use http or https")]
#[case::timeout(Field::Timeout, "601", "out of range")]
#[case::recording_webhook(Field::RecordingReady, "/ready", "must be absolute")]
#[case::transcribe(Field::Transcribe, "y", "needs Record")]
#[case::transcript_webhook(Field::TranscriptionReady, "/ready", "must be absolute")]
#[case::label(Field::LabelValue(0), "spring", "a label needs a key")]
#[case::labels(Field::LabelValue(0), "x", "10000 bytes in all")]
fn each_invalid_input_shows_its_reason(
    #[case] field: Field,
    #[case] text: &str,
    #[case] reason: &str,
    #[values((140, 40), (80, 24))] size: (u16, u16),
) {
    let mut app = opened();
    if reason.contains("absolute") {
        written(&mut app, Field::Trigger, "a");
        written(&mut app, Field::Transcribe, "y");
    }
    if reason.contains("bytes") {
        written(&mut app, Field::LabelKey(0), "k");
        written(&mut app, Field::LabelValue(0), &"x".repeat(9_999));
    }
    written(&mut app, field, text);
    act(&mut app, &[Action::Place]);
    point(&mut app, field);
    let screen = text_of(&drawn(&mut app, Theme::default(), size));
    assert!(screen.contains(reason), "{screen}");
    assert_eq!(app.mode(), Mode::Form, "nothing is sent");
}

#[test]
fn the_field_with_the_cursor_is_in_sight_on_every_screen() {
    for size in [
        (140, 40),
        (100, 30),
        (80, 24),
        (60, 12),
        (40, 10),
        (56, 11),
        (200, 14),
    ] {
        let mut app = wrong();
        for _ in 0..app.form().unwrap().fields().len() {
            act(&mut app, &[Action::NextField]);
            let field = app.form().unwrap().focus();
            let screen = text_of(&drawn(&mut app, Theme::default(), size));
            let marked = screen.contains('▸') && screen.lines().any(|line| line.contains("│ ▸"));
            let button = field == Field::Place && screen.contains("[ Place call ]");
            assert!(marked || button, "{field:?} at {size:?}\n{screen}");
        }
    }
}

#[test]
fn everything_on_the_screen_can_be_pointed_at() {
    for size in [(140, 40), (80, 34), (70, 60)] {
        let mut app = filled();
        let screen = text_of(&drawn(&mut app, Theme::default(), size));
        let regions = layout::regions(Rect::new(0, 0, size.0, size.1), &app);
        let at = |text: &str| {
            let found = screen.lines().enumerate().find_map(|(y, line)| {
                let x = line.split_once(text)?.0.chars().count();
                Some((x, y))
            });
            let (x, y) = found.unwrap_or_else(|| panic!("{text} is not in sight\n{screen}"));
            Position {
                x: u16::try_from(x).unwrap(),
                y: u16::try_from(y).unwrap(),
            }
        };
        let hit = |text: &str, on: u16| {
            let mut at = at(text);
            at.x += on;
            match regions.under(&app, Theme::default(), at) {
                Some(Mouse::Field(spot)) => (spot.field, spot.part),
                other => panic!("{text}: {other:?}"),
            }
        };
        assert_eq!(hit("+61 491 570", 4), (Field::To, Part::Byte(4)));
        assert_eq!(
            hit("https://standby", 8),
            (Field::Handler(1), Part::Byte(8))
        );
        assert_eq!(hit("after bridging", 1), (Field::Trigger, Part::Choice(2)));
        assert_eq!(hit("Timeout", 0), (Field::Timeout, Part::Whole));
        assert_eq!(hit("campaign", 1), (Field::LabelKey(0), Part::Byte(1)));
        assert_eq!(hit("support", 3), (Field::LabelValue(1), Part::Byte(3)));
        assert_eq!(hit("[ Place call ]", 3), (Field::Place, Part::Choice(0)));
    }
}

#[test]
fn the_button_is_pressed_with_the_mouse_and_tab_goes_past_it() {
    let mut app = filled();
    act(&mut app, &[Action::NextField]);
    assert_eq!(app.form().unwrap().focus(), Field::To);
    let spot = Spot {
        field: Field::Place,
        part: Part::Choice(0),
    };
    app.update(Msg::Mouse(Mouse::Field(spot)));
    assert_eq!(app.mode(), Mode::Confirm);
    assert_eq!(app.confirm().unwrap().call.to, "+61491570006");
}

#[test]
fn hostile_texts_of_a_call_reach_no_cell_of_the_form() {
    let hostile = "\u{1b}[31m\u{202e}x\0\u{200b}";
    let form = Form::of(&NewCall {
        to: hostile.to_owned(),
        labels: [(hostile, hostile)].into_iter().collect(),
        options: Options {
            handler_uris: vec![hostile.to_owned()],
            recording: Some(RecordingConfig {
                trigger: Trigger::Other(9),
                transcribe: Transcribe::Other(9),
                ..RecordingConfig::default()
            }),
            ..Options::default()
        },
        ..NewCall::default()
    });
    assert!(form.wish().is_none());
    let mut app = opened();
    for field in [Field::To, Field::Handler(0), Field::LabelValue(0)] {
        written(&mut app, field, hostile);
    }
    app.update(Msg::Edit(Edit::Start));
    let screen = text_of(&drawn(&mut app, Theme::default(), (80, 24)));
    let harmless = |c: char| c == '\n' || !crate::call::is_hostile(c);
    assert!(screen.chars().all(harmless), "{screen:?}");
}

#[test]
fn how_a_request_stands_is_said_at_the_head_however_small_the_screen_is() {
    let mut app = opened();
    written(&mut app, Field::From, "+61255501234");
    written(&mut app, Field::To, "+61491570006");
    written(
        &mut app,
        Field::Handler(0),
        "https://app.example/handle-call",
    );
    act(&mut app, &[Action::Place, Action::Yes]);
    let sending = text_of(&drawn(&mut app, Theme::default(), (80, 24)));
    assert!(sending.contains("sending to +61491570006"), "{sending}");
    assert!(!sending.contains("place the call"), "{sending}");
}
