//! Points, and their distances in units of length scales.

use crate::distribution::density::vector::over_events;
use crate::{Error, Result, Shape, Tensor, check};

/// Points as rows, batch ++ `[n, d]`: a vector is points on a line.
pub(crate) fn points(user: &'static str, x: &Tensor) -> Result<Tensor> {
    match x.rank() {
        0 => Err(Error::InvalidShape {
            operation: user,
            expected: "points: a vector, or a matrix with a row for each".to_owned(),
            got: x.shape(),
        }),
        1 => x.try_unsqueeze(-1),
        _ => Ok(x.clone()),
    }
}

/// Two sets of points as rows, of one dimension.
pub(super) fn pair(user: &'static str, x1: &Tensor, x2: &Tensor) -> Result<(Tensor, Tensor)> {
    let (rows1, rows2) = (points(user, x1)?, points(user, x2)?);
    if dimension(&rows1) != dimension(&rows2) {
        return Err(Error::ShapeMismatch {
            operation: user,
            relation: "fit as points of one dimension",
            left: x1.shape(),
            right: x2.shape(),
        });
    }
    Ok((rows1, rows2))
}

/// The number of coordinates of each row.
fn dimension(rows: &Tensor) -> usize {
    rows.shape()[rows.rank() - 1]
}

/// A parameter of shape batch, with axes of size 1 for vectors or matrices.
pub(crate) fn spread(parameter: &Tensor, axes: usize) -> Result<Tensor> {
    if parameter.rank() == 0 { Ok(parameter.clone()) } else { over_events(parameter, axes) }
}

/// The shape of the variances at points, of a batch of kernels: batch ++ `[n]`.
pub(super) fn diagonal_shape(user: &'static str, batch: &Shape, x: &Tensor) -> Result<Shape> {
    let (own, rows) = points(user, x)?.shape().split_event(2);
    Ok(check::broadcast(user, batch, &own)?.concat(&Shape::from(rows[0])))
}

/// The shape of the covariances of two sets of points, of a batch of kernels: batch ++ `[n, m]`.
pub(super) fn matrix_shape(user: &'static str, batch: &Shape, x1: &Tensor, x2: &Tensor) -> Result<Shape> {
    let (rows1, rows2) = pair(user, x1, x2)?;
    let ((batch1, rows1), (batch2, rows2)) = (rows1.shape().split_event(2), rows2.shape().split_event(2));
    let points = check::broadcast(user, &batch1, &batch2)?;
    Ok(check::broadcast(user, batch, &points)?.concat(&Shape::from([rows1[0], rows2[0]])))
}

/// Inner products of all pairs of rows: batch ++ `[n, m]`.
pub(super) fn inner_products(rows1: &Tensor, rows2: &Tensor) -> Result<Tensor> {
    rows1.try_matmul(rows2.try_transpose()?)
}

/// Differences of the coordinates of all pairs of rows: batch ++ `[n, m, d]`.
pub(super) fn differences(rows1: &Tensor, rows2: &Tensor) -> Result<Tensor> {
    rows1.try_unsqueeze(-2)?.try_sub(rows2.try_unsqueeze(-3)?)
}

/// Length scales: one for all coordinates, or one for each.
#[derive(Clone, Debug)]
pub(super) struct LengthScale {
    value: Tensor,
    /// Whether the last axis is that of the coordinates.
    is_per_dimension: bool,
}

impl LengthScale {
    /// One length scale for all coordinates, of shape batch.
    pub(super) fn isotropic(value: Tensor) -> Self {
        Self { value, is_per_dimension: false }
    }

    /// A length scale for each coordinate, of shape batch ++ `[d]`.
    pub(super) fn per_dimension(user: &'static str, value: Tensor) -> Result<Self> {
        if value.rank() == 0 {
            return Err(Error::InvalidShape {
                operation: user,
                expected: "a length scale for each dimension along the last axis".to_owned(),
                got: value.shape(),
            });
        }
        Ok(Self { value, is_per_dimension: true })
    }

    pub(super) fn value(&self) -> &Tensor {
        &self.value
    }

    /// The same kind of length scales with other values.
    pub(super) fn with_value(&self, value: Tensor) -> Self {
        Self { value, is_per_dimension: self.is_per_dimension }
    }

    pub(super) fn batch_shape(&self) -> Shape {
        if self.is_per_dimension { self.value.shape().split_event(1).0 } else { self.value.shape() }
    }

    /// An error if the points have another dimension than the length scales.
    pub(super) fn check_points(&self, user: &'static str, rows: &Tensor) -> Result<()> {
        if !self.is_per_dimension || dimension(rows) == self.value.shape()[self.value.rank() - 1] {
            return Ok(());
        }
        Err(Error::ShapeMismatch {
            operation: user,
            relation: "fit as length scales and points of one dimension",
            left: self.value.shape(),
            right: rows.shape(),
        })
    }

    /// Points or frequencies times the length scales, coordinate by coordinate.
    pub(super) fn times(&self, rows: &Tensor) -> Result<Tensor> {
        rows.try_mul(self.over_rows(1)?)
    }

    /// The product of the length scales of `dimension` coordinates: of shape batch.
    pub(super) fn volume(&self, dimension: usize) -> Result<Tensor> {
        if self.is_per_dimension { self.value.try_prod_axis(-1) } else { Ok(self.value.powf(dimension as f64)) }
    }

    /// The length scales, with `axes` axes of size 1 between those of the batch and that of the coordinates.
    fn over_rows(&self, axes: usize) -> Result<Tensor> {
        if !self.is_per_dimension {
            return spread(&self.value, axes + 1);
        }
        let (batch, coordinates) = self.value.shape().split_event(1);
        self.value.try_reshape(batch.concat(&Shape::from(vec![1; axes])).concat(&coordinates))
    }

    /// Σ_d ((x1_d − x2_d) / ℓ_d)² of all pairs of points: batch ++ `[n, m]`.
    ///
    /// Differences are divided before they are squared: neither the square of a tiny length scale nor that of a large one
    /// is formed.
    pub(super) fn squared_distances(&self, user: &'static str, x1: &Tensor, x2: &Tensor) -> Result<Tensor> {
        let (rows1, rows2) = pair(user, x1, x2)?;
        self.check_points(user, &rows1)?;
        if dimension(&rows1) == 1 {
            // On a line there is nothing to sum.
            return Ok(rows1.try_sub(rows2.try_transpose()?)?.try_div(self.over_rows(1)?)?.square());
        }
        differences(&rows1, &rows2)?.try_div(self.over_rows(2)?)?.square().try_sum_axis(-1)
    }
}

/// A correlation that is a function of the distance u and falls as e⁻ᵘ, by u²: at 0 by its expansion 1 + slope · u², so
/// that all derivatives by u² up to the first are right there, and so the second ones by points that coincide. At
/// distances from 1000 it is 0.
pub(super) fn of_distance(
    squares: &Tensor,
    slope: f64,
    correlation: impl FnOnce(&Tensor) -> Result<Tensor>,
) -> Result<Tensor> {
    let is_zero = squares.equal(0.0);
    // Where the square root has no derivative it is fed 1.
    let distance = Tensor::try_select(&is_zero, 1.0, squares)?.sqrt().minimum(1e3);
    Tensor::try_select(is_zero, squares * slope + 1.0, correlation(&distance)?)
}
