//! The table's columns as data: how wide each is, which give way first, and what stands in them.

use chrono::{DateTime, Utc};
use ratatui::style::Style;

use crate::app::{App, Column, TimeForm};
use crate::call::{Call, Money, Party};

use super::text;
use super::theme::{Role, Theme};

/// How a column takes part in the width.
struct Share {
    column: Column,
    /// Cells that it needs; a number is never cut, so these hold the longest one.
    least: usize,
    /// Cells beyond which more is of no use.
    most: usize,
    /// Who gives way when the width does not suffice: the highest first.
    gives_way: u8,
}

/// The longest number ungrouped has 16 characters; grouped ones of most countries fit as well.
const SHARES: [Share; 8] = [
    Share {
        column: Column::State,
        least: 14,
        most: 14,
        gives_way: 0,
    },
    Share {
        column: Column::Direction,
        least: 3,
        most: 3,
        gives_way: 5,
    },
    Share {
        column: Column::From,
        least: 16,
        most: 28,
        gives_way: 2,
    },
    Share {
        column: Column::To,
        least: 16,
        most: 28,
        gives_way: 1,
    },
    Share {
        column: Column::Created,
        least: 8,
        most: 12,
        gives_way: 3,
    },
    Share {
        column: Column::Talk,
        least: 6,
        most: 6,
        gives_way: 4,
    },
    Share {
        column: Column::Price,
        least: 10,
        most: 16,
        gives_way: 7,
    },
    Share {
        column: Column::Error,
        least: 13,
        most: 60,
        gives_way: 6,
    },
];

/// Between two columns.
const GAP: usize = 2;

/// A column with the cells that it gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Placed {
    /// Which.
    pub(super) column: Column,
    /// Offset from the left.
    pub(super) at: usize,
    /// Cells.
    pub(super) width: usize,
}

/// Those of `columns` that fit into a width, in their order, after `skip` of those behind the first are
/// scrolled out.
pub(super) fn place(width: usize, columns: &[Column], skip: usize, times: TimeForm) -> Vec<Placed> {
    let mut wanted: Vec<(usize, &Share, usize)> = columns
        .iter()
        .enumerate()
        .filter(|(at, _)| *at == 0 || *at > skip)
        .filter_map(|(at, column)| Some((at, SHARES.iter().find(|it| it.column == *column)?)))
        .map(|(at, share)| (at, share, least(share, times)))
        .collect();
    wanted.sort_by_key(|(_, share, _)| share.gives_way);
    // The most important first; what does not fit makes room for what comes after it.
    let mut shown: Vec<(usize, &Share, usize)> = Vec::new();
    for (at, share, least) in wanted {
        let gap = if shown.is_empty() { 0 } else { GAP };
        if shown.is_empty() || needs(&shown) + gap + least <= width {
            shown.push((at, share, least));
        }
    }
    shown.sort_by_key(|(at, _, _)| *at);
    // What is left over goes, cell by cell in turn, to those that can use it.
    let mut spare = width.saturating_sub(needs(&shown));
    while spare > 0 {
        let before = spare;
        for (_, share, width) in &mut shown {
            if *width < share.most.max(least(share, times)) && spare > 0 {
                *width += 1;
                spare -= 1;
            }
        }
        if spare == before {
            break;
        }
    }
    let mut at = 0;
    shown
        .into_iter()
        .map(|(_, share, width)| {
            let placed = Placed {
                column: share.column,
                at,
                width,
            };
            at += width + GAP;
            placed
        })
        .collect()
}

/// Cells that columns take with the gaps between them.
fn needs(shown: &[(usize, &Share, usize)]) -> usize {
    shown
        .iter()
        .map(|(_, _, width)| width + GAP)
        .sum::<usize>()
        .saturating_sub(GAP)
}

fn least(share: &Share, times: TimeForm) -> usize {
    match (share.column, times) {
        (Column::Created, TimeForm::Date) => 15,
        (Column::Created, TimeForm::Age) => 10,
        _ => share.least,
    }
}

/// What stands in a cell: harmless, of exactly the width, with its style.
pub(super) fn cell(app: &App, theme: Theme, call: &Call, placed: Placed) -> (String, Style) {
    let signs = theme.signs();
    let width = placed.width;
    let quiet = theme.style(Role::Quiet);
    let plain = theme.style(Role::Text);
    let absent = || (text::pad(signs.absent, width), quiet);
    match placed.column {
        Column::State => {
            let look = theme.state(call.state);
            (
                text::pad(&format!("{} {}", look.sign, look.word), width),
                look.style,
            )
        }
        Column::Direction => (text::pad(theme.direction(call.direction), width), quiet),
        Column::From => (
            party(call.from_party(), width, theme),
            party_style(call.from_party(), theme),
        ),
        Column::To => (
            party(call.to_party(), width, theme),
            party_style(call.to_party(), theme),
        ),
        Column::Created => match call.create_time {
            Some(at) => (text::pad(&moment(app, at, width), width), plain),
            None => absent(),
        },
        Column::Talk => match call.talk(app.service_now()) {
            Some(talk) => {
                let style = if call.is_open() {
                    theme.style(Role::Good)
                } else {
                    plain
                };
                (text::pad_left(&text::short_span(talk), width), style)
            }
            None => (text::pad_left(signs.absent, width), quiet),
        },
        Column::Price => match &call.price {
            Some(price) => (text::pad_left(&money(price, width), width), plain),
            None => (text::pad_left(signs.absent, width), quiet),
        },
        Column::Error => {
            if call.error_code.is_empty() && call.error_message.is_empty() {
                return (text::pad("", width), plain);
            }
            let code = &call.error_code;
            let told = if call.error_message.is_empty() {
                code.to_string()
            } else if code.is_empty() {
                call.error_message.to_string()
            } else {
                format!("{code} {} {}", signs.dot, call.error_message)
            };
            (text::pad(&told, width), theme.style(Role::Quiet))
        }
    }
}

/// An amount in a width: it loses its currency before it would lose a digit, and says so.
fn money(price: &Money, cells: usize) -> String {
    let whole = price.to_string();
    if text::width(&whole) <= cells {
        whole
    } else {
        price.amount()
    }
}

/// A party in a width: a number loses its blanks before it would lose a digit.
pub(super) fn party(party: Party<'_>, cells: usize, theme: Theme) -> String {
    match party {
        Party::Number(number) => {
            let grouped = party.to_string();
            let whole = if text::width(&grouped) <= cells {
                &grouped
            } else {
                number.as_str()
            };
            text::pad(whole, cells)
        }
        Party::Absent => text::pad(theme.signs().absent, cells),
        Party::Sip(_) | Party::Private | Party::Other(_) => text::pad(&party.to_string(), cells),
    }
}

fn party_style(party: Party<'_>, theme: Theme) -> Style {
    match party {
        Party::Private | Party::Absent => theme.style(Role::Quiet),
        Party::Number(_) | Party::Sip(_) | Party::Other(_) => theme.style(Role::Text),
    }
}

/// A time of the service as the user wants times. A time of day that is not today's says so.
fn moment(app: &App, at: DateTime<Utc>, cells: usize) -> String {
    let zone = app.setup().zone;
    let local = at.with_timezone(&zone);
    match app.time_form() {
        TimeForm::Clock => {
            let today = app.now().with_timezone(&zone).date_naive() == local.date_naive();
            let form = match (today, cells) {
                (true, _) => "%H:%M:%S",
                (false, 12..) => "%e %b %H:%M",
                (false, _) => "%e %b",
            };
            local.format(form).to_string()
        }
        TimeForm::Date => local.format("%-d %b %H:%M:%S").to_string(),
        TimeForm::Age => {
            let age = app
                .service_now()
                .signed_duration_since(at)
                .to_std()
                .unwrap_or_default();
            format!("{} ago", text::short_span(age))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn names(width: usize, skip: usize) -> Vec<&'static str> {
        place(width, &Column::ALL, skip, TimeForm::Clock)
            .iter()
            .map(|placed| placed.column.title())
            .collect()
    }

    #[test]
    fn columns_give_way_one_by_one_as_the_width_shrinks() {
        assert_eq!(names(120, 0).len(), 8);
        assert_eq!(
            names(76, 0),
            ["STATE", "DIR", "FROM", "TO", "CREATED", "TALK"]
        );
        assert_eq!(names(60, 0), ["STATE", "FROM", "TO", "CREATED"]);
        assert_eq!(names(36, 0), ["STATE", "TO"]);
        assert_eq!(names(3, 0), ["STATE"]);
    }

    #[test]
    fn chosen_columns_stand_in_their_order_and_give_way_like_all() {
        let chosen = [Column::Price, Column::Created, Column::State, Column::Error];
        let names = |width, skip| -> Vec<_> {
            place(width, &chosen, skip, TimeForm::Clock)
                .iter()
                .map(|placed| placed.column.title())
                .collect()
        };
        assert_eq!(names(120, 0), ["PRICE", "CREATED", "STATE", "ERROR"]);
        assert_eq!(names(40, 0), ["CREATED", "STATE", "ERROR"]);
        assert_eq!(names(24, 0), ["CREATED", "STATE"]);
        assert_eq!(names(30, 2), ["PRICE", "ERROR"]);
    }

    #[test]
    fn on_eighty_cells_there_is_room_for_why_calls_failed() {
        let view = [
            Column::State,
            Column::Error,
            Column::From,
            Column::To,
            Column::Created,
        ];
        assert_eq!(place(75, &view, 0, TimeForm::Clock).len(), view.len());
    }

    #[test]
    fn scrolling_sideways_brings_hidden_columns_into_sight() {
        assert_eq!(names(60, 5), ["STATE", "PRICE", "ERROR"]);
    }

    proptest! {
        #[test]
        fn columns_never_overlap_and_fit(
            width in 28usize..300,
            skip in 0usize..9,
            columns in prop::sample::subsequence(Column::ALL.to_vec(), 1..=8).prop_shuffle(),
        ) {
            let placed = place(width, &columns, skip, TimeForm::Date);
            let mut end = 0;
            prop_assert!(!placed.is_empty());
            for column in placed {
                prop_assert!(column.at == 0 || column.at >= end + GAP);
                end = column.at + column.width;
            }
            prop_assert!(end <= width);
        }
    }

    #[test]
    fn a_number_is_never_cut() {
        let party_of =
            |number, cells| party(Party::from_text(number, false), cells, Theme::default());
        assert_eq!(party_of("+61255501234", 16), "+61 2 5550 1234 ");
        assert_eq!(party_of("+123456789012345", 16), "+123456789012345");
    }
}
