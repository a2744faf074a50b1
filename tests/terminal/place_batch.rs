//! `switchboard place --batch`: each row once, whatever befalls the runs that place it.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Output};
use std::thread;
use std::time::Duration;

use serde_json::Value;

use super::commands::run_at;
use super::home::Home;
use super::place::{ledger, sandbox, spawn, stderr, stdout};
use super::pty::signal;
use super::service::Service;

const ROWS: usize = 300;

/// A batch and where it is placed.
struct Batch {
    home: Home,
    service: Service,
    file: PathBuf,
}

impl Batch {
    /// A file with these lines below the names of its columns.
    fn new(faults: &[&str], rows: &str) -> Self {
        let home = Home::new();
        let service = sandbox(&home, faults);
        let file = home.path().join("calls.csv");
        let batch = Self {
            home,
            service,
            file,
        };
        batch.write(rows);
        batch
    }

    fn write(&self, rows: &str) {
        fs::write(&self.file, format!("to,label.row\n{rows}")).unwrap();
    }

    fn results(&self) -> PathBuf {
        self.file.with_extension("results.csv")
    }

    fn arguments<'a>(&'a self, more: &[&'a str]) -> Vec<&'a str> {
        let place = ["place", "--endpoint", &self.service.address];
        let call = ["--project", "demo", "--from", "+61255501234", "--yes"];
        let handler = ["--handler-uri", "https://app.example/", "--batch"];
        let file = [self.file.to_str().unwrap()];
        [&place[..], &call, &handler, &file, more].concat()
    }

    fn run(&self, more: &[&str]) -> Output {
        run_at(&self.home, &self.arguments(more), &[])
    }

    fn start(&self, more: &[&str]) -> Child {
        spawn(&self.home, &self.arguments(more))
    }

    fn ledger(&self) -> Vec<Value> {
        ledger(&self.home, &self.service.address)
    }

    /// The rows of the results by the names of their columns.
    fn entries(&self) -> Vec<Vec<String>> {
        rows_of(&self.results())
    }
}

fn rows_of(path: &Path) -> Vec<Vec<String>> {
    let mut reader = csv::Reader::from_path(path).unwrap();
    let records = reader.records().map(Result::unwrap);
    records
        .map(|record| record.iter().map(ToOwned::to_owned).collect())
        .collect()
}

/// Rows that nobody but us has the numbers of, each with its own label.
fn many(count: usize) -> Vec<String> {
    let row = |at: usize| format!("+6149157{:04},r{at}", at % 200);
    (0..count).map(row).collect()
}

/// What every call of the ledger says it is for.
fn labels(calls: &[Value], key: &str) -> BTreeSet<String> {
    let label = |call: &Value| call["labels"][key].as_str().unwrap().to_owned();
    calls.iter().map(label).collect()
}

/// Waits until so many rows were reported, and kills the run, most likely with requests under way that
/// the service has taken and not yet answered.
fn kill_after(mut child: Child, rows: usize) {
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    for _ in 0..rows {
        lines.next().unwrap().unwrap();
    }
    thread::park_timeout(Duration::from_millis(150));
    signal(child.id(), "KILL");
    child.wait().unwrap();
}

#[test]
fn a_batch_that_is_killed_twice_and_run_again_places_each_row_once() {
    let mut rows = many(ROWS);
    let batch = Batch::new(&["--fault", "latency=400ms"], &rows.join("\n"));
    let pace = [
        "--rate",
        "1000",
        "--max-in-flight",
        "25",
        "--output",
        "json",
    ];
    kill_after(batch.start(&pace), ROWS / 4);
    let first = batch.ledger().len();
    assert!((ROWS / 4..ROWS).contains(&first), "{first}");
    // Where a row stands by now does not matter.
    rows.reverse();
    batch.write(&rows.join("\n"));
    kill_after(batch.start(&pace), ROWS / 4);
    let mut output = batch.run(&pace);
    // What was killed between its line in the journal and its request has left no trace, which takes
    // two minutes to find out: then somebody has to say that it is to be placed again.
    if output.status.code() == Some(6) {
        output = batch.run(&[&pace[..], &["--again-without-trace"]].concat());
    }
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));

    let calls = batch.ledger();
    assert_eq!(calls.len(), ROWS);
    assert_eq!(labels(&calls, "row").len(), ROWS);
    assert_eq!(labels(&calls, "switchboard-ticket").len(), ROWS);
    let entries = batch.entries();
    let lines: Vec<usize> = entries.iter().map(|it| it[0].parse().unwrap()).collect();
    assert_eq!(lines, (2..ROWS + 2).collect::<Vec<_>>());
    assert!(entries.iter().all(|it| it[3] == "placed"), "{entries:?}");
    let told: BTreeSet<String> = entries.iter().map(|it| it[4].clone()).collect();
    let placed: BTreeSet<String> = calls
        .iter()
        .map(|call| call["name"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(told, placed);
    // Once more there is nothing left to do.
    let before = fs::read(batch.results()).unwrap();
    let output = batch.run(&pace);
    assert_eq!(
        (output.status.code(), stdout(&output)),
        (Some(0), String::new())
    );
    assert!(stderr(&output).starts_with("nothing is left to do: 300 rows: 300 placed"));
    assert_eq!(fs::read(batch.results()).unwrap(), before);
    assert_eq!(batch.ledger().len(), ROWS);
}

#[test]
fn without_its_results_a_batch_with_a_ticket_is_not_placed_again() {
    let batch = Batch::new(&[], "+61491570006,a\n+61491570006,a\n+61491570156,b\n");
    let pace = ["--rate", "1000", "--ticket", "spring"];
    assert_eq!(batch.run(&pace).status.code(), Some(0));
    let before = batch.entries();
    fs::remove_file(batch.results()).unwrap();
    let output = batch.run(&pace);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_eq!(batch.ledger().len(), 3);
    let known = |entries: Vec<Vec<String>>| -> Vec<_> {
        entries
            .into_iter()
            .map(|mut it| it.drain(1..5).collect::<Vec<_>>())
            .collect()
    };
    assert_eq!(known(batch.entries()), known(before));
}

#[test]
fn every_wrong_row_is_told_with_its_place_and_nothing_is_sent() {
    let batch = Batch::new(&[], "+61491570006,a\n0491,b\n+61000,c\n+61491570006\n");
    let output = batch.run(&[]);
    let told = stderr(&output);
    assert_eq!(output.status.code(), Some(2), "{told}");
    for place in [
        "calls.csv:3:1: to: ",
        "calls.csv:4:1: to: ",
        "calls.csv:5:13: there are 1",
    ] {
        assert!(told.contains(place), "{place}: {told}");
    }
    assert!(batch.ledger().is_empty());
    assert!(!batch.results().exists());
}

#[test]
fn a_dry_run_prints_each_request_and_leaves_nothing_behind() {
    let batch = Batch::new(&[], "+61491570006,a\n+61491570156,b\n");
    let output = batch.run(&["--dry-run"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let requests = stdout(&output);
    let numbers: Vec<Value> = requests
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["call"]["to"].clone())
        .collect();
    assert_eq!(numbers, ["+61491570006", "+61491570156"]);
    assert!(!batch.results().exists());
    assert!(batch.ledger().is_empty());
}

#[test]
fn a_row_that_was_edited_after_its_call_is_told_and_not_placed() {
    let batch = Batch::new(&[], "+61491570006,a\n");
    assert_eq!(batch.run(&[]).status.code(), Some(0));
    batch.write("+61491570006,b\n");
    let output = batch.run(&[]);
    assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
    assert!(stderr(&output).contains("calls.csv:2:1: changed after +61491570006 was called"));
    assert_eq!(batch.ledger().len(), 1);
    // Another number is another call.
    batch.write("+61491570006,a\n+61491570156,b\n");
    assert_eq!(batch.run(&[]).status.code(), Some(0));
    assert_eq!(batch.ledger().len(), 2);
}

#[test]
fn too_many_failures_stop_it_and_the_next_run_goes_on() {
    let mut rows = String::new();
    for at in 0..30 {
        let number = if at % 3 == 0 { 159 } else { 156 };
        writeln!(rows, "+61491570{number},r{at}").unwrap();
    }
    let batch = Batch::new(&["--speed", "100"], &rows);
    let pace = ["--wait", "--rate", "1000", "--max-in-flight", "5"];
    let stop = [&pace[..], &["--stop-after-failures", "20%"]].concat();
    let output = batch.run(&stop);
    let told = stderr(&output);
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(told.contains("more than 20%"), "{told}");
    let first = batch.ledger().len();
    assert!((10..30).contains(&first), "{first}");
    let output = batch.run(&[&pace[..], &["--stop-after-failures", "100%"]].concat());
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    assert_eq!(batch.ledger().len(), 30);
    let ends: BTreeSet<String> = batch.entries().iter().map(|it| it[5].clone()).collect();
    assert_eq!(
        ends,
        BTreeSet::from(["BUSY".to_owned(), "FAILED".to_owned()])
    );
}

#[test]
fn two_runs_of_one_batch_do_not_go_side_by_side() {
    let batch = Batch::new(&["--fault", "latency=200ms"], &many(50).join("\n"));
    // Slow enough for the second to find the first at it, however busy the machine is.
    let pace = ["--rate", "1000", "--max-in-flight", "2", "--output", "json"];
    let mut child = batch.start(&pace);
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    lines.next().unwrap().unwrap();
    let output = batch.run(&[]);
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    assert!(
        stderr(&output).contains("another run"),
        "{}",
        stderr(&output)
    );
    lines.for_each(|line| drop(line.unwrap()));
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert_eq!(batch.ledger().len(), 50);
}

#[test]
fn an_interruption_waits_for_what_is_under_way_and_the_next_run_goes_on() {
    let batch = Batch::new(&["--fault", "latency=100ms"], &many(60).join("\n"));
    let pace = ["--rate", "1000", "--max-in-flight", "4", "--output", "json"];
    let mut child = batch.start(&pace);
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    for _ in 0..8 {
        lines.next().unwrap().unwrap();
    }
    signal(child.id(), "INT");
    lines.for_each(|line| drop(line.unwrap()));
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130), "{}", stderr(&output));
    let placed = batch
        .entries()
        .iter()
        .filter(|it| it[3] == "placed")
        .count();
    let waiting = batch
        .entries()
        .iter()
        .filter(|it| it[3] == "waiting")
        .count();
    assert_eq!(placed, batch.ledger().len());
    assert_eq!(placed + waiting, 60, "{:?}", batch.entries());
    assert!((8..60).contains(&placed), "{placed}");
    assert_eq!(batch.run(&pace).status.code(), Some(0));
    assert_eq!(batch.ledger().len(), 60);
}

#[test]
fn a_service_that_has_enough_is_given_time_and_no_row_is_lost() {
    let batch = Batch::new(&["--fault", "rate-limit=40"], &many(120).join("\n"));
    let output = batch.run(&["--rate", "1000", "--max-in-flight", "20"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_eq!(labels(&batch.ledger(), "row").len(), 120);
}
