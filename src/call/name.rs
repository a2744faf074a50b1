//! Resource names (`api.md §3`): of a call, which stay opaque, and of a project.

use std::fmt;

/// The name of a call, `projects/{project}/calls/{call}`. Whatever the service sends is kept:
/// the identity of a call is never parsed, only shown in part.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CallName(Box<str>);

impl CallName {
    /// Takes a name as the service gave it.
    #[must_use]
    pub fn new(name: impl Into<Box<str>>) -> Self {
        Self(name.into())
    }

    /// The whole name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The last segment; the whole name if it has no other.
    pub fn id(&self) -> &str {
        self.0.rsplit_once('/').map_or(&*self.0, |(_, id)| id)
    }

    /// The first eight characters of the id: enough for a person to tell two calls apart.
    pub fn short(&self) -> &str {
        let id = self.id();
        let end = id.char_indices().nth(8).map_or(id.len(), |(at, _)| at);
        id.split_at(end).0
    }
}

impl fmt::Display for CallName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// The name of a project, `projects/{project}`, checked by `api.md §3`'s character rules.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ProjectName(Box<str>);

impl ProjectName {
    const PREFIX: &'static str = "projects/";

    /// Reads `demo` or `projects/demo`. The error is a sentence for the person who typed it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let id = text.strip_prefix(Self::PREFIX).unwrap_or(text);
        let edge =
            |c: Option<char>| c.is_some_and(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
        let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if id.is_empty() {
            return Err("the project is empty: give its id, such as my-project".to_owned());
        }
        if id.len() > 63 {
            return Err("a project id has at most 63 characters".to_owned());
        }
        if !edge(id.chars().next()) || !edge(id.chars().next_back()) || !id.chars().all(inner) {
            return Err(format!(
                "{text:?} is no project id: lower-case letters, digits and inner hyphens, \
                 such as my-project"
            ));
        }
        Ok(Self(format!("{}{id}", Self::PREFIX).into()))
    }

    /// The whole name, `projects/{project}`.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The id alone.
    pub fn id(&self) -> &str {
        self.0.strip_prefix(Self::PREFIX).unwrap_or(&self.0)
    }
}

impl fmt::Display for ProjectName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_name_shows_the_start_of_its_id() {
        let name = CallName::new("projects/demo/calls/6f1c2e04-1111-4222-8333-444455556666");
        assert_eq!(name.id(), "6f1c2e04-1111-4222-8333-444455556666");
        assert_eq!(name.short(), "6f1c2e04");
    }

    #[test]
    fn odd_call_names_are_kept_and_shown_whole() {
        for odd in ["", "x", "//", "projects/p/calls/", "ünïcödé-name"] {
            let name = CallName::new(odd);
            assert_eq!(name.as_str(), odd);
            assert!(odd.contains(name.short()));
        }
    }

    #[test]
    fn a_project_is_read_with_and_without_its_prefix() {
        assert_eq!(
            ProjectName::parse("demo").unwrap().as_str(),
            "projects/demo"
        );
        assert_eq!(ProjectName::parse("projects/demo").unwrap().id(), "demo");
    }

    #[test]
    fn what_is_no_project_id_is_refused_with_a_reason() {
        for bad in [
            "",
            "projects/",
            "-a",
            "a-",
            "Demo",
            "a b",
            "projects/a/calls",
            "a_b",
        ] {
            assert!(ProjectName::parse(bad).is_err(), "{bad:?}");
        }
        assert!(ProjectName::parse(&"a".repeat(63)).is_ok());
        assert!(
            ProjectName::parse(&"a".repeat(64))
                .unwrap_err()
                .contains("63")
        );
    }
}
