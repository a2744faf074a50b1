//! A list that is read once, from the newest call to the oldest, for commands without a screen. It
//! takes no more memory than a page, however long it is.

use std::cmp::Reverse;
use std::collections::HashSet;

use chrono::{DateTime, Utc};

use super::bucket::Bucket;
use super::history::History;
use super::walk::Reader;
use crate::api::Client;
use crate::call::{Call, CallName, Coverage, Failure};
use crate::filter::Plan;

/// The list of the calls that a plan asks the service for.
#[derive(Debug)]
pub struct Listing {
    reader: Reader,
    plan: Plan,
    history: History,
    passed: Passed,
}

/// Some calls of a list.
#[derive(Debug)]
pub struct Stretch {
    /// The calls, newest first; each is in one stretch only. There may be none although more follow.
    pub calls: Vec<Call>,
    /// Whether the service has listed calls that the filter excludes: it does not apply it.
    pub ignores_filter: bool,
}

impl Listing {
    /// A list that nothing has been read of yet. So many calls are asked for at once: 1 to 100
    /// (`api.md §2.5`).
    #[must_use]
    pub fn new(client: Client, plan: Plan, page_size: u32) -> Self {
        Self {
            // Page after page, as fast as they come: nobody polls beside it.
            reader: Reader::new(client, page_size.clamp(1, 100)).sharing(Bucket::default()),
            plan,
            history: History::default(),
            passed: Passed::default(),
        }
    }

    /// What the service lists next; nothing at the end. The receiver evaluates what the service does
    /// not. Giving up waiting does no harm.
    ///
    /// # Errors
    ///
    /// The service refuses, or does not answer. Asking again goes on at the same place.
    pub async fn next(&mut self) -> Result<Option<Stretch>, Failure> {
        if self.history.is_ended() {
            return Ok(None);
        }
        let step = self
            .history
            .clone()
            .step(self.reader.clone(), self.plan.clone());
        let (history, result) = step.await;
        self.history = history;
        result.map(|leaf| {
            Some(Stretch {
                calls: self.passed.take(leaf.page.calls),
                ignores_filter: leaf.ignores_filter,
            })
        })
    }

    /// How far back all calls of the plan have been given out.
    pub fn coverage(&self) -> Coverage {
        self.history.covered().coverage(DateTime::<Utc>::MAX_UTC)
    }
}

/// How far a list has come. The service lists newest first, so that whatever is newer has been had,
/// or has been created since.
#[derive(Debug, Default)]
struct Passed {
    oldest: Option<DateTime<Utc>>,
    /// Those that were created at that moment.
    at_oldest: HashSet<CallName>,
    /// Those of which the service does not say when.
    timeless: HashSet<CallName>,
}

impl Passed {
    /// Those that have not been had, newest first.
    fn take(&mut self, mut calls: Vec<Call>) -> Vec<Call> {
        calls.sort_by_key(|call| Reverse(call.create_time));
        calls.retain(|call| match (call.create_time, self.oldest) {
            (None, _) => self.timeless.insert(call.name.clone()),
            (Some(time), Some(oldest)) if time > oldest => false,
            (Some(time), Some(oldest)) if time == oldest => {
                self.at_oldest.insert(call.name.clone())
            }
            (Some(time), _) => {
                self.oldest = Some(time);
                self.at_oldest.clear();
                self.at_oldest.insert(call.name.clone())
            }
        });
        calls
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(id: u32, second: Option<i64>) -> Call {
        let mut call = Call::new(CallName::new(format!("projects/demo/calls/{id}")));
        call.create_time = second.and_then(|second| DateTime::from_timestamp(second, 0));
        call
    }

    fn ids(calls: &[Call]) -> Vec<&str> {
        calls.iter().map(|call| call.name.id()).collect()
    }

    #[test]
    fn each_call_is_had_once_and_in_order() {
        let mut passed = Passed::default();
        let first = passed.take(vec![
            call(5, Some(50)),
            call(4, Some(40)),
            call(3, Some(40)),
        ]);
        assert_eq!(ids(&first), ["5", "4", "3"]);
        // The window that follows begins with the moment at which the one before was cut.
        let second = passed.take(vec![
            call(3, Some(40)),
            call(2, Some(40)),
            call(9, None),
            call(1, Some(10)),
        ]);
        assert_eq!(ids(&second), ["2", "1", "9"]);
        // A list that begins anew, with a call that was created meanwhile.
        let again = passed.take(vec![call(6, Some(60)), call(5, Some(50)), call(9, None)]);
        assert!(again.is_empty());
        assert_eq!(ids(&passed.take(vec![call(0, Some(5))])), ["0"]);
    }
}
