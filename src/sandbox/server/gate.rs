//! The gate that every request of a connection passes on its way in, and every answer on its way
//! out: it keeps their times and sizes.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use chrono::{DateTime, Utc};
use http::header::{CONTENT_TYPE, DATE};
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode};
use http_body::{Body as HttpBody, Frame};
use tokio::sync::{Notify, oneshot, watch};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tonic::Status;
use tonic::body::Body;
use tonic::service::Routes;
use tower::Service;

use super::{Limits, begun};
use crate::sandbox::clock::Clock;

type Bytes = <Body as HttpBody>::Data;
type Soon<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// How many bytes stand before a message: whether it is compressed, and its length.
const MESSAGE_HEAD: usize = 5;
/// How much of an answer is handed on at a time: what HTTP/2 takes in one frame. The rest waits
/// here until the peer lets it through, so that it is known whether the peer does.
const PIECE_BYTES: usize = 16 * 1024;

/// What those are told who only wait when the server drains.
const LEAVING: &str = "the sandbox is shutting down";

/// Where the requests of a connection come through.
#[derive(Debug, Clone)]
pub(super) struct Gate {
    routes: Routes,
    limits: Limits,
    clock: Clock,
    draining: watch::Receiver<bool>,
    /// Told when the peer does not take an answer.
    stalled: Arc<Notify>,
}

impl Gate {
    pub(super) fn new(
        routes: Routes,
        limits: Limits,
        clock: Clock,
        draining: watch::Receiver<bool>,
        stalled: Arc<Notify>,
    ) -> Self {
        Self {
            routes,
            limits,
            clock,
            draining,
            stalled,
        }
    }

    /// `answered` comes to its end when the answer has.
    fn request(&self, request: Request<Body>, answered: oneshot::Receiver<()>) -> Request<Body> {
        // Reflection is a conversation, in which the next question may take its time: until there
        // is nobody left to answer it.
        let talks = request.uri().path().starts_with("/grpc.reflection.");
        let given_up: Soon<Status> = if talks {
            Box::pin(async move {
                answered.await.ok();
                Status::cancelled("the answers have come to their end")
            })
        } else {
            let limit = self.limits.request;
            Box::pin(async move {
                sleep(limit).await;
                let seconds = limit.as_secs();
                Status::deadline_exceeded(format!("the request took over {seconds} s to come in"))
            })
        };
        request.map(|body| {
            Body::new(Incoming {
                body,
                message_bytes: self.limits.message_bytes,
                head: Head::default(),
                given_up,
            })
        })
    }

    fn answer(&self, answer: Response<Body>, until: oneshot::Sender<()>) -> Response<Body> {
        answer.map(|body| {
            if body.is_end_stream() {
                return body;
            }
            Body::new(Outgoing {
                body,
                rest: Bytes::new(),
                gate: self.clone(),
                patience: None,
                drained: None,
                ended: false,
                _until: until,
            })
        })
    }
}

impl<B> Service<Request<B>> for Gate
where
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Soon<Result<Response<Body>, Infallible>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Service::<Request<Body>>::poll_ready(&mut self.routes, context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        if !is_grpc(request.headers()) {
            let mut refused = Response::new(Body::empty());
            *refused.status_mut() = StatusCode::UNSUPPORTED_MEDIA_TYPE;
            return Box::pin(std::future::ready(Ok(refused)));
        }
        let allowed = allowed(request.headers());
        let (until, answered) = oneshot::channel();
        let request = self.request(request.map(Body::new), answered);
        let answering = self.routes.call(request);
        let gate = self.clone();
        Box::pin(async move {
            let answered = match allowed {
                Some(allowed) => timeout(allowed, answering).await,
                None => Ok(answering.await),
            };
            let answer = answered.unwrap_or_else(|_late| {
                let late = Status::deadline_exceeded("the request's deadline passed here");
                Ok(late.into_http())
            })?;
            let mut answer = gate.answer(answer, until);
            if let Some(date) = date(gate.clock.now()) {
                answer.headers_mut().insert(DATE, date);
            }
            Ok(answer)
        })
    }
}

/// When an answer was made (RFC 9110, section 6.6.1), by the clock that dates the calls in it.
fn date(now: DateTime<Utc>) -> Option<HeaderValue> {
    let date = now.format("%a, %d %b %Y %H:%M:%S GMT").to_string();
    date.parse().ok()
}

fn is_grpc(headers: &HeaderMap) -> bool {
    headers
        .get(CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok())
        .and_then(|kind| kind.strip_prefix("application/grpc"))
        .is_some_and(|rest| rest.is_empty() || rest.starts_with(['+', ';']))
}

/// How long the client waits for its answer, where it says so: at most eight digits and a unit. What
/// makes no sense is taken for nothing.
fn allowed(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get("grpc-timeout")?.to_str().ok()?;
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    if number.len() > 8 || !number.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let number: u64 = number.parse().ok()?;
    Some(match unit {
        "H" => Duration::from_secs(number * 3_600),
        "M" => Duration::from_secs(number * 60),
        "S" => Duration::from_secs(number),
        "m" => Duration::from_millis(number),
        "u" => Duration::from_micros(number),
        "n" => Duration::from_nanos(number),
        _ => return None,
    })
}

/// A request on its way in: its first message has a size, and what is to come has a time.
struct Incoming {
    body: Body,
    message_bytes: usize,
    head: Head,
    /// Why nothing more is waited for, once that is so.
    given_up: Soon<Status>,
}

/// What stands before the message, as far as it is there.
#[derive(Debug, Default)]
struct Head {
    bytes: [u8; MESSAGE_HEAD],
    known: usize,
}

impl Head {
    /// Takes what has come in; answers with the length that the message will have once it is told.
    fn take(&mut self, bytes: &[u8]) -> Option<usize> {
        for (place, byte) in self.bytes.iter_mut().skip(self.known).zip(bytes) {
            *place = *byte;
            self.known += 1;
        }
        let [_compressed, length @ ..] = self.bytes;
        (self.known == MESSAGE_HEAD)
            .then(|| usize::try_from(u32::from_be_bytes(length)).unwrap_or(usize::MAX))
    }
}

impl HttpBody for Incoming {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let this = &mut *self;
        let Poll::Ready(frame) = Pin::new(&mut this.body).poll_frame(context) else {
            let status = ready!(this.given_up.as_mut().poll(context));
            return Poll::Ready(Some(Err(status)));
        };
        let limit = this.message_bytes;
        let data = match &frame {
            Some(Ok(frame)) => frame.data_ref(),
            Some(Err(_)) | None => None,
        };
        if let Some(length) = data.and_then(|data| this.head.take(data))
            && length > limit
        {
            let large = Status::resource_exhausted(format!(
                "the message has {length} bytes, and {limit} are allowed"
            ));
            return Poll::Ready(Some(Err(large)));
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }
}

/// An answer on its way out. A stream that has nothing to say ends when the server drains.
struct Outgoing {
    body: Body,
    /// What is still to be handed on of what the body gave.
    rest: Bytes,
    gate: Gate,
    /// How long the peer may go on taking its time.
    patience: Option<JoinSet<()>>,
    drained: Option<Soon<()>>,
    ended: bool,
    /// Dropped with the answer.
    _until: oneshot::Sender<()>,
}

impl Outgoing {
    /// The next piece of what is there.
    fn piece(&mut self) -> Frame<Bytes> {
        let piece = self.rest.split_to(self.rest.len().min(PIECE_BYTES));
        if !self.rest.is_empty() && self.patience.is_none() {
            let (limit, stalled) = (self.gate.limits.answer, Arc::clone(&self.gate.stalled));
            let mut patience = JoinSet::new();
            patience.spawn(async move {
                sleep(limit).await;
                stalled.notify_one();
            });
            self.patience = Some(patience);
        }
        Frame::data(piece)
    }

    fn poll_drained(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let draining = &self.gate.draining;
        let drained = self
            .drained
            .get_or_insert_with(|| Box::pin(begun(draining.clone())));
        drained.as_mut().poll(context)
    }
}

impl HttpBody for Outgoing {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let this = &mut *self;
        if !this.rest.is_empty() {
            return Poll::Ready(Some(Ok(this.piece())));
        }
        if this.ended {
            return Poll::Ready(None);
        }
        match Pin::new(&mut this.body).poll_frame(context) {
            Poll::Ready(Some(Ok(frame))) => Poll::Ready(Some(Ok(match frame.into_data() {
                Ok(data) => {
                    this.rest = data;
                    this.piece()
                }
                Err(trailers) => trailers,
            }))),
            Poll::Ready(other) => Poll::Ready(other),
            Poll::Pending => {
                ready!(this.poll_drained(context));
                this.ended = true;
                let mut trailers = HeaderMap::new();
                let code = HeaderValue::from(i32::from(tonic::Code::Unavailable));
                trailers.insert("grpc-status", code);
                let message = HeaderValue::from_static(LEAVING);
                trailers.insert("grpc-message", message);
                Poll::Ready(Some(Ok(Frame::trailers(trailers))))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && (self.ended || self.body.is_end_stream())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("1H", Some(3_600_000_000_000))]
    #[case("2M", Some(120_000_000_000))]
    #[case("3S", Some(3_000_000_000))]
    #[case("40m", Some(40_000_000))]
    #[case("50u", Some(50_000))]
    #[case("99999999n", Some(99_999_999))]
    #[case("100000000n", None)]
    #[case("99999999H", Some(359_999_996_400_000_000_000))]
    #[case("", None)]
    #[case("S", None)]
    #[case("-1S", None)]
    #[case("+1S", None)]
    #[case("1.5S", None)]
    #[case("1s", None)]
    #[case("5", None)]
    fn deadlines_are_read_as_grpc_writes_them(#[case] text: &str, #[case] nanos: Option<u128>) {
        let mut headers = HeaderMap::new();
        headers.insert("grpc-timeout", HeaderValue::from_str(text).unwrap());
        assert_eq!(allowed(&headers).map(|time| time.as_nanos()), nanos);
    }

    #[test]
    fn a_length_is_known_however_it_comes_in() {
        let bytes = [0, 0, 1, 0, 2, 77, 78];
        for cut in 0..bytes.len() {
            let mut head = Head::default();
            let (one, two) = bytes.split_at(cut);
            let told = [head.take(one), head.take(two)];
            assert_eq!(told, [(cut >= 5).then_some(65_538), Some(65_538)]);
        }
    }
}
