//! The palette: every command that makes sense where it was opened, found by a few of its letters.

use nucleo_matcher::pattern::{AtomKind, CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};
use unicode_segmentation::UnicodeSegmentation as _;

use super::App;
use super::line::Line;
use super::msg::{Action, Edit, Effect, Mode};
use super::placing::Opening;
use super::timed::{Timed, Written};
use super::viewport;
use super::views::SavedView;
use crate::filter::Standpoint;

/// What can be run from the palette.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Something that a key does as well.
    Action(Action),
    /// Show a view.
    View(SavedView),
    /// Something that takes a time.
    Timed(Timed),
    /// Open the form with a preset.
    Preset {
        /// Its name.
        name: String,
        /// What it brings, in a few words.
        says: String,
    },
}

impl Command {
    /// What it is called there.
    pub fn name(&self) -> String {
        match self {
            Self::Action(action) => action.name().to_owned(),
            Self::View(view) => format!("view {}", view.name),
            Self::Timed(timed) => timed.name().to_owned(),
            Self::Preset { name, .. } => format!("call with preset {name}"),
        }
    }

    /// What it does, in a few words.
    pub fn says(&self) -> &str {
        match self {
            Self::Action(action) => action.says(),
            Self::View(view) if view.filter.is_empty() => "all calls",
            Self::View(view) => &view.filter,
            Self::Timed(timed) => timed.says(),
            Self::Preset { says, .. } => says,
        }
    }

    /// The action whose key does the same, if one may.
    pub fn action(&self) -> Option<Action> {
        match self {
            Self::Action(action) => Some(*action),
            Self::View(view) => view.key.map(super::ViewKey::action),
            Self::Timed(_) | Self::Preset { .. } => None,
        }
    }
}

/// A command that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundCommand {
    /// Which.
    pub command: Command,
    /// The letters of its name that match, counted in grapheme clusters, in ascending order.
    pub in_name: Vec<usize>,
    /// The same of what it says.
    pub in_says: Vec<usize>,
    /// The time that is written behind its name.
    pub written: Written,
    score: u32,
}

/// What is typed and what that finds.
#[derive(Debug)]
pub struct Palette {
    /// The mode that it was opened from.
    from: Mode,
    line: Line,
    commands: Vec<Command>,
    found: Vec<FoundCommand>,
    /// The one that the enter key runs.
    position: usize,
    /// The first that is in sight.
    top: usize,
    rows: usize,
}

impl Palette {
    fn new(from: Mode, commands: Vec<Command>) -> Self {
        let mut palette = Self {
            from,
            line: Line::default(),
            commands,
            found: Vec::new(),
            position: 0,
            top: 0,
            rows: 0,
        };
        palette.find();
        palette
    }

    /// The mode that it was opened from.
    pub(super) fn from(&self) -> Mode {
        self.from
    }

    /// The text that is looked for.
    pub fn line(&self) -> &Line {
        &self.line
    }

    /// How many commands there are.
    pub fn len(&self) -> usize {
        self.commands.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.commands.is_empty()
    }

    /// What was found, the best first.
    pub fn found(&self) -> &[FoundCommand] {
        &self.found
    }

    /// The position of the one that the enter key runs.
    pub fn position(&self) -> usize {
        self.position
    }

    /// The position of the first that is in sight.
    pub fn top(&self) -> usize {
        self.top
    }

    fn edit(&mut self, edit: &Edit, at: &Standpoint) {
        if self.line.edit(edit) {
            self.find();
            self.read_time(at);
        }
    }

    /// Where a command that takes a time is written out, there is nothing else to find.
    fn read_time(&mut self, at: &Standpoint) {
        let Some((timed, text)) = Timed::parse(self.line.text()) else {
            return;
        };
        self.found = vec![FoundCommand {
            command: Command::Timed(timed),
            in_name: (0..timed.name().len()).collect(),
            in_says: Vec::new(),
            written: Written::read(text, at),
            score: 0,
        }];
    }

    fn step(&mut self, lines: isize) {
        self.position = viewport::moved(self.position, lines, self.found.len());
        self.settle();
    }

    fn measure(&mut self, rows: usize) {
        self.rows = rows;
        self.settle();
    }

    fn settle(&mut self) {
        self.top = viewport::top_for(self.top, self.position, self.found.len(), self.rows);
    }

    fn find(&mut self) {
        let pattern = Pattern::new(
            self.line.text(),
            CaseMatching::Ignore,
            Normalization::Smart,
            AtomKind::Fuzzy,
        );
        let mut config = Config::DEFAULT;
        config.prefer_prefix = true;
        let mut matcher = Matcher::new(config);
        self.found = self
            .commands
            .iter()
            .filter_map(|command| look_in(command, &pattern, &mut matcher))
            .collect();
        // Between equals the order of all commands stands.
        self.found
            .sort_by_key(|found| std::cmp::Reverse(found.score));
        self.position = 0;
        self.top = 0;
    }
}

/// Every word has to stand in the name or in what is said; in the name it counts for more.
fn look_in(command: &Command, pattern: &Pattern, matcher: &mut Matcher) -> Option<FoundCommand> {
    let (name, says) = (letters(&command.name()), letters(command.says()));
    let mut in_name = Vec::new();
    let mut in_says = Vec::new();
    let mut score = 0;
    for word in &pattern.atoms {
        let named = word.indices(Utf32Str::Unicode(&name), matcher, &mut in_name);
        score += match named {
            Some(score) => u32::from(score) * 2,
            None => word
                .indices(Utf32Str::Unicode(&says), matcher, &mut in_says)?
                .into(),
        };
    }
    Some(FoundCommand {
        command: command.clone(),
        in_name: ascending(in_name),
        in_says: ascending(in_says),
        written: Written::Nothing,
        score,
    })
}

/// The first character of each cluster, so that what is found can be lit cluster by cluster.
fn letters(text: &str) -> Vec<char> {
    text.graphemes(true)
        .filter_map(|cluster| cluster.chars().next())
        .collect()
}

fn ascending(indices: Vec<u32>) -> Vec<usize> {
    let mut places: Vec<usize> = indices
        .into_iter()
        .filter_map(|at| usize::try_from(at).ok())
        .collect();
    places.sort_unstable();
    places.dedup();
    places
}

/// Whether an action is worth a row: movements are not, and no more what only a prompt understands.
fn is_offered(action: Action) -> bool {
    match action {
        Action::Top
        | Action::Bottom
        | Action::Open
        | Action::NextPane
        | Action::Filter
        | Action::Quick
        | Action::NextFailure
        | Action::PreviousFailure
        | Action::Legs
        | Action::NewCall
        | Action::Redial
        | Action::Placements
        | Action::Sort
        | Action::SortLeft
        | Action::SortRight
        | Action::Wide
        | Action::TimeForm
        | Action::Pause
        | Action::Copy
        | Action::Refresh
        | Action::SaveView
        | Action::Help
        | Action::Suspend
        | Action::Quit => true,
        Action::Up
        | Action::Down
        | Action::HalfPageUp
        | Action::HalfPageDown
        | Action::PageUp
        | Action::PageDown
        | Action::ScrollLeft
        | Action::ScrollRight
        | Action::Back
        | Action::KeepFilter
        | Action::LeaveFilter
        | Action::EarlierFilter
        | Action::LaterFilter
        | Action::Complete
        | Action::CompleteBack
        | Action::SearchFilters
        | Action::Toggle
        | Action::ClearFilter
        | Action::UndoFilter
        | Action::NextGroup
        | Action::PreviousGroup
        | Action::FieldDone
        | Action::NextField
        | Action::PreviousField
        | Action::NextChoice
        | Action::PreviousChoice
        | Action::RowUp
        | Action::RowDown
        | Action::RemoveRow
        | Action::ClearForm
        | Action::Place
        | Action::Yes
        | Action::No
        | Action::Choose
        | Action::OtherChoice
        | Action::PlaceAgain
        | Action::Palette
        | Action::Run
        | Action::KeepView
        | Action::NextViewKey
        | Action::PreviousViewKey
        // The views stand there by their names.
        | Action::View1
        | Action::View2
        | Action::View3
        | Action::View4
        | Action::View5
        | Action::View6
        | Action::View7
        | Action::View8
        | Action::View9 => false,
    }
}

impl App {
    /// The palette, while it is open.
    pub fn palette(&self) -> Option<&Palette> {
        self.palette.as_ref()
    }

    pub(super) fn open_palette(&mut self) {
        self.uncover();
        let views = self.views().iter().cloned().map(Command::View);
        let actions = Action::ALL
            .iter()
            .copied()
            .filter(|&action| is_offered(action))
            .map(Command::Action);
        let timed = Timed::ALL.into_iter().map(Command::Timed);
        let presets = self.preset_commands();
        let commands = views.chain(presets).chain(actions).chain(timed).collect();
        self.palette = Some(Palette::new(self.mode, commands));
        self.mode = Mode::Palette;
    }

    /// A form for each preset.
    fn preset_commands(&self) -> impl Iterator<Item = Command> {
        self.setup.calling.presets.iter().map(|preset| {
            let handlers = preset.call.options.handler_uris.first();
            let brings = [Some(&preset.call.from), handlers];
            let brings: Vec<&str> = brings
                .into_iter()
                .flatten()
                .map(String::as_str)
                .filter(|text| !text.is_empty())
                .collect();
            Command::Preset {
                name: preset.name.clone(),
                says: brings.join(" "),
            }
        })
    }

    pub(super) fn edit_palette(&mut self, edit: &Edit) {
        let at = self.standpoint();
        if let Some(palette) = &mut self.palette {
            palette.edit(edit, &at);
        }
    }

    pub(super) fn step_palette(&mut self, lines: isize) {
        if let Some(palette) = &mut self.palette {
            palette.step(lines);
        }
    }

    pub(super) fn measure_palette(&mut self, rows: usize) {
        if let Some(palette) = &mut self.palette {
            palette.measure(rows);
        }
    }

    /// Puts the cursor of the palette on a row and runs what stands there.
    pub(super) fn run_row(&mut self, row: usize, effects: &mut Vec<Effect>) {
        if let Some(palette) = &mut self.palette
            && palette.top + row < palette.found.len()
        {
            palette.position = palette.top + row;
            self.run_command(effects);
        }
    }

    pub(super) fn close_palette(&mut self) {
        self.mode = self.beneath(Mode::Palette);
        self.palette = None;
    }

    /// A command that takes a time waits for it: its name is written out, and what is missing or wrong
    /// stands beside it.
    fn write_timed(&mut self, timed: Timed) {
        let at = self.standpoint();
        if let Some(palette) = &mut self.palette
            && Timed::parse(palette.line.text()).is_none()
        {
            palette.line = Line::new(&format!("{} ", timed.name()));
            palette.find();
            palette.read_time(&at);
        }
    }

    /// Closes the palette and runs what its cursor is on; without any it stays open.
    pub(super) fn run_command(&mut self, effects: &mut Vec<Effect>) {
        let Some(palette) = &self.palette else {
            return;
        };
        let Some(found) = palette.found.get(palette.position) else {
            return;
        };
        let (command, written) = (found.command.clone(), found.written.clone());
        let time = match (&command, written) {
            (Command::Timed(_), Written::Time(time)) => Some(time),
            (Command::Timed(timed), Written::Nothing | Written::Wrong(_)) => {
                return self.write_timed(*timed);
            }
            (Command::Action(_) | Command::View(_) | Command::Preset { .. }, _) => None,
        };
        self.close_palette();
        match command {
            Command::Timed(timed) => {
                if let Some(time) = time {
                    self.run_timed(timed, time, effects);
                }
            }
            Command::Action(action) => self.act(action, effects),
            Command::View(view) => self.apply_view(view, effects),
            Command::Preset { name, .. } => self.open_form(&Opening::With(&name)),
        }
    }
}
