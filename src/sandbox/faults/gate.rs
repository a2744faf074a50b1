//! The gate before the service: what becomes of each request by chance and by its time, whatever
//! it asks for.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use tokio::sync::watch;
use tokio::time::{Duration, Instant, sleep};
use tonic::Status;

use super::bucket::Bucket;
use super::{Faults, Name};
use crate::sandbox::clock::Clock;
use crate::sandbox::exchange::Dice;
use crate::sandbox::refusal;

/// What is asked for. Each kind counts its requests for itself, so that none shifts what befalls
/// another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sandbox) enum Method {
    CreateCall,
    GetCall,
    ListCalls,
}

impl Method {
    const COUNT: usize = 3;

    fn number(self) -> u8 {
        match self {
            Self::CreateCall => 0,
            Self::GetCall => 1,
            Self::ListCalls => 2,
        }
    }
}

/// What a gate starts with.
#[derive(Debug)]
pub(in crate::sandbox) struct Opening {
    pub(in crate::sandbox) faults: Faults,
    pub(in crate::sandbox) seed: u64,
    /// The exchange's.
    pub(in crate::sandbox) clock: Clock,
    /// Turns true, or loses its sender, when the sandbox is to stop: then nobody waits any longer.
    pub(in crate::sandbox) stopping: watch::Receiver<bool>,
}

/// Counts requests and draws what befalls each.
#[derive(Debug)]
pub(in crate::sandbox) struct Gate {
    pub(super) faults: Faults,
    pub(super) clock: Clock,
    seed: u64,
    stopping: watch::Receiver<bool>,
    /// How many requests of each kind there have been.
    counts: [AtomicU64; Method::COUNT],
    /// With the number of requests a second that it lets through.
    bucket: Option<(u32, Mutex<Bucket>)>,
}

impl Gate {
    pub(in crate::sandbox) fn open(opening: Opening) -> Self {
        let Opening {
            faults,
            seed,
            clock,
            stopping,
        } = opening;
        let bucket = faults.rate_limit().map(|requests| {
            let bucket = Bucket::new(requests, Instant::now());
            (requests, Mutex::new(bucket))
        });
        Self {
            faults,
            clock,
            seed,
            stopping,
            counts: Default::default(),
            bucket,
        }
    }

    /// The exchange's clock.
    pub(in crate::sandbox) fn clock(&self) -> Clock {
        self.clock
    }

    /// A request has arrived.
    pub(in crate::sandbox) fn visit(&self, method: Method) -> Visit<'_> {
        let kind = method.number();
        let count = self.counts.get(usize::from(kind));
        let nth = count.map_or(0, |count| count.fetch_add(1, Ordering::Relaxed));
        let mut dice = Dice::of_request(self.seed, kind, nth);
        Visit {
            gate: self,
            // Always all of them, in this order: no fault shifts what another one does.
            chance: Chance {
                unavailable: dice.share(),
                fate: dice.share(),
                jitter: dice.share(),
                empty: dice.share(),
                cut: dice.share(),
                further: dice.share(),
            },
        }
    }

    async fn stopped(&self) {
        // Without its sender there is nothing to wait for either.
        let mut stopping = self.stopping.clone();
        stopping.wait_for(|stopping| *stopping).await.ok();
    }
}

/// What was drawn for one request: shares, each 0 to just below 1.
#[derive(Debug, Clone, Copy)]
pub(super) struct Chance {
    unavailable: f64,
    /// Of a CreateCall: dropped from below, lost from above.
    fate: f64,
    jitter: f64,
    /// Of a page: whether there is nothing on it.
    pub(super) empty: f64,
    /// Of a page: how much is on it otherwise.
    pub(super) cut: f64,
    /// Of the last page: whether it says that there is more.
    pub(super) further: f64,
}

/// One request, from its arrival to its answer.
#[derive(Debug)]
pub(in crate::sandbox) struct Visit<'a> {
    pub(super) gate: &'a Gate,
    pub(super) chance: Chance,
}

impl Visit<'_> {
    /// Lets the request through to be worked on, or refuses it unseen; the answer waits as the
    /// faults say, whichever it is.
    pub(in crate::sandbox) async fn answer<T>(
        &self,
        work: impl Future<Output = Result<T, Status>>,
    ) -> Result<T, Status> {
        let answer = match self.admitted() {
            Ok(()) => work.await,
            Err(refusal) => Err(refusal),
        };
        self.linger().await;
        answer
    }

    /// Whether a CreateCall is not carried out.
    pub(in crate::sandbox) fn is_dropped(&self) -> bool {
        self.chance.fate < self.gate.faults.share(Name::DropCreate)
    }

    /// Whether the answer of a CreateCall is lost. Shares that make one at most never meet.
    pub(in crate::sandbox) fn is_lost(&self) -> bool {
        self.chance.fate >= 1.0 - self.gate.faults.share(Name::LoseCreate)
    }

    /// Keeps the request waiting for as long as the client, or the sandbox, goes on.
    pub(in crate::sandbox) async fn silence<T>(&self) -> Result<T, Status> {
        self.gate.stopped().await;
        Err(refusal::shutting_down())
    }

    fn admitted(&self) -> Result<(), Status> {
        if self.chance.unavailable < self.gate.faults.share(Name::Unavailable) {
            return Err(refusal::unavailable());
        }
        let Some((requests, bucket)) = &self.gate.bucket else {
            return Ok(());
        };
        let mut bucket = bucket.lock().unwrap_or_else(PoisonError::into_inner);
        bucket
            .take(Instant::now())
            .map_err(|wait| refusal::too_many(*requests, wait))
    }

    async fn linger(&self) {
        let faults = &self.gate.faults;
        let length = |name| faults.length(name).unwrap_or_default();
        let jitter = length(Name::Jitter).mul_f64(self.chance.jitter);
        let wait: Duration = length(Name::Latency) + jitter;
        if !wait.is_zero() {
            tokio::select! {
                () = sleep(wait) => {}
                () = self.gate.stopped() => {}
            }
        }
    }
}
