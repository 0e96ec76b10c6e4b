//! `Table`: named columns, read by type.

use std::path::Path;

use ndarray::Array2;
use ppl::Levels;

use super::factor::positions;
use super::{Csv, DataError, Factor};
use crate::{Error, Result};

/// A table of named columns. A column is read as the type that is asked for, and what does not fit is an error that
/// names the file, the line and the column.
///
/// # Example
/// ```
/// use ppl::prelude::*;
/// use ppl_infer::data::{Csv, Table};
///
/// let houses = Csv::new().parse("county,floor,log_radon\nAITKIN,1,0.8\nAITKIN,0,0.8\nCLAY,0,NA\n")?;
/// let county = houses.factor("county")?;
/// assert_eq!((county.levels().len(), county.index()), (2, &[0, 0, 1][..]));
/// let floor = Tensor::from(houses.numbers("floor")?);
/// assert_eq!(floor.to_vec(), [1.0, 0.0, 0.0]);
///
/// // Missing values are wanted, or an error.
/// assert_eq!(houses.optional_numbers("log_radon")?[2], None);
/// assert_eq!(
///     houses.numbers("log_radon").unwrap_err().to_string(),
///     "the text, line 4, column `log_radon`: expected a number, got `NA`, a missing value\n\
///      help: `optional_numbers` gives `Option`s, `numbers_or_nan` NaN"
/// );
/// assert!(houses.numbers("flor").unwrap_err().to_string().contains("did you mean `floor`?"));
///
/// let rows = Table::from_rows(["x", "y"], vec![[1.0, 2.0], [3.0, 4.0]])?;
/// assert_eq!(rows.matrix(["y", "x"])?, ndarray::array![[2.0, 1.0], [4.0, 3.0]]);
/// # Ok::<(), ppl_infer::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    pub(super) source: String,
    pub(super) names: Vec<String>,
    missing: Vec<String>,
    /// The cells of each column.
    pub(super) columns: Vec<Vec<String>>,
    /// The line of each row.
    pub(super) lines: Vec<u64>,
}

impl Table {
    pub(super) fn empty(source: String, names: Vec<String>, missing: Vec<String>) -> Result<Self> {
        let invalid = |problem| Err(DataError::Line { source_name: source.clone(), line: 1, problem }.into());
        for (column, name) in names.iter().enumerate() {
            if name.is_empty() {
                return invalid(format!("column {} has no name", column + 1));
            }
            if names[..column].contains(name) {
                return invalid(format!("two columns are named `{name}`"));
            }
        }
        let columns = vec![Vec::new(); names.len()];
        Ok(Self { source, names, missing, columns, lines: Vec::new() })
    }

    /// Adds a row of as many cells as there are columns.
    pub(super) fn push(&mut self, line: u64, cells: impl Iterator<Item = String>) {
        self.columns.iter_mut().zip(cells).for_each(|(column, cell)| column.push(cell));
        self.lines.push(line);
    }

    /// Reads a file of comma-separated values, the first line of which has the names of the columns. An empty cell and
    /// `NA` are missing values; [`Csv`] reads other files.
    ///
    /// # Errors
    /// As [`Csv::read`].
    pub fn read_csv(path: impl AsRef<Path>) -> Result<Self> {
        Csv::new().read(path)
    }

    /// A table of rows of numbers or texts. `NA` and the empty text are missing values. Errors count the rows from line
    /// 2 on, as if the names stood in line 1.
    ///
    /// # Errors
    /// [`DataError::Line`] for a row with another number of cells than there are names, a name that is empty, or two
    /// that are the same.
    pub fn from_rows<R: IntoIterator<Item: ToString>>(
        names: impl IntoIterator<Item = impl Into<String>>,
        rows: impl IntoIterator<Item = R>,
    ) -> Result<Self> {
        let names: Vec<String> = names.into_iter().map(Into::into).collect();
        let mut table = Self::empty("the rows".to_owned(), names, vec![String::new(), "NA".to_owned()])?;
        for (row, cells) in rows.into_iter().enumerate() {
            let cells: Vec<String> = cells.into_iter().map(|cell| cell.to_string()).collect();
            let (line, expected) = (row as u64 + 2, table.names.len());
            if cells.len() != expected {
                let problem = format!("expected {expected} cells, one a name, got {}", cells.len());
                return Err(DataError::Line { source_name: table.source, line, problem }.into());
            }
            table.push(line, cells.into_iter());
        }
        Ok(table)
    }

    /// The names of the columns.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.lines.len()
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// The numbers of a column.
    ///
    /// # Errors
    /// [`DataError::Cell`] for a text that is no number, or is missing; [`Error::UnknownName`] for a column.
    pub fn numbers(&self, column: &str) -> Result<Vec<f64>> {
        const HELP: &str = "`optional_numbers` gives `Option`s, `numbers_or_nan` NaN";
        self.read(column, "a number", HELP, |cell| cell.parse().ok())
    }

    /// The numbers of a column, `None` where one is missing.
    ///
    /// # Errors
    /// As [`numbers`](Self::numbers), but for what is missing.
    pub fn optional_numbers(&self, column: &str) -> Result<Vec<Option<f64>>> {
        self.read_optional(column, "a number", |cell| cell.parse().ok())
    }

    /// The numbers of a column, NaN where one is missing. A distribution that meets a NaN among its data says so: leave
    /// them out by a mask, or make them latent.
    ///
    /// # Errors
    /// As [`optional_numbers`](Self::optional_numbers).
    pub fn numbers_or_nan(&self, column: &str) -> Result<Vec<f64>> {
        Ok(self.optional_numbers(column)?.into_iter().map(|number| number.unwrap_or(f64::NAN)).collect())
    }

    /// The whole numbers of a column.
    ///
    /// # Errors
    /// As [`numbers`](Self::numbers).
    pub fn integers(&self, column: &str) -> Result<Vec<i64>> {
        self.read(column, "a whole number", "`optional_numbers` gives `Option`s", |cell| cell.parse().ok())
    }

    /// The flags of a column: `true`, `TRUE`, `1`, or `false`, `FALSE`, `0`.
    ///
    /// # Errors
    /// As [`numbers`](Self::numbers).
    pub fn flags(&self, column: &str) -> Result<Vec<bool>> {
        let help = "`optional_texts` gives `Option`s";
        self.read(column, "true, TRUE, 1, false, FALSE or 0", help, |cell| match cell {
            "true" | "TRUE" | "True" | "1" => Some(true),
            "false" | "FALSE" | "False" | "0" => Some(false),
            _ => None,
        })
    }

    /// The texts of a column.
    ///
    /// # Errors
    /// As [`numbers`](Self::numbers).
    pub fn texts(&self, column: &str) -> Result<Vec<String>> {
        self.read(column, "a text", "`optional_texts` gives `Option`s", |cell| Some(cell.to_owned()))
    }

    /// The texts of a column, `None` where one is missing.
    ///
    /// # Errors
    /// [`Error::UnknownName`] for a column.
    pub fn optional_texts(&self, column: &str) -> Result<Vec<Option<String>>> {
        self.read_optional(column, "a text", |cell| Some(cell.to_owned()))
    }

    /// A column of categories, of numbers or texts. The levels are ordered as numbers if all of them are, as text
    /// otherwise.
    ///
    /// # Errors
    /// [`DataError::Cell`] for a missing value; [`Error::UnknownName`] for a column.
    pub fn factor(&self, column: &str) -> Result<Factor> {
        let cells = self.read(column, "a level", "`optional_texts` gives `Option`s", |cell| Some(cell.to_owned()))?;
        Ok(Factor::new(cells)?)
    }

    /// A column of categories that are among these levels, which keep their order: for a fit that is to be used on new
    /// data.
    ///
    /// # Errors
    /// As [`factor`](Self::factor), and [`DataError::Cell`] for a text that is none of the levels.
    pub fn factor_with(&self, column: &str, levels: &Levels) -> Result<Factor> {
        let cells = self.texts(column)?;
        match positions(levels, &cells).iter().position(Option::is_none) {
            None => Factor::with_levels(levels, cells),
            Some(row) => Err(self.cell_error(self.position(column)?, row, "one of the levels", "")),
        }
    }

    /// Columns of numbers as the columns of a matrix: rows × columns.
    ///
    /// # Errors
    /// As [`numbers`](Self::numbers).
    pub fn matrix(&self, columns: impl IntoIterator<Item = impl AsRef<str>>) -> Result<Array2<f64>> {
        let columns: Vec<Vec<f64>> =
            columns.into_iter().map(|column| self.numbers(column.as_ref())).collect::<Result<_>>()?;
        Ok(Array2::from_shape_fn((self.len(), columns.len()), |(row, column)| columns[column][row]))
    }

    fn position(&self, column: &str) -> Result<usize> {
        let found = self.names.iter().position(|name| name == column);
        found.ok_or_else(|| Error::unknown_name("column", column, self.names.iter().map(String::as_str)))
    }

    pub(super) fn is_missing(&self, cell: &str) -> bool {
        self.missing.iter().any(|missing| missing == cell)
    }

    /// Reads each cell of a column; none may be missing.
    fn read<T>(
        &self,
        column: &str,
        expected: &str,
        help: &'static str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Result<Vec<T>> {
        let position = self.position(column)?;
        let cell = |(row, cell): (usize, &String)| {
            let value = if self.is_missing(cell) { None } else { parse(cell) };
            value.ok_or_else(|| self.cell_error(position, row, expected, help))
        };
        self.columns[position].iter().enumerate().map(cell).collect()
    }

    fn read_optional<T>(
        &self,
        column: &str,
        expected: &str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Result<Vec<Option<T>>> {
        let position = self.position(column)?;
        let cell = |(row, cell): (usize, &String)| match self.is_missing(cell) {
            true => Ok(None),
            false => parse(cell).map(Some).ok_or_else(|| self.cell_error(position, row, expected, "")),
        };
        self.columns[position].iter().enumerate().map(cell).collect()
    }

    /// The error of a cell; `help` is for one that is missing.
    pub(super) fn cell_error(&self, column: usize, row: usize, expected: &str, help: &'static str) -> Error {
        let cell = &self.columns[column][row];
        let (got, help) = match (self.is_missing(cell), cell.is_empty()) {
            (true, true) => ("nothing, a missing value".to_owned(), help),
            (true, false) => (format!("`{cell}`, a missing value"), help),
            (false, _) => (format!("`{cell}`"), ""),
        };
        DataError::Cell {
            source_name: self.source.clone(),
            line: self.lines[row],
            column: self.names[column].clone(),
            expected: expected.to_owned(),
            got,
            help,
        }
        .into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUSES: &str = "county,floor,radon,old\nCLAY,1,0.5,TRUE\nAITKIN,0,-1e2,false\n\"LAC, QUI\",,x,1\n";

    fn houses() -> Table {
        Csv::new().parse(HOUSES).unwrap()
    }

    #[test]
    fn columns_by_type() {
        let houses = houses();
        assert_eq!((houses.len(), houses.is_empty()), (3, false));
        let county = houses.factor("county").unwrap();
        assert_eq!((county.levels().join("|"), county.index()), ("AITKIN|CLAY|LAC, QUI".to_owned(), &[1, 0, 2][..]));
        assert_eq!(houses.flags("old").unwrap(), [true, false, true]);
        assert_eq!(houses.optional_numbers("floor").unwrap(), [Some(1.0), Some(0.0), None]);
        assert!(houses.numbers_or_nan("floor").unwrap()[2].is_nan());
        let exact = Table::from_rows(["x"], [[0.1 + 0.2], [f64::NAN], [f64::INFINITY], [-0.0], [5e-324]]).unwrap();
        let numbers: Vec<u64> = exact.numbers("x").unwrap().into_iter().map(f64::to_bits).collect();
        assert_eq!(numbers, [0.1 + 0.2, f64::NAN, f64::INFINITY, -0.0, 5e-324].map(f64::to_bits));
        let rows = Table::from_rows(["name", "n"], vec![vec!["a", "3"], vec!["NA", "4"]]).unwrap();
        assert_eq!(rows.integers("n").unwrap(), [3, 4]);
        assert_eq!(rows.optional_texts("name").unwrap()[1], None);
    }

    #[test]
    fn errors_name_file_line_and_column() {
        let path = std::env::temp_dir().join(format!("ppl-table-{}.csv", std::process::id()));
        std::fs::write(&path, HOUSES).unwrap();
        let houses = Table::read_csv(&path).unwrap();
        let at = |line: u64, column: &str| format!("`{}`, line {line}, column `{column}`: ", path.display());
        for (error, expected) in [
            (houses.numbers("radon").unwrap_err(), at(4, "radon") + "expected a number, got `x`"),
            (houses.integers("radon").unwrap_err(), at(2, "radon") + "expected a whole number, got `0.5`"),
            (
                houses.flags("county").unwrap_err(),
                at(2, "county") + "expected true, TRUE, 1, false, FALSE or 0, got `CLAY`",
            ),
            (
                houses.numbers("floor").unwrap_err(),
                at(4, "floor")
                    + "expected a number, got nothing, a missing value\nhelp: `optional_numbers` gives `Option`s, \
                                  `numbers_or_nan` NaN",
            ),
            (
                houses.factor_with("county", &Levels::new(["CLAY", "AITKIN"]).unwrap()).unwrap_err(),
                at(4, "county") + "expected one of the levels, got `LAC, QUI`",
            ),
            (houses.matrix(["floor", "radon"]).unwrap_err(), houses.numbers("floor").unwrap_err().to_string()),
        ] {
            assert_eq!(error.to_string(), expected);
        }
        assert!(matches!(houses.numbers("radn"), Err(Error::UnknownName(_))));
        std::fs::remove_file(path).unwrap();
        assert_eq!(
            Table::from_rows(["a", "b"], vec![vec![1.0, 2.0], vec![3.0]]).unwrap_err().to_string(),
            "the rows, line 3: expected 2 cells, one a name, got 1"
        );
    }
}
