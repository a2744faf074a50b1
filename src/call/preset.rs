//! What a profile brings to every call that is placed with it: presets, and numbers that are not called.

use super::{DenyList, NewCall, TicketLabel};

/// The longest name of a preset, in characters.
const MAX_NAME: usize = 40;

/// Values for a call under a name: everything but the number to call.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Preset {
    /// Its name, as it is chosen.
    pub name: String,
    /// The values; `to` is empty. What is not set has the default of the service.
    pub call: NewCall,
}

impl Preset {
    /// Whether a preset can have a name.
    ///
    /// # Errors
    ///
    /// Says why not, as a sentence without its full stop.
    pub fn check_name(name: &str) -> Result<(), String> {
        if name.trim() != name || name.is_empty() {
            return Err("a preset needs a name without blanks around it".to_owned());
        }
        if name.chars().count() > MAX_NAME || name.chars().any(char::is_control) {
            return Err(format!(
                "a name has at most {MAX_NAME} characters and none that cannot be seen"
            ));
        }
        Ok(())
    }
}

/// How calls are placed with a profile.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Calling {
    /// The presets to choose from, each name once.
    pub presets: Vec<Preset>,
    /// The position of the one that a form begins with, if one is configured.
    pub default_preset: Option<usize>,
    /// Numbers that are not called.
    pub deny: DenyList,
    /// The values of the last call that was placed with the profile, in an earlier run or in this one,
    /// without its number and its labels.
    pub last: Option<NewCall>,
    /// Whether calls carry their ticket: by that one that was lost is found again.
    pub label: TicketLabel,
}

impl Calling {
    /// The preset of a name.
    pub fn preset(&self, name: &str) -> Option<&Preset> {
        self.presets.iter().find(|preset| preset.name == name)
    }
}
