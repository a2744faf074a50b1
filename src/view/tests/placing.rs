//! The question before a call, and the list of the calls that were placed.

use rstest::rstest;

use super::fixture::{act, denied, live, now, setup, typed, unreachable};
use super::{drawn, picture, text_of};
use crate::app::{Action, App, Msg, WishId};
use crate::call::{
    Call, CallName, Calling, NewCall, Options, Placement, Preset, RecordingConfig, State,
    TICKET_LABEL, Ticket, Transcribe, Trigger,
};
use crate::view::theme::Theme;

const TICKET: &str = "01a2090e-04a1-7554-95ac-256a808e6eaf";

fn presets() -> Calling {
    let preset = |name: &str| Preset {
        name: name.to_owned(),
        call: NewCall {
            from: "+61255501234".to_owned(),
            is_private: true,
            labels: [("team", name)].into_iter().collect(),
            options: Options {
                handler_uris: vec![
                    "https://app.example/handle-call".to_owned(),
                    "https://standby.example/handle-call".to_owned(),
                ],
                timeout_seconds: 45,
                recording: Some(RecordingConfig {
                    trigger: Trigger::Answer,
                    transcribe: Transcribe::Default,
                    ..RecordingConfig::default()
                }),
                ..Options::default()
            },
            ..NewCall::default()
        },
    };
    Calling {
        presets: vec![preset("support"), preset("sales")],
        default_preset: Some(0),
        ..Calling::default()
    }
}

/// A console on a real project, with presets and a form that is filled in.
fn form() -> App {
    let mut app = App::new(crate::app::Setup {
        profile: "production".to_owned(),
        sandbox: false,
        calling: presets(),
        ..setup()
    })
    .0;
    app.update(Msg::Tick(now()));
    act(&mut app, &[Action::NewCall]);
    typed(&mut app, "+442079460123");
    app
}

fn told(app: &mut App, wish: u32, placement: Placement) {
    app.update(Msg::Placement {
        wish: WishId(wish),
        ticket: Ticket::new(TICKET),
        placement,
        at: now(),
    });
}

fn unknown() -> App {
    let mut app = form();
    act(&mut app, &[Action::Place, Action::Yes]);
    told(&mut app, 1, Placement::Unknown(unreachable()));
    app
}

fn shown(app: &mut App, size: (u16, u16)) -> String {
    text_of(&drawn(app, Theme::default(), size))
}

#[rstest]
#[case::wide((140, 40))]
#[case::narrow((80, 24))]
fn the_form_begins_with_the_preset(#[case] size: (u16, u16)) {
    insta::assert_snapshot!(
        format!("preset_{}x{}", size.0, size.1),
        picture(&drawn(&mut form(), Theme::default(), size))
    );
}

#[rstest]
#[case::wide((140, 40))]
#[case::narrow((80, 24))]
fn the_question_says_that_a_phone_rings_and_whose(#[case] size: (u16, u16)) {
    let mut app = form();
    act(&mut app, &[Action::Place]);
    insta::assert_snapshot!(
        format!("confirm_{}x{}", size.0, size.1),
        picture(&drawn(&mut app, Theme::default(), size))
    );
}

#[test]
fn on_the_smallest_screen_number_warning_and_answers_are_in_sight() {
    let mut app = form();
    act(&mut app, &[Action::Place]);
    let screen = shown(&mut app, (40, 10));
    for part in ["+44 20 7946 0123", "rings a phone", "[ Cancel ] n", "↓"] {
        assert!(screen.contains(part), "{part}: {screen}");
    }
}

#[test]
fn on_the_sandbox_no_phone_rings() {
    let mut app = live();
    act(&mut app, &[Action::NewCall]);
    typed(&mut app, "+61491570006");
    act(&mut app, &[Action::NextField]);
    typed(&mut app, "+61255501234");
    act(&mut app, &[Action::NextField, Action::NextField]);
    typed(&mut app, "https://app.example/");
    act(&mut app, &[Action::Place]);
    let screen = shown(&mut app, (80, 24));
    assert!(screen.contains("sandbox: no phone rings"), "{screen}");
    assert!(
        screen.contains("+61 491 570 006   Australia (AU)"),
        "{screen}"
    );
}

#[rstest]
#[case::wide((140, 40))]
#[case::narrow((80, 24))]
fn a_number_called_a_moment_ago_is_asked_about_once_more(#[case] size: (u16, u16)) {
    let mut app = form();
    let mut call = Call::new(CallName::new("projects/demo/calls/of-another-run"));
    call.to = "+442079460123".into();
    call.state = State::Busy;
    call.create_time = Some(now());
    call.labels = [(TICKET_LABEL, "t")].into_iter().collect();
    super::fixture::arrive(&mut app, vec![call]);
    act(&mut app, &[Action::Place, Action::Yes]);
    insta::assert_snapshot!(
        format!("once_more_{}x{}", size.0, size.1),
        picture(&drawn(&mut app, Theme::default(), size))
    );
}

#[rstest]
#[case::wide((140, 40))]
#[case::narrow((80, 24))]
fn the_list_of_placements(#[case] size: (u16, u16)) {
    let mut app = unknown();
    act(&mut app, &[Action::NewCall]);
    typed(&mut app, "+61491570006");
    act(&mut app, &[Action::Place, Action::Yes]);
    told(&mut app, 2, Placement::NotSent(unreachable()));
    act(&mut app, &[Action::Placements]);
    insta::assert_snapshot!(
        format!("placements_{}x{}", size.0, size.1),
        picture(&drawn(&mut app, Theme::default(), size))
    );
}

#[rstest]
#[case::wide((140, 40))]
#[case::narrow((80, 24))]
fn whoever_leaves_with_an_open_outcome_sees_which(#[case] size: (u16, u16)) {
    let mut app = unknown();
    act(&mut app, &[Action::Quit]);
    insta::assert_snapshot!(
        format!("leaving_{}x{}", size.0, size.1),
        picture(&drawn(&mut app, Theme::default(), size))
    );
}

#[test]
fn what_is_under_way_unknown_and_lost_is_counted_and_the_key_to_it_is_told() {
    let mut app = unknown();
    let screen = shown(&mut app, (100, 30));
    assert!(screen.contains("! 1 unknown"), "{screen}");
    app.update(Msg::Tick(now() + chrono::TimeDelta::seconds(60)));
    assert!(shown(&mut app, (80, 24)).contains("P calls placed"));
    told(&mut app, 1, Placement::NoTrace(unreachable()));
    let screen = shown(&mut app, (80, 24));
    assert!(screen.contains("! 1 no trace"), "{screen}");
    act(&mut app, &[Action::Placements]);
    let screen = shown(&mut app, (80, 24));
    assert!(
        screen.contains("a: weigh why first; if you wish, place it again"),
        "{screen}"
    );
}

#[test]
fn a_session_without_the_permission_says_so() {
    let mut app = form();
    act(&mut app, &[Action::Place, Action::Yes]);
    assert!(shown(&mut app, (80, 24)).contains("1 placing"));
    told(&mut app, 1, Placement::Refused(denied()));
    let screen = shown(&mut app, (140, 40));
    assert!(screen.contains("read-only"), "{screen}");
    assert!(screen.contains("your draft is kept"), "{screen}");
    assert!(screen.contains("+442079460123"), "{screen}");
}
