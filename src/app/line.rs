//! A line of text under edit: the cursor moves over what people see as one character.

use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation as _;

use super::msg::Edit;

/// The most bytes that a line holds; what is pasted beyond is left out, and said to be. A filter has
/// at most 4,096 (`MAX_SEARCH_BYTES`), all labels together 10,000 (`api.md §5`): more is never of
/// use, and a pasted megabyte must not make every later key slow.
const MAX_BYTES: usize = 16_384;

/// How many steps can be undone.
const UNDONE: usize = 50;

/// A text and a cursor that never stands inside a grapheme cluster.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Line {
    text: String,
    /// In bytes.
    cursor: usize,
    /// What it was before each step, oldest first.
    before: Vec<(String, usize)>,
    /// The kind of the last edit: a run of one kind is one step.
    run: Run,
}

/// What edits are undone together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Run {
    /// None: each is a step of its own.
    #[default]
    None,
    /// The letters of a word.
    Typing,
    /// One character after the other.
    Deleting,
}

impl Line {
    /// A line with the cursor at its end.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let mut line = Self::default();
        line.insert(&clean(text, MAX_BYTES));
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
        let run = run_of(edit);
        match edit {
            Edit::Insert(text) => self.put(self.cursor..self.cursor, text, run),
            Edit::Backspace => self.put(self.before()..self.cursor, "", run),
            Edit::Delete => self.put(self.cursor..self.after(), "", run),
            Edit::DeleteWord => self.put(self.word_before()..self.cursor, "", run),
            Edit::DeleteWordAfter => self.put(self.cursor..self.word_after(), "", run),
            Edit::DeleteToStart => self.put(0..self.cursor, "", run),
            Edit::DeleteToEnd => self.put(self.cursor..len, "", run),
            Edit::Undo => self.undo(),
            Edit::Left => self.go(self.before()),
            Edit::Right => self.go(self.after()),
            Edit::WordLeft => self.go(self.word_before()),
            Edit::WordRight => self.go(self.word_after()),
            Edit::Start => self.go(0),
            Edit::End => self.go(len),
        }
    }

    /// How many bytes of an edit would be left out because the line is full.
    pub fn left_out(&self, edit: &Edit) -> usize {
        match edit {
            Edit::Insert(text) => unbroken(text).len().saturating_sub(self.room()),
            Edit::Backspace
            | Edit::Delete
            | Edit::DeleteWord
            | Edit::DeleteWordAfter
            | Edit::DeleteToStart
            | Edit::DeleteToEnd
            | Edit::Undo
            | Edit::Left
            | Edit::Right
            | Edit::WordLeft
            | Edit::WordRight
            | Edit::Start
            | Edit::End => 0,
        }
    }

    /// Puts a text in the place of another; true if the text is another afterwards. The cursor then
    /// stands behind it.
    pub(super) fn replace(&mut self, range: Range<usize>, text: &str) -> bool {
        self.put(range, text, Run::None)
    }

    /// Puts the cursor to a place in bytes, or to the end of the character that it lies in. Never
    /// changes the text.
    pub(super) fn go(&mut self, at: usize) -> bool {
        self.cursor = at.min(self.text.len());
        self.run = Run::None;
        self.settle();
        false
    }

    fn put(&mut self, range: Range<usize>, text: &str, run: Run) -> bool {
        let Some(old) = self.text.get(range.clone()) else {
            return false;
        };
        let clean = clean(text, self.room() + old.len());
        if old == clean {
            return self.go(range.end);
        }
        if run == Run::None || run != self.run {
            if self.before.len() == UNDONE {
                self.before.remove(0);
            }
            self.before.push((self.text.clone(), self.cursor));
        }
        self.text.replace_range(range.clone(), "");
        self.cursor = range.start;
        self.insert(&clean);
        self.run = run;
        true
    }

    fn undo(&mut self) -> bool {
        self.run = Run::None;
        let Some((text, cursor)) = self.before.pop() else {
            return false;
        };
        (self.text, self.cursor) = (text, cursor);
        true
    }

    fn room(&self) -> usize {
        MAX_BYTES.saturating_sub(self.text.len())
    }

    fn insert(&mut self, clean: &str) {
        self.text.insert_str(self.cursor, clean);
        self.cursor += clean.len();
        // A combining mark joins what stands before it: the cursor goes on to the joint's end.
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

/// A text as it can stand in a line, as much of it as there is room for.
fn clean(text: &str, room: usize) -> String {
    let text = unbroken(text);
    let mut clean = String::with_capacity(text.len().min(room));
    let mut last = None;
    for c in text.chars() {
        // A line break of two characters is one blank.
        if c == '\n' && last.replace(c) == Some('\r') {
            continue;
        }
        last = Some(c);
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
    clean
}

/// A pasted text without the line break at its end.
fn unbroken(text: &str) -> &str {
    text.trim_end_matches(['\r', '\n'])
}

/// What an edit is undone together with.
fn run_of(edit: &Edit) -> Run {
    match edit {
        Edit::Insert(text) if text.graphemes(true).count() == 1 && text != " " => Run::Typing,
        Edit::Backspace | Edit::Delete => Run::Deleting,
        Edit::Insert(_)
        | Edit::DeleteWord
        | Edit::DeleteWordAfter
        | Edit::DeleteToStart
        | Edit::DeleteToEnd
        | Edit::Undo
        | Edit::Left
        | Edit::Right
        | Edit::WordLeft
        | Edit::WordRight
        | Edit::Start
        | Edit::End => Run::None,
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
                Edit::DeleteToEnd, Edit::DeleteWordAfter, Edit::Undo, Edit::Left, Edit::Right, Edit::WordLeft, Edit::WordRight,
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
                prop_assert_eq!(changed, before != line.text());
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
        assert_eq!(Line::new("a\r\nb\nc\rd").text(), "a b c d");
    }

    #[test]
    fn what_does_not_fit_is_told_beforehand() {
        let mut line = Line::new(&"x".repeat(MAX_BYTES - 2));
        let paste = Edit::Insert("abcde\n".to_owned());
        assert_eq!(line.left_out(&paste), 3);
        line.edit(&paste);
        assert!(line.text().ends_with("xab"));
        assert_eq!(line.left_out(&Edit::End), 0);
    }

    #[test]
    fn words_typed_are_undone_one_at_a_time_and_so_is_everything_else() {
        let mut line = Line::default();
        for c in "ab cd".chars() {
            line.edit(&Edit::Insert(c.to_string()));
        }
        line.edit(&Edit::DeleteToStart);
        let mut seen = Vec::new();
        while line.edit(&Edit::Undo) {
            seen.push(line.text().to_owned());
        }
        assert_eq!(seen, ["ab cd", "ab ", "ab", ""]);
    }

    #[test]
    fn the_word_after_the_cursor_goes_too() {
        let mut line = Line::new("state = FAILED");
        line.edit(&Edit::Start);
        line.edit(&Edit::DeleteWordAfter);
        assert_eq!(line.halves(), ("", " = FAILED"));
    }

    #[test]
    fn a_text_is_put_in_the_place_of_another_and_taken_back() {
        let mut line = Line::new("stat = FAILED");
        assert!(line.replace(0..4, "state"));
        assert_eq!(line.halves(), ("state", " = FAILED"));
        assert!(line.edit(&Edit::Undo));
        assert_eq!(line.halves(), ("stat = FAILED", ""));
    }
}
