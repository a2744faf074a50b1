//! What the view reads of the state: nothing here changes it.

use std::ops::Range;

use chrono::{DateTime, Utc};

use crate::call::{Call, Coverage, Link, Store};
use crate::insight::Counts;

use super::confirm::Confirm;
use super::filter_bar::FilterBar;
use super::form::Form;
use super::msg::{Mode, Notice, Older};
use super::placing::Placing;
use super::table::Table;
use super::{App, Setup, TimeForm};

impl App {
    /// What the console was told at its start.
    pub fn setup(&self) -> &Setup {
        &self.setup
    }

    /// This machine's time, for the header's clock and for ages of the link.
    pub fn now(&self) -> DateTime<Utc> {
        self.now
    }

    /// The service's time now, for the ages of calls; stands still while the view is frozen.
    pub fn service_now(&self) -> DateTime<Utc> {
        match &self.frozen {
            Some(frozen) => frozen.at,
            None => self.ahead.service_time(self.now),
        }
    }

    /// Where keys go.
    pub fn mode(&self) -> Mode {
        self.mode
    }

    /// The mode that the help, the palette or the prompt was opened from, whichever is on top.
    pub fn mode_below(&self) -> Mode {
        self.beneath(self.mode)
    }

    /// All calls that are loaded.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// The loaded calls by state.
    pub fn counts(&self) -> &Counts {
        &self.counts
    }

    /// The table.
    pub fn table(&self) -> &Table {
        &self.table
    }

    /// The selected call.
    pub fn selected(&self) -> Option<&Call> {
        self.table
            .selected(&self.store)
            .map(|slot| self.store.call(slot))
    }

    /// The calls that were made while `call` was handled.
    pub fn children(&self, call: &Call) -> impl Iterator<Item = &Call> {
        self.children
            .get(&call.name)
            .into_iter()
            .flatten()
            .map(|&slot| self.store.call(slot))
    }

    /// The filter bar.
    pub fn bar(&self) -> &FilterBar {
        &self.bar
    }

    /// Whether what was typed has not been asked of the service yet.
    pub fn is_resting(&self) -> bool {
        self.typed != self.turn
    }

    /// The link, and since when it has been so.
    pub fn link(&self) -> (&Link, DateTime<Utc>) {
        (&self.link, self.link_at)
    }

    /// When the service last answered a whole poll.
    pub fn answered_at(&self) -> Option<DateTime<Utc>> {
        self.answered_at
    }

    /// Whether what is on screen may no longer be true.
    pub fn is_stale(&self) -> bool {
        match self.link {
            Link::Live { .. } => false,
            // After an outage it is being tried again: what is on screen is as old as before.
            Link::Connecting => self.answered_at.is_some(),
            Link::Retrying { .. } | Link::Refused { .. } | Link::Paused => true,
        }
    }

    /// How many requests were sent to the service in the last minute.
    pub fn requests_in_a_minute(&self) -> u64 {
        self.requests.in_a_minute()
    }

    /// How far back the list is complete.
    pub fn coverage(&self) -> Coverage {
        self.known.coverage()
    }

    /// Until when the list is complete, where that is not now: the link is down, or the view is frozen.
    pub fn complete_until(&self) -> Option<DateTime<Utc>> {
        match &self.frozen {
            Some(frozen) => Some(frozen.at),
            None if self.is_stale() => self.answered_at,
            None => None,
        }
    }

    /// What may be missing between a call of the list and the next older one, where that is said above
    /// the older one: from when to when.
    pub fn gap_between(&self, newer: &Call, older: &Call) -> Option<Range<DateTime<Utc>>> {
        let (newer, older) = (newer.create_time?, older.create_time?);
        self.known.gap_between(newer, older)
    }

    /// How the loading of older calls stands.
    pub fn older(&self) -> &Older {
        &self.older
    }

    /// How many changes wait behind a frozen view; nothing if it is not frozen.
    pub fn frozen(&self) -> Option<usize> {
        self.frozen.as_ref().map(|frozen| frozen.waiting.len())
    }

    /// The form, if one is open or put aside.
    pub fn form(&self) -> Option<&Form> {
        self.form.as_ref()
    }

    /// The question before a call is placed.
    pub fn confirm(&self) -> Option<&Confirm> {
        self.confirm.as_ref()
    }

    /// The wishes to call of this session, oldest first.
    pub fn placings(&self) -> &[Placing] {
        &self.placings
    }

    /// The message at the foot of the screen.
    pub fn notice(&self) -> Option<&Notice> {
        self.notice.as_ref().map(|(notice, _)| notice)
    }

    /// How times are written.
    pub fn time_form(&self) -> TimeForm {
        self.time_form
    }

    /// Whether the table has the whole width.
    pub fn is_wide(&self) -> bool {
        self.wide
    }

    /// Lines that the detail pane is scrolled down by.
    pub fn detail_scroll(&self) -> usize {
        self.detail_scroll
    }

    /// Lines that the help is scrolled down by.
    pub fn help_scroll(&self) -> usize {
        self.help_scroll
    }
}
