//! The loop: takes in what has happened, does what the state asks for, and draws.

use std::time::Duration;

use chrono::{DateTime, Timelike as _, Utc};
use futures_util::{Stream, StreamExt as _};
use ratatui::crossterm::event::{Event, KeyEventKind, MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::Position;
use tokio::time::Instant;

use crate::app::{Action, App, Effect, Level, Mouse, Msg, Notice, Pass};
use crate::call::Turn;
use crate::feed::{self, Focus};
use crate::input::{self, Intent, key::Key};
use crate::view::{self, Look, layout};

use super::pacer::Pacer;
use super::screen::Screen;
use super::services::Services;
use super::signals::Signal;

/// How long a filter rests before the service is asked for it (`filter.md`).
const REST: Duration = Duration::from_millis(250);

/// How much is taken in before the next frame, and for how long: a flood of events cannot keep the
/// screen from being drawn, whatever each of them costs.
const DRAIN: usize = 1_024;
const DRAIN_TIME: Duration = Duration::from_millis(8);

/// The loop with all that it holds, generic over the screen so that tests drive the real one.
#[derive(Debug)]
pub struct Loop<S> {
    app: App,
    look: Look,
    screen: S,
    services: Services,
    clock: fn() -> DateTime<Utc>,
    pacer: Pacer,
    /// The filter that rests, and until when.
    resting: Option<(Turn, Instant)>,
    /// The list of which more is to come.
    going_on: Option<Pass>,
    /// When the next second begins: kept until it has, however much happens before.
    tick: Option<Instant>,
    ended: Option<Ended>,
    /// Whether the next frame is to be written whole.
    redraw_due: bool,
    /// Whether the terminal is looked at, as far as it tells.
    focus: Focus,
}

/// What ended the console.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// Somebody left it, or the terminal has gone.
    Left,
    /// A signal asked for it.
    Interrupted,
}

impl<S: Screen> Loop<S> {
    /// A loop that has not begun.
    pub fn new(
        app: App,
        look: Look,
        screen: S,
        services: Services,
        clock: fn() -> DateTime<Utc>,
    ) -> Self {
        Self {
            app,
            look,
            screen,
            services,
            clock,
            pacer: Pacer::default(),
            resting: None,
            going_on: None,
            tick: None,
            ended: None,
            redraw_due: false,
            focus: Focus::Here,
        }
    }

    /// Runs until somebody quits, a signal ends it, or the input does.
    ///
    /// # Errors
    ///
    /// The screen cannot be drawn on, or a task has panicked.
    pub async fn run(
        &mut self,
        mut events: impl Stream<Item = std::io::Result<Event>> + Unpin,
        mut signals: impl Stream<Item = Signal> + Unpin,
    ) -> anyhow::Result<Ended> {
        self.draw()?;
        loop {
            if let Some(ended) = self.ended {
                return Ok(ended);
            }
            let tick = *self.tick.get_or_insert_with(|| next_tick(self.clock));
            let frame = self.pacer.due();
            let rest = self.resting.map(|(_, until)| until);
            tokio::select! {
                event = events.next() => match event {
                    Some(event) => self.heard(event)?,
                    // The input is over: there is nobody left to show anything to.
                    None => self.ended = Some(Ended::Left),
                },
                Some(msg) = self.services.next(self.clock) => self.happen(msg?)?,
                Some(signal) = signals.next() => self.signal(signal)?,
                () = tokio::time::sleep_until(tick) => self.ticked()?,
                () = at(frame) => {}
                () = at(rest) => self.rested()?,
                () = std::future::ready(()), if self.going_on.is_some() => {}
            }
            self.drain(&mut events).await?;
            self.go_on()?;
            if self.pacer.may_draw() && self.ended.is_none() {
                self.draw()?;
            }
        }
    }

    /// Waits, but not for long, until what is being written has been. What could not be written comes
    /// back, each as a sentence with the reason.
    pub async fn settle(&mut self) -> Vec<String> {
        self.services.settle().await
    }

    /// Takes in what else is ready, so that it shares one frame.
    async fn drain(
        &mut self,
        events: &mut (impl Stream<Item = std::io::Result<Event>> + Unpin),
    ) -> anyhow::Result<()> {
        let until = Instant::now() + DRAIN_TIME;
        for _ in 0..DRAIN {
            if self.ended.is_some() || Instant::now() >= until {
                break;
            }
            tokio::select! {
                biased;
                Some(event) = events.next() => self.heard(event)?,
                Some(msg) = self.services.next(self.clock) => self.happen(msg?)?,
                () = std::future::ready(()) => break,
            }
        }
        Ok(())
    }

    fn heard(&mut self, event: std::io::Result<Event>) -> anyhow::Result<()> {
        match event {
            Ok(event) => self.input(event),
            Err(error) => self.lost(error),
        }
    }

    /// A terminal that has hung up fails before its signal comes; that is an end like any other.
    fn lost(&mut self, error: std::io::Error) -> anyhow::Result<()> {
        /// EIO and ENXIO: what a terminal answers that is not there any more.
        const GONE: [i32; 2] = [5, 6];
        if error
            .raw_os_error()
            .is_some_and(|code| GONE.contains(&code))
        {
            tracing::warn!(%error, "the terminal has hung up");
            self.screen.abandon();
            self.ended = Some(Ended::Interrupted);
            return Ok(());
        }
        Err(error.into())
    }

    fn input(&mut self, event: Event) -> anyhow::Result<()> {
        let mode = self.app.mode();
        self.look_where(&event);
        let intent = match event {
            Event::Key(event) => {
                let repeats = event.kind == KeyEventKind::Repeat;
                Key::from_event(event)
                    .and_then(|key| input::resolve(&self.look.keymap, mode, key))
                    // A key held down too long must not place a call.
                    .filter(|intent| !(repeats && commits(intent)))
            }
            Event::Paste(text) => input::paste(mode, text),
            Event::Mouse(event) => {
                if let Some(mouse) = self.under(event) {
                    self.happen(Msg::Mouse(mouse))?;
                }
                None
            }
            Event::Resize(..) => {
                // Even if the size is the old one again by now: terminals move text about, and
                // shrinking cuts it off.
                self.redraw_due = true;
                self.pacer.changed();
                None
            }
            Event::FocusGained => {
                self.pacer.changed();
                None
            }
            Event::FocusLost => None,
        };
        match intent {
            Some(Intent::Action(action)) => self.happen(Msg::Action(action)),
            Some(Intent::Edit(edit)) => self.happen(Msg::Edit(edit)),
            None => Ok(()),
        }
    }

    /// Takes note of where the focus is. Who types looks at the screen, whatever the terminal says: some
    /// tell that the focus has gone, and not that it is back.
    fn look_where(&mut self, event: &Event) {
        let focus = match event {
            Event::FocusLost => Focus::Away,
            Event::FocusGained | Event::Key(_) | Event::Paste(_) => Focus::Here,
            Event::Mouse(_) | Event::Resize(..) => self.focus,
        };
        if self.focus != focus {
            self.focus = focus;
            self.services.command(feed::Command::Focus(focus));
        }
    }

    /// What a mouse event means, if it means anything.
    fn under(&self, event: MouseEvent) -> Option<Mouse> {
        match event.kind {
            MouseEventKind::ScrollUp => Some(self.wheel(event, -3)),
            MouseEventKind::ScrollDown => Some(self.wheel(event, 3)),
            MouseEventKind::Down(MouseButton::Left) => self.pointed(event),
            _ => None,
        }
    }

    fn pointed(&self, event: MouseEvent) -> Option<Mouse> {
        let regions = layout::regions(self.screen.area().ok()?, &self.app);
        let at = Position::new(event.column, event.row);
        regions.under(&self.app, self.look.theme, at)
    }

    /// The wheel scrolls what is under it.
    fn wheel(&self, event: MouseEvent, lines: i32) -> Mouse {
        match self.pointed(event) {
            Some(Mouse::Detail) => Mouse::WheelDetail(lines),
            _ => Mouse::Wheel(lines),
        }
    }

    fn signal(&mut self, signal: Signal) -> anyhow::Result<()> {
        match signal {
            Signal::End => {
                self.ended = Some(Ended::Interrupted);
                Ok(())
            }
            Signal::Hangup => {
                self.screen.abandon();
                self.ended = Some(Ended::Interrupted);
                Ok(())
            }
            Signal::Stop => self.happen(Msg::Action(Action::Suspend)),
            Signal::Continue => {
                self.pacer.changed();
                // A hang-up sends this signal too.
                self.screen.retake().or_else(|error| self.lost(error))
            }
        }
    }

    fn ticked(&mut self) -> anyhow::Result<()> {
        self.tick = None;
        self.happen(Msg::Tick((self.clock)()))
    }

    /// One slice of the list, with the keys that have come before it taken in, and before the frame
    /// that shows it.
    fn go_on(&mut self) -> anyhow::Result<()> {
        match self.going_on.take() {
            Some(pass) if self.ended.is_none() => self.happen(Msg::GoOn(pass)),
            Some(_) | None => Ok(()),
        }
    }

    fn rested(&mut self) -> anyhow::Result<()> {
        match self.resting.take() {
            Some((turn, _)) => self.happen(Msg::Rested(turn)),
            None => Ok(()),
        }
    }

    /// The one way in which anything changes.
    fn happen(&mut self, msg: Msg) -> anyhow::Result<()> {
        let effects = self.app.update(msg);
        self.pacer.changed();
        self.perform(effects)
    }

    /// Does what the state asks for; nothing here waits.
    ///
    /// # Errors
    ///
    /// The screen cannot be written.
    pub fn perform(&mut self, effects: Vec<Effect>) -> anyhow::Result<()> {
        for effect in effects {
            match effect {
                Effect::GoOn(pass) => self.going_on = Some(pass),
                Effect::Rest(turn) => self.resting = Some((turn, Instant::now() + REST)),
                Effect::Watch { turn, plan } => {
                    self.services.command(feed::Command::Watch { turn, plan });
                }
                Effect::LoadOlder { turn, before } => {
                    self.services.command(feed::Command::Older { turn, before });
                }
                Effect::Load { turn, left } => {
                    self.services.command(feed::Command::Load { turn, left });
                }
                Effect::StopLoading => self.services.command(feed::Command::StopLoading),
                Effect::Refresh => self.services.command(feed::Command::Refresh),
                Effect::Place {
                    wish,
                    call,
                    follows,
                } => {
                    self.services.command(feed::Command::Stir);
                    self.services.place(wish, *call, follows, (self.clock)());
                }
                Effect::KeepValues(call) => {
                    let told = self.services.keep_values(*call);
                    told.map_or(Ok(()), |msg| self.happen(msg))?;
                }
                Effect::SaveView(view) => {
                    let told = self.services.save_view(*view);
                    told.map_or(Ok(()), |msg| self.happen(msg))?;
                }
                Effect::Copy(text) => self.copy(&text)?,
                Effect::Remember(filter) => {
                    let told = self.services.remember(filter);
                    told.map_or(Ok(()), |msg| self.happen(msg))?;
                }
                Effect::Suspend => {
                    self.screen.suspend()?;
                    self.pacer.changed();
                    self.services.command(feed::Command::Refresh);
                }
                Effect::Quit => self.ended = Some(Ended::Left),
            }
        }
        Ok(())
    }

    fn copy(&mut self, text: &str) -> anyhow::Result<()> {
        // What is pasted into a shell must not run there.
        if let Err(error) = self.screen.copy(&view::text::sanitise(text)) {
            tracing::warn!(%error, "the terminal did not take the clipboard's text");
            let told = Notice::new(Level::Warning, "the clipboard could not be written");
            return self.happen(Msg::Notice(told));
        }
        Ok(())
    }

    /// Measure, tell the state how big its pages are, draw.
    fn draw(&mut self) -> anyhow::Result<()> {
        self.try_draw()
            .or_else(|error| match error.downcast::<std::io::Error>() {
                Ok(error) => self.lost(error),
                Err(other) => Err(other),
            })
    }

    fn try_draw(&mut self) -> anyhow::Result<()> {
        if std::mem::take(&mut self.redraw_due) {
            self.screen.redraw()?;
        }
        let regions = layout::regions(self.screen.area()?, &self.app);
        let effects = self
            .app
            .measure(view::page(&self.app, &self.look, &regions));
        self.perform(effects)?;
        let Self {
            app, look, screen, ..
        } = self;
        screen.draw(&mut |frame| {
            // The size may have changed since it was measured.
            let regions = layout::regions(frame.area(), app);
            view::render(app, look, &regions, frame);
        })?;
        self.pacer.drawn();
        Ok(())
    }

    /// The state, for tests.
    pub fn app(&self) -> &App {
        &self.app
    }

    /// The screen, for tests.
    pub fn screen(&self) -> &S {
        &self.screen
    }
}

/// The next full second by the clock on the wall, so that all ages change together.
fn next_tick(clock: fn() -> DateTime<Utc>) -> Instant {
    let past = clock().nanosecond() % 1_000_000_000;
    Instant::now() + Duration::from_nanos(u64::from(1_000_000_000 - past))
}

/// Whether an intent cannot be taken back. Terminals that tell repetitions from presses are believed;
/// with the others the question's default, which is *cancel*, is what protects.
fn commits(intent: &Intent) -> bool {
    matches!(
        intent,
        Intent::Action(Action::Yes | Action::Choose | Action::Place | Action::Run | Action::Quit)
    )
}

/// Until a moment; without one, for ever.
async fn at(moment: Option<Instant>) {
    match moment {
        Some(moment) => tokio::time::sleep_until(moment).await,
        None => std::future::pending().await,
    }
}
