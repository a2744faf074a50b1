//! One step back from wherever somebody is, and to the help and back.

use super::App;
use super::msg::{Action, Effect, Mode};

impl App {
    pub(super) fn back(&mut self, effects: &mut Vec<Effect>) {
        match self.mode {
            Mode::Help => self.toggle_help(),
            Mode::Confirm => self.placing_act(Action::No, effects),
            Mode::Form => self.leave_form(),
            Mode::Detail => self.mode = Mode::Table,
            Mode::Filter => self.leave_filter(effects),
            Mode::History => self.stop_looking(),
            Mode::Palette => self.close_palette(),
            Mode::SaveView => self.close_save_view(),
            Mode::Placements => self.close_placements(),
            Mode::Quick => self.close_quick(effects),
            Mode::Table => {
                if self.stop_load(effects) {
                    return;
                }
                self.notice = None;
                self.next_notice();
                let hidden = self.take_hidden();
                if self.bar.line().is_empty() && !self.view_arranges() {
                    self.table.hold(&self.store);
                } else {
                    self.drop_filter(effects);
                    if let Some(slot) = hidden {
                        self.show(slot, effects);
                    }
                }
            }
        }
    }

    pub(super) fn toggle_help(&mut self) {
        if self.mode == Mode::Help {
            self.mode = self.beneath(Mode::Help);
        } else {
            self.below = self.mode;
            self.mode = Mode::Help;
            self.help_scroll = 0;
        }
    }
}
