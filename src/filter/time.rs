//! Times as a filter writes them: a date, or RFC 3339 with its offset, and nothing else
//! (`api.md §6.3`).

use chrono::{DateTime, Datelike as _, FixedOffset, NaiveDate, NaiveTime, TimeDelta, Utc};

const DATE_BYTES: usize = "2021-02-01".len();

/// Reads `2021-02-01` (midnight UTC) or `2021-01-01T06:00:00.0Z` with Z or an offset and up to nine
/// digits of a fraction. The error says what was expected.
pub(super) fn parse(text: &str) -> Result<DateTime<Utc>, String> {
    const SHAPES: &str =
        "expected a time such as '2021-01-01T06:00:00Z', or a date such as '2021-02-01'";
    if !text.is_ascii() || text.len() < DATE_BYTES {
        return Err(SHAPES.to_owned());
    }
    let (date, rest) = text.split_at(DATE_BYTES);
    let date = parse_date(date).ok_or(SHAPES)??;
    if rest.is_empty() {
        return in_range(date.and_time(NaiveTime::MIN).and_utc());
    }
    let clock = rest
        .strip_prefix('T')
        .ok_or_else(|| match rest.chars().next() {
            Some('t' | ' ') => "expected an upper-case T between the date and the time".to_owned(),
            _ => SHAPES.to_owned(),
        })?;
    let zone_at = clock
        .find(['Z', 'z', '+', '-'])
        .ok_or("expected Z or an offset such as +10:00 at the end of the time")?;
    let (clock, zone) = clock.split_at(zone_at);
    let (seconds, fraction) = clock
        .split_once('.')
        .map_or((clock, None), |(s, f)| (s, Some(f)));
    let nanos = fraction.map_or(Some(0), parse_fraction);
    let nanos = nanos.ok_or("expected one to nine digits of a fraction of a second")?;
    let time = parse_clock(seconds, nanos).ok_or(SHAPES)??;
    let offset = parse_zone(zone)?;
    let local = date.and_time(time);
    let utc = local - TimeDelta::seconds(i64::from(offset.local_minus_utc()));
    in_range(utc.and_utc())
}

/// The text that parses to the same time.
pub(super) fn print(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true)
}

/// Whether a text can say a time.
pub(super) fn is_sayable(time: DateTime<Utc>) -> bool {
    in_range(time).is_ok()
}

/// The range of `google.protobuf.Timestamp`.
fn in_range(time: DateTime<Utc>) -> Result<DateTime<Utc>, String> {
    if (1..=9999).contains(&time.year()) {
        Ok(time)
    } else {
        Err("expected a time in the years 1 to 9999 UTC".to_owned())
    }
}

/// Nothing if the text has not the shape of a date; an error if there is no such day.
pub(super) fn parse_date(text: &str) -> Option<Result<NaiveDate, String>> {
    let [year, month, day] = fields(text, '-')?;
    if year.len() != 4 {
        return None;
    }
    let date = NaiveDate::from_ymd_opt(number(year)?.try_into().ok()?, pair(month)?, pair(day)?);
    Some(date.ok_or_else(|| format!("there is no day {text}")))
}

/// Nothing if the text has not the shape of a time of day; an error if there is no such time.
fn parse_clock(text: &str, nanos: u32) -> Option<Result<NaiveTime, String>> {
    let [hour, minute, second] = fields(text, ':')?;
    let (hour, minute, second) = (pair(hour)?, pair(minute)?, pair(second)?);
    if second == 60 {
        return Some(Err("leap seconds are not supported".to_owned()));
    }
    let time = NaiveTime::from_hms_nano_opt(hour, minute, second, nanos);
    Some(time.ok_or_else(|| format!("there is no time of day {text}")))
}

fn parse_fraction(digits: &str) -> Option<u32> {
    let scale = 9_u32.checked_sub(u32::try_from(digits.len()).ok()?)?;
    Some(number(digits)? * 10_u32.pow(scale))
}

fn parse_zone(text: &str) -> Result<FixedOffset, String> {
    let expected = "expected Z or an offset such as +10:00 at the end of the time";
    if text == "z" {
        return Err("expected an upper-case Z at the end of the time".to_owned());
    }
    if text == "Z" {
        return FixedOffset::east_opt(0).ok_or_else(|| expected.to_owned());
    }
    let (sign, rest) = text.split_at(1);
    let seconds = rest
        .split_once(':')
        .and_then(|(hours, minutes)| Some((pair(hours)?, pair(minutes)?)))
        .filter(|(hours, minutes)| *hours < 24 && *minutes < 60)
        .and_then(|(hours, minutes)| i32::try_from(hours * 3600 + minutes * 60).ok())
        .ok_or(expected)?;
    let east = if sign == "-" { -seconds } else { seconds };
    FixedOffset::east_opt(east).ok_or_else(|| expected.to_owned())
}

/// Exactly three texts around a separator.
fn fields(text: &str, separator: char) -> Option<[&str; 3]> {
    let mut fields = text.split(separator);
    let three = [fields.next()?, fields.next()?, fields.next()?];
    fields.next().is_none().then_some(three)
}

/// Exactly two digits.
fn pair(text: &str) -> Option<u32> {
    (text.len() == 2).then(|| number(text))?
}

/// Digits and digits only: the standard parser takes a sign as well.
fn number(text: &str) -> Option<u32> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("2021-02-01", "2021-02-01T00:00:00Z")]
    #[case("2021-01-01T06:00:00.0Z", "2021-01-01T06:00:00Z")]
    #[case("2021-01-01T06:00:00Z", "2021-01-01T06:00:00Z")]
    #[case("2021-01-01T06:00:00.000000001Z", "2021-01-01T06:00:00.000000001Z")]
    #[case("2021-01-01T06:00:00.25+10:00", "2020-12-31T20:00:00.250Z")]
    #[case("2021-01-01T06:00:00-00:00", "2021-01-01T06:00:00Z")]
    #[case("2024-02-29", "2024-02-29T00:00:00Z")]
    #[case("0001-01-01", "0001-01-01T00:00:00Z")]
    #[case("9999-12-31T23:59:59.999999999Z", "9999-12-31T23:59:59.999999999Z")]
    fn times_are_read(#[case] text: &str, #[case] printed: &str) {
        let time = parse(text).unwrap();
        assert_eq!(print(time), printed);
        assert_eq!(parse(printed).unwrap(), time);
    }

    #[rstest]
    #[case("", "expected a time")]
    #[case("2021-2-1", "expected a time")]
    #[case("2021-02-01x", "expected a time")]
    #[case("2021-02-30", "no day")]
    #[case("2023-02-29", "no day")]
    #[case("2021-01-01 06:00:00Z", "upper-case T")]
    #[case("2021-01-01t06:00:00Z", "upper-case T")]
    #[case("2021-01-01T06:00:00z", "upper-case Z")]
    #[case("2021-01-01T06:00:00", "Z or an offset")]
    #[case("2021-01-01T06:00:00+1000", "Z or an offset")]
    #[case("2021-01-01T06:00:00+24:00", "Z or an offset")]
    #[case("2021-01-01T06:00Z", "expected a time")]
    #[case("2021-01-01T24:00:00Z", "no time of day")]
    #[case("2021-01-01T23:59:60Z", "leap")]
    #[case("2021-01-01T06:00:00.Z", "fraction")]
    #[case("2021-01-01T06:00:00.0000000001Z", "fraction")]
    #[case("+021-01-01", "expected a time")]
    #[case("0000-12-31", "years 1 to 9999")]
    #[case("0001-01-01T00:00:00+10:00", "years 1 to 9999")]
    #[case("9999-12-31T23:59:59-01:00", "years 1 to 9999")]
    #[case("２０２１-02-01", "expected a time")]
    fn what_is_no_time_is_refused_with_the_reason(#[case] text: &str, #[case] reason: &str) {
        let error = parse(text).unwrap_err();
        assert!(error.contains(reason), "{error}");
    }

    #[test]
    fn no_text_can_say_what_comes_after_the_last_time() {
        let last = parse("9999-12-31T23:59:59.999999999Z").unwrap();
        assert!(is_sayable(last));
        assert!(!is_sayable(last + TimeDelta::nanoseconds(1)));
    }
}
