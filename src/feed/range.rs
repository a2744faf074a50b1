//! A range of time that was asked for, loaded by a walk beside the polls.

use std::num::NonZeroUsize;
use std::ops::Range;

use chrono::{DateTime, Utc};

use super::backfill::{self, Bookmark, Job, Progress, Report, Walk};
use super::{Bucket, Event};
use crate::api::Client;
use crate::call::{AsOf, Call, Covered, Failure, Loaded, Loading, Turn};
use crate::filter::Plan;

/// How many requests are under way at the same time: the polls go on beside them.
const AT_ONCE: NonZeroUsize = NonZeroUsize::MIN.saturating_add(7);

/// The range on its way. Dropping it ends it, with the requests under way.
#[derive(Debug)]
pub(super) struct Ranging {
    turn: Turn,
    walk: Walk,
    /// The place of all its readings: that of its beginning, so that they outrank nothing that was
    /// read meanwhile.
    as_of: AsOf,
}

impl Ranging {
    /// Starts to load what is `left`, newest first; nothing if nothing is.
    pub(super) fn start(
        (client, bucket): (Client, Bucket),
        (turn, as_of): (Turn, AsOf),
        plan: &Plan,
        left: &Covered,
    ) -> Option<Self> {
        let bookmark = Bookmark::of_left(plan, left)?;
        let mut job = Job::resume(plan.clone(), bookmark).ok()?;
        job.effort.at_once = Some(AT_ONCE);
        job.bucket = bucket;
        let walk = backfill::start(client, job);
        Some(Self { turn, walk, as_of })
    }

    /// What comes next; nothing after the end.
    pub(super) async fn next(&mut self) -> Option<Result<Report, Failure>> {
        self.walk.next().await
    }

    /// A report in the words of the feed, and whether it is the last one.
    pub(super) fn told(&self, report: Option<Result<Report, Failure>>) -> (Vec<Event>, bool) {
        let turn = self.turn;
        let says = |state| Event::Loading { turn, state };
        match report {
            Some(Ok(Report::Batch(batch))) => {
                let mut events = Vec::new();
                if !batch.calls.is_empty() {
                    events.push(self.batch(batch.calls));
                }
                events.push(self.covers(batch.covers));
                events.push(says(Loading::Goes(loaded(self.walk.progress()))));
                (events, false)
            }
            Some(Ok(Report::Waiting { failure, wait })) => {
                (vec![says(Loading::Waits { failure, wait })], false)
            }
            Some(Err(failure)) => (vec![says(Loading::Failed(failure))], true),
            None => (vec![says(Loading::Done)], true),
        }
    }

    fn batch(&self, calls: Vec<Call>) -> Event {
        Event::Batch {
            turn: self.turn,
            as_of: self.as_of,
            calls,
        }
    }

    fn covers(&self, stretch: Range<DateTime<Utc>>) -> Event {
        Event::Coverage {
            turn: self.turn,
            coverage: Covered::from_iter([stretch]),
        }
    }
}

fn loaded(progress: &Progress) -> Loaded {
    Loaded {
        calls: progress.calls(),
        calls_per_second: whole(progress.calls_per_second()),
        percent: u8::try_from(whole(progress.share() * 100.0)).unwrap_or(100),
        remaining: progress.remaining(),
    }
}

/// The whole part of a figure that is never negative.
fn whole(figure: f64) -> u64 {
    std::time::Duration::try_from_secs_f64(figure).map_or(0, |figure| figure.as_secs())
}

/// What comes next of a range, for ever if there is none.
pub(super) async fn next(ranging: &mut Option<Ranging>) -> Option<Result<Report, Failure>> {
    match ranging {
        Some(ranging) => ranging.next().await,
        None => std::future::pending().await,
    }
}
