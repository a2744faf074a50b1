//! Texts that `to` and `from` are compared with: a star stands for any run of characters, the empty
//! one included.

/// A text with stars in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    /// What stands before the first star, between two stars, after the last one. Always at least
    /// one; only the first and the last can be empty.
    pieces: Box<[Box<str>]>,
}

impl Pattern {
    /// Takes the texts between the stars; stars side by side are one.
    pub(super) fn new(pieces: &[String]) -> Self {
        let last = pieces.len().saturating_sub(1);
        let mut kept: Vec<Box<str>> = pieces
            .iter()
            .enumerate()
            .filter(|(at, piece)| *at == 0 || *at == last || !piece.is_empty())
            .map(|(_, piece)| piece.as_str().into())
            .collect();
        if kept.is_empty() {
            kept.push(Box::default());
        }
        Self {
            pieces: kept.into(),
        }
    }

    /// The texts before, between and after the stars; a single one where there is no star.
    pub fn pieces(&self) -> &[Box<str>] {
        &self.pieces
    }

    /// The whole text, if there is no star in it.
    pub fn exact(&self) -> Option<&str> {
        match &*self.pieces {
            [only] => Some(only),
            _ => None,
        }
    }

    /// What stands before the one star at the end, if that is the whole pattern.
    pub fn prefix(&self) -> Option<&str> {
        match &*self.pieces {
            [prefix, rest] if rest.is_empty() => Some(prefix),
            _ => None,
        }
    }

    /// Whether a text is such a text. An empty text means that the field is not set: it equals
    /// only the empty pattern, and no star stands for it (`api.md §6.3`).
    pub fn matches(&self, text: &str) -> bool {
        let (first, rest) = match &*self.pieces {
            [] => return text.is_empty(),
            [only] => return **only == *text,
            [first, rest @ ..] => (first, rest),
        };
        if text.is_empty() {
            return false;
        }
        let (Some(mut text), Some((last, between))) =
            (text.strip_prefix(&**first), rest.split_last())
        else {
            return false;
        };
        for piece in between {
            let Some((_, after)) = text.split_once(&**piece) else {
                return false;
            };
            text = after;
        }
        text.ends_with(&**last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn pattern(text: &str) -> Pattern {
        Pattern::new(&text.split('*').map(str::to_owned).collect::<Vec<_>>())
    }

    #[rstest]
    #[case("+61*", "+61491570156", true)]
    #[case("+61*", "+61", true)]
    #[case("+61*", "+6", false)]
    #[case("*56", "+61491570156", true)]
    #[case("+61*56", "+61491570156", true)]
    #[case("+61*56", "+6156", true)]
    #[case("+61*156", "+6156", false)]
    #[case("a*ba", "aba", true)]
    #[case("ab*ba", "aba", false)]
    #[case("*a*b*", "xaxbx", true)]
    #[case("*a*b*", "xbxax", false)]
    #[case("*aa*aa*", "aaa", false)]
    #[case("*", "x", true)]
    #[case("", "", true)]
    #[case("", "x", false)]
    #[case("x", "x", true)]
    #[case("x", "X", false)]
    fn stars_stand_for_any_run(#[case] text: &str, #[case] of: &str, #[case] fits: bool) {
        assert_eq!(pattern(text).matches(of), fits);
    }

    #[test]
    fn no_star_stands_for_a_field_that_is_not_set() {
        assert!(!pattern("*").matches(""));
        assert!(!pattern("**").matches(""));
        assert_eq!(pattern("**"), pattern("*"));
        assert_eq!(pattern("a***b"), pattern("a*b"));
    }
}
