//! What the warm-up of a Hamiltonian sampler has adapted, in CmdStan's words.

use std::ffi::OsString;
use std::io::{self, Write};
use std::path::Path;

use serde_json::{Value, json};

use super::cmdstan_csv::number;
use crate::mcmc::hmc::{HamiltonianState, InverseMassMatrix};

/// CmdStan's name for the form of a matrix.
pub(super) fn metric_type(matrix: &InverseMassMatrix) -> &'static str {
    match matrix {
        InverseMassMatrix::Diagonal(_) => "diag_e",
        InverseMassMatrix::Dense { .. } | InverseMassMatrix::LowRank { .. } => "dense_e",
    }
}

/// The comments between the header and the draws.
pub(super) fn write_adaptation(adapted: &HamiltonianState, mut file: impl Write) -> io::Result<()> {
    let line = |numbers: &[f64]| numbers.iter().map(number).collect::<Vec<_>>().join(", ");
    writeln!(file, "# Adaptation terminated")?;
    writeln!(file, "# Step size = {}", number(&adapted.step_size))?;
    match &adapted.inverse_mass_matrix {
        InverseMassMatrix::Diagonal(variances) => {
            writeln!(file, "# Diagonal elements of inverse mass matrix:")?;
            writeln!(file, "# {}", line(variances))
        }
        dense => {
            writeln!(file, "# Elements of inverse mass matrix:")?;
            dense_rows(dense).iter().try_for_each(|row| writeln!(file, "# {}", line(row)))
        }
    }
}

/// The contents of a metric file.
pub(super) fn metric_file(adapted: &HamiltonianState) -> Value {
    let matrix = &adapted.inverse_mass_matrix;
    let elements = match matrix {
        InverseMassMatrix::Diagonal(variances) => json!(variances),
        dense => json!(dense_rows(dense)),
    };
    json!({"stepsize": adapted.step_size, "metric_type": metric_type(matrix), "inv_metric": elements})
}

/// The name of the metric file of a chain: `fit_1_metric.json` of `fit_1.csv`.
pub(super) fn metric_name(path: &Path) -> OsString {
    let mut name = path.file_stem().unwrap_or_default().to_owned();
    name.push("_metric.json");
    name
}

/// The rows of a matrix.
fn dense_rows(matrix: &InverseMassMatrix) -> Vec<Vec<f64>> {
    let dim = matrix.dim();
    let entry = |i: usize, j: usize| match matrix {
        InverseMassMatrix::Diagonal(variances) => {
            if i == j {
                variances[i]
            } else {
                0.0
            }
        }
        InverseMassMatrix::Dense { values, .. } => values[i * dim + j],
        InverseMassMatrix::LowRank { scales, vectors, values } => {
            let along = |(vector, value): (&[f64], &f64)| (value - 1.0) * vector[i] * vector[j];
            let low_rank: f64 = vectors.chunks_exact(dim).zip(values).map(along).sum();
            scales[i] * scales[j] * (f64::from(u8::from(i == j)) + low_rank)
        }
    };
    (0..dim).map(|i| (0..dim).map(|j| entry(i, j)).collect()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_matrix_of_low_rank_is_written_dense() {
        // D (1 + vᵀ 3 v) D for v = (0.6, 0.8), D = diag(1, 2).
        let low_rank =
            InverseMassMatrix::LowRank { scales: vec![1.0, 2.0], vectors: vec![0.6, 0.8], values: vec![4.0] };
        let rows = dense_rows(&low_rank);
        for (row, expected) in rows.iter().zip([[2.08, 2.88], [2.88, 11.68]]) {
            assert!(row.iter().zip(expected).all(|(entry, expected)| (entry - expected).abs() < 1e-12), "{rows:?}");
        }
    }
}
