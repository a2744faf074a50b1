//! The command line: arguments and headless commands.
