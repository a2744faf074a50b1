//! What is known of one query: what was sent, where the head begins, and which calls are followed.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, TimeDelta, Utc};
use tokio::time::Instant;

use super::followed::Followed;
use super::history::History;
use super::lead::Lead;
use super::mark::Mark;
use super::poll::{Head, Readings};
use super::settling::{Due, Settling};
use crate::call::{Call, CallName, Covered, Turn};
use crate::filter::Plan;

/// How long before the newest creation time a call may have ended that is waited for although nobody
/// has seen it under way.
const STILL_SETTLING: TimeDelta = TimeDelta::minutes(10);

/// What a service makes of the filters that it takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Filtering {
    /// It applies them, as far as is known.
    Assumed,
    /// It does not, and that has been told.
    Ignored,
}

/// One query and its state.
#[derive(Debug)]
pub(super) struct Watch {
    pub(super) turn: Turn,
    pub(super) plan: Plan,
    /// Whether the first page has come.
    pub(super) peeked: bool,
    /// Whether the calls under way have been listed once.
    pub(super) opened: bool,
    pub(super) history: History,
    /// How many older calls to load.
    pub(super) wanted: usize,
    /// What the service makes of the filter.
    pub(super) filtering: Filtering,
    /// Whether older calls have been told to be under way.
    pub(super) loading: bool,
    /// The coverage that was told last.
    pub(super) told: Covered,
    /// Calls of which more is to come, of this query and of those before.
    followed: Followed,
    /// Calls of the last look and of the polls since then, as they were sent.
    sent: HashMap<CallName, Call>,
    /// Calls that pages of history have brought since the last poll: perhaps as older than that poll
    /// or the next one reads them, and with a later place. They are sent once more.
    crossed: HashSet<CallName>,
    /// What the poll under way reads again for its price.
    asked: Vec<Due>,
    mark: Mark,
}

impl Watch {
    /// A query that has not been asked; goes on to follow what the one before did.
    pub(super) fn new(turn: Turn, plan: Plan, initial: usize, followed: Followed) -> Self {
        Self {
            turn,
            plan,
            peeked: false,
            opened: false,
            history: History::default(),
            wanted: initial,
            filtering: Filtering::Assumed,
            loading: false,
            told: Covered::nothing(),
            followed,
            sent: HashMap::new(),
            crossed: HashSet::new(),
            asked: Vec::new(),
            mark: Mark::default(),
        }
    }

    /// What the next query goes on to follow.
    pub(super) fn end(self) -> Followed {
        self.followed
    }

    /// Whether the first page has come and the calls under way are known.
    pub(super) fn is_open(&self) -> bool {
        self.peeked && self.opened
    }

    /// Whether nothing is under way, as far as is known.
    pub(super) fn is_still(&self) -> bool {
        self.followed.under_way.is_empty()
    }

    /// Whether history is still to begin, with the page that a head may begin with too: they are not
    /// asked for at the same time.
    pub(super) fn begins_history(&self) -> bool {
        self.peeked && self.history.read() == 0
    }

    /// Whether history and the head of a poll may ask for the same, and have to take turns.
    pub(super) fn takes_turns(&self) -> bool {
        self.begins_history() || self.peeked && self.mark.is_to_look()
    }

    /// The head of a poll that begins now; nothing before the first page has come.
    pub(super) fn head(&mut self, overlap: TimeDelta) -> Option<Head> {
        if !self.peeked {
            self.mark.without_head();
            return None;
        }
        Some(self.mark.head(&self.plan, overlap))
    }

    /// The calls that were under way when last read, newest first.
    pub(super) fn tracked(&self) -> Vec<Lead> {
        let mut tracked: Vec<Lead> = self.followed.under_way.values().cloned().collect();
        tracked.sort_by(|a, b| (b.created, &b.name).cmp(&(a.created, &a.name)));
        tracked
    }

    pub(super) fn due(&mut self, now: Instant) -> Vec<Due> {
        self.asked = self.followed.settling.due(now);
        self.asked.clone()
    }

    /// What the poll under way was to read again waits on, for the poll came to nothing.
    pub(super) fn give_up_poll(&mut self, now: Instant) {
        for due in std::mem::take(&mut self.asked) {
            self.followed.settling.give_back(due, now);
        }
    }

    /// Takes note of the first page: what is not in it and newer was created after it was asked for.
    pub(super) fn take_first(&mut self, calls: &[Call], now: Instant) {
        self.peeked = true;
        self.take_older(calls, now);
        self.mark.take_first(calls);
    }

    /// Takes note of calls that no poll has read: those under way are followed from now on, and
    /// those that have ended just now are read again for their price.
    pub(super) fn take_older(&mut self, calls: &[Call], now: Instant) {
        self.mark.meet(calls);
        for call in calls {
            self.sent.remove(&call.name);
            self.crossed.insert(call.name.clone());
        }
        self.follow(calls, now);
    }

    /// Follows those calls of which more is to come.
    pub(super) fn follow(&mut self, calls: &[Call], now: Instant) {
        let since = self.settling_since();
        for call in calls {
            if call.state.is_open() {
                let lead = Lead::of(call);
                self.followed.under_way.insert(call.name.clone(), lead);
            } else if Settling::is_for(call) && touched(call) >= since {
                self.followed.settling.add(Lead::of(call), now);
            }
        }
    }

    /// Takes note of a call that no list has brought.
    pub(super) fn follow_placed(&mut self, call: &Call) {
        if call.state.is_open() {
            let lead = Lead::of(call);
            self.followed.under_way.insert(call.name.clone(), lead);
        }
    }

    /// Since when calls must have ended that nobody has seen under way, to be waited for.
    fn settling_since(&self) -> Option<DateTime<Utc>> {
        let newest = self.mark.newest();
        newest.and_then(|newest| newest.checked_sub_signed(STILL_SETTLING))
    }

    /// Takes a whole poll in, and gives back what has changed since it was last sent.
    pub(super) fn take_poll(&mut self, readings: Readings, now: Instant) -> Vec<Call> {
        self.opened = true;
        self.asked.clear();
        for due in readings.still_due {
            self.followed.settling.put_back(due, now);
        }
        let looked = readings.look.is_some();
        self.mark
            .take_poll(readings.look, &readings.calls, &self.sent);
        let settling_since = self.settling_since();
        let mut before = HashMap::new();
        if looked {
            std::mem::swap(&mut before, &mut self.sent);
        }
        let as_of = readings.as_of;
        let followed = &mut self.followed;
        let mut changed = Vec::new();
        let mut news = Vec::new();
        for name in readings.gone {
            followed.under_way.remove(&name);
        }
        for (name, call) in readings.calls {
            let was_tracked = if call.state.is_open() {
                followed.under_way.insert(name.clone(), Lead::of(&call));
                false
            } else {
                followed.under_way.remove(&name).is_some()
            };
            let known = self.sent.remove(&name).or_else(|| before.remove(&name));
            let unchanged = known.as_ref() == Some(&call);
            let is_new = was_tracked || (known.is_none() && touched(&call) >= settling_since);
            if Settling::is_for(&call) && is_new {
                followed.settling.add(Lead::of(&call), now);
            }
            if was_tracked {
                news.push(call.clone());
            }
            if !unchanged {
                changed.push(call.clone());
            }
            self.sent.insert(name, call);
        }
        for (due, call) in readings.settled {
            if Settling::is_for(&call) {
                followed.settling.again(due, now);
            } else {
                // It may have left the open ones in this very poll.
                changed.retain(|other| other.name != call.name);
                news.retain(|other| other.name != call.name);
                news.push(call.clone());
                changed.push(call);
            }
        }
        followed.take_news(as_of, news);
        for name in self.crossed.drain() {
            self.sent.remove(&name);
        }
        changed
    }
}

/// When something last happened to a call, as far as that is known.
fn touched(call: &Call) -> Option<DateTime<Utc>> {
    call.end_time.or(call.create_time)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use chrono::DateTime;

    use super::*;
    use crate::call::{Direction, Money, State};
    use crate::filter::{Search, Standpoint};

    #[tokio::test(start_paused = true)]
    async fn a_call_that_leaves_and_gets_its_price_in_one_poll_is_told_once() {
        let at = Standpoint {
            now: DateTime::UNIX_EPOCH,
            zone: chrono_tz::UTC,
        };
        let plan = Plan::of(&Search::everything(), &at);
        let mut watch = Watch::new(Turn(1), plan, 100, Followed::default());
        let mut call = Call::new(CallName::new("projects/demo/calls/1"));
        call.direction = Direction::Outgoing;
        call.create_time = Some(DateTime::UNIX_EPOCH);
        call.answer_time = Some(DateTime::UNIX_EPOCH);
        call.state = State::InProgress;
        let now = Instant::now();
        watch.take_first(std::slice::from_ref(&call), now);
        // A page of history reads its end before a poll does.
        call.state = State::Completed;
        call.end_time = Some(DateTime::UNIX_EPOCH);
        watch.take_older(std::slice::from_ref(&call), now);
        let now = now + Duration::from_secs(60);
        let due = watch.due(now);
        assert_eq!((watch.tracked().len(), due.len()), (1, 1));
        let mut priced = call.clone();
        priced.price = Some(Money::new("AUD", 1, 0));
        let readings = Readings {
            calls: HashMap::from([(call.name.clone(), call)]),
            settled: due.into_iter().map(|due| (due, priced.clone())).collect(),
            ..Readings::default()
        };
        assert_eq!(watch.take_poll(readings, now), [priced.clone()]);
        let news: Vec<_> = watch.end().news().flat_map(|(_, calls)| calls).collect();
        assert_eq!(news, [priced]);
    }
}
