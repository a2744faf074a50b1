//! The token endpoint: HTTP/1, `POST /token`, an assertion for an access token (RFC 7523), and the
//! errors of RFC 6749 §5.2.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, HOST, PRAGMA};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::middleware::map_response;
use axum::response::{IntoResponse as _, Json, Response};
use axum::routing::post;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::service::TowerToHyperService;
use serde_json::json;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use super::Guard;
use super::access_token::Pass;
use super::assertion::{self, Audience, LONGEST_SCOPE};

const PATH: &str = "/token";
const GRANT: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
/// The token URL of the real service, by which clients that cannot be told another name theirs
/// (`api.md §8.3`).
const SERVICE_URL: &str = "https://oauth2.api.enfonica.com/token";
/// How long an access token holds.
const TOKEN_SECONDS: u32 = 3_600;
/// How many bytes a form has at most: an assertion is about 800.
const FORM_BYTES: usize = 16 * 1024;
/// How many bytes the head of a request has at most.
const HEAD_BYTES: usize = 16 * 1024;
/// How many connections are served at a time; others wait for one of them to end.
const CONNECTIONS: usize = 64;
/// How long the head of a request may take to arrive.
const HEAD_WITHIN: Duration = Duration::from_secs(5);
/// How long a connection lasts at most. Each is for one request.
const CONNECTION_WITHIN: Duration = Duration::from_secs(10);
/// How long to wait after a connection could not be taken on, as when there are too many files.
const REST: Duration = Duration::from_millis(100);

/// A token endpoint that runs, or none. Dropping it ends it at once.
#[derive(Debug, Default)]
pub(in crate::sandbox) struct TokenEndpoint {
    task: JoinSet<()>,
    /// Dropped to have no more connections taken on.
    open: Option<watch::Sender<()>>,
}

impl TokenEndpoint {
    /// Begins to serve, and tells the endpoint's URL.
    pub(in crate::sandbox) fn serve(
        guard: Arc<Guard>,
        listener: TcpListener,
    ) -> io::Result<(Self, String)> {
        let address = listener.local_addr()?;
        let desk = Arc::new(TokenDesk::new(guard, address));
        let (open, closed) = watch::channel(());
        let mut task = JoinSet::new();
        task.spawn(accept(listener, routes(desk), closed));
        let open = Some(open);
        Ok((Self { task, open }, own_url(&address.to_string())))
    }

    /// Waits for it to end by itself; for good if there is none.
    pub(in crate::sandbox) async fn ended(&mut self) {
        if self.task.join_next().await.is_none() {
            std::future::pending::<()>().await;
        }
    }

    /// Takes on no more connections, gives those that are there so much time, and ends.
    pub(in crate::sandbox) async fn shutdown(mut self, drain: Duration) {
        self.open = None;
        timeout(drain, self.task.join_next()).await.ok();
        self.task.shutdown().await;
    }
}

/// Takes on connections until it is closed, then waits for those that are left.
async fn accept(listener: TcpListener, routes: Router, closed: watch::Receiver<()>) {
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    let mut connections = JoinSet::new();
    let mut closing = closed.clone();
    loop {
        let accepted = tokio::select! {
            biased;
            _closed = closing.changed() => break,
            accepted = next(&listener, &places) => accepted,
        };
        // Those that have ended leave nothing behind.
        while connections.try_join_next().is_some() {}
        match accepted {
            Ok((stream, place)) => {
                let serving = serve(stream, routes.clone(), closed.clone());
                connections.spawn(async move {
                    serving.await;
                    drop(place);
                });
            }
            Err(error) => {
                tracing::debug!(%error, "the token endpoint could not take on a connection");
                sleep(REST).await;
            }
        }
    }
    drop(listener);
    while connections.join_next().await.is_some() {}
}

/// The next connection, once there is a place for it.
async fn next(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> io::Result<(TcpStream, tokio::sync::OwnedSemaphorePermit)> {
    let place = Arc::clone(places).acquire_owned().await;
    let place = place.map_err(io::Error::other)?;
    let (stream, _peer) = listener.accept().await?;
    Ok((stream, place))
}

/// Serves one connection, for as long as one may last.
async fn serve(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    routes: Router,
    mut closed: watch::Receiver<()>,
) {
    let mut builder = Builder::new(TokioExecutor::new()).http1_only();
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_WITHIN)
        .max_buf_size(HEAD_BYTES)
        .keep_alive(false);
    let connection =
        builder.serve_connection(TokioIo::new(stream), TowerToHyperService::new(routes));
    tokio::pin!(connection);
    let served = async {
        // A peer that breaks off, or says what is no HTTP, has had its answer from hyper.
        tokio::select! {
            _ended = connection.as_mut() => return,
            _closed = closed.changed() => connection.as_mut().graceful_shutdown(),
        }
        connection.await.ok();
    };
    timeout(CONNECTION_WITHIN, served).await.ok();
}

/// What requests are answered with.
#[derive(Debug)]
struct TokenDesk {
    guard: Arc<Guard>,
    urls: Vec<String>,
    /// Whether it listens on all addresses, and so does not know by which it is called.
    everywhere: bool,
}

impl TokenDesk {
    fn new(guard: Arc<Guard>, address: SocketAddr) -> Self {
        let mut urls = vec![own_url(&address.to_string())];
        if address.ip().is_loopback() {
            urls.push(own_url(&format!("localhost:{}", address.port())));
        }
        urls.push(SERVICE_URL.to_owned());
        Self {
            guard,
            urls,
            everywhere: address.ip().is_unspecified(),
        }
    }

    fn audience(&self, headers: &HeaderMap) -> Audience {
        let called = headers.get(HOST).and_then(|host| host.to_str().ok());
        Audience {
            urls: self.urls.clone(),
            called: called.filter(|_| self.everywhere).map(str::to_owned),
        }
    }
}

fn own_url(authority: &str) -> String {
    format!("http://{authority}{PATH}")
}

fn routes(desk: Arc<TokenDesk>) -> Router {
    Router::new()
        .route(PATH, post(token))
        .method_not_allowed_fallback(|| async {
            Refusal::new("invalid_request", "tokens are had by POST")
                .with(StatusCode::METHOD_NOT_ALLOWED)
        })
        .fallback(|| async {
            Refusal::new("invalid_request", "there is nothing here but POST /token")
                .with(StatusCode::NOT_FOUND)
        })
        .layer(DefaultBodyLimit::max(FORM_BYTES))
        .layer(map_response(not_to_be_stored))
        .with_state(desk)
}

/// Answers with tokens, and all others with them, are in no cache (RFC 6749 §5.1).
async fn not_to_be_stored(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(PRAGMA, HeaderValue::from_static("no-cache"));
    response
}

async fn token(
    State(desk): State<Arc<TokenDesk>>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    match answer(&desk, &headers, body) {
        Ok(token) => Json(json!({
            "access_token": token,
            "token_type": "Bearer",
            "expires_in": TOKEN_SECONDS,
        }))
        .into_response(),
        Err((refusal, status)) => refusal.with(status),
    }
}

fn answer(
    desk: &TokenDesk,
    headers: &HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<String, (Refusal, StatusCode)> {
    let body = body.map_err(|rejection| {
        let status = rejection.status();
        let reason = if status == StatusCode::PAYLOAD_TOO_LARGE {
            "the form is larger than 16 KiB"
        } else {
            "the form did not arrive whole"
        };
        (Refusal::new("invalid_request", reason), status)
    })?;
    grant(desk, headers, &body).map_err(|refusal| (refusal, StatusCode::BAD_REQUEST))
}

fn grant(desk: &TokenDesk, headers: &HeaderMap, body: &[u8]) -> Result<String, Refusal> {
    let form = Form::read(headers, body)?;
    match form.grant_type.as_deref() {
        Some(GRANT) => {}
        Some(_) => {
            let reason = format!("the grant_type is another than {GRANT}");
            return Err(Refusal::new("unsupported_grant_type", reason));
        }
        None => return Err(missing("grant_type")),
    }
    let assertion = form.assertion.ok_or_else(|| missing("assertion"))?;
    let accounts = &desk.guard.accounts;
    let granted = assertion::verify(&assertion, accounts, &desk.audience(headers))
        .map_err(|reason| Refusal::new("invalid_grant", reason))?;
    let scope = form.scope.unwrap_or(granted.scope);
    if scope.len() > LONGEST_SCOPE {
        let reason = format!("the scope is longer than {LONGEST_SCOPE} bytes");
        return Err(Refusal::new("invalid_grant", reason));
    }
    let account = granted.account.email().to_owned();
    tracing::debug!(account, scope, "a token was given");
    let ends = accounts.now().timestamp();
    Ok(desk.guard.tokens.seal(&Pass {
        account,
        scope,
        ends: ends.saturating_add(TOKEN_SECONDS.into()),
    }))
}

fn missing(name: &str) -> Refusal {
    Refusal::new(
        "invalid_request",
        format!("the parameter {name} is missing"),
    )
}

/// The parameters that count. Others are ignored, and so are those without a value (RFC 6749 §3.2).
#[derive(Default)]
struct Form {
    grant_type: Option<String>,
    assertion: Option<String>,
    scope: Option<String>,
}

impl Form {
    fn read(headers: &HeaderMap, body: &[u8]) -> Result<Self, Refusal> {
        let kind = headers.get(CONTENT_TYPE);
        let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        let kind = kind.split(';').next().unwrap_or_default().trim();
        if !kind.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            let reason = "the Content-Type is not application/x-www-form-urlencoded";
            return Err(Refusal::new("invalid_request", reason));
        }
        let mut form = Self::default();
        for (name, value) in url::form_urlencoded::parse(body) {
            let field = match &*name {
                "grant_type" => &mut form.grant_type,
                "assertion" => &mut form.assertion,
                "scope" => &mut form.scope,
                _ => continue,
            };
            if value.is_empty() {
                continue;
            }
            if field.replace(value.into_owned()).is_some() {
                let reason = format!("the parameter {name} is given twice");
                return Err(Refusal::new("invalid_request", reason));
            }
        }
        Ok(form)
    }
}

/// Why there is no token (RFC 6749 §5.2). Neither part repeats anything of the request.
#[derive(Debug)]
struct Refusal {
    error: &'static str,
    description: String,
}

impl Refusal {
    fn new(error: &'static str, description: impl Into<String>) -> Self {
        Self {
            error,
            description: description.into(),
        }
    }

    fn with(self, status: StatusCode) -> Response {
        let body = json!({ "error": self.error, "error_description": self.description });
        (status, Json(body)).into_response()
    }
}

#[cfg(test)]
mod tests;
