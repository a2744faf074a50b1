//! Reads of the ledger, beside the writes: by a connection of their own where there is a file, so
//! that neither waits for the other.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use prost::Message as _;
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension as _, Row, params, params_from_iter};
use tokio::sync::mpsc;

use super::lock::Lock;
use super::register::{Filled, Kind, Known, Register};
use super::{Cursor, Entry, LedgerError, Page, PageQuery, Read, WAITING, outbox, query, schema};
use crate::proto;

/// How many bytes of calls a page has at most: beside them, the answer stays below the 4 MiB that
/// gRPC clients take.
const PAGE_BYTES: usize = 3_500_000;
/// How many calls the register takes up in one go, between two looks at what is asked meanwhile.
const FILLED_AT_ONCE: usize = 4_000;

/// A connection that several parts may use, one at a time.
pub(super) type Shared = Arc<Mutex<Connection>>;

/// The connection, for as long as the guard is held. Nothing that panics leaves it halfway: what
/// was begun is rolled back.
pub(super) fn hold(connection: &Shared) -> MutexGuard<'_, Connection> {
    connection.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A write that the ledger has done.
#[derive(Debug)]
pub(super) struct Written {
    /// Its place in the sequence of all writes.
    pub(super) turn: i64,
    pub(super) entries: Vec<Entry>,
}

/// What answers reads.
#[derive(Debug)]
pub(super) struct Reader {
    connection: Shared,
    register: Register,
    /// The writes that the register does not know yet.
    written: mpsc::Receiver<Written>,
    /// Held for as long as there is a connection.
    _lock: Option<Arc<Lock>>,
}

impl Reader {
    pub(super) fn new(
        connection: Shared,
        turn: i64,
        written: mpsc::Receiver<Written>,
        lock: Option<Arc<Lock>>,
    ) -> Self {
        Self {
            connection,
            register: Register::at(turn),
            written,
            _lock: lock,
        }
    }

    /// Answers reads until nobody can ask any more. Fails if a thread does not come back.
    pub(super) async fn run(mut self, mut asked: mpsc::Receiver<Read>) -> Result<(), ()> {
        loop {
            let mut reads = Vec::new();
            if self.is_filling() {
                while let Ok(read) = asked.try_recv() {
                    reads.push(read);
                }
                if asked.is_closed() && reads.is_empty() {
                    return Ok(());
                }
            } else {
                tokio::select! {
                    count = asked.recv_many(&mut reads, WAITING) => if count == 0 {
                        return Ok(());
                    },
                    Some(written) = self.written.recv() => {
                        self.follow(&written);
                        continue;
                    }
                }
            }
            let work = tokio::task::spawn_blocking(move || {
                self.serve(reads);
                self
            });
            self = work.await.map_err(|error| {
                tracing::error!(%error, "the thread that reads the ledger did not come back");
            })?;
        }
    }

    /// Answers what is asked, and has the register grow if it is not whole yet.
    fn serve(&mut self, reads: Vec<Read>) {
        for read in reads {
            match read {
                // Who asked may be gone by now.
                Read::Get { project, id, reply } => {
                    reply.send(self.get(project, &id)).ok();
                }
                Read::List { query, reply } => {
                    reply.send(self.list(&query)).ok();
                }
                Read::Headings { after, most, reply } => {
                    let found = outbox::headings(&hold(&self.connection), after, most);
                    reply.send(found).ok();
                }
                Read::Delivery { key, reply } => {
                    let found = outbox::delivery(&hold(&self.connection), key);
                    reply.send(found).ok();
                }
            }
        }
        self.catch_up();
        if self.is_filling()
            && let Err(error) = self.fill(FILLED_AT_ONCE)
        {
            tracing::error!(%error, "the register cannot be filled; lists go on without it");
            self.register.give_up();
        }
    }

    pub(super) fn is_filling(&self) -> bool {
        match self.register.filled() {
            Filled::Nothing | Filled::UpTo { .. } => true,
            Filled::Whole | Filled::Unfit => false,
        }
    }

    /// One call.
    pub(super) fn get(&self, project: i64, id: &str) -> Result<Option<proto::Call>, LedgerError> {
        let body: Option<Vec<u8>> = hold(&self.connection)
            .prepare_cached("SELECT body FROM calls WHERE project = ?1 AND id = ?2")?
            .query_row(params![project, id], |row| row.get(0))
            .optional()?;
        Ok(body.map(|body| proto::Call::decode(&*body)).transpose()?)
    }

    /// One page: newest first, then by name descending (`api.md §7`). What an index has in that
    /// order comes from the database alone, all else by way of the register, once it is filled.
    pub(super) fn list(&mut self, asked: &PageQuery) -> Result<Page, LedgerError> {
        self.catch_up();
        // Faults that move a list are the database's alone.
        let moved = asked.skip > 0 || asked.visible_until.is_some();
        let by_register = *self.register.filled() == Filled::Whole && !moved;
        if by_register && !query::is_indexed(&asked.filter) {
            self.list_by_register(asked)
        } else {
            list_by_query(&hold(&self.connection), asked)
        }
    }

    fn list_by_register(&mut self, asked: &PageQuery) -> Result<Page, LedgerError> {
        let Self {
            connection,
            register,
            written,
            ..
        } = self;
        let connection = hold(connection);
        // From here on the database is seen as it is after one write, and the register follows
        // until it is as after the same.
        let seen = connection.unchecked_transaction()?;
        follow_to(&seen, register, written)?;
        let found = register.page(asked);
        let mut statement = seen.prepare_cached("SELECT body FROM calls WHERE serial = ?1")?;
        let mut filling = Filling::new(asked.size);
        for call in found {
            let room = statement.query_row([call.serial], |row| {
                Ok(filling.take(row.get_ref(0)?.as_blob()?, || Ok(call.cursor)))
            })?;
            if !room? {
                break;
            }
        }
        Ok(filling.page)
    }

    /// Has the register take up some calls more, or find that there are no more.
    pub(super) fn fill(&mut self, most: usize) -> Result<(), LedgerError> {
        let Self {
            connection,
            register,
            written,
            ..
        } = self;
        let connection = hold(connection);
        let seen = connection.unchecked_transaction()?;
        follow_to(&seen, register, written)?;
        let (project, created, id) = match register.filled() {
            Filled::UpTo {
                project,
                created,
                id,
            } => (*project, *created, id.clone()),
            Filled::Nothing | Filled::Whole | Filled::Unfit => (i64::MIN, i64::MIN, String::new()),
        };
        let mut statement = seen.prepare_cached(
            "SELECT serial, project, created, id, callee, caller, state, direction, transport
             FROM calls INDEXED BY calls_by_time
             WHERE (project, created, id) > (?1, ?2, ?3)
             ORDER BY project, created, id LIMIT ?4",
        )?;
        let limit = i64::try_from(most).unwrap_or(i64::MAX);
        let mut rows = statement.query(params![project, created, id, limit])?;
        let mut count = 0;
        while let Some(row) = rows.next()? {
            register.fill(&known(row)?);
            count += 1;
        }
        if count < most {
            register.close();
        }
        Ok(())
    }

    /// Has the register follow the writes that are done.
    fn catch_up(&mut self) {
        while let Ok(written) = self.written.try_recv() {
            self.follow(&written);
        }
    }

    fn follow(&mut self, written: &Written) {
        self.register.follow(written.turn, &written.entries);
    }
}

/// Has the register follow to the write that the database is seen after. What was written is told
/// right away, so that this waits for a moment at most.
fn follow_to(
    seen: &Connection,
    register: &mut Register,
    written: &mut mpsc::Receiver<Written>,
) -> Result<(), LedgerError> {
    let turn = schema::turn(seen)?;
    while register.turn() < turn {
        let next = written.blocking_recv().ok_or(LedgerError::Closed)?;
        register.follow(next.turn, &next.entries);
    }
    Ok(())
}

fn known<'a>(row: &'a Row<'_>) -> Result<Known<'a>, rusqlite::Error> {
    let text = |at| Ok::<_, rusqlite::Error>(row.get_ref(at)?.as_str()?);
    Ok(Known {
        serial: row.get(0)?,
        project: row.get(1)?,
        created: row.get(2)?,
        id: text(3)?,
        callee: text(4)?,
        caller: text(5)?,
        kind: Kind {
            state: row.get(6)?,
            direction: row.get(7)?,
            transport: row.get(8)?,
        },
    })
}

/// A page by the database alone.
fn list_by_query(connection: &Connection, asked: &PageQuery) -> Result<Page, LedgerError> {
    let (sql, values) = query::page(asked);
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query(params_from_iter::<Vec<Value>>(values))?;
    let mut filling = Filling::new(asked.size);
    while let Some(row) = rows.next()? {
        let body = row.get_ref(2)?.as_blob().map_err(rusqlite::Error::from)?;
        let cursor = || {
            Ok(Cursor {
                created: row.get(0)?,
                id: row.get(1)?,
            })
        };
        if !filling.take(body, cursor)? {
            break;
        }
    }
    Ok(filling.page)
}

/// A page that is being filled.
struct Filling {
    page: Page,
    size: usize,
    bytes: usize,
    last: Option<Cursor>,
}

impl Filling {
    fn new(size: usize) -> Self {
        Self {
            page: Page::default(),
            size,
            bytes: 0,
            last: None,
        }
    }

    /// Takes the next call of the list, unless the page is full: then the list goes on after the
    /// last one taken.
    fn take(
        &mut self,
        body: &[u8],
        cursor: impl FnOnce() -> Result<Cursor, LedgerError>,
    ) -> Result<bool, LedgerError> {
        self.bytes += body.len();
        let calls = &mut self.page.calls;
        if calls.len() >= self.size || (self.bytes > PAGE_BYTES && !calls.is_empty()) {
            self.page.next = self.last.take();
            return Ok(false);
        }
        calls.push(proto::Call::decode(body)?);
        self.last = Some(cursor()?);
        Ok(true)
    }
}
