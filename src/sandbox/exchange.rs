//! The exchange: makes traffic and carries placed calls through their lives. It knows no clock and
//! advances only by the times that it is given, so that a seed and a script of times replay exactly.

mod announce;
mod attempt;
mod dice;
mod history;
mod parties;
mod traffic;

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

use chrono::{DateTime, TimeDelta, Utc};

use super::course::{Course, Folded};
use super::faults::{self, Faults};
use super::ledger::{Entry, Recalled};
use crate::call::DEFAULT_TIMEOUT_SECONDS;
use crate::proto;
use crate::proto::call::{CreateMethod, Direction, Transport};
use attempt::placed;
pub(super) use dice::Dice;
use traffic::{Arrival, Draft, Names};

/// How many events one step looks after at most, so that no step takes long.
const EVENTS_A_STEP: usize = 1_000;

/// A project that gets traffic.
#[derive(Debug, Clone)]
pub(super) struct Project {
    /// Its number in the ledger.
    pub(super) key: i64,
    /// `projects/{project}`.
    pub(super) name: String,
}

/// What an exchange starts with.
#[derive(Debug)]
pub(super) struct Opening {
    pub(super) seed: u64,
    /// What tells the names of this ledger's calls from those of every other.
    pub(super) salt: u128,
    /// Simulated calls a second; zero for none.
    pub(super) rate: f64,
    /// Those that traffic goes to; one at least.
    pub(super) projects: Vec<Project>,
    /// The first number that the ledger has not given to a call yet.
    pub(super) next_serial: i64,
    /// What the exchange's clock shows.
    pub(super) now: DateTime<Utc>,
    /// Whether the transitions of calls are announced to those who want to know of them.
    pub(super) announces: bool,
    /// How the exchange is to misbehave.
    pub(super) faults: Faults,
}

/// Calls under way, and what happens next.
#[derive(Debug)]
pub(super) struct Exchange {
    seed: u64,
    salt: u128,
    rate: f64,
    projects: Vec<Project>,
    next_serial: i64,
    /// Calls of which something will still change.
    courses: HashMap<i64, Folded>,
    /// When each of them changes next.
    agenda: BinaryHeap<Reverse<(DateTime<Utc>, i64)>>,
    /// When the next simulated call arrives.
    arrival: Option<DateTime<Utc>>,
    /// The creation of the newest placed call: no two of them share one.
    last_placed: DateTime<Utc>,
    announces: bool,
    /// How long after their end calls get their price; without it, as long as it happens to take.
    late_price: Option<TimeDelta>,
    /// Whether simulated calls carry hostile text.
    hostile_text: bool,
}

impl Exchange {
    /// An exchange without any call.
    pub(super) fn open(opening: Opening) -> Self {
        let mut exchange = Self {
            seed: opening.seed,
            salt: opening.salt,
            rate: opening.rate,
            projects: opening.projects,
            next_serial: opening.next_serial,
            courses: HashMap::new(),
            agenda: BinaryHeap::new(),
            arrival: None,
            last_placed: DateTime::<Utc>::MIN_UTC,
            announces: opening.announces,
            late_price: opening
                .faults
                .length(faults::Name::LatePrice)
                .and_then(|late| TimeDelta::from_std(late).ok()),
            hostile_text: opening.faults.has(faults::Name::HostileText),
        };
        exchange.arrival = exchange.next_arrival(opening.now);
        exchange
    }

    /// When something happens next; nothing if never.
    pub(super) fn next_event(&self) -> Option<DateTime<Utc>> {
        let change = self.agenda.peek().map(|Reverse((time, _))| *time);
        change.into_iter().chain(self.arrival).min()
    }

    /// Lets happen what is due at a time, in the order of its times, and tells what to write down.
    /// It may leave the rest for the next step when very much is due.
    pub(super) fn advance(&mut self, now: DateTime<Utc>) -> Vec<Entry> {
        let mut entries = Vec::new();
        for _ in 0..EVENTS_A_STEP {
            match self.next_event() {
                Some(due) if due <= now => self.happen(due, &mut entries),
                Some(_) | None => break,
            }
        }
        entries
    }

    /// Takes on a call that was asked for through the API: `call` has the checked input of the
    /// request with its defaults. Answers with the call as it is at its creation.
    pub(super) fn place(
        &mut self,
        project: &Project,
        mut call: proto::Call,
        now: DateTime<Utc>,
    ) -> (proto::Call, Vec<Entry>) {
        let created = now.max(self.last_placed + TimeDelta::nanoseconds(1));
        self.last_placed = created;
        let serial = self.take_serial();
        let mut dice = Dice::of_call(self.seed, serial);
        call.name = self.names(&project.name).next(&mut dice);
        call.set_direction(Direction::Outgoing);
        call.set_transport(Transport::Pstn);
        call.set_create_method(CreateMethod::Api);
        let timeout = call.options.as_ref().map(|options| options.timeout_seconds);
        let timeout = TimeDelta::seconds(timeout.unwrap_or(DEFAULT_TIMEOUT_SECONDS).into());
        placed(&mut dice, &call.to, timeout).write(&mut call, created);
        let draft = traffic::priced(call, None, &mut dice);
        let course = self.course(serial, project.key, draft);
        let call = course.seen(created);
        let mut entries = Vec::new();
        self.take_on(course, created, &mut entries);
        (call, entries)
    }

    /// Takes up calls that were under way when the ledger was last written. What was due since
    /// then has happened in the meantime.
    pub(super) fn resume(&mut self, recalled: Vec<Recalled>, now: DateTime<Utc>) -> Vec<Entry> {
        let mut entries = Vec::new();
        for Recalled { course, seen } in recalled {
            let (serial, project) = (course.serial, course.project);
            if course.created() <= now {
                let call = course.seen(now);
                entries.push(if seen.is_some() {
                    Entry::Changed { serial, call }
                } else {
                    Entry::Born {
                        serial,
                        project,
                        call,
                    }
                });
                self.catch_up(&course, seen, now, &mut entries);
            }
            match course.next_change(now) {
                Some(due) => {
                    self.agenda.push(Reverse((due, serial)));
                    self.courses.insert(serial, Folded::from(&course));
                }
                None => entries.push(Entry::Finished { serial }),
            }
        }
        entries
    }

    /// Simulated calls arrive at a project all at once, whenever they were created. Of those that
    /// were so some time ago, some may have ended.
    pub(super) fn surge(
        &mut self,
        project: &Project,
        times: Vec<DateTime<Utc>>,
        now: DateTime<Utc>,
    ) -> Vec<Entry> {
        let mut entries = Vec::new();
        for at in times {
            let serial = self.take_serial();
            let mut dice = Dice::of_call(self.seed, serial);
            let names = self.names(&project.name);
            let arrival = traffic::arrive(self.seed, &mut dice, names, at);
            self.take_in(arrival, (serial, project.key), now, &mut entries);
        }
        entries
    }

    fn happen(&mut self, due: DateTime<Utc>, entries: &mut Vec<Entry>) {
        if self.arrival == Some(due) {
            self.receive(due, entries);
            return;
        }
        let Some(Reverse((_, serial))) = self.agenda.pop() else {
            return;
        };
        let folded = self.courses.get(&serial);
        let Some(course) = folded.and_then(|folded| folded.unfold(serial)) else {
            return;
        };
        let call = course.seen(due);
        entries.push(if course.created() == due {
            Entry::Born {
                serial,
                project: course.project,
                call,
            }
        } else {
            Entry::Changed { serial, call }
        });
        self.announce(&course, due, entries);
        if let Some(next) = course.next_change(due) {
            self.agenda.push(Reverse((next, serial)));
        } else {
            self.courses.remove(&serial);
            entries.push(Entry::Finished { serial });
        }
    }

    /// A simulated call comes in.
    fn receive(&mut self, at: DateTime<Utc>, entries: &mut Vec<Entry>) {
        let serial = self.take_serial();
        let (project, arrival) = self.draw(serial, at);
        self.take_in(arrival, (serial, project), at, entries);
        self.arrival = self.next_arrival(at);
    }

    /// Takes on what has arrived, under the number that its first leg was drawn with.
    fn take_in(
        &mut self,
        arrival: Arrival,
        (serial, project): (i64, i64),
        now: DateTime<Utc>,
        entries: &mut Vec<Entry>,
    ) {
        let Arrival { parent, child } = arrival;
        let parent = self.simulated(serial, project, parent);
        self.take_on(parent, now, entries);
        if let Some(child) = child {
            let serial = self.take_serial();
            let child = self.simulated(serial, project, child);
            self.take_on(child, now, entries);
        }
    }

    /// Draws what arrives at a time, and at which project.
    fn draw(&self, serial: i64, at: DateTime<Utc>) -> (i64, Arrival) {
        let mut dice = Dice::of_call(self.seed, serial);
        let last = u32::try_from(self.projects.len())
            .unwrap_or(u32::MAX)
            .max(1);
        let project = self.projects.get(dice.number(0..last) as usize);
        let (key, name) = project.map_or((0, ""), |project| (project.key, &project.name));
        (
            key,
            traffic::arrive(self.seed, &mut dice, self.names(name), at),
        )
    }

    /// The course of a simulated call.
    fn simulated(&self, serial: i64, project: i64, mut draft: Draft) -> Course {
        if self.hostile_text {
            faults::spoil(&mut draft.call, &mut Dice::of_text(self.seed, serial));
        }
        self.course(serial, project, draft)
    }

    fn course(&self, serial: i64, project: i64, draft: Draft) -> Course {
        let Draft {
            call,
            mut priced,
            bridged,
        } = draft;
        if let (Some(_), Some(late)) = (priced, self.late_price) {
            let ended = super::wire::time(call.end_time.as_ref());
            priced = ended.and_then(|ended| ended.checked_add_signed(late));
        }
        Course {
            serial,
            project,
            last: call,
            priced,
            bridged,
        }
    }

    fn names<'a>(&self, project: &'a str) -> Names<'a> {
        Names {
            project,
            salt: self.salt,
        }
    }

    /// Writes a call down with its future, and keeps it until all of it has happened.
    fn take_on(&mut self, course: Course, now: DateTime<Utc>, entries: &mut Vec<Entry>) {
        let serial = course.serial;
        if course.created() <= now {
            entries.push(Entry::Born {
                serial,
                project: course.project,
                call: course.seen(now),
            });
        }
        if let Some(due) = course.next_change(now) {
            self.agenda.push(Reverse((due, serial)));
            self.courses.insert(serial, Folded::from(&course));
            entries.push(Entry::Planned {
                course: Box::new(course),
            });
        }
    }

    fn next_arrival(&self, after: DateTime<Utc>) -> Option<DateTime<Utc>> {
        if self.rate <= 0.0 {
            return None;
        }
        let mut dice = Dice::of_time(self.seed, self.next_serial);
        after.checked_add_signed(dice.gap(self.rate))
    }

    fn take_serial(&mut self) -> i64 {
        let serial = self.next_serial;
        self.next_serial += 1;
        serial
    }
}

#[cfg(test)]
mod tests;
