//! What filters and orders ask of calls, in one row of plain numbers for each field, so that going
//! through a million calls touches a few megabytes and no more.
//!
//! The rows follow every change of a call. What does not fit them is marked, and then the call itself
//! is asked: a time before 1678 or after 2261, a price beyond nine billion.

use chrono::{DateTime, TimeDelta, Timelike as _, Utc};

use super::packed::{PackedId, PackedNumber};
use super::pool::Pool;
use super::{Slot, index};
use crate::call::{Call, CreateMethod, Direction, Labels, Location, State, Transport};

/// What stands for a time, a length or an amount that is not there.
pub const ABSENT: i64 = i64::MIN;

/// The fields that have few values, four bits each, and what is so or is not of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Bits(u32);

impl Bits {
    /// Where the state stands.
    pub const STATE: u32 = 0;
    /// Where the direction stands.
    pub const DIRECTION: u32 = 4;
    /// Where the transport stands.
    pub const TRANSPORT: u32 = 8;
    /// Where it stands what brought the call about.
    pub const METHOD: u32 = 12;
    /// What stands there for a value without a name.
    pub const UNNAMED: u32 = 0xf;
    /// The call was ever bridged.
    pub const BRIDGED: u32 = 1 << 16;
    /// The caller's number is withheld.
    pub const PRIVATE: u32 = 1 << 17;
    /// The call is under way.
    pub const OPEN: u32 = 1 << 18;
    /// The id is a UUID, and packed.
    pub const ID: u32 = 1 << 19;
    /// Something of the call does not fit: it has to be asked itself.
    pub const ODD: u32 = 1 << 20;
    /// The call has ended without an answer.
    pub const FAILURE: u32 = 1 << 21;

    /// The value in the four bits from one on: its number, or [`Bits::UNNAMED`].
    pub fn value(self, from: u32) -> u32 {
        (self.0 >> from) & 0xf
    }

    /// Whether a bit is set.
    pub fn has(self, bit: u32) -> bool {
        self.0 & bit != 0
    }
}

/// The moments of a call in nanoseconds since 1970, or [`ABSENT`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moments {
    /// When the attempt began.
    pub start: i64,
    /// When the far end began to ring.
    pub ring: i64,
    /// When it was answered.
    pub answer: i64,
    /// When it was over.
    pub end: i64,
}

/// Texts of a call that are kept once for all calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SharedText {
    /// The code of its error.
    Error,
    /// The error in words.
    Message,
    /// The caller's zone.
    Zone,
    /// The SIP `Call-ID`.
    Sip,
    /// The whole name of the leg during which it was made.
    Leg,
}

/// Groups of texts of a call that are kept once for all calls with the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SharedTexts {
    /// Keys and values of the labels in turn.
    Labels,
    /// Region code, state or province, suburb or city.
    Region,
    /// The handlers' URIs.
    Handlers,
}

/// One call's part of the rows.
#[derive(Debug, Clone, Copy)]
struct Row {
    bits: Bits,
    created: i64,
    moments: Moments,
    told: i64,
    to: PackedNumber,
    from: PackedNumber,
    price: i64,
    currency: u32,
    /// By [`SharedText`].
    texts: [u32; 5],
    /// By [`SharedTexts`].
    groups: [u32; 3],
    id: PackedId,
    prefix: u32,
}

impl Row {
    /// Of a slot without a call.
    fn empty() -> Self {
        Self {
            bits: Bits::default(),
            created: ABSENT,
            moments: Moments {
                start: ABSENT,
                ring: ABSENT,
                answer: ABSENT,
                end: ABSENT,
            },
            told: ABSENT,
            to: PackedNumber::default(),
            from: PackedNumber::default(),
            price: ABSENT,
            currency: 0,
            texts: [0; 5],
            groups: [0; 3],
            id: PackedId::default(),
            prefix: 0,
        }
    }
}

/// The rows, by slot.
#[derive(Debug, Default)]
pub struct Columns {
    bits: Vec<Bits>,
    created: Vec<i64>,
    moments: Vec<Moments>,
    told: Vec<i64>,
    to: Vec<PackedNumber>,
    from: Vec<PackedNumber>,
    price: Vec<i64>,
    currency: Vec<u32>,
    texts: [Vec<u32>; 5],
    groups: [Vec<u32>; 3],
    ids: Vec<PackedId>,
    prefixes: Vec<u32>,
    pool: Pool<str>,
    /// Groups of numbers of texts; the empty one stands for no text at all.
    grouped: [Pool<[u32]>; 3],
}

impl Columns {
    /// The fields with few values and the flags.
    pub fn bits(&self, slot: Slot) -> Bits {
        self.bits[index(slot)]
    }

    /// Nanoseconds since 1970 at the creation, or [`ABSENT`].
    pub fn created(&self, slot: Slot) -> i64 {
        self.created[index(slot)]
    }

    /// The other moments.
    pub fn moments(&self, slot: Slot) -> Moments {
        self.moments[index(slot)]
    }

    /// The length of talk that the service tells, in nanoseconds, or [`ABSENT`].
    pub fn told_talk(&self, slot: Slot) -> i64 {
        self.told[index(slot)]
    }

    /// Who is called.
    pub fn to(&self, slot: Slot) -> PackedNumber {
        self.to[index(slot)]
    }

    /// Who calls.
    pub fn from(&self, slot: Slot) -> PackedNumber {
        self.from[index(slot)]
    }

    /// Billionths of a unit, or [`ABSENT`].
    pub fn price(&self, slot: Slot) -> i64 {
        self.price[index(slot)]
    }

    /// The number of the text of the price's currency.
    pub fn currency(&self, slot: Slot) -> u32 {
        self.currency[index(slot)]
    }

    /// The number of a text; 0 for the empty one and for none.
    pub fn text_number(&self, text: SharedText, slot: Slot) -> u32 {
        self.texts[text as usize][index(slot)]
    }

    /// The number of a group of texts; 0 for none.
    pub fn group_number(&self, texts: SharedTexts, slot: Slot) -> u32 {
        self.groups[texts as usize][index(slot)]
    }

    /// The id, if the bit says that it is packed.
    pub fn id(&self, slot: Slot) -> PackedId {
        self.ids[index(slot)]
    }

    /// The number of the text that stands before a packed id, its slash included.
    pub fn prefix(&self, slot: Slot) -> u32 {
        self.prefixes[index(slot)]
    }

    /// The text of a number.
    pub fn text(&self, number: u32) -> &str {
        self.pool.get(number)
    }

    /// The texts of a group.
    pub fn group(&self, texts: SharedTexts, number: u32) -> impl Iterator<Item = &str> {
        let numbers = self.group_numbers(texts, number).iter();
        numbers.map(|&number| self.text(number))
    }

    /// The numbers of the texts of a group.
    pub fn group_numbers(&self, texts: SharedTexts, number: u32) -> &[u32] {
        self.grouped[texts as usize].get(number)
    }

    /// Changes whenever a number has come to stand for another text or group than before.
    pub fn reused(&self) -> u64 {
        let groups = self.grouped.iter().map(Pool::reused);
        self.pool.reused() + groups.sum::<u64>()
    }

    /// Adds the next slot's call.
    pub(super) fn push(&mut self, call: &Call) {
        let row = self.pack(call, None);
        self.bits.push(row.bits);
        self.created.push(row.created);
        self.moments.push(row.moments);
        self.told.push(row.told);
        self.to.push(row.to);
        self.from.push(row.from);
        self.price.push(row.price);
        self.currency.push(row.currency);
        for (column, number) in self.texts.iter_mut().zip(row.texts) {
            column.push(number);
        }
        for (column, number) in self.groups.iter_mut().zip(row.groups) {
            column.push(number);
        }
        self.ids.push(row.id);
        self.prefixes.push(row.prefix);
    }

    /// Replaces a slot's call.
    pub(super) fn set(&mut self, slot: Slot, known: &Call, call: &Call) {
        let at = index(slot);
        // Labels are many texts, and seldom change: they are not looked up again.
        let labels = (known.labels == call.labels).then(|| {
            let number = self.groups[SharedTexts::Labels as usize][at];
            self.grouped[SharedTexts::Labels as usize].take_again(number);
            number
        });
        let row = self.pack(call, labels);
        // Only after the new ones are taken, so that what stays is not forgotten in between.
        self.release(at);
        self.place(at, row);
    }

    /// Puts a call into a slot that was emptied.
    pub(super) fn refill(&mut self, slot: Slot, call: &Call) {
        let row = self.pack(call, None);
        self.place(index(slot), row);
    }

    /// Takes a slot's call away, with its texts.
    pub(super) fn clear(&mut self, slot: Slot) {
        let at = index(slot);
        self.release(at);
        self.place(at, Row::empty());
    }

    fn place(&mut self, at: usize, row: Row) {
        self.bits[at] = row.bits;
        self.created[at] = row.created;
        self.moments[at] = row.moments;
        self.told[at] = row.told;
        self.to[at] = row.to;
        self.from[at] = row.from;
        self.price[at] = row.price;
        self.currency[at] = row.currency;
        for (column, number) in self.texts.iter_mut().zip(row.texts) {
            column[at] = number;
        }
        for (column, number) in self.groups.iter_mut().zip(row.groups) {
            column[at] = number;
        }
        self.ids[at] = row.id;
        self.prefixes[at] = row.prefix;
    }

    fn release(&mut self, at: usize) {
        let parties = [self.to[at], self.from[at]].map(|party| party.text_number().unwrap_or(0));
        let texts = self.texts.each_ref().map(|column| column[at]);
        let single = [self.currency[at], self.prefixes[at]];
        for number in parties.into_iter().chain(texts).chain(single) {
            self.pool.release(number);
        }
        for (pool, column) in self.grouped.iter_mut().zip(&self.groups) {
            let Some(numbers) = pool.release(column[at]) else {
                continue;
            };
            for number in numbers {
                self.pool.release(number);
            }
        }
    }

    /// One call's part, with the number of its labels if that is known and has been taken.
    fn pack(&mut self, call: &Call, known_labels: Option<u32>) -> Row {
        let mut odd = false;
        let mut time = |time: Option<DateTime<Utc>>| match time.map(nanos) {
            None => ABSENT,
            Some(Some(nanos)) => nanos,
            Some(None) => {
                odd = true;
                ABSENT
            }
        };
        let created = time(call.create_time);
        let moments = Moments {
            start: time(call.start_time),
            ring: time(call.ring_time),
            answer: time(call.answer_time),
            end: time(call.end_time),
        };
        let mut number = |number: Option<Option<i64>>| {
            let fits = number.map(|number| number.filter(|&number| number != ABSENT));
            odd |= fits == Some(None);
            fits.flatten().unwrap_or(ABSENT)
        };
        let told = number(
            call.answer_duration
                .map(|told| TimeDelta::num_nanoseconds(&told)),
        );
        let price = call.price.as_ref();
        let amount = number(price.map(|price| i64::try_from(price.total_nanos()).ok()));
        let (prefix, id) = match call.name.as_str().rsplit_once('/') {
            Some((prefix, id)) => (prefix.len() + 1, PackedId::parse(id)),
            None => (0, PackedId::parse(call.name.as_str())),
        };
        let prefix = match id {
            Some(_) => call.name.as_str().get(..prefix).unwrap_or_default(),
            None => "",
        };
        let mut text = |text: &str| self.pool.take(text).0;
        let leg = call
            .originating_call
            .as_ref()
            .map_or("", |leg| leg.as_str());
        let (to, from) = (&call.to, &call.from);
        let party = |party: &str, text: &mut dyn FnMut(&str) -> u32| {
            PackedNumber::parse(party).unwrap_or_else(|| PackedNumber::text(text(party)))
        };
        Row {
            bits: bits(call, id.is_some(), odd),
            created,
            moments,
            told,
            to: party(to, &mut text),
            from: party(from, &mut text),
            price: amount,
            currency: text(price.map_or("", |price| price.currency())),
            texts: [
                text(&call.error_code),
                text(&call.error_message),
                text(&call.from_zone),
                text(&call.sip_call_id),
                text(leg),
            ],
            prefix: text(prefix),
            id: id.unwrap_or_default(),
            groups: [
                known_labels
                    .unwrap_or_else(|| self.group_of(SharedTexts::Labels, labels(&call.labels))),
                self.group_of(SharedTexts::Region, places(call.from_location.as_deref())),
                self.group_of(SharedTexts::Handlers, handlers(call)),
            ],
        }
    }

    fn group_of<'a>(&mut self, texts: SharedTexts, of: impl Iterator<Item = &'a str>) -> u32 {
        let numbers: Vec<u32> = of.map(|text| self.pool.take(text).0).collect();
        let (number, is_new) = self.grouped[texts as usize].take(&numbers);
        if !is_new {
            // The group that was there already uses each of its texts once.
            for number in numbers {
                self.pool.release(number);
            }
        }
        number
    }
}

fn nanos(time: DateTime<Utc>) -> Option<i64> {
    // Within a leap second the nanoseconds go beyond a second, which would be another time here.
    let nanos = time.timestamp_nanos_opt()?;
    (nanos != ABSENT && time.nanosecond() < 1_000_000_000).then_some(nanos)
}

fn bits(call: &Call, has_id: bool, odd: bool) -> Bits {
    // A value of a name is a single digit; one that is not known may be anything.
    let value = |number: i32, named: bool| match u32::try_from(number) {
        Ok(number) if named => number.min(Bits::UNNAMED),
        Ok(_) | Err(_) => Bits::UNNAMED,
    };
    let state = !matches!(call.state, State::Other(_));
    let direction = !matches!(call.direction, Direction::Other(_));
    let transport = !matches!(call.transport, Transport::Other(_));
    let method = !matches!(call.create_method, CreateMethod::Other(_));
    let flags = [
        (call.bridged, Bits::BRIDGED),
        (call.is_private, Bits::PRIVATE),
        (call.is_open(), Bits::OPEN),
        (has_id, Bits::ID),
        (odd, Bits::ODD),
        (call.is_failure(), Bits::FAILURE),
    ];
    let values = value(call.state.number(), state) << Bits::STATE
        | value(call.direction.number(), direction) << Bits::DIRECTION
        | value(call.transport.number(), transport) << Bits::TRANSPORT
        | value(call.create_method.number(), method) << Bits::METHOD;
    let set = flags.into_iter().filter(|(is, _)| *is);
    Bits(set.fold(values, |bits, (_, bit)| bits | bit))
}

fn labels(labels: &Labels) -> impl Iterator<Item = &str> {
    labels.iter().flat_map(|(key, value)| [key, value])
}

fn places(location: Option<&Location>) -> impl Iterator<Item = &str> {
    location
        .into_iter()
        .flat_map(|at| [&*at.region_code, &*at.administrative_area, &*at.locality])
}

fn handlers(call: &Call) -> impl Iterator<Item = &str> {
    let options = call.options.iter();
    options.flat_map(|options| options.handler_uris.iter().map(|uri| &**uri))
}

const _: () = assert!(State::NAMED.len() < Bits::UNNAMED as usize);
