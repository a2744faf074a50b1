//! The texts of `to` and `from`, each kept once and known by a number.

use std::hash::BuildHasher as _;

use hashbrown::{DefaultHashBuilder, HashTable};

/// Every text that was ever taken in, one after the other.
#[derive(Debug, Default)]
pub(super) struct Texts {
    all: String,
    /// Where each text ends in `all`.
    ends: Vec<usize>,
    by_text: HashTable<u32>,
    hasher: DefaultHashBuilder,
}

impl Texts {
    /// The number of a text, which is taken in if it is new.
    pub(super) fn number(&mut self, text: &str) -> u32 {
        let hash = self.hasher.hash_one(text);
        let known = self.by_text.find(hash, |&number| self.text(number) == text);
        if let Some(&number) = known {
            return number;
        }
        // Four billion texts are far beyond what memory takes.
        let number = u32::try_from(self.ends.len()).unwrap_or(u32::MAX);
        self.all.push_str(text);
        self.ends.push(self.all.len());
        let Self {
            all,
            ends,
            by_text,
            hasher,
        } = self;
        by_text.insert_unique(hash, number, |&number| {
            hasher.hash_one(text_at(all, ends, number))
        });
        number
    }

    /// All texts in the order of their numbers.
    pub(super) fn iter(&self) -> impl Iterator<Item = &str> {
        let starts = std::iter::once(&0).chain(&self.ends);
        let ranges = starts.zip(&self.ends);
        ranges.map(|(start, end)| self.all.get(*start..*end).unwrap_or_default())
    }

    fn text(&self, number: u32) -> &str {
        text_at(&self.all, &self.ends, number)
    }
}

fn text_at<'a>(all: &'a str, ends: &[usize], number: u32) -> &'a str {
    let number = number as usize;
    let start = number.checked_sub(1).and_then(|before| ends.get(before));
    let range = ends
        .get(number)
        .map(|&end| start.copied().unwrap_or_default()..end);
    range.and_then(|range| all.get(range)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_text_has_one_number_and_keeps_it() {
        let mut texts = Texts::default();
        let words = ["+61491570006", "", "é", "+61491570006", "\0", "", "a"];
        let numbers = words.map(|word| texts.number(word));
        assert_eq!(numbers, [0, 1, 2, 0, 3, 1, 4]);
        for more in 0..10_000 {
            texts.number(&format!("+{more}"));
        }
        assert_eq!(words.map(|word| texts.number(word)), numbers);
        let all: Vec<&str> = texts.iter().take(5).collect();
        assert_eq!(all, ["+61491570006", "", "é", "\0", "a"]);
        assert_eq!(texts.iter().count(), 10_005);
    }
}
