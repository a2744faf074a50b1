//! Where a walk was left: a plain value, and a line of text.

use std::fmt;
use std::ops::Range;
use std::str::FromStr;

use chrono::{DateTime, Utc};

use super::Batch;
use crate::call::{Covered, Interval, IntervalError, read_interval};
use crate::filter::Plan;

/// Which query a walk is for, which range, and what of that has been delivered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bookmark {
    query: String,
    range: Range<DateTime<Utc>>,
    done: Covered,
}

/// Why a walk cannot go on from a bookmark, as a sentence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BookmarkError {
    /// It was made for another query.
    #[error("the bookmark is of another query ({theirs:?}, and not {ours:?}): start anew")]
    Query {
        /// What the service is asked now.
        ours: String,
        /// What it was asked then.
        theirs: String,
    },
    /// The text has not the shape of a bookmark.
    #[error(
        "this is no bookmark: it has three parts with blanks between, a range, what is done of it, and the query"
    )]
    Shape,
    /// One of its times cannot be read.
    #[error("this is no bookmark: {0}")]
    Interval(#[from] IntervalError),
}

impl Bookmark {
    /// The beginning of a walk. Ranges that end before they begin are empty.
    #[must_use]
    pub fn new(plan: &Plan, range: Range<DateTime<Utc>>) -> Self {
        Self {
            query: plan.pushed().to_string(),
            range: range.start..range.end.max(range.start),
            done: Covered::nothing(),
        }
    }

    /// The beginning of a walk through what is left of a range; nothing if nothing is.
    #[must_use]
    pub fn of_left(plan: &Plan, left: &Covered) -> Option<Self> {
        let (first, last) = (left.stretches().first()?, left.stretches().last()?);
        let mut bookmark = Self::new(plan, first.start..last.end);
        bookmark.done.extend(left.missing(&bookmark.range));
        Some(bookmark)
    }

    /// The range of the walk.
    pub fn range(&self) -> &Range<DateTime<Utc>> {
        &self.range
    }

    /// The creation times of which everything has been delivered.
    pub fn done(&self) -> &Covered {
        &self.done
    }

    /// Whether nothing is left.
    pub fn is_done(&self) -> bool {
        self.done.contains_all(&self.range)
    }

    /// What is left to be read, oldest first.
    pub fn left(&self) -> Vec<Range<DateTime<Utc>>> {
        self.done.missing(&self.range)
    }

    pub(super) fn check(&self, plan: &Plan) -> Result<(), BookmarkError> {
        let ours = plan.pushed().to_string();
        if ours != self.query {
            let theirs = self.query.clone();
            return Err(BookmarkError::Query { ours, theirs });
        }
        Ok(())
    }

    pub(super) fn take(&mut self, batch: &Batch) {
        self.done.add(batch.covers.clone());
    }
}

/// One line, which can be read again.
impl fmt::Display for Bookmark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (range, done) = (Interval(&self.range), &self.done);
        write!(f, "{range} ")?;
        if done.is_empty() {
            write!(f, "-")?;
        } else {
            write!(f, "{done}")?;
        }
        write!(f, " {}", self.query)
    }
}

impl FromStr for Bookmark {
    type Err = BookmarkError;

    fn from_str(text: &str) -> Result<Self, BookmarkError> {
        let mut parts = text.splitn(3, ' ');
        let (Some(range), Some(done), Some(query)) = (parts.next(), parts.next(), parts.next())
        else {
            return Err(BookmarkError::Shape);
        };
        let range = read_interval(range)?;
        Ok(Self {
            query: query.to_owned(),
            range: range.start..range.end.max(range.start),
            done: match done {
                "-" => Covered::nothing(),
                done => done.parse()?,
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::filter::{Search, Standpoint};
    use chrono::TimeDelta;
    use rstest::rstest;
    use std::time::Duration;

    fn at(second: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_700_000_000 + second, 0).unwrap()
    }

    fn plan(text: &str) -> Plan {
        let standpoint = Standpoint {
            now: at(0),
            zone: chrono_tz::UTC,
        };
        Plan::of(&Search::parse(text).unwrap(), &standpoint)
    }

    fn batch(covers: Range<DateTime<Utc>>) -> Batch {
        Batch {
            covers,
            calls: Vec::new(),
            requests: 1,
            at: Duration::ZERO,
        }
    }

    #[rstest]
    #[case::everything("")]
    #[case::with_blanks("state = BUSY AND to = '+61*'")]
    fn it_is_read_as_it_was_written(#[case] query: &str) {
        let mut bookmark = Bookmark::new(&plan(query), at(0)..at(100));
        assert_eq!(bookmark.to_string().parse(), Ok(bookmark.clone()));
        bookmark.take(&batch(at(50)..at(100)));
        bookmark.take(&batch(at(10)..at(20) + TimeDelta::nanoseconds(1)));
        assert_eq!(bookmark.to_string().parse(), Ok(bookmark.clone()));
        assert_eq!(
            bookmark.left(),
            [at(0)..at(10), at(20) + TimeDelta::nanoseconds(1)..at(50)]
        );
        assert!(!bookmark.is_done());
        bookmark.take(&batch(at(0)..at(50)));
        assert!(bookmark.is_done());
    }

    #[test]
    fn a_walk_may_begin_with_what_is_left() {
        let left: Covered = [at(0)..at(10), at(50)..at(100)].into_iter().collect();
        let bookmark = Bookmark::of_left(&plan(""), &left).unwrap();
        assert_eq!(bookmark.range(), &(at(0)..at(100)));
        assert_eq!(bookmark.left(), left.stretches());
        assert_eq!(Bookmark::of_left(&plan(""), &Covered::nothing()), None);
    }

    #[test]
    fn another_query_is_told_apart() {
        let bookmark = Bookmark::new(&plan("state = BUSY"), at(0)..at(100));
        assert_eq!(bookmark.check(&plan("state = BUSY")), Ok(()));
        let error = bookmark.check(&plan("")).unwrap_err();
        assert!(error.to_string().contains("state = BUSY"), "{error}");
    }

    #[rstest]
    #[case("")]
    #[case("x - ")]
    #[case("2021-03-01T00:00:00Z/2021-03-02T00:00:00Z")]
    #[case("2021-03-01T00:00:00Z/2021-03-02T00:00:00Z x ")]
    fn other_texts_are_no_bookmarks(#[case] text: &str) {
        let error = text.parse::<Bookmark>().unwrap_err();
        assert!(error.to_string().contains("no bookmark"), "{error}");
    }
}
