//! `Csv`: how a file with separated values is read.

use std::fs;
use std::path::Path;

use super::{DataError, Table};
use crate::Result;
use crate::error::FileError;

/// How a file with separated values is read, the first line of which has the names of the columns.
///
/// # Example
/// ```
/// use ppl_infer::data::Csv;
///
/// let table = Csv::new().delimiter(b';').missing(["."]).parse("x;y\n1;2\n.;3\n")?;
/// assert_eq!(table.optional_numbers("x")?, [Some(1.0), None]);
/// # Ok::<(), ppl_infer::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Csv {
    delimiter: u8,
    missing: Vec<String>,
}

impl Default for Csv {
    fn default() -> Self {
        Self::new()
    }
}

impl Csv {
    /// Commas between the values; an empty cell and `NA` are missing values, as R writes them.
    #[must_use]
    pub fn new() -> Self {
        Self { delimiter: b',', missing: vec![String::new(), "NA".to_owned()] }
    }

    /// Another byte between the values: `b'\t'`, `b';'`.
    #[must_use]
    pub fn delimiter(self, delimiter: u8) -> Self {
        Self { delimiter, ..self }
    }

    /// The texts that stand for a missing value, in place of the empty one and `NA`.
    #[must_use]
    pub fn missing(self, texts: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self { missing: texts.into_iter().map(Into::into).collect(), ..self }
    }

    /// Reads a file.
    ///
    /// # Errors
    /// [`FileError::Read`]; [`DataError::Line`] for a line with another number of cells than the first, a column
    /// without a name, or two of one name.
    pub fn read(&self, path: impl AsRef<Path>) -> Result<Table> {
        let path = path.as_ref();
        let text = fs::read_to_string(path).map_err(|source| FileError::Read { path: path.to_owned(), source })?;
        self.table(format!("`{}`", path.display()), &text)
    }

    /// Reads a text.
    ///
    /// # Errors
    /// [`DataError::Line`].
    pub fn parse(&self, text: &str) -> Result<Table> {
        self.table("the text".to_owned(), text)
    }

    pub(super) fn table(&self, source: String, text: &str) -> Result<Table> {
        // Excel begins files with a byte order mark.
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut reader =
            csv::ReaderBuilder::new().delimiter(self.delimiter).trim(csv::Trim::All).from_reader(text.as_bytes());
        let failed = |error: csv::Error| line_error(&source, &error);
        let names: Vec<String> = reader.headers().map_err(failed)?.iter().map(str::to_owned).collect();
        let mut table = Table::empty(source.clone(), names, self.missing.clone())?;
        for record in reader.records() {
            let record = record.map_err(failed)?;
            let line = record.position().map_or(0, csv::Position::line);
            table.push(line, record.iter().map(str::to_owned));
        }
        Ok(table)
    }
}

fn line_error(source: &str, error: &csv::Error) -> crate::Error {
    let line = error.position().map_or(1, csv::Position::line);
    let problem = match error.kind() {
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            format!("expected {expected_len} cells, as the header has, got {len}")
        }
        _ => error.to_string(),
    };
    DataError::Line { source_name: source.to_owned(), line, problem }.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> String {
        Csv::new().parse(text).unwrap_err().to_string()
    }

    #[test]
    fn lines_that_are_none() {
        assert_eq!(error("a,b\n1,2\n3\n"), "the text, line 3: expected 2 cells, as the header has, got 1");
        assert_eq!(error("a,a\n1,2\n"), "the text, line 1: two columns are named `a`");
        assert_eq!(error("a,\n1,2\n"), "the text, line 1: column 2 has no name");
        let path = std::env::temp_dir().join(format!("ppl-no-such-table-{}.csv", std::process::id()));
        let error = Csv::new().read(&path).unwrap_err().to_string();
        assert!(error.starts_with(&format!("cannot read `{}`", path.display())), "{error}");
    }

    #[test]
    fn quotes_marks_and_spaces() {
        let table = Csv::new().parse("\u{feff}name ,\"x, 1\"\r\n\"St. \"\"Paul\"\"\", 1e-3\r\n\r\nNA,2\r\n").unwrap();
        assert_eq!(table.names(), ["name", "x, 1"]);
        assert_eq!(table.numbers("x, 1").unwrap(), [1e-3, 2.0]);
        assert_eq!(table.optional_texts("name").unwrap(), [Some("St. \"Paul\"".to_owned()), None]);
        let tabs = Csv::new().delimiter(b'\t').missing([""; 0]).parse("a\tb\n\tNA\n").unwrap();
        assert_eq!(tabs.texts("a").unwrap(), [""]);
        assert_eq!(tabs.texts("b").unwrap(), ["NA"]);
    }
}
