//! What is wrong with the text of a filter, and where.

use std::fmt;
use std::ops::Range;

/// The first thing in a filter's text that cannot be understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilterError {
    /// Where, in bytes of the text; empty at its end where something is missing.
    pub span: Range<usize>,
    /// What was expected, as a sentence without its full stop.
    pub message: String,
    /// What to write instead, where that can be guessed.
    pub hint: Option<String>,
}

impl FilterError {
    /// An error without a hint.
    pub(super) fn new(span: Range<usize>, message: impl Into<String>) -> Self {
        Self {
            span,
            message: message.into(),
            hint: None,
        }
    }

    /// The same error with a hint.
    pub(super) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl fmt::Display for FilterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "offset {}: {}", self.span.start, self.message)?;
        if let Some(hint) = &self.hint {
            write!(f, " ({hint})")?;
        }
        Ok(())
    }
}

impl std::error::Error for FilterError {}
