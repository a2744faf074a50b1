//! The question before a call is placed, with everything that a mistake could hide in.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Span;

use crate::app::{Action, App, Choice, Confirm, Mode, Question};
use crate::call::{
    DEFAULT_TIMEOUT_SECONDS, E164, NewCall, NumberPlan, Party, PostProcessing, RecordingConfig,
    Trigger, country_name,
};

use super::layout::{cells, middle};
use super::theme::{Role, Theme};
use super::{Look, clear, framed, more_below, pane, put, put_all, text, width_of};

/// Cells of the captions.
const CAPTION: u16 = 11;

/// A line of the question: its caption and what it says.
struct Row {
    caption: &'static str,
    told: String,
    role: Role,
}

impl Row {
    fn new(caption: &'static str, told: impl Into<String>, role: Role) -> Self {
        Self {
            caption,
            told: told.into(),
            role,
        }
    }
}

/// Draws the question.
pub(super) fn render(app: &App, look: &Look, screen: Rect, buf: &mut Buffer) {
    let Some(confirm) = app.confirm() else {
        return;
    };
    let theme = look.theme;
    let rows = rows(app, confirm, theme);
    let area = middle(screen, 72, cells(rows.len() + 6));
    clear(area, buf);
    let title = match confirm.question {
        Question::Place => "Place this call?",
        Question::OnceMore => "Call this number once more?",
    };
    let inner = framed(pane(theme, title, true), area, buf);
    let inner = Rect {
        x: inner.x + 2,
        width: inner.width.saturating_sub(4),
        ..inner
    };
    let last = inner.bottom().saturating_sub(2);
    let room = usize::from(inner.width.saturating_sub(CAPTION));
    for (y, row) in (inner.y + 1..last).zip(&rows) {
        let quiet = theme.style(Role::Quiet);
        put(buf, inner, (inner.x, y), row.caption, quiet);
        let told = text::fit(&row.told, room);
        let at = (inner.x + CAPTION, y);
        put(buf, inner, at, &told, theme.style(row.role));
    }
    let seen = usize::from(last.saturating_sub(inner.y + 1));
    more_below(theme, area, rows.len().saturating_sub(seen), buf);
    let answers = answers(look, confirm);
    let indent = if width_of(&answers) + usize::from(CAPTION) <= usize::from(inner.width) {
        CAPTION
    } else {
        0
    };
    put_all(buf, inner, (inner.x + indent, last), &answers);
}

/// What matters most comes first: on a small screen the last ones are out of sight.
fn rows(app: &App, confirm: &Confirm, theme: Theme) -> Vec<Row> {
    let setup = app.setup();
    let call = &confirm.call;
    let mut rows = vec![Row::new("Call", number(&call.to), Role::Strong)];
    rows.push(if setup.sandbox {
        Row::new("", "sandbox: no phone rings", Role::Good)
    } else {
        Row::new("", "this rings a phone, and costs money", Role::Doubt)
    });
    for doubt in confirm.repeats.iter().chain(&confirm.doubts) {
        let role = match confirm.question {
            Question::Place => Role::Doubt,
            Question::OnceMore => Role::Bad,
        };
        rows.push(Row::new(theme.signs().doubt, doubt.clone(), role));
    }
    let profile = if setup.sandbox {
        Role::Text
    } else {
        Role::Strong
    };
    rows.push(Row::new("Profile", setup.profile.clone(), profile));
    rows.push(Row::new("Project", setup.project.to_string(), Role::Text));
    rows.push(Row::new("From", number(&call.from), Role::Text));
    if call.is_private {
        rows.push(Row::new(
            "",
            "withheld from the one who is called",
            Role::Text,
        ));
    }
    for (at, uri) in call.options.handler_uris.iter().enumerate() {
        let caption = if at == 0 { "Handlers" } else { "" };
        rows.push(Row::new(caption, format!("{}  {uri}", at + 1), Role::Text));
    }
    let records = call.options.recording.as_ref().filter(|it| it.records());
    let role = if records.is_some() {
        Role::Doubt
    } else {
        Role::Text
    };
    rows.push(Row::new("Recording", recording(records, theme), role));
    rows.push(Row::new("Timeout", timeout(call), Role::Text));
    if !call.labels.is_empty() {
        let labels: Vec<String> = call
            .labels
            .iter()
            .map(|(key, value)| format!("{key} = {value}"))
            .collect();
        rows.push(Row::new("Labels", labels.join(", "), Role::Text));
    }
    if let Some(ticket) = &confirm.follows {
        rows.push(Row::new("Instead of", ticket.as_str(), Role::Text));
    }
    rows
}

fn recording(recording: Option<&RecordingConfig>, theme: Theme) -> String {
    let Some(recording) = recording else {
        return "no".to_owned();
    };
    let from = match recording.trigger {
        Trigger::Bridge => "from the bridge",
        Trigger::Answer | Trigger::Unspecified | Trigger::Disabled | Trigger::Other(_) => {
            "from the answer"
        }
    };
    let mut told = vec![from];
    if recording
        .post_processing
        .contains(&PostProcessing::TrimSilence)
    {
        told.push("silence trimmed");
    }
    if recording.transcribes() {
        told.push("transcribed");
    }
    told.join(&format!(" {} ", theme.signs().dot))
}

fn timeout(call: &NewCall) -> String {
    match call.options.timeout_seconds {
        0 => format!("{DEFAULT_TIMEOUT_SECONDS} s"),
        seconds => format!("{seconds} s"),
    }
}

fn answers(look: &Look, confirm: &Confirm) -> Vec<Span<'static>> {
    let theme = look.theme;
    let key = |action| look.hint(Mode::Confirm, action);
    let style = |choice| {
        theme.style(if confirm.lit == choice {
            Role::Cursor
        } else {
            Role::Text
        })
    };
    let place = match confirm.question {
        Question::Place => "[ Place call ]",
        Question::OnceMore => "[ Call once more ]",
    };
    vec![
        Span::styled("[ Cancel ]", style(Choice::Cancel)),
        Span::styled(format!(" {}", key(Action::No)), theme.style(Role::Key)),
        Span::raw("   "),
        Span::styled(place, style(Choice::Place)),
        Span::styled(format!(" {}", key(Action::Yes)), theme.style(Role::Key)),
    ]
}

/// The number as it is written abroad, with its country.
fn number(number: &str) -> String {
    let country = match E164::parse(number).map(E164::plan) {
        Ok(NumberPlan::Possible {
            region: Some(region),
            ..
        }) => match country_name(&region) {
            Some(name) => format!("   {name} ({region})"),
            None => format!("   ({region})"),
        },
        Ok(NumberPlan::Possible { region: None, .. } | NumberPlan::Impossible(_)) | Err(_) => {
            "   no country".to_owned()
        }
    };
    format!("{}{country}", Party::from_text(number, false))
}
