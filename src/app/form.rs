//! The new-call form: every input of CreateCall, checked at its field while one types.

mod choices;
mod field;
mod keys;
mod lists;
mod remark;
mod start;
mod wish;
mod writing;

use std::collections::{BTreeMap, BTreeSet};

use crate::call::{DenyList, NewCall, Reading, Spelling, Ticket, Trigger, Violation, read_number};

use super::line::Line;
use super::msg::WishId;
use field::List;
use lists::Step;
use start::Starts;

pub use field::{Field, Part, Spot};
pub use remark::{Remark, Weight};

/// How far a form has come.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Stage {
    /// Somebody is writing it.
    #[default]
    Writing,
    /// Its request is on its way.
    Sending(WishId),
}

/// A draft of a call with its cursor.
#[derive(Debug, Clone)]
pub struct Form {
    content: Content,
    focus: Field,
    /// Fields that the cursor has left since they changed: what they lack is said.
    left: BTreeSet<Field>,
    /// What could not be taken over from a call as it was there, until the field changes.
    altered: BTreeMap<Field, String>,
    /// What the service refused, until the field changes.
    refused: Vec<(Field, String)>,
    /// What the service said of the whole request.
    verdict: Option<String>,
    stage: Stage,
    /// What the form began with: what differs from it would be missed.
    began: Vec<(Field, String)>,
    /// What was done to rows and to the whole, for undoing it, oldest first.
    steps: Vec<Step>,
    /// Whether a text was changed since the last of these steps.
    typed_since: bool,
    /// Whether it was said that the draft is kept.
    kept_told: bool,
    /// What it may begin with, and what it does.
    starts: Starts,
    /// The numbers that are not called.
    deny: DenyList,
    /// The ticket of which there was no trace, and the number that was to be called then.
    follows: Option<(Ticket, String)>,
}

/// Everything that is written or chosen.
#[derive(Debug, Clone)]
struct Content {
    /// The texts, each at its field; those of a list without gaps from row 0 on.
    lines: BTreeMap<Field, Line>,
    private: bool,
    trigger: Option<Trigger>,
    trim_silence: bool,
    transcribe: bool,
}

impl Default for Content {
    fn default() -> Self {
        let single = [
            Field::To,
            Field::From,
            Field::StateUpdate,
            Field::Timeout,
            Field::RecordingReady,
            Field::TranscriptionReady,
        ];
        Self {
            lines: single.map(|field| (field, Line::default())).into(),
            private: false,
            trigger: None,
            trim_silence: false,
            transcribe: false,
        }
    }
}

impl Default for Form {
    fn default() -> Self {
        Self::with(Content::default())
    }
}

impl Form {
    /// An empty form.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A form that begins with something.
    fn with(content: Content) -> Self {
        let mut form = Self {
            content,
            focus: Field::default(),
            left: BTreeSet::new(),
            altered: BTreeMap::new(),
            refused: Vec::new(),
            verdict: None,
            stage: Stage::default(),
            began: Vec::new(),
            steps: Vec::new(),
            typed_since: false,
            kept_told: false,
            starts: Starts::default(),
            deny: DenyList::default(),
            follows: None,
        };
        form.grow();
        form.began = form.written();
        form
    }

    /// Everything that somebody has written or chosen.
    fn written(&self) -> Vec<(Field, String)> {
        self.fields()
            .into_iter()
            .filter_map(|field| match self.choices(field) {
                Some((_, held)) => Some((field, held.to_string())),
                None => self.line(field).map(|line| (field, line.text().to_owned())),
            })
            .filter(|(_, text)| !text.is_empty())
            .collect()
    }

    /// How far the form has come.
    pub fn stage(&self) -> &Stage {
        &self.stage
    }

    /// The field that has the cursor.
    pub fn focus(&self) -> Field {
        self.focus
    }

    /// What the service said of the whole request, if it refused it.
    pub fn verdict(&self) -> Option<&str> {
        self.verdict.as_deref()
    }

    /// Whether anything would be missed: something has been written, or its request is on its way.
    pub fn is_dirty(&self) -> bool {
        self.stage != Stage::Writing || self.written() != self.began
    }

    /// All fields from top to bottom; there is always one empty row more for a handler or a label.
    pub fn fields(&self) -> Vec<Field> {
        let rows = |list: List| (0..self.rows(list)).flat_map(move |row| list.fields(row));
        let preset = self.starts.is_choice().then_some(Field::Preset);
        let mut fields: Vec<Field> = preset.into_iter().collect();
        fields.extend([Field::To, Field::From, Field::Private]);
        fields.extend(rows(List::Handlers));
        fields.extend([
            Field::StateUpdate,
            Field::Timeout,
            Field::Trigger,
            Field::TrimSilence,
            Field::RecordingReady,
            Field::Transcribe,
            Field::TranscriptionReady,
        ]);
        fields.extend(rows(List::Labels));
        fields.push(Field::Place);
        fields
    }

    /// The text of a field that is written; nothing for those that are chosen.
    pub fn line(&self, field: Field) -> Option<&Line> {
        self.content.lines.get(&field)
    }

    fn line_mut(&mut self, field: Field) -> Option<&mut Line> {
        self.content.lines.get_mut(&field)
    }

    /// The text of a field without the blanks around it; empty for those that are chosen.
    fn text(&self, field: Field) -> &str {
        self.line(field).map_or("", |line| line.text().trim())
    }

    /// The field without which this one has no effect, while that is off: what it has is then kept,
    /// but not sent.
    pub fn needs(&self, field: Field) -> Option<Field> {
        let records = self.content.trigger.is_some();
        match field {
            Field::TrimSilence | Field::RecordingReady | Field::Transcribe if !records => {
                Some(Field::Trigger)
            }
            Field::TranscriptionReady if !self.content.transcribe => Some(Field::Transcribe),
            Field::TranscriptionReady if !records => Some(Field::Trigger),
            Field::To
            | Field::From
            | Field::Private
            | Field::Handler(_)
            | Field::StateUpdate
            | Field::Timeout
            | Field::Trigger
            | Field::TrimSilence
            | Field::RecordingReady
            | Field::Transcribe
            | Field::TranscriptionReady
            | Field::LabelKey(_)
            | Field::LabelValue(_)
            | Field::Place
            | Field::Preset => None,
        }
    }

    /// Whether the keys that go from field to field stop at one: they pass over what has no effect
    /// and holds nothing. To transcribe is a wish of its own, which says what it needs.
    fn is_stop(&self, field: Field) -> bool {
        let holds = match self.choices(field) {
            Some((_, held)) => held > 0,
            None => !self.text(field).is_empty(),
        };
        self.needs(field).is_none() || holds || field == Field::Transcribe
    }

    /// Moves the cursor by fields, round the ends.
    pub(super) fn step(&mut self, forward: bool) {
        if let Some(field) = self.beside(forward, true) {
            self.go(field);
        }
    }

    /// Moves the cursor by fields as the wheel does: it stops at the ends, and blames nothing that it
    /// only rolls over.
    fn roll(&mut self, forward: bool) {
        if let Some(field) = self.beside(forward, false) {
            self.focus = field;
        }
    }

    /// The next field or the one before, round the ends or not.
    fn beside(&self, forward: bool, round: bool) -> Option<Field> {
        let mut fields = self.fields();
        if !forward {
            fields.reverse();
        }
        let at = fields.iter().position(|&field| field == self.focus)?;
        let (before, after) = fields.split_at(at);
        let round = if round { before } else { &[] };
        let mut onwards = after.iter().skip(1).chain(round).copied();
        onwards.find(|&field| self.is_stop(field))
    }

    /// Puts the cursor on a field. The one that it leaves says from then on what it lacks, and a
    /// number that was written in another way stands there as it is dialled.
    pub(super) fn go(&mut self, field: Field) {
        if field != self.focus {
            self.left.insert(self.focus);
            self.write_out(self.focus);
            self.focus = field;
        }
    }

    /// Puts the cursor where somebody points, and takes the choice that is pointed at.
    pub(super) fn point(&mut self, spot: Spot) {
        self.go(spot.field);
        match spot.part {
            Part::Whole => {}
            Part::Byte(at) => {
                if let Some(line) = self.line_mut(spot.field) {
                    line.go(at);
                }
            }
            Part::Choice(at) => self.take(at),
        }
    }

    /// Writes out the number that is dialled where another spelling stands, so that it stays the same
    /// whatever the other fields say later. Undoing brings the spelling back.
    fn write_out(&mut self, field: Field) {
        let Some(Reading::Number(number)) = self.reading(field) else {
            return;
        };
        if number.spelling == Spelling::Translated
            && let Some(line) = self.line_mut(field)
        {
            line.replace(0..line.text().len(), &number.international);
            self.typed_since = true;
        }
    }

    /// What a field for a number says; nothing for other fields. A number without its country code is
    /// one of the country of the other number.
    fn reading(&self, field: Field) -> Option<Reading> {
        let other = match field {
            Field::To => Field::From,
            Field::From => Field::To,
            Field::Private
            | Field::Handler(_)
            | Field::StateUpdate
            | Field::Timeout
            | Field::Trigger
            | Field::TrimSilence
            | Field::RecordingReady
            | Field::Transcribe
            | Field::TranscriptionReady
            | Field::LabelKey(_)
            | Field::LabelValue(_)
            | Field::Place
            | Field::Preset => return None,
        };
        let home = match read_number(self.text(other), None) {
            Reading::Number(number) => number.region,
            Reading::Empty | Reading::Unfinished(_) | Reading::Wrong(_) => None,
        };
        Some(read_number(self.text(field), home.as_deref()))
    }

    /// The fields that are not right yet, from top to bottom.
    pub fn wrong(&self) -> Vec<Field> {
        let mut fields = self.fields();
        fields.retain(|&field| self.is_wrong(field));
        fields
    }

    /// The wish, if nothing is wrong.
    pub fn wish(&self) -> Option<NewCall> {
        self.wrong().is_empty().then(|| self.new_call())
    }

    /// Everything that is wrong is shown from now on; the cursor goes to the first such field.
    /// The wish, if nothing is wrong.
    pub(super) fn finish(&mut self) -> Option<NewCall> {
        self.left.extend(self.fields());
        for field in [Field::To, Field::From] {
            self.write_out(field);
        }
        if let Some(&field) = self.wrong().first() {
            self.focus = field;
            return None;
        }
        Some(self.new_call())
    }

    /// The request is on its way.
    pub(super) fn sending(&mut self, wish: WishId) {
        self.stage = Stage::Sending(wish);
        self.verdict = None;
        self.refused.clear();
    }

    /// The service refused, or the request never left: the form is as it was, and says why.
    pub(super) fn refused(&mut self, mut verdict: String, violations: &[Violation]) {
        self.stage = Stage::Writing;
        let (handlers, labels) = (self.handler_rows(), self.label_rows());
        let mut refused = Vec::new();
        for violation in violations {
            if let Some(field) = Field::of_path(&violation.field, &handlers, &labels) {
                refused.push((field, violation.reason.clone()));
            } else {
                // Nobody can mend it here, but nobody should have to guess either.
                let Violation { field, reason } = violation;
                verdict.extend(["; ", field.as_str(), ": ", reason.as_str()]);
            }
        }
        self.verdict = Some(verdict);
        self.refused = refused;
        // It was wished, also where nobody has typed: all of it would be missed.
        self.began.clear();
        if let Some((field, _)) = self.refused.first() {
            self.focus = *field;
        }
    }

    /// A field has another content: what was said of the old one goes.
    fn changed(&mut self, field: Field) {
        self.left.remove(&field);
        self.altered.remove(&field);
        self.refused.retain(|(refused, _)| *refused != field);
        self.verdict = None;
    }
}

#[cfg(test)]
mod tests;
