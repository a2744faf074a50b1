//! What is typed and pasted, each at its field: numbers without what cannot be seen, several URIs or
//! labels at once each in a row of its own.

use crate::call::{check_handler_uri, is_hostile, may_become_handler_uri};

use super::super::msg::Edit;
use super::field::List;
use super::{Field, Form};

impl Form {
    /// Changes what the field under the cursor holds.
    pub(in crate::app) fn edit(&mut self, edit: &Edit) {
        if *edit == Edit::Undo {
            return self.undo();
        }
        let focus = self.focus;
        if self.choices(focus).is_some() {
            match edit {
                Edit::Insert(text) if text == " " => self.choose(true),
                Edit::Insert(text) => self.choose_by(text),
                Edit::Right => self.choose(true),
                Edit::Left => self.choose(false),
                Edit::Backspace
                | Edit::Delete
                | Edit::DeleteWord
                | Edit::DeleteWordAfter
                | Edit::DeleteToStart
                | Edit::DeleteToEnd
                | Edit::Undo
                | Edit::WordLeft
                | Edit::WordRight
                | Edit::Start
                | Edit::End => {}
            }
            return;
        }
        match edit {
            Edit::Insert(text) => self.insert(text),
            Edit::Backspace if self.text_is_empty(focus) => self.step_back(),
            _ => self.change(edit),
        }
    }

    fn text_is_empty(&self, field: Field) -> bool {
        self.line(field).is_some_and(super::Line::is_empty)
    }

    /// Does one edit to the text under the cursor.
    fn change(&mut self, edit: &Edit) {
        let focus = self.focus;
        if self.line_mut(focus).is_some_and(|line| line.edit(edit)) {
            self.typed_since = true;
            self.changed(focus);
            self.grow();
        }
    }

    /// Deleting backwards out of an empty text of a row leads to the text before it.
    fn step_back(&mut self) {
        let before = match self.focus {
            Field::LabelValue(row) => Some(Field::LabelKey(row)),
            Field::LabelKey(row) => row.checked_sub(1).map(Field::LabelValue),
            Field::Handler(row) => row.checked_sub(1).map(Field::Handler),
            Field::To
            | Field::From
            | Field::Private
            | Field::StateUpdate
            | Field::Timeout
            | Field::Trigger
            | Field::TrimSilence
            | Field::RecordingReady
            | Field::Transcribe
            | Field::TranscriptionReady
            | Field::Place
            | Field::Preset => None,
        };
        if let Some(before) = before {
            self.go(before);
            self.change(&Edit::End);
        }
    }

    fn insert(&mut self, text: &str) {
        match self.focus {
            Field::LabelKey(_) if text.contains('=') => self.insert_labels(text),
            // Whoever types `key = value` means no blank before the value.
            Field::LabelKey(_) | Field::LabelValue(_)
                if text == " " && self.text_is_empty(self.focus) => {}
            Field::LabelKey(_) | Field::LabelValue(_) => {
                self.change(&Edit::Insert(text.to_owned()));
            }
            Field::Handler(_) => self.insert_uris(text),
            Field::To
            | Field::From
            | Field::Private
            | Field::StateUpdate
            | Field::Timeout
            | Field::Trigger
            | Field::TrimSilence
            | Field::RecordingReady
            | Field::Transcribe
            | Field::TranscriptionReady
            | Field::Place
            | Field::Preset => self.change(&Edit::Insert(visible(text))),
        }
    }

    /// Each of several URIs in a row of its own, from the one under the cursor on. What there is no
    /// row for stays in the last one, where it is said to be too much.
    fn insert_uris(&mut self, text: &str) {
        let text = visible(text);
        let pieces: Vec<&str> = text.split_whitespace().collect();
        let all_uris = pieces
            .iter()
            .all(|piece| check_handler_uri(piece).is_ok() || may_become_handler_uri(piece));
        if pieces.len() < 2 || !all_uris {
            return self.change(&Edit::Insert(text));
        }
        for (at, piece) in pieces.iter().enumerate() {
            let row = self.focus.row().map_or(0, |(_, row)| row);
            let next_is_free = || self.is_free(List::Handlers, row + 1);
            if at > 0 && row + 1 < self.rows(List::Handlers) && next_is_free() {
                self.go(Field::Handler(row + 1));
            } else if at > 0 {
                self.change(&Edit::Insert(" ".to_owned()));
            }
            self.change(&Edit::Insert((*piece).to_owned()));
        }
    }

    /// `key = value`, or several lines of that, each in a row of its own.
    fn insert_labels(&mut self, text: &str) {
        let lines: Vec<&str> = text
            .lines()
            .filter(|line| !line.trim().is_empty())
            .collect();
        for (at, line) in lines.into_iter().enumerate() {
            let row = self.focus.row().map_or(0, |(_, row)| row);
            if at > 0 && row + 1 < self.rows(List::Labels) {
                self.go(Field::LabelKey(row + 1));
            } else if at > 0 {
                self.change(&Edit::Insert(" ".to_owned()));
            }
            match line.split_once('=') {
                Some((key, value)) if matches!(self.focus, Field::LabelKey(_)) => {
                    self.change(&Edit::Insert(key.trim().to_owned()));
                    self.without_last_blanks();
                    let row = self.focus.row().map_or(0, |(_, row)| row);
                    self.go(Field::LabelValue(row));
                    let value = value.trim().to_owned();
                    if !value.is_empty() {
                        self.change(&Edit::Insert(value));
                    }
                }
                Some(_) | None => self.change(&Edit::Insert(line.to_owned())),
            }
        }
    }

    /// Whoever types `key = value` means no blank after the key.
    fn without_last_blanks(&mut self) {
        let focus = self.focus;
        if let Some(line) = self.line_mut(focus) {
            let kept = line.text().trim_end().len();
            if kept > 0 {
                line.replace(kept..line.text().len(), "");
            }
        }
    }
}

/// A text without what cannot be seen, which comes along when one copies: marks of direction, joints
/// without width. Blanks and line ends stay.
fn visible(text: &str) -> String {
    text.chars()
        .filter(|&c| c.is_control() || !is_hostile(c))
        .collect()
}
