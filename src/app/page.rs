//! What the state has to know of the screen's sizes.

use super::App;
use super::msg::Effect;

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
    /// Rows of the palette.
    pub palette_rows: usize,
    /// Rows of the list of placements.
    pub placement_rows: usize,
}

impl App {
    /// Tells how big the pages are; before each frame, after the updates.
    pub fn measure(&mut self, page: Page) -> Vec<Effect> {
        let mut effects = Vec::new();
        self.page = page;
        self.detail_scroll = self.detail_scroll.min(page.detail_beyond);
        self.help_scroll = self.help_scroll.min(page.help_beyond);
        self.table.measure(&self.store, page.rows);
        self.measure_palette(page.palette_rows);
        self.measure_placements(page.placement_rows);
        self.want_older(&mut effects);
        effects
    }
}
