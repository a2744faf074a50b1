//! Opening a ledger: a new one is laid out, an existing one is checked before anything is written.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OptionalExtension as _};
use uuid::Uuid;

use super::{LedgerError, layout};
use crate::sandbox::page_token::{KEY_BYTES, TokenKey};

/// How every database of SQLite's begins.
const MAGIC: &[u8] = b"SQLite format 3\0";
/// How long to wait for a process that is just letting go of the file.
const WAIT: Duration = Duration::from_secs(2);
/// A file up to this size is checked as a whole when it is opened.
const CHECKED_BYTES: i64 = 64 * 1024 * 1024;

/// Opens the ledger in a file, or a temporary one that goes with the process.
pub(super) fn open(path: Option<&Path>) -> Result<Connection, LedgerError> {
    let Some(path) = path else {
        // SQLite's own temporary file: in memory until it grows large.
        let connection = Connection::open("")?;
        // Without any journal a write that fails could not be taken back.
        connection.pragma_update(None, "journal_mode", "MEMORY")?;
        connection.pragma_update(None, "synchronous", "OFF")?;
        layout::bring_forward(&connection, 0)?;
        return Ok(connection);
    };
    let sort = |error: rusqlite::Error| sort_out(path, &error);
    check_beginning(path)?;
    let connection = Connection::open(path).map_err(sort)?;
    connection.busy_timeout(WAIT).map_err(sort)?;
    // One exchange moves the calls of a ledger, never two.
    connection
        .pragma_update(None, "locking_mode", "EXCLUSIVE")
        .map_err(sort)?;
    let version = version(&connection, path)?;
    connection
        .pragma_update(None, "journal_mode", "WAL")
        .map_err(sort)?;
    // An answered CreateCall is on disk: every commit waits for the disk.
    connection
        .pragma_update(None, "synchronous", "FULL")
        .map_err(sort)?;
    if version > 0 {
        check(&connection, path)?;
    }
    layout::bring_forward(&connection, version).map_err(sort)?;
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
