//! Writing to the configuration file: one view at a time, and nothing else in it is touched.
//!
//! The file is read anew for each, so that what somebody has written by hand since the start stays.
//! It changes in one step.

use std::collections::{HashMap, VecDeque};
use std::io;
use std::path::{Path, PathBuf};

use toml_edit::{Array, DocumentMut, InlineTable, Item, RawString, Table, TableLike, Value};

use super::file;
use crate::app::SavedView;
use crate::disk::{self, Written};

/// How often it is tried to write a file that others write at the same time.
const TRIES: usize = 5;

/// The configuration file that views are saved in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigFile {
    path: PathBuf,
    /// What `~` stands for in it.
    home: Option<PathBuf>,
}

impl ConfigFile {
    pub(super) fn new(path: PathBuf, home: Option<PathBuf>) -> Self {
        Self { path, home }
    }

    /// Writes a view, in place of one of its name; another one that has its key loses it. Where that
    /// is comes back, and behind it which view has lost its key.
    ///
    /// # Errors
    ///
    /// Says why the file was left as it is: it cannot be read or written, or it is not right as it
    /// stands, or others write it all the time.
    pub fn save_view(&self, view: &SavedView) -> Result<String, String> {
        let path = disk::target(&self.path)
            .map_err(|reason| format!("{}: {reason}", self.path.display()))?;
        for _ in 0..TRIES {
            let before = read(&path)?;
            let text = before.as_deref().unwrap_or_default();
            let (after, robbed) = self.with_view(text, view)?;
            let written = Written::beside(&path, after.as_bytes())
                .map_err(|reason| not_written(&path, &reason))?;
            // Whoever has written meanwhile has not done it in vain.
            if read(&path)? == before {
                written
                    .take_place()
                    .map_err(|reason| not_written(&path, &reason))?;
                return Ok(told(&self.path, view, &robbed));
            }
        }
        Err(format!("{} is written by others", path.display()))
    }

    /// The text with the view in it. It has been right before and it is right afterwards.
    fn with_view(&self, text: &str, view: &SavedView) -> Result<(String, Vec<String>), String> {
        self.check(text)?;
        let (after, robbed) =
            with_view(text, view).map_err(|reason| format!("{}: {reason}", self.path.display()))?;
        let read = self.check(&after)?;
        if read.views.iter().any(|it| it == view) {
            Ok((after, robbed))
        } else {
            Err(format!(
                "{} cannot be edited: write the view by hand",
                self.path.display()
            ))
        }
    }

    fn check(&self, text: &str) -> Result<file::File, String> {
        file::parse(text, &self.path, self.home.as_deref()).map_err(|error| error.to_string())
    }
}

/// The text of the file, or nothing if there is none.
fn read(path: &Path) -> Result<Option<String>, String> {
    match file::read(path) {
        Ok(text) => Ok(Some(text)),
        Err(reason) if reason.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(reason) => Err(format!("{} cannot be read: {reason}", path.display())),
    }
}

fn not_written(path: &Path, reason: &io::Error) -> String {
    format!("{} cannot be written: {reason}", path.display())
}

/// Where a view is, and who has lost its key to it: maybe one that another console has saved.
fn told(path: &Path, view: &SavedView, robbed: &[String]) -> String {
    let place = path.display().to_string();
    match (view.key, robbed) {
        (None, _) | (_, []) => place,
        (Some(key), names) => {
            let (names, key) = (names.join(", "), key.number());
            format!("{place}; {names} is no longer on the key {key}")
        }
    }
}

/// The text with a view in it, and the names of those that have lost their key to it; everything else
/// stays as it is written, comments included.
fn with_view(text: &str, view: &SavedView) -> Result<(String, Vec<String>), String> {
    let (mark, text) = match text.strip_prefix('\u{feff}') {
        Some(rest) => ("\u{feff}", rest),
        None => ("", text),
    };
    let mut document: DocumentMut = text.parse().map_err(|reason: toml_edit::TomlError| {
        // The whole message repeats a line, and a line may hold a secret.
        format!("not TOML: {}", reason.message())
    })?;
    let trailing = document.trailing().as_str().unwrap_or_default().to_owned();
    let root = document.as_table_mut();
    let first = !root.contains_key("view");
    let views = root.entry("view").or_insert_with(|| {
        let mut views = Table::new();
        views.set_implicit(true);
        Item::Table(views)
    });
    let inline = views.is_inline_table();
    let views = views.as_table_like_mut().ok_or("view is no table")?;
    let robbed = release_key(views, view);
    match views.get_mut(&view.name).and_then(Item::as_table_like_mut) {
        Some(table) => write(table, view),
        None if inline => {
            let mut table = InlineTable::new();
            write(&mut table, view);
            views.insert(&view.name, Item::Value(table.into()));
        }
        None => {
            let mut table = Table::new();
            write(&mut table, view);
            // What stands at the end of the file is not about what comes behind it.
            let above = if first { trailing.as_str() } else { "" };
            let blank = if text.trim().is_empty() || above.ends_with("\n\n") {
                ""
            } else {
                "\n"
            };
            table.decor_mut().set_prefix(format!("{above}{blank}"));
            views.insert(&view.name, Item::Table(table));
        }
    }
    if first {
        document.set_trailing("");
    }
    let after = with_line_ends_of(text, &document.to_string());
    Ok((format!("{mark}{after}"), robbed))
}

/// A text that has no line end but `\n`, with the ends that its lines have in the text before it. New
/// lines end as on Windows only where every line before did.
fn with_line_ends_of(before: &str, after: &str) -> String {
    let (windows, own): (Vec<&str>, Vec<&str>) = before
        .split_inclusive('\n')
        .filter_map(|line| line.strip_suffix('\n'))
        .partition(|line| line.ends_with('\r'));
    if windows.is_empty() {
        return after.to_owned();
    }
    let all = own.is_empty();
    // Lines of the same text come back in their order.
    let mut ends: HashMap<&str, VecDeque<&str>> = HashMap::new();
    for line in before.split_inclusive('\n') {
        let text = line.trim_end_matches(['\r', '\n']);
        let end = if line.ends_with("\r\n") { "\r\n" } else { "\n" };
        ends.entry(text).or_default().push_back(end);
    }
    let mut text = String::with_capacity(after.len());
    for line in after.split_inclusive('\n') {
        let Some(line) = line.strip_suffix('\n') else {
            text.push_str(line);
            continue;
        };
        let end = ends.get_mut(line).and_then(VecDeque::pop_front);
        text.push_str(line);
        text.push_str(if all { "\r\n" } else { end.unwrap_or("\n") });
    }
    text
}

/// No two views are on one key: who has lost it.
fn release_key(views: &mut dyn TableLike, view: &SavedView) -> Vec<String> {
    let mut robbed = Vec::new();
    let Some(key) = view.key.map(|key| i64::from(key.number())) else {
        return robbed;
    };
    for (name, other) in views.iter_mut() {
        let has = other.get("key").and_then(Item::as_integer) == Some(key);
        if has
            && name.get() != view.name
            && let Some(table) = other.as_table_like_mut()
        {
            remove(table, "key");
            robbed.push(name.get().to_owned());
        }
    }
    robbed
}

/// Writes what a view is into its table; what is at its default and not written there stays unsaid.
fn write(table: &mut dyn TableLike, view: &SavedView) {
    let usual = SavedView::of("", "");
    set(table, "filter", view.filter.as_str().into());
    if view.columns != usual.columns || table.contains_key("columns") {
        let names: Array = view.columns.iter().map(|column| column.name()).collect();
        set(table, "columns", names.into());
    }
    if view.sort != usual.sort || table.contains_key("sort") {
        set(table, "sort", view.sort.to_string().into());
    }
    match view.key {
        Some(key) => set(table, "key", i64::from(key.number()).into()),
        None => remove(table, "key"),
    }
}

/// Sets a value; the comments around it stay, and so does its form where it is the same.
fn set(table: &mut dyn TableLike, name: &str, mut value: Value) {
    if let Some(before) = table.get_mut(name).and_then(Item::as_value_mut) {
        if !is_same(before, &value) {
            *value.decor_mut() = before.decor().clone();
            *before = value;
        }
    } else {
        table.insert(name, Item::Value(value));
    }
}

fn is_same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::String(a), Value::String(b)) => a.value() == b.value(),
        (Value::Integer(a), Value::Integer(b)) => a.value() == b.value(),
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| is_same(a, b))
        }
        _ => false,
    }
}

/// Removes a value; the comments above and behind it move on to what stands above it in the table,
/// or to the table's own line.
fn remove(table: &mut dyn TableLike, name: &str) {
    let text = |raw: Option<&RawString>| {
        raw.and_then(RawString::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    let Some(item) = table.get(name) else { return };
    let above = table.key(name).map(|key| text(key.leaf_decor().prefix()));
    let behind = item.as_value().map(|value| text(value.decor().suffix()));
    let comments: Vec<String> = [above, behind]
        .into_iter()
        .flatten()
        .flat_map(|text| {
            text.lines()
                .map(|line| line.trim().to_owned())
                .collect::<Vec<_>>()
        })
        .filter(|line| line.starts_with('#'))
        .collect();
    table.remove(name);
    if comments.is_empty() {
        return;
    }
    if table.is_empty() {
        table.insert("filter", Item::Value("".into()));
    }
    let comments = comments.join("\n");
    let other = table.iter_mut().last();
    if let Some((_, Item::Value(value))) = other {
        let suffix = text(value.decor().suffix());
        value
            .decor_mut()
            .set_suffix(format!("{suffix}\n{comments}"));
    }
}

#[cfg(test)]
mod tests;
