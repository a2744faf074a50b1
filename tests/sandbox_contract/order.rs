//! Page tokens that were tampered with or belong elsewhere, and calls that share a moment
//! (`api.md §7`).

use std::collections::BTreeSet;

use rstest::rstest;
use switchboard::call::ProjectName;
use switchboard::proto::{Call, ListCallsRequest};
use switchboard::sandbox::Setup;
use tonic::Code;

use super::support::{create, list, page, pass, quiet, refused_fields, start, wish};

/// §7: "token + different parent": the same filter, the same size, another project.
#[tokio::test(start_paused = true)]
async fn a_token_of_another_project_is_refused() {
    let projects = ["demo", "other"].map(|id| ProjectName::parse(id).unwrap());
    let setup = Setup {
        projects: projects.into(),
        history: 100,
        ..quiet()
    };
    let (_sandbox, mut client) = start(setup).await;
    let (_, token) = page(&mut client, "", 5, "").await.unwrap();
    let mut asked = async |parent: &str| {
        let request = ListCallsRequest {
            parent: parent.to_owned(),
            page_size: 5,
            page_token: token.clone(),
            filter: String::new(),
        };
        client.list_calls(request).await
    };
    assert_eq!(
        refused_fields(&asked("projects/other").await.unwrap_err()),
        ["page_token"]
    );
    assert_eq!(
        asked("projects/none").await.unwrap_err().code(),
        Code::NotFound
    );
    assert_eq!(
        asked("projects/demo")
            .await
            .unwrap()
            .into_inner()
            .calls
            .len(),
        5
    );
}

/// §7: opaque and URL-safe, and authentic in every character.
#[tokio::test(start_paused = true)]
async fn no_character_of_a_token_can_be_changed() {
    let setup = Setup {
        history: 30,
        ..quiet()
    };
    let (_sandbox, mut client) = start(setup).await;
    let (_, token) = page(&mut client, "", 5, "").await.unwrap();
    assert!(
        token
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_'),
        "{token}"
    );
    let mut spoilt: Vec<String> = (0..token.len())
        .map(|at| {
            let mut bytes = token.clone().into_bytes();
            bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
            String::from_utf8(bytes).unwrap()
        })
        .collect();
    spoilt.extend([
        format!("{token}A"),
        format!("{token}="),
        format!(" {token}"),
        token.chars().take(token.len() - 1).collect(),
        token.to_lowercase(),
        "A".repeat(100_000),
    ]);
    for spoilt in spoilt {
        let refused = page(&mut client, "", 5, &spoilt).await.unwrap_err();
        assert_eq!(refused_fields(&refused), ["page_token"], "{spoilt}");
    }
    // A filter that means the same is another filter.
    let refused = page(&mut client, " ", 5, &token).await.unwrap_err();
    assert_eq!(refused_fields(&refused), ["page_token"]);
}

/// §7: a token of one ledger says nothing to another.
#[tokio::test(start_paused = true)]
async fn a_token_of_another_ledger_is_refused() {
    let setup = Setup {
        history: 30,
        salt: Some(1),
        ..quiet()
    };
    let (_one, mut client) = start(setup.clone()).await;
    let (_, token) = page(&mut client, "", 5, "").await.unwrap();
    let (_other, mut client) = start(setup).await;
    let refused = page(&mut client, "", 5, &token).await.unwrap_err();
    assert_eq!(refused_fields(&refused), ["page_token"]);
}

fn moment(call: &Call) -> (i64, i32) {
    let created = call.create_time.unwrap();
    (created.seconds, created.nanos)
}

/// §7, tie-break: calls of one moment are in descending order of their names, and a page may end
/// between them.
#[tokio::test(start_paused = true)]
async fn calls_of_one_moment_are_in_the_order_of_their_names() {
    let setup = Setup {
        rate: 1_000.0,
        ..quiet()
    };
    let (_sandbox, mut client) = start(setup).await;
    pass(6.0).await;
    let calls = list(&mut client, "createTime < '2021-03-01T02:00:06Z'").await;
    let key = |call: &Call| (moment(call), call.name.clone());
    assert!(calls.is_sorted_by(|a, b| key(a) > key(b)));
    let ties = calls
        .windows(2)
        .filter(|pair| moment(&pair[0]) == moment(&pair[1]));
    let mut count = 0;
    for pair in ties {
        let created = pair[0].create_time.unwrap();
        let nanos = u32::try_from(created.nanos).unwrap();
        let time = chrono::DateTime::from_timestamp(created.seconds, nanos).unwrap();
        let filter = format!("createTime <= '{}'", time.format("%FT%T%.9fZ"));
        let (first, next) = page(&mut client, &filter, 1, "").await.unwrap();
        let (second, _) = page(&mut client, &filter, 1, &next).await.unwrap();
        assert_eq!((&first[0], &second[0]), (&pair[0], &pair[1]));
        count += 1;
    }
    assert!(count >= 1, "no two of {} calls share a moment", calls.len());
}

/// §7: placed calls have moments of their own, however many are placed at once.
#[tokio::test(start_paused = true)]
async fn calls_placed_at_once_are_listed_in_the_order_of_their_answers() {
    let (_sandbox, mut client) = start(quiet()).await;
    let mut placed = Vec::new();
    for _ in 0..50 {
        placed.push(create(&mut client, wish("+61491570006")).await.unwrap());
    }
    let moments: BTreeSet<_> = placed.iter().map(moment).collect();
    assert_eq!(moments.len(), 50);
    let names = |calls: Vec<Call>| calls.into_iter().map(|call| call.name).collect::<Vec<_>>();
    placed.reverse();
    assert_eq!(names(list(&mut client, "").await), names(placed));
}

#[rstest]
#[case("state = COMPLETED")]
#[case("from = '*5*'")]
#[case("NOT to = '+61*'")]
#[tokio::test(start_paused = true)]
/// `sandbox.md`, "Create": a page is full while there are calls to fill it.
async fn pages_of_filtered_lists_are_full(#[case] filter: &str) {
    let setup = Setup {
        history: 400,
        ..quiet()
    };
    let (_sandbox, mut client) = start(setup).await;
    let mut token = String::new();
    let mut pages = 0;
    loop {
        let (calls, next) = page(&mut client, filter, 13, &token).await.unwrap();
        pages += 1;
        if next.is_empty() {
            assert!((1..=13).contains(&calls.len()));
            break;
        }
        assert_eq!(calls.len(), 13);
        token = next;
    }
    assert!(pages > 3);
}
