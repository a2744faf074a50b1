//! `switchboard`: the console.

use std::io::{self, Write as _};

use anyhow::Context as _;
use tokio::sync::watch;
use tokio::time::timeout;

use super::connect::{self, FAREWELL, dial};
use super::outcome::not_a_terminal;
use super::underline::underlined;
use super::{Exit, Stop};
use crate::api;
use crate::app::{Level, Notice, Setup};
use crate::call::{Calling, ProjectName};
use crate::config::{self, Environment, Flags, Service, Settings, Target};
use crate::feed::Pace;
use crate::filter::Search;
use crate::input::keymap::Keymap;
use crate::logging::{self, harmless};
use crate::placement::Placer;
use crate::runtime::{self, Ended, Over, Session};
use crate::sandbox::{self, Sandbox};
use crate::view::Look;
use crate::view::theme::{Palette, Theme};

const HOW_TO_CONNECT: &str =
    "the embedded sandbox; to connect a real project see switchboard --help";

/// Runs the console until it is left.
pub(super) fn run(flags: &Flags, environment: &Environment) -> Result<Exit, Stop> {
    let mut settings = config::resolve(flags, environment)?;
    Search::parse(&settings.filter)
        .map_err(|error| Stop::usage(underlined("--filter", &settings.filter, &error)))?;
    if let Some(end) = not_a_terminal() {
        return Err(Stop::usage(format!(
            "the console needs a terminal, and {end} is none: start it without a pipe or a \
             redirection"
        )));
    }
    let log = logging::start(settings.log.folder.as_deref(), settings.log.level);
    let _log = log.unwrap_or_else(|notice| {
        settings.notices.push(notice);
        None
    });
    let runtime = super::runtime()?;
    let ended = runtime.block_on(open(settings));
    // A request that is under way is not waited for.
    runtime.shutdown_background();
    Ok(match ended? {
        Ended::Left => Exit::Done,
        Ended::Interrupted => Exit::Interrupted,
    })
}

async fn open(settings: Settings) -> Result<Ended, Stop> {
    match settings.target.clone() {
        Target::Sandbox { project } => Ok(Box::pin(on_sandbox(project, settings)).await?),
        Target::Service(service) => Box::pin(on_service(service, settings)).await,
    }
}

async fn on_service(service: Service, settings: Settings) -> Result<Ended, Stop> {
    let placer = connect::placer(connect::client(&service)?, &settings);
    let place = service.endpoint.authority();
    Ok(farewell(
        runtime::run(session(placer, settings, place)).await,
    )?)
}

/// Runs the console on a sandbox of its own. The sandbox starts beside it: the screen is there
/// before the first call is made up.
async fn on_sandbox(project: ProjectName, settings: Settings) -> anyhow::Result<Ended> {
    let starting = Sandbox::start(sandbox::Setup {
        projects: vec![project.clone()],
        ..sandbox::Setup::default()
    });
    let mut starting = tokio::spawn(starting);
    let (tell, told) = watch::channel(None);
    let client = api::over_pipe(dial(told), project);
    let placer = connect::placer(client, &settings);
    let session = session(placer, settings, "this process".to_owned());
    let console = async { farewell(runtime::run(session).await) };
    tokio::pin!(console);
    let mut sandbox = tokio::select! {
        left = &mut console => return left,
        started = &mut starting => started
            .map_err(anyhow::Error::from)
            .and_then(|started| Ok(started?))
            .context("the embedded sandbox does not start")?,
    };
    tell.send_replace(Some(sandbox.pipe()));
    let left = tokio::select! {
        left = &mut console => left,
        failure = sandbox.failed() => Err(failure).context("the embedded sandbox has failed"),
    };
    timeout(FAREWELL, sandbox.shutdown()).await.ok();
    left
}

/// Says what the console could not write when it was left: its screen is gone, and the shell's is back.
fn farewell(over: Over) -> anyhow::Result<Ended> {
    for sentence in &over.unwritten {
        // A terminal that has hung up is no error.
        let _gone = writeln!(io::stderr().lock(), "warning: {}", harmless(sentence));
    }
    over.ended
}

fn session(placer: Placer, settings: Settings, endpoint: String) -> Session {
    let Settings {
        profile,
        target,
        read_only,
        screen,
        filter,
        views,
        file,
        poll_every,
        max_calls,
        log: _,
        history,
        journal: _,
        ticket_label,
        calling,
        last_values,
        notices,
    } = settings;
    let (project, sandbox) = match target {
        Target::Sandbox { project } => (project, true),
        Target::Service(service) => (service.project, false),
    };
    let mut notices: Vec<Notice> = notices
        .into_iter()
        .map(|notice| Notice::new(Level::Warning, notice))
        .collect();
    if sandbox {
        notices.push(Notice::new(Level::Info, HOW_TO_CONNECT));
    }
    Session {
        placer,
        setup: Setup {
            profile,
            project,
            endpoint,
            sandbox,
            read_only,
            zone: screen.zone,
            filter,
            history: Vec::new(),
            views,
            max_calls,
            now: runtime::now(),
            calling: Calling {
                label: ticket_label,
                ..calling
            },
            notices,
        },
        look: Look {
            theme: Theme {
                palette: if screen.colour {
                    Palette::Sixteen
                } else {
                    Palette::Mono
                },
                ascii: screen.ascii,
            },
            keymap: Keymap::default(),
        },
        mouse: screen.mouse,
        pace: Pace {
            poll_every,
            ..Pace::default()
        },
        history,
        config: file,
        last_values,
    }
}
