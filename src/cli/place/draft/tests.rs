//! What flags and rows may say of a call, and how what is wrong is named.

use rstest::rstest;

use super::*;

fn checked(draft: &Draft) -> Result<(NewCall, Vec<Remark>), Vec<Remark>> {
    let deny = DenyList::default();
    draft.call(&Rules {
        ticket: Some(ANY_TICKET),
        deny: &deny,
    })
}

fn valid() -> CallFlags {
    CallFlags {
        to: Some("+61 491 570 006".to_owned()),
        from: Some("+61 (2) 5550-1234".to_owned()),
        handler_uris: vec!["https://app.example/handle-call".to_owned()],
        ..CallFlags::default()
    }
}

fn wrong(flags: CallFlags) -> Vec<&'static str> {
    let (draft, mut wrong) = Draft::of_flags(flags);
    wrong.extend(checked(&draft).err().unwrap_or_default());
    wrong.into_iter().map(|it| it.input.flag()).collect()
}

#[test]
fn numbers_are_taken_as_people_write_them() {
    let (draft, _) = Draft::of_flags(valid());
    let (call, doubts) = checked(&draft).unwrap();
    assert_eq!((&*call.to, &*call.from), ("+61491570006", "+61255501234"));
    assert_eq!(call.options.recording, None);
    assert_eq!(doubts, []);
}

#[test]
fn everything_that_is_missing_is_named_at_once() {
    let missing = wrong(CallFlags::default());
    assert_eq!(missing, ["--to", "--from", "--handler-uri"]);
}

#[rstest]
#[case::a_number_without_its_country("--to", |it: &mut CallFlags| it.to = Some("0491570006".into()))]
#[case::a_number_of_no_country("--to", |it: &mut CallFlags| it.to = Some("+99912345678".into()))]
#[case::a_number_too_short("--from", |it: &mut CallFlags| it.from = Some("+61491".into()))]
#[case::an_emergency_number("--to", |it: &mut CallFlags| it.to = Some("+61000".into()))]
#[case::no_uri("--handler-uri", |it: &mut CallFlags| it.handler_uris = vec!["app".into()])]
#[case::a_timeout_of_nothing("--timeout", |it: &mut CallFlags| it.timeout = Some("0s".into()))]
#[case::a_timeout_too_long("--timeout", |it: &mut CallFlags| it.timeout = Some("11m".into()))]
#[case::a_negative_timeout("--timeout", |it: &mut CallFlags| it.timeout = Some("-1".into()))]
#[case::a_timeout_beyond_count("--timeout", |it: &mut CallFlags| it.timeout = Some("9".repeat(30)))]
#[case::a_label_without_a_value("--label", |it: &mut CallFlags| it.labels = vec!["a".into()])]
#[case::a_label_without_a_key("--label", |it: &mut CallFlags| it.labels = vec!["=a".into()])]
#[case::a_label_given_twice("--label", |it: &mut CallFlags| it.labels = vec!["a=b".into(), "a=c".into()])]
#[case::the_ticket_s_own_label("--label", |it: &mut CallFlags| it.labels = vec!["switchboard-ticket=a".into()])]
#[case::no_room_for_the_ticket("--label", |it: &mut CallFlags| it.labels = (0..50).map(|n| format!("{n}=")).collect())]
#[case::another_trigger("--record", |it: &mut CallFlags| it.record = Some("ring".into()))]
#[case::a_relative_webhook("--state-webhook", |it: &mut CallFlags| it.state_webhook = Some("/x".into()))]
#[case::a_webhook_over_sip("--recording-webhook", |it: &mut CallFlags| {
    it.record = Some("answer".into());
    it.recording_webhook = Some("sip:a@b".into());
})]
#[case::words_of_no_recording("--transcribe", |it: &mut CallFlags| it.transcribe = true)]
fn what_is_wrong_is_named_by_its_flag(#[case] flag: &str, #[case] spoil: fn(&mut CallFlags)) {
    let mut flags = valid();
    spoil(&mut flags);
    assert_eq!(wrong(flags), [flag]);
}

#[test]
fn everything_can_be_said() {
    let (draft, wrong) = Draft::of_flags(CallFlags {
        private: true,
        timeout: Some("2m".to_owned()),
        labels: vec!["campaign = spring = 1".to_owned()],
        record: Some("Bridge".to_owned()),
        trim_silence: true,
        transcribe: true,
        recording_webhook: Some("https://app.example/recorded".to_owned()),
        transcript_webhook: Some("https://app.example/words".to_owned()),
        state_webhook: Some("https://app.example/state".to_owned()),
        ..valid()
    });
    assert_eq!(wrong, []);
    let (call, doubts) = checked(&draft).unwrap();
    assert_eq!(doubts, []);
    assert!(call.is_private);
    assert_eq!(call.labels.get("campaign"), Some("spring = 1"));
    assert_eq!(call.options.timeout_seconds, 120);
    let recording = call.options.recording.unwrap();
    assert_eq!(recording.trigger, Trigger::Bridge);
    assert_eq!(recording.post_processing, [PostProcessing::TrimSilence]);
    assert_eq!(recording.transcribe, Transcribe::Default);
}

#[test]
fn what_has_no_effect_is_a_doubt() {
    let (draft, _) = Draft::of_flags(CallFlags {
        trim_silence: true,
        recording_webhook: Some("https://app.example/recorded".to_owned()),
        to: Some("+61 491 000 000 ".to_owned()),
        ..valid()
    });
    let (_, doubts) = checked(&draft).unwrap();
    let inputs: Vec<Input> = doubts.iter().map(|doubt| doubt.input).collect();
    assert_eq!(inputs, [Input::TrimSilence, Input::RecordingWebhook]);
}

#[test]
fn what_a_row_does_not_say_the_flags_say() {
    let (flags, _) = Draft::of_flags(CallFlags {
        record: Some("answer".to_owned()),
        labels: vec!["a=1".to_owned(), "b=2".to_owned()],
        ..valid()
    });
    let row = Draft {
        to: Some("+61491570156".to_owned()),
        record: Some("no".to_owned()),
        labels: vec![("b".to_owned(), "3".to_owned())],
        ..Draft::default()
    };
    let (call, _) = checked(&row.or(&flags)).unwrap();
    assert_eq!(call.to, "+61491570156");
    assert_eq!(call.from, "+61255501234");
    assert_eq!(call.options.recording, None);
    let labels: Vec<_> = call.labels.iter().collect();
    assert_eq!(labels, [("a", "1"), ("b", "3")]);
}
