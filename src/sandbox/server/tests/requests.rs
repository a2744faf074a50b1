//! Requests beyond the bounds, or that make no sense.

use rstest::rstest;

use super::*;

/// §9: an unknown method is `UNIMPLEMENTED`. The rest is what gRPC servers answer.
#[rstest]
#[case::method("/enfonica.voice.v1beta1.Calls/EndCall", Code::Unimplemented)]
#[case::service(
    "/enfonica.voice.v1beta1.Recordings/ListRecordings",
    Code::Unimplemented
)]
#[case::path("/", Code::Unimplemented)]
#[case::real(LIST, Code::Ok)]
#[tokio::test]
async fn what_is_not_there_is_not_implemented(#[case] path: &str, #[case] expected: Code) {
    let running = serve(0, Limits::default()).await;
    let mut peer = running.peer().await;
    let asked = request(path).body(()).unwrap();
    assert_eq!(peer.ask(asked, everything()).await, expected);
}

#[rstest]
#[case::no_protobuf(&[0, 0, 0, 0, 3, 0xff, 0xff, 0xff], Code::Internal)]
#[case::no_utf_8(&[0, 0, 0, 0, 3, 0x0a, 1, 0xff], Code::Internal)]
#[case::shorter_than_it_says(&[0, 0, 0, 0, 9, 0x0a, 1], Code::Internal)]
#[case::no_message(&[], Code::Internal)]
#[case::compressed(&[1, 0, 0, 0, 0], Code::Internal)]
#[case::neither_compressed_nor_not(&[7, 0, 0, 0, 0], Code::Internal)]
#[case::empty(&[0, 0, 0, 0, 0], Code::InvalidArgument)]
#[case::unknown_field(&[0, 0, 0, 0, 2, 0x78, 1], Code::InvalidArgument)]
#[tokio::test]
async fn malformed_messages_are_told_as_such(#[case] body: &'static [u8], #[case] expected: Code) {
    let running = serve(0, Limits::default()).await;
    let mut peer = running.peer().await;
    assert_eq!(peer.ask(list(), body).await, expected);
    assert_eq!(peer.ask(list(), everything()).await, Code::Ok);
}

#[tokio::test]
async fn an_unknown_compression_is_not_implemented() {
    let running = serve(0, Limits::default()).await;
    let mut peer = running.peer().await;
    let asked = request(LIST).header("grpc-encoding", "zstd");
    let asked = asked.body(()).unwrap();
    assert_eq!(peer.ask(asked, everything()).await, Code::Unimplemented);
}

#[rstest]
#[case("application/grpc", 200)]
#[case("application/grpc+proto", 200)]
#[case("application/grpc;charset=utf-8", 200)]
#[case("application/json", 415)]
#[case("application/grpcx", 415)]
#[tokio::test]
async fn only_grpc_is_spoken(#[case] kind: &str, #[case] status: u16) {
    let running = serve(0, Limits::default()).await;
    let mut peer = running.peer().await;
    let mut asked = list();
    let kind = http::HeaderValue::from_str(kind).unwrap();
    asked.headers_mut().insert("content-type", kind);
    let (answer, mut sending) = peer.open(asked).await;
    sending.send_data(everything(), true).unwrap();
    assert_eq!(answer.await.unwrap().status(), status);
}

/// §9: 4 MiB is what gRPC takes by default, and more is `RESOURCE_EXHAUSTED` as its servers say it.
#[rstest]
#[case(0, Code::InvalidArgument)]
#[case(1, Code::ResourceExhausted)]
#[case(4 * 1024 * 1024, Code::ResourceExhausted)]
#[tokio::test]
async fn a_message_has_four_mebibytes_at_most(#[case] beyond: usize, #[case] expected: Code) {
    let running = serve(0, Limits::default()).await;
    let mut client = CallsClient::connect(format!("http://{}", running.address))
        .await
        .unwrap();
    let mut asked = ListCallsRequest {
        parent: "projects/demo".to_owned(),
        page_token: "x".repeat(4 * 1024 * 1024),
        ..ListCallsRequest::default()
    };
    let frame = asked.encoded_len() - asked.page_token.len();
    let length = 4 * 1024 * 1024 - frame + beyond;
    asked.page_token = "x".repeat(length);
    assert_eq!(asked.encoded_len(), 4 * 1024 * 1024 + beyond);
    let refused = client.list_calls(asked).await.unwrap_err();
    assert_eq!(refused.code(), expected, "{refused:?}");
    running.others_are_served().await;
}

/// A message's size is known from its head: nothing more of it is waited for, or kept.
#[tokio::test]
async fn a_large_message_is_refused_before_it_comes_in() {
    let running = serve(0, Limits::default()).await;
    let mut peer = running.peer().await;
    let (answer, mut sending) = peer.open(list()).await;
    for byte in [0, 0xff, 0xff, 0xff, 0xff] {
        sending.send_data(vec![byte].into(), false).unwrap();
    }
    assert_eq!(code(answer).await, Code::ResourceExhausted);
}

#[tokio::test]
async fn headers_have_sixty_four_kilobytes_at_most() {
    let running = serve(0, Limits::default()).await;
    let mut peer = running.peer().await;
    let with = |bytes: usize| {
        let asked = request(LIST).header("x-long", "x".repeat(bytes));
        asked.body(()).unwrap()
    };
    assert_eq!(peer.ask(with(60_000), everything()).await, Code::Ok);
    let (answer, _) = peer.open(with(70_000)).await;
    let status = timeout(AGES, answer).await.unwrap().unwrap().status();
    assert_eq!(status, http::StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE);
    // Others on the same connection go on.
    assert_eq!(peer.ask(list(), everything()).await, Code::Ok);
}

/// Half a request costs its own stream, for some time, and nobody else anything.
#[rstest]
#[case::nothing(0)]
#[case::half_a_head(3)]
#[case::half_a_message(9)]
#[case::no_end(usize::MAX)]
#[tokio::test]
async fn a_request_that_never_comes_in_is_given_up(#[case] bytes: usize) {
    let limits = Limits {
        request: SHORT,
        ..Limits::default()
    };
    let running = serve(0, limits).await;
    let mut peer = running.peer().await;
    let (answer, mut sending) = peer.open(list()).await;
    let whole = everything();
    let half = whole.slice(..bytes.min(whole.len()));
    sending.send_data(half, false).unwrap();
    running.others_are_served().await;
    assert_eq!(code(answer).await, Code::DeadlineExceeded);
    assert_eq!(peer.ask(list(), everything()).await, Code::Ok);
}

/// §9, deadlines: the client's is kept here too, and told by its name.
#[tokio::test]
async fn the_clients_deadline_is_kept() {
    let running = serve(0, Limits::default()).await;
    let mut peer = running.peer().await;
    let asked = request(LIST)
        .header("grpc-timeout", "50m")
        .body(())
        .unwrap();
    let (answer, _sending) = peer.open(asked).await;
    assert_eq!(code(answer).await, Code::DeadlineExceeded);
    let asked = request(LIST)
        .header("grpc-timeout", "20S")
        .body(())
        .unwrap();
    assert_eq!(peer.ask(asked, everything()).await, Code::Ok);
}
