//! Where a cell stands in the text of its file: the reader of CSV tells it of rows only.

/// A row in the text of the file, to find the places of its cells.
pub(super) struct Line<'a> {
    pub(super) number: u64,
    /// From the row's first character on.
    rest: &'a str,
}

impl<'a> Line<'a> {
    pub(super) fn of(text: &'a str, record: &csv::StringRecord) -> Self {
        let (byte, number) = record
            .position()
            .map_or((0, 1), |at| (at.byte(), at.line()));
        let from = usize::try_from(byte).unwrap_or(text.len());
        let rest = text.get(from..).unwrap_or_default();
        // The reader begins a row where the one before it ended; empty lines lie between.
        let skipped = rest.len() - rest.trim_start_matches(['\r', '\n']).len();
        let (before, rest) = rest.split_at(skipped);
        let lines = before.matches('\n').count();
        let counted = u64::try_from(lines).unwrap_or_default();
        Self {
            number: number + counted,
            rest,
        }
    }

    /// Line and column of a cell, the column in characters.
    pub(super) fn place(&self, cell: usize) -> (u64, usize) {
        let (mut line, mut column, mut at) = (self.number, 1, 0);
        let (mut quoted, mut begins, mut closed) = (false, true, false);
        for c in self.rest.chars() {
            if at == cell && begins {
                break;
            }
            match c {
                // Two of them within quotes are one that is meant.
                '"' if quoted || begins || closed => quoted = !quoted,
                ',' if !quoted => at += 1,
                '\n' if !quoted => break,
                _ => {}
            }
            closed = c == '"' && !quoted;
            begins = c == ',' && !quoted;
            column += 1;
            if c == '\n' {
                (line, column) = (line + 1, 1);
            }
        }
        (line, column)
    }
}
