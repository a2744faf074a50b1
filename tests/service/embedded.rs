//! Client, feed and placement on the real sandbox, with its own lists as the oracle.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use rstest::rstest;
use switchboard::api::{Client, ListRequest, over_pipe};
use switchboard::call::{
    Call, CallName, Coverage, NewCall, Options, Placement, ProjectName, State,
};
use switchboard::feed::Pace;
use switchboard::placement::{Wish, fresh_ticket};
use switchboard::sandbox::{Sandbox, Setup};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep};

use crate::console::Console;
use crate::scripted::{noon, unjournaled};

async fn start(history: u32, rate: f64) -> (Sandbox, Client) {
    start_with(Setup {
        history,
        rate,
        ..Setup::default()
    })
    .await
}

/// A sandbox whose clock begins at noon, and a client of it.
pub(crate) async fn start_with(setup: Setup) -> (Sandbox, Client) {
    let setup = Setup {
        start: Some(noon()),
        ..setup
    };
    let sandbox = Sandbox::start(setup).await.unwrap();
    let pipe = sandbox.pipe();
    let dial: switchboard::api::Dial = Arc::new(move || {
        let pipe = pipe.clone();
        async move { pipe.connect().await }.boxed()
    });
    let client = over_pipe(dial, ProjectName::parse("demo").unwrap());
    (sandbox, client)
}

/// Everything that the service holds for a filter.
pub(crate) async fn everything(client: &Client, filter: &str) -> HashMap<CallName, Call> {
    let mut calls = HashMap::new();
    let mut request = ListRequest {
        page_size: 100,
        page_token: None,
        filter: filter.to_owned(),
    };
    loop {
        let page = client.list_calls(&request).await.unwrap();
        calls.extend(page.calls.into_iter().map(|call| (call.name.clone(), call)));
        request.page_token = page.next_page_token;
        if request.page_token.is_none() {
            return calls;
        }
    }
}

#[rstest]
#[case::everything("")]
#[case::failures("state = FAILED OR state = BUSY")]
#[case::outgoing_ones_under_way("direction = OUTGOING AND state = IN_PROGRESS OR state = RINGING")]
#[case::by_number("to = '+61*'")]
#[tokio::test(start_paused = true)]
async fn the_console_holds_what_the_service_holds(#[case] text: &str) {
    let (_sandbox, client) = start(200, 10.0).await;
    let mut console = Console::start(client.clone(), Pace::default());
    console.watch(text).await;
    console.until_loaded().await;
    assert_eq!(console.coverage(), Coverage::Everything);
    let mut compared = 0;
    for _ in 0..12 {
        // What is the same before and after a time in which there was a poll has to be on screen.
        let before = everything(&client, text).await;
        console.during(Duration::from_millis(2_700)).await;
        let after = everything(&client, text).await;
        for (name, call) in &before {
            if after.get(name).is_some_and(|now| now == call) {
                let shown = console.store.get(name);
                let shown = shown.unwrap_or_else(|| panic!("{name} is missing: {call:?}"));
                // A price may take longer to be seen, and nothing else.
                assert_eq!(shown.state, call.state, "{name}");
                assert_eq!(shown.end_time, call.end_time, "{name}");
                compared += 1;
            }
        }
    }
    let all = everything(&client, "").await;
    for shown in console.known() {
        assert!(all.contains_key(&shown.name), "{} is made up", shown.name);
    }
    assert!(compared > 20, "{compared} comparisons");
}

#[tokio::test(start_paused = true)]
async fn prices_that_come_late_arrive() {
    let (_sandbox, client) = start(0, 2.0).await;
    let mut console = Console::start(client.clone(), Pace::default());
    console.watch("").await;
    console.during(Duration::from_secs(400)).await;
    let held = everything(&client, "").await;
    let settled = held.values().filter(|call| {
        let age = call.end_time.map(|end| (noon() - end).num_seconds() + 400);
        call.price.is_some() && age.is_some_and(|age| age > 120)
    });
    let mut count = 0;
    for call in settled {
        let shown = console.store.get(&call.name).unwrap();
        assert_eq!(shown.price, call.price, "{}", call.name);
        count += 1;
    }
    assert!(count > 50, "{count} prices");
}

#[rstest]
#[case::answered("+61491570006", State::Completed)]
#[case::busy("+61491570156", State::Busy)]
#[case::rejected("+61491570158", State::Rejected)]
#[tokio::test(start_paused = true)]
async fn a_placed_call_is_followed_to_its_end(#[case] to: &str, #[case] end: State) {
    let (_sandbox, client) = start(50, 1.0).await;
    let mut console = Console::start(client.clone(), Pace::default());
    console.watch("").await;
    console.until_loaded().await;
    let call = NewCall {
        to: to.to_owned(),
        from: "+61255501234".to_owned(),
        options: Options {
            handler_uris: vec!["https://app.example/handle-call".to_owned()],
            ..Options::default()
        },
        ..NewCall::default()
    };
    let wish = Wish::new(fresh_ticket(noon()), call);
    let (progress, mut reports) = mpsc::channel(4);
    let placer = unjournaled(client);
    tokio::spawn(async move { placer.place(wish, progress).await });
    assert_eq!(reports.recv().await, Some(Placement::Sending));
    let Some(Placement::Placed(placed)) = reports.recv().await else {
        panic!("the call was not placed");
    };
    let name = placed.name;
    console
        .until("it has ended", |it| {
            it.store.get(&name).is_some_and(|call| call.state == end)
        })
        .await;
}

#[tokio::test]
async fn the_first_rows_come_quickly() {
    let (_sandbox, client) = start(2_000, 0.5).await;
    let began = Instant::now();
    let mut console = Console::start(client, Pace::default());
    console.watch("").await;
    console.until("there are rows", |it| it.batches > 0).await;
    let first = began.elapsed();
    console.until_loaded().await;
    let loaded = began.elapsed();
    println!("first rows after {first:?}, a thousand after {loaded:?}");
    assert!(first < Duration::from_secs(2), "{first:?}");
}

#[tokio::test(start_paused = true)]
async fn a_sandbox_that_ends_is_told_and_its_calls_stay() {
    let (sandbox, client) = start(50, 0.0).await;
    let mut console = Console::start(client, Pace::default());
    console.watch("").await;
    console.until_loaded().await;
    drop(sandbox);
    console
        .until("it is told", |it| {
            matches!(it.link, switchboard::call::Link::Retrying { .. })
        })
        .await;
    assert_eq!(console.store.len(), 50);
    sleep(Duration::from_secs(1)).await;
}
