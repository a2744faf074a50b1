//! The courier: the one task that takes deliveries out of the ledger, attempts each until it is
//! taken or given up, and tells the ledger what came of it (`api.md §11`).
//!
//! The ledger holds what is to be delivered; here are only its headings. So whatever happens to this
//! process, what was not delivered is found again by the next one: everything is delivered at least
//! once, and what was under way when the process was killed, twice.

use std::collections::HashSet;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use tokio::sync::{Notify, oneshot};
use tokio::time::{Duration, sleep, sleep_until, timeout};

use super::post::Outcome;
use super::round::{Round, Target, Waiting};
use super::target::Refusal;
use crate::sandbox::clock::Clock;
use crate::sandbox::ledger::{Change, Delivery, Entry, Heading, Ledger, LedgerError};

/// How long after an attempt in vain the next one is made, in seconds of the exchange's time. After
/// the last of these a delivery is dropped.
const DELAYS: [i64; 8] = [1, 2, 4, 8, 60, 1_800, 3_600, 7_200];
/// How many headings are read from the ledger at a time.
const PAGE: u32 = 500;
/// How long to wait when the ledger cannot be read, in seconds of the exchange's time.
const UNREADABLE: TimeDelta = TimeDelta::seconds(60);
/// How often to look whether a ledger that fails is back.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How long what is under way may go on when the sandbox ends. What is not over by then is attempted
/// again by the next one.
const GRACE: Duration = Duration::from_secs(2);
/// How many targets that are not asked are remembered, to name each of them once.
const NAMED: usize = 1_000;

/// Makes attempts.
pub(super) trait Carrier: Send + Sync + 'static {
    /// Makes one, which comes to an end in bounded time.
    fn attempt(&self, url: &str, body: &[u8]) -> impl Future<Output = Outcome> + Send;
}

/// What the courier works with.
#[derive(Debug)]
pub(super) struct Courier<C> {
    pub(super) carrier: C,
    pub(super) clock: Clock,
    pub(super) ledger: Ledger,
    /// Rings when there is more in the ledger.
    pub(super) bell: Arc<Notify>,
}

/// What came of an attempt.
#[derive(Debug)]
struct Done {
    target: Target,
    serial: i64,
    end: End,
}

#[derive(Debug)]
enum End {
    Taken,
    NeverAsked(Refusal),
    InVain {
        reason: String,
        /// The next attempt; nothing if there is none.
        again: Option<Waiting>,
    },
    /// The ledger could not say what to deliver.
    Unread(Waiting),
}

impl<C: Carrier> Courier<C> {
    /// Delivers until `closing` comes or its other end goes.
    pub(super) async fn run(self, mut closing: oneshot::Receiver<()>) {
        let mut round = Round::default();
        let mut attempts = FuturesUnordered::new();
        let mut named = HashSet::new();
        let mut last = 0;
        // What an earlier run has left waits already.
        self.bell.notify_one();
        loop {
            while !self.ledger.is_behind()
                && let Some((target, waiting)) = round.take(self.clock.now())
            {
                attempts.push(self.attempt(target, waiting));
            }
            tokio::select! {
                _ = &mut closing => break,
                Some(done) = attempts.next() => settle(done, &mut round, &mut named),
                () = self.bell.notified() => {
                    if self.collect(&mut last, &mut round).await {
                        self.bell.notify_one();
                    }
                }
                () = self.wait(round.next_due()) => {}
            }
        }
        let finish = async { while attempts.next().await.is_some() {} };
        timeout(GRACE, finish).await.ok();
    }

    /// Waits for what is due next, or to see whether the ledger can write again: until it can,
    /// what comes of an attempt cannot be written down.
    async fn wait(&self, due: Option<DateTime<Utc>>) {
        if self.ledger.is_behind() {
            return sleep(LOOK_EVERY).await;
        }
        match due {
            Some(due) => sleep_until(self.clock.instant(due)).await,
            None => std::future::pending().await,
        }
    }

    /// Takes up what is new in the ledger. Tells whether there may be more of it.
    async fn collect(&self, last: &mut i64, round: &mut Round) -> bool {
        let headings = match self.ledger.headings(*last, PAGE).await {
            Ok(headings) => headings,
            Err(LedgerError::Closed) => return false,
            Err(error) => {
                tracing::error!(%error, "the webhooks that wait cannot be read");
                sleep(LOOK_EVERY).await;
                return true;
            }
        };
        let full = headings.len() >= PAGE as usize;
        for heading in headings {
            let Heading {
                key,
                serial,
                attempts,
                due,
                target,
            } = heading;
            *last = key;
            let waiting = Waiting {
                key,
                serial,
                attempts,
                due,
            };
            round.add(&target.into(), waiting);
        }
        full
    }

    async fn attempt(&self, target: Target, waiting: Waiting) -> Done {
        let serial = waiting.serial;
        let end = match self.ledger.delivery(waiting.key).await {
            Ok(Some(delivery)) => self.deliver(&target, delivery, waiting).await,
            // Nobody else takes anything out: there is nothing left to do.
            Ok(None) => End::Taken,
            Err(error) => {
                if error != LedgerError::Closed {
                    tracing::error!(%error, "a webhook that is due cannot be read");
                }
                let due = self.clock.now() + UNREADABLE;
                End::Unread(Waiting { due, ..waiting })
            }
        };
        Done {
            target,
            serial,
            end,
        }
    }

    async fn deliver(&self, target: &Target, delivery: Delivery, waiting: Waiting) -> End {
        let Delivery { url, body } = delivery;
        let outcome = self.carrier.attempt(&url, &body).await;
        let now = self.clock.now();
        let key = waiting.key;
        let (end, change) = match outcome {
            Outcome::Delivered => (End::Taken, Change::Settled { key }),
            Outcome::Refused(refusal) => (End::NeverAsked(refusal), Change::Settled { key }),
            Outcome::Failed(reason) => {
                let attempts = waiting.attempts.saturating_add(1);
                let again = after(attempts).map(|delay| Waiting {
                    attempts,
                    due: now + delay,
                    ..waiting
                });
                let change = if let Some(Waiting { due, .. }) = again {
                    Change::Postponed { key, attempts, due }
                } else {
                    let call = name_in(&body);
                    tracing::warn!(
                        "a webhook for {call} to {target} is dropped after {attempts} \
                             attempts: {reason}"
                    );
                    Change::Settled { key }
                };
                (End::InVain { reason, again }, change)
            }
        };
        // If it cannot be written down now, it is with the next write that can.
        self.ledger
            .write(vec![Entry::Outbox(change)], Vec::new(), now)
            .await
            .await
            .ok();
        end
    }
}

/// How long to wait after so many attempts in vain; nothing if there was enough of it.
fn after(attempts: u32) -> Option<TimeDelta> {
    let at = usize::try_from(attempts).ok()?.checked_sub(1)?;
    DELAYS.get(at).copied().map(TimeDelta::seconds)
}

fn settle(done: Done, round: &mut Round, named: &mut HashSet<Target>) {
    let Done {
        target,
        serial,
        end,
    } = done;
    match end {
        End::Taken => {
            round.done(&target, serial, false);
        }
        End::NeverAsked(refusal) => {
            round.done(&target, serial, false);
            if named.len() < NAMED && named.insert(Arc::clone(&target)) {
                tracing::warn!("webhooks to {target} are not sent: {refusal}");
            }
        }
        End::InVain { reason, again } => {
            if let Some(again) = again {
                round.add(&target, again);
            }
            if round.done(&target, serial, true) {
                tracing::warn!("a webhook to {target} was not taken, and is tried again: {reason}");
            }
        }
        End::Unread(again) => {
            round.add(&target, again);
            round.done(&target, serial, false);
        }
    }
}

/// The name of the call that a delivery is about.
fn name_in(body: &[u8]) -> String {
    let call: Option<serde_json::Value> = serde_json::from_slice(body).ok();
    call.as_ref()
        .and_then(|call| call.get("name")?.as_str())
        .unwrap_or("a call")
        .to_owned()
}

#[cfg(test)]
mod tests;
