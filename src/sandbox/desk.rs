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

/// A call that somebody asks for.
#[derive(Debug)]
struct Order {
    project: Project,
    call: proto::Call,
    reply: oneshot::Sender<Result<Placed, LedgerError>>,
}

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
        let order = Order {
            project,
            call,
            reply,
        };
        // If the desk is closed, the reply goes with the order, which the receiver sees.
        self.orders.send(order).await.ok();
        let Placed { call, written } = placed.await.map_err(closed)??;
        written.await.map_err(closed)??;
        Ok(call)
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
                order.reply.send(Err(error)).ok();
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
        let (call, placed) = exchange.place(&order.project, order.call, now);
        let written = ledger.write(entries, placed, now).await;
        // Whoever asked may have gone away: the call is placed all the same.
        order.reply.send(Ok(Placed { call, written })).ok();
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
