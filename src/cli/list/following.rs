//! `switchboard list --watch`: a line for every change of state of the calls that pass, from now on, as
//! the live feed sees it.

use std::collections::{HashMap, VecDeque};
use std::io::{self, Write as _};
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::select;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::column::changed;
use super::notes::Notes;
use super::printer::Printer;
use super::unwritten;
use crate::api::Client;
use crate::call::{Call, CallName, Failure, Link, State, Turn};
use crate::cli::patience::Patience;
use crate::cli::{Exit, Stop};
use crate::feed::{self, Command, Event, Pace};
use crate::filter::{Plan, Search, Standpoint};
use crate::runtime;

/// Of how many calls the state is remembered.
const REMEMBERED: usize = 200_000;

/// What is followed, and how it is told.
pub(super) struct Following {
    pub(super) client: Client,
    pub(super) search: Search,
    pub(super) at: Standpoint,
    /// From one poll to the next while all is well.
    pub(super) poll_every: Duration,
    /// After so many lines it ends.
    pub(super) limit: u64,
    pub(super) printer: Printer,
    pub(super) notes: Notes,
}

/// The states in which calls were seen last.
#[derive(Debug, Default)]
struct Known {
    states: HashMap<CallName, State>,
    /// In the order in which they were first seen.
    order: VecDeque<CallName>,
    /// The latest change among the calls that were there already. Whatever changed before it and was
    /// not seen is old, and no news.
    since: Option<DateTime<Utc>>,
    /// Whether those that were there have been seen.
    began: bool,
}

impl Known {
    /// Whether the state of a call is news.
    fn take(&mut self, call: &Call) -> bool {
        let before = self.states.insert(call.name.clone(), call.state);
        if before.is_none() {
            self.order.push_back(call.name.clone());
            if self.order.len() > REMEMBERED
                && let Some(oldest) = self.order.pop_front()
            {
                self.states.remove(&oldest);
            }
        }
        if !self.began {
            self.since = self.since.max(changed(call));
            return false;
        }
        match before {
            Some(state) => state != call.state,
            None => changed(call) >= self.since,
        }
    }
}

/// What has become of the link.
enum Linked {
    /// Whatever it is, it is followed on.
    On,
    Over(Failure),
}

impl Following {
    /// Follows the calls until there are enough lines, or the other end of `stop` says so.
    pub(super) async fn run(mut self, mut stop: watch::Receiver<bool>) -> Result<Exit, Stop> {
        let mut out = io::BufWriter::new(io::stdout());
        let (tell, commands) = mpsc::channel(4);
        let (events, mut told) = mpsc::channel(16);
        let pace = Pace {
            poll_every: self.poll_every,
            initial: 0,
            ..Pace::default()
        };
        let mut task = JoinSet::new();
        task.spawn(feed::run(self.client.clone(), pace, commands, events));
        let mut turn = Turn::default();
        let mut plan = self.plan(self.at.now);
        self.ask(&tell, turn, &plan).await?;
        let (mut known, mut silence) = (Known::default(), Silence::new());
        let mut written = 0;
        loop {
            let event = select! {
                biased;
                _ = stop.wait_for(|stop| *stop) => {
                    self.notes.clear();
                    return Ok(Exit::Interrupted);
                }
                event = told.recv() => event.ok_or_else(stopped)?,
            };
            let now = runtime::now();
            match event {
                Event::Batch { calls, .. } => {
                    let news = self.news(&mut known, calls, now);
                    if !news.is_empty() {
                        self.notes.clear();
                    }
                    self.printer.set_now(now);
                    for call in &news {
                        if let Err(error) = self.printer.call(call, &mut out) {
                            return unwritten(&error);
                        }
                        written += 1;
                        if written == self.limit {
                            break;
                        }
                    }
                    if let Err(error) = out.flush() {
                        return unwritten(&error);
                    }
                    if written == self.limit {
                        return Ok(Exit::Done);
                    }
                }
                Event::Link(link) => match self.link(link, &mut known, &mut silence) {
                    Linked::On => {}
                    Linked::Over(failure) => {
                        self.notes.clear();
                        return Err(failure.into());
                    }
                },
                Event::FilterIgnored { .. } => self.notes.warn(
                    "the service does not apply the filter; it is applied here, to every call of \
                     the project",
                ),
                Event::Gone { .. }
                | Event::Coverage { .. }
                | Event::Older { .. }
                | Event::Loading { .. }
                | Event::Asked(_)
                | Event::Clock { .. } => {}
            }
            if plan.expires().is_some_and(|expires| now >= expires) {
                turn = turn.next();
                plan = self.plan(now);
                self.ask(&tell, turn, &plan).await?;
            }
        }
    }

    fn standpoint(&self, now: DateTime<Utc>) -> Standpoint {
        Standpoint {
            now,
            zone: self.at.zone,
        }
    }

    fn plan(&self, now: DateTime<Utc>) -> Plan {
        Plan::of(&self.search, &self.standpoint(now))
    }

    async fn ask(&self, tell: &mpsc::Sender<Command>, turn: Turn, plan: &Plan) -> Result<(), Stop> {
        let plan = plan.clone();
        let sent = tell.send(Command::Watch { turn, plan }).await;
        sent.map_err(|_gone| stopped())
    }

    /// The calls that pass and whose state is news, in the order of their changes.
    fn news(&self, known: &mut Known, calls: Vec<Call>, now: DateTime<Utc>) -> Vec<Call> {
        let matcher = self.search.matcher(&self.standpoint(now));
        let mut news: Vec<Call> = calls
            .into_iter()
            .filter(|call| known.take(call) && matcher.matches(call))
            .collect();
        news.sort_by(|a, b| (changed(a), &a.name).cmp(&(changed(b), &b.name)));
        news
    }

    fn link(&mut self, link: Link, known: &mut Known, silence: &mut Silence) -> Linked {
        match link {
            Link::Live { .. } => {
                known.began = true;
                silence.patience.answered();
                if std::mem::take(&mut silence.told) {
                    self.notes.note("the service answers again");
                }
            }
            Link::Retrying { failure, wait } => {
                let began = known.began;
                if !began && silence.patience.after(&failure, Instant::now()).is_none() {
                    return Linked::Over(failure);
                }
                if !std::mem::replace(&mut silence.told, true) {
                    let told = format!("the service does not answer: {failure}");
                    self.notes.warn(&told);
                }
                self.notes.waiting(&failure, wait);
            }
            Link::Refused { failure } => return Linked::Over(failure),
            Link::Connecting | Link::Paused => {}
        }
        Linked::On
    }
}

/// A service that does not answer.
#[derive(Debug)]
struct Silence {
    patience: Patience,
    /// Whether it has been told.
    told: bool,
}

impl Silence {
    fn new() -> Self {
        Self {
            patience: Patience::new(),
            told: false,
        }
    }
}

fn stopped() -> Stop {
    Stop::failed("following the calls has stopped (the log may say why); start it again")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(id: u32, state: State, second: i64) -> Call {
        let mut call = Call::new(CallName::new(format!("projects/demo/calls/{id}")));
        call.state = state;
        call.create_time = DateTime::from_timestamp(second, 0);
        call.end_time = state.is_terminal().then_some(call.create_time).flatten();
        call
    }

    #[test]
    fn each_change_is_news_once_and_what_was_there_is_none() {
        let mut known = Known::default();
        assert!(!known.take(&call(1, State::Ringing, 10)));
        assert!(!known.take(&call(2, State::Completed, 20)));
        known.began = true;
        assert!(!known.take(&call(1, State::Ringing, 10)));
        assert!(known.take(&call(1, State::InProgress, 10)));
        assert!(!known.take(&call(1, State::InProgress, 10)));
        assert!(known.take(&call(3, State::Queued, 25)));
        // One that was over before is only seen late.
        assert!(!known.take(&call(4, State::Completed, 15)));
        assert!(known.take(&call(4, State::Failed, 15)));
    }

    #[test]
    fn not_every_call_is_remembered_for_ever() {
        let mut known = Known {
            began: true,
            ..Known::default()
        };
        for id in 0..u32::try_from(REMEMBERED).unwrap() + 10 {
            known.take(&call(id, State::Queued, 1));
        }
        assert_eq!(
            (known.states.len(), known.order.len()),
            (REMEMBERED, REMEMBERED)
        );
    }
}
