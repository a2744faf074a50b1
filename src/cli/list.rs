//! `switchboard list`: calls, newest first, for people and for scripts.

mod account;
mod column;
mod csv;
mod explain;
mod following;
mod json;
mod notes;
mod printer;
mod reading;
mod sorted;
mod source;
mod table;

use std::io::{self, Write as _};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::timeout;

use super::arguments::{List as Asked, Output};
use super::connect::Connected;
use super::outcome::unwritten;
use super::paint;
use super::signals::Signals;
use super::underline::underlined;
use super::{Exit, Stop};
use crate::api::Client;
use crate::call::Coverage;
use crate::config::{self, Environment, Settings, Target};
use crate::filter::{Doubt, Plan, Search, Standpoint};
use crate::logging;
use crate::runtime;
use account::{Account, Ending};
pub(super) use column::Column;
use explain::Explanation;
use following::Following;
pub(super) use json::write as write_json;
use notes::Notes;
use printer::{Printer, Writing};
use reading::Reading;
use sorted::{Best, Sort};
use source::{Source, Wanted, Way};

pub(super) const MADE_UP: &str = "the calls of the embedded sandbox, made up for this command; --profile or --project names a \
     real service";

/// As many as one answer may have (`api.md §2.5`).
const PAGE_SIZE: u32 = 100;
/// How long after an interruption what is being written may yet be written. A reader who does not
/// read would keep the command for ever.
const GRACE: Duration = Duration::from_millis(500);

/// What is looked for.
struct Query {
    search: Search,
    /// The same without the times that have flags of their own.
    filter: Search,
    at: Standpoint,
}

impl Query {
    fn of(filter: &str, asked: &Asked, at: Standpoint) -> Result<Self, Stop> {
        let filter = Search::parse(filter)
            .map_err(|error| Stop::usage(underlined("--filter", filter, &error)))?;
        let mut search = filter.clone();
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
        if let (Some(since), Some(until), (Some(start), Some(end))) =
            (&asked.since, &asked.until, search.created_within(&at))
            && start > end
        {
            // Only with both flags: what a filter excludes by itself is its own business.
            return Err(Stop::usage(format!(
                "--since {since} is later than --until {until}: there is no time between them"
            )));
        }
        Ok(Self { search, filter, at })
    }
}

/// Lists what is asked for, or explains how it would be.
pub(super) fn run(mut asked: Asked, environment: &Environment) -> Result<Exit, Stop> {
    asked.check()?;
    let settings = config::resolve(&asked.flags(), environment)?;
    let at = Standpoint {
        now: runtime::now(),
        zone: settings.screen.zone,
    };
    let query = Query::of(&settings.filter, &asked, at)?;
    if asked.explain {
        return explain(&query, &settings.filter, asked.output);
    }
    let log = logging::start(settings.log.folder.as_deref(), settings.log.level);
    let mut notes = Notes::new(settings.screen, environment, asked.quiet);
    let log = log.map_err(|notice| notes.warn(&notice));
    for notice in &settings.notices {
        notes.warn(notice);
    }
    for doubt in query.filter.doubts(&settings.filter) {
        let Doubt { word, meant, .. } = doubt;
        notes.note(&format!(
            "--filter: {word} is looked for as a word; did you mean {meant}?"
        ));
    }
    let printer = Printer::new(Writing {
        output: asked.output,
        columns: std::mem::take(&mut asked.columns),
        titled: !asked.no_header,
        follows: asked.watch,
        theme: paint::theme(settings.screen, environment),
        at,
    });
    if let [first, more @ ..] = printer.left_out() {
        let names = more
            .iter()
            .fold(first.to_string(), |names, more| format!("{names}, {more}"));
        notes.warn(&format!(
            "the terminal has no room for {names}; --output csv leaves nothing out"
        ));
    }
    let runtime = super::runtime()?;
    let ended = runtime.block_on(until_interrupted(asked, settings, query, (printer, notes)));
    // A request that is under way is not waited for.
    runtime.shutdown_background();
    drop(log);
    ended
}

async fn until_interrupted(
    asked: Asked,
    settings: Settings,
    query: Query,
    (printer, mut notes): (Printer, Notes),
) -> Result<Exit, Stop> {
    let mut signals = Signals::listen()
        .map_err(|reason| Stop::failed(format!("signals cannot be received: {reason}")))?;
    if matches!(settings.target, Target::Sandbox { .. }) {
        notes.note(MADE_UP);
    }
    let connected = Connected::to(&settings.target).await?;
    let client = connected.client.clone();
    let (stop, stopped) = watch::channel(false);
    // A task of its own: while it writes to somebody who does not read, signals still come.
    let mut task = if asked.watch {
        let following = Following {
            client,
            search: query.search,
            at: query.at,
            poll_every: settings.poll_every,
            limit: asked.most(),
            printer,
            notes,
        };
        tokio::spawn(following.run(stopped))
    } else {
        tokio::spawn(reading(client, &asked, query, (printer, notes)).run(stopped))
    };
    let ended = tokio::select! {
        ended = &mut task => ended,
        () = signals.next() => {
            stop.send_replace(true);
            match timeout(GRACE, &mut task).await {
                Ok(ended) => ended,
                Err(_blocked) => return Err(Stop::interrupted(
                    "nobody reads standard output; the last line may be cut",
                )),
            }
        }
    };
    connected.end().await;
    ended.map_err(|error| Stop::failed(format!("listing has stopped: {error}")))?
}

fn reading(
    client: Client,
    asked: &Asked,
    query: Query,
    (printer, notes): (Printer, Notes),
) -> Reading {
    let Query { search, filter, at } = query;
    let within = search.created_within(&at);
    let sort = Sort::of(asked.sort_by.clone(), asked.reverse, at.now);
    let limit = asked.limit.map(std::num::NonZeroU64::get);
    let whole = Plan::once(&search, &at);
    let enough = limit.filter(|_| sort.is_none() && whole.is_whole());
    let way = Way::of(within.0, enough);
    let plan = match way {
        // A backfill says the times itself.
        Way::SideBySide { .. } => Plan::once(&filter, &at),
        Way::PageByPage => whole,
    };
    let page_size = asked.page_size.unwrap_or(PAGE_SIZE);
    let source = Source::new(
        client,
        Wanted {
            within,
            way,
            page_size,
            whole: limit.is_none(),
            now: at.now,
            plan: plan.clone(),
        },
    );
    Reading {
        asked: plan.pushed().clone(),
        matcher: search.matcher(&at),
        limit: asked.most(),
        account: Account {
            written: 0,
            reach: Coverage::None,
            since: within.0,
            end: source.end,
            zone: at.zone,
            ending: Ending::Cut,
            sorted: sort.is_some(),
            limited: limit.is_some(),
        },
        best: sort.map(|sort| Best::new(sort, limit)),
        source,
        printer,
        notes,
    }
}

fn explain(query: &Query, filter: &str, output: Output) -> Result<Exit, Stop> {
    let plan = Plan::once(&query.search, &query.at);
    let explanation = Explanation {
        search: &query.search,
        plan: &plan,
        at: &query.at,
        doubts: &query.filter.doubts(filter),
    };
    let mut out = io::stdout().lock();
    let told = explanation.write(output, &mut out);
    let told = told.and_then(|()| out.flush());
    told.map_or_else(|error| unwritten(&error), |()| Ok(Exit::Done))
}

impl Asked {
    /// At most so many calls.
    fn most(&self) -> u64 {
        self.limit.map_or(u64::MAX, std::num::NonZeroU64::get)
    }

    /// Refuses what makes no sense together, beyond what the arguments say themselves.
    fn check(&self) -> Result<(), Stop> {
        let is_json = matches!(self.output, Output::Json | Output::Ndjson);
        if is_json && !self.columns.is_empty() {
            return Err(Stop::usage(
                "--columns is for tables and CSV: JSON has every field, and jq picks them",
            ));
        }
        if self.watch && self.output == Output::Json {
            return Err(Stop::usage(
                "--watch has no end, and an array needs one: use --output ndjson",
            ));
        }
        Ok(())
    }
}
