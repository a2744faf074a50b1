//! Opening a ledger: a new one is laid out, an existing one is checked before anything is written.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::{DateTime, Utc};
use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension as _};
use uuid::Uuid;

use super::lock::Lock;
use super::{LedgerError, layout};
use crate::sandbox::page_token::{KEY_BYTES, TokenKey};
use crate::sandbox::wire;

/// How every database of SQLite's begins.
const MAGIC: &[u8] = b"SQLite format 3\0";
/// How long to wait for a process that is just letting go of the file.
const WAIT: Duration = Duration::from_secs(2);
/// A file up to this size is checked as a whole when it is opened.
const CHECKED_BYTES: i64 = 64 * 1024 * 1024;
/// How large the log stays once it has been worked off.
const LOG_BYTES: i64 = 16 * 1024 * 1024;
/// How much of the file is kept in memory, on top of what the system keeps. SQLite takes a number
/// below zero for KiB.
const CACHE_KIBIBYTES: i64 = -8 * 1024;

/// A database that is open, for this sandbox alone.
#[derive(Debug)]
pub(super) struct Opened {
    /// Where it is written, and read where there is no file.
    pub(super) connection: Connection,
    /// The file, with its lock.
    pub(super) file: Option<(PathBuf, Lock)>,
}

/// Opens the ledger in a file, or a temporary one that goes with the process.
pub(super) fn open(path: Option<&Path>) -> Result<Opened, LedgerError> {
    let Some(path) = path else {
        // SQLite's own temporary file: in memory until it grows large.
        let connection = Connection::open("")?;
        // Without any journal a write that fails could not be taken back.
        connection.pragma_update(None, "journal_mode", "MEMORY")?;
        connection.pragma_update(None, "synchronous", "OFF")?;
        layout::bring_forward(&connection, 0)?;
        return Ok(Opened {
            connection,
            file: None,
        });
    };
    let sort = |error: rusqlite::Error| sort_out(path, &error);
    let lock = Lock::take_existing(path)?;
    check_beginning(path)?;
    let connection = Connection::open(path).map_err(sort)?;
    connection.busy_timeout(WAIT).map_err(sort)?;
    version(&connection, path)?;
    // From here on it is known that the file is ours, or nobody's.
    let lock = match lock {
        Some(lock) => lock,
        None => Lock::take_new(path)?,
    };
    let version = version(&connection, path)?;
    // An answered CreateCall is on disk: every commit waits for the disk.
    connection
        .pragma_update(None, "synchronous", "FULL")
        .map_err(sort)?;
    write_ahead(&connection).map_err(sort)?;
    if version > 0 {
        check(&connection, path)?;
    }
    layout::bring_forward(&connection, version).map_err(sort)?;
    Ok(Opened {
        connection,
        file: Some((path.to_owned(), lock)),
    })
}

/// Has writes go to a log first: they wait for the disk once, and readers never wait for them.
pub(super) fn write_ahead(connection: &Connection) -> Result<(), rusqlite::Error> {
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "journal_size_limit", LOG_BYTES)
}

/// A second way into a ledger that is open, to read only.
pub(super) fn open_to_read(path: &Path) -> Result<Connection, LedgerError> {
    let sort = |error: rusqlite::Error| sort_out(path, &error);
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(sort)?;
    connection.busy_timeout(WAIT).map_err(sort)?;
    connection
        .pragma_update(None, "cache_size", CACHE_KIBIBYTES)
        .map_err(sort)?;
    Ok(connection)
}

/// Refuses a file that is no database at all: SQLite would take a very short one for empty.
fn check_beginning(path: &Path) -> Result<(), LedgerError> {
    let Ok(file) = File::open(path) else {
        // Not there yet, or not to be read: opening the database tells which.
        return Ok(());
    };
    let mut beginning = Vec::new();
    let read = file.take(MAGIC.len() as u64).read_to_end(&mut beginning);
    match read {
        Ok(_) if beginning.is_empty() || beginning == MAGIC => Ok(()),
        Ok(_) => Err(LedgerError::Foreign {
            path: path.to_owned(),
        }),
        Err(error) => Err(LedgerError::Open {
            path: path.to_owned(),
            reason: error.to_string(),
        }),
    }
}

/// The version of the ledger's layout, 0 for a file that nothing was ever written to; an error if
/// it is not ours. Reads only.
fn version(connection: &Connection, path: &Path) -> Result<i64, LedgerError> {
    let number = |pragma: &str| {
        connection
            .pragma_query_value(None, pragma, |row| row.get::<_, i64>(0))
            .map_err(|error| sort_out(path, &error))
    };
    let (application, version) = (number("application_id")?, number("user_version")?);
    let tables: i64 = connection
        .query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))
        .map_err(|error| sort_out(path, &error))?;
    if application == 0 && version == 0 && tables == 0 {
        return Ok(0);
    }
    let path = path.to_owned();
    if application != layout::APPLICATION_ID || version < 1 {
        return Err(LedgerError::Foreign { path });
    }
    if version > layout::VERSION {
        return Err(LedgerError::Newer { path, version });
    }
    Ok(version)
}

fn check(connection: &Connection, path: &Path) -> Result<(), LedgerError> {
    let sort = |error: rusqlite::Error| sort_out(path, &error);
    let number =
        |pragma: &str| connection.pragma_query_value(None, pragma, |row| row.get::<_, i64>(0));
    let bytes = number("page_count").map_err(sort)? * number("page_size").map_err(sort)?;
    if bytes > CHECKED_BYTES {
        return Ok(());
    }
    let found: String = connection
        .query_row("PRAGMA quick_check(1)", [], |row| row.get(0))
        .map_err(sort)?;
    if found == "ok" {
        return Ok(());
    }
    Err(LedgerError::Damaged {
        path: path.to_owned(),
        reason: found,
    })
}

/// The key that page tokens are authenticated with.
pub(super) fn token_key(connection: &Connection) -> Result<TokenKey, LedgerError> {
    let key: Option<Vec<u8>> = connection
        .query_row(
            "SELECT value FROM facts WHERE name = 'token_key'",
            [],
            |row| row.get(0),
        )
        .optional()?;
    key.and_then(|key| <[u8; KEY_BYTES]>::try_from(key).ok())
        .map(TokenKey::new)
        .ok_or_else(|| LedgerError::Failed("the key of its page tokens is missing".to_owned()))
}

/// What the names of calls are made unique with. Where there is none yet, `first` becomes it, or
/// chance.
pub(super) fn salt(connection: &Connection, first: Option<u128>) -> Result<u128, LedgerError> {
    let first = first.unwrap_or_else(|| Uuid::new_v4().as_u128());
    connection.execute(
        "INSERT OR IGNORE INTO facts (name, value) VALUES ('salt', ?1)",
        [first.to_be_bytes()],
    )?;
    let kept = connection.query_row("SELECT value FROM facts WHERE name = 'salt'", [], |row| {
        row.get::<_, [u8; 16]>(0)
    })?;
    Ok(u128::from_be_bytes(kept))
}

/// How many writes there have been.
pub(super) fn turn(connection: &Connection) -> Result<i64, rusqlite::Error> {
    let turn: Option<[u8; 8]> = connection
        .prepare_cached("SELECT value FROM facts WHERE name = 'turn'")?
        .query_row([], |row| row.get(0))
        .optional()?;
    Ok(turn.map_or(0, i64::from_be_bytes))
}

/// Notes what the exchange's clock shows at a write, and which write it is.
pub(super) fn note(
    connection: &Connection,
    turn: i64,
    now: DateTime<Utc>,
) -> Result<(), rusqlite::Error> {
    connection
        .prepare_cached(
            "INSERT OR REPLACE INTO facts (name, value) VALUES ('clock', ?1), ('turn', ?2)",
        )?
        .execute([wire::nanos(now).to_be_bytes(), turn.to_be_bytes()])?;
    Ok(())
}

/// Drops the indexes over calls, and answers with what makes them anew.
pub(super) fn take_indexes_down(connection: &Connection) -> Result<String, rusqlite::Error> {
    let mut statement = connection.prepare(
        "SELECT name, sql FROM sqlite_schema
         WHERE type = 'index' AND tbl_name = 'calls' AND sql IS NOT NULL",
    )?;
    let indexes = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let indexes: Vec<(String, String)> = indexes.collect::<Result<_, _>>()?;
    let mut making = String::new();
    for (name, sql) in indexes {
        connection.execute(&format!("DROP INDEX {name}"), [])?;
        making.push_str(&sql);
        making.push(';');
    }
    Ok(making)
}

fn sort_out(path: &Path, error: &rusqlite::Error) -> LedgerError {
    let path = path.to_owned();
    let reason = error.to_string();
    match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => LedgerError::Foreign { path },
        Some(ErrorCode::DatabaseCorrupt) => LedgerError::Damaged { path, reason },
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => LedgerError::InUse { path },
        _ => LedgerError::Open { path, reason },
    }
}
