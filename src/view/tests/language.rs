//! The page of the filter's language.

use rstest::rstest;

use super::fixture::{act, live, typed};
use super::{drawn, picture, text_of};
use crate::app::{Action, App, Mode};
use crate::filter::{Kind, Search, Topic, language};
use crate::view::text::width;
use crate::view::theme::{Palette, Theme};

/// A console in whose filter bar help was asked for.
fn helped() -> App {
    let mut app = live();
    act(&mut app, &[Action::Filter]);
    typed(&mut app, "state = FAILED OR");
    act(&mut app, &[Action::Help]);
    app
}

#[rstest]
#[case::wide((140, 40))]
#[case::middle((100, 30))]
#[case::narrow((80, 24))]
#[case::least((40, 10))]
fn the_language_has_its_page(#[case] size: (u16, u16)) {
    insta::assert_snapshot!(
        format!("language_{}x{}", size.0, size.1),
        picture(&drawn(&mut helped(), Theme::default(), size))
    );
}

/// All that the page says, in one line: it is as tall as the screen of this width has to be.
fn said(width: u16) -> String {
    let text = text_of(&drawn(&mut helped(), Theme::default(), (width, 300)));
    let page = text.lines().skip_while(|line| !line.contains("┌ Filters"));
    let page = page.skip(1).take_while(|line| !line.contains("└──"));
    // Between the frame of the page; that of the table may be on both sides of it.
    let inside = page.filter_map(|line| line.split('│').max_by_key(|part| part.len()));
    let words: Vec<&str> = inside.flat_map(str::split_whitespace).collect();
    words.join(" ")
}

#[rstest]
#[case::middle(100)]
#[case::narrow(80)]
#[case::least(40)]
fn everything_in_the_language_is_on_it(#[case] width: u16) {
    let said = said(width);
    let has = |told: &str| {
        let words: Vec<&str> = told.split_whitespace().collect();
        assert!(said.contains(&words.join(" ")), "{told:?} in {said}");
    };
    for topic in Topic::ALL {
        has(topic.title());
    }
    let language = language();
    for form in language.forms {
        has(form.example);
        has(form.means);
    }
    for entry in language.fields {
        has(entry.example);
        has(entry.means);
        if entry.kind == Kind::Name {
            has(&entry.values());
        }
    }
    for kind in Kind::ALL {
        has(kind.title());
        has(kind.values());
    }
    for told in [
        "evaluated by the service",
        "evaluated by the console",
        "keep the filter",
    ] {
        has(told);
    }
}

#[test]
fn beside_each_other_the_columns_say_the_same() {
    let text = text_of(&drawn(&mut helped(), Theme::default(), (140, 300)));
    let language = language();
    let forms = language.forms.iter().map(|form| form.example);
    for example in language
        .fields
        .iter()
        .map(|entry| entry.example)
        .chain(forms)
    {
        assert!(text.contains(example), "{example}");
        assert!(
            Search::parse(example).is_ok() && width(example) <= 36,
            "{example}"
        );
    }
}

#[test]
fn it_scrolls_to_its_end_and_the_filter_is_as_it_was() {
    let mut app = helped();
    for size in [(140, 40), (100, 30), (80, 24), (40, 10)] {
        act(&mut app, &[Action::Bottom]);
        drawn(&mut app, Theme::default(), size);
        let text = text_of(&drawn(&mut app, Theme::default(), size));
        assert!(
            text.contains("drop the filter") || text.contains("quit"),
            "{text}"
        );
        assert!(!text.contains(" more "), "{text}");
        act(&mut app, &[Action::Top]);
        let text = text_of(&drawn(&mut app, Theme::default(), size));
        assert!(text.contains("How it reads"), "{text}");
    }
    act(&mut app, &[Action::Back]);
    assert_eq!(app.mode(), Mode::Filter);
    assert_eq!(app.bar().line().text(), "state = FAILED OR");
}

#[test]
fn from_elsewhere_help_says_where_the_page_is() {
    let mut app = live();
    act(&mut app, &[Action::Help]);
    let text = text_of(&drawn(&mut app, Theme::default(), (140, 40)));
    assert!(
        text.contains("The whole language: F1 in the bar (/)."),
        "{text}"
    );
    assert!(!text.contains("How it reads"), "{text}");
}

#[test]
fn ascii_alone_is_enough_for_it() {
    let theme = Theme {
        palette: Palette::Mono,
        ascii: true,
    };
    let text = text_of(&drawn(&mut helped(), theme, (100, 300)));
    let page = text.lines().skip_while(|line| !line.contains("+ Filters"));
    // Whatever has no sign of its own there becomes a question mark.
    let unsaid = page.filter(|line| line.contains('?')).count();
    assert_eq!(unsaid, 0, "{text}");
}
