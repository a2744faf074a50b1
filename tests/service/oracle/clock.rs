//! A service whose clock steps back: for that the sandbox has no way, so it is one that does as it is
//! told, with calls that come and end while its clock is wrong.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use rand::RngExt as _;
use rand::seq::IndexedRandom as _;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng as _;
use rstest::rstest;
use switchboard::call::{Call, State};
use switchboard::feed::Pace;
use tokio::time::Instant;

use crate::console::Console;
use crate::scripted::{Service, call, noon};

/// So many polls as it takes until one looks beyond the mark (`mark.rs`), and one more.
const A_LOOK: Duration = Duration::from_secs(13);

fn under_way(calls: &[Call]) -> Vec<Call> {
    calls
        .iter()
        .filter(|call| call.is_open())
        .cloned()
        .collect()
}

async fn steps_back(seed: u64) {
    let mut dice = ChaCha8Rng::seed_from_u64(seed);
    let service = Service::start();
    for id in 0..dice.random_range(0..300) {
        service.put(call(
            format!("old-{id}"),
            -20_000 - 60 * id,
            State::Completed,
        ));
    }
    let filter = *[
        "",
        "state = FAILED",
        "state = FAILED OR state = IN_PROGRESS",
    ]
    .choose(&mut dice)
    .unwrap();
    let mut console = Console::start(service.client(), Pace::default());
    console.watch(filter).await;
    console.until_loaded().await;
    let began = Instant::now();
    let mut wrong = TimeDelta::zero();
    for round in 0..14 {
        if dice.random_bool(0.25) {
            wrong -= TimeDelta::seconds(dice.random_range(1..2_000));
        }
        let now = |began: Instant| -> DateTime<Utc> {
            noon() + TimeDelta::from_std(began.elapsed()).unwrap() + wrong
        };
        for one in 0..dice.random_range(0..5) {
            let states = [State::Failed, State::InProgress, State::Completed];
            let state = *states.choose(&mut dice).unwrap();
            let mut new = call(format!("{round}-{one}"), 0, state);
            new.create_time =
                Some(now(began) - TimeDelta::milliseconds(dice.random_range(0..3_000)));
            service.put(new);
        }
        for mut ends in under_way(&service.calls()) {
            if dice.random_bool(0.4) {
                ends.state = *[State::Failed, State::Completed].choose(&mut dice).unwrap();
                ends.end_time = Some(now(began));
                service.put(ends);
            }
        }
        console.during(A_LOOK).await;
        let mut held = service.calls();
        held.retain(|call| console.filter.matches(call));
        held.sort_by(|a, b| a.name.cmp(&b.name));
        assert_eq!(
            console.listed(),
            held,
            "seed {seed}, round {round}, {filter:?}"
        );
    }
}

#[rstest]
#[tokio::test(start_paused = true)]
async fn what_comes_while_the_clock_is_wrong_is_on_screen_all_the_same(
    #[values(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12)] seed: u64,
) {
    steps_back(seed).await;
}

#[tokio::test(start_paused = true)]
#[ignore = "a thousand seeds, by hand"]
async fn a_thousand_clocks_that_step_back() {
    for seed in 1..=1_000 {
        steps_back(seed).await;
    }
}
