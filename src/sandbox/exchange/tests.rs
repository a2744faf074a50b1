//! The exchange by itself: what it makes holds to the contract, and comes out the same every time.

use std::collections::{BTreeMap, BTreeSet};

use rstest::rstest;

use super::*;
use crate::call::{Direction as Way, State as Stage};
use crate::proto::call::{ApiCallOptions, State};

fn at(second: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_700_000_000 + second, 0).unwrap()
}

fn project() -> Project {
    Project {
        key: 1,
        name: "projects/demo".to_owned(),
    }
}

fn exchange(seed: u64, rate: f64) -> Exchange {
    misbehaving(seed, rate, "")
}

fn misbehaving(seed: u64, rate: f64, faults: &str) -> Exchange {
    Exchange::open(Opening {
        seed,
        salt: 0,
        rate,
        projects: vec![project()],
        next_serial: 1,
        now: at(0),
        announces: true,
        faults: faults.parse().unwrap(),
    })
}

fn wish(to: &str, timeout_seconds: i32) -> proto::Call {
    proto::Call {
        to: to.to_owned(),
        from: "+61255501234".to_owned(),
        options: Some(ApiCallOptions {
            handler_uris: vec!["https://app.example/".to_owned()],
            timeout_seconds,
            ..ApiCallOptions::default()
        }),
        ..proto::Call::default()
    }
}

/// Every reading of every call, in the order in which they are written down.
fn readings(entries: &[Entry]) -> BTreeMap<i64, Vec<proto::Call>> {
    let mut readings: BTreeMap<i64, Vec<proto::Call>> = BTreeMap::new();
    for entry in entries {
        match entry {
            Entry::Born { serial, call, .. } => {
                assert!(readings.insert(*serial, vec![call.clone()]).is_none());
            }
            Entry::Changed { serial, call } => {
                readings.get_mut(serial).unwrap().push(call.clone());
            }
            Entry::Planned { .. } | Entry::Finished { .. } | Entry::Outbox(_) => {}
        }
    }
    readings
}

/// Lets the exchange run until a time, event by event.
fn run(exchange: &mut Exchange, until: DateTime<Utc>) -> Vec<Entry> {
    let mut entries = Vec::new();
    while let Some(due) = exchange.next_event().filter(|&due| due <= until) {
        entries.extend(exchange.advance(due));
    }
    entries
}

/// What `api.md §4.2` and `§4.3` say of a call's fields.
fn check(call: &proto::Call) {
    let time = |time: &Option<prost_types::Timestamp>| crate::sandbox::wire::time(time.as_ref());
    let order = [
        time(&call.create_time),
        time(&call.start_time),
        time(&call.ring_time),
        time(&call.answer_time),
        time(&call.end_time),
    ];
    let told: Vec<_> = order.iter().flatten().collect();
    assert!(told.is_sorted(), "{call:?}");
    assert!(order[0].is_some(), "{call:?}");
    let stage = Stage::from_number(call.state);
    assert_eq!(order[4].is_some(), stage.is_terminal(), "{call:?}");
    let answered = [Stage::InProgress, Stage::Completed].contains(&stage);
    assert_eq!(order[3].is_some(), answered, "{call:?}");
    assert_eq!(call.answer_duration.is_some(), stage == Stage::Completed);
    if stage == Stage::Failed {
        assert!(!call.error_code.is_empty() && !call.error_message.is_empty());
    } else if stage != Stage::Rejected {
        assert_eq!(call.error_code, "", "{call:?}");
    }
    if let Some(price) = &call.price {
        assert_eq!(stage, Stage::Completed);
        assert!(price.units > 0 || price.nanos > 0, "{call:?}");
    }
    match call.direction() {
        Direction::Incoming => {
            assert_eq!(order[0], order[1], "{call:?}");
            assert_eq!(order[2], None, "{call:?}");
        }
        Direction::Outgoing => assert_eq!(call.from_location, None),
        Direction::Unspecified => panic!("{call:?}"),
    }
    let private = call.from.is_empty();
    assert!(!private || call.is_private, "{call:?}");
    assert_eq!(
        call.sip_call_id.is_empty(),
        call.transport() != Transport::Sip
    );
}

#[test]
fn simulated_calls_live_as_the_contract_says() {
    let mut exchange = exchange(3, 2.0);
    let entries = run(&mut exchange, at(3_600));
    let readings = readings(&entries);
    assert!(readings.len() > 5_000, "{}", readings.len());
    let mut ends = BTreeSet::new();
    for calls in readings.values() {
        calls.iter().for_each(check);
        for pair in calls.windows(2) {
            let [from, to] = [&pair[0], &pair[1]].map(|call| Stage::from_number(call.state));
            let way = Way::from_number(pair[0].direction);
            assert!(from == to || from.may_become(to, way), "{from} to {to}");
        }
        ends.insert(calls.last().unwrap().state);
    }
    assert!(ends.len() >= 8, "{ends:?}");
    let bridged = readings
        .values()
        .filter(|calls| calls.last().unwrap().bridged);
    assert!(bridged.count() > 500);
}

#[test]
fn children_name_their_parent_and_end_no_later() {
    let mut exchange = exchange(5, 2.0);
    let readings = readings(&run(&mut exchange, at(7_200)));
    let last: BTreeMap<String, proto::Call> = readings
        .into_values()
        .map(|calls| calls.last().unwrap().clone())
        .map(|call| (call.name.clone(), call))
        .collect();
    let children = last
        .values()
        .filter(|call| !call.originating_call.is_empty());
    let mut count = 0;
    for child in children {
        let parent = &last[&child.originating_call];
        assert_eq!(child.create_method(), CreateMethod::ParentCall);
        if parent.end_time.is_some() {
            let end = |call: &proto::Call| crate::sandbox::wire::time(call.end_time.as_ref());
            assert!(end(child) <= end(parent));
            assert!(parent.bridged && child.bridged);
        }
        count += 1;
    }
    assert!(count > 500, "{count}");
}

#[test]
fn a_seed_and_a_script_of_times_replay_exactly() {
    let play = |steps: i64| {
        let mut exchange = exchange(11, 1.0);
        let mut entries: Vec<Entry> = exchange.history(200, at(0)).flatten().collect();
        for step in 1..=steps {
            entries.extend(exchange.advance(at(step * 600 / steps)));
        }
        entries
    };
    assert_eq!(play(60), play(60));
    // Times come from what happens, not from when somebody looked.
    assert_eq!(play(60), play(600));
}

#[rstest]
#[case(30)]
#[case(200)]
#[case(2_000)]
fn a_history_has_its_number_of_calls_and_every_state(#[case] count: usize) {
    for seed in 0..8 {
        let mut exchange = exchange(seed, 0.5);
        let entries: Vec<Entry> = exchange.history(count, at(0)).flatten().collect();
        let mut calls: Vec<proto::Call> = readings(&entries)
            .into_values()
            .map(|mut calls| calls.remove(0))
            .collect();
        assert_eq!(calls.len(), count, "seed {seed}");
        calls.iter().for_each(check);
        calls.sort_by_key(|call| crate::sandbox::wire::time(call.create_time.as_ref()));
        let newest: BTreeSet<i32> = calls
            .iter()
            .rev()
            .take(100)
            .map(|call| call.state)
            .collect();
        assert_eq!(newest.len(), 9, "seed {seed}: {newest:?}");
        let oldest = calls.first().unwrap().create_time.as_ref();
        let age = at(0) - crate::sandbox::wire::time(oldest).unwrap();
        assert!(age < TimeDelta::hours(24), "seed {seed}: {age}");
    }
}

#[rstest]
#[case::answers("+61491570006", State::Completed, 20)]
#[case::talks_long("+61491570110", State::Completed, 3_600)]
#[case::engaged("+61491570156", State::Busy, 0)]
#[case::nobody("+61491570157", State::NotAnswered, 0)]
#[case::declined("+61491570158", State::Rejected, 0)]
#[case::unknown("+61491570159", State::Failed, 0)]
fn placed_calls_end_as_their_number_says(#[case] to: &str, #[case] end: State, #[case] talk: i64) {
    for seed in 0..20 {
        let mut exchange = exchange(seed, 0.0);
        let (placed, mut entries) = exchange.place(&project(), wish(to, 30), at(0));
        assert_eq!(placed.state(), State::Queued);
        entries.extend(run(&mut exchange, at(86_400)));
        assert_eq!(exchange.next_event(), None);
        let readings = readings(&entries);
        let calls = readings.values().next().unwrap();
        calls.iter().for_each(check);
        let last = calls.last().unwrap();
        assert_eq!(last.state(), end);
        assert_eq!(
            last.answer_duration.as_ref().map_or(0, |talk| talk.seconds),
            talk
        );
        assert_eq!(last.price.is_some(), end == State::Completed);
        assert_eq!(last.error_code == "NOT_FOUND", end == State::Failed);
        // Queued and starting long enough to be seen by who looks every two seconds.
        let time = |time: &Option<prost_types::Timestamp>| {
            crate::sandbox::wire::time(time.as_ref()).unwrap()
        };
        let start = time(&last.start_time);
        assert!(start - at(0) >= TimeDelta::milliseconds(2_200));
        let next = last.ring_time.as_ref().or(last.end_time.as_ref()).copied();
        assert!(time(&next) - start >= TimeDelta::milliseconds(2_200));
        if end == State::NotAnswered {
            assert_eq!(time(&last.end_time) - start, TimeDelta::seconds(30));
        }
    }
}

#[test]
fn no_attempt_outlasts_its_timeout() {
    let mut exchange = exchange(1, 0.0);
    let (_, mut entries) = exchange.place(&project(), wish("+61491570006", 1), at(0));
    entries.extend(run(&mut exchange, at(3_600)));
    let readings = readings(&entries);
    let last = readings.values().next().unwrap().last().unwrap();
    assert_eq!(last.state(), State::NotAnswered);
    assert_eq!(last.ring_time, None);
}

#[test]
fn no_two_placed_calls_are_created_at_the_same_time() {
    let mut exchange = exchange(1, 0.0);
    let times: BTreeSet<_> = (0..10)
        .map(|_| {
            exchange
                .place(&project(), wish("+61491570006", 30), at(0))
                .0
        })
        .map(|call| call.create_time.map(|time| (time.seconds, time.nanos)))
        .collect();
    assert_eq!(times.len(), 10);
}

#[test]
fn calls_go_on_after_a_restart() {
    let mut before = exchange(9, 2.0);
    let entries = run(&mut before, at(600));
    let mut futures = BTreeMap::new();
    for entry in &entries {
        match entry {
            Entry::Planned { course } => {
                futures.insert(course.serial, (**course).clone());
            }
            Entry::Finished { serial } => {
                futures.remove(serial);
            }
            Entry::Born { .. } | Entry::Changed { .. } | Entry::Outbox(_) => {}
        }
    }
    let born = readings(&entries);
    let recalled: Vec<Recalled> = futures
        .into_values()
        .map(|course| Recalled {
            seen: born
                .get(&course.serial)
                .and_then(|readings| readings.last())
                .map(|call| call.state),
            course,
        })
        .collect();
    assert!(recalled.len() > 50);
    let mut after = exchange(9, 0.0);
    let resumed = after.resume(recalled.clone(), at(660));
    let written = resumed
        .iter()
        .filter(|entry| matches!(entry, Entry::Born { .. } | Entry::Changed { .. }));
    assert!(written.count() > 50);
    let later = run(&mut after, at(100_000));
    assert_eq!(after.next_event(), None);
    // Each of them has come to its end, and is written down as it was to become.
    let mut last = BTreeMap::new();
    for entry in resumed.iter().chain(&later) {
        if let Entry::Born { serial, call, .. } | Entry::Changed { serial, call } = entry {
            last.insert(*serial, call.clone());
        }
    }
    for Recalled { course, .. } in recalled {
        assert_eq!(last[&course.serial], course.last);
    }
}

#[test]
fn every_hour_has_its_incident() {
    for hour in 0..48 {
        let minutes = (0..60).filter(|minute| {
            traffic::incident(4, at(-800) + TimeDelta::minutes(hour * 60 + minute)).is_some()
        });
        let minutes = minutes.count();
        assert!((8..14).contains(&minutes), "hour {hour}: {minutes} minutes");
    }
}

#[test]
fn without_a_rate_nothing_arrives() {
    let mut exchange = exchange(1, 0.0);
    assert_eq!(exchange.next_event(), None);
    assert_eq!(exchange.advance(at(86_400)), []);
}

#[test]
fn a_step_is_bounded_and_nothing_is_lost() {
    let mut exchange = exchange(1, 1_000.0);
    let mut steps = 0;
    let mut entries = Vec::new();
    while exchange.next_event().is_some_and(|due| due <= at(10)) {
        entries.extend(exchange.advance(at(10)));
        steps += 1;
    }
    assert!(steps > 10);
    assert!(readings(&entries).len() > 9_000);
}
