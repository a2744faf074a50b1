//! The tasks beside the loop: the feed and the placements. Each is watched over: a panic in one ends
//! the console with that error, never with a screen that has silently gone still.

use std::collections::VecDeque;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::sync::mpsc;
use tokio::task::{Id, JoinSet};
use tokio::time::timeout;

use crate::api::Client;
use crate::app::{Level, Msg, Notice, Older, WishId};
use crate::call::{NewCall, Placement, Ticket};
use crate::feed::{self, Pace};
use crate::placement::{self, Wish};

use super::history::{self, History};

/// Commands and reports that may wait; more means that something has gone wrong.
const WAITING: usize = 64;

/// For how long the last filter may be on its way to the disk when the console has been left.
const FAREWELL: Duration = Duration::from_millis(500);

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
    history: Option<History>,
    /// Filters on their way to the disk, and what is to be said if one does not get there.
    keeping: JoinSet<Result<(), String>>,
}

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
            history: None,
            keeping: JoinSet::new(),
        }
    }

    /// Keeps filters for later runs in a file; without one they are not kept.
    pub fn remember_in(&mut self, history: History) {
        self.history = Some(history);
    }

    /// Keeps a filter for later runs; the disk is not waited for.
    pub(super) fn remember(&mut self, filter: String) {
        if let Some(history) = &self.history {
            let path = history.path().to_owned();
            self.keeping
                .spawn_blocking(move || history::append(&path, &filter));
        }
    }

    /// Waits, but not for long, until what is being written has been.
    pub(super) async fn settle(&mut self) {
        let written = async { while self.keeping.join_next().await.is_some() {} };
        if timeout(FAREWELL, written).await.is_err() {
            tracing::warn!("the disk did not take the last filter in time");
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
                Some(ended) = self.tasks.join_next_with_id() => match ended {
                    Ok((task, ())) if Some(task) == self.feed => {
                        return Some(Err(anyhow::anyhow!("the feed has ended")));
                    }
                    Ok(_) => {}
                    Err(error) => {
                        return Some(Err(anyhow::anyhow!("a part of the console has failed: {error}")));
                    }
                },
                Some(kept) = self.keeping.join_next() => match kept {
                    Ok(Ok(())) => {}
                    Ok(Err(complaint)) => {
                        tracing::warn!("{complaint}");
                        // Once is enough: it will not be better with the next one.
                        if self.history.take().is_some() {
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
