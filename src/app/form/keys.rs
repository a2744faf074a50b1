//! What keys and the mouse do to the form, and leaving it: what was written in it stays.

use super::super::App;
use super::super::msg::{Action, Edit, Level, Mode, Notice};
use super::{Field, Form, Part, Spot, Stage};

impl App {
    /// The form, while it is being written.
    fn form_under_edit(&mut self) -> Option<&mut Form> {
        self.form
            .as_mut()
            .filter(|form| *form.stage() == Stage::Writing)
    }

    /// An action within the form.
    pub(in crate::app) fn form_act(&mut self, action: Action) {
        let Some(form) = self.form_under_edit() else {
            return;
        };
        match action {
            Action::FieldDone if form.focus() == Field::Place => self.ask(),
            Action::FieldDone | Action::NextField => form.step(true),
            Action::PreviousField => form.step(false),
            Action::NextChoice => form.choose(true),
            Action::PreviousChoice => form.choose(false),
            Action::RowUp => form.move_row(false),
            Action::RowDown => form.move_row(true),
            Action::RemoveRow => form.remove_row(),
            Action::ClearForm => {
                form.clear();
                self.say(Notice::new(
                    Level::Info,
                    "the form is cleared; alt-u brings back what was there",
                ));
            }
            _ => {}
        }
    }

    pub(in crate::app) fn edit_form(&mut self, edit: &Edit) {
        if let Some(form) = self.form_under_edit() {
            form.edit(edit);
        }
    }

    /// Somebody points at a field; at the button, to press it.
    pub(in crate::app) fn point_in_form(&mut self, spot: Spot) {
        let Some(form) = self.form_under_edit() else {
            return;
        };
        form.point(spot);
        if (spot.field, spot.part) == (Field::Place, Part::Choice(0)) {
            self.ask();
        }
    }

    /// The wheel goes from field to field.
    pub(in crate::app) fn roll_form(&mut self, forward: bool) {
        if let Some(form) = self.form_under_edit() {
            form.roll(forward);
        }
    }

    /// Goes back to the calls. Nothing is lost, so nothing is asked; it is said once.
    pub(in crate::app) fn leave_form(&mut self) {
        self.mode = Mode::Table;
        let Some(form) = self.form_under_edit().filter(|form| form.is_dirty()) else {
            return;
        };
        if !std::mem::replace(&mut form.kept_told, true) {
            self.say(Notice::new(
                Level::Info,
                "the draft is kept: a new call goes on with it",
            ));
        }
    }

    /// Whether leaving the console would lose what is written in the form.
    pub(in crate::app) fn has_draft(&self) -> bool {
        self.form.as_ref().is_some_and(Form::is_dirty)
    }
}
