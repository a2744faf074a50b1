//! How long a command goes on asking a service that does not answer. Only reads are asked again.

use std::time::Duration;

use tokio::time::Instant;

use crate::api::Backoff;
use crate::call::{Failure, FailureKind};

/// For how long nothing may be answered before a command gives up.
pub(super) const LONGEST: Duration = Duration::from_secs(120);

/// What is left of the will to ask again.
#[derive(Debug)]
pub(super) struct Patience {
    waits: Backoff,
    /// Whether anything was ever answered.
    began: bool,
    failing: Option<Instant>,
}

impl Patience {
    pub(super) fn new() -> Self {
        Self {
            waits: Backoff::new(uuid::Uuid::new_v4().as_u64_pair().0),
            began: false,
            failing: None,
        }
    }

    pub(super) fn answered(&mut self) {
        self.began = true;
        self.failing = None;
        self.waits.reset();
    }

    /// How long to wait before the same is asked again; nothing if there is no use in it. A service
    /// that was never there is not waited for: the address may be wrong.
    pub(super) fn after(&mut self, failure: &Failure, now: Instant) -> Option<Duration> {
        let since = *self.failing.get_or_insert(now);
        let is_there = self.began
            || failure.may_have_happened
            || !matches!(failure.kind, FailureKind::Unavailable);
        if !failure.passes() || !is_there || now - since >= LONGEST {
            return None;
        }
        let wait = self.waits.next()?;
        match failure.kind {
            FailureKind::ResourceExhausted {
                retry_after: Some(asked),
            } => Some(asked.min(LONGEST).max(wait / 4)),
            _ => Some(wait),
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn unreachable() -> Failure {
        Failure::new(FailureKind::Unavailable, "nobody is there")
    }

    #[rstest]
    #[case::away(Failure { may_have_happened: true, ..unreachable() }, true)]
    #[case::never_there(unreachable(), false)]
    #[case::slow(Failure::new(FailureKind::DeadlineExceeded, "late"), true)]
    #[case::refused(Failure::new(FailureKind::PermissionDenied { permission: None }, "no"), false)]
    fn only_what_may_pass_is_asked_again(#[case] failure: Failure, #[case] again: bool) {
        let wait = Patience::new().after(&failure, Instant::now());
        assert_eq!(wait.is_some(), again);
    }

    #[test]
    fn a_service_that_went_away_is_waited_for_and_not_for_ever() {
        let mut patience = Patience::new();
        let start = Instant::now();
        patience.answered();
        assert!(patience.after(&unreachable(), start).is_some());
        assert!(
            patience
                .after(&unreachable(), start + LONGEST - SECOND)
                .is_some()
        );
        assert_eq!(patience.after(&unreachable(), start + LONGEST), None);
        patience.answered();
        assert!(patience.after(&unreachable(), start + LONGEST).is_some());
    }

    #[test]
    fn it_waits_as_long_as_it_is_asked_to() {
        let kind = FailureKind::ResourceExhausted {
            retry_after: Some(SECOND * 7),
        };
        let wait = Patience::new().after(&Failure::new(kind, "slow down"), Instant::now());
        assert_eq!(wait, Some(SECOND * 7));
    }
}
