//! The feed: a polled list that holds exactly what the service holds (`feed.md`).
//!
//! One task serves one query at a time. It asks for the first page at once, follows what is new
//! (*head*), what is under way (*open*), what was under way and is so no longer (*left*), and what has
//! ended without its price (*settling*), and it loads what lies further back (*history*) up to a
//! bound, then on request. Whatever it reads is delivered, and it is the receiver who evaluates the
//! filter: a call under way that does not match yet has to be watched all the same.

pub mod backfill;
mod bucket;
mod followed;
mod history;
mod lead;
mod listing;
mod mark;
mod pace;
mod poll;
mod reread;
mod settling;
mod task;
mod walk;
mod watch;

use tokio::sync::mpsc;

use crate::api::Client;
use crate::call::{AsOf, Call, CallName, Coverage, Failure, Link, Turn};
use crate::filter::Plan;

pub use bucket::Bucket;
pub use listing::{Listing, Stretch};
pub use pace::Pace;

/// What the feed is told to do.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// Follow this query from now on. Whatever belongs to another one is dropped, also what is asked
    /// at this moment.
    Watch {
        /// The generation that every answer to this query carries.
        turn: Turn,
        /// Which calls.
        plan: Plan,
    },
    /// Load a page of older calls; nothing happens if one is being loaded, or if the turn is another.
    Older {
        /// The generation on screen.
        turn: Turn,
    },
    /// Follow a call that was placed just now, whether or not a query brings it: what becomes of it is
    /// told with the polls.
    Follow {
        /// The call as the service has answered with it.
        call: Box<Call>,
    },
    /// Poll now, whatever the feed is waiting for. After a refusal, try again.
    Refresh,
    /// Do not poll by itself any more. Older calls are still loaded.
    Pause,
    /// Poll again, beginning now.
    Resume,
}

/// What the feed tells.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// Calls as they were read. Calls that have not changed since they were last sent may be missing.
    Batch {
        /// The query that brought them.
        turn: Turn,
        /// Their place in the sequence of all readings: of the first request of a poll, so that it
        /// outranks nothing that was read meanwhile. Where such a reading was older after all, the
        /// next poll sends the call again.
        as_of: AsOf,
        /// The calls, each at most once, in no order that means anything.
        calls: Vec<Call>,
    },
    /// Calls that were under way when last read, and that the service does not know any more. Told
    /// once; nothing more will come of them.
    Gone {
        /// The query during which that was found.
        turn: Turn,
        /// Which.
        names: Vec<CallName>,
    },
    /// How far back everything that the query asks for has been delivered.
    Coverage {
        /// The query.
        turn: Turn,
        /// How far.
        coverage: Coverage,
    },
    /// A list had calls that its own filter excludes: the service takes filters and does not apply
    /// them. Told once for each query, as soon as it is seen.
    FilterIgnored {
        /// The query.
        turn: Turn,
    },
    /// What has become of loading older calls.
    Older {
        /// The query.
        turn: Turn,
        /// What.
        state: Older,
    },
    /// The link has changed.
    Link(Link),
}

/// The loading of older calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Older {
    /// Under way.
    Loading,
    /// There may be more.
    Idle,
    /// It failed. It is tried again with the next poll that succeeds, unless the request itself was
    /// refused, and when older calls are asked for again.
    Failed(Failure),
    /// There is nothing older.
    End,
}

/// Runs the feed until the commands end, or nobody takes its events any more. Nothing is asked before
/// the first [`Command::Watch`].
///
/// While the receiver is slow nothing new is asked: what has been read waits, and commands are still
/// obeyed.
pub async fn run(
    client: Client,
    pace: Pace,
    commands: mpsc::Receiver<Command>,
    events: mpsc::Sender<Event>,
) {
    task::Feed::new(client, pace).run(commands, events).await;
}
