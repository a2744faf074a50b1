//! What stands on each line of the table: a call, or that calls may be missing between two.

use std::ops::Range;

use chrono::{DateTime, Utc};

use crate::app::App;
use crate::call::Slot;

/// One line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Line {
    /// A call, and how many rows below the first visible one it is.
    Call(Slot, usize),
    /// Not all calls between these times are loaded.
    Gap(Range<DateTime<Utc>>),
}

/// The lines in sight. The gaps take lines of their own, so that the last calls in sight, or the first
/// ones if the cursor is among the last, give way to them. The cost is that of the lines.
pub(super) fn lines(app: &App, height: usize) -> Vec<Line> {
    let table = app.table();
    let mut lines = Vec::with_capacity(height + 1);
    let selected = table.selected(app.store());
    let mut cursor = 0;
    let mut newer: Option<Slot> = None;
    for (row, slot) in table.in_sight(app.store()).enumerate() {
        if table.sort().is_newest_first()
            && let Some(newer) = newer
        {
            let calls = (app.store().call(newer), app.store().call(slot));
            lines.extend(app.gap_between(calls.0, calls.1).map(Line::Gap));
        }
        newer = Some(slot);
        if selected == Some(slot) {
            cursor = lines.len();
        }
        lines.push(Line::Call(slot, row));
    }
    let above = (cursor + 1).saturating_sub(height);
    lines.drain(..above);
    lines.truncate(height);
    lines
}

/// The row of the call on a line, counted from the first visible one.
pub(super) fn row_on(app: &App, height: usize, line: usize) -> Option<usize> {
    match lines(app, height).get(line) {
        Some(Line::Call(_, row)) => Some(*row),
        Some(Line::Gap(_)) | None => None,
    }
}
