//! The client on a sandbox that asks who it is: key file, token endpoint and service, over TCP.

use std::path::Path;

use chrono::{DateTime, Utc};
use switchboard::api::auth::{Credentials, ServiceAccountKey, TokenUrl};
use switchboard::api::{Client, Endpoint, ListRequest, Target, connect};
use switchboard::call::{CallName, FailureKind, ProjectName};
use switchboard::sandbox::{Accounts, KeyOrder, Permission, Sandbox, Setup, issue_key};
use tokio::net::TcpListener;
use tokio::sync::oneshot;

#[expect(
    clippy::disallowed_methods,
    reason = "the sandbox tells by the machine's time whether an assertion holds"
)]
fn now() -> DateTime<Utc> {
    Utc::now()
}

fn project() -> ProjectName {
    ProjectName::parse("demo").unwrap()
}

/// Makes an account that may do this, and reads its key file.
fn key(folder: &Path, account: &str, permissions: &[Permission]) -> ServiceAccountKey {
    let out = folder.join(format!("{account}.json"));
    issue_key(&KeyOrder {
        accounts: folder.join("auth.json"),
        account: account.to_owned(),
        projects: vec![project()],
        permissions: permissions.to_vec(),
        out: out.clone(),
    })
    .unwrap();
    ServiceAccountKey::read(&out).unwrap()
}

#[tokio::test]
async fn a_key_file_opens_what_its_account_may_do_and_no_more() {
    let folder = tempfile::tempdir().unwrap();
    let lists = key(folder.path(), "lists@demo.example", &[Permission::List]);
    let accounts = Accounts::load(&folder.path().join("auth.json")).unwrap();
    let nobody = key(folder.path(), "late@demo.example", &[Permission::List]);
    assert_eq!(lists.project_id(), Some("demo"));

    let mut sandbox = Sandbox::start(Setup {
        history: 5,
        rate: 0.0,
        accounts: Some(accounts),
        ..Setup::default()
    })
    .await
    .unwrap();
    let tokens = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let token_url = sandbox.serve_tokens(tokens).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let (stop, stopped) = oneshot::channel::<()>();
    let serving = tokio::spawn(sandbox.serve(listener, async {
        stopped.await.ok();
    }));
    let client = |credentials| -> Client {
        connect(Target {
            endpoint: Endpoint::parse(&address).unwrap(),
            project: project(),
            credentials,
            now,
        })
        .unwrap()
    };
    let account = |key| Credentials::ServiceAccount {
        key,
        token_url: TokenUrl::parse(&token_url).unwrap(),
    };

    let listing = client(account(lists));
    let page = listing.list_calls(&ListRequest::default()).await.unwrap();
    assert_eq!(page.calls.len(), 5);
    let name = CallName::new("projects/demo/calls/any");
    let denied = listing.get_call(&name).await.unwrap_err();
    let permission = Some("voice.calls.get".to_owned());
    assert_eq!(denied.kind, FailureKind::PermissionDenied { permission });

    let unknown = client(account(nobody));
    let refused = unknown
        .list_calls(&ListRequest::default())
        .await
        .unwrap_err();
    assert_eq!(refused.kind, FailureKind::Unauthenticated);
    assert!(refused.message.contains("invalid_grant"), "{refused}");

    let anonymous = client(Credentials::None);
    let refused = anonymous
        .list_calls(&ListRequest::default())
        .await
        .unwrap_err();
    assert_eq!(refused.kind, FailureKind::Unauthenticated);

    drop((listing, unknown, anonymous));
    stop.send(()).unwrap();
    serving.await.unwrap().unwrap();
}
