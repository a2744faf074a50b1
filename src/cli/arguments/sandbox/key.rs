//! The flags of `switchboard sandbox key` (`sandbox.md`).

use std::path::PathBuf;

use clap::Args;

use crate::call::ProjectName;
use crate::sandbox::{KeyOrder, Permission};

const EXAMPLES: &str = "\
Example:
  switchboard sandbox key --auth auth.json --account console@demo.example --project demo \\
    --permission voice.calls.create,voice.calls.get,voice.calls.list --out key.json

Permissions: voice.calls.create, voice.calls.get, voice.calls.list. An account keeps the keys and
the permissions that it has. A sandbox reads its accounts when it starts.";

/// The flags of a key.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct Key {
    /// The accounts file to add to; made if it is not there.
    #[arg(long, value_name = "FILE")]
    auth: PathBuf,
    /// Whose key it is; the account is made if it is not there.
    #[arg(long, value_name = "EMAIL")]
    account: String,
    /// A project to permit something in; may be repeated.
    #[arg(
        long = "project",
        value_name = "ID",
        required = true,
        value_parser = ProjectName::parse
    )]
    projects: Vec<ProjectName>,
    /// What to permit there; may be repeated, or be several with commas.
    #[arg(
        long = "permission",
        value_name = "NAME",
        required = true,
        value_delimiter = ',',
        value_parser = Permission::parse
    )]
    permissions: Vec<Permission>,
    /// The key file to write, which must not exist.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

impl Key {
    pub(in crate::cli) fn into_order(self) -> KeyOrder {
        KeyOrder {
            accounts: self.auth,
            account: self.account,
            projects: self.projects,
            permissions: self.permissions,
            out: self.out,
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;
    use rstest::rstest;

    use super::super::super::{Arguments, Command};
    use super::super::SandboxCommand;
    use super::*;

    fn key(arguments: &str) -> Result<KeyOrder, clap::Error> {
        let all = ["switchboard", "sandbox", "key"].into_iter();
        let parsed = Arguments::try_parse_from(all.chain(arguments.split_whitespace()))?;
        let Some(Command::Sandbox(sandbox)) = parsed.command else {
            panic!("the sandbox was not seen");
        };
        match sandbox.command {
            Some(SandboxCommand::Key(key)) => Ok(key.into_order()),
            None => panic!("the command was not seen"),
        }
    }

    #[test]
    fn permissions_come_one_by_one_and_in_lists() {
        let order = key(
            "--auth a --account c@d --project demo --project other --out k \
             --permission voice.calls.list,voice.calls.get --permission voice.calls.create",
        );
        let order = order.unwrap();
        let expected = [Permission::List, Permission::Get, Permission::Create];
        assert_eq!(order.permissions, expected);
        let ids: Vec<&str> = order.projects.iter().map(ProjectName::id).collect();
        assert_eq!(ids, ["demo", "other"]);
        assert_eq!(order.account, "c@d");
        let paths = [order.accounts, order.out];
        assert_eq!(paths, ["a", "k"].map(PathBuf::from));
    }

    #[rstest]
    #[case::no_permission("--auth a --account c@d --project demo --out k", "--permission <NAME>")]
    #[case::no_project(
        "--auth a --account c@d --permission voice.calls.get --out k",
        "--project"
    )]
    #[case::another_permission(
        "--auth a --account c@d --project demo --permission voice.calls.hangup --out k",
        "\"voice.calls.hangup\" is no permission: one of voice.calls.create"
    )]
    fn what_is_missing_or_wrong_is_told(#[case] arguments: &str, #[case] part: &str) {
        let refusal = key(arguments).unwrap_err();
        assert_eq!(refusal.exit_code(), 2);
        let text = refusal.to_string();
        assert!(text.contains(part), "{text}");
    }
}
