//! What goes on beside the loop: the feed, the placements, and the filters and views on their way to
//! the disk. Each is watched over: a panic in one ends the console with that error, never with a screen
//! that has silently gone still.

use std::collections::VecDeque;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::mpsc;
use tokio::task::{Id, JoinSet};

use crate::app::{Level, Msg, Notice, Older, SavedView, WishId};
use crate::call::{NewCall, Placement, Ticket};
use crate::config::{ConfigFile, LastValues};
use crate::feed::{self, Pace};
use crate::placement::{self, Placer, Unsettled, Wish};

use super::kept_filters::KeptFilters;
use super::scribe::{Scribe, failed};

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
    left: (mpsc::Sender<OfEarlier>, mpsc::Receiver<OfEarlier>),
    tasks: JoinSet<()>,
    /// Where filters are kept for later runs.
    filters: Option<KeptFilters>,
    /// Filters on their way to it.
    keeping: Scribe<()>,
    /// Where views are saved.
    config: Option<ConfigFile>,
    /// Views on their way to it, each with where it stands then.
    saves: Scribe<String>,
    /// Where the values of the last call are kept for later runs.
    last_values: Option<LastValues>,
    /// Values on their way to it.
    values: Scribe<()>,
}

/// A wish has come further.
type Report = (WishId, Ticket, Placement);

/// A wish of an earlier run has come further, or why nobody knows of any.
type OfEarlier = Result<(Unsettled, Placement), String>;

impl fmt::Debug for Services {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Services")
            .field("tasks", &self.tasks.len())
            .finish_non_exhaustive()
    }
}

impl Services {
    /// Starts the feed of the service that calls are placed at.
    #[must_use]
    pub fn start(placer: Placer, pace: Pace) -> Self {
        let (commands, for_feed) = mpsc::channel(WAITING);
        let (to_loop, events) = mpsc::channel(WAITING);
        let client = placer.client.clone();
        let mut services = Self::new(
            commands,
            events,
            Box::new(move |wish, reports| {
                let placer = placer.clone();
                Box::pin(async move { placer.place(wish, reports).await })
            }),
        );
        let feed = services
            .tasks
            .spawn(feed::run(client, pace, for_feed, to_loop));
        services.feed = Some(feed.id());
        services
    }

    /// Settles what earlier runs have left unknown.
    pub fn recover(&mut self, placer: Placer) {
        let to_loop = self.left.0.clone();
        let (progress, mut reports) = mpsc::channel(WAITING);
        self.tasks.spawn(async move {
            let forward = async {
                while let Some(report) = reports.recv().await {
                    // Fails only when the loop has ended.
                    drop(to_loop.send(Ok(report)).await);
                }
            };
            let (recovered, ()) = tokio::join!(placer.recover(progress), forward);
            if let Err(reason) = recovered {
                drop(to_loop.send(Err(reason)).await);
            }
        });
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
            left: mpsc::channel(WAITING),
            tasks: JoinSet::new(),
            filters: None,
            keeping: Scribe::default(),
            config: None,
            saves: Scribe::default(),
            last_values: None,
            values: Scribe::default(),
        }
    }

    /// Keeps filters for later runs in a file; without one they are not kept.
    pub fn remember_in(&mut self, file: KeptFilters) {
        self.filters = Some(file);
    }

    /// Keeps a filter for later runs; the disk is not waited for. What comes back is to be told at once.
    pub(super) fn remember(&mut self, filter: String) -> Option<Msg> {
        let file = self.filters.clone()?;
        let kept = self
            .keeping
            .write(filter.clone(), move || file.append(&filter));
        not_kept(&mut self.filters, &kept.err()?)
    }

    /// Tells where the values of the last call are kept for later runs; without it they are not.
    pub fn keep_values_in(&mut self, file: Option<LastValues>) {
        self.last_values = file;
    }

    /// Keeps the values of a call for later runs; the disk is not waited for. What comes back is to be
    /// told at once.
    pub(super) fn keep_values(&mut self, call: NewCall) -> Option<Msg> {
        let file = self.last_values.clone()?;
        let name = "the values of the last call".to_owned();
        let kept = self.values.write(name, move || file.keep(&call));
        values_not_kept(&mut self.last_values, &kept.err()?)
    }

    /// Tells where views are to be saved.
    pub fn save_to(&mut self, config: Option<ConfigFile>) {
        self.config = config;
    }

    /// Starts to save a view; the disk may be slow, and no key waits for it. What comes back is to be
    /// told at once.
    pub(super) fn save_view(&mut self, view: SavedView) -> Option<Msg> {
        let name = view.name.clone();
        let config = self.config.clone();
        let saving = self.saves.write(name.clone(), move || match config {
            Some(file) => file.save_view(&view),
            None => Err("there is no folder for a configuration".to_owned()),
        });
        Some(saved(name, Err(saving.err()?)))
    }

    /// Waits, but not for long, until what is being written has been. What could not be written comes
    /// back, each as a sentence with the reason.
    pub(super) async fn settle(&mut self) -> Vec<String> {
        let (views, filters, values) = tokio::join!(
            self.saves.finish(FAREWELL),
            self.keeping.finish(FAREWELL),
            self.values.finish(FAREWELL)
        );
        let views = views
            .into_iter()
            .map(|(name, reason)| not_saved(&name, &reason));
        let filters = filters.into_iter().map(|(filter, reason)| {
            format!("the filter {filter} may not be there in later runs: {reason}")
        });
        let values = values
            .into_iter()
            .map(|(what, reason)| format!("{what} are not kept for later runs: {reason}"));
        let unwritten: Vec<String> = views.chain(filters).chain(values).collect();
        for sentence in &unwritten {
            tracing::warn!("{sentence}");
        }
        unwritten
    }

    /// Tells the feed something as soon as it listens. What it has been told already and not yet
    /// taken is not told twice, so nothing piles up.
    pub(super) fn command(&mut self, command: feed::Command) {
        // Of ranges only the last word counts.
        let of_ranges = |command: &feed::Command| {
            use feed::Command::{Load, StopLoading};
            matches!(command, Load { .. } | StopLoading)
        };
        match command {
            // Where the focus is goes for every query, and so does what is followed.
            feed::Command::Watch { .. } => self
                .outbox
                .retain(|it| is_focus(it) || matches!(it, feed::Command::Follow { .. })),
            feed::Command::Focus(_) => self.outbox.retain(|waiting| !is_focus(waiting)),
            feed::Command::Load { .. } | feed::Command::StopLoading => {
                self.outbox.retain(|waiting| !of_ranges(waiting));
            }
            feed::Command::Older { .. }
            | feed::Command::Follow { .. }
            | feed::Command::Refresh
            | feed::Command::Pause
            | feed::Command::Resume
            | feed::Command::Stir => {}
        }
        if !self.outbox.contains(&command) {
            self.outbox.push_back(command);
        }
    }

    /// Starts to carry out a wish.
    pub(super) fn place(
        &mut self,
        wish: WishId,
        call: NewCall,
        follows: Option<Ticket>,
        now: DateTime<Utc>,
    ) {
        let ticket = placement::fresh_ticket(now);
        let fresh = Wish::new(ticket.clone(), call);
        let wished = match follows {
            Some(old) => fresh.following(old),
            None => fresh,
        };
        let (progress, mut reports) = mpsc::channel(WAITING);
        let placing = (self.place)(wished, progress);
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
                    if let Placement::Placed(call) = &placement {
                        // The filter may hide it, and then no list need ever bring it.
                        let call = call.clone();
                        self.outbox.push_back(feed::Command::Follow { call });
                    }
                    return Some(Ok(Msg::Placement { wish, ticket, placement, at: clock() }));
                }
                Some(left) = self.left.1.recv() => {
                    if let Ok((_, Placement::Placed(call))) = &left {
                        let call = call.clone();
                        self.outbox.push_back(feed::Command::Follow { call });
                    }
                    return Some(Ok(recovered(left, clock())));
                }
                Some((name, ended)) = self.saves.next() => return Some(match ended {
                    Ok(outcome) => Ok(saved(name, outcome)),
                    Err(error) => Err(anyhow::anyhow!(failed(&error))),
                }),
                Some(ended) = self.tasks.join_next_with_id() => match ended {
                    Ok((task, ())) if Some(task) == self.feed => {
                        return Some(Err(anyhow::anyhow!("the feed has ended")));
                    }
                    Ok(_) => {}
                    Err(error) => {
                        return Some(Err(anyhow::anyhow!(failed(&error))));
                    }
                },
                Some((_, kept)) = self.keeping.next() => match kept {
                    Ok(Ok(())) => {}
                    Ok(Err(reason)) => {
                        if let Some(told) = not_kept(&mut self.filters, &reason) {
                            return Some(Ok(told));
                        }
                    }
                    Err(error) => return Some(Err(anyhow::anyhow!(failed(&error)))),
                },
                Some((_, kept)) = self.values.next() => match kept {
                    Ok(Ok(())) => {}
                    Ok(Err(reason)) => {
                        if let Some(told) = values_not_kept(&mut self.last_values, &reason) {
                            return Some(Ok(told));
                        }
                    }
                    Err(error) => return Some(Err(anyhow::anyhow!(failed(&error)))),
                },
                else => return None,
            }
        }
    }
}

fn is_focus(command: &feed::Command) -> bool {
    matches!(command, feed::Command::Focus(_))
}

/// What has become of a wish of an earlier run, in the words of the console.
fn recovered(left: OfEarlier, at: DateTime<Utc>) -> Msg {
    match left {
        Ok((wish, placement)) => Msg::Recovered {
            ticket: wish.ticket,
            call: Box::new(wish.call),
            since: wish.since,
            placement,
            at,
        },
        Err(reason) => Msg::Notice(Notice::new(
            Level::Error,
            format!("no call can be placed, and what was placed before is not known: {reason}"),
        )),
    }
}

/// Says once that filters are not kept: it will not be better with the next one.
fn not_kept(file: &mut Option<KeptFilters>, reason: &str) -> Option<Msg> {
    let complaint = format!("the filter is not kept for later runs: {reason}");
    tracing::warn!("{complaint}");
    file.take()
        .map(|_| Msg::Notice(Notice::new(Level::Warning, complaint)))
}

/// The same of the values of the last call.
fn values_not_kept(file: &mut Option<LastValues>, reason: &str) -> Option<Msg> {
    let complaint = format!("the values of this call are not kept for later runs: {reason}");
    tracing::warn!("{complaint}");
    file.take()
        .map(|_| Msg::Notice(Notice::new(Level::Warning, complaint)))
}

/// What became of a view that was to be saved.
fn saved(name: String, outcome: Result<String, String>) -> Msg {
    if let Err(reason) = &outcome {
        tracing::warn!("{}", not_saved(&name, reason));
    }
    Msg::ViewSaved { name, outcome }
}

fn not_saved(name: &str, reason: &str) -> String {
    format!("the view {name} may not be there in later runs: {reason}")
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
        feed::Event::Loading { turn, state } => Msg::Loading { turn, state },
        feed::Event::FilterIgnored { turn } => Msg::FilterIgnored { turn },
        feed::Event::Older { turn, state } => Msg::Older {
            turn,
            older: older(state),
        },
        feed::Event::Link(link) => Msg::Link { link, at },
        feed::Event::Asked(requests) => Msg::Asked { requests, at },
        feed::Event::Clock {
            service,
            at: moment,
        } => {
            let since = TimeDelta::from_std(moment.elapsed()).unwrap_or_default();
            let service = service.checked_add_signed(since).unwrap_or(service);
            Msg::Clock { service, at }
        }
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
