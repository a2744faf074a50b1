//! The list of the calls that were placed in this session, and of the one under the cursor all that
//! is known.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use crate::app::{Action, App, Mode, Placing};
use crate::call::{Party, Placement};

use super::layout::{cells, middle};
use super::theme::{Role, Theme};
use super::{Look, clear, framed, more_below, pane, put, text};

/// Cells of its box where there is room for them.
const WIDTH: u16 = 92;
/// Rows of calls where there is room for them.
const ROWS: u16 = 8;
/// Lines below them for the one under the cursor.
const TOLD: u16 = 7;
/// Cells of the captions there.
const CAPTION: u16 = 9;

/// The box, the rows and what is below them.
struct Place {
    area: Rect,
    heading: Rect,
    rows: Rect,
    told: Rect,
}

fn place(app: &App, screen: Rect) -> Place {
    let count = cells(app.placings().len()).clamp(1, ROWS);
    let area = middle(screen, WIDTH, count + TOLD + 4);
    let inner = Rect {
        x: area.x + 2,
        y: area.y + 1,
        width: area.width.saturating_sub(4),
        height: area.height.saturating_sub(2),
    };
    // On the smallest screens the words matter more than the other rows.
    let rows = count.min(inner.height.saturating_sub(5)).max(1);
    let below = inner.y + 1 + rows + 1;
    Place {
        area,
        heading: Rect {
            height: inner.height.min(1),
            ..inner
        },
        rows: Rect {
            y: inner.y + 1,
            height: rows.min(inner.height.saturating_sub(1)),
            ..inner
        },
        told: Rect {
            y: below,
            height: inner.bottom().saturating_sub(below),
            ..inner
        },
    }
}

/// How many calls are in sight at once.
pub(super) fn rows(app: &App, screen: Rect) -> usize {
    usize::from(place(app, screen).rows.height)
}

/// The row under a place of the screen, counted from the first in sight.
pub(super) fn row_at(app: &App, screen: Rect, at: Position) -> Option<usize> {
    let rows = place(app, screen).rows;
    rows.contains(at).then(|| usize::from(at.y - rows.y))
}

/// Draws the list over what is below.
pub(super) fn render(app: &App, look: &Look, screen: Rect, buf: &mut Buffer) {
    let Some(placements) = app.placements() else {
        return;
    };
    let theme = look.theme;
    let place = place(app, screen);
    clear(place.area, buf);
    framed(pane(theme, &title(app), true), place.area, buf);
    let captions = ["OUTCOME", "NUMBER", "SENT", "TICKET"];
    let known = if has_tickets(place.rows) { 4 } else { 3 };
    for (x, caption) in COLUMNS.into_iter().zip(captions).take(known) {
        let at = (place.heading.x + x, place.heading.y);
        put(buf, place.heading, at, caption, theme.style(Role::Quiet));
    }
    let listed = app.placings_listed();
    let position = app.placement_position();
    let in_sight = listed.iter().enumerate().skip(placements.top());
    for (y, (at, placing)) in (place.rows.y..place.rows.bottom()).zip(in_sight) {
        let row = Rect {
            y,
            height: 1,
            ..place.rows
        };
        draw_row(app, theme, (placing, at == position), row, buf);
    }
    let below = placements.top() + usize::from(place.rows.height);
    more_below(theme, place.area, listed.len().saturating_sub(below), buf);
    if let Some(placing) = listed.get(position) {
        tell(app, look, placing, place.told, buf);
    }
}

fn title(app: &App) -> String {
    let open = app.unsettled().count();
    match (app.is_leaving(), open) {
        (false, _) | (true, 0) => "Calls placed".to_owned(),
        (true, 1) => "Leave? Of one call it is not known whether it was placed".to_owned(),
        (true, more) => format!("Leave? Of {more} calls it is not known whether they were placed"),
    }
}

/// Where the columns stand: outcome, number, time, and the ticket where there is room.
const COLUMNS: [u16; 4] = [2, 16, 36, TICKET];

/// Where the tickets stand.
const TICKET: u16 = 47;

/// Whether there is room for the tickets that this program makes.
fn has_tickets(row: Rect) -> bool {
    row.width > TICKET + 36
}

/// Sign, word and look of an outcome.
fn outcome(placing: &Placing, theme: Theme) -> (String, Role) {
    let signs = theme.signs();
    let (sign, word, role) = match placing.placement {
        Placement::Sending => (signs.ellipsis, "placing", Role::Active),
        Placement::Placed(_) => (signs.good, "placed", Role::Good),
        Placement::Refused(_) => (signs.bad, "refused", Role::Bad),
        Placement::NotSent(_) => (signs.bad, "not sent", Role::Bad),
        Placement::Unknown(_) => (signs.doubt, "unknown", Role::Bad),
        Placement::NoTrace(_) => (signs.doubt, "no trace", Role::Doubt),
    };
    (format!("{sign} {word}"), role)
}

fn draw_row(
    app: &App,
    theme: Theme,
    (placing, selected): (&Placing, bool),
    row: Rect,
    buf: &mut Buffer,
) {
    let cursor = theme.style(Role::Cursor);
    if selected {
        let blank = " ".repeat(usize::from(row.width));
        put(buf, row, (row.x, row.y), &blank, cursor);
        put(buf, row, (row.x, row.y), theme.signs().cursor, cursor);
    }
    let (told, role) = outcome(placing, theme);
    let number = Party::from_text(&placing.to, false).to_string();
    let ticket = placing.ticket.as_ref().map_or("", |it| it.as_str());
    let cells = [
        (told, role),
        (number, Role::Text),
        (sent(app, placing), Role::Quiet),
        (ticket.to_owned(), Role::Quiet),
    ];
    let ends = COLUMNS.into_iter().skip(1).chain([row.width]);
    for ((x, end), (told, role)) in COLUMNS.into_iter().zip(ends).zip(cells) {
        let room = usize::from(end.saturating_sub(x + 1));
        // A part of a ticket finds nothing: below it stands whole.
        if x == TICKET && !has_tickets(row) {
            continue;
        }
        let style = if selected { cursor } else { theme.style(role) };
        put(buf, row, (row.x + x, row.y), &text::fit(&told, room), style);
    }
}

/// When it was sent; with the day if that is another one.
fn sent(app: &App, placing: &Placing) -> String {
    let zone = &app.setup().zone;
    let [at, now] = [placing.sent_at, app.now()].map(|time| time.with_timezone(zone));
    let form = if at.date_naive() == now.date_naive() {
        "%H:%M:%S"
    } else {
        "%d %b"
    };
    at.format(form).to_string()
}

/// All that is known of one wish, and what to do.
fn tell(app: &App, look: &Look, placing: &Placing, area: Rect, buf: &mut Buffer) {
    let theme = look.theme;
    let mut lines: Vec<(&str, String, Role)> = Vec::new();
    if let Some(ticket) = &placing.ticket {
        lines.push(("Ticket", ticket.to_string(), Role::Text));
    }
    match &placing.placement {
        Placement::Sending => {}
        Placement::Placed(call) => lines.push(("Call", call.name.to_string(), Role::Text)),
        Placement::Refused(failure)
        | Placement::NotSent(failure)
        | Placement::Unknown(failure)
        | Placement::NoTrace(failure) => lines.push(("Why", failure.to_string(), Role::Text)),
    }
    let key = |action| look.hint(Mode::Placements, action);
    let what = if app.is_leaving() && !placing.placement.is_settled() {
        let Some(told) = app.left_unknown(placing) else {
            return;
        };
        let leave = format!(
            "{} leaves all the same, {} stays",
            key(Action::Quit),
            key(Action::Back)
        );
        lines.push(("Now", leave, Role::Strong));
        ("Later", told, Role::Text)
    } else if placing.may_go_again() {
        let told = format!("{}: {}", key(Action::PlaceAgain), placing.advice());
        ("To do", told, Role::Strong)
    } else {
        ("To do", placing.advice().to_owned(), Role::Strong)
    };
    lines.push(what);
    let room = usize::from(area.width.saturating_sub(CAPTION)).max(8);
    let mut y = area.y;
    for (caption, told, role) in lines {
        if y >= area.bottom() {
            break;
        }
        put(buf, area, (area.x, y), caption, theme.style(Role::Quiet));
        for line in text::wrap(&told, room, 4) {
            put(buf, area, (area.x + CAPTION, y), &line, theme.style(role));
            y += 1;
        }
    }
}
