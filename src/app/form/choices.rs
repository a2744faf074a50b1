//! The fields that are chosen and not written.

use crate::call::Trigger;

use super::{Field, Form};

/// When a recording may begin, in the order in which it is offered.
const TRIGGERS: [Option<Trigger>; 3] = [None, Some(Trigger::Answer), Some(Trigger::Bridge)];

impl Form {
    /// The choices of a field that is chosen, and which of them holds. The first is the service's
    /// own where nothing is said.
    pub fn choices(&self, field: Field) -> Option<(Vec<&str>, usize)> {
        let no_yes = || vec!["no", "yes"];
        let content = &self.content;
        match field {
            Field::Preset => Some((self.starts.titles(), self.starts.at)),
            Field::Private => Some((no_yes(), usize::from(content.private))),
            Field::TrimSilence => Some((no_yes(), usize::from(content.trim_silence))),
            Field::Transcribe => Some((no_yes(), usize::from(content.transcribe))),
            Field::Trigger => {
                let held = TRIGGERS.iter().position(|&other| other == content.trigger);
                let choices = vec!["no", "after the answer", "after bridging"];
                Some((choices, held.unwrap_or(0)))
            }
            Field::To
            | Field::From
            | Field::Handler(_)
            | Field::StateUpdate
            | Field::Timeout
            | Field::RecordingReady
            | Field::TranscriptionReady
            | Field::LabelKey(_)
            | Field::LabelValue(_)
            | Field::Place => None,
        }
    }

    /// Takes the next or the previous choice of the field that has the cursor, round the ends.
    pub(in crate::app) fn choose(&mut self, next: bool) {
        match self.choices(self.focus) {
            Some((choices, held)) => {
                let many = choices.len();
                self.take(if next { held + 1 } else { held + many - 1 } % many);
            }
            // In a text the keys of choices take another preset.
            None => self.next_start(next),
        }
    }

    /// Takes the choice that begins with a letter: `after the answer` is known by its last word.
    pub(super) fn choose_by(&mut self, letter: &str) {
        let Some((choices, _)) = self.choices(self.focus) else {
            return;
        };
        let letter = letter.to_lowercase();
        let named = choices.iter().position(|choice| {
            let word = choice.rsplit(' ').next().unwrap_or(choice);
            !letter.is_empty() && word.starts_with(&letter)
        });
        if let Some(at) = named {
            self.take(at);
        }
    }

    /// Takes one of the choices of the field that has the cursor.
    pub(super) fn take(&mut self, at: usize) {
        let content = &mut self.content;
        match self.focus {
            Field::Preset => return self.start_with(at),
            Field::Private => content.private = at > 0,
            Field::TrimSilence => content.trim_silence = at > 0,
            Field::Transcribe => content.transcribe = at > 0,
            Field::Trigger => content.trigger = TRIGGERS.get(at).copied().flatten(),
            Field::To
            | Field::From
            | Field::Handler(_)
            | Field::StateUpdate
            | Field::Timeout
            | Field::RecordingReady
            | Field::TranscriptionReady
            | Field::LabelKey(_)
            | Field::LabelValue(_)
            | Field::Place => return,
        }
        self.changed(self.focus);
    }
}
