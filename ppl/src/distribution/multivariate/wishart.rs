//! Wishart distribution.

use super::bartlett;
use super::factored::{Factored, Given};
use crate::distribution::density::vector;
use crate::distribution::{Distribution, Entropy, KlDivergence, Mode, Moments};
use crate::random::Rng;
use crate::{Constraint, Error, IntoTensor, Result, Shape, Tensor, check};

/// Wishart distribution of positive definite matrices: of Σ_k x_k x_kᵀ over df normal vectors with covariance
/// `scale_matrix`.
///
#[doc = include_str!("../../../doc/distribution/Wishart.svg")]
///
/// ```text
/// log p(X) = ½ (df − n − 1) ln |X| − ½ tr(V⁻¹ X) − ½ df n ln 2 − ½ df ln |V| − ln Γ_n(½ df),   V = scale_matrix
/// ```
///
/// with respect to the lower triangle of X. Γ_n is the multivariate gamma function.
///
/// # Parameters
/// | parameter      | domain                                            | shape             |
/// |----------------|---------------------------------------------------|-------------------|
/// | `df`           | greater than n − 1: degrees of freedom            | batch             |
/// | `scale_matrix` | symmetric positive definite: V, mean / df         | batch ++ `[n, n]` |
/// | `scale_tril`   | lower triangular, with a positive diagonal: of V  | batch ++ `[n, n]` |
/// | `rate_matrix`  | symmetric positive definite: V⁻¹                  | batch ++ `[n, n]` |
///
/// One of the last three is given: [`new`](Self::new) takes the scale matrix, [`from_scale_tril`](Self::from_scale_tril)
/// its Cholesky factor, which spares the factorisation, [`from_rate_matrix`](Self::from_rate_matrix) its inverse.
///
/// # Shapes
/// batch = that of `df` and of the matrix, broadcast; event = `[n, n]`.
///
/// # Support
/// The symmetric positive definite matrices: [`Constraint::PositiveDefinite`](crate::Constraint::PositiveDefinite).
///
/// # Moments
/// ```text
/// mean        = df V
/// variance_ij = df (V_ij² + V_ii V_jj)
/// mode        = (df − n − 1) V if df > n + 1, NaN otherwise
/// entropy     = ln Γ_n(½ df) + ½ (n + 1) ln |2 V| − ½ (df − n − 1) Σ_i ψ(½ (df − i + 1)) + ½ n df,   i = 1, …, n
/// ```
///
/// # Numerics
/// The density is written with the factor of V⁻¹ X as a product of gamma densities, which do not cancel at
/// large degrees of freedom. Draws of few degrees of freedom, near n − 1, are nearly singular, and may round to a matrix
/// that has no Cholesky factor.
///
/// # Draws
/// L A Aᵀ Lᵀ, with V = L Lᵀ and Bartlett's triangular A, whose diagonal is of gamma draws: the gradient by `df` is
/// implicit (Figurnov et al. 2018).
///
/// # Reference
/// Stan Functions Reference, "Wishart distribution"; Bishop (2006), "Pattern Recognition and Machine Learning",
/// appendix B.
///
/// # Example
/// ```
/// use ppl::distribution::{Distribution, Moments, Wishart};
/// use ppl::Tensor;
///
/// let scatter = Wishart::new(5.0, [[1.0, 0.5], [0.5, 2.0]])?;
/// assert_eq!(scatter.mean(), Tensor::from([[5.0, 2.5], [2.5, 10.0]]));
///
/// let error = Wishart::new(0.5, Tensor::eye(2)).unwrap_err();
/// assert_eq!(error.to_string(), "Wishart: `df` must be greater than 1, got 0.5");
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Wishart {
    df: Tensor,
    scale: Factored,
    batch_shape: Shape,
}

impl Wishart {
    const NAME: &'static str = "Wishart";

    /// A Wishart distribution with these degrees of freedom and this scale matrix.
    ///
    /// # Errors
    /// `df` not above n − 1 or not finite; a matrix that is not symmetric positive definite; batches that do not
    /// broadcast.
    pub fn new(df: impl IntoTensor, scale_matrix: impl IntoTensor) -> Result<Self> {
        Self::build(df.into_tensor(), "scale_matrix", scale_matrix.into_tensor(), Given::Matrix)
    }

    /// A Wishart distribution with these degrees of freedom and this Cholesky factor of the scale matrix.
    ///
    /// # Errors
    /// `df` not above n − 1 or not finite; a matrix that is not lower triangular with a positive diagonal; batches that
    /// do not broadcast.
    pub fn from_scale_tril(df: impl IntoTensor, scale_tril: impl IntoTensor) -> Result<Self> {
        Self::build(df.into_tensor(), "scale_tril", scale_tril.into_tensor(), Given::Factor)
    }

    /// A Wishart distribution with these degrees of freedom and this inverse of the scale matrix.
    ///
    /// # Errors
    /// `df` not above n − 1 or not finite; a matrix that is not symmetric positive definite; batches that do not
    /// broadcast.
    pub fn from_rate_matrix(df: impl IntoTensor, rate_matrix: impl IntoTensor) -> Result<Self> {
        Self::build(df.into_tensor(), "rate_matrix", rate_matrix.into_tensor(), Given::Inverse)
    }

    fn build(df: Tensor, name: &'static str, matrix: Tensor, given: Given) -> Result<Self> {
        let scale = Factored::new(Self::NAME, name, matrix, given)?;
        let batch_shape = check::broadcast(Self::NAME, &df.shape(), &scale.batch_shape())?;
        let wishart = Self { df, scale, batch_shape };
        check::constants(Self::NAME, &[wishart.df_parameter()])?;
        Ok(wishart)
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

impl Distribution for Wishart {
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
        let factor = self.scale_tril().try_matmul(standard)?;
        let factor = bartlett::away_from_singular(&factor.tril(-1), &factor.diagonal())?;
        factor.try_matmul(factor.transpose())
    }

    fn log_prob(&self, value: &Tensor) -> Result<Tensor> {
        let identity = || Ok(Tensor::eye(self.size()));
        let is_inside = |value: &Tensor| Constraint::PositiveDefinite.contains(value);
        vector::on_support(self, value, is_inside, identity, |value| {
            let factor = value.try_cholesky()?;
            let log_determinant = factor.diagonal().ln().sum_axis(-1) * 2.0;
            let standard = bartlett::log_density(&self.checked_df(), &self.scale.divide(&factor)?, false)?;
            standard.try_sub(log_determinant * (0.5 * (self.size() + 1) as f64))
        })
    }

    fn is_reparameterized(&self) -> bool {
        true
    }
}

impl Mode for Wishart {
    /// (df − n − 1) V; NaN below n + 1 degrees of freedom, where the density is infinite at singular matrices.
    fn mode(&self) -> Result<Tensor> {
        let excess = self.df_of_matrices() - (self.size() + 1) as f64;
        let mode = self.scale.matrix().try_mul(&excess)?.try_broadcast_to(self.full_shape())?;
        Tensor::try_select(excess.greater(0.0), mode, f64::NAN)
    }
}

impl Moments for Wishart {
    fn mean(&self) -> Tensor {
        (self.df_of_matrices() * self.scale.matrix()).broadcast_to(self.full_shape())
    }

    /// df (V_ij² + V_ii V_jj).
    fn variance(&self) -> Tensor {
        let diagonal = self.scale.diagonal();
        let products = diagonal.unsqueeze(-1) * diagonal.unsqueeze(-2);
        (self.df_of_matrices() * (self.scale.matrix().square() + products)).broadcast_to(self.full_shape())
    }
}

impl Entropy for Wishart {
    fn entropy(&self) -> Tensor {
        let of_scale = self.scale.log_determinant() * (0.5 * (self.size() + 1) as f64);
        bartlett::entropy(&self.df, self.size()) + of_scale
    }
}

impl KlDivergence<Self> for Wishart {
    fn kl_divergence(&self, other: &Self) -> Result<Tensor> {
        if self.size() != other.size() {
            return Err(Error::ShapeMismatch {
                operation: Self::NAME,
                relation: "agree as event shapes",
                left: self.event_shape(),
                right: other.event_shape(),
            });
        }
        let ratio = other.scale.divide(self.scale_tril())?;
        let log_determinants = other.scale.log_determinant().try_sub(self.scale.log_determinant())?;
        bartlett::kl_divergence((&self.df, &other.df), &ratio, &log_determinants, self.size())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::conformance::{self, Family, Parameters, parameters};

    fn symmetric(matrix: &Tensor) -> Tensor {
        matrix.tril(0) + matrix.tril(-1).transpose()
    }

    fn build(p: &Parameters) -> Result<Wishart> {
        if p.has("scale_tril") {
            Wishart::from_scale_tril(p.get("df"), p.get("scale_tril").tril(0))
        } else if p.has("rate_matrix") {
            Wishart::from_rate_matrix(p.get("df"), symmetric(&p.get("rate_matrix")))
        } else {
            Wishart::new(p.get("df"), symmetric(&p.get("scale_matrix")))
        }
    }

    fn described(family: Family<Wishart>) -> Family<Wishart> {
        family
            .without_value_gradient("entries of a symmetric matrix do not move on their own; the test below moves two")
    }

    fn family() -> Family<Wishart> {
        described(Family::new("Wishart", build))
            .nan_at("far", &["mode"], "no event is the only one there")
            .nan_at("scale_tril", &["sample"], "elements beyond every finite number are differences of such products")
            .at(parameters! { df: 5.5, scale_tril: [[1.3, 0.0], [0.4, 0.9]] })
            .at(parameters! { df: 7.0, scale_tril: [[0.7, 0.0], [0.2, 0.6]] })
            .rejects(
                parameters! { df: 0.5, scale_tril: [[1.0, 0.0], [2.0, 1.0]] },
                "Wishart: `df` must be greater than 1, got 0.5",
            )
            .rejects(
                parameters! { df: 3.0, scale_tril: [[1.0, 0.0], [2.0, -1.0]] },
                "Wishart: `scale_tril` must be a lower triangular matrix with positive diagonal, got a 2 x 2 matrix with -1 at [1, 1], on the diagonal",
            )
            .draws([12.730870509247541, 7.364222498779836, 7.364222498779836, 5.272940552260769, 11.266344179910789, -1.0203612215488735, -1.0203612215488735, 13.028577006613585, 11.043210452938634, 1.380520779960481, 1.380520779960481, 1.7430166895390495])
    }

    conformance::distribution!(family() => multivariate, mode, moments, entropy, kl, reparameterized_by_moments);

    mod scale_matrix {
        use super::*;

        fn family() -> Family<Wishart> {
            described(Family::new("Wishart", build))
                .nan_at("far", &["mode"], "no event is the only one there")
                .at(parameters! { df: 5.5, scale_matrix: [[1.7, 0.4], [0.4, 0.9]] })
                .at(parameters! { df: 7.0, scale_matrix: [[0.7, 0.2], [0.2, 0.4]] })
                .rejects(
                    parameters! { df: 1.0, scale_matrix: [[1.0, 0.0], [0.0, 1.0]] },
                    "Wishart: `df` must be greater than 1, got 1",
                )
                .rejects(
                    parameters! { df: 3.0, scale_matrix: [[1.0, 2.0], [2.0, 1.0]] },
                    "Wishart: `scale_matrix` must be a symmetric positive definite matrix, got a 2 x 2 matrix whose leading minor of order 2 is not positive (pivot -3)",
                )
                .draws([12.806201103976814, 6.461640040715724, 6.461640040715724, 4.268284231394479, 11.3330089383718, -1.8221407302702723, -1.8221407302702723, 13.163371489285815, 11.108554893488568, 0.5955771041740026, 0.5955771041740026, 1.5943847524239745])
        }

        conformance::distribution!(family() => multivariate, mode, moments, entropy, kl, reparameterized_by_moments);
    }

    mod rate_matrix {
        use super::*;

        fn family() -> Family<Wishart> {
            described(Family::new("Wishart", build))
                .nan_at("far", &["mode"], "no event is the only one there")
                .at(parameters! { df: 5.5, rate_matrix: [[1.7, 0.4], [0.4, 0.9]] })
                .at(parameters! { df: 7.0, rate_matrix: [[3.7, 0.2], [0.2, 2.4]] })
                .rejects(
                    parameters! { df: 1.0, rate_matrix: [[1.0, 0.0], [0.0, 1.0]] },
                    "Wishart: `df` must be greater than 1, got 1",
                )
                .rejects(
                    parameters! { df: 3.0, rate_matrix: [[1.0, 2.0], [2.0, 1.0]] },
                    "Wishart: `rate_matrix` must be a symmetric positive definite matrix, got a 2 x 2 matrix whose leading minor of order 2 is not positive (pivot -3)",
                )
                .draws([4.948725201193273, 0.31765873165963016, 0.31765873165963016, 1.410070714435588, 4.3794366872196715, -5.222862340986217, -5.222862340986217, 23.973804737812653, 4.292700474083172, -3.381005941474903, -3.381005941474903, 4.817173485513422])
        }

        conformance::distribution!(family() => multivariate, mode, moments, entropy, kl, reparameterized_by_moments);
    }

    /// ½ (df − n − 1) X⁻¹ − ½ V⁻¹, along the direction that moves both off-diagonal entries.
    #[test]
    fn gradient_by_the_value() {
        let wishart = Wishart::new(6.0, Tensor::eye(2)).unwrap();
        let value = Tensor::from([[2.0, 0.5], [0.5, 1.0]]);
        let (_, gradients) = crate::grad(|x| wishart.log_prob(&x[0]), &[value]).unwrap();
        let gradient = gradients[0].to_vec();
        let determinant = 1.75;
        let expected = [1.5 / determinant - 0.5, 2.0 * 1.5 * -0.5 / determinant, 1.5 * 2.0 / determinant - 0.5];
        for (got, want) in [gradient[0], gradient[1] + gradient[2], gradient[3]].into_iter().zip(expected) {
            assert!((got - want).abs() < 1e-14, "{got} {want}");
        }
    }

    /// Of one dimension it is a gamma distribution.
    #[test]
    fn one_row_is_gamma() {
        let wishart = Wishart::new(3.0, [[2.0]]).unwrap();
        let gamma = crate::distribution::Gamma::new(1.5, 0.25).unwrap();
        for x in [1e-3, 0.7, 30.0] {
            let (got, want) = (wishart.log_prob(&Tensor::from([[x]])), gamma.log_prob(&Tensor::from(x)));
            let (got, want) = (got.unwrap().item(), want.unwrap().item());
            assert!((got - want).abs() < 1e-13 * want.abs(), "{got} {want}");
        }
    }
}
