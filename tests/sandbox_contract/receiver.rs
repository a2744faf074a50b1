//! A receiver of webhooks on this machine, which keeps all that it is sent.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse as _, Response};
use switchboard::proto::Call;
use switchboard::proto::call::State;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout};

use super::json;

/// For how long anything is waited for. Nothing takes nearly so long.
const PATIENCE: Duration = Duration::from_secs(8);

/// A request as it came.
#[derive(Clone)]
pub(crate) struct Seen {
    pub(crate) method: Method,
    pub(crate) uri: Uri,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) at: Instant,
}

impl Seen {
    pub(crate) fn call(&self) -> Call {
        json::read(&self.body)
    }

    pub(crate) fn state(&self) -> State {
        self.call().state()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers[name].to_str().unwrap()
    }
}

impl fmt::Debug for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let body = String::from_utf8_lossy(&self.body);
        write!(f, "{} {} {body}", self.method, self.uri)
    }
}

/// A receiver that answers as it is told to; gone when it is dropped.
pub(crate) struct Receiver {
    pub(crate) address: SocketAddr,
    seen: watch::Receiver<Vec<Seen>>,
    _serving: JoinSet<()>,
}

impl Receiver {
    /// Starts one on a free port. `answer` is given the number of the request, from 1, and the
    /// request.
    pub(crate) async fn start(
        answer: impl Fn(usize, &Seen) -> Response + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        Self::on(listener, answer)
    }

    pub(crate) fn on(
        listener: TcpListener,
        answer: impl Fn(usize, &Seen) -> Response + Send + Sync + 'static,
    ) -> Self {
        let address = listener.local_addr().unwrap();
        let (keep, seen) = watch::channel(Vec::new());
        let answer = Arc::new(answer);
        let take = async move |method: Method, uri: Uri, headers: HeaderMap, body: Bytes| {
            let request = Seen {
                method,
                uri,
                headers,
                body,
                at: Instant::now(),
            };
            let mut count = 0;
            keep.send_modify(|all: &mut Vec<Seen>| {
                all.push(request.clone());
                count = all.len();
            });
            answer(count, &request)
        };
        let mut serving = JoinSet::new();
        serving.spawn(async move {
            let router = Router::new().fallback(take);
            axum::serve(listener, router).await.unwrap();
        });
        Self {
            address,
            seen,
            _serving: serving,
        }
    }

    /// One that takes everything.
    pub(crate) async fn willing() -> Self {
        Self::start(|_, _| StatusCode::NO_CONTENT.into_response()).await
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.borrow().clone()
    }

    /// Waits until what has come is as it should be.
    pub(crate) async fn wait_for(
        &self,
        what: &str,
        condition: impl Fn(&[Seen]) -> bool,
    ) -> Vec<Seen> {
        let mut seen = self.seen.clone();
        let enough = seen.wait_for(|seen| condition(seen));
        let came = timeout(PATIENCE, enough).await.is_ok();
        assert!(came, "{what} has not come, but {:#?}", self.seen());
        self.seen()
    }

    /// Waits for a call to be told in a state.
    pub(crate) async fn wait_for_state(&self, state: State) -> Vec<Seen> {
        self.wait_for(state.as_str_name(), |seen| {
            seen.iter().any(|seen| seen.state() == state)
        })
        .await
    }
}

/// A place that takes connections and never says a word.
pub(crate) struct Silence {
    pub(crate) address: SocketAddr,
    pub(crate) connections: watch::Receiver<usize>,
    _taking: JoinSet<()>,
}

impl Silence {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (count, connections) = watch::channel(0);
        let mut taking = JoinSet::new();
        taking.spawn(async move {
            let mut held = Vec::new();
            while let Ok((connection, _)) = listener.accept().await {
                held.push(connection);
                count.send_replace(held.len());
            }
        });
        Self {
            address,
            connections,
            _taking: taking,
        }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/state", self.address)
    }

    pub(crate) async fn wait_for_connections(&mut self, count: usize) {
        let enough = self.connections.wait_for(|there| *there >= count);
        let came = timeout(PATIENCE, enough).await.is_ok();
        assert!(came, "{} connections came", *self.connections.borrow());
    }
}
