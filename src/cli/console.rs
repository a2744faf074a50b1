//! `switchboard`: the console.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use tokio::sync::watch;
use tokio::time::timeout;
use unicode_width::UnicodeWidthStr as _;

use super::outcome::not_a_terminal;
use super::{Exit, Stop};
use crate::api::{self, Client, Dial};
use crate::app::{Level, Notice, Setup};
use crate::call::ProjectName;
use crate::config::{self, Environment, Flags, Service, Settings, Target};
use crate::feed::Pace;
use crate::filter::{Filter, FilterError};
use crate::input::keymap::Keymap;
use crate::logging::{self, harmless};
use crate::runtime::{self, Ended, Session};
use crate::sandbox::{self, Pipe, Sandbox};
use crate::view::Look;
use crate::view::theme::{Palette, Theme};

/// For how long the embedded sandbox may put its things away when the console has been left.
const FAREWELL: Duration = Duration::from_millis(500);

const HOW_TO_CONNECT: &str =
    "the embedded sandbox; to connect a real project see switchboard --help";

/// Runs the console until it is left.
pub(super) fn run(flags: &Flags, environment: &Environment) -> Result<Exit, Stop> {
    let mut settings = config::resolve(flags, environment)?;
    Filter::parse(&settings.filter)
        .map_err(|error| Stop::usage(underlined(&settings.filter, &error)))?;
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
        Target::Sandbox { project } => Ok(on_sandbox(project, settings).await?),
        Target::Service(service) => on_service(service, settings).await,
    }
}

async fn on_service(service: Service, settings: Settings) -> Result<Ended, Stop> {
    let target = api::Target {
        credentials: service.credentials()?,
        endpoint: service.endpoint.clone(),
        project: service.project.clone(),
        now: runtime::now,
    };
    let client = api::connect(target)?;
    let place = service.endpoint.authority();
    Ok(runtime::run(session(client, settings, place)).await?)
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
    let console = runtime::run(session(client, settings, "this process".to_owned()));
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

/// Connects to the sandbox of this process as soon as it is up.
fn dial(told: watch::Receiver<Option<Pipe>>) -> Dial {
    Arc::new(move || {
        let mut told = told.clone();
        Box::pin(async move {
            let gone = |_| io::Error::other("the embedded sandbox did not start");
            let pipe = told.wait_for(Option::is_some).await.map_err(gone)?.clone();
            match pipe {
                Some(pipe) => pipe.connect().await,
                None => Err(io::Error::other("the embedded sandbox is not up yet")),
            }
        })
    })
}

fn session(client: Client, settings: Settings, endpoint: String) -> Session {
    let Settings {
        profile,
        target,
        read_only,
        screen,
        filter,
        views,
        file,
        poll_every,
        log: _,
        history,
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
        client,
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
            now: runtime::now(),
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
    }
}

/// What is wrong with a filter, with the place underlined. Of a long one only the part around the
/// place is shown.
fn underlined(text: &str, error: &FilterError) -> String {
    const BEFORE: usize = 40;
    const AFTER: usize = 30;
    let (before, rest) = text
        .split_at_checked(error.span.start)
        .unwrap_or((text, ""));
    let length = error.span.end.saturating_sub(error.span.start);
    let (marked, after) = rest.split_at_checked(length).unwrap_or((rest, ""));
    let skipped = before.chars().count().saturating_sub(BEFORE);
    let mut before: String = before.chars().skip(skipped).collect();
    if skipped > 0 {
        before.insert_str(0, "... ");
    }
    let mut shown: String = marked.chars().chain(after.chars()).take(AFTER).collect();
    if marked.chars().count() + after.chars().count() > AFTER {
        shown.push_str(" ...");
    }
    let marked: String = marked.chars().take(AFTER).collect();
    let indent = " ".repeat(harmless(&before).width());
    let line = "^".repeat(harmless(&marked).width().max(1));
    let hint = error.hint.as_ref();
    let hint = hint.map_or_else(String::new, |hint| format!(" ({})", harmless(hint)));
    format!(
        "--filter: {}{hint}\n  {}{}\n  {indent}{line}",
        harmless(&error.message),
        harmless(&before),
        harmless(&shown),
    )
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::a_word("state = FAILD", "  state = FAILD\n          ^^^^^")]
    #[case::at_the_end("state =", "  state =\n         ^")]
    #[case::wide_characters(
        "to = '日本' AND x = 1",
        "  to = '日本' AND x = 1\n                  ^"
    )]
    #[case::what_acts("x\u{1b} = 1", "^")]
    fn the_place_of_an_error_is_underlined(#[case] text: &str, #[case] part: &str) {
        let error = Filter::parse(text).unwrap_err();
        let told = underlined(text, &error);
        assert!(told.contains(part), "{told}");
        assert!(!told.contains('\u{1b}'), "{told}");
    }

    #[test]
    fn of_a_long_filter_the_part_around_the_place_is_shown() {
        let good = "state = FAILED OR ".repeat(20);
        let text = format!("{good}state = ODD OR {good}");
        let error = Filter::parse(&text).unwrap_err();
        let told = underlined(&text, &error);
        let lines: Vec<&str> = told.lines().collect();
        let [_, line, marks] = lines[..] else {
            panic!("{told}")
        };
        assert!(line.len() < 100, "{told}");
        let at = marks.find('^').unwrap();
        assert!(line.split_at(at).1.starts_with("ODD"), "{told}");
    }

    #[test]
    fn a_place_that_lies_outside_the_text_does_no_harm() {
        let error = FilterError {
            span: 90..95,
            message: "m".to_owned(),
            hint: None,
        };
        assert_eq!(underlined("é", &error), "--filter: m\n  é\n   ^");
    }
}
