//! `switchboard place --batch`: a call for each row of a file, and none for what was placed before.

mod plan;
mod results;
mod run;
mod sheet;
mod tally;

use std::fmt::Write as _;
use std::fs;
use std::io::{self, IsTerminal as _, Write as _};
use std::path::Path;
use std::time::Duration;

use ratatui::crossterm::terminal;
use serde_json::json;

use super::draft::{ANY_TICKET, Rules};
use super::question;
use super::{Ready, say};
use crate::call::{CallName, TicketLabel};
use crate::cli::arguments::{Batch as Asked, Form};
use crate::cli::connect::{self, Connected};
use crate::cli::outcome::exit_of;
use crate::cli::signals::Signals;
use crate::cli::{Exit, Stop};
use crate::logging::harmless;
use crate::placement::fresh_ticket;
use crate::runtime;
use plan::{Plan, Tickets, Wanted, called_twice};
use results::{Entry, Results};
use run::{Audience, Ended, Pace, Run, Start, Stopped};
use sheet::{Mistakes, Sheet};
use tally::{Tally, grouped};

/// Larger than the most rows with all labels that anybody gives them.
const MOST_BYTES: u64 = 64 << 20;
/// How long a batch's own ticket may be: its rows' are made of it.
const MOST_TICKET: usize = 100;
/// What is not said otherwise.
const RATE: f64 = 5.0;
const IN_FLIGHT: usize = 10;
const FAILURES: f64 = 0.2;

/// Places what is missing of a file.
pub(super) async fn place(
    asked: &Asked,
    file: &Path,
    ready: &Ready,
    signals: &mut Signals,
) -> Result<Exit, Stop> {
    let shown = file.display().to_string();
    let sheet = read(file, ready)?;
    for doubt in &sheet.doubts.told {
        say("warning", &format!("{shown}:{doubt}"));
    }
    if ready.dry_run {
        return dry_run(&sheet, ready);
    }
    ready.check_writable()?;
    let path = asked
        .results
        .clone()
        .unwrap_or_else(|| file.with_extension("results.csv"));
    let (results, known) = Results::open(&path).map_err(Stop::failed)?;
    let fresh = || fresh_ticket(runtime::now());
    let tickets = Tickets {
        fresh: &fresh,
        of_batch: ready.ticket.as_ref(),
    };
    let wanted = Wanted {
        again_without_trace: asked.again_without_trace,
        wait: ready.wait,
    };
    let plan = Plan::new(&sheet.rows, known, &tickets, wanted)
        .map_err(|edited| Stop::usage(format!("{edited}\n{}", edited.told(&shown).trim_end())))?;
    let pace = Pace {
        rate: asked.rate.unwrap_or(RATE),
        in_flight: asked.max_in_flight.map_or(IN_FLIGHT, usize::from),
        failures: asked.stop_after_failures.unwrap_or(FAILURES),
        wait: ready.wait,
    };
    let is_work = !plan.jobs.is_empty();
    if is_work && !ready.yes {
        let told = rows_told(&shown, &sheet, &plan, pace, ready);
        question::ask(&told, signals).await?;
    }
    let waits = pace.wait;
    let ended = if is_work {
        let connected = Connected::to(&ready.settings.target).await?;
        let placer = connect::placer(connected.client.clone(), &ready.settings);
        let run = Run::new(Start {
            rows: &sheet.rows,
            plan,
            results,
            placer,
            pace,
        });
        let ended = run.run(signals, &mut Screen::new(ready.form)).await;
        connected.end().await;
        ended.map_err(Stop::failed)?
    } else {
        Ended {
            tally: Tally::of(&plan.entries),
            stopped: None,
        }
    };
    conclude(&ended, &path, (is_work, waits))
}

/// Reads the file, or tells all that is wrong with it.
fn read(file: &Path, ready: &Ready) -> Result<Sheet, Stop> {
    let shown = file.display();
    let told = |reason: io::Error| Stop::usage(format!("{shown} cannot be read: {reason}"));
    let size = fs::metadata(file).map_err(told)?.len();
    if size > MOST_BYTES {
        return Err(Stop::usage(format!(
            "{shown} has more than {} MB: divide the file",
            MOST_BYTES >> 20
        )));
    }
    let bytes = fs::read(file).map_err(told)?;
    let ticket = match &ready.ticket {
        Some(ticket) if ticket.as_str().len() > MOST_TICKET => {
            return Err(Stop::usage(format!(
                "--ticket: with --batch it has at most {MOST_TICKET} characters"
            )));
        }
        Some(ticket) => format!("{ticket}.0000000000000000-000000"),
        None => ANY_TICKET.to_owned(),
    };
    let rules = Rules {
        ticket: match ready.settings.ticket_label {
            TicketLabel::Carried => Some(&ticket),
            TicketLabel::LeftOut => None,
        },
        deny: &ready.deny,
    };
    Sheet::read(&bytes, &ready.draft, &rules).map_err(|wrong| {
        let Mistakes { told, more } = &wrong;
        let mut lines = vec!["nothing was sent:".to_owned()];
        lines.extend(told.iter().map(|mistake| format!("{shown}:{mistake}")));
        if *more > 0 {
            lines.push(format!("and {} more", grouped(*more)));
        }
        Stop::usage(lines.join("\n"))
    })
}

/// Prints the request of each row.
fn dry_run(sheet: &Sheet, ready: &Ready) -> Result<Exit, Stop> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    for row in &sheet.rows {
        if let Err(error) = super::request(&row.call, ready, &mut out) {
            return super::unwritten(&error);
        }
    }
    if let Err(error) = out.flush() {
        return super::unwritten(&error);
    }
    say(
        "note",
        &format!("{} rows; nothing was sent", grouped(sheet.rows.len())),
    );
    Ok(Exit::Done)
}

/// What somebody has to know before so many calls are placed.
fn rows_told(
    file: &str,
    sheet: &Sheet,
    plan: &Plan,
    pace: Pace,
    ready: &Ready,
) -> question::Question {
    let mut rows = vec![("Calls", grouped(plan.to_place))];
    let done = sheet
        .rows
        .len()
        .saturating_sub(plan.to_place + plan.to_settle);
    if plan.to_settle > 0 {
        let settle = grouped(plan.to_settle);
        rows.push((
            "",
            format!("{settle} more that are not known are looked for first"),
        ));
    }
    if done > 0 {
        rows.push(("", format!("{} rows are done already", grouped(done))));
    }
    let repeated = sheet.rows.iter().filter(|row| row.is_repeated).count();
    if repeated > 0 {
        rows.push((
            "!",
            format!("{} rows repeat an earlier one", grouped(repeated)),
        ));
    }
    let twice = called_twice(&sheet.rows);
    if twice > 0 {
        rows.push((
            "!",
            format!("{} numbers stand in more than one row", grouped(twice)),
        ));
    }
    rows.push(("File", file.to_owned()));
    rows.push((
        "Pace",
        format!("up to {} a second, {} at once", pace.rate, pace.in_flight),
    ));
    rows.extend(ready.whereabouts());
    question::Question {
        ask: format!("Place {} calls?", grouped(plan.to_place)),
        rows,
    }
}

/// Says how it ended, and finds the status for it: what is not known comes first.
fn conclude(ended: &Ended, results: &Path, (is_work, waits): (bool, bool)) -> Result<Exit, Stop> {
    let Ended { tally, stopped } = ended;
    let shown = results.display();
    let told = if is_work {
        format!("{tally}; {shown}")
    } else {
        format!("nothing is left to do: {tally}; {shown}")
    };
    let unknown = tally.unknown + tally.sending + tally.no_trace > 0;
    // How a call that was placed ended counts for those who wait for it.
    let ended_badly = if waits { tally.failed } else { 0 };
    let failed = tally.refused + tally.not_sent + ended_badly > 0;
    let go_on = "the same command goes on where this has ended";
    match stopped {
        Some(Stopped::Interrupted) => {
            Err(Stop::interrupted(format!("interrupted: {told}; {go_on}")))
        }
        Some(Stopped::Abandoned) => Err(Stop::interrupted(format!(
            "interrupted again, before all was known: {told}; {go_on}, and looks first"
        ))),
        Some(Stopped::Failures(reason)) => {
            let exit = if unknown { Exit::Unknown } else { Exit::Failed };
            Err(Stop::with(
                exit,
                format!("stopped: {reason}: {told}; {go_on}"),
            ))
        }
        Some(Stopped::Refused(failure)) => {
            let exit = if unknown {
                Exit::Unknown
            } else {
                exit_of(&failure.kind)
            };
            Err(Stop::with(
                exit,
                format!("stopped: {failure}: {told}; {go_on}"),
            ))
        }
        None if unknown => Err(Stop::with(
            Exit::Unknown,
            format!(
                "not of every row it is known whether there is a call: {told}; --again-without-trace \
                 places those again that were looked for in vain"
            ),
        )),
        None if failed => Err(Stop::failed(format!(
            "not every call was placed{}: {told}",
            if waits { " and completed" } else { "" }
        ))),
        None => {
            let _gone = writeln!(io::stderr().lock(), "{}", harmless(&told));
            Ok(Exit::Done)
        }
    }
}

/// Tells on a terminal how it goes, and on standard output what was asked for.
struct Screen {
    form: Form,
    is_terminal: bool,
    /// Cells that the line of progress has taken.
    taken: usize,
}

impl Screen {
    fn new(form: Form) -> Self {
        Self {
            form,
            is_terminal: io::stderr().is_terminal(),
            taken: 0,
        }
    }

    /// Takes the line of progress away.
    fn clear(&mut self) {
        let blanks = " ".repeat(std::mem::take(&mut self.taken));
        if !blanks.is_empty() {
            let _gone = write!(io::stderr().lock(), "\r{blanks}\r");
        }
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        self.clear();
    }
}

impl Audience for Screen {
    fn row(&mut self, entry: &Entry) {
        match self.form {
            Form::Json => {
                let line = json!({
                    "line": entry.line,
                    "to": entry.to,
                    "ticket": entry.ticket.as_str(),
                    "outcome": entry.outcome.word(),
                    "call": entry.call.as_ref().map(CallName::as_str),
                    "state": entry.state,
                    "reason": entry.reason,
                });
                let mut out = io::stdout().lock();
                let written = super::json(&line, &mut out);
                let _gone = written.and_then(|()| out.write_all(b"\n"));
            }
            Form::Text if entry.reason.is_empty() => {}
            Form::Text => {
                self.clear();
                let Entry {
                    line,
                    to,
                    outcome,
                    reason,
                    ..
                } = entry;
                let told = format!("line {line}: {to}: {}: {reason}", outcome.word());
                let _gone = writeln!(io::stderr().lock(), "{}", harmless(&told));
            }
        }
    }

    fn progress(&mut self, tally: Tally, in_flight: usize, spent: Duration) {
        if !self.is_terminal {
            return;
        }
        let done = tally.all().saturating_sub(tally.waiting + tally.sending);
        let mut line = format!("{} of {tally}, {in_flight} in flight", grouped(done));
        if let Some(rest) = tally::rest(tally.waiting, done, spent) {
            let seconds = rest.as_secs();
            let (minutes, seconds) = (seconds / 60, seconds % 60);
            // Writing to a text never fails.
            let _never = write!(line, ", {minutes}:{seconds:02} left");
        }
        let width = terminal::size().map_or(80, |(columns, _)| columns);
        let room = usize::from(width).saturating_sub(1);
        let line: String = line.chars().take(room).collect();
        let cells = line.chars().count();
        let blanks = " ".repeat(self.taken.saturating_sub(cells));
        self.taken = cells;
        let mut err = io::stderr().lock();
        let _gone = write!(err, "\r{line}{blanks}").and_then(|()| err.flush());
    }
}
