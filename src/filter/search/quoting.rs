//! How a text is written so that it means itself, and what a half-written one means.

use super::criterion::is_key;
use super::read::is_value;
use crate::filter::grammar::KEYWORDS;
use crate::filter::scanner::JOINTS;

/// What somebody has written of a value so far.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Typed {
    /// The text, without quotes and escapes, and without stars in front of it.
    pub(super) text: String,
    /// Whether a star in it stands for others: then no value that was seen is what it means.
    pub(super) is_pattern: bool,
}

impl Typed {
    pub(super) fn bare(text: &str) -> Self {
        let text = text.trim_start_matches('*');
        Self {
            text: text.to_owned(),
            is_pattern: text.contains('*'),
        }
    }

    /// Of a text in quotes, without the quotes. Escapes that do not exist stand for what they escape.
    pub(super) fn quoted(text: &str) -> Self {
        let mut typed = Self {
            text: String::with_capacity(text.len()),
            is_pattern: false,
        };
        let mut chars = text.trim_start_matches('*').chars();
        while let Some(c) = chars.next() {
            match c {
                '\\' => typed.text.extend(chars.next()),
                '*' => {
                    typed.is_pattern = true;
                    typed.text.push('*');
                }
                c => typed.text.push(c),
            }
        }
        typed
    }
}

/// A value, in quotes where it needs them or somebody has opened them.
pub(super) fn value(text: &str, quote: Option<char>) -> String {
    written(&[text], quote)
}

/// The same with stars between the pieces of a value, which stand for any run of characters.
pub(super) fn written(pieces: &[&str], quote: Option<char>) -> String {
    match quote {
        Some(quote) => quoted(pieces, quote),
        None if is_plain(pieces) => pieces.join("*"),
        None => quoted(pieces, '\''),
    }
}

/// The key of a label, likewise.
pub(super) fn key(text: &str, quote: Option<char>) -> String {
    match quote {
        Some(quote) => quoted(&[text], quote),
        None if !text.is_empty() && text.chars().all(is_key) => text.to_owned(),
        None => quoted(&[text], '\''),
    }
}

/// Whether pieces with stars between them are read as themselves without quotes wherever a value can
/// stand.
fn is_plain(pieces: &[&str]) -> bool {
    let plain = |c: char| is_value(c) && !c.is_whitespace() && !matches!(c, '\\' | '*');
    let text = pieces.join("*");
    !text.is_empty()
        && pieces.iter().all(|piece| piece.chars().all(plain))
        && !text.starts_with(['=', '<', '>', '!'])
        && !JOINTS.iter().any(|(joint, _)| text.contains(joint))
        // Behind `sip:` an address would be a word of its own.
        && !text.contains('@')
        && !is_keyword(&text)
}

fn is_keyword(text: &str) -> bool {
    KEYWORDS.iter().any(|key| key.eq_ignore_ascii_case(text))
}

/// Whether a text that was written without quotes stands for itself: it is no keyword, and no star in
/// it stands for others.
pub(super) fn reads_itself(text: &str) -> bool {
    !text.contains('*') && !is_keyword(text)
}

fn quoted(pieces: &[&str], quote: char) -> String {
    let mut text = String::from(quote);
    for (at, piece) in pieces.iter().enumerate() {
        if at > 0 {
            text.push('*');
        }
        for c in piece.chars() {
            if c == quote || matches!(c, '\\' | '*') {
                text.push('\\');
            }
            text.push(c);
        }
    }
    text.push(quote);
    text
}
