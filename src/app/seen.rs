//! What has been seen in the calls that were loaded: labels, numbers, errors and the like, to be
//! written again in filters.
//!
//! However many calls come, memory stays where it is: of each kind so many values are kept, and those
//! go first that stand in no call created lately. A merge costs what changed, not what is kept.

use std::cmp::Reverse;

use hashbrown::HashMap;

use crate::call::{Call, is_hostile};
use crate::filter::{self, Attribute, End, Text, is_between};

/// How many keys of labels are kept, and values of each.
const KEYS: usize = 200;
const VALUES: usize = 500;
/// How many numbers are kept of each end.
const NUMBERS: usize = 2_000;
/// The longest text that is of use to somebody who types, in bytes.
const LONGEST: usize = 100;

/// The values seen.
#[derive(Debug, Default)]
pub struct Seen {
    to: Tally<NUMBERS>,
    from: Tally<NUMBERS>,
    labels: Tally<KEYS, Tally<VALUES>>,
    errors: Tally<VALUES>,
    messages: Tally<VALUES>,
    regions: Tally<VALUES>,
    zones: Tally<VALUES>,
    handlers: Tally<VALUES>,
    currencies: Tally<VALUES>,
}

/// What is noted of a call that came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum News {
    /// The call was not known.
    Call,
    /// There is more to tell of a call that was.
    Change,
}

impl Seen {
    /// Notes what stands in a call.
    pub(super) fn note(&mut self, call: &Call, news: News) {
        let created = call.create_time;
        let at = created.map_or(i64::MIN, |time| time.timestamp());
        self.to.note(&call.to, at, news);
        self.from.note(&call.from, at, news);
        for (key, value) in call.labels.iter() {
            if let Some(values) = self.labels.note(key, at, news) {
                values.note(value, at, news);
            }
        }
        self.errors.note(&call.error_code, at, news);
        self.messages.note(&call.error_message, at, news);
        self.zones.note(&call.from_zone, at, news);
        if let Some(location) = &call.from_location {
            self.regions.note(&location.region_code, at, news);
            self.regions.note(&location.administrative_area, at, news);
            self.regions.note(&location.locality, at, news);
        }
        if let Some(options) = &call.options {
            for uri in &options.handler_uris {
                self.handlers.note(uri, at, news);
            }
        }
        if let Some(price) = &call.price {
            self.currencies.note(price.currency(), at, news);
        }
    }
}

impl filter::Seen for Seen {
    fn values(
        &self,
        attribute: Attribute,
        key: Option<&str>,
        begins: &str,
        most: usize,
    ) -> Vec<String> {
        let often = |tally: &Tally<VALUES>| tally.often(&Wanted::text(begins), most);
        match attribute {
            Attribute::Party(End::To) => self.to.lately(&Wanted::number(begins), most),
            Attribute::Party(End::From) => self.from.lately(&Wanted::number(begins), most),
            Attribute::Label => key
                .and_then(|key| self.labels.get(key))
                .map(often)
                .unwrap_or_default(),
            Attribute::Text(Text::Error) => often(&self.errors),
            Attribute::Text(Text::Message) => often(&self.messages),
            Attribute::Text(Text::Region) => often(&self.regions),
            Attribute::Text(Text::Zone) => often(&self.zones),
            Attribute::Text(Text::Handler) => often(&self.handlers),
            Attribute::Price => often(&self.currencies),
            // Of each call another one, or one of a few names.
            Attribute::Text(Text::Id | Text::Leg | Text::Sip)
            | Attribute::Created
            | Attribute::State
            | Attribute::Direction
            | Attribute::Transport
            | Attribute::Method
            | Attribute::Length(_)
            | Attribute::Flag(_) => Vec::new(),
        }
    }

    fn label_keys(&self, begins: &str, most: usize) -> Vec<String> {
        self.labels.often(&Wanted::text(begins), most)
    }
}

/// Texts with how often and how lately they were seen, at most so many.
#[derive(Debug)]
struct Tally<const MOST: usize, T = ()> {
    texts: HashMap<String, Noted<T>>,
    /// What was seen in older calls alone is not worth a place; of no meaning before one was lost.
    oldest: i64,
}

#[derive(Debug, Default)]
struct Noted<T> {
    calls: u32,
    /// When the newest of these calls was created, in seconds.
    at: i64,
    of: T,
}

impl<const MOST: usize, T> Default for Tally<MOST, T> {
    fn default() -> Self {
        Self {
            texts: HashMap::new(),
            oldest: i64::MIN,
        }
    }
}

impl<const MOST: usize, T: Default> Tally<MOST, T> {
    fn note(&mut self, text: &str, at: i64, news: News) -> Option<&mut T> {
        // Most numbers are of no use for long: nothing is looked up for those of old calls.
        if at < self.oldest || text.is_empty() || text.len() > LONGEST {
            return None;
        }
        if !self.texts.contains_key(text) {
            if is_unseen(text) {
                return None;
            }
            if self.texts.len() >= MOST {
                self.make_room();
            }
        }
        let noted = self.texts.entry_ref(text).or_default();
        let is_new = news == News::Call || noted.calls == 0;
        noted.calls = noted.calls.saturating_add(is_new.into());
        noted.at = noted.at.max(at);
        Some(&mut noted.of)
    }

    /// Drops the least recent fourth, so that it is long until the next time.
    fn make_room(&mut self) {
        let mut times: Vec<i64> = self.texts.values().map(|noted| noted.at).collect();
        let gone = (MOST / 4).max(1).min(times.len().saturating_sub(1));
        let (_, &mut oldest, _) = times.select_nth_unstable(gone);
        let mut gone = times.len().min(gone);
        // First all that are older, then of those that are as old as many as it takes.
        self.texts.retain(|_, noted| {
            let stays = noted.at >= oldest;
            gone -= usize::from(!stays);
            stays
        });
        self.texts.retain(|_, noted| {
            let stays = gone == 0 || noted.at > oldest;
            gone -= usize::from(!stays);
            stays
        });
        self.oldest = oldest;
    }

    fn get(&self, text: &str) -> Option<&T> {
        self.texts.get(text).map(|noted| &noted.of)
    }

    /// Those that were seen in most calls first.
    fn often(&self, wanted: &Wanted, most: usize) -> Vec<String> {
        self.chosen(wanted, most, |noted| (noted.calls.into(), noted.at))
    }

    /// Those that were seen last first.
    fn lately(&self, wanted: &Wanted, most: usize) -> Vec<String> {
        self.chosen(wanted, most, |noted| (noted.at, noted.calls.into()))
    }

    fn chosen(
        &self,
        wanted: &Wanted,
        most: usize,
        worth: impl Fn(&Noted<T>) -> (i64, i64),
    ) -> Vec<String> {
        let fitting = self.texts.iter().filter_map(|(text, noted)| {
            let fit = wanted.fit(text)?;
            Some((fit, Reverse(worth(noted)), text.as_str()))
        });
        let mut chosen: Vec<_> = fitting.collect();
        chosen.sort_unstable();
        chosen.truncate(most);
        let texts = chosen.into_iter().map(|(_, _, text)| text.to_owned());
        texts.collect()
    }
}

/// Whether something in a text does not show, so that nobody can write it again.
fn is_unseen(text: &str) -> bool {
    let shows = text.bytes().all(|b| b == b' ' || b.is_ascii_graphic());
    !shows && text.contains(is_hostile)
}

/// What was typed, as it is looked for.
#[derive(Debug)]
struct Wanted {
    /// In lower case.
    text: String,
    /// The digits, where it may be a part of a number.
    digits: Option<String>,
}

/// How well a text fits; less is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    Begins,
    Within,
}

impl Wanted {
    fn text(begins: &str) -> Self {
        Self {
            text: begins.to_lowercase(),
            digits: None,
        }
    }

    /// However the digits are spaced, and with the zero of a national number or without it.
    fn number(begins: &str) -> Self {
        let squeezed: String = begins.chars().filter(|c| !is_between(*c)).collect();
        let digits = squeezed.trim_start_matches('+');
        let is_number = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
        let digits = digits.strip_prefix("00").unwrap_or(digits);
        Self {
            text: begins.to_lowercase(),
            digits: is_number.then(|| digits.trim_start_matches('0').to_owned()),
        }
    }

    fn fit(&self, text: &str) -> Option<Fit> {
        if let Some(digits) = &self.digits {
            let number = text.strip_prefix('+').unwrap_or(text);
            if number.starts_with(&**digits) {
                return Some(Fit::Begins);
            }
            return number.contains(&**digits).then_some(Fit::Within);
        }
        let lower = text.to_lowercase();
        if lower.starts_with(&self.text) {
            return Some(Fit::Begins);
        }
        lower.contains(&self.text).then_some(Fit::Within)
    }
}

#[cfg(test)]
mod tests;
