//! The rows of one project, oldest first: one per call, column by column, in blocks of bounded size,
//! so that a row is put in anywhere at little cost.

/// How many rows a block has at most.
const ROWS: usize = 8_192;
/// How many rows are looked at in one go: the bits of a mask.
const SLICE: usize = 64;

/// Where a call stands in the order of lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    /// Nanoseconds since 1970.
    pub(super) created: i64,
    /// The last segment of the name, as the number that it is.
    pub(super) id: u128,
}

/// What is known of one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) place: Place,
    pub(super) serial: i64,
    pub(super) callee: u32,
    pub(super) caller: u32,
    pub(super) kind: u32,
}

/// Some rows side by side: no more than a mask has bits.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rows<'a> {
    pub(super) created: &'a [i64],
    pub(super) callee: &'a [u32],
    pub(super) caller: &'a [u32],
    pub(super) kind: &'a [u32],
}

#[derive(Debug, Default)]
struct Block {
    created: Vec<i64>,
    id: Vec<u128>,
    serial: Vec<i64>,
    callee: Vec<u32>,
    caller: Vec<u32>,
    kind: Vec<u32>,
}

/// The calls of one project.
#[derive(Debug, Default)]
pub(super) struct Roll {
    /// None is empty.
    blocks: Vec<Block>,
}

impl Block {
    fn with_room() -> Self {
        Self {
            created: Vec::with_capacity(ROWS),
            id: Vec::with_capacity(ROWS),
            serial: Vec::with_capacity(ROWS),
            callee: Vec::with_capacity(ROWS),
            caller: Vec::with_capacity(ROWS),
            kind: Vec::with_capacity(ROWS),
        }
    }

    fn len(&self) -> usize {
        self.created.len()
    }

    fn place(&self, at: usize) -> Option<Place> {
        Some(Place {
            created: *self.created.get(at)?,
            id: *self.id.get(at)?,
        })
    }

    /// How many rows stand before a place.
    fn before(&self, place: Place) -> usize {
        let mut at = self.created.partition_point(|&it| it < place.created);
        while self.place(at).is_some_and(|other| other < place) {
            at += 1;
        }
        at
    }

    fn insert(&mut self, at: usize, row: Row) {
        self.created.insert(at, row.place.created);
        self.id.insert(at, row.place.id);
        self.serial.insert(at, row.serial);
        self.callee.insert(at, row.callee);
        self.caller.insert(at, row.caller);
        self.kind.insert(at, row.kind);
    }

    /// Takes the rows from a place on away into a block of their own.
    fn split(&mut self, at: usize) -> Self {
        let mut rest = Self::with_room();
        rest.created.extend(self.created.drain(at..));
        rest.id.extend(self.id.drain(at..));
        rest.serial.extend(self.serial.drain(at..));
        rest.callee.extend(self.callee.drain(at..));
        rest.caller.extend(self.caller.drain(at..));
        rest.kind.extend(self.kind.drain(at..));
        rest
    }

    fn rows(&self, from: usize, to: usize) -> Option<Rows<'_>> {
        Some(Rows {
            created: self.created.get(from..to)?,
            callee: self.callee.get(from..to)?,
            caller: self.caller.get(from..to)?,
            kind: self.kind.get(from..to)?,
        })
    }
}

impl Roll {
    /// The block in which a place is or would be, and how many of its rows stand before it.
    fn seek(&self, place: Place) -> (usize, usize) {
        let later = |block: &Block| block.place(0).is_some_and(|first| first <= place);
        let block = self.blocks.partition_point(later).saturating_sub(1);
        let row = self.blocks.get(block).map_or(0, |it| it.before(place));
        (block, row)
    }

    /// Puts a row in where it belongs. One that is there already stays as it is.
    pub(super) fn insert(&mut self, row: Row) {
        let (mut at, mut before) = self.seek(row.place);
        let last = at + 1 >= self.blocks.len();
        match self.blocks.get_mut(at) {
            None => {
                self.blocks.push(Block::with_room());
            }
            Some(block) if block.place(before) == Some(row.place) => return,
            Some(block) if block.len() < ROWS => {}
            Some(block) if last && before == block.len() => {
                // Calls come in order, nearly all of them: their blocks become full.
                self.blocks.push(Block::with_room());
                (at, before) = (at + 1, 0);
            }
            Some(block) => {
                let half = ROWS / 2;
                let rest = block.split(half);
                self.blocks.insert(at + 1, rest);
                if before > half {
                    (at, before) = (at + 1, before - half);
                }
            }
        }
        if let Some(block) = self.blocks.get_mut(at) {
            block.insert(before, row);
        }
    }

    /// The kind of the call at a place.
    pub(super) fn kind(&self, place: Place) -> Option<u32> {
        let (at, row) = self.seek(place);
        let block = self.blocks.get(at)?;
        let there = block.place(row) == Some(place);
        block.kind.get(row).filter(|_| there).copied()
    }

    /// The kind of the call at a place, to be changed.
    pub(super) fn kind_mut(&mut self, place: Place) -> Option<&mut u32> {
        let (at, row) = self.seek(place);
        let block = self.blocks.get_mut(at)?;
        if block.place(row) != Some(place) {
            return None;
        }
        block.kind.get_mut(row)
    }

    /// Goes through the rows created within `times`, newest first, beginning before a place if one
    /// is given, and has `sift` tell which of some rows are wanted: a bit for each. Ends after
    /// `most` of them.
    pub(super) fn newest(
        &self,
        (from, to): (i64, i64),
        before: Option<Place>,
        most: usize,
        sift: impl Fn(Rows<'_>) -> u64,
    ) -> Vec<(i64, Place)> {
        let mut found = Vec::new();
        let latest = Place {
            created: to,
            id: u128::MAX,
        };
        // What has the last time of all is wanted too, and no id is the largest of all numbers.
        let end = before.map_or(latest, |before| before.min(latest));
        let (mut at, mut row) = self.seek(end);
        loop {
            let Some(block) = self.blocks.get(at) else {
                return found;
            };
            while row > 0 {
                let start = row.saturating_sub(SLICE);
                let mut wanted = block.rows(start, row).map_or(0, &sift);
                while wanted != 0 {
                    let bit = wanted.ilog2();
                    wanted ^= 1 << bit;
                    let index = start + bit as usize;
                    if let (Some(&serial), Some(place)) =
                        (block.serial.get(index), block.place(index))
                    {
                        found.push((serial, place));
                    }
                    if found.len() >= most {
                        return found;
                    }
                }
                row = start;
                if block.created.get(row).is_some_and(|&it| it < from) {
                    return found;
                }
            }
            let Some(earlier) = at.checked_sub(1) else {
                return found;
            };
            at = earlier;
            row = self.blocks.get(at).map_or(0, Block::len);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn row(number: u32) -> Row {
        // Many share a time.
        let created = i64::from(number / 7);
        let id = u128::from(number % 7) * 31 % 7;
        Row {
            place: Place { created, id },
            serial: i64::from(number),
            callee: number,
            caller: number,
            kind: number % 3,
        }
    }

    fn shuffled(count: u32) -> Vec<Row> {
        // Prime to the counts used here, so that each number comes once.
        (0..count).map(|at| row((at * 7_919) % count)).collect()
    }

    #[test]
    fn rows_come_out_in_their_order_whatever_order_they_came_in() {
        for rows in [
            shuffled(20_000),
            (0..20_000).map(row).collect(),
            (0..20_000).rev().map(row).collect(),
        ] {
            let mut roll = Roll::default();
            let mut expected = rows.clone();
            expected.sort_by_key(|row| std::cmp::Reverse(row.place));
            for row in rows {
                roll.insert(row);
                roll.insert(row);
            }
            assert!(roll.blocks.iter().all(|block| block.len() <= ROWS));
            let all = roll.newest((i64::MIN, i64::MAX), None, usize::MAX, |rows| {
                assert!(rows.kind.len() <= SLICE);
                u64::MAX >> (64 - rows.kind.len())
            });
            assert!(
                all.iter()
                    .map(|(serial, _)| *serial)
                    .eq(expected.iter().map(|row| row.serial))
            );
        }
    }

    #[test]
    fn an_empty_roll_has_no_rows() {
        let mut roll = Roll::default();
        let all = roll.newest((i64::MIN, i64::MAX), None, 10, |_| u64::MAX);
        assert_eq!(all, []);
        assert_eq!(roll.kind_mut(row(1).place), None);
    }

    proptest! {
        #[test]
        fn pages_are_slices_of_what_was_asked_for(
            count in prop::sample::select(vec![1_u32, 63, 64, 65, 200, 9_000]),
            from in 0_i64..1_300,
            to in 0_i64..1_300,
            after in prop::option::of(0_u32..9_000),
            most in 1_usize..300,
            kind in 0_u32..3,
        ) {
            let rows = shuffled(count);
            let mut roll = Roll::default();
            for row in &rows {
                roll.insert(*row);
            }
            // Kinds change; places that are not there are not.
            for number in 0..count + 5 {
                let place = row(number).place;
                prop_assert_eq!(roll.kind(place).is_some(), number < count);
                if let Some(kind) = roll.kind_mut(place) {
                    *kind = (*kind + 1) % 3;
                }
            }
            let before = after.map(|number| row(number).place);
            let mut expected: Vec<(i64, Place)> = rows
                .iter()
                .filter(|row| (row.kind + 1) % 3 == kind)
                .filter(|row| (from..=to).contains(&row.place.created))
                .filter(|row| before.is_none_or(|before| row.place < before))
                .map(|row| (row.serial, row.place))
                .collect();
            expected.sort_by_key(|(_, place)| std::cmp::Reverse(*place));
            expected.truncate(most);
            let found = roll.newest((from, to), before, most, |rows| {
                let bits = rows.kind.iter().zip(rows.created).enumerate();
                bits.fold(0, |mask, (bit, (it, created))| {
                    mask | u64::from(*it == kind && *created >= from) << bit
                })
            });
            prop_assert_eq!(found, expected);
        }
    }
}
