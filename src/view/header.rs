//! The first line: whose calls these are, whether they are true, and what time it is.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Span;

use chrono::{DateTime, Utc};

use crate::app::App;
use crate::call::{Link, State};

use super::layout::cells;
use super::theme::{Role, Theme};
use super::{put_all, text, width_of};

/// Draws the line: left profile and project, right link and clock. What does not fit gives way in
/// this order: how much is asked, the date, the product's name, the clock, the words beside the link's
/// state.
pub(super) fn render(app: &App, theme: Theme, area: Rect, buf: &mut Buffer) {
    let room = usize::from(area.width);
    let link = link(app, theme, true);
    let brief = self::link(app, theme, false);
    let full: Vec<_> = link.iter().cloned().chain(asked(app, theme)).collect();
    let clock = |form: &str| vec![Span::styled(time(app, form), theme.style(Role::Text))];
    let long = clock("%a %-d %b %H:%M:%S %Z");
    let short = clock("%H:%M:%S %Z");
    let (named, bare) = (whose(app, theme, true), whose(app, theme, false));
    let choices = [
        (&named, &full, Some(&long)),
        (&named, &link, Some(&long)),
        (&named, &link, Some(&short)),
        (&bare, &link, Some(&short)),
        (&bare, &link, None),
        (&bare, &brief, None),
    ];
    // By what the link is about to say: what gives way and comes back with every poll draws the eye.
    let growth = growth(app);
    let fits = |left: &[Span<'_>], right: &[Span<'_>], clock: Option<&Vec<Span<'_>>>| {
        let clock = clock.map_or(0, |clock| width_of(clock) + 3);
        width_of(left) + width_of(right) + growth + clock + 4 <= room
    };
    let (left, link, clock) = choices
        .into_iter()
        .find(|(left, link, clock)| fits(left, link, *clock))
        .unwrap_or((&bare, &brief, None));
    let mut right = area.right().saturating_sub(1);
    if let Some(clock) = clock {
        right = right.saturating_sub(cells(width_of(clock)));
        put_all(buf, area, (right, area.y), clock);
        right = right.saturating_sub(3);
    }
    let start = right.saturating_sub(cells(width_of(link))).max(area.x);
    put_all(buf, area, (start, area.y), link);
    // On the narrowest screens the project gives way to the link: whether this is true comes first.
    let room = Rect {
        width: (start - area.x).saturating_sub(2),
        ..area
    };
    put_all(buf, room, (area.x, area.y), left);
}

fn whose(app: &App, theme: Theme, brand: bool) -> Vec<Span<'static>> {
    let setup = app.setup();
    let mut spans = vec![Span::raw(" ")];
    if brand {
        spans.push(Span::styled("SWITCHBOARD", theme.style(Role::Brand)));
        spans.push(Span::raw("  "));
    }
    spans.push(Span::styled(
        text::fit(&setup.profile, 24).into_owned(),
        theme.style(Role::Strong),
    ));
    spans.push(Span::styled(
        format!(" {} ", theme.signs().into),
        theme.style(Role::Quiet),
    ));
    spans.push(Span::raw(setup.project.as_str().to_owned()));
    if !app.may_place() {
        spans.push(Span::styled("  read-only", theme.style(Role::Doubt)));
    }
    spans
}

/// What the link says of itself.
fn link(app: &App, theme: Theme, whole: bool) -> Vec<Span<'static>> {
    let signs = theme.signs();
    let (link, since) = app.link();
    let now = app.now();
    let quiet = theme.style(Role::Quiet);
    let mut spans = Vec::new();
    if let Some(waiting) = app.frozen() {
        let text = format!(
            "{} frozen {} {} waiting   ",
            signs.frozen,
            signs.dot,
            text::count(waiting)
        );
        spans.push(Span::styled(text, theme.style(Role::Doubt)));
    }
    match link {
        Link::Connecting => {
            spans.push(Span::styled("connecting", theme.style(Role::Active)));
            if whole && app.answered_at().is_none() {
                spans.push(Span::styled(
                    format!(" to {}", text::fit(&app.setup().endpoint, 40)),
                    quiet,
                ));
            }
            spans.extend(stale(app, theme));
        }
        Link::Live { every } => {
            let age = app.answered_at().map_or(0, |at| seconds(at, now));
            // Two polls without an answer are no failure yet, but not to be trusted either.
            let late = u64::try_from(age).is_ok_and(|age| age > every.as_secs() * 2 + 1);
            if late {
                spans.push(Span::styled(
                    format!("{} waiting", signs.doubt),
                    theme.style(Role::Doubt),
                ));
            } else {
                let sign = theme.state(State::InProgress).sign;
                spans.push(Span::styled(
                    format!("{sign} live"),
                    theme.style(Role::Good),
                ));
            }
            let age = ago(age.unsigned_abs());
            spans.push(Span::styled(format!(" {} {age}", signs.dot), quiet));
            if whole {
                let every = every.as_secs_f64();
                spans.push(Span::styled(
                    format!(" {} every {every} s", signs.dot),
                    quiet,
                ));
            }
        }
        Link::Retrying { failure, wait } => {
            let waited = seconds(since, now).unsigned_abs();
            let when = ahead(wait.as_secs().saturating_sub(waited));
            spans.push(Span::styled(
                format!("{} retrying {when}", signs.above),
                theme.style(Role::Doubt),
            ));
            if whole {
                spans.push(Span::styled(
                    format!(" {} {}", signs.dot, text::sanitise(&failure.headline())),
                    quiet,
                ));
            }
            spans.extend(stale(app, theme));
        }
        Link::Refused { failure } => {
            spans.push(Span::styled(
                format!("{} {}", signs.bad, text::sanitise(&failure.headline())),
                theme.style(Role::Bad),
            ));
            spans.extend(stale(app, theme));
        }
        Link::Paused => {
            spans.push(Span::styled("paused", theme.style(Role::Doubt)));
            spans.extend(stale(app, theme));
        }
    }
    spans
}

fn ago(seconds: u64) -> String {
    match seconds {
        0 => "now".to_owned(),
        _ => format!("{seconds} s ago"),
    }
}

fn ahead(seconds: u64) -> String {
    match seconds {
        0 => "now".to_owned(),
        _ => format!("in {seconds} s"),
    }
}

/// By how many cells the link's words get longer while all stays as it is, from one poll to the next
/// or from one try to the next.
fn growth(app: &App) -> usize {
    let (link, since) = app.link();
    let gone = |from| seconds(from, app.now()).unsigned_abs();
    let (told, longest) = match link {
        Link::Live { every } => {
            let age = app.answered_at().map_or(0, gone);
            (ago(age), ago(every.as_secs().max(1)))
        }
        Link::Retrying { wait, .. } => {
            let wait = wait.as_secs();
            (ahead(wait.saturating_sub(gone(since))), ahead(wait.max(1)))
        }
        Link::Connecting | Link::Refused { .. } | Link::Paused => return 0,
    };
    text::width(&longest).saturating_sub(text::width(&told))
}

/// How much is asked of the service, where anything is.
fn asked(app: &App, theme: Theme) -> Option<Span<'static>> {
    let requests = usize::try_from(app.requests_in_a_minute()).unwrap_or(usize::MAX);
    (requests > 0).then(|| {
        let told = format!(" {} {} req/min", theme.signs().dot, text::count(requests));
        Span::styled(told, theme.style(Role::Quiet))
    })
}

/// Since when the data on screen may no longer be true.
fn stale(app: &App, theme: Theme) -> Option<Span<'static>> {
    let at = app.answered_at()?.with_timezone(&app.setup().zone);
    let since = format!(
        " {} stale since {}",
        theme.signs().dot,
        at.format("%H:%M:%S")
    );
    Some(Span::styled(since, theme.style(Role::Doubt)))
}

fn seconds(from: DateTime<Utc>, to: DateTime<Utc>) -> i64 {
    to.signed_duration_since(from).num_seconds().max(0)
}

fn time(app: &App, form: &str) -> String {
    app.now()
        .with_timezone(&app.setup().zone)
        .format(form)
        .to_string()
}
