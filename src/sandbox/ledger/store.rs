//! Reads and writes of the ledger, on a thread that may block.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};

use chrono::{DateTime, Utc};
use prost::Message as _;
use rusqlite::{CachedStatement, Connection, OptionalExtension as _, Transaction, params};
use tokio::sync::{Notify, mpsc};

use super::lock::Lock;
use super::outbox::Outbox;
use super::reading::{Reader, Shared, Written, hold};
use super::{Entry, LedgerError, Recalled, query, schema};
use crate::call::ProjectName;
use crate::proto;
use crate::sandbox::course::Course;
use crate::sandbox::page_token::TokenKey;
use crate::sandbox::wire;

/// How many statements are kept ready: more than any reader or writer has.
const STATEMENTS: usize = 64;

/// The open database.
#[derive(Debug)]
pub(in crate::sandbox) struct Store {
    connection: Shared,
    /// How many writes there have been, over all runs.
    turn: i64,
    /// The file, with its lock; nothing for a temporary ledger.
    file: Option<(PathBuf, Arc<Lock>)>,
    outbox: Outbox,
}

impl Store {
    /// Opens the ledger in a file, or a temporary one.
    pub(in crate::sandbox) fn open(path: Option<&Path>) -> Result<Self, LedgerError> {
        let schema::Opened { connection, file } = schema::open(path)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        query::add_functions(&connection)?;
        Ok(Self {
            turn: schema::turn(&connection)?,
            connection: Arc::new(Mutex::new(connection)),
            file: file.map(|(path, lock)| (path, Arc::new(lock))),
            outbox: Outbox::default(),
        })
    }

    /// What answers reads from now on, told of each write by way of `written`. A temporary ledger
    /// has one connection only, which its reader shares.
    pub(super) fn reader(&self, written: mpsc::Receiver<Written>) -> Result<Reader, LedgerError> {
        let connection = match &self.file {
            Some((path, _)) => {
                let connection = schema::open_to_read(path)?;
                connection.set_prepared_statement_cache_capacity(STATEMENTS);
                query::add_functions(&connection)?;
                Arc::new(Mutex::new(connection))
            }
            None => Arc::clone(&self.connection),
        };
        let lock = self.file.as_ref().map(|(_, lock)| Arc::clone(lock));
        Ok(Reader::new(connection, self.turn, written, lock))
    }

    pub(super) fn connection(&self) -> MutexGuard<'_, Connection> {
        hold(&self.connection)
    }

    /// The key that page tokens are authenticated with: the same after a restart.
    pub(in crate::sandbox) fn token_key(&self) -> Result<TokenKey, LedgerError> {
        schema::token_key(&self.connection())
    }

    /// What tells the names of this ledger's calls from those of every other; `first` becomes it if
    /// there is none yet.
    pub(in crate::sandbox) fn salt(&self, first: Option<u128>) -> Result<u128, LedgerError> {
        schema::salt(&self.connection(), first)
    }

    /// The ledger's numbers of some projects; those that are new to it get one.
    pub(in crate::sandbox) fn projects(
        &mut self,
        names: &[ProjectName],
    ) -> Result<Vec<(ProjectName, i64)>, LedgerError> {
        let mut connection = self.connection();
        let transaction = connection.transaction()?;
        let mut keys = Vec::with_capacity(names.len());
        for name in names {
            transaction.execute(
                "INSERT OR IGNORE INTO projects (name) VALUES (?1)",
                [name.as_str()],
            )?;
            let key = transaction.query_row(
                "SELECT key FROM projects WHERE name = ?1",
                [name.as_str()],
                |row| row.get(0),
            )?;
            keys.push((name.clone(), key));
        }
        transaction.commit()?;
        Ok(keys)
    }

    /// Whether there has never been a call.
    pub(in crate::sandbox) fn is_empty(&self) -> Result<bool, LedgerError> {
        Ok(self.next_serial()? == 1)
    }

    /// The first number that no call has.
    pub(in crate::sandbox) fn next_serial(&self) -> Result<i64, LedgerError> {
        let last: i64 = self.connection().query_row(
            "SELECT max(
                 coalesce((SELECT max(serial) FROM calls), 0),
                 coalesce((SELECT max(serial) FROM futures), 0))",
            [],
            |row| row.get(0),
        )?;
        Ok(last + 1)
    }

    /// What the exchange's clock showed at the last write.
    pub(in crate::sandbox) fn latest(&self) -> Result<Option<DateTime<Utc>>, LedgerError> {
        let nanos: Option<Vec<u8>> = self
            .connection()
            .query_row("SELECT value FROM facts WHERE name = 'clock'", [], |row| {
                row.get(0)
            })
            .optional()?;
        Ok(nanos
            .and_then(|bytes| bytes.try_into().ok())
            .map(|bytes| DateTime::from_timestamp_nanos(i64::from_be_bytes(bytes))))
    }

    /// Calls that will still change, as the last run left them.
    pub(in crate::sandbox) fn recall(&self) -> Result<Vec<Recalled>, LedgerError> {
        let connection = self.connection();
        let mut statement = connection.prepare(
            "SELECT serial, project, priced, bridged, body,
                    (SELECT state FROM calls WHERE calls.serial = futures.serial)
             FROM futures ORDER BY serial",
        )?;
        let mut rows = statement.query([])?;
        let mut recalled = Vec::new();
        while let Some(row) = rows.next()? {
            let time = |nanos: Option<i64>| nanos.map(DateTime::from_timestamp_nanos);
            let body: Vec<u8> = row.get(4)?;
            recalled.push(Recalled {
                course: Course {
                    serial: row.get(0)?,
                    project: row.get(1)?,
                    last: proto::Call::decode(&*body)?,
                    priced: time(row.get(2)?),
                    bridged: time(row.get(3)?),
                },
                seen: row.get(5)?,
            });
        }
        Ok(recalled)
    }

    /// Writes entries down, all of them or none, and with a file only returns once they are on disk.
    /// Answers with the place of this write in the sequence of all.
    pub(in crate::sandbox) fn write<'a>(
        &mut self,
        entries: impl IntoIterator<Item = &'a Entry>,
        now: DateTime<Utc>,
    ) -> Result<i64, LedgerError> {
        let written = self.write_all(entries, now);
        self.outbox.conclude(written.is_ok());
        written
    }

    fn write_all<'a>(
        &mut self,
        entries: impl IntoIterator<Item = &'a Entry>,
        now: DateTime<Utc>,
    ) -> Result<i64, LedgerError> {
        let turn = self.turn + 1;
        let mut connection = hold(&self.connection);
        let transaction = connection.transaction()?;
        {
            let mut writer = Writer::new(&transaction, &mut self.outbox)?;
            for entry in entries {
                writer.write(entry)?;
            }
            schema::note(&transaction, turn, now)?;
        }
        transaction.commit()?;
        self.turn = turn;
        Ok(turn)
    }

    /// Fills an empty ledger, all or nothing. What comes is written down as it comes, so that it
    /// never is in memory as a whole; the indexes are made once everything is there.
    pub(in crate::sandbox) fn begin(
        &mut self,
        history: impl Iterator<Item = Vec<Entry>>,
        now: DateTime<Utc>,
    ) -> Result<(), LedgerError> {
        let turn = self.turn + 1;
        let mut connection = hold(&self.connection);
        if self.file.is_some() {
            // Pages that were empty before need no copy of what they were, so that each is written
            // once, and not to a log first.
            connection.pragma_update(None, "journal_mode", "DELETE")?;
        }
        let transaction = connection.transaction()?;
        {
            let indexes = schema::take_indexes_down(&transaction)?;
            let mut writer = Writer::new(&transaction, &mut self.outbox)?;
            for entry in history.flatten() {
                writer.write(&entry)?;
            }
            transaction.execute_batch(&indexes)?;
            schema::note(&transaction, turn, now)?;
        }
        transaction.commit()?;
        if self.file.is_some() {
            schema::write_ahead(&connection)?;
        }
        self.turn = turn;
        Ok(())
    }

    /// Rings when there is something new to deliver.
    pub(in crate::sandbox) fn bell(&self) -> Arc<Notify> {
        self.outbox.bell()
    }

    /// How many deliveries wait, and for how many targets.
    #[cfg(test)]
    pub(super) fn outbox_load(&self) -> (i64, usize) {
        self.outbox.load()
    }

    /// Has every write fail, or succeed again.
    #[cfg(test)]
    pub(in crate::sandbox) fn refuse_writes(&self, refuse: bool) {
        let refused = self.connection().pragma_update(None, "query_only", refuse);
        assert_eq!(refused, Ok(()));
    }

    /// Has the disk be full, as far as the ledger sees, or not any more.
    #[cfg(test)]
    pub(in crate::sandbox) fn room(&self) -> impl Fn(Room) + use<> {
        let connection = Arc::clone(&self.connection);
        move |room| {
            let connection = hold(&connection);
            let pages = connection
                .pragma_query_value(None, "page_count", |row| row.get::<_, i64>(0))
                .unwrap();
            let most = match room {
                Room::None => pages,
                Room::Enough => pages + 1_000_000,
            };
            connection
                .pragma_update(None, "max_page_count", most)
                .unwrap();
        }
    }

    /// One call.
    #[cfg(test)]
    pub(super) fn call(&self, project: i64, id: &str) -> Result<Option<proto::Call>, LedgerError> {
        let (_, written) = mpsc::channel(1);
        self.reader(written)?.get(project, id)
    }
}

/// How much a test leaves on the disk.
#[cfg(test)]
#[derive(Debug, Clone, Copy)]
pub(in crate::sandbox) enum Room {
    None,
    Enough,
}

/// The statements of one transaction.
struct Writer<'a> {
    transaction: &'a Transaction<'a>,
    outbox: &'a mut Outbox,
    born: CachedStatement<'a>,
    changed: CachedStatement<'a>,
    planned: CachedStatement<'a>,
    finished: CachedStatement<'a>,
}

impl<'a> Writer<'a> {
    fn new(
        transaction: &'a Transaction<'a>,
        outbox: &'a mut Outbox,
    ) -> Result<Self, rusqlite::Error> {
        Ok(Self {
            transaction,
            outbox,
            born: transaction.prepare_cached(
                "INSERT INTO calls (serial, project, id, created, callee, caller, state, direction,
                                    transport, body)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
            )?,
            changed: transaction
                .prepare_cached("UPDATE calls SET state = ?2, body = ?3 WHERE serial = ?1")?,
            planned: transaction.prepare_cached(
                "INSERT INTO futures (serial, project, priced, bridged, body)
                 VALUES (?1, ?2, ?3, ?4, ?5)",
            )?,
            finished: transaction.prepare_cached("DELETE FROM futures WHERE serial = ?1")?,
        })
    }

    fn write(&mut self, entry: &Entry) -> Result<(), LedgerError> {
        match entry {
            Entry::Born {
                serial,
                project,
                call,
            } => {
                let id = call.name.rsplit('/').next().unwrap_or_default();
                let created = wire::time(call.create_time.as_ref()).unwrap_or_default();
                self.born.execute(params![
                    serial,
                    project,
                    id,
                    wire::nanos(created),
                    call.to,
                    call.from,
                    call.state,
                    call.direction,
                    call.transport,
                    call.encode_to_vec(),
                ])?;
            }
            Entry::Changed { serial, call } => {
                self.changed
                    .execute(params![serial, call.state, call.encode_to_vec()])?;
            }
            Entry::Planned { course } => {
                self.planned.execute(params![
                    course.serial,
                    course.project,
                    course.priced.map(wire::nanos),
                    course.bridged.map(wire::nanos),
                    course.last.encode_to_vec(),
                ])?;
            }
            Entry::Finished { serial } => {
                self.finished.execute([serial])?;
            }
            Entry::Outbox(change) => self.outbox.change(self.transaction, change)?,
        }
        Ok(())
    }
}
