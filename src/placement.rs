//! Placing a call: sent once, and known either way.

use tokio::sync::mpsc;

use crate::api::Client;
use crate::call::{NewCall, Placement, Ticket};

/// What somebody wishes to call, under its ticket.
#[derive(Debug, Clone)]
pub struct Wish {
    /// Our id of the wish.
    pub ticket: Ticket,
    /// What to place.
    pub call: NewCall,
}

/// Sends the wish, once.
pub async fn place(client: Client, wish: Wish, progress: mpsc::Sender<Placement>) {
    drop(progress.send(Placement::Sending).await);
    let placement = match client.create_call(&wish.call).await {
        Ok(call) => Placement::Placed(Box::new(call)),
        Err(failure) => Placement::Refused(failure),
    };
    drop(progress.send(placement).await);
}
