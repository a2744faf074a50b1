//! The client's promises: nothing is sent twice, and what may have happened is told.

use std::time::Duration;

use chrono::{DateTime, Utc};
use switchboard::api::auth::{Credentials, Token};
use switchboard::api::{Client, Endpoint, ListRequest, Target, connect};
use switchboard::call::{FailureKind, NewCall, Options, ProjectName, State, Violation};
use tokio::time::Instant;
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt as _};

use crate::scripted::{Asked, Reply, Service, call, name, noon};

fn wish() -> NewCall {
    NewCall {
        to: "+61491570006".to_owned(),
        from: "+61255501234".to_owned(),
        options: Options {
            handler_uris: vec!["https://app.example/handle-call".to_owned()],
            ..Options::default()
        },
        ..NewCall::default()
    }
}

#[tokio::test(start_paused = true)]
async fn calls_are_placed_read_and_listed() {
    let service = Service::start();
    let client = service.client();
    let placed = client.create_call(&wish()).await.unwrap();
    assert_eq!(placed.state, State::Queued);
    assert_eq!(client.get_call(&placed.name).await.unwrap(), placed);
    let page = client.list_calls(&ListRequest::default()).await.unwrap();
    assert_eq!(page.calls, [placed]);
    assert_eq!(page.next_page_token, None);
    assert_eq!(service.dials(), 1);
}

#[tokio::test(start_paused = true)]
async fn requests_carry_routing_and_deadline() {
    let service = Service::start();
    let client = service.client();
    let _ = client.create_call(&wish()).await;
    let _ = client.list_calls(&ListRequest::default()).await;
    let _ = client.get_call(&name("a b")).await;
    let headers: Vec<_> = service
        .records()
        .iter()
        .map(|record| {
            let header = |name: &str| {
                record
                    .headers
                    .get(name)
                    .unwrap()
                    .to_str()
                    .unwrap()
                    .to_owned()
            };
            assert!(!header("grpc-timeout").is_empty());
            header("x-goog-request-params")
        })
        .collect();
    assert_eq!(
        headers,
        [
            "parent=projects%2Fdemo",
            "parent=projects%2Fdemo",
            "name=projects%2Fdemo%2Fcalls%2Fa+b"
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn pages_follow_each_other() {
    let service = Service::start();
    for id in 0..5 {
        service.put(call(id, id, State::Completed));
    }
    let client = service.client();
    let mut request = ListRequest {
        page_size: 2,
        ..ListRequest::default()
    };
    let mut ids = Vec::new();
    loop {
        let page = client.list_calls(&request).await.unwrap();
        ids.extend(page.calls.iter().map(|call| call.name.id().to_owned()));
        request.page_token = page.next_page_token;
        if request.page_token.is_none() {
            break;
        }
    }
    assert_eq!(ids, ["4", "3", "2", "1", "0"]);
}

#[tokio::test(start_paused = true)]
async fn a_refused_call_comes_with_its_violations_and_has_not_happened() {
    let service = Service::start();
    service.rule(|_| {
        let mut details = ErrorDetails::new();
        details.add_bad_request_violation("call.to", "not a number");
        Reply::Fail(Status::with_error_details(
            Code::InvalidArgument,
            "the call is not valid",
            details,
        ))
    });
    let failure = service.client().create_call(&wish()).await.unwrap_err();
    assert_eq!(
        failure.violations(),
        [Violation::new("call.to", "not a number")]
    );
    assert!(!failure.may_have_happened);
    assert_eq!(service.take_asked().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn where_no_connection_comes_about_nothing_has_happened() {
    let service = Service::start();
    service.set_reachable(false);
    let client = service.client();
    let failure = client.create_call(&wish()).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Unavailable);
    assert!(failure.message.contains("nobody listens"), "{failure}");
    assert!(!failure.may_have_happened);
    tokio::time::sleep(Duration::from_secs(120)).await;
    assert_eq!((service.dials(), service.calls().len()), (1, 0));

    service.set_reachable(true);
    client.create_call(&wish()).await.unwrap();
    assert_eq!(service.calls().len(), 1, "only the second wish is placed");
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_hangs_is_given_up_and_nothing_is_sent_later() {
    let dial: switchboard::api::Dial = std::sync::Arc::new(|| Box::pin(std::future::pending()));
    let client = switchboard::api::over_pipe(dial, ProjectName::parse("demo").unwrap());
    let began = Instant::now();
    let failure = client.create_call(&wish()).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Unavailable);
    assert!(!failure.may_have_happened);
    assert!(began.elapsed() <= Duration::from_secs(11));
}

#[tokio::test(start_paused = true)]
async fn a_silent_service_is_given_up_at_the_deadline() {
    let service = Service::start();
    service.rule(|_| Reply::Never);
    let client = service.client();
    let began = Instant::now();
    let failure = client.create_call(&wish()).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::DeadlineExceeded);
    assert!(failure.may_have_happened);
    assert_eq!(began.elapsed().as_secs(), 10);
    tokio::time::sleep(Duration::from_secs(120)).await;
    assert_eq!(service.take_asked().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_call_whose_answer_is_lost_may_have_happened_and_is_not_sent_again() {
    for reply in [
        Reply::CarriedOutSilently,
        Reply::CarriedOutAndCut,
        Reply::Enormous,
        Reply::Fail(Status::unavailable("going down")),
        Reply::Fail(Status::internal("oops")),
        Reply::Fail(Status::unknown("oops")),
        Reply::Fail(Status::cancelled("oops")),
        Reply::Fail(Status::deadline_exceeded("oops")),
    ] {
        let service = Service::start();
        let told = reply.clone();
        service.rule(move |_| told.clone());
        let client = service.client();
        let failure = client.create_call(&wish()).await.unwrap_err();
        assert!(failure.may_have_happened, "{reply:?}: {failure}");
        service.rule(|_| Reply::Ledger);
        client.list_calls(&ListRequest::default()).await.unwrap();
        tokio::time::sleep(Duration::from_secs(120)).await;
        let creates = service
            .take_asked()
            .iter()
            .filter(|a| a.is_create())
            .count();
        assert_eq!(creates, 1, "{reply:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_read_is_not_repeated_either() {
    let service = Service::start();
    service.rule(|_| Reply::Fail(Status::unavailable("going down")));
    let client = service.client();
    let failure = client.get_call(&name(1)).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Unavailable);
    assert_eq!(service.take_asked().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_lost_connection_is_made_again_with_the_next_request() {
    let service = Service::start();
    let client = service.client();
    client.list_calls(&ListRequest::default()).await.unwrap();
    service.cut();
    tokio::time::sleep(Duration::from_millis(1)).await;
    client.list_calls(&ListRequest::default()).await.unwrap();
    assert_eq!(service.dials(), 2);
}

#[tokio::test(start_paused = true)]
async fn an_answer_past_all_bounds_is_an_error_and_no_more() {
    let service = Service::start();
    service.rule(|_| Reply::Enormous);
    let failure = service
        .client()
        .list_calls(&ListRequest::default())
        .await
        .unwrap_err();
    assert_eq!(failure.kind, FailureKind::Internal);
}

fn clock() -> DateTime<Utc> {
    noon()
}

async fn client_as(service: &Service, credentials: Credentials) -> Client {
    let address = service.listen().await;
    connect(Target {
        endpoint: Endpoint::parse(&address.to_string()).unwrap(),
        project: ProjectName::parse("demo").unwrap(),
        credentials,
        now: clock,
    })
    .unwrap()
}

fn bearers(service: &Service) -> Vec<String> {
    let bearer = |record: &crate::scripted::Record| {
        let header = record.headers.get("authorization");
        header.map_or_else(String::new, |header| header.to_str().unwrap().to_owned())
    };
    service.records().iter().map(bearer).collect()
}

#[tokio::test]
async fn a_token_is_carried_and_a_refusal_is_final_where_there_is_no_other() {
    let service = Service::start();
    service.rule(|_| Reply::Fail(Status::unauthenticated("expired")));
    let token = Token::parse("one").unwrap();
    let client = client_as(&service, Credentials::Token(token)).await;
    let failure = client
        .list_calls(&ListRequest::default())
        .await
        .unwrap_err();
    assert_eq!(failure.kind, FailureKind::Unauthenticated);
    assert_eq!(bearers(&service), ["Bearer one"]);
}

#[tokio::test]
async fn a_token_file_is_read_again_when_its_token_is_refused_but_a_call_is_not_sent_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("token");
    std::fs::write(&path, "one").unwrap();
    let service = Service::start();
    let renewed = path.clone();
    service.rule(move |_| {
        // Somebody renews the file while the request with the old token is under way.
        std::fs::write(&renewed, "two").unwrap();
        Reply::Fail(Status::unauthenticated("expired"))
    });
    let client = client_as(&service, Credentials::TokenFile(path.clone())).await;

    let failure = client.create_call(&wish()).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Unauthenticated);
    assert!(!failure.may_have_happened);
    assert_eq!(bearers(&service), ["Bearer one"]);

    std::fs::write(&path, "three").unwrap();
    service.take_asked();
    client.get_call(&name(1)).await.unwrap_err();
    assert_eq!(bearers(&service), ["Bearer three", "Bearer two"]);
    assert!(matches!(service.take_asked()[0], Asked::Get(_)));
}

/// A pipe that nobody writes to stands for a share that is gone: opening it never comes back.
#[cfg(unix)]
#[tokio::test(start_paused = true)]
async fn a_token_file_that_cannot_be_read_in_time_is_given_up_and_nothing_has_happened() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("token");
    let made = std::process::Command::new("mkfifo").arg(&path).status();
    assert!(made.unwrap().success());
    let client = connect(Target {
        endpoint: Endpoint::parse("127.0.0.1:9").unwrap(),
        project: ProjectName::parse("demo").unwrap(),
        credentials: Credentials::TokenFile(path.clone()),
        now: clock,
    })
    .unwrap();
    let reading = client.clone();
    let requests = [
        tokio::spawn(async move { client.create_call(&wish()).await.unwrap_err() }),
        tokio::spawn(async move { reading.get_call(&name(1)).await.unwrap_err() }),
    ];
    // A thread that is busy keeps the paused clock from moving by itself.
    for _ in 0..11 {
        tokio::task::yield_now().await;
        tokio::time::advance(Duration::from_secs(1)).await;
    }
    for _ in 0..10 {
        tokio::task::yield_now().await;
    }
    let in_time = requests.iter().all(tokio::task::JoinHandle::is_finished);
    // Lets the thread go, without which the test would not end.
    std::fs::write(&path, "late").unwrap();
    assert!(in_time);
    for request in requests {
        let failure = request.await.unwrap();
        assert_eq!(failure.kind, FailureKind::DeadlineExceeded);
        assert!(!failure.may_have_happened);
        assert!(failure.message.contains("token"), "{failure}");
    }
}

#[tokio::test]
async fn without_credentials_no_token_is_carried() {
    let service = Service::start();
    let client = client_as(&service, Credentials::None).await;
    client.list_calls(&ListRequest::default()).await.unwrap();
    assert_eq!(bearers(&service), [""]);
    let agent = service.records()[0]
        .headers
        .get("user-agent")
        .unwrap()
        .clone();
    assert!(agent.to_str().unwrap().starts_with("switchboard/"));
}

#[tokio::test]
async fn a_port_where_nobody_listens_is_told_by_its_address() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let client = connect(Target {
        endpoint: Endpoint::parse(&address.to_string()).unwrap(),
        project: ProjectName::parse("demo").unwrap(),
        credentials: Credentials::None,
        now: clock,
    })
    .unwrap();
    let failure = client.create_call(&wish()).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Unavailable);
    assert!(failure.message.contains(&address.to_string()), "{failure}");
    assert!(failure.message.contains("refused"), "{failure}");
    assert!(!failure.may_have_happened);
}

#[tokio::test]
async fn a_server_that_speaks_something_else_is_no_panic_and_no_call() {
    use tokio::io::AsyncWriteExt as _;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = stream
                .write_all(b"SSH-2.0-OpenSSH_9.0\r\n\r\nhello\r\n")
                .await;
        }
    });
    let client = connect(Target {
        endpoint: Endpoint::parse(&address.to_string()).unwrap(),
        project: ProjectName::parse("demo").unwrap(),
        credentials: Credentials::None,
        now: clock,
    })
    .unwrap();
    let failure = client.create_call(&wish()).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Unavailable, "{failure}");
}
