//! The question before a call is placed: it costs money and cannot be taken back.

use crate::call::NewCall;

/// The two answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Choice {
    /// Do not place it.
    #[default]
    Cancel,
    /// Place it.
    Place,
}

/// The question and the answer that is lit; at first that is *cancel*.
#[derive(Debug, Clone)]
pub struct Confirm {
    /// What would be placed.
    pub call: NewCall,
    /// The answer that the enter key gives.
    pub lit: Choice,
    /// What else to think of, such as a call to the same number a moment ago.
    pub doubts: Vec<String>,
}
