//! Following one call to its end, state by state.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::api::{Backoff, Client};
use crate::call::{Call, Failure};

/// How often a call is read while nothing goes wrong.
const EVERY: Duration = Duration::from_secs(1);
/// For how long a service that is away is asked again.
const PATIENCE: Duration = Duration::from_secs(300);

/// A call that is followed.
#[derive(Debug)]
pub(super) struct Follow {
    client: Client,
    call: Call,
}

impl Follow {
    /// Follows a call from what is known of it.
    pub(super) fn new(client: Client, call: Call) -> Self {
        Self { client, call }
    }

    /// The call as soon as it has come to another state; nothing once it is over.
    ///
    /// # Errors
    ///
    /// The service refuses to tell, or has been away for five minutes.
    pub(super) async fn next(&mut self) -> Result<Option<&Call>, Failure> {
        if !self.call.is_open() {
            return Ok(None);
        }
        let mut backoff = Backoff::new(0);
        let mut wait = EVERY;
        let mut away_since: Option<Instant> = None;
        loop {
            sleep(wait).await;
            match self.client.get_call(&self.call.name).await {
                Ok(call) if call.state == self.call.state && call.is_open() => {
                    backoff.reset();
                    (wait, away_since) = (EVERY, None);
                }
                Ok(call) => {
                    self.call = call;
                    return Ok(Some(&self.call));
                }
                Err(failure) => {
                    let since = *away_since.get_or_insert_with(Instant::now);
                    if !failure.passes() || since.elapsed() > PATIENCE {
                        return Err(failure);
                    }
                    wait = backoff.next().unwrap_or(EVERY);
                }
            }
        }
    }
}
