//! `switchboard place`: a call, or one for each row of a file; each at most once, and known either way.

mod batch;
mod draft;
mod follow;
mod one;
mod question;
mod told;

use std::io::{self, Write};

use crate::call::{DenyList, NewCall, TICKET_LABEL, Ticket, TicketLabel};
use crate::config::{self, Environment, Settings, Target};
use crate::logging::{self, harmless};

use super::arguments::{Form, Place as Asked};
use super::list::write_json as json;
use super::outcome::unwritten;
use super::signals::Signals;
use super::{Exit, Stop};
use draft::{Draft, Remark};

const MADE_UP: &str = "the embedded sandbox, which ends with this command; --profile or --project \
                       names a real service";

/// What was asked for, as far as it is the same for one call and for many.
#[derive(Debug)]
struct Ready {
    settings: Settings,
    /// What the flags say of a call.
    draft: Draft,
    ticket: Option<Ticket>,
    /// Numbers that are not called.
    deny: DenyList,
    form: Form,
    yes: bool,
    wait: bool,
    dry_run: bool,
}

impl Ready {
    /// Whether there is a way to place calls at all.
    fn check_writable(&self) -> Result<(), Stop> {
        if self.settings.read_only {
            let profile = &self.settings.profile;
            return Err(Stop::with(
                Exit::NotPermitted,
                format!("the profile {profile} is read-only: no call is placed with it"),
            ));
        }
        if matches!(self.settings.target, Target::Sandbox { .. }) {
            say("note", MADE_UP);
        }
        Ok(())
    }

    fn project(&self) -> &str {
        match &self.settings.target {
            Target::Sandbox { project } => project.as_str(),
            Target::Service(service) => service.project.as_str(),
        }
    }

    /// With which profile, and in which project.
    fn whereabouts(&self) -> [(&'static str, String); 2] {
        [
            ("Profile", self.settings.profile.clone()),
            ("Project", self.project().to_owned()),
        ]
    }
}

/// Places what is asked for.
pub(super) fn run(mut asked: Asked, environment: &Environment) -> Result<Exit, Stop> {
    let settings = config::resolve(&asked.flags(), environment)?;
    let (draft, wrong) = Draft::of_flags(asked.call);
    let ticket = asked.placing.ticket.as_deref().map(Ticket::parse);
    let ticket = ticket
        .transpose()
        .map_err(|reason| Stop::usage(format!("--ticket: {reason}")))?;
    let log = logging::start(settings.log.folder.as_deref(), settings.log.level);
    let log = log.map_err(|notice| say("warning", &notice));
    for notice in &settings.notices {
        say("warning", notice);
    }
    let ready = Ready {
        draft,
        ticket,
        deny: settings.calling.deny.clone(),
        form: asked.placing.output,
        yes: asked.placing.yes,
        wait: asked.placing.wait,
        dry_run: asked.placing.dry_run,
        settings,
    };
    if asked.batch.file.is_some() && ready.draft.to.is_some() {
        return Err(Stop::usage(
            "--to: with --batch the numbers are those of the file",
        ));
    }
    let runtime = super::runtime()?;
    let ended = runtime.block_on(async {
        let mut signals = Signals::listen()
            .map_err(|reason| Stop::failed(format!("signals cannot be received: {reason}")))?;
        match &asked.batch.file {
            Some(_) if !wrong.is_empty() => Err(wrong_flags(&wrong)),
            Some(file) => batch::place(&asked.batch, file, &ready, &mut signals).await,
            None => one::place(&ready, wrong, &mut signals).await,
        }
    });
    // A request that is under way is not waited for: it is in the journal.
    runtime.shutdown_background();
    drop(log);
    ended
}

/// All that is wrong with the flags, a line each.
fn wrong_flags(wrong: &[Remark]) -> Stop {
    let mut lines = vec!["nothing was sent:".to_owned()];
    lines.extend(wrong.iter().map(flagged));
    Stop::usage(lines.join("\n"))
}

/// What is said of an input, with its flag.
fn flagged(remark: &Remark) -> String {
    format!("{}: {}", remark.input.flag(), harmless(&remark.text))
}

/// Writes the request that a call would be placed with, in a line.
fn request(call: &NewCall, ready: &Ready, out: &mut impl Write) -> io::Result<()> {
    let mut told = call.clone();
    if let (Some(ticket), TicketLabel::Carried) = (&ready.ticket, ready.settings.ticket_label) {
        told.labels.insert(TICKET_LABEL, ticket.as_str());
    }
    out.write_all(b"{\"parent\":")?;
    json(&ready.project(), out)?;
    out.write_all(b",\"call\":")?;
    json(&told, out)?;
    out.write_all(b"}\n")
}

/// Says something beside the data.
fn say(what: &str, told: &str) {
    let _gone = writeln!(io::stderr().lock(), "{what}: {}", harmless(told));
}
