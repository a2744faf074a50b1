//! A range of calls read from the real sandbox, well and misbehaving, with its own list as the oracle.

use std::collections::HashMap;
use std::ops::Range;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use rstest::rstest;
use switchboard::api::{Client, ListRequest};
use switchboard::call::{Call, FailureKind, State};
use switchboard::feed::backfill::{self, Bookmark, Delivery, Job, Report, Walk};
use switchboard::filter::{Filter, Plan};
use switchboard::sandbox::{Sandbox, Setup};
use tokio::time::{Instant, sleep};

use crate::console;
use crate::embedded::start_with;
use crate::scripted::{Reply, Service, call, noon};

const SECOND: Duration = Duration::from_secs(1);

async fn start(history: u32, rate: f64, faults: &str) -> (Sandbox, Client) {
    start_with(Setup {
        history,
        rate,
        faults: faults.parse().unwrap(),
        ..Setup::default()
    })
    .await
}

fn plan(filter: &str) -> Plan {
    console::plan(&Filter::parse(filter).unwrap())
}

/// Everything that the service lists for a filter, page by page, however often it takes to ask.
async fn listed(client: &Client, filter: &str) -> Vec<Call> {
    let mut calls: HashMap<_, Call> = HashMap::new();
    let mut request = ListRequest {
        page_size: 100,
        page_token: None,
        filter: filter.to_owned(),
    };
    loop {
        let Ok(page) = client.list_calls(&request).await else {
            sleep(SECOND).await;
            continue;
        };
        calls.extend(page.calls.into_iter().map(|call| (call.name.clone(), call)));
        request.page_token = page.next_page_token;
        if request.page_token.is_none() {
            let mut calls: Vec<Call> = calls.into_values().collect();
            calls.sort_by(|a, b| (b.create_time, &b.name).cmp(&(a.create_time, &a.name)));
            return calls;
        }
    }
}

/// All that a walk delivers, to its end.
async fn walked(walk: &mut Walk) -> Vec<Call> {
    let mut calls = Vec::new();
    while let Some(report) = walk.next().await {
        if let Report::Batch(batch) = report.unwrap() {
            calls.extend(batch.calls);
        }
    }
    assert!(walk.bookmark().is_done());
    calls
}

/// What is long over by noon, so that nothing of it changes any more.
fn settled() -> Range<DateTime<Utc>> {
    noon() - TimeDelta::hours(20)..noon() - TimeDelta::hours(3)
}

fn within(range: &Range<DateTime<Utc>>, calls: &[Call]) -> Vec<Call> {
    let is_in = |call: &&Call| range.contains(&call.create_time.unwrap());
    calls.iter().filter(is_in).cloned().collect()
}

#[rstest]
#[case::well("")]
#[case::far_away("latency=50ms,jitter=100ms")]
#[case::short_of_breath("short-pages")]
#[case::away_at_times("unavailable=0.3")]
#[case::slow("rate-limit=20")]
#[case::counting("offset-tokens")]
#[case::late("late-visible=5s")]
#[case::deaf("ignore-filter")]
#[case::hostile("hostile-text")]
#[case::many_at_once(
    "latency=50ms,jitter=50ms,short-pages,unavailable=0.1,rate-limit=50,offset-tokens"
)]
#[case::deaf_and_more("ignore-filter,short-pages,unavailable=0.1,offset-tokens")]
#[tokio::test(start_paused = true)]
async fn a_range_is_read_whole_in_order_and_each_call_once(
    #[case] faults: &str,
    #[values("", "state = FAILED OR state = BUSY")] filter: &str,
) {
    let (_sandbox, client) = start(3_000, 0.0, faults).await;
    let all = listed(&client, filter).await;
    let range = settled();
    let plan = plan(filter);
    let expected: Vec<Call> = within(&range, &all)
        .into_iter()
        .filter(|call| plan.allows(call))
        .collect();
    assert!(expected.len() > 100, "{}", expected.len());
    let mut walk = backfill::start(client.clone(), Job::new(plan.clone(), range.clone()));
    let mut calls = walked(&mut walk).await;
    // It is the receiver who evaluates the filter.
    calls.retain(|call| plan.allows(call));
    assert!(calls == expected, "not what the service lists");

    let mut job = Job::new(plan.clone(), range);
    job.delivery = Delivery::AsRead;
    let mut calls = walked(&mut backfill::start(client, job)).await;
    calls.retain(|call| plan.allows(call));
    calls.sort_by(|a, b| (b.create_time, &b.name).cmp(&(a.create_time, &a.name)));
    assert!(calls == expected, "not what the service lists");
}

#[rstest]
#[case::well("latency=50ms")]
#[case::counting("latency=50ms,offset-tokens,short-pages")]
#[tokio::test(start_paused = true)]
async fn while_calls_come_and_change_the_range_up_to_its_end_is_read(#[case] faults: &str) {
    let (_sandbox, client) = start(3_000, 20.0, faults).await;
    sleep(SECOND * 30).await;
    let before = listed(&client, "state = IN_PROGRESS").await;
    // Up to now, with calls under way in it: those that change leave the list while it is read.
    let end = before.first().unwrap().create_time.unwrap();
    let range = end - TimeDelta::days(2)..end;
    let job = Job::new(plan("state = IN_PROGRESS"), range.clone());
    let calls = walked(&mut backfill::start(client.clone(), job)).await;
    let after = listed(&client, "state = IN_PROGRESS").await;
    let names = |calls: &[Call]| -> Vec<_> {
        let calls = within(&range, calls);
        calls.into_iter().map(|call| call.name).collect()
    };
    let read = names(&calls);
    assert_eq!(read.len(), calls.len(), "a call from outside of the range");
    let mut lasted = 0;
    for name in names(&before) {
        if names(&after).contains(&name) {
            assert!(read.contains(&name), "{name} was listed all along");
            lasted += 1;
        }
    }
    assert!(lasted > 10, "{lasted} calls lasted");
}

#[tokio::test(start_paused = true)]
async fn a_walk_that_is_left_again_and_again_comes_to_the_same() {
    let (_sandbox, client) = start(3_000, 0.0, "short-pages,unavailable=0.1").await;
    let expected = within(&settled(), &listed(&client, "").await);
    let mut bookmark = Bookmark::new(&plan(""), settled());
    let mut calls = Vec::new();
    let mut times = 0;
    while !bookmark.is_done() {
        let job = Job::resume(plan(""), bookmark.to_string().parse().unwrap());
        let mut walk = backfill::start(client.clone(), job.unwrap());
        for _ in 0..5 {
            if let Some(Ok(Report::Batch(batch))) = walk.next().await {
                calls.extend(batch.calls);
            }
        }
        bookmark = walk.bookmark().clone();
        times += 1;
    }
    assert!(times > 3, "left {times} times");
    assert!(calls == expected, "not what the service lists");
}

#[tokio::test(start_paused = true)]
async fn at_fifty_milliseconds_it_is_ten_times_as_fast_as_page_after_page() {
    let (_sandbox, client) = start(20_000, 0.0, "latency=50ms").await;
    let began = Instant::now();
    let expected = listed(&client, "").await;
    let one_by_one = began.elapsed();
    let range = noon() - TimeDelta::days(2)..noon() + TimeDelta::nanoseconds(1);
    let began = Instant::now();
    let mut walk = backfill::start(client, Job::new(plan(""), range));
    let calls = walked(&mut walk).await;
    let took = began.elapsed();
    let count = |calls: &[Call]| calls.len();
    assert_eq!(count(&calls), count(&expected));
    assert!(took * 10 < one_by_one, "{took:?} and {one_by_one:?}");
}

#[tokio::test(start_paused = true)]
async fn a_refusal_ends_it_with_its_reason() {
    let service = Service::start();
    for id in 0..500 {
        service.put(call(id, id, State::Completed));
    }
    let mut asked = 0;
    service.rule(move |_| {
        asked += 1;
        if asked > 3 {
            Reply::Fail(tonic::Status::permission_denied("not any more"))
        } else {
            Reply::Ledger
        }
    });
    let range = noon()..noon() + TimeDelta::hours(1);
    let mut walk = backfill::start(service.client(), Job::new(plan(""), range));
    let mut calls = 0;
    let failure = loop {
        match walk.next().await.unwrap() {
            Ok(Report::Batch(batch)) => calls += batch.calls.len(),
            Ok(Report::Waiting { .. }) => {}
            Err(failure) => break failure,
        }
    };
    assert!(matches!(failure.kind, FailureKind::PermissionDenied { .. }));
    assert!(calls > 0 && !walk.bookmark().is_done());
}
