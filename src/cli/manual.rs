//! `switchboard completions` and `switchboard man`: made from the same tree as `--help`.

use std::io::{self, Write as _};

use clap::{Command, CommandFactory as _};
use clap_complete::Shell;
use clap_mangen::Man;

use super::arguments::Arguments;
use super::outcome::unwritten;
use super::{Exit, Stop};

const NAME: &str = "switchboard";

/// Prints what a shell needs to complete commands and flags.
pub(super) fn completions(shell: Shell) -> Result<Exit, Stop> {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), NAME, &mut text);
    print(&text)
}

/// Prints the manual page of the whole program, in roff: first the console, then each command.
pub(super) fn page() -> Result<Exit, Stop> {
    let failed = |reason: io::Error| Stop::failed(format!("the manual page: {reason}"));
    print(&roff().map_err(failed)?)
}

fn roff() -> io::Result<Vec<u8>> {
    let mut command = Arguments::command();
    command.build();
    let mut page = Vec::new();
    let program = Man::new(command.clone());
    program.render_title(&mut page)?;
    program.render_name_section(&mut page)?;
    program.render_synopsis_section(&mut page)?;
    program.render_description_section(&mut page)?;
    program.render_options_section(&mut page)?;
    render_commands(&command, &mut page)?;
    program.render_extra_section(&mut page)?;
    Ok(page)
}

/// Each command with its own commands behind it, as a section of the one page.
fn render_commands(command: &Command, page: &mut Vec<u8>) -> io::Result<()> {
    for inner in command.get_subcommands() {
        if inner.get_name() == "help" {
            continue;
        }
        let name = inner.get_bin_name().unwrap_or_else(|| inner.get_name());
        writeln!(page, ".SH \"{}\"", name.to_uppercase())?;
        let mut section = Vec::new();
        let manual = Man::new(inner.clone());
        manual.render_synopsis_section(&mut section)?;
        manual.render_description_section(&mut section)?;
        manual.render_options_section(&mut section)?;
        manual.render_extra_section(&mut section)?;
        // What is a section of a page of its own is a part of a section here.
        for line in String::from_utf8_lossy(&section).lines() {
            match line.strip_prefix(".SH ") {
                Some(title) => writeln!(page, ".SS {title}")?,
                None => writeln!(page, "{line}")?,
            }
        }
        render_commands(inner, page)?;
    }
    Ok(())
}

/// A reader who has gone away is no error.
fn print(text: &[u8]) -> Result<Exit, Stop> {
    let mut out = io::stdout().lock();
    let written = out.write_all(text).and_then(|()| out.flush());
    written.map_or_else(|error| unwritten(&error), |()| Ok(Exit::Done))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_has_each_command_and_what_it_takes() {
        let page = String::from_utf8(roff().unwrap()).unwrap();
        for part in [
            ".SH \"SWITCHBOARD LIST\"",
            ".SH \"SWITCHBOARD SANDBOX KEY\"",
            ".SS OPTIONS",
            "Exit status: 0 done",
        ] {
            assert!(page.contains(part), "{part} is missing:\n{page}");
        }
    }

    #[test]
    fn every_shell_is_told_of_every_command() {
        for shell in [
            Shell::Bash,
            Shell::Zsh,
            Shell::Fish,
            Shell::PowerShell,
            Shell::Elvish,
        ] {
            let mut text = Vec::new();
            clap_complete::generate(shell, &mut Arguments::command(), NAME, &mut text);
            let text = String::from_utf8(text).unwrap();
            for command in ["list", "sandbox", "config", "completions", "man"] {
                assert!(text.contains(command), "{shell}: {command}");
            }
        }
    }
}
