//! A Calls service in this process that keeps a ledger, writes down what it is asked, and fails as
//! the test tells it to.

use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::FutureExt as _;
use switchboard::api::{Client, Dial, over_pipe};
use switchboard::call::{Call, CallName, Direction, ProjectName, State, TicketLabel};
use switchboard::filter::Filter;
use switchboard::placement::{LOOK_FOR, Placer};
use switchboard::proto;
use switchboard::proto::calls_server::{Calls, CallsServer};
use tokio::io::{DuplexStream, copy_bidirectional, duplex};
use tokio::task::AbortHandle;
use tokio_stream::StreamExt as _;
use tonic::{Request, Response, Status};

/// What the service was asked.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Asked {
    Create(Box<proto::CreateCallRequest>),
    Get(String),
    List(proto::ListCallsRequest),
}

impl Asked {
    /// The filter of a list; nothing else has one.
    pub(crate) fn filter(&self) -> &str {
        match self {
            Self::List(request) => &request.filter,
            Self::Create(_) | Self::Get(_) => "",
        }
    }

    pub(crate) fn is_create(&self) -> bool {
        matches!(self, Self::Create(_))
    }
}

/// What it does about it.
#[derive(Debug, Clone)]
pub(crate) enum Reply {
    /// What the ledger says.
    Ledger,
    /// What the ledger says, but later.
    After(Duration),
    /// A refusal or a fault; nothing is carried out.
    Fail(Status),
    /// No answer ever; nothing is carried out.
    Never,
    /// Carried out, and no answer ever.
    CarriedOutSilently,
    /// Carried out, and the connection is cut in place of an answer.
    CarriedOutAndCut,
    /// An answer larger than any client reads.
    Enormous,
    /// The first page of a list after the last one: its tokens go round.
    Round,
    /// Of a list: that there is nothing.
    Empty,
    /// What the ledger says, but for the call of this name.
    Without(String),
}

type Rule = Box<dyn FnMut(&Asked) -> Reply + Send>;

/// One request with its headers.
#[derive(Debug, Clone)]
pub(crate) struct Record {
    pub(crate) asked: Asked,
    pub(crate) headers: tonic::metadata::MetadataMap,
}

struct Inner {
    calls: Vec<Call>,
    records: Vec<Record>,
    rule: Rule,
    connections: VecDeque<AbortHandle>,
    reachable: bool,
    dials: usize,
    created: u32,
    /// How many calls a page has at most.
    page: usize,
    /// Whether filters are taken and not applied.
    ignores_filters: bool,
}

#[derive(Clone)]
pub(crate) struct Service(Arc<Mutex<Inner>>);

/// A fixed noon.
pub(crate) fn noon() -> DateTime<Utc> {
    DateTime::from_timestamp(1_700_000_000, 0).unwrap()
}

pub(crate) fn name(id: impl std::fmt::Display) -> CallName {
    CallName::new(format!("projects/demo/calls/{id}"))
}

/// A call that was created so many seconds after noon.
pub(crate) fn call(id: impl std::fmt::Display, seconds: i64, state: State) -> Call {
    let mut call = Call::new(name(id));
    call.state = state;
    call.to = "+61491570006".into();
    call.from = "+61255501234".into();
    call.direction = Direction::Outgoing;
    call.create_time = Some(noon() + TimeDelta::seconds(seconds));
    call.end_time = state
        .is_terminal()
        .then(|| noon() + TimeDelta::seconds(seconds + 30));
    call
}

/// Places calls as a console on its own sandbox does.
pub(crate) fn unjournaled(client: Client) -> Placer {
    Placer {
        client,
        journal: None,
        label: TicketLabel::Carried,
        look_for: LOOK_FOR,
        clock: noon,
    }
}

impl Service {
    pub(crate) fn start() -> Self {
        Self(Arc::new(Mutex::new(Inner {
            calls: Vec::new(),
            records: Vec::new(),
            rule: Box::new(|_| Reply::Ledger),
            connections: VecDeque::new(),
            reachable: true,
            dials: 0,
            created: 0,
            page: 100,
            ignores_filters: false,
        })))
    }

    fn with<T>(&self, what: impl FnOnce(&mut Inner) -> T) -> T {
        what(&mut self.0.lock().unwrap())
    }

    /// Puts a call into the ledger, in place of one of the same name.
    pub(crate) fn put(&self, call: Call) {
        self.with(|inner| {
            inner.calls.retain(|known| known.name != call.name);
            inner.calls.push(call);
        });
    }

    pub(crate) fn remove(&self, name: &CallName) {
        self.with(|inner| inner.calls.retain(|call| call.name != *name));
    }

    pub(crate) fn calls(&self) -> Vec<Call> {
        self.with(|inner| inner.calls.clone())
    }

    /// Decides about every request from now on.
    pub(crate) fn rule(&self, rule: impl FnMut(&Asked) -> Reply + Send + 'static) {
        self.with(|inner| inner.rule = Box::new(rule));
    }

    /// What was asked since the last time.
    pub(crate) fn take_asked(&self) -> Vec<Asked> {
        self.with(|inner| std::mem::take(&mut inner.records))
            .into_iter()
            .map(|record| record.asked)
            .collect()
    }

    pub(crate) fn records(&self) -> Vec<Record> {
        self.with(|inner| inner.records.clone())
    }

    pub(crate) fn set_page(&self, page: usize) {
        self.with(|inner| inner.page = page);
    }

    /// Whether filters are taken and not applied from now on.
    pub(crate) fn ignore_filters(&self, ignores: bool) {
        self.with(|inner| inner.ignores_filters = ignores);
    }

    /// Whether the service can be connected to from now on; connections that are, are cut if not.
    pub(crate) fn set_reachable(&self, reachable: bool) {
        self.with(|inner| inner.reachable = reachable);
        if !reachable {
            self.cut();
        }
    }

    pub(crate) fn dials(&self) -> usize {
        self.with(|inner| inner.dials)
    }

    /// Cuts all connections.
    pub(crate) fn cut(&self) {
        for connection in self.with(|inner| std::mem::take(&mut inner.connections)) {
            connection.abort();
        }
    }

    pub(crate) fn client(&self) -> Client {
        let service = self.clone();
        let dial: Dial = Arc::new(move || {
            let service = service.clone();
            async move { service.dial() }.boxed()
        });
        over_pipe(dial, ProjectName::parse("demo").unwrap())
    }

    fn dial(&self) -> io::Result<DuplexStream> {
        let reachable = self.with(|inner| {
            inner.dials += 1;
            inner.reachable
        });
        if !reachable {
            return Err(io::Error::new(
                io::ErrorKind::ConnectionRefused,
                "nobody listens",
            ));
        }
        let (client, mut near) = duplex(1 << 16);
        let (mut far, server) = duplex(1 << 16);
        // Between the two, so that the connection can be cut from here.
        let between = tokio::spawn(async move {
            let _ = copy_bidirectional(&mut near, &mut far).await;
        });
        self.with(|inner| inner.connections.push_back(between.abort_handle()));
        let incoming =
            tokio_stream::once(Ok::<_, io::Error>(server)).chain(tokio_stream::pending());
        let router = tonic::transport::Server::builder()
            .add_service(CallsServer::new(self.clone()).max_encoding_message_size(usize::MAX));
        tokio::spawn(router.serve_with_incoming(incoming));
        Ok(client)
    }

    /// Serves on a port of this machine, for clients with credentials.
    pub(crate) async fn listen(&self) -> std::net::SocketAddr {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router =
            tonic::transport::Server::builder().add_service(CallsServer::new(self.clone()));
        let incoming = tokio_stream::wrappers::TcpListenerStream::new(listener);
        tokio::spawn(router.serve_with_incoming(incoming));
        address
    }

    /// Writes the request down and decides about it.
    fn take_note(&self, asked: Asked, headers: tonic::metadata::MetadataMap) -> Reply {
        self.with(|inner| {
            let reply = (inner.rule)(&asked);
            inner.records.push(Record { asked, headers });
            reply
        })
    }

    async fn answer<T: Default>(
        &self,
        reply: Reply,
        carry_out: impl FnOnce(&mut Inner) -> Result<T, Status>,
        enormous: impl FnOnce() -> T,
    ) -> Result<Response<T>, Status> {
        match reply {
            Reply::After(delay) => {
                let answer = self.with(carry_out);
                tokio::time::sleep(delay).await;
                answer.map(Response::new)
            }
            Reply::Fail(status) => Err(status),
            Reply::Never => std::future::pending().await,
            Reply::CarriedOutSilently => {
                self.with(carry_out)?;
                std::future::pending().await
            }
            Reply::CarriedOutAndCut => {
                self.with(carry_out)?;
                self.cut();
                std::future::pending().await
            }
            Reply::Without(name) => self
                .with(|inner| {
                    let (hidden, shown) = std::mem::take(&mut inner.calls)
                        .into_iter()
                        .partition(|call| call.name.as_str() == name);
                    inner.calls = shown;
                    let answer = carry_out(inner);
                    let hidden: Vec<Call> = hidden;
                    inner.calls.extend(hidden);
                    answer
                })
                .map(Response::new),
            Reply::Empty => Ok(Response::new(T::default())),
            Reply::Round | Reply::Ledger => self.with(carry_out).map(Response::new),
            Reply::Enormous => {
                self.with(carry_out)?;
                Ok(Response::new(enormous()))
            }
        }
    }
}

impl Inner {
    fn create(&mut self, request: proto::CreateCallRequest) -> proto::Call {
        self.created += 1;
        let wished = request.call.unwrap_or_default();
        let mut call = call(format!("created-{}", self.created), 0, State::Queued);
        call.to = wished.to.into();
        call.from = wished.from.into();
        call.labels = wished.labels.into_iter().collect();
        let answer = wire(&call);
        self.calls.push(call);
        answer
    }

    fn list(
        &mut self,
        request: &proto::ListCallsRequest,
    ) -> Result<proto::ListCallsResponse, Status> {
        let filter = Filter::parse(&request.filter)
            .map_err(|error| Status::invalid_argument(error.to_string()))?;
        self.calls
            .sort_by(|a, b| (b.create_time, &b.name).cmp(&(a.create_time, &a.name)));
        // A token is the place of the last call of its page: time in microseconds and name.
        let key = |call: &Call| {
            let micros = call.create_time.map_or(0, |time| time.timestamp_micros());
            (micros, call.name.as_str().to_owned())
        };
        let after = match request.page_token.split_once('/') {
            Some((micros, name)) => Some((
                micros
                    .parse::<i64>()
                    .ok()
                    .ok_or_else(|| Status::invalid_argument("page_token"))?,
                name.to_owned(),
            )),
            None if request.page_token.is_empty() => None,
            None => return Err(Status::invalid_argument("page_token")),
        };
        let size = match usize::try_from(request.page_size).unwrap() {
            0 => 10,
            size => size.min(self.page),
        };
        let mut rest = self
            .calls
            .iter()
            .filter(|call| self.ignores_filters || filter.matches(call))
            .filter(|call| after.as_ref().is_none_or(|after| key(call) < *after));
        let page: Vec<&Call> = rest.by_ref().take(size).collect();
        let next_page_token = match (rest.next(), page.last()) {
            (Some(_), Some(last)) => {
                let (micros, name) = key(last);
                format!("{micros}/{name}")
            }
            _ => String::new(),
        };
        Ok(proto::ListCallsResponse {
            calls: page.into_iter().map(wire).collect(),
            next_page_token,
        })
    }
}

#[tonic::async_trait]
impl Calls for Service {
    async fn create_call(
        &self,
        request: Request<proto::CreateCallRequest>,
    ) -> Result<Response<proto::Call>, Status> {
        let (headers, _, message) = request.into_parts();
        let reply = self.take_note(Asked::Create(Box::new(message.clone())), headers);
        self.answer(reply, |inner| Ok(inner.create(message)), enormous_call)
            .await
    }

    async fn get_call(
        &self,
        request: Request<proto::GetCallRequest>,
    ) -> Result<Response<proto::Call>, Status> {
        let (headers, _, message) = request.into_parts();
        let reply = self.take_note(Asked::Get(message.name.clone()), headers);
        let find = |inner: &mut Inner| {
            let found = inner
                .calls
                .iter()
                .find(|call| call.name.as_str() == message.name);
            found
                .map(wire)
                .ok_or_else(|| Status::not_found("no such call"))
        };
        self.answer(reply, find, enormous_call).await
    }

    async fn list_calls(
        &self,
        request: Request<proto::ListCallsRequest>,
    ) -> Result<Response<proto::ListCallsResponse>, Status> {
        let (headers, _, message) = request.into_parts();
        let reply = self.take_note(Asked::List(message.clone()), headers);
        let goes_round = matches!(reply, Reply::Round);
        let enormous = || proto::ListCallsResponse {
            calls: vec![enormous_call()],
            ..proto::ListCallsResponse::default()
        };
        let list = |inner: &mut Inner| {
            let mut answer = inner.list(&message)?;
            if goes_round && answer.next_page_token.is_empty() {
                answer.next_page_token = format!("{}/z", i64::MAX);
            }
            Ok(answer)
        };
        self.answer(reply, list, enormous).await
    }
}

fn enormous_call() -> proto::Call {
    proto::Call {
        error_message: "x".repeat(17 << 20),
        ..proto::Call::default()
    }
}

fn wire(call: &Call) -> proto::Call {
    let stamp = |time: Option<DateTime<Utc>>| {
        time.map(|time| prost_types::Timestamp {
            seconds: time.timestamp(),
            nanos: i32::try_from(time.timestamp_subsec_nanos()).unwrap(),
        })
    };
    proto::Call {
        name: call.name.as_str().to_owned(),
        to: call.to.to_string(),
        from: call.from.to_string(),
        direction: call.direction.number(),
        transport: call.transport.number(),
        state: call.state.number(),
        labels: call
            .labels
            .iter()
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .collect(),
        price: call
            .price
            .as_ref()
            .map(|price| proto::google::r#type::Money {
                currency_code: price.currency().to_owned(),
                units: price.units(),
                nanos: price.nanos(),
            }),
        create_time: stamp(call.create_time),
        start_time: stamp(call.start_time),
        ring_time: stamp(call.ring_time),
        answer_time: stamp(call.answer_time),
        end_time: stamp(call.end_time),
        ..proto::Call::default()
    }
}
