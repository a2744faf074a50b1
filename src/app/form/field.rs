//! The fields of the form, and the paths by which the service names them.

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
    /// One of the labels.
    Label(usize),
    /// The button.
    Place,
}

impl Field {
    /// What stands before the field.
    pub fn title(self) -> &'static str {
        match self {
            Self::Preset => "Preset",
            Self::To => "To",
            Self::From => "From",
            Self::Private => "Withhold number",
            Self::Handler(0) => "Handler URIs",
            Self::StateUpdate => "State webhook",
            Self::Timeout => "Timeout",
            Self::Trigger => "Record",
            Self::TrimSilence => "Trim silence",
            Self::RecordingReady => "Recording webhook",
            Self::Transcribe => "Transcribe",
            Self::TranscriptionReady => "Transcript webhook",
            Self::Label(0) => "Labels",
            Self::Handler(_) | Self::Label(_) | Self::Place => "",
        }
    }

    /// What an empty field wants, as an example.
    pub fn example(self) -> &'static str {
        match self {
            Self::To => "+61491570006",
            Self::From => "+61255501234",
            Self::Handler(0) => "https://app.example/handle-call",
            Self::Handler(_) => "another, should those above fail",
            Self::StateUpdate | Self::RecordingReady | Self::TranscriptionReady => "none",
            Self::Timeout => "30 s",
            Self::Label(0) => "key = value",
            Self::Label(_)
            | Self::Preset
            | Self::Private
            | Self::Trigger
            | Self::TrimSilence
            | Self::Transcribe
            | Self::Place => "",
        }
    }

    /// The field that a path of the service means (`api.md §9`); `handlers` are the rows of the
    /// handlers in the order of the request.
    pub(super) fn of_path(path: &str, handlers: &[usize]) -> Option<Self> {
        let path = path.strip_prefix("call.").unwrap_or(path);
        let path = path.strip_prefix("options.").unwrap_or(path);
        if let Some(rest) = path.strip_prefix("handler_uris") {
            let number = rest.trim_matches(['[', ']']).parse::<usize>().unwrap_or(0);
            return Some(Self::Handler(handlers.get(number).copied().unwrap_or(0)));
        }
        if path.starts_with("labels") {
            return Some(Self::Label(0));
        }
        let path = path.strip_prefix("recording.").unwrap_or(path);
        if path.starts_with("post_processing") {
            return Some(Self::TrimSilence);
        }
        match path {
            "to" => Some(Self::To),
            "from" => Some(Self::From),
            "is_private" => Some(Self::Private),
            "state_update_uri" => Some(Self::StateUpdate),
            "timeout_seconds" => Some(Self::Timeout),
            "recording" | "trigger" => Some(Self::Trigger),
            "recording_ready_uri" => Some(Self::RecordingReady),
            "transcribe" => Some(Self::Transcribe),
            "transcription_ready_uri" => Some(Self::TranscriptionReady),
            _ => None,
        }
    }
}
