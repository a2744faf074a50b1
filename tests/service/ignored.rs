//! A service that takes filters and does not apply them: said once for each query, and the list is
//! right all the same. No other fault is taken for that.

use std::collections::HashMap;
use std::time::Duration;

use rstest::rstest;
use switchboard::call::{Call, CallName, Coverage, State};
use switchboard::feed::Pace;
use switchboard::sandbox::Setup;

use crate::console::Console;
use crate::embedded::start_with;
use crate::faults::everything;
use crate::scripted::{Service, call};

const SECONDS: fn(u64) -> Duration = Duration::from_secs;

/// Filters of every kind that is asked of the service.
const FILTERS: [&str; 5] = [
    "direction = OUTGOING AND state = FAILED OR state = BUSY",
    "state = RINGING OR state = IN_PROGRESS",
    "to = '+614*'",
    "from = '+61*' AND transport = PSTN",
    "createTime >= '2023-11-14T12:00:00Z' AND createTime < '2023-11-14T22:00:00.000000001Z'",
];

#[rstest]
#[case::none("")]
#[case::slow("latency=300ms,jitter=900ms")]
#[case::away_at_times("unavailable=0.2")]
#[case::limited("rate-limit=3")]
#[case::counting("offset-tokens")]
#[case::late("late-visible=5s")]
#[case::short_of_breath("short-pages")]
#[case::late_prices("late-price=9s")]
#[case::hostile("hostile-text")]
#[case::lossy("lose-create=1")]
#[case::dropping("drop-create=1")]
#[case::many_at_once("jitter=200ms,unavailable=0.1,short-pages,late-visible=3s,hostile-text")]
#[tokio::test(start_paused = true)]
async fn no_other_fault_is_taken_for_a_filter_that_is_not_applied(#[case] faults: &str) {
    let (_sandbox, client) = start_with(Setup {
        history: 300,
        rate: 3.0,
        faults: faults.parse().unwrap(),
        ..Setup::default()
    })
    .await;
    let mut console = Console::start(client, Pace::default());
    for filter in FILTERS {
        console.watch(filter).await;
        console.until_loaded().await;
        console.during(SECONDS(40)).await;
        assert!(!console.is_ignored, "{filter}");
    }
    assert!(console.known().len() > 100, "there was something to see");
}

#[rstest]
#[case::alone("ignore-filter")]
#[case::with_short_pages("ignore-filter,short-pages")]
#[case::with_offsets("ignore-filter,offset-tokens")]
#[tokio::test(start_paused = true)]
async fn what_the_service_does_not_apply_is_said_and_the_list_is_right(#[case] faults: &str) {
    let (_sandbox, client) = start_with(Setup {
        history: 300,
        rate: 2.0,
        faults: faults.parse().unwrap(),
        ..Setup::default()
    })
    .await;
    // How much traffic there is by the end depends on how time has gone on.
    let pace = Pace {
        initial: usize::MAX,
        ..Pace::default()
    };
    let mut console = Console::start(client.clone(), pace);
    for filter in FILTERS {
        console.watch(filter).await;
        console
            .until("it is said", |console| console.is_ignored)
            .await;
        console.until_loaded().await;
        assert_eq!(console.coverage(), Coverage::Everything, "{filter}");
        let before = everything(&client).await;
        console.during(SECONDS(20)).await;
        let after = everything(&client).await;
        let listed: HashMap<CallName, Call> = console
            .listed()
            .into_iter()
            .map(|call| (call.name.clone(), call))
            .collect();
        let mut compared = 0;
        for (name, call) in &before {
            if after.get(name) == Some(call) {
                assert_eq!(
                    listed.contains_key(name),
                    console.filter.matches(call),
                    "{name}"
                );
                compared += 1;
            }
        }
        assert!(compared > 250, "{compared} comparisons");
    }
}

#[tokio::test(start_paused = true)]
async fn a_query_that_the_service_applies_is_free_of_it_again() {
    let service = Service::start();
    for id in 0..50 {
        service.put(call(id, id, State::Completed));
    }
    service.ignore_filters(true);
    let mut console = Console::start(service.client(), Pace::default());
    console.watch("state = FAILED").await;
    console
        .until("it is said", |console| console.is_ignored)
        .await;
    // As long as the query is the same it has been said; another one is looked at anew.
    service.ignore_filters(false);
    console.during(SECONDS(30)).await;
    assert!(console.is_ignored);
    console.watch("state = BUSY").await;
    console.until_loaded().await;
    console.during(SECONDS(30)).await;
    assert!(!console.is_ignored);
}

#[tokio::test(start_paused = true)]
async fn one_that_is_not_applied_any_more_is_noticed_while_it_runs() {
    let service = Service::start();
    for id in 0..50 {
        service.put(call(id, id, State::Completed));
    }
    let mut console = Console::start(service.client(), Pace::default());
    console.watch("state = FAILED").await;
    console.until_loaded().await;
    console.during(SECONDS(10)).await;
    assert!(!console.is_ignored);
    service.ignore_filters(true);
    console
        .until("it is said", |console| console.is_ignored)
        .await;
}

#[tokio::test(start_paused = true)]
async fn a_page_of_older_calls_shows_it_too() {
    let service = Service::start();
    // Only far back are there calls that are not asked for, and none is under way.
    for id in 0..1_500 {
        let state = if id < 100 {
            State::Completed
        } else {
            State::Failed
        };
        service.put(call(id, id, state));
    }
    service.ignore_filters(true);
    let mut console = Console::start(service.client(), Pace::default());
    console.watch("state = FAILED").await;
    console.until_loaded().await;
    // The list of calls under way, which has a filter of its own, is one of ended calls.
    assert!(console.is_ignored);

    let service = Service::start();
    for id in 0..1_500 {
        let mut call = call(id, id, State::InProgress);
        if id < 100 {
            call.to = "+15550100".into();
        }
        service.put(call);
    }
    service.ignore_filters(true);
    let pace = Pace {
        initial: 300,
        ..Pace::default()
    };
    let mut console = Console::start(service.client(), pace);
    console.watch("to = '+61*'").await;
    console.until_loaded().await;
    while !console.is_ignored {
        let read = console.delivered;
        console.older.clear();
        console.older().await;
        console.until_loaded().await;
        assert!(console.delivered > read, "the end was reached in silence");
    }
}
