//! Noncentral chi-squared distribution.

use std::f64::consts::LN_2;

use rand_distr::{Distribution as _, Gamma, Poisson, StandardNormal};

use crate::distribution::density::scalar;
use crate::distribution::sampling::elementwise::{self, ElementSampler};
use crate::distribution::sampling::implicit::Implicit;
use crate::distribution::{Cdf, Distribution, Moments};
use crate::random::Rng;
use crate::tensor::cumulative::{Cumulative, Family as Standard, Function};
use crate::{Constraint, IntoTensor, Result, Shape, Tensor};

declare! {
    /// Noncentral chi-squared distribution: the sum of `df` squared normal variables of variance 1, whose squared means have the
    /// sum `noncentrality`.
    ///
    #[doc = include_str!("../../../doc/distribution/NoncentralChi2.svg")]
    ///
    /// ```text
    /// p(x) = ½ exp(−(x + λ) / 2) (x / λ)^(df/4 − ½) I_(df/2 − 1)(√(λ x)),   λ = noncentrality, x > 0
    /// ```
    ///
    /// with the modified Bessel function I. It is a mixture of [`Chi2`](crate::distribution::Chi2)(df + 2N) with a
    /// Poisson variable N of mean λ / 2, also where `df` is no integer.
    #[parameters]
    /// # Support
    /// The positive numbers: [`Constraint::Positive`](crate::Constraint::Positive).
    ///
    /// # Moments
    /// ```text
    /// mean     = df + noncentrality
    /// variance = 2 (df + 2 noncentrality)
    /// ```
    /// The median is a quantile, by search. Mode and entropy have no closed form and are not implemented.
    ///
    /// # Numerics
    /// Where the Bessel function has a small order and argument the mixture is summed. Elsewhere density and both tails
    /// are contour integrals along the path of steepest descent, with all digits far out and at parameters up to 1e15.
    ///
    /// # Draws
    /// A squared normal variable and a gamma variable, or the mixture below one degree of freedom; the gradient is implicit
    /// (Figurnov et al. 2018).
    ///
    /// # Reference
    /// Johnson, Kotz and Balakrishnan, "Continuous Univariate Distributions" 2 (1995), chapter 29; Gil, Segura and Temme,
    /// "Computation of the Marcum Q-function", ACM Transactions on Mathematical Software 40 (2014).
    ///
    /// # Example
    /// ```
    /// use ppl::distribution::{Cdf, Moments, NoncentralChi2, Normal};
    ///
    /// // The square of a normal variable of mean 2.
    /// let energy = NoncentralChi2::new(1.0, 4.0)?;
    /// let signal = Normal::new(2.0, 1.0)?;
    /// let within = signal.cdf(&3.0.into())? - signal.cdf(&(-3.0).into())?;
    /// assert!((energy.cdf(&9.0.into())? - within).abs().item() < 1e-15);
    /// assert_eq!((energy.mean().item(), energy.variance().item()), (5.0, 18.0));
    /// # Ok::<(), ppl::Error>(())
    /// ```
    pub struct NoncentralChi2 {
        /// Degrees of freedom.
        df: Positive,
        /// Noncentrality λ, the sum of the squared means.
        noncentrality: NonNegative,
    }

    pub fn new(df: impl IntoTensor, noncentrality: impl IntoTensor) -> Result<Self>;
}

impl NoncentralChi2 {
    /// A function of half the variable, a noncentral gamma one.
    fn standard(&self, function: Function, x: &Tensor) -> Result<Tensor> {
        let Self { df, noncentrality, .. } = self.checked();
        Cumulative::new(Standard::NoncentralGamma, function).try_of(&[&scalar::half(&df), &(noncentrality * 0.5), x])
    }

    fn cumulative(&self, function: Function, value: &Tensor) -> Result<Tensor> {
        scalar::inside(self, value, function.beyond(), |value| self.standard(function, &(value * 0.5)))
    }

    fn quantile(&self, function: Function, probability: &Tensor) -> Result<Tensor> {
        scalar::check_shape(self, probability)?;
        Ok(self.standard(function, &scalar::probability(probability))? * 2.0)
    }
}

impl Distribution for NoncentralChi2 {
    declared!();

    fn support(&self) -> Constraint {
        Constraint::Positive
    }

    fn sample(&self, rng: &mut Rng, sample_shape: &Shape) -> Result<Tensor> {
        self.check_parameters()?;
        let shape = sample_shape.concat(&self.batch_shape);
        let parameters = [&scalar::half(&self.df), &(&self.noncentrality * 0.5)];
        Ok(elementwise::draw_implicit::<HalfDraw, 2>(rng, shape, parameters, Implicit::NoncentralGamma)? * 2.0)
    }

    fn log_prob(&self, value: &Tensor) -> Result<Tensor> {
        let log_prob = scalar::on_support(self, value, 1.0, |value| {
            Ok(self.standard(Function::LogDensity, &(value * 0.5))? - LN_2)
        })?;
        scalar::with_limit_at_zero(log_prob, value, || {
            scalar::limit_of_power(&(&self.df * 0.5), &self.noncentrality * -0.5 - LN_2)
        })
    }

    fn is_reparameterized(&self) -> bool {
        true
    }
}

/// Poisson variables of a larger mean are not drawn: below one degree of freedom the central part is lost in rounding there.
const LARGEST_MEAN: f64 = 1e15;

/// Half a draw, by half the degrees of freedom and half the noncentrality.
struct HalfDraw([f64; 2]);

impl ElementSampler<2> for HalfDraw {
    fn new(halves: [f64; 2]) -> Self {
        Self(halves)
    }

    fn sample(&self, rng: &mut Rng) -> f64 {
        let [shape, noncentrality] = self.0;
        let gamma = |rng: &mut Rng, shape: f64| match shape {
            0.0 => 0.0,
            _ => Gamma::new(shape, 1.0).map_or(f64::NAN, |gamma| gamma.sample(rng)),
        };
        if shape < 0.5 && noncentrality <= LARGEST_MEAN {
            // A mean of 0 is no parameter of a Poisson variable.
            let count = if noncentrality > 0.0 {
                Poisson::new(noncentrality).map_or(f64::NAN, |poisson| poisson.sample(rng))
            } else {
                0.0
            };
            return gamma(rng, shape + count).clamp(f64::MIN_POSITIVE, 0.5 * f64::MAX);
        }
        let normal: f64 = StandardNormal.sample(rng);
        let shifted = normal + (2.0 * noncentrality).sqrt();
        let rest = gamma(rng, (shape - 0.5).max(0.0));
        (0.5 * shifted * shifted + rest).clamp(f64::MIN_POSITIVE, 0.5 * f64::MAX)
    }
}

impl Cdf for NoncentralChi2 {
    tails_by_cumulative!();

    fn icdf(&self, probability: &Tensor) -> Result<Tensor> {
        self.quantile(Function::LowerQuantile, probability)
    }

    fn inverse_survival(&self, probability: &Tensor) -> Result<Tensor> {
        self.quantile(Function::UpperQuantile, probability)
    }
}

impl Moments for NoncentralChi2 {
    fn mean(&self) -> Tensor {
        &self.df + &self.noncentrality
    }

    fn variance(&self) -> Tensor {
        (&self.df + &self.noncentrality * 2.0) * 2.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::Chi2;
    use crate::distribution::conformance::{self, Family, parameters};

    fn family() -> Family<NoncentralChi2> {
        Family::of("NoncentralChi2", |p| NoncentralChi2::new(p.get("df"), p.get("noncentrality")))
            .without_golden_cases("those of tests/golden/far are in the middle too")
            .at(parameters! { df: 2.5, noncentrality: 1.7 })
            .at(parameters! { df: 0.8, noncentrality: 6.0 })
            // Both methods.
            .at(parameters! { df: 90.0, noncentrality: 40.0 })
            .rejects(parameters! { df: 0.0, noncentrality: 1.0 }, "NoncentralChi2: `df` must be positive, got 0")
            .rejects(
                parameters! { df: 1.0, noncentrality: -2.0 },
                "NoncentralChi2: `noncentrality` must be non-negative, got -2",
            )
            .draws([2.8781140768303173, 1.266261284687916, 3.54235339137537])
    }

    conformance::distribution!(family() => univariate, cdf, moments, reparameterized);

    #[test]
    fn without_noncentrality_it_is_the_central_one() {
        let (noncentral, central) = (NoncentralChi2::new(3.0, 0.0).unwrap(), Chi2::new(3.0).unwrap());
        for x in [1e-3, 0.7, 4.0, 60.0] {
            let x = Tensor::from(x);
            let difference = noncentral.log_prob(&x).unwrap() - central.log_prob(&x).unwrap();
            assert!(difference.abs().item() < 1e-13, "{difference}");
            let difference = noncentral.log_survival(&x).unwrap() - central.log_survival(&x).unwrap();
            assert!(difference.abs().item() < 1e-13, "{difference}");
        }
    }
}
