//! The token endpoint (`api.md §8`, RFC 7523, RFC 6749), over HTTP.

use jsonwebtoken::{Algorithm, EncodingKey, Header};
use reqwest::StatusCode;
use rstest::rstest;
use serde_json::{Value, json};
use switchboard::sandbox::{Sandbox, SandboxError};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::accounts::{ALL, GRANT, Guarded, LISTS, NOON, STRANGER, key, sign, sign_with};
use super::support::quiet;

/// §8.5: what an exchange gives; RFC 6749 §5.1: nobody is to keep it.
#[tokio::test]
async fn an_assertion_is_exchanged_for_a_token() {
    let guarded = Guarded::start().await;
    let (status, headers, body) = guarded.exchange(&guarded.assertion(ALL)).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(headers["content-type"], "application/json");
    assert_eq!(headers["cache-control"], "no-store");
    assert_eq!(headers["pragma"], "no-cache");
    let token = body["access_token"].as_str().unwrap();
    assert!(token.len() < 1_000 && token.bytes().all(|byte| byte.is_ascii_graphic()));
    let expected = json!({ "access_token": token, "token_type": "Bearer", "expires_in": 3600 });
    assert_eq!(body, expected);
}

#[rstest]
#[case::as_it_should_be(json!({}))]
#[case::the_audience_in_a_list(json!({ "aud": ["https://elsewhere.example", "{url}"] }))]
#[case::the_service_s_audience(json!({ "aud": "https://oauth2.api.enfonica.com/token" }))]
#[case::the_account_as_subject(json!({ "sub": ALL }))]
#[case::no_subject(json!({ "sub": null }))]
#[case::the_scope_of_the_dotnet_client(json!({ "scope": "https://api.enfonica.com/auth/voice" }))]
#[case::the_scope_of_the_node_client(
    json!({ "scope": "https://voice.api.enfonica.com/enfonica.voice.v1beta1.Calls" })
)]
#[case::an_id(json!({ "jti": "1" }))]
#[case::a_clock_that_is_behind(json!({ "iat": NOON - 3_659, "exp": NOON - 59 }))]
#[case::a_clock_that_is_ahead(json!({ "iat": NOON + 60, "exp": NOON + 3_660, "nbf": NOON + 60 }))]
#[case::parts_of_seconds(json!({ "iat": 1_699_999_999.5, "exp": 1_700_000_100.25 }))]
#[tokio::test]
/// §8.3, §8.4, §8.5: what the clients send, and what is granted beside.
async fn what_is_right_is_granted(#[case] changes: Value) {
    let guarded = Guarded::start().await;
    let changes = changes.to_string().replace("{url}", &guarded.token_url);
    let changes: Value = serde_json::from_str(&changes).unwrap();
    let mut claims = guarded.claims(ALL);
    for (name, value) in changes.as_object().unwrap() {
        claims[name] = value.clone();
    }
    let (status, _, body) = guarded.exchange(&sign(ALL, &claims)).await;
    assert_eq!(status, StatusCode::OK, "{body}");
}

/// Refused with HTTP 400 and this error, told without anything of the assertion.
async fn assert_refused(guarded: &Guarded, assertion: &str, part: &str) {
    let (status, headers, body) = guarded.exchange(assertion).await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "{body}");
    assert_eq!(headers["cache-control"], "no-store");
    assert_eq!(body["error"], "invalid_grant");
    let description = body["error_description"].as_str().unwrap();
    assert!(description.contains(part), "{description}");
    // RFC 6749 §5.2 has a set of characters for it.
    assert!(
        description
            .bytes()
            .all(|b| matches!(b, 0x20..=0x7e) && b != b'"' && b != b'\\')
    );
    assert!(!description.contains("s3cret"), "{description}");
    assert_eq!(body.as_object().unwrap().len(), 2);
}

#[rstest]
#[case::no_issuer("iss", Value::Null, "iss is missing")]
#[case::an_issuer_that_is_a_number("iss", json!(7), "iss is not a text")]
#[case::another_issuer("iss", json!("s3cret@demo.example"), "iss names no account")]
#[case::another_account("iss", json!(LISTS), "kid names no key")]
#[case::no_audience(
    "aud",
    Value::Null,
    "aud does not name this token endpoint: http://127.0.0.1:"
)]
#[case::another_audience("aud", json!("https://s3cret.example/token"), "aud")]
#[case::an_audience_that_begins_so("aud", json!("https://oauth2.api.enfonica.com/token/"), "aud")]
#[case::an_empty_list_of_audiences("aud", json!([]), "aud")]
#[case::an_audience_that_is_a_number("aud", json!(7), "aud")]
#[case::another_subject("sub", json!("s3cret@demo.example"), "sub is another")]
#[case::a_subject_that_is_a_list("sub", json!([ALL]), "sub is not a text")]
#[case::no_time_of_issue("iat", Value::Null, "iat is missing")]
#[case::issued_in_the_future("iat", json!(NOON + 61), "iat is in the future")]
#[case::issued_as_a_text("iat", json!("1700000000"), "iat is not a number")]
#[case::issued_too_long_ago("iat", json!(NOON - 1), "more than 3600 s")]
#[case::no_end("exp", Value::Null, "exp is missing")]
#[case::an_end_too_far_away("exp", json!(NOON + 3_601), "more than 3600 s")]
#[case::an_end_beyond_all_time("exp", json!(1e300), "more than 3600 s")]
#[case::an_end_before_its_beginning("exp", json!(NOON - 1), "exp is not after iat")]
#[case::not_yet("nbf", json!(NOON + 61), "nbf is in the future")]
#[case::a_scope_that_is_a_list("scope", json!([]), "scope is not a text")]
#[case::a_scope_too_long("scope", json!("s".repeat(1_025)), "longer than 1024")]
#[tokio::test]
/// §8.5: each claim is checked.
async fn a_claim_that_is_wrong_is_told(
    #[case] name: &str,
    #[case] value: Value,
    #[case] part: &str,
) {
    let guarded = Guarded::start().await;
    let mut claims = guarded.claims(ALL);
    claims[name] = value;
    assert_refused(&guarded, &sign(ALL, &claims), part).await;
}

/// §8.5: an assertion holds until its end and a minute, and can be used again until then.
#[tokio::test]
async fn an_assertion_holds_until_its_end_and_the_skew() {
    let guarded = Guarded::start().await;
    let assertion = guarded.assertion(ALL);
    for pass in [0, 3_600, 59] {
        guarded.pass(pass);
        let (status, _, body) = guarded.exchange(&assertion).await;
        assert_eq!(status, StatusCode::OK, "{body}");
    }
    guarded.pass(1);
    assert_refused(&guarded, &assertion, "has expired").await;
}

/// `sandbox.md`: `kid` is needed only where the account has several keys.
#[tokio::test]
async fn a_key_is_found_by_its_id() {
    let guarded = Guarded::start().await;
    let named = |id: Option<&str>| {
        let mut header = Header::new(Algorithm::RS256);
        header.kid = id.map(str::to_owned);
        header
    };
    let one = guarded.claims(ALL);
    let (status, _, body) = guarded.exchange(&sign_with(ALL, &named(None), &one)).await;
    assert_eq!(status, StatusCode::OK, "{body}");
    let assertion = sign_with(ALL, &named(Some("s3cret")), &one);
    assert_refused(&guarded, &assertion, "kid names no key").await;

    let two = guarded.claims(LISTS);
    let (status, _, body) = guarded.exchange(&sign(LISTS, &two)).await;
    assert_eq!(status, StatusCode::OK, "{body}");
    let assertion = sign_with(LISTS, &named(None), &two);
    assert_refused(&guarded, &assertion, "several keys").await;
}

/// §8.5: only the account's own key proves who it is, and only RS256 is spoken.
#[tokio::test]
async fn an_assertion_that_proves_nothing_is_refused() {
    let guarded = Guarded::start().await;
    let claims = guarded.claims(ALL);
    let mut header = Header::new(Algorithm::RS256);
    header.kid = key(ALL)["private_key_id"].as_str().map(str::to_owned);
    let signature = "the signature is not that of the account's key";
    let forged = sign_with(STRANGER, &header, &claims);
    assert_refused(&guarded, &forged, signature).await;
    assert_refused(
        &guarded,
        &sign(STRANGER, &guarded.claims(STRANGER)),
        "no account",
    )
    .await;

    let good = guarded.assertion(ALL);
    let (signed, _) = good.rsplit_once('.').unwrap();
    assert_refused(&guarded, &format!("{signed}."), signature).await;
    let (head, _) = signed.split_once('.').unwrap();
    let (_, other) = guarded
        .assertion(LISTS)
        .split_once('.')
        .map(|(a, b)| (a.to_owned(), b.to_owned()))
        .unwrap();
    assert_refused(&guarded, &format!("{head}.{other}"), "kid names no key").await;

    let no_jwt = "no JWT that is signed with RS256";
    for text in ["s3cret", "..", "a.b", "a.b.c.d", &good.replacen('.', "", 1)] {
        assert_refused(&guarded, text, no_jwt).await;
    }
    for algorithm in [Algorithm::RS384, Algorithm::RS512, Algorithm::PS256] {
        let mut other = header.clone();
        other.alg = algorithm;
        assert_refused(&guarded, &sign_with(ALL, &other, &claims), no_jwt).await;
    }
    // The public key as the secret of an HMAC is an old trick.
    let secret = EncodingKey::from_secret(key(ALL)["private_key_id"].as_str().unwrap().as_bytes());
    let mut symmetric = header.clone();
    symmetric.alg = Algorithm::HS256;
    let assertion = jsonwebtoken::encode(&symmetric, &claims, &secret).unwrap();
    assert_refused(&guarded, &assertion, no_jwt).await;
    // {"alg":"none"}
    let unsigned = good.replacen(head, "eyJhbGciOiJub25lIn0", 1);
    assert_refused(&guarded, &unsigned, no_jwt).await;

    let mut critical = header.clone();
    critical.crit = Some(vec!["b64".to_owned()]);
    assert_refused(&guarded, &sign_with(ALL, &critical, &claims), "crit").await;
}

#[rstest]
#[case::nothing(&[], "invalid_request", "grant_type is missing")]
#[case::no_grant_type(&[("assertion", "{}")], "invalid_request", "grant_type is missing")]
#[case::an_empty_grant_type(
    &[("grant_type", ""), ("assertion", "{}")], "invalid_request", "grant_type is missing"
)]
#[case::no_assertion(&[("grant_type", GRANT)], "invalid_request", "assertion is missing")]
#[case::two_grant_types(
    &[("grant_type", GRANT), ("grant_type", GRANT), ("assertion", "{}")],
    "invalid_request",
    "grant_type is given twice"
)]
#[case::two_assertions(
    &[("grant_type", GRANT), ("assertion", "{}"), ("assertion", "{}")],
    "invalid_request",
    "assertion is given twice"
)]
#[case::another_grant(
    &[("grant_type", "client_credentials"), ("assertion", "{}")],
    "unsupported_grant_type",
    "another than urn:ietf:params:oauth:grant-type:jwt-bearer"
)]
#[case::a_scope_too_long(
    &[("grant_type", GRANT), ("assertion", "{}"), ("scope", LONG)], "invalid_grant", "scope"
)]
#[tokio::test]
/// RFC 6749 §3.2, §5.2: the form is checked, and its errors have their names.
async fn a_form_that_is_wrong_is_told(
    #[case] form: &[(&str, &str)],
    #[case] error: &str,
    #[case] part: &str,
) {
    let guarded = Guarded::start().await;
    let assertion = guarded.assertion(ALL);
    let form: Vec<(&str, String)> = form
        .iter()
        .map(|(name, value)| (*name, value.replace("{}", &assertion)))
        .collect();
    let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (*name, &**value)).collect();
    let (status, headers, body) = guarded.post(&form).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert_eq!(headers["cache-control"], "no-store");
    assert_eq!(body["error"], error, "{body}");
    let description = body["error_description"].as_str().unwrap();
    assert!(description.contains(part), "{description}");
}

const LONG: &str = match std::str::from_utf8(&[b's'; 1_025]) {
    Ok(text) => text,
    Err(_) => "",
};

/// RFC 6749 §3.2: what is not known is ignored, and so is a parameter without a value.
#[tokio::test]
async fn other_parameters_do_not_count() {
    let guarded = Guarded::start().await;
    let assertion = guarded.assertion(ALL);
    let form = [
        ("client_id", "a"),
        ("client_id", "b"),
        ("assertion", ""),
        ("scope", "one two"),
        ("grant_type", GRANT),
        ("assertion", &assertion),
    ];
    let (status, _, body) = guarded.post(&form).await;
    assert_eq!(status, StatusCode::OK, "{body}");
}

/// Sends a request as it is, and gives the whole answer.
async fn raw(guarded: &Guarded, request: &str) -> String {
    let url = url::Url::parse(&guarded.token_url).unwrap();
    let address = (url.host_str().unwrap(), url.port().unwrap());
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

const FORM: &str = "content-type: application/x-www-form-urlencoded";

#[rstest]
#[case::get("GET /token", "", "405 Method Not Allowed", "allow: POST")]
#[case::put("PUT /token", FORM, "405 Method Not Allowed", "had by POST")]
#[case::another_path("POST /tokens", FORM, "404 Not Found", "nothing here but POST /token")]
#[case::the_root("GET /", "", "404 Not Found", "invalid_request")]
#[case::json(
    "POST /token",
    "content-type: application/json",
    "400 Bad Request",
    "Content-Type"
)]
#[case::no_type("POST /token", "x: y", "400 Bad Request", "the Content-Type is not")]
#[case::a_query(
    "POST /token?grant_type=x",
    FORM,
    "400 Bad Request",
    "grant_type is missing"
)]
#[case::a_charset(
    "POST /token",
    "Content-Type: Application/X-WWW-Form-URLencoded; charset=UTF-8",
    "400 Bad Request",
    "grant_type is missing"
)]
#[tokio::test]
/// RFC 6749 §3.2, §5.2: tokens are had by POST, of a form, at one path.
async fn other_requests_are_refused(
    #[case] line: &str,
    #[case] header: &str,
    #[case] status: &str,
    #[case] part: &str,
) {
    let guarded = Guarded::start().await;
    let header = if header.is_empty() {
        String::new()
    } else {
        format!("{header}\r\n")
    };
    let request = format!("{line} HTTP/1.1\r\nhost: x\r\n{header}content-length: 0\r\n\r\n");
    let answer = raw(&guarded, &request).await;
    assert!(
        answer.starts_with(&format!("HTTP/1.1 {status}\r\n")),
        "{answer}"
    );
    assert!(answer.contains("cache-control: no-store\r\n"), "{answer}");
    assert!(answer.contains(part), "{answer}");
}

#[tokio::test]
async fn a_sandbox_without_accounts_has_no_token_endpoint() {
    let mut sandbox = Sandbox::start(quiet()).await.unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let refused = sandbox.serve_tokens(listener).unwrap_err();
    assert!(matches!(refused, SandboxError::Setup(_)), "{refused}");
}

#[tokio::test]
async fn the_token_endpoint_ends_with_its_sandbox() {
    let guarded = Guarded::start().await;
    let url = url::Url::parse(&guarded.token_url).unwrap();
    let address = (url.host_str().unwrap(), url.port().unwrap());
    let mut silent = TcpStream::connect(address).await.unwrap();
    guarded.sandbox.shutdown().await;
    assert_eq!(silent.read(&mut [0]).await.unwrap_or_default(), 0);
    TcpStream::connect(address).await.unwrap_err();
}
