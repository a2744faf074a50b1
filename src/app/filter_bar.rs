//! The filter bar: the text as typed, the last good filter, and where the text is wrong.

use crate::filter::{Doubt, FilterError, Search, Seen};

use super::earlier::{Earlier, Looking};
use super::line::Line;
use super::msg::Edit;
use super::offered::Offered;

/// The filter in force and the text that may become one.
#[derive(Debug, Default)]
pub struct FilterBar {
    line: Line,
    search: Search,
    error: Option<FilterError>,
    /// Words of the text in force that were probably meant otherwise.
    doubts: Vec<Doubt>,
    /// Whether the text ends in a word that is still being written.
    waits: bool,
    /// Whether somebody wanted to keep the text although it is wrong.
    refused: bool,
    earlier: Earlier,
    /// Whether the last thing done was to take a completion.
    took: bool,
    /// How far back in `earlier` the text on screen comes from, and the text before going back.
    recalled: Option<(usize, Line)>,
    offered: Option<Offered>,
    looking: Option<Looking>,
}

impl FilterBar {
    /// An empty bar with the filters of earlier runs, oldest first.
    pub(super) fn new(earlier: &[String]) -> Self {
        Self {
            earlier: Earlier::new(earlier),
            ..Self::default()
        }
    }

    /// The text under edit.
    pub fn line(&self) -> &Line {
        &self.line
    }

    /// The filter in force: that of the text, or the last good one while the text is wrong.
    pub fn search(&self) -> &Search {
        &self.search
    }

    /// What is wrong with the text.
    pub fn error(&self) -> Option<&FilterError> {
        self.error.as_ref()
    }

    /// Words that are looked for but were probably meant otherwise; none while another text is in
    /// force than the one in sight.
    pub fn doubts(&self) -> &[Doubt] {
        if self.is_behind() { &[] } else { &self.doubts }
    }

    /// Whether the text is only wrong because something is missing at its end, as it is most of the
    /// time while somebody writes.
    pub fn is_unfinished(&self) -> bool {
        let text = self.line.text();
        let end = text.trim_end().len();
        let missing = |error: &FilterError| error.span.start >= end;
        !self.refused && !text.is_empty() && self.error.as_ref().is_some_and(missing)
    }

    /// Whether the filter in force is not that of the text: this is wrong, or ends in a word that
    /// may yet become something else.
    pub fn is_behind(&self) -> bool {
        self.error.is_some() || self.waits
    }

    /// What could stand at the cursor, while that is on screen.
    pub fn offered(&self) -> Option<&Offered> {
        self.offered.as_ref()
    }

    /// The search through earlier filters, while that is on screen.
    pub fn looking(&self) -> Option<&Looking> {
        self.looking.as_ref()
    }

    /// How many earlier filters there are.
    pub fn remembered(&self) -> usize {
        self.earlier.len()
    }

    /// Whether a new restriction could begin at the cursor.
    pub(super) fn begins(&self) -> bool {
        let (before, _) = self.line.halves();
        begins_after(before)
    }

    /// Edits the text; true if another filter is in force afterwards.
    pub(super) fn edit(&mut self, edit: &Edit, seen: &impl Seen) -> bool {
        self.recalled = None;
        self.refused = false;
        self.offered = None;
        let took = std::mem::take(&mut self.took);
        let (before, _) = self.line.halves();
        let blank = matches!(edit, Edit::Insert(text) if text == " ");
        // What was taken brought its blank along: one more only says that it is the right one.
        let changed = !(took && blank && before.ends_with(' ')) && self.line.edit(edit);
        if changed || took {
            self.offer(seen);
        }
        changed && self.read()
    }

    /// Puts the cursor to a byte of the text.
    pub(super) fn point(&mut self, at: usize) {
        (self.offered, self.took) = (None, false);
        self.line.go(at);
    }

    /// Takes the first completion, or the one after or before that which was taken; true if another
    /// filter is in force afterwards.
    pub(super) fn complete(&mut self, forwards: bool, seen: &impl Seen) -> bool {
        self.recalled = None;
        let Some(offered) = &mut self.offered else {
            // What is not on screen is shown first, unless there is nothing to choose from.
            self.offered = Offered::at(&self.line, seen);
            let sole = |offered: &Offered| offered.offers().len() == 1;
            return self.offered.as_ref().is_some_and(sole) && self.take_offer(0, seen);
        };
        if offered.offers().len() == 1 {
            return self.take_offer(0, seen);
        }
        self.line = offered.step(forwards);
        (self.took, self.refused) = (true, false);
        self.read()
    }

    /// Takes a completion and goes on from there; true if another filter is in force afterwards.
    pub(super) fn take_offer(&mut self, number: usize, seen: &impl Seen) -> bool {
        let Some(mut offered) = self.offered.take() else {
            return false;
        };
        self.line = offered.choose(number);
        self.took = true;
        self.offer(seen);
        self.read()
    }

    /// Whether a completion was taken and others can still take its place.
    pub(super) fn is_choosing(&self) -> bool {
        self.offered
            .as_ref()
            .is_some_and(|offered| offered.chosen().is_some())
    }

    /// Gives back what was typed before a completion was taken; true if another filter is in force
    /// afterwards.
    pub(super) fn untake(&mut self) -> bool {
        let Some(offered) = self.offered.take() else {
            return false;
        };
        self.line = offered.typed().clone();
        self.took = false;
        self.read()
    }

    /// Reads the text as it stands, to be kept; true if another filter is in force afterwards.
    pub(super) fn keep(&mut self) -> bool {
        self.offered = None;
        let changed = self.finish();
        self.refused = self.error.is_some();
        changed
    }

    /// Replaces the text; true if another filter is in force afterwards.
    pub(super) fn set(&mut self, text: &str) -> bool {
        (self.offered, self.took) = (None, false);
        self.line.replace(0..self.line.text().len(), text);
        self.finish()
    }

    /// Keeps the text for later recall; what was kept, if it is a filter.
    pub(super) fn remember(&mut self) -> Option<&str> {
        self.recalled = None;
        let text = self.line.text().trim();
        if text.is_empty() || self.error.is_some() {
            return None;
        }
        self.earlier.remember(text);
        Some(text)
    }

    /// Brings back an earlier filter, or goes towards the present again; true if another filter is
    /// in force afterwards.
    pub(super) fn recall(&mut self, further_back: bool) -> bool {
        (self.offered, self.took) = (None, false);
        let (back, present) = match self.recalled.take() {
            Some((back, present)) => (back, present),
            None => (0, self.line.clone()),
        };
        let to = if further_back {
            back + 1
        } else {
            back.saturating_sub(1)
        };
        let earlier = |back| self.earlier.before(present.text(), back);
        let (to, text) = match (earlier(to), to) {
            (Some(text), _) => (to, Some(text)),
            (None, 0) => (0, None),
            // There is nothing before the oldest.
            (None, _) => (back, earlier(back)),
        };
        match text.map(Line::new) {
            Some(line) => {
                self.line = line;
                self.recalled = Some((to, present));
            }
            None => self.line = present,
        }
        self.finish()
    }

    /// Begins the search through earlier filters; the text stays as it is meanwhile.
    pub(super) fn look(&mut self) {
        self.offered = None;
        self.looking = Some(Looking::new(&self.earlier));
    }

    /// Changes what is looked for.
    pub(super) fn edit_words(&mut self, edit: &Edit) {
        if let Some(looking) = &mut self.looking {
            looking.edit(edit, &self.earlier);
        }
    }

    pub(super) fn looking_mut(&mut self) -> Option<&mut Looking> {
        self.looking.as_mut()
    }

    /// Ends the search, if one is under way, and gives what was found.
    pub(super) fn end_search(&mut self) -> Option<String> {
        let looking = self.looking.take()?;
        looking.taken().map(str::to_owned)
    }

    /// Reads the text as it stands, whatever might yet be written behind it; true if another filter
    /// is in force afterwards.
    pub(super) fn finish(&mut self) -> bool {
        (self.waits, self.refused) = (false, false);
        match Search::parse(self.line.text()) {
            Ok(search) => {
                self.error = None;
                self.doubts = search.doubts(self.line.text());
                let changed = search != self.search;
                self.search = search;
                changed
            }
            Err(error) => {
                self.error = Some(error);
                false
            }
        }
    }

    /// Reads the text under edit. A word at its end that may become the name of a field is waited
    /// for: on the way to `state = failed` nobody looks for `sta`.
    fn read(&mut self) -> bool {
        match Search::parse(self.line.text()) {
            Ok(search) if search.is_unfinished(self.line.text()) => {
                self.error = None;
                self.waits = search != self.search;
                false
            }
            Ok(_) | Err(_) => self.finish(),
        }
    }

    /// Looks for completions. Where a new restriction could begin there are too many of them to show
    /// before somebody asks.
    fn offer(&mut self, seen: &impl Seen) {
        let anew = self.begins();
        self.offered = Offered::at(&self.line, seen).filter(|it| !anew || it.goes_on());
    }
}

/// Whether a restriction could begin after a text: not within quotes, not within a word, and not
/// where a value is due.
fn begins_after(text: &str) -> bool {
    let mut quote = None;
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match (quote, c) {
            (Some(_), '\\') => drop(chars.next()),
            (Some(open), c) if open == c => quote = None,
            (None, '\'' | '"') => quote = Some(c),
            (Some(_) | None, _) => {}
        }
    }
    let apart = text.is_empty() || text.ends_with([' ', '(']);
    let value_due = text.trim_end().ends_with(['=', '<', '>', ':', ',']);
    quote.is_none() && apart && !value_due
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(bar: &mut FilterBar, text: &str) -> bool {
        bar.edit(&Edit::Insert(text.to_owned()), &())
    }

    #[test]
    fn the_last_good_filter_stays_in_force_while_the_text_is_wrong() {
        let mut bar = FilterBar::default();
        assert!(typed(&mut bar, "state = FAILED"));
        let good = bar.search().clone();
        assert!(!typed(&mut bar, " AND st = "));
        assert!(bar.error().is_some());
        assert_eq!(bar.search(), &good);
    }

    #[test]
    fn earlier_filters_come_back_and_so_does_the_draft() {
        let mut bar = FilterBar::default();
        for text in ["state = BUSY", "state = FAILED", "state = BUSY"] {
            bar.set(text);
            bar.remember();
        }
        bar.set("to = '+1*'");
        bar.recall(true);
        assert_eq!(bar.line().text(), "state = BUSY");
        bar.recall(true);
        bar.recall(true);
        assert_eq!(bar.line().text(), "state = FAILED");
        bar.recall(false);
        bar.recall(false);
        assert_eq!(bar.line().text(), "to = '+1*'");
        bar.recall(false);
        assert_eq!(bar.line().text(), "to = '+1*'");
    }

    #[test]
    fn without_earlier_filters_the_text_stays() {
        let mut bar = FilterBar::default();
        bar.set("state = B");
        assert!(!bar.recall(true));
        assert_eq!(bar.line().text(), "state = B");
    }

    #[test]
    fn a_name_on_its_way_is_not_looked_for_until_it_is_finished() {
        let mut bar = FilterBar::default();
        for c in "state".chars() {
            assert!(!typed(&mut bar, &c.to_string()));
            assert!(bar.search().is_everything());
        }
        assert!(typed(&mut bar, " = failed"));
        bar.set("");
        assert!(!typed(&mut bar, "sta"));
        assert!(bar.finish());
        assert_eq!(bar.search().to_string(), "'sta'");
    }
}
