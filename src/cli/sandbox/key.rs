//! `switchboard sandbox key`: makes a key, and says how to use it.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::path::Path;

use crate::call::ProjectName;
use crate::cli::arguments::Key;
use crate::cli::{Exit, Stop};
use crate::config::SANDBOX_PROJECT;
use crate::logging::harmless;
use crate::sandbox::{IssuedKey, KeyError, KeyOrder, Permission, TOKEN_URL, issue_key};

/// Where the examples listen: what the sandbox does by default, and what the token URL says.
const ENDPOINT: &str = "127.0.0.1:50051";
const TOKEN_LISTEN: &str = "127.0.0.1:50052";

/// Makes the key.
pub(super) fn run(asked: Key) -> Result<Exit, Stop> {
    let order = asked.into_order();
    let issued = issue_key(&order)?;
    // Whoever does not read it does not want it.
    let _gone = write!(io::stdout().lock(), "{}", told(&order, &issued));
    Ok(Exit::Done)
}

impl From<KeyError> for Stop {
    fn from(error: KeyError) -> Self {
        match error {
            KeyError::Order(_) | KeyError::Accounts(_) | KeyError::Exists(_) => {
                Self::usage(error.to_string())
            }
            KeyError::Busy(_) | KeyError::Write { .. } | KeyError::Generate => {
                Self::failed(error.to_string())
            }
        }
    }
}

/// What was done, and the commands that use it. Nothing of the key itself.
fn told(order: &KeyOrder, issued: &IssuedKey) -> String {
    let new = |is_new: bool| if is_new { " (new)" } else { "" };
    let projects: Vec<&str> = order.projects.iter().map(ProjectName::id).collect();
    let permissions = order.permissions.iter().copied().map(Permission::as_str);
    let permissions: Vec<&str> = permissions.collect();
    let (accounts, out) = (word(&order.accounts), word(&order.out));
    let served: String = projects
        .iter()
        .filter(|_| projects != [SANDBOX_PROJECT])
        .flat_map(|project| [" --project ", project])
        .collect();
    let lines = [
        format!("account   {}{}", order.account, new(issued.new_account)),
        format!(
            "permitted {} on {}",
            permissions.join(", "),
            projects.join(", ")
        ),
        format!("accounts  {accounts}{}", new(issued.new_file)),
        format!("key       {out}, id {}: for its owner alone", issued.key_id),
        String::new(),
        "A sandbox on these accounts, which it reads when it starts:".to_owned(),
        format!("  switchboard sandbox --auth {accounts} --token-listen {TOKEN_LISTEN}{served}"),
        "The console on it, with this key:".to_owned(),
        format!(
            "  switchboard --endpoint {ENDPOINT} --project {} --credentials {out} \
             --token-url {TOKEN_URL}",
            projects.first().unwrap_or(&SANDBOX_PROJECT)
        ),
    ];
    lines.iter().fold(String::new(), |mut text, line| {
        // Writing to a string cannot fail.
        let _always = writeln!(text, "{}", harmless(line));
        text
    })
}

/// A path as one word of a shell.
fn word(path: &Path) -> Cow<'_, str> {
    let text = path.to_string_lossy();
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+@,:".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        return text;
    }
    Cow::Owned(format!("'{}'", text.replace('\'', r"'\''")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_commands_use_what_was_made() {
        let order = KeyOrder {
            accounts: "my auth.json".into(),
            account: "console@demo.example".to_owned(),
            projects: ["demo", "other"]
                .map(|id| ProjectName::parse(id).unwrap())
                .into(),
            permissions: vec![Permission::List, Permission::Get],
            out: "key.json".into(),
        };
        let issued = IssuedKey {
            key_id: "5f0c".to_owned(),
            new_file: true,
            new_account: false,
        };
        let expected = "\
account   console@demo.example
permitted voice.calls.list, voice.calls.get on demo, other
accounts  'my auth.json' (new)
key       key.json, id 5f0c: for its owner alone

A sandbox on these accounts, which it reads when it starts:
  switchboard sandbox --auth 'my auth.json' --token-listen 127.0.0.1:50052 --project demo --project other
The console on it, with this key:
  switchboard --endpoint 127.0.0.1:50051 --project demo --credentials key.json --token-url http://127.0.0.1:50052/token
";
        assert_eq!(told(&order, &issued), expected);
    }

    #[test]
    fn a_path_is_one_word() {
        assert_eq!(word(Path::new("a/b-1.json")), "a/b-1.json");
        assert_eq!(word(Path::new("it's")), r"'it'\''s'");
        assert_eq!(word(Path::new("")), "''");
    }
}
