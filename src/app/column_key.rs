//! How the columns order calls, read from the store's columns: a number for each call that puts it in
//! its place, and the texts only where the numbers are the same.

use std::cmp::Ordering;

use crate::call::{ABSENT, Bits, Columns, PackedNumber, SharedText, Slot, State, Store};

use super::column::{Column, stage};

/// The place of a call by a column, as far as a number can tell it. Nothing for a call of which
/// something does not fit the store's columns.
pub(super) fn key(column: Column, columns: &Columns, slot: Slot) -> Option<u128> {
    let bits = columns.bits(slot);
    if bits.has(Bits::ODD) {
        return None;
    }
    Some(match column {
        Column::State => {
            let number = i32::try_from(bits.value(Bits::STATE)).unwrap_or_default();
            u128::from(stage(State::from_number(number)))
        }
        Column::Direction => u128::from(bits.value(Bits::DIRECTION)),
        Column::From => party_key(columns, columns.from(slot)),
        Column::To => party_key(columns, columns.to(slot)),
        Column::Created => u128::from(!ordered(columns.created(slot))),
        Column::Talk => talk_key(columns, slot),
        Column::Price => {
            let amount = u128::from(!ordered(columns.price(slot)));
            let currency = columns.text(columns.currency(slot));
            (amount << 64) | (!start_of(currency) >> 64)
        }
        Column::Error => match columns.text_number(SharedText::Error, slot) {
            0 => u128::MAX,
            number => start_of(columns.text(number)) >> 1,
        },
    })
}

/// The order of two calls that have one key.
pub(super) fn tie(column: Column, store: &Store, a: Slot, b: Slot) -> Ordering {
    let columns = store.columns();
    let texts = |a: u32, b: u32| {
        if a == b {
            Ordering::Equal
        } else {
            columns.text(a).cmp(columns.text(b))
        }
    };
    match column {
        Column::Direction => store.call(a).direction.cmp(&store.call(b).direction),
        Column::From => party_tie(columns, columns.from(a), columns.from(b)),
        Column::To => party_tie(columns, columns.to(a), columns.to(b)),
        Column::Price => texts(columns.currency(b), columns.currency(a)),
        Column::Error => {
            let error = |slot| columns.text_number(SharedText::Error, slot);
            texts(error(a), error(b))
        }
        Column::State | Column::Created | Column::Talk => Ordering::Equal,
    }
}

/// A number in the order of another that may be negative; what is absent is 0.
fn ordered(value: i64) -> u64 {
    value.cast_unsigned() ^ ABSENT.cast_unsigned()
}

/// The first 16 bytes of a text: a text that comes first has no greater one.
fn start_of(text: &str) -> u128 {
    let mut start = [0; 16];
    for (to, from) in start.iter_mut().zip(text.bytes()) {
        *to = from;
    }
    u128::from_be_bytes(start)
}

/// A telephone number has no more than 16 bytes.
fn party_key(columns: &Columns, party: PackedNumber) -> u128 {
    match party.text_number() {
        Some(number) => start_of(columns.text(number)),
        None => start_of(party.write(&mut [0; 16])),
    }
}

fn party_tie(columns: &Columns, a: PackedNumber, b: PackedNumber) -> Ordering {
    if a == b {
        return Ordering::Equal;
    }
    let (mut room, mut other) = ([0; 16], [0; 16]);
    let a = match a.text_number() {
        Some(number) => columns.text(number),
        None => a.write(&mut room),
    };
    let b = match b.text_number() {
        Some(number) => columns.text(number),
        None => b.write(&mut other),
    };
    a.cmp(b)
}

/// Calls in progress above all others, the one answered first on top; then by the length of talk.
fn talk_key(columns: &Columns, slot: Slot) -> u128 {
    // Most calls are over, and their moments are far from the rest in memory.
    let running = columns.bits(slot).has(Bits::OPEN);
    let answer = if running {
        columns.moments(slot).answer
    } else {
        ABSENT
    };
    let answered = match answer {
        ABSENT => u64::MAX,
        answer => ordered(answer) - 1,
    };
    u128::from(answered) << 64 | u128::from(!ordered(columns.told_talk(slot)))
}
