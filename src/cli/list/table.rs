//! Calls as a table: as many columns as a terminal has room for, all of them and uncut in a pipe.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::io::{self, Write};

use chrono::{DateTime, Utc};
use ratatui::style::Style;

use super::column::{Column, Plain, Value};
use crate::call::{Call, Party};
use crate::cli::paint::painted;
use crate::filter::Standpoint;
use crate::view::text;
use crate::view::theme::{Role, Theme};

/// What a table is written on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Paper {
    /// A terminal of a width: rows fit into it.
    Terminal { cells: usize },
    /// A pipe or a file: values as the API has them, and none is cut.
    Pipe,
}

/// How a column takes part in the width.
#[derive(Debug, Clone, Copy)]
struct Share {
    /// Cells that it needs on a terminal, and cells beyond which more is of no use.
    least: usize,
    most: usize,
    /// Cells that most of its values have in a pipe.
    uncut: usize,
    /// Who gives way where a terminal is too narrow: the highest first.
    gives_way: usize,
}

/// A column with its place.
#[derive(Debug)]
struct Placed {
    column: Column,
    title: String,
    cells: usize,
}

/// Between two columns.
const GAP: usize = 2;

/// The columns where none are asked for.
const USUAL: [Plain; 9] = [
    Plain::Created,
    Plain::State,
    Plain::Direction,
    Plain::From,
    Plain::To,
    Plain::Talk,
    Plain::Price,
    Plain::Id,
    Plain::Error,
];

/// Those that give way first, in that order, where none are asked for.
const GIVE_WAY: [Plain; 9] = [
    Plain::Price,
    Plain::Id,
    Plain::Error,
    Plain::Talk,
    Plain::Direction,
    Plain::Created,
    Plain::From,
    Plain::To,
    Plain::State,
];

/// What a table looks like.
#[derive(Debug, Clone)]
pub(super) struct Look {
    pub(super) paper: Paper,
    pub(super) theme: Theme,
    /// From where its times are seen.
    pub(super) at: Standpoint,
    /// The columns that were asked for; none for the usual ones.
    pub(super) columns: Vec<Column>,
    /// Whether calls are told as they change, so that when that was comes first.
    pub(super) follows: bool,
    /// Whether it begins with the headings.
    pub(super) titled: bool,
}

/// A table on its way.
#[derive(Debug)]
pub(super) struct Table {
    look: Look,
    columns: Vec<Placed>,
    /// Columns that were asked for and have no room.
    left_out: Vec<Column>,
    titled: bool,
}

impl Table {
    pub(super) fn new(look: Look) -> Self {
        let chosen = !look.columns.is_empty();
        let columns = if chosen {
            look.columns.clone()
        } else {
            usual(look.follows)
        };
        let shares: Vec<(Column, Share)> = columns
            .into_iter()
            .enumerate()
            .map(|(at, column)| {
                let mut share = share(&column);
                if chosen {
                    share.gives_way = at;
                }
                (column, share)
            })
            .collect();
        let (columns, left_out) = place(shares, look.paper);
        Self {
            titled: look.titled,
            columns,
            left_out: if chosen { left_out } else { Vec::new() },
            look,
        }
    }

    /// The columns that were asked for and for which the terminal has no room.
    pub(super) fn left_out(&self) -> &[Column] {
        &self.left_out
    }

    /// What goes on has gone on until then, in the rows from now on.
    pub(super) fn set_now(&mut self, now: DateTime<Utc>) {
        self.look.at.now = now;
    }

    /// Writes the next call, and the headings before the first.
    pub(super) fn call(&mut self, call: &Call, out: &mut impl Write) -> io::Result<()> {
        let quiet = self.look.theme.style(Role::Quiet);
        if std::mem::take(&mut self.titled) {
            self.row(|placed| (placed.title.clone().into(), quiet), out)?;
        }
        self.row(|placed| self.cell(call, &placed.column), out)
    }

    fn row<'a>(
        &self,
        cell: impl Fn(&Placed) -> (Cow<'a, str>, Style),
        out: &mut impl Write,
    ) -> io::Result<()> {
        let mut row = String::new();
        // Blanks are written when something follows them.
        let mut blanks = 0;
        for (at, placed) in self.columns.iter().enumerate() {
            if at > 0 {
                blanks += GAP;
            }
            let (told, style) = cell(placed);
            let told = match self.look.paper {
                Paper::Terminal { .. } => text::fit(&told, placed.cells),
                Paper::Pipe => text::sanitise(&told),
            };
            let missing = placed.cells.saturating_sub(text::width(&told));
            if is_right(&placed.column) {
                blanks += missing;
            }
            if !told.is_empty() {
                row.extend(std::iter::repeat_n(' ', std::mem::take(&mut blanks)));
                row.push_str(&painted(told, style, self.look.theme));
            }
            if !is_right(&placed.column) {
                blanks += missing;
            }
        }
        writeln!(out, "{row}")
    }

    fn cell<'a>(&self, call: &'a Call, column: &Column) -> (Cow<'a, str>, Style) {
        let theme = self.look.theme;
        let is_pipe = self.look.paper == Paper::Pipe;
        let (plain, quiet) = (theme.style(Role::Text), theme.style(Role::Quiet));
        // A pipe has the sign that every program can read.
        let signs = Theme {
            ascii: theme.ascii || is_pipe,
            ..theme
        }
        .signs();
        match column.value(call, self.look.at.now) {
            Value::Absent if matches!(column, Column::Plain(Plain::Error | Plain::Message)) => {
                ("".into(), plain)
            }
            Value::Absent | Value::Party(Party::Absent, _) => (signs.absent.into(), quiet),
            Value::Text(text) => (text, plain),
            Value::Word(_) if *column == Column::Plain(Plain::Direction) && !is_pipe => {
                (theme.direction(call.direction).into(), quiet)
            }
            Value::Word(word) => (word, plain),
            Value::Party(Party::Private, _) => ("private".into(), quiet),
            // A number as people group it on a terminal, as the API has it in a pipe.
            Value::Party(Party::Number(_) | Party::Sip(_) | Party::Other(_), text) if is_pipe => {
                (text.into(), plain)
            }
            Value::Party(party, _) => (party.to_string().into(), plain),
            Value::State(state) if is_pipe => (state.name(), theme.state(state).style),
            Value::State(state) => {
                let look = theme.state(state);
                (format!("{} {}", look.sign, look.word).into(), look.style)
            }
            Value::Time(time) => {
                let time = time.with_timezone(&self.look.at.zone);
                let form = if is_pipe {
                    "%Y-%m-%dT%H:%M:%S%.3f%:z"
                } else {
                    "%Y-%m-%d %H:%M:%S"
                };
                (time.format(form).to_string().into(), plain)
            }
            Value::Span(span) => (text::short_span(span).into(), plain),
            Value::Money(money) => (money.to_string().into(), plain),
            Value::Error(code, message) => {
                let alone = self.has(Plain::Message);
                let told = match (code, message) {
                    ("", _) if alone => "".into(),
                    ("", message) => message.into(),
                    (code, "") => code.into(),
                    (code, _) if alone => code.into(),
                    (code, message) => format!("{code} {} {message}", signs.dot).into(),
                };
                (told, quiet)
            }
        }
    }

    fn has(&self, plain: Plain) -> bool {
        let is_it = |placed: &Placed| placed.column == Column::Plain(plain);
        self.columns.iter().any(is_it)
    }
}

/// The columns where none are asked for.
fn usual(follows: bool) -> Vec<Column> {
    let columns = USUAL.into_iter().map(|plain| match plain {
        Plain::Created if follows => Plain::Changed,
        other => other,
    });
    columns.map(Column::Plain).collect()
}

/// Figures stand at the right.
fn is_right(column: &Column) -> bool {
    matches!(
        column,
        Column::Plain(Plain::Queue | Plain::Pdd | Plain::Ring | Plain::Talk | Plain::Price)
    )
}

fn title(column: &Column) -> String {
    match column {
        Column::Plain(Plain::Direction) => "DIR".to_owned(),
        Column::Plain(plain) => plain.name().to_uppercase(),
        Column::Label(key) => text::sanitise(key).into_owned(),
    }
}

fn share(column: &Column) -> Share {
    let (least, most, uncut) = match column {
        Column::Plain(plain) => match plain {
            Plain::Created
            | Plain::Started
            | Plain::Rang
            | Plain::Answered
            | Plain::Ended
            | Plain::Changed => (19, 19, 29),
            Plain::State => (14, 14, 12),
            Plain::Direction => (3, 3, 8),
            Plain::Transport => (9, 9, 9),
            Plain::From | Plain::To => (16, 28, 16),
            Plain::Queue | Plain::Pdd | Plain::Ring | Plain::Talk => (6, 6, 6),
            Plain::Price => (10, 16, 10),
            Plain::Currency | Plain::Bridged | Plain::Private => (3, 3, 3),
            Plain::Id => (36, 36, 36),
            Plain::Name | Plain::Leg => (36, 64, 36),
            Plain::Method => (13, 13, 13),
            Plain::Error | Plain::Message => (14, 60, 0),
            Plain::Region | Plain::Zone | Plain::Sip => (12, 30, 12),
            Plain::Handler | Plain::Labels => (20, 60, 20),
        },
        Column::Label(_) => (8, 30, 8),
    };
    let heading = text::width(&title(column));
    let gives_way = |plain: &Plain| match plain {
        Plain::Changed => Plain::Created,
        other => *other,
    };
    let order = match column {
        Column::Plain(plain) => GIVE_WAY.iter().position(|it| *it == gives_way(plain)),
        Column::Label(_) => None,
    };
    Share {
        least: least.max(heading),
        most: most.max(heading),
        uncut: uncut.max(heading),
        gives_way: GIVE_WAY.len() - order.unwrap_or_default(),
    }
}

/// The columns that there is room for with their cells, and those that there is none for.
fn place(shares: Vec<(Column, Share)>, paper: Paper) -> (Vec<Placed>, Vec<Column>) {
    let placed = |column: Column, cells| Placed {
        title: title(&column),
        column,
        cells,
    };
    let room = match paper {
        Paper::Pipe => {
            let all = shares.into_iter();
            let all = all.map(|(column, share)| placed(column, share.uncut));
            return (all.collect(), Vec::new());
        }
        Paper::Terminal { cells } => cells,
    };
    let mut wanted: Vec<(usize, (Column, Share))> = shares.into_iter().enumerate().collect();
    wanted.sort_by_key(|(_, (_, share))| share.gives_way);
    let mut taken = 0;
    let (mut shown, mut left_out) = (Vec::new(), Vec::new());
    for (at, (column, share)) in wanted {
        let needs = share.least + if shown.is_empty() { 0 } else { GAP };
        if shown.is_empty() || taken + needs <= room {
            taken += needs;
            shown.push((at, column, share));
        } else {
            left_out.push(column);
        }
    }
    // What is left over goes to those that can use it, the one that is cut most before all.
    shown.sort_by_key(|(_, _, share)| Reverse(share.most));
    let mut spare = room.saturating_sub(taken);
    let mut given = Vec::new();
    for (at, column, share) in shown {
        let more = spare.min(share.most - share.least);
        spare -= more;
        given.push((at, placed(column, (share.least + more).min(room))));
    }
    given.sort_by_key(|(at, _)| *at);
    (
        given.into_iter().map(|(_, placed)| placed).collect(),
        left_out,
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;
    use crate::call::{CallName, Direction, Money, State};
    use crate::view::theme::Palette;

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

    fn look(paper: Paper, columns: &str) -> Look {
        let names = columns.split(',').filter(|name| !name.is_empty());
        Look {
            paper,
            theme: Theme {
                palette: Palette::Mono,
                ascii: false,
            },
            at: at(),
            columns: names.map(|name| name.parse().unwrap()).collect(),
            follows: false,
            titled: true,
        }
    }

    fn written_as(look: Look) -> String {
        let mut table = Table::new(look);
        let mut out = Vec::new();
        for call in calls() {
            table.call(&call, &mut out).unwrap();
        }
        String::from_utf8(out).unwrap()
    }

    fn written(paper: Paper) -> String {
        written_as(look(paper, ""))
    }

    #[rstest]
    #[case::wide(160)]
    #[case::middle(100)]
    #[case::narrow(80)]
    #[case::least(40)]
    fn on_a_terminal_rows_fit(#[case] cells: usize) {
        let table = written(Paper::Terminal { cells });
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

    #[test]
    fn chosen_columns_stand_in_their_order() {
        let columns = "error,message,label.campaign,direction,rang,created";
        insta::assert_snapshot!("table_chosen", written_as(look(Paper::Pipe, columns)));
    }

    #[test]
    fn what_has_no_room_is_known() {
        let terminal = Paper::Terminal { cells: 60 };
        let table = Table::new(look(terminal, "id,created,state,price"));
        let left_out: Vec<String> = table.left_out().iter().map(Column::to_string).collect();
        assert_eq!(left_out, ["state", "price"]);
        assert_eq!(Table::new(look(terminal, "")).left_out(), []);
    }

    #[test]
    fn colours_are_around_what_is_seen_only() {
        let plain = written(Paper::Terminal { cells: 100 });
        let mut coloured = look(Paper::Terminal { cells: 100 }, "");
        coloured.theme.palette = Palette::Sixteen;
        let coloured = written_as(coloured);
        assert!(
            coloured.contains("\u{1b}[1;31m✗ failed\u{1b}[0m  "),
            "{coloured}"
        );
        let mut without = String::new();
        for piece in coloured.split('\u{1b}') {
            let text = piece.split_once('m').filter(|_| piece.starts_with('['));
            without.push_str(text.map_or(piece, |(_, text)| text));
        }
        assert_eq!(without, plain);
    }

    proptest! {
        #[test]
        fn columns_fit_whatever_the_width(
            cells in 14usize..300,
            chosen in prop::sample::subsequence(Plain::ALL.to_vec(), 0..12),
        ) {
            let names: Vec<&str> = chosen.iter().map(|plain| plain.name()).collect();
            let table = Table::new(look(Paper::Terminal { cells }, &names.join(",")));
            let taken: usize = table.columns.iter().map(|placed| placed.cells + GAP).sum();
            prop_assert!(taken - GAP <= cells);
        }
    }
}
