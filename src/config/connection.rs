//! What one source (flags, environment, a profile) says about how to reach a service.

use std::path::PathBuf;

use super::presets::PlacingRules;
use super::{ConfigError, Credentials, Environment, Flags, Place, secret, values};
use crate::api::Endpoint;
use crate::api::auth::{Token, TokenUrl};
use crate::call::{ProjectName, TicketLabel};

/// The variable of Enfonica's own clients: the path of a key file (`api.md §8.1`).
const ENFONICA_CREDENTIALS: &str = "ENFONICA_APPLICATION_CREDENTIALS";

/// Every variable that is read, without its prefix. Another one with the prefix is a slip.
pub(super) const VARIABLES: [&str; 11] = [
    "SWITCHBOARD_PROFILE",
    "SWITCHBOARD_PROJECT",
    "SWITCHBOARD_ENDPOINT",
    "SWITCHBOARD_CREDENTIALS",
    "SWITCHBOARD_TOKEN",
    "SWITCHBOARD_TOKEN_FILE",
    "SWITCHBOARD_TOKEN_URL",
    "SWITCHBOARD_READ_ONLY",
    "SWITCHBOARD_CONFIG",
    "SWITCHBOARD_LOG_LEVEL",
    // The sandbox reads this one.
    secret::WEBHOOK_KEY,
];

/// A value and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Placed<T> {
    pub(super) value: T,
    pub(super) place: Place,
}

/// What one source says. Whatever it leaves out is for the next source to say.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Connection {
    pub(super) project: Option<Placed<ProjectName>>,
    pub(super) endpoint: Option<Placed<Endpoint>>,
    pub(super) credentials: Option<Placed<Credentials>>,
    pub(super) token_url: Option<Placed<TokenUrl>>,
    pub(super) read_only: bool,
    pub(super) ticket_label: Option<Placed<TicketLabel>>,
    pub(super) placing: PlacingRules,
}

impl Connection {
    /// Whether it points away from the embedded sandbox; where it does, at what place.
    pub(super) fn names_a_service(&self) -> Option<&Place> {
        let endpoint = self.endpoint.as_ref().map(|it| &it.place);
        endpoint.or_else(|| self.credentials.as_ref().map(|it| &it.place))
    }

    pub(super) fn of_flags(flags: &Flags) -> Result<Self, ConfigError> {
        let key_file = flags.credentials.clone().map(Credentials::KeyFile);
        let token_file = flags.token_file.clone().map(Credentials::TokenFile);
        Ok(Self {
            project: read(
                flags.project.as_deref(),
                Place::Flag("--project"),
                ProjectName::parse,
            )?,
            endpoint: read(
                flags.endpoint.as_deref(),
                Place::Flag("--endpoint"),
                Endpoint::parse,
            )?,
            credentials: only_one([
                (key_file, Place::Flag("--credentials")),
                (token_file, Place::Flag("--token-file")),
            ])?,
            token_url: read(
                flags.token_url.as_deref(),
                Place::Flag("--token-url"),
                TokenUrl::parse,
            )?,
            read_only: flags.read_only,
            ticket_label: None,
            placing: PlacingRules::default(),
        })
    }

    pub(super) fn of_environment(environment: &Environment) -> Result<Self, ConfigError> {
        let text = |name: &'static str| environment.text(name);
        let path = |name: &str| environment.raw(name).map(PathBuf::from);
        let variable = Place::Variable;
        let token = read(
            text("SWITCHBOARD_TOKEN")?,
            variable("SWITCHBOARD_TOKEN"),
            Token::parse,
        )?
        .map(|it| Credentials::Token(it.value));
        Ok(Self {
            project: read(
                text("SWITCHBOARD_PROJECT")?,
                variable("SWITCHBOARD_PROJECT"),
                ProjectName::parse,
            )?,
            endpoint: read(
                text("SWITCHBOARD_ENDPOINT")?,
                variable("SWITCHBOARD_ENDPOINT"),
                Endpoint::parse,
            )?,
            credentials: only_one([
                (
                    path("SWITCHBOARD_CREDENTIALS").map(Credentials::KeyFile),
                    variable("SWITCHBOARD_CREDENTIALS"),
                ),
                (token, variable("SWITCHBOARD_TOKEN")),
                (
                    path("SWITCHBOARD_TOKEN_FILE").map(Credentials::TokenFile),
                    variable("SWITCHBOARD_TOKEN_FILE"),
                ),
            ])?,
            token_url: read(
                text("SWITCHBOARD_TOKEN_URL")?,
                variable("SWITCHBOARD_TOKEN_URL"),
                TokenUrl::parse,
            )?,
            read_only: read(
                text("SWITCHBOARD_READ_ONLY")?,
                variable("SWITCHBOARD_READ_ONLY"),
                values::switch,
            )?
            .is_some_and(|it| it.value),
            ticket_label: None,
            placing: PlacingRules::default(),
        })
    }

    /// The variable that other clients of the service read as well.
    pub(super) fn of_other_clients(environment: &Environment) -> Self {
        Self {
            credentials: environment.raw(ENFONICA_CREDENTIALS).map(|path| Placed {
                value: Credentials::KeyFile(PathBuf::from(path)),
                place: Place::Variable(ENFONICA_CREDENTIALS),
            }),
            ..Self::default()
        }
    }
}

/// Reads a text where there is one.
pub(super) fn read<T>(
    text: Option<&str>,
    place: Place,
    parse: impl FnOnce(&str) -> Result<T, String>,
) -> Result<Option<Placed<T>>, ConfigError> {
    let Some(text) = text else { return Ok(None) };
    match parse(text) {
        Ok(value) => Ok(Some(Placed { value, place })),
        Err(reason) => Err(ConfigError::at(place, reason)),
    }
}

/// The one kind of credentials that a source gives; two would leave it open which is meant.
pub(super) fn only_one<const N: usize>(
    given: [(Option<Credentials>, Place); N],
) -> Result<Option<Placed<Credentials>>, ConfigError> {
    let mut found: Option<Placed<Credentials>> = None;
    for (credentials, place) in given {
        let Some(value) = credentials else { continue };
        if let Some(first) = &found {
            return Err(ConfigError::at(
                place,
                format!("credentials are given twice, here and at {}", first.place),
            )
            .remedy("keep one of them"));
        }
        found = Some(Placed { value, place });
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::resolve;

    #[test]
    fn a_profile_may_leave_the_ticket_out_of_its_calls() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.toml");
        let label = |line: &str| {
            let profile = "[profile.p]\nproject = \"x\"\ntoken_file = \"t\"";
            std::fs::write(&path, format!("{profile}\n{line}")).unwrap();
            let flags = Flags {
                config: Some(path.clone()),
                profile: Some("p".to_owned()),
                ..Flags::default()
            };
            resolve(&flags, &Environment::default()).map(|settings| settings.ticket_label)
        };
        assert_eq!(label("ticket_label = false").unwrap(), TicketLabel::LeftOut);
        assert_eq!(label("ticket_label = true").unwrap(), TicketLabel::Carried);
        assert_eq!(label("").unwrap(), TicketLabel::Carried);
        assert!(label("ticket_label = \"no\"").is_err());
    }
}
