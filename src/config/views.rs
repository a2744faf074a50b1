//! The views of the configuration file, each `[view.NAME]` checked when the file is read.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::file::{Entry, Reader, entries};
use super::{ConfigError, nearest};
use crate::app::{Column, SavedView, Sort, ViewKey};
use crate::filter::Search;

/// The keys of a view.
pub(super) const VIEW_KEYS: [&str; 4] = ["filter", "columns", "sort", "key"];

/// The word behind a column that turns its order round.
const REVERSED: &str = "reversed";

impl Reader<'_> {
    /// All views, in the order of the file. One that is wrong is left out, and what is wrong with it
    /// is said: it is no reason to be without the others, nor without a console.
    pub(super) fn views(
        &self,
        entry: &Entry<'_>,
        notices: &mut Vec<String>,
    ) -> Result<Vec<SavedView>, ConfigError> {
        let Some(table) = entry.value.get_ref().as_table() else {
            return Err(self
                .error(entry, "view is the table of all views")
                .remedy("write [view.NAME] to add one"));
        };
        let mut views: Vec<SavedView> = Vec::new();
        for entry in entries(table) {
            match self.named_view(&entry, &views) {
                Ok(view) => views.push(view),
                Err(wrong) => {
                    notices.push(format!("{wrong}; the view {:?} is left out", entry.key));
                }
            }
        }
        Ok(views)
    }

    fn named_view(
        &self,
        entry: &Entry<'_>,
        before: &[SavedView],
    ) -> Result<SavedView, ConfigError> {
        SavedView::check_name(entry.key)
            .map_err(|wrong| self.error(entry, format!("{wrong}: {:?}", entry.key)))?;
        let Some(table) = entry.value.get_ref().as_table() else {
            return Err(self
                .error(entry, "a view is a table")
                .remedy(format!("write [view.{:?}]", entry.key)));
        };
        self.view(entry.key, table, before)
    }

    fn view(
        &self,
        name: &str,
        table: &DeTable<'_>,
        before: &[SavedView],
    ) -> Result<SavedView, ConfigError> {
        let mut view = SavedView::of(name, "");
        for entry in entries(table) {
            match entry.key {
                "filter" => view.filter = self.filter(&entry)?,
                "columns" => view.columns = self.columns(&entry)?,
                "sort" => view.sort = self.read(&entry, sort)?.value,
                "key" => {
                    let key = self.view_key(&entry)?;
                    if let Some(other) = before.iter().find(|it| it.key == Some(key)) {
                        let what = format!(
                            "the key {} is that of the view {:?} already",
                            key.number(),
                            other.name
                        );
                        return Err(ConfigError::at(self.place_of(entry.value), what)
                            .remedy("give one of them another"));
                    }
                    view.key = Some(key);
                }
                _ => return Err(self.unknown(&entry, &VIEW_KEYS)),
            }
        }
        Ok(view)
    }

    /// The text of a filter, which has to be right; the place told is that of its mistake.
    fn filter(&self, entry: &Entry<'_>) -> Result<String, ConfigError> {
        let text = self.read(entry, |text| Ok(text.to_owned()))?.value;
        let Err(wrong) = Search::parse(&text) else {
            return Ok(text);
        };
        let span = entry.value.span();
        let written = self.text.get(span.clone()).unwrap_or_default();
        // Only a text without escapes stands in the file as it is.
        let at = match written.find(&text) {
            Some(quotes) if !text.is_empty() => span.start + quotes + wrong.span.start,
            _ => span.start,
        };
        let error = ConfigError::at(self.place(at), format!("filter: {}", wrong.message));
        Err(match wrong.hint {
            Some(hint) => error.remedy(hint),
            None => error,
        })
    }

    fn columns(&self, entry: &Entry<'_>) -> Result<Vec<Column>, ConfigError> {
        let wanted = "a list of columns in brackets";
        let Some(list) = entry.value.get_ref().as_array() else {
            return Err(self.ill_typed(entry, wanted));
        };
        let mut columns = Vec::new();
        for item in list {
            let place = || self.place_of(item);
            let Some(name) = item.get_ref().as_str() else {
                return Err(ConfigError::at(
                    place(),
                    "columns are named by texts in quotes",
                ));
            };
            let column = column(name).map_err(|wrong| ConfigError::at(place(), wrong))?;
            if columns.contains(&column) {
                let what = format!("the column {} is there already", column.name());
                return Err(ConfigError::at(place(), what));
            }
            columns.push(column);
        }
        if columns.is_empty() {
            return Err(ConfigError::at(
                self.place_of(entry.value),
                "a view shows at least one column",
            )
            .remedy("leave columns out to show all"));
        }
        Ok(columns)
    }

    fn view_key(&self, entry: &Entry<'_>) -> Result<ViewKey, ConfigError> {
        let Some(number) = entry.value.get_ref().as_integer() else {
            return Err(self.ill_typed(entry, "a number from 1 to 9 without quotes"));
        };
        number
            .as_str()
            .parse()
            .ok()
            .and_then(ViewKey::new)
            .ok_or_else(|| {
                ConfigError::at(self.place_of(entry.value), "a view is on a key from 1 to 9")
            })
    }

    fn place_of(&self, value: &Spanned<DeValue<'_>>) -> super::Place {
        self.place(value.span().start)
    }
}

fn column(name: &str) -> Result<Column, String> {
    let names = Column::ALL.map(Column::name);
    let same = |column: &Column| column.name().eq_ignore_ascii_case(name);
    Column::ALL
        .into_iter()
        .find(same)
        .ok_or_else(|| match nearest(name, names) {
            Some(near) => format!("{name:?} is no column; did you mean {near}?"),
            None => format!("{name:?} is no column; choose from {}", names.join(", ")),
        })
}

/// A column, and behind it whether its order is turned round: `talk`, `created reversed`.
fn sort(text: &str) -> Result<Sort, String> {
    let mut words = text.split_whitespace();
    let name = words.next().unwrap_or_default();
    if let Some(bare) = name.strip_prefix('-') {
        return Err(format!("write \"{bare} {REVERSED}\" for the reverse order"));
    }
    let column = column(name)?;
    let reversed = match (words.next(), words.next()) {
        (None, _) => false,
        (Some(word), None) if word.eq_ignore_ascii_case(REVERSED) => true,
        (Some(_), _) => {
            return Err(format!(
                "{text:?} is no order; write a column, and {REVERSED} behind it for the reverse"
            ));
        }
    };
    Ok(Sort { column, reversed })
}

#[cfg(test)]
mod tests;
