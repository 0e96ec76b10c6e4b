//! Multivariate normal distribution.

use crate::bijector::{Bijector, LowerCholeskyAffine};
use crate::distribution::density::vector;
use crate::distribution::sampling::noise::standard_normal;
use crate::distribution::{Covariance, Distribution, Entropy, KlDivergence, Mode, Moments};
use crate::random::Rng;
use crate::special::HALF_LN_2PI;
use crate::tensor::record;
use crate::{Constraint, Error, IntoTensor, Result, Shape, Tensor, check};

/// Normal distribution of vectors.
///
/// ```text
/// log p(x) = −½ |z|² − Σ_i ln L_ii − (n / 2) ln(2π),   z = L⁻¹ (x − loc),   covariance = L Lᵀ
/// ```
///
/// # Parameters
/// | parameter           | domain                                          | shape             |
/// |---------------------|-------------------------------------------------|-------------------|
/// | `loc`               | real                                            | batch ++ `[n]`    |
/// | `covariance_matrix` | symmetric positive definite                     | batch ++ `[n, n]` |
/// | `scale_tril`        | lower triangular, with a positive diagonal: L   | batch ++ `[n, n]` |
/// | `precision_matrix`  | symmetric positive definite: covariance⁻¹       | batch ++ `[n, n]` |
///
/// One of the last three is given: [`new`](Self::new) takes the covariance,
/// [`from_scale_tril`](Self::from_scale_tril) its Cholesky factor, which spares the factorisation,
/// [`from_precision`](Self::from_precision) its inverse.
///
/// # Shapes
/// batch = that of loc and of the matrix, broadcast; event = `[n]`. A scalar `loc` is the same for all
/// entries.
///
/// # Numerics
/// x − loc is divided by L in a triangular solve; no matrix is inverted. Of a matrix that is being
/// differentiated only the lower triangle is read, and where it has no factor the density is NaN.
///
/// # Draws
/// loc + L ε, with standard normal ε.
///
/// # Reference
/// Stan Functions Reference, "Multivariate normal distribution", and "…, Cholesky parameterization".
///
/// # Example
/// ```
/// use ppl::distribution::{Covariance, Distribution, MultivariateNormal};
/// use ppl::Tensor;
///
/// let normal = MultivariateNormal::new([1.0, 2.0], [[4.0, 2.0], [2.0, 5.0]])?;
/// assert_eq!(normal.scale_tril(), &Tensor::from([[2.0, 0.0], [1.0, 2.0]]));
/// let log_prob = normal.log_prob(&Tensor::from([1.0, 2.0]))?.item();
/// assert!((log_prob + (4.0 * std::f64::consts::TAU).ln()).abs() < 1e-15);
///
/// let error = MultivariateNormal::new(0.0, [[1.0, 2.0], [2.0, 1.0]]).unwrap_err();
/// assert!(error.to_string().contains("`covariance_matrix` must be a symmetric positive definite matrix"));
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct MultivariateNormal {
    /// The map from standard normal vectors.
    affine: LowerCholeskyAffine,
    given: Given,
}

/// The matrix, as it was given.
#[derive(Clone, Debug)]
enum Given {
    Covariance(Tensor),
    ScaleTril(Tensor),
    Precision(Tensor),
}

impl Given {
    fn parameter(&self) -> check::Parameter<'_> {
        match self {
            Self::Covariance(matrix) => ("covariance_matrix", matrix, Constraint::PositiveDefinite),
            Self::ScaleTril(matrix) => ("scale_tril", matrix, Constraint::LowerCholesky),
            Self::Precision(matrix) => ("precision_matrix", matrix, Constraint::PositiveDefinite),
        }
    }

    /// L, with L Lᵀ the covariance.
    fn scale_tril(&self) -> Result<Tensor> {
        match self {
            Self::Covariance(matrix) => matrix.try_cholesky(),
            Self::ScaleTril(matrix) => Ok(matrix.clone()),
            Self::Precision(matrix) => {
                // With J the reversal of the axes and C the lower factor of J P J: P = U Uᵀ for the upper triangular
                // U = J C J, so that P⁻¹ = U⁻ᵀ U⁻¹, and U⁻ᵀ is lower triangular.
                let upper = matrix.try_flip(-1)?.try_flip(-2)?.try_cholesky()?.flip(-1).flip(-2);
                let size = matrix.shape()[matrix.rank() - 1];
                upper.try_triangular_solve(Tensor::eye(size), false, true)
            }
        }
    }
}

impl MultivariateNormal {
    /// A multivariate normal distribution with this mean and covariance matrix.
    ///
    /// # Errors
    /// `loc` not finite; a matrix that is not symmetric positive definite; shapes that do not fit.
    pub fn new(loc: impl IntoTensor, covariance_matrix: impl IntoTensor) -> Result<Self> {
        Self::build(loc.into_tensor(), Given::Covariance(covariance_matrix.into_tensor()))
    }

    /// A multivariate normal distribution with this mean and Cholesky factor of the covariance matrix.
    ///
    /// # Errors
    /// `loc` not finite; a matrix that is not lower triangular with a positive diagonal; shapes that do not fit.
    pub fn from_scale_tril(loc: impl IntoTensor, scale_tril: impl IntoTensor) -> Result<Self> {
        Self::build(loc.into_tensor(), Given::ScaleTril(scale_tril.into_tensor()))
    }

    /// A multivariate normal distribution with this mean and inverse of the covariance matrix.
    ///
    /// # Errors
    /// `loc` not finite; a matrix that is not symmetric positive definite; shapes that do not fit.
    pub fn from_precision(loc: impl IntoTensor, precision_matrix: impl IntoTensor) -> Result<Self> {
        Self::build(loc.into_tensor(), Given::Precision(precision_matrix.into_tensor()))
    }

    fn build(loc: Tensor, given: Given) -> Result<Self> {
        let (_, matrix, _) = given.parameter();
        let shape = matrix.shape();
        if shape.rank() < 2 || shape[shape.rank() - 1] != shape[shape.rank() - 2] {
            return Err(Error::InvalidShape {
                operation: "MultivariateNormal",
                expected: "square matrices in the last two axes".to_owned(),
                got: shape,
            });
        }
        check::constants("MultivariateNormal", &[("loc", &loc, Constraint::Real), given.parameter()])?;
        let affine = LowerCholeskyAffine::unchecked("MultivariateNormal", loc, given.scale_tril()?)?;
        Ok(Self { affine, given })
    }

    /// The mean, as it was given.
    #[must_use]
    pub fn loc(&self) -> &Tensor {
        self.affine.loc()
    }

    /// The lower Cholesky factor of the covariance matrix.
    #[must_use]
    pub fn scale_tril(&self) -> &Tensor {
        self.affine.scale_tril()
    }

    fn size(&self) -> f64 {
        self.event_shape().size() as f64
    }
}

impl Distribution for MultivariateNormal {
    fn name(&self) -> &'static str {
        "MultivariateNormal"
    }

    fn parameter_values(&self) -> Vec<(&'static str, Tensor)> {
        vec![("loc", self.loc().clone()), check::value(&self.given.parameter())]
    }

    fn batch_shape(&self) -> Shape {
        self.affine.parameter_shape().0
    }

    fn event_shape(&self) -> Shape {
        self.affine.parameter_shape().1
    }

    fn support(&self) -> Constraint {
        Constraint::Independent(Box::new(Constraint::Real), 1)
    }

    fn sample(&self, rng: &mut Rng, sample_shape: &Shape) -> Result<Tensor> {
        check::parameter_of_draw("MultivariateNormal", "loc", self.loc(), &Constraint::Real)?;
        // A matrix that was being differentiated has not been inspected; its factor tells whether it should have been.
        // Where the domain ends has no derivative.
        let inside = Constraint::LowerCholesky.contains(&self.scale_tril().detach());
        if inside.is_recorded() {
            record::note_violations(|| (1.0 - inside).try_sum())?;
        } else if inside.min() == 0.0 {
            check::all("MultivariateNormal", &[self.given.parameter()])?;
        }
        let noise = standard_normal(rng, sample_shape.concat(&self.batch_shape()).concat(&self.event_shape()));
        self.affine.forward(&noise)
    }

    fn log_prob(&self, value: &Tensor) -> Result<Tensor> {
        let mean = || Ok(self.loc().clone());
        let is_inside = |value: &Tensor| vector::is_finite(value, 1);
        vector::on_support(self, value, is_inside, mean, |value| {
            let (z, log_det) = self.affine.inverse_and_log_det(value)?;
            log_det.try_sub(z.square().sum_axis(-1) * 0.5 + self.size() * HALF_LN_2PI)
        })
    }

    fn is_reparameterized(&self) -> bool {
        true
    }
}

impl Mode for MultivariateNormal {
    fn mode(&self) -> Result<Tensor> {
        Ok(self.mean())
    }
}

impl Moments for MultivariateNormal {
    fn mean(&self) -> Tensor {
        self.loc().broadcast_to(self.batch_shape().concat(&self.event_shape()))
    }

    fn variance(&self) -> Tensor {
        let variance = self.scale_tril().square().sum_axis(-1);
        variance.broadcast_to(self.batch_shape().concat(&self.event_shape()))
    }
}

impl Covariance for MultivariateNormal {
    fn covariance(&self) -> Tensor {
        let covariance = match &self.given {
            Given::Covariance(matrix) => matrix.clone(),
            Given::ScaleTril(_) | Given::Precision(_) => self.scale_tril().matmul(self.scale_tril().transpose()),
        };
        let event = self.event_shape();
        covariance.broadcast_to(self.batch_shape().concat(&event).concat(&event))
    }
}

impl Entropy for MultivariateNormal {
    fn entropy(&self) -> Tensor {
        (self.affine.log_scale() + self.size() * (0.5 + HALF_LN_2PI)).broadcast_to(self.batch_shape())
    }
}

impl KlDivergence<Self> for MultivariateNormal {
    /// ½ (|L_q⁻¹ L_p|² + |L_q⁻¹ (μ_p − μ_q)|² − n) + ln |L_q| − ln |L_p|.
    fn kl_divergence(&self, other: &Self) -> Result<Tensor> {
        if self.event_shape() != other.event_shape() {
            return Err(Error::ShapeMismatch {
                operation: "MultivariateNormal",
                relation: "agree as event shapes",
                left: self.event_shape(),
                right: other.event_shape(),
            });
        }
        let ratio = other.scale_tril().try_triangular_solve(self.scale_tril(), true, false)?;
        let (shift, log_det) = other.affine.inverse_and_log_det(&self.mean())?;
        let squares = ratio.square().sum_rightmost(2).try_add(shift.square().sum_axis(-1))?;
        let kl = (squares - self.size()) * 0.5;
        kl.try_sub(log_det)?.try_sub(self.affine.log_scale())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::conformance::{self, Family, Parameters, parameters};
    use crate::grad;

    /// The symmetric matrix with this lower triangle, so that an entry can move on its own.
    fn symmetric(matrix: &Tensor) -> Tensor {
        matrix.tril(0) + matrix.tril(-1).transpose()
    }

    fn build(p: &Parameters) -> Result<MultivariateNormal> {
        let loc = p.get("loc");
        if p.has("scale_tril") {
            MultivariateNormal::from_scale_tril(loc, p.get("scale_tril").tril(0))
        } else if p.has("precision_matrix") {
            MultivariateNormal::from_precision(loc, symmetric(&p.get("precision_matrix")))
        } else if p.has("scale_diag") {
            let diagonal = p.get("scale_diag");
            MultivariateNormal::from_scale_tril(loc, Tensor::eye(diagonal.size()) * diagonal)
        } else if p.has("cov_factor") {
            let (factor, diagonal) = (p.get("cov_factor"), p.get("cov_diag"));
            let noise = Tensor::eye(diagonal.size()) * diagonal;
            MultivariateNormal::new(loc, factor.matmul(factor.transpose()) + noise)
        } else {
            MultivariateNormal::new(loc, symmetric(&p.get("covariance_matrix")))
        }
    }

    fn family() -> Family<MultivariateNormal> {
        Family::new("MultivariateNormal", build)
            .without_far_cases("its cases would be matrices; a normal distribution of each coordinate is in the table")
            .at(parameters! { loc: [0.3, -1.0], covariance_matrix: [[1.7, 0.4], [0.4, 0.9]] })
            .at(parameters! { loc: [0.1, -0.8], covariance_matrix: [[0.7, -0.2], [-0.2, 0.6]] })
            .rejects(
                parameters! { loc: [0.0, f64::INFINITY], covariance_matrix: [[1.0, 0.0], [0.0, 1.0]] },
                "MultivariateNormal: `loc` must be finite and real, got inf at [1]",
            )
            .rejects(
                parameters! { loc: 0.0, covariance_matrix: [[1.0, 2.0], [2.0, 1.0]] },
                "MultivariateNormal: `covariance_matrix` must be a symmetric positive definite matrix, got a 2 x 2 matrix whose leading minor of order 2 is not positive (pivot -3)",
            )
            .draws([0.017831055244317495, -1.3361714551170083, 1.6995813998894858, -1.6694331477644195, 0.029230225923696895, -1.726507382539456])
    }

    conformance::distribution!(
        family() => multivariate, mode, moments, covariance, entropy, kl, reparameterized_by_common_numbers
    );

    mod scale_tril {
        use super::*;

        fn family() -> Family<MultivariateNormal> {
            Family::new("MultivariateNormal", build)
                .without_far_cases("its cases would be matrices")
                .at(parameters! { loc: [0.3, -1.0], scale_tril: [[1.3, 0.0], [0.4, 0.9]] })
                .at(parameters! { loc: [0.1, -0.8], scale_tril: [[0.7, 0.0], [-0.2, 0.6]] })
                .rejects(
                    parameters! { loc: f64::NAN, scale_tril: [[1.0, 0.0], [2.0, 1.0]] },
                    "MultivariateNormal: `loc` must be real, got NaN",
                )
                .rejects(
                    parameters! { loc: 0.0, scale_tril: [[1.0, 0.0], [2.0, -1.0]] },
                    "MultivariateNormal: `scale_tril` must be a lower triangular matrix with positive diagonal, got a 2 x 2 matrix with -1 at [1, 1], on the diagonal",
                )
                .draws([0.01866218796209873, -1.3570325805331254, 1.6954589125843946, -1.5719227361995873, 0.03002778221897212, -1.7475563413457418])
        }

        conformance::distribution!(
            family() => multivariate, mode, moments, covariance, entropy, kl, reparameterized_by_common_numbers
        );
    }

    mod precision {
        use super::*;

        fn family() -> Family<MultivariateNormal> {
            Family::new("MultivariateNormal", build)
                .without_far_cases("its cases would be matrices")
                .at(parameters! { loc: [0.3, -1.0], precision_matrix: [[1.7, 0.4], [0.4, 0.9]] })
                .at(parameters! { loc: [0.1, -0.8], precision_matrix: [[3.7, -0.2], [-0.2, 2.6]] })
                .rejects(
                    parameters! { loc: f64::NAN, precision_matrix: [[1.0, 0.0], [0.0, 1.0]] },
                    "MultivariateNormal: `loc` must be real, got NaN",
                )
                .rejects(
                    parameters! { loc: 0.0, precision_matrix: [[-1.0, 0.0], [0.0, 1.0]] },
                    "MultivariateNormal: `precision_matrix` must be a symmetric positive definite matrix, got a 2 x 2 matrix whose leading minor of order 1 is not positive (pivot -1)",
                )
                .draws([0.12459348320544575, -1.2388163880333545, 1.170030890669505, -2.559410725657564, 0.13167962383281998, -1.703448518877059])
        }

        conformance::distribution!(
            family() => multivariate, mode, moments, covariance, entropy, kl, reparameterized_by_common_numbers
        );
    }

    #[test]
    fn an_asymmetric_covariance_is_rejected() {
        let error = MultivariateNormal::new(0.0, [[1.0, 0.5], [0.4, 1.0]]).unwrap_err().to_string();
        assert!(error.contains("`covariance_matrix` must be a symmetric positive definite matrix"), "{error}");
        assert!(MultivariateNormal::new(0.0, [[1.0, 0.5]]).is_err());
        assert!(MultivariateNormal::new([0.0; 3], Tensor::eye(2)).is_err());
    }

    #[test]
    fn a_matrix_without_a_factor_has_a_density_of_nan_while_it_is_differentiated() {
        let density = |p: &[Tensor]| MultivariateNormal::new(0.0, &p[0])?.log_prob(&Tensor::from([1.0, 0.0]));
        let (value, _) = grad(density, &[Tensor::from([[1.0, 2.0], [2.0, 1.0]])]).unwrap();
        assert!(value.is_nan());
    }
}
