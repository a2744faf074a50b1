//! The list under the filter bar: what could stand at the cursor, or earlier filters.

use std::ops::Range;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::text::Span;

use crate::app::{App, Found, Mode};
use crate::filter::{Offer, OfferKind};

use super::layout::{Regions, cells, visible_mode};
use super::theme::{Role, Theme};
use super::{bar, clear, frame, framed, more_below, put, put_all, text, width_of};

/// The most entries that are shown at once.
const MOST: usize = 8;

/// The cells of a frame and of the blanks within it.
const AROUND: usize = 4;

/// Where the list lies.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    /// The list with its frame.
    pub(super) area: Rect,
    /// The number of the first entry in sight.
    first: usize,
    /// How many there are in all.
    count: usize,
}

impl Place {
    /// The entry under the mouse.
    pub(super) fn number_at(&self, at: Position) -> Option<usize> {
        let row = at.y.checked_sub(self.area.y + 1)?;
        let within = at.y + 1 < self.area.bottom();
        within.then(|| self.first + usize::from(row))
    }

    fn inner(&self) -> Rect {
        Rect {
            x: self.area.x + 2,
            y: self.area.y + 1,
            width: self.area.width.saturating_sub(4),
            height: self.area.height.saturating_sub(2),
        }
    }
}

/// What is listed.
enum Listed<'a> {
    Offers(&'a [Offer]),
    Filters(&'a [Found]),
}

/// What is listed, which entry is lit, and to which byte of the bar's text it belongs.
struct List<'a> {
    listed: Listed<'a>,
    chosen: Option<usize>,
    byte: usize,
}

fn list(app: &App) -> Option<List<'_>> {
    let bar = app.bar();
    match visible_mode(app) {
        Mode::Filter => bar.offered().map(|offered| List {
            listed: Listed::Offers(offered.offers()),
            chosen: offered.chosen(),
            byte: offered.starts(),
        }),
        Mode::History => bar.looking().map(|looking| List {
            listed: Listed::Filters(looking.found()),
            chosen: Some(looking.chosen()),
            byte: 0,
        }),
        Mode::Table
        | Mode::Detail
        | Mode::Quick
        | Mode::Form
        | Mode::Confirm
        | Mode::Help
        | Mode::Palette
        | Mode::SaveView
        | Mode::Placements => None,
    }
}

impl Listed<'_> {
    fn count(&self) -> usize {
        match self {
            Self::Offers(offers) => offers.len(),
            Self::Filters(found) => found.len(),
        }
    }

    /// How wide the entries are, from their longest text, meaning and kind.
    fn columns(&self) -> Columns {
        match self {
            Self::Offers(offers) => {
                let widest = |part: fn(&Offer) -> &str| {
                    offers
                        .iter()
                        .map(|offer| text::width(&text::fit(part(offer), 200)))
                        .max()
                        .unwrap_or_default()
                };
                Columns {
                    text: widest(|offer| offer.text.trim_end()),
                    means: widest(|offer| &offer.means),
                    kind: widest(|offer| kind(offer.kind)),
                }
            }
            Self::Filters(found) => Columns {
                text: found
                    .iter()
                    .map(|found| text::width(&text::fit(&found.text, 400)))
                    .max()
                    .unwrap_or_default(),
                ..Columns::default()
            },
        }
    }
}

/// How wide the columns of the list are, in cells; those without any are left out.
#[derive(Debug, Clone, Copy, Default)]
struct Columns {
    text: usize,
    means: usize,
    kind: usize,
}

impl Columns {
    fn width(self) -> usize {
        let behind = |width: usize| if width == 0 { 0 } else { width + 2 };
        self.text + behind(self.means) + behind(self.kind)
    }

    /// What of it has room: first the kind goes, then as much of the meaning as must, then all of it.
    fn within(self, room: usize) -> Self {
        let kindless = Self { kind: 0, ..self };
        let means = self.means.min(room.saturating_sub(self.text + 2));
        [
            self,
            kindless,
            Self { means, ..kindless },
            Self {
                means: 0,
                ..kindless
            },
        ]
        .into_iter()
        .find(|columns| {
            columns.width() <= room && (columns.means >= 12 || columns.means == self.means)
        })
        .unwrap_or_else(|| Self {
            text: self.text.min(room),
            ..Self::default()
        })
    }
}

/// Where the list lies: under the text that it belongs to, never beyond the screen's edges; nothing
/// if there is none, or no room for it.
pub(super) fn place(app: &App, theme: Theme, regions: &Regions) -> Option<Place> {
    let List {
        listed,
        chosen,
        byte,
    } = list(app)?;
    let (count, body) = (listed.count(), regions.body);
    if count == 0 || body.height < 3 || usize::from(body.width) <= AROUND {
        return None;
    }
    let rows = count.min(MOST).min(usize::from(body.height) - 2);
    let wanted = cells(listed.columns().width() + AROUND);
    let width = wanted.min(body.width);
    let column = bar::place(app, theme, regions).column_of(app.bar().line(), byte);
    let x = column
        .saturating_sub(2)
        .clamp(body.x, body.right().saturating_sub(width));
    Some(Place {
        area: Rect {
            x,
            y: body.y,
            width,
            height: cells(rows + 2),
        },
        first: chosen.map_or(0, |chosen| (chosen + 1).saturating_sub(rows)),
        count,
    })
}

/// Draws the list over the table.
pub(super) fn render(app: &App, theme: Theme, regions: &Regions, buf: &mut Buffer) {
    let (Some(List { listed, chosen, .. }), Some(place)) = (list(app), place(app, theme, regions))
    else {
        return;
    };
    clear(place.area, buf);
    framed(frame(theme, true), place.area, buf);
    let inner = place.inner();
    let columns = listed.columns().within(usize::from(inner.width));
    for (y, number) in (inner.y..inner.bottom()).zip(place.first..) {
        let lit = chosen == Some(number);
        let row = Rect {
            y,
            height: 1,
            ..inner
        };
        if lit {
            let bar = Rect {
                x: row.x - 1,
                width: row.width + 2,
                ..row
            };
            let blank = " ".repeat(usize::from(bar.width));
            put(buf, bar, (bar.x, y), &blank, theme.style(Role::Cursor));
        }
        let spans = match &listed {
            Listed::Offers(offers) => offers
                .get(number)
                .map(|offer| offered(offer, columns, theme)),
            Listed::Filters(all) => all
                .get(number)
                .map(|found| earlier(found, row.width, theme)),
        };
        for (at, span) in spans.unwrap_or_default() {
            let style = if lit {
                theme.style(Role::Cursor)
            } else {
                span.style
            };
            let span = Span::styled(span.content, style);
            put_all(buf, row, (row.x + cells(at), y), &[span]);
        }
    }
    let below = place
        .count
        .saturating_sub(place.first + usize::from(inner.height));
    more_below(theme, place.area, below, buf);
}

/// An entry: at which cell each of its pieces stands.
type Row = Vec<(usize, Span<'static>)>;

fn offered(offer: &Offer, columns: Columns, theme: Theme) -> Row {
    let quiet = theme.style(Role::Quiet);
    let mut row = vec![(
        0,
        Span::raw(text::fit(offer.text.trim_end(), columns.text).into_owned()),
    )];
    if columns.means > 0 {
        let means = text::fit(&offer.means, columns.means).into_owned();
        row.push((columns.text + 2, Span::styled(means, quiet)));
    }
    if columns.kind > 0 {
        let at = columns.text + columns.means + if columns.means > 0 { 4 } else { 2 };
        row.push((at, Span::styled(kind(offer.kind), quiet)));
    }
    row
}

fn earlier(found: &Found, width: u16, theme: Theme) -> Row {
    let Range { start, end } = found.part;
    let part = |range: Range<usize>| found.text.get(range).unwrap_or_default();
    let mut row = Row::new();
    let mut at = 0;
    for (piece, style) in [
        (part(0..start), Style::new()),
        (part(start..end), theme.style(Role::Key)),
        (part(end..found.text.len()), Style::new()),
    ] {
        let room = usize::from(width).saturating_sub(at);
        let span = Span::styled(text::fit(piece, room).into_owned(), style);
        let wide = width_of(std::slice::from_ref(&span));
        row.push((at, span));
        at += wide;
    }
    row
}

fn kind(kind: OfferKind) -> &'static str {
    match kind {
        OfferKind::Field => "field",
        OfferKind::Operator => "operator",
        OfferKind::Name | OfferKind::Value => "value",
        OfferKind::Key => "label",
        OfferKind::Number => "number",
        OfferKind::Time => "time",
        OfferKind::Keyword => "word",
    }
}
