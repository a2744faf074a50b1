//! What stands between a wish and a call, and what is done about those whose outcome is open.

use rstest::rstest;

use super::placing::{filled_form, placed, report};
use super::*;
use crate::call::{
    Calling, DeniedPattern, Direction, Failure, FailureKind, NewCall, Options, Placement, Preset,
    TICKET_LABEL, Ticket, TicketLabel,
};

fn with(calling: Calling) -> App {
    App::new(Setup { calling, ..setup() }).0
}

fn preset(name: &str) -> Preset {
    let options = Options {
        handler_uris: vec![format!("https://{name}.example/")],
        ..Options::default()
    };
    Preset {
        name: name.to_owned(),
        call: NewCall {
            from: "+61255501234".to_owned(),
            options,
            ..NewCall::default()
        },
    }
}

fn two_presets() -> Calling {
    Calling {
        presets: vec![preset("support"), preset("sales")],
        default_preset: Some(0),
        ..Calling::default()
    }
}

fn unknown() -> Placement {
    Placement::Unknown(Failure::new(FailureKind::DeadlineExceeded, ""))
}

fn no_trace() -> Placement {
    Placement::NoTrace(Failure::new(FailureKind::DeadlineExceeded, ""))
}

#[test]
fn a_call_with_the_default_preset_takes_its_number_and_three_keys() {
    let mut app = with(two_presets());
    act(&mut app, Action::NewCall);
    write(&mut app, "+61491570006");
    act(&mut app, Action::Place);
    let effects = act(&mut app, Action::Yes);
    let [Effect::Place { call, .. }] = effects.as_slice() else {
        panic!("{effects:?}");
    };
    assert_eq!(
        (call.to.as_str(), call.from.as_str()),
        ("+61491570006", "+61255501234")
    );
    assert_eq!(call.options.handler_uris, ["https://support.example/"]);
}

#[test]
fn the_palette_calls_with_a_preset_and_leaves_a_draft_what_it_is() {
    let mut app = with(two_presets());
    act(&mut app, Action::NewCall);
    write(&mut app, "+61491570006");
    act(&mut app, Action::Back);
    act(&mut app, Action::Palette);
    write(&mut app, "with preset sales");
    act(&mut app, Action::Run);
    assert_eq!(app.mode(), Mode::Form);
    let wish = app.form().unwrap().new_call();
    assert_eq!(wish.to, "+61491570006");
    assert_eq!(wish.options.handler_uris, ["https://sales.example/"]);
}

#[test]
fn the_values_of_a_placed_call_are_kept_without_its_number_and_once() {
    let mut app = console();
    filled_form(&mut app);
    let (wish, _) = placed(&mut app);
    let ticket = Ticket::new("ticket-1");
    let told = || Msg::Placement {
        wish,
        ticket: ticket.clone(),
        placement: Placement::Placed(Box::new(call(77, State::Queued))),
        at: start(),
    };
    let effects = app.update(told());
    let [Effect::KeepValues(values)] = effects.as_slice() else {
        panic!("{effects:?}");
    };
    assert_eq!(
        (values.to.as_str(), values.from.as_str()),
        ("", "+61255501234")
    );
    act(&mut app, Action::NewCall);
    write(&mut app, "+61491570110");
    let (wish, call_again) = placed(&mut app);
    assert_eq!(call_again.options, values.options);
    let effects = app.update(Msg::Placement {
        wish,
        ticket,
        placement: unknown(),
        at: start(),
    });
    assert_eq!(effects, [], "they are the same");
}

#[test]
fn a_denied_number_is_refused_at_its_field_and_again_before_it_is_sent() {
    let mut app = console();
    filled_form(&mut app);
    act(&mut app, Action::Place);
    assert_eq!(app.mode(), Mode::Confirm);
    let pattern = DeniedPattern::parse("+61491*").unwrap();
    app.setup.calling.deny = [pattern].into_iter().collect();
    assert_eq!(act(&mut app, Action::Yes), []);
    assert_eq!((app.mode(), app.placings().len()), (Mode::Form, 0));
    assert!(
        app.notice()
            .unwrap()
            .text
            .contains("+61491* is on the deny list")
    );
}

#[test]
fn an_answer_counts_only_while_the_question_is_on_screen() {
    let mut app = console();
    filled_form(&mut app);
    act(&mut app, Action::Place);
    act(&mut app, Action::OtherChoice);
    act(&mut app, Action::Help);
    for action in [Action::Choose, Action::Yes, Action::OtherChoice, Action::No] {
        assert_eq!(act(&mut app, action), [], "{action:?}");
        assert_eq!(app.confirm().unwrap().lit, Choice::Place);
    }
    act(&mut app, Action::Help);
    assert!(matches!(
        act(&mut app, Action::Choose).as_slice(),
        [Effect::Place { .. }]
    ));
}

#[test]
fn a_call_of_an_earlier_run_counts_when_a_number_is_called_again() {
    let mut app = console();
    let mut other = call(0, State::Completed);
    other.create_time = Some(start() - TimeDelta::seconds(20));
    other.labels = [(TICKET_LABEL, "of another run")].into_iter().collect();
    arrive(&mut app, vec![other]);
    filled_form(&mut app);
    act(&mut app, Action::Place);
    assert!(app.confirm().unwrap().repeats.is_some());
    act(&mut app, Action::No);
    app.update(Msg::Tick(start() + TimeDelta::seconds(41)));
    act(&mut app, Action::Place);
    assert!(app.confirm().unwrap().repeats.is_none());
}

#[test]
fn without_the_permission_the_session_is_read_only_until_it_is_asked_anew() {
    let mut app = console();
    filled_form(&mut app);
    let (wish, _) = placed(&mut app);
    let kind = FailureKind::PermissionDenied {
        permission: Some("voice.calls.create".to_owned()),
    };
    report(&mut app, wish, Placement::Refused(Failure::new(kind, "")));
    let told = app.notice().unwrap().text.clone();
    assert!(told.contains("voice.calls.create not permitted"), "{told}");
    assert!(told.contains("your draft is kept"), "{told}");
    assert!(!app.may_place());
    act(&mut app, Action::Place);
    assert_eq!(app.mode(), Mode::Form, "nothing is asked");
    act(&mut app, Action::Back);
    act(&mut app, Action::NewCall);
    let form = app.form().unwrap();
    assert_eq!(form.line(Field::To).unwrap().text(), "+61491570006");
    assert!(form.verdict().unwrap().contains("voice.calls.create"));
    act(&mut app, Action::Back);
    act(&mut app, Action::Refresh);
    act(&mut app, Action::NewCall);
    act(&mut app, Action::Place);
    assert_eq!(app.mode(), Mode::Confirm);
}

#[test]
fn a_redial_that_was_not_permitted_is_kept_as_a_draft() {
    let mut app = console();
    let mut placed_before = call(1, State::Completed);
    let options = Options {
        handler_uris: vec!["https://app.example/".to_owned()],
        ..Options::default()
    };
    placed_before.options = Some(Box::new(options));
    placed_before.direction = Direction::Outgoing;
    placed_before.to = "+61491570006".into();
    placed_before.from = "+61255501234".into();
    arrive(&mut app, vec![placed_before]);
    act(&mut app, Action::Redial);
    let (wish, wanted) = placed(&mut app);
    let kind = FailureKind::PermissionDenied { permission: None };
    report(&mut app, wish, Placement::Refused(Failure::new(kind, "")));
    act(&mut app, Action::Back);
    act(&mut app, Action::NewCall);
    assert_eq!(app.mode(), Mode::Form);
    assert_eq!(app.form().unwrap().new_call(), wanted);
}

#[test]
fn without_the_permission_and_without_a_draft_there_is_no_form() {
    let mut app = console();
    arrive(&mut app, calls(0..3));
    app.heed_refusal(&Failure::new(
        FailureKind::PermissionDenied { permission: None },
        "",
    ));
    for action in [Action::NewCall, Action::Redial] {
        act(&mut app, action);
        assert_eq!((app.mode(), app.form().is_none()), (Mode::Table, true));
        assert!(app.notice().unwrap().text.contains("read-only since"));
    }
}

#[test]
fn a_private_caller_is_not_called_back_and_no_form_opens() {
    let mut app = console();
    let mut private = call(1, State::Completed);
    private.direction = Direction::Incoming;
    private.is_private = true;
    arrive(&mut app, vec![private]);
    act(&mut app, Action::Redial);
    assert_eq!((app.mode(), app.form().is_none()), (Mode::Table, true));
    assert!(app.notice().unwrap().text.contains("withheld"));
}

#[test]
fn one_step_back_shows_the_placed_call_that_the_filter_hides() {
    let mut app = console();
    arrive(&mut app, calls(0..20));
    app.bar.set("failed");
    app.filter_changed(&mut Vec::new());
    filled_form(&mut app);
    let (wish, _) = placed(&mut app);
    report(
        &mut app,
        wish,
        Placement::Placed(Box::new(call(5_000, State::Queued))),
    );
    assert!(app.notice().unwrap().text.contains("esc shows it"));
    act(&mut app, Action::Back);
    assert_eq!((selected(&app), app.bar().line().text()), ("05000", ""));
}

#[test]
fn whoever_waits_for_an_unknown_outcome_is_led_to_the_call_when_it_is_found() {
    let mut app = console();
    arrive(&mut app, calls(0..3));
    filled_form(&mut app);
    let (wish, _) = placed(&mut app);
    report(&mut app, wish, unknown());
    report(
        &mut app,
        wish,
        Placement::Placed(Box::new(call(77, State::Queued))),
    );
    assert_eq!((app.mode(), selected(&app)), (Mode::Table, "00077"));
}

#[test]
fn a_lost_call_is_placed_again_from_the_list_and_names_its_ticket() {
    let mut app = console();
    filled_form(&mut app);
    let (wish, _) = placed(&mut app);
    report(&mut app, wish, unknown());
    act(&mut app, Action::Placements);
    assert_eq!(app.mode(), Mode::Placements);
    act(&mut app, Action::PlaceAgain);
    assert_eq!(app.mode(), Mode::Placements, "not while it is looked for");
    assert!(app.notice().unwrap().text.contains("do not place it again"));
    report(&mut app, wish, no_trace());
    act(&mut app, Action::PlaceAgain);
    assert_eq!(app.mode(), Mode::Form);
    act(&mut app, Action::Place);
    let effects = act(&mut app, Action::Yes);
    let [Effect::Place { follows, call, .. }] = effects.as_slice() else {
        panic!("{effects:?}");
    };
    assert_eq!(follows.as_ref(), Some(&Ticket::new("ticket-1")));
    assert_eq!(call.to, "+61491570006");
}

#[test]
fn the_list_keeps_its_cursor_and_leads_to_the_call() {
    let mut app = console();
    for id in 0..3 {
        act(&mut app, Action::NewCall);
        if id == 0 {
            act(&mut app, Action::Back);
            filled_form(&mut app);
        } else {
            write(&mut app, "+61491570006");
        }
        act(&mut app, Action::Place);
        act(&mut app, Action::Yes);
        let wish = WishId(id + 1);
        if app.confirm().is_some() {
            act(&mut app, Action::Yes);
        }
        let made = call(70 + id, State::Queued);
        report(&mut app, wish, Placement::Placed(Box::new(made)));
    }
    app.bar.set("failed");
    app.filter_changed(&mut Vec::new());
    act(&mut app, Action::Placements);
    act(&mut app, Action::Down);
    assert_eq!(app.placement_position(), 1);
    act(&mut app, Action::Open);
    assert_eq!((app.mode(), selected(&app)), (Mode::Table, "00071"));
}

#[rstest]
#[case::over_the_table(false)]
#[case::over_the_form(true)]
fn whoever_leaves_with_an_open_wish_sees_which_and_can_stay(#[case] in_form: bool) {
    let mut app = console();
    filled_form(&mut app);
    let (wish, _) = placed(&mut app);
    if in_form {
        report(&mut app, wish, Placement::Sending);
    } else {
        report(&mut app, wish, unknown());
    }
    let before = app.mode();
    assert_eq!(act(&mut app, Action::Quit), []);
    assert_eq!((app.mode(), app.is_leaving()), (Mode::Placements, true));
    let told = app.farewells();
    assert!(
        told[0].contains("+61491570006") && told[0].contains("ticket-1"),
        "{told:?}"
    );
    assert!(told[0].contains("switchboard list --filter 'label.switchboard-ticket = ticket-1'"));
    let (_, filter) = told[0].split_once("--filter '").unwrap();
    let (filter, _) = filter.split_once('\'').unwrap();
    assert!(crate::filter::Search::parse(filter).is_ok(), "{filter}");
    act(&mut app, Action::Back);
    assert_eq!((app.mode(), app.is_leaving()), (before, false));
    act(&mut app, Action::Quit);
    assert_eq!(act(&mut app, Action::Quit), [Effect::Quit]);
}

#[test]
fn without_tickets_nothing_is_said_to_be_found_by_one_nor_to_be_likely() {
    let mut app = with(Calling {
        label: TicketLabel::LeftOut,
        ..Calling::default()
    });
    filled_form(&mut app);
    let (wish, _) = placed(&mut app);
    report(&mut app, wish, unknown());
    let told = app.farewells();
    assert!(
        told[0].contains("switchboard list --filter 'to = +61491570006'"),
        "{told:?}"
    );
    assert!(crate::filter::Search::parse("to = +61491570006").is_ok());
    assert!(!app.placings()[0].advice().contains("ticket"));
    report(&mut app, wish, no_trace());
    let told = app.notice().unwrap().text.clone();
    assert!(told.contains("P says why, n opens its form"), "{told}");
    for told in [told.as_str(), app.placings()[0].advice()] {
        assert!(!told.contains("likely"), "{told}");
    }
}

#[test]
fn the_notice_of_a_lost_call_leads_to_its_form_and_not_to_another() {
    let mut app = console();
    filled_form(&mut app);
    let (first, _) = placed(&mut app);
    report(&mut app, first, unknown());
    act(&mut app, Action::NewCall);
    write(&mut app, "+61491570156");
    report(&mut app, first, no_trace());
    let told = &app.notice().unwrap().text;
    assert!(!told.contains("n opens"), "another draft is open: {told}");
}

#[test]
fn nothing_is_forgotten_of_a_session_but_the_oldest_of_very_many() {
    let mut app = console();
    filled_form(&mut app);
    for id in 1..=300 {
        act(&mut app, Action::Place);
        act(&mut app, Action::Yes);
        let failure = Failure::new(FailureKind::Unavailable, "");
        report(&mut app, WishId(id), Placement::NotSent(failure));
    }
    assert_eq!(app.placings().len(), 200);
    assert_eq!(app.placings()[0].wish, WishId(101));
}
