//! `DataError`: data that are not what was asked for.

/// An error of a table or of a data file.
///
/// # Example
/// ```
/// use ppl_infer::Error;
/// use ppl_infer::data::{Csv, DataError};
///
/// let table = Csv::new().parse("name,height\nAda,1.70\nBob,1.75m\n")?;
/// let error = table.numbers("height").unwrap_err();
/// let Error::Data(DataError::Cell { line, column, .. }) = &error else { panic!("{error}") };
/// assert_eq!((*line, column.as_str()), (3, "height"));
/// assert_eq!(error.to_string(), "the text, line 3, column `height`: expected a number, got `1.75m`");
/// # Ok::<(), ppl_infer::Error>(())
/// ```
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
        /// The text of the cell in backquotes, or that it is a missing value.
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
