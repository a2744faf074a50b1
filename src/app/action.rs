//! Everything that a person can ask for, by the names of the key configuration and in the words of the
//! help screen.

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
    /// To the next field, or, on the button, to the question.
    FieldDone = "field-done", "next field, or place";
    /// To the next field.
    NextField = "next-field", "next field";
    /// To the previous field.
    PreviousField = "previous-field", "previous field";
    /// The next choice of the field.
    NextChoice = "next-choice", "next choice";
    /// The previous choice of the field.
    PreviousChoice = "previous-choice", "previous choice";
    /// Move the handler or the label up.
    RowUp = "row-up", "row up";
    /// Move the handler or the label down.
    RowDown = "row-down", "row down";
    /// Remove the handler or the label.
    RemoveRow = "remove-row", "remove the row";
    /// Empty the form.
    ClearForm = "clear-form", "clear the form";
    /// Check the form and ask before placing the call.
    Place = "place", "place the call";
    /// Yes, place it.
    Yes = "yes", "place it";
    /// No, do not.
    No = "no", "do not";
    /// The calls that were placed in this session.
    Placements = "placements", "calls placed";
    /// Place a call again of which there was no trace.
    PlaceAgain = "place-again", "place again";
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
