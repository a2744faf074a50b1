//! Whether a call passes, said by the simplest code that can be right.

use chrono::{DateTime, Utc};

use crate::call::Call;
use crate::filter::search::when::Standpoint;
use crate::filter::{
    Attribute, Comparison, Criterion, End, Equality, Expr, Flag, Length, Pattern, Text,
};

/// Whether a call passes, said as plainly as it can be.
pub(super) fn naive(tree: &Expr<Criterion>, call: &Call, at: &Standpoint) -> bool {
    match tree {
        Expr::And { parts, .. } => parts.iter().all(|part| naive(part, call, at)),
        Expr::Or { parts, .. } => parts.iter().any(|part| naive(part, call, at)),
        Expr::Not { inner, .. } => !naive(inner, call, at),
        Expr::Restriction(restriction) => one(&restriction.condition, call, at),
    }
}

fn one(condition: &Criterion, call: &Call, at: &Standpoint) -> bool {
    let equal = |equality: &Equality, holds: bool| (*equality == Equality::Equal) == holds;
    match condition {
        Criterion::Created(comparison, times) => {
            let stretch = times.stretch(at);
            let end = stretch.end.unwrap();
            call.create_time
                .map_or(*comparison == Comparison::NotEqual, |time| {
                    ordered(*comparison, &time, &stretch.start, &end)
                })
        }
        Criterion::Party(End::To, equality, p) => equal(equality, like(p, &call.to)),
        Criterion::Party(End::From, equality, p) => equal(equality, like(p, &call.from)),
        Criterion::State(equality, state) => equal(equality, call.state == *state),
        Criterion::Direction(equality, direction) => equal(equality, call.direction == *direction),
        Criterion::Transport(equality, transport) => equal(equality, call.transport == *transport),
        Criterion::Method(equality, method) => equal(equality, call.create_method == *method),
        Criterion::Text(text, equality, p) => equal(
            equality,
            texts(*text, call)
                .iter()
                .any(|text| like(&lower(p), &fold(text))),
        ),
        Criterion::Label(key, equality, p) => {
            let value = call.labels.get(key);
            equal(
                equality,
                value.is_some_and(|value| like(&lower(p), &fold(value))),
            )
        }
        Criterion::Length(length, comparison, nanos) => {
            let unit = if nanos % 1_000_000_000 == 0 {
                1_000_000_000
            } else {
                1
            };
            let value = compared(*length, call, at).map(|length| length * 1_000_000_000);
            value.map_or(*comparison == Comparison::NotEqual, |value| {
                ordered(
                    *comparison,
                    &value,
                    &i64::try_from(*nanos).unwrap(),
                    &i64::try_from(nanos + unit).unwrap(),
                )
            })
        }
        Criterion::Price(comparison, amount) => {
            let value = call.price.as_ref().filter(|price| {
                amount
                    .currency()
                    .is_none_or(|c| c.eq_ignore_ascii_case(price.currency()))
            });
            value.map_or(*comparison == Comparison::NotEqual, |price| {
                let nanos = price.total_nanos();
                ordered(*comparison, &nanos, &amount.nanos(), &(amount.nanos() + 1))
            })
        }
        Criterion::Flag(Flag::Bridged, is) => call.bridged == *is,
        Criterion::Flag(Flag::Private, is) => call.is_private == *is,
        Criterion::Has(attribute) => is_set(*attribute, call, at),
        Criterion::HasLabel(key) => call.labels.get(key).is_some(),
        Criterion::Word(p) => has_word(p, call),
    }
}

fn ordered<T: PartialOrd>(comparison: Comparison, value: &T, start: &T, end: &T) -> bool {
    let within = value >= start && value < end;
    match comparison {
        Comparison::Equal => within,
        Comparison::NotEqual => !within,
        Comparison::Less => value < start,
        Comparison::AtMost => value < start || within,
        Comparison::Greater => value >= end,
        Comparison::AtLeast => value >= end || within,
    }
}

fn like(pattern: &Pattern, text: &str) -> bool {
    let pieces: Vec<&str> = pattern.pieces().iter().map(|piece| &**piece).collect();
    let stars = pieces.join("*");
    if stars == "*" {
        return !text.is_empty();
    }
    let (pattern, text): (Vec<char>, Vec<char>) = (stars.chars().collect(), text.chars().collect());
    fits(&pattern, &text)
}

fn fold(text: &str) -> String {
    text.chars().flat_map(char::to_lowercase).collect()
}

fn lower(pattern: &Pattern) -> Pattern {
    Pattern::new(
        &pattern
            .pieces()
            .iter()
            .map(|piece| fold(piece))
            .collect::<Vec<_>>(),
    )
}

fn texts(text: Text, call: &Call) -> Vec<String> {
    let some = |texts: Vec<&str>| {
        let texts: Vec<String> = texts.into_iter().map(str::to_owned).collect();
        if texts.is_empty() {
            vec![String::new()]
        } else {
            texts
        }
    };
    match text {
        Text::Error => some(vec![&call.error_code]),
        Text::Message => some(vec![&call.error_message]),
        Text::Zone => some(vec![&call.from_zone]),
        Text::Sip => some(vec![&call.sip_call_id]),
        Text::Id => some(vec![call.name.id(), call.name.as_str()]),
        Text::Leg => some(
            call.originating_call
                .iter()
                .flat_map(|leg| [leg.id(), leg.as_str()])
                .collect(),
        ),
        Text::Region => some(
            call.from_location
                .iter()
                .flat_map(|l| [&*l.region_code, &*l.administrative_area, &*l.locality])
                .collect(),
        ),
        Text::Handler => some(
            call.options
                .iter()
                .flat_map(|o| o.handler_uris.iter().map(|uri| &**uri))
                .collect(),
        ),
    }
}

/// As compared: whoever was never answered and is over has talked for nothing.
fn compared(length: Length, call: &Call, at: &Standpoint) -> Option<i64> {
    match (length, seconds(length, call, at)) {
        (Length::Talk, None) if call.is_failure() && call.answer_time.is_none() => Some(0),
        (_, found) => found,
    }
}

/// All times of these tests are whole seconds.
fn seconds(length: Length, call: &Call, at: &Standpoint) -> Option<i64> {
    let over = |from: DateTime<Utc>, to: DateTime<Utc>| (to - from).num_seconds().max(0);
    let running = |from: Option<DateTime<Utc>>, to: Option<DateTime<Utc>>| {
        let now = call.is_open().then_some(at.now);
        Some(over(from?, to.or(call.end_time).or(now)?))
    };
    match length {
        Length::Talk => match call.answer_duration {
            Some(told) => Some(told.num_seconds().max(0)),
            None => running(call.answer_time, None),
        },
        Length::Queue => running(call.create_time, call.start_time),
        Length::Pdd => Some(over(call.start_time?, call.ring_time?)),
        Length::Ring => running(call.ring_time, call.answer_time),
    }
}

fn is_set(attribute: Attribute, call: &Call, at: &Standpoint) -> bool {
    match attribute {
        Attribute::Created => call.create_time.is_some(),
        Attribute::Party(End::To) => !call.to.is_empty(),
        Attribute::Party(End::From) => !call.from.is_empty(),
        Attribute::State => call.state.number() != 0,
        Attribute::Direction => call.direction.number() != 0,
        Attribute::Transport => call.transport.number() != 0,
        Attribute::Method => call.create_method.number() != 0,
        Attribute::Text(text) => texts(text, call).iter().any(|text| !text.is_empty()),
        Attribute::Label => !call.labels.is_empty(),
        Attribute::Length(length) => seconds(length, call, at).is_some(),
        Attribute::Price => call.price.is_some(),
        Attribute::Flag(Flag::Bridged) => call.bridged,
        Attribute::Flag(Flag::Private) => call.is_private,
    }
}

fn has_word(pattern: &Pattern, call: &Call) -> bool {
    let pieces: Vec<String> = lower(pattern)
        .pieces()
        .iter()
        .map(ToString::to_string)
        .collect();
    let around = |pieces: &[String]| {
        let mut all = vec![String::new()];
        all.extend(pieces.iter().cloned());
        all.push(String::new());
        Pattern::new(&all)
    };
    let word = around(&pieces);
    let mut shown: Vec<String> = vec![call.to.to_string(), call.from.to_string()];
    shown.extend(
        [
            &call.error_code,
            &call.error_message,
            &call.from_zone,
            &call.sip_call_id,
        ]
        .map(ToString::to_string),
    );
    shown.push(call.name.id().to_owned());
    shown.extend(
        call.labels
            .iter()
            .flat_map(|(k, v)| [k.to_owned(), v.to_owned()]),
    );
    shown.extend(call.originating_call.iter().map(|leg| leg.id().to_owned()));
    shown.extend(texts(Text::Region, call));
    shown.extend(texts(Text::Handler, call));
    let names = [
        call.state.name().into_owned(),
        call.direction.name().into_owned(),
        call.transport.name().into_owned(),
        call.create_method.name().into_owned(),
    ];
    for name in names {
        if !name.ends_with("UNSPECIFIED") && name.parse::<i32>().is_err() {
            shown.push(name.replace('_', " "));
            shown.push(name);
        }
    }
    if shown.iter().any(|text| like(&word, &fold(text))) {
        return true;
    }
    let digits = pieces.concat();
    let plain = |c: char| c.is_ascii_digit() || c == ' ';
    if !digits.trim().trim_start_matches('+').chars().all(plain)
        || !digits.contains(|c: char| c.is_ascii_digit())
    {
        return false;
    }
    let squeezed: Vec<String> = pieces.iter().map(|piece| piece.replace(' ', "")).collect();
    let mut ways = vec![squeezed.clone()];
    let all = squeezed.concat();
    if all.starts_with('0') && !all.starts_with("00") && all.len() >= 5 {
        let mut pieces = squeezed;
        pieces[0].remove(0);
        ways.push(pieces);
    }
    ways.iter().any(|way| {
        [&call.to, &call.from]
            .iter()
            .any(|text| like(&around(way), text))
    })
}

/// A star in a text would be taken for one of the pattern; none of the texts has one.
fn fits(pattern: &[char], text: &[char]) -> bool {
    match pattern {
        [] => text.is_empty(),
        ['*', rest @ ..] => (0..=text.len()).any(|from| fits(rest, &text[from..])),
        [first, rest @ ..] => text.first() == Some(first) && fits(rest, &text[1..]),
    }
}
