//! The loop, the effects and the terminal: where the console meets the world.
//!
//! Each turn of the loop is: take in what has happened, all of it that is ready; do what the state
//! asks for; and, if anything changed, measure and draw, at most once in 16 ms. Nothing is awaited in
//! between but the next thing to happen, so a key never waits for the network.

mod console;
mod kept_filters;
mod pacer;
mod screen;
mod scribe;
mod services;
mod signals;
mod terminal;

use std::path::PathBuf;

use chrono::{DateTime, Utc};
use futures_util::Stream;
use ratatui::crossterm::event::Event;

use crate::app::{App, Level, Notice, Setup};
use crate::call::E164;
use crate::config::{ConfigFile, LastValues};
use crate::feed;
use crate::placement::Placer;
use crate::view::Look;

pub use console::{Ended, Loop};
pub use kept_filters::{Kept, KeptFilters};
pub use pacer::Pacer;
pub use screen::Screen;
pub use services::{Place, Services};
pub use signals::Signal;

/// What a console needs to run.
#[derive(Debug)]
pub struct Session {
    /// Places calls at the service whose calls are shown.
    pub placer: Placer,
    /// What the console is told at its start.
    pub setup: Setup,
    /// Colours, signs and keys.
    pub look: Look,
    /// Whether the mouse is the console's.
    pub mouse: bool,
    /// How often the service is asked.
    pub pace: feed::Pace,
    /// The file of the filters that were kept; without it they are kept for this run.
    pub history: Option<PathBuf>,
    /// Where views are saved.
    pub config: Option<ConfigFile>,
    /// The file of the last values of each profile; without it they are kept for this run.
    pub last_values: Option<PathBuf>,
}

/// How a console ended, and what it could not do any more.
#[derive(Debug)]
#[must_use]
pub struct Over {
    /// What ended it. An error says that the terminal cannot be used, or that a part of the console
    /// has failed.
    pub ended: anyhow::Result<Ended>,
    /// What could not be written when it was left, and of which calls it is not known whether they were
    /// placed: each a sentence.
    pub unwritten: Vec<String>,
}

/// Runs the console on this process's terminal, which it owns until it returns: whatever comes of it,
/// the terminal is restored first.
pub async fn run(session: Session) -> Over {
    match begin(session) {
        Ok((mut turn, events, signals)) => {
            let ended = turn.run(events, signals).await;
            let mut unwritten = turn.settle().await;
            unwritten.extend(turn.app().farewells());
            Over { ended, unwritten }
        }
        Err(error) => Over {
            ended: Err(error),
            unwritten: Vec::new(),
        },
    }
}

/// The console on this process's terminal, with its events and signals.
type Begun<E, S> = (Loop<terminal::Terminal>, E, S);

fn begin(
    mut session: Session,
) -> anyhow::Result<
    Begun<impl Stream<Item = std::io::Result<Event>> + Unpin, impl Stream<Item = Signal> + Unpin>,
> {
    // Before anything listens to keys or signals, as it is with the configuration: where the home
    // folder hangs, ctrl-c still ends the program, and there is no empty screen that says nothing.
    let file = session.history.map(|path| {
        let (file, kept) = KeptFilters::open(path);
        session.setup.history = kept.filters;
        let complaint = kept.complaint.map(|it| Notice::new(Level::Warning, it));
        session.setup.notices.extend(complaint);
        file
    });
    let last_values = session.last_values.map(|path| {
        let setup = &mut session.setup;
        let (file, values, complaint) = LastValues::open(path, &setup.profile, &setup.project);
        setup.calling.last = values;
        let complaint = complaint.map(|it| Notice::new(Level::Warning, it));
        setup.notices.extend(complaint);
        file
    });
    let signals = signals::listen()?;
    let screen = terminal::Terminal::open(session.mouse)?;
    let mut services = Services::start(session.placer.clone(), session.pace);
    services.recover(session.placer);
    if let Some(file) = file {
        services.remember_in(file);
    }
    services.save_to(session.config);
    services.keep_values_in(last_values);
    let (app, effects) = App::new(session.setup);
    let events = terminal::events()?;
    // The numbering plans take a while to unpack: better now than at the first digit typed.
    drop(tokio::task::spawn_blocking(|| {
        E164::parse("+12").map(E164::plan)
    }));
    let mut turn = Loop::new(app, session.look, screen, services, now);
    turn.perform(effects)?;
    Ok((turn, events, signals))
}

/// This machine's time.
#[expect(
    clippy::disallowed_methods,
    reason = "the one place on the console's side that reads it"
)]
pub fn now() -> DateTime<Utc> {
    Utc::now()
}
