//! The ground that a walk has yet to cover: shards of creation time, which of them is read next, and
//! what a page means for its shard. Pure: time arrives as an argument.
//!
//! The shards lie newest first, without gaps. What is read next is always the part nearest to where
//! calls are handed over. There it is cut into shards of a few pages, by as many calls as the answers
//! so far say that there are in a second; so all requests under way work close to each other, and
//! little has to be kept until its turn. Whenever a page shows that a shard is heavier than was
//! thought, its rest is cut again; and where nothing is left that nobody reads, the older half of the
//! heaviest shard is split off.
//!
//! Every request of a shard asks for a window that ends where the page before ended, and a page is
//! kept down to the last moment (of a nanosecond) that it cannot have cut. So no call is missed or
//! read twice, tokens that are offsets into a moving list do no harm, and where a walk was left it can
//! be taken up again. Tokens are followed where no window leads on: through empty pages, within one
//! moment with more calls than a page holds, and everywhere if the service does not apply windows.

mod shard;

use std::cmp::Reverse;
use std::collections::VecDeque;
use std::ops::{Range, RangeInclusive};

use chrono::{DateTime, Datelike as _, DurationRound as _, TimeDelta, Utc};
use tokio::time::Instant;

use super::{Delivery, Stretch};
use crate::api::Page;
use crate::call::{Call, Covered};
use shard::{Phase, Shard, count, seconds};

type Time = DateTime<Utc>;

/// From how many times its pages on a shard is cut.
const CUT_FROM: f64 = 1.5;
/// The years that a filter can say.
const SAYABLE: RangeInclusive<i32> = 1..=9999;

/// One request that is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Ask {
    pub(super) shard: u64,
    pub(super) window: Range<Time>,
    pub(super) token: Option<String>,
}

/// What stands in the way of a walk beside failures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trouble {
    /// The service lists what was created outside of the window that it was asked for.
    Boundless,
    /// The list has no end.
    Endless,
}

/// What a walk has yet to cover, and what it has read of it.
#[derive(Debug)]
pub(super) struct Ground {
    delivery: Delivery,
    /// How many calls a page has at most.
    page: usize,
    /// Newest first.
    shards: VecDeque<Shard>,
    /// What can be handed over.
    ready: VecDeque<Stretch>,
    /// How many calls were read and not handed over.
    held: usize,
    /// What is read where the service does not apply windows: everything is walked then by tokens, and
    /// what is in here counts.
    boundless: Option<Covered>,
    next_id: u64,
}

impl Ground {
    /// The stretches to be read, in any order.
    pub(super) fn new(left: &[Range<Time>], delivery: Delivery, page: usize) -> Self {
        let mut ground = Self {
            delivery,
            page: page.max(1),
            shards: VecDeque::new(),
            ready: VecDeque::new(),
            held: 0,
            boundless: None,
            next_id: 0,
        };
        let mut left = left.to_vec();
        left.sort_unstable_by_key(|range| Reverse(range.start));
        for range in left {
            let shard = ground.shard(range, None);
            ground.shards.push_back(shard);
        }
        ground
    }

    fn shard(&mut self, rest: Range<Time>, density: Option<f64>) -> Shard {
        self.next_id += 1;
        Shard::new(self.next_id, rest, density)
    }

    /// Whether everything has been read and handed over.
    pub(super) fn is_done(&self) -> bool {
        self.shards.is_empty() && self.ready.is_empty()
    }

    /// How many calls wait to be handed over, or for the rest of their moment; a stretch without any
    /// counts as one.
    pub(super) fn held(&self) -> usize {
        let trails = self.shards.iter().filter_map(|shard| shard.trail.as_ref());
        self.held + trails.map(|trail| trail.cut.len()).sum::<usize>()
    }

    /// Whether something can be handed over.
    pub(super) fn has_ready(&self) -> bool {
        !self.ready.is_empty()
    }

    /// What is handed over next.
    pub(super) fn pop_ready(&mut self) -> Option<Stretch> {
        let stretch = self.ready.pop_front()?;
        self.held -= weight(&stretch);
        Some(stretch)
    }

    /// When the next of the shards that rest may be asked again. Those that may already, and have not
    /// been asked, wait for something else.
    pub(super) fn wakes(&self, now: Instant) -> Option<Instant> {
        let rests = |shard: &Shard| match shard.phase {
            Phase::Resting(until) => Some(until),
            Phase::Idle | Phase::Asked(_) => None,
        };
        let rests = self.shards.iter().filter_map(rests);
        rests.filter(|until| *until > now).min()
    }

    /// The request that is due next, if there is any, which counts as under way from now on. Shards
    /// are cut to `pages`. Unless it may read `ahead`, only the shard that is handed over next is
    /// asked, and only if nothing waits.
    pub(super) fn next(&mut self, now: Instant, pages: f64, ahead: bool) -> Option<Ask> {
        let idle = |shard: &Shard| match shard.phase {
            Phase::Idle => !shard.rest.is_empty(),
            Phase::Resting(until) => until <= now,
            Phase::Asked(_) => false,
        };
        let at = match self.shards.iter().position(idle) {
            Some(at) if ahead || (at == 0 && self.ready.is_empty()) => {
                self.cut(at, pages);
                at
            }
            None if ahead => self.halve()?,
            Some(_) | None => return None,
        };
        self.ask(at)
    }

    fn ask(&mut self, at: usize) -> Option<Ask> {
        let shard = self.shards.get_mut(at)?;
        let (window, token) = match &shard.trail {
            Some(trail) => (trail.window.clone(), Some(trail.token.clone())),
            None => (shard.rest.clone(), None),
        };
        shard.phase = Phase::Asked(window.clone());
        Some(Ask {
            shard: shard.id,
            window,
            token,
        })
    }

    /// Cuts a shard that is much heavier than so many pages to that, and puts its rest behind it.
    fn cut(&mut self, at: usize, pages: f64) {
        let Some(shard) = self.shards.get(at) else {
            return;
        };
        let (Some(density), None, None) = (shard.density, &shard.trail, &self.boundless) else {
            return;
        };
        let calls = pages * count(self.page);
        if density * seconds(&shard.rest) > calls * CUT_FROM
            && let Some(edge) = edge(&shard.rest, calls / density)
        {
            self.split(at, edge);
        }
    }

    /// Splits off the older half of the heaviest of those that are being asked, and says where it is:
    /// of what lies behind the page under way.
    fn halve(&mut self) -> Option<usize> {
        if self.boundless.is_some() {
            return None;
        }
        let page = count(self.page);
        let behind = |shard: &Shard| Some(shard.density? * seconds(&shard.rest) - page);
        let (calls, at) = (0..)
            .zip(&self.shards)
            .filter_map(|(at, shard)| Some((behind(shard)?, at)))
            .max_by(|a, b| a.0.total_cmp(&b.0))
            .filter(|(calls, _)| *calls >= page)?;
        let shard = self.shards.get(at)?;
        let edge = edge(&shard.rest, (page + calls / 2.0) / shard.density?)?;
        self.split(at, edge);
        Some(at + 1)
    }

    fn split(&mut self, at: usize, edge: Time) {
        let Some(shard) = self.shards.get_mut(at) else {
            return;
        };
        let older = shard.rest.start..edge;
        shard.rest.start = edge;
        let density = shard.density;
        let shard = self.shard(older, density);
        self.shards.insert(at + 1, shard);
    }

    /// Lets a shard rest whose request failed.
    pub(super) fn failed(&mut self, shard: u64, until: Instant) {
        if let Some(shard) = self.shards.iter_mut().find(|known| known.id == shard) {
            shard.phase = Phase::Resting(until);
        }
    }

    /// Takes note that the token of a shard was refused: it goes on from the last creation time seen,
    /// without one.
    pub(super) fn refused(&mut self, shard: u64) -> Result<(), Trouble> {
        let shard = self.shards.iter_mut().find(|known| known.id == shard);
        shard.map_or(Ok(()), Shard::refuse)
    }

    /// Takes a page in, as the answer to the request of a shard.
    pub(super) fn answered(&mut self, shard: u64, page: Page) -> Result<(), Trouble> {
        let Some(at) = self.shards.iter().position(|known| known.id == shard) else {
            return Ok(());
        };
        let bounded = self.boundless.is_none();
        let Some(shard) = self.shards.get_mut(at) else {
            return Ok(());
        };
        let before = shard.rest.clone();
        let stretch = shard.take(page, bounded)?;
        if let Some(stretch) = stretch {
            shard.learn(&stretch, &before);
            let density = shard.density;
            // What lies behind is probably much like it, until a page tells.
            let behind = self.shards.iter_mut().skip(at + 1);
            for other in behind.take_while(|other| !other.sampled) {
                other.density = density;
            }
            self.keep(at, stretch);
        }
        Ok(())
    }

    /// Reads on without windows, for the service does not apply them: everything that has not been
    /// handed over is walked by tokens, from the newest call on.
    pub(super) fn give_up_windows(&mut self) {
        let mut left = Covered::nothing();
        for shard in std::mem::take(&mut self.shards) {
            left.add(shard.rest);
            for stretch in shard.read {
                self.held -= weight(&stretch);
                left.add(stretch.covers);
            }
        }
        if let [first, ..] = left.stretches()
            && let [.., last] = left.stretches()
        {
            let shard = self.shard(first.start..last.end, None);
            self.shards.push_back(shard);
        }
        self.boundless = Some(left);
    }

    fn keep(&mut self, at: usize, stretch: Stretch) {
        let parts = match &self.boundless {
            None => vec![stretch],
            Some(left) => within(left, &stretch),
        };
        if let Some(shard) = self.shards.get_mut(at) {
            self.held += parts.iter().map(weight).sum::<usize>();
            shard.read.extend(parts);
        }
        match self.delivery {
            Delivery::NewestFirst => while self.hand_over(0) {},
            Delivery::AsRead => {
                self.hand_over(at);
            }
        }
    }

    /// Makes ready what a shard has read. True if that was all of it.
    fn hand_over(&mut self, at: usize) -> bool {
        let Some(shard) = self.shards.get_mut(at) else {
            return false;
        };
        let ended = shard.rest.is_empty();
        for stretch in std::mem::take(&mut shard.read) {
            self.make_ready(stretch);
        }
        if ended {
            self.shards.remove(at);
        }
        ended
    }

    /// Stretches that are next to each other and have less than a page of calls become one.
    fn make_ready(&mut self, stretch: Stretch) {
        match self.ready.back_mut() {
            Some(last)
                if last.covers.start == stretch.covers.end
                    && last.calls.len() + stretch.calls.len() <= self.page =>
            {
                self.held -= weight(last) + weight(&stretch);
                last.covers.start = stretch.covers.start;
                last.calls.extend(stretch.calls);
                self.held += weight(last);
            }
            _ => self.ready.push_back(stretch),
        }
    }
}

/// The parts of a stretch that are wanted, newest first.
fn within(wanted: &Covered, stretch: &Stretch) -> Vec<Stretch> {
    let parts = wanted.stretches().iter().rev().map(|part| {
        let covers = part.start.max(stretch.covers.start)..part.end.min(stretch.covers.end);
        let belongs = |call: &&Call| call.create_time.is_some_and(|time| covers.contains(&time));
        let calls = stretch.calls.iter().filter(belongs).cloned().collect();
        Stretch { covers, calls }
    });
    parts.filter(|part| !part.covers.is_empty()).collect()
}

/// What counts against the bound of what is kept: stretches without calls take room too.
fn weight(stretch: &Stretch) -> usize {
    stretch.calls.len().max(1)
}

/// A time within a range, about so many seconds before its end: a whole second or millisecond where
/// that is not far off, for then hardly any service can misunderstand it. Nothing if that were no time
/// that a filter can say.
fn edge(range: &Range<Time>, seconds: f64) -> Option<Time> {
    let back = std::time::Duration::try_from_secs_f64(seconds).ok()?;
    let exact = range
        .end
        .checked_sub_signed(TimeDelta::from_std(back).ok()?)?;
    let unit = if seconds > 10.0 {
        TimeDelta::seconds(1)
    } else if seconds > 0.01 {
        TimeDelta::milliseconds(1)
    } else {
        TimeDelta::nanoseconds(1)
    };
    let round = exact.duration_trunc(unit).unwrap_or(exact);
    [round, exact]
        .into_iter()
        .find(|edge| range.start < *edge && *edge < range.end)
        .filter(|edge| SAYABLE.contains(&edge.year()))
}

#[cfg(test)]
mod tests;
