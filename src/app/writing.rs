//! Writing a filter: what the keys of the bar and of the lists under it do.

use super::earlier::Looking;
use super::msg::{Action, Edit, Effect, Level, Mode, Notice};
use super::{App, Palette, SaveView};

impl App {
    /// Opens the bar.
    pub(super) fn open_filter(&mut self, effects: &mut Vec<Effect>) {
        self.close_quick(effects);
        self.bar.end_search();
        self.mode = Mode::Filter;
        let (table, line) = (&self.table, self.bar.line());
        self.before_filter
            .get_or_insert_with(|| (table.cursor(), line.text().to_owned()));
    }

    /// What the keys of the bar do beside changing its text.
    pub(super) fn write(&mut self, action: Action, effects: &mut Vec<Effect>) {
        if self.bar.looking().is_some() && action != Action::SearchFilters {
            self.stop_looking();
        }
        match action {
            Action::Filter => self.open_filter(effects),
            Action::KeepFilter => self.keep_filter(effects),
            Action::LeaveFilter if self.bar.is_choosing() => {
                let changed = self.bar.untake();
                self.changed(changed, effects);
            }
            Action::LeaveFilter => self.leave_filter(effects),
            Action::EarlierFilter => self.earlier_or_later(true, effects),
            Action::LaterFilter => self.earlier_or_later(false, effects),
            Action::Complete => self.complete(true, effects),
            Action::CompleteBack => self.complete(false, effects),
            Action::SearchFilters if self.mode == Mode::History => self.look_further(true),
            Action::SearchFilters => {
                self.bar.look();
                self.mode = Mode::History;
            }
            _ => {}
        }
    }

    /// Changes the text of the bar, or asks about it.
    pub(super) fn edit_filter(&mut self, edit: &Edit, effects: &mut Vec<Effect>) {
        let asks = matches!(edit, Edit::Insert(text) if text == "?");
        // No restriction begins with one, so nobody misses it as a character there.
        if asks && self.bar.begins() {
            self.toggle_help();
            return;
        }
        let changed = self.bar.edit(edit, &self.seen);
        self.changed(changed, effects);
    }

    /// Says so if a part of what is put into a line has no room there.
    pub(super) fn tell_what_is_left_out(&mut self, edit: &Edit) {
        let line = match self.mode {
            Mode::Filter => Some(self.bar.line()),
            Mode::History => self.bar.looking().map(Looking::words),
            Mode::Form => self.form.as_ref().and_then(|form| form.line(form.focus())),
            Mode::Palette => self.palette().map(Palette::line),
            Mode::SaveView => self.saving_view().map(SaveView::line),
            Mode::Table
            | Mode::Detail
            | Mode::Quick
            | Mode::Confirm
            | Mode::Help
            | Mode::Placements => None,
        };
        let left_out = line.map_or(0, |line| line.left_out(edit));
        if left_out > 0 {
            self.say(Notice::new(
                Level::Warning,
                format!("there was no room for all of it: the last {left_out} bytes were left out"),
            ));
        }
    }

    /// Keeps the filter and leaves the bar, unless the text is wrong: it then stays under the
    /// cursor until it is right, for nothing typed is lost.
    pub(super) fn keep_filter(&mut self, effects: &mut Vec<Effect>) {
        let changed = self.bar.keep();
        self.changed(changed, effects);
        if self.bar.error().is_some() {
            return;
        }
        self.remember(effects);
        self.before_filter = None;
        self.mode = Mode::Table;
    }

    /// Keeps the filter for this run and the next ones, before it goes or when somebody is done with
    /// it. That of a view is kept under the view's name already.
    pub(super) fn remember(&mut self, effects: &mut Vec<Effect>) {
        let text = self.bar.line().text().trim();
        if self.views().iter().any(|view| view.filter == text) {
            return;
        }
        if let Some(kept) = self.bar.remember() {
            effects.push(Effect::Remember(kept.to_owned()));
        }
    }

    /// Writes a filter from elsewhere than the bar: it applies at once to what is loaded, and rests
    /// before the service is asked for it.
    pub(super) fn write_filter(&mut self, text: &str, effects: &mut Vec<Effect>) {
        let changed = self.bar.set(text);
        self.changed(changed, effects);
    }

    /// Drops the filter and goes back to where the cursor was before.
    pub(super) fn drop_filter(&mut self, effects: &mut Vec<Effect>) {
        // What is dropped can be had back in this run; later ones are not bothered with it.
        self.bar.remember();
        self.mode = Mode::Table;
        let reordered = self.leave_view();
        let changed = self.bar.set("");
        if !changed && reordered {
            self.table.relist(&self.store, self.asked.matcher());
        }
        self.changed(changed, effects);
        if let Some((cursor, _)) = self.before_filter.take() {
            self.table.set_cursor(&self.store, cursor);
        }
    }

    /// Leaves the bar with the filter as it was when the bar was opened. Where there was none, the
    /// one that was being written is dropped.
    pub(super) fn leave_filter(&mut self, effects: &mut Vec<Effect>) {
        let Some((cursor, text)) = self.before_filter.take_if(|(_, text)| !text.is_empty()) else {
            return self.drop_filter(effects);
        };
        self.mode = Mode::Table;
        if self.bar.line().text() == text {
            // A text that came back key by key may still wait for its last word.
            let changed = self.bar.finish();
            return self.changed(changed, effects);
        }
        self.bar.remember();
        let changed = self.bar.set(&text);
        self.changed(changed, effects);
        self.table.set_cursor(&self.store, cursor);
    }

    fn earlier_or_later(&mut self, earlier: bool, effects: &mut Vec<Effect>) {
        if self.bar.is_choosing() {
            self.complete(!earlier, effects);
        } else {
            let changed = self.bar.recall(earlier);
            self.changed(changed, effects);
        }
    }

    fn complete(&mut self, forwards: bool, effects: &mut Vec<Effect>) {
        let changed = self.bar.complete(forwards, &self.seen);
        self.changed(changed, effects);
    }

    /// Somebody points at an entry of the list under the bar.
    pub(super) fn take_listed(&mut self, number: usize, effects: &mut Vec<Effect>) {
        match self.mode {
            Mode::Filter => {
                let changed = self.bar.take_offer(number, &self.seen);
                self.changed(changed, effects);
            }
            Mode::History => {
                if let Some(looking) = self.bar.looking_mut() {
                    looking.choose(number);
                }
                self.take_found(effects);
            }
            Mode::Table
            | Mode::Detail
            | Mode::Quick
            | Mode::Form
            | Mode::Confirm
            | Mode::Help
            | Mode::Palette
            | Mode::SaveView
            | Mode::Placements => {}
        }
    }

    /// To an older filter that was found, or to a newer one.
    pub(super) fn look_further(&mut self, older: bool) {
        if let Some(looking) = self.bar.looking_mut() {
            looking.step(older);
        }
    }

    /// Takes the filter that was found into the bar and applies it. Where none was, the search goes
    /// on.
    pub(super) fn take_found(&mut self, effects: &mut Vec<Effect>) {
        let nothing = |looking: &Looking| looking.found().is_empty();
        if self.bar.looking().is_some_and(nothing) {
            return;
        }
        self.mode = Mode::Filter;
        if let Some(found) = self.bar.end_search() {
            let changed = self.bar.set(&found);
            self.changed(changed, effects);
        }
    }

    /// Ends the search; the text in the bar is what it was before.
    pub(super) fn stop_looking(&mut self) {
        self.bar.end_search();
        self.mode = Mode::Filter;
    }

    fn changed(&mut self, changed: bool, effects: &mut Vec<Effect>) {
        if changed {
            self.filter_changed(effects);
        }
    }
}
