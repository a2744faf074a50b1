//! Money as integers: units and billionths of any currency, negative amounts included (`api.md §2.8`).

use std::fmt;

const NANOS_PER_UNIT: i128 = 1_000_000_000;

/// An amount of one currency, exact to the billionth.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Money {
    nanos: i128,
    currency: Box<str>,
}

impl Money {
    /// An amount of whole units and billionths, which are added up whatever their signs.
    #[must_use]
    pub fn new(currency: impl Into<Box<str>>, units: i64, nanos: i32) -> Self {
        Self {
            currency: currency.into(),
            nanos: i128::from(units) * NANOS_PER_UNIT + i128::from(nanos),
        }
    }

    /// The ISO 4217 code, as the service sent it.
    pub fn currency(&self) -> &str {
        &self.currency
    }

    /// The amount in billionths of a unit.
    pub fn total_nanos(&self) -> i128 {
        self.nanos
    }

    /// Whole units, rounded towards zero.
    pub fn units(&self) -> i64 {
        i64::try_from(self.nanos / NANOS_PER_UNIT).unwrap_or(i64::MAX)
    }

    /// The billionths beside the whole units, of the same sign.
    pub fn nanos(&self) -> i32 {
        i32::try_from(self.nanos % NANOS_PER_UNIT).unwrap_or_default()
    }

    /// The amount alone: at least two decimals, more only where they say something.
    pub fn amount(&self) -> String {
        let sign = if self.nanos < 0 { "-" } else { "" };
        let (units, rest) = (
            self.nanos.abs() / NANOS_PER_UNIT,
            self.nanos.abs() % NANOS_PER_UNIT,
        );
        let digits = format!("{rest:09}");
        let kept = digits.trim_end_matches('0').len().max(2);
        format!("{sign}{units}.{}", digits.split_at(kept).0)
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let currency = if self.currency.is_empty() {
            "?"
        } else {
            &self.currency
        };
        f.pad(&format!("{currency} {}", self.amount()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::fraction(0, 42_000_000, "AUD 0.042")]
    #[case::two_decimals_at_least(12, 0, "AUD 12.00")]
    #[case::one_digit_is_padded(1, 500_000_000, "AUD 1.50")]
    #[case::smallest(0, 1, "AUD 0.000000001")]
    #[case::negative_below_one(0, -50_000_000, "AUD -0.05")]
    #[case::negative(-3, -250_000_000, "AUD -3.25")]
    #[case::largest(i64::MAX, 999_999_999, "AUD 9223372036854775807.999999999")]
    #[case::smallest_units(i64::MIN, -999_999_999, "AUD -9223372036854775808.999999999")]
    #[case::signs_that_disagree(1, -250_000_000, "AUD 0.75")]
    fn amounts_are_exact(#[case] units: i64, #[case] nanos: i32, #[case] shown: &str) {
        assert_eq!(Money::new("AUD", units, nanos).to_string(), shown);
    }

    #[test]
    fn a_missing_currency_is_shown_as_missing() {
        assert_eq!(Money::new("", 1, 0).to_string(), "? 1.00");
    }
}
