//! The three enums that everything else is about: what can happen, what a person can ask for, and
//! what only the shell can do. Read this first.

use chrono::{DateTime, TimeDelta, Utc};

use crate::call::{
    AsOf, Call, CallName, Covered, Failure, Link, Loading, NewCall, Placement, Ticket, Turn,
};
use crate::filter::Plan;

use super::form::Spot;
use super::views::SavedView;

pub use super::action::Action;

/// Everything that can happen to the console.
#[derive(Debug, Clone)]
pub enum Msg {
    /// Somebody asks for something.
    Action(Action),
    /// Somebody changes the text of the field that has the cursor.
    Edit(Edit),
    /// Somebody uses the mouse within the table's rows or on a pane.
    Mouse(Mouse),
    /// The time, at least once a second while anything on screen ages.
    Tick(DateTime<Utc>),
    /// There is time for the next slice of the list.
    GoOn(Pass),
    /// The filter has rested for a moment: what was typed may be asked of the service.
    Rested(Turn),
    /// Readings of calls, a whole poll's or page's at once.
    Batch {
        /// The query that they answer.
        turn: Turn,
        /// Their place in the sequence of readings.
        as_of: AsOf,
        /// The calls, in any order.
        calls: Vec<Call>,
        /// When they were received.
        at: DateTime<Utc>,
    },
    /// Calls that the service does not know any more.
    Gone {
        /// Which.
        names: Vec<CallName>,
    },
    /// More of the list is complete.
    Coverage {
        /// The query that this is about.
        turn: Turn,
        /// The stretches of which everything has come, beside those that were told before.
        coverage: Covered,
    },
    /// What became of the range that is being loaded.
    Loading {
        /// The query that this is about.
        turn: Turn,
        /// How it stands.
        state: Loading,
    },
    /// The service does not apply the filter that it was asked with.
    FilterIgnored {
        /// The query that this is about.
        turn: Turn,
    },
    /// What became of the wish for older calls.
    Older {
        /// The query that this is about.
        turn: Turn,
        /// How it stands.
        older: Older,
    },
    /// The link has changed.
    Link {
        /// To this.
        link: Link,
        /// When.
        at: DateTime<Utc>,
    },
    /// So many requests have been sent to the service since the console began.
    Asked {
        /// How many.
        requests: u64,
        /// When there were so many.
        at: DateTime<Utc>,
    },
    /// The service's clock shows this time.
    Clock {
        /// The service's time.
        service: DateTime<Utc>,
        /// This machine's.
        at: DateTime<Utc>,
    },
    /// A wish to call has come further.
    Placement {
        /// Which wish.
        wish: WishId,
        /// Its ticket.
        ticket: Ticket,
        /// How far.
        placement: Placement,
        /// When.
        at: DateTime<Utc>,
    },
    /// What has become of a wish to call that an earlier run has left unknown.
    Recovered {
        /// Its ticket.
        ticket: Ticket,
        /// What was to be placed.
        call: Box<NewCall>,
        /// When it was sent.
        since: DateTime<Utc>,
        /// How far it has come.
        placement: Placement,
        /// When that was known.
        at: DateTime<Utc>,
    },
    /// A view has been written to the configuration, or could not be.
    ViewSaved {
        /// Its name.
        name: String,
        /// Where it stands now, or why it does not, both for people.
        outcome: Result<String, String>,
    },
    /// An effect has something to say to the person.
    Notice(Notice),
}

/// Number of a wish to call within this run, so that a report finds its form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct WishId(pub u32);

/// Number of a list within this run: what is left to do for an older one is dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Pass(pub u64);

/// How the loading of older calls stands.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Older {
    /// Nothing is being loaded.
    #[default]
    Idle,
    /// A page is on its way.
    Loading,
    /// It did not come.
    Failed(Failure),
    /// There are none.
    End,
}

/// What the mouse did, in terms of the screen's regions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mouse {
    /// A row of the table, counted from its first visible one.
    Row(usize),
    /// A place in the form.
    Field(Spot),
    /// A row of the palette, counted from its first visible one.
    Command(usize),
    /// The detail pane.
    Detail,
    /// The count of calls being placed.
    Placings,
    /// A row of the list of placements, counted from its first visible one.
    Placement(usize),
    /// The text in the filter bar, at a byte; at its end for what lies beside it.
    FilterBar(usize),
    /// An entry of the list under the filter bar, counted from its first.
    Offer(usize),
    /// A line of the menu of quick filters, counted through all groups.
    Switch(usize),
    /// The wheel, in lines; negative is up.
    Wheel(i32),
    /// The same over the detail pane.
    WheelDetail(i32),
}

/// A short message at the foot of the screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// How serious it is.
    pub level: Level,
    /// What it says. Sanitised where it is drawn.
    pub text: String,
}

/// How serious a notice is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Something was done.
    Done,
    /// Something to know.
    Info,
    /// Something that may go wrong.
    Warning,
    /// Something went wrong.
    Error,
}

impl Level {
    /// How long a notice of this level stays.
    pub fn lasts(self) -> TimeDelta {
        match self {
            Self::Done | Self::Info => TimeDelta::seconds(6),
            Self::Warning => TimeDelta::seconds(15),
            Self::Error => TimeDelta::seconds(30),
        }
    }
}

impl Notice {
    /// A notice of a level.
    pub fn new(level: Level, text: impl Into<String>) -> Self {
        Self {
            level,
            text: text.into(),
        }
    }
}

/// Where keys go: it decides what they mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Mode {
    /// The table of calls.
    Table,
    /// The detail pane.
    Detail,
    /// The filter bar.
    Filter,
    /// The search through earlier filters.
    History,
    /// The menu of quick filters.
    Quick,
    /// The new-call form.
    Form,
    /// The question before a call is placed.
    Confirm,
    /// The help overlay.
    Help,
    /// The palette of commands.
    Palette,
    /// The prompt that saves a view.
    SaveView,
    /// The list of the calls that were placed.
    Placements,
}

impl Mode {
    /// All modes, in the order in which the help lists them.
    pub const ALL: [Self; 11] = [
        Self::Table,
        Self::Detail,
        Self::Filter,
        Self::History,
        Self::Quick,
        Self::Form,
        Self::Confirm,
        Self::Help,
        Self::Palette,
        Self::SaveView,
        Self::Placements,
    ];

    /// The mode's name on the help screen.
    pub fn title(self) -> &'static str {
        match self {
            Self::Table => "Calls",
            Self::Detail => "Detail",
            Self::Filter => "Filter",
            Self::History => "Earlier filters",
            Self::Quick => "Quick filters",
            Self::Form => "New call",
            Self::Confirm => "Confirmation",
            Self::Help => "Help",
            Self::Palette => "Palette",
            Self::SaveView => "Save view",
            Self::Placements => "Calls placed",
        }
    }

    /// Whether printable keys are text here.
    pub fn takes_text(self) -> bool {
        match self {
            Self::Filter | Self::History | Self::Form | Self::Palette | Self::SaveView => true,
            Self::Table
            | Self::Detail
            | Self::Quick
            | Self::Confirm
            | Self::Help
            | Self::Placements => false,
        }
    }

    /// Whether letters that the keymap leaves free are the mode's own.
    pub fn takes_letters(self) -> bool {
        self == Self::Quick
    }
}

/// Changes to a line of text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Edit {
    /// Puts text in at the cursor; line breaks and control characters become blanks.
    Insert(String),
    /// Deletes the character before the cursor.
    Backspace,
    /// Deletes the character at the cursor.
    Delete,
    /// Deletes the word before the cursor.
    DeleteWord,
    /// Deletes the word after the cursor.
    DeleteWordAfter,
    /// Deletes everything before the cursor.
    DeleteToStart,
    /// Deletes everything from the cursor on.
    DeleteToEnd,
    /// Takes the last step back.
    Undo,
    /// One character to the left.
    Left,
    /// One character to the right.
    Right,
    /// One word to the left.
    WordLeft,
    /// One word to the right.
    WordRight,
    /// To the start of the line.
    Start,
    /// To the end of the line.
    End,
}

/// Everything that only the shell can do.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Come back with [`Msg::GoOn`] after the keys that wait: the list is not whole yet.
    GoOn(Pass),
    /// Let a changed filter rest for a moment, then come back with [`Msg::Rested`].
    Rest(Turn),
    /// Ask the service for another query from now on.
    Watch {
        /// The query's generation.
        turn: Turn,
        /// What to ask for.
        plan: Plan,
    },
    /// Load older calls.
    LoadOlder {
        /// The query's generation.
        turn: Turn,
        /// Those created before this.
        before: DateTime<Utc>,
    },
    /// Load stretches of time; what was being loaded of others gives way.
    Load {
        /// The query's generation.
        turn: Turn,
        /// Which.
        left: Covered,
    },
    /// Load no stretch any more.
    StopLoading,
    /// Ask the service now.
    Refresh,
    /// Place a call: once.
    Place {
        /// Which wish it is.
        wish: WishId,
        /// What to place.
        call: Box<NewCall>,
        /// The ticket in whose place it is, of which there was no trace.
        follows: Option<Ticket>,
    },
    /// Keep the values of a call, without its number, for the next forms of the profile.
    KeepValues(Box<NewCall>),
    /// Write a view to the configuration, then come back with [`Msg::ViewSaved`].
    SaveView(Box<SavedView>),
    /// Put a text on the clipboard.
    Copy(String),
    /// Keep a filter for later runs.
    Remember(String),
    /// Stop the process as ctrl-z does, and come back.
    Suspend,
    /// End.
    Quit,
}
