//! What is to be said at a field while one types: wrong, doubtful, or simply worth knowing.

use std::collections::BTreeSet;

use crate::call::{
    E164, Labels, MAX_LABELS, NumberFault, NumberPlan, TICKET_LABEL, called_by, check_denied,
    check_handler_uri, check_labels, check_timeout, check_web_uri,
};

use super::{Field, Form};

/// The rows for labels: one of the labels that a call may have is the ticket.
pub(super) const LABEL_ROWS: usize = MAX_LABELS - 1;

/// As long as any ticket, to count the bytes that it takes among the labels.
const ANY_TICKET: &str = "00000000-0000-0000-0000-000000000000";

/// How much a remark weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weight {
    /// Good to know.
    Fact,
    /// It may go wrong.
    Doubt,
    /// It cannot be sent like this.
    Wrong,
}

/// A remark at a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remark {
    /// How much it weighs.
    pub weight: Weight,
    /// A sentence without its full stop.
    pub text: String,
}

impl Remark {
    fn new(weight: Weight, text: impl Into<String>) -> Self {
        Self {
            weight,
            text: text.into(),
        }
    }
}

impl Form {
    /// What is to be said at a field. What is missing is wrong only once the cursor has left the
    /// field, or somebody tried to send.
    pub fn remark(&self, field: Field) -> Option<Remark> {
        let verdict = self
            .refused
            .iter()
            .find(|(refused, _)| *refused == field)
            .map(|(_, reason)| Remark::new(Weight::Wrong, format!("the service says: {reason}")));
        verdict.or_else(|| self.own_remark(field))
    }

    fn own_remark(&self, field: Field) -> Option<Remark> {
        let text = self
            .line(field)
            .map(|line| line.text().trim())
            .unwrap_or_default();
        let visited = self.visited.contains(&field);
        match field {
            Field::To | Field::From if text.is_empty() => {
                visited.then(|| Remark::new(Weight::Wrong, NumberFault::Empty.to_string()))
            }
            Field::To => Some(
                self.denied(&dialled(text))
                    .unwrap_or_else(|| number_remark(text)),
            ),
            Field::From => Some(number_remark(text)),
            Field::Handler(0) if self.handler_rows().is_empty() => {
                visited.then(|| Remark::new(Weight::Wrong, "at least one handler URI is needed"))
            }
            Field::Handler(_) => {
                unless_empty(text, check_handler_uri).or_else(|| self.denied(&called_by(text)?))
            }
            Field::StateUpdate => unless_empty(text, check_web_uri),
            Field::RecordingReady | Field::TranscriptionReady => {
                unless_empty(text, check_web_uri).or_else(|| self.unused(field, text))
            }
            Field::Timeout => match seconds(text) {
                Ok(seconds) => wrong(check_timeout(seconds)),
                Err(reason) => Some(Remark::new(Weight::Wrong, reason)),
            },
            Field::Transcribe if self.transcribe && self.trigger.is_none() => Some(Remark::new(
                Weight::Wrong,
                "a transcription needs a recording: choose when to record",
            )),
            Field::TrimSilence if self.trim_silence && self.trigger.is_none() => Some(Remark::new(
                Weight::Doubt,
                "has no effect without a recording",
            )),
            Field::Label(row) => self.label_remark(row, text),
            Field::Preset
            | Field::Private
            | Field::Trigger
            | Field::TrimSilence
            | Field::Transcribe
            | Field::Place => None,
        }
    }

    /// Why a number is not called from here.
    fn denied(&self, number: &str) -> Option<Remark> {
        let denied = check_denied(number, self.deny()).err()?;
        Some(Remark::new(Weight::Wrong, denied.to_string()))
    }

    fn unused(&self, field: Field, text: &str) -> Option<Remark> {
        let used = match field {
            Field::TranscriptionReady => self.transcribe,
            _ => self.trigger.is_some(),
        };
        let what = if field == Field::TranscriptionReady {
            "transcription"
        } else {
            "recording"
        };
        (!used && !text.is_empty())
            .then(|| Remark::new(Weight::Doubt, format!("has no effect without a {what}")))
    }

    fn label_remark(&self, row: usize, text: &str) -> Option<Remark> {
        let key = match label_parts(text) {
            Ok(parts) => parts.map(|(key, _)| key),
            Err(reason) => return Some(Remark::new(Weight::Wrong, reason)),
        };
        if key == Some(TICKET_LABEL) {
            return Some(Remark::new(Weight::Wrong, "this key is the console's own"));
        }
        let earlier: BTreeSet<&str> = self
            .labels
            .iter()
            .take(row)
            .filter_map(|label| Some(label_parts(label.text()).ok()??.0))
            .collect();
        if key.is_some_and(|key| earlier.contains(key)) {
            return Some(Remark::new(Weight::Wrong, "this key is given twice"));
        }
        if row > 0 {
            return None;
        }
        let all: Labels = self
            .labels
            .iter()
            .filter_map(|label| label_parts(label.text()).ok().flatten())
            .chain([(TICKET_LABEL, ANY_TICKET)])
            .collect();
        wrong(check_labels(&all))
    }
}

/// A number without what people write between its digits.
pub(super) fn dialled(text: &str) -> String {
    text.chars()
        .filter(|c| {
            !c.is_whitespace()
                && !matches!(c, '(' | ')' | '-' | '.' | '/' | '\u{2010}'..='\u{2015}')
        })
        .collect()
}

/// Seconds, with or without their unit; nothing at all is zero, which stands for the default.
pub(super) fn seconds(text: &str) -> Result<i32, String> {
    let number = text.trim().trim_end_matches('s').trim_end();
    if number.is_empty() {
        return Ok(0);
    }
    match number.parse::<i32>() {
        Ok(0) => Err("0 s is out of range: 1 to 600, or nothing for 30".to_owned()),
        Ok(seconds) => Ok(seconds),
        Err(_) => Err(format!("{number:?} is not a number of seconds, such as 30")),
    }
}

/// Key and value of a label; nothing for an empty row.
pub(super) fn label_parts(text: &str) -> Result<Option<(&str, &str)>, String> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    match text
        .split_once('=')
        .map(|(key, value)| (key.trim(), value.trim()))
    {
        Some(("", _)) => Err("a label needs a key before the =".to_owned()),
        Some(parts) => Ok(Some(parts)),
        None => Err("write a label as key = value".to_owned()),
    }
}

fn number_remark(text: &str) -> Remark {
    let number = dialled(text);
    let plan = match E164::parse(&number) {
        Ok(number) => number.plan(),
        Err(fault) => return Remark::new(Weight::Wrong, fault.to_string()),
    };
    match plan {
        NumberPlan::Impossible(reason) => Remark::new(Weight::Wrong, reason),
        NumberPlan::Possible {
            region,
            national,
            assigned,
            ..
        } => {
            let place = region.unwrap_or_else(|| "no country".to_owned());
            if assigned {
                Remark::new(Weight::Fact, format!("{place} · {national}"))
            } else {
                Remark::new(
                    Weight::Doubt,
                    format!("{place} · {national} · looks unassigned: check it"),
                )
            }
        }
    }
}

fn unless_empty(text: &str, check: impl Fn(&str) -> Result<(), String>) -> Option<Remark> {
    if text.is_empty() {
        None
    } else {
        wrong(check(text))
    }
}

fn wrong(result: Result<(), String>) -> Option<Remark> {
    result
        .err()
        .map(|reason| Remark::new(Weight::Wrong, reason))
}
