//! Peers that say nothing, something else or too much.

use std::pin::Pin;

use rstest::rstest;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::time::Instant;

use super::*;

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
/// An empty SETTINGS frame.
const SETTINGS: &[u8] = &[0, 0, 0, 4, 0, 0, 0, 0, 0];

/// Reads until the server closes the connection, in whichever way.
async fn closed(mut stream: TcpStream) {
    let mut rest = Vec::new();
    let reading = stream.read_to_end(&mut rest);
    timeout(AGES, reading).await.unwrap().ok();
}

#[rstest]
#[case::nothing(b"")]
#[case::half_a_preface(&PREFACE[..12])]
#[tokio::test]
async fn who_does_not_open_http_2_is_let_go(#[case] said: &[u8]) {
    let limits = Limits {
        opening: SHORT,
        ..Limits::default()
    };
    let running = serve(0, limits).await;
    let mut silent = Vec::new();
    for _ in 0..20 {
        let mut stream = running.connect().await;
        stream.write_all(said).await.unwrap();
        silent.push(stream);
    }
    running.others_are_served().await;
    for stream in silent {
        closed(stream).await;
    }
    running.others_are_served().await;
}

#[rstest]
#[case::http_1(b"GET / HTTP/1.1\r\n\r\n")]
#[case::tls(&[0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3])]
#[tokio::test]
async fn who_speaks_something_else_is_let_go_at_once(#[case] said: &[u8]) {
    let limits = Limits {
        opening: AGES * 10,
        ..Limits::default()
    };
    let running = serve(0, limits).await;
    let mut stream = running.connect().await;
    stream.write_all(said).await.unwrap();
    closed(stream).await;
    running.others_are_served().await;
}

#[tokio::test]
async fn a_peer_that_is_gone_is_noticed() {
    let limits = Limits {
        probe_every: SHORT,
        probe_answer: SHORT,
        ..Limits::default()
    };
    let running = serve(0, limits).await;
    let mut stream = running.connect().await;
    stream.write_all(PREFACE).await.unwrap();
    stream.write_all(SETTINGS).await.unwrap();
    // It answers no probe.
    closed(stream).await;
}

#[tokio::test]
async fn a_silent_peer_that_answers_probes_stays() {
    let limits = Limits {
        probe_every: Duration::from_millis(20),
        probe_answer: AGES,
        ..Limits::default()
    };
    let running = serve(0, limits).await;
    let mut peer = running.peer().await;
    assert!(timeout(SHORT * 2, &mut peer.connection).await.is_err());
    assert_eq!(peer.ask(list(), everything()).await, Code::Ok);
}

/// §9, keep-alive: some servers take many pings for an attack.
#[tokio::test]
async fn pings_are_answered_however_often_they_come() {
    let running = serve(0, Limits::default()).await;
    let stream = running.connect().await;
    let (requests, mut connection) = Builder::new().handshake(stream).await.unwrap();
    let mut pings = connection.ping_pong().unwrap();
    let mut peer = Peer {
        requests,
        connection: tokio::spawn(connection),
    };
    for _ in 0..2_000 {
        let answered = pings.ping(h2::Ping::opaque());
        timeout(AGES, answered).await.unwrap().unwrap();
    }
    assert_eq!(peer.ask(list(), everything()).await, Code::Ok);
}

/// What waits for a peer that takes nothing is given up with its connection.
#[tokio::test]
async fn answers_that_are_not_taken_are_given_up() {
    let limits = Limits {
        // Long enough for all of the requests below to be sent on a busy machine.
        answer: SHORT * 6,
        ..Limits::default()
    };
    let running = serve(100, limits).await;
    let mut mean = Builder::new();
    mean.initial_window_size(1);
    let mut peer = running.peer_with(&mean).await;
    let mut answers = Vec::new();
    for _ in 0..20 {
        let (answer, mut sending) = peer.open(list()).await;
        sending.send_data(everything(), true).unwrap();
        answers.push(answer.await.unwrap().into_body());
    }
    running.others_are_served().await;
    let ended = timeout(AGES, peer.connection).await.unwrap().unwrap();
    drop((ended, answers));
    running.others_are_served().await;
}

#[tokio::test]
async fn a_large_answer_that_is_taken_slowly_arrives_whole() {
    let running = serve(100, Limits::default()).await;
    let mut narrow = Builder::new();
    narrow.initial_window_size(1_000);
    let mut peer = running.peer_with(&narrow).await;
    assert_eq!(peer.ask(list(), everything()).await, Code::Ok);
}

#[tokio::test]
async fn a_connection_has_so_many_requests_at_a_time() {
    let running = serve(0, Limits::default()).await;
    let stream = running.connect().await;
    let (requests, mut connection) = Builder::new().handshake::<_, Bytes>(stream).await.unwrap();
    let (told, telling) = oneshot::channel();
    let mut told = Some(told);
    let connection = tokio::spawn(async move {
        std::future::poll_fn(|context| {
            let ended = Pin::new(&mut connection).poll(context);
            if connection.max_concurrent_send_streams() == 100
                && let Some(told) = told.take()
            {
                told.send(()).ok();
            }
            ended
        })
        .await
    });
    timeout(AGES, telling).await.unwrap().unwrap();
    let mut peer = Peer {
        requests,
        connection,
    };
    assert_eq!(peer.ask(list(), everything()).await, Code::Ok);
}

/// CVE-2023-44487: streams that are reset as soon as they are opened.
#[tokio::test]
async fn rapid_resets_end_the_connection() {
    const ENHANCE_YOUR_CALM: u8 = 11;
    let running = serve(0, Limits::default()).await;
    let mut stream = running.connect().await;
    let mut said = [PREFACE, SETTINGS].concat();
    // HEADERS that end there: POST, http and the path / are in HPACK's static table.
    let headers = [0x83, 0x86, 0x84];
    for id in (1..400_u32).step_by(2) {
        said.extend([0, 0, 3, 1, 4]);
        said.extend(id.to_be_bytes());
        said.extend(headers);
        said.extend([0, 0, 4, 3, 0]);
        said.extend(id.to_be_bytes());
        said.extend([0, 0, 0, 8]);
    }
    stream.write_all(&said).await.unwrap();
    let mut heard = Vec::new();
    let reading = stream.read_to_end(&mut heard);
    timeout(AGES, reading).await.unwrap().unwrap();
    // The last frame but its text: GOAWAY with the reason.
    let goaway = heard
        .windows(17)
        .find(|bytes| bytes[3] == 7 && bytes[4..9] == [0; 5])
        .unwrap();
    assert_eq!(goaway[13..], [0, 0, 0, ENHANCE_YOUR_CALM]);
    running.others_are_served().await;
}

#[tokio::test]
async fn who_finds_no_seat_waits_for_one() {
    let limits = Limits {
        connections: 2,
        ..Limits::default()
    };
    let running = serve(0, limits).await;
    let mut first = running.peer().await;
    let mut second = running.peer().await;
    for peer in [&mut first, &mut second] {
        assert_eq!(peer.ask(list(), everything()).await, Code::Ok);
    }
    let mut third = running.connect().await;
    third.write_all(PREFACE).await.unwrap();
    third.write_all(SETTINGS).await.unwrap();
    let mut byte = [0];
    assert!(timeout(SHORT, third.read(&mut byte)).await.is_err());
    first.connection.abort();
    drop(first);
    // The server's settings come first.
    assert_eq!(
        timeout(AGES, third.read(&mut byte)).await.unwrap().unwrap(),
        1
    );
}

/// A drain is not held up by those who have nothing under way.
#[tokio::test]
async fn a_drain_waits_for_nobody_who_is_silent() {
    let limits = Limits {
        opening: AGES * 10,
        ..Limits::default()
    };
    let mut running = serve(0, limits).await;
    let _silent = running.connect().await;
    let mut idle = running.peer().await;
    assert_eq!(idle.ask(list(), everything()).await, Code::Ok);
    let begun = Instant::now();
    running.stop.take().unwrap().send(()).unwrap();
    timeout(AGES, &mut running.serving).await.unwrap().unwrap();
    assert!(begun.elapsed() < Duration::from_secs(5));
    assert!(TcpStream::connect(running.address).await.is_err());
}

/// What is dropped takes its connections with it.
#[tokio::test]
async fn no_connection_outlives_its_server() {
    let running = serve(0, Limits::default()).await;
    let mut peer = running.peer().await;
    let (_answer, _sending) = peer.open(list()).await;
    running.serving.abort();
    let ended = timeout(AGES, peer.connection).await;
    assert!(ended.is_ok());
}
