//! What reading 100,000 calls takes: page after page, and as a backfill. The service is a sandbox in a
//! process of its own, over TCP, so that the memory measured is the client's. Order and count are
//! checked in every row. Prints a table; it fails if a backfill in order is not ten times as fast as
//! one page after the other where an answer takes 50 ms.
//!
//! `cargo bench --bench backfill -- [--calls 100000]`

#![expect(clippy::unwrap_used, reason = "a bench fails by panicking")]

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _, stdout};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use switchboard::api::auth::Credentials;
use switchboard::api::{Client, Endpoint, ListRequest, Target, connect};
use switchboard::call::{Call, CallName, ProjectName};
use switchboard::feed::backfill::{self, Delivery, Job, Report};
use switchboard::filter::{Plan, Search, Standpoint};
use tokio::time::Instant;

/// How many times as fast a backfill has to be (`performance.md`).
const TIMES: f64 = 10.0;

/// A sandbox in a process of its own.
struct Service {
    process: Child,
    client: Client,
}

impl Service {
    /// With so many calls of the past day, and nothing happening.
    fn start(calls: usize, fault: Option<&str>) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_switchboard"));
        command
            .args(["sandbox", "--listen", "127.0.0.1:0", "--rate", "0"])
            .args(["--history", &calls.to_string()])
            .stdout(Stdio::piped());
        if let Some(fault) = fault {
            command.args(["--fault", fault]);
        }
        let mut process = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let address = line.trim().strip_prefix("listening on ").unwrap();
        let client = connect(Target {
            endpoint: Endpoint::parse(address).unwrap(),
            project: ProjectName::parse("demo").unwrap(),
            credentials: Credentials::None,
            now: || DateTime::UNIX_EPOCH,
        });
        Self {
            process,
            client: client.unwrap(),
        }
    }
}

impl Drop for Service {
    /// Also where a check has failed.
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

/// What was read, one way or the other.
struct Read {
    names: Vec<CallName>,
    oldest: DateTime<Utc>,
    newest: DateTime<Utc>,
    requests: u64,
    took: Duration,
    /// Seconds of a processor, of this process.
    worked: f64,
}

/// Calls as they come, without keeping more of them than their names.
#[derive(Default)]
struct Taken {
    names: Vec<CallName>,
    ends: Option<(DateTime<Utc>, DateTime<Utc>)>,
    is_in_order: bool,
    last: Option<(DateTime<Utc>, CallName)>,
}

impl Taken {
    fn take(&mut self, calls: Vec<Call>) {
        for call in calls {
            let created = call.create_time.unwrap();
            let place = (created, call.name.clone());
            self.is_in_order &= self.last.as_ref().is_none_or(|last| place < *last);
            self.last = Some(place);
            let (oldest, newest) = self.ends.unwrap_or((created, created));
            self.ends = Some((oldest.min(created), newest.max(created)));
            self.names.push(call.name);
        }
    }

    fn done(self, requests: u64, (began, before): (Instant, f64)) -> Read {
        let (oldest, newest) = self.ends.unwrap();
        Read {
            names: self.names,
            oldest,
            newest,
            requests,
            took: began.elapsed(),
            worked: processor() - before,
        }
    }
}

async fn page_after_page(client: &Client, until: DateTime<Utc>) -> Read {
    let began = (Instant::now(), processor());
    let mut taken = Taken {
        is_in_order: true,
        ..Taken::default()
    };
    let mut request = ListRequest {
        page_size: 100,
        ..ListRequest::default()
    };
    let mut requests = 0;
    loop {
        let page = client.list_calls(&request).await.unwrap();
        requests += 1;
        let before = |call: &Call| call.create_time <= Some(until);
        taken.take(page.calls.into_iter().filter(before).collect());
        request.page_token = page.next_page_token;
        if request.page_token.is_none() {
            assert!(taken.is_in_order);
            return taken.done(requests, began);
        }
    }
}

/// A backfill of everything that there was when the range was fixed: a sandbox with a history may yet
/// have a leg or two to come.
async fn backfilled(client: &Client, known: &Read, delivery: Delivery) -> Read {
    let standpoint = Standpoint {
        now: known.newest,
        zone: chrono_tz::UTC,
    };
    let plan = Plan::of(&Search::parse("").unwrap(), &standpoint);
    let end = known.newest + TimeDelta::nanoseconds(1);
    let mut job = Job::new(plan, known.oldest - TimeDelta::hours(1)..end);
    job.delivery = delivery;
    let began = (Instant::now(), processor());
    let mut taken = Taken {
        is_in_order: true,
        ..Taken::default()
    };
    let mut walk = backfill::start(client.clone(), job);
    while let Some(report) = walk.next().await {
        if let Report::Batch(batch) = report.unwrap() {
            taken.take(batch.calls);
        }
    }
    let in_order = delivery == Delivery::NewestFirst;
    assert!(taken.is_in_order || !in_order, "out of order");
    let requests = walk.progress().requests();
    taken.done(requests, began)
}

/// The memory of this process in use now and at most, in MB; zeros where the system does not tell.
fn memory() -> (u64, u64) {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let of = |name: &str| {
        let line = status.lines().find(|line| line.starts_with(name));
        line.and_then(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok())
            .map_or(0, |kilobytes| kilobytes / 1024)
    };
    (of("VmRSS:"), of("VmHWM:"))
}

/// How much of a processor this process has used so far, in seconds; zero where the system does not
/// tell.
fn processor() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = stat.rsplit(')').next().unwrap_or_default();
    // User and system time, in hundredths of a second.
    let used = fields.split_whitespace().skip(11).take(2);
    used.filter_map(|ticks| ticks.parse::<f64>().ok())
        .sum::<f64>()
        / 100.0
}

fn say(line: &str) {
    writeln!(stdout().lock(), "{line}").unwrap();
}

fn row(name: &str, read: &Read) {
    let seconds = read.took.as_secs_f64();
    let count = f64::from(u32::try_from(read.names.len()).unwrap());
    let (now, most) = memory();
    say(&format!(
        "{name:<34} {:>8} {:>9} {seconds:>9.2} {:>7.2} {:>10.0} {now:>7} {most:>7}",
        read.names.len(),
        read.requests,
        read.worked,
        count / seconds
    ));
}

fn same(read: &Read, known: &Read) {
    let mut names = read.names.clone();
    let mut expected = known.names.clone();
    names.sort();
    expected.sort();
    assert!(names == expected, "calls are missing, or twice");
}

async fn measure(calls: usize) {
    say(
        "100 calls a page                      calls  requests   seconds  CPU s    calls/s  MB now  MB max",
    );
    for (fault, told) in [(Some("latency=50ms"), "50 ms"), (None, "no wait")] {
        let service = Service::start(calls, fault);
        // Memory has its highest mark so far after the backfills: they come first but for the order
        // that they are held against.
        let one = ListRequest::default();
        let newest = service
            .client
            .list_calls(&one)
            .await
            .unwrap()
            .calls
            .into_iter()
            .next()
            .unwrap();
        let newest = newest.create_time.unwrap();
        let day = Read {
            names: Vec::new(),
            oldest: newest - TimeDelta::days(1),
            newest,
            requests: 0,
            took: Duration::ZERO,
            worked: 0.0,
        };
        let ordered = backfilled(&service.client, &day, Delivery::NewestFirst).await;
        row(&format!("backfill, newest first, {told}"), &ordered);
        let as_read = backfilled(&service.client, &day, Delivery::AsRead).await;
        row(&format!("backfill, as read, {told}"), &as_read);
        let one_by_one = page_after_page(&service.client, newest).await;
        row(&format!("page after page, {told}"), &one_by_one);
        assert!(ordered.names == one_by_one.names, "not the service's list");
        same(&as_read, &one_by_one);
        let times = one_by_one.took.as_secs_f64() / ordered.took.as_secs_f64();
        say(&format!("{:<34} {times:.1} times as fast", ""));
        let long_enough = calls >= 100_000 && fault.is_some();
        assert!(!long_enough || times >= TIMES, "{times} times as fast");
        drop(service);
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let at = arguments.iter().position(|argument| argument == "--calls");
    let asked = at.and_then(|at| arguments.get(at + 1)?.parse().ok());
    // Without `--bench`, which cargo gives to benches only, everything is tiny.
    let whole = arguments.iter().any(|argument| argument == "--bench");
    let calls = asked.unwrap_or(if whole { 100_000 } else { 500 });
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(measure(calls));
}
