//! Characters that must not reach a terminal as they are.

/// Whether a character could steer a terminal, reorder the line, or hide: controls (C0, C1, line
/// ends among them), bidirectional controls, separators of lines and paragraphs, and characters that
/// take no room. The joiner of emoji is one of them: whoever draws whole clusters may let it
/// through inside of one.
#[must_use]
pub fn is_hostile(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{061c}'
                | '\u{00ad}'
                | '\u{034f}'
                | '\u{115f}'..='\u{1160}'
                | '\u{17b4}'..='\u{17b5}'
                | '\u{180b}'..='\u{180f}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{3164}'
                | '\u{feff}'
                | '\u{ffa0}'
                | '\u{fff0}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e0fff}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::plain("+61 491 570 156 sip:a@b.example é 日本 ● 👍")]
    #[case::marks("e\u{301} \u{fe0f}")]
    fn what_is_only_seen_is_harmless(#[case] text: &str) {
        assert!(!text.contains(is_hostile));
    }

    #[rstest]
    #[case::controls("\0\t\n\r\u{1b}\u{7f}\u{9b}")]
    #[case::bidirectional("\u{61c}\u{200e}\u{200f}\u{202a}\u{202e}\u{2066}\u{2069}")]
    #[case::separators("\u{2028}\u{2029}")]
    #[case::unseen("\u{ad}\u{200b}\u{200d}\u{2060}\u{3164}\u{feff}\u{e0041}")]
    fn what_does_more_than_be_seen_is_hostile(#[case] text: &str) {
        assert!(text.chars().all(is_hostile), "{}", text.escape_unicode());
    }
}
