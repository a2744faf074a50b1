//! Configuration: file, environment and flags become [`Settings`], and nothing else reads the environment.
//!
//! Flags win over `SWITCHBOARD_*` variables, those over `ENFONICA_APPLICATION_CREDENTIALS`, that over
//! the profile of the file, and all of them over the defaults. With nothing that names a service
//! anywhere, the console runs on the embedded sandbox.

mod connection;
mod credentials;
mod environment;
mod error;
mod file;
mod last_values;
mod nearest;
mod overview;
mod presets;
mod resolve;
mod saving;
mod screen;
mod secret;
mod settings;
mod shown;
mod values;
mod views;
mod zone;

#[cfg(test)]
mod tests;

pub use credentials::Credentials;
pub use environment::Environment;
pub use error::{ConfigError, Place};
pub use last_values::LastValues;
pub use nearest::nearest;
pub use overview::{Checked, SAMPLE, Started, check, path, start};
pub use resolve::resolve;
pub use saving::ConfigFile;
pub use screen::{ascii, colour};
pub use secret::webhook_key;
pub use settings::{Flags, Log, Screen, Service, Settings, Target, ZoneFlag};

/// The profile that always exists: the embedded sandbox.
pub const SANDBOX_PROFILE: &str = "sandbox";

/// The project of the embedded sandbox, unless another is named (`sandbox.md`).
pub const SANDBOX_PROJECT: &str = "demo";
