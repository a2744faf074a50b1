//! Backfill: all calls that were created in a range of time, many pages side by side.
//!
//! Page tokens come one after the other, so a list that is walked by them takes as many times the
//! service's latency as it has pages. A [`Walk`] cuts the range into shards of creation time, reads
//! many of them at once, and cuts them anew as it learns where the calls are.
//!
//! # What is promised
//!
//! The range is fixed when the walk starts: from its start on, and before its end, to the nanosecond.
//! Every call in it that the service lists for the plan's part of the filter, from when the walk
//! begins until its shard has been read, is delivered once, whatever happens to requests, pages and
//! tokens meanwhile. What is created later lies behind the range. A call that becomes visible only
//! after its shard was read is missed: whoever reads up to the present ends the range some seconds
//! before it, or reads the last seconds again. Each call is as it was when it was read. The receiver
//! evaluates the whole filter, as with everything that the feed delivers.
//!
//! Batches say which stretch of time they cover, so that what was received is always known exactly:
//! as coverage, and as a [`Bookmark`] from which another walk can go on, in this process or a later
//! one, without a call missing or twice.
//!
//! ```no_run
//! # async fn example(
//! #     client: switchboard::api::Client,
//! #     plan: switchboard::filter::Plan,
//! #     week: std::ops::Range<chrono::DateTime<chrono::Utc>>,
//! # ) -> Result<(), switchboard::call::Failure> {
//! use switchboard::feed::backfill::{self, Job, Report};
//!
//! let mut walk = backfill::start(client, Job::new(plan, week));
//! while let Some(report) = walk.next().await {
//!     match report? {
//!         Report::Batch(batch) => { /* batch.calls, newest first */ }
//!         Report::Waiting { failure, wait } => { /* why nothing comes at present */ }
//!     }
//!     let progress = walk.progress(); // calls, requests, share, rate, remaining time
//! }
//! # Ok(())
//! # }
//! ```

mod bookmark;
mod ground;
#[cfg(test)]
mod model;
mod progress;
mod walker;
mod weather;

use std::num::NonZeroUsize;
use std::ops::Range;
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::Bucket;
use crate::api::{Client, ListRequest, Page};
use crate::call::{Call, Covered, Failure, FailureKind};
use crate::filter::Plan;

pub use bookmark::{Bookmark, BookmarkError};
pub use progress::Progress;
use walker::Walker;

/// How many reports wait for the receiver at most.
const WAITING: usize = 8;

/// Where pages of calls come from.
pub trait Pages: Clone + Send + 'static {
    /// Reads one page of the project's calls, newest first. Asks once: repeating is up to the walk.
    fn page(
        &self,
        request: ListRequest,
    ) -> impl Future<Output = Result<Page, Failure>> + Send + 'static;
}

impl Pages for Client {
    fn page(
        &self,
        request: ListRequest,
    ) -> impl Future<Output = Result<Page, Failure>> + Send + 'static {
        let client = self.clone();
        async move { client.list_calls(&request).await }
    }
}

/// In which order calls are delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Delivery {
    /// Newest first, and by name within a moment, as the service lists them.
    #[default]
    NewestFirst,
    /// As they are read, which takes less memory: for figures. Within a batch, newest first.
    AsRead,
}

/// How much is done at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Effort {
    /// How many requests are under way at the same time. Without it, as many as make 400 pages a
    /// second at the latency that is measured, but 16 to 32.
    pub at_once: Option<NonZeroUsize>,
    /// How many calls are asked for at once: 1 to 100.
    pub page_size: u32,
    /// How many pages of calls may be read and under way before those in front of them have been
    /// delivered: the bound of what is kept in memory, together with the few reports that wait for the
    /// receiver.
    pub read_ahead: usize,
    /// For how long nothing may be answered before the walk gives up.
    pub patience: Duration,
}

impl Default for Effort {
    fn default() -> Self {
        Self {
            at_once: None,
            page_size: 100,
            read_ahead: 160,
            patience: Duration::from_secs(120),
        }
    }
}

/// What a walk is to read, and how.
#[derive(Debug, Clone)]
pub struct Job {
    plan: Plan,
    bookmark: Bookmark,
    /// In which order.
    pub delivery: Delivery,
    /// How much at once.
    pub effort: Effort,
    /// What every request goes through, so that there are not too many of them in a second.
    pub bucket: Bucket,
}

impl Job {
    /// Reads all calls of a query that were created in a range.
    #[must_use]
    pub fn new(plan: Plan, range: Range<DateTime<Utc>>) -> Self {
        let bookmark = Bookmark::new(&plan, range);
        Self::of(plan, bookmark)
    }

    /// Goes on where another walk for the same query was left.
    ///
    /// # Errors
    ///
    /// Fails if the bookmark is of another query.
    pub fn resume(plan: Plan, bookmark: Bookmark) -> Result<Self, BookmarkError> {
        bookmark.check(&plan)?;
        Ok(Self::of(plan, bookmark))
    }

    fn of(plan: Plan, bookmark: Bookmark) -> Self {
        Self {
            plan,
            bookmark,
            delivery: Delivery::default(),
            effort: Effort::default(),
            bucket: Bucket::default(),
        }
    }
}

/// Calls that were read, and all that there are in a stretch of time.
#[derive(Debug, Clone, PartialEq)]
pub struct Batch {
    /// The stretch. Every call of the query that was created in it is here.
    pub covers: Range<DateTime<Utc>>,
    /// The calls, newest first; there may be none.
    pub calls: Vec<Call>,
    /// How many requests were answered or have failed until then.
    pub requests: u64,
    /// How long after the start of the walk that was.
    pub at: Duration,
}

/// What a walk tells.
#[derive(Debug, Clone, PartialEq)]
pub enum Report {
    /// Calls.
    Batch(Batch),
    /// Nothing is asked for a while: the service does not answer, or asks for a rest. Told only where
    /// the receiver has nothing else to take.
    Waiting {
        /// Why.
        failure: Failure,
        /// How long, from this report on.
        wait: Duration,
    },
}

/// A stretch of time with its calls, newest first.
#[derive(Debug, Clone, PartialEq)]
struct Stretch {
    covers: Range<DateTime<Utc>>,
    calls: Vec<Call>,
}

/// A walk under way. Dropping it ends it, with the requests under way.
#[derive(Debug)]
pub struct Walk {
    reports: mpsc::Receiver<Result<Report, Failure>>,
    bookmark: Bookmark,
    progress: Progress,
    ended: bool,
    _task: JoinSet<()>,
}

/// Starts a walk; must be called within a runtime. While nobody takes what it reads, it asks for
/// nothing.
#[must_use = "a walk ends when it is dropped"]
pub fn start(source: impl Pages, job: Job) -> Walk {
    let (send, reports) = mpsc::channel(WAITING);
    let bookmark = job.bookmark.clone();
    let progress = Progress::new(bookmark.range(), bookmark.done());
    let mut task = JoinSet::new();
    task.spawn(Walker::new(source, job).run(send));
    Walk {
        reports,
        bookmark,
        progress,
        ended: false,
        _task: task,
    }
}

impl Walk {
    /// What comes next; nothing after the end. Giving up waiting does no harm.
    ///
    /// # Errors
    ///
    /// The failure that ended the walk: one that asking again cannot help, or one that has lasted
    /// longer than the walk's patience. What was delivered until then is in the bookmark.
    pub async fn next(&mut self) -> Option<Result<Report, Failure>> {
        if self.ended {
            return None;
        }
        let report = self.reports.recv().await;
        match &report {
            Some(Ok(Report::Batch(batch))) => {
                self.bookmark.take(batch);
                self.progress.take(batch);
            }
            Some(Ok(Report::Waiting { .. })) => {}
            Some(Err(_)) => self.ended = true,
            None => {
                self.ended = true;
                // It ends by itself only when all is done.
                return (!self.bookmark.is_done()).then(|| Err(stopped()));
            }
        }
        report
    }

    /// What has been delivered, and so where another walk can go on.
    pub fn bookmark(&self) -> &Bookmark {
        &self.bookmark
    }

    /// The creation times of which everything has been delivered.
    pub fn covered(&self) -> &Covered {
        self.bookmark.done()
    }

    /// How far it has come.
    pub fn progress(&self) -> &Progress {
        &self.progress
    }
}

fn stopped() -> Failure {
    let message = "reading the calls of a range has stopped (the log may say why); start it again";
    Failure::new(FailureKind::Local, message)
}

#[cfg(test)]
mod tests;
