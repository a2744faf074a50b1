//! The same seed and times give the same ledger, byte for byte (`sandbox.md`, "Exchange").

use std::path::Path;

use rusqlite::Connection;
use rusqlite::types::Value;
use switchboard::sandbox::Setup;

use super::support::{create, pass, quiet, start, wish};

/// Every row of the tables that hold calls, in the order of their numbers.
fn rows(path: &Path) -> Vec<Vec<Value>> {
    let ledger = Connection::open(path).unwrap();
    let mut rows = Vec::new();
    for table in ["calls", "futures"] {
        let mut all = ledger
            .prepare(&format!("SELECT * FROM {table} ORDER BY serial"))
            .unwrap();
        let columns = all.column_count();
        let read = all.query_map([], |row| {
            (0..columns).map(|at| row.get(at)).collect::<Result<_, _>>()
        });
        rows.extend(read.unwrap().map(Result::unwrap));
    }
    rows
}

/// A few minutes of traffic, with calls placed in between.
async fn session(path: &Path, seed: u64) -> Vec<Vec<Value>> {
    let setup = Setup {
        db: Some(path.to_owned()),
        seed,
        salt: Some(7),
        history: 300,
        rate: 2.0,
        ..quiet()
    };
    let (sandbox, mut client) = start(setup).await;
    for to in ["+61491570006", "+61491570157", "+61255501999"] {
        let mut call = wish(to);
        call.labels = (0..20)
            .map(|n| (format!("key-{n}"), n.to_string()))
            .collect();
        create(&mut client, call).await.unwrap();
        pass(47.5).await;
    }
    drop(client);
    sandbox.shutdown().await;
    rows(path)
}

#[tokio::test(start_paused = true)]
async fn the_same_seed_and_times_give_the_same_ledger() {
    let folder = tempfile::tempdir().unwrap();
    let first = session(&folder.path().join("a.db"), 5).await;
    let again = session(&folder.path().join("b.db"), 5).await;
    assert!(first.len() > 500, "{}", first.len());
    assert!(first == again, "the two ledgers differ");
    let other = session(&folder.path().join("c.db"), 6).await;
    assert!(first != other, "the seed makes no difference");
}
