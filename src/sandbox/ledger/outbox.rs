//! The outbox: webhooks that are still to be delivered. They are written down together with what
//! they tell of, and taken out when they are delivered or given up.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension as _, Transaction, params};
use tokio::sync::Notify;

use super::LedgerError;
use crate::sandbox::wire;
use crate::{convert, proto};

/// How many deliveries wait for one target at most. A receiver that is gone for long fills no more
/// than its own share.
const PER_TARGET: i64 = 10_000;
/// How many wait in all at most, and how many bytes they have.
const IN_ALL: i64 = 100_000;
const BYTES: i64 = 256 * 1024 * 1024;
/// Of those that have no room, the log names the first and then one in so many.
const NAMED: u64 = 1_000;

/// What happens to deliveries.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::sandbox) enum Change {
    /// A call has gone over into another state, and somebody wants to know.
    Announced {
        /// The call's number.
        serial: i64,
        /// When it did, which is when the first attempt is due.
        at: DateTime<Utc>,
        /// Scheme, host and port of the URL.
        target: String,
        /// The URL as it was given.
        url: String,
        /// The call as it was then.
        call: Box<proto::Call>,
    },
    /// A delivery is over, one way or the other.
    Settled { key: i64 },
    /// An attempt was in vain.
    Postponed {
        key: i64,
        /// How many there were so far.
        attempts: u32,
        /// When the next one is due.
        due: DateTime<Utc>,
    },
}

/// What there is to know of a delivery before its attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::sandbox) struct Heading {
    /// Later ones have larger keys, and no key is ever used again.
    pub(in crate::sandbox) key: i64,
    /// The number of its call.
    pub(in crate::sandbox) serial: i64,
    /// How many attempts were made.
    pub(in crate::sandbox) attempts: u32,
    pub(in crate::sandbox) due: DateTime<Utc>,
    /// Scheme, host and port.
    pub(in crate::sandbox) target: String,
}

/// What is delivered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::sandbox) struct Delivery {
    pub(in crate::sandbox) url: String,
    /// The call as JSON.
    pub(in crate::sandbox) body: Vec<u8>,
}

/// The outbox beside its table.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    /// Rings when there is something new in it.
    bell: Arc<Notify>,
    /// How full it is, as far as that is known.
    load: Option<Load>,
    /// Whether something came that is not committed yet.
    fresh: bool,
    /// How many had no room.
    refused: u64,
}

#[derive(Debug, Default)]
struct Load {
    by_target: HashMap<String, i64>,
    count: i64,
    bytes: i64,
}

impl Load {
    fn of(connection: &Connection) -> Result<Self, rusqlite::Error> {
        let mut statement = connection.prepare(
            "SELECT target, count(*), sum(octet_length(url) + octet_length(body))
             FROM deliveries GROUP BY target",
        )?;
        let mut rows = statement.query([])?;
        let mut load = Self::default();
        while let Some(row) = rows.next()? {
            let count = row.get(1)?;
            load.by_target.insert(row.get(0)?, count);
            load.count += count;
            load.bytes += row.get::<_, i64>(2)?;
        }
        Ok(load)
    }

    fn has_room(&self, target: &str) -> bool {
        let there = self.by_target.get(target).copied().unwrap_or_default();
        there < PER_TARGET && self.count < IN_ALL && self.bytes < BYTES
    }

    fn add(&mut self, target: &str, bytes: i64) {
        *self.by_target.entry(target.to_owned()).or_default() += 1;
        self.count += 1;
        self.bytes += bytes;
    }

    fn remove(&mut self, target: &str, bytes: i64) {
        if let Some(there) = self.by_target.get_mut(target) {
            *there = there.saturating_sub(1);
            if *there == 0 {
                self.by_target.remove(target);
            }
        }
        self.count -= 1;
        self.bytes -= bytes;
    }
}

impl Outbox {
    pub(super) fn bell(&self) -> Arc<Notify> {
        Arc::clone(&self.bell)
    }

    /// How many deliveries wait, and for how many targets.
    #[cfg(test)]
    pub(super) fn load(&self) -> (i64, usize) {
        let load = self.load.as_ref();
        load.map_or((0, 0), |load| (load.count, load.by_target.len()))
    }

    /// Makes a change as part of a transaction.
    pub(super) fn change(
        &mut self,
        transaction: &Transaction<'_>,
        change: &Change,
    ) -> Result<(), LedgerError> {
        match change {
            Change::Announced {
                serial,
                at,
                target,
                url,
                call,
            } => self.announce(transaction, target, (*serial, *at, url, call)),
            Change::Settled { key } => {
                let gone = transaction
                    .prepare_cached(
                        "DELETE FROM deliveries WHERE key = ?1
                         RETURNING target, octet_length(url) + octet_length(body)",
                    )?
                    .query_row([key], |row| Ok((row.get::<_, String>(0)?, row.get(1)?)))
                    .optional()?;
                if let (Some((target, bytes)), Some(load)) = (gone, &mut self.load) {
                    load.remove(&target, bytes);
                }
                Ok(())
            }
            Change::Postponed { key, attempts, due } => {
                transaction
                    .prepare_cached("UPDATE deliveries SET attempts = ?2, due = ?3 WHERE key = ?1")?
                    .execute(params![key, attempts, wire::nanos(*due)])?;
                Ok(())
            }
        }
    }

    fn announce(
        &mut self,
        transaction: &Transaction<'_>,
        target: &str,
        (serial, at, url, call): (i64, DateTime<Utc>, &str, &proto::Call),
    ) -> Result<(), LedgerError> {
        let load = match &mut self.load {
            Some(load) => load,
            unknown => unknown.insert(Load::of(transaction)?),
        };
        if !load.has_room(target) {
            if self.refused.is_multiple_of(NAMED) {
                let before = self.refused;
                tracing::warn!(
                    "too many webhooks wait: one for {} to {target} is dropped, as were {before} \
                     before it",
                    call.name
                );
            }
            self.refused += 1;
            return Ok(());
        }
        let body = serde_json::to_vec(&convert::call(call.clone()))
            .map_err(|error| LedgerError::Failed(format!("a call cannot be told: {error}")))?;
        // A call that could not be written down does not exist, and nothing is told of it.
        let written = transaction
            .prepare_cached(
                "INSERT INTO deliveries (serial, attempts, due, target, url, body)
                 SELECT serial, 0, ?2, ?3, ?4, ?5 FROM calls WHERE serial = ?1",
            )?
            .execute(params![serial, wire::nanos(at), target, url, body])?;
        if written > 0 {
            let bytes = i64::try_from(url.len() + body.len()).unwrap_or(BYTES);
            load.add(target, bytes);
            self.fresh = true;
        }
        Ok(())
    }

    /// Takes note of what became of the transaction.
    pub(super) fn conclude(&mut self, committed: bool) {
        let fresh = std::mem::take(&mut self.fresh);
        if !committed {
            self.load = None;
        } else if fresh {
            self.bell.notify_one();
        }
    }
}

/// What came after a delivery, oldest first.
pub(super) fn headings(
    connection: &Connection,
    after: i64,
    most: u32,
) -> Result<Vec<Heading>, LedgerError> {
    let mut statement = connection.prepare_cached(
        "SELECT key, serial, attempts, due, target FROM deliveries
         WHERE key > ?1 ORDER BY key LIMIT ?2",
    )?;
    let rows = statement.query_map(params![after, most], |row| {
        Ok(Heading {
            key: row.get(0)?,
            serial: row.get(1)?,
            attempts: row.get(2)?,
            due: DateTime::from_timestamp_nanos(row.get(3)?),
            target: row.get(4)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// One delivery, if it is not over.
pub(super) fn delivery(connection: &Connection, key: i64) -> Result<Option<Delivery>, LedgerError> {
    let found = connection
        .prepare_cached("SELECT url, body FROM deliveries WHERE key = ?1")?
        .query_row([key], |row| {
            Ok(Delivery {
                url: row.get(0)?,
                body: row.get(1)?,
            })
        })
        .optional()?;
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::super::{Entry, Store};
    use super::*;

    fn call(serial: i64) -> proto::Call {
        proto::Call {
            name: format!("projects/demo/calls/{serial}"),
            ..proto::Call::default()
        }
    }

    fn born(serial: i64) -> Entry {
        Entry::Born {
            serial,
            project: 1,
            call: call(serial),
        }
    }

    fn announced(serial: i64, target: &str) -> Entry {
        Entry::Outbox(Change::Announced {
            serial,
            at: DateTime::UNIX_EPOCH,
            target: target.to_owned(),
            url: format!("{target}/state"),
            call: Box::new(call(serial)),
        })
    }

    fn write(store: &mut Store, entries: &[Entry]) -> Result<(), LedgerError> {
        store.write(entries, DateTime::UNIX_EPOCH).map(drop)
    }

    fn keys(store: &Store) -> Vec<i64> {
        let headings = headings(&store.connection(), 0, 100_000).unwrap();
        headings.into_iter().map(|heading| heading.key).collect()
    }

    fn rang(bell: &Notify) -> bool {
        use futures_util::FutureExt as _;
        bell.notified().now_or_never().is_some()
    }

    #[test]
    fn what_is_written_is_found_until_it_is_over() {
        let mut store = Store::open(None).unwrap();
        let bell = store.bell();
        write(
            &mut store,
            &[born(1), announced(1, "http://a"), announced(1, "http://b")],
        )
        .unwrap();
        assert!(rang(&bell));
        assert_eq!(keys(&store), [1, 2]);
        let first = delivery(&store.connection(), 1).unwrap().unwrap();
        assert_eq!(first.url, "http://a/state");
        assert_eq!(first.body, br#"{"name":"projects/demo/calls/1"}"#);
        let due = DateTime::from_timestamp(7, 0).unwrap();
        let later = Change::Postponed {
            key: 1,
            attempts: 3,
            due,
        };
        let over = Change::Settled { key: 2 };
        write(&mut store, &[Entry::Outbox(later), Entry::Outbox(over)]).unwrap();
        assert!(!rang(&bell));
        let headings = headings(&store.connection(), 0, 10).unwrap();
        assert_eq!(headings.len(), 1);
        assert_eq!((headings[0].attempts, headings[0].due), (3, due));
        assert_eq!(delivery(&store.connection(), 2).unwrap(), None);
        // A key is never used again, so that what follows one is always new.
        write(&mut store, &[announced(1, "http://a")]).unwrap();
        assert_eq!(keys(&store), [1, 3]);
    }

    #[test]
    fn nothing_is_told_of_a_call_that_was_denied() {
        let mut store = Store::open(None).unwrap();
        let bell = store.bell();
        write(&mut store, &[announced(1, "http://a")]).unwrap();
        assert!(keys(&store).is_empty());
        assert!(!rang(&bell));
    }

    #[test]
    fn what_is_not_committed_is_not_told() {
        let mut store = Store::open(None).unwrap();
        let bell = store.bell();
        let failing = [born(1), announced(1, "http://a"), born(1)];
        assert!(write(&mut store, &failing).is_err());
        assert!(keys(&store).is_empty());
        assert!(!rang(&bell));
        write(&mut store, &[born(1), announced(1, "http://a")]).unwrap();
        assert_eq!(store.outbox_load(), (1, 1));
    }

    #[test]
    fn a_target_fills_its_own_share_and_no_more() {
        let mut store = Store::open(None).unwrap();
        let many = PER_TARGET + 5;
        let mut entries = vec![born(1)];
        entries.extend((0..many).map(|_| announced(1, "http://gone")));
        entries.push(announced(1, "http://there"));
        write(&mut store, &entries).unwrap();
        assert_eq!(store.outbox_load(), (PER_TARGET + 1, 2));
        assert_eq!(keys(&store).len(), 10_001);
        // What is over makes room.
        let over = Entry::Outbox(Change::Settled { key: 1 });
        let more = [
            over,
            announced(1, "http://gone"),
            announced(1, "http://gone"),
        ];
        write(&mut store, &more).unwrap();
        assert_eq!(store.outbox_load(), (PER_TARGET + 1, 2));
    }
}
