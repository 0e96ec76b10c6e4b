//! Student's t distribution.

use rand_distr::Distribution as _;

use crate::distribution::density::blocks::in_blocks;
use crate::distribution::density::scalar;
use crate::distribution::sampling::elementwise::{self, ElementSampler};
use crate::distribution::sampling::implicit::Implicit;
use crate::distribution::{Cdf, Distribution, Entropy, Mode, Moments};
use crate::random::Rng;
use crate::tensor::cumulative::{Cumulative, Family as Standard, Function};
use crate::{Constraint, IntoTensor, Result, Shape, Tensor, special};

declare! {
    /// Student's t distribution on the real line, shifted and scaled.
    ///
    #[doc = include_str!("../../../doc/distribution/StudentT.svg")]
    ///
    /// ```text
    /// log p(x) = −½ (df + 1) ln(1 + z² / df) − ln B(½ df, ½) − ½ ln(df) − ln(scale),   z = (x − loc) / scale
    /// ```
    #[parameters]
    /// # Support
    /// The real numbers: [`Constraint::Real`](crate::Constraint::Real).
    ///
    /// # Moments
    /// ```text
    /// mean     = median = mode = loc
    /// variance = scale² · df / (df − 2)
    /// entropy  = ½ (df + 1) (ψ(½ (df + 1)) − ψ(½ df)) + ln B(½ df, ½) + ½ ln(df) + ln(scale)
    /// ```
    /// The mean is NaN up to df = 1; the variance is ∞ for 1 < df ≤ 2 and NaN up to 1.
    ///
    /// # Numerics
    /// ln(1 + z² / df) does not overflow where z² does, and ln B(½ df, ½) + ½ ln(df) is a difference of Stirling's
    /// corrections: density and gradients go over into those of the normal distribution at large `df`. Tails are
    /// incomplete beta functions with full relative precision.
    ///
    /// # Draws
    /// The gradient by `df` is implicit (Figurnov et al. 2018).
    ///
    /// # Reference
    /// Stan Functions Reference, "Student-t distribution".
    ///
    /// # Example
    /// ```
    /// use ppl::distribution::{Distribution, Moments, StudentT};
    ///
    /// let error = StudentT::new(4.0, 0.0, 1.0)?;
    /// assert_eq!(error.variance(), 2.0);
    /// assert!((error.log_prob(&0.0.into())?.item() - 0.375_f64.ln()).abs() < 1e-15);
    /// # Ok::<(), ppl::Error>(())
    /// ```
    pub struct StudentT {
        /// Degrees of freedom (ν).
        df: Positive,
        /// Median.
        loc: Real,
        /// Scale, not the standard deviation.
        scale: Positive,
    }

    pub fn new(df: impl IntoTensor, loc: impl IntoTensor, scale: impl IntoTensor) -> Result<Self>;
}

impl StudentT {
    /// ln B(½ df, ½) + ½ ln df: minus the log density at 0, but for the scale.
    pub(super) fn log_normalizer(&self) -> Tensor {
        log_half_step_deficit(&scalar::half(&self.df)) + special::HALF_LN_2PI
    }

    fn cumulative(&self, function: Function, value: &Tensor) -> Result<Tensor> {
        scalar::check_shape(self, value)?;
        let Self { df, scale, .. } = self.checked();
        let t = value.try_sub(&self.loc)?.try_div(scale)?;
        Cumulative::new(Standard::StudentT, function).try_of(&[&df, &t])
    }
}

impl Distribution for StudentT {
    declared!();

    fn support(&self) -> Constraint {
        Constraint::Real
    }

    fn sample(&self, rng: &mut Rng, sample_shape: &Shape) -> Result<Tensor> {
        self.check_parameters()?;
        let shape = sample_shape.concat(&self.batch_shape);
        if let Some(draws) = elementwise::draw_plain::<PlainStudentT, 3>(rng, shape, [&self.df, &self.loc, &self.scale])
        {
            return draws;
        }
        let draws = elementwise::draw_implicit::<StandardStudentT, 1>(rng, shape, [&self.df], Implicit::StudentT)?;
        // With few degrees of freedom most draws are larger than the largest number.
        Ok(draws.try_mul(&self.scale)?.try_add(&self.loc)?.clamp(f64::MIN, f64::MAX))
    }

    fn log_prob(&self, value: &Tensor) -> Result<Tensor> {
        in_blocks(self, value, |value| {
            let z = value.try_sub(&self.loc)?.try_div(&self.scale)?;
            let standardized = z.try_div(self.df.sqrt())?;
            let log = standardized.log1p_square();
            if !self.df.is_tracked() {
                let power = log.try_mul((&self.df + 1.0) * 0.5)?;
                return (-power).try_sub(self.log_normalizer() + self.scale.ln());
            }
            // df · log, written such that its derivative by df is as small as it is where this is a normal distribution.
            let root = (&log * -0.5).exp().try_mul(&z)?;
            let power = (-&log).expm1x().try_mul(&self.df)?.try_add(root.square())?.try_add(log)? * 0.5;
            (-power).try_sub(self.log_normalizer() + self.scale.ln())
        })
    }

    fn is_reparameterized(&self) -> bool {
        true
    }
}

/// A distribution of location 0 and scale 1; none where there are no such degrees of freedom.
struct StandardStudentT(Option<rand_distr::StudentT<f64>>);

impl ElementSampler<1> for StandardStudentT {
    fn new([df]: [f64; 1]) -> Self {
        // Of which half is a concentration, and not 0.
        Self(rand_distr::StudentT::new(2.0 * special::half(df)).ok())
    }

    fn sample(&self, rng: &mut Rng) -> f64 {
        self.0.as_ref().map_or(f64::NAN, |student_t| student_t.sample(rng)).clamp(f64::MIN, f64::MAX)
    }
}

/// The distribution with its location and scale.
struct PlainStudentT {
    standard: StandardStudentT,
    loc: f64,
    scale: f64,
}

impl ElementSampler<3> for PlainStudentT {
    fn new([df, loc, scale]: [f64; 3]) -> Self {
        Self { standard: StandardStudentT::new([df]), loc, scale }
    }

    fn sample(&self, rng: &mut Rng) -> f64 {
        (self.standard.sample(rng) * self.scale + self.loc).clamp(f64::MIN, f64::MAX)
    }
}

impl Cdf for StudentT {
    tails_by_cumulative!();

    fn icdf(&self, probability: &Tensor) -> Result<Tensor> {
        scalar::check_shape(self, probability)?;
        let Self { df, scale, .. } = self.checked();
        let quantile = Cumulative::new(Standard::StudentT, Function::LowerQuantile).try_of(&[&df, probability])?;
        quantile.try_mul(scale)?.try_add(&self.loc)
    }

    fn inverse_survival(&self, probability: &Tensor) -> Result<Tensor> {
        (&self.loc * 2.0).try_sub(self.icdf(probability)?)
    }
}

impl Mode for StudentT {
    fn mode(&self) -> Result<Tensor> {
        self.loc.try_broadcast_to(self.batch_shape)
    }
}

impl Moments for StudentT {
    fn mean(&self) -> Tensor {
        Tensor::select(self.df.greater(1.0), &self.loc, f64::NAN).broadcast_to(self.batch_shape)
    }

    fn variance(&self) -> Tensor {
        let is_finite = self.df.greater(2.0);
        let df = Tensor::select(&is_finite, &self.df, 3.0);
        let finite = self.scale.square() * (&df / (&df - 2.0));
        let otherwise = Tensor::select(self.df.greater(1.0), f64::INFINITY, f64::NAN);
        Tensor::select(is_finite, finite, otherwise).broadcast_to(self.batch_shape)
    }
}

impl Entropy for StudentT {
    fn entropy(&self) -> Tensor {
        let growth = digamma_half_step(&scalar::half(&self.df));
        let entropy = (&self.df + 1.0) * 0.5 * growth + self.log_normalizer() + self.scale.ln();
        entropy.broadcast_to(self.batch_shape)
    }
}

/// ½ ln x − ln(Γ(x + ½) / Γ(x)), which is 1 / (8x) for large x.
pub(super) fn log_half_step_deficit(x: &Tensor) -> Tensor {
    // Stirling's parts of the two gamma functions, subtracted by hand.
    // The first of them is ½ long before 1 / x overflows.
    let normal = x.maximum(f64::MIN_POSITIVE);
    let excess = (0.5 / &normal).log1p().expm1x() * normal;
    excess + x.stirling_correction() - (x + 0.5).stirling_correction()
}

/// ψ(x + ½) − ψ(x), by its asymptotic series (DLMF 5.11.8) where the difference would cancel.
fn digamma_half_step(x: &Tensor) -> Tensor {
    let large = x.greater(30.0);
    let difference = {
        let x = Tensor::select(&large, 1.0, x);
        (&x + 0.5).digamma() - x.digamma()
    };
    let r = Tensor::select(&large, x, 30.0).recip();
    let square = r.square();
    let even = (((&square * (-17.0 / 2048.0) + 1.0 / 128.0) * &square - 1.0 / 64.0) * &square + 0.125) * square;
    Tensor::select(large, r * 0.5 + even, difference)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::conformance::{self, Family, parameters};
    use crate::special;

    fn family() -> Family<StudentT> {
        Family::new("StudentT", |p| StudentT::new(p.get("df"), p.get("loc"), p.get("scale")))
            .nan_at("df", &["mean", "variance"], "it does not exist there")
            .nan_at("far", &["mean", "variance"], "it does not exist there")
            .at(parameters! { df: 2.5, loc: 0.3, scale: 1.7 })
            .at(parameters! { df: 7.0, loc: -2.0, scale: 0.4 })
            .at(parameters! { df: 200.0, loc: 5.0, scale: 2.0 })
            .rejects(parameters! { df: -1.0, loc: 0.0, scale: 1.0 }, "StudentT: `df` must be positive, got -1")
            .rejects(parameters! { df: 1.0, loc: f64::NAN, scale: 1.0 }, "StudentT: `loc` must be real, got NaN")
            .rejects(parameters! { df: 1.0, loc: 0.0, scale: 0.0 }, "StudentT: `scale` must be positive, got 0")
            .draws([-0.20708081388477534, -2.1717668709268465, -1.1361179337819929])
    }

    conformance::distribution!(family() => univariate, cdf, mode, moments, entropy, reparameterized);

    #[test]
    fn half_steps_of_digamma() {
        // At both sides of the change of method, and where a difference keeps no digit.
        for x in [0.3, 5.0, 29.9, 30.1, 200.0] {
            let want = special::digamma(x + 0.5) - special::digamma(x);
            let got = digamma_half_step(&Tensor::from(x)).item();
            assert!((got - want).abs() < 4e-15, "{x}: {got}, {want}");
        }
        assert_eq!(digamma_half_step(&Tensor::from(1e20)).item(), 0.5e-20);
    }
}
