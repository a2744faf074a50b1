//! Telephone numbers and SIP addresses: their shape (`api.md §2.1`, `§5`), and what the numbering
//! plans of the world say of a number.

use std::fmt;

use phonenumber::metadata::DATABASE;
use phonenumber::{Mode, PhoneNumber, Type};

/// A number of the shape `+[1-9][0-9]{1,14}` (ITU-T E.164 with its plus sign).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct E164<'a>(&'a str);

/// Why a text is no E.164 number. Each is a sentence for the person who typed it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NumberFault {
    /// Nothing was given.
    #[error("a number is needed, such as +61491570006")]
    Empty,
    /// It has no plus sign in front.
    #[error("write the number with + and its country code, such as +61491570006")]
    NoPlus,
    /// A country code never begins with zero.
    #[error("a country code does not begin with 0")]
    LeadingZero,
    /// Something other than a digit.
    #[error("{0:?} is not a digit: a number is + and digits only")]
    NotADigit(char),
    /// Fewer than two digits.
    #[error("the number is too short")]
    TooShort,
    /// More than fifteen digits.
    #[error("a number has at most 15 digits, not {0}")]
    TooLong(usize),
}

impl<'a> E164<'a> {
    /// Checks the shape, and nothing but the shape: what the service itself checks.
    pub fn parse(text: &'a str) -> Result<Self, NumberFault> {
        if text.is_empty() {
            return Err(NumberFault::Empty);
        }
        let digits = text.strip_prefix('+').ok_or(NumberFault::NoPlus)?;
        if let Some(other) = digits.chars().find(|c| !c.is_ascii_digit()) {
            return Err(NumberFault::NotADigit(other));
        }
        match digits.len() {
            0 | 1 => Err(NumberFault::TooShort),
            _ if digits.starts_with('0') => Err(NumberFault::LeadingZero),
            2..=15 => Ok(Self(text)),
            more => Err(NumberFault::TooLong(more)),
        }
    }

    /// The number with its plus sign.
    pub fn as_str(self) -> &'a str {
        self.0
    }

    /// What the numbering plan of its country says of the number.
    ///
    /// The plans are unpacked at the first use, which takes some tens of milliseconds.
    pub fn plan(self) -> NumberPlan {
        NumberPlan::of(self)
    }
}

/// What the numbering plan of its country says of a number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NumberPlan {
    /// No country has this code, or no number of that country has this length.
    Impossible(&'static str),
    /// A number that can exist.
    Possible {
        /// CLDR region code, such as `AU`; nothing for codes that belong to no country.
        region: Option<String>,
        /// The number as people write it in its country.
        national: String,
        /// The number as people write it abroad.
        international: String,
        /// Whether the plan has assigned such numbers. A false is a warning and no more: plans
        /// change, and the service decides.
        assigned: bool,
    },
}

impl NumberPlan {
    fn of(number: E164<'_>) -> Self {
        let Ok(parsed) = phonenumber::parse(None, number.as_str()) else {
            return Self::Impossible("no country has this code");
        };
        if let Some(fault) = length_fault(&parsed) {
            return Self::Impossible(fault.says());
        }
        // The parser drops what it takes for a trunk prefix; the service dials what it is given.
        if parsed.format().mode(Mode::E164).to_string() != number.as_str() {
            return Self::Possible {
                region: parsed.country().id().map(|id| id.as_ref().to_owned()),
                national: number.as_str().to_owned(),
                international: number.as_str().to_owned(),
                assigned: false,
            };
        }
        Self::Possible {
            region: parsed.country().id().map(|id| id.as_ref().to_owned()),
            national: parsed.format().mode(Mode::National).to_string(),
            international: parsed.format().mode(Mode::International).to_string(),
            assigned: parsed.is_valid(),
        }
    }
}

/// Why no number of a country has a length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LengthFault {
    /// Shorter than any.
    TooShort,
    /// Longer than any.
    TooLong,
    /// Between those that there are.
    Between,
}

impl LengthFault {
    fn says(self) -> &'static str {
        match self {
            Self::TooShort => "the number is too short for its country",
            Self::TooLong => "the number is too long for its country",
            Self::Between => "no number of that country has this length",
        }
    }
}

/// Compares the length with those of every kind of number that any region of the country code has.
pub(super) fn length_fault(number: &PhoneNumber) -> Option<LengthFault> {
    const KINDS: [Type; 9] = [
        Type::FixedLine,
        Type::Mobile,
        Type::TollFree,
        Type::PremiumRate,
        Type::SharedCost,
        Type::PersonalNumber,
        Type::Voip,
        Type::Pager,
        Type::Uan,
    ];
    let regions = DATABASE.by_code(&number.code().value())?;
    let lengths: Vec<u16> = regions
        .iter()
        .flat_map(|meta| {
            KINDS
                .iter()
                .filter_map(|&kind| meta.descriptors().get(kind))
        })
        .flat_map(|descriptor| descriptor.possible_length().iter().copied())
        .collect();
    let digits = number
        .national()
        .value()
        .checked_ilog10()
        .map_or(1, |log| log + 1);
    let length = u16::try_from(digits + u32::from(number.national().zeros())).ok()?;
    let (shortest, longest) = (lengths.iter().min()?, lengths.iter().max()?);
    if length < *shortest {
        Some(LengthFault::TooShort)
    } else if length > *longest {
        Some(LengthFault::TooLong)
    } else if !lengths.contains(&length) {
        Some(LengthFault::Between)
    } else {
        None
    }
}

/// One end of a call, read from `to` or `from`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Party<'a> {
    /// A telephone number.
    Number(E164<'a>),
    /// A SIP URI, given without its scheme.
    Sip(&'a str),
    /// The caller withheld the number, and the service does not tell it.
    Private,
    /// The service gave nothing.
    Absent,
    /// Something else, shown as it came.
    Other(&'a str),
}

impl<'a> Party<'a> {
    /// Reads a text of the service; an empty one is a private caller where the call says so.
    pub fn from_text(text: &'a str, is_private: bool) -> Self {
        if text.is_empty() {
            return if is_private {
                Self::Private
            } else {
                Self::Absent
            };
        }
        if let Ok(number) = E164::parse(text) {
            return Self::Number(number);
        }
        match text.split_once(':') {
            Some(("sip" | "sips", address)) if !address.is_empty() => Self::Sip(address),
            _ => Self::Other(text),
        }
    }
}

impl fmt::Display for Party<'_> {
    /// Numbers are grouped as people write them abroad where that can be told.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => f.pad(&grouped(*number)),
            Self::Sip(text) | Self::Other(text) => f.pad(text),
            Self::Private => f.pad("private"),
            Self::Absent => f.pad("–"),
        }
    }
}

fn grouped(number: E164<'_>) -> String {
    match phonenumber::parse(None, number.as_str()) {
        Ok(parsed) => parsed.format().mode(Mode::International).to_string(),
        Err(_) => number.as_str().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    #[rstest]
    #[case("+61491570006", None)]
    #[case("+12", None)]
    #[case("+123456789012345", None)]
    #[case("", Some(NumberFault::Empty))]
    #[case("61491570006", Some(NumberFault::NoPlus))]
    #[case("0491570006", Some(NumberFault::NoPlus))]
    #[case("+061491570006", Some(NumberFault::LeadingZero))]
    #[case("+6149157000a", Some(NumberFault::NotADigit('a')))]
    #[case("+61 491", Some(NumberFault::NotADigit(' ')))]
    #[case("+", Some(NumberFault::TooShort))]
    #[case("+6", Some(NumberFault::TooShort))]
    #[case("+1234567890123456", Some(NumberFault::TooLong(16)))]
    #[case("+６１４９", Some(NumberFault::NotADigit('６')))]
    fn shapes(#[case] text: &str, #[case] fault: Option<NumberFault>) {
        assert_eq!(E164::parse(text).err(), fault);
    }

    #[test]
    fn plans_know_country_and_forms() {
        let plan = E164::parse("+61491570006").unwrap().plan();
        assert_eq!(
            plan,
            NumberPlan::Possible {
                region: Some("AU".to_owned()),
                national: "0491 570 006".to_owned(),
                international: "+61 491 570 006".to_owned(),
                assigned: true,
            }
        );
    }

    #[test]
    fn a_trunk_zero_behind_the_country_code_is_not_dropped_in_silence() {
        let plan = E164::parse("+610491570006").unwrap().plan();
        assert!(
            matches!(&plan, NumberPlan::Possible { assigned: false, international, .. }
                if international == "+610491570006"),
            "{plan:?}"
        );
    }

    #[rstest]
    #[case("+61491", "short")]
    #[case("+12125550123456", "long")]
    #[case("+99912345678", "country")]
    fn impossible_numbers_say_why(#[case] number: &str, #[case] word: &str) {
        let NumberPlan::Impossible(reason) = E164::parse(number).unwrap().plan() else {
            panic!("{number} passes for possible");
        };
        assert!(reason.contains(word), "{reason}");
    }

    #[test]
    fn parties_are_read_from_what_the_service_sends() {
        assert_eq!(Party::from_text("", true), Party::Private);
        assert_eq!(Party::from_text("", false), Party::Absent);
        assert_eq!(
            Party::from_text("sip:100@pbx.example", false),
            Party::Sip("100@pbx.example")
        );
        assert_eq!(
            Party::from_text("anonymous", true),
            Party::Other("anonymous")
        );
        assert_eq!(
            Party::from_text("+61255501234", false).to_string(),
            "+61 2 5550 1234"
        );
    }
}
