//! What is said of a call on standard output, state by state.

use std::io::{self, Write};

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use crate::call::{Call, State};
use crate::cli::arguments::Form;
use crate::logging::harmless;

use super::json;

/// Says how far a call has come, each state once and with its time.
pub(super) struct Told {
    form: Form,
    zone: Tz,
    /// The states that were told.
    states: Vec<State>,
}

impl Told {
    pub(super) fn new(form: Form, zone: Tz) -> Self {
        Self {
            form,
            zone,
            states: Vec::new(),
        }
    }

    /// Says that there is a call, and, if it is followed, how far it has come.
    pub(super) fn placed(&mut self, call: &Call, is_followed: bool) -> io::Result<()> {
        let mut out = io::stdout().lock();
        if self.form == Form::Text {
            writeln!(out, "placed {}", harmless(call.name.as_str()))?;
            out.flush()?;
            if !is_followed {
                return Ok(());
            }
        }
        self.write(call, &mut out)
    }

    /// Says to which state it has come.
    pub(super) fn state(&mut self, call: &Call) -> io::Result<()> {
        self.write(call, &mut io::stdout().lock())
    }

    fn write(&mut self, call: &Call, out: &mut impl Write) -> io::Result<()> {
        match self.form {
            Form::Json => {
                json(call, out)?;
                out.write_all(b"\n")?;
            }
            Form::Text => {
                for (state, time) in course(call) {
                    if self.states.contains(&state) {
                        continue;
                    }
                    self.states.push(state);
                    let time = time.map(|time| time.with_timezone(&self.zone));
                    let time = time.map(|time| time.format("%H:%M:%S%.3f").to_string());
                    let time = time.unwrap_or_default();
                    let word = state.name().to_lowercase().replace('_', " ");
                    let more = if state == call.state {
                        ending(call)
                    } else {
                        String::new()
                    };
                    let line = format!("{time:<12}  {word:<12}  {more}");
                    writeln!(out, "{}", harmless(line.trim_end()))?;
                }
            }
        }
        out.flush()
    }
}

/// The states that a call has been in, by its times: one may have come and gone between two looks.
fn course(call: &Call) -> Vec<(State, Option<DateTime<Utc>>)> {
    let passed = [
        (State::Queued, call.create_time),
        (State::Starting, call.start_time),
        (State::Ringing, call.ring_time),
        (State::InProgress, call.answer_time),
    ];
    let mut course: Vec<_> = passed
        .into_iter()
        .filter(|(state, time)| time.is_some() && *state != call.state)
        .collect();
    let time = match call.state {
        State::Queued => call.create_time,
        State::Starting => call.start_time,
        State::Ringing => call.ring_time,
        State::InProgress => call.answer_time,
        State::Completed | State::Failed | State::NotAnswered | State::Busy | State::Rejected => {
            call.end_time
        }
        State::Unspecified | State::Other(_) => None,
    };
    // A time that is there before its state is told does not make the call go backwards.
    course.retain(|(_, passed)| time.is_none() || *passed <= time);
    course.push((call.state, time));
    course
}

/// What there is to say of a call that is over.
fn ending(call: &Call) -> String {
    let mut parts = Vec::new();
    if let Some(talk) = call.answer_duration {
        let millis = talk.num_milliseconds().max(0);
        parts.push(format!(
            "talked {}.{} s",
            millis / 1_000,
            millis % 1_000 / 100
        ));
    }
    parts.extend(call.price.as_ref().map(ToString::to_string));
    for text in [&call.error_code, &call.error_message] {
        if !text.is_empty() {
            parts.push(text.to_string());
        }
    }
    parts.join(", ")
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;
    use crate::call::{CallName, Money};

    fn told(told: &mut Told, call: &Call) -> String {
        let mut out = Vec::new();
        told.write(call, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_state_that_came_and_went_between_two_looks_is_told_with_its_time() {
        let at = |second: i64| DateTime::from_timestamp(1_700_000_000 + second, 5_000_000);
        let mut text = Told::new(Form::Text, Tz::UTC);
        let mut call = Call::new(CallName::new("projects/demo/calls/1"));
        call.state = State::Queued;
        call.create_time = at(0);
        assert_eq!(told(&mut text, &call), "22:13:20.005  queued\n");
        call.state = State::InProgress;
        (call.start_time, call.ring_time, call.answer_time) = (at(1), at(2), at(4));
        assert_eq!(
            told(&mut text, &call),
            "22:13:21.005  starting\n22:13:22.005  ringing\n22:13:24.005  in progress\n"
        );
        assert_eq!(told(&mut text, &call), "");
        call.state = State::Completed;
        call.end_time = at(24);
        call.answer_duration = Some(TimeDelta::milliseconds(20_040));
        call.price = Some(Money::new("AUD", 0, 42_000_000));
        assert_eq!(
            told(&mut text, &call),
            "22:13:44.005  completed     talked 20.0 s, AUD 0.042\n"
        );
    }

    #[test]
    fn what_the_service_says_of_an_end_does_no_harm() {
        let mut call = Call::new(CallName::new("projects/demo/calls/1"));
        call.state = State::Failed;
        call.error_code = "NOT_FOUND".into();
        call.error_message = "no\u{1b}[2J\nsuch number".into();
        for form in [Form::Text, Form::Json] {
            let told = told(&mut Told::new(form, Tz::UTC), &call);
            assert_eq!(told.lines().count(), 1, "{told}");
            assert!(!told.contains('\u{1b}'), "{told}");
        }
    }
}
