//! How a batch stands, in figures: for the line that is shown while it runs, for its end, and for the
//! share of failures that stops it.

use std::fmt;
use std::time::Duration;

use super::results::{Entry, Outcome};

/// Of fewer rows no share is taken: the first failure is not all of a batch.
const FEWEST: usize = 10;

/// Counts of rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Tally {
    pub(super) waiting: usize,
    pub(super) sending: usize,
    pub(super) placed: usize,
    pub(super) refused: usize,
    pub(super) not_sent: usize,
    pub(super) no_trace: usize,
    pub(super) unknown: usize,
    /// Of those placed: calls that are over and were answered.
    pub(super) completed: usize,
    /// Of those placed: calls that are over and were not.
    pub(super) failed: usize,
}

impl Tally {
    /// Counts all rows.
    pub(super) fn of(entries: &[Entry]) -> Self {
        let mut tally = Self::default();
        for entry in entries {
            let count = match entry.outcome {
                Outcome::Waiting => &mut tally.waiting,
                Outcome::Sending => &mut tally.sending,
                Outcome::Placed => &mut tally.placed,
                Outcome::Refused => &mut tally.refused,
                Outcome::NotSent => &mut tally.not_sent,
                Outcome::NoTrace => &mut tally.no_trace,
                Outcome::Unknown => &mut tally.unknown,
            };
            *count += 1;
            if entry.outcome == Outcome::Placed && entry.is_over() {
                if entry.state == "COMPLETED" {
                    tally.completed += 1;
                } else {
                    tally.failed += 1;
                }
            }
        }
        tally
    }

    /// How many rows there are.
    pub(super) fn all(&self) -> usize {
        self.waiting
            + self.sending
            + self.placed
            + self.refused
            + self.not_sent
            + self.no_trace
            + self.unknown
    }
}

/// `2,000 rows: 1,990 placed, 3 refused, 7 waiting`, without what there is none of.
impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rows = if self.all() == 1 { "row" } else { "rows" };
        write!(
            f,
            "{} {rows}: {} placed",
            grouped(self.all()),
            grouped(self.placed)
        )?;
        if self.completed + self.failed > 0 {
            let (completed, failed) = (grouped(self.completed), grouped(self.failed));
            write!(f, " ({completed} completed, {failed} not)")?;
        }
        for (count, word) in [
            (self.refused, "refused"),
            (self.not_sent, "not sent"),
            (self.no_trace, "without a trace"),
            (self.unknown + self.sending, "not known"),
            (self.waiting, "waiting"),
        ] {
            if count > 0 {
                write!(f, ", {} {word}", grouped(count))?;
            }
        }
        Ok(())
    }
}

/// The share of failures among what came to an end in this run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Share {
    /// No more is sent beyond it.
    pub(super) most: f64,
    pub(super) ended: usize,
    pub(super) failed: usize,
}

impl Share {
    /// Takes in an end.
    pub(super) fn add(&mut self, failed: bool) {
        self.ended += 1;
        self.failed += usize::from(failed);
    }

    /// Why no more is to be sent, if it is so.
    pub(super) fn stops(&self) -> Option<String> {
        if self.ended < FEWEST || ratio(self.failed, self.ended) <= self.most {
            return None;
        }
        let (failed, ended) = (grouped(self.failed), grouped(self.ended));
        Some(format!(
            "{failed} of {ended} have failed, more than {}% (--stop-after-failures)",
            self.most * 100.0
        ))
    }
}

/// How long the rest takes at the pace so far.
pub(super) fn rest(left: usize, done: usize, spent: Duration) -> Option<Duration> {
    (done >= FEWEST).then(|| spent.mul_f64(ratio(left, done)))
}

fn ratio(part: usize, whole: usize) -> f64 {
    let exact = |count: usize| f64::from(u32::try_from(count).unwrap_or(u32::MAX));
    exact(part) / exact(whole).max(1.0)
}

/// A count with commas between its thousands.
pub(super) fn grouped(count: usize) -> String {
    let digits = count.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_there_is_none_of_is_not_named() {
        let tally = Tally {
            placed: 1_990,
            completed: 1_000,
            failed: 12,
            waiting: 7,
            unknown: 1,
            sending: 2,
            ..Tally::default()
        };
        assert_eq!(
            tally.to_string(),
            "2,000 rows: 1,990 placed (1,000 completed, 12 not), 3 not known, 7 waiting"
        );
    }

    #[test]
    fn a_share_stops_beyond_its_bound_and_not_among_the_first() {
        let mut share = Share {
            most: 0.2,
            ended: 0,
            failed: 0,
        };
        for at in 0..9 {
            share.add(at < 3);
            assert_eq!(share.stops(), None, "{at}");
        }
        share.add(false);
        assert!(share.stops().unwrap().starts_with("3 of 10 have failed"));
        for _ in 0..5 {
            share.add(false);
        }
        assert_eq!(share.stops(), None, "3 of 15 are no more than 20%");
    }

    #[test]
    fn counts_have_commas_between_their_thousands() {
        let counts = [0, 12, 999, 1_000, 12_345, 1_234_567].map(grouped);
        assert_eq!(counts, ["0", "12", "999", "1,000", "12,345", "1,234,567"]);
    }
}
