//! How far back the list reaches: older calls are loaded ahead of the cursor, and what is so is told
//! under the last call.

use chrono::{DateTime, Utc};

use crate::call::{Coverage, Failure};

use super::App;
use super::bound::Room;
use super::load::Load;
use super::msg::{Effect, Older};

/// How many calls are looked through for a filter without anybody asking, once it stops filling pages.
const MOST_CALLS: usize = 2_000;
/// The same in requests.
const MOST_REQUESTS: usize = 20;

/// What was loaded since the list last grew by a page, or since somebody asked.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Reach {
    /// How many calls were listed then.
    listed: usize,
    /// How many were loaded.
    loaded: usize,
    requests: usize,
    /// Whether it goes on only when somebody asks.
    pub(super) rests: bool,
}

/// What is to be said under the last call of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Foot<'a> {
    /// Nothing is known yet.
    Nothing,
    /// A range that was asked for is on its way.
    Range(&'a Load),
    /// Older calls are on their way.
    Loading {
        /// How far back everything was looked through, where a filter leaves calls out.
        back_to: Option<DateTime<Utc>>,
    },
    /// They did not come.
    Failed(&'a Failure),
    /// The last one is the first of the project.
    First,
    /// Nothing that passes the filter is older.
    NoneOlder,
    /// The filter has found too few to go on looking by itself.
    Rests {
        /// How far back everything was looked through.
        back_to: DateTime<Utc>,
    },
    /// Behind a frozen view nothing is loaded.
    Frozen,
    /// As many calls are loaded as are kept.
    Full {
        /// How many that are.
        most: usize,
    },
    /// There are more.
    More {
        /// How many are loaded.
        loaded: usize,
    },
}

impl App {
    /// Older calls are wanted as soon as the end of what is complete comes near.
    pub(super) fn want_older(&mut self, effects: &mut Vec<Effect>) {
        let Some(before) = self.known.since() else {
            return;
        };
        let asks = self.older == Older::Idle && !self.reach.rests && !self.is_loading_range();
        let more = asks && self.coverage() != Coverage::Everything;
        // What comes in behind a frozen view fills no page, and what is typed is about to change it.
        let still = self.frozen.is_none() && !self.is_resting() && self.table.is_whole();
        if !more || !still || self.page.rows == 0 || self.room() != Room::ForOlder {
            return;
        }
        if !self.table.nears_end_of(&self.store, before) {
            return;
        }
        let listed = self.table.len();
        if listed >= self.reach.listed + self.page.rows {
            self.look_on();
        }
        let looked = self.store.len().saturating_sub(self.reach.loaded);
        if looked >= MOST_CALLS || self.reach.requests >= MOST_REQUESTS {
            self.reach.rests = true;
            return;
        }
        self.reach.requests += 1;
        self.load_older(before, effects);
    }

    fn load_older(&mut self, before: DateTime<Utc>, effects: &mut Vec<Effect>) {
        self.older = Older::Loading;
        self.known.trust();
        effects.push(Effect::LoadOlder {
            turn: self.turn,
            before,
        });
    }

    /// Older calls may be looked for again, for as long as at the beginning.
    pub(super) fn look_on(&mut self) {
        self.reach = Reach {
            listed: self.table.len(),
            loaded: self.store.len(),
            ..Reach::default()
        };
    }

    /// Somebody at the end of the list wants it to go on.
    pub(super) fn ask_for_older(&mut self) {
        self.look_on();
        if matches!(self.older, Older::Failed(_)) {
            self.older = Older::Idle;
        }
    }

    /// Somebody looks for something that may be among older calls: true if some are on their way.
    pub(super) fn seek_older(&mut self, effects: &mut Vec<Effect>) -> bool {
        let still = self.frozen.is_none() && !self.is_resting() && !self.is_loading_range();
        let Some(before) = self.known.since().filter(|_| still) else {
            return false;
        };
        if self.coverage() == Coverage::Everything || self.room() != Room::ForOlder {
            return false;
        }
        match self.older {
            Older::End | Older::Failed(_) => false,
            Older::Loading => true,
            Older::Idle => {
                self.look_on();
                self.load_older(before, effects);
                true
            }
        }
    }

    /// What has become of the wish for older calls. That nothing was older when they were dropped
    /// since says nothing of now.
    pub(super) fn older_is(&mut self, older: Older) {
        let ended = older == Older::End && self.coverage() != Coverage::Everything;
        let waits = self.frozen.is_some();
        self.older = if ended && !waits { Older::Idle } else { older };
    }

    /// What is to be said under the last call of the list.
    pub fn foot(&self) -> Foot<'_> {
        if let Some(load) = self.load.as_ref().filter(|load| load.is_told()) {
            return Foot::Range(load);
        }
        let filtered = self.table.len() < self.store.len();
        let coverage = self.coverage();
        match (&self.older, coverage) {
            (_, Coverage::None) => Foot::Nothing,
            (_, Coverage::Everything) | (Older::End, _) if filtered => Foot::NoneOlder,
            (_, Coverage::Everything) | (Older::End, _) => Foot::First,
            (Older::Failed(failure), _) => Foot::Failed(failure),
            (Older::Loading, Coverage::Since(back_to)) => Foot::Loading {
                back_to: Some(back_to).filter(|_| filtered),
            },
            (Older::Idle, Coverage::Since(_)) if self.frozen.is_some() => Foot::Frozen,
            (Older::Idle, Coverage::Since(_)) if self.room() != Room::ForOlder => Foot::Full {
                most: self.setup.max_calls,
            },
            (Older::Idle, Coverage::Since(back_to)) if self.reach.rests => Foot::Rests { back_to },
            (Older::Idle, Coverage::Since(_)) => Foot::More {
                loaded: self.store.len(),
            },
        }
    }
}
