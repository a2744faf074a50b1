//! Values that many calls share: each kept once, known by a number, and forgotten with its last use.

use std::hash::{BuildHasher as _, Hash};

use hashbrown::{DefaultHashBuilder, HashTable};

/// Shared values. Number 0 is the empty one, which is always there.
#[derive(Debug)]
pub(super) struct Pool<T: ?Sized> {
    values: Vec<Shared<T>>,
    numbers: HashTable<u32>,
    hasher: DefaultHashBuilder,
    /// Numbers whose values were forgotten.
    free: Vec<u32>,
    /// How often a number has come to stand for another value.
    reused: u64,
}

#[derive(Debug)]
struct Shared<T: ?Sized> {
    value: Box<T>,
    uses: u32,
}

impl<T: ?Sized> Default for Pool<T>
where
    Box<T>: Default,
{
    fn default() -> Self {
        Self {
            values: vec![Shared {
                value: Box::default(),
                uses: 1,
            }],
            numbers: HashTable::new(),
            hasher: DefaultHashBuilder::default(),
            free: Vec::new(),
            reused: 0,
        }
    }
}

impl<T: ?Sized + Hash + Eq> Pool<T>
where
    Box<T>: Default + for<'a> From<&'a T>,
{
    /// The value of a number.
    pub(super) fn get(&self, number: u32) -> &T {
        &self.values[number as usize].value
    }

    /// How often a number has come to stand for another value than before.
    pub(super) fn reused(&self) -> u64 {
        self.reused
    }

    /// Counts one more use of a value; its number, and whether it was not there before.
    pub(super) fn take(&mut self, value: &T) -> (u32, bool) {
        if *value == *self.values[0].value {
            return (0, false);
        }
        let hash = self.hasher.hash_one(value);
        let values = &self.values;
        let known = self
            .numbers
            .find(hash, |&number| *values[number as usize].value == *value);
        if let Some(&number) = known {
            self.values[number as usize].uses += 1;
            return (number, false);
        }
        let shared = Shared {
            value: value.into(),
            uses: 1,
        };
        let number = if let Some(number) = self.free.pop() {
            self.reused += 1;
            self.values[number as usize] = shared;
            number
        } else {
            // A use is a field of a call, and of those there are fewer.
            let number = u32::try_from(self.values.len()).unwrap_or(u32::MAX);
            self.values.push(shared);
            number
        };
        let (values, hasher) = (&self.values, &self.hasher);
        self.numbers.insert_unique(hash, number, |&number| {
            hasher.hash_one(&*values[number as usize].value)
        });
        (number, true)
    }

    /// Counts one more use of the value of a number that is used.
    pub(super) fn take_again(&mut self, number: u32) {
        if number != 0 {
            self.values[number as usize].uses += 1;
        }
    }

    /// Counts one use less; the value, if that was the last one.
    pub(super) fn release(&mut self, number: u32) -> Option<Box<T>> {
        if number == 0 {
            return None;
        }
        let shared = &mut self.values[number as usize];
        shared.uses -= 1;
        if shared.uses > 0 {
            return None;
        }
        let value = std::mem::take(&mut shared.value);
        let hash = self.hasher.hash_one(&*value);
        if let Ok(entry) = self.numbers.find_entry(hash, |&other| other == number) {
            entry.remove();
        }
        self.free.push(number);
        Some(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_kept_once_and_as_long_as_it_is_used() {
        let mut pool = Pool::<str>::default();
        assert_eq!(pool.take(""), (0, false));
        let (a, _) = pool.take("a");
        assert_eq!(pool.take("a"), (a, false));
        pool.take_again(a);
        assert_eq!(pool.release(a), None);
        assert_eq!(pool.release(a), None);
        assert_eq!(pool.get(a), "a");
        assert_eq!(pool.release(a).as_deref(), Some("a"));
        assert_eq!((pool.take("b"), pool.reused()), ((a, true), 1));
        assert_eq!(pool.get(a), "b");
        assert!(pool.take("a").1);
        assert_eq!(pool.release(0), None);
    }
}
