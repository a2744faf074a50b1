//! The rows of handlers and labels: one is always free, and they are moved, removed and brought back.

use std::collections::BTreeMap;

use super::super::msg::Edit;
use super::field::List;
use super::{Content, Field, Form, Line, Ticket};

/// How many steps can be undone.
const UNDONE: usize = 50;

/// What was done to rows or to the whole form.
#[derive(Debug, Clone)]
pub(super) enum Step {
    /// A row was removed: its place and its texts.
    Removed(List, usize, Vec<Line>),
    /// Two neighbours changed places: the place of the first.
    Swapped(List, usize),
    /// Everything was cleared.
    Cleared(Box<Cleared>),
}

/// What a form was before it was cleared.
#[derive(Debug, Clone)]
pub(super) struct Cleared {
    content: Content,
    altered: BTreeMap<Field, String>,
    began: Vec<(Field, String)>,
    preset: usize,
    follows: Option<(Ticket, String)>,
}

impl Form {
    /// How many rows a list has.
    pub(super) fn rows(&self, list: List) -> usize {
        let rows = self.content.lines.keys().filter_map(|field| field.row());
        rows.filter(|(other, _)| *other == list)
            .map(|(_, row)| row + 1)
            .max()
            .unwrap_or(0)
    }

    /// Whether nothing is written in a row.
    pub(super) fn is_free(&self, list: List, row: usize) -> bool {
        let mut texts = list
            .fields(row)
            .into_iter()
            .filter_map(|field| self.line(field));
        texts.all(|line| match list {
            List::Handlers => line.text().trim().is_empty(),
            // A key may be nothing but blanks.
            List::Labels => line.is_empty(),
        })
    }

    /// Keeps one free row at the end of each list, within its bound.
    pub(super) fn grow(&mut self) {
        for list in [List::Handlers, List::Labels] {
            let rows = self.rows(list);
            let last_is_free = rows > 0 && self.is_free(list, rows - 1);
            if !last_is_free && rows < list.most() {
                self.add(list, rows);
            }
        }
    }

    /// Adds a row at the end of a list.
    fn add(&mut self, list: List, row: usize) {
        for field in list.fields(row) {
            self.content.lines.insert(field, Line::default());
        }
    }

    /// Moves the row under the cursor up or down; the cursor goes with it. A free row stays last.
    pub(super) fn move_row(&mut self, down: bool) {
        let Some((list, row)) = self.focus.row() else {
            return;
        };
        let other = if down {
            Some(row + 1)
        } else {
            row.checked_sub(1)
        };
        let Some(other) = other.filter(|&other| other < self.rows(list)) else {
            return;
        };
        if self.is_free(list, row.max(other)) {
            return;
        }
        self.swap(list, row, other);
        self.focus = self.focus.in_row(other);
        self.did(Step::Swapped(list, row.min(other)));
    }

    /// Removes the row under the cursor. The cursor stays where it is, on the row that follows.
    pub(super) fn remove_row(&mut self) {
        let Some((list, row)) = self.focus.row() else {
            return;
        };
        if self.is_free(list, row) {
            return;
        }
        let fields = list.fields(row);
        let texts = fields.iter().filter_map(|&field| self.line(field).cloned());
        let step = Step::Removed(list, row, texts.collect());
        let lowest = self.rows(list).saturating_sub(1);
        for at in row..lowest {
            self.swap(list, at, at + 1);
        }
        for field in list.fields(lowest) {
            self.content.lines.remove(&field);
            self.changed(field);
        }
        self.verdict = None;
        self.grow();
        self.focus = match self.focus {
            Field::LabelValue(row) => Field::LabelKey(row),
            other => other,
        };
        self.did(step);
    }

    /// Clears everything.
    pub(super) fn clear(&mut self) {
        let cleared = Cleared {
            content: std::mem::take(&mut self.content),
            altered: std::mem::take(&mut self.altered),
            began: std::mem::take(&mut self.began),
            preset: self.starts.at,
            follows: self.follows.take(),
        };
        self.left.clear();
        self.refused.clear();
        self.verdict = None;
        self.focus = Field::default();
        self.begin_with_nothing();
        self.grow();
        // What was there can be brought back; there is nothing else to be missed.
        self.began = self.written();
        self.did(Step::Cleared(Box::new(cleared)));
    }

    fn did(&mut self, step: Step) {
        if self.steps.len() == UNDONE {
            self.steps.remove(0);
        }
        self.steps.push(step);
        self.typed_since = false;
    }

    /// Takes the last change back: of the text under the cursor, if it was changed since anything
    /// else was, or of the rows.
    pub(super) fn undo(&mut self) {
        let focus = self.focus;
        let takes_text = self.typed_since || self.steps.is_empty();
        let undone = takes_text
            && self
                .line_mut(focus)
                .is_some_and(|line| line.edit(&Edit::Undo));
        if undone {
            self.changed(focus);
        } else {
            self.undo_step();
        }
        self.grow();
    }

    fn undo_step(&mut self) {
        match self.steps.pop() {
            None => {}
            Some(Step::Swapped(list, row)) => {
                self.swap(list, row, row + 1);
                if let Some((_, at)) = self.focus.row().filter(|(other, _)| *other == list) {
                    let other = if at == row { row + 1 } else { row };
                    if (row..=row + 1).contains(&at) {
                        self.focus = self.focus.in_row(other);
                    }
                }
            }
            // What was written since is not thrown away for what was there before: that waits.
            Some(step @ Step::Removed(list, _, _)) if !self.has_room(list) => self.steps.push(step),
            Some(step @ Step::Cleared(_)) if self.is_dirty() => self.steps.push(step),
            Some(Step::Removed(list, row, texts)) => self.bring_back(list, row, texts),
            Some(Step::Cleared(cleared)) => {
                self.content = cleared.content;
                self.altered = cleared.altered;
                self.began = cleared.began;
                self.starts.at = cleared.preset;
                self.follows = cleared.follows;
            }
        }
    }

    /// Whether another row can be filled in.
    fn has_room(&self, list: List) -> bool {
        let rows = self.rows(list);
        rows < list.most() || self.is_free(list, rows - 1)
    }

    fn bring_back(&mut self, list: List, row: usize, texts: Vec<Line>) {
        let rows = self.rows(list);
        let last_is_free = rows > 0 && self.is_free(list, rows - 1);
        let lowest = if last_is_free { rows - 1 } else { rows };
        self.add(list, lowest);
        for (field, text) in list.fields(lowest).into_iter().zip(texts) {
            self.content.lines.insert(field, text);
        }
        for at in (row..lowest).rev() {
            self.swap(list, at, at + 1);
        }
        if let Some(&field) = list.fields(row).first() {
            self.focus = field;
        }
    }

    /// Lets two rows change places, with all that was said of them.
    fn swap(&mut self, list: List, row: usize, other: usize) {
        // A step may be of a list that has fewer rows since.
        if row.max(other) >= self.rows(list) {
            return;
        }
        for (a, b) in list.fields(row).into_iter().zip(list.fields(other)) {
            let lines = &mut self.content.lines;
            if let (Some(of_a), Some(of_b)) = (lines.remove(&a), lines.remove(&b)) {
                lines.insert(a, of_b);
                lines.insert(b, of_a);
            }
            match (self.left.remove(&a), self.left.remove(&b)) {
                (true, true) => self.left.extend([a, b]),
                (true, false) => drop(self.left.insert(b)),
                (false, true) => drop(self.left.insert(a)),
                (false, false) => {}
            }
            let (of_a, of_b) = (self.altered.remove(&a), self.altered.remove(&b));
            self.altered.extend(of_a.map(|said| (b, said)));
            self.altered.extend(of_b.map(|said| (a, said)));
            for (field, _) in &mut self.refused {
                if *field == a {
                    *field = b;
                } else if *field == b {
                    *field = a;
                }
            }
        }
    }
}
