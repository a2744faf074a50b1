//! The client of the Calls service: requests out, domain words back.
//!
//! Nothing in here is sent twice, but for one case: a read that is refused as unauthenticated is
//! asked once more with a fresh token. Whoever wants to ask again does so outside, with [`Backoff`].

pub mod auth;
mod backoff;
mod client;
mod endpoint;
mod error;
pub mod probe;
mod wire;

pub use backoff::Backoff;
pub use client::{Client, DEADLINE, Dial, ListRequest, Page, Target, connect, over_pipe};
pub use endpoint::Endpoint;
