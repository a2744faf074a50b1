//! Wishes that an earlier run has left unknown: told with their time, counted, and settled like others.

use rstest::rstest;

use super::*;
use crate::call::{Failure, FailureKind, NewCall, Placement, Ticket};

fn failure() -> Failure {
    Failure {
        kind: FailureKind::Cancelled,
        message: "an earlier run ended before it was answered".to_owned(),
        may_have_happened: true,
    }
}

fn left(app: &mut App, number: usize, placement: Placement) {
    let call = NewCall {
        to: format!("+6149157000{number}"),
        from: "+61255501234".to_owned(),
        ..NewCall::default()
    };
    app.update(Msg::Recovered {
        ticket: Ticket::new(format!("ticket-{number}")),
        call: Box::new(call),
        since: start() - TimeDelta::minutes(7),
        placement,
        at: start(),
    });
}

fn told(app: &App) -> String {
    app.notice()
        .map(|notice| notice.text.clone())
        .unwrap_or_default()
}

#[test]
fn what_an_earlier_run_left_unknown_is_told_with_its_time_and_counted() {
    let mut app = console();
    left(&mut app, 1, Placement::Unknown(failure()));
    let told_of_one = told(&app);
    let minute = (start() - TimeDelta::minutes(7))
        .format("%H:%M")
        .to_string();
    assert!(told_of_one.contains(&format!("unknown since {minute} (an earlier run)")));
    assert!(told_of_one.starts_with("+61491570001"), "{told_of_one}");
    assert!(matches!(app.placings()[0].placement, Placement::Unknown(_)));
    left(&mut app, 2, Placement::Unknown(failure()));
    left(&mut app, 2, Placement::Unknown(failure()));
    assert!(
        told(&app).starts_with("2 calls of an earlier run"),
        "{}",
        told(&app)
    );
    assert_eq!(app.placings().len(), 2);
    // It is not left without a warning.
    assert_eq!(act(&mut app, Action::Quit), []);
}

#[test]
fn what_is_found_joins_the_list_and_leaves_the_person_where_they_are() {
    let mut app = console();
    arrive(&mut app, calls(0..3));
    act(&mut app, Action::Down);
    let before = selected(&app).to_owned();
    left(&mut app, 1, Placement::Unknown(failure()));
    left(
        &mut app,
        1,
        Placement::Placed(Box::new(call(77, State::Queued))),
    );
    assert!(told(&app).contains("(an earlier run)"), "{}", told(&app));
    assert_eq!(selected(&app), before);
    assert!(app.placings()[0].placement.is_settled());
    assert!(matches!(act(&mut app, Action::Quit)[..], [Effect::Quit]));
}

#[rstest]
#[case::no_trace(Placement::NoTrace(failure()), "no trace")]
#[case::not_sent(Placement::NotSent(failure()), "not placed")]
fn what_made_no_call_is_told(#[case] end: Placement, #[case] words: &str) {
    let mut app = console();
    left(&mut app, 1, Placement::Unknown(failure()));
    left(&mut app, 1, end);
    assert!(told(&app).contains(words), "{}", told(&app));
}

#[test]
fn where_there_was_no_trace_the_form_opens_with_what_was_wished() {
    let mut app = console();
    left(&mut app, 1, Placement::Unknown(failure()));
    left(&mut app, 1, Placement::NoTrace(failure()));
    act(&mut app, Action::NewCall);
    let form = app.form().unwrap();
    assert_eq!(form.line(Field::To).unwrap().text(), "+61491570001");
}
