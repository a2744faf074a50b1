//! A sorted list of slots that can be changed and read by position in O(log n).
//!
//! The slots lie in chunks of bounded size; a Fenwick tree over the chunks' lengths answers "which
//! chunk holds position n" and "how many lie before this chunk". The order itself is passed in with
//! each change, so one structure serves the service's order, filtered lists and sorted columns.

use std::cmp::Ordering;

use super::Slot;

/// Chunks are split when they grow past this; big enough that a million calls make few thousand
/// chunks, small enough that moving half of one costs less than a cache miss or two.
const CHUNK: usize = 512;

/// Slots in some order. Every comparison passed in must be the one that the list was built with.
#[derive(Debug, Clone, Default)]
pub struct Order {
    /// None of them empty.
    chunks: Vec<Vec<Slot>>,
    /// Fenwick tree over the chunks' lengths: entry `i` sums the chunks `(i & (i + 1))..=i`.
    sums: Vec<usize>,
    len: usize,
}

impl Order {
    /// Builds the list from slots that are in order already.
    #[must_use]
    pub fn from_sorted(slots: impl IntoIterator<Item = Slot>) -> Self {
        let mut order = Self::default();
        order.append(slots);
        order
    }

    /// How many slots there are.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The slot at a position.
    pub fn get(&self, position: usize) -> Option<Slot> {
        let (chunk, within) = self.chunk_of(position)?;
        self.chunks[chunk].get(within).copied()
    }

    /// The slots from a position on. Finding the first costs O(log n), each further one O(1).
    pub fn iter_from(&self, position: usize) -> impl Iterator<Item = Slot> {
        let (chunk, within) = self.chunk_of(position).unwrap_or((self.chunks.len(), 0));
        let mut rest = self.chunks.get(chunk..).unwrap_or_default().iter();
        let first = rest
            .next()
            .map(|chunk| chunk.get(within..).unwrap_or_default());
        first.into_iter().flatten().chain(rest.flatten()).copied()
    }

    /// The slots before a position, backwards. Finding the first costs O(log n), each further one
    /// O(1).
    pub fn iter_before(&self, position: usize) -> impl Iterator<Item = Slot> {
        let (chunk, within) = self.chunk_of(position).unwrap_or((self.chunks.len(), 0));
        let last = self
            .chunks
            .get(chunk)
            .and_then(|chunk| chunk.get(..within))
            .unwrap_or_default();
        let rest = self.chunks.get(..chunk).unwrap_or_default();
        let rest = rest.iter().rev().flat_map(|chunk| chunk.iter().rev());
        last.iter().rev().chain(rest).copied()
    }

    /// Puts slots behind all others, in their order, which is that of the list.
    pub fn append(&mut self, slots: impl IntoIterator<Item = Slot>) {
        let before = self.len;
        for slot in slots {
            push(&mut self.chunks, slot);
            self.len += 1;
        }
        if self.len > before {
            self.rebuild_sums();
        }
    }

    /// Puts slots before all others, in their order, which is that of the list.
    pub fn prepend(&mut self, slots: impl IntoIterator<Item = Slot>) {
        let mut first = Self::from_sorted(slots);
        if first.is_empty() {
            return;
        }
        first.chunks.append(&mut self.chunks);
        self.chunks = first.chunks;
        self.len += first.len;
        self.rebuild_sums();
    }

    /// All slots in their order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = Slot> {
        self.chunks.iter().flatten().copied()
    }

    /// The position of a slot; nothing if it is not in the list.
    pub fn position(&self, slot: Slot, cmp: impl Fn(Slot, Slot) -> Ordering) -> Option<usize> {
        let (chunk, within) = self.locate(slot, cmp).ok()?;
        Some(self.before(chunk) + within)
    }

    /// How many slots come before the first of which something does not hold, where it holds of all
    /// before that one and of none behind it.
    pub fn partition_point(&self, holds: impl Fn(Slot) -> bool) -> usize {
        let chunk = self
            .chunks
            .partition_point(|chunk| chunk.last().is_some_and(|&last| holds(last)));
        let within = self
            .chunks
            .get(chunk)
            .map_or(0, |slots| slots.partition_point(|&slot| holds(slot)));
        self.before(chunk) + within
    }

    /// The position that a slot has or would have.
    pub fn rank(&self, slot: Slot, cmp: impl Fn(Slot, Slot) -> Ordering) -> usize {
        let (Ok((chunk, within)) | Err((chunk, within))) = self.locate(slot, cmp);
        self.before(chunk) + within
    }

    /// Puts a slot in its place. False if it is there already.
    pub fn insert(&mut self, slot: Slot, cmp: impl Fn(Slot, Slot) -> Ordering) -> bool {
        let Err((chunk, within)) = self.locate(slot, cmp) else {
            return false;
        };
        if self.chunks.is_empty() {
            self.chunks.push(Vec::with_capacity(CHUNK));
            self.sums.push(0);
        }
        self.chunks[chunk].insert(within, slot);
        self.len += 1;
        if self.chunks[chunk].len() > CHUNK {
            let upper = self.chunks[chunk].split_off(CHUNK / 2);
            self.chunks.insert(chunk + 1, upper);
            self.rebuild_sums();
        } else {
            self.adjust(chunk, |sum| sum + 1);
        }
        true
    }

    /// Takes a slot out. False if it is not there.
    pub fn remove(&mut self, slot: Slot, cmp: impl Fn(Slot, Slot) -> Ordering) -> bool {
        let Ok((chunk, within)) = self.locate(slot, cmp) else {
            return false;
        };
        self.chunks[chunk].remove(within);
        self.len -= 1;
        if self.chunks[chunk].is_empty() {
            self.chunks.remove(chunk);
            self.rebuild_sums();
        } else {
            self.adjust(chunk, |sum| sum - 1);
        }
        true
    }

    /// Chunk and place within it where a slot is, or where it belongs.
    fn locate(
        &self,
        slot: Slot,
        cmp: impl Fn(Slot, Slot) -> Ordering,
    ) -> Result<(usize, usize), (usize, usize)> {
        let after = self.chunks.partition_point(|chunk| {
            chunk
                .first()
                .is_some_and(|&first| cmp(first, slot) != Ordering::Greater)
        });
        let chunk = after.saturating_sub(1);
        let Some(slots) = self.chunks.get(chunk) else {
            return Err((0, 0));
        };
        match slots.binary_search_by(|&other| cmp(other, slot)) {
            Ok(within) => Ok((chunk, within)),
            Err(within) => Err((chunk, within)),
        }
    }

    /// Chunk and place within it of a position.
    fn chunk_of(&self, position: usize) -> Option<(usize, usize)> {
        if position >= self.len {
            return None;
        }
        let mut left = position;
        let mut chunk = 0;
        let mut step = self.sums.len().next_power_of_two();
        while step > 0 {
            if let Some(&sum) = self.sums.get(chunk + step - 1)
                && sum <= left
            {
                chunk += step;
                left -= sum;
            }
            step /= 2;
        }
        Some((chunk, left))
    }

    /// How many slots lie before a chunk.
    fn before(&self, chunk: usize) -> usize {
        let mut sum = 0;
        let mut end = chunk;
        while end > 0 {
            sum += self.sums[end - 1];
            end &= end - 1;
        }
        sum
    }

    fn adjust(&mut self, chunk: usize, change: impl Fn(usize) -> usize) {
        let mut at = chunk;
        while let Some(sum) = self.sums.get_mut(at) {
            *sum = change(*sum);
            at |= at + 1;
        }
    }

    /// After chunks were added or taken away: once in some hundreds of changes.
    fn rebuild_sums(&mut self) {
        self.sums.clear();
        self.sums.extend(self.chunks.iter().map(Vec::len));
        for at in 0..self.sums.len() {
            let parent = at | (at + 1);
            if parent < self.sums.len() {
                self.sums[parent] += self.sums[at];
            }
        }
    }
}

fn push(chunks: &mut Vec<Vec<Slot>>, slot: Slot) {
    match chunks.last_mut() {
        // Filled to three quarters, so that the next insertions need no split.
        Some(chunk) if chunk.len() < CHUNK / 4 * 3 => chunk.push(slot),
        _ => {
            let mut chunk = Vec::with_capacity(CHUNK);
            chunk.push(slot);
            chunks.push(chunk);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn by_number(a: Slot, b: Slot) -> Ordering {
        a.cmp(&b)
    }

    proptest! {
        #[test]
        fn it_behaves_like_a_sorted_vector(
            start in proptest::collection::btree_set(0u32..5_000, 0..2_500),
            changes in proptest::collection::vec((any::<bool>(), 0u32..5_000), 0..2_500),
        ) {
            let mut order = Order::from_sorted(start.iter().map(|&n| Slot(n)));
            let mut model: std::collections::BTreeSet<u32> = start;
            for (insert, number) in changes {
                if insert {
                    prop_assert_eq!(order.insert(Slot(number), by_number), model.insert(number));
                } else {
                    prop_assert_eq!(order.remove(Slot(number), by_number), model.remove(&number));
                }
                prop_assert_eq!(order.len(), model.len());
            }
            let sorted: Vec<u32> = model.into_iter().collect();
            let listed: Vec<u32> = order.iter().map(|slot| slot.0).collect();
            prop_assert_eq!(&listed, &sorted);
            let mut backwards: Vec<u32> = order.iter_before(usize::MAX).map(|slot| slot.0).collect();
            backwards.reverse();
            prop_assert_eq!(&backwards, &sorted);
            for (position, &number) in sorted.iter().enumerate() {
                prop_assert_eq!(order.get(position), Some(Slot(number)));
                let before = order.iter_before(position).next();
                prop_assert_eq!(before, position.checked_sub(1).and_then(|at| order.get(at)));
                prop_assert_eq!(order.position(Slot(number), by_number), Some(position));
            }
            prop_assert_eq!(order.get(sorted.len()), None);
            let middle = sorted.len() / 2;
            let tail: Vec<u32> = order.iter_from(middle).map(|slot| slot.0).collect();
            prop_assert_eq!(&tail[..], &sorted[middle..]);
            prop_assert_eq!(order.iter_from(sorted.len()).count(), 0);
            for position in [0, middle, sorted.len()] {
                let mut back: Vec<u32> = order.iter_before(position).map(|slot| slot.0).collect();
                back.reverse();
                prop_assert_eq!(&back[..], &sorted[..position]);
            }
        }

        #[test]
        fn a_list_grows_at_both_ends(
            lengths in proptest::collection::vec((any::<bool>(), 0u32..1_500), 0..8),
        ) {
            let mut order = Order::default();
            let (mut first, mut end) = (100_000, 100_000);
            for (behind, length) in lengths {
                if behind {
                    order.append((end..end + length).map(Slot));
                    end += length;
                } else {
                    first -= length;
                    order.prepend((first..first + length).map(Slot));
                }
                prop_assert_eq!(order.len(), (first..end).len());
            }
            for (position, number) in (first..end).enumerate().step_by(61) {
                prop_assert_eq!(order.get(position), Some(Slot(number)));
                prop_assert_eq!(order.rank(Slot(number), by_number), position);
            }
        }
    }

    #[test]
    fn insertions_at_either_end_keep_positions_right() {
        let mut order = Order::default();
        for number in (0..3_000).rev() {
            assert!(order.insert(Slot(number), by_number));
        }
        for number in 3_000..6_000 {
            assert!(order.insert(Slot(number), by_number));
        }
        for number in (0..6_000).step_by(97) {
            assert_eq!(order.get(number as usize), Some(Slot(number)));
        }
        assert_eq!(order.rank(Slot(7_000), by_number), 6_000);
    }
}
