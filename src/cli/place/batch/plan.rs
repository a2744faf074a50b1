//! What is left to do of a batch: its rows against what is known of them from earlier runs.
//!
//! A row that was placed is not placed again, wherever it stands in the file by now. One that was
//! edited is another row; where the number to call is one that was called for a row that is gone, that
//! is an edit of what cannot be taken back, and it is told rather than placed a second time.

use std::collections::{HashMap, HashSet, VecDeque};
use std::fmt::{self, Write as _};

use super::results::{Entry, Outcome};
use super::sheet::Row;
use crate::call::Ticket;
use crate::placement::Origin;

/// How many rows are named in one sentence.
const NAMED: usize = 10;

/// Something to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Job {
    /// Which row.
    pub(super) row: usize,
    pub(super) what: Task,
    /// How often it has been tried in this run.
    pub(super) tries: u32,
    /// Whether its turn is to come again.
    pub(super) again: bool,
}

/// What is to be done with a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Task {
    /// To be placed.
    Place {
        /// Whether an earlier run may have sent it.
        origin: Origin,
        /// The ticket of which there was no trace.
        follows: Option<Ticket>,
    },
    /// There is a call, which is to be followed to its end.
    Follow,
}

/// How tickets are made.
pub(super) struct Tickets<'a> {
    /// One that nobody has had.
    pub(super) fresh: &'a dyn Fn() -> Ticket,
    /// The batch's own, of which those of its rows are made.
    pub(super) of_batch: Option<&'a Ticket>,
}

impl Tickets<'_> {
    /// The first ticket of a row.
    fn of(&self, row: &Row) -> Ticket {
        match self.of_batch {
            Some(batch) => Ticket::new(format!("{batch}.{}", row.key)),
            None => (self.fresh)(),
        }
    }
}

/// What is wished of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Wanted {
    /// Whether rows without a trace are placed again.
    pub(super) again_without_trace: bool,
    /// Whether calls are followed to their end.
    pub(super) wait: bool,
}

/// What is left to do, and what is known.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) jobs: VecDeque<Job>,
    /// What is known of each row, in the order of the rows.
    pub(super) entries: Vec<Entry>,
    /// What is known of rows that are not in the file any more, and may have made calls.
    pub(super) gone: Vec<Entry>,
    /// How many rows there are of which something is to be sent.
    pub(super) to_place: usize,
    /// How many of those may have been sent before, and are looked for first.
    pub(super) to_settle: usize,
}

impl Plan {
    /// Compares rows with what is known of them.
    pub(super) fn new(
        rows: &[Row],
        mut known: HashMap<String, Entry>,
        tickets: &Tickets<'_>,
        wanted: Wanted,
    ) -> Result<Self, Edited> {
        let mut plan = Self {
            jobs: VecDeque::new(),
            entries: Vec::with_capacity(rows.len()),
            gone: Vec::new(),
            to_place: 0,
            to_settle: 0,
        };
        let mut unknown = Vec::new();
        let mut edited = Edited::default();
        for (at, row) in rows.iter().enumerate() {
            let entry = match known.remove(&row.key) {
                Some(entry) if entry.outcome.may_be_a_call() && entry.to != row.call.to => {
                    edited.rows.push((row.line, entry));
                    continue;
                }
                Some(entry) => Entry {
                    line: row.line,
                    to: row.call.to.clone(),
                    ..entry
                },
                None => {
                    unknown.push(row);
                    Entry {
                        line: row.line,
                        to: row.call.to.clone(),
                        ticket: tickets.of(row),
                        outcome: Outcome::Waiting,
                        call: None,
                        state: String::new(),
                        reason: String::new(),
                        time: None,
                        row: row.key.clone(),
                    }
                }
            };
            plan.add(at, entry, tickets, wanted);
        }
        plan.gone = known.into_values().collect();
        plan.gone.retain(|entry| entry.outcome.may_be_a_call());
        plan.gone.sort_by_key(|entry| entry.line);
        let called: HashMap<&str, &Entry> = plan
            .gone
            .iter()
            .map(|entry| (entry.to.as_str(), entry))
            .collect();
        edited.rows.extend(unknown.iter().filter_map(|row| {
            let entry = called.get(row.call.to.as_str())?;
            Some((row.line, (*entry).clone()))
        }));
        if edited.rows.is_empty() {
            Ok(plan)
        } else {
            edited.rows.sort_by_key(|(line, _)| *line);
            Err(edited)
        }
    }

    /// Adds a row, and what is to be done with it.
    fn add(&mut self, row: usize, mut entry: Entry, tickets: &Tickets<'_>, wanted: Wanted) {
        // A batch's own ticket can have been used where these results are not known.
        let fresh = match tickets.of_batch {
            Some(_) => Origin::Given,
            None => Origin::Fresh,
        };
        let place = |origin, follows| Some(Task::Place { origin, follows });
        let what = match entry.outcome {
            Outcome::Waiting | Outcome::Refused | Outcome::NotSent => place(fresh, None),
            Outcome::Sending | Outcome::Unknown => place(Origin::Given, None),
            Outcome::NoTrace if wanted.again_without_trace => {
                let old = std::mem::replace(&mut entry.ticket, (tickets.fresh)());
                entry.outcome = Outcome::Waiting;
                entry.reason = format!("in the place of {old}");
                place(Origin::Fresh, Some(old))
            }
            Outcome::Placed if wanted.wait && !entry.is_over() && entry.call.is_some() => {
                Some(Task::Follow)
            }
            Outcome::NoTrace | Outcome::Placed => None,
        };
        match entry.outcome {
            Outcome::Sending | Outcome::Unknown => self.to_settle += 1,
            Outcome::Waiting | Outcome::Refused | Outcome::NotSent => self.to_place += 1,
            Outcome::Placed | Outcome::NoTrace => {}
        }
        self.entries.push(entry);
        self.jobs.extend(what.map(|what| Job {
            row,
            what,
            tries: 0,
            again: false,
        }));
    }

    /// All that is to stand in the results.
    pub(super) fn all(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter().chain(&self.gone)
    }
}

/// Rows that were changed after they had been placed.
#[derive(Debug, Default)]
pub(super) struct Edited {
    /// The line, and what is known of the row that it was.
    rows: Vec<(u64, Entry)>,
}

impl Edited {
    /// A line for each, as far as they are named.
    pub(super) fn told(&self, file: &str) -> String {
        let mut told = String::new();
        for (line, entry) in self.rows.iter().take(NAMED) {
            let Entry {
                line: old,
                to,
                outcome,
                ..
            } = entry;
            // Writing to a text never fails.
            let _never = writeln!(
                told,
                "{file}:{line}:1: changed after {to} was called for it (line {old} then, {})",
                outcome.word()
            );
        }
        let more = self.rows.len().saturating_sub(NAMED);
        if more > 0 {
            let _never = writeln!(told, "and {more} more");
        }
        told
    }
}

impl fmt::Display for Edited {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "nothing was sent: put a row back as it was, or remove it; what is to be called once \
             more belongs into a file of its own",
        )
    }
}

/// The numbers that are called more than once, each counted once.
pub(super) fn called_twice(rows: &[Row]) -> usize {
    let mut seen = HashSet::new();
    let twice = rows.iter().filter(|row| !seen.insert(&row.call.to));
    twice.map(|row| &row.call.to).collect::<HashSet<_>>().len()
}

#[cfg(test)]
mod tests;
