//! How a command ends: exit statuses, and what is said to whoever started it.

use std::fmt;
use std::io::{self, IsTerminal as _, Write as _};

use crate::call::{Failure, FailureKind};
use crate::config::ConfigError;
use crate::logging::harmless;

/// The exit statuses of `product.md`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Done.
    Done,
    /// Failed.
    Failed,
    /// Used or configured wrongly.
    Usage,
    /// There is no such call or project.
    NotFound,
    /// Not authenticated, or not permitted.
    NotPermitted,
    /// Not reachable, or no answer in time.
    Unavailable,
    /// Not known whether a call was placed.
    Unknown,
    /// Interrupted before it was done.
    Interrupted,
}

impl Exit {
    /// The number that the shell sees.
    pub fn status(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::NotFound => 3,
            Self::NotPermitted => 4,
            Self::Unavailable => 5,
            Self::Unknown => 6,
            Self::Interrupted => 130,
        }
    }
}

/// Why a command stopped before its end, and with what status.
#[derive(Debug)]
pub struct Stop {
    exit: Exit,
    said: Said,
}

#[derive(Debug)]
enum Said {
    /// A sentence of this program's own.
    Sentence(String),
    /// What clap has to say: help, the version, or a usage error with its own layout.
    Clap(clap::Error),
}

impl Stop {
    /// Used wrongly.
    pub(super) fn usage(sentence: impl Into<String>) -> Self {
        Self::with(Exit::Usage, sentence)
    }

    /// Failed.
    pub(super) fn failed(sentence: impl Into<String>) -> Self {
        Self::with(Exit::Failed, sentence)
    }

    /// Interrupted.
    pub(super) fn interrupted(sentence: impl Into<String>) -> Self {
        Self::with(Exit::Interrupted, sentence)
    }

    /// With a status of its own.
    pub(super) fn with(exit: Exit, sentence: impl Into<String>) -> Self {
        Self {
            exit,
            said: Said::Sentence(sentence.into()),
        }
    }

    /// The exit status.
    pub fn exit(&self) -> Exit {
        self.exit
    }

    /// Says it: help and version on stdout, everything else on stderr. A reader who has gone away
    /// is no error.
    pub fn say(&self) {
        let _gone = match &self.said {
            Said::Sentence(_) => writeln!(io::stderr().lock(), "{self}"),
            Said::Clap(said) => said.print(),
        };
    }
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.said {
            Said::Sentence(sentence) => {
                f.write_str("error: ")?;
                // Lines are our own; what stands in them may be anybody's.
                for (at, line) in sentence.lines().enumerate() {
                    if at > 0 {
                        f.write_str("\n")?;
                    }
                    f.write_str(&harmless(line))?;
                }
                Ok(())
            }
            Said::Clap(said) => said.fmt(f),
        }
    }
}

impl std::error::Error for Stop {}

impl From<clap::Error> for Stop {
    fn from(said: clap::Error) -> Self {
        Self {
            exit: if said.use_stderr() {
                Exit::Usage
            } else {
                Exit::Done
            },
            said: Said::Clap(said),
        }
    }
}

impl From<ConfigError> for Stop {
    fn from(error: ConfigError) -> Self {
        Self::usage(error.to_string())
    }
}

/// The status for a failure of the service.
pub(super) fn exit_of(kind: &FailureKind) -> Exit {
    match kind {
        FailureKind::NotFound => Exit::NotFound,
        FailureKind::Unauthenticated | FailureKind::PermissionDenied { .. } => Exit::NotPermitted,
        FailureKind::Unavailable | FailureKind::DeadlineExceeded => Exit::Unavailable,
        // Something to be mended in the configuration.
        FailureKind::Local | FailureKind::Unimplemented => Exit::Usage,
        FailureKind::InvalidArgument { .. }
        | FailureKind::FailedPrecondition
        | FailureKind::ResourceExhausted { .. }
        | FailureKind::Internal
        | FailureKind::Cancelled => Exit::Failed,
    }
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        Self::with(exit_of(&failure.kind), failure.to_string())
    }
}

/// An error from the depths; a failure of the service keeps its own status.
impl From<anyhow::Error> for Stop {
    fn from(error: anyhow::Error) -> Self {
        match error.downcast::<Failure>() {
            Ok(failure) => failure.into(),
            Err(error) => Self::failed(format!("{error:#}")),
        }
    }
}

/// What it means that standard output was not written: somebody who does not read on has what they
/// wanted.
pub(super) fn unwritten(error: &io::Error) -> Result<Exit, Stop> {
    if error.kind() == io::ErrorKind::BrokenPipe {
        return Ok(Exit::Done);
    }
    Err(Stop::failed(format!(
        "standard output cannot be written: {error}"
    )))
}

/// Which of the two ends that a console needs is not a terminal.
pub(super) fn not_a_terminal() -> Option<&'static str> {
    if !io::stdin().is_terminal() {
        Some("standard input")
    } else if !io::stdout().is_terminal() {
        Some("standard output")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::not_found(FailureKind::NotFound, 3)]
    #[case::not_permitted(FailureKind::PermissionDenied { permission: None }, 4)]
    #[case::not_authenticated(FailureKind::Unauthenticated, 4)]
    #[case::unreachable(FailureKind::Unavailable, 5)]
    #[case::no_answer(FailureKind::DeadlineExceeded, 5)]
    #[case::a_bad_key_file(FailureKind::Local, 2)]
    #[case::anything_else(FailureKind::Internal, 1)]
    fn a_failure_has_its_status(#[case] kind: FailureKind, #[case] status: u8) {
        let stop = Stop::from(anyhow::Error::new(Failure::new(kind, "why")));
        assert_eq!(stop.exit().status(), status);
    }

    #[test]
    fn an_error_is_one_that_no_terminal_obeys() {
        let stop = Stop::usage("a \u{1b}[2J b\n  ^");
        assert_eq!(stop.to_string(), "error: a \\u{1b}[2J b\n  ^");
    }

    #[test]
    fn an_error_from_the_depths_tells_its_causes() {
        let error = anyhow::anyhow!("the disk is full").context("the ledger cannot be written");
        assert_eq!(
            Stop::from(error).to_string(),
            "error: the ledger cannot be written: the disk is full"
        );
    }
}
