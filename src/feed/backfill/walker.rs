//! The task of a walk: asks what is due, takes in what comes, and hands on what is ready.

use std::future::pending;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::{JoinError, JoinSet};
use tokio::time::{Instant, sleep_until};

use super::ground::{Ask, Ground, Trouble};
use super::weather::{Verdict, Weather};
use super::{Batch, Effort, Job, Pages, Report, stopped};
use crate::api::{ListRequest, Page};
use crate::call::{Failure, FailureKind};
use crate::feed::Bucket;
use crate::feed::walk::{endless, is_token_refusal};
use crate::filter::Plan;

/// How many pages a second a walk is after where it chooses by itself how much it asks at once.
const PAGES_PER_SECOND: f64 = 400.0;
pub(super) const FEWEST_AT_ONCE: usize = 16;
const MOST_AT_ONCE: usize = 32;
/// A wait that the service asks for is told from this length on.
const TOLD_FROM: Duration = Duration::from_secs(1);

type Outbox = mpsc::Sender<Result<Report, Failure>>;

/// What became of a request.
struct Answer {
    shard: u64,
    /// When it was let through.
    sent: Instant,
    took: Duration,
    with_token: bool,
    result: Result<Page, Failure>,
}

pub(super) struct Walker<S> {
    source: S,
    plan: Plan,
    effort: Effort,
    bucket: Bucket,
    ground: Ground,
    weather: Weather,
    asked: JoinSet<Answer>,
    began: Instant,
    /// The shortest time in which something was answered: the latency without the queues that many
    /// requests at once make.
    quickest: Option<Duration>,
    requests: u64,
}

impl<S: Pages> Walker<S> {
    pub(super) fn new(source: S, job: Job) -> Self {
        let Job {
            plan,
            bookmark,
            delivery,
            effort,
            bucket,
        } = job;
        let effort = Effort {
            page_size: effort.page_size.clamp(1, 100),
            ..effort
        };
        let seed = uuid::Uuid::new_v4().as_u64_pair().0;
        let began = Instant::now();
        Self {
            source,
            plan,
            ground: Ground::new(&bookmark.left(), delivery, page(&effort)),
            effort,
            bucket,
            weather: Weather::new(effort.patience, seed, began),
            asked: JoinSet::new(),
            began,
            quickest: None,
            requests: 0,
        }
    }

    pub(super) async fn run(mut self, out: Outbox) {
        if let Err(failure) = self.walk(&out).await {
            // What has been read and is in order counts all the same.
            while self.ground.has_ready() && self.send(&out).await {}
            out.send(Err(failure)).await.ok();
        }
    }

    async fn walk(&mut self, out: &Outbox) -> Result<(), Failure> {
        loop {
            // One moment for both: what falls due between two would be slept through.
            let now = Instant::now();
            self.ask(now);
            if self.ground.is_done() {
                return Ok(());
            }
            let ready = self.ground.has_ready();
            let wakes = self.wakes(now);
            tokio::select! {
                biased;
                place = out.reserve(), if ready => {
                    let Ok(place) = place else { return Ok(()) };
                    if let Some(batch) = self.batch() {
                        place.send(Ok(Report::Batch(batch)));
                    }
                }
                () = out.closed(), if !ready => return Ok(()),
                Some(answer) = self.asked.join_next() => self.take(answer, out)?,
                () = until(wakes) => {}
            }
        }
    }

    /// Asks for as much as is due.
    fn ask(&mut self, now: Instant) {
        let at_once = self.at_once();
        let page = page(&self.effort);
        let most = self.effort.read_ahead.max(1) * page;
        let pages = self.effort.read_ahead / at_once;
        let pages = u32::try_from(pages.max(1)).map_or(1.0, f64::from);
        while self.asked.len() < at_once {
            let kept = self.ground.held() + self.asked.len() * page;
            if !self.weather.may_ask(now, self.asked.len()) {
                return;
            }
            let Some(ask) = self.ground.next(now, pages, kept < most) else {
                return;
            };
            self.send_out(ask);
        }
    }

    fn send_out(&mut self, ask: Ask) {
        let (source, bucket) = (self.source.clone(), self.bucket.clone());
        let request = ListRequest {
            page_size: self.effort.page_size,
            filter: self.plan.between(&ask.window),
            page_token: ask.token,
        };
        self.asked.spawn(async move {
            let sent = bucket.take().await;
            let with_token = request.page_token.is_some();
            let result = source.page(request).await;
            Answer {
                shard: ask.shard,
                sent,
                took: sent.elapsed(),
                with_token,
                result,
            }
        });
    }

    /// How many requests are under way at the same time.
    fn at_once(&self) -> usize {
        if let Some(fixed) = self.effort.at_once {
            return fixed.get();
        }
        let latency = self.quickest.unwrap_or_default().as_secs_f64();
        let wanted = (1..=MOST_AT_ONCE)
            .zip(1_u32..)
            .find(|(_, number)| f64::from(*number) >= latency * PAGES_PER_SECOND);
        wanted.map_or(MOST_AT_ONCE, |(number, _)| number.max(FEWEST_AT_ONCE))
    }

    fn take(&mut self, answer: Result<Answer, JoinError>, out: &Outbox) -> Result<(), Failure> {
        let answer = match answer {
            Ok(answer) => answer,
            // Of no use any more.
            Err(error) if error.is_cancelled() => return Ok(()),
            Err(error) => {
                tracing::error!(%error, "a request has come to nothing");
                return Err(stopped());
            }
        };
        let now = Instant::now();
        self.requests += 1;
        let shard = answer.shard;
        let trouble = match answer.result {
            Ok(page) => {
                self.bucket.answered();
                self.weather.answered(now);
                self.quickest = self.quickest.into_iter().chain([answer.took]).min();
                self.ground.answered(shard, page)
            }
            // The same filter is taken without it.
            Err(failure) if answer.with_token && is_token_refusal(&failure) => {
                self.weather.answered(now);
                self.ground.refused(shard)
            }
            Err(failure) => {
                let waits = self.failed(&failure, answer.sent, shard)?;
                if let Some(wait) = waits {
                    out.try_send(Ok(Report::Waiting { failure, wait })).ok();
                }
                Ok(())
            }
        };
        match trouble {
            Ok(()) => Ok(()),
            Err(Trouble::Endless) => Err(endless()),
            Err(Trouble::Boundless) => {
                tracing::warn!("the service does not apply createTime; reading page by page");
                self.asked.abort_all();
                self.ground.give_up_windows();
                Ok(())
            }
        }
    }

    /// Has a request repeated, and tells how long everybody waits if they do; or ends the walk.
    fn failed(
        &mut self,
        failure: &Failure,
        sent: Instant,
        shard: u64,
    ) -> Result<Option<Duration>, Failure> {
        let now = Instant::now();
        let mut wait = None;
        if let FailureKind::ResourceExhausted { retry_after } = failure.kind {
            self.bucket.exhausted(sent, retry_after);
            wait = retry_after.filter(|wait| *wait >= TOLD_FROM);
        }
        match self.weather.failed(failure, sent, now) {
            Verdict::End => return Err(failure.clone()),
            Verdict::Again(at) => self.ground.failed(shard, at),
            Verdict::Outage(at) => {
                self.ground.failed(shard, at);
                wait = Some(at - now);
            }
        }
        Ok(wait)
    }

    /// When there is something to do again although nothing has come.
    fn wakes(&self, now: Instant) -> Option<Instant> {
        let shard = self.ground.wakes(now);
        let weather = self.weather.wakes(now);
        shard.into_iter().chain(weather).min()
    }

    fn batch(&mut self) -> Option<Batch> {
        let stretch = self.ground.pop_ready()?;
        Some(Batch {
            covers: stretch.covers,
            calls: stretch.calls,
            requests: self.requests,
            at: self.began.elapsed(),
        })
    }

    /// False if nobody takes it.
    async fn send(&mut self, out: &Outbox) -> bool {
        let Some(batch) = self.batch() else {
            return false;
        };
        out.send(Ok(Report::Batch(batch))).await.is_ok()
    }
}

/// How many calls a page has at most.
fn page(effort: &Effort) -> usize {
    usize::try_from(effort.page_size).unwrap_or(1)
}

async fn until(time: Option<Instant>) {
    match time {
        Some(time) => sleep_until(time).await,
        None => pending().await,
    }
}
