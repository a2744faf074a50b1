//! The help: every action that has a key, by mode, straight from the keymap; and, from the filter bar,
//! the page of the language before the keys.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Span;

use crate::app::{Action, App, Mode};
use crate::call::State;

use super::layout::{cells, middle};
use super::theme::Role;
use super::{Look, clear, framed, language, more_below, pane, put_all, text};

/// Cells of one of its columns.
const COLUMN: u16 = 44;
/// Cells of them for the keys.
const KEYS: usize = 18;
/// The same of the page of the filter's language: the most that is easy to read, and what two of them
/// need at least.
const PAGE: u16 = 94;
const BESIDE: u16 = 62;

/// A line of the help.
pub(super) type Row = Vec<Span<'static>>;

/// Where the help lies: its box, and what stands in its columns.
struct Place {
    title: &'static str,
    area: Rect,
    inner: Rect,
    /// Cells of a column.
    wide: u16,
    columns: Vec<Vec<Row>>,
}

impl Place {
    fn of(app: &App, look: &Look, screen: Rect) -> Self {
        let room = screen.width.saturating_sub(6);
        let (title, wide, columns) = if app.mode_below() == Mode::Filter {
            let beside = room >= 2 * BESIDE + 2;
            let wide = if beside { room / 2 } else { room }.min(PAGE);
            let sections = language_page(app, look, usize::from(wide.saturating_sub(2)));
            ("Filters", wide, divided(&sections, beside))
        } else {
            let rows = rows(app, look);
            let columns = usize::from((room / COLUMN).clamp(1, 3));
            let tall = rows.len().div_ceil(columns).max(1);
            let columns = rows.chunks(tall).map(<[Row]>::to_vec).collect();
            ("Help", COLUMN, columns)
        };
        let width = wide * cells(columns.len()) + 4;
        let tall = columns.iter().map(Vec::len).max().unwrap_or(0);
        let area = middle(screen, width.min(screen.width), cells(tall + 2));
        let inner = Rect {
            x: area.x + 2,
            y: area.y + 1,
            width: area.width.saturating_sub(4),
            height: area.height.saturating_sub(2),
        };
        Self {
            title,
            area,
            inner,
            wide,
            columns,
        }
    }

    /// How many lines do not fit.
    fn beyond(&self) -> usize {
        let tall = self.columns.iter().map(Vec::len).max().unwrap_or(0);
        tall.saturating_sub(usize::from(self.inner.height))
    }
}

/// How many of its lines the help cannot show at once.
pub(super) fn beyond(app: &App, look: &Look, screen: Rect) -> usize {
    Place::of(app, look, screen).beyond()
}

/// Draws the help over the middle of the screen, in as many columns as fit.
pub(super) fn render(app: &App, look: &Look, screen: Rect, buf: &mut Buffer) {
    let theme = look.theme;
    let place = Place::of(app, look, screen);
    let inner = place.inner;
    clear(place.area, buf);
    framed(pane(theme, place.title, true), place.area, buf);
    let scrolled = app.help_scroll();
    for (column, rows) in place.columns.iter().enumerate() {
        let x = inner.x + place.wide * cells(column);
        let part = Rect {
            x,
            width: place.wide.min(inner.right().saturating_sub(x)),
            ..inner
        };
        for (y, row) in (inner.y..inner.bottom()).zip(rows.iter().skip(scrolled)) {
            put_all(buf, part, (part.x, y), row);
        }
    }
    more_below(
        theme,
        place.area,
        place.beyond().saturating_sub(scrolled),
        buf,
    );
}

/// What the filter bar's help shows: the language, then the keys of the bar.
fn language_page(app: &App, look: &Look, cells: usize) -> Vec<Vec<Row>> {
    let mut sections = language::sections(look.theme, cells);
    let mut keys = Vec::new();
    mode_rows(Mode::Filter, app.mode_below(), look, &mut keys);
    sections.push(keys);
    sections
}

/// Sections below each other with a line between them, or beside each other in two columns that are
/// as short as can be.
fn divided(sections: &[Vec<Row>], beside: bool) -> Vec<Vec<Row>> {
    let joined = |sections: &[Vec<Row>]| sections.join(&Row::new());
    if !beside {
        return vec![joined(sections)];
    }
    (1..sections.len())
        .map(|at| {
            let (left, right) = sections.split_at(at);
            [joined(left), joined(right)]
        })
        .min_by_key(|columns| columns.iter().map(Vec::len).max())
        .map(Vec::from)
        .unwrap_or_default()
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
        if matches!(
            mode,
            Mode::Help | Mode::Palette | Mode::SaveView | Mode::Placements
        ) || (mode == Mode::Detail && here != Mode::Detail)
        {
            continue;
        }
        if mode == Mode::Table && here == Mode::Detail {
            continue;
        }
        if !rows.is_empty() {
            rows.push(Row::new());
        }
        mode_rows(mode, here, look, &mut rows);
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
    let page = look.hint(Mode::Filter, Action::Help);
    let bar = look.hint(Mode::Table, Action::Filter);
    for told in [
        "failed since:2h label.campaign=spring".to_owned(),
        "OR binds tighter than AND; other words are".to_owned(),
        "looked for in the whole call.".to_owned(),
        format!("The whole language: {page} in the bar ({bar})."),
    ] {
        rows.push(vec![Span::styled(told, theme.style(Role::Quiet))]);
    }
    rows
}

/// What can be done in a mode, with its keys. What works everywhere is said once.
fn mode_rows(mode: Mode, here: Mode, look: &Look, rows: &mut Vec<Row>) {
    let theme = look.theme;
    rows.push(vec![Span::styled(mode.title(), theme.style(Role::Strong))]);
    if mode.takes_letters() {
        rows.push(vec![
            Span::styled(text::pad("a-z A-Z 1-9", KEYS), theme.style(Role::Key)),
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
            Span::styled(text::pad(&keys.join(" "), KEYS), theme.style(Role::Key)),
            Span::raw(action.says()),
        ]);
    }
}
