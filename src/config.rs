//! Configuration: file, environment and flags become settings.
