//! A sandbox and a client of it.

use std::time::Duration;

use chrono::{DateTime, Utc};
use hyper_util::rt::TokioIo;
use switchboard::proto::call::ApiCallOptions;
use switchboard::proto::calls_client::CallsClient;
use switchboard::proto::{Call, CreateCallRequest, GetCallRequest, ListCallsRequest};
use switchboard::sandbox::{Pipe, Sandbox, Setup};
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Status};
use tonic_types::StatusExt as _;
use tower::service_fn;

pub(crate) type Client = CallsClient<Channel>;

/// What the exchange's clock shows at the start of a test.
pub(crate) fn start_time() -> DateTime<Utc> {
    "2021-03-01T02:00:00Z".parse().unwrap()
}

/// An exchange without history and without traffic.
pub(crate) fn quiet() -> Setup {
    Setup {
        history: 0,
        rate: 0.0,
        start: Some(start_time()),
        ..Setup::default()
    }
}

/// Starts a sandbox and connects to it.
pub(crate) async fn start(setup: Setup) -> (Sandbox, Client) {
    let sandbox = Sandbox::start(setup).await.unwrap();
    let client = connect(sandbox.pipe()).await;
    (sandbox, client)
}

pub(crate) async fn connect(pipe: Pipe) -> Client {
    CallsClient::new(channel(pipe).await)
}

pub(crate) async fn channel(pipe: Pipe) -> Channel {
    let connector = service_fn(move |_| {
        let pipe = pipe.clone();
        async move { pipe.connect().await.map(TokioIo::new) }
    });
    Endpoint::from_static("http://sandbox.invalid")
        .connect_with_connector(connector)
        .await
        .unwrap()
}

/// The smallest call that can be placed.
pub(crate) fn wish(to: &str) -> Call {
    Call {
        to: to.to_owned(),
        from: "+61255501234".to_owned(),
        options: Some(ApiCallOptions {
            handler_uris: vec!["https://app.example/handle-call".to_owned()],
            ..ApiCallOptions::default()
        }),
        ..Call::default()
    }
}

pub(crate) async fn create(client: &mut Client, call: Call) -> Result<Call, Status> {
    let request = CreateCallRequest {
        parent: "projects/demo".to_owned(),
        call: Some(call),
    };
    Ok(client.create_call(request).await?.into_inner())
}

pub(crate) async fn get(client: &mut Client, name: &str) -> Result<Call, Status> {
    let name = name.to_owned();
    Ok(client.get_call(GetCallRequest { name }).await?.into_inner())
}

/// One page: its calls and the token of the next.
pub(crate) async fn page(
    client: &mut Client,
    filter: &str,
    page_size: i32,
    page_token: &str,
) -> Result<(Vec<Call>, String), Status> {
    let request = ListCallsRequest {
        parent: "projects/demo".to_owned(),
        page_size,
        page_token: page_token.to_owned(),
        filter: filter.to_owned(),
    };
    let answer = client.list_calls(request).await?.into_inner();
    Ok((answer.calls, answer.next_page_token))
}

/// The whole list.
pub(crate) async fn list(client: &mut Client, filter: &str) -> Vec<Call> {
    let mut all = Vec::new();
    let mut token = String::new();
    loop {
        let (calls, next) = page(client, filter, 100, &token).await.unwrap();
        all.extend(calls);
        if next.is_empty() {
            return all;
        }
        token = next;
    }
}

/// Lets the exchange's time pass, which is paused.
pub(crate) async fn pass(seconds: f64) {
    tokio::time::sleep(Duration::from_secs_f64(seconds)).await;
}

/// The fields that an `INVALID_ARGUMENT` names, checked with its other details.
pub(crate) fn refused_fields(status: &Status) -> Vec<String> {
    assert_eq!(status.code(), Code::InvalidArgument, "{status:?}");
    let details = status.get_error_details();
    let info = details.error_info().unwrap();
    assert_eq!(info.domain, "voice.api.enfonica.com");
    assert_eq!(info.reason, "INVALID_ARGUMENT");
    let violations = &details.bad_request().unwrap().field_violations;
    assert!(
        violations
            .iter()
            .all(|violation| !violation.description.is_empty())
    );
    assert!(status.message().contains(&violations[0].field));
    violations
        .iter()
        .map(|violation| violation.field.clone())
        .collect()
}
