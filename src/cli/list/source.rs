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
    /// Whether all calls are wanted, and not just some.
    pub(super) whole: bool,
    /// When the command was started.
    pub(super) now: DateTime<Utc>,
}

/// The calls up to which all have been read, among those that were held and those that have come.
/// The others are held from now on.
fn settled(held: &mut Vec<Call>, come: Vec<Call>, reach: Coverage) -> Vec<Call> {
    let mut calls = std::mem::take(held);
    calls.extend(come);
    if let Coverage::Since(reach) = reach {
        let is_cut = |call: &Call| call.create_time.is_some_and(|time| time < reach);
        (*held, calls) = calls.into_iter().partition(is_cut);
    }
    calls
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

/// After how long the remaining time can be told with some sense.
const TELLING: Duration = Duration::from_secs(2);

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
        /// Calls of the oldest moment that was read. A page may have cut it, so they are told when
        /// all of it has been read: where a list was cut, another goes on without any of them twice.
        /// Nothing where that is of no use.
        held: Option<Vec<Call>>,
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
                held: wanted.whole.then(Vec::new),
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
                Kind::Pages {
                    listing,
                    held,
                    calls,
                    ..
                } => {
                    let Some(stretch) = listing.next().await? else {
                        return Ok(None);
                    };
                    *calls += stretch.calls.len() as u64;
                    let reach = listing.coverage();
                    return Ok(Some(Told::Calls {
                        calls: match held {
                            Some(held) => settled(held, stretch.calls, reach),
                            None => stretch.calls,
                        },
                        reach,
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
            remaining: progress
                .remaining()
                .filter(|_| progress.elapsed() >= TELLING),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::CallName;

    fn at(second: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(second, 0).unwrap()
    }

    fn call(id: u32, second: i64) -> Call {
        let mut call = Call::new(CallName::new(format!("projects/demo/calls/{id}")));
        call.create_time = Some(at(second));
        call
    }

    fn ids(calls: &[Call]) -> Vec<&str> {
        calls.iter().map(|call| call.name.id()).collect()
    }

    #[test]
    fn calls_of_a_moment_that_a_page_may_have_cut_wait_for_the_rest_of_it() {
        let mut held = Vec::new();
        let reach = |second| Coverage::Since(at(second) + TimeDelta::nanoseconds(1));
        let told = settled(
            &mut held,
            vec![call(1, 9), call(2, 8), call(3, 8)],
            reach(8),
        );
        assert_eq!(ids(&told), ["1"]);
        let told = settled(&mut held, vec![call(4, 8)], reach(8));
        assert_eq!(ids(&told), [""; 0]);
        let told = settled(&mut held, vec![call(5, 8), call(6, 7)], reach(7));
        assert_eq!(ids(&told), ["2", "3", "4", "5"]);
        let told = settled(&mut held, vec![call(7, 1)], Coverage::Everything);
        assert_eq!(ids(&told), ["6", "7"]);
    }

    #[test]
    fn side_by_side_is_where_it_is_known_how_far_back_and_there_is_much() {
        let since = Some(at(0));
        let side_by_side = Way::SideBySide { since: at(0) };
        assert_eq!(Way::of(since, None), side_by_side);
        assert_eq!(Way::of(since, Some(FEW + 1)), side_by_side);
        assert_eq!(Way::of(since, Some(FEW)), Way::PageByPage);
        assert_eq!(Way::of(None, None), Way::PageByPage);
    }
}
