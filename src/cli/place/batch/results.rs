//! What became of each row, in a CSV file that grows while a batch runs and in which the next run
//! finds what is missing.
//!
//! Before anything is sent every row stands in it with its ticket, on disk. What happens is added at
//! the end, so that the last line about a row counts; at the end of a run, and at the beginning of the
//! next, the file is written anew with one line for each row.

use std::collections::HashMap;
use std::ffi::OsString;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write as _};
use std::path::{self, Path, PathBuf};

use chrono::{DateTime, SecondsFormat, Utc};

use crate::call::{Call, CallName, State, Ticket};
use crate::disk;
use crate::logging::harmless;

const HEADER: [&str; 9] = [
    "line", "to", "ticket", "outcome", "call", "state", "reason", "time", "row",
];
/// Far more than a batch of the most rows writes: something else, and not results.
const MOST_BYTES: u64 = 256 << 20;

/// How far a row has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Outcome {
    /// Its turn has not come.
    Waiting,
    /// It was handed over, and whether it was sent is not known here.
    Sending,
    /// There is a call.
    Placed,
    /// The service refused it: there is no call.
    Refused,
    /// It never left: there is no call.
    NotSent,
    /// Its answer was lost, and no call of it has shown up.
    NoTrace,
    /// Its answer was lost.
    Unknown,
}

impl Outcome {
    const ALL: [Self; 7] = [
        Self::Waiting,
        Self::Sending,
        Self::Placed,
        Self::Refused,
        Self::NotSent,
        Self::NoTrace,
        Self::Unknown,
    ];

    /// In words, as it stands in the file.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Sending => "sending",
            Self::Placed => "placed",
            Self::Refused => "refused",
            Self::NotSent => "not sent",
            Self::NoTrace => "no trace",
            Self::Unknown => "unknown",
        }
    }

    /// Whether there may be a call.
    pub(super) fn may_be_a_call(self) -> bool {
        match self {
            Self::Waiting | Self::Refused | Self::NotSent => false,
            Self::Sending | Self::Placed | Self::NoTrace | Self::Unknown => true,
        }
    }
}

/// What is known of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    /// The line of the batch that it stood in last.
    pub(super) line: u64,
    pub(super) to: String,
    pub(super) ticket: Ticket,
    pub(super) outcome: Outcome,
    /// The call, if there is one.
    pub(super) call: Option<CallName>,
    /// How far the call has come, by the name that the API has for it.
    pub(super) state: String,
    /// Why it went wrong.
    pub(super) reason: String,
    /// When that was.
    pub(super) time: Option<DateTime<Utc>>,
    /// The key of the row.
    pub(super) row: String,
}

impl Entry {
    /// Takes in what the service says of the call.
    pub(super) fn is_call(&mut self, call: &Call) {
        self.outcome = Outcome::Placed;
        self.call = Some(call.name.clone());
        self.state = call.state.to_string();
        self.reason = match (&*call.error_code, &*call.error_message) {
            ("", message) => message.to_owned(),
            (code, "") => code.to_owned(),
            (code, message) => format!("{code}: {message}"),
        };
    }

    /// Whether the call is known to be over.
    pub(super) fn is_over(&self) -> bool {
        State::ENDED
            .iter()
            .any(|ended| ended.to_string() == self.state)
    }

    fn fields(&self) -> [String; 9] {
        let time = |time: DateTime<Utc>| time.to_rfc3339_opts(SecondsFormat::Millis, true);
        let call = self.call.as_ref().map(CallName::as_str);
        [
            self.line.to_string(),
            self.to.clone(),
            self.ticket.to_string(),
            self.outcome.word().to_owned(),
            harmless(call.unwrap_or_default()).into_owned(),
            self.state.clone(),
            harmless(&self.reason).into_owned(),
            self.time.map(time).unwrap_or_default(),
            self.row.clone(),
        ]
    }

    fn read(record: &csv::StringRecord) -> Option<Self> {
        let field = |at: usize| record.get(at);
        let outcome = field(3)?;
        Some(Self {
            line: field(0)?.parse().ok()?,
            to: field(1)?.to_owned(),
            ticket: Ticket::parse(field(2)?).ok()?,
            outcome: *Outcome::ALL.iter().find(|it| it.word() == outcome)?,
            call: Some(field(4)?)
                .filter(|it| !it.is_empty())
                .map(CallName::new),
            state: field(5)?.to_owned(),
            reason: field(6)?.to_owned(),
            time: field(7)?.parse().ok(),
            row: field(8).filter(|it| !it.is_empty())?.to_owned(),
        })
    }
}

/// The file, in use by this batch alone until this is dropped.
#[derive(Debug)]
pub(super) struct Results {
    path: PathBuf,
    /// Where lines are added; nothing before the file is written for the first time.
    file: Option<File>,
    /// Whether lines were added that may not be on disk yet.
    is_loose: bool,
    _lock: File,
}

impl Results {
    /// Opens the file for one batch, and reads what stands in it: of each row the last that is known,
    /// by its key.
    pub(super) fn open(path: &Path) -> Result<(Self, HashMap<String, Entry>), String> {
        let told = |reason: io::Error| format!("{}: {reason}", path.display());
        let path = path::absolute(path).map_err(told)?;
        let path = disk::target(&path).map_err(told)?;
        let lock = lock(&path)?;
        let entries = read(&path)?;
        let results = Self {
            path,
            file: None,
            is_loose: false,
            _lock: lock,
        };
        Ok((results, entries))
    }

    /// Writes the file anew, and waits until it is on disk.
    pub(super) fn rewrite<'a>(
        &mut self,
        entries: impl IntoIterator<Item = &'a Entry>,
    ) -> Result<(), String> {
        self.file = None;
        self.is_loose = false;
        let written = lines(entries, true).and_then(|text| {
            disk::Written::beside(&self.path, &text)?.take_place()?;
            OpenOptions::new().append(true).open(&self.path)
        });
        self.file = Some(written.map_err(|reason| self.unwritten(&reason))?);
        Ok(())
    }

    /// Adds what is now known of a row. It outlives this process at once, and a power cut once
    /// [`Self::sync`] is done.
    pub(super) fn add(&mut self, entry: &Entry) -> Result<(), String> {
        let written = lines([entry], false).and_then(|line| match &mut self.file {
            Some(file) => file.write_all(&line),
            None => Err(io::Error::other("it is not open")),
        });
        self.is_loose = true;
        written.map_err(|reason| self.unwritten(&reason))
    }

    /// Waits until all lines are on disk.
    pub(super) fn sync(&mut self) -> Result<(), String> {
        if !std::mem::take(&mut self.is_loose) {
            return Ok(());
        }
        let synced = self.file.as_ref().map_or(Ok(()), File::sync_data);
        synced.map_err(|reason| self.unwritten(&reason))
    }

    fn unwritten(&self, reason: &io::Error) -> String {
        format!(
            "the results cannot be written: {}: {reason}",
            self.path.display()
        )
    }
}

fn lines<'a>(
    entries: impl IntoIterator<Item = &'a Entry>,
    with_header: bool,
) -> io::Result<Vec<u8>> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    if with_header {
        writer.write_record(HEADER)?;
    }
    for entry in entries {
        writer.write_record(entry.fields())?;
    }
    writer
        .into_inner()
        .map_err(|error| io::Error::other(error.to_string()))
}

/// Reads results. A line that was not written to its end is as if it were not there.
fn read(path: &Path) -> Result<HashMap<String, Entry>, String> {
    let shown = path.display();
    let not_ours = || {
        format!(
            "{shown} is there already, and holds no results of a batch: name another file with \
             --results"
        )
    };
    match fs::metadata(path) {
        Ok(found) if found.len() > MOST_BYTES => return Err(not_ours()),
        Ok(_) => {}
        Err(reason) if reason.kind() == io::ErrorKind::NotFound => return Ok(HashMap::new()),
        Err(reason) => return Err(format!("{shown}: {reason}")),
    }
    let mut bytes = fs::read(path).map_err(|reason| format!("{shown}: {reason}"))?;
    if bytes.is_empty() {
        return Ok(HashMap::new());
    }
    let whole = bytes.iter().rposition(|byte| *byte == b'\n');
    bytes.truncate(whole.map_or(0, |at| at + 1));
    let mut reader = csv::Reader::from_reader(&*bytes);
    if !reader
        .headers()
        .is_ok_and(|header| header == HEADER.as_slice())
    {
        return Err(not_ours());
    }
    let mut entries = HashMap::new();
    for record in reader.records() {
        let read = record.map_err(|error| error.to_string());
        let read = read.and_then(|record| {
            let line = record.position().map_or(0, csv::Position::line);
            Entry::read(&record).ok_or_else(|| format!("line {line} is none of a batch's results"))
        });
        let entry = read.map_err(|reason| {
            format!("{shown} cannot be read, and so it is not known what was placed: {reason}")
        })?;
        entries.insert(entry.row.clone(), entry);
    }
    Ok(entries)
}

/// A lock of the operating system's on an empty file beside the results: those themselves are
/// replaced by new ones.
fn lock(path: &Path) -> Result<File, String> {
    let mut name = OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push("-lock");
    let beside = path.with_file_name(name);
    let told = |reason: io::Error| {
        format!(
            "the results cannot be written: {}: {reason} (name another file with --results)",
            path.display()
        )
    };
    let file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .open(&beside)
        .map_err(told)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(format!(
            "another run is placing the calls of this batch: {} is in use",
            path.display()
        )),
        Err(TryLockError::Error(reason)) => Err(told(reason)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) fn entry(row: &str, outcome: Outcome) -> Entry {
        Entry {
            line: 2,
            to: "+61491570006".to_owned(),
            ticket: Ticket::new("t-1"),
            outcome,
            call: None,
            state: String::new(),
            reason: String::new(),
            time: DateTime::from_timestamp(1_700_000_000, 0),
            row: row.to_owned(),
        }
    }

    #[test]
    fn the_last_line_about_a_row_counts_and_a_torn_one_does_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("results.csv");
        let (mut results, none) = Results::open(&path).unwrap();
        assert!(none.is_empty());
        let mut first = entry("a", Outcome::Waiting);
        results
            .rewrite([&first, &entry("b", Outcome::Waiting)])
            .unwrap();
        first.outcome = Outcome::Refused;
        first.reason = "no, \"never\"\n\u{1b}[2J".to_owned();
        results.add(&first).unwrap();
        results.sync().unwrap();
        drop(results);
        let mut bytes = fs::read(&path).unwrap();
        bytes.extend_from_slice(b"2,+61491570006,t-1,placed,projects/demo/calls/1,QUEUED,,,b");
        fs::write(&path, bytes).unwrap();
        let (_, entries) = Results::open(&path).unwrap();
        first.reason = "no, \"never\"\\n\\u{1b}[2J".to_owned();
        assert_eq!(entries["a"], first);
        assert_eq!(entries["b"], entry("b", Outcome::Waiting));
    }

    #[test]
    fn two_runs_do_not_write_one_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("results.csv");
        let first = Results::open(&path).unwrap();
        let reason = Results::open(&path).unwrap_err();
        assert!(reason.starts_with("another run"), "{reason}");
        drop(first);
        Results::open(&path).unwrap();
    }

    #[test]
    fn a_file_that_holds_something_else_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("letter.txt");
        for text in ["Dear Sir,\n", "line,to\n", "no line end", "\u{0}\u{1}\n"] {
            fs::write(&path, text).unwrap();
            let reason = Results::open(&path).unwrap_err();
            assert!(reason.contains("--results"), "{reason}");
            assert_eq!(fs::read_to_string(&path).unwrap(), text);
        }
        let header = HEADER.join(",");
        fs::write(&path, format!("{header}\n2,+61,t,lost,,,,,a\n")).unwrap();
        let reason = Results::open(&path).unwrap_err();
        assert!(reason.contains("line 2 is none"), "{reason}");
    }
}
