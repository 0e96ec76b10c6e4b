//! Parts of tables as HTML.

use std::fmt;

use crate::notebook::escaped;

/// The row of the headings.
pub(crate) fn header_html(cells: &[String]) -> String {
    let cells: String = cells.iter().map(|cell| format!("<th>{}</th>", escaped(cell))).collect();
    format!("<tr>{cells}</tr>")
}

/// The cells of a row: its label to the left, the numbers to the right.
pub(crate) fn row_html(cells: &[String]) -> String {
    let Some((label, numbers)) = cells.split_first() else { return String::new() };
    let numbers: String =
        numbers.iter().map(|number| format!("<td style=\"text-align:right\">{}</td>", escaped(number))).collect();
    format!("<th style=\"text-align:left\">{}</th>{numbers}", escaped(label))
}

/// The warnings below a table.
pub(crate) fn warnings_html(warnings: &[impl fmt::Display]) -> String {
    if warnings.is_empty() {
        return "<p>no warnings</p>".to_owned();
    }
    warnings.iter().map(|warning| format!("<pre>warning: {}</pre>", escaped(&warning.to_string()))).collect()
}
