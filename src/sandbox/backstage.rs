//! Behind the service: what no client can ask for. For tests that need the truth beside what is
//! served, and that bring about what chance seldom does.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::clock::Clock;
use super::desk::Desk;
use super::exchange::Project;
use super::faults::{self, Faults, Gate};
use super::ledger::{Ledger, LedgerError};
use super::page_token::TokenKey;
use super::server::{Limits, Pipe, Server};
use super::service::Service;

/// Calls that arrive at once, beside those that the rate brings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Surge {
    /// How many; child legs come on top.
    pub calls: u32,
    /// How long ago the first of them was created: what a slow exchange writes down late. The life
    /// of each begins with its creation, so that some may have ended.
    pub ago: Duration,
    /// Over how long a time, from that moment on, their creations are spread. Those that lie ahead
    /// arrive in their time.
    pub within: Duration,
    /// On how many moments they fall, one at least: calls of one moment share it to the nanosecond.
    pub moments: u32,
}

impl Surge {
    /// When each of them is created, in order.
    fn times(self, now: DateTime<Utc>) -> impl Iterator<Item = DateTime<Utc>> {
        let length = |length| TimeDelta::from_std(length).unwrap_or(TimeDelta::MAX);
        let first = now.checked_sub_signed(length(self.ago)).unwrap_or(now);
        let moments = self.moments.max(1);
        (0..self.calls).map(move |call| {
            let moment = u64::from(call) * u64::from(moments) / u64::from(self.calls.max(1));
            let share = self.within / moments * u32::try_from(moment).unwrap_or(moments);
            first.checked_add_signed(length(share)).unwrap_or(first)
        })
    }
}

/// The way behind a sandbox, for as long as that runs. It keeps what it needs of it alive: to be
/// dropped before the sandbox is shut down.
#[derive(Debug)]
pub struct Backstage {
    desk: Desk,
    clock: Clock,
    projects: Vec<Project>,
    pipe: Pipe,
    /// Loses its receivers with the gate.
    _open: watch::Sender<bool>,
    /// Aborted when dropped.
    _serving: JoinSet<()>,
}

/// What a way behind a sandbox is made of.
#[derive(Debug, Clone)]
pub(super) struct Behind {
    pub(super) desk: Desk,
    pub(super) clock: Clock,
    pub(super) ledger: Ledger,
    pub(super) key: TokenKey,
    pub(super) projects: Vec<Project>,
}

impl Backstage {
    pub(super) fn of(behind: Behind) -> Self {
        let Behind {
            desk,
            clock,
            ledger,
            key,
            projects,
        } = behind;
        let (open, stopping) = watch::channel(false);
        let gate = Gate::open(faults::Opening {
            faults: Faults::default(),
            seed: 0,
            clock,
            stopping,
        });
        let service = Service::new(gate, desk.clone(), ledger, key, projects.clone());
        let server = Server::new(Arc::new(service), Limits::default());
        let (pipe, task) = server.pipe(std::future::pending());
        let mut serving = JoinSet::new();
        serving.spawn(task);
        Self {
            desk,
            clock,
            projects,
            pipe,
            _open: open,
            _serving: serving,
        }
    }

    /// Connects to the same calls past all faults and without any account: what is read there is
    /// what the ledger holds.
    pub fn pipe(&self) -> Pipe {
        self.pipe.clone()
    }

    /// What the exchange's clock shows.
    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// Has calls arrive, in the first project. Once this answers, they are in the ledger.
    ///
    /// # Errors
    ///
    /// Fails when the ledger cannot take them.
    pub async fn surge(&self, surge: Surge) -> Result<(), LedgerError> {
        let Some(project) = self.projects.first() else {
            return Ok(());
        };
        let times = surge.times(self.clock.now()).collect();
        self.desk.arrive(project.clone(), times).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_surge_falls_on_its_moments() {
        let now = DateTime::UNIX_EPOCH;
        let surge = Surge {
            calls: 6,
            ago: Duration::from_secs(9),
            within: Duration::from_secs(6),
            moments: 3,
        };
        let seconds: Vec<i64> = surge.times(now).map(|time| time.timestamp()).collect();
        assert_eq!(seconds, [-9, -9, -7, -7, -5, -5]);
        assert_eq!(Surge { calls: 0, ..surge }.times(now).count(), 0);
        let at_once = Surge {
            moments: 0,
            ..surge
        };
        assert!(at_once.times(now).all(|time| time.timestamp() == -9));
    }
}
