//! What the filter in force asks of the calls that are loaded and of the service, and when it has to
//! be asked again merely because time has passed.

use crate::call::{Covered, Slot, Turn};
use crate::filter::{Matcher, Plan, Search, Standpoint};

use super::App;
use super::msg::{Effect, Older};

/// A filter as it is applied.
#[derive(Debug)]
pub(super) struct Asked {
    matcher: Matcher,
    /// From where the list was looked at.
    looked_at: Standpoint,
    plan: Plan,
    /// From where the service was asked.
    planned_at: Standpoint,
    /// Whether the service has shown that it does not apply what it was asked with.
    ignored: bool,
}

impl Asked {
    pub(super) fn new(search: &Search, at: Standpoint) -> Self {
        Self {
            matcher: search.matcher(&at),
            looked_at: at,
            plan: Plan::of(search, &at),
            planned_at: at,
            ignored: false,
        }
    }

    /// Which calls the list shows.
    pub(super) fn matcher(&self) -> &Matcher {
        &self.matcher
    }

    /// What the service was asked for.
    pub(super) fn plan(&self) -> &Plan {
        &self.plan
    }
}

impl App {
    /// From where relative times are seen: now, or when the view was frozen.
    pub(super) fn standpoint(&self) -> Standpoint {
        Standpoint {
            now: self.service_now(),
            zone: self.setup.zone,
        }
    }

    /// What the filter in force asks of the service, and what the console evaluates itself.
    pub fn plan(&self) -> Plan {
        Plan::of(self.bar.search(), &self.standpoint())
    }

    /// Another filter is in force: at once for what is loaded, after a rest for the service.
    pub(super) fn filter_changed(&mut self, effects: &mut Vec<Effect>) {
        let at = self.standpoint();
        self.asked.matcher = self.bar.search().matcher(&at);
        self.asked.looked_at = at;
        self.table.relist(&self.store, &self.asked.matcher);
        self.look_on();
        self.typed = self.typed.next();
        effects.push(Effect::Rest(self.typed));
    }

    /// The service is asked for what was typed, unless that comes to what it is asked for already:
    /// a filter may differ in what only the console evaluates.
    pub(super) fn rested(&mut self, turn: Turn, effects: &mut Vec<Effect>) {
        if turn != self.typed || turn == self.turn {
            return;
        }
        let same = Plan::of(self.bar.search(), &self.asked.planned_at);
        if same.pushed() == self.asked.plan.pushed() {
            self.asked.plan = same;
            self.typed = self.turn;
            return;
        }
        self.watch_anew(effects);
    }

    /// A filter of a day means another day after midnight.
    pub(super) fn plan_anew(&mut self, effects: &mut Vec<Effect>) {
        let over = self
            .asked
            .plan
            .expires()
            .is_some_and(|at| at <= self.service_now());
        if over && !self.is_resting() {
            self.typed = self.typed.next();
            self.watch_anew(effects);
        }
    }

    /// The service does not apply the filter: for as long as this query runs, that is to be seen.
    pub(super) fn filter_ignored(&mut self, turn: Turn) {
        if turn == self.turn {
            self.asked.ignored = true;
        }
    }

    /// Whether the service does not apply the part of the filter that it was asked for, so that it is
    /// evaluated here. Where it was asked for everything there is nothing that it could apply.
    pub fn filter_is_ignored(&self) -> bool {
        self.asked.ignored && !self.asked.plan.pushed().is_everything()
    }

    fn watch_anew(&mut self, effects: &mut Vec<Effect>) {
        self.turn = self.typed;
        if let Some(frozen) = &mut self.frozen {
            // What waits tells how complete the query before this one was.
            frozen.covered = Covered::nothing();
        }
        self.older = Older::Idle;
        self.load = None;
        let at = self.standpoint();
        self.asked.plan = Plan::of(self.bar.search(), &at);
        let newest = self.store.newest_first().get(0);
        let newest = newest.and_then(|slot| self.store.call(slot).create_time);
        self.known.ask(&self.asked.plan, newest.min(Some(at.now)));
        self.asked.planned_at = at;
        self.asked.ignored = false;
        effects.push(Effect::Watch {
            turn: self.turn,
            plan: self.asked.plan.clone(),
        });
    }

    /// Looks again at the calls that time alone may have brought into the list or out of it: those at
    /// the edges of the filter's windows, and those whose lengths grow.
    pub(super) fn look_again(&mut self) {
        let at = self.standpoint();
        let search = self.bar.search();
        if at == self.asked.looked_at || !search.ages() {
            return;
        }
        let drift = search.drift(&self.asked.looked_at, &at);
        self.asked.matcher = search.matcher(&at);
        self.asked.looked_at = at;
        self.table.see_from(&self.asked.matcher);
        if drift.is_none() {
            return;
        }
        let mut slots: Vec<Slot> = drift
            .created
            .iter()
            .flat_map(|range| self.store.created_in(range))
            .collect();
        if drift.running {
            slots.extend(&self.open);
        }
        for slot in slots {
            let passes = self.asked.matcher.matches(self.store.call(slot));
            self.table.judge(&self.store, slot, passes);
        }
        self.table.settle(&self.store);
    }
}
