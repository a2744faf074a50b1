//! Which processes still carry out what they have written down.
//!
//! Each process that writes holds a lock on a file of its own as long as it lives, and the system lets
//! go of it however the process ends. A process id would not do: it is given again.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use uuid::Uuid;

use super::file::for_owner_alone;

const SUFFIX: &str = ".run";

/// This process's mark that it lives.
#[derive(Debug)]
pub(super) struct Run {
    id: String,
    path: PathBuf,
    /// Locked until it is closed.
    _held: File,
}

impl Run {
    /// Begins to live beside a journal, and takes away what is left of those that have ended. The
    /// journal has to be locked: between the making of the file and its lock it looks like one of those.
    pub(super) fn begin(journal: &Path) -> io::Result<Self> {
        sweep(journal);
        let id = Uuid::new_v4().simple().to_string();
        let path = beside(journal, &id);
        let held = for_owner_alone().append(true).open(&path)?;
        held.lock()?;
        Ok(Self {
            id,
            path,
            _held: held,
        })
    }

    pub(super) fn id(&self) -> &str {
        &self.id
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        // What cannot be taken away now is later, by another process.
        let _left = fs::remove_file(&self.path);
    }
}

/// Whether the process of a run may still be there. The journal has to be locked. In doubt it is: what
/// it carries out is then left to it.
pub(super) fn is_alive(journal: &Path, id: &str) -> bool {
    let plain = id.len() == 32 && id.chars().all(|c| c.is_ascii_hexdigit());
    plain && is_held(&beside(journal, id))
}

fn is_held(path: &Path) -> bool {
    match OpenOptions::new().append(true).open(path) {
        Ok(file) => match file.try_lock() {
            Ok(()) => false,
            Err(TryLockError::WouldBlock | TryLockError::Error(_)) => true,
        },
        Err(reason) => reason.kind() != io::ErrorKind::NotFound,
    }
}

fn beside(journal: &Path, id: &str) -> PathBuf {
    let mut name = journal.file_name().unwrap_or_default().to_owned();
    name.push(".");
    name.push(id);
    name.push(SUFFIX);
    journal.with_file_name(name)
}

/// Takes the marks of processes away that have ended.
fn sweep(journal: &Path) {
    let folder = journal.parent().unwrap_or_else(|| Path::new("."));
    let Ok(found) = fs::read_dir(folder) else {
        return;
    };
    let journal = journal.file_name().unwrap_or_default().to_string_lossy();
    for found in found.flatten() {
        let name = found.file_name();
        let name = name.to_string_lossy();
        let ours = name.starts_with(&*journal) && name.ends_with(SUFFIX);
        if ours && !is_held(&found.path()) {
            let _gone = fs::remove_file(found.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_is_alive_until_it_ends_and_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let journal = folder.path().join("journal");
        let run = Run::begin(&journal).unwrap();
        let id = run.id().to_owned();
        assert!(is_alive(&journal, &id));
        let other = Run::begin(&journal).unwrap();
        assert!(is_alive(&journal, &id) && is_alive(&journal, other.id()));
        drop(run);
        assert!(!is_alive(&journal, &id) && is_alive(&journal, other.id()));
        drop(other);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn what_a_killed_process_has_left_is_not_alive_and_is_taken_away() {
        let folder = tempfile::tempdir().unwrap();
        let journal = folder.path().join("journal");
        let dead = beside(&journal, &"a".repeat(32));
        fs::write(&dead, "").unwrap();
        assert!(!is_alive(&journal, &"a".repeat(32)));
        let _run = Run::begin(&journal).unwrap();
        assert!(!dead.exists());
        for odd in ["", "../../etc/passwd", "ä"] {
            assert!(!is_alive(&journal, odd));
        }
    }
}
