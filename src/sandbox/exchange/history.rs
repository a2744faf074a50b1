//! The calls that a new ledger starts with: a day of traffic, dense in its last minutes, so that
//! calls in every state are there from the first moment.

use std::ops::Range;

use chrono::{DateTime, TimeDelta, Timelike as _, Utc};

use super::dice::Dice;
use super::{Arrival, Course, Exchange};
use crate::proto::call::State;
use crate::sandbox::ledger::Entry;

/// Each state with the age in seconds at which a call in it is looked for. They are young enough
/// to be among the newest hundred.
static SHOWN: [(State, Range<f64>); 11] = [
    (State::Queued, 0.0..0.8),
    (State::Queued, 0.0..2.0),
    (State::Starting, 0.8..3.0),
    (State::Ringing, 3.0..8.0),
    (State::Ringing, 3.0..8.0),
    (State::InProgress, 10.0..60.0),
    (State::Completed, 30.0..120.0),
    (State::Failed, 4.0..60.0),
    (State::NotAnswered, 30.0..100.0),
    (State::Busy, 4.0..60.0),
    (State::Rejected, 4.0..60.0),
];
/// How many draws are made for each of them.
const DRAWS: u32 = 2_000;
/// For how long those that are under way stay as they are, at least: time enough to be seen.
const LASTS: TimeDelta = TimeDelta::milliseconds(1_500);
/// Smaller histories are left to chance.
const WITH_EVERY_STATE: usize = 2 * SHOWN.len();

const DAY_SECONDS: f64 = 86_400.0;
const DENSE_SECONDS: f64 = 600.0;
/// One in so many calls is of the dense last minutes, up to a bound.
const DENSE_SHARE: usize = 6;
const DENSE_MOST: usize = 300;

impl Exchange {
    /// Makes `count` calls of the past day, child legs among them, and takes up those that are under
    /// way. What is to be written down comes a few calls at a time, so that a history of any length
    /// takes little memory.
    pub(in crate::sandbox) fn history(
        &mut self,
        count: usize,
        now: DateTime<Utc>,
    ) -> impl Iterator<Item = Vec<Entry>> {
        let mut made = 0;
        let mut shown = SHOWN.iter();
        if count < WITH_EVERY_STATE {
            shown = [].iter();
        }
        // How many are made by the time that the dense last minutes have theirs.
        let mut dense = None;
        std::iter::from_fn(move || {
            let mut entries = Vec::new();
            for (state, ages) in shown.by_ref() {
                if let Some(course) = self.in_state(*state, ages, now) {
                    made += 1;
                    self.take_on(course, now, &mut entries);
                    return Some(entries);
                }
            }
            let dense = *dense.get_or_insert_with(|| made + (count / DENSE_SHARE).min(DENSE_MOST));
            if made >= count {
                return None;
            }
            let serial = self.take_serial();
            let mut dice = Dice::of_time(self.seed, serial);
            let at = if made < dense {
                now - dice.seconds(0.0..DENSE_SECONDS)
            } else {
                time_of_day(&mut dice, now)
            };
            let (project, arrival) = self.draw(serial, at);
            let Arrival { mut parent, child } = arrival;
            let mut leg = None;
            if let Some(child) = child.filter(|_| made + 1 < count) {
                let serial = self.take_serial();
                let child = self.simulated(serial, project, child);
                made += usize::from(child.created() <= now);
                leg = Some(child);
            } else {
                parent.bridged = None;
                parent.call.bridged = false;
            }
            made += 1;
            let parent = self.simulated(serial, project, parent);
            self.take_on(parent, now, &mut entries);
            if let Some(child) = leg {
                self.take_on(child, now, &mut entries);
            }
            Some(entries)
        })
    }

    /// A single leg that is in a state now.
    fn in_state(&mut self, state: State, ages: &Range<f64>, now: DateTime<Utc>) -> Option<Course> {
        for _ in 0..DRAWS {
            let serial = self.take_serial();
            let at = now - Dice::of_time(self.seed, serial).seconds(ages.clone());
            let (project, arrival) = self.draw(serial, at);
            if arrival.child.is_some() {
                continue;
            }
            let course = self.simulated(serial, project, arrival.parent);
            let seen = course.seen(now);
            let settled = seen.end_time.is_some()
                || course
                    .next_change(now)
                    .is_some_and(|next| next - now >= LASTS);
            if seen.state() == state && settled {
                return Some(course);
            }
        }
        None
    }
}

/// A time of the past day: by day there are four times as many calls as by night, in the east of
/// Australia.
fn time_of_day(dice: &mut Dice, now: DateTime<Utc>) -> DateTime<Utc> {
    const DRAWS: u32 = 20;
    let mut at = now;
    for _ in 0..DRAWS {
        at = now - dice.seconds(0.0..DAY_SECONDS);
        let hour = (at + TimeDelta::hours(10)).hour();
        if (8..18).contains(&hour) || dice.happens(0.25) {
            break;
        }
    }
    at
}
