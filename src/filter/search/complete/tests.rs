//! What is offered where.

mod properties;

use rstest::rstest;

use super::*;
use crate::filter::language;
use crate::filter::search::attribute::{End, Text};

/// Values that were seen, in the order of their worth.
#[derive(Debug, Default)]
struct Known(Vec<(Attribute, Option<&'static str>, String)>);

impl Known {
    fn fits(begins: &str, texts: impl Iterator<Item = String> + Clone, most: usize) -> Vec<String> {
        let squeeze = |text: &str| text.to_lowercase().replace(' ', "");
        let begins = squeeze(begins);
        let first = texts
            .clone()
            .filter(|text| squeeze(text).starts_with(&begins));
        let within = texts.filter(|text| {
            squeeze(text)
                .get(1..)
                .is_some_and(|text| text.contains(&begins))
        });
        let mut all: Vec<String> = first.collect();
        for text in within {
            if !all.contains(&text) {
                all.push(text);
            }
        }
        all.truncate(most);
        all
    }
}

impl Seen for Known {
    fn values(
        &self,
        attribute: Attribute,
        key: Option<&str>,
        begins: &str,
        most: usize,
    ) -> Vec<String> {
        let of = self
            .0
            .iter()
            .filter(|(of, label, _)| *of == attribute && *label == key);
        Self::fits(begins, of.map(|(_, _, value)| value.clone()), most)
    }

    fn label_keys(&self, begins: &str, most: usize) -> Vec<String> {
        let keys = self
            .0
            .iter()
            .filter_map(|(_, key, _)| key.map(str::to_owned));
        Self::fits(begins, keys, most)
    }
}

fn known() -> Known {
    let to = Attribute::Party(End::To);
    let error = Attribute::Text(Text::Error);
    let known = [
        (to, None, "+61491570156"),
        (to, None, "sip:100@pbx.example"),
        (Attribute::Party(End::From), None, "+61255501234"),
        (error, None, "INVALID_HANDLER"),
        (error, None, "it's a * of \\"),
        (Attribute::Label, Some("campaign"), "spring"),
        (Attribute::Label, Some("campaign"), "late Spring"),
        (Attribute::Label, Some("my key"), "and"),
        (Attribute::Price, None, "AUD"),
    ];
    Known(
        known
            .map(|(attribute, key, value)| (attribute, key, value.to_owned()))
            .to_vec(),
    )
}

/// What is offered where a bar stands in a text: the replaced part, and the texts of the offers.
fn offered(marked: &str) -> (String, Vec<String>) {
    let cursor = marked.find('|').unwrap();
    let text = marked.replacen('|', "", 1);
    let completion = complete(&text, cursor, &known());
    let texts = completion.offers.into_iter().map(|offer| offer.text);
    (
        text.get(completion.replaces).unwrap().to_owned(),
        texts.collect(),
    )
}

#[rstest]
#[case::a_name("fai|", "fai", &["failed "])]
#[case::fields_before_values("sta|", "sta", &["state ", "starting "])]
#[case::letter_case("STA|", "STA", &["state ", "starting "])]
#[case::an_old_spelling("error_|", "error_", &["error ", "message "])]
#[case::within_a_name("coming|", "coming", &["incoming ", "incoming-call "])]
#[case::a_window("sin|", "sin", &["since:"])]
#[case::days("yes|", "yes", &["yesterday "])]
#[case::keyword("failed o|", "o", &["outgoing ", "OR "])]
#[case::no_keyword_first("o|", "o", &["outgoing "])]
#[case::no_keyword_in_front("(an|", "an", &[])]
#[case::no_second_not("not no|", "no", &["not-answered "])]
#[case::not("failed OR no|", "no", &["not-answered ", "NOT "])]
#[case::behind_a_keyword_and_a_minus("busy or-pri|", "pri", &["price ", "private "])]
#[case::the_whole_word("fa|il", "fail", &["failed "])]
#[case::operators("state|", "state", &["state = ", "state != ", "state:* "])]
#[case::operators_behind_a_blank("talk |", "", &["= ", "!= ", "< ", "<= ", "> ", ">= ", ":* "])]
#[case::half_an_operator("talk !|", "!", &["!= "])]
#[case::within_an_operator("talk <|= 5s", "<=", &["<"])]
#[case::values_of_a_name("direction = |", "", &["outgoing ", "incoming "])]
#[case::without_blanks("direction=i|", "i", &["incoming "])]
#[case::behind_a_colon("direction:|", "", &["outgoing ", "incoming ", "* "])]
#[case::lists("state = failed, b|", "b", &["busy "])]
#[case::longer_lists("state != failed, busy,b|", "b", &["busy "])]
#[case::lists_of_words("failed, b|", "b", &["busy "])]
#[case::underscores("state = in_|", "in_", &["in-progress "])]
#[case::flags("private = |", "", &["yes ", "no "])]
#[case::keys("label.|", "", &["campaign ", "campaign ", "'my key' "])]
#[case::keys_as_words("campai|", "campai", &["label.campaign "])]
#[case::keys_in_quotes("label.'m|", "'m", &["'my key' ", "'campaign' "])]
#[case::before_the_operator("label.c|= x", "c", &["campaign"])]
#[case::labels("label.campaign = |", "", &["spring ", "'late Spring' "])]
#[case::labels_within("label.campaign = SPR|", "SPR", &["spring ", "'late Spring' "])]
#[case::labels_behind_a_star("label.campaign = *late|", "*late", &["'late Spring' "])]
#[case::of_another_key("label.Campaign = |", "", &[])]
#[case::a_keyword_as_a_value("label.'my key' = |", "", &["'and' "])]
#[case::escapes("error = it|", "it", &[r"'it\'s a \* of \\' "])]
#[case::other_quotes("error = \"it|", "\"it", &[r#""it's a \* of \\" "#])]
#[case::closes_the_quote("error = 'INV| AND failed", "'INV", &["'INVALID_HANDLER'"])]
#[case::within_closed_quotes("error = 'IN|V' failed", "'INV'", &["'INVALID_HANDLER'"])]
#[case::a_quote_of_a_later_value("error = 'INV| to = 'x'", "'INV", &["'INVALID_HANDLER'"])]
#[case::numbers("to = +614|", "+614", &["+61491570156 "])]
#[case::numbers_with_blanks("to = '+61 491|", "'+61 491", &["'+61491570156' "])]
#[case::numbers_with_blanks_alone("to = +61 491 5|", "+61 491 5", &["+61491570156 "])]
#[case::addresses("to:sip:1|", "sip:1", &["'sip:100@pbx.example' "])]
#[case::numbers_anywhere("+612|", "+612", &["+61255501234 "])]
#[case::numbers_in_quotes_anywhere("'+61 4|", "'+61 4", &["'+61491570156' "])]
#[case::times("created > -1|", "-1", &["-1m ", "-1h ", "-1s ", "-1d ", "-1ms "])]
#[case::days_as_values("created < to|", "to", &["today "])]
#[case::ends_of_ranges("created = yesterday..n|", "yesterday..n", &["yesterday..now "])]
#[case::bounds("since:|", "", &["15m ", "1h ", "2h ", "24h ", "today ", "yesterday ", "7d "])]
#[case::bounds_of_a_number("until:3|", "3", &["3m ", "3h ", "3s ", "3d ", "3ms "])]
#[case::colon("since |", "", &[":"])]
#[case::lengths("talk<3|", "3", &["3m ", "3h ", "3s ", "3d ", "3ms "])]
#[case::currencies("price >= a|", "a", &["AUD "])]
#[case::behind_a_currency("price >= AUD |", "", &[])]
#[case::what_is_there_already("failed|", "failed", &[])]
#[case::the_same_in_quotes("state = 'FAILED'|", "'FAILED'", &[])]
#[case::present("error:*|", "*", &[])]
#[case::of_no_field("foo = b|", "b", &[])]
#[case::before_a_parenthesis("(fai|)", "fai", &["failed"])]
#[case::with_errors_around("state = = ) ( foo = 1 direction = in| created ..", "in", &["incoming"])]
#[case::the_value_behind_the_cursor("direction = |incoming", "incoming", &["outgoing "])]
#[case::a_restriction_behind_the_cursor("private = |since:2h", "", &["yes ", "no "])]
#[case::a_keyword_behind_the_cursor("private = | and busy", "", &["yes", "no"])]
#[case::a_field_before_its_operator("stat| = failed", "stat", &["state"])]
fn offers(#[case] marked: &str, #[case] replaced: &str, #[case] texts: &[&str]) {
    let (part, found) = offered(marked);
    assert_eq!(part, replaced);
    let mut texts = texts.to_vec();
    texts.dedup();
    assert_eq!(found, texts);
}

#[test]
fn where_a_restriction_begins_every_field_is_offered_and_what_it_means() {
    let completion = complete("", 0, &known());
    for entry in language().fields {
        let offer = completion
            .offers
            .iter()
            .find(|offer| offer.means == entry.means);
        assert!(
            offer.is_some_and(|offer| offer.text.starts_with(entry.name)),
            "{}",
            entry.name
        );
    }
    let texts: Vec<&str> = completion.offers.iter().map(|offer| &*offer.text).collect();
    for text in ["since:", "until:", "NOT ", "today "] {
        assert!(texts.contains(&text), "{text} in {texts:?}");
    }
    assert!(!texts.contains(&"AND "));
}

#[test]
fn what_is_a_name_and_a_value_can_go_on_as_both() {
    let (_, texts) = offered("sip |");
    for text in ["AND ", "OR ", "= ", "state "] {
        assert!(texts.contains(&text.to_owned()), "{text} in {texts:?}");
    }
}

#[test]
fn before_a_word_something_is_put_in_front_of_it() {
    let (part, texts) = offered("|failed");
    assert_eq!(part, "");
    assert!(texts.contains(&"state ".to_owned()));
}

#[test]
fn a_cursor_beyond_the_text_or_within_a_character_is_taken_for_the_nearest() {
    assert_eq!(complete("fai", 99, &()), complete("fai", 3, &()));
    assert_eq!(complete("é", 1, &()), complete("é", 0, &()));
}

#[test]
fn what_stands_there_is_not_offered_even_before_something_odd() {
    let label = Attribute::Label;
    let known = Known(vec![(label, Some("my *key'"), "x".to_owned())]);
    let text = r"label.'my \*key\''?";
    for cursor in 0..=text.len() {
        let completion = complete(text, cursor, &known);
        let there = text.get(completion.replaces).unwrap();
        for offer in completion.offers {
            assert_ne!(offer.text.trim_end(), there, "at {cursor}");
        }
    }
}
