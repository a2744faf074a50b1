//! What the client makes of what befalls its connection, and of what listens at its address.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use chrono::TimeDelta;
use futures_util::FutureExt as _;
use switchboard::api::auth::Credentials;
use switchboard::api::{Dial, Endpoint, ListRequest, Target, connect, over_pipe};
use switchboard::call::{FailureKind, ProjectName};
use switchboard::sandbox::{Sandbox, Setup};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio::time::{Instant, timeout};

use crate::scripted::noon;

fn demo() -> ProjectName {
    ProjectName::parse("demo").unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_service_that_is_back_answers_the_first_who_asks() {
    let sandbox = Sandbox::start(Setup::default()).await.unwrap();
    let pipe = sandbox.pipe();
    let (away, refused) = (Arc::new(AtomicBool::new(true)), Arc::new(Notify::new()));
    let dial: Dial = {
        let (away, refused) = (away.clone(), refused.clone());
        Arc::new(move || {
            let (pipe, away, refused) = (pipe.clone(), away.clone(), refused.clone());
            async move {
                if away.load(Ordering::Relaxed) {
                    refused.notified().await;
                    return Err(io::ErrorKind::ConnectionRefused.into());
                }
                pipe.connect().await
            }
            .boxed()
        })
    };
    let client = over_pipe(dial, demo());
    let request = ListRequest::default();
    // Given up while its connection is being made, as the second list of a poll is when the first has
    // failed. The connection comes to nothing a moment later, and nobody is there to hear it.
    let given_up = timeout(Duration::from_secs(1), client.list_calls(&request)).await;
    assert!(given_up.is_err());
    refused.notify_one();
    tokio::time::sleep(Duration::from_secs(30)).await;
    away.store(false, Ordering::Relaxed);
    let answer = client.list_calls(&request).await;
    assert!(answer.is_ok(), "{answer:?}");
}

/// A web server that does not know HTTP/2; how many questions it has heard.
async fn web_server() -> std::net::SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut question = [0; 1_024];
                let _ = stream.read(&mut question).await;
                let answer =
                    b"HTTP/1.1 505 HTTP Version Not Supported\r\nConnection: close\r\n\r\n";
                let _ = stream.write_all(answer).await;
            });
        }
    });
    address
}

fn target(endpoint: &str) -> Target {
    Target {
        endpoint: Endpoint::parse(endpoint).unwrap(),
        project: demo(),
        credentials: Credentials::None,
        now: || chrono::DateTime::UNIX_EPOCH,
    }
}

#[tokio::test]
async fn a_web_server_at_the_address_is_told_as_what_it_is() {
    let client = connect(target(&web_server().await.to_string())).unwrap();
    for _ in 0..3 {
        let failure = client
            .list_calls(&ListRequest::default())
            .await
            .unwrap_err();
        assert_eq!(failure.kind, FailureKind::Unimplemented, "{failure}");
        let told = failure.to_string();
        assert!(
            told.contains("is a web server") && told.contains("check the profile's endpoint"),
            "{told}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn the_services_time_is_known_from_its_answers() {
    let start = noon();
    let sandbox = Sandbox::start(Setup {
        start: Some(start),
        ..Setup::default()
    })
    .await
    .unwrap();
    let began = Instant::now();
    let pipe = sandbox.pipe();
    let dial: Dial = Arc::new(move || {
        let pipe = pipe.clone();
        async move { pipe.connect().await }.boxed()
    });
    let client = over_pipe(dial, demo());
    assert!(client.service_time().is_none(), "nobody has said");
    for _ in 0..20 {
        client.list_calls(&ListRequest::default()).await.unwrap();
        tokio::time::sleep(Duration::from_millis(2_170)).await;
    }
    let (shown, at) = client.service_time().unwrap();
    let truth = start + TimeDelta::from_std(at - began).unwrap();
    assert!(
        (shown - truth).abs() < TimeDelta::milliseconds(400),
        "{shown} {truth}"
    );
}
