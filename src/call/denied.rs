//! Numbers that are not called whoever asks: emergency numbers, short numbers, and those on the deny
//! list of a profile.
//!
//! The same rule stands at the field of the form, before a call is sent, and before `place` sends one.

use std::fmt;
use std::sync::Arc;

use super::{E164, NewCall, NumberPlan, Violation, country_name};

/// More patterns than anybody writes by hand.
pub const MAX_DENIED: usize = 1_000;

/// No number of a subscriber is as short as this behind its country code; what is reaches services.
const SHORT: usize = 3;

/// Emergency numbers that networks of every country put through.
const ANYWHERE: [&str; 4] = ["000", "112", "911", "999"];

/// Emergency numbers beside those, by country code: police, fire brigade and ambulance.
const EMERGENCY: [(&str, &str, &[&str]); 72] = [
    ("20", "EG", &["122", "123", "180"]),
    ("212", "MA", &["15", "19", "150", "177", "190"]),
    ("213", "DZ", &["14", "17", "1021", "1055"]),
    ("216", "TN", &["190", "193", "197", "198"]),
    ("218", "LY", &["1515"]),
    ("221", "SN", &["15", "17", "18"]),
    ("225", "CI", &["110", "111", "170", "180", "185"]),
    ("233", "GH", &["191", "192", "193"]),
    ("234", "NG", &["122", "123", "199"]),
    ("251", "ET", &["907", "939", "991"]),
    ("256", "UG", &["999"]),
    ("27", "ZA", &["107", "10111", "10177"]),
    ("30", "GR", &["100", "108", "166", "199"]),
    ("32", "BE", &["100", "101"]),
    (
        "33",
        "FR",
        &["15", "17", "18", "114", "115", "119", "191", "196"],
    ),
    ("34", "ES", &["061", "062", "080", "085", "091", "092"]),
    ("351", "PT", &["117", "115"]),
    ("352", "LU", &["113"]),
    ("355", "AL", &["126", "127", "128", "129"]),
    ("357", "CY", &["199"]),
    ("370", "LT", &["101", "102", "103"]),
    ("371", "LV", &["110", "113"]),
    ("372", "EE", &["110"]),
    ("373", "MD", &["901", "902", "903"]),
    ("380", "UA", &["101", "102", "103", "104"]),
    ("381", "RS", &["192", "193", "194"]),
    ("382", "ME", &["122", "123", "124"]),
    ("385", "HR", &["192", "193", "194", "195"]),
    ("386", "SI", &["113"]),
    (
        "39",
        "IT",
        &["113", "114", "115", "117", "118", "1515", "1530"],
    ),
    ("41", "CH", &["117", "118", "144", "1414"]),
    ("420", "CZ", &["150", "155", "156", "158"]),
    ("421", "SK", &["150", "155", "158", "159"]),
    ("43", "AT", &["122", "128", "133", "140", "141", "144"]),
    ("45", "DK", &["114"]),
    ("47", "NO", &["110", "113"]),
    ("48", "PL", &["984", "985", "986", "997", "998"]),
    ("49", "DE", &["110"]),
    ("51", "PE", &["105", "106", "116", "117"]),
    ("53", "CU", &["104", "105", "106"]),
    ("54", "AR", &["100", "101", "106", "107"]),
    ("55", "BR", &["190", "191", "192", "193", "197", "199"]),
    ("56", "CL", &["131", "132", "133", "134", "137", "138"]),
    ("57", "CO", &["119", "123", "125", "132"]),
    ("58", "VE", &["171"]),
    ("593", "EC", &["101", "102"]),
    ("61", "AU", &["106"]),
    ("62", "ID", &["110", "113", "115", "118", "119"]),
    ("63", "PH", &["117"]),
    ("64", "NZ", &["111"]),
    ("65", "SG", &["995", "1777"]),
    ("66", "TH", &["191", "199", "1155", "1669"]),
    ("7", "RU", &["101", "102", "103", "104"]),
    ("81", "JP", &["110", "118", "119"]),
    ("82", "KR", &["113", "119", "122"]),
    ("84", "VN", &["113", "114", "115"]),
    ("86", "CN", &["110", "119", "120", "122"]),
    ("880", "BD", &["100", "101", "102"]),
    ("886", "TW", &["110", "118", "119"]),
    ("90", "TR", &["110", "155", "156", "158", "177"]),
    ("91", "IN", &["100", "101", "102", "108", "1091"]),
    ("92", "PK", &["15", "16", "115", "1122"]),
    ("93", "AF", &["100", "101", "102", "119"]),
    ("94", "LK", &["110", "118", "119", "1990"]),
    ("95", "MM", &["191", "192", "199"]),
    ("961", "LB", &["125", "140", "175"]),
    ("966", "SA", &["993", "996", "997", "998"]),
    ("968", "OM", &["9999"]),
    ("971", "AE", &["991", "996", "997", "998"]),
    ("972", "IL", &["100", "101", "102"]),
    ("977", "NP", &["100", "101", "102"]),
    ("98", "IR", &["110", "115", "125"]),
];

/// Country codes of two digits; 1 and 7 have one, all others three (ITU-T E.164).
const OF_TWO_DIGITS: &str = "20 27 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 53 54 55 \
                             56 57 58 60 61 62 63 64 65 66 81 82 84 86 90 91 92 93 94 95 98";

/// One entry of a deny list: a number in full, or with `*` for any digits, such as `+1900*`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeniedPattern(Box<str>);

impl DeniedPattern {
    /// Reads a pattern; blanks, hyphens and the like between its digits mean nothing.
    ///
    /// # Errors
    ///
    /// Says what is wrong with it, as a sentence without its full stop.
    pub fn parse(text: &str) -> Result<Self, String> {
        let pattern: String = text
            .chars()
            .filter(|c| !c.is_whitespace() && !matches!(c, '(' | ')' | '-' | '.' | '/'))
            .collect();
        let digits = pattern.trim_start_matches('+');
        if let Some(odd) = digits.chars().find(|c| !c.is_ascii_digit() && *c != '*') {
            return Err(format!(
                "{odd:?} is neither a digit nor *: write a number, or its beginning and *, such as \
                 +1900*"
            ));
        }
        if !digits.contains(|c: char| c.is_ascii_digit()) {
            return Err(
                "this denies every number: read_only = true says so for a profile".to_owned(),
            );
        }
        if !pattern.starts_with(['+', '*']) {
            return Err("write it with + and its country code, such as +1900*".to_owned());
        }
        if digits.len() > 32 || pattern.len() > digits.len() + 1 {
            return Err("a pattern is + and at most 15 digits, with * for any of them".to_owned());
        }
        Ok(Self(pattern.into()))
    }

    /// The pattern as it is applied.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether a number is denied by it.
    fn denies(&self, number: &str) -> bool {
        let Some((first, rest)) = self.0.split_once('*') else {
            return *self.0 == *number;
        };
        let Some(mut left) = number.strip_prefix(first) else {
            return false;
        };
        let mut parts = rest.split('*').peekable();
        while let Some(part) = parts.next() {
            if parts.peek().is_none() {
                return left.ends_with(part);
            }
            match left.split_once(part) {
                Some((_, behind)) => left = behind,
                None => return false,
            }
        }
        true
    }
}

/// The numbers that a profile does not call; cheap to copy.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DenyList(Arc<[DeniedPattern]>);

impl DenyList {
    /// The patterns of the list, in their order.
    pub fn patterns(&self) -> &[DeniedPattern] {
        &self.0
    }
}

impl FromIterator<DeniedPattern> for DenyList {
    fn from_iter<I: IntoIterator<Item = DeniedPattern>>(patterns: I) -> Self {
        Self(patterns.into_iter().collect())
    }
}

/// Why a number is not called. Each is a sentence for the person who typed it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Denied {
    /// It is an emergency number, or begins like one and belongs to nobody.
    Emergency {
        /// As it is dialled there.
        number: &'static str,
        /// Where; nothing for numbers that are the same in many countries.
        country: Option<&'static str>,
    },
    /// It is too short to be anybody's.
    Short,
    /// It is on the deny list.
    Listed(DeniedPattern),
}

impl fmt::Display for Denied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Emergency { number, country } => {
                write!(f, "{number} is an emergency number")?;
                if let Some(country) = country {
                    write!(f, " in {country}")?;
                }
                f.write_str(": it is never called from here")
            }
            Self::Short => f.write_str(
                "the number is too short: so few digits reach emergency or other services, which are \
                 never called from here",
            ),
            Self::Listed(pattern) => {
                write!(
                    f,
                    "{} is on the deny list of this profile",
                    pattern.as_str()
                )
            }
        }
    }
}

/// Whether a number may be called at all, whatever its shape: also `112` as people write it.
///
/// The number has to be without what people write between its digits. A number that begins like an
/// emergency number is refused where the numbering plan knows no such number, for some networks put
/// it through after these digits; a Delhi number (+91 11 2…) is not.
///
/// # Errors
///
/// Says why not.
pub fn check_denied(number: &str, list: &DenyList) -> Result<(), Denied> {
    let Some(digits) = number.strip_prefix('+') else {
        return match emergency("", number, true) {
            Some(denied) => Err(denied),
            None => Ok(()),
        };
    };
    if let Some(pattern) = list.0.iter().find(|pattern| pattern.denies(number)) {
        return Err(Denied::Listed(pattern.clone()));
    }
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(());
    }
    // With a plus in front by mistake it is still one.
    if let Some(denied) = emergency("", digits, true) {
        return Err(denied);
    }
    let (code, national) = split(digits);
    // Some write the zero that is dialled within the country.
    let bare = national.strip_prefix('0').unwrap_or(national);
    let exact = emergency(code, national, true).or_else(|| emergency(code, bare, true));
    if let Some(denied) = exact {
        return Err(denied);
    }
    if !national.is_empty() && national.len() <= SHORT {
        return Err(Denied::Short);
    }
    match emergency(code, national, false) {
        Some(denied) if belongs_to_nobody(number) => Err(denied),
        Some(_) | None => Ok(()),
    }
}

/// The same of a whole wish: of the number, and of handlers that are numbers. Each refusal with the
/// path of its field as the service would name it.
pub fn check_denied_call(call: &NewCall, list: &DenyList) -> Vec<Violation> {
    let handlers = call.options.handler_uris.iter().enumerate();
    let handlers = handlers.filter_map(|(at, uri)| {
        let number = called_by(uri)?;
        Some((format!("call.options.handler_uris[{at}]"), number))
    });
    std::iter::once(("call.to".to_owned(), call.to.clone()))
        .chain(handlers)
        .filter_map(|(field, number)| {
            let denied = check_denied(&number, list).err()?;
            Some(Violation::new(field, denied.to_string()))
        })
        .collect()
}

/// The number that a handler would call, if it is one: of a `tel:` URI, without what stands between
/// its digits and behind them.
pub fn called_by(handler: &str) -> Option<String> {
    let (scheme, rest) = handler.split_once(':')?;
    let number = rest.split([';', '?']).next().unwrap_or_default();
    scheme
        .eq_ignore_ascii_case("tel")
        .then(|| number.replace(['-', '.', '(', ')'], ""))
}

/// The emergency number that a national number is, or, if it need not be the whole, begins with.
fn emergency(code: &str, national: &str, whole: bool) -> Option<Denied> {
    let is = |number: &str| {
        if whole {
            national == number
        } else {
            national.starts_with(number)
        }
    };
    let country = |region: &str| country_name(region);
    let of_country = EMERGENCY
        .iter()
        .filter(|(other, ..)| *other == code)
        .find_map(|(_, region, numbers)| {
            let number = numbers.iter().copied().find(|number| is(number))?;
            let country = country(region);
            Some(Denied::Emergency { number, country })
        });
    of_country.or_else(|| {
        let number = ANYWHERE.into_iter().find(|number| is(number))?;
        Some(Denied::Emergency {
            number,
            country: None,
        })
    })
}

/// Country code and the rest.
fn split(digits: &str) -> (&str, &str) {
    let two = digits.get(..2).unwrap_or(digits);
    let length = if digits.starts_with(['1', '7']) {
        1
    } else if OF_TWO_DIGITS.split_whitespace().any(|code| code == two) {
        2
    } else {
        3
    };
    digits.split_at_checked(length).unwrap_or((digits, ""))
}

fn belongs_to_nobody(number: &str) -> bool {
    match E164::parse(number).map(E164::plan) {
        Ok(NumberPlan::Possible { assigned, .. }) => !assigned,
        Ok(NumberPlan::Impossible(_)) => true,
        Err(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::Options;
    use rstest::rstest;

    fn list(patterns: &[&str]) -> DenyList {
        let read = |text: &&str| DeniedPattern::parse(text).unwrap();
        patterns.iter().map(read).collect()
    }

    #[rstest]
    #[case::as_it_is_dialled("112", "112 is an emergency number")]
    #[case::zeros("000", "000 is an emergency number")]
    #[case::with_a_plus("+911", "911 is")]
    #[case::zeros_with_a_plus("+000", "000 is")]
    #[case::of_australia("+61000", "000 is")]
    #[case::of_australia_for_the_deaf("+61106", "106 is an emergency number in Australia")]
    #[case::of_the_mobile_networks("+61112", "112 is")]
    #[case::of_america("+1911", "911 is")]
    #[case::of_america_and_more("+19115550123", "911 is")]
    #[case::of_britain("+44999", "999 is")]
    #[case::with_the_zero_of_the_country("+440999", "999 is")]
    #[case::of_germany("+49110", "110 is an emergency number in Germany")]
    #[case::of_two_digits("+3315", "15 is an emergency number in France")]
    #[case::of_four_digits("+922015", "")]
    #[case::of_pakistan("+921122", "1122 is an emergency number in Pakistan")]
    #[case::of_new_zealand("+64111", "111 is an emergency number in New Zealand")]
    #[case::short("+61123", "so few digits")]
    fn emergency_and_short_numbers_are_refused_in_words(#[case] number: &str, #[case] told: &str) {
        let denied = check_denied(number, &DenyList::default());
        match told {
            "" => assert_eq!(denied, Ok(())),
            told => {
                let told_of = denied.unwrap_err().to_string();
                assert!(
                    told_of.starts_with(told) || told_of.contains(told),
                    "{told_of}"
                );
            }
        }
    }

    #[rstest]
    #[case::of_the_examples("+61491570006")]
    #[case::a_fixed_line("+61255501234")]
    #[case::delhi("+911123456789")]
    #[case::london("+442079460123")]
    #[case::new_york("+12125550146")]
    #[case::not_a_number("abc")]
    #[case::nothing("")]
    #[case::a_plus("+")]
    #[case::only_begun("+614915")]
    #[case::a_code_of_three_digits("+35312345678")]
    #[case::written_nationally("0491570006")]
    fn ordinary_numbers_are_not(#[case] number: &str) {
        assert_eq!(check_denied(number, &DenyList::default()), Ok(()));
    }

    #[rstest]
    #[case::a_beginning("+1900*", "+19005550123", true)]
    #[case::another("+1900*", "+19015550123", false)]
    #[case::in_full("+61491570006", "+61491570006", true)]
    #[case::not_the_beginning_of_one("+6149157000", "+61491570006", false)]
    #[case::an_end("*0006", "+61491570006", true)]
    #[case::the_middle("+61*570*", "+61491570006", true)]
    #[case::not_overlapping("+61491*1570006", "+61491570006", false)]
    #[case::in_usual_spelling("+1 (900) *", "+19005550123", true)]
    #[case::nothing_in_between("+6149157*0006", "+61491570006", true)]
    fn the_list_denies_what_its_patterns_say(
        #[case] pattern: &str,
        #[case] number: &str,
        #[case] denied: bool,
    ) {
        assert_eq!(check_denied(number, &list(&[pattern])).is_err(), denied);
    }

    #[rstest]
    #[case::everything("*", "read_only")]
    #[case::nothing("", "read_only")]
    #[case::words("+1900x", "neither a digit")]
    #[case::no_plus("1900*", "+ and its country code")]
    #[case::two_plus("++1900*", "+ and at most")]
    fn a_pattern_that_makes_no_sense_says_why(#[case] pattern: &str, #[case] told: &str) {
        let wrong = DeniedPattern::parse(pattern).unwrap_err();
        assert!(wrong.contains(told), "{wrong}");
    }

    #[test]
    fn handlers_that_are_numbers_are_held_to_it_too() {
        let call = NewCall {
            to: "+61491570006".to_owned(),
            options: Options {
                handler_uris: vec![
                    "https://app.example/".to_owned(),
                    "TEL:+1-900-555-0123;ext=4".to_owned(),
                ],
                ..Options::default()
            },
            ..NewCall::default()
        };
        let found = check_denied_call(&call, &list(&["+1900*"]));
        assert_eq!(
            found,
            [Violation::new(
                "call.options.handler_uris[1]",
                "+1900* is on the deny list of this profile"
            )]
        );
    }

    #[test]
    fn the_table_is_in_order_and_every_country_of_it_has_a_name() {
        assert!(EMERGENCY.is_sorted_by(|a, b| a.0 < b.0));
        for (code, region, numbers) in EMERGENCY {
            assert_eq!(split(&format!("{code}5550123")).0, code, "{region}");
            assert!(country_name(region).is_some(), "{region}");
            assert!(!numbers.is_empty(), "{region}");
        }
    }
}
