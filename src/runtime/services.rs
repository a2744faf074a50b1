//! The tasks beside the loop: the feed and the placements. Each is watched over: a panic in one ends
//! the console with that error, never with a screen that has silently gone still.

use std::collections::VecDeque;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::sync::mpsc;
use tokio::task::{Id, JoinSet};
use tokio::time::timeout;

use crate::api::Client;
use crate::app::{Level, Msg, Notice, Older, SavedView, WishId};
use crate::call::{NewCall, Placement, Ticket};
use crate::config::ConfigFile;
use crate::feed::{self, Pace};
use crate::placement::{self, Wish};

use super::kept_filters::KeptFilters;

/// Commands and reports that may wait; more means that something has gone wrong.
const WAITING: usize = 64;

/// For how long the console waits, when it is left, for what is being written.
const FAREWELL: Duration = Duration::from_secs(2);

/// Carries out one wish and reports on it.
pub type Place =
    Box<dyn Fn(Wish, mpsc::Sender<Placement>) -> Pin<Box<dyn Future<Output = ()> + Send>> + Send>;

/// The running tasks and the channels to them.
pub struct Services {
    commands: mpsc::Sender<feed::Command>,
    /// Commands that the feed has not taken yet, oldest first.
    outbox: VecDeque<feed::Command>,
    events: mpsc::Receiver<feed::Event>,
    /// The feed's task, which must not end before the console does.
    feed: Option<Id>,
    place: Place,
    reports: (mpsc::Sender<Report>, mpsc::Receiver<Report>),
    tasks: JoinSet<()>,
    /// Where filters are kept for later runs.
    filters: Option<KeptFilters>,
    /// Filters on their way to the disk, and what is to be said if one does not get there.
    keeping: JoinSet<Result<(), String>>,
    /// Where views are saved: one after the other, for each reads what the one before has written.
    config: Option<Arc<Mutex<ConfigFile>>>,
    /// Views that are being saved.
    saves: JoinSet<Saved>,
}

/// The name of a view, and where it stands now or why it does not.
type Saved = (String, Result<String, String>);

/// A wish has come further.
type Report = (WishId, Ticket, Placement);

impl fmt::Debug for Services {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Services")
            .field("tasks", &self.tasks.len())
            .finish_non_exhaustive()
    }
}

impl Services {
    /// Starts the feed of a service.
    #[must_use]
    pub fn start(client: Client, pace: Pace) -> Self {
        let (commands, for_feed) = mpsc::channel(WAITING);
        let (to_loop, events) = mpsc::channel(WAITING);
        let placer = client.clone();
        let mut services = Self::new(
            commands,
            events,
            Box::new(move |wish, reports| {
                Box::pin(placement::place(placer.clone(), wish, reports))
            }),
        );
        let feed = services
            .tasks
            .spawn(feed::run(client, pace, for_feed, to_loop));
        services.feed = Some(feed.id());
        services
    }

    /// Services behind channels of the caller's own.
    #[must_use]
    pub fn new(
        commands: mpsc::Sender<feed::Command>,
        events: mpsc::Receiver<feed::Event>,
        place: Place,
    ) -> Self {
        Self {
            commands,
            outbox: VecDeque::new(),
            events,
            feed: None,
            place,
            reports: mpsc::channel(WAITING),
            tasks: JoinSet::new(),
            filters: None,
            keeping: JoinSet::new(),
            config: None,
            saves: JoinSet::new(),
        }
    }

    /// Keeps filters for later runs in a file; without one they are not kept.
    pub fn remember_in(&mut self, file: KeptFilters) {
        self.filters = Some(file);
    }

    /// Keeps a filter for later runs; the disk is not waited for.
    pub(super) fn remember(&mut self, filter: String) {
        if let Some(file) = self.filters.clone() {
            self.keeping.spawn_blocking(move || file.append(&filter));
        }
    }

    /// Tells where views are to be saved.
    pub fn save_to(&mut self, config: Option<ConfigFile>) {
        self.config = config.map(|file| Arc::new(Mutex::new(file)));
    }

    /// Starts to save a view; the disk may be slow, and no key waits for it.
    pub(super) fn save_view(&mut self, view: SavedView) {
        let config = self.config.clone();
        self.saves.spawn_blocking(move || {
            let outcome = match config {
                Some(file) => file
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .save_view(&view),
                None => Err("there is no folder for a configuration".to_owned()),
            };
            (view.name, outcome)
        });
    }

    /// Waits, but not for long, until what is being written has been.
    pub(super) async fn settle(&mut self) {
        let written = async {
            while self.keeping.join_next().await.is_some() {}
            while self.saves.join_next().await.is_some() {}
        };
        if timeout(FAREWELL, written).await.is_err() {
            tracing::warn!("the console was left before the last filter or view was written");
        }
    }

    /// Tells the feed something as soon as it listens. What it has been told already and not yet
    /// taken is not told twice, so nothing piles up.
    pub(super) fn command(&mut self, command: feed::Command) {
        if matches!(command, feed::Command::Watch { .. }) {
            self.outbox.clear();
        }
        if !self.outbox.contains(&command) {
            self.outbox.push_back(command);
        }
    }

    /// Starts to carry out a wish.
    pub(super) fn place(&mut self, wish: WishId, call: NewCall, now: DateTime<Utc>) {
        let ticket = placement::fresh_ticket(now);
        let (progress, mut reports) = mpsc::channel(WAITING);
        let placing = (self.place)(
            Wish {
                ticket: ticket.clone(),
                call,
            },
            progress,
        );
        let to_loop = self.reports.0.clone();
        self.tasks.spawn(async move {
            let forward = async {
                while let Some(placement) = reports.recv().await {
                    // Fails only when the loop has ended.
                    drop(to_loop.send((wish, ticket.clone(), placement)).await);
                }
            };
            tokio::join!(placing, forward);
        });
    }

    /// The next thing that any of the tasks has to say. Can be dropped and asked again at any time.
    ///
    /// # Errors
    ///
    /// A task has panicked.
    pub(super) async fn next(
        &mut self,
        clock: fn() -> DateTime<Utc>,
    ) -> Option<anyhow::Result<Msg>> {
        loop {
            tokio::select! {
                Ok(room) = self.commands.reserve(), if !self.outbox.is_empty() => {
                    if let Some(command) = self.outbox.pop_front() {
                        room.send(command);
                    }
                }
                Some(event) = self.events.recv() => return Some(Ok(message(event, clock()))),
                Some((wish, ticket, placement)) = self.reports.1.recv() => {
                    return Some(Ok(Msg::Placement { wish, ticket, placement, at: clock() }));
                }
                Some(saved) = self.saves.join_next() => return Some(match saved {
                    Ok((name, outcome)) => Ok(Msg::ViewSaved { name, outcome }),
                    Err(error) => Err(failed(&error)),
                }),
                Some(ended) = self.tasks.join_next_with_id() => match ended {
                    Ok((task, ())) if Some(task) == self.feed => {
                        return Some(Err(anyhow::anyhow!("the feed has ended")));
                    }
                    Ok(_) => {}
                    Err(error) => {
                        return Some(Err(failed(&error)));
                    }
                },
                Some(kept) = self.keeping.join_next() => match kept {
                    Ok(Ok(())) => {}
                    Ok(Err(complaint)) => {
                        tracing::warn!("{complaint}");
                        // Once is enough: it will not be better with the next one.
                        if self.filters.take().is_some() {
                            let notice = Notice::new(Level::Warning, complaint);
                            return Some(Ok(Msg::Notice(notice)));
                        }
                    }
                    Err(error) => {
                        return Some(Err(anyhow::anyhow!("a part of the console has failed: {error}")));
                    }
                },
                else => return None,
            }
        }
    }
}

fn failed(error: &tokio::task::JoinError) -> anyhow::Error {
    anyhow::anyhow!("a part of the console has failed: {error}")
}

/// An event of the feed in the words of the console.
fn message(event: feed::Event, at: DateTime<Utc>) -> Msg {
    match event {
        feed::Event::Batch { turn, as_of, calls } => Msg::Batch {
            turn,
            as_of,
            calls,
            at,
        },
        feed::Event::Gone { names, .. } => Msg::Gone { names },
        feed::Event::Coverage { turn, coverage } => Msg::Coverage { turn, coverage },
        feed::Event::FilterIgnored { turn } => Msg::FilterIgnored { turn },
        feed::Event::Older { turn, state } => Msg::Older {
            turn,
            older: older(state),
        },
        feed::Event::Link(link) => Msg::Link { link, at },
    }
}

fn older(state: feed::Older) -> Older {
    match state {
        feed::Older::Loading => Older::Loading,
        feed::Older::Idle => Older::Idle,
        feed::Older::Failed(failure) => Older::Failed(failure),
        feed::Older::End => Older::End,
    }
}
