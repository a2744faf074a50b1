//! Text from outside on its way to the screen: made harmless first, measured second, cut last.
//!
//! Width arithmetic lives here and in `layout`; everything else asks.

use std::borrow::Cow;
use std::time::Duration;

use unicode_segmentation::UnicodeSegmentation as _;
use unicode_width::UnicodeWidthStr as _;

use crate::call::is_hostile;

/// What stands for a character that must not reach the terminal.
const MARK: char = '·';

/// The joiner of emoji: harmless inside a cluster, where it shows one sign in place of two.
const JOINER: char = '\u{200d}';

/// Whether the mark stands for a character. Joiners are looked at by the cluster.
fn is_marked(c: char) -> bool {
    c != JOINER && is_hostile(c)
}

/// The text without anything that could do more than be seen. Borrowed where nothing had to go.
pub fn sanitise(text: &str) -> Cow<'_, str> {
    let joins_nothing = |text: &str| {
        text.contains(JOINER)
            && text.graphemes(true).any(|cluster| {
                cluster.contains(JOINER)
                    && (cluster.ends_with(JOINER)
                        || cluster.starts_with(JOINER)
                        || cluster.width() == 0)
            })
    };
    // Marks that pile up on one character would grow over the lines around it.
    let piles_up = |text: &str| {
        !text.is_ascii()
            && text
                .graphemes(true)
                .any(|cluster| cluster.chars().count() > MOST_MARKS)
    };
    if !text.chars().any(is_marked) && !joins_nothing(text) && !piles_up(text) {
        return Cow::Borrowed(text);
    }
    let harmless: String = text
        .chars()
        .map(|c| if is_marked(c) { MARK } else { c })
        .collect();
    let mut clean = String::with_capacity(harmless.len());
    for cluster in harmless.graphemes(true) {
        let dangling =
            cluster.starts_with(JOINER) || cluster.ends_with(JOINER) || cluster.width() == 0;
        if dangling && cluster.contains(JOINER) {
            clean.extend(cluster.chars().map(|c| if c == JOINER { MARK } else { c }));
        } else {
            clean.extend(cluster.chars().take(MOST_MARKS));
        }
    }
    Cow::Owned(clean)
}

/// The most characters of one cluster that are drawn: the longest emoji sequences have ten.
const MOST_MARKS: usize = 12;

/// How many cells a harmless text takes.
pub fn width(text: &str) -> usize {
    text.width()
}

/// A text of the outside, harmless and at most `cells` wide; what is cut ends in an ellipsis.
pub fn fit(text: &str, cells: usize) -> Cow<'_, str> {
    // A text can be as long as it likes; what cannot be seen need not be looked at.
    let enough = text
        .char_indices()
        .nth(cells.saturating_mul(MOST_MARKS).max(256));
    let text = enough.map_or(text, |(at, _)| text.split_at(at).0);
    let clean = sanitise(text);
    if width(&clean) <= cells {
        return clean;
    }
    if cells == 0 {
        return Cow::Borrowed("");
    }
    let mut kept = String::new();
    let mut taken = 0;
    for cluster in clean.graphemes(true) {
        let wide = width(cluster);
        if taken + wide > cells - 1 {
            break;
        }
        taken += wide;
        kept.push_str(cluster);
    }
    kept.push('…');
    Cow::Owned(kept)
}

/// [`fit`], filled up with blanks to exactly `cells`.
pub fn pad(text: &str, cells: usize) -> String {
    let mut fitted = fit(text, cells).into_owned();
    let missing = cells.saturating_sub(width(&fitted));
    fitted.extend(std::iter::repeat_n(' ', missing));
    fitted
}

/// [`fit`], with the blanks in front.
pub fn pad_left(text: &str, cells: usize) -> String {
    let fitted = fit(text, cells);
    let missing = cells.saturating_sub(width(&fitted));
    format!("{}{fitted}", " ".repeat(missing))
}

/// A text broken into lines of at most `cells`, at blanks where it has them; at most `lines` lines.
pub fn wrap(text: &str, cells: usize, lines: usize) -> Vec<String> {
    let mut wrapped = vec![String::new()];
    let cells = cells.max(1);
    let enough = text.char_indices().nth(cells * lines * 4);
    let text = enough.map_or(text, |(at, _)| text.split_at(at).0);
    for word in sanitise(text).split_inclusive(' ') {
        // A word that fits on no line is broken anywhere.
        let fits = width(word.trim_end()) <= cells;
        let pieces = if fits {
            vec![word]
        } else {
            word.graphemes(true).collect()
        };
        for piece in pieces {
            let Some(last) = wrapped.last_mut() else {
                return wrapped;
            };
            if width(last) + width(piece.trim_end()) <= cells {
                last.push_str(piece);
            } else {
                last.truncate(last.trim_end().len());
                wrapped.push(piece.to_owned());
            }
        }
    }
    if let Some(last) = wrapped.last_mut() {
        last.truncate(last.trim_end().len());
    }
    if wrapped.len() > lines {
        wrapped.truncate(lines);
        if let Some(last) = wrapped.last_mut() {
            *last = format!(
                "{}…",
                fit(last, cells.saturating_sub(1)).trim_end_matches('…')
            );
        }
    }
    wrapped
}

/// A length of time for a table: `45s`, `2m20s`, `1h02m`.
pub fn short_span(span: Duration) -> String {
    let seconds = span.as_secs();
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, seconds) => format!("{seconds}s"),
        (0, minutes, seconds) => format!("{minutes}m{seconds:02}s"),
        (hours, minutes, _) if hours < 100 => format!("{hours}h{minutes:02}m"),
        (hours, ..) => format!("{}d{:02}h", hours / 24, hours % 24),
    }
}

/// A length of time to the hundredth while that says something: `0.29 s`, `2m03s`.
pub fn exact_span(span: Duration) -> String {
    if span.as_secs() < 60 {
        format!("{}.{:02} s", span.as_secs(), span.subsec_millis() / 10)
    } else {
        short_span(span)
    }
}

/// A count with its thousands apart: `1,240`.
pub fn count(number: usize) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;

    fn hostile() -> impl Strategy<Value = String> {
        let pieces = prop::sample::select(vec![
            "a",
            "é",
            "漢",
            "e\u{301}",
            "\u{301}",
            "\u{1b}[31m",
            "\u{202e}",
            "\u{2066}",
            "\n",
            "\0",
            "👩‍👩‍👧",
            "\u{200d}",
            "\u{feff}",
            "🇦🇺",
            "\u{9b}2J",
            "\u{7f}",
            "x\u{301}\u{301}\u{301}\u{301}",
            "\u{e0041}",
        ]);
        prop_oneof![
            prop::collection::vec(pieces, 0..20).prop_map(|pieces| pieces.concat()),
            any::<String>(),
        ]
    }

    proptest! {
        #[test]
        fn what_is_drawn_is_harmless_and_fits(text in hostile(), cells in 0usize..30) {
            for drawn in [fit(&text, cells).into_owned(), pad(&text, cells), pad_left(&text, cells)] {
                prop_assert!(width(&drawn) <= cells, "{drawn:?}");
                prop_assert!(!drawn.chars().any(is_marked), "{drawn:?}");
                let lone = drawn.graphemes(true).any(|cluster| cluster == "\u{200d}");
                prop_assert!(!lone, "{drawn:?}");
            }
            prop_assert_eq!(width(&pad(&text, cells)), cells);
        }

        #[test]
        fn sanitising_twice_changes_nothing_more(text in hostile()) {
            let once = sanitise(&text).into_owned();
            prop_assert_eq!(sanitise(&once).into_owned(), once.clone());
        }

        #[test]
        fn wrapped_lines_fit(text in hostile(), cells in 2usize..30, lines in 1usize..6) {
            let wrapped = wrap(&text, cells, lines);
            prop_assert!(wrapped.len() <= lines);
            for line in wrapped {
                prop_assert!(width(&line) <= cells, "{line:?}");
            }
        }
    }

    #[rstest]
    #[case("+61 491 570 156", 15, "+61 491 570 156")]
    #[case("sip:someone@example", 8, "sip:som…")]
    #[case("漢字漢字", 5, "漢字…")]
    #[case("a\u{1b}[31mb", 10, "a·[31mb")]
    #[case("abc\u{202e}def", 10, "abc·def")]
    #[case("x", 0, "")]
    fn fitting(#[case] text: &str, #[case] cells: usize, #[case] fitted: &str) {
        assert_eq!(fit(text, cells), fitted);
    }

    #[rstest]
    #[case(0, "0s")]
    #[case(59, "59s")]
    #[case(140, "2m20s")]
    #[case(3_720, "1h02m")]
    #[case(360_000, "4d04h")]
    fn spans(#[case] seconds: u64, #[case] shown: &str) {
        assert_eq!(short_span(Duration::from_secs(seconds)), shown);
    }

    #[test]
    fn counts_have_their_thousands_apart() {
        assert_eq!(
            [0, 999, 1_240, 1_000_000].map(count),
            ["0", "999", "1,240", "1,000,000"]
        );
    }

    #[test]
    fn a_label_of_64_kb_costs_no_more_than_what_is_seen() {
        let long = "x".repeat(65_536);
        assert_eq!(width(&fit(&long, 20)), 20);
        assert_eq!(wrap(&long, 20, 3).len(), 3);
    }
}
