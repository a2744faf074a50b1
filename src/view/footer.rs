//! The last line: what is wrong with the filter, what there is to say, or what keys do here.

use ratatui::buffer::Buffer;
use ratatui::text::Span;

use crate::app::{Action, App, Level, Mode, Stage};

use super::layout::Regions;
use super::theme::{Role, Theme};
use super::{Look, explained, put_all, text, width_of};

/// Draws the line.
pub(super) fn render(app: &App, look: &Look, regions: &Regions, buf: &mut Buffer) {
    let (theme, area) = (look.theme, regions.footer);
    let room = usize::from(area.width).saturating_sub(2);
    let mut spans = vec![Span::raw(" ")];
    // Where there is a line for it under the bar, it is told there.
    let wrong = app.mode() == Mode::Filter && regions.explained.area() == 0;
    if let Some(error) = app.bar().error().filter(|_| wrong) {
        spans.push(explained::error(app, error, theme, room));
    } else if let Some(notice) = app.notice().filter(|it| is_told(app.mode(), it.level)) {
        spans.push(notice_span(notice.level, &notice.text, theme, room));
    } else {
        spans.extend(hints(app, look, room));
    }
    put_all(buf, area, (area.x, area.y), &spans);
}

/// Whether a notice takes the place of the keys. In a prompt nobody gets on without these, so there
/// only what went wrong or may go wrong does; the rest is told of what was done before.
fn is_told(mode: Mode, level: Level) -> bool {
    match mode {
        Mode::History | Mode::Palette | Mode::SaveView => level >= Level::Warning,
        Mode::Table
        | Mode::Detail
        | Mode::Filter
        | Mode::Quick
        | Mode::Form
        | Mode::Confirm
        | Mode::Help
        | Mode::Placements => true,
    }
}

fn notice_span(level: Level, told: &str, theme: Theme, room: usize) -> Span<'static> {
    let signs = theme.signs();
    let (sign, role) = match level {
        Level::Done => (signs.good, Role::Good),
        Level::Info => (signs.dot, Role::Text),
        Level::Warning => (signs.doubt, Role::Doubt),
        Level::Error => (signs.bad, Role::Bad),
    };
    Span::styled(
        format!("{sign} {}", text::fit(told, room.saturating_sub(2))),
        theme.style(role),
    )
}

/// Whether calls are being placed, or the outcome of one is open.
fn counts_placings(app: &App) -> bool {
    let mut placings = app.placings().iter();
    placings.any(|it| !it.placement.is_settled() || it.may_go_again())
}

/// Keys and what they do, the most useful first, as many as fit; help is always among them.
fn hints(app: &App, look: &Look, room: usize) -> Vec<Span<'static>> {
    // What is not settled comes first.
    let open = app.mode() == Mode::Table && counts_placings(app);
    let first = open.then_some(Action::Placements);
    let actions: &[Action] = match app.mode() {
        Mode::Table => &[
            Action::Help,
            Action::Open,
            Action::Filter,
            Action::Quick,
            Action::NewCall,
            Action::Palette,
            Action::Redial,
            Action::NextFailure,
            Action::Legs,
            Action::Pause,
            Action::Sort,
            Action::Copy,
            Action::Wide,
            Action::Quit,
        ],
        Mode::Detail => &[
            Action::Help,
            Action::Back,
            Action::Redial,
            Action::Legs,
            Action::Copy,
            Action::Quit,
        ],
        Mode::Filter => &[
            Action::KeepFilter,
            Action::LeaveFilter,
            Action::Complete,
            Action::EarlierFilter,
            Action::SearchFilters,
            Action::Help,
        ],
        Mode::History => &[
            Action::Choose,
            Action::Back,
            Action::SearchFilters,
            Action::Down,
            Action::Up,
        ],
        Mode::Quick => &[
            Action::Back,
            Action::UndoFilter,
            Action::ClearFilter,
            Action::Filter,
            Action::Down,
            Action::Toggle,
            Action::Help,
        ],
        // Its request is on its way: there is nothing to be done to it any more.
        Mode::Form
            if app
                .form()
                .is_some_and(|form| *form.stage() != Stage::Writing) =>
        {
            &[Action::Back, Action::Help]
        }
        Mode::Form => &[
            Action::NextField,
            Action::PreviousField,
            Action::Place,
            Action::Back,
            Action::ClearForm,
            Action::Help,
        ],
        Mode::Confirm => &[Action::No, Action::Yes, Action::Choose],
        Mode::Help => &[Action::Back, Action::Down, Action::Up],
        Mode::Palette => &[Action::Run, Action::Back, Action::Down, Action::Up],
        Mode::SaveView => &[Action::KeepView, Action::NextViewKey, Action::Back],
        Mode::Placements => &[
            Action::Back,
            Action::Open,
            Action::PlaceAgain,
            Action::Copy,
            Action::Quit,
        ],
    };
    let mut spans = Vec::new();
    for action in first.into_iter().chain(actions.iter().copied()) {
        let unfit = action == Action::NewCall || action == Action::Redial;
        if !app.may_place() && unfit {
            continue;
        }
        let key = look.hint(app.mode(), action);
        let pair = [
            Span::styled(key, look.theme.style(Role::Key)),
            Span::styled(
                format!(" {}  ", action.says()),
                look.theme.style(Role::Quiet),
            ),
        ];
        if width_of(&spans) + width_of(&pair) > room + 2 {
            break;
        }
        spans.extend(pair);
    }
    spans
}
