//! What the console is told at its start, and how it writes times.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use crate::call::{Calling, ProjectName};

use super::msg::Notice;
use super::views::SavedView;

/// What the console is told once, at its start.
#[derive(Debug, Clone)]
pub struct Setup {
    /// The profile's name; `sandbox` for the embedded one.
    pub profile: String,
    /// The project whose calls are shown.
    pub project: ProjectName,
    /// Where the service is, for people.
    pub endpoint: String,
    /// Whether the service is the embedded sandbox.
    pub sandbox: bool,
    /// Whether calls may be placed.
    pub read_only: bool,
    /// The zone in which times are shown.
    pub zone: Tz,
    /// The filter to start with, as text.
    pub filter: String,
    /// Filters that were kept in earlier runs, oldest first.
    pub history: Vec<String>,
    /// The views that are configured, beside those that are built in.
    pub views: Vec<SavedView>,
    /// How many calls are kept at most; at least one.
    pub max_calls: usize,
    /// Presets, the deny list, and the values of the last call.
    pub calling: Calling,
    /// The time at the start.
    pub now: DateTime<Utc>,
    /// What there is to say at the start, such as a log file that cannot be written.
    pub notices: Vec<Notice>,
}

/// How times of day are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TimeForm {
    /// `14:03:11`
    #[default]
    Clock,
    /// `23 Nov 14:03:11`
    Date,
    /// `2m11s ago`
    Age,
}
