//! What is offered at a place, best first.

use std::collections::HashSet;

use super::place::{Before, Place, What};
use super::{MOST, Offer, OfferKind, Seen};
use crate::filter::Op;
use crate::filter::scanner::is_blank;
use crate::filter::search::attribute::{Attribute, End};
use crate::filter::search::language::{Entry, Kind, SINCE, UNTIL, language};
use crate::filter::search::names::{meaning_of, names_of};
use crate::filter::search::quoting;
use crate::filter::search::values;
use crate::filter::search::when::{Times, When};

/// How many characters have to be typed before what merely has them within it is offered.
const WITHIN_FROM: usize = 3;
/// How many digits make a word that is looked for in numbers.
const NUMBER_FROM: usize = 2;

/// What can be written at a place before which `after` stands.
pub(super) fn offers(place: &Place, after: &str, seen: &impl Seen) -> Vec<Offer> {
    let mut list = List {
        place,
        after: after.chars().next(),
        offers: Vec::new(),
    };
    match &place.what {
        What::Nothing => {}
        What::Start(before) => list.start(*before, seen),
        What::Field => list.fields(),
        What::Quoted => list.parties(seen),
        What::Key => list.keys("", seen),
        What::Operator(entry) => list.operators(entry, ""),
        What::Colon => list.add(OfferKind::Operator, ":", "and a time"),
        What::Value(entry, key, op) => list.values(entry, key.as_deref(), *op, seen),
        What::Bound => list.times(&BOUNDS, |text| When::parse_bound(text).is_ok()),
    }
    list.done()
}

/// How well something fits what was typed; less is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    Begins,
    /// Another name of it begins so.
    AlsoBegins,
    Within,
    /// It fits in another way.
    Seen,
}

#[derive(Debug)]
struct List<'a> {
    place: &'a Place,
    after: Option<char>,
    offers: Vec<(Fit, Offer)>,
}

const DAYS: [(&str, &str); 2] = [("today", "since midnight"), ("yesterday", "the day before")];

const TIMES: [(&str, &str); 8] = [
    ("-15m", "15 minutes ago"),
    ("-1h", "an hour ago"),
    ("-2h", "two hours ago"),
    ("-24h", "a day ago"),
    ("today", "since midnight"),
    ("yesterday", "the day before"),
    ("-7d", "a week ago"),
    ("now", "this moment"),
];

/// Behind `=` what has a length is of use.
const STRETCHES: [(&str, &str); 4] = [
    ("today", "since midnight"),
    ("yesterday", "the day before"),
    ("-15m..now", "the last 15 minutes"),
    ("-1h..now", "the last hour"),
];

const BOUNDS: [(&str, &str); 7] = [
    ("15m", "15 minutes ago"),
    ("1h", "an hour ago"),
    ("2h", "two hours ago"),
    ("24h", "a day ago"),
    ("today", "midnight"),
    ("yesterday", "the day before"),
    ("7d", "a week ago"),
];

const LENGTHS: [(&str, &str); 7] = [
    ("5s", "five seconds"),
    ("10s", "ten seconds"),
    ("30s", "half a minute"),
    ("1m", "a minute"),
    ("5m", "five minutes"),
    ("30m", "half an hour"),
    ("1h", "an hour"),
];

const UNITS: [(&str, &str); 5] = [
    ("m", "minutes"),
    ("h", "hours"),
    ("s", "seconds"),
    ("d", "days"),
    ("ms", "milliseconds"),
];

impl List<'_> {
    /// All that can stand where a restriction can begin.
    fn start(&mut self, before: Before, seen: &impl Seen) {
        let typed = self.place.typed.text.as_str();
        let is_whole = self.whole_is_typed();
        for entry in language().fields {
            let text = match entry.attribute {
                Attribute::Label => "label.".to_owned(),
                _ => entry.name.to_owned(),
            };
            if is_whole && is_named(entry, typed) {
                match entry.attribute {
                    Attribute::Label => self.push(Fit::Begins, OfferKind::Field, text, entry.means),
                    _ => self.operators(entry, typed),
                }
                continue;
            }
            if let Some(fit) = self.fits_field(entry) {
                self.push(fit, OfferKind::Field, text, entry.means);
            }
            if entry.attribute == Attribute::Created {
                self.bounds(":");
            }
        }
        if !typed.is_empty() {
            self.names();
            for (day, means) in DAYS {
                self.add(OfferKind::Time, day, means);
            }
        }
        if before != Before::Negation {
            self.add(OfferKind::Keyword, "NOT", "the opposite of what follows");
        }
        if matches!(before, Before::Restriction | Before::Name(_)) {
            self.add(
                OfferKind::Keyword,
                "OR",
                "one of the two; binds tighter than AND",
            );
            self.add(OfferKind::Keyword, "AND", "both");
        }
        if let Before::Name(entry) = before
            && typed.is_empty()
        {
            self.operators(entry, "");
        }
        if typed.is_empty() {
            for (day, means) in DAYS {
                self.add(OfferKind::Time, day, means);
            }
        } else {
            self.keys("label.", seen);
            self.parties(seen);
        }
    }

    /// Fields before an operator that is there already.
    fn fields(&mut self) {
        for entry in language().fields {
            if let Some(fit) = self.fits_field(entry) {
                let text = match entry.attribute {
                    // Its key comes between it and the operator.
                    Attribute::Label if self.after != Some('.') => "label.",
                    _ => entry.name,
                };
                self.push(fit, OfferKind::Field, text.to_owned(), entry.means);
            }
        }
        if self.after == Some(':') {
            self.bounds("");
        }
    }

    fn bounds(&mut self, colon: &str) {
        let means = [(SINCE, "created since then"), (UNTIL, "created until then")];
        for (bound, means) in means {
            if let Some(fit) = self.fits(bound) {
                self.push(fit, OfferKind::Field, format!("{bound}{colon}"), means);
            }
        }
    }

    /// Names of states and the like, which stand for their field.
    fn names(&mut self) {
        for entry in language()
            .fields
            .iter()
            .filter(|entry| entry.kind == Kind::Name)
        {
            for name in names_of(entry.attribute) {
                let spelled = name.replace('_', "-");
                if let Some(fit) = self.fits(&spelled) {
                    let means = format!("{}: {}", entry.name, meaning_of(entry.attribute, name));
                    self.push(fit, OfferKind::Name, spelled, &means);
                }
            }
        }
    }

    fn keys(&mut self, before: &str, seen: &impl Seen) {
        let typed = &self.place.typed;
        if typed.is_pattern || (!before.is_empty() && typed.text.chars().count() < WITHIN_FROM) {
            return;
        }
        for key in seen.label_keys(&typed.text, MOST) {
            let text = format!("{before}{}", quoting::key(&key, self.place.quote));
            if self.place.whole.as_ref() != Some(&key) || !before.is_empty() {
                self.push(Fit::Seen, OfferKind::Key, text, "a label");
            }
        }
    }

    /// Numbers of either end that have what was typed in them.
    fn parties(&mut self, seen: &impl Seen) {
        let typed = &self.place.typed;
        let digits = values::digits(&typed.text).unwrap_or_default();
        if typed.is_pattern || digits.bytes().filter(u8::is_ascii_digit).count() < NUMBER_FROM {
            return;
        }
        for (end, means) in [(End::To, "was called"), (End::From, "has called")] {
            for number in seen.values(Attribute::Party(end), None, &typed.text, MOST / 2) {
                self.value(OfferKind::Number, &number, means);
            }
        }
    }

    fn operators(&mut self, entry: &Entry, name: &str) {
        for op in entry.kind.operators() {
            let text = if name.is_empty() {
                op.text().to_owned()
            } else {
                format!("{name} {}", op.text())
            };
            if name.is_empty() && self.fits(op.text()).is_none() {
                continue;
            }
            self.push(
                Fit::Begins,
                OfferKind::Operator,
                text,
                op_means(entry.kind, *op),
            );
        }
        if name.is_empty() && self.fits(":*").is_none() {
            return;
        }
        self.push(
            Fit::Begins,
            OfferKind::Operator,
            format!("{name}:*"),
            "is set",
        );
    }

    fn values(&mut self, entry: &Entry, key: Option<&str>, op: Op, seen: &impl Seen) {
        match entry.kind {
            Kind::Name | Kind::Flag => {
                for name in names_of(entry.attribute) {
                    let spelled = name.replace('_', "-");
                    if let Some(fit) = self.fits(&spelled)
                        && !self.is_written(&spelled)
                    {
                        let text = quoting::value(&spelled, self.place.quote);
                        let means = meaning_of(entry.attribute, name);
                        self.push(fit, OfferKind::Name, text, means);
                    }
                }
            }
            Kind::Time if matches!(op, Op::Equal | Op::NotEqual | Op::Has) => {
                self.times(&STRETCHES, |text| Times::parse(text).is_ok());
                self.times(&TIMES, |text| Times::parse(text).is_ok());
            }
            Kind::Time => self.times(&TIMES, |text| Times::parse(text).is_ok()),
            Kind::Length => self.times(&LENGTHS, |text| values::span(text).is_ok()),
            Kind::Party | Kind::Text | Kind::Money => self.seen(entry, key, op, seen),
        }
        // A name behind a colon alone asks for no value: the field may just be set.
        if op == Op::Has && self.place.whole.as_deref().is_none_or(str::is_empty) {
            self.push(Fit::Within, OfferKind::Operator, "*".to_owned(), "is set");
        }
    }

    fn seen(&mut self, entry: &Entry, key: Option<&str>, op: Op, seen: &impl Seen) {
        let typed = &self.place.typed;
        let asks_presence = op == Op::Has && self.place.whole.as_deref() == Some("*");
        if typed.is_pattern || asks_presence {
            return;
        }
        for value in seen.values(entry.attribute, key, &typed.text, MOST) {
            match entry.kind {
                Kind::Party => self.value(OfferKind::Number, &value, "seen"),
                Kind::Money if self.place.quote.is_none() && values::is_currency(&value) => {
                    self.push(Fit::Seen, OfferKind::Keyword, value, "and an amount in it");
                }
                Kind::Money => {}
                Kind::Text | Kind::Time | Kind::Name | Kind::Length | Kind::Flag => {
                    self.value(OfferKind::Value, &value, "seen");
                }
            }
        }
    }

    /// A value that was seen, if it can be said.
    fn value(&mut self, kind: OfferKind, value: &str, means: &str) {
        let is_number = kind == OfferKind::Number;
        let pattern = values::party(&[value.to_owned()]);
        let says_itself = !is_number || pattern.exact() == Some(value);
        let is_there = self.place.whole.as_deref().is_some_and(|whole| {
            let reads_itself = self.place.quote.is_some() || quoting::reads_itself(whole);
            let is_same = whole == value || (!is_number && whole.eq_ignore_ascii_case(value));
            reads_itself && is_same
        });
        if !value.is_empty() && says_itself && !is_there {
            let text = quoting::value(value, self.place.quote);
            self.push(Fit::Seen, kind, text, means);
        }
    }

    /// Times or lengths of time: those that begin as typed, and what a number can be completed to.
    fn times(&mut self, known: &[(&str, &str)], is_good: impl Fn(&str) -> bool) {
        let typed = self.place.typed.text.clone();
        let (first, last) = match typed.rsplit_once("..") {
            Some((first, last)) => (format!("{first}.."), last),
            None => (String::new(), typed.as_str()),
        };
        let number = last.strip_prefix('-').unwrap_or(last);
        let is_number = number.bytes().all(|b| b.is_ascii_digit()) && !number.is_empty();
        let known = known.iter().filter(|_| !is_number).map(|(text, means)| {
            let fits = starts_with(text, last);
            (fits.then(|| (*text).to_owned()), *means)
        });
        let units = UNITS.iter().filter(|_| is_number).map(|(unit, means)| {
            let fits = is_good(&format!("{first}{last}{unit}"));
            (fits.then(|| format!("{last}{unit}")), *means)
        });
        let found: Vec<(Option<String>, &str)> = known.chain(units).collect();
        for (text, means) in found {
            let Some(text) = text.map(|text| format!("{first}{text}")) else {
                continue;
            };
            if is_good(&text) && !self.is_written(&text) {
                let text = quoting::value(&text, self.place.quote);
                self.push(Fit::Begins, OfferKind::Time, text, means);
            }
        }
    }

    /// Offers a word, if it fits and is not there already.
    fn add(&mut self, kind: OfferKind, text: &str, means: &str) {
        if let Some(fit) = self.fits(text)
            && !self.is_written(text)
        {
            self.push(fit, kind, text.to_owned(), means);
        }
    }

    fn push(&mut self, fit: Fit, kind: OfferKind, mut text: String, means: &str) {
        let was_seen = matches!(kind, OfferKind::Value | OfferKind::Number | OfferKind::Key);
        if !was_seen && self.is_written(&text) {
            return;
        }
        let joins = match self.after {
            None => false,
            Some(c) if is_blank(c) || matches!(c, ')' | ',') => true,
            Some(c) => {
                matches!(kind, OfferKind::Field | OfferKind::Key)
                    && matches!(c, '=' | '<' | '>' | '!' | ':' | '.')
            }
        };
        if !joins && !text.ends_with([':', '.']) {
            text.push(' ');
        }
        let means = means.to_owned();
        self.offers.push((fit, Offer { text, means, kind }));
    }

    /// Whether just this stands there already.
    fn is_written(&self, text: &str) -> bool {
        let whole = self.place.whole.as_deref();
        whole.is_some_and(|whole| spelled(whole) == spelled(text))
    }

    /// Whether the cursor is at the end of a finished word.
    fn whole_is_typed(&self) -> bool {
        self.place.whole.as_deref() == Some(&*self.place.typed.text)
    }

    fn fits(&self, text: &str) -> Option<Fit> {
        let typed = &self.place.typed;
        if typed.is_pattern {
            return None;
        }
        let (text, typed) = (spelled(text), spelled(&typed.text));
        if text.starts_with(&typed) {
            return Some(Fit::Begins);
        }
        let is_within = typed.chars().count() >= WITHIN_FROM && text.contains(&typed);
        is_within.then_some(Fit::Within)
    }

    fn fits_field(&self, entry: &Entry) -> Option<Fit> {
        let also = || {
            let typed = &self.place.typed;
            let also = !typed.is_pattern && typed.text.chars().count() >= WITHIN_FROM;
            let mut names = entry.also.iter();
            (also && names.any(|name| starts_with(name, &typed.text))).then_some(Fit::AlsoBegins)
        };
        match self.fits(entry.name) {
            Some(Fit::Begins) => Some(Fit::Begins),
            other => also().or(other),
        }
    }

    fn done(mut self) -> Vec<Offer> {
        self.offers.sort_by_key(|(fit, _)| *fit);
        let mut texts = HashSet::new();
        self.offers
            .retain(|(_, offer)| texts.insert(offer.text.clone()));
        self.offers.truncate(MOST);
        self.offers.into_iter().map(|(_, offer)| offer).collect()
    }
}

/// A name as it is compared: in lower case, and with hyphens.
fn spelled(text: &str) -> String {
    text.to_lowercase().replace(['_', ' '], "-")
}

fn starts_with(text: &str, start: &str) -> bool {
    text.get(..start.len())
        .is_some_and(|text| text.eq_ignore_ascii_case(start))
}

fn is_named(entry: &Entry, name: &str) -> bool {
    let mut names = entry.also.iter().chain([&entry.name]);
    names.any(|known| known.eq_ignore_ascii_case(name))
}

fn op_means(kind: Kind, op: Op) -> &'static str {
    let is_time = kind == Kind::Time;
    match op {
        Op::Equal if is_time => "within",
        Op::NotEqual if is_time => "not within",
        Op::Equal => "is",
        Op::NotEqual => "is not",
        Op::Less if is_time => "before",
        Op::Less => "less than",
        Op::AtMost if is_time => "not after",
        Op::AtMost => "at most",
        Op::Greater if is_time => "after",
        Op::Greater => "more than",
        Op::AtLeast if is_time => "not before",
        Op::AtLeast => "at least",
        Op::Has => "is set",
    }
}
