//! Whether the end of a text under edit is still being written: `sta` on its way to `state = failed`
//! is no word to look for yet.

use super::criterion::Criterion;
use super::language::{SINCE, UNTIL, language};
use crate::filter::Expr;
use crate::filter::grammar::KEYWORDS;

/// Whether the text ends in a word that may yet become a field's name or a keyword.
pub(super) fn is_unfinished(root: &Expr<Criterion>, text: &str) -> bool {
    let Expr::Restriction(last) = last(root) else {
        return false;
    };
    if !matches!(last.condition, Criterion::Word(_)) || last.value_span.end != text.len() {
        return false;
    }
    let word = text.get(last.value_span.clone()).unwrap_or_default();
    let begins = |name: &str| {
        name.len() > word.len()
            && name
                .get(..word.len())
                .is_some_and(|start| start.eq_ignore_ascii_case(word))
    };
    let fields = language().fields.iter();
    fields
        .flat_map(|entry| entry.also.iter().copied().chain([entry.name]))
        .chain(KEYWORDS)
        .chain([SINCE, UNTIL])
        .any(begins)
}

/// The leaf that was written last.
fn last(expr: &Expr<Criterion>) -> &Expr<Criterion> {
    match expr {
        Expr::And { parts, .. } | Expr::Or { parts, .. } => parts.last().map_or(expr, last),
        Expr::Not { inner, .. } => last(inner),
        Expr::Restriction(_) => expr,
    }
}
