//! The file of a batch: CSV with a row of names, a call a row, every mistake with its place.

mod line;

use std::collections::{BTreeMap, HashMap};
use std::fmt::{self, Write as _};

use sha2::{Digest as _, Sha256};

use super::super::draft::{Draft, Input, Rules, dialled};
use crate::call::{NewCall, excerpt};
use crate::config::nearest;
use line::Line;

/// More rows than anybody calls at once: a slip in the path, and not a list of calls.
const MOST_ROWS: usize = 100_000;
/// How many mistakes are told.
const MOST_TOLD: usize = 50;

/// The columns that a call has, but for labels.
const COLUMNS: [(&str, Column); 13] = [
    ("id", Column::Id),
    ("to", Column::Input(Input::To)),
    ("from", Column::Input(Input::From)),
    ("private", Column::Input(Input::Private)),
    ("handler_uris", Column::Input(Input::Handler(0))),
    ("timeout", Column::Input(Input::Timeout)),
    ("state_webhook", Column::Input(Input::StateWebhook)),
    ("record", Column::Input(Input::Record)),
    ("trim_silence", Column::Input(Input::TrimSilence)),
    ("recording_webhook", Column::Input(Input::RecordingWebhook)),
    ("transcribe", Column::Input(Input::Transcribe)),
    (
        "transcript_webhook",
        Column::Input(Input::TranscriptWebhook),
    ),
    ("handler_uri", Column::Input(Input::Handler(0))),
];

/// What stands in a column.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Column {
    /// What tells rows apart whatever else stands in them.
    Id,
    Input(Input),
    Label(String),
    /// Not of the call, as the file says itself.
    LeftOut,
}

/// A row that can be placed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Row {
    /// The line that it begins in, from 1.
    pub(super) line: u64,
    /// What the row is known by in another run, wherever it stands then: its id, or all its cells;
    /// and how many equal rows stand before it.
    pub(super) key: String,
    /// Whether an equal row stands before it.
    pub(super) is_repeated: bool,
    pub(super) call: NewCall,
}

/// A mistake, or what may be one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mistake {
    /// Line and column in characters, both from 1.
    pub(super) line: u64,
    pub(super) column: usize,
    /// The name of its column, where it is of one.
    pub(super) name: String,
    /// A sentence without its full stop. Not sanitised.
    pub(super) reason: String,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: ", self.line, self.column)?;
        if !self.name.is_empty() {
            write!(f, "{}: ", excerpt(&self.name))?;
        }
        f.write_str(&self.reason)
    }
}

/// All that is wrong with a file, as far as it is told.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Mistakes {
    pub(super) told: Vec<Mistake>,
    /// How many more there are.
    pub(super) more: usize,
}

impl Mistakes {
    fn add(&mut self, mistake: Mistake) {
        if self.told.len() < MOST_TOLD {
            self.told.push(mistake);
        } else {
            self.more += 1;
        }
    }

    fn none(&self) -> bool {
        self.told.is_empty()
    }
}

impl From<Mistake> for Mistakes {
    fn from(mistake: Mistake) -> Self {
        Self {
            told: vec![mistake],
            more: 0,
        }
    }
}

/// The rows of a file, and what may be a mistake in them.
#[derive(Debug, Default)]
pub(super) struct Sheet {
    pub(super) rows: Vec<Row>,
    pub(super) doubts: Mistakes,
}

impl Sheet {
    /// Reads all of a file. What a row leaves open is taken from `defaults`.
    pub(super) fn read(
        bytes: &[u8],
        defaults: &Draft,
        rules: &Rules<'_>,
    ) -> Result<Self, Mistakes> {
        let text = text_of(bytes)?;
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .trim(csv::Trim::All)
            .from_reader(text.as_bytes());
        let mut records = reader.records();
        let first = match records.next() {
            Some(Ok(first)) => first,
            Some(Err(error)) => return Err(unreadable(&error).into()),
            None => {
                let reason = "the file is empty: its first row names the columns, such as \
                              to,from,handler_uris";
                return Err(at_line(1, reason).into());
            }
        };
        let header = Header::read(text, &first)?;
        let mut sheet = Self::default();
        let mut wrong = Mistakes::default();
        let mut seen = Seen::default();
        for record in records {
            let record = match record {
                Ok(record) => record,
                Err(error) => {
                    wrong.add(unreadable(&error));
                    break;
                }
            };
            if record.iter().all(str::is_empty) {
                continue;
            }
            let line = Line::of(text, &record);
            if sheet.rows.len() == MOST_ROWS {
                let reason = format!("a batch has at most {MOST_ROWS} rows: divide the file");
                wrong.add(at_line(line.number, reason));
                break;
            }
            let Some(cells) = header.cells(&line, &record, &mut wrong) else {
                continue;
            };
            let (key, is_repeated) = match seen.key(&cells, line.number) {
                Ok(key) => key,
                Err(reason) => {
                    wrong.add(header.mistake(&line, &Column::Id, reason));
                    continue;
                }
            };
            let (call, mistakes, doubts) = match cells.draft.or(defaults).call(rules) {
                Ok((call, doubts)) => (Some(call), Vec::new(), doubts),
                Err(mistakes) => (None, mistakes, Vec::new()),
            };
            for remark in mistakes {
                let column = header.column_of(remark.input);
                wrong.add(header.mistake(&line, &column, remark.text));
            }
            for remark in doubts {
                let column = header.column_of(remark.input);
                let doubt = header.mistake(&line, &column, remark.text);
                sheet.doubts.add(doubt);
            }
            // With a mistake in it nothing will be placed: the rows that are right need no memory.
            if let Some(call) = call.filter(|_| wrong.none()) {
                sheet.rows.push(Row {
                    line: line.number,
                    key,
                    is_repeated,
                    call,
                });
            }
        }
        if !wrong.none() {
            return Err(wrong);
        }
        if sheet.rows.is_empty() {
            return Err(at_line(1, "there is no row below the names of the columns").into());
        }
        Ok(sheet)
    }
}

/// What a row says, column by column.
struct Cells {
    draft: Draft,
    id: Option<String>,
    /// All that is said, by the name of its column: the same text for the same call.
    said: BTreeMap<String, String>,
}

/// The names of the columns.
struct Header {
    columns: Vec<(Column, String)>,
}

impl Header {
    fn read(text: &str, record: &csv::StringRecord) -> Result<Self, Mistakes> {
        let line = Line::of(text, record);
        let mut columns: Vec<(Column, String)> = Vec::new();
        let mut wrong = Mistakes::default();
        for (at, name) in record.iter().enumerate() {
            let mut say = |reason: String| {
                let (number, column) = line.place(at);
                wrong.add(Mistake {
                    line: number,
                    column,
                    name: name.to_owned(),
                    reason,
                });
            };
            match column(name) {
                Ok(Column::LeftOut) => columns.push((Column::LeftOut, name.to_owned())),
                Ok(found) if columns.iter().any(|(other, _)| *other == found) => {
                    say("there is such a column already".to_owned());
                }
                Ok(found) => columns.push((found, name.to_owned())),
                Err(reason) => say(reason),
            }
        }
        if wrong.none() {
            Ok(Self { columns })
        } else {
            Err(wrong)
        }
    }

    /// The cells of a row; nothing if there are more or fewer than columns, which is told.
    fn cells(
        &self,
        line: &Line<'_>,
        record: &csv::StringRecord,
        wrong: &mut Mistakes,
    ) -> Option<Cells> {
        if record.len() != self.columns.len() {
            let (number, column) = line.place(record.len().min(self.columns.len()));
            wrong.add(Mistake {
                line: number,
                column,
                name: String::new(),
                reason: format!(
                    "there are {} cells, and {} columns are named",
                    record.len(),
                    self.columns.len()
                ),
            });
            return None;
        }
        let mut cells = Cells {
            draft: Draft::default(),
            id: None,
            said: BTreeMap::new(),
        };
        for ((column, _), cell) in self.columns.iter().zip(record) {
            if !cell.is_empty() {
                cells.take(column, cell);
            }
        }
        Some(cells)
    }

    /// The column that an input is taken from; one of its kind if it is not there.
    fn column_of(&self, input: Input) -> Column {
        let label = || {
            self.columns
                .iter()
                .find(|(it, _)| matches!(it, Column::Label(_)))
        };
        match input {
            Input::Handler(_) => Column::Input(Input::Handler(0)),
            Input::Label => label().map_or(Column::Input(input), |(column, _)| column.clone()),
            other => Column::Input(other),
        }
    }

    /// A mistake at a column of a row; where there is no such column, at the beginning of the row,
    /// for the flag that stands in for it.
    fn mistake(&self, line: &Line<'_>, column: &Column, reason: String) -> Mistake {
        let at = self.columns.iter().position(|(it, _)| it == column);
        let name = match (at.and_then(|at| self.columns.get(at)), column) {
            (Some((_, name)), _) => name.clone(),
            (None, Column::Input(input)) => input.flag().to_owned(),
            (None, Column::Id | Column::Label(_) | Column::LeftOut) => String::new(),
        };
        let (number, column) = line.place(at.unwrap_or_default());
        Mistake {
            line: number,
            column,
            name,
            reason,
        }
    }
}

impl Cells {
    fn take(&mut self, column: &Column, cell: &str) {
        let text = || Some(cell.to_owned());
        let draft = &mut self.draft;
        let (name, said) = match column {
            Column::LeftOut => return,
            Column::Id => {
                self.id = text();
                return;
            }
            Column::Label(key) => {
                draft.labels.push((key.clone(), cell.to_owned()));
                (format!("label.{key}"), cell.to_owned())
            }
            Column::Input(input) => {
                let said = if matches!(input, Input::To | Input::From) {
                    dialled(cell)
                } else {
                    cell.to_owned()
                };
                match input {
                    Input::To => draft.to = text(),
                    Input::From => draft.from = text(),
                    Input::Private => draft.private = text(),
                    Input::Handler(_) => {
                        let uris = cell.split(|c: char| c.is_whitespace() || c == '|');
                        let uris = uris.filter(|uri| !uri.is_empty());
                        draft.handlers = uris.map(ToOwned::to_owned).collect();
                    }
                    Input::Timeout => draft.timeout = text(),
                    Input::StateWebhook => draft.state_webhook = text(),
                    Input::Record => draft.record = text(),
                    Input::TrimSilence => draft.trim_silence = text(),
                    Input::RecordingWebhook => draft.recording_webhook = text(),
                    Input::Transcribe => draft.transcribe = text(),
                    Input::TranscriptWebhook => draft.transcript_webhook = text(),
                    // Labels have columns of their own.
                    Input::Label => return,
                }
                (input.flag().to_owned(), said)
            }
        };
        self.said.insert(name, said);
    }
}

/// The rows so far, to tell equal ones apart.
#[derive(Default)]
struct Seen {
    ids: HashMap<String, u64>,
    counts: HashMap<String, usize>,
}

impl Seen {
    /// The key of a row, and whether an equal row came before it.
    fn key(&mut self, cells: &Cells, line: u64) -> Result<(String, bool), String> {
        let mut hash = Sha256::new();
        if let Some(id) = &cells.id {
            if let Some(first) = self.ids.insert(id.clone(), line) {
                return Err(format!("{:?} is the id of line {first} too", excerpt(id)));
            }
            hash.update(b"id\0");
            hash.update(id);
        } else {
            for (name, said) in &cells.said {
                // No text holds a zero byte twice in a row where the next one begins.
                hash.update(format!("{}\0{name}\0{}\0{said}\0", name.len(), said.len()));
            }
        }
        let digest = hash.finalize();
        let mut key = String::new();
        for byte in digest.iter().take(8) {
            // Writing to a text never fails.
            let _never = write!(key, "{byte:02x}");
        }
        let count = self.counts.entry(key.clone()).or_default();
        *count += 1;
        if *count > 1 {
            let _never = write!(key, "-{count}");
        }
        Ok((key, *count > 1))
    }
}

/// The text of a file without the mark that some programs put in front of it.
fn text_of(bytes: &[u8]) -> Result<&str, Mistake> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let before = bytes.split_at(error.valid_up_to()).0;
        let lines = before.split(|byte| *byte == b'\n').count();
        let last = before.rsplit(|byte| *byte == b'\n').next();
        let column = last.map_or(0, |last| String::from_utf8_lossy(last).chars().count());
        Mistake {
            line: u64::try_from(lines).unwrap_or(u64::MAX),
            column: column + 1,
            name: String::new(),
            reason: "this is not UTF-8 text: save the file as CSV in UTF-8".to_owned(),
        }
    })?;
    Ok(text.strip_prefix('\u{feff}').unwrap_or(text))
}

/// What a column of this name holds.
fn column(name: &str) -> Result<Column, String> {
    if name.starts_with('#') {
        return Ok(Column::LeftOut);
    }
    if let Some(key) = name.strip_prefix("label.").filter(|key| !key.is_empty()) {
        return Ok(Column::Label(key.to_owned()));
    }
    let plain = name.to_ascii_lowercase().replace(['-', ' '], "_");
    if let Some((_, column)) = COLUMNS.iter().find(|(known, _)| *known == plain) {
        return Ok(column.clone());
    }
    if name.contains([';', '\t']) {
        return Err("put commas between the columns".to_owned());
    }
    if dialled(name).starts_with('+') {
        return Err("the first row has to name the columns, such as to,from,label.campaign".into());
    }
    let names = COLUMNS.map(|(name, _)| name);
    Err(match nearest(&plain, names) {
        Some(near) => format!("unknown column; did you mean {near}?"),
        None => format!(
            "unknown column; write label.{0} to send it as a label, or #{0} to leave it out",
            excerpt(name)
        ),
    })
}

fn at_line(line: u64, reason: impl Into<String>) -> Mistake {
    Mistake {
        line,
        column: 1,
        name: String::new(),
        reason: reason.into(),
    }
}

fn unreadable(error: &csv::Error) -> Mistake {
    let line = error.position().map_or(1, csv::Position::line);
    at_line(line, format!("this cannot be read: {error}"))
}

#[cfg(test)]
mod tests;
