//! A console at a fixed moment with one call of each kind.

use chrono::{DateTime, TimeDelta, Utc};

use crate::app::{Action, App, Edit, Msg, Setup};
use crate::call::{
    AsOf, Call, CallName, Coverage, CreateMethod, Direction, Failure, FailureKind, Link, Location,
    Money, Options, PostProcessing, ProjectName, RecordingConfig, State, Transcribe, Transport,
    Trigger, Turn,
};

/// Monday 23 November 2026, 14:03:22 in Melbourne.
pub(super) fn now() -> DateTime<Utc> {
    "2026-11-23T03:03:22Z".parse().unwrap()
}

pub(super) fn ago(seconds: i64) -> DateTime<Utc> {
    now() - TimeDelta::seconds(seconds)
}

pub(super) fn setup() -> Setup {
    Setup {
        profile: "sandbox".to_owned(),
        project: ProjectName::parse("demo").unwrap(),
        endpoint: "the embedded sandbox".to_owned(),
        sandbox: true,
        read_only: false,
        zone: chrono_tz::Australia::Melbourne,
        filter: String::new(),
        history: Vec::new(),
        views: Vec::new(),
        max_calls: 1_000_000,
        calling: crate::call::Calling::default(),
        now: now(),
        notices: Vec::new(),
    }
}

/// A console that has heard nothing from the service yet.
pub(super) fn fresh() -> App {
    App::new(setup()).0
}

/// A console with calls, live.
pub(super) fn live() -> App {
    let mut app = fresh();
    arrive(&mut app, calls());
    app.update(Msg::Coverage {
        turn: Turn(1),
        coverage: Coverage::Since(ago(5 * 3600)).into(),
    });
    app.update(Msg::Link {
        link: Link::Live {
            every: std::time::Duration::from_secs(2),
        },
        at: ago(1),
    });
    app.update(Msg::Tick(now()));
    app
}

pub(super) fn arrive(app: &mut App, calls: Vec<Call>) {
    app.update(Msg::Batch {
        turn: Turn(1),
        as_of: AsOf(1),
        calls,
        at: ago(1),
    });
}

pub(super) fn act(app: &mut App, actions: &[Action]) {
    for &action in actions {
        app.update(Msg::Action(action));
    }
}

pub(super) fn typed(app: &mut App, text: &str) {
    app.update(Msg::Edit(Edit::Insert(text.to_owned())));
}

pub(super) fn unreachable() -> Failure {
    Failure::new(FailureKind::Unavailable, "connection refused")
}

pub(super) fn denied() -> Failure {
    Failure::new(
        FailureKind::PermissionDenied {
            permission: Some("voice.calls.list".to_owned()),
        },
        "the caller lacks a permission on projects/demo",
    )
}

pub(super) fn call(id: u32, state: State, created: i64) -> Call {
    let name = format!("projects/demo/calls/{id:08x}-1111-4222-8333-444455556666");
    let mut call = Call::new(CallName::new(name));
    call.state = state;
    call.direction = Direction::Outgoing;
    call.transport = Transport::Pstn;
    call.create_method = CreateMethod::Api;
    call.from = "+61255501234".into();
    call.to = "+61491570156".into();
    call.create_time = Some(ago(created));
    call
}

/// One call of each state and some odd ones, newest first.
pub(super) fn calls() -> Vec<Call> {
    let mut queued = call(1, State::Queued, 2);
    queued.to = "+61491570006".into();
    let mut starting = call(2, State::Starting, 4);
    starting.start_time = Some(ago(3));
    let mut ringing = call(3, State::Ringing, 10);
    ringing.start_time = Some(ago(9));
    ringing.ring_time = Some(ago(7));
    ringing.to = "+442079460123".into();
    let mut talking = call(4, State::InProgress, 142);
    talking.direction = Direction::Incoming;
    talking.create_method = CreateMethod::IncomingCall;
    talking.is_private = true;
    talking.from = "".into();
    talking.to = "+61255501100".into();
    talking.start_time = talking.create_time;
    talking.answer_time = Some(ago(140));
    talking.from_zone = "VIC-3000".into();
    talking.from_location = Some(Box::new(Location {
        region_code: "AU".to_owned(),
        administrative_area: "Victoria".to_owned(),
        locality: "Melbourne".to_owned(),
        coordinates: Some((-37.81, 144.96)),
    }));
    let mut failed = call(5, State::Failed, 300);
    failed.error_code = "SERVICE_UNAVAILABLE".into();
    failed.error_message = "no route to the destination network".into();
    failed.start_time = Some(ago(299));
    failed.end_time = Some(ago(297));
    let mut busy = call(6, State::Busy, 400);
    busy.start_time = Some(ago(399));
    busy.end_time = Some(ago(396));
    let mut unanswered = call(7, State::NotAnswered, 500);
    unanswered.start_time = Some(ago(499));
    unanswered.ring_time = Some(ago(496));
    unanswered.end_time = Some(ago(469));
    let mut rejected = call(8, State::Rejected, 600);
    rejected.end_time = Some(ago(590));
    let mut sip = call(9, State::Completed, 700);
    sip.transport = Transport::Sip;
    sip.direction = Direction::Incoming;
    sip.from = "sip:reception.desk@very-long-domain.pbx.example".into();
    sip.to = "sip:100@demo.sip.example".into();
    sip.sip_call_id = "a84b4c76e66710@pbx.example".into();
    sip.start_time = sip.create_time;
    sip.answer_time = Some(ago(698));
    sip.end_time = Some(ago(500));
    sip.answer_duration = Some(TimeDelta::seconds(198));
    let unheard_of = call(10, State::Other(42), 800);
    vec![
        queued,
        starting,
        ringing,
        talking,
        completed(),
        failed,
        busy,
        unanswered,
        rejected,
        sip,
        unheard_of,
    ]
}

/// A call with everything that a call can have.
pub(super) fn completed() -> Call {
    let mut call = call(11, State::Completed, 200);
    call.to = "+61491570110".into();
    call.start_time = Some(ago(199) - TimeDelta::milliseconds(710));
    call.ring_time = Some(ago(197) - TimeDelta::milliseconds(220));
    call.answer_time = Some(ago(191));
    call.end_time = Some(ago(180));
    call.answer_duration = Some(TimeDelta::seconds(11));
    call.price = Some(Money::new("AUD", 0, 42_000_000));
    call.bridged = true;
    call.labels = [("campaign", "spring"), ("agent", "42")]
        .into_iter()
        .collect();
    call.options = Some(Box::new(Options {
        handler_uris: vec![
            "https://app.example/handle-call".to_owned(),
            "https://standby.example/handle-call".to_owned(),
        ],
        state_update_uri: "https://app.example/state".to_owned(),
        timeout_seconds: 30,
        recording: Some(RecordingConfig {
            trigger: Trigger::Answer,
            post_processing: vec![PostProcessing::TrimSilence],
            recording_ready_uri: "https://app.example/recording".to_owned(),
            transcribe: Transcribe::Default,
            transcription_ready_uri: String::new(),
        }),
    }));
    call
}
