//! The detail pane: everything that is known of the selected call.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use crate::app::{App, Mode};
use crate::call::{Call, CreateMethod, Party, PhaseKind, PostProcessing, RecordingConfig};

use super::layout::visible_mode;
use super::theme::{Role, Theme};
use super::{framed, more_below, pane, put, put_all, text};

/// Cells for the captions at the left.
const CAPTION: usize = 11;

/// Cells beyond which a bar says nothing more.
const LONGEST_BAR: usize = 100;

/// A line of the pane.
type Row = Vec<Span<'static>>;

/// How many lines of the selected call's sheet the pane cannot show at once.
pub(super) fn beyond(app: &App, theme: Theme, area: Rect) -> usize {
    if area.area() == 0 {
        return 0;
    }
    let inner = within(area);
    app.selected().map_or(0, |call| {
        rows(app, theme, inner, call)
            .len()
            .saturating_sub(usize::from(inner.height))
    })
}

/// Inside the frame, with a blank column at either side.
fn within(area: Rect) -> Rect {
    Rect {
        x: area.x + 2,
        y: area.y + 1,
        width: area.width.saturating_sub(4),
        height: area.height.saturating_sub(2),
    }
}

/// Draws the pane.
pub(super) fn render(app: &App, theme: Theme, area: Rect, buf: &mut Buffer) {
    let active = visible_mode(app) == Mode::Detail;
    let Some(call) = app.selected() else {
        let inner = framed(pane(theme, "Detail", active), area, buf);
        let told = "no call is selected";
        put(
            buf,
            inner,
            (inner.x + 1, inner.y),
            told,
            theme.style(Role::Quiet),
        );
        return;
    };
    let title = text::fit(call.name.short(), 20).into_owned();
    framed(pane(theme, &title, active), area, buf);
    let inner = within(area);
    let rows = rows(app, theme, inner, call);
    let scrolled = app.detail_scroll();
    for (y, row) in (inner.y..inner.bottom()).zip(rows.iter().skip(scrolled)) {
        put_all(buf, inner, (inner.x, y), row);
    }
    let below = rows
        .len()
        .saturating_sub(scrolled + usize::from(inner.height));
    more_below(theme, area, below, buf);
}

/// All lines of a call's sheet in the pane.
fn rows(app: &App, theme: Theme, area: Rect, call: &Call) -> Vec<Row> {
    let sheet = Sheet {
        theme,
        width: usize::from(area.width),
        now: app.now(),
        service_now: app.service_now(),
        zone: app.setup().zone,
    };
    sheet.rows(call, &app.children(call).collect::<Vec<_>>())
}

/// Everything that is known of a call, as the pane tells it: one line each, each harmless, and none
/// wider than the sheet. Other legs are told of where the call itself names them.
pub fn call_sheet(call: &Call, sheet: &Sheet) -> Vec<Line<'static>> {
    let rows = sheet.rows(call, &[]).into_iter();
    rows.map(Line::from).collect()
}

/// What a call is told on.
#[derive(Debug, Clone, Copy)]
pub struct Sheet {
    /// How it looks.
    pub theme: Theme,
    /// Cells.
    pub width: usize,
    /// The time here, by which a time is today's or not.
    pub now: DateTime<Utc>,
    /// The time by the service's clock, by which phases go on.
    pub service_now: DateTime<Utc>,
    /// The zone of its times.
    pub zone: Tz,
}

impl Sheet {
    fn rows(&self, call: &Call, children: &[&Call]) -> Vec<Row> {
        let mut lines = Lines {
            sheet: *self,
            theme: self.theme,
            width: self.width,
            rows: Vec::new(),
        };
        lines.head(call);
        lines.parties(call);
        lines.timing(call);
        lines.money(call);
        lines.recording(call);
        lines.handlers(call);
        lines.labels(call);
        lines.legs(call, children);
        lines.origin(call);
        lines.rows
    }
}

/// The lines of one call under construction.
struct Lines {
    sheet: Sheet,
    theme: Theme,
    width: usize,
    rows: Vec<Row>,
}

impl Lines {
    fn style(&self, role: Role) -> Style {
        self.theme.style(role)
    }

    fn blank(&mut self) {
        self.rows.push(Vec::new());
    }

    /// A caption and a text, which goes on in further lines if it must.
    fn told(&mut self, caption: &str, told: &str, style: Style) {
        let room = self.width.saturating_sub(CAPTION).max(8);
        for (at, line) in text::wrap(told, room, 6).into_iter().enumerate() {
            let caption = if at == 0 { caption } else { "" };
            self.rows
                .push(vec![self.caption(caption), Span::styled(line, style)]);
        }
    }

    fn caption(&self, caption: &str) -> Span<'static> {
        Span::styled(text::pad(caption, CAPTION), self.style(Role::Quiet))
    }

    fn head(&mut self, call: &Call) {
        let look = self.theme.state(call.state);
        let mut row = vec![Span::styled(
            format!("{} {}", look.sign, look.word.to_uppercase()),
            look.style,
        )];
        if !call.error_code.is_empty() {
            let room = self.width.saturating_sub(16);
            let code = text::fit(&call.error_code, room).into_owned();
            row.push(Span::styled(format!("   {code}"), self.style(Role::Bad)));
        }
        self.rows.push(row);
        if !call.error_message.is_empty() {
            for line in text::wrap(&call.error_message, self.width, 4) {
                self.rows.push(vec![Span::raw(line)]);
            }
        }
        self.blank();
    }

    fn parties(&mut self, call: &Call) {
        let theme = self.theme;
        let plain = self.style(Role::Text);
        let said = |party: Party<'_>| match party {
            Party::Absent => theme.signs().absent.to_owned(),
            Party::Number(_) | Party::Sip(_) | Party::Private | Party::Other(_) => {
                party.to_string()
            }
        };
        let mut from = said(call.from_party());
        if call.is_private && !matches!(call.from_party(), Party::Private) {
            from.push_str("  (withheld)");
        }
        self.told("From", &from, plain);
        if let Some(place) = &call.from_location {
            let mut parts: Vec<String> = [
                &place.locality,
                &place.administrative_area,
                &place.region_code,
            ]
            .into_iter()
            .filter(|part| !part.is_empty())
            .cloned()
            .collect();
            if let Some((north, east)) = place.coordinates {
                parts.push(format!("{north:.2}, {east:.2}"));
            }
            if !parts.is_empty() {
                self.told("", &parts.join(", "), self.style(Role::Quiet));
            }
        }
        if !call.from_zone.is_empty() {
            self.told(
                "",
                &format!("zone {}", call.from_zone),
                self.style(Role::Quiet),
            );
        }
        self.told("To", &said(call.to_party()), plain);
        let way = format!(
            "{} {} {} {}",
            theme.direction(call.direction),
            call.direction.name().to_lowercase(),
            theme.signs().dot,
            call.transport.name()
        );
        let made = match call.create_method {
            CreateMethod::Api => Some("placed through the API"),
            CreateMethod::ParentCall => Some("made by another leg"),
            CreateMethod::IncomingCall | CreateMethod::Unspecified | CreateMethod::Other(_) => None,
        };
        let way = match made {
            Some(made) => format!("{way} {} {made}", theme.signs().dot),
            None => way,
        };
        self.told("Way", &way, plain);
        self.blank();
    }

    fn timing(&mut self, call: &Call) {
        let signs = self.theme.signs();
        let now = self.sheet.service_now;
        let quiet = self.style(Role::Quiet);
        let created = call
            .create_time
            .map_or_else(|| signs.absent.to_owned(), |at| self.moment(at));
        self.told(
            "Timing",
            &format!("created {created}"),
            self.style(Role::Text),
        );
        let timeline = call.timeline();
        let whole: f64 = timeline
            .phases()
            .iter()
            .map(|phase| phase.length(now).as_secs_f64())
            .sum();
        // What stands before the bar: caption, branch, name, length.
        let room = self.width.saturating_sub(CAPTION + 20).min(LONGEST_BAR);
        let mut passed = 0.0;
        for kind in PhaseKind::ALL {
            let last = kind == PhaseKind::Talk;
            let branch = if last {
                signs.last_branch
            } else {
                signs.branch
            };
            let name = match kind {
                PhaseKind::Queued => "queued",
                PhaseKind::Setup => "setup",
                PhaseKind::Ringing => "ringing",
                PhaseKind::Talk => "talk",
            };
            let mut row = vec![self.caption(""), Span::styled(format!("{branch} "), quiet)];
            row.push(Span::styled(text::pad(name, 8), quiet));
            match timeline.phase(kind) {
                Some(phase) => {
                    let length = phase.length(now);
                    row.push(Span::raw(text::pad_left(&text::exact_span(length), 8)));
                    let bar = bar(
                        signs.block,
                        signs.sliver,
                        room,
                        (passed, length.as_secs_f64(), whole),
                    );
                    passed += length.as_secs_f64();
                    let role = match kind {
                        PhaseKind::Talk => Role::Good,
                        PhaseKind::Ringing => Role::Doubt,
                        PhaseKind::Queued | PhaseKind::Setup => Role::Active,
                    };
                    row.push(Span::styled(format!("  {bar}"), self.style(role)));
                }
                None => row.push(Span::styled(text::pad_left(signs.absent, 8), quiet)),
            }
            self.rows.push(row);
        }
        if let Some(ended) = call.end_time {
            self.told("", &format!("ended {}", self.moment(ended)), quiet);
        }
        self.blank();
    }

    /// A time to the millisecond, in the zone on screen.
    fn moment(&self, at: DateTime<Utc>) -> String {
        let local = at.with_timezone(&self.sheet.zone);
        let today = self.sheet.now.with_timezone(&self.sheet.zone).date_naive();
        let form = if local.date_naive() == today {
            "%H:%M:%S%.3f"
        } else {
            "%-d %b %Y %H:%M:%S%.3f"
        };
        local.format(form).to_string()
    }

    fn money(&mut self, call: &Call) {
        match &call.price {
            Some(price) => self.told(
                "Price",
                &format!("{price}  (this leg only)"),
                self.style(Role::Text),
            ),
            None if call.is_open() => {
                self.told("Price", "when the call is over", self.style(Role::Quiet));
            }
            None if call.answer_time.is_some() => {
                self.told("Price", "pending", self.style(Role::Quiet));
            }
            None => self.told("Price", self.theme.signs().absent, self.style(Role::Quiet)),
        }
    }

    fn recording(&mut self, call: &Call) {
        let Some(options) = &call.options else {
            return;
        };
        let quiet = self.style(Role::Quiet);
        match &options.recording {
            None => self.told("Recording", "not configured", quiet),
            Some(recording) => {
                let words = recording_words(recording, self.theme);
                self.told("Recording", &words, self.style(Role::Text));
                let hooks = [
                    ("ready", &recording.recording_ready_uri),
                    ("transcript", &recording.transcription_ready_uri),
                ];
                for (what, uri) in hooks {
                    if !uri.is_empty() {
                        self.told("", &format!("{what} {uri}"), quiet);
                    }
                }
            }
        }
    }

    fn handlers(&mut self, call: &Call) {
        let Some(options) = &call.options else {
            return;
        };
        for (at, uri) in options.handler_uris.iter().enumerate() {
            let caption = if at == 0 { "Handlers" } else { "" };
            self.told(
                caption,
                &format!("{}  {uri}", at + 1),
                self.style(Role::Text),
            );
        }
        if !options.state_update_uri.is_empty() {
            self.told("Webhook", &options.state_update_uri, self.style(Role::Text));
        }
        if options.timeout_seconds != 0 {
            self.told(
                "Timeout",
                &format!("{} s", options.timeout_seconds),
                self.style(Role::Text),
            );
        }
    }

    fn labels(&mut self, call: &Call) {
        for (at, (key, value)) in call.labels.iter().enumerate() {
            let caption = if at == 0 { "Labels" } else { "" };
            self.told(caption, &format!("{key} = {value}"), self.style(Role::Text));
        }
    }

    fn legs(&mut self, call: &Call, children: &[&Call]) {
        let theme = self.theme;
        if let Some(parent) = &call.originating_call {
            self.told("Leg of", parent.short(), self.style(Role::Text));
        }
        let children: Vec<String> = children
            .iter()
            .map(|child| {
                let look = theme.state(child.state);
                format!(
                    "{}  {} {}  {}",
                    child.name.short(),
                    look.sign,
                    look.word,
                    child.to_party()
                )
            })
            .collect();
        for (at, told) in children.iter().enumerate() {
            self.told(
                if at == 0 { "Legs" } else { "" },
                told,
                self.style(Role::Text),
            );
        }
        if call.bridged {
            self.told("Bridged", "yes", self.style(Role::Text));
        }
    }

    fn origin(&mut self, call: &Call) {
        if !call.sip_call_id.is_empty() {
            self.told("Call-ID", &call.sip_call_id, self.style(Role::Quiet));
        }
        self.told("Name", call.name.as_str(), self.style(Role::Quiet));
    }
}

/// What is recorded, in words.
fn recording_words(recording: &RecordingConfig, theme: Theme) -> String {
    use crate::call::{Transcribe, Trigger};
    let mut words = vec![match recording.trigger {
        Trigger::Unspecified | Trigger::Disabled => "off".to_owned(),
        Trigger::Answer => "on answer".to_owned(),
        Trigger::Bridge => "on bridge".to_owned(),
        Trigger::Other(number) => format!("trigger {number}"),
    }];
    for step in &recording.post_processing {
        match step {
            PostProcessing::Unspecified => {}
            PostProcessing::TrimSilence => words.push("trim silence".to_owned()),
            PostProcessing::Other(number) => words.push(format!("post-processing {number}")),
        }
    }
    match recording.transcribe {
        Transcribe::Unspecified | Transcribe::Disabled => {}
        Transcribe::Default => words.push("transcribe".to_owned()),
        Transcribe::Other(number) => words.push(format!("transcribe {number}")),
    }
    words.join(&format!(" {} ", theme.signs().dot))
}

/// The bar of a phase within the whole call: where it began, how long it was, how long all was.
fn bar(block: &str, sliver: &str, room: usize, (from, length, whole): (f64, f64, f64)) -> String {
    if whole <= 0.0 || room == 0 {
        return String::new();
    }
    let scaled = |seconds: f64| {
        let wide = f64::from(u16::try_from(room).unwrap_or(u16::MAX));
        // Rounded down and bounded by the room, which is a screen's width.
        let cells = (seconds / whole * wide).clamp(0.0, wide);
        (0..room)
            .take_while(|&cell| {
                f64::from(u16::try_from(cell).unwrap_or(u16::MAX)) + 1.0 <= cells + 1e-9
            })
            .count()
    };
    let start = scaled(from).min(room - 1);
    let end = scaled(from + length).min(room);
    let drawn = if end > start {
        block.repeat(end - start)
    } else {
        sliver.to_owned()
    };
    format!("{}{drawn}", " ".repeat(start))
}
