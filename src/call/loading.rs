//! How the loading of a range of time stands, from the first request to the last.

use std::time::Duration;

use super::Failure;

/// How far a range has been loaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Loaded {
    /// How many calls have come.
    pub calls: u64,
    /// How many came in each second lately.
    pub calls_per_second: u64,
    /// Which share of the range of time is done, in percent: 0 to 100.
    pub percent: u8,
    /// How long the rest will take, if that can be said.
    pub remaining: Option<Duration>,
}

/// What has become of a range that is being loaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Loading {
    /// It goes on.
    Goes(Loaded),
    /// Nothing is asked for a while.
    Waits {
        /// Why.
        failure: Failure,
        /// How long, from this report on.
        wait: Duration,
    },
    /// It has ended early; what came until then is complete.
    Failed(Failure),
    /// All of it is there.
    Done,
}
