//! Restrictions that can be switched on and off in the text of a filter, such as those of the menu of
//! quick filters: each knows how it is written, so that nothing in a value can mean anything else.

use chrono::TimeDelta;

use super::attribute::{Attribute, End};
use super::criterion::Criterion;
use super::edit::Draft;
use super::language::SINCE;
use super::values;
use super::{Search, edit, quoting};
use crate::call::{Direction, State, Transport};
use crate::filter::{Expr, FilterError};

/// A restriction that can be switched on and off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Toggle {
    /// The restriction as it is written where there is none of its kind.
    text: String,
    place: Place,
}

/// Where it belongs in a filter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Among the values of a field of which one has to hold.
    Set,
    /// In the place of any other window of time.
    Window,
    /// Beside all others.
    Beside,
}

impl Toggle {
    /// One of the states that are looked for.
    #[must_use]
    pub fn state(state: State) -> Self {
        Self::member("state", &state.name())
    }

    /// One of the directions.
    #[must_use]
    pub fn direction(direction: Direction) -> Self {
        Self::member("direction", &direction.name())
    }

    /// One of the transports.
    #[must_use]
    pub fn transport(transport: Transport) -> Self {
        Self::member("transport", &transport.name())
    }

    /// Created at most so long ago, in whole minutes; it takes the place of any other window.
    #[must_use]
    pub fn last(window: TimeDelta) -> Self {
        let minutes = window.num_minutes().max(0);
        let text = if minutes > 0 && minutes % 60 == 0 {
            format!("{SINCE}:{}h", minutes / 60)
        } else {
            format!("{SINCE}:{minutes}m")
        };
        Self {
            text,
            place: Place::Window,
        }
    }

    /// Created today in the zone on screen; it takes the place of any other window.
    #[must_use]
    pub fn today() -> Self {
        Self {
            text: "today".to_owned(),
            place: Place::Window,
        }
    }

    /// This end of the call is exactly this number or address. Blanks in what looks like a number
    /// mean nothing in a filter: a star stands for them.
    #[must_use]
    pub fn party(end: End, text: &str) -> Self {
        let mut pieces = sayable(text);
        if !values::party(&pieces).matches(text) {
            let between = |piece: &String| -> Vec<String> {
                piece.split(values::is_between).map(str::to_owned).collect()
            };
            pieces = pieces.iter().flat_map(between).collect();
        }
        Self::at(end, &pieces)
    }

    /// This end of the call begins so; `start` is a number's beginning without blanks.
    #[must_use]
    pub fn party_begins(end: End, start: &str) -> Self {
        let mut pieces = sayable(start);
        pieces.push(String::new());
        Self::at(end, &pieces)
    }

    /// This end of the call ends so.
    #[must_use]
    pub fn party_ends(end: End, tail: &str) -> Self {
        let mut pieces = vec![String::new()];
        pieces.extend(sayable(tail));
        Self::at(end, &pieces)
    }

    /// The caller's number is withheld.
    #[must_use]
    pub fn private() -> Self {
        Self::beside("private".to_owned())
    }

    /// The error has this code.
    #[must_use]
    pub fn error(code: &str) -> Self {
        Self::beside(format!("error = {}", written(&sayable(code))))
    }

    /// The label has this value. Nothing if no text can name its key: a key is taken as it stands,
    /// and control characters do not stand in a line of text.
    #[must_use]
    pub fn label(key: &str, value: &str) -> Option<Self> {
        if key.contains(is_unsayable) {
            return None;
        }
        let key = quoting::key(key, None);
        let value = written(&sayable(value));
        Some(Self::beside(format!("label.{key} = {value}")))
    }

    /// The call with this id, and those that were made during it.
    #[must_use]
    pub fn legs(id: &str) -> Self {
        let id = written(&sayable(id));
        Self::beside(format!("id = {id} OR leg = {id}"))
    }

    /// The restriction as it is written where there is none of its kind.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether a filter has it as one of its parts that must all hold. A state is on if it is among
    /// those of which one has to hold.
    pub fn is_on(&self, search: &Search) -> bool {
        let Some(wanted) = self.tree() else {
            return false;
        };
        let mut parts = edit::parts(search).iter();
        match (self.place, attribute(&wanted)) {
            (Place::Set, Some(attribute)) => parts
                .find_map(|part| edit::members(part, attribute))
                .is_some_and(|members| {
                    members.iter().any(|member| {
                        matches!(&wanted, Expr::Restriction(wanted) if wanted.condition == member.condition)
                    })
                }),
            (Place::Set | Place::Window | Place::Beside, _) => parts.any(|part| *part == wanted),
        }
    }

    /// The text of a filter with it switched on, or off where it is on. All that is not about it
    /// stays as it is written.
    ///
    /// # Errors
    ///
    /// The text is no filter, or would be longer than a filter may be.
    pub fn switched(&self, text: &str) -> Result<String, FilterError> {
        let mut draft = Draft::new(text)?;
        let Some(wanted) = self.tree() else {
            // Only what is longer than a filter can be cannot be read back.
            return Search::parse(&self.text).map(|_| text.to_owned());
        };
        let is_on = self.is_on(draft.search());
        match self.place {
            Place::Set => {
                let Some(attribute) = attribute(&wanted) else {
                    return Ok(text.to_owned());
                };
                // What says that it is not so would leave nothing.
                while let Some(at) = draft.denial_of(&wanted).filter(|_| !is_on) {
                    draft.take_part(at)?;
                }
                match (draft.set_of(attribute), is_on) {
                    (None, _) => draft.append(&self.text, wanted)?,
                    (Some(at), false) => draft.add_member(at, attribute, &self.text, wanted)?,
                    (Some(at), true) => draft.take_member(at, attribute, &wanted)?,
                }
            }
            Place::Window if !is_on => draft.put_window(&self.text, wanted)?,
            Place::Beside if !is_on => draft.append(&self.text, wanted)?,
            Place::Window | Place::Beside => {
                while let Some(at) = draft.parts().iter().position(|part| *part == wanted) {
                    draft.take_part(at)?;
                }
            }
        }
        Ok(draft.into_text())
    }

    fn member(field: &str, name: &str) -> Self {
        Self {
            text: format!("{field} = {}", name.to_ascii_lowercase().replace('_', "-")),
            place: Place::Set,
        }
    }

    fn at(end: End, pieces: &[String]) -> Self {
        let field = match end {
            End::To => "to",
            End::From => "from",
        };
        let text = written(pieces);
        // Without quotes it would be what the screen shows, and others may look the same.
        let text = match text.chars().next() {
            Some('\'' | '+' | '*') => text,
            Some(_) | None => quoting::written(
                &pieces.iter().map(String::as_str).collect::<Vec<_>>(),
                Some('\''),
            ),
        };
        Self::beside(format!("{field} = {text}"))
    }

    fn beside(text: String) -> Self {
        Self {
            text,
            place: Place::Beside,
        }
    }

    fn tree(&self) -> Option<Expr<Criterion>> {
        let search = Search::parse(&self.text).ok()?;
        search.expr().cloned()
    }
}

/// A filter's text without its windows of time and with the beginning of a new one at its end, for
/// somebody to write on.
///
/// # Errors
///
/// The text is no filter.
pub fn begin_window(text: &str) -> Result<String, FilterError> {
    let mut draft = Draft::new(text)?;
    draft.take_windows()?;
    Ok(draft.followed_by(&format!("{SINCE}:")))
}

fn attribute(tree: &Expr<Criterion>) -> Option<Attribute> {
    match tree {
        Expr::Restriction(restriction) => restriction.condition.attribute(),
        Expr::And { .. } | Expr::Or { .. } | Expr::Not { .. } => None,
    }
}

/// Whether a line of text cannot hold a character.
fn is_unsayable(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')
}

/// The pieces of a text between what a line cannot hold; a star between them stands for that.
fn sayable(text: &str) -> Vec<String> {
    text.split(is_unsayable).map(str::to_owned).collect()
}

/// A value with stars between its pieces.
fn written(pieces: &[String]) -> String {
    let pieces: Vec<&str> = pieces.iter().map(String::as_str).collect();
    quoting::written(&pieces, None)
}
