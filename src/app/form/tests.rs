//! The form says what is wrong at its field, and sends exactly what was written.

use rstest::rstest;

use super::*;
use crate::call::{Call, CallName, Calling, Direction, check_new_call};

fn write(form: &mut Form, field: Field, text: &str) {
    form.go(field);
    form.edit(&Edit::Insert(text.to_owned()));
}

fn filled() -> Form {
    let mut form = Form::new();
    write(&mut form, Field::To, "+61491570006");
    write(&mut form, Field::From, "+61255501234");
    write(
        &mut form,
        Field::Handler(0),
        "https://app.example/handle-call",
    );
    form
}

fn weight(form: &Form, field: Field) -> Option<Weight> {
    form.remark(field).map(|remark| remark.weight)
}

#[test]
fn a_fresh_form_blames_nobody() {
    let form = Form::new();
    for field in form.fields() {
        assert_eq!(form.remark(field), None, "{field:?}");
    }
}

#[test]
fn sending_an_empty_form_goes_to_the_first_missing_field_and_marks_all() {
    let mut form = Form::new();
    form.go(Field::Timeout);
    assert_eq!(form.finish(), None);
    assert_eq!(form.focus(), Field::To);
    for field in [Field::To, Field::From, Field::Handler(0)] {
        assert_eq!(weight(&form, field), Some(Weight::Wrong), "{field:?}");
    }
}

#[rstest]
#[case::to_without_plus(Field::To, "0491570006", "+ and its country code")]
#[case::to_with_letters(Field::To, "+61 abc", "not a digit")]
#[case::to_too_short(Field::To, "+61491", "too short")]
#[case::to_impossible(Field::To, "+99912345678", "no country")]
#[case::from_too_long(Field::From, "+614915700061234567", "15 digits")]
#[case::handler_scheme(Field::Handler(0), "ftp://x.example", "not supported")]
#[case::handler_relative(Field::Handler(0), "/handle", "absolute")]
#[case::second_handler(Field::Handler(1), "nonsense", "absolute")]
#[case::webhook(Field::StateUpdate, "sip:a@b.example", "http or https")]
#[case::timeout_high(Field::Timeout, "601", "1 to 600")]
#[case::timeout_zero(Field::Timeout, "0", "1 to 600")]
#[case::timeout_text(Field::Timeout, "soon", "not a number")]
#[case::recording_webhook(Field::RecordingReady, "x", "absolute")]
#[case::transcript_webhook(Field::TranscriptionReady, "x", "absolute")]
#[case::label_without_value(Field::Label(0), "campaign", "key = value")]
#[case::label_without_key(Field::Label(0), "= spring", "needs a key")]
#[case::label_of_ours(Field::Label(0), "switchboard-ticket = x", "own")]
fn each_invalid_field_says_why(#[case] field: Field, #[case] text: &str, #[case] reason: &str) {
    let mut form = filled();
    if let Some(line) = form.line_mut(field) {
        line.clear();
    }
    write(&mut form, field, text);
    let remark = form.remark(field).unwrap();
    assert_eq!(remark.weight, Weight::Wrong, "{}", remark.text);
    assert!(remark.text.contains(reason), "{}", remark.text);
    form.go(Field::Place);
    assert_eq!(form.finish(), None);
    assert_eq!(form.focus(), field);
}

#[test]
fn numbers_are_taken_in_any_usual_spelling_and_say_where_they_are() {
    let mut form = filled();
    form.line_mut(Field::To).unwrap().clear();
    write(&mut form, Field::To, "+61 (491) 570-006 ");
    let remark = form.remark(Field::To).unwrap();
    assert_eq!(
        (remark.weight, remark.text.as_str()),
        (Weight::Fact, "AU · 0491 570 006")
    );
    assert_eq!(form.finish().unwrap().to, "+61491570006");
}

#[test]
fn a_transcription_without_recording_is_refused_and_its_cure_is_named() {
    let mut form = filled();
    form.go(Field::Transcribe);
    form.choose(true);
    assert!(
        form.remark(Field::Transcribe)
            .unwrap()
            .text
            .contains("recording")
    );
    form.go(Field::Trigger);
    form.choose(true);
    assert_eq!(form.remark(Field::Transcribe), None);
    let recording = form.finish().unwrap().options.recording.unwrap();
    assert_eq!(recording.trigger, Trigger::Answer);
    assert_eq!(recording.transcribe, Transcribe::Default);
}

#[test]
fn rows_for_handlers_and_labels_grow_up_to_their_bounds() {
    let mut form = Form::new();
    for row in 0..7 {
        write(&mut form, Field::Handler(row), "https://a.example/");
    }
    assert_eq!(form.new_call().options.handler_uris.len(), 5);
    for row in 0..60 {
        write(&mut form, Field::Label(row), &format!("k{row} = v"));
    }
    assert_eq!(form.new_call().labels.len(), 49);
    assert_eq!(weight(&form, Field::Label(0)), None);
}

#[test]
fn labels_given_twice_or_too_long_are_refused() {
    let mut form = filled();
    write(&mut form, Field::Label(0), "a = 1");
    write(&mut form, Field::Label(1), "a = 2");
    assert!(form.remark(Field::Label(1)).unwrap().text.contains("twice"));
    let mut form = filled();
    write(
        &mut form,
        Field::Label(0),
        &format!("a = {}", "x".repeat(9_950)),
    );
    assert!(form.remark(Field::Label(0)).unwrap().text.contains("10000"));
}

#[test]
fn what_the_service_refuses_stands_at_its_field_until_the_field_changes() {
    let mut form = filled();
    write(&mut form, Field::Handler(1), "https://b.example/");
    form.sending(WishId(1));
    let violation = Violation::new("call.options.handler_uris[1]", "host is not reachable");
    form.refused("request refused".to_owned(), &[violation]);
    assert_eq!(form.focus(), Field::Handler(1));
    assert_eq!(form.stage(), &Stage::Writing);
    let remark = form.remark(Field::Handler(1)).unwrap();
    assert_eq!(remark.text, "the service says: host is not reachable");
    form.edit(&Edit::Backspace);
    assert_eq!(form.remark(Field::Handler(1)), None);
    assert_eq!(form.verdict(), None);
}

#[test]
fn a_call_received_is_called_back() {
    let mut call = Call::new(CallName::new("projects/demo/calls/1"));
    call.direction = Direction::Incoming;
    call.from = "+61491570006".into();
    call.to = "+61255501100".into();
    let again = |call: &Call| Form::redial(call, &Calling::default()).unwrap().new_call();
    let wish = again(&call);
    assert_eq!(
        (wish.to.as_str(), wish.from.as_str()),
        ("+61491570006", "+61255501100")
    );
    call.direction = Direction::Outgoing;
    assert_eq!(again(&call).to, "+61255501100");
}

#[test]
fn a_wish_goes_through_the_form_unchanged() {
    let wish = NewCall {
        to: "+61491570006".to_owned(),
        from: "+61255501234".to_owned(),
        is_private: true,
        labels: [("campaign", "spring"), ("x", "a = b")]
            .into_iter()
            .collect(),
        options: Options {
            handler_uris: vec![
                "https://a.example/".to_owned(),
                "sip:a@b.example".to_owned(),
            ],
            state_update_uri: "https://a.example/state".to_owned(),
            timeout_seconds: 45,
            recording: Some(RecordingConfig {
                trigger: Trigger::Bridge,
                post_processing: vec![PostProcessing::TrimSilence],
                recording_ready_uri: "https://a.example/recording".to_owned(),
                transcribe: Transcribe::Default,
                transcription_ready_uri: "https://a.example/transcript".to_owned(),
            }),
        },
    };
    let mut form = Form::of(&wish);
    assert_eq!(form.finish(), Some(wish.clone()));
    assert_eq!(check_new_call(&wish), []);
}
