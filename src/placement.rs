//! Placing a call: sent once, and known either way.
