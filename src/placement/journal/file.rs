//! The journal's file: whole lines, each on disk before it counts, appended under a lock.
//!
//! The lock is on a file of its own, which stays while that of the lines is replaced. Whoever holds it
//! has read every line there is before it adds one, so that of two processes with one ticket the second
//! always learns of the first.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::line::{Header, Line, VERSION};
use super::page::Pages;
use super::run::{self, Run};
use crate::disk::{self, Written, sync_folder};

/// A larger file is nothing that was written here.
const MAX_BYTES: u64 = 64 << 20;
/// No line is longer: what makes a longer one is not placed.
const MAX_LINE: usize = 1 << 20;

/// Why something could not be written down or read.
#[derive(Debug)]
pub(super) enum Trouble {
    /// Another process holds the lock at this moment.
    Busy,
    /// It will not be better in a moment.
    Failed(String),
}

impl From<io::Error> for Trouble {
    fn from(reason: io::Error) -> Self {
        Self::Failed(reason.to_string())
    }
}

/// The file as far as it was read.
#[derive(Debug)]
pub(super) struct Book {
    path: PathBuf,
    pages: Pages,
    read: ReadUpTo,
    /// This process's mark, from the first line that it writes on.
    run: Option<Run>,
}

#[derive(Debug, Default)]
struct ReadUpTo {
    /// Of which file; nothing before the first time, and for one without a header.
    generation: Option<String>,
    /// The end of its last whole line.
    offset: u64,
}

/// The file while it is locked.
#[derive(Debug)]
pub(super) struct Open<'a> {
    book: &'a mut Book,
    file: File,
    /// What a link leads to.
    path: PathBuf,
    /// How long it is.
    bytes: u64,
    /// Whether its last line has no end.
    torn: bool,
    _alone: File,
}

/// How files are made here: requests hold customers' numbers.
pub(super) fn for_owner_alone() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

impl Book {
    pub(super) fn new(path: PathBuf) -> Self {
        Self {
            path,
            pages: Pages::default(),
            read: ReadUpTo::default(),
            run: None,
        }
    }

    /// Whether there is no file yet.
    pub(super) fn is_missing(&self) -> bool {
        let found = fs::symlink_metadata(&self.path);
        found.is_err_and(|reason| reason.kind() == io::ErrorKind::NotFound)
    }

    /// Locks the file, and reads what has come since the last time. Makes it if it is not there.
    pub(super) fn open(&mut self) -> Result<Open<'_>, Trouble> {
        let shown = self.path.display().to_string();
        self.try_open().map_err(|trouble| match trouble {
            Trouble::Busy => Trouble::Busy,
            Trouble::Failed(reason) => Trouble::Failed(format!("{shown}: {reason}")),
        })
    }

    fn try_open(&mut self) -> Result<Open<'_>, Trouble> {
        let folder = self.path.parent().unwrap_or_else(|| Path::new("."));
        disk::make_folder(folder)?;
        let path = disk::target(&self.path)?;
        match fs::metadata(&path) {
            Ok(found) if !found.is_file() => return Err(io::Error::other("it is no file").into()),
            Ok(found) if found.len() > MAX_BYTES => {
                return Err(Trouble::Failed(format!(
                    "it is larger than {} MiB: move it away",
                    MAX_BYTES >> 20
                )));
            }
            Err(reason) if reason.kind() != io::ErrorKind::NotFound => return Err(reason.into()),
            Ok(_) | Err(_) => {}
        }
        let alone = lock(&path)?;
        let mut file = for_owner_alone().read(true).append(true).open(&path)?;
        if file.metadata()?.len() == 0 {
            begin(&mut file, &path)?;
        }
        let mut open = Open {
            bytes: 0,
            torn: false,
            file,
            path,
            _alone: alone,
            book: self,
        };
        open.read_on()?;
        Ok(open)
    }
}

/// Waits for nobody: that is for whoever asks to decide.
fn lock(path: &Path) -> Result<File, Trouble> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".lock");
    let file = for_owner_alone()
        .append(true)
        .open(path.with_file_name(name))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(Trouble::Busy),
        Err(TryLockError::Error(reason)) => {
            Err(Trouble::Failed(format!("it cannot be locked: {reason}")))
        }
    }
}

/// The first line, and the name of the file, on disk.
fn begin(file: &mut File, path: &Path) -> io::Result<()> {
    file.write_all(new_header().write().as_bytes())?;
    file.sync_all()?;
    let folder = path.parent().unwrap_or_else(|| Path::new("."));
    sync_folder(folder)?;
    // The folder may be as new as the file.
    folder.parent().map_or(Ok(()), sync_folder)
}

fn new_header() -> Header {
    Header {
        version: VERSION,
        generation: Uuid::new_v4().simple().to_string(),
    }
}

impl Open<'_> {
    pub(super) fn pages(&self) -> &Pages {
        &self.book.pages
    }

    /// The mark of this process, which lives from now on.
    pub(super) fn run(&mut self) -> Result<String, Trouble> {
        let run = match self.book.run.take() {
            Some(run) => run,
            None => Run::begin(&self.path)?,
        };
        Ok(self.book.run.insert(run).id().to_owned())
    }

    /// Whether a run other than this one lives.
    pub(super) fn is_another(&self, id: &str) -> bool {
        let own = self.book.run.as_ref().is_some_and(|run| run.id() == id);
        !own && run::is_alive(&self.path, id)
    }

    fn read_on(&mut self) -> Result<(), Trouble> {
        self.bytes = self.file.metadata()?.len();
        let header = self.header()?;
        if let Some(header) = &header
            && header.version > VERSION
        {
            return Err(Trouble::Failed(
                "it was written by a newer switchboard: use that one".to_owned(),
            ));
        }
        let generation = header.map(|header| header.generation);
        let same = generation.is_some() && generation == self.book.read.generation;
        if !same || self.book.read.offset > self.bytes {
            self.book.pages = Pages::default();
            self.book.read = ReadUpTo {
                generation,
                offset: 0,
            };
        }
        self.file.seek(SeekFrom::Start(self.book.read.offset))?;
        let mut new = Vec::new();
        (&self.file).take(MAX_BYTES).read_to_end(&mut new)?;
        self.torn = false;
        let mut rest = new.as_slice();
        while !rest.is_empty() {
            let end = rest.iter().position(|&byte| byte == b'\n');
            let (line, after) = rest.split_at(end.map_or(rest.len(), |end| end + 1));
            match Line::read(line) {
                Some((line, at)) => self.book.pages.take(line, at),
                None if end.is_some() => self.book.pages.skip(),
                None => {}
            }
            match end {
                Some(_) => self.book.read.offset += line.len() as u64,
                // Read again with what comes after it: a line that is told twice tells nothing new.
                None => self.torn = true,
            }
            rest = after;
        }
        Ok(())
    }

    fn header(&mut self) -> Result<Option<Header>, Trouble> {
        let mut start = [0; 256];
        self.file.seek(SeekFrom::Start(0))?;
        let mut filled = 0;
        while let Some(free) = start.get_mut(filled..).filter(|free| !free.is_empty()) {
            match self.file.read(free)? {
                0 => break,
                count => filled += count,
            }
        }
        let start = start.get(..filled).unwrap_or_default();
        let line = start.split(|&byte| byte == b'\n').next();
        Ok(line.and_then(Header::read))
    }

    /// Writes lines, and waits until they are on disk. Where that fails they do not count, and are
    /// taken back as far as that can be done.
    pub(super) fn append(&mut self, lines: Vec<Line>, at: DateTime<Utc>) -> Result<(), Trouble> {
        let shown = self.book.path.display().to_string();
        let failed = |reason: io::Error| Trouble::Failed(format!("{shown}: {reason}"));
        let mut text = String::new();
        if self.torn {
            text.push('\n');
        }
        for line in &lines {
            let line = line.write(at);
            if line.len() > MAX_LINE {
                return Err(Trouble::Failed(
                    "the request is too large to be written down".to_owned(),
                ));
            }
            text.push_str(&line);
        }
        // One call of the system: what is appended without a lock comes before or after it, not within.
        let written = self.file.write_all(text.as_bytes());
        if let Err(reason) = written.and_then(|()| self.file.sync_data()) {
            let _longer = self.file.set_len(self.bytes);
            return Err(failed(reason));
        }
        self.bytes += text.len() as u64;
        self.torn = false;
        self.book.read.offset = self.bytes;
        for line in lines {
            self.book.pages.take(line, at);
        }
        if self.book.pages.is_long()
            && let Err(reason) = self.shorten(at)
        {
            // What was to be written is, all the same.
            tracing::warn!("{shown} cannot be shortened: {reason}");
        }
        Ok(())
    }

    /// Writes the file anew without what is old, in one step.
    fn shorten(&mut self, now: DateTime<Utc>) -> io::Result<()> {
        let header = new_header();
        let mut text = header.write();
        for (line, at) in self.book.pages.shorten(now) {
            text.push_str(&line.write(at));
        }
        Written::beside(&self.path, text.as_bytes())?.take_place()?;
        self.file = for_owner_alone().read(true).append(true).open(&self.path)?;
        self.bytes = text.len() as u64;
        self.book.read = ReadUpTo {
            generation: Some(header.generation),
            offset: self.bytes,
        };
        Ok(())
    }
}
