//! The endpoint against peers that mean no good, over pipes with the time paused. What it answers
//! to those who do is in the contract tests.

use jsonwebtoken::{Algorithm, EncodingKey, Header};
use rstest::rstest;
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream};
use tokio::time::Instant;

use super::*;
use crate::sandbox::iam::{Accounts, Iam, KeyOrder, Permission, issue_key};

const ACCOUNT: &str = "console@demo.example";

fn guard() -> Arc<Guard> {
    guard_and_key().0
}

/// A guard with one account, and what signs in that account's name.
fn guard_and_key() -> (Arc<Guard>, EncodingKey) {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    issue_key(&KeyOrder {
        accounts: path("auth.json"),
        account: ACCOUNT.to_owned(),
        projects: vec![crate::call::ProjectName::parse("demo").unwrap()],
        permissions: vec![Permission::List],
        out: path("key.json"),
    })
    .unwrap();
    let accounts = Accounts::load(&path("auth.json")).unwrap();
    let Ok(Iam::Guarded(guard)) = Iam::new(Some(accounts)) else {
        panic!("accounts make no guard");
    };
    let key = std::fs::read(path("key.json")).unwrap();
    let key: Value = serde_json::from_slice(&key).unwrap();
    let pem = key["private_key"].as_str().unwrap();
    (guard, EncodingKey::from_rsa_pem(pem.as_bytes()).unwrap())
}

fn routes_of(guard: Arc<Guard>) -> Router {
    let address = SocketAddr::from(([127, 0, 0, 1], 50_052));
    routes(Arc::new(TokenDesk::new(guard, address)))
}

/// A peer of the endpoint, and what keeps the endpoint open.
fn dial() -> (DuplexStream, watch::Sender<()>) {
    let (near, far) = tokio::io::duplex(1 << 20);
    let (open, closed) = watch::channel(());
    tokio::spawn(serve(far, routes_of(guard()), closed));
    (near, open)
}

async fn rest(peer: &mut DuplexStream) -> String {
    let mut text = Vec::new();
    peer.read_to_end(&mut text).await.ok();
    String::from_utf8(text).unwrap()
}

const HEAD: &str = "POST /token HTTP/1.1\r\nhost: x\r\n\
                    content-type: application/x-www-form-urlencoded\r\n";

#[rstest]
#[case::silence("", HEAD_WITHIN)]
#[case::half_a_head("POST /token HTTP/1.1\r\nhost:", HEAD_WITHIN)]
#[case::half_a_body(
    "POST /token HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\ngrant",
    CONNECTION_WITHIN
)]
#[tokio::test(start_paused = true)]
async fn a_peer_that_stops_in_the_middle_is_left(#[case] said: &str, #[case] within: Duration) {
    let (mut peer, _open) = dial();
    let began = Instant::now();
    peer.write_all(said.as_bytes()).await.unwrap();
    let answer = rest(&mut peer).await;
    assert!(!answer.contains(" 200 "), "{answer}");
    assert!(began.elapsed() <= within + Duration::from_millis(10));
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_dribbles_is_left() {
    let (mut peer, _open) = dial();
    let began = Instant::now();
    let head = format!("{HEAD}content-length: 9000\r\n\r\n");
    peer.write_all(head.as_bytes()).await.unwrap();
    while peer.write_all(b"x").await.is_ok() {
        sleep(Duration::from_secs(1)).await;
        assert!(began.elapsed() <= CONNECTION_WITHIN + Duration::from_secs(2));
    }
}

#[tokio::test(start_paused = true)]
async fn a_head_without_an_end_is_refused() {
    let (mut peer, _open) = dial();
    let began = Instant::now();
    let head = format!("POST /token HTTP/1.1\r\nx: {}", "x".repeat(2 * HEAD_BYTES));
    peer.write_all(head.as_bytes()).await.unwrap();
    let answer = rest(&mut peer).await;
    assert!(answer.starts_with("HTTP/1.1 431 "), "{answer}");
    assert_eq!(began.elapsed(), Duration::ZERO);
}

#[rstest]
#[case::that_says_so("content-length: 99999999\r\n\r\n")]
#[case::that_does_not("transfer-encoding: chunked\r\n\r\n8000\r\n")]
#[tokio::test(start_paused = true)]
async fn a_form_that_is_too_large_is_refused_before_it_is_there(#[case] length: &str) {
    let (mut peer, _open) = dial();
    let text = format!("{HEAD}{length}{}", "x".repeat(2 * FORM_BYTES));
    peer.write_all(text.as_bytes()).await.unwrap();
    let answer = rest(&mut peer).await;
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
    assert!(answer.contains("\"error\":\"invalid_request\""), "{answer}");
    assert!(answer.contains("cache-control: no-store"), "{answer}");
}

#[tokio::test(start_paused = true)]
async fn each_connection_is_for_one_request() {
    let (mut peer, _open) = dial();
    let began = Instant::now();
    let text = format!("{HEAD}content-length: 0\r\n\r\n").repeat(2);
    peer.write_all(text.as_bytes()).await.unwrap();
    let answer = rest(&mut peer).await;
    assert_eq!(answer.matches("HTTP/1.1 ").count(), 1, "{answer}");
    assert!(answer.contains("connection: close"), "{answer}");
    assert_eq!(began.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn a_silent_peer_is_left_at_once_when_the_endpoint_ends() {
    let (mut peer, open) = dial();
    tokio::task::yield_now().await;
    let began = Instant::now();
    drop(open);
    assert_eq!(rest(&mut peer).await, "");
    assert_eq!(began.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn silent_peers_keep_nobody_out_for_long() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (_endpoint, _url) = TokenEndpoint::serve(guard(), listener).unwrap();
    let mut silent = Vec::new();
    for _ in 0..2 * CONNECTIONS {
        silent.push(TcpStream::connect(address).await.unwrap());
    }
    let mut peer = TcpStream::connect(address).await.unwrap();
    peer.write_all(format!("{HEAD}content-length: 0\r\n\r\n").as_bytes())
        .await
        .unwrap();
    let mut answer = String::new();
    peer.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
    assert!(answer.contains("grant_type is missing"), "{answer}");
}

#[rstest]
#[case::none(None, None, "")]
#[case::in_the_assertion(Some("a b"), None, "a b")]
#[case::in_the_form(None, Some("c"), "c")]
#[case::in_both(Some("a b"), Some("c"), "c")]
fn a_token_records_the_scope_that_was_asked_for(
    #[case] claim: Option<&str>,
    #[case] parameter: Option<&str>,
    #[case] recorded: &str,
) {
    let (guard, key) = guard_and_key();
    let now = guard.accounts.now();
    let issued = now.timestamp();
    let claims = json!({
        "iss": ACCOUNT,
        "aud": SERVICE_URL,
        "iat": issued,
        "exp": issued + 60,
        "scope": claim,
    });
    let assertion = jsonwebtoken::encode(&Header::new(Algorithm::RS256), &claims, &key).unwrap();
    let form = [("grant_type", GRANT), ("assertion", &assertion)];
    let form = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(form)
        .extend_pairs(parameter.map(|scope| ("scope", scope)))
        .finish();
    let kind = HeaderValue::from_static("application/x-www-form-urlencoded");
    let headers = HeaderMap::from_iter([(CONTENT_TYPE, kind)]);
    let desk = TokenDesk::new(Arc::clone(&guard), SocketAddr::from(([127, 0, 0, 1], 5)));
    let token = grant(&desk, &headers, form.as_bytes()).unwrap();
    let pass = guard.tokens.open(&token, now).unwrap();
    assert_eq!(
        (pass.account.as_str(), pass.scope.as_str()),
        (ACCOUNT, recorded)
    );
}

#[tokio::test]
async fn an_endpoint_that_has_ended_says_so() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (mut endpoint, _url) = TokenEndpoint::serve(guard(), listener).unwrap();
    endpoint.task.abort_all();
    endpoint.ended().await;
}

#[rstest]
#[case::loopback("127.0.0.1:5", "http://127.0.0.1:5/token", true)]
#[case::loopback_by_name("127.0.0.1:5", "http://localhost:5/token", true)]
#[case::version_six("[::1]:5", "http://[::1]:5/token", true)]
#[case::the_service("127.0.0.1:5", SERVICE_URL, true)]
#[case::another_port("127.0.0.1:5", "http://127.0.0.1:6/token", false)]
#[case::another_path("127.0.0.1:5", "http://127.0.0.1:5/", false)]
#[case::another_host_than_the_own("127.0.0.1:5", "http://called:9/token", false)]
#[case::one_address("192.0.2.1:5", "http://192.0.2.1:5/token", true)]
#[case::one_address_is_not_this_machine("192.0.2.1:5", "http://localhost:5/token", false)]
#[case::all_addresses_as_called("0.0.0.0:5", "http://called:9/token", true)]
#[case::all_addresses_behind_tls("[::]:5", "https://called:9/token", true)]
#[case::all_addresses_as_not_called("0.0.0.0:5", "http://other:9/token", false)]
#[case::all_addresses_and_another_path("0.0.0.0:5", "http://called:9/tokens", false)]
fn an_endpoint_answers_to_its_names(#[case] address: &str, #[case] url: &str, #[case] own: bool) {
    let desk = TokenDesk::new(guard(), address.parse().unwrap());
    let headers = HeaderMap::from_iter([(HOST, HeaderValue::from_static("called:9"))]);
    assert_eq!(desk.audience(&headers).has(url), own);
}
