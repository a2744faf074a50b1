//! How a call is recorded and transcribed (`api.md §2.6`).

use super::open_enum::open_enum;

open_enum! {
    /// What makes a recording start.
    Trigger {
        /// Not said; the service takes it for disabled.
        Unspecified = 0, "CALL_RECORDING_TRIGGER_UNSPECIFIED";
        /// No recording.
        Disabled = 1, "DISABLED";
        /// From the answer on.
        Answer = 2, "ANSWER";
        /// From the bridging to another leg on.
        Bridge = 3, "BRIDGE";
    }
}

open_enum! {
    /// A step applied to a finished recording.
    PostProcessing {
        /// Not said; has no effect.
        Unspecified = 0, "POST_PROCESSING_UNSPECIFIED";
        /// Cuts the silence off both ends.
        TrimSilence = 1, "TRIM_SILENCE";
    }
}

open_enum! {
    /// Whether a recording is put into words.
    Transcribe {
        /// Not said; the service takes it for disabled.
        Unspecified = 0, "TRANSCRIBE_OPTION_UNSPECIFIED";
        /// No transcription.
        Disabled = 1, "DISABLED";
        /// By the provider that Enfonica uses by default.
        Default = 2, "DEFAULT";
    }
}

/// The recording configuration of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordingConfig {
    /// Whether to record, and from when on.
    pub trigger: Trigger,
    /// What is done to the finished audio.
    pub post_processing: Vec<PostProcessing>,
    /// Absolute URI that is told when the recording is ready; empty for none.
    pub recording_ready_uri: String,
    /// Whether to transcribe.
    pub transcribe: Transcribe,
    /// Absolute URI that is told when the transcription is ready; empty for none.
    pub transcription_ready_uri: String,
}

impl Default for RecordingConfig {
    fn default() -> Self {
        Self {
            trigger: Trigger::Unspecified,
            post_processing: Vec::new(),
            recording_ready_uri: String::new(),
            transcribe: Transcribe::Unspecified,
            transcription_ready_uri: String::new(),
        }
    }
}

impl RecordingConfig {
    /// Whether anything is recorded at all.
    pub fn records(&self) -> bool {
        !matches!(self.trigger, Trigger::Unspecified | Trigger::Disabled)
    }

    /// Whether the recording is put into words.
    pub fn transcribes(&self) -> bool {
        !matches!(
            self.transcribe,
            Transcribe::Unspecified | Transcribe::Disabled
        )
    }
}
