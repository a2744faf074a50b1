//! Serves the Calls service: over in-memory pipes within the process, and over TCP.

use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::DuplexStream;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio_stream::StreamExt as _;
use tokio_stream::wrappers::ReceiverStream;
use tonic::transport::server::{Router, TcpIncoming};

use super::service::Service;
use crate::proto::calls_server::CallsServer;

/// How many bytes lie in a pipe before the writer waits: a page of calls and more.
const PIPE_BYTES: usize = 256 * 1024;
/// How many connections may wait to be taken on.
const WAITING: usize = 16;
/// A request is far smaller: labels have 10,000 bytes at most.
const REQUEST_BYTES: usize = 4 * 1024 * 1024;
/// How many headers' bytes a request may have.
const HEADER_BYTES: u32 = 64 * 1024;
/// How often a silent peer is asked whether it is still there.
const PROBE_EVERY: Duration = Duration::from_secs(60);

/// Connects to a sandbox of this process, without a port.
#[derive(Clone)]
pub struct Pipe {
    connections: mpsc::Sender<DuplexStream>,
}

impl fmt::Debug for Pipe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pipe")
    }
}

impl Pipe {
    /// A new connection, of which this is the client's end.
    ///
    /// # Errors
    ///
    /// Fails once the sandbox is gone.
    pub async fn connect(&self) -> io::Result<DuplexStream> {
        let (client, server) = tokio::io::duplex(PIPE_BYTES);
        self.connections.send(server).await.map_err(|_gone| {
            io::Error::new(
                io::ErrorKind::ConnectionRefused,
                "the sandbox of this process has been shut down",
            )
        })?;
        Ok(client)
    }
}

/// The near end of pipes, and the task that has to run for them to be served: until `shutdown`,
/// then until the requests in progress are answered.
pub(super) fn pipe(
    service: Arc<Service>,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> (Pipe, impl Future<Output = ()> + Send + 'static) {
    let (connections, waiting) = mpsc::channel(WAITING);
    let serving = async move {
        let incoming = ReceiverStream::new(waiting).map(Ok::<_, io::Error>);
        let serving = router(service).serve_with_incoming_shutdown(incoming, shutdown);
        if let Err(error) = serving.await {
            tracing::error!(%error, "the in-memory server ended");
        }
    };
    (Pipe { connections }, serving)
}

/// Serves over TCP until `shutdown`, then until the requests in progress are answered.
pub(super) async fn tcp(
    service: Arc<Service>,
    listener: TcpListener,
    shutdown: impl Future<Output = ()>,
) -> Result<(), tonic::transport::Error> {
    let incoming = TcpIncoming::from(listener).with_nodelay(Some(true));
    router(service)
        .serve_with_incoming_shutdown(incoming, shutdown)
        .await
}

/// Pings of clients are answered however often they come.
fn router(service: Arc<Service>) -> Router {
    let calls = CallsServer::from_arc(service).max_decoding_message_size(REQUEST_BYTES);
    tonic::transport::Server::builder()
        .http2_keepalive_interval(Some(PROBE_EVERY))
        .http2_max_header_list_size(HEADER_BYTES)
        .add_service(calls)
}
