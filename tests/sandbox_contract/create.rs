//! CreateCall (`api.md §5`, `§9`).

use std::collections::BTreeMap;

use rstest::rstest;
use switchboard::proto::call::{CreateMethod, Direction, State, Transport};
use switchboard::proto::call_recording_config::CallRecordingTrigger;
use switchboard::proto::{Call, CallRecordingConfig, CreateCallRequest};
use switchboard::proto::{PostProcessing, TranscribeOption};
use tonic::Code;

use super::support::{create, get, list, quiet, refused_fields, start, start_time, wish};

/// §5 "Response", §4.3 row QUEUED.
#[tokio::test(start_paused = true)]
async fn the_answer_is_the_whole_call_in_queued() {
    let (_sandbox, mut client) = start(quiet()).await;
    let mut asked = wish("+61491570006");
    asked.is_private = true;
    asked.labels = BTreeMap::from([("campaign".to_owned(), "spring".to_owned())]);
    let call = create(&mut client, asked.clone()).await.unwrap();

    let id = call.name.strip_prefix("projects/demo/calls/").unwrap();
    assert_eq!(id.len(), 36, "{id}");
    assert_eq!(call.state(), State::Queued);
    assert_eq!(call.direction(), Direction::Outgoing);
    assert_eq!(call.transport(), Transport::Pstn);
    assert_eq!(call.create_method(), CreateMethod::Api);
    assert_eq!((&call.to, &call.from), (&asked.to, &asked.from));
    assert!(call.is_private);
    assert_eq!(call.labels, asked.labels);
    let created = call.create_time.unwrap();
    assert_eq!(created.seconds, start_time().timestamp());
    assert_eq!((call.start_time, call.end_time), (None, None));
    assert_eq!((&call.price, call.bridged), (&None, false));
    assert_eq!(call.options.as_ref().unwrap().timeout_seconds, 30);

    assert_eq!(get(&mut client, &call.name).await.unwrap(), call);
    assert_eq!(list(&mut client, "").await, [call]);
}

/// §5, rows of `options.recording`.
#[tokio::test(start_paused = true)]
async fn unset_fields_of_a_recording_take_their_defaults() {
    let (_sandbox, mut client) = start(quiet()).await;
    let mut asked = wish("+61491570006");
    let options = asked.options.as_mut().unwrap();
    options.timeout_seconds = 600;
    options.recording = Some(CallRecordingConfig {
        post_processing: vec![1, 0, 1],
        ..CallRecordingConfig::default()
    });
    let call = create(&mut client, asked).await.unwrap();
    let options = call.options.unwrap();
    assert_eq!(options.timeout_seconds, 600);
    let recording = options.recording.unwrap();
    assert_eq!(recording.trigger(), CallRecordingTrigger::Disabled);
    assert_eq!(recording.transcribe(), TranscribeOption::Disabled);
    assert_eq!(
        recording.post_processing,
        [i32::from(PostProcessing::TrimSilence)]
    );
}

#[rstest]
#[case::no_to(|call: &mut Call| call.to.clear(), "call.to")]
#[case::sip_to(|call: &mut Call| call.to = "sip:a@b.example".to_owned(), "call.to")]
#[case::short_to(|call: &mut Call| call.to = "+1".to_owned(), "call.to")]
#[case::no_from(|call: &mut Call| call.from.clear(), "call.from")]
#[case::national_from(|call: &mut Call| call.from = "0255501234".to_owned(), "call.from")]
#[case::no_options(|call: &mut Call| call.options = None, "call.options")]
#[case::no_handlers(|call: &mut Call| options(call).handler_uris.clear(), "call.options.handler_uris")]
#[case::six_handlers(
    |call: &mut Call| options(call).handler_uris = vec!["https://a.example/".to_owned(); 6],
    "call.options.handler_uris"
)]
#[case::ftp_handler(
    |call: &mut Call| options(call).handler_uris.push("ftp://a.example/".to_owned()),
    "call.options.handler_uris[1]"
)]
#[case::relative_state_uri(
    |call: &mut Call| options(call).state_update_uri = "/state".to_owned(),
    "call.options.state_update_uri"
)]
#[case::negative_timeout(|call: &mut Call| options(call).timeout_seconds = -1, "call.options.timeout_seconds")]
#[case::long_timeout(|call: &mut Call| options(call).timeout_seconds = 601, "call.options.timeout_seconds")]
#[case::unknown_trigger(|call: &mut Call| recording(call).trigger = 9, "call.options.recording.trigger")]
#[case::unknown_step(
    |call: &mut Call| recording(call).post_processing = vec![9],
    "call.options.recording.post_processing[0]"
)]
#[case::unknown_transcribe(
    |call: &mut Call| recording(call).transcribe = 9,
    "call.options.recording.transcribe"
)]
#[case::transcription_without_recording(
    |call: &mut Call| recording(call).transcribe = 2,
    "call.options.recording.transcribe"
)]
#[case::relative_ready_uri(
    |call: &mut Call| recording(call).recording_ready_uri = "ready".to_owned(),
    "call.options.recording.recording_ready_uri"
)]
#[case::many_labels(
    |call: &mut Call| call.labels = (0..51).map(|n| (n.to_string(), String::new())).collect(),
    "call.labels"
)]
#[case::huge_label(
    |call: &mut Call| { call.labels.insert("k".to_owned(), "x".repeat(64 * 1024)); },
    "call.labels"
)]
#[case::label_without_key(
    |call: &mut Call| { call.labels.insert(String::new(), "x".to_owned()); },
    "call.labels"
)]
#[tokio::test(start_paused = true)]
/// §5, column "on violation"; §9: the paths of fields.
async fn each_rule_names_its_field(#[case] spoil: fn(&mut Call), #[case] field: &str) {
    let (_sandbox, mut client) = start(quiet()).await;
    let mut call = wish("+61491570006");
    spoil(&mut call);
    let refused = create(&mut client, call).await.unwrap_err();
    assert_eq!(refused_fields(&refused), [field]);
    assert!(list(&mut client, "").await.is_empty());
}

fn options(call: &mut Call) -> &mut switchboard::proto::call::ApiCallOptions {
    call.options.as_mut().unwrap()
}

fn recording(call: &mut Call) -> &mut CallRecordingConfig {
    options(call).recording.get_or_insert_default()
}

/// §9: all violations at once, each with its path.
#[tokio::test(start_paused = true)]
async fn all_that_is_wrong_is_told_at_once() {
    let (_sandbox, mut client) = start(quiet()).await;
    let refused = create(&mut client, Call::default()).await.unwrap_err();
    let fields = refused_fields(&refused);
    assert_eq!(fields, ["call.to", "call.from", "call.options"]);
}

/// §9, check order: syntax of the parent, existence, body.
#[tokio::test(start_paused = true)]
async fn checks_come_in_their_order() {
    let (_sandbox, mut client) = start(quiet()).await;
    let asked = |parent: &str, call: Option<Call>| {
        let request = CreateCallRequest {
            parent: parent.to_owned(),
            call,
        };
        let mut client = client.clone();
        async move { client.create_call(request).await.unwrap_err() }
    };
    assert_eq!(refused_fields(&asked("demo", None).await), ["parent"]);
    assert_eq!(asked("projects/other", None).await.code(), Code::NotFound);
    assert_eq!(
        refused_fields(&asked("projects/demo", None).await),
        ["call"]
    );
    assert!(list(&mut client, "").await.is_empty());
}
