//! The beginning of a text that came from outside, for sentences that repeat it: an error is read by
//! a person, and on its way there travels in a header, which has its bounds.

use std::borrow::Cow;

/// How many characters of a text are repeated at most.
const REPEATED: usize = 100;

/// The text itself, or its first 100 characters with `…` in place of the rest.
pub fn excerpt(text: &str) -> Cow<'_, str> {
    match text.char_indices().nth(REPEATED) {
        None => Cow::Borrowed(text),
        Some((at, _)) => Cow::Owned(format!("{}…", text.split_at(at).0)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_too_long_is_cut_and_never_within_a_character() {
        let fits = "é".repeat(REPEATED);
        assert_eq!(excerpt(&fits), fits);
        assert_eq!(excerpt(&format!("{fits}é")), format!("{fits}…"));
        assert_eq!(excerpt(""), "");
    }
}
