//! The feed: a polled list that holds exactly what the service holds.
