//! The exchange against a token server on this machine that follows a script.

use std::sync::atomic::{AtomicUsize, Ordering};

use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use rstest::rstest;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::super::key::tests::{fresh_pem, key_json};
use super::*;

fn noon() -> DateTime<Utc> {
    DateTime::from_timestamp(1_700_000_000, 0).unwrap()
}

/// A token server that gives the same answer to everybody, and keeps what it was asked.
struct Server {
    url: String,
    asked: Arc<AtomicUsize>,
    forms: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// Answers with a status line and a body; `{n}` in the body becomes the number of the request.
    async fn start(status: &'static str, body: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/token", listener.local_addr().unwrap());
        let asked = Arc::new(AtomicUsize::new(0));
        let forms = Arc::new(Mutex::new(Vec::new()));
        let (count, kept) = (Arc::clone(&asked), Arc::clone(&forms));
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let form = read_form(&mut stream).await;
                kept.lock().unwrap().push(form);
                let number = count.fetch_add(1, Ordering::SeqCst) + 1;
                let body = body.replace("{n}", &number.to_string());
                let answer = format!(
                    "HTTP/1.1 {status}\r\ncontent-type: application/json\r\n\
                     content-length: {}\r\nconnection: close\r\n\r\n{body}",
                    body.len()
                );
                let _ = stream.write_all(answer.as_bytes()).await;
            }
        });
        Self { url, asked, forms }
    }

    fn exchange(&self) -> Arc<Exchange> {
        exchange_at(&self.url)
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

async fn read_form(stream: &mut tokio::net::TcpStream) -> String {
    let mut text = String::new();
    let mut piece = [0; 4_096];
    loop {
        let count = stream.read(&mut piece).await.unwrap();
        text.push_str(std::str::from_utf8(&piece[..count]).unwrap());
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head
                .lines()
                .find_map(|line| line.strip_prefix("content-length: "))
                .map_or(0, |length| length.parse().unwrap());
            if body.len() >= length {
                return body.to_owned();
            }
        }
        assert_ne!(count, 0, "the request was cut off");
    }
}

fn exchange_at(url: &str) -> Arc<Exchange> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key.json");
    std::fs::write(&path, key_json().to_string()).unwrap();
    let key = ServiceAccountKey::read(&path).unwrap();
    let url = TokenUrl::parse(url).unwrap();
    Arc::new(Exchange::new(key, url, noon).unwrap())
}

const GRANTED: &str = r#"{"access_token":"t{n}","token_type":"Bearer","expires_in":3600}"#;

#[tokio::test]
async fn the_assertion_is_what_the_contract_asks_for() {
    let server = Server::start("200 OK", GRANTED).await;
    let token = server.exchange().token().await.unwrap();
    assert_eq!(token.expose(), "t1");

    let form = server.forms.lock().unwrap().pop().unwrap();
    let fields: std::collections::HashMap<_, _> = url::form_urlencoded::parse(form.as_bytes())
        .into_owned()
        .collect();
    assert_eq!(fields["grant_type"], GRANT);
    let public = DecodingKey::from_rsa_pem(&fresh_pem().1).unwrap();
    let mut rules = Validation::new(Algorithm::RS256);
    rules.validate_exp = false;
    rules.set_audience(&[&server.url]);
    let assertion = jsonwebtoken::decode::<Value>(&fields["assertion"], &public, &rules).unwrap();
    assert_eq!(assertion.header.kid.as_deref(), Some("k1"));
    assert_eq!(
        assertion.claims,
        json!({
            "iss": "console@demo.example",
            "aud": server.url,
            "scope": SCOPE,
            "iat": 1_700_000_000,
            "exp": 1_700_003_600,
        })
    );
}

#[tokio::test]
async fn one_exchange_serves_all_who_ask_at_once_and_later() {
    let server = Server::start("200 OK", GRANTED).await;
    let exchange = server.exchange();
    let waiting: Vec<_> = (0..20)
        .map(|_| {
            let exchange = Arc::clone(&exchange);
            tokio::spawn(async move { exchange.token().await })
        })
        .collect();
    for one in waiting {
        assert_eq!(one.await.unwrap().unwrap().expose(), "t1");
    }
    assert_eq!(exchange.token().await.unwrap().expose(), "t1");
    assert_eq!(server.asked(), 1);
}

#[tokio::test]
async fn an_exchange_comes_to_its_end_although_nobody_waits_any_more() {
    let server = Server::start("200 OK", GRANTED).await;
    let exchange = server.exchange();
    {
        let given_up = exchange.token();
        tokio::pin!(given_up);
        assert!(given_up.as_mut().now_or_never().is_none());
    }
    assert_eq!(exchange.token().await.unwrap().expose(), "t1");
    assert_eq!(server.asked(), 1);
}

#[tokio::test]
async fn a_token_near_its_end_is_still_used_while_the_next_is_had() {
    let server = Server::start("200 OK", GRANTED).await;
    let exchange = server.exchange();
    exchange.token().await.unwrap();
    exchange.tokens().held.as_mut().unwrap().replace_at = Instant::now();
    assert_eq!(exchange.token().await.unwrap().expose(), "t1");
    let under_way = exchange.tokens().under_way.clone().unwrap();
    under_way.await.unwrap();
    assert_eq!(exchange.token().await.unwrap().expose(), "t2");
    assert_eq!(server.asked(), 2);
}

#[tokio::test]
async fn a_token_at_its_end_is_not_used() {
    let server = Server::start("200 OK", GRANTED).await;
    let exchange = server.exchange();
    exchange.token().await.unwrap();
    exchange.tokens().held.as_mut().unwrap().useless_at = Instant::now();
    assert_eq!(exchange.token().await.unwrap().expose(), "t2");
}

#[tokio::test]
async fn a_refused_token_is_dropped_once() {
    let server = Server::start("200 OK", GRANTED).await;
    let exchange = server.exchange();
    let first = exchange.token().await.unwrap();
    exchange.refused(&first);
    let second = exchange.token().await.unwrap();
    exchange.refused(&first);
    assert_eq!(exchange.token().await.unwrap(), second);
    assert_eq!(server.asked(), 2);
}

#[tokio::test]
async fn a_replacement_that_fails_leaves_the_token_that_still_holds() {
    let exchange = exchange_at("http://127.0.0.1:1/token");
    let held = Token::parse("held").unwrap();
    let hour = Duration::from_secs(3_600);
    exchange.put_away(Ok((held.clone(), hour))).unwrap();
    exchange.tokens().held.as_mut().unwrap().replace_at = Instant::now();
    assert_eq!(exchange.token().await.unwrap(), held);
    let under_way = exchange.tokens().under_way.clone().unwrap();
    under_way.await.unwrap_err();
    assert_eq!(exchange.token().await.unwrap(), held);
    assert!(
        exchange.tokens().under_way.is_none(),
        "it waits before it tries again"
    );
}

#[rstest]
#[case::an_hour(3_600, 3_300, 3_585)]
#[case::a_minute(60, 30, 45)]
#[case::no_time(0, 0, 0)]
#[tokio::test(start_paused = true)]
async fn tokens_are_replaced_early(
    #[case] lasts: u64,
    #[case] replace_after: u64,
    #[case] useless_after: u64,
) {
    let exchange = exchange_at("http://127.0.0.1:1/token");
    let token = Token::parse("t").unwrap();
    exchange
        .put_away(Ok((token, Duration::from_secs(lasts))))
        .unwrap();
    let now = Instant::now();
    let tokens = exchange.tokens();
    let held = tokens.held.as_ref().unwrap();
    assert_eq!((held.replace_at - now).as_secs(), replace_after);
    assert_eq!((held.useless_at - now).as_secs(), useless_after);
}

#[rstest]
#[case::with_its_reason(
    "400 Bad Request",
    r#"{"error":"invalid_grant","error_description":"the key was revoked"}"#,
    FailureKind::Unauthenticated,
    "refused the key of console@demo.example: invalid_grant: the key was revoked"
)]
#[case::without_a_reason("401 Unauthorized", "no", FailureKind::Unauthenticated, "HTTP 401")]
#[case::busy("503 Service Unavailable", "", FailureKind::Unavailable, "HTTP 503")]
#[case::elsewhere("302 Found", "", FailureKind::Unauthenticated, "HTTP 302")]
#[case::no_token("200 OK", r#"{"token":"s3cret"}"#, FailureKind::Internal, "token URL")]
#[case::no_json("200 OK", "<html>s3cret", FailureKind::Internal, "token URL")]
#[case::a_token_with_a_line_break(
    "200 OK",
    r#"{"access_token":"s3cret\nx"}"#,
    FailureKind::Internal,
    "token URL"
)]
#[tokio::test]
async fn refusals_are_told(
    #[case] status: &'static str,
    #[case] body: &'static str,
    #[case] kind: FailureKind,
    #[case] says: &str,
) {
    let server = Server::start(status, body).await;
    let failure = server.exchange().token().await.unwrap_err();
    assert_eq!(failure.kind, kind);
    assert!(failure.message.contains(says), "{failure}");
    assert!(!failure.message.contains("s3cret"), "{failure}");
    assert_eq!(server.asked(), 1, "it is not asked again");
}

#[tokio::test]
async fn an_unreachable_token_server_is_told_by_its_url() {
    let failure = exchange_at("http://127.0.0.1:1/token")
        .token()
        .await
        .unwrap_err();
    assert_eq!(failure.kind, FailureKind::Unavailable);
    assert!(
        failure.message.contains("http://127.0.0.1:1/token"),
        "{failure}"
    );
}

#[tokio::test]
async fn a_token_without_an_end_is_used_for_a_while() {
    let server = Server::start("200 OK", r#"{"access_token":"t{n}"}"#).await;
    let exchange = server.exchange();
    exchange.token().await.unwrap();
    assert_eq!(exchange.token().await.unwrap().expose(), "t1");
}
