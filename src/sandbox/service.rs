//! The Calls service: checks requests in the order of `api.md §9` (who asks, syntax of names,
//! permission, existence, body) and answers from the ledger. Before and after that stands the gate
//! of the faults.

mod request;

use std::collections::HashMap;

use tonic::{Request, Response, Status};

use super::clock::Clock;
use super::desk::Desk;
use super::exchange::Project;
use super::faults::{Gate, Method, Visit};
use super::iam::{Iam, Permission};
use super::ledger::{Ledger, Page, PageQuery};
use super::page_token::{Place, TokenKey};
use super::refusal::{invalid, not_found};
use crate::call::Violation;
use crate::filter::Filter;
use crate::proto;
use crate::proto::calls_server::Calls;

/// How many calls a page has where the request does not say (`api.md §7`).
const DEFAULT_PAGE: usize = 10;
/// How many calls a page has at most; who asks for more gets so many.
const LARGEST_PAGE: usize = 100;

/// Answers requests.
#[derive(Debug)]
pub(super) struct Service {
    gate: Gate,
    desk: Desk,
    ledger: Ledger,
    key: TokenKey,
    /// By resource name.
    projects: HashMap<String, Project>,
    iam: Iam,
}

impl Service {
    pub(super) fn new(
        gate: Gate,
        desk: Desk,
        ledger: Ledger,
        key: TokenKey,
        projects: impl IntoIterator<Item = Project>,
    ) -> Self {
        let projects = projects
            .into_iter()
            .map(|project| (project.name.clone(), project));
        Self {
            gate,
            desk,
            ledger,
            key,
            projects: projects.collect(),
            iam: Iam::Everybody,
        }
    }

    /// The same for those alone who may.
    pub(super) fn guarded_by(self, iam: Iam) -> Self {
        Self { iam, ..self }
    }

    /// The exchange's clock.
    pub(super) fn clock(&self) -> Clock {
        self.gate.clock()
    }

    fn project(&self, name: &str) -> Result<&Project, Status> {
        self.projects
            .get(name)
            .ok_or_else(|| not_found("Project", name))
    }

    /// The page that a request asks for and where it begins, or all that is wrong with the request.
    fn page_query(
        &self,
        project: &Project,
        asked: &proto::ListCallsRequest,
    ) -> Result<(PageQuery, Option<Place>), Vec<Violation>> {
        let mut violations = Vec::new();
        let size = match usize::try_from(asked.page_size) {
            Ok(0) => DEFAULT_PAGE,
            Ok(size) => size.min(LARGEST_PAGE),
            Err(_) => {
                let reason = format!("{} is negative: give 1 to 100", asked.page_size);
                violations.push(Violation::new("page_size", reason));
                DEFAULT_PAGE
            }
        };
        let filter = Filter::parse(&asked.filter).unwrap_or_else(|error| {
            violations.push(Violation::new("filter", error.to_string()));
            Filter::everything()
        });
        let place = if asked.page_token.is_empty() {
            None
        } else {
            let place = self
                .key
                .open(&asked.page_token, &asked.parent, &asked.filter);
            if place.is_none() {
                let reason = "this is no token of this list: a token goes with the parent and \
                              the filter that it was given for";
                violations.push(Violation::new("page_token", reason));
            }
            place
        };
        if !violations.is_empty() {
            return Err(violations);
        }
        let query = PageQuery {
            project: project.key,
            filter,
            after: None,
            skip: 0,
            visible_until: None,
            size,
        };
        Ok((query, place))
    }
}

/// The work of each method, once its request was let in.
impl Service {
    async fn create(
        &self,
        request: Request<proto::CreateCallRequest>,
        visit: &Visit<'_>,
    ) -> Result<Response<proto::Call>, Status> {
        let caller = self.iam.authenticate(request.metadata())?;
        let proto::CreateCallRequest { parent, call } = request.into_inner();
        request::check_parent(&parent)?;
        caller.permit(Permission::Create, &parent)?;
        let project = self.project(&parent)?;
        let call = request::read_call(call).map_err(|violations| invalid(&violations))?;
        if visit.is_dropped() {
            return visit.silence().await;
        }
        let placed = self.desk.place(project.clone(), call).await?;
        if visit.is_lost() {
            return visit.silence().await;
        }
        Ok(Response::new(placed))
    }

    async fn get(
        &self,
        request: Request<proto::GetCallRequest>,
    ) -> Result<Response<proto::Call>, Status> {
        let caller = self.iam.authenticate(request.metadata())?;
        let name = request.into_inner().name;
        let (parent, id) = request::split_name(&name)?;
        caller.permit(Permission::Get, parent)?;
        let project = self.project(parent)?;
        let call = self.ledger.get(project.key, id.to_owned()).await?;
        call.map(Response::new)
            .ok_or_else(|| not_found("Call", &name))
    }

    async fn list(
        &self,
        request: Request<proto::ListCallsRequest>,
        visit: &Visit<'_>,
    ) -> Result<Response<proto::ListCallsResponse>, Status> {
        let caller = self.iam.authenticate(request.metadata())?;
        let asked = request.into_inner();
        request::check_parent(&asked.parent)?;
        caller.permit(Permission::List, &asked.parent)?;
        let project = self.project(&asked.parent)?;
        let (query, place) = self
            .page_query(project, &asked)
            .map_err(|violations| invalid(&violations))?;
        let mut listing = visit.listing(query, place);
        let page = match listing.query.take() {
            Some(query) => self.ledger.list(query).await?,
            None => Page::default(),
        };
        let next = listing.next(&page);
        let next = next.map(|place| self.key.seal(&place, &asked.parent, &asked.filter));
        Ok(Response::new(proto::ListCallsResponse {
            calls: page.calls,
            next_page_token: next.unwrap_or_default(),
        }))
    }
}

#[tonic::async_trait]
impl Calls for Service {
    async fn create_call(
        &self,
        request: Request<proto::CreateCallRequest>,
    ) -> Result<Response<proto::Call>, Status> {
        let visit = self.gate.visit(Method::CreateCall);
        visit.answer(self.create(request, &visit)).await
    }

    async fn get_call(
        &self,
        request: Request<proto::GetCallRequest>,
    ) -> Result<Response<proto::Call>, Status> {
        let visit = self.gate.visit(Method::GetCall);
        visit.answer(self.get(request)).await
    }

    async fn list_calls(
        &self,
        request: Request<proto::ListCallsRequest>,
    ) -> Result<Response<proto::ListCallsResponse>, Status> {
        let visit = self.gate.visit(Method::ListCalls);
        visit.answer(self.list(request, &visit)).await
    }
}
