//! The server against peers that are slow, silent, strange or hostile, over real sockets: they get
//! what is due to them, and nobody else notices.

mod peers;
mod requests;

use std::net::SocketAddr;
use std::time::Duration;

use h2::client::{Builder, ResponseFuture, SendRequest};
use prost::Message as _;
use prost::bytes::{Bytes, BytesMut};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tonic::Code;

use super::*;
use crate::proto::ListCallsRequest;
use crate::proto::calls_client::CallsClient;
use crate::sandbox::{Sandbox, Setup};

const LIST: &str = "/enfonica.voice.v1beta1.Calls/ListCalls";
/// No test waits longer for anything.
const AGES: Duration = Duration::from_secs(20);
/// What a test's limit is where it is to be reached.
const SHORT: Duration = Duration::from_millis(500);

/// A server over TCP.
struct Running {
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    serving: JoinHandle<()>,
    _sandbox: Sandbox,
}

/// Serves a ledger with so many calls.
async fn serve(history: u32, limits: Limits) -> Running {
    let setup = Setup {
        history,
        rate: 0.0,
        ..Setup::default()
    };
    let sandbox = Sandbox::start(setup).await.unwrap();
    let server = Server {
        limits,
        ..sandbox.server.clone()
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel();
    let serving = tokio::spawn(async move {
        server
            .tcp(listener, async {
                stopped.await.ok();
            })
            .await;
    });
    Running {
        address,
        stop: Some(stop),
        serving,
        _sandbox: sandbox,
    }
}

impl Running {
    /// Somebody else is served, and at once.
    async fn others_are_served(&self) {
        let asking = async {
            let mut client = CallsClient::connect(format!("http://{}", self.address))
                .await
                .unwrap();
            let request = ListCallsRequest {
                parent: "projects/demo".to_owned(),
                ..ListCallsRequest::default()
            };
            client.list_calls(request).await.unwrap();
        };
        timeout(AGES, asking).await.unwrap();
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    async fn peer(&self) -> Peer {
        self.peer_with(&Builder::new()).await
    }

    async fn peer_with(&self, builder: &Builder) -> Peer {
        let (requests, connection) = builder.handshake(self.connect().await).await.unwrap();
        Peer {
            requests,
            connection: tokio::spawn(connection),
        }
    }
}

/// A client that speaks HTTP/2 frame by frame.
struct Peer {
    requests: SendRequest<Bytes>,
    connection: JoinHandle<Result<(), h2::Error>>,
}

impl Peer {
    /// Opens a request; its body is still to come.
    async fn open(
        &mut self,
        request: http::Request<()>,
    ) -> (ResponseFuture, h2::SendStream<Bytes>) {
        let mut ready = self.requests.clone().ready().await.unwrap();
        ready.send_request(request, false).unwrap()
    }

    /// Sends a request with its body, and reads the code of its answer.
    async fn ask(&mut self, request: http::Request<()>, body: impl Into<Bytes>) -> Code {
        let (answer, mut sending) = self.open(request).await;
        sending.send_data(body.into(), true).unwrap();
        code(answer).await
    }
}

/// A gRPC request, without its body.
fn request(path: &str) -> http::request::Builder {
    http::Request::post(format!("http://sandbox.invalid{path}"))
        .header("content-type", "application/grpc")
        .header("te", "trailers")
}

fn list() -> http::Request<()> {
    request(LIST).body(()).unwrap()
}

/// A message with its head.
fn framed(message: &impl prost::Message) -> Bytes {
    let mut framed = BytesMut::new();
    framed.extend([0]);
    framed.extend(u32::try_from(message.encoded_len()).unwrap().to_be_bytes());
    message.encode(&mut framed).unwrap();
    framed.freeze()
}

fn everything() -> Bytes {
    framed(&ListCallsRequest {
        parent: "projects/demo".to_owned(),
        page_size: 100,
        ..ListCallsRequest::default()
    })
}

/// The code of an answer, which is in its headers or its trailers.
async fn code(answer: ResponseFuture) -> Code {
    let reading = async {
        let answer = answer.await.unwrap();
        assert_eq!(answer.status(), 200);
        if let Some(code) = answer.headers().get("grpc-status") {
            return Code::from_bytes(code.as_bytes());
        }
        let mut body = answer.into_body();
        while let Some(data) = body.data().await {
            let data = data.unwrap();
            body.flow_control().release_capacity(data.len()).unwrap();
        }
        let trailers = body.trailers().await.unwrap().unwrap();
        Code::from_bytes(trailers["grpc-status"].as_bytes())
    };
    timeout(AGES, reading).await.unwrap()
}
