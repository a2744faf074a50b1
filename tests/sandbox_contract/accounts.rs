//! A sandbox with accounts, the keys of those accounts, and a clock that is moved by hand.

use std::path::Path;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, OnceLock};

use chrono::DateTime;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use reqwest::StatusCode;
use reqwest::header::HeaderMap;
use serde_json::{Value, json};
use switchboard::call::ProjectName;
use switchboard::sandbox::{Accounts, KeyOrder, Permission, Sandbox, Setup, issue_key};
use tokio::net::TcpListener;
use tonic::Request;

use super::support::{Client, connect, quiet};

/// May do everything in `demo`, and in `absent`, which does not exist; has one key.
pub(crate) const ALL: &str = "all@demo.example";
/// May list in `demo`; has two keys.
pub(crate) const LISTS: &str = "lists@demo.example";
/// Has a key, and is not in the accounts of the sandbox.
pub(crate) const STRANGER: &str = "stranger@demo.example";
pub(crate) const GRANT: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
/// What the clock shows first.
pub(crate) const NOON: i64 = 1_700_000_000;

/// Files with accounts and keys; made once, for keys take a while.
struct Made {
    accounts: String,
    keys: Vec<Value>,
}

fn made() -> &'static Made {
    static MADE: OnceLock<Made> = OnceLock::new();
    MADE.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let read = |path: &Path| std::fs::read_to_string(path).unwrap();
        let accounts = folder.path().join("auth.json");
        let others = folder.path().join("others.json");
        let make = |file: &Path, account: &str, projects: &[&str], permissions: &[Permission]| {
            // In the folder of the accounts that it goes with, under a name of its own.
            let out = tempfile::tempdir_in(folder.path()).unwrap().keep();
            let out = out.join("key.json");
            let projects = projects.iter().map(|id| ProjectName::parse(id).unwrap());
            issue_key(&KeyOrder {
                accounts: file.to_owned(),
                account: account.to_owned(),
                projects: projects.collect(),
                permissions: permissions.to_vec(),
                out: out.clone(),
            })
            .unwrap();
            serde_json::from_str(&read(&out)).unwrap()
        };
        Made {
            keys: vec![
                make(&accounts, ALL, &["demo", "absent"], &Permission::ALL),
                make(&accounts, LISTS, &["demo"], &[Permission::List]),
                make(&accounts, LISTS, &["demo"], &[Permission::List]),
                make(&others, STRANGER, &["demo"], &Permission::ALL),
            ],
            accounts: read(&accounts),
        }
    })
}

/// The key file of an account; its first, where it has two.
pub(crate) fn key(account: &str) -> &'static Value {
    let mut keys = made().keys.iter();
    keys.find(|key| key["client_email"] == account).unwrap()
}

/// A sandbox that lets in those alone who may, with its token endpoint.
pub(crate) struct Guarded {
    pub(crate) sandbox: Sandbox,
    pub(crate) client: Client,
    pub(crate) token_url: String,
    clock: Arc<AtomicI64>,
}

impl Guarded {
    pub(crate) async fn start() -> Self {
        let clock = Arc::new(AtomicI64::new(NOON));
        let shown = Arc::clone(&clock);
        let now = move || DateTime::from_timestamp(shown.load(Ordering::SeqCst), 0).unwrap();
        let setup = Setup {
            accounts: Some(accounts().with_clock(now)),
            ..quiet()
        };
        let mut sandbox = Sandbox::start(setup).await.unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let token_url = sandbox.serve_tokens(listener).unwrap();
        let client = connect(sandbox.pipe()).await;
        Self {
            sandbox,
            client,
            token_url,
            clock,
        }
    }

    pub(crate) fn pass(&self, seconds: i64) {
        self.clock.fetch_add(seconds, Ordering::SeqCst);
    }

    /// The claims of an assertion that is right at noon.
    pub(crate) fn claims(&self, account: &str) -> Value {
        json!({
            "iss": account,
            "aud": self.token_url,
            "iat": NOON,
            "exp": NOON + 3_600,
        })
    }

    /// An assertion that is right at noon.
    pub(crate) fn assertion(&self, account: &str) -> String {
        sign(account, &self.claims(account))
    }

    /// Posts a form to the token endpoint.
    pub(crate) async fn post(&self, form: &[(&str, &str)]) -> (StatusCode, HeaderMap, Value) {
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let answer = client
            .post(&self.token_url)
            .form(form)
            .send()
            .await
            .unwrap();
        let (status, headers) = (answer.status(), answer.headers().clone());
        let body = serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap();
        (status, headers, body)
    }

    pub(crate) async fn exchange(&self, assertion: &str) -> (StatusCode, HeaderMap, Value) {
        let form = [("grant_type", GRANT), ("assertion", assertion)];
        self.post(&form).await
    }

    /// A token for an account, had at noon.
    pub(crate) async fn token(&self, account: &str) -> String {
        let (status, _, body) = self.exchange(&self.assertion(account)).await;
        assert_eq!(status, StatusCode::OK, "{body}");
        body["access_token"].as_str().unwrap().to_owned()
    }
}

/// The accounts, by the machine's clock.
pub(crate) fn accounts() -> Accounts {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("auth.json");
    std::fs::write(&path, &made().accounts).unwrap();
    Accounts::load(&path).unwrap()
}

/// Signs claims as RFC 7523 has it, with the account's key and its id.
pub(crate) fn sign(account: &str, claims: &Value) -> String {
    let mut header = Header::new(Algorithm::RS256);
    header.kid = key(account)["private_key_id"].as_str().map(str::to_owned);
    sign_with(account, &header, claims)
}

pub(crate) fn sign_with(account: &str, header: &Header, claims: &Value) -> String {
    let pem = key(account)["private_key"].as_str().unwrap();
    let key = EncodingKey::from_rsa_pem(pem.as_bytes()).unwrap();
    jsonwebtoken::encode(header, claims, &key).unwrap()
}

/// A request with an `authorization` header for each of these.
pub(crate) fn with<T>(message: T, headers: &[&str]) -> Request<T> {
    let mut request = Request::new(message);
    for header in headers {
        let header = header.parse().unwrap();
        request.metadata_mut().append("authorization", header);
    }
    request
}
