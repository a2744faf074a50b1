//! `switchboard config`: where the configuration is, whether it is right, what is in force.

use std::fmt::Display;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::arguments::{Config as Asked, ConfigCommand};
use super::outcome::unwritten;
use super::{Exit, Stop};
use crate::config::{self, Environment, Flags, Started};
use crate::logging::harmless;

/// Does what is asked for.
pub(super) fn run(asked: Asked, environment: &Environment) -> Result<Exit, Stop> {
    match asked.command {
        ConfigCommand::Path(file) => {
            let path = path(&file.into_flags(), environment)?;
            if !path.exists() {
                note(&"it is not there yet: switchboard config init writes it");
            }
            print(&harmless(&path.display().to_string()))
        }
        ConfigCommand::Check(file) => check(&file.into_flags(), environment),
        ConfigCommand::Show(connection) => {
            let settings = config::resolve(&connection.into_flags(), environment)?;
            for notice in &settings.notices {
                note(notice);
            }
            print(&settings.to_string().trim_end())
        }
        ConfigCommand::Init(file) => init(&path(&file.into_flags(), environment)?),
    }
}

fn path(flags: &Flags, environment: &Environment) -> Result<PathBuf, Stop> {
    config::path(flags, environment).ok_or_else(|| {
        Stop::usage("this system names no folder for configurations: name the file with --config")
    })
}

fn check(flags: &Flags, environment: &Environment) -> Result<Exit, Stop> {
    let path = path(flags, environment)?;
    let checked = config::check(flags, environment)?;
    for notice in &checked.notices {
        note(notice);
    }
    let name = path.display().to_string();
    let name = harmless(&name);
    let mut told = vec![if path.exists() {
        format!("{name} is right")
    } else {
        format!("{name} is not there: the defaults are in force")
    }];
    if !checked.profiles.is_empty() {
        let names = checked.profiles.join(", ");
        told.push(format!("profiles: {}", harmless(&names)));
    }
    if checked.views > 0 {
        told.push(format!("views: {}", checked.views));
    }
    print(&told.join("\n"))
}

fn init(path: &Path) -> Result<Exit, Stop> {
    let name = path.display();
    match config::start(path) {
        Ok(Started::Written) => print(&harmless(&name.to_string())),
        Ok(Started::There) => Err(Stop::failed(format!(
            "{name} is there already and was left as it is"
        ))),
        Err(reason) => Err(Stop::failed(format!("{name} cannot be written: {reason}"))),
    }
}

/// A line on standard output; a reader who has gone away is no error.
fn print(text: &impl Display) -> Result<Exit, Stop> {
    let written = writeln!(io::stdout().lock(), "{text}");
    written.map_or_else(|error| unwritten(&error), |()| Ok(Exit::Done))
}

fn note(text: &impl Display) {
    let text = text.to_string();
    // Nobody is left to be told that nobody is left to be told.
    let _gone = writeln!(io::stderr().lock(), "note: {}", harmless(&text));
}
