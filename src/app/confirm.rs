//! The question before a call is placed: it costs money and cannot be taken back.

use crate::call::{NewCall, Ticket};

/// The two answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Choice {
    /// Do not place it.
    #[default]
    Cancel,
    /// Place it.
    Place,
}

/// Which question is on screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Question {
    /// Whether to place the call.
    #[default]
    Place,
    /// Whether to call a number once more that was called a moment ago.
    OnceMore,
}

/// The question and the answer that is lit; at first that is *cancel*.
#[derive(Debug, Clone)]
pub struct Confirm {
    /// What would be placed.
    pub call: NewCall,
    /// The ticket in whose place it would be, of which there was no trace.
    pub follows: Option<Ticket>,
    /// The answer that the enter key gives.
    pub lit: Choice,
    /// Which question it is.
    pub question: Question,
    /// Why it may be one call too many, if it may.
    pub repeats: Option<String>,
    /// What else to think of.
    pub doubts: Vec<String>,
}

impl Confirm {
    /// Somebody says yes; whether that was the last question.
    pub(super) fn yes(&mut self) -> bool {
        match (self.question, &self.repeats) {
            (Question::Place, Some(_)) => {
                self.question = Question::OnceMore;
                self.lit = Choice::Cancel;
                false
            }
            (Question::Place, None) | (Question::OnceMore, _) => true,
        }
    }

    /// Lights the other answer.
    pub(super) fn light_other(&mut self) {
        self.lit = match self.lit {
            Choice::Cancel => Choice::Place,
            Choice::Place => Choice::Cancel,
        };
    }
}
