//! The new-call form: a field a line, with what is to be said of it beside or below it.

mod input;
mod sheet;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use crate::app::{Action, App, Field, Form, Mode, Part, Spot, Stage, Weight};

use super::theme::{Role, Theme};
use super::{Look, framed, pane, put, text, told_on_edge};
use sheet::{Row, Sheet};

/// What of the form lies at a place of the screen.
pub(super) fn spot_at(app: &App, area: Rect, at: Position) -> Option<Spot> {
    let form = app.form()?;
    let sheet = Sheet::of(form, area);
    let (row, line) = sheet.in_sight().find(|(_, line)| line.contains(at))?;
    match row {
        Row::Space | Row::Verdict(_) => None,
        Row::Caption(fields) | Row::Said { fields, .. } => fields.first().map(|&field| Spot {
            field,
            part: Part::Whole,
        }),
        Row::Input { fields, .. } if fields.first() == Some(&Field::Place) => {
            let button = sheet.input(line).x..sheet.input(line).x + input::BUTTON_CELLS;
            Some(Spot {
                field: Field::Place,
                part: if button.contains(&at.x) {
                    Part::Choice(0)
                } else {
                    Part::Whole
                },
            })
        }
        Row::Input { fields, .. } => input::spot_at(form, fields, sheet.input(line), at.x),
    }
}

/// Draws the form; where the cursor is.
pub(super) fn render(app: &App, look: &Look, area: Rect, buf: &mut Buffer) -> Option<Position> {
    let form = app.form()?;
    let theme = look.theme;
    let sheet = Sheet::of(form, area);
    let room = usize::from(sheet.outer.width.saturating_sub(6));
    let title = title(app, form, theme);
    framed(
        pane(theme, &text::fit(&title, room), true),
        sheet.outer,
        buf,
    );
    let mut cursor = None;
    for (row, line) in sheet.in_sight() {
        match row {
            Row::Space => {}
            Row::Verdict(told) => {
                let at = (sheet.input(line).x, line.y);
                put(buf, line, at, told, theme.style(Role::Bad));
            }
            Row::Caption(fields) => caption(form, theme, fields, line, buf),
            Row::Said {
                weight,
                text,
                first,
                ..
            } => said(theme, *weight, (text, *first), sheet.remark(line), buf),
            Row::Input { fields, beside } => {
                if !sheet.is_stacked() {
                    caption(form, theme, fields, line, buf);
                } else if fields.contains(&form.focus()) {
                    let mark = theme.signs().cursor;
                    put(buf, line, (line.x, line.y), mark, theme.style(Role::Key));
                }
                if let Some((weight, text)) = beside {
                    said(theme, *weight, (text, true), sheet.remark(line), buf);
                }
                if fields.first() == Some(&Field::Place) {
                    button(app, look, (sheet.input(line), line), buf);
                } else {
                    let at = input::draw(form, theme, fields, sheet.input(line), buf);
                    cursor = cursor.or(at);
                }
            }
        }
    }
    marks(theme, &sheet, buf);
    cursor
}

/// What the form is for; while that matters more, how its request stands: the rows that say so may be
/// out of sight.
fn title(app: &App, form: &Form, theme: Theme) -> String {
    let signs = theme.signs();
    match (form.stage(), form.verdict()) {
        (Stage::Sending(_), _) => format!(
            "New call {} sending to {}{}",
            signs.dot,
            form.new_call().to,
            signs.ellipsis
        ),
        (Stage::Writing, Some(verdict)) => {
            format!(
                "New call {} {} {}",
                signs.dot,
                signs.bad,
                text::sanitise(verdict)
            )
        }
        (Stage::Writing, None) => format!("New call {} {}", signs.dot, app.setup().project),
    }
}

/// Says on the edges how much is out of sight there, and whether something of that is not right.
fn marks(theme: Theme, sheet: &Sheet, buf: &mut Buffer) {
    let signs = theme.signs();
    let (above, below) = sheet.out_of_sight();
    let last = sheet.outer.bottom().saturating_sub(1);
    for (rows, sign, y) in [(above, signs.up, sheet.outer.y), (below, signs.down, last)] {
        let wrong = rows.iter().filter(|row| row.is_wrong()).count();
        let wrong = match wrong {
            0 => String::new(),
            wrong => format!(", {wrong} not right"),
        };
        let told = format!(" {sign} {} more{wrong} ", rows.len());
        told_on_edge(theme, sheet.outer, (y, rows.len()), &told, buf);
    }
}

/// What stands before a field. What depends on another field hangs on it by a branch.
fn caption(form: &Form, theme: Theme, fields: &[Field], area: Rect, buf: &mut Buffer) {
    let Some(&field) = fields.first() else {
        return;
    };
    let signs = theme.signs();
    let focused = fields.contains(&form.focus());
    let style = theme.style(if focused { Role::Key } else { Role::Quiet });
    if focused {
        put(buf, area, (area.x, area.y), signs.cursor, style);
    }
    let (branch, indent) = match field {
        Field::TrimSilence | Field::RecordingReady => (signs.branch, 0),
        Field::Transcribe => (signs.last_branch, 0),
        Field::TranscriptionReady => (signs.last_branch, 2),
        Field::To
        | Field::From
        | Field::Private
        | Field::Handler(_)
        | Field::StateUpdate
        | Field::Timeout
        | Field::Trigger
        | Field::LabelKey(_)
        | Field::LabelValue(_)
        | Field::Place
        | Field::Preset => ("", 0),
    };
    let mut x = area.x + 2 + indent;
    if !branch.is_empty() {
        x = put(buf, area, (x, area.y), branch, theme.style(Role::Quiet)) + 1;
    }
    let title = match field {
        Field::Handler(row) | Field::LabelKey(row) if row > 0 => "",
        _ => field.title(),
    };
    put(buf, area, (x, area.y), title, style);
    if let Field::Handler(row) = field {
        let number = (row + 1).to_string();
        put(
            buf,
            area,
            (area.x + 19, area.y),
            &number,
            theme.style(Role::Quiet),
        );
    }
}

/// One line of what is to be said of a field.
fn said(theme: Theme, weight: Weight, (told, first): (&str, bool), area: Rect, buf: &mut Buffer) {
    let signs = theme.signs();
    let (sign, role) = match weight {
        Weight::Hint => (signs.ellipsis, Role::Quiet),
        Weight::Fact => (signs.good, Role::Quiet),
        Weight::Doubt => (signs.doubt, Role::Doubt),
        Weight::Wrong => (signs.bad, Role::Bad),
    };
    let sign = if first { sign } else { " " };
    put(
        buf,
        area,
        (area.x, area.y),
        &format!("{sign} {told}"),
        theme.style(role),
    );
}

/// The button, where inputs begin, and beside it what is missing.
fn button(app: &App, look: &Look, (area, line): (Rect, Rect), buf: &mut Buffer) {
    let Some(form) = app.form() else { return };
    let theme = look.theme;
    let at = (area.x, area.y);
    let role = match form.stage() {
        Stage::Sending(_) => {
            let told = format!("sending{}", theme.signs().ellipsis);
            put(buf, line, at, &told, theme.style(Role::Active));
            return;
        }
        Stage::Writing if form.focus() == Field::Place => Role::Cursor,
        Stage::Writing => Role::Strong,
    };
    let x = put(buf, line, at, input::BUTTON, theme.style(role));
    let key = look.hint(Mode::Form, Action::Place);
    let x = put(buf, line, (x + 2, area.y), &key, theme.style(Role::Key)) + 2;
    let told = match still_needed(form) {
        Some(names) => format!("not yet: {names}"),
        None => format!(
            "asks first {} profile {}",
            theme.signs().dot,
            app.setup().profile
        ),
    };
    let room = usize::from(line.right().saturating_sub(x));
    let told = text::fit(&told, room);
    put(buf, line, (x, area.y), &told, theme.style(Role::Quiet));
}

/// The names of the fields that are not right yet, each once.
fn still_needed(form: &Form) -> Option<String> {
    let mut names: Vec<&str> = form.wrong().into_iter().map(Field::name).collect();
    names.dedup();
    (!names.is_empty()).then(|| names.join(", "))
}
