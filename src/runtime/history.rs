//! The file of the filters that were kept: one a line, the newest last, shared by all consoles.

use std::collections::HashSet;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use crate::filter::MAX_SEARCH_BYTES;

/// How many filters are read: the newest.
const MOST: usize = 500;

/// How much of the file is read, from its end: more than so many filters of a usual length.
const READ_BYTES: u64 = 1 << 20;

/// From which size on the file is written anew with what is read of it, if nobody else has it open.
const LARGE_BYTES: u64 = 256 << 10;

/// The file. Each console appends whole lines to it, so that two at once do not harm each other.
#[derive(Debug)]
pub struct History {
    path: PathBuf,
    /// Tells other consoles, while it is held, not to write the file anew.
    _in_use: Option<File>,
}

/// What a file of filters held.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Kept {
    /// The filters, oldest first, each once.
    pub filters: Vec<String>,
    /// What is wrong with the file, as a sentence for a notice: a console without it is still of use.
    pub complaint: Option<String>,
}

impl History {
    /// Reads the file; one that is not there holds nothing.
    #[must_use]
    pub fn open(path: PathBuf) -> (Self, Kept) {
        let mut in_use = None;
        let kept = read(&path).and_then(|(kept, bytes)| {
            in_use = hold(&path, bytes, &kept)?;
            Ok(kept)
        });
        let kept = kept.unwrap_or_else(|reason| Kept {
            filters: Vec::new(),
            complaint: (reason.kind() != io::ErrorKind::NotFound).then(|| {
                format!(
                    "earlier filters are not known: {}: {reason}",
                    path.display()
                )
            }),
        });
        let history = Self {
            path,
            _in_use: in_use,
        };
        (history, kept)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// Adds a filter at the end of a file, which is made if it is not there. Waits for the disk.
///
/// # Errors
///
/// The file cannot be written; said as a sentence for a notice.
pub(super) fn append(path: &Path, filter: &str) -> Result<(), String> {
    try_append(path, filter).map_err(|reason| {
        format!(
            "the filter is not kept for later runs: {}: {reason}",
            path.display()
        )
    })
}

fn try_append(path: &Path, filter: &str) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut options = OpenOptions::new();
    options.create(true).read(true).append(true);
    // Filters hold customers' numbers.
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match is_plain(path) {
        Err(reason) if reason.kind() != io::ErrorKind::NotFound => return Err(reason),
        Ok(()) | Err(_) => {}
    }
    let mut file = options.open(path)?;
    let mut line = String::with_capacity(filter.len() + 2);
    if !ends_its_line(&mut file)? {
        line.push('\n');
    }
    line.extend(filter.chars().map(|c| if c.is_control() { ' ' } else { c }));
    line.push('\n');
    // One call of the system: what another console appends comes before or after it, not within.
    file.write_all(line.as_bytes())
}

/// Whether what another program left at the end of the file is a whole line.
fn ends_its_line(file: &mut File) -> io::Result<bool> {
    if file.metadata()?.len() == 0 {
        return Ok(true);
    }
    let mut last = [0];
    file.seek(SeekFrom::End(-1))?;
    file.read_exact(&mut last)?;
    Ok(last == *b"\n")
}

/// Fails for what is no file: to read a pipe would take for ever.
fn is_plain(path: &Path) -> io::Result<()> {
    if fs::metadata(path)?.is_file() {
        Ok(())
    } else {
        Err(io::Error::other("it is no file"))
    }
}

/// What a file holds, and how many bytes it has.
fn read(path: &Path) -> io::Result<(Kept, u64)> {
    is_plain(path)?;
    let mut file = File::open(path)?;
    let bytes = file.metadata()?.len();
    let skipped = bytes.saturating_sub(READ_BYTES);
    file.seek(SeekFrom::Start(skipped))?;
    let mut text = Vec::new();
    file.take(READ_BYTES).read_to_end(&mut text)?;
    let mut lines = text.as_slice();
    if skipped > 0 {
        // The first line is most likely the end of one.
        let end = lines.iter().position(|&byte| byte == b'\n');
        lines = lines
            .get(end.map_or(lines.len(), |at| at + 1)..)
            .unwrap_or_default();
    }
    Ok((kept(lines, path), bytes))
}

/// The filters of a file's lines, the newest occurrence of each.
fn kept(text: &[u8], path: &Path) -> Kept {
    let mut seen = HashSet::new();
    let mut filters = Vec::new();
    let mut foreign = 0_usize;
    for line in text.split(|&byte| byte == b'\n').rev() {
        let Ok(line) = std::str::from_utf8(line) else {
            foreign += 1;
            continue;
        };
        let line = line.trim();
        let is_filter = !line.is_empty() && line.len() <= MAX_SEARCH_BYTES;
        if is_filter && filters.len() < MOST && seen.insert(line) {
            filters.push(line.to_owned());
        }
    }
    filters.reverse();
    let complaint = (foreign > 0).then(|| {
        format!(
            "{foreign} of the earlier filters in {} are no text and were left out",
            path.display()
        )
    });
    Kept { filters, complaint }
}

/// Holds on to the file, and first writes a large one anew if nobody else holds on to it. What it
/// held stays whole whatever happens in between.
fn hold(path: &Path, bytes: u64, kept: &Kept) -> io::Result<Option<File>> {
    let file = File::open(path)?;
    if bytes > LARGE_BYTES {
        match file.try_lock() {
            Ok(()) => {
                rewrite(path, &kept.filters)?;
                return hold(path, 0, kept);
            }
            Err(TryLockError::WouldBlock | TryLockError::Error(_)) => {}
        }
    }
    // Where there are no locks, the file only grows.
    Ok(file.try_lock_shared().ok().map(|()| file))
}

fn rewrite(path: &Path, filters: &[String]) -> io::Result<()> {
    let new = path.with_extension(format!("{}.new", std::process::id()));
    let mut options = OpenOptions::new();
    options.create(true).truncate(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut text = filters.join("\n");
    text.push('\n');
    let written = options
        .open(&new)
        .and_then(|mut file| file.write_all(text.as_bytes()))
        .and_then(|()| fs::rename(&new, path));
    if written.is_err() {
        drop(fs::remove_file(&new));
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder() -> tempfile::TempDir {
        tempfile::tempdir().unwrap()
    }

    fn at(folder: &tempfile::TempDir) -> PathBuf {
        folder.path().join("state/filters")
    }

    fn reread(path: &Path) -> Kept {
        History::open(path.to_owned()).1
    }

    #[test]
    fn what_was_kept_is_there_again_the_newest_last_and_each_once() {
        let folder = folder();
        let path = at(&folder);
        assert_eq!(reread(&path), Kept::default());
        for filter in ["failed", "to = '漢字'", "busy", "failed", "two\nlines"] {
            append(&path, filter).unwrap();
        }
        let kept = reread(&path);
        assert_eq!(kept.filters, ["to = '漢字'", "busy", "failed", "two lines"]);
        assert_eq!(kept.complaint, None);
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_may_read_it() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = folder();
        append(&at(&folder), "failed").unwrap();
        let mode = fs::metadata(at(&folder)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn what_is_no_text_or_no_filter_is_left_out_and_told() {
        let folder = folder();
        let path = folder.path().join("filters");
        let long = "x".repeat(MAX_SEARCH_BYTES + 1);
        let mut text = b"failed\r\n\xff\xfe\n\n".to_vec();
        text.extend_from_slice(long.as_bytes());
        text.extend_from_slice(b"\nbusy");
        fs::write(&path, text).unwrap();
        let kept = reread(&path);
        assert_eq!(kept.filters, ["failed", "busy"]);
        assert!(kept.complaint.unwrap().starts_with("1 of the earlier"));
        // The last line had no end.
        append(&path, "ringing").unwrap();
        assert_eq!(reread(&path).filters, ["failed", "busy", "ringing"]);
    }

    #[test]
    fn a_folder_or_a_device_in_its_place_is_told_and_does_no_harm() {
        let folder = folder();
        for path in [folder.path(), Path::new("/dev/null")] {
            let kept = reread(path);
            assert_eq!(kept.filters, Vec::<String>::new());
            assert!(kept.complaint.unwrap().ends_with("it is no file"));
            assert!(append(path, "failed").unwrap_err().contains("not kept"));
        }
        assert!(append(Path::new("/dev/null/filters"), "failed").is_err());
    }

    #[test]
    fn of_a_large_file_the_newest_are_read_and_it_becomes_small_again() {
        let folder = folder();
        let path = folder.path().join("filters");
        let numbers: Vec<String> = (0..60_000).map(|n| format!("to = '+614{n:08}'")).collect();
        let lines = numbers.join(
            "
",
        ) + "
";
        fs::write(&path, &lines).unwrap();
        let (one, kept) = History::open(path.clone());
        assert_eq!(kept.filters.len(), MOST);
        assert_eq!(kept.filters.last().unwrap(), "to = '+61400059999'");
        assert!(fs::metadata(&path).unwrap().len() < 20_000);
        assert_eq!(reread(&path), kept);
        // While another console is open, nothing is written anew.
        fs::write(&path, &lines).unwrap();
        assert_eq!(reread(&path), kept);
        assert!(fs::metadata(&path).unwrap().len() > READ_BYTES);
        drop(one);
        assert_eq!(reread(&path), kept);
        assert!(fs::metadata(&path).unwrap().len() < 20_000);
    }

    #[test]
    fn two_consoles_at_once_lose_none_of_each_others_lines() {
        let folder = folder();
        let path = at(&folder);
        let write = |name: &'static str| {
            let path = path.clone();
            std::thread::spawn(move || {
                for number in 0..100 {
                    append(&path, &format!("{name} {number}")).unwrap();
                }
            })
        };
        for thread in [write("one"), write("two")] {
            thread.join().unwrap();
        }
        assert_eq!(reread(&path).filters.len(), 200);
    }
}
