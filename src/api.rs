//! The client of the Calls service: requests out, domain words back.
