//! Multivariate Student's t distribution.

use super::factored::{Factored, Given};
use super::multivariate_normal::batch_of_vectors;
use crate::bijector::{Bijector, LowerCholeskyAffine};
use crate::distribution::continuous::gamma::standard_gamma;
use crate::distribution::density::vector;
use crate::distribution::sampling::noise::standard_normal;
use crate::distribution::{Covariance, Distribution, Entropy, Mode, Moments};
use crate::random::Rng;
use crate::special::HALF_LN_2PI;
use crate::{Constraint, IntoTensor, Result, Shape, Tensor, check};

/// Student's t distribution of real vectors.
///
#[doc = include_str!("../../../doc/distribution/MultivariateStudentT.svg")]
///
/// ```text
/// log p(x) = −½ (df + n) ln(1 + |z|² / df) − ln c − Σ_i ln L_ii,   z = L⁻¹ (x − loc),   scale_matrix = L Lᵀ
/// c = (π df)^(½ n) Γ(½ df) / Γ(½ (df + n))
/// ```
///
/// # Parameters
/// | parameter      | domain                                        | shape             |
/// |----------------|-----------------------------------------------|-------------------|
/// | `df`           | positive: degrees of freedom                  | batch             |
/// | `loc`          | real: the mode                                | batch ++ `[n]`    |
/// | `scale_matrix` | symmetric positive definite                   | batch ++ `[n, n]` |
/// | `scale_tril`   | lower triangular, with a positive diagonal: L | batch ++ `[n, n]` |
///
/// One of the last two is given: [`new`](Self::new) takes the matrix, [`from_scale_tril`](Self::from_scale_tril) its
/// Cholesky factor, which spares the factorisation.
///
/// # Shapes
/// batch = those of the parameters, broadcast; event = `[n]`. A scalar `loc` is the same for all entries.
///
/// # Support
/// The vectors of real numbers: [`Constraint::Real`](crate::Constraint::Real).
///
/// # Moments
/// ```text
/// mean       = mode = loc
/// covariance = scale_matrix · df / (df − 2)
/// entropy    = ½ (df + n) [ψ(½ (df + n)) − ψ(½ df)] + ln c + Σ_i ln L_ii
/// ```
/// The mean is NaN up to df = 1; variances are ∞ for 1 < df ≤ 2 and NaN up to 1.
///
/// # Numerics
/// ln c is computed by Stirling's formula with both gamma functions subtracted by hand: at large df the density is that
/// of the multivariate normal distribution, with all digits. |z|² does not overflow.
///
/// # Draws
/// loc + L ε (½ df / g)^½, with standard normal ε and a Gamma(½ df, 1) variable g, of which the derivative by df is
/// implicit (Figurnov et al. 2018).
///
/// # Reference
/// Stan Functions Reference, "Multivariate Student-t distribution".
///
/// # Example
/// ```
/// use ppl::distribution::{Distribution, MultivariateStudentT, Moments};
/// use ppl::Tensor;
///
/// let error = MultivariateStudentT::new(4.0, 0.0, [[4.0, 2.0], [2.0, 5.0]])?;
/// assert_eq!(error.variance().to_vec(), [8.0, 10.0]);
/// // Of two dimensions, the density at the mode is 1 / (2π |L|) whatever the degrees of freedom.
/// let log_prob = error.log_prob(&Tensor::zeros(2))?.item();
/// assert!((log_prob + (4.0 * std::f64::consts::TAU).ln()).abs() < 1e-14);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct MultivariateStudentT {
    df: Tensor,
    scale: Factored,
    /// The map from standard t vectors.
    affine: LowerCholeskyAffine,
    batch_shape: Shape,
}

impl MultivariateStudentT {
    const NAME: &'static str = "MultivariateStudentT";

    /// A multivariate t distribution with these degrees of freedom, mode and scale matrix.
    ///
    /// # Errors
    /// `df` not positive or not finite; `loc` not finite; a matrix that is not symmetric positive definite; shapes that
    /// do not fit.
    pub fn new(df: impl IntoTensor, loc: impl IntoTensor, scale_matrix: impl IntoTensor) -> Result<Self> {
        Self::build(df.into_tensor(), loc.into_tensor(), "scale_matrix", scale_matrix.into_tensor(), Given::Matrix)
    }

    /// A multivariate t distribution with these degrees of freedom, mode and Cholesky factor of the scale matrix.
    ///
    /// # Errors
    /// `df` not positive or not finite; `loc` not finite; a matrix that is not lower triangular with a positive
    /// diagonal; shapes that do not fit.
    pub fn from_scale_tril(df: impl IntoTensor, loc: impl IntoTensor, scale_tril: impl IntoTensor) -> Result<Self> {
        Self::build(df.into_tensor(), loc.into_tensor(), "scale_tril", scale_tril.into_tensor(), Given::Factor)
    }

    fn build(df: Tensor, loc: Tensor, name: &'static str, matrix: Tensor, given: Given) -> Result<Self> {
        check::constants(Self::NAME, &[("df", &df, Constraint::Positive), ("loc", &loc, Constraint::Real)])?;
        let scale = Factored::new(Self::NAME, name, matrix, given)?;
        batch_of_vectors(Self::NAME, &loc, scale.size())?;
        let affine = LowerCholeskyAffine::unchecked(Self::NAME, loc, scale.factor().clone())?;
        let batch_shape = check::broadcast(Self::NAME, &df.shape(), &affine.parameter_shape().0)?;
        Ok(Self { df, scale, affine, batch_shape })
    }

    /// The degrees of freedom.
    #[must_use]
    pub fn df(&self) -> &Tensor {
        &self.df
    }

    /// The mode, as it was given.
    #[must_use]
    pub fn loc(&self) -> &Tensor {
        self.affine.loc()
    }

    /// The lower Cholesky factor of the scale matrix.
    #[must_use]
    pub fn scale_tril(&self) -> &Tensor {
        self.affine.scale_tril()
    }

    fn size(&self) -> f64 {
        self.event_shape().size() as f64
    }

    fn checked_df(&self) -> Tensor {
        check::or_nan(&self.df, &Constraint::Positive)
    }

    /// ln [Γ(½ (df + n)) / Γ(½ df)] − ½ n ln(½ df): how the density at the mode differs from that of a normal
    /// distribution.
    fn log_ratio_to_normal(&self) -> Tensor {
        // Stirling's parts of the two gamma functions, subtracted by hand.
        let (half, shift) = (self.checked_df() * 0.5, 0.5 * self.size());
        let log = (shift / &half).log1p();
        let corrections = (&half + shift).stirling_correction() - half.stirling_correction();
        corrections - log.expm1x() * half + log * (shift - 0.5)
    }

    /// ½ (df + n) ln(1 + |z|² / df).
    fn power(&self, z: &Tensor) -> Result<Tensor> {
        let df = self.checked_df();
        let t = z.try_div(df.sqrt().unsqueeze(-1))?;
        // ln(1 + |t|²) = 2 ln m + ln(m⁻² + |t / m|²) for every m: a constant.
        let m = t.detach().abs().max_axis(-1).maximum(1.0);
        let excess = t.try_div(m.unsqueeze(-1))?.square().sum_axis(-1).try_add(m.square().recip() - 1.0)?;
        let log = excess.log1p().try_add(m.ln() * 2.0)?;
        let times_df = if df.is_tracked() {
            // Written such that its derivative by df is as small as it is where this is a normal distribution.
            let root = (&log * -0.5).exp().unsqueeze(-1).try_mul(z)?;
            (-&log).expm1x().try_mul(df)?.try_add(root.square().sum_axis(-1))?
        } else {
            log.try_mul(df)?
        };
        Ok((times_df + log * self.size()) * 0.5)
    }

    /// df / (df − 2), ∞ for 1 < df ≤ 2, NaN below.
    fn inflation(&self) -> Tensor {
        let is_finite = self.df.greater(2.0);
        let df = Tensor::select(&is_finite, &self.df, 3.0);
        let otherwise = Tensor::select(self.df.greater(1.0), f64::INFINITY, f64::NAN);
        Tensor::select(is_finite, &df / (&df - 2.0), otherwise)
    }
}

impl Distribution for MultivariateStudentT {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn parameter_values(&self) -> Vec<(&'static str, Tensor)> {
        vec![("df", self.df.clone()), ("loc", self.loc().clone()), check::value(&self.scale.parameter())]
    }

    fn batch_shape(&self) -> Shape {
        self.batch_shape
    }

    fn event_shape(&self) -> Shape {
        self.affine.parameter_shape().1
    }

    fn support(&self) -> Constraint {
        Constraint::Independent(Box::new(Constraint::Real), 1)
    }

    fn sample(&self, rng: &mut Rng, sample_shape: &Shape) -> Result<Tensor> {
        check::all(Self::NAME, &[("df", &self.df, Constraint::Positive), ("loc", self.loc(), Constraint::Real)])?;
        self.scale.check_before_draw()?;
        let shape = sample_shape.concat(&self.batch_shape);
        let half = &self.df * 0.5;
        let noise = standard_normal(rng, shape.concat(&self.event_shape()));
        let gamma = standard_gamma(rng, &half, shape)?;
        let inflation = half.try_div(gamma)?.sqrt();
        // With few degrees of freedom most draws are larger than the largest number.
        Ok(self.affine.forward(&noise.try_mul(inflation.unsqueeze(-1))?)?.clamp(f64::MIN, f64::MAX))
    }

    fn log_prob(&self, value: &Tensor) -> Result<Tensor> {
        let mode = || Ok(self.loc().clone());
        let is_inside = |value: &Tensor| vector::is_finite(value, 1);
        vector::on_support(self, value, is_inside, mode, |value| {
            let (z, log_det) = self.affine.inverse_and_log_det(value)?;
            let at_mode = self.log_ratio_to_normal() - self.size() * HALF_LN_2PI;
            log_det.try_add(at_mode)?.try_sub(self.power(&z)?)
        })
    }

    fn is_reparameterized(&self) -> bool {
        true
    }
}

impl Mode for MultivariateStudentT {
    fn mode(&self) -> Result<Tensor> {
        self.loc().try_broadcast_to(self.batch_shape.concat(&self.event_shape()))
    }
}

impl Moments for MultivariateStudentT {
    fn mean(&self) -> Tensor {
        let exists = self.df.greater(1.0).unsqueeze(-1);
        Tensor::select(exists, self.loc(), f64::NAN).broadcast_to(self.batch_shape.concat(&self.event_shape()))
    }

    fn variance(&self) -> Tensor {
        let variance = self.scale.diagonal() * self.inflation().unsqueeze(-1);
        variance.broadcast_to(self.batch_shape.concat(&self.event_shape()))
    }
}

impl Covariance for MultivariateStudentT {
    fn covariance(&self) -> Tensor {
        let event = self.event_shape();
        let covariance = self.scale.matrix() * self.inflation().unsqueeze(-1).unsqueeze(-1);
        covariance.broadcast_to(self.batch_shape.concat(&event).concat(&event))
    }
}

impl Entropy for MultivariateStudentT {
    fn entropy(&self) -> Tensor {
        let (half, shift) = (&self.df * 0.5, 0.5 * self.size());
        let whole = &half + shift;
        let mean_of_power = &whole * (whole.digamma() - half.digamma());
        let at_mode = self.log_ratio_to_normal() - self.size() * HALF_LN_2PI - self.affine.log_scale();
        (mean_of_power - at_mode).broadcast_to(self.batch_shape)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::MultivariateNormal;
    use crate::distribution::conformance::{self, Family, Parameters, parameters};

    fn build(p: &Parameters) -> Result<MultivariateStudentT> {
        let (df, loc) = (p.get("df"), p.get("loc"));
        if p.has("scale_tril") {
            MultivariateStudentT::from_scale_tril(df, loc, p.get("scale_tril").tril(0))
        } else {
            let matrix = p.get("scale_matrix");
            MultivariateStudentT::new(df, loc, matrix.tril(0) + matrix.tril(-1).transpose())
        }
    }

    fn family() -> Family<MultivariateStudentT> {
        Family::new("MultivariateStudentT", build)
            .nan_at("df", &["log_prob", "sample", "entropy"], "half of the smallest number is 0; draws beyond every finite number are summed")
            .nan_at("df", &["mean", "variance"], "it does not exist there")
            .nan_at("far", &["mean", "variance"], "it does not exist there")
            .nan_at("scale_tril", &["log_prob"], "a standardised entry beyond every finite number is subtracted from the next ones")
            .at(parameters! { df: 9.0, loc: [0.3, -1.0], scale_tril: [[1.3, 0.0], [0.4, 0.9]] })
            .at(parameters! { df: 14.0, loc: [0.1, -0.8], scale_tril: [[0.7, 0.0], [-0.2, 0.6]] })
            .rejects(
                parameters! { df: -1.0, loc: [0.0, 0.0], scale_tril: [[1.0, 0.0], [2.0, 1.0]] },
                "MultivariateStudentT: `df` must be positive, got -1",
            )
            .rejects(
                parameters! { df: 3.0, loc: f64::NAN, scale_tril: [[1.0, 0.0], [2.0, 1.0]] },
                "MultivariateStudentT: `loc` must be real, got NaN",
            )
            .rejects(
                parameters! { df: 3.0, loc: 0.0, scale_tril: [[1.0, 0.0], [2.0, -1.0]] },
                "MultivariateStudentT: `scale_tril` must be a lower triangular matrix with positive diagonal, got a 2 x 2 matrix with -1 at [1, 1], on the diagonal",
            )
            .draws([-0.14351486540074332, -1.562843848652298, 1.6054032718892435, -1.5350138254662784, -0.03423787797635219, -1.925508732909054])
    }

    conformance::distribution!(
        family() => multivariate, mode, moments, covariance, entropy, reparameterized_by_moments
    );

    mod scale_matrix {
        use super::*;

        fn family() -> Family<MultivariateStudentT> {
            Family::new("MultivariateStudentT", build)
                .nan_at("df", &["log_prob", "sample", "entropy"], "half of the smallest number is 0; draws beyond every finite number are summed")
                .nan_at("df", &["mean", "variance"], "it does not exist there")
                .nan_at("far", &["mean", "variance"], "it does not exist there")
                .at(parameters! { df: 9.0, loc: [0.3, -1.0], scale_matrix: [[1.7, 0.4], [0.4, 0.9]] })
                .at(parameters! { df: 14.0, loc: [0.1, -0.8], scale_matrix: [[0.7, -0.2], [-0.2, 0.6]] })
                .rejects(
                    parameters! { df: 0.0, loc: [0.0, 0.0], scale_matrix: [[1.0, 0.0], [0.0, 1.0]] },
                    "MultivariateStudentT: `df` must be positive, got 0",
                )
                .rejects(
                    parameters! { df: 3.0, loc: f64::NAN, scale_matrix: [[1.0, 0.0], [0.0, 1.0]] },
                    "MultivariateStudentT: `loc` must be real, got NaN",
                )
                .rejects(
                    parameters! { df: 3.0, loc: 0.0, scale_matrix: [[1.0, 2.0], [2.0, 1.0]] },
                    "MultivariateStudentT: `scale_matrix` must be a symmetric positive definite matrix, got a 2 x 2 matrix whose leading minor of order 2 is not positive (pivot -3)",
                )
                .draws([-0.14482510419440842, -1.529957337009879, 1.6092597153630404, -1.6262314235998245, -0.035225288925117615, -1.899449165065925])
        }

        conformance::distribution!(
            family() => multivariate, mode, moments, covariance, entropy, reparameterized_by_moments
        );
    }

    /// At df = 1e12 the density is the normal one but for (|z|⁴ / 4 − …) / df, and so are its derivatives by loc.
    #[test]
    fn many_degrees_of_freedom_are_normal() {
        let factor = Tensor::from([[1.3, 0.0], [0.4, 0.9]]);
        let x = Tensor::from([2.0, -1.0]);
        let t = MultivariateStudentT::from_scale_tril(1e12, [0.3, -1.0], &factor).unwrap();
        let normal = MultivariateNormal::from_scale_tril([0.3, -1.0], &factor).unwrap();
        let (got, want) = (t.log_prob(&x).unwrap().item(), normal.log_prob(&x).unwrap().item());
        assert!((got - want).abs() < 1e-11, "{got} {want}");
        assert!((t.entropy() - normal.entropy()).abs().item() < 1e-3);
    }

    /// ln p ~ −(df + n) ln |z| + const, also where |z|² is larger than every number.
    #[test]
    fn far_values_do_not_overflow() {
        let t = MultivariateStudentT::new(3.0, 0.0, Tensor::eye(2)).unwrap();
        let at = |x: f64| t.log_prob(&Tensor::from([x, 0.0])).unwrap().item();
        let want = at(1e100) - 5.0 * 1e100_f64.ln();
        assert!((at(1e200) - want).abs() < 1e-12 * want.abs(), "{} {want}", at(1e200));
    }

    #[test]
    fn shapes_that_do_not_fit() {
        for loc in [Tensor::zeros(1), Tensor::zeros(3), Tensor::zeros([2, 1])] {
            assert!(MultivariateStudentT::new(3.0, &loc, Tensor::eye(2)).is_err(), "{loc}");
            assert!(MultivariateNormal::new(loc, Tensor::eye(2)).is_err());
        }
        assert!(MultivariateStudentT::new([3.0, 4.0], 0.0, Tensor::stack(&vec![Tensor::eye(2); 3], 0)).is_err());
        assert!(MultivariateStudentT::new(3.0, 0.0, Tensor::zeros([2, 3])).is_err());
    }

    #[test]
    fn moments_that_do_not_exist() {
        let variance = |df: f64| MultivariateStudentT::new(df, 0.0, Tensor::eye(2)).unwrap().variance().to_vec()[0];
        assert_eq!((variance(1.5), variance(4.0)), (f64::INFINITY, 2.0));
        assert!(variance(1.0).is_nan());
        assert!(MultivariateStudentT::new(1.0, 0.0, Tensor::eye(2)).unwrap().mean().to_vec()[0].is_nan());
    }
}
