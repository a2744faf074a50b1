//! From settings to a client: of a service over the network, or of a sandbox in this process.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use tokio::sync::watch;
use tokio::time::timeout;

use super::Stop;
use crate::api::{self, Client, Dial};
use crate::call::ProjectName;
use crate::config::{Service, Settings, Target};
use crate::placement::{Journal, LOOK_FOR, Placer};
use crate::runtime;
use crate::sandbox::{self, Pipe, Sandbox};

/// For how long the embedded sandbox may put its things away.
pub(super) const FAREWELL: Duration = Duration::from_millis(500);

/// A service that a command speaks to until it has done its work.
pub(super) struct Connected {
    pub(super) client: Client,
    /// The service itself, if it is in this process.
    sandbox: Option<Sandbox>,
}

impl Connected {
    /// Connects to what was configured. A service over the network is not asked anything yet.
    pub(super) async fn to(target: &Target) -> Result<Self, Stop> {
        match target {
            Target::Service(service) => Ok(Self {
                client: client(service)?,
                sandbox: None,
            }),
            Target::Sandbox { project } => Ok(Self::to_sandbox(project.clone()).await?),
        }
    }

    async fn to_sandbox(project: ProjectName) -> anyhow::Result<Self> {
        let sandbox = Sandbox::start(sandbox::Setup {
            projects: vec![project.clone()],
            ..sandbox::Setup::default()
        });
        let sandbox = sandbox
            .await
            .context("the embedded sandbox does not start")?;
        let (_, told) = watch::channel(Some(sandbox.pipe()));
        Ok(Self {
            client: api::over_pipe(dial(told), project),
            sandbox: Some(sandbox),
        })
    }

    /// Ends what was started.
    pub(super) async fn end(self) {
        if let Some(sandbox) = self.sandbox {
            timeout(FAREWELL, sandbox.shutdown()).await.ok();
        }
    }
}

/// A client of a service over the network.
pub(super) fn client(service: &Service) -> Result<Client, Stop> {
    let target = api::Target {
        credentials: service.credentials()?,
        endpoint: service.endpoint.clone(),
        project: service.project.clone(),
        now: runtime::now,
    };
    Ok(api::connect(target)?)
}

/// Places calls as configured at the service of a client. A sandbox in this process has no journal:
/// what an earlier run has left unknown went with that run.
pub(super) fn placer(client: Client, settings: &Settings) -> Placer {
    let journal = match settings.target {
        Target::Sandbox { .. } => None,
        Target::Service(_) => Some(match settings.journal.clone() {
            Some(path) => Journal::at(path),
            None => Journal::nowhere(),
        }),
    };
    Placer {
        client,
        journal,
        label: settings.ticket_label,
        look_for: LOOK_FOR,
        clock: runtime::now,
    }
}

/// Connects to the sandbox of this process as soon as it is up.
pub(super) fn dial(told: watch::Receiver<Option<Pipe>>) -> Dial {
    Arc::new(move || {
        let mut told = told.clone();
        Box::pin(async move {
            let gone = |_| io::Error::other("the embedded sandbox did not start");
            let pipe = told.wait_for(Option::is_some).await.map_err(gone)?.clone();
            match pipe {
                Some(pipe) => pipe.connect().await,
                None => Err(io::Error::other("the embedded sandbox is not up yet")),
            }
        })
    })
}
