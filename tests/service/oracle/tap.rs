//! A tap on the in-memory pipe: counts bytes, and writes down every request with its answer as they
//! go by on the wire, frame by frame of HTTP/2. The feed is as it is, and so is the sandbox.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::io;
use std::sync::{Arc, Mutex};

use futures_util::FutureExt as _;
use prost::Message as _;
use switchboard::api::{Client, Dial, over_pipe};
use switchboard::call::ProjectName;
use switchboard::proto;
use switchboard::sandbox::Pipe;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex};
use tokio::task::AbortHandle;
use tokio::time::Instant;

use crate::scripted::Asked;

/// Of so many requests the answers are kept, to tell what they said.
const KEPT: usize = 400;
const PREFACE: usize = 24;
const FRAME_HEAD: usize = 9;
const MESSAGE_HEAD: usize = 5;
const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const END_STREAM: u8 = 1;

/// One request that went by.
pub(crate) struct Seen {
    pub(crate) at: Instant,
    pub(crate) asked: Asked,
    /// What came back; nothing for a failure.
    answer: Vec<u8>,
}

#[derive(Default)]
struct Log {
    seen: Vec<Seen>,
    /// Where the request of a stream of a connection is in the log.
    streams: HashMap<(usize, u32), usize>,
    bytes: u64,
    connections: Vec<AbortHandle>,
    closed: bool,
    /// The requests that wait for their answers.
    in_flight: HashMap<(usize, u32), String>,
    /// What was asked while it was being asked already: when, by which request, and what.
    twice: Vec<(Instant, (usize, u32), String)>,
}

/// What has gone by so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Spent {
    pub(crate) requests: usize,
    pub(crate) bytes: u64,
}

impl std::ops::Sub for Spent {
    type Output = Self;

    fn sub(self, before: Self) -> Self {
        Self {
            requests: self.requests - before.requests,
            bytes: self.bytes - before.bytes,
        }
    }
}

#[derive(Clone, Default)]
pub(crate) struct Tap(Arc<Mutex<Log>>);

impl Tap {
    fn with<T>(&self, what: impl FnOnce(&mut Log) -> T) -> T {
        what(&mut self.0.lock().unwrap())
    }

    /// A client whose connections to the pipe all go by here.
    pub(crate) fn client(&self, pipe: &Pipe) -> Client {
        let (tap, pipe) = (self.clone(), pipe.clone());
        let dial: Dial = Arc::new(move || {
            let (tap, pipe) = (tap.clone(), pipe.clone());
            async move { tap.dial(&pipe).await }.boxed()
        });
        over_pipe(dial, ProjectName::parse("demo").unwrap())
    }

    async fn dial(&self, pipe: &Pipe) -> io::Result<DuplexStream> {
        if self.with(|log| log.closed) {
            return Err(io::Error::new(
                io::ErrorKind::ConnectionRefused,
                "the line is cut",
            ));
        }
        let far = pipe.connect().await?;
        let (client, near) = duplex(1 << 18);
        let connection = self.with(|log| log.connections.len());
        let relay = tokio::spawn(relay(self.clone(), connection, near, far));
        self.with(|log| log.connections.push(relay.abort_handle()));
        Ok(client)
    }

    /// Cuts the line, or mends it.
    pub(crate) fn set_closed(&self, closed: bool) {
        self.with(|log| {
            log.closed = closed;
            if closed {
                log.connections.iter().for_each(AbortHandle::abort);
                log.in_flight.clear();
            }
        });
    }

    pub(crate) fn spent(&self) -> Spent {
        self.with(|log| Spent {
            requests: log.seen.len(),
            bytes: log.bytes,
        })
    }

    fn asked(&self, connection: usize, stream: u32, message: &[u8]) {
        let Some(message) = message.get(MESSAGE_HEAD..) else {
            return;
        };
        // A GetCall has a longer name where a list has its parent.
        let list = proto::ListCallsRequest::decode(message).unwrap_or_default();
        let asked = if list.parent.contains("/calls/") {
            Asked::Get(list.parent)
        } else {
            Asked::List(list)
        };
        self.with(|log| {
            let question = format!("{asked:?}");
            let mut others = log.in_flight.iter();
            if let Some((&other, _)) = others.find(|(_, asked)| **asked == question) {
                log.twice.push((Instant::now(), other, question.clone()));
            }
            log.in_flight.insert((connection, stream), question);
            log.streams.insert((connection, stream), log.seen.len());
            log.seen.push(Seen {
                at: Instant::now(),
                asked,
                answer: Vec::new(),
            });
            let old = log.seen.len().checked_sub(KEPT);
            if let Some(old) = old.and_then(|old| log.seen.get_mut(old)) {
                old.answer = Vec::new();
            }
        });
    }

    /// What was asked while it was being asked already.
    pub(crate) fn twice(&self) -> Vec<String> {
        self.with(|log| log.twice.iter().map(|(.., what)| what.clone()).collect())
    }

    /// A request was given up. The word of that may go by after the next request, at the same moment.
    fn given_up(&self, connection: usize, stream: u32) {
        self.over(connection, stream);
        let now = Instant::now();
        self.with(|log| {
            log.twice
                .retain(|(at, other, _)| (*at, *other) != (now, (connection, stream)));
        });
    }

    /// An answer has come to its end, or the request was given up.
    fn over(&self, connection: usize, stream: u32) {
        self.with(|log| log.in_flight.remove(&(connection, stream)));
    }

    fn broken(&self, connection: usize) {
        self.with(|log| log.in_flight.retain(|(other, _), _| *other != connection));
    }

    fn answered(&self, connection: usize, stream: u32, part: &[u8]) {
        self.with(|log| {
            let place = log.streams.get(&(connection, stream)).copied();
            if let Some(seen) = place.and_then(|place| log.seen.get_mut(place)) {
                seen.answer.extend_from_slice(part);
            }
        });
    }

    /// The requests since a moment, one a line, with what each said of a call.
    pub(crate) fn told_of(&self, name: &str, since: Instant, zero: Instant) -> String {
        self.with(|log| {
            let mut text = String::new();
            for seen in log.seen.iter().filter(|seen| seen.at >= since) {
                let said = seen.said_of(name);
                let (what, more) = match &seen.asked {
                    Asked::List(list) => {
                        let more = if list.page_token.is_empty() {
                            ""
                        } else {
                            " (a further page)"
                        };
                        (format!("list {:?}", list.filter), more)
                    }
                    // Of all others there may be hundreds.
                    Asked::Get(got) if got == name => ("get this call".to_owned(), ""),
                    Asked::Get(_) | Asked::Create(_) => continue,
                };
                let at = seen.at - zero;
                writeln!(text, "    {at:>12.3?} {what}{more}: {said}").unwrap();
            }
            text
        })
    }
}

impl Tap {
    /// How many requests of each kind there were since some place in the log.
    pub(crate) fn kinds_since(&self, place: usize) -> String {
        let kind = |asked: &Asked| match asked {
            Asked::Get(_) | Asked::Create(_) => "single calls",
            Asked::List(list) if list.filter.contains("state = QUEUED") => "under way",
            Asked::List(list) if list.filter.contains(" = '") => "by number",
            Asked::List(_) => "head",
        };
        self.with(|log| {
            let asked: Vec<&str> = log.seen[place..].iter().map(|it| kind(&it.asked)).collect();
            ["head", "under way", "by number", "single calls"]
                .map(|kind| {
                    let count = asked.iter().filter(|other| **other == kind).count();
                    format!("{count} {kind}")
                })
                .join(", ")
        })
    }
}

impl Seen {
    fn said_of(&self, name: &str) -> String {
        let Some(message) = self.answer.get(MESSAGE_HEAD..) else {
            return "no answer, or no longer kept".to_owned();
        };
        let state = |call: &proto::Call| format!("{:?} price {:?}", call.state(), call.price);
        match &self.asked {
            Asked::Get(_) | Asked::Create(_) => {
                proto::Call::decode(message).map_or_else(|error| error.to_string(), |it| state(&it))
            }
            Asked::List(_) => match proto::ListCallsResponse::decode(message) {
                Err(error) => error.to_string(),
                Ok(list) => {
                    let found = list.calls.iter().find(|call| call.name == name);
                    let said = found.map_or_else(|| "not in it".to_owned(), state);
                    let end = if list.next_page_token.is_empty() {
                        "the end"
                    } else {
                        "more follows"
                    };
                    format!("{} calls, {end}; {said}", list.calls.len())
                }
            },
        }
    }
}

/// A frame of HTTP/2 that carries something, or ends a stream.
struct Frame {
    kind: u8,
    stream: u32,
    /// Whether its side says no more.
    ends: bool,
    payload: Vec<u8>,
}

/// Takes the frames of one direction apart.
#[derive(Default)]
struct Frames {
    waiting: Vec<u8>,
}

impl Frames {
    /// The frames that have come in whole.
    fn take(&mut self, bytes: &[u8]) -> Vec<Frame> {
        self.waiting.extend_from_slice(bytes);
        let mut frames = Vec::new();
        let mut at = 0;
        while let Some(head) = self.waiting.get(at..at + FRAME_HEAD) {
            let length = u32::from_be_bytes([0, head[0], head[1], head[2]]) as usize;
            let stream = u32::from_be_bytes([head[5] & 0x7f, head[6], head[7], head[8]]);
            let (kind, flags) = (head[3], head[4]);
            let begin = at + FRAME_HEAD;
            let Some(payload) = self.waiting.get(begin..begin + length) else {
                break;
            };
            if [DATA, HEADERS, RST_STREAM].contains(&kind) {
                frames.push(Frame {
                    kind,
                    stream,
                    ends: kind != RST_STREAM && flags & END_STREAM != 0,
                    payload: payload.to_vec(),
                });
            }
            at = begin + length;
        }
        self.waiting.drain(..at);
        frames
    }
}

async fn relay(tap: Tap, connection: usize, near: DuplexStream, far: DuplexStream) {
    let (mut from_client, mut to_client) = tokio::io::split(near);
    let (mut from_server, mut to_server) = tokio::io::split(far);
    let up = async {
        let mut bytes = vec![0; 1 << 16];
        let mut preface = PREFACE;
        let mut frames = Frames::default();
        let mut messages: HashMap<u32, Vec<u8>> = HashMap::new();
        while let Ok(count @ 1..) = from_client.read(&mut bytes).await {
            tap.with(|log| log.bytes += count as u64);
            let skipped = preface.min(count);
            preface -= skipped;
            for frame in frames.take(&bytes[skipped..count]) {
                let stream = frame.stream;
                match frame.kind {
                    RST_STREAM => tap.given_up(connection, stream),
                    DATA => messages.entry(stream).or_default().extend(frame.payload),
                    _ => {}
                }
                if frame.ends {
                    let message = messages.remove(&stream).unwrap_or_default();
                    tap.asked(connection, stream, &message);
                }
            }
            if to_server.write_all(&bytes[..count]).await.is_err() {
                break;
            }
        }
    };
    let down = async {
        let mut bytes = vec![0; 1 << 16];
        let mut frames = Frames::default();
        while let Ok(count @ 1..) = from_server.read(&mut bytes).await {
            tap.with(|log| log.bytes += count as u64);
            for frame in frames.take(&bytes[..count]) {
                if frame.kind == DATA {
                    tap.answered(connection, frame.stream, &frame.payload);
                }
                if frame.ends || frame.kind == RST_STREAM {
                    tap.over(connection, frame.stream);
                }
            }
            if to_client.write_all(&bytes[..count]).await.is_err() {
                break;
            }
        }
    };
    // With either gone, so is the connection.
    tokio::select! {
        () = up => {}
        () = down => {}
    }
    tap.broken(connection);
}
