//! Lengths of time as people write them: a whole number and its unit.

use std::fmt;
use std::time::Duration;

/// Units with their milliseconds, the longest first.
const UNITS: [(&str, u64); 4] = [
    ("h", 60 * 60 * 1_000),
    ("m", 60 * 1_000),
    ("s", 1_000),
    ("ms", 1),
];

/// Reads `50ms`, `5s`, `1m` or `1h`; nothing if it is none of them.
pub(super) fn read(text: &str) -> Option<Duration> {
    let digits = text.find(|c: char| !c.is_ascii_digit())?;
    let (number, unit) = text.split_at(digits);
    let (_, millis) = UNITS.into_iter().find(|(name, _)| *name == unit)?;
    let number: u64 = number.parse().ok()?;
    Some(Duration::from_millis(number.checked_mul(millis)?))
}

/// A length of whole milliseconds as it can be read again, in the longest unit that fits.
#[derive(Debug, Clone, Copy)]
pub(super) struct Written(pub(super) Duration);

impl fmt::Display for Written {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let millis = self.0.as_millis();
        let fits = UNITS
            .into_iter()
            .find(|(_, unit)| millis > 0 && millis.is_multiple_of((*unit).into()));
        let (name, unit) = fits.unwrap_or(("ms", 1));
        write!(f, "{}{name}", millis / u128::from(unit))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("0ms", 0, "0ms")]
    #[case("50ms", 50, "50ms")]
    #[case("5s", 5_000, "5s")]
    #[case("5000ms", 5_000, "5s")]
    #[case("1m", 60_000, "1m")]
    #[case("90s", 90_000, "90s")]
    #[case("24h", 86_400_000, "24h")]
    fn a_length_is_a_number_with_its_unit(
        #[case] text: &str,
        #[case] millis: u64,
        #[case] written: &str,
    ) {
        let length = read(text).unwrap();
        assert_eq!(length, Duration::from_millis(millis));
        assert_eq!(Written(length).to_string(), written);
    }

    #[rstest]
    #[case::nothing("")]
    #[case::no_unit("50")]
    #[case::no_number("ms")]
    #[case::a_part("1.5s")]
    #[case::negative("-1s")]
    #[case::a_sign("+1s")]
    #[case::a_blank("1 s")]
    #[case::another_case("1S")]
    #[case::another_unit("1d")]
    #[case::beyond_all_numbers("99999999999999999999s")]
    #[case::beyond_all_products("9999999999999999999h")]
    fn what_is_no_length_is_none(#[case] text: &str) {
        assert_eq!(read(text), None);
    }
}
