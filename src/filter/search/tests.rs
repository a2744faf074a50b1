//! The console's dialect as a whole: what is read, what is refused, and what must hold of any text.

mod edit;
mod errors;
mod naive;
mod properties;
mod sieve;
mod times;
mod told;
mod trees;

use rstest::rstest;

use super::*;
use crate::filter::Filter;

fn search(text: &str) -> Search {
    Search::parse(text).unwrap_or_else(|error| panic!("{text:?}: {error}"))
}

#[rstest]
#[case::blank(" \t", "")]
#[case::the_issue_s_example(
    "failed since:2h label.campaign=spring talk<5s",
    "state = FAILED AND created >= -2h AND label.campaign = 'spring' AND talk < 5s"
)]
#[case::states_as_the_screen_spells_them(
    "not answered OR In  Progress NOT not answered",
    "state = NOT_ANSWERED OR state = IN_PROGRESS AND NOT state = NOT_ANSWERED"
)]
#[case::words_that_only_begin_so(
    "not answeredx not 'answered' in progression",
    "NOT 'answeredx' AND NOT 'answered' AND 'in' AND 'progression'"
)]
#[case::any_case(
    "STATE = Failed Or Direction=incoming",
    "state = FAILED OR direction = INCOMING"
)]
#[case::lower_keywords(
    "not busy and (failed or sip)",
    "NOT state = BUSY AND state = FAILED OR transport = SIP"
)]
#[case::list("state = failed,  busy", "state = FAILED OR state = BUSY")]
#[case::list_of_not("state != failed, busy", "state != FAILED AND state != BUSY")]
#[case::list_of_words("failed, busy", "state = FAILED OR state = BUSY")]
#[case::list_in_or("id = a, b or busy", "id = 'a' OR id = 'b' OR state = BUSY")]
#[case::signs_for_keywords(
    "failed||busy && !(private&&bridged) ! sip",
    "state = FAILED OR state = BUSY AND NOT (private = yes AND bridged = yes) AND NOT transport = SIP"
)]
#[case::signs_behind_values(
    "state = failed||label.x = 'a'&&error:*||since:2h",
    "state = FAILED OR label.x = 'a' AND error:* OR created >= -2h"
)]
#[case::signs_in_quotes("label.x = 'a&&b' '||'", "label.x = 'a&&b' AND '||'")]
#[case::one_sign_in_a_word(
    "handler = https://x/?a=1&b=2 a|b",
    "handler = 'https://x/?a=1&b=2' AND 'a|b'"
)]
#[case::withheld("from = private", "private = yes")]
#[case::withheld_or_not(
    "from:Private, +61* from != private",
    "private = yes OR from = '+61*' AND private = no"
)]
#[case::a_number_called_private(
    "to = 'private' from = 'private'",
    "to = 'private' AND from = 'private'"
)]
#[case::address_as_the_screen_shows_it(
    "to = agent*",
    "to = 'agent*' OR to = 'sip:agent*' OR to = 'sips:agent*'"
)]
#[case::address_that_it_is_not(
    "from != 100@x",
    "from != '100@x' AND from != 'sip:100@x' AND from != 'sips:100@x'"
)]
#[case::address_in_full(
    "to = sip:agent*, 'agent*', *@x, +61*",
    "to = 'sip:agent*' OR to = 'agent*' OR to = '*@x' OR to = '+61*'"
)]
#[case::units_behind_blanks(
    "talk > 5 s pdd < 1 m 30 s ring = 2 min, 3 hours queue > 5m 30s since:2 h",
    "talk > 5s AND pdd < 1m30s AND ring = 2m OR ring = 3h AND queue > 5m30s AND created >= -2h"
)]
#[case::ago_behind_a_blank("created > -2 h", "created > -2h")]
#[case::currency_behind_the_amount(
    "price > 0.05 AUD price < 1 usd price != 2AUD price = -1 EUR",
    "price > 'AUD 0.05' AND price < 'USD 1.00' AND price != 'AUD 2.00' AND price = 'EUR -1.00'"
)]
#[case::words_behind_numbers(
    "talk > 5s 30 price > 0.05 and sip price > 1 bob",
    "talk > 5s AND '30' AND price > 0.05 AND transport = SIP AND price > 1.00 AND 'bob'"
)]
#[case::hyphen("in-progress", "state = IN_PROGRESS")]
#[case::hyphen_behind_not(
    "not-answered not not-answered",
    "state = NOT_ANSWERED AND NOT state = NOT_ANSWERED"
)]
#[case::quoted_name("state = 'not answered'", "state = NOT_ANSWERED")]
#[case::number_of_a_state("state = 42 OR state != 6", "state = 42 OR state != FAILED")]
#[case::number_below_zero("state = -3", "state = -3")]
#[case::method("api method!=Parent-Call", "method = API AND method != PARENT_CALL")]
#[case::colon("state:failed label.x:y", "state = FAILED AND label.x = 'y'")]
#[case::presence(
    "error:* label.x:* label:* created:* talk : *",
    "error:* AND label.x:* AND label:* AND created:* AND talk:*"
)]
#[case::flags("bridged -private", "bridged = yes AND NOT private = yes")]
#[case::flag_values("bridged = no private!=true", "bridged = no AND private = no")]
#[case::word("spring", "'spring'")]
#[case::stars_in_a_word("spr*ng", "'spr*ng'")]
#[case::quoted_words(r#""failed" 'state = x'"#, r"'failed' AND 'state = x'")]
#[case::a_number_as_a_word("+61491", "'+61491'")]
#[case::address("sip:100@pbx.example sips:1@x", "'sip:100@pbx.example' AND 'sips:1@x'")]
#[case::sip_call_id("sip:abc sip = a@b", "sip = 'abc' AND sip = 'a@b'")]
#[case::link("https://flows.example/a", "'https://flows.example/a'")]
#[case::number("to = '+61 491-570 (156)'", "to = '+61491570156'")]
#[case::part_of_a_number("from = '*570 156' to='+61 2*'", "from = '*570156' AND to = '+612*'")]
#[case::no_number("to = 'a 1' from = '1-2'", "to = 'a 1' AND from = '1-2'")]
#[case::label_with_odd_key("label.'my *key' = x", r"label.'my \*key' = 'x'")]
#[case::label_with_plain_key("labels.a-b.c/d=x", "label.a-b.c/d = 'x'")]
#[case::money(
    "price > 0.05 price <= aud 1 price=-2.5",
    "price > 0.05 AND price <= 'AUD 1.00' AND price = -2.50"
)]
#[case::lengths(
    "talk<90s ring>=1.5h pdd=250ms",
    "talk < 1m30s AND ring >= 1h30m AND pdd = 0.25s"
)]
#[case::window("since:90m until:10:00", "created >= -1h30m AND created <= 10:00")]
#[case::times(
    "created > -2h today yesterday createtime < 2026-11-23",
    "created > -2h AND created = today AND created = yesterday AND created < 2026-11-23"
)]
#[case::ranges(
    "10:00..11:30 created != 2026-11-23..2026-11-25",
    "created = 10:00..11:30 AND created != 2026-11-23..2026-11-25"
)]
#[case::time_on_a_day("created = 2026-11-23T9:05", "created = '2026-11-23 09:05'")]
#[case::exact_time(
    "createTime>='2026-11-23T09:05:00+11:00'",
    "created >= '2026-11-22T22:05:00Z'"
)]
#[case::spellings("error_code=x ORIGINATINGCALL=y", "error = 'x' AND leg = 'y'")]
#[case::uri(
    "handler = https://x.example/a?b=c",
    "handler = 'https://x.example/a?b=c'"
)]
fn texts_have_one_canonical_form(#[case] text: &str, #[case] canonical: &str) {
    let parsed = search(text);
    assert_eq!(parsed.to_string(), canonical);
    assert_eq!(search(canonical), parsed);
    assert_eq!(search(&parsed.reading()), parsed);
}

#[test]
fn the_reading_says_which_of_and_and_or_binds_tighter() {
    let parsed = search("failed or busy incoming or (sip since:1h)");
    assert_eq!(
        parsed.reading(),
        "(state = FAILED OR state = BUSY) AND \
         (direction = INCOMING OR (transport = SIP AND created >= -1h))"
    );
    assert!(parsed.mixes());
    assert!(!search("failed busy").mixes());
}

#[test]
fn what_the_service_understands_means_the_same_here() {
    let text = "createTime >= '2021-01-01T06:00:00.0Z' AND createTime < '2021-02-01T00:00:00Z' AND \
                state = COMPLETED OR state = BUSY AND to = '+61*' OR NOT from = '+61*' AND to:*";
    assert_eq!(Search::from(&Filter::parse(text).unwrap()), search(text));
}

#[rstest]
#[case("sta", true)]
#[case("failed an", true)]
#[case("failed (OR", false)]
#[case("busy or -pri", true)]
#[case("sta ", false)]
#[case("'sta'", false)]
#[case("state = f", false)]
#[case("fail", false)]
#[case("spring", false)]
#[case("", false)]
fn a_word_that_may_become_a_name_is_not_finished(#[case] text: &str, #[case] unfinished: bool) {
    let parsed = Search::parse(text).unwrap_or_default();
    assert_eq!(parsed.is_unfinished(text), unfinished);
}

#[test]
fn spans_point_into_the_text() {
    let text = "é state = failed, 'busy'";
    let parsed = search(text);
    let Some(Expr::And { parts, .. }) = parsed.expr() else {
        panic!("{parsed:?}");
    };
    let [Expr::Restriction(word), Expr::Or { parts: states, .. }] = &parts[..] else {
        panic!("{parts:?}");
    };
    assert_eq!(text.get(word.span()), Some("é"));
    let spans: Vec<_> = states
        .iter()
        .map(|state| text.get(state.span()).unwrap())
        .collect();
    assert_eq!(spans, ["state = failed", "state = failed, 'busy'"]);
}

#[test]
fn every_example_of_the_language_can_be_typed() {
    let language = language();
    for example in language.fields.iter().map(|entry| entry.example) {
        search(example);
    }
    for form in language.forms {
        search(form.example);
    }
    let markdown = language_in_markdown();
    for entry in language.fields {
        assert!(
            markdown.contains(&format!("| `{}", entry.name)),
            "{}",
            entry.name
        );
        assert_eq!(language::about(entry.attribute), entry);
        for spelling in entry.also.iter().chain([&entry.name]) {
            assert_eq!(language::find(&spelling.to_uppercase()), Some(entry));
        }
        assert!(search(entry.example).to_string().starts_with(entry.name));
    }
}

#[test]
fn searches_can_be_put_together() {
    let both = search("failed or busy").and(&Search::since("2h").unwrap());
    let all = both.and(&Search::until("10:00").unwrap());
    assert_eq!(all, search("failed or busy since:2h until:10:00"));
    assert_eq!(Search::everything().and(&all), all);
    assert_eq!(all.and(&Search::everything()), all);
    let error = Search::since("2 parsecs").unwrap_err();
    assert_eq!(error.span, 0..9);
    assert!(error.message.starts_with("expected "), "{error}");
}
