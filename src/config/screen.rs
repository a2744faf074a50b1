//! What the terminal can show: colours and characters, by the conventions that terminals share.

use super::Environment;

/// Whether colours are used where the configuration leaves it open: `NO_COLOR` beats
/// `CLICOLOR_FORCE`, and that beats a dumb terminal.
pub fn colour(environment: &Environment) -> bool {
    if environment.raw("NO_COLOR").is_some() {
        return false;
    }
    let forced = environment
        .raw("CLICOLOR_FORCE")
        .is_some_and(|value| value != "0");
    forced || !is_dumb(environment)
}

/// Whether only ASCII is safe: on a dumb terminal, and where the locale names another character
/// set than UTF-8. No locale at all says nothing: terminals are UTF-8 unless they say otherwise.
pub fn ascii(environment: &Environment) -> bool {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"]
        .into_iter()
        .find_map(|name| environment.lenient(name));
    let other_set = locale.is_some_and(|locale| {
        let locale = locale.to_ascii_lowercase();
        !locale.contains("utf-8") && !locale.contains("utf8")
    });
    other_set || is_dumb(environment)
}

fn is_dumb(environment: &Environment) -> bool {
    environment.raw("TERM").is_some_and(|term| term == "dumb")
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::by_default(&[], true)]
    #[case::refused(&[("NO_COLOR", "1")], false)]
    #[case::an_empty_refusal_is_none(&[("NO_COLOR", "")], true)]
    #[case::refused_and_forced(&[("NO_COLOR", "1"), ("CLICOLOR_FORCE", "1")], false)]
    #[case::dumb(&[("TERM", "dumb")], false)]
    #[case::dumb_but_forced(&[("TERM", "dumb"), ("CLICOLOR_FORCE", "1")], true)]
    #[case::forced_by_zero_is_not_forced(&[("TERM", "dumb"), ("CLICOLOR_FORCE", "0")], false)]
    fn colours_follow_the_conventions(#[case] variables: &[(&str, &str)], #[case] expected: bool) {
        assert_eq!(colour(&Environment::of(variables)), expected);
    }

    #[rstest]
    #[case::nothing_said(&[], false)]
    #[case::utf8(&[("LANG", "en_AU.UTF-8")], false)]
    #[case::utf8_without_hyphen(&[("LANG", "en_AU.utf8")], false)]
    #[case::the_c_locale(&[("LANG", "C")], true)]
    #[case::latin(&[("LANG", "de_DE.ISO-8859-1")], true)]
    #[case::all_beats_lang(&[("LC_ALL", "C.UTF-8"), ("LANG", "C")], false)]
    #[case::ctype_beats_lang(&[("LC_CTYPE", "POSIX"), ("LANG", "en_AU.UTF-8")], true)]
    #[case::an_empty_one_says_nothing(&[("LC_ALL", ""), ("LANG", "C")], true)]
    #[case::dumb(&[("TERM", "dumb"), ("LANG", "en_AU.UTF-8")], true)]
    fn characters_follow_the_locale(#[case] variables: &[(&str, &str)], #[case] expected: bool) {
        assert_eq!(ascii(&Environment::of(variables)), expected);
    }
}
