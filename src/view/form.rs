//! The new-call form: a field a line, with what is to be said of it beside or below it.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::Span;

use crate::app::{Action, App, Field, Form, Mode, Stage, Weight};

use super::bar::{self, Looks};
use super::layout::middle;
use super::theme::{Role, Theme};
use super::{Look, framed, more_below, pane, put, put_all, text};

/// Cells for the captions.
const CAPTION: u16 = 21;

/// From this width on remarks have room beside the fields.
const BESIDE: u16 = 104;

/// The widest that the form gets.
const WIDEST: u16 = 120;

/// A screen line of the form.
enum Row {
    /// A field.
    Field(Field),
    /// A line of what is to be said of the field above.
    Remark(Field, usize),
    /// A line of what the service said of the whole request.
    Verdict(usize),
    /// A blank.
    Space,
}

/// The lines of the form from top to bottom.
fn rows(form: &Form, inner: Rect) -> Vec<Row> {
    let mut rows = Vec::new();
    for field in form.fields() {
        let apart = matches!(
            field,
            Field::Handler(0)
                | Field::StateUpdate
                | Field::Trigger
                | Field::Label(0)
                | Field::Place
        );
        if apart {
            rows.push(Row::Space);
        }
        rows.push(Row::Field(field));
        let (_, remark) = spaces(inner);
        let lines = remark_lines(form, field, remark).len();
        // Beside the field stands the first of them.
        let first = usize::from(is_wide(inner));
        rows.extend((first..lines).map(|line| Row::Remark(field, line)));
    }
    rows.extend((0..verdict_lines(form, inner).len()).map(Row::Verdict));
    rows
}

/// What the service said of the whole request, in as many lines as that takes.
fn verdict_lines(form: &Form, inner: Rect) -> Vec<String> {
    let room = usize::from(inner.width.saturating_sub(CAPTION));
    form.verdict()
        .map(|verdict| text::wrap(verdict, room, 4))
        .unwrap_or_default()
}

/// Whether remarks have room beside the fields.
fn is_wide(inner: Rect) -> bool {
    inner.width >= BESIDE
}

/// Where input and remarks lie on any line: side by side, or one below the other.
fn spaces(line: Rect) -> (Rect, Rect) {
    let room = line.width.saturating_sub(CAPTION);
    let all = Rect {
        x: line.x + CAPTION,
        width: room,
        ..line
    };
    if !is_wide(line) {
        return (all, all);
    }
    let width = room / 2;
    let input = Rect { width, ..all };
    (
        input,
        Rect {
            x: input.right() + 2,
            width: room.saturating_sub(width + 2),
            ..all
        },
    )
}

/// What is to be said of a field, in as many lines as that takes.
fn remark_lines(form: &Form, field: Field, area: Rect) -> Vec<String> {
    let room = usize::from(area.width.saturating_sub(2)).max(8);
    form.remark(field)
        .map(|remark| text::wrap(&remark.text, room, 3))
        .unwrap_or_default()
}

/// Where the form lies, and what is within its frame.
fn place(area: Rect) -> (Rect, Rect) {
    let outer = middle(area, WIDEST, area.height);
    let inner = Rect {
        x: outer.x + 2,
        y: outer.y + 1,
        width: outer.width.saturating_sub(4),
        height: outer.height.saturating_sub(2),
    };
    (outer, inner)
}

/// The first line in sight, so that the field with the cursor is among them.
fn scrolled(rows: &[Row], focus: Field, height: u16) -> usize {
    let height = usize::from(height.max(1));
    let at = rows
        .iter()
        .position(|row| matches!(row, Row::Field(field) if *field == focus))
        .unwrap_or(0);
    // A line more, for the remark below it.
    (at + 2)
        .saturating_sub(height)
        .min(rows.len().saturating_sub(height))
}

/// The field on a line of the screen, as its place among the fields.
pub(super) fn field_at(app: &App, area: Rect, y: u16) -> Option<usize> {
    let form = app.form()?;
    let (_, inner) = place(area);
    let rows = rows(form, inner);
    let top = scrolled(&rows, form.focus(), inner.height);
    let row = rows.get(top + usize::from(y.checked_sub(inner.y)?))?;
    let (Row::Field(field) | Row::Remark(field, _)) = row else {
        return None;
    };
    form.fields().iter().position(|other| other == field)
}

/// Draws the form; where the cursor is.
pub(super) fn render(app: &App, look: &Look, area: Rect, buf: &mut Buffer) -> Option<Position> {
    let form = app.form()?;
    let theme = look.theme;
    let (outer, inner) = place(area);
    let setup = app.setup();
    let title = format!("New call {} {}", theme.signs().dot, setup.project);
    framed(
        pane(
            theme,
            &text::fit(&title, usize::from(outer.width.saturating_sub(6))),
            true,
        ),
        outer,
        buf,
    );
    let rows = rows(form, inner);
    let top = scrolled(&rows, form.focus(), inner.height);
    let mut cursor = None;
    for (y, row) in (inner.y..inner.bottom()).zip(rows.iter().skip(top)) {
        let line = Rect {
            y,
            height: 1,
            ..inner
        };
        match row {
            Row::Space => {}
            Row::Verdict(at) => {
                if let Some(told) = verdict_lines(form, inner).get(*at) {
                    put(
                        buf,
                        line,
                        (line.x + CAPTION, y),
                        told,
                        theme.style(Role::Bad),
                    );
                }
            }
            Row::Remark(field, at) => remark(form, theme, (*field, *at), spaces(line).1, buf),
            Row::Field(Field::Place) => button(app, look, form, line, buf),
            Row::Field(field) => {
                let at = draw_field(form, theme, *field, line, buf);
                cursor = cursor.or(at);
            }
        }
    }
    let hidden = rows.len().saturating_sub(top + usize::from(inner.height));
    more_below(theme, outer, hidden, buf);
    cursor
}

fn draw_field(
    form: &Form,
    theme: Theme,
    field: Field,
    area: Rect,
    buf: &mut Buffer,
) -> Option<Position> {
    let focused = form.focus() == field;
    let caption = theme.style(if focused { Role::Key } else { Role::Quiet });
    let mark = if focused { theme.signs().cursor } else { " " };
    put(buf, area, (area.x, area.y), mark, caption);
    put(buf, area, (area.x + 2, area.y), field.title(), caption);
    let (input, beside) = spaces(area);
    if is_wide(area) {
        remark(form, theme, (field, 0), beside, buf);
    }
    if let Some((choices, chosen)) = form.choices(field) {
        let mut spans = Vec::new();
        // Of very many the one that holds is among those in sight.
        let room = usize::from(input.width);
        let wide = |from: usize| {
            let shown = choices.get(from..=chosen).unwrap_or_default();
            shown
                .iter()
                .map(|it| text::width(&text::sanitise(it)) + 3)
                .sum::<usize>()
        };
        let first = (0..chosen)
            .find(|&from| wide(from) <= room)
            .unwrap_or(chosen);
        for (at, choice) in choices.iter().enumerate().skip(first) {
            let choice = text::sanitise(choice);
            let held = at == chosen;
            let style = match (held, focused) {
                (true, true) => theme.style(Role::Cursor),
                (true, false) => theme.style(Role::Strong),
                (false, _) => theme.style(Role::Quiet),
            };
            let told = if held {
                format!("[{choice}]")
            } else {
                format!(" {choice} ")
            };
            spans.push(Span::styled(told, style));
            spans.push(Span::raw(" "));
        }
        put_all(buf, input, (input.x, input.y), &spans);
        return None;
    }
    let line = form.line(field)?;
    let wrong = form
        .remark(field)
        .is_some_and(|remark| remark.weight == Weight::Wrong);
    if line.is_empty() {
        let style = theme.style(Role::Quiet);
        put(buf, input, (input.x, input.y), field.example(), style);
        return focused.then_some(Position {
            x: input.x,
            y: input.y,
        });
    }
    let text = theme.style(if focused { Role::Strong } else { Role::Text });
    let span = wrong.then_some(0..line.text().len());
    let looks = Looks {
        text,
        wrong: theme.style(Role::Wrong),
        span,
    };
    let at = bar::line(line, &looks, input, buf);
    focused.then_some(at)
}

/// One line of what is to be said of a field.
fn remark(form: &Form, theme: Theme, (field, at): (Field, usize), area: Rect, buf: &mut Buffer) {
    let Some(remark) = form.remark(field) else {
        return;
    };
    let (sign, role) = match remark.weight {
        Weight::Fact => (theme.signs().good, Role::Quiet),
        Weight::Doubt => (theme.signs().doubt, Role::Doubt),
        Weight::Wrong => (theme.signs().bad, Role::Bad),
    };
    if let Some(line) = remark_lines(form, field, area).get(at) {
        let sign = if at == 0 { sign } else { " " };
        put(
            buf,
            area,
            (area.x, area.y),
            &format!("{sign} {line}"),
            theme.style(role),
        );
    }
}

fn button(app: &App, look: &Look, form: &Form, area: Rect, buf: &mut Buffer) {
    let theme = look.theme;
    let focused = form.focus() == Field::Place;
    let (told, style) = match form.stage() {
        Stage::Sending(_) => (
            format!("sending{}", theme.signs().ellipsis),
            theme.style(Role::Active),
        ),
        Stage::Writing if focused => ("[ Place call ]".to_owned(), theme.style(Role::Cursor)),
        Stage::Writing => ("[ Place call ]".to_owned(), theme.style(Role::Strong)),
    };
    let mut x = put(buf, area, (area.x + CAPTION, area.y), &told, style);
    if *form.stage() == Stage::Writing {
        let key = look.hint(Mode::Form, Action::Place);
        x = put(buf, area, (x + 2, area.y), &key, theme.style(Role::Key));
    }
    if *form.stage() == Stage::Writing {
        let whose = format!(
            "asks first {} profile {}",
            theme.signs().dot,
            app.setup().profile
        );
        let room = usize::from(area.right().saturating_sub(x + 2));
        put(
            buf,
            area,
            (x + 2, area.y),
            &text::fit(&whose, room),
            theme.style(Role::Quiet),
        );
    }
}
