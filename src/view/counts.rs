//! The second line: the loaded calls by state, and the calls being placed.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Span;

use crate::app::App;
use crate::call::{Placement, State};

use super::layout::cells;
use super::theme::{Role, Theme};
use super::{put_all, text, width_of};

/// Draws the line. Words give way to signs where the width does not suffice, for signs and colours
/// alone still tell the states.
pub(super) fn render(app: &App, theme: Theme, area: Rect, buf: &mut Buffer) {
    let placings = placings(app, theme);
    let room = usize::from(area.width).saturating_sub(width_of(&placings) + 3);
    let with_loaded = |mut spans: Vec<Span<'static>>| {
        spans.extend(loaded(app, theme));
        spans
    };
    let choices = [
        with_loaded(states(app, theme, true, true)),
        with_loaded(states(app, theme, true, false)),
        with_loaded(states(app, theme, false, false)),
        states(app, theme, false, false),
    ];
    let shown = choices
        .iter()
        .find(|spans| width_of(spans) <= room)
        .unwrap_or(&choices[3]);
    put_all(buf, area, (area.x, area.y), shown);
    let start = area.right().saturating_sub(cells(width_of(&placings) + 1));
    put_all(buf, area, (start, area.y), &placings);
}

/// From which column on the line tells of calls being placed; nothing if it does not.
pub(super) fn placings_from(app: &App, theme: Theme, area: Rect) -> Option<u16> {
    let width = width_of(&placings(app, theme));
    (width > 0).then(|| area.right().saturating_sub(cells(width + 1)))
}

fn states(app: &App, theme: Theme, open_words: bool, ended_words: bool) -> Vec<Span<'static>> {
    let counts = app.counts();
    let truth = if app.answered_at().is_none() && app.store().is_empty() {
        Truth::Unknown
    } else if app.is_stale() {
        Truth::Stale
    } else {
        Truth::Live
    };
    let mut spans = vec![Span::raw(" ")];
    for (at, state) in State::OPEN.into_iter().enumerate() {
        spans.extend(one(
            theme,
            state,
            counts.of(state),
            Place {
                words: open_words,
                first: at == 0,
                truth,
            },
        ));
    }
    let bar = format!("  {}  ", theme.signs().bar);
    spans.push(Span::styled(bar, theme.style(Role::Frame)));
    for (at, state) in State::ENDED.into_iter().enumerate() {
        spans.extend(one(
            theme,
            state,
            counts.of(state),
            Place {
                words: ended_words,
                first: at == 0,
                truth,
            },
        ));
    }
    if counts.unnamed() > 0 {
        let place = Place {
            words: ended_words,
            first: false,
            truth,
        };
        spans.extend(one(theme, State::Unspecified, counts.unnamed(), place));
    }
    spans
}

/// What has ended is counted among the calls that are here, and not among all that there were.
fn loaded(app: &App, theme: Theme) -> Option<Span<'static>> {
    let loaded = app.store().len();
    let told = format!("   of {} loaded", text::count(loaded));
    (loaded > 0).then(|| Span::styled(told, theme.style(Role::Quiet)))
}

/// How one count stands among the others.
#[derive(Clone, Copy)]
struct Place {
    words: bool,
    first: bool,
    truth: Truth,
}

/// How far a count is to be believed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Truth {
    Live,
    /// It was so, and may not be so any more: it does not shine.
    Stale,
    /// Nothing is known yet: a zero would be a claim.
    Unknown,
}

fn one(theme: Theme, state: State, number: usize, place: Place) -> [Span<'static>; 2] {
    let look = theme.state(state);
    let style = if number == 0 || place.truth == Truth::Stale {
        theme.style(Role::Quiet)
    } else {
        look.style
    };
    let number = if place.truth == Truth::Unknown {
        theme.signs().absent.to_owned()
    } else {
        text::count(number)
    };
    let (told, gap) = if place.words {
        (format!("{} {number} {}", look.sign, look.word), "   ")
    } else {
        (format!("{} {number}", look.sign), "  ")
    };
    [
        Span::raw(if place.first { "" } else { gap }),
        Span::styled(told, style),
    ]
}

/// What the wishes to call have come to, the unknown ones first: they matter most.
fn placings(app: &App, theme: Theme) -> Vec<Span<'static>> {
    let count = |matching: fn(&Placement) -> bool| {
        app.placings()
            .iter()
            .filter(|placing| matching(&placing.placement))
            .count()
    };
    let counted = [
        (
            count(|placement| matches!(placement, Placement::Unknown(_))),
            Role::Bad,
            "unknown",
        ),
        (
            app.placings().iter().filter(|it| it.may_go_again()).count(),
            Role::Doubt,
            "no trace",
        ),
        (
            count(|placement| matches!(placement, Placement::Sending)),
            Role::Active,
            "placing",
        ),
    ];
    let mut spans = Vec::new();
    for (number, role, word) in counted.into_iter().filter(|(number, ..)| *number > 0) {
        if !spans.is_empty() {
            spans.push(Span::raw("   "));
        }
        let sign = if role == Role::Active {
            theme.signs().ellipsis
        } else {
            theme.signs().doubt
        };
        let told = format!("{sign} {number} {word}");
        spans.push(Span::styled(told, theme.style(role)));
    }
    spans
}
