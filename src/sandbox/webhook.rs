//! Webhooks: every transition of a call to a new state is told to the URL that it was placed with,
//! as `CALL_STATE_UPDATE` (`api.md §11`).
//!
//! ```text
//!   exchange ─► desk ─► ledger: the change and its delivery, in one transaction
//!                         │  ▲
//!              headings   ▼  │   delivered, postponed, dropped
//!                       courier ──── POST, signed ────► receiver
//! ```
//!
//! The exchange waits for nobody: what it announces is written down, and delivered when that can be.

mod courier;
mod key;
mod post;
mod round;
mod target;

use std::sync::Arc;

use tokio::sync::{Notify, oneshot};

use super::clock::Clock;
use super::ledger::Ledger;
use courier::Courier;
pub use key::WebhookKey;
use post::Post;
use target::Reach;
pub(super) use target::origin;

/// How webhooks are sent.
#[derive(Debug, Clone)]
pub struct Webhooks {
    /// What they are signed with.
    pub key: WebhookKey,
    /// Whether they go to other hosts than this machine too.
    pub anywhere: bool,
}

/// The task that has to run for webhooks to be delivered. It ends when the other end of `closing`
/// goes.
pub(super) fn courier(
    webhooks: Webhooks,
    clock: Clock,
    ledger: Ledger,
    bell: Arc<Notify>,
    closing: oneshot::Receiver<()>,
) -> Result<impl Future<Output = ()> + Send + 'static, reqwest::Error> {
    let Webhooks { key, anywhere } = webhooks;
    let reach = if anywhere {
        Reach::Anywhere
    } else {
        Reach::Loopback
    };
    let courier = Courier {
        carrier: Post::new(key, reach)?,
        clock,
        ledger,
        bell,
    };
    Ok(courier.run(closing))
}
