//! Walking back in time, in windows that end where the one before began.
//!
//! Windows rather than page tokens, for a token that is an offset skips calls when the list before it
//! shrinks. Tokens are followed only within one moment, and where the service does not apply windows.

use chrono::{DateTime, TimeDelta, Utc};

use super::walk::{Leaf, Reader, endless, is_token_refusal};
use crate::call::{Call, Coverage, Covered, Failure};
use crate::filter::Plan;

/// How many requests in a row may bring nothing older.
const WITHOUT_PROGRESS: usize = 1_000;

/// How far back a walk has come.
#[derive(Debug, Clone, Default)]
pub(super) struct History {
    /// The creation time of the oldest call that was read.
    oldest: Option<DateTime<Utc>>,
    /// Where to go on within the window.
    token: Option<String>,
    /// Whether the service does not apply windows, so that only tokens lead on.
    tokens_only: bool,
    /// Whether the first call of the project has been read.
    ended: bool,
    /// Where it began; nothing if that was with the newest.
    until: Option<DateTime<Utc>>,
    /// How many calls were read.
    read: usize,
    /// How many requests in a row brought nothing older.
    stuck: usize,
}

impl History {
    /// How many calls were read.
    pub(super) fn read(&self) -> usize {
        self.read
    }

    /// Whether there is nothing older.
    pub(super) fn is_ended(&self) -> bool {
        self.ended
    }

    /// What has been read whole. The oldest moment itself may have been cut by a page.
    pub(super) fn covered(&self) -> Covered {
        let mut covered = Covered::from(match self.oldest {
            _ if self.ended => Coverage::Everything,
            Some(oldest) => Coverage::Since(after(oldest)),
            None => Coverage::None,
        });
        if let Some(until) = self.until {
            covered.subtract(&(until..DateTime::<Utc>::MAX_UTC));
        }
        covered
    }

    /// Goes on before another moment than it would, or asks once more for what it found to be the end;
    /// whether it does.
    pub(super) fn go_to(&mut self, before: DateTime<Utc>) -> bool {
        let goes_on = |oldest| !self.ended && after(oldest) == before;
        if before == DateTime::<Utc>::MIN_UTC || self.oldest.is_none_or(goes_on) {
            return false;
        }
        *self = Self {
            oldest: before.checked_sub_signed(TimeDelta::nanoseconds(1)),
            until: Some(before),
            read: self.read,
            ..Self::default()
        };
        true
    }

    /// Reads the next page.
    pub(super) async fn step(
        mut self,
        reader: Reader,
        plan: Plan,
    ) -> (Self, Result<Leaf, Failure>) {
        // A window ends just after the oldest moment read, for more calls may have been created in it.
        let filter = match self.oldest {
            Some(oldest) if !self.tokens_only => plan.before(Some(after(oldest))),
            _ => plan.before(None),
        };
        let answer = reader.page(&filter, self.token.as_deref()).await;
        let result = match answer {
            Err(failure) if self.token.is_some() && is_token_refusal(&failure) => {
                // The window begins anew, without the token.
                self.token = None;
                self.tokens_only = false;
                self.stuck += 1;
                match reader.page(&filter, None).await {
                    Ok(leaf) => self.take(leaf),
                    Err(failure) => Err(failure),
                }
            }
            Err(failure) => Err(failure),
            Ok(leaf) => self.take(leaf),
        };
        (self, result)
    }

    fn take(&mut self, leaf: Leaf) -> Result<Leaf, Failure> {
        let calls = &leaf.page.calls;
        let created = |call: &Call| call.create_time;
        let beyond = self
            .oldest
            .is_some_and(|oldest| calls.iter().filter_map(created).any(|time| time > oldest));
        // What is newer than the window's end should not be in the window.
        self.tokens_only |= self.token.is_none() && beyond;
        let oldest = calls.iter().filter_map(created).min();
        let older = match (oldest, self.oldest) {
            (Some(now), Some(known)) => now < known,
            (Some(_), None) => true,
            (None, _) => false,
        };
        if older {
            self.oldest = oldest;
            self.stuck = 0;
        } else {
            self.stuck += 1;
        }
        self.read += calls.len();
        match &leaf.page.next_page_token {
            None => self.ended = true,
            Some(_) if self.stuck > WITHOUT_PROGRESS => return Err(endless()),
            Some(_) if older && !self.tokens_only => self.token = None,
            Some(next) => self.token = Some(next.clone()),
        }
        Ok(leaf)
    }
}

/// The moment after this one, as far as the service can tell moments apart.
pub(super) fn after(time: DateTime<Utc>) -> DateTime<Utc> {
    time.checked_add_signed(TimeDelta::nanoseconds(1))
        .unwrap_or(time)
}
