//! The filter bar: the text as typed, the last good filter, and where the text is wrong.

use crate::filter::{FilterError, Search};

use super::line::Line;
use super::msg::Edit;

/// How many earlier filters are kept.
const REMEMBERED: usize = 100;

/// The filter in force and the text that may become one.
#[derive(Debug, Default)]
pub struct FilterBar {
    line: Line,
    search: Search,
    error: Option<FilterError>,
    /// Oldest first.
    earlier: Vec<String>,
    /// How far back in `earlier` the text on screen comes from, and the text before going back.
    recalled: Option<(usize, String)>,
}

impl FilterBar {
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

    /// Edits the text; true if another filter is in force afterwards.
    pub(super) fn edit(&mut self, edit: &Edit) -> bool {
        self.recalled = None;
        self.line.edit(edit) && self.read()
    }

    /// Replaces the text; true if another filter is in force afterwards.
    pub(super) fn set(&mut self, text: &str) -> bool {
        self.line = Line::new(text);
        self.finish()
    }

    /// Keeps the text for later recall.
    pub(super) fn remember(&mut self) {
        let text = self.line.text().trim().to_owned();
        self.recalled = None;
        if text.is_empty() || self.error.is_some() {
            return;
        }
        self.earlier.retain(|earlier| *earlier != text);
        self.earlier.push(text);
        if self.earlier.len() > REMEMBERED {
            self.earlier.remove(0);
        }
    }

    /// Brings back an earlier filter, or goes towards the present again; true if another filter is
    /// in force afterwards.
    pub(super) fn recall(&mut self, further_back: bool) -> bool {
        let (back, present) = match self.recalled.take() {
            Some((back, present)) => (back, present),
            None => (0, self.line.text().to_owned()),
        };
        let back = if further_back {
            (back + 1).min(self.earlier.len())
        } else {
            back.saturating_sub(1)
        };
        if back == 0 {
            return self.set(&present);
        }
        let text = self.earlier[self.earlier.len() - back].clone();
        self.recalled = Some((back, present));
        self.set(&text)
    }

    /// Reads the text as it stands, whatever might yet be written behind it; true if another filter
    /// is in force afterwards.
    pub(super) fn finish(&mut self) -> bool {
        match Search::parse(self.line.text()) {
            Ok(search) => {
                self.error = None;
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
                false
            }
            Ok(_) | Err(_) => self.finish(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(bar: &mut FilterBar, text: &str) -> bool {
        bar.edit(&Edit::Insert(text.to_owned()))
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
