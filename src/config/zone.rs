//! The time zone that the screen speaks in.

use chrono_tz::{TZ_VARIANTS, Tz};

use super::nearest;

/// The zone of this name, letter case aside.
pub(super) fn named(name: &str) -> Option<Tz> {
    TZ_VARIANTS
        .iter()
        .copied()
        .find(|zone| zone.name().eq_ignore_ascii_case(name))
}

/// The zone of this name; the error is a sentence for the person who typed it.
pub(super) fn asked_for(name: &str) -> Result<Tz, String> {
    named(name).ok_or_else(|| {
        let near = nearest(name, TZ_VARIANTS.iter().map(|zone| zone.name()))
            // A city alone is a common way to say it.
            .or_else(|| {
                let wanted = name.to_lowercase().replace(' ', "_");
                TZ_VARIANTS.iter().map(|zone| zone.name()).find(|known| {
                    known
                        .rsplit_once('/')
                        .is_some_and(|(_, city)| city.eq_ignore_ascii_case(&wanted))
                })
            });
        match near {
            Some(near) => format!("{name:?} is no time zone; did you mean {near}?"),
            None => {
                format!("{name:?} is no time zone; write an IANA name such as Australia/Melbourne")
            }
        }
    })
}

/// The zone of the surroundings: `TZ` if it is set, otherwise the machine's. What cannot be
/// understood gives UTC and a notice: nobody asked this program for it by name.
pub(super) fn of_surroundings(tz: Option<&str>, machine: Option<&str>) -> (Tz, Option<String>) {
    let (name, from) = match (tz, machine) {
        (Some(tz), _) => (tz, "TZ"),
        (None, Some(machine)) => (machine, "this machine's setting"),
        (None, None) => return (Tz::UTC, None),
    };
    // POSIX writes `:Area/City`, and some write the path of the zone's file.
    let bare = name.strip_prefix(':').unwrap_or(name);
    let bare = bare
        .split_once("zoneinfo/")
        .map_or(bare, |(_, inner)| inner);
    match named(bare) {
        Some(zone) => (zone, None),
        None => (
            Tz::UTC,
            Some(format!(
                "times are shown in UTC: {from} names the time zone {name:?}, which is not known \
                 here; --tz Area/City names another"
            )),
        ),
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::by_name("Australia/Melbourne", Tz::Australia__Melbourne)]
    #[case::in_any_case("europe/berlin", Tz::Europe__Berlin)]
    #[case::utc("UTC", Tz::UTC)]
    fn a_zone_is_found(#[case] name: &str, #[case] zone: Tz) {
        assert_eq!(asked_for(name), Ok(zone));
    }

    #[rstest]
    #[case::a_slip("Australia/Melborne", "did you mean Australia/Melbourne?")]
    #[case::a_city("melbourne", "did you mean Australia/Melbourne?")]
    #[case::a_city_of_two_words("new york", "did you mean America/New_York?")]
    #[case::nonsense("Middle/Earth", "an IANA name")]
    fn what_is_no_zone_gets_a_hint(#[case] name: &str, #[case] part: &str) {
        let reason = asked_for(name).unwrap_err();
        assert!(reason.contains(part), "{reason}");
    }

    #[rstest]
    #[case::tz_first(Some("Asia/Tokyo"), Some("Europe/Berlin"), Tz::Asia__Tokyo)]
    #[case::posix_colon(Some(":Asia/Tokyo"), None, Tz::Asia__Tokyo)]
    #[case::a_file(Some("/usr/share/zoneinfo/Asia/Tokyo"), None, Tz::Asia__Tokyo)]
    #[case::the_machine(None, Some("Europe/Berlin"), Tz::Europe__Berlin)]
    #[case::nothing_known(None, None, Tz::UTC)]
    fn the_surroundings_name_the_zone(
        #[case] tz: Option<&str>,
        #[case] machine: Option<&str>,
        #[case] zone: Tz,
    ) {
        assert_eq!(of_surroundings(tz, machine), (zone, None));
    }

    #[test]
    fn a_zone_that_is_not_known_is_said_and_not_guessed() {
        let (zone, notice) = of_surroundings(Some("XYZ-10"), Some("Europe/Berlin"));
        assert_eq!(zone, Tz::UTC);
        assert!(notice.unwrap().contains("XYZ-10"));
    }
}
