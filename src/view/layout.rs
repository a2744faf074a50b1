//! Which region of the screen belongs to what, from its size and the state alone.

use ratatui::layout::{Constraint, Layout, Position, Rect};

use crate::app::{App, Mode, Mouse, Quick};

use super::theme::Theme;
use super::{bar, counts, form, palette, placements, popup, quick, sight};

/// Below this the screen says that it is too small.
const LEAST: (u16, u16) = (40, 10);

/// From this width on the detail pane stands beside the table: both then show what they must
/// without cutting a number.
const BESIDE: u16 = 110;

/// From this height on a narrow screen has room for the detail pane below the table.
const BELOW: u16 = 28;

/// From this height on there is room for a line that explains the filter while it is written.
const EXPLAINED: u16 = 14;

/// The regions of one frame.
///
/// ```text
/// ┌──────────────── header ────────────────┐
/// │                 counts                 │
/// │                 bar                    │
/// │               explained                │   while a filter is written
/// │ table             │ detail             │   the form takes table and detail together
/// │                   │                    │
/// └──────────────── footer ────────────────┘
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Regions {
    /// The whole screen.
    pub screen: Rect,
    /// Whether it is too small for anything.
    pub too_small: bool,
    /// Profile, project, link, clock.
    pub header: Rect,
    /// Calls by state.
    pub counts: Rect,
    /// The filter bar.
    pub bar: Rect,
    /// What the filter under edit means and who evaluates it; empty if it is not shown.
    pub explained: Rect,
    /// Table, detail or form.
    pub body: Rect,
    /// The table with its frame; empty while something else has the body.
    pub table: Rect,
    /// The detail pane with its frame; empty if it is not shown.
    pub detail: Rect,
    /// Hints and notices.
    pub footer: Rect,
}

/// Divides the screen.
pub fn regions(screen: Rect, app: &App) -> Regions {
    let empty = Regions {
        screen,
        too_small: true,
        ..Regions::default()
    };
    if screen.width < LEAST.0 || screen.height < LEAST.1 {
        return empty;
    }
    let writing = matches!(visible_mode(app), Mode::Filter | Mode::History);
    let explains = writing && screen.height >= EXPLAINED;
    let [header, counts, bar, explained, body, footer] = screen.layout(&Layout::vertical([
        Constraint::Length(1),
        Constraint::Length(1),
        Constraint::Length(1),
        Constraint::Length(u16::from(explains)),
        Constraint::Fill(1),
        Constraint::Length(1),
    ]));
    let (table, detail) = split(body, app);
    Regions {
        screen,
        too_small: false,
        header,
        counts,
        bar,
        explained,
        body,
        table,
        detail,
        footer,
    }
}

/// Table and detail within the body.
fn split(body: Rect, app: &App) -> (Rect, Rect) {
    let nothing = Rect::default();
    if matches!(visible_mode(app), Mode::Form | Mode::Confirm) {
        return (nothing, nothing);
    }
    let in_detail = visible_mode(app) == Mode::Detail;
    if body.width >= BESIDE && (!app.is_wide() || in_detail) {
        let beside = Layout::horizontal([Constraint::Fill(5), Constraint::Fill(4)]);
        let [table, detail] = body.layout(&beside);
        return (table, detail);
    }
    if !in_detail {
        return (body, nothing);
    }
    if body.height + 4 >= BELOW {
        let below =
            Layout::vertical([Constraint::Fill(1), Constraint::Length(body.height * 3 / 5)]);
        let [table, detail] = body.layout(&below);
        return (table, detail);
    }
    (nothing, body)
}

/// The mode whose panes are on screen: an overlay leaves those below it in sight.
pub(super) fn visible_mode(app: &App) -> Mode {
    match over_panes(app) {
        Mode::Quick => app.quick().map_or(Mode::Table, Quick::from),
        other => other,
    }
}

/// The mode below the help, the palette and the prompt that saves a view.
pub(super) fn over_panes(app: &App) -> Mode {
    app.mode_of_panes()
}

impl Regions {
    /// How many rows the table shows: its frame and the headings take three.
    pub(super) fn table_rows(&self) -> usize {
        usize::from(self.table.height.saturating_sub(3))
    }

    /// What lies under the mouse.
    pub fn under(&self, app: &App, theme: Theme, at: Position) -> Option<Mouse> {
        let row = at.y;
        if app.mode() == Mode::Palette {
            return palette::row_at(self.screen, at).map(Mouse::Command);
        }
        if app.mode() == Mode::Placements {
            return placements::row_at(app, self.screen, at).map(Mouse::Placement);
        }
        if self.counts.contains(at) {
            return counts::placings_from(app, theme, self.counts)
                .filter(|&from| at.x >= from)
                .map(|_| Mouse::Placings);
        }
        if self.bar.contains(at) {
            let byte = bar::place(app, theme, self).byte_at(app.bar().line(), at.x);
            return Some(Mouse::FilterBar(byte));
        }
        if let Some(popup) = popup::place(app, theme, self)
            && popup.area.contains(at)
        {
            return popup.number_at(at).map(Mouse::Offer);
        }
        if app.mode() == Mode::Quick
            && let Some(place) = quick::place(app, self.body)
            && place.area.contains(at)
        {
            return place.switch_at(at).map(Mouse::Switch);
        }
        if self.table.contains(at) {
            let line = row.checked_sub(self.table.y + 2)?;
            let rows = self.table_rows();
            let row = sight::row_on(app, rows, usize::from(line));
            return row.map(Mouse::Row);
        }
        if self.detail.contains(at) {
            return Some(Mouse::Detail);
        }
        if app.mode() == Mode::Form && self.body.contains(at) {
            return form::spot_at(app, self.body, at).map(Mouse::Field);
        }
        None
    }
}

/// A box of at most `width` × `height` in the middle of an area.
pub(super) fn middle(area: Rect, width: u16, height: u16) -> Rect {
    let (width, height) = (width.min(area.width), height.min(area.height));
    Rect {
        x: area.x + (area.width - width) / 2,
        y: area.y + (area.height - height) / 2,
        width,
        height,
    }
}

/// A count of cells as ratatui measures them; what is more than a screen can have is all of it.
pub(super) fn cells(count: usize) -> u16 {
    u16::try_from(count).unwrap_or(u16::MAX)
}
