//! What a console makes of the feed's events: every call merged into the store as the app does it,
//! the filter in the console's language, and what was told when.

use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use switchboard::api::Client;
use switchboard::call::{CallName, Covered, Link, Loading, Store, Turn};
use switchboard::feed::{self, Command, Event, Older, Pace};
use switchboard::filter::{Plan, Search, Standpoint};
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout, timeout_at};

use crate::scripted::noon;

/// How long a service that can be reached may keep the feed from a whole poll.
const PATIENCE: Duration = Duration::from_secs(15 * 60);

/// How the exchange's clock and that of the test go together.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Zero(pub(crate) Instant);

impl Zero {
    /// What the exchange's clock shows, which began at noon.
    pub(crate) fn clock(self) -> DateTime<Utc> {
        noon() + TimeDelta::from_std(self.0.elapsed()).unwrap()
    }

    pub(crate) fn standpoint(self) -> Standpoint {
        Standpoint {
            now: self.clock(),
            zone: chrono_tz::UTC,
        }
    }
}

/// The console.
pub(crate) struct Screen {
    commands: mpsc::Sender<Command>,
    events: mpsc::Receiver<Event>,
    zero: Zero,
    turn: Turn,
    pub(crate) search: Search,
    pub(crate) store: Store,
    pub(crate) link: Link,
    pub(crate) covered: Covered,
    /// What was told last of the range that is being loaded.
    pub(crate) loading: Option<Loading>,
    pub(crate) older: Option<Older>,
    /// When whole polls were told.
    lives: Vec<Instant>,
    /// Since when the end of a call has been known, and not its price.
    pub(crate) ended: HashMap<CallName, Instant>,
    /// What was told and must never be.
    pub(crate) wrong: Vec<String>,
}

impl Screen {
    pub(crate) fn start(client: Client, pace: Pace, zero: Zero) -> Self {
        let (commands, obeyed) = mpsc::channel(8);
        let (told, events) = mpsc::channel(4);
        tokio::spawn(feed::run(client, pace, obeyed, told));
        Self {
            commands,
            events,
            zero,
            turn: Turn(0),
            search: Search::everything(),
            store: Store::default(),
            link: Link::Connecting,
            covered: Covered::nothing(),
            loading: None,
            older: None,
            lives: Vec::new(),
            ended: HashMap::new(),
            wrong: Vec::new(),
        }
    }

    pub(crate) async fn watch(&mut self, filter: &str) {
        self.search = Search::parse(filter).unwrap();
        self.turn = self.turn.next();
        self.covered = Covered::nothing();
        self.older = None;
        let plan = Plan::of(&self.search, &self.zero.standpoint());
        let turn = self.turn;
        self.tell(Command::Watch { turn, plan }).await;
    }

    pub(crate) async fn older(&mut self) {
        let turn = self.turn;
        let since = self.covered.complete_since(DateTime::<Utc>::MAX_UTC);
        let before = since.unwrap_or(DateTime::<Utc>::MAX_UTC);
        self.tell(Command::Older { turn, before }).await;
    }

    /// Asks for what is missing of a range.
    pub(crate) async fn load(&mut self, range: Range<DateTime<Utc>>) {
        let turn = self.turn;
        let left = self.covered.missing(&range).into_iter().collect();
        self.tell(Command::Load { turn, left }).await;
    }

    pub(crate) async fn tell(&mut self, command: Command) {
        self.commands.send(command).await.unwrap();
    }

    fn take(&mut self, event: Event) {
        match event {
            Event::Batch { turn, as_of, calls } if turn == self.turn => {
                let names: HashSet<&CallName> = calls.iter().map(|call| &call.name).collect();
                if names.len() < calls.len() {
                    self.wrong.push("a batch has a call twice".to_owned());
                }
                for call in calls {
                    if call.state.is_terminal() && call.price.is_none() {
                        let ended = self.ended.entry(call.name.clone());
                        ended.or_insert_with(Instant::now);
                    }
                    self.store.merge(call, as_of);
                }
            }
            Event::Coverage { turn, coverage } if turn == self.turn => {
                self.covered.merge(&coverage);
            }
            Event::Older { turn, state } if turn == self.turn => self.older = Some(state),
            Event::Loading { turn, state } if turn == self.turn => self.loading = Some(state),
            Event::Gone { names, .. } => {
                let wrong = format!("told as gone, which never are: {names:?}");
                self.wrong.push(wrong);
            }
            Event::FilterIgnored { .. } => {
                let wrong = "told that filters are not applied, which they are";
                self.wrong.push(wrong.to_owned());
            }
            Event::Link(link) => {
                if let Link::Live { .. } = link {
                    self.lives.push(Instant::now());
                }
                if let Link::Refused { failure } = &link {
                    self.wrong.push(format!("refused: {failure}"));
                }
                self.link = link;
            }
            // Of a query before, or of no query.
            Event::Batch { .. }
            | Event::Coverage { .. }
            | Event::Loading { .. }
            | Event::Older { .. }
            | Event::Asked(_)
            | Event::Clock { .. } => {}
        }
    }

    /// Takes whatever comes in some time.
    pub(crate) async fn during(&mut self, time: Duration) {
        let end = Instant::now() + time;
        while let Ok(event) = timeout_at(end, self.events.recv()).await {
            let event = event.expect("the feed goes on");
            self.take(event);
        }
    }

    /// How many whole polls were told.
    pub(crate) fn polls(&self) -> usize {
        self.lives.len()
    }

    /// How many whole polls were told since a moment.
    pub(crate) fn lives_since(&self, moment: Instant) -> usize {
        self.lives.len() - self.lives.partition_point(|live| *live <= moment)
    }

    /// Takes events until a whole poll has been told that began after now: of two that are told, the
    /// second one began after the first was.
    pub(crate) async fn until_polled(&mut self) -> Result<(), String> {
        self.until_told(2).await
    }

    /// Takes events until so many more whole polls have been told.
    pub(crate) async fn until_told(&mut self, polls: usize) -> Result<(), String> {
        let told = self.lives.len() + polls;
        self.until("a whole poll was told", |it| it.lives.len() >= told)
            .await
    }

    pub(crate) async fn until_loaded(&mut self) -> Result<(), String> {
        let loaded = |it: &Self| matches!(it.older, Some(Older::Idle | Older::End));
        self.until("older calls were loaded", loaded).await
    }

    async fn until(&mut self, what: &str, holds: impl Fn(&Self) -> bool) -> Result<(), String> {
        let deadline = Instant::now() + PATIENCE;
        while !holds(self) {
            let Ok(event) = timeout(deadline - Instant::now(), self.events.recv()).await else {
                let (link, older) = (&self.link, &self.older);
                return Err(format!(
                    "not within {PATIENCE:?} until {what}: {link:?}, {older:?}"
                ));
            };
            self.take(event.expect("the feed goes on"));
        }
        Ok(())
    }
}
