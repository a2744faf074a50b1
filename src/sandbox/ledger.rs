//! The ledger: every call of the sandbox, durable in SQLite.
//!
//! One part writes, and one reads; the work of both runs on threads that may block. What waits to be
//! written is written together, in one transaction, and nobody is answered before it is on disk.
//! Reads never wait for that, nor writes for them, and see all that was answered before they were
//! asked.
//!
//! ```text
//!   writes ─► books ──► store (SQLite) ◄── reader ◄─ reads
//!               │                            │
//!               └──────── what is new ─► register, in memory
//! ```

mod books;
mod error;
mod layout;
mod lock;
mod outbox;
mod query;
mod reading;
mod register;
mod schema;
mod store;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use chrono::{DateTime, Utc};
use tokio::sync::{mpsc, oneshot};

use super::course::Course;
use crate::filter::Filter;
use crate::proto;
use books::{Books, Write};
pub use error::LedgerError;
pub(super) use outbox::{Change, Delivery, Heading};
#[cfg(test)]
pub(super) use store::Room;
pub(super) use store::Store;

/// How many requests of either kind may wait for the ledger before those who ask have to wait
/// themselves.
const WAITING: usize = 256;

/// What the exchange writes down.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Entry {
    /// A call that will change still, with its future.
    Planned {
        /// The call with its future.
        course: Box<Course>,
    },
    /// A call has come into being.
    Born {
        serial: i64,
        project: i64,
        call: proto::Call,
    },
    /// A call has changed.
    Changed { serial: i64, call: proto::Call },
    /// A call will not change any more.
    Finished { serial: i64 },
    /// Something becomes of a webhook.
    Outbox(Change),
}

/// A call with a future, as an earlier run left it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Recalled {
    pub(super) course: Course,
    /// The state that the ledger has of the call; nothing if it has not come into being there.
    pub(super) seen: Option<i32>,
}

/// Where a page of a list begins: after this call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cursor {
    /// Nanoseconds since 1970.
    pub(super) created: i64,
    /// The last segment of the call's name.
    pub(super) id: String,
}

/// One page to be read.
#[derive(Debug)]
pub(super) struct PageQuery {
    pub(super) project: i64,
    pub(super) filter: Filter,
    pub(super) after: Option<Cursor>,
    /// How many calls are left out before the first one (fault `offset-tokens`): usually none.
    pub(super) skip: u64,
    /// When the newest call may have been created (fault `late-visible`), in nanoseconds since 1970.
    pub(super) visible_until: Option<i64>,
    pub(super) size: usize,
}

/// One page of a list, newest first.
#[derive(Debug, Default)]
pub(super) struct Page {
    pub(super) calls: Vec<proto::Call>,
    /// Where the next page begins; nothing at the end of the list.
    pub(super) next: Option<Cursor>,
}

type Reply<T> = oneshot::Sender<Result<T, LedgerError>>;

/// What is asked of the ledger.
#[derive(Debug)]
enum Read {
    Get {
        project: i64,
        id: String,
        reply: Reply<Option<proto::Call>>,
    },
    List {
        query: PageQuery,
        reply: Reply<Page>,
    },
    Headings {
        after: i64,
        most: u32,
        reply: Reply<Vec<Heading>>,
    },
    Delivery {
        key: i64,
        reply: Reply<Option<Delivery>>,
    },
}

/// Asks the ledger. Cloning one is cheap.
#[derive(Debug, Clone)]
pub(super) struct Ledger {
    writes: mpsc::Sender<Write>,
    reads: mpsc::Sender<Read>,
    behind: Arc<AtomicBool>,
}

impl Ledger {
    /// A handle, and the task that has to run for it to be answered. The task ends when all handles
    /// are gone, or when a thread of the database's does not come back.
    ///
    /// # Errors
    ///
    /// Fails if the ledger's file cannot be opened a second time, to read.
    pub(super) fn of(
        store: Store,
    ) -> Result<(Self, impl Future<Output = ()> + Send + 'static), LedgerError> {
        let (tell, written) = mpsc::channel(WAITING);
        let reader = store.reader(written)?;
        let books = Books::new(store, tell);
        let (writes, to_write) = mpsc::channel(WAITING);
        let (reads, to_read) = mpsc::channel(WAITING);
        let ledger = Self {
            writes,
            reads,
            behind: books.behind(),
        };
        let task = async {
            // Each logs its own failure; with either gone, the ledger is of no use.
            tokio::try_join!(books.run(to_write), reader.run(to_read)).ok();
        };
        Ok((ledger, task))
    }

    /// A handle with the other end of its writes, for whoever plays the ledger, and what tells that
    /// it is behind.
    #[cfg(test)]
    pub(super) fn played() -> (Self, mpsc::Receiver<Write>, Arc<AtomicBool>) {
        let (writes, written) = mpsc::channel(WAITING);
        let (reads, _) = mpsc::channel(1);
        let behind = Arc::<AtomicBool>::default();
        let ledger = Self {
            writes,
            reads,
            behind: Arc::clone(&behind),
        };
        (ledger, written, behind)
    }

    /// Writes down what has happened, and then a call that was placed, if one was. The answer comes
    /// once all is on disk; waiting for it is up to the caller, the order of writes is kept either
    /// way. If it fails, what has happened is written with the next write; the placed call is not,
    /// for whoever placed it is told that there is none.
    pub(super) async fn write(
        &self,
        happened: Vec<Entry>,
        placed: Vec<Entry>,
        now: DateTime<Utc>,
    ) -> oneshot::Receiver<Result<(), LedgerError>> {
        let (reply, written) = oneshot::channel();
        let write = Write {
            happened,
            placed,
            now,
            reply,
        };
        // If the ledger is gone, the reply goes with the request, which the receiver sees.
        self.writes.send(write).await.ok();
        written
    }

    /// Whether what was to be written last could not be. Until it is, nothing more should happen:
    /// what has happened is kept in memory for as long.
    pub(super) fn is_behind(&self) -> bool {
        self.behind.load(Ordering::Acquire)
    }

    /// Tries again to write down what could not be.
    ///
    /// # Errors
    ///
    /// Fails for as long as it cannot.
    pub(super) async fn settle(&self, now: DateTime<Utc>) -> Result<(), LedgerError> {
        let written = self.write(Vec::new(), Vec::new(), now).await;
        written.await.unwrap_or(Err(LedgerError::Closed))
    }

    /// Reads one call by its id.
    pub(super) async fn get(
        &self,
        project: i64,
        id: String,
    ) -> Result<Option<proto::Call>, LedgerError> {
        self.ask(|reply| Read::Get { project, id, reply }).await
    }

    /// Reads one page of a list.
    pub(super) async fn list(&self, query: PageQuery) -> Result<Page, LedgerError> {
        self.ask(|reply| Read::List { query, reply }).await
    }

    /// Reads what there is to deliver after a delivery, oldest first, and so many of them at most.
    pub(super) async fn headings(
        &self,
        after: i64,
        most: u32,
    ) -> Result<Vec<Heading>, LedgerError> {
        self.ask(|reply| Read::Headings { after, most, reply })
            .await
    }

    /// Reads one delivery; nothing if it is over.
    pub(super) async fn delivery(&self, key: i64) -> Result<Option<Delivery>, LedgerError> {
        self.ask(|reply| Read::Delivery { key, reply }).await
    }

    async fn ask<T>(&self, read: impl FnOnce(Reply<T>) -> Read) -> Result<T, LedgerError> {
        let (reply, answer) = oneshot::channel();
        self.reads.send(read(reply)).await.ok();
        answer.await.unwrap_or(Err(LedgerError::Closed))
    }
}

#[cfg(test)]
mod tests;
