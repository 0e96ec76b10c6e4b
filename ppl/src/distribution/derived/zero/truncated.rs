//! `ZeroTruncated`: a distribution, given that its draw is positive.

use std::sync::Arc;

use crate::distribution::density::odds::times_log;
use crate::distribution::density::quantile;
use crate::distribution::sampling::noise::standard_uniform;
use crate::distribution::{Cdf, Distribution, Entropy, Moments};
use crate::random::Rng;
use crate::tensor::or_panic;
use crate::{Constraint, Result, Shape, Tensor};

/// A distribution on the numbers from 0, given that the draw is not 0. A continuous one is what it was.
#[derive(Debug)]
pub(super) struct ZeroTruncated<D: ?Sized> {
    base: Arc<D>,
    is_discrete: bool,
}

impl<D: Cdf + ?Sized> ZeroTruncated<D> {
    pub(super) fn new(base: Arc<D>) -> Self {
        let is_discrete = base.support().is_discrete();
        Self { base, is_discrete }
    }

    pub(super) fn base(&self) -> &Arc<D> {
        &self.base
    }

    /// The logarithm of the probability of a positive draw.
    fn log_positive(&self) -> Result<Tensor> {
        if !self.is_discrete {
            return Ok(Tensor::scalar(0.0));
        }
        Ok(self.base.log_prob(&Tensor::scalar(0.0))?.log1mexp())
    }

    /// The quantiles of a single distribution; of many probabilities by a table of its distribution function.
    fn quantiles(&self, probabilities: Vec<f64>) -> Result<Vec<f64>> {
        let largest = probabilities.iter().copied().fold(0.0, f64::max);
        let mut size = 64;
        while size <= 16 * probabilities.len() {
            let cdf = self.cdf(&(Tensor::arange(size) + 1.0))?.to_vec();
            if cdf[size - 1] >= largest {
                let count = |p: f64| 1.0 + cdf.partition_point(|&reached| reached < p) as f64;
                return Ok(probabilities.into_iter().map(count).collect());
            }
            size *= 4;
        }
        Ok(self.icdf(&Tensor::from(probabilities))?.to_vec())
    }

    /// A function of positive values; `otherwise` up to the last value below 1.
    fn at_positive(
        &self,
        value: &Tensor,
        otherwise: f64,
        function: impl FnOnce(&Tensor) -> Result<Tensor>,
    ) -> Result<Tensor> {
        let is_otherwise = if self.is_discrete { value.less(1.0) } else { value.less_equal(0.0) };
        if is_otherwise.is_known_to_be_all(0.0) {
            return function(value);
        }
        let inside = function(&Tensor::select(&is_otherwise, 1.0, value))?;
        // Invalid parameters show there too.
        let otherwise = Tensor::select(inside.equal(&inside), otherwise, f64::NAN);
        Tensor::try_select(is_otherwise, otherwise, inside)
    }
}

impl<D: Cdf + ?Sized> Distribution for ZeroTruncated<D> {
    fn name(&self) -> &'static str {
        self.base.name()
    }

    fn parameter_values(&self) -> Vec<(&'static str, Tensor)> {
        self.base.parameter_values()
    }

    fn batch_shape(&self) -> Shape {
        self.base.batch_shape()
    }

    fn support(&self) -> Constraint {
        self.base.support()
    }

    /// A draw of the base; where that is 0, the quantile of a uniform number.
    fn sample(&self, rng: &mut Rng, sample_shape: &Shape) -> Result<Tensor> {
        let draws = self.base.sample(rng, sample_shape)?;
        if !self.is_discrete {
            return Ok(draws);
        }
        let noise = standard_uniform(rng, draws.shape());
        if self.base.batch_shape().rank() > 0 {
            let is_zero = draws.equal(0.0);
            // Of the others any probability will do.
            let quantiles = self.icdf(&Tensor::select(&is_zero, noise, 0.5))?;
            return Tensor::try_select(is_zero, quantiles, draws);
        }
        // Of one distribution only the zeros need be searched for.
        let (mut numbers, noise) = (draws.to_vec(), noise.to_vec());
        let zeros: Vec<usize> = (0..numbers.len()).filter(|&draw| numbers[draw] == 0.0).collect();
        let probabilities: Vec<f64> = zeros.iter().map(|&draw| noise[draw]).collect();
        let quantiles = self.quantiles(probabilities)?;
        zeros.into_iter().zip(quantiles).for_each(|(draw, quantile)| numbers[draw] = quantile);
        Tensor::new(numbers, draws.shape())
    }

    fn log_prob(&self, value: &Tensor) -> Result<Tensor> {
        self.at_positive(value, f64::NEG_INFINITY, |value| {
            let log_prob = self.base.log_prob(value)?;
            if !self.is_discrete {
                return Ok(log_prob);
            }
            // A base that is always 0 has no mass to divide.
            let is_impossible = log_prob.equal(f64::NEG_INFINITY);
            let conditioned = log_prob.try_sub(self.log_positive()?)?;
            Tensor::try_select(is_impossible, f64::NEG_INFINITY, conditioned)
        })
    }

    fn element_mask(&self) -> Option<Tensor> {
        self.base.element_mask()
    }
}

impl<D: Cdf + ?Sized> Cdf for ZeroTruncated<D> {
    fn cdf(&self, value: &Tensor) -> Result<Tensor> {
        Ok(self.log_cdf(value)?.exp())
    }

    fn icdf(&self, probability: &Tensor) -> Result<Tensor> {
        if !self.is_discrete {
            return self.base.icdf(probability);
        }
        // Leaving out 0 moves quantiles up.
        let low = self.base.icdf(probability)?.maximum(1.0);
        let last = self.base.icdf(&Tensor::scalar(1.0))?;
        let last = last.try_broadcast_to(low.shape())?;
        quantile::of_counts_between(self, probability, &low, &last)
    }

    fn log_cdf(&self, value: &Tensor) -> Result<Tensor> {
        if !self.is_discrete {
            return self.base.log_cdf(value);
        }
        self.at_positive(value, f64::NEG_INFINITY, |value| {
            let log_positive = self.log_positive()?;
            let log_upper = self.base.log_survival(value)?.try_sub(&log_positive)?;
            let log_lower = self.base.log_cdf(value)?;
            // By the upper tail, unless that is nearly all.
            let is_upper = log_upper.less(-0.5);
            let by_upper = Tensor::select(&is_upper, &log_upper, -1.0).log1mexp();
            let log_zero = self.base.log_prob(&Tensor::scalar(0.0))?;
            let part = Tensor::try_select(&is_upper, -1.0, log_zero.try_sub(&log_lower)?)?.log1mexp();
            let by_lower = log_lower.try_add(part)?.try_sub(log_positive)?;
            Tensor::try_select(is_upper, by_upper, by_lower)
        })
    }

    fn survival(&self, value: &Tensor) -> Result<Tensor> {
        Ok(self.log_survival(value)?.exp())
    }

    fn log_survival(&self, value: &Tensor) -> Result<Tensor> {
        if !self.is_discrete {
            return self.base.log_survival(value);
        }
        self.at_positive(value, 0.0, |value| self.base.log_survival(value)?.try_sub(self.log_positive()?))
    }
}

impl<D: Moments + Cdf + ?Sized> Moments for ZeroTruncated<D> {
    fn mean(&self) -> Tensor {
        match self.log_positive() {
            Ok(log_positive) => self.base.mean() / log_positive.exp(),
            Err(error) => panic!("{error}"),
        }
    }

    fn variance(&self) -> Tensor {
        let mean = self.mean();
        // E[X²] / P(X > 0) = E[X] / P(X > 0) · E[X²] / E[X].
        let base = self.base.mean();
        &mean * (self.base.variance() / &base + &base - &mean)
    }
}

impl<D: Entropy + Cdf + ?Sized> ZeroTruncated<D> {
    fn sum_of_surprises(&self) -> Result<Tensor> {
        let of_base = self.base.entropy();
        if !self.is_discrete {
            return Ok(of_base);
        }
        let log_zero = self.base.log_prob(&Tensor::scalar(0.0))?;
        let log_positive = self.log_positive()?;
        let others = of_base.try_add(times_log(&log_zero.exp(), &log_zero)?)?;
        others.try_div(log_positive.exp())?.try_add(log_positive)
    }
}

impl<D: Entropy + Cdf + ?Sized> Entropy for ZeroTruncated<D> {
    fn entropy(&self) -> Tensor {
        or_panic(self.sum_of_surprises())
    }
}
