//! Draws the cells of a terminal as SVG that looks the same in every renderer.
//!
//! Each character has a place of its own, so that columns stay columns whatever font there is; lines
//! and blocks are drawn as shapes, so that they meet.

use std::fmt::Write as _;

use vt100::{Cell, Color, Screen};

/// Whole numbers, of which the width is 0.6 of the font's size, as in most fonts of this kind.
const CELL: (f64, f64) = (9.0, 19.0);
const PADDING: f64 = 14.0;
const FONT: &str = "ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono','Liberation Mono',\
                    monospace";
const BACKGROUND: &str = "#14171c";
const FOREGROUND: &str = "#d5dae1";
/// The sixteen colours of a terminal, in a calm dark dress.
const SIXTEEN: [&str; 16] = [
    "#252a32", "#e5646e", "#7fc07f", "#d9b45f", "#6ca4e8", "#bd8be0", "#5bbfc4", "#c3c9d1",
    "#6b7482", "#ff8189", "#9bdc9b", "#f0cd7c", "#8cbcf7", "#d3a8f2", "#7fdbe0", "#f2f5f8",
];

#[derive(Clone, PartialEq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "the attributes of a cell are independent of each other"
)]
struct Look {
    ink: String,
    paper: Option<String>,
    is_bold: bool,
    is_dim: bool,
    is_italic: bool,
    is_underlined: bool,
}

/// A stretch of a row in one look. A sign that is no ASCII letter is a stretch of its own.
struct Run {
    column: u16,
    cells: u16,
    text: String,
    look: Look,
}

/// The screen as an SVG document; `title` is for those who cannot see it.
pub(crate) fn draw(screen: &Screen, title: &str) -> String {
    let (rows, columns) = screen.size();
    let width = f64::from(columns.get()) * CELL.0 + 2.0 * PADDING;
    let height = f64::from(rows.get()) * CELL.1 + 2.0 * PADDING;
    let mut out = String::new();
    line(
        &mut out,
        format_args!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.1} {height:.1}\" \
         width=\"{width:.0}\" height=\"{height:.0}\" role=\"img\" font-family=\"{FONT}\" \
         font-size=\"15\">"
        ),
    );
    line(&mut out, format_args!("<title>{}</title>", escaped(title)));
    line(
        &mut out,
        format_args!("<rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"{BACKGROUND}\"/>"),
    );
    for row in 0..rows.get() {
        let runs = runs(screen, row, columns.get());
        for run in &runs {
            paper(&mut out, row, run);
        }
        for run in &runs {
            ink(&mut out, row, run);
        }
    }
    out.push_str("</svg>\n");
    out
}

fn runs(screen: &Screen, row: u16, columns: u16) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for column in 0..columns {
        let Some(cell) = screen.cell(row, column) else {
            continue;
        };
        if cell.is_wide_continuation() {
            if let Some(last) = runs.last_mut() {
                last.cells += 1;
            }
            continue;
        }
        let look = look(cell);
        let text = if cell.has_contents() {
            cell.contents()
        } else {
            " "
        };
        match runs.last_mut() {
            Some(last) if last.look == look && text.is_ascii() && last.text.is_ascii() => {
                last.text.push_str(text);
                last.cells += 1;
            }
            _ => runs.push(Run {
                column,
                cells: 1,
                text: text.to_owned(),
                look,
            }),
        }
    }
    runs
}

fn look(cell: &Cell) -> Look {
    let (mut front, mut back) = (cell.fgcolor(), cell.bgcolor());
    let mut swapped = (FOREGROUND, BACKGROUND);
    if cell.inverse() {
        (front, back) = (back, front);
        swapped = (BACKGROUND, FOREGROUND);
    }
    let ink = colour(front).unwrap_or_else(|| swapped.0.to_owned());
    let paper = colour(back).or_else(|| cell.inverse().then(|| swapped.1.to_owned()));
    Look {
        ink,
        paper,
        is_bold: cell.bold(),
        is_dim: cell.dim(),
        is_italic: cell.italic(),
        is_underlined: cell.underline(),
    }
}

fn colour(colour: Color) -> Option<String> {
    match colour {
        Color::Default => None,
        Color::Idx(index) => Some(match SIXTEEN.get(usize::from(index)) {
            Some(known) => (*known).to_owned(),
            None => of_256(index),
        }),
        Color::Rgb(red, green, blue) => Some(format!("#{red:02x}{green:02x}{blue:02x}")),
    }
}

/// The cube and the greys of the 256 colours.
fn of_256(index: u8) -> String {
    let (red, green, blue) = if index >= 232 {
        let grey = 8 + 10 * (index - 232);
        (grey, grey, grey)
    } else {
        let at = index.saturating_sub(16);
        let level = |part: u8| if part == 0 { 0 } else { 55 + 40 * part };
        (level(at / 36), level(at / 6 % 6), level(at % 6))
    };
    format!("#{red:02x}{green:02x}{blue:02x}")
}

fn left(column: u16) -> f64 {
    PADDING + f64::from(column) * CELL.0
}

fn top(row: u16) -> f64 {
    PADDING + f64::from(row) * CELL.1
}

fn paper(out: &mut String, row: u16, run: &Run) {
    let Some(paper) = &run.look.paper else { return };
    line(
        out,
        format_args!(
            "<rect x=\"{:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{:.1}\" fill=\"{paper}\" shape-rendering=\"crispEdges\"/>",
            left(run.column),
            top(row),
            f64::from(run.cells) * CELL.0,
            CELL.1
        ),
    );
}

fn ink(out: &mut String, row: u16, run: &Run) {
    let mut signs = run.text.chars();
    if let (Some(sign), None) = (signs.next(), signs.next())
        && shape(out, (left(run.column), top(row)), sign, &run.look)
    {
        return;
    }
    let inked = (run.column..).zip(run.text.chars());
    let inked: Vec<(u16, char)> = inked.filter(|(_, sign)| *sign != ' ').collect();
    if inked.is_empty() {
        return;
    }
    let text: String = inked.iter().map(|(_, sign)| *sign).collect();
    let places: Vec<String> = if run.text.is_ascii() {
        let places = inked.iter().map(|(column, _)| left(*column).to_string());
        places.collect()
    } else {
        vec![left(run.column).to_string()]
    };
    let look = &run.look;
    let mut style = String::new();
    for (is_set, attribute) in [
        (look.is_bold, " font-weight=\"700\""),
        (look.is_dim, " opacity=\"0.6\""),
        (look.is_italic, " font-style=\"italic\""),
        (look.is_underlined, " text-decoration=\"underline\""),
    ] {
        if is_set {
            style.push_str(attribute);
        }
    }
    line(
        out,
        format_args!(
            "<text x=\"{}\" y=\"{}\" fill=\"{}\"{style}>{}</text>",
            places.join(" "),
            top(row) + 14.0,
            look.ink,
            escaped(&text)
        ),
    );
}

/// Draws a line or a block as a shape. False if the sign is neither.
fn shape(out: &mut String, (x, y): (f64, f64), sign: char, look: &Look) -> bool {
    let (wide, high) = CELL;
    let (middle, centre) = (x + wide / 2.0, y + high / 2.0);
    let (right, bottom) = (x + wide, y + high);
    let eighth = |first: char| f64::from(u32::from(sign) - u32::from(first) + 1) / 8.0;
    let block = match sign {
        '█' => Some((x, y, wide, high)),
        '▁'..='▇' => {
            let part = high * eighth('▁');
            Some((x, bottom - part, wide, part))
        }
        // From seven eighths down to one.
        '▉'..='▏' => Some((x, y, wide * (1.0 - eighth('▉')), high)),
        _ => None,
    };
    let opacity = if look.is_dim { " opacity=\"0.6\"" } else { "" };
    let ink = &look.ink;
    if let Some((x, y, wide, high)) = block {
        line(
            out,
            format_args!(
                "<rect x=\"{x:.2}\" y=\"{y:.2}\" width=\"{wide:.2}\" height=\"{high:.2}\" \
             fill=\"{ink}\"{opacity} shape-rendering=\"crispEdges\"/>"
            ),
        );
        return true;
    }
    let path = match sign {
        '─' => format!("M{x:.1} {centre:.1}H{right:.1}"),
        '│' => format!("M{middle:.1} {y:.1}V{bottom:.1}"),
        '┌' => format!("M{middle:.1} {bottom:.1}V{centre:.1}H{right:.1}"),
        '┐' => format!("M{x:.1} {centre:.1}H{middle:.1}V{bottom:.1}"),
        '└' => format!("M{middle:.1} {y:.1}V{centre:.1}H{right:.1}"),
        '┘' => format!("M{x:.1} {centre:.1}H{middle:.1}V{y:.1}"),
        '├' => format!("M{middle:.1} {y:.1}V{bottom:.1}M{middle:.1} {centre:.1}H{right:.1}"),
        '┤' => format!("M{middle:.1} {y:.1}V{bottom:.1}M{x:.1} {centre:.1}H{middle:.1}"),
        '╭' => format!("M{middle:.1} {bottom:.1}Q{middle:.1} {centre:.1} {right:.1} {centre:.1}"),
        '╮' => format!("M{x:.1} {centre:.1}Q{middle:.1} {centre:.1} {middle:.1} {bottom:.1}"),
        '╰' => format!("M{middle:.1} {y:.1}Q{middle:.1} {centre:.1} {right:.1} {centre:.1}"),
        '╯' => format!("M{x:.1} {centre:.1}Q{middle:.1} {centre:.1} {middle:.1} {y:.1}"),
        _ => return false,
    };
    line(
        out,
        format_args!("<path d=\"{path}\" fill=\"none\" stroke=\"{ink}\"{opacity}/>"),
    );
    true
}

fn line(out: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to a string cannot fail.
    let _always = writeln!(out, "{text}");
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}
