//! Faults of lists (`sandbox.md`, table of `--fault`).

use std::collections::BTreeSet;

use rstest::rstest;
use switchboard::proto::Call;
use switchboard::sandbox::{Sandbox, Setup};

use super::faults::with;
use super::support::{Client, connect, create, get, list, page, pass, refused_fields, start, wish};

fn with_history(history: u32, faults: &str) -> Setup {
    Setup {
        history,
        ..with(faults)
    }
}

fn names(calls: &[Call]) -> Vec<String> {
    calls.iter().map(|call| call.name.clone()).collect()
}

/// The sizes of all pages, and the names on them. A walk that does not end fails.
async fn walk(client: &mut Client, filter: &str, size: i32) -> (Vec<usize>, Vec<String>) {
    let mut sizes = Vec::new();
    let mut all = Vec::new();
    let mut token = String::new();
    loop {
        let (calls, next) = page(client, filter, size, &token).await.unwrap();
        sizes.push(calls.len());
        all.extend(names(&calls));
        assert!(sizes.len() < 10_000, "no end, with {} calls", all.len());
        if next.is_empty() {
            return (sizes, all);
        }
        // Whoever gets a token back takes the list to be endless.
        assert_ne!(next, token);
        token = next;
    }
}

/// `offset-tokens`: calls that come in meanwhile push those that were seen onto the next page.
#[tokio::test(start_paused = true)]
async fn offsets_shift_while_calls_come_in() {
    let (_sandbox, mut client) = start(with_history(40, "offset-tokens")).await;
    let all = names(&list(&mut client, "").await);
    let (first, token) = page(&mut client, "", 10, "").await.unwrap();
    assert_eq!(names(&first), all[..10]);
    let (second, _) = page(&mut client, "", 10, &token).await.unwrap();
    assert_eq!(names(&second), all[10..20], "a list at rest is as ever");
    for _ in 0..3 {
        create(&mut client, wish("+61491570156")).await.unwrap();
    }
    let (second, token) = page(&mut client, "", 10, &token).await.unwrap();
    assert_eq!(names(&second), all[7..17], "three are seen twice");
    let (third, _) = page(&mut client, "", 5, &token).await.unwrap();
    assert_eq!(names(&third), all[17..22]);
}

/// `offset-tokens`, §7: the tokens are authenticated and bound all the same, and end with the list.
#[tokio::test(start_paused = true)]
async fn offsets_are_tokens_all_the_same() {
    let (_sandbox, mut client) = start(with_history(100, "offset-tokens")).await;
    let filter = "direction = OUTGOING";
    let (_, token) = page(&mut client, filter, 5, "").await.unwrap();
    for (filter, token) in [
        ("", token.as_str()),
        (filter, "5"),
        (filter, "AgAAAAAAAAAF"),
    ] {
        let refused = page(&mut client, filter, 5, token).await.unwrap_err();
        assert_eq!(refused_fields(&refused), ["page_token"], "{token:?}");
    }
    let (sizes, all) = walk(&mut client, "", 25).await;
    assert_eq!((sizes.len(), all.len()), (4, 100));
    assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), 100);
}

/// `offset-tokens`: a token from before the sandbox was started with or without it goes on.
#[tokio::test(start_paused = true)]
async fn tokens_of_either_kind_outlast_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let db = Some(folder.path().join("calls.db"));
    let mut token = String::new();
    let mut all = Vec::new();
    for faults in ["", "offset-tokens", "", "offset-tokens"] {
        let setup = Setup {
            db: db.clone(),
            ..with_history(40, faults)
        };
        let sandbox = Sandbox::start(setup).await.unwrap();
        let mut client = connect(sandbox.pipe()).await;
        let (calls, next) = page(&mut client, "", 10, &token).await.unwrap();
        all.extend(names(&calls));
        token = next;
        drop(client);
        sandbox.shutdown().await;
    }
    assert_eq!(
        (all.iter().collect::<BTreeSet<_>>().len(), &*token),
        (40, "")
    );
}

/// `late-visible`: lists show a new call only after that time, by the exchange's clock; GetCall
/// shows it at once ("Faults").
#[rstest]
#[case::as_fast_as_life(1.0)]
#[case::faster(10.0)]
#[tokio::test(start_paused = true)]
async fn a_new_call_is_in_lists_only_later(#[case] speed: f64) {
    let setup = Setup {
        speed,
        ..with("late-visible=50s")
    };
    let (_sandbox, mut client) = start(setup).await;
    let call = create(&mut client, wish("+61491570110")).await.unwrap();
    assert_eq!(get(&mut client, &call.name).await.unwrap(), call);
    pass(49.0 / speed).await;
    assert!(list(&mut client, "").await.is_empty());
    assert!(list(&mut client, "to = '+61491570110'").await.is_empty());
    pass(2.0 / speed).await;
    let seen = list(&mut client, "").await;
    assert_eq!(names(&seen), [call.name]);
    assert_eq!(
        seen[0].create_time, call.create_time,
        "it is as old as it is"
    );
    assert_ne!(seen[0].state, call.state, "and has gone on meanwhile");
}

/// `ignore-filter`: everything is listed, but what is malformed is refused ("Faults").
#[tokio::test(start_paused = true)]
async fn filters_are_checked_and_not_applied() {
    let (_sandbox, mut client) = start(with_history(60, "ignore-filter")).await;
    let all = names(&list(&mut client, "").await);
    assert_eq!(all.len(), 60);
    let (_, filtered) = walk(&mut client, "to = 'nobody' AND state = FAILED", 7).await;
    assert_eq!(filtered, all);
    let refused = page(&mut client, "price = 1", 10, "").await.unwrap_err();
    assert_eq!(refused_fields(&refused), ["filter"]);
    // A token is bound to the filter that it was given for, applied or not (§7).
    let (_, token) = page(&mut client, "state = FAILED", 7, "").await.unwrap();
    let refused = page(&mut client, "state = BUSY", 7, &token)
        .await
        .unwrap_err();
    assert_eq!(refused_fields(&refused), ["page_token"]);
}

/// `short-pages`, §7: pages are short or empty, and the walk still covers every call exactly once.
#[rstest]
#[case::by_place("short-pages", "")]
#[case::by_offset("short-pages,offset-tokens", "")]
#[case::filtered("short-pages", "direction = OUTGOING OR state = BUSY")]
#[case::not_filtered("short-pages,offset-tokens,ignore-filter", "to = 'nobody'")]
#[tokio::test(start_paused = true)]
async fn short_pages_cover_the_list_exactly_once(#[case] faults: &str, #[case] filter: &str) {
    let applied = if faults.contains("ignore-filter") {
        ""
    } else {
        filter
    };
    let (_whole, mut whole) = start(Setup {
        salt: Some(1),
        ..with_history(150, "")
    })
    .await;
    let expected = names(&list(&mut whole, applied).await);
    let (_sandbox, mut client) = start(Setup {
        salt: Some(1),
        ..with_history(150, faults)
    })
    .await;
    let mut sizes = BTreeSet::new();
    let mut first: BTreeSet<usize> = BTreeSet::new();
    let mut last: BTreeSet<usize> = BTreeSet::new();
    for _ in 0..40 {
        let (walked, all) = walk(&mut client, filter, 20).await;
        assert_eq!(all, expected);
        first.extend(walked.first());
        last.extend(walked.last());
        sizes.extend(walked);
    }
    assert!(sizes.iter().all(|size| *size <= 20), "{sizes:?}");
    assert!(sizes.len() > 15, "{sizes:?}");
    assert!(first.contains(&0), "also the first page may be empty");
    assert!(
        last.contains(&0) && last.len() > 1,
        "and the last: {last:?}"
    );
}

/// `short-pages`: a list without any call ends too.
#[tokio::test(start_paused = true)]
async fn short_pages_of_nothing_end() {
    let (_sandbox, mut client) = start(with("short-pages")).await;
    let mut lengths = BTreeSet::new();
    for _ in 0..30 {
        let (sizes, all) = walk(&mut client, "", 10).await;
        assert!(all.is_empty());
        lengths.insert(sizes.len());
    }
    assert!(lengths.contains(&1) && lengths.len() > 1, "{lengths:?}");
}

/// `short-pages` with `late-visible`, while calls come in: what was visible is listed exactly once.
#[tokio::test(start_paused = true)]
async fn late_calls_on_short_pages_are_met_once() {
    let setup = Setup {
        rate: 2.0,
        ..with_history(100, "short-pages,late-visible=20s")
    };
    let (_sandbox, mut client) = start(setup).await;
    pass(60.0).await;
    let before = list(&mut client, "").await;
    let mut all = Vec::new();
    let mut token = String::new();
    loop {
        let (calls, next) = page(&mut client, "", 9, &token).await.unwrap();
        all.extend(names(&calls));
        pass(1.0).await;
        if next.is_empty() {
            break;
        }
        token = next;
    }
    assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len());
    let all: BTreeSet<&String> = all.iter().collect();
    assert!(names(&before).iter().all(|name| all.contains(name)));
    let now = list(&mut client, "").await;
    assert!(now.len() > before.len() + 20, "calls came in meanwhile");
}
