//! The console's state and its one transition: everything that can be seen, and nothing else.
//!
//! [`App::update`] is total and pure: it awaits nothing and reads no clock, file or environment. What
//! only the shell can do it asks for by the [`Effect`]s that it returns.

mod action;
mod ahead;
mod arrivals;
mod asked;
mod back;
mod bound;
mod clock;
mod column;
mod column_key;
mod confirm;
mod earlier;
mod empty;
mod filter_bar;
mod form;
mod known;
mod line;
mod listing;
mod load;
mod moment;
mod moves;
mod msg;
mod offered;
mod older;
mod overlays;
mod page;
mod palette;
mod placements;
mod placing;
mod quick;
mod read_only;
mod reading;
mod recovered;
mod requests;
mod save_view;
mod seen;
mod setup;
mod table;
mod timed;
mod viewport;
mod views;
mod writing;

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, Utc};

use crate::call::{AsOf, Call, CallName, Covered, Failure, Link, Slot, Store, Ticket, Turn};
use crate::filter::Standpoint;
use crate::insight::Counts;

use ahead::Ahead;
use asked::Asked;
use empty::Inquiry;
use known::Known;
use older::Reach;
use recovered::Left;
use requests::Requests;
use views::Views;

pub use column::{Column, Sort};
pub use confirm::{Choice, Confirm, Question};
pub use earlier::{Found, Looking, newest_filters};
pub use empty::WhyEmpty;
pub use filter_bar::FilterBar;
pub use form::{Field, Form, Part, Remark, Spot, Stage, Weight};
pub use line::Line;
pub use load::Load;
pub use msg::{Action, Edit, Effect, Level, Mode, Mouse, Msg, Notice, Older, Pass, WishId};
pub use offered::Offered;
pub use older::Foot;
pub use page::Page;
pub use palette::{Command, FoundCommand, Palette};
pub use placements::Placements;
pub use placing::Placing;
pub use quick::{Group, Press, Quick, Says, Switch};
pub use save_view::SaveView;
pub use seen::Seen;
pub use setup::{Setup, TimeForm};
pub use table::{Cursor, Table};
pub use timed::{Timed, Written};
pub use views::{InForce, MAX_VIEW_NAME, SavedView, ViewKey};

/// The whole state.
#[derive(Debug)]
pub struct App {
    setup: Setup,
    now: DateTime<Utc>,
    /// How far the service's clock is ahead of this machine's, as its timestamps show.
    ahead: Ahead,
    /// Whether it has been said that the clocks differ.
    told_clock: bool,
    /// What the feed has asked lately.
    requests: Requests,
    mode: Mode,
    /// The mode below the help.
    below: Mode,
    store: Store,
    counts: Counts,
    /// The child legs of each call that has some.
    children: HashMap<CallName, Vec<Slot>>,
    table: Table,
    bar: FilterBar,
    /// What the list shows and what the service was asked for.
    asked: Asked,
    /// The calls that may still change by themselves.
    open: BTreeSet<Slot>,
    /// What stood in the calls that came, for completion.
    seen: Seen,
    /// Where the cursor was before the filter was written.
    before_filter: Option<(Cursor, String)>,
    /// The generation that the service is asked for.
    turn: Turn,
    /// The generation of what was typed last.
    typed: Turn,
    link: Link,
    link_at: DateTime<Utc>,
    /// When the last whole poll was answered.
    answered_at: Option<DateTime<Utc>>,
    known: Known,
    older: Older,
    reach: Reach,
    load: Option<Load>,
    /// Readings that came in while the view was frozen.
    frozen: Option<Frozen>,
    /// The menu of quick filters, while it is open.
    quick: Option<Quick>,
    form: Option<Form>,
    confirm: Option<Confirm>,
    placings: Vec<Placing>,
    /// The list of them, while it is open.
    overview: Option<Placements>,
    /// Why the service lets this account place no call.
    no_permission: Option<Failure>,
    /// The call that was placed last, if the filter hides it, and since when.
    hidden: Option<(Slot, DateTime<Utc>)>,
    /// The wish whose outcome is unknown, until somebody goes on to something else.
    awaited: Option<WishId>,
    next_wish: u32,
    /// The wishes that an earlier run has left unknown, with their numbers in this run.
    recovered: Vec<(Ticket, WishId)>,
    notice: Option<(Notice, DateTime<Utc>)>,
    notices: Vec<Notice>,
    time_form: TimeForm,
    wide: bool,
    /// Whether the last thing asked for was to leave, and was answered with a warning.
    quitting: bool,
    page: Page,
    detail_scroll: usize,
    help_scroll: usize,
    inquiry: Option<Inquiry>,
    views: Views,
    saving_view: Option<SaveView>,
    palette: Option<Palette>,
}

/// A frozen view.
#[derive(Debug)]
struct Frozen {
    /// The service's time at which it stands.
    at: DateTime<Utc>,
    waiting: Vec<(AsOf, Call)>,
    /// What is complete when the waiting calls are in the list.
    covered: Covered,
}

#[warn(clippy::wildcard_enum_match_arm)]
impl App {
    /// The state at the start, and what is to be done first.
    #[must_use]
    pub fn new(setup: Setup) -> (Self, Vec<Effect>) {
        let mut bar = FilterBar::new(&setup.history);
        bar.set(&setup.filter);
        bar.remember();
        let at = Standpoint {
            now: setup.now,
            zone: setup.zone,
        };
        let mut notices = setup.notices.clone();
        notices.reverse();
        let mut app = Self {
            now: setup.now,
            ahead: Ahead::default(),
            told_clock: false,
            requests: Requests::default(),
            mode: Mode::Table,
            below: Mode::Table,
            store: Store::default(),
            counts: Counts::default(),
            children: HashMap::new(),
            table: Table::default(),
            asked: Asked::new(bar.search(), at),
            open: BTreeSet::new(),
            seen: Seen::default(),
            bar,
            before_filter: None,
            turn: Turn(1),
            typed: Turn(1),
            link: Link::Connecting,
            link_at: setup.now,
            answered_at: None,
            known: Known::default(),
            older: Older::Idle,
            reach: Reach::default(),
            load: None,
            frozen: None,
            quick: None,
            form: None,
            confirm: None,
            placings: Vec::new(),
            overview: None,
            no_permission: None,
            hidden: None,
            awaited: None,
            next_wish: 1,
            recovered: Vec::new(),
            notice: None,
            notices,
            time_form: TimeForm::default(),
            wide: false,
            quitting: false,
            page: Page::default(),
            detail_scroll: 0,
            help_scroll: 0,
            inquiry: None,
            views: Views::new(&setup.views),
            saving_view: None,
            palette: None,
            setup,
        };
        app.known = Known::new(app.asked.plan());
        app.next_notice();
        let watch = Effect::Watch {
            turn: app.turn,
            plan: app.asked.plan().clone(),
        };
        (app, vec![watch])
    }

    /// Takes in what has happened; what the shell must do about it comes back.
    pub fn update(&mut self, msg: Msg) -> Vec<Effect> {
        let mut effects = Vec::new();
        match msg {
            Msg::Action(action) => self.act(action, &mut effects),
            Msg::Edit(edit) => self.edit(&edit, &mut effects),
            Msg::Mouse(mouse) => self.mouse(mouse, &mut effects),
            Msg::Tick(now) => self.tick(now),
            Msg::GoOn(pass) => {
                self.list_on(pass);
                self.inquire_on(pass);
            }
            Msg::Rested(turn) => self.rested(turn, &mut effects),
            Msg::Batch {
                turn,
                as_of,
                calls,
                at,
            } => self.arrive(turn, as_of, calls, at),
            Msg::Coverage { turn, coverage } if turn == self.turn => self.covered(&coverage),
            Msg::Older { turn, older } if turn == self.turn => self.older_is(older),
            Msg::FilterIgnored { turn } => self.filter_ignored(turn),
            Msg::Loading { turn, state } if turn == self.turn => {
                self.loading_is(state, &mut effects);
            }
            Msg::Coverage { .. } | Msg::Older { .. } | Msg::Loading { .. } => {}
            Msg::Gone { names } => self.gone(&names),
            Msg::Link { link, at } => self.link_is(link, at),
            Msg::Asked { requests, at } => self.requests.are(requests, at),
            Msg::Clock { service, at } => self.clock_is(service, at),
            Msg::Placement {
                wish,
                ticket,
                placement,
                at,
            } => {
                self.tick(at);
                self.placement_is(wish, &ticket, placement, &mut effects);
            }
            Msg::Recovered {
                ticket,
                call,
                since,
                placement,
                at,
            } => {
                self.tick(at);
                self.recovered(
                    Left {
                        ticket,
                        call,
                        since,
                    },
                    placement,
                    &mut effects,
                );
            }
            Msg::ViewSaved { name, outcome } => self.view_is_saved(&name, outcome),
            Msg::Notice(notice) => self.say(notice),
        }
        self.plan_anew(&mut effects);
        self.come_to_time();
        self.want_slice(&mut effects);
        self.inquire(&mut effects);
        self.want_older(&mut effects);
        effects
    }

    fn act(&mut self, action: Action, effects: &mut Vec<Effect>) {
        let asked_to_quit = self.quitting;
        // The palette is a way to say it, too.
        let may_confirm = self.mode == Mode::Palette || action == Action::Palette;
        self.quitting &= may_confirm;
        self.awaited = None;
        match action {
            Action::Quit => self.quit(asked_to_quit, effects),
            Action::Suspend => effects.push(Effect::Suspend),
            Action::Refresh => {
                effects.push(Effect::Refresh);
                self.ask_for_older();
                self.forget_refusal();
            }
            Action::Help => self.toggle_help(),
            Action::Back => self.back(effects),
            Action::Filter
            | Action::KeepFilter
            | Action::LeaveFilter
            | Action::EarlierFilter
            | Action::LaterFilter
            | Action::Complete
            | Action::CompleteBack
            | Action::SearchFilters => self.write(action, effects),
            Action::Choose if self.mode == Mode::History => self.take_found(effects),
            Action::Quick => {
                self.uncover();
                if self.mode != Mode::Quick {
                    self.open_quick(effects);
                }
            }
            Action::Toggle
            | Action::ClearFilter
            | Action::UndoFilter
            | Action::NextGroup
            | Action::PreviousGroup => self.quick_act(action, effects),
            Action::Choose if self.mode == Mode::Quick => self.quick_act(action, effects),
            Action::Open | Action::Copy if self.mode == Mode::Placements => {
                self.placements_act(action, effects);
            }
            Action::Up
            | Action::Down
            | Action::HalfPageUp
            | Action::HalfPageDown
            | Action::PageUp
            | Action::PageDown
            | Action::Top
            | Action::Bottom
            | Action::ScrollLeft
            | Action::ScrollRight
            | Action::Open
            | Action::NextPane
            | Action::Legs
            | Action::Sort
            | Action::SortLeft
            | Action::SortRight => self.go(action, effects),
            Action::NextFailure => self.seek_failure(true, effects),
            Action::PreviousFailure => self.seek_failure(false, effects),
            Action::Wide => self.wide = !self.wide,
            Action::TimeForm => {
                self.time_form = match self.time_form {
                    TimeForm::Clock => TimeForm::Date,
                    TimeForm::Date => TimeForm::Age,
                    TimeForm::Age => TimeForm::Clock,
                };
            }
            Action::Pause => self.pause(),
            Action::Copy => self.copy(effects),
            Action::NewCall
            | Action::Redial
            | Action::FieldDone
            | Action::NextField
            | Action::PreviousField
            | Action::RowUp
            | Action::RowDown
            | Action::RemoveRow
            | Action::NextChoice
            | Action::PreviousChoice
            | Action::ClearForm
            | Action::Place
            | Action::Yes
            | Action::No
            | Action::Choose
            | Action::OtherChoice => self.placing_act(action, effects),
            Action::Placements => self.open_placements(),
            Action::PlaceAgain => self.placements_act(action, effects),
            Action::View1
            | Action::View2
            | Action::View3
            | Action::View4
            | Action::View5
            | Action::View6
            | Action::View7
            | Action::View8
            | Action::View9
            | Action::SaveView
            | Action::KeepView
            | Action::NextViewKey
            | Action::PreviousViewKey => self.view_act(action, effects),
            Action::Palette => self.open_palette(),
            Action::Run => self.run_command(effects),
        }
    }

    fn edit(&mut self, edit: &Edit, effects: &mut Vec<Effect>) {
        self.tell_what_is_left_out(edit);
        match self.mode {
            Mode::Filter => self.edit_filter(edit, effects),
            Mode::History => self.bar.edit_words(edit),
            Mode::Form => self.edit_form(edit),
            Mode::Palette => self.edit_palette(edit),
            Mode::SaveView => self.edit_view_name(edit),
            Mode::Quick => {
                if let Edit::Insert(letter) = edit {
                    self.quick_letter(letter, effects);
                }
            }
            Mode::Table | Mode::Detail | Mode::Confirm | Mode::Help | Mode::Placements => {}
        }
    }

    fn tick(&mut self, now: DateTime<Utc>) {
        self.passes(now);
        self.requests.pass(now);
        let stale = self.notice.as_ref().is_some_and(|(notice, since)| {
            now.signed_duration_since(*since) >= notice.level.lasts()
        });
        if stale {
            self.notice = None;
            self.next_notice();
        }
        self.look_again();
    }

    fn copy(&mut self, effects: &mut Vec<Effect>) {
        if let Some(call) = self.selected() {
            let name = call.name.as_str().to_owned();
            self.say(Notice::new(Level::Done, format!("copied {name}")));
            effects.push(Effect::Copy(name));
        } else {
            self.say(Notice::new(Level::Info, "nothing is selected"));
        }
    }

    /// Shows a notice; the one on screen goes, for what comes later matters more.
    fn say(&mut self, notice: Notice) {
        self.notice = Some((notice, self.now));
    }

    fn next_notice(&mut self) {
        if let Some(notice) = self.notices.pop() {
            self.say(notice);
        }
    }
}

#[cfg(test)]
mod tests;
