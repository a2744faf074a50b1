//! The ledger: every call of the sandbox, durable in SQLite.
//!
//! One task owns the database and answers requests in the order in which they come. What waits is
//! done together: all writes of a batch share one transaction, and none is answered before it is
//! on disk. The work itself runs on a thread that may block.

mod query;
mod schema;
mod store;

use std::path::PathBuf;

use chrono::{DateTime, Utc};
use tokio::sync::{mpsc, oneshot};

use super::course::Course;
use crate::filter::Filter;
use crate::proto;
pub(super) use store::Store;

/// How many requests may wait for the ledger before those who ask have to wait themselves.
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
}

/// A call with a future, as an earlier run left it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Recalled {
    pub(super) course: Course,
    /// Whether the call has come into being.
    pub(super) born: bool,
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

/// Why the ledger cannot be used, as a sentence with the file and the remedy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LedgerError {
    /// The file is something else.
    #[error("{} is not a ledger of the sandbox; it is left as it is: give another file", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// The file was written by a version that came later.
    #[error("{} was written by a newer version of switchboard (ledger version {version})", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// The version of its layout.
        version: i64,
    },
    /// The file is a ledger and cannot be read.
    #[error("{} is damaged and is left as it is ({reason}): give another file", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What was found.
        reason: String,
    },
    /// Another process uses the file.
    #[error("{} is in use by another sandbox: stop that one, or give another file", path.display())]
    InUse {
        /// The file.
        path: PathBuf,
    },
    /// The file cannot be opened or created.
    #[error("cannot open the ledger {}: {reason}", path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// What the database says.
        reason: String,
    },
    /// Reading or writing failed.
    #[error("the ledger failed: {0}")]
    Failed(String),
    /// The sandbox is being shut down.
    #[error("the sandbox is shutting down")]
    Closed,
}

impl From<rusqlite::Error> for LedgerError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Failed(error.to_string())
    }
}

impl From<prost::DecodeError> for LedgerError {
    fn from(error: prost::DecodeError) -> Self {
        Self::Failed(format!("a call in it cannot be read: {error}"))
    }
}

type Reply<T> = oneshot::Sender<Result<T, LedgerError>>;

/// What is asked of the ledger.
#[derive(Debug)]
enum Request {
    Write {
        entries: Vec<Entry>,
        placed: Vec<Entry>,
        now: DateTime<Utc>,
        reply: Reply<()>,
    },
    Read(Read),
}

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
}

/// Asks the ledger. Cloning one is cheap.
#[derive(Debug, Clone)]
pub(super) struct Ledger {
    requests: mpsc::Sender<Request>,
}

impl Ledger {
    /// A handle, and the task that has to run for it to be answered. The task ends when all handles
    /// are gone, or when the database's thread does not come back.
    pub(super) fn of(store: Store) -> (Self, impl Future<Output = ()> + Send + 'static) {
        let (requests, waiting) = mpsc::channel(WAITING);
        (Self { requests }, run(store, waiting))
    }

    /// Writes down what has happened, and then a call that was placed, if one was. The answer comes
    /// once all is on disk; waiting for it is up to the caller, the order of writes is kept either
    /// way. If it fails, what has happened is written with the next write; the placed call is not,
    /// for whoever placed it is told that there is none.
    pub(super) async fn write(
        &self,
        entries: Vec<Entry>,
        placed: Vec<Entry>,
        now: DateTime<Utc>,
    ) -> oneshot::Receiver<Result<(), LedgerError>> {
        let (reply, written) = oneshot::channel();
        let request = Request::Write {
            entries,
            placed,
            now,
            reply,
        };
        // If the ledger is gone, the reply goes with the request, which the receiver sees.
        self.requests.send(request).await.ok();
        written
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

    async fn ask<T>(&self, read: impl FnOnce(Reply<T>) -> Read) -> Result<T, LedgerError> {
        let (reply, answer) = oneshot::channel();
        self.requests.send(Request::Read(read(reply))).await.ok();
        answer.await.unwrap_or(Err(LedgerError::Closed))
    }
}

async fn run(store: Store, mut waiting: mpsc::Receiver<Request>) {
    let mut books = Books {
        store,
        owed: Vec::new(),
    };
    loop {
        let mut batch = Vec::new();
        if waiting.recv_many(&mut batch, WAITING).await == 0 {
            return;
        }
        let work = tokio::task::spawn_blocking(move || {
            books.serve(batch);
            books
        });
        match work.await {
            Ok(back) => books = back,
            Err(error) => {
                tracing::error!(%error, "the ledger's thread did not come back");
                return;
            }
        }
    }
}

/// The database, and what it still has to be told.
#[derive(Debug)]
struct Books {
    store: Store,
    /// What has happened and could not be written down when it did.
    owed: Vec<Entry>,
}

impl Books {
    /// Does a batch: first what is to be written, then what is to be read, so that a reader never
    /// sees less than was written before it asked.
    fn serve(&mut self, batch: Vec<Request>) {
        // Each entry with whether it goes if it cannot be written now.
        let mut written: Vec<(Entry, bool)> = Vec::new();
        let mut replies = Vec::new();
        let mut latest = None;
        let mut reads = Vec::new();
        for request in batch {
            match request {
                Request::Write {
                    entries,
                    placed,
                    now,
                    reply,
                } => {
                    written.extend(entries.into_iter().map(|entry| (entry, false)));
                    written.extend(placed.into_iter().map(|entry| (entry, true)));
                    replies.push(reply);
                    latest = latest.max(Some(now));
                }
                Request::Read(read) => reads.push(read),
            }
        }
        if let Some(now) = latest {
            let outcome = self.write(written, now);
            for reply in replies {
                // Who asked may be gone by now; what was written stays written.
                reply.send(outcome.clone()).ok();
            }
        }
        for read in reads {
            self.read(read);
        }
    }

    fn write(&mut self, new: Vec<(Entry, bool)>, now: DateTime<Utc>) -> Result<(), LedgerError> {
        let entries = self.owed.iter().chain(new.iter().map(|(entry, _)| entry));
        let outcome = self.store.write(entries, now);
        match &outcome {
            Ok(()) => self.owed.clear(),
            Err(error) => {
                tracing::error!(%error, "what the exchange did could not be written down yet");
                // Later entries of a call that is left out change nothing.
                let kept = new.into_iter().filter(|(_, goes)| !goes);
                self.owed.extend(kept.map(|(entry, _)| entry));
            }
        }
        outcome
    }

    fn read(&self, read: Read) {
        match read {
            Read::Get { project, id, reply } => {
                reply.send(self.store.get(project, &id)).ok();
            }
            Read::List { query, reply } => {
                reply.send(self.store.list(&query)).ok();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> DateTime<Utc> {
        DateTime::UNIX_EPOCH
    }

    fn call(id: &str, state: proto::call::State) -> proto::Call {
        let mut call = proto::Call {
            name: format!("projects/demo/calls/{id}"),
            create_time: Some(prost_types::Timestamp::default()),
            ..proto::Call::default()
        };
        call.set_state(state);
        call
    }

    fn born(serial: i64, id: &str) -> Entry {
        Entry::Born {
            serial,
            project: 1,
            call: call(id, proto::call::State::Ringing),
        }
    }

    fn ended(serial: i64, id: &str) -> Entry {
        Entry::Changed {
            serial,
            call: call(id, proto::call::State::Completed),
        }
    }

    fn write(books: &mut Books, entries: Vec<Entry>, placed: Vec<Entry>) -> bool {
        let (reply, mut answer) = oneshot::channel();
        books.serve(vec![Request::Write {
            entries,
            placed,
            now: now(),
            reply,
        }]);
        answer.try_recv().unwrap().is_ok()
    }

    #[test]
    fn what_could_not_be_written_is_written_later_but_for_the_call_that_was_denied() {
        let mut books = Books {
            store: Store::open(None).unwrap(),
            owed: Vec::new(),
        };
        assert!(write(&mut books, vec![born(1, "a")], Vec::new()));
        books.store.refuse_writes(true);
        let happened = vec![ended(1, "a"), born(2, "b")];
        assert!(!write(&mut books, happened, vec![born(3, "denied")]));
        assert!(!write(&mut books, vec![ended(2, "b")], Vec::new()));
        books.store.refuse_writes(false);
        let later = vec![ended(3, "denied"), Entry::Finished { serial: 3 }];
        assert!(write(&mut books, later, vec![born(4, "d")]));
        let state = |id: &str| books.store.get(1, id).unwrap().map(|call| call.state());
        assert_eq!(state("a"), Some(proto::call::State::Completed));
        assert_eq!(state("b"), Some(proto::call::State::Completed));
        assert_eq!(state("denied"), None);
        assert_eq!(state("d"), Some(proto::call::State::Ringing));
        assert_eq!(books.owed, []);
    }

    #[test]
    fn a_write_that_fails_halfway_leaves_nothing_in_a_temporary_ledger_either() {
        let mut store = Store::open(None).unwrap();
        let twice = [born(1, "a"), born(1, "again")];
        assert!(store.write(&twice, now()).is_err());
        assert_eq!(store.get(1, "a").unwrap(), None);
        assert!(store.write(&[born(1, "b")], now()).is_ok());
    }
}
