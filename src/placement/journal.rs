//! The journal of wishes: what was wished is on disk before anything is sent (`placement.md`, 1).
//!
//! A file of lines of JSON that any number of processes append to. A line counts when it is on disk;
//! what a crash has left of one is passed over. Each open wish names the run that looks after it, and a
//! wish is taken over only from a run that has ended.

mod file;
mod line;
mod page;
mod request;
mod run;

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::task::spawn_blocking;
use tokio::time::{Instant, sleep};

use crate::call::{CallName, Failure, NewCall, ProjectName, Ticket};

use file::{Book, Open, Trouble};
use line::Line;

pub(super) use page::{Home, Page, Step};

/// For how long others are waited for that write the journal; they need milliseconds.
const PATIENCE: Duration = Duration::from_secs(5);
/// How often they are asked.
const ASK_EVERY: Duration = Duration::from_millis(10);

/// The journal: a file that several processes append to. Cloning it is cheap.
#[derive(Debug, Clone)]
pub struct Journal(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    /// Nothing where the system names no folder for it.
    book: Option<Mutex<Book>>,
    /// The wishes that this process carries out at this moment.
    busy: Mutex<HashSet<Ticket>>,
    /// In the order in which they ask, and one at a time.
    turn: tokio::sync::Mutex<()>,
}

/// What the journal knows of a ticket.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The wish. Of a settled one only the two numbers are kept of the call.
    pub wish: Unsettled,
    /// How it stands.
    pub stand: Stand,
}

/// How a wish stands.
#[derive(Debug, Clone, PartialEq)]
pub enum Stand {
    /// It was about to be sent, or was sent, and nobody knows what became of it.
    Open,
    /// It has made this call.
    Placed(CallName),
    /// The service refused it: there is no call.
    Refused(Failure),
    /// It never left: there is no call.
    NotSent(Failure),
    /// No call with its ticket has shown up.
    NoTrace(Failure),
}

/// A wish to call as it was written down.
#[derive(Debug, Clone, PartialEq)]
pub struct Unsettled {
    /// Its ticket.
    pub ticket: Ticket,
    /// What was to be placed.
    pub call: NewCall,
    /// When it was about to be sent.
    pub since: DateTime<Utc>,
    /// The ticket in whose place it is.
    pub follows: Option<Ticket>,
}

/// What becomes of a wish when it is written down.
#[derive(Debug)]
pub(super) enum Begun {
    /// It is, and it is this process's to send. Whether the service may know the ticket has still to be
    /// asked where the page says that it may not leave yet.
    Ours(Box<Page>, Keeping),
    /// Somebody else carries it out.
    Elsewhere,
    /// It was written down before, by a run that has ended; this process looks after it now.
    Left(Box<Page>, Keeping),
    /// It has ended.
    Ended(Box<Page>),
    /// It must not be sent, and why.
    Barred(String),
}

/// That this process carries out a wish, until it is dropped.
#[derive(Debug)]
pub(super) struct Keeping {
    journal: Journal,
    ticket: Ticket,
}

impl Drop for Keeping {
    fn drop(&mut self) {
        self.journal.busy().remove(&self.ticket);
    }
}

impl Journal {
    /// The journal in a file, which is made with the first wish. Nothing is read or written yet.
    #[must_use]
    pub fn at(path: PathBuf) -> Self {
        Self::new(Some(Mutex::new(Book::new(path))))
    }

    /// A journal where the system names no folder for one: nothing can be written down, and so
    /// nothing is sent.
    #[must_use]
    pub fn nowhere() -> Self {
        Self::new(None)
    }

    fn new(book: Option<Mutex<Book>>) -> Self {
        Self(Arc::new(Inner {
            book,
            busy: Mutex::default(),
            turn: tokio::sync::Mutex::default(),
        }))
    }

    /// What is known of a ticket.
    ///
    /// # Errors
    ///
    /// Says which file cannot be read, and why.
    pub async fn known(&self, ticket: &Ticket) -> Result<Option<Entry>, String> {
        let ticket = ticket.clone();
        self.read(move |open| Ok(open.pages().get(&ticket).map(Page::entry)))
            .await
    }

    /// The wishes at a project that are not settled, oldest first, whoever looks after them.
    ///
    /// # Errors
    ///
    /// Says which file cannot be read, and why.
    pub async fn unsettled(
        &self,
        service: &str,
        project: &ProjectName,
    ) -> Result<Vec<Unsettled>, String> {
        let home = Home::of(service, project);
        self.read(move |open| {
            let pages = open.pages().open(&home);
            Ok(pages.into_iter().map(|page| page.wish.clone()).collect())
        })
        .await
    }

    /// Writes a wish down, unless its ticket is known.
    pub(super) async fn begin(&self, page: Page, now: DateTime<Utc>) -> Result<Begun, String> {
        let journal = self.clone();
        self.with(move |open| journal.begin_in(open, page.clone(), now))
            .await
    }

    fn begin_in(
        &self,
        open: &mut Open<'_>,
        mut page: Page,
        now: DateTime<Utc>,
    ) -> Result<Begun, Trouble> {
        if let Some(reason) = page.wish.follows.as_ref().and_then(|old| bars(open, old)) {
            return Ok(Begun::Barred(reason));
        }
        match self.stands(open, &page.wish.ticket, now)? {
            Some((known, _)) if known.differs(&page) => Ok(Begun::Barred(format!(
                "the ticket {} is that of a call from {} to {} in {} at {}: take another one",
                known.wish.ticket,
                known.wish.call.from,
                known.wish.call.to,
                known.home.project,
                known.home.service,
            ))),
            Some((known, begun)) => match known.stand {
                Stand::Open | Stand::Placed(_) | Stand::NoTrace(_) => Ok(begun),
                // It is certain that there is no call, as far as the journal goes.
                Stand::Refused(_) | Stand::NotSent(_) => {
                    page.step = Step::Wished;
                    self.write_down(open, page, now)
                }
            },
            // Somebody has taken the file away meanwhile.
            None if self.busy().contains(&page.wish.ticket) => Ok(Begun::Elsewhere),
            None => self.write_down(open, page, now),
        }
    }

    fn write_down(
        &self,
        open: &mut Open<'_>,
        mut page: Page,
        now: DateTime<Utc>,
    ) -> Result<Begun, Trouble> {
        page.run = open.run()?;
        let page = Box::new(page);
        open.append(vec![Line::Wished(page.clone())], now)?;
        let keeping = self.keep(page.wish.ticket.clone());
        Ok(Begun::Ours(page, keeping))
    }

    /// How a ticket stands; one whose run has ended is taken over.
    fn stands(
        &self,
        open: &mut Open<'_>,
        ticket: &Ticket,
        now: DateTime<Utc>,
    ) -> Result<Option<(Page, Begun)>, Trouble> {
        let Some(page) = open.pages().get(ticket).cloned() else {
            return Ok(None);
        };
        let begun = if page.stand != Stand::Open {
            Begun::Ended(Box::new(page.clone()))
        } else if self.is_looked_after(open, &page) {
            Begun::Elsewhere
        } else {
            let run = open.run()?;
            let ticket = ticket.clone();
            open.append(vec![Line::TakenOver { ticket, run }], now)?;
            let keeping = self.keep(page.wish.ticket.clone());
            Begun::Left(Box::new(page.clone()), keeping)
        };
        Ok(Some((page, begun)))
    }

    fn is_looked_after(&self, open: &Open<'_>, page: &Page) -> bool {
        self.busy().contains(&page.wish.ticket) || open.is_another(&page.run)
    }

    /// What has become meanwhile of a ticket that somebody else carries out.
    pub(super) async fn ask_again(
        &self,
        ticket: &Ticket,
        now: DateTime<Utc>,
    ) -> Result<Begun, String> {
        let (journal, ticket) = (self.clone(), ticket.clone());
        self.with(move |open| {
            let stands = journal.stands(open, &ticket, now)?;
            let gone = || Begun::Barred("its line in the journal has gone".to_owned());
            Ok(stands.map_or_else(gone, |(_, begun)| begun))
        })
        .await
    }

    /// Takes over all wishes at a project whose runs have ended.
    pub(super) async fn take_over(
        &self,
        home: Home,
        now: DateTime<Utc>,
    ) -> Result<Vec<(Page, Keeping)>, String> {
        let journal = self.clone();
        self.read(move |open| {
            let pages: Vec<Page> = open.pages().open(&home).into_iter().cloned().collect();
            let left: Vec<Page> = pages
                .into_iter()
                .filter(|page| !journal.is_looked_after(open, page))
                .collect();
            if left.is_empty() {
                return Ok(Vec::new());
            }
            let run = open.run()?;
            let lines = left.iter().map(|page| Line::TakenOver {
                ticket: page.wish.ticket.clone(),
                run: run.clone(),
            });
            open.append(lines.collect(), now)?;
            let kept = |page: Page| {
                let keeping = journal.keep(page.wish.ticket.clone());
                (page, keeping)
            };
            Ok(left.into_iter().map(kept).collect())
        })
        .await
    }

    /// Writes down that a wish is about to be sent.
    pub(super) async fn sending(&self, ticket: Ticket, now: DateTime<Utc>) -> Result<(), String> {
        self.write(Line::Sending { ticket }, now).await
    }

    /// Writes down that the answer was lost.
    pub(super) async fn lost(
        &self,
        ticket: Ticket,
        failure: Failure,
        now: DateTime<Utc>,
    ) -> Result<(), String> {
        self.write(Line::Lost { ticket, failure }, now).await
    }

    /// Writes down how a wish has ended.
    pub(super) async fn settled(&self, page: &Page, now: DateTime<Utc>) -> Result<(), String> {
        self.write(Line::Settled(Box::new(page.clone())), now).await
    }

    async fn write(&self, line: Line, now: DateTime<Utc>) -> Result<(), String> {
        self.with(move |open| open.append(vec![line.clone()], now))
            .await
    }

    /// The calls that wishes to a number have made.
    pub(super) async fn calls(&self, home: Home, to: String) -> Result<HashSet<CallName>, String> {
        self.with(move |open| Ok(open.pages().calls(&home, &to)))
            .await
    }

    /// The same as [`Journal::with`], but where there is no file yet none is made.
    async fn read<T: Default + Send + 'static>(
        &self,
        what: impl Fn(&mut Open<'_>) -> Result<T, Trouble> + Send + Sync + 'static,
    ) -> Result<T, String> {
        self.ask(Some(T::default), what).await
    }

    /// Does something with the locked file, away from the tasks that must not wait for a disk.
    async fn with<T: Send + 'static>(
        &self,
        what: impl Fn(&mut Open<'_>) -> Result<T, Trouble> + Send + Sync + 'static,
    ) -> Result<T, String> {
        self.ask(None, what).await
    }

    async fn ask<T: Send + 'static>(
        &self,
        without_file: Option<fn() -> T>,
        what: impl Fn(&mut Open<'_>) -> Result<T, Trouble> + Send + Sync + 'static,
    ) -> Result<T, String> {
        let _turn = self.0.turn.lock().await;
        let until = Instant::now() + PATIENCE;
        let what = Arc::new(what);
        loop {
            let (inner, what) = (self.0.clone(), what.clone());
            let done = spawn_blocking(move || {
                let Some(book) = &inner.book else {
                    if let Some(nothing) = without_file {
                        return Ok(nothing());
                    }
                    let reason = "the system names no folder for it: set HOME or XDG_STATE_HOME";
                    return Err(Trouble::Failed(reason.to_owned()));
                };
                let mut book = book.lock().unwrap_or_else(PoisonError::into_inner);
                if let Some(nothing) = without_file.filter(|_| book.is_missing()) {
                    return Ok(nothing());
                }
                what(&mut book.open()?)
            });
            let done = done.await.unwrap_or_else(|broken| {
                Err(Trouble::Failed(format!("it cannot be used: {broken}")))
            });
            match done {
                Ok(done) => return Ok(done),
                Err(Trouble::Busy) if Instant::now() < until => sleep(ASK_EVERY).await,
                Err(Trouble::Busy) => {
                    return Err("another process keeps it locked".to_owned());
                }
                Err(Trouble::Failed(reason)) => return Err(reason),
            }
        }
    }

    fn busy(&self) -> MutexGuard<'_, HashSet<Ticket>> {
        self.0.busy.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn keep(&self, ticket: Ticket) -> Keeping {
        self.busy().insert(ticket.clone());
        Keeping {
            journal: self.clone(),
            ticket,
        }
    }
}

impl Home {
    /// A project at a service.
    pub(super) fn of(service: &str, project: &ProjectName) -> Self {
        Self {
            service: service.to_owned(),
            project: project.as_str().to_owned(),
        }
    }
}

/// Why no wish may take the place of another one.
fn bars(open: &Open<'_>, old: &Ticket) -> Option<String> {
    match &open.pages().get(old)?.stand {
        Stand::Open => Some(format!(
            "what became of the ticket {old} is not known yet: it is not placed again before"
        )),
        Stand::Placed(name) => Some(format!("the ticket {old} has made the call {name}")),
        Stand::Refused(_) | Stand::NotSent(_) | Stand::NoTrace(_) => None,
    }
}

#[cfg(test)]
mod tests;
