//! Ranges that somebody asks for: to have them, or to go to a call in them.

use chrono::{DateTime, Utc};

use crate::call::{Coverage, Loaded, Loading, Slot};

use super::App;
use super::bound::Room;
use super::column::Sort;
use super::msg::{Effect, Level, Notice, Older};

type Time = DateTime<Utc>;

/// A range of time that was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Load {
    from: Time,
    state: Loading,
    cursor: Going,
}

/// What a range has to do with the cursor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Going {
    /// Nothing.
    Stays,
    /// It is to go to the call at its beginning.
    There,
    /// It is at the end of the list, for that call is on a page that is yet to come.
    Waits,
}

impl Load {
    /// Since when everything is to be there.
    pub fn from(&self) -> Time {
        self.from
    }

    /// How it stands.
    pub fn state(&self) -> &Loading {
        &self.state
    }

    /// Whether there is something to tell of it. Where the cursor only waits for one more page, the
    /// page is what is told.
    pub(super) fn is_told(&self) -> bool {
        self.state != Loading::Done
    }
}

impl App {
    /// Goes to the call at a time, or the last one before it; what lies between is loaded first.
    pub(super) fn go_to_time(&mut self, time: Time, effects: &mut Vec<Effect>) {
        if !self.table.sort().is_newest_first() {
            self.table
                .sort_by(&self.store, self.asked.matcher(), Sort::default());
        }
        self.load_range(time, Going::There, effects);
    }

    /// Loads everything since a time.
    pub(super) fn load_since(&mut self, time: Time, effects: &mut Vec<Effect>) {
        self.load_range(time, Going::Stays, effects);
    }

    fn load_range(&mut self, from: Time, cursor: Going, effects: &mut Vec<Effect>) {
        let now = self.service_now();
        let left = self.known.covered().missing(&(from..now));
        let mut state = Loading::Done;
        if !left.is_empty() {
            if self.frozen.is_some() || self.is_resting() {
                let told = if self.is_resting() {
                    "the filter is being asked: say it again in a moment"
                } else {
                    "the view is frozen, and nothing is loaded behind it: let it go on first"
                };
                return self.say(Notice::new(Level::Warning, told));
            }
            if self.room() == Room::None {
                return self.say(self.says_full());
            }
            state = Loading::Goes(Loaded::default());
            self.known.trust();
            effects.push(Effect::Load {
                turn: self.turn,
                left: left.into_iter().collect(),
            });
        } else if self.is_loading_range() {
            effects.push(Effect::StopLoading);
        }
        self.look_on();
        self.load = Some(Load {
            from,
            state,
            cursor,
        });
        self.come_to_time();
    }

    /// What has become of the range.
    pub(super) fn loading_is(&mut self, state: Loading, effects: &mut Vec<Effect>) {
        let Some(load) = &mut self.load else { return };
        load.state = state;
        if self.room() == Room::None && self.is_loading_range() {
            self.stop_load(effects);
            return self.say(self.says_full());
        }
        self.come_to_time();
    }

    /// Where a range is there, the cursor goes to its call; one without a cursor is over.
    pub(super) fn come_to_time(&mut self) {
        let Some(load) = self.load.as_ref().filter(|load| !load.is_told()) else {
            return;
        };
        let from = load.from;
        if load.cursor == Going::Stays {
            self.load = None;
            return self.say(Notice::new(Level::Done, "all calls since then are loaded"));
        }
        if !self.table.sort().is_newest_first() {
            // Somebody has put the list into another order meanwhile.
            self.load = None;
            return;
        }
        // The list has to be whole where it is looked up.
        self.table.finish(&self.store);
        let place = self.table.place_at(&self.store, from);
        let before = place.checked_sub(1).and_then(|last| self.table.at(last));
        let found = self.table.at(place);
        // Older ones that are loaded otherwise may have others before them.
        let is_whole = |slot: &Slot| self.store.call(*slot).create_time >= self.known.since();
        let over = found.as_ref().is_some_and(is_whole)
            || self.coverage() == Coverage::Everything
            || self.reach.rests
            || self.frozen.is_some()
            || self.room() != Room::ForOlder
            || matches!(self.older, Older::End | Older::Failed(_));
        if over {
            self.load = None;
            if found.is_none() {
                let told = "no call is that old: this is the oldest one that is loaded";
                self.say(Notice::new(Level::Info, told));
            }
            if let Some(slot) = found.or(before) {
                self.select(slot);
            }
        } else if let Some(load) = self.load.as_mut().filter(|it| it.cursor == Going::There) {
            // The call before the range is on a page that is not there yet: from the end of what is whole
            // it is asked for like any other.
            load.cursor = Going::Waits;
            if let Some(slot) = before.or(found) {
                self.select(slot);
            }
        }
    }

    /// Stops the range that is on its way, or takes away what is said of it; false if there is none.
    /// What has come stays.
    pub(super) fn stop_load(&mut self, effects: &mut Vec<Effect>) -> bool {
        let goes = self.is_loading_range();
        if goes {
            effects.push(Effect::StopLoading);
            let told = "stopped; what was loaded stays, and the same command goes on from there";
            self.say(Notice::new(Level::Info, told));
        }
        self.load.take().is_some()
    }

    pub(super) fn is_loading_range(&self) -> bool {
        let goes = |load: &Load| matches!(load.state, Loading::Goes(_) | Loading::Waits { .. });
        self.load.as_ref().is_some_and(goes)
    }

    fn says_full(&self) -> Notice {
        let most = self.setup.max_calls;
        let told =
            format!("{most} calls are the most that are kept (max_calls): no more are loaded");
        Notice::new(Level::Warning, told)
    }
}
