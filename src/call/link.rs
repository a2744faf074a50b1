//! What the feed knows of its own truth: the state of the link, how far back the list is complete,
//! and which question an answer belongs to.

use std::time::Duration;

use chrono::{DateTime, Utc};

use super::Failure;

/// The generation of a query. An answer of an older one is dropped: a changed filter never shows the
/// rows of the one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Turn(pub u64);

impl Turn {
    /// The generation after this one.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

/// The link to the service. Exactly one of these holds, and the screen says which.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Link {
    /// Nothing has been answered yet.
    Connecting,
    /// The last poll was answered whole.
    Live {
        /// The time between polls at present.
        every: Duration,
    },
    /// The last poll failed in a way that passes; it will be tried again.
    Retrying {
        /// Why.
        failure: Failure,
        /// How long after this report the next try starts.
        wait: Duration,
    },
    /// The service refuses; asking again cannot help until somebody changes something. Where that
    /// can happen elsewhere, as a token renewed or a permission granted, it is asked now and then.
    Refused {
        /// Why.
        failure: Failure,
    },
    /// The user has paused the feed.
    Paused,
}

/// How far back the list holds every call that the query asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Coverage {
    /// Nothing is known to be complete yet.
    #[default]
    None,
    /// Complete from this creation time on.
    Since(DateTime<Utc>),
    /// Complete back to the first call of the project.
    Everything,
}
