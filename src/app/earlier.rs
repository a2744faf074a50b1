//! Earlier filters: those of this run and of the runs before, and the search through them.

use std::collections::HashSet;
use std::ops::Range;

use crate::filter::MAX_SEARCH_BYTES;

use super::line::Line;
use super::msg::Edit;
use super::viewport;

/// How many earlier filters are kept.
const REMEMBERED: usize = 500;

/// Those of many filters that are kept, for this run and for later ones: the newest 500, oldest first,
/// each once. What is blank or too long for a filter is none.
pub fn newest_filters<'a>(used: impl DoubleEndedIterator<Item = &'a str>) -> Vec<String> {
    let mut seen = HashSet::new();
    let mut filters: Vec<String> = used
        .rev()
        .map(str::trim)
        .filter(|filter| !filter.is_empty() && filter.len() <= MAX_SEARCH_BYTES)
        .filter(|filter| seen.insert(*filter))
        .take(REMEMBERED)
        .map(str::to_owned)
        .collect();
    filters.reverse();
    filters
}

/// The filters that were used, oldest first, each once.
#[derive(Debug, Default)]
pub(super) struct Earlier {
    filters: Vec<String>,
}

impl Earlier {
    /// Those of earlier runs, oldest first. They come from a file that anybody may have written.
    pub(super) fn new(filters: &[String]) -> Self {
        let lines: Vec<Line> = filters.iter().map(|filter| Line::new(filter)).collect();
        let filters = newest_filters(lines.iter().map(Line::text));
        Self { filters }
    }

    /// Keeps a filter as the newest, unless it is none.
    pub(super) fn remember(&mut self, text: &str) {
        self.filters.push(text.to_owned());
        self.filters = newest_filters(self.filters.iter().map(String::as_str));
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.filters.len()
    }

    /// The filter that lies `back` steps before `present`, which does not count.
    pub(super) fn before(&self, present: &str, back: usize) -> Option<&str> {
        let other = |filter: &&String| *filter != present.trim();
        let mut others = self.filters.iter().rev().filter(other);
        others.nth(back.checked_sub(1)?).map(String::as_str)
    }

    fn find(&self, words: &str) -> Vec<Found> {
        let found = |filter: &String| {
            let part = place_of(words, filter)?;
            let text = filter.clone();
            Some(Found { text, part })
        };
        self.filters.iter().rev().filter_map(found).collect()
    }
}

/// The search through earlier filters while it is on screen.
#[derive(Debug, Default)]
pub struct Looking {
    words: Line,
    found: Vec<Found>,
    chosen: usize,
}

/// An earlier filter that has the words in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The filter.
    pub text: String,
    /// Where the words stand in it, in bytes.
    pub part: Range<usize>,
}

impl Looking {
    pub(super) fn new(earlier: &Earlier) -> Self {
        Self {
            found: earlier.find(""),
            ..Self::default()
        }
    }

    /// What is looked for.
    pub fn words(&self) -> &Line {
        &self.words
    }

    /// The filters that have it in them, newest first.
    pub fn found(&self) -> &[Found] {
        &self.found
    }

    /// The one that would be taken, by its number.
    pub fn chosen(&self) -> usize {
        self.chosen
    }

    pub(super) fn edit(&mut self, edit: &Edit, earlier: &Earlier) {
        if self.words.edit(edit) {
            self.found = earlier.find(self.words.text());
            self.chosen = 0;
        }
    }

    /// To an older one, or to a newer one.
    pub(super) fn step(&mut self, older: bool) {
        let lines = if older { 1 } else { -1 };
        self.chosen = viewport::moved(self.chosen, lines, self.found.len());
    }

    pub(super) fn choose(&mut self, number: usize) {
        self.chosen = number.min(self.found.len().saturating_sub(1));
    }

    pub(super) fn taken(&self) -> Option<&str> {
        self.found.get(self.chosen).map(|found| found.text.as_str())
    }
}

/// Where the words stand in a text, in any letter case.
fn place_of(words: &str, text: &str) -> Option<Range<usize>> {
    let starts = text.char_indices().map(|(at, _)| at).chain([text.len()]);
    for start in starts {
        let (_, rest) = text.split_at(start);
        if let Some(length) = length_of(words, rest) {
            return Some(start..start + length);
        }
    }
    None
}

/// How many bytes at the beginning of a text are the words, in any letter case.
fn length_of(words: &str, text: &str) -> Option<usize> {
    let mut chars = text.char_indices();
    for word in words.chars() {
        let (_, c) = chars.next()?;
        if c != word && !c.to_lowercase().eq(word.to_lowercase()) {
            return None;
        }
    }
    Some(chars.offset())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;

    #[rstest]
    #[case::any_case("FAIL", "state = failed", Some(8..12))]
    #[case::nothing("", "abc", Some(0..0))]
    #[case::wide("字", "漢字", Some(3..6))]
    #[case::not_in_it("x", "abc", None)]
    fn words_are_found_in_any_letter_case(
        #[case] words: &str,
        #[case] text: &str,
        #[case] place: Option<Range<usize>>,
    ) {
        assert_eq!(place_of(words, text), place);
    }

    proptest! {
        #[test]
        fn a_place_is_always_part_of_the_text(words in ".{0,3}", text in ".{0,20}") {
            if let Some(place) = place_of(&words, &text) {
                prop_assert!(text.get(place).is_some());
            }
            let within = format!("{text}{words}{text}");
            prop_assert!(place_of(&words, &within).is_some());
        }
    }

    #[test]
    fn the_file_of_another_program_does_no_harm() {
        let lines = [
            "a\u{1b}[31m",
            "",
            "b",
            &"x".repeat(MAX_SEARCH_BYTES + 1),
            "b",
        ];
        let earlier = Earlier::new(&lines.map(str::to_owned));
        assert_eq!(earlier.filters, ["a [31m", "b"]);
        let many: Vec<String> = (0..2_000).map(|n| format!("to = '{n}'")).collect();
        assert_eq!(Earlier::new(&many).len(), REMEMBERED);
    }

    #[test]
    fn the_search_begins_with_all_and_ends_at_its_ends() {
        let earlier = Earlier::new(&["failed", "busy", "FAILED incoming"].map(str::to_owned));
        let mut looking = Looking::new(&earlier);
        assert_eq!(looking.taken(), Some("FAILED incoming"));
        looking.edit(&Edit::Insert("fail".to_owned()), &earlier);
        looking.step(true);
        looking.step(true);
        assert_eq!(looking.taken(), Some("failed"));
        looking.step(false);
        looking.step(false);
        assert_eq!(looking.taken(), Some("FAILED incoming"));
        looking.edit(&Edit::Insert("x".to_owned()), &earlier);
        assert_eq!(looking.taken(), None);
    }
}
