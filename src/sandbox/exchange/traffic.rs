//! Simulated traffic: what arrives at the exchange by itself, in both directions.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Timelike as _, Utc};

use super::attempt::{self, Ending};
use super::dice::Dice;
use super::parties::{self, Network};
use crate::proto;
use crate::proto::call::{ApiCallOptions, CreateMethod, Direction, State, Transport};
use crate::proto::call_recording_config::CallRecordingTrigger;
use crate::proto::google::r#type::Money;
use crate::proto::{CallRecordingConfig, PostProcessing, TranscribeOption};
use crate::sandbox::wire;

/// A call that has no place in the ledger yet.
#[derive(Debug, Clone)]
pub(super) struct Draft {
    pub(super) call: proto::Call,
    pub(super) priced: Option<DateTime<Utc>>,
    pub(super) bridged: Option<DateTime<Utc>>,
}

/// What comes in at one moment: a leg, and the leg that it is bridged to where it is.
#[derive(Debug, Clone)]
pub(super) struct Arrival {
    pub(super) parent: Draft,
    pub(super) child: Option<Draft>,
}

/// The ways in which a call arrives.
#[derive(Debug, Clone, Copy)]
enum Kind {
    ByApi,
    FromNetwork,
    BySip,
    ByClient,
}

/// Draws what arrives at a project at a time.
pub(super) fn arrive(seed: u64, dice: &mut Dice, names: Names<'_>, at: DateTime<Utc>) -> Arrival {
    let mut call = proto::Call {
        name: names.next(dice),
        ..proto::Call::default()
    };
    match dice.weigh(
        Kind::FromNetwork,
        &[
            (0.38, Kind::ByApi),
            (0.12, Kind::BySip),
            (0.06, Kind::ByClient),
        ],
    ) {
        Kind::ByApi => outgoing_by_api(&mut call, seed, dice, at),
        Kind::FromNetwork => incoming_from_the_network(&mut call, dice, at),
        Kind::BySip => incoming_by_sip(&mut call, dice, at),
        Kind::ByClient => incoming_by_client(&mut call, dice, at),
    }
    let child = if call.direction() == Direction::Incoming && dice.happens(0.6) {
        child_of(&call, names, dice)
    } else {
        None
    };
    let bridged = child
        .as_ref()
        .and_then(|child| wire::time(child.answer_time.as_ref()));
    Arrival {
        parent: priced(call, bridged, dice),
        child: child.map(|child| priced(child, bridged, dice)),
    }
}

/// Makes the names of the calls of a project.
#[derive(Debug, Clone, Copy)]
pub(super) struct Names<'a> {
    pub(super) project: &'a str,
    /// Without it, two ledgers of one seed would give the same names to different calls, and who
    /// has seen the one would take the calls of the other for old ones.
    pub(super) salt: u128,
}

impl Names<'_> {
    /// A new resource name (`api.md §3`).
    pub(super) fn next(self, dice: &mut Dice) -> String {
        format!("{}/calls/{}", self.project, dice.uuid(self.salt))
    }
}

/// Adds that it is bridged, the price where the leg is billed, and when that becomes known
/// (`api.md §4.5`).
pub(super) fn priced(
    mut call: proto::Call,
    bridged: Option<DateTime<Utc>>,
    dice: &mut Dice,
) -> Draft {
    let ended = wire::time(call.end_time.as_ref());
    let late = dice.seconds(2.0..12.0);
    call.bridged = bridged.is_some();
    call.price = price(&call);
    let priced = call.price.as_ref().and(ended).map(|ended| ended + late);
    Draft {
        call,
        priced,
        bridged,
    }
}

/// Only an answered leg costs anything: by the second, to the hundredth of a cent.
fn price(call: &proto::Call) -> Option<Money> {
    const STEP: i64 = 100_000;
    let talk = call.answer_duration.as_ref()?;
    let per_minute = match (call.transport(), call.direction()) {
        (Transport::Pstn, Direction::Outgoing) => Network::of(&call.to).nanos_per_minute(),
        (Transport::Pstn, _) => 10_000_000,
        (Transport::Sip | Transport::Client | Transport::Unspecified, _) => 4_000_000,
    };
    let nanos = (per_minute * talk.seconds.max(1) / 60 / STEP).max(1) * STEP;
    Some(Money {
        currency_code: "AUD".to_owned(),
        units: nanos / 1_000_000_000,
        nanos: i32::try_from(nanos % 1_000_000_000).unwrap_or_default(),
    })
}

/// The network that has an incident at a time: some minutes of every hour.
pub(super) fn incident(seed: u64, at: DateTime<Utc>) -> Option<Network> {
    let mut dice = Dice::of_hour(seed, at.timestamp().div_euclid(3600));
    let network = dice.pick(&Network::ALL);
    let from = dice.number(5..45);
    let minutes = dice.number(8..14);
    (from..from + minutes)
        .contains(&at.minute())
        .then_some(network)
}

fn outgoing_by_api(call: &mut proto::Call, seed: u64, dice: &mut Dice, at: DateTime<Utc>) {
    let network = Network::any(dice);
    call.to = network.number(dice);
    call.from = parties::own_number(dice);
    call.is_private = dice.happens(0.04);
    call.labels = labels(dice);
    let options = options(dice);
    let timeout = TimeDelta::seconds(options.timeout_seconds.into());
    call.options = Some(options);
    call.set_direction(Direction::Outgoing);
    call.set_transport(Transport::Pstn);
    call.set_create_method(CreateMethod::Api);
    let ending = if incident(seed, at) == Some(network) {
        attempt::during_incident(dice)
    } else {
        attempt::usual(dice)
    };
    attempt::simulated(dice, timeout, ending).write(call, at);
}

fn incoming_from_the_network(call: &mut proto::Call, dice: &mut Dice, at: DateTime<Utc>) {
    let network = Network::any(dice);
    call.to = parties::own_number(dice);
    call.is_private = dice.happens(0.1);
    if !call.is_private {
        call.from = network.number(dice);
        let (location, zone) = network.place(dice);
        call.from_location = Some(location);
        call.from_zone = zone;
    }
    call.set_transport(Transport::Pstn);
    incoming(call, dice, at);
}

fn incoming_by_sip(call: &mut proto::Call, dice: &mut Dice, at: DateTime<Utc>) {
    call.from = parties::sip_caller(dice);
    call.to = parties::desk_phone(dice);
    call.sip_call_id = format!("{}@branch.example", dice.uuid(0));
    call.set_transport(Transport::Sip);
    incoming(call, dice, at);
}

fn incoming_by_client(call: &mut proto::Call, dice: &mut Dice, at: DateTime<Utc>) {
    call.from = parties::agent(dice);
    call.to = Network::any(dice).number(dice);
    call.set_transport(Transport::Client);
    incoming(call, dice, at);
}

fn incoming(call: &mut proto::Call, dice: &mut Dice, at: DateTime<Utc>) {
    call.set_direction(Direction::Incoming);
    call.set_create_method(CreateMethod::IncomingCall);
    if dice.happens(0.3) {
        let queue = dice.pick(&["sales", "support", "billing", "bookings"]);
        call.labels = BTreeMap::from([("queue".to_owned(), queue.to_owned())]);
    }
    let ending = attempt::usual_incoming(dice);
    let handled = match ending {
        Ending::NotAnswered => dice.seconds(8.0..25.0),
        Ending::Answered(_)
        | Ending::Busy
        | Ending::Rejected(_)
        | Ending::Failed(_)
        | Ending::Stuck(_) => dice.seconds(0.3..2.5),
    };
    attempt::write_incoming(call, at, handled, ending);
}

/// The leg that an answered caller is connected to; it ends no later than its parent.
fn child_of(parent: &proto::Call, names: Names<'_>, dice: &mut Dice) -> Option<proto::Call> {
    const LEAST: TimeDelta = TimeDelta::seconds(5);
    let answered = wire::time(parent.answer_time.as_ref())?;
    let ended = wire::time(parent.end_time.as_ref())?;
    let created = answered + dice.seconds(0.2..3.0);
    let mut call = proto::Call {
        name: names.next(dice),
        originating_call: parent.name.clone(),
        from: parent.from.clone(),
        is_private: parent.is_private,
        ..proto::Call::default()
    };
    call.set_direction(Direction::Outgoing);
    call.set_create_method(CreateMethod::ParentCall);
    if parent.transport() == Transport::Client {
        call.to.clone_from(&parent.to);
        call.from = parties::own_number(dice);
        call.set_transport(Transport::Pstn);
    } else {
        let transport = dice.weigh(
            Transport::Sip,
            &[(0.25, Transport::Client), (0.25, Transport::Pstn)],
        );
        call.set_transport(transport);
        match transport {
            Transport::Sip | Transport::Unspecified => {
                call.to = parties::desk_phone(dice);
                call.sip_call_id = format!("{}@pbx.example", dice.uuid(0));
            }
            Transport::Client => call.to = parties::agent(dice),
            Transport::Pstn => call.to = Network::any(dice).number(dice),
        }
    }
    if call.from.is_empty() && call.transport() == Transport::Pstn {
        call.from = parties::own_number(dice);
    }
    let mut attempt = attempt::simulated(
        dice,
        TimeDelta::seconds(30),
        Ending::Answered(TimeDelta::zero()),
    );
    attempt.queue = dice.seconds(0.05..0.4);
    let wait = attempt.queue + attempt.setup + attempt.ring.unwrap_or_default();
    let talk = ended - created - wait - dice.seconds(0.1..1.0);
    if talk < LEAST {
        return None;
    }
    attempt.ending = Ending::Answered(talk);
    attempt.write(&mut call, created);
    // Ringing that takes longer than the attempt may last leaves nobody to be bridged to.
    (call.state() == State::Completed).then_some(call)
}

fn labels(dice: &mut Dice) -> BTreeMap<String, String> {
    let mut labels = BTreeMap::new();
    if dice.happens(0.7) {
        let campaign = dice.pick(&["spring", "reminders", "survey", "callbacks"]);
        labels.insert("campaign".to_owned(), campaign.to_owned());
    }
    if dice.happens(0.4) {
        labels.insert(
            "order".to_owned(),
            format!("A{:05}", dice.number(0..100_000)),
        );
    }
    labels
}

fn options(dice: &mut Dice) -> ApiCallOptions {
    let flow = dice.pick(&["renewals", "reminders", "survey", "callbacks"]);
    let mut handler_uris = vec![format!("https://app.example/voice/{flow}")];
    if dice.happens(0.3) {
        handler_uris.push(format!("https://standby.example/voice/{flow}"));
    }
    let state_update_uri = if dice.happens(0.5) {
        "https://app.example/voice/state".to_owned()
    } else {
        String::new()
    };
    let recording = dice.happens(0.25).then(|| recording(dice));
    ApiCallOptions {
        handler_uris,
        state_update_uri,
        timeout_seconds: dice.weigh(30, &[(0.2, 45), (0.1, 20), (0.1, 60)]),
        recording,
    }
}

fn recording(dice: &mut Dice) -> CallRecordingConfig {
    let mut recording = CallRecordingConfig::default();
    recording.set_trigger(CallRecordingTrigger::Answer);
    recording.set_transcribe(TranscribeOption::Disabled);
    if dice.happens(0.5) {
        recording.post_processing = vec![PostProcessing::TrimSilence.into()];
        "https://app.example/voice/recordings".clone_into(&mut recording.recording_ready_uri);
    }
    if dice.happens(0.5) {
        recording.set_transcribe(TranscribeOption::Default);
        "https://app.example/voice/texts".clone_into(&mut recording.transcription_ready_uri);
    }
    recording
}
