//! The form says what is wrong at its field, and sends exactly what was written.

use rstest::rstest;

use super::super::msg::Edit;
use super::*;
use crate::call::{
    Call, CallName, Calling, Direction, Options, PostProcessing, RecordingConfig, Transcribe,
    check_new_call,
};

mod lists;
mod typing;

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

/// Writes into a filled form in place of what stands there, and goes on to the button.
fn done(field: Field, text: &str) -> Form {
    let mut form = filled();
    form.go(field);
    form.edit(&Edit::End);
    form.edit(&Edit::DeleteToStart);
    write(&mut form, field, text);
    form.go(Field::Place);
    form
}

#[rstest]
#[case::to_missing(Field::To, "", "a number is needed")]
#[case::to_without_plus_or_home(Field::To, "61491570006", "write the +")]
#[case::to_with_letters(Field::To, "+61 abc", "not a digit")]
#[case::to_too_short(Field::To, "+61491", "too short")]
#[case::to_impossible(Field::To, "+99912345678", "no country")]
#[case::to_is_no_telephone(Field::To, "sip:a@b.example", "not a digit")]
#[case::from_missing(Field::From, "", "a number is needed")]
#[case::from_too_long(Field::From, "+614915700061234567", "15 digits")]
#[case::handler_missing(Field::Handler(0), "", "at least one")]
#[case::handler_scheme(Field::Handler(0), "ftp://x.example", "not supported")]
#[case::handler_relative(Field::Handler(0), "/handle", "absolute")]
#[case::handler_without_host(Field::Handler(0), "https://", "not a URI")]
#[case::handler_blank(Field::Handler(0), "https://a.example/a b", "no blanks")]
#[case::handler_tel(Field::Handler(0), "tel:12", "with + and its country code")]
#[case::handler_sip(Field::Handler(0), "sip:@host", "sip:user@domain")]
#[case::second_handler(Field::Handler(1), "nonsense", "absolute")]
#[case::webhook(Field::StateUpdate, "sip:a@b.example", "http or https")]
#[case::webhook_relative(Field::StateUpdate, "state", "absolute")]
#[case::timeout_high(Field::Timeout, "601", "1 to 600")]
#[case::timeout_minutes(Field::Timeout, "11m", "1 to 600")]
#[case::timeout_huge(Field::Timeout, "99999999999999999999", "1 to 600")]
#[case::timeout_zero(Field::Timeout, "0", "1 to 600")]
#[case::timeout_negative(Field::Timeout, "-1", "1 to 600")]
#[case::timeout_text(Field::Timeout, "soon", "not a number")]
#[case::timeout_unit(Field::Timeout, "30 h", "not a number")]
#[case::label_without_key(Field::LabelValue(0), "spring", "needs a key")]
#[case::label_of_ours(Field::LabelKey(0), "switchboard-ticket", "own")]
fn each_invalid_field_says_why(#[case] field: Field, #[case] text: &str, #[case] reason: &str) {
    let mut form = done(field, text);
    let field = match field {
        Field::LabelValue(row) => Field::LabelKey(row),
        other => other,
    };
    if text.is_empty() {
        form.left.insert(field);
    }
    let remark = form.remark(field).unwrap();
    assert_eq!(remark.weight, Weight::Wrong, "{}", remark.text);
    assert!(remark.text.contains(reason), "{}", remark.text);
    assert_eq!(form.finish(), None);
    assert_eq!(form.focus(), field);
}

#[rstest]
#[case::plain("45", 45)]
#[case::seconds("45 s", 45)]
#[case::minutes("2m", 120)]
#[case::both("1m30s", 90)]
#[case::nothing("", 0)]
#[case::least("1", 1)]
#[case::most("600", 600)]
fn a_timeout_is_read_as_people_write_it(#[case] text: &str, #[case] seconds: i32) {
    let wish = done(Field::Timeout, text).finish().unwrap();
    assert_eq!(wish.options.timeout_seconds, seconds);
}

#[rstest]
#[case::recording_webhook(Field::RecordingReady)]
#[case::transcript_webhook(Field::TranscriptionReady)]
fn what_hangs_on_a_choice_is_checked_only_when_it_is_sent(#[case] field: Field) {
    let mut form = done(field, "x");
    assert_eq!(weight(&form, field), Some(Weight::Doubt));
    let wish = form.finish().unwrap();
    assert_eq!(wish.options.recording, None, "it is not sent");
    for needed in [Field::Trigger, Field::Transcribe] {
        form.go(needed);
        form.choose(true);
    }
    let remark = form.remark(field).unwrap();
    assert!(remark.text.contains("absolute"), "{}", remark.text);
    assert_eq!(form.finish(), None);
}

#[test]
fn a_transcription_says_that_it_needs_a_recording_and_begins_none_by_itself() {
    let mut form = filled();
    form.go(Field::Transcribe);
    form.edit(&Edit::Insert("y".to_owned()));
    let remark = form.remark(Field::Transcribe).unwrap();
    assert_eq!(remark.weight, Weight::Wrong);
    assert!(remark.text.contains("needs Record"), "{}", remark.text);
    assert_eq!(form.finish(), None);
    form.go(Field::Trigger);
    form.edit(&Edit::Insert("b".to_owned()));
    assert_eq!(form.remark(Field::Transcribe), None);
    let recording = form.finish().unwrap().options.recording.unwrap();
    assert_eq!(recording.trigger, Trigger::Bridge);
    assert_eq!(recording.transcribe, Transcribe::Default);
}

#[test]
fn the_keys_pass_over_what_has_no_effect_and_holds_nothing() {
    let mut form = Form::new();
    let stops = |form: &mut Form| {
        form.go(Field::Timeout);
        let mut stops = Vec::new();
        while form.focus() != Field::LabelKey(0) {
            form.step(true);
            stops.push(form.focus());
        }
        stops
    };
    let off = [Field::Trigger, Field::Transcribe, Field::LabelKey(0)];
    assert_eq!(stops(&mut form), off);
    form.go(Field::Trigger);
    form.choose(true);
    assert_eq!(stops(&mut form).len(), 5);
    form.go(Field::RecordingReady);
    form.edit(&Edit::Insert("https://a.example/".to_owned()));
    form.go(Field::Trigger);
    form.take(0);
    assert!(stops(&mut form).contains(&Field::RecordingReady));
}

#[test]
fn the_keys_go_round_the_ends_and_the_wheel_does_not() {
    let mut form = Form::new();
    form.step(false);
    assert_eq!(form.focus(), Field::Place);
    form.step(true);
    assert_eq!(form.focus(), Field::To);
    form.roll(false);
    assert_eq!(form.focus(), Field::To);
    for _ in 0..40 {
        form.roll(true);
    }
    assert_eq!(form.focus(), Field::Place);
    let blamed = form
        .fields()
        .into_iter()
        .find(|&field| form.remark(field).is_some() && field != Field::To);
    assert_eq!(blamed, None, "the wheel only rolls over");
}

#[test]
fn what_the_service_refuses_stands_at_its_field_until_the_field_changes() {
    let mut form = filled();
    write(&mut form, Field::Handler(1), "https://b.example/");
    form.sending(WishId(1));
    let violations = [
        Violation::new("call.options.handler_uris[1]", "host is not reachable"),
        Violation::new("call.options.handlerUris[1]", "nor known"),
        Violation::new("call.quota", "used up"),
    ];
    form.refused("request refused".to_owned(), &violations);
    assert_eq!(form.focus(), Field::Handler(1));
    assert_eq!(form.stage(), &Stage::Writing);
    assert_eq!(form.verdict(), Some("request refused; call.quota: used up"));
    let remark = form.remark(Field::Handler(1)).unwrap();
    let said = "the service says: host is not reachable; nor known";
    assert_eq!(remark.text, said);
    assert!(form.wish().is_some(), "it may be tried again as it is");
    form.edit(&Edit::Backspace);
    assert_eq!(form.remark(Field::Handler(1)), None);
    assert_eq!(form.verdict(), None);
}

#[rstest]
#[case("call.to", Field::To)]
#[case("from", Field::From)]
#[case("call.is_private", Field::Private)]
#[case("call.labels", Field::LabelKey(0))]
#[case("call.labels.team", Field::LabelKey(1))]
#[case("call.labels[\"team\"]", Field::LabelKey(1))]
#[case("call.options.handler_uris", Field::Handler(0))]
#[case("call.options.handler_uris[0]", Field::Handler(0))]
#[case("call.options.handler_uris[1]", Field::Handler(2))]
#[case("call.options.state_update_uri", Field::StateUpdate)]
#[case("call.options.timeoutSeconds", Field::Timeout)]
#[case("call.options.recording", Field::Trigger)]
#[case("call.options.recording.trigger", Field::Trigger)]
#[case("call.options.recording.post_processing[0]", Field::TrimSilence)]
#[case("call.options.recording.recording_ready_uri", Field::RecordingReady)]
#[case("call.options.recording.transcribe", Field::Transcribe)]
#[case(
    "call.options.recording.transcription_ready_uri",
    Field::TranscriptionReady
)]
fn each_path_of_the_service_has_its_field(#[case] path: &str, #[case] field: Field) {
    let labels = [(0, "campaign"), (1, "team")];
    assert_eq!(Field::of_path(path, &[0, 2], &labels), Some(field));
    assert_eq!(Field::of_path("call.unheard_of", &[0, 2], &labels), None);
}

#[test]
fn a_call_received_is_called_back() {
    let mut call = Call::new(CallName::new("projects/demo/calls/1"));
    call.direction = Direction::Incoming;
    call.from = "+61491570006".into();
    call.to = "+61255501100".into();
    let wish = Form::redial(&call, &Calling::default()).unwrap().new_call();
    assert_eq!(
        (wish.to.as_str(), wish.from.as_str()),
        ("+61491570006", "+61255501100")
    );
    call.direction = Direction::Outgoing;
    assert_eq!(
        Form::redial(&call, &Calling::default())
            .unwrap()
            .new_call()
            .to,
        "+61255501100"
    );
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

#[test]
fn a_sixth_handler_of_a_call_of_another_program_is_one_too_many() {
    let uri = "https://app.example/handle-call";
    let call = NewCall {
        to: "+61491570006".to_owned(),
        from: "+61255501234".to_owned(),
        options: Options {
            handler_uris: vec![uri.to_owned(); 6],
            ..Options::default()
        },
        ..NewCall::default()
    };
    let form = Form::of(&call);
    assert_eq!(form.wish(), None);
    assert_eq!(form.wrong(), [Field::Handler(5)]);
    let told = form.remark(Field::Handler(5)).unwrap().text;
    assert!(told.contains("at most 5"), "{told}");
}
