//! Data sets in files.

use std::fs;

use ppl::prelude::*;
use serde_json::Value;

/// A data set: names and their numbers.
pub(crate) struct Data(Value);

impl Data {
    pub(crate) fn new(fields: Value) -> Self {
        Self(fields)
    }

    /// That of `benches/data` in the file of this name.
    pub(crate) fn read(name: &str) -> Self {
        let path = format!("{}/benches/data/{name}.json", env!("CARGO_MANIFEST_DIR"));
        let text = fs::read_to_string(path).expect("the file is part of the project");
        Self::new(serde_json::from_str(&text).expect("the file is JSON"))
    }

    pub(crate) fn number(&self, field: &str) -> f64 {
        self.0[field].as_f64().expect("a number")
    }

    pub(crate) fn vector(&self, field: &str) -> Tensor {
        Tensor::from(numbers(&self.0[field]))
    }

    /// A list of rows.
    pub(crate) fn matrix(&self, field: &str) -> Tensor {
        let rows = self.0[field].as_array().expect("a list of rows");
        Tensor::stack(&rows.iter().map(|row| Tensor::from(numbers(row))).collect::<Vec<_>>(), 0)
    }

    /// Numbers from 1, as indices from 0.
    pub(crate) fn indices(&self, field: &str) -> Vec<usize> {
        numbers(&self.0[field]).into_iter().map(|number| number as usize - 1).collect()
    }
}

fn numbers(list: &Value) -> Vec<f64> {
    list.as_array().expect("a list").iter().map(|number| number.as_f64().expect("a number")).collect()
}

/// Standard normal numbers by a fixed seed.
pub(crate) fn standard_normal(name: &str, shape: impl Into<Shape>) -> Tensor {
    let normal = Normal::new(0.0, 1.0).expect("0 and 1 are in their domains");
    normal.sample(&mut Key::new(0).rng(name, 0), &shape.into()).expect("constant parameters")
}

/// Independent columns of a logistic regression, and the sign of a probit regression on them.
pub(crate) fn logistic_data(rows: usize, columns: usize) -> (Tensor, Tensor) {
    let x = standard_normal("x", [rows, columns]);
    let y = (x.matmul(standard_normal("beta", columns)) + standard_normal("noise", rows)).greater(0.0);
    (x, y)
}
