//! The quick filters: a menu whose switches edit the text of the filter bar, so that what applies is
//! always in sight there.
//!
//! Its letters are its own and the keymap's keys go before them, so that no key means two things;
//! the menu shows the letters that are left. What it offers of the selected call is that of the call
//! that was selected when it was opened: no line moves under a finger.

use chrono::TimeDelta;

use crate::call::{Call, Direction, E164, Party, State, TICKET_LABEL, Transport};
use crate::filter::{End, Search, Toggle, begin_window, is_between};

use super::App;
use super::msg::{Action, Effect, Level, Mode, Notice};
use super::viewport;

/// The menu.
#[derive(Debug, Clone)]
pub struct Quick {
    /// The mode that it was opened from.
    from: Mode,
    /// The filter's text at that time.
    before: String,
    groups: Vec<Group>,
    /// The switch that was used last, or that the cursor is on.
    at: usize,
    /// Whether the cursor is shown: it comes with the first key that moves it.
    lit: bool,
    /// Whether the list goes back to the newest when the menu is closed: it followed it before, and
    /// nobody has asked for calls like the selected one.
    leads: bool,
}

/// Switches that belong together.
#[derive(Debug, Clone)]
pub struct Group {
    /// What they are about; empty if that need not be said.
    pub title: String,
    /// From top to bottom.
    pub switches: Vec<Switch>,
}

/// One line of the menu.
#[derive(Debug, Clone)]
pub struct Switch {
    /// What it says.
    pub says: Says,
    /// How it is pressed.
    pub press: Press,
    does: Does,
}

/// What a line says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Says {
    /// A state, with its sign and its count.
    State(State),
    /// A direction, with its arrow.
    Direction(Direction),
    /// These words.
    Words(&'static str),
    /// What is the same as in the selected call, and its value there.
    Same(String, String),
}

/// How a line is pressed without the cursor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Press {
    /// By a letter of the menu's own.
    Letter(char),
    /// By the key of an action.
    Action(Action),
    /// Not at all: there are more labels than digits.
    Cursor,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Does {
    Switch(Toggle),
    BeginWindow,
    Clear,
    Undo,
}

impl Quick {
    fn new(from: Mode, before: String, leads: bool, call: Option<&Call>) -> Self {
        let mut groups = vec![states(), directions(), transports(), times()];
        groups.extend(call.map(like).filter(|group| !group.switches.is_empty()));
        groups.push(whole());
        Self {
            from,
            before,
            groups,
            at: 0,
            lit: false,
            leads,
        }
    }

    /// The groups, in the order of the cursor.
    pub fn groups(&self) -> &[Group] {
        &self.groups
    }

    /// The number of the switch that has to be in sight, counted through all groups.
    pub fn at(&self) -> usize {
        self.at
    }

    /// The number of the switch that the cursor is on.
    pub fn lit(&self) -> Option<usize> {
        self.lit.then_some(self.at)
    }

    /// The mode that it was opened from.
    pub fn from(&self) -> Mode {
        self.from
    }

    fn switches(&self) -> impl Iterator<Item = &Switch> {
        self.groups.iter().flat_map(|group| &group.switches)
    }

    /// Moves the cursor; the first time it only comes in sight.
    fn step(&mut self, lines: isize) {
        if std::mem::replace(&mut self.lit, true) {
            self.at = viewport::moved(self.at, lines, self.switches().count());
        }
    }

    /// Moves the cursor to the first line of the next group, or of this one, or of the one before.
    fn step_group(&mut self, forward: bool) {
        let mut firsts = Vec::new();
        let mut first = 0;
        for group in &self.groups {
            firsts.push(first);
            first += group.switches.len();
        }
        let here = self.at;
        let to = if forward {
            firsts.iter().find(|&&first| first > here)
        } else {
            firsts.iter().rev().find(|&&first| first < here)
        };
        self.at = to.copied().unwrap_or(here);
        self.lit = true;
    }
}

impl Switch {
    fn new(letter: char, says: Says, does: Does) -> Self {
        Self {
            says,
            press: Press::Letter(letter),
            does,
        }
    }

    fn toggle(letter: char, says: Says, toggle: Toggle) -> Self {
        Self::new(letter, says, Does::Switch(toggle))
    }

    /// Whether it is on in a filter; nothing for what is no restriction.
    pub fn is_on(&self, search: &Search) -> Option<bool> {
        match &self.does {
            Does::Switch(toggle) => Some(toggle.is_on(search)),
            Does::BeginWindow | Does::Clear | Does::Undo => None,
        }
    }
}

fn states() -> Group {
    let letter = |state| match state {
        State::Queued => 'q',
        State::Starting => 's',
        State::Ringing => 'r',
        State::InProgress => 'p',
        State::Completed => 'c',
        State::Failed => 'x',
        State::NotAnswered => 'n',
        State::Busy => 'b',
        State::Rejected => 'e',
        State::Unspecified | State::Other(_) => '?',
    };
    let all = State::OPEN.into_iter().chain(State::ENDED);
    Group {
        title: "State".to_owned(),
        switches: all
            .map(|state| Switch::toggle(letter(state), Says::State(state), Toggle::state(state)))
            .collect(),
    }
}

fn directions() -> Group {
    let one = |letter, direction| {
        Switch::toggle(
            letter,
            Says::Direction(direction),
            Toggle::direction(direction),
        )
    };
    Group {
        title: "Direction".to_owned(),
        switches: vec![one('i', Direction::Incoming), one('o', Direction::Outgoing)],
    }
}

fn transports() -> Group {
    let one = |letter, words, transport| {
        Switch::toggle(letter, Says::Words(words), Toggle::transport(transport))
    };
    Group {
        title: "Transport".to_owned(),
        switches: vec![
            one('t', "telephone", Transport::Pstn),
            one('w', "client", Transport::Client),
            one('v', "SIP", Transport::Sip),
        ],
    }
}

fn times() -> Group {
    let last = |letter, words, minutes| {
        let window = Toggle::last(TimeDelta::minutes(minutes));
        Switch::toggle(letter, Says::Words(words), window)
    };
    Group {
        title: "Created".to_owned(),
        switches: vec![
            last('m', "last 15 min", 15),
            last('h', "last hour", 60),
            last('H', "last 2 hours", 120),
            Switch::toggle('d', Says::Words("today"), Toggle::today()),
            Switch::new('a', Says::Words("since…"), Does::BeginWindow),
        ],
    }
}

/// What a call has that others may have too. All of it holds for the call itself.
fn like(call: &Call) -> Group {
    let mut switches = Vec::new();
    let mut same = |letter, what: &str, value: String, toggle| {
        let says = Says::Same(what.to_owned(), value);
        switches.push(Switch::toggle(letter, says, toggle));
    };
    if !call.to.is_empty() {
        let told = call.to_party().to_string();
        same('T', "to", told, Toggle::party(End::To, &call.to));
    }
    match call.from_party() {
        Party::Private => same('F', "from", "private".to_owned(), Toggle::private()),
        Party::Absent => {}
        party @ (Party::Number(_) | Party::Sip(_) | Party::Other(_)) => {
            let toggle = Toggle::party(End::From, &call.from);
            same('F', "from", party.to_string(), toggle);
        }
    }
    let (end, remote) = match call.direction {
        Direction::Incoming => (End::From, call.from_party()),
        Direction::Outgoing | Direction::Unspecified | Direction::Other(_) => {
            (End::To, call.to_party())
        }
    };
    let side = match end {
        End::To => "to",
        End::From => "from",
    };
    match remote {
        Party::Number(number) => {
            for ((letter, what), start) in [('C', "country"), ('A', "area")]
                .into_iter()
                .zip(starts(number))
            {
                let digits: String = start.chars().filter(|c| !is_between(*c)).collect();
                let toggle = Toggle::party_begins(end, &digits);
                same(letter, what, format!("{side} {start}"), toggle);
            }
        }
        Party::Sip(address) => {
            if let Some((_, domain)) = address.split_once('@').filter(|(_, d)| !d.is_empty()) {
                let tail = format!("@{domain}");
                let toggle = Toggle::party_ends(end, &tail);
                same('A', "domain", format!("{side} {tail}"), toggle);
            }
        }
        Party::Private | Party::Absent | Party::Other(_) => {}
    }
    if !call.error_code.is_empty() {
        let code = call.error_code.to_string();
        same('E', "error", code, Toggle::error(&call.error_code));
    }
    if let Some(parent) = &call.originating_call
        && !parent.id().is_empty()
    {
        let toggle = Toggle::legs(parent.id());
        same('L', "legs of", parent.short().to_owned(), toggle);
    }
    // The ticket is of one call alone, and nobody's own data.
    let labels = call.labels.iter().filter(|(key, _)| *key != TICKET_LABEL);
    let digits = ('1'..='9').map(Press::Letter);
    let mut presses = digits.chain(std::iter::repeat(Press::Cursor));
    for (key, value) in labels {
        if let (Some(toggle), Some(press)) = (Toggle::label(key, value), presses.next()) {
            switches.push(Switch {
                says: Says::Same(key.to_owned(), value.to_owned()),
                press,
                does: Does::Switch(toggle),
            });
        }
    }
    Group {
        title: format!("Like {}", call.name.short()),
        switches,
    }
}

/// How a number begins, as it is written abroad: its country's code, and that with the first group
/// of digits behind it, where there are more behind that.
fn starts(number: E164<'_>) -> Vec<String> {
    let text = Party::Number(number).to_string();
    let mut groups = text.split_inclusive(is_between);
    let (Some(country), Some(area), Some(_)) = (groups.next(), groups.next(), groups.next()) else {
        return Vec::new();
    };
    let trimmed = |text: &str| text.trim_end_matches(is_between).to_owned();
    let both = format!("{country}{area}");
    // Some ways of writing leave the number's beginning out of its digits.
    let (country, area) = (trimmed(country), trimmed(&both));
    let begins = |start: &String| {
        let digits: String = start.chars().filter(|c| !is_between(*c)).collect();
        digits.len() > 1 && number.as_str().starts_with(&digits)
    };
    [country, area].into_iter().filter(begins).collect()
}

/// What is about the filter as a whole.
fn whole() -> Group {
    let one = |words, action, does| Switch {
        says: Says::Words(words),
        press: Press::Action(action),
        does,
    };
    Group {
        title: String::new(),
        switches: vec![
            one("clear all", Action::ClearFilter, Does::Clear),
            one("undo", Action::UndoFilter, Does::Undo),
        ],
    }
}

impl App {
    /// The menu of quick filters, while it is open.
    pub fn quick(&self) -> Option<&Quick> {
        self.quick.as_ref()
    }

    /// Opens the menu. A text that is wrong would be lost under its edits, so it has to be put right
    /// first.
    pub(super) fn open_quick(&mut self, effects: &mut Vec<Effect>) {
        if self.bar.finish() {
            self.filter_changed(effects);
        }
        if self.bar.error().is_some() {
            let told = "the filter has a mistake: put it right in the bar first, or drop it";
            self.say(Notice::new(Level::Warning, told));
            return;
        }
        // What is like this call has to stay about this one, whatever comes in above it.
        let leads = self.table.leads();
        self.table.hold(&self.store);
        let before = self.bar.line().text().to_owned();
        self.quick = Some(Quick::new(self.mode, before, leads, self.selected()));
        self.mode = Mode::Quick;
    }

    /// An action in the menu.
    pub(super) fn quick_act(&mut self, action: Action, effects: &mut Vec<Effect>) {
        let Some(quick) = &mut self.quick else {
            return;
        };
        match action {
            Action::Up => quick.step(-1),
            Action::Down => quick.step(1),
            Action::NextGroup => quick.step_group(true),
            Action::PreviousGroup => quick.step_group(false),
            Action::Toggle => {
                if quick.lit {
                    self.press(self.quick.as_ref().map_or(0, Quick::at), effects);
                } else {
                    quick.step(0);
                }
            }
            Action::Choose => match quick.lit() {
                Some(at) => self.press(at, effects),
                None => self.close_quick(effects),
            },
            Action::ClearFilter => self.write_filter("", effects),
            Action::UndoFilter => {
                let before = quick.before.clone();
                self.write_filter(&before, effects);
            }
            _ => {}
        }
    }

    /// A letter of the menu's own. The cursor goes out of sight again: who knows the letters needs
    /// none, and the enter key closes the menu then.
    pub(super) fn quick_letter(&mut self, letter: &str, effects: &mut Vec<Effect>) {
        let Some(quick) = &mut self.quick else {
            return;
        };
        let mut chars = letter.chars();
        let (Some(letter), None) = (chars.next(), chars.next()) else {
            return;
        };
        let found = quick
            .switches()
            .position(|switch| switch.press == Press::Letter(letter));
        if let Some(at) = found {
            quick.lit = false;
            self.press(at, effects);
        }
    }

    /// Does what a line of the menu says.
    pub(super) fn press(&mut self, at: usize, effects: &mut Vec<Effect>) {
        let Some(quick) = &mut self.quick else {
            return;
        };
        let Some(switch) = quick.switches().nth(at) else {
            return;
        };
        let (does, is_same) = (switch.does.clone(), matches!(switch.says, Says::Same(..)));
        quick.at = at;
        let text = self.bar.line().text();
        let edited = match &does {
            Does::Switch(toggle) => toggle.switched(text),
            Does::BeginWindow => begin_window(text),
            Does::Clear => return self.quick_act(Action::ClearFilter, effects),
            Does::Undo => return self.quick_act(Action::UndoFilter, effects),
        };
        match edited {
            Err(error) => self.say(Notice::new(Level::Warning, error.message)),
            Ok(text) => {
                if is_same {
                    // The calls like it come in around it.
                    quick.leads = false;
                }
                if does == Does::BeginWindow {
                    self.open_filter(effects);
                }
                self.write_filter(&text, effects);
            }
        }
    }

    /// Closes the menu and keeps what it has made of the filter.
    pub(super) fn close_quick(&mut self, effects: &mut Vec<Effect>) {
        if let Some(quick) = self.quick.take() {
            self.remember(effects);
            self.mode = quick.from;
            if quick.leads {
                self.table.follow();
                self.table.settle(&self.store);
            }
        }
    }
}
