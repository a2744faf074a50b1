//! The register: what filters ask of each call, of all calls, in memory and in the order of lists.
//!
//! Most filters have no index that would serve them: a suffix, a NOT, two conditions that hardly
//! ever meet. Whatever such a filter says, the register answers it in one pass over some bytes a
//! call, newest first, as far as the page reaches. It follows the ledger write by write, and always
//! is as the ledger was after one of them.

mod roll;
mod sieve;
mod texts;

use std::collections::HashMap;

use super::{Cursor, Entry, PageQuery};
use crate::proto;
use crate::sandbox::wire;
use roll::{Place, Roll, Row};
use sieve::Sieve;
use texts::Texts;

/// One call as the register takes it up from the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Known<'a> {
    pub(super) serial: i64,
    pub(super) project: i64,
    pub(super) created: i64,
    pub(super) id: &'a str,
    pub(super) callee: &'a str,
    pub(super) caller: &'a str,
    pub(super) kind: Kind,
}

/// The numbers of a call's enums.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Kind {
    pub(super) state: i32,
    pub(super) direction: i32,
    pub(super) transport: i32,
}

/// How far the register has been filled, in the order of project, time and id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Filled {
    /// With nothing yet.
    Nothing,
    /// Up to this call.
    UpTo {
        project: i64,
        created: i64,
        id: String,
    },
    /// With everything.
    Whole,
    /// The ledger has names that the register cannot put in order: it stays empty for good.
    Unfit,
}

/// A call that was found: its number in the ledger, and where a page that ends with it goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) serial: i64,
    pub(super) cursor: Cursor,
}

/// What filters ask of each call.
#[derive(Debug)]
pub(super) struct Register {
    /// After which write of the ledger this is how it was.
    turn: i64,
    filled: Filled,
    texts: Texts,
    kinds: Vec<Kind>,
    by_kind: HashMap<Kind, u32>,
    rolls: HashMap<i64, Roll>,
}

impl Register {
    /// An empty register of a ledger after a write.
    pub(super) fn at(turn: i64) -> Self {
        Self {
            turn,
            filled: Filled::Nothing,
            texts: Texts::default(),
            kinds: Vec::new(),
            by_kind: HashMap::new(),
            rolls: HashMap::new(),
        }
    }

    pub(super) fn turn(&self) -> i64 {
        self.turn
    }

    pub(super) fn filled(&self) -> &Filled {
        &self.filled
    }

    /// Takes up the next call of the ledger as it is after the register's own turn.
    pub(super) fn fill(&mut self, call: &Known<'_>) {
        self.insert(call);
        if self.filled != Filled::Unfit {
            self.filled = Filled::UpTo {
                project: call.project,
                created: call.created,
                id: call.id.to_owned(),
            };
        }
    }

    /// Takes note that there is no call but those that it was filled with.
    pub(super) fn close(&mut self) {
        if self.filled != Filled::Unfit {
            self.filled = Filled::Whole;
        }
    }

    /// Stays empty for good: lists go on without it.
    pub(super) fn give_up(&mut self) {
        *self = Self {
            filled: Filled::Unfit,
            ..Self::at(self.turn)
        };
    }

    /// Follows a write of the ledger.
    pub(super) fn follow(&mut self, turn: i64, entries: &[Entry]) {
        self.turn = turn;
        for entry in entries {
            match entry {
                Entry::Born {
                    serial,
                    project,
                    call,
                } => {
                    let known = known(*serial, *project, call);
                    if self.reaches(&known) {
                        self.insert(&known);
                    }
                }
                Entry::Changed { serial, call } => self.change(&known(*serial, 0, call)),
                Entry::Planned { .. } | Entry::Finished { .. } | Entry::Outbox(_) => {}
            }
        }
    }

    /// The calls of a page and one more, if there is one. Only of a register that is filled with
    /// everything.
    pub(super) fn page(&self, asked: &PageQuery) -> Vec<Found> {
        let Some(roll) = self.rolls.get(&asked.project) else {
            return Vec::new();
        };
        let sieve = Sieve::of(&asked.filter, &self.texts, &self.kinds);
        if sieve.is_shut() {
            return Vec::new();
        }
        let after = asked.after.as_ref().and_then(|cursor| {
            Some(Place {
                created: cursor.created,
                id: number(&cursor.id)?,
            })
        });
        let most = asked.size.saturating_add(1);
        let found = roll.newest(sieve.times, after, most, |rows| sieve.sift(rows));
        let found = found.into_iter().map(|(serial, place)| Found {
            serial,
            cursor: Cursor {
                created: place.created,
                id: uuid::Uuid::from_u128(place.id).to_string(),
            },
        });
        found.collect()
    }

    /// Whether a call stands where the register has been filled already.
    fn reaches(&self, call: &Known<'_>) -> bool {
        match &self.filled {
            Filled::Whole => true,
            Filled::Nothing | Filled::Unfit => false,
            Filled::UpTo {
                project,
                created,
                id,
            } => (call.project, call.created, call.id) <= (*project, *created, id.as_str()),
        }
    }

    fn insert(&mut self, call: &Known<'_>) {
        if self.filled == Filled::Unfit {
            return;
        }
        let Some(id) = number(call.id) else {
            self.give_up();
            return;
        };
        let row = Row {
            place: Place {
                created: call.created,
                id,
            },
            serial: call.serial,
            callee: self.texts.number(call.callee),
            caller: self.texts.number(call.caller),
            kind: self.kind(call.kind),
        };
        self.rolls.entry(call.project).or_default().insert(row);
    }

    /// A call that is not there was never written, or is yet to be filled in.
    fn change(&mut self, call: &Known<'_>) {
        let Some(id) = number(call.id) else {
            return;
        };
        let place = Place {
            created: call.created,
            id,
        };
        // Ids are unique among all projects: they are random.
        let rolls = self.rolls.iter().find_map(|(project, roll)| {
            let kind = roll.kind(place)?;
            Some((*project, kind))
        });
        let Some((project, before)) = rolls else {
            return;
        };
        let Some(&before) = self.kinds.get(before as usize) else {
            return;
        };
        // Nothing but the state ever changes.
        let kind = self.kind(Kind {
            state: call.kind.state,
            ..before
        });
        let roll = self.rolls.get_mut(&project);
        if let Some(of_call) = roll.and_then(|roll| roll.kind_mut(place)) {
            *of_call = kind;
        }
    }

    fn kind(&mut self, kind: Kind) -> u32 {
        let next = u32::try_from(self.kinds.len()).unwrap_or(u32::MAX);
        let kinds = &mut self.kinds;
        *self.by_kind.entry(kind).or_insert_with(|| {
            kinds.push(kind);
            next
        })
    }
}

fn known(serial: i64, project: i64, call: &proto::Call) -> Known<'_> {
    Known {
        serial,
        project,
        created: wire::nanos(wire::time(call.create_time.as_ref()).unwrap_or_default()),
        id: call.name.rsplit('/').next().unwrap_or_default(),
        callee: &call.to,
        caller: &call.from,
        kind: Kind {
            state: call.state,
            direction: call.direction,
            transport: call.transport,
        },
    }
}

/// The number that an id is, if it is a UUID in its usual text: then numbers have the order of the
/// texts.
fn number(id: &str) -> Option<u128> {
    let uuid = uuid::Uuid::try_parse(id).ok()?;
    let mut text = uuid::Uuid::encode_buffer();
    (uuid.hyphenated().encode_lower(&mut text) == id).then(|| uuid.as_u128())
}
