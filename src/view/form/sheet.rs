//! The lines of the form, and which of them are in sight.

use ratatui::layout::Rect;

use crate::app::{Field, Form, Remark, Weight};
use crate::view::layout::middle;
use crate::view::text;

/// Cells for the captions where they stand before the fields.
const CAPTION: u16 = 21;

/// From this width on remarks have room beside the fields.
const BESIDE: u16 = 104;

/// Below this width captions stand above the fields.
const STACKED: u16 = 56;

/// The widest that the form gets.
const WIDEST: u16 = 124;

/// A screen line of the form.
pub(super) enum Row {
    /// A blank.
    Space,
    /// What stands before a field, on a line of its own.
    Caption(Vec<Field>),
    /// A field, or key and value of a label, and the beginning of what is said of it.
    Input {
        fields: Vec<Field>,
        beside: Option<(Weight, String)>,
    },
    /// A line of what is to be said of the field above.
    Said {
        fields: Vec<Field>,
        weight: Weight,
        text: String,
        /// Whether it is the first such line.
        first: bool,
    },
    /// A line of what the service said of the whole request.
    Verdict(String),
}

impl Row {
    fn is_of(&self, field: Field) -> bool {
        match self {
            Self::Space | Self::Verdict(_) => false,
            Self::Caption(fields) | Self::Input { fields, .. } | Self::Said { fields, .. } => {
                fields.contains(&field)
            }
        }
    }

    /// Whether this line begins what is said of something that is wrong.
    pub(super) fn is_wrong(&self) -> bool {
        match self {
            Self::Space | Self::Verdict(_) | Self::Caption(_) => false,
            Self::Input { beside, .. } => {
                matches!(beside, Some((weight, _)) if *weight == Weight::Wrong)
            }
            Self::Said { weight, first, .. } => *first && *weight == Weight::Wrong,
        }
    }
}

/// How captions, fields and remarks lie.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Manner {
    /// All three side by side.
    Wide,
    /// Remarks below the fields.
    Middle,
    /// One below the other.
    Stacked,
}

/// The form on the screen.
pub(super) struct Sheet {
    /// With its frame.
    pub(super) outer: Rect,
    inner: Rect,
    manner: Manner,
    rows: Vec<Row>,
    top: usize,
}

impl Sheet {
    pub(super) fn of(form: &Form, area: Rect) -> Self {
        let outer = middle(area, WIDEST, area.height);
        let inner = Rect {
            x: outer.x + 2,
            y: outer.y + 1,
            width: outer.width.saturating_sub(4),
            height: outer.height.saturating_sub(2),
        };
        let manner = match inner.width {
            BESIDE.. => Manner::Wide,
            STACKED.. => Manner::Middle,
            _ => Manner::Stacked,
        };
        let mut sheet = Self {
            outer,
            inner,
            manner,
            rows: Vec::new(),
            top: 0,
        };
        sheet.fill(form);
        sheet.top = sheet.scrolled(form.focus());
        sheet
    }

    pub(super) fn is_stacked(&self) -> bool {
        self.manner == Manner::Stacked
    }

    fn fill(&mut self, form: &Form) {
        let mut fields = form.fields().into_iter();
        while let Some(field) = fields.next() {
            let apart = matches!(
                field,
                Field::Handler(0)
                    | Field::StateUpdate
                    | Field::Trigger
                    | Field::LabelKey(0)
                    | Field::Place
            );
            if apart {
                self.rows.push(Row::Space);
            }
            let mut group = vec![field];
            if matches!(field, Field::LabelKey(_)) {
                group.extend(fields.next());
            }
            self.put(form, &group);
        }
        let room = usize::from(self.input(self.inner).width);
        let verdict = form.verdict().map(|verdict| text::wrap(verdict, room, 4));
        self.rows
            .extend(verdict.unwrap_or_default().into_iter().map(Row::Verdict));
    }

    /// The lines of one field, or of key and value of a label.
    fn put(&mut self, form: &Form, fields: &[Field]) {
        let told = heaviest(form, fields);
        let room = usize::from(self.remark(self.inner).width.saturating_sub(2)).max(8);
        let mut lines = match &told {
            Some(told) => text::wrap(&told.text, room, 3),
            None => Vec::new(),
        }
        .into_iter();
        let weight = told.map_or(Weight::Hint, |told| told.weight);
        let is_button = fields.first() == Some(&Field::Place);
        if self.is_stacked() && !is_button && !is_continued(fields) {
            self.rows.push(Row::Caption(fields.to_vec()));
        }
        let beside = match self.manner {
            Manner::Wide => lines.next().map(|line| (weight, line)),
            Manner::Middle | Manner::Stacked => None,
        };
        let mut first = beside.is_none();
        self.rows.push(Row::Input {
            fields: fields.to_vec(),
            beside,
        });
        for text in lines {
            self.rows.push(Row::Said {
                fields: fields.to_vec(),
                weight,
                text,
                first,
            });
            first = false;
        }
    }

    /// Where a field lies on a line.
    pub(super) fn input(&self, line: Rect) -> Rect {
        let caption = match self.manner {
            Manner::Wide | Manner::Middle => CAPTION,
            Manner::Stacked => 2,
        };
        let room = line.width.saturating_sub(caption);
        Rect {
            x: line.x + caption.min(line.width),
            width: match self.manner {
                Manner::Wide => room / 2,
                Manner::Middle | Manner::Stacked => room,
            },
            ..line
        }
    }

    /// Where that lies which is said of a field.
    pub(super) fn remark(&self, line: Rect) -> Rect {
        let input = self.input(line);
        match self.manner {
            Manner::Wide => Rect {
                x: input.right() + 2,
                width: line.right().saturating_sub(input.right() + 2),
                ..line
            },
            Manner::Middle | Manner::Stacked => input,
        }
    }

    /// The first line in sight: the field with the cursor is in sight with all that is said of it,
    /// and as much above it as below.
    fn scrolled(&self, focus: Field) -> usize {
        let height = usize::from(self.inner.height.max(1));
        let first = self.rows.iter().position(|row| row.is_of(focus));
        let first = first.unwrap_or(0);
        let last = self.rows.iter().rposition(|row| row.is_of(focus));
        let lines = last.map_or(1, |last| last + 1 - first);
        let above = height.saturating_sub(lines) / 2;
        first
            .saturating_sub(above)
            .min(self.rows.len().saturating_sub(height))
    }

    /// The rows in sight, each with its line of the screen.
    pub(super) fn in_sight(&self) -> impl Iterator<Item = (&Row, Rect)> {
        let lines = (self.inner.y..self.inner.bottom()).map(|y| Rect {
            y,
            height: 1,
            ..self.inner
        });
        self.rows.iter().skip(self.top).zip(lines)
    }

    /// The rows above and below those in sight.
    pub(super) fn out_of_sight(&self) -> (&[Row], &[Row]) {
        let (above, rest) = self.rows.split_at(self.top.min(self.rows.len()));
        let height = usize::from(self.inner.height).min(rest.len());
        (above, rest.split_at(height).1)
    }
}

/// Whether the line above has the caption for these fields too.
fn is_continued(fields: &[Field]) -> bool {
    match fields.first() {
        Some(Field::Handler(row) | Field::LabelKey(row)) => *row > 0,
        _ => false,
    }
}

/// What weighs most of what is to be said of some fields.
fn heaviest(form: &Form, fields: &[Field]) -> Option<Remark> {
    let remarks = fields.iter().filter_map(|&field| form.remark(field));
    // Of equals the first.
    remarks.reduce(|first, other| {
        if other.weight > first.weight {
            other
        } else {
            first
        }
    })
}
