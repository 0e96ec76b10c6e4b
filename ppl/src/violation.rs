//! Short descriptions of values that violate a constraint, whatever their size.

use std::cmp::Ordering;
use std::fmt;

use crate::tensor::Pivot;
use crate::{Constraint, Shape, Tensor};

/// Numbers that a message shows at most.
const SHOWN: usize = 9;

/// A tensor in a message: its elements on one line, or the first of them and its shape.
pub(crate) struct Brief<'a>(pub(crate) &'a Tensor);

impl fmt::Display for Brief<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.size() <= SHOWN {
            return f.write_str(&self.0.to_string().replace('\n', ""));
        }
        self.0.note_format();
        write!(f, "{} of shape {}", Numbers(&self.0.elements()), self.0.shape())
    }
}

impl Tensor {
    /// The tensor as a message shows it: up to nine elements on one line, or the first of them and the shape.
    ///
    /// # Example
    /// ```
    /// # use ppl::Tensor;
    /// assert_eq!(Tensor::eye(2).brief().to_string(), "[[1, 0], [0, 1]]");
    /// assert_eq!(Tensor::arange(100).brief().to_string(), "[0, 1, 2, 3, 4, ..] of shape [100]");
    /// ```
    pub fn brief(&self) -> impl fmt::Display {
        Brief(self)
    }
}

/// The first numbers of a list.
pub(crate) struct Numbers<'a>(pub(crate) &'a [f64]);

impl fmt::Display for Numbers<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = if self.0.len() > SHOWN { &self.0[..SHOWN - 4] } else { self.0 };
        f.write_str("[")?;
        for (position, number) in shown.iter().enumerate() {
            let comma = if position > 0 { ", " } else { "" };
            write!(f, "{comma}{number}")?;
        }
        f.write_str(if shown.len() < self.0.len() { ", ..]" } else { "]" })
    }
}

/// What an event is that does not lie in `domain`; follows "must be .., got".
pub(crate) fn describe(domain: &Constraint, event: &[f64], shape: &Shape) -> String {
    let (rank, size) = (shape.rank(), shape.last().copied().unwrap_or(1));
    match domain {
        Constraint::Simplex if rank == 1 && event.iter().all(|&entry| entry >= 0.0) => {
            format!("{}, whose sum is {}", Numbers(event), event.iter().sum::<f64>())
        }
        Constraint::Simplex if rank == 1 => match event.iter().position(|&entry| entry < 0.0 || entry.is_nan()) {
            Some(position) => format!("{}, with {} at [{position}]", Numbers(event), event[position]),
            None => Numbers(event).to_string(),
        },
        Constraint::OrderedVector if rank == 1 => match event
            .windows(2)
            .position(|pair| pair[0].partial_cmp(&pair[1]) != Some(Ordering::Less))
        {
            Some(position) => {
                format!("{}, with {} before {} at [{position}]", Numbers(event), event[position], event[position + 1])
            }
            None => Numbers(event).to_string(),
        },
        Constraint::PositiveDefinite if rank == 2 => covariance(event, size),
        Constraint::LowerCholesky if rank == 2 => triangle(event, size),
        Constraint::CorrelationCholesky if rank == 2 => row_of_length_1(event, size),
        Constraint::CorrelationMatrix if rank == 2 => diagonal_of_ones(event, size),
        _ => Brief(&Tensor::from_parts(event.to_vec(), *shape)).to_string(),
    }
}

fn covariance(matrix: &[f64], size: usize) -> String {
    let pairs = (0..size).flat_map(|row| (0..row).map(move |column| (column, row)));
    for (row, column) in pairs {
        let (above, below) = (matrix[row * size + column], matrix[column * size + row]);
        let distance = (above - below).abs();
        if distance > 1e-8 || distance.is_nan() {
            return format!(
                "a {size} x {size} matrix that is not symmetric: {above} at [{row}, {column}], {below} at [{column}, {row}]"
            );
        }
    }
    match Pivot::first_wrong(matrix, size) {
        Some(pivot) => format!("a {size} x {size} matrix whose {}", not_positive_definite(matrix, size, &pivot)),
        None => format!("a {size} x {size} matrix"),
    }
}

fn triangle(matrix: &[f64], size: usize) -> String {
    for (place, &element) in matrix.iter().enumerate() {
        let (row, column) = (place / size, place % size);
        if column > row && element != 0.0 {
            return format!("a {size} x {size} matrix with {element} at [{row}, {column}], above the diagonal");
        }
        if column == row && (element <= 0.0 || element.is_nan()) {
            return format!("a {size} x {size} matrix with {element} at [{row}, {column}], on the diagonal");
        }
    }
    format!("a {size} x {size} matrix")
}

/// A triangle that is wrong, or a row that does not have length 1.
fn row_of_length_1(factor: &[f64], size: usize) -> String {
    let wrong = factor.chunks_exact(size).map(|row| row.iter().map(|entry| entry * entry).sum::<f64>().sqrt());
    let mut wrong = wrong.enumerate().filter(|(_, length)| (length * length - 1.0).abs() >= 1e-8);
    match (Constraint::LowerCholesky.contains(&matrix(factor, size)).item() == 1.0, wrong.next()) {
        (true, Some((row, length))) => format!("a {size} x {size} matrix whose row {row} has length {length}"),
        _ => triangle(factor, size),
    }
}

/// A diagonal entry that is not 1, or why the matrix is not positive definite.
fn diagonal_of_ones(correlation: &[f64], size: usize) -> String {
    match (0..size).find(|&row| (correlation[row * size + row] - 1.0).abs() >= 1e-8) {
        Some(row) => {
            let entry = correlation[row * size + row];
            format!("a {size} x {size} matrix with {entry} at [{row}, {row}], on the diagonal")
        }
        None => covariance(correlation, size),
    }
}

fn matrix(elements: &[f64], size: usize) -> Tensor {
    Tensor::from_parts(elements.to_vec(), Shape::from([size, size]))
}

/// Where the factorisation stops, and what to do if that is a matter of rounding; follows "whose" or "its".
pub(crate) fn not_positive_definite(matrix: &[f64], size: usize, pivot: &Pivot) -> String {
    let scale = (0..size).map(|index| matrix[index * size + index].abs()).fold(0.0, f64::max);
    let (value, found) = (pivot.value, leading_minor(pivot));
    // Of a covariance matrix in floating-point numbers, a pivot may miss zero by this much.
    let is_rounding = value.abs() <= 1e-6 * scale && scale.is_finite();
    if !is_rounding {
        return found;
    }
    let jitter = 10f64.powf(scale.log10().round() - 6.0);
    format!("{found}: add `{jitter:e}` to the diagonal, as in `matrix + {jitter:e} * Tensor::eye({size})`")
}

/// Where the factorisation stops; follows "whose" or "its".
pub(crate) fn leading_minor(pivot: &Pivot) -> String {
    let Pivot { order, value } = *pivot;
    let shown = if value == 0.0 || value.abs() >= 1e-3 { value.to_string() } else { format!("{value:.1e}") };
    format!("leading minor of order {order} is not positive (pivot {shown})")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(domain: &Constraint, event: Tensor, expected: &str) {
        assert_eq!(describe(domain, &event.to_vec(), &event.shape()), expected);
    }

    #[test]
    fn each_constraint_says_how_it_is_missed() {
        check(&Constraint::Simplex, [0.5, 0.25].into(), "[0.5, 0.25], whose sum is 0.75");
        check(&Constraint::Simplex, [1.5, -0.5].into(), "[1.5, -0.5], with -0.5 at [1]");
        check(&Constraint::OrderedVector, [1.0, 3.0, 2.0].into(), "[1, 3, 2], with 3 before 2 at [1]");
        check(
            &Constraint::LowerCholesky,
            [[1.0, 0.5], [0.0, 1.0]].into(),
            "a 2 x 2 matrix with 0.5 at [0, 1], above the diagonal",
        );
        check(
            &Constraint::LowerCholesky,
            [[1.0, 0.0], [2.0, 0.0]].into(),
            "a 2 x 2 matrix with 0 at [1, 1], on the diagonal",
        );
        check(
            &Constraint::PositiveDefinite,
            [[1.0, 2.0], [2.5, 1.0]].into(),
            "a 2 x 2 matrix that is not symmetric: 2 at [0, 1], 2.5 at [1, 0]",
        );
        check(
            &Constraint::PositiveDefinite,
            [[1.0, 2.0], [2.0, 1.0]].into(),
            "a 2 x 2 matrix whose leading minor of order 2 is not positive (pivot -3)",
        );
        check(
            &Constraint::CorrelationCholesky,
            [[1.0, 0.0], [0.6, 0.6]].into(),
            "a 2 x 2 matrix whose row 1 has length 0.848528137423857",
        );
        check(
            &Constraint::CorrelationCholesky,
            [[1.0, 0.0], [0.6, -0.8]].into(),
            "a 2 x 2 matrix with -0.8 at [1, 1], on the diagonal",
        );
        check(
            &Constraint::CorrelationMatrix,
            [[1.0, 0.5], [0.5, 2.0]].into(),
            "a 2 x 2 matrix with 2 at [1, 1], on the diagonal",
        );
        check(
            &Constraint::CorrelationMatrix,
            [[1.0, 2.0], [2.0, 1.0]].into(),
            "a 2 x 2 matrix whose leading minor of order 2 is not positive (pivot -3)",
        );
        // Of rank one: the second pivot is 0 up to rounding, and the advice is of the matrix's own size.
        check(
            &Constraint::PositiveDefinite,
            [[400.0, 400.0], [400.0, 400.0]].into(),
            "a 2 x 2 matrix whose leading minor of order 2 is not positive (pivot 0): add `1e-3` to the diagonal, as \
             in `matrix + 1e-3 * Tensor::eye(2)`",
        );
    }

    #[test]
    fn messages_stay_short() {
        assert_eq!(Brief(&Tensor::from([[1.0, 2.0], [3.0, 4.0]])).to_string(), "[[1, 2], [3, 4]]");
        assert_eq!(Brief(&Tensor::from(0.5)).to_string(), "0.5");
        assert_eq!(Brief(&Tensor::zeros([200, 200])).to_string(), "[0, 0, 0, 0, 0, ..] of shape [200, 200]");
        assert_eq!(Numbers(&[1.0; 9]).to_string(), "[1, 1, 1, 1, 1, 1, 1, 1, 1]");
        let long = describe(&Constraint::Simplex, &[0.5; 300], &Shape::from(300));
        assert_eq!(long, "[0.5, 0.5, 0.5, 0.5, 0.5, ..], whose sum is 150");
    }
}
