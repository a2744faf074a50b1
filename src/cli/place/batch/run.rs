//! The run of a batch: rows are handed to the placer at a pace, what becomes of each is written down
//! as it is told, and nothing ends before it is known.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until};

use super::super::follow::Follow;
use super::plan::{Job, Plan, Task};
use super::results::{Entry, Outcome, Results};
use super::sheet::Row;
use super::tally::{Share, Tally};
use crate::api::Backoff;
use crate::call::{Call, Failure, FailureKind, Placement};
use crate::cli::signals::Signals;
use crate::placement::{Placer, Wish};

/// How often a row is sent again that certainly made no call, because there was no connection or
/// there were too many requests: more often than a service that comes round needs.
const TRIES: u32 = 100;
/// For how long a service may take nothing before the rest is left for another run.
const AWAY: Duration = Duration::from_secs(60);
/// What is left of the rate after the service has said that it is too much, how often it is cut at
/// most, and below what it is not; and how much quicker it gets with each call that was placed.
const CUT: f64 = 0.5;
const CUT_EVERY: Duration = Duration::from_millis(250);
const SLOWEST: f64 = 0.2;
const RECOVERY: f64 = 1.01;
/// How often lines of results are put on disk for a power cut; a kill loses none.
const SYNC_EVERY: Duration = Duration::from_secs(1);
/// How often the line of progress is written.
const SHOW_EVERY: Duration = Duration::from_millis(250);

/// How a batch is run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Pace {
    /// At most so many a second.
    pub(super) rate: f64,
    /// At most so many at once.
    pub(super) in_flight: usize,
    /// The share of failures beyond which no more is sent.
    pub(super) failures: f64,
    /// Whether calls are followed to their end.
    pub(super) wait: bool,
}

/// Who is told how it goes.
pub(super) trait Audience {
    /// A row has come to its end in this run.
    fn row(&mut self, entry: &Entry);
    /// How all stands; rows with a request or a call under way, and for how long it has run.
    fn progress(&mut self, tally: Tally, in_flight: usize, spent: Duration);
}

/// Why no more is sent although there is more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Stopped {
    /// Somebody asked for it.
    Interrupted,
    /// Somebody asked for it twice: what is under way was not waited for.
    Abandoned,
    /// Too much has failed.
    Failures(String),
    /// Nothing can be placed.
    Refused(Failure),
}

/// What is told of a row.
enum News {
    Placement(Placement),
    State(Box<Call>),
    Lost(Failure),
    /// Nothing more comes.
    End,
}

/// What is told, with the row that it is of.
type Told = (usize, News);

/// A batch on its way.
pub(super) struct Run<'a> {
    rows: &'a [Row],
    plan: Plan,
    results: Results,
    placer: Placer,
    pace: Pace,
    queue: VecDeque<Job>,
    /// The jobs under way, by row.
    under_way: Vec<Job>,
    tasks: JoinSet<()>,
    news: (mpsc::Sender<Told>, mpsc::Receiver<Told>),
    share: Share,
    began: Instant,
    next_at: Instant,
    /// Calls a second at present.
    rate: f64,
    cut_at: Option<Instant>,
    backoff: Backoff,
    away_since: Option<Instant>,
    stopped: Option<Stopped>,
}

/// What a run starts from.
pub(super) struct Start<'a> {
    pub(super) rows: &'a [Row],
    pub(super) plan: Plan,
    pub(super) results: Results,
    pub(super) placer: Placer,
    pub(super) pace: Pace,
}

/// How a run ended.
#[derive(Debug)]
pub(super) struct Ended {
    pub(super) tally: Tally,
    pub(super) stopped: Option<Stopped>,
}

impl<'a> Run<'a> {
    pub(super) fn new(start: Start<'a>) -> Self {
        let Start {
            rows,
            mut plan,
            results,
            placer,
            pace,
        } = start;
        let now = Instant::now();
        Self {
            rows,
            queue: std::mem::take(&mut plan.jobs),
            plan,
            results,
            placer,
            pace,
            under_way: Vec::new(),
            tasks: JoinSet::new(),
            news: mpsc::channel(64),
            share: Share {
                most: pace.failures,
                ended: 0,
                failed: 0,
            },
            began: now,
            next_at: now,
            rate: pace.rate,
            cut_at: None,
            backoff: Backoff::new(0),
            away_since: None,
            stopped: None,
        }
    }

    /// Places what is left to be placed. The results are complete afterwards, whatever stopped it.
    ///
    /// # Errors
    ///
    /// The results cannot be written; what is under way then is in the journal.
    pub(super) async fn run(
        mut self,
        signals: &mut Signals,
        audience: &mut impl Audience,
    ) -> Result<Ended, String> {
        self.results.rewrite(self.plan.all())?;
        let mut sync = interval(SYNC_EVERY);
        let mut show = interval(SHOW_EVERY);
        sync.set_missed_tick_behavior(MissedTickBehavior::Delay);
        show.set_missed_tick_behavior(MissedTickBehavior::Delay);
        while self.goes_on() {
            let may_send = self.may_send();
            tokio::select! {
                told = self.news.1.recv() => {
                    if let Some((row, news)) = told {
                        self.take(row, news, audience)?;
                    }
                }
                Some(ended) = self.tasks.join_next() => {
                    ended.map_err(|error| format!("a part of this program has failed: {error}"))?;
                }
                () = sleep_until(self.next_at), if may_send => self.send()?,
                () = signals.next() => {
                    if self.stopped == Some(Stopped::Interrupted) {
                        self.stopped = Some(Stopped::Abandoned);
                    } else {
                        self.stopped = Some(Stopped::Interrupted);
                    }
                }
                _ = sync.tick() => self.results.sync()?,
                _ = show.tick() => self.show(audience),
            }
        }
        self.show(audience);
        self.results.rewrite(self.plan.all())?;
        Ok(Ended {
            tally: Tally::of(&self.plan.entries),
            stopped: self.stopped,
        })
    }

    fn show(&self, audience: &mut impl Audience) {
        audience.progress(
            Tally::of(&self.plan.entries),
            self.under_way.len(),
            self.began.elapsed(),
        );
    }

    /// Whether there is something to do or to wait for.
    fn goes_on(&self) -> bool {
        match self.stopped {
            None => !(self.queue.is_empty() && self.under_way.is_empty()),
            Some(Stopped::Abandoned) => false,
            // A call may go on for hours; that it was placed is known.
            Some(Stopped::Interrupted) => self.under_way.iter().any(|job| !self.is_placed(job.row)),
            Some(Stopped::Failures(_) | Stopped::Refused(_)) => !self.under_way.is_empty(),
        }
    }

    fn is_placed(&self, row: usize) -> bool {
        let entry = self.plan.entries.get(row);
        entry.is_some_and(|entry| entry.outcome == Outcome::Placed)
    }

    fn may_send(&self) -> bool {
        self.stopped.is_none()
            && !self.queue.is_empty()
            && self.under_way.len() < self.pace.in_flight
    }

    /// Hands the next row over.
    fn send(&mut self) -> Result<(), String> {
        let Some(job) = self.queue.pop_front() else {
            return Ok(());
        };
        let (Some(entry), Some(row)) = (self.plan.entries.get_mut(job.row), self.rows.get(job.row))
        else {
            return Ok(());
        };
        let tell = self.news.0.clone();
        let (at, wait, placer) = (job.row, self.pace.wait, self.placer.clone());
        match job.what.clone() {
            Task::Place { origin, follows } => {
                entry.outcome = Outcome::Sending;
                self.results.add(entry)?;
                let wish = Wish {
                    ticket: entry.ticket.clone(),
                    call: row.call.clone(),
                    origin,
                    follows,
                };
                self.tasks.spawn(async move {
                    place(&placer, wish, wait, (at, &tell)).await;
                    let _nobody = tell.send((at, News::End)).await;
                });
            }
            Task::Follow => {
                let call = entry.call.clone().map(Call::new);
                self.tasks.spawn(async move {
                    if let Some(call) = call {
                        follow(&placer, call, (at, &tell)).await;
                    }
                    let _nobody = tell.send((at, News::End)).await;
                });
            }
        }
        self.under_way.push(job);
        let between = Duration::from_secs_f64(1.0 / self.rate);
        self.next_at = self.next_at.max(Instant::now()) + between;
        Ok(())
    }

    /// Takes in what is told of a row.
    fn take(&mut self, row: usize, news: News, audience: &mut impl Audience) -> Result<(), String> {
        let now = (self.placer.clock)();
        let Some(entry) = self.plan.entries.get_mut(row) else {
            return Ok(());
        };
        entry.time = Some(now);
        match news {
            News::Placement(Placement::Sending) => return Ok(()),
            News::Placement(Placement::Placed(call)) | News::State(call) => {
                entry.is_call(&call);
                self.is_there();
            }
            News::Lost(failure) => entry.reason = failure.to_string(),
            News::Placement(Placement::Refused(failure)) => {
                return self.has_failed(row, Outcome::Refused, failure);
            }
            News::Placement(Placement::NotSent(failure)) => {
                return self.has_failed(row, Outcome::NotSent, failure);
            }
            News::Placement(Placement::NoTrace(failure)) => {
                entry.outcome = Outcome::NoTrace;
                entry.reason = failure.to_string();
            }
            News::Placement(Placement::Unknown(failure)) => {
                entry.outcome = Outcome::Unknown;
                entry.reason = failure.to_string();
            }
            News::End => {
                self.end(row, audience);
                return Ok(());
            }
        }
        self.write(row)
    }

    fn write(&mut self, row: usize) -> Result<(), String> {
        match self.plan.entries.get(row) {
            Some(entry) => self.results.add(entry),
            None => Ok(()),
        }
    }

    /// The service takes calls.
    fn is_there(&mut self) {
        self.away_since = None;
        self.backoff.reset();
        self.rate = (self.rate * RECOVERY).min(self.pace.rate);
    }

    /// The service takes none at present: nothing is sent for a while. One that goes on so stops it.
    fn takes_nothing(&mut self, failure: Failure, wait: Option<Duration>) {
        let now = Instant::now();
        if self.away_since.get_or_insert(now).elapsed() > AWAY {
            self.stopped.get_or_insert(Stopped::Refused(failure));
        }
        let wait = wait.or_else(|| self.backoff.next()).unwrap_or_default();
        self.next_at = self.next_at.max(now + wait);
    }

    /// The service has had too much.
    fn slow_down(&mut self) {
        if self.cut_at.is_none_or(|at| at.elapsed() >= CUT_EVERY) {
            self.cut_at = Some(Instant::now());
            self.rate = (self.rate * CUT).max(SLOWEST.min(self.pace.rate));
        }
    }

    /// There is certainly no call of a row.
    fn has_failed(&mut self, row: usize, outcome: Outcome, failure: Failure) -> Result<(), String> {
        if let Some(entry) = self.plan.entries.get_mut(row) {
            entry.outcome = outcome;
            entry.reason = failure.to_string();
        }
        self.write(row)?;
        match &failure.kind {
            // These are of the project or of this machine, and of every row alike.
            FailureKind::Unauthenticated
            | FailureKind::PermissionDenied { .. }
            | FailureKind::NotFound
            | FailureKind::Unimplemented
            | FailureKind::Local => {
                self.stopped.get_or_insert(Stopped::Refused(failure));
            }
            FailureKind::ResourceExhausted { retry_after } => {
                let wait = *retry_after;
                self.slow_down();
                self.takes_nothing(failure, wait);
                self.try_again(row);
            }
            FailureKind::Unavailable
            | FailureKind::DeadlineExceeded
            | FailureKind::Internal
            | FailureKind::Cancelled => {
                self.takes_nothing(failure, None);
                self.try_again(row);
            }
            FailureKind::InvalidArgument { .. } | FailureKind::FailedPrecondition => {
                self.is_there();
            }
        }
        Ok(())
    }

    /// A row that certainly made no call is to be sent once more.
    fn try_again(&mut self, row: usize) {
        let mut jobs = self.under_way.iter_mut();
        if let Some(job) = jobs.find(|job| job.row == row) {
            job.again = true;
        }
    }

    /// Nothing more is told of a row: it is done, or its turn comes again behind the others.
    fn end(&mut self, row: usize, audience: &mut impl Audience) {
        let at = self.under_way.iter().position(|job| job.row == row);
        let job = at.map(|at| self.under_way.swap_remove(at));
        if let Some(job) = job.filter(|job| job.again && job.tries + 1 < TRIES) {
            self.queue.push_back(Job {
                tries: job.tries + 1,
                again: false,
                ..job
            });
            return;
        }
        let Some(entry) = self.plan.entries.get_mut(row) else {
            return;
        };
        if entry.outcome == Outcome::Sending {
            // The placer said nothing of it.
            entry.outcome = Outcome::Unknown;
        }
        let failed = match entry.outcome {
            Outcome::Placed => entry.state == "FAILED",
            Outcome::Waiting
            | Outcome::Sending
            | Outcome::Refused
            | Outcome::NotSent
            | Outcome::NoTrace
            | Outcome::Unknown => true,
        };
        self.share.add(failed);
        if let Some(reason) = self.share.stops() {
            self.stopped.get_or_insert(Stopped::Failures(reason));
        }
        audience.row(entry);
    }
}

/// Places a row, and follows its call if that is wished.
async fn place(placer: &Placer, wish: Wish, wait: bool, (row, tell): (usize, &mpsc::Sender<Told>)) {
    let (progress, mut told) = mpsc::channel(1);
    let mut made = None;
    let errand = placer.place(wish, progress);
    let listening = async {
        while let Some(placement) = told.recv().await {
            if let Placement::Placed(call) = &placement {
                made = Some(Call::clone(call));
            }
            if tell.send((row, News::Placement(placement))).await.is_err() {
                return;
            }
        }
    };
    tokio::join!(errand, listening);
    if let Some(call) = made.filter(|_| wait) {
        follow(placer, call, (row, tell)).await;
    }
}

/// Follows a call to its end.
async fn follow(placer: &Placer, call: Call, (row, tell): (usize, &mpsc::Sender<Told>)) {
    let mut follow = Follow::new(placer.client.clone(), call);
    loop {
        let news = match follow.next().await {
            Ok(None) => return,
            Ok(Some(call)) => News::State(Box::new(call.clone())),
            Err(failure) => {
                let _nobody = tell.send((row, News::Lost(failure))).await;
                return;
            }
        };
        if tell.send((row, news)).await.is_err() {
            return;
        }
    }
}
