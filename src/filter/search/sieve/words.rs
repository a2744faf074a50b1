//! Words that are looked for everywhere in a call: for all words of a filter together it is found out
//! which of them stand in a text that many calls share.

use crate::call::{Bits, Columns, PackedNumber, SharedText, SharedTexts, Slot, Store};
use crate::filter::search::matcher::Word;

use super::id::IdTest;
use super::number::NumberTest;
use super::question::{last_segment, place};

/// All words of a filter.
#[derive(Debug, Default)]
pub(super) struct WordSets(Vec<Words>);

/// Which word is meant.
#[derive(Debug, Clone, Copy)]
pub(super) struct WordAt {
    set: usize,
    at: usize,
}

/// As many words as there are bits for.
#[derive(Debug, Default)]
struct Words {
    list: Vec<Anywhere>,
    texts: Found,
    parties: Found,
    legs: Found,
    groups: [Found; 3],
    /// The call that was looked at last, and which words stand in its texts.
    last: Option<(Slot, u32)>,
}

/// A word, and what it comes to in what is not kept as a text.
#[derive(Debug)]
struct Anywhere {
    word: Word,
    names: Box<[(u32, u16)]>,
    numbers: Vec<NumberTest>,
    id: IdTest,
    /// Whether neither a number nor an id that is packed can have it.
    is_in_texts_only: bool,
    /// The characters that a text has at least which has the word.
    needs: u128,
}

impl WordSets {
    /// One more word.
    pub(super) fn add(&mut self, word: &Word) -> WordAt {
        if self.0.last().is_none_or(|set| set.list.len() >= MOST) {
            self.0.push(Words::default());
        }
        let set = self.0.len() - 1;
        let words = &mut self.0[set].list;
        words.push(Anywhere::of(word));
        WordAt {
            set,
            at: words.len() - 1,
        }
    }

    /// Forgets the call that was looked at last, which may have changed.
    pub(super) fn refresh(&mut self) {
        for set in &mut self.0 {
            set.last = None;
        }
    }

    /// Whether a word stands anywhere in a call.
    pub(super) fn holds(&mut self, at: WordAt, store: &Store, slot: Slot) -> bool {
        self.0[at.set].holds(at.at, store, slot)
    }
}

impl Words {
    fn holds(&mut self, at: usize, store: &Store, slot: Slot) -> bool {
        let columns = store.columns();
        let bits = columns.bits(slot);
        let named = |(place, names): &(u32, u16)| *names >> bits.value(*place) & 1 != 0;
        if self.list[at].names.iter().any(named) {
            return true;
        }
        let found = match self.last {
            Some((last, found)) if last == slot => found,
            _ => {
                let found = self.found_in(columns, slot);
                self.last = Some((slot, found));
                found
            }
        };
        if found >> at & 1 != 0 {
            return true;
        }
        let word = &self.list[at];
        if word.is_in_texts_only && bits.has(Bits::ID) {
            return false;
        }
        let in_number = |party: PackedNumber| {
            !party.is_empty() && word.numbers.iter().any(|test| test.holds(party))
        };
        in_number(columns.to(slot))
            || in_number(columns.from(slot))
            || word.in_id(store, slot, bits)
    }

    /// Which words stand in the texts of a call.
    fn found_in(&mut self, columns: &Columns, slot: Slot) -> u32 {
        let Self {
            list: words,
            texts,
            parties,
            legs,
            groups,
            ..
        } = self;
        let mut all = 0;
        let kinds = [
            SharedTexts::Labels,
            SharedTexts::Region,
            SharedTexts::Handlers,
        ];
        for (kind, found) in kinds.into_iter().zip(groups) {
            all |= found.of(columns.group_number(kind, slot), |number| {
                let numbers = columns.group_numbers(kind, number).iter();
                numbers.fold(0, |all, &text| all | texts.words_in(columns, words, text))
            });
        }
        let kinds = [
            SharedText::Error,
            SharedText::Message,
            SharedText::Zone,
            SharedText::Sip,
        ];
        for kind in kinds {
            all |= texts.words_in(columns, words, columns.text_number(kind, slot));
        }
        all |= legs.of(columns.text_number(SharedText::Leg, slot), |leg| {
            let id = last_segment(columns.text(leg));
            those_in(words, id)
        });
        for party in [columns.to(slot), columns.from(slot)] {
            if let Some(text) = party.text_number() {
                all |= parties.of(text, |text| {
                    let text = columns.text(text);
                    let in_digits =
                        |word: &Word| word.digits.iter().any(|digits| digits.matches(text));
                    let found = those_in(words, text);
                    found | those(words, in_digits)
                });
            }
        }
        all
    }
}

impl Anywhere {
    fn of(word: &Word) -> Self {
        let digits = word.digits.iter().map(NumberTest::of);
        let mut numbers: Vec<NumberTest> = Vec::new();
        for test in digits.chain([NumberTest::of_word(&word.text)]) {
            // Digits are looked for as such and as a text, which mostly comes to the same.
            if test != NumberTest::Never && !numbers.contains(&test) {
                numbers.push(test);
            }
        }
        let names = word.named.iter().filter(|(_, names)| *names != 0);
        let id = IdTest::of(&word.text);
        Self {
            names: names
                .map(|(field, names)| (place(*field), *names))
                .collect(),
            is_in_texts_only: numbers.is_empty() && id.is_never(),
            needs: characters(word.text.pieces().into_iter().flat_map(str::bytes)),
            numbers,
            id,
            word: word.clone(),
        }
    }

    fn in_id(&self, store: &Store, slot: Slot, bits: Bits) -> bool {
        if bits.has(Bits::ID) {
            self.id.holds(store.columns().id(slot))
        } else {
            self.word.text.matches(store.call(slot).name.id())
        }
    }
}

/// How many words are looked for together: a bit for each, and one that says that they were.
const MOST: usize = 31;
const KNOWN: u32 = 1 << MOST;

/// The bits of the words of which something holds.
fn those(words: &[Anywhere], holds: impl Fn(&Word) -> bool) -> u32 {
    let bit = |(at, word): (usize, &Anywhere)| u32::from(holds(&word.word)) << at;
    words
        .iter()
        .enumerate()
        .map(bit)
        .fold(0, |all, bit| all | bit)
}

/// The bits of the words that stand in a text: most of them need a character that it does not have.
fn those_in(words: &[Anywhere], text: &str) -> u32 {
    // Beyond ASCII other characters may come to the same without regard to letter case.
    let has = if text.is_ascii() {
        characters(text.bytes())
    } else {
        u128::MAX
    };
    let stands = |word: &Anywhere| word.needs & !has == 0 && word.word.text.matches(text);
    let bit = |(at, word): (usize, &Anywhere)| u32::from(stands(word)) << at;
    words
        .iter()
        .enumerate()
        .map(bit)
        .fold(0, |all, bit| all | bit)
}

/// A bit for each ASCII character that is there, without regard to letter case.
fn characters(bytes: impl Iterator<Item = u8>) -> u128 {
    let ascii = bytes.filter(u8::is_ascii);
    ascii.fold(0, |all, byte| all | 1 << byte.to_ascii_lowercase())
}

/// Which words stand in texts and groups of texts, by their numbers; found out once for each.
#[derive(Debug, Default)]
struct Found(Vec<u32>);

impl Found {
    /// In none, whose number is zero, there is no word.
    fn of(&mut self, number: u32, find: impl FnOnce(u32) -> u32) -> u32 {
        let at = number as usize;
        match self.0.get(at) {
            Some(&found) if found & KNOWN != 0 => found,
            Some(_) | None => {
                let found = if number == 0 { 0 } else { find(number) } | KNOWN;
                if at >= self.0.len() {
                    self.0.resize((at + 1).next_power_of_two(), 0);
                }
                self.0[at] = found;
                found
            }
        }
    }

    fn words_in(&mut self, columns: &Columns, words: &[Anywhere], text: u32) -> u32 {
        self.of(text, |text| those_in(words, columns.text(text)))
    }
}
