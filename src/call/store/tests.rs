//! The store's promises: each call once, in the service's order, whatever order the readings came in.

use proptest::prelude::*;

use super::*;
use crate::call::{Money, State};

fn at(second: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_700_000_000 + second, 0).unwrap()
}

fn reading(id: u8, created: i64, state: State, price: bool) -> Call {
    let mut call = Call::new(CallName::new(format!("projects/demo/calls/{id}")));
    call.state = state;
    call.create_time = Some(at(created));
    call.end_time = state.is_terminal().then(|| at(created + 60));
    call.price = price.then(|| Money::new("AUD", 1, 0));
    call
}

fn names(store: &Store) -> Vec<String> {
    store
        .newest_first()
        .iter()
        .map(|slot| store.call(slot).name.id().to_owned())
        .collect()
}

#[test]
fn calls_are_listed_newest_first_then_by_name_descending() {
    let mut store = Store::default();
    for (id, created) in [(1, 5), (3, 5), (2, 9), (4, 1)] {
        store.merge(reading(id, created, State::Queued, false), AsOf(0));
    }
    let mut unknown = reading(9, 0, State::Queued, false);
    unknown.create_time = None;
    store.merge(unknown, AsOf(0));
    assert_eq!(names(&store), ["2", "3", "1", "4", "9"]);
}

#[test]
fn an_old_reading_does_not_undo_an_end() {
    let mut store = Store::default();
    store.merge(reading(1, 0, State::Completed, false), AsOf(3));
    let late = store.merge(reading(1, 0, State::Ringing, false), AsOf(9));
    assert!(matches!(late, Merged::Known(_)));
    assert_eq!(
        store
            .get(&CallName::new("projects/demo/calls/1"))
            .unwrap()
            .state,
        State::Completed
    );
}

#[test]
fn a_price_that_comes_late_is_taken_in_and_kept() {
    let mut store = Store::default();
    store.merge(reading(1, 0, State::Completed, false), AsOf(1));
    assert!(matches!(
        store.merge(reading(1, 0, State::Completed, true), AsOf(2)),
        Merged::Changed(_)
    ));
    assert!(matches!(
        store.merge(reading(1, 0, State::Completed, false), AsOf(3)),
        Merged::Known(_)
    ));
    assert!(
        store
            .call(store.newest_first().get(0).unwrap())
            .price
            .is_some()
    );
}

#[test]
fn labels_follow_the_reading_that_was_asked_for_later() {
    let mut store = Store::default();
    let with = |value: &str| {
        let mut call = reading(1, 0, State::InProgress, false);
        call.labels.insert("campaign", value);
        call
    };
    store.merge(with("later"), AsOf(2));
    store.merge(with("earlier"), AsOf(1));
    let slot = store.newest_first().get(0).unwrap();
    assert_eq!(store.call(slot).labels.get("campaign"), Some("later"));
    store.merge(with("latest"), AsOf(3));
    assert_eq!(store.call(slot).labels.get("campaign"), Some("latest"));
}

#[test]
fn a_call_that_is_forgotten_is_gone_and_its_name_free() {
    let mut store = Store::default();
    store.merge(reading(1, 1, State::Completed, false), AsOf(5));
    store.merge(reading(2, 2, State::Queued, false), AsOf(5));
    let name = CallName::new("projects/demo/calls/1");
    store.forget(store.find(&name).unwrap());
    assert_eq!((store.len(), store.find(&name)), (1, None));
    assert_eq!(names(&store), ["2"]);
    assert!(matches!(
        store.merge(reading(1, 9, State::Queued, false), AsOf(6)),
        Merged::Added(_)
    ));
    assert_eq!(names(&store), ["1", "2"]);
}

#[test]
fn slots_are_given_back_and_used_again_unless_they_are_held() {
    let mut store = Store::default();
    for id in 0..4 {
        store.merge(reading(id, id.into(), State::Completed, false), AsOf(0));
    }
    let slots: Vec<Slot> = store.newest_first().iter().collect();
    let (held, other) = (slots[0], slots[1]);
    store.forget(held);
    store.forget(other);
    assert_eq!(store.call(other).name.id(), "2", "it can be read yet");
    store.give_back(&[held]);
    assert_eq!(store.call(held).name.id(), "3");
    for id in 10..12 {
        store.merge(reading(id, id.into(), State::Busy, false), AsOf(0));
    }
    assert_eq!((store.slots(), store.len()), (5, 4));
    assert_eq!(store.call(held).name.id(), "3");
    store.give_back(&[]);
    store.merge(reading(12, 12, State::Busy, false), AsOf(0));
    assert_eq!((store.slots(), store.len()), (5, 5));
    assert_eq!(names(&store), ["12", "11", "10", "1", "0"]);
}

#[test]
fn a_creation_time_that_moves_moves_the_call() {
    let mut store = Store::default();
    store.merge(reading(1, 1, State::Queued, false), AsOf(0));
    store.merge(reading(2, 2, State::Queued, false), AsOf(0));
    store.merge(reading(1, 3, State::Queued, false), AsOf(1));
    assert_eq!(names(&store), ["1", "2"]);
    assert_eq!(store.len(), 2);
}

proptest! {
    /// Whatever comes, changes and goes: the rows that filters read are those of the calls.
    #[test]
    fn the_columns_are_those_of_the_calls_in_their_slots(
        steps in proptest::collection::vec((0u8..12, 0i32..12, 0u8..4, any::<bool>()), 0..80),
    ) {
        let mut store = Store::default();
        let mut model: std::collections::BTreeMap<u8, Call> = std::collections::BTreeMap::new();
        for (as_of, (id, state, what, held)) in (0..).zip(steps) {
            let mut call = reading(id, id.into(), State::from_number(state), false);
            call.labels.insert("of", format!("{}", id % 3));
            call.error_code = format!("E{state}").into();
            let slot = store.find(&call.name);
            if let (0, Some(slot)) = (what, slot) {
                store.forget(slot);
                model.remove(&id);
                let held: Vec<Slot> = held.then_some(slot).into_iter().collect();
                store.give_back(&held);
            } else {
                store.merge(call, AsOf(as_of));
                let name = CallName::new(format!("projects/demo/calls/{id}"));
                model.insert(id, store.get(&name).unwrap().clone());
            }
            prop_assert_eq!(store.len(), model.len());
            for (id, call) in &model {
                let name = CallName::new(format!("projects/demo/calls/{id}"));
                let slot = store.find(&name).unwrap();
                prop_assert_eq!(store.call(slot), call);
                let columns = store.columns();
                let labels = columns.group_number(SharedTexts::Labels, slot);
                let labels: Vec<&str> = columns.group(SharedTexts::Labels, labels).collect();
                prop_assert_eq!(labels, ["of", call.labels.get("of").unwrap()]);
                let error = columns.text_number(SharedText::Error, slot);
                prop_assert_eq!(columns.text(error), &*call.error_code);
                prop_assert_eq!(columns.bits(slot).has(Bits::OPEN), call.is_open());
            }
        }
        prop_assert!(store.slots() <= 24, "{} slots", store.slots());
    }

    #[test]
    fn readings_in_any_order_come_to_the_same(
        readings in proptest::collection::vec(
            (0u8..6, 0i64..3, 0i32..12, any::<bool>(), 0u64..4), 0..40,
        ),
        seed in any::<u64>(),
    ) {
        let made: Vec<(Call, AsOf)> = readings
            .iter()
            .map(|&(id, created, state, price, as_of)| {
                (reading(id, created, State::from_number(state), price), AsOf(as_of))
            })
            .collect();
        let mut shuffled = made.clone();
        shuffled.sort_by_key(|(call, as_of)| {
            let text = format!("{seed}{call:?}{as_of:?}");
            text.bytes().fold(seed, |hash, byte| hash.rotate_left(5) ^ u64::from(byte)).wrapping_mul(0x9e37_79b9_7f4a_7c15)
        });
        let fill = |readings: Vec<(Call, AsOf)>| {
            let mut store = Store::default();
            for (call, as_of) in readings {
                store.merge(call, as_of);
            }
            let listed: Vec<Call> =
                store.newest_first().iter().map(|slot| store.call(slot).clone()).collect();
            listed
        };
        let mut twice = made.clone();
        twice.extend(shuffled.clone());
        let once = fill(made);
        prop_assert_eq!(&fill(shuffled), &once);
        prop_assert_eq!(&fill(twice), &once);
        for pair in once.windows(2) {
            prop_assert!((pair[0].create_time, &pair[0].name) > (pair[1].create_time, &pair[1].name));
        }
    }
}
