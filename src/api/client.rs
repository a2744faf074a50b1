//! The three methods of the service over one connection that mends itself.

use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use futures_util::future::BoxFuture;
use hyper_util::rt::TokioIo;
use prost::Message;
use tokio::io::DuplexStream;
use tokio::time::{Instant, timeout_at};
use tonic::metadata::{AsciiMetadataValue, MetadataMap};
use tonic::transport::{Channel, ClientTlsConfig, Uri};
use tonic::{Request, Status};
use tonic_prost::ProstCodec;
use url::form_urlencoded;

use super::auth::{Authority, Credentials, Token};
use super::endpoint::Endpoint;
use super::error::{Attempt, Method, failure, out_of_time, without_a_token};
use super::wire::{Trace, Wire};
use crate::call::{Call, CallName, Failure, FailureKind, NewCall, ProjectName};
use crate::{convert, proto};

/// How long a request may take, with the token for it (`api.md §9`).
pub const DEADLINE: Duration = Duration::from_secs(10);
/// How long a connection may take to come about: less than a request, so that one that never came
/// about is told as such.
const CONNECT_WITHIN: Duration = Duration::from_secs(5);
/// How often an idle connection is tried (`api.md §9`), and how long the answer may take.
const KEEP_ALIVE_EVERY: Duration = Duration::from_secs(60);
const KEEP_ALIVE_WITHIN: Duration = Duration::from_secs(20);
/// A hundred calls with full labels make little more than 1 MB; tonic's own limit of 4 MB leaves no
/// room for a service that answers with more than was asked for.
const LARGEST_ANSWER: usize = 16 << 20;
const USER_AGENT: &str = concat!("switchboard/", env!("CARGO_PKG_VERSION"));

/// Where to connect, to what, and as whom.
#[derive(Debug, Clone)]
pub struct Target {
    /// Where the service is.
    pub endpoint: Endpoint,
    /// Whose calls.
    pub project: ProjectName,
    /// As whom.
    pub credentials: Credentials,
    /// The clock by which assertions of service accounts are dated; the only one needed here.
    pub now: fn() -> DateTime<Utc>,
}

/// A way to an in-process service: each call of it opens a new pipe.
pub type Dial =
    Arc<dyn Fn() -> BoxFuture<'static, io::Result<DuplexStream>> + Send + Sync + 'static>;

/// A client of the service. Cloning it is cheap, and clones share one connection and one token.
#[derive(Clone)]
pub struct Client {
    channel: Channel,
    shared: Arc<Shared>,
}

struct Shared {
    project: ProjectName,
    place: String,
    authority: Authority,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("project", &self.shared.project)
            .field("place", &self.shared.place)
            .finish_non_exhaustive()
    }
}

/// Which calls to list (`api.md §2.5`).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ListRequest {
    /// How many at most: 1 to 100; 0 leaves it to the service, which takes 10.
    pub page_size: u32,
    /// Where to go on; nothing for the first page.
    pub page_token: Option<String>,
    /// A filter in the service's dialect; empty for all calls.
    pub filter: String,
}

/// Some calls of a list, newest first.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Page {
    /// The calls; there may be none although more pages follow.
    pub calls: Vec<Call>,
    /// Where to go on; nothing at the end, and only there.
    pub next_page_token: Option<String>,
}

/// Makes a client of the service at an endpoint. The connection is made with the first request, and
/// again whenever it was lost. Must be called within a runtime; reads the platform's certificates.
///
/// # Errors
///
/// A [`FailureKind::Local`] failure if the encryption cannot be set up, as without any certificates.
pub fn connect(target: Target) -> Result<Client, Failure> {
    let local = |error: tonic::transport::Error| {
        let mut cause: &dyn std::error::Error = &error;
        while let Some(source) = cause.source() {
            cause = source;
        }
        Failure::new(
            FailureKind::Local,
            format!(
                "the connection to {} cannot be set up: {cause}; \
                 check the certificates that this system trusts",
                target.endpoint
            ),
        )
    };
    // Whoever comes second finds it installed, which is as good.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let mut endpoint = prepared(target.endpoint.to_string()).map_err(local)?;
    if target.endpoint.is_encrypted() {
        endpoint = endpoint
            .tls_config(ClientTlsConfig::new().with_native_roots())
            .map_err(local)?;
    }
    Ok(Client {
        channel: endpoint.connect_lazy(),
        shared: Arc::new(Shared {
            project: target.project,
            place: target.endpoint.authority(),
            authority: Authority::new(target.credentials, target.now)?,
        }),
    })
}

/// Makes a client of a service in this process, without credentials. Dials with the first request,
/// and again whenever the pipe was closed. Must be called within a runtime.
pub fn over_pipe(dial: Dial, project: ProjectName) -> Client {
    let connector = tower::service_fn(move |_: Uri| {
        let dialled = dial();
        async move { dialled.await.map(TokioIo::new) }
    });
    let endpoint = common(tonic::transport::Endpoint::from_static("http://sandbox"));
    Client {
        channel: endpoint.connect_with_connector_lazy(connector),
        shared: Arc::new(Shared {
            project,
            place: "the sandbox".to_owned(),
            authority: Authority::nobody(),
        }),
    }
}

fn prepared(uri: String) -> Result<tonic::transport::Endpoint, tonic::transport::Error> {
    common(tonic::transport::Endpoint::from_shared(uri)?).user_agent(USER_AGENT)
}

fn common(endpoint: tonic::transport::Endpoint) -> tonic::transport::Endpoint {
    endpoint
        .connect_timeout(CONNECT_WITHIN)
        .http2_keep_alive_interval(KEEP_ALIVE_EVERY)
        .keep_alive_timeout(KEEP_ALIVE_WITHIN)
        .keep_alive_while_idle(true)
}

impl Client {
    /// The project whose calls these are.
    pub fn project(&self) -> &ProjectName {
        &self.shared.project
    }

    /// The host and port of the service, for messages and to tell one service from another.
    pub fn place(&self) -> &str {
        &self.shared.place
    }

    /// Places a call. The request is sent once at most, whatever happens: whether there may be a call
    /// after a failure is told by [`Failure::may_have_happened`].
    pub async fn create_call(&self, call: &NewCall) -> Result<Call, Failure> {
        let parent = self.shared.project.as_str();
        let message = proto::CreateCallRequest {
            parent: parent.to_owned(),
            call: Some(convert::new_call(call)),
        };
        let until = Instant::now() + DEADLINE;
        let token = self.token(until).await?;
        let routing = routing("parent", parent);
        let result = self.once(Method::Create, message, &routing, (token.as_ref(), until));
        match result.await {
            Ok(call) => Ok(convert::call(call)),
            Err(failure) => {
                if failure.kind == FailureKind::Unauthenticated {
                    // For whoever comes next: this request is not asked again.
                    self.is_replaced(token.as_ref(), until).await;
                }
                Err(failure)
            }
        }
    }

    /// Reads one call.
    pub async fn get_call(&self, name: &CallName) -> Result<Call, Failure> {
        let message = proto::GetCallRequest {
            name: name.as_str().to_owned(),
        };
        let routing = routing("name", name.as_str());
        let call: proto::Call = self.read(Method::Get, message, &routing).await?;
        Ok(convert::call(call))
    }

    /// Reads one page of the project's calls, newest first.
    pub async fn list_calls(&self, request: &ListRequest) -> Result<Page, Failure> {
        let parent = self.shared.project.as_str();
        let message = proto::ListCallsRequest {
            parent: parent.to_owned(),
            page_size: i32::try_from(request.page_size).unwrap_or(i32::MAX),
            page_token: request.page_token.clone().unwrap_or_default(),
            filter: request.filter.clone(),
        };
        let routing = routing("parent", parent);
        let page: proto::ListCallsResponse = self.read(Method::List, message, &routing).await?;
        Ok(Page {
            calls: page.calls.into_iter().map(convert::call).collect(),
            next_page_token: Some(page.next_page_token).filter(|token| !token.is_empty()),
        })
    }

    /// A request that changes nothing: asked a second time if the token was refused and there is
    /// another to be had.
    async fn read<Q, A>(&self, method: Method, message: Q, routing: &str) -> Result<A, Failure>
    where
        Q: Message + Clone + 'static,
        A: Message + Default + 'static,
    {
        let until = Instant::now() + DEADLINE;
        let token = self.token(until).await?;
        let first = self
            .once(method, message.clone(), routing, (token.as_ref(), until))
            .await;
        match first {
            Err(failure)
                if failure.kind == FailureKind::Unauthenticated
                    && self.is_replaced(token.as_ref(), until).await =>
            {
                let until = Instant::now() + DEADLINE;
                let token = self.token(until).await?;
                self.once(method, message, routing, (token.as_ref(), until))
                    .await
            }
            settled => settled,
        }
    }

    /// The token for a request, if there is one in its time.
    async fn token(&self, until: Instant) -> Result<Option<Token>, Failure> {
        timeout_at(until, self.shared.authority.token())
            .await
            .unwrap_or_else(|_late| Err(without_a_token()))
    }

    /// Takes note that a token was refused. True if there is another to try in the request's time.
    async fn is_replaced(&self, token: Option<&Token>, until: Instant) -> bool {
        timeout_at(until, self.shared.authority.refused(token))
            .await
            .unwrap_or(false)
    }

    async fn once<Q, A>(
        &self,
        method: Method,
        message: Q,
        routing: &str,
        (token, until): (Option<&Token>, Instant),
    ) -> Result<A, Failure>
    where
        Q: Message + 'static,
        A: Message + Default + 'static,
    {
        let mut request = Request::new(message);
        request.set_timeout(until.saturating_duration_since(Instant::now()));
        address(request.metadata_mut(), routing, token)?;
        let trace = Trace::default();
        let wire = Wire {
            channel: self.channel.clone(),
            trace: trace.clone(),
        };
        let result = timeout_at(until, exchange(wire, method, request)).await;
        let attempt = |left| Attempt {
            method,
            place: &self.shared.place,
            left,
            answered: trace.has_answer(),
        };
        match result {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(status)) => {
                let failure = failure(&status, attempt(trace.withdraw()));
                tracing::debug!(?method, %failure, "request failed");
                Err(failure)
            }
            Err(_) => {
                let failure = out_of_time(attempt(trace.withdraw()));
                tracing::debug!(?method, %failure, "request failed");
                Err(failure)
            }
        }
    }
}

async fn exchange<Q, A>(wire: Wire, method: Method, request: Request<Q>) -> Result<A, Status>
where
    Q: Message + 'static,
    A: Message + Default + 'static,
{
    let mut grpc = tonic::client::Grpc::new(wire).max_decoding_message_size(LARGEST_ANSWER);
    grpc.ready()
        .await
        .map_err(|error| Status::from_error(error.into()))?;
    let path = http::uri::PathAndQuery::from_static(method.path());
    let answer = grpc
        .unary(request, path, ProstCodec::<Q, A>::default())
        .await?;
    Ok(answer.into_inner())
}

/// `x-goog-request-params`, by which the service routes a request (`api.md §8.3`).
fn routing(field: &str, name: &str) -> String {
    let encoded: String = form_urlencoded::byte_serialize(name.as_bytes()).collect();
    format!("{field}={encoded}")
}

fn address(
    metadata: &mut MetadataMap,
    routing: &str,
    token: Option<&Token>,
) -> Result<(), Failure> {
    let local = |_| Failure::new(FailureKind::Local, "the token has characters that none has");
    if let Ok(routing) = routing.parse() {
        metadata.insert("x-goog-request-params", routing);
    }
    if let Some(token) = token {
        let mut bearer: AsciiMetadataValue = format!("Bearer {}", token.expose())
            .parse()
            .map_err(local)?;
        bearer.set_sensitive(true);
        metadata.insert("authorization", bearer);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn routing_is_url_encoded() {
        assert_eq!(routing("parent", "projects/demo"), "parent=projects%2Fdemo");
        let odd = routing("name", "projects/demo/calls/\u{1b}[31m ü");
        assert!(odd.is_ascii() && !odd.contains(['\u{1b}', ' ']));
    }

    #[test]
    fn a_token_is_not_in_what_is_logged_of_a_request() {
        let mut metadata = MetadataMap::new();
        let token = Token::parse("s3cret").unwrap();
        address(&mut metadata, "parent=x", Some(&token)).unwrap();
        assert!(!format!("{metadata:?}").contains("s3cret"));
        assert_eq!(metadata.get("authorization").unwrap(), "Bearer s3cret");
    }
}
