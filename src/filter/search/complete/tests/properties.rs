//! What must hold of any text, any cursor and any value that was seen.

use proptest::prelude::*;

use super::*;

/// Pieces that make a text look like a filter.
fn soup() -> impl Strategy<Value = String> {
    let pieces = vec![
        "state",
        "to",
        "label",
        "label.",
        "created",
        "price",
        "talk",
        "since",
        "until",
        "sip",
        "bridged",
        "=",
        "!=",
        "<",
        ">=",
        ":",
        "*",
        "(",
        ")",
        " ",
        ",",
        "..",
        "AND",
        "or",
        "Not",
        "-",
        "'",
        "\"",
        "\\",
        "failed",
        "in-progress",
        "+61 4",
        "2021-02-01",
        "10:00",
        "today",
        "-2h",
        "1.5h",
        "AUD",
        "0.05",
        "é",
        "日本",
        "\n",
        "\0",
        "x@y",
        "://",
        "campaign",
    ];
    prop::collection::vec(prop::sample::select(pieces), 0..16).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn every_text_has_a_completion_at_every_place(text in prop_oneof![soup(), any::<String>()]) {
        for cursor in 0..=text.len() + 1 {
            let completion = complete(&text, cursor, &known());
            prop_assert!(text.get(completion.replaces.clone()).is_some());
            prop_assert!(completion.offers.len() <= MOST);
            let at = (0..=cursor.min(text.len())).rev().find(|&at| text.is_char_boundary(at)).unwrap();
            prop_assert!(completion.replaces.start <= at && at <= completion.replaces.end);
            for offer in &completion.offers {
                let there = text.get(completion.replaces.clone()).unwrap();
                prop_assert_ne!(offer.text.trim_end(), there, "{} at {}", text, cursor);
            }
        }
    }
}
