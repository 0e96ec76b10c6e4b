//! Matrix normal distribution.

use super::factored::{Factored, Given};
use crate::distribution::density::vector;
use crate::distribution::sampling::noise::standard_normal;
use crate::distribution::{Distribution, Entropy, KlDivergence, Mode, Moments};
use crate::random::Rng;
use crate::special::HALF_LN_2PI;
use crate::{Constraint, Error, IntoTensor, Result, Shape, Tensor, check};

/// Normal distribution of real matrices, whose rows and columns are correlated separately.
///
#[doc = include_str!("../../../doc/distribution/MatrixNormal.svg")]
///
/// ```text
/// log p(X) = −½ |Z|² − p Σ_i ln A_ii − n Σ_j ln B_jj − ½ n p ln(2π),   Z = A⁻¹ (X − loc) B⁻ᵀ
/// Cov(X_ij, X_kl) = (A Aᵀ)_ik (B Bᵀ)_jl
/// ```
///
/// It is the multivariate normal distribution of the n p entries, at the cost of matrices of n and of p rows.
///
/// # Parameters
/// | parameter             | domain                                                       | shape             |
/// |-----------------------|--------------------------------------------------------------|-------------------|
/// | `loc`                 | real                                                         | batch ++ `[n, p]` |
/// | `scale_tril_row`      | lower triangular, with a positive diagonal: A, of the rows   | batch ++ `[n, n]` |
/// | `scale_tril_column`   | lower triangular, with a positive diagonal: B, of columns    | batch ++ `[p, p]` |
/// | `covariance_row`      | symmetric positive definite: A Aᵀ                            | batch ++ `[n, n]` |
/// | `covariance_column`   | symmetric positive definite: B Bᵀ                            | batch ++ `[p, p]` |
///
/// [`new`](Self::new) takes the factors, [`from_covariances`](Self::from_covariances) the matrices.
///
/// # Shapes
/// batch = those of the parameters, broadcast; event = `[n, p]`. A scalar `loc` is the same for all entries.
///
/// # Support
/// The matrices of real numbers: [`Constraint::Real`](crate::Constraint::Real).
///
/// # Moments
/// ```text
/// mean        = mode = loc
/// variance_ij = (A Aᵀ)_ii (B Bᵀ)_jj
/// entropy     = p Σ_i ln A_ii + n Σ_j ln B_jj + ½ n p ln(2πe)
/// ```
///
/// # Numerics
/// X − loc is divided by A and B in triangular solves: a density costs n p (n + p) operations, and no matrix of n p
/// rows is made. [`from_covariances`](Self::from_covariances) factors both matrices once; of one that is being
/// differentiated only the lower triangle is read.
///
/// # Draws
/// loc + A ε Bᵀ, with standard normal ε.
///
/// # Reference
/// NumPyro, `numpyro.distributions.MatrixNormal`; Dawid (1981), "Some matrix-variate distribution theory".
///
/// # Example
/// ```
/// use ppl::distribution::{MatrixNormal, Moments};
/// use ppl::Tensor;
///
/// let effects = MatrixNormal::new(0.0, [[2.0, 0.0], [0.0, 3.0]], [[1.0, 0.0], [1.0, 1.0]])?;
/// assert_eq!(effects.variance(), Tensor::from([[4.0, 8.0], [9.0, 18.0]]));
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct MatrixNormal {
    loc: Tensor,
    rows: Factored,
    columns: Factored,
    batch_shape: Shape,
}

impl MatrixNormal {
    const NAME: &'static str = "MatrixNormal";

    /// A matrix normal distribution with this mean and these Cholesky factors of the covariances of the entries of a
    /// column, and of those of a row.
    ///
    /// # Errors
    /// `loc` not finite; a factor that is not lower triangular with a positive diagonal; shapes that do not fit.
    pub fn new(
        loc: impl IntoTensor,
        scale_tril_row: impl IntoTensor,
        scale_tril_column: impl IntoTensor,
    ) -> Result<Self> {
        let row = Factored::new(Self::NAME, "scale_tril_row", scale_tril_row.into_tensor(), Given::Factor)?;
        let column = Factored::new(Self::NAME, "scale_tril_column", scale_tril_column.into_tensor(), Given::Factor)?;
        Self::build(loc.into_tensor(), row, column)
    }

    /// A matrix normal distribution with this mean and these covariances of the entries of a column, and of those of a
    /// row.
    ///
    /// # Errors
    /// `loc` not finite; a covariance that is not symmetric positive definite; shapes that do not fit.
    pub fn from_covariances(
        loc: impl IntoTensor,
        covariance_row: impl IntoTensor,
        covariance_column: impl IntoTensor,
    ) -> Result<Self> {
        let row = Factored::new(Self::NAME, "covariance_row", covariance_row.into_tensor(), Given::Matrix)?;
        let column = Factored::new(Self::NAME, "covariance_column", covariance_column.into_tensor(), Given::Matrix)?;
        Self::build(loc.into_tensor(), row, column)
    }

    fn build(loc: Tensor, rows: Factored, columns: Factored) -> Result<Self> {
        let event = Shape::from([rows.size(), columns.size()]);
        let own = match loc.rank() {
            0 => Shape::SCALAR,
            1 => loc.shape(),
            _ => loc.shape().split_event(2).1,
        };
        if own.rank() > 0 && own != event {
            return Err(Error::InvalidShape {
                operation: Self::NAME,
                expected: format!("a `loc` whose last axes are {event}, or a scalar"),
                got: loc.shape(),
            });
        }
        check::constants(Self::NAME, &[("loc", &loc, Constraint::Real)])?;
        let batch_shape = check::broadcast(Self::NAME, &rows.batch_shape(), &columns.batch_shape())?;
        let batch_of_loc = if own.rank() == 0 { Shape::SCALAR } else { loc.shape().split_event(2).0 };
        let batch_shape = check::broadcast(Self::NAME, &batch_of_loc, &batch_shape)?;
        Ok(Self { loc, rows, columns, batch_shape })
    }

    /// The mean, as it was given.
    #[must_use]
    pub fn loc(&self) -> &Tensor {
        &self.loc
    }

    /// The lower Cholesky factor A of the covariance of the entries of a column.
    #[must_use]
    pub fn scale_tril_row(&self) -> &Tensor {
        self.rows.factor()
    }

    /// The lower Cholesky factor B of the covariance of the entries of a row.
    #[must_use]
    pub fn scale_tril_column(&self) -> &Tensor {
        self.columns.factor()
    }

    fn full_shape(&self) -> Shape {
        self.batch_shape.concat(&self.event_shape())
    }

    fn entries(&self) -> f64 {
        self.event_shape().size() as f64
    }

    /// |A⁻¹ (X − loc) B⁻ᵀ|².
    fn squared_distance(&self, value: &Tensor) -> Result<Tensor> {
        let halfway = self.rows.divide(&value.try_sub(&self.loc)?)?;
        Ok(self.columns.divide(&halfway.transpose())?.square().sum_rightmost(2))
    }

    /// p Σ_i ln A_ii + n Σ_j ln B_jj.
    fn log_scale(&self) -> Tensor {
        let (n, p) = (self.rows.size() as f64, self.columns.size() as f64);
        (self.rows.log_determinant() * p + self.columns.log_determinant() * n) * 0.5
    }
}

impl Distribution for MatrixNormal {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn parameter_values(&self) -> Vec<(&'static str, Tensor)> {
        let matrices = [self.rows.parameter(), self.columns.parameter()];
        std::iter::once(("loc", self.loc.clone())).chain(matrices.iter().map(check::value)).collect()
    }

    fn batch_shape(&self) -> Shape {
        self.batch_shape
    }

    fn event_shape(&self) -> Shape {
        Shape::from([self.rows.size(), self.columns.size()])
    }

    fn support(&self) -> Constraint {
        Constraint::Independent(Box::new(Constraint::Real), 2)
    }

    fn sample(&self, rng: &mut Rng, sample_shape: &Shape) -> Result<Tensor> {
        check::all(Self::NAME, &[("loc", &self.loc, Constraint::Real)])?;
        self.rows.check_before_draw()?;
        self.columns.check_before_draw()?;
        let noise = standard_normal(rng, sample_shape.concat(&self.full_shape()));
        let scaled = self.rows.factor().try_matmul(noise)?.try_matmul(self.columns.factor().transpose())?;
        scaled.try_add(&self.loc)
    }

    fn log_prob(&self, value: &Tensor) -> Result<Tensor> {
        let mean = || Ok(self.loc.clone());
        let is_inside = |value: &Tensor| vector::is_finite(value, 2);
        vector::on_support(self, value, is_inside, mean, |value| {
            let distance = self.squared_distance(value)?;
            (-self.log_scale()).try_sub(distance * 0.5 + self.entries() * HALF_LN_2PI)
        })
    }

    fn is_reparameterized(&self) -> bool {
        true
    }
}

impl Mode for MatrixNormal {
    fn mode(&self) -> Result<Tensor> {
        Ok(self.mean())
    }
}

impl Moments for MatrixNormal {
    fn mean(&self) -> Tensor {
        self.loc.broadcast_to(self.full_shape())
    }

    fn variance(&self) -> Tensor {
        let (rows, columns) = (self.rows.diagonal().unsqueeze(-1), self.columns.diagonal().unsqueeze(-2));
        (rows * columns).broadcast_to(self.full_shape())
    }
}

impl Entropy for MatrixNormal {
    fn entropy(&self) -> Tensor {
        (self.log_scale() + self.entries() * (0.5 + HALF_LN_2PI)).broadcast_to(self.batch_shape)
    }
}

impl KlDivergence<Self> for MatrixNormal {
    /// ½ (|A_q⁻¹ A_p|² |B_q⁻¹ B_p|² + |A_q⁻¹ (M_p − M_q) B_q⁻ᵀ|² − n p) and the difference of the logarithmic scales.
    fn kl_divergence(&self, other: &Self) -> Result<Tensor> {
        if self.event_shape() != other.event_shape() {
            return Err(Error::ShapeMismatch {
                operation: Self::NAME,
                relation: "agree as event shapes",
                left: self.event_shape(),
                right: other.event_shape(),
            });
        }
        check::broadcast(Self::NAME, &self.batch_shape, &other.batch_shape)?;
        let rows = other.rows.divide(self.rows.factor())?.square().sum_rightmost(2);
        let columns = other.columns.divide(self.columns.factor())?.square().sum_rightmost(2);
        let squares = rows.try_mul(columns)?.try_add(other.squared_distance(&self.mean())?)?;
        ((squares - self.entries()) * 0.5).try_add(other.log_scale())?.try_sub(self.log_scale())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::conformance::{self, Family, Parameters, parameters};

    fn symmetric(matrix: &Tensor) -> Tensor {
        matrix.tril(0) + matrix.tril(-1).transpose()
    }

    fn build(p: &Parameters) -> Result<MatrixNormal> {
        if p.has("scale_tril_row") {
            let (row, column) = (p.get("scale_tril_row").tril(0), p.get("scale_tril_column").tril(0));
            MatrixNormal::new(p.get("loc"), row, column)
        } else {
            let (row, column) = (p.get("covariance_row"), p.get("covariance_column"));
            MatrixNormal::from_covariances(p.get("loc"), symmetric(&row), symmetric(&column))
        }
    }

    fn family() -> Family<MatrixNormal> {
        Family::new("MatrixNormal", build)
            .without_far_cases("its cases would be matrices; a normal distribution of each entry is in the table")
            .nan_at("scale_tril_column", &["log_prob"], "a standardised entry beyond every finite number is subtracted from the next ones")
            .nan_at("scale_tril_row", &["log_prob"], "a standardised entry beyond every finite number is subtracted from the next ones")
            .at(parameters! {
                loc: [[0.3, -1.0, 0.5], [0.0, 0.2, 1.0]],
                scale_tril_row: [[1.3, 0.0], [0.4, 0.9]],
                scale_tril_column: [[0.8, 0.0, 0.0], [0.3, 1.1, 0.0], [-0.2, 0.4, 0.7]],
            })
            .at(parameters! {
                loc: [[0.2, -0.9, 0.4], [0.1, 0.2, 0.9]],
                scale_tril_row: [[0.9, 0.0], [0.2, 0.7]],
                scale_tril_column: [[0.7, 0.0, 0.0], [0.2, 0.9, 0.0], [-0.1, 0.2, 0.6]],
            })
            .rejects(
                parameters! { loc: f64::NAN, scale_tril_row: [[1.0, 0.0], [2.0, 1.0]], scale_tril_column: [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]] },
                "MatrixNormal: `loc` must be real, got NaN",
            )
            .rejects(
                parameters! { loc: 0.0, scale_tril_row: [[1.0, 0.0], [2.0, -1.0]], scale_tril_column: [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]] },
                "MatrixNormal: `scale_tril_row` must be a lower triangular matrix with positive diagonal, got a 2 x 2 matrix with -1 at [1, 1], on the diagonal",
            )
            .rejects(
                parameters! { loc: 0.0, scale_tril_row: [[1.0, 0.0], [2.0, 1.0]], scale_tril_column: [[1.0, 0.0, 0.0], [0.0, -1.0, 0.0], [0.0, 0.0, 1.0]] },
                "MatrixNormal: `scale_tril_column` must be a lower triangular matrix with positive diagonal, got a 3 x 3 matrix with -1 at [1, 1], on the diagonal",
            )
            .draws([0.07492975036967897, -1.5141435134621402, 1.3768189212709219, -0.8702881519436197, -0.46418064432003087, 0.9301462652922353, -1.2447154391247948, 0.948434374133118, 2.2101661830826984, -0.7588788295266062, 0.025392806817808616, 1.2971095503062764, 1.073234664773629, -1.730161366932013, -1.2418432579954581, -0.1472931370997433, 0.3532547571040178, 1.3331256994609553])
    }

    conformance::distribution!(
        family() => multivariate, mode, moments, entropy, kl, reparameterized_by_common_numbers
    );

    mod covariances {
        use super::*;

        fn family() -> Family<MatrixNormal> {
            Family::new("MatrixNormal", build)
                .without_far_cases("its cases would be matrices; a normal distribution of each entry is in the table")
                .at(parameters! {
                    loc: [[0.3, -1.0], [0.0, 0.2]],
                    covariance_row: [[1.7, 0.4], [0.4, 0.9]],
                    covariance_column: [[1.2, -0.3], [-0.3, 0.8]],
                })
                .at(parameters! {
                    loc: [[0.2, -0.9], [0.1, 0.2]],
                    covariance_row: [[1.2, 0.2], [0.2, 0.7]],
                    covariance_column: [[0.9, -0.1], [-0.1, 0.6]],
                })
                .rejects(
                    parameters! { loc: f64::NAN, covariance_row: [[1.0, 0.0], [0.0, 1.0]], covariance_column: [[1.0, 0.0], [0.0, 1.0]] },
                    "MatrixNormal: `loc` must be real, got NaN",
                )
                .rejects(
                    parameters! { loc: 0.0, covariance_row: [[1.0, 2.0], [2.0, 1.0]], covariance_column: [[1.0, 0.0], [0.0, 1.0]] },
                    "MatrixNormal: `covariance_row` must be a symmetric positive definite matrix, got a 2 x 2 matrix whose leading minor of order 2 is not positive (pivot -3)",
                )
                .rejects(
                    parameters! { loc: 0.0, covariance_row: [[1.0, 0.0], [0.0, 1.0]], covariance_column: [[1.0, 2.0], [2.0, 1.0]] },
                    "MatrixNormal: `covariance_column` must be a symmetric positive definite matrix, got a 2 x 2 matrix whose leading minor of order 2 is not positive (pivot -3)",
                )
                .draws([-0.009100592140232677, -1.2563550850226295, 0.9828723103977508, -0.9746212408706143, 0.003386573695662476, -1.7455148221133507, -1.5304260271489987, 1.740866056991116, 0.9353873557924646, -1.596106363738975, -0.5138217687521673, 0.1562180991597523])
        }

        conformance::distribution!(
            family() => multivariate, mode, moments, entropy, kl, reparameterized_by_common_numbers
        );
    }

    #[test]
    fn shapes_that_do_not_fit() {
        let built = |loc: Tensor| MatrixNormal::new(loc, Tensor::eye(2), Tensor::eye(3));
        assert!(built(Tensor::from(1.0)).is_ok() && built(Tensor::zeros([4, 2, 3])).is_ok());
        for shape in [Shape::from(3), Shape::from([3, 2]), Shape::from([1, 3]), Shape::from([2, 1])] {
            assert!(built(Tensor::zeros(shape)).is_err(), "{shape}");
        }
    }
}
