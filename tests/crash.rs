//! What `kill -9` leaves of a sandbox (`sandbox.md`, "Ledger"): a real process on a real file, killed
//! under load at moments that nobody chose. Every call that was answered is there, exactly once.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use switchboard::proto::call::{ApiCallOptions, State};
use switchboard::proto::calls_client::CallsClient;
use switchboard::proto::{Call, CreateCallRequest, GetCallRequest, ListCallsRequest};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};
use tonic::transport::Channel;

const ROUNDS: usize = 5;
const CONNECTIONS: usize = 6;
/// How long anything may take at most.
const PATIENCE: Duration = Duration::from_secs(60);

type Client = CallsClient<Channel>;

struct Service {
    process: Child,
    address: String,
}

impl Service {
    fn start(home: &Path) -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_switchboard"))
            .args(["sandbox", "--listen", "127.0.0.1:0", "--history", "150"])
            .args(["--rate", "5", "--speed", "50", "--db"])
            .arg(home.join("ledger.db"))
            .env_clear()
            .env("HOME", home)
            .stdin(Stdio::null())
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
            process,
        }
    }

    async fn connect(&self) -> Client {
        CallsClient::connect(self.address.clone()).await.unwrap()
    }

    fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

/// A call that was answered: its ticket and its name.
type Answered = (String, String);

/// Places calls one after the other until the service is gone.
async fn place(mut client: Client, tickets: String, answered: mpsc::Sender<Answered>) {
    for number in 0.. {
        let ticket = format!("{tickets}-{number}");
        let call = Call {
            to: "+61491570156".to_owned(),
            from: "+61255501234".to_owned(),
            labels: [("ticket".to_owned(), ticket.clone())].into(),
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
        let Ok(call) = client.create_call(request).await else {
            return;
        };
        let name = call.into_inner().name;
        if answered.send((ticket, name)).await.is_err() {
            return;
        }
    }
}

/// All calls from a token on.
async fn list(client: &mut Client, token: &str) -> Vec<Call> {
    let mut calls = Vec::new();
    let mut page_token = token.to_owned();
    loop {
        let answer = page(client, 100, &page_token).await;
        calls.extend(answer.0);
        page_token = answer.1;
        if page_token.is_empty() {
            return calls;
        }
    }
}

async fn page(client: &mut Client, page_size: i32, page_token: &str) -> (Vec<Call>, String) {
    let request = ListCallsRequest {
        parent: "projects/demo".to_owned(),
        page_size,
        page_token: page_token.to_owned(),
        filter: String::new(),
    };
    let answer = client.list_calls(request).await.unwrap().into_inner();
    (answer.calls, answer.next_page_token)
}

fn names(calls: &[Call]) -> Vec<String> {
    calls.iter().map(|call| call.name.clone()).collect()
}

/// Has calls placed from all connections, kills the service after some number of answers, and takes
/// all that were answered until then.
async fn load_and_kill(mut service: Service, round: usize) -> Vec<Answered> {
    let (tell, mut told) = mpsc::channel(1);
    let mut placing = JoinSet::new();
    for connection in 0..CONNECTIONS {
        let client = service.connect().await;
        placing.spawn(place(client, format!("{round}-{connection}"), tell.clone()));
    }
    drop(tell);
    let enough = 20 + uuid::Uuid::new_v4().as_u128() % 300;
    let mut answered = Vec::new();
    for _ in 0..enough {
        answered.push(told.recv().await.unwrap());
    }
    service.kill();
    // Answers that were on their way count as much.
    while let Some(last) = told.recv().await {
        answered.push(last);
    }
    placing.join_all().await;
    answered
}

/// Each ticket once, each name once, and all that were answered among them.
fn check(calls: &[Call], answered: &BTreeMap<String, String>) {
    let mut there = BTreeMap::new();
    let mut seen = BTreeSet::new();
    for call in calls {
        assert!(seen.insert(&call.name), "{} is there twice", call.name);
        if let Some(ticket) = call.labels.get("ticket") {
            let twice = there.insert(ticket, &call.name);
            assert_eq!(twice, None, "{ticket} was carried out twice");
        }
    }
    for (ticket, name) in answered {
        assert_eq!(there.get(ticket), Some(&name), "{ticket} was answered");
    }
    // What was asked for and never answered may be there or not: one per connection and round.
    let unanswered = there.len() - answered.len();
    assert!(unanswered <= ROUNDS * CONNECTIONS, "{unanswered}");
}

#[tokio::test]
async fn every_answered_call_outlives_a_kill_exactly_once() {
    let home = tempfile::tempdir().unwrap();
    let mut answered = BTreeMap::new();
    let mut tokens: Vec<(String, Vec<String>)> = Vec::new();
    for round in 0..ROUNDS {
        let service = Service::start(home.path());
        let mut client = service.connect().await;
        for (token, before) in &tokens {
            assert_eq!(names(&list(&mut client, token).await), *before);
        }
        check(&list(&mut client, "").await, &answered);
        let (_, token) = page(&mut client, 7, "").await;
        let rest = names(&list(&mut client, &token).await);
        tokens.push((token, rest));
        answered.extend(load_and_kill(service, round).await);
    }
    assert!(answered.len() >= ROUNDS * 20);

    let service = Service::start(home.path());
    let mut client = service.connect().await;
    check(&list(&mut client, "").await, &answered);
    // The lives of all go on to their ends, however often they were interrupted.
    let end = Instant::now() + PATIENCE;
    for name in answered.values() {
        loop {
            let name = name.clone();
            let call = client.get_call(GetCallRequest { name }).await.unwrap();
            let call = call.into_inner();
            if call.state() == State::Busy {
                break;
            }
            assert!(Instant::now() < end, "{call:?}");
            sleep(Duration::from_millis(20)).await;
        }
    }
}

/// The lock of a killed process goes with it; that of a running one holds.
#[tokio::test]
async fn a_running_sandbox_keeps_its_file_and_a_killed_one_does_not() {
    let home = tempfile::tempdir().unwrap();
    let mut first = Service::start(home.path());
    let second = Command::new(env!("CARGO_BIN_EXE_switchboard"))
        .args(["sandbox", "--listen", "127.0.0.1:0", "--db"])
        .arg(home.path().join("ledger.db"))
        .env_clear()
        .env("HOME", home.path())
        .output()
        .unwrap();
    assert_eq!(second.status.code(), Some(1));
    let stderr = String::from_utf8(second.stderr).unwrap();
    assert!(stderr.contains("in use by another sandbox"), "{stderr}");
    first.kill();
    let again = Service::start(home.path());
    assert_eq!(page(&mut again.connect().await, 100, "").await.0.len(), 100);
}
