//! `DataError`: data that are not what was asked for.

/// An error of a table or of a data file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DataError {
    /// A cell of a table that is not of the type that was asked for.
    #[error("{source_name}, line {line}, column `{column}`: expected {expected}, got {got}{}", help_line(.help))]
    Cell {
        /// The file, or what stands for it.
        source_name: String,
        /// The line of the cell, from 1; the first is the header.
        line: u64,
        /// The name of the column.
        column: String,
        /// What was expected.
        expected: String,
        /// The text of the cell.
        got: String,
        /// The cure, where there is one.
        help: &'static str,
    },

    /// A line of a table that is none.
    #[error("{source_name}, line {line}: {problem}")]
    Line {
        /// The file, or what stands for it.
        source_name: String,
        /// The line, from 1.
        line: u64,
        /// The problem.
        problem: String,
    },

    /// A variable of a data file that is not of the type that was asked for.
    #[error("{source_name}, variable `{variable}`: expected {expected}, got {got}")]
    Variable {
        /// The file, or what stands for it.
        source_name: String,
        /// The variable.
        variable: String,
        /// What was expected.
        expected: String,
        /// What it is.
        got: String,
    },
}

fn help_line(text: &str) -> String {
    if text.is_empty() { String::new() } else { format!("\nhelp: {text}") }
}
