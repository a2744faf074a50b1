//! The console's state and its one transition: everything that can be seen, and nothing else.
//!
//! [`App::update`] is total and pure: it awaits nothing and reads no clock, file or environment. What
//! only the shell can do it asks for by the [`Effect`]s that it returns.

mod ahead;
mod arrivals;
mod asked;
mod column;
mod column_key;
mod confirm;
mod filter_bar;
mod form;
mod line;
mod listing;
mod moves;
mod msg;
mod placing;
mod reading;
mod table;
mod viewport;

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use crate::call::{AsOf, Call, CallName, Coverage, Link, ProjectName, Slot, Store, Turn};
use crate::filter::Standpoint;
use crate::insight::Counts;

use ahead::Ahead;
use asked::Asked;

pub use column::{Column, Sort};
pub use confirm::{Choice, Confirm};
pub use filter_bar::FilterBar;
pub use form::{Field, Form, Remark, Stage, Weight};
pub use line::Line;
pub use msg::{Action, Edit, Effect, Level, Mode, Mouse, Msg, Notice, Older, Pass, WishId};
pub use placing::Placing;
pub use table::{Cursor, Table};

/// What the console is told once, at its start.
#[derive(Debug, Clone)]
pub struct Setup {
    /// The profile's name; `sandbox` for the embedded one.
    pub profile: String,
    /// The project whose calls are shown.
    pub project: ProjectName,
    /// Where the service is, for people.
    pub endpoint: String,
    /// Whether the service is the embedded sandbox.
    pub sandbox: bool,
    /// Whether calls may be placed.
    pub read_only: bool,
    /// The zone in which times are shown.
    pub zone: Tz,
    /// The filter to start with, as text.
    pub filter: String,
    /// The time at the start.
    pub now: DateTime<Utc>,
    /// What there is to say at the start, such as a log file that cannot be written.
    pub notices: Vec<Notice>,
}

/// How times of day are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TimeForm {
    /// `14:03:11`
    #[default]
    Clock,
    /// `23 Nov 14:03:11`
    Date,
    /// `2m11s ago`
    Age,
}

/// Sizes of the screen's regions that decide what a page is; measured before each frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Page {
    /// Rows of the table.
    pub rows: usize,
    /// Whether the screen is too small to show anything: nothing may then be agreed to.
    pub too_small: bool,
    /// Lines of the detail that are out of sight when it is not scrolled.
    pub detail_beyond: usize,
    /// The same of the help.
    pub help_beyond: usize,
}

/// The whole state.
#[derive(Debug)]
pub struct App {
    setup: Setup,
    now: DateTime<Utc>,
    /// How far the service's clock is ahead of this machine's, as its timestamps show.
    ahead: Ahead,
    mode: Mode,
    /// The mode below the help or the confirmation.
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
    /// Where the cursor was before the filter was written.
    before_filter: Option<Cursor>,
    /// The generation that the service is asked for.
    turn: Turn,
    /// The generation of what was typed last.
    typed: Turn,
    link: Link,
    link_at: DateTime<Utc>,
    /// When the last whole poll was answered.
    answered_at: Option<DateTime<Utc>>,
    coverage: Coverage,
    older: Older,
    /// Readings that came in while the view was frozen.
    frozen: Option<Frozen>,
    form: Option<Form>,
    /// The values of the last call that was placed: a start for the next form.
    last_form: Option<Form>,
    confirm: Option<Confirm>,
    placings: Vec<Placing>,
    next_wish: u32,
    notice: Option<(Notice, DateTime<Utc>)>,
    notices: Vec<Notice>,
    time_form: TimeForm,
    wide: bool,
    /// Whether the last thing asked for was to leave, and was answered with a warning.
    quitting: bool,
    page: Page,
    detail_scroll: usize,
    help_scroll: usize,
}

/// A frozen view.
#[derive(Debug)]
struct Frozen {
    /// The service's time at which it stands.
    at: DateTime<Utc>,
    waiting: Vec<(AsOf, Call)>,
    /// What is to be said of completeness when the waiting calls are in the list.
    coverage: Option<Coverage>,
}

#[warn(clippy::wildcard_enum_match_arm)]
impl App {
    /// The state at the start, and what is to be done first.
    #[must_use]
    pub fn new(setup: Setup) -> (Self, Vec<Effect>) {
        let mut bar = FilterBar::default();
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
            mode: Mode::Table,
            below: Mode::Table,
            store: Store::default(),
            counts: Counts::default(),
            children: HashMap::new(),
            table: Table::default(),
            asked: Asked::new(bar.search(), at),
            open: BTreeSet::new(),
            bar,
            before_filter: None,
            turn: Turn(1),
            typed: Turn(1),
            link: Link::Connecting,
            link_at: setup.now,
            answered_at: None,
            coverage: Coverage::None,
            older: Older::Idle,
            frozen: None,
            form: None,
            last_form: None,
            confirm: None,
            placings: Vec::new(),
            next_wish: 1,
            notice: None,
            notices,
            time_form: TimeForm::default(),
            wide: false,
            quitting: false,
            page: Page::default(),
            detail_scroll: 0,
            help_scroll: 0,
            setup,
        };
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
            Msg::GoOn(pass) => self.list_on(pass),
            Msg::Rested(turn) => self.rested(turn, &mut effects),
            Msg::Batch {
                turn,
                as_of,
                calls,
                at,
            } => self.arrive(turn, as_of, calls, at),
            Msg::Coverage { turn, coverage } if turn == self.turn => self.covered(coverage),
            Msg::Older { turn, older } if turn == self.turn => self.older_is(older),
            Msg::Coverage { .. } | Msg::Older { .. } => {}
            Msg::Gone { names } => self.gone(&names),
            Msg::Link { link, at } => self.link_is(link, at),
            Msg::Placement {
                wish,
                ticket,
                placement,
                at,
            } => {
                self.tick(at);
                self.placement_is(wish, &ticket, placement);
            }
            Msg::Notice(notice) => self.say(notice),
        }
        self.plan_anew(&mut effects);
        self.want_slice(&mut effects);
        self.want_older(&mut effects);
        effects
    }

    /// Tells how big the pages are; before each frame, after the updates.
    pub fn measure(&mut self, page: Page) -> Vec<Effect> {
        let mut effects = Vec::new();
        self.page = page;
        self.detail_scroll = self.detail_scroll.min(page.detail_beyond);
        self.help_scroll = self.help_scroll.min(page.help_beyond);
        self.table.measure(&self.store, page.rows);
        self.want_older(&mut effects);
        effects
    }

    fn act(&mut self, action: Action, effects: &mut Vec<Effect>) {
        let asked_to_quit = std::mem::take(&mut self.quitting);
        match action {
            Action::Quit => self.quit(asked_to_quit, effects),
            Action::Suspend => effects.push(Effect::Suspend),
            Action::Refresh => {
                effects.push(Effect::Refresh);
                if matches!(self.older, Older::Failed(_)) {
                    self.older = Older::Idle;
                }
            }
            Action::Help => self.toggle_help(),
            Action::Back => self.back(effects),
            Action::Filter => self.open_filter(),
            Action::KeepFilter => self.keep_filter(effects),
            Action::DropFilter => self.drop_filter(effects),
            Action::EarlierFilter => self.recall_filter(true, effects),
            Action::LaterFilter => self.recall_filter(false, effects),
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
            | Action::NextFailure
            | Action::PreviousFailure
            | Action::Legs
            | Action::Sort
            | Action::SortLeft
            | Action::SortRight => self.go(action),
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
            | Action::NextField
            | Action::PreviousField
            | Action::NextChoice
            | Action::PreviousChoice
            | Action::ClearForm
            | Action::Place
            | Action::Yes
            | Action::No
            | Action::Choose
            | Action::OtherChoice => self.placing_act(action, effects),
        }
    }

    fn edit(&mut self, edit: &Edit, effects: &mut Vec<Effect>) {
        match self.mode {
            Mode::Filter => {
                if self.bar.edit(edit) {
                    self.filter_changed(effects);
                }
            }
            Mode::Form => self.edit_form(edit),
            Mode::Table | Mode::Detail | Mode::Confirm | Mode::Help => {}
        }
    }

    fn tick(&mut self, now: DateTime<Utc>) {
        self.now = now;
        let stale = self.notice.as_ref().is_some_and(|(notice, since)| {
            now.signed_duration_since(*since) >= notice.level.lasts()
        });
        if stale {
            self.notice = None;
            self.next_notice();
        }
        self.forget_settled();
        self.look_again();
    }

    fn back(&mut self, effects: &mut Vec<Effect>) {
        match self.mode {
            Mode::Help => self.toggle_help(),
            Mode::Confirm => self.placing_act(Action::No, effects),
            Mode::Form | Mode::Detail => self.mode = Mode::Table,
            Mode::Filter => self.drop_filter(effects),
            Mode::Table => {
                self.notice = None;
                self.next_notice();
                if self.bar.line().is_empty() {
                    self.table.hold(&self.store);
                } else {
                    self.drop_filter(effects);
                }
            }
        }
    }

    fn toggle_help(&mut self) {
        if self.mode == Mode::Help {
            self.mode = self.below;
        } else {
            self.below = self.mode;
            self.mode = Mode::Help;
            self.help_scroll = 0;
        }
    }

    fn open_filter(&mut self) {
        self.mode = Mode::Filter;
        self.before_filter
            .get_or_insert_with(|| self.table.cursor());
    }

    fn keep_filter(&mut self, effects: &mut Vec<Effect>) {
        if self.bar.finish() {
            self.filter_changed(effects);
        }
        if self.bar.error().is_some() {
            // The text stays under the cursor until it is right: nothing typed is lost.
            return;
        }
        self.bar.remember();
        self.before_filter = None;
        self.mode = Mode::Table;
    }

    fn drop_filter(&mut self, effects: &mut Vec<Effect>) {
        self.bar.remember();
        self.mode = Mode::Table;
        if self.bar.set("") {
            self.filter_changed(effects);
        }
        if let Some(cursor) = self.before_filter.take() {
            self.table.set_cursor(&self.store, cursor);
        }
    }

    fn recall_filter(&mut self, further_back: bool, effects: &mut Vec<Effect>) {
        if self.bar.recall(further_back) {
            self.filter_changed(effects);
        }
    }

    /// Older calls are wanted as soon as the end of the list comes near.
    fn want_older(&mut self, effects: &mut Vec<Effect>) {
        let complete = self.coverage == Coverage::Everything;
        let asks = self.older == Older::Idle && !complete && self.coverage != Coverage::None;
        // What comes in behind a frozen view fills no page, and what is typed is about to change it.
        let still = self.frozen.is_none() && !self.is_resting() && self.table.is_whole();
        if asks && still && self.page.rows > 0 && self.table.nears_oldest(&self.store) {
            self.older = Older::Loading;
            effects.push(Effect::LoadOlder(self.turn));
        }
    }

    /// Leaves; but first says so if that leaves a wish to call of which nobody knows the outcome.
    fn quit(&mut self, again: bool, effects: &mut Vec<Effect>) {
        let open = self
            .placings
            .iter()
            .filter(|placing| !placing.placement.is_settled())
            .count();
        if open == 0 || again {
            effects.push(Effect::Quit);
            return;
        }
        self.quitting = true;
        self.say(Notice::new(
            Level::Warning,
            "a call is being placed and its outcome is not known yet: once more to leave all the same",
        ));
    }

    fn older_is(&mut self, older: Older) {
        self.older = older;
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
