//! What can be said on the command line.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::call::ProjectName;
use crate::config::{Flags, SANDBOX_PROJECT, ZoneFlag};
use crate::sandbox::{MAX_RATE, MAX_SPEED};

const EXAMPLES: &str = "\
Examples:
  switchboard                                        on the embedded sandbox; needs no account
  switchboard --project my-project --credentials key.json
                                                     on a real project
  switchboard --profile production --read-only       with a profile of the configuration file
  switchboard --filter 'state = FAILED'              begin with the failed calls
  switchboard sandbox --db calls.db                  a Calls service of your own, on this machine
  switchboard --endpoint 127.0.0.1:50051 --project demo
                                                     the console on that service

Environment: SWITCHBOARD_PROFILE, _PROJECT, _ENDPOINT, _CREDENTIALS, _TOKEN, _TOKEN_FILE,
  _TOKEN_URL, _READ_ONLY, _CONFIG, _LOG_LEVEL; ENFONICA_APPLICATION_CREDENTIALS; TZ, NO_COLOR,
  CLICOLOR_FORCE
Exit status: 0 done, 1 failed, 2 usage or configuration, 3 not found, 4 not authenticated
  or not permitted, 5 unavailable or timed out, 130 interrupted";

const SANDBOX_EXAMPLES: &str = "\
Examples:
  switchboard sandbox --listen 127.0.0.1:0           on a free port, which the first line names
  switchboard sandbox --db calls.db                  a ledger that lasts: no answered call is lost
  switchboard sandbox --rate 20 --speed 10           busy, and ten times as fast as life

The first line on standard output is `listening on 127.0.0.1:PORT`. Ends on SIGINT or SIGTERM, after
answering what it has begun to answer; a second signal does not wait.";

/// A terminal operations console for Enfonica Voice: watches a project's calls live, finds the ones
/// that went wrong, places new ones.
#[derive(Debug, Parser)]
#[command(
    name = "switchboard",
    version,
    after_help = EXAMPLES,
    args_conflicts_with_subcommands = true
)]
pub(super) struct Arguments {
    #[command(flatten)]
    pub(super) console: Console,
    #[command(subcommand)]
    pub(super) command: Option<Command>,
}

/// What there is besides the console.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Runs the Calls service itself on this machine, for development and tests.
    Sandbox(Sandbox),
}

/// The flags of the console.
#[derive(Debug, Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "a flag without a value is a bool"
)]
pub(super) struct Console {
    /// A profile of the configuration file; `sandbox` is the embedded sandbox.
    #[arg(long, value_name = "NAME", help_heading = "Service")]
    profile: Option<String>,
    /// The project whose calls are shown.
    #[arg(long, value_name = "ID", help_heading = "Service")]
    project: Option<String>,
    /// Where the service is; plain text is for this machine only.
    #[arg(long, value_name = "HOST:PORT", help_heading = "Service")]
    endpoint: Option<String>,
    /// The key file of a service account.
    #[arg(long, value_name = "FILE", help_heading = "Service")]
    credentials: Option<PathBuf>,
    /// A file that holds a bearer token.
    #[arg(long, value_name = "FILE", help_heading = "Service")]
    token_file: Option<PathBuf>,
    /// Where key files are exchanged for tokens.
    #[arg(long, value_name = "URL", help_heading = "Service")]
    token_url: Option<String>,
    /// Leaves no way to place a call.
    #[arg(long, help_heading = "Service")]
    read_only: bool,
    /// The filter to begin with.
    #[arg(long, value_name = "EXPR", help_heading = "Screen")]
    filter: Option<String>,
    /// Draws with ASCII alone.
    #[arg(long, help_heading = "Screen")]
    ascii: bool,
    /// Shows times in this zone, such as Australia/Melbourne.
    #[arg(long, value_name = "ZONE", help_heading = "Screen")]
    tz: Option<String>,
    /// Shows times in UTC.
    #[arg(long, conflicts_with = "tz", help_heading = "Screen")]
    utc: bool,
    /// Leaves the mouse to the terminal.
    #[arg(long, help_heading = "Screen")]
    no_mouse: bool,
    /// The configuration file, in place of the platform's.
    #[arg(long, value_name = "FILE", help_heading = "Program")]
    config: Option<PathBuf>,
    /// What goes to the log: off, error, warn, info, debug, trace.
    #[arg(long, value_name = "LEVEL", help_heading = "Program")]
    log_level: Option<String>,
}

impl Console {
    pub(super) fn into_flags(self) -> Flags {
        Flags {
            profile: self.profile,
            project: self.project,
            endpoint: self.endpoint,
            credentials: self.credentials,
            token_file: self.token_file,
            token_url: self.token_url,
            filter: self.filter,
            config: self.config,
            log_level: self.log_level,
            read_only: self.read_only,
            ascii: self.ascii,
            no_mouse: self.no_mouse,
            zone: if self.utc {
                Some(ZoneFlag::Utc)
            } else {
                self.tz.map(ZoneFlag::Named)
            },
        }
    }
}

/// The flags of the sandbox (`sandbox.md`).
#[derive(Debug, Args)]
#[command(after_help = SANDBOX_EXAMPLES)]
pub(super) struct Sandbox {
    /// Where to listen, on this machine only; port 0 takes a free one.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:50051", value_parser = loopback)]
    pub(super) listen: SocketAddr,
    /// The ledger; without it a temporary one that goes with the process.
    #[arg(long, value_name = "FILE")]
    pub(super) db: Option<PathBuf>,
    /// A project to serve; may be repeated.
    #[arg(
        long = "project",
        value_name = "ID",
        default_value = SANDBOX_PROJECT,
        value_parser = ProjectName::parse
    )]
    pub(super) projects: Vec<ProjectName>,
    /// The seed of all that happens by chance.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(super) seed: u64,
    /// How many calls of the past 24 hours an empty ledger starts with.
    #[arg(long, value_name = "N", default_value_t = 2000)]
    pub(super) history: u32,
    /// New simulated calls a second; 0 for none.
    #[arg(long, value_name = "CPS", default_value_t = 0.5, value_parser = rate)]
    pub(super) rate: f64,
    /// How fast the exchange's clock runs.
    #[arg(long, value_name = "X", default_value_t = 1.0, value_parser = speed)]
    pub(super) speed: f64,
}

fn loopback(text: &str) -> Result<SocketAddr, String> {
    let address: SocketAddr = match text.strip_prefix("localhost:") {
        Some(port) => port
            .parse()
            .map(|port: u16| SocketAddr::from((Ipv4Addr::LOCALHOST, port)))
            .ok(),
        None => text.parse().ok(),
    }
    .ok_or("write an address and a port, such as 127.0.0.1:50051")?;
    if address.ip().is_loopback() {
        Ok(address)
    } else {
        Err(format!(
            "the sandbox lets everybody do everything, so it listens on this machine only: \
             127.0.0.1:{}",
            address.port()
        ))
    }
}

fn rate(text: &str) -> Result<f64, String> {
    number(text)
        .filter(|rate| (0.0..=MAX_RATE).contains(rate))
        .ok_or_else(|| format!("write calls a second, 0 to {MAX_RATE}"))
}

fn speed(text: &str) -> Result<f64, String> {
    number(text)
        .filter(|speed| *speed > 0.0 && *speed <= MAX_SPEED)
        .ok_or_else(|| format!("write a factor above 0, up to {MAX_SPEED}"))
}

fn number(text: &str) -> Option<f64> {
    text.parse().ok().filter(|number: &f64| number.is_finite())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;
    use rstest::rstest;

    use super::*;

    fn sandbox(arguments: &[&str]) -> Result<Sandbox, clap::Error> {
        let all = ["switchboard", "sandbox"].iter().chain(arguments);
        match Arguments::try_parse_from(all)?.command {
            Some(Command::Sandbox(sandbox)) => Ok(sandbox),
            None => panic!("the command was not seen"),
        }
    }

    #[test]
    fn the_arguments_are_sound() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn every_flag_reaches_the_configuration() {
        let text = "switchboard --profile a --project b --endpoint c --credentials d \
                    --token-file e --token-url f --filter g --config h --log-level i \
                    --read-only --ascii --no-mouse --tz j";
        let arguments = Arguments::try_parse_from(text.split_whitespace()).unwrap();
        let text = |text: &str| Some(text.to_owned());
        let path = |path: &str| Some(PathBuf::from(path));
        let expected = Flags {
            profile: text("a"),
            project: text("b"),
            endpoint: text("c"),
            credentials: path("d"),
            token_file: path("e"),
            token_url: text("f"),
            filter: text("g"),
            config: path("h"),
            log_level: text("i"),
            read_only: true,
            ascii: true,
            no_mouse: true,
            zone: Some(ZoneFlag::Named("j".to_owned())),
        };
        assert_eq!(arguments.console.into_flags(), expected);
    }

    #[test]
    fn the_sandbox_has_its_defaults() {
        let sandbox = sandbox(&[]).unwrap();
        assert_eq!(sandbox.listen.to_string(), "127.0.0.1:50051");
        assert_eq!(sandbox.projects, [ProjectName::parse("demo").unwrap()]);
        assert_eq!((sandbox.seed, sandbox.history), (1, 2000));
        assert_eq!(sandbox.db, None);
    }

    #[rstest]
    #[case::a_free_port("127.0.0.1:0", "127.0.0.1:0")]
    #[case::by_name("localhost:1", "127.0.0.1:1")]
    #[case::version_six("[::1]:1", "[::1]:1")]
    fn the_sandbox_listens_on_this_machine(#[case] text: &str, #[case] address: &str) {
        let sandbox = sandbox(&["--listen", text]).unwrap();
        assert_eq!(sandbox.listen.to_string(), address);
    }

    #[rstest]
    #[case::every_address(&["--listen", "0.0.0.0:1"], "this machine only: 127.0.0.1:1")]
    #[case::every_address_six(&["--listen", "[::]:1"], "this machine only")]
    #[case::no_port(&["--listen", "127.0.0.1"], "an address and a port")]
    #[case::a_port_too_large(&["--listen", "localhost:70000"], "an address and a port")]
    #[case::a_bad_project(&["--project", "No Such"], "no project id")]
    #[case::a_negative_rate(&["--rate=-1"], "0 to 1000")]
    #[case::an_endless_rate(&["--rate", "inf"], "0 to 1000")]
    #[case::no_number(&["--rate", "NaN"], "0 to 1000")]
    #[case::a_clock_that_stands(&["--speed", "0"], "above 0")]
    #[case::a_clock_that_runs_back(&["--speed=-1"], "above 0")]
    #[case::too_fast(&["--speed", "1e9"], "above 0")]
    #[case::a_seed_that_is_none(&["--seed", "x"], "--seed")]
    #[case::an_unknown_flag(&["--lsiten", "127.0.0.1:0"], "--listen")]
    fn the_sandbox_refuses_what_makes_no_sense(#[case] arguments: &[&str], #[case] part: &str) {
        let refusal = sandbox(arguments).unwrap_err();
        assert_eq!(refusal.exit_code(), 2);
        let text = refusal.to_string();
        assert!(text.contains(part), "{text}");
    }

    #[test]
    fn the_help_names_every_flag_in_its_group() {
        let help = Arguments::command().render_long_help().to_string();
        for part in [
            "Service:",
            "Screen:",
            "Program:",
            "Examples:",
            "Exit status: 0 done",
        ] {
            assert!(help.contains(part), "{part} is missing:\n{help}");
        }
    }
}
