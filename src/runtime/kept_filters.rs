//! The file of the filters that were kept: one a line, the newest last, shared by all consoles.
//!
//! Each console adds whole lines to it, and shortens it when it has become long. For that moment alone
//! it holds a lock, so that however many consoles are open all day, the file stays short; the lock is
//! on a file of its own, which stays while that of the filters is replaced.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use crate::app::newest_filters;
use crate::disk::{self, Written};

/// How much of the file is read, from its end: more than so many filters of a usual length.
const READ_BYTES: u64 = 1 << 20;

/// From which size on the file is shortened to what is read of it.
const LARGE_BYTES: u64 = 256 << 10;

/// The file. Each console appends whole lines to it, so that two at once do not harm each other.
#[derive(Debug, Clone)]
pub struct KeptFilters {
    path: PathBuf,
}

/// What a file of filters held.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Kept {
    /// The filters, oldest first, each once.
    pub filters: Vec<String>,
    /// What is wrong with the file, as a sentence for a notice: a console without it is still of use.
    pub complaint: Option<String>,
}

impl KeptFilters {
    /// Reads the file, and writes nothing; one that is not there holds nothing. Waits for the disk.
    #[must_use]
    pub fn open(path: PathBuf) -> (Self, Kept) {
        let kept = read(&path).map(|(kept, _)| kept);
        let kept = kept.unwrap_or_else(|reason| Kept {
            filters: Vec::new(),
            complaint: (reason.kind() != io::ErrorKind::NotFound).then(|| {
                format!(
                    "earlier filters are not known: {}: {reason}",
                    path.display()
                )
            }),
        });
        (Self { path }, kept)
    }

    /// Adds a filter at the end of the file, which is made if it is not there. Waits for the disk.
    ///
    /// # Errors
    ///
    /// Says which file cannot be written, and why.
    pub(super) fn append(&self, filter: &str) -> Result<(), String> {
        try_append(&self.path, filter)
            .map_err(|reason| format!("{}: {reason}", self.path.display()))
    }
}

fn try_append(path: &Path, filter: &str) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        disk::make_folder(folder)?;
    }
    let path = &disk::target(path)?;
    match is_plain(path) {
        Err(reason) if reason.kind() != io::ErrorKind::NotFound => return Err(reason),
        Ok(()) | Err(_) => {}
    }
    let alone = lock(path);
    let mut file = for_owner_alone().read(true).append(true).open(path)?;
    let mut line = String::with_capacity(filter.len() + 2);
    if !ends_its_line(&mut file)? {
        line.push('\n');
    }
    line.extend(filter.chars().map(|c| if c.is_control() { ' ' } else { c }));
    line.push('\n');
    // One call of the system: what is appended without a lock comes before or after it, not within.
    file.write_all(line.as_bytes())?;
    // Without a lock another console's newest lines might get lost: then the file only grows.
    if alone.is_some()
        && file.metadata()?.len() > LARGE_BYTES
        && let Err(reason) = shorten(path)
    {
        // The filter is kept all the same.
        tracing::warn!("{} cannot be shortened: {reason}", path.display());
    }
    Ok(())
}

/// How files are made here: filters hold customers' numbers.
fn for_owner_alone() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Waits until no other console writes the file, and keeps them from it until it is dropped. Nothing
/// where there are no locks.
fn lock(path: &Path) -> Option<File> {
    let mut name = path.file_name()?.to_owned();
    name.push(".lock");
    let path = path.with_file_name(name);
    let file = for_owner_alone().append(true).open(path).ok()?;
    file.lock().ok()?;
    Some(file)
}

/// Writes the file anew with what is read of it, in one step; nobody else may write it meanwhile.
fn shorten(path: &Path) -> io::Result<()> {
    let (kept, bytes) = read(path)?;
    let mut text = kept.filters.join("\n");
    text.push('\n');
    // Filters may be so long that little can be left out: not again and again for that.
    let much = u64::try_from(text.len()).is_ok_and(|left| left <= bytes / 2);
    if much {
        Written::beside(path, text.as_bytes())?.take_place()?;
    }
    Ok(())
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

/// The filters among a file's lines.
fn kept(text: &[u8], path: &Path) -> Kept {
    let lines = text.split(|&byte| byte == b'\n');
    let foreign = lines
        .clone()
        .filter(|line| std::str::from_utf8(line).is_err())
        .count();
    let filters = newest_filters(lines.filter_map(|line| std::str::from_utf8(line).ok()));
    let complaint = (foreign > 0).then(|| {
        format!(
            "{foreign} of the earlier filters in {} are no text and were left out",
            path.display()
        )
    });
    Kept { filters, complaint }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::filter::MAX_SEARCH_BYTES;

    fn folder() -> tempfile::TempDir {
        tempfile::tempdir().unwrap()
    }

    fn at(folder: &tempfile::TempDir) -> PathBuf {
        folder.path().join("state/filters")
    }

    fn reread(path: &Path) -> Kept {
        KeptFilters::open(path.to_owned()).1
    }

    fn append(path: &Path, filter: &str) -> Result<(), String> {
        let path = path.to_owned();
        KeptFilters { path }.append(filter)
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
            assert!(append(path, "failed").unwrap_err().ends_with("no file"));
        }
        assert!(append(Path::new("/dev/null/filters"), "failed").is_err());
    }

    /// So many filters that the file is large, in lines.
    fn many() -> String {
        let filters: Vec<String> = (0..60_000)
            .map(|number| format!("to = '+614{number:08}'"))
            .collect();
        filters.join("\n") + "\n"
    }

    #[test]
    fn of_a_large_file_the_newest_are_read_and_the_next_filter_makes_it_small() {
        let folder = folder();
        let path = folder.path().join("filters");
        fs::write(&path, many()).unwrap();
        // Another console is open all the while.
        let (_other, kept) = KeptFilters::open(path.clone());
        assert_eq!(kept.filters.len(), 500);
        assert_eq!(kept.filters.last().unwrap(), "to = '+61400059999'");
        assert!(fs::metadata(&path).unwrap().len() > READ_BYTES);
        append(&path, "busy").unwrap();
        assert!(fs::metadata(&path).unwrap().len() < 20_000);
        let shortened = reread(&path).filters;
        assert_eq!(shortened.last().unwrap(), "busy");
        assert_eq!(shortened.get(..499), kept.filters.get(1..));
    }

    #[cfg(unix)]
    #[test]
    fn a_link_to_a_large_file_stays_one_and_its_rights_stay() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = folder();
        let (path, real) = (folder.path().join("filters"), folder.path().join("real"));
        fs::write(&real, many()).unwrap();
        fs::set_permissions(&real, fs::Permissions::from_mode(0o640)).unwrap();
        std::os::unix::fs::symlink(&real, &path).unwrap();
        append(&path, "busy").unwrap();
        assert!(fs::symlink_metadata(&path).unwrap().is_symlink());
        let found = fs::metadata(&real).unwrap();
        assert!(found.len() < 20_000);
        assert_eq!(found.permissions().mode() & 0o777, 0o640);
    }

    #[test]
    fn filters_too_long_to_save_much_are_not_written_anew_each_time() {
        let folder = folder();
        let path = folder.path().join("filters");
        let long = "x".repeat(4_000);
        let filters: Vec<String> = (0..100).map(|number| format!("{number} {long}")).collect();
        let text = filters.join("\n") + "\n";
        fs::write(&path, &text).unwrap();
        append(&path, "busy").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), format!("{text}busy\n"));
    }

    #[test]
    fn while_one_console_shortens_the_file_no_line_of_another_is_lost() {
        let folder = folder();
        let path = at(&folder);
        // After some seventy lines of these the file is large, and nearly all of it can go.
        let long = "x".repeat(4_000);
        let write = |name: &'static str| {
            let (path, long) = (path.clone(), long.clone());
            std::thread::spawn(move || {
                for number in 0..200 {
                    append(&path, &long).unwrap();
                    append(&path, &format!("{name} {number}")).unwrap();
                }
            })
        };
        for thread in [write("one"), write("two")] {
            thread.join().unwrap();
        }
        assert_eq!(reread(&path).filters.len(), 401);
        assert!(fs::metadata(&path).unwrap().len() < LARGE_BYTES + 10_000);
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
