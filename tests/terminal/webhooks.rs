//! Webhooks of a sandbox that is a process of its own: its key, and what a kill leaves.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::PathBuf;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rstest::rstest;
use switchboard::proto::call::ApiCallOptions;
use switchboard::proto::calls_client::CallsClient;
use switchboard::proto::{Call, CreateCallRequest};
use tokio::net::TcpListener;
use tokio::time::timeout;

use super::commands::run_at;
use super::home::Home;
use super::service::Service;

/// How long anything may take at most.
const PATIENCE: Duration = Duration::from_secs(20);

fn key() -> String {
    STANDARD.encode([0x5a; 64])
}

fn key_file(home: &Home) -> PathBuf {
    let path = home.path().join("webhook.key");
    std::fs::write(&path, key()).unwrap();
    path
}

/// What is wrong with the key is told without a word of it.
#[rstest]
#[case::flag(&["--webhook-key", "aHVudGVyMg=="], &[], "--webhook-key: the webhook key has 7 bytes")]
#[case::text(&["--webhook-key", "hunter2-hunter2"], &[], "no base64")]
#[case::variable(&[], &[("SWITCHBOARD_WEBHOOK_KEY", "hunter2!")], "SWITCHBOARD_WEBHOOK_KEY: the webhook key")]
#[case::no_file(&["--webhook-key", "@no/such/key"], &[], "no/such/key: it cannot be read")]
#[case::empty(&["--webhook-key", ""], &[], "the webhook key is empty")]
#[case::no_key(&["--webhook-anywhere"], &[], "--webhook-anywhere needs a key")]
fn a_key_that_is_none_is_refused(
    #[case] arguments: &[&str],
    #[case] variables: &[(&str, &str)],
    #[case] part: &str,
) {
    let all = [&["sandbox", "--listen", "127.0.0.1:0"], arguments].concat();
    let output = run_at(&Home::new(), &all, variables);
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{stderr}");
    assert!(stderr.contains(part), "{stderr}");
    for secret in ["hunter2", "aHVudGVyMg"] {
        assert!(!stderr.contains(secret), "{stderr}");
    }
}

/// Places a call that is engaged, and whose states are told to an address.
async fn place(service: &Service, address: &str) {
    let call = Call {
        to: "+61491570156".to_owned(),
        from: "+61255501234".to_owned(),
        options: Some(ApiCallOptions {
            handler_uris: vec!["https://app.example/handle-call".to_owned()],
            state_update_uri: format!("http://{address}/state"),
            ..ApiCallOptions::default()
        }),
        ..Call::default()
    };
    let request = CreateCallRequest {
        parent: "projects/demo".to_owned(),
        call: Some(call),
    };
    let place = format!("http://{}", service.address);
    let mut client = CallsClient::connect(place).await.unwrap();
    client.create_call(request).await.unwrap();
}

/// Reads one request, head and body.
fn read(connection: &TcpStream) -> String {
    let mut reader = BufReader::new(connection);
    let mut text = String::new();
    let mut length = 0;
    loop {
        let start = text.len();
        reader.read_line(&mut text).unwrap();
        let line = text.split_at(start).1.trim().to_ascii_lowercase();
        if line.is_empty() {
            break;
        }
        if let Some(bytes) = line.strip_prefix("content-length: ") {
            length = bytes.parse().unwrap();
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    text + &String::from_utf8(body).unwrap()
}

/// What comes to a listener, without an answer.
async fn take(listener: &TcpListener) -> (TcpStream, String) {
    let came = timeout(PATIENCE, listener.accept()).await.unwrap();
    let connection = came.unwrap().0.into_std().unwrap();
    connection.set_nonblocking(false).unwrap();
    connection.set_read_timeout(Some(PATIENCE)).unwrap();
    let request = read(&connection);
    (connection, request)
}

#[tokio::test]
async fn what_a_killed_sandbox_was_sending_is_sent_by_the_next_one() {
    let home = Home::new();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let ledger = home.path().join("ledger.db").display().to_string();
    let key = format!("@{}", key_file(&home).display());
    let arguments = ["--listen", "127.0.0.1:0", "--history", "0", "--rate", "0"];
    let more = ["--speed", "50", "--db", &ledger, "--webhook-key", &key];
    let arguments = [&arguments[..], &more[..]].concat();

    let service = Service::start(&home, &arguments);
    place(&service, &address).await;
    let (unanswered, first) = take(&listener).await;
    assert!(first.contains(r#""state":"STARTING""#), "{first}");
    service.kill();
    drop(unanswered);

    let mut service = Service::start(&home, &arguments);
    let mut told = Vec::new();
    for _ in 0..2 {
        let (mut connection, request) = take(&listener).await;
        connection
            .write_all(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
            .unwrap();
        told.push(request);
    }
    // The very same request again, and then what has happened since.
    let body = |request: &str| request.split_once("\r\n\r\n").unwrap().1.to_owned();
    assert_eq!(body(&told[0]), body(&first));
    assert!(told[1].contains(r#""state":"BUSY""#), "{}", told[1]);
    assert!(service.end("TERM").0.success());
}
