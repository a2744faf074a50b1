//! Saved views: a filter with columns and an order under a name, and which of them applies.

use crate::call::is_hostile;
use crate::filter::Search;

use super::App;
use super::column::{Column, Sort};
use super::msg::{Action, Effect, Level, Mode, Notice};

/// How many characters the name of a view may have.
pub const MAX_VIEW_NAME: usize = 40;

/// A key that a view can be on: 1 to 9.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ViewKey(u8);

impl ViewKey {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self(1),
        Self(2),
        Self(3),
        Self(4),
        Self(5),
        Self(6),
        Self(7),
        Self(8),
        Self(9),
    ];

    /// The key of a number; nothing for other numbers than 1 to 9.
    pub fn new(number: u8) -> Option<Self> {
        (1..=9).contains(&number).then_some(Self(number))
    }

    /// Its number.
    pub fn number(self) -> u8 {
        self.0
    }

    /// What it asks for.
    pub fn action(self) -> Action {
        match self.0 {
            1 => Action::View1,
            2 => Action::View2,
            3 => Action::View3,
            4 => Action::View4,
            5 => Action::View5,
            6 => Action::View6,
            7 => Action::View7,
            8 => Action::View8,
            _ => Action::View9,
        }
    }
}

/// A filter with columns and an order under a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SavedView {
    /// What it is called: for no two views the same.
    pub name: String,
    /// Which calls it shows, in the console's language; empty for all.
    pub filter: String,
    /// What it shows of them, from left to right; never nothing.
    pub columns: Vec<Column>,
    /// Their order.
    pub sort: Sort,
    /// The key that brings it up.
    pub key: Option<ViewKey>,
}

impl SavedView {
    /// A view of some calls with everything else as it is at the start.
    pub fn of(name: &str, filter: &str) -> Self {
        Self {
            name: name.to_owned(),
            filter: filter.to_owned(),
            columns: Column::ALL.to_vec(),
            sort: Sort::default(),
            key: None,
        }
    }

    /// Whether a view can be called so.
    ///
    /// # Errors
    ///
    /// Says what is wrong with the name, as a sentence without its full stop.
    pub fn check_name(name: &str) -> Result<(), String> {
        if name.trim().is_empty() {
            return Err("a view needs a name".to_owned());
        }
        if name.trim() != name {
            return Err("the name of a view neither begins nor ends with a blank".to_owned());
        }
        if name.chars().count() > MAX_VIEW_NAME {
            return Err(format!(
                "the name of a view has at most {MAX_VIEW_NAME} characters"
            ));
        }
        if name.chars().any(is_hostile) {
            return Err("the name of a view has a character that does not show".to_owned());
        }
        Ok(())
    }

    /// The views of the first day. Each gives way to a configured one of its name, and gives its key
    /// to a configured one of that key.
    fn built_in() -> impl Iterator<Item = Self> {
        use Column::{Created, Direction, Error, From, Price, State, Talk, To};
        const USUAL: &[Column] = &Column::ALL;
        const FAILED: &[Column] = &[State, Error, From, To, Created];
        const UNDER_WAY: &[Column] = &[State, Direction, From, To, Created, Talk];
        const TALKED: &[Column] = &[State, Direction, From, To, Created, Talk, Price];
        let views: [(&str, &str, &[Column]); 6] = [
            ("all", "", USUAL),
            (
                "live",
                "state = queued, starting, ringing, in-progress",
                UNDER_WAY,
            ),
            ("failed 1h", "failed since:1h", FAILED),
            ("failed today", "failed today", FAILED),
            (
                "not reached 1h",
                "state = busy, not-answered, rejected since:1h",
                USUAL,
            ),
            // Answered and gone again: what people do who hear nothing.
            ("cut short 1h", "completed talk<5s since:1h", TALKED),
        ];
        views
            .into_iter()
            .zip(ViewKey::ALL)
            .map(|((name, filter, columns), key)| Self {
                columns: columns.to_vec(),
                key: Some(key),
                ..Self::of(name, filter)
            })
    }
}

/// The view that was chosen last and not left since.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InForce<'a> {
    /// What it is called.
    pub name: &'a str,
    /// Whether filter, order or columns are others than the view's by now.
    pub changed: bool,
}

/// All views, and which of them was chosen.
#[derive(Debug, Default)]
pub(super) struct Views {
    all: Vec<SavedView>,
    chosen: Option<(SavedView, Search)>,
}

impl Views {
    /// The configured views over those that are built in.
    pub(super) fn new(configured: &[SavedView]) -> Self {
        let mut views = Self::default();
        for view in SavedView::built_in().chain(configured.iter().cloned()) {
            views.put(view);
        }
        views
    }

    /// Takes a view in, in place of one of its name; one that has its key loses it.
    pub(super) fn put(&mut self, view: SavedView) {
        self.all.retain(|other| other.name != view.name);
        for other in &mut self.all {
            if view.key.is_some() && other.key == view.key {
                other.key = None;
            }
        }
        self.all.push(view);
        // Those without a key stay in the order in which they came.
        self.all.sort_by_key(|view| (view.key.is_none(), view.key));
    }

    /// All of them: by their keys, then those without.
    pub(super) fn all(&self) -> &[SavedView] {
        &self.all
    }

    /// The one of this name.
    pub(super) fn named(&self, name: &str) -> Option<&SavedView> {
        self.all.iter().find(|view| view.name == name)
    }

    /// The one on this key.
    pub(super) fn on(&self, key: ViewKey) -> Option<&SavedView> {
        self.all.iter().find(|view| view.key == Some(key))
    }

    /// A key that no view has, or else one that only a built-in view has.
    pub(super) fn free_key(&self) -> Option<ViewKey> {
        let built_in = |key: &ViewKey| {
            let on = self.on(*key);
            on.is_some_and(|view| SavedView::built_in().any(|it| it == *view))
        };
        ViewKey::ALL
            .into_iter()
            .find(|key| self.on(*key).is_none())
            .or_else(|| ViewKey::ALL.into_iter().rev().find(built_in))
    }

    /// The name of the one that was chosen.
    pub(super) fn chosen(&self) -> Option<&str> {
        self.chosen.as_ref().map(|(view, _)| view.name.as_str())
    }

    pub(super) fn choose(&mut self, view: SavedView) {
        let search = Search::parse(&view.filter).unwrap_or_default();
        self.chosen = Some((view, search));
    }
}

impl App {
    /// All views: by their keys, then those without.
    pub fn views(&self) -> &[SavedView] {
        self.views.all()
    }

    /// The view on a key.
    pub fn view_on(&self, key: ViewKey) -> Option<&SavedView> {
        self.views.on(key)
    }

    /// The view that was chosen last and not left since.
    pub fn view_in_force(&self) -> Option<InForce<'_>> {
        let (view, search) = self.views.chosen.as_ref()?;
        let same = self.bar.search() == search
            && self.table.sort() == view.sort
            && self.table.columns() == view.columns;
        Some(InForce {
            name: &view.name,
            changed: !same,
        })
    }

    /// What there is to do about views.
    pub(super) fn view_act(&mut self, action: Action, effects: &mut Vec<Effect>) {
        match action {
            Action::SaveView => self.open_save_view(),
            Action::KeepView => self.keep_view(effects),
            Action::NextViewKey => self.turn_view_key(true),
            Action::PreviousViewKey => self.turn_view_key(false),
            other => {
                let mut keys = ViewKey::ALL.into_iter();
                if let Some(key) = keys.find(|key| key.action() == other) {
                    self.view_by_key(key, effects);
                }
            }
        }
    }

    /// Shows the view on a key.
    fn view_by_key(&mut self, key: ViewKey, effects: &mut Vec<Effect>) {
        if let Some(view) = self.views.on(key) {
            self.apply_view(view.clone(), effects);
        } else {
            let number = key.number();
            self.say(Notice::new(
                Level::Info,
                format!("no view is on {number} yet: V saves what is on screen as one"),
            ));
        }
    }

    /// Shows a view: its filter goes into the bar, its columns and its order to the table.
    pub(super) fn apply_view(&mut self, view: SavedView, effects: &mut Vec<Effect>) {
        if self.mode == Mode::Detail {
            self.mode = Mode::Table;
        }
        self.table.show(&view.columns);
        let before = self.bar.search().clone();
        let reordered = self.table.order_by(&self.store, view.sort);
        self.remember(effects);
        self.write_filter(&view.filter, effects);
        // Another filter has listed the calls anew already.
        if reordered && *self.bar.search() == before {
            self.table.relist(&self.store, self.asked.matcher());
        }
        self.before_filter = None;
        self.views.choose(view);
    }

    /// Whether back leaves a view although there is no filter to drop.
    pub(super) fn view_arranges(&self) -> bool {
        self.views
            .chosen
            .as_ref()
            .is_some_and(|(view, _)| view.columns != Column::ALL || !view.sort.is_newest_first())
    }

    /// Leaves the view: what it had put in order is as it was before any view, what has been changed
    /// since stays. True if the calls have to be listed anew for it.
    pub(super) fn leave_view(&mut self) -> bool {
        let Some((view, _)) = self.views.chosen.take() else {
            return false;
        };
        if self.table.columns() == view.columns {
            self.table.show(&Column::ALL);
        }
        self.table.sort() == view.sort && self.table.order_by(&self.store, Sort::default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn on(name: &str, key: u8) -> SavedView {
        SavedView {
            key: ViewKey::new(key),
            ..SavedView::of(name, "busy")
        }
    }

    #[test]
    fn the_built_in_views_are_right_and_on_the_first_keys() {
        for (view, key) in SavedView::built_in().zip(ViewKey::ALL) {
            Search::parse(&view.filter).unwrap();
            SavedView::check_name(&view.name).unwrap();
            assert_eq!(view.key, Some(key));
            assert!(!view.columns.is_empty());
        }
        let live = SavedView::built_in().nth(1).unwrap();
        let written =
            "state = queued OR state = starting OR state = ringing OR state = in_progress";
        let same = Search::parse(written).unwrap().to_string();
        assert_eq!(Search::parse(&live.filter).unwrap().to_string(), same);
    }

    #[test]
    fn a_configured_view_takes_the_place_of_a_built_in_one() {
        let views = Views::new(&[on("mine", 3), on("live", 8)]);
        assert_eq!(views.on(ViewKey(3)).unwrap().name, "mine");
        assert_eq!(views.named("failed 1h").unwrap().key, None);
        assert_eq!(views.on(ViewKey(2)), None);
        assert_eq!(views.named("live").unwrap().filter, "busy");
        let names: Vec<_> = views.all().iter().map(|it| it.name.as_str()).collect();
        let order = [
            "all",
            "mine",
            "failed today",
            "not reached 1h",
            "cut short 1h",
            "live",
            "failed 1h",
        ];
        assert_eq!(names, order);
    }

    #[test]
    fn a_new_view_is_offered_a_free_key_and_never_one_that_somebody_has_chosen() {
        assert_eq!(Views::new(&[]).free_key(), ViewKey::new(7));
        let mine: Vec<_> = (7..=9).map(|key| on(&format!("v{key}"), key)).collect();
        assert_eq!(Views::new(&mine).free_key(), ViewKey::new(6));
        let mine: Vec<_> = (1..=9).map(|key| on(&format!("v{key}"), key)).collect();
        assert_eq!(Views::new(&mine).free_key(), None);
    }

    #[test]
    fn a_name_is_short_and_shows() {
        assert_eq!(SavedView::check_name("失敗した通話"), Ok(()));
        for name in ["", "  ", " a", "a\u{1b}[31m", "a\u{202e}b"] {
            assert!(SavedView::check_name(name).is_err(), "{name:?}");
        }
        assert!(SavedView::check_name(&"x".repeat(1_000)).is_err());
    }
}
