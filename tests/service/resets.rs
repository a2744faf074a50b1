//! No layer under the placing sends a request again, whatever a server does to its connection.

use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::FutureExt as _;
use prost::bytes::Bytes;
use rstest::rstest;
use switchboard::api::{Dial, over_pipe};
use switchboard::call::{NewCall, Options, Placement, ProjectName};
use switchboard::placement::{Wish, fresh_ticket};
use tokio::io::{DuplexStream, duplex};
use tokio::sync::mpsc;

use crate::scripted::{noon, unjournaled};

const CREATE: &str = "/enfonica.voice.v1beta1.Calls/CreateCall";

/// What the server does with a CreateCall.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Trick {
    /// Refuses the stream: the one answer after which a client may send again by the book.
    Refuse,
    /// Resets the stream for another reason.
    Reset,
    /// The same after the whole request has come.
    ResetAfterBody,
    /// Says that it goes away and has seen nothing.
    GoAway,
    /// Closes the connection.
    Close,
    /// Answers with headers and resets the stream then.
    HalfAnswer,
}

/// Serves one connection: answers lists with nothing, and notes each CreateCall.
async fn serve(pipe: DuplexStream, trick: Trick, seen: Arc<Mutex<usize>>) {
    let Ok(mut connection) = h2::server::handshake(pipe).await else {
        return;
    };
    while let Some(Ok((request, mut answer))) = connection.accept().await {
        let ok = || http::Response::builder().header("content-type", "application/grpc");
        if request.uri().path() != CREATE {
            let mut stream = answer.send_response(ok().body(()).unwrap(), false).unwrap();
            stream
                .send_data(Bytes::from_static(&[0; 5]), false)
                .unwrap();
            let mut trailers = http::HeaderMap::new();
            trailers.insert("grpc-status", "0".parse().unwrap());
            stream.send_trailers(trailers).unwrap();
            continue;
        }
        *seen.lock().unwrap() += 1;
        match trick {
            Trick::Refuse => answer.send_reset(h2::Reason::REFUSED_STREAM),
            Trick::Reset => answer.send_reset(h2::Reason::INTERNAL_ERROR),
            Trick::ResetAfterBody => {
                tokio::spawn(async move {
                    let mut body = request.into_body();
                    while body.data().await.is_some() {}
                    answer.send_reset(h2::Reason::REFUSED_STREAM);
                });
            }
            Trick::GoAway => connection.abrupt_shutdown(h2::Reason::NO_ERROR),
            Trick::Close => return,
            Trick::HalfAnswer => {
                let mut stream = answer.send_response(ok().body(()).unwrap(), false).unwrap();
                stream.send_reset(h2::Reason::CANCEL);
            }
        }
    }
}

#[rstest]
#[case(Trick::Refuse)]
#[case(Trick::Reset)]
#[case(Trick::ResetAfterBody)]
#[case(Trick::GoAway)]
#[case(Trick::Close)]
#[case(Trick::HalfAnswer)]
#[tokio::test(start_paused = true)]
async fn a_request_is_sent_once_whatever_becomes_of_its_stream(
    #[case] trick: Trick,
    #[values(false, true)] reused: bool,
) {
    let seen = Arc::new(Mutex::new(0));
    let counted = seen.clone();
    let dial: Dial = Arc::new(move || {
        let seen = seen.clone();
        async move {
            let (client, server) = duplex(1 << 16);
            tokio::spawn(serve(server, trick, seen));
            Ok::<_, io::Error>(client)
        }
        .boxed()
    });
    let client = over_pipe(dial, ProjectName::parse("demo").unwrap());
    if reused {
        // A connection that is there already is where clients like to try again.
        client
            .list_calls(&switchboard::api::ListRequest::default())
            .await
            .unwrap();
    }
    let call = NewCall {
        to: "+61491570006".to_owned(),
        from: "+61255501234".to_owned(),
        options: Options {
            handler_uris: vec!["https://app.example/handle-call".to_owned()],
            ..Options::default()
        },
        ..NewCall::default()
    };
    let placer = unjournaled(client);
    let (progress, mut reports) = mpsc::channel(16);
    let wish = Wish::new(fresh_ticket(noon()), call);
    let placing = tokio::spawn(async move { placer.place(wish, progress).await });
    let mut all = Vec::new();
    while let Some(report) = reports.recv().await {
        all.push(report);
    }
    placing.await.unwrap();
    tokio::time::sleep(Duration::from_secs(600)).await;
    assert_eq!(*counted.lock().unwrap(), 1, "{all:?}");
    let [Placement::Sending, .., end] = &all[..] else {
        panic!("{all:?}");
    };
    // It may have left, and so it was looked for; or it is certain that its message had not.
    let told = matches!(end, Placement::NoTrace(_) | Placement::NotSent(_));
    assert!(told, "{all:?}");
}
