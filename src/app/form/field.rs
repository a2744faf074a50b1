//! The fields of the form, their words, and the paths by which the service names them.

use crate::call::MAX_HANDLER_URIS;

use super::remark::LABEL_ROWS;

/// A field of the new-call form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub enum Field {
    /// What the form begins with.
    Preset,
    /// The number to call.
    #[default]
    To,
    /// The caller's number.
    From,
    /// Whether to withhold it.
    Private,
    /// One of the handler URIs.
    Handler(usize),
    /// The webhook for states.
    StateUpdate,
    /// How long to try.
    Timeout,
    /// Whether and from when to record.
    Trigger,
    /// Whether to cut silence off the recording.
    TrimSilence,
    /// The webhook for the recording.
    RecordingReady,
    /// Whether to transcribe.
    Transcribe,
    /// The webhook for the transcription.
    TranscriptionReady,
    /// The key of one of the labels.
    LabelKey(usize),
    /// The value of one of the labels.
    LabelValue(usize),
    /// The button.
    Place,
}

/// Where in the form somebody points.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spot {
    /// At which field.
    pub field: Field,
    /// At what of it.
    pub part: Part,
}

/// A part of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// No part of it in particular, such as its caption.
    Whole,
    /// Its text, at a byte.
    Byte(usize),
    /// One of its choices.
    Choice(usize),
}

/// The fields that form a list, a row an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum List {
    /// Handler URIs: the first that answers has the call.
    Handlers,
    /// Labels.
    Labels,
}

impl List {
    /// The fields of a row.
    pub(super) fn fields(self, row: usize) -> Vec<Field> {
        match self {
            Self::Handlers => vec![Field::Handler(row)],
            Self::Labels => vec![Field::LabelKey(row), Field::LabelValue(row)],
        }
    }

    /// How many rows there may be.
    pub(super) fn most(self) -> usize {
        match self {
            Self::Handlers => MAX_HANDLER_URIS,
            Self::Labels => LABEL_ROWS,
        }
    }
}

impl Field {
    /// What stands before the field.
    pub fn title(self) -> &'static str {
        match self {
            Self::Preset => "Preset",
            Self::To => "To",
            Self::From => "From",
            Self::Private => "Withhold number",
            Self::Handler(_) => "Handler URIs",
            Self::StateUpdate => "State webhook",
            Self::Timeout => "Timeout",
            Self::Trigger => "Record",
            Self::TrimSilence => "Trim silence",
            Self::RecordingReady | Self::TranscriptionReady => "Webhook",
            Self::Transcribe => "Transcribe",
            Self::LabelKey(_) | Self::LabelValue(_) => "Labels",
            Self::Place => "",
        }
    }

    /// The field's name where others are named beside it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Handler(_) => "a handler URI",
            Self::RecordingReady => "Recording webhook",
            Self::TranscriptionReady => "Transcript webhook",
            Self::Place => "Place call",
            Self::To
            | Self::From
            | Self::Private
            | Self::StateUpdate
            | Self::Timeout
            | Self::Trigger
            | Self::TrimSilence
            | Self::Transcribe
            | Self::LabelKey(_)
            | Self::LabelValue(_)
            | Self::Preset => self.title(),
        }
    }

    /// What an empty field wants, or what holds while it is empty.
    pub fn example(self) -> &'static str {
        match self {
            Self::To => "needed, such as +61491570006",
            Self::From => "needed, such as +61255501234",
            Self::Handler(0) => "needed, such as https://app.example/handle-call",
            Self::Handler(_) => "another, should those above fail",
            Self::StateUpdate | Self::RecordingReady | Self::TranscriptionReady => "none",
            Self::Timeout => "30 s, the service's own",
            Self::LabelKey(_) => "key",
            Self::LabelValue(_) => "value",
            Self::Private
            | Self::Trigger
            | Self::TrimSilence
            | Self::Transcribe
            | Self::Place
            | Self::Preset => "",
        }
    }

    /// The list that the field stands in, and its row.
    pub(super) fn row(self) -> Option<(List, usize)> {
        match self {
            Self::Handler(row) => Some((List::Handlers, row)),
            Self::LabelKey(row) | Self::LabelValue(row) => Some((List::Labels, row)),
            Self::To
            | Self::From
            | Self::Private
            | Self::StateUpdate
            | Self::Timeout
            | Self::Trigger
            | Self::TrimSilence
            | Self::RecordingReady
            | Self::Transcribe
            | Self::TranscriptionReady
            | Self::Place
            | Self::Preset => None,
        }
    }

    /// The same field in another row of its list.
    pub(super) fn in_row(self, row: usize) -> Self {
        match self {
            Self::Handler(_) => Self::Handler(row),
            Self::LabelKey(_) => Self::LabelKey(row),
            Self::LabelValue(_) => Self::LabelValue(row),
            Self::To
            | Self::From
            | Self::Private
            | Self::StateUpdate
            | Self::Timeout
            | Self::Trigger
            | Self::TrimSilence
            | Self::RecordingReady
            | Self::Transcribe
            | Self::TranscriptionReady
            | Self::Place
            | Self::Preset => self,
        }
    }

    /// The field that a path of the service means (`api.md §9`), in the names of the wire or of JSON;
    /// `handlers` are the rows of the handlers in the order of the request, `labels` those of the
    /// labels with their keys.
    pub(super) fn of_path(
        path: &str,
        handlers: &[usize],
        labels: &[(usize, &str)],
    ) -> Option<Self> {
        let path = path.strip_prefix("call.").unwrap_or(path);
        let path = path.strip_prefix("options.").unwrap_or(path);
        if let Some(rest) = path.strip_prefix("labels") {
            let key = rest.trim_matches(['[', ']', '.', '"', '\'']);
            let named = labels.iter().find(|(_, other)| *other == key);
            return Some(Self::LabelKey(named.map_or(0, |(row, _)| *row)));
        }
        let path = path.replace('_', "").to_ascii_lowercase();
        if let Some(rest) = path.strip_prefix("handleruris") {
            let number = rest
                .trim_matches(['[', ']', '.'])
                .parse::<usize>()
                .unwrap_or(0);
            return Some(Self::Handler(handlers.get(number).copied().unwrap_or(0)));
        }
        let path = path.strip_prefix("recording.").unwrap_or(&path);
        if path.starts_with("postprocessing") {
            return Some(Self::TrimSilence);
        }
        match path {
            "to" => Some(Self::To),
            "from" => Some(Self::From),
            "isprivate" => Some(Self::Private),
            "stateupdateuri" => Some(Self::StateUpdate),
            "timeoutseconds" => Some(Self::Timeout),
            "recording" | "trigger" => Some(Self::Trigger),
            "recordingreadyuri" => Some(Self::RecordingReady),
            "transcribe" => Some(Self::Transcribe),
            "transcriptionreadyuri" => Some(Self::TranscriptionReady),
            _ => None,
        }
    }
}
