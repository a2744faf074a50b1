//! `switchboard list`: calls, newest first, for people and for scripts.

mod explain;
pub(super) mod json;
mod printer;
mod table;

use std::io::{self, Write as _};

use tokio::select;

use super::arguments::List as Asked;
use super::connect::Connected;
use super::signals::Signals;
use super::underline::underlined;
use super::{Exit, Stop};
use crate::config::{self, Environment, Target};
use crate::feed::Listing;
use crate::filter::{Matcher, Plan, Search, Standpoint};
use crate::logging::{self, harmless};
use crate::runtime;
use explain::Explanation;
use printer::Printer;

const MADE_UP: &str = "note: the calls of the embedded sandbox, made up for this command; \
                       --profile or --project names a real service";

/// What is listed.
struct Query {
    plan: Plan,
    matcher: Matcher,
    /// At most so many.
    limit: u64,
}

/// Lists what is asked for, or explains how it would be.
pub(super) fn run(mut asked: Asked, environment: &Environment) -> Result<Exit, Stop> {
    let settings = config::resolve(&asked.flags(), environment)?;
    let search = search(&settings.filter, &asked)?;
    let at = Standpoint {
        now: runtime::now(),
        zone: settings.screen.zone,
    };
    let plan = Plan::once(&search, &at);
    if asked.explain {
        let explanation = Explanation {
            search: &search,
            plan: &plan,
            at: &at,
        };
        let mut out = io::stdout().lock();
        let told = write!(out, "{explanation}").and_then(|()| out.flush());
        return told.map_or_else(|error| unwritten(&error), |()| Ok(Exit::Done));
    }
    let log = logging::start(settings.log.folder.as_deref(), settings.log.level);
    let log = log.map_err(|notice| say("warning", &notice));
    for notice in &settings.notices {
        say("warning", notice);
    }
    let printer = Printer::new(asked.output, at, settings.screen);
    let query = Query {
        matcher: search.matcher(&at),
        plan,
        limit: asked.limit.map_or(u64::MAX, u64::from),
    };
    let runtime = super::runtime()?;
    let ended = runtime.block_on(async {
        let mut signals = Signals::listen()
            .map_err(|reason| Stop::failed(format!("signals cannot be received: {reason}")))?;
        select! {
            ended = list_on(&settings.target, query, printer) => ended,
            () = signals.next() => Ok(Exit::Interrupted),
        }
    });
    // A request that is under way is not waited for.
    runtime.shutdown_background();
    drop(log);
    ended
}

/// What is looked for by all the flags together.
fn search(filter: &str, asked: &Asked) -> Result<Search, Stop> {
    let mut search = Search::parse(filter)
        .map_err(|error| Stop::usage(underlined("--filter", filter, &error)))?;
    if let Some(time) = &asked.since {
        let since = Search::since(time)
            .map_err(|error| Stop::usage(underlined("--since", time, &error)))?;
        search = search.and(&since);
    }
    if let Some(time) = &asked.until {
        let until = Search::until(time)
            .map_err(|error| Stop::usage(underlined("--until", time, &error)))?;
        search = search.and(&until);
    }
    Ok(search)
}

async fn list_on(target: &Target, query: Query, printer: Printer) -> Result<Exit, Stop> {
    if matches!(target, Target::Sandbox { .. }) {
        let _gone = writeln!(io::stderr().lock(), "{MADE_UP}");
    }
    let connected = Connected::to(target).await?;
    let listing = Listing::new(connected.client.clone(), query.plan.clone());
    let ended = list(listing, query, printer).await;
    connected.end().await;
    ended
}

/// Writes each call as soon as it is read. What the service lists is checked again here, all of it.
async fn list(mut listing: Listing, query: Query, mut printer: Printer) -> Result<Exit, Stop> {
    let asked_for_all = query.plan.pushed().is_everything();
    let mut out = io::BufWriter::new(io::stdout().lock());
    let (mut written, mut warned) = (0, asked_for_all);
    while written < query.limit {
        let Some(stretch) = listing.next().await? else {
            break;
        };
        if stretch.ignores_filter && !warned {
            warned = true;
            say(
                "warning",
                "the service did not apply the filter; it was applied here, to every call of the \
                 project",
            );
        }
        let passing = stretch.calls.iter();
        let passing = passing.filter(|call| query.matcher.matches(call));
        for call in passing {
            if written == query.limit {
                break;
            }
            if let Err(error) = printer.call(call, &mut out) {
                return unwritten(&error);
            }
            written += 1;
        }
        if let Err(error) = out.flush() {
            return unwritten(&error);
        }
    }
    printer
        .end(&mut out)
        .and_then(|()| out.flush())
        .map_or_else(|error| unwritten(&error), |()| Ok(Exit::Done))
}

/// Somebody who does not read on has what they wanted.
fn unwritten(error: &io::Error) -> Result<Exit, Stop> {
    if error.kind() == io::ErrorKind::BrokenPipe {
        return Ok(Exit::Done);
    }
    Err(Stop::failed(format!(
        "standard output cannot be written: {error}"
    )))
}

/// Says something beside the data.
fn say(what: &str, told: &str) {
    let _gone = writeln!(io::stderr().lock(), "{what}: {}", harmless(told));
}
