//! The warning that the service does not apply the filter: as many words as there is room for.

use ratatui::text::Span;

use super::theme::{Role, Theme};

/// The warning in its lengths, the longest first. The shortest fits on the narrowest screen, beside
/// any filter.
pub(super) fn warnings(theme: Theme) -> [Span<'static>; 4] {
    let signs = theme.signs();
    let whole = format!(
        "the service did not apply the filter {} evaluated here",
        signs.dot
    );
    [
        &whole,
        "not applied by the service",
        "filter ignored",
        "ignored",
    ]
    .map(|told| Span::styled(format!("{} {told}", signs.doubt), theme.style(Role::Doubt)))
}
