//! Rows of a table as structs.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Csv, DataError, Table};
use crate::{Error, Result};

impl Table {
    /// A table of structs, a column a field; a field that is `None` is a missing value.
    ///
    /// # Errors
    /// [`DataError::Line`] for structs that are no rows, as with a field that is a list.
    pub fn from_records(records: impl IntoIterator<Item = impl Serialize>) -> Result<Self> {
        let failed =
            |problem: String, line: u64| DataError::Line { source_name: "the records".to_owned(), line, problem };
        let mut writer = csv::Writer::from_writer(Vec::new());
        for (row, record) in records.into_iter().enumerate() {
            writer.serialize(record).map_err(|error| failed(error.to_string(), row as u64 + 2))?;
        }
        let bytes = writer.into_inner().map_err(|error| failed(error.to_string(), 1))?;
        let text = String::from_utf8(bytes).map_err(|error| failed(error.to_string(), 1))?;
        Csv::new().table("the records".to_owned(), &text)
    }

    /// The rows as structs, whose fields have the names of columns; a field that is an `Option` may be missing.
    ///
    /// # Errors
    /// [`DataError::Cell`] or [`DataError::Line`].
    ///
    /// # Example
    /// ```
    /// use ppl_infer::data::Csv;
    ///
    /// #[derive(serde::Deserialize)]
    /// struct House {
    ///     county: String,
    ///     floor: u8,
    ///     log_radon: Option<f64>,
    /// }
    ///
    /// let houses = Csv::new().parse("county,floor,log_radon\nAITKIN,1,0.8\nCLAY,0,NA\n")?.records::<House>()?;
    /// assert_eq!((houses[1].county.as_str(), houses[0].floor, houses[1].log_radon), ("CLAY", 1, None));
    /// # Ok::<(), ppl_infer::Error>(())
    /// ```
    pub fn records<T: DeserializeOwned>(&self) -> Result<Vec<T>> {
        let header = csv::StringRecord::from(self.names.clone());
        let record = |(row, &line): (usize, &u64)| {
            let cell = |column: &Vec<String>| if self.is_missing(&column[row]) { "" } else { &column[row] }.to_owned();
            let cells = csv::StringRecord::from(self.columns.iter().map(cell).collect::<Vec<_>>());
            cells.deserialize(Some(&header)).map_err(|error| self.record_error(row, line, &error))
        };
        self.lines.iter().enumerate().map(record).collect()
    }

    fn record_error(&self, row: usize, line: u64, error: &csv::Error) -> Error {
        let csv::ErrorKind::Deserialize { err, .. } = error.kind() else {
            return DataError::Line { source_name: self.source.clone(), line, problem: error.to_string() }.into();
        };
        match err.field().and_then(|field| usize::try_from(field).ok()).filter(|&field| field < self.names.len()) {
            Some(field) => {
                let expected = format!("a value of the field ({})", err.kind());
                self.cell_error(field, row, &expected, "`Option` as the field's type takes it")
            }
            None => DataError::Line { source_name: self.source.clone(), line, problem: err.to_string() }.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, serde::Serialize, serde::Deserialize)]
    struct House {
        county: String,
        floor: Option<i64>,
        radon: f64,
    }

    #[test]
    fn rows_as_structs() {
        let rows = || {
            vec![
                House { county: "CLAY".to_owned(), floor: Some(1), radon: 0.1 },
                House { county: "LAC, \"QUI\"".to_owned(), floor: None, radon: -2.5 },
            ]
        };
        let table = Table::from_records(rows()).unwrap();
        assert_eq!(table.names(), ["county", "floor", "radon"]);
        assert_eq!(table.records::<House>().unwrap(), rows());
        let houses = Csv::new().parse("county,floor,radon\nCLAY,1,0.5\nAITKIN,0,-1e2\n\"LAC, QUI\",,x\n").unwrap();
        let error = houses.records::<House>().unwrap_err().to_string();
        assert!(error.starts_with("the text, line 4, column `radon`: expected a value of the field ("), "{error}");
        let missing =
            Csv::new().parse("county,floor,radon\na,1,NA\n").unwrap().records::<House>().unwrap_err().to_string();
        assert!(missing.contains("got `NA`, a missing value\nhelp: `Option`"), "{missing}");
        let no_field = Csv::new().parse("county,floor\na,1\n").unwrap().records::<House>().unwrap_err().to_string();
        assert!(no_field.contains("line 2") && no_field.contains("radon"), "{no_field}");
    }
}
