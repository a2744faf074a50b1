//! Reads what a request names and asks for: names by their patterns, the call by the rules of
//! CreateCall, with the defaults that become part of it (`api.md §3`, `§5`).

use tonic::Status;

use crate::call::{self, DEFAULT_TIMEOUT_SECONDS, NewCall, ProjectName, Violation};
use crate::proto::TranscribeOption;
use crate::proto::call::ApiCallOptions;
use crate::proto::call_recording_config::CallRecordingTrigger;
use crate::sandbox::refusal::invalid;
use crate::{convert, proto};

/// `projects/{project}`, and nothing else.
pub(super) fn check_parent(parent: &str) -> Result<(), Status> {
    check_project(parent).map_err(|reason| invalid(&[Violation::new("parent", reason)]))
}

/// The parent and the id of `projects/{project}/calls/{call}`. Any id of one segment is well-formed.
pub(super) fn split_name(name: &str) -> Result<(&str, &str), Status> {
    let split = name
        .rsplit_once('/')
        .and_then(|(rest, id)| Some((rest.strip_suffix("/calls")?, id)))
        .filter(|(_, id)| !id.is_empty());
    let checked = match split {
        Some((parent, id)) => check_project(parent).map(|()| (parent, id)),
        None => Err("a call's name is projects/{project}/calls/{call}".to_owned()),
    };
    checked.map_err(|reason| invalid(&[Violation::new("name", reason)]))
}

fn check_project(name: &str) -> Result<(), String> {
    if !name.starts_with("projects/") {
        return Err(
            "a project's name is projects/{project}, such as projects/my-project".to_owned(),
        );
    }
    ProjectName::parse(name).map(drop)
}

/// The call that is asked for, with its defaults and without anything that only the service says.
pub(super) fn read_call(call: Option<proto::Call>) -> Result<proto::Call, Vec<Violation>> {
    let Some(call) = call else {
        return Err(vec![Violation::new("call", "a call is needed")]);
    };
    let wish = NewCall {
        to: call.to.clone(),
        from: call.from.clone(),
        is_private: call.is_private,
        labels: call
            .labels
            .iter()
            .map(|(key, value)| (&**key, &**value))
            .collect(),
        options: call
            .options
            .clone()
            .map(convert::options)
            .unwrap_or_default(),
    };
    let mut violations = call::check_new_call(&wish);
    if call.options.is_none() {
        // What is missing is the whole message, not one field of it.
        violations.retain(|violation| !violation.field.starts_with("call.options."));
        violations.push(Violation::new("call.options", "options are needed"));
    }
    if !violations.is_empty() {
        return Err(violations);
    }
    Ok(proto::Call {
        to: call.to,
        from: call.from,
        is_private: call.is_private,
        labels: call.labels,
        options: call.options.map(with_defaults),
        ..proto::Call::default()
    })
}

/// What the service takes an unset field for is part of the call from then on.
fn with_defaults(mut options: ApiCallOptions) -> ApiCallOptions {
    if options.timeout_seconds == 0 {
        options.timeout_seconds = DEFAULT_TIMEOUT_SECONDS;
    }
    if let Some(recording) = &mut options.recording {
        if recording.trigger == 0 {
            recording.set_trigger(CallRecordingTrigger::Disabled);
        }
        if recording.transcribe == 0 {
            recording.set_transcribe(TranscribeOption::Disabled);
        }
        let mut steps = Vec::new();
        for &step in &recording.post_processing {
            if step != 0 && !steps.contains(&step) {
                steps.push(step);
            }
        }
        recording.post_processing = steps;
    }
    options
}
