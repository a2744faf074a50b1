//! What makes the feed hurry, and what it tells beside the calls.

use std::time::Duration;

use tokio::time::Instant;

use super::{Feed, Watch};
use crate::call::Link;
use crate::feed::Event;

/// How soon a try follows a failed one, however much somebody hurries.
const LEAST_REST: Duration = Duration::from_millis(500);

impl Feed {
    /// Goes over to the full pace; a poll that would come later comes as soon as it allows, and a try
    /// after a failure at once.
    pub(super) fn hurry(&mut self) {
        self.tempo.stir();
        let Some(at) = self.next_poll.filter(|_| self.polling.is_none()) else {
            return;
        };
        let now = Instant::now();
        let rest = match self.link {
            Link::Live { .. } => self.tempo.every(now),
            Link::Connecting | Link::Retrying { .. } | Link::Refused { .. } | Link::Paused => {
                LEAST_REST
            }
        };
        let soon = (self.polled_at + rest).max(now + self.bucket.closed_for());
        if soon >= at {
            return;
        }
        self.next_poll = Some(soon);
        match self.link.clone() {
            Link::Live { .. } => self.tell_alive(),
            Link::Retrying { failure, .. } => {
                let wait = soon.saturating_duration_since(now);
                self.set_link(Link::Retrying { failure, wait });
            }
            Link::Connecting | Link::Refused { .. } | Link::Paused => {}
        }
    }

    /// Whether a poll may begin: nothing is asked twice at the same time, and history may be reading
    /// the very pages that a head does.
    pub(super) fn may_poll(&self) -> bool {
        let take_turns = self.watch.as_ref().is_some_and(Watch::takes_turns);
        self.polling.is_none() && !(take_turns && self.stepping.is_some())
    }

    /// From the poll before to the next one: what was meant, or whole seconds where polls take longer.
    pub(super) fn cycle(&self) -> Duration {
        let meant = self.tempo.every(Instant::now());
        let next = self.next_poll.filter(|_| self.polling.is_none());
        match next.map(|at| at.saturating_duration_since(self.polled_at)) {
            Some(takes) if takes > meant => Duration::from_secs_f64(takes.as_secs_f64().ceil()),
            Some(_) | None => meant,
        }
    }

    /// Tells with each answer what is known beside the calls: how much was asked so far, and the
    /// service's clock. That may not have changed, but this machine's may.
    pub(super) fn tell_asked(&mut self) {
        let asked = self.bucket.count();
        if asked == self.told {
            return;
        }
        self.told = asked;
        self.outbox.push_back(Event::Asked(asked));
        if let Some((service, at)) = self.client.service_time() {
            self.outbox.push_back(Event::Clock { service, at });
        }
    }
}
