//! Resource names, and GetCall (`api.md §3`, `§9`).

use rstest::rstest;
use switchboard::call::ProjectName;
use switchboard::proto::{CreateCallRequest, ListCallsRequest};
use switchboard::sandbox::Setup;
use tonic::Code;
use tonic_types::StatusExt as _;

use super::support::{create, get, quiet, refused_fields, start, wish};

#[rstest]
#[case("")]
#[case("demo")]
#[case("projects/demo")]
#[case("projects/demo/calls/")]
#[case("projects/demo/calls/a/b")]
#[case("projects/demo/calls/a/recordings/b")]
#[case("projects//calls/a")]
#[case("projects/-/calls/a")]
#[case("projects/Demo/calls/a")]
#[case("demo/calls/a")]
#[case("/projects/demo/calls/a")]
#[tokio::test(start_paused = true)]
/// §3, §9: a malformed name is `INVALID_ARGUMENT`.
async fn malformed_names_are_refused(#[case] name: &str) {
    let (_sandbox, mut client) = start(quiet()).await;
    let refused = get(&mut client, name).await.unwrap_err();
    assert_eq!(refused_fields(&refused), ["name"]);
}

#[rstest]
#[case("projects/demo/calls/-", "CALL_NOT_FOUND")]
#[case("projects/demo/calls/anything at all", "CALL_NOT_FOUND")]
#[case("projects/other/calls/a", "PROJECT_NOT_FOUND")]
#[tokio::test(start_paused = true)]
/// §9: what is absent is `NOT_FOUND`; `sandbox.md`: any id of one segment is well-formed.
async fn what_is_absent_is_not_found(#[case] name: &str, #[case] reason: &str) {
    let (_sandbox, mut client) = start(quiet()).await;
    let absent = get(&mut client, name).await.unwrap_err();
    assert_eq!(absent.code(), Code::NotFound);
    let details = absent.get_error_details();
    assert_eq!(details.error_info().unwrap().reason, reason);
    let resource = &details.resource_info().unwrap().resource_name;
    assert!(name.starts_with(&**resource), "{resource}");
}

/// §3: a call belongs to one project, and `-` stands for none of them.
#[tokio::test(start_paused = true)]
async fn projects_do_not_see_each_other() {
    let projects = ["demo", "other"].map(|id| ProjectName::parse(id).unwrap());
    let setup = Setup {
        projects: projects.into(),
        ..quiet()
    };
    let (_sandbox, mut client) = start(setup).await;
    let call = create(&mut client, wish("+61491570006")).await.unwrap();
    let elsewhere = call.name.replace("demo", "other");
    let absent = get(&mut client, &elsewhere).await.unwrap_err();
    assert_eq!(absent.code(), Code::NotFound);
    let mut listed = async |parent: &str| {
        let request = ListCallsRequest {
            parent: parent.to_owned(),
            ..ListCallsRequest::default()
        };
        client.list_calls(request).await
    };
    let calls = |answer: tonic::Response<switchboard::proto::ListCallsResponse>| {
        answer.into_inner().calls.len()
    };
    assert_eq!(calls(listed("projects/demo").await.unwrap()), 1);
    assert_eq!(calls(listed("projects/other").await.unwrap()), 0);
    let refused = listed("projects/-").await.unwrap_err();
    assert_eq!(refused_fields(&refused), ["parent"]);
    let request = CreateCallRequest {
        parent: "projects/other".to_owned(),
        call: Some(wish("+61491570006")),
    };
    let call = client.create_call(request).await.unwrap().into_inner();
    assert!(call.name.starts_with("projects/other/calls/"));
}
