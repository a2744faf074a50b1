//! The life of calls (`api.md §4`), in a time that passes only as the test says.

use std::collections::BTreeSet;

use rstest::rstest;
use switchboard::proto::Call;
use switchboard::proto::call::{Direction, State};
use switchboard::sandbox::Setup;

use super::support::{create, get, list, page, pass, quiet, start, wish};

/// The states that a call goes through, as seen twice a second.
async fn watch(to: &str) -> (Vec<State>, Call) {
    let (_sandbox, mut client) = start(quiet()).await;
    let mut call = create(&mut client, wish(to)).await.unwrap();
    let mut states = vec![call.state()];
    for _ in 0..200 {
        pass(0.5).await;
        call = get(&mut client, &call.name).await.unwrap();
        if states.last() != Some(&call.state()) {
            states.push(call.state());
        }
    }
    (states, call)
}

#[rstest]
#[case::answers("+61491570006", &[State::Ringing, State::InProgress, State::Completed])]
#[case::engaged("+61491570156", &[State::Busy])]
#[case::nobody("+61491570157", &[State::Ringing, State::NotAnswered])]
#[case::declined("+61491570158", &[State::Ringing, State::Rejected])]
#[case::unknown("+61491570159", &[State::Failed])]
#[tokio::test(start_paused = true)]
/// §4.2, §4.3, and the numbers of `sandbox.md`.
async fn placed_calls_go_through_their_states(#[case] to: &str, #[case] states: &[State]) {
    let (seen, call) = watch(to).await;
    assert_eq!(seen, [&[State::Queued, State::Starting], states].concat());
    let end = *states.last().unwrap();
    assert_eq!(call.answer_time.is_some(), end == State::Completed);
    assert_eq!(call.price.is_some(), end == State::Completed);
    assert!(call.end_time.is_some());
    let expected = if end == State::Failed {
        "NOT_FOUND"
    } else {
        ""
    };
    assert_eq!(call.error_code, expected);
    if end == State::Completed {
        assert_eq!(call.answer_duration.unwrap().seconds, 20);
    }
}

/// §4.5: the price comes some time after the end.
#[tokio::test(start_paused = true)]
async fn a_call_is_over_before_its_price_is_known() {
    let (_sandbox, mut client) = start(quiet()).await;
    let call = create(&mut client, wish("+61491570006")).await.unwrap();
    let mut unpriced = 0;
    for _ in 0..600 {
        pass(0.1).await;
        let call = get(&mut client, &call.name).await.unwrap();
        unpriced += u32::from(call.state() == State::Completed && call.price.is_none());
    }
    assert!(
        (15..=125).contains(&unpriced),
        "{unpriced} tenths of a second"
    );
}

/// `sandbox.md`: calls under way in every state from the first moment, and every end.
#[tokio::test(start_paused = true)]
async fn the_first_page_shows_every_state() {
    let setup = Setup {
        history: 2_000,
        ..quiet()
    };
    let (_sandbox, mut client) = start(setup).await;
    let (calls, _) = page(&mut client, "", 100, "").await.unwrap();
    let states: BTreeSet<i32> = calls.iter().map(|call| call.state).collect();
    assert_eq!(states.len(), 9, "{states:?}");
    assert_eq!(list(&mut client, "").await.len(), 2_000);
}

/// `sandbox.md`: traffic goes on by itself, in both directions, and old calls come to an end.
#[tokio::test(start_paused = true)]
async fn traffic_goes_on_by_itself() {
    let setup = Setup {
        history: 200,
        rate: 0.2,
        ..quiet()
    };
    let (_sandbox, mut client) = start(setup).await;
    let before: BTreeSet<String> = list(&mut client, "")
        .await
        .into_iter()
        .map(|call| call.name)
        .collect();
    pass(300.0).await;
    let after = list(&mut client, "").await;
    let new: Vec<&Call> = after
        .iter()
        .filter(|call| !before.contains(&call.name))
        .collect();
    assert!((40..160).contains(&new.len()), "{}", new.len());
    for direction in [Direction::Incoming, Direction::Outgoing] {
        assert!(new.iter().any(|call| call.direction() == direction));
    }
    assert_eq!(after.len(), before.len() + new.len());
    pass(2.5 * 3_600.0).await;
    let open = "state = QUEUED OR state = STARTING OR state = RINGING OR state = IN_PROGRESS";
    let open: Vec<Call> = list(&mut client, open).await;
    assert!(!open.is_empty());
    assert!(open.iter().all(|call| !before.contains(&call.name)));
}

/// `sandbox.md`, "Clock": the exchange's clock runs `speed` times as fast.
#[tokio::test(start_paused = true)]
async fn the_clock_runs_as_fast_as_the_setup_says() {
    let setup = Setup {
        speed: 100.0,
        ..quiet()
    };
    let (_sandbox, mut client) = start(setup).await;
    let call = create(&mut client, wish("+61491570006")).await.unwrap();
    pass(0.6).await;
    let call = get(&mut client, &call.name).await.unwrap();
    assert_eq!(call.state(), State::Completed);
}
