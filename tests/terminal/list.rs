//! `switchboard list` as scripts and people use it, on a sandbox of its own.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Command, Output, Stdio};

use rstest::rstest;
use serde_json::Value;

use super::BINARY;
use super::commands::{run, run_at};
use super::home::Home;
use super::pty::{Start, Terminal, signal};
use super::service::Service;

/// A sandbox with calls of the past day and none to come, and with these arguments besides.
pub(crate) fn sandbox(home: &Home, more: &[&str]) -> Service {
    let still = ["--listen", "127.0.0.1:0", "--history", "400", "--rate", "0"];
    Service::start(home, &[&still, more].concat())
}

pub(crate) fn list(home: &Home, service: &Service, arguments: &[&str]) -> Output {
    let to = ["list", "--endpoint", &service.address, "--project", "demo"];
    run_at(home, &[&to, arguments].concat(), &[])
}

pub(crate) fn stdout(output: &Output) -> String {
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{stderr}");
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// Calls of the form with one object a line.
pub(crate) fn objects(text: &str) -> Vec<Value> {
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn every_form_has_the_same_calls_newest_first() {
    let home = Home::new();
    let service = sandbox(&home, &[]);
    let lines = objects(&stdout(&list(&home, &service, &["--output", "ndjson"])));
    assert_eq!(lines.len(), 400);
    let times: Vec<&str> = lines
        .iter()
        .map(|call| call["createTime"].as_str().unwrap())
        .collect();
    assert!(times.is_sorted_by(|a, b| a >= b), "{times:?}");
    let whole = stdout(&list(&home, &service, &["--output", "json"]));
    let whole: Vec<Value> = serde_json::from_str(&whole).unwrap();
    assert_eq!(whole, lines);
    let table = stdout(&list(&home, &service, &[]));
    let rows: Vec<&str> = table.lines().skip(1).collect();
    assert_eq!(rows.len(), 400);
    for (row, call) in rows.iter().zip(&lines) {
        let name = call["name"].as_str().unwrap();
        let id = name.rsplit('/').next().unwrap();
        assert!(row.contains(id), "{row}");
        assert!(row.contains(call["to"].as_str().unwrap()), "{row}");
    }
}

#[test]
fn a_filter_leaves_the_calls_that_pass_wherever_it_is_evaluated() {
    let home = Home::new();
    let service = sandbox(&home, &[]);
    let all = objects(&stdout(&list(&home, &service, &["--output", "ndjson"])));
    let count = |wanted: fn(&Value) -> bool| all.iter().filter(|call| wanted(call)).count();
    let failed = count(|call| call["state"] == "FAILED");
    let incoming = count(|call| call["state"] == "FAILED" || call["direction"] == "INCOMING");
    let priced = count(|call| !call["price"].is_null());
    for (filter, expected) in [
        ("failed", failed),
        ("state = failed OR direction = incoming", incoming),
        ("price:*", priced),
        ("(failed price:*) OR (failed NOT price:*)", failed),
    ] {
        assert!(expected > 0 && expected < 400, "{filter}: {expected}");
        let arguments = ["--output", "ndjson", "--filter", filter];
        let listed = stdout(&list(&home, &service, &arguments));
        assert_eq!(listed.lines().count(), expected, "{filter}");
    }
}

#[test]
fn since_and_until_divide_all_calls() {
    let home = Home::new();
    let service = sandbox(&home, &[]);
    let count = |arguments: &[&str]| {
        let arguments = [&["--output", "ndjson"], arguments].concat();
        stdout(&list(&home, &service, &arguments)).lines().count()
    };
    let (since, until) = (count(&["--since", "6h"]), count(&["--until", "6h"]));
    assert!(since > 0 && until > 0, "{since} {until}");
    assert_eq!(since + until, 400);
    let both = count(&["--since", "12h", "--until", "6h"]);
    assert!(both > 0 && both < until, "{both}");
    let filtered = count(&["--filter", "since:12h until:6h"]);
    assert_eq!(filtered, both);
}

#[test]
fn a_limit_takes_the_newest() {
    let home = Home::new();
    let service = sandbox(&home, &[]);
    let all = stdout(&list(&home, &service, &["--output", "ndjson"]));
    let some = stdout(&list(
        &home,
        &service,
        &["--output", "ndjson", "--limit", "150"],
    ));
    assert_eq!(some.lines().count(), 150);
    assert!(all.starts_with(&some));
    let none = ["--output", "json", "--filter", "to = '+999*'"];
    assert_eq!(stdout(&list(&home, &service, &none)), "[]\n");
}

#[test]
fn a_service_that_does_not_apply_the_filter_is_told_of_and_the_list_is_right() {
    let home = Home::new();
    let right = sandbox(&home, &[]);
    let arguments = ["--output", "ndjson", "--filter", "state = FAILED"];
    let whole = list(&home, &right, &arguments);
    assert!(!String::from_utf8_lossy(&whole.stderr).contains("warning"));
    let odd = sandbox(&home, &["--fault", "ignore-filter,short-pages"]);
    let output = list(&home, &odd, &arguments);
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    let states = |output: &Output| {
        let calls = objects(&stdout(output));
        calls
            .iter()
            .map(|call| call["state"].clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(states(&output), states(&whole));
    assert_eq!(
        stderr
            .matches("warning: the service did not apply the filter")
            .count(),
        1,
        "{stderr}"
    );
    // Where nothing is asked for there is nothing to apply.
    let unasked = ["--output", "ndjson", "--filter", "price:*", "--quiet"];
    assert_eq!(list(&home, &odd, &unasked).stderr, b"");
}

#[rstest]
#[case::short_pages("short-pages")]
#[case::offsets("offset-tokens")]
#[case::away_at_times("unavailable=0.1")]
#[case::hostile("hostile-text")]
fn a_service_with_faults_is_listed_whole(#[case] fault: &str) {
    let home = Home::new();
    let service = sandbox(&home, &["--fault", fault]);
    let output = list(&home, &service, &["--output", "ndjson"]);
    let text = stdout(&output);
    let mut names: Vec<String> = objects(&text)
        .iter()
        .map(|call| call["name"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(names.len(), 400);
    names.sort();
    names.dedup();
    assert_eq!(names.len(), 400);
    assert!(!text.contains(['\u{1b}', '\u{9b}', '\u{202e}']));
    let table = stdout(&list(&home, &service, &["--since", "2d"]));
    assert_eq!(table.lines().count(), 401);
    assert!(!table.contains(['\u{1b}', '\u{9b}', '\u{202e}', '\0']));
}

#[rstest]
#[case::a_filter(&["--filter", "state = FAILD"], "--filter: ", "  state = FAILD\n          ^^^^^")]
#[case::a_hint(&["--filter", "stat = FAILED"], "did you mean state?", "  stat = FAILED\n  ^^^^")]
#[case::behind_wide_characters(
    &["--filter", "to = '日本' AND talk < x"],
    "such as talk < 5s",
    "  to = '日本' AND talk < x\n                         ^"
)]
#[case::since(&["--since", "soon"], "--since: expected ", "  soon\n  ^^^^")]
#[case::until(&["--until", "25:00"], "--until: ", "  25:00\n  ^^^^^")]
#[case::from_later_to_earlier(
    &["--since", "2h", "--until", "3h"],
    "--since 2h is later than --until 3h: there is no time between them",
    ""
)]
#[case::no_limit(&["--limit", "0"], "--limit <N>': a limit is a whole number, 1 or more", "")]
#[case::a_limit_in_words(&["--limit", "ten"], "a limit is a whole number, 1 or more", "")]
#[case::an_unknown_form(&["--output", "xml"], "ndjson", "")]
fn wrong_use_is_told_with_its_place(
    #[case] arguments: &[&str],
    #[case] part: &str,
    #[case] place: &str,
) {
    let output = run(&[&["list"], arguments].concat());
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{stderr}");
    assert_eq!(output.stdout, b"");
    assert!(stderr.contains(part) && stderr.contains(place), "{stderr}");
}

#[test]
fn what_goes_wrong_has_its_status() {
    let home = Home::new();
    let service = sandbox(&home, &[]);
    let unknown = ["list", "--endpoint", &service.address, "--project", "other"];
    assert_eq!(run_at(&home, &unknown, &[]).status.code(), Some(3));
    let nobody = ["list", "--endpoint", "127.0.0.1:1", "--project", "demo"];
    let output = run_at(&home, &nobody, &[]);
    assert_eq!(output.status.code(), Some(5));
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(stderr.matches("error: ").count(), 1, "{stderr}");
}

#[test]
fn without_a_service_the_embedded_sandbox_is_listed_and_that_is_said() {
    let output = run(&["list", "--limit", "3"]);
    assert_eq!(stdout(&output).lines().count(), 4);
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(
        stderr.starts_with("note: the calls of the embedded sandbox"),
        "{stderr}"
    );
}

#[test]
fn an_explanation_asks_nothing_of_the_service() {
    // Nobody listens there.
    let output = run(&[
        "list",
        "--endpoint",
        "127.0.0.1:1",
        "--project",
        "demo",
        "--utc",
        "--explain",
        "--filter",
        "failed talk<5s",
        "--since",
        "2026-11-23",
    ]);
    let told = stdout(&output);
    assert_eq!(output.stderr, b"");
    for part in [
        "read as   state = FAILED AND talk < 5s AND created >= 2026-11-23\n",
        "asked     state = FAILED AND createTime >= '2026-11-23T00:00:00Z'\n",
        "\n  talk < 5s   the service cannot filter by talk\n",
        " UTC (UTC)\n",
    ] {
        assert!(told.contains(part), "{told}");
    }
}

#[test]
fn an_explanation_in_json_is_an_object() {
    let output = run(&[
        "list",
        "--utc",
        "--explain",
        "--output",
        "json",
        "--filter",
        "failed outbound",
    ]);
    let told: Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!(told["readAs"], "state = FAILED AND 'outbound'");
    assert_eq!(told["asked"], "state = FAILED");
    assert_eq!(told["parts"][0]["evaluatedBy"], "service");
    assert_eq!(told["parts"][1]["evaluatedBy"], "console");
    assert_eq!(
        told["parts"][1]["reason"],
        "the service cannot look for words"
    );
    assert_eq!(told["doubts"][0]["didYouMean"], "outgoing");
}

#[test]
fn a_reader_who_has_seen_enough_is_no_error() {
    let home = Home::new();
    let service = sandbox(&home, &[]);
    let mut child = Command::new(BINARY)
        .args(["list", "--endpoint", &service.address, "--project", "demo"])
        .args(["--output", "ndjson"])
        .env_clear()
        .envs(home.variables())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut reader = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    reader.read_line(&mut line).unwrap();
    drop(reader);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

#[test]
fn an_interruption_ends_it_with_its_status() {
    let home = Home::new();
    let service = sandbox(&home, &["--fault", "latency=1s"]);
    let mut child = Command::new(BINARY)
        .args(["list", "--endpoint", &service.address, "--project", "demo"])
        .env_clear()
        .envs(home.variables())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut reader = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    reader.read_line(&mut line).unwrap();
    // The first page is written, and the second takes its time.
    signal(child.id(), "INT");
    let mut rest = String::new();
    reader.read_to_string(&mut rest).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130));
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(stderr.starts_with("partial: "), "{stderr}");
    assert!(rest.lines().count() < 400);
}

#[rstest]
#[case::wide(140)]
#[case::narrow(80)]
fn on_a_terminal_the_table_fits(#[case] columns: u16) {
    let home = Home::new();
    let service = sandbox(&home, &["--fault", "hostile-text"]);
    let mut terminal = Terminal::start(&Start {
        program: BINARY,
        arguments: &[
            "list",
            "--endpoint",
            &service.address,
            "--project",
            "demo",
            "--limit",
            "20",
            "--quiet",
        ],
        variables: home.variables(),
        columns,
        rows: 40,
    });
    assert_eq!(terminal.status(), 0);
    let rows_of = |screen: &vt100::Screen| {
        let rows = screen.rows(0, columns);
        rows.filter(|row| !row.trim().is_empty()).count()
    };
    // What was written last may come to the screen after the end is known.
    terminal.wait_until("all of the list", |screen| rows_of(screen) >= 21);
    let screen = terminal.screen();
    let rows: Vec<String> = screen.rows(0, columns).collect();
    assert_eq!(
        rows_of(&screen),
        21,
        "no row is broken:\n{}",
        rows.join("\n")
    );
}
