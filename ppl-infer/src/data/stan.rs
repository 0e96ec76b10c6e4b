//! `StanData`: data files of Stan.

use std::fs;
use std::path::Path;

use ndarray::{Array2, ArrayD, IxDyn};
use serde_json::{Map, Value};

use super::DataError;
use crate::error::FileError;
use crate::{Error, Result};

/// The data of a Stan program as JSON, as CmdStan reads and posteriordb has them: numbers, and nested arrays of
/// numbers.
///
/// Getters ask for a type, and an error names the variable. The strings `"NaN"`, `"Inf"`, `"-Inf"` and their kin are
/// numbers.
///
/// # Example
/// ```
/// use ppl::prelude::*;
/// use ppl_infer::data::StanData;
///
/// let data = StanData::parse(r#"{"J": 2, "y": [28, 8], "sigma": [15, 10], "county": [2, 1], "x": [[1, 2], [3, 4.5]]}"#)?;
/// assert_eq!((data.count("J")?, data.vector("y")?), (2, vec![28.0, 8.0]));
/// assert_eq!(data.indices("county")?, [1, 0]);
/// assert_eq!(data.matrix("x")?[[1, 1]], 4.5);
/// assert_eq!(Tensor::from(data.array("x")?).shape().dims(), [2, 2]);
/// assert_eq!(
///     data.vector("x").unwrap_err().to_string(),
///     "the text, variable `x`: expected a vector of numbers, got an array of shape [2, 2]"
/// );
/// # Ok::<(), ppl_infer::Error>(())
/// ```
///
/// # Reference
/// CmdStan User's Guide, "JSON format for CmdStan".
#[derive(Clone, Debug, PartialEq)]
pub struct StanData {
    source: String,
    variables: Map<String, Value>,
}

impl StanData {
    /// Reads a file.
    ///
    /// # Errors
    /// [`FileError::Read`]: no such file, no JSON, or no object.
    pub fn read_json(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let failed = |source: std::io::Error| Error::from(FileError::Read { path: path.to_owned(), source });
        let text = fs::read(path).map_err(failed)?;
        let variables = serde_json::from_slice(&text).map_err(|error| failed(error.into()))?;
        Ok(Self { source: format!("`{}`", path.display()), variables })
    }

    /// Reads a text.
    ///
    /// # Errors
    /// [`DataError::Line`]: no JSON, or no object.
    pub fn parse(text: &str) -> Result<Self> {
        let source = "the text".to_owned();
        match serde_json::from_str(text) {
            Ok(variables) => Ok(Self { source, variables }),
            Err(error) => {
                let (line, problem) = (error.line() as u64, error.to_string());
                Err(DataError::Line { source_name: source, line, problem }.into())
            }
        }
    }

    /// The names of the variables.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.variables.keys().map(String::as_str)
    }

    /// A number: `real x`.
    ///
    /// # Errors
    /// [`DataError::Variable`] for another type; [`Error::UnknownName`] for a variable that there is not.
    pub fn number(&self, name: &str) -> Result<f64> {
        let array = self.array_of(name, "a number")?;
        array.first().copied().filter(|_| array.ndim() == 0).ok_or_else(|| self.error(name, "a number"))
    }

    /// A whole number: `int x`.
    ///
    /// # Errors
    /// As [`number`](Self::number).
    pub fn integer(&self, name: &str) -> Result<i64> {
        self.value(name)?.as_i64().ok_or_else(|| self.error(name, "a whole number"))
    }

    /// A count: `int<lower=0> N`.
    ///
    /// # Errors
    /// As [`number`](Self::number).
    pub fn count(&self, name: &str) -> Result<usize> {
        let count = self.value(name)?.as_u64().and_then(|count| usize::try_from(count).ok());
        count.ok_or_else(|| self.error(name, "a count"))
    }

    /// A vector of numbers: `vector[N] x`, `array[N] real x`, `array[N] int x`.
    ///
    /// # Errors
    /// As [`number`](Self::number).
    pub fn vector(&self, name: &str) -> Result<Vec<f64>> {
        let array = self.array_of(name, "a vector of numbers")?;
        if array.ndim() == 1 { Ok(array.into_iter().collect()) } else { Err(self.error(name, "a vector of numbers")) }
    }

    /// A vector of whole numbers: `array[N] int x`.
    ///
    /// # Errors
    /// As [`number`](Self::number).
    pub fn integers(&self, name: &str) -> Result<Vec<i64>> {
        let values = self.value(name)?.as_array();
        let integers = values.and_then(|values| values.iter().map(Value::as_i64).collect());
        integers.ok_or_else(|| self.error(name, "a vector of whole numbers"))
    }

    /// A vector of indices, which Stan counts from 1, counted from 0: what `Tensor::take` takes.
    ///
    /// # Errors
    /// As [`number`](Self::number), and for an index below 1.
    pub fn indices(&self, name: &str) -> Result<Vec<usize>> {
        let from_zero = |index: i64| index.checked_sub(1).and_then(|index| usize::try_from(index).ok());
        let indices = self.integers(name).ok().and_then(|all| all.into_iter().map(from_zero).collect());
        self.value(name)?;
        indices.ok_or_else(|| self.error(name, "a vector of indices from 1 on"))
    }

    /// A matrix: `matrix[N, K] x`, `array[N] vector[K] x`, `array[N, K] int x`.
    ///
    /// # Errors
    /// As [`number`](Self::number).
    pub fn matrix(&self, name: &str) -> Result<Array2<f64>> {
        let array = self.array_of(name, "a matrix")?;
        // Without rows it is written as the vector without elements.
        let array = if array.shape() == [0] { ArrayD::zeros(vec![0, 0]) } else { array };
        array.into_dimensionality().map_err(|_| self.error(name, "a matrix"))
    }

    /// Numbers of any shape.
    ///
    /// # Errors
    /// As [`number`](Self::number), also for rows of different length.
    pub fn array(&self, name: &str) -> Result<ArrayD<f64>> {
        self.array_of(name, "numbers")
    }

    fn value(&self, name: &str) -> Result<&Value> {
        self.variables.get(name).ok_or_else(|| Error::unknown_name("variable", name, self.names()))
    }

    fn array_of(&self, name: &str, expected: &str) -> Result<ArrayD<f64>> {
        array(self.value(name)?).ok_or_else(|| self.error(name, expected))
    }

    fn error(&self, name: &str, expected: &str) -> Error {
        DataError::Variable {
            source_name: self.source.clone(),
            variable: name.to_owned(),
            expected: expected.to_owned(),
            got: self.variables.get(name).map_or_else(String::new, describe),
        }
        .into()
    }
}

/// A number, also one that is no JSON.
fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => match text.as_str() {
            "NaN" => Some(f64::NAN),
            "Inf" | "+Inf" | "inf" | "+inf" | "Infinity" | "+Infinity" => Some(f64::INFINITY),
            "-Inf" | "-inf" | "-Infinity" => Some(f64::NEG_INFINITY),
            _ => None,
        },
        _ => None,
    }
}

/// The lengths along the first elements.
fn shape(value: &Value) -> Vec<usize> {
    match value {
        Value::Array(elements) => {
            let rest = elements.first().map_or_else(Vec::new, shape);
            std::iter::once(elements.len()).chain(rest).collect()
        }
        _ => Vec::new(),
    }
}

/// Nested arrays of one shape.
fn array(value: &Value) -> Option<ArrayD<f64>> {
    fn append(value: &Value, shape: &[usize], into: &mut Vec<f64>) -> Option<()> {
        match (value, shape) {
            (Value::Array(elements), [length, rest @ ..]) if elements.len() == *length => {
                elements.iter().try_for_each(|element| append(element, rest, into))
            }
            (value, []) => number(value).map(|number| into.push(number)),
            _ => None,
        }
    }
    let (shape, mut values) = (shape(value), Vec::new());
    append(value, &shape, &mut values)?;
    ArrayD::from_shape_vec(IxDyn(&shape), values).ok()
}

/// What a value is, for a message.
fn describe(value: &Value) -> String {
    match value {
        Value::Number(number) => format!("the number {number}"),
        Value::Array(_) => match array(value) {
            Some(numbers) => format!("an array of shape {:?}", numbers.shape()),
            None => "an array of elements that are no numbers, or rows of different length".to_owned(),
        },
        Value::String(text) => format!("the text \"{text}\""),
        Value::Bool(flag) => format!("the flag {flag}"),
        Value::Null => "null".to_owned(),
        Value::Object(_) => "an object".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn data() -> StanData {
        let text = r#"{"N": 3, "x": [1, 2.5, "-Inf"], "m": [[1, 2], [3, 4], [5, 6]], "none": [], "rows": [[], []],
                      "ragged": [[1], [2, 3]], "nan": "NaN", "text": "a", "flag": true, "index": [1, 3], "zero": [0, 1],
                      "deep": [[[1, 2]], [[3, 4]]], "big": 9007199254740993, "neg": -2}"#;
        StanData::parse(text).unwrap()
    }

    #[test]
    fn variables_by_type() {
        let data = data();
        assert_eq!((data.count("N").unwrap(), data.integer("neg").unwrap(), data.number("N").unwrap()), (3, -2, 3.0));
        assert!(data.number("nan").unwrap().is_nan());
        assert_eq!(data.vector("x").unwrap(), [1.0, 2.5, f64::NEG_INFINITY]);
        assert_eq!(data.matrix("m").unwrap(), ndarray::array![[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]);
        assert_eq!((data.vector("none").unwrap().len(), data.matrix("none").unwrap().dim()), (0, (0, 0)));
        assert_eq!(data.matrix("rows").unwrap().dim(), (2, 0));
        assert_eq!(data.array("deep").unwrap().shape(), [2, 1, 2]);
        assert_eq!((data.indices("index").unwrap(), data.integers("index").unwrap()), (vec![0, 2], vec![1, 3]));
        assert_eq!(data.integer("big").unwrap(), 9_007_199_254_740_993);
    }

    #[test]
    fn errors_name_the_variable() {
        let data = data();
        let at = |name: &str, rest: &str| format!("the text, variable `{name}`: expected {rest}");
        for (error, expected) in [
            (data.number("x").unwrap_err(), at("x", "a number, got an array of shape [3]")),
            (data.count("neg").unwrap_err(), at("neg", "a count, got the number -2")),
            (data.vector("N").unwrap_err(), at("N", "a vector of numbers, got the number 3")),
            (data.integers("x").unwrap_err(), at("x", "a vector of whole numbers, got an array of shape [3]")),
            (data.indices("zero").unwrap_err(), at("zero", "a vector of indices from 1 on, got an array of shape [2]")),
            (data.matrix("x").unwrap_err(), at("x", "a matrix, got an array of shape [3]")),
            (data.matrix("deep").unwrap_err(), at("deep", "a matrix, got an array of shape [2, 1, 2]")),
            (
                data.array("ragged").unwrap_err(),
                at("ragged", "numbers, got an array of elements that are no numbers, or rows of different length"),
            ),
            (data.number("text").unwrap_err(), at("text", "a number, got the text \"a\"")),
            (data.number("flag").unwrap_err(), at("flag", "a number, got the flag true")),
        ] {
            assert_eq!(error.to_string(), expected);
        }
        assert!(data.vector("y").unwrap_err().to_string().starts_with("no variable is named `y`; known: "));
        assert!(StanData::parse("[1]").unwrap_err().to_string().starts_with("the text, line 1: "));
        assert!(
            StanData::read_json("/no/such/file.json").unwrap_err().to_string().starts_with("cannot read `/no/such")
        );
    }

    /// The data of every posterior of posteriordb that the tests have.
    #[test]
    fn posteriordb_loads_unchanged() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/data/posteriordb");
        let mut loaded = 0;
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_none_or(|extension| extension != "json") {
                continue;
            }
            let whole: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
            let data = StanData::parse(&whole["data"].to_string()).unwrap();
            for name in data.names() {
                data.array(name).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            }
            loaded += usize::from(data.names().count() > 0);
        }
        assert!(loaded >= 30, "{loaded}");
    }
}
