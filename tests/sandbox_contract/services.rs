//! What is served beside the Calls service (`sandbox.md`: "gRPC health and reflection are served"),
//! and how a sandbox ends.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::time::Duration;

use prost::Message as _;
use prost_types::{FileDescriptorProto, MethodDescriptorProto};
use rstest::rstest;
use switchboard::proto::ListCallsRequest;
use switchboard::sandbox::{Sandbox, SandboxError};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_stream::StreamExt as _;
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Status, Streaming};
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;
use tonic_health::pb::{HealthCheckRequest, HealthCheckResponse};
use tonic_reflection::pb::{v1, v1alpha};

use super::support::{Client, channel, create, pass, quiet, wish};

const CALLS: &str = "enfonica.voice.v1beta1.Calls";
/// Nothing is waited for longer.
const AGES: Duration = Duration::from_secs(20);

/// A sandbox over TCP.
struct Served {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<Result<(), SandboxError>>,
}

async fn serve() -> Served {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let sandbox = Sandbox::start(quiet()).await.unwrap();
    let (stop, stopped) = oneshot::channel();
    let serving = tokio::spawn(sandbox.serve(listener, async {
        stopped.await.ok();
    }));
    Served {
        address,
        stop,
        serving,
    }
}

impl Served {
    async fn channel(&self) -> Channel {
        let endpoint = Endpoint::from_shared(format!("http://{}", self.address)).unwrap();
        endpoint.connect().await.unwrap()
    }
}

fn of(service: &str) -> HealthCheckRequest {
    HealthCheckRequest {
        service: service.to_owned(),
    }
}

async fn next(watch: &mut Streaming<HealthCheckResponse>) -> Option<Result<ServingStatus, Status>> {
    let told = timeout(AGES, watch.next()).await.unwrap();
    told.map(|told| told.map(|told| told.status()))
}

#[rstest]
#[case::the_server("")]
#[case::the_service(CALLS)]
#[tokio::test]
/// `sandbox.md`: health, over TCP and within the process.
async fn health_says_serving(#[case] service: &str) {
    let sandbox = Sandbox::start(quiet()).await.unwrap();
    let served = serve().await;
    for channel in [channel(sandbox.pipe()).await, served.channel().await] {
        let mut client = HealthClient::new(channel);
        let answer = client.check(of(service)).await.unwrap().into_inner();
        assert_eq!(answer.status(), ServingStatus::Serving);
        let mut watch = client.watch(of(service)).await.unwrap().into_inner();
        let told = next(&mut watch).await.unwrap().unwrap();
        assert_eq!(told, ServingStatus::Serving);
    }
}

/// The health protocol: asking for an unknown service is `NOT_FOUND`, watching it is not.
#[tokio::test(start_paused = true)]
async fn health_of_an_unknown_service_is_not_known() {
    let sandbox = Sandbox::start(quiet()).await.unwrap();
    let mut client = HealthClient::new(channel(sandbox.pipe()).await);
    let refused = client.check(of("enfonica.voice.v1beta1.Streams")).await;
    assert_eq!(refused.unwrap_err().code(), Code::NotFound);
    let watch = client.watch(of("enfonica.voice.v1beta1.Streams")).await;
    let mut watch = watch.unwrap().into_inner();
    let told = next(&mut watch).await.unwrap().unwrap();
    assert_eq!(told, ServingStatus::ServiceUnknown);
    assert!(timeout(AGES, watch.next()).await.is_err());
}

/// `sandbox.md`: SIGTERM drains. Who watches is told, who waits for an answer gets it, and nobody
/// else holds up the end.
#[tokio::test]
async fn a_drain_tells_those_who_watch_and_waits_for_no_stream() {
    let served = serve().await;
    let mut health = HealthClient::new(served.channel().await);
    let mut watch = health.watch(of(CALLS)).await.unwrap().into_inner();
    let told = next(&mut watch).await.unwrap().unwrap();
    assert_eq!(told, ServingStatus::Serving);
    let mut reflection =
        v1::server_reflection_client::ServerReflectionClient::new(served.channel().await);
    let (question, questions) = tokio::sync::mpsc::channel(1);
    let questions = tokio_stream::wrappers::ReceiverStream::new(questions);
    let list = v1::server_reflection_request::MessageRequest::ListServices(String::new());
    let list = v1::ServerReflectionRequest {
        host: String::new(),
        message_request: Some(list),
    };
    question.send(list).await.unwrap();
    let answers = reflection.server_reflection_info(questions);
    let mut answers = answers.await.unwrap().into_inner();
    answers.message().await.unwrap().unwrap();
    let mut client = Client::new(served.channel().await);
    create(&mut client, wish("+61491570006")).await.unwrap();

    served.stop.send(()).unwrap();
    let told = next(&mut watch).await.unwrap().unwrap();
    assert_eq!(told, ServingStatus::NotServing);
    let ended = next(&mut watch).await.unwrap().unwrap_err();
    assert_eq!(ended.code(), Code::Unavailable);
    let ended = timeout(AGES, answers.message()).await.unwrap().unwrap_err();
    assert_eq!(ended.code(), Code::Unavailable);
    let ended = timeout(Duration::from_secs(4), served.serving);
    ended.await.unwrap().unwrap().unwrap();
    assert!(TcpStream::connect(served.address).await.is_err());
    drop(question);
}

/// `sandbox.md`: SIGTERM drains, for some seconds and no longer.
#[tokio::test(start_paused = true)]
async fn a_request_that_never_comes_in_does_not_hold_up_the_end() {
    let sandbox = Sandbox::start(quiet()).await.unwrap();
    let io = sandbox.pipe().connect().await.unwrap();
    let (requests, connection) = h2::client::handshake(io).await.unwrap();
    let connection = tokio::spawn(connection);
    let mut requests = requests.ready().await.unwrap();
    let (_answer, mut sending) = requests.send_request(list_calls(), false).unwrap();
    let half = prost::bytes::Bytes::from_static(&[0, 0, 0]);
    sending.send_data(half, false).unwrap();
    pass(0.1).await;
    timeout(Duration::from_secs(11), sandbox.shutdown())
        .await
        .unwrap();
    timeout(AGES, connection).await.unwrap().unwrap().ok();
}

/// `sandbox.md`: what is under way when a drain begins is answered.
#[tokio::test]
async fn a_request_in_progress_is_answered_while_the_sandbox_drains() {
    let served = serve().await;
    let mut health = HealthClient::new(served.channel().await);
    let mut watch = health.watch(of("")).await.unwrap().into_inner();
    next(&mut watch).await.unwrap().unwrap();

    let io = TcpStream::connect(served.address).await.unwrap();
    let (requests, mut connection) = h2::client::handshake(io).await.unwrap();
    let mut pings = connection.ping_pong().unwrap();
    let connection = tokio::spawn(connection);
    let asked = ListCallsRequest {
        parent: "projects/demo".to_owned(),
        ..ListCallsRequest::default()
    };
    let mut body = vec![0, 0, 0, 0, u8::try_from(asked.encoded_len()).unwrap()];
    body.extend(asked.encode_to_vec());
    let mut requests = requests.ready().await.unwrap();
    let (answer, mut sending) = requests.send_request(list_calls(), false).unwrap();
    let rest = body.split_off(7);
    sending.send_data(body.into(), false).unwrap();
    // Frames are taken in their order: once this is answered, the request is under way.
    pings.ping(h2::Ping::opaque()).await.unwrap();

    served.stop.send(()).unwrap();
    let told = next(&mut watch).await.unwrap().unwrap();
    assert_eq!(told, ServingStatus::NotServing);
    assert!(!served.serving.is_finished());
    sending.send_data(rest.into(), true).unwrap();
    let mut answer = timeout(AGES, answer).await.unwrap().unwrap().into_body();
    while answer.data().await.is_some() {}
    let trailers = answer.trailers().await.unwrap().unwrap();
    assert_eq!(trailers["grpc-status"], "0");
    timeout(AGES, served.serving)
        .await
        .unwrap()
        .unwrap()
        .unwrap();
    timeout(AGES, connection).await.unwrap().unwrap().ok();
}

fn list_calls() -> http::Request<()> {
    http::Request::post(format!("http://sandbox.invalid/{CALLS}/ListCalls"))
        .header("content-type", "application/grpc")
        .body(())
        .unwrap()
}

/// What reflection answers to one question.
async fn told(
    channel: Channel,
    question: v1::server_reflection_request::MessageRequest,
) -> v1::server_reflection_response::MessageResponse {
    let mut client = v1::server_reflection_client::ServerReflectionClient::new(channel);
    let question = v1::ServerReflectionRequest {
        host: String::new(),
        message_request: Some(question),
    };
    let answers = client.server_reflection_info(tokio_stream::once(question));
    let mut answers = answers.await.unwrap().into_inner();
    let answer = answers.message().await.unwrap().unwrap();
    answer.message_response.unwrap()
}

async fn files(
    channel: &Channel,
    question: v1::server_reflection_request::MessageRequest,
) -> Vec<FileDescriptorProto> {
    let files = match told(channel.clone(), question).await {
        v1::server_reflection_response::MessageResponse::FileDescriptorResponse(files) => Ok(files),
        other => Err(other),
    };
    let files = files.unwrap();
    files
        .file_descriptor_proto
        .iter()
        .map(|file| FileDescriptorProto::decode(&**file).unwrap())
        .collect()
}

const SERVICES: [&str; 4] = [
    CALLS,
    "grpc.health.v1.Health",
    "grpc.reflection.v1.ServerReflection",
    "grpc.reflection.v1alpha.ServerReflection",
];

/// `sandbox.md`: reflection, in both of its versions.
#[tokio::test(start_paused = true)]
async fn reflection_lists_what_is_served() {
    let sandbox = Sandbox::start(quiet()).await.unwrap();
    let channel = channel(sandbox.pipe()).await;
    let question = v1::server_reflection_request::MessageRequest::ListServices(String::new());
    let told = told(channel.clone(), question).await;
    let v1::server_reflection_response::MessageResponse::ListServicesResponse(list) = told else {
        panic!("{told:?}");
    };
    let names: BTreeSet<&str> = list.service.iter().map(|service| &*service.name).collect();
    assert_eq!(names, SERVICES.into());

    let mut client = v1alpha::server_reflection_client::ServerReflectionClient::new(channel);
    let question = v1alpha::ServerReflectionRequest {
        host: String::new(),
        message_request: Some(
            v1alpha::server_reflection_request::MessageRequest::ListServices(String::new()),
        ),
    };
    let answers = client.server_reflection_info(tokio_stream::once(question));
    let mut answers = answers.await.unwrap().into_inner();
    let answer = answers.message().await.unwrap().unwrap();
    let Some(v1alpha::server_reflection_response::MessageResponse::ListServicesResponse(list)) =
        answer.message_response
    else {
        panic!("{answer:?}");
    };
    let names: BTreeSet<&str> = list.service.iter().map(|service| &*service.name).collect();
    assert_eq!(names, SERVICES.into());
}

/// `sandbox.md`: grpcurl and its like work, without any file: every import can be had by its name.
#[tokio::test]
async fn reflection_resolves_everything() {
    use v1::server_reflection_request::MessageRequest::{FileByFilename, FileContainingSymbol};
    let served = serve().await;
    let channel = served.channel().await;
    let mut known = BTreeMap::new();
    let mut wanted = Vec::new();
    let nested = ["Call.State", "Call.ApiCallOptions", "CallRecordingConfig"]
        .map(|name| format!("enfonica.voice.v1beta1.{name}"));
    let names = SERVICES
        .iter()
        .copied()
        .chain(nested.iter().map(|name| &**name));
    for symbol in names {
        for file in files(&channel, FileContainingSymbol(symbol.to_owned())).await {
            wanted.extend(file.dependency.clone());
            known.insert(file.name().to_owned(), file);
        }
    }
    while let Some(name) = wanted.pop() {
        if known.contains_key(&name) {
            continue;
        }
        for file in files(&channel, FileByFilename(name.clone())).await {
            assert_eq!(file.name(), name);
            wanted.extend(file.dependency.clone());
            known.insert(name.clone(), file);
        }
    }
    for import in ["timestamp", "duration"] {
        assert!(known.contains_key(&format!("google/protobuf/{import}.proto")));
    }
    let calls = &known["enfonica/voice/v1beta1/calls.proto"];
    let methods = calls.service[0]
        .method
        .iter()
        .map(MethodDescriptorProto::name);
    let methods: BTreeSet<&str> = methods.collect();
    assert_eq!(methods, ["CreateCall", "GetCall", "ListCalls"].into());
}
