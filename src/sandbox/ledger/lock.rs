//! One sandbox at a ledger, never two: a lock of the operating system's on an empty file beside it.
//!
//! The lock goes with the process however that ends, so that none is ever left over; the file stays.
//! It is a file of its own because whoever opens and closes the ledger's file itself takes away the
//! locks that SQLite has on it in the same process.

use std::ffi::OsString;
use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::LedgerError;

/// How often it is tried to get the lock of a sandbox that is just letting go of it.
const TRIES: u32 = 100;
const TRY_EVERY: Duration = Duration::from_millis(20);

/// A ledger that is in use by this sandbox alone, until this is dropped.
#[derive(Debug)]
pub(super) struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the lock if there has ever been one. Writes nothing, and so is safe beside any file.
    pub(super) fn take_existing(path: &Path) -> Result<Option<Self>, LedgerError> {
        match OpenOptions::new().write(true).open(beside(path)) {
            Ok(file) => Self::take(file, path).map(Some),
            Err(_) => Ok(None),
        }
    }

    /// Takes the lock of a file that is known to be a ledger, or to become one.
    pub(super) fn take_new(path: &Path) -> Result<Self, LedgerError> {
        let file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .open(beside(path));
        Self::take(file.map_err(|error| not_opened(path, &error))?, path)
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "a ledger is opened on a thread that may block"
    )]
    fn take(file: File, path: &Path) -> Result<Self, LedgerError> {
        for _ in 0..TRIES {
            match file.try_lock() {
                Ok(()) => return Ok(Self { _file: file }),
                Err(TryLockError::WouldBlock) => std::thread::sleep(TRY_EVERY),
                Err(TryLockError::Error(error)) => return Err(not_opened(path, &error)),
            }
        }
        Err(LedgerError::InUse {
            path: path.to_owned(),
        })
    }
}

fn beside(path: &Path) -> PathBuf {
    let mut name = OsString::from(path);
    name.push("-lock");
    name.into()
}

fn not_opened(path: &Path, error: &io::Error) -> LedgerError {
    LedgerError::Open {
        path: path.to_owned(),
        reason: format!("its lock cannot be had: {error}"),
    }
}
