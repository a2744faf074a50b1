//! What a console does with the feed's events, without a screen.

use std::time::Duration;

use chrono::{DateTime, Utc};
use switchboard::api::Client;
use switchboard::call::{Call, CallName, Coverage, Covered, Link, Loading, State, Store, Turn};
use switchboard::feed::{self, Command, Event, Older, Pace};
use switchboard::filter::{Filter, Plan, Search, Standpoint};
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout, timeout_at};

use crate::scripted::name;

/// What a console keeps of the feed's events.
pub(crate) struct Console {
    pub(crate) commands: mpsc::Sender<Command>,
    pub(crate) events: mpsc::Receiver<Event>,
    pub(crate) turn: Turn,
    pub(crate) filter: Filter,
    /// Everything that was ever read: a change of the filter forgets nothing.
    pub(crate) store: Store,
    pub(crate) link: Link,
    pub(crate) links: Vec<Link>,
    pub(crate) covered: Covered,
    /// What was told last of the range that is being loaded.
    pub(crate) loading: Option<Loading>,
    pub(crate) older: Vec<Older>,
    pub(crate) gone: Vec<CallName>,
    /// Whether the service does not apply the filter.
    pub(crate) is_ignored: bool,
    pub(crate) batches: usize,
    pub(crate) delivered: usize,
    /// How many requests the feed says that it has sent.
    pub(crate) asked: u64,
    /// What the feed says of the service's clock.
    pub(crate) clock: Option<(DateTime<Utc>, Instant)>,
}

/// What is asked of the service for a filter without relative times.
pub(crate) fn plan(filter: &Filter) -> Plan {
    let at = Standpoint {
        now: DateTime::UNIX_EPOCH,
        zone: chrono_tz::UTC,
    };
    Plan::of(&Search::from(filter), &at)
}

impl Console {
    pub(crate) fn start(client: Client, pace: Pace) -> Self {
        let (commands, obeyed) = mpsc::channel(8);
        let (told, events) = mpsc::channel(4);
        tokio::spawn(feed::run(client, pace, obeyed, told));
        Self::over(commands, events)
    }

    /// A console on a feed that has been started elsewhere.
    pub(crate) fn over(commands: mpsc::Sender<Command>, events: mpsc::Receiver<Event>) -> Self {
        Self {
            commands,
            events,
            turn: Turn(0),
            filter: Filter::everything(),
            store: Store::default(),
            link: Link::Connecting,
            links: Vec::new(),
            covered: Covered::nothing(),
            loading: None,
            older: Vec::new(),
            gone: Vec::new(),
            is_ignored: false,
            batches: 0,
            delivered: 0,
            asked: 0,
            clock: None,
        }
    }

    pub(crate) async fn watch(&mut self, filter: &str) {
        self.turn = self.turn.next();
        self.covered = Covered::nothing();
        self.older.clear();
        self.is_ignored = false;
        self.filter = Filter::parse(filter).unwrap();
        let (turn, plan) = (self.turn, plan(&self.filter));
        self.tell(Command::Watch { turn, plan }).await;
    }

    pub(crate) async fn tell(&self, command: Command) {
        self.commands.send(command).await.unwrap();
    }

    /// Since when everything is there up to now.
    pub(crate) fn coverage(&self) -> Coverage {
        self.covered.coverage(DateTime::<Utc>::MAX_UTC)
    }

    /// Asks for a page of older calls, as the console does when the end of its list comes near.
    pub(crate) async fn older(&mut self) {
        let turn = self.turn;
        let since = self.covered.complete_since(DateTime::<Utc>::MAX_UTC);
        let before = since.unwrap_or(DateTime::<Utc>::MAX_UTC);
        self.tell(Command::Older { turn, before }).await;
    }

    pub(crate) fn take(&mut self, event: Event) {
        match event {
            Event::Batch { turn, as_of, calls } if turn == self.turn => {
                self.batches += 1;
                self.delivered += calls.len();
                for call in calls {
                    self.store.merge(call, as_of);
                }
            }
            Event::Coverage { turn, coverage } if turn == self.turn => {
                self.covered.merge(&coverage);
            }
            Event::Older { turn, state } if turn == self.turn => self.older.push(state),
            Event::Loading { turn, state } if turn == self.turn => self.loading = Some(state),
            Event::FilterIgnored { turn } if turn == self.turn => {
                assert!(!self.is_ignored, "told once");
                self.is_ignored = true;
            }
            Event::Gone { turn, names } if turn == self.turn => self.gone.extend(names),
            Event::Link(link) => {
                self.link = link.clone();
                self.links.push(link);
            }
            Event::Asked(requests) => self.asked = requests,
            Event::Clock { service, at } => self.clock = Some((service, at)),
            // Of a query before.
            Event::Batch { .. }
            | Event::Gone { .. }
            | Event::FilterIgnored { .. }
            | Event::Coverage { .. }
            | Event::Loading { .. }
            | Event::Older { .. } => {}
        }
    }

    /// Takes events until something holds; fails after half an hour of the feed's time.
    pub(crate) async fn until(&mut self, what: &str, holds: impl Fn(&Self) -> bool) {
        let deadline = Instant::now() + Duration::from_secs(1_800);
        while !holds(self) {
            let event = timeout(deadline - Instant::now(), self.events.recv()).await;
            match event.ok() {
                Some(Some(event)) => self.take(event),
                Some(None) => panic!("the feed has ended; waited until {what}"),
                None => panic!(
                    "not until {what}: {} calls, {:?}, {:?}",
                    self.store.len(),
                    self.link,
                    self.covered
                ),
            }
        }
    }

    /// Takes whatever comes in some time.
    pub(crate) async fn during(&mut self, time: Duration) {
        let end = Instant::now() + time;
        while let Ok(event) = timeout_at(end, self.events.recv()).await {
            self.take(event.expect("the feed goes on"));
        }
    }

    pub(crate) async fn until_live(&mut self) {
        self.until("the link is live", |it| {
            matches!(it.link, Link::Live { .. })
        })
        .await;
    }

    pub(crate) async fn until_loaded(&mut self) {
        self.until("older calls are loaded", |it| {
            matches!(it.older.last(), Some(Older::Idle | Older::End))
        })
        .await;
    }

    pub(crate) fn state(&self, id: impl std::fmt::Display) -> Option<State> {
        self.store.get(&name(id)).map(|call| call.state)
    }

    /// Those of the known calls that the filter lets through.
    pub(crate) fn listed(&self) -> Vec<Call> {
        let mut calls = self.known();
        calls.retain(|call| self.filter.matches(call));
        calls
    }

    pub(crate) fn known(&self) -> Vec<Call> {
        let mut calls: Vec<Call> = self
            .store
            .newest_first()
            .iter()
            .map(|slot| self.store.call(slot).clone())
            .collect();
        calls.sort_by(|a, b| a.name.cmp(&b.name));
        calls
    }
}
