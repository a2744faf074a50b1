//! Screens: what the user sees at each size, with colours.

mod fixture;
mod form;
mod hostile;
mod language;
mod older;
mod placing;
mod quick;
mod screens;
mod views;
mod writing;

use std::fmt::Write as _;

use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};

use super::{Look, layout, page, render};
use crate::app::App;
use crate::input::keymap::Keymap;
use crate::view::theme::Theme;

/// Draws the state on a screen of a size, exactly as the loop does.
fn drawn(app: &mut App, theme: Theme, (width, height): (u16, u16)) -> Buffer {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    let area = terminal.get_frame().area();
    let regions = layout::regions(area, app);
    let look = Look {
        theme,
        keymap: Keymap::default(),
    };
    app.measure(page(app, &look, &regions));
    terminal
        .draw(|frame| {
            let regions = layout::regions(frame.area(), app);
            render(app, &look, &regions, frame);
        })
        .unwrap();
    terminal.backend().buffer().clone()
}

/// The text alone.
fn text_of(buffer: &Buffer) -> String {
    let mut lines = Vec::new();
    for y in 0..buffer.area.height {
        let line: String = (0..buffer.area.width)
            .map(|x| buffer[(x, y)].symbol())
            .collect();
        lines.push(line.trim_end().to_owned());
    }
    lines.join("\n")
}

/// The text, and below it a letter for each cell's look with what the letters mean: a screen whose
/// colours are wrong is wrong.
fn picture(buffer: &Buffer) -> String {
    let mut looks: Vec<String> = vec![look_of(&Cell::default())];
    let mut layer = String::new();
    for y in 0..buffer.area.height {
        let mut line = String::new();
        for x in 0..buffer.area.width {
            let look = look_of(&buffer[(x, y)]);
            let at = looks
                .iter()
                .position(|other| *other == look)
                .unwrap_or_else(|| {
                    looks.push(look);
                    looks.len() - 1
                });
            let letter = if at == 0 {
                ' '
            } else {
                char::from(b'a' + u8::try_from(at - 1).unwrap())
            };
            line.push(letter);
        }
        let _ = writeln!(layer, "{}", line.trim_end());
    }
    let mut legend = String::new();
    for (at, look) in looks.iter().enumerate().skip(1) {
        let _ = writeln!(
            legend,
            "{} {look}",
            char::from(b'a' + u8::try_from(at - 1).unwrap())
        );
    }
    format!(
        "{}\n---\n{}\n---\n{legend}",
        text_of(buffer),
        layer.trim_end()
    )
}

fn look_of(cell: &Cell) -> String {
    let mut look = Vec::new();
    if cell.fg != Color::Reset {
        look.push(format!("{:?}", cell.fg).to_lowercase());
    }
    if cell.bg != Color::Reset {
        look.push(format!("on {:?}", cell.bg).to_lowercase());
    }
    for (modifier, name) in [
        (Modifier::BOLD, "bold"),
        (Modifier::UNDERLINED, "underlined"),
        (Modifier::REVERSED, "reversed"),
    ] {
        if cell.modifier.contains(modifier) {
            look.push(name.to_owned());
        }
    }
    look.join(" ")
}
