//! Ledgers of earlier versions (`sandbox.md`, "Ledger"): they are taken forward, and nothing in
//! them is lost.

use std::fs;
use std::path::Path;

use prost::Message as _;
use rusqlite::{Connection, params};
use switchboard::proto::Call;
use switchboard::proto::call::{Direction, State, Transport};
use switchboard::sandbox::Setup;

use super::support::{create, get, list, page, quiet, start, start_time, wish};

/// The layout of version 1 as that version wrote it.
const VERSION_1: &str = include_str!("ledger-v1.sql");

fn old_call(number: i64) -> Call {
    let mut call = Call {
        name: format!("projects/demo/calls/{number:08x}-0000-4000-8000-000000000000"),
        create_time: Some(prost_types::Timestamp {
            seconds: start_time().timestamp() - 1_000 + number,
            nanos: 0,
        }),
        ..wish("+61491570006")
    };
    call.set_state(if number % 3 == 0 {
        State::Failed
    } else {
        State::Completed
    });
    call.set_direction(Direction::Outgoing);
    call.set_transport(Transport::Pstn);
    call
}

/// A ledger of version 1 with some calls, newest last.
fn version_1(path: &Path, calls: &[Call]) -> Connection {
    let connection = Connection::open(path).unwrap();
    connection
        .pragma_update(None, "journal_mode", "WAL")
        .unwrap();
    connection.execute_batch(VERSION_1).unwrap();
    connection
        .execute(
            "INSERT INTO facts (name, value) VALUES ('token_key', ?1), ('salt', ?2)",
            params![[7_u8; 64], [9_u8; 16]],
        )
        .unwrap();
    connection
        .execute(
            "INSERT INTO projects (key, name) VALUES (1, 'projects/demo')",
            [],
        )
        .unwrap();
    for (serial, call) in (1_i64..).zip(calls) {
        let id = call.name.rsplit('/').next().unwrap();
        let created = call.create_time.unwrap().seconds * 1_000_000_000;
        connection
            .execute(
                "INSERT INTO calls (serial, project, id, created, callee, caller, state, direction,
                                    transport, body)
                 VALUES (?1, 1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
                params![
                    serial,
                    id,
                    created,
                    call.to,
                    call.from,
                    call.state,
                    call.direction,
                    call.transport,
                    call.encode_to_vec()
                ],
            )
            .unwrap();
    }
    connection
}

fn on(path: &Path) -> Setup {
    Setup {
        db: Some(path.to_owned()),
        ..quiet()
    }
}

async fn holds_all(path: &Path, mut calls: Vec<Call>) {
    calls.reverse();
    let (sandbox, mut client) = start(on(path)).await;
    assert_eq!(list(&mut client, "").await, calls);
    assert_eq!(get(&mut client, &calls[0].name).await.unwrap(), calls[0]);
    let failed = list(&mut client, "state = FAILED").await;
    assert_eq!(failed.len(), calls.len().div_ceil(3));
    let (_, token) = page(&mut client, "", 4, "").await.unwrap();
    let new = create(&mut client, wish("+61491570156")).await.unwrap();
    drop(client);
    sandbox.shutdown().await;
    let version: i64 = Connection::open(path)
        .unwrap()
        .pragma_query_value(None, "user_version", |row| row.get(0))
        .unwrap();
    assert!(version > 1);

    let (_sandbox, mut client) = start(on(path)).await;
    assert_eq!(list(&mut client, "").await[0].name, new.name);
    let (rest, _) = page(&mut client, "", 100, &token).await.unwrap();
    let expected: Vec<Call> = calls.into_iter().skip(4).take(100).collect();
    assert_eq!(rest, expected);
}

#[tokio::test(start_paused = true)]
async fn a_ledger_of_version_1_is_taken_forward_whole() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.db");
    let calls: Vec<Call> = (0..40).map(old_call).collect();
    drop(version_1(&path, &calls));
    holds_all(&path, calls).await;
}

/// What a kill in the middle of a step leaves: its pages in the log, and no word that they count.
#[tokio::test(start_paused = true)]
async fn a_step_that_was_killed_halfway_is_done_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.db");
    let calls: Vec<Call> = (0..400).map(old_call).collect();
    let connection = version_1(&path, &calls);
    // Has pages written out before the end of the transaction.
    connection.pragma_update(None, "cache_size", 1).unwrap();
    connection
        .pragma_update(None, "wal_checkpoint", "TRUNCATE")
        .ok();
    connection
        .execute_batch(
            "BEGIN; DROP INDEX calls_by_time; DROP INDEX calls_by_id;
             CREATE INDEX calls_by_time ON calls (project, created, id, body);
             PRAGMA user_version = 2;",
        )
        .unwrap();
    let copy = folder.path().join("copy.db");
    for suffix in ["", "-wal"] {
        let from = format!("{}{suffix}", path.display());
        fs::copy(from, format!("{}{suffix}", copy.display())).unwrap();
    }
    let unfinished = fs::metadata(format!("{}-wal", copy.display())).unwrap();
    assert!(unfinished.len() > 10_000, "{}", unfinished.len());
    holds_all(&copy, calls).await;
}
