//! The prompt that saves a view: its name, its key, and what of the screen goes into it.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::Span;

use crate::app::{Action, App, Column, Mode, SavedView};

use super::bar::{self, Looks};
use super::layout::middle;
use super::theme::Role;
use super::{Look, clear, framed, pane, put, put_all, text};

/// Cells of its captions.
const CAPTION: u16 = 10;

/// Draws the prompt over what is below; where the cursor is.
pub(super) fn render(app: &App, look: &Look, screen: Rect, buf: &mut Buffer) -> Option<Position> {
    let saving = app.saving_view()?;
    let view = app.view_to_save()?;
    let theme = look.theme;
    let area = middle(screen, 76, 9);
    clear(area, buf);
    let inner = framed(pane(theme, "Save view", true), area, buf);
    let inner = Rect {
        x: inner.x + 1,
        width: inner.width.saturating_sub(2),
        ..inner
    };
    let room = usize::from(inner.width.saturating_sub(CAPTION));
    let columns: Vec<&str> = view.columns.iter().map(|column| column.name()).collect();
    let columns = if view.columns == Column::ALL {
        "all".to_owned()
    } else {
        columns.join(" ")
    };
    let filter = if view.filter.is_empty() {
        "all calls"
    } else {
        &view.filter
    };
    let rows = [
        ("Name", String::new()),
        ("Key", String::new()),
        ("Filter", text::fit(filter, room).into_owned()),
        ("Columns", text::fit(&columns, room).into_owned()),
        ("Order", view.sort.to_string()),
    ];
    for (y, (caption, told)) in (inner.y..inner.bottom()).zip(&rows) {
        put(buf, inner, (inner.x, y), caption, theme.style(Role::Quiet));
        let told_at = (inner.x + CAPTION, y);
        put(buf, inner, told_at, told, theme.style(Role::Text));
    }
    let spans = key(app, look, &view);
    put_all(buf, inner, (inner.x + CAPTION, inner.y + 1), &spans);
    let (told, role) = remark(app, &view);
    let told = text::fit(&told, usize::from(inner.width)).into_owned();
    let last = inner.bottom().saturating_sub(1);
    put(buf, inner, (inner.x, last), &told, theme.style(role));
    let looks = Looks {
        text: theme.style(Role::Strong),
        wrong: theme.style(Role::Wrong),
        span: None,
    };
    let field = Rect {
        x: inner.x + CAPTION,
        width: inner.width.saturating_sub(CAPTION).max(1),
        height: 1,
        ..inner
    };
    Some(bar::line(saving.line(), &looks, field, buf))
}

/// The key that will bring the view up, and how to choose another.
fn key(app: &App, look: &Look, view: &SavedView) -> Vec<Span<'static>> {
    let theme = look.theme;
    let quiet = theme.style(Role::Quiet);
    let (shown, told) = match view.key {
        Some(key) => {
            let has = app.view_on(key).filter(|other| other.name != view.name);
            let told = has.map_or_else(String::new, |other| {
                format!("  taken from {}", text::fit(&other.name, 20))
            });
            (key.number().to_string(), told)
        }
        None => ("none".to_owned(), String::new()),
    };
    let another = look.hint(Mode::SaveView, Action::NextViewKey);
    vec![
        Span::styled(shown, theme.style(Role::Strong)),
        Span::styled(format!("  {another}"), theme.style(Role::Key)),
        Span::styled(" another key", quiet),
        Span::styled(told, theme.style(Role::Doubt)),
    ]
}

/// What is wrong, or what saving will do.
fn remark(app: &App, view: &SavedView) -> (String, Role) {
    if let Some(wrong) = app.saving_view().and_then(|saving| saving.remark()) {
        return (wrong.to_owned(), Role::Bad);
    }
    let named = |other: &SavedView| other.name == view.name;
    if app.views().iter().any(named) {
        return ("replaces the view of this name".to_owned(), Role::Doubt);
    }
    ("goes into the configuration".to_owned(), Role::Quiet)
}
