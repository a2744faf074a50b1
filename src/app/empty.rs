//! Why a list is empty: which parts of the filter leave nothing by themselves.
//!
//! It is found out while the list is empty and only then, in slices, so that no key waits for it. A
//! part is done with at the first call that it lets pass.

use chrono::{DateTime, TimeDelta, Utc};

use crate::call::Store;
use crate::filter::{Search, Sieve};

use super::App;
use super::listing::SLICE;
use super::msg::{Effect, Pass};

/// Of more parts nobody reads which of them is to blame.
const MOST_PARTS: usize = 12;
/// How often it is looked again while the list stays empty: calls come, and windows move on.
const AGAIN_AFTER: TimeDelta = TimeDelta::seconds(10);

/// Why a filter of several parts lets no call pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WhyEmpty {
    /// These parts each let none pass by themselves; never nothing.
    Alone(Vec<String>),
    /// Each part lets calls pass, but none passes all of them.
    Together,
}

/// The search for it.
#[derive(Debug)]
pub(super) struct Inquiry {
    search: Search,
    began: DateTime<Utc>,
    parts: Vec<Part>,
    /// How many calls were looked at, newest first; all of them when it is over.
    looked_at: usize,
    is_over: bool,
    pass: Pass,
    /// Whether the next slice has been asked for.
    awaited: bool,
    why: Option<WhyEmpty>,
}

#[derive(Debug)]
struct Part {
    text: String,
    sieve: Sieve,
    found: bool,
}

impl Inquiry {
    /// Looks at the next slice: the more parts are open, the fewer calls.
    fn go_on(&mut self, store: &Store) {
        self.awaited = false;
        let open = self.parts.iter().filter(|part| !part.found).count();
        let calls = SLICE / open.max(1);
        for part in self.parts.iter_mut().filter(|part| !part.found) {
            part.sieve.refresh(store);
            let mut slots = store.newest_first().iter_from(self.looked_at).take(calls);
            part.found = slots.any(|slot| part.sieve.passes(store, slot));
        }
        self.looked_at += calls;
        let open: Vec<String> = self
            .parts
            .iter()
            .filter(|part| !part.found)
            .map(|part| part.text.clone())
            .collect();
        self.is_over = open.is_empty() || self.looked_at >= store.len();
        if self.is_over {
            self.why = Some(if open.is_empty() {
                WhyEmpty::Together
            } else {
                WhyEmpty::Alone(open)
            });
        }
    }
}

impl App {
    /// Why the filter lets no call pass, as soon as that is known; nothing while calls are listed, and
    /// for a filter that has one part only.
    pub fn why_empty(&self) -> Option<&WhyEmpty> {
        let inquiry = self.inquiry.as_ref()?;
        inquiry.why.as_ref()
    }

    /// Begins to look, goes on with it, or forgets it, as the list has become.
    pub(super) fn inquire(&mut self, effects: &mut Vec<Effect>) {
        let is_empty = self.table.is_empty() && self.table.is_whole() && !self.store.is_empty();
        let search = self.bar.search();
        if !is_empty || search.is_everything() {
            self.inquiry = None;
            return;
        }
        let before = self.inquiry.take_if(|inquiry| {
            let is_old = inquiry.is_over && self.now - inquiry.began >= AGAIN_AFTER;
            inquiry.search != *search || is_old
        });
        if self.inquiry.is_none() {
            let parts = search.parts(&self.standpoint());
            if !(2..=MOST_PARTS).contains(&parts.len()) {
                return;
            }
            let why = before.filter(|before| before.search == *search);
            self.inquiry = Some(Inquiry {
                search: search.clone(),
                began: self.now,
                parts: parts
                    .into_iter()
                    .map(|(text, matcher)| Part {
                        text,
                        sieve: matcher.sieve(),
                        found: false,
                    })
                    .collect(),
                looked_at: 0,
                is_over: false,
                pass: self.table.next_pass(),
                awaited: false,
                why: why.and_then(|before| before.why),
            });
        }
        if let Some(inquiry) = self
            .inquiry
            .as_mut()
            .filter(|it| !it.is_over && !it.awaited)
        {
            inquiry.awaited = true;
            effects.push(Effect::GoOn(inquiry.pass));
        }
    }

    /// The next slice of it, if this is the one that was asked for.
    pub(super) fn inquire_on(&mut self, pass: Pass) {
        if let Some(inquiry) = self
            .inquiry
            .as_mut()
            .filter(|it| it.pass == pass && !it.is_over)
        {
            inquiry.go_on(&self.store);
        }
    }
}
