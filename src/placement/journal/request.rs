//! What was to be placed, read back from the journal's JSON.
//!
//! Reading is lenient: what is missing has its default value, and what is unknown is left out. Whoever
//! places such a call again sees it in the form first.

use serde_json::{Map, Value};

use crate::call::{Labels, NewCall, Options, PostProcessing, RecordingConfig, Transcribe, Trigger};

/// The request of a line; nothing if it names no number.
pub(super) fn read(value: &Value) -> Option<NewCall> {
    let fields = value.as_object()?;
    let to = text(fields, "to");
    (!to.is_empty()).then(|| NewCall {
        to,
        from: text(fields, "from"),
        is_private: fields.get("isPrivate").and_then(Value::as_bool) == Some(true),
        labels: labels(fields.get("labels")),
        options: fields
            .get("options")
            .and_then(Value::as_object)
            .map(options)
            .unwrap_or_default(),
    })
}

pub(super) fn text(fields: &Map<String, Value>, name: &str) -> String {
    let text = fields.get(name).and_then(Value::as_str);
    text.unwrap_or_default().to_owned()
}

fn labels(value: Option<&Value>) -> Labels {
    let pairs = value.and_then(Value::as_object).into_iter().flatten();
    pairs
        .filter_map(|(key, value)| Some((key.as_str(), value.as_str()?)))
        .collect()
}

fn options(fields: &Map<String, Value>) -> Options {
    let list = |name: &str| {
        let values = fields.get(name).and_then(Value::as_array);
        values.into_iter().flatten()
    };
    Options {
        handler_uris: list("handlerUris")
            .filter_map(|uri| uri.as_str().map(str::to_owned))
            .collect(),
        state_update_uri: text(fields, "stateUpdateUri"),
        timeout_seconds: fields
            .get("timeoutSeconds")
            .and_then(Value::as_i64)
            .and_then(|seconds| i32::try_from(seconds).ok())
            .unwrap_or_default(),
        recording: fields
            .get("recording")
            .and_then(Value::as_object)
            .map(recording),
    }
}

fn recording(fields: &Map<String, Value>) -> RecordingConfig {
    let steps = fields.get("postProcessing").and_then(Value::as_array);
    RecordingConfig {
        trigger: known(
            fields.get("trigger"),
            Trigger::from_name,
            Trigger::from_number,
        )
        .unwrap_or(Trigger::Unspecified),
        post_processing: steps
            .into_iter()
            .flatten()
            .filter_map(|step| {
                known(
                    Some(step),
                    PostProcessing::from_name,
                    PostProcessing::from_number,
                )
            })
            .collect(),
        recording_ready_uri: text(fields, "recordingReadyUri"),
        transcribe: known(
            fields.get("transcribe"),
            Transcribe::from_name,
            Transcribe::from_number,
        )
        .unwrap_or(Transcribe::Unspecified),
        transcription_ready_uri: text(fields, "transcriptionReadyUri"),
    }
}

/// An enum by its name, or by its number where it has none.
fn known<T>(
    value: Option<&Value>,
    of_name: impl Fn(&str) -> Option<T>,
    of_number: impl Fn(i32) -> T,
) -> Option<T> {
    let value = value?;
    if let Some(name) = value.as_str() {
        return of_name(name);
    }
    let number = i32::try_from(value.as_i64()?).ok()?;
    Some(of_number(number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_read_as_it_was_written() {
        let call = NewCall {
            to: "+61491570006".to_owned(),
            from: "+61255501234".to_owned(),
            is_private: true,
            labels: [("campaign", "spring"), ("漢", "\u{1b}[31m\n\"")]
                .into_iter()
                .collect(),
            options: Options {
                handler_uris: vec!["https://a.example/1".to_owned(), "tel:+612".to_owned()],
                state_update_uri: "https://a.example/2".to_owned(),
                timeout_seconds: 45,
                recording: Some(RecordingConfig {
                    trigger: Trigger::Bridge,
                    post_processing: vec![PostProcessing::TrimSilence, PostProcessing::Other(7)],
                    recording_ready_uri: "https://a.example/3".to_owned(),
                    transcribe: Transcribe::Other(-3),
                    transcription_ready_uri: "https://a.example/4".to_owned(),
                }),
            },
        };
        let written = serde_json::to_value(&call).unwrap();
        assert_eq!(read(&written), Some(call));
        let bare = NewCall {
            to: "+1".to_owned(),
            ..NewCall::default()
        };
        let written = serde_json::to_value(&bare).unwrap();
        assert_eq!(read(&written), Some(bare));
    }

    #[test]
    fn what_makes_no_sense_has_its_default_value() {
        let odd = serde_json::json!({
            "to": "+1", "from": 7, "isPrivate": "yes", "labels": {"a": 1, "b": "c"},
            "options": {"handlerUris": "x", "timeoutSeconds": 1e30, "recording": {"trigger": "?"}},
        });
        let call = read(&odd).unwrap();
        assert_eq!(call.labels.len(), 1);
        assert_eq!(call.options.recording, Some(RecordingConfig::default()));
        for nothing in [serde_json::json!(7), serde_json::json!({"from": "+1"})] {
            assert_eq!(read(&nothing), None);
        }
    }
}
