//! Telephone numbers as people write them: with blanks and brackets, with `00` for the plus, with a
//! trunk zero, as a `tel:` URI, or as one writes them within a country.
//!
//! A reading is never a guess: what can be read in two ways is told, not chosen.

use std::str::FromStr as _;

use phonenumber::country::{Id, Source};
use phonenumber::metadata::DATABASE;
use phonenumber::{Mode, PhoneNumber};

use super::number::{LengthFault, length_fault};
use super::{E164, NumberFault, NumberPlan, is_hostile};

/// What a text says of a number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reading {
    /// Nothing is written.
    Empty,
    /// A number that can be dialled.
    Number(Dialled),
    /// With more digits it may become one; what is missing, for people.
    Unfinished(String),
    /// Whatever follows, it is none; why, for people.
    Wrong(String),
}

/// A number that can be dialled, and how it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dialled {
    /// `+` and digits.
    pub number: String,
    /// CLDR region code, such as `AU`; nothing for codes that belong to no country.
    pub region: Option<String>,
    /// As people write it in its country.
    pub national: String,
    /// As people write it abroad.
    pub international: String,
    /// Whether the numbering plan has assigned such numbers.
    pub assigned: bool,
    /// How it was written.
    pub spelling: Spelling,
}

/// How a number was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spelling {
    /// With its plus sign and country code: all its digits in their order are dialled.
    Plain,
    /// In another way: other digits are dialled than stand there.
    Translated,
}

/// Reads a number. One without its country code is read as in `home`, a CLDR region code; without
/// a home it is asked for its country code.
///
/// The plans are unpacked at the first use, which takes some tens of milliseconds.
pub fn read_number(text: &str, home: Option<&str>) -> Reading {
    let written = match Written::of(text) {
        Ok(written) => written,
        Err(fault) => return Reading::Wrong(fault.to_string()),
    };
    let digits = written.digits.as_str();
    if written.has_plus {
        return international(&written, digits, Spelling::Plain);
    }
    if digits.is_empty() {
        return if written.is_blank {
            Reading::Empty
        } else {
            Reading::Unfinished("a number follows".to_owned())
        };
    }
    let home = home.and_then(|home| Id::from_str(home).ok());
    let local = home.map(|home| (home, phonenumber::parse(Some(home), digits)));
    match local {
        Some((home, Ok(number))) => match number.code().source() {
            Source::Idd => {
                let dialled = e164(&number);
                let digits = dialled.trim_start_matches('+');
                international(&written, digits, Spelling::Translated)
            }
            Source::Default => national(&written, home, &number),
            // Where the trunk prefix is the country code, as in America, both readings are one.
            Source::Number if has_trunk(home, digits) => national(&written, home, &number),
            Source::Plus | Source::Number => without_home(&written),
        },
        Some((_, Err(_))) | None => without_home(&written),
    }
}

/// What is written, without what only separates.
#[derive(Debug)]
struct Written {
    /// All digits in their order, without the zero of `(0)` behind a country code.
    digits: String,
    /// The same with it, if there is one.
    with_zero: Option<String>,
    has_plus: bool,
    /// Whether there is nothing but blanks.
    is_blank: bool,
}

impl Written {
    fn of(text: &str) -> Result<Self, NumberFault> {
        let text = text.trim_matches(|c: char| c.is_whitespace() || is_hostile(c));
        let is_blank = text.is_empty();
        let text = match text.split_at_checked(4) {
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("tel:") => rest,
            _ => text,
        };
        let mut kept = String::with_capacity(text.len());
        for c in text.chars() {
            match c {
                '+' | '＋' if kept.is_empty() => kept.push('+'),
                '(' | ')' | '（' | '）' => {
                    kept.push(if matches!(c, '(' | '（') { '(' } else { ')' });
                }
                '-' | '.' | '/' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{ff0d}' | '·' => {}
                c if c.is_whitespace() || is_hostile(c) => {}
                c => kept.push(digit(c).ok_or(NumberFault::NotADigit(c))?),
            }
        }
        let only_digits = |text: &str| {
            text.chars()
                .filter(char::is_ascii_digit)
                .collect::<String>()
        };
        let has_plus = kept.starts_with('+');
        let all = only_digits(&kept);
        let abroad = has_plus || all.starts_with("00");
        let (digits, with_zero) = match kept.find("(0)").filter(|&at| abroad && at > 1) {
            Some(_) => (only_digits(&kept.replacen("(0)", "", 1)), Some(all)),
            None => (all, None),
        };
        Ok(Self {
            digits,
            with_zero,
            has_plus,
            is_blank,
        })
    }
}

/// The digit that a character stands for, in any of the scripts that keyboards have them in.
fn digit(c: char) -> Option<char> {
    let zero = ['0', '\u{ff10}', '\u{660}', '\u{6f0}', '\u{966}']
        .into_iter()
        .find(|&zero| (zero..=char::from_u32(zero as u32 + 9).unwrap_or(zero)).contains(&c))?;
    char::from_digit(c as u32 - zero as u32, 10)
}

/// Reads digits that begin with a country code.
fn international(written: &Written, digits: &str, spelling: Spelling) -> Reading {
    let plain = format!("+{digits}");
    let fault = match E164::parse(&plain) {
        Err(fault @ (NumberFault::LeadingZero | NumberFault::TooLong(_))) => Some(fault),
        Err(NumberFault::TooShort | NumberFault::Empty) if digits.starts_with('0') => {
            Some(NumberFault::LeadingZero)
        }
        Ok(_) | Err(_) => None,
    };
    if let Some(fault) = fault {
        return Reading::Wrong(fault.to_string());
    }
    let Some(code) = country_code(digits) else {
        return Reading::Wrong("no country has this code".to_owned());
    };
    let Code::Whole(code) = code else {
        return Reading::Unfinished("+ and the country code, such as +61491570006".to_owned());
    };
    // A trunk zero behind the country code is dialled only where the plan has such numbers.
    let (code, rest) = digits.split_at(code);
    let without = rest.strip_prefix('0').map(|rest| format!("+{code}{rest}"));
    let bracketed = written
        .with_zero
        .as_deref()
        .map(|all| format!("+{}", tail(all, digits)));
    let candidates = [
        Some((
            plain.clone(),
            if written.with_zero.is_some() {
                Spelling::Translated
            } else {
                spelling
            },
        )),
        without.map(|number| (number, Spelling::Translated)),
        bracketed.map(|number| (number, spelling)),
    ];
    let first = candidates
        .into_iter()
        .flatten()
        .find(|(number, _)| is_assigned(number));
    let (number, spelling) = first.unwrap_or((plain, spelling));
    dialled(&number, spelling)
}

/// Of all digits, those behind a prefix for calls abroad that `digits` no longer have.
fn tail<'a>(all: &'a str, digits: &str) -> &'a str {
    let prefix = all.len().saturating_sub(digits.len() + 1);
    all.get(prefix..).unwrap_or(all)
}

/// Reads a number as one writes it in a country.
fn national(written: &Written, home: Id, number: &PhoneNumber) -> Reading {
    let region = home.as_ref();
    let digits = written.digits.as_str();
    let has_trunk = has_trunk(home, digits);
    if number.is_valid() {
        // A text that is a number here and, with a plus in front, one abroad too could mean either.
        let abroad = format!("+{digits}");
        if !digits.starts_with('0') && is_assigned(&abroad) && e164(number) != abroad {
            return Reading::Unfinished(format!(
                "{} or {}? write it with +",
                spaced(&e164(number)),
                spaced(&abroad)
            ));
        }
        return dialled(&e164(number), Spelling::Translated);
    }
    if digits.starts_with("00") {
        return without_home(written);
    }
    match length_fault(number) {
        Some(LengthFault::TooLong) if has_trunk => {
            Reading::Wrong(format!("too long for a number of {region}"))
        }
        None if has_trunk => dialled(&e164(number), Spelling::Translated),
        Some(LengthFault::TooShort | LengthFault::Between) if has_trunk => {
            Reading::Unfinished(format!("too short for a number of {region}"))
        }
        Some(_) | None => without_home(written),
    }
}

/// Whether digits begin as those of a long-distance call within a country do.
fn has_trunk(home: Id, digits: &str) -> bool {
    let meta = DATABASE.by_id(home.as_ref());
    meta.and_then(|meta| meta.national_prefix())
        .is_some_and(|trunk| digits.starts_with(trunk))
}

/// Reads a number of which nothing says in which country it is.
fn without_home(written: &Written) -> Reading {
    let digits = written.digits.as_str();
    if let Some(abroad) = digits.strip_prefix("00") {
        return if abroad.is_empty() {
            Reading::Unfinished("00 and the country code, such as 0061491570006".to_owned())
        } else {
            international(written, abroad, Spelling::Translated)
        };
    }
    let abroad = format!("+{digits}");
    if is_assigned(&abroad) {
        return Reading::Unfinished(format!("is it {}? write the +", spaced(&abroad)));
    }
    Reading::Unfinished(NumberFault::NoPlus.to_string())
}

fn dialled(number: &str, spelling: Spelling) -> Reading {
    let plan = match E164::parse(number) {
        Ok(number) => number.plan(),
        Err(NumberFault::TooShort | NumberFault::Empty) => {
            return Reading::Unfinished(NumberFault::TooShort.to_string());
        }
        Err(fault) => return Reading::Wrong(fault.to_string()),
    };
    match plan {
        NumberPlan::Possible {
            region,
            national,
            international,
            assigned,
        } => Reading::Number(Dialled {
            number: number.to_owned(),
            region,
            national,
            international,
            assigned,
            spelling,
        }),
        NumberPlan::Impossible(reason) => {
            let too_long = phonenumber::parse(None, number)
                .is_ok_and(|number| length_fault(&number) == Some(LengthFault::TooLong));
            if too_long {
                Reading::Wrong(reason.to_owned())
            } else {
                Reading::Unfinished(reason.to_owned())
            }
        }
    }
}

/// How far digits name a country code.
#[derive(Debug, PartialEq, Eq)]
enum Code {
    /// The first so many are one.
    Whole(usize),
    /// With another digit they may become one.
    Beginning,
}

/// The country code that digits begin with; nothing if there is none, whatever follows.
fn country_code(digits: &str) -> Option<Code> {
    let known = |text: &str| {
        let code = text.parse::<u16>().ok()?;
        DATABASE.by_code(&code).map(drop)
    };
    let longest = digits.len().min(3);
    if let Some(len) = (1..=longest).find(|&len| digits.get(..len).and_then(known).is_some()) {
        return Some(Code::Whole(len));
    }
    // At most two more digits make a code of three.
    let more = |len: usize| {
        (0..10_u32.pow(u32::try_from(len).unwrap_or(0))).map(move |tail| format!("{tail:0len$}"))
    };
    (1..=3_usize.saturating_sub(digits.len()))
        .flat_map(more)
        .any(|tail| known(&format!("{digits}{tail}")).is_some())
        .then_some(Code::Beginning)
}

fn is_assigned(number: &str) -> bool {
    let plan = E164::parse(number).map(E164::plan);
    matches!(plan, Ok(NumberPlan::Possible { assigned: true, .. }))
}

fn e164(number: &PhoneNumber) -> String {
    number.format().mode(Mode::E164).to_string()
}

fn spaced(number: &str) -> String {
    match E164::parse(number).map(E164::plan) {
        Ok(NumberPlan::Possible { international, .. }) => international,
        Ok(NumberPlan::Impossible(_)) | Err(_) => number.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;

    fn number(text: &str, home: Option<&str>) -> Dialled {
        match read_number(text, home) {
            Reading::Number(number) => number,
            other => panic!("{text}: {other:?}"),
        }
    }

    #[rstest]
    #[case::plain("+61491570006")]
    #[case::spaced(" +61 491 570 006 ")]
    #[case::bracketed("+61 (491) 570-006")]
    #[case::dotted("+61.491.570.006")]
    #[case::full_width("＋６１ ４９１ ５７０ ００６")]
    #[case::invisible("\u{202a}+61\u{200b} 491\u{a0}570\u{feff} 006\u{202c}")]
    #[case::dashes("+61–491–570—006")]
    #[case::uri("tel:+61491570006")]
    #[case::uri_in_capitals("TEL:+61-491-570-006")]
    fn all_digits_behind_the_plus_are_dialled(#[case] text: &str) {
        let read = number(text, None);
        assert_eq!(
            (&*read.number, read.spelling),
            ("+61491570006", Spelling::Plain)
        );
        assert_eq!(
            (read.region.as_deref(), &*read.national),
            (Some("AU"), "0491 570 006")
        );
        assert_eq!(read, number(text, Some("GB")), "a home changes nothing");
    }

    #[rstest]
    #[case::zero_in_brackets("+61 (0)2 5550 1234", None, "+61255501234")]
    #[case::zero_in_brackets_after_00("0061 (0) 2 5550 1234", None, "+61255501234")]
    #[case::trunk_zero("+61 02 5550 1234", None, "+61255501234")]
    #[case::zero_that_is_dialled("+39 (0)6 6982 0001", None, "+390669820001")]
    #[case::double_zero("00 61 491 570 006", None, "+61491570006")]
    #[case::double_zero_elsewhere("00 61 491 570 006", Some("US"), "+61491570006")]
    #[case::double_zero_at_home("0061 491 570 006", Some("AU"), "+61491570006")]
    #[case::prefix_of_home("0011 44 20 7946 0123", Some("AU"), "+442079460123")]
    #[case::prefix_of_america("011 61 491 570 006", Some("US"), "+61491570006")]
    #[case::mobile("0491 570 006", Some("AU"), "+61491570006")]
    #[case::fixed("(02) 5550 1234", Some("AU"), "+61255501234")]
    #[case::local_uri("tel:0491570006", Some("AU"), "+61491570006")]
    #[case::no_trunk("(212) 736-5000", Some("US"), "+12127365000")]
    #[case::trunk_of_america("1 (212) 736-5000", Some("US"), "+12127365000")]
    fn other_spellings_are_translated_and_said_to_be(
        #[case] text: &str,
        #[case] home: Option<&str>,
        #[case] dialled: &str,
    ) {
        let read = number(text, home);
        assert_eq!(read.number, dialled);
        let plain = home.is_none() && text.starts_with("+39");
        assert_eq!(read.spelling == Spelling::Plain, plain, "{read:?}");
    }

    #[rstest]
    #[case::no_home("0491 570 006", None, "country code")]
    #[case::without_its_plus("61491570006", None, "is it +61 491 570 006?")]
    #[case::without_its_plus_at_home("61491570006", Some("AU"), "is it +61 491 570 006?")]
    #[case::too_short_at_home("0491", Some("AU"), "too short")]
    #[case::local("5550 1234", None, "country code")]
    #[case::nothing_yet("tel:", None, "follows")]
    #[case::plus("+", None, "country code")]
    #[case::half_a_code("+99", None, "country code")]
    #[case::short("+61 491", None, "too short")]
    #[case::zeros("00", None, "country code")]
    fn what_may_become_a_number_says_what_is_missing(
        #[case] text: &str,
        #[case] home: Option<&str>,
        #[case] word: &str,
    ) {
        let read = read_number(text, home);
        assert!(
            matches!(&read, Reading::Unfinished(said) if said.contains(word)),
            "{read:?}"
        );
    }

    #[rstest]
    #[case::letter("+61 abc", "'a' is not a digit")]
    #[case::extension("+61 2 5550 1234 x5", "'x' is not a digit")]
    #[case::parameter("tel:+61255501234;ext=5", "';' is not a digit")]
    #[case::second_plus("+61+491", "'+' is not a digit")]
    #[case::zero("+0", "does not begin with 0")]
    #[case::no_country("+999", "no country")]
    #[case::long("+614915700061234567", "15 digits")]
    #[case::long_for_its_country("+1 212 736 50001", "too long")]
    fn what_never_becomes_a_number_says_so_at_once(#[case] text: &str, #[case] word: &str) {
        let read = read_number(text, None);
        assert!(
            matches!(&read, Reading::Wrong(said) if said.contains(word)),
            "{read:?}"
        );
    }

    #[test]
    fn what_could_be_two_numbers_is_not_chosen_between() {
        let mut both = 0;
        for n in 2_000_000_000_u64..2_000_000_400 {
            let text = (n + 12_345_678 * (n % 97)).to_string();
            let abroad = format!("+{text}");
            let at_home = phonenumber::parse(Some(Id::US), &text).unwrap();
            if at_home.is_valid() && is_assigned(&abroad) {
                both += 1;
                let read = read_number(&text, Some("US"));
                assert!(
                    matches!(&read, Reading::Unfinished(said) if said.contains(" or ")),
                    "{read:?}"
                );
            }
        }
        assert!(both > 0, "no such number among those tried");
    }

    proptest! {
        #[test]
        fn nothing_scolds_on_the_way_to_a_number(
            text in prop::sample::select(vec![
                "+61491570006", "+61 (0)2 5550 1234", "00 61 491 570 006", "0491 570 006",
                "tel:+442079460123", "+1 212 736 5000", "+39 06 6982 0001", "+800123456789",
                "+37112345678", "(02) 5550 1234",
            ]),
            home in prop::sample::select(vec![None, Some("AU"), Some("GB")]),
        ) {
            for (at, _) in text.char_indices() {
                let beginning = text.get(..at).unwrap();
                let scheme = "tel:".starts_with(beginning);
                let read = read_number(beginning, home);
                prop_assert!(scheme || !matches!(read, Reading::Wrong(_)), "{beginning:?}: {read:?}");
            }
        }

        #[test]
        fn any_text_is_read_and_what_is_dialled_has_the_shape(text in "\\PC{0,24}|[+0-9() ]{0,24}", home in "[A-Z]{2}") {
            if let Reading::Number(read) = read_number(&text, Some(&home)) {
                prop_assert!(E164::parse(&read.number).is_ok());
                let again = number(&read.number, None);
                prop_assert_eq!(again.number, read.number);
            }
        }
    }
}
