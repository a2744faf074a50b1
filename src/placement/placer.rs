//! Who places: with which client, journal and label.

use std::time::Duration;

use chrono::{DateTime, Utc};
use futures_util::{StreamExt as _, stream};
use tokio::sync::mpsc;

use super::errand::Errand;
use super::journal::{Home, Journal, Keeping, Page, Unsettled};
use super::{Wish, errand};
use crate::api::Client;
use crate::call::{Placement, TicketLabel};

/// How many wishes of earlier runs are looked for at a time.
const AT_A_TIME: usize = 64;
/// Reports of a wish that may wait.
const WAITING: usize = 4;

/// Places calls, each at most once, and settles what earlier runs have left unknown. Cloning it is
/// cheap, and clones share one journal.
#[derive(Debug, Clone)]
pub struct Placer {
    /// The service, with the project.
    pub client: Client,
    /// Where wishes are written down before they are sent. Only a service that ends with this process
    /// can do without.
    pub journal: Option<Journal>,
    /// Whether calls carry their ticket.
    pub label: TicketLabel,
    /// For how long a call is looked for, from its sending on, before it is said that there is no trace
    /// of it: [`LOOK_FOR`](super::LOOK_FOR).
    pub look_for: Duration,
    /// This machine's time.
    pub clock: fn() -> DateTime<Utc>,
}

impl Placer {
    /// Carries out a wish and reports how far it has come. The request is sent once at most, and not
    /// at all if nobody takes the first report or if the journal cannot be written.
    ///
    /// Reports [`Placement::Sending`] when the request is about to leave, then either a settled state,
    /// or [`Placement::Unknown`] and later what became of it. A ticket that the journal or, if it was
    /// given, the service knows already is not sent again: what is known of it is reported, without
    /// [`Placement::Sending`]; only where it is certain that it made no call (refused, not sent) it
    /// may be sent now. Ends after a settled state, or when nobody takes the reports any more, or when
    /// the service refuses to be looked at for as long as looking takes: then the last report stays
    /// [`Placement::Unknown`] with the reason, and a later run goes on looking. While the service is
    /// out of reach it goes on looking.
    pub async fn place(&self, wish: Wish, progress: mpsc::Sender<Placement>) {
        match errand::prepared(self, wish) {
            Ok(page) => Errand::new(self, page, &progress).begin().await,
            Err(failure) => {
                let _ = progress.send(Placement::NotSent(failure)).await;
            }
        }
    }

    /// Settles what earlier runs have left unknown at this service, in the same way: each is reported
    /// as [`Placement::Unknown`] first, and then as what became of it. What another process that is
    /// still running takes care of is left to it. Ends when all are settled or nobody listens.
    ///
    /// # Errors
    ///
    /// Says why the journal cannot be read: then nobody knows what earlier runs have left.
    pub async fn recover(
        &self,
        progress: mpsc::Sender<(Unsettled, Placement)>,
    ) -> Result<(), String> {
        let Some(journal) = &self.journal else {
            return Ok(());
        };
        let left = journal.take_over(self.home(), (self.clock)()).await?;
        stream::iter(left)
            .for_each_concurrent(AT_A_TIME, |(page, keeping)| {
                self.settle_one(page, keeping, &progress)
            })
            .await;
        Ok(())
    }

    async fn settle_one(
        &self,
        page: Page,
        keeping: Keeping,
        progress: &mpsc::Sender<(Unsettled, Placement)>,
    ) {
        let mut wish = page.wish.clone();
        errand::forget_ticket(&mut wish.call);
        let (tell, mut told) = mpsc::channel(WAITING);
        let settling = async move {
            Errand::new(self, page, &tell).settle_left().await;
            drop(keeping);
        };
        let forward = async {
            loop {
                let report = tokio::select! {
                    report = told.recv() => report,
                    () = progress.closed() => None,
                };
                let Some(report) = report else { break };
                if progress.send((wish.clone(), report)).await.is_err() {
                    break;
                }
            }
            // Where nobody listens there is no need to go on.
            drop(told);
        };
        tokio::join!(settling, forward);
    }

    /// The project and the service that calls are placed at.
    pub(super) fn home(&self) -> Home {
        Home::of(self.client.place(), self.client.project())
    }
}
