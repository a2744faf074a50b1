//! What somebody wishes to place: the input half of a call (`api.md §5`).

use super::{Labels, Options};

/// The input fields of a CreateCall request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NewCall {
    /// The number to call, `+E.164`; the service places PSTN calls only.
    pub to: String,
    /// The caller's number, `+E.164`.
    pub from: String,
    /// Whether to withhold the caller's number.
    pub is_private: bool,
    /// The project's own data.
    pub labels: Labels,
    /// Handlers, webhook, timeout and recording.
    pub options: Options,
}
