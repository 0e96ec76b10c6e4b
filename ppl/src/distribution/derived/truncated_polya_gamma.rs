//! Truncated Pólya-gamma distribution.

use std::f64::consts::{LN_2, PI};
use std::sync::Arc;

use super::Truncated;
use crate::distribution::density::{quantile, scalar};
use crate::distribution::sampling::noise::standard_uniform;
use crate::distribution::{Cdf, Distribution, Mode};
use crate::random::Rng;
use crate::special::HALF_LN_2PI;
use crate::{Constraint, IntoTensor, Result, Shape, Tensor};

/// Pólya-gamma distribution PG(1, 0), cut off above an end.
///
#[doc = include_str!("../../../doc/distribution/TruncatedPolyaGamma.svg")]
///
/// ```text
/// log p(x) = ln f(x) − ln F(high),   0 < x ≤ high
/// f(x) = Σₙ (−1)ⁿ (2n + 1) exp(−(2n + 1)² / (8x)) / √(2π x³)
///      = 2π Σₙ (−1)ⁿ (2n + 1) exp(−½ π² (2n + 1)² x)
/// F(x) = 2 Σₙ (−1)ⁿ erfc((2n + 1) / √(8x)) = 1 − 4/π Σₙ (−1)ⁿ / (2n + 1) · exp(−½ π² (2n + 1)² x)
/// ```
///
/// A variable ω of this distribution makes a logistic likelihood normal given ω: E exp(−½ ω t²) = 1 / cosh(½ t) of the whole
/// one. NumPyro's is the one that ends at 2.5, which 5.6e-6 of the mass lies beyond.
///
/// # Parameters
/// | parameter | domain         | shape | meaning    |
/// |-----------|----------------|-------|------------|
/// | `high`    | positive, or ∞ | batch | upper end  |
///
/// # Shapes
/// batch = that of `high`, event = `[]`.
///
/// # Support
/// The numbers from 0 to `high`: [`Constraint::Interval`](crate::Constraint::Interval).
///
/// # Moments
/// ```text
/// mode = 0.0833211…, or high if that is less
/// ```
/// The median is a quantile. Those of the whole distribution, `high` = ∞, are ¼ and 1 / 24; mean and variance of the
/// truncated one are series of incomplete gamma functions, which are not implemented, nor is the entropy.
///
/// # Numerics
/// Of both series five terms have all digits where the argument lies on the side of 1 / (2π) on which they converge faster. The
/// first term is taken out as a logarithm, which neither underflows near 0 nor in the upper tail. NumPyro sums the first series
/// everywhere and does not divide by F(high): its density has mass 0.9999944.
///
/// # Draws
/// Inversion of the distribution function; reparameterised in `high`.
///
/// # Reference
/// Polson, Scott and Windle, "Bayesian inference for logistic models using Pólya-gamma latent variables", JASA 108 (2013);
/// Biane, Pitman and Yor, "Probability laws related to the Jacobi theta and Riemann zeta functions" (2001); NumPyro,
/// `TruncatedPolyaGamma`.
///
/// # Example
/// ```
/// use ppl::distribution::{Cdf, TruncatedPolyaGamma};
///
/// let weight = TruncatedPolyaGamma::new(2.5)?;
/// assert!((weight.cdf(&0.25.into())?.item() - 0.6292260843757934).abs() < 1e-14);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct TruncatedPolyaGamma {
    truncated: Truncated<PolyaGamma>,
    high: Tensor,
}

impl TruncatedPolyaGamma {
    /// The Pólya-gamma distribution with this upper end.
    ///
    /// # Errors
    /// `high` not positive.
    pub fn new(high: impl IntoTensor) -> Result<Self> {
        let high = high.into_tensor();
        Ok(Self { truncated: Truncated::named("TruncatedPolyaGamma", Arc::new(PolyaGamma), ..&high)?, high })
    }

    /// The upper end.
    #[must_use]
    pub fn high(&self) -> &Tensor {
        &self.high
    }
}

impl Distribution for TruncatedPolyaGamma {
    fn name(&self) -> &'static str {
        self.truncated.name()
    }

    fn parameter_values(&self) -> Vec<(&'static str, Tensor)> {
        self.truncated.parameter_values()
    }

    fn batch_shape(&self) -> Shape {
        self.truncated.batch_shape()
    }

    fn support(&self) -> Constraint {
        self.truncated.support()
    }

    fn sample(&self, rng: &mut Rng, sample_shape: &Shape) -> Result<Tensor> {
        self.truncated.sample(rng, sample_shape)
    }

    fn log_prob(&self, value: &Tensor) -> Result<Tensor> {
        self.truncated.log_prob(value)
    }

    fn is_reparameterized(&self) -> bool {
        true
    }
}

impl Cdf for TruncatedPolyaGamma {
    fn cdf(&self, value: &Tensor) -> Result<Tensor> {
        self.truncated.cdf(value)
    }

    fn icdf(&self, probability: &Tensor) -> Result<Tensor> {
        self.truncated.icdf(probability)
    }

    fn inverse_survival(&self, probability: &Tensor) -> Result<Tensor> {
        self.truncated.inverse_survival(probability)
    }

    fn log_cdf(&self, value: &Tensor) -> Result<Tensor> {
        self.truncated.log_cdf(value)
    }

    fn survival(&self, value: &Tensor) -> Result<Tensor> {
        self.truncated.survival(value)
    }

    fn log_survival(&self, value: &Tensor) -> Result<Tensor> {
        self.truncated.log_survival(value)
    }
}

impl Mode for TruncatedPolyaGamma {
    fn mode(&self) -> Result<Tensor> {
        self.truncated.mode()
    }
}

/// The whole distribution PG(1, 0).
#[derive(Clone, Copy, Debug)]
struct PolyaGamma;

/// Where both series converge alike.
const MIDDLE: f64 = 0.5 / PI;
/// Terms of a series behind the first.
const TERMS: i32 = 4;
const MODE: f64 = 0.08332106637373697;

/// Σ (−1)ⁿ term(n), the first term being 1.
fn alternating(term: impl Fn(f64) -> Tensor) -> Tensor {
    let terms = (1..=TERMS).rev().map(|n| term(f64::from(n)) * if n % 2 == 0 { 1.0 } else { -1.0 });
    terms.fold(Tensor::scalar(0.0), |sum, term| sum + term)
}

/// A function of positive numbers by one series below [`MIDDLE`], by the other above.
fn by_series(value: &Tensor, below: impl Fn(&Tensor) -> Tensor, above: impl Fn(&Tensor) -> Tensor) -> Tensor {
    let is_below = value.detach().less(MIDDLE);
    let low = below(&Tensor::select(&is_below, value, MIDDLE));
    Tensor::select(&is_below, low, above(&Tensor::select(&is_below, MIDDLE, value)))
}

/// ln F below [`MIDDLE`].
fn log_lower_tail(x: &Tensor) -> Tensor {
    let step = x.sqrt().recip() * -0.5;
    let first = step.log_ndtr();
    let rest = alternating(|n| ((&step * (2.0 * n + 1.0)).log_ndtr() - &first).exp());
    first + rest.log1p() + 2.0 * LN_2
}

/// ln(1 − F) above [`MIDDLE`].
fn log_upper_tail(x: &Tensor) -> Tensor {
    let rest = alternating(|n| (x * (-2.0 * PI * PI * n * (n + 1.0))).exp() / (2.0 * n + 1.0));
    rest.log1p() - x * (0.5 * PI * PI) + (4.0 / PI).ln()
}

impl Distribution for PolyaGamma {
    fn name(&self) -> &'static str {
        "PolyaGamma"
    }

    fn batch_shape(&self) -> Shape {
        Shape::SCALAR
    }

    fn support(&self) -> Constraint {
        Constraint::Positive
    }

    fn sample(&self, rng: &mut Rng, sample_shape: &Shape) -> Result<Tensor> {
        self.icdf(&standard_uniform(rng, *sample_shape))
    }

    fn log_prob(&self, value: &Tensor) -> Result<Tensor> {
        let below = |x: &Tensor| {
            let rest = alternating(|n| (x.recip() * (-0.5 * n * (n + 1.0))).exp() * (2.0 * n + 1.0));
            rest.log1p() - (x * 8.0).recip() - x.ln() * 1.5 - HALF_LN_2PI
        };
        let above = |x: &Tensor| {
            let rest = alternating(|n| (x * (-2.0 * PI * PI * n * (n + 1.0))).exp() * (2.0 * n + 1.0));
            rest.log1p() - x * (0.5 * PI * PI) + 2.0 * HALF_LN_2PI
        };
        scalar::on_support(self, value, 1.0, |value| Ok(by_series(value, below, above)))
    }

    fn is_reparameterized(&self) -> bool {
        true
    }
}

impl Cdf for PolyaGamma {
    fn cdf(&self, value: &Tensor) -> Result<Tensor> {
        Ok(self.log_cdf(value)?.exp())
    }

    fn log_cdf(&self, value: &Tensor) -> Result<Tensor> {
        scalar::inside(self, value, (f64::NEG_INFINITY, 0.0), |value| {
            Ok(by_series(value, log_lower_tail, |x| log_upper_tail(x).log1mexp()))
        })
    }

    fn survival(&self, value: &Tensor) -> Result<Tensor> {
        Ok(self.log_survival(value)?.exp())
    }

    fn log_survival(&self, value: &Tensor) -> Result<Tensor> {
        scalar::inside(self, value, (0.0, f64::NEG_INFINITY), |value| {
            let below = |x: &Tensor| log_lower_tail(x).minimum(-f64::MIN_POSITIVE).log1mexp();
            Ok(by_series(value, below, log_upper_tail))
        })
    }

    fn icdf(&self, probability: &Tensor) -> Result<Tensor> {
        quantile::by_inversion(self, probability, &Tensor::scalar(0.2), &Tensor::scalar(0.2))
    }
}

impl Mode for PolyaGamma {
    fn mode(&self) -> Result<Tensor> {
        Ok(Tensor::scalar(MODE))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::conformance::{self, Family, parameters};

    fn family() -> Family<TruncatedPolyaGamma> {
        Family::of("TruncatedPolyaGamma", |p| TruncatedPolyaGamma::new(p.get("high")))
            .nan_at(
                "high",
                &["log_prob", "sample", "cdf", "log_cdf", "survival", "log_survival", "icdf"],
                "up to the smallest number the log mass, −1 / (8 high), is below every finite number",
            )
            .at(parameters! { high: 2.5 })
            .at(parameters! { high: 0.6 })
            .at(parameters! { high: 0.35 })
            .rejects(
                parameters! { high: -1.0 },
                "TruncatedPolyaGamma: `high` must be greater than 0, where the support begins, got -1",
            )
            .draws([0.14341494541241384, 0.14450258271740005, 0.3210032892656997])
    }

    conformance::distribution!(family() => univariate, cdf, mode, reparameterized);

    /// ln f, ln F and ln(1 − F) of the whole distribution, by mpmath with 50 digits.
    #[test]
    fn both_series() {
        for (x, wanted) in [
            (0.001, [-115.55730561473146, -127.29733539855722, -5.193614078680385e-56]),
            (0.02, [-1.3009040250624535, -7.113668092167319, -0.0008142354346095038]),
            (0.1, [1.2848028972215426, -1.4797772815577073, -0.2583671745691978]),
            (0.159, [1.0475909015738618, -0.8689269178801152, -0.5436955697350145]),
            (0.1592, [1.0466485210280396, -0.8675690309508818, -0.54467760153411]),
            (0.25, [0.6040213346752147, -0.4632702371755176, -0.9921533160763485]),
            (1.0, [-3.0969251341353337, -0.00919917323536169, -4.693237725274189]),
            (2.5, [-10.499128434952352, -5.584932376206177e-06, -12.095441026091208]),
            (40.0, [-195.55421095537784, -2.391197893314646e-86, -197.1505235465167]),
            (10000.0, [-49346.18412838038, -0.0, -49347.780440971525]),
        ] {
            let value = Tensor::from(x);
            let got = [
                PolyaGamma.log_prob(&value).unwrap(),
                PolyaGamma.log_cdf(&value).unwrap(),
                PolyaGamma.log_survival(&value).unwrap(),
            ];
            for (which, (got, want)) in got.iter().zip(wanted).enumerate() {
                let got = got.item();
                assert!(got == want || (got / want - 1.0).abs() < 4e-14, "{which} at {x}: {got:e}, {want:e}");
            }
        }
    }

    /// E exp(−½ ω t²) = 1 / cosh(½ t).
    #[test]
    fn the_laplace_transform_is_that_of_polson_scott_and_windle() {
        let whole = TruncatedPolyaGamma::new(f64::INFINITY).unwrap();
        for t in [0.5_f64, 2.0, 6.0] {
            let tilted = |x: f64| (whole.log_prob(&x.into()).unwrap().item() - 0.5 * x * t * t).exp();
            // The trapezoidal rule, which errs by 3e-12.
            let steps = 4000;
            let step = 8.0 / f64::from(steps);
            let got: f64 = (1..steps).map(|i| tilted(f64::from(i) * step) * step).sum();
            assert!((got - 1.0 / (0.5 * t).cosh()).abs() < 1e-11, "{t}: {got}");
        }
    }
}
