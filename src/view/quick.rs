//! The menu of quick filters: at the foot of the body, so that the newest calls and the bar stay in
//! sight while they change.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::text::Span;

use crate::app::{App, Group, Mode, Press, Says, Switch};

use super::layout::cells;
use super::theme::{Role, Theme};
use super::{Look, clear, framed, more_above, more_below, pane, put, put_all, text, width_of};

/// Cells of the columns, the gap behind each included: states with their counts, what has short
/// words, and what comes from a call.
const WIDTHS: [u16; 3] = [28, 22, 48];
/// Blanks between two columns: a count must not be read together with the next letter.
const GAP: u16 = 2;
/// By how much the counts may grow where there is room.
const MORE: u16 = 4;
/// The least of the last column: a number with its caption.
const LEAST: u16 = 26;
/// Frame and margins.
const AROUND: u16 = 4;
/// Where the words begin: behind the key and the mark.
const WORDS: u16 = 6;

/// A line of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Row {
    Blank,
    /// The number of the group.
    Title(usize),
    /// The number of the switch, counted through all groups.
    Switch(usize),
}

/// Where the menu lies.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) area: Rect,
    inner: Rect,
    /// Lines that are scrolled out at the top.
    top: usize,
    /// Lines that are out of sight below.
    below: usize,
    columns: Vec<(Rect, Vec<Row>)>,
}

impl Place {
    /// The switch at a place of the screen.
    pub(super) fn switch_at(&self, at: Position) -> Option<usize> {
        if !self.inner.contains(at) {
            return None;
        }
        let line = self.top + usize::from(at.y - self.inner.y);
        let (_, rows) = self
            .columns
            .iter()
            .find(|(column, _)| (column.x..column.right()).contains(&at.x))?;
        match rows.get(line) {
            Some(Row::Switch(number)) => Some(*number),
            Some(Row::Blank | Row::Title(_)) | None => None,
        }
    }
}

/// Where the menu lies in the body; nothing if it is not open.
pub(super) fn place(app: &App, body: Rect) -> Option<Place> {
    let quick = app.quick()?;
    let room = body.width.saturating_sub(AROUND);
    let columns = if room >= WIDTHS[0] + WIDTHS[1] + LEAST {
        3
    } else if room >= WIDTHS[0] + LEAST {
        2
    } else {
        1
    };
    let rows = divided(quick.groups(), columns);
    let tall = rows.iter().map(Vec::len).max().unwrap_or(0);
    let widths: Vec<u16> = match columns {
        3 => {
            let spare = room - WIDTHS[0] - WIDTHS[1] - LEAST;
            vec![WIDTHS[0] + spare.min(MORE), WIDTHS[1], WIDTHS[2]]
        }
        2 => vec![WIDTHS[0], WIDTHS[2]],
        _ => vec![room],
    };
    let width = (widths.iter().sum::<u16>() + AROUND).min(body.width);
    let height = cells(tall + 2).min(body.height);
    let area = Rect {
        x: body.x + (body.width - width) / 2,
        y: body.bottom() - height,
        width,
        height,
    };
    let inner = Rect {
        x: area.x + 2,
        y: area.y + 1,
        width: width.saturating_sub(AROUND),
        height: height.saturating_sub(2),
    };
    let shown = usize::from(inner.height);
    let here = rows
        .iter()
        .find_map(|rows| rows.iter().position(|row| *row == Row::Switch(quick.at())))
        .unwrap_or(0);
    let top = (here + 1).saturating_sub(shown);
    let mut x = inner.x;
    let columns = widths
        .into_iter()
        .zip(rows)
        .map(|(width, rows)| {
            let left = inner.right().saturating_sub(x);
            let shown = if width < left { width - GAP } else { left };
            let column = Rect {
                x,
                width: shown,
                ..inner
            };
            x += width.min(left);
            (column, rows)
        })
        .collect();
    Some(Place {
        area,
        inner,
        top,
        below: tall.saturating_sub(top + shown),
        columns,
    })
}

/// The lines of the groups in so many columns, a blank one between two groups.
fn divided(groups: &[Group], columns: usize) -> Vec<Vec<Row>> {
    let mut divided = vec![Vec::new(); columns];
    let mut number = 0;
    for (at, group) in groups.iter().enumerate() {
        // In their order: the states with the directions, what has short words, what has long ones.
        let column = match (columns, at) {
            (3, 2 | 3) | (2, 3..) => 1,
            (3, 4..) => 2,
            _ => 0,
        };
        let Some(rows) = divided.get_mut(column) else {
            continue;
        };
        if !rows.is_empty() {
            rows.push(Row::Blank);
        }
        if !group.title.is_empty() {
            rows.push(Row::Title(at));
        }
        for _ in &group.switches {
            rows.push(Row::Switch(number));
            number += 1;
        }
    }
    divided
}

/// Draws the menu.
pub(super) fn render(app: &App, look: &Look, body: Rect, buf: &mut Buffer) {
    let (Some(quick), Some(place)) = (app.quick(), place(app, body)) else {
        return;
    };
    let theme = look.theme;
    clear(place.area, buf);
    framed(pane(theme, "Quick filters", true), place.area, buf);
    let switches: Vec<&Switch> = quick.groups().iter().flat_map(|g| &g.switches).collect();
    for (column, rows) in &place.columns {
        for (y, row) in (column.y..column.bottom()).zip(rows.iter().skip(place.top)) {
            let line = Rect {
                y,
                height: 1,
                ..*column
            };
            match row {
                Row::Blank => {}
                Row::Title(at) => {
                    let title = quick.groups().get(*at).map_or("", |group| &group.title);
                    let title = text::fit(title, usize::from(line.width));
                    put(buf, line, (line.x, y), &title, theme.style(Role::Strong));
                }
                Row::Switch(number) => {
                    if let Some(switch) = switches.get(*number) {
                        let lit = quick.lit() == Some(*number);
                        draw(app, look, switch, (line, lit), buf);
                    }
                }
            }
        }
    }
    more_above(theme, place.area, place.top, buf);
    more_below(theme, place.area, place.below, buf);
}

/// A line: its key, whether it is on, what it says, and how many loaded calls that is where it is
/// known anyhow.
fn draw(app: &App, look: &Look, switch: &Switch, (line, lit): (Rect, bool), buf: &mut Buffer) {
    let theme = look.theme;
    let dress = |style: Style| {
        if lit {
            theme.style(Role::Cursor)
        } else {
            style
        }
    };
    if lit {
        let blank = " ".repeat(usize::from(line.width));
        put(buf, line, (line.x, line.y), &blank, dress(Style::new()));
    }
    let on = switch.is_on(app.bar().search());
    let key = press(look, switch.press);
    let key_style = dress(theme.style(Role::Key));
    put(buf, line, (line.x, line.y), &key, key_style);
    let (mark, style) = match on {
        Some(true) => (
            if theme.ascii { "[x]" } else { "[✓]" },
            theme.style(Role::Strong),
        ),
        Some(false) => ("[ ]", theme.style(Role::Quiet)),
        None => ("", theme.style(Role::Quiet)),
    };
    put(buf, line, (line.x + 2, line.y), mark, dress(style));
    let count = match switch.says {
        Says::State(state) => text::count(app.counts().of(state)),
        Says::Direction(_) | Says::Words(_) | Says::Same(..) => String::new(),
    };
    let words = if on.is_none() { 2 } else { WORDS };
    let room = usize::from(line.width.saturating_sub(words)).saturating_sub(count.len());
    let spans: Vec<Span<'_>> = told(theme, &switch.says, on == Some(true), room)
        .into_iter()
        .map(|span| Span::styled(span.content, dress(span.style)))
        .collect();
    put_all(buf, line, (line.x + words, line.y), &spans);
    let right = line.right().saturating_sub(cells(count.len()));
    let quiet = dress(theme.style(Role::Quiet));
    put(buf, line, (right, line.y), &count, quiet);
}

/// The key of a line; none where the keymap has something else on its letter.
fn press(look: &Look, press: Press) -> String {
    match press {
        Press::Letter(letter) if look.keymap.leaves(Mode::Quick, letter) => letter.to_string(),
        Press::Letter(_) | Press::Cursor => String::new(),
        Press::Action(action) => look.hint(Mode::Quick, action),
    }
}

/// What a line says, in so many cells.
fn told(theme: Theme, says: &Says, on: bool, room: usize) -> Vec<Span<'static>> {
    let plain = theme.style(if on { Role::Strong } else { Role::Text });
    match says {
        Says::State(state) => {
            let look = theme.state(*state);
            vec![
                Span::styled(format!("{} ", look.sign), look.style),
                Span::styled(
                    text::fit(&look.word, room.saturating_sub(3)).into_owned(),
                    look.style,
                ),
            ]
        }
        Says::Direction(direction) => {
            let arrow = theme.direction(*direction);
            let word = direction.name().to_lowercase();
            vec![Span::styled(format!("{arrow} {word}"), plain)]
        }
        Says::Words(words) => {
            let words = words.replace('…', theme.signs().ellipsis);
            vec![Span::styled(text::fit(&words, room).into_owned(), plain)]
        }
        Says::Same(what, value) => {
            let quiet = theme.style(Role::Quiet);
            // A long name leaves half of the room to its value.
            let value_room = text::width(&text::fit(value, room)).min(room / 2);
            let what = text::fit(what, room.saturating_sub(value_room + 1)).into_owned();
            let spans = vec![Span::styled(format!("{what} "), quiet)];
            let left = room.saturating_sub(width_of(&spans));
            let value = Span::styled(text::fit(value, left).into_owned(), plain);
            spans.into_iter().chain([value]).collect()
        }
    }
}
