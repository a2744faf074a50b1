//! Edits of a filter's text by the places of its parts: what an edit is not about stays as it was
//! written, blanks and letter case included.
//!
//! Each edit knows which tree has to come out. It tries the texts that change least, and takes the
//! first that is read as that tree; so no text, however odd, can be made to mean anything else. The
//! last resort is the canonical text of the tree.

use std::ops::Range;

use super::attribute::Attribute;
use super::criterion::Criterion;
use super::{Search, reading};
use crate::filter::scanner::{Scanner, is_blank};
use crate::filter::tree::Restriction;
use crate::filter::{Comparison, Equality, Expr, FilterError, Op};

type Tree = Expr<Criterion>;

/// The parts of a search that must all hold.
pub(super) fn parts(search: &Search) -> &[Tree] {
    parts_of(search.expr())
}

/// The parts of a tree that must all hold.
pub(super) fn parts_of(root: Option<&Tree>) -> &[Tree] {
    match root {
        None => &[],
        Some(Expr::And { parts, .. }) => parts,
        Some(other @ (Expr::Or { .. } | Expr::Not { .. } | Expr::Restriction(_))) => {
            std::slice::from_ref(other)
        }
    }
}

/// The values of a part that says of one field that it has one of them; nothing for any other part.
pub(super) fn members(part: &Tree, attribute: Attribute) -> Option<Vec<&Restriction<Criterion>>> {
    fn of(part: &Tree, attribute: Attribute) -> Option<&Restriction<Criterion>> {
        match part {
            Expr::Restriction(restriction) => {
                let condition = &restriction.condition;
                let fits = condition.attribute() == Some(attribute) && condition.op() == Op::Equal;
                fits.then_some(restriction)
            }
            Expr::And { .. } | Expr::Or { .. } | Expr::Not { .. } => None,
        }
    }
    match part {
        Expr::Or { parts, .. } => parts.iter().map(|part| of(part, attribute)).collect(),
        Expr::And { .. } | Expr::Not { .. } | Expr::Restriction(_) => {
            of(part, attribute).map(|only| vec![only])
        }
    }
}

/// Whether a part holds of a call that has one value of a field; nothing if it is not about that field
/// alone.
fn holds_of(part: &Tree, value: &Criterion) -> Option<bool> {
    let all = |parts: &[Tree]| -> Option<Vec<bool>> {
        parts.iter().map(|part| holds_of(part, value)).collect()
    };
    match part {
        Expr::And { parts, .. } => Some(all(parts)?.into_iter().all(|holds| holds)),
        Expr::Or { parts, .. } => Some(all(parts)?.into_iter().any(|holds| holds)),
        Expr::Not { inner, .. } => holds_of(inner, value).map(|holds| !holds),
        Expr::Restriction(leaf) => {
            let (equality, same) = match (&leaf.condition, value) {
                (Criterion::State(how, a), Criterion::State(_, b)) => (how, a == b),
                (Criterion::Direction(how, a), Criterion::Direction(_, b)) => (how, a == b),
                (Criterion::Transport(how, a), Criterion::Transport(_, b)) => (how, a == b),
                _ => return None,
            };
            Some(same == (*equality == Equality::Equal))
        }
    }
}

/// Whether a part says when calls were created, and nothing else.
fn is_window(part: &Tree) -> bool {
    match part {
        Expr::Restriction(restriction) => matches!(
            &restriction.condition,
            Criterion::Created(comparison, _) if *comparison != Comparison::NotEqual
        ),
        Expr::Or { parts, .. } => parts
            .iter()
            .all(|part| matches!(part, Expr::Restriction(_)) && is_window(part)),
        Expr::And { .. } | Expr::Not { .. } => false,
    }
}

/// A text under edit, and what it means.
#[derive(Debug)]
pub(super) struct Draft {
    text: String,
    search: Search,
}

impl Draft {
    pub(super) fn new(text: &str) -> Result<Self, FilterError> {
        Ok(Self {
            search: Search::parse(text)?,
            text: text.to_owned(),
        })
    }

    pub(super) fn search(&self) -> &Search {
        &self.search
    }

    pub(super) fn parts(&self) -> &[Tree] {
        parts(&self.search)
    }

    pub(super) fn into_text(self) -> String {
        self.text
    }

    /// The first part that says of a field that it has one of some values.
    pub(super) fn set_of(&self, attribute: Attribute) -> Option<usize> {
        self.parts()
            .iter()
            .position(|part| members(part, attribute).is_some())
    }

    /// The first part that says of a field that it has not the wanted value, in other ways than by
    /// naming those that it has.
    pub(super) fn denial_of(&self, wanted: &Tree) -> Option<usize> {
        let Expr::Restriction(wanted) = wanted else {
            return None;
        };
        let wanted = &wanted.condition;
        self.parts().iter().position(|part| {
            let is_set = wanted
                .attribute()
                .and_then(|it| members(part, it))
                .is_some();
            !is_set && holds_of(part, wanted) == Some(false)
        })
    }

    /// Puts a part behind all others.
    pub(super) fn append(&mut self, written: &str, part: Tree) -> Result<(), FilterError> {
        let mut expected = self.parts().to_vec();
        expected.push(part);
        let mut texts = vec![self.followed_by(written)];
        if !expected.is_empty() {
            texts.push(format!("{} AND {written}", self.text));
        }
        self.become_one_of(texts, expected)
    }

    /// The text with another one behind it, joined as the parts before are.
    pub(super) fn followed_by(&self, written: &str) -> String {
        if self.parts().is_empty() {
            return written.to_owned();
        }
        let blank = if self.text.ends_with(is_blank) {
            ""
        } else {
            " "
        };
        match self.and_as_written() {
            Some(and) => format!("{}{blank}{and} {written}", self.text),
            None => format!("{}{blank}{written}", self.text),
        }
    }

    /// Takes a part out.
    pub(super) fn take_part(&mut self, at: usize) -> Result<(), FilterError> {
        let mut expected = self.parts().to_vec();
        let part = expected.remove(at);
        let texts = without(&self.text, part.span(), "AND", Joint::Behind);
        self.become_one_of(texts, expected)
    }

    /// Puts a window of time in the place of all others, or behind all parts.
    pub(super) fn put_window(&mut self, written: &str, window: Tree) -> Result<(), FilterError> {
        let Some(first) = self.parts().iter().position(is_window) else {
            return self.append(written, window);
        };
        let others = |draft: &Self| {
            let mut parts = draft.parts().iter().enumerate().skip(first + 1);
            parts.find_map(|(at, part)| is_window(part).then_some(at))
        };
        while let Some(other) = others(self) {
            self.take_part(other)?;
        }
        self.replace(first, written, window)
    }

    /// Takes all windows of time out.
    pub(super) fn take_windows(&mut self) -> Result<(), FilterError> {
        while let Some(at) = self.parts().iter().position(is_window) {
            self.take_part(at)?;
        }
        Ok(())
    }

    /// Adds a value to a part that says of a field that it has one of some; `written` says it alone.
    pub(super) fn add_member(
        &mut self,
        at: usize,
        attribute: Attribute,
        written: &str,
        wanted: Tree,
    ) -> Result<(), FilterError> {
        let text = &self.text;
        let Some(members) = self.parts().get(at).and_then(|p| members(p, attribute)) else {
            return self.append(written, wanted);
        };
        let Some(last) = members.last() else {
            return self.append(written, wanted);
        };
        let name = like(
            part_of(text, last.value_span.clone()),
            written.rsplit(' ').next().unwrap_or(written),
        );
        let put = |what: &str| {
            let (before, after) = text.split_at(last.value_span.end);
            format!("{before}{what}{after}")
        };
        let mut texts = Vec::new();
        if let Some(before) = members.iter().rev().nth(1) {
            let gap = part_of(text, before.value_span.end..last.field_span.start);
            if gap.trim_matches(is_blank).eq_ignore_ascii_case("OR") {
                let field = part_of(text, last.field_span.start..last.value_span.start);
                texts.push(put(&format!("{gap}{field}{name}")));
            }
        }
        texts.push(put(&format!(", {name}")));
        let mut expected = self.parts().to_vec();
        expected[at] = Expr::any(expected[at].clone(), vec![wanted]);
        self.become_one_of(texts, expected)
    }

    /// Takes a value out of such a part, and the part with its last value.
    pub(super) fn take_member(
        &mut self,
        at: usize,
        attribute: Attribute,
        wanted: &Tree,
    ) -> Result<(), FilterError> {
        loop {
            let Some(members) = self.parts().get(at).and_then(|p| members(p, attribute)) else {
                return Ok(());
            };
            let is_wanted = |member: &&Restriction<Criterion>| matches!(wanted, Expr::Restriction(wanted) if wanted.condition == member.condition);
            let Some(place) = members.iter().position(is_wanted) else {
                return Ok(());
            };
            if members.len() == 1 {
                return self.take_part(at);
            }
            let texts = without_member(&self.text, &members, place);
            let mut kept = members.iter().enumerate().filter(|(n, _)| *n != place);
            let mut kept = kept
                .by_ref()
                .map(|(_, member)| Expr::Restriction((*member).clone()));
            let Some(first) = kept.next() else {
                return Ok(());
            };
            let set = Expr::any(first, kept.collect());
            let mut expected = self.parts().to_vec();
            expected[at] = set;
            self.become_one_of(texts, expected)?;
        }
    }

    fn replace(&mut self, at: usize, written: &str, with: Tree) -> Result<(), FilterError> {
        let mut expected = self.parts().to_vec();
        let span = extent(&self.text, expected[at].span());
        expected[at] = with;
        let (before, after) = (
            part_of(&self.text, 0..span.start),
            part_of(&self.text, span.end..self.text.len()),
        );
        self.become_one_of(vec![format!("{before}{written}{after}")], expected)
    }

    /// Takes the first text that means what is expected.
    fn become_one_of(
        &mut self,
        texts: Vec<String>,
        expected: Vec<Tree>,
    ) -> Result<(), FilterError> {
        let mut expected = expected.into_iter();
        let root = expected
            .next()
            .map(|first| Expr::all(first, expected.collect()));
        let canonical = root.as_ref().map(ToString::to_string).unwrap_or_default();
        let mut refused = None;
        for text in texts.into_iter().chain([canonical]) {
            match Search::parse(&text) {
                Ok(search) if search.expr() == root.as_ref() => {
                    *self = Self { text, search };
                    return Ok(());
                }
                Ok(_) => {}
                Err(error) => refused = refused.or(Some(error)),
            }
        }
        Err(refused.unwrap_or_else(|| {
            let read = root.as_ref().map(reading).unwrap_or_default();
            FilterError::new(0..self.text.len(), format!("cannot be written: {read}"))
        }))
    }

    /// The AND between the last two parts, as it is written there; where nobody has written one, but
    /// an OR between fields is in sight, one that shows what belongs together.
    fn and_as_written(&self) -> Option<&str> {
        match self.parts() {
            [.., before, last] => {
                let gap = part_of(&self.text, before.span().end..last.span().start);
                let gap = gap.trim_matches(|c| is_blank(c) || c == '(' || c == ')');
                gap.eq_ignore_ascii_case("AND").then_some(gap)
            }
            [Expr::Or { parts, .. }] => {
                let mut pairs = parts.iter().zip(parts.iter().skip(1));
                pairs.any(|(a, b)| !is_one_list(a, b)).then_some("AND")
            }
            [_] | [] => None,
        }
    }
}

fn part_of(text: &str, span: Range<usize>) -> &str {
    text.get(span).unwrap_or_default()
}

/// Whether two values were written behind one field, with a comma between them.
fn is_one_list(a: &Tree, b: &Tree) -> bool {
    matches!((a, b), (Expr::Restriction(a), Expr::Restriction(b)) if a.field_span == b.field_span)
}

/// A name in the letter case of another: all capitals are the service's own spelling.
fn like(other: &str, name: &str) -> String {
    let capitals = other.contains(|c: char| c.is_ascii_uppercase())
        && !other.contains(|c: char| c.is_ascii_lowercase());
    if capitals {
        name.to_ascii_uppercase().replace('-', "_")
    } else {
        name.to_owned()
    }
}

/// Texts without one of several values.
fn without_member(text: &str, members: &[&Restriction<Criterion>], place: usize) -> Vec<String> {
    let member = members[place];
    let in_list = |other: Option<&&Restriction<Criterion>>| {
        other
            .filter(|other| other.field_span == member.field_span)
            .map(|other| other.value_span.clone())
    };
    let before = in_list(place.checked_sub(1).and_then(|at| members.get(at)));
    let behind = in_list(members.get(place + 1));
    let cut = match (before, behind) {
        (Some(before), _) => before.end..member.value_span.end,
        (None, Some(behind)) => member.value_span.start..behind.start,
        (None, None) => {
            let mut texts = without(text, member.span(), "OR", Joint::Before);
            texts.extend(without(text, member.span(), "OR", Joint::Behind));
            return texts;
        }
    };
    let (head, tail) = (
        part_of(text, 0..cut.start),
        part_of(text, cut.end..text.len()),
    );
    vec![format!("{head}{tail}")]
}

/// Which keyword goes with what is taken out, where there is one on either side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Joint {
    Before,
    Behind,
}

/// Texts without what is written at a place and without the keyword that joined it, the one that
/// changes least first.
fn without(text: &str, span: Range<usize>, keyword: &str, joint: Joint) -> Vec<String> {
    let Range { mut start, mut end } = extent(text, span);
    let around = |start, end| {
        let before = part_of(text, 0..start).trim_end_matches(is_blank);
        (
            before,
            part_of(text, end..text.len()).trim_start_matches(is_blank),
        )
    };
    // Parentheses around nothing else go too.
    while let (Some(before), Some(after)) = (
        around(start, end).0.strip_suffix('('),
        around(start, end).1.strip_prefix(')'),
    ) {
        (start, end) = (before.len(), text.len() - after.len());
    }
    let (before, after) = around(start, end);
    if joint == Joint::Before || after.is_empty() || after.starts_with(')') {
        start = without_keyword(before, keyword).len();
    } else {
        let mut scanner = Scanner::new(after);
        scanner.eat_keyword_in_any_case(keyword);
        scanner.skip_blanks();
        end = text.len() - scanner.rest().len();
    }
    let (head, tail) = (part_of(text, 0..start), part_of(text, end..text.len()));
    let (close, next) = (
        head.trim_end_matches(is_blank),
        tail.trim_start_matches(is_blank),
    );
    vec![
        format!("{head}{tail}"),
        format!("{close} {next}"),
        format!("{close} {keyword} {next}"),
    ]
}

/// A text without the keyword that it ends in and without the blanks before that.
fn without_keyword<'a>(text: &'a str, keyword: &str) -> &'a str {
    let start = text.len().saturating_sub(keyword.len());
    let is_keyword = text
        .get(start..)
        .is_some_and(|end| end.eq_ignore_ascii_case(keyword));
    let before = part_of(text, 0..start);
    let is_word = before.is_empty() || before.ends_with(|c| is_blank(c) || c == ')');
    if is_keyword && is_word {
        before.trim_end_matches(is_blank)
    } else {
        text
    }
}

/// A place with the parentheses that begin or end outside of it but belong to parts of it: spans of
/// the tree have none.
fn extent(text: &str, span: Range<usize>) -> Range<usize> {
    let (mut open, mut closed) = (0_usize, 0_usize);
    let mut quote = None;
    let mut chars = part_of(text, span.clone()).chars();
    while let Some(c) = chars.next() {
        match (quote, c) {
            (Some(_), '\\') => {
                chars.next();
            }
            (Some(mark), c) if c == mark => quote = None,
            (None, '\'' | '"') => quote = Some(c),
            (None, '(') => open += 1,
            (None, ')') if open > 0 => open -= 1,
            (None, ')') => closed += 1,
            (Some(_) | None, _) => {}
        }
    }
    let Range { mut start, mut end } = span;
    for _ in 0..closed {
        let before = part_of(text, 0..start).trim_end_matches(is_blank);
        start = before.strip_suffix('(').map_or(start, str::len);
    }
    for _ in 0..open {
        let after = part_of(text, end..text.len()).trim_start_matches(is_blank);
        end = after
            .strip_prefix(')')
            .map_or(end, |rest| text.len() - rest.len());
    }
    start..end
}
