//! One condition, made to be asked of the columns.

use crate::call::{ABSENT, Bits, Columns, PackedNumber, SharedText, SharedTexts, Slot, Store};
use crate::filter::search::attribute::{Attribute, End, Flag, Length, Text};
use crate::filter::search::fold::FoldedPattern;
use crate::filter::search::matcher::{Ask, Between, Enum, Wanted};

use super::Verdicts;
use super::id::IdTest;
use super::number::NumberTest;
use super::words::{WordAt, WordSets};

/// What is asked of one call.
#[derive(Debug)]
pub(super) enum Question {
    /// One of the values whose bits are set, from one of the columns' bits on.
    Named(u32, u16),
    /// A value without a name.
    Numbered(Enum, i32),
    Created(Stretch),
    Flag(u32),
    Length(Length, Between<u64>),
    Party(End, Party),
    HasParty(End),
    HasLength(Length),
    HasPrice,
    Price(Stretch, Option<(Box<str>, Verdicts)>),
    Text(SharedText, FoldedPattern, Verdicts),
    HasText(SharedText),
    Leg(FoldedPattern, Verdicts),
    Texts(SharedTexts, FoldedPattern, Verdicts),
    HasTexts(SharedTexts, Verdicts),
    Label(Box<str>, FoldedPattern, Verdicts),
    HasLabel(Box<str>, Verdicts),
    Id(Box<Name>),
    HasCreated,
    HasId,
    /// A word of the sieve's.
    Word(WordAt),
}

/// From a number to another, both included; none if the first is greater.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stretch {
    first: i64,
    last: i64,
}

impl Stretch {
    const NONE: Self = Self { first: 1, last: 0 };

    fn of(from: Option<i128>, before: Option<i128>) -> Self {
        // What is absent is the least of all, and in no stretch.
        let lowest = i128::from(ABSENT) + 1;
        let first = i64::try_from(from.map_or(lowest, |from| from.max(lowest)));
        let highest = i128::from(i64::MAX);
        let last = i64::try_from(before.map_or(highest, |before| (before - 1).min(highest)));
        match (first, last) {
            (Ok(first), Ok(last)) => Self { first, last },
            _ => Self::NONE,
        }
    }

    fn holds(self, value: i64) -> bool {
        value >= self.first && value <= self.last
    }
}

/// What is looked for in a number or an address.
#[derive(Debug)]
pub(super) struct Party {
    number: NumberTest,
    wanted: Wanted,
    texts: Verdicts,
}

/// What is looked for in the id or the whole name.
#[derive(Debug)]
pub(super) struct Name {
    id: IdTest,
    whole: Whole,
    pattern: FoldedPattern,
    prefixes: Verdicts,
}

/// How a pattern can fit the whole name where it does not fit the id.
#[derive(Debug)]
enum Whole {
    /// In no way.
    Never,
    /// By what stands before the id.
    Prefix,
    /// By both, of which this is before the id, and this the id.
    Both(FoldedPattern, IdTest),
    /// By some of its pieces before the id and the others in it.
    Apart(Apart),
    /// In some other way.
    Written,
}

/// A pattern of several pieces, none of which can stand across the border of what stands before an id.
#[derive(Debug)]
struct Apart {
    /// What the id has to be like, by how many pieces stand before it, from one on.
    left: Box<[IdTest]>,
    /// What stood before the last id, and how many pieces stand in that: none if the first does not.
    last: Option<(u32, Option<usize>)>,
}

impl Question {
    /// The same question; words are put to the others.
    pub(super) fn of(ask: &Ask, words: &mut WordSets) -> Self {
        match ask {
            Ask::Named(field, bits) => Self::Named(place(*field), *bits),
            Ask::Numbered(field, number) => Self::Numbered(*field, *number),
            Ask::Created(between) => {
                let nanos = |time: chrono::DateTime<chrono::Utc>| {
                    i128::from(time.timestamp()) * 1_000_000_000
                        + i128::from(time.timestamp_subsec_nanos())
                };
                Self::Created(Stretch::of(
                    between.from.map(nanos),
                    between.before.map(nanos),
                ))
            }
            Ask::Flag(flag) => Self::Flag(bit(*flag)),
            Ask::Length(length, between) => Self::Length(*length, between.clone()),
            Ask::Has(attribute) => Self::has(*attribute),
            Ask::Party(end, wanted) => Self::Party(
                *end,
                Party {
                    number: NumberTest::of(wanted),
                    wanted: wanted.clone(),
                    texts: Verdicts::default(),
                },
            ),
            Ask::Price(between, currency) => Self::Price(
                Stretch::of(between.from, between.before),
                currency.clone().map(|wanted| (wanted, Verdicts::default())),
            ),
            Ask::HasLabel(key) => Self::HasLabel(key.clone(), Verdicts::default()),
            Ask::Label(key, pattern) => {
                Self::Label(key.clone(), pattern.clone(), Verdicts::default())
            }
            Ask::Text(text, pattern) => {
                let (pattern, verdicts) = (pattern.clone(), Verdicts::default());
                match text {
                    Text::Error => Self::Text(SharedText::Error, pattern, verdicts),
                    Text::Message => Self::Text(SharedText::Message, pattern, verdicts),
                    Text::Zone => Self::Text(SharedText::Zone, pattern, verdicts),
                    Text::Sip => Self::Text(SharedText::Sip, pattern, verdicts),
                    Text::Leg => Self::Leg(pattern, verdicts),
                    Text::Region => Self::Texts(SharedTexts::Region, pattern, verdicts),
                    Text::Handler => Self::Texts(SharedTexts::Handlers, pattern, verdicts),
                    Text::Id => Self::Id(Box::new(Name::of(pattern))),
                }
            }
            Ask::Word(word) => Self::Word(words.add(word)),
        }
    }

    fn has(attribute: Attribute) -> Self {
        // All but the one that the service did not say, whose number is zero.
        let said = |field| Self::Named(place(field), !1);
        match attribute {
            Attribute::Created => Self::HasCreated,
            Attribute::Party(end) => Self::HasParty(end),
            Attribute::State => said(Enum::State),
            Attribute::Direction => said(Enum::Direction),
            Attribute::Transport => said(Enum::Transport),
            Attribute::Method => said(Enum::Method),
            Attribute::Text(Text::Error) => Self::HasText(SharedText::Error),
            Attribute::Text(Text::Message) => Self::HasText(SharedText::Message),
            Attribute::Text(Text::Zone) => Self::HasText(SharedText::Zone),
            Attribute::Text(Text::Sip) => Self::HasText(SharedText::Sip),
            Attribute::Text(Text::Leg) => Self::HasText(SharedText::Leg),
            Attribute::Text(Text::Region) => {
                Self::HasTexts(SharedTexts::Region, Verdicts::default())
            }
            Attribute::Text(Text::Handler) => {
                Self::HasTexts(SharedTexts::Handlers, Verdicts::default())
            }
            Attribute::Text(Text::Id) => Self::HasId,
            Attribute::Label => Self::HasTexts(SharedTexts::Labels, Verdicts::default()),
            Attribute::Length(length) => Self::HasLength(length),
            Attribute::Price => Self::HasPrice,
            Attribute::Flag(flag) => Self::Flag(bit(flag)),
        }
    }

    pub(super) fn holds(
        &mut self,
        words: &mut WordSets,
        store: &Store,
        slot: Slot,
        now: i128,
    ) -> bool {
        let columns = store.columns();
        match self {
            Self::Named(place, bits) => *bits >> columns.bits(slot).value(*place) & 1 != 0,
            Self::Numbered(field, number) => {
                let named = columns.bits(slot).value(place(*field)) != Bits::UNNAMED;
                !named && field.number_of(store.call(slot)) == *number
            }
            Self::Created(stretch) => stretch.holds(columns.created(slot)),
            Self::HasCreated => columns.created(slot) != ABSENT,
            Self::Flag(bit) => columns.bits(slot).has(*bit),
            Self::Length(length, between) => {
                compared(*length, columns, slot, now).is_some_and(|nanos| between.holds(&nanos))
            }
            Self::HasLength(length) => nanos(*length, columns, slot, now).is_some(),
            Self::Party(end, party) => party.holds(columns, packed(*end, columns, slot)),
            Self::HasParty(end) => packed(*end, columns, slot) != PackedNumber::default(),
            Self::HasPrice => columns.price(slot) != ABSENT,
            Self::Price(stretch, currency) => {
                stretch.holds(columns.price(slot))
                    && currency.as_mut().is_none_or(|(wanted, verdicts)| {
                        let number = columns.currency(slot);
                        verdicts.of(number, || wanted.eq_ignore_ascii_case(columns.text(number)))
                    })
            }
            Self::Text(text, pattern, verdicts) => {
                let number = columns.text_number(*text, slot);
                verdicts.of(number, || pattern.matches(columns.text(number)))
            }
            Self::HasText(text) => columns.text_number(*text, slot) != 0,
            Self::Leg(pattern, verdicts) => {
                let number = columns.text_number(SharedText::Leg, slot);
                verdicts.of(number, || {
                    let name = columns.text(number);
                    pattern.matches(last_segment(name)) || pattern.matches(name)
                })
            }
            Self::Texts(texts, pattern, verdicts) => {
                let number = columns.group_number(*texts, slot);
                verdicts.of(number, || match number {
                    0 => pattern.matches(""),
                    number => columns
                        .group(*texts, number)
                        .any(|text| pattern.matches(text)),
                })
            }
            Self::HasTexts(texts, verdicts) => {
                let number = columns.group_number(*texts, slot);
                // Labels are there even if all of them are empty.
                let any = *texts == SharedTexts::Labels && number != 0;
                any || verdicts.of(number, || {
                    columns.group(*texts, number).any(|text| !text.is_empty())
                })
            }
            Self::Label(key, pattern, verdicts) => {
                let number = columns.group_number(SharedTexts::Labels, slot);
                verdicts.of(number, || {
                    label(columns, number, key).is_some_and(|value| pattern.matches(value))
                })
            }
            Self::HasLabel(key, verdicts) => {
                let number = columns.group_number(SharedTexts::Labels, slot);
                verdicts.of(number, || label(columns, number, key).is_some())
            }
            Self::Id(name) => name.holds(store, slot),
            Self::HasId => {
                columns.bits(slot).has(Bits::ID) || !store.call(slot).name.as_str().is_empty()
            }
            Self::Word(at) => words.holds(*at, store, slot),
        }
    }
}

pub(super) fn place(field: Enum) -> u32 {
    match field {
        Enum::State => Bits::STATE,
        Enum::Direction => Bits::DIRECTION,
        Enum::Transport => Bits::TRANSPORT,
        Enum::Method => Bits::METHOD,
    }
}

fn bit(flag: Flag) -> u32 {
    match flag {
        Flag::Bridged => Bits::BRIDGED,
        Flag::Private => Bits::PRIVATE,
    }
}

fn packed(end: End, columns: &Columns, slot: Slot) -> PackedNumber {
    match end {
        End::To => columns.to(slot),
        End::From => columns.from(slot),
    }
}

fn label<'a>(columns: &'a Columns, group: u32, key: &str) -> Option<&'a str> {
    let mut texts = columns.group(SharedTexts::Labels, group);
    while let (Some(other), Some(value)) = (texts.next(), texts.next()) {
        if other == key {
            return Some(value);
        }
    }
    None
}

pub(super) fn last_segment(name: &str) -> &str {
    name.rsplit_once('/').map_or(name, |(_, id)| id)
}

/// A length as it is compared: a call that has ended unanswered talked for zero.
fn compared(length: Length, columns: &Columns, slot: Slot, now: i128) -> Option<u64> {
    let unanswered = || {
        length == Length::Talk
            && columns.bits(slot).has(Bits::FAILURE)
            && columns.moments(slot).answer == ABSENT
    };
    nanos(length, columns, slot, now).or_else(|| unanswered().then_some(0))
}

/// A length of a call's life, as far as it has begun.
fn nanos(length: Length, columns: &Columns, slot: Slot, now: i128) -> Option<u64> {
    let there = |time: i64| (time != ABSENT).then_some(i128::from(time));
    let running = || columns.bits(slot).has(Bits::OPEN).then_some(now);
    let moments = || columns.moments(slot);
    let (from, to) = match length {
        Length::Talk => {
            let told = columns.told_talk(slot);
            if told != ABSENT {
                return Some(u64::try_from(told).unwrap_or_default());
            }
            let moments = moments();
            (there(moments.answer)?, there(moments.end).or_else(running)?)
        }
        Length::Queue => {
            let moments = moments();
            let to = there(moments.start).or_else(|| there(moments.end));
            (there(columns.created(slot))?, to.or_else(running)?)
        }
        Length::Pdd => (there(moments().start)?, there(moments().ring)?),
        Length::Ring => {
            let moments = moments();
            let to = there(moments.answer).or_else(|| there(moments.end));
            (there(moments.ring)?, to.or_else(running)?)
        }
    };
    Some(u64::try_from((to - from).max(0)).unwrap_or(u64::MAX))
}

impl Party {
    fn holds(&mut self, columns: &Columns, party: PackedNumber) -> bool {
        let Some(text) = party.text_number() else {
            return self.number.holds(party);
        };
        self.texts
            .of(text, || self.wanted.matches(columns.text(text)))
    }
}

impl Name {
    fn of(pattern: FoldedPattern) -> Self {
        let pieces = pattern.pieces();
        let written = pieces.iter().filter(|piece| !piece.is_empty()).count();
        let whole = match &*pieces {
            [exact] => match exact.rsplit_once('/') {
                Some((prefix, id)) => Whole::Both(
                    FoldedPattern::exact(&format!("{prefix}/")),
                    IdTest::of(&FoldedPattern::exact(id)),
                ),
                None => Whole::Never,
            },
            pieces if written > 1 && !pieces.concat().contains('/') => Whole::Apart(Apart {
                left: (1..pieces.len())
                    .map(|first| IdTest::behind(&pattern, first))
                    .collect(),
                last: None,
            }),
            pieces if written <= 1 && !pieces.concat().contains('/') => Whole::Prefix,
            _ => Whole::Written,
        };
        Self {
            id: IdTest::of(&pattern),
            whole,
            pattern,
            prefixes: Verdicts::default(),
        }
    }

    fn holds(&mut self, store: &Store, slot: Slot) -> bool {
        let columns = store.columns();
        if !columns.bits(slot).has(Bits::ID) {
            let name = &store.call(slot).name;
            return self.pattern.matches(name.id()) || self.pattern.matches(name.as_str());
        }
        let id = columns.id(slot);
        if self.id.holds(id) {
            return true;
        }
        let prefix = columns.prefix(slot);
        let mut before = |pattern: &FoldedPattern| {
            self.prefixes
                .of(prefix, || pattern.matches(columns.text(prefix)))
        };
        match &mut self.whole {
            Whole::Never => false,
            Whole::Prefix => before(&self.pattern),
            Whole::Both(pattern, test) => before(pattern) && test.holds(id),
            Whole::Apart(apart) => {
                let stand = match apart.last {
                    Some((last, stand)) if last == prefix => stand,
                    _ => self.pattern.pieces_in(columns.text(prefix)),
                };
                apart.last = Some((prefix, stand));
                let left = stand.and_then(|stand| apart.left.get(stand.checked_sub(1)?));
                left.is_some_and(|left| left.holds(id))
            }
            Whole::Written => self.pattern.matches(store.call(slot).name.as_str()),
        }
    }
}
