//! What outlives a query. The receiver keeps the calls that it has, whatever it asks for next; so the
//! news of a call under way, and of one whose price is still to come, are due under any query.

use std::collections::{HashMap, VecDeque};

use super::lead::Lead;
use super::settling::Settling;
use crate::call::{AsOf, Call, CallName};

/// Of how many polls the news are kept: more than wait between here and whoever takes them in.
const MOST_NEWS: usize = 32;

/// Calls of which more is to come.
#[derive(Debug, Default)]
pub(super) struct Followed {
    /// Those that were under way when last read.
    pub(super) under_way: HashMap<CallName, Lead>,
    /// Those that have ended and are read again for their price.
    pub(super) settling: Settling,
    /// What the latest polls brought that no later reading would bring again, as it was read.
    news: VecDeque<(AsOf, Vec<Call>)>,
}

impl Followed {
    /// Takes note of what a poll tells for the last time.
    pub(super) fn take_news(&mut self, as_of: AsOf, calls: Vec<Call>) {
        if calls.is_empty() {
            return;
        }
        if self.news.len() >= MOST_NEWS {
            self.news.pop_front();
        }
        self.news.push_back((as_of, calls));
    }

    /// The latest news. A receiver that has gone over to another query drops what is still on its
    /// way under the one before; to be told twice does no harm.
    pub(super) fn news(&self) -> impl Iterator<Item = (AsOf, Vec<Call>)> {
        self.news.iter().cloned()
    }
}
