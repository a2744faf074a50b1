//! Words that are looked for as such although they were probably meant otherwise: `faild`, `outbound`,
//! `2h`. What applies is what is written; this is only said of it.

use std::ops::Range;

use super::attribute::Attribute;
use super::criterion::Criterion;
use super::language::{SINCE, language};
use super::names::names_of;
use super::values;
use super::when::{Times, When};
use crate::call::excerpt;
use crate::filter::Expr;

/// A word that was probably meant otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Doubt {
    /// Where it stands, in bytes of the text.
    pub span: Range<usize>,
    /// The word, shortened if it is long.
    pub word: String,
    /// What to write for what was probably meant.
    pub meant: String,
}

/// What other people and other systems call it.
#[rustfmt::skip] // a table is read by its columns
const ALSO: &[(&str, &str)] = &[
    ("outbound", "outgoing"), ("inbound", "incoming"),
    ("failure", "failed"), ("failures", "failed"),
    ("missed", "not-answered"), ("unanswered", "not-answered"), ("noanswer", "not-answered"),
    ("answered", "state = completed, in-progress"),
    ("active", "in-progress"), ("ongoing", "in-progress"), ("live", "in-progress"),
    ("connected", "in-progress"), ("ended", "completed"), ("finished", "completed"),
    ("engaged", "busy"), ("declined", "rejected"), ("dialing", "starting"), ("dialling", "starting"),
    ("anonymous", "private"), ("withheld", "private"),
    ("telephone", "pstn"), ("phone", "pstn"),
];
/// Words shorter than this are near to too many others.
const SHORTEST: usize = 4;
/// From this length on two letters may be wrong.
const LONG: usize = 7;

/// The doubtful words of a tree, in their order in the text that it was read from.
pub(super) fn doubts(root: &Expr<Criterion>, text: &str) -> Vec<Doubt> {
    let mut found = Vec::new();
    each(root, text, &mut found);
    found
}

fn each(expr: &Expr<Criterion>, text: &str, found: &mut Vec<Doubt>) {
    match expr {
        Expr::And { parts, .. } | Expr::Or { parts, .. } => {
            for part in parts {
                each(part, text, found);
            }
        }
        Expr::Not { inner, .. } => each(inner, text, found),
        Expr::Restriction(leaf) => {
            let word = text.get(leaf.value_span.clone()).unwrap_or_default();
            // Whoever puts a word in quotes means the word.
            if matches!(leaf.condition, Criterion::Word(_))
                && !word.starts_with(['\'', '"'])
                && let Some(meant) = meant(word)
            {
                found.push(Doubt {
                    span: leaf.value_span.clone(),
                    word: excerpt(word).into_owned(),
                    meant,
                });
            }
        }
    }
}

/// What a word was probably meant to be.
fn meant(word: &str) -> Option<String> {
    let word = word.to_lowercase().replace('_', "-");
    if let Some((_, meant)) = ALSO
        .iter()
        .find(|(other, _)| *other == word.replace('-', ""))
    {
        return Some((*meant).to_owned());
    }
    let is_time = matches!(
        Times::parse(&word),
        Ok(Times::One(When::Latest(_) | When::At(_)))
    );
    if values::is_span(&word) || is_time {
        return Some(format!("{SINCE}:{word}"));
    }
    let names = names();
    // A part of a name finds the calls of that name.
    let finds = names.iter().any(|(name, _)| name.contains(&word));
    let length = word.chars().count();
    if finds || word.contains('*') || !(SHORTEST..=64).contains(&length) {
        return None;
    }
    let most = if length < LONG { 1 } else { 2 };
    let near = names
        .into_iter()
        .map(|(name, written)| (strsim::osa_distance(&word, &name), written))
        .filter(|(distance, _)| *distance <= most)
        .min_by_key(|(distance, _)| *distance);
    near.map(|(_, written)| written)
}

/// All that a word on its own can mean, and how it is written.
fn names() -> Vec<(String, String)> {
    let fields = [
        Attribute::State,
        Attribute::Direction,
        Attribute::Transport,
        Attribute::Method,
    ];
    let names = fields.into_iter().flat_map(names_of).copied();
    let plain = names.chain(["today", "yesterday"]);
    let plain = plain.map(|name| name.replace('_', "-"));
    let flags = language().fields.iter().map(|entry| match entry.attribute {
        Attribute::Flag(_) => (entry.name.to_owned(), entry.name.to_owned()),
        _ => (entry.name.to_owned(), entry.example.to_owned()),
    });
    plain
        .map(|name| (name.clone(), name))
        .chain(flags)
        .collect()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use crate::filter::Search;

    fn told(text: &str) -> Vec<(String, String)> {
        let doubts = Search::parse(text).unwrap().doubts(text).into_iter();
        doubts.map(|doubt| (doubt.word, doubt.meant)).collect()
    }

    #[rstest]
    #[case::letter_left_out("faild", "failed")]
    #[case::letters_swapped("incoming OR compelted", "completed")]
    #[case::in_any_case("NOT Faield", "failed")]
    #[case::without_its_hyphen("inprogress", "in-progress")]
    #[case::direction("incomming", "incoming")]
    #[case::another_word("Outbound", "outgoing")]
    #[case::another_word_with_a_hyphen("no-answer", "not-answered")]
    #[case::what_would_find_the_opposite("answered", "state = completed, in-progress")]
    #[case::flag("brigded", "bridged")]
    #[case::day("yesteday", "yesterday")]
    #[case::field("direciton", "direction = incoming")]
    #[case::length("last 2h", "since:2h")]
    #[case::time("10:00", "since:10:00")]
    fn a_word_that_was_probably_meant_otherwise_is_told(#[case] text: &str, #[case] meant: &str) {
        let told = told(text);
        assert_eq!(told.len(), 1, "{told:?}");
        assert_eq!(told[0].1, meant);
    }

    #[rstest]
    #[case::quoted("'faild' \"outbound\"")]
    #[case::what_it_is("failed outgoing private today")]
    #[case::beginning_of_a_name("progress queue* fai")]
    #[case::other_words("spring summer sales 491 +61491 sip:100@x INVALID_ARGUMENT bsy 日本語")]
    fn other_words_are_no_doubt(#[case] text: &str) {
        assert_eq!(told(text), []);
    }

    #[test]
    fn its_place_is_that_of_the_word() {
        let text = "label.x = 'ü' faild";
        let doubts = Search::parse(text).unwrap().doubts(text);
        assert_eq!(text.get(doubts[0].span.clone()), Some("faild"));
    }
}
