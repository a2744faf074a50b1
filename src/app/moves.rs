//! Moving about: in the table, in the detail pane, in the help, along legs and failures.

use crate::call::Slot;

use super::App;
use super::column::{Column, Sort};
use super::msg::{Action, Effect, Level, Mode, Mouse, Notice};
use super::viewport;

impl App {
    /// A movement, wherever the cursor is.
    pub(super) fn go(&mut self, action: Action, effects: &mut Vec<Effect>) {
        match self.mode {
            Mode::Quick => self.quick_act(action, effects),
            Mode::Help => {
                let lines = self.lines_of(action);
                self.help_scroll = self.help_scroll.saturating_add_signed(lines);
                if action == Action::Top {
                    self.help_scroll = 0;
                }
            }
            Mode::Detail => self.go_in_detail(action),
            Mode::History => self.look_further(action == Action::Down),
            Mode::Palette => self.step_palette(self.lines_of(action)),
            Mode::Placements => self.step_placements(self.lines_of(action)),
            Mode::Table | Mode::Filter | Mode::Form | Mode::Confirm | Mode::SaveView => {
                self.go_in_table(action);
            }
        }
    }

    fn go_in_detail(&mut self, action: Action) {
        match action {
            Action::Top => self.detail_scroll = 0,
            Action::NextPane | Action::Open => self.mode = Mode::Table,
            Action::Up
            | Action::Down
            | Action::HalfPageUp
            | Action::HalfPageDown
            | Action::PageUp
            | Action::PageDown
            | Action::Bottom => {
                let lines = self.lines_of(action);
                self.detail_scroll = self.detail_scroll.saturating_add_signed(lines);
            }
            _ => {
                self.go_in_table(action);
            }
        }
    }

    fn go_in_table(&mut self, action: Action) {
        if matches!(action, Action::Bottom | Action::Legs) {
            // These say something of the whole list.
            self.table.finish(&self.store);
        }
        if action == Action::Bottom && self.table.is_at_end(&self.store) {
            self.ask_for_older();
        }
        if let Some(lines) = Some(self.lines_of(action)).filter(|&lines| lines != 0) {
            self.table.step(&self.store, lines);
            self.detail_scroll = 0;
            return;
        }
        match action {
            Action::Top => {
                self.table.follow();
                self.detail_scroll = 0;
            }
            Action::ScrollLeft => self.table.left = self.table.left.saturating_sub(1),
            Action::ScrollRight => {
                // The first column stays, and so does one beside it.
                let stops = self.table.columns().len().saturating_sub(1);
                self.table.left = viewport::moved(self.table.left, 1, stops);
            }
            Action::Open | Action::NextPane if self.selected().is_some() => {
                self.table.hold(&self.store);
                self.mode = Mode::Detail;
            }
            Action::Legs => self.seek_other_leg(),
            Action::Sort => {
                let sort = self.table.sort();
                self.sort_by(Sort {
                    reversed: !sort.reversed,
                    ..sort
                });
            }
            Action::SortLeft | Action::SortRight => {
                let right = action == Action::SortRight;
                self.sort_by(self.table.sort().beside(right, self.table.columns()));
            }
            _ => {}
        }
    }

    /// How many lines a movement is; zero for what is none.
    fn lines_of(&self, action: Action) -> isize {
        let page = isize::try_from(self.page.rows.max(2)).unwrap_or(isize::MAX) - 1;
        match action {
            Action::Up => -1,
            Action::Down => 1,
            Action::HalfPageUp => -(page / 2).max(1),
            Action::HalfPageDown => (page / 2).max(1),
            Action::PageUp => -page,
            Action::PageDown => page,
            Action::Bottom => isize::MAX,
            _ => 0,
        }
    }

    fn sort_by(&mut self, sort: Sort) {
        self.table.sort_by(&self.store, self.asked.matcher(), sort);
    }

    /// Down the list or up it, to the nearest call that failed. Where there is none, and older calls
    /// that are not loaded would come in on that side, they are asked for.
    pub(super) fn seek_failure(&mut self, down: bool, effects: &mut Vec<Effect>) {
        self.table.finish(&self.store);
        let position = self.table.position(&self.store);
        let fails = |slot: &Slot| self.store.call(*slot).is_failure();
        let found = if down {
            self.table.slots_from(position + 1).find(fails)
        } else {
            self.table.slots_before(position).find(fails)
        };
        if let Some(slot) = found {
            self.select(slot);
            return;
        }
        let place = if down { "below" } else { "above" };
        let sort = self.table.sort();
        let oldest_there = sort.column != Column::Created || down != sort.reversed;
        let more = if oldest_there && self.seek_older(effects) {
            " yet: older calls are being loaded"
        } else {
            ""
        };
        self.say(Notice::new(
            Level::Info,
            format!("no failed call {place}{more}"),
        ));
    }

    /// From a child leg to the call that it was made for, and from that to its first child.
    fn seek_other_leg(&mut self) {
        let Some(call) = self.selected() else {
            return;
        };
        let other = match &call.originating_call {
            Some(parent) => self
                .store
                .find(parent)
                .ok_or("the leg that this one was made for is not loaded"),
            None => self
                .children
                .get(&call.name)
                .and_then(|children| children.first().copied())
                .ok_or("this call has no other leg that is loaded"),
        };
        match other {
            Ok(slot) if self.table.lists(&self.store, slot) => self.select(slot),
            Ok(_) => self.say(Notice::new(
                Level::Info,
                "the other leg is hidden by the filter",
            )),
            Err(reason) => self.say(Notice::new(Level::Info, reason)),
        }
    }

    /// Puts the cursor on a listed call.
    pub(super) fn select(&mut self, slot: Slot) {
        self.table.select(&self.store, slot);
        self.detail_scroll = 0;
    }

    pub(super) fn mouse(&mut self, mouse: Mouse, effects: &mut Vec<Effect>) {
        match (mouse, self.mode) {
            (Mouse::Wheel(lines), Mode::Help) => {
                self.help_scroll = self.help_scroll.saturating_add_signed(lines as isize);
            }
            (Mouse::Wheel(lines), Mode::Detail)
            | (Mouse::WheelDetail(lines), Mode::Table | Mode::Detail | Mode::Filter) => {
                self.detail_scroll = self.detail_scroll.saturating_add_signed(lines as isize);
            }
            (Mouse::Wheel(lines), Mode::Table | Mode::Filter) => {
                self.table.scroll(&self.store, lines as isize);
            }
            (Mouse::Wheel(lines), Mode::Form) => {
                self.roll_form(lines > 0);
            }
            (Mouse::Row(row), Mode::Table | Mode::Filter | Mode::Detail) => {
                if let Some(slot) = self.table.at(self.table.top(&self.store) + row) {
                    if self.mode == Mode::Filter {
                        self.keep_filter(effects);
                    } else {
                        self.mode = Mode::Table;
                    }
                    self.select(slot);
                }
            }
            (Mouse::Field(spot), Mode::Form) => self.point_in_form(spot),
            (Mouse::Command(row), Mode::Palette) => self.run_row(row, effects),
            (Mouse::Wheel(lines) | Mouse::WheelDetail(lines), Mode::Palette) => {
                self.step_palette(lines as isize);
            }
            (Mouse::Detail, Mode::Table) if self.selected().is_some() => {
                self.table.hold(&self.store);
                self.mode = Mode::Detail;
            }
            (Mouse::FilterBar(at), Mode::Table | Mode::Detail | Mode::Filter | Mode::Quick) => {
                self.open_filter(effects);
                self.bar.point(at);
            }
            (Mouse::Offer(number), _) => self.take_listed(number, effects),
            (Mouse::Switch(at), Mode::Quick) => self.press(at, effects),
            (Mouse::Wheel(lines) | Mouse::WheelDetail(lines), Mode::Quick) => {
                let action = if lines < 0 { Action::Up } else { Action::Down };
                self.quick_act(action, effects);
            }
            (Mouse::Placement(row), Mode::Placements) => self.point_at_placement(row),
            (Mouse::Wheel(lines) | Mouse::WheelDetail(lines), Mode::Placements) => {
                self.step_placements(lines as isize);
            }
            (Mouse::Placings, Mode::Table | Mode::Detail | Mode::Filter | Mode::Form) => {
                self.open_placements();
            }
            (Mouse::WheelDetail(lines), Mode::Form | Mode::Help) => {
                self.mouse(Mouse::Wheel(lines), effects);
            }
            (Mouse::Wheel(lines) | Mouse::WheelDetail(lines), Mode::History) => {
                self.look_further(lines > 0);
            }
            (Mouse::Wheel(_) | Mouse::WheelDetail(_), Mode::Confirm | Mode::SaveView)
            | (
                Mouse::Row(_)
                | Mouse::Field(_)
                | Mouse::Command(_)
                | Mouse::Detail
                | Mouse::FilterBar(_)
                | Mouse::Placings
                | Mouse::Placement(_)
                | Mouse::Switch(_),
                _,
            ) => {}
        }
    }
}
