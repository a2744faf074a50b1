//! An error in the text of a flag, with its place underlined.

use unicode_width::UnicodeWidthStr as _;

use crate::filter::FilterError;
use crate::logging::harmless;

/// How much of a long text is shown, in characters before and from the place.
const BEFORE: usize = 40;
const AFTER: usize = 30;

/// What is wrong with the text of a flag, with the place underlined. Of a long one only the part
/// around the place is shown.
pub(super) fn underlined(flag: &str, text: &str, error: &FilterError) -> String {
    let (before, rest) = text
        .split_at_checked(error.span.start)
        .unwrap_or((text, ""));
    let length = error.span.end.saturating_sub(error.span.start);
    let (marked, after) = rest.split_at_checked(length).unwrap_or((rest, ""));
    let skipped = before.chars().count().saturating_sub(BEFORE);
    let mut before: String = before.chars().skip(skipped).collect();
    if skipped > 0 {
        before.insert_str(0, "... ");
    }
    let mut shown: String = marked.chars().chain(after.chars()).take(AFTER).collect();
    if marked.chars().count() + after.chars().count() > AFTER {
        shown.push_str(" ...");
    }
    let marked: String = marked.chars().take(AFTER).collect();
    let indent = " ".repeat(harmless(&before).width());
    let line = "^".repeat(harmless(&marked).width().max(1));
    let hint = error.hint.as_ref();
    let hint = hint.map_or_else(String::new, |hint| format!(" ({})", harmless(hint)));
    format!(
        "{flag}: {}{hint}\n  {}{}\n  {indent}{line}",
        harmless(&error.message),
        harmless(&before),
        harmless(&shown),
    )
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::filter::Search;

    #[rstest]
    #[case::a_word("state = FAILD", "  state = FAILD\n          ^^^^^")]
    #[case::at_the_end("state =", "  state =\n         ^")]
    #[case::wide_characters(
        "to = '日本' AND x = 1",
        "  to = '日本' AND x = 1\n                  ^"
    )]
    #[case::what_acts("x\u{1b} = 1", "^")]
    fn the_place_of_an_error_is_underlined(#[case] text: &str, #[case] part: &str) {
        let error = Search::parse(text).unwrap_err();
        let told = underlined("--filter", text, &error);
        assert!(told.contains(part), "{told}");
        assert!(!told.contains('\u{1b}'), "{told}");
    }

    #[test]
    fn of_a_long_filter_the_part_around_the_place_is_shown() {
        let good = "state = FAILED OR ".repeat(20);
        let text = format!("{good}state = ODD OR {good}");
        let error = Search::parse(&text).unwrap_err();
        let told = underlined("--filter", &text, &error);
        let lines: Vec<&str> = told.lines().collect();
        let [_, line, marks] = lines[..] else {
            panic!("{told}")
        };
        assert!(line.len() < 100, "{told}");
        let at = marks.find('^').unwrap();
        assert!(line.split_at(at).1.starts_with("ODD"), "{told}");
    }

    #[test]
    fn a_place_that_lies_outside_the_text_does_no_harm() {
        let error = FilterError {
            span: 90..95,
            message: "m".to_owned(),
            hint: None,
        };
        assert_eq!(
            underlined("--filter", "é", &error),
            "--filter: m\n  é\n   ^"
        );
    }
}
