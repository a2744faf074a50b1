//! A line of text under edit: the cursor moves over what people see as one character.

use unicode_segmentation::UnicodeSegmentation as _;

use super::msg::Edit;

/// The most bytes that a line holds; what is pasted beyond is left out. A filter has at most 2,048
/// (`filter.md`), all labels together 10,000 (`api.md §5`): more is never of use, and a pasted
/// megabyte must not make every later key slow.
const MAX_BYTES: usize = 16_384;

/// A text and a cursor that never stands inside a grapheme cluster.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Line {
    text: String,
    /// In bytes.
    cursor: usize,
}

impl Line {
    /// A line with the cursor at its end.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let mut line = Self::default();
        line.insert(text);
        line
    }

    /// The text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// The text before the cursor and the text from the cursor on.
    pub fn halves(&self) -> (&str, &str) {
        self.text.split_at(self.cursor)
    }

    /// Empties the line.
    pub fn clear(&mut self) {
        *self = Self::default();
    }

    /// Does one edit; true if the text is another afterwards.
    pub fn edit(&mut self, edit: &Edit) -> bool {
        let len = self.text.len();
        match edit {
            Edit::Insert(text) => self.insert(text),
            Edit::Backspace => self.cut(self.before(), self.cursor),
            Edit::Delete => self.cut(self.cursor, self.after()),
            Edit::DeleteWord => self.cut(self.word_before(), self.cursor),
            Edit::DeleteToStart => self.cut(0, self.cursor),
            Edit::DeleteToEnd => self.cut(self.cursor, len),
            Edit::Left => self.cursor = self.before(),
            Edit::Right => self.cursor = self.after(),
            Edit::WordLeft => self.cursor = self.word_before(),
            Edit::WordRight => self.cursor = self.word_after(),
            Edit::Start => self.cursor = 0,
            Edit::End => self.cursor = len,
        }
        self.text.len() != len
    }

    fn insert(&mut self, text: &str) {
        let room = MAX_BYTES.saturating_sub(self.text.len());
        let mut clean = String::with_capacity(text.len().min(room));
        for c in text.trim_end_matches(['\r', '\n']).chars() {
            let c = if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') {
                ' '
            } else {
                c
            };
            if clean.len() + c.len_utf8() > room {
                break;
            }
            clean.push(c);
        }
        self.text.insert_str(self.cursor, &clean);
        self.cursor += clean.len();
        // A combining mark joins what stands before it: the cursor goes on to the joint's end.
        self.settle();
    }

    fn cut(&mut self, from: usize, to: usize) {
        self.text.replace_range(from..to, "");
        self.cursor = from;
        self.settle();
    }

    /// Moves a cursor that an edit has left inside a cluster to the cluster's end.
    fn settle(&mut self) {
        let at = self.cursor;
        self.cursor = self
            .text
            .grapheme_indices(true)
            .map(|(start, _)| start)
            .find(|&start| start >= at)
            .unwrap_or(self.text.len());
    }

    fn before(&self) -> usize {
        let (before, _) = self.halves();
        before
            .grapheme_indices(true)
            .next_back()
            .map_or(0, |(at, _)| at)
    }

    fn after(&self) -> usize {
        let (_, after) = self.halves();
        self.cursor + after.graphemes(true).next().map_or(0, str::len)
    }

    fn word_before(&self) -> usize {
        let (before, _) = self.halves();
        before
            .unicode_word_indices()
            .next_back()
            .map_or(0, |(at, _)| at)
    }

    fn word_after(&self) -> usize {
        let (_, after) = self.halves();
        after
            .unicode_word_indices()
            .next()
            .map_or(self.text.len(), |(at, word)| self.cursor + at + word.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn edits() -> impl Strategy<Value = Edit> {
        prop_oneof![
            4 => ".{0,8}".prop_map(Edit::Insert),
            2 => prop::sample::select(vec![
                "e\u{301}", "\u{301}", "👩‍👩‍👧", "\u{200d}", "漢字", "🇦🇺", "🇦", " ", "a b", "\r\n", "\u{1b}[31m",
            ])
            .prop_map(|text| Edit::Insert(text.to_owned())),
            8 => prop::sample::select(vec![
                Edit::Backspace, Edit::Delete, Edit::DeleteWord, Edit::DeleteToStart,
                Edit::DeleteToEnd, Edit::Left, Edit::Right, Edit::WordLeft, Edit::WordRight,
                Edit::Start, Edit::End,
            ]),
        ]
    }

    proptest! {
        #[test]
        fn the_cursor_never_stands_inside_a_cluster(
            edits in prop::collection::vec(edits(), 0..40),
        ) {
            let mut line = Line::default();
            for edit in edits {
                let before = line.text().to_owned();
                let changed = line.edit(&edit);
                prop_assert_eq!(changed, before.len() != line.text().len());
                let boundary = line.cursor == line.text.len()
                    || line.text.grapheme_indices(true).any(|(at, _)| at == line.cursor);
                prop_assert!(boundary, "{:?} at {}", line.text, line.cursor);
                prop_assert!(!line.text().chars().any(char::is_control));
            }
        }
    }

    #[test]
    fn one_backspace_deletes_what_looks_like_one_character() {
        let mut line = Line::new("ae\u{301}");
        assert!(line.edit(&Edit::Backspace));
        assert_eq!(line.text(), "a");
    }

    #[test]
    fn words_are_jumped_over_and_deleted() {
        let mut line = Line::new("state = FAILED");
        line.edit(&Edit::WordLeft);
        assert_eq!(line.halves(), ("state = ", "FAILED"));
        line.edit(&Edit::DeleteWord);
        assert_eq!(line.text(), "FAILED");
        line.edit(&Edit::WordRight);
        assert_eq!(line.halves().1, "");
    }

    #[test]
    fn a_pasted_megabyte_is_cut_to_what_can_be_of_use() {
        let mut line = Line::new(&"é".repeat(1 << 20));
        assert!(line.text().len() <= MAX_BYTES);
        assert!(!line.edit(&Edit::Insert("more".to_owned())));
    }

    #[test]
    fn a_pasted_line_break_at_the_end_goes_and_one_within_becomes_a_blank() {
        assert_eq!(Line::new("+61491570006\n").text(), "+61491570006");
        assert_eq!(Line::new("a\r\nb").text(), "a  b");
    }
}
