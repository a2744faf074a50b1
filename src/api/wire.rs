//! The channel of one request, watched: whether its message has left, and whether an answer came.
//!
//! Whether a CreateCall may have been carried out is decided here and not guessed from error texts.
//! The request's body is asked for its message only when there is a connection with a stream for it;
//! until then nothing can have happened, and [`Trace::withdraw`] makes sure that nothing will.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::{Context, Poll};

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use futures_util::future::BoxFuture;
use http_body::{Frame, SizeHint};
use tokio::time::Instant;
use tonic::Status;
use tonic::body::Body;
use tonic::transport::Channel;
use tower::Service;

use super::service_clock::ServiceClock;

/// The request is still here.
const WAITING: u8 = 0;
/// It was given up before it left, and cannot leave any more.
const WITHDRAWN: u8 = 1;
/// Its message may be on its way.
const LEFT: u8 = 2;
/// Some of an answer's message has come.
const ANSWERED: u8 = 3;

/// How far one request has come.
#[derive(Debug, Clone, Default)]
pub(super) struct Trace(Arc<AtomicU8>);

impl Trace {
    /// Lets the message go, unless the request was given up. Afterwards it counts as sent.
    fn leave(&self) -> bool {
        match self
            .0
            .compare_exchange(WAITING, LEFT, Ordering::AcqRel, Ordering::Acquire)
        {
            Ok(_) => true,
            Err(now) => now != WITHDRAWN,
        }
    }

    fn answered(&self) {
        self.0.store(ANSWERED, Ordering::Release);
    }

    /// Gives the request up: if its message is still here, it never leaves. Tells whether it has left.
    pub(super) fn withdraw(&self) -> bool {
        self.0
            .compare_exchange(WAITING, WITHDRAWN, Ordering::AcqRel, Ordering::Acquire)
            .is_err_and(|now| now != WITHDRAWN)
    }

    /// Whether a message came back. What fails after that fails in reading it: the service has
    /// carried the request out.
    pub(super) fn has_answer(&self) -> bool {
        self.0.load(Ordering::Acquire) == ANSWERED
    }
}

/// The channel for one request.
#[derive(Debug, Clone)]
pub(super) struct Wire {
    pub(super) channel: Channel,
    pub(super) trace: Trace,
    /// What the dates of answers are told.
    pub(super) clock: Arc<ServiceClock>,
}

impl Service<http::Request<Body>> for Wire {
    type Response = http::Response<Body>;
    type Error = tonic::transport::Error;
    type Future = BoxFuture<'static, Result<Self::Response, Self::Error>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.channel.poll_ready(context)
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        let trace = self.trace.clone();
        let request = request.map(|inner| {
            Body::new(Outgoing {
                inner,
                trace: trace.clone(),
            })
        });
        let clock = Arc::clone(&self.clock);
        let sent = Instant::now();
        let answer = self.channel.call(request);
        Box::pin(async move {
            let mut response = answer.await?;
            clock.learn(response.headers(), sent, Instant::now());
            drop_broken_details(response.headers_mut());
            Ok(response.map(|inner| Body::new(Incoming { inner, trace })))
        })
    }
}

/// A request's body.
struct Outgoing {
    inner: Body,
    trace: Trace,
}

impl http_body::Body for Outgoing {
    type Data = <Body as http_body::Body>::Data;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Status>>> {
        if !self.trace.leave() {
            return Poll::Ready(Some(Err(Status::cancelled("given up before it was sent"))));
        }
        Pin::new(&mut self.inner).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

/// An answer's body.
struct Incoming {
    inner: Body,
    trace: Trace,
}

impl http_body::Body for Incoming {
    type Data = <Body as http_body::Body>::Data;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Status>>> {
        let mut polled = Pin::new(&mut self.inner).poll_frame(context);
        if let Poll::Ready(Some(Ok(frame))) = &mut polled {
            if frame.data_ref().is_some_and(|bytes| !bytes.is_empty()) {
                self.trace.answered();
            }
            if let Some(trailers) = frame.trailers_mut() {
                drop_broken_details(trailers);
            }
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

/// Takes status details away that are not base64, for tonic panics on them (seen in 0.14.9,
/// `Status::from_header_map`). The status itself stays.
fn drop_broken_details(headers: &mut http::HeaderMap) {
    const DETAILS: &str = "grpc-status-details-bin";
    let engine = GeneralPurpose::new(
        &alphabet::STANDARD,
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
    );
    if headers
        .get(DETAILS)
        .is_some_and(|value| engine.decode(value.as_bytes()).is_err())
    {
        headers.remove(DETAILS);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_given_up_in_time_never_leaves() {
        let trace = Trace::default();
        assert!(!trace.withdraw());
        assert!(!trace.leave());
        assert!(!trace.withdraw());
    }

    #[test]
    fn what_has_left_cannot_be_given_up() {
        let trace = Trace::default();
        assert!(trace.leave());
        assert!(trace.leave(), "each further piece of the message goes too");
        assert!(trace.withdraw());
        assert!(!trace.has_answer());
        trace.answered();
        assert!(trace.withdraw() && trace.has_answer());
    }

    #[test]
    fn broken_details_are_dropped_and_sound_ones_kept() {
        for (value, kept) in [("AAAA", true), ("AAA", true), ("AA==", true), ("%", false)] {
            let mut headers = http::HeaderMap::new();
            headers.insert("grpc-status-details-bin", value.parse().unwrap());
            drop_broken_details(&mut headers);
            assert_eq!(!headers.is_empty(), kept, "{value}");
        }
    }
}
