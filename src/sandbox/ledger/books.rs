//! Writes of the ledger: what waits is written together, in one transaction, and nobody is answered
//! before it is on disk.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use chrono::{DateTime, Utc};
use tokio::sync::mpsc;

use super::reading::Written;
use super::{Entry, Reply, Store, WAITING};

/// What is to be written down.
#[derive(Debug)]
pub(in crate::sandbox) struct Write {
    /// What has happened: it stays true whether it can be written down or not.
    pub(in crate::sandbox) happened: Vec<Entry>,
    /// A call that was asked for: there is none if it cannot be written down.
    pub(in crate::sandbox) placed: Vec<Entry>,
    pub(in crate::sandbox) now: DateTime<Utc>,
    pub(in crate::sandbox) reply: Reply<()>,
}

/// The database, and what it still has to be told.
#[derive(Debug)]
pub(super) struct Books {
    store: Store,
    /// What has happened and could not be written down when it did.
    owed: Vec<Entry>,
    /// Whether the last write failed.
    behind: Arc<AtomicBool>,
    /// Who is told of what is written.
    readers: mpsc::Sender<Written>,
}

impl Books {
    pub(super) fn new(store: Store, readers: mpsc::Sender<Written>) -> Self {
        Self {
            store,
            owed: Vec::new(),
            behind: Arc::default(),
            readers,
        }
    }

    pub(super) fn behind(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.behind)
    }

    /// Writes until nobody can ask for it any more. Fails if the thread does not come back.
    pub(super) async fn run(mut self, mut asked: mpsc::Receiver<Write>) -> Result<(), ()> {
        loop {
            let mut batch = Vec::new();
            if asked.recv_many(&mut batch, WAITING).await == 0 {
                return Ok(());
            }
            let work = tokio::task::spawn_blocking(move || {
                self.serve(batch);
                self
            });
            self = work.await.map_err(|error| {
                tracing::error!(%error, "the thread that writes the ledger did not come back");
            })?;
        }
    }

    fn serve(&mut self, batch: Vec<Write>) {
        let mut entries = std::mem::take(&mut self.owed);
        // The places of those that go if they cannot be written now.
        let mut placed = Vec::new();
        let mut replies = Vec::new();
        let mut now = DateTime::<Utc>::MIN_UTC;
        for write in batch {
            entries.extend(write.happened);
            let start = entries.len();
            entries.extend(write.placed);
            placed.push(start..entries.len());
            now = now.max(write.now);
            replies.push(write.reply);
        }
        let outcome = self.store.write(&entries, now);
        match &outcome {
            Ok(turn) => {
                // The readers may be gone by now; what was written stays written.
                let turn = *turn;
                self.readers.blocking_send(Written { turn, entries }).ok();
            }
            Err(error) => {
                tracing::error!(%error, "what the exchange did could not be written down yet");
                // Later entries of a call that is left out change nothing.
                let kept = entries.into_iter().enumerate();
                let kept = kept.filter(|(at, _)| !placed.iter().any(|range| range.contains(at)));
                self.owed = kept.map(|(_, entry)| entry).collect();
            }
        }
        self.behind.store(outcome.is_err(), Ordering::Release);
        let outcome = outcome.map(drop);
        for reply in replies {
            // Who asked may be gone by now, too.
            reply.send(outcome.clone()).ok();
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use tokio::sync::oneshot;

    use super::super::LedgerError;
    use super::super::store::Room;
    use super::super::tests::{born, ended, now};
    use super::*;
    use crate::proto::call::State;

    fn books() -> (Books, mpsc::Receiver<Written>) {
        let (readers, written) = mpsc::channel(WAITING);
        (Books::new(Store::open(None).unwrap(), readers), written)
    }

    fn write(
        books: &mut Books,
        happened: Vec<Entry>,
        placed: Vec<Entry>,
    ) -> Result<(), LedgerError> {
        let (reply, mut answer) = oneshot::channel();
        books.serve(vec![Write {
            happened,
            placed,
            now: now(),
            reply,
        }]);
        answer.try_recv().unwrap()
    }

    fn state(books: &Books, id: &str) -> Option<State> {
        let call = books.store.call(1, id).unwrap();
        call.map(|call| call.state())
    }

    #[test]
    fn what_could_not_be_written_is_written_later_but_for_the_call_that_was_denied() {
        let (mut books, _written) = books();
        let behind = books.behind();
        write(&mut books, vec![born(1, "a")], Vec::new()).unwrap();
        books.store.refuse_writes(true);
        let happened = vec![ended(1, "a"), born(2, "b")];
        write(&mut books, happened, vec![born(3, "denied")]).unwrap_err();
        assert!(behind.load(Ordering::Acquire));
        write(&mut books, vec![ended(2, "b")], Vec::new()).unwrap_err();
        books.store.refuse_writes(false);
        let later = vec![ended(3, "denied"), Entry::Finished { serial: 3 }];
        write(&mut books, later, vec![born(4, "d")]).unwrap();
        assert!(!behind.load(Ordering::Acquire));
        assert_eq!(state(&books, "a"), Some(State::Completed));
        assert_eq!(state(&books, "b"), Some(State::Completed));
        assert_eq!(state(&books, "denied"), None);
        assert_eq!(state(&books, "d"), Some(State::Ringing));
        assert_eq!(books.owed, []);
    }

    /// `sandbox.md`, "Ledger": a full disk refuses new calls, keeps the old, and nothing is lost.
    #[rstest]
    #[case::temporary(false)]
    #[case::on_disk(true)]
    fn a_full_ledger_refuses_keeps_and_goes_on(#[case] on_disk: bool) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.db");
        let store = Store::open(on_disk.then_some(path.as_path())).unwrap();
        let (readers, mut written) = mpsc::channel(100_000);
        let leave = store.room();
        let mut books = Books::new(store, readers);
        write(&mut books, vec![born(1, "first")], Vec::new()).unwrap();
        leave(Room::None);
        let mut taken = vec!["first".to_owned()];
        let refused = (2..50_000).find(|&serial| {
            let id = format!("call-{serial}");
            let outcome = write(&mut books, Vec::new(), vec![born(serial, &id)]);
            if outcome.is_ok() {
                taken.push(id);
                return false;
            }
            assert_eq!(outcome, Err(LedgerError::Full));
            true
        });
        let refused = refused.unwrap();
        // What happens to the others meanwhile is owed.
        write(&mut books, vec![ended(1, "first")], Vec::new()).ok();
        leave(Room::Enough);
        write(&mut books, Vec::new(), vec![born(60_000, "later")]).unwrap();
        assert_eq!(state(&books, "first"), Some(State::Completed));
        assert_eq!(state(&books, &format!("call-{refused}")), None);
        assert_eq!(state(&books, "later"), Some(State::Ringing));
        for id in &taken {
            assert!(state(&books, id).is_some(), "{id}");
        }
        // Readers were told of what is there, and of nothing else.
        let mut told = Vec::new();
        while let Ok(written) = written.try_recv() {
            told.extend(written.entries);
        }
        let told = told
            .iter()
            .filter(|entry| matches!(entry, Entry::Born { .. }));
        assert_eq!(told.count(), taken.len() + 1);
    }

    #[test]
    fn a_write_that_fails_halfway_leaves_nothing_in_a_temporary_ledger_either() {
        let mut store = Store::open(None).unwrap();
        let twice = [born(1, "a"), born(1, "again")];
        assert!(store.write(&twice, now()).is_err());
        assert_eq!(store.call(1, "a").unwrap(), None);
        assert!(store.write(&[born(1, "b")], now()).is_ok());
    }
}
