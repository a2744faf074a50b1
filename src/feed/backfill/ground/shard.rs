//! One shard of creation time: what a page shows of it, and how close its calls lie.

use std::collections::VecDeque;
use std::ops::Range;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::time::Instant;

use super::{Stretch, Trouble};
use crate::api::Page;
use crate::call::Call;

type Time = DateTime<Utc>;

/// How many requests of one shard in a row may bring nothing older. The contract sets no bound on
/// empty pages; something has to.
const WITHOUT_PROGRESS: u32 = 1_000;
/// How often in a row the token of a shard may be refused.
pub(super) const REFUSALS: u32 = 30;
/// By how much the estimate of calls in a second falls at most with one answer: what lies behind a
/// gap may be as dense as what lay before it.
const THINNER: f64 = 16.0;

#[derive(Debug)]
pub(super) struct Shard {
    pub(super) id: u64,
    /// What has been read and cannot be handed over yet, newest first.
    pub(super) read: VecDeque<Stretch>,
    /// What is still to be read; empty at the end.
    pub(super) rest: Range<Time>,
    pub(super) phase: Phase,
    /// The token that leads on, where no window does.
    pub(super) trail: Option<Trail>,
    /// How many calls a second were created here, as far as is known.
    pub(super) density: Option<f64>,
    /// Whether a page of this very shard has told that.
    pub(super) sampled: bool,
    pub(super) stuck: u32,
    pub(super) refusals: u32,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Phase {
    Idle,
    /// A request for this window is under way.
    Asked(Range<Time>),
    /// A request failed, and is repeated then.
    Resting(Instant),
}

#[derive(Debug)]
pub(super) struct Trail {
    /// The window that the token was given for.
    pub(super) window: Range<Time>,
    pub(super) token: String,
    /// What was read of the moment in which the last page ended, if the window begins with it.
    pub(super) cut: Vec<Call>,
    /// The oldest creation time on any page of the trail.
    pub(super) reached: Option<Time>,
}

impl Shard {
    /// A shard that nobody reads yet.
    pub(super) fn new(id: u64, rest: Range<Time>, density: Option<f64>) -> Self {
        Self {
            id,
            read: VecDeque::new(),
            rest,
            phase: Phase::Idle,
            trail: None,
            density,
            sampled: false,
            stuck: 0,
            refusals: 0,
        }
    }

    /// Takes note that the token was refused: the shard goes on from the last creation time seen,
    /// without one.
    pub(super) fn refuse(&mut self) -> Result<(), Trouble> {
        self.phase = Phase::Idle;
        self.trail = None;
        self.refusals += 1;
        if self.refusals > REFUSALS {
            return Err(Trouble::Endless);
        }
        Ok(())
    }

    /// What a page shows for certain: the newest part of the rest, and what is in it.
    pub(super) fn take(&mut self, page: Page, bounded: bool) -> Result<Option<Stretch>, Trouble> {
        let Phase::Asked(window) = std::mem::replace(&mut self.phase, Phase::Idle) else {
            return Ok(None);
        };
        let Page {
            calls,
            next_page_token,
        } = page;
        let times = || calls.iter().filter_map(|call| call.create_time);
        if bounded && times().any(|time| !window.contains(&time)) {
            return Err(Trouble::Boundless);
        }
        let oldest = times().min();
        let trail = self.trail.take();
        let (cut, used, reached) = trail.map_or((Vec::new(), None, None), |trail| {
            (trail.cut, Some(trail.token), trail.reached)
        });
        // What was split off meanwhile is read by others.
        let passed = oldest.is_some_and(|oldest| oldest < self.rest.start);
        let calls = in_order(calls, cut, &self.rest);
        let next = match next_page_token {
            Some(next) if !passed => next,
            _ => return Ok(Some(self.end(calls))),
        };
        if oldest.is_some() && (reached.is_none() || oldest < reached) {
            self.stuck = 0;
        }
        self.stuck += 1;
        if used.as_ref() == Some(&next) || self.stuck > WITHOUT_PROGRESS {
            return Err(Trouble::Endless);
        }
        let (stretch, cut) = self.down_to_the_last_moment(calls);
        if stretch.is_none() || !bounded {
            self.trail = Some(Trail {
                window,
                token: next,
                cut,
                reached: oldest.into_iter().chain(reached).min(),
            });
        }
        Ok(stretch)
    }

    fn end(&mut self, calls: Vec<Call>) -> Stretch {
        let covers = self.rest.clone();
        self.rest.end = self.rest.start;
        Stretch { covers, calls }
    }

    /// What is newer than the oldest of the calls, and the rest of the calls: of the moment in which
    /// that was created there may be more.
    fn down_to_the_last_moment(&mut self, mut calls: Vec<Call>) -> (Option<Stretch>, Vec<Call>) {
        let oldest = calls.last().and_then(|call| call.create_time);
        let newer = calls.partition_point(|call| call.create_time > oldest);
        let (Some(oldest), 1..) = (oldest, newer) else {
            return (None, calls);
        };
        let cut = calls.split_off(newer);
        let edge = after(oldest);
        let covers = edge..self.rest.end;
        self.rest.end = edge;
        self.refusals = 0;
        (Some(Stretch { covers, calls }), cut)
    }

    /// Takes note of how many calls there were in how much time.
    pub(super) fn learn(&mut self, stretch: &Stretch, before: &Range<Time>) {
        let Range { start, end } = stretch.covers;
        let calls = count(stretch.calls.len());
        let first = stretch.calls.first().and_then(|call| call.create_time);
        // A shard that has ended has its end for an edge, and not a call; a page that is full begins
        // with a call, and what lies before that says nothing of what follows.
        let (calls, length) = match first.filter(|first| before.start < start && start < *first) {
            Some(first) => (calls, seconds(&(start..first))),
            None => (calls, seconds(&(start..end))),
        };
        let length = length.max(1e-9);
        let density = calls / length;
        // Where nothing is known, one call is as good a guess as any.
        let least = self
            .density
            .map_or_else(|| length.recip(), |known| known / THINNER);
        self.density = Some(density.max(least));
        self.sampled = true;
    }
}

/// The calls of a page and those kept from the page before, in the service's order, each once, as far
/// as they belong to what is read.
fn in_order(calls: Vec<Call>, cut: Vec<Call>, rest: &Range<Time>) -> Vec<Call> {
    let mut all: Vec<Call> = calls
        .into_iter()
        // Of a call that is in both, the later reading comes first, and stays.
        .chain(cut)
        .filter(|call| call.create_time.is_some_and(|time| rest.contains(&time)))
        .collect();
    all.sort_by(|a, b| (b.create_time, &b.name).cmp(&(a.create_time, &a.name)));
    all.dedup_by(|b, a| a.name == b.name);
    all
}

pub(super) fn seconds(range: &Range<Time>) -> f64 {
    (range.end - range.start).as_seconds_f64()
}

pub(super) fn count(calls: usize) -> f64 {
    u32::try_from(calls).map_or(f64::MAX, f64::from)
}

/// The moment after this one, as far as the service can tell moments apart.
fn after(time: Time) -> Time {
    time.checked_add_signed(TimeDelta::nanoseconds(1))
        .unwrap_or(time)
}
