//! `Quantized`: a continuous distribution, rounded up to integers.

use std::sync::Arc;

use super::bounds::{Bounds, IntoBounds};
use crate::distribution::density::{interval, scalar};
use crate::distribution::{Cdf, Distribution, Expanded};
use crate::random::Rng;
use crate::{Constraint, Error, Result, Shape, Tensor, check};

/// The distribution of ⌈X⌉, where X has the base distribution; values beyond two cutoffs are moved to them.
///
#[doc = include_str!("../../../doc/distribution/Quantized.svg")]
///
/// ```text
/// P(Y = y) = P(y − 1 < X ≤ y)   where low < y < high
/// P(Y = low) = P(X ≤ low)       P(Y = high) = P(X > high − 1)
/// ```
///
/// Made by [`quantized`](crate::distribution::DistributionExt::quantized). A base that is shifted by ½ is rounded to the
/// nearest integer.
///
/// # Parameters
/// | parameter | domain                   | shape                     | meaning                      |
/// |-----------|--------------------------|---------------------------|------------------------------|
/// | `low`     | integer or −∞            | broadcasts with the batch | smallest value, if given     |
/// | `high`    | integer above low, or ∞  | broadcasts with the batch | largest value, if given      |
///
/// # Shapes
/// batch = the base's and the cutoffs', broadcast; event = `[]`.
///
/// # Support
/// The integers between the cutoffs, with them: [`Constraint::IntegerInterval`](crate::Constraint::IntegerInterval),
/// or [`Constraint::Integer`](crate::Constraint::Integer) without cutoffs.
///
/// # Moments
/// Mean, variance, mode and entropy have no form that holds for all bases and are not implemented. The median is
/// ⌈median of the base⌉, between the cutoffs.
///
/// # Numerics
/// The mass is a difference in the smaller tail, on the logarithmic scale.
///
/// # Draws
/// Those of the base, rounded up and moved between the cutoffs, without a gradient.
///
/// # Reference
/// TFP, `QuantizedDistribution`; Salimans et al. (2017), "PixelCNN++", for its use with logistic bases.
///
/// # Example
/// ```
/// use ppl::distribution::{Distribution, DistributionExt, Logistic};
/// use ppl::Tensor;
///
/// let pixel = Logistic::new(100.0, 20.0).quantized(0.0..=255.0)?;
/// let total = pixel.prob(&Tensor::arange(256))?.sum().item();
/// assert!((total - 1.0).abs() < 1e-14);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Debug)]
pub struct Quantized<D> {
    base: Arc<D>,
    bounds: Bounds,
    batch_shape: Shape,
}

impl<D: Cdf> Quantized<D> {
    const NAME: &'static str = "Quantized";

    /// The distribution of the base's value, rounded up; `..` for no cutoffs.
    ///
    /// # Errors
    /// A discrete base; a cutoff that is no integer; `high` not greater than `low`; shapes that do not broadcast.
    pub fn new(base: Arc<D>, range: impl IntoBounds) -> Result<Self> {
        if base.support().is_discrete() {
            return Err(Error::Unsupported {
                what: format!("quantizing {}, which is discrete,", base.name()),
                hint: "its values are integers already: cut it by `truncated` or `clipped`".to_owned(),
            });
        }
        let given = range.into_bounds();
        for (name, cutoff) in given.values() {
            check::elements(Self::NAME, name, &cutoff, "an integer", |cutoff| cutoff == cutoff.floor())?;
        }
        let bounds = given.of_counts();
        let infinite = |sign: f64| Tensor::scalar(sign * f64::INFINITY);
        bounds.check(Self::NAME, (&infinite(-1.0), &infinite(1.0)), false)?;
        let batch_shape = check::broadcast(Self::NAME, &base.batch_shape(), &bounds.shape(Self::NAME)?)?;
        Ok(Self { base, bounds, batch_shape })
    }

    /// The continuous distribution.
    #[must_use]
    pub fn base(&self) -> &Arc<D> {
        &self.base
    }

    /// A function of the base at the integer below a value; below and from the cutoffs it is known.
    fn tail(
        &self,
        value: &Tensor,
        (below, beyond): (f64, f64),
        function: impl FnOnce(&Tensor) -> Result<Tensor>,
    ) -> Result<Tensor> {
        scalar::check_shape(self, value)?;
        // Between the integers it is flat.
        let value = value.detach().floor();
        let tail = function(&value)?;
        let (low, high) = (self.bounds.low_or_infinite(), self.bounds.high_or_infinite());
        let tail = Tensor::try_select(value.try_less(low)?, below, tail)?;
        Tensor::try_select(value.try_greater_equal(high)?, beyond, tail)
    }

    fn within(&self, value: &Tensor) -> Result<Tensor> {
        value.try_maximum(self.bounds.low_or_infinite())?.try_minimum(self.bounds.high_or_infinite())
    }
}

impl<D> Clone for Quantized<D> {
    fn clone(&self) -> Self {
        Self { base: self.base.clone(), bounds: self.bounds.clone(), ..*self }
    }
}

impl<D: Cdf> Distribution for Quantized<D> {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn parameter_values(&self) -> Vec<(&'static str, Tensor)> {
        let mut values = self.base.parameter_values();
        values.extend(self.bounds.values());
        values
    }

    fn batch_shape(&self) -> Shape {
        self.batch_shape
    }

    fn support(&self) -> Constraint {
        if self.bounds.low.is_none() && self.bounds.high.is_none() {
            return Constraint::Integer;
        }
        Constraint::IntegerInterval { lower: self.bounds.low_or_infinite(), upper: self.bounds.high_or_infinite() }
    }

    fn sample(&self, rng: &mut Rng, sample_shape: &Shape) -> Result<Tensor> {
        let draws = if self.base.batch_shape() == self.batch_shape {
            self.base.sample(rng, sample_shape)?
        } else {
            Expanded::new(self.base.clone() as Arc<dyn Distribution>, self.batch_shape)?.sample(rng, sample_shape)?
        };
        // Integers have no gradient.
        self.within(&draws.detach().ceil())
    }

    fn log_prob(&self, value: &Tensor) -> Result<Tensor> {
        let (low, high) = (self.bounds.low_or_infinite(), self.bounds.high_or_infinite());
        let harmless = self.within(&Tensor::scalar(0.0))?;
        scalar::on_support(self, value, harmless, |value| {
            let before = Tensor::try_select(value.try_equal(&low)?, f64::NEG_INFINITY, value - 1.0)?;
            let at = Tensor::try_select(value.try_equal(&high)?, f64::INFINITY, value)?;
            interval::log_probability(&*self.base, Some(&before), Some(&at))
        })
    }
}

impl<D: Cdf> Cdf for Quantized<D> {
    fn cdf(&self, value: &Tensor) -> Result<Tensor> {
        self.tail(value, (0.0, 1.0), |value| self.base.cdf(value))
    }

    fn icdf(&self, probability: &Tensor) -> Result<Tensor> {
        scalar::check_shape(self, probability)?;
        let parameters: Vec<Tensor> = self.base.parameter_values().into_iter().map(|(_, value)| value).collect();
        let operands: Vec<&Tensor> = parameters.iter().chain([probability]).collect();
        scalar::refuse_derivative(self, "quantiles", &operands)?;
        let rounded = self.base.icdf(probability)?.ceil();
        // A quantile next to an integer may have been rounded beyond it.
        let reaches = |count: &Tensor| self.base.cdf(count)?.try_greater_equal(probability);
        let finite = rounded.abs().less(f64::INFINITY);
        let before = &rounded - 1.0;
        let is_less = &finite * reaches(&before)?;
        let is_more = &finite * (1.0 - reaches(&rounded)?);
        let quantile = self.within(&Tensor::try_select(is_less, before, &rounded + is_more)?)?;
        scalar::step_function(self, "quantiles", [&quantile], |[count]| count)
    }

    fn log_cdf(&self, value: &Tensor) -> Result<Tensor> {
        self.tail(value, (f64::NEG_INFINITY, 0.0), |value| self.base.log_cdf(value))
    }

    fn survival(&self, value: &Tensor) -> Result<Tensor> {
        self.tail(value, (1.0, 0.0), |value| self.base.survival(value))
    }

    fn log_survival(&self, value: &Tensor) -> Result<Tensor> {
        self.tail(value, (0.0, f64::NEG_INFINITY), |value| self.base.log_survival(value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::conformance::{self, Family, Parameters, parameters};
    use crate::distribution::{DistributionExt, Normal, Poisson};

    fn build(p: &Parameters) -> Result<Quantized<Normal>> {
        let normal = Normal::new(p.get("loc"), p.get("scale"));
        match (p.has("low"), p.has("high")) {
            (true, true) => normal.quantized(p.get("low")..=p.get("high")),
            (true, false) => normal.quantized(p.get("low")..),
            (false, true) => normal.quantized(..=p.get("high")),
            (false, false) => normal.quantized(..),
        }
    }

    fn family() -> Family<Quantized<Normal>> {
        Family::new("QuantizedNormal", build)
            .without_far_cases("those of the golden table")
            .at(parameters! { loc: 2.5, scale: 3.0, low: -1.0, high: 8.0 })
            .at(parameters! { loc: 0.3, scale: 1.7, low: -2.0, high: 3.0 })
            .constant("low")
            .constant("high")
            .made_of("Normal")
            .made_of("Quantized")
            .rejects(
                parameters! { loc: f64::NAN, scale: 1.0, low: 0.0, high: 2.0 },
                "Normal: `loc` must be real, got NaN",
            )
            .rejects(
                parameters! { loc: 0.0, scale: -1.0, low: 0.0, high: 2.0 },
                "Normal: `scale` must be positive, got -1",
            )
            .rejects(
                parameters! { loc: 0.0, scale: 1.0, low: 0.5, high: 2.0 },
                "Quantized: `low` must be an integer, got 0.5",
            )
            .rejects(
                parameters! { loc: 0.0, scale: 1.0, low: 3.0, high: 2.0 },
                "Quantized: `high` must be greater than 3, got 2",
            )
            .draws([2.0, 2.0, 6.0])
    }

    conformance::distribution!(family() => univariate, cdf);

    #[test]
    fn quantiles_at_jumps() {
        let rounded = Normal::new(0.0, 1.0).quantized(..).unwrap();
        let integers = Tensor::from([-8.0, -3.0, 0.0, 1.0, 5.0]);
        assert_eq!(rounded.icdf(&rounded.cdf(&integers).unwrap()).unwrap(), integers);
        assert_eq!(rounded.icdf(&Tensor::from([0.0, 1.0])).unwrap().to_vec(), [f64::NEG_INFINITY, f64::INFINITY]);
    }

    #[test]
    fn arguments_are_checked() {
        let error = Poisson::new(2.0).quantized(..).unwrap_err().to_string();
        assert!(error.starts_with("quantizing Poisson, which is discrete, is not supported\nhelp: "), "{error}");
        let error = Normal::new(0.0, 1.0).quantized(0.5..).unwrap_err().to_string();
        assert!(error.contains("`low`") && error.contains("an integer") && error.contains("0.5"), "{error}");
        let error = Normal::new(0.0, 1.0).quantized(3.0..=2.0).unwrap_err().to_string();
        assert_eq!(error, "Quantized: `high` must be greater than 3, got 2");
    }
}
