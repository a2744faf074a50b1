//! The filter language: one tree, one parser, matching, and planning what the service evaluates.
