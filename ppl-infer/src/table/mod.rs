//! Tables of numbers, as text and as HTML, with the warnings below them.

mod digits;
mod html;

use std::fmt;

pub(crate) use self::{
    digits::{estimate, standard_error},
    html::{header_html, row_html, warnings_html},
};

/// Indent of a warning's lines after its first, under the text behind `warning: `.
const INDENT: &str = "         ";
/// Width at which the text of a warning is broken.
const WARNING_WIDTH: usize = 110;

/// Writes the first column to the left, the others with their decimal points in line. A line of one cell is written
/// across the columns.
pub(crate) fn write_aligned(f: &mut fmt::Formatter<'_>, lines: &[Vec<String>]) -> fmt::Result {
    let (header, body) = lines.split_first().expect("there is a header");
    let width = |text: &str| text.chars().count();
    let rows = || body.iter().filter(|line| line.len() == header.len());
    let first = rows().map(|line| width(&line[0])).max().unwrap_or(0);
    // Widths before the point, and from the point on, of each column.
    let before: Vec<usize> = (0..header.len())
        .map(|column| rows().map(|line| split_at_point(&line[column]).0.len()).max().unwrap_or(0))
        .collect();
    let after: Vec<usize> = (0..header.len())
        .map(|column| rows().map(|line| split_at_point(&line[column]).1.len()).max().unwrap_or(0))
        .collect();

    for line in lines {
        write!(f, "{:first$}", line[0])?;
        for (column, cell) in line.iter().enumerate().skip(1) {
            let total = (before[column] + after[column]).max(width(&header[column]));
            let cell = if std::ptr::eq(line, header) {
                cell.clone()
            } else {
                format!("{cell}{:pad$}", "", pad = padding(cell, after[column]))
            };
            write!(f, "  {cell:>total$}")?;
        }
        writeln!(f)?;
    }
    Ok(())
}

/// A number's digits before the point, and the rest with the point. What is no plain number is all before it.
fn split_at_point(cell: &str) -> (&str, &str) {
    cell.split_at(cell.find('.').unwrap_or(cell.len()))
}

/// Blanks after a number that bring its point in line with those that have `decimals` characters from the point on. NaN
/// and inf go to the edge.
fn padding(cell: &str, decimals: usize) -> usize {
    if cell.ends_with(|last: char| last.is_ascii_digit()) { decimals - split_at_point(cell).1.len() } else { 0 }
}

/// `1 chain`, `4 chains`.
pub(crate) fn counted(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

/// The warnings below a table, each broken into lines.
pub(crate) fn warnings(warnings: &[impl fmt::Display]) -> String {
    if warnings.is_empty() {
        return "no warnings".to_owned();
    }
    let warnings: Vec<String> =
        warnings.iter().map(|warning| wrap(&format!("warning: {warning}"), WARNING_WIDTH)).collect();
    warnings.join("\n")
}

/// Breaks each line of a text into lines of at most `width` characters, all but the first indented.
fn wrap(text: &str, width: usize) -> String {
    let mut lines: Vec<String> = Vec::new();
    for paragraph in text.lines() {
        let mut line = if lines.is_empty() { String::new() } else { INDENT.to_owned() };
        let mut is_first = true;
        for word in paragraph.split_whitespace() {
            if !is_first && line.chars().count() + 1 + word.chars().count() > width {
                lines.push(std::mem::replace(&mut line, INDENT.to_owned()));
                is_first = true;
            }
            if !is_first {
                line.push(' ');
            }
            line.push_str(word);
            is_first = false;
        }
        lines.push(line);
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use std::fmt;

    use super::{warnings, write_aligned};

    struct Table(Vec<Vec<&'static str>>);

    impl fmt::Display for Table {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            let own = |line: &Vec<&str>| line.iter().map(|cell| (*cell).to_owned()).collect();
            write_aligned(f, &self.0.iter().map(own).collect::<Vec<Vec<String>>>())
        }
    }

    #[test]
    fn points_are_in_line() {
        let table =
            Table(vec![vec!["", "mean", "n"], vec!["µ", "1.25", "3"], vec!["tau", "10.5", ""], vec!["… 9 more"]]);
        assert_eq!(table.to_string(), "      mean  n\nµ     1.25  3\ntau  10.5    \n… 9 more\n");
    }

    #[test]
    fn warnings_are_broken_under_their_text() {
        assert_eq!(warnings(&[""; 0]), "no warnings");
        let text = warnings(&["word ".repeat(30), "short".to_owned()]);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 3, "{text}");
        assert!(lines[0].starts_with("warning: word") && lines[0].len() <= 110);
        assert!(lines[1].starts_with("         word") && lines[2] == "warning: short");
    }
}
