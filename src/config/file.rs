//! The configuration file: TOML, read strictly, every complaint with its line and column.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono_tz::Tz;
use toml::Spanned;
use toml::de::{DeTable, DeValue};
use tracing::level_filters::LevelFilter;

use super::connection::{Connection, Placed, only_one};
use super::presets::PlacingRules;
use super::saving::ConfigFile;
use super::{
    ConfigError, Credentials, Environment, Flags, Place, SANDBOX_PROFILE, nearest, values, zone,
};
use crate::api::Endpoint;
use crate::api::auth::TokenUrl;
use crate::app::SavedView;
use crate::call::{ProjectName, TicketLabel};

/// The keys of the file's top level.
pub(super) const KEYS: [&str; 14] = [
    "default_profile",
    "poll_every",
    "max_calls",
    "utc",
    "tz",
    "theme",
    "ascii",
    "mouse",
    "log_level",
    "profile",
    "view",
    "preset",
    "default_preset",
    "deny",
];

/// The keys of a profile.
pub(super) const PROFILE_KEYS: [&str; 10] = [
    "project",
    "endpoint",
    "credentials",
    "token_file",
    "token_url",
    "read_only",
    "ticket_label",
    "preset",
    "default_preset",
    "deny",
];

const THEMES: [&str; 2] = ["default", "mono"];

/// More than anybody writes by hand.
const MAX_BYTES: u64 = 1 << 20;

/// What the file says.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct File {
    pub(super) default_profile: Option<Placed<String>>,
    pub(super) poll_every: Option<Duration>,
    pub(super) max_calls: Option<usize>,
    pub(super) zone: Option<Tz>,
    pub(super) mono: bool,
    pub(super) ascii: Option<bool>,
    pub(super) mouse: Option<bool>,
    pub(super) log_level: Option<LevelFilter>,
    pub(super) profiles: BTreeMap<String, Placed<Connection>>,
    /// In the order of the file.
    pub(super) views: Vec<SavedView>,
    /// What is wrong with views that are not among them.
    pub(super) notices: Vec<String>,
    /// What it says of placing calls for all profiles.
    pub(super) placing: PlacingRules,
}

/// Reads the file that a flag or a variable names, or the platform's, and says which that is. Only
/// the platform's may be missing.
pub(super) fn load(
    flags: &Flags,
    environment: &Environment,
) -> Result<(File, Option<ConfigFile>), ConfigError> {
    let Some((path, place)) = location(flags, environment) else {
        return Ok((File::default(), None));
    };
    let file = match read(&path) {
        Ok(text) => parse(&text, &path, environment.home.as_deref())?,
        Err(reason) if reason.kind() == io::ErrorKind::NotFound && place.is_none() => {
            File::default()
        }
        Err(reason) => {
            let what = format!("{} cannot be read: {reason}", path.display());
            return Err(match place {
                Some(place) => ConfigError::at(place, what),
                None => ConfigError::nowhere(what),
            });
        }
    };
    let written = ConfigFile::new(path, environment.home.clone());
    Ok((file, Some(written)))
}

/// Where the file is, and who names it; nobody names the platform's.
pub(super) fn location(
    flags: &Flags,
    environment: &Environment,
) -> Option<(PathBuf, Option<Place>)> {
    if let Some(path) = &flags.config {
        return Some((path.clone(), Some(Place::Flag("--config"))));
    }
    if let Some(path) = environment.raw("SWITCHBOARD_CONFIG") {
        let place = Place::Variable("SWITCHBOARD_CONFIG");
        return Some((PathBuf::from(path), Some(place)));
    }
    let folder = environment.config_folder.as_ref()?;
    Some((folder.join("config.toml"), None))
}

pub(super) fn read(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    fs::File::open(path)?
        .take(MAX_BYTES + 1)
        .read_to_string(&mut text)?;
    if text.len() as u64 > MAX_BYTES {
        return Err(io::Error::other("it is larger than 1 MiB"));
    }
    Ok(text)
}

/// Reads the text of the file. The path is for messages, and for the files that it names.
pub(super) fn parse(text: &str, path: &Path, home: Option<&Path>) -> Result<File, ConfigError> {
    let reader = Reader { text, path, home };
    // The parser's own display repeats the line, and a line may hold a secret: only its message
    // goes on.
    let table = DeTable::parse(text).map_err(|reason| {
        let at = reason.span().map_or(0, |span| span.start);
        ConfigError::at(reader.place(at), format!("not TOML: {}", reason.message()))
    })?;
    reader.file(table.get_ref())
}

/// A key as it stands in the file.
pub(super) struct Entry<'a> {
    pub(super) key: &'a str,
    start: usize,
    pub(super) value: &'a Spanned<DeValue<'a>>,
}

pub(super) struct Reader<'a> {
    pub(super) text: &'a str,
    path: &'a Path,
    home: Option<&'a Path>,
}

impl<'a> Reader<'a> {
    /// A reader of another file in the same words.
    pub(super) fn of(text: &'a str, path: &'a Path) -> Self {
        Self {
            text,
            path,
            home: None,
        }
    }
}

impl Reader<'_> {
    fn file(&self, table: &DeTable<'_>) -> Result<File, ConfigError> {
        let mut file = File::default();
        let mut zone_given: Option<&str> = None;
        for entry in entries(table) {
            match entry.key {
                "default_profile" => {
                    file.default_profile = Some(self.read(&entry, |text| Ok(text.to_owned()))?);
                }
                "poll_every" => {
                    file.poll_every = Some(self.read(&entry, values::poll_every)?.value);
                }
                "max_calls" => file.max_calls = Some(self.max_calls(&entry)?),
                "utc" | "tz" => {
                    let chosen = if entry.key == "tz" {
                        Some(self.read(&entry, zone::asked_for)?.value)
                    } else {
                        self.switch(&entry)?.then_some(Tz::UTC)
                    };
                    if let (Some(other), Some(_)) = (zone_given, chosen) {
                        return Err(self
                            .error(
                                &entry,
                                format!("{} and {other} exclude each other", entry.key),
                            )
                            .remedy("keep one of them"));
                    }
                    if chosen.is_some() {
                        zone_given = Some(entry.key);
                        file.zone = chosen;
                    }
                }
                "theme" => file.mono = self.read(&entry, theme)?.value,
                "ascii" => file.ascii = Some(self.switch(&entry)?),
                "mouse" => file.mouse = Some(self.switch(&entry)?),
                "log_level" => file.log_level = Some(self.read(&entry, values::level)?.value),
                "profile" => file.profiles = self.profiles(&entry)?,
                "view" => file.views = self.views(&entry, &mut file.notices)?,
                "preset" | "default_preset" | "deny" => {
                    self.placing(&entry, &mut file.placing)?;
                }
                _ => return Err(self.unknown(&entry, &KEYS)),
            }
        }
        Ok(file)
    }

    fn profiles(
        &self,
        entry: &Entry<'_>,
    ) -> Result<BTreeMap<String, Placed<Connection>>, ConfigError> {
        let Some(table) = entry.value.get_ref().as_table() else {
            return Err(self
                .error(entry, "profile is the table of all profiles")
                .remedy(
                    "write default_profile = \"NAME\" to choose one, [profile.NAME] to add one",
                ));
        };
        let mut profiles = BTreeMap::new();
        for entry in entries(table) {
            if entry.key == SANDBOX_PROFILE {
                return Err(self
                    .error(&entry, "the profile \"sandbox\" is the embedded sandbox")
                    .remedy("give this one another name"));
            }
            if entry.key.trim().is_empty() {
                return Err(self.error(&entry, "a profile needs a name"));
            }
            let Some(table) = entry.value.get_ref().as_table() else {
                return Err(self
                    .error(&entry, "a profile is a table")
                    .remedy(format!("write [profile.{}]", entry.key.escape_debug())));
            };
            let profile = Placed {
                value: self.profile(table)?,
                place: self.place(entry.start),
            };
            profiles.insert(entry.key.to_owned(), profile);
        }
        Ok(profiles)
    }

    fn profile(&self, table: &DeTable<'_>) -> Result<Connection, ConfigError> {
        let mut profile = Connection::default();
        for entry in entries(table) {
            match entry.key {
                "project" => profile.project = Some(self.read(&entry, ProjectName::parse)?),
                "endpoint" => profile.endpoint = Some(self.read(&entry, Endpoint::parse)?),
                "credentials" | "token_file" => {
                    let path = self.read(&entry, |text| self.path_of(text))?;
                    let credentials = if entry.key == "credentials" {
                        Credentials::KeyFile(path.value)
                    } else {
                        Credentials::TokenFile(path.value)
                    };
                    let before = profile
                        .credentials
                        .take()
                        .map(|it| (Some(it.value), it.place));
                    let this = (Some(credentials), path.place);
                    profile.credentials = match before {
                        Some(before) => only_one([before, this])?,
                        None => only_one([this])?,
                    };
                }
                "token_url" => profile.token_url = Some(self.read(&entry, TokenUrl::parse)?),
                "read_only" => profile.read_only = self.switch(&entry)?,
                "ticket_label" => {
                    profile.ticket_label = Some(Placed {
                        value: if self.switch(&entry)? {
                            TicketLabel::Carried
                        } else {
                            TicketLabel::LeftOut
                        },
                        place: self.place(entry.start),
                    });
                }
                "preset" | "default_preset" | "deny" => {
                    self.placing(&entry, &mut profile.placing)?;
                }
                "token" => {
                    return Err(self
                        .error(&entry, "a token is not kept in this file")
                        .remedy(
                            "name a file of its own with token_file, or set SWITCHBOARD_TOKEN",
                        ));
                }
                _ => return Err(self.unknown(&entry, &PROFILE_KEYS)),
            }
        }
        Ok(profile)
    }

    /// A path as people write it: `~` is their home, and what is relative stands beside the file.
    fn path_of(&self, text: &str) -> Result<PathBuf, String> {
        if text.is_empty() {
            return Err("the path is empty".to_owned());
        }
        if let Some(inner) = text.strip_prefix("~/") {
            let home = self
                .home
                .ok_or("there is no home folder that ~ could stand for")?;
            return Ok(home.join(inner));
        }
        let folder = self.path.parent().unwrap_or_else(|| Path::new(""));
        Ok(folder.join(text))
    }

    pub(super) fn read<T>(
        &self,
        entry: &Entry<'_>,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Result<Placed<T>, ConfigError> {
        let place = self.place(entry.value.span().start);
        let Some(text) = entry.value.get_ref().as_str() else {
            return Err(self.ill_typed(entry, "a text in quotes"));
        };
        match parse(text) {
            Ok(value) => Ok(Placed { value, place }),
            Err(reason) => Err(ConfigError::at(place, reason)),
        }
    }

    fn max_calls(&self, entry: &Entry<'_>) -> Result<usize, ConfigError> {
        let Some(number) = entry.value.get_ref().as_integer() else {
            return Err(self.ill_typed(entry, "a number such as 1000000"));
        };
        values::max_calls(number.as_str(), number.radix())
            .map_err(|reason| ConfigError::at(self.place(entry.value.span().start), reason))
    }

    pub(super) fn switch(&self, entry: &Entry<'_>) -> Result<bool, ConfigError> {
        entry
            .value
            .get_ref()
            .as_bool()
            .ok_or_else(|| self.ill_typed(entry, "true or false"))
    }

    pub(super) fn ill_typed(&self, entry: &Entry<'_>, wanted: &str) -> ConfigError {
        let found = entry.value.get_ref().type_str();
        ConfigError::at(
            self.place(entry.value.span().start),
            format!("{} has to be {wanted}; this is of type {found}", entry.key),
        )
    }

    pub(super) fn unknown(&self, entry: &Entry<'_>, known: &[&str]) -> ConfigError {
        let error = self.error(entry, format!("unknown key {:?}", entry.key));
        match nearest(entry.key, known.iter().copied()) {
            Some(near) => error.did_you_mean(Some(near)),
            None => error.remedy(format!("known here: {}", known.join(", "))),
        }
    }

    pub(super) fn error(&self, entry: &Entry<'_>, what: impl Into<String>) -> ConfigError {
        ConfigError::at(self.place(entry.start), what)
    }

    pub(super) fn place(&self, offset: usize) -> Place {
        let before = self.text.get(..offset).unwrap_or(self.text);
        let line = before.rsplit_once('\n').map_or(before, |(_, line)| line);
        Place::File {
            path: self.path.to_path_buf(),
            line: before.matches('\n').count() + 1,
            column: line.chars().count() + 1,
        }
    }
}

/// The entries of a table in the order of the file, so that the first slip is told first.
pub(super) fn entries<'a>(table: &'a DeTable<'a>) -> Vec<Entry<'a>> {
    let mut entries: Vec<_> = table
        .iter()
        .map(|(key, value)| Entry {
            key: key.get_ref(),
            start: key.span().start,
            value,
        })
        .collect();
    entries.sort_by_key(|entry| entry.start);
    entries
}

/// Whether the theme is the one without colours.
fn theme(text: &str) -> Result<bool, String> {
    match text {
        "default" => Ok(false),
        "mono" => Ok(true),
        _ => Err(match nearest(text, THEMES) {
            Some(near) => format!("{text:?} is no theme; did you mean {near}?"),
            None => format!("{text:?} is no theme; choose from {}", THEMES.join(", ")),
        }),
    }
}
