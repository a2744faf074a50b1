//! From a call to the form, and from the form to what is sent.

use crate::call::{
    NewCall, Options, PostProcessing, Reading, RecordingConfig, Transcribe, Trigger,
};

use super::field::List;
use super::remark::seconds;
use super::{Content, Field, Form, Line};

impl Form {
    /// A form with the values of a wish. What cannot stand in it as it is there is said at its field.
    #[must_use]
    pub fn of(call: &NewCall) -> Self {
        let options = &call.options;
        let recording = options.recording.clone().unwrap_or_default();
        let seconds = Some(options.timeout_seconds).filter(|&seconds| seconds != 0);
        let seconds = seconds
            .map(|seconds| seconds.to_string())
            .unwrap_or_default();
        let mut texts = vec![
            (Field::To, call.to.as_str()),
            (Field::From, &call.from),
            (Field::StateUpdate, &options.state_update_uri),
            (Field::Timeout, &seconds),
            (Field::RecordingReady, &recording.recording_ready_uri),
            (
                Field::TranscriptionReady,
                &recording.transcription_ready_uri,
            ),
        ];
        for (row, uri) in options.handler_uris.iter().enumerate() {
            texts.push((Field::Handler(row), uri));
        }
        for (row, (key, value)) in call.labels.iter().enumerate() {
            texts.extend([(Field::LabelKey(row), key), (Field::LabelValue(row), value)]);
        }
        let lines = texts.iter().map(|&(field, text)| (field, Line::new(text)));
        let known = |trigger| matches!(trigger, Trigger::Answer | Trigger::Bridge);
        let mut form = Self::with(Content {
            lines: lines.collect(),
            private: call.is_private,
            trigger: Some(recording.trigger).filter(|&trigger| known(trigger)),
            trim_silence: recording
                .post_processing
                .contains(&PostProcessing::TrimSilence),
            transcribe: recording.transcribes(),
        });
        for (field, text) in texts {
            if form.line(field).is_some_and(|line| line.text() != text) {
                let said = "in the call that this comes from it has line breaks, or is too long";
                form.altered.insert(field, said.to_owned());
            }
        }
        form.note_unknown(&recording);
        form
    }

    /// Says which settings of a recording this version does not know and has left out.
    fn note_unknown(&mut self, recording: &RecordingConfig) {
        let mut note = |field, number: i32| {
            let said =
                format!("the call that this comes from has {number} here, which is not known");
            self.altered.insert(field, said);
        };
        if let Trigger::Other(number) = recording.trigger {
            note(Field::Trigger, number);
        }
        if let Transcribe::Other(number) = recording.transcribe {
            note(Field::Transcribe, number);
        }
        for step in &recording.post_processing {
            if let PostProcessing::Other(number) = step {
                note(Field::TrimSilence, *number);
            }
        }
    }

    /// What would be sent: without what needs something else that is off.
    pub fn new_call(&self) -> NewCall {
        let text = |field| self.text(field).to_owned();
        let handlers = self.handler_rows().into_iter();
        let labels = self.label_rows().into_iter().map(|(row, key)| {
            let value = self.line(Field::LabelValue(row)).map_or("", Line::text);
            (key, value)
        });
        NewCall {
            to: self.dialled(Field::To),
            from: self.dialled(Field::From),
            is_private: self.content.private,
            labels: labels.collect(),
            options: Options {
                handler_uris: handlers.map(|row| text(Field::Handler(row))).collect(),
                state_update_uri: text(Field::StateUpdate),
                timeout_seconds: seconds(self.text(Field::Timeout)).unwrap_or_default(),
                recording: self.recording(),
            },
        }
    }

    fn recording(&self) -> Option<RecordingConfig> {
        let trigger = self.content.trigger?;
        let transcribes = self.content.transcribe;
        let ready = |field| self.text(field).to_owned();
        Some(RecordingConfig {
            trigger,
            post_processing: if self.content.trim_silence {
                vec![PostProcessing::TrimSilence]
            } else {
                Vec::new()
            },
            recording_ready_uri: ready(Field::RecordingReady),
            transcribe: if transcribes {
                Transcribe::Default
            } else {
                Transcribe::Disabled
            },
            transcription_ready_uri: if transcribes {
                ready(Field::TranscriptionReady)
            } else {
                String::new()
            },
        })
    }

    /// The number that is dialled; the text itself where it is none.
    fn dialled(&self, field: Field) -> String {
        match self.reading(field) {
            Some(Reading::Number(number)) => number.number,
            Some(Reading::Empty | Reading::Unfinished(_) | Reading::Wrong(_)) | None => {
                self.text(field).to_owned()
            }
        }
    }

    /// The rows of the handlers that are filled in: the n-th of them is the n-th of the request.
    pub(super) fn handler_rows(&self) -> Vec<usize> {
        let rows = 0..self.rows(List::Handlers);
        rows.filter(|&row| !self.is_free(List::Handlers, row))
            .collect()
    }

    /// The rows of the labels that have a key, with these keys as they are sent.
    pub(super) fn label_rows(&self) -> Vec<(usize, &str)> {
        let rows = 0..self.rows(List::Labels);
        rows.filter_map(|row| Some((row, self.line(Field::LabelKey(row))?.text())))
            .filter(|(_, key)| !key.is_empty())
            .collect()
    }
}
