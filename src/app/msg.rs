//! The three enums that everything else is about: what can happen, what a person can ask for, and
//! what only the shell can do. Read this first.

use chrono::{DateTime, TimeDelta, Utc};

use crate::call::{
    AsOf, Call, CallName, Coverage, Failure, Link, NewCall, Placement, Ticket, Turn,
};
use crate::filter::Plan;

use super::views::SavedView;

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
    /// How far back the list is complete.
    Coverage {
        /// The query that this is about.
        turn: Turn,
        /// From when on.
        coverage: Coverage,
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
    /// A field of the form.
    Field(usize),
    /// A row of the palette, counted from its first visible one.
    Command(usize),
    /// The detail pane.
    Detail,
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
}

impl Mode {
    /// All modes, in the order in which the help lists them.
    pub const ALL: [Self; 10] = [
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
        }
    }

    /// Whether printable keys are text here.
    pub fn takes_text(self) -> bool {
        match self {
            Self::Filter | Self::History | Self::Form | Self::Palette | Self::SaveView => true,
            Self::Table | Self::Detail | Self::Quick | Self::Confirm | Self::Help => false,
        }
    }

    /// Whether letters that the keymap leaves free are the mode's own.
    pub fn takes_letters(self) -> bool {
        self == Self::Quick
    }
}

macro_rules! actions {
    ($($(#[doc = $doc:literal])+ $variant:ident = $name:literal, $says:literal;)+) => {
        /// Everything that a person can ask for: one per row of the help screen.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Action {
            $($(#[doc = $doc])+ $variant,)+
        }

        impl Action {
            /// All actions, in the order of the help screen.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The name in a key configuration.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }

            /// What it does, in a few words.
            pub fn says(self) -> &'static str {
                match self { $(Self::$variant => $says,)+ }
            }
        }
    };
}

actions! {
    /// One line up.
    Up = "up", "up";
    /// One line down.
    Down = "down", "down";
    /// Half a page up.
    HalfPageUp = "half-page-up", "half a page up";
    /// Half a page down.
    HalfPageDown = "half-page-down", "half a page down";
    /// A page up.
    PageUp = "page-up", "a page up";
    /// A page down.
    PageDown = "page-down", "a page down";
    /// To the newest, and follow it.
    Top = "top", "to the newest, and follow";
    /// To the oldest that is loaded.
    Bottom = "bottom", "to the oldest loaded";
    /// Columns to the left.
    ScrollLeft = "scroll-left", "columns to the left";
    /// Columns to the right.
    ScrollRight = "scroll-right", "columns to the right";
    /// Open what is selected.
    Open = "open", "detail";
    /// Back, one step.
    Back = "back", "back";
    /// To the other pane.
    NextPane = "next-pane", "other pane";
    /// Write a filter.
    Filter = "filter", "filter";
    /// Keep the filter and go back to the calls.
    KeepFilter = "keep-filter", "keep the filter";
    /// Go back to the calls with the filter as it was before it was edited.
    LeaveFilter = "leave-filter", "as it was before";
    /// The filter before this one.
    EarlierFilter = "earlier-filter", "earlier filter";
    /// The filter after this one.
    LaterFilter = "later-filter", "later filter";
    /// Take the first completion, or the next one.
    Complete = "complete", "complete, next one";
    /// Take the completion before.
    CompleteBack = "complete-back", "previous completion";
    /// Search through earlier filters; while that is done, the next older one.
    SearchFilters = "search-filters", "search earlier filters";
    /// The menu of quick filters.
    Quick = "quick", "quick filters";
    /// Switch on or off what the cursor is on.
    Toggle = "toggle", "on or off";
    /// Drop the filter, but stay where it is written.
    ClearFilter = "clear-filter", "clear all";
    /// The filter as it was when the menu was opened.
    UndoFilter = "undo-filter", "undo";
    /// To the next group of switches.
    NextGroup = "next-group", "next group";
    /// To the previous group of switches.
    PreviousGroup = "previous-group", "previous group";
    /// To the next failed call.
    NextFailure = "next-failure", "next failure";
    /// To the previous failed call.
    PreviousFailure = "previous-failure", "previous failure";
    /// To the other leg of the call.
    Legs = "legs", "other leg";
    /// A form for a new call.
    NewCall = "new-call", "new call";
    /// A form for a call like this one.
    Redial = "redial", "redial";
    /// Turn the order round.
    Sort = "sort", "reverse order";
    /// Sort by the column to the left.
    SortLeft = "sort-left", "sort by left column";
    /// Sort by the column to the right.
    SortRight = "sort-right", "sort by right column";
    /// Give the table the whole width.
    Wide = "wide", "wide table";
    /// Another way to write times.
    TimeForm = "time-form", "time of day, date, age";
    /// Freeze the view while the feed goes on.
    Pause = "pause", "pause";
    /// Copy the call's name.
    Copy = "copy", "copy the name";
    /// Ask the service now.
    Refresh = "refresh", "ask now";
    /// Help.
    Help = "help", "help";
    /// Stop and go back to the shell.
    Suspend = "suspend", "suspend";
    /// Leave.
    Quit = "quit", "quit";
    /// To the next field.
    NextField = "next-field", "next field";
    /// To the previous field.
    PreviousField = "previous-field", "previous field";
    /// The next choice of the field.
    NextChoice = "next-choice", "next choice";
    /// The previous choice of the field.
    PreviousChoice = "previous-choice", "previous choice";
    /// Empty the form.
    ClearForm = "clear-form", "clear the form";
    /// Check the form and ask before placing the call.
    Place = "place", "place the call";
    /// Yes, place it.
    Yes = "yes", "place it";
    /// No, do not.
    No = "no", "do not";
    /// Take the choice that is lit.
    Choose = "choose", "take the choice";
    /// Light the other choice.
    OtherChoice = "other-choice", "other choice";
    /// The view on the key 1.
    View1 = "view-1", "saved views";
    /// The view on the key 2.
    View2 = "view-2", "saved views";
    /// The view on the key 3.
    View3 = "view-3", "saved views";
    /// The view on the key 4.
    View4 = "view-4", "saved views";
    /// The view on the key 5.
    View5 = "view-5", "saved views";
    /// The view on the key 6.
    View6 = "view-6", "saved views";
    /// The view on the key 7.
    View7 = "view-7", "saved views";
    /// The view on the key 8.
    View8 = "view-8", "saved views";
    /// The view on the key 9.
    View9 = "view-9", "saved views";
    /// Save what is on screen as a view.
    SaveView = "save-view", "save as a view";
    /// Save the view under the name that is written.
    KeepView = "keep-view", "save the view";
    /// Another key for the view.
    NextViewKey = "next-view-key", "another key";
    /// The key before that.
    PreviousViewKey = "previous-view-key", "the key before";
    /// Find a command by a few letters.
    Palette = "palette", "commands";
    /// Run the command under the cursor.
    Run = "run", "run it";
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
    LoadOlder(Turn),
    /// Ask the service now.
    Refresh,
    /// Place a call: once.
    Place {
        /// Which wish it is.
        wish: WishId,
        /// What to place.
        call: Box<NewCall>,
    },
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
