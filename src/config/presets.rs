//! How calls are placed, by the configuration file: presets, the one that forms begin with, and the
//! deny list, for all profiles and for one, each value checked by the rules of a call.

use toml::de::DeTable;

use super::connection::Placed;
use super::file::{Entry, Reader, entries};
use super::{ConfigError, nearest, values};
use crate::call::{
    Calling, DeniedPattern, Labels, MAX_DENIED, MAX_HANDLER_URIS, MAX_LABELS, NewCall,
    PostProcessing, Preset, RecordingConfig, TICKET_LABEL, Transcribe, Trigger, check_handler_uri,
    check_labels, check_new_call, check_number, check_timeout, check_web_uri,
};

/// The keys of a preset.
pub(super) const PRESET_KEYS: [&str; 11] = [
    "from",
    "private",
    "handlers",
    "state_webhook",
    "timeout",
    "record",
    "trim_silence",
    "recording_webhook",
    "transcribe",
    "transcript_webhook",
    "labels",
];

/// More than anybody chooses from.
const MAX_PRESETS: usize = 100;

const RECORD: [(&str, Trigger); 3] = [
    ("no", Trigger::Disabled),
    ("answer", Trigger::Answer),
    ("bridge", Trigger::Bridge),
];

/// What one table says about placing calls: the file's top, or a profile.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct PlacingRules {
    /// In the order of the file.
    pub(super) presets: Vec<Preset>,
    pub(super) default_preset: Option<Placed<String>>,
    pub(super) deny: Vec<DeniedPattern>,
}

impl PlacingRules {
    /// The rules for a profile: its own and those for all. A preset of its own takes the place of one
    /// of the same name; both deny lists hold.
    pub(super) fn with(&self, own: Option<&Self>) -> Result<Calling, ConfigError> {
        let nothing = Self::default();
        let own = own.unwrap_or(&nothing);
        let mut presets = own.presets.clone();
        let others = self.presets.iter();
        let others = others.filter(|it| own.presets.iter().all(|mine| mine.name != it.name));
        presets.extend(others.cloned());
        let named = own.default_preset.as_ref().or(self.default_preset.as_ref());
        let default_preset = match named {
            Some(named) => Some(position(&presets, named)?),
            None => None,
        };
        Ok(Calling {
            presets,
            default_preset,
            deny: self.deny.iter().chain(&own.deny).cloned().collect(),
            ..Calling::default()
        })
    }
}

fn position(presets: &[Preset], named: &Placed<String>) -> Result<usize, ConfigError> {
    let found = presets.iter().position(|it| it.name == named.value);
    found.ok_or_else(|| {
        let error = ConfigError::at(
            named.place.clone(),
            format!("there is no preset {:?}", named.value),
        );
        let known = presets.iter().map(|it| it.name.as_str());
        match nearest(&named.value, known) {
            Some(near) => error.did_you_mean(Some(near)),
            None => error.remedy("write [preset.NAME] to add one"),
        }
    })
}

impl Reader<'_> {
    /// Takes an entry that is about placing calls, of the file's top or of a profile.
    pub(super) fn placing(
        &self,
        entry: &Entry<'_>,
        rules: &mut PlacingRules,
    ) -> Result<(), ConfigError> {
        match entry.key {
            "preset" => rules.presets = self.presets(entry)?,
            "default_preset" => {
                rules.default_preset = Some(self.read(entry, |text| Ok(text.to_owned()))?);
            }
            _ => rules.deny = self.denied(entry)?,
        }
        Ok(())
    }

    fn denied(&self, entry: &Entry<'_>) -> Result<Vec<DeniedPattern>, ConfigError> {
        self.texts(
            entry,
            ("a list of numbers in brackets", MAX_DENIED),
            DeniedPattern::parse,
        )
    }

    /// A list of texts, each checked; the place told is that of the one that is wrong.
    fn texts<T>(
        &self,
        entry: &Entry<'_>,
        (wanted, most): (&str, usize),
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Result<Vec<T>, ConfigError> {
        let Some(list) = entry.value.get_ref().as_array() else {
            return Err(self.ill_typed(entry, wanted));
        };
        if list.len() > most {
            let what = format!(
                "{} has at most {most} entries, not {}",
                entry.key,
                list.len()
            );
            return Err(self.error(entry, what));
        }
        let read = |item: &toml::Spanned<toml::de::DeValue<'_>>| {
            let wrong = |what| ConfigError::at(self.place(item.span().start), what);
            let Some(text) = item.get_ref().as_str() else {
                return Err(wrong(format!("{} has texts in quotes", entry.key)));
            };
            parse(text).map_err(wrong)
        };
        list.iter().map(read).collect()
    }

    fn presets(&self, entry: &Entry<'_>) -> Result<Vec<Preset>, ConfigError> {
        let Some(table) = entry.value.get_ref().as_table() else {
            return Err(self
                .error(entry, "preset is the table of all presets")
                .remedy(
                    "write default_preset = \"NAME\" to choose one, [preset.NAME] to add one",
                ));
        };
        if table.len() > MAX_PRESETS {
            let what = format!(
                "there are at most {MAX_PRESETS} presets, not {}",
                table.len()
            );
            return Err(self.error(entry, what));
        }
        let mut presets = Vec::new();
        for entry in entries(table) {
            Preset::check_name(entry.key)
                .map_err(|wrong| self.error(&entry, format!("{wrong}: {:?}", entry.key)))?;
            let Some(table) = entry.value.get_ref().as_table() else {
                return Err(self
                    .error(&entry, "a preset is a table")
                    .remedy(format!("write [preset.{:?}]", entry.key)));
            };
            presets.push(Preset {
                name: entry.key.to_owned(),
                call: self.preset(table)?,
            });
        }
        Ok(presets)
    }

    pub(super) fn preset(&self, table: &DeTable<'_>) -> Result<NewCall, ConfigError> {
        let mut call = NewCall::default();
        let mut recording = RecordingConfig {
            trigger: Trigger::Disabled,
            transcribe: Transcribe::Disabled,
            ..RecordingConfig::default()
        };
        let silent = recording.clone();
        let entries = entries(table);
        for entry in &entries {
            match entry.key {
                "from" => call.from = self.checked(entry, check_number)?,
                "private" => call.is_private = self.switch(entry)?,
                "handlers" => {
                    let wanted = ("a list of URIs in brackets", MAX_HANDLER_URIS);
                    let checked = |text: &str| check_handler_uri(text).map(|()| text.to_owned());
                    call.options.handler_uris = self.texts(entry, wanted, checked)?;
                }
                "state_webhook" => {
                    call.options.state_update_uri = self.checked(entry, check_web_uri)?;
                }
                "timeout" => {
                    call.options.timeout_seconds = self.read(entry, timeout)?.value;
                }
                "record" => recording.trigger = self.read(entry, trigger)?.value,
                "trim_silence" => {
                    if self.switch(entry)? {
                        recording.post_processing = vec![PostProcessing::TrimSilence];
                    }
                }
                "recording_webhook" => {
                    recording.recording_ready_uri = self.checked(entry, check_web_uri)?;
                }
                "transcribe" => {
                    if self.switch(entry)? {
                        recording.transcribe = Transcribe::Default;
                    }
                }
                "transcript_webhook" => {
                    recording.transcription_ready_uri = self.checked(entry, check_web_uri)?;
                }
                "labels" => call.labels = self.labels(entry)?,
                _ => return Err(self.unknown(entry, &PRESET_KEYS)),
            }
        }
        call.options.recording = (recording != silent).then_some(recording);
        // Which of a form's fields are still empty is no fault of a preset; what is in it has to fit.
        let wrong = check_new_call(&call)
            .into_iter()
            .find(|it| it.field.starts_with("call.options.recording."));
        match (wrong, entries.iter().find(|it| it.key == "transcribe")) {
            (Some(wrong), Some(entry)) => Err(self
                .error(entry, wrong.reason)
                .remedy("add record = \"answer\" or record = \"bridge\"")),
            (Some(_), None) | (None, _) => Ok(call),
        }
    }

    fn checked(
        &self,
        entry: &Entry<'_>,
        check: impl Fn(&str) -> Result<(), String>,
    ) -> Result<String, ConfigError> {
        let read = self.read(entry, |text| check(text).map(|()| text.to_owned()))?;
        Ok(read.value)
    }

    fn labels(&self, entry: &Entry<'_>) -> Result<Labels, ConfigError> {
        let Some(table) = entry.value.get_ref().as_table() else {
            return Err(self
                .ill_typed(entry, "a table of texts")
                .remedy("write labels = { key = \"value\" }"));
        };
        let mut labels = Labels::default();
        for entry in entries(table) {
            let value = self.read(&entry, |text| Ok(text.to_owned()))?.value;
            if entry.key == TICKET_LABEL {
                return Err(self.error(&entry, "this key is the console's own"));
            }
            labels.insert(entry.key, value);
        }
        if labels.len() >= MAX_LABELS {
            let what = format!(
                "one of {MAX_LABELS} labels is the ticket: at most {} here, not {}",
                MAX_LABELS - 1,
                labels.len()
            );
            return Err(self.error(entry, what));
        }
        check_labels(&labels).map_err(|wrong| self.error(entry, wrong))?;
        Ok(labels)
    }
}

fn trigger(text: &str) -> Result<Trigger, String> {
    let found = RECORD.iter().find(|(name, _)| *name == text);
    found.map(|(_, trigger)| *trigger).ok_or_else(|| {
        let names = RECORD.map(|(name, _)| name);
        match nearest(text, names) {
            Some(near) => format!("{text:?} is no time to record from; did you mean {near}?"),
            None => format!(
                "{text:?} is no time to record from; choose from {}",
                names.join(", ")
            ),
        }
    })
}

/// Whole seconds; zero would stand for the default, which is said by leaving the key out.
fn timeout(text: &str) -> Result<i32, String> {
    let duration = values::duration(text)?;
    let seconds = i32::try_from(duration.as_secs()).unwrap_or(i32::MAX);
    if duration.subsec_nanos() > 0 || seconds == 0 {
        return Err(format!(
            "{text:?} is no number of whole seconds, such as 45s"
        ));
    }
    check_timeout(seconds)?;
    Ok(seconds)
}

#[cfg(test)]
mod tests;
