//! The sandbox: the Calls service itself, on this machine.
//!
//! A complete implementation of the contract in `api.md`, with an exchange behind it that makes
//! traffic and carries placed calls through their lives (`sandbox.md`). It runs within the process
//! of the console, over an in-memory [`Pipe`], or by itself over TCP.
//!
//! ```text
//!   requests ─► service ──────── reads ───────► ledger (SQLite)
//!                  │                               ▲
//!                  └─ calls ─► desk ── writes ─────┘
//!                               │
//!                     exchange, driven by the clock
//! ```

mod backstage;
mod clock;
mod course;
mod desk;
mod exchange;
mod faults;
mod iam;
mod ledger;
mod page_token;
mod refusal;
mod server;
mod service;
mod webhook;
mod wire;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::net::TcpListener;
use tokio::sync::{oneshot, watch};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::call::ProjectName;
use backstage::Behind;
pub use backstage::{Backstage, Surge};
use clock::Clock;
use desk::Desk;
use exchange::{Exchange, Opening, Project};
use faults::Gate;
pub use faults::{FaultError, Faults};
pub use iam::{
    Accounts, AccountsError, IssuedKey, KeyError, KeyOrder, Permission, TOKEN_URL, issue_key,
};
use iam::{Iam, TokenEndpoint};
pub use ledger::LedgerError;
use ledger::{Ledger, Store};
pub use server::Pipe;
use server::{Limits, Server};
use service::Service;
pub use webhook::{WebhookKey, Webhooks};

/// How many calls may arrive a second at most: more than one ledger takes in.
pub const MAX_RATE: f64 = 1_000.0;
/// How fast the exchange's clock may run at most, as a factor: the longest call then lasts a few
/// seconds.
pub const MAX_SPEED: f64 = 1_000.0;
/// For how long requests in progress may go on once the sandbox is to stop.
const DRAIN: Duration = Duration::from_secs(5);

/// How a sandbox is to run.
#[derive(Debug, Clone)]
pub struct Setup {
    /// The ledger's file; without one, a temporary ledger that goes with the process.
    pub db: Option<PathBuf>,
    /// The projects that exist. All of them get traffic.
    pub projects: Vec<ProjectName>,
    /// What chance begins with: the same seed makes the same calls.
    pub seed: u64,
    /// What the names of calls are made unique with, beside the seed; without it, chance. A ledger
    /// keeps the one that it began with: the same seed, salt and times make the same names.
    pub salt: Option<u128>,
    /// How many calls of the past day an empty ledger starts with.
    pub history: u32,
    /// How many simulated calls arrive a second of the exchange's time: 0 for none, to
    /// [`MAX_RATE`].
    pub rate: f64,
    /// How many times as fast as the machine's the exchange's clock runs: above 0, to
    /// [`MAX_SPEED`].
    pub speed: f64,
    /// What the exchange's clock starts with; without it, the machine's time. An existing ledger
    /// that was written later wins. With tokio's time paused, the clock only moves with that.
    pub start: Option<DateTime<Utc>>,
    /// Tells the transitions of calls to their `state_update_uri`; nobody is told without it.
    pub webhooks: Option<Webhooks>,
    /// How it is to misbehave; what happens by chance follows from the seed.
    pub faults: Faults,
    /// Who may do what; without accounts everybody may do everything.
    pub accounts: Option<Accounts>,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            db: None,
            projects: ProjectName::parse("demo").into_iter().collect(),
            seed: 1,
            salt: None,
            history: 2_000,
            rate: 0.5,
            speed: 1.0,
            start: None,
            webhooks: None,
            faults: Faults::default(),
            accounts: None,
        }
    }
}

/// Why a sandbox does not run, as a sentence.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// The setup makes no sense.
    #[error("{0}")]
    Setup(&'static str),
    /// The ledger cannot be used.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// A part of a running sandbox has come to an end by itself.
    #[error("the sandbox has failed: {0} has stopped (the log may say why); start it again")]
    Stopped(&'static str),
    /// There is no way to send webhooks.
    #[error("webhooks cannot be sent: {0}")]
    Webhooks(String),
    /// The token endpoint cannot be served.
    #[error("the token endpoint cannot be served: {0}")]
    Tokens(std::io::Error),
}

/// A running sandbox. Dropping it ends it at once; what was answered is on disk.
#[derive(Debug)]
pub struct Sandbox {
    server: Server,
    iam: Iam,
    tokens: TokenEndpoint,
    pipe: Pipe,
    behind: Behind,
    /// Dropped to have the pipes served no longer.
    open: oneshot::Sender<()>,
    /// Dropped to have no more webhooks sent.
    sending: oneshot::Sender<()>,
    /// Turns true when it is to stop: what a fault keeps waiting is let go.
    stopping: watch::Sender<bool>,
    // Each of these is aborted when dropped.
    serving: JoinSet<()>,
    desk: JoinSet<()>,
    /// Empty without webhooks.
    courier: JoinSet<()>,
    ledger: JoinSet<()>,
}

impl Sandbox {
    /// Opens the ledger, makes the history of an empty one, and lets the exchange run.
    ///
    /// # Errors
    ///
    /// Fails on a setup that makes no sense, and on a ledger that cannot be used.
    pub async fn start(setup: Setup) -> Result<Self, SandboxError> {
        check(&setup)?;
        let iam = Iam::new(setup.accounts.clone())?;
        let speed = setup.speed;
        let webhooks = setup.webhooks.clone();
        let (chance, faults) = (setup.seed, setup.faults.clone());
        // Opening, and filling an empty ledger, is work for a thread that may block.
        let opened = tokio::task::spawn_blocking(move || open(&setup)).await;
        let Opened {
            store,
            exchange,
            projects,
            now,
        } = opened.map_err(|error| LedgerError::Failed(error.to_string()))??;
        let key = store.token_key()?;
        let bell = store.bell();
        let (ledger, ledger_task) = Ledger::of(store)?;
        let clock = Clock::start(now, speed);
        let (sending, closing) = oneshot::channel();
        let mut courier = JoinSet::new();
        if let Some(webhooks) = webhooks {
            let task = webhook::courier(webhooks, clock, ledger.clone(), bell, closing);
            courier.spawn(task.map_err(|error| SandboxError::Webhooks(error.to_string()))?);
        }
        let (desk, desk_task) = Desk::of(exchange, clock, ledger.clone());
        let (stopping, stops) = watch::channel(false);
        let gate = Gate::open(faults::Opening {
            faults,
            seed: chance,
            clock,
            stopping: stops,
        });
        let behind = Behind {
            desk: desk.clone(),
            clock,
            ledger: ledger.clone(),
            key: key.clone(),
            projects: projects.clone(),
        };
        let service = Service::new(gate, desk, ledger, key, projects).guarded_by(iam.clone());
        let service = Arc::new(service);
        let (open, closed) = oneshot::channel::<()>();
        let server = Server::new(service, Limits::default());
        let (pipe, pipe_task) = server.pipe(async {
            closed.await.ok();
        });
        Ok(Self {
            server,
            iam,
            tokens: TokenEndpoint::default(),
            pipe,
            behind,
            open,
            sending,
            stopping,
            serving: alone(pipe_task),
            desk: alone(desk_task),
            courier,
            ledger: alone(ledger_task),
        })
    }

    /// Connects within this process. The pipe works until the sandbox is dropped or shut down.
    pub fn pipe(&self) -> Pipe {
        self.pipe.clone()
    }

    /// The way behind the service, past its faults.
    pub fn backstage(&self) -> Backstage {
        Backstage::of(self.behind.clone())
    }

    /// Serves the token endpoint beside the service, from now until the sandbox ends, and tells its
    /// URL. One that is served already ends.
    ///
    /// # Errors
    ///
    /// Fails for a sandbox without accounts, and if the listener cannot be served.
    pub fn serve_tokens(&mut self, listener: TcpListener) -> Result<String, SandboxError> {
        let Iam::Guarded(guard) = &self.iam else {
            return Err(SandboxError::Setup("a token endpoint needs accounts"));
        };
        let (endpoint, url) =
            TokenEndpoint::serve(Arc::clone(guard), listener).map_err(SandboxError::Tokens)?;
        self.tokens = endpoint;
        Ok(url)
    }

    /// Serves over TCP until `shutdown`, lets the requests in progress finish for some seconds, and
    /// ends.
    ///
    /// # Errors
    ///
    /// Fails when the exchange or the ledger stops by itself.
    pub async fn serve(
        mut self,
        listener: TcpListener,
        shutdown: impl Future<Output = ()>,
    ) -> Result<(), SandboxError> {
        let (stopped, stopping) = oneshot::channel();
        let let_go = self.stopping.clone();
        let stop = async move {
            shutdown.await;
            let_go.send_replace(true);
            stopped.send(()).ok();
        };
        let serving = self.server.clone().tcp(listener, stop);
        let too_late = async move {
            stopping.await.ok();
            sleep(DRAIN).await;
        };
        let outcome = tokio::select! {
            () = serving => Ok(()),
            () = too_late => Ok(()),
            error = self.failed() => Err(error),
        };
        self.shutdown().await;
        outcome
    }

    /// Waits for a part of the sandbox to come to an end by itself, after which it answers nothing
    /// that is of use; for good if all goes well. Giving up waiting does no harm.
    pub async fn failed(&mut self) -> SandboxError {
        let part = tokio::select! {
            // The desk ends after the ledger did, and not the other way round.
            biased;
            _ = self.ledger.join_next() => "its ledger",
            _ = self.desk.join_next() => "its exchange",
            Some(_) = self.courier.join_next() => "its webhooks",
            _ = self.serving.join_next() => "its server",
            () = self.tokens.ended() => "its token endpoint",
        };
        SandboxError::Stopped(part)
    }

    /// Ends: requests in progress may finish for some seconds, then the ledger is closed.
    pub async fn shutdown(self) {
        let Self {
            server,
            iam: _,
            tokens,
            pipe,
            behind,
            open,
            sending,
            stopping,
            mut serving,
            mut desk,
            mut courier,
            mut ledger,
        } = self;
        drop((server, pipe, behind, open, stopping));
        let last_answers = timeout(DRAIN, serving.join_next());
        tokio::join!(tokens.shutdown(DRAIN), last_answers).1.ok();
        serving.shutdown().await;
        // What the exchange has not written down yet happens again after a restart.
        desk.shutdown().await;
        // What is not delivered yet is after a restart, if the ledger lasts.
        drop(sending);
        timeout(DRAIN, courier.join_next()).await.ok();
        courier.shutdown().await;
        timeout(DRAIN, ledger.join_next()).await.ok();
        ledger.shutdown().await;
    }
}

/// A task that ends with its owner.
fn alone(task: impl Future<Output = ()> + Send + 'static) -> JoinSet<()> {
    let mut tasks = JoinSet::new();
    tasks.spawn(task);
    tasks
}

fn check(setup: &Setup) -> Result<(), SandboxError> {
    if setup.projects.is_empty() {
        return Err(SandboxError::Setup("the sandbox needs a project"));
    }
    if !(0.0..=MAX_RATE).contains(&setup.rate) {
        return Err(SandboxError::Setup(
            "the rate is a number of calls a second: 0 to 1000",
        ));
    }
    if !(setup.speed > 0.0 && setup.speed <= MAX_SPEED) {
        return Err(SandboxError::Setup(
            "the speed is a factor above 0, up to 1000: 1 for the machine's own",
        ));
    }
    Ok(())
}

struct Opened {
    store: Store,
    exchange: Exchange,
    projects: Vec<Project>,
    now: DateTime<Utc>,
}

fn open(setup: &Setup) -> Result<Opened, LedgerError> {
    let mut store = Store::open(setup.db.as_deref())?;
    let projects: Vec<Project> = store
        .projects(&setup.projects)?
        .into_iter()
        .map(|(name, key)| Project {
            key,
            name: name.as_str().to_owned(),
        })
        .collect();
    let start = setup.start.unwrap_or_else(clock::machine_time);
    let now = store.latest()?.map_or(start, |latest| latest.max(start));
    let mut exchange = Exchange::open(Opening {
        seed: setup.seed,
        salt: store.salt(setup.salt)?,
        rate: setup.rate,
        projects: projects.clone(),
        next_serial: store.next_serial()?,
        now,
        announces: setup.webhooks.is_some(),
        faults: setup.faults.clone(),
    });
    if store.is_empty()? {
        store.begin(exchange.history(setup.history as usize, now), now)?;
    } else {
        let entries = exchange.resume(store.recall()?, now);
        store.write(&entries, now)?;
    }
    Ok(Opened {
        store,
        exchange,
        projects,
        now,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    async fn quiet() -> Sandbox {
        let setup = Setup {
            history: 0,
            rate: 0.0,
            ..Setup::default()
        };
        Sandbox::start(setup).await.unwrap()
    }

    #[rstest]
    #[case::ledger(|sandbox: &mut Sandbox| sandbox.ledger.abort_all(), "its ledger")]
    #[case::desk(|sandbox: &mut Sandbox| sandbox.desk.abort_all(), "its exchange")]
    #[tokio::test]
    async fn a_sandbox_without_one_of_its_parts_serves_no_longer(
        #[case] end: fn(&mut Sandbox),
        #[case] part: &str,
    ) {
        let mut sandbox = quiet().await;
        end(&mut sandbox);
        assert!(sandbox.failed().await.to_string().contains(part));

        let mut sandbox = quiet().await;
        end(&mut sandbox);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let served = sandbox.serve(listener, std::future::pending()).await;
        let error = served.unwrap_err();
        assert!(matches!(error, SandboxError::Stopped(_)), "{error}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_sandbox_that_runs_has_not_failed() {
        let mut sandbox = quiet().await;
        assert!(timeout(DRAIN, sandbox.failed()).await.is_err());
    }
}
