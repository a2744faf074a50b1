//! The filter bar: the text with its error underlined, and how much of what there is it shows.

use std::ops::Range;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::text::Span;
use unicode_segmentation::UnicodeSegmentation as _;

use crate::app::{App, Line, Mode};
use crate::call::Coverage;

use super::layout::cells;
use super::theme::{Role, Theme};
use super::{put, put_all, text, width_of};

/// Draws the bar; where the cursor is.
pub(super) fn render(app: &App, theme: Theme, area: Rect, buf: &mut Buffer) -> Option<Position> {
    let bar = app.bar();
    let writing = app.mode() == Mode::Filter;
    let key = theme.style(if writing { Role::Key } else { Role::Quiet });
    let start = put(buf, area, (area.x, area.y), " / ", key);
    let room = usize::from(area.right().saturating_sub(start + 1));
    let wanted = if bar.line().is_empty() {
        9
    } else {
        text::width(bar.line().text()) + 1
    };
    // The figures give way to the text in two steps: first their explanation, then all of them.
    let told = [shown(app, theme, true), shown(app, theme, false)]
        .into_iter()
        .find(|told| wanted.min(room * 2 / 3) + width_of(told) + 2 <= room)
        .unwrap_or_default();
    let figures = cells(width_of(&told));
    put_all(
        buf,
        area,
        (area.right().saturating_sub(figures + 1), area.y),
        &told,
    );
    let room = cells(room).saturating_sub(if figures == 0 { 0 } else { figures + 2 });
    if bar.line().is_empty() && !writing {
        put(
            buf,
            area,
            (start, area.y),
            "all calls",
            theme.style(Role::Quiet),
        );
        return None;
    }
    let style = if bar.error().is_some() || writing {
        Role::Text
    } else {
        Role::Strong
    };
    let looks = Looks {
        text: theme.style(style),
        wrong: theme.style(Role::Wrong),
        span: bar.error().map(|error| error.span.clone()),
    };
    let area = Rect {
        width: room.min(area.right().saturating_sub(start)),
        x: start,
        ..area
    };
    Some(line(bar.line(), &looks, area, buf))
}

/// How many of the loaded calls are shown, and, explained, how far back that is complete.
fn shown(app: &App, theme: Theme, explained: bool) -> Vec<Span<'static>> {
    let signs = theme.signs();
    let quiet = theme.style(Role::Quiet);
    let mut spans = Vec::new();
    if app.is_resting() || (app.coverage() == Coverage::None && !app.is_stale()) {
        spans.push(Span::styled(
            format!("asking{}   ", signs.ellipsis),
            theme.style(Role::Active),
        ));
    }
    let (listed, loaded) = (app.table().len(), app.store().len());
    let figures = if !app.table().is_whole() {
        // Still counting: at least so many.
        format!("{}+ of {}", text::count(listed), text::count(loaded))
    } else if listed == loaded {
        format!("{} calls", text::count(loaded))
    } else {
        format!("{} of {}", text::count(listed), text::count(loaded))
    };
    spans.push(Span::raw(figures));
    if !explained {
        return spans;
    }
    let complete = match app.coverage() {
        Coverage::None => format!(" {} partial", signs.dot),
        Coverage::Since(at) => {
            let zone = app.setup().zone;
            let (at, now) = (at.with_timezone(&zone), app.now().with_timezone(&zone));
            let form = if at.date_naive() == now.date_naive() {
                "%H:%M"
            } else {
                "%-d %b %H:%M"
            };
            format!(" {} complete since {}", signs.dot, at.format(form))
        }
        Coverage::Everything => format!(" {} complete", signs.dot),
    };
    spans.push(Span::styled(complete, quiet));
    spans
}

/// How an edited line looks.
pub(super) struct Looks {
    /// The text.
    pub(super) text: Style,
    /// The part that is wrong.
    pub(super) wrong: Style,
    /// Which part that is, in bytes; an empty one is the place where something is missing.
    pub(super) span: Option<Range<usize>>,
}

/// Draws a line under edit so that its cursor is in sight; where the cursor is.
pub(super) fn line(line: &Line, looks: &Looks, area: Rect, buf: &mut Buffer) -> Position {
    let (before, _) = line.halves();
    let room = usize::from(area.width.max(1));
    let clusters: Vec<(usize, &str)> = line.text().grapheme_indices(true).collect();
    let wide = |cluster: &str| text::width(&text::sanitise(cluster));
    let cursor_cluster = clusters.iter().filter(|(at, _)| *at < before.len()).count();
    // Scrolled so far that everything from the first cluster drawn to the cursor fits.
    let mut first = cursor_cluster;
    let mut taken = 1;
    while let Some((_, cluster)) = first.checked_sub(1).and_then(|at| clusters.get(at)) {
        taken += wide(cluster);
        if taken > room {
            break;
        }
        first -= 1;
    }
    let wrong = |at: usize, len: usize| {
        looks
            .span
            .as_ref()
            .is_some_and(|span| at < span.end.max(span.start + 1) && span.start < at + len)
    };
    let mut x = area.x;
    let mut cursor = Position { x, y: area.y };
    for (number, (at, cluster)) in clusters.iter().enumerate().skip(first) {
        if number == cursor_cluster {
            cursor.x = x;
        }
        let drawn = text::sanitise(cluster);
        if usize::from(x - area.x) + text::width(&drawn) > room {
            break;
        }
        let style = if wrong(*at, cluster.len()) {
            looks.wrong
        } else {
            looks.text
        };
        x = put(buf, area, (x, area.y), &drawn, style);
    }
    if cursor_cluster >= clusters.len() {
        cursor.x = x.min(area.right().saturating_sub(1));
    }
    // An error past the end of the text: something is missing there.
    let missing = looks
        .span
        .as_ref()
        .is_some_and(|span| span.start >= line.text().len());
    if missing && x < area.right() {
        put(buf, area, (x, area.y), " ", looks.wrong);
    }
    cursor
}
