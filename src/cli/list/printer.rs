//! Calls on standard output, one by one, in the form that was asked for.

use std::io::{self, IsTerminal as _, Write};

use ratatui::crossterm::terminal;

use super::json;
use super::table::{Paper, Table};
use crate::call::Call;
use crate::cli::arguments::Output;
use crate::config::Screen;
use crate::filter::Standpoint;

/// Writes calls in one form.
pub(super) enum Printer {
    Table(Table),
    Ndjson,
    /// An array, of which something may have been written already.
    Json {
        began: bool,
    },
}

impl Printer {
    /// A printer for this process's standard output.
    pub(super) fn new(output: Output, at: Standpoint, screen: Screen) -> Self {
        match output {
            Output::Table => Self::Table(Table::new(paper(screen), at)),
            Output::Ndjson => Self::Ndjson,
            Output::Json => Self::Json { began: false },
        }
    }

    /// Writes the next call.
    pub(super) fn call(&mut self, call: &Call, out: &mut impl Write) -> io::Result<()> {
        match self {
            Self::Table(table) => table.call(call, out),
            Self::Ndjson => {
                json::write(call, out)?;
                out.write_all(b"\n")
            }
            Self::Json { began } => {
                let before: &[u8] = if *began { b",\n  " } else { b"[\n  " };
                *began = true;
                out.write_all(before)?;
                json::write(call, out)
            }
        }
    }

    /// Writes what belongs behind the last call. A list that was cut short has none of it, so that an
    /// array is whole or cannot be read.
    pub(super) fn end(&self, out: &mut impl Write) -> io::Result<()> {
        match self {
            Self::Table(_) | Self::Ndjson => Ok(()),
            Self::Json { began: true } => out.write_all(b"\n]\n"),
            Self::Json { began: false } => out.write_all(b"[]\n"),
        }
    }
}

/// What a table is written on.
fn paper(screen: Screen) -> Paper {
    /// What terminals that do not tell have.
    const USUAL: u16 = 80;
    if io::stdout().is_terminal() {
        let columns = terminal::size().map_or(USUAL, |(columns, _)| columns);
        Paper::Terminal {
            cells: usize::from(columns),
            ascii: screen.ascii,
        }
    } else {
        Paper::Pipe
    }
}
