//! The sandbox: the Calls service itself, on this machine.
