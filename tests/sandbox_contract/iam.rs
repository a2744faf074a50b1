//! Who may do what (`api.md §8`, `§9`): authenticate, syntax, permission, existence, body, in this
//! order.

use rstest::rstest;
use switchboard::proto::{Call, CreateCallRequest, GetCallRequest, ListCallsRequest};
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use super::accounts::{ALL, Guarded, LISTS, with};
use super::support::{create, page, quiet, refused_fields, start, wish};

/// Lists a parent, with these `authorization` headers.
async fn list(guarded: &mut Guarded, parent: &str, headers: &[&str]) -> Result<Vec<Call>, Status> {
    let request = ListCallsRequest {
        parent: parent.to_owned(),
        ..ListCallsRequest::default()
    };
    let answer = guarded.client.list_calls(with(request, headers)).await?;
    Ok(answer.into_inner().calls)
}

/// Creates, gets and lists in a project, with this token.
async fn everything(guarded: &mut Guarded, project: &str, token: &str) -> [Result<(), Status>; 3] {
    let bearer = format!("Bearer {token}");
    let parent = format!("projects/{project}");
    let call = CreateCallRequest {
        parent: parent.clone(),
        call: Some(wish("+61491570006")),
    };
    let name = GetCallRequest {
        name: format!("{parent}/calls/none"),
    };
    [
        guarded
            .client
            .create_call(with(call, &[&bearer]))
            .await
            .map(drop),
        guarded
            .client
            .get_call(with(name, &[&bearer]))
            .await
            .map(drop),
        list(guarded, &parent, &[&bearer]).await.map(drop),
    ]
}

fn reason(status: &Status) -> String {
    let details = status.get_error_details();
    let info = details.error_info().unwrap();
    assert_eq!(info.domain, "voice.api.enfonica.com");
    info.reason.clone()
}

fn assert_denied(status: &Status, permission: &str, resource: &str) {
    assert_eq!(status.code(), Code::PermissionDenied, "{status:?}");
    assert_eq!(reason(status), "IAM_PERMISSION_DENIED");
    let details = status.get_error_details();
    let metadata = &details.error_info().unwrap().metadata;
    assert_eq!(metadata.len(), 2);
    assert_eq!(metadata["permission"], permission);
    assert_eq!(metadata["resource"], resource);
    for part in [permission, resource] {
        assert!(status.message().contains(part), "{status:?}");
    }
}

#[rstest]
#[case::none(&[], "CREDENTIALS_MISSING")]
#[case::an_empty_one(&[""], "ACCESS_TOKEN_TYPE_UNSUPPORTED")]
#[case::another_scheme(&["Basic YTpi"], "ACCESS_TOKEN_TYPE_UNSUPPORTED")]
#[case::a_scheme_alone(&["Bearer"], "ACCESS_TOKEN_TYPE_UNSUPPORTED")]
#[case::no_token(&["Bearer "], "ACCESS_TOKEN_INVALID")]
#[case::nonsense(&["Bearer nonsense"], "ACCESS_TOKEN_INVALID")]
#[case::two_in_one(&["Bearer {}, Bearer {}"], "ACCESS_TOKEN_INVALID")]
#[case::two_tokens(&["Bearer {} {}"], "ACCESS_TOKEN_INVALID")]
#[case::one_letter_more(&["Bearer {}A"], "ACCESS_TOKEN_INVALID")]
#[case::two(&["Bearer {}", "Bearer {}"], "CREDENTIALS_AMBIGUOUS")]
#[case::a_good_one_and_a_bad_one(&["Bearer {}", "Basic YTpi"], "CREDENTIALS_AMBIGUOUS")]
#[tokio::test]
/// §9: no or a bad token is `UNAUTHENTICATED` with `ErrorInfo`, before anything else is looked at.
async fn nobody_is_let_in_without_a_token(#[case] headers: &[&str], #[case] why: &str) {
    let mut guarded = Guarded::start().await;
    let token = guarded.token(ALL).await;
    let headers: Vec<String> = headers.iter().map(|it| it.replace("{}", &token)).collect();
    let headers: Vec<&str> = headers.iter().map(String::as_str).collect();
    for parent in ["projects/demo", "projects/no-such", "nonsense"] {
        let refused = list(&mut guarded, parent, &headers).await.unwrap_err();
        assert_eq!(refused.code(), Code::Unauthenticated, "{refused:?}");
        assert_eq!(reason(&refused), why);
        assert!(!format!("{refused:?}").contains(&token));
    }
}

/// §9: each method asks who it is.
#[tokio::test]
async fn no_method_goes_without_a_token() {
    let mut guarded = Guarded::start().await;
    for outcome in everything(&mut guarded, "demo", "nonsense").await {
        assert_eq!(outcome.unwrap_err().code(), Code::Unauthenticated);
    }
    let bearer = format!("Bearer {}", guarded.token(ALL).await);
    let calls = list(&mut guarded, "projects/demo", &[&bearer])
        .await
        .unwrap();
    assert!(calls.is_empty(), "a refused call was placed");
}

#[rstest]
#[case("Bearer")]
#[case("bearer")]
#[case("BEARER")]
#[tokio::test]
/// §8.3; RFC 7235 §2.1: the scheme's case does not count.
async fn the_scheme_is_written_in_any_case(#[case] scheme: &str) {
    let mut guarded = Guarded::start().await;
    let header = format!("{scheme} {}", guarded.token(ALL).await);
    list(&mut guarded, "projects/demo", &[&header])
        .await
        .unwrap();
}

/// §8.5, §9: a token holds for 3600 s, and is refused as expired from then on.
#[tokio::test]
async fn a_token_expires() {
    let mut guarded = Guarded::start().await;
    let bearer = format!("Bearer {}", guarded.token(ALL).await);
    guarded.pass(3_599);
    list(&mut guarded, "projects/demo", &[&bearer])
        .await
        .unwrap();
    guarded.pass(1);
    let refused = list(&mut guarded, "projects/demo", &[&bearer])
        .await
        .unwrap_err();
    assert_eq!(refused.code(), Code::Unauthenticated);
    assert_eq!(reason(&refused), "ACCESS_TOKEN_EXPIRED");
}

/// §9: a token is of the sandbox that gave it, and of no other.
#[tokio::test]
async fn a_token_does_not_outlive_its_sandbox() {
    let before = Guarded::start().await;
    let bearer = format!("Bearer {}", before.token(ALL).await);
    let mut after = Guarded::start().await;
    let refused = list(&mut after, "projects/demo", &[&bearer])
        .await
        .unwrap_err();
    assert_eq!(reason(&refused), "ACCESS_TOKEN_INVALID");
}

/// §1, §9: each method has its permission, and one does not stand in for another.
#[tokio::test]
async fn each_method_needs_its_permission() {
    let mut guarded = Guarded::start().await;
    let token = guarded.token(LISTS).await;
    let [created, got, listed] = everything(&mut guarded, "demo", &token).await;
    assert_denied(&created.unwrap_err(), "voice.calls.create", "projects/demo");
    assert_denied(&got.unwrap_err(), "voice.calls.get", "projects/demo");
    listed.unwrap();

    let token = guarded.token(ALL).await;
    let [created, got, listed] = everything(&mut guarded, "demo", &token).await;
    created.unwrap();
    assert_eq!(got.unwrap_err().code(), Code::NotFound);
    listed.unwrap();
}

/// §9: where nothing is permitted, nobody learns what exists.
#[tokio::test]
async fn a_project_that_does_not_exist_is_denied_as_one_that_does() {
    let mut guarded = Guarded::start().await;
    let token = guarded.token(LISTS).await;
    let there = everything(&mut guarded, "demo", &token).await;
    let not_there = everything(&mut guarded, "no-such", &token).await;
    let methods = ["voice.calls.create", "voice.calls.get"];
    for ((there, not_there), permission) in there.into_iter().zip(not_there).zip(methods) {
        let (there, not_there) = (there.unwrap_err(), not_there.unwrap_err());
        assert_denied(&not_there, permission, "projects/no-such");
        let message = not_there.message().replace("no-such", "demo");
        assert_eq!(message, there.message());
    }
    let bearer = format!("Bearer {token}");
    let denied = list(&mut guarded, "projects/no-such", &[&bearer]).await;
    assert_denied(&denied.unwrap_err(), "voice.calls.list", "projects/no-such");
}

/// §9: who may, is told what does not exist.
#[tokio::test]
async fn existence_comes_after_permission() {
    let mut guarded = Guarded::start().await;
    let token = guarded.token(ALL).await;
    for outcome in everything(&mut guarded, "absent", &token).await {
        let absent = outcome.unwrap_err();
        assert_eq!(absent.code(), Code::NotFound);
        assert_eq!(reason(&absent), "PROJECT_NOT_FOUND");
    }
}

/// §9: the syntax of a name comes before the permission on it.
#[tokio::test]
async fn a_malformed_name_is_told_before_a_missing_permission() {
    let mut guarded = Guarded::start().await;
    let bearer = format!("Bearer {}", guarded.token(LISTS).await);
    let refused = list(&mut guarded, "projects/Demo", &[&bearer]).await;
    assert_eq!(refused_fields(&refused.unwrap_err()), ["parent"]);
    let name = GetCallRequest {
        name: "projects/demo".to_owned(),
    };
    let refused = guarded.client.get_call(with(name, &[&bearer])).await;
    assert_eq!(refused_fields(&refused.unwrap_err()), ["name"]);
}

/// §9: the permission comes before the body.
#[tokio::test]
async fn a_missing_permission_is_told_before_a_bad_body() {
    let mut guarded = Guarded::start().await;
    let bearer = format!("Bearer {}", guarded.token(LISTS).await);
    let request = CreateCallRequest {
        parent: "projects/demo".to_owned(),
        call: None,
    };
    let refused = guarded.client.create_call(with(request, &[&bearer])).await;
    assert_denied(&refused.unwrap_err(), "voice.calls.create", "projects/demo");
    let request = ListCallsRequest {
        parent: "projects/other".to_owned(),
        filter: "nonsense".to_owned(),
        page_size: -1,
        ..ListCallsRequest::default()
    };
    let refused = guarded.client.list_calls(with(request, &[&bearer])).await;
    assert_denied(&refused.unwrap_err(), "voice.calls.list", "projects/other");
}

/// `sandbox.md`: without accounts everybody may do everything, whatever they say they are.
#[tokio::test(start_paused = true)]
async fn without_accounts_nobody_is_asked() {
    let (_sandbox, mut client) = start(quiet()).await;
    create(&mut client, wish("+61491570006")).await.unwrap();
    assert_eq!(page(&mut client, "", 10, "").await.unwrap().0.len(), 1);
    let request = ListCallsRequest {
        parent: "projects/demo".to_owned(),
        ..ListCallsRequest::default()
    };
    let request = with(request, &["Bearer anything", "Basic else"]);
    client.list_calls(request).await.unwrap();
}

#[tokio::test]
async fn nothing_secret_is_shown() {
    let guarded = Guarded::start().await;
    let token = guarded.token(ALL).await;
    let shown = format!("{:?} {:?}", guarded.sandbox, super::accounts::accounts());
    assert!(shown.contains(ALL), "{shown}");
    assert!(shown.contains("AccessTokens(..)"), "{shown}");
    for secret in [&*token, "BEGIN", "MII"] {
        assert!(!shown.contains(secret), "{shown}");
    }
}
