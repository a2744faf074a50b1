//! "Did you mean": the known word nearest to the one that was typed.

/// The candidate that `word` was probably meant to be: at most a third of its letters away, letter
/// case aside. Between equals the first wins.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_lowercase();
    let reach = (word.chars().count() / 3).max(1);
    candidates
        .into_iter()
        .map(|candidate| {
            let distance = strsim::damerau_levenshtein(&word, &candidate.to_lowercase());
            (distance, candidate)
        })
        .filter(|(distance, _)| *distance <= reach)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::a_letter_missing("endpont", Some("endpoint"))]
    #[case::letters_swapped("proejct", Some("project"))]
    #[case::another_case("Project", Some("project"))]
    #[case::a_hyphen_for_an_underscore("read-only", Some("read_only"))]
    #[case::nothing_like_it("colour", None)]
    #[case::empty("", None)]
    fn the_nearest_word_is_offered_only_when_near(
        #[case] word: &str,
        #[case] expected: Option<&str>,
    ) {
        assert_eq!(
            nearest(word, ["project", "endpoint", "read_only"]),
            expected
        );
    }
}
