//! Reading a list to its end, and writing each call as soon as it is read.

use std::io::{self, Write as _};

use chrono::TimeDelta;
use tokio::select;
use tokio::sync::watch;

use super::account::{Account, Ending};
use super::notes::Notes;
use super::printer::Printer;
use super::sorted::{Best, MOST};
use super::source::{Source, Told};
use super::unwritten;
use crate::call::{Call, Coverage, Failure};
use crate::cli::{Exit, Stop};
use crate::filter::{Filter, Matcher};

/// A list that is read once.
pub(super) struct Reading {
    pub(super) source: Source,
    /// What the service was asked for.
    pub(super) asked: Filter,
    /// What has to hold of a call, all of it.
    pub(super) matcher: Matcher,
    /// At most so many.
    pub(super) limit: u64,
    /// What is sorted before it is written.
    pub(super) best: Option<Best>,
    pub(super) printer: Printer,
    pub(super) notes: Notes,
    pub(super) account: Account,
}

/// Why no more is read.
enum Over {
    Read(Ending),
    Failed(Failure),
    Interrupted,
    /// Standard output is not what it was.
    Unwritten(io::Error),
    TooMany,
}

impl Reading {
    /// Reads on until all is read, or the other end of `stop` says so.
    pub(super) async fn run(mut self, mut stop: watch::Receiver<bool>) -> Result<Exit, Stop> {
        let mut out = io::BufWriter::new(io::stdout());
        let over = self.read(&mut out, &mut stop).await;
        self.end(over, &mut out)
    }

    async fn read(
        &mut self,
        out: &mut io::BufWriter<io::Stdout>,
        stop: &mut watch::Receiver<bool>,
    ) -> Over {
        let mut warned = self.asked.is_everything();
        loop {
            let told = select! {
                biased;
                _ = stop.wait_for(|stop| *stop) => return Over::Interrupted,
                told = self.source.next() => told,
            };
            let (calls, reach) = match told {
                Ok(Some(Told::Calls { calls, reach })) => (calls, reach),
                Ok(Some(Told::Waiting { failure, wait })) => {
                    self.notes.waiting(&failure, wait);
                    continue;
                }
                Ok(None) => return Over::Read(Ending::Whole),
                Err(failure) => return Over::Failed(failure),
            };
            if !warned && calls.iter().any(|call| self.asked.excludes(call)) {
                warned = true;
                self.notes.warn(
                    "the service did not apply the filter; it was applied here, to every call of \
                     the project",
                );
            }
            self.notes.progress(self.source.pace());
            if let Some(over) = self.take(calls, reach, out) {
                return over;
            }
        }
    }

    /// Writes the calls that pass, or keeps them. What the service lists is checked again here, all of
    /// it.
    fn take(
        &mut self,
        calls: Vec<Call>,
        reach: Coverage,
        out: &mut io::BufWriter<io::Stdout>,
    ) -> Option<Over> {
        let mut passing = calls.into_iter().filter(|call| self.matcher.matches(call));
        if let Some(best) = &mut self.best {
            self.account.reach = reach;
            return passing
                .try_for_each(|call| best.put(call))
                .is_err()
                .then_some(Over::TooMany);
        }
        let mut first = true;
        let mut next = None;
        for call in passing {
            if self.account.written == self.limit {
                next = Some(call);
                break;
            }
            if std::mem::take(&mut first) {
                self.notes.make_way();
            }
            if let Err(error) = self.printer.call(&call, out) {
                return Some(Over::Unwritten(error));
            }
            self.account.written += 1;
        }
        if let Err(error) = out.flush() {
            return Some(Over::Unwritten(error));
        }
        self.account.reach = match next {
            // Calls of the moment of the first that is left out may have been written or not.
            Some(call) => call
                .create_time
                .and_then(|time| time.checked_add_signed(TimeDelta::nanoseconds(1)))
                .map_or(self.account.reach, Coverage::Since),
            None => reach,
        };
        let enough = self.account.written == self.limit;
        enough.then_some(Over::Read(Ending::Enough))
    }

    fn end(mut self, over: Over, out: &mut io::BufWriter<io::Stdout>) -> Result<Exit, Stop> {
        self.notes.clear();
        let ended = match over {
            Over::Read(ending) => {
                let written = self.write_rest(ending, out);
                if let Err(error) = written {
                    return unwritten(&error);
                }
                Ok(Exit::Done)
            }
            Over::Failed(failure) => Err(Stop::from(failure)),
            Over::Interrupted => Ok(Exit::Interrupted),
            Over::Unwritten(error) => return unwritten(&error),
            Over::TooMany => Err(Stop::failed(format!(
                "more than {MOST} calls cannot be sorted: ask for fewer with --limit, --since or \
                 a narrower --filter"
            ))),
        };
        if ended.is_err() && self.account.reach == Coverage::None {
            // The error says it all.
            return ended;
        }
        let asked_for = self.account.ending != Ending::Cut;
        self.notes
            .completeness(&self.account.to_string(), asked_for);
        ended
    }

    fn write_rest(
        &mut self,
        ending: Ending,
        out: &mut io::BufWriter<io::Stdout>,
    ) -> io::Result<()> {
        self.account.ending = ending;
        if let Some(best) = self.best.take() {
            for call in best.take() {
                self.printer.call(&call, out)?;
                self.account.written += 1;
            }
            if self.account.written == self.limit {
                self.account.ending = Ending::Enough;
            }
        }
        self.printer.end(out)?;
        out.flush()
    }
}
