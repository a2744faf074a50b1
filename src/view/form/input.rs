//! What a field holds: its text with the cursor, or its choices.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use crate::app::{Edit, Field, Form, Line, Part, Spot, Weight};
use crate::view::bar::{self, Looks};
use crate::view::layout::cells;
use crate::view::theme::{Role, Theme};
use crate::view::{put, text};

/// The button that places the call.
pub(super) const BUTTON: &str = "[ Place call ]";

/// Its width.
pub(super) const BUTTON_CELLS: u16 = 14;

/// Draws a field, or key and value of a label; where the cursor is.
pub(super) fn draw(
    form: &Form,
    theme: Theme,
    fields: &[Field],
    area: Rect,
    buf: &mut Buffer,
) -> Option<Position> {
    let mut cursor = None;
    for (at, (&field, place)) in fields.iter().zip(places(fields, area)).enumerate() {
        if at > 0 {
            let equals = (place.x.saturating_sub(2), area.y);
            put(buf, area, equals, "=", theme.style(Role::Quiet));
        }
        if form.choices(field).is_some() {
            choices(form, theme, field, place, buf);
        } else if let Some(line) = form.line(field) {
            let at = written(form, theme, (field, line), place, buf);
            cursor = cursor.or(at);
        }
    }
    cursor
}

/// What is pointed at in a column of a line of fields.
pub(super) fn spot_at(form: &Form, fields: &[Field], area: Rect, x: u16) -> Option<Spot> {
    let mut places = fields.iter().zip(places(fields, area));
    let &field = fields.first()?;
    let whole = Spot {
        field,
        part: Part::Whole,
    };
    let Some((&field, place)) =
        places.find(|(_, place)| (place.left()..place.right()).contains(&x))
    else {
        return Some(whole);
    };
    if let Some(pieces) = pieces(form, field, place) {
        let hit = pieces.into_iter().find(|piece| piece.cells.contains(&x));
        let part = hit.map_or(Part::Whole, |piece| Part::Choice(piece.choice));
        return Some(Spot { field, part });
    }
    let part = form.line(field).map_or(Part::Whole, |line| {
        let mut line = line.clone();
        if form.focus() != field {
            line.edit(&Edit::Start);
        }
        Part::Byte(bar::byte_at(&line, place, x))
    });
    Some(Spot { field, part })
}

/// Where each of some fields lies on their line: a key takes a third, and its value the rest.
fn places(fields: &[Field], area: Rect) -> Vec<Rect> {
    if fields.len() < 2 {
        return vec![area];
    }
    let key = (area.width / 3).max(6).min(area.width);
    let start = (area.x + key + 3).min(area.right());
    vec![
        Rect { width: key, ..area },
        Rect {
            x: start,
            width: area.right() - start,
            ..area
        },
    ]
}

/// A choice on the screen.
struct Piece {
    choice: usize,
    told: String,
    cells: std::ops::Range<u16>,
}

/// The choices of a field as they lie on its line; only the one that holds where not all have room.
fn pieces(form: &Form, field: Field, area: Rect) -> Option<Vec<Piece>> {
    let (choices, held) = form.choices(field)?;
    let mut x = area.x;
    let mut pieces = Vec::new();
    for (choice, says) in choices.iter().enumerate() {
        // The names of presets are anybody's.
        let says = text::sanitise(says);
        let told = if choice == held {
            format!("[{says}]")
        } else {
            format!(" {says} ")
        };
        let end = x + cells(text::width(&told));
        pieces.push(Piece {
            choice,
            told,
            cells: x..end,
        });
        x = end + 1;
    }
    if pieces
        .last()
        .is_some_and(|last| last.cells.end > area.right())
    {
        pieces.retain(|piece| piece.choice == held);
        for piece in &mut pieces {
            let width = piece.cells.end - piece.cells.start;
            piece.cells = area.x..area.x + width;
        }
    }
    Some(pieces)
}

fn choices(form: &Form, theme: Theme, field: Field, area: Rect, buf: &mut Buffer) {
    let Some((choices, held)) = form.choices(field) else {
        return;
    };
    let focused = form.focus() == field;
    let needs = form.needs(field);
    let pieces = pieces(form, field, area).unwrap_or_default();
    let mut end = area.x;
    for piece in &pieces {
        let role = match (piece.choice == held, focused) {
            (true, true) => Role::Cursor,
            (true, false) if needs.is_none() || held > 0 => Role::Strong,
            (_, _) => Role::Quiet,
        };
        let at = (piece.cells.start, area.y);
        end = put(buf, area, at, &piece.told, theme.style(role)) + 1;
    }
    let aside = match needs {
        // What is chosen all the same has its remark.
        Some(needed) if held == 0 => format!("needs {}", needed.name()),
        _ if pieces.len() < choices.len() => format!("{} of {}", held + 1, choices.len()),
        _ => return,
    };
    put(
        buf,
        area,
        (end + 1, area.y),
        &aside,
        theme.style(Role::Quiet),
    );
}

fn written(
    form: &Form,
    theme: Theme,
    (field, line): (Field, &Line),
    area: Rect,
    buf: &mut Buffer,
) -> Option<Position> {
    let focused = form.focus() == field;
    let needs = form.needs(field);
    if line.is_empty() {
        let example = match needs {
            Some(needed) => format!("needs {}", needed.name()),
            None if is_idle(form, field) => String::new(),
            None => field.example().to_owned(),
        };
        let room = usize::from(area.width);
        let example = text::fit(&example, room);
        put(
            buf,
            area,
            (area.x, area.y),
            &example,
            theme.style(Role::Quiet),
        );
        return focused.then_some(Position {
            x: area.x,
            y: area.y,
        });
    }
    let wrong = form
        .remark(field)
        .is_some_and(|remark| remark.weight == Weight::Wrong);
    let role = match (focused, needs) {
        (true, _) => Role::Strong,
        (false, Some(_)) => Role::Quiet,
        (false, None) => Role::Text,
    };
    if focused {
        let looks = Looks {
            text: theme.style(role),
            wrong: theme.style(Role::Wrong),
            span: wrong.then(|| 0..line.text().len()),
        };
        return Some(bar::line(line, &looks, area, buf));
    }
    let role = if wrong { Role::Wrong } else { role };
    let told = text::fit(line.text(), usize::from(area.width));
    put(buf, area, (area.x, area.y), &told, theme.style(role));
    None
}

/// Whether a field is the second of a free row, whose first says all that there is to say.
fn is_idle(form: &Form, field: Field) -> bool {
    match field {
        Field::LabelValue(row) => {
            row > 0 && form.line(Field::LabelKey(row)).is_none_or(Line::is_empty)
        }
        _ => false,
    }
}
