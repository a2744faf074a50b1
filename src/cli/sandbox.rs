//! `switchboard sandbox`: the Calls service over TCP, on this machine.

use super::Stop;
use super::arguments::Sandbox;
use crate::config::Environment;

/// Serves until it is told to stop.
pub(super) fn run(_asked: Sandbox, _environment: &Environment) -> Result<(), Stop> {
    Ok(())
}
