//! "Faults" and "Exchange" of `sandbox.md`: the same seed, salt, start and script of requests give
//! the same ledger and the same faults.

use std::fmt::Write as _;
use std::time::Duration;

use prost::Message as _;
use switchboard::proto::{Call, GetCallRequest, ListCallsRequest};
use switchboard::sandbox::{Faults, Setup};
use tokio::time::{Instant, timeout};
use tonic::{Request, Status};

use super::support::{Client, create, get, quiet, start, wish};

/// All faults at once.
const ALL: &str = "latency=40ms,jitter=900ms,unavailable=0.15,lose-create=0.25,drop-create=0.25,\
                   rate-limit=1,offset-tokens,late-visible=7s,ignore-filter,short-pages,\
                   late-price=20s,hostile-text";

fn setup(seed: u64) -> Setup {
    Setup {
        projects: ["demo", "other"]
            .into_iter()
            .filter_map(|id| switchboard::call::ProjectName::parse(id).ok())
            .collect(),
        seed,
        salt: Some(5),
        history: 120,
        rate: 1.5,
        speed: 3.0,
        faults: ALL.parse().unwrap(),
        ..quiet()
    }
}

/// What was answered and after how long, in a form that shows every bit of it but for what differs
/// from ledger to ledger by design: the key that page tokens are made with.
struct Record {
    began: Instant,
    text: String,
}

impl Record {
    fn add(&mut self, what: &str, answer: Result<Vec<u8>, Status>) {
        let at = self.began.elapsed();
        match answer {
            Ok(bytes) => writeln!(self.text, "{at:?} {what}: {bytes:?}"),
            Err(status) => {
                let (code, told) = (status.code(), status.message());
                let details = status.details();
                writeln!(self.text, "{at:?} {what}: {code:?} {told} {details:?}")
            }
        }
        .unwrap();
    }
}

async fn one_page(
    client: &mut Client,
    filter: &str,
    token: &str,
) -> Result<(Vec<u8>, String), Status> {
    let request = ListCallsRequest {
        parent: "projects/demo".to_owned(),
        page_size: 12,
        page_token: token.to_owned(),
        filter: filter.to_owned(),
    };
    let mut answer = client.list_calls(request).await?.into_inner();
    let next = std::mem::take(&mut answer.next_page_token);
    let mut bytes = answer.encode_to_vec();
    bytes.push(u8::from(next.is_empty()));
    Ok((bytes, next))
}

async fn placed(client: &mut Client, call: Call) -> Result<Call, Status> {
    timeout(Duration::from_secs(4), create(client, call))
        .await
        .unwrap_or_else(|_| Err(Status::deadline_exceeded("the client's own")))
}

/// Plays a script of requests of every kind, some of them wrong, some while others wait.
async fn play(seed: u64) -> (String, Vec<bool>) {
    let (_sandbox, mut client) = start(setup(seed)).await;
    let mut record = Record {
        began: Instant::now(),
        text: String::new(),
    };
    let mut known = String::new();
    let mut creations = Vec::new();
    let mut token = String::new();
    for step in 0..60_usize {
        tokio::time::sleep(Duration::from_millis([20, 480, 110, 0][step % 4])).await;
        let mut call = wish(["+61491570006", "+61491570156", "+61255509999"][step % 3]);
        if step % 10 == 9 {
            call.to.clear();
        }
        let outcome = placed(&mut client, call).await;
        creations.push(outcome.is_ok());
        if let Ok(call) = &outcome {
            known.clone_from(&call.name);
        }
        record.add("create", outcome.map(|call| call.encode_to_vec()));
        let answer = get(&mut client, &known).await;
        record.add("get", answer.map(|call| call.encode_to_vec()));
        let filter = if step % 7 == 6 {
            "nonsense"
        } else {
            "state = BUSY"
        };
        match one_page(&mut client, filter, &token).await {
            Ok((bytes, next)) => {
                token = next;
                record.add("list", Ok(bytes));
            }
            Err(status) => record.add("list", Err(status)),
        }
    }
    (record.text, creations)
}

/// Two runs of one script are one run, answer by answer, to the nanosecond.
#[tokio::test(start_paused = true)]
async fn all_faults_at_once_replay_exactly() {
    let first = play(11).await;
    let second = play(11).await;
    assert!(!first.0.is_empty());
    for (one, two) in first.0.lines().zip(second.0.lines()) {
        assert_eq!(one, two);
    }
    assert_eq!(first, second);
    for part in [
        "Unavailable",
        "ResourceExhausted",
        "DeadlineExceeded",
        "InvalidArgument",
    ] {
        assert!(first.0.contains(part), "{part} never happened");
    }
    assert!(first.1.contains(&true) && first.1.contains(&false));
    let other = play(12).await;
    assert_ne!(first.1, other.1, "another seed is another run");
}

/// All of the table are on in these runs.
#[test]
fn the_script_has_every_fault() {
    let faults: Faults = ALL.parse().unwrap();
    assert_eq!(
        faults.to_string().split(',').count(),
        Faults::table().count()
    );
}

/// The whole ledger, call by call and byte by byte, as GetCall and lists of a sandbox without
/// faults show it, is the same for a seed, whatever was asked of it meanwhile.
#[tokio::test(start_paused = true)]
async fn the_same_seed_makes_the_same_ledger_to_the_byte() {
    let mut ledgers = Vec::new();
    for asks in [0, 5] {
        let setup = Setup {
            faults: "late-price=20s,hostile-text".parse().unwrap(),
            ..setup(21)
        };
        let (_sandbox, mut client) = start(setup).await;
        let end = Instant::now() + Duration::from_secs(90);
        for _ in 0..asks {
            let name = "projects/demo/calls/x".to_owned();
            drop(client.get_call(Request::new(GetCallRequest { name })).await);
            drop(one_page(&mut client, "", "").await);
            tokio::time::sleep(Duration::from_secs(7)).await;
        }
        tokio::time::sleep_until(end).await;
        let mut bytes = Vec::new();
        let mut token = String::new();
        loop {
            let (page, next) = one_page(&mut client, "", &token).await.unwrap();
            bytes.extend(page);
            if next.is_empty() {
                break;
            }
            token = next;
        }
        ledgers.push(bytes);
    }
    assert!(ledgers[0].len() > 50_000, "{}", ledgers[0].len());
    assert!(ledgers[0] == ledgers[1]);
}
