//! `switchboard doctor`: what a console needs, looked at one by one, with the remedy for what fails.
//!
//! What depends on something that has failed is skipped, so that the first line with FAILED is where
//! to begin. No call is placed, whatever the permissions: that cannot be taken back.

mod finding;
mod service;
mod surroundings;

use std::io::{self, IsTerminal as _};

use super::arguments::Doctor as Asked;
use super::{Exit, Stop};
use crate::config::{self, ConfigError, Credentials, Environment, Flags, Settings, Target};
use finding::{Finding, Report};

/// Looks at everything, and tells each thing as soon as it is known.
pub(super) fn run(asked: Asked, environment: &Environment) -> Result<Exit, Stop> {
    let flags = asked.into_flags();
    let colour = io::stdout().is_terminal() && config::colour(environment);
    let mut report = Report::new(colour);
    let looked = look(&flags, environment, &mut report);
    match looked {
        Ok(()) => Ok(report.end()),
        // Whoever read it has gone away: that is no failure.
        Err(reason) if reason.kind() == io::ErrorKind::BrokenPipe => Ok(report.end()),
        Err(reason) => Err(Stop::failed(format!("standard output: {reason}"))),
    }
}

fn look(flags: &Flags, environment: &Environment, report: &mut Report) -> io::Result<()> {
    let settings = config::resolve(flags, environment);
    report.tell(&configuration(flags, environment, settings.as_ref().err()))?;
    match settings {
        Ok(settings) => {
            report.tell(&profile(&settings))?;
            for notice in &settings.notices {
                report.tell(&Finding::warning("profile", notice.clone(), ""))?;
            }
            if let Target::Service(service) = &settings.target {
                report.tell(&credentials(&service.credentials))?;
            }
            let runtime = super::runtime().map_err(|stop| io::Error::other(stop.to_string()))?;
            let looked = runtime.block_on(service::look(&settings.target, report));
            runtime.shutdown_background();
            looked?;
        }
        Err(_told) => report.tell(&Finding::skipped(
            "service",
            "which one it is, the configuration does not say",
        ))?,
    }
    report.tell(&surroundings::terminal(environment))?;
    report.tell(&surroundings::characters(environment))?;
    report.tell(&surroundings::clipboard(environment))?;
    report.tell(&surroundings::folder(environment))
}

/// The file with every profile in it, and what keeps the settings in force from being right.
fn configuration(flags: &Flags, environment: &Environment, wrong: Option<&ConfigError>) -> Finding {
    const WHAT: &str = "configuration";
    if let Some(error) = wrong {
        return Finding::failed(WHAT, error.to_string(), "", Exit::Usage);
    }
    let Some(path) = config::path(flags, environment) else {
        return Finding::warning(
            WHAT,
            "this system names no folder for it",
            "name the file with --config",
        );
    };
    let name = path.display();
    match config::check(flags, environment) {
        Ok(_) if !path.exists() => Finding::ok(
            WHAT,
            format!("none, the defaults hold; switchboard config init writes {name}"),
        ),
        Ok(checked) => {
            let profiles = match checked.profiles.len() {
                0 => "no profiles".to_owned(),
                1 => "1 profile".to_owned(),
                many => format!("{many} profiles"),
            };
            Finding::ok(WHAT, format!("{name}: {profiles}"))
        }
        // Those in force are right: this one is of another profile, and for later.
        Err(error) => Finding::warning(WHAT, error.to_string(), ""),
    }
}

fn profile(settings: &Settings) -> Finding {
    const WHAT: &str = "profile";
    match &settings.target {
        Target::Sandbox { .. } => Finding::ok(
            WHAT,
            "the embedded sandbox: to look at a real project, name it with --profile or --project",
        ),
        Target::Service(service) => {
            let read_only = if settings.read_only {
                ", read-only"
            } else {
                ""
            };
            Finding::ok(
                WHAT,
                format!(
                    "{}: {} at {}{read_only}",
                    settings.profile, service.project, service.endpoint
                ),
            )
        }
    }
}

/// What is asked with, as far as that shows without asking.
fn credentials(credentials: &Credentials) -> Finding {
    const WHAT: &str = "credentials";
    match credentials {
        Credentials::Anonymous => Finding::ok(WHAT, "none, as for a service on this machine"),
        Credentials::Token(_) => Finding::ok(WHAT, "a token from the environment"),
        Credentials::Key(key) => Finding::ok(WHAT, format!("the key of {}", key.client_email())),
        Credentials::KeyFile(path) => match credentials.account() {
            Ok(account) => surroundings::secret_file(WHAT, path, &account),
            Err(reason) => Finding::failed(WHAT, reason.to_string(), "", Exit::Usage),
        },
        Credentials::TokenFile(path) => match credentials.account() {
            Ok(account) => surroundings::secret_file(WHAT, path, &account),
            Err(reason) => Finding::failed(
                WHAT,
                reason.to_string(),
                "write the token into it, alone, on one line",
                Exit::Usage,
            ),
        },
    }
}
