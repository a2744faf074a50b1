//! Why the ledger cannot be used.

use std::path::PathBuf;

use rusqlite::ErrorCode;

/// Why the ledger cannot be used, as a sentence with the file and the remedy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LedgerError {
    /// The file is something else.
    #[error("{} is not a ledger of the sandbox; it is left as it is: give another file", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// The file was written by a version that came later.
    #[error("{} was written by a newer version of switchboard (ledger version {version})", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// The version of its layout.
        version: i64,
    },
    /// The file is a ledger and cannot be read.
    #[error("{} is damaged and is left as it is ({reason}): give another file", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What was found.
        reason: String,
    },
    /// Another process uses the file.
    #[error("{} is in use by another sandbox: stop that one, or give another file", path.display())]
    InUse {
        /// The file.
        path: PathBuf,
    },
    /// The file cannot be opened or created.
    #[error("cannot open the ledger {}: {reason}", path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// What the database says.
        reason: String,
    },
    /// There is no room to write anything down; nothing of what was to be written is there.
    #[error(
        "the disk is full: no call is placed until there is room; those in the ledger are safe"
    )]
    Full,
    /// Reading or writing failed.
    #[error("the ledger failed: {0}")]
    Failed(String),
    /// The sandbox is being shut down.
    #[error("the sandbox is shutting down")]
    Closed,
}

impl From<rusqlite::Error> for LedgerError {
    fn from(error: rusqlite::Error) -> Self {
        if error.sqlite_error_code() == Some(ErrorCode::DiskFull) {
            return Self::Full;
        }
        Self::Failed(error.to_string())
    }
}

impl From<prost::DecodeError> for LedgerError {
    fn from(error: prost::DecodeError) -> Self {
        Self::Failed(format!("a call in it cannot be read: {error}"))
    }
}
