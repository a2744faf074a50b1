//! A call as flags or the cells of a row describe it: texts at first, then a call or all that is
//! wrong with them, each with its reason and at its input.

use crate::call::{
    DenyList, E164, Labels, NewCall, NumberPlan, Options, PostProcessing, RecordingConfig,
    TICKET_LABEL, Transcribe, Trigger, Violation, check_denied_call, check_new_call,
};
use crate::cli::arguments::CallFlags;

/// As long as any ticket of our own, to count what it takes among the labels.
pub(super) const ANY_TICKET: &str = "00000000-0000-0000-0000-000000000000";

/// One input of a call; the number is that of a handler among several, from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Input {
    To,
    From,
    Private,
    Handler(usize),
    Timeout,
    Label,
    StateWebhook,
    Record,
    TrimSilence,
    RecordingWebhook,
    Transcribe,
    TranscriptWebhook,
}

impl Input {
    /// Its flag on the command line.
    pub(super) fn flag(self) -> &'static str {
        match self {
            Self::To => "--to",
            Self::From => "--from",
            Self::Private => "--private",
            Self::Handler(_) => "--handler-uri",
            Self::Timeout => "--timeout",
            Self::Label => "--label",
            Self::StateWebhook => "--state-webhook",
            Self::Record => "--record",
            Self::TrimSilence => "--trim-silence",
            Self::RecordingWebhook => "--recording-webhook",
            Self::Transcribe => "--transcribe",
            Self::TranscriptWebhook => "--transcript-webhook",
        }
    }

    /// The input that a field of the request comes from.
    fn of_path(path: &str) -> Self {
        let rest = path.strip_prefix("call.").unwrap_or(path);
        let (name, index) = rest.split_once('[').unwrap_or((rest, "0"));
        let index = index.trim_end_matches(']').parse().unwrap_or_default();
        match name {
            "from" => Self::From,
            "is_private" => Self::Private,
            "labels" => Self::Label,
            "options.handler_uris" => Self::Handler(index),
            "options.timeout_seconds" => Self::Timeout,
            "options.state_update_uri" => Self::StateWebhook,
            "options.recording.trigger" => Self::Record,
            "options.recording.post_processing" => Self::TrimSilence,
            "options.recording.recording_ready_uri" => Self::RecordingWebhook,
            "options.recording.transcribe" => Self::Transcribe,
            "options.recording.transcription_ready_uri" => Self::TranscriptWebhook,
            _ => Self::To,
        }
    }
}

/// What is said of an input: why it is wrong, or why it may be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Remark {
    pub(super) input: Input,
    /// A sentence without its full stop. Not sanitised.
    pub(super) text: String,
}

impl Remark {
    pub(super) fn new(input: Input, text: impl Into<String>) -> Self {
        let text = text.into();
        Self { input, text }
    }
}

/// What a call has to keep to beside the rules of the service.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rules<'a> {
    /// The ticket that the call will carry, which takes its room among the labels.
    pub(super) ticket: Option<&'a str>,
    /// Numbers that are not called; emergency numbers never are.
    pub(super) deny: &'a DenyList,
}

/// The texts of a call's inputs, as far as they are given.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Draft {
    pub(super) to: Option<String>,
    pub(super) from: Option<String>,
    pub(super) private: Option<String>,
    pub(super) handlers: Vec<String>,
    pub(super) timeout: Option<String>,
    /// Keys with their values.
    pub(super) labels: Vec<(String, String)>,
    pub(super) state_webhook: Option<String>,
    pub(super) record: Option<String>,
    pub(super) trim_silence: Option<String>,
    pub(super) recording_webhook: Option<String>,
    pub(super) transcribe: Option<String>,
    pub(super) transcript_webhook: Option<String>,
}

impl Draft {
    /// What the flags say, and what of it has no sense by itself.
    pub(super) fn of_flags(flags: CallFlags) -> (Self, Vec<Remark>) {
        let yes = |set: bool| set.then(|| "yes".to_owned());
        let mut labels: Vec<(String, String)> = Vec::new();
        let mut wrong = Vec::new();
        for text in &flags.labels {
            let Some((key, value)) = text.split_once('=') else {
                let reason = format!("write KEY=VALUE, and not {text:?}");
                wrong.push(Remark::new(Input::Label, reason));
                continue;
            };
            let (key, value) = (key.trim().to_owned(), value.trim().to_owned());
            if labels.iter().any(|(other, _)| *other == key) {
                let twice = format!("the key {key:?} is given twice");
                wrong.push(Remark::new(Input::Label, twice));
            }
            labels.push((key, value));
        }
        let draft = Self {
            to: flags.to,
            from: flags.from,
            private: yes(flags.private),
            handlers: flags.handler_uris,
            timeout: flags.timeout,
            labels,
            state_webhook: flags.state_webhook,
            record: flags.record,
            trim_silence: yes(flags.trim_silence),
            recording_webhook: flags.recording_webhook,
            transcribe: yes(flags.transcribe),
            transcript_webhook: flags.transcript_webhook,
        };
        (draft, wrong)
    }

    /// What this does not say is taken from `other`; labels come together, key by key.
    pub(super) fn or(self, other: &Self) -> Self {
        let first = |own: Option<String>, other: &Option<String>| own.or_else(|| other.clone());
        let mut labels = self.labels;
        for (key, value) in &other.labels {
            if !labels.iter().any(|(own, _)| own == key) {
                labels.push((key.clone(), value.clone()));
            }
        }
        Self {
            to: first(self.to, &other.to),
            from: first(self.from, &other.from),
            private: first(self.private, &other.private),
            handlers: if self.handlers.is_empty() {
                other.handlers.clone()
            } else {
                self.handlers
            },
            timeout: first(self.timeout, &other.timeout),
            labels,
            state_webhook: first(self.state_webhook, &other.state_webhook),
            record: first(self.record, &other.record),
            trim_silence: first(self.trim_silence, &other.trim_silence),
            recording_webhook: first(self.recording_webhook, &other.recording_webhook),
            transcribe: first(self.transcribe, &other.transcribe),
            transcript_webhook: first(self.transcript_webhook, &other.transcript_webhook),
        }
    }

    /// The call, with whatever may be a mistake in it; or everything that is wrong, in the order of
    /// the inputs.
    pub(super) fn call(&self, rules: &Rules<'_>) -> Result<(NewCall, Vec<Remark>), Vec<Remark>> {
        let mut wrong = Vec::new();
        let call = self.read(&mut wrong);
        let recording = call.options.recording.as_ref();
        let lacks_recording = recording.is_some_and(|it| it.transcribes() && !it.records());
        if lacks_recording {
            let reason = "a transcription needs a recording: say when to record, answer or bridge";
            wrong.push(Remark::new(Input::Transcribe, reason));
        }
        let mut counted = call.clone();
        if let Some(ticket) = rules.ticket {
            counted.labels.insert(TICKET_LABEL, ticket);
        }
        for Violation { field, reason } in check_new_call(&counted) {
            let input = Input::of_path(&field);
            // What cannot be read has its reason already.
            if !wrong.iter().any(|known| known.input == input) {
                wrong.push(Remark::new(input, reason));
            }
        }
        for Violation { field, reason } in check_denied_call(&call, rules.deny) {
            wrong.push(Remark::new(Input::of_path(&field), reason));
        }
        let mut doubts = doubts(&call);
        for (input, number) in [(Input::To, &call.to), (Input::From, &call.from)] {
            match E164::parse(number).map(E164::plan) {
                Ok(NumberPlan::Impossible(reason))
                    if !wrong.iter().any(|known| known.input == input) =>
                {
                    wrong.push(Remark::new(input, format!("{number}: {reason}")));
                }
                Ok(NumberPlan::Possible {
                    assigned: false, ..
                }) => {
                    let text = format!("{number} looks unassigned: check it");
                    doubts.push(Remark::new(input, text));
                }
                Ok(NumberPlan::Possible { assigned: true, .. } | NumberPlan::Impossible(_))
                | Err(_) => {}
            }
        }
        if wrong.is_empty() {
            return Ok((call, doubts));
        }
        wrong.sort_by_key(|remark| remark.input);
        Err(wrong)
    }

    /// The call as far as its texts can be read; what cannot be is told.
    fn read(&self, wrong: &mut Vec<Remark>) -> NewCall {
        let text = |text: &Option<String>| text.as_deref().unwrap_or_default().trim().to_owned();
        let mut answer = |input, text: &Option<String>| match switch(text.as_deref()) {
            Ok(answer) => answer,
            Err(reason) => {
                wrong.push(Remark::new(input, reason));
                false
            }
        };
        let is_private = answer(Input::Private, &self.private);
        let trims = answer(Input::TrimSilence, &self.trim_silence);
        let transcribes = answer(Input::Transcribe, &self.transcribe);
        let trigger = trigger(self.record.as_deref()).unwrap_or_else(|reason| {
            wrong.push(Remark::new(Input::Record, reason));
            Trigger::Answer
        });
        let timeout_seconds = seconds(self.timeout.as_deref()).unwrap_or_else(|reason| {
            wrong.push(Remark::new(Input::Timeout, reason));
            0
        });
        if self.labels.iter().any(|(key, _)| key == TICKET_LABEL) {
            let reason = format!("the key {TICKET_LABEL} is switchboard's own");
            wrong.push(Remark::new(Input::Label, reason));
        }
        let recording = RecordingConfig {
            trigger,
            post_processing: if trims {
                vec![PostProcessing::TrimSilence]
            } else {
                Vec::new()
            },
            recording_ready_uri: text(&self.recording_webhook),
            transcribe: if transcribes {
                Transcribe::Default
            } else {
                Transcribe::Disabled
            },
            transcription_ready_uri: text(&self.transcript_webhook),
        };
        let silent = RecordingConfig {
            trigger: Trigger::Disabled,
            transcribe: Transcribe::Disabled,
            ..RecordingConfig::default()
        };
        let labels = self.labels.iter();
        NewCall {
            to: dialled(&text(&self.to)),
            from: dialled(&text(&self.from)),
            is_private,
            labels: labels
                .map(|(key, value)| (key.as_str(), value.as_str()))
                .collect::<Labels>(),
            options: Options {
                handler_uris: self
                    .handlers
                    .iter()
                    .map(|uri| uri.trim().to_owned())
                    .collect(),
                state_update_uri: text(&self.state_webhook),
                timeout_seconds,
                recording: (recording != silent).then_some(recording),
            },
        }
    }
}

/// A number without what people write between its digits.
pub(super) fn dialled(text: &str) -> String {
    let between = |c: char| {
        c.is_whitespace() || matches!(c, '(' | ')' | '-' | '.' | '/' | '\u{2010}'..='\u{2015}')
    };
    text.chars().filter(|c| !between(*c)).collect()
}

/// What has no effect as it stands.
fn doubts(call: &NewCall) -> Vec<Remark> {
    let Some(recording) = &call.options.recording else {
        return Vec::new();
    };
    let idle = [
        (
            Input::TrimSilence,
            !recording.records() && !recording.post_processing.is_empty(),
            "recording",
        ),
        (
            Input::RecordingWebhook,
            !recording.records() && !recording.recording_ready_uri.is_empty(),
            "recording",
        ),
        (
            Input::TranscriptWebhook,
            !recording.transcribes() && !recording.transcription_ready_uri.is_empty(),
            "transcription",
        ),
    ];
    idle.into_iter()
        .filter(|(_, holds, _)| *holds)
        .map(|(input, _, what)| Remark::new(input, format!("has no effect without a {what}")))
        .collect()
}

fn switch(text: Option<&str>) -> Result<bool, String> {
    let text = text.unwrap_or_default().trim();
    match text.to_ascii_lowercase().as_str() {
        "yes" | "true" | "1" => Ok(true),
        "" | "no" | "false" | "0" => Ok(false),
        _ => Err(format!("{text:?} is neither yes nor no")),
    }
}

fn trigger(text: Option<&str>) -> Result<Trigger, String> {
    let text = text.unwrap_or_default().trim();
    match text.to_ascii_lowercase().as_str() {
        "answer" => Ok(Trigger::Answer),
        "bridge" => Ok(Trigger::Bridge),
        "" | "no" => Ok(Trigger::Disabled),
        _ => Err(format!(
            "{text:?} is no time to record from: answer, bridge or no"
        )),
    }
}

/// Whole seconds, or minutes with an `m`; nothing at all stands for the default of the service.
fn seconds(text: Option<&str>) -> Result<i32, String> {
    let text = text.unwrap_or_default().trim();
    if text.is_empty() {
        return Ok(0);
    }
    let (digits, unit) = match text.strip_suffix('m') {
        Some(minutes) => (minutes, 60),
        None => (text.strip_suffix('s').unwrap_or(text), 1),
    };
    let whole = digits.trim_end();
    let negative = whole.strip_prefix('-').unwrap_or(whole);
    if negative.is_empty() || !negative.chars().all(|c| c.is_ascii_digit()) {
        return Err(format!(
            "{text:?} is no time in whole seconds or minutes, such as 30s"
        ));
    }
    match whole.parse::<i32>().ok().and_then(|n| n.checked_mul(unit)) {
        // The wire has no other word for "nothing said".
        Some(0) => Err("0 s is out of range: 1 to 600, or nothing for 30".to_owned()),
        Some(seconds) => Ok(seconds),
        None => Err(format!("{text} is out of range: 1s to 600s")),
    }
}

#[cfg(test)]
mod tests;
