//! The desk: the one task that owns the exchange. It sleeps until something is due or somebody
//! places a call, and hands to the ledger what has happened, in its order.

use chrono::{DateTime, Utc};
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Duration, sleep, sleep_until};

use super::clock::Clock;
use super::exchange::{Exchange, Project};
use super::ledger::{Ledger, LedgerError};
use crate::proto;

/// How many calls may wait for the desk before those who place them have to wait themselves.
const WAITING: usize = 256;

/// How often it is tried again to write down what could not be.
const TRY_EVERY: Duration = Duration::from_millis(500);

/// What somebody asks for.
#[derive(Debug)]
enum Order {
    /// A call.
    Place {
        project: Project,
        call: Box<proto::Call>,
        reply: oneshot::Sender<Result<Placed, LedgerError>>,
    },
    /// That simulated calls arrive, created at these times.
    Arrive {
        project: Project,
        times: Vec<DateTime<Utc>>,
        reply: oneshot::Sender<Result<Arrived, LedgerError>>,
    },
}

impl Order {
    fn refuse(self, error: LedgerError) {
        // Whoever asked may have gone away.
        match self {
            Self::Place { reply, .. } => drop(reply.send(Err(error))),
            Self::Arrive { reply, .. } => drop(reply.send(Err(error))),
        }
    }
}

/// The word of the ledger about calls that have arrived, still to come.
type Arrived = oneshot::Receiver<Result<(), LedgerError>>;

/// A call that was taken on, and the word of the ledger that is still to come.
#[derive(Debug)]
struct Placed {
    call: proto::Call,
    written: oneshot::Receiver<Result<(), LedgerError>>,
}

/// Places calls. Cloning one is cheap.
#[derive(Debug, Clone)]
pub(super) struct Desk {
    orders: mpsc::Sender<Order>,
}

impl Desk {
    /// A handle, and the task that has to run for the exchange to live. The task ends when all
    /// handles are gone.
    pub(super) fn of(
        exchange: Exchange,
        clock: Clock,
        ledger: Ledger,
    ) -> (Self, impl Future<Output = ()> + Send + 'static) {
        let (orders, waiting) = mpsc::channel(WAITING);
        (Self { orders }, run(exchange, clock, ledger, waiting))
    }

    /// Takes a call on; `call` has the checked input of the request. Once this answers, the call is
    /// on disk.
    pub(super) async fn place(
        &self,
        project: Project,
        call: proto::Call,
    ) -> Result<proto::Call, LedgerError> {
        let (reply, placed) = oneshot::channel();
        let order = Order::Place {
            project,
            call: Box::new(call),
            reply,
        };
        // If the desk is closed, the reply goes with the order, which the receiver sees.
        self.orders.send(order).await.ok();
        let Placed { call, written } = placed.await.map_err(closed)??;
        written.await.map_err(closed)??;
        Ok(call)
    }

    /// Has simulated calls arrive that are created at these times. Once this answers, those of them
    /// that are there are on disk.
    pub(super) async fn arrive(
        &self,
        project: Project,
        times: Vec<DateTime<Utc>>,
    ) -> Result<(), LedgerError> {
        let (reply, arrived) = oneshot::channel();
        let order = Order::Arrive {
            project,
            times,
            reply,
        };
        self.orders.send(order).await.ok();
        let written = arrived.await.map_err(closed)??;
        written.await.map_err(closed)?
    }
}

fn closed(_: oneshot::error::RecvError) -> LedgerError {
    LedgerError::Closed
}

async fn run(
    mut exchange: Exchange,
    clock: Clock,
    ledger: Ledger,
    mut orders: mpsc::Receiver<Order>,
) {
    loop {
        let due = exchange.next_event();
        let order = tokio::select! {
            // Whoever waits for an answer comes first; what is due is looked after either way.
            biased;
            order = orders.recv() => match order {
                Some(order) => Some(order),
                None => return,
            },
            () = next(&clock, due, &ledger) => None,
        };
        let now = clock.now();
        // Nothing happens while nothing can be written down: what is due then happens later, and no
        // more has to be remembered than was under way.
        if ledger.is_behind()
            && let Err(error) = ledger.settle(now).await
        {
            if let Some(order) = order {
                order.refuse(error);
            }
            continue;
        }
        let entries = exchange.advance(now);
        let Some(order) = order else {
            if !entries.is_empty() {
                // A failure is in the log of the ledger, which writes them with the next ones.
                drop(ledger.write(entries, Vec::new(), now).await);
            }
            continue;
        };
        match order {
            Order::Place {
                project,
                call,
                reply,
            } => {
                let (call, placed) = exchange.place(&project, *call, now);
                let written = ledger.write(entries, placed, now).await;
                // Whoever asked may have gone away: the call is placed all the same.
                reply.send(Ok(Placed { call, written })).ok();
            }
            Order::Arrive {
                project,
                times,
                reply,
            } => {
                let mut happened = entries;
                happened.extend(exchange.surge(&project, times, now));
                let written = ledger.write(happened, Vec::new(), now).await;
                reply.send(Ok(written)).ok();
            }
        }
    }
}

/// Waits for what is due next, or to see whether the ledger can write again.
async fn next(clock: &Clock, due: Option<DateTime<Utc>>, ledger: &Ledger) {
    if ledger.is_behind() {
        return sleep(TRY_EVERY).await;
    }
    match due {
        Some(due) => sleep_until(clock.instant(due)).await,
        None => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::Ordering;

    use super::*;
    use crate::filter::Filter;
    use crate::sandbox::exchange::Opening;
    use crate::sandbox::ledger::{PageQuery, Room, Store};

    fn start() -> DateTime<Utc> {
        DateTime::from_timestamp(1_700_000_000, 0).unwrap()
    }

    fn project() -> Project {
        Project {
            key: 1,
            name: "projects/demo".to_owned(),
        }
    }

    fn busy_exchange() -> Exchange {
        Exchange::open(Opening {
            seed: 1,
            salt: 0,
            rate: 20.0,
            projects: vec![project()],
            next_serial: 1,
            now: start(),
            announces: false,
            faults: crate::sandbox::Faults::default(),
        })
    }

    fn wish() -> proto::Call {
        proto::Call {
            to: "+61491570006".to_owned(),
            from: "+61255501234".to_owned(),
            options: Some(proto::call::ApiCallOptions::default()),
            ..proto::Call::default()
        }
    }

    /// `sandbox.md`, "Ledger": what is owed to a ledger that cannot write does not grow.
    #[tokio::test(start_paused = true)]
    async fn nothing_happens_while_nothing_can_be_written_down() {
        let (ledger, mut written, behind) = Ledger::played();
        let (desk, task) = Desk::of(busy_exchange(), Clock::start(start(), 1.0), ledger);
        let running = tokio::spawn(task);
        let first = written.recv().await.unwrap();
        assert!(!first.happened.is_empty());
        behind.store(true, Ordering::Release);
        first.reply.send(Err(LedgerError::Full)).ok();
        let placing = {
            let desk = desk.clone();
            tokio::spawn(async move { desk.place(project(), wish()).await })
        };
        let until = tokio::time::Instant::now() + Duration::from_secs(600);
        let mut tries = 0;
        while tokio::time::Instant::now() < until {
            let attempt = written.recv().await.unwrap();
            assert!(attempt.happened.is_empty() && attempt.placed.is_empty());
            attempt.reply.send(Err(LedgerError::Full)).ok();
            tries += 1;
        }
        assert!(
            (1_000..1_300).contains(&tries),
            "{tries} tries in ten minutes"
        );
        assert_eq!(placing.await.unwrap(), Err(LedgerError::Full));

        // With room, all that was due since happens.
        let attempt = written.recv().await.unwrap();
        behind.store(false, Ordering::Release);
        attempt.reply.send(Ok(())).ok();
        let mut happened = 0;
        while happened < 10_000 {
            let next = written.recv().await.unwrap();
            happened += next.happened.len();
            next.reply.send(Ok(())).ok();
        }
        assert!(tokio::time::Instant::now() < until + Duration::from_secs(5));
        running.abort();
    }

    /// All names of a ledger after some minutes, with its disk full for most of them or never.
    async fn after_minutes(path: Option<&std::path::Path>) -> Vec<String> {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(Some(path.unwrap_or(&folder.path().join("ledger.db")))).unwrap();
        let leave = store.room();
        let (ledger, task) = Ledger::of(store).unwrap();
        let ledger_task = tokio::spawn(task);
        let clock = Clock::start(start(), 1.0);
        let (desk, task) = Desk::of(busy_exchange(), clock, ledger.clone());
        let desk_task = tokio::spawn(task);
        sleep(Duration::from_secs(5)).await;
        if path.is_some() {
            leave(Room::None);
            sleep(Duration::from_secs(100)).await;
            let refused = desk.place(project(), wish()).await;
            assert_eq!(refused, Err(LedgerError::Full));
            leave(Room::Enough);
        } else {
            sleep(Duration::from_secs(100)).await;
        }
        sleep(Duration::from_secs(5)).await;
        let mut names = Vec::new();
        let mut after = None;
        loop {
            let query = PageQuery {
                project: 1,
                filter: Filter::everything(),
                skip: 0,
                visible_until: None,
                after,
                size: 100,
            };
            let page = ledger.list(query).await.unwrap();
            names.extend(page.calls.into_iter().map(|call| call.name));
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        desk_task.abort();
        ledger_task.abort();
        names
    }

    #[tokio::test(start_paused = true)]
    async fn a_ledger_whose_disk_was_full_has_all_that_another_one_has() {
        let folder = tempfile::tempdir().unwrap();
        let full = after_minutes(Some(&folder.path().join("full.db"))).await;
        let other = after_minutes(None).await;
        assert!(full.len() > 2_000, "{}", full.len());
        // The two are not looked at in the very same instant.
        let newest = full.len().abs_diff(other.len());
        assert!(newest < 10, "{newest}");
        let oldest = |names: &[String]| names.iter().rev().take(2_000).cloned().collect::<Vec<_>>();
        assert_eq!(oldest(&full), oldest(&other));
    }
}
