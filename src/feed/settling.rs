//! Calls that are read again some time after their end, for a price that comes late (`feed.md`, 4).

use std::collections::{HashSet, VecDeque};
use std::time::Duration;

use tokio::time::Instant;

use super::lead::Lead;
use crate::call::{Call, CallName, Direction, State};

/// How long after the reading before each reading comes.
const DELAYS: [Duration; 5] = [
    Duration::from_secs(10),
    Duration::from_secs(30),
    Duration::from_secs(60),
    Duration::from_secs(120),
    Duration::from_secs(300),
];
/// How many calls are waited for at most; on a busy project the oldest give way.
const MOST: usize = 20_000;
/// How many are read with one poll, with some ten requests.
pub(super) const AT_ONCE: usize = 400;
/// How long a call waits at most whose reading did not come about.
const LONGEST_DELAY: Duration = Duration::from_secs(10);

/// Calls that wait, by the number of readings that they have had: in each queue the delay is the
/// same, so that each is in the order of its times.
#[derive(Debug, Default)]
pub(super) struct Settling {
    queues: [VecDeque<(Instant, Lead)>; DELAYS.len()],
    /// Those in the queues: each call waits once, whichever query has brought it.
    names: HashSet<CallName>,
}

/// A call whose time has come, with the number of readings that it has had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Due {
    pub(super) lead: Lead,
    readings: usize,
}

impl Settling {
    /// Whether something of the call may still come that no list will bring: a price, or the end of
    /// a state that is not known here and so not listed among the open ones.
    pub(super) fn is_for(call: &Call) -> bool {
        match call.state {
            State::Unspecified | State::Other(_) => call.end_time.is_none(),
            State::Queued | State::Starting | State::Ringing | State::InProgress => false,
            // Outgoing calls are charged only if they were answered (`api.md §4.5`).
            State::Completed
            | State::Failed
            | State::NotAnswered
            | State::Busy
            | State::Rejected => {
                call.price.is_none()
                    && (call.answer_time.is_some() || call.direction == Direction::Incoming)
            }
        }
    }

    /// Waits for a call that has just been read.
    pub(super) fn add(&mut self, lead: Lead, now: Instant) {
        self.wait(lead, 0, now);
    }

    /// Waits on, after a reading that brought nothing; after the last one the call is left.
    pub(super) fn again(&mut self, due: Due, now: Instant) {
        self.wait(due.lead, due.readings + 1, now);
    }

    /// Waits a little, for the reading did not come about. What is due next comes before all others.
    pub(super) fn put_back(&mut self, due: Due, now: Instant) {
        self.return_to(due, now + LONGEST_DELAY);
    }

    /// Waits no longer, for nothing at all was read: whatever is read next is read with it.
    pub(super) fn give_back(&mut self, due: Due, now: Instant) {
        self.return_to(due, now);
    }

    fn return_to(&mut self, due: Due, at: Instant) {
        let Due { lead, readings } = due;
        let Some(queue) = self.queues.get_mut(readings) else {
            return;
        };
        if self.names.insert(lead.name.clone()) {
            // In its place, so that the queue stays in the order of its times.
            let place = queue.partition_point(|(other, _)| *other <= at);
            queue.insert(place, (at, lead));
        }
    }

    /// Takes out the calls whose time has come, [`AT_ONCE`] at most.
    pub(super) fn due(&mut self, now: Instant) -> Vec<Due> {
        let mut due = Vec::new();
        for (readings, queue) in self.queues.iter_mut().enumerate() {
            while due.len() < AT_ONCE
                && queue.front().is_some_and(|(at, _)| *at <= now)
                && let Some((_, lead)) = queue.pop_front()
            {
                self.names.remove(&lead.name);
                due.push(Due { lead, readings });
            }
        }
        due
    }

    fn wait(&mut self, lead: Lead, readings: usize, now: Instant) {
        let Some((queue, delay)) = self.queues.get_mut(readings).zip(DELAYS.get(readings)) else {
            return;
        };
        if !self.names.insert(lead.name.clone()) {
            return;
        }
        if queue.len() >= MOST / DELAYS.len()
            && let Some((_, oldest)) = queue.pop_front()
        {
            self.names.remove(&oldest.name);
        }
        queue.push_back((now + *delay, lead));
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use rstest::rstest;

    use super::*;
    use crate::call::Money;

    fn name(id: usize) -> CallName {
        CallName::new(format!("projects/demo/calls/{id}"))
    }

    fn lead(id: usize) -> Lead {
        Lead::of(&Call::new(name(id)))
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_without_a_price_is_read_five_times_and_then_left() {
        let began = Instant::now();
        let mut settling = Settling::default();
        settling.add(lead(1), began);
        let mut read_at = Vec::new();
        for second in 0..3_600 {
            let now = began + Duration::from_secs(second);
            for due in settling.due(now) {
                read_at.push(second);
                settling.again(due, now);
            }
        }
        assert_eq!(read_at, [10, 40, 100, 220, 520]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_burst_is_read_in_portions_and_bounded() {
        let began = Instant::now();
        let mut settling = Settling::default();
        for id in 0..2 * MOST {
            settling.add(lead(id), began);
        }
        let now = began + DELAYS[0];
        let mut portions = Vec::new();
        loop {
            let due = settling.due(now);
            if due.is_empty() {
                break;
            }
            portions.push(due.len());
        }
        assert!(portions.iter().all(|&count| count <= AT_ONCE));
        assert_eq!(portions.iter().sum::<usize>(), MOST / DELAYS.len());
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_waits_once_however_often_it_is_added() {
        let began = Instant::now();
        let mut settling = Settling::default();
        for _ in 0..3 {
            settling.add(lead(1), began);
        }
        let now = began + DELAYS[0];
        let due = settling.due(now);
        assert_eq!(due.len(), 1);
        settling.add(lead(1), now);
        for due in due {
            settling.again(due, now);
        }
        assert_eq!(settling.due(now + DELAYS[4]).len(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_whose_last_reading_failed_does_not_wait_for_it_as_long_again() {
        let began = Instant::now();
        let mut settling = Settling::default();
        settling.add(lead(1), began);
        let mut now = began;
        let mut again = Vec::new();
        for delay in DELAYS {
            again.drain(..).for_each(|due| settling.again(due, now));
            now += delay;
            again = settling.due(now);
            assert_eq!(again.len(), 1);
        }
        for due in again {
            settling.put_back(due, now);
        }
        settling.add(lead(2), now);
        assert_eq!(settling.due(now + LONGEST_DELAY).len(), 2);
    }

    #[rstest]
    #[case::answered(State::Completed, Direction::Outgoing, true, false, true)]
    #[case::priced(State::Completed, Direction::Outgoing, true, true, false)]
    #[case::never_charged(State::Busy, Direction::Outgoing, false, false, false)]
    #[case::incoming(State::NotAnswered, Direction::Incoming, false, false, true)]
    #[case::under_way(State::InProgress, Direction::Outgoing, true, false, false)]
    #[case::not_known(State::Other(77), Direction::Outgoing, false, false, true)]
    fn only_what_may_still_get_a_price_is_waited_for(
        #[case] state: State,
        #[case] direction: Direction,
        #[case] answered: bool,
        #[case] priced: bool,
        #[case] waits: bool,
    ) {
        let mut call = Call::new(name(1));
        call.state = state;
        call.direction = direction;
        call.answer_time = answered.then_some(DateTime::UNIX_EPOCH);
        call.price = priced.then(|| Money::new("AUD", 1, 0));
        assert_eq!(Settling::is_for(&call), waits);
    }
}
