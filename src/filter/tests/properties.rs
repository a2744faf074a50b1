//! What must hold of any text and any call.

use proptest::prelude::*;

use super::tree::{calls, naive, trees, write};
use crate::filter::Filter;

/// Pieces that make a text look like a filter.
fn soup() -> impl Strategy<Value = String> {
    let pieces = vec![
        "state",
        "to",
        "from",
        "createTime",
        "price",
        "=",
        "!=",
        "<",
        ">=",
        ":",
        "*",
        "(",
        ")",
        " ",
        "AND",
        "OR",
        "NOT",
        "-",
        "'",
        "\"",
        "\\",
        "BUSY",
        "'+61*'",
        "2021-02-01",
        "é",
        "\n",
        "and",
        "'2021-02-01T00:00:00Z'",
        "\0",
    ];
    prop::collection::vec(prop::sample::select(pieces), 0..24).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn no_text_makes_the_parser_panic(text in prop_oneof![soup(), any::<String>()]) {
        match Filter::parse(&text) {
            Ok(filter) => prop_assert_eq!(Filter::parse(&filter.to_string()), Ok(filter)),
            Err(error) => {
                prop_assert!(text.get(error.span.clone()).is_some(), "{}", error);
                prop_assert!(!error.message.is_empty());
            }
        }
    }

    #[test]
    fn what_is_printed_parses_to_the_same_tree(tree in trees(), dress in 0..64_u32) {
        let filter = Filter::parse(&write(&tree, dress)).unwrap();
        let printed = filter.to_string();
        let again = Filter::parse(&printed).unwrap();
        prop_assert_eq!(&again, &filter);
        prop_assert_eq!(again.to_string(), printed);
    }

    #[test]
    fn a_call_passes_exactly_if_the_plainest_code_says_so(
        tree in trees(),
        dress in 0..64_u32,
        calls in prop::collection::vec(calls(), 1..8),
    ) {
        let filter = Filter::parse(&write(&tree, dress)).unwrap();
        for call in &calls {
            prop_assert_eq!(filter.matches(call), naive(&tree, call), "{}", filter);
        }
    }
}
