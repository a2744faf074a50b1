//! What lies over the panes, and what it was opened over: one step back always leads down.
//!
//! The help may lie over anything else. The palette, the prompt that saves a view and the list of placements lie over panes,
//! forms and menus, but never over each other or over the help.

use super::App;
use super::msg::Mode;

impl App {
    /// The mode directly below one: another than this only for what lies over others.
    pub(super) fn beneath(&self, mode: Mode) -> Mode {
        let below = match mode {
            Mode::Help => Some(self.below),
            Mode::Palette => self.palette().map(super::Palette::from),
            Mode::SaveView => self.saving_view().map(super::SaveView::from),
            Mode::Placements => self.placements().map(super::Placements::from),
            Mode::Table
            | Mode::Detail
            | Mode::Filter
            | Mode::History
            | Mode::Quick
            | Mode::Form
            | Mode::Confirm => Some(mode),
        };
        below.map_or(Mode::Table, |mode| self.still_there(mode))
    }

    /// The mode whose panes are below the help, the palette, the prompt and the list.
    pub fn mode_of_panes(&self) -> Mode {
        self.beneath(self.beneath(self.mode))
    }

    /// Closes the help, the palette and the prompt, before something is opened that does not lie over
    /// them.
    pub(super) fn uncover(&mut self) {
        self.mode = self.mode_of_panes();
        self.palette = None;
        self.saving_view = None;
        self.overview = None;
    }

    /// A mode to go back to, or the nearest one if what it shows has gone meanwhile.
    fn still_there(&self, mode: Mode) -> Mode {
        let is_there = match mode {
            Mode::Quick => self.quick.is_some(),
            Mode::History => self.bar.looking().is_some(),
            Mode::Form => self.form.is_some(),
            Mode::Confirm => self.confirm.is_some(),
            Mode::Palette => self.palette.is_some(),
            Mode::SaveView => self.saving_view.is_some(),
            Mode::Placements => self.overview.is_some(),
            Mode::Table | Mode::Detail | Mode::Filter | Mode::Help => true,
        };
        if is_there { mode } else { Mode::Table }
    }
}
