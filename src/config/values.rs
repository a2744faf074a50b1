//! Reads single values. Each error is a sentence for the person who wrote the value.

use std::time::Duration;

use tracing::level_filters::LevelFilter;

use super::nearest;

/// The shortest and the longest time between two polls.
const POLL_BOUNDS: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(300));

/// From more than what is loaded by itself to more than most machines have memory for.
const MAX_CALLS_BOUNDS: std::ops::RangeInclusive<usize> = 5_000..=20_000_000;

const LEVELS: [(&str, LevelFilter); 6] = [
    ("off", LevelFilter::OFF),
    ("error", LevelFilter::ERROR),
    ("warn", LevelFilter::WARN),
    ("info", LevelFilter::INFO),
    ("debug", LevelFilter::DEBUG),
    ("trace", LevelFilter::TRACE),
];

/// How much is logged.
pub(super) fn level(text: &str) -> Result<LevelFilter, String> {
    LEVELS
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(text))
        .map(|(_, level)| *level)
        .ok_or_else(|| {
            let names = LEVELS.map(|(name, _)| name);
            match nearest(text, names) {
                Some(near) => format!("{text:?} is no log level; did you mean {near}?"),
                None => format!("{text:?} is no log level; choose from {}", names.join(", ")),
            }
        })
}

/// The time between two polls, such as `2s`, `500ms` or `1m`.
pub(super) fn poll_every(text: &str) -> Result<Duration, String> {
    let duration = duration(text)?;
    if duration < POLL_BOUNDS.0 || duration > POLL_BOUNDS.1 {
        return Err(format!("{text:?} is out of range: 500ms to 5m"));
    }
    Ok(duration)
}

/// How many calls are kept in memory at most.
pub(super) fn max_calls(digits: &str, radix: u32) -> Result<usize, String> {
    let number = usize::from_str_radix(digits, radix).ok();
    let fits = number.filter(|number| MAX_CALLS_BOUNDS.contains(number));
    fits.ok_or_else(|| format!("{digits} is out of range: 5000 to 20000000 calls"))
}

/// A time span, such as `2s`.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || format!("{text:?} is no time span; write one such as 2s, 500ms or 1m");
    let end = text
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .ok_or_else(wrong)?;
    let (number, unit) = text.split_at(end);
    let number: f64 = number.parse().ok().ok_or_else(wrong)?;
    let seconds = match unit {
        "ms" => number / 1e3,
        "s" => number,
        "m" => number * 60.0,
        "h" => number * 3600.0,
        _ => return Err(wrong()),
    };
    Duration::try_from_secs_f64(seconds).ok().ok_or_else(wrong)
}

/// A yes or no from the environment.
pub(super) fn switch(text: &str) -> Result<bool, String> {
    match text.to_ascii_lowercase().as_str() {
        "1" | "true" | "yes" | "on" => Ok(true),
        "0" | "false" | "no" | "off" => Ok(false),
        _ => Err(format!("{text:?} is neither true nor false")),
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::the_least("5000", 10, Some(5_000))]
    #[case::in_another_base("f4240", 16, Some(1_000_000))]
    #[case::too_few("4999", 10, None)]
    #[case::too_many("20000001", 10, None)]
    #[case::negative("-1", 10, None)]
    fn as_many_calls_are_kept_as_a_machine_may_hold(
        #[case] digits: &str,
        #[case] radix: u32,
        #[case] calls: Option<usize>,
    ) {
        assert_eq!(max_calls(digits, radix).ok(), calls);
    }

    #[rstest]
    #[case::seconds("2s", 2000)]
    #[case::milliseconds("500ms", 500)]
    #[case::minutes("1m", 60_000)]
    #[case::fractions("1.5s", 1500)]
    fn a_time_span_is_read(#[case] text: &str, #[case] millis: u64) {
        assert_eq!(poll_every(text), Ok(Duration::from_millis(millis)));
    }

    #[rstest]
    #[case::no_unit("2")]
    #[case::no_number("s")]
    #[case::another_unit("2 fortnights")]
    #[case::two_points("1.2.3s")]
    #[case::negative("-2s")]
    #[case::not_finite("NaNs")]
    #[case::too_short("100ms")]
    #[case::too_long("2h")]
    #[case::far_too_long("99999999999999999999999999999999s")]
    #[case::empty("")]
    fn what_is_no_time_between_polls_is_refused(#[case] text: &str) {
        assert!(poll_every(text).is_err());
    }

    #[test]
    fn a_slip_in_a_log_level_is_understood() {
        assert_eq!(level("WARN"), Ok(LevelFilter::WARN));
        assert_eq!(
            level("debg").unwrap_err(),
            "\"debg\" is no log level; did you mean debug?"
        );
        assert!(level("loud").unwrap_err().contains("choose from off"));
    }
}
