//! The question before a call is placed, with everything that a mistake could hide in.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Span;

use crate::app::{Action, App, Choice, Mode};
use crate::call::{E164, NumberPlan, Party};

use super::layout::{cells, middle};
use super::theme::{Role, Theme};
use super::{Look, clear, framed, pane, put, put_all, text, width_of};

/// Draws the question.
pub(super) fn render(app: &App, look: &Look, screen: Rect, buf: &mut Buffer) {
    let Some(confirm) = app.confirm() else {
        return;
    };
    let theme = look.theme;
    let call = &confirm.call;
    // What matters most comes first: on a small screen the last ones are out of sight.
    let mut rows = vec![("Call", number(&call.to), Role::Strong)];
    for doubt in &confirm.doubts {
        rows.push((theme.signs().doubt, doubt.clone(), Role::Doubt));
    }
    rows.push(("Profile", app.setup().profile.clone(), Role::Text));
    rows.push(("From", number(&call.from), Role::Text));
    if call.is_private {
        rows.push(("", "the number is withheld".to_owned(), Role::Text));
    }
    rows.push(("Project", app.setup().project.to_string(), Role::Text));
    for (at, uri) in call.options.handler_uris.iter().enumerate() {
        rows.push((
            if at == 0 { "Handlers" } else { "" },
            uri.clone(),
            Role::Text,
        ));
    }
    let area = middle(screen, 64, cells(rows.len() + 6));
    clear(area, buf);
    let inner = framed(pane(theme, "Place this call?", true), area, buf);
    let inner = Rect {
        x: inner.x + 2,
        width: inner.width.saturating_sub(4),
        ..inner
    };
    let last = inner.bottom().saturating_sub(2);
    for (y, (caption, told, role)) in (inner.y + 1..last).zip(&rows) {
        put(buf, inner, (inner.x, y), caption, theme.style(Role::Quiet));
        let room = usize::from(inner.width.saturating_sub(11));
        put(
            buf,
            inner,
            (inner.x + 11, y),
            &text::fit(told, room),
            theme.style(*role),
        );
    }
    let answers = answers(look, confirm.lit, theme);
    let indent = if width_of(&answers) + 11 <= usize::from(inner.width) {
        11
    } else {
        0
    };
    put_all(buf, inner, (inner.x + indent, last), &answers);
}

fn answers(look: &Look, lit: Choice, theme: Theme) -> Vec<Span<'static>> {
    let key = |action| look.hint(Mode::Confirm, action);
    let style = |choice| {
        theme.style(if lit == choice {
            Role::Cursor
        } else {
            Role::Text
        })
    };
    vec![
        Span::styled("[ Cancel ]", style(Choice::Cancel)),
        Span::styled(format!(" {}", key(Action::No)), theme.style(Role::Key)),
        Span::raw("   "),
        Span::styled("[ Place call ]", style(Choice::Place)),
        Span::styled(format!(" {}", key(Action::Yes)), theme.style(Role::Key)),
    ]
}

/// The number as it is written abroad, with its country.
fn number(number: &str) -> String {
    let country = match E164::parse(number).map(E164::plan) {
        Ok(NumberPlan::Possible {
            region: Some(region),
            ..
        }) => format!("  ({region})"),
        Ok(NumberPlan::Possible { region: None, .. } | NumberPlan::Impossible(_)) | Err(_) => {
            String::new()
        }
    };
    format!("{}{country}", Party::from_text(number, false))
}
