//! Commands that take a time: they are written in the palette with it.

use chrono::{DateTime, Utc};

use crate::filter::Standpoint;

use super::msg::Effect;
use super::{App, moment};

/// A command of the palette that takes a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Timed {
    /// Go to the call at a time.
    GoTo,
    /// Load everything since a time.
    Load,
}

impl Timed {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::GoTo, Self::Load];

    /// What is written before the time.
    pub fn name(self) -> &'static str {
        match self {
            Self::GoTo => "goto",
            Self::Load => "load",
        }
    }

    /// What it does, and how a time may be written.
    pub fn says(self) -> &'static str {
        match self {
            Self::GoTo => "to a time: 09:00, 22 Nov 09:00, 2h ago",
            Self::Load => "all calls since: 7d, yesterday, 22 Nov",
        }
    }

    /// The command that a text begins with, and what is written behind it; nothing before there is a
    /// blank between.
    pub(super) fn parse(text: &str) -> Option<(Self, &str)> {
        let (name, time) = text.trim_start().split_once(char::is_whitespace)?;
        let named = |timed: &Self| timed.name().eq_ignore_ascii_case(name);
        Some((Self::ALL.into_iter().find(named)?, time.trim()))
    }
}

/// The time that was written behind a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Written {
    /// None yet.
    Nothing,
    /// This one.
    Time(DateTime<Utc>),
    /// None, and why it is none.
    Wrong(String),
}

impl Written {
    pub(super) fn read(text: &str, at: &Standpoint) -> Self {
        if text.is_empty() {
            return Self::Nothing;
        }
        match moment::read(text, at) {
            Ok(time) => Self::Time(time),
            Err(reason) => Self::Wrong(reason),
        }
    }
}

impl App {
    pub(super) fn run_timed(&mut self, timed: Timed, time: DateTime<Utc>, out: &mut Vec<Effect>) {
        match timed {
            Timed::GoTo => self.go_to_time(time, out),
            Timed::Load => self.load_since(time, out),
        }
    }
}
