//! The flags of `switchboard sandbox` (`sandbox.md`).

mod key;

use std::fmt::{self, Write as _};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::str::FromStr as _;

use clap::{Args, Subcommand};

use crate::call::ProjectName;
use crate::config::SANDBOX_PROJECT;
use crate::sandbox::{Faults, MAX_RATE, MAX_SPEED};
pub(in crate::cli) use key::Key;

const EXAMPLES: &str = "\
Examples:
  switchboard sandbox --listen 127.0.0.1:0           on a free port, which the first line names
  switchboard sandbox --db calls.db                  a ledger that lasts: no answered call is lost
  switchboard sandbox --rate 20 --speed 10           busy, and ten times as fast as life
  openssl rand -base64 64 > webhook.key              makes a key for webhooks
  switchboard sandbox --webhook-key @webhook.key     tells each state_update_uri of new states
  switchboard sandbox --fault latency=50ms,jitter=20ms --fault unavailable=0.05
                                                     slow, and away at times
  switchboard sandbox key --auth auth.json --account console@demo.example --project demo \\
    --permission voice.calls.create,voice.calls.get,voice.calls.list --out key.json
                                                     makes an account and a key for it
  switchboard sandbox --auth auth.json --token-listen 127.0.0.1:50052
                                                     for those with an account alone

The first line on standard output is `listening on 127.0.0.1:PORT`, the second, with
--token-listen, `token endpoint http://127.0.0.1:PORT/token`. Ends on SIGINT or SIGTERM, after
answering what it has begun to answer; a second signal does not wait.";

const CHANCE: &str = "\
Chance goes by the seed. Lengths of time are whole ms, s, m or h: by the exchange's clock for
late-visible and late-price, by the machine's for latency and jitter.";

/// The flags of the sandbox.
#[derive(Debug, Args)]
#[command(after_help = after_help(), args_conflicts_with_subcommands = true)]
pub(in crate::cli) struct Sandbox {
    #[command(subcommand)]
    pub(in crate::cli) command: Option<SandboxCommand>,
    /// Where to listen, without --auth on this machine only; port 0 takes a free one.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:50051", value_parser = address)]
    pub(in crate::cli) listen: SocketAddr,
    /// The ledger; without it a temporary one that goes with the process.
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) db: Option<PathBuf>,
    /// A project to serve; may be repeated.
    #[arg(
        long = "project",
        value_name = "ID",
        default_value = SANDBOX_PROJECT,
        value_parser = ProjectName::parse
    )]
    pub(in crate::cli) projects: Vec<ProjectName>,
    /// The seed of all that happens by chance.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(in crate::cli) seed: u64,
    /// How many calls of the past 24 hours an empty ledger starts with.
    #[arg(long, value_name = "N", default_value_t = 2000)]
    pub(in crate::cli) history: u32,
    /// New simulated calls a second; 0 for none.
    #[arg(long, value_name = "CPS", default_value_t = 0.5, value_parser = rate)]
    pub(in crate::cli) rate: f64,
    /// How fast the exchange's clock runs.
    #[arg(long, value_name = "X", default_value_t = 1.0, value_parser = speed)]
    pub(in crate::cli) speed: f64,
    /// Who may do what, as `switchboard sandbox key` writes it; without it everybody may do
    /// everything.
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) auth: Option<PathBuf>,
    /// Where to exchange the keys of accounts for tokens, over HTTP; port 0 takes a free one.
    #[arg(long, value_name = "ADDRESS", value_parser = address, requires = "auth")]
    pub(in crate::cli) token_listen: Option<SocketAddr>,
    /// Sends webhooks to the `state_update_uri` of calls, signed with this key: 64 bytes in base64.
    /// `@FILE` reads it from a file; others on this machine can see what stands here itself. The
    /// variable `SWITCHBOARD_WEBHOOK_KEY` does the same.
    #[arg(long, value_name = "BASE64|@FILE")]
    pub(in crate::cli) webhook_key: Option<Secret>,
    /// Sends webhooks to other hosts than this machine too.
    #[arg(long)]
    pub(in crate::cli) webhook_anywhere: bool,
    /// Misbehaves, as the table below says; may be repeated, or take a list with commas.
    #[arg(long = "fault", value_name = "NAME=VALUE", value_parser = Faults::from_str)]
    pub(in crate::cli) faults: Vec<Faults>,
}

/// An argument that is kept out of every message.
#[derive(Clone)]
pub(in crate::cli) struct Secret(pub(in crate::cli) String);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(text)
    }
}

/// The faults there are, and the examples.
fn after_help() -> String {
    let mut text = "Faults, each at most once:\n".to_owned();
    for (example, effect) in Faults::table() {
        // Writing to a text never fails.
        let _never = writeln!(text, "  {example:<18} {effect}");
    }
    format!("{text}{CHANCE}\n\n{EXAMPLES}")
}

/// What there is besides serving.
#[derive(Debug, Subcommand)]
pub(in crate::cli) enum SandboxCommand {
    /// Makes a key for a service account; the account and the accounts file too, if need be.
    Key(Key),
}

impl Sandbox {
    /// Whether this goes together. The error is a sentence.
    pub(in crate::cli) fn check(&self) -> Result<(), String> {
        if self.auth.is_some() || self.listen.ip().is_loopback() {
            return Ok(());
        }
        let port = self.listen.port();
        Err(format!(
            "--listen {}: without --auth the sandbox lets everybody do everything, so it listens on \
             this machine only: 127.0.0.1:{port}",
            self.listen
        ))
    }
}

fn address(text: &str) -> Result<SocketAddr, String> {
    match text.strip_prefix("localhost:") {
        Some(port) => port
            .parse()
            .map(|port: u16| SocketAddr::from((Ipv4Addr::LOCALHOST, port)))
            .ok(),
        None => text.parse().ok(),
    }
    .ok_or_else(|| "write an address and a port, such as 127.0.0.1:50051".to_owned())
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
    use clap::Parser as _;
    use rstest::rstest;

    use super::super::{Arguments, Command};
    use super::*;

    fn sandbox(arguments: &[&str]) -> Result<Sandbox, clap::Error> {
        let all = ["switchboard", "sandbox"].iter().chain(arguments);
        let Some(Command::Sandbox(sandbox)) = Arguments::try_parse_from(all)?.command else {
            panic!("the command was not seen");
        };
        Ok(sandbox)
    }

    #[test]
    fn the_sandbox_has_its_defaults() {
        let sandbox = sandbox(&[]).unwrap();
        assert_eq!(sandbox.listen.to_string(), "127.0.0.1:50051");
        assert_eq!(sandbox.projects, [ProjectName::parse("demo").unwrap()]);
        assert_eq!((sandbox.seed, sandbox.history), (1, 2000));
        assert_eq!(sandbox.db, None);
        assert_eq!((sandbox.auth, sandbox.token_listen), (None, None));
    }

    #[test]
    fn faults_are_repeated_or_listed() {
        let faults = [
            "--fault",
            "latency=5ms,short-pages",
            "--fault",
            "jitter=1ms",
        ];
        let faults = sandbox(&faults).unwrap().faults;
        let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
        assert_eq!(faults, ["latency=5ms,short-pages", "jitter=1ms"]);
    }

    #[rstest]
    #[case::a_free_port("127.0.0.1:0", "127.0.0.1:0")]
    #[case::by_name("localhost:1", "127.0.0.1:1")]
    #[case::version_six("[::1]:1", "[::1]:1")]
    fn the_sandbox_listens_on_this_machine(#[case] text: &str, #[case] address: &str) {
        let sandbox = sandbox(&["--listen", text]).unwrap();
        assert_eq!(sandbox.listen.to_string(), address);
        assert_eq!(sandbox.check(), Ok(()));
    }

    #[rstest]
    #[case::every_address("0.0.0.0:1")]
    #[case::every_address_six("[::]:1")]
    #[case::one_address("192.0.2.1:1")]
    fn only_a_sandbox_with_accounts_listens_elsewhere(#[case] text: &str) {
        let refusal = sandbox(&["--listen", text]).unwrap().check().unwrap_err();
        assert!(
            refusal.ends_with("this machine only: 127.0.0.1:1"),
            "{refusal}"
        );
        let guarded = sandbox(&["--listen", text, "--auth", "a", "--token-listen", text]).unwrap();
        assert_eq!(guarded.check(), Ok(()));
        assert_eq!(guarded.token_listen.unwrap().to_string(), text);
    }

    #[rstest]
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
    #[case::an_unknown_fault(&["--fault", "latncy=5ms"], "did you mean latency?")]
    #[case::a_fault_without_its_value(&["--fault", "rate-limit"], "such as rate-limit=20")]
    #[case::tokens_without_accounts(&["--token-listen", "127.0.0.1:0"], "--auth <FILE>")]
    #[case::tokens_nowhere(&["--auth", "a", "--token-listen", "1"], "an address and a port")]
    #[case::a_key_of_a_sandbox(&["--auth", "a", "key"], "cannot be used with")]
    #[case::an_unknown_flag(&["--lsiten", "127.0.0.1:0"], "--listen")]
    fn the_sandbox_refuses_what_makes_no_sense(#[case] arguments: &[&str], #[case] part: &str) {
        let refusal = sandbox(arguments).unwrap_err();
        assert_eq!(refusal.exit_code(), 2);
        let text = refusal.to_string();
        assert!(text.contains(part), "{text}");
    }
}
