//! Where calls come from, newest first: page after page, or as a backfill where it is known how far
//! back they reach.

use std::ops::Range;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::time::{Instant, sleep_until};

use crate::api::{Client, ListRequest};
use crate::call::{Call, Coverage, Failure};
use crate::cli::patience::{LONGEST, Patience};
use crate::feed::Listing;
use crate::feed::backfill::{self, Effort, Job, Progress, Report, Walk};
use crate::filter::Plan;

/// What is read.
#[derive(Debug, Clone)]
pub(super) struct Wanted {
    /// What is asked of the service.
    pub(super) plan: Plan,
    /// Since when, and before when, calls must have been created.
    pub(super) within: (Option<DateTime<Utc>>, Option<DateTime<Utc>>),
    /// How they are read.
    pub(super) way: Way,
    /// How many calls are asked for at once: 1 to 100.
    pub(super) page_size: u32,
    /// When the command was started.
    pub(super) now: DateTime<Utc>,
}

/// How calls are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// One page after the other.
    PageByPage,
    /// Many pages side by side, back to a time.
    SideBySide { since: DateTime<Utc> },
}

/// Up to so many calls are read page after page: a backfill would ask for more than it needs.
const FEW: u64 = 1_000;

impl Way {
    /// The way that takes the least time, where calls reach back to `since` and so many are `enough`;
    /// the latter only if the service evaluates all of the filter.
    pub(super) fn of(since: Option<DateTime<Utc>>, enough: Option<u64>) -> Self {
        match since {
            Some(since) if enough.is_none_or(|enough| enough > FEW) => Self::SideBySide { since },
            Some(_) | None => Self::PageByPage,
        }
    }
}

/// A list on its way.
#[derive(Debug)]
pub(super) struct Source {
    kind: Kind,
    patience: Patience,
    /// Until when nothing is asked.
    rests: Option<Instant>,
    /// Before when calls are listed: what is newer was created after the command was started.
    pub(super) end: DateTime<Utc>,
}

#[derive(Debug)]
enum Kind {
    /// Nothing was asked yet: where the present is, by the service's clock, is asked first.
    Range(Box<Ahead>),
    Walk(Box<Walk>),
    Pages {
        listing: Box<Listing>,
        calls: u64,
        began: Instant,
    },
}

/// A backfill that has not begun.
#[derive(Debug)]
struct Ahead {
    client: Client,
    wanted: Wanted,
    since: DateTime<Utc>,
}

/// What a source tells.
#[derive(Debug)]
pub(super) enum Told {
    /// Calls, newest first, and each once. There may be none although more follow.
    Calls {
        calls: Vec<Call>,
        /// How far back everything has been told.
        reach: Coverage,
    },
    /// Nothing is asked for a while.
    Waiting { failure: Failure, wait: Duration },
}

/// How far a source has come.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pace {
    pub(super) calls: u64,
    pub(super) per_second: f64,
    /// Which share of the range is done, and how long the rest will take, as far as that is known.
    pub(super) share: Option<f64>,
    pub(super) remaining: Option<Duration>,
}

impl Source {
    pub(super) fn new(client: Client, wanted: Wanted) -> Self {
        let end = wanted
            .within
            .1
            .map_or(wanted.now, |end| end.min(wanted.now));
        let kind = match wanted.way {
            Way::SideBySide { since } => Kind::Range(Box::new(Ahead {
                client,
                wanted,
                since,
            })),
            Way::PageByPage => Kind::Pages {
                listing: Box::new(Listing::new(client, wanted.plan, wanted.page_size)),
                calls: 0,
                began: Instant::now(),
            },
        };
        Self {
            kind,
            patience: Patience::new(),
            rests: None,
            end,
        }
    }

    /// What comes next; nothing at the end. Giving up waiting does no harm.
    ///
    /// # Errors
    ///
    /// The failure that asking again does not help against.
    pub(super) async fn next(&mut self) -> Result<Option<Told>, Failure> {
        if let Some(until) = self.rests {
            sleep_until(until).await;
            self.rests = None;
        }
        let failure = match self.ask().await {
            Ok(told) => {
                self.patience.answered();
                return Ok(told);
            }
            Err(failure) => failure,
        };
        if let Kind::Walk(_) = self.kind {
            // A walk asks again by itself.
            return Err(failure);
        }
        let now = Instant::now();
        let Some(wait) = self.patience.after(&failure, now) else {
            return Err(failure);
        };
        self.rests = Some(now + wait);
        Ok(Some(Told::Waiting { failure, wait }))
    }

    async fn ask(&mut self) -> Result<Option<Told>, Failure> {
        loop {
            match &mut self.kind {
                Kind::Range(ahead) => {
                    let range = ahead.range().await?;
                    self.kind = Kind::Walk(Box::new(ahead.start(range)));
                }
                Kind::Walk(walk) => {
                    let report = walk.next().await.transpose()?;
                    return Ok(report.map(|report| match report {
                        Report::Waiting { failure, wait } => Told::Waiting { failure, wait },
                        Report::Batch(batch) => {
                            let reach = walk.covered().complete_since(walk.bookmark().range().end);
                            Told::Calls {
                                calls: batch.calls,
                                reach: reach.map_or(Coverage::None, Coverage::Since),
                            }
                        }
                    }));
                }
                Kind::Pages { listing, calls, .. } => {
                    let Some(stretch) = listing.next().await? else {
                        return Ok(None);
                    };
                    *calls += stretch.calls.len() as u64;
                    return Ok(Some(Told::Calls {
                        calls: stretch.calls,
                        reach: listing.coverage(),
                    }));
                }
            }
        }
    }

    /// How far it has come.
    pub(super) fn pace(&self) -> Pace {
        match &self.kind {
            Kind::Range(_) => Pace {
                calls: 0,
                per_second: 0.0,
                share: None,
                remaining: None,
            },
            Kind::Walk(walk) => Pace::of(walk.progress()),
            Kind::Pages { calls, began, .. } => Pace {
                calls: *calls,
                per_second: rate(*calls, began.elapsed()),
                share: None,
                remaining: None,
            },
        }
    }
}

impl Pace {
    fn of(progress: &Progress) -> Self {
        Self {
            calls: progress.calls(),
            per_second: progress.calls_per_second(),
            share: Some(progress.share()),
            remaining: progress.remaining(),
        }
    }
}

fn rate(calls: u64, time: Duration) -> f64 {
    let calls = f64::from(u32::try_from(calls).unwrap_or(u32::MAX));
    if time.is_zero() {
        0.0
    } else {
        calls / time.as_secs_f64()
    }
}

impl Ahead {
    /// The range that is walked. Up to the present means up to the newest call, where the service's
    /// clock is ahead of this machine's.
    async fn range(&self) -> Result<Range<DateTime<Utc>>, Failure> {
        let Wanted { within, now, .. } = &self.wanted;
        let past = |end: &DateTime<Utc>| end <= now;
        if let Some(end) = within.1.filter(past) {
            return Ok(self.since..end);
        }
        let request = ListRequest {
            page_size: 1,
            page_token: None,
            filter: self.wanted.plan.head(None),
        };
        let page = self.client.list_calls(&request).await?;
        let newest = page.calls.iter().filter_map(|call| call.create_time).max();
        let after = newest.and_then(|newest| newest.checked_add_signed(TimeDelta::nanoseconds(1)));
        let end = after.map_or(*now, |after| after.max(*now));
        Ok(self.since..within.1.map_or(end, |bound| bound.min(end)))
    }

    fn start(&self, range: Range<DateTime<Utc>>) -> Walk {
        let mut job = Job::new(self.wanted.plan.clone(), range);
        job.effort = Effort {
            page_size: self.wanted.page_size,
            patience: LONGEST,
            ..Effort::default()
        };
        backfill::start(self.client.clone(), job)
    }
}
