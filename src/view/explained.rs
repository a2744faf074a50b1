//! The line under the bar while a filter is written: what is wrong with it, how it is read, and who
//! evaluates which part of it.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Span;

use crate::app::{Action, App, FilterBar, Mode};
use crate::filter::{Doubt, FilterError, Part, Plan, Reason, Search};

use super::layout::{cells, visible_mode};
use super::theme::{Role, Theme};
use super::{Look, put_all, text, width_of};

/// The cells that a filter still in force gets beside an error, of so many.
const STILL_SHARE: usize = 3;

/// Of how many words the end of a text may be that does not apply yet: `OR NOT sta`.
const MOST_PENDING: usize = 3;

/// The cells that are kept for it with what is said of it.
const LEAST_PENDING: usize = 32;

/// The cells that all else gets at least beside a doubt; with fewer there is nothing of it.
const LEAST_BESIDE_DOUBT: usize = 24;

type Spans = Vec<Span<'static>>;

/// Draws the line.
pub(super) fn render(app: &App, look: &Look, area: Rect, buf: &mut Buffer) {
    let theme = look.theme;
    let room = usize::from(area.width).saturating_sub(4);
    let right = right(app, theme, room);
    let taken = width_of(&right);
    let left = room.saturating_sub(if taken == 0 { 0 } else { taken + 3 });
    put_all(buf, area, (area.x + 3, area.y), &left_part(app, look, left));
    let x = area.right().saturating_sub(cells(taken) + 1);
    put_all(buf, area, (x, area.y), &right);
}

/// What stands at the left, the most important first.
fn left_part(app: &App, look: &Look, room: usize) -> Spans {
    let (bar, theme) = (app.bar(), look.theme);
    if visible_mode(app) == Mode::History {
        return vec![Span::styled(found(app), theme.style(Role::Quiet))];
    }
    if let Some(wrong) = bar.error() {
        return vec![error(app, wrong, theme, room)];
    }
    if bar.search().is_everything() {
        return hints(app, look, room);
    }
    let mut spans = Spans::new();
    if let Some(doubt) = bar.doubts().first() {
        let told = text::fit(&doubtful(doubt, theme), room).into_owned();
        spans.push(Span::styled(told, theme.style(Role::Doubt)));
        let apart = format!("   {} ", theme.signs().bar);
        spans.push(Span::styled(apart, theme.style(Role::Quiet)));
    }
    let left = room.saturating_sub(width_of(&spans));
    if !spans.is_empty() && left < LEAST_BESIDE_DOUBT {
        spans.pop();
        return spans;
    }
    let shares = Shares::of(app);
    spans.extend(if bar.search().mixes() {
        reading(bar.search(), &shares, theme, left)
    } else {
        evaluated(&shares, theme, left)
    });
    spans
}

/// That a word is looked for, and what was probably meant.
pub(super) fn doubtful(doubt: &Doubt, theme: Theme) -> String {
    let dot = theme.signs().dot;
    let word = text::sanitise(&doubt.word);
    let meant = text::sanitise(&doubt.meant);
    format!("word search: {word} {dot} did you mean {meant}?")
}

/// At the right, what the list shows as long as that is not what is written.
fn right(app: &App, theme: Theme, room: usize) -> Spans {
    if visible_mode(app) != Mode::Filter || !app.bar().is_behind() {
        return Spans::new();
    }
    let cells = (room / STILL_SHARE).max(16);
    vec![behind(app, theme, cells)]
}

/// What of the text does not apply yet; where that is not merely its end, what the list still shows.
fn behind(app: &App, theme: Theme, cells: usize) -> Span<'static> {
    let Some(pending) = pending(app.bar()) else {
        return still(app, theme, cells);
    };
    let told = format!(" {} not applied yet", theme.signs().ellipsis);
    let room = cells.max(LEAST_PENDING).saturating_sub(text::width(&told));
    let told = format!("{}{told}", text::fit(pending, room));
    Span::styled(told, theme.style(Role::Quiet))
}

/// The end of a text without mistakes, if the filter in force is that of all that stands before it.
fn pending(bar: &FilterBar) -> Option<&str> {
    let text = bar.line().text();
    if bar.error().is_some() || !bar.is_behind() {
        return None;
    }
    let words = text
        .rmatch_indices(is_apart)
        .map(|(at, apart)| at + apart.len());
    // The word that is waited for, and before it no more than keywords.
    let starts = words.chain([0]).take(MOST_PENDING);
    starts
        .map(|start| text.split_at(start))
        .find(|(before, _)| Search::parse(before).is_ok_and(|it| it == *bar.search()))
        .map(|(_, pending)| pending)
}

fn is_apart(c: char) -> bool {
    c.is_whitespace() || c == '('
}

/// What the list still shows.
fn still(app: &App, theme: Theme, cells: usize) -> Span<'static> {
    let search = app.bar().search();
    let told = if search.is_everything() {
        "still: all calls".to_owned()
    } else {
        format!("still: {search}")
    };
    let is_wrong = app.bar().error().is_some() && !app.bar().is_unfinished();
    let role = if is_wrong { Role::Doubt } else { Role::Quiet };
    Span::styled(text::fit(&told, cells).into_owned(), theme.style(role))
}

/// What is wrong with a filter, and the remedy; the remedy comes first where there is no room for
/// both. What is merely not written yet is no alarm.
pub(super) fn error(app: &App, error: &FilterError, theme: Theme, room: usize) -> Span<'static> {
    let signs = theme.signs();
    let (sign, role) = if app.bar().is_unfinished() {
        (signs.ellipsis, Role::Quiet)
    } else {
        (signs.bad, Role::Bad)
    };
    let message = &error.message;
    let told = match &error.hint {
        None => message.clone(),
        Some(hint) => {
            let both = format!("{message} {} {hint}", signs.dot);
            if text::width(&both) + 2 <= room {
                both
            } else {
                format!("{hint} {} {message}", signs.dot)
            }
        }
    };
    Span::styled(
        format!("{sign} {}", text::fit(&told, room.saturating_sub(2))),
        theme.style(role),
    )
}

/// How many earlier filters there are to choose from.
fn found(app: &App) -> String {
    let found = app.bar().looking().map_or(0, |it| it.found().len());
    match (app.bar().remembered(), found) {
        (0, _) => "no filter has been kept yet".to_owned(),
        (_, 0) => "no earlier filter has this in it".to_owned(),
        (all, found) => format!(
            "earlier filters: {} of {}, the newest first",
            text::count(found),
            text::count(all)
        ),
    }
}

/// What can be done about an empty bar.
fn hints(app: &App, look: &Look, room: usize) -> Spans {
    let theme = look.theme;
    let key = |action| look.hint(Mode::Filter, action);
    let mut spans = Spans::new();
    if app.bar().line().is_empty() {
        for (key, says) in [
            (key(Action::Complete), "what can be written"),
            ("?".to_owned(), "the language"),
            (key(Action::SearchFilters), "earlier filters"),
        ] {
            let pair = [
                Span::styled(key, theme.style(Role::Key)),
                Span::styled(format!(" {says}   "), theme.style(Role::Quiet)),
            ];
            if width_of(&spans) + width_of(&pair) <= room + 3 {
                spans.extend(pair);
            }
        }
    }
    spans
}

/// What of the filter is asked of the service, and whether that has turned out to be in vain.
struct Shares {
    plan: Plan,
    ignored: bool,
}

impl Shares {
    fn of(app: &App) -> Self {
        Self {
            plan: app.plan(),
            ignored: app.filter_is_ignored(),
        }
    }
}

/// How AND and OR are read, and as much of who evaluates it as there is room for.
fn reading(search: &Search, shares: &Shares, theme: Theme, room: usize) -> Spans {
    let quiet = theme.style(Role::Quiet);
    let read = search.reading();
    let wide = "reads ".len() + text::width(&text::sanitise(&read));
    let apart = Span::styled(format!("   {} ", theme.signs().bar), quiet);
    let between = text::width(&apart.content);
    let told = levels(shares, theme)
        .into_iter()
        .chain([who(shares, theme)])
        .find(|spans| wide + between + width_of(spans) <= room)
        .unwrap_or_else(|| who(shares, theme));
    let left = room.saturating_sub(width_of(&told) + between);
    let read = text::fit(&read, left.saturating_sub("reads ".len())).into_owned();
    let mut spans = vec![Span::styled("reads ", quiet), Span::raw(read), apart];
    spans.extend(told);
    spans
}

/// Who evaluates which part of the filter: as much as there is room for.
fn evaluated(shares: &Shares, theme: Theme, room: usize) -> Spans {
    let mut levels = levels(shares, theme);
    if let Some(fits) = levels.iter().position(|spans| width_of(spans) <= room) {
        return levels.swap_remove(fits);
    }
    // As much as there is room for of what is evaluated here, which is what nobody expects.
    let mut spans = levels.pop().unwrap_or_default();
    if let Some(last) = spans.pop() {
        let left = room.saturating_sub(width_of(&spans));
        spans.push(Span::raw(text::fit(&last.content, left).into_owned()));
    }
    spans
}

/// Who evaluates which part, the longest first: with the reasons, without them, and then with the
/// service's part in short.
fn levels(shares: &Shares, theme: Theme) -> Vec<Spans> {
    let plan = &shares.plan;
    let quiet = theme.style(Role::Quiet);
    let parts = |ours: bool| {
        let whose = move |part: &&Part| part.kept.is_some() == ours;
        plan.parts().iter().filter(whose)
    };
    let (asked, kept) = (parts(false).count(), parts(true).count());
    if kept == 0 || shares.ignored {
        return vec![who(shares, theme)];
    }
    let list = |ours: bool, written: &dyn Fn(&Part) -> String| {
        let texts: Vec<String> = parts(ours).map(written).collect();
        texts.join(", ")
    };
    let whole = |part: &Part| text::sanitise(&part.text).into_owned();
    let line = |service: String, here: String| {
        let mut spans = Spans::new();
        if asked > 0 {
            spans.push(Span::styled("service: ", quiet));
            spans.push(Span::raw(service));
            spans.push(Span::styled(format!(" {} ", theme.signs().dot), quiet));
        }
        spans.push(Span::styled("here: ", theme.style(Role::Active)));
        spans.push(Span::raw(here));
        spans
    };
    let share = format!("{asked} of {}", asked + kept);
    vec![
        line(list(false, &in_brief), reasoned(plan)),
        line(list(false, &in_brief), list(true, &whole)),
        line(share, list(true, &whole)),
    ]
}

/// A part without the time that it names: that is long, was written in a shorter way, and of a window
/// that moves would change every second.
fn in_brief(part: &Part) -> String {
    const CREATED: &str = "createTime ";
    if part.text.starts_with(CREATED) {
        "created …".to_owned()
    } else {
        text::sanitise(&part.text).into_owned()
    }
}

/// What the console evaluates, with the reasons: parts that have the same one share it.
fn reasoned(plan: &Plan) -> String {
    let mut groups: Vec<(&'static str, Vec<String>)> = Vec::new();
    for part in plan.parts() {
        let Some(reason) = part.kept else { continue };
        let (text, why) = (text::sanitise(&part.text).into_owned(), few_words(reason));
        match groups.iter_mut().find(|(other, _)| *other == why) {
            Some((_, texts)) => texts.push(text),
            None => groups.push((why, vec![text])),
        }
    }
    let told = groups
        .into_iter()
        .map(|(why, texts)| format!("{} ({why})", texts.join(", ")));
    told.collect::<Vec<_>>().join(", ")
}

/// Why the console evaluates a part, in a few words.
fn few_words(reason: Reason) -> &'static str {
    match reason {
        Reason::NoField(Some(_)) => "the service has no such field",
        Reason::NoField(None) => "the service looks for no words",
        Reason::Negation => "the service may not know NOT and !=",
        Reason::Presence => "the service may not know :*",
        Reason::Value => "the service may not know such values",
        Reason::Moves => "it moves with the time",
        Reason::Shape => "too long without parentheses",
        Reason::Room => "the service takes no more at once",
    }
}

/// How much of a filter is whose.
fn who(shares: &Shares, theme: Theme) -> Spans {
    if shares.ignored {
        let told = "here: all of it, for the service does not apply it";
        return vec![Span::styled(told, theme.style(Role::Doubt))];
    }
    let plan = &shares.plan;
    let quiet = theme.style(Role::Quiet);
    let all = plan.parts().len();
    let kept = plan.parts().iter().filter(|it| it.kept.is_some()).count();
    match (all - kept, kept) {
        (_, 0) => vec![Span::styled("service: all of it", quiet)],
        (0, _) => vec![Span::styled("here", theme.style(Role::Active))],
        (asked, _) => vec![Span::styled(format!("service: {asked} of {all}"), quiet)],
    }
}

/// The same for the right end of the bar; nothing if nothing is filtered.
pub(super) fn in_short(app: &App, theme: Theme) -> Option<Span<'static>> {
    if app.bar().is_behind() {
        return Some(behind(app, theme, 32));
    }
    if app.bar().search().is_everything() {
        return None;
    }
    who(&Shares::of(app), theme).into_iter().next()
}
