//! The sandbox against its contract, `api.md`, over the in-memory pipe with the generated client.
//! Each test names the section that it checks.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "sandbox_contract/accounts.rs"]
mod accounts;
#[path = "sandbox_contract/bounds.rs"]
mod bounds;
#[path = "sandbox_contract/create.rs"]
mod create;
#[path = "sandbox_contract/durability.rs"]
mod durability;
#[path = "sandbox_contract/faults.rs"]
mod faults;
#[path = "sandbox_contract/faults_lists.rs"]
mod faults_lists;
#[path = "sandbox_contract/faults_replay.rs"]
mod faults_replay;
#[path = "sandbox_contract/faults_text.rs"]
mod faults_text;
#[path = "sandbox_contract/filters.rs"]
mod filters;
#[path = "sandbox_contract/grammar.rs"]
mod grammar;
#[path = "sandbox_contract/iam.rs"]
mod iam;
#[path = "sandbox_contract/invariants.rs"]
mod invariants;
#[path = "sandbox_contract/json.rs"]
mod json;
#[path = "sandbox_contract/life.rs"]
mod life;
#[path = "sandbox_contract/migration.rs"]
mod migration;
#[path = "sandbox_contract/names.rs"]
mod names;
#[path = "sandbox_contract/order.rs"]
mod order;
#[path = "sandbox_contract/paging.rs"]
mod paging;
#[path = "sandbox_contract/receiver.rs"]
mod receiver;
#[path = "sandbox_contract/refusals.rs"]
mod refusals;
#[path = "sandbox_contract/replay.rs"]
mod replay;
#[path = "sandbox_contract/services.rs"]
mod services;
#[path = "sandbox_contract/support.rs"]
mod support;
#[path = "sandbox_contract/tokens.rs"]
mod tokens;
#[path = "sandbox_contract/webhooks.rs"]
mod webhooks;
