//! Serves the Calls service, with health and reflection beside it: over in-memory pipes within the
//! process, and over TCP.
//!
//! Connections are attended to one by one and end with their server, so that none outlives it. Each
//! has its bounds ([`Limits`]): what a peer does, or fails to do, costs that peer alone.

mod accept;
mod gate;
mod health;

use std::fmt;
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite, DuplexStream};
use tokio::net::TcpListener;
use tokio::sync::{Notify, Semaphore, mpsc, watch};
use tokio::task::JoinSet;
use tonic::service::Routes;
use tonic_health::pb::health_server::HealthServer;

use super::clock::Clock;
use super::service::Service;
use crate::proto;
use crate::proto::calls_server::CallsServer;
use gate::Gate;
use health::Health;

/// How many bytes lie in a pipe before the writer waits: a page of calls and more.
const PIPE_BYTES: usize = 256 * 1024;
/// How many connections may wait to be taken on.
const WAITING: usize = 16;

/// What a peer may use of the server, and how long it may take.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// How many TCP connections are attended to at a time: fewer than the file descriptors that a
    /// process usually gets. More wait until one ends.
    connections: usize,
    /// How many requests a connection may have in progress.
    streams: u32,
    /// How many bytes a request's message may have. One is far smaller: labels have 10,000 bytes.
    message_bytes: usize,
    /// How many bytes of headers a request may have.
    header_bytes: u32,
    /// How long a new TCP connection may take to open HTTP/2.
    opening: Duration,
    /// How long a request may take to come in, once it has begun.
    request: Duration,
    /// How long a peer may take to let an answer through.
    answer: Duration,
    /// How often a silent peer is asked whether it is still there.
    probe_every: Duration,
    /// How long it may take to say so.
    probe_answer: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 512,
            streams: 100,
            message_bytes: 4 * 1024 * 1024,
            header_bytes: 64 * 1024,
            opening: Duration::from_secs(10),
            request: Duration::from_secs(30),
            answer: Duration::from_secs(60),
            probe_every: Duration::from_secs(60),
            probe_answer: Duration::from_secs(20),
        }
    }
}

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

/// What every connection leads to. Cloning one is cheap, and the clones drain together.
#[derive(Debug, Clone)]
pub(super) struct Server {
    routes: Routes,
    limits: Limits,
    /// By which answers are dated.
    clock: Clock,
    /// Whether nothing new is taken on any more.
    draining: Arc<watch::Sender<bool>>,
}

impl Server {
    pub(super) fn new(service: Arc<Service>, limits: Limits) -> Self {
        let (draining, drained) = watch::channel(false);
        Self {
            clock: service.clock(),
            routes: routes(service, &limits, drained),
            limits,
            draining: Arc::new(draining),
        }
    }

    /// Tells every peer that nothing new is taken on: health says so, streams that only wait are
    /// ended, and connections close when their requests in progress are answered.
    pub(super) fn drain(&self) {
        self.draining.send_replace(true);
    }

    /// The near end of pipes, and the task that has to run for them to be served: until `shutdown`,
    /// then until the requests in progress are answered. Dropping the task ends them at once.
    pub(super) fn pipe(
        &self,
        shutdown: impl Future<Output = ()> + Send + 'static,
    ) -> (Pipe, impl Future<Output = ()> + Send + 'static) {
        let (sender, mut waiting) = mpsc::channel::<DuplexStream>(WAITING);
        let server = self.clone();
        let serving = async move {
            let mut connections = JoinSet::new();
            let mut shutdown = pin!(shutdown);
            loop {
                tokio::select! {
                    () = &mut shutdown => break,
                    Some(_) = connections.join_next() => {}
                    Some(io) = waiting.recv() => {
                        let server = server.clone();
                        connections.spawn(async move { server.attend(io).await });
                    }
                }
            }
            drop(waiting);
            server.drain();
            while connections.join_next().await.is_some() {}
        };
        let pipe = Pipe {
            connections: sender,
        };
        (pipe, serving)
    }

    /// Serves over TCP until `shutdown`, then until the requests in progress are answered. Dropping
    /// this ends all its connections at once.
    pub(super) async fn tcp(self, listener: TcpListener, shutdown: impl Future<Output = ()>) {
        let seats = Arc::new(Semaphore::new(self.limits.connections));
        let mut connections = JoinSet::new();
        let mut shutdown = pin!(shutdown);
        loop {
            tokio::select! {
                () = &mut shutdown => break,
                Some(_) = connections.join_next() => {}
                (stream, seat) = accept::next(&listener, &seats) => {
                    let server = self.clone();
                    connections.spawn(async move {
                        let _seat = seat;
                        let opening = server.limits.opening;
                        let opened = tokio::select! {
                            opened = accept::opened(stream, opening) => opened,
                            () = begun(server.draining.subscribe()) => return,
                        };
                        match opened {
                            Ok(io) => server.attend(io).await,
                            Err(error) => tracing::debug!(%error, "no HTTP/2 was spoken"),
                        }
                    });
                }
            }
        }
        // From here on, new connections are refused.
        drop(listener);
        self.drain();
        while connections.join_next().await.is_some() {}
    }

    /// Answers the requests of a connection until it ends.
    async fn attend(&self, io: impl AsyncRead + AsyncWrite + Unpin + Send + 'static) {
        let stalled = Arc::new(Notify::new());
        let gate = Gate::new(
            self.routes.clone(),
            self.limits,
            self.clock,
            self.draining.subscribe(),
            Arc::clone(&stalled),
        );
        let builder = builder(&self.limits);
        let serving = builder.serve_connection(TokioIo::new(io), TowerToHyperService::new(gate));
        let mut serving = pin!(serving);
        let outcome = tokio::select! {
            outcome = serving.as_mut() => outcome,
            () = stalled.notified() => return,
            () = begun(self.draining.subscribe()) => {
                serving.as_mut().graceful_shutdown();
                tokio::select! {
                    outcome = serving => outcome,
                    () = stalled.notified() => return,
                }
            }
        };
        if let Err(error) = outcome {
            tracing::debug!(%error, "a connection broke");
        }
    }
}

/// Waits until the drain has begun, or whoever would begin it is gone.
async fn begun(mut draining: watch::Receiver<bool>) {
    draining.wait_for(|draining| *draining).await.ok();
}

/// HTTP/2 within its limits. Pings of clients are answered however often they come; of streams
/// that are reset before they are looked at, hyper takes a few and then ends the connection.
fn builder(limits: &Limits) -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new()).http2_only();
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(limits.streams)
        .max_header_list_size(limits.header_bytes)
        .keep_alive_interval(limits.probe_every)
        .keep_alive_timeout(limits.probe_answer);
    builder
}

fn routes(service: Arc<Service>, limits: &Limits, draining: watch::Receiver<bool>) -> Routes {
    let calls = CallsServer::from_arc(service).max_decoding_message_size(limits.message_bytes);
    let health = HealthServer::new(Health::new(draining));
    let mut routes = Routes::new(calls).add_service(health);
    // Both versions list both, as other servers do.
    let told = || {
        tonic_reflection::server::Builder::configure()
            .include_reflection_service(false)
            .register_encoded_file_descriptor_set(proto::DESCRIPTORS)
            .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
            .register_encoded_file_descriptor_set(tonic_reflection::pb::v1::FILE_DESCRIPTOR_SET)
            .register_encoded_file_descriptor_set(
                tonic_reflection::pb::v1alpha::FILE_DESCRIPTOR_SET,
            )
    };
    match (told().build_v1(), told().build_v1alpha()) {
        (Ok(current), Ok(older)) => routes = routes.add_service(current).add_service(older),
        (Err(error), _) | (_, Err(error)) => {
            // The descriptors are compiled in, and a test resolves every one of them.
            tracing::error!(%error, "reflection is not served");
        }
    }
    routes.prepare()
}

#[cfg(test)]
mod tests;
