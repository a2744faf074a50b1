//! The prompt that saves what is on screen as a view: a name, and the key that brings it up.

use super::App;
use super::line::Line;
use super::msg::{Edit, Effect, Level, Mode, Notice};
use super::views::{SavedView, ViewKey, Views};

/// Which key the view is to be on.
#[derive(Debug, Clone, Copy)]
enum Wish {
    /// Nothing was asked for: that of the view of this name, or a free one.
    Own,
    /// This one, or none.
    Chosen(Option<ViewKey>),
}

/// A view on its way to the configuration.
#[derive(Debug)]
pub struct SaveView {
    /// The mode that it was opened from.
    from: Mode,
    line: Line,
    key: Wish,
    /// What was wrong with the name when it was to be saved.
    remark: Option<String>,
}

impl SaveView {
    fn new(from: Mode, name: &str) -> Self {
        Self {
            from,
            line: Line::new(name),
            key: Wish::Own,
            remark: None,
        }
    }

    /// The mode that it was opened from.
    pub(super) fn from(&self) -> Mode {
        self.from
    }

    /// The name under edit.
    pub fn line(&self) -> &Line {
        &self.line
    }

    /// What is wrong with the name.
    pub fn remark(&self) -> Option<&str> {
        self.remark.as_deref()
    }

    fn name(&self) -> &str {
        self.line.text().trim()
    }

    fn key(&self, views: &Views) -> Option<ViewKey> {
        match self.key {
            Wish::Chosen(key) => key,
            Wish::Own => views
                .named(self.name())
                .map_or_else(|| views.free_key(), |view| view.key),
        }
    }

    fn edit(&mut self, edit: &Edit) {
        if self.line.edit(edit) {
            self.remark = None;
        }
    }

    /// Another key: round through 1 to 9 and none.
    fn turn(&mut self, views: &Views, forward: bool) {
        let keys = ViewKey::ALL.into_iter().map(Some);
        let round: Vec<Option<ViewKey>> = keys.chain([None]).collect();
        let now = self.key(views);
        let at = round.iter().position(|&key| key == now).unwrap_or_default();
        let step = if forward { 1 } else { round.len() - 1 };
        let next = round.get((at + step) % round.len()).copied();
        self.key = Wish::Chosen(next.flatten());
    }
}

impl App {
    /// The prompt that saves a view, while it is open.
    pub fn saving_view(&self) -> Option<&SaveView> {
        self.saving_view.as_ref()
    }

    /// The view that the prompt would save.
    pub fn view_to_save(&self) -> Option<SavedView> {
        let saving = self.saving_view.as_ref()?;
        let filter = if self.bar.error().is_some() {
            self.bar.search().to_string()
        } else {
            self.bar.line().text().trim().to_owned()
        };
        Some(SavedView {
            name: saving.name().to_owned(),
            filter,
            columns: self.table.columns().to_vec(),
            sort: self.table.sort(),
            key: saving.key(&self.views),
        })
    }

    pub(super) fn open_save_view(&mut self) {
        self.uncover();
        let name = self.views.chosen().unwrap_or_default();
        self.saving_view = Some(SaveView::new(self.mode, name));
        self.mode = Mode::SaveView;
    }

    pub(super) fn edit_view_name(&mut self, edit: &Edit) {
        if let Some(saving) = &mut self.saving_view {
            saving.edit(edit);
        }
    }

    pub(super) fn turn_view_key(&mut self, forward: bool) {
        if let Some(saving) = &mut self.saving_view {
            saving.turn(&self.views, forward);
        }
    }

    pub(super) fn close_save_view(&mut self) {
        self.mode = self.beneath(Mode::SaveView);
        self.saving_view = None;
    }

    /// Takes the view in at once; the shell writes it down.
    pub(super) fn keep_view(&mut self, effects: &mut Vec<Effect>) {
        let Some(view) = self.view_to_save() else {
            return;
        };
        if let Err(wrong) = SavedView::check_name(&view.name) {
            if let Some(saving) = &mut self.saving_view {
                saving.remark = Some(wrong);
            }
            return;
        }
        self.views.put(view.clone());
        self.views.choose(view.clone());
        effects.push(Effect::SaveView(Box::new(view)));
        self.close_save_view();
    }

    /// What became of the writing.
    pub(super) fn view_is_saved(&mut self, name: &str, outcome: Result<String, String>) {
        self.say(match outcome {
            Ok(place) => Notice::new(Level::Done, format!("saved the view {name} in {place}")),
            Err(why) => Notice::new(
                Level::Error,
                format!("the view {name} lasts until you leave only: {why}"),
            ),
        });
    }
}
