//! A sandbox under load: a real process on a real file, over TCP. Prints a table of what pages cost,
//! how many calls a second are placed, how long a start takes and how much memory there is in use.
//!
//! `cargo bench --bench load -- [--calls 1000000] [--seconds 10] [--db FILE]`
//!
//! Making the ledger is part of it. With `--db` the file stays, and is used again the next time.

#![expect(clippy::unwrap_used, reason = "a bench fails by panicking")]

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _, stdout};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use switchboard::proto::call::ApiCallOptions;
use switchboard::proto::calls_client::CallsClient;
use switchboard::proto::{Call, CreateCallRequest, ListCallsRequest};
use tokio::task::JoinSet;
use tokio::time::Instant;
use tonic::transport::Channel;

const CONNECTIONS: u32 = 16;
/// How many pages deep the middle of a list lies, if it is so long.
const MIDDLE: usize = 200;

/// What lists are asked for, with what each stands for. `MID` and `END` become times of the ledger.
const FILTERS: [(&str, &str); 18] = [
    ("everything", ""),
    ("state", "state = FAILED"),
    ("prefix", "to = '+614*'"),
    ("window", "createTime >= 'MID' AND createTime < 'END'"),
    (
        "open",
        "state = QUEUED OR state = STARTING OR state = RINGING OR state = IN_PROGRESS",
    ),
    ("number", "to = '+61491570156'"),
    ("either side", "to = '+61*' OR from = '+61*'"),
    (
        "number, either side",
        "to = '+12125550199' OR from = '+12125550199'",
    ),
    ("rare prefix", "to = '+1212555019*'"),
    ("suffix", "to = '*9917'"),
    ("infix", "from = '*79460*'"),
    ("no match", "to = '+999*'"),
    ("no match, infix", "from = '*x9y*' AND state = FAILED"),
    ("sides that never meet", "to = '+614*' AND from = '+614*'"),
    (
        "enums",
        "direction = INCOMING AND transport = SIP AND state = BUSY",
    ),
    (
        "enums that never meet",
        "direction = INCOMING AND to = '+614*'",
    ),
    (
        "not",
        "NOT (to = '+6*' OR to = '+4*' OR to = '+1*') AND state != COMPLETED",
    ),
    (
        "mixture",
        "(to = '*7' AND from = '*3' AND state = REJECTED) OR (createTime < 'MID' AND to = '*11*22')",
    ),
];

struct Asked {
    calls: u32,
    seconds: u64,
    db: Option<PathBuf>,
}

/// Without `--bench`, which cargo gives to benches only, everything is tiny.
fn asked() -> Asked {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let value = |name: &str| {
        let at = arguments.iter().position(|argument| argument == name)?;
        arguments.get(at + 1).cloned()
    };
    let whole = arguments.iter().any(|argument| argument == "--bench");
    Asked {
        calls: value("--calls").map_or(if whole { 1_000_000 } else { 300 }, |n| n.parse().unwrap()),
        seconds: value("--seconds").map_or_else(|| u64::from(whole) * 10, |n| n.parse().unwrap()),
        db: value("--db").map(PathBuf::from),
    }
}

struct Service {
    process: Child,
    address: String,
    start: Duration,
}

impl Service {
    fn start(db: &Path, calls: u32) -> Self {
        let began = Instant::now();
        let mut process = Command::new(env!("CARGO_BIN_EXE_switchboard"))
            .args(["sandbox", "--listen", "127.0.0.1:0", "--rate", "0", "--db"])
            .arg(db)
            .args(["--history", &calls.to_string()])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let address = line.trim().strip_prefix("listening on ").unwrap();
        Self {
            address: format!("http://{address}"),
            start: began.elapsed(),
            process,
        }
    }

    async fn connect(&self) -> CallsClient<Channel> {
        CallsClient::connect(self.address.clone())
            .await
            .unwrap()
            .max_decoding_message_size(usize::MAX)
    }

    /// Memory in use now and at most, in MB; zeros where the system does not tell.
    fn memory(&self) -> (u64, u64) {
        let status = format!("/proc/{}/status", self.process.id());
        let status = fs::read_to_string(status).unwrap_or_default();
        let of = |name: &str| {
            let line = status.lines().find(|line| line.starts_with(name));
            line.and_then(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok())
                .map_or(0, |kilobytes| kilobytes / 1024)
        };
        (of("VmRSS:"), of("VmHWM:"))
    }

    /// Ends it as a power cut would.
    fn kill(mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

fn say(line: &str) {
    writeln!(stdout().lock(), "{line}").unwrap();
}

async fn page(
    client: &mut CallsClient<Channel>,
    filter: &str,
    page_token: &str,
) -> (Vec<Call>, String) {
    let request = ListCallsRequest {
        parent: "projects/demo".to_owned(),
        page_size: 100,
        page_token: page_token.to_owned(),
        filter: filter.to_owned(),
    };
    let answer = client.list_calls(request).await.unwrap().into_inner();
    (answer.calls, answer.next_page_token)
}

/// Half of the requests took at most the first, 99 of 100 the second; in milliseconds.
fn percentiles(mut took: Vec<Duration>) -> (f64, f64) {
    took.sort_unstable();
    let at = |part: usize| took[(took.len() * part / 100).min(took.len() - 1)].as_secs_f64() * 1e3;
    (at(50), at(99))
}

async fn repeat(
    client: &mut CallsClient<Channel>,
    filter: &str,
    token: &str,
    times: u32,
) -> (f64, f64) {
    let mut took = Vec::new();
    for _ in 0..times {
        let began = Instant::now();
        page(client, filter, token).await;
        took.push(began.elapsed());
    }
    percentiles(took)
}

fn text(call: &Call) -> String {
    let time = call.create_time.unwrap();
    let time = chrono::DateTime::from_timestamp(time.seconds, 0).unwrap();
    time.format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// Two times of the ledger, an hour apart.
async fn times(client: &mut CallsClient<Channel>) -> (String, String) {
    let newest = page(client, "", "").await.0[0].clone();
    let mut earlier = newest.clone();
    let shift = |call: &mut Call, hours: i64| {
        call.create_time.as_mut().unwrap().seconds -= hours * 3_600;
    };
    shift(&mut earlier, 12);
    let mut later = newest;
    shift(&mut later, 11);
    (text(&earlier), text(&later))
}

async fn lists(service: &Service, times_each: u32) {
    let mut client = service.connect().await;
    let (mid, end) = times(&mut client).await;
    say("page of 100, ms          first p50  first p99   deep p50   deep p99   deep from");
    for (name, filter) in FILTERS {
        let filter = filter.replace("MID", &mid).replace("END", &end);
        let first = repeat(&mut client, &filter, "", times_each).await;
        let (mut token, mut listed) = (String::new(), 0);
        for _ in 0..MIDDLE {
            let (calls, next) = page(&mut client, &filter, &token).await;
            if next.is_empty() {
                break;
            }
            listed += calls.len();
            token = next;
        }
        let deep = repeat(&mut client, &filter, &token, times_each).await;
        say(&format!(
            "{name:<22} {:>11.2} {:>10.2} {:>10.2} {:>10.2} {listed:>11}",
            first.0, first.1, deep.0, deep.1
        ));
    }
}

/// Places calls from all connections at once; answers with how many a second were answered.
async fn creates(service: &Service, length: Duration) -> (f64, f64, f64) {
    let end = Instant::now() + length;
    let mut placing = JoinSet::new();
    for connection in 0..CONNECTIONS {
        let mut client = service.connect().await;
        placing.spawn(async move {
            let mut took = Vec::new();
            while Instant::now() < end {
                let call = Call {
                    to: format!("+6149157{connection:02}{:06}", took.len()),
                    from: "+61255501234".to_owned(),
                    options: Some(ApiCallOptions {
                        handler_uris: vec!["https://app.example/handle-call".to_owned()],
                        ..ApiCallOptions::default()
                    }),
                    ..Call::default()
                };
                let request = CreateCallRequest {
                    parent: "projects/demo".to_owned(),
                    call: Some(call),
                };
                let began = Instant::now();
                client.create_call(request).await.unwrap();
                took.push(began.elapsed());
            }
            took
        });
    }
    let mut took = placing.join_all().await.concat();
    let rate = |count: usize| f64::from(u32::try_from(count).unwrap()) / length.as_secs_f64();
    took.push(Duration::ZERO);
    let count = took.len() - 1;
    let (half, most) = percentiles(took);
    let rate = if length.is_zero() { 0.0 } else { rate(count) };
    (rate, half, most)
}

async fn measure(asked: &Asked, db: &Path) {
    let times_each = if asked.seconds == 0 { 3 } else { 200 };
    let made = Service::start(db, asked.calls);
    let (_, most) = made.memory();
    say(&format!(
        "ledger of {} calls: there after {:.2} s, {most} MB at most",
        asked.calls,
        made.start.as_secs_f64()
    ));
    made.kill();

    let service = Service::start(db, 0);
    let mut client = service.connect().await;
    let began = Instant::now();
    page(&mut client, "to = '+999*'", "").await;
    say(&format!(
        "start on that file: {:.3} s; first page of a filter without a match {:.3} s after that",
        service.start.as_secs_f64(),
        began.elapsed().as_secs_f64()
    ));
    lists(&service, times_each).await;
    let (now, most) = service.memory();
    say(&format!("memory after lists: {now} MB, {most} MB at most"));

    let length = Duration::from_secs(asked.seconds);
    let (rate, half, p99) = creates(&service, length).await;
    say(&format!(
        "CreateCall from {CONNECTIONS} connections for {length:?}: {rate:.0}/s, p50 {half:.2} ms, \
         p99 {p99:.2} ms"
    ));
    let lists_during = async {
        let mut client = service.connect().await;
        repeat(&mut client, "from = '*x9y*'", "", times_each).await
    };
    let ((rate, _, p99), (list_half, list_p99)) =
        tokio::join!(creates(&service, length / 2), lists_during);
    say(&format!(
        "the same beside lists of a filter without a match: {rate:.0}/s, p99 {p99:.2} ms; \
         lists p50 {list_half:.2} ms, p99 {list_p99:.2} ms"
    ));
    let (now, most) = service.memory();
    say(&format!("memory after all: {now} MB, {most} MB at most"));
    service.kill();
}

fn main() {
    let asked = asked();
    let folder = tempfile::tempdir().unwrap();
    let db = match &asked.db {
        Some(db) => db.clone(),
        None => folder.path().join("ledger.db"),
    };
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(measure(&asked, &db));
}
