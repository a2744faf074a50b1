//! Faults: how a sandbox misbehaves on demand, as its table in `sandbox.md` says.
//!
//! [`Faults`] are what was asked for. The `gate` stands before the service and has requests wait,
//! refuses them, loses their answers, and has lists read wrongly; `hostile` spoils the texts of
//! simulated calls. Late prices are up to the exchange.

mod bucket;
mod gate;
mod hostile;
mod length;
mod listing;

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

pub(super) use gate::{Gate, Method, Opening, Visit};
pub(super) use hostile::spoil;

/// How long an answer may be held back at most.
const LONGEST_WAIT: Duration = Duration::from_secs(60 * 60);
/// How late the exchange may be with anything at most.
const LATEST: Duration = Duration::from_secs(24 * 60 * 60);
/// How many requests a second can be told apart from no limit.
const MAX_REQUESTS: u32 = 1_000_000;
/// How many characters of what somebody wrote are repeated.
const REPEATED: usize = 40;

/// The name of a fault, in the order of the table of `sandbox.md`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Name {
    Latency,
    Jitter,
    Unavailable,
    LoseCreate,
    DropCreate,
    RateLimit,
    OffsetTokens,
    LateVisible,
    IgnoreFilter,
    ShortPages,
    LatePrice,
    HostileText,
}

/// What stands behind the name of a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Takes {
    /// A length of time, up to a longest one.
    Length { longest: Duration },
    /// A share of something, 0 to 1.
    Share,
    /// A number of requests a second.
    Requests,
    /// Nothing: the name says it all.
    Nothing,
}

/// What was given behind the name of a fault.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Value {
    Length(Duration),
    Share(f64),
    Requests(u32),
    Nothing,
}

impl Name {
    const ALL: [Self; 12] = [
        Self::Latency,
        Self::Jitter,
        Self::Unavailable,
        Self::LoseCreate,
        Self::DropCreate,
        Self::RateLimit,
        Self::OffsetTokens,
        Self::LateVisible,
        Self::IgnoreFilter,
        Self::ShortPages,
        Self::LatePrice,
        Self::HostileText,
    ];

    /// As it is written.
    fn text(self) -> &'static str {
        let example = self.example();
        example.split_once('=').map_or(example, |(name, _)| name)
    }

    /// The fault as somebody would write it.
    fn example(self) -> &'static str {
        match self {
            Self::Latency => "latency=50ms",
            Self::Jitter => "jitter=20ms",
            Self::Unavailable => "unavailable=0.05",
            Self::LoseCreate => "lose-create=1.0",
            Self::DropCreate => "drop-create=1.0",
            Self::RateLimit => "rate-limit=20",
            Self::OffsetTokens => "offset-tokens",
            Self::LateVisible => "late-visible=5s",
            Self::IgnoreFilter => "ignore-filter",
            Self::ShortPages => "short-pages",
            Self::LatePrice => "late-price=30s",
            Self::HostileText => "hostile-text",
        }
    }

    fn effect(self) -> &'static str {
        match self {
            Self::Latency => "every answer waits so long, errors too",
            Self::Jitter => "and, by chance, up to so much longer",
            Self::Unavailable => "that share of requests fails with UNAVAILABLE, not looked at",
            Self::LoseCreate => "that share of CreateCalls is carried out and never answered",
            Self::DropCreate => "that share of CreateCalls is not carried out and never answered",
            Self::RateLimit => "more requests a second get RESOURCE_EXHAUSTED, with RetryInfo",
            Self::OffsetTokens => "page tokens are offsets into a moving list",
            Self::LateVisible => "a new call appears in lists only after that time",
            Self::IgnoreFilter => "a filter is accepted and not applied",
            Self::ShortPages => "pages are cut short by chance, some to nothing",
            Self::LatePrice => "prices arrive that long after the end",
            Self::HostileText => {
                "simulated calls carry control characters, escape sequences and worse"
            }
        }
    }

    fn takes(self) -> Takes {
        match self {
            Self::Latency | Self::Jitter => Takes::Length {
                longest: LONGEST_WAIT,
            },
            Self::LateVisible | Self::LatePrice => Takes::Length { longest: LATEST },
            Self::Unavailable | Self::LoseCreate | Self::DropCreate => Takes::Share,
            Self::RateLimit => Takes::Requests,
            Self::OffsetTokens | Self::IgnoreFilter | Self::ShortPages | Self::HostileText => {
                Takes::Nothing
            }
        }
    }

    /// The name that was probably meant.
    fn nearest(word: &str) -> Option<&'static str> {
        let word: String = word.chars().take(REPEATED).collect();
        let word = word.to_lowercase().replace('_', "-");
        let reach = (word.chars().count() / 3).max(1);
        Self::ALL
            .into_iter()
            .map(|name| (strsim::damerau_levenshtein(&word, name.text()), name.text()))
            .filter(|(distance, _)| *distance <= reach)
            .min_by_key(|(distance, _)| *distance)
            .map(|(_, text)| text)
    }
}

impl Takes {
    fn read(self, text: &str) -> Option<Value> {
        match self {
            Self::Length { longest } => length::read(text)
                .filter(|length| *length <= longest)
                .map(Value::Length),
            Self::Share => text
                .parse()
                .ok()
                .filter(|share| (0.0..=1.0).contains(share))
                .map(Value::Share),
            Self::Requests => text
                .parse()
                .ok()
                .filter(|requests| (1..=MAX_REQUESTS).contains(requests))
                .map(Value::Requests),
            Self::Nothing => None,
        }
    }

    /// What is to be written, as the end of a sentence.
    fn wanted(self) -> String {
        match self {
            Self::Length { longest } => format!(
                "write a length of time, such as 50ms, 5s or 1m, up to {}",
                length::Written(longest)
            ),
            Self::Share => "write a share from 0 to 1, such as 0.05".to_owned(),
            Self::Requests => format!("write requests a second, 1 to {MAX_REQUESTS}"),
            Self::Nothing => "write the name alone".to_owned(),
        }
    }
}

/// Why something is no fault, as a sentence with the remedy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FaultError {
    /// No fault has that name.
    #[error("there is no fault {given:?}{remedy}")]
    Unknown {
        /// What was written, shortened.
        given: String,
        /// The name that was probably meant, or all of them.
        remedy: String,
    },
    /// The fault says nothing without a value.
    #[error("{name} needs a value, such as {example}")]
    Missing {
        /// The fault.
        name: &'static str,
        /// The fault with a value.
        example: &'static str,
    },
    /// The fault has no degrees.
    #[error("{name} takes no value: write the name alone")]
    Unwanted {
        /// The fault.
        name: &'static str,
    },
    /// The value is of another kind, or out of range.
    #[error("{name} cannot be {given:?}: {wanted}")]
    Value {
        /// The fault.
        name: &'static str,
        /// What was written, shortened.
        given: String,
        /// What is to be written.
        wanted: String,
    },
    /// The fault is there already.
    #[error("{name} is given twice: once is enough")]
    Twice {
        /// The fault.
        name: &'static str,
    },
}

/// Some faults, each at most once; none by default. Written as on the command line: `NAME=VALUE`,
/// several with commas between.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Faults(BTreeMap<Name, Value>);

impl Faults {
    /// Every fault there is: an example of how it is written, and its effect.
    pub fn table() -> impl Iterator<Item = (&'static str, &'static str)> {
        Name::ALL
            .into_iter()
            .map(|name| (name.example(), name.effect()))
    }

    /// These faults and others.
    ///
    /// # Errors
    ///
    /// Fails if both have the same one, whatever its value.
    pub fn and(mut self, others: Self) -> Result<Self, FaultError> {
        for (name, value) in others.0 {
            self.add(name, value)?;
        }
        Ok(self)
    }

    /// Whether the sandbox behaves.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a fault is there.
    pub(super) fn has(&self, name: Name) -> bool {
        self.0.contains_key(&name)
    }

    /// The length of time of a fault; nothing if it is not there.
    pub(super) fn length(&self, name: Name) -> Option<Duration> {
        match self.0.get(&name) {
            Some(Value::Length(length)) => Some(*length),
            Some(Value::Share(_) | Value::Requests(_) | Value::Nothing) | None => None,
        }
    }

    /// The share of a fault, 0 to 1: 0 if it is not there.
    pub(super) fn share(&self, name: Name) -> f64 {
        match self.0.get(&name) {
            Some(Value::Share(share)) => *share,
            Some(Value::Length(_) | Value::Requests(_) | Value::Nothing) | None => 0.0,
        }
    }

    /// How many requests a second are let through; nothing if all are.
    pub(super) fn rate_limit(&self) -> Option<u32> {
        match self.0.get(&Name::RateLimit) {
            Some(Value::Requests(requests)) => Some(*requests),
            Some(Value::Length(_) | Value::Share(_) | Value::Nothing) | None => None,
        }
    }

    fn add(&mut self, name: Name, value: Value) -> Result<(), FaultError> {
        match self.0.insert(name, value) {
            None => Ok(()),
            Some(_) => Err(FaultError::Twice { name: name.text() }),
        }
    }
}

impl FromStr for Faults {
    type Err = FaultError;

    /// A blank text is no fault.
    fn from_str(text: &str) -> Result<Self, FaultError> {
        let mut faults = Self::default();
        if text.trim().is_empty() {
            return Ok(faults);
        }
        for piece in text.split(',') {
            let (name, value) = read(piece.trim())?;
            faults.add(name, value)?;
        }
        Ok(faults)
    }
}

/// One fault.
fn read(text: &str) -> Result<(Name, Value), FaultError> {
    let (given, value) = match text.split_once('=') {
        Some((name, value)) => (name, Some(value)),
        None => (text, None),
    };
    let known = Name::ALL.into_iter().find(|name| name.text() == given);
    let fault = known.ok_or_else(|| unknown(given))?;
    let name = fault.text();
    match (fault.takes(), value) {
        (Takes::Nothing, None) => Ok((fault, Value::Nothing)),
        (Takes::Nothing, Some(_)) => Err(FaultError::Unwanted { name }),
        (takes, Some(value)) if !value.is_empty() => {
            let read = takes.read(value).ok_or_else(|| FaultError::Value {
                name,
                given: shortened(value),
                wanted: takes.wanted(),
            })?;
            Ok((fault, read))
        }
        (_, None | Some(_)) => Err(FaultError::Missing {
            name,
            example: fault.example(),
        }),
    }
}

fn unknown(given: &str) -> FaultError {
    let remedy = match Name::nearest(given) {
        Some(name) => format!("; did you mean {name}?"),
        None => format!("; there are {}", Name::ALL.map(Name::text).join(", ")),
    };
    FaultError::Unknown {
        given: shortened(given),
        remedy,
    }
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(REPEATED) {
        Some((at, _)) => format!("{}…", text.split_at(at).0),
        None => text.to_owned(),
    }
}

impl fmt::Display for Faults {
    /// As it can be read again, in the order of the table.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, (name, value)) in self.0.iter().enumerate() {
            if at > 0 {
                f.write_str(",")?;
            }
            f.write_str(name.text())?;
            match value {
                Value::Length(length) => write!(f, "={}", length::Written(*length))?,
                Value::Share(share) => write!(f, "={share}")?,
                Value::Requests(requests) => write!(f, "={requests}")?,
                Value::Nothing => {}
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
