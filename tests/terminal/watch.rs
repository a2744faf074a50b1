//! `switchboard list --watch`: a line for every change, as long as somebody reads.

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use super::BINARY;
use super::home::Home;
use super::pty::signal;
use super::service::Service;

/// A sandbox where much happens.
fn busy(home: &Home) -> Service {
    let arguments = ["--listen", "127.0.0.1:0", "--history", "300", "--rate", "5"];
    Service::start(home, &[&arguments[..], &["--speed", "10"]].concat())
}

fn watching(home: &Home, service: &Service, arguments: &[&str]) -> Child {
    Command::new(BINARY)
        .args([
            "list",
            "--endpoint",
            &service.address,
            "--project",
            "demo",
            "--watch",
        ])
        .args(arguments)
        .env_clear()
        .envs(home.variables())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

#[test]
fn every_line_is_a_change_of_a_call_s_state() {
    let home = Home::new();
    let service = busy(&home);
    let child = watching(&home, &service, &["--output", "ndjson", "--limit", "40"]);
    let output = child.wait_with_output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(0), "{stderr}");
    assert_eq!(stderr, "");
    let text = String::from_utf8(output.stdout).unwrap();
    let lines: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 40);
    let mut states: HashMap<&str, &str> = HashMap::new();
    for call in &lines {
        let (name, state) = (
            call["name"].as_str().unwrap(),
            call["state"].as_str().unwrap(),
        );
        assert_ne!(
            states.insert(name, state),
            Some(state),
            "told twice: {call}"
        );
    }
}

#[test]
fn a_filter_leaves_the_changes_of_what_passes() {
    let home = Home::new();
    let service = busy(&home);
    let arguments = [
        "--filter",
        "completed",
        "--limit",
        "3",
        "--columns",
        "changed,state,ended",
    ];
    let form = ["--output", "csv"];
    let child = watching(&home, &service, &[&arguments[..], &form].concat());
    let output = child.wait_with_output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 4, "{text}");
    assert_eq!(lines[0], "changed,state,ended");
    for line in &lines[1..] {
        let cells: Vec<&str> = line.split(',').collect();
        assert_eq!((cells[1], cells[0]), ("COMPLETED", cells[2]), "{line}");
    }
}

#[test]
fn an_interruption_ends_it_with_its_status() {
    let home = Home::new();
    let service = busy(&home);
    let mut child = watching(&home, &service, &[]);
    let mut reader = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    reader.read_line(&mut line).unwrap();
    assert!(line.starts_with("CHANGED "), "{line}");
    signal(child.id(), "INT");
    reader.read_to_string(&mut line).unwrap();
    assert!(line.ends_with('\n'));
    assert_eq!(child.wait().unwrap().code(), Some(130));
}

#[test]
fn a_reader_who_has_seen_enough_is_no_error() {
    let home = Home::new();
    let service = busy(&home);
    let mut child = watching(&home, &service, &["--output", "ndjson"]);
    let mut reader = BufReader::new(child.stdout.take().unwrap());
    reader.read_line(&mut String::new()).unwrap();
    drop(reader);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(output.stderr, b"");
}

#[test]
fn a_service_that_goes_away_is_told_of_once_and_waited_for() {
    let home = Home::new();
    let service = busy(&home);
    let mut child = watching(&home, &service, &["--output", "ndjson"]);
    let mut reader = BufReader::new(child.stdout.take().unwrap());
    reader.read_line(&mut String::new()).unwrap();
    // Somebody has to read on, or nothing is written any more.
    let rest = std::thread::spawn(move || reader.read_to_string(&mut String::new()).unwrap());
    service.kill();
    let mut errors = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    errors.read_line(&mut line).unwrap();
    assert!(
        line.starts_with("warning: the service does not answer: "),
        "{line}"
    );
    signal(child.id(), "TERM");
    assert_eq!(child.wait().unwrap().code(), Some(130));
    rest.join().unwrap();
    let mut rest = String::new();
    errors.read_to_string(&mut rest).unwrap();
    assert_eq!(rest, "");
}

#[test]
fn a_service_that_was_never_there_is_told_at_once() {
    let home = Home::new();
    let arguments = [
        "list",
        "--watch",
        "--endpoint",
        "127.0.0.1:1",
        "--project",
        "demo",
    ];
    let output = super::commands::run_at(&home, &arguments, &[]);
    assert_eq!(output.status.code(), Some(5));
    assert_eq!(output.stdout, b"");
}
