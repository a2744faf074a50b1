//! The help: every action that has a key, by mode, straight from the keymap.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Span;
use ratatui::widgets::{Clear, Widget as _};

use crate::app::{Action, App, Mode};
use crate::call::State;

use super::layout::{cells, middle};
use super::theme::Role;
use super::{Look, framed, more_below, pane, put_all, text};

/// Cells of one of its columns.
const COLUMN: u16 = 46;

/// A line of the help.
type Row = Vec<Span<'static>>;

/// Where the help lies: its box, and how its lines are divided into columns.
struct Place {
    area: Rect,
    inner: Rect,
    /// Lines of the longest column.
    tall: usize,
}

fn place(rows: usize, screen: Rect) -> Place {
    let columns = usize::from((screen.width.saturating_sub(6) / COLUMN).clamp(1, 3));
    let tall = rows.div_ceil(columns);
    let width = COLUMN * cells(columns) + 4;
    let area = middle(screen, width.min(screen.width), cells(tall + 2));
    let inner = Rect {
        x: area.x + 2,
        y: area.y + 1,
        width: area.width.saturating_sub(4),
        height: area.height.saturating_sub(2),
    };
    Place { area, inner, tall }
}

/// How many of its lines the help cannot show at once.
pub(super) fn beyond(app: &App, look: &Look, screen: Rect) -> usize {
    let place = place(rows(app, look).len(), screen);
    place.tall.saturating_sub(usize::from(place.inner.height))
}

/// Draws the help over the middle of the screen, in as many columns as fit.
pub(super) fn render(app: &App, look: &Look, screen: Rect, buf: &mut Buffer) {
    let theme = look.theme;
    let rows = rows(app, look);
    let Place { area, inner, tall } = place(rows.len(), screen);
    Clear.render(area, buf);
    framed(pane(theme, "Help", true), area, buf);
    let scrolled = app.help_scroll();
    for (column, rows) in rows.chunks(tall.max(1)).enumerate() {
        let x = inner.x + COLUMN * cells(column);
        let part = Rect {
            x,
            width: COLUMN.min(inner.right().saturating_sub(x)),
            ..inner
        };
        for (y, row) in (inner.y..inner.bottom()).zip(rows.iter().skip(scrolled)) {
            put_all(buf, part, (part.x, y), row);
        }
    }
    more_below(
        theme,
        area,
        tall.saturating_sub(scrolled + usize::from(inner.height)),
        buf,
    );
}

/// The mode that the help was opened from first, then the others, then what the signs mean.
fn rows(app: &App, look: &Look) -> Vec<Row> {
    let theme = look.theme;
    let here = app.mode_below();
    let modes = [here]
        .into_iter()
        .chain(Mode::ALL.into_iter().filter(|&mode| mode != here));
    let mut rows = Vec::new();
    for mode in modes {
        // The detail pane adds nothing to the table's keys, and those of the
        // help, the palette and its like are on screen with them.
        if matches!(mode, Mode::Help | Mode::Palette | Mode::SaveView)
            || (mode == Mode::Detail && here != Mode::Detail)
        {
            continue;
        }
        if mode == Mode::Table && here == Mode::Detail {
            continue;
        }
        if !rows.is_empty() {
            rows.push(Row::new());
        }
        rows.push(vec![Span::styled(mode.title(), theme.style(Role::Strong))]);
        if mode.takes_letters() {
            rows.push(vec![
                Span::styled(text::pad("a-z A-Z 1-9", 19), theme.style(Role::Key)),
                Span::raw("the line with the letter"),
            ]);
        }
        for (action, keys) in look.keymap.rows(mode) {
            // What works everywhere is said once.
            let everywhere = matches!(action, Action::Help | Action::Suspend | Action::Quit);
            if everywhere && mode != here {
                continue;
            }
            let keys: Vec<String> = keys
                .iter()
                .map(|key| theme.key_name(key.to_string()))
                .collect();
            rows.push(vec![
                Span::styled(text::pad(&keys.join(" "), 19), theme.style(Role::Key)),
                Span::raw(action.says()),
            ]);
        }
    }
    rows.push(Row::new());
    rows.push(vec![Span::styled("States", theme.style(Role::Strong))]);
    for &state in State::OPEN.iter().chain(&State::ENDED) {
        let state = theme.state(state);
        rows.push(vec![Span::styled(
            format!("{} {}", state.sign, state.word),
            state.style,
        )]);
    }
    rows.push(Row::new());
    rows.push(vec![Span::styled("Filters", theme.style(Role::Strong))]);
    for told in [
        "state = FAILED OR state = BUSY AND to = '+61*'",
        "OR binds before AND. Fields: createTime, to,",
        "from, state, direction, transport.",
        "* stands for any characters, from:* for any",
        "value, createTime >= '2026-01-31T09:00:00Z'.",
    ] {
        rows.push(vec![Span::styled(told, theme.style(Role::Quiet))]);
    }
    rows
}
