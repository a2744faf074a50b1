//! Faults as they are written: what is read, what is refused, and what is printed back.

use proptest::prelude::*;
use rstest::rstest;

use super::*;

fn read(text: &str) -> Result<Faults, String> {
    text.parse().map_err(|error: FaultError| error.to_string())
}

#[rstest]
#[case::none("", "")]
#[case::blank("  ", "")]
#[case::a_length("latency=50ms", "latency=50ms")]
#[case::another_unit("late-price=60s", "late-price=1m")]
#[case::no_length("jitter=0s", "jitter=0ms")]
#[case::a_share("unavailable=0.05", "unavailable=0.05")]
#[case::a_whole_share("lose-create=1.0", "lose-create=1")]
#[case::requests("rate-limit=20", "rate-limit=20")]
#[case::a_name_alone("offset-tokens", "offset-tokens")]
#[case::a_list(
    "hostile-text, latency=1s ,short-pages",
    "latency=1s,short-pages,hostile-text"
)]
fn faults_are_read_and_printed_back(#[case] text: &str, #[case] printed: &str) {
    let faults = read(text).unwrap();
    assert_eq!(faults.to_string(), printed);
    assert_eq!(read(printed), Ok(faults));
}

#[rstest]
#[case::a_slip("latncy=5ms", "there is no fault \"latncy\"; did you mean latency?")]
#[case::an_underscore("rate_limit=5", "did you mean rate-limit?")]
#[case::another_case("Short-Pages", "did you mean short-pages?")]
#[case::nothing_like_it("slow", "there are latency, jitter, unavailable, lose-create")]
#[case::between_commas("latency=5ms,,jitter=5ms", "there is no fault \"\"")]
#[case::a_very_long_one(&"x".repeat(100_000), "xxx…\"")]
#[case::a_missing_value("latency", "latency needs a value, such as latency=50ms")]
#[case::an_empty_value("rate-limit=", "rate-limit needs a value, such as rate-limit=20")]
#[case::an_unwanted_value("ignore-filter=true", "ignore-filter takes no value")]
#[case::an_unwanted_empty_value("short-pages=", "short-pages takes no value")]
#[case::a_length_without_unit("latency=50", "latency cannot be \"50\": write a length")]
#[case::too_long("latency=61m", "such as 50ms, 5s or 1m, up to 1h")]
#[case::too_late("late-visible=25h", "up to 24h")]
#[case::a_percentage("unavailable=5%", "write a share from 0 to 1, such as 0.05")]
#[case::more_than_all("lose-create=1.01", "a share from 0 to 1")]
#[case::less_than_none("drop-create=-0.1", "a share from 0 to 1")]
#[case::no_number("drop-create=NaN", "a share from 0 to 1")]
#[case::no_requests("rate-limit=0", "requests a second, 1 to 1000000")]
#[case::half_a_request("rate-limit=0.5", "requests a second")]
#[case::twice("latency=5ms,latency=5ms", "latency is given twice")]
#[case::two_values("latency=5ms=5ms", "latency cannot be \"5ms=5ms\"")]
fn what_makes_no_sense_is_told_with_a_remedy(#[case] text: &str, #[case] part: &str) {
    let error = read(text).unwrap_err();
    assert!(error.contains(part), "{error}");
    assert!(error.len() < 400, "{error}");
}

#[test]
fn faults_of_several_flags_add_up() {
    let both = |one: &str, two: &str| read(one).unwrap().and(read(two).unwrap());
    let faults = both("short-pages", "latency=5ms").unwrap();
    assert_eq!(faults.to_string(), "latency=5ms,short-pages");
    let error = both("latency=5ms", "short-pages,latency=9ms").unwrap_err();
    assert_eq!(error, FaultError::Twice { name: "latency" });
}

#[test]
fn the_table_has_every_fault_as_it_is_written() {
    let all: Vec<&str> = Faults::table().map(|(example, _)| example).collect();
    let faults = read(&all.join(",")).unwrap();
    assert_eq!(faults.0.len(), Name::ALL.len());
    assert!(Name::ALL.into_iter().all(|name| faults.has(name)));
    assert!(Name::ALL.is_sorted());
    assert!(!faults.is_empty() && Faults::default().is_empty());
}

proptest! {
    #[test]
    fn no_text_breaks_the_reader(text in ".*") {
        if let Ok(faults) = read(&text) {
            prop_assert_eq!(read(&faults.to_string()), Ok(faults));
        }
    }

    #[test]
    fn every_value_is_printed_back(
        millis in 0..3_600_000_u64,
        share in 0.0..=1.0_f64,
        requests in 1..=MAX_REQUESTS,
    ) {
        let text = format!("jitter={millis}ms,unavailable={share},rate-limit={requests}");
        let faults = read(&text).unwrap();
        prop_assert_eq!(faults.length(Name::Jitter), Some(Duration::from_millis(millis)));
        prop_assert_eq!(read(&faults.to_string()), Ok(faults));
    }
}
