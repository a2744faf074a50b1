//! Screens: what the user sees, with colours.
