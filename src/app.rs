//! The console's state and its one pure transition: everything that can be seen.
