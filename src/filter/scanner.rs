//! Reads the text of a filter piece by piece, and knows where it is.

use std::ops::Range;

/// How other languages write keywords that join conditions.
pub(super) const JOINTS: [(&str, &str); 2] = [("&&", "AND"), ("||", "OR")];

/// A place in a text.
#[derive(Debug)]
pub(super) struct Scanner<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Scanner<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    /// The byte that comes next.
    pub(super) fn at(&self) -> usize {
        self.at
    }

    /// The whole text.
    pub(super) fn text(&self) -> &'a str {
        self.text
    }

    /// Goes back to a place where it has been.
    pub(super) fn rewind(&mut self, at: usize) {
        self.at = at.min(self.at);
    }

    /// All that comes.
    pub(super) fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// The character that comes next.
    pub(super) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    /// Where the next character stands; at the end, an empty span.
    pub(super) fn next_span(&self) -> Range<usize> {
        self.at..self.at + self.peek().map_or(0, char::len_utf8)
    }

    /// Goes past the next character.
    pub(super) fn bump(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += c.len_utf8();
        Some(c)
    }

    /// Goes past blanks: space, tab, carriage return and line feed.
    pub(super) fn skip_blanks(&mut self) {
        self.take_while(is_blank);
    }

    /// Goes past all characters of a kind.
    pub(super) fn take_while(&mut self, kind: impl Fn(char) -> bool) -> &'a str {
        let rest = self.rest();
        let end = rest.find(|c| !kind(c)).unwrap_or(rest.len());
        self.at += end;
        rest.split_at(end).0
    }

    /// The same up to where one of the operators stands by which other languages join conditions.
    pub(super) fn take_to_joint(&mut self, kind: impl Fn(char) -> bool) -> &'a str {
        let start = self.at;
        let word = self.take_while(kind);
        let joint = JOINTS
            .iter()
            .filter_map(|(joint, _)| word.find(joint))
            .min();
        let (word, _) = word.split_at(joint.unwrap_or(word.len()));
        self.at = start + word.len();
        word
    }

    /// Whether such an operator comes next.
    pub(super) fn at_joint(&self) -> bool {
        JOINTS
            .iter()
            .any(|(joint, _)| self.rest().starts_with(joint))
    }

    /// Goes past a text, if it comes next.
    pub(super) fn eat(&mut self, text: &str) -> bool {
        let comes = self.rest().starts_with(text);
        if comes {
            self.at += text.len();
        }
        comes
    }

    /// Goes past a keyword, if it comes next as a whole word.
    pub(super) fn eat_keyword(&mut self, keyword: &str) -> bool {
        let comes = self
            .rest()
            .strip_prefix(keyword)
            .is_some_and(|after| !after.starts_with(is_name));
        if comes {
            self.at += keyword.len();
        }
        comes
    }

    /// The same for a keyword in any letter case.
    pub(super) fn eat_keyword_in_any_case(&mut self, keyword: &str) -> bool {
        let rest = self.rest();
        let comes = rest
            .get(..keyword.len())
            .is_some_and(|word| word.eq_ignore_ascii_case(keyword))
            && rest
                .get(keyword.len()..)
                .is_some_and(|after| !after.starts_with(is_name));
        if comes {
            self.at += keyword.len();
        }
        comes
    }

    /// Whether a value may end here: at a blank, a parenthesis or the end.
    pub(super) fn at_boundary(&self) -> bool {
        self.peek()
            .is_none_or(|c| is_blank(c) || c == '(' || c == ')')
    }
}

pub(super) fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r' | '\n')
}

/// What a word without quotes may be made of.
pub(super) fn is_bare(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '+' | '.' | ':' | '@' | '*' | '/' | '-')
}

/// What the name of a field may be made of; more than the six names need, so that a wrong name is
/// shown whole.
pub(super) fn is_name(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '.')
}
