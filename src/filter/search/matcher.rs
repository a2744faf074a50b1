//! A search made ready to be held against many calls: seen from one standpoint, cheap tests before
//! dear ones, and nothing taken from memory for a call.

use chrono::{DateTime, Utc};

use super::attribute::{Attribute, End, Flag, Length, Text};
use super::fold::FoldedPattern;
use super::sieve::Sieve;
use crate::call::{Call, CreateMethod, Direction, Location, PhaseKind, State, Transport};
use crate::filter::Pattern;

/// Tells which calls pass, as seen from one standpoint.
#[derive(Debug, Clone)]
pub struct Matcher {
    pub(super) test: Test,
    pub(super) now: DateTime<Utc>,
}

impl Matcher {
    /// Whether a call passes.
    pub fn matches(&self, call: &Call) -> bool {
        self.test.holds(call, self.now)
    }

    /// The same test, made to go through many calls of one store.
    pub fn sieve(&self) -> Sieve {
        Sieve::new(self)
    }
}

/// A test, or several of them.
#[derive(Debug, Clone)]
pub(super) enum Test {
    /// The same for every call.
    Fixed(bool),
    All(Box<[Self]>),
    Any(Box<[Self]>),
    /// The answer that has to come out.
    One(Ask, bool),
}

impl Test {
    fn holds(&self, call: &Call, now: DateTime<Utc>) -> bool {
        match self {
            Self::Fixed(holds) => *holds,
            Self::All(tests) => tests.iter().all(|test| test.holds(call, now)),
            Self::Any(tests) => tests.iter().any(|test| test.holds(call, now)),
            Self::One(ask, wanted) => ask.holds(call, now) == *wanted,
        }
    }
}

/// What is asked of one call.
#[derive(Debug, Clone)]
pub(super) enum Ask {
    /// One of the names whose bits are set.
    Named(Enum, u16),
    /// A value that has no name, by its number.
    Numbered(Enum, i32),
    Created(Between<DateTime<Utc>>),
    Flag(Flag),
    /// Nanoseconds.
    Length(Length, Between<u64>),
    Has(Attribute),
    Party(End, Wanted),
    /// Billionths of a unit; of a currency, or of any.
    Price(Between<i128>, Option<Box<str>>),
    HasLabel(Box<str>),
    Label(Box<str>, FoldedPattern),
    Text(Text, FoldedPattern),
    Word(Box<Word>),
}

/// A field with few values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Enum {
    State,
    Direction,
    Transport,
    Method,
}

/// The bit of all values without a name.
pub(super) const UNKNOWN: u16 = 1 << 15;

impl Enum {
    /// The bit of a value, by the number that the wire gives it.
    pub(super) fn bit(number: i32) -> u16 {
        u32::try_from(number)
            .ok()
            .and_then(|number| 1_u16.checked_shl(number))
            .unwrap_or(UNKNOWN)
    }

    /// The bits of all values, those without a name included.
    pub(super) fn all(self) -> u16 {
        let named = match self {
            Self::State => State::NAMED.len(),
            Self::Direction => Direction::NAMED.len(),
            Self::Transport => Transport::NAMED.len(),
            Self::Method => CreateMethod::NAMED.len(),
        };
        UNKNOWN | ((1 << named) - 1)
    }

    fn bit_of(self, call: &Call) -> u16 {
        match self {
            Self::State if matches!(call.state, State::Other(_)) => UNKNOWN,
            Self::State => Self::bit(call.state.number()),
            Self::Direction if matches!(call.direction, Direction::Other(_)) => UNKNOWN,
            Self::Direction => Self::bit(call.direction.number()),
            Self::Transport if matches!(call.transport, Transport::Other(_)) => UNKNOWN,
            Self::Transport => Self::bit(call.transport.number()),
            Self::Method if matches!(call.create_method, CreateMethod::Other(_)) => UNKNOWN,
            Self::Method => Self::bit(call.create_method.number()),
        }
    }

    pub(super) fn number_of(self, call: &Call) -> i32 {
        match self {
            Self::State => call.state.number(),
            Self::Direction => call.direction.number(),
            Self::Transport => call.transport.number(),
            Self::Method => call.create_method.number(),
        }
    }
}

/// From a value on, and before another; without bounds where there is nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Between<T> {
    pub(super) from: Option<T>,
    pub(super) before: Option<T>,
}

impl<T: PartialOrd> Between<T> {
    pub(super) fn holds(&self, value: &T) -> bool {
        self.from.as_ref().is_none_or(|from| value >= from)
            && self.before.as_ref().is_none_or(|before| value < before)
    }
}

/// A number or an address that is wanted, by what there is to compare.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Wanted {
    Exact(Box<str>),
    /// Any that is set.
    Set,
    Prefix(Box<str>),
    Suffix(Box<str>),
    Infix(Box<str>),
    Pattern(Pattern),
}

impl Wanted {
    pub(super) fn of(pattern: &Pattern) -> Self {
        match pattern.pieces() {
            [only] => Self::Exact(only.clone()),
            [first, last] => match (&**first, &**last) {
                ("", "") => Self::Set,
                (first, "") => Self::Prefix(first.into()),
                ("", last) => Self::Suffix(last.into()),
                _ => Self::Pattern(pattern.clone()),
            },
            [first, middle, last] if first.is_empty() && last.is_empty() => {
                Self::Infix(middle.clone())
            }
            _ => Self::Pattern(pattern.clone()),
        }
    }

    pub(super) fn matches(&self, text: &str) -> bool {
        match self {
            Self::Exact(exact) => **exact == *text,
            Self::Set => !text.is_empty(),
            Self::Prefix(prefix) => text.starts_with(&**prefix),
            Self::Suffix(suffix) => text.ends_with(&**suffix),
            Self::Infix(infix) => contains(text, infix),
            Self::Pattern(pattern) => pattern.matches(text),
        }
    }
}

/// Whether a short text stands in another. The standard search prepares itself at each use, which
/// takes longer than to go through a number.
fn contains(text: &str, wanted: &str) -> bool {
    let (text, wanted) = (text.as_bytes(), wanted.as_bytes());
    wanted.is_empty() || text.windows(wanted.len()).any(|window| window == wanted)
}

/// A word that is looked for everywhere in a call.
#[derive(Debug, Clone)]
pub(super) struct Word {
    /// The values of each [`Enum`] whose names have the word in them.
    pub(super) named: [(Enum, u16); 4],
    /// The word, if it is a part of a number: its digits, and the same without the zero that is
    /// dialled in front of a national number.
    pub(super) digits: Box<[Wanted]>,
    pub(super) text: FoldedPattern,
}

impl Word {
    fn is_in(&self, call: &Call) -> bool {
        let in_text = |text: &str| !text.is_empty() && self.text.matches(text);
        self.named
            .iter()
            .any(|(field, bits)| bits & field.bit_of(call) != 0)
            || self
                .digits
                .iter()
                .any(|digits| digits.matches(&call.to) || digits.matches(&call.from))
            || in_text(&call.to)
            || in_text(&call.from)
            || in_text(&call.error_code)
            || in_text(&call.error_message)
            || call
                .labels
                .iter()
                .any(|(key, value)| in_text(key) || in_text(value))
            || in_text(call.name.id())
            || call
                .originating_call
                .as_ref()
                .is_some_and(|leg| in_text(leg.id()))
            || in_text(&call.from_zone)
            || in_text(&call.sip_call_id)
            || call
                .from_location
                .as_ref()
                .is_some_and(|at| places(at).into_iter().any(in_text))
            || call
                .options
                .as_ref()
                .is_some_and(|options| options.handler_uris.iter().any(|uri| in_text(uri)))
    }
}

fn places(location: &Location) -> [&str; 3] {
    [
        &location.region_code,
        &location.administrative_area,
        &location.locality,
    ]
}

impl Ask {
    fn holds(&self, call: &Call, now: DateTime<Utc>) -> bool {
        match self {
            Self::Named(field, bits) => bits & field.bit_of(call) != 0,
            Self::Numbered(field, number) => field.number_of(call) == *number,
            Self::Created(between) => call.create_time.is_some_and(|time| between.holds(&time)),
            Self::Flag(flag) => is(*flag, call),
            Self::Length(length, between) => {
                compared(*length, call, now).is_some_and(|nanos| between.holds(&nanos))
            }
            Self::Has(attribute) => is_set(*attribute, call, now),
            Self::Party(End::To, wanted) => wanted.matches(&call.to),
            Self::Party(End::From, wanted) => wanted.matches(&call.from),
            Self::Price(between, currency) => call.price.as_ref().is_some_and(|price| {
                between.holds(&price.total_nanos())
                    && currency
                        .as_ref()
                        .is_none_or(|wanted| wanted.eq_ignore_ascii_case(price.currency()))
            }),
            Self::HasLabel(key) => call.labels.get(key).is_some(),
            // A label may well be set to nothing, which a star does not stand for all the same.
            Self::Label(key, pattern) => call
                .labels
                .get(key)
                .is_some_and(|value| pattern.matches(value)),
            Self::Text(text, pattern) => any_text(*text, call, |text| pattern.matches(text)),
            Self::Word(word) => word.is_in(call),
        }
    }

    /// What it costs to ask, against the others: what is dear is asked last.
    pub(super) fn cost(&self) -> u32 {
        match self {
            Self::Named(..) | Self::Numbered(..) | Self::Flag(_) => 1,
            Self::Created(_) => 2,
            Self::Length(..) | Self::Has(_) => 4,
            Self::Price(..) => 6,
            Self::Party(_, Wanted::Exact(_) | Wanted::Set | Wanted::Prefix(_)) => 8,
            Self::Party(..) => 12,
            Self::HasLabel(_) => 20,
            Self::Text(..) | Self::Label(..) => 30,
            Self::Word(_) => 200,
        }
    }
}

fn is(flag: Flag, call: &Call) -> bool {
    match flag {
        Flag::Bridged => call.bridged,
        Flag::Private => call.is_private,
    }
}

/// A length as it is compared: nobody talked during a call that has ended unanswered, so it talked
/// for zero, although that length is not set.
fn compared(length: Length, call: &Call, now: DateTime<Utc>) -> Option<u64> {
    let unanswered = length == Length::Talk && call.is_failure() && call.answer_time.is_none();
    nanos(length, call, now).or_else(|| unanswered.then_some(0))
}

/// A length of a call's life, as far as it has begun.
fn nanos(length: Length, call: &Call, now: DateTime<Utc>) -> Option<u64> {
    let phase = |kind| call.phase(kind).map(|phase| phase.length(now));
    let length = match length {
        Length::Talk => call.talk(now),
        Length::Queue => phase(PhaseKind::Queued),
        Length::Pdd => call.post_dial_delay(),
        Length::Ring => phase(PhaseKind::Ringing),
    };
    length.map(|length| u64::try_from(length.as_nanos()).unwrap_or(u64::MAX))
}

/// Whether one of a call's texts of a kind is as wanted; the empty one stands for none.
fn any_text(text: Text, call: &Call, fits: impl Fn(&str) -> bool) -> bool {
    match text {
        Text::Error => fits(&call.error_code),
        Text::Message => fits(&call.error_message),
        Text::Zone => fits(&call.from_zone),
        Text::Sip => fits(&call.sip_call_id),
        Text::Id => fits(call.name.id()) || fits(call.name.as_str()),
        Text::Leg => match &call.originating_call {
            Some(leg) => fits(leg.id()) || fits(leg.as_str()),
            None => fits(""),
        },
        Text::Region => match &call.from_location {
            Some(location) => places(location).into_iter().any(fits),
            None => fits(""),
        },
        Text::Handler => match call.options.as_ref().map(|options| &*options.handler_uris) {
            Some(uris @ [_, ..]) => uris.iter().any(|uri| fits(uri)),
            Some([]) | None => fits(""),
        },
    }
}

fn is_set(attribute: Attribute, call: &Call, now: DateTime<Utc>) -> bool {
    match attribute {
        Attribute::Created => call.create_time.is_some(),
        Attribute::Party(End::To) => !call.to.is_empty(),
        Attribute::Party(End::From) => !call.from.is_empty(),
        Attribute::State => call.state != State::Unspecified,
        Attribute::Direction => call.direction != Direction::Unspecified,
        Attribute::Transport => call.transport != Transport::Unspecified,
        Attribute::Method => call.create_method != CreateMethod::Unspecified,
        Attribute::Text(text) => any_text(text, call, |text| !text.is_empty()),
        Attribute::Label => !call.labels.is_empty(),
        Attribute::Length(length) => nanos(length, call, now).is_some(),
        Attribute::Price => call.price.is_some(),
        Attribute::Flag(flag) => is(flag, call),
    }
}

/// The bits of the names that a word stands in, with blanks or underscores between their parts.
pub(super) fn names_with(names: &[&str], numbers: &[i32], word: &FoldedPattern) -> u16 {
    let fits = |name: &str| word.matches(name) || word.matches(&name.replace('_', " "));
    names
        .iter()
        .zip(numbers)
        .filter(|(name, _)| fits(name))
        .fold(0, |bits, (_, number)| bits | Enum::bit(*number))
}
