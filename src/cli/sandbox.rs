//! `switchboard sandbox`: the Calls service over TCP, on this machine.

mod key;

use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tracing::level_filters::LevelFilter;

use super::arguments::{Sandbox as Asked, SandboxCommand};
use super::signals::Signals;
use super::{Exit, Stop};
use crate::config::{self, ConfigError, Environment};
use crate::logging::{self, harmless};
use crate::sandbox::{
    Accounts, AccountsError, Faults, Sandbox, SandboxError, Setup, WebhookKey, Webhooks,
};

/// Serves until it is told to stop, or does what else is asked for.
pub(super) fn run(mut asked: Asked, environment: &Environment) -> Result<Exit, Stop> {
    if let Some(SandboxCommand::Key(asked)) = asked.command.take() {
        return key::run(asked);
    }
    asked.check().map_err(Stop::usage)?;
    let accounts = asked.auth.as_deref().map(Accounts::load).transpose()?;
    let folder = environment.state_folder.as_deref();
    let _log = logging::start(folder, LevelFilter::WARN).unwrap_or_else(|notice| {
        let _gone = writeln!(io::stderr().lock(), "warning: {}", harmless(&notice));
        None
    });
    let webhooks = webhooks(&asked, environment)?;
    let runtime = super::runtime()?;
    let outcome = runtime.block_on(serve(asked, accounts, webhooks));
    // What is still running after a second signal is not waited for.
    runtime.shutdown_timeout(Duration::from_millis(100));
    outcome.map(|()| Exit::Done)
}

/// How webhooks are to be sent, if they are.
fn webhooks(asked: &Asked, environment: &Environment) -> Result<Option<Webhooks>, Stop> {
    let flag = asked.webhook_key.as_ref().map(|secret| &*secret.0);
    let anywhere = asked.webhook_anywhere;
    match config::webhook_key(flag, environment)? {
        Some((place, text)) => {
            let key = WebhookKey::parse(&text).map_err(|reason| ConfigError::at(place, reason))?;
            Ok(Some(Webhooks { key, anywhere }))
        }
        None if anywhere => Err(Stop::usage(
            "--webhook-anywhere needs a key: give --webhook-key @FILE with the base64 of 64 bytes",
        )),
        None => Ok(None),
    }
}

async fn serve(
    asked: Asked,
    accounts: Option<Accounts>,
    webhooks: Option<Webhooks>,
) -> Result<(), Stop> {
    let faults = asked
        .faults
        .into_iter()
        .try_fold(Faults::default(), Faults::and)
        .map_err(|error| Stop::usage(format!("--fault: {error}")))?;
    let (listener, address) = listen("--listen", asked.listen).await?;
    let tokens = match asked.token_listen {
        Some(address) => Some(listen("--token-listen", address).await?.0),
        None => None,
    };
    let mut signals = Signals::listen()
        .map_err(|reason| Stop::failed(format!("signals cannot be received: {reason}")))?;
    let mut sandbox = Sandbox::start(Setup {
        db: asked.db,
        projects: asked.projects,
        seed: asked.seed,
        salt: None,
        history: asked.history,
        rate: asked.rate,
        speed: asked.speed,
        start: None,
        webhooks,
        faults: faults.clone(),
        accounts,
    })
    .await?;
    let token_url = tokens.map(|tokens| sandbox.serve_tokens(tokens));
    say(address, token_url.transpose()?.as_deref());
    if !faults.is_empty() {
        let line = format!("note: this sandbox misbehaves as it was told: --fault {faults}");
        let _gone = writeln!(io::stderr().lock(), "{line}");
    }

    let (stop, stopped) = oneshot::channel();
    let serving = sandbox.serve(listener, async {
        stopped.await.ok();
    });
    tokio::pin!(serving);
    tokio::select! {
        done = &mut serving => return Ok(done?),
        () = signals.next() => {}
    }
    stop.send(()).ok();
    tokio::select! {
        done = serving => Ok(done?),
        () = signals.next() => Err(Stop::interrupted(
            "interrupted again before every request was answered",
        )),
    }
}

/// The first lines on stdout. Whoever does not read them does not want them.
fn say(address: SocketAddr, token_url: Option<&str>) {
    let mut stdout = io::stdout().lock();
    let _gone = writeln!(stdout, "listening on {address}")
        .and_then(|()| match token_url {
            Some(url) => writeln!(stdout, "token endpoint {url}"),
            None => Ok(()),
        })
        .and_then(|()| stdout.flush());
}

/// Listens where a flag says, and tells where that is.
async fn listen(flag: &str, address: SocketAddr) -> Result<(TcpListener, SocketAddr), Stop> {
    let told = |reason: io::Error| {
        let remedy = if reason.kind() == io::ErrorKind::AddrInUse {
            format!(
                " (another program listens there; {flag} {} takes a free port)",
                SocketAddr::new(address.ip(), 0)
            )
        } else {
            String::new()
        };
        Stop::failed(format!("cannot listen on {address}: {reason}{remedy}"))
    };
    let listener = TcpListener::bind(address).await.map_err(told)?;
    let address = listener.local_addr().map_err(told)?;
    Ok((listener, address))
}

impl From<AccountsError> for Stop {
    fn from(error: AccountsError) -> Self {
        Self::usage(error.to_string())
    }
}

impl From<SandboxError> for Stop {
    fn from(error: SandboxError) -> Self {
        match error {
            SandboxError::Setup(_) => Self::usage(error.to_string()),
            SandboxError::Ledger(_)
            | SandboxError::Webhooks(_)
            | SandboxError::Tokens(_)
            | SandboxError::Stopped(_) => Self::failed(error.to_string()),
        }
    }
}
