//! The new-call form: every input of CreateCall, checked at its field while one types.

mod field;
mod remark;
mod start;

use std::collections::BTreeSet;

use crate::call::{
    DenyList, Labels, NewCall, Options, PostProcessing, RecordingConfig, Ticket, Transcribe,
    Trigger, Violation,
};

use super::line::Line;
use super::msg::{Edit, WishId};
pub use field::Field;
pub use remark::{Remark, Weight};
use start::Starts;

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
#[derive(Debug, Clone, Default)]
pub struct Form {
    to: Line,
    from: Line,
    private: bool,
    handlers: Vec<Line>,
    state_update: Line,
    timeout: Line,
    trigger: Option<Trigger>,
    trim_silence: bool,
    recording_ready: Line,
    transcribe: bool,
    transcription_ready: Line,
    labels: Vec<Line>,
    focus: Field,
    /// Fields that the cursor has left: what is wrong with them is said even while they are empty.
    visited: BTreeSet<Field>,
    /// What the service refused, until the field changes.
    refused: Vec<(Field, String)>,
    /// What the service said of the whole request.
    verdict: Option<String>,
    stage: Stage,
    /// The texts that the form began with: what differs from them would be missed.
    began: Vec<String>,
    /// What it can begin with.
    starts: Starts,
    /// Numbers that are not called.
    deny: DenyList,
    /// The ticket of which there was no trace, and the number that it was for.
    follows: Option<(Ticket, String)>,
}

impl Form {
    /// An empty form.
    #[must_use]
    pub fn new() -> Self {
        Self::default().begun()
    }

    /// A form with the values of a wish.
    #[must_use]
    pub fn of(call: &NewCall) -> Self {
        let recording = call.options.recording.clone().unwrap_or_default();
        let seconds = call.options.timeout_seconds;
        let form = Self {
            to: Line::new(&call.to),
            from: Line::new(&call.from),
            private: call.is_private,
            handlers: call
                .options
                .handler_uris
                .iter()
                .map(|uri| Line::new(uri))
                .collect(),
            state_update: Line::new(&call.options.state_update_uri),
            timeout: if seconds == 0 {
                Line::default()
            } else {
                Line::new(&seconds.to_string())
            },
            trigger: recording.records().then_some(recording.trigger),
            trim_silence: recording
                .post_processing
                .contains(&PostProcessing::TrimSilence),
            recording_ready: Line::new(&recording.recording_ready_uri),
            transcribe: recording.transcribes(),
            transcription_ready: Line::new(&recording.transcription_ready_uri),
            labels: call
                .labels
                .iter()
                .map(|(key, value)| Line::new(&format!("{key} = {value}")))
                .collect(),
            ..Self::default()
        };
        form.begun()
    }

    /// From here on changes count.
    fn begun(mut self) -> Self {
        self.grow();
        self.began = self.content();
        self
    }

    /// Everything that somebody has written or chosen.
    fn content(&self) -> Vec<String> {
        let written = |field: Field| self.line(field).map(|line| line.text().to_owned());
        let chosen = |field: Field| self.choices(field).map(|(_, held)| held.to_string());
        self.fields()
            .into_iter()
            .filter_map(|field| written(field).or_else(|| chosen(field)))
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
        self.stage != Stage::Writing || self.content() != self.began
    }

    /// All fields from top to bottom; there is always one empty row more for a handler or a label.
    pub fn fields(&self) -> Vec<Field> {
        let preset = self.starts.is_choice().then_some(Field::Preset);
        let mut fields: Vec<Field> = preset.into_iter().collect();
        fields.extend([Field::To, Field::From, Field::Private]);
        fields.extend((0..self.handlers.len()).map(Field::Handler));
        fields.extend([
            Field::StateUpdate,
            Field::Timeout,
            Field::Trigger,
            Field::TrimSilence,
            Field::RecordingReady,
            Field::Transcribe,
            Field::TranscriptionReady,
        ]);
        fields.extend((0..self.labels.len()).map(Field::Label));
        fields.push(Field::Place);
        fields
    }

    /// The text of a field that is written; nothing for those that are chosen.
    pub fn line(&self, field: Field) -> Option<&Line> {
        match field {
            Field::To => Some(&self.to),
            Field::From => Some(&self.from),
            Field::Handler(at) => self.handlers.get(at),
            Field::StateUpdate => Some(&self.state_update),
            Field::Timeout => Some(&self.timeout),
            Field::RecordingReady => Some(&self.recording_ready),
            Field::TranscriptionReady => Some(&self.transcription_ready),
            Field::Label(at) => self.labels.get(at),
            Field::Preset
            | Field::Private
            | Field::Trigger
            | Field::TrimSilence
            | Field::Transcribe
            | Field::Place => None,
        }
    }

    /// The choices of a field that is chosen, and which of them holds.
    pub fn choices(&self, field: Field) -> Option<(Vec<&str>, usize)> {
        let no_yes = |yes: bool| Some((vec!["no", "yes"], usize::from(yes)));
        match field {
            Field::Preset => Some((self.starts.titles(), self.starts.at)),
            Field::Private => no_yes(self.private),
            Field::TrimSilence => no_yes(self.trim_silence),
            Field::Transcribe => no_yes(self.transcribe),
            Field::Trigger => {
                let at = match self.trigger {
                    Some(Trigger::Answer) => 1,
                    Some(Trigger::Bridge) => 2,
                    Some(Trigger::Unspecified | Trigger::Disabled | Trigger::Other(_)) | None => 0,
                };
                Some((vec!["no", "from the answer", "from the bridge"], at))
            }
            Field::To
            | Field::From
            | Field::Handler(_)
            | Field::StateUpdate
            | Field::Timeout
            | Field::RecordingReady
            | Field::TranscriptionReady
            | Field::Label(_)
            | Field::Place => None,
        }
    }

    /// Edits the text of the field that has the cursor.
    pub(super) fn edit(&mut self, edit: &Edit) {
        let focus = self.focus;
        if self.choices(focus).is_some() {
            match edit {
                Edit::Insert(text) if text == " " => self.choose(true),
                Edit::Right => self.choose(true),
                Edit::Left => self.choose(false),
                _ => {}
            }
            return;
        }
        let Some(line) = self.line_mut(focus) else {
            return;
        };
        if line.edit(edit) {
            self.refused.retain(|(field, _)| *field != focus);
            self.verdict = None;
            self.grow();
        }
    }

    /// Takes the next or the previous choice of the field that has the cursor.
    pub(super) fn choose(&mut self, next: bool) {
        match self.focus {
            Field::Private => self.private = !self.private,
            Field::TrimSilence => self.trim_silence = !self.trim_silence,
            Field::Transcribe => self.transcribe = !self.transcribe,
            Field::Trigger => {
                let ring = [None, Some(Trigger::Answer), Some(Trigger::Bridge)];
                let at = ring
                    .iter()
                    .position(|&choice| choice == self.trigger)
                    .unwrap_or(0);
                self.trigger = ring[if next { at + 1 } else { at + ring.len() - 1 } % ring.len()];
            }
            // Where nothing else is to be chosen, the preset is.
            Field::Preset
            | Field::To
            | Field::From
            | Field::Handler(_)
            | Field::StateUpdate
            | Field::Timeout
            | Field::RecordingReady
            | Field::TranscriptionReady
            | Field::Label(_)
            | Field::Place => {
                self.next_start(next);
                return;
            }
        }
        let focus = self.focus;
        self.refused.retain(|(field, _)| *field != focus);
        self.verdict = None;
    }

    /// Moves the cursor by fields, round the ends.
    pub(super) fn step(&mut self, forward: bool) {
        let fields = self.fields();
        let at = fields
            .iter()
            .position(|&field| field == self.focus)
            .unwrap_or(0);
        let to = if forward {
            at + 1
        } else {
            at + fields.len() - 1
        } % fields.len();
        self.go(fields[to]);
    }

    /// Puts the cursor on a field.
    pub(super) fn go(&mut self, field: Field) {
        if field != self.focus {
            self.visited.insert(self.focus);
            self.focus = field;
        }
    }

    /// Everything that is wrong is shown from now on; the cursor goes to the first such field.
    /// The wish, if nothing is wrong.
    pub(super) fn finish(&mut self) -> Option<NewCall> {
        let fields = self.fields();
        self.visited.extend(fields.iter().copied());
        let wrong = fields.into_iter().find(|&field| {
            self.remark(field)
                .is_some_and(|remark| remark.weight == Weight::Wrong)
        });
        match wrong {
            Some(field) => {
                self.focus = field;
                None
            }
            None => Some(self.new_call()),
        }
    }

    /// The request is on its way.
    pub(super) fn sending(&mut self, wish: WishId) {
        self.stage = Stage::Sending(wish);
        self.verdict = None;
    }

    /// The service refused, or the request never left: the form is as it was, and says why.
    pub(super) fn refused(&mut self, verdict: String, violations: &[Violation]) {
        self.stage = Stage::Writing;
        self.verdict = Some(verdict);
        self.refused = violations
            .iter()
            .filter_map(|violation| {
                let field = Field::of_path(&violation.field, &self.handler_rows())?;
                Some((field, violation.reason.clone()))
            })
            .collect();
        if let Some((field, _)) = self.refused.first() {
            self.focus = *field;
        }
    }

    /// What would be sent.
    pub fn new_call(&self) -> NewCall {
        let recording = RecordingConfig {
            trigger: self.trigger.unwrap_or(Trigger::Disabled),
            post_processing: if self.trim_silence {
                vec![PostProcessing::TrimSilence]
            } else {
                Vec::new()
            },
            recording_ready_uri: self.recording_ready.text().trim().to_owned(),
            transcribe: if self.transcribe {
                Transcribe::Default
            } else {
                Transcribe::Disabled
            },
            transcription_ready_uri: self.transcription_ready.text().trim().to_owned(),
        };
        let silent = RecordingConfig {
            trigger: Trigger::Disabled,
            transcribe: Transcribe::Disabled,
            ..RecordingConfig::default()
        };
        let labels = self
            .labels
            .iter()
            .filter_map(|label| remark::label_parts(label.text()).ok().flatten())
            .collect::<Labels>();
        NewCall {
            to: remark::dialled(self.to.text()),
            from: remark::dialled(self.from.text()),
            is_private: self.private,
            labels,
            options: Options {
                handler_uris: self
                    .handler_rows()
                    .into_iter()
                    .map(|row| self.handlers[row].text().trim().to_owned())
                    .collect(),
                state_update_uri: self.state_update.text().trim().to_owned(),
                timeout_seconds: remark::seconds(self.timeout.text()).unwrap_or_default(),
                recording: (recording != silent).then_some(recording),
            },
        }
    }

    /// The rows of the handlers that are filled in: the n-th of them is the n-th of the request.
    fn handler_rows(&self) -> Vec<usize> {
        let filled = |row: &usize| !self.handlers[*row].text().trim().is_empty();
        (0..self.handlers.len()).filter(filled).collect()
    }

    fn line_mut(&mut self, field: Field) -> Option<&mut Line> {
        match field {
            Field::To => Some(&mut self.to),
            Field::From => Some(&mut self.from),
            Field::Handler(at) => self.handlers.get_mut(at),
            Field::StateUpdate => Some(&mut self.state_update),
            Field::Timeout => Some(&mut self.timeout),
            Field::RecordingReady => Some(&mut self.recording_ready),
            Field::TranscriptionReady => Some(&mut self.transcription_ready),
            Field::Label(at) => self.labels.get_mut(at),
            Field::Preset
            | Field::Private
            | Field::Trigger
            | Field::TrimSilence
            | Field::Transcribe
            | Field::Place => None,
        }
    }

    /// Keeps one empty row at the end of the handlers and of the labels, within their bounds.
    fn grow(&mut self) {
        let full = |rows: &[Line]| rows.last().is_none_or(|last| !last.is_empty());
        if full(&self.handlers) && self.handlers.len() < crate::call::MAX_HANDLER_URIS {
            self.handlers.push(Line::default());
        }
        if full(&self.labels) && self.labels.len() < remark::LABEL_ROWS {
            self.labels.push(Line::default());
        }
    }
}

#[cfg(test)]
mod tests;
