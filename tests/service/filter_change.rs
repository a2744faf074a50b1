//! A change of the filter forgets nothing: what was on screen before is followed as it was.

use std::time::Duration;

use chrono::TimeDelta;
use rstest::rstest;
use switchboard::call::{Money, State};
use switchboard::feed::Pace;
use tokio::time::sleep;

use crate::console::Console;
use crate::scripted::{Asked, Service, call, name, noon};

const SECONDS: fn(u64) -> Duration = Duration::from_secs;

#[rstest]
#[case::by_number("to = '+1*'")]
#[case::by_time("createTime >= '2033-01-01'")]
#[case::by_state("state = FAILED")]
#[tokio::test(start_paused = true)]
async fn a_call_that_ends_under_a_filter_that_leaves_it_out_is_not_under_way_for_ever(
    #[case] filter: &str,
) {
    let service = Service::start();
    let long_ago = -100_000;
    service.put(call("long", long_ago, State::InProgress));
    for id in 0..1_500 {
        service.put(call(id, id, State::Completed));
    }
    // An end in a list of the first page only is what nobody reads the history for.
    let pace = Pace {
        initial: 300,
        ..Pace::default()
    };
    let mut console = Console::start(service.client(), pace);
    console.watch("").await;
    console.until_loaded().await;
    console.during(SECONDS(5)).await;
    assert_eq!(console.state("long"), Some(State::InProgress));
    console.watch(filter).await;
    service.put(call("long", long_ago, State::Completed));
    console
        .until("its end is seen", |it| {
            it.state("long") == Some(State::Completed)
        })
        .await;
    console.watch("").await;
    console.until_loaded().await;
    assert_eq!(console.state("long"), Some(State::Completed));
}

#[tokio::test(start_paused = true)]
async fn calls_under_way_are_followed_by_one_list_under_any_filter() {
    let service = Service::start();
    for id in 0..50 {
        service.put(call(id, id, State::InProgress));
    }
    let mut console = Console::start(service.client(), Pace::default());
    console.watch("").await;
    console.until_loaded().await;
    console.watch("to = '+1*'").await;
    console.until_loaded().await;
    service.take_asked();
    console.during(SECONDS(20)).await;
    let asked = service.take_asked();
    assert!(!asked.iter().any(|asked| matches!(asked, Asked::Get(_))));
}

#[tokio::test(start_paused = true)]
async fn an_end_that_was_on_its_way_when_the_filter_changed_is_told_again() {
    let service = Service::start();
    service.put(call("long", -100_000, State::InProgress));
    for id in 0..300 {
        service.put(call(id, id, State::Completed));
    }
    let mut console = Console::start(service.client(), Pace::default());
    console.watch("").await;
    console.until_loaded().await;
    service.put(call("long", -100_000, State::Failed));
    // It is read and handed over, but nobody takes it before the query is another one.
    sleep(SECONDS(6)).await;
    console.watch("to = '+1*'").await;
    console
        .until("its end is seen", |it| {
            it.state("long") == Some(State::Failed)
        })
        .await;
}

#[tokio::test(start_paused = true)]
async fn a_price_that_comes_under_another_filter_is_seen() {
    let service = Service::start();
    let mut ended = call(1, 0, State::InProgress);
    ended.answer_time = Some(noon() + TimeDelta::seconds(5));
    service.put(ended.clone());
    let mut console = Console::start(service.client(), Pace::default());
    console.watch("").await;
    console.until_loaded().await;
    ended.state = State::Completed;
    ended.end_time = Some(noon() + TimeDelta::seconds(30));
    service.put(ended.clone());
    console
        .until("its end is seen", |it| {
            it.state(1) == Some(State::Completed)
        })
        .await;
    console.watch("to = '+1*'").await;
    ended.price = Some(Money::new("AUD", 0, 42_000_000));
    service.put(ended.clone());
    console
        .until("the price is seen", |it| {
            it.store
                .get(&name(1))
                .is_some_and(|call| call.price.is_some())
        })
        .await;
}
