//! Inverse Wishart distribution.

use super::bartlett;
use super::factored::{Factored, Given};
use crate::distribution::density::vector;
use crate::distribution::{Distribution, Entropy, KlDivergence, Mode, Moments};
use crate::random::Rng;
use crate::{Constraint, Error, IntoTensor, Result, Shape, Tensor, check};

/// Inverse Wishart distribution of positive definite matrices, which are the inverses of [`Wishart`](super::Wishart)
/// matrices.
///
#[doc = include_str!("../../../doc/distribution/InverseWishart.svg")]
///
/// ```text
/// log p(X) = ½ df ln |Ψ| − ½ (df + n + 1) ln |X| − ½ tr(Ψ X⁻¹) − ½ df n ln 2 − ln Γ_n(½ df),   Ψ = scale_matrix
/// ```
///
/// with respect to the lower triangle of X: the distribution of X⁻¹ is Wishart with the scale matrix Ψ⁻¹. It is
/// conjugate to the covariance of a normal distribution; for priors that keep scales and correlations apart see
/// [`LKJCholesky`](super::LKJCholesky).
///
/// # Parameters
/// | parameter      | domain                                           | shape             |
/// |----------------|--------------------------------------------------|-------------------|
/// | `df`           | greater than n − 1: degrees of freedom           | batch             |
/// | `scale_matrix` | symmetric positive definite: Ψ                   | batch ++ `[n, n]` |
/// | `scale_tril`   | lower triangular, with a positive diagonal: of Ψ | batch ++ `[n, n]` |
///
/// One of the last two is given: [`new`](Self::new) takes the scale matrix, [`from_scale_tril`](Self::from_scale_tril)
/// its Cholesky factor, which spares the factorisation.
///
/// # Shapes
/// batch = that of `df` and of the matrix, broadcast; event = `[n, n]`.
///
/// # Support
/// The symmetric positive definite matrices: [`Constraint::PositiveDefinite`](crate::Constraint::PositiveDefinite).
///
/// # Moments
/// ```text
/// mean        = Ψ / (df − n − 1)
/// variance_ij = [(df − n + 1) Ψ_ij² + (df − n − 1) Ψ_ii Ψ_jj] / [(df − n) (df − n − 1)² (df − n − 3)]
/// mode        = Ψ / (df + n + 1)
/// entropy     = ln Γ_n(½ df) + ½ (n + 1) ln |½ Ψ| − ½ (df + n + 1) Σ_i ψ(½ (df − i + 1)) + ½ n df,   i = 1, …, n
/// ```
/// Up to n + 1 degrees of freedom the means of the diagonal are ∞ and those of other entries NaN; up to n + 3 the
/// variances are ∞, or NaN where the mean is.
///
/// # Numerics
/// As those of [`Wishart`](super::Wishart).
///
/// # Draws
/// T A⁻ᵀ A⁻¹ Tᵀ, with Ψ = T Tᵀ and Bartlett's triangular A, whose diagonal is of gamma draws: the gradient by `df` is
/// implicit (Figurnov et al. 2018).
///
/// # Reference
/// Stan Functions Reference, "Inverse Wishart distribution"; Mardia, Kent and Bibby (1979), "Multivariate Analysis",
/// section 3.8.
///
/// # Example
/// ```
/// use ppl::distribution::{InverseWishart, Moments};
/// use ppl::Tensor;
///
/// let covariance = InverseWishart::new(5.0, [[1.0, 0.5], [0.5, 2.0]])?;
/// assert_eq!(covariance.mean(), Tensor::from([[0.5, 0.25], [0.25, 1.0]]));
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct InverseWishart {
    df: Tensor,
    scale: Factored,
    batch_shape: Shape,
}

impl InverseWishart {
    const NAME: &'static str = "InverseWishart";

    /// An inverse Wishart distribution with these degrees of freedom and this scale matrix.
    ///
    /// # Errors
    /// `df` not above n − 1 or not finite; a matrix that is not symmetric positive definite; batches that do not
    /// broadcast.
    pub fn new(df: impl IntoTensor, scale_matrix: impl IntoTensor) -> Result<Self> {
        Self::build(df.into_tensor(), "scale_matrix", scale_matrix.into_tensor(), Given::Matrix)
    }

    /// An inverse Wishart distribution with these degrees of freedom and this Cholesky factor of the scale matrix.
    ///
    /// # Errors
    /// `df` not above n − 1 or not finite; a matrix that is not lower triangular with a positive diagonal; batches that
    /// do not broadcast.
    pub fn from_scale_tril(df: impl IntoTensor, scale_tril: impl IntoTensor) -> Result<Self> {
        Self::build(df.into_tensor(), "scale_tril", scale_tril.into_tensor(), Given::Factor)
    }

    fn build(df: Tensor, name: &'static str, matrix: Tensor, given: Given) -> Result<Self> {
        let scale = Factored::new(Self::NAME, name, matrix, given)?;
        let batch_shape = check::broadcast(Self::NAME, &df.shape(), &scale.batch_shape())?;
        let inverse_wishart = Self { df, scale, batch_shape };
        check::constants(Self::NAME, &[inverse_wishart.df_parameter()])?;
        Ok(inverse_wishart)
    }

    fn df_parameter(&self) -> check::Parameter<'_> {
        ("df", &self.df, bartlett::domain_of_df(self.size()))
    }

    fn checked_df(&self) -> Tensor {
        check::or_nan(&self.df, &bartlett::domain_of_df(self.size()))
    }

    /// The degrees of freedom.
    #[must_use]
    pub fn df(&self) -> &Tensor {
        &self.df
    }

    /// The lower Cholesky factor of the scale matrix.
    #[must_use]
    pub fn scale_tril(&self) -> &Tensor {
        self.scale.factor()
    }

    fn size(&self) -> usize {
        self.scale.size()
    }

    /// df, with two axes of size 1.
    fn df_of_matrices(&self) -> Tensor {
        self.df.unsqueeze(-1).unsqueeze(-1)
    }

    fn full_shape(&self) -> Shape {
        self.batch_shape.concat(&self.event_shape())
    }
}

impl Distribution for InverseWishart {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn parameter_values(&self) -> Vec<(&'static str, Tensor)> {
        vec![("df", self.df.clone()), check::value(&self.scale.parameter())]
    }

    fn batch_shape(&self) -> Shape {
        self.batch_shape
    }

    fn event_shape(&self) -> Shape {
        Shape::from([self.size(), self.size()])
    }

    fn support(&self) -> Constraint {
        Constraint::PositiveDefinite
    }

    fn sample(&self, rng: &mut Rng, sample_shape: &Shape) -> Result<Tensor> {
        check::all(Self::NAME, &[self.df_parameter()])?;
        self.scale.check_before_draw()?;
        let standard = bartlett::draw(rng, &self.df, sample_shape.concat(&self.batch_shape), self.size())?;
        let factor = standard.try_triangular_solve(self.scale_tril().transpose(), true, false)?;
        factor.transpose().try_matmul(factor)
    }

    fn log_prob(&self, value: &Tensor) -> Result<Tensor> {
        let identity = || Ok(Tensor::eye(self.size()));
        let is_inside = |value: &Tensor| Constraint::PositiveDefinite.contains(value);
        vector::on_support(self, value, is_inside, identity, |value| {
            let factor = value.try_cholesky()?;
            let log_determinant = factor.diagonal().ln().sum_axis(-1) * 2.0;
            // With X = L Lᵀ and Ψ = T Tᵀ: Tᵀ X⁻¹ T = Kᵀ K, K = L⁻¹ T.
            let standard = factor.try_triangular_solve(self.scale_tril(), true, false)?;
            let standard = bartlett::log_density(&self.checked_df(), &standard, true)?;
            standard.try_sub(log_determinant * (0.5 * (self.size() + 1) as f64))
        })
    }

    fn is_reparameterized(&self) -> bool {
        true
    }
}

impl Mode for InverseWishart {
    /// Ψ / (df + n + 1).
    fn mode(&self) -> Result<Tensor> {
        let mode = self.scale.matrix().try_div(self.df_of_matrices() + (self.size() + 1) as f64)?;
        mode.try_broadcast_to(self.full_shape())
    }
}

impl Moments for InverseWishart {
    fn mean(&self) -> Tensor {
        let excess = self.df_of_matrices() - (self.size() + 1) as f64;
        let exists = excess.greater(0.0);
        let mean = self.scale.matrix() / Tensor::select(&exists, excess, 1.0);
        let otherwise = Tensor::select(Tensor::eye(self.size()), f64::INFINITY, f64::NAN);
        Tensor::select(exists, mean, otherwise).broadcast_to(self.full_shape())
    }

    /// [(df − n + 1) Ψ_ij² + (df − n − 1) Ψ_ii Ψ_jj] / [(df − n) (df − n − 1)² (df − n − 3)].
    fn variance(&self) -> Tensor {
        let excess = self.df_of_matrices() - self.size() as f64;
        let is_finite = excess.greater(3.0);
        let safe = Tensor::select(&is_finite, &excess, 4.0);
        let diagonal = self.scale.diagonal();
        let products = diagonal.unsqueeze(-1) * diagonal.unsqueeze(-2);
        let sum = (&safe + 1.0) * self.scale.matrix().square() + (&safe - 1.0) * products;
        let variance = sum / (&safe * (&safe - 1.0).square() * (&safe - 3.0));
        let diverges = Tensor::select(excess.greater(1.0) + Tensor::eye(self.size()), f64::INFINITY, f64::NAN);
        Tensor::select(is_finite, variance, diverges).broadcast_to(self.full_shape())
    }
}

impl Entropy for InverseWishart {
    /// That of the Wishart matrix X⁻¹, and the mean of ln |dX / dX⁻¹| = (n + 1) ln |X|.
    fn entropy(&self) -> Tensor {
        let (n, of_scale) = (self.size() as f64, self.scale.log_determinant());
        let mean_log_determinant = bartlett::mean_log_determinant(&self.df, self.size());
        bartlett::entropy(&self.df, self.size()) + (of_scale * 0.5 - mean_log_determinant) * (n + 1.0)
    }
}

impl KlDivergence<Self> for InverseWishart {
    /// That of the inverses, which are Wishart matrices.
    fn kl_divergence(&self, other: &Self) -> Result<Tensor> {
        if self.size() != other.size() {
            return Err(Error::ShapeMismatch {
                operation: Self::NAME,
                relation: "agree as event shapes",
                left: self.event_shape(),
                right: other.event_shape(),
            });
        }
        let ratio = self.scale.divide(other.scale_tril())?;
        let log_determinants = self.scale.log_determinant().try_sub(other.scale.log_determinant())?;
        bartlett::kl_divergence((&self.df, &other.df), &ratio, &log_determinants, self.size())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::conformance::{self, Family, Parameters, parameters};

    fn build(p: &Parameters) -> Result<InverseWishart> {
        if p.has("scale_tril") {
            return InverseWishart::from_scale_tril(p.get("df"), p.get("scale_tril").tril(0));
        }
        let matrix = p.get("scale_matrix");
        InverseWishart::new(p.get("df"), matrix.tril(0) + matrix.tril(-1).transpose())
    }

    fn described(family: Family<InverseWishart>) -> Family<InverseWishart> {
        family
            .without_far_cases("its cases are matrices; the table has degrees of freedom up to 1e4")
            .without_value_gradient("entries of a symmetric matrix do not move on their own; the test below moves two")
    }

    fn family() -> Family<InverseWishart> {
        described(Family::new("InverseWishart", build))
            .at(parameters! { df: 13.5, scale_matrix: [[1.7, 0.4], [0.4, 0.9]] })
            .at(parameters! { df: 17.0, scale_matrix: [[1.6, 0.3], [0.3, 0.8]] })
            .rejects(
                parameters! { df: 1.0, scale_matrix: [[1.0, 0.0], [0.0, 1.0]] },
                "InverseWishart: `df` must be greater than 1, got 1",
            )
            .rejects(
                parameters! { df: 3.0, scale_matrix: [[1.0, 2.0], [2.0, 1.0]] },
                "InverseWishart: `scale_matrix` must be a symmetric positive definite matrix, got a 2 x 2 matrix whose leading minor of order 2 is not positive (pivot -3)",
            )
            .draws([0.1176234213519108, -0.018602278352991542, -0.018602278352991542, 0.10705246840119917, 0.11657254422116624, 0.04261269606433285, 0.04261269606433285, 0.04148472736095207, 0.11579499207839611, 0.05175354621894607, 0.05175354621894607, 0.11642261574856766])
    }

    conformance::distribution!(family() => multivariate, mode, moments, entropy, kl, reparameterized_by_moments);

    mod scale_tril {
        use super::*;

        fn family() -> Family<InverseWishart> {
            described(Family::new("InverseWishart", build))
                .nan_at("scale_tril", &["sample"], "elements beyond every finite number are differences of such products")
                .at(parameters! { df: 13.5, scale_tril: [[1.3, 0.0], [0.4, 0.9]] })
                .at(parameters! { df: 17.0, scale_tril: [[1.2, 0.0], [0.3, 0.9]] })
                .rejects(
                    parameters! { df: 0.5, scale_tril: [[1.0, 0.0], [2.0, 1.0]] },
                    "InverseWishart: `df` must be greater than 1, got 0.5",
                )
                .rejects(
                    parameters! { df: 3.0, scale_tril: [[1.0, 0.0], [2.0, -1.0]] },
                    "InverseWishart: `scale_tril` must be a lower triangular matrix with positive diagonal, got a 2 x 2 matrix with -1 at [1, 1], on the diagonal",
                )
                .draws([0.11693151887337012, -0.010280865968989372, -0.010280865968989372, 0.1055463637268348, 0.11588682337280642, 0.05083524930949329, 0.05083524930949329, 0.04833971481513531, 0.11511384506617026, 0.05991746954600653, 0.05991746954600653, 0.1249559142844959])
        }

        conformance::distribution!(family() => multivariate, mode, moments, entropy, kl, reparameterized_by_moments);
    }

    /// −½ (df + n + 1) X⁻¹ + ½ X⁻¹ Ψ X⁻¹ vanishes at the mode.
    #[test]
    fn gradient_by_the_value() {
        let inverse_wishart = InverseWishart::new(6.0, [[1.7, 0.4], [0.4, 0.9]]).unwrap();
        let mode = inverse_wishart.mode().unwrap();
        let (_, gradients) = crate::grad(|x| inverse_wishart.log_prob(&x[0]), &[mode]).unwrap();
        let gradient = gradients[0].to_vec();
        for slope in [gradient[0], gradient[1] + gradient[2], gradient[3]] {
            assert!(slope.abs() < 1e-12, "{gradient:?}");
        }
    }

    #[test]
    fn moments_that_do_not_exist() {
        let moments = |df: f64| {
            let inverse_wishart = InverseWishart::new(df, Tensor::eye(2)).unwrap();
            (inverse_wishart.mean().to_vec(), inverse_wishart.variance().to_vec())
        };
        let (mean, variance) = moments(3.0);
        assert!(mean[0] == f64::INFINITY && mean[1].is_nan() && variance[0] == f64::INFINITY && variance[1].is_nan());
        let (mean, variance) = moments(4.0);
        assert_eq!((mean, variance), (vec![1.0, 0.0, 0.0, 1.0], vec![f64::INFINITY; 4]));
    }
}
