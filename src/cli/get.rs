//! `switchboard get`: one call.

use std::io::{self, IsTerminal as _, Write};

use ratatui::crossterm::terminal;
use tokio::select;
use tokio::time::{Instant, sleep};

use super::arguments::{Form, Get as Asked};
use super::connect::Connected;
use super::list::{MADE_UP, write_json};
use super::outcome::unwritten;
use super::paint;
use super::patience::Patience;
use super::signals::Signals;
use super::{Exit, Stop};
use crate::api::Client;
use crate::call::{Call, CallName, Failure, FailureKind, ProjectName};
use crate::config::{self, Environment, Settings, Target};
use crate::logging::{self, harmless};
use crate::runtime;
use crate::view::theme::{Role, Theme};
use crate::view::{Sheet, call_sheet};

/// How wide the text is: what a terminal has, and no wider than reads well; in a pipe no value is cut.
const WIDEST: usize = 100;
const UNCUT: usize = 4_096;

/// Shows a call.
pub(super) fn run(mut asked: Asked, environment: &Environment) -> Result<Exit, Stop> {
    let settings = config::resolve(&asked.flags(), environment)?;
    let log = logging::start(settings.log.folder.as_deref(), settings.log.level);
    let log = log.map_err(|notice| say("warning", &notice));
    for notice in &settings.notices {
        say("warning", notice);
    }
    let theme = paint::theme(settings.screen, environment);
    let runtime = super::runtime()?;
    let ended = runtime.block_on(async {
        let mut signals = Signals::listen()
            .map_err(|reason| Stop::failed(format!("signals cannot be received: {reason}")))?;
        select! {
            ended = get(&asked, &settings, theme) => ended,
            () = signals.next() => Ok(Exit::Interrupted),
        }
    });
    // A request that is under way is not waited for.
    runtime.shutdown_background();
    drop(log);
    ended
}

async fn get(asked: &Asked, settings: &Settings, theme: Theme) -> Result<Exit, Stop> {
    if matches!(settings.target, Target::Sandbox { .. }) {
        say("note", MADE_UP);
    }
    let connected = Connected::to(&settings.target).await?;
    let name = name(&asked.name, connected.client.project())?;
    let read = read(&connected.client, &name).await;
    connected.end().await;
    let call = read.map_err(|failure| explained(failure, &name))?;
    let mut out = io::BufWriter::new(io::stdout().lock());
    let written = match asked.output {
        Form::Json => write_json(&call, &mut out).and_then(|()| out.write_all(b"\n")),
        Form::Text => write_text(&call, (settings, theme), &mut out),
    };
    let written = written.and_then(|()| out.flush());
    written.map_or_else(|error| unwritten(&error), |()| Ok(Exit::Done))
}

/// The name of a call that was given whole or by its id.
fn name(given: &str, project: &ProjectName) -> Result<CallName, Stop> {
    // CSV ends its lines with a carriage return, and a shell hands that on.
    let given = given.trim();
    let whole = || match given.split('/').collect::<Vec<_>>()[..] {
        ["projects", project, "calls", id] => !project.is_empty() && !id.is_empty(),
        _ => false,
    };
    if given.is_empty() || (given.contains('/') && !whole()) {
        return Err(Stop::usage(format!(
            "{given:?} is no call: give projects/PROJECT/calls/ID, or the id alone"
        )));
    }
    Ok(CallName::new(if given.contains('/') {
        given.to_owned()
    } else {
        format!("{project}/calls/{given}")
    }))
}

/// Reads it, again and again if that may help.
async fn read(client: &Client, name: &CallName) -> Result<Call, Failure> {
    let mut patience = Patience::new();
    loop {
        let failure = match client.get_call(name).await {
            Ok(call) => return Ok(call),
            Err(failure) => failure,
        };
        match patience.after(&failure, Instant::now()) {
            Some(wait) => sleep(wait).await,
            None => return Err(failure),
        }
    }
}

fn explained(failure: Failure, name: &CallName) -> Stop {
    if failure.kind != FailureKind::NotFound {
        return failure.into();
    }
    let told = format!(
        "there is no call {name}; ids are found whole only, as switchboard list --columns id has them"
    );
    Failure::new(FailureKind::NotFound, told).into()
}

fn write_text(
    call: &Call,
    (settings, theme): (&Settings, Theme),
    out: &mut impl Write,
) -> io::Result<()> {
    let width = if io::stdout().is_terminal() {
        let cells = terminal::size().map_or(WIDEST, |(columns, _)| usize::from(columns));
        cells.min(WIDEST)
    } else {
        UNCUT
    };
    let sheet = Sheet {
        theme,
        width,
        // What is told outside of a screen is read on another day: every time has its date.
        now: chrono::DateTime::UNIX_EPOCH,
        service_now: runtime::now(),
        zone: settings.screen.zone,
    };
    for line in call_sheet(call, &sheet) {
        writeln!(out, "{}", paint::line(&line, theme))?;
    }
    let zone = format!("Times      {}", settings.screen.zone);
    writeln!(
        out,
        "{}",
        paint::painted(zone, theme.style(Role::Quiet), theme)
    )
}

/// Says something beside the call.
fn say(what: &str, told: &str) {
    let _gone = writeln!(io::stderr().lock(), "{what}: {}", harmless(told));
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::an_id("6f1c", Some("projects/demo/calls/6f1c"))]
    #[case::a_name("projects/other/calls/6f1c", Some("projects/other/calls/6f1c"))]
    #[case::an_id_out_of_a_csv("6f1c\r", Some("projects/demo/calls/6f1c"))]
    #[case::nothing("", None)]
    #[case::nothing_but_blanks(" \r", None)]
    #[case::a_project("projects/demo", None)]
    #[case::no_id("projects/demo/calls/", None)]
    #[case::too_much("projects/demo/calls/1/x", None)]
    fn a_call_is_named_whole_or_by_its_id(#[case] given: &str, #[case] expected: Option<&str>) {
        let project = ProjectName::parse("demo").unwrap();
        let name = name(given, &project).ok();
        assert_eq!(name.as_ref().map(CallName::as_str), expected);
    }
}
