//! What the cursor stands in: the text is read up to it as the parser would, but nothing is refused.

use std::ops::Range;

use crate::filter::Op;
use crate::filter::grammar::KEYWORDS;
use crate::filter::scanner::{Scanner, is_blank};
use crate::filter::search::attribute::Attribute;
use crate::filter::search::criterion::is_key;
use crate::filter::search::language::{self, Entry, Kind, SINCE, UNTIL};
use crate::filter::search::names::named_in;
use crate::filter::search::quoting::Typed;
use crate::filter::search::read::{goes_on_as_address, is_token, is_value, is_word};
use crate::filter::search::values::is_currency;

/// Where the cursor is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) what: What,
    /// What was written of it before the cursor.
    pub(super) typed: Typed,
    /// What an offer takes the place of, in bytes.
    pub(super) written: Range<usize>,
    /// What all of that means by itself; nothing while it is not finished.
    pub(super) whole: Option<String>,
    /// The quote that was opened.
    pub(super) quote: Option<char>,
}

/// What can stand at a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum What {
    /// Nothing that could be offered.
    Nothing,
    /// The beginning of a restriction, or a keyword.
    Start(Before),
    /// The name of a field, for an operator stands behind it.
    Field,
    /// Text in quotes that is looked for everywhere.
    Quoted,
    /// The key of a label.
    Key,
    /// An operator behind a field.
    Operator(&'static Entry),
    /// The colon behind `since` or `until`.
    Colon,
    /// The value of a field, or of the label with a key.
    Value(&'static Entry, Option<String>, Op),
    /// The time behind `since:` or `until:`.
    Bound,
}

/// What stands before the beginning of a restriction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Before {
    /// Nothing, a parenthesis, or a keyword that another restriction has to follow.
    Opening,
    /// A NOT.
    Negation,
    /// A restriction.
    Restriction,
    /// The same, which may also be the name of a field.
    Name(&'static Entry),
}

/// What is in the place at the cursor.
pub(super) fn place(text: &str, cursor: usize) -> Place {
    let mut walk = Walk {
        scanner: Scanner::new(text),
        cursor,
        before: Before::Opening,
    };
    walk.find()
}

/// What a restriction begins with.
#[derive(Debug, Clone, Copy)]
enum Head {
    Field(&'static Entry),
    Bound,
    Unknown,
}

impl Head {
    fn of(name: &str) -> Self {
        if name.eq_ignore_ascii_case(SINCE) || name.eq_ignore_ascii_case(UNTIL) {
            return Self::Bound;
        }
        language::find(name).map_or(Self::Unknown, Self::Field)
    }
}

/// A text on the way to the cursor.
#[derive(Debug)]
struct Walk<'a> {
    scanner: Scanner<'a>,
    cursor: usize,
    before: Before,
}

impl<'a> Walk<'a> {
    fn find(&mut self) -> Place {
        loop {
            self.scanner.skip_blanks();
            let at_end = self.scanner.peek().is_none();
            if at_end || self.scanner.at() >= self.cursor {
                return self.empty(What::Start(self.before));
            }
            if self.scanner.at_joint() {
                self.scanner.bump();
                self.past(Before::Opening);
                continue;
            }
            let place = match self.scanner.peek() {
                Some('!') if !self.scanner.rest().starts_with("!=") => self.past(Before::Negation),
                Some('(') => self.past(Before::Opening),
                Some(')') => self.past(Before::Restriction),
                Some(',') => self.past(self.before),
                Some('-') => self.past(Before::Negation),
                Some('\'' | '"') => self.quoted_word(),
                Some(_) | None => self.restriction(),
            };
            if let Some(place) = place {
                return place;
            }
        }
    }

    fn past(&mut self, before: Before) -> Option<Place> {
        self.scanner.bump();
        self.before = before;
        None
    }

    fn slice(&self, range: Range<usize>) -> &'a str {
        self.scanner.text().get(range).unwrap_or_default()
    }

    /// A place with nothing in it yet.
    fn empty(&self, what: What) -> Place {
        Place {
            what,
            typed: Typed::bare(""),
            written: self.cursor..self.cursor,
            whole: None,
            quote: None,
        }
    }

    /// A place with a word in it.
    fn bare(&self, what: What, span: Range<usize>) -> Place {
        Place {
            what,
            typed: Typed::bare(self.slice(span.start..self.cursor)),
            whole: Some(self.slice(span.clone()).to_owned()),
            written: span,
            quote: None,
        }
    }

    /// What is in the quotes that come next, and the place, if the cursor is in them. Behind the
    /// closing one stands a blank or one of some other characters.
    fn quotes(&mut self, behind: &str) -> (Option<Place>, String) {
        let start = self.scanner.at();
        let quote = self.scanner.bump();
        let mut closes = false;
        while let Some(c) = self.scanner.bump() {
            if c == '\\' {
                self.scanner.bump();
            } else if Some(c) == quote {
                closes = true;
                break;
            }
        }
        let end = self.scanner.at();
        // A quote in the midst of text opens the next value: this one was never closed.
        let next = self.scanner.peek();
        closes = closes && (self.scanner.at_boundary() || next.is_some_and(|c| behind.contains(c)));
        let inner = start + 1..if closes { end - 1 } else { end };
        let text = Typed::quoted(self.slice(inner.clone())).text;
        if self.cursor <= start || self.cursor > end {
            return (None, text);
        }
        let typed = self.slice(inner.start..self.cursor.min(inner.end));
        let word_ends = |c: char| is_blank(c) || matches!(c, '(' | ')' | ',' | '\'' | '"');
        let behind = self.slice(self.cursor..end);
        let word_end = self.cursor + behind.find(word_ends).unwrap_or(behind.len());
        let place = Place {
            what: What::Nothing,
            typed: Typed::quoted(typed),
            written: start..if closes { end } else { word_end },
            // A star in front stands for others.
            whole: (closes && !self.slice(inner).starts_with('*')).then(|| text.clone()),
            quote,
        };
        (Some(place), text)
    }

    fn quoted_word(&mut self) -> Option<Place> {
        let (place, _) = self.quotes(",");
        self.before = Before::Restriction;
        place.map(|place| Place {
            what: What::Quoted,
            ..place
        })
    }

    /// What begins with a name or another word.
    fn restriction(&mut self) -> Option<Place> {
        let start = self.scanner.at();
        let name = self.scanner.take_while(is_word);
        let name = start..start + name.len();
        if let Some(before) = self.keyword(&name) {
            if self.cursor <= name.end {
                return Some(self.bare(What::Start(self.before), name));
            }
            self.before = before;
            return None;
        }
        let head = Head::of(self.slice(name.clone()));
        let mut key = None;
        if let Head::Field(entry) = head
            && entry.attribute == Attribute::Label
            && self.scanner.eat(".")
        {
            match self.key() {
                Ok(found) => key = Some(found),
                Err(place) => return Some(place),
            }
        }
        let end = self.scanner.at();
        let Some((op, op_span)) = self.operator(head, &name) else {
            return self.word(head, name, key.is_some());
        };
        if self.cursor <= name.end {
            return Some(self.bare(What::Field, name));
        }
        if self.cursor < op_span.end {
            let what = match head {
                Head::Field(entry) => What::Operator(entry),
                Head::Bound | Head::Unknown => What::Nothing,
            };
            let written = self.cursor.min(op_span.start)..op_span.end;
            let typed = Typed::bare(self.slice(op_span.start..self.cursor.max(op_span.start)));
            let whole = Some(self.slice(end.max(op_span.start)..op_span.end).to_owned());
            return Some(Place {
                what,
                typed,
                written,
                whole,
                quote: None,
            });
        }
        let what = match head {
            Head::Field(entry) => What::Value(entry, key, op),
            Head::Bound => What::Bound,
            Head::Unknown => What::Nothing,
        };
        self.values(&what)
    }

    /// What stands before whatever comes behind a word, if the word is a keyword where it stands.
    fn keyword(&self, word: &Range<usize>) -> Option<Before> {
        let next = self.scanner.peek();
        let word = self.slice(word.clone());
        let keyword = KEYWORDS.iter().find(|key| key.eq_ignore_ascii_case(word))?;
        let joins = matches!(self.before, Before::Restriction | Before::Name(_));
        match *keyword {
            _ if next == Some('.') => None,
            // `not-answered` is a state.
            "NOT" => (next != Some('-')).then_some(Before::Negation),
            _ => joins.then_some(Before::Opening),
        }
    }

    /// The key behind `label.`; the place, if the cursor is in it.
    fn key(&mut self) -> Result<String, Place> {
        let start = self.scanner.at();
        if let Some('\'' | '"') = self.scanner.peek()
            && self.cursor != start
        {
            let (place, key) = self.quotes("=<>!:,");
            return place.map_or(Ok(key), |place| {
                Err(Place {
                    what: What::Key,
                    ..place
                })
            });
        }
        let key = self.scanner.take_while(is_key);
        let span = start..start + key.len();
        if (span.start..=span.end).contains(&self.cursor) {
            return Err(self.bare(What::Key, span));
        }
        Ok(key.to_owned())
    }

    /// The operator behind a name, if there is one.
    fn operator(&mut self, head: Head, name: &Range<usize>) -> Option<(Op, Range<usize>)> {
        let rest = self.scanner.rest();
        let is_word = match head {
            Head::Unknown => name.is_empty() || rest.starts_with(':'),
            Head::Field(entry) => goes_on_as_address(entry, rest),
            Head::Bound => false,
        };
        if is_word {
            return None;
        }
        let joined = self.scanner.at();
        self.scanner.skip_blanks();
        let start = self.scanner.at();
        let op = Op::ALL.into_iter().find(|op| self.scanner.eat(op.text()));
        let op = op.filter(|op| *op != Op::Has || !matches!(head, Head::Unknown));
        if op.is_none() {
            self.scanner.rewind(joined);
        }
        let op = op?;
        // Operators of other languages, such as `==`.
        self.scanner
            .take_while(|c| matches!(c, '=' | '<' | '>' | '!'));
        Some((op, start..self.scanner.at()))
    }

    /// What begins with a name behind which no operator stands.
    fn word(&mut self, head: Head, name: Range<usize>, has_key: bool) -> Option<Place> {
        let start = name.start;
        if has_key {
            // The cursor is not in the key.
            if self.cursor <= name.end {
                return Some(self.bare(What::Field, name));
            }
            return match head {
                Head::Field(entry) => self.awaits(What::Operator(entry)),
                Head::Bound | Head::Unknown => None,
            };
        }
        self.scanner.rewind(start);
        let token = self.scanner.take_to_joint(is_token);
        if token.is_empty() {
            return self.past(self.before);
        }
        let span = start..self.scanner.at();
        if self.cursor <= span.end {
            return Some(self.bare(What::Start(self.before), span));
        }
        let is_name = span == name;
        if let Some(attribute) = named_in(token) {
            self.scanner.rewind(start);
            let entry = language::about(attribute);
            let place = self.values(&What::Value(entry, None, Op::Equal));
            if let Head::Field(entry) = head
                && is_name
                && self.scanner.at() == span.end
            {
                self.before = Before::Name(entry);
            }
            return place;
        }
        match head {
            Head::Field(entry) if is_name && entry.kind == Kind::Flag => {
                self.before = Before::Name(entry);
                None
            }
            Head::Field(entry) if is_name => self.awaits(What::Operator(entry)),
            Head::Bound if is_name => self.awaits(What::Colon),
            Head::Field(_) | Head::Bound | Head::Unknown => {
                self.before = Before::Restriction;
                None
            }
        }
    }

    /// A place where nothing but an operator can stand.
    fn awaits(&mut self, what: What) -> Option<Place> {
        self.before = Before::Restriction;
        self.scanner.skip_blanks();
        let start = self.scanner.at();
        let half = self.scanner.eat("!");
        if half && (start..=start + 1).contains(&self.cursor) {
            return Some(self.bare(what, start..start + 1));
        }
        (self.cursor <= start).then(|| self.empty(what))
    }

    /// One value or several with commas between them.
    fn values(&mut self, what: &What) -> Option<Place> {
        self.before = Before::Restriction;
        let is_list = matches!(
            what,
            What::Value(_, _, Op::Equal | Op::NotEqual | Op::Has) | What::Nothing
        );
        loop {
            self.scanner.skip_blanks();
            let start = self.scanner.at();
            if self.cursor < start || (self.cursor == start && self.something_else_comes()) {
                return Some(self.empty(what.clone()));
            }
            if let Some(place) = self.value(what) {
                return Some(place);
            }
            let end = self.scanner.at();
            self.scanner.skip_blanks();
            if end == start || !is_list || !self.scanner.eat(",") {
                self.scanner.rewind(end);
                return None;
            }
        }
    }

    /// The value that comes next; the place, if the cursor is in it.
    fn value(&mut self, what: &What) -> Option<Place> {
        let start = self.scanner.at();
        if let Some('\'' | '"') = self.scanner.peek()
            && self.cursor != start
        {
            return self.quotes(",").0.map(|place| Place {
                what: what.clone(),
                ..place
            });
        }
        if let Some('\'' | '"') = self.scanner.peek() {
            self.quotes(",");
            return Some(Place {
                written: start..self.scanner.at(),
                ..self.empty(what.clone())
            });
        }
        let word = self.scanner.take_to_joint(is_value);
        let end = self.scanner.at();
        match what {
            What::Value(entry, ..) if entry.kind == Kind::Money && is_currency(word) => {
                self.amount();
                if self.cursor > end && self.cursor <= self.scanner.at() {
                    return Some(self.empty(What::Nothing));
                }
            }
            What::Value(entry, ..) if entry.kind == Kind::Party => self.digits(word),
            _ => {}
        }
        let end = if self.cursor <= end {
            end
        } else {
            self.scanner.at()
        };
        (self.cursor <= end).then(|| self.bare(what.clone(), start..end))
    }

    /// Goes past the number behind a currency, and past the blanks before it.
    fn amount(&mut self) {
        self.scanner.skip_blanks();
        let end = self.scanner.at();
        let number = self.scanner.take_to_joint(is_value);
        if !number.starts_with(|c: char| c.is_ascii_digit() || c == '-') {
            self.scanner.rewind(end);
        }
    }

    /// Goes past groups of digits with blanks between them, as far as the cursor: what will be in
    /// quotes once it is finished.
    fn digits(&mut self, word: &str) {
        let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        let mut is_number = is_digits(word.trim_start_matches('+'));
        while is_number {
            let end = self.scanner.at();
            self.scanner.skip_blanks();
            let starts_before = self.scanner.at() < self.cursor;
            let group = self.scanner.take_to_joint(is_value);
            is_number = starts_before && is_digits(group);
            if !is_number {
                self.scanner.rewind(end);
            }
        }
    }

    /// Whether what comes next is a keyword or a restriction of its own, and no value.
    fn something_else_comes(&mut self) -> bool {
        let start = self.scanner.at();
        let name = self.scanner.take_while(is_word);
        let is_field = !matches!(Head::of(name), Head::Unknown);
        self.scanner.skip_blanks();
        let op_comes = self
            .scanner
            .rest()
            .starts_with(['=', '<', '>', '!', ':', '.']);
        self.scanner.rewind(start);
        let is_keyword = KEYWORDS.iter().any(|key| key.eq_ignore_ascii_case(name));
        is_keyword || (is_field && op_comes)
    }
}
