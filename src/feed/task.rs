//! The feed's one task: obeys commands, starts what is due, and hands on what has come.

mod haste;

use std::collections::VecDeque;
use std::future::pending;

use chrono::{DateTime, Utc};
use futures_util::future::BoxFuture;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};

use super::backfill::Report;
use super::history::History;
use super::pace::{Finding, Focus, Tempo, after_refusal};
use super::poll::{self, Question, Readings};
use super::range::{self, Ranging};
use super::walk::{Leaf, Reader};
use super::watch::{Filtering, Watch};
use super::{Bucket, Command, Event, Older, Pace};
use crate::api::Client;
use crate::call::{Covered, Failure, Link, Loading, Turn};
use crate::filter::Plan;

type Polling = BoxFuture<'static, Result<Readings, Failure>>;
type Stepping = BoxFuture<'static, (History, Result<Leaf, Failure>)>;

/// The state of the task. Dropping a future in here cancels its request, so nothing that belongs to
/// an abandoned query is ever applied.
pub(super) struct Feed {
    client: Client,
    bucket: Bucket,
    reader: Reader,
    pace: Pace,
    tempo: Tempo,
    link: Link,
    paused: bool,
    watch: Option<Watch>,
    /// The poll under way and when it began.
    polling: Option<(Instant, Polling)>,
    /// The first page or an older one, under way.
    stepping: Option<Stepping>,
    /// The range that is being loaded.
    ranging: Option<Ranging>,
    /// Why older calls are not being loaded.
    older_failure: Option<Failure>,
    next_poll: Option<Instant>,
    /// When the latest poll began.
    polled_at: Instant,
    /// How many requests have been told.
    told: u64,
    /// What has not been taken yet. While there is anything, nothing is asked.
    outbox: VecDeque<Event>,
}

impl Feed {
    pub(super) fn new(client: Client, bucket: Bucket, pace: Pace) -> Self {
        let chance = || uuid::Uuid::new_v4().as_u64_pair().0;
        let seed = pace.seed.unwrap_or_else(chance);
        Self {
            reader: Reader::new(client.clone(), pace.page_size).sharing(bucket.clone()),
            client,
            bucket,
            tempo: Tempo::new(pace.poll_every, seed),
            pace,
            link: Link::Connecting,
            paused: false,
            watch: None,
            polling: None,
            stepping: None,
            ranging: None,
            older_failure: None,
            next_poll: None,
            polled_at: Instant::now(),
            told: 0,
            outbox: VecDeque::new(),
        }
    }

    pub(super) async fn run(
        mut self,
        mut commands: mpsc::Receiver<Command>,
        events: mpsc::Sender<Event>,
    ) {
        loop {
            if self.outbox.is_empty() {
                self.start_due();
                self.tell_asked();
            }
            let idle = self.outbox.is_empty();
            tokio::select! {
                biased;
                command = commands.recv() => match command {
                    Some(command) => self.obey(command),
                    None => return,
                },
                place = events.reserve(), if !idle => {
                    let Ok(place) = place else { return };
                    if let Some(event) = self.outbox.pop_front() {
                        place.send(event);
                    }
                }
                () = events.closed(), if idle => return,
                (history, result) = under_way(&mut self.stepping), if idle => {
                    self.stepping = None;
                    self.stepped(history, result);
                }
                report = range::next(&mut self.ranging), if idle => self.ranged(report),
                result = polled(&mut self.polling), if idle => {
                    let began = self.polling.take().map_or_else(Instant::now, |(began, _)| began);
                    match result {
                        Ok(readings) => self.polled(readings, began),
                        Err(failure) => self.failed(failure),
                    }
                }
                () = until(self.next_poll), if idle && self.may_poll() => self.start_poll(),
            }
        }
    }

    fn obey(&mut self, command: Command) {
        match command {
            Command::Watch { turn, plan } => self.watch(turn, plan),
            Command::Older { turn, before } => self.older(turn, before),
            Command::Load { turn, left } => self.load(turn, &left),
            Command::StopLoading => self.ranging = None,
            Command::Follow { call } => {
                if let Some(watch) = &mut self.watch {
                    watch.follow_placed(&call);
                }
            }
            Command::Refresh => self.try_again(),
            Command::Pause => self.pause(),
            Command::Resume => {
                self.paused = false;
                self.try_again();
            }
            Command::Focus(focus) => {
                if self.tempo.focus(focus) && focus == Focus::Here {
                    self.hurry();
                }
            }
            Command::Stir => self.hurry(),
        }
    }

    fn watch(&mut self, turn: Turn, plan: Plan) {
        self.drop_poll();
        self.stepping = None;
        self.ranging = None;
        self.older_failure = None;
        self.outbox.retain_mut(|event| match event {
            // Of calls that are gone nothing else will tell.
            Event::Gone { turn: found, .. } => {
                *found = turn;
                true
            }
            Event::Link(_) | Event::Asked(_) | Event::Clock { .. } => true,
            Event::Batch { .. }
            | Event::Coverage { .. }
            | Event::Older { .. }
            | Event::Loading { .. }
            | Event::FilterIgnored { .. } => false,
        });
        let followed = self.watch.take().map(Watch::end).unwrap_or_default();
        for (as_of, calls) in followed.news() {
            self.outbox.push_back(Event::Batch { turn, as_of, calls });
        }
        self.watch = Some(Watch::new(turn, plan, self.pace.initial, followed));
        self.try_again();
    }

    fn older(&mut self, turn: Turn, before: DateTime<Utc>) {
        let Some(watch) = self.watch.as_mut().filter(|watch| watch.turn == turn) else {
            return;
        };
        self.older_failure = None;
        if watch.is_open() && watch.history.go_to(before) {
            watch.told = Covered::nothing();
            self.stepping = None;
        }
        if watch.history.is_ended() {
            self.tell_older(Older::End);
        } else {
            let more = usize::try_from(self.pace.page_size).unwrap_or(usize::MAX);
            watch.wanted = watch.wanted.max(watch.history.read().saturating_add(more));
        }
    }

    fn load(&mut self, turn: Turn, left: &Covered) {
        let Some(watch) = self.watch.as_mut().filter(|watch| watch.turn == turn) else {
            return;
        };
        // Nothing is asked twice: what else was to be loaded by itself lies in the range, or behind it.
        // Only the newest page is read in any case, for what comes later joins there.
        watch.wanted = watch.history.read().max(1);
        let plan = watch.plan.clone();
        if watch.history.read() > 0 && std::mem::take(&mut watch.loading) {
            self.stepping = None;
            self.tell_older(Older::Idle);
        }
        let source = (self.reader.client(), self.bucket.clone());
        let place = (turn, self.reader.place());
        self.ranging = Ranging::start(source, place, &plan, left);
        if self.ranging.is_none() {
            let state = Loading::Done;
            self.outbox.push_back(Event::Loading { turn, state });
        }
    }

    /// A range has come further.
    fn ranged(&mut self, report: Option<Result<Report, Failure>>) {
        let Some(ranging) = &self.ranging else { return };
        if let (Some(watch), Some(Ok(Report::Batch(batch)))) = (&mut self.watch, &report) {
            watch.follow(&batch.calls, Instant::now());
        }
        let (events, is_over) = ranging.told(report);
        self.outbox.extend(events);
        if is_over {
            self.ranging = None;
        }
    }

    /// Polls at once, and forgets what stood in the way.
    fn try_again(&mut self) {
        if self.watch.is_none() {
            return;
        }
        self.tempo.start_over();
        self.older_failure = None;
        // A rest that the service has asked for is kept, whoever asks.
        let rest = self.bucket.closed_for();
        if self.polling.is_none() {
            self.next_poll = Some(Instant::now() + rest);
        }
        if let Link::Retrying { failure, .. } = &self.link
            && self.polling.is_none()
            && !rest.is_zero()
        {
            let failure = failure.clone();
            self.set_link(Link::Retrying {
                failure,
                wait: rest,
            });
        } else if self.paused {
            self.set_link(Link::Paused);
        } else if !matches!(self.link, Link::Live { .. }) {
            self.set_link(Link::Connecting);
        }
    }

    fn pause(&mut self) {
        self.paused = true;
        // A query whose first calls have not come yet is opened all the same: there would be nothing
        // on screen to look at in peace.
        if self.watch.as_ref().is_none_or(Watch::is_open) {
            self.drop_poll();
            self.next_poll = None;
        }
        self.set_link(Link::Paused);
    }

    fn start_due(&mut self) {
        if self.next_poll.is_some_and(|at| at <= Instant::now()) && self.may_poll() {
            self.start_poll();
        }
        let Some(watch) = &mut self.watch else { return };
        // While a range is loaded, only the newest page is read beside it.
        let wanted = (self.ranging.is_none() || watch.history.read() == 0)
            && watch.is_open()
            && !watch.history.is_ended()
            && watch.history.read() < watch.wanted
            && self.older_failure.is_none();
        let asks_the_same = watch.takes_turns() && self.polling.is_some();
        if wanted && !asks_the_same && self.stepping.is_none() {
            let history = watch.history.clone();
            let step = history.step(self.reader.clone(), watch.plan.clone());
            self.stepping = Some(Box::pin(step));
            if !watch.loading {
                watch.loading = true;
                self.tell_older(Older::Loading);
            }
        }
    }

    fn start_poll(&mut self) {
        self.next_poll = None;
        let Some(watch) = &mut self.watch else { return };
        let now = Instant::now();
        self.polled_at = now;
        // The first page before everything else: it is what somebody waits for.
        if !watch.peeked && self.stepping.is_none() {
            let step = History::default().step(self.reader.clone(), watch.plan.clone());
            self.stepping = Some(Box::pin(step));
        }
        let question = Question {
            reader: self.reader.clone(),
            head: watch.head(self.pace.overlap),
            open: Plan::open(),
            tracked: watch.tracked(),
            due: watch.due(now),
            reads_at_once: self.pace.reads_at_once,
        };
        self.polling = Some((now, Box::pin(poll::ask(question))));
    }

    fn polled(&mut self, readings: Readings, began: Instant) {
        let Some(watch) = &mut self.watch else { return };
        let now = Instant::now();
        let as_of = readings.as_of;
        let failure = readings.failure.clone();
        let names = readings.gone.clone();
        let ignores_filter = readings.ignores_filter;
        let calls = watch.take_poll(readings, now);
        let still = calls.is_empty() && names.is_empty() && watch.is_still();
        let turn = watch.turn;
        if !calls.is_empty() {
            self.outbox.push_back(Event::Batch { turn, as_of, calls });
        }
        if !names.is_empty() {
            self.outbox.push_back(Event::Gone { turn, names });
        }
        if ignores_filter {
            self.tell_ignored();
        }
        if let Some(failure) = failure {
            self.failed(failure);
            return;
        }
        let finding = if still {
            Finding::Nothing
        } else {
            Finding::Life
        };
        self.tempo.answered(finding, now);
        // What stood in the way of older calls may be over too, unless they are refused as such.
        self.older_failure = self
            .older_failure
            .take()
            .filter(|failure| !failure.passes() && after_refusal(failure).is_none());
        let every = self.tempo.every(now);
        // From beginning to beginning, but never without a rest.
        self.next_poll = (!self.paused).then(|| (began + every).max(now + every / 4));
        self.tell_alive();
    }

    /// A first page or an older one has come, or has not.
    fn stepped(&mut self, history: History, result: Result<Leaf, Failure>) {
        let Some(watch) = &mut self.watch else { return };
        let turn = watch.turn;
        let leaf = match result {
            Ok(leaf) => leaf,
            Err(failure) if watch.peeked => {
                // The history keeps what it has learnt, such as that a token is not taken any more.
                watch.history = history;
                watch.loading = false;
                self.older_failure = Some(failure.clone());
                self.tell_older(Older::Failed(failure));
                return;
            }
            Err(failure) => {
                self.failed(failure);
                return;
            }
        };
        let calls = leaf.page.calls;
        let (as_of, ignores_filter) = (leaf.as_of, leaf.ignores_filter);
        let first = !watch.peeked;
        if watch.peeked {
            watch.history = history;
            watch.take_older(&calls, Instant::now());
        } else if calls.is_empty() && !history.is_ended() {
            // An empty page is not an end.
            let step = history.step(self.reader.clone(), watch.plan.clone());
            self.stepping = Some(Box::pin(step));
            return;
        } else {
            watch.take_first(&calls, Instant::now());
        }
        if !calls.is_empty() {
            self.outbox.push_back(Event::Batch { turn, as_of, calls });
        }
        if ignores_filter {
            self.tell_ignored();
        }
        if first {
            self.tell_alive();
        } else {
            self.tell_progress();
        }
    }

    fn tell_progress(&mut self) {
        let Some(watch) = &mut self.watch else { return };
        let turn = watch.turn;
        let coverage = watch.history.covered();
        if watch.told != coverage {
            watch.told.clone_from(&coverage);
            self.outbox.push_back(Event::Coverage { turn, coverage });
        }
        let ended = watch.history.is_ended();
        if watch.loading && (ended || watch.history.read() >= watch.wanted) {
            watch.loading = false;
            self.tell_older(if ended { Older::End } else { Older::Idle });
        }
    }

    fn failed(&mut self, failure: Failure) {
        self.drop_poll();
        if self.watch.as_ref().is_some_and(|watch| !watch.peeked) {
            self.stepping = None;
        }
        if failure.passes() {
            let wait = self.tempo.failed();
            // What the service asks for counts, to the moment, and not what is drawn.
            let rest = self.bucket.closed_for();
            let wait = if rest.is_zero() { wait } else { rest };
            self.next_poll = Some(Instant::now() + wait);
            self.set_link(Link::Retrying { failure, wait });
        } else {
            // A pause is one: what is refused in it is asked again when somebody says so.
            let again = after_refusal(&failure).filter(|_| !self.paused);
            self.next_poll = again.map(|wait| Instant::now() + wait);
            self.set_link(Link::Refused { failure });
        }
    }

    fn drop_poll(&mut self) {
        self.polling = None;
        if let Some(watch) = &mut self.watch {
            watch.give_up_poll(Instant::now());
        }
    }

    fn tell_older(&mut self, state: Older) {
        if let Some(watch) = &self.watch {
            let turn = watch.turn;
            self.outbox.push_back(Event::Older { turn, state });
        }
    }

    /// Tells once for each query that the service does not apply its filter. What it lists is right
    /// all the same, and so is how far back: it lists more than was asked for, never less.
    fn tell_ignored(&mut self) {
        let assumed = |watch: &&mut Watch| watch.filtering == Filtering::Assumed;
        let Some(watch) = self.watch.as_mut().filter(assumed) else {
            return;
        };
        watch.filtering = Filtering::Ignored;
        let turn = watch.turn;
        tracing::warn!(
            filter = watch.plan.head(None),
            "the service did not apply the filter"
        );
        self.outbox.push_back(Event::FilterIgnored { turn });
    }

    /// The link after an answer: alive once the query has its first page and its calls under way.
    fn tell_alive(&mut self) {
        if !self.watch.as_ref().is_some_and(Watch::is_open) {
            return;
        }
        let every = self.cycle();
        if self.paused {
            self.set_link(Link::Paused);
        } else if self.polling.is_some() || self.next_poll.is_some() {
            self.set_link(Link::Live { every });
        }
    }

    /// Tells the link where it has changed, and with each answer and each failed try: how old the
    /// truth on screen is depends on when it was told.
    fn set_link(&mut self, link: Link) {
        if self.link != link || matches!(link, Link::Live { .. } | Link::Retrying { .. }) {
            self.link = link.clone();
            self.outbox.push_back(Event::Link(link));
        }
    }
}

async fn under_way(stepping: &mut Option<Stepping>) -> (History, Result<Leaf, Failure>) {
    match stepping {
        Some(step) => step.await,
        None => pending().await,
    }
}

async fn polled(polling: &mut Option<(Instant, Polling)>) -> Result<Readings, Failure> {
    match polling {
        Some((_, poll)) => poll.await,
        None => pending().await,
    }
}

async fn until(time: Option<Instant>) {
    match time {
        Some(time) => sleep_until(time).await,
        None => pending().await,
    }
}
