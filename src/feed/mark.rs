//! Where the head begins: the time up to which everything has been listed, and how an error in it
//! comes out.
//!
//! The mark follows the newest creation time, for that is the service's own clock. One time far in the
//! future would then hide every call to come, for good and without a word, and so would a clock of the
//! service that is put back. So the head of every few polls is a *look*: it is asked for without the
//! mark, newest first, down to where the look before it began. That is one page, and no request more,
//! unless there is much that is new. A call in a look that nobody has read before, and that the mark
//! says cannot be new, proves the mark wrong: the mark goes back, and what lies ahead of that call does
//! not move it any more. What was created since the look before is in the look itself, so that nothing
//! is lost meanwhile but some seconds.
//!
//! The limit: fewer than a page of calls may lie ahead. After a clock has gone back behind more, calls
//! that end between two polls are missed until it has caught up; those that last are in the list of
//! open ones, which knows no mark.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, TimeDelta, Utc};

use super::poll::Head;
use crate::call::{Call, CallName};
use crate::filter::Plan;

/// Of so many polls one looks beyond the mark.
const LOOK_EVERY: u32 = 5;

/// What a look has listed.
#[derive(Debug, Default)]
pub(super) struct Look {
    /// When its calls were created.
    pub(super) calls: HashMap<CallName, Option<DateTime<Utc>>>,
    /// Whether the list has no more.
    pub(super) whole: bool,
}

/// The mark.
#[derive(Debug, Default)]
pub(super) struct Mark {
    /// Everything created up to this time has been listed.
    seen: Option<DateTime<Utc>>,
    /// The newest creation time in any reading.
    newest: Option<DateTime<Utc>>,
    /// The same when the poll under way began.
    newest_before: Option<DateTime<Utc>>,
    /// Where the head of the poll under way begins, if it is no look.
    since: Option<DateTime<Utc>>,
    /// Whether the poll under way asks for a head.
    asked: bool,
    /// How many heads have been read since the last look, that one too.
    heads: u32,
    /// The last look, and where its head would have begun.
    looked: Option<(Look, Option<DateTime<Utc>>)>,
    /// Calls that the mark does not follow, for their times lie ahead of the service's clock.
    ahead: HashSet<CallName>,
}

impl Mark {
    /// The newest creation time in any reading, as far as it is to be believed.
    pub(super) fn newest(&self) -> Option<DateTime<Utc>> {
        self.newest
    }

    /// A poll begins that asks for no head.
    pub(super) fn without_head(&mut self) {
        self.newest_before = None;
        self.asked = false;
    }

    /// The head of a poll that begins now.
    pub(super) fn head(&mut self, plan: &Plan, overlap: TimeDelta) -> Head {
        self.newest_before = self.newest;
        self.asked = true;
        self.since = self.seen.and_then(|seen| seen.checked_sub_signed(overlap));
        let look = self.heads == 0;
        let before = match &self.looked {
            Some((_, before)) if look => *before,
            _ => self.since,
        };
        Head {
            filter: plan.head(self.since.filter(|_| !look)),
            since: self.since.min(before),
            look,
            by_state: plan.pushed().to_string().contains("state"),
        }
    }

    /// Whether the head of the next poll, or of the one under way, is a look: it reads back for as far
    /// as it has to, in the windows of history.
    pub(super) fn is_to_look(&self) -> bool {
        self.heads == 0
    }

    /// Takes note of the first page: what is not in it and newer was created after it was asked for.
    pub(super) fn take_first(&mut self, calls: &[Call]) {
        self.meet(calls);
        self.seen = self.seen.max(newest(calls));
    }

    /// Takes note of the times of calls.
    pub(super) fn meet<'a>(&mut self, calls: impl IntoIterator<Item = &'a Call>) {
        let times = calls
            .into_iter()
            .filter(|call| !self.ahead.contains(&call.name))
            .filter_map(|call| call.create_time);
        self.newest = self.newest.max(times.max());
    }

    /// Takes note of a whole poll: of its look, if its head was one, and of all its calls. `met` are
    /// those that the polls since the look before have read.
    pub(super) fn take_poll(
        &mut self,
        look: Option<Look>,
        calls: &HashMap<CallName, Call>,
        met: &HashMap<CallName, Call>,
    ) {
        // The mark follows what was known when the poll began, and not what it has brought: its lists
        // are not read in one moment, and a call that was created in between may be in none of them.
        self.seen = self.seen.max(self.newest_before);
        if let Some(look) = look {
            self.correct(&look, calls.values(), met);
            self.looked = Some((look, self.since));
            self.heads = 0;
        }
        if self.asked {
            self.heads = (self.heads + 1) % LOOK_EVERY;
        }
        self.meet(calls.values());
    }

    /// Puts the mark back if a look proves it wrong.
    fn correct<'a>(
        &mut self,
        look: &Look,
        calls: impl Iterator<Item = &'a Call>,
        met: &HashMap<CallName, Call>,
    ) {
        let Some(((before, _), since)) = self.looked.as_ref().zip(self.since) else {
            return;
        };
        // What is older than all that the look before has listed may have been there already.
        let reach = before.calls.values().flatten().min();
        let reach = reach.filter(|_| !before.whole);
        let unmet = |name| !before.calls.contains_key(name) && !met.contains_key(name);
        let unexpected: Vec<DateTime<Utc>> = look
            .calls
            .iter()
            .filter(|(name, _)| unmet(*name))
            .filter_map(|(_, time)| *time)
            .filter(|time| *time < since && reach.is_none_or(|reach| time > reach))
            .collect();
        let (Some(&oldest), Some(&newest)) = (unexpected.iter().min(), unexpected.iter().max())
        else {
            return;
        };
        tracing::warn!(%since, %newest, "a call is older than what was listed before it; the clock of the service is uneven");
        let known = before.calls.values().flatten();
        let back = known.filter(|time| **time <= newest).max();
        self.seen = Some(back.copied().unwrap_or(oldest));
        self.ahead = calls
            .filter(|call| call.create_time > Some(newest))
            .map(|call| call.name.clone())
            .collect();
        self.newest = Some(newest);
    }
}

fn newest(calls: &[Call]) -> Option<DateTime<Utc>> {
    calls.iter().filter_map(|call| call.create_time).max()
}
