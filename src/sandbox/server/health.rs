//! The standard health service: serving until a drain begins, and not serving from then on.

use std::pin::Pin;

use tokio::sync::watch;
use tokio_stream::wrappers::WatchStream;
use tokio_stream::{Stream, StreamExt as _};
use tonic::server::NamedService as _;
use tonic::{Request, Response, Status};
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::{HealthCheckRequest, HealthCheckResponse, health_server};

use crate::proto::calls_server::CallsServer;
use crate::sandbox::service::Service;

/// Says how the server as a whole (named by an empty text) and its Calls service are.
#[derive(Debug)]
pub(super) struct Health {
    draining: watch::Receiver<bool>,
}

impl Health {
    pub(super) fn new(draining: watch::Receiver<bool>) -> Self {
        Self { draining }
    }
}

fn is_known(service: &str) -> bool {
    ["", CallsServer::<Service>::NAME].contains(&service)
}

fn said(status: ServingStatus) -> HealthCheckResponse {
    HealthCheckResponse {
        status: status.into(),
    }
}

fn serving(draining: bool) -> HealthCheckResponse {
    said(if draining {
        ServingStatus::NotServing
    } else {
        ServingStatus::Serving
    })
}

#[tonic::async_trait]
impl health_server::Health for Health {
    async fn check(
        &self,
        request: Request<HealthCheckRequest>,
    ) -> Result<Response<HealthCheckResponse>, Status> {
        let service = &request.get_ref().service;
        if !is_known(service) {
            return Err(Status::not_found("there is no such service here"));
        }
        Ok(Response::new(serving(*self.draining.borrow())))
    }

    type WatchStream = Pin<Box<dyn Stream<Item = Result<HealthCheckResponse, Status>> + Send>>;

    /// A service that is not known may come up later: its watchers are told so, and go on watching.
    async fn watch(
        &self,
        request: Request<HealthCheckRequest>,
    ) -> Result<Response<Self::WatchStream>, Status> {
        let known = is_known(&request.get_ref().service);
        let states = WatchStream::new(self.draining.clone());
        Ok(Response::new(if known {
            Box::pin(states.map(|draining| Ok(serving(draining))))
        } else {
            let unknown = said(ServingStatus::ServiceUnknown);
            Box::pin(tokio_stream::once(Ok(unknown)).chain(tokio_stream::pending()))
        }))
    }
}
