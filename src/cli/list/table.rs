//! Calls as a table: as many columns as a terminal has room for, all of them and uncut in a pipe.

use std::borrow::Cow;
use std::io::{self, Write};

use crate::call::{Call, Party};
use crate::filter::Standpoint;
use crate::view::text;
use crate::view::theme::{Palette, Theme};

/// What a table is written on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Paper {
    /// A terminal of a width: rows fit into it.
    Terminal { cells: usize, ascii: bool },
    /// A pipe or a file: values as the API has them, and none is cut.
    Pipe,
}

/// A column, in the order in which they stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Column {
    Created,
    State,
    Direction,
    From,
    To,
    Talk,
    Price,
    Id,
    Error,
}

/// How a column takes part in the width.
struct Share {
    column: Column,
    title: &'static str,
    /// Cells that it needs on a terminal, and cells beyond which more is of no use.
    least: usize,
    most: usize,
    /// Cells that most of its values have in a pipe.
    uncut: usize,
    /// Who gives way where a terminal is too narrow: the highest first.
    gives_way: u8,
}

#[rustfmt::skip] // a table is read by its columns
const SHARES: [Share; 9] = [
    Share { column: Column::Created,   title: "CREATED", least: 19, most: 19, uncut: 29, gives_way: 3 },
    Share { column: Column::State,     title: "STATE",   least: 14, most: 14, uncut: 12, gives_way: 0 },
    Share { column: Column::Direction, title: "DIR",     least: 3,  most: 3,  uncut: 8,  gives_way: 4 },
    Share { column: Column::From,      title: "FROM",    least: 16, most: 28, uncut: 16, gives_way: 2 },
    Share { column: Column::To,        title: "TO",      least: 16, most: 28, uncut: 16, gives_way: 1 },
    Share { column: Column::Talk,      title: "TALK",    least: 6,  most: 6,  uncut: 6,  gives_way: 5 },
    Share { column: Column::Price,     title: "PRICE",   least: 10, most: 16, uncut: 10, gives_way: 8 },
    Share { column: Column::Id,        title: "ID",      least: 36, most: 36, uncut: 36, gives_way: 7 },
    Share { column: Column::Error,     title: "ERROR",   least: 14, most: 60, uncut: 0,  gives_way: 6 },
];

/// Between two columns.
const GAP: usize = 2;

/// A table on its way.
#[derive(Debug)]
pub(super) struct Table {
    paper: Paper,
    at: Standpoint,
    columns: Vec<(Column, usize)>,
    began: bool,
}

impl Table {
    /// A table whose times are seen from a standpoint.
    pub(super) fn new(paper: Paper, at: Standpoint) -> Self {
        Self {
            columns: columns(paper),
            paper,
            at,
            began: false,
        }
    }

    /// Writes the next call, and the headings before the first.
    pub(super) fn call(&mut self, call: &Call, out: &mut impl Write) -> io::Result<()> {
        if !self.began {
            self.began = true;
            let title = |column| {
                let share = SHARES.iter().find(|share| share.column == column);
                Cow::Borrowed(share.map_or("", |share| share.title))
            };
            self.row(title, out)?;
        }
        self.row(|column| self.cell(call, column), out)
    }

    fn row<'a>(
        &self,
        cell: impl Fn(Column) -> Cow<'a, str>,
        out: &mut impl Write,
    ) -> io::Result<()> {
        let mut row = String::new();
        for (at, &(column, cells)) in self.columns.iter().enumerate() {
            if at > 0 {
                row.push_str("  ");
            }
            let told = cell(column);
            let told = match self.paper {
                Paper::Terminal { .. } => text::fit(&told, cells),
                Paper::Pipe => text::sanitise(&told),
            };
            let missing = " ".repeat(cells.saturating_sub(text::width(&told)));
            if matches!(column, Column::Talk | Column::Price) {
                row.push_str(&missing);
                row.push_str(&told);
            } else {
                row.push_str(&told);
                row.push_str(&missing);
            }
        }
        writeln!(out, "{}", row.trim_end())
    }

    fn cell<'a>(&self, call: &'a Call, column: Column) -> Cow<'a, str> {
        let theme = Theme {
            palette: Palette::Mono,
            ascii: !matches!(self.paper, Paper::Terminal { ascii: false, .. }),
        };
        let is_pipe = self.paper == Paper::Pipe;
        let absent = || Cow::Borrowed(theme.signs().absent);
        match column {
            Column::Created => call.create_time.map_or_else(absent, |time| {
                let time = time.with_timezone(&self.at.zone);
                let form = if is_pipe {
                    "%Y-%m-%dT%H:%M:%S%.3f%:z"
                } else {
                    "%Y-%m-%d %H:%M:%S"
                };
                time.format(form).to_string().into()
            }),
            Column::State if is_pipe => call.state.name(),
            Column::State => {
                let look = theme.state(call.state);
                format!("{} {}", look.sign, look.word).into()
            }
            Column::Direction if is_pipe => call.direction.name(),
            Column::Direction => theme.direction(call.direction).into(),
            Column::From => self.party(call.from_party(), &call.from, theme),
            Column::To => self.party(call.to_party(), &call.to, theme),
            Column::Talk => call
                .talk(self.at.now)
                .map_or_else(absent, |talk| text::short_span(talk).into()),
            Column::Price => match &call.price {
                Some(price) => price.to_string().into(),
                None => absent(),
            },
            Column::Id => call.name.id().into(),
            Column::Error => match (&*call.error_code, &*call.error_message) {
                ("", message) => message.into(),
                (code, "") => code.into(),
                (code, message) => format!("{code} {} {message}", theme.signs().dot).into(),
            },
        }
    }

    /// A number as people group it on a terminal, as the API has it in a pipe.
    fn party<'a>(&self, party: Party<'_>, text: &'a str, theme: Theme) -> Cow<'a, str> {
        match (party, self.paper) {
            (Party::Absent, _) => theme.signs().absent.into(),
            (Party::Number(_) | Party::Sip(_) | Party::Other(_), Paper::Pipe) => text.into(),
            (
                Party::Number(_) | Party::Sip(_) | Party::Other(_) | Party::Private,
                Paper::Pipe | Paper::Terminal { .. },
            ) => party.to_string().into(),
        }
    }
}

/// The columns with their cells.
fn columns(paper: Paper) -> Vec<(Column, usize)> {
    let room = match paper {
        Paper::Pipe => {
            return SHARES
                .iter()
                .map(|share| (share.column, share.uncut))
                .collect();
        }
        Paper::Terminal { cells, .. } => cells,
    };
    let mut wanted: Vec<&Share> = SHARES.iter().collect();
    wanted.sort_by_key(|share| share.gives_way);
    let mut taken = 0;
    let mut shown = Vec::new();
    for share in wanted {
        let needs = share.least + if shown.is_empty() { 0 } else { GAP };
        if shown.is_empty() || taken + needs <= room {
            taken += needs;
            shown.push(share);
        }
    }
    // What is left over goes to those that can use it, the error before all: it is cut most.
    shown.sort_by_key(|share| share.column != Column::Error);
    let mut spare = room.saturating_sub(taken);
    let mut given = Vec::new();
    for share in shown {
        let more = spare.min(share.most - share.least);
        spare -= more;
        given.push((share.column, share.least + more));
    }
    let place = |column| SHARES.iter().position(|share| share.column == column);
    given.sort_by_key(|(column, _)| place(*column));
    given
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;
    use crate::call::{CallName, Direction, Money, State};

    fn at() -> Standpoint {
        Standpoint {
            now: "2026-11-23T03:03:22Z".parse().unwrap(),
            zone: chrono_tz::Australia::Melbourne,
        }
    }

    fn calls() -> Vec<Call> {
        let mut failed = Call::new(CallName::new(
            "projects/demo/calls/6f1c2e04-1111-4222-8333-444455556666",
        ));
        failed.state = State::Failed;
        failed.direction = Direction::Outgoing;
        failed.from = "+61255501234".into();
        failed.to = "+61491570156".into();
        failed.create_time = Some("2026-11-23T03:03:11.204Z".parse().unwrap());
        failed.error_code = "SERVICE_UNAVAILABLE".into();
        failed.error_message = "no route\u{1b}[2J to the\ndestination network".into();
        let mut talked = Call::new(CallName::new("projects/demo/calls/7"));
        talked.state = State::Completed;
        talked.direction = Direction::Incoming;
        talked.is_private = true;
        talked.to = "sip:漢字.reception.desk@very-long-domain.pbx.example".into();
        talked.create_time = Some("2026-11-22T12:00:00Z".parse().unwrap());
        talked.answer_duration = Some(chrono::TimeDelta::seconds(198));
        talked.price = Some(Money::new("AUD", 0, 42_000_000));
        let mut odd = Call::new(CallName::new("projects/demo/calls/8"));
        odd.state = State::Other(42);
        vec![failed, talked, odd]
    }

    fn written(paper: Paper) -> String {
        let mut table = Table::new(paper, at());
        let mut out = Vec::new();
        for call in calls() {
            table.call(&call, &mut out).unwrap();
        }
        String::from_utf8(out).unwrap()
    }

    #[rstest]
    #[case::wide(160)]
    #[case::middle(100)]
    #[case::narrow(80)]
    #[case::least(40)]
    fn on_a_terminal_rows_fit(#[case] cells: usize) {
        let ascii = false;
        let table = written(Paper::Terminal { cells, ascii });
        for line in table.lines() {
            assert!(text::width(line) <= cells, "{line}");
        }
        insta::assert_snapshot!(format!("table_{cells}"), table);
    }

    #[test]
    fn in_a_pipe_nothing_is_cut_and_each_call_has_its_line() {
        let table = written(Paper::Pipe);
        assert_eq!(table.lines().count(), 1 + calls().len());
        assert!(!table.contains('\u{1b}') && !table.contains('…'));
        insta::assert_snapshot!("table_pipe", table);
    }

    proptest! {
        #[test]
        fn columns_fit_whatever_the_width(cells in 14usize..300) {
            let columns = columns(Paper::Terminal { cells, ascii: true });
            let taken: usize = columns.iter().map(|(_, cells)| cells + GAP).sum();
            prop_assert!(taken - GAP <= cells);
        }
    }
}
