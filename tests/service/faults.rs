//! Feed and placement on a sandbox that misbehaves: what the console holds in the end is the truth.

use std::collections::HashMap;
use std::time::Duration;

use rstest::rstest;
use switchboard::api::{Client, ListRequest};
use switchboard::call::{Call, CallName, NewCall, Options, Placement, is_hostile};
use switchboard::feed::Pace;
use switchboard::placement::{Wish, fresh_ticket};
use switchboard::sandbox::{Sandbox, Setup};
use tokio::sync::mpsc;
use tokio::time::sleep;

use crate::console::Console;
use crate::embedded::start_with;
use crate::scripted::{noon, unjournaled};

async fn start(history: u32, rate: f64, faults: &str) -> (Sandbox, Client) {
    start_with(Setup {
        history,
        rate,
        faults: faults.parse().unwrap(),
        ..Setup::default()
    })
    .await
}

/// Everything that the service lists, page by page, however often it takes to ask.
pub(crate) async fn everything(client: &Client) -> HashMap<CallName, Call> {
    let mut calls = HashMap::new();
    let mut request = ListRequest {
        page_size: 100,
        page_token: None,
        filter: String::new(),
    };
    loop {
        let Ok(page) = client.list_calls(&request).await else {
            sleep(Duration::from_millis(700)).await;
            continue;
        };
        calls.extend(page.calls.into_iter().map(|call| (call.name.clone(), call)));
        request.page_token = page.next_page_token;
        if request.page_token.is_none() {
            return calls;
        }
    }
}

#[rstest]
#[case::slow("latency=300ms,jitter=900ms")]
#[case::away_at_times("unavailable=0.2")]
#[case::counting("offset-tokens")]
#[case::late("late-visible=5s")]
#[case::deaf("ignore-filter")]
#[case::short_of_breath("short-pages")]
#[case::hostile("hostile-text")]
#[case::many_at_once(
    "latency=100ms,jitter=200ms,unavailable=0.1,short-pages,late-visible=3s,late-price=9s,hostile-text"
)]
#[tokio::test(start_paused = true)]
async fn the_console_holds_the_truth_in_the_end(#[case] faults: &str) {
    let (_sandbox, client) = start(150, 1.0, faults).await;
    let mut console = Console::start(client.clone(), Pace::default());
    console.watch("").await;
    console.until_loaded().await;
    console.during(Duration::from_secs(240)).await;
    let before = everything(&client).await;
    console.during(Duration::from_secs(30)).await;
    let after = everything(&client).await;
    assert!(before.len() > 300, "{}", before.len());
    let mut compared = 0;
    for (name, call) in &before {
        let shown = console.store.get(name);
        let shown = shown.unwrap_or_else(|| panic!("{name} is missing: {call:?}"));
        // What was the same before and after has to be on screen.
        if after.get(name) == Some(call) {
            assert_eq!(shown.state, call.state, "{name}");
            assert_eq!((&shown.to, &shown.from), (&call.to, &call.from), "{name}");
            compared += 1;
        }
    }
    assert!(compared > 200, "{compared} comparisons");
    let hostile = console
        .known()
        .iter()
        .any(|call| call.to.contains(is_hostile));
    assert_eq!(hostile, faults.contains("hostile-text"));
}

#[tokio::test(start_paused = true)]
async fn a_filter_that_the_service_ignores_is_applied_all_the_same() {
    let (_sandbox, client) = start(200, 2.0, "ignore-filter,short-pages").await;
    let mut console = Console::start(client, Pace::default());
    console
        .watch("direction = OUTGOING AND state = FAILED")
        .await;
    console.until_loaded().await;
    console.during(Duration::from_secs(60)).await;
    assert!(console.known().len() > console.listed().len());
    assert!(!console.listed().is_empty());
}

/// The reports of one placement, until it is settled.
async fn reports(client: Client) -> Vec<Placement> {
    let call = NewCall {
        to: "+61491570006".to_owned(),
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
    let mut all = Vec::new();
    while let Some(report) = reports.recv().await {
        all.push(report);
    }
    all
}

#[rstest]
#[case::lost("lose-create=1")]
#[case::lost_and_late("lose-create=1,late-visible=20s")]
#[case::lost_among_many("lose-create=1,short-pages,ignore-filter,unavailable=0.1,jitter=1s")]
#[tokio::test(start_paused = true)]
async fn a_call_whose_answer_is_lost_is_found(#[case] faults: &str) {
    let (_sandbox, client) = start(60, 0.5, faults).await;
    let mut reports = reports(client.clone()).await;
    let settled = reports.pop();
    // A request that found nobody at all is certainly no call.
    if let Some(Placement::NotSent(failure)) = &settled {
        panic!("not one to be lost: {failure:?}");
    }
    let Some(Placement::Placed(call)) = settled else {
        panic!("the call was not found: {settled:?}, after {reports:?}");
    };
    assert!(matches!(
        reports[..],
        [Placement::Sending, Placement::Unknown(_)]
    ));
    sleep(Duration::from_secs(30)).await;
    let held = everything(&client).await;
    let placed = held
        .values()
        .filter(|held| held.labels == call.labels && !call.labels.is_empty());
    assert_eq!(placed.count(), 1, "placed once and no more");
}

#[tokio::test(start_paused = true)]
async fn a_call_that_was_dropped_leaves_no_trace() {
    let (_sandbox, client) = start(60, 0.5, "drop-create=1").await;
    let reports = reports(client).await;
    assert!(
        matches!(
            reports[..],
            [
                Placement::Sending,
                Placement::Unknown(_),
                Placement::NoTrace(_)
            ]
        ),
        "{reports:?}"
    );
}
