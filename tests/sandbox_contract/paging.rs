//! Pages and their order (`api.md §7`).

use std::collections::BTreeSet;

use rstest::rstest;
use switchboard::proto::Call;
use switchboard::sandbox::Setup;

use super::support::{create, list, page, quiet, refused_fields, start, wish};

fn with_history(history: u32, seed: u64) -> Setup {
    Setup {
        history,
        seed,
        ..quiet()
    }
}

fn names(calls: &[Call]) -> Vec<String> {
    calls.iter().map(|call| call.name.clone()).collect()
}

#[rstest]
#[case(0, 10)]
#[case(1, 1)]
#[case(99, 99)]
#[case(100, 100)]
#[case(101, 100)]
#[case(i32::MAX, 100)]
#[tokio::test(start_paused = true)]
/// §7, table of page sizes.
async fn page_sizes(#[case] asked: i32, #[case] given: usize) {
    let (_sandbox, mut client) = start(with_history(150, 1)).await;
    let (calls, next) = page(&mut client, "", asked, "").await.unwrap();
    assert_eq!(calls.len(), given);
    assert!(!next.is_empty());
}

#[rstest]
#[case(-1)]
#[case(i32::MIN)]
#[tokio::test(start_paused = true)]
/// §7: a negative page size is `INVALID_ARGUMENT`.
async fn negative_page_sizes_are_refused(#[case] size: i32) {
    let (_sandbox, mut client) = start(quiet()).await;
    let refused = page(&mut client, "", size, "").await.unwrap_err();
    assert_eq!(refused_fields(&refused), ["page_size"]);
}

/// §7, order: `create_time` descending, then name descending.
#[tokio::test(start_paused = true)]
async fn the_newest_come_first() {
    let (_sandbox, mut client) = start(with_history(500, 2)).await;
    let calls = list(&mut client, "").await;
    assert_eq!(calls.len(), 500);
    let key = |call: &Call| {
        let created = call.create_time.unwrap();
        (created.seconds, created.nanos, call.name.clone())
    };
    assert!(calls.is_sorted_by(|a, b| key(a) > key(b)));
}

/// §7: only an empty token is the end of the list, and the last full page has one.
#[tokio::test(start_paused = true)]
async fn the_end_has_no_token() {
    let (_sandbox, mut client) = start(with_history(100, 3)).await;
    let (calls, next) = page(&mut client, "", 100, "").await.unwrap();
    assert_eq!((calls.len(), next.as_str()), (100, ""));
    let (calls, next) = page(&mut client, "to = 'nobody'", 100, "").await.unwrap();
    assert_eq!((calls.len(), next.as_str()), (0, ""));
}

/// §7: a token goes with its parent and its filter, and is not to be made up.
#[tokio::test(start_paused = true)]
async fn tokens_are_bound_to_their_list() {
    let (_sandbox, mut client) = start(with_history(100, 4)).await;
    let filter = "direction = OUTGOING";
    let (_, token) = page(&mut client, filter, 5, "").await.unwrap();
    assert!(page(&mut client, filter, 7, &token).await.is_ok());
    let mut changed = token.clone();
    let last = changed.pop().unwrap();
    changed.push(if last == 'A' { 'B' } else { 'A' });
    for (filter, token) in [
        ("", token.as_str()),
        ("direction = INCOMING", token.as_str()),
        (filter, changed.as_str()),
        (filter, "x"),
        (filter, "5"),
        (filter, "é"),
    ] {
        let refused = page(&mut client, filter, 5, token).await.unwrap_err();
        assert_eq!(refused_fields(&refused), ["page_token"], "{token:?}");
    }
    // All that is wrong is told at once, and a bad filter is told as such.
    let refused = page(&mut client, "price = 1", -1, "x").await.unwrap_err();
    assert_eq!(
        refused_fields(&refused),
        ["page_size", "filter", "page_token"]
    );
}

#[rstest]
#[case(1)]
#[case(2)]
#[case(3)]
#[tokio::test(start_paused = true)]
/// §7: newly created calls do not shift later pages: what was there is listed exactly once.
async fn pages_cover_the_list_exactly_once_while_calls_come_in(#[case] seed: u64) {
    let (_sandbox, mut client) = start(with_history(400, seed)).await;
    for filter in ["", "direction = OUTGOING", "to = '+61*' OR from = '+61*'"] {
        let before = names(&list(&mut client, filter).await);
        let mut paged = Vec::new();
        let mut token = String::new();
        let mut size = 1;
        loop {
            let (calls, next) = page(&mut client, filter, size, &token).await.unwrap();
            paged.extend(names(&calls));
            create(&mut client, wish("+61491570156")).await.unwrap();
            size = size * 7 % 53 + 1;
            if next.is_empty() {
                break;
            }
            token = next;
        }
        assert_eq!(paged, before);
        assert_eq!(paged.iter().collect::<BTreeSet<_>>().len(), paged.len());
    }
}

/// §9: an answer stays below the 4 MiB that clients take, however large the calls are.
#[tokio::test(start_paused = true)]
async fn pages_of_huge_calls_are_cut_short_and_complete() {
    let (_sandbox, mut client) = start(quiet()).await;
    let mut huge = wish("+61491570156");
    let uri = format!("https://app.example/{}", "x".repeat(200_000));
    huge.options.as_mut().unwrap().handler_uris = vec![uri];
    for _ in 0..40 {
        create(&mut client, huge.clone()).await.unwrap();
    }
    let (first, next) = page(&mut client, "", 100, "").await.unwrap();
    assert!(first.len() < 20 && !next.is_empty());
    assert_eq!(list(&mut client, "").await.len(), 40);
}
