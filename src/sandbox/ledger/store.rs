//! Reads and writes of the ledger, on a thread that may block.

use std::path::Path;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use prost::Message as _;
use rusqlite::params_from_iter;
use rusqlite::types::Value;
use rusqlite::{CachedStatement, Connection, OptionalExtension as _, Transaction, params};
use tokio::sync::Notify;

use super::outbox::{self, Outbox};
use super::{
    Cursor, Delivery, Entry, Heading, LedgerError, Page, PageQuery, Recalled, query, schema,
};
use crate::call::ProjectName;
use crate::proto;
use crate::sandbox::course::Course;
use crate::sandbox::page_token::TokenKey;
use crate::sandbox::wire;

/// How many bytes of calls a page has at most: beside them, the answer stays below the 4 MiB that
/// gRPC clients take.
const PAGE_BYTES: usize = 3_500_000;

/// The open database.
#[derive(Debug)]
pub(in crate::sandbox) struct Store {
    connection: Connection,
    outbox: Outbox,
}

impl Store {
    /// Opens the ledger in a file, or a temporary one.
    pub(in crate::sandbox) fn open(path: Option<&Path>) -> Result<Self, LedgerError> {
        let connection = schema::open(path)?;
        connection.set_prepared_statement_cache_capacity(64);
        Ok(Self {
            connection,
            outbox: Outbox::default(),
        })
    }

    /// The key that page tokens are authenticated with: the same after a restart.
    pub(in crate::sandbox) fn token_key(&self) -> Result<TokenKey, LedgerError> {
        schema::token_key(&self.connection)
    }

    /// What tells the names of this ledger's calls from those of every other; `first` becomes it if
    /// there is none yet.
    pub(in crate::sandbox) fn salt(&self, first: Option<u128>) -> Result<u128, LedgerError> {
        schema::salt(&self.connection, first)
    }

    /// The ledger's numbers of some projects; those that are new to it get one.
    pub(in crate::sandbox) fn projects(
        &mut self,
        names: &[ProjectName],
    ) -> Result<Vec<(ProjectName, i64)>, LedgerError> {
        let transaction = self.connection.transaction()?;
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
        let last: i64 = self.connection.query_row(
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
            .connection
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
        let mut statement = self.connection.prepare(
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
    pub(in crate::sandbox) fn write<'a>(
        &mut self,
        entries: impl IntoIterator<Item = &'a Entry>,
        now: DateTime<Utc>,
    ) -> Result<(), LedgerError> {
        let written = self.write_all(entries, now);
        self.outbox.conclude(written.is_ok());
        written
    }

    fn write_all<'a>(
        &mut self,
        entries: impl IntoIterator<Item = &'a Entry>,
        now: DateTime<Utc>,
    ) -> Result<(), LedgerError> {
        let transaction = self.connection.transaction()?;
        {
            let mut writer = Writer::new(&transaction, &mut self.outbox)?;
            for entry in entries {
                writer.write(entry)?;
            }
            transaction
                .prepare_cached("INSERT OR REPLACE INTO facts (name, value) VALUES ('clock', ?1)")?
                .execute([wire::nanos(now).to_be_bytes()])?;
        }
        transaction.commit()?;
        Ok(())
    }

    /// Rings when there is something new to deliver.
    pub(in crate::sandbox) fn bell(&self) -> Arc<Notify> {
        self.outbox.bell()
    }

    /// What is to be delivered after a delivery, oldest first.
    pub(in crate::sandbox) fn headings(
        &self,
        after: i64,
        most: u32,
    ) -> Result<Vec<Heading>, LedgerError> {
        outbox::headings(&self.connection, after, most)
    }

    /// One delivery, if it is not over.
    pub(in crate::sandbox) fn delivery(&self, key: i64) -> Result<Option<Delivery>, LedgerError> {
        outbox::delivery(&self.connection, key)
    }

    /// How many deliveries wait, and for how many targets.
    #[cfg(test)]
    pub(super) fn outbox_load(&self) -> (i64, usize) {
        self.outbox.load()
    }

    /// Has every write fail, or succeed again.
    #[cfg(test)]
    pub(in crate::sandbox) fn refuse_writes(&self, refuse: bool) {
        let refused = self.connection.pragma_update(None, "query_only", refuse);
        assert_eq!(refused, Ok(()));
    }

    /// One call.
    pub(in crate::sandbox) fn get(
        &self,
        project: i64,
        id: &str,
    ) -> Result<Option<proto::Call>, LedgerError> {
        let body: Option<Vec<u8>> = self
            .connection
            .prepare_cached("SELECT body FROM calls WHERE project = ?1 AND id = ?2")?
            .query_row(params![project, id], |row| row.get(0))
            .optional()?;
        Ok(body.map(|body| proto::Call::decode(&*body)).transpose()?)
    }

    /// One page: newest first, then by name descending (`api.md §7`).
    pub(in crate::sandbox) fn list(&self, asked: &PageQuery) -> Result<Page, LedgerError> {
        let (sql, values) = query::page(asked);
        let mut statement = self.connection.prepare_cached(&sql)?;
        let mut rows = statement.query(params_from_iter::<Vec<Value>>(values))?;
        let mut page = Page::default();
        let mut last = None;
        let mut bytes = 0;
        while let Some(row) = rows.next()? {
            let body = row.get_ref(2)?.as_blob().map_err(rusqlite::Error::from)?;
            bytes += body.len();
            let full =
                page.calls.len() >= asked.size || (bytes > PAGE_BYTES && !page.calls.is_empty());
            if full {
                // There is at least one more call: the list goes on after the last one taken.
                page.next = last;
                return Ok(page);
            }
            page.calls.push(proto::Call::decode(body)?);
            last = Some(Cursor {
                created: row.get(0)?,
                id: row.get(1)?,
            });
        }
        Ok(page)
    }
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
