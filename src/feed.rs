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
mod range;
mod reread;
mod settling;
mod task;
mod walk;
mod watch;

use chrono::{DateTime, Utc};
use tokio::sync::mpsc;
use tokio::time::Instant;

use crate::api::Client;
use crate::call::{AsOf, Call, CallName, Covered, Failure, Link, Loading, Turn};
use crate::filter::Plan;

pub use bucket::Bucket;
pub use listing::{Listing, Stretch};
pub use pace::{Focus, Pace};

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
        /// Calls created before this: since then all are there. What lies further back may have been
        /// loaded and dropped since, and what lies here may have come otherwise.
        before: DateTime<Utc>,
    },
    /// Load all calls that were created in these stretches, newest first, in place of any range that
    /// is being loaded. Nothing happens if the turn is another.
    Load {
        /// The generation on screen.
        turn: Turn,
        /// What to load.
        left: Covered,
    },
    /// Load no range any more. What has come stays.
    StopLoading,
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
    /// Somebody looks at what the feed brings, or nobody does: then it asks less often.
    Focus(Focus),
    /// Something is about to happen, such as a call that is being placed: the full pace for a while.
    Stir,
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
    /// Everything that the query asks for and that was created in these stretches has been delivered.
    /// They add to those that were told before.
    Coverage {
        /// The query.
        turn: Turn,
        /// The stretches; what goes on for ever is kept up with.
        coverage: Covered,
    },
    /// What has become of the range that is being loaded.
    Loading {
        /// The query.
        turn: Turn,
        /// What.
        state: Loading,
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
    /// How many requests the feed has sent so far, those that share its bucket among them.
    Asked(u64),
    /// What the service's clock showed at a moment, as its answers tell.
    Clock {
        /// The service's time.
        service: DateTime<Utc>,
        /// The moment.
        at: Instant,
    },
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
    let chance = || uuid::Uuid::new_v4().as_u64_pair().0;
    let bucket = Bucket::live(pace.seed.unwrap_or_else(chance));
    run_through((client, bucket), pace, commands, events).await;
}

/// The same through a bucket that other work on the service shares, so that all of it together is
/// not too much.
pub async fn run_through(
    (client, bucket): (Client, Bucket),
    pace: Pace,
    commands: mpsc::Receiver<Command>,
    events: mpsc::Sender<Event>,
) {
    task::Feed::new(client, bucket, pace)
        .run(commands, events)
        .await;
}
