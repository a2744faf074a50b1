//! `switchboard place` as scripts and people use it, on a sandbox of its own.

use std::process::{Child, Command, Output, Stdio};

use rstest::rstest;
use serde_json::Value;

use super::BINARY;
use super::commands::{run, run_at};
use super::home::Home;
use super::pty::{Start, Terminal, eventually, key, signal};
use super::service::Service;

/// A sandbox without any calls but those that are placed, and with these arguments besides.
pub(crate) fn sandbox(home: &Home, more: &[&str]) -> Service {
    let still = ["--listen", "127.0.0.1:0", "--history", "0", "--rate", "0"];
    Service::start(home, &[&still, more].concat())
}

/// Flags of a call to a number, to a service.
fn flags<'a>(service: &'a str, to: &'a str) -> Vec<&'a str> {
    let place = ["place", "--endpoint", service, "--project", "demo"];
    let call = ["--from", "+61255501234", "--to", to];
    let handler = ["--handler-uri", "https://app.example/handle-call"];
    [&place[..], &call, &handler].concat()
}

fn place(home: &Home, service: &Service, to: &str, more: &[&str]) -> Output {
    let flags = flags(&service.address, to);
    run_at(home, &[&flags, more].concat(), &[])
}

/// The program with its output in pipes, on its way.
pub(crate) fn spawn(home: &Home, arguments: &[&str]) -> Child {
    Command::new(BINARY)
        .args(arguments)
        .env_clear()
        .envs(home.variables())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// All calls of a service.
pub(crate) fn ledger(home: &Home, address: &str) -> Vec<Value> {
    let list = ["list", "--endpoint", address, "--project", "demo"];
    let list = [&list[..], &["--output", "ndjson"]].concat();
    let mut output = run_at(home, &list, &[]);
    // A service that has had enough of the placing wants a rest first.
    while stderr(&output).contains("too many requests") {
        output = run_at(home, &list, &[]);
    }
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    objects(&stdout(&output))
}

fn objects(text: &str) -> Vec<Value> {
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

pub(crate) fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

pub(crate) fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn ticket(call: &Value) -> &str {
    call["labels"]["switchboard-ticket"].as_str().unwrap()
}

#[test]
fn a_call_is_placed_once_and_what_was_answered_is_printed() {
    let home = Home::new();
    let service = sandbox(&home, &[]);
    let more = ["--yes", "--output", "json", "--label", "campaign=spring"];
    let output = place(&home, &service, "+61 491 570 006", &more);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_eq!(stderr(&output), "");
    let answers = objects(&stdout(&output));
    let calls = ledger(&home, &service.address);
    assert_eq!((answers.len(), calls.len()), (1, 1));
    assert_eq!(answers[0]["name"], calls[0]["name"]);
    assert_eq!(calls[0]["to"], "+61491570006");
    assert_eq!(calls[0]["labels"]["campaign"], "spring");
    assert_eq!(ticket(&calls[0]).len(), 36);
}

#[rstest]
#[case::answered("+61491570006", 0, "completed")]
#[case::busy("+61491570156", 1, "busy")]
#[case::rejected("+61491570158", 1, "rejected")]
#[case::failed("+61491570159", 1, "failed")]
fn who_waits_sees_each_state_once_and_gets_the_end_as_a_status(
    #[case] to: &str,
    #[case] status: i32,
    #[case] end: &str,
) {
    let home = Home::new();
    let service = sandbox(&home, &["--speed", "20"]);
    let output = place(&home, &service, to, &["--yes", "--wait"]);
    let text = stdout(&output);
    assert_eq!(output.status.code(), Some(status), "{}", stderr(&output));
    let mut lines = text.lines();
    let first = lines.next().unwrap();
    assert!(first.starts_with("placed projects/demo/calls/"), "{text}");
    let states: Vec<&str> = lines.map(|line| line.split_at(14).1.trim()).collect();
    assert_eq!(states.first(), Some(&"queued"), "{text}");
    assert!(states.last().unwrap().starts_with(end), "{text}");
    let mut once = states.clone();
    once.dedup();
    assert_eq!(once, states);
    let more = ["--yes", "--wait", "--output", "json"];
    let output = place(&home, &service, to, &more);
    assert_eq!(output.status.code(), Some(status));
    let states = objects(&stdout(&output));
    let last = states.last().unwrap()["state"].as_str().unwrap();
    assert_eq!(last.to_lowercase(), end);
}

#[test]
fn every_wrong_flag_is_named_with_its_reason_before_anything_is_asked_or_sent() {
    let output = run(&[
        "place",
        "--to",
        "0491",
        "--from",
        "+61255501234",
        "--timeout",
        "700s",
        "--record",
        "never",
        "--label",
        "x",
        "--transcribe",
        "--yes",
    ]);
    let stderr = stderr(&output);
    assert_eq!(output.status.code(), Some(2), "{stderr}");
    assert_eq!(stderr.matches("error: ").count(), 1, "{stderr}");
    for flag in ["to", "handler-uri", "timeout", "label", "record"] {
        assert_eq!(
            stderr.matches(&format!("\n--{flag}: ")).count(),
            1,
            "{stderr}"
        );
    }
    assert!(!stderr.contains("--from: "), "{stderr}");
}

#[rstest]
#[case::a_ticket_with_blanks(&["--ticket", "a b"], "--ticket: ")]
#[case::a_number_for_a_batch(&["--batch", "calls.csv"], "--to: with --batch")]
#[case::a_pace_for_one_call(&["--rate", "2"], "--batch")]
#[case::nobody_to_be_asked(&[], "add --yes")]
fn what_cannot_be_is_told(#[case] more: &[&str], #[case] part: &str) {
    let output = run(&[&flags("127.0.0.1:1", "+61491570006"), more].concat());
    assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
    assert!(stderr(&output).contains(part), "{}", stderr(&output));
    assert_eq!(stdout(&output), "");
}

#[test]
fn a_dry_run_prints_the_request_and_needs_nobody() {
    let more = [
        "--dry-run",
        "--ticket",
        "order-4711",
        "--record",
        "answer",
        "--timeout",
        "1m",
    ];
    let output = run(&[&flags("127.0.0.1:1", "+61491570006"), &more[..]].concat());
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let request: Value = serde_json::from_str(&stdout(&output)).unwrap();
    let expected = serde_json::json!({
        "parent": "projects/demo",
        "call": {
            "to": "+61491570006",
            "from": "+61255501234",
            "labels": { "switchboard-ticket": "order-4711" },
            "options": {
                "handlerUris": ["https://app.example/handle-call"],
                "timeoutSeconds": 60,
                "recording": { "trigger": "ANSWER", "transcribe": "DISABLED" },
            },
        },
    });
    assert_eq!(request, expected);
}

#[test]
fn a_read_only_profile_places_nothing() {
    let home = Home::new();
    home.configure(
        "[profile.eyes]\nproject = \"demo\"\nendpoint = \"127.0.0.1:1\"\nread_only = true\n",
    );
    let flags = flags("127.0.0.1:1", "+61491570006");
    let flags: Vec<&str> = flags
        .into_iter()
        .filter(|it| !["--endpoint", "127.0.0.1:1", "--project", "demo"].contains(it))
        .chain(["--profile", "eyes", "--yes"])
        .collect();
    let output = run_at(&home, &flags, &[]);
    assert_eq!(output.status.code(), Some(4), "{}", stderr(&output));
    assert!(stderr(&output).contains("eyes is read-only"));
}

#[test]
fn a_service_that_is_not_there_is_no_call_and_a_status_of_its_own() {
    let home = Home::new();
    let flags = [&flags("127.0.0.1:1", "+61491570006"), &["--yes"][..]].concat();
    let output = run_at(&home, &flags, &[]);
    assert_eq!(output.status.code(), Some(5), "{}", stderr(&output));
    assert!(stderr(&output).starts_with("error: no call was placed: "));
}

#[test]
fn a_ticket_places_one_call_however_often_it_is_used() {
    let home = Home::new();
    let service = sandbox(&home, &[]);
    let more = ["--yes", "--ticket", "order-4711"];
    let first = place(&home, &service, "+61491570006", &more);
    let second = place(&home, &service, "+61491570006", &more);
    // Another machine, which has nothing of this in its journal.
    let elsewhere = place(&Home::new(), &service, "+61491570006", &more);
    let look = ["place", "--endpoint", &service.address, "--project", "demo"];
    let look = run_at(&home, &[&look, &more[1..]].concat(), &[]);
    for output in [&first, &second, &elsewhere, &look] {
        assert_eq!(output.status.code(), Some(0), "{}", stderr(output));
        assert_eq!(stdout(output), stdout(&first));
    }
    assert!(stderr(&second).contains("order-4711 is known"));
    let calls = ledger(&home, &service.address);
    assert_eq!(calls.len(), 1);
    assert_eq!(ticket(&calls[0]), "order-4711");
}

#[test]
fn a_ticket_that_nobody_knows_is_no_call() {
    let home = Home::new();
    let service = sandbox(&home, &[]);
    let look = ["place", "--endpoint", &service.address, "--project", "demo"];
    let output = run_at(
        &home,
        &[&look[..], &["--ticket", "order-4711"]].concat(),
        &[],
    );
    assert_eq!(output.status.code(), Some(2));
    assert!(
        stderr(&output).contains("is not known here"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn an_interruption_while_nothing_is_known_says_so_and_how_to_find_out() {
    let home = Home::new();
    let service = sandbox(&home, &["--fault", "lose-create=1"]);
    let flags = flags(&service.address, "+61491570006");
    let child = spawn(&home, &[&flags, &["--yes"][..]].concat());
    eventually("the call in the ledger", || {
        ledger(&home, &service.address).len() == 1
    });
    signal(child.id(), "INT");
    let output = child.wait_with_output().unwrap();
    let told = stderr(&output);
    assert_eq!(output.status.code(), Some(6), "{told}");
    let calls = ledger(&home, &service.address);
    let command = format!("switchboard place --ticket {}", ticket(&calls[0]));
    assert!(told.contains(&command), "{told}");
    // What is told is what works: the call is found, and none is placed beside it.
    let look = ["place", "--endpoint", &service.address, "--project", "demo"];
    let look = run_at(
        &home,
        &[&look, &["--ticket", ticket(&calls[0])][..]].concat(),
        &[],
    );
    assert_eq!(look.status.code(), Some(0), "{}", stderr(&look));
    assert!(stdout(&look).contains(calls[0]["name"].as_str().unwrap()));
    assert_eq!(ledger(&home, &service.address).len(), 1);
}

#[test]
fn an_interruption_of_waiting_leaves_the_call() {
    let home = Home::new();
    let service = sandbox(&home, &[]);
    let flags = flags(&service.address, "+61491570006");
    let child = spawn(&home, &[&flags, &["--yes", "--wait"][..]].concat());
    eventually("the call in the ledger", || {
        ledger(&home, &service.address).len() == 1
    });
    signal(child.id(), "INT");
    let output = child.wait_with_output().unwrap();
    // The signal may have come before the answer.
    assert!(
        [Some(130), Some(6)].contains(&output.status.code()),
        "{}",
        stderr(&output)
    );
}

#[rstest]
#[case::no(key::ENTER, 1, 0)]
#[case::yes("y\r", 0, 1)]
#[case::interrupted(key::CTRL_C, 130, 0)]
fn on_a_terminal_it_asks_first(#[case] keys: &str, #[case] status: u32, #[case] calls: usize) {
    let home = Home::new();
    let service = sandbox(&home, &[]);
    let flags = flags(&service.address, "+61491570006");
    let mut terminal = Terminal::start(&Start {
        program: BINARY,
        arguments: &flags,
        variables: home.variables(),
        columns: 80,
        rows: 24,
    });
    terminal.wait_for("Place this call? [y/N]");
    let screen = terminal.contents();
    for part in [
        "+61 491 570 006  Australia",
        "+61 2 5550 1234",
        &service.address,
        "projects/demo",
        "https://app.example/handle-call",
    ] {
        assert!(screen.contains(part), "{part}: {screen}");
    }
    terminal.keys(keys);
    assert_eq!(terminal.status(), status);
    assert_eq!(ledger(&home, &service.address).len(), calls);
}
