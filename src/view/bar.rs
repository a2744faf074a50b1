//! The filter bar: the text with its error underlined, and how much of what there is it shows.

use std::ops::Range;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::text::Span;
use unicode_segmentation::UnicodeSegmentation as _;

use crate::app::{App, Line, Mode};
use crate::call::Coverage;

use super::ignored::warnings;
use super::layout::{Regions, cells};
use super::theme::{Role, Theme};
use super::{explained, older, put, put_all, text, width_of};

/// Where the text of the bar stands, and what is told at its right.
pub(super) struct Place {
    /// The cells of the text.
    text: Rect,
    told: Vec<Span<'static>>,
}

impl Place {
    /// The column in which a byte of the text is drawn; at the edge if it is out of sight.
    pub(super) fn column_of(&self, line: &Line, byte: usize) -> u16 {
        let cells = drawn(line, self.text.width);
        let column = cells.iter().find(|cluster| cluster.at >= byte);
        let end = cells.last().map_or(0, |last| last.column + last.width);
        self.text.x
            + column
                .map_or(end, |cluster| cluster.column)
                .min(self.text.width)
    }

    /// The byte of the text that is drawn in a column; the text's end for what lies beside it.
    pub(super) fn byte_at(&self, line: &Line, column: u16) -> usize {
        byte_at(line, self.text, column)
    }
}

/// The byte of a line drawn in an area that is in a column; the line's end for what lies beside it.
pub(super) fn byte_at(line: &Line, area: Rect, column: u16) -> usize {
    let cells = drawn(line, area.width);
    let within = column.saturating_sub(area.x);
    let found = cells
        .iter()
        .find(|cluster| within < cluster.column + cluster.width);
    found.map_or_else(|| line.text().len(), |cluster| cluster.at)
}

/// The line that is written in the bar: the filter, or what is looked for among earlier ones.
fn written(app: &App) -> &Line {
    match app.bar().looking() {
        Some(looking) => looking.words(),
        None => app.bar().line(),
    }
}

fn prompt(app: &App) -> &'static str {
    match app.bar().looking() {
        Some(_) => " earlier filters: ",
        None => " / ",
    }
}

/// Divides the bar between the text and what is told at its right.
pub(super) fn place(app: &App, theme: Theme, regions: &Regions) -> Place {
    let area = regions.bar;
    let start = area.x + cells(text::width(prompt(app)));
    let room = usize::from(area.right().saturating_sub(start + 1));
    let wanted = if written(app).is_empty() {
        9
    } else {
        text::width(&text::sanitise(written(app).text())) + 1
    };
    let explains = regions.explained.area() > 0;
    let told = told(app, theme, explains)
        .into_iter()
        .find(|told| told.yields(wanted, room) + width_of(&told.spans) + 2 <= room)
        .map(|told| told.spans)
        .unwrap_or_default();
    let figures = cells(width_of(&told));
    let room = cells(room).saturating_sub(if figures == 0 { 0 } else { figures + 2 });
    Place {
        text: Rect {
            x: start,
            width: room.min(area.right().saturating_sub(start)),
            ..area
        },
        told,
    }
}

/// Draws the bar; where the cursor is.
pub(super) fn render(
    app: &App,
    theme: Theme,
    regions: &Regions,
    buf: &mut Buffer,
) -> Option<Position> {
    let (bar, area) = (app.bar(), regions.bar);
    let writing = matches!(app.mode(), Mode::Filter | Mode::History);
    let key = theme.style(if writing { Role::Key } else { Role::Quiet });
    put(buf, area, (area.x, area.y), prompt(app), key);
    let place = place(app, theme, regions);
    let figures = cells(width_of(&place.told));
    put_all(
        buf,
        area,
        (area.right().saturating_sub(figures + 1), area.y),
        &place.told,
    );
    if bar.line().is_empty() && !writing {
        put(
            buf,
            area,
            (place.text.x, area.y),
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
    let wrong = bar.error().filter(|_| bar.looking().is_none());
    let looks = Looks {
        text: theme.style(style),
        wrong: theme.style(Role::Wrong),
        span: wrong.map(|error| error.span.clone()),
    };
    Some(line(written(app), &looks, place.text, buf))
}

/// What may stand at the right of the bar.
struct Told {
    spans: Vec<Span<'static>>,
    /// Whether it goes before any of the text does.
    is_extra: bool,
}

impl Told {
    /// How much of the text this makes room for: the figures leave it two thirds of the bar, and who
    /// evaluates the filter all that it needs.
    fn yields(&self, wanted: usize, room: usize) -> usize {
        if self.is_extra {
            wanted
        } else {
            wanted.min(room * 2 / 3)
        }
    }
}

/// What may stand at the right, the longest first. Who evaluates the filter gives way first, then the
/// explanation of the figures, then they themselves.
fn told(app: &App, theme: Theme, explains: bool) -> Vec<Told> {
    let (whole, short) = (shown(app, theme, true), shown(app, theme, false));
    if app.filter_is_ignored() {
        return warned(theme, &whole, &short);
    }
    let mut told = Vec::new();
    let evaluated = if explains {
        None
    } else {
        explained::in_short(app, theme)
    };
    if let Some(evaluated) = evaluated {
        for figures in [&whole, &short] {
            let apart = Span::styled(format!(" {} ", theme.signs().dot), theme.style(Role::Quiet));
            let mut spans = vec![evaluated.clone(), apart];
            spans.extend_from_slice(figures);
            told.push(Told {
                spans,
                is_extra: true,
            });
        }
    }
    told.extend([whole, short].map(|spans| Told {
        spans,
        is_extra: false,
    }));
    told
}

/// What stands at the right where the service does not apply the filter. The warning loses its words
/// before it goes, and goes never.
fn warned(theme: Theme, whole: &[Span<'static>], short: &[Span<'static>]) -> Vec<Told> {
    let [all, some, few, least] = warnings(theme);
    let with = |warning: &Span<'static>, figures: &[Span<'static>]| {
        let mut spans = vec![warning.clone(), Span::raw("   ")];
        spans.extend_from_slice(figures);
        spans
    };
    let told = [
        with(&all, whole),
        with(&all, short),
        with(&some, whole),
        with(&some, short),
        with(&few, short),
        vec![few],
        vec![least],
    ];
    told.map(|spans| Told {
        spans,
        is_extra: false,
    })
    .into()
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
            let since = older::time(app, at);
            match app.complete_until() {
                // It is kept up with.
                None => format!(" {} complete since {since}", signs.dot),
                Some(until) => {
                    let until = older::time(app, until);
                    format!(" {} complete {since} to {until}", signs.dot)
                }
            }
        }
        Coverage::Everything => match app.complete_until() {
            None => format!(" {} complete", signs.dot),
            Some(until) => format!(" {} complete to {}", signs.dot, older::time(app, until)),
        },
    };
    let claims = app.coverage() != Coverage::None && app.is_stale();
    let look = if claims {
        theme.style(Role::Doubt)
    } else {
        quiet
    };
    spans.push(Span::styled(complete, look));
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

/// A cluster of a line in sight.
struct Cluster {
    /// Where it begins in the text, in bytes.
    at: usize,
    bytes: usize,
    /// Its first cell, counted from the first of the line, and how many it has.
    column: u16,
    width: u16,
    drawn: String,
}

/// The clusters of a line that are in sight in so many cells: it is scrolled so far that the cursor
/// is.
fn drawn(line: &Line, width: u16) -> Vec<Cluster> {
    let (before, _) = line.halves();
    let room = usize::from(width.max(1));
    let clusters: Vec<(usize, &str)> = line.text().grapheme_indices(true).collect();
    let wide = |cluster: &str| text::width(&text::sanitise(cluster));
    // Everything from the first cluster drawn to the cursor, with a cell for the cursor, fits.
    let mut first = clusters.partition_point(|(at, _)| *at < before.len());
    let mut taken = clusters
        .get(first)
        .map_or(1, |(_, cluster)| wide(cluster).max(1));
    while let Some((_, cluster)) = first.checked_sub(1).and_then(|at| clusters.get(at)) {
        taken += wide(cluster);
        if taken > room {
            break;
        }
        first -= 1;
    }
    let mut column = 0;
    let mut seen = Vec::new();
    for (at, cluster) in clusters.into_iter().skip(first) {
        let drawn = text::sanitise(cluster).into_owned();
        let width = text::width(&drawn);
        if column + width > room {
            break;
        }
        seen.push(Cluster {
            at,
            bytes: cluster.len(),
            column: cells(column),
            width: cells(width),
            drawn,
        });
        column += width;
    }
    seen
}

/// Draws a line under edit so that its cursor is in sight; where the cursor is.
pub(super) fn line(line: &Line, looks: &Looks, area: Rect, buf: &mut Buffer) -> Position {
    let (before, _) = line.halves();
    let clusters = drawn(line, area.width);
    let wrong = |at: usize, len: usize| {
        looks
            .span
            .as_ref()
            .is_some_and(|span| at < span.end.max(span.start + 1) && span.start < at + len)
    };
    for cluster in &clusters {
        let style = if wrong(cluster.at, cluster.bytes) {
            looks.wrong
        } else {
            looks.text
        };
        let x = area.x + cluster.column;
        put(buf, area, (x, area.y), &cluster.drawn, style);
    }
    let (end, shown) = clusters.last().map_or((0, 0), |last| {
        (last.column + last.width, last.at + last.bytes)
    });
    // An error past the end of the text: something is missing there.
    let missing = looks
        .span
        .as_ref()
        .is_some_and(|span| span.start >= line.text().len());
    if missing && shown == line.text().len() {
        put(buf, area, (area.x + end, area.y), " ", looks.wrong);
    }
    let under = clusters.iter().find(|cluster| cluster.at >= before.len());
    let x = area.x + under.map_or(end, |cluster| cluster.column);
    Position {
        x: x.min(area.right().saturating_sub(1)),
        y: area.y,
    }
}
