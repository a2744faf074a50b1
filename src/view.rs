//! Drawing: the state in, cells out, and nothing changed.
//!
//! One file per region; [`layout::regions`] says where each lies.

mod bar;
mod columns;
mod confirm;
mod counts;
mod detail;
mod explained;
mod footer;
mod form;
mod header;
mod help;
mod ignored;
mod language;
pub mod layout;
mod older;
mod palette;
mod placements;
mod popup;
mod quick;
mod save_view;
mod sight;
mod table;
pub mod text;
pub mod theme;

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, BorderType, Clear, Widget as _};

use crate::app::{Action, App, Mode, Page};
use crate::input::keymap::Keymap;
pub use detail::{Sheet, call_sheet};
use layout::Regions;
use theme::{Role, Theme};

/// What a frame is drawn with beside the state.
#[derive(Debug, Clone, Default)]
pub struct Look {
    /// Colours and signs.
    pub theme: Theme,
    /// The keys, for hints and help.
    pub keymap: Keymap,
}

impl Look {
    /// The key to show for an action in a mode; empty if it has none there.
    fn hint(&self, mode: Mode, action: Action) -> String {
        self.theme.key_name(self.keymap.hint(mode, action))
    }
}

/// What the state needs to know of the sizes before a frame is drawn.
pub fn page(app: &App, look: &Look, regions: &Regions) -> Page {
    Page {
        rows: regions.table_rows(),
        too_small: regions.too_small,
        detail_beyond: detail::beyond(app, look.theme, regions.detail),
        help_beyond: if app.mode() == Mode::Help {
            help::beyond(app, look, regions.screen)
        } else {
            0
        },
        palette_rows: palette::rows(regions.screen),
        placement_rows: placements::rows(app, regions.screen),
    }
}

/// Draws one frame.
pub fn render(app: &App, look: &Look, regions: &Regions, frame: &mut Frame<'_>) {
    let cursor = paint(app, look, regions, frame.buffer_mut());
    if look.theme.ascii {
        in_ascii(frame.buffer_mut());
    }
    if let Some(cursor) = cursor {
        frame.set_cursor_position(cursor);
    }
}

/// Draws the regions; the place of the cursor, if there is one.
fn paint(app: &App, look: &Look, regions: &Regions, buf: &mut Buffer) -> Option<Position> {
    if regions.too_small {
        too_small(regions.screen, buf);
        return None;
    }
    header::render(app, look.theme, regions.header, buf);
    counts::render(app, look.theme, regions.counts, buf);
    let in_bar = bar::render(app, look.theme, regions, buf);
    if regions.explained.area() > 0 {
        explained::render(app, look, regions.explained, buf);
    }
    if regions.table.area() > 0 {
        table::render(app, look, regions.table, buf);
    }
    if regions.detail.area() > 0 {
        detail::render(app, look.theme, regions.detail, buf);
    }
    popup::render(app, look.theme, regions, buf);
    let mut cursor = if matches!(app.mode(), Mode::Filter | Mode::History) {
        in_bar
    } else {
        None
    };
    if matches!(layout::visible_mode(app), Mode::Form | Mode::Confirm) {
        let in_form = form::render(app, look, regions.body, buf);
        cursor = if app.mode() == Mode::Form {
            in_form
        } else {
            None
        };
    }
    if layout::over_panes(app) == Mode::Quick {
        quick::render(app, look, regions.body, buf);
    }
    footer::render(app, look, regions, buf);
    if layout::visible_mode(app) == Mode::Confirm {
        confirm::render(app, look, regions.screen, buf);
    }
    if app.mode() == Mode::Help {
        help::render(app, look, regions.screen, buf);
    }
    if app.mode() == Mode::Placements {
        placements::render(app, look, regions.screen, buf);
        return None;
    }
    match app.mode() {
        Mode::Palette => palette::render(app, look, regions.screen, buf),
        Mode::SaveView => save_view::render(app, look, regions.screen, buf),
        Mode::Table
        | Mode::Detail
        | Mode::Filter
        | Mode::History
        | Mode::Quick
        | Mode::Form
        | Mode::Confirm
        | Mode::Help
        | Mode::Placements => cursor,
    }
}

/// Replaces what a terminal without other characters could not show: names and labels may have any.
fn in_ascii(buf: &mut Buffer) {
    for cell in &mut buf.content {
        if !cell.symbol().is_ascii() {
            let stand_in = match cell.symbol() {
                "…" => "~",
                "×" => "x",
                _ => "?",
            };
            cell.set_symbol(stand_in);
        }
    }
}

fn too_small(screen: Rect, buf: &mut Buffer) {
    let lines = ["too small", "switchboard needs 40×10"];
    for (row, line) in (screen.y..screen.bottom()).zip(lines) {
        put(buf, screen, (screen.x, row), line, Style::new());
    }
}

/// A frame with a title.
fn pane(theme: Theme, title: &str, active: bool) -> Block<'static> {
    pane_with(theme, title, "", active)
}

/// A frame with a title, and behind it something quiet.
fn pane_with(theme: Theme, title: &str, aside: &str, active: bool) -> Block<'static> {
    let strong = if active { Role::Strong } else { Role::Text };
    frame(theme, active).title(Line::from(vec![
        Span::styled(format!(" {title} "), theme.style(strong)),
        Span::styled(aside.to_owned(), theme.style(Role::Quiet)),
    ]))
}

/// A frame.
fn frame(theme: Theme, active: bool) -> Block<'static> {
    let role = if active {
        Role::FrameActive
    } else {
        Role::Frame
    };
    let border = if theme.ascii {
        ASCII_BORDER
    } else {
        BorderType::Plain.to_border_set()
    };
    Block::bordered()
        .border_set(border)
        .border_style(theme.style(role))
}

const ASCII_BORDER: ratatui::symbols::border::Set<'static> = ratatui::symbols::border::Set {
    top_left: "+",
    top_right: "+",
    bottom_left: "+",
    bottom_right: "+",
    vertical_left: "|",
    vertical_right: "|",
    horizontal_top: "-",
    horizontal_bottom: "-",
};

/// Says on the upper edge of a frame how many lines are out of sight above.
fn more_above(theme: Theme, area: Rect, above: usize, buf: &mut Buffer) {
    let told = format!(" {} {above} more ", theme.signs().up);
    told_on_edge(theme, area, (area.y, above), &told, buf);
}

/// Says on the lower edge of a frame how many lines are out of sight below.
fn more_below(theme: Theme, area: Rect, below: usize, buf: &mut Buffer) {
    let told = format!(" {} {below} more ", theme.signs().down);
    let edge = area.bottom().saturating_sub(1);
    told_on_edge(theme, area, (edge, below), &told, buf);
}

/// Says something of lines that are out of sight, if there are any and the edge has room.
fn told_on_edge(theme: Theme, area: Rect, (y, count): (u16, usize), told: &str, buf: &mut Buffer) {
    if count == 0 || area.width < 20 {
        return;
    }
    let taken = layout::cells(text::width(told)) + 2;
    let x = area.right().saturating_sub(taken);
    put(buf, area, (x, y), told, theme.style(Role::Quiet));
}

/// Empties an area that something is drawn over. A wide character that reaches into it from the left
/// goes whole: of one cut in half the terminal would draw its other half over the edge.
fn clear(area: Rect, buf: &mut Buffer) {
    if let Some(x) = area.x.checked_sub(1) {
        for y in area.top()..area.bottom() {
            if let Some(cell) = buf.cell_mut(Position { x, y })
                && text::width(cell.symbol()) > 1
            {
                cell.set_symbol(" ");
            }
        }
    }
    Clear.render(area, buf);
}

/// Draws a frame and gives what is within.
fn framed(block: Block<'static>, area: Rect, buf: &mut Buffer) -> Rect {
    let inner = block.inner(area);
    block.render(area, buf);
    inner
}

/// Puts a harmless text at a place, cut at the area's right edge; the column after it.
fn put(buf: &mut Buffer, area: Rect, (x, y): (u16, u16), text: &str, style: Style) -> u16 {
    if !area.contains(Position { x, y }) {
        return x;
    }
    let room = usize::from(area.right() - x);
    buf.set_stringn(x, y, text, room, style).0
}

/// Puts pieces one after the other; the column after the last.
fn put_all(buf: &mut Buffer, area: Rect, (x, y): (u16, u16), spans: &[Span<'_>]) -> u16 {
    let mut x = x;
    for span in spans {
        x = put(buf, area, (x, y), &span.content, span.style);
    }
    x
}

/// How many cells pieces take together.
fn width_of(spans: &[Span<'_>]) -> usize {
    spans.iter().map(|span| text::width(&span.content)).sum()
}

#[cfg(test)]
mod tests;
