//! What is to be said at a field while one types: wrong, doubtful, still missing, or simply worth
//! knowing.

use crate::call::{
    Dialled, Labels, MAX_HANDLER_URIS, MAX_LABEL_BYTES, MAX_LABELS, MAX_TIMEOUT_SECONDS,
    NumberFault, Reading, Spelling, TICKET_LABEL, called_by, check_denied, check_handler_uri,
    check_labels, check_timeout, check_web_uri, excerpt, is_hostile, may_become_handler_uri,
    may_become_web_uri,
};

use super::field::List;
use super::{Field, Form};

/// The rows for labels: one of the labels that a call may have is the ticket.
pub(super) const LABEL_ROWS: usize = MAX_LABELS - 1;

/// As long as any ticket, to count the bytes that it takes among the labels.
const ANY_TICKET: &str = "00000000-0000-0000-0000-000000000000";

/// From how many labels on it is said how many there may still be.
const MANY_LABELS: usize = 40;

/// From how many bytes of labels on it is said how many there may still be.
const MANY_BYTES: usize = 8_000;

/// How much a remark weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    /// Not done yet, and no fault: somebody is at it.
    Hint,
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

/// Whether somebody is still at a field: what more letters may mend is then no fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Care {
    /// The cursor is there and has not left it since it changed.
    Typing,
    /// It counts as it stands.
    Done,
}

impl Care {
    /// The weight of what more letters may mend.
    fn unfinished(self) -> Weight {
        match self {
            Self::Typing => Weight::Hint,
            Self::Done => Weight::Wrong,
        }
    }

    /// The weight of what looks odd.
    fn odd(self) -> Weight {
        match self {
            Self::Typing => Weight::Hint,
            Self::Done => Weight::Doubt,
        }
    }
}

impl Form {
    /// What is to be said at a field. What is missing is wrong only once the cursor has left the
    /// field, or somebody tried to send; what cannot become right is wrong at once.
    pub fn remark(&self, field: Field) -> Option<Remark> {
        let refused: Vec<&str> = self
            .refused
            .iter()
            .filter(|(refused, _)| *refused == field)
            .map(|(_, reason)| reason.as_str())
            .collect();
        if !refused.is_empty() {
            let text = format!("the service says: {}", refused.join("; "));
            return Some(Remark::new(Weight::Wrong, text));
        }
        let left = self.left.contains(&field);
        let is_missing = self.is_needed(field) && self.text(field).is_empty();
        if is_missing && !left {
            return None;
        }
        let care = if self.focus == field && !left {
            Care::Typing
        } else {
            Care::Done
        };
        let own = self.own_remark(field, care);
        let altered = || {
            let said = self.altered.get(&field)?;
            Some(Remark::new(Weight::Doubt, said.as_str()))
        };
        match own {
            Some(own) if own.weight == Weight::Wrong => Some(own),
            own => altered().or(own),
        }
    }

    /// Whether a field cannot be sent as it stands. What the service refused may be tried again.
    pub(super) fn is_wrong(&self, field: Field) -> bool {
        self.own_remark(field, Care::Done)
            .is_some_and(|remark| remark.weight == Weight::Wrong)
    }

    /// Whether nothing can be sent while the field is empty.
    fn is_needed(&self, field: Field) -> bool {
        match field {
            Field::To | Field::From => true,
            Field::Handler(0) => self.handler_rows().is_empty(),
            Field::Private
            | Field::Handler(_)
            | Field::StateUpdate
            | Field::Timeout
            | Field::Trigger
            | Field::TrimSilence
            | Field::RecordingReady
            | Field::Transcribe
            | Field::TranscriptionReady
            | Field::LabelKey(_)
            | Field::LabelValue(_)
            | Field::Place
            | Field::Preset => false,
        }
    }

    fn own_remark(&self, field: Field, care: Care) -> Option<Remark> {
        let text = self.text(field);
        if let Some(needed) = self.needs(field).filter(|_| field != Field::Transcribe) {
            let kept = !text.is_empty() || self.choices(field).is_some_and(|(_, held)| held > 0);
            let said = format!("needs {}: kept, but not sent", needed.name());
            return kept.then(|| Remark::new(Weight::Doubt, said));
        }
        match field {
            Field::To => {
                let reading = self.reading(field)?;
                self.denied(&reading, care)
                    .or_else(|| number(reading, care))
            }
            Field::From => self.reading(field).and_then(|it| number(it, care)),
            Field::Handler(0) if self.handler_rows().is_empty() => Some(Remark::new(
                Weight::Wrong,
                "at least one handler URI is needed",
            )),
            Field::Handler(row) if self.is_beyond_the_last(row) => Some(Remark::new(
                Weight::Wrong,
                format!("one too many: a call has at most {MAX_HANDLER_URIS} handler URIs"),
            )),
            Field::Handler(row) => uri(text, care, check_handler_uri, may_become_handler_uri)
                .or_else(|| self.denied_number(&called_by(text)?, care))
                .or_else(|| self.handler_twice(row, text, care)),
            Field::StateUpdate | Field::RecordingReady | Field::TranscriptionReady => {
                uri(text, care, check_web_uri, may_become_web_uri)
            }
            Field::Timeout => timeout(text, care),
            Field::Transcribe if self.content.transcribe && self.content.trigger.is_none() => {
                Some(Remark::new(
                    Weight::Wrong,
                    "needs Record: choose there when it begins, or no here",
                ))
            }
            Field::LabelKey(row) => self.label_remark(row, care),
            Field::LabelValue(row) => {
                let value = self.line(Field::LabelValue(row))?.text();
                odd_blanks(value, "the value", care)
            }
            Field::Private
            | Field::Trigger
            | Field::TrimSilence
            | Field::Transcribe
            | Field::Place
            | Field::Preset => None,
        }
    }

    /// Why a number that has been read is not called from here.
    fn denied(&self, reading: &Reading, care: Care) -> Option<Remark> {
        match reading {
            Reading::Number(number) => self.denied_number(&number.number, care),
            // Emergency numbers are seldom numbers of the plan.
            Reading::Unfinished(_) | Reading::Wrong(_) => {
                let is_dialled = |c: &char| c.is_ascii_digit() || *c == '+';
                let dialled: String = self.text(Field::To).chars().filter(is_dialled).collect();
                self.denied_number(&dialled, care)
            }
            Reading::Empty => None,
        }
    }

    /// Why a number is not called from here. More digits may make another number of it.
    fn denied_number(&self, number: &str, care: Care) -> Option<Remark> {
        let denied = check_denied(number, &self.deny).err()?;
        Some(Remark::new(care.unfinished(), denied.to_string()))
    }

    /// Whether a row has a URI for which a call has no place: a call of another program may have come
    /// with more.
    fn is_beyond_the_last(&self, row: usize) -> bool {
        let rows = self.handler_rows();
        rows.iter()
            .skip(MAX_HANDLER_URIS)
            .any(|&other| other == row)
    }

    fn handler_twice(&self, row: usize, text: &str, care: Care) -> Option<Remark> {
        let twice = !text.is_empty() && (0..row).any(|at| self.text(Field::Handler(at)) == text);
        twice.then(|| Remark::new(care.odd(), "the same as one above"))
    }

    fn label_remark(&self, row: usize, care: Care) -> Option<Remark> {
        if self.is_free(List::Labels, row) {
            return None;
        }
        let key = self.line(Field::LabelKey(row))?.text();
        if key.is_empty() {
            return Some(Remark::new(care.unfinished(), "a label needs a key"));
        }
        if key == TICKET_LABEL {
            let text = "this key is the console's own";
            return Some(Remark::new(care.unfinished(), text));
        }
        let above = self.labels_to(row);
        if above.get(key).is_some() {
            return Some(Remark::new(care.unfinished(), "this key is given twice"));
        }
        // The bounds are said at the first row that is beyond them.
        let with = self.labels_to(row + 1);
        if let (Ok(()), Err(reason)) = (check_labels(&above), check_labels(&with)) {
            let text = format!("{reason}, with the console's own ticket");
            return Some(Remark::new(Weight::Wrong, text));
        }
        odd_blanks(key, "the key", care).or_else(|| self.room_remark(row))
    }

    /// How much more the labels may have, at the row under the cursor once that is not much.
    fn room_remark(&self, row: usize) -> Option<Remark> {
        let here = self.focus.row() == Some((List::Labels, row));
        let all = self.labels_to(usize::MAX);
        let labels = MAX_LABELS.checked_sub(all.len())?;
        let bytes = MAX_LABEL_BYTES.checked_sub(all.bytes())?;
        let near = all.len() >= MANY_LABELS || all.bytes() >= MANY_BYTES;
        (here && near).then(|| {
            let text = format!("room for {labels} more labels and {bytes} more bytes");
            Remark::new(Weight::Hint, text)
        })
    }

    /// The ticket and the labels of the first so many rows.
    fn labels_to(&self, rows: usize) -> Labels {
        let labels = self.label_rows().into_iter();
        labels
            .filter(|(row, _)| *row < rows)
            .map(|(row, key)| {
                let value = self.line(Field::LabelValue(row));
                (key, value.map_or("", super::Line::text))
            })
            .chain([(TICKET_LABEL, ANY_TICKET)])
            .collect()
    }
}

/// Seconds, as a number, with `s`, or in minutes; nothing at all is zero, which stands for the
/// default. The reason and whether more digits may mend it, if it is no length of time.
pub(super) fn seconds(text: &str) -> Result<i32, (bool, String)> {
    let text = text.trim().to_ascii_lowercase();
    if text.is_empty() {
        return Ok(0);
    }
    let no_time = || {
        let text = excerpt(&text);
        (
            false,
            format!("{text:?} is not a number of seconds, such as 30"),
        )
    };
    let (minutes, rest) = match text.split_once('m') {
        Some((minutes, rest)) => (minutes.trim(), rest.trim_start_matches("in").trim()),
        None => ("0", &*text),
    };
    let rest = rest
        .trim_end_matches(|c: char| c.is_ascii_alphabetic())
        .trim_end();
    let unit = text.trim_start_matches(|c: char| !c.is_ascii_alphabetic());
    let is_unit = ["", "s", "sec", "m", "min"].contains(&unit) || text.contains('m');
    let number = |text: &str| match text {
        "" => Ok(0),
        text if text.bytes().all(|byte| byte.is_ascii_digit()) => {
            Ok(text.parse::<i32>().unwrap_or(i32::MAX))
        }
        text => text.parse::<i32>().map_err(|_malformed| no_time()),
    };
    if !is_unit || (text.starts_with(|c: char| c.is_ascii_alphabetic())) {
        return Err(no_time());
    }
    let total = number(minutes)?
        .saturating_mul(60)
        .saturating_add(number(rest)?);
    if total == 0 {
        let said = format!("0 s is out of range: 1 to {MAX_TIMEOUT_SECONDS}, or nothing for 30");
        return Err((true, said));
    }
    Ok(total)
}

fn timeout(text: &str, care: Care) -> Option<Remark> {
    match seconds(text) {
        Ok(total) => match check_timeout(total) {
            Ok(()) if text.contains(['m', 'M']) => {
                Some(Remark::new(Weight::Fact, format!("{total} s")))
            }
            Ok(()) => None,
            Err(reason) => Some(Remark::new(Weight::Wrong, reason)),
        },
        Err((true, reason)) => Some(Remark::new(care.unfinished(), reason)),
        Err((false, reason)) => Some(Remark::new(Weight::Wrong, reason)),
    }
}

fn number(reading: Reading, care: Care) -> Option<Remark> {
    Some(match reading {
        Reading::Empty => match care {
            Care::Typing => return None,
            Care::Done => Remark::new(Weight::Wrong, NumberFault::Empty.to_string()),
        },
        Reading::Unfinished(said) => Remark::new(care.unfinished(), said),
        Reading::Wrong(said) => Remark::new(Weight::Wrong, said),
        Reading::Number(number) if number.assigned => Remark::new(Weight::Fact, place_of(&number)),
        Reading::Number(number) => {
            let said = format!("{}: looks unassigned, check it", place_of(&number));
            Remark::new(care.odd(), said)
        }
    })
}

/// Country and national form of a number; of one that is written in another way, what is dialled.
fn place_of(number: &Dialled) -> String {
    let region = number.region.as_deref().unwrap_or("of no country");
    match number.spelling {
        Spelling::Plain => format!("{region}, {}", number.national),
        Spelling::Translated => format!("{region}, dials {}", number.international),
    }
}

fn uri(
    text: &str,
    care: Care,
    check: impl Fn(&str) -> Result<(), String>,
    may_become: impl Fn(&str) -> bool,
) -> Option<Remark> {
    if text.is_empty() {
        return None;
    }
    match check(text) {
        Err(reason) if may_become(text) => Some(Remark::new(care.unfinished(), reason)),
        Err(reason) => Some(Remark::new(Weight::Wrong, reason)),
        Ok(()) => text
            .contains(is_hostile)
            .then(|| Remark::new(care.odd(), "has a character that cannot be seen")),
    }
}

/// Labels are sent to the letter: a blank that nobody sees makes another label of it.
fn odd_blanks(text: &str, what: &str, care: Care) -> Option<Remark> {
    if text.trim() != text {
        return Some(Remark::new(
            care.odd(),
            format!("{what} begins or ends with a blank"),
        ));
    }
    text.contains(is_hostile).then(|| {
        Remark::new(
            care.odd(),
            format!("{what} has a character that cannot be seen"),
        )
    })
}
