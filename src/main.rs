//! Parses arguments, runs, and sets the exit status: the only place that does.

fn main() {}
