//! How the database goes about a page: along an index, as far as the page reaches, and no further.

use rstest::rstest;
use rusqlite::params_from_iter;

use super::*;
use crate::filter::{Plan, Search, Standpoint};

/// What the database says that it would do.
fn steps(store: &Store, filter: &str, after: bool) -> Vec<String> {
    let asked = PageQuery {
        project: 1,
        filter: Filter::parse(filter).unwrap(),
        skip: 0,
        visible_until: None,
        after: after.then(|| Cursor {
            created: 1,
            id: "a".to_owned(),
        }),
        size: 100,
    };
    let (sql, values) = query::page(&asked);
    let connection = store.connection();
    let mut statement = connection
        .prepare(&format!("EXPLAIN QUERY PLAN {sql}"))
        .unwrap();
    let rows = statement
        .query_map(params_from_iter(values), |row| row.get("detail"))
        .unwrap();
    rows.map(Result::unwrap).collect()
}

fn is_indexed(filter: &str) -> bool {
    query::is_indexed(&Filter::parse(filter).unwrap())
}

const ALONG_TIME: &str = "SEARCH calls USING INDEX calls_by_time (project=?";
const ALONG_STATE: &str = "SEARCH calls USING INDEX calls_by_state (project=? AND state=?";
const ALONG_CALLEE: &str = "SEARCH calls USING INDEX calls_by_callee (project=? AND callee=?";
const ALONG_CALLER: &str = "SEARCH calls USING INDEX calls_by_caller (project=? AND caller=?";

#[rstest]
#[case::everything("", ALONG_TIME, 1)]
#[case::window(
    "createTime >= '2021-02-01' AND createTime < '2021-02-02'",
    ALONG_TIME,
    1
)]
#[case::state("state = FAILED", ALONG_STATE, 1)]
#[case::state_within("state = FAILED AND createTime >= '2021-02-01'", ALONG_STATE, 1)]
#[case::states("state = BUSY OR state = FAILED OR state = BUSY", ALONG_STATE, 2)]
#[case::open(Plan::open(), ALONG_STATE, 4)]
#[case::number("to = '+61491570156'", ALONG_CALLEE, 1)]
#[case::numbers(
    "to = '+1' OR to = '+2' AND createTime < '2021-02-01'",
    ALONG_CALLEE,
    2
)]
#[case::caller("from = '+61491570156'", ALONG_CALLER, 1)]
#[case::private("from = ''", ALONG_CALLER, 1)]
fn a_page_that_an_index_serves_is_read_along_it(
    #[case] filter: &str,
    #[case] along: &str,
    #[case] streams: usize,
    #[values(false, true)] after: bool,
) {
    assert!(is_indexed(filter));
    let store = Store::open(None).unwrap();
    let steps = steps(&store, filter, after);
    let searches: Vec<&String> = steps.iter().filter(|step| step.contains("calls")).collect();
    assert_eq!(searches.len(), streams, "{steps:#?}");
    assert!(
        searches.iter().all(|step| step.starts_with(along)),
        "{steps:#?}"
    );
    // Rows of one index come in the order of the list. Where there are several, the pages of each
    // are put together, and nothing but these.
    let sorts = steps.iter().filter(|step| step.contains("TEMP B-TREE"));
    let pages = if streams > 1 { streams } else { 0 };
    assert_eq!(sorts.count(), pages, "{steps:#?}");
}

/// The bound goes into the search itself: a page in the middle is found, not walked to.
#[rstest]
#[case::everything("")]
#[case::state("state = FAILED")]
#[case::number("to = '+61491570156'")]
fn a_page_in_the_middle_begins_there(#[case] filter: &str) {
    let store = Store::open(None).unwrap();
    let steps = steps(&store, filter, true);
    assert!(
        steps.iter().any(|step| step.contains("(created,id)<(?,?)")),
        "{steps:#?}"
    );
}

/// Until the register is there, they are walked in the order of the list, never sorted.
#[rstest]
#[case::prefix("to = '+614*'")]
#[case::either_side("to = '+61491570156' OR from = '+61491570156'")]
#[case::enums("direction = INCOMING AND transport = SIP")]
#[case::not("NOT to = '+61491570156'")]
#[case::number_and_state("to = '+61491570156' AND state = FAILED")]
#[case::no_time("createTime != '2021-02-01'")]
fn what_no_index_serves_is_left_to_the_register(#[case] filter: &str) {
    assert!(!is_indexed(filter));
    let store = Store::open(None).unwrap();
    for after in [false, true] {
        let steps = steps(&store, filter, after);
        let [only] = steps.as_slice() else {
            panic!("{steps:#?}");
        };
        assert!(only.starts_with("SEARCH calls USING INDEX"), "{only}");
    }
}

/// All that the console asks for beside its filter: bounds, and what is under way.
#[rstest]
#[case::everything("")]
#[case::state("state = FAILED")]
#[case::number("to = '+61491570156'")]
fn bounds_of_the_console_keep_the_index(#[case] filter: &str) {
    let time = DateTime::from_timestamp(1_700_000_000, 5);
    let at = Standpoint {
        now: time.unwrap(),
        zone: chrono_tz::UTC,
    };
    let plan = Plan::of(&Search::parse(filter).unwrap(), &at);
    for filter in [plan.head(None), plan.head(time), plan.before(time)] {
        assert!(is_indexed(&filter), "{filter}");
    }
}
