//! The input rules of CreateCall at their exact bounds (`api.md §3`, `§5`; `sandbox.md`, "Create").

use rstest::rstest;
use switchboard::proto::call::{ApiCallOptions, CreateMethod, Direction, State, Transport};
use switchboard::proto::google::r#type::Money;
use switchboard::proto::{Call, CallRecordingConfig, CreateCallRequest, GetCallRequest};
use switchboard::proto::{ListCallsRequest, NumberLocation};
use tonic::Code;
use tonic_types::StatusExt as _;

use super::support::{create, list, pass, quiet, refused_fields, start, wish};

const TO: &str = "call.to";
const HANDLER: &str = "call.options.handler_uris[0]";
const STATE_URI: &str = "call.options.state_update_uri";
const TIMEOUT: &str = "call.options.timeout_seconds";
const LABELS: &str = "call.labels";
const FINE: &str = "";

/// What is asked for is stored as it is, or refused for that one field.
async fn holds(call: Call, refused_for: &str) {
    let (_sandbox, mut client) = start(quiet()).await;
    let outcome = create(&mut client, call.clone()).await;
    if refused_for.is_empty() {
        let stored = outcome.unwrap();
        assert_eq!((stored.to, stored.from), (call.to, call.from));
        assert_eq!(stored.labels, call.labels);
        let (stored, asked) = (stored.options.unwrap(), call.options.unwrap());
        assert_eq!(stored.handler_uris, asked.handler_uris);
        assert_eq!(stored.state_update_uri, asked.state_update_uri);
    } else {
        assert_eq!(refused_fields(&outcome.unwrap_err()), [refused_for]);
        assert!(list(&mut client, "").await.is_empty());
    }
}

#[rstest]
#[case("+12", FINE)]
#[case("+123456789012345", FINE)]
#[case("+9", TO)]
#[case("+1234567890123456", TO)]
#[case("+0123456", TO)]
#[case("61491570006", TO)]
#[case("0061491570006", TO)]
#[case("+61 491 570 006", TO)]
#[case("+61491570006\n", TO)]
#[case(" +61491570006", TO)]
#[case("+6149157000a", TO)]
#[case("+６１４９１５７０００６", TO)]
#[case("tel:+61491570006", TO)]
#[case("++61491570006", TO)]
#[case("+", TO)]
#[tokio::test(start_paused = true)]
/// §5, rows `to` and `from`: `^\+[1-9][0-9]{1,14}$`.
async fn numbers_are_e_164(#[case] number: &str, #[case] refused_for: &str) {
    holds(wish(number), refused_for).await;
    let mut from = wish("+61491570006");
    from.from = number.to_owned();
    let refused_for = refused_for.replace("call.to", "call.from");
    holds(from, &refused_for).await;
}

fn with_labels(labels: impl IntoIterator<Item = (String, String)>) -> Call {
    let mut call = wish("+61491570006");
    call.labels.extend(labels);
    call
}

fn many(count: usize) -> Call {
    with_labels((0..count).map(|n| (n.to_string(), String::new())))
}

/// Labels whose keys and values have so many bytes together, most of them in characters of two.
fn heavy(bytes: usize) -> Call {
    let (key, other) = ("schlüssel".to_owned(), "k".to_owned());
    let rest = bytes - key.len() - other.len();
    let value = "é".repeat(rest / 2);
    with_labels([(key, value), (other, "x".repeat(rest % 2))])
}

#[rstest]
#[case::none(many(0), FINE)]
#[case::fifty(many(50), FINE)]
#[case::fifty_one(many(51), LABELS)]
#[case::all_bytes(heavy(10_000), FINE)]
#[case::odd_bytes(heavy(9_999), FINE)]
#[case::a_byte_more(heavy(10_001), LABELS)]
#[case::in_one_key(with_labels([("k".repeat(10_000), String::new())]), FINE)]
#[case::too_long_a_key(with_labels([("k".repeat(10_001), String::new())]), LABELS)]
#[case::no_value(with_labels([("k".to_owned(), String::new())]), FINE)]
#[case::no_key(with_labels([(String::new(), "v".to_owned())]), LABELS)]
#[case::neither(with_labels([(String::new(), String::new())]), LABELS)]
#[tokio::test(start_paused = true)]
/// §5, row `labels`: 50 keys, 10,000 bytes of UTF-8 in all, no empty key.
async fn labels_have_their_bounds(#[case] call: Call, #[case] refused_for: &str) {
    holds(call, refused_for).await;
}

fn with_options(change: impl FnOnce(&mut ApiCallOptions)) -> Call {
    let mut call = wish("+61491570006");
    change(call.options.as_mut().unwrap());
    call
}

#[rstest]
#[case(i32::MIN, TIMEOUT)]
#[case(-1, TIMEOUT)]
#[case(0, FINE)]
#[case(1, FINE)]
#[case(600, FINE)]
#[case(601, TIMEOUT)]
#[case(i32::MAX, TIMEOUT)]
#[tokio::test(start_paused = true)]
/// §5, row `timeout_seconds`.
async fn the_timeout_has_its_bounds(#[case] seconds: i32, #[case] refused_for: &str) {
    holds(
        with_options(|options| options.timeout_seconds = seconds),
        refused_for,
    )
    .await;
}

#[rstest]
#[case("https://app.example/handle?x=1#y", true)]
#[case("HTTP://APP.EXAMPLE", true)]
#[case("http://127.0.0.1:8080/", true)]
#[case("https://[2001:db8::1]:8443/x", true)]
#[case("https://", false)]
#[case("https:///path", false)]
#[case("http:/app.example", false)]
#[case("http:app.example", false)]
#[case("//app.example/handle", false)]
#[case("/handle", false)]
#[case("app.example/handle", false)]
#[case("https://app.example/a b", false)]
#[case("https://app.example/\n", false)]
#[case("https://app.example:99999/", false)]
#[case("ftp://app.example/", false)]
#[case("javascript:alert(1)", false)]
#[case("file:///etc/passwd", false)]
#[case("projects/demo/flows/f", false)]
#[tokio::test(start_paused = true)]
/// §5, rows of URIs; `sandbox.md`: http and https need a host, and are what all of them take.
async fn web_uris_are_absolute_and_have_a_host(#[case] uri: &str, #[case] fine: bool) {
    let refused_for = |field: &str| {
        if fine {
            String::new()
        } else {
            field.to_owned()
        }
    };
    let uri = || uri.to_owned();
    let handler = with_options(|options| options.handler_uris = vec![uri()]);
    holds(handler, &refused_for(HANDLER)).await;
    let state = with_options(|options| options.state_update_uri = uri());
    holds(state, &refused_for(STATE_URI)).await;
    for field in ["recording_ready_uri", "transcription_ready_uri"] {
        let call = with_options(|options| {
            let recording = options.recording.get_or_insert_default();
            match field {
                "recording_ready_uri" => recording.recording_ready_uri = uri(),
                _ => recording.transcription_ready_uri = uri(),
            }
        });
        holds(
            call,
            &refused_for(&format!("call.options.recording.{field}")),
        )
        .await;
    }
}

#[rstest]
#[case("sip:user@sip.example")]
#[case("SIP:sip.example:5061;transport=tls")]
#[case("sips:user@sip.example")]
#[case("tel:+61491570006")]
#[tokio::test(start_paused = true)]
/// `sandbox.md`: sip, sips and tel handle calls, and take no webhooks.
async fn calls_are_handled_by_telephones_too_and_webhooks_are_not(#[case] uri: &str) {
    let uri = || uri.to_owned();
    holds(
        with_options(|options| options.handler_uris = vec![uri()]),
        FINE,
    )
    .await;
    holds(
        with_options(|options| options.state_update_uri = uri()),
        STATE_URI,
    )
    .await;
}

#[rstest]
#[case::one(1, FINE)]
#[case::five(5, FINE)]
#[case::six(6, "call.options.handler_uris")]
#[tokio::test(start_paused = true)]
/// §5, row `handler_uris`: one to five, which keep their order, repeated ones too.
async fn one_to_five_handlers(#[case] count: usize, #[case] refused_for: &str) {
    let uris = (0..count).map(|n| format!("https://app.example/{}", n % 3));
    holds(
        with_options(|options| options.handler_uris = uris.collect()),
        refused_for,
    )
    .await;
}

#[rstest]
#[case(0, 2, "call.options.recording.transcribe")]
#[case(1, 2, "call.options.recording.transcribe")]
#[case(2, 2, FINE)]
#[case(3, 2, FINE)]
#[case(3, 0, FINE)]
#[case(0, 1, FINE)]
#[case(4, 0, "call.options.recording.trigger")]
#[case(-1, 0, "call.options.recording.trigger")]
#[case(2, 3, "call.options.recording.transcribe")]
#[case(2, -1, "call.options.recording.transcribe")]
#[tokio::test(start_paused = true)]
/// §5, rows `recording.trigger` and `recording.transcribe`.
async fn recordings_and_transcriptions_go_together(
    #[case] trigger: i32,
    #[case] transcribe: i32,
    #[case] refused_for: &str,
) {
    let call = with_options(|options| {
        options.recording = Some(CallRecordingConfig {
            trigger,
            transcribe,
            ..CallRecordingConfig::default()
        });
    });
    holds(call, refused_for).await;
}

#[rstest]
#[case::name(|call: &mut Call| call.name = "projects/demo/calls/mine".to_owned())]
#[case::malformed_name(|call: &mut Call| call.name = "nonsense".to_owned())]
#[case::from_location(|call: &mut Call| call.from_location = Some(NumberLocation {
    region_code: "AU".to_owned(), ..NumberLocation::default()
}))]
#[case::from_zone(|call: &mut Call| call.from_zone = "zone".to_owned())]
#[case::transport(|call: &mut Call| call.set_transport(Transport::Sip))]
#[case::unknown_transport(|call: &mut Call| call.transport = 99)]
#[case::direction(|call: &mut Call| call.set_direction(Direction::Incoming))]
#[case::unknown_direction(|call: &mut Call| call.direction = -1)]
#[case::error_code(|call: &mut Call| call.error_code = "USER".to_owned())]
#[case::error_message(|call: &mut Call| call.error_message = "no".to_owned())]
#[case::price(|call: &mut Call| call.price = Some(Money {
    currency_code: "AUD".to_owned(), units: -1, nanos: 5
}))]
#[case::state(|call: &mut Call| call.set_state(State::Completed))]
#[case::unknown_state(|call: &mut Call| call.state = 99)]
#[case::create_time(|call: &mut Call| call.create_time = Some(time(1)))]
#[case::start_time(|call: &mut Call| call.start_time = Some(time(2)))]
#[case::ring_time(|call: &mut Call| call.ring_time = Some(time(3)))]
#[case::answer_time(|call: &mut Call| call.answer_time = Some(time(4)))]
#[case::end_time(|call: &mut Call| call.end_time = Some(time(i64::MAX)))]
#[case::bridged(|call: &mut Call| call.bridged = true)]
#[case::originating_call(|call: &mut Call| call.originating_call = "projects/demo/calls/x".to_owned())]
#[case::create_method(|call: &mut Call| call.set_create_method(CreateMethod::ParentCall))]
#[case::sip_call_id(|call: &mut Call| call.sip_call_id = "x@y".to_owned())]
#[case::answer_duration(|call: &mut Call| call.answer_duration = Some(prost_types::Duration {
    seconds: 5, nanos: 0
}))]
#[tokio::test(start_paused = true)]
/// §5: "call.name and all `OUTPUT_ONLY` fields: ignored", now and for the rest of the call's life.
async fn each_field_of_the_services_is_ignored(#[case] set: fn(&mut Call)) {
    let lives = async |set: fn(&mut Call)| {
        let setup = switchboard::sandbox::Setup {
            salt: Some(3),
            ..quiet()
        };
        let (_sandbox, mut client) = start(setup).await;
        let mut call = wish("+61491570006");
        set(&mut call);
        let placed = create(&mut client, call).await.unwrap();
        pass(60.0).await;
        (placed, list(&mut client, "").await)
    };
    assert_eq!(lives(set).await, lives(|_| {}).await);
}

fn time(seconds: i64) -> prost_types::Timestamp {
    prost_types::Timestamp { seconds, nanos: -7 }
}

/// §5, §9: all violations at once, with the path of each.
#[tokio::test(start_paused = true)]
async fn everything_that_is_wrong_has_its_path() {
    let (_sandbox, mut client) = start(quiet()).await;
    let call = Call {
        to: "x".to_owned(),
        labels: [(String::new(), String::new())].into(),
        options: Some(ApiCallOptions {
            handler_uris: ["https://a.example/", "b", "sip:c@d", "", "e:", "f"]
                .map(str::to_owned)
                .into(),
            state_update_uri: "sip:a@b".to_owned(),
            timeout_seconds: 601,
            recording: Some(CallRecordingConfig {
                trigger: 7,
                post_processing: vec![1, 0, 2, 1, 3],
                recording_ready_uri: "r".to_owned(),
                transcribe: 9,
                transcription_ready_uri: "t".to_owned(),
            }),
        }),
        ..Call::default()
    };
    let refused = create(&mut client, call).await.unwrap_err();
    let recording = |field: &str| format!("call.options.recording.{field}");
    let expected = [
        "call.to".to_owned(),
        "call.from".to_owned(),
        "call.labels".to_owned(),
        "call.options.handler_uris".to_owned(),
        "call.options.handler_uris[1]".to_owned(),
        "call.options.handler_uris[3]".to_owned(),
        "call.options.handler_uris[4]".to_owned(),
        "call.options.handler_uris[5]".to_owned(),
        "call.options.state_update_uri".to_owned(),
        "call.options.timeout_seconds".to_owned(),
        recording("trigger"),
        recording("post_processing[2]"),
        recording("post_processing[4]"),
        recording("transcribe"),
        recording("recording_ready_uri"),
        recording("transcription_ready_uri"),
    ];
    assert_eq!(refused_fields(&refused), expected);
    assert!(refused.message().ends_with("(and 15 more)"), "{refused:?}");
}

#[rstest]
#[case("projects/a", Code::NotFound)]
#[case("projects/0-9", Code::NotFound)]
#[case(&format!("projects/{}", "p".repeat(63)), Code::NotFound)]
#[case(&format!("projects/{}", "p".repeat(64)), Code::InvalidArgument)]
#[case("projects/-a", Code::InvalidArgument)]
#[case("projects/a-", Code::InvalidArgument)]
#[case("projects/a_b", Code::InvalidArgument)]
#[case("projects/A", Code::InvalidArgument)]
#[case("projects/", Code::InvalidArgument)]
#[case("projects", Code::InvalidArgument)]
#[case("", Code::InvalidArgument)]
#[case("demo", Code::InvalidArgument)]
#[case("projects/demo/", Code::InvalidArgument)]
#[case("projects/demo/calls", Code::InvalidArgument)]
#[case("projects/demo/calls/-", Code::InvalidArgument)]
#[case("projects/-", Code::InvalidArgument)]
#[case("projects/*", Code::InvalidArgument)]
#[case("/projects/demo", Code::InvalidArgument)]
#[tokio::test(start_paused = true)]
/// §3, §9: the parent is looked at before the body, in every method: its syntax, then whether it is.
async fn parents_are_checked_first(#[case] parent: &str, #[case] expected: Code) {
    let (_sandbox, mut client) = start(quiet()).await;
    let creates = client.create_call(CreateCallRequest {
        parent: parent.to_owned(),
        call: Some(Call::default()),
    });
    let creates = creates.await.unwrap_err();
    let lists = client.list_calls(ListCallsRequest {
        parent: parent.to_owned(),
        page_size: -1,
        page_token: "x".to_owned(),
        filter: "price = 1".to_owned(),
    });
    let lists = lists.await.unwrap_err();
    let name = format!("{parent}/calls/x");
    let gets = client.get_call(GetCallRequest { name }).await.unwrap_err();
    for (refused, field) in [(creates, "parent"), (lists, "parent"), (gets, "name")] {
        assert_eq!(refused.code(), expected, "{refused:?}");
        let details = refused.get_error_details();
        let info = details.error_info().unwrap();
        assert_eq!(info.domain, "voice.api.enfonica.com");
        if expected == Code::InvalidArgument {
            assert_eq!(refused_fields(&refused), [field]);
        } else {
            assert_eq!(info.reason, "PROJECT_NOT_FOUND");
            assert_eq!(info.metadata["resource"], parent);
            let resource = details.resource_info().unwrap();
            assert_eq!(resource.resource_type, "voice.api.enfonica.com/Project");
            assert_eq!(resource.resource_name, parent);
        }
    }
}
