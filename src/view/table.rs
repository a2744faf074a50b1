//! The table: only the rows in sight are ever built.

use std::ops::Range;

use chrono::{DateTime, Utc};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use ratatui::text::Span;
use ratatui::widgets::Block;

use crate::app::{App, Column, Foot, Mode, Older, WhyEmpty};
use crate::call::{Coverage, Link, Slot};

use super::columns::{self, Placed};
use super::explained::doubtful;
use super::layout::{cells, visible_mode};
use super::sight::{self, Line};
use super::theme::{Role, Theme};
use super::{Look, framed, older, pane_with, put, text};

/// Draws frame, headings and rows, or says why there are none.
pub(super) fn render(app: &App, look: &Look, area: Rect, buf: &mut Buffer) {
    let theme = look.theme;
    let active = matches!(
        visible_mode(app),
        Mode::Table | Mode::Filter | Mode::History
    );
    let inner = framed(frame(app, look, active, area), area, buf);
    if inner.height < 2 || inner.width < 4 {
        return;
    }
    // Two cells for the cursor, one at the right that keeps the last column off the frame.
    let room = usize::from(inner.width.saturating_sub(3));
    let placed = columns::place(
        room,
        app.table().columns(),
        app.table().left(),
        app.time_form(),
    );
    let left = inner.x + 2;
    headings(
        app,
        theme,
        Rect {
            x: left,
            width: inner.width - 2,
            height: 1,
            ..inner
        },
        &placed,
        buf,
    );
    let rows = Rect {
        y: inner.y + 1,
        height: inner.height - 1,
        ..inner
    };
    if app.table().is_empty() {
        nothing(app, look, rows, buf);
        return;
    }
    let selected = app.table().selected(app.store());
    let height = usize::from(rows.height);
    let lines = sight::lines(app, height);
    for (y, line) in (rows.y..rows.bottom()).zip(&lines) {
        let row = Rect {
            y,
            height: 1,
            ..rows
        };
        let slot = match line {
            Line::Call(slot, _) => *slot,
            Line::Gap(gap) => {
                missing(app, theme, row, gap, buf);
                continue;
            }
        };
        draw_row(
            app,
            theme,
            row,
            &Row {
                slot,
                placed: &placed,
                selected: selected == Some(slot),
            },
            buf,
        );
    }
    if lines.len() < height {
        let at = (rows.x + 2, rows.y + cells(lines.len()));
        let room = usize::from(rows.width).saturating_sub(3);
        if let Some(told) = older::line(app, look, room) {
            put(buf, rows, at, &told.content, told.style);
        }
    }
}

/// Between two calls: others may be missing there.
fn missing(app: &App, theme: Theme, area: Rect, gap: &Range<DateTime<Utc>>, buf: &mut Buffer) {
    let dots = theme.signs().ellipsis;
    let end = older::time(app, gap.end);
    let told = if gap.start == DateTime::<Utc>::MIN_UTC {
        format!("{dots} not all calls before {end} are loaded")
    } else {
        let start = older::time(app, gap.start);
        format!("{dots} not all calls between {start} and {end} are loaded")
    };
    let room = usize::from(area.width).saturating_sub(3);
    let told = text::fit(&told, room);
    put(
        buf,
        area,
        (area.x + 2, area.y),
        &told,
        theme.style(Role::Doubt),
    );
}

/// Whether what is so where the list ends has to stand on the frame: there is no line for it below the
/// last call, and somebody is there, or waits for it.
fn ends_on_edge(app: &App, height: usize) -> bool {
    let table = app.table();
    if table.is_empty() {
        // It is told among the reasons.
        return false;
    }
    let below = table.len() - table.top(app.store()).min(table.len());
    let waits = matches!(app.foot(), Foot::Range(_) | Foot::Failed(_));
    let full = sight::lines(app, height).len() >= height;
    full && (below <= height || waits)
}

/// One row: the call, the columns, whether the cursor is on it.
struct Row<'a> {
    slot: Slot,
    placed: &'a [Placed],
    selected: bool,
}

fn draw_row(app: &App, theme: Theme, area: Rect, row: &Row<'_>, buf: &mut Buffer) {
    let call = app.store().call(row.slot);
    let dim = app.is_stale() && call.is_open();
    // On the row under the cursor only the state keeps its colour: it is one bar, not a patchwork.
    let dress = |column: Column, style: Style| match (row.selected, dim) {
        (true, _) if column == Column::State => Style {
            fg: style.fg,
            ..theme.style(Role::Cursor)
        },
        (true, _) => theme.style(Role::Cursor),
        (false, true) => theme.style(Role::Quiet),
        (false, false) => style,
    };
    if row.selected {
        let blank = " ".repeat(usize::from(area.width));
        put(
            buf,
            area,
            (area.x, area.y),
            &blank,
            theme.style(Role::Cursor),
        );
        put(
            buf,
            area,
            (area.x, area.y),
            theme.signs().cursor,
            theme.style(Role::Cursor),
        );
    }
    for placed in row.placed {
        let (told, style) = columns::cell(app, theme, call, *placed);
        let x = area.x + 2 + cells(placed.at);
        put(buf, area, (x, area.y), &told, dress(placed.column, style));
    }
}

fn headings(app: &App, theme: Theme, area: Rect, placed: &[Placed], buf: &mut Buffer) {
    let sort = app.table().sort();
    let signs = theme.signs();
    for column in placed {
        let sorted = sort.column == column.column;
        let mut title = column.column.title().to_owned();
        if sorted && !sort.is_newest_first() {
            title.push_str(if sort.reversed { signs.up } else { signs.down });
        }
        let right = matches!(column.column, Column::Talk | Column::Price);
        let title = if right {
            text::pad_left(&title, column.width)
        } else {
            text::pad(&title, column.width)
        };
        let mut style = theme.style(Role::Quiet);
        if sorted && !sort.is_newest_first() {
            style = theme.style(Role::Strong);
        }
        put(
            buf,
            area,
            (area.x + cells(column.at), area.y),
            &title,
            style.remove_modifier(Modifier::DIM),
        );
    }
}

/// The view that was chosen, with a mark where what is shown is not quite it any more.
fn view_in_force(app: &App, theme: Theme) -> Option<String> {
    let view = app.view_in_force()?;
    let name = text::sanitise(view.name);
    let mark = if view.changed { "*" } else { "" };
    Some(format!("{} {name}{mark} ", theme.signs().dot))
}

/// The frame, with what is out of sight said on it.
fn frame(app: &App, look: &Look, active: bool, area: Rect) -> Block<'static> {
    let (theme, width) = (look.theme, area.width);
    let signs = theme.signs();
    let newer = app.table().newer(app.store());
    let room = usize::from(width).saturating_sub(" Calls ".len() + 3);
    let view = view_in_force(app, theme).unwrap_or_default();
    let view = text::fit(&view, room);
    let mut block = pane_with(theme, "Calls", &view, active);
    let follows = " following the newest ";
    let fits = text::width(&view) + follows.len() <= room;
    let table = app.table();
    if fits && table.leads() && table.sort().is_newest_first() && !table.is_empty() {
        block = block.title(
            ratatui::text::Line::from(Span::styled(follows, theme.style(Role::Quiet)))
                .right_aligned(),
        );
    }
    if newer > 0 {
        let told = format!(" {} {} new ", signs.above, text::count(newer));
        block = block.title(
            ratatui::text::Line::from(Span::styled(told, theme.style(Role::Active)))
                .right_aligned(),
        );
    }
    let shown = app.table().len();
    let height = usize::from(area.height.saturating_sub(3));
    // The place in the list has the other end of the edge.
    let taken = text::width(&text::count(shown)) * 2 + 8;
    let beside = usize::from(width).saturating_sub(taken);
    if ends_on_edge(app, height)
        && let Some(mut told) = older::line(app, look, beside)
    {
        told.content = format!(" {} ", told.content).into();
        block = block.title_bottom(ratatui::text::Line::from(told));
    }
    if shown > app.table().height() {
        let place = app.table().position(app.store()) + 1;
        let more = if app.table().is_whole() { "" } else { "+" };
        let told = format!(" {}/{}{more} ", text::count(place), text::count(shown));
        block = block.title_bottom(
            ratatui::text::Line::from(Span::styled(told, theme.style(Role::Quiet))).right_aligned(),
        );
    }
    block
}

/// Which parts of the filter are to blame.
fn why(why: &WhyEmpty) -> String {
    match why {
        WhyEmpty::Together => "each part alone lets calls pass, all together let none".to_owned(),
        WhyEmpty::Alone(parts) => {
            let parts: Vec<_> = parts.iter().map(|part| text::sanitise(part)).collect();
            match &*parts {
                [only] => format!("{only} alone lets none pass"),
                parts => format!("each of these alone lets none pass: {}", parts.join(", ")),
            }
        }
    }
}

/// Why there is nothing to see, and what can be done about it.
fn nothing(app: &App, look: &Look, area: Rect, buf: &mut Buffer) {
    let theme = look.theme;
    let hint = |action| look.hint(Mode::Table, action);
    let (link, _) = app.link();
    let strong = theme.style(Role::Strong);
    let (head, rest, style) = match link {
        Link::Connecting => (
            format!("connecting to {}", app.setup().endpoint),
            Vec::new(),
            theme.style(Role::Active),
        ),
        Link::Refused { failure } => {
            let mut rest = vec![failure.message.clone()];
            rest.extend(failure.remedy());
            rest.push(format!("{} asks again", hint(crate::app::Action::Refresh)));
            (failure.headline(), rest, theme.style(Role::Bad))
        }
        Link::Retrying { failure, .. } => {
            let rest = vec![
                failure.message.clone(),
                "it will be tried again by itself".to_owned(),
            ];
            (failure.headline(), rest, theme.style(Role::Doubt))
        }
        Link::Live { .. } | Link::Paused if !app.bar().search().is_everything() => {
            let unanswered = app.is_resting() || app.coverage() == Coverage::None;
            let counting = !app.table().is_whole();
            let more = counting || unanswered || matches!(app.older(), Older::Loading);
            let head = match app.foot() {
                _ if more => "looking for calls that match",
                Foot::First | Foot::NoneOlder => "no call matches the filter",
                Foot::Nothing
                | Foot::Range(_)
                | Foot::Loading { .. }
                | Foot::Failed(_)
                | Foot::Rests { .. }
                | Foot::Frozen
                | Foot::Full { .. }
                | Foot::More { .. } => "no call matches so far",
            };
            let mut rest: Vec<String> = Vec::new();
            if !more {
                let doubts = app.bar().doubts().iter();
                rest.extend(doubts.map(|doubt| doubtful(doubt, theme)));
                rest.extend(app.why_empty().map(why));
            }
            let room = usize::from(area.width).saturating_sub(6).min(72);
            let reach = older::line(app, look, room).filter(|_| !unanswered && !counting);
            let reach = reach.map(|line| line.content.into_owned());
            let drops = format!("{} drops the filter", hint(crate::app::Action::Back));
            rest.extend(reach.into_iter().chain([drops]));
            (head.to_owned(), rest, strong)
        }
        Link::Live { .. } | Link::Paused => {
            let rest = if app.may_place() {
                vec![format!("{} places one", hint(crate::app::Action::NewCall))]
            } else {
                Vec::new()
            };
            ("no calls yet".to_owned(), rest, strong)
        }
    };
    let width = usize::from(area.width).saturating_sub(4).clamp(1, 72);
    let mut lines = vec![(text::fit(&head, width).into_owned(), style)];
    for told in rest.iter().filter(|told| !told.is_empty()) {
        for line in text::wrap(told, width, 3) {
            lines.push((line, theme.style(Role::Quiet)));
        }
    }
    let top = area.y + area.height.saturating_sub(cells(lines.len())) / 3;
    for (y, (line, style)) in (top..area.bottom()).zip(lines) {
        let x = area.x + area.width.saturating_sub(cells(text::width(&line))) / 2;
        put(buf, area, (x, y), &line, style);
    }
}
