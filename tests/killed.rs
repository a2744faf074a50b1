//! What `kill -9` leaves of placing (`placement.md`): real processes on one journal, killed at moments
//! that nobody chose, and a last one that settles what they have left. Each ticket makes one call at
//! most, and what was told at the end is what the ledger says.
//!
//! The processes are this test's own binary, started again with the name of the test that places.
//! `KILLED_LIVES`, `KILLED_WISHES`, `KILLED_FAULTS`, `KILLED_LOOK_FOR` (seconds) and `KILLED_SEED` make
//! more of it by hand.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test fails by panicking, and is told by its environment what to do"
)]

use std::collections::BTreeMap;
use std::env;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use switchboard::api::auth::Credentials;
use switchboard::api::{Client, Endpoint, ListRequest, Target, connect};
use switchboard::call::{
    NewCall, Options, Placement, ProjectName, TICKET_LABEL, Ticket, TicketLabel,
};
use switchboard::placement::{Journal, Placer, Stand, Wish, fresh_ticket};
use switchboard::runtime::now;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

fn setting<T: std::str::FromStr>(name: &str, usual: T) -> T {
    let set = env::var(name).ok();
    set.and_then(|text| text.parse().ok()).unwrap_or(usual)
}

fn client(address: &str) -> Client {
    let target = Target {
        endpoint: Endpoint::parse(&format!("http://{address}")).unwrap(),
        project: ProjectName::parse("demo").unwrap(),
        credentials: Credentials::None,
        now,
    };
    connect(target).unwrap()
}

/// The process that is killed: settles what it finds, places calls, and says what it is told.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "started by the test below"]
async fn one_life() {
    let (Ok(address), Ok(journal)) = (env::var("KILLED_ADDRESS"), env::var("KILLED_JOURNAL"))
    else {
        return;
    };
    let placer = Placer {
        client: client(&address),
        journal: Some(Journal::at(journal.into())),
        label: TicketLabel::Carried,
        look_for: Duration::from_secs(setting("KILLED_LOOK_FOR", 3)),
        clock: now,
    };
    let mut lives = JoinSet::new();
    println!("begun");
    let (progress, mut reports) = mpsc::channel(16);
    let recovering = placer.clone();
    lives.spawn(async move { recovering.recover(progress).await.unwrap() });
    lives.spawn(async move {
        while let Some((wish, placement)) = reports.recv().await {
            println!("told {} {}", wish.ticket, word(&placement));
        }
    });
    let mut random = ChaCha8Rng::seed_from_u64(setting("KILLED_LIFE", 0));
    for _ in 0..setting("KILLED_WISHES", 0) {
        let ticket = fresh_ticket(now());
        let call = NewCall {
            to: format!("+6149157015{}", random.random_range(6..10)),
            from: "+61255501234".to_owned(),
            options: Options {
                handler_uris: vec!["https://app.example/handle-call".to_owned()],
                ..Options::default()
            },
            ..NewCall::default()
        };
        println!("wished {ticket}");
        let (progress, mut reports) = mpsc::channel(16);
        let placing = placer.clone();
        let wish = Wish::new(ticket.clone(), call);
        lives.spawn(async move { placing.place(wish, progress).await });
        lives.spawn(async move {
            while let Some(placement) = reports.recv().await {
                println!("told {ticket} {}", word(&placement));
            }
        });
        tokio::time::sleep(Duration::from_millis(random.random_range(0..4))).await;
    }
    lives.join_all().await;
    println!("ended");
}

fn word(placement: &Placement) -> &'static str {
    match placement {
        Placement::Sending => "sending",
        Placement::Placed(_) => "placed",
        Placement::Refused(_) => "refused",
        Placement::NotSent(_) => "not-sent",
        Placement::Unknown(_) => "unknown",
        Placement::NoTrace(_) => "no-trace",
    }
}

/// A sandbox as a process of its own.
struct Service(Child);

impl Drop for Service {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

fn sandbox(home: &Path, faults: &str) -> (Service, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_switchboard"));
    command
        .args(["sandbox", "--listen", "127.0.0.1:0", "--history", "0"])
        .args(["--rate", "0", "--db"])
        .arg(home.join("ledger.db"));
    for fault in faults.split(',').filter(|fault| !fault.is_empty()) {
        command.args(["--fault", fault]);
    }
    let mut process = command
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
    let address = address.to_owned();
    (Service(process), address)
}

/// Starts a life, kills it after a while if that is wished, and gives the whole lines that it wrote.
fn live(variables: &[(&str, String)], killed_after: Option<Duration>) -> Vec<String> {
    let mut life = Command::new(env::current_exe().unwrap())
        .args(["--exact", "one_life", "--ignored", "--nocapture"])
        .envs(variables.iter().map(|(name, value)| (name, value)))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()
        .unwrap();
    let mut stdout = BufReader::new(life.stdout.take().unwrap());
    let mut line = String::new();
    while !line.ends_with("begun\n") {
        line.clear();
        assert!(
            stdout.read_line(&mut line).unwrap() > 0,
            "it does not begin"
        );
    }
    // Read all the while, so that nobody waits for us.
    let reading = thread::spawn(move || {
        let mut rest = Vec::new();
        stdout.read_to_end(&mut rest).unwrap();
        String::from_utf8(rest).unwrap()
    });
    if let Some(after) = killed_after {
        thread::park_timeout(after);
        life.kill().unwrap();
    }
    life.wait().unwrap();
    let text = reading.join().unwrap();
    let whole = text
        .split_inclusive('\n')
        .filter(|line| line.ends_with('\n'));
    whole.map(|line| line.trim().to_owned()).collect()
}

/// How many calls each ticket has made.
async fn ledger(address: &str) -> BTreeMap<String, usize> {
    let client = client(address);
    let mut ledger = BTreeMap::new();
    let mut request = ListRequest {
        page_size: 100,
        ..ListRequest::default()
    };
    loop {
        let Ok(page) = client.list_calls(&request).await else {
            continue;
        };
        for call in page.calls {
            let ticket = call.labels.get(TICKET_LABEL).unwrap().to_owned();
            *ledger.entry(ticket).or_default() += 1;
        }
        request.page_token = page.next_page_token;
        if request.page_token.is_none() {
            return ledger;
        }
    }
}

/// How far a wish had come when its process was killed: by its lines in the journal, and by the ledger.
fn step(journal: &str, ticket: &str, calls: usize) -> &'static str {
    let lines = journal.lines().filter(|line| line.contains(ticket));
    let last = lines.last().unwrap_or_default();
    let event = |name: &str| last.contains(&format!("\"event\":\"{name}\""));
    if last.is_empty() {
        "1 before its line"
    } else if event("sending") && calls == 0 {
        "2 written, no call"
    } else if event("sending") {
        "3 carried out, no line of it"
    } else if event("unknown") || event("taken-over") {
        "4 settling"
    } else {
        "5 settled"
    }
}

#[tokio::test]
async fn no_ticket_is_two_calls_however_often_its_processes_are_killed() {
    let home = tempfile::tempdir().unwrap();
    let journal = home.path().join("state/placements.jsonl");
    let faults: String = setting(
        "KILLED_FAULTS",
        "lose-create=0.2,drop-create=0.1".to_owned(),
    );
    let (service, address) = sandbox(home.path(), &faults);
    let wishes = setting("KILLED_WISHES", 20);
    let mut random = ChaCha8Rng::seed_from_u64(setting("KILLED_SEED", 1));
    let mut told: BTreeMap<String, String> = BTreeMap::new();
    let mut killed_at: BTreeMap<String, &str> = BTreeMap::new();
    let mut lines_of = |variables: &[(&str, String)], after| {
        for line in live(variables, after) {
            let mut words = line.split(' ');
            match (words.next(), words.next(), words.next()) {
                (Some("wished"), Some(ticket), None) => {
                    told.entry(ticket.to_owned()).or_default();
                }
                (Some("told"), Some(ticket), Some(word)) => {
                    told.insert(ticket.to_owned(), word.to_owned());
                }
                _ => {}
            }
        }
        told.clone()
    };
    let common = [
        ("KILLED_ADDRESS", address.clone()),
        ("KILLED_JOURNAL", journal.display().to_string()),
    ];
    for life in 0..setting("KILLED_LIVES", 6) {
        let mut variables = common.to_vec();
        variables.push(("KILLED_WISHES", wishes.to_string()));
        variables.push(("KILLED_LIFE", life.to_string()));
        // Most die while they place, some while they settle.
        let longest = 1u64 << random.random_range(13..20);
        let after = Duration::from_micros(random.random_range(0..longest));
        let told = lines_of(&variables, Some(after));
        let text = std::fs::read_to_string(&journal).unwrap_or_default();
        let calls = ledger(&address).await;
        for ticket in told.keys() {
            let count = calls.get(ticket).copied().unwrap_or_default();
            killed_at
                .entry(ticket.clone())
                .or_insert_with(|| step(&text, ticket, count));
        }
    }
    let mut last = common.to_vec();
    last.push(("KILLED_WISHES", "0".to_owned()));
    let told = lines_of(&last, None);

    let mut calls = ledger(&address).await;
    assert!(calls.values().all(|&count| count == 1), "{calls:?}");
    let journal = Journal::at(journal);
    let mut table: BTreeMap<(&str, String), usize> = BTreeMap::new();
    for (ticket, word) in &told {
        let count = calls.remove(ticket).unwrap_or_default();
        let known = journal.known(&Ticket::new(ticket.as_str())).await.unwrap();
        let (known, expected) = match known.map(|entry| entry.stand) {
            None => ("never written", 0),
            Some(Stand::Placed(_)) => ("placed", 1),
            Some(Stand::Refused(_)) => ("refused", 0),
            Some(Stand::NotSent(_)) => ("not-sent", 0),
            Some(Stand::NoTrace(_)) => ("no-trace", 0),
            Some(Stand::Open) => panic!("{ticket} is not settled; told {word:?}"),
        };
        assert_eq!(
            count, expected,
            "{ticket} is known as {known}; told {word:?}"
        );
        // Who was told of an end was told of that one; who was not can ask.
        let end = !matches!(word.as_str(), "" | "sending" | "unknown");
        assert!(!end || word == known, "{ticket} is {known}; told {word:?}");
        let told = if end { word.as_str() } else { "nothing final" };
        let key = (killed_at[ticket], format!("{known:14} told {told}"));
        *table.entry(key).or_default() += 1;
    }
    assert!(calls.is_empty(), "nobody wished for {calls:?}");
    for ((step, outcome), count) in &table {
        println!("{count:5}  {step:30} {outcome}");
    }
    println!("{:5}  wishes at {faults:?}", told.len());
    drop(service);
}
