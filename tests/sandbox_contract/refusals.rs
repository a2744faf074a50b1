//! Refusals reach the client however large the request was: they travel in headers, which have
//! their bounds.

use switchboard::proto::Call;
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use super::support::{create, get, page, quiet, refused_fields, start, wish};

fn check(refused: &Status) {
    assert_eq!(refused.code(), Code::InvalidArgument, "{refused:?}");
    assert!(refused.message().len() <= 300, "{refused:?}");
    let mut headers = http::HeaderMap::new();
    refused.add_header(&mut headers).unwrap();
    let bytes = headers
        .iter()
        .map(|(name, value)| name.as_str().len() + value.len());
    assert!(bytes.sum::<usize>() < 4_096, "{refused:?}");
}

fn with_handlers(uris: Vec<String>) -> Call {
    let mut call = wish("+61491570006");
    call.options.as_mut().unwrap().handler_uris = uris;
    call
}

#[tokio::test(start_paused = true)]
async fn a_long_filter_is_refused_in_few_words() {
    let (_sandbox, mut client) = start(quiet()).await;
    let filters = [
        "é".repeat(1_024),
        "x".repeat(2_048),
        format!("state = '{}'", "é".repeat(1_019)),
        format!("state = -{}", "x".repeat(2_000)),
    ];
    for filter in filters {
        let refused = page(&mut client, &filter, 10, "").await.unwrap_err();
        check(&refused);
        assert_eq!(refused_fields(&refused), ["filter"]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_name_of_a_megabyte_is_not_repeated_whole() {
    let (_sandbox, mut client) = start(quiet()).await;
    let long = "x".repeat(1 << 20);
    check(&get(&mut client, &long).await.unwrap_err());
    let name = format!("projects/demo/calls/{long}");
    let absent = get(&mut client, &name).await.unwrap_err();
    assert_eq!(absent.code(), Code::NotFound);
    assert!(absent.message().len() < 300);
    let details = absent.get_error_details();
    let resource = &details.resource_info().unwrap().resource_name;
    assert!(resource.starts_with("projects/demo/calls/xxx") && resource.ends_with('…'));
}

#[tokio::test(start_paused = true)]
async fn handlers_beyond_all_bounds_are_refused_in_few_words() {
    let (_sandbox, mut client) = start(quiet()).await;
    let scheme = |length| format!("{}:there", "s".repeat(length));
    let refused = create(&mut client, with_handlers(vec![scheme(20_000)]))
        .await
        .unwrap_err();
    check(&refused);
    assert!(refused.message().contains("use http, https"), "{refused:?}");
    for uri in [scheme(2_000), String::new()] {
        let refused = create(&mut client, with_handlers(vec![uri; 1_000]))
            .await
            .unwrap_err();
        check(&refused);
        let fields = refused_fields(&refused);
        assert_eq!(fields[0], "call.options.handler_uris");
        assert!(refused.message().ends_with("(and 1000 more)"));
    }
}
