//! switchboard: a terminal operations console for Enfonica Voice.
//!
//! A functional core in an imperative shell, with data flowing one way:
//!
//! ```text
//!  keys, mouse, paste ─┐                                 ┌─► view::render(&App, …)   pure
//!  signals ────────────┤          ┌──────────────┐ dirty │
//!  clock tick ─────────┼─► Msg ─► │ App::update  │ ──────┤
//!  feed, placements ───┘          │ pure, no I/O │       └─► pacer: a frame per 16 ms at most
//!          ▲                      └──────┬───────┘
//!          │                             │ Effects
//!          └────── runtime::effects ◄────┘   supervised tasks; every result comes back as a Msg
//! ```
//!
//! # Layers
//!
//! Imports point down this list only; `tests/architecture.rs` holds every file to it.
//!
//! | layer | modules |
//! |--:|---|
//! | 8 | `main`, [`cli`] |
//! | 7 | [`runtime`] |
//! | 6 | [`config`], [`logging`] |
//! | 5 | [`view`] |
//! | 4 | [`input`] |
//! | 3 | [`app`], [`feed`], [`placement`] |
//! | 2 | [`api`], [`sandbox`] |
//! | 1 | [`convert`], [`filter`], [`insight`] |
//! | 0 | [`call`], [`disk`], [`proto`] |
//!
//! [`app`] and [`api`] do not know each other: the words that they share ([`call::Call`],
//! [`call::NewCall`], [`call::Failure`], [`call::Link`], [`call::Placement`]) live in [`call`].

pub mod api;
pub mod app;
pub mod call;
pub mod cli;
pub mod config;
pub mod convert;
pub mod disk;
pub mod feed;
pub mod filter;
pub mod input;
pub mod insight;
pub mod logging;
pub mod placement;
pub mod proto;
pub mod runtime;
pub mod sandbox;
pub mod view;
