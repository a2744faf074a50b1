//! Older calls and ranges on request, against the real sandbox: what is told to be complete is there,
//! and nothing is asked that nobody wanted.

use std::ops::Range;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use rstest::rstest;
use switchboard::api::Client;
use switchboard::call::{Call, Covered, Loading, State};
use switchboard::feed::{Command, Pace};
use switchboard::sandbox::Setup;

use crate::console::Console;
use crate::embedded::{everything, start_with};
use crate::oracle::past_the_faults;
use crate::scripted::{Asked, Reply, Service, call, noon};

fn hours(from: i64, to: i64) -> Range<DateTime<Utc>> {
    noon() - TimeDelta::hours(from)..noon() - TimeDelta::hours(to)
}

fn pace() -> Pace {
    Pace {
        initial: 100,
        ..Pace::default()
    }
}

async fn load(console: &mut Console, left: &[Range<DateTime<Utc>>]) {
    let (turn, left) = (console.turn, left.iter().cloned().collect());
    console.loading = None;
    console.tell(Command::Load { turn, left }).await;
}

async fn until_loaded(console: &mut Console) {
    let over = |it: &Console| matches!(it.loading, Some(Loading::Done | Loading::Failed(_)));
    console.until("the range is there", over).await;
}

/// Every call of the past that the service holds is here if it lies in what is told to be complete. Of
/// those that have come since, the oracle asks.
async fn is_whole(console: &Console, client: &Client, filter: &str) {
    for (name, held) in everything(client, filter).await {
        let created = held.create_time.unwrap();
        if created < noon() && console.covered.contains(created) {
            assert!(console.store.get(&name).is_some(), "{name} is missing");
        }
    }
}

#[rstest]
#[case::plain("", "")]
#[case::under_a_filter("", "direction = OUTGOING")]
#[case::slow("latency=80ms", "")]
#[case::failing("unavailable=0.05", "")]
#[case::limited("rate-limit=20", "")]
#[case::offsets("offset-tokens", "")]
#[case::short("short-pages", "")]
#[tokio::test(start_paused = true)]
async fn a_range_is_loaded_beside_the_polls(#[case] faults: &str, #[case] filter: &str) {
    let (sandbox, client) = start_with(Setup {
        history: 3_000,
        rate: 2.0,
        faults: faults.parse().unwrap(),
        ..Setup::default()
    })
    .await;
    let backstage = sandbox.backstage();
    let calm = past_the_faults(&backstage);
    let mut console = Console::start(client, pace());
    console.watch(filter).await;
    console
        .until("the list is complete for something", |it| {
            !it.covered.is_empty()
        })
        .await;
    let ranges = [hours(20, 15), hours(10, 5)];
    load(&mut console, &ranges).await;
    until_loaded(&mut console).await;
    assert_eq!(console.loading, Some(Loading::Done));
    for range in &ranges {
        assert!(console.covered.contains_all(range), "{:?}", console.covered);
    }
    assert!(!console.covered.contains(noon() - TimeDelta::hours(12)));
    console.during(Duration::from_secs(30)).await;
    is_whole(&console, &calm, filter).await;
}

#[tokio::test(start_paused = true)]
async fn a_range_that_is_stopped_goes_on_where_it_was() {
    let (_sandbox, client) = start_with(Setup {
        history: 5_000,
        rate: 0.0,
        faults: "latency=200ms".parse().unwrap(),
        ..Setup::default()
    })
    .await;
    let mut console = Console::start(client.clone(), pace());
    console.watch("").await;
    console.until_live().await;
    let day = hours(24, 2);
    load(&mut console, std::slice::from_ref(&day)).await;
    let some = |it: &Console| !it.covered.missing(&day).is_empty() && it.store.len() > 1_000;
    console.until("some of it is there", some).await;
    console.tell(Command::StopLoading).await;
    console.during(Duration::from_secs(10)).await;
    let (there, covered) = (console.store.len(), console.covered.clone());
    console.during(Duration::from_secs(60)).await;
    assert_eq!((console.store.len(), &console.covered), (there, &covered));
    is_whole(&console, &client, "").await;
    let left = covered.missing(&day);
    assert!(!left.is_empty());
    let delivered = console.delivered;
    load(&mut console, &left).await;
    until_loaded(&mut console).await;
    assert!(console.covered.contains_all(&day));
    is_whole(&console, &client, "").await;
    // What was there already did not come again.
    let came = console.delivered - delivered;
    assert!(came < console.store.len() - there + 200, "{came}");
}

#[tokio::test(start_paused = true)]
async fn a_change_of_the_query_ends_a_range() {
    let (_sandbox, client) = start_with(Setup {
        history: 3_000,
        rate: 0.0,
        faults: "latency=200ms".parse().unwrap(),
        ..Setup::default()
    })
    .await;
    let mut console = Console::start(client, pace());
    console.watch("").await;
    console.until_live().await;
    load(&mut console, &[hours(24, 0)]).await;
    console.watch("state = BUSY").await;
    console.until_live().await;
    console.during(Duration::from_secs(60)).await;
    assert_eq!(console.loading, None);
    assert!(!console.covered.contains(noon() - TimeDelta::hours(24)));
}

/// A project with one call a second, and a console that has the newest hundred of them.
async fn seconds(calls: i64) -> (Service, Console) {
    let service = Service::start();
    for id in 0..calls {
        service.put(call(id, -id, State::Completed));
    }
    let mut console = Console::start(service.client(), pace());
    console.watch("").await;
    console.until_loaded().await;
    (service, console)
}

fn at(second: i64) -> DateTime<Utc> {
    noon() + TimeDelta::seconds(second)
}

#[tokio::test(start_paused = true)]
async fn older_calls_are_those_before_what_the_console_has() {
    let (service, mut console) = seconds(1_000).await;
    // A range has brought some more than the history knows of.
    load(&mut console, &[at(-500)..at(-90)]).await;
    until_loaded(&mut console).await;
    assert_eq!(
        console.covered.complete_since(DateTime::<Utc>::MAX_UTC),
        Some(at(-500))
    );
    service.take_asked();
    console.older.clear();
    console.older().await;
    console.until_loaded().await;
    let asked = service.take_asked();
    let asked: Vec<&str> = asked
        .iter()
        .map(Asked::filter)
        .filter(|filter| filter.contains("createTime < "))
        .collect();
    assert_eq!(asked.len(), 1, "{asked:?}");
    let since = console.covered.complete_since(DateTime::<Utc>::MAX_UTC);
    assert!(since <= Some(at(-590)), "{since:?}");
}

#[tokio::test(start_paused = true)]
async fn calls_that_were_dropped_are_read_again_when_asked_for() {
    let (_service, mut console) = seconds(450).await;
    while console.coverage() != switchboard::call::Coverage::Everything {
        console.older.clear();
        console.older().await;
        console.until_loaded().await;
    }
    // The console drops the older half.
    console
        .covered
        .subtract(&(DateTime::<Utc>::MIN_UTC..at(-200)));
    let dropped: Vec<Call> = console
        .known()
        .into_iter()
        .filter(|it| it.create_time < Some(at(-200)))
        .collect();
    for call in &dropped {
        let slot = console.store.find(&call.name).unwrap();
        console.store.forget(slot);
    }
    while console.coverage() != switchboard::call::Coverage::Everything {
        console.older.clear();
        console.older().await;
        console.until_loaded().await;
    }
    assert_eq!(console.store.len(), 450);
}

#[tokio::test(start_paused = true)]
async fn a_page_that_is_asked_for_after_a_drop_tells_only_of_itself() {
    let (_service, mut console) = seconds(600).await;
    // All but the newest are dropped.
    console.covered = Covered::from_iter([at(-20)..DateTime::<Utc>::MAX_UTC]);
    console.older.clear();
    console.older().await;
    // And while the page is on its way, some more.
    console.covered = Covered::from_iter([at(-10)..DateTime::<Utc>::MAX_UTC]);
    console.until_loaded().await;
    let newest = console.covered.complete_since(DateTime::<Utc>::MAX_UTC);
    assert_eq!(newest, Some(at(-10)), "{:?}", console.covered);
    assert!(console.covered.contains(at(-21)) && !console.covered.contains(at(-15)));
    console.older.clear();
    console.older().await;
    console.until_loaded().await;
    let newest = console.covered.complete_since(DateTime::<Utc>::MAX_UTC);
    assert!(newest <= Some(at(-108)), "{newest:?}");
}

#[tokio::test(start_paused = true)]
async fn a_range_that_is_refused_says_why_and_keeps_what_came() {
    let (service, mut console) = seconds(1_000).await;
    service.rule(|asked| match asked {
        Asked::List(request) if request.filter.contains(">= ") && request.filter.contains("< ") => {
            Reply::Fail(tonic::Status::invalid_argument("no"))
        }
        _ => Reply::Ledger,
    });
    load(&mut console, &[at(-900)..at(-200)]).await;
    until_loaded(&mut console).await;
    assert!(
        matches!(console.loading, Some(Loading::Failed(_))),
        "{:?}",
        console.loading
    );
    assert!(!console.covered.contains(at(-500)));
}
