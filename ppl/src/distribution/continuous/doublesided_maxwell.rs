//! Double-sided Maxwell distribution.

use std::f64::consts::LN_2;

use rand::RngExt;
use rand_distr::{Distribution as _, StandardNormal};

use crate::distribution::continuous::gumbel::EULER_GAMMA;
use crate::distribution::density::scalar;
use crate::distribution::sampling::noise;
use crate::distribution::{Cdf, Distribution, Entropy, Moments};
use crate::random::Rng;
use crate::special::HALF_LN_2PI;
use crate::tensor::cumulative::{Cumulative, Family as Standard, Function};
use crate::{Constraint, IntoTensor, Result, Shape, Tensor};

declare! {
    /// Double-sided Maxwell distribution on the real line: the speed of a particle, with a random sign.
    ///
    #[doc = include_str!("../../../doc/distribution/DoublesidedMaxwell.svg")]
    ///
    /// ```text
    /// log p(x) = ln z² − ½ z² − ½ ln(2π) − ln(scale),   z = (x − loc) / scale
    /// ```
    #[parameters]
    /// # Support
    /// The real numbers: [`Constraint::Real`](crate::Constraint::Real).
    ///
    /// # Moments
    /// ```text
    /// mean     = median = loc
    /// variance = 3 scale²
    /// entropy  = ln(scale) + ½ ln(2π) − ½ + γ + ln 2
    /// ```
    /// It has two modes, loc ± √2 scale, and does not implement [`Mode`](crate::distribution::Mode); at `loc` the
    /// density is 0.
    ///
    /// # Numerics
    /// ½ z² is Gamma(3/2, 1), whose tails keep their relative precision: the tail on the value's side of `loc` is half
    /// of the upper one, the other is its complement. Quantiles near ½ are taken from the distance to `loc`.
    ///
    /// # Draws
    /// Lengths of vectors of three standard normal variables, with a random sign.
    ///
    /// # Reference
    /// TensorFlow Probability, "DoublesidedMaxwell".
    ///
    /// # Example
    /// ```
    /// use ppl::distribution::{DoublesidedMaxwell, Moments};
    ///
    /// let velocity = DoublesidedMaxwell::new(1.0, 2.0)?;
    /// assert_eq!(velocity.variance(), 12.0);
    /// # Ok::<(), ppl::Error>(())
    /// ```
    pub struct DoublesidedMaxwell {
        /// Mean and median.
        loc: Real,
        /// Scale, 1 / √3 of the standard deviation.
        scale: Positive,
    }

    pub fn new(loc: impl IntoTensor, scale: impl IntoTensor) -> Result<Self>;
}

/// Half the square of the length of a vector of three normal variables is Gamma(3/2, 1).
const CONCENTRATION: f64 = 1.5;

fn gamma(function: Function, value: &Tensor) -> Result<Tensor> {
    Cumulative::new(Standard::Gamma, function).try_of(&[&CONCENTRATION.into(), value])
}

impl DoublesidedMaxwell {
    /// Whether a value lies below `loc`, and the tail beyond it on its side, times 2, or its logarithm.
    fn tail(&self, value: &Tensor, function: Function) -> Result<(Tensor, Tensor)> {
        let z = value.try_sub(&self.loc)?.try_div(self.checked().scale)?;
        Ok((z.detach().less(0.0), gamma(function, &(z.square() * 0.5))?))
    }

    /// A tail: `own` side of the value where `is_lower` is 1.
    fn probability(&self, value: &Tensor, is_lower: bool) -> Result<Tensor> {
        let (is_below, twice) = self.tail(value, Function::Upper)?;
        let small = twice * 0.5;
        let is_small = if is_lower { is_below } else { 1.0 - is_below };
        Ok(Tensor::select(is_small, &small, 1.0 - &small))
    }

    fn log_probability(&self, value: &Tensor, is_lower: bool) -> Result<Tensor> {
        let (is_below, log_twice) = self.tail(value, Function::LogUpper)?;
        let small = log_twice - LN_2;
        let is_small = if is_lower { is_below } else { 1.0 - is_below };
        Ok(Tensor::select(is_small, &small, (-small.exp()).log1p()))
    }
}

impl Distribution for DoublesidedMaxwell {
    declared!();

    fn support(&self) -> Constraint {
        Constraint::Real
    }

    fn sample(&self, rng: &mut Rng, sample_shape: &Shape) -> Result<Tensor> {
        self.check_parameters()?;
        let noise = noise::draw(rng, sample_shape.concat(&self.batch_shape), |rng, numbers| {
            noise::each(rng, numbers, |rng| {
                let [x, y, z]: [f64; 3] = std::array::from_fn(|_| StandardNormal.sample(rng));
                let length = x.hypot(y).hypot(z);
                if rng.random() { length } else { -length }
            });
        });
        noise.try_mul(&self.scale)?.try_add(&self.loc)
    }

    fn log_prob(&self, value: &Tensor) -> Result<Tensor> {
        scalar::on_support(self, value, &self.loc + 1.0, |value| {
            let z = value.try_sub(&self.loc)?.try_div(&self.scale)?;
            // At ∞ the formula is ∞ − ∞: where the scale is the smallest.
            (z.abs().minimum(f64::MAX).ln() * 2.0 - z.square() * 0.5).try_sub(self.scale.ln() + HALF_LN_2PI)
        })
    }

    fn is_reparameterized(&self) -> bool {
        true
    }
}

impl Cdf for DoublesidedMaxwell {
    fn cdf(&self, value: &Tensor) -> Result<Tensor> {
        scalar::inside(self, value, (0.0, 1.0), |value| self.probability(value, true))
    }

    fn icdf(&self, probability: &Tensor) -> Result<Tensor> {
        scalar::check_shape(self, probability)?;
        let p = scalar::probability(probability);
        let is_below = p.detach().less(0.5);
        // Twice the smaller tail, and what is left of 1.
        let twice = Tensor::select(&is_below, &p, 1.0 - &p) * 2.0;
        let rest = Tensor::select(&is_below, 1.0 - &p * 2.0, &p * 2.0 - 1.0);
        let is_central = rest.detach().less(0.5);
        let central = gamma(Function::LowerQuantile, &Tensor::select(&is_central, rest, 0.25))?;
        let outer = gamma(Function::UpperQuantile, &Tensor::select(&is_central, 0.25, twice))?;
        let distance = (Tensor::select(is_central, central, outer) * 2.0).sqrt();
        let z = Tensor::select(is_below, -&distance, &distance);
        z.try_mul(self.checked().scale)?.try_add(&self.loc)
    }

    fn log_cdf(&self, value: &Tensor) -> Result<Tensor> {
        scalar::inside(self, value, (f64::NEG_INFINITY, 0.0), |value| self.log_probability(value, true))
    }

    fn survival(&self, value: &Tensor) -> Result<Tensor> {
        scalar::inside(self, value, (1.0, 0.0), |value| self.probability(value, false))
    }

    fn log_survival(&self, value: &Tensor) -> Result<Tensor> {
        scalar::inside(self, value, (0.0, f64::NEG_INFINITY), |value| self.log_probability(value, false))
    }
}

impl Moments for DoublesidedMaxwell {
    fn mean(&self) -> Tensor {
        self.loc.broadcast_to(self.batch_shape)
    }

    fn variance(&self) -> Tensor {
        (self.scale.square() * 3.0).broadcast_to(self.batch_shape)
    }
}

impl Entropy for DoublesidedMaxwell {
    fn entropy(&self) -> Tensor {
        // The mean of ln z² is ψ(3/2) + ln 2.
        (self.scale.ln() + (HALF_LN_2PI - 0.5 + EULER_GAMMA + LN_2)).broadcast_to(self.batch_shape)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::conformance::{self, Family, parameters};

    fn family() -> Family<DoublesidedMaxwell> {
        Family::new("DoublesidedMaxwell", |p| DoublesidedMaxwell::new(p.get("loc"), p.get("scale")))
            .at(parameters! { loc: 0.3, scale: 1.7 })
            .at(parameters! { loc: -2.0, scale: 0.6 })
            .rejects(parameters! { loc: f64::NAN, scale: 1.0 }, "DoublesidedMaxwell: `loc` must be real, got NaN")
            .rejects(parameters! { loc: 0.0, scale: -2.0 }, "DoublesidedMaxwell: `scale` must be positive, got -2")
            .with_flat_distribution_function_at(0.5)
            .draws([-1.6303785427692603, -1.5669978170161123, -2.870180722726246])
    }

    conformance::distribution!(family() => univariate, cdf, moments, entropy, reparameterized);

    #[test]
    fn tails_where_powers_of_the_value_overflow() {
        let maxwell = DoublesidedMaxwell::new(0.0, 1.0).unwrap();
        assert_eq!(maxwell.cdf(&Tensor::from([-1e150, 1e150])).unwrap().to_vec(), [0.0, 1.0]);
    }

    #[test]
    fn the_median_is_loc() {
        assert_eq!(DoublesidedMaxwell::new(-3.5, 0.25).unwrap().median().unwrap(), -3.5);
    }
}
