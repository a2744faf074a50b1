//! Puts flags, environment, file and defaults into their order of precedence.

use std::time::Duration;

use tracing::level_filters::LevelFilter;

use super::connection::{Connection, Placed, VARIABLES, read};
use super::file::{self, File};
use super::settings::ZoneFlag;
use super::{
    ConfigError, Credentials, Environment, Flags, Log, Place, SANDBOX_PROFILE, SANDBOX_PROJECT,
    Screen, Service, Settings, Target, nearest, screen, values, zone,
};
use crate::api::Endpoint;
use crate::api::auth::ServiceAccountKey;
use crate::call::{ProjectName, TicketLabel};

/// The name of the file of filters within the state folder.
const HISTORY_FILE: &str = "filters";

/// The name of the journal within the state folder.
const JOURNAL_FILE: &str = "placements.jsonl";

/// The name of the file of last values within the state folder.
const LAST_VALUES_FILE: &str = "last-calls.toml";

const POLL_EVERY: Duration = Duration::from_secs(2);
const MAX_CALLS: usize = 1_000_000;

/// Makes settings of what was configured, wherever it was.
pub fn resolve(flags: &Flags, environment: &Environment) -> Result<Settings, ConfigError> {
    let (file, written) = file::load(flags, environment)?;
    let mut notices = slips(environment);
    notices.extend(file.notices.iter().cloned());
    let sources = Sources {
        flags: Connection::of_flags(flags)?,
        environment: Connection::of_environment(environment)?,
        other_clients: Connection::of_other_clients(environment),
        profile: chosen_profile(flags, environment, &file)?,
    };
    let (profile, target) = target(&sources, &mut notices)?;
    let settings = Settings {
        profile,
        target,
        read_only: sources.in_order().any(|it| it.read_only),
        screen: Screen {
            zone: zone(flags, environment, &file, &mut notices)?,
            ascii: flags.ascii || file.ascii.unwrap_or_else(|| screen::ascii(environment)),
            colour: !file.mono && screen::colour(environment),
            mouse: !flags.no_mouse && file.mouse.unwrap_or(true),
        },
        filter: flags.filter.clone().unwrap_or_default(),
        views: file.views.clone(),
        file: written,
        poll_every: file.poll_every.unwrap_or(POLL_EVERY),
        max_calls: file.max_calls.unwrap_or(MAX_CALLS),
        log: Log {
            folder: environment.state_folder.clone(),
            level: level(flags, environment, &file)?,
        },
        history: environment
            .state_folder
            .as_ref()
            .map(|folder| folder.join(HISTORY_FILE)),
        journal: environment
            .state_folder
            .as_ref()
            .map(|folder| folder.join(JOURNAL_FILE)),
        ticket_label: sources
            .first(|it| it.ticket_label.as_ref())
            .map_or(TicketLabel::Carried, |it| it.value),
        calling: file
            .placing
            .with(sources.profile.as_ref().map(|it| &it.connection.placing))?,
        last_values: environment
            .state_folder
            .as_ref()
            .map(|folder| folder.join(LAST_VALUES_FILE)),
        notices,
    };
    Ok(settings)
}

/// Who says what about the service, strongest first.
struct Sources {
    flags: Connection,
    environment: Connection,
    other_clients: Connection,
    profile: Option<Profile>,
}

struct Profile {
    name: String,
    /// Where it was chosen.
    chosen: Place,
    /// Where it stands in the file; the sandbox stands in none.
    stands: Option<Place>,
    connection: Connection,
}

impl Sources {
    fn in_order(&self) -> impl Iterator<Item = &Connection> {
        [&self.flags, &self.environment, &self.other_clients]
            .into_iter()
            .chain(self.profile.as_ref().map(|it| &it.connection))
    }

    fn first<'a, T: 'a>(
        &'a self,
        part: impl Fn(&'a Connection) -> Option<&'a Placed<T>>,
    ) -> Option<&'a Placed<T>> {
        self.in_order().find_map(part)
    }
}

fn chosen_profile(
    flags: &Flags,
    environment: &Environment,
    file: &File,
) -> Result<Option<Profile>, ConfigError> {
    let named = if let Some(name) = &flags.profile {
        Some((name.clone(), Place::Flag("--profile")))
    } else if let Some(name) = environment.text("SWITCHBOARD_PROFILE")? {
        Some((name.to_owned(), Place::Variable("SWITCHBOARD_PROFILE")))
    } else {
        let default = file.default_profile.clone();
        default.map(|it| (it.value, it.place))
    };
    let Some((name, chosen)) = named else {
        return Ok(None);
    };
    if name == SANDBOX_PROFILE {
        return Ok(Some(Profile {
            name,
            chosen,
            stands: None,
            connection: Connection::default(),
        }));
    }
    let Some(found) = file.profiles.get(&name) else {
        let error = ConfigError::at(chosen, format!("there is no profile {name:?}"));
        let known: Vec<&str> = file
            .profiles
            .keys()
            .map(String::as_str)
            .chain([SANDBOX_PROFILE])
            .collect();
        return Err(match nearest(&name, known.iter().copied()) {
            Some(near) => error.did_you_mean(Some(near)),
            None => error.remedy(format!("known profiles: {}", known.join(", "))),
        });
    };
    Ok(Some(Profile {
        name,
        chosen,
        stands: Some(found.place.clone()),
        connection: found.value.clone(),
    }))
}

/// The service to run on, and what it is called on the screen.
fn target(sources: &Sources, notices: &mut Vec<String>) -> Result<(String, Target), ConfigError> {
    if let Some(sandbox) = sandbox(sources)? {
        return Ok((SANDBOX_PROFILE.to_owned(), sandbox));
    }
    let given = sources.first(|it| it.endpoint.as_ref());
    let endpoint = match given {
        Some(given) => given.value.clone(),
        None => Endpoint::default(),
    };
    let token_url = sources
        .first(|it| it.token_url.as_ref())
        .map(|it| it.value.clone())
        .unwrap_or_default();
    let credentials = credentials(sources, &endpoint, notices);
    let (project, credentials) = project(sources, credentials)?;
    let credentials = match credentials {
        Some(credentials) => credentials.value,
        None if !endpoint.is_encrypted() => Credentials::Anonymous,
        None => {
            let what = format!("there are no credentials for {project} at {endpoint}");
            return Err(ConfigError::nowhere(what).remedy(
                "name a key file with --credentials, ENFONICA_APPLICATION_CREDENTIALS or in a \
                 profile, or a token with --token-file or SWITCHBOARD_TOKEN; --profile sandbox \
                 needs none",
            ));
        }
    };
    let name = match &sources.profile {
        Some(profile) if profile.stands.is_some() => profile.name.clone(),
        Some(_) | None => endpoint.authority(),
    };
    let service = Service {
        endpoint,
        project,
        credentials,
        token_url,
    };
    Ok((name, Target::Service(service)))
}

/// The embedded sandbox, if it is what was asked for or nothing was.
fn sandbox(sources: &Sources) -> Result<Option<Target>, ConfigError> {
    let here = [&sources.flags, &sources.environment];
    let project = here.iter().find_map(|it| it.project.as_ref());
    let Some(profile) = &sources.profile else {
        let nothing_said =
            project.is_none() && sources.in_order().all(|it| it.names_a_service().is_none());
        return nothing_said.then(|| sandbox_of(None)).transpose();
    };
    if profile.name != SANDBOX_PROFILE {
        return Ok(None);
    }
    // A source as strong as the choice contradicts it; a stronger one overrides it.
    let (stronger, equal): (&[&Connection], &[&Connection]) = match profile.chosen {
        Place::Flag(_) => (&[], &[&sources.flags]),
        Place::Variable(_) => (&[&sources.flags], &[&sources.environment]),
        Place::File { .. } => (&[&sources.flags, &sources.environment], &[]),
    };
    if let Some(place) = equal.iter().find_map(|it| it.names_a_service()) {
        return Err(ConfigError::at(
            place.clone(),
            format!(
                "the embedded sandbox, chosen by {}, has no use for it",
                profile.chosen
            ),
        )
        .remedy("keep one of them"));
    }
    if stronger.iter().any(|it| it.names_a_service().is_some()) {
        return Ok(None);
    }
    sandbox_of(project.map(|it| &it.value)).map(Some)
}

fn sandbox_of(project: Option<&ProjectName>) -> Result<Target, ConfigError> {
    let project = match project {
        Some(project) => project.clone(),
        None => ProjectName::parse(SANDBOX_PROJECT).map_err(ConfigError::nowhere)?,
    };
    Ok(Target::Sandbox { project })
}

/// The credentials to use. Standing ones, which nobody typed for this endpoint, are not shown to a
/// service on this machine: that is a sandbox, and a key of the real service is none of its
/// business. They are where they belong to the endpoint's own profile, or where a token URL says
/// who exchanges the key.
fn credentials(
    sources: &Sources,
    endpoint: &Endpoint,
    notices: &mut Vec<String>,
) -> Option<Placed<Credentials>> {
    let typed = [&sources.flags, &sources.environment];
    if let Some(typed) = typed.iter().find_map(|it| it.credentials.as_ref()) {
        return Some(typed.clone());
    }
    let of_profile = sources.profile.as_ref().map(|it| &it.connection);
    let own_profile = of_profile
        .and_then(|it| it.endpoint.as_ref())
        .is_some_and(|it| it.value == *endpoint);
    let exchange_named = typed.iter().any(|it| it.token_url.is_some())
        || (own_profile && of_profile.is_some_and(|it| it.token_url.is_some()));
    let fits = |standing: &&Placed<Credentials>| {
        let of_the_profile = own_profile && matches!(standing.place, Place::File { .. });
        let exchanged = exchange_named && matches!(standing.value, Credentials::KeyFile(_));
        endpoint.is_encrypted() || of_the_profile || exchanged
    };
    let standing = [
        sources.other_clients.credentials.as_ref(),
        of_profile.and_then(|it| it.credentials.as_ref()),
    ];
    let found = standing.into_iter().flatten().find(fits);
    if found.is_none()
        && let Some(unused) = standing.into_iter().flatten().next()
    {
        notices.push(format!(
            "{endpoint} is on this machine: the credentials of {} are not shown to it (a token URL \
             would say who exchanges them)",
            unused.place
        ));
    }
    found.cloned()
}

/// The project, and the credentials on: where only the key file names one, it is read for it, and
/// once, for it may be a pipe.
fn project(
    sources: &Sources,
    credentials: Option<Placed<Credentials>>,
) -> Result<(ProjectName, Option<Placed<Credentials>>), ConfigError> {
    if let Some(project) = sources.first(|it| it.project.as_ref()) {
        return Ok((project.value.clone(), credentials));
    }
    if let Some(Placed {
        value: Credentials::KeyFile(path),
        place,
    }) = credentials
    {
        let blamed = |reason| ConfigError::at(place.clone(), reason);
        let key = ServiceAccountKey::read(&path).map_err(blamed)?;
        if let Some(id) = key.project_id() {
            let told = |reason| blamed(format!("the key file {}: {reason}", path.display()));
            let project = ProjectName::parse(id).map_err(told)?;
            let value = Credentials::Key(key);
            return Ok((project, Some(Placed { value, place })));
        }
    }
    let stands = sources.profile.as_ref().and_then(|it| it.stands.clone());
    let named = stands.or_else(|| {
        sources
            .in_order()
            .find_map(|it| it.names_a_service().cloned())
    });
    let what = "no project is given";
    let error = match named {
        Some(place) => ConfigError::at(place, what),
        None => ConfigError::nowhere(what),
    };
    Err(error.remedy("add --project ID, SWITCHBOARD_PROJECT, or project = \"ID\" in the profile"))
}

fn zone(
    flags: &Flags,
    environment: &Environment,
    file: &File,
    notices: &mut Vec<String>,
) -> Result<chrono_tz::Tz, ConfigError> {
    match &flags.zone {
        Some(ZoneFlag::Utc) => return Ok(chrono_tz::Tz::UTC),
        Some(ZoneFlag::Named(name)) => {
            return zone::asked_for(name)
                .map_err(|reason| ConfigError::at(Place::Flag("--tz"), reason));
        }
        None => {}
    }
    if let Some(zone) = file.zone {
        return Ok(zone);
    }
    let machine = environment.machine_zone.as_deref();
    let (zone, notice) = zone::of_surroundings(environment.lenient("TZ"), machine);
    notices.extend(notice);
    Ok(zone)
}

fn level(
    flags: &Flags,
    environment: &Environment,
    file: &File,
) -> Result<LevelFilter, ConfigError> {
    let flag = read(
        flags.log_level.as_deref(),
        Place::Flag("--log-level"),
        values::level,
    )?;
    let variable = read(
        environment.text("SWITCHBOARD_LOG_LEVEL")?,
        Place::Variable("SWITCHBOARD_LOG_LEVEL"),
        values::level,
    )?;
    let typed = flag.or(variable).map(|it| it.value);
    Ok(typed.or(file.log_level).unwrap_or(LevelFilter::WARN))
}

/// Variables that look like ours and are not: said, since a slip there is silent otherwise.
fn slips(environment: &Environment) -> Vec<String> {
    environment
        .names("SWITCHBOARD_")
        .filter(|name| !VARIABLES.contains(name))
        .map(|name| match nearest(name, VARIABLES) {
            Some(near) => format!("the variable {name:?} is not known; did you mean {near}?"),
            None => format!("the variable {name:?} is not known"),
        })
        .collect()
}
