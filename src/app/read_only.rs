//! Whether calls can be placed at all: not with a profile that is read-only, and no longer once the
//! service has said that this account may not.

use crate::call::{Failure, FailureKind};

use super::App;

impl App {
    /// Whether calls can be placed.
    pub fn may_place(&self) -> bool {
        !self.setup.read_only && self.no_permission.is_none()
    }

    /// Why no calls can be placed, as a sentence; nothing if they can.
    pub fn why_read_only(&self) -> Option<String> {
        if self.setup.read_only {
            return Some(format!(
                "profile {} is read-only: no calls can be placed",
                self.setup.profile
            ));
        }
        let failure = self.no_permission.as_ref()?;
        Some(format!(
            "read-only since the service refused a call: {failure}"
        ))
    }

    /// Takes note of a refusal: without the permission no other call is placed either.
    pub(super) fn heed_refusal(&mut self, failure: &Failure) {
        if matches!(failure.kind, FailureKind::PermissionDenied { .. }) {
            self.no_permission = Some(failure.clone());
        }
    }

    /// The permission may have been granted meanwhile.
    pub(super) fn forget_refusal(&mut self) {
        self.no_permission = None;
    }
}
