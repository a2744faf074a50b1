//! The palette: a line to type in, and below it what that finds, with the matching letters lit.

use chrono::{DateTime, Utc};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use unicode_segmentation::UnicodeSegmentation as _;

use crate::app::{App, FoundCommand, Palette, Written};

use super::bar::{self, Looks};
use super::layout::{cells, middle};
use super::theme::Role;
use super::{Look, clear, framed, more_below, pane, put, text};

/// Cells of its box where there is room for them.
const WIDTH: u16 = 84;
/// Rows of commands where there is room for them: it keeps this height however few are found, so that
/// the line under the cursor stays where it is.
const ROWS: u16 = 16;
/// Cells of a key at the right.
const KEY: usize = 6;
/// Cells of the longest name of an action.
const NAME: usize = 24;

/// The box, the line and the rows.
struct Place {
    area: Rect,
    line: Rect,
    rows: Rect,
}

fn place(screen: Rect) -> Place {
    let area = middle(screen, WIDTH, ROWS + 3);
    let inner = Rect {
        x: area.x + 1,
        y: area.y + 1,
        width: area.width.saturating_sub(2),
        height: area.height.saturating_sub(2),
    };
    Place {
        area,
        line: Rect {
            height: inner.height.min(1),
            ..inner
        },
        rows: Rect {
            y: inner.y + 1,
            height: inner.height.saturating_sub(1),
            ..inner
        },
    }
}

/// How many commands are in sight at once.
pub(super) fn rows(screen: Rect) -> usize {
    usize::from(place(screen).rows.height)
}

/// The row under a place of the screen, counted from the first in sight.
pub(super) fn row_at(screen: Rect, at: Position) -> Option<usize> {
    let rows = place(screen).rows;
    rows.contains(at).then(|| usize::from(at.y - rows.y))
}

/// Draws the palette over what is below; where the cursor is.
pub(super) fn render(app: &App, look: &Look, screen: Rect, buf: &mut Buffer) -> Option<Position> {
    let palette = app.palette()?;
    let theme = look.theme;
    let place = place(screen);
    clear(place.area, buf);
    framed(pane(theme, "Palette", true), place.area, buf);
    let cursor = line(look, palette, place.line, buf);
    let Place { rows, .. } = place;
    if palette.found().is_empty() {
        let told = "nothing of that name";
        let quiet = theme.style(Role::Quiet);
        put(buf, rows, (rows.x + 3, rows.y), told, quiet);
    }
    let found = palette.found().iter().enumerate().skip(palette.top());
    for (y, (at, found)) in (rows.y..rows.bottom()).zip(found) {
        let row = Rect {
            y,
            height: 1,
            ..rows
        };
        let selected = at == palette.position();
        command(app, look, row, &Row { found, selected }, buf);
    }
    let below = palette.found().len();
    let below = below.saturating_sub(palette.top() + usize::from(rows.height));
    more_below(theme, place.area, below, buf);
    Some(cursor)
}

/// What is typed, and how much of all that finds.
fn line(look: &Look, palette: &Palette, area: Rect, buf: &mut Buffer) -> Position {
    let theme = look.theme;
    let start = put(buf, area, (area.x, area.y), " : ", theme.style(Role::Key));
    let (found, all) = (palette.found().len(), palette.len());
    let told = if found == all {
        format!("{all} commands")
    } else {
        format!("{found} of {all}")
    };
    let x = area.right().saturating_sub(cells(text::width(&told)) + 1);
    put(buf, area, (x, area.y), &told, theme.style(Role::Quiet));
    let looks = Looks {
        text: theme.style(Role::Text),
        wrong: theme.style(Role::Wrong),
        span: None,
    };
    let area = Rect {
        x: start,
        width: x.saturating_sub(start + 1).max(1),
        ..area
    };
    bar::line(palette.line(), &looks, area, buf)
}

/// One command, and whether the cursor is on it.
struct Row<'a> {
    found: &'a FoundCommand,
    selected: bool,
}

/// The name, what it does as far as there is room, the key.
fn command(app: &App, look: &Look, area: Rect, row: &Row<'_>, buf: &mut Buffer) {
    let theme = look.theme;
    let found = row.found;
    let base = if row.selected {
        theme.style(Role::Cursor)
    } else {
        Style::new()
    };
    let dress = |role| {
        base.patch(if row.selected {
            Style::new()
        } else {
            theme.style(role)
        })
    };
    // On the row under the cursor they stand out by weight alone: it is one bar, not a patchwork.
    let lit = |role| Style {
        fg: if row.selected {
            None
        } else {
            theme.style(Role::Match).fg
        },
        ..dress(role).patch(theme.style(Role::Match))
    };
    let blank = " ".repeat(usize::from(area.width));
    put(buf, area, (area.x, area.y), &blank, base);
    if row.selected {
        put(buf, area, (area.x + 1, area.y), theme.signs().cursor, base);
    }
    let command = &found.command;
    let hint = |action| look.hint(app.mode_below(), action);
    let key = command.action().map(hint).unwrap_or_default();
    let left = area.x + 3;
    let right = area.right().saturating_sub(cells(KEY) + 1);
    put(
        buf,
        area,
        (right, area.y),
        &text::fit(&key, KEY),
        dress(Role::Key),
    );
    // The name has the row to itself where both would be cut.
    let room = usize::from(right.saturating_sub(left));
    let name = command.name();
    let wide = text::width(&text::fit(&name, room));
    let beside = wide.max(NAME) + 2;
    let part = |from: usize, width: usize| Rect {
        x: left + cells(from),
        width: cells(width),
        ..area
    };
    let styles = (dress(Role::Text), lit(Role::Text));
    letters(&name, &found.in_name, styles, part(0, room.min(wide)), buf);
    if beside + 8 <= room {
        let styles = (dress(Role::Quiet), lit(Role::Quiet));
        let rest = part(beside, room - beside - 1);
        match &found.written {
            Written::Nothing => letters(command.says(), &found.in_says, styles, rest, buf),
            Written::Time(time) => {
                let told = format!("{} {}", theme.signs().into, moment(app, *time));
                letters(&told, &[], (dress(Role::Text), styles.1), rest, buf);
            }
            Written::Wrong(reason) => {
                let told = format!("{} {reason}", theme.signs().bad);
                letters(&told, &[], (dress(Role::Bad), styles.1), rest, buf);
            }
        }
    }
}

/// A moment with its day, for a person to check what was understood.
fn moment(app: &App, time: DateTime<Utc>) -> String {
    let at = time.with_timezone(&app.setup().zone);
    at.format("%a %-d %b %Y %H:%M:%S").to_string()
}

/// A text with some of its letters lit, cut to an area.
fn letters(
    told: &str,
    lit: &[usize],
    (plain, bright): (Style, Style),
    area: Rect,
    buf: &mut Buffer,
) {
    // What does not fit is cut where the plain text would be.
    let fitted = text::fit(told, usize::from(area.width));
    let kept = if fitted.ends_with('…') && !told.ends_with('…') {
        usize::from(area.width).saturating_sub(1)
    } else {
        usize::from(area.width)
    };
    let mut x = area.x;
    for (at, cluster) in told.graphemes(true).enumerate() {
        let drawn = text::sanitise(cluster);
        if usize::from(x - area.x) + text::width(&drawn) > kept {
            put(buf, area, (x, area.y), "…", plain);
            return;
        }
        let style = if lit.binary_search(&at).is_ok() {
            bright
        } else {
            plain
        };
        x = put(buf, area, (x, area.y), &drawn, style);
    }
}
