//! Calls on standard output, one by one, in the form that was asked for.

use std::io::{self, IsTerminal as _, Write};

use chrono::{DateTime, Utc};
use ratatui::crossterm::terminal;

use super::column::Column;
use super::csv::{self, Csv};
use super::json;
use super::table::{Look, Paper, Table};
use crate::call::Call;
use crate::cli::arguments::Output;
use crate::filter::Standpoint;
use crate::view::theme::Theme;

/// Writes calls in one form.
pub(super) enum Printer {
    Table(Table),
    Csv(Csv),
    Ndjson,
    /// An array, of which something may have been written already.
    Json {
        began: bool,
    },
}

/// How calls are written.
#[derive(Debug, Clone)]
pub(super) struct Writing {
    pub(super) output: Output,
    /// The columns that were asked for; none for the usual ones.
    pub(super) columns: Vec<Column>,
    /// Whether a table and CSV begin with the names of their columns.
    pub(super) titled: bool,
    /// Whether calls are told as they change.
    pub(super) follows: bool,
    pub(super) theme: Theme,
    /// From where times are seen.
    pub(super) at: Standpoint,
}

impl Printer {
    /// A printer for this process's standard output.
    pub(super) fn new(writing: Writing) -> Self {
        Self::on(paper(), writing)
    }

    fn on(paper: Paper, writing: Writing) -> Self {
        let Writing {
            output,
            columns,
            titled,
            follows,
            theme,
            at,
        } = writing;
        match output {
            Output::Table => Self::Table(Table::new(Look {
                paper,
                theme,
                at,
                columns,
                follows,
                titled,
            })),
            Output::Csv => {
                let mut columns = Some(columns).filter(|columns| !columns.is_empty());
                Self::Csv(Csv::new(
                    columns.take().unwrap_or_else(csv::all),
                    at,
                    titled,
                ))
            }
            Output::Ndjson => Self::Ndjson,
            Output::Json => Self::Json { began: false },
        }
    }

    /// The columns that were asked for and for which the terminal has no room.
    pub(super) fn left_out(&self) -> &[Column] {
        match self {
            Self::Table(table) => table.left_out(),
            Self::Csv(_) | Self::Ndjson | Self::Json { .. } => &[],
        }
    }

    /// What goes on has gone on until then, in all that is written from now on.
    pub(super) fn set_now(&mut self, now: DateTime<Utc>) {
        match self {
            Self::Table(table) => table.set_now(now),
            Self::Csv(csv) => csv.set_now(now),
            Self::Ndjson | Self::Json { .. } => {}
        }
    }

    /// Writes the next call.
    pub(super) fn call(&mut self, call: &Call, out: &mut impl Write) -> io::Result<()> {
        match self {
            Self::Table(table) => table.call(call, out),
            Self::Csv(csv) => csv.call(call, out),
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
    pub(super) fn end(&mut self, out: &mut impl Write) -> io::Result<()> {
        match self {
            Self::Table(_) | Self::Ndjson => Ok(()),
            Self::Csv(csv) => csv.begin(out),
            Self::Json { began: true } => out.write_all(b"\n]\n"),
            Self::Json { began: false } => out.write_all(b"[]\n"),
        }
    }
}

/// What a table is written on.
fn paper() -> Paper {
    /// What terminals that do not tell have.
    const USUAL: u16 = 80;
    if io::stdout().is_terminal() {
        let columns = terminal::size().map_or(USUAL, |(columns, _)| columns);
        Paper::Terminal {
            cells: usize::from(columns),
        }
    } else {
        Paper::Pipe
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::call::CallName;
    use crate::view::theme::Palette;

    fn printer(output: Output, columns: &str) -> Printer {
        Printer::on(
            Paper::Pipe,
            Writing {
                output,
                columns: vec![columns.parse().unwrap()],
                titled: true,
                follows: false,
                theme: Theme {
                    palette: Palette::Mono,
                    ascii: false,
                },
                at: Standpoint {
                    now: DateTime::UNIX_EPOCH,
                    zone: chrono_tz::UTC,
                },
            },
        )
    }

    fn written(output: Output, calls: usize) -> String {
        let mut printer = printer(output, "id");
        let mut out = Vec::new();
        for id in 0..calls {
            let call = Call::new(CallName::new(format!("projects/demo/calls/{id}")));
            printer.call(&call, &mut out).unwrap();
        }
        printer.end(&mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[rstest]
    #[case::no_rows(Output::Table, 0, "")]
    #[case::no_records(Output::Csv, 0, "id\r\n")]
    #[case::records(Output::Csv, 2, "id\r\n0\r\n1\r\n")]
    #[case::no_objects(Output::Ndjson, 0, "")]
    #[case::an_empty_array(Output::Json, 0, "[]\n")]
    #[case::an_array(
        Output::Json,
        2,
        "[\n  {\"name\":\"projects/demo/calls/0\"},\n  {\"name\":\"projects/demo/calls/1\"}\n]\n"
    )]
    fn every_form_has_its_beginning_and_its_end(
        #[case] output: Output,
        #[case] calls: usize,
        #[case] expected: &str,
    ) {
        assert_eq!(written(output, calls), expected);
    }

    #[rstest]
    #[case::table(Output::Table, "  TALK\n    7s\n")]
    #[case::csv(Output::Csv, "talk\r\n7\r\n")]
    fn talk_goes_on_while_calls_are_followed(#[case] output: Output, #[case] expected: &str) {
        let mut printer = printer(output, "talk");
        let mut call = Call::new(CallName::new("projects/demo/calls/1"));
        call.state = crate::call::State::InProgress;
        call.answer_time = DateTime::from_timestamp(100, 0);
        printer.set_now(DateTime::from_timestamp(107, 0).unwrap());
        let mut out = Vec::new();
        printer.call(&call, &mut out).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }
}
