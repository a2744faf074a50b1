//! How often the live feed asks, what it is told to wait for, and what it tells of that.

use std::time::Duration;

use rstest::rstest;
use switchboard::call::{FailureKind, Link, State};
use switchboard::feed::{Bucket, Command, Focus, Pace, run_through};
use tokio::sync::mpsc;
use tokio::time::Instant;
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt as _};

use crate::console::Console;
use crate::scripted::{Reply, Service, call};

const SECOND: Duration = Duration::from_secs(1);

/// How many polls there are in some time.
async fn polls(console: &mut Console, service: &Service, seconds: u32) -> usize {
    service.take_asked();
    console.during(SECOND * seconds).await;
    let asked = service.take_asked();
    let open = |asked: &&crate::scripted::Asked| asked.filter().contains("state = QUEUED");
    asked.iter().filter(open).count()
}

fn every(console: &Console) -> Option<Duration> {
    match console.link {
        Link::Live { every } => Some(every),
        _ => None,
    }
}

async fn still() -> (Console, Service) {
    let service = Service::start();
    service.put(call("ended", -5_000, State::Busy));
    let mut console = Console::start(service.client(), Pace::default());
    console.watch("").await;
    console.until_loaded().await;
    (console, service)
}

#[tokio::test(start_paused = true)]
async fn where_nothing_happens_it_asks_less_and_less_and_says_so() {
    let (mut console, service) = still().await;
    assert!((13..=16).contains(&polls(&mut console, &service, 29).await));
    console.during(SECOND * 5).await;
    assert!((11..=13).contains(&polls(&mut console, &service, 60).await));
    assert_eq!(every(&console), Some(SECOND * 5));
    console.during(SECOND * 60).await;
    assert!((29..=31).contains(&polls(&mut console, &service, 300).await));
    assert_eq!(every(&console), Some(SECOND * 10));
}

#[tokio::test(start_paused = true)]
async fn a_call_that_comes_brings_the_full_pace_back_and_one_under_way_keeps_it() {
    let (mut console, service) = still().await;
    console.during(SECOND * 300).await;
    service.put(call("new", 0, State::InProgress));
    console.during(SECOND * 11).await;
    assert!((149..=151).contains(&polls(&mut console, &service, 300).await));
    assert_eq!(every(&console), Some(SECOND * 2));
}

#[rstest]
#[case::a_key(Command::Refresh)]
#[case::a_call_that_is_placed(Command::Stir)]
#[tokio::test(start_paused = true)]
async fn who_wants_to_know_waits_for_nothing(#[case] command: Command) {
    let (mut console, service) = still().await;
    console.during(SECOND * 300).await;
    service.take_asked();
    // Just after a poll, which is not asked again before its time.
    console.until_live().await;
    console.tell(command).await;
    assert!((13..=16).contains(&polls(&mut console, &service, 29).await));
}

#[tokio::test(start_paused = true)]
async fn without_the_focus_it_asks_less_and_with_it_at_once() {
    let service = Service::start();
    service.put(call("open", 0, State::InProgress));
    let mut console = Console::start(service.client(), Pace::default());
    console.watch("").await;
    console.until_loaded().await;
    console.tell(Command::Focus(Focus::Away)).await;
    console.during(SECOND * 5).await;
    assert!((11..=13).contains(&polls(&mut console, &service, 60).await));
    assert_eq!(every(&console), Some(SECOND * 5));
    console.during(SECOND * 3).await;
    service.take_asked();
    console.tell(Command::Focus(Focus::Here)).await;
    console.during(SECOND * 2).await;
    assert!(!service.take_asked().is_empty(), "not after the slow pace");
    assert!((29..=31).contains(&polls(&mut console, &service, 60).await));
}

#[tokio::test(start_paused = true)]
async fn who_looks_again_during_an_outage_has_a_try_at_once() {
    let (mut console, service) = still().await;
    console.tell(Command::Focus(Focus::Away)).await;
    service.set_reachable(false);
    console.during(SECOND * 200).await;
    // Wait for the beginning of a long wait.
    console.links.clear();
    console
        .until("a long wait", |it| {
            it.links
                .iter()
                .any(|link| matches!(link, Link::Retrying { wait, .. } if *wait > SECOND * 12))
        })
        .await;
    service.set_reachable(true);
    console.during(SECOND).await;
    let began = Instant::now();
    console.tell(Command::Focus(Focus::Here)).await;
    console.until_live().await;
    assert!(began.elapsed() < SECOND, "{:?}", began.elapsed());
}

fn resting(seconds: u32) -> Status {
    let details = ErrorDetails::with_retry_info(Some(SECOND * seconds));
    Status::with_error_details(Code::ResourceExhausted, "slow down", details)
}

#[rstest]
#[case::a_key(Some(Command::Refresh))]
#[case::the_focus(Some(Command::Focus(Focus::Here)))]
#[case::a_call_that_is_placed(Some(Command::Stir))]
#[case::nobody(None)]
#[tokio::test(start_paused = true)]
async fn a_rest_that_the_service_asks_for_is_kept_to_the_moment_whoever_hurries(
    #[case] command: Option<Command>,
) {
    let (mut console, service) = still().await;
    console.tell(Command::Focus(Focus::Away)).await;
    service.rule(|_| Reply::Fail(resting(45)));
    console
        .until("the rest is told", |it| {
            matches!(it.link, Link::Retrying { .. })
        })
        .await;
    let began = Instant::now();
    service.rule(|_| Reply::Ledger);
    service.take_asked();
    console.during(SECOND * 20).await;
    if let Some(command) = command {
        console.tell(command).await;
    }
    console.during(SECOND * 24).await;
    assert_eq!(service.take_asked(), [], "nothing is asked meanwhile");
    match &console.link {
        Link::Retrying { failure, wait } => {
            assert!(matches!(
                failure.kind,
                FailureKind::ResourceExhausted { .. }
            ));
            assert!(*wait <= SECOND * 45);
        }
        other => panic!("{other:?}"),
    }
    console.until_live().await;
    let took = began.elapsed();
    assert!((SECOND * 44..SECOND * 47).contains(&took), "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn who_waits_does_not_hold_the_requests_of_others_behind() {
    // History is refused with a long rest while a poll waits for its turn: that is told, and not
    // passed off as live.
    let service = Service::start();
    for id in 0..1_500 {
        service.put(call(id, id, State::Completed));
    }
    let mut console = Console::start(service.client(), Pace::default());
    console.watch("").await;
    console.until_live().await;
    service.rule(|asked| {
        if asked.filter().contains("createTime <") {
            Reply::Fail(resting(30))
        } else {
            Reply::Ledger
        }
    });
    console.older().await;
    console
        .until("the rest is told", |it| {
            matches!(it.link, Link::Retrying { .. })
        })
        .await;
    service.rule(|_| Reply::Ledger);
    console.until_live().await;
    console.until_loaded().await;
}

#[tokio::test(start_paused = true)]
async fn how_much_was_asked_is_told_and_is_what_the_service_has_heard() {
    let service = Service::start();
    for id in 0..350 {
        service.put(call(id, id, State::Completed));
    }
    let mut console = Console::start(service.client(), Pace::default());
    console.watch("").await;
    console.until_loaded().await;
    console.during(SECOND * 61).await;
    let heard = service.take_asked().len();
    assert_eq!(console.asked, u64::try_from(heard).unwrap());
}

#[tokio::test(start_paused = true)]
async fn a_bucket_that_others_empty_is_waited_for() {
    let service = Service::start();
    let bucket = Bucket::new(1, 1);
    let (commands, obeyed) = mpsc::channel(8);
    let (told, events) = mpsc::channel(4);
    let client = service.client();
    tokio::spawn(run_through(
        (client, bucket.clone()),
        Pace::default(),
        obeyed,
        told,
    ));
    let mut console = Console::over(commands, events);
    console.watch("").await;
    let busy = tokio::spawn(async move {
        loop {
            bucket.take().await;
        }
    });
    console.during(SECOND * 60).await;
    let heard = service.take_asked().len();
    assert!((20..=40).contains(&heard), "half of one a second: {heard}");
    busy.abort();
}

#[tokio::test(start_paused = true)]
async fn polls_that_take_longer_than_their_interval_are_told_with_the_time_that_they_take() {
    let (mut console, service) = still().await;
    service.rule(|_| Reply::After(SECOND * 5));
    console.during(SECOND * 29).await;
    assert_eq!(every(&console), Some(SECOND * 6));
}
