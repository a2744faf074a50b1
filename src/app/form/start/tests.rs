//! A form begins with a preset or the last values, and what somebody has typed is theirs.

use rstest::rstest;

use super::*;
use crate::app::form::{Field, Weight};
use crate::app::msg::Edit;
use crate::call::{CallName, DeniedPattern, Preset, RecordingConfig, Trigger};

fn preset(name: &str, from: &str, handlers: &[&str]) -> Preset {
    Preset {
        name: name.to_owned(),
        call: NewCall {
            from: from.to_owned(),
            labels: [("team", name)].into_iter().collect(),
            options: Options {
                handler_uris: handlers.iter().map(|it| (*it).to_owned()).collect(),
                ..Options::default()
            },
            ..NewCall::default()
        },
    }
}

fn calling() -> Calling {
    let mut recorded = preset("sales", "+61255509999", &["https://sales.example/"]);
    recorded.call.options.recording = Some(RecordingConfig {
        trigger: Trigger::Answer,
        ..RecordingConfig::default()
    });
    recorded.call.options.timeout_seconds = 45;
    Calling {
        presets: vec![
            preset("support", "+61255501234", &["https://support.example/"]),
            recorded,
        ],
        default_preset: Some(0),
        deny: [DeniedPattern::parse("+1900*").unwrap()]
            .into_iter()
            .collect(),
        ..Calling::default()
    }
}

fn write(form: &mut Form, field: Field, text: &str) {
    form.go(field);
    form.edit(&Edit::Insert(text.to_owned()));
}

fn held(form: &Form) -> &str {
    let (choices, at) = form.choices(Field::Preset).unwrap();
    choices[at]
}

#[test]
fn a_form_begins_with_the_default_preset_and_is_no_draft_yet() {
    let mut form = Form::begin(&calling());
    assert_eq!((held(&form), form.is_dirty()), ("support", false));
    assert_eq!(form.focus(), Field::To);
    write(&mut form, Field::To, "+61491570006");
    let wish = form.finish().unwrap();
    assert_eq!(wish.from, "+61255501234");
    assert_eq!(wish.options.handler_uris, ["https://support.example/"]);
    assert_eq!(wish.labels.get("team"), Some("support"));
}

#[test]
fn without_a_default_the_last_values_are_the_beginning_and_without_these_nothing() {
    let last = preset("x", "+61255507777", &["https://last.example/"]).call;
    let mut calling = Calling {
        default_preset: None,
        last: Some(last),
        ..calling()
    };
    let form = Form::begin(&calling);
    assert_eq!(
        (held(&form), form.new_call().from.as_str()),
        ("last call", "+61255507777")
    );
    calling.last = None;
    assert_eq!(held(&Form::begin(&calling)), "none");
    let fields = Form::begin(&Calling::default()).fields();
    assert!(
        !fields.contains(&Field::Preset),
        "there is nothing to choose"
    );
}

#[test]
fn another_preset_changes_only_what_nobody_has_typed() {
    let mut form = Form::begin(&calling());
    write(&mut form, Field::To, "+61491570006");
    write(&mut form, Field::Timeout, "20");
    form.go(Field::From);
    form.edit(&Edit::DeleteToStart);
    form.edit(&Edit::Insert("+61255500000".to_owned()));
    form.go(Field::Preset);
    form.choose(true);
    assert_eq!(held(&form), "sales");
    let wish = form.new_call();
    assert_eq!(
        (wish.to.as_str(), wish.from.as_str()),
        ("+61491570006", "+61255500000")
    );
    assert_eq!(wish.options.timeout_seconds, 20);
    assert_eq!(wish.options.handler_uris, ["https://sales.example/"]);
    assert_eq!(wish.labels.get("team"), Some("sales"));
    assert_eq!(wish.options.recording.unwrap().trigger, Trigger::Answer);
    form.choose(true);
    let wish = form.new_call();
    assert_eq!((held(&form), wish.options.recording), ("none", None));
    assert_eq!(wish.options.handler_uris, [""; 0]);
    assert_eq!(
        (wish.from.as_str(), wish.options.timeout_seconds),
        ("+61255500000", 20)
    );
}

#[test]
fn every_preset_comes_round_again_and_to_look_through_them_makes_no_draft() {
    let mut form = Form::begin(&calling());
    let mut seen = Vec::new();
    for _ in 0..3 {
        form.choose(true);
        seen.push(held(&form).to_owned());
        assert!(!form.is_dirty());
    }
    assert_eq!(seen, ["sales", "none", "support"]);
    assert_eq!(form.new_call(), Form::begin(&calling()).new_call());
    form.choose(false);
    assert_eq!(held(&form), "none");
    form.take_preset("sales");
    assert_eq!(held(&form), "sales");
    form.take_preset("gone");
    assert_eq!(held(&form), "sales");
}

#[test]
fn clearing_the_form_leaves_nothing_but_the_choice() {
    let mut form = Form::begin(&calling());
    write(&mut form, Field::To, "+19005550123");
    form.clear();
    assert_eq!((held(&form), form.is_dirty()), ("none", false));
    assert_eq!(form.new_call(), Form::new().new_call());
    write(&mut form, Field::To, "+19005550123");
    form.go(Field::From);
    assert_eq!(form.remark(Field::To).unwrap().weight, Weight::Wrong);
}

#[test]
fn what_was_cleared_comes_back_with_its_preset_and_the_ticket_that_it_follows() {
    let mut form = Form::begin(&calling());
    form.clear();
    form.edit(&Edit::Undo);
    assert_eq!((held(&form), form.is_dirty()), ("support", false));
    write(&mut form, Field::To, "+61491570006");
    form.follow(Ticket::new("lost"));
    form.clear();
    form.edit(&Edit::Undo);
    assert_eq!(form.follows("+61491570006"), Some(&Ticket::new("lost")));
    form.choose(true);
    let wish = form.new_call();
    assert_eq!(held(&form), "sales");
    assert_eq!(wish.options.handler_uris, ["https://sales.example/"]);
    assert_eq!(wish.to, "+61491570006");
}

#[test]
fn the_cursor_stays_on_a_field_when_a_preset_has_fewer_rows() {
    let mut many = calling();
    many.presets[0].call.options.handler_uris =
        (0..5).map(|n| format!("https://{n}.example/")).collect();
    let mut form = Form::begin(&many);
    form.go(Field::Handler(4));
    form.choose(true);
    assert_eq!((held(&form), form.focus()), ("sales", Field::Handler(1)));
    form.step(true);
    assert_eq!(form.focus(), Field::StateUpdate);
}

#[test]
fn rows_that_changed_places_before_another_preset_came_are_not_lost_by_undoing() {
    let mut many = calling();
    let uris = ["https://0.example/", "https://1.example/"].map(str::to_owned);
    many.presets[0].call.options.handler_uris = uris.to_vec();
    let mut form = Form::begin(&many);
    form.go(Field::Handler(0));
    form.move_row(true);
    form.move_row(false);
    form.take_preset("sales");
    form.take_preset("support");
    for _ in 0..2 {
        form.edit(&Edit::Undo);
    }
    assert_eq!(form.new_call().options.handler_uris, uris);
}

#[test]
fn what_was_refused_is_a_draft_also_where_nobody_has_typed() {
    let placed = call(Direction::Outgoing, "+61255501100", "+61491570006");
    let mut form = Form::redial(&placed, &calling()).unwrap();
    assert!(!form.is_dirty());
    form.refused("not placed".to_owned(), &[]);
    assert!(form.is_dirty());
}

#[test]
fn what_a_call_has_that_cannot_be_taken_over_is_said_until_something_else_stands_there() {
    let mut placed = call(Direction::Outgoing, "+61255501100", "+61491570006");
    placed.options = Some(Box::new(Options {
        handler_uris: vec!["https://a.example/\nx".to_owned()],
        recording: Some(RecordingConfig {
            trigger: Trigger::Other(7),
            ..RecordingConfig::default()
        }),
        ..Options::default()
    }));
    let mut form = Form::redial(&placed, &calling()).unwrap();
    let said = form.remark(Field::Trigger).unwrap().text;
    assert!(said.contains("has 7 here"), "{said}");
    assert!(form.altered.contains_key(&Field::Handler(0)));
    form.take_preset("sales");
    assert!(form.altered.contains_key(&Field::Handler(0)), "it is kept");
    form.clear();
    form.take_preset("sales");
    assert_eq!(form.remark(Field::Trigger), None);
}

#[rstest]
#[case::emergency(Field::To, "112", "112 is an emergency number")]
#[case::emergency_of_the_country(Field::To, "+61 000", "000 is an emergency number")]
#[case::on_the_list(Field::To, "+1 (900) 555-0123", "+1900* is on the deny list")]
#[case::as_a_handler(Field::Handler(1), "tel:+19005550123", "+1900* is on the deny list")]
fn what_is_not_called_says_so_at_its_field(
    #[case] field: Field,
    #[case] text: &str,
    #[case] told: &str,
) {
    let mut form = Form::begin(&calling());
    if field != Field::To {
        write(&mut form, Field::To, "+61491570006");
    }
    write(&mut form, field, text);
    let remark = form.remark(field).unwrap();
    // More digits may make another number of it.
    assert_eq!(remark.weight, Weight::Hint);
    assert!(remark.text.contains(told), "{}", remark.text);
    assert_eq!(form.finish(), None);
    assert_eq!(form.focus(), field);
    assert_eq!(form.remark(field).unwrap().weight, Weight::Wrong);
    assert_eq!(form.wish(), None);
}

fn call(direction: Direction, from: &str, to: &str) -> Call {
    let mut call = Call::new(CallName::new("projects/demo/calls/1"));
    call.direction = direction;
    call.from = from.into();
    call.to = to.into();
    call
}

#[test]
fn a_call_received_is_called_back_with_what_a_new_form_has() {
    let received = call(Direction::Incoming, "+61491570006", "+61255501100");
    let wish = Form::redial(&received, &calling()).unwrap().new_call();
    assert_eq!(
        (wish.to.as_str(), wish.from.as_str()),
        ("+61491570006", "+61255501100")
    );
    assert_eq!(wish.options.handler_uris, ["https://support.example/"]);
}

#[test]
fn a_call_placed_keeps_its_handlers_recording_and_labels_and_loses_its_ticket() {
    let mut placed = call(Direction::Outgoing, "+61255501100", "+61491570006");
    placed.labels = [("campaign", "spring"), (TICKET_LABEL, "x")]
        .into_iter()
        .collect();
    placed.is_private = true;
    let options = Options {
        handler_uris: vec!["https://its-own.example/".to_owned()],
        recording: Some(RecordingConfig {
            trigger: Trigger::Bridge,
            ..RecordingConfig::default()
        }),
        ..Options::default()
    };
    placed.options = Some(Box::new(options));
    let mut form = Form::redial(&placed, &calling()).unwrap();
    assert_eq!(held(&form), "none", "it is not the preset that is placed");
    let wish = form.new_call();
    assert_eq!((wish.to.as_str(), wish.is_private), ("+61491570006", true));
    assert_eq!(wish.options.handler_uris, ["https://its-own.example/"]);
    assert_eq!(wish.options.recording.unwrap().trigger, Trigger::Bridge);
    let labels: Vec<_> = wish.labels.iter().collect();
    assert_eq!(labels, [("campaign", "spring")]);
    // What the call has brought is nothing that a preset may change.
    form.choose(true);
    assert_eq!(
        form.new_call().options.handler_uris,
        ["https://its-own.example/"]
    );
}

#[test]
fn a_call_placed_without_labels_is_placed_again_without_labels() {
    let mut placed = call(Direction::Outgoing, "+61255501100", "+61491570006");
    placed.options = Some(Box::new(Options {
        handler_uris: vec!["https://its-own.example/".to_owned()],
        ..Options::default()
    }));
    let form = Form::redial(&placed, &calling()).unwrap();
    assert_eq!(form.new_call().labels, Labels::default());
}

#[rstest]
#[case::withheld("", true, "withheld the number")]
#[case::nothing("", false, "no number")]
#[case::sip("sip:100@pbx.example", false, "SIP address")]
#[case::odd("anonymous", false, "no telephone number")]
fn whoever_cannot_be_called_back_is_told_of(
    #[case] from: &str,
    #[case] private: bool,
    #[case] told: &str,
) {
    let mut received = call(Direction::Incoming, from, "+61255501100");
    received.is_private = private;
    let why = Form::redial(&received, &calling()).unwrap_err();
    assert!(why.contains(told), "{why}");
}

#[test]
fn a_sip_party_of_ones_own_leaves_the_number_of_the_preset() {
    let received = call(Direction::Incoming, "+61491570006", "sip:100@pbx.example");
    let wish = Form::redial(&received, &calling()).unwrap().new_call();
    assert_eq!(wish.from, "+61255501234");
}

#[test]
fn a_form_follows_a_lost_ticket_only_to_the_same_number() {
    let mut form = Form::begin(&calling());
    write(&mut form, Field::To, "+61 491 570 006");
    form.follow(Ticket::new("lost"));
    assert_eq!(form.follows("+61491570006"), Some(&Ticket::new("lost")));
    assert_eq!(form.follows("+61491570156"), None);
    form.clear();
    assert_eq!(form.follows("+61491570006"), None);
}
