//! Tracing to a file in the state folder, never to the screen: that belongs to the console.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::panic;
use std::path::{Path, PathBuf};

use tracing::level_filters::LevelFilter;
use tracing_appender::non_blocking::{NonBlocking, WorkerGuard};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::{SubscriberInitExt as _, TryInitError};

use crate::call::is_hostile;

/// The log's name within its folder.
pub const FILE_NAME: &str = "switchboard.log";

/// A log that is larger than this when the program starts is put aside, once.
const PUT_ASIDE_BYTES: u64 = 8 << 20;

/// The log while it is open. Dropping it writes out what is left, in a panic too.
#[derive(Debug)]
pub struct Log {
    path: PathBuf,
    _writer: WorkerGuard,
}

impl Log {
    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// Begins to log into a folder, which is made if it is not there. `None` if nothing is to be
/// logged. The error is a sentence for a notice: a program without a log is still of use.
pub fn start(folder: Option<&Path>, level: LevelFilter) -> Result<Option<Log>, String> {
    if level == LevelFilter::OFF {
        return Ok(None);
    }
    let folder = folder.ok_or("nothing is logged: this system names no folder for it")?;
    let path = folder.join(FILE_NAME);
    let file = open(folder, &path)
        .map_err(|reason| format!("nothing is logged: {}: {reason}", path.display()))?;
    let (writer, guard) = tracing_appender::non_blocking(file);
    subscribe(writer, level).map_err(|reason| format!("nothing is logged: {reason}"))?;
    log_panics();
    Ok(Some(Log {
        path,
        _writer: guard,
    }))
}

fn open(folder: &Path, path: &Path) -> io::Result<File> {
    fs::create_dir_all(folder)?;
    if fs::metadata(path).is_ok_and(|it| it.len() > PUT_ASIDE_BYTES) {
        fs::rename(path, path.with_extension("log.1"))?;
    }
    let mut options = OpenOptions::new();
    options.create(true).append(true);
    // It may hold customers' numbers.
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

fn subscribe(writer: NonBlocking, level: LevelFilter) -> Result<(), TryInitError> {
    // Other crates say a line per frame on the wire at the finer levels.
    let targets = Targets::new()
        .with_default(level.min(LevelFilter::WARN))
        .with_target(env!("CARGO_PKG_NAME"), level);
    let lines = tracing_subscriber::fmt::layer()
        .with_ansi(false)
        .with_writer(Harmless { writer });
    tracing_subscriber::registry()
        .with(targets)
        .with(lines)
        .try_init()
}

/// Adds a line to the log for each panic, before whatever else is done about it.
fn log_panics() {
    let before = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        tracing::error!("{info}");
        before(info);
    }));
}

/// Writes each line without anything that could do harm to the terminal it is read in.
struct Harmless<W> {
    writer: W,
}

impl<'a> MakeWriter<'a> for Harmless<NonBlocking> {
    type Writer = Self;

    fn make_writer(&'a self) -> Self::Writer {
        Self {
            writer: self.writer.clone(),
        }
    }
}

impl<W: Write> Write for Harmless<W> {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        // The subscriber hands over one event at a time, whole, with its line end.
        let text = String::from_utf8_lossy(line);
        let text = text.strip_suffix('\n').unwrap_or(&text);
        let mut out = harmless(text).into_owned();
        out.push('\n');
        self.writer.write_all(out.as_bytes())?;
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

/// Writes out every character that acts instead of being seen, such as `\u{1b}`: controls, line
/// ends among them, and all else that [`is_hostile`] names.
pub fn harmless(text: &str) -> Cow<'_, str> {
    if !text.contains(is_hostile) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if is_hostile(c) {
            // Writing to a string cannot fail.
            let _always = write!(out, "{}", c.escape_default());
        } else {
            out.push(c);
        }
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::plain("+61 491 570 156 é 日本", "+61 491 570 156 é 日本")]
    #[case::an_escape_sequence("\u{1b}]0;title\u{7}", "\\u{1b}]0;title\\u{7}")]
    #[case::a_forged_line("a\n2026 ERROR b", "a\\n2026 ERROR b")]
    #[case::a_bidi_override("\u{202e}abc", "\\u{202e}abc")]
    #[case::tags_that_hide("a\u{e0041}\u{ad}b", "a\\u{e0041}\\u{ad}b")]
    #[case::a_joiner("a\u{200d}b", "a\\u{200d}b")]
    #[case::a_c1_control("\u{9b}31m", "\\u{9b}31m")]
    fn what_acts_is_written_out(#[case] text: &str, #[case] expected: &str) {
        assert_eq!(harmless(text), expected);
    }

    #[test]
    fn a_line_stays_one_line() {
        let mut lines = Harmless { writer: Vec::new() };
        lines.write_all(b"label = \x1b[2J\nforged\n").unwrap();
        lines.write_all(b"next\n").unwrap();
        let text = String::from_utf8(lines.writer).unwrap();
        assert_eq!(text, "label = \\u{1b}[2J\\nforged\nnext\n");
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_told_and_no_more() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let reason = start(Some(&file.path().join("below")), LevelFilter::WARN).unwrap_err();
        assert!(reason.starts_with("nothing is logged: "), "{reason}");
        assert!(start(None, LevelFilter::WARN).is_err());
        assert!(start(None, LevelFilter::OFF).unwrap().is_none());
    }

    #[test]
    fn a_log_that_has_grown_is_put_aside() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(FILE_NAME);
        File::create(&path)
            .unwrap()
            .set_len(PUT_ASIDE_BYTES + 1)
            .unwrap();
        open(folder.path(), &path).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().len(), 0);
        assert!(folder.path().join("switchboard.log.1").exists());
    }
}
