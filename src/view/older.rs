//! What is so where the list ends: a quiet line under the last call, or on the frame's lower edge where
//! there is no room for one.

use chrono::{DateTime, Utc};
use ratatui::text::Span;

use crate::app::{Action, App, Foot, Load, Mode};
use crate::call::Loading;

use super::theme::Role;
use super::{Look, text};

/// The line; nothing if there is nothing to say.
pub(super) fn line(app: &App, look: &Look, room: usize) -> Option<Span<'static>> {
    let key = |action| look.hint(Mode::Table, action);
    let dots = look.theme.signs().ellipsis;
    let dot = look.theme.signs().dot;
    let (told, role) = match app.foot() {
        Foot::Nothing => return None,
        Foot::Range(load) => return Some(range(app, look, load, room)),
        Foot::Loading { back_to: None } => (format!("loading older calls{dots}"), Role::Quiet),
        Foot::Loading {
            back_to: Some(back_to),
        } => (
            format!(
                "looking for older calls{dots} back to {}",
                time(app, back_to)
            ),
            Role::Quiet,
        ),
        Foot::Failed(failure) => {
            let again = format!(" {dot} {} tries again", key(Action::Refresh));
            let head = "older calls failed: ";
            let taken = text::width(head) + text::width(&again);
            let why = failure.headline();
            let why = text::fit(&why, room.saturating_sub(taken));
            (format!("{head}{why}{again}"), Role::Doubt)
        }
        Foot::First => ("the first call of the project".to_owned(), Role::Quiet),
        Foot::NoneOlder => {
            let told = "no older call matches: looked back to the first of the project";
            (told.to_owned(), Role::Quiet)
        }
        Foot::Rests { back_to } => (
            format!(
                "looked back to {} {dot} {} looks further",
                time(app, back_to),
                key(Action::Bottom)
            ),
            Role::Text,
        ),
        Foot::Frozen => (
            format!(
                "frozen {dot} more when {} lets it go on",
                key(Action::Pause)
            ),
            Role::Quiet,
        ),
        Foot::Full { most } => (
            format!("{} calls are the most that are kept", text::count(most)),
            Role::Doubt,
        ),
        Foot::More { loaded } => (
            format!(
                "{} calls loaded {dot} more with {}",
                text::count(loaded),
                key(Action::Down)
            ),
            Role::Quiet,
        ),
    };
    let told = text::fit(&told, room).into_owned();
    Some(Span::styled(told, look.theme.style(role)))
}

/// How a range that was asked for stands: the way to stop it never gives way.
fn range(app: &App, look: &Look, load: &Load, room: usize) -> Span<'static> {
    let signs = look.theme.signs();
    let (dot, dots) = (signs.dot, signs.ellipsis);
    let key = look.hint(Mode::Table, Action::Back);
    let from = time(app, load.from());
    let (head, middle, tail, role) = match load.state() {
        Loading::Goes(loaded) => {
            let mut middle = vec![format!("{} %", loaded.percent)];
            if let Some(left) = loaded.remaining.filter(|_| loaded.calls > 0) {
                middle.push(format!("{} left", span(left)));
            }
            middle.push(format!("{} calls", count(loaded.calls)));
            if loaded.calls_per_second > 0 {
                middle.push(format!("{}/s", count(loaded.calls_per_second)));
            }
            let tail = format!(" {dot} {key} stops");
            (
                format!("loading back to {from}"),
                middle,
                tail,
                Role::Active,
            )
        }
        Loading::Waits { failure, wait } => (
            format!("loading back to {from}"),
            vec![
                format!("waits {}", span(*wait)),
                text::sanitise(&failure.headline()).into_owned(),
            ],
            format!(" {dot} {key} stops"),
            Role::Doubt,
        ),
        Loading::Failed(failure) => (
            "loading has failed".to_owned(),
            vec![text::sanitise(&failure.headline()).into_owned()],
            format!(" {dot} the same command goes on"),
            Role::Doubt,
        ),
        Loading::Done => (
            format!("loading{dots}"),
            Vec::new(),
            String::new(),
            Role::Quiet,
        ),
    };
    let mut told = head;
    for part in middle {
        let more = format!(" {dot} {part}");
        if text::width(&told) + text::width(&more) + text::width(&tail) <= room {
            told.push_str(&more);
        }
    }
    let told = text::fit(&told, room.saturating_sub(text::width(&tail))).into_owned();
    Span::styled(
        text::fit(&(told + &tail), room).into_owned(),
        look.theme.style(role),
    )
}

fn count(number: u64) -> String {
    text::count(usize::try_from(number).unwrap_or(usize::MAX))
}

/// A length of time, roughly.
fn span(length: std::time::Duration) -> String {
    let seconds = length.as_secs();
    match seconds {
        0..60 => format!("{} s", seconds.max(1)),
        60..3_600 => format!("{} min", seconds / 60),
        _ => format!("{} h {} min", seconds / 3_600, seconds % 3_600 / 60),
    }
}

/// A moment in the zone on screen, with the day where that is not today.
pub(super) fn time(app: &App, at: DateTime<Utc>) -> String {
    let zone = app.setup().zone;
    let (at, now) = (at.with_timezone(&zone), app.now().with_timezone(&zone));
    let form = if at.date_naive() == now.date_naive() {
        "%H:%M"
    } else if at.format("%Y").to_string() == now.format("%Y").to_string() {
        "%-d %b %H:%M"
    } else {
        "%-d %b %Y %H:%M"
    };
    at.format(form).to_string()
}
