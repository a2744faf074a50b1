//! What holds for every call at every moment (`api.md §4`), simulated and placed ones alike, as seen
//! by somebody who looks at the list time and again.

use std::collections::{BTreeMap, BTreeSet};

use rstest::rstest;
use switchboard::call;
use switchboard::proto::Call;
use switchboard::proto::call::{CreateMethod, Direction, State, Transport};
use switchboard::sandbox::Setup;

use super::support::{create, get, list, pass, quiet, start, wish};

type Time = (i64, i32);

fn time(time: Option<prost_types::Timestamp>) -> Option<Time> {
    time.map(|time| (time.seconds, time.nanos))
}

/// Create, start, ring, answer and end.
fn times(call: &Call) -> [Option<Time>; 5] {
    [
        call.create_time,
        call.start_time,
        call.ring_time,
        call.answer_time,
        call.end_time,
    ]
    .map(time)
}

/// §4.2, §4.3: which times are set in a state, by direction; the order of those that are.
fn check_times(call: &Call) {
    let all = times(call);
    assert!(all.iter().flatten().is_sorted(), "{call:?}");
    let incoming = call.direction() == Direction::Incoming;
    let [created, started, rang, answered, ended] = all.map(|time| time.is_some());
    assert!(created, "{call:?}");
    let expected = match call.state() {
        State::Queued => !(incoming || started || rang || answered || ended),
        State::Starting => started && !(rang || answered || ended),
        State::Ringing => !incoming && started && rang && !(answered || ended),
        State::InProgress => started && answered && !ended,
        State::Completed => started && answered && ended,
        State::NotAnswered | State::Busy | State::Rejected => started && !answered && ended,
        State::Failed => !answered && ended,
        State::Unspecified => false,
    };
    assert!(expected, "{call:?}");
    if incoming {
        assert_eq!(all[0], all[1], "{call:?}");
        assert!(!rang, "{call:?}");
    }
    let talked = call
        .answer_duration
        .map(|talk| i128::from(talk.seconds) * 1_000_000_000 + i128::from(talk.nanos));
    let nanos = |(seconds, nanos): Time| i128::from(seconds) * 1_000_000_000 + i128::from(nanos);
    let between = all[3]
        .zip(all[4])
        .map(|(answer, end)| nanos(end) - nanos(answer));
    assert_eq!(talked, between, "{call:?}");
}

/// §4.4, §4.5, §4.6, §2.1: the fields that go with the state, the way and the transport.
fn check_fields(call: &Call) {
    let told = !call.error_code.is_empty();
    assert_eq!(told, !call.error_message.is_empty(), "{call:?}");
    match call.state() {
        State::Failed => assert!(told, "{call:?}"),
        State::Rejected => {}
        _ => assert!(!told, "{call:?}"),
    }
    assert!(call.error_message.chars().count() <= 64, "{call:?}");
    if let Some(price) = &call.price {
        assert_eq!(call.state(), State::Completed, "{call:?}");
        assert_eq!(price.currency_code, "AUD");
        assert!(price.units >= 0 && (0..1_000_000_000).contains(&price.nanos));
        assert!((price.units, price.nanos) > (0, 0), "{call:?}");
    }
    let sip = call.transport() == Transport::Sip;
    assert_eq!(sip, !call.sip_call_id.is_empty(), "{call:?}");
    assert!(!sip || call.to.starts_with("sip:"), "{call:?}");
    let incoming = call.direction() == Direction::Incoming;
    let by_network = incoming && call.transport() == Transport::Pstn;
    if by_network {
        assert_eq!(call.from.is_empty(), call.is_private, "{call:?}");
    }
    let child = call.create_method() == CreateMethod::ParentCall;
    assert!(
        !call.from.is_empty() || by_network || (child && call.is_private),
        "{call:?}"
    );
    assert!(incoming || call.from_location.is_none(), "{call:?}");
    assert!(by_network || call.from_zone.is_empty(), "{call:?}");
    assert_eq!(child, !call.originating_call.is_empty(), "{call:?}");
    let by_api = call.create_method() == CreateMethod::Api;
    assert_eq!(by_api, call.options.is_some(), "{call:?}");
    let received = call.create_method() == CreateMethod::IncomingCall;
    assert_eq!(incoming, received, "{call:?}");
    assert_ne!(call.transport(), Transport::Unspecified);
    assert_ne!(call.direction(), Direction::Unspecified);
    if by_api {
        assert_eq!(call.transport(), Transport::Pstn, "{call:?}");
        assert!(!call.bridged, "{call:?}");
    }
}

/// The states that can be reached from one, itself among them.
fn reachable(from: call::State, way: call::Direction) -> BTreeSet<i32> {
    let mut reached = BTreeSet::from([from.number()]);
    let mut next = vec![from];
    while let Some(state) = next.pop() {
        for number in 1..=9 {
            let to = call::State::from_number(number);
            if allowed(state.number(), number, way) && reached.insert(number) {
                next.push(to);
            }
        }
    }
    reached
}

/// §4.2, the table of transitions.
fn allowed(from: i32, to: i32, way: call::Direction) -> bool {
    use State::{
        Busy, Completed, Failed, InProgress, NotAnswered, Queued, Rejected, Ringing, Starting,
    };
    let [Ok(from), Ok(to)] = [from, to].map(State::try_from) else {
        return false;
    };
    let unanswered = [NotAnswered, Busy, Rejected, Failed];
    match from {
        Queued => [Starting, Failed].contains(&to),
        Starting if way == call::Direction::Incoming => {
            to == InProgress || unanswered.contains(&to)
        }
        Starting => [Ringing, InProgress].contains(&to) || unanswered.contains(&to),
        Ringing => to == InProgress || unanswered.contains(&to),
        InProgress => to == Completed,
        Completed | Failed | NotAnswered | Busy | Rejected | State::Unspecified => false,
    }
}

/// Between two readings: what was told stays, and the state only goes where it may.
fn check_change(before: &Call, after: &Call) {
    let states = reachable(
        call::State::from_number(before.state),
        call::Direction::from_number(before.direction),
    );
    assert!(states.contains(&after.state), "{before:?}\n{after:?}");
    for (before, after) in times(before).into_iter().zip(times(after)) {
        assert!(before.is_none() || before == after);
    }
    assert!(before.price.is_none() || before.price == after.price);
    assert!(!before.bridged || after.bridged, "{after:?}");
    let constant = |call: &Call| Call {
        state: 0,
        start_time: None,
        ring_time: None,
        answer_time: None,
        end_time: None,
        answer_duration: None,
        error_code: String::new(),
        error_message: String::new(),
        price: None,
        bridged: false,
        ..call.clone()
    };
    assert_eq!(constant(before), constant(after));
}

/// §3, §4.6: a bridged pair is two calls, of which the one names the other.
fn check_pair(child: &Call, parent: &Call) {
    assert_eq!(child.direction(), Direction::Outgoing);
    assert_eq!(parent.direction(), Direction::Incoming);
    assert!(parent.originating_call.is_empty());
    assert!(times(parent)[3].is_some() && times(child)[0] >= times(parent)[3]);
    assert_eq!(child.bridged, parent.bridged, "{child:?}\n{parent:?}");
    assert_eq!(child.bridged, times(child)[3].is_some(), "{child:?}");
    if let Some(ended) = times(parent)[4] {
        assert!(times(child)[4].is_some_and(|end| end <= ended));
    }
}

#[rstest]
#[case(1)]
#[case(2)]
#[case(3)]
#[tokio::test(start_paused = true)]
/// §4, at many moments of an hour of traffic, with calls placed in between.
async fn every_call_keeps_to_the_contract_at_every_moment(#[case] seed: u64) {
    let setup = Setup {
        history: 120,
        rate: 0.15,
        seed,
        ..quiet()
    };
    let (_sandbox, mut client) = start(setup).await;
    let mut seen: BTreeMap<String, Call> = BTreeMap::new();
    let mut ends = BTreeSet::new();
    for moment in 0..60_u32 {
        if moment % 5 == 0 {
            let number = format!("+6125550{:04}", 3_000 + moment);
            create(&mut client, wish(&number)).await.unwrap();
        }
        let calls = list(&mut client, "").await;
        let all: BTreeMap<&str, &Call> = calls.iter().map(|call| (&*call.name, call)).collect();
        assert_eq!(all.len(), calls.len());
        assert!(seen.keys().all(|name| all.contains_key(&**name)));
        for call in &calls {
            check_times(call);
            check_fields(call);
            if !call.originating_call.is_empty() {
                check_pair(call, all[&*call.originating_call]);
            }
            if let Some(before) = seen.get(&call.name) {
                check_change(before, call);
            }
            ends.insert(call.state);
        }
        seen = calls
            .into_iter()
            .map(|call| (call.name.clone(), call))
            .collect();
        // From moments that tell each step apart to long waits.
        pass(f64::from(moment % 12).powi(2) + 0.7).await;
    }
    assert!(ends.len() == 9, "{ends:?}");
    let count = |is: fn(&Call) -> bool| seen.values().filter(|call| is(call)).count();
    assert!(count(|call| call.bridged) > 30);
    assert!(count(|call| call.is_private && call.from.is_empty()) > 0);
    assert!(count(|call| call.from_location.is_some()) > 10);
    assert!(count(|call| call.price.is_some()) > 50);
    assert!(count(|call| call.transport() == Transport::Client) > 5);
    assert!(count(|call| call.create_method() == CreateMethod::Api) > 30);
}

/// `sandbox.md`, "Exchange": an hourly incident on one destination prefix, to be found by its calls.
#[tokio::test(start_paused = true)]
async fn an_hour_has_an_incident_on_one_prefix() {
    const PREFIXES: [&str; 5] = ["+614", "+61255", "+1", "+4420", "+447"];
    let setup = Setup {
        rate: 1.0,
        ..quiet()
    };
    let (_sandbox, mut client) = start(setup).await;
    pass(3_600.0).await;
    let mut struck = BTreeSet::new();
    for prefix in PREFIXES {
        let filter = format!("to = '{prefix}*' AND direction = OUTGOING AND transport = PSTN");
        let calls = list(&mut client, &filter).await;
        let placed = calls
            .iter()
            .filter(|call| call.create_method() == CreateMethod::Api);
        // Failures and calls in each two minutes.
        let mut slots: BTreeMap<i64, (u32, u32)> = BTreeMap::new();
        for call in placed {
            let (failed, all) = slots
                .entry(call.create_time.unwrap().seconds / 120)
                .or_default();
            *failed += u32::from(call.error_code == "SERVICE_UNAVAILABLE");
            *all += 1;
        }
        let bad = slots.values().filter(|(failed, all)| failed * 3 > all * 2);
        if bad.map(|(failed, _)| failed).sum::<u32>() >= 8 {
            struck.insert(prefix);
        }
    }
    assert_eq!(struck.len(), 1, "{struck:?}");
}

/// §4.3: the attempt's time is counted from its start, not from its creation.
#[rstest]
#[case(7)]
#[case(30)]
#[case(600)]
#[tokio::test(start_paused = true)]
async fn the_timeout_is_counted_from_the_start(#[case] seconds: i32) {
    let (_sandbox, mut client) = start(quiet()).await;
    let mut call = wish("+61491570157");
    call.options.as_mut().unwrap().timeout_seconds = seconds;
    let name = create(&mut client, call).await.unwrap().name;
    pass(f64::from(seconds)).await;
    // It has been there for as long as the attempt may last, and waited in the queue before that.
    assert_eq!(
        get(&mut client, &name).await.unwrap().state(),
        State::Ringing
    );
    pass(10.0).await;
    let call = get(&mut client, &name).await.unwrap();
    assert_eq!(call.state(), State::NotAnswered);
    let [_, start, _, _, end] = times(&call).map(Option::unwrap_or_default);
    assert_eq!((end.0 - start.0, end.1), (i64::from(seconds), start.1));
}

/// §4.3: nobody who would answer later is waited for.
#[tokio::test(start_paused = true)]
async fn who_would_answer_after_the_timeout_does_not() {
    let (_sandbox, mut client) = start(quiet()).await;
    let mut call = wish("+61491570006");
    call.options.as_mut().unwrap().timeout_seconds = 1;
    let name = create(&mut client, call).await.unwrap().name;
    pass(60.0).await;
    let call = get(&mut client, &name).await.unwrap();
    assert_eq!(call.state(), State::NotAnswered);
    assert_eq!(
        (times(&call)[2], times(&call)[3], &call.price),
        (None, None, &None)
    );
}

/// `sandbox.md`: +61491570110 talks until the exchange ends the call after an hour.
#[tokio::test(start_paused = true)]
async fn the_long_call_lasts_an_hour() {
    let (_sandbox, mut client) = start(quiet()).await;
    let name = create(&mut client, wish("+61491570110"))
        .await
        .unwrap()
        .name;
    pass(20.0).await;
    let talking = get(&mut client, &name).await.unwrap();
    assert_eq!(talking.state(), State::InProgress);
    pass(3_575.0).await;
    assert_eq!(get(&mut client, &name).await.unwrap(), talking);
    pass(60.0).await;
    let call = get(&mut client, &name).await.unwrap();
    assert_eq!(call.state(), State::Completed);
    assert_eq!(call.answer_duration.unwrap().seconds, 3_600);
    assert!(call.price.is_some());
    // `sandbox.md`: calls placed through the API have no child legs.
    assert_eq!(list(&mut client, "").await, [call]);
}

/// `sandbox.md`: any other number ends by the seed, in one of the ways that there are.
#[tokio::test(start_paused = true)]
async fn any_other_number_ends_by_the_seed() {
    let ends = async |seed: u64| {
        let (_sandbox, mut client) = start(Setup { seed, ..quiet() }).await;
        for last in 0..40 {
            let call = wish(&format!("+6125550{:04}", 4_000 + last));
            create(&mut client, call).await.unwrap();
        }
        pass(4.0 * 3_600.0).await;
        let calls = list(&mut client, "").await;
        calls
            .iter()
            .map(|call| (call.to.clone(), call.state))
            .collect::<Vec<_>>()
    };
    let first = ends(1).await;
    assert_eq!(ends(1).await, first);
    assert_ne!(ends(2).await, first);
    let kinds: BTreeSet<i32> = first.iter().map(|(_, state)| *state).collect();
    assert!(kinds.len() >= 3, "{kinds:?}");
}
