//! The bound of what is kept in memory.

use std::collections::HashSet;

use super::*;

fn bounded(max_calls: usize) -> App {
    let setup = Setup {
        max_calls,
        ..setup()
    };
    let mut app = App::new(setup).0;
    app.measure(Page {
        rows: 10,
        ..Page::default()
    });
    app
}

fn covered(app: &mut App, coverage: impl Into<Covered>) -> Vec<Effect> {
    let (turn, coverage) = (app.turn, coverage.into());
    app.update(Msg::Coverage { turn, coverage })
}

#[test]
fn beyond_the_bound_the_oldest_go_and_completeness_says_so() {
    let mut app = bounded(640);
    arrive(&mut app, calls(0..640));
    covered(&mut app, Coverage::Everything);
    assert_eq!(app.store().len(), 640);
    let later = start() + TimeDelta::hours(2);
    app.update(Msg::Tick(later));
    arrive(&mut app, calls(640..641));
    assert_eq!(
        app.store().len(),
        630,
        "some go at once, so that it is long until the next time"
    );
    let Coverage::Since(since) = app.coverage() else {
        panic!("{:?}", app.coverage());
    };
    let oldest = app.store().newest_first().iter().next_back().unwrap();
    let oldest = app.store().call(oldest).create_time.unwrap();
    assert!(since <= oldest && since > oldest - TimeDelta::seconds(1));
    assert_eq!(app.counts().of(State::Completed), 630);
}

#[test]
fn what_was_dropped_is_not_loaded_again_by_itself() {
    let mut app = bounded(640);
    arrive(&mut app, calls(0..641));
    covered(&mut app, Coverage::Everything);
    let effects = act(&mut app, Action::Bottom);
    assert_eq!(effects, []);
    app.update(Msg::Tick(start() + TimeDelta::hours(2)));
    arrive(&mut app, calls(641..642));
    assert_eq!(act(&mut app, Action::Bottom), []);
    assert_eq!(app.foot(), Foot::Full { most: 640 });
}

#[test]
fn what_is_told_late_of_dropped_calls_is_not_believed() {
    let mut app = bounded(640);
    app.update(Msg::Tick(start() + TimeDelta::hours(2)));
    arrive(&mut app, calls(0..700));
    covered(&mut app, Coverage::Everything);
    let Coverage::Since(since) = app.coverage() else {
        panic!("{:?}", app.coverage());
    };
    assert!(since > start());
}

#[test]
fn nothing_goes_that_somebody_looks_at_or_that_may_change() {
    let mut app = bounded(640);
    let mut first = calls(0..640);
    first[3].state = State::InProgress;
    first[5].end_time = Some(start() + TimeDelta::hours(3));
    let mut leg = call(7, State::Completed);
    leg.originating_call = Some(call(40, State::Completed).name);
    first[7] = leg;
    arrive(&mut app, first);
    // The cursor on the fortieth oldest, with some around it in sight.
    let slot = app.store().find(&call(40, State::Completed).name).unwrap();
    app.select(slot);
    let seen = in_sight(&app);
    app.update(Msg::Tick(start() + TimeDelta::hours(2)));
    for id in 640..1_200 {
        arrive(&mut app, calls(id..=id));
    }
    assert_eq!((selected(&app), in_sight(&app)), ("00040", seen.clone()));
    assert!(app.store().len() <= 640);
    for id in [3, 5, 7, 40] {
        let name = call(id, State::Completed).name;
        assert!(app.store().get(&name).is_some(), "{id}");
    }
    let name = call(60, State::Completed).name;
    assert!(app.store().get(&name).is_none());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// List, counts and store say the same after any mixture of what can happen to them.
    #[test]
    fn list_and_counts_stay_those_of_the_calls_that_are_kept(
        steps in prop::collection::vec((0u8..8, 0u32..400, 1u32..60), 1..60),
        most in 20usize..120,
    ) {
        let mut app = bounded(most);
        app.update(Msg::Tick(start() + TimeDelta::days(1)));
        act(&mut app, Action::Filter);
        write(&mut app, "state = COMPLETED OR label.n = one");
        act(&mut app, Action::KeepFilter);
        let mut placed = 0;
        for (step, id, many) in steps {
            match step {
                0..=3 => {
                    let states = [State::Completed, State::Failed, State::InProgress, State::Busy];
                    let list = (id..id + many).map(|id| {
                        placed += 1;
                        let mut call = call(id, states[(id as usize + step as usize) % 4]);
                        call.labels.insert("n", if id % 3 == 0 { "one" } else { "other" });
                        call.error_message = format!("call {placed}").into();
                        call
                    });
                    let list = list.collect();
                    let turn = app.turn;
                    app.update(Msg::Batch { turn, as_of: AsOf(placed), calls: list, at: start() });
                }
                4 => drop(app.update(Msg::Gone { names: vec![call(id, State::Completed).name] })),
                5 => drop(act(&mut app, Action::PageDown)),
                6 => drop(act(&mut app, Action::Top)),
                _ => drop(act(&mut app, Action::SortRight)),
            }
            let all: Vec<Slot> = app.store().newest_first().iter().collect();
            let names: HashSet<&CallName> = all.iter().map(|&slot| &app.store().call(slot).name).collect();
            prop_assert_eq!(names.len(), app.store().len());
            for &slot in &all {
                prop_assert_eq!(app.store().find(&app.store().call(slot).name), Some(slot));
            }
            for pair in all.windows(2) {
                prop_assert!(app.store().compare(pair[0], pair[1]).is_lt());
            }
            app.table.finish(&app.store);
            let matcher = app.asked.matcher();
            let mut sieve = matcher.sieve();
            sieve.refresh(app.store());
            let passing: HashSet<Slot> = all.iter().copied().filter(|&slot| matcher.matches(app.store().call(slot))).collect();
            let sieved: HashSet<Slot> = all.iter().copied().filter(|&slot| sieve.passes(app.store(), slot)).collect();
            let listed: Vec<Slot> = app.table().slots_from(0).collect();
            prop_assert_eq!(&sieved, &passing);
            prop_assert_eq!(listed.len(), passing.len());
            prop_assert_eq!(listed.into_iter().collect::<HashSet<_>>(), passing);
            for state in State::NAMED {
                let naive = all.iter().filter(|&&slot| app.store().call(slot).state == *state).count();
                prop_assert_eq!(app.counts().of(*state), naive);
            }
            let open = all.iter().filter(|&&slot| app.store().call(slot).is_open()).count();
            prop_assert_eq!(app.open.len(), open);
            let kept = most.max(open + 400);
            prop_assert!(app.store().slots() <= kept + 200, "slots are used again: {}", app.store().slots());
        }
    }
}
