//! The settings in force as TOML, for people: every one of them, and no secret.

use std::fmt::{self, Write as _};

use super::{Credentials, Settings, Target};
use crate::app::SavedView;
use crate::call::{Preset, TicketLabel};

impl fmt::Display for Settings {
    /// Writes what is in force, as the file would say it where it can. A token is never shown.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let texts = |key: &str, value: &str| format!("{key} = {}", quoted(value));
        let mut lines = vec![texts("profile", &self.profile)];
        match &self.target {
            Target::Sandbox { project } => {
                lines.push(format!(
                    "{} # the embedded sandbox",
                    texts("project", project.id())
                ));
            }
            Target::Service(service) => {
                lines.push(texts("project", service.project.id()));
                lines.push(texts("endpoint", &service.endpoint.to_string()));
                lines.push(credentials(&service.credentials));
                lines.push(texts("token_url", service.token_url.as_str()));
            }
        }
        lines.push(format!("read_only = {}", self.read_only));
        lines.push(format!("poll_every = \"{:?}\"", self.poll_every));
        lines.push(format!("max_calls = {}", self.max_calls));
        let carried = self.ticket_label == TicketLabel::Carried;
        lines.push(format!("ticket_label = {carried}"));
        let deny = self.calling.deny.patterns().iter();
        let deny: Vec<String> = deny.map(|it| quoted(it.as_str())).collect();
        lines.push(format!("deny = [{}]", deny.join(", ")));
        let preset = |at: usize| self.calling.presets.get(at);
        if let Some(preset) = self.calling.default_preset.and_then(preset) {
            lines.push(texts("default_preset", &preset.name));
        }
        lines.push(texts("tz", self.screen.zone.name()));
        let theme = if self.screen.colour {
            "default"
        } else {
            "mono"
        };
        lines.push(texts("theme", theme));
        lines.push(format!("ascii = {}", self.screen.ascii));
        lines.push(format!("mouse = {}", self.screen.mouse));
        lines.push(texts(
            "log_level",
            &self.log.level.to_string().to_lowercase(),
        ));
        let state = self.log.folder.as_ref();
        lines.push(state.map_or_else(
            || "# logs and earlier filters are not kept: there is no folder for them".to_owned(),
            |folder| {
                let folder = quoted(&folder.display().to_string());
                format!("# logs and earlier filters are in {folder}")
            },
        ));
        for line in lines {
            writeln!(f, "{line}")?;
        }
        for preset in &self.calling.presets {
            write_preset(f, preset)?;
        }
        for view in &self.views {
            write_view(f, view)?;
        }
        Ok(())
    }
}

/// As whom the service is asked, without the secret itself.
fn credentials(credentials: &Credentials) -> String {
    match credentials {
        Credentials::Anonymous => "# no credentials: a service on this machine".to_owned(),
        Credentials::KeyFile(path) => {
            format!("credentials = {}", quoted(&path.display().to_string()))
        }
        Credentials::Key(key) => {
            format!("# credentials: the key of {}", quoted(key.client_email()))
        }
        Credentials::TokenFile(path) => {
            format!("token_file = {}", quoted(&path.display().to_string()))
        }
        Credentials::Token(_) => "# credentials: a token, which is not shown".to_owned(),
    }
}

/// A preset by what most of them are told apart by.
fn write_preset(f: &mut fmt::Formatter<'_>, preset: &Preset) -> fmt::Result {
    let handlers = preset.call.options.handler_uris.iter();
    let handlers: Vec<String> = handlers.map(|uri| quoted(uri)).collect();
    writeln!(f, "\n[preset.{}]", quoted(&preset.name))?;
    writeln!(f, "from = {}", quoted(&preset.call.from))?;
    writeln!(f, "handlers = [{}]", handlers.join(", "))
}

fn write_view(f: &mut fmt::Formatter<'_>, view: &SavedView) -> fmt::Result {
    writeln!(f, "\n[view.{}]", quoted(&view.name))?;
    writeln!(f, "filter = {}", quoted(&view.filter))?;
    if let Some(key) = view.key {
        writeln!(f, "key = {}", key.number())?;
    }
    Ok(())
}

/// A text as TOML quotes it, with nothing in it that a terminal would obey.
fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            // Controls, and what turns the direction of writing round.
            c if c.is_control()
                || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}') =>
            {
                // Writing to a string cannot fail.
                let _always = write!(quoted, "\\u{:04X}", u32::from(c));
            }
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::super::{Environment, Flags, resolve};
    use super::*;

    fn shown(flags: &Flags, variables: &[(&str, &str)]) -> String {
        let text = resolve(flags, &Environment::of(variables))
            .unwrap()
            .to_string();
        assert!(toml::de::DeTable::parse(&text).is_ok(), "{text}");
        text
    }

    #[test]
    fn a_token_is_not_shown() {
        let flags = Flags {
            project: Some("demo".to_owned()),
            ..Flags::default()
        };
        let text = shown(&flags, &[("SWITCHBOARD_TOKEN", "hunter2")]);
        assert!(text.contains("a token, which is not shown"), "{text}");
        assert!(!text.contains("hunter2"), "{text}");
    }

    #[test]
    fn what_is_in_force_is_shown_as_the_file_would_say_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.toml");
        let file = "deny = [\"+1900*\"]\n[preset.sales]\nfrom = \"+61255501234\"\n\
                    [profile.p]\nproject = \"demo\"\nendpoint = \"127.0.0.1:1\"\ntoken_file = \"/t\"\n\
                    read_only = true\n[view.\"a \\\"b\\\"\"]\nfilter = \"price > 1\"\nkey = 7\n";
        std::fs::write(&path, file).unwrap();
        let text = shown(
            &Flags {
                config: Some(path),
                profile: Some("p".to_owned()),
                token_file: Some(PathBuf::from("/else")),
                ..Flags::default()
            },
            &[("TZ", "Australia/Melbourne")],
        );
        for line in [
            "profile = \"p\"",
            "project = \"demo\"",
            "token_file = \"/else\"",
            "read_only = true",
            "poll_every = \"2s\"",
            "max_calls = 1000000",
            "ticket_label = true",
            "deny = [\"+1900*\"]",
            "from = \"+61255501234\"",
            "tz = \"Australia/Melbourne\"",
            "[view.\"a \\\"b\\\"\"]",
            "filter = \"price > 1\"",
            "key = 7",
        ] {
            assert!(
                text.lines().any(|it| it == line),
                "{line} is not in\n{text}"
            );
        }
    }

    #[test]
    fn no_text_can_end_its_quotes_or_steer_a_terminal() {
        assert_eq!(
            quoted("a\"b\\c\u{1b}[2J\u{202e}"),
            r#""a\"b\\c\u001B[2J\u202E""#
        );
    }
}
