//! The layout of a ledger's file, version by version. Every ledger comes the same way: a new one
//! goes through all steps, an older one through those that it lacks.

use rusqlite::Connection;
use uuid::Uuid;

use crate::sandbox::page_token::KEY_BYTES;

/// Marks an SQLite file as ours: "swbd".
pub(super) const APPLICATION_ID: i64 = 0x7377_6264;

/// The version that this program writes: how many steps there are.
pub(super) const VERSION: i64 = 3;

/// What leads from each version to the next, beginning with an empty file. A step that was ever
/// released is never changed: what is to be different is a step more.
const STEPS: [&str; 3] = [
    // The columns beside `body` are those that lists are ordered and filtered by; `body` is the
    // whole call as the wire has it. A row of `futures` stays until its call will not change any
    // more.
    "
    CREATE TABLE facts (name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE projects (key INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
    CREATE TABLE calls (
        serial INTEGER PRIMARY KEY,
        project INTEGER NOT NULL,
        id TEXT NOT NULL,
        created INTEGER NOT NULL,
        callee TEXT NOT NULL,
        caller TEXT NOT NULL,
        state INTEGER NOT NULL,
        direction INTEGER NOT NULL,
        transport INTEGER NOT NULL,
        body BLOB NOT NULL
    ) STRICT;
    CREATE TABLE futures (
        serial INTEGER PRIMARY KEY,
        project INTEGER NOT NULL,
        priced INTEGER,
        bridged INTEGER,
        body BLOB NOT NULL
    ) STRICT;
    CREATE UNIQUE INDEX calls_by_id ON calls (project, id);
    CREATE INDEX calls_by_time ON calls (project, created, id);
    CREATE INDEX calls_by_state ON calls (project, state, created, id);
    CREATE INDEX calls_by_callee ON calls (project, callee, created, id);
    CREATE INDEX calls_by_caller ON calls (project, caller, created, id);
    ",
    // All that filters ask of a call stands in the index that has the order of lists, so that the
    // register is filled without a look at the calls themselves.
    "
    DROP INDEX calls_by_time;
    CREATE INDEX calls_by_time
        ON calls (project, created, id, callee, caller, state, direction, transport);
    ",
    // What is still to be delivered. Keys are never used twice: who has seen one has seen all
    // before it.
    "
    CREATE TABLE deliveries (
        key INTEGER PRIMARY KEY AUTOINCREMENT,
        serial INTEGER NOT NULL,
        attempts INTEGER NOT NULL,
        due INTEGER NOT NULL,
        target TEXT NOT NULL,
        url TEXT NOT NULL,
        body BLOB NOT NULL
    ) STRICT;
    ",
];

/// Takes a ledger of a version, 0 for an empty file, to the one that this program writes. Each step
/// is done whole or not at all, so that one that is cut short is done again at the next start.
pub(super) fn bring_forward(connection: &Connection, from: i64) -> Result<(), rusqlite::Error> {
    let missing = (1_i64..).zip(STEPS).filter(|(version, _)| *version > from);
    for (version, step) in missing {
        let transaction = connection.unchecked_transaction()?;
        transaction.execute_batch(step)?;
        if version == 1 {
            transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
            transaction.execute(
                "INSERT INTO facts (name, value) VALUES ('token_key', ?1)",
                [random_key()],
            )?;
        }
        transaction.pragma_update(None, "user_version", version)?;
        transaction.commit()?;
    }
    Ok(())
}

/// Random bytes of the operating system, by way of random UUIDs.
fn random_key() -> Vec<u8> {
    let mut key = Vec::with_capacity(KEY_BYTES);
    while key.len() < KEY_BYTES {
        key.extend_from_slice(Uuid::new_v4().as_bytes());
    }
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The tables and indexes of a database.
    fn schema(connection: &Connection) -> Vec<(String, Option<String>)> {
        let mut statement = connection
            .prepare("SELECT name, sql FROM sqlite_schema ORDER BY name")
            .unwrap();
        let rows = statement
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
            .unwrap();
        rows.map(Result::unwrap).collect()
    }

    #[test]
    fn the_version_is_the_number_of_steps() {
        assert_eq!(usize::try_from(VERSION).unwrap(), STEPS.len());
    }

    fn version(connection: &Connection) -> i64 {
        connection
            .pragma_query_value(None, "user_version", |row| row.get(0))
            .unwrap()
    }

    #[test]
    fn a_step_that_fails_leaves_the_version_before_it_and_is_done_again() {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(STEPS[0]).unwrap();
        connection.pragma_update(None, "user_version", 1).unwrap();
        let before = schema(&connection);
        // What the second step drops is not there, so that it fails on its way.
        connection
            .execute_batch("DROP INDEX calls_by_time; CREATE INDEX aside ON calls (id)")
            .unwrap();
        let spoiled = schema(&connection);
        assert!(bring_forward(&connection, 1).is_err());
        assert_eq!(version(&connection), 1);
        assert_eq!(schema(&connection), spoiled);
        connection
            .execute_batch(
                "DROP INDEX aside; CREATE INDEX calls_by_time ON calls (project, created, id)",
            )
            .unwrap();
        assert_eq!(schema(&connection), before);
        bring_forward(&connection, 1).unwrap();
        assert_eq!(version(&connection), VERSION);
    }

    #[test]
    fn an_old_ledger_comes_to_the_layout_of_a_new_one() {
        let fresh = Connection::open_in_memory().unwrap();
        bring_forward(&fresh, 0).unwrap();
        assert_eq!(version(&fresh), VERSION);
        for from in 1..=VERSION {
            let old = Connection::open_in_memory().unwrap();
            for step in STEPS.iter().take(usize::try_from(from).unwrap()) {
                old.execute_batch(step).unwrap();
            }
            old.pragma_update(None, "user_version", from).unwrap();
            bring_forward(&old, from).unwrap();
            assert_eq!(schema(&old), schema(&fresh));
            assert_eq!(version(&old), VERSION);
        }
    }
}
