//! Placing a call: one wish, one question, at most one call, and the person learns which.

use super::*;
use crate::call::{Failure, FailureKind, NewCall, Placement, Ticket, Violation};

pub(super) fn filled_form(app: &mut App) {
    act(app, Action::NewCall);
    write(app, "+61491570006");
    act(app, Action::NextField);
    write(app, "+61255501234");
    act(app, Action::NextField);
    act(app, Action::NextField);
    write(app, "https://app.example/handle-call");
}

pub(super) fn placed(app: &mut App) -> (WishId, NewCall) {
    act(app, Action::Place);
    assert_eq!(app.mode(), Mode::Confirm);
    let effects = act(app, Action::Yes);
    let Some(Effect::Place { wish, call, .. }) = effects.first().cloned() else {
        panic!("{effects:?}");
    };
    (wish, *call)
}

pub(super) fn report(app: &mut App, wish: WishId, placement: Placement) {
    let ticket = Ticket::new("ticket-1");
    app.update(Msg::Placement {
        wish,
        ticket,
        placement,
        at: start(),
    });
}

#[test]
fn a_call_is_placed_after_one_question_and_then_selected() {
    let mut app = console();
    arrive(&mut app, calls(0..3));
    filled_form(&mut app);
    let (wish, new_call) = placed(&mut app);
    assert_eq!(new_call.to, "+61491570006");
    report(
        &mut app,
        wish,
        Placement::Placed(Box::new(call(77, State::Queued))),
    );
    assert_eq!((app.mode(), selected(&app)), (Mode::Table, "00077"));
    arrive(&mut app, calls(80..85));
    assert_eq!(selected(&app), "00077", "it is followed");
    act(&mut app, Action::NewCall);
    let form = app.form().unwrap();
    assert!(form.line(Field::To).unwrap().is_empty());
    assert_eq!(form.line(Field::From).unwrap().text(), "+61255501234");
}

#[test]
fn the_question_is_answered_no_by_default() {
    let mut app = console();
    filled_form(&mut app);
    act(&mut app, Action::Place);
    assert_eq!(act(&mut app, Action::Choose), []);
    assert_eq!(app.mode(), Mode::Form);
    assert_eq!(
        app.form().unwrap().line(Field::To).unwrap().text(),
        "+61491570006"
    );
}

#[test]
fn nothing_is_sent_twice_while_the_first_is_under_way() {
    let mut app = console();
    filled_form(&mut app);
    placed(&mut app);
    for action in [
        Action::Place,
        Action::Yes,
        Action::NextField,
        Action::Choose,
    ] {
        assert_eq!(act(&mut app, action), [], "{action:?}");
    }
}

#[test]
fn a_refusal_stands_at_its_field_and_the_form_is_as_it_was() {
    let mut app = console();
    filled_form(&mut app);
    let (wish, _) = placed(&mut app);
    let violations = vec![Violation::new("call.from", "not a number of this project")];
    let failure = Failure::new(FailureKind::InvalidArgument { violations }, "refused");
    report(&mut app, wish, Placement::Refused(failure));
    assert_eq!(app.mode(), Mode::Form);
    let form = app.form().unwrap();
    assert_eq!(form.focus(), Field::From);
    assert!(
        form.remark(Field::From)
            .unwrap()
            .text
            .contains("not a number of this project")
    );
    assert_eq!(form.line(Field::To).unwrap().text(), "+61491570006");
}

#[test]
fn an_unknown_outcome_offers_the_form_again_only_when_there_is_no_trace() {
    let mut app = console();
    filled_form(&mut app);
    let (wish, _) = placed(&mut app);
    let failure = Failure::new(FailureKind::DeadlineExceeded, "");
    report(&mut app, wish, Placement::Unknown(failure.clone()));
    assert_eq!(app.mode(), Mode::Table);
    assert!(app.form().is_none());
    report(&mut app, wish, Placement::NoTrace(failure));
    act(&mut app, Action::NewCall);
    assert_eq!(
        app.form().unwrap().line(Field::To).unwrap().text(),
        "+61491570006"
    );
    assert!(app.form().unwrap().verdict().unwrap().contains("ticket-1"));
}

#[test]
fn a_second_call_to_the_same_number_is_asked_about() {
    let mut app = console();
    filled_form(&mut app);
    let (wish, _) = placed(&mut app);
    report(
        &mut app,
        wish,
        Placement::Placed(Box::new(call(77, State::Queued))),
    );
    act(&mut app, Action::Redial);
    act(&mut app, Action::Place);
    assert_eq!(
        app.confirm().unwrap().repeats.as_deref(),
        Some("this number was called less than a minute ago")
    );
    assert_eq!(act(&mut app, Action::Yes), []);
    let confirm = app.confirm().unwrap();
    assert_eq!(
        (confirm.question, confirm.lit),
        (Question::OnceMore, Choice::Cancel)
    );
    assert_eq!(act(&mut app, Action::Choose), [], "the answer is no");
    assert_eq!(app.mode(), Mode::Form);
    act(&mut app, Action::Place);
    act(&mut app, Action::Yes);
    let effects = act(&mut app, Action::Yes);
    assert!(matches!(effects.as_slice(), [Effect::Place { .. }]));
}

#[test]
fn a_draft_survives_a_second_report_and_another_form() {
    let mut app = console();
    filled_form(&mut app);
    let (wish, _) = placed(&mut app);
    let failure = Failure::new(FailureKind::Unavailable, "");
    report(&mut app, wish, Placement::Unknown(failure.clone()));
    report(&mut app, wish, Placement::Unknown(failure.clone()));
    act(&mut app, Action::NewCall);
    act(&mut app, Action::Back);
    report(&mut app, wish, Placement::NoTrace(failure));
    app.update(Msg::Tick(start() + TimeDelta::seconds(600)));
    act(&mut app, Action::NewCall);
    assert_eq!(
        app.form().unwrap().line(Field::To).unwrap().text(),
        "+61491570006"
    );
}

#[test]
fn a_number_with_an_unknown_outcome_is_asked_about_and_a_refused_one_is_not() {
    let failure = || Failure::new(FailureKind::Unavailable, "");
    for (placement, doubt) in [
        (
            Placement::Unknown(failure()),
            Some("the outcome of an earlier call to it is unknown"),
        ),
        (Placement::NotSent(failure()), None),
    ] {
        let mut app = console();
        filled_form(&mut app);
        let (wish, _) = placed(&mut app);
        report(&mut app, wish, placement);
        app.update(Msg::Tick(start() + TimeDelta::seconds(70)));
        if app.mode() != Mode::Form {
            act(&mut app, Action::NewCall);
            write(&mut app, "+61491570006");
        }
        act(&mut app, Action::Place);
        assert_eq!(app.confirm().unwrap().repeats.as_deref(), doubt);
    }
}

#[test]
fn leaving_with_a_wish_under_way_is_asked_for_twice() {
    let mut app = console();
    filled_form(&mut app);
    let (wish, _) = placed(&mut app);
    assert_eq!(act(&mut app, Action::Quit), []);
    assert!(app.notice().unwrap().text.contains("once more to leave"));
    act(&mut app, Action::Up);
    assert_eq!(act(&mut app, Action::Quit), []);
    assert_eq!(act(&mut app, Action::Quit), [Effect::Quit]);
    report(
        &mut app,
        wish,
        Placement::Placed(Box::new(call(7, State::Queued))),
    );
    assert_eq!(act(&mut app, Action::Quit), [Effect::Quit]);
}

#[test]
fn a_wish_that_settles_late_leaves_the_reader_where_he_is() {
    let mut app = console();
    arrive(&mut app, calls(0..3));
    filled_form(&mut app);
    let (wish, _) = placed(&mut app);
    report(
        &mut app,
        wish,
        Placement::Unknown(Failure::new(FailureKind::Unavailable, "")),
    );
    act(&mut app, Action::Down);
    act(&mut app, Action::Open);
    let before = selected(&app).to_owned();
    report(
        &mut app,
        wish,
        Placement::Placed(Box::new(call(77, State::Queued))),
    );
    assert_eq!(
        (selected(&app), app.mode()),
        (before.as_str(), Mode::Detail)
    );
}

#[test]
fn nothing_is_agreed_to_on_a_screen_that_is_too_small() {
    let mut app = console();
    filled_form(&mut app);
    act(&mut app, Action::Place);
    app.measure(Page {
        too_small: true,
        ..Page::default()
    });
    assert_eq!(act(&mut app, Action::Yes), []);
    assert_eq!(app.mode(), Mode::Confirm);
}

#[test]
fn a_draft_without_a_number_is_still_a_draft() {
    let mut app = console();
    arrive(&mut app, calls(0..3));
    act(&mut app, Action::NewCall);
    act(&mut app, Action::NextField);
    write(&mut app, "+61255501234");
    act(&mut app, Action::Back);
    act(&mut app, Action::NewCall);
    assert_eq!(
        app.form().unwrap().line(Field::From).unwrap().text(),
        "+61255501234"
    );
    act(&mut app, Action::Back);
    act(&mut app, Action::Redial);
    assert_eq!(
        app.form().unwrap().line(Field::From).unwrap().text(),
        "+61255501234"
    );
}

#[test]
fn a_draft_put_aside_is_still_there() {
    let mut app = console();
    arrive(&mut app, calls(0..3));
    act(&mut app, Action::NewCall);
    write(&mut app, "+6149");
    act(&mut app, Action::Back);
    act(&mut app, Action::Redial);
    assert_eq!(app.form().unwrap().line(Field::To).unwrap().text(), "+6149");
    assert!(app.notice().unwrap().text.contains("draft"));
}

#[test]
fn a_read_only_profile_has_no_way_to_place_a_call() {
    let mut app = App::new(Setup {
        read_only: true,
        ..setup()
    })
    .0;
    arrive(&mut app, calls(0..3));
    for action in [Action::NewCall, Action::Redial, Action::Place, Action::Yes] {
        act(&mut app, action);
        assert_eq!(app.mode(), Mode::Table, "{action:?}");
        assert!(app.form().is_none());
    }
    assert!(app.notice().unwrap().text.contains("read-only"));
}

#[test]
fn leaving_can_be_confirmed_in_the_palette_too() {
    let mut app = console();
    filled_form(&mut app);
    placed(&mut app);
    act(&mut app, Action::Back);
    let mut asked = Vec::new();
    for _ in 0..2 {
        act(&mut app, Action::Palette);
        write(&mut app, "quit");
        asked.push(act(&mut app, Action::Run));
    }
    assert_eq!(asked, [vec![], vec![Effect::Quit]]);
    assert_eq!(app.mode(), Mode::Table);
}

#[test]
fn a_placed_call_is_selected_although_the_list_is_still_on_its_way() {
    let mut app = console();
    arrive(
        &mut app,
        (0..60).map(|id| call(id, State::Failed)).collect(),
    );
    act(&mut app, Action::Bottom);
    filled_form(&mut app);
    let (wish, _) = placed(&mut app);
    app.list_in_slices_of(1);
    app.bar.set("failed, queued");
    app.filter_changed(&mut Vec::new());
    assert!(!app.table().is_whole());
    report(
        &mut app,
        wish,
        Placement::Placed(Box::new(call(100, State::Queued))),
    );
    assert_eq!(selected(&app), "00100");
}
