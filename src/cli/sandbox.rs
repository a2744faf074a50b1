//! `switchboard sandbox`: the Calls service over TCP, on this machine.

use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tracing::level_filters::LevelFilter;

use super::arguments::Sandbox as Asked;
use super::{Exit, Stop};
use crate::config::Environment;
use crate::logging::{self, harmless};
use crate::sandbox::{Faults, Sandbox, SandboxError, Setup};

/// Serves until it is told to stop.
pub(super) fn run(asked: Asked, environment: &Environment) -> Result<Exit, Stop> {
    let folder = environment.state_folder.as_deref();
    let _log = logging::start(folder, LevelFilter::WARN).unwrap_or_else(|notice| {
        let _gone = writeln!(io::stderr().lock(), "warning: {}", harmless(&notice));
        None
    });
    let runtime = super::runtime()?;
    let outcome = runtime.block_on(serve(asked));
    // What is still running after a second signal is not waited for.
    runtime.shutdown_timeout(Duration::from_millis(100));
    outcome.map(|()| Exit::Done)
}

async fn serve(asked: Asked) -> Result<(), Stop> {
    let faults = asked
        .faults
        .into_iter()
        .try_fold(Faults::default(), Faults::and)
        .map_err(|error| Stop::usage(format!("--fault: {error}")))?;
    let address = asked.listen;
    let listener = TcpListener::bind(address)
        .await
        .map_err(|reason| not_listening(address, &reason))?;
    let address = listener
        .local_addr()
        .map_err(|reason| not_listening(address, &reason))?;
    let mut signals = Signals::listen()
        .map_err(|reason| Stop::failed(format!("signals cannot be received: {reason}")))?;
    let sandbox = Sandbox::start(Setup {
        db: asked.db,
        projects: asked.projects,
        seed: asked.seed,
        salt: None,
        history: asked.history,
        rate: asked.rate,
        speed: asked.speed,
        start: None,
        faults: faults.clone(),
    })
    .await?;
    say(address);
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

/// The first line on stdout. Whoever does not read it does not want it.
fn say(address: SocketAddr) {
    let mut stdout = io::stdout().lock();
    let _gone = writeln!(stdout, "listening on {address}").and_then(|()| stdout.flush());
}

fn not_listening(address: SocketAddr, reason: &io::Error) -> Stop {
    let remedy = if reason.kind() == io::ErrorKind::AddrInUse {
        format!(
            " (another program listens there; --listen {}:0 takes a free port)",
            address.ip()
        )
    } else {
        String::new()
    };
    Stop::failed(format!("cannot listen on {address}: {reason}{remedy}"))
}

impl From<SandboxError> for Stop {
    fn from(error: SandboxError) -> Self {
        match error {
            SandboxError::Setup(_) => Self::usage(error.to_string()),
            SandboxError::Ledger(_) | SandboxError::Serve(_) | SandboxError::Stopped(_) => {
                Self::failed(error.to_string())
            }
        }
    }
}

/// The signals that ask a process to end.
struct Signals {
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
}

impl Signals {
    #[cfg(unix)]
    fn listen() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    #[cfg(unix)]
    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }

    #[cfg(not(unix))]
    fn listen() -> io::Result<Self> {
        Ok(Self {})
    }

    #[cfg(not(unix))]
    async fn next(&mut self) {
        tokio::signal::ctrl_c().await.ok();
    }
}
