//! The help page of the filter's language, all of it from the language's one table.

use ratatui::text::Span;

use crate::filter::{Kind, Place, Topic, language};

use super::help::Row;
use super::text;
use super::theme::{Role, Theme};

/// Cells of the examples beside which there is room for what they mean.
const WIDE: usize = 36;
const NARROW: usize = 28;
/// Below this what an example means stands under it.
const STACKED: usize = 60;

/// The page as sections, each with its heading, in lines of at most `cells`.
pub(super) fn sections(theme: Theme, cells: usize) -> Vec<Vec<Row>> {
    let language = language();
    let page = Page { theme, cells };
    let mut sections = Vec::new();
    for topic in Topic::ALL {
        let forms = language.forms.iter().filter(|form| form.topic == topic);
        let told = forms.map(|form| (form.example.to_owned(), form.means.to_owned()));
        sections.push(page.section(topic.title(), told));
    }
    for (place, title) in [
        (Place::Service, "Fields evaluated by the service"),
        (Place::Console, "Fields evaluated by the console"),
    ] {
        let fields = language
            .fields
            .iter()
            .filter(|entry| entry.place() == place);
        let told = fields.map(|entry| {
            let means = match entry.kind {
                Kind::Name => format!("{}: {}", entry.means, entry.values()),
                Kind::Time | Kind::Party | Kind::Text | Kind::Length | Kind::Money | Kind::Flag => {
                    entry.means.to_owned()
                }
            };
            (entry.example.to_owned(), means)
        });
        sections.push(page.section(title, told));
    }
    let kinds = Kind::ALL.into_iter().map(|kind| {
        let operators: Vec<&str> = kind.operators().iter().map(|op| op.text()).collect();
        let told = format!("{}   {}", operators.join(" "), kind.values());
        (kind.title().to_owned(), told)
    });
    sections.push(page.section("Operators and values", kinds));
    sections
}

/// Lines of a width.
struct Page {
    theme: Theme,
    cells: usize,
}

impl Page {
    fn section(&self, title: &str, told: impl Iterator<Item = (String, String)>) -> Vec<Row> {
        let mut rows = vec![vec![Span::styled(
            text::fit(title, self.cells).into_owned(),
            self.theme.style(Role::Strong),
        )]];
        for (example, means) in told {
            rows.extend(self.told(&example, &means));
        }
        rows
    }

    /// An example and what it means: side by side where there is room, else one below the other.
    fn told(&self, example: &str, means: &str) -> Vec<Row> {
        /// More lines than any of them needs.
        const MOST: usize = 9;
        let left = match self.cells {
            ..STACKED => 0,
            STACKED..80 => NARROW,
            80.. => WIDE,
        };
        let indent = left + 2;
        let mut lines = text::wrap(means, self.cells.saturating_sub(indent), MOST).into_iter();
        let key = self.theme.style(Role::Key);
        let mut rows = Vec::new();
        if text::width(example) <= left {
            rows.push(vec![
                Span::styled(text::pad(example, indent), key),
                Span::raw(lines.next().unwrap_or_default()),
            ]);
        } else {
            // Broken rather than cut: it is there to be typed.
            let lines = text::wrap(example, self.cells, MOST);
            rows.extend(lines.into_iter().map(|line| vec![Span::styled(line, key)]));
        }
        rows.extend(lines.map(|line| vec![Span::raw(format!("{}{line}", " ".repeat(indent)))]));
        rows
    }
}
