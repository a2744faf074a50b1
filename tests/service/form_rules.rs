//! The form and the service agree: what the one lets through the other takes, and the other way round.

use std::sync::LazyLock;

use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use switchboard::api::Client;
use switchboard::app::{Field, Form};
use switchboard::call::{
    E164, FailureKind, Labels, NewCall, NumberPlan, Options, PostProcessing, Reading,
    RecordingConfig, TICKET_LABEL, Transcribe, Trigger, read_number,
};
use switchboard::placement::fresh_ticket;
use switchboard::sandbox::{Sandbox, Setup};
use tokio::runtime::Runtime;

use crate::embedded::start_with;
use crate::scripted::noon;

/// One sandbox for all cases.
struct Scene {
    runtime: Runtime,
    client: Client,
    _sandbox: Sandbox,
}

static SCENE: LazyLock<Scene> = LazyLock::new(|| {
    let runtime = Runtime::new().unwrap();
    let setup = Setup {
        history: 0,
        rate: 0.0,
        ..Setup::default()
    };
    let (sandbox, client) = runtime.block_on(start_with(setup));
    Scene {
        runtime,
        client,
        _sandbox: sandbox,
    }
});

/// The fields that the service complains of when it is sent a wish as the console sends it.
fn refused(wish: &NewCall) -> Vec<String> {
    let mut sent = wish.clone();
    let ticket = fresh_ticket(noon());
    sent.labels.insert(TICKET_LABEL, ticket.as_str());
    let scene = &*SCENE;
    match scene.runtime.block_on(scene.client.create_call(&sent)) {
        Ok(placed) => {
            assert_eq!((&*placed.to, &*placed.from), (&*wish.to, &*wish.from));
            assert_eq!(placed.labels, sent.labels);
            Vec::new()
        }
        Err(failure) => {
            let FailureKind::InvalidArgument { violations } = &failure.kind else {
                panic!("{failure:?}");
            };
            violations.iter().map(|it| it.field.clone()).collect()
        }
    }
}

/// What the form sends for a wish: without what says nothing, or has no effect, and without the zero
/// of calls within a country behind the country's code, which the form says at the number.
fn plain(mut wish: NewCall) -> NewCall {
    for number in [&mut wish.to, &mut wish.from] {
        if let Reading::Number(read) = read_number(number, None) {
            *number = read.number;
        }
    }
    let options = &mut wish.options;
    if let Some(recording) = &mut options.recording {
        let trims = recording
            .post_processing
            .contains(&PostProcessing::TrimSilence);
        recording.post_processing = vec![PostProcessing::TrimSilence; usize::from(trims)];
        if !recording.transcribes() {
            recording.transcribe = Transcribe::Disabled;
            recording.transcription_ready_uri.clear();
        }
        if !recording.records() {
            options.recording = None;
        }
    }
    wish
}

/// Where the form is stricter than the service on purpose (`placement.md`), or holds less.
fn is_refused_on_purpose(wish: &NewCall) -> bool {
    let impossible = |number: &str| {
        let plan = E164::parse(number).map(E164::plan);
        matches!(plan, Ok(NumberPlan::Impossible(_)))
    };
    impossible(&wish.to) || impossible(&wish.from) || wish.labels.get(TICKET_LABEL).is_some()
}

fn numbers() -> impl Strategy<Value = String> {
    prop_oneof![
        10 => prop::sample::select(vec![
            "+61491570006", "+61255501234", "+442079460123", "+12127365000", "+390669820001",
        ]).prop_map(str::to_owned),
        1 => "\\+[1-9][0-9]{0,16}",
        1 => prop::sample::select(vec![
            "", "+", "+0491570006", "61491570006", "0491570006", "+61 491 570 006", "tel:+61491570006",
            "+610491570006", "sip:a@b.example", "+６１４９１５７０００６", "+61491570006\u{200b}", "+61491570006\n",
        ]).prop_map(str::to_owned),
    ]
}

fn uris() -> impl Strategy<Value = String> {
    prop_oneof![
        12 => prop::sample::select(vec![
            "https://app.example/handle-call", "http://127.0.0.1:8080/x?y=1#z", "HTTPS://APP.example",
            "https://[2001:db8::1]:8443/", "https://user:word@app.example/é",
        ]).prop_map(str::to_owned),
        2 => prop::sample::select(vec![
            "sip:user@sip.example;transport=tls", "sips:sip.example:5061", "tel:+61491570006", "SIP:a@b",
        ]).prop_map(str::to_owned),
        1 => prop::sample::select(vec![
            "", " ", "/handle", "app.example", "ftp://a.example", "https://", "https:///x", "http:app.example",
            "https://a.example:99999", "https://a b", " https://a.example", "https://a.example\n", "tel:12",
            "sip:", "sip:@x", "mailto:a@b.example", "https://a.example/\u{200b}", "https://a.example/\0",
            "projects/demo/flows/1", "javascript:x", "https://%", "https://xn--", "data:,x",
        ]).prop_map(str::to_owned),
        1 => "[a-zA-Z:/@.?#\\[\\] é]{0,20}",
        1 => "(https?|sips?|tel):[a-z0-9:/@.+\\[\\]-]{0,12}",
    ]
}

fn labels() -> impl Strategy<Value = Labels> {
    let pair = |key: String, value: String| (key, value);
    let few = prop::collection::vec(
        ("\\PC{0,5}|[a-z]{1,3}", "\\PC{0,9}").prop_map(move |(k, v)| pair(k, v)),
        0..4,
    );
    // The ticket takes one label, and 54 bytes with its key.
    let many = (44_usize..52).prop_map(|count| {
        (0..count)
            .map(|n| (format!("k{n}"), String::new()))
            .collect()
    });
    let bytes =
        (9_930_usize..10_010).prop_map(|bytes| vec![("k".to_owned(), "x".repeat(bytes - 1))]);
    let wide =
        (4_960_usize..5_010).prop_map(|letters| vec![("é".to_owned(), "é".repeat(letters - 1))]);
    let odd = prop::sample::select(vec![
        (TICKET_LABEL, "mine"),
        ("", "v"),
        (" ", " "),
        ("k", "line\nbreak"),
        ("a=b", "=c="),
        ("\u{202e}k", "\u{1b}[31m"),
        ("👩‍👩‍👧", "🇦🇺"),
        (" k ", " v "),
    ])
    .prop_map(|(key, value)| vec![(key.to_owned(), value.to_owned())]);
    prop_oneof![8 => few, 1 => many, 1 => bytes, 1 => wide, 2 => odd]
        .prop_map(|pairs: Vec<(String, String)>| pairs.into_iter().collect())
}

fn recordings() -> impl Strategy<Value = Option<RecordingConfig>> {
    let config = (
        prop::sample::select(vec![0, 1, 2, 2, 3, 3, 4, -1]),
        prop::collection::vec(prop::sample::select(vec![0, 1, 1, 1, 7]), 0..3),
        prop_oneof![3 => Just(String::new()), 1 => uris()],
        prop::sample::select(vec![0, 1, 2, 2, 3]),
        prop_oneof![3 => Just(String::new()), 1 => uris()],
    );
    prop::option::of(
        config.prop_map(
            |(trigger, steps, ready, transcribe, transcribed)| RecordingConfig {
                trigger: Trigger::from_number(trigger),
                post_processing: steps.into_iter().map(PostProcessing::from_number).collect(),
                recording_ready_uri: ready,
                transcribe: Transcribe::from_number(transcribe),
                transcription_ready_uri: transcribed,
            },
        ),
    )
}

fn wishes() -> impl Strategy<Value = NewCall> {
    let timeouts = prop_oneof![
        6 => Just(0), 4 => 1..=600, 1 => prop::sample::select(vec![-1, 599, 600, 601, i32::MAX, i32::MIN]),
    ];
    let handlers = prop_oneof![
        12 => prop::collection::vec(uris(), 1..=5), 1 => prop::collection::vec(uris(), 0..8),
    ];
    let hook = prop_oneof![3 => Just(String::new()), 1 => uris()];
    let options = (handlers, hook, timeouts, recordings());
    (numbers(), numbers(), any::<bool>(), labels(), options).prop_map(
        |(
            to,
            from,
            is_private,
            labels,
            (handler_uris, state_update_uri, timeout_seconds, recording),
        )| {
            NewCall {
                to,
                from,
                is_private,
                labels,
                options: Options {
                    handler_uris,
                    state_update_uri,
                    timeout_seconds,
                    recording,
                },
            }
        },
    )
}

/// What is said at the fields of a form that are not right.
fn said(form: &Form) -> Vec<(Field, String)> {
    let wrong = form.wrong().into_iter();
    wrong
        .map(|field| {
            (
                field,
                form.remark(field).map_or_else(String::new, |it| it.text),
            )
        })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn what_the_form_lets_through_the_service_takes_and_what_the_service_takes_the_form_does(
        wish in wishes(),
    ) {
        let form = Form::of(&wish);
        let sent = form.wish();
        if let Some(sent) = &sent {
            prop_assert_eq!(refused(sent), Vec::<String>::new(), "the form lets it through");
        }
        let taken = refused(&wish).is_empty();
        if !taken {
            // The form has mended it, such as by leaving out an empty row, or lets it not through.
            prop_assert_ne!(sent, Some(wish));
        } else if is_refused_on_purpose(&wish) {
            prop_assert_eq!(sent, None);
        } else {
            let shown = wish.labels.iter().all(|(key, value)| {
                !key.contains(char::is_control) && !value.contains(char::is_control)
            });
            let Some(sent) = sent else {
                return Err(TestCaseError::fail(format!("the form refuses it: {:?}", said(&form))));
            };
            if shown {
                prop_assert_eq!(sent, plain(wish));
            } else {
                let doubts = form.fields().into_iter().filter_map(|field| form.remark(field));
                let told = doubts.into_iter().any(|doubt| doubt.text.contains("line breaks"));
                prop_assert!(told, "a label is altered in silence");
            }
        }
    }
}

#[test]
fn the_wishes_that_are_compared_are_of_all_kinds() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let (mut taken, mut let_through) = (0, 0);
    for _ in 0..400 {
        let wish = wishes().new_tree(&mut runner).unwrap().current();
        taken += usize::from(refused(&wish).is_empty());
        let_through += usize::from(Form::of(&wish).wish().is_some());
    }
    for count in [taken, let_through] {
        assert!(
            (80..320).contains(&count),
            "{taken} taken, {let_through} let through"
        );
    }
}
