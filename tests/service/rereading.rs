//! Calls that are read again: how many requests that takes, and that nothing hangs on how they are
//! read.

use std::time::Duration;

use chrono::TimeDelta;
use rstest::rstest;
use switchboard::call::{Call, State};
use switchboard::feed::Pace;

use crate::console::Console;
use crate::scripted::{Asked, Reply, Service, call, noon};

const SECONDS: fn(u64) -> Duration = Duration::from_secs;

fn numbered(id: i64, state: State) -> Call {
    let mut call = call(id, id, state);
    call.to = format!("+6149157{id:04}").into();
    call
}

fn is_get(asked: &Asked) -> bool {
    matches!(asked, Asked::Get(_))
}

fn is_by_number(asked: &Asked) -> bool {
    asked.filter().contains(" AND to = ")
}

/// Many calls under way that have been on screen for a while.
async fn many_under_way(service: &Service, count: i64) -> Console {
    // None of them is in the head any more, nor in what looks beyond it.
    for id in 0..150 {
        service.put(call(format!("newer-{id}"), 7_200 - id, State::Busy));
    }
    for id in 0..count {
        service.put(numbered(id, State::InProgress));
    }
    let mut console = Console::start(service.client(), Pace::default());
    console.watch("").await;
    console.until_loaded().await;
    console.during(SECONDS(13)).await;
    service.take_asked();
    console
}

#[tokio::test(start_paused = true)]
async fn some_forty_calls_that_have_ended_take_one_request() {
    let service = Service::start();
    let mut console = many_under_way(&service, 200).await;
    for id in 0..200 {
        service.put(numbered(id, State::Completed));
    }
    console.during(SECONDS(3)).await;
    assert!((0..200).all(|id| console.state(id) == Some(State::Completed)));
    let asked = service.take_asked();
    let lists = asked.iter().filter(|asked| is_by_number(asked)).count();
    assert!((4..=6).contains(&lists), "{lists} lists by number");
    assert!(!asked.iter().any(is_get));
}

#[rstest]
#[case::alone(1, 0)]
#[case::with_another(2, 1)]
#[tokio::test(start_paused = true)]
async fn a_call_alone_is_read_as_such(#[case] ended: i64, #[case] lists: usize) {
    let service = Service::start();
    let mut console = many_under_way(&service, 20).await;
    for id in 0..ended {
        service.put(numbered(id, State::Failed));
    }
    console.during(SECONDS(3)).await;
    let asked = service.take_asked();
    assert_eq!(asked.iter().filter(|it| is_by_number(it)).count(), lists);
    assert_eq!(asked.iter().filter(|it| is_get(it)).count(), 1 - lists);
    assert_eq!(console.state(0), Some(State::Failed));
}

#[rstest]
#[case::refuses(true)]
#[case::finds_nothing(false)]
#[tokio::test(start_paused = true)]
async fn a_service_that_finds_nothing_by_number_is_asked_for_each_call(#[case] refuses: bool) {
    let service = Service::start();
    let mut console = many_under_way(&service, 60).await;
    service.rule(move |asked| {
        if !is_by_number(asked) {
            Reply::Ledger
        } else if refuses {
            Reply::Fail(tonic::Status::invalid_argument("not that way"))
        } else {
            Reply::Empty
        }
    });
    for round in 0..6 {
        for id in 10 * round..10 * round + 10 {
            service.put(numbered(id, State::Completed));
        }
        console.during(SECONDS(3)).await;
        assert_eq!(console.state(10 * round + 9), Some(State::Completed));
    }
    let asked = service.take_asked();
    let lists = asked.iter().filter(|asked| is_by_number(asked)).count();
    assert_eq!(lists, 3, "after three in vain it is no longer tried");
    assert_eq!(asked.iter().filter(|asked| is_get(asked)).count(), 60);
}

#[tokio::test(start_paused = true)]
async fn calls_that_a_list_by_number_leaves_out_are_read_singly_and_only_then_gone() {
    let service = Service::start();
    let mut console = many_under_way(&service, 10).await;
    let hidden = call(3, 0, State::InProgress).name;
    let name = hidden.as_str().to_owned();
    service.rule(move |asked| match asked {
        Asked::List(_) => Reply::Without(name.clone()),
        _ => Reply::Ledger,
    });
    service.remove(&call(4, 0, State::InProgress).name);
    for id in 5..8 {
        service.put(numbered(id, State::Completed));
    }
    console.during(SECONDS(3)).await;
    assert_eq!(console.state(3), Some(State::InProgress));
    assert_eq!(console.gone, [call(4, 0, State::InProgress).name]);
    assert_eq!(console.state(7), Some(State::Completed));
}

/// A token that is an offset skips calls when others leave the list before it.
#[tokio::test(start_paused = true)]
async fn a_list_of_many_pages_goes_on_by_time_and_not_by_token() {
    let service = Service::start();
    let mut console = many_under_way(&service, 350).await;
    console.during(SECONDS(3)).await;
    let asked = service.take_asked();
    let token = |asked: &Asked| matches!(asked, Asked::List(list) if !list.page_token.is_empty());
    assert!(asked.len() >= 4);
    assert!(!asked.iter().any(token), "{asked:?}");
}

#[tokio::test(start_paused = true)]
async fn a_moment_with_more_calls_than_a_page_is_read_whole() {
    let service = Service::start();
    for id in 0..350 {
        let mut same = numbered(id, State::InProgress);
        same.create_time = Some(noon() + TimeDelta::nanoseconds(7));
        service.put(same);
    }
    let mut console = Console::start(service.client(), Pace::default());
    console.watch("state = FAILED").await;
    console.until_live().await;
    assert_eq!(console.store.len(), 350);
}
